"""A pool of orders that nobody sees: they trade with each other at the middle of a reference, or not at all.

Priority is time alone. A least quantity is one of each single trade, so that small orders cannot find out a large one.
A pool that crosses only lets its orders wait; what is left of a market order after a cross ends.
"""

from collections.abc import Iterable
from heapq import heappush

from gateway.model import Px, Qty, TimeInForce
from venues.matching.book import Book
from venues.matching.orders import ASIDE, AT_ONCE, Ended, Event, Fill, Order, Why
from venues.matching.pool import Rules


class MidpointBook(Book):
    def __init__(self, rules: Rules, *, crosses: bool = False, internal: bool = False) -> None:
        """`internal`: only orders of one owner trade with each other, and no trade is printed."""
        super().__init__(rules)
        self._crosses = crosses
        self._internal = internal
        self._middle: Px | None = None
        self._resting: dict[bool, dict[Order, None]] = {True: {}, False: {}}  # buys and sells, in order of arrival

    # -- commands

    def submit(self, order: Order, time_in_force: TimeInForce) -> list[Event]:
        self._arrived += 1
        order.number, order.time_in_force, order.place = self._arrived, time_in_force, ASIDE
        if order.terms.expires is not None:
            heappush(self._dated, (order.terms.expires, order.number, order))
        self._resting[order.is_buy][order] = None
        events: list[Event] = []
        if self._is_open:
            self._meet_all(order, events)
        if order.leaves and (time_in_force in AT_ONCE or (self._is_open and _is_at_market(order))):
            self._end(order, events)
        return self._matched(events) if any(_is_conditional(event) for event in events) else events

    def reduce(self, order: Order, leaves: int) -> list[Event]:
        """It keeps its place. What is left may be little enough for somebody now."""
        return self._matched(super().reduce(order, leaves))

    def follow(self, middle: Px | None) -> list[Event]:
        """The reference has moved; None: there is none now, and nothing trades."""
        if middle == self._middle:
            return []
        self._middle = middle
        return self._matched([])

    def cross(self) -> list[Event]:
        """Let all that wait trade with each other now, except in a call."""
        events: list[Event] = []
        if not self.in_call:
            self._match(events)
            self._end_market_orders(events)
        return events

    def end_call(
        self, price: Px | None, fills: Iterable[tuple[Order, Order, Qty]], *, goes_on: bool = True
    ) -> list[Event]:
        """In a call nobody meets, and there is nothing to trade at its end; what goes on then meets at the middle."""
        events = self._matched(super().end_call(price, fills, goes_on=goes_on))
        if self._is_open:
            self._end_market_orders(events)
        return events

    # -- questions

    def waiting(self) -> list[Order]:
        return sorted((*self._resting[True], *self._resting[False]), key=lambda order: order.number)

    # -- inside

    @property
    def _is_open(self) -> bool:
        return not (self._crosses or self.in_call)

    def _withdraw(self, order: Order) -> None:
        super()._withdraw(order)
        del self._resting[order.is_buy][order]

    def _matched(self, events: list[Event]) -> list[Event]:
        if self._is_open:
            self._match(events)
        return events

    def _match(self, events: list[Event]) -> None:
        """All with all, the earliest first, until nobody is left who could trade."""
        before = -1
        while len(events) > before and all(self._resting.values()):
            before = len(events)
            for buy in [order for order in self._resting[True] if self._accepts(order)]:
                self._meet_all(buy, events)

    def _meet_all(self, order: Order, events: list[Event]) -> None:
        """What is left of it may be little enough for those who were passed over."""
        before = -1
        while len(events) > before and order.leaves and self._accepts(order):
            before = len(events)
            self._meet(order, [other for other in self._resting[not order.is_buy] if self._accepts(other)], events)

    def _meet(self, order: Order, others: list[Order], events: list[Event]) -> None:
        partners, price = self._partners(order, others), self._middle
        if order.time_in_force is TimeInForce.FOK and sum(qty for _, qty in partners) < order.leaves:
            return
        for other, qty in partners:
            assert price is not None
            maker, taker = (order, other) if order.number < other.number else (other, order)
            events.append(Fill(maker, taker, price, Qty(qty), in_call=self._crosses))
            if not self._internal:
                self.prints.append((price, Qty(qty)))
            for side in (order, other):
                side.leaves -= qty
                if not side.leaves:
                    self._withdraw(side)

    def _partners(self, order: Order, others: list[Order]) -> list[tuple[Order, int]]:
        """With whom it would trade how much; each trade is as large as both of its sides want it at least."""
        terms, left, found = order.terms, order.leaves, list[tuple[Order, int]]()
        for other in others:
            if self._internal != (other.terms.owner == terms.owner != ""):
                continue
            qty = min(left, other.leaves)
            if qty >= other.least and qty >= (left if terms.all_or_none else min(terms.min_qty, left)):
                found.append((other, qty))
                left -= qty
                if not left:
                    break
        return found

    def _accepts(self, order: Order) -> bool:
        """Whether the middle is within its limit."""
        middle, peg = self._middle, order.terms.peg
        limit = order.price if peg is None else peg.limit
        if middle is None:
            return False
        return limit is None or (middle <= limit if order.is_buy else middle >= limit)

    def _end_market_orders(self, events: list[Event]) -> None:
        for order in self.waiting():
            if _is_at_market(order):
                self._end(order, events)

    def _end(self, order: Order, events: list[Event]) -> None:
        self._withdraw(order)
        events.append(Ended(order, Why.UNFILLED))


def _is_conditional(event: Event) -> bool:
    """Whether what is left of somebody may have become little enough for somebody else."""
    return isinstance(event, Fill) and (event.maker.is_conditional or event.taker.is_conditional)


def _is_at_market(order: Order) -> bool:
    return order.price is None and order.terms.peg is None
