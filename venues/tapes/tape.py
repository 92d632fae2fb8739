"""A recorded quote tape, row by row: the top of book that each venue showed, and when.

CSV: time, venue, bid, bid size, ask, ask size [, symbol]. The time is a UTCTimestamp (20131007-13:30:00.123) or seconds
from any origin (34200.123); only differences between rows count, and they never fall. An empty or zero size is a side
without a quote. A first line that begins with 'time' is a header. Prices are taken as they are, on tick or not.
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from gateway.model import Ns, Px, Qty, parse_px, parse_qty, parse_timestamp


class TapeRow(Struct, frozen=True, gc=False, kw_only=True):
    at: Ns
    venue: str
    symbol: str
    bid: Px
    bid_size: Qty
    ask: Px
    ask_size: Qty


def read_tape(lines: Iterable[str], symbol: str | None = None) -> Iterator[TapeRow]:
    """Rows as they are needed. `symbol` is that of rows which name none. Raises ValueError with the line's number."""
    last = Ns(0)
    for number, line in enumerate(lines, 1):
        cells = [cell.strip() for cell in line.split(",")]
        if cells == [""] or (number == 1 and cells[0].lower() == "time"):
            continue
        try:
            row = _row(cells, symbol)
            if row.at < last:
                raise ValueError(f"time {cells[0]} is before the row above")
        except ValueError as wrong:
            raise ValueError(f"quote tape, line {number}: {wrong}") from None
        last = row.at
        yield row


def _row(cells: list[str], symbol: str | None) -> TapeRow:
    if not 6 <= len(cells) <= 7:
        raise ValueError(
            f"{len(cells)} columns where time, venue, bid, bid size, ask, ask size [, symbol] are expected"
        )
    time, venue, bid, bid_size, ask, ask_size = cells[:6]
    symbol = cells[6] if len(cells) == 7 else symbol
    if not symbol:
        raise ValueError("the row names no symbol, and no symbol was given for the tape")
    row = TapeRow(
        at=_time(time),
        venue=venue,
        symbol=symbol,
        bid=parse_px(bid or "0"),
        bid_size=parse_qty(bid_size or "0"),
        ask=parse_px(ask or "0"),
        ask_size=parse_qty(ask_size or "0"),
    )
    if (row.bid_size and row.bid <= 0) or (row.ask_size and row.ask <= 0):
        raise ValueError("a side with a size has no price")
    return row


def _time(text: str) -> Ns:
    if "-" in text or ":" in text:
        return parse_timestamp(text)
    return Ns(parse_qty(text) * 10)  # from 1e-8 s
