"""The book of one symbol on one venue: what the venue shows, and what of it is still there to be had."""

from gateway.model import BookUpdate, Level, Px, Qty, Side

BID, OFFER = "0", "1"
_BUY = Side.BUY  # a member of an Enum takes its time to be looked up
MAX_LEVELS = 64  # of each side; a venue that shows more is cut at the far end


class Book:
    """Levels by price, best first.

    What we have sent for counts as gone until the venue shows the level again; the price by which risk is measured is
    what the venue shows.
    """

    __slots__ = ("_asks", "_bids")

    def __init__(self) -> None:
        self._bids = _Levels(is_bid=True)
        self._asks = _Levels(is_bid=False)

    def clear(self) -> None:
        self._bids.clear()
        self._asks.clear()

    def apply(self, update: BookUpdate) -> None:
        """Set a level, or delete it with size 0."""
        (self._bids if update.entry == BID else self._asks).set(update.price, update.size)

    def shown(self, side: Side) -> tuple[Level, ...]:
        """What the venue shows to an order of `side`, best price first."""
        return (self._asks if side == _BUY else self._bids).shown()

    def available(self, side: Side) -> tuple[Level, ...]:
        """What is shown less what our orders on their way have taken of it."""
        return (self._asks if side == _BUY else self._bids).available()

    def take(self, side: Side, qty: Qty) -> None:
        """An order of `side` for `qty` is on its way to the venue; it will meet the best levels first."""
        (self._asks if side == _BUY else self._bids).take(qty)

    def missed(self, side: Side, price: Px) -> None:
        """An order of `side` down to `price` found too little: up to there nothing is left, whatever is shown."""
        (self._asks if side == _BUY else self._bids).missed(price)


class _Levels:
    """One side."""

    __slots__ = ("_available", "_is_bid", "_shown", "_sizes", "_taken")

    def __init__(self, *, is_bid: bool) -> None:
        self._is_bid = is_bid
        self._sizes: dict[Px, Qty] = {}
        self._taken: dict[Px, Qty] = {}
        self._shown: tuple[Level, ...] | None = ()  # None: to be made again
        self._available: tuple[Level, ...] | None = ()

    def clear(self) -> None:
        self._sizes.clear()
        self._taken.clear()
        self._shown = self._available = ()

    def set(self, price: Px, size: Qty) -> None:
        self._taken.pop(price, None)
        self._shown = self._available = None
        if not size:
            self._sizes.pop(price, None)
            return
        self._sizes[price] = size
        if len(self._sizes) > MAX_LEVELS:
            farthest = min(self._sizes) if self._is_bid else max(self._sizes)
            del self._sizes[farthest]
            self._taken.pop(farthest, None)

    def shown(self) -> tuple[Level, ...]:
        if self._shown is None:
            self._shown = tuple(Level(p, self._sizes[p]) for p in sorted(self._sizes, reverse=self._is_bid))
        return self._shown

    def available(self) -> tuple[Level, ...]:
        if self._available is None:
            taken = self._taken
            self._available = (
                tuple(
                    Level(level.price, Qty(level.size - taken.get(level.price, 0)))
                    for level in self.shown()
                    if level.size > taken.get(level.price, 0)
                )
                if taken
                else self.shown()
            )
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

    def missed(self, price: Px) -> None:
        for level in self.available():
            if level.price < price if self._is_bid else level.price > price:
                break
            self._taken[level.price] = self._sizes[level.price]
        self._available = None
