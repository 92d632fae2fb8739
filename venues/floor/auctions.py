"""What the phases of a venue do to its books: calls, uncrossing, orders for auctions, interruptions."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from msgspec import Struct

from gateway.model import SECOND, Ns, OrdRejReason, Px, Qty, TimeInForce
from venues.floor.phases import AUCTIONS, Change, Phase, Phases
from venues.matching.book import Book, Event, Fill, Order
from venues.matching.orders import AT_ONCE, Ended, Why
from venues.matching.uncross import Interest, Uncrossing, uncross

RESUMES_S: Final = 60  # the auction after a halt, where the profile has none of its own
# Members of an Enum take their time to be looked up.
_CONTINUOUS: Final = Phase.CONTINUOUS
_ATC: Final = TimeInForce.ATC
_OPG: Final = TimeInForce.OPG
_FOR_LATER: Final = frozenset({TimeInForce.GTC, TimeInForce.GTD, TimeInForce.OPG})
_NOW: Final = AT_ONCE | {TimeInForce.GTX}
_OPENED: Final = frozenset({Phase.CONTINUOUS, Phase.VOLATILITY, Phase.CLOSING})


class Volatility(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far a trade may be from others before continuous trading gives way to an auction."""

    from_last_bps: int  # from the last trade, in 1/10000 of it
    from_auction_bps: int  # from the last auction's price, before the first from the start price
    auction_s: int  # how long orders are collected


class Auctions:
    """Those of one venue. Without `volatility` nothing moves too fast."""

    def __init__(
        self,
        books: dict[str, Book],
        phases: Phases,
        tick_at: Callable[[int], int],
        stays: Callable[[Order], bool],
        told: Callable[[list[Change], Ns], None],
    ) -> None:
        """`tick_at` gives the tick of a price. An order that `stays` takes part in the auction that it led to, and of
        these changes of phase somebody is `told`."""
        self._books = books
        self._phases = phases
        self._tick_at = tick_at
        self._stays = stays
        self._told = told
        self._anchors: dict[str, Px] = {}  # by symbol: the price of the last auction, or the start price
        self.volatility: Volatility | None = None

    def trade_in(self, symbol: str, start: Px) -> None:
        self._anchors.setdefault(symbol, start)
        self._set_band(symbol)

    def carry_out(self, change: Change, now: Ns) -> list[Event]:
        """What a change of phase does to its symbol's book."""
        book, phase = self._books[change.symbol], change.now
        events: list[Event] = []
        if change.was is Phase.CONTINUOUS:
            events += book.begin_call()
        if phase in AUCTIONS:
            events += _end(book, TimeInForce.GTX, Why.CROSSING)
        if phase is Phase.CLOSING:
            for order in book.waiting():
                if order.time_in_force is TimeInForce.ATC:
                    events += book.release(order)
        if phase is Phase.CONTINUOUS or (phase is Phase.CLOSED and change.was is Phase.CLOSING):
            events += self._uncross(change.symbol, goes_on=phase is Phase.CONTINUOUS)
        if change.day_ends:
            events += book.expire(now, day_ends=True)
        return events

    def submit(self, symbol: str, order: Order, time_in_force: TimeInForce) -> list[Event]:
        """Into the book, or beside it until its auction begins."""
        book = self._books[symbol]
        if time_in_force is _ATC and self._phases.of(symbol) is not Phase.CLOSING:
            book.hold(order, time_in_force)
            return []
        return book.submit(order, time_in_force)

    def refusal(self, symbol: str, time_in_force: TimeInForce) -> tuple[OrdRejReason, str] | None:
        """Why no such order is taken in this phase."""
        phase = self._phases.of(symbol)
        if phase is _CONTINUOUS and time_in_force is not _OPG:
            return None
        if phase is Phase.HALTED:
            return OrdRejReason.EXCHANGE_CLOSED, f"trading in {symbol} is halted"
        if phase is Phase.CLOSED and time_in_force not in _FOR_LATER:
            return OrdRejReason.EXCHANGE_CLOSED, "the market is closed: only GTC, GTD and OPG are kept for the next day"
        if time_in_force is TimeInForce.OPG and phase in _OPENED:
            return OrdRejReason.TOO_LATE, "the opening auction is over"
        if time_in_force in _NOW and phase is not Phase.CONTINUOUS:
            return OrdRejReason.OTHER, f"{time_in_force.name} is for continuous trading; this is {phase}"
        return None

    def is_on(self, symbol: str) -> bool:
        return self._phases.of(symbol) in AUCTIONS

    def indicative(self, symbol: str) -> Uncrossing:
        """At what the auction would uncross now."""
        return self._crossing(symbol)[0]

    def watch(self, symbol: str, events: list[Event], now: Ns) -> list[Event]:
        """The events, with those of a volatility auction in the place of the ends of orders that a band stopped.

        Orders of the venue's own participants do end: these come again by themselves.
        """
        volatility = self.volatility
        if volatility is None or self._phases.of(symbol) is not Phase.CONTINUOUS:
            return events
        book = self._books[symbol]
        stopped = [event for event in events if isinstance(event, Ended) and self._is_stopped(book, event)]
        if not stopped:
            if any(isinstance(event, Fill) for event in events):
                self._set_band(symbol)
            return events
        stay = [event for event in stopped if self._stays(event.order) and event.order.time_in_force not in AT_ONCE]
        kept = [event for event in events if event not in stay]
        changes = self._phases.interrupt(symbol, Ns(now + volatility.auction_s * SECOND))
        for change in changes:
            kept += self.carry_out(change, now)
        for event in stay:
            kept += book.submit(event.order, event.order.time_in_force)
        self._told(changes, now)
        return kept

    def resumes(self, now: Ns) -> Ns:
        """When the auction is over that follows a halt which ends now."""
        return Ns(now + (RESUMES_S if self.volatility is None else self.volatility.auction_s) * SECOND)

    def _uncross(self, symbol: str, *, goes_on: bool) -> list[Event]:
        found, orders = self._crossing(symbol)
        book = self._books[symbol]
        if found.price is not None:
            self._anchors[symbol] = found.price
            self._set_band(symbol, found.price)
        return book.end_call(found.price, _pairs(orders, found.filled), goes_on=goes_on)

    def _crossing(self, symbol: str) -> tuple[Uncrossing, list[Order]]:
        """Conditional orders take no part: they are tried when continuous trading begins."""
        book = self._books[symbol]
        orders = [order for is_buy in (True, False) for order in book.orders(is_buy=is_buy) if not order.is_conditional]
        interests = [Interest(order.is_buy, order.price, order.leaves) for order in orders]
        return uncross(interests, book.last or self._anchors[symbol], self._tick_at), orders

    def _set_band(self, symbol: str, last: Px | None = None) -> None:
        if self.volatility is None:
            return
        book, anchor = self._books[symbol], self._anchors[symbol]
        last = last or book.last or anchor
        away, far = last * self.volatility.from_last_bps // 10_000, anchor * self.volatility.from_auction_bps // 10_000
        book.band = Px(max(last - away, anchor - far)), Px(min(last + away, anchor + far))

    @staticmethod
    def _is_stopped(book: Book, event: Ended) -> bool:
        """Whether the band, and nothing else, kept the order from trading on or from resting."""
        order = event.order
        if event.why is Why.BAND:
            return True
        if event.why is not Why.UNFILLED or order.time_in_force is TimeInForce.FOK or book.band is None:
            return False
        low, high = book.band
        price = order.price
        within = (
            (high if price is None else min(price, high))
            if order.is_buy
            else (low if price is None else max(price, low))
        )
        return book.meets(price, is_buy=order.is_buy) and not book.meets(within, is_buy=order.is_buy)


def _end(book: Book, time_in_force: TimeInForce, why: Why) -> list[Event]:
    """Take out all orders of that kind, the earliest first."""
    found = (*book.orders(is_buy=True), *book.orders(is_buy=False), *book.waiting())
    events: list[Event] = []
    for order in sorted((each for each in found if each.time_in_force is time_in_force), key=lambda each: each.number):
        events.append(Ended(order, why))
        events += book.cancel(order)
    return events


def _pairs(orders: Sequence[Order], filled: Iterable[int]) -> list[tuple[Order, Order, Qty]]:
    """(buyer, seller, quantity): whoever is first on one side trades with whoever is first on the other."""
    sides: dict[bool, list[tuple[Order, int]]] = {True: [], False: []}
    for order, qty in zip(orders, filled, strict=True):
        if qty:
            sides[order.is_buy].append((order, qty))
    pairs = []
    buyers, sellers = iter(sides[True]), iter(sides[False])
    (buyer, wanted), (seller, offered) = next(buyers, (None, 0)), next(sellers, (None, 0))
    while buyer is not None and seller is not None:
        qty = min(wanted, offered)
        pairs.append((buyer, seller, Qty(qty)))
        wanted, offered = wanted - qty, offered - qty
        if not wanted:
            buyer, wanted = next(buyers, (None, 0))
        if not offered:
            seller, offered = next(sellers, (None, 0))
    return pairs
