"""ICEBERG: one tip after the other rests at the limit, and what is below it takes what others show there."""

from typing import ClassVar

from pydantic.dataclasses import dataclass

from algos.bounds import sendable_part, shown, without_limit
from algos.chance import varied
from gateway.model import (
    MILLISECOND,
    Algo,
    Constraint,
    Decision,
    Instrument,
    Market,
    NewOrder,
    Ns,
    ParameterType,
    Parent,
    Posting,
    Px,
    Qty,
    Relation,
    Side,
    Visibility,
    parameter,
)

_USUAL = Px(20_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Iceberg(Algo):
    constraints: ClassVar[tuple[Constraint, ...]] = (
        Constraint("RefreshVariance", Relation.NOT_WITH, "DisplayMethod", "Fixed"),
    )
    has_schedule: ClassVar[bool] = False
    has_child_tif: ClassVar[bool] = False
    display_qty: Qty = parameter("DisplayQty", ParameterType.QTY, minimum=1, tag=111, doc="what a tip shows")
    method: str = parameter(
        "DisplayMethod", ParameterType.STRING, default="Fixed", choices=("Fixed", "Random"), doc="how large tips are"
    )
    variance: Px | None = parameter(
        "RefreshVariance", ParameterType.PERCENTAGE, default=None, doc="by which share random tips differ at most"
    )
    delay_ms: int = parameter(
        "RefreshDelayMs", ParameterType.INT, default=0, maximum=3_600_000, doc="from one tip's end to the next tip"
    )
    offset: Px = parameter(
        "ChildLimitOffset", ParameterType.PRICE_OFFSET, default=Px(0), minimum=0, doc="how much better than Price(44)"
    )

    @property
    def largest_child(self) -> Qty | None:
        return self.display_qty

    def postings(self) -> tuple[Posting, ...]:
        return (Posting(show=self.display_qty),)

    def objection(self, order: NewOrder, instrument: Instrument) -> str | None:
        if order.price is not None and order.side is Side.BUY and self.offset >= order.price:
            return "ALGO.RANGE ChildLimitOffset is not below Price(44)"
        return without_limit(order) or sendable_part("DisplayQty", self.display_qty, order, instrument)

    def decide(self, parent: Parent, market: Market, now: Ns) -> Decision:  # noqa: ARG002
        again = Ns(parent.last_fill + self.delay_ms * MILLISECOND) if parent.last_fill else parent.start
        if now < max(parent.start, again) and not parent.working:
            return Decision(due=parent.filled, wake_at=max(parent.start, again))
        assert parent.limit is not None
        limit = Px(parent.limit - self.offset if parent.side is Side.BUY else parent.limit + self.offset)
        posting = Posting(show=shown(parent, self._tip(parent)))
        return Decision(due=parent.order_qty, limit=limit, at_once=True, posting=posting, where=Visibility.LIT)

    def _tip(self, parent: Parent) -> Qty:
        if self.method == "Fixed":
            return self.display_qty
        share = _USUAL if self.variance is None else self.variance
        return varied(parent, self.display_qty, share, parent.filled)
