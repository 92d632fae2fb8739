"""A book in which one market maker quotes, and looks once more at who takes before it trades."""

from collections import deque

from msgspec import Struct

from gateway.model import MILLISECOND, Ns, Px, TimeInForce
from venues.crowd.chance import Chance
from venues.crowd.quotes import Quote
from venues.matching.book import Book
from venues.matching.orders import ASIDE, Ended, Event, Order, Why
from venues.matching.pool import Rules


class LastLook(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    hold_ms: int = 0  # how long it looks; an order whose quote is gone then is declined
    declines_percent: int = 0  # of the others, by chance
    seed: int = 1


class _Look(Struct):
    due: Ns
    order: Order
    number: int  # the order's then
    quote: Px | None  # that it would have taken


class LastLookBook(Book):
    """Counterparties' orders never rest in it: they trade with the quotes, or end."""

    def __init__(self, rules: Rules, look: LastLook, symbol: str) -> None:
        super().__init__(rules)
        self._look = look
        self._chance = Chance(look.seed, symbol, "last look")
        self._looks: deque[_Look] = deque()
        self.now = Ns(0)  # told before each order

    def submit(self, order: Order, time_in_force: TimeInForce) -> list[Event]:
        if isinstance(order, Quote):
            return super().submit(order, time_in_force)
        self.hold(order, time_in_force)
        return [] if self._look.hold_ms else self.decide(self.now)

    def hold(self, order: Order, time_in_force: TimeInForce) -> None:
        """From now on it is looked at."""
        super().hold(order, time_in_force)
        due = Ns(self.now + self._look.hold_ms * MILLISECOND)
        self._looks.append(_Look(due, order, order.number, self._quote(order)))

    def release(self, order: Order) -> list[Event]:
        """Let it trade."""
        self._withdraw(order)
        return super().submit(order, order.time_in_force)

    def decide(self, now: Ns) -> list[Event]:
        """Of the orders that were looked at for long enough."""
        events: list[Event] = []
        while self._looks and self._looks[0].due <= now:
            look = self._looks.popleft()
            if look.order.place == ASIDE and look.order.number == look.number:
                events += self._decide(look)
        return events

    @property
    def decides_at(self) -> Ns | None:
        return self._looks[0].due if self._looks else None

    def _decide(self, look: _Look) -> list[Event]:
        order, quote = look.order, self._quote(look.order)
        if look.quote is None:
            return self.release(order)
        is_gone = quote is None or (quote > look.quote if order.is_buy else quote < look.quote)
        if is_gone or self._chance.below(100) < self._look.declines_percent:
            self._withdraw(order)
            return [Ended(order, Why.DECLINED)]
        return self.release(order)

    def _quote(self, order: Order) -> Px | None:
        """The quote that it takes first; None: none is within its limit."""
        best = self.best(is_buy=not order.is_buy)
        if best is None or order.price is None:
            return best
        return best if (best <= order.price if order.is_buy else best >= order.price) else None
