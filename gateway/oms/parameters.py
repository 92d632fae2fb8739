"""What an order says to its algo, in whichever encoding, as the values of a model of parameters.

Parameters come in StrategyParametersGrp(957) or in TargetStrategyParameters(848) as 'k=v;k=v', with native fields of
FIX 4.4 beside either. The same thing said twice has to be the same. The rules are those of fixspecs/algos.md.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache
from typing import Any, Final, TypeVar

from msgspec import Struct
from pydantic import ValidationError

from gateway.model import SCALE, Algo, Common, NewOrder, Parameter, ParameterType, common_to, parameters, print_scaled
from gateway.model.parameters import NoChoice, print_exactly
from gateway.oms.pegging import OF_ALGOS
from gateway.oms.plan import Refused

Model = TypeVar("Model", bound=Algo | Common)
TEXT: Final = 848

_SCHEDULE: Final = {168: "EffectiveTime", 126: "ExpireTime", 849: "ParticipationRate"}  # fields for algos alone
# As the text of a parameter, what a field of FIX 4.4 says; see `parameter`.
_NATIVE: Final[dict[int, Callable[[NewOrder], str | None]]] = {
    168: lambda order: None if order.effective_time is None else print_exactly(order.effective_time),
    126: lambda order: None if order.expire_time is None else print_exactly(order.expire_time),
    849: lambda order: order.participation,
    18: lambda order: " ".join(value for value in order.handling.exec_inst if value in OF_ALGOS) or None,
    44: lambda order: _scaled(order.price),
    110: lambda order: _scaled(order.handling.min_qty),
    111: lambda order: _scaled(order.handling.shown),
    211: lambda order: _scaled(order.handling.peg_offset),
    836: lambda order: order.handling.peg_offset_type,
    838: lambda order: order.handling.peg_rounding,
    1094: lambda order: order.handling.peg,
}


class Said(Struct, frozen=True, gc=False):
    """One parameter of one order."""

    parameter: Parameter
    value: Any
    text: str
    tag: int  # of the field it came in, of 957 that of the name


class Given:
    """All that an order says, by name. Raises Refused."""

    def __init__(self, order: NewOrder, kind: type[Algo]) -> None:
        self._said: dict[str, Said] = {}
        known = known_to(kind)
        if order.strategy_parameters and order.strategy_text:
            raise Refused("ALGO.CONFLICT StrategyParametersGrp(957) and 848 in one order")
        for name, code, text, tag in named(order):
            if name in self._said:
                raise Refused(f"ALGO.CONFLICT {name[:64]} is given twice")
            parameter = known.get(name)
            if parameter is None:
                raise Refused(f"ALGO.PARAMETER {name[:64]}")
            self._say(parameter, code, text, tag)
        by_tag = natives(kind)
        for tag, field in _SCHEDULE.items():
            if tag not in by_tag and _NATIVE[tag](order) is not None:
                raise Refused(f"ALGO.PARAMETER {field}({tag})")
        for tag, parameter in by_tag.items():
            native = _NATIVE[tag](order) if tag in _NATIVE else instruction(order, tag)
            if native is not None:
                self._say(parameter, None, native, tag)

    def __contains__(self, name: str) -> bool:
        return name in self._said

    def make(self, model: type[Model], declared: Iterable[Parameter]) -> Model:
        """The model with what was said of its parameters. Raises Refused."""
        values = []
        for parameter in declared:
            said = self._said.get(parameter.name)
            if said is not None:
                values.append((parameter.field, said.value))
            elif parameter.required:
                raise Refused(f"ALGO.MISSING {parameter.name}")
        try:
            made: Model = _made(model, tuple(values))  # type: ignore[arg-type]  # a class is hashable
        except ValidationError as invalid:
            raise Refused(self._wrong(invalid, declared)) from None
        return made

    def _say(self, parameter: Parameter, code: str | None, text: str, tag: int) -> None:
        value = _read(parameter, code, text)
        before = self._said.get(parameter.name)
        if before is not None and before.value != value:
            raise Refused(f"ALGO.CONFLICT {parameter.name} {tag}<>{before.tag}")
        self._said[parameter.name] = Said(parameter, value, text, tag)

    def _wrong(self, invalid: ValidationError, declared: Iterable[Parameter]) -> str:
        """The first fault that the model found: a field outside of its bounds, else a contradiction."""
        error = invalid.errors(include_url=False)[0]
        if not error["loc"]:
            return f"ALGO.CONFLICT {error['ctx']['error']}"[:500]
        parameter = next(one for one in declared if one.field == error["loc"][0])
        return f"ALGO.RANGE {parameter.name} {self._said[parameter.name].text} must be {_bounds(parameter)}"


def make(model: type[Model]) -> Model:
    """The model with nothing said."""
    made: Model = _made(model, ())  # type: ignore[arg-type]  # the same
    return made


@lru_cache(maxsize=1024)
def _made(model: type[Model], values: tuple[tuple[str, Any], ...]) -> Model:
    """Models keep nothing, so one serves all orders with these parameters."""
    return model(**dict(values))


@cache
def known_to(kind: type[Algo]) -> Mapping[str, Parameter]:
    """By name, what an order of that algo may say."""
    return {parameter.name: parameter for parameter in (*common_to(kind), *parameters(kind))}


@cache
def natives(kind: type[Algo]) -> Mapping[int, Parameter]:
    """By the tag of the field of FIX 4.4 that says the same."""
    return {parameter.tag: parameter for parameter in known_to(kind).values() if parameter.tag is not None}


def instruction(order: NewOrder, tag: int) -> str | None:
    """The value of a field that has no place in the order but among its instructions."""
    fields = (field.partition("=") for field in order.instructions.split("\x01"))
    return next((value for number, _, value in fields if number == str(tag)), None)


def _scaled(value: int | None) -> str | None:
    return None if value is None else print_scaled(value)


def named(order: NewOrder) -> Iterable[tuple[str, str | None, str, int]]:
    """Name, type code where the encoding has one, text, and the field it came in. Raises Refused."""
    for parameter in order.strategy_parameters:
        if not parameter.type or not parameter.value:
            raise Refused(f"ALGO.MISSING type or value of {parameter.name[:64]}")
        yield parameter.name, parameter.type, parameter.value, parameter.tag
    for pair in filter(None, (order.strategy_text or "").split(";")):
        name, equals, value = pair.partition("=")
        if not equals or not name or not value:
            raise Refused("ALGO.FORMAT TargetStrategyParameters(848) is not 'k=v;k=v'")
        yield name, None, value, TEXT


def _read(parameter: Parameter, code: str | None, text: str) -> Any:
    """In the parameter's own units. A type code that is not the declared one is refused, not coerced."""
    kind = parameter.type
    if code is not None and code != kind:
        raise Refused(f"ALGO.TYPE StrategyParameterType(959) of {parameter.name} is {kind} ({kind.name}), not {code}")
    try:
        return parameter.read(text)
    except NoChoice as wrong:
        raise Refused(f"ALGO.RANGE {parameter.name} {text[:64]} must be {wrong}") from None
    except ValueError as wrong:
        raise Refused(f"ALGO.FORMAT {parameter.name}: {wrong}") from None


def _bounds(parameter: Parameter) -> str:
    if parameter.type is ParameterType.PERCENTAGE and (parameter.minimum, parameter.maximum) == (1, SCALE):
        return "a fraction above 0 and at most 1; 25 % is 0.25"
    bounds = (("at least", parameter.minimum), ("at most", parameter.maximum))
    return " and ".join(f"{word} {parameter.show(bound)}" for word, bound in bounds if bound is not None)
