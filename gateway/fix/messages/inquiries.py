"""Questions about orders, requests about many of them, and DontKnowTrade(Q)."""

from gateway.fix.messages.common import SIDES, symbol_field
from gateway.fix.reader import Message, Selection
from gateway.model import (
    DKReason,
    DontKnowTrade,
    MassCancelReport,
    MassCancelRequest,
    MassStatusRequest,
    Ns,
    Scope,
    StatusRequest,
    parse_px,
    parse_qty,
    print_scaled,
    print_timestamp,
)

_STATUS = Selection(11, 55, 54, 37, 790)
_DONT_KNOW = Selection(37, 17, 127, 55, 54, 32, 31, 58)


def read_status_request(message: Message) -> StatusRequest:
    """OrderStatusRequest(H)."""
    cl_ord_id, symbol, side, order_id, status_req_id = message.pick(_STATUS)
    assert cl_ord_id is not None and side is not None
    return StatusRequest(
        cl_ord_id=cl_ord_id, symbol=symbol or "", side=SIDES[side], order_id=order_id, status_req_id=status_req_id
    )


def write_status_request(request: StatusRequest) -> str:
    order_id = f"37={request.order_id}\x01" if request.order_id is not None else ""
    status_req_id = f"790={request.status_req_id}\x01" if request.status_req_id is not None else ""
    return f"{order_id}11={request.cl_ord_id}\x01{status_req_id}{symbol_field(request.symbol)}54={request.side}\x01"


def read_mass_status_request(message: Message) -> MassStatusRequest:
    """OrderMassStatusRequest(AF)."""
    return MassStatusRequest(
        request_id=message.get(584) or "", scope=Scope(message.get(585) or ""), symbol=message.get(55) or ""
    )


def read_mass_cancel_request(message: Message) -> MassCancelRequest:
    """OrderMassCancelRequest(q)."""
    side = message.get(54)
    return MassCancelRequest(
        cl_ord_id=message.get(11) or "",
        scope=Scope(message.get(530) or ""),
        symbol=message.get(55) or "",
        side=None if side is None else SIDES[side],
        stop_scope=message.get(9008),
        text=message.get(58) or "",
    )


def write_mass_cancel_report(report: MassCancelReport, now: Ns) -> str:
    """OrderMassCancelReport(r)."""
    request = report.request
    if report.reason is None:
        said = f"531={request.scope}\x01533={report.affected}\x01"
    else:
        said = f"531=0\x01532={report.reason}\x01"
    side = f"54={request.side}\x01" if request.side is not None else ""
    text = f"58={report.text}\x01" if report.text else ""
    return (
        f"11={request.cl_ord_id}\x0137={report.order_id}\x01530={request.scope}\x01{said}"
        f"{symbol_field(request.symbol)}{side}60={print_timestamp(now)}\x01{text}"
    )


def read_dont_know_trade(message: Message) -> DontKnowTrade:
    """DontKnowTrade(Q)."""
    order_id, exec_id, reason, symbol, side, last_qty, last_px, text = message.pick(_DONT_KNOW)
    assert order_id is not None and exec_id is not None and reason is not None and side is not None
    return DontKnowTrade(
        order_id=order_id,
        exec_id=exec_id,
        reason=DKReason(reason),
        symbol=symbol or "",
        side=SIDES[side],
        last_qty=parse_qty(last_qty) if last_qty is not None else None,
        last_px=parse_px(last_px) if last_px is not None else None,
        text=text or "",
    )


def write_dont_know_trade(unknown: DontKnowTrade) -> str:
    last = ""
    if unknown.last_qty is not None:
        last += f"32={print_scaled(unknown.last_qty)}\x01"
    if unknown.last_px is not None:
        last += f"31={print_scaled(unknown.last_px)}\x01"
    text = f"58={unknown.text}\x01" if unknown.text else ""
    return (
        f"37={unknown.order_id}\x0117={unknown.exec_id}\x01127={unknown.reason}\x01{symbol_field(unknown.symbol)}"
        f"54={unknown.side}\x01{last}{text}"
    )
