"""MEANREV: slices while the price is better than usual, in standard deviations from its mean over the Lookback.

A series of slices begins at EntryThreshold and goes on above ExitThreshold, a Lookback after the last one. A deviation
below half of the usual spread counts as that: what goes to and fro within the spread is no better price.
"""

from pydantic.dataclasses import dataclass

from algos.signals import OnSignal
from gateway.model import SCALE, SECOND, Decision, Market, Ns, Parent, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanRev(OnSignal):
    def decide(self, parent: Parent, market: Market, now: Ns) -> Decision:
        return self.on(parent, market, now, self._distance(parent, market, now))

    def _distance(self, parent: Parent, market: Market, now: Ns) -> int | None:
        """Of the middle from its mean, below it for who buys, above it for who sells."""
        band, at = market.past.band(Ns(now - self.lookback_s * SECOND), now), market.past.middle(now)
        if band is None or at is None:
            return None
        mean, deviation = band
        least = (market.estimates.spread or 0) // 2
        return (mean - at if parent.side is Side.BUY else at - mean) * SCALE // max(deviation, least, 1)
