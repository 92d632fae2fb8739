"""`gateway simulate`: a scenario played once, or with many seeds in processes of their own, and what came of it."""

import os
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import fmean, stdev

import msgspec
from msgspec import Struct
from rich.console import Console
from rich.progress import track

from gateway.run.profiles import aligned
from gateway.run.serve import settle_memory
from gateway.run.simulation.day import Day, Outcome, Scenario

# Student's t for 95 %, by degrees of freedom; beyond them 2.
_T = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
      2.110, 2.101, 2.093, 2.086)  # fmt: skip


class Played(Struct, frozen=True, kw_only=True):
    outcome: Outcome
    seconds: float  # that it took


class Summary(Struct, frozen=True, kw_only=True):
    """One seed's day in figures. Slippage is against the middle at arrival, in bps; worse is above zero."""

    seed: int
    parents: int
    filled: int
    children: int
    quotes: int
    mean_bps: float | None  # over parents; None: nothing was filled
    deviation_bps: float | None  # from parent to parent; None of fewer than two
    seconds: float
    digest: str


class Study(Struct, frozen=True, kw_only=True):
    scenario: Scenario
    days: tuple[Summary, ...]
    venues: dict[str, tuple[int, int, int]]  # quotes, trades and shares traded, all days together
    mean_bps: float | None  # of the days' means
    confidence_bps: float | None  # half the width of the mean's 95 % interval; None of fewer than two days

    def lines(self) -> list[str]:
        rows = [("seed", "parents", "filled", "children", "quotes", "slippage bps", "deviation", "seconds", "digest")]
        for day in self.days:
            counts = (day.seed, day.parents, day.filled, day.children, day.quotes)
            figures = _figure(day.mean_bps), _figure(day.deviation_bps), f"{day.seconds:.1f}", day.digest[:16]
            rows.append((*map(str, counts), *figures))  # type: ignore[arg-type]
        venues = [("venue", "quotes", "trades", "shares"), *((name, *map(str, n)) for name, n in self.venues.items())]
        text = [*aligned(rows), "", *aligned(venues)]
        if self.confidence_bps is not None:
            text += ["", f"slippage {_figure(self.mean_bps)} bps +- {_figure(self.confidence_bps)} (95 %, by seed)"]
        return text


def play(scenario: Scenario, *, data: Path | None = None, show: bool = False) -> Played:
    """One day. Raises CannotStart."""
    day = Day(scenario, data=data)
    settle_memory()
    began = time.perf_counter()
    passed: Iterable[int] = day.play()
    if show:
        console = Console(stderr=True)
        passed = track(passed, "playing the day", scenario.seconds, console=console, transient=True)
    for _ in passed:
        pass
    return Played(outcome=day.outcome(), seconds=time.perf_counter() - began)


def study(scenario: Scenario, seeds: int = 1, *, data: Path | None = None) -> Study:
    """The scenario with its seed and those that follow, each in a process of its own. Raises CannotStart."""
    if seeds == 1:
        return _summed(scenario, [play(scenario, data=data, show=True)])
    scenarios = [msgspec.structs.replace(scenario, seed=scenario.seed + more) for more in range(seeds)]
    with ProcessPoolExecutor(max_workers=min(seeds, os.cpu_count() or 1)) as processes:
        played = processes.map(play, scenarios)
        console = Console(stderr=True)
        return _summed(scenario, list(track(played, "playing days", seeds, console=console, transient=True)))


def _summed(scenario: Scenario, played: Sequence[Played]) -> Study:
    days = tuple(_summary(each) for each in played)
    venues: dict[str, tuple[int, int, int]] = {}
    for each in played:
        for count in each.outcome.venues:
            quotes, trades, volume = venues.get(count.venue, (0, 0, 0))
            venues[count.venue] = quotes + count.quotes, trades + count.trades, volume + count.volume
    means = [day.mean_bps for day in days if day.mean_bps is not None]
    confidence = None
    if len(means) > 1:
        free = len(means) - 1
        confidence = (_T[free - 1] if free <= len(_T) else 2.0) * stdev(means) / len(means) ** 0.5
    mean = fmean(means) if means else None
    return Study(scenario=scenario, days=days, venues=venues, mean_bps=mean, confidence_bps=confidence)


def _summary(played: Played) -> Summary:
    outcome = played.outcome
    slippages = [parent.slippage_bps for parent in outcome.parents if parent.slippage_bps is not None]
    return Summary(
        seed=outcome.scenario.seed,
        parents=len(outcome.parents),
        filled=sum(parent.cum_qty == parent.order_qty for parent in outcome.parents),
        children=outcome.children,
        quotes=sum(venue.quotes for venue in outcome.venues),
        mean_bps=fmean(slippages) if slippages else None,
        deviation_bps=stdev(slippages) if len(slippages) > 1 else None,
        seconds=played.seconds,
        digest=outcome.digest,
    )


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
