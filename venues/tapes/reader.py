"""The participant who shows a quote tape."""

from collections.abc import Callable, Iterable

from gateway.model import Ns, Px, Qty
from venues.crowd.quotes import Quotes
from venues.matching.book import Book, Event
from venues.tapes.rows import QuoteRow, Row

Happened = Callable[[str, list[Event], Ns], None]  # told after each change of a symbol's book, with what that led to


class TapeReader:
    """Shows one venue's rows of a tape as a participant's quotes, as long after the start as they stand on the tape.

    Of rows that are due at once in a symbol only the last is shown. A row that is locked or crossed shows nothing:
    one book cannot. Symbols that are not traded here are skipped.
    """

    def __init__(self, rows: Iterable[Row], venue: str, start: Ns, happened: Happened) -> None:
        self._rows = iter(rows)
        self._venue = venue
        self._happened = happened
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
        due: dict[str, QuoteRow] = {}
        while self._next is not None and self._next.at + self._offset <= now:
            due[self._next.symbol] = self._next
            self._next = self._ours(next(self._rows, None))
        for symbol, row in due.items():
            if symbol in self._quotes:
                self._happened(symbol, self._show(row, self._quotes[symbol]), now)

    def _ours(self, row: Row | None) -> QuoteRow | None:
        while row is not None and not (isinstance(row, QuoteRow) and row.venue in (self._venue, "")):
            row = next(self._rows, None)
        return row

    @staticmethod
    def _show(row: QuoteRow, quotes: Quotes) -> list[Event]:
        bids: dict[Px, Qty] = {row.bid: row.bid_size} if row.bid_size else {}
        offers: dict[Px, Qty] = {row.ask: row.ask_size} if row.ask_size else {}
        if bids and offers and row.bid >= row.ask:
            return quotes.move({}, {})
        return quotes.move(bids, offers)
