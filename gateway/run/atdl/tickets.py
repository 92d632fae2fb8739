"""What an order ticket shows of our algos, in the house's words or in those of a dialect."""

import re
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, structs

from gateway.model import Constraint, ParameterType
from gateway.model.dialects import Dialect, Word
from gateway.run.strategies import Parameter, Strategy

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,255}")


class CannotSay(Exception):
    """FIXatdl has no way to say what the dialect says; the text says what."""


class Field(Struct, frozen=True, kw_only=True):
    """A parameter as its sender has it."""

    name: str
    tag: int | None  # None: it travels in StrategyParametersGrp(957)
    type: int  # StrategyParameterType(959)
    about: str
    ours: Parameter
    minimum: str | None
    maximum: str | None
    default: str | None
    values: tuple[tuple[str, str], ...]  # all there are, theirs with ours; empty: any
    is_per_cent: bool = False


class Ticket(Struct, frozen=True, kw_only=True):
    name: str
    wire: str  # what names the strategy
    about: str
    fields: tuple[Field, ...]
    constraints: tuple[Constraint, ...]  # between fields, by their names, and in their values


def in_house(strategies: Iterable[Strategy]) -> list[Ticket]:
    return [
        Ticket(
            name=each.name,
            wire=each.numbers[0],
            about=each.about,
            fields=tuple(map(_own, each.parameters)),
            constraints=each.constraints,
        )
        for each in strategies
    ]


def in_dialect(strategies: Sequence[Strategy], dialect: Dialect) -> list[Ticket]:
    """The strategies that the dialect has, in its order. Raises CannotSay."""
    by_number = {number: each for each in strategies for number in each.numbers}
    tickets = []
    names: set[str] = set()
    for wire, number in dialect.strategies.items():
        strategy = by_number[number]
        name = strategy.name if strategy.name not in names else f"{strategy.name}_{len(names) + 1}"
        names.add(name)
        fields = _fields(strategy, dialect.words[wire])
        tickets.append(
            Ticket(
                name=name,
                wire=wire,
                about=strategy.about,
                fields=fields,
                constraints=tuple(_translated(strategy.constraints, {each.ours.name: each for each in fields})),
            )
        )
    ways = {field.tag is None for ticket in tickets for field in ticket.fields}
    if len(ways) > 1:
        raise CannotSay("some parameters have a field and some a name; FIXatdl has all of them in one way")
    return tickets


def _own(parameter: Parameter) -> Field:
    # A checked or empty box cannot say 'neither', so a Boolean is a list, too.
    listed = ("Y", "N") if parameter.kind is ParameterType.BOOLEAN else parameter.choices
    return Field(
        name=parameter.name,
        tag=None,
        type=int(parameter.kind),
        about=parameter.about,
        ours=parameter,
        minimum=parameter.minimum,
        maximum=parameter.maximum,
        default=parameter.default,
        values=tuple((value, value) for value in listed),
    )


def _fields(strategy: Strategy, words: Mapping[str, Word]) -> tuple[Field, ...]:
    """In our order, and of two words for one parameter the first. What has to be said may have a field of FIX 4.4."""
    said = {word.name: (key, word) for key, word in reversed(list(words.items()))}
    for each in strategy.parameters:
        if each.is_required and each.name not in said:
            if each.tag is None:
                raise CannotSay(f"{strategy.name} has to have {each.name}, and nothing says it")
            said[each.name] = (str(each.tag), Word(name=each.name))
    return tuple(_worded(each, *said[each.name]) for each in strategy.parameters if each.name in said)


def _worded(parameter: Parameter, key: str, word: Word) -> Field:
    if not key.isdigit() and not _NAME.fullmatch(key):
        raise CannotSay(f"{key} is no name that a Parameter of FIXatdl may have")
    own = _own(parameter)
    values = own.values if word.values is None else tuple(word.values.items())
    theirs = {ours: wire for wire, ours in reversed(values)}
    minimum, maximum, default = own.minimum, own.maximum, own.default
    if word.factor > 1:
        minimum = None if minimum is None else str(-(-int(minimum) // word.factor))
        maximum = None if maximum is None else str(int(maximum) // word.factor)
        default = None
    return structs.replace(
        own,
        name=parameter.name if key.isdigit() else key,
        tag=int(key) if key.isdigit() else None,
        type=own.type if word.type is None else int(word.type),
        minimum=minimum,
        maximum=maximum,
        about=own.about if word.factor == 1 else f"{own.about}; 1 here is {word.factor}",
        default=theirs.get(default or "", default) if values else default,
        values=values,
        is_per_cent=parameter.kind is ParameterType.PERCENTAGE and word.percent_style == "integer",
    )


def _translated(constraints: Iterable[Constraint], fields: Mapping[str, Field]) -> Iterable[Constraint]:
    for each in constraints:
        if {each.name, each.other} <= fields.keys():
            one, other = fields[each.name], fields[each.other]
            value = next((wire for wire, ours in other.values if ours == each.value), each.value)
            yield Constraint(one.name, each.relation, other.name, value)
