"""STEALTH: many slices of uneven size in quick succession, each in the dark first and then where something is shown."""

from typing import ClassVar

from pydantic.dataclasses import dataclass

from algos.bounds import sendable
from algos.chance import draw
from gateway.model import (
    MILLISECOND,
    SCALE,
    Algo,
    Decision,
    Market,
    Ns,
    ParameterType,
    Parent,
    Posting,
    Px,
    Qty,
    Visibility,
    parameter,
)

_DARK = Posting(takes=False, at_middle=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stealth(Algo):
    has_schedule: ClassVar[bool] = False
    has_child_tif: ClassVar[bool] = False
    has_allow_cross: ClassVar[bool] = False
    slices: int = parameter("NumSlices", ParameterType.INT, default=20, minimum=1, maximum=10_000, doc="how many")
    stagger_ms: int = parameter(
        "StaggerMs", ParameterType.INT, default=100, minimum=2, maximum=3_600_000, doc="from one slice to the next"
    )
    varies: Px | None = parameter(
        "RandomizeSize", ParameterType.PERCENTAGE, default=None, doc="by which share slices differ at most"
    )

    def decide(self, parent: Parent, market: Market, now: Ns) -> Decision:  # noqa: ARG002
        """The first half of the time that a slice has is for the dark."""
        if now < parent.start:
            return Decision(due=Qty(0), wake_at=parent.start)
        stagger = self.stagger_ms * MILLISECOND
        step, into = divmod(now - parent.start, stagger)
        if step >= self.slices:
            return Decision(due=parent.order_qty, where=Visibility.LIT)
        due = max(self._by(parent, step + 1), Qty(parent.filled + parent.working))
        begun = now - into
        if into < stagger // 2:
            return Decision(due=due, wake_at=Ns(begun + stagger // 2), posting=_DARK, where=Visibility.DARK)
        return Decision(due=due, wake_at=Ns(begun + stagger), where=Visibility.LIT)

    def _by(self, parent: Parent, step: int) -> Qty:
        """What is due by the end of a step, from 1. Each bound between two slices is off by half the share at most."""
        if step >= self.slices:
            return parent.order_qty
        parts = step * SCALE
        if self.varies is not None:
            half = self.varies // 2
            parts += draw(parent, step, 2 * half + 1) - half
        return sendable(parent, parent.order_qty * parts // (self.slices * SCALE))
