"""How eager an order is: where what is due rests, how far behind its schedule it may be before it crosses, and what
risk is worth to it."""

from enum import StrEnum
from typing import Final, NamedTuple

from gateway.model.posting import MIDDLE, PRIMARY


class Urgency(StrEnum):
    PASSIVE = "PASSIVE"
    NEUTRAL = "NEUTRAL"
    AGGRESSIVE = "AGGRESSIVE"
    ADAPTIVE = "ADAPTIVE"


class Stage(NamedTuple):
    """While no more than the larger of both is due and not filled."""

    to: str  # PegPriceType(1094) of where it rests
    slices: int  # of the largest that came due at once
    percent: int  # of the order


class Effects(NamedTuple):
    stages: tuple[Stage, ...]  # beyond the last it crosses
    dark: int  # per cent of what is to rest that is asked for in the dark before
    risk: float  # basis points of cost that a squared basis point of variance is worth, for who weighs them


EFFECTS: Final[dict[Urgency, Effects]] = {
    Urgency.PASSIVE: Effects((Stage(PRIMARY, 2, 10),), 100, 0.001),
    Urgency.NEUTRAL: Effects((Stage(MIDDLE, 1, 5),), 50, 0.01),
    Urgency.AGGRESSIVE: Effects((), 0, 0.1),
    Urgency.ADAPTIVE: Effects((Stage(PRIMARY, 1, 5), Stage(MIDDLE, 2, 10)), 50, 0.01),
}
ALIASES: Final = {
    Urgency.PASSIVE: ("LOW", "P", "Patient", "1", "2"),
    Urgency.NEUTRAL: ("MEDIUM", "N", "Normal", "3"),
    Urgency.AGGRESSIVE: ("HIGH", "A", "Urgent", "4", "5"),
}
_BY_NAME: Final = {str(one): one for one in Urgency} | {name: one for one, names in ALIASES.items() for name in names}
URGENCIES: Final = tuple(_BY_NAME)


def read_urgency(text: str) -> Urgency:
    """Raises ValueError for none of URGENCIES."""
    if text not in _BY_NAME:
        raise ValueError(f"'{text[:32]}' is no urgency")
    return _BY_NAME[text]
