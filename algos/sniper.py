"""SNIPER: shows nothing, waits until somebody shows the limit or better, and takes that."""

from typing import ClassVar

from pydantic.dataclasses import dataclass

from algos.bounds import sendable_part, without_limit
from gateway.model import (
    Algo,
    Decision,
    Instrument,
    Market,
    NewOrder,
    Ns,
    ParameterType,
    Parent,
    Qty,
    Side,
    Visibility,
    parameter,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sniper(Algo):
    where: ClassVar[Visibility | None] = Visibility.LIT
    has_schedule: ClassVar[bool] = False
    has_child_tif: ClassVar[bool] = False
    has_allow_cross: ClassVar[bool] = False
    most: Qty | None = parameter(
        "MaxTakePerTick",
        ParameterType.QTY,
        default=None,
        minimum=1,
        doc="at most so much is out, and after a fill the market moves first",
    )

    @property
    def largest_child(self) -> Qty | None:
        return self.most

    def objection(self, order: NewOrder, instrument: Instrument) -> str | None:
        return without_limit(order) or sendable_part("MaxTakePerTick", self.most, order, instrument)

    def decide(self, parent: Parent, market: Market, now: Ns) -> Decision:
        if now < parent.start:
            return Decision(due=Qty(0), wake_at=parent.start)
        assert parent.limit is not None
        best, size = (market.ask, market.ask_size) if parent.side is Side.BUY else (market.bid, market.bid_size)
        is_there = size and (best <= parent.limit if parent.side is Side.BUY else best >= parent.limit)
        if is_there and self.most is None:
            return Decision(due=parent.order_qty, where=self.where)
        due = parent.filled + parent.working
        if is_there and self.most is not None and not parent.working and parent.last_fill < now:
            due += self.most
        return Decision(due=Qty(due), where=self.where)
