"""A parent executed against a real market: IBM's best quotes of 2013-10-07, shown by three venues."""

import csv
import io
import json
import time
import zipfile
from bisect import bisect_right
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import pytest

from gateway.model import Ns, Px, Qty, parse_px, parse_qty, print_scaled, print_timestamp
from gateway.model.numbers import SCALE
from gateway.record.reading import Tail
from gateway.record.records import SEND, STARTED
from gateway.run.replay import replay
from tests.stack import Stack, fields, run
from tests.tape_client import TapeClient
from venues.tapes.reading import Tape
from venues.tapes.rows import QuoteRow

QUOTES = Path(__file__).parents[2] / "shared" / "data" / "lean_us_equities" / "tick" / "ibm_20131007_quote.zip"
pytestmark = pytest.mark.skipif(not QUOTES.exists(), reason="../shared/data/lean_us_equities is not here")

VENUES = {"XLON": "N", "CHIX": "QTBX", "BATE": "PKZYJAMCW"}  # which exchanges of 2013 each of ours plays
OF_DAY = range(34_500_000, 35_700_000)  # milliseconds since midnight: 9:35 to 9:55
SPEED = 20  # the tape's seconds in one of ours: 20 minutes in 60 s, of which the test needs the first few
LAG_NS = 100_000_000  # a venue may be as late as this with a row


class Side(NamedTuple):
    """The best bid or ask of the whole market, and whose it is."""

    price: int  # dollars x 10,000
    size: int
    exchange: str


def convert(rows: list[list[str]]) -> list[str]:
    """Best quotes, each tagged with its owner, as a quote tape.

    A side is shown by its owner, and by its last owner until the next change, so that the best quote is never nowhere
    while it moves. What the others stand for was not recorded: their own last best quote would cross the market most
    of the time.
    """
    tape = []
    bid = ask = last_bid = last_ask = Side(0, 0, "")
    for time_ms, bid_price, bid_size, ask_price, ask_size, exchange, *_ in rows:
        if int(time_ms) not in OF_DAY:
            continue
        if bid_price != "0":
            last_bid, bid = bid, Side(int(bid_price), int(bid_size), exchange)
        else:
            last_ask, ask = ask, Side(int(ask_price), int(ask_size), exchange)
        if bid.price and ask.price > bid.price:
            at = print_scaled((int(time_ms) - OF_DAY.start) * SCALE // (1000 * SPEED))
            bids = [bid, *([last_bid] if 0 < last_bid.price < ask.price else [])]
            asks = [ask, *([last_ask] if last_ask.price > max(bid.price, last_bid.price) else [])]
            for venue, exchanges in VENUES.items():
                tape.append(",".join((at, venue, *_shown(bids, exchanges), *_shown(asks, exchanges))))
    return tape


def _shown(sides: list[Side], exchanges: str) -> tuple[str, str]:
    for side in sides:
        if side.exchange in exchanges:
            return print_scaled(side.price * SCALE // 10_000), str(side.size)
    return "", ""


def asks_near(rows: list[QuoteRow], at: int) -> set[Px]:
    """What a venue asked at an instant of its tape; and shortly before, since it may be late."""
    instants = [row.at for row in rows]
    first, last = bisect_right(instants, at - LAG_NS), bisect_right(instants, at)
    return {row.ask for row in rows[max(first - 1, 0) : last] if row.ask_size}


def test_a_parent_is_executed_against_the_quotes_of_a_real_day(tmp_path: Path) -> None:
    """Every fill was at a price that its venue's tape asked just then; the audit tells the cost against arrival."""
    with zipfile.ZipFile(QUOTES) as archive, archive.open(archive.namelist()[0]) as file:
        lines = convert(list(csv.reader(io.TextIOWrapper(file))))
    tape = tmp_path / "ibm.csv"
    tape.write_text("\n".join(lines))
    client = TapeClient()
    with Stack(tmp_path, venues=VENUES, symbols=("IBM=182",), tape=tape) as stack:
        stack.wait_for_prices()
        client.connect(stack.port)
        order_id = begin(client)
        end = time.monotonic() + 12
        while client.messages[-1].get(39) not in ("2", "4", "C"):
            assert time.monotonic() < end, [message.raw for message in client.messages]
            client.work(0.05)
        client.close()
        stack.stop()
    reports = [fields(message.raw) for message in client.messages if message.get(37) == order_id]
    assert reports[-1][39] == "2", reports[-1]
    fills = [(report[30], parse_qty(report[32]), parse_px(report[31])) for report in reports if report[150] == "F"]
    assert sum(qty for _, qty, _ in fills) == 3000 * SCALE

    by_venue: dict[str, list[QuoteRow]] = defaultdict(list)
    for row in Tape(lines, symbol="IBM"):
        assert isinstance(row, QuoteRow)
        by_venue[row.venue].append(row)
    done = [fill for venue in VENUES for fill in venue_fills(stack.folder / venue, venue, by_venue)]
    assert sorted(done) == sorted(fills)

    for participant in ("data", *VENUES):
        assert replay(stack.folder / participant) == 0

    told = json.loads(run("audit", "order", order_id, "--data", str(stack.data), "--json").stdout)
    cost = told["slippage"]
    paid = sum(qty * px for _, qty, px in fills)
    arrival = parse_px(cost["arrival"])
    assert cost["slippage_bps"] == pytest.approx(10_000 * (paid / (3000 * SCALE * arrival) - 1), abs=1e-3)
    assert min(row.bid for row in by_venue["XLON"] if row.bid_size) < arrival < max(row.ask for row in by_venue["XLON"])
    shown = run("audit", "order", order_id, "--data", str(stack.data)).stdout
    assert f"slippage {cost['slippage_bps']} bps" in shown
    print(
        f"\n{cost['cum_qty']} IBM at {cost['avg_px']}, arrival {cost['arrival']}: {cost['slippage_bps']} bps, {len(fills)} fills"
    )


def begin(client: TapeClient) -> str:
    """Send the parent; gives its OrderID(37).

    While the best ask moves from one venue to another there is none for a moment, and an order at the market is
    refused; then it is sent again.
    """
    terms = "18=e|847=1001|957=2|958=Duration|959=1|960=3|958=NumSlices|959=1|960=5|"
    for attempt in range(50):
        now = print_timestamp(Ns(time.time_ns()))
        client.send("D", f"11=IBM-{attempt}|55=IBM|54=1|60={now}|38=3000|40=1|59=0|{terms}")
        while not client.messages or client.messages[-1].get(11) != f"IBM-{attempt}":
            client.work(0.02)
        if client.messages[-1].get(39) != "8":
            return client.messages[-1].get(37) or ""
    raise AssertionError(client.messages[-1].raw)


def venue_fills(folder: Path, venue: str, tape: dict[str, list[QuoteRow]]) -> list[tuple[str, Qty, Px]]:
    """What a venue's journal says it traded, each at a price of its tape at that instant."""
    found = []
    opened = 0
    journal = Tail(folder)
    while (batch := journal.read()) is not None:
        for record in batch.records:
            opened = opened or (record.at if record.kind == STARTED else 0)
            report = fields(record.payload) if record.kind == SEND else {}
            if report.get(35) == "8" and report[150] == "F":
                price = parse_px(report[31])
                asked = asks_near(tape[venue], record.at - opened + tape[venue][0].at)
                assert price in asked, f"{venue} traded at {report[31]}, where its tape asked {asked}"
                found.append((venue, parse_qty(report[32]), price))
    journal.close()
    return found
