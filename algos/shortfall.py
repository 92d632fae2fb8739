"""Implementation shortfall: as much at once as the risk of waiting is worth, by Almgren and Chriss.

After k of n slices what is due is all but x_k of the schedule that makes cost + lambda x variance least (see
gateway.market.theory.almgren_chriss), by the impact and volatility that are expected of the window now. lambda is the
client's RiskAversion, or follows from the order's Urgency: then a basis point of cost is as bad as so much variance in
squared basis points, whatever the price and size. Where impact or volatility is not known, Urgency has its own shape.
"""

from functools import lru_cache
from math import isqrt
from typing import ClassVar

from msgspec import structs
from pydantic.dataclasses import dataclass

from algos.bounds import sendable
from algos.twap import Twap
from gateway.market.theory import almgren_chriss
from gateway.market.theory.window import impact_of, price_of, seconds
from gateway.model import (
    SCALE,
    Decision,
    Market,
    Ns,
    ParameterType,
    Parent,
    Px,
    Qty,
    Side,
    parameter,
)
from gateway.model.urgency import EFFECTS, Urgency

FULL_BPS = 50  # an adverse move, where volatility is not known
# kappa x window, where that cannot be weighed
_SHAPE = {Urgency.PASSIVE: 0.5, Urgency.NEUTRAL: 2.0, Urgency.AGGRESSIVE: 8.0, Urgency.ADAPTIVE: 2.0}
_STEEPEST = 64.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Is(Twap):
    risk_aversion: Px | None = parameter(
        "RiskAversion", ParameterType.FLOAT, default=None, minimum=0, doc="lambda, for each unit of currency"
    )
    benchmark_px: Px | None = parameter(
        "BenchmarkPx",
        ParameterType.PRICE,
        default=None,
        minimum=1,
        mutable=False,
        doc="what it is measured by, not the arrival price",
    )
    tolerance_bps: int | None = parameter(
        "ImpactTolerance", ParameterType.INT, default=None, minimum=1, maximum=10_000, doc="bps from the middle"
    )
    opportunity: Px | None = parameter(
        "OpportunityCostWeight", ParameterType.FLOAT, default=None, minimum=0, maximum=SCALE, doc="of adverse moves"
    )

    @property
    def benchmark(self) -> Px | None:
        return self.benchmark_px

    def follows(self, parent: Parent) -> bool:
        return self.would is not None or self._weight(parent) > 0

    def decide(self, parent: Parent, market: Market, now: Ns) -> Decision:
        decision = Twap.decide(self, parent, market, now)
        if self.tolerance_bps is None or decision.at_once or now < parent.start:
            return decision
        if not (market.bid_size and market.ask_size):  # nobody knows how far from the middle anything is
            return structs.replace(decision, due=Qty(parent.filled + parent.working), follows=True)
        twice, is_buy = market.bid + market.ask, parent.side is Side.BUY
        far = 10_000 + self.tolerance_bps if is_buy else 10_000 - self.tolerance_bps
        limit = twice * far // 20_000 if is_buy else -(-twice * far // 20_000)
        return structs.replace(decision, limit=Px(limit), follows=True)

    def by_step(self, parent: Parent, market: Market, now: Ns, step: int, slices: int) -> Qty:
        lots, out = parent.order_qty // parent.lot, parent.filled + parent.working
        left = _left(self._steepness(parent, market, now, slices), slices)
        due = (lots - int(left[step] * lots + 0.5)) * parent.lot
        due += (parent.order_qty - due) * self._brought_forward(parent, market) // SCALE
        due = sendable(parent, due)
        # It may grow by every quote, and a child is half a slice.
        return due if due - out >= int((left[step - 1] - left[step]) / 2 * parent.order_qty) else Qty(out)

    def _urgency(self, parent: Parent) -> Urgency:
        return parent.urgency or self.usual_urgency or Urgency.NEUTRAL

    def _weight(self, parent: Parent) -> int:
        if self.opportunity is not None:
            return self.opportunity
        return SCALE // 2 if self._urgency(parent) is Urgency.ADAPTIVE else 0

    def _steepness(self, parent: Parent, market: Market, now: Ns, slices: int) -> int:
        """kappa x window in 1/64, from 0: even, to 64: nearly all at once.

        That is sqrt(lambda sigma^2 / eta~) in the unit of time that the window is.
        """
        urgency = self._urgency(parent)
        if self.risk_aversion == 0:
            return 0
        impact = impact_of(parent, market, now)
        if impact is None:
            return int(64 * _SHAPE[urgency if self.risk_aversion is None else Urgency.NEUTRAL])
        if self.risk_aversion is not None:
            risk_aversion = self.risk_aversion / SCALE
        else:
            risk_aversion = (
                EFFECTS[urgency].risk * 10_000 / (parent.order_qty / SCALE * (price_of(parent, market) / SCALE))
            )
        bend = almgren_chriss.bend(risk_aversion, impact, 1 / slices)
        squared = min(2 * (bend - 1) * slices * slices, _STEEPEST * _STEEPEST)
        return isqrt(int(squared * 64 * 64))

    def _brought_forward(self, parent: Parent, market: Market) -> int:
        """Of what would wait, in 1/SCALE: the weight where the price has moved against us by a deviation of the window
        or more, in proportion before."""
        weight = self._weight(parent)
        if not (weight and parent.arrival and market.bid_size and market.ask_size):
            return 0
        moves = market.estimates.volatility(seconds(parent))
        full = parent.arrival * (FULL_BPS * SCALE // 10_000 if moves is None else moves) // SCALE
        worse = ((market.bid + market.ask) // 2 - parent.arrival) * (1 if parent.side is Side.BUY else -1)
        return weight * min(max(worse, 0), full) // full if full else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MinimizeMarketImpact(Is):
    """Minimize market impact: IS, patient unless Urgency says otherwise."""

    usual_urgency: ClassVar[Urgency | None] = Urgency.PASSIVE


@lru_cache(maxsize=64)
def _left(steepness: int, slices: int) -> tuple[float, ...]:
    each = steepness / 64 / slices
    return almgren_chriss.left(1 + each * each / 2, slices)
