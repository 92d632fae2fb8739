"""All venues together, in all symbols: what may be traded on at the instant of the input at hand."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from heapq import heappop, heappush
from types import MappingProxyType
from typing import Final

from gateway.market.book import LINGER, NOWHERE, Book
from gateway.market.feed import Feed
from gateway.market.ladder import activity, ladder, nbbo
from gateway.market.symbol import SymbolMarket
from gateway.market.volume import SHAPES, Hours, Volume, shape_of
from gateway.model import (
    MILLISECOND,
    Instrument,
    Market,
    MarketData,
    Ns,
    Px,
    Qty,
    Quote,
    Side,
    VenueSettings,
    Visibility,
)
from gateway.model.quotes import MarketStatus

NEVER: Final = Ns(1 << 63)
ALL_DAY: Final = Hours(None, None)


class Markets:
    """`turn` has to be called once `due` has come, before anything is read for that instant."""

    def __init__(self) -> None:
        self.now = Ns(0)  # of the input at hand
        self.due = NEVER  # what is shown changes then by itself
        self.silence_at = NEVER  # at the earliest: a venue is stale by then
        self.stirred: dict[str, None] = {}  # venues that became stale somewhere, or fresh, until somebody empties it
        self._feeds: dict[str, Feed] = {}
        self._symbols: dict[str, SymbolMarket] = {}
        self._kept: dict[tuple[str, str], Book] = {}  # what of ours rests on a venue outlives its configuration
        self._silences: list[tuple[Ns, int, SymbolMarket, Book]] = []  # one for each book that is watched
        self._count = 0
        self._left: deque[tuple[Ns, SymbolMarket, Book]] = deque()

    def configure(
        self,
        venues: Iterable[VenueSettings],
        instruments: Mapping[str, Instrument],
        hours: Hours = ALL_DAY,
        profiles: Mapping[str, Sequence[int]] = MappingProxyType({}),
    ) -> None:
        """Empty books for these; what has traded so far is kept, and by the same hours when it did.

        `profiles` are kinds of days by name, as weights of their equal parts.
        """
        venues = list(venues)
        dark = {venue.name for venue in venues if venue.kind is Visibility.DARK}
        self._feeds = {venue.name: Feed(venue, len(instruments)) for venue in venues}
        self.stirred.clear()
        shapes = {**SHAPES, **{name: shape_of(weights) for name, weights in profiles.items()}}
        before, self._symbols = self._symbols, {}
        for symbol, instrument in instruments.items():
            market = self._symbols[symbol] = before.get(symbol) or SymbolMarket(symbol, hours)
            if market.volume.hours != hours:
                market.volume = Volume(hours)
            market.volume.shapes = shapes
            market.tick = instrument.tick
            books = {venue: self._kept.setdefault((symbol, venue), Book(venue)) for venue in self._feeds}
            for venue, book in books.items():
                book.dark = venue in dark
            market.configure(books)

    @property
    def symbols(self) -> Iterable[str]:
        return self._symbols

    def books(self, symbol: str) -> Mapping[str, Book]:
        """By venue, whether they can be relied on or not. They are changed by `apply` and `forget`; what is taken of
        them changes no view."""
        market = self._symbols.get(symbol)
        return {} if market is None else market.books

    def feed(self, venue: str) -> Feed:
        return self._feeds[venue]

    def fresh(self, symbol: str) -> Mapping[str, Book]:
        """By venue, those that may be traded on."""
        market = self._symbols.get(symbol)
        return {} if market is None else market.fresh

    def is_stale(self, symbol: str, venue: str) -> bool:
        """Whether that venue's word on the symbol is older than its bound. False where it has not spoken yet."""
        book = self.books(symbol).get(venue)
        return book is not None and book.stale

    def adverse_move(self, symbol: str, venue: str, side: Side, latency: Ns) -> int:
        """How far the price is expected to move against an order that takes so long to a venue, in 1e-8 of it.

        What the venue shows is as old as its market data takes to us; where it is better than what others show, who
        have spoken since one of them moved, as old as that. 0 as long as nobody knows how lively the market is.
        """
        market = self._symbols[symbol]
        book = market.books[venue]
        since, ours = book.lags_since, book.met_by(side)
        for other in market.fresh.values() if since is not None else ():
            theirs = other.met_by(side)
            if other.lags_since is None and theirs.sizes and not ours.is_better(theirs.best):
                since = None
        age = self._feeds[venue].latency + (0 if since is None else self.now - since)
        return market.estimates.adverse_move(Ns(age + latency)) or 0

    def expected_move(self, symbol: str, span: Ns) -> int:
        """How far the price goes to one side over a span, in 1e-8 of it; 0 as long as nobody knows."""
        return self._symbols[symbol].estimates.adverse_move(span) or 0

    def apply(self, venue: str, data: MarketData, now: Ns) -> list[str]:
        """Take a venue's message; gives the symbols that it is about, each once."""
        feed, updates, symbols = self._feeds.get(venue), data.updates, self._symbols
        if feed is None:
            return []
        age = feed.message(data.sent, now)
        if len(updates) == 1 and not data.snapshot:
            update = updates[0]
            market = symbols.get(update.symbol)
            if market is None:
                return []
            if now >= market.next_second:
                market.pass_second(now)
            book = market.books[venue]
            bid, ask = book.bids.best, book.asks.best
            feed.entries += 1
            if not market.entry(book, update, bid, ask, before=False, now=now):
                feed.wrong += 1
            self._heard(market, book, bid, ask, feed=feed, age=age, now=now)
            return [market.symbol]
        touched: dict[str, tuple[SymbolMarket, Book, Px, Px]] = {}
        if data.snapshot and (found := symbols.get(data.symbol)) is not None:
            if now >= found.next_second:
                found.pass_second(now)
            book = found.books[venue]
            touched[data.symbol] = (found, book, book.bids.best, book.asks.best)
            found.snapshot(book, now)
        for update in updates:
            symbol = update.symbol
            if symbol not in touched:
                found = symbols.get(symbol)
                if found is None:
                    continue
                if now >= found.next_second:
                    found.pass_second(now)
                book = found.books[venue]
                touched[symbol] = (found, book, book.bids.best, book.asks.best)
            market, book, bid, ask = touched[symbol]
            feed.entries += 1
            if not market.entry(book, update, bid, ask, before=data.snapshot, now=now):
                feed.wrong += 1
        for market, book, bid, ask in touched.values():
            self._heard(market, book, bid, ask, feed=feed, age=age, now=now)
        return list(touched)

    def _heard(self, market: SymbolMarket, book: Book, bid: Px, ask: Px, *, feed: Feed, age: Ns, now: Ns) -> None:
        """All that a message has of a symbol is in the book; `bid` and `ask` were its best prices before."""
        is_late, moved = age > feed.bound, False
        book.heard = as_of = Ns(now - age)
        market.touched()
        new_bid, new_ask = book.bids.best, book.asks.best
        if new_bid != bid or new_ask != ask:
            moved = _moved(bid, new_bid) or _moved(ask, new_ask)
            if new_bid != bid:
                book.bid_at = as_of
            if new_ask != ask:
                book.ask_at = as_of
            feed.changes += 1
            if new_bid >= new_ask and book.bids.sizes and book.asks.sizes:
                feed.wrong += 1
            if market.crosses(book):
                feed.crossing += 1
        elif not is_late and book.lags_since is None and book.is_fresh:
            return  # Nobody waited for its word.
        was_stale = book.stale
        for lagging in market.heard(book, is_late=is_late, moved=moved, now=now):
            if not lagging.watched:
                self._watch(market, lagging, now)
        if book.stale is not was_stale:
            self._mark(market, book, now)

    def _mark(self, market: SymbolMarket, book: Book, now: Ns) -> None:
        feed = self._feeds[book.venue]
        feed.judge(now)
        if book.stale:
            feed.stale[market.symbol] = None
        else:
            feed.stale.pop(market.symbol, None)
        self.stirred[book.venue] = None

    def complaint(self, venue: str) -> str:
        """What of the venue is not traded on, in words; '' where nothing is."""
        feed = self._feeds[venue]
        if not feed.stale:
            return ""
        symbol, more = next(iter(feed.stale)), len(feed.stale) - 1
        where = f"{symbol} and {more} more" if more else symbol
        why = f"silent for {feed.bound // MILLISECOND} ms while others moved, or later than that"
        return f"not traded on in {where}: {why}"

    def _watch(self, market: SymbolMarket, book: Book, since: Ns) -> None:
        book.watched = True
        self._count += 1
        at = Ns(since + self._feeds[book.venue].bound)
        heappush(self._silences, (at, self._count, market, book))
        self.silence_at = self._silences[0][0]
        self.due = min(self.due, at)

    def turn(self, now: Ns) -> list[str]:
        """It is so late; gives the symbols in which something changed by that, each once."""
        changed: dict[str, None] = {}
        silences, left = self._silences, self._left
        while silences and silences[0][0] <= now:
            _, _, market, book = heappop(silences)
            book.watched = False
            since, feed = book.lags_since, self._feeds.get(book.venue)
            if since is None or book.stale or feed is None:
                continue  # It has spoken since; when it lags again it is watched again.
            if since + feed.bound > now:
                self._watch(market, book, since)
            else:
                market.silent(book)
                self._mark(market, book, now)
                changed[market.symbol] = None
        while left and left[0][0] <= now:
            _, market, book = left.popleft()
            book.bids.expire(now)
            book.asks.expire(now)
            market.touched()
            changed[market.symbol] = None
        self.silence_at = silences[0][0] if silences else NEVER
        self.due = min(self.silence_at, left[0][0] if left else NEVER)
        return list(changed)

    def forget(self, venue: str) -> list[str]:
        """The venue is out of reach. Gives the symbols that it could show."""
        feed = self._feeds.get(venue)
        if feed is None:
            return []
        feed.leave(self.now)
        for market in self._symbols.values():
            market.forget(market.books[venue])
        return list(self._symbols)

    def refused(self, venue: str, symbol: str) -> list[str]:
        """The venue does not show that symbol, or no longer. Gives the symbol, if it could."""
        found = self._clear(venue, symbol)
        if found:
            self._feeds[venue].refused[symbol] = None
        return found

    def _clear(self, venue: str, symbol: str) -> list[str]:
        feed, market = self._feeds.get(venue), self._symbols.get(symbol)
        if feed is None or market is None:
            return []
        feed.judge(self.now)
        if feed.stale.pop(symbol, True) is None:
            self.stirred[venue] = None
        market.forget(market.books[venue])
        return [symbol]

    def split(self, symbol: str) -> None:
        """What was shown of it were prices and sizes of other shares."""
        for venue in self.books(symbol):
            self._clear(venue, symbol)
        market = self._symbols.get(symbol)
        if market is not None:
            market.split()

    def rests(self, symbol: str, venue: str, side: Side, price: Px, change: int) -> None:
        """So much more, or less, of our orders of `side` rests there."""
        book = self._kept.get((symbol, venue))
        if book is None:
            return
        market = self._symbols.get(symbol)
        if book.rests(side, price, change, self.now) and market is not None:
            at = Ns(self.now + LINGER)
            self._left.append((at, market, book))
            self.due = min(self.due, at)
        if market is not None:
            market.touched()

    def status(self, symbol: str, now: Ns) -> MarketStatus:
        """As of then, with the consolidated book of a symbol if there is such a one."""
        asked = self._symbols.get(symbol)
        return MarketStatus(
            at=now,
            quotes=tuple(
                nbbo(market, lambda venue: self._feeds[venue].latency, now) for market in self._symbols.values()
            ),
            activity=tuple(activity(market, now) for market in self._symbols.values()),
            feeds=tuple(feed.quality(self._two_sided(feed.venue), now) for feed in self._feeds.values()),
            ladder=None if asked is None else ladder(asked),
        )

    def _two_sided(self, venue: str) -> int:
        """In how many symbols it shows both sides."""
        books = [market.books[venue] for market in self._symbols.values()]
        return sum(bool(book.bids.sizes and book.asks.sizes) for book in books)

    def quote(self, symbol: str) -> Quote:
        """The consolidated best bid and offer as shown; equal prices of several venues add up."""
        market = self._symbols.get(symbol)
        return Quote(symbol=symbol) if market is None else market.known_quote or market.quote

    def others(self, symbol: str) -> Quote:
        """The same without what of ours rests there."""
        market = self._symbols.get(symbol)
        return Quote(symbol=symbol) if market is None else market.others

    def traded(self, symbol: str) -> Qty:
        """Sum of all prints seen so far, less all that we were filled."""
        market = self._symbols.get(symbol)
        return Qty(0) if market is None else market.traded

    def filled(self, symbol: str, venue: str, side: Side, qty: Qty, *, took: bool) -> None:
        """So much of what is printed there, at once or soon, is ours; `took`: from others that rested."""
        market = self._symbols.get(symbol)
        if market is None:
            return
        market.add_fill(qty)
        book = market.books.get(venue) if took else None
        if book is not None and book.flow is not None:
            book.flow.traded(side, -qty, self.now)

    def view(self, symbol: str) -> Market:
        """What an algo sees."""
        return self._symbols[symbol].view


def _moved(before: Px, after: Px) -> bool:
    """Whether a best price went from one to another. That one appears or goes says nothing of other venues'."""
    return before != after and NOWHERE not in (before, after)
