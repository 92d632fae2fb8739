"""TWAP: equal slices at equal intervals.

After k of n slices ceil(k/n) of the lots are due, so the slices differ by at most one lot and add up to the order
whatever its quantity. A participation cap holds the schedule back to a share of the volume that traded meanwhile.
"""

from typing import ClassVar

from pydantic.dataclasses import dataclass

from algos.bounds import held_back, sendable_part, shown, within_reach, would
from gateway.model import (
    SECOND,
    Algo,
    Constraint,
    Decision,
    Instrument,
    Market,
    NewOrder,
    Ns,
    ParameterType,
    Parent,
    Px,
    Qty,
    Relation,
    parameter,
)

_DEFAULT_INTERVAL_S = 60
_MAX_SLICES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Twap(Algo):
    has_steps: ClassVar[bool] = True
    constraints: ClassVar[tuple[Constraint, ...]] = (Constraint("NumSlices", Relation.NOT_WITH, "IntervalSec"),)
    slices: int | None = parameter(
        "NumSlices", ParameterType.INT, default=None, minimum=1, maximum=_MAX_SLICES, doc="releases over the window"
    )
    interval_s: int | None = parameter(
        "IntervalSec", ParameterType.INT, default=None, minimum=1, maximum=86_400, doc="seconds between releases"
    )
    max_participation: Px | None = parameter(
        "MaxParticipation", ParameterType.PERCENTAGE, default=None, doc="at most this share of the traded volume"
    )
    would: Px | None = parameter(
        "IWouldPrice", ParameterType.PRICE, default=None, minimum=1, doc="all at once, if all can be had there"
    )
    display_qty: Qty | None = parameter(
        "DisplayQty", ParameterType.QTY, default=None, minimum=1, tag=111, doc="no more of it is out at a time"
    )

    @property
    def largest_child(self) -> Qty | None:
        return self.display_qty

    def tip(self, parent: Parent) -> Qty | None:
        return None if self.display_qty is None else shown(parent, self.display_qty)

    def objection(self, order: NewOrder, instrument: Instrument) -> str | None:
        return sendable_part("DisplayQty", self.display_qty, order, instrument)

    def remark(self, parent: Parent, market: Market, now: Ns) -> str | None:
        most = _most(parent)
        fewer = f"NumSlices taken as {most}, the smallest order each" if self._asked(parent) > most else None
        less = within_reach(parent, market, now, "MaxParticipation", self.max_participation)
        return "; ".join(filter(None, (fewer, less))) or None

    def decide(self, parent: Parent, market: Market, now: Ns) -> Decision:
        if now < parent.start:
            return Decision(due=Qty(0), wake_at=parent.start)
        whole = would(parent, market, self.would)
        if whole is not None:
            return whole
        slices = min(self._asked(parent), _most(parent))
        horizon = parent.end - parent.start
        step = min(1 + (now - parent.start) * slices // horizon, slices)
        if step == slices:
            due, wake_at = parent.order_qty, None
        else:
            due = self.by_step(parent, market, now, step, slices)
            wake_at = Ns(parent.start + -(-horizon * step // slices))  # the first instant of the next step
        return held_back(
            parent, market, Decision(due=due, wake_at=wake_at, follows=self.follows(parent)), self.max_participation
        )

    def follows(self, parent: Parent) -> bool:  # noqa: ARG002
        """Whether what is due may change between steps."""
        return self.would is not None

    def by_step(self, parent: Parent, market: Market, now: Ns, step: int, slices: int) -> Qty:  # noqa: ARG002
        """How much is due in a step, from 1, that is not the last."""
        return Qty(-(-(parent.order_qty // parent.lot) * step // slices) * parent.lot)

    def _asked(self, parent: Parent) -> int:
        if self.slices is not None:
            return self.slices
        interval = (self.interval_s or _DEFAULT_INTERVAL_S) * SECOND
        return min(max(-(-(parent.end - parent.start) // interval), 1), _MAX_SLICES)


def _most(parent: Parent) -> int:
    """Slices that are each large enough to be sent."""
    return max(parent.order_qty // max(parent.lot, parent.min_qty), 1)
