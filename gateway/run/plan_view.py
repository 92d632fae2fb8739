"""A plan as people read it in a terminal."""

from collections.abc import Sequence

from rich.console import Console

from gateway.model import SECOND, Ns, Qty, Side, print_scaled, print_timestamp
from gateway.oms.planning import Slice
from gateway.run.planning import Choice, Planned, Way
from gateway.run.show import print_table, table

_ROWS = 24  # of the chart at most; with more slices some come together
_BAR = 40  # characters
_EIGHTHS = " ▏▎▍▌▋▊▉"
_WAYS = ("way", "slices", "half done after", "cost", "deviation", "by Obizhaeva-Wang", "by Bertsimas-Lo", "not planned")
_CHOICES = ("RiskAversion", "all but 37 % after", "cost", "deviation", "95 of 100 below", "")


def show(found: Planned, console: Console) -> None:
    forecast, window = found.forecast, f"{_clock(found.start)} to {_clock(found.end)} UTC"
    order = f"{'BUY' if found.side is Side.BUY else 'SELL'} {print_scaled(found.qty)} {found.symbol}"
    columns, rows = ("from", "quantity", "so far", ""), _chart(forecast.slices, found)
    print_table(table(f"{order} by {found.algo}, {window}: {len(forecast.slices)} slices", columns, rows), console)
    if forecast.left:
        console.print(f"Not planned by the end: {print_scaled(forecast.left)}", highlight=False)
    measured = "" if found.measured_bps is None else f", as Almgren and others measured {found.measured_bps:.2f} bps"
    console.print(
        f"Expected cost {forecast.cost_bps:.2f} bps, {forecast.cost:.2f} in all; standard deviation "
        f"{forecast.deviation_bps:.2f} bps, {forecast.deviation:.2f}. "
        f"By the square-root law {found.square_root_bps:.2f} bps{measured}.\n",
        highlight=False,
        soft_wrap=True,
    )
    print_table(table("Ways to trade it, in bps", _WAYS, map(_way, found.ways)), console)
    urgencies = (_way(each)[:5] for each in found.urgencies)
    print_table(table("What urgency costs and saves, in bps", _WAYS[:5], urgencies), console)
    least = min(found.frontier, key=lambda choice: choice.at_risk_bps)
    choices = ((*_choice(each), "least at risk" if each is least else "") for each in found.frontier)
    print_table(table("The efficient frontier, in bps", _CHOICES, choices), console)


def _choice(choice: Choice) -> tuple[str, ...]:
    holds = "" if choice.holds_s is None else _clock(Ns(round(choice.holds_s) * SECOND))
    figures = (choice.cost_bps, choice.deviation_bps, choice.at_risk_bps)
    return (f"{choice.risk_aversion:.8f}", holds, *(f"{each:.2f}" for each in figures))


def _chart(slices: Sequence[Slice], found: Planned) -> list[tuple[str, str, str, str]]:
    """From when on, how much, how much by then, and a bar."""
    each_row = -(-len(slices) // _ROWS) or 1
    groups = [slices[place : place + each_row] for place in range(0, len(slices), each_row)]
    parts = [(group[0].at, sum(each.qty for each in group)) for group in groups]
    most, so_far, rows = max((qty for _, qty in parts), default=1), 0, []
    for at, qty in parts:
        so_far += qty
        eighths = qty * _BAR * 8 // most
        bar = "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()
        rows.append((_clock(at), print_scaled(Qty(qty)), f"{100 * so_far / found.qty:.1f} %", bar))
    return rows


def _way(way: Way) -> tuple[str, ...]:
    half = "" if way.half_by_s is None else _clock(Ns(round(way.half_by_s) * SECOND))
    figures = (way.cost_bps, way.deviation_bps, way.recovering_bps, way.lasting_bps)
    return (
        way.name,
        str(way.slices),
        half,
        *(f"{each:.2f}" for each in figures),
        print_scaled(way.left) if way.left else "",
    )


def _clock(at: Ns) -> str:
    return print_timestamp(at)[9:17]
