"""`gateway compare`: the same orders on the same days, routed or worked in several ways, side by side.

Each variant sees the days of the same seeds, so that what the days have in common cancels out: the interval of a
difference is that of the differences by seed (a paired comparison), and is much narrower than that of either mean.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from gateway.model.routing import RoutePolicy
from gateway.run.profiles import aligned
from gateway.run.simulation.scenario import Scenario, Variant, Work
from gateway.run.simulation.study import KINDS, Estimate, Study, Summary, estimate, studies

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BASELINES = ("sweep", "displayed size", "TWAP of 60 s")


class Difference(Struct, frozen=True, kw_only=True):
    """Of the shortfall in bps, a variant's less the first one's, by seed."""

    mean: float
    confidence: float | None
    wins: int  # seeds on which it costs less

    @property
    def is_sure(self) -> bool:
        """With 95 % confidence, whichever of both it is that costs less."""
        return self.confidence is not None and abs(self.mean) > self.confidence


class Compared(Struct, frozen=True, kw_only=True):
    name: str
    routing: RoutePolicy
    work: Work | None
    filled_percent: float  # of the shares
    costs: dict[str, Estimate]
    against_first: Difference | None  # None of the first
    days: tuple[Summary, ...]


class Comparison(Struct, frozen=True, kw_only=True):
    scenario: Scenario
    seeds: int
    variants: tuple[Compared, ...]

    def lines(self) -> list[str]:
        first = self.variants[0]
        rows = [("bps, worse above 0", "filled", *KINDS, f"less that of {first.name}", "seeds better")]
        for each in self.variants:
            costs = [str(each.costs[kind]) if kind in each.costs else "-" for kind in KINDS]
            against = ("", "")
            if each.against_first is not None:
                said = Estimate(mean=each.against_first.mean, confidence=each.against_first.confidence)
                sure = " *" if each.against_first.is_sure else ""
                against = f"{said}{sure}", f"{each.against_first.wins} of {self.seeds}"
            rows.append((each.name, f"{each.filled_percent:.1f} %", *costs, *against))  # type: ignore[arg-type]
        text = [*aligned(rows), "", "+- is the 95 % interval by seed; * a difference that is beyond it."]
        for each in self.variants:
            refused = [day for day in each.days if day.refused]
            if refused:
                count = sum(day.refused for day in refused)
                text += [f"{each.name}: {count} orders were refused, the first so: {refused[0].why}"]
        return text


def baselines(scenario: Scenario) -> list[Variant]:
    """What any router or algo has to be better than: all at once where it is cheapest or by size, and a plain TWAP."""
    sweep, by_size, twap = BASELINES
    plain = replace(scenario, routing=RoutePolicy.PRICE_TIME)
    return [
        Variant(sweep, replace(plain, work=Work())),
        Variant(by_size, replace(plain, work=Work(), by_size=True)),
        Variant(twap, replace(plain, work=Work(strategy="1001", parameters={"IntervalSec": "60"}))),
    ]


def compare(variants: Sequence[Variant], seeds: int) -> Comparison:
    """Play all of them; the first is what the others are held against. Raises CannotStart."""
    found = studies([variant.scenario for variant in variants], seeds, f"playing {len(variants)} x {seeds} days")
    compared = tuple(
        _compared(variant, each, None if place == 0 else found[0])
        for place, (variant, each) in enumerate(zip(variants, found, strict=True))
    )
    return Comparison(scenario=variants[0].scenario, seeds=seeds, variants=compared)


def _compared(variant: Variant, found: Study, first: Study | None) -> Compared:
    return Compared(
        name=variant.name,
        routing=variant.scenario.routing,
        work=variant.scenario.work,
        filled_percent=round(
            100 * sum(day.filled_shares for day in found.days) / max(sum(day.shares for day in found.days), 1), 2
        ),
        costs=found.costs,
        against_first=None if first is None else _against(first.days, found.days),
        days=found.days,
    )


def _against(first: Sequence[Summary], days: Sequence[Summary]) -> Difference | None:
    differences = [
        day.costs["shortfall"] - other.costs["shortfall"]
        for day, other in zip(days, first, strict=True)
        if "shortfall" in day.costs and "shortfall" in other.costs
    ]
    found = estimate(differences)
    if found is None:
        return None
    return Difference(mean=found.mean, confidence=found.confidence, wins=sum(value < 0 for value in differences))


def draw(found: Comparison, path: Path) -> None:
    """As a picture, PNG or whatever the name of the file says: each variant's costs, and each seed's difference.

    Raises ModuleNotFoundError without the extra `plots`, OSError where the file cannot be written.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 1.5 + 0.55 * len(found.variants)), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    names = [each.name for each in found.variants]
    _draw_costs(left, found)
    _draw_differences(right, found)
    left.set_yticks(range(len(names)), names)
    left.invert_yaxis()
    figure.suptitle(f"{found.scenario.symbol}: {found.seeds} seeds of {found.scenario.seconds / 3600:g} hours")
    figure.savefig(path, dpi=120)


def _draw_costs(axes: "Axes", found: Comparison) -> None:
    for place, each in enumerate(found.variants):
        for kind, offset, colour in (
            ("shortfall", -0.18, "tab:blue"),
            ("arrival", 0.0, "tab:grey"),
            ("fees", 0.18, "tab:orange"),
        ):
            cost = each.costs.get(kind)
            if cost is not None:
                label = kind if place == 0 else None
                axes.errorbar(cost.mean, place + offset, xerr=cost.confidence or 0, fmt="o", color=colour, label=label)
    axes.axvline(0, color="black", linewidth=0.5)
    axes.set_xlabel("mean cost of an order, bps; 95 % interval by seed")
    axes.legend(fontsize="small")


def _draw_differences(axes: "Axes", found: Comparison) -> None:
    first = found.variants[0]
    for place, each in enumerate(found.variants[1:], 1):
        differences = [
            day.costs["shortfall"] - other.costs["shortfall"]
            for day, other in zip(each.days, first.days, strict=True)
            if "shortfall" in day.costs and "shortfall" in other.costs
        ]
        axes.plot(differences, [place] * len(differences), "|", color="tab:grey", alpha=0.5)
        if each.against_first is not None:
            against = each.against_first
            axes.errorbar(against.mean, place, xerr=against.confidence or 0, fmt="o", color="tab:red")
    axes.axvline(0, color="black", linewidth=0.5)
    axes.set_xlabel(f"shortfall less that of {first.name}, bps; each seed")
