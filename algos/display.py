"""DISPLAY: rests where it is seen, at its limit or with the best of its own side, as much of it as it is to show."""

from typing import ClassVar

from pydantic.dataclasses import dataclass

from algos.bounds import sendable_part, shown
from gateway.model import (
    Algo,
    Decision,
    Instrument,
    Market,
    NewOrder,
    Ns,
    ParameterType,
    Parent,
    Peg,
    Posting,
    Qty,
    Visibility,
    parameter,
)
from gateway.model.posting import PRIMARY


@dataclass(frozen=True, slots=True, kw_only=True)
class Display(Algo):
    where: ClassVar[Visibility | None] = Visibility.LIT
    has_schedule: ClassVar[bool] = False
    has_child_tif: ClassVar[bool] = False
    display_qty: Qty | None = parameter(
        "DisplayQty", ParameterType.QTY, default=None, minimum=1, tag=111, doc="what is shown at a time"
    )

    @property
    def largest_child(self) -> Qty | None:
        return self.display_qty

    def postings(self) -> tuple[Posting, ...]:
        return (Posting(show=self.display_qty),)

    def objection(self, order: NewOrder, instrument: Instrument) -> str | None:
        return sendable_part("DisplayQty", self.display_qty, order, instrument)

    def decide(self, parent: Parent, market: Market, now: Ns) -> Decision:  # noqa: ARG002
        if now < parent.start:
            return Decision(due=Qty(0), wake_at=parent.start)
        show = None if self.display_qty is None else shown(parent, self.display_qty)
        posting = Posting(show=show, peg=Peg(PRIMARY) if parent.limit is None else None)
        return Decision(due=parent.order_qty, posting=posting, where=self.where)
