"""Market data of one venue: who asked for which symbol, and what they were shown last.

Subscribers of one symbol and depth share a window on the book. When the book was touched, each window is compared
with what it showed, and the difference goes out: one MarketDataIncrementalRefresh(X) a symbol, prints included.
"""

from collections.abc import Sequence

from gateway.fix.messages import (
    read_market_data_request,
    write_incremental,
    write_market_data_reject,
    write_snapshot,
)
from gateway.fix.reader import Message
from gateway.fix.session import Session
from gateway.model import BookUpdate, MarketData, MarketDataRequest, Ns, Px, Qty
from venues.matching.book import BID, OFFER, Book

TRADE = "2"  # MDEntryType(269)
MAX_DEPTH = 25  # levels a side; a full book is cut to it, so that a snapshot stays a message of ordinary size
MAX_ENTRIES = 50  # of one message
MAX_REQUESTS = 1_000  # MDReqIDs of one counterparty


class Window:
    """The best levels of one book as its subscribers know them."""

    def __init__(self, symbol: str, book: Book, depth: int) -> None:
        self._symbol = symbol
        self._book = book
        self._depth = depth
        self._shown: dict[str, dict[Px, Qty]] = {BID: {}, OFFER: {}}
        self.subscribers: dict[tuple[Session, str], tuple[str, ...]] = {}  # (session, MDReqID) -> MDEntryTypes

    def snapshot(self, entries: tuple[str, ...]) -> MarketData:
        updates = tuple(
            BookUpdate(symbol=self._symbol, entry=entry, price=price, size=size)
            for entry, levels in self._shown.items()
            if entry in entries
            for price, size in levels.items()
        )
        return MarketData(snapshot=True, symbol=self._symbol, updates=updates)

    def look(self) -> list[BookUpdate]:
        """What changed since the last look."""
        updates: list[BookUpdate] = []
        for entry, shown in self._shown.items():
            levels = self._book.top(entry, self._depth)
            if levels == shown:
                continue
            self._shown[entry] = levels
            # Deletions first: a reader whose book is bounded has room for what comes.
            updates += [
                BookUpdate(symbol=self._symbol, entry=entry, price=price, size=Qty(0))
                for price in shown
                if price not in levels
            ]
            updates += [
                BookUpdate(symbol=self._symbol, entry=entry, price=price, size=size)
                for price, size in levels.items()
                if shown.get(price) != size
            ]
        return updates


class Feed:
    def __init__(self, books: dict[str, Book]) -> None:
        self._books = books
        self.conflate_ns = 0  # the least time between two publications
        self._windows: dict[str, dict[int, Window]] = {}  # by symbol and depth
        self._touched: dict[str, None] = {}
        self._published = Ns(0)

    def touch(self, symbol: str) -> None:
        """The symbol's book has changed."""
        self._touched[symbol] = None

    def wake_at(self) -> Ns | None:
        return Ns(self._published + self.conflate_ns) if self._touched else None

    def publish(self, now: Ns) -> None:
        """Show what changed, unless that was done less than the conflation time ago."""
        if self._touched and now >= self._published + self.conflate_ns:
            self._published = now
            for symbol in self._touched:
                self._show(symbol, now)
            self._touched.clear()

    def leave(self, session: Session) -> None:
        """Subscriptions end with the connection: nothing of it is worth a resend."""
        for windows in self._windows.values():
            for window in windows.values():
                for key in [key for key in window.subscribers if key[0] is session]:
                    del window.subscribers[key]
        self._forget_unwatched()

    def request(self, message: Message, session: Session, now: Ns) -> None:
        """MarketDataRequest(V)."""
        request = read_market_data_request(message)
        if request.subscription == "2":
            self._stop(session, request.md_req_id)
            return
        refusal = self._refusal(request, message, session)
        if refusal is not None:
            reason, text = refusal
            session.send("Y", write_market_data_reject(request.md_req_id, reason, text), now)
            return
        for symbol in dict.fromkeys(request.symbols):
            self._show(symbol, now)
            depth = min(request.depth or MAX_DEPTH, MAX_DEPTH)
            window = self._windows.setdefault(symbol, {}).get(depth)
            if window is None:
                window = self._windows[symbol][depth] = Window(symbol, self._books[symbol], depth)
                window.look()
            session.send("W", write_snapshot(window.snapshot(request.entries), request.md_req_id), now, keep=False)
            if request.subscription == "1":
                window.subscribers[session, request.md_req_id] = request.entries
        self._forget_unwatched()

    def _refusal(self, request: MarketDataRequest, message: Message, session: Session) -> tuple[str, str] | None:
        """MDReqRejReason(281) and Text(58)."""
        for symbol in request.symbols:
            if symbol not in self._books:
                return "0", f"Symbol(55) {symbol[:32]} is not traded here"
        for entry in request.entries:
            if entry not in (BID, OFFER, TRADE):
                return "8", f"MDEntryType(269) {entry} is not offered: 0, 1 and 2 are"
        if request.depth < 0:
            return "5", f"MarketDepth(264) {request.depth} is negative"
        if request.subscription == "1":
            if message.get(265) == "0":
                return "6", "MDUpdateType(265) 0 is not offered: updates are incremental, 1"
            known = self._requests(session)
            if request.md_req_id in known:
                return "1", f"MDReqID(262) {request.md_req_id[:32]} is subscribed already"
            if len(known) >= MAX_REQUESTS:
                return "2", f"more than {MAX_REQUESTS} subscriptions"
        return None

    def _requests(self, session: Session) -> set[str]:
        return {
            md_req_id
            for windows in self._windows.values()
            for window in windows.values()
            for subscriber, md_req_id in window.subscribers
            if subscriber is session
        }

    def _stop(self, session: Session, md_req_id: str) -> None:
        for windows in self._windows.values():
            for window in windows.values():
                window.subscribers.pop((session, md_req_id), None)
        self._forget_unwatched()

    def _forget_unwatched(self) -> None:
        for windows in self._windows.values():
            for depth in [depth for depth, window in windows.items() if not window.subscribers]:
                del windows[depth]

    def _show(self, symbol: str, now: Ns) -> None:
        book = self._books[symbol]
        prints, book.prints = book.prints, []
        for window in self._windows.get(symbol, {}).values():
            updates = window.look()
            updates += [BookUpdate(symbol=symbol, entry=TRADE, price=price, size=size) for price, size in prints]
            for (session, md_req_id), entries in window.subscribers.items():
                _send(session, md_req_id, [update for update in updates if update.entry in entries], now)


def _send(session: Session, md_req_id: str, updates: Sequence[BookUpdate], now: Ns) -> None:
    for first in range(0, len(updates), MAX_ENTRIES):
        part = MarketData(snapshot=False, symbol="", updates=tuple(updates[first : first + MAX_ENTRIES]))
        session.send("X", write_incremental(part, md_req_id), now, keep=False)
