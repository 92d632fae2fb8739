"""A dialect for those who send what a FIXatdl file of another desk describes, as far as names say what is meant.

A name means one of ours where both are equal, or stand in a table of words here, without regard to case and
punctuation. Nothing else is guessed: what has no such name, or another type, is a comment for a person to complete.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from msgspec import Struct, field

from gateway.model import ParameterType
from gateway.run.atdl import TYPES
from gateway.run.atdl.document import Document, EnumPair, ForeignParameter, ForeignStrategy
from gateway.run.dialect_table import objection
from gateway.run.strategies import Parameter, Strategy

# Ours -> what others call it.
STRATEGIES = {
    "TWAP": ("Time Weighted", "Time Weighted Average Price", "Time Slice"),
    "VWAP": ("Volume Weighted", "Volume Weighted Average Price"),
    "POV": ("Percent of Volume", "Percentage of Volume", "With Volume", "Participate", "Participation", "In Line"),
    "IS": ("Implementation Shortfall", "Arrival Price", "Arrival", "Shortfall"),
    "MINIMIZEMARKETIMPACT": ("Minimize Impact", "Min Impact"),
    "ICEBERG": ("Reserve", "Ice Slicer"),
    "PEG": ("Pegged",),
    "CLOSE": ("Closing", "Target Close", "Closer", "MOC"),
    "SNIPER": ("Snipe",),
    "SOR": ("Sweep", "Smart Order Router"),
}
PARAMETERS = {
    "StartTime": ("Effective Time", "Begin Time", "Start At"),
    "EndTime": ("Expire Time", "Stop Time", "Finish Time", "End At"),
    "Duration": ("Duration Sec", "Duration Seconds"),
    "NumSlices": ("Number of Slices", "Slices", "Num of Slices"),
    "IntervalSec": ("Interval Seconds",),
    "TargetParticipation": ("Participation Rate", "Pct Vol", "Target Pct Vol", "Target Percent of Volume", "POV Rate"),
    "MaxParticipation": ("Max Pct Vol", "Max Pct Volume", "Max Percent of Volume", "Participation Cap", "Volume Limit"),
    "MinParticipation": ("Min Pct Vol", "Min Pct Volume", "Min Percent of Volume"),
    "IWouldPrice": ("Would Price", "I Would", "Would"),
    "Urgency": ("Aggression", "Aggressiveness", "Execution Style", "Trading Style"),
    "DisplayQty": ("Display Size", "Display Quantity", "Max Floor", "Show Size"),
    "MinQty": ("Min Fill Size", "Minimum Quantity"),
    "RandomizeSize": ("Size Variance",),
    "Venues": ("Include Venues",),
    "ExclVenues": ("Exclude Venues", "Excluded Venues"),
}
VALUES = {
    "PASSIVE": ("Low", "Patient", "P"),
    "NEUTRAL": ("Medium", "Med", "Normal", "N"),
    "AGGRESSIVE": ("High", "Urgent", "A"),
    "Y": ("Yes", "True", "On"),
    "N": ("No", "False", "Off"),
}
_TEXTS = frozenset({ParameterType.CHAR, ParameterType.STRING, ParameterType.MULTIPLE_STRING_VALUE})
_LAST_TYPE = 24  # of StrategyParameterType(959), as FIX 4.4 has it; FIXatdl has more
_T = TypeVar("_T")
_KEY = re.compile(r"[^A-Za-z0-9]")


class Entry(Struct, frozen=True, kw_only=True):
    """How one parameter of theirs is read."""

    name: str  # ours
    kind: str | None  # StrategyParameterType(959) of theirs, where it has one that is not ours
    about: str  # what ours means
    percent_style: str | None  # "integer" where 25 is 25 %; None: it is no percentage
    values: tuple[tuple[str, str], ...]  # theirs, ours; empty: they are the same


class Dialect(Struct, kw_only=True):
    document: Document
    strategies: list[tuple[ForeignStrategy, Strategy]] = field(default_factory=list)
    entries: dict[tuple[str, str], Entry] = field(default_factory=dict)  # (wire value of the strategy, key) -> entry
    open: dict[str, list[str]] = field(default_factory=dict)  # wire value, or "" for all -> what a person has to decide


def propose(document: Document, ours: Sequence[Strategy]) -> Dialect:
    dialect = Dialect(document=document)
    if document.version_tag is not None:
        _leave(dialect, "", f"field {document.version_tag} says which version of a strategy is meant; it is not read")
    names = _words(((each.name, each) for each in ours), STRATEGIES)
    for theirs in document.strategies:
        strategy = _called(names, (theirs.name, *theirs.words))
        if strategy is None:
            _leave(dialect, "", f'strategy {theirs.name} ({document.strategy_tag}="{theirs.wire}", line {theirs.line})')
        else:
            dialect.strategies.append((theirs, strategy))
            _parameters(dialect, theirs, strategy)
    return dialect


def key_of(parameter: ForeignParameter) -> str:
    """What stands for the parameter in a dialect: its field, or its name in StrategyParametersGrp(957)."""
    return parameter.name if parameter.tag is None else str(parameter.tag)


def _parameters(dialect: Dialect, theirs: ForeignStrategy, ours: Strategy) -> None:
    names = _words(((each.name, each) for each in ours.parameters), PARAMETERS)
    reached: dict[str, str] = {}
    for parameter in theirs.parameters:
        known, key = _called(names, (parameter.name,)), key_of(parameter)
        why = objection(key, dialect.document.strategy_tag)
        what = f"{parameter.name} ({key}, {TYPES[parameter.kind - 1]}, line {parameter.line})"
        if parameter.is_constant:
            what = f"{what}, which is always the same"
        elif parameter.is_required:
            what = f"{what}, which is always sent"
        if known is None:
            _leave(dialect, theirs.wire, what)
        elif known.name in reached:
            _leave(dialect, theirs.wire, f"{what}: {known.name} is {reached[known.name]} already")
        elif not _fits(parameter, known):
            _leave(dialect, theirs.wire, f"{what}: {known.name} is a {known.kind.name}")
        elif why is not None and parameter.tag == known.tag:
            reached[known.name] = parameter.name  # FIX 4.4 has a field for it, which needs no word
        elif why is not None:
            _leave(dialect, theirs.wire, f"{what}: {key} {why}")
        else:
            values, unknown = _values(parameter, known)
            if unknown:
                _leave(dialect, theirs.wire, f"{what}: which {known.name} is {', '.join(unknown)}?")
                if not values:
                    continue
            reached[known.name] = parameter.name
            dialect.entries[theirs.wire, key] = Entry(
                name=known.name,
                kind=None if parameter.tag is not None or str(parameter.kind) == known.kind else str(parameter.kind),
                about=known.about,
                percent_style=_percent_style(parameter) if known.kind is ParameterType.PERCENTAGE else None,
                values=values,
            )
    missing = [each.name for each in ours.parameters if each.is_required and each.name not in reached]
    for name in missing:
        _leave(dialect, theirs.wire, f"nothing says {name}, which {ours.name} has to have")
    if theirs.has_group:
        _leave(dialect, theirs.wire, "its parameters of legs or list entries, which are not read")


def _percent_style(theirs: ForeignParameter) -> str:
    return "integer" if theirs.is_per_cent else "fraction"


def _fits(theirs: ForeignParameter, ours: Parameter) -> bool:
    """A number stands for a number of its kind only: 25 is no 0.25. One text or enumeration is as good as another."""
    if theirs.is_constant or theirs.kind > _LAST_TYPE:
        return False
    kind = str(theirs.kind)
    if kind == ours.kind or (kind in _TEXTS and ours.kind in _TEXTS):
        return True
    return bool(theirs.pairs and _listed(ours)) or (kind == ParameterType.INT and ours.kind is ParameterType.QTY)


def _values(theirs: ForeignParameter, ours: Parameter) -> tuple[tuple[tuple[str, str], ...], list[str]]:
    """Theirs with ours, where they are not the same, and those of theirs that may mean anything."""
    listed = _listed(ours)
    if not (theirs.pairs and listed):
        return (), []
    if {pair.wire for pair in theirs.pairs} == {*listed}:
        return (), []
    names = _words(((value, value) for value in listed), VALUES)
    names = {_plain(word): value for word, value in ours.aliases.items()} | names
    known, unknown = [], []
    for pair in theirs.pairs:
        meant = {names[word] for word in map(_plain, _said(pair)) if word in names}
        if len(meant) == 1:
            known.append((pair.wire, meant.pop()))
        else:
            unknown.append(pair.wire)
    return tuple(known), unknown


def _said(pair: EnumPair) -> list[str]:
    """Another desk's 1 may be the most or the least of five, and its item 'a' is no A."""
    wire = [] if pair.wire.isdigit() else [pair.wire]
    return wire + [word for word in pair.words if len(_plain(word)) > 1]


def _listed(parameter: Parameter) -> tuple[str, ...]:
    return ("Y", "N") if parameter.kind is ParameterType.BOOLEAN else parameter.choices


def _words(ours: Iterable[tuple[str, _T]], table: Mapping[str, tuple[str, ...]]) -> dict[str, _T]:
    """By all that they may be called, our own names first."""
    named = dict(ours)
    known = {_plain(word): each for name, each in named.items() for word in table.get(name, ())}
    return known | {_plain(name): each for name, each in named.items()}


def _called(names: Mapping[str, _T], words: Iterable[str]) -> _T | None:
    return next((names[word] for word in map(_plain, words) if word in names), None)


def _plain(name: str) -> str:
    """Without case, punctuation and what marks an enumID as one."""
    return _KEY.sub("", name.removeprefix("e_")).lower()


def _leave(dialect: Dialect, wire: str, what: str) -> None:
    dialect.open.setdefault(wire, []).append(what)
