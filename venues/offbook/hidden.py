"""Those who wait unseen at the middle: invented orders by which one of yours may be met.

They come as a Poisson process, a buyer as often as a seller, and leave after an exponentially distributed patience, not
trading with each other. So on each side their number has a Poisson distribution, and how often one is met is known.
"""

from heapq import heappop, heappush

from msgspec import Struct

from gateway.model import SECOND, Ns, Qty, TimeInForce
from venues.crowd.chance import Chance
from venues.matching.book import Book, Event, Order
from venues.matching.orders import Peg, Terms
from venues.matching.pegs import MIDDLE

_TERMS = Terms(peg=Peg(MIDDLE), owner="hidden")


class Hidden(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many of them there are at one venue."""

    arrivals_per_min: int  # in one symbol
    stays_s: int  # on average
    size_lots: int  # on average, exponentially distributed too


class HiddenOrders:
    def __init__(self, hidden: Hidden, book: Book, chance: Chance, *, lot: Qty, least_lots: int) -> None:
        self._hidden = hidden
        self._book = book
        self._chance = chance
        self._lot = lot
        self._least_lots = least_lots
        self._comes_at: Ns | None = None
        self._leaves: list[tuple[Ns, int, Order]] = []  # a heap: when, in order of arrival

    @property
    def wake_at(self) -> Ns:
        assert self._comes_at is not None, "it has not acted"
        return min(self._comes_at, self._leaves[0][0]) if self._leaves else self._comes_at

    def act(self, now: Ns) -> list[Event]:
        """Who is due leaves and comes. What was slept through is not made up for."""
        events: list[Event] = []
        while self._leaves and self._leaves[0][0] <= now:
            order = heappop(self._leaves)[2]
            if order.is_live:
                events += self._book.cancel(order)
        if self._comes_at is None:
            self._comes_at = self._next(now)
        elif self._comes_at <= now:
            events += self._come(now)
            self._comes_at = self._next(now)
        return events

    def leave(self) -> list[Event]:
        """All of them."""
        events: list[Event] = []
        for _, _, order in self._leaves:
            if order.is_live:
                events += self._book.cancel(order)
        self._leaves.clear()
        self._comes_at = None
        return events

    def _come(self, now: Ns) -> list[Event]:
        is_buy = self._chance.below(2) == 1
        lots = max(self._chance.wait(self._hidden.size_lots), self._least_lots)
        order = Order(is_buy=is_buy, price=None, leaves=lots * self._lot, terms=_TERMS)
        events = self._book.submit(order, TimeInForce.DAY)
        patience = self._chance.wait(self._hidden.stays_s * SECOND)
        heappush(self._leaves, (Ns(now + patience), order.number, order))
        return events

    def _next(self, now: Ns) -> Ns:
        return Ns(now + self._chance.wait(60 * SECOND // self._hidden.arrivals_per_min))
