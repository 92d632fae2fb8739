"""What an algo can be told: each field of its model is declared once, by `parameter`, and that is all there is to know.

The order's reader, the document, the listings and the tests go by these declarations, and the model itself refuses what
is outside of them, whoever makes one.
"""

import dataclasses
from collections.abc import Callable
from enum import StrEnum
from functools import cache
from typing import Any, Final

from msgspec import Struct

from gateway.model.numbers import MILLISECOND, SCALE, Ns, parse_px, parse_qty, parse_timestamp, print_scaled
from gateway.model.numbers import print_timestamp as _milliseconds

_RATE: Final = 849  # ParticipationRate


class ParameterType(StrEnum):
    """StrategyParameterType(959) codes of the types we read."""

    INT = "1"
    FLOAT = "6"
    QTY = "7"
    PRICE = "8"
    PRICE_OFFSET = "9"
    PERCENTAGE = "11"  # a fraction: 0.25 is 25 %
    CHAR = "12"
    BOOLEAN = "13"
    STRING = "14"
    UTC_TIMESTAMP = "19"
    MULTIPLE_STRING_VALUE = "24"  # values with a blank between


def parameter(
    name: str,
    kind: ParameterType,
    *,
    default: Any = dataclasses.MISSING,
    minimum: int | None = None,
    maximum: int | None = None,
    choices: tuple[str, ...] = (),
    read: Callable[[str], Any] | None = None,
    mutable: bool = True,
    tag: int | None = None,
    example: str = "",
    doc: str = "",
) -> Any:
    """Declare a field of an algo as parameter `name`(958) of type `kind`(959).

    Bounds are in the field's own units, both ends allowed; those of a PERCENTAGE, which is held in 1e-8 as a Px is, are
    above 0 and at most 1 unless it has others. `choices` are all values there are. Without a default the client has to
    send it. `read` makes of its text what the field holds, or raises ValueError. What is not `mutable` stays as it is
    once a child is out. `tag` is the field of FIX 4.4 that says the same. `example` is a value, where the type does not
    show one.
    """
    if kind is ParameterType.PERCENTAGE:
        minimum, maximum = 1 if minimum is None else minimum, SCALE if maximum is None else maximum
    bounds = {key: bound for key, bound in (("ge", minimum), ("le", maximum)) if bound is not None}
    ours = {
        "name": name,
        "kind": kind,
        "choices": choices,
        "read": read,
        "mutable": mutable,
        "tag": tag,
        "sample": example,
        "doc": doc,
    }
    return dataclasses.field(default=default, metadata=ours | bounds)  # pydantic takes the bounds from there


class Parameter(Struct, frozen=True, kw_only=True):
    """A declaration as it can be looked at; what its parts mean says `parameter`."""

    field: str
    name: str
    type: ParameterType
    required: bool
    default: Any  # None where there is none
    minimum: int | None
    maximum: int | None
    choices: tuple[str, ...]
    mutable: bool
    tag: int | None
    example: str
    doc: str
    own_read: Callable[[str], Any] | None  # makes of its text what the field holds

    def read(self, text: str) -> Any:
        """The value in the field's units. Raises ValueError, and of that NoChoice. Its bounds are for the model."""
        value = _READERS[self.type](text)
        if self.choices and text not in self.choices:
            raise NoChoice(f"one of {', '.join(self.choices)}")
        return value if self.own_read is None else self.own_read(text)

    def show(self, value: Any) -> str:
        """A bound or a default as a client would write it."""
        return _SHOWN.get(self.type, str)(value)


class NoChoice(ValueError):
    """A value of the right type that is none of those there are."""


@cache
def parameters(kind: type) -> tuple[Parameter, ...]:
    """What a model declares, in the order of its fields: of an algo's class what it has beyond `Common`.

    Where no other is ParticipationRate(849), that is the MaxParticipation, as FIX has it for what has no target.
    """
    fields = dataclasses.fields(kind)
    has_rate = any(field.metadata["tag"] == _RATE for field in fields)
    return tuple(
        Parameter(
            field=field.name,
            name=what["name"],
            type=what["kind"],
            required=field.default is dataclasses.MISSING,
            default=None if field.default is dataclasses.MISSING else field.default,
            minimum=what.get("ge"),
            maximum=what.get("le"),
            choices=what["choices"],
            mutable=what["mutable"],
            tag=_RATE if what["name"] == "MaxParticipation" and not has_rate else what["tag"],
            example=what["sample"],
            doc=what["doc"],
            own_read=what["read"],
        )
        for field in fields
        for what in (field.metadata,)
    )


def print_exactly(at: Ns) -> str:
    """All nine decimals: what a client says twice to the microsecond is the same."""
    return f"{_milliseconds(at)}{at % MILLISECOND:06}"


def _int(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise ValueError(f"'{text[:32]}' is not a whole number")
    return int(text)


def _char(text: str) -> str:
    if len(text) != 1:
        raise ValueError(f"'{text[:32]}' is not one character")
    return text


def _strings(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _boolean(text: str) -> bool:
    if text not in ("Y", "N"):
        raise ValueError(f"'{text[:32]}' is not Y or N")
    return text == "Y"


_READERS: Final[dict[ParameterType, Callable[[str], Any]]] = {
    ParameterType.INT: _int,
    ParameterType.FLOAT: parse_px,
    ParameterType.QTY: parse_qty,
    ParameterType.PRICE: parse_px,
    ParameterType.PRICE_OFFSET: parse_px,
    ParameterType.PERCENTAGE: parse_px,
    ParameterType.CHAR: _char,
    ParameterType.BOOLEAN: _boolean,
    ParameterType.STRING: str,
    ParameterType.UTC_TIMESTAMP: parse_timestamp,
    ParameterType.MULTIPLE_STRING_VALUE: _strings,
}
_SHOWN: Final[dict[ParameterType, Callable[[Any], str]]] = {
    ParameterType.FLOAT: print_scaled,
    ParameterType.QTY: print_scaled,
    ParameterType.PRICE: print_scaled,
    ParameterType.PRICE_OFFSET: print_scaled,
    ParameterType.PERCENTAGE: print_scaled,
    ParameterType.BOOLEAN: lambda value: "Y" if value else "N",
    ParameterType.UTC_TIMESTAMP: print_exactly,
    ParameterType.MULTIPLE_STRING_VALUE: " ".join,
}
