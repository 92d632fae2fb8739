"""What the order core says to the outside, and the facts it notes that no message carries."""

from typing import Protocol

from msgspec import Struct

from gateway.model import (
    CancelReject,
    CancelRequest,
    ExecType,
    ExecutionReport,
    NewOrder,
    Ns,
    OrdRejReason,
    Px,
    Qty,
)
from gateway.oms.order import ParentOrder
from gateway.router import Candidate


class ParentNote(Struct, frozen=True, gc=False, kw_only=True):
    """A parent was accepted, in this market. Sizes 0 where a side had no quote."""

    order_id: str
    cl_ord_id: str
    client: str
    symbol: str
    side: str
    order_qty: Qty
    strategy: str | None
    bid: Px
    ask: Px
    start: Ns
    end: Ns


class ChildNote(Struct, frozen=True, gc=False):
    cl_ord_id: str
    venue: str
    qty: Qty
    price: Px


class DecisionNote(Struct, frozen=True, gc=False, kw_only=True):
    """A release of a parent, what the router saw, and the children that came of it."""

    parent: str
    slice: int
    due: Qty
    filled: Qty
    working: Qty
    release: Qty
    limit: Px | None
    bid: Px
    ask: Px
    candidates: list[Candidate]
    children: list[ChildNote]


class RiskNote(Struct, frozen=True, gc=False, kw_only=True):
    """An order was refused."""

    client: str
    order_id: str
    cl_ord_id: str
    symbol: str
    text: str


class AlertNote(Struct, frozen=True, gc=False, kw_only=True):
    """Something a person has to look at."""

    code: str
    text: str
    parent: str | None = None
    child: str | None = None


class Wire(Protocol):
    """Where the order core's words go."""

    def report(self, client: str, report: ExecutionReport) -> None: ...

    def cancel_reject(self, client: str, reject: CancelReject) -> None: ...

    def order(self, venue: str, order: NewOrder, now: Ns) -> None: ...

    def cancel(self, venue: str, request: CancelRequest, now: Ns) -> None: ...

    def note(self, kind: str, fact: Struct) -> None: ...

    def wake(self, at: Ns, order_id: str) -> None:
        """Call `Desk.timer(order_id)` at that instant."""


class Reports:
    """Writes the client's ExecutionReports from the parent's facts."""

    def __init__(self, wire: Wire, prefix: str) -> None:
        self._wire = wire
        self._prefix = prefix
        self._count = 0

    def send(
        self,
        parent: ParentOrder,
        exec_type: ExecType,
        now: Ns,
        *,
        cl_ord_id: str | None = None,
        orig_cl_ord_id: str | None = None,
        reason: OrdRejReason | None = None,
        text: str | None = None,
        fill: ExecutionReport | None = None,
        last_mkt: str | None = None,
    ) -> None:
        """`fill` is the venue's report of a TRADE, on the venue `last_mkt`."""
        self._count += 1
        order = parent.order
        report = ExecutionReport(
            order_id=parent.order_id,
            exec_id=f"{self._prefix}-E{self._count}",
            exec_type=exec_type,
            ord_status=parent.ord_status,
            cl_ord_id=cl_ord_id or order.cl_ord_id,
            orig_cl_ord_id=orig_cl_ord_id,
            symbol=order.symbol,
            side=order.side,
            order_qty=parent.order_qty,
            leaves_qty=parent.leaves_qty,
            cum_qty=parent.cum_qty,
            avg_px=parent.avg_px,
            last_qty=None if fill is None else fill.last_qty,
            last_px=None if fill is None else fill.last_px,
            last_mkt=last_mkt,
            last_liquidity=None if fill is None else fill.last_liquidity,
            ord_rej_reason=reason,
            text=text,
            transact_time=now,
            echo=order.echo,
        )
        self._wire.report(parent.client, report)
