"""All venues together: best bid and offer, and the volume traded."""

from collections.abc import Iterable

from gateway.market.book import Book
from gateway.model import Market, MarketData, Ns, Px, Qty, Quote, Side


class Markets:
    """Books by symbol and venue, in the venues' order of configuration, so that ties are always broken alike."""

    def __init__(self, venues: Iterable[str], symbols: Iterable[str]) -> None:
        self._books: dict[str, dict[str, Book]] = {}
        self._last: dict[str, Px] = {}
        self._traded: dict[str, Qty] = {}
        self.configure(venues, symbols)

    def configure(self, venues: Iterable[str], symbols: Iterable[str]) -> None:
        """Empty books for these; what has traded so far is kept."""
        names = tuple(venues)
        self._books = {symbol: {name: Book() for name in names} for symbol in symbols}

    def books(self, symbol: str) -> dict[str, Book]:
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
                self._traded[symbol] = Qty(self._traded.get(symbol, 0) + update.size)
            else:
                book.apply(update)
        return list(changed)

    def forget(self, venue: str) -> None:
        """The venue is out of reach: what it showed is no longer known."""
        for books in self._books.values():
            books[venue].clear()

    def quote(self, symbol: str, at: Ns) -> Quote:
        """The consolidated best bid and offer as shown; equal prices of several venues add up."""
        bid = ask = Px(0)
        bid_size = ask_size = Qty(0)
        for book in self._books.get(symbol, {}).values():
            bids = book.shown(Side.SELL)
            if bids:
                best = bids[0]
                if not bid_size or best.price > bid:
                    bid, bid_size = best.price, best.size
                elif best.price == bid:
                    bid_size = Qty(bid_size + best.size)
            asks = book.shown(Side.BUY)
            if asks:
                best = asks[0]
                if not ask_size or best.price < ask:
                    ask, ask_size = best.price, best.size
                elif best.price == ask:
                    ask_size = Qty(ask_size + best.size)
        return Quote(symbol=symbol, bid=bid, bid_size=bid_size, ask=ask, ask_size=ask_size, at=at)

    def traded(self, symbol: str) -> Qty:
        """Sum of all prints seen so far."""
        return self._traded.get(symbol, Qty(0))

    def view(self, symbol: str, at: Ns) -> Market:
        """What an algo sees."""
        quote = self.quote(symbol, at)
        return Market(
            bid=quote.bid,
            bid_size=quote.bid_size,
            ask=quote.ask,
            ask_size=quote.ask_size,
            last=self._last.get(symbol, Px(0)),
            traded=self.traded(symbol),
        )
