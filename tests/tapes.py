"""Recorded days read to their end: what the book makes of them, against what the recorder says.

`python -m tests.tapes` goes through all of them and prints what it found; the tests go through the same code.
"""

import csv
import gzip
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby, islice
from pathlib import Path
from typing import NamedTuple

import pytest

from gateway.model import SCALE, SECOND, Level, Ns, Px, Qty, TimeInForce
from gateway.run.tapes import open_tape
from venues.matching.book import Book, Order
from venues.tapes.formats.cells import price, size
from venues.tapes.mirror import Mirror
from venues.tapes.recorded import RecordedBook
from venues.tapes.rows import LevelsRow, OrderChange, OrderRow, TradeRow
from venues.tapes.showing import FillModel, Showing

DATA = Path(__file__).parents[2] / "shared" / "data"
MBO = DATA / "databento" / "arl_xnas_mbo_20250717.csv.gz"
MBP = DATA / "databento" / "arl_xnas_mbp10_20250717.csv.gz"
LOBSTER = DATA / "lobster" / "AMZN_2012-06-21_34200000_57600000_message_1.csv.gz"
_IDENTITY = ("ts_event", "sequence", "action", "order_id")
here = pytest.mark.skipif(not DATA.exists(), reason="../shared/data is not here")


def records(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt") as file:
        yield from csv.DictReader(file)


def tops_of_mbo() -> Iterator[tuple[dict[str, str], Level | None, Level | None]]:
    """Each record of the MBO file with the best levels after it; of a trade, after all of its fills and cancels."""
    tape, book = open_tape(MBO), RecordedBook()
    told: dict[int, list[OrderRow]] = defaultdict(list)
    for row in tape:
        if isinstance(row, OrderRow):
            told[tape.line].append(row)
    numbered = enumerate(records(MBO), 2)
    # What is no trade is an event of its own, whatever number it shares.
    for _, event in groupby(numbered, lambda one: (one[1]["sequence"], one[0] if one[1]["action"] == "A" else 0)):
        changes = list(event)
        alone = changes[0][1]["action"] != "T"
        for number, record in changes:
            for row in told[number]:
                book.apply(row)
            if alone:
                yield record, *best(book)
        if not alone:
            yield changes[0][1], *best(book)


def best(book: RecordedBook) -> tuple[Level | None, Level | None]:
    return next(iter(book.bids.best(1)), None), next(iter(book.asks.best(1)), None)


def check_mbo() -> tuple[int, int]:
    """(rows of the expected MBP-10 file, rows whose best bid and ask our book has)."""
    ours = tops_of_mbo()
    rows = equal = 0
    for expected in records(MBP):
        identity = [expected[name] for name in _IDENTITY]
        # Records that change nothing among the ten levels have no row there.
        levels = next(levels for record, *levels in ours if identity == [record[name] for name in _IDENTITY])
        rows += 1
        equal += levels == [shown(expected, "bid"), shown(expected, "ask")]
    return rows, equal


def shown(record: dict[str, str], side: str) -> Level | None:
    qty = size(record[f"{side}_sz_00"])
    return Level(price(record[f"{side}_px_00"]), qty) if qty else None


class LobsterDay(NamedTuple):
    messages: int
    executions: int  # of shown orders
    at_best: int  # of those, at the best price of their side before the message
    equal: int  # messages after which our best levels are those of the orderbook file
    told: int  # of those, the ones our book had from the message alone
    shares: int  # executed, of shown orders


def check_lobster(most: int | None = None) -> LobsterDay:
    """The first `most` messages of the day, or all of them."""
    tape, book = open_tape(LOBSTER), RecordedBook()
    rows = iter(tape)
    row = next(rows, None)
    before: tuple[Level | None, Level | None] = (None, None)
    executions = at_best = equal = told = shares = 0
    number = 0
    with gzip.open(str(LOBSTER).replace("_message_", "_orderbook_"), "rt") as file:
        for number, cells in enumerate(islice(csv.reader(file), most), 1):
            wanted = (lobster_level(cells[2:4]), lobster_level(cells[0:2]))
            alone: tuple[Level | None, Level | None] | None = None
            while row is not None and tape.line == number:
                if isinstance(row, OrderRow) and row.change is OrderChange.EXECUTE:
                    executions += 1
                    shares += row.qty // SCALE
                    stood = before[0 if row.is_buy else 1]
                    at_best += stood is not None and row.price == stood.price
                if isinstance(row, LevelsRow):
                    alone = best(book)
                if not isinstance(row, TradeRow):
                    book.apply(row)
                row = next(rows, None)
            before = best(book)
            equal += before == wanted
            told += (alone or before) == wanted
    return LobsterDay(number, executions, at_best, equal, told, shares)


def lobster_level(cells: list[str]) -> Level | None:
    return Level(Px(int(cells[0]) * SCALE // 10_000), Qty(int(cells[1]) * SCALE)) if int(cells[1]) else None


class Resting(NamedTuple):
    """What became of orders that joined the best price of both sides, every ten seconds, for that long."""

    placed: int  # shares
    filled: int
    traded: int  # by the tape


def rest_in_lobster(model: FillModel, most: int | None = None) -> Resting:
    """The first `most` rows of the day, or all of them, with two orders of 100 shares there at a time."""
    book = Book()
    mirror = Mirror(book, Showing(fill_model=model), lot=Qty(SCALE))
    ours: list[Order] = []
    placed = filled = traded = 0
    due = Ns(0)
    for row in islice(open_tape(LOBSTER), most):
        if row.at >= due:
            for order in ours:
                filled += 100 * SCALE - order.leaves
                if order.is_live:
                    book.cancel(order)
            due = Ns(row.at + 10 * SECOND)
            tops = best(mirror.recorded)
            ours = [
                Order(is_buy=is_buy, price=top.price, leaves=100 * SCALE)
                for is_buy, top in zip((True, False), tops, strict=True)
                if top
            ]
            for order in ours:
                book.submit(order, TimeInForce.DAY)
            placed += 100 * len(ours)
        traded += row.qty if isinstance(row, TradeRow) else 0
        mirror.take(row, row.at)
        mirror.settle(row.at)
    return Resting(placed, filled // SCALE, traded // SCALE)


def main() -> None:
    for name, check in (("Databento ARL, MBO against MBP-10", check_mbo), ("LOBSTER AMZN", check_lobster)):
        begun = time.perf_counter()
        print(f"{name}: {check()} in {time.perf_counter() - begun:.1f} s")
    for model in (FillModel.TOUCH, FillModel.QUEUE, FillModel.THROUGH):
        begun = time.perf_counter()
        print(f"LOBSTER AMZN, {model}: {rest_in_lobster(model)} in {time.perf_counter() - begun:.1f} s")


if __name__ == "__main__":
    if not DATA.exists():
        sys.exit(f"{DATA} is not here")
    main()
