"""The market in one symbol: the books of all venues, which of them can be relied on, and what they show together.

A venue lags from the moment when another's best price moved and it had said nothing since. It is stale once it has
lagged for its bound, or when what it says was on its way for longer than that, and until it says something in time.
"""

from typing import Final

from gateway.market.book import NOWHERE, TRADE, Book, Levels
from gateway.market.estimates import Estimates
from gateway.market.flow import Flow
from gateway.market.past import Past
from gateway.market.volume import Hours, Volume
from gateway.model import SECOND, BookUpdate, Level, Market, Ns, Px, Qty, Quote, Side

_BUY, _SELL = Side.BUY, Side.SELL


class SymbolMarket:
    """`books` by venue, in their order of configuration, so that ties are always broken alike."""

    def __init__(self, symbol: str, hours: Hours) -> None:
        self.symbol: Final = symbol
        self.books: dict[str, Book] = {}
        self.fresh: dict[str, Book] = {}  # those that may be traded on
        self.tick = Px(1)
        self.last = Px(0)
        self.traded = Qty(0)  # by others: what is printed less what we were filled
        self.volume = Volume(hours)
        self.estimates = Estimates()
        self.past = Past(self._without_ours)
        self.next_second = Ns(0)
        self._up_to_date: list[Book] = []  # known, and nobody has moved since they spoke
        self.known_quote: Quote | None = None  # until something there changes
        self._others: Quote | None = None
        self._view: Market | None = None

    def configure(self, books: dict[str, Book]) -> None:
        """From now on these, and what they show has to be learned anew. What has traded so far is kept."""
        self.books = books
        for book in books.values():
            self.forget(book)
        self._up_to_date.clear()
        self._sort_out()

    def forget(self, book: Book) -> None:
        """What it showed is not known any more."""
        book.clear()
        book.flow = None
        book.known = book.stale = False
        book.lags_since = None
        if book in self._up_to_date:
            self._up_to_date.remove(book)
        self._sort_out()

    def pass_second(self, now: Ns) -> None:
        """A message is the first after one or more whole seconds; what is shown stood at all of them."""
        second = now // SECOND
        self.estimates.stood(self.quote, second)
        self.past.stood(second)
        self.next_second = Ns((second + 1) * SECOND)

    def split(self) -> None:
        """What is known of it is in other shares."""
        self.last, self.estimates = Px(0), Estimates()
        self.volume = Volume(self.volume.hours, self.volume.shapes)
        self.past = Past(self._without_ours)
        self.touched()

    def snapshot(self, book: Book, now: Ns) -> None:
        book.clear()
        book.known = True
        if book.flow is None:
            book.flow = Flow(now)

    def entry(self, book: Book, update: BookUpdate, bid: Px, ask: Px, *, before: bool, now: Ns) -> bool:
        """One entry of a message; what a snapshot tells happened `before`, and each would count it again. `bid` and
        `ask` were the book's best prices before the message: what traded there left a queue.

        False for one that cannot be right: a price that is none, or not a multiple of the tick.
        """
        if update.entry == TRADE:
            self.last = update.price
            if not before:
                self.traded = Qty(self.traded + update.size)
                self.volume.traded(update.size, now)
                if book.flow is not None:
                    price = update.price
                    if price <= bid and (price < ask or ask == NOWHERE):
                        book.flow.traded(_SELL, update.size, now)
                    elif price >= ask != NOWHERE and price > bid:
                        book.flow.traded(_BUY, update.size, now)
        elif book.known:
            book.apply(update)
        return not update.size or (update.price > 0 and not update.price % self.tick)

    def crosses(self, book: Book) -> bool:
        """Whether what it shows crosses what another one shows that can be relied on."""
        bid = book.bids.best if book.bids.sizes else None
        ask = book.asks.best if book.asks.sizes else None
        for other in self.fresh.values():
            if other is not book:
                if bid is not None and other.asks.sizes and bid > other.asks.best:
                    return True
                if ask is not None and other.bids.sizes and ask < other.bids.best:
                    return True
        return False

    def heard(self, book: Book, *, is_late: bool, moved: bool, now: Ns) -> list[Book]:
        """A venue has spoken, and its best prices moved or not; gives those that lag from now on."""
        if not book.known or book.dark:
            return []
        book.lags_since = None
        if book.stale is not is_late or book.is_fresh is is_late:
            book.stale = is_late
            self._sort_out()
        up_to_date = self._up_to_date
        if is_late:
            if book in up_to_date:
                up_to_date.remove(book)
            return []
        if not moved:
            if book not in up_to_date:
                up_to_date.append(book)
            return []
        lagging = [other for other in up_to_date if other is not book]
        for other in lagging:
            other.lags_since = now
        up_to_date[:] = (book,)
        return lagging

    def silent(self, book: Book) -> None:
        """It has lagged for its bound."""
        book.stale = True
        self._sort_out()

    def _sort_out(self) -> None:
        for book in self.books.values():
            book.is_fresh = book.known and not book.stale and not book.dark
        self.fresh = {venue: book for venue, book in self.books.items() if book.is_fresh}
        self.touched()

    def touched(self) -> None:
        self.known_quote = self._others = self._view = None

    @property
    def quote(self) -> Quote:
        """The best bid and offer of those that can be relied on, as shown; equal prices of several add up."""
        quote = self.known_quote
        if quote is None:
            bid = ask = Px(0)
            bid_size = ask_size = 0
            for book in self.fresh.values():
                bids, asks = book.bids, book.asks
                if bids.sizes:
                    price = bids.best
                    if not bid_size or price > bid:
                        bid, bid_size = price, bids.sizes[price]
                    elif price == bid:
                        bid_size += bids.sizes[price]
                if asks.sizes:
                    price = asks.best
                    if not ask_size or price < ask:
                        ask, ask_size = price, asks.sizes[price]
                    elif price == ask:
                        ask_size += asks.sizes[price]
            quote = self.known_quote = Quote(
                symbol=self.symbol, bid=bid, bid_size=Qty(bid_size), ask=ask, ask_size=Qty(ask_size)
            )
        return quote

    @property
    def others(self) -> Quote:
        """The same without what of ours rests there."""
        others = self._others
        if others is None:
            books = self.fresh.values()
            others = self.quote
            if any(book.bids.has_own or book.asks.has_own for book in books):
                bid, bid_size = _best([book.bids for book in books], highest=True)
                ask, ask_size = _best([book.asks for book in books], highest=False)
                others = Quote(symbol=self.symbol, bid=bid, bid_size=bid_size, ask=ask, ask_size=ask_size)
            self._others = others
        return others

    def _without_ours(self) -> Quote:
        return self.others

    def add_fill(self, qty: Qty) -> None:
        """It has been printed, or will be."""
        self.traded = Qty(self.traded - qty)
        self._view = None

    @property
    def view(self) -> Market:
        """What an algo sees: nothing of ours, so that it does not follow itself."""
        view = self._view
        if view is None:
            quote = self.others
            view = self._view = Market(
                bid=quote.bid,
                bid_size=quote.bid_size,
                ask=quote.ask,
                ask_size=quote.ask_size,
                last=self.last,
                traded=self.traded,
                curve=self.volume,
                estimates=self.estimates,
                past=self.past,
            )
        return view


def _best(sides: list[Levels], *, highest: bool) -> tuple[Px, Qty]:
    """Best price and size without ours; size 0 if nothing is there."""
    tops: list[Level] = [levels[0] for side in sides if (levels := side.others())]
    if not tops:
        return Px(0), Qty(0)
    best = (max if highest else min)([level.price for level in tops])
    return best, Qty(sum([level.size for level in tops if level.price == best]))
