"""HIDDEN: all of it rests on dark venues, where nobody sees it, and is met there by who comes."""

from typing import ClassVar

from pydantic.dataclasses import dataclass

from algos.bounds import wrong_part
from gateway.model import (
    Algo,
    Decision,
    Instrument,
    Market,
    NewOrder,
    Ns,
    ParameterType,
    Parent,
    Posting,
    Qty,
    Visibility,
    parameter,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden(Algo):
    where: ClassVar[Visibility | None] = Visibility.DARK
    has_schedule: ClassVar[bool] = False
    has_child_tif: ClassVar[bool] = False
    has_allow_cross: ClassVar[bool] = False
    min_qty: Qty | None = parameter(
        "MinQty", ParameterType.QTY, default=None, minimum=1, tag=110, doc="it trades with nobody who has less"
    )
    mid_only: bool = parameter(
        "MidOnly", ParameterType.BOOLEAN, default=True, doc="at the middle of the market and nowhere else"
    )

    def postings(self) -> tuple[Posting, ...]:
        return (Posting(takes=False, at_middle=self.mid_only, min_qty=self.min_qty),)

    def objection(self, order: NewOrder, instrument: Instrument) -> str | None:
        return wrong_part("MinQty", self.min_qty, order, instrument)

    def decide(self, parent: Parent, market: Market, now: Ns) -> Decision:  # noqa: ARG002
        if now < parent.start:
            return Decision(due=Qty(0), wake_at=parent.start)
        return Decision(due=parent.order_qty, posting=self.postings()[0], where=self.where)
