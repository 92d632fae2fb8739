"""MOMENTUM: slices while the price runs away from the order: up for who buys, down for who sells, in basis points.

A series of slices begins at EntryThreshold and goes on above ExitThreshold, a Lookback after the last one.
"""

from pydantic.dataclasses import dataclass

from algos.signals import OnSignal
from gateway.model import SCALE, SECOND, Decision, Market, Ns, Parent, Side

_BPS = 10_000 * SCALE


@dataclass(frozen=True, slots=True, kw_only=True)
class Momentum(OnSignal):
    def decide(self, parent: Parent, market: Market, now: Ns) -> Decision:
        return self.on(parent, market, now, self._change(parent, market, now))

    def _change(self, parent: Parent, market: Market, now: Ns) -> int | None:
        """Of the middle over the Lookback."""
        before, at = market.past.middle(Ns(now - self.lookback_s * SECOND)), market.past.middle(now)
        if before is None or at is None:
            return None
        return (at - before if parent.side is Side.BUY else before - at) * _BPS // before
