"""How well algos keep to what they follow, on recorded minutes: `python -m tests.tracking`.

Each day of a symbol is worked with the average of the other days of that symbol, minute by minute, and beside it with
what those days have taught the gateway's own curve, which is coarser. What an algo releases in a minute is filled in it,
at the middle of its high, low and close and at no cost. The error is the distance of the average price from that of
everybody, in basis points, before any spread.
"""

import csv
import gzip
import sys
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from statistics import fmean, median
from typing import NamedTuple

import msgspec

from algos.pov import Pov
from algos.twap import Twap
from algos.vwap import Vwap
from gateway.market.volume import Hours, Volume
from gateway.model import SECOND, Algo, Ns, Parent, Px, Qty, Side, parse_px
from tests.parents import QUIET

BARS = Path(__file__).parents[2] / "shared" / "data" / "derived" / "minute_bars_regular_session.csv.gz"
OPEN_S, MINUTES = 34_200, 390
HOURS = Hours(OPEN_S, OPEN_S + 60 * MINUTES)
MINUTE, DAY = 60 * SECOND, 86_400 * SECOND
SHARES, CLIP, RATE = 100_000, 1, "0.1"
STRATEGIES: dict[str, Algo] = {"TWAP": Twap(), "VWAP, curve": Vwap(live=False), "VWAP, live": Vwap()}
OURS = ", ours"  # by the gateway's own curve
MOST_BPS = 3.0  # of the curve alone, on average


class Bar(NamedTuple):
    minute: int  # of the session, from 0
    price: float
    volume: int


Days = dict[tuple[str, str], list[Bar]]


def days() -> Days:
    """By symbol and date."""
    found: Days = {}
    with gzip.open(BARS, "rt", encoding="ascii") as lines:
        for row in csv.DictReader(lines):
            price = (float(row["h"]) + float(row["l"]) + float(row["c"])) / 3
            bar = Bar(int(row["minute_et"]) - OPEN_S // 60, price, int(row["v"]))
            found.setdefault((row["sym"], row["date"]), []).append(bar)
    return found


def begin(number: int) -> int:
    """Of the day with that number, the first minute."""
    return number * DAY + OPEN_S * SECOND


def taught(others: list[list[Bar]]) -> Volume:
    """What the curve makes of these days, one after the other."""
    volume = Volume(HOURS)
    for number, bars in enumerate(others, 1):
        for bar in bars:
            volume.traded(Qty(bar.volume), Ns(begin(number) + bar.minute * MINUTE))
    volume.traded(Qty(0), Ns(begin(len(others) + 1)))  # another day begins
    return volume


class Profile(Volume):
    """The average day of these, minute by minute, each as important as the other."""

    def __init__(self, others: list[list[Bar]]) -> None:
        super().__init__(HOURS)
        shares, totals = [0.0] * MINUTES, [sum(bar.volume for bar in bars) for bars in others]
        for bars, total in zip(others, totals, strict=True):
            for bar in bars:
                shares[bar.minute] += bar.volume / total / len(others)
        self._by = [0, *(round(share * 10**12) for share in accumulate(shares))]
        self._average = Qty(sum(totals) // len(totals))

    def share(self, start: Ns, end: Ns) -> int:
        first, last = (self.hours.part(at, self.hours.day(start)) // MINUTE for at in (start, end))
        return self._by[last] - self._by[first]

    def usual(self, now: Ns) -> Qty:  # noqa: ARG002
        return self._average


def work(algo: Algo, bars: list[Bar], curve: Volume, number: int, shares: int) -> Iterator[tuple[Bar, int, int]]:
    """Of each minute what was released in it, and what others had traded before it."""
    start = begin(number)
    parent = Parent(
        symbol="ACME", side=Side.BUY, order_qty=Qty(shares), filled=Qty(0), working=Qty(0), limit=None, lot=Qty(CLIP),
        min_qty=Qty(CLIP), start=Ns(start), end=Ns(start + MINUTES * MINUTE), arrival=Px(0), traded_at_start=Qty(0),
        released_at=Ns(0),
    )  # fmt: skip
    traded = 0
    for bar in bars:
        now = Ns(start + bar.minute * MINUTE)
        market = msgspec.structs.replace(QUIET, traded=Qty(traded), curve=curve)
        released = max(algo.decide(parent, market, now).due - parent.filled, 0)
        parent = msgspec.structs.replace(parent, filled=Qty(parent.filled + released))
        yield bar, released, traded
        traded += bar.volume


def error_bps(algo: Algo, symbol: str, date: str, all_days: Days, *, ours: bool = False) -> float:
    bars = all_days[symbol, date]
    others = [all_days[key] for key in all_days if key[0] == symbol and key[1] != date]
    curve = taught(others) if ours else Profile(others)
    paid = [(bar.price, released) for bar, released, _ in work(algo, bars, curve, len(others) + 1, SHARES)]
    assert sum(released for _, released in paid) == SHARES
    average = sum(price * released for price, released in paid) / SHARES
    everybody = sum(bar.price * bar.volume for bar in bars) / sum(bar.volume for bar in bars)
    return (average / everybody - 1) * 10_000


def most_off_target(bars: list[Bar]) -> float:
    """Of POV, by how many shares it was ever off its share of all that had traded, once it had acted on that."""
    algo, rate, filled, most = Pov(target=parse_px(RATE)), float(RATE), 0, 0.0
    for _, released, traded in work(algo, bars, Volume(HOURS), 1, 10**9):
        filled += released
        most = max(most, abs(rate * (traded + filled) - filled))
    return most


def main() -> int:
    if not BARS.exists():
        print(f"{BARS} is not here", file=sys.stderr)
        return 1
    all_days = days()
    errors = {name: [error_bps(algo, *key, all_days) for key in all_days] for name, algo in STRATEGIES.items()}
    for name in ("VWAP, curve", "VWAP, live"):
        errors[name + OURS] = [error_bps(STRATEGIES[name], *key, all_days, ours=True) for key in all_days]
    print(f"{len(all_days)} days of a symbol, basis points off the average price of the day")
    print(f"{'':20}{'mean |error|':>14}{'median |error|':>16}{'worst':>8}{'mean':>8}")
    for name, found in errors.items():
        sizes = [abs(error) for error in found]
        print(f"{name:20}{fmean(sizes):14.2f}{median(sizes):16.2f}{max(sizes):8.2f}{fmean(found):8.2f}")
    off = max(most_off_target(bars) for bars in all_days.values())
    print(f"POV of {RATE}: at most {off:.2f} shares off its target at any minute of any day; a clip is {CLIP}")
    means = {name: fmean(map(abs, found)) for name, found in errors.items()}
    kept = means["VWAP, live"] < means["VWAP, curve"] <= MOST_BPS < means["TWAP"] and off <= CLIP
    print("kept" if kept else "NOT kept")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
