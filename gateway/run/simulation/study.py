"""Days played: one, or many with other seeds in processes of their own, and what orders cost in them."""

import os
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import fmean, stdev

from msgspec import Struct
from msgspec.structs import replace
from rich.console import Console
from rich.progress import track

from gateway.run.profiles import aligned
from gateway.run.serve import CannotStart, settle_memory
from gateway.run.simulation.day import Day, Outcome
from gateway.run.simulation.scenario import Scenario
from venues.tapes.reading import BadRow

# Student's t for 95 %, by degrees of freedom; beyond them 2.
_T = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
      2.110, 2.101, 2.093, 2.086)  # fmt: skip
KINDS = ("shortfall", "arrival", "fees", "vwap", "twap")  # of Cost


class Played(Struct, frozen=True, kw_only=True):
    outcome: Outcome
    seconds: float  # that it took


class Estimate(Struct, frozen=True, kw_only=True):
    mean: float
    confidence: float | None  # half the width of the mean's 95 % interval; None of fewer than two

    def __str__(self) -> str:
        return f"{self.mean:.3f}" + ("" if self.confidence is None else f" +- {self.confidence:.3f}")


class Summary(Struct, frozen=True, kw_only=True):
    """One seed's day in figures."""

    seed: int
    parents: int
    filled: int  # wholly
    refused: int
    shares: int  # ordered
    filled_shares: int
    children: int
    quotes: int
    costs: dict[str, float]  # in bps, the mean over parents of each kind that there is
    deviation_bps: float | None  # of the shortfall, from parent to parent; None of fewer than two
    why: str  # Text(58) of the first refusal
    seconds: float
    digest: str


class Study(Struct, frozen=True, kw_only=True):
    scenario: Scenario
    days: tuple[Summary, ...]
    venues: dict[str, tuple[int, int, int]]  # quotes, trades and shares traded, all days together
    costs: dict[str, Estimate]  # of the days' means

    def lines(self) -> list[str]:
        rows = [("seed", "parents", "filled", "children", "quotes", "shortfall", "fees", "deviation", "time", "digest")]
        for day in self.days:
            counts = map(str, (day.seed, day.parents, day.filled, day.children, day.quotes))
            figures = (day.costs.get("shortfall"), day.costs.get("fees"), day.deviation_bps)
            rows.append((*counts, *map(_figure, figures), f"{day.seconds:.1f} s", day.digest[:16]))  # type: ignore[arg-type]
        venues = [("venue", "quotes", "trades", "shares"), *((name, *map(str, n)) for name, n in self.venues.items())]
        text = [*aligned(rows), "", *aligned(venues)]
        if self.costs:
            text += ["", *aligned([("bps, worse above 0", "mean, with the 95 % interval by seed"), *self._costs()])]
        for day in self.days:
            if day.refused:
                text += ["", f"seed {day.seed}: {day.refused} orders were refused, the first so: {day.why}"]
        return text

    def _costs(self) -> list[tuple[str, str]]:
        words = {
            "shortfall": "shortfall of the order, fees and what is unfilled included",
            "arrival": "price against the middle at arrival",
            "fees": "fees",
            "vwap": "price against the VWAP of its time",
            "twap": "price against the TWAP of its time",
        }
        return [(words[kind], str(self.costs[kind])) for kind in KINDS if kind in self.costs]


def play(scenario: Scenario, *, data: Path | None = None, show: bool = False) -> Played:
    """One day. Raises CannotStart."""
    try:
        day = Day(scenario, data=data)
        settle_memory()
        began = time.perf_counter()
        passed: Iterable[int] = day.play()
        if show:
            console = Console(stderr=True)
            passed = track(passed, "playing the day", scenario.seconds, console=console, transient=True)
        for _ in passed:
            pass
    except BadRow as wrong:
        raise CannotStart(str(wrong)) from None
    return Played(outcome=day.outcome(), seconds=time.perf_counter() - began)


def study(scenario: Scenario, seeds: int = 1, *, data: Path | None = None) -> Study:
    """The scenario with its seed and those that follow, each in a process of its own. Raises CannotStart."""
    if seeds == 1:
        return summed(scenario, [play(scenario, data=data, show=True)])
    (found,) = studies([scenario], seeds, "playing days")
    return found


def studies(scenarios: Sequence[Scenario], seeds: int, doing: str) -> list[Study]:
    """Each scenario with `seeds` seeds; they share the processes. Raises CannotStart."""
    days = [replace(each, seed=each.seed + more) for more in range(seeds) for each in scenarios]
    with ProcessPoolExecutor(max_workers=min(len(days), os.cpu_count() or 1)) as processes:
        console = Console(stderr=True)
        played = list(track(processes.map(play, days), doing, len(days), console=console, transient=True))
    return [summed(each, played[place :: len(scenarios)]) for place, each in enumerate(scenarios)]


def summed(scenario: Scenario, played: Sequence[Played]) -> Study:
    days = tuple(_summary(each) for each in played)
    venues: dict[str, tuple[int, int, int]] = {}
    for each in played:
        for count in each.outcome.venues:
            quotes, trades, volume = venues.get(count.venue, (0, 0, 0))
            venues[count.venue] = quotes + count.quotes, trades + count.trades, volume + count.volume
    costs = {kind: estimate([day.costs[kind] for day in days if kind in day.costs]) for kind in KINDS}
    return Study(
        scenario=scenario,
        days=days,
        venues=venues,
        costs={kind: found for kind, found in costs.items() if found is not None},
    )


def estimate(values: Sequence[float]) -> Estimate | None:
    """Their mean with the interval by Student's t; None: there are none."""
    if not values:
        return None
    free = len(values) - 1
    confidence = (_T[free - 1] if free <= len(_T) else 2.0) * stdev(values) / len(values) ** 0.5 if free else None
    return Estimate(mean=fmean(values), confidence=confidence)


def _summary(played: Played) -> Summary:
    outcome = played.outcome
    costs: dict[str, float] = {}
    for kind in KINDS:
        known = [value for parent in outcome.parents if (value := getattr(parent.cost, kind)) is not None]
        if known:
            costs[kind] = fmean(known)
    shortfalls = [parent.cost.shortfall for parent in outcome.parents if parent.cost.shortfall is not None]
    refused = [parent for parent in outcome.parents if parent.ord_status == "8"]
    return Summary(
        seed=outcome.scenario.seed,
        parents=len(outcome.parents),
        filled=sum(parent.cum_qty == parent.order_qty for parent in outcome.parents),
        refused=len(refused),
        shares=sum(parent.order_qty for parent in outcome.parents),
        filled_shares=sum(parent.cum_qty for parent in outcome.parents),
        children=outcome.children,
        quotes=sum(venue.quotes for venue in outcome.venues),
        costs=costs,
        deviation_bps=stdev(shortfalls) if len(shortfalls) > 1 else None,
        why=refused[0].text if refused else "",
        seconds=played.seconds,
        digest=outcome.digest,
    )


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
