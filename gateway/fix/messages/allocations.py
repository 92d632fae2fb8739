"""Allocation of a block: AllocationInstruction(J), its Ack(P), AllocationReport(AS), its Ack(AT)."""

from gateway.fix.messages.common import SIDES, symbol_field
from gateway.fix.reader import Entry, Message, Selection
from gateway.model import Ns, Qty, parse_px, parse_qty, print_scaled, print_timestamp
from gateway.model.allocations import (
    AllocationAck,
    AllocationInstruction,
    AllocationReport,
    AllocationReportAck,
    AllocStatus,
    AllocTransType,
    AllocType,
    BlockOrder,
    Share,
)

_DECIMALS = 8  # of an AvgPx(6) whose AvgPxPrecision(74) is not given
_INSTRUCTION = Selection(70, 71, 626, 72, 857, 54, 55, 53, 6, 74, 75, 893)
_EXPLICIT = "1"  # AllocNoOrdersType(857)


def read_allocation(message: Message) -> AllocationInstruction:
    """AllocationInstruction(J). Orders that are not listed explicitly are none."""
    (
        alloc_id, trans_type, alloc_type, ref_alloc_id, orders_type, side, symbol, quantity, avg_px, precision,
        trade_date, last_fragment,
    ) = message.pick(_INSTRUCTION)  # fmt: skip
    assert alloc_id is not None and trans_type is not None and alloc_type is not None and side is not None
    assert quantity is not None and avg_px is not None and trade_date is not None
    orders = [BlockOrder(entry.get(11, ""), entry.get(37)) for entry in message.groups(73)]
    return AllocationInstruction(
        alloc_id=alloc_id,
        trans_type=AllocTransType(trans_type),
        alloc_type=AllocType(alloc_type),
        ref_alloc_id=ref_alloc_id,
        orders=tuple(orders) if orders_type == _EXPLICIT else (),
        side=SIDES[side],
        symbol=symbol or "",
        quantity=parse_qty(quantity),
        avg_px=parse_px(avg_px),
        avg_px_precision=int(precision) if precision is not None else _DECIMALS,
        trade_date=trade_date,
        whole=last_fragment != "N",
        shares=tuple(_share(entry) for entry in message.groups(78)),
    )


def _share(entry: Entry) -> Share:
    """AllocQty(80) absent reads as 0: the business refuses that, with an answer."""
    price = entry.get(366)
    return Share(
        account=entry.get(79, ""),
        qty=parse_qty(entry[80]) if 80 in entry else Qty(0),
        price=parse_px(price) if price is not None else None,
        share_id=entry.get(467),
    )


def write_allocation_ack(ack: AllocationAck, now: Ns) -> str:
    """AllocationInstructionAck(P)."""
    instruction = ack.instruction
    code = f"88={ack.code}\x01" if ack.code is not None else ""
    text = f"58={ack.text}\x01" if ack.text else ""
    refused = "".join(f"79={share.account}\x01{_id(share)}776={ack.code}\x01" for share in ack.refused)
    return (
        f"70={instruction.alloc_id}\x0175={instruction.trade_date}\x0160={print_timestamp(now)}\x01"
        f"87={ack.status}\x01{code}626={instruction.alloc_type}\x01{text}"
        + (f"78={len(ack.refused)}\x01{refused}" if refused else "")
    )


def write_allocation_report(report: AllocationReport) -> str:
    """AllocationReport(AS)."""
    orders = "".join(
        f"11={order.cl_ord_id}\x01" + (f"37={order.order_id}\x01" if order.order_id else "") for order in report.orders
    )
    shares = "".join(
        f"79={share.account}\x01366={print_scaled(report.avg_px)}\x0180={print_scaled(share.qty)}\x01{_id(share)}"
        for share in report.shares
    )
    trans_type = AllocTransType.CANCEL if report.canceled else AllocTransType.NEW
    return (
        f"755={report.report_id}\x0170={report.alloc_id}\x0171={trans_type}\x01"
        + ("796=2\x01" if report.canceled else "")  # its underlying orders have changed
        + f"794={'3' if report.using_preliminary else '4'}\x0187={AllocStatus.ACCEPTED}\x01857={_EXPLICIT}\x01"
        f"73={len(report.orders)}\x01{orders}54={report.side}\x01{symbol_field(report.symbol)}"
        f"53={print_scaled(report.quantity)}\x016={print_scaled(report.avg_px)}\x0175={report.trade_date}\x01"
        f"60={print_timestamp(report.at)}\x01"
        + (f"58={report.text}\x01" if report.text else "")
        + f"78={len(report.shares)}\x01{shares}"
    )


def _id(share: Share) -> str:
    return f"467={share.share_id}\x01" if share.share_id is not None else ""


def read_allocation_report_ack(message: Message) -> AllocationReportAck:
    """AllocationReportAck(AT)."""
    return AllocationReportAck(
        report_id=message.get(755) or "",
        alloc_id=message.get(70) or "",
        status=AllocStatus(message.get(87) or ""),
        text=message.get(58) or "",
    )
