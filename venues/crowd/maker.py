"""The market maker of one book: quotes around the efficient price as it saw it, leaning against what it holds."""

from gateway.model import MILLISECOND, SECOND, Ns, Px, Qty
from venues.crowd.chance import Chance
from venues.crowd.flow import Habits, halved
from venues.crowd.quotes import Quotes
from venues.matching.book import Book, Event

_BACK_PERCENT = 30  # of quotes stand a tick back on a side, so that the best price changes venues
_AGAIN_PERCENT = 12  # of sizes are thought over when quotes move
_BACK_AT_MOST = 2  # ticks
_SIZES_HELD = 4  # of inventory, in best levels' sizes: who holds so much stands back for certain
_HEDGED_IN = 10 * SECOND  # half of the inventory leaves elsewhere


class Maker:
    def __init__(self, book: Book, habits: Habits, chance: Chance, *, tick: Px, lot: Qty, least_lots: int) -> None:
        self._book = book
        self._habits = habits
        self._chance = chance
        self._tick = tick
        self._base = 0  # ticks: below it it bids, above it it offers
        self._lot = lot
        self._least_lots = least_lots
        self._quotes = Quotes(book)
        self._inventory = 0  # Qty, short below zero
        self._quoted = Ns(0)
        self.lag = habits.maker_lag_ms * MILLISECOND
        self.low, self.high = Px(0), Px(-1)  # a price beyond them moves the quotes

    def quote(self, price: Px, now: Ns) -> list[Event]:
        """Quote around an efficient price; the events are what it leads to."""
        if not self.low <= price <= self.high:
            # The quotes stay until the price is a quarter of a tick beyond the ones that are closest to it. So all
            # makers of a world agree, but for their lags: none of them locks another's market for long.
            self._base = price // self._tick
            self.low = Px(self._base * self._tick - self._tick // 4)
            self.high = Px((self._base + 1) * self._tick + self._tick // 4)
        lean = self._lean(now)
        half = self._habits.half_spread_ticks
        below, above = self._base + 1 - half, self._base + half
        bid, offer = self._book.best(is_buy=True), self._book.best(is_buy=False)
        # Nobody stands back from somebody who is in the way.
        if offer is None or offer > below * self._tick:
            below -= self._steps_back(lean)
        if bid is None or bid < above * self._tick:
            above += self._steps_back(-lean)
        return self._quotes.move(
            self._side(below, -1, self._quotes.bids()), self._side(above, 1, self._quotes.offers())
        )

    def is_thin(self) -> bool:
        """Whether a good part of the best quotes has been traded."""
        return self._quotes.is_thin()

    def leave(self) -> list[Event]:
        return self._quotes.move({}, {})

    def _lean(self, now: Ns) -> int:
        """How much it would rather sell than buy, in 1/100: at 100 it is too long to bid at the best price."""
        held = self._inventory + self._quotes.bought()
        left = halved(abs(held), now - self._quoted, _HEDGED_IN)
        self._inventory, self._quoted = left if held > 0 else -left, now
        return 100 * self._inventory // (_SIZES_HELD * self._habits.size_lots * self._lot)

    def _steps_back(self, lean: int) -> int:
        """Ticks that it stands back on a side which it would rather not trade on."""
        return min(max(_BACK_PERCENT + lean + self._chance.below(100), 0) // 100, _BACK_AT_MOST)

    def _side(self, best_ticks: int, away: int, standing: dict[Px, Qty]) -> dict[Px, Qty]:
        wanted = {}
        for level in range(self._habits.levels):
            price = Px((best_ticks + away * level) * self._tick)
            if price <= 0:
                break
            size = standing.get(price)
            # What trades have left less than half of is made good, at the end of the queue.
            thin = size is not None and 2 * size < self._lots(level) * self._lot
            if size is None or thin or self._chance.below(100) < _AGAIN_PERCENT:
                size = self._size(level)
            wanted[price] = size
        return wanted

    def _lots(self, level: int) -> int:
        """Of a level, on average."""
        return self._habits.size_lots * (2 + level) // 2

    def _size(self, level: int) -> Qty:
        lots = self._lots(level) * (50 + self._chance.below(101)) // 100
        return Qty(max(lots, self._least_lots) * self._lot)
