"""SOR: one sweep over the venues, by whichever policy. What that does not get is canceled."""

from typing import ClassVar

from pydantic.dataclasses import dataclass

from algos.bounds import without_limit
from gateway.model import (
    Algo,
    Decision,
    Instrument,
    Market,
    NewOrder,
    Ns,
    ParameterType,
    Parent,
    Px,
    Qty,
    Side,
    parameter,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep(Algo):
    called: ClassVar[str] = "SOR"
    has_schedule: ClassVar[bool] = False
    is_immediate: ClassVar[bool] = True
    has_child_tif: ClassVar[bool] = False
    has_allow_cross: ClassVar[bool] = False
    edge_bps: int | None = parameter(
        "MinEdge", ParameterType.INT, default=None, minimum=1, maximum=9_999, doc="bps better than Price(44) at least"
    )

    def objection(self, order: NewOrder, instrument: Instrument) -> str | None:  # noqa: ARG002
        return None if self.edge_bps is None else without_limit(order)

    def decide(self, parent: Parent, market: Market, now: Ns) -> Decision:  # noqa: ARG002
        if now < parent.start:
            return Decision(due=Qty(0), wake_at=parent.start)
        limit = parent.limit
        if limit is not None and self.edge_bps is not None:
            better = limit * self.edge_bps // 10_000
            limit = Px(limit - better if parent.side is Side.BUY else limit + better)
        return Decision(due=parent.order_qty, limit=limit, at_once=True)
