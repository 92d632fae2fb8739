"""What clients can say to every algo there is, made from what the algos declare: a value of each parameter, and around it
what the order has to say besides. An algo that lands later is in it by itself.
"""

from collections.abc import Mapping
from itertools import product
from typing import Any

from pydantic import ValidationError

from algos import ALGOS
from gateway.model import Algo, Instrument, Parameter, ParameterType, VenueSettings, Visibility, parameters
from gateway.model.dialects import Wording
from gateway.model.sessions import SessionConfig
from gateway.model.settings import DIRECT, Offer
from gateway.oms.parameters import known_to
from tests.conftest import SETTINGS, make_world
from tests.conversation.world import World

_TEXTS = {
    ParameterType.INT: ("60", "2", "1", "500"),
    ParameterType.FLOAT: ("0.5", "2", "20"),
    ParameterType.QTY: ("100", "1"),
    ParameterType.PRICE: ("100", "100.05"),
    ParameterType.PRICE_OFFSET: ("0.01", "0"),
    ParameterType.PERCENTAGE: ("0.25", "0.5", "0.1"),
    ParameterType.CHAR: ("0",),
    ParameterType.BOOLEAN: ("Y", "N"),
    ParameterType.STRING: (),
    ParameterType.UTC_TIMESTAMP: ("20260105-15:00:00",),
    ParameterType.MULTIPLE_STRING_VALUE: (),
}
_BY_NAME = {"Venues": ("XLON DARK",), "ExclVenues": ("BATE",)}  # so that some are left whatever the algo needs
_NEEDS_MORE = ("directed",)  # a choice that asks for a field of FIX as well


def world_of(wording: Wording | None = None) -> World:
    """A client with that wording; two lit venues and a dark one, which take all that any venue takes and stay silent."""
    venues = tuple(
        VenueSettings(
            name=name,
            session=SessionConfig(sender="GATEWAY", target=name, initiator=True),
            offers=tuple(Offer),
            kind=Visibility.DARK if name == "DARK" else Visibility.LIT,
        )
        for name in ("XLON", "BATE", "DARK")
    )
    world = make_world(
        venues=venues,
        clients=(SessionConfig(sender="GATEWAY", target="CLIENT", wording=wording),),
        instruments=(Instrument(symbol="ACME"), Instrument(symbol="BETA")),
        limits=SETTINGS.limits | {"BETA": SETTINGS.limits["ACME"]},
    )
    world.converse("XLON quotes ACME 99.90x500 100.10x500")
    world.converse("XLON quotes BETA 49.90x500 50.10x500")
    for venue in ("XLON", "BATE", "DARK"):
        world.parties[venue].silent += ("D", "F")
    return world


def algos() -> list[tuple[str, type[Algo]]]:
    """By TargetStrategy(847)."""
    return [(number, kind) for number, kind in ALGOS.items() if number != DIRECT]


def texts(parameter: Parameter) -> tuple[str, ...]:
    """Values that a client could send; one of each kind of them at least goes with others."""
    choices = tuple(choice for choice in parameter.choices if choice not in _NEEDS_MORE)
    given = (
        _BY_NAME.get(parameter.name)
        or choices
        or ((parameter.example,) if parameter.example else _TEXTS[parameter.type])
    )
    assert given, f"{parameter.name} needs an example"
    return given


def saying(kind: type[Algo], name: str) -> dict[str, str]:
    """That parameter, '' for none, with a value, after those that the algo has to have, so that they go together."""
    own = {one.name: one for one in parameters(kind)}
    needed = [one for one in own.values() if one.required or one.name == name]
    for more in ([], *([one] for one in own.values() if one not in needed)):
        wanted = needed + more
        for values in product(*map(texts, wanted)):
            try:
                kind(**{one.field: one.read(text) for one, text in zip(wanted, values, strict=True)})
            except ValidationError:
                continue
            said = {one.name: text for one, text in zip(wanted, values, strict=True)}
            return said if name in own or not name else {**said, name: texts(known_to(kind)[name])[0]}
    raise AssertionError(f"no values of {name} and of what {kind.__name__} has to have go together")


def ended(said: Mapping[str, str]) -> dict[str, str]:
    """With an end, which algos need where no close is configured."""
    return dict(said) if {"EndTime", "Duration"} & said.keys() else {**said, "Duration": "1800"}


def house_value(kind: type[Algo], plan: Any, name: str) -> Any:
    """What came of it."""
    parameter = known_to(kind)[name]
    model = plan.algo if parameter in parameters(kind) else plan.common
    return getattr(model, parameter.field)
