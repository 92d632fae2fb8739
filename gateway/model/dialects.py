"""How a client's session words what it says to algos. The core hears house numbers and names only."""

from typing import Literal, NamedTuple

from msgspec import Struct

PercentStyle = Literal["fraction", "integer"]  # 0.25, or 25
Unknown = Literal["strict", "ignore"]


class UserField(NamedTuple):
    """A field of the client's own."""

    number: int
    type: str  # as a dictionary has it, 'UTCTIMESTAMP'


class Word(Struct, frozen=True, kw_only=True):
    """What a field, or a name of StrategyParametersGrp(957) or 848, means."""

    name: str  # the house's name of the parameter
    type: str | None = None  # StrategyParameterType(959) it comes with; None: the house's
    percent_style: PercentStyle = "fraction"
    values: dict[str, str] | None = None  # on the wire -> the house's; None: all are the house's
    factor: int = 1  # a whole number is so many of the house's units: 60 for minutes


class Dialect(Struct, frozen=True, kw_only=True):
    """A counterparty's: which fields, names, numbers and values it has for what the house scheme has."""

    name: str
    strategy_tag: int = 847
    percent_style: PercentStyle = "fraction"
    strategies: dict[str, str]  # value of that field -> the house's TargetStrategy(847)
    words: dict[str, dict[str, Word]]  # value of that field -> tag in digits, or name -> what it means
    fields: tuple[UserField, ...] = ()  # those of its own, in the order in which a report repeats them


class Wording(Struct, frozen=True, kw_only=True):
    """What a session says of it."""

    dialect: Dialect | None = None  # None: the house scheme
    unknown_params: Unknown = "strict"  # what nobody knows is refused, or left out and named in Text(58)
    percent_style: PercentStyle = "fraction"  # of the house scheme; a dialect says it itself
