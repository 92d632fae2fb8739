"""How what is due of an order shows itself at a venue, in the words of orders and of algos alike."""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from gateway.model.enums import TimeInForce
from gateway.model.numbers import MILLISECOND, Ns, Px, Qty

REPRICE: Final = Ns(500 * MILLISECOND)
PRIMARY, MARKET, MIDDLE, LAST = "5", "4", "2", "1"  # PegPriceType(1094)
PRICE, BASIS_POINTS, TICKS = "0", "1", "2"  # PegOffsetType(836)


class Visibility(StrEnum):
    """What a venue shows of its orders; `kind` of a [[venue]]."""

    LIT = "lit"
    DARK = "dark"  # nothing: who looks for something there has to rest there, or to ask


class Peg(Struct, frozen=True, gc=False):
    """Where an order rests that follows the market; we move it."""

    to: str  # PegPriceType(1094)
    offset: Px = Px(0)  # added to it, in units of `offset_type`
    offset_type: str = PRICE
    is_aggressive: bool = False  # rounded towards the market


class Posting(Struct, frozen=True, kw_only=True):
    """So many children at a time are out, and the next comes when one is gone."""

    show: Qty | None = None  # at most so much at a time; None: all there is
    takes: bool = True  # what other venues show within the limit
    only_rests: bool = False  # nor does it take at its own venue
    peg: Peg | None = None  # where it rests; None: at its limit
    discretion: Px = Px(0)  # so much farther it takes what others show, where it is pegged
    at_middle: bool = False  # pegged by its venue to the middle of the market, never beyond its limit
    min_qty: Qty | None = None  # it trades with nobody who has less, or than all that is left of it
    time_in_force: TimeInForce = TimeInForce.DAY  # of the child
    at_a_time: int = 1
    patience: Ns = REPRICE  # what is pegged by us is not moved more often
    slack: int = 0  # nor if it is off by so many ticks at most
