"""`python -m tests.dark_first`: what asking in the dark first gains in price, and what it tells those who listen.

The same orders on the same ten minutes, by `dark_first` and by `smart`, with a pinger who waits in the dark pool in so
many of its turns (fixspecs/simulation.md). `smart` never asks there: what it pays more is what the pinger does to all.
"""

import argparse
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from statistics import fmean

from msgspec import Struct
from msgspec.structs import replace
from rich.console import Console
from rich.progress import track

from gateway.model import MILLISECOND, SCALE, SECOND, Input, Ns, Output, Px, Quote, Received, parse_px, parse_qty
from gateway.model.routing import RoutePolicy
from gateway.node import Gateway
from gateway.run.profiles import aligned
from gateway.run.sample_settings import COMP_ID
from gateway.run.simulation.day import Day
from gateway.run.simulation.pinger import Pinger
from gateway.run.simulation.scenario import Scenario
from gateway.run.simulation.study import estimate

PLAYED = Scenario(seconds=600, parents=100, venues=("XLON", "BATE", "CHIX", "CHID"))
PRESENCE = (0, 50, 100)  # % of the pinger's turns
_DARK = "CHID"
_ASKING, _NOT = WAYS = (RoutePolicy.DARK_FIRST, RoutePolicy.SMART)
_AFTER = (1, 10)  # seconds
_TOGETHER = MILLISECOND  # within that time both sides hear of a trade


class Fill(Struct):
    at: Ns
    parent: str  # OrderID(37)
    is_buy: bool
    is_dark: bool
    shares: int
    price: Px
    far: Px  # the market's best price of the other side, when we heard of it
    middle: float
    after: dict[int, float]  # the middle so many seconds later, where there was one

    def rise(self, since: float, to: float) -> float:
        """In bps; of a sale, the fall."""
        return 10_000 * (to - since) / since * (1 if self.is_buy else -1)

    def moved(self, *, later: int) -> float:
        return self.rise(self.middle, self.after[later])


class Watched(Struct, frozen=True):
    """One day."""

    figures: dict[str, float]  # what there was nothing of is not there
    shortfalls: dict[str, float]  # by order, bps
    met: frozenset[str]  # orders that traded with the pinger while it waited


def watch(scenario: Scenario) -> Watched:
    day, fills = Day(scenario), list[Fill]()
    station = day.world.stations[COMP_ID]
    observed = station.observer
    assert observed is not None

    def observe(item: Input, outputs: Sequence[Output]) -> None:
        observed(item, outputs)
        if type(item) is Received and b"\x01150=F\x01" in item.data:
            fills.extend(_heard(day, item))

    station.observer = observe
    for _ in day.play():
        pass
    return _watched(day, fills)


def _heard(day: Day, report: Received) -> Iterator[Fill]:
    """A fill, if the market has two sides then; later it knows what became of the middle."""
    fields = dict(field.partition("=")[::2] for field in report.data.decode().split("\x01"))
    quote, is_buy = _shown(day), fields["54"] == "1"
    middle = _middle(quote)
    if middle is None:
        return
    yield (
        fill := Fill(
            at=report.at,
            parent=fields["11"].rpartition("-")[0],
            is_buy=is_buy,
            is_dark=fields["30"] == _DARK,
            shares=parse_qty(fields["32"]) // SCALE,
            price=parse_px(fields["31"]),
            far=quote.ask if is_buy else quote.bid,
            middle=middle,
            after={},
        )
    )

    def look(seconds: int) -> None:
        if (found := _middle(_shown(day))) is not None:
            fill.after[seconds] = found

    for seconds in _AFTER:
        day.world.plan(Ns(report.at + seconds * SECOND), partial(look, seconds))


def _shown(day: Day) -> Quote:
    gateway = day.world.stations[COMP_ID].node
    assert isinstance(gateway, Gateway) and gateway.desk is not None
    return gateway.desk.markets.others(day.scenario.symbol)


def _middle(quote: Quote) -> float | None:
    return (quote.bid + quote.ask) / 2 if quote.bid_size and quote.ask_size else None


def _watched(day: Day, fills: list[Fill]) -> Watched:
    names = {report.order_id: report.cl_ord_id for report in day.client.reports}
    costs = {parent.cl_ord_id: parent.cost for parent in day.outcome().parents}
    dark, lit = ([fill for fill in fills if fill.is_dark is kind] for kind in (True, False))
    met = frozenset(names[fill.parent] for fill in dark if day.pinger is not None and _is_met(fill, day.pinger))
    figures: dict[str, float | None] = {
        "met": float(len(met)),
        "share": _mean(fills, lambda fill: 100.0 * fill.is_dark),
    }
    for kind in ("shortfall", "arrival", "fees"):
        figures[kind] = fmean(value for cost in costs.values() if (value := getattr(cost, kind)) is not None)
    figures["at middle"] = _mean(dark, lambda fill: 100.0 * (fill.rise(fill.price, fill.middle) >= 0))
    figures["improvement"] = _mean(dark, lambda fill: fill.rise(fill.price, fill.far))
    for kind, of in (("dark", dark), ("lit", lit)):
        figures[f"{kind} paid"] = _mean(of, lambda fill: fill.rise(day.arrivals[names[fill.parent]] / 2, fill.price))
        for later in _AFTER:
            seen = [fill for fill in of if later in fill.after]
            figures[f"{kind} {later}"] = _mean(seen, partial(Fill.moved, later=later))
    if day.pinger is not None and day.pinger.traded:
        gained = day.pinger.gained + day.pinger.held * (_middle(_shown(day)) or 0)
        figures["gained"] = 10_000 * gained / (day.pinger.traded * parse_px(day.scenario.price))
    return Watched(
        {name: value for name, value in figures.items() if value is not None},
        {name: cost.shortfall for name, cost in costs.items() if cost.shortfall is not None},
        met,
    )


def _is_met(fill: Fill, pinger: Pinger) -> bool:
    """Whether it was the other side of that trade: as much, at that price, at that time."""
    return any(
        (met.is_buy, met.price, met.shares) == (fill.is_buy, fill.price, fill.shares)
        and abs(met.at - fill.at) < _TOGETHER
        for met in pinger.met
    )


def _mean(fills: Sequence[Fill], of: Callable[[Fill], float]) -> float | None:
    """By shares."""
    shares = sum(fill.shares for fill in fills)
    return sum(fill.shares * of(fill) for fill in fills) / shares if shares else None


Days = Mapping[tuple[int, RoutePolicy], Sequence[Watched]]  # by the pinger's presence and the way


def watched(seeds: int, played: Scenario = PLAYED, presence: Sequence[int] = PRESENCE) -> Days:
    keys = [(percent, way) for percent in presence for way in WAYS]
    scenarios = [
        replace(played, seed=played.seed + more, routing=way, pinger_percent=percent)
        for more in range(seeds)
        for percent, way in keys
    ]
    with ProcessPoolExecutor(max_workers=min(len(scenarios), os.cpu_count() or 1)) as processes:
        console = Console(stderr=True)
        found = list(track(processes.map(watch, scenarios), "playing", len(scenarios), console=console, transient=True))
    return {key: found[place :: len(keys)] for place, key in enumerate(keys)}


def lines(days: Days) -> list[str]:
    presence = sorted({percent for percent, _ in days})
    rows = [("bps, mean and 95 % interval; the pinger is there in", *(f"{percent} %" for percent in presence))]
    rows += [(words, *(_told(_by_seed(days[there, way], of)) for there in presence)) for words, way, of in _FIGURES]
    rows += [(words, *(_told(paired(days, there)) for there in presence)) for words, paired in _PAIRED]
    return aligned(rows)


def _told(values: Sequence[float]) -> str:
    found = estimate(values)
    return "-" if found is None else str(found)


def _by_seed(days: Sequence[Watched], of: str) -> list[float]:
    return [day.figures[of] for day in days if of in day.figures]


def _less(of: str, days: Days, there: int, *, way: RoutePolicy, than: tuple[int | None, RoutePolicy]) -> list[float]:
    """A figure by seed, less that of another way or presence (None: the same)."""
    others = days[there if than[0] is None else than[0], than[1]]
    both = [] if (there, way) == than else list(zip(days[there, way], others, strict=True))
    return [one.figures[of] - other.figures[of] for one, other in both if of in one.figures and of in other.figures]


def _more(days: Days, there: int, *, met: bool) -> list[float]:
    """What orders that the pinger has met, or has not, cost more than without it; by order."""
    pairs = zip(days[there, _ASKING], days[0, _ASKING], strict=True) if there else ()
    return [
        cost - without.shortfalls[name]
        for day, without in pairs
        for name, cost in day.shortfalls.items()
        if (name in day.met) is met and name in without.shortfalls
    ]


_FIGURES = (  # of a day, by which way
    ("shortfall of an order, fees included", _ASKING, "shortfall"),
    ("  by smart", _NOT, "shortfall"),
    ("price against arrival", _ASKING, "arrival"),
    ("  by smart", _NOT, "arrival"),
    ("fees", _ASKING, "fees"),
    ("  by smart", _NOT, "fees"),
    ("filled in the dark, % of the shares", _ASKING, "share"),
    ("  at the middle or better, % of these", _ASKING, "at middle"),
    ("  better than the other side's best price", _ASKING, "improvement"),
    ("  price against arrival", _ASKING, "dark paid"),
    ("  middle after 1 s", _ASKING, "dark 1"),
    ("  middle after 10 s", _ASKING, "dark 10"),
    ("filled by lit venues: price against arrival", _ASKING, "lit paid"),
    ("  by smart", _NOT, "lit paid"),
    ("  middle after 1 s", _ASKING, "lit 1"),
    ("  middle after 10 s", _ASKING, "lit 10"),
    ("what the pinger gains of what it trades", _ASKING, "gained"),
    ("orders that it met, of 100", _ASKING, "met"),
)
_PAIRED: tuple[tuple[str, Callable[[Days, int], list[float]]], ...] = (
    ("shortfall less that of smart", partial(_less, "shortfall", way=_ASKING, than=(None, _NOT))),
    ("shortfall less that without the pinger", partial(_less, "shortfall", way=_ASKING, than=(0, _ASKING))),
    ("  by smart", partial(_less, "shortfall", way=_NOT, than=(0, _NOT))),
    ("lit price against arrival, less that without", partial(_less, "lit paid", way=_ASKING, than=(0, _ASKING))),
    ("  by smart", partial(_less, "lit paid", way=_NOT, than=(0, _NOT))),
    ("  of an order that it met, shortfall less that without", partial(_more, met=True)),
    ("  of one that it did not meet", partial(_more, met=False)),
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.dark_first", description=__doc__)
    parser.add_argument("--seeds", type=int, default=25)
    options = parser.parse_args()
    print("\n".join(lines(watched(options.seeds))))


if __name__ == "__main__":
    main()
