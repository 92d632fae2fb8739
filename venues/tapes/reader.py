"""The participant who shows a tape: each row as long after the venue's start as it stands after the tape's first."""

from collections.abc import Callable, Iterable

from gateway.model import Ns, Px, Qty
from venues.matching.book import Book, Event
from venues.tapes.ladder import Ladder
from venues.tapes.mirror import Mirror
from venues.tapes.rows import Row
from venues.tapes.showing import FillModel, Showing

Happened = Callable[[str, list[Event], Ns], None]  # told after each change of a symbol's book, with what that led to


class TapeReader:
    """Shows the rows of one venue, and those that name none; symbols that are not traded here are skipped.

    Of quotes that are due at once in a symbol only the last is shown.
    """

    def __init__(self, rows: Iterable[Row], venue: str, start: Ns, happened: Happened) -> None:
        self._rows = iter(rows)
        self._venue = venue
        self._happened = happened
        self._markets: dict[str, Mirror | Ladder] = {}
        self._ladders: list[Ladder] = []
        first = next(self._rows, None)
        self.is_there = first is not None
        self._offset = start - first.at if first is not None else 0
        self._next = self._ours(first)
        self._is_blank = self._next is None  # there is nothing to show, and never was

    def trade_in(self, symbol: str, book: Book, showing: Showing, *, lot: Qty, tick: Px) -> None:
        if showing.fill_model is FillModel.SLIPPAGE:
            ladder = self._markets[symbol] = Ladder(book, showing, lot=lot, tick=tick)
            self._ladders.append(ladder)
        else:
            self._markets[symbol] = Mirror(book, showing, lot=lot)

    @property
    def wake_at(self) -> Ns | None:
        if self._is_blank:
            return None
        wakes = [market.wake_at for market in self._markets.values() if market.wake_at is not None]
        if self._next is not None:
            wakes.append(Ns(self._next.at + self._offset))
        return min(wakes, default=None)

    def act(self, now: Ns) -> None:
        touched: dict[str, list[Event]] = {
            symbol: []
            for symbol, market in self._markets.items()
            if market.wake_at is not None and market.wake_at <= now
        }
        while self._next is not None and self._next.at + self._offset <= now:
            row = self._next
            if row.symbol in self._markets:
                touched.setdefault(row.symbol, []).extend(self._markets[row.symbol].take(row, now))
            self._next = self._ours(next(self._rows, None))
        for symbol, events in touched.items():
            self._happened(symbol, events + self._markets[symbol].settle(now), now)

    def notice(self, now: Ns) -> None:
        """Counterparties were here, and may have taken something."""
        for ladder in self._ladders:
            ladder.notice(now)

    def _ours(self, row: Row | None) -> Row | None:
        while row is not None and row.venue not in (self._venue, ""):
            row = next(self._rows, None)
        return row
