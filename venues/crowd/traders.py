"""The invented participants at work in a venue's books."""

from collections.abc import Callable

from gateway.model import MILLISECOND, Ns, TimeInForce, parse_px
from venues.crowd.flow import Flow, Mid, Participants
from venues.crowd.quotes import Quotes
from venues.matching.book import Book, Event, Order
from venues.profile import Profile

Happened = Callable[[str, list[Event], Ns], None]  # told after each change of a symbol's book, with what that led to


class FlowTraders:
    """Quote and take in every symbol at each step of the flow. Steps that were slept through are not made up for."""

    def __init__(self, flow: Flow, profile: Profile, happened: Happened) -> None:
        self._flow = flow
        self._profile = profile
        self._happened = happened
        self._interval = flow.interval_ms * MILLISECOND
        self._participants = Participants(
            flow, profile.habits, profile.name, tick=profile.tick, lot=profile.lot, min_qty=profile.min_qty
        )
        self._markets: dict[str, tuple[Book, Quotes, Mid]] = {}
        self.wake_at = Ns(0)

    def trade_in(self, symbol: str, book: Book, start_price: str) -> None:
        mid = Mid(self._flow.seed, symbol, parse_px(start_price), self._flow.wander_bps)
        self._markets[symbol] = (book, Quotes(book), mid)

    def act(self, now: Ns) -> None:
        step = now // self._interval
        self.wake_at = Ns((step + 1) * self._interval)
        for symbol, (book, quotes, mid) in self._markets.items():
            bids, offers = self._participants.quotes(mid.at(step), quotes.bids(), quotes.offers())
            events = quotes.move(bids, offers)
            taker = self._participants.taker()
            if taker is not None:
                is_buy, qty = taker
                events += book.submit(Order(is_buy=is_buy, price=None, leaves=qty), TimeInForce.IOC)
            self._happened(symbol, events, now)

    def leave(self) -> None:
        for _, quotes, _ in self._markets.values():
            quotes.move({}, {})
