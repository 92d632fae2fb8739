"""`gateway tune`: which values of parameters cost least, judged by days that they were not chosen on.

Each combination is played on the same days. A fold's days are then traded with what was best on the others (k-fold
cross-validation), and, as a desk would that adapts, each day with what was best on those before it, recent ones first.
Whatever is best on all days looks better than it is; what these two cost is what can be expected.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import replace
from pydantic import ValidationError

from gateway.run.profiles import aligned
from gateway.run.routing_table import RoutingTable
from gateway.run.serve import CannotStart
from gateway.run.simulation.scenario import Scenario, Work
from gateway.run.simulation.study import Estimate, Study, estimate, studies

UNDER: Final = "under_bps"
MOST_POINTS: Final = 1_000
HALF_LIFE: Final = 10  # days after which a day counts half of what the last one does


class Point(Struct, frozen=True, kw_only=True):
    values: dict[str, str]
    cost: Estimate  # shortfall in bps
    chosen: int  # folds whose other days it was best on


class Tuning(Struct, frozen=True, kw_only=True):
    scenario: Scenario
    seeds: int
    folds: int
    points: tuple[Point, ...]  # the first is what the others are held against
    best: dict[str, str]  # on all days
    validated: Estimate  # each fold's days, traded with what was best on the others
    gain: Estimate  # what that costs less than the first point, by day
    walk: Estimate  # each day traded with what was best before it
    walked: tuple[int, ...]  # the point of each day, from 0

    def lines(self) -> list[str]:
        rows = [("", "shortfall in bps", f"best of the other days, of {self.folds} folds")]
        rows += [(named(point.values), str(point.cost), str(point.chosen)) for point in self.points]
        sure = "" if self.gain.confidence is not None and abs(self.gain.mean) > self.gain.confidence else ", not sure"
        return [
            *aligned(rows),
            "",
            f"best on all {self.seeds} days: {named(self.best)}",
            f"chosen on other days:   {self.validated}",
            f"less than {named(self.points[0].values)}: {self.gain}{sure}",
            f"chosen day by day:      {self.walk}",
            "+- is the 95 % interval by seed.",
        ]


def points(grid: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """Each value of each parameter with each of the others."""
    return [dict(zip(grid, values, strict=True)) for values in product(*grid.values())]


def named(values: Mapping[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in values.items())


def tune(scenario: Scenario, grid: Mapping[str, Sequence[str]], *, seeds: int, folds: int) -> Tuning:
    """Play every point of `grid` on every seed's day. `under_bps` is of the router, all else of the scenario's algo.

    Raises CannotStart, also where an order is refused.
    """
    tried = points(grid)
    found = studies([_with(scenario, values) for values in tried], seeds, f"playing {len(tried)} x {seeds} days")
    costs = [_costs(values, study) for values, study in zip(tried, found, strict=True)]
    chosen = [_best(costs, [day for day in range(seeds) if day % folds != fold]) for fold in range(folds)]
    validated = [costs[chosen[day % folds]][day] for day in range(seeds)]
    walked = list(_walk(costs))
    return Tuning(
        scenario=scenario,
        seeds=seeds,
        folds=folds,
        points=tuple(
            Point(values=values, cost=_estimate(costs[place]), chosen=chosen.count(place))
            for place, values in enumerate(tried)
        ),
        best=tried[_best(costs, range(seeds))],
        validated=_estimate(validated),
        gain=_estimate([first - cost for first, cost in zip(costs[0], validated, strict=True)]),
        walk=_estimate([costs[place][day] for day, place in enumerate(walked)]),
        walked=tuple(walked),
    )


def _with(scenario: Scenario, values: Mapping[str, str]) -> Scenario:
    changes = {name: value for name, value in values.items() if name != UNDER}
    if UNDER in values:
        try:
            table = RoutingTable.model_validate({UNDER: values[UNDER]})
        except ValidationError as invalid:
            raise CannotStart(f"{UNDER}={values[UNDER]}: {invalid.errors()[0]['msg']}") from None
        scenario = replace(scenario, under=table.under_bps)
    if not changes:
        return scenario
    work = scenario.work or Work()
    return replace(scenario, work=replace(work, parameters={**work.parameters, **changes}))


def _costs(values: Mapping[str, str], study: Study) -> list[float]:
    for day in study.days:
        if day.refused:
            raise CannotStart(f"{named(values)}: orders were refused, the first so: {day.why}")
        if "shortfall" not in day.costs:
            raise CannotStart(f"{named(values)}: seed {day.seed} has no orders that were accepted")
    return [day.costs["shortfall"] for day in study.days]


def _best(costs: Sequence[Sequence[float]], days: Sequence[int]) -> int:
    """The point that costs least on these days; of equals the first."""
    return min(range(len(costs)), key=lambda place: sum(costs[place][day] for day in days))


def _walk(costs: Sequence[Sequence[float]]) -> Iterator[int]:
    scores = [0.0] * len(costs)
    for day in range(len(costs[0])):
        yield min(range(len(costs)), key=lambda place: scores[place])
        scores = [score * 0.5 ** (1 / HALF_LIFE) + each[day] for score, each in zip(scores, costs, strict=True)]


def _estimate(values: Sequence[float]) -> Estimate:
    found = estimate(values)
    assert found is not None
    return found


def draw(found: Tuning, path: Path) -> None:
    """Each point with its interval, and what validation and the walk cost. Raises what `comparison.draw` does."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 1.8 + 0.3 * len(found.points)), layout="constrained")
    axes = figure.subplots()
    for place, point in enumerate(found.points):
        colour = "tab:red" if point.values == found.best else "tab:blue"
        axes.errorbar(point.cost.mean, place, xerr=point.cost.confidence or 0, fmt="o", color=colour)
    for name, cost, style in (("chosen on other days", found.validated, "-"), ("chosen day by day", found.walk, "--")):
        axes.axvline(cost.mean, color="tab:grey", linestyle=style, label=name)
    axes.set_yticks(range(len(found.points)), [named(point.values) for point in found.points])
    axes.invert_yaxis()
    axes.set_xlabel(f"mean shortfall of an order, bps; 95 % interval by {found.seeds} seeds")
    axes.legend(fontsize="small")
    figure.savefig(path, dpi=120)
