"""`gateway market`: what venues show, and how far that can be relied on. It asks the gateway that runs; see
gateway.run.control.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.run.cli.arguments import DATA, Data, Json, fail, tell
from gateway.run.cli.operating import ask

if TYPE_CHECKING:
    from rich.console import Console

    from gateway.model.quotes import Activity, FeedQuality, Ladder, MarketStatus, Nbbo, Rung


def market(
    symbol: Annotated[str, typer.Argument(metavar="[SYMBOL]", help="Show its consolidated book, too.")] = "",
    *,
    data: Data = DATA,
    as_json: Json = False,
) -> None:
    """Show best bids and offers and the quality of each venue's market data, as a running gateway has them."""
    from gateway.run.commands import Market

    answer = ask(data, Market(symbol=symbol))
    if answer.market is None:
        fail(answer.error or "the gateway does not say", status=1)
    if symbol and answer.market.ladder is None:
        fail(f"{symbol} is not traded here", status=1)
    tell(answer.market, _show, as_json=as_json)


def _show(found: "MarketStatus", console: "Console") -> None:
    from gateway.run.show import print_table, table

    columns: tuple[str, ...] = ("symbol", "bid", "offer", "state")
    at = datetime.fromtimestamp(found.at // 10**9, UTC)
    quotes = [quote for quote in found.quotes if found.ladder is None or quote.symbol == found.ladder.symbol]
    print_table(table(f"Best bids and offers at {at:%Y-%m-%d %H:%M:%S}Z", columns, map(_quote, quotes)), console)
    columns = ("symbol", "traded today", "to come", "spread", "moves a minute")
    symbols = {quote.symbol for quote in quotes}
    active = [_active(activity) for activity in found.activity if activity.symbol in symbols]
    print_table(table("Activity", columns, active), console)
    if found.ladder is not None:
        columns = ("side", "price", "size", "ours", "venues")
        print_table(table(f"Book of {found.ladder.symbol}", columns, _rows(found.ladder)), console)
    figures = ("complete", "accurate", "timely", "consistent", "reliable")
    columns = ("venue", "state", "symbols", "heard", *figures, "clock")
    rows = [_feed(feed, found.at) for feed in found.feeds]
    print_table(table("Market data, 0 to 100 each", columns, rows), console)


def _quote(quote: "Nbbo") -> tuple[object, ...]:
    state = quote.state if quote.confirmed or not quote.state else f"{quote.state}, not confirmed"
    bid = _side(quote.bid, quote.bid_size, quote.bid_venues)
    return quote.symbol, bid, _side(quote.ask, quote.ask_size, quote.ask_venues), state


def _side(price: int, size: int, venues: tuple[str, ...]) -> str:
    from gateway.model import print_scaled

    return f"{print_scaled(size)} at {print_scaled(price)} on {', '.join(venues)}" if size else "-"


def _active(activity: "Activity") -> tuple[object, ...]:
    from gateway.model import print_scaled

    spread = "" if activity.spread is None else print_scaled(activity.spread)
    to_come = "" if activity.to_come is None else print_scaled(activity.to_come)
    moves = "" if activity.volatility is None else f"{activity.volatility / 1e4:.2f} bps"
    return activity.symbol, print_scaled(activity.traded), to_come, spread, moves


def _rows(ladder: "Ladder") -> list[tuple[object, ...]]:
    return [_rung("offer", rung) for rung in reversed(ladder.asks)] + [_rung("bid", rung) for rung in ladder.bids]


def _rung(side: str, rung: "Rung") -> tuple[object, ...]:
    from gateway.model import print_scaled

    venues = ", ".join(f"{venue} {print_scaled(size)}" for venue, size in rung.venues.items())
    own = print_scaled(rung.own) if rung.own else ""
    return side, print_scaled(rung.price), print_scaled(rung.size), own, venues


def _feed(feed: "FeedQuality", at: int) -> tuple[object, ...]:
    state = f"stale in {len(feed.stale)}, {feed.stale[0]} first" if feed.stale else "fresh" if feed.is_up else "away"
    heard = "never" if feed.heard is None else f"{(at - feed.heard) / 1e9:.1f} s ago"
    clock = "" if feed.offset is None else f"{-feed.offset / 1e6:+.1f} ms"
    figures = (feed.completeness, feed.accuracy, feed.timeliness, feed.consistency, feed.reliability)
    return feed.venue, state, feed.symbols, heard, *figures, clock
