"""What algos do that wait for a signal, on recorded days: `python -m tests.signals`.

Second by second with the best bid and offer of all exchanges. What is released is filled at once, at the best price of
the other side. Prices are compared with the middle at the open (arrival) and with the average middle of the day, in
basis points, below 0 where the algo was better; what it left at the end of the day is not filled and not counted.
"""

import csv
import gzip
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

import msgspec

from algos.adaptive import Adaptive
from algos.meanrev import MeanRev
from algos.momentum import Momentum
from algos.twap import Twap
from gateway.market.estimates import Estimates
from gateway.market.past import Past
from gateway.market.volume import Hours, Volume
from gateway.model import SECOND, Algo, Ns, Px, Qty, Quote, Side, parse_px
from tests.parents import QUIET, parent

QUOTES = Path(__file__).parents[2] / "shared" / "data" / "derived" / "nbbo_1s.csv.gz"
DAY_S, OPEN_S, CLOSE_S = 86_400, 34_200, 57_600
SHARES = 10_000
LOOKBACK_S = 300
STRATEGIES: dict[str, Algo] = {
    "TWAP": Twap(),
    "ADAPTIVE": Adaptive(),
    "MOMENTUM 15 bps": Momentum(lookback_s=LOOKBACK_S, entry=parse_px("15"), exit=parse_px("5")),
    "MEANREV 2": MeanRev(lookback_s=LOOKBACK_S, entry=parse_px("2"), exit=parse_px("0.5")),
}


class Second(NamedTuple):
    second: int
    quote: Quote


class Slice(NamedTuple):
    second: int
    qty: int
    price: int


def days() -> Iterator[tuple[str, list[Second]]]:
    """By symbol and date; second by second."""
    with gzip.open(QUOTES, "rt", encoding="ascii") as lines:
        for (symbol, date), rows in groupby(csv.DictReader(lines), lambda row: (row["sym"], row["date"])):
            yield f"{symbol} {date}", [Second(int(row["sec_et"]), _quote(row)) for row in rows]


def _quote(row: dict[str, str]) -> Quote:
    return Quote(
        symbol="ACME",
        bid=parse_px(row["bid"]),
        bid_size=Qty(int(row["bidsz"])),
        ask=parse_px(row["ask"]),
        ask_size=Qty(int(row["asksz"])),
    )


def middle(quote: Quote) -> int:
    return (quote.bid + quote.ask) // 2


def work(algo: Algo, side: Side, day: list[Second]) -> list[Slice]:
    """What it releases, asked when it wants to be; the market moves every second."""
    shown = [day[0].quote]
    past, estimates = Past(lambda: shown[0]), Estimates()
    market = msgspec.structs.replace(QUIET, past=past, estimates=estimates, curve=Volume(Hours(OPEN_S, CLOSE_S)))
    begin = DAY_S + day[0].second
    order = parent(
        SHARES,
        side=side,
        start=Ns(begin * SECOND),
        end=Ns((DAY_S + CLOSE_S) * SECOND),
        arrival=Px(middle(day[0].quote)),
        urgency=algo.usual_urgency,
    )
    found: list[Slice] = []
    wake_at: Ns | None = Ns(0)
    for at, quote in day:
        shown[0], now = quote, Ns((DAY_S + at) * SECOND)
        estimates.stood(quote, DAY_S + at)
        past.stood(DAY_S + at)
        if wake_at is not None and now < wake_at:
            continue
        seen = msgspec.structs.replace(
            market, bid=quote.bid, bid_size=quote.bid_size, ask=quote.ask, ask_size=quote.ask_size
        )
        decision = algo.decide(order, seen, now)
        wake_at = decision.wake_at
        released = decision.due - order.filled
        if released > 0:
            found.append(Slice(at, released, quote.ask if side is Side.BUY else quote.bid))
            order = msgspec.structs.replace(order, filled=decision.due, released_at=now)
    return found


def worse_bps(slices: list[Slice], side: Side, than: float) -> float:
    average = sum(part.qty * part.price for part in slices) / sum(part.qty for part in slices)
    return (average / than - 1) * 10_000 * (1 if side is Side.BUY else -1)


def main() -> int:
    if not QUOTES.exists():
        print(f"{QUOTES} is not here", file=sys.stderr)
        return 1
    table = list(days())
    print(f"{len(table)} days of a symbol, a buy and a sell of each; bps worse than")
    print(f"{'':18}{'done':>8}{'slices':>8}{'arrival':>10}{'average':>10}")
    for name, algo in STRATEGIES.items():
        runs = [
            (side, day, work(algo, side, [row for _, row in enumerate(rows)]))
            for day, rows in table
            for side in (Side.BUY, Side.SELL)
        ]
        by_day = dict(table)
        done = [sum(part.qty for part in slices) / SHARES for _, _, slices in runs]
        arrival = [worse_bps(s, side, middle(by_day[day][0].quote)) for side, day, s in runs if s]
        average = [worse_bps(s, side, fmean(middle(row.quote) for row in by_day[day])) for side, day, s in runs if s]
        slices = fmean(len(s) for _, _, s in runs)
        print(f"{name:18}{fmean(done):8.0%}{slices:8.1f}{fmean(arrival):10.2f}{fmean(average):10.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
