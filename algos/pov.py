"""POV: a share of what trades. Of what others traded since the start, r / (1 - r), so that r of everything is ours.

Between MinParticipation and MaxParticipation the share follows the price: at the arrival price it is the target, and
FULL_BPS better or worse it is the most or the least, in a straight line between.
"""

from typing import ClassVar

from pydantic.dataclasses import dataclass

from algos.bounds import beside, others, sendable, within_reach, would
from gateway.model import (
    Algo,
    Constraint,
    Decision,
    Market,
    Ns,
    ParameterType,
    Parent,
    Px,
    Qty,
    Relation,
    Side,
    parameter,
)

FULL_BPS = 50
_SHARE = ParameterType.PERCENTAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Pov(Algo):
    constraints: ClassVar[tuple[Constraint, ...]] = (
        Constraint("MinParticipation", Relation.AT_MOST, "TargetParticipation"),
        Constraint("MaxParticipation", Relation.AT_LEAST, "TargetParticipation"),
    )
    target: Px = parameter("TargetParticipation", _SHARE, tag=849, doc="share of the traded volume")
    least: Px | None = parameter("MinParticipation", _SHARE, default=None, doc="at a bad price")
    most: Px | None = parameter("MaxParticipation", _SHARE, default=None, doc="at a good price")
    would: Px | None = parameter(
        "IWouldPrice", ParameterType.PRICE, default=None, minimum=1, doc="all at once, if all can be had there"
    )
    blocks: Qty | None = parameter(
        "ExcludeBlocks", ParameterType.QTY, default=None, minimum=1, doc="prints at least so large are no volume"
    )

    @property
    def excludes(self) -> Qty | None:
        return self.blocks

    def remark(self, parent: Parent, market: Market, now: Ns) -> str | None:
        return within_reach(parent, market, now, "TargetParticipation", self.target)

    def decide(self, parent: Parent, market: Market, now: Ns) -> Decision:
        if now < parent.start:
            return Decision(due=Qty(0), wake_at=parent.start)
        whole = would(parent, market, self.would)
        if whole is not None:
            return whole
        due = sendable(parent, beside(parent, others(parent, market), self._share(parent, market)))
        return Decision(due=max(due, Qty(parent.filled + parent.working)))

    def _share(self, parent: Parent, market: Market) -> Px:
        span = parent.arrival * FULL_BPS // 10_000
        if not (span > 0 and market.bid_size and market.ask_size):
            return self.target
        better = (parent.arrival - (market.bid + market.ask) // 2) * (1 if parent.side is Side.BUY else -1)
        edge = self.most if better > 0 else self.least
        return self.target if edge is None else Px(self.target + (edge - self.target) * min(abs(better), span) // span)
