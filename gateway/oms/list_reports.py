"""How a list stands, and what its client is told of it: ListStatus(N)."""

from collections.abc import Sequence
from typing import Final

from msgspec import structs

from gateway.model import NewOrder, Ns, OrdStatus, Px, Qty, Rejection
from gateway.model.enums import ListExecInstType, ListOrderStatus, ListStatusType
from gateway.model.lists import ListedOrder, ListLine, ListStatus, NewOrderList
from gateway.oms.order import ParentOrder
from gateway.oms.orders import Orders
from gateway.oms.wire import Wire

PER_REPORT: Final = 25  # orders in one ListStatus(N), so that it fits into what counterparties take
_FALLEN: Final = Rejection("LIST.REFUSED another order of the list was refused")


class OrderList:
    """A list that is coming in, was refused, or is at work."""

    __slots__ = ("canceling", "client", "deadline", "done", "head", "lines", "live", "order_ids", "refused", "waits")

    def __init__(self, client: str, head: NewOrderList) -> None:
        self.client: Final = client
        self.head: Final = structs.replace(head, orders=())  # its first fragment, without the orders
        self.lines: list[ListedOrder] = []  # as they came, until it is taken or refused
        self.deadline = ""  # what the timer is set for while fragments are missing
        self.refused: Rejection | None = None
        self.order_ids: tuple[str, ...] = ()  # by ListSeqNo(67), once it is taken
        self.live: set[str] = set()  # OrderIDs of those that can still be filled
        self.waits = head.exec_type is ListExecInstType.WAIT_FOR_EXECUTE  # for ListExecute(L)
        self.canceling = False
        self.done = False  # and its client was told so

    @property
    def status(self) -> ListOrderStatus:
        if self.order_ids and not self.live:
            return ListOrderStatus.ALL_DONE
        if self.canceling:
            return ListOrderStatus.CANCELING
        return ListOrderStatus.RECEIVED_FOR_EXECUTION if self.waits or not self.order_ids else ListOrderStatus.EXECUTING


class ListReports:
    def __init__(self, wire: Wire, orders: Orders) -> None:
        self._wire = wire
        self._orders = orders

    def stands(self, found: OrderList, kind: ListStatusType, now: Ns, text: str = "") -> None:
        """How each order of a list stands; of one that is not complete, each that is here."""
        if found.order_ids:
            lines = [_stands(self._orders[order_id], now) for order_id in found.order_ids]
        else:
            text = f"LIST.INCOMPLETE {len(found.lines)} of {found.head.tot_orders} orders are here"
            lines = [_line(line.order, OrdStatus.PENDING_NEW) for line in found.lines]
        self._send(found, kind, found.status, lines, text=text, now=now)

    def alert(self, found: OrderList, now: Ns, text: str) -> None:
        lines = [_stands(self._orders[order_id], now) for order_id in found.order_ids]
        self._send(found, ListStatusType.ALERT, ListOrderStatus.ALERT, lines, text=text, now=now)

    def refused(
        self, found: OrderList, orders: Sequence[ListedOrder], refused: Sequence[Rejection | None], now: Ns
    ) -> None:
        """Why, of one Rejection for all orders or one each; those that nothing speaks against fall with the others."""
        first = next(filter(None, refused))
        if len(refused) == 1:
            refused = [first] * len(orders)
        lines = [
            _line(listed.order, OrdStatus.REJECTED, rejection or _FALLEN)
            for listed, rejection in zip(orders, refused, strict=True)
        ]
        self._send(found, ListStatusType.ACK, ListOrderStatus.REJECT, lines, text=first.text[:200], now=now)

    def _send(
        self,
        found: OrderList,
        kind: ListStatusType,
        status: ListOrderStatus,
        lines: Sequence[ListLine],
        *,
        text: str,
        now: Ns,
    ) -> None:
        reports = -(-len(lines) // PER_REPORT)
        for report in range(reports):
            self._wire.answer(
                found.client,
                ListStatus(
                    list_id=found.head.list_id,
                    type=kind,
                    status=status,
                    tot_orders=found.head.tot_orders,
                    report=report + 1,
                    reports=reports,
                    lines=tuple(lines[report * PER_REPORT : (report + 1) * PER_REPORT]),
                    contingency=found.head.contingency,
                    text=text,
                    transact_time=now,
                ),
            )


def _stands(parent: ParentOrder, now: Ns) -> ListLine:
    return ListLine(
        cl_ord_id=parent.order.cl_ord_id,
        cum_qty=parent.cum_qty,
        ord_status=parent.ord_status,
        working=parent.works(now) if parent.open else None,
        leaves_qty=parent.leaves_qty,
        cxl_qty=Qty(0) if parent.ended is None else Qty(parent.order_qty - parent.cum_qty),
        avg_px=parent.avg_px,
    )


def _line(order: NewOrder, status: OrdStatus, rejection: Rejection | None = None) -> ListLine:
    """An order that is not one of ours, or not yet."""
    return ListLine(
        cl_ord_id=order.cl_ord_id[:64],
        cum_qty=Qty(0),
        ord_status=status,
        working=None,
        leaves_qty=order.order_qty if rejection is None else Qty(0),
        cxl_qty=Qty(0),
        avg_px=Px(0),
        reason=None if rejection is None else rejection.reason,
        text="" if rejection is None else rejection.text[:80],
    )
