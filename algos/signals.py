"""Slices that leave on a signal: one when it reaches EntryThreshold, and more as long as it is above ExitThreshold.

Between two slices there is at least a Lookback, so that no second of the past speaks for two of them. The next one is
of the same series if it can leave within another Lookback, and for that ExitThreshold is enough; later it takes
EntryThreshold again. Nothing makes up for a signal that does not come: what is left at the end is left.
"""

from typing import ClassVar

from pydantic.dataclasses import dataclass

from algos.bounds import allowed, one_more, within_reach
from gateway.model import (
    LONGEST_LOOKBACK_S,
    SECOND,
    Algo,
    Constraint,
    Decision,
    Market,
    Ns,
    ParameterType,
    Parent,
    Px,
    Relation,
    parameter,
)

_LEAST_LOOKBACK_S = 10
_LOOKS = 60  # within a Lookback, where a second is not longer


@dataclass(frozen=True, slots=True, kw_only=True)
class OnSignal(Algo):
    constraints: ClassVar[tuple[Constraint, ...]] = (Constraint("ExitThreshold", Relation.BELOW, "EntryThreshold"),)
    lookback_s: int = parameter(
        "Lookback", ParameterType.INT, minimum=_LEAST_LOOKBACK_S, maximum=LONGEST_LOOKBACK_S, doc="seconds looked at"
    )
    entry: Px = parameter("EntryThreshold", ParameterType.FLOAT, minimum=1, doc="begins a series, in bps or deviations")
    exit: Px = parameter(
        "ExitThreshold", ParameterType.FLOAT, default=Px(0), minimum=0, doc="a series goes on above it, alike"
    )
    max_slices: int = parameter(
        "MaxSlices", ParameterType.INT, default=10, minimum=1, maximum=10_000, doc="equal parts of the order, at most"
    )
    max_participation: Px | None = parameter(
        "MaxParticipation", ParameterType.PERCENTAGE, default=None, doc="a slice waits until it is within this share"
    )

    def remark(self, parent: Parent, market: Market, now: Ns) -> str | None:
        """A slice leaves a Lookback after the one before at the earliest."""
        less = within_reach(parent, market, now, "MaxParticipation", self.max_participation)
        slices = 1 + (parent.end - max(parent.start, now) - 1) // (self.lookback_s * SECOND)
        fewer = f"{slices} of MaxSlices {self.max_slices} fit in the window" if slices < self.max_slices else None
        return "; ".join(filter(None, (fewer, less))) or None

    def on(self, parent: Parent, market: Market, now: Ns, signal: int | None) -> Decision:
        """`signal` is in the unit of the thresholds, None where it is not known; the more, the more it is for us."""
        if now < parent.start:
            return Decision(due=parent.filled, wake_at=parent.start)
        lookback, last = self.lookback_s * SECOND, parent.released_at
        if now < last + lookback:
            return Decision(due=parent.filled, wake_at=Ns(last + lookback))
        least = self.exit + 1 if last and now < last + 2 * lookback else self.entry
        if signal is not None and signal >= least:
            due, share = one_more(parent, -(-parent.order_qty // self.max_slices)), self.max_participation
            is_allowed = share is None or due <= allowed(parent, market, share)
            return Decision(due=due if is_allowed else parent.filled)
        step = max(lookback // _LOOKS, SECOND)
        return Decision(due=parent.filled, wake_at=Ns(now - (now - parent.start) % step + step))
