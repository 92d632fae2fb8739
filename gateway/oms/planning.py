"""What an algo is going to do with an order, and what that is expected to cost, before anything is sent.

The algo itself is asked, along a time that does not pass: as if all that is due were filled at once, at prices that
stay as they are, while others trade what the volume curve has. What it cost is the model's of Almgren and Chriss, with
each slice traded evenly until the next.
"""

from collections.abc import Sequence
from math import sqrt
from typing import Final

from msgspec import Struct, structs

from gateway.market.theory.almgren_chriss import Impact, expected_cost, variance
from gateway.market.theory.window import impact_of, price_of
from gateway.model import SCALE, SECOND, Algo, Market, Ns, Parent, Qty, print_scaled, print_timestamp

MOST_SLICES: Final = 240  # that are told apart; what an algo would do more often is done with the next
_ALONE: Final = 60 * SECOND  # a slice that is the only one is traded in that, if the window is not shorter
_WHOLE = 10**12  # of Curve.share
_MOST_SAID = 50  # slices in a text


class Slice(Struct, frozen=True, gc=False):
    at: Ns
    qty: Qty


class Forecast(Struct, frozen=True, kw_only=True):
    """Costs are against the arrival price; worse is above 0. None: spread, volatility or volume is not known."""

    slices: tuple[Slice, ...]
    left: Qty  # that is not due by the end
    cost_bps: float | None = None
    deviation_bps: float | None = None
    cost: float | None = None  # in the price's currency
    deviation: float | None = None

    def told(self) -> tuple[str, str]:
        """Text(58), in UTC by the clock, and DryRunCostBps(9007) as it stands on the wire, if it is known."""
        said = [f"{_clock(each.at)}={print_scaled(each.qty)}" for each in self.slices[:_MOST_SAID]]
        if len(self.slices) > _MOST_SAID:
            said.append(f"and {len(self.slices) - _MOST_SAID} more")
        text = f"DryRun: it would be taken; {len(self.slices)} slices {' '.join(said)}".rstrip()
        if self.left:
            text += f"; not planned {print_scaled(self.left)}"
        if self.cost_bps is None or self.cost is None:
            return f"{text}; what it costs is not known", ""
        text += f"; expected cost {self.cost_bps:.2f} bps {self.cost:.2f}"
        text += f", deviation {self.deviation_bps:.2f} bps {self.deviation:.2f}"
        return text, f"9007={self.cost_bps:.2f}\x01"


def foresee(algo: Algo, parent: Parent, market: Market, now: Ns) -> Forecast:
    """Of an order that is taken now. Asks the algo no more often than MOST_SLICES times."""
    slices = tuple(_releases(algo, parent, market, now))
    left = Qty(parent.order_qty - sum(each.qty for each in slices))
    impact, price = impact_of(parent, market, now), price_of(parent, market)
    if impact is None:
        return Forecast(slices=slices, left=left)
    cost, deviation = priced(slices, parent, impact, now)
    worth = sum(each.qty for each in slices) / SCALE * (price / SCALE)
    return Forecast(
        slices=slices,
        left=left,
        cost=cost,
        deviation=deviation,
        cost_bps=cost / worth * 10_000 if worth else 0.0,
        deviation_bps=deviation / worth * 10_000 if worth else 0.0,
    )


def priced(slices: Sequence[Slice], parent: Parent, impact: Impact, now: Ns) -> tuple[float, float]:
    """Cost and deviation by a model whose unit of time is the window."""
    starts = [each.at for each in slices]
    trades, taus = [0.0], [(starts[0] if starts else parent.end) - now]  # to wait is a risk, too
    for place, each in enumerate(slices):
        if place + 1 < len(slices):
            tau = starts[place + 1] - each.at
        elif place:
            tau = taus[-1]
        else:
            tau = min(_ALONE, parent.end - parent.start)
        trades.append(each.qty / SCALE)
        taus.append(max(tau, 1))
    whole = max(parent.end - parent.start, 1)
    spans = [tau / whole for tau in taus]
    return expected_cost(trades, spans, impact), sqrt(variance(trades, spans, impact))


def _releases(algo: Algo, parent: Parent, market: Market, now: Ns) -> list[Slice]:
    found: list[Slice] = []
    usual, start = market.curve.usual(now) or 0, max(parent.start, now)
    least = -(-(parent.end - start) // MOST_SLICES) or 1
    last = max(start, Ns(parent.end - 1))
    filled, at, released_at = 0, start, parent.released_at
    while filled < parent.order_qty:
        others = usual * market.curve.share(start, at) // _WHOLE if at > start else 0
        decision = algo.decide(
            structs.replace(parent, filled=Qty(filled), released_at=released_at),
            structs.replace(market, traded=Qty(market.traded + others)),
            at,
        )
        due = min(decision.due, parent.order_qty)
        if due > filled:
            found.append(Slice(at, Qty(due - filled)))
            filled, released_at = due, at
        soon = at + least
        wake_at = decision.wake_at
        if at >= last:
            break
        at = Ns(min(soon if wake_at is None or decision.follows else max(wake_at, soon), last))
    return found


def _clock(at: Ns) -> str:
    return print_timestamp(at)[9:17]
