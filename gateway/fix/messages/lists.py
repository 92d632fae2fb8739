"""Lists of orders: NewOrderList(E), the requests about one, and ListStatus(N)."""

from typing import Final

from gateway.fix.messages.orders import read_new_order
from gateway.fix.reader import Message, Selection
from gateway.model import print_scaled, print_timestamp
from gateway.model.enums import BidType, ContingencyType, ListExecInstType
from gateway.model.lists import ListedOrder, ListLine, ListRequest, ListStatus, NewOrderList
from gateway.model.refusals import NO_ORD_TYPE, NO_ORDERS, BusinessRefusal

_HEAD: Final = Selection(66, 394, 433, 68, 893, 414, 1385)
_INSTRUCTIONS: Final = Selection(69, 353, 765, 766)
_REPORTS_OVER_TIME: Final = "2"  # ProgRptReqs(414)


def missing_in_list(message: Message) -> BusinessRefusal | None:
    """What a NewOrderList(E) lacks though the standard leaves it optional."""
    entries = message.groups(73)
    if not entries:
        return NO_ORDERS
    return None if all(40 in entry for entry in entries) else NO_ORD_TYPE


def read_new_order_list(message: Message) -> NewOrderList:
    """NewOrderList(E), if there is nothing `missing_in_list`."""
    list_id, bid_type, exec_type, tot_orders, last, program_reports, contingency = message.pick(_HEAD)
    assert list_id is not None and bid_type is not None and tot_orders is not None
    return NewOrderList(
        list_id=list_id,
        bid_type=BidType(bid_type),
        exec_type=ListExecInstType.IMMEDIATE if exec_type is None else ListExecInstType(exec_type),
        tot_orders=int(tot_orders),
        last=None if last is None else last == "Y",
        contingency=None if contingency is None else ContingencyType(contingency),
        timed=program_reports == _REPORTS_OVER_TIME,
        instructions=message.wire(_INSTRUCTIONS),
        orders=tuple(
            ListedOrder(seq_no=int(entry.get(67) or "0"), link_id=entry.get(583), order=read_new_order(entry))
            for entry in message.entries(73)
        ),
    )


def read_list_request(message: Message) -> ListRequest:
    """ListExecute(L), ListCancelRequest(K) or ListStatusRequest(M)."""
    return ListRequest(msg_type=message.msg_type, list_id=message.get(66) or "")


def write_list_status(status: ListStatus) -> str:
    """ListStatus(N)."""
    text = f"444={status.text}\x01" if status.text else ""
    text += f"1385={status.contingency}\x01" if status.contingency is not None else ""
    last = "Y" if status.report == status.reports else "N"
    return (
        f"66={status.list_id}\x01429={status.type}\x0182={status.reports}\x01431={status.status}\x01"
        f"83={status.report}\x01{text}60={print_timestamp(status.transact_time)}\x0168={status.tot_orders}\x01"
        f"893={last}\x0173={len(status.lines)}\x01" + "".join(map(_line, status.lines))
    )


def _line(line: ListLine) -> str:
    working = "" if line.working is None else f"636={'Y' if line.working else 'N'}\x01"
    reason = "" if line.reason is None else f"103={line.reason}\x01"
    text = f"58={line.text}\x01" if line.text else ""
    return (
        f"11={line.cl_ord_id}\x0114={print_scaled(line.cum_qty)}\x0139={line.ord_status}\x01{working}"
        f"151={print_scaled(line.leaves_qty)}\x0184={print_scaled(line.cxl_qty)}\x01"
        f"6={print_scaled(line.avg_px)}\x01{reason}{text}"
    )
