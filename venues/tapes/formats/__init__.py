"""What people record markets in. Which format a file is in shows in its first line, or else in its name."""

from collections.abc import Sequence

from venues.tapes.formats.databento import Mbo, Mbp
from venues.tapes.formats.lobster import NAME, Lobster
from venues.tapes.formats.quotes import OURS, Quotes, Trades
from venues.tapes.rows import Parser


def detect(name: str, first: Sequence[str], symbol: str | None) -> tuple[str, Parser, bool]:
    """The format of a file called `name` that begins with these cells, its parser, and whether they are a header.

    What is nothing else is a quote tape in our own order, and says of each line why it is not.
    """
    names = [cell.lower() for cell in first]
    if Mbo.known(names) and "bid_px_00" not in names:
        return "databento-mbo", Mbo(names, symbol), True
    if Mbp.known(names):
        return "databento-mbp-10", Mbp(names, symbol), True
    if Quotes.known(names):
        return "quotes", Quotes(names if names != OURS[:6] else OURS, symbol), True
    if Trades.known(names):
        return "trades", Trades(names, symbol), True
    if NAME.fullmatch(name) or Lobster.known(names):
        return "lobster", Lobster(name, symbol), False
    return "quotes", Quotes(OURS, symbol), names[:1] == ["time"]
