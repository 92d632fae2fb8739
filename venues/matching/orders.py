"""What a book is asked for and what it says: orders with their terms, and the events that its commands return.

Prices and quantities are integers of any unit; the floor uses Px and Qty.
"""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from gateway.model import Ns, Px, Qty, TimeInForce

# Where an order is: in one of the queues of a price level, or outside them.
OUT, SHOWN, HIDDEN, CONDITIONAL, STOP, ASIDE = range(6)
AT_ONCE: Final = frozenset({TimeInForce.IOC, TimeInForce.FOK})  # these never rest
FOR_AUCTIONS: Final = frozenset({TimeInForce.OPG, TimeInForce.ATC})  # these rest in a call only


class SelfTrade(StrEnum):
    """What is done when an order meets one of its own owner. That of the order that comes in counts."""

    CANCEL_NEWEST = "CANCEL_NEWEST"  # the rest of the order that came
    CANCEL_OLDEST = "CANCEL_OLDEST"  # the order that waited; the other goes on
    CANCEL_BOTH = "CANCEL_BOTH"
    DECREMENT = "DECREMENT"  # both are lowered by the smaller one, without a trade


class Peg(Struct, frozen=True, gc=False):
    """The best shown quote, or the middle of both, that an order's price follows. Such an order is hidden."""

    to: str  # PegPriceType(1094): 5 own side, 4 other side, 2 middle
    offset: Px = Px(0)  # added to it
    limit: Px | None = None  # never beyond this


class Terms(Struct, frozen=True, kw_only=True):
    """What an order asks for beyond its price and time."""

    display: Qty | None = None  # how much is shown at a time, 0: nothing; None: all of it
    min_qty: Qty = Qty(0)  # whenever it trades, so much at least, or all that is left of it
    all_or_none: bool = False
    post_only: bool = False  # it takes nothing
    to_limit: bool = False  # a market order that becomes a limit order at the best price shown to it
    stop: Px | None = None  # waits for a trade at this price or beyond
    peg: Peg | None = None
    expires: Ns | None = None  # of TimeInForce(59) 6
    owner: str = ""  # orders of one owner do not trade with each other (inside a firm, only they do); '' is nobody's
    self_trade: SelfTrade = SelfTrade.CANCEL_NEWEST


PLAIN: Final = Terms()


class Order:
    """What the book keeps of an order; participants add their own facts in subclasses."""

    __slots__ = ("is_buy", "leaves", "number", "place", "price", "terms", "time_in_force", "tip")

    def __init__(self, *, is_buy: bool, price: Px | None, leaves: int, terms: Terms = PLAIN) -> None:
        self.is_buy = is_buy
        self.price = price  # None: at any price; of a pegged order, None while there is nothing to follow
        self.leaves = leaves  # Qty still open
        self.terms = terms
        # The rest is the book's.
        self.tip = 0  # of `leaves`, what is shown
        self.place = OUT
        self.number = 0  # in order of arrival
        self.time_in_force = TimeInForce.DAY

    @property
    def is_live(self) -> bool:
        """Whether a book has it."""
        return self.place != OUT

    @property
    def is_conditional(self) -> bool:
        return self.terms.all_or_none or self.terms.min_qty > 0

    @property
    def least(self) -> int:
        """What it trades at least, if it trades."""
        return self.leaves if self.terms.all_or_none else min(self.terms.min_qty, self.leaves)


class Fill(Struct, frozen=True, gc=False):
    """`taker` came in and met `maker`, at the maker's price; in a call nobody did, and `taker` is who sells."""

    maker: Order
    taker: Order
    price: Px
    qty: Qty
    in_call: bool = False


class Why(StrEnum):
    """Why a book ended an order that nobody canceled, in words for who sent it."""

    UNFILLED = "no counterparty for the rest"
    WOULD_TAKE = "it was to rest, and would have taken"
    SELF_TRADE = "it met an order of the same owner"
    BAND = "the rest is beyond the price band"
    EXPIRED = "its time is over"
    AUCTION = "not filled in the auction it was for"
    DECLINED = "the market maker declined it"
    CROSSING = "it was good until an auction, and one begins"


class Ended(Struct, frozen=True, gc=False):
    """The book is done with the order; its `leaves` found nobody."""

    order: Order
    why: Why


class Triggered(Struct, frozen=True, gc=False):
    """A stop order's price was traded; what follows is what became of it."""

    order: Order


class Refreshed(Struct, frozen=True, gc=False):
    """The tip of an iceberg was gone; its next one stands last in the queue."""

    order: Order


class Repriced(Struct, frozen=True, gc=False):
    """A pegged order has moved, or a market order has become a limit order; None: there is nothing to follow."""

    order: Order
    price: Px | None


class Decremented(Struct, frozen=True, gc=False):
    """The order was lowered by `qty` because it met one of its owner; it goes on with its `leaves`."""

    order: Order
    qty: Qty


Event = Fill | Ended | Triggered | Refreshed | Repriced | Decremented


class Allocation(StrEnum):
    """Who trades first at one price."""

    TIME = "TIME"
    # Shown sizes in proportion, each floored to whole lots; what that leaves over goes to the earliest.
    PRO_RATA = "PRO_RATA"
