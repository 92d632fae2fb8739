"""A tape of any format written as one of ours: the best quotes, or the trades."""

from collections.abc import Iterable, Iterator

from gateway.model import SECOND, Ns, print_scaled, print_timestamp
from venues.tapes.kinds import Written
from venues.tapes.recorded import RecordedBook
from venues.tapes.rows import Row, TradeRow

_TAKERS = {True: "B", False: "S", None: ""}
_OLD = 1_000_000_000 * SECOND  # what is before 2001 is seconds from some origin


def write(rows: Iterable[Row], what: Written) -> Iterator[str]:
    """Lines of a CSV file with a header, as they follow from the rows.

    A quote is written when it has changed by the end of an instant: what is between two rows of one event nobody saw.
    """
    if what is Written.TRADES:
        yield "time,venue,price,size,side,symbol\n"
        for row in rows:
            if isinstance(row, TradeRow):
                cells = (print_scaled(row.price), print_scaled(row.qty), _TAKERS[row.buyer_took], row.symbol)
                yield ",".join((print_instant(row.at), row.venue, *cells)) + "\n"
        return
    yield "time,venue,bid,bid size,ask,ask size,symbol\n"
    books: dict[tuple[str, str], RecordedBook] = {}
    shown: dict[tuple[str, str], tuple[str, ...]] = {}
    changed: dict[tuple[str, str], None] = {}
    at = Ns(0)
    for row in rows:
        if row.at != at:
            yield from _quotes(at, changed, books, shown)
            changed.clear()
            at = row.at
        if not isinstance(row, TradeRow):
            where = (row.venue, row.symbol)
            books.setdefault(where, RecordedBook(is_last=lambda _lot: True)).apply(row)
            changed[where] = None
    yield from _quotes(at, changed, books, shown)


def _quotes(
    at: Ns,
    changed: Iterable[tuple[str, str]],
    books: dict[tuple[str, str], RecordedBook],
    shown: dict[tuple[str, str], tuple[str, ...]],
) -> Iterator[str]:
    for where in changed:
        venue, symbol = where
        cells: tuple[str, ...] = ()
        for side in (books[where].bids, books[where].asks):
            best = next(iter(side.best(1)), None)
            cells += (print_scaled(best.price), print_scaled(best.size)) if best else ("", "")
        if shown.get(where, ("",) * 4) != cells:
            shown[where] = cells
            yield ",".join((print_instant(at), venue, *cells, symbol)) + "\n"


def print_instant(at: Ns) -> str:
    """With nanoseconds where there are any, so that reading it gives the same instant again."""
    if at < _OLD:
        return f"{at // SECOND}.{at % SECOND:09}"
    return f"{print_timestamp(at)[:17]}.{at % SECOND:09}"
