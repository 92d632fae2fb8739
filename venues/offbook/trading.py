"""What happens in off-book books from one instant to the next, nobody having asked for it: references move, crosses are
due, a market maker quotes, hidden orders come and go."""

from collections.abc import Callable
from typing import Protocol

from gateway.model import SECOND, Ns, Px, Qty, parse_px
from venues.crowd.chance import Chance
from venues.crowd.flow import Flow
from venues.crowd.maker import Maker
from venues.matching.book import Book, Event
from venues.offbook.crosses import Crosses
from venues.offbook.hidden import HiddenOrders
from venues.offbook.kinds import VenueKind
from venues.offbook.lastlook import LastLook, LastLookBook
from venues.offbook.midpoint import MidpointBook
from venues.offbook.reference import FixedReference, FlowReference, Reference, TapeReference
from venues.profile import Profile

_SEED = 1  # of a market maker's doubts, where there is no flow

Happened = Callable[[str, list[Event], Ns], None]  # told after each change of a symbol's book, with what that led to


def book_of(profile: Profile, symbol: str) -> Book:
    """The one that a venue of that kind matches in."""
    rules = profile.rules(symbol)
    match profile.kind:
        case VenueKind.EXCHANGE | VenueKind.ECN:
            return Book(rules)
        case VenueKind.MARKET_MAKER:
            return LastLookBook(rules, profile.last_look or LastLook(), symbol)
        case VenueKind.DARK | VenueKind.CROSSING | VenueKind.INTERNAL:
            kind = profile.kind
            return MidpointBook(rules, crosses=kind is VenueKind.CROSSING, internal=kind is VenueKind.INTERNAL)


class OffBook:
    """Of one venue, for one run."""

    def __init__(self, profile: Profile, flow: Flow | None, happened: Happened, is_open: Callable[[str], bool]) -> None:
        """`is_open` says whether orders are taken in a symbol."""
        self._profile = profile
        self._flow = flow
        self._happened = happened
        self._is_open = is_open
        self._markets: dict[str, Market] = {}

    def trade_in(self, symbol: str, book: Book, start: str, tape: Book | None) -> None:
        """`tape` is where a tape is shown, for reference; it counts where there is no flow."""
        profile, flow, price = self._profile, self._flow, parse_px(start)
        tick = profile.ticks.at(Px(price * 11 // 10))  # the coarsest of a day's prices
        reference: Reference = FixedReference(price) if tape is None else TapeReference(tape)
        if flow is not None:
            reference = FlowReference(flow, symbol, price, tick=tick, lag_ms=profile.reference_lag_ms)
        if isinstance(book, LastLookBook):
            self._markets[symbol] = QuoteMarket(profile, flow, symbol, book, reference=reference, tick=tick)
        else:
            assert isinstance(book, MidpointBook)
            self._markets[symbol] = MiddleMarket(profile, flow, symbol, book, reference=reference)

    @property
    def wake_at(self) -> Ns | None:
        return min([at for market in self._markets.values() if (at := market.wake_at) is not None], default=None)

    def act(self, now: Ns) -> None:
        for symbol, market in self._markets.items():
            if market.wake_at is not None and market.wake_at <= now:
                self.look(symbol, now)

    def look(self, symbol: str, now: Ns) -> None:
        """Something happened there, or is about to."""
        market = self._markets.get(symbol)
        if market is not None:
            self._happened(symbol, market.act(now, is_open=self._is_open(symbol)), now)

    def leave(self, now: Ns, symbol: str | None = None) -> None:
        """Take back what is not counterparties', in one symbol or in all."""
        for traded, market in self._markets.items():
            if symbol in (None, traded):
                self._happened(traded, market.leave(), now)


class Market(Protocol):
    """One symbol."""

    wake_at: Ns | None

    def act(self, now: Ns, *, is_open: bool) -> list[Event]: ...

    def leave(self) -> list[Event]: ...


class MiddleMarket:
    def __init__(
        self, profile: Profile, flow: Flow | None, symbol: str, book: MidpointBook, *, reference: Reference
    ) -> None:
        self._book = book
        self._reference = reference
        self._crosses: Crosses | None = profile.crosses
        self._next_cross: Ns | None = None
        self._hidden: HiddenOrders | None = None
        if profile.hidden is not None and flow is not None:
            chance = Chance(flow.seed, profile.name, symbol, "hidden")
            self._hidden = HiddenOrders(
                profile.hidden, book, chance, lot=profile.lot, least_lots=_least_lots(profile.lot, profile.min_qty)
            )
        self.wake_at: Ns | None = Ns(0)

    def act(self, now: Ns, *, is_open: bool) -> list[Event]:
        events = self._book.follow(self._reference.middle(now))
        wakes = [self._cross_if_due(now, events)]
        if self._crosses is None:
            wakes.append(self._reference.moves_at(now))
        if self._hidden is not None:
            if is_open:
                events += self._hidden.act(now)
            wakes.append(self._hidden.wake_at if is_open else Ns(now + SECOND))
        self.wake_at = min([at for at in wakes if at is not None], default=None)
        return events

    def leave(self) -> list[Event]:
        return [] if self._hidden is None else self._hidden.leave()

    def _cross_if_due(self, now: Ns, events: list[Event]) -> Ns | None:
        """When the next one is. What was slept through does not take place: the first look is at what is to come."""
        if self._crosses is None:
            return None
        if self._next_cross is None or self._next_cross <= now:
            if self._next_cross is not None:
                events += self._book.cross()
            self._next_cross = self._crosses.after(now)
        return self._next_cross


class QuoteMarket:
    """A market maker quotes; nobody else does."""

    def __init__(
        self, profile: Profile, flow: Flow | None, symbol: str, book: LastLookBook, *, reference: Reference, tick: Px
    ) -> None:
        self._book = book
        self._reference = reference
        chance = Chance(_SEED if flow is None else flow.seed, profile.name, symbol)
        self._maker = Maker(
            book,
            profile.habits,
            chance,
            tick=tick,
            lot=profile.lot,
            least_lots=_least_lots(profile.lot, profile.min_qty),
        )
        self._middle: Px | None = None  # that it quotes around
        self._refills_at: Ns | None = None
        self.wake_at: Ns | None = Ns(0)

    def act(self, now: Ns, *, is_open: bool) -> list[Event]:
        self._book.now = now
        events = self._book.decide(now)
        if is_open:
            self._quote(now, events)
        wakes = [self._book.decides_at, self._refills_at, self._reference.moves_at(now)]
        if not is_open:
            wakes.append(Ns(now + SECOND))
        self.wake_at = min([at for at in wakes if at is not None], default=None)
        return events

    def leave(self) -> list[Event]:
        self._middle = self._refills_at = None
        return self._maker.leave()

    def _quote(self, now: Ns, events: list[Event]) -> None:
        middle = self._reference.middle(now)
        is_due = self._refills_at is not None and self._refills_at <= now
        if middle is None:
            events += self.leave()
        elif middle != self._middle or is_due:
            events += self._maker.quote(middle, now)
        self._middle = middle
        if is_due or not self._maker.is_thin():
            self._refills_at = None
        elif self._refills_at is None:
            self._refills_at = Ns(now + self._maker.lag)


def _least_lots(lot: Qty, min_qty: Qty) -> int:
    return max(1, -(-min_qty // lot))
