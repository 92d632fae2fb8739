"""What the order core says to the outside, and the facts it notes that no message carries."""

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct, structs

from gateway.model import (
    CancelReject,
    CancelRequest,
    CxlRejResponseTo,
    DontKnowTrade,
    ExecRestatementReason,
    ExecType,
    ExecutionReport,
    NewOrder,
    Ns,
    OrdStatus,
    Qty,
    Rejection,
    StatusRequest,
    average_px,
    print_scaled,
)
from gateway.model.answers import Answer
from gateway.oms.house import told
from gateway.oms.order import ParentOrder


class Wire(Protocol):
    """Where the order core's words go."""

    def report(self, client: str, report: ExecutionReport) -> None: ...

    def cancel_reject(self, client: str, reject: CancelReject) -> None: ...

    def answer(self, client: str, answer: Answer) -> None: ...

    def order(self, venue: str, order: NewOrder, now: Ns) -> None: ...

    def cancel(self, venue: str, request: CancelRequest, now: Ns) -> None: ...

    def ask_status(self, venue: str, request: StatusRequest) -> None: ...

    def ask_book(self, symbol: str) -> None:
        """Every venue that is here is to show its book of that symbol."""

    def dont_know(self, venue: str, trade: DontKnowTrade) -> None: ...

    def note(self, kind: str, fact: Struct) -> None: ...

    def wake(self, at: Ns, order_id: str) -> None:
        """Call `Desk.timer(order_id)` at that instant."""


_STATUS = ExecType.ORDER_STATUS
NO_EXECUTION = "0"  # ExecID(17) of a report that tells how an order stands and nothing new


class Reports:
    """Writes the client's ExecutionReports from the parent's facts."""

    def __init__(self, wire: Wire, prefix: str, told_over: Callable[[ParentOrder], None]) -> None:
        self._wire = wire
        self._told_over = told_over  # of an order its client was told that nothing is open
        self._prefix = prefix
        self.count = 0  # of those with an ExecID of their own
        self.unnamed: set[str] = set()  # OrderIDs of orders whose clients gave them no ClOrdID(11)
        self.of_pairs: list[ParentOrder] = []  # the same of those that are hedged, or hedge
        self.of_lists: list[ParentOrder] = []  # orders of lists that were reported, until their lists have looked

    def exec_id(self, number: int) -> str:
        return f"{self._prefix}-E{number}"

    def send(
        self,
        parent: ParentOrder,
        exec_type: ExecType,
        now: Ns,
        *,
        cl_ord_id: str | None = None,
        orig_cl_ord_id: str | None = None,
        exec_ref_id: str | None = None,
        rejection: Rejection | None = None,
        restated: ExecRestatementReason | None = None,
        text: str | None = None,
        fill: ExecutionReport | None = None,
        last_mkt: str | None = None,
        more: str = "",
        to: str | None = None,
    ) -> None:
        """`fill` is the venue's report of a TRADE, of its correction or of a guarantee, on the venue `last_mkt`.

        `to` is another session of the client's firm that asked.
        """
        order = parent.order
        if exec_type is _STATUS:
            exec_id = NO_EXECUTION
        else:
            self.count += 1
            if parent.pair is not None:
                self.of_pairs.append(parent)
            exec_id = f"{self._prefix}-E{self.count}"
        if parent.day is not None:
            more += _day(parent)
        if parent.line is not None:
            more += parent.line.echo
            self.of_lists.append(parent)
        named = cl_ord_id or order.cl_ord_id
        if named in self.unnamed and named == parent.order_id:
            named = ""
        ord_status, leaves_qty, avg_px = parent.figures()
        report = ExecutionReport(
            order_id=parent.order_id,
            exec_id=exec_id,
            exec_type=exec_type,
            ord_status=ord_status,
            cl_ord_id=named,
            orig_cl_ord_id=orig_cl_ord_id,
            exec_ref_id=exec_ref_id,
            symbol=order.symbol,
            side=order.side,
            order_qty=parent.order_qty,
            leaves_qty=leaves_qty,
            cum_qty=parent.cum_qty,
            avg_px=avg_px,
            last_qty=None if fill is None else fill.last_qty,
            last_px=None if fill is None else fill.last_px,
            last_mkt=last_mkt,
            last_liquidity=None if fill is None else fill.last_liquidity,
            ord_rej_reason=None if rejection is None else rejection.reason,
            restatement_reason=restated,
            text=text if rejection is None else rejection.text,
            transact_time=now,
            echo=order.echo,
            more=more,
        )
        if order.target_strategy is not None:
            report = structs.replace(report, house=told(parent, now))
        self._wire.report(to or parent.client, report)
        if not leaves_qty:
            self._told_over(parent)

    def refuse(
        self,
        client: str,
        parent: ParentOrder | None,
        *,
        cl_ord_id: str,
        orig_cl_ord_id: str,
        response_to: CxlRejResponseTo,
        text: str,
    ) -> None:
        """OrderCancelReject(9). `orig_cl_ord_id` is the last accepted; of an order we do not know it is as asked.

        `text` begins with its code.
        """
        self._wire.cancel_reject(
            client,
            CancelReject(
                order_id="NONE" if parent is None else parent.order_id,
                cl_ord_id=cl_ord_id,
                orig_cl_ord_id=orig_cl_ord_id,
                ord_status=OrdStatus.REJECTED if parent is None else parent.ord_status,
                response_to=response_to,
                reason=Rejection(text).request_reason,
                text=text,
            ),
        )


def _day(parent: ParentOrder) -> str:
    """DayOrderQty(424), DayCumQty(425) and DayAvgPx(426) of an order that was carried over."""
    day = parent.day
    assert day is not None
    if not day.first_exec:
        return ""  # it is the first day still
    cum_qty = parent.cum_qty - day.carried_qty
    avg_px = average_px(parent.notional - day.carried_notional, Qty(cum_qty))
    return (
        f"424={print_scaled(parent.order_qty - day.carried_qty)}\x01425={print_scaled(cum_qty)}\x01"
        f"426={print_scaled(avg_px)}\x01"
    )
