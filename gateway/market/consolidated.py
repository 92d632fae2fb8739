"""All venues together: best bid and offer, and the volume traded."""

from collections.abc import Iterable, Mapping

from gateway.market.book import Book
from gateway.model import Market, MarketData, Px, Qty, Quote, Side


class Markets:
    """Books by symbol and venue, in the venues' order of configuration, so that ties are always broken alike."""

    def __init__(self, venues: Iterable[str], symbols: Iterable[str]) -> None:
        self._books: dict[str, dict[str, Book]] = {}
        self._quotes: dict[str, Quote] = {}  # by symbol, until something there changes
        self._views: dict[str, Market] = {}  # the same
        self._last: dict[str, Px] = {}
        self._traded: dict[str, Qty] = {}
        self.configure(venues, symbols)

    def configure(self, venues: Iterable[str], symbols: Iterable[str]) -> None:
        """Empty books for these; what has traded so far is kept."""
        names = tuple(venues)
        self._books = {symbol: {name: Book() for name in names} for symbol in symbols}
        self._quotes.clear()
        self._views.clear()

    def books(self, symbol: str) -> Mapping[str, Book]:
        """By venue. They are changed through `apply` and `forget`; what is taken of them changes no view."""
        return self._books.get(symbol, {})

    def apply(self, venue: str, data: MarketData) -> list[str]:
        """Take a venue's message; gives the symbols it changed, each once."""
        changed: dict[str, None] = {}
        if data.snapshot:
            book = self._books.get(data.symbol, {}).get(venue)
            if book is not None:
                book.clear()
                changed[data.symbol] = None
        for update in data.updates:
            symbol = update.symbol
            book = self._books.get(symbol, {}).get(venue)
            if book is None:
                continue
            changed[symbol] = None
            if update.entry == "2":
                self._last[symbol] = update.price
                if data.snapshot:
                    continue  # It happened before; each snapshot would count it again.
                self._traded[symbol] = Qty(self._traded.get(symbol, 0) + update.size)
            else:
                book.apply(update)
        for symbol in changed:
            self._quotes.pop(symbol, None)
            self._views.pop(symbol, None)
        return list(changed)

    def forget(self, venue: str) -> list[str]:
        """The venue is out of reach: what it showed is no longer known. Gives the symbols that it could show."""
        found = [symbol for symbol, books in self._books.items() if venue in books]
        for symbol in found:
            self._books[symbol][venue].clear()
        self._quotes.clear()
        self._views.clear()
        return found

    def split(self, symbol: str) -> None:
        """What was shown of it were prices and sizes of other shares."""
        for book in self.books(symbol).values():
            book.clear()
        for known in (self._quotes, self._views, self._last):
            known.pop(symbol, None)

    def quote(self, symbol: str) -> Quote:
        """The consolidated best bid and offer as shown; equal prices of several venues add up."""
        quote = self._quotes.get(symbol)
        if quote is None:
            bid, bid_size = self._best(symbol, Side.SELL)
            ask, ask_size = self._best(symbol, Side.BUY)
            quote = Quote(symbol=symbol, bid=bid, bid_size=bid_size, ask=ask, ask_size=ask_size)
            if symbol in self._books:  # clients may name any symbol; only those we know take memory
                self._quotes[symbol] = quote
        return quote

    def traded(self, symbol: str) -> Qty:
        """Sum of all prints seen so far."""
        return self._traded.get(symbol, Qty(0))

    def view(self, symbol: str) -> Market:
        """What an algo sees."""
        view = self._views.get(symbol)
        if view is None:
            quote = self.quote(symbol)
            view = Market(
                bid=quote.bid,
                bid_size=quote.bid_size,
                ask=quote.ask,
                ask_size=quote.ask_size,
                last=self._last.get(symbol, Px(0)),
                traded=self._traded.get(symbol, Qty(0)),
            )
            if symbol in self._books:
                self._views[symbol] = view
        return view

    def _best(self, symbol: str, side: Side) -> tuple[Px, Qty]:
        """Price and size that an order of `side` would meet first; size 0 if nothing is shown."""
        tops = [shown[0] for book in self._books.get(symbol, {}).values() if (shown := book.shown(side))]
        if not tops:
            return Px(0), Qty(0)
        best = (min if side == Side.BUY else max)(level.price for level in tops)
        return best, Qty(sum(level.size for level in tops if level.price == best))
