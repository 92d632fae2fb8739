"""One participant's standing quotes in one book, moved to where they are wanted with the fewest changes."""

from gateway.model import Px, Qty, TimeInForce
from venues.matching.book import Book, Event, Order


class Quotes:
    """At most one order a side and price. What was traded away is gone until it is wanted again."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._bids: dict[Px, Order] = {}
        self._offers: dict[Px, Order] = {}

    def bids(self) -> dict[Px, Qty]:
        return {price: Qty(order.leaves) for price, order in self._bids.items() if order.is_live}

    def offers(self) -> dict[Px, Qty]:
        return {price: Qty(order.leaves) for price, order in self._offers.items() if order.is_live}

    def move(self, bids: dict[Px, Qty], offers: dict[Px, Qty]) -> list[Event]:
        """Quote these sizes by price and nothing else; what it leads to is returned.

        A quote that only shrinks keeps its place in the queue. The wanted sides must not cross each other.
        """
        # Both sides leave before either comes, or a quote that jumps would meet its own other side.
        events = self._withdraw(self._bids, bids)
        events += self._withdraw(self._offers, offers)
        events += self._place(self._bids, bids, is_buy=True)
        return events + self._place(self._offers, offers, is_buy=False)

    def _withdraw(self, standing: dict[Px, Order], wanted: dict[Px, Qty]) -> list[Event]:
        events: list[Event] = []
        for price, order in list(standing.items()):
            size = wanted.get(price, 0)
            if order.is_live and 0 < size <= order.leaves:
                events += self._book.reduce(order, size)
                continue
            if order.is_live:
                events += self._book.cancel(order)
            del standing[price]
        return events

    def _place(self, standing: dict[Px, Order], wanted: dict[Px, Qty], *, is_buy: bool) -> list[Event]:
        events: list[Event] = []
        for price, size in wanted.items():
            if size and price not in standing:
                order = Order(is_buy=is_buy, price=price, leaves=size)
                events += self._book.submit(order, TimeInForce.DAY)
                if order.is_live:
                    standing[price] = order
        return events
