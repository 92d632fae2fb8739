"""Market data of one venue: who asked for which symbol, and what they were shown last.

When a book was touched, each window on it is compared with what it showed, and the difference goes out: one
MarketDataIncrementalRefresh(X) a symbol, trades and figures of the day included. None of it is kept for a resend: a
gap fill stands for it, and who misses some of it asks again and gets a snapshot.
"""

from gateway.fix.messages import (
    read_market_data_request,
    write_incremental,
    write_market_data_reject,
    write_snapshot,
)
from gateway.fix.reader import Message
from gateway.fix.session import Session
from gateway.model import BookUpdate, MarketData, MarketDataRequest, Ns
from venues.floor.indications import INDICATIVE, Auctioning, Indications
from venues.floor.outlet import Outlet
from venues.floor.statistics import FIGURES, Statistics
from venues.floor.window import LevelWindow, OrderWindow, Subscription, Window
from venues.matching.book import BID, OFFER, Book

TRADE = "2"  # MDEntryType(269)
OFFERED = (BID, OFFER, TRADE, *FIGURES, *INDICATIVE)
MAX_DEPTH = 25  # levels a side; a full book is cut to it, so that a snapshot stays a message of ordinary size
MAX_ENTRIES = 50  # of one message
MAX_REQUESTS = 1_000  # MDReqIDs of one counterparty

# What MarketDataRequest(V) may say of these, MDReqRejReason(281) for anything else, and what Text(58) says then.
_TERMS = {
    265: (("0", "1"), "6", "MDUpdateType(265) is 0 or 1"),
    266: (("Y", "N"), "7", "AggregatedBook(266) is Y or N"),
    286: ((), "B", "OpenCloseSettlFlag(286) is not offered: prices are of the day"),
    386: ((), "9", "NoTradingSessions(386) is not offered: what is asked for is shown in all of them"),
    546: (("1",), "A", "Scope(546) other than 1 is not offered"),
    547: (
        ("N",),
        "C",
        "MDImplicitDelete(547) Y is not offered: what leaves the depth is deleted",
    ),
}


class Feed:
    def __init__(self, books: dict[str, Book], auctions: Auctioning, outlet: Outlet) -> None:
        self._books = books
        self._outlet = outlet
        self._indications = Indications(auctions)
        self.conflate_ns = 0  # the least time between two publications
        self._statistics: dict[str, Statistics] = {}  # by symbol
        # By symbol, depth and whether order by order.
        self._windows: dict[str, dict[tuple[int, bool], Window]] = {}
        self._subscribed: dict[Session, dict[str, list[tuple[Window, Subscription]]]] = {}  # by MDReqID(262)
        self._touched: dict[str, None] = {}
        self._published = Ns(0)

    def touch(self, symbol: str) -> None:
        """The symbol's book has changed."""
        self._touched[symbol] = None

    def begin_day(self, symbol: str) -> None:
        """The figures of the day before are no more."""
        self._of_the_day(symbol).begin_day()
        self.touch(symbol)

    def end_day(self, symbol: str) -> None:
        """There is a closing price, unless nothing was traded."""
        self._of_the_day(symbol).end_day()
        self.touch(symbol)

    def wake_at(self) -> Ns | None:
        due = self._indications.wake_at()
        if not self._touched and due is None:
            return None
        free = Ns(self._published + self.conflate_ns)
        return free if self._touched or due is None else max(due, free)

    def publish(self, now: Ns) -> None:
        """Show what changed, unless that was done less than the conflation time ago."""
        for symbol in self._indications.due(now):
            self._touched[symbol] = None
        if self._touched and now >= self._published + self.conflate_ns:
            self._published = now
            for symbol in self._touched:
                self._show(symbol, now)
            self._touched.clear()

    def leave(self, session: Session) -> None:
        """Subscriptions end with the connection: nothing of it is worth a resend."""
        for md_req_id in list(self._subscribed.get(session, ())):
            self._stop(session, md_req_id)

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
            window = self._window(symbol, min(request.depth or MAX_DEPTH, MAX_DEPTH), by_order=request.by_order)
            subscription = Subscription(session, request.md_req_id, request.entries, full_refresh=request.full_refresh)
            self._send_snapshot(window, subscription, now)
            if request.subscription == "1":
                window.subscribers[subscription] = None
                mine = self._subscribed.setdefault(session, {})
                mine.setdefault(request.md_req_id, []).append((window, subscription))
            else:
                self._forget_unwatched(symbol)

    def _refusal(self, request: MarketDataRequest, message: Message, session: Session) -> tuple[str, str] | None:
        """MDReqRejReason(281) and Text(58)."""
        if request.subscription not in ("0", "1"):
            return "4", "SubscriptionRequestType(263) is 0, 1 or 2"
        for symbol in request.symbols:
            if symbol not in self._books:
                return "0", f"Symbol(55) {symbol[:32]} is not traded here"
        for entry in request.entries:
            if entry not in OFFERED:
                return "8", f"MDEntryType(269) {entry} is not offered: {', '.join(OFFERED)} are"
        if request.depth < 0:
            return "5", f"MarketDepth(264) {request.depth} is negative"
        for tag, (offered, reason, text) in _TERMS.items():
            value = message.get(tag)
            if value is not None and value not in offered:
                return reason, text
        mine = self._subscribed.get(session, {})
        if request.subscription == "1" and request.md_req_id in mine:
            return "1", f"MDReqID(262) {request.md_req_id[:32]} is subscribed already"
        if request.subscription == "1" and len(mine) >= MAX_REQUESTS:
            return "2", f"more than {MAX_REQUESTS} subscriptions"
        return None

    def _window(self, symbol: str, depth: int, *, by_order: bool) -> Window:
        windows = self._windows.setdefault(symbol, {})
        window = windows.get((depth, by_order))
        if window is None:
            kind = OrderWindow if by_order else LevelWindow
            window = windows[depth, by_order] = kind(symbol, self._books[symbol], depth)
            window.look()
            self._of_the_day(symbol).look()
        return window

    def _stop(self, session: Session, md_req_id: str) -> None:
        mine = self._subscribed.get(session, {})
        for window, subscription in mine.pop(md_req_id, ()):
            del window.subscribers[subscription]
            self._forget_unwatched(window.symbol)
        if not mine:
            self._subscribed.pop(session, None)

    def _forget_unwatched(self, symbol: str) -> None:
        windows = self._windows[symbol]
        for key in [key for key, window in windows.items() if not window.subscribers]:
            del windows[key]

    def _show(self, symbol: str, now: Ns) -> None:
        book, windows = self._books[symbol], self._windows.get(symbol)
        updates = self._indications.look(symbol, now)
        if book.prints:
            prints, book.prints = book.prints, []
            self._of_the_day(symbol).take(prints)
            if windows:
                updates += [BookUpdate(symbol=symbol, entry=TRADE, price=price, size=size) for price, size in prints]
        if not windows:
            return
        updates += self._of_the_day(symbol).look()
        for window in windows.values():
            self._tell(window, window.look() + updates, now)

    def _tell(self, window: Window, updates: list[BookUpdate], now: Ns) -> None:
        for subscription in window.subscribers:
            entries = subscription.entries
            wanted = [update for update in updates if update.entry in entries]
            if wanted and subscription.full_refresh:
                self._send_snapshot(window, subscription, now)
            elif wanted:
                self._send(subscription, wanted, now)

    def _of_the_day(self, symbol: str) -> Statistics:
        found = self._statistics.get(symbol)
        if found is None:
            found = self._statistics[symbol] = Statistics(symbol)
        return found

    def _send_snapshot(self, window: Window, subscription: Subscription, now: Ns) -> None:
        """MarketDataSnapshotFullRefresh(W): levels, the last trade, figures of the day."""
        symbol, entries = window.symbol, subscription.entries
        shown = window.shown() + self._of_the_day(symbol).shown() + self._indications.shown(symbol)
        wanted = tuple(update for update in shown if update.entry in entries)
        data = MarketData(snapshot=True, symbol=symbol, updates=wanted)
        self._outlet.market_data(subscription.session, "W", write_snapshot(data, subscription.md_req_id), now)

    def _send(self, subscription: Subscription, updates: list[BookUpdate], now: Ns) -> None:
        """MarketDataIncrementalRefresh(X), as many as it takes."""
        session, md_req_id = subscription.session, subscription.md_req_id
        while updates:
            part = MarketData(snapshot=False, symbol="", updates=tuple(updates[:MAX_ENTRIES]))
            self._outlet.market_data(session, "X", write_incremental(part, md_req_id), now)
            updates = updates[MAX_ENTRIES:]
