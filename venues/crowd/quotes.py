"""One participant's standing quotes in one book, moved to where they are wanted with the fewest changes."""

from gateway.model import Px, Qty, TimeInForce
from venues.matching.book import Book, Event, Order


class Quote(Order):
    __slots__ = ("counted",)

    def __init__(self, *, is_buy: bool, price: Px, size: Qty) -> None:
        super().__init__(is_buy=is_buy, price=price, leaves=size)
        self.counted = int(size)  # its leaves when its trades were counted last


class Quotes:
    """At most one order a side and price. What was traded away is gone until it is wanted again."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._bids: dict[Px, Quote] = {}
        self._offers: dict[Px, Quote] = {}
        self._best: list[Quote] = []  # the first of each side
        self._bought = 0

    def bids(self) -> dict[Px, Qty]:
        """What stands, the best first."""
        return {price: Qty(order.leaves) for price, order in self._bids.items() if order.is_live}

    def offers(self) -> dict[Px, Qty]:
        return {price: Qty(order.leaves) for price, order in self._offers.items() if order.is_live}

    def bought(self) -> int:
        """Qty bought since this was last asked, less what was sold."""
        for order in (*self._bids.values(), *self._offers.values()):
            self._count(order)
        bought, self._bought = self._bought, 0
        return bought

    def is_thin(self) -> bool:
        """Whether more than half of the best bid or the best offer was traded since trades were counted."""
        for order in self._best:  # noqa: SIM110 - `any` takes twice as long, and it is asked all the time
            if 2 * order.leaves < order.counted:
                return True
        return False

    def move(self, bids: dict[Px, Qty], offers: dict[Px, Qty]) -> list[Event]:
        """Quote these sizes by price, the best first, and nothing else; what it leads to is returned.

        A quote that only shrinks keeps its place in the queue. The wanted sides must not cross each other.
        """
        # Both sides leave before either comes, or a quote that jumps would meet its own other side.
        events: list[Event] = []
        kept = self._withdraw(self._bids, bids, events), self._withdraw(self._offers, offers, events)
        self._bids = self._place(kept[0], bids, events, is_buy=True)
        self._offers = self._place(kept[1], offers, events, is_buy=False)
        self._best = [next(iter(side.values())) for side in (self._bids, self._offers) if side]
        return events

    def _withdraw(self, standing: dict[Px, Quote], wanted: dict[Px, Qty], events: list[Event]) -> dict[Px, Quote]:
        kept = {}
        for price, order in standing.items():
            size = wanted.get(price, 0)
            self._count(order)
            if order.is_live and 0 < size <= order.leaves:
                if size < order.leaves:
                    events += self._book.reduce(order, size)
                    order.counted = size
                kept[price] = order
            elif order.is_live:
                events += self._book.cancel(order)
        return kept

    def _place(
        self, standing: dict[Px, Quote], wanted: dict[Px, Qty], events: list[Event], *, is_buy: bool
    ) -> dict[Px, Quote]:
        placed = {}
        for price, size in wanted.items():
            order = standing.get(price)
            if order is None and size:
                order = Quote(is_buy=is_buy, price=price, size=size)
                events += self._book.submit(order, TimeInForce.DAY)
            if order is not None:
                placed[price] = order
        return placed

    def _count(self, order: Quote) -> None:
        traded = order.counted - order.leaves
        if traded:
            self._bought += traded if order.is_buy else -traded
            order.counted = order.leaves
