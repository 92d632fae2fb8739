"""`python -m tests.published`: what public programs do with an order to buy, beside our router, on recorded quotes.

The programs take what a snapshot displays: all rows of one instant, of each venue the first. They are kept as they are
published, for comparison only. The windows are some nine minutes of IBM and BAC over all venues.
"""

import csv
import gzip
import json
import math
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from gateway.model import SCALE, Level, Px, Qty, Side
from gateway.router import Rates, route
from tests.resting import DEADLINE_S, Shown, rest, trades

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
WINDOWS = DATA / "derived" / "l1_window_133632_134515_ibm_bac.csv.gz"
RESULTS = DATA / "ck_family" / "family_algos_on_ibm_bac_windows.json"
STEP = 100
SIZE = 5_000
SLICES, SLICE_S = 8, 60


class Snapshot(NamedTuple):
    at_ms: int  # since midnight in New York
    at_s: float  # since the first
    asks: list[Shown]  # as they come
    bid: Shown  # the best of all venues


class Fills(NamedTuple):
    shares: int
    price: float  # on average
    last_s: float | None  # when the order was complete; None: it is not


Take = Callable[[list[Shown], int], list[tuple[float, int]]]  # price and shares of each fill, for what is left


@cache
def windows() -> dict[tuple[str, str], list[Snapshot]]:
    """By symbol and date."""
    with gzip.open(WINDOWS, "rt") as file:
        rows = list(csv.DictReader(file))
    found = {}
    for key, day in groupby(rows, key=lambda row: (row["symbol"], row["ts_event"][:10])):
        snapshots, begun = [], None
        for text, moment in groupby(day, key=lambda row: row["ts_event"]):
            at = datetime.fromisoformat(text).timestamp()
            begun = at if begun is None else begun
            first: dict[str, Shown] = {}
            for row in moment:
                first.setdefault(row["venue"], Shown(float(row["ask_px_00"]), int(row["ask_sz_00"]), row["venue"]))
                bid = Shown(float(row["bid_px_00"]), int(row["bid_sz_00"]), row["bid_venue"])
            at_ms = round(at * 1000) % 86_400_000 - 4 * 3_600_000  # New York is four hours behind in October
            snapshots.append(Snapshot(at_ms, at - begun, list(first.values()), bid))
        found[key] = snapshots
    return found


def best_ask(asks: list[Shown], left: int) -> list[tuple[float, int]]:
    best = min(asks, key=lambda ask: ask.price)
    return [(best.price, min(best.size, left))]


def by_size(asks: list[Shown], left: int) -> list[tuple[float, int]]:
    """In proportion to what is displayed, rounded."""
    whole, wanted = sum(ask.size for ask in asks), left
    fills = []
    for ask in asks:
        shares = min(ask.size, round(wanted * ask.size / whole), left)
        fills.append((ask.price, shares))
        left -= shares
    return fills


def in_steps(asks: list[Shown], left: int) -> list[tuple[float, int]]:
    """The allocator of 100-share steps: it needs a snapshot that displays all that is left."""
    chosen = allocate(left, asks)
    return [] if chosen is None else [(ask.price, shares) for ask, shares in zip(asks, chosen, strict=True)]


def allocate(
    size: int, asks: Sequence[Shown], *, over: float = 0.4, under: float = 0.6, theta: float = 0.3, fee: float = 0.003,
    rebate: float = 0.002,
) -> tuple[int, ...] | None:  # fmt: skip
    """The cheapest of all splits in steps, each at most what is displayed, whose sum is the size; None: none is."""
    best, chosen = math.inf, None
    for split in _splits(size, [ask.size for ask in asks]):
        filled = [min(shares, ask.size) for shares, ask in zip(split, asks, strict=True)]
        spent = sum(shares * (ask.price + fee) for shares, ask in zip(filled, asks, strict=True))
        spent -= sum((shares - done) * rebate for shares, done in zip(split, filled, strict=True))
        short, more = max(size - sum(filled), 0), max(sum(filled) - size, 0)
        spent += theta * (short + more) + under * short + over * more
        if spent < best:
            best, chosen = spent, split
    return chosen


def _splits(size: int, most: list[int]) -> Iterator[tuple[int, ...]]:
    if not most:
        if not size:
            yield ()
        return
    for shares in range(0, min(size, most[0]) + 1, STEP):
        for others in _splits(size - shares, most[1:]):
            yield (shares, *others)


def smart(asks: list[Shown], left: int) -> list[tuple[float, int]]:
    """Ours, with nothing known of the venues."""
    shown = {ask.venue: (Level(Px(round(ask.price * SCALE)), Qty(ask.size * SCALE)),) for ask in asks}
    rates = dict.fromkeys(shown, Rates())
    splits, _ = route(Side.BUY, Qty(left * SCALE), None, shown, rates, lot=Qty(SCALE), min_qty=Qty(SCALE))
    return [(part.price / SCALE, part.qty // SCALE) for part in splits]


def played(snapshots: list[Snapshot], take: Take, size: int = SIZE, slices: int = 1) -> Fills:
    """Fill the order from one snapshot after the other; of several slices one more is due each minute."""
    filled, spent = 0, 0.0
    for _, at_s, asks, _ in snapshots:
        due = min(1 + int(at_s // SLICE_S), slices) * (size // slices)
        if due > filled:
            for price, shares in take(asks, due - filled):
                filled += shares
                spent += price * shares
        if filled == size:
            return Fills(filled, spent / size, at_s)
    return Fills(filled, spent / max(filled, 1), None)


def cont_kukanov(symbol: str, date: str, size: int = SIZE) -> tuple[Fills, int]:
    """Ours, with DEADLINE_S to rest; also what was filled at rest. What is not to rest, or did in vain, `smart` takes."""
    first, *_ = snapshots = windows()[symbol, date]
    ask = min(ask.price for ask in first.asks)
    resting = rest(symbol, date, at_ms=first.at_ms, bid=first.bid, ask=ask, size=size)
    taken, spent = 0, 0.0
    for at_ms, at_s, asks, _ in snapshots:
        until = min(at_ms, first.at_ms + DEADLINE_S * 1000)
        filled = resting.filled(trades(symbol, date), until)
        left = size - taken - (resting.shares if at_ms < first.at_ms + DEADLINE_S * 1000 else filled)
        for price, shares in smart(asks, left) if left else ():
            taken += shares
            spent += price * shares
        if taken + filled == size:
            return Fills(size, (spent + filled * resting.price / SCALE) / size, at_s), filled
    return Fills(taken + filled, (spent + filled * resting.price / SCALE) / max(taken + filled, 1), None), filled


PROGRAMS: dict[str, tuple[str, Take, int]] = {  # its name in the results, how it takes, and in how many slices
    "best ask": ("best_ask", best_ask, 1),
    "TWAP of 60 s": ("twap60", best_ask, SLICES),
    "displayed size": ("vwap_disp", by_size, 1),
    "100-share steps": ("ck_pseudo", in_steps, 1),
}


def results() -> list[dict[str, Any]]:
    """What the programs came to when they were run by themselves."""
    return [result for result in json.loads(RESULTS.read_text()) if result["Q"] == SIZE]


def main() -> None:
    shown = Table(title=f"{SIZE:,} shares: average price, shares where not all, and seconds until the last")
    shown.add_column("")
    for name in (*PROGRAMS, "ours, smart", "ours, cont_kukanov, at rest"):
        shown.add_column(name, justify="right")
    for (symbol, date), snapshots in windows().items():
        cells = [played(snapshots, take, slices=slices) for _, take, slices in PROGRAMS.values()]
        cells.append(played(snapshots, smart))
        planned, rested = cont_kukanov(symbol, date)
        shown.add_row(f"{symbol} {date}", *(_cell(fills) for fills in cells), f"{_cell(planned)} {rested:5}")
    Console(width=150).print(shown)


def _cell(fills: Fills) -> str:
    if fills.last_s is None:
        return f"{fills.shares} filled"
    return f"{fills.price:.4f} {fills.last_s:6.1f}"


if __name__ == "__main__":
    main()
