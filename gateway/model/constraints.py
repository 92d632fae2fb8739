"""What parameters may not say together: declared once, so that it is refused, shown and exported by the same words."""

import dataclasses
from enum import StrEnum
from functools import cache
from typing import Any

from msgspec import Struct


class Relation(StrEnum):
    NOT_WITH = "not with"
    AT_LEAST = "at least"
    AT_MOST = "at most"
    BEFORE = "before"
    BELOW = "below"


class Constraint(Struct, frozen=True):
    """Holds between two parameters, by name, where both are given."""

    name: str
    relation: Relation
    other: str
    value: Any = None  # NOT_WITH: of `other`, in the field's units; None: any

    def broken(self, value: Any, other: Any) -> bool:
        match self.relation:
            case Relation.NOT_WITH:
                return self.value is None or bool(other == self.value)
            case Relation.AT_LEAST:
                return bool(value < other)
            case Relation.AT_MOST:
                return bool(value > other)
            case Relation.BEFORE | Relation.BELOW:
                return bool(value >= other)

    @property
    def said(self) -> str:
        """What is wrong where it is broken."""
        match self.relation:
            case Relation.NOT_WITH:
                return f"{self.name} and {self.other}"
            case Relation.AT_LEAST:
                return f"{self.name} is below {self.other}"
            case Relation.AT_MOST:
                return f"{self.name} is above {self.other}"
            case Relation.BEFORE:
                return f"{self.name} is not before {self.other}"
            case Relation.BELOW:
                return f"{self.name} is not below {self.other}"


def check(model: Any, constraints: tuple[Constraint, ...]) -> None:
    """Raises ValueError for the first constraint that a model of parameters breaks."""
    if not constraints:
        return
    fields = _fields(type(model))  # type: ignore[arg-type]  # a class is hashable
    for constraint in constraints:
        value, other = getattr(model, fields[constraint.name]), getattr(model, fields[constraint.other])
        if value is not None and other is not None and constraint.broken(value, other):
            raise ValueError(constraint.said)


@cache
def _fields(kind: Any) -> dict[str, str]:
    return {field.metadata["name"]: field.name for field in dataclasses.fields(kind)}
