"""The market in one symbol as people look at it: the best bid and offer, and the books of all venues merged."""

from collections.abc import Callable

from gateway.market.book import Book, Levels
from gateway.market.symbol import SymbolMarket
from gateway.model import Ns, Px, Qty
from gateway.model.quotes import Activity, Ladder, Nbbo, Rung


def nbbo(market: SymbolMarket, latency: Callable[[str], Ns], now: Ns) -> Nbbo:
    """`latency` is how long a venue's market data takes to us.

    A lock or a cross is confirmed once whoever shows the best has had the time to be heard since the last of them
    changed: until then one of them may be gone already, and its slower feed has yet to say so.
    """
    quote, books = market.quote, market.fresh.values()
    bidding = [book for book in books if quote.bid_size and book.bids.sizes and book.bids.best == quote.bid]
    asking = [book for book in books if quote.ask_size and book.asks.sizes and book.asks.best == quote.ask]
    state = ""
    if bidding and asking and quote.bid >= quote.ask:
        state = "LOCKED" if quote.bid == quote.ask else "CROSSED"
    changed = max([*(book.bid_at for book in bidding), *(book.ask_at for book in asking)], default=Ns(0))
    slowest = max([latency(book.venue) for book in (*bidding, *asking)], default=Ns(0))
    return Nbbo(
        symbol=market.symbol,
        bid=quote.bid,
        bid_size=quote.bid_size,
        bid_venues=tuple(book.venue for book in bidding),
        ask=quote.ask,
        ask_size=quote.ask_size,
        ask_venues=tuple(book.venue for book in asking),
        state=state,
        confirmed=changed + slowest <= now,
    )


def activity(market: SymbolMarket, now: Ns) -> Activity:
    volume, estimates = market.volume, market.estimates
    return Activity(
        symbol=market.symbol,
        traded=volume.today(now),
        to_come=volume.expected(now, volume.hours.end(now), now),
        spread=estimates.spread,
        volatility=estimates.volatility(60),
    )


def ladder(market: SymbolMarket) -> Ladder:
    books = market.fresh.values()
    return Ladder(
        symbol=market.symbol,
        bids=_merged([(book, book.bids) for book in books], best_is_highest=True),
        asks=_merged([(book, book.asks) for book in books], best_is_highest=False),
    )


def _merged(sides: list[tuple[Book, Levels]], *, best_is_highest: bool) -> tuple[Rung, ...]:
    venues: dict[Px, dict[str, Qty]] = {}
    own: dict[Px, int] = {}
    for book, levels in sides:
        for price, size in levels.sizes.items():
            venues.setdefault(price, {})[book.venue] = size
            own[price] = own.get(price, 0) + min(levels.own(price), size)
    return tuple(
        Rung(price=price, size=Qty(sum(venues[price].values())), own=Qty(own[price]), venues=venues[price])
        for price in sorted(venues, reverse=best_is_highest)
    )
