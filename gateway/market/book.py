"""The book of one symbol on one venue: what it shows, what of that is ours, and what is still there to be had."""

from collections.abc import Mapping
from typing import Final

from gateway.market.flow import Flow
from gateway.model import MILLISECOND, BookUpdate, Level, Ns, Px, Qty, Side

BID, OFFER, TRADE = "0", "1", "2"  # MDEntryType(269)
_BUY = Side.BUY  # a member of an Enum takes its time to be looked up
MAX_LEVELS = 64  # of each side; a venue that shows more is cut at the far end
LINGER: Final = Ns(500 * MILLISECOND)  # so long a venue may show what is not there any more
NOWHERE: Final = Px(0)  # the best price of a side without levels


class Book:
    """Levels by price, best first.

    What we have sent for counts as gone until the venue shows the level again; the price by which risk is measured is
    what the venue shows.
    """

    __slots__ = (
        "ask_at",
        "asks",
        "bid_at",
        "bids",
        "dark",
        "flow",
        "heard",
        "is_fresh",
        "known",
        "lags_since",
        "stale",
        "venue",
        "watched",
    )

    def __init__(self, venue: str = "") -> None:
        self.venue: Final = venue
        self.bids: Final = Levels(is_bid=True)
        self.asks: Final = Levels(is_bid=False)
        self.flow: Flow | None = None  # what trades there since it is known
        self.dark = False  # it shows nothing, whatever it says: it is neither fresh nor stale
        self.known = False  # a snapshot came since the venue is there
        self.stale = False  # its silence, or its lateness, speaks against what it shows
        self.is_fresh = False  # known, and neither stale nor dark
        self.heard = Ns(0)  # as of when the last word on it was
        self.lags_since: Ns | None = None  # when another venue moved and this one had said nothing since
        self.watched = False  # its silence will be noticed
        self.bid_at = self.ask_at = Ns(0)  # as of when the best prices are what they are

    def clear(self) -> None:
        self.bids.clear()
        self.asks.clear()

    def apply(self, update: BookUpdate) -> None:
        """Set a level, or delete it with size 0."""
        (self.bids if update.entry == BID else self.asks).set(update.price, update.size)

    def met_by(self, side: Side) -> "Levels":
        """What an order of `side` would meet."""
        return self.asks if side == _BUY else self.bids

    def shown(self, side: Side) -> tuple[Level, ...]:
        """What the venue shows to an order of `side`, best price first."""
        return (self.asks if side == _BUY else self.bids).shown()

    def available(self, side: Side) -> tuple[Level, ...]:
        """What is shown less what is ours, and less what our orders on their way have taken of it."""
        return (self.asks if side == _BUY else self.bids).available()

    def take(self, side: Side, qty: Qty) -> None:
        """An order of `side` for `qty` is on its way to the venue; it will meet the best levels first."""
        (self.asks if side == _BUY else self.bids).take(qty)

    def give_back(self, side: Side, price: Px, qty: Qty) -> None:
        """An order of `side` down to `price` was not sent after all: what it was to meet is there."""
        (self.asks if side == _BUY else self.bids).give_back(price, qty)

    def missed(self, side: Side, price: Px) -> None:
        """An order of `side` down to `price` found too little: up to there nothing is left, whatever is shown."""
        (self.asks if side == _BUY else self.bids).missed(price)

    def rests(self, side: Side, price: Px, change: int, now: Ns) -> bool:
        """So much more, or less, of our orders of `side` rests there; whether what was left may be shown for a while.

        A venue that does not show yet what rests seems to show so much less of others.
        """
        return (self.bids if side == _BUY else self.asks).rest(price, change, now)


class Levels:
    """One side. `best` is NOWHERE where it has no level."""

    __slots__ = ("_available", "_is_bid", "_left", "_others", "_own", "_shown", "_taken", "best", "sizes")

    def __init__(self, *, is_bid: bool) -> None:
        self._is_bid = is_bid
        self.best = NOWHERE
        self.sizes: Final[dict[Px, Qty]] = {}
        self._own: dict[Px, int] = {}  # what rests of ours
        self._left: dict[Px, tuple[Ns, int]] = {}  # what does no more; until then the venue may show it
        self._taken: dict[Px, Qty] = {}
        self._shown: tuple[Level, ...] | None = ()  # None: to be made again
        self._others: tuple[Level, ...] | None = ()
        self._available: tuple[Level, ...] | None = ()

    def clear(self) -> None:
        self.sizes.clear()
        self._taken.clear()
        self._left.clear()
        self.best = NOWHERE
        self._shown = self._others = self._available = ()

    def set(self, price: Px, size: Qty) -> None:
        sizes = self.sizes
        if self._taken:
            self._taken.pop(price, None)
        if self._left:
            self._left.pop(price, None)
        self._shown = self._others = self._available = None
        if not size:
            if sizes.pop(price, None) is not None and price == self.best:
                self.best = (max(sizes) if self._is_bid else min(sizes)) if sizes else NOWHERE
            return
        if not sizes or (price > self.best if self._is_bid else price < self.best):
            self.best = price
        sizes[price] = size
        if len(sizes) > MAX_LEVELS:
            farthest = min(sizes) if self._is_bid else max(sizes)
            del sizes[farthest]
            self._taken.pop(farthest, None)

    def is_better(self, price: Px) -> bool:
        """Whether the best is better, for who meets it, than that of another venue."""
        return self.best > price if self._is_bid else self.best < price

    def shown(self) -> tuple[Level, ...]:
        if self._shown is None:
            self._shown = tuple([Level(p, self.sizes[p]) for p in sorted(self.sizes, reverse=self._is_bid)])
        return self._shown

    def own(self, price: Px) -> int:
        """How much of what is shown there is ours, or was until a moment ago."""
        left = self._left.get(price)
        return self._own.get(price, 0) + (0 if left is None else left[1])

    @property
    def has_own(self) -> bool:
        return bool(self._own or self._left)

    def others(self) -> tuple[Level, ...]:
        """What is shown less what is ours."""
        if not self.has_own:
            return self.shown()
        if self._others is None:
            self._others = tuple(
                [
                    Level(level.price, Qty(size))
                    for level in self.shown()
                    if (size := level.size - self.own(level.price)) > 0
                ]
            )
        return self._others

    def rest(self, price: Px, change: int, now: Ns) -> bool:
        left = self._own.get(price, 0) + change
        if left > 0:
            self._own[price] = left
        else:
            self._own.pop(price, None)
        self._others = self._available = None
        if change < 0 and price in self.sizes:
            self._left[price] = (Ns(now + LINGER), -change + (self._left[price][1] if price in self._left else 0))
            return True
        return False

    def expire(self, now: Ns) -> None:
        """What left long enough ago is not shown any more: what is, is others'."""
        for price in [price for price, (until, _) in self._left.items() if until <= now]:
            del self._left[price]
            self._others = self._available = None

    def available(self) -> tuple[Level, ...]:
        if self._available is None:
            taken = self._taken
            self._available = _less(self.others(), taken) if taken else self.others()
        return self._available

    def take(self, qty: Qty) -> None:
        levels = self.available()
        if levels and levels[0].size > qty:
            best = levels[0]
            self._taken[best.price] = Qty(self._taken.get(best.price, 0) + qty)
            self._available = (Level(best.price, Qty(best.size - qty)), *levels[1:])
            return
        left: int = qty
        for level in levels:
            size = min(level.size, left)
            self._taken[level.price] = Qty(self._taken.get(level.price, 0) + size)
            left -= size
            if not left:
                break
        self._available = None

    def give_back(self, price: Px, qty: Qty) -> None:
        """The farthest first, for that was taken last."""
        left: int = qty
        for at in sorted(self._taken, reverse=not self._is_bid):
            if at >= price if self._is_bid else at <= price:
                back = min(self._taken[at], left)
                self._taken[at] = Qty(self._taken[at] - back)
                left -= back
        self._available = None

    def missed(self, price: Px) -> None:
        for level in self.available():
            if level.price < price if self._is_bid else level.price > price:
                break
            self._taken[level.price] = self.sizes[level.price]
        self._available = None


def _less(levels: tuple[Level, ...], taken: Mapping[Px, Qty]) -> tuple[Level, ...]:
    return tuple(
        [
            Level(level.price, Qty(level.size - taken.get(level.price, 0)))
            for level in levels
            if level.size > taken.get(level.price, 0)
        ]
    )
