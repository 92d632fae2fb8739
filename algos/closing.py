"""CLOSE: a part of the order for the closing auction, and the rest in even slices before.

LEAD before the end whatever is left goes to the auction, in one child with TimeInForce(59) 7 that the auction ends.
"""

from typing import ClassVar, Final

from pydantic.dataclasses import dataclass

from algos.bounds import sendable
from gateway.model import (
    SCALE,
    SECOND,
    Algo,
    Decision,
    Market,
    Ns,
    ParameterType,
    Parent,
    Posting,
    Px,
    Qty,
    TimeInForce,
    Visibility,
    parameter,
)

LEAD: Final = Ns(10 * SECOND)
_SLICE: Final = Ns(60 * SECOND)
_AUCTION: Final = Posting(takes=False, time_in_force=TimeInForce.ATC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing(Algo):
    called: ClassVar[str] = "CLOSE"
    where: ClassVar[Visibility | None] = Visibility.LIT
    awaits_auction: ClassVar[bool] = True
    has_child_tif: ClassVar[bool] = False
    has_urgency: ClassVar[bool] = True
    share: Px = parameter(
        "AuctionPct",
        ParameterType.PERCENTAGE,
        default=Px(SCALE),
        doc="this share is kept for the closing auction",
    )

    def postings(self) -> tuple[Posting, ...]:
        return (_AUCTION,)

    def decide(self, parent: Parent, market: Market, now: Ns) -> Decision:  # noqa: ARG002
        if now < parent.start:
            return Decision(due=Qty(0), wake_at=parent.start)
        before = sendable(parent, parent.order_qty - -(-parent.order_qty * self.share // SCALE))
        cut_off = Ns(max(parent.end - LEAD, parent.start))
        if now >= cut_off or not before:
            return Decision(due=parent.order_qty, posting=_AUCTION, where=self.where)
        span = cut_off - parent.start
        slices = -(-span // _SLICE)
        step = min(1 + (now - parent.start) * slices // span, slices)
        due = sendable(parent, before * step // slices) if step < slices else before
        wake_at = Ns(parent.start + -(-span * step // slices))
        return Decision(due=max(due, Qty(parent.filled + parent.working)), wake_at=wake_at, where=self.where)
