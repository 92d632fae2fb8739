"""Fields of FIX 4.4 that say what a parameter says, beside whichever encoding the others come in."""

from typing import Any

import pytest
from pydantic.dataclasses import dataclass

from algos import ALGOS
from gateway.model import (
    Algo,
    Decision,
    Market,
    Ns,
    ParameterType,
    Parent,
    Px,
    Qty,
    parameter,
    parameters,
    parse_px,
    parse_qty,
)
from gateway.node import Gateway
from tests.conftest import SETTINGS
from tests.conversation.world import World

_TEXT, _PRICE = ParameterType.STRING, ParameterType.PRICE


@dataclass(frozen=True, slots=True, kw_only=True)
class Everything(Algo):
    """It has a parameter for each field that there can be one for."""

    show: Qty | None = parameter("DisplayQty", ParameterType.QTY, default=None, minimum=1, tag=111, doc="of it seen")
    least: Qty | None = parameter("MinQty", ParameterType.QTY, default=None, minimum=1, tag=110, doc="least fill")
    peg: str | None = parameter("PegRef", _TEXT, default=None, choices=("R", "P", "M"), tag=18, doc="what it follows")
    offset: Px | None = parameter("PegOffset", ParameterType.FLOAT, default=None, tag=211, doc="at what distance")
    offset_type: str | None = parameter("OffsetType", _TEXT, default=None, choices=("0", "1", "2"), tag=836, doc="in")
    cap: Px | None = parameter("Cap", _PRICE, default=None, minimum=1, tag=44, doc="no further")
    discretion: str | None = parameter("Discretion", _TEXT, default=None, tag=388, doc="what of")
    slack: Px | None = parameter("Slack", ParameterType.FLOAT, default=None, tag=389, doc="how much of it")
    rate: Px | None = parameter("MaxParticipation", ParameterType.PERCENTAGE, default=None, doc="of the volume")

    def decide(self, parent: Parent, market: Market, now: Ns) -> Decision:  # noqa: ARG002
        return Decision(due=Qty(0))


def make_world(kind: type[Algo] = Everything) -> World:
    world = World(lambda: Gateway(ALGOS | {"2000": kind}), SETTINGS)
    world.converse("XLON quotes ACME 99.90x500 100.10x500")
    return world


# Fields of FIX 4.4, the parameter, another value of it, its field of the model, and what that gets.
FIELDS = [
    ("111=5", "DisplayQty", "7", "show", parse_qty("5")),
    ("1138=5", "DisplayQty", "7", "show", parse_qty("5")),
    ("111=5  1138=5.0", "DisplayQty", "7", "show", parse_qty("5")),
    ("110=5", "MinQty", "7", "least", parse_qty("5")),
    ("18=M", "PegRef", "P", "peg", "M"),
    ("40=P  -44  18=R", "PegRef", "P", "peg", "R"),
    ("40=P  44=100  18='1 R'", "PegRef", "P", "peg", "R"),
    ("211=-0.02", "PegOffset", "-0.01", "offset", parse_px("-0.02")),
    ("836=2", "OffsetType", "1", "offset_type", "2"),
    ("40=2  44=100.00", "Cap", "99", "cap", parse_px("100")),
    ("388=0", "Discretion", "1", "discretion", "0"),
    ("389=0.05", "Slack", "0.06", "slack", parse_px("0.05")),
    ("849=0.25", "MaxParticipation", "0.2", "rate", parse_px("0.25")),
]  # fmt: skip
CODES = {one.name: one.type.value for one in parameters(Everything)}


def say(world: World, fields: str, answer: str, algo: str = "2000") -> None:
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=P  OrderQty=7  847={algo}  {fields}
        client < ExecutionReport  ClOrdID=P  {answer}
        """
    )


def in_group(name: str, value: str) -> str:
    return f"957=2  958=Duration  959=1  960=90  958={name}  959={CODES[name]}  960={value}"


@pytest.mark.parametrize(("fields", "name", "other", "field", "value"), FIELDS)
def test_a_native_field_is_the_parameter_it_stands_for(
    fields: str, name: str, other: str, field: str, value: object
) -> None:
    """Beside 848, beside 957; the same twice is accepted, two different values are not, whichever encoding."""
    (shown,) = (one.show(value) for one in parameters(Everything) if one.name == name)
    for beside in ("848=Duration=90", f"848='Duration=90;{name}={shown}'", in_group(name, shown)):
        world = make_world()
        say(world, f"{fields}  {beside}", "ExecType=NEW")
        assert isinstance(world.node, Gateway) and world.node.desk is not None
        (parent,) = world.node.desk.parents.values()
        assert parent.plan is not None
        assert parent.plan.algo == Everything(**{field: value, **_cap(fields, name)})
    tag = (
        fields.split("=", maxsplit=1)[0]
        if name not in ("DisplayQty", "Cap", "PegRef")
        else {"D": 111, "C": 44, "P": 18}[name[0]]
    )
    for beside, source in ((f"848='Duration=90;{name}={other}'", 848), (in_group(name, other), 958)):
        refused = f"ExecType=REJECTED  OrdRejReason=99  Text='ALGO.CONFLICT {name} {tag}<>{source}'"
        say(make_world(), f"{fields}  {beside}", refused)


def _cap(fields: str, name: str) -> dict[str, Any]:
    """The order's own limit is there beside."""
    return {"cap": parse_px("100")} if "44=100" in fields and name != "Cap" else {}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ("111=5", "ORDER.INSTRUCTION Tag(111) 5"),
        ("1138=5", "ORDER.INSTRUCTION Tag(1138) 5"),
        ("110=5", "ORDER.INSTRUCTION Tag(110) 5"),
        ("18=M", "ORDER.INSTRUCTION Tag(18) M"),
        ("18=R  40=P  -44", "ORDER.TYPE OrdType(40) P"),
        ("211=0.01", "ORDER.CONFLICT OrdType(40) 1 has no PegOffsetValue(211)"),
        ("836=2", "ORDER.CONFLICT OrdType(40) 1 has no PegOffsetType(836)"),
        ("388=0", "ORDER.INSTRUCTION Tag(388) 0"),
        ("389=0.05", "ORDER.INSTRUCTION Tag(389) 0.05"),
    ],
)
def test_a_native_field_that_the_algo_has_no_use_for_is_refused(fields: str, code: str) -> None:
    """What would not be followed is not taken."""
    say(make_world(), f"848=Duration=90  {fields}", f"ExecType=REJECTED  Text~'{code}'", algo="1014")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ("18='R P'", "ALGO.RANGE PegRef R P must be one of R, P, M"),
        ("18=a", "ALGO.RANGE PegRef a must be one of R, P, M"),
        ("18=G", "ORDER.INSTRUCTION Tag(18) G"),
        ("40=P  -44  18=R  838=1", "ORDER.CONFLICT OrdType(40) P has no PegRoundDirection(838)"),
        ("40=1  44=100", "ORDER.CONFLICT OrdType(40) 1 has no Price(44)"),
        ("111=5  1138=6", "ORDER.CONFLICT MaxFloor(111) and DisplayQty(1138) differ"),
        ("835=1", "ORDER.INSTRUCTION Tag(835) 1"),
    ],
)
def test_what_no_parameter_is_or_no_value_of_one_is_refused(fields: str, code: str) -> None:
    say(make_world(), f"848=Duration=90  {fields}", f"ExecType=REJECTED  Text~'{code}'")


def test_a_rate_needs_an_algo_with_a_use_for_it() -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Nothing(Algo):
        def decide(self, parent: Parent, market: Market, now: Ns) -> Decision:  # noqa: ARG002
            return Decision(due=Qty(0))

    refused = "ExecType=REJECTED  OrdRejReason=99  Text='ALGO.PARAMETER ParticipationRate(849)'"
    say(make_world(Nothing), "848=Duration=90  849=0.25", refused)
