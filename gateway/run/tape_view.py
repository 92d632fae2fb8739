"""A tape in the terminal: what it holds, and its book as it moved."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import zip_longest

from msgspec import Struct
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from gateway.model import SECOND, Level, Ns, print_scaled
from gateway.run.show import print_table, printable, table
from venues.tapes.recorded import RecordedBook
from venues.tapes.rows import Row, TradeRow
from venues.tapes.summary import Summary
from venues.tapes.writing import print_instant

FRAMES_S = 10  # pictures a second at most
LONGEST_S = 2.0  # between two of them
_TRADES = 8  # the last ones shown
_BAR = 20  # columns


class Frame(Struct, frozen=True):
    """The market at one instant of the tape."""

    at: Ns
    symbol: str
    bids: list[Level]
    asks: list[Level]
    trades: list[TradeRow]  # the last ones, newest first
    rows: int  # so far


def frames(rows: Iterable[Row], symbol: str | None, *, speed: float, depth: int, most: int | None) -> Iterator[Frame]:
    """The book of `symbol`, or of the first one that comes, whenever so much of the tape's time has passed that a
    picture is due at that speed; speed 0: with every row. At its end always. `most` bounds the rows.
    """
    step = Ns(round(speed * SECOND / FRAMES_S))
    book = RecordedBook(is_last=lambda _lot: True)
    trades: deque[TradeRow] = deque(maxlen=_TRADES)
    count, last, due = 0, None, None
    for row in rows:
        symbol = symbol or row.symbol
        if row.symbol != symbol:
            continue
        if count == most:
            break
        if last is not None and due is not None and row.at >= due:
            yield Frame(last, symbol, book.bids.best(depth), book.asks.best(depth), list(trades), count)
            due = None
        count += 1
        last = row.at
        due = Ns(row.at + step) if due is None else due
        if isinstance(row, TradeRow):
            trades.appendleft(row)
        else:
            book.apply(row)
    if last is not None and symbol is not None:
        yield Frame(last, symbol, book.bids.best(depth), book.asks.best(depth), list(trades), count)


def play(
    shown: Iterable[Frame],
    console: Console,
    *,
    speed: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Draw each frame when its time has come, where there is a terminal; else print a line for each, at once.

    Nobody waits longer than LONGEST_S for a frame: what lies further apart on the tape moves together.
    """
    if not console.is_terminal:
        for frame in shown:
            console.print(line(frame), soft_wrap=True, highlight=False, markup=False)
        return
    begun, first = clock(), None
    with Live(console=console, auto_refresh=False) as live:
        for frame in shown:
            first = frame.at if first is None else first
            wait = begun + (frame.at - first) / SECOND / speed - clock() if speed else 0.0
            if wait > 0:
                sleep(min(wait, LONGEST_S))
                begun -= max(wait - LONGEST_S, 0.0)
            live.update(picture(frame), refresh=True)


def line(frame: Frame) -> str:
    bid, ask = (next(iter(side), None) for side in (frame.bids, frame.asks))
    text = f"{print_instant(frame.at)} {frame.symbol} {_quote(bid)} x {_quote(ask)}"
    return printable(text + (f" last {_trade(frame.trades[0])}" if frame.trades else ""))


def picture(frame: Frame) -> RenderableType:
    largest = max((level.size for level in (*frame.bids, *frame.asks)), default=1)
    grid = Table(box=None, padding=(0, 1, 0, 0))
    for name, justify in (("", "right"), ("size", "right"), ("bid", "right"), ("ask", "left"), ("size", "left")):
        grid.add_column(name, justify=justify)  # type: ignore[arg-type]
    grid.add_column("")
    for bid, ask in zip_longest(frame.bids, frame.asks):
        grid.add_row(*reversed(_cells(bid, largest, "green")), *_cells(ask, largest, "red"))
    trades = Text("\n".join(f"{print_instant(trade.at)}  {_trade(trade)}" for trade in frame.trades), style="dim")
    head = Text(printable(f"{frame.symbol}  {print_instant(frame.at)}  {frame.rows} rows"), style="bold")
    return Group(head, grid, trades)


def summary(found: Summary, console: Console) -> None:
    span = f", {found.first} to {found.last}" if found.rows else ""
    console.print(printable(f"{found.format}, {found.rows} rows{span}"), highlight=False, soft_wrap=True)
    columns = ("symbol", "venue", "rows", "traded", "at", "spread", "mean", "sizes")
    rows = [
        (
            market.symbol,
            market.venue,
            ", ".join(f"{count} {kind}" for kind, count in market.rows.items()),
            market.traded,
            None if market.low is None else f"{market.low} to {market.high}",
            spread and f"{spread.least} {spread.median} {spread.most}",
            spread and spread.mean,
            spread and f"{market.bid_size} x {market.ask_size}",
        )
        for market in found.markets
        for spread in (market.spread,)
    ]
    title = "spread: least, median, most, mean by time; sizes: medians at the best prices"
    print_table(table(title, columns, rows), console)
    if found.others:
        console.print(f"{found.others} rows of more markets", highlight=False)
    if found.bad:
        console.print(f"{found.bad} lines are no rows, such as", style="red", highlight=False)
        for complaint in found.complaints:
            console.print(printable(complaint), highlight=False, markup=False, soft_wrap=True)


def _cells(level: Level | None, largest: int, style: str) -> list[RenderableType]:
    if level is None:
        return ["", "", ""]
    bar = "█" * max(level.size * _BAR // largest, 1)
    return [Text(print_scaled(level.price), style=style), print_scaled(level.size), Text(bar, style=style)]


def _quote(level: Level | None) -> str:
    return f"{print_scaled(level.size)} {print_scaled(level.price)}" if level else "-"


def _trade(trade: TradeRow) -> str:
    who = {True: " bought", False: " sold", None: ""}[trade.buyer_took]
    return f"{print_scaled(trade.qty)} at {print_scaled(trade.price)}{who}{' hidden' if trade.hidden else ''}"
