"""Lists of orders as clients send them, and what we say of a list as a whole."""

from msgspec import Struct

from gateway.model.enums import (
    BidType,
    ContingencyType,
    ListExecInstType,
    ListOrderStatus,
    ListStatusType,
    OrdRejReason,
    OrdStatus,
)
from gateway.model.numbers import Ns, Px, Qty
from gateway.model.orders import NewOrder


class ListedOrder(Struct, frozen=True, gc=False, kw_only=True):
    """One order of a NewOrderList(E)."""

    seq_no: int  # ListSeqNo(67), its place in the list, from 1
    link_id: str | None  # ClOrdLinkID(583)
    order: NewOrder


class NewOrderList(Struct, frozen=True, gc=False, kw_only=True):
    """NewOrderList(E): a whole list, or a fragment of it."""

    list_id: str
    bid_type: BidType
    exec_type: ListExecInstType  # 433; what a client leaves out is IMMEDIATE
    tot_orders: int  # TotNoOrders(68) of all fragments together
    last: bool | None  # LastFragment(893); None where it is left out
    contingency: ContingencyType | None
    timed: bool  # ProgRptReqs(414) asks for statuses from time to time
    instructions: str  # wire fields that would change how it is worked and have no field here: '69=...\x01'
    orders: tuple[ListedOrder, ...]


class ListRequest(Struct, frozen=True, gc=False, kw_only=True):
    """ListExecute(L), ListCancelRequest(K) or ListStatusRequest(M)."""

    msg_type: str
    list_id: str


class ListLine(Struct, frozen=True, gc=False, kw_only=True):
    """How one order of a list stands."""

    cl_ord_id: str
    cum_qty: Qty
    ord_status: OrdStatus
    working: bool | None  # WorkingIndicator(636); None: nothing is to be said about that
    leaves_qty: Qty
    cxl_qty: Qty  # CxlQty(84)
    avg_px: Px
    reason: OrdRejReason | None = None
    text: str = ""


class ListStatus(Struct, frozen=True, gc=False, kw_only=True):
    """ListStatus(N), one of `reports` that are needed for all orders of the list."""

    list_id: str
    type: ListStatusType
    status: ListOrderStatus
    tot_orders: int
    report: int  # RptSeq(83), from 1
    reports: int  # NoRpts(82)
    lines: tuple[ListLine, ...]
    contingency: ContingencyType | None = None
    text: str = ""
    transact_time: Ns = Ns(0)
