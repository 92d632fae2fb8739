"""The venue's own participants at work in its books: those of the flow, and the one who shows a quote tape."""

from collections.abc import Callable, Iterable

from gateway.model import MILLISECOND, Ns, Px, Qty, TimeInForce, parse_px
from venues.book import Book, Fill, Order
from venues.flow import Flow, Mid, Participants
from venues.profile import Profile
from venues.quotes import Quotes
from venues.tape import TapeRow

Filled = Callable[[str, list[Fill], Ns], None]  # told after each change of a symbol's book, with what it traded


class FlowTraders:
    """Quote and take in every symbol at each step of the flow. Steps that were slept through are not made up for."""

    def __init__(self, flow: Flow, profile: Profile, filled: Filled) -> None:
        self._flow = flow
        self._profile = profile
        self._filled = filled
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
            fills = quotes.move(bids, offers)
            taker = self._participants.taker()
            if taker is not None:
                is_buy, qty = taker
                fills += book.submit(Order(is_buy=is_buy, price=None, leaves=qty), TimeInForce.IOC)
            self._filled(symbol, fills, now)

    def leave(self) -> None:
        for _, quotes, _ in self._markets.values():
            quotes.move({}, {})


class TapeReader:
    """Shows one venue's rows of a tape as a participant's quotes, as long after the start as they stand on the tape.

    Of rows that are due at once in a symbol only the last is shown. A row that is locked or crossed shows nothing:
    one book cannot. Symbols that are not traded here are skipped.
    """

    def __init__(self, rows: Iterable[TapeRow], venue: str, start: Ns, filled: Filled) -> None:
        self._rows = iter(rows)
        self._venue = venue
        self._filled = filled
        self._quotes: dict[str, Quotes] = {}
        first = next(self._rows, None)
        self._offset = start - first.at if first is not None else 0
        self._next = self._ours(first)

    def trade_in(self, symbol: str, book: Book) -> None:
        self._quotes[symbol] = Quotes(book)

    @property
    def wake_at(self) -> Ns | None:
        return Ns(self._next.at + self._offset) if self._next is not None else None

    def act(self, now: Ns) -> None:
        due: dict[str, TapeRow] = {}
        while self._next is not None and self._next.at + self._offset <= now:
            due[self._next.symbol] = self._next
            self._next = self._ours(next(self._rows, None))
        for symbol, row in due.items():
            if symbol in self._quotes:
                self._filled(symbol, self._show(row, self._quotes[symbol]), now)

    def _ours(self, row: TapeRow | None) -> TapeRow | None:
        while row is not None and row.venue != self._venue:
            row = next(self._rows, None)
        return row

    @staticmethod
    def _show(row: TapeRow, quotes: Quotes) -> list[Fill]:
        bids: dict[Px, Qty] = {row.bid: row.bid_size} if row.bid_size else {}
        offers: dict[Px, Qty] = {row.ask: row.ask_size} if row.ask_size else {}
        if bids and offers and row.bid >= row.ask:
            return quotes.move({}, {})
        return quotes.move(bids, offers)
