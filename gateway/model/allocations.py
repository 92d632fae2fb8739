"""A filled block given to accounts: what a client asks for, and what it is told."""

from enum import StrEnum

from msgspec import Struct

from gateway.model.enums import Side
from gateway.model.numbers import Ns, Px, Qty


class AllocTransType(StrEnum):  # AllocTransType(71)
    NEW = "0"
    REPLACE = "1"
    CANCEL = "2"


class AllocType(StrEnum):  # AllocType(626)
    CALCULATED = "1"
    PRELIMINARY = "2"
    READY_TO_BOOK = "5"
    WAREHOUSE_INSTRUCTION = "7"
    REQUEST_TO_INTERMEDIARY = "8"


class AllocStatus(StrEnum):  # AllocStatus(87)
    ACCEPTED = "0"
    BLOCK_LEVEL_REJECT = "1"
    ACCOUNT_LEVEL_REJECT = "2"
    RECEIVED = "3"
    INCOMPLETE = "4"
    REJECTED_BY_INTERMEDIARY = "5"


class AllocRejCode(StrEnum):  # AllocRejCode(88), IndividualAllocRejCode(776)
    UNKNOWN_ACCOUNT = "0"
    INCORRECT_QUANTITY = "1"
    INCORRECT_AVERAGE_PRICE = "2"
    UNKNOWN_EXECUTING_BROKER = "3"
    COMMISSION_DIFFERENCE = "4"
    UNKNOWN_ORDER_ID = "5"
    UNKNOWN_LIST_ID = "6"
    OTHER = "7"
    INCORRECT_ALLOCATED_QUANTITY = "8"
    CALCULATION_DIFFERENCE = "9"
    UNKNOWN_EXEC_ID = "10"
    MISMATCHED_DATA = "11"
    UNKNOWN_CL_ORD_ID = "12"
    WAREHOUSE_REQUEST_REJECTED = "13"


class BlockOrder(Struct, frozen=True):
    """An entry of NoOrders(73)."""

    cl_ord_id: str
    order_id: str | None = None


class Share(Struct, frozen=True, kw_only=True):
    """An entry of NoAllocs(78)."""

    account: str  # AllocAccount(79)
    qty: Qty  # AllocQty(80)
    price: Px | None = None  # AllocPrice(366)
    share_id: str | None = None  # IndividualAllocID(467)


class AllocationInstruction(Struct, frozen=True, kw_only=True):
    """AllocationInstruction(J)."""

    alloc_id: str
    trans_type: AllocTransType
    alloc_type: AllocType
    ref_alloc_id: str | None  # RefAllocID(72), which a replace or cancel is about
    orders: tuple[BlockOrder, ...]
    side: Side
    symbol: str
    quantity: Qty  # Quantity(53)
    avg_px: Px
    avg_px_precision: int  # AvgPxPrecision(74), decimals of `avg_px`; 8 where it is not given
    trade_date: str  # TradeDate(75), repeated in the answers
    whole: bool  # LastFragment(893): no part of it is in another message
    shares: tuple[Share, ...]


class AllocationAck(Struct, frozen=True, kw_only=True):
    """AllocationInstructionAck(P); without a code the instruction was carried out."""

    instruction: AllocationInstruction
    status: AllocStatus = AllocStatus.ACCEPTED
    code: AllocRejCode | None = None
    text: str = ""
    refused: tuple[Share, ...] = ()  # for whom `code` is meant, where not all are refused


class AllocationReport(Struct, frozen=True, kw_only=True):
    """AllocationReport(AS): what each account got; or that it is taken back, `canceled`, because of its orders."""

    report_id: str  # AllocReportID(755)
    alloc_id: str
    using_preliminary: bool
    canceled: bool
    orders: tuple[BlockOrder, ...]
    side: Side
    symbol: str
    quantity: Qty
    avg_px: Px
    trade_date: str
    shares: tuple[Share, ...]
    at: Ns
    text: str = ""


class AllocationReportAck(Struct, frozen=True, kw_only=True):
    """AllocationReportAck(AT), from a client."""

    report_id: str
    alloc_id: str
    status: AllocStatus
    text: str
