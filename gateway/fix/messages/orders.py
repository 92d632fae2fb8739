"""NewOrderSingle(D), the requests about an order, and what is answered: ExecutionReport(8), OrderCancelReject(9)."""

from sys import intern

from msgspec import structs

from gateway.fix.dictionary import Dictionary
from gateway.fix.messages.common import SIDE_FIELDS, SIDES, symbol_field
from gateway.fix.messages.handling import HANDLING, read_handling, write_handling
from gateway.fix.reader import Message, Selection
from gateway.model import (
    PLAIN,
    CancelReject,
    CancelRequest,
    CommType,
    CxlRejReason,
    CxlRejResponseTo,
    ExecRestatementReason,
    ExecType,
    ExecutionReport,
    NewOrder,
    Ns,
    OrdRejReason,
    OrdStatus,
    OrdType,
    Qty,
    ReplaceRequest,
    StrategyParameter,
    TimeInForce,
    parse_px,
    parse_qty,
    parse_timestamp,
    print_scaled,
    print_timestamp,
)
from gateway.model.positions import PositionEffect

_ORD_TYPES = {str(x): x for x in OrdType}
_TIMES = {str(x): x for x in TimeInForce}
_STATUSES = {str(x): x for x in OrdStatus}
_EXEC_TYPES = {str(x): x for x in ExecType}
_COMM_TYPES = {str(x): x for x in CommType}
_ORD_REJ_REASONS = {str(x): x for x in OrdRejReason}
_CXL_REJ_REASONS = {str(x): x for x in CxlRejReason}
_RESTATEMENT_REASONS = {str(x): x for x in ExecRestatementReason}
_POSITION_EFFECTS = {str(x): x for x in PositionEffect}
_MAY_BE_UNASKED = frozenset({ExecType.CANCELED, ExecType.RESTATED})

# As they are written; see SIDE_FIELDS.
_ORD_TYPE_FIELDS = {x: f"40={x}\x01" for x in OrdType}
_TIME_FIELDS = {x: f"59={x}\x01" for x in TimeInForce}
_STATUS_FIELDS = {x: f"39={x}\x01" for x in OrdStatus}
_EXEC_TYPE_FIELDS = {x: f"150={x}\x01" for x in ExecType}
_DAY, _NOTHING = TimeInForce.DAY, Qty(0)

_NEW_ORDER = Selection(11, 55, 54, 38, 40, 44, 59, 1, 100)
_STRATEGY = Selection(168, 126, 432, 847, 848, 849, 526, 9001, 9004)
# Change how an order is worked; see NewOrder.
_INSTRUCTIONS = Selection(
    *(388, 389, 835, 837, 840, 1082, 1083, 1084),
    *(1100, 1101, 1102, 1103, 1104, 1105, 1106, 1108, 1109, 1110),
)
_HOLDING = Selection(77, 2618, 114, 5700)
# What most orders have nothing of.
_MORE = Selection(*HANDLING.tags, *_INSTRUCTIONS.tags, *_HOLDING.tags, *_STRATEGY.tags)
_ECHO = Selection(
    *(1, 77, 2618, 48, 22, 167, 200, 207, 15, 18, 40, 44, 59, 432, 152, 99, 110, 111, 211, 836, 838, 1094, 1138),
    *(847, 848, 849),
)


def read_new_order(message: Message) -> NewOrder:
    """NewOrderSingle(D), and the order as it shall be of an OrderCancelReplaceRequest(G).

    OrderQty(38) absent reads as 0: the business refuses that, with an answer.
    """
    cl_ord_id, symbol, side, qty, ord_type, price, time_in_force, account, destination = message.pick(_NEW_ORDER)
    assert cl_ord_id is not None and side is not None and ord_type is not None
    layout = message.layout
    says_more = bool(layout.entries) or layout.present(_MORE)
    order = NewOrder(
        cl_ord_id=cl_ord_id,
        symbol=intern(symbol or ""),
        side=SIDES[side],
        order_qty=parse_qty(qty) if qty is not None else _NOTHING,
        ord_type=_ORD_TYPES[ord_type],
        price=parse_px(price) if price is not None else None,
        time_in_force=_DAY if time_in_force is None else _TIMES[time_in_force],
        account=account and intern(account),
        destination=destination and intern(destination),
        handling=read_handling(message) if says_more else PLAIN,
        instructions=message.wire(_INSTRUCTIONS) if says_more else "",
        echo=message.wire(_ECHO),
    )
    if not says_more:
        return order
    if layout.present(_HOLDING):
        effect, position_id, locate_reqd, locate_broker = message.pick(_HOLDING)
        order = structs.replace(
            order,
            position_effect=None if effect is None else _POSITION_EFFECTS[effect],
            position_id=position_id,
            locate_reqd=locate_reqd,
            locate_broker=locate_broker,
        )
    return _with_strategy(order, message) if layout.entries or layout.present(_STRATEGY) else order


def read_transact_time(message: Message) -> Ns | None:
    """TransactTime(60), None where there is none to be read."""
    try:
        return parse_timestamp(message.get(60) or "")
    except ValueError:
        return None


def _with_strategy(order: NewOrder, message: Message) -> NewOrder:
    effective, expire, date, strategy, strategy_text, participation, secondary, parent_order_id, slice_no = (
        message.pick(_STRATEGY)
    )
    parameters = tuple(
        StrategyParameter(entry.get(958, ""), entry.get(959, ""), entry.get(960, "")) for entry in message.groups(957)
    )
    return structs.replace(
        order,
        effective_time=parse_timestamp(effective) if effective is not None else None,
        expire_time=parse_timestamp(expire) if expire is not None else None,
        expire_date=parse_timestamp(f"{date}-00:00:00") if date is not None else None,
        target_strategy=strategy and intern(strategy),
        strategy_text=strategy_text and intern(strategy_text),
        participation=participation,
        strategy_parameters=parameters,
        secondary_cl_ord_id=secondary,
        parent_order_id=parent_order_id,
        slice_no=int(slice_no) if slice_no is not None else None,
        echo=order.echo + write_strategy_parameters(parameters),
    )


def write_strategy_parameters(parameters: tuple[StrategyParameter, ...]) -> str:
    if not parameters:
        return ""
    entries = "".join(f"958={p.name}\x01959={p.type}\x01960={p.value}\x01" for p in parameters)
    return f"957={len(parameters)}\x01{entries}"


def write_new_order(order: NewOrder, now: Ns) -> str:
    body = (
        f"11={order.cl_ord_id}\x01{symbol_field(order.symbol)}{SIDE_FIELDS[order.side]}60={print_timestamp(now)}\x01"
        f"38={print_scaled(order.order_qty)}\x01{_ORD_TYPE_FIELDS[order.ord_type]}{_TIME_FIELDS[order.time_in_force]}"
    )
    if order.price is not None:
        body += f"44={print_scaled(order.price)}\x01"
    if order.account:
        body += f"1={order.account}\x01"
    if order.position_effect is not None:
        body += f"77={order.position_effect}\x01"
    if order.locate_reqd is not None:
        body += f"114={order.locate_reqd}\x01"
    if order.locate_broker is not None:
        body += f"5700={order.locate_broker}\x01"
    if order.secondary_cl_ord_id is not None:
        body += f"526={order.secondary_cl_ord_id}\x01"
    if order.parent_order_id is not None:
        body += f"9001={order.parent_order_id}\x01"
    if order.slice_no is not None:
        body += f"9004={order.slice_no}\x01"
    if order.link_id is not None:
        body += f"583={order.link_id}\x01"
    return body if order.handling is PLAIN else body + write_handling(order.handling)


_CANCEL = Selection(11, 41, 55, 54, 38)


def read_cancel(message: Message) -> CancelRequest:
    """OrderCancelRequest(F)."""
    cl_ord_id, orig, symbol, side, qty = message.pick(_CANCEL)
    assert cl_ord_id is not None and orig is not None and side is not None
    return CancelRequest(
        cl_ord_id=cl_ord_id,
        orig_cl_ord_id=orig,
        symbol=symbol or "",
        side=SIDES[side],
        order_qty=parse_qty(qty) if qty is not None else None,
    )


def write_cancel(request: CancelRequest, now: Ns) -> str:
    body = (
        f"11={request.cl_ord_id}\x0141={request.orig_cl_ord_id}\x01{symbol_field(request.symbol)}54={request.side}\x01"
        f"60={print_timestamp(now)}\x01"
    )
    return body if request.order_qty is None else f"{body}38={print_scaled(request.order_qty)}\x01"


def read_replace(message: Message) -> ReplaceRequest:
    """OrderCancelReplaceRequest(G)."""
    return ReplaceRequest(orig_cl_ord_id=message.get(41) or "", order=read_new_order(message))


_COMMISSION = Selection(12, 13)
_REPORT = Selection(37, 17, 150, 39, 11, 55, 54, 38, 151, 14, 6, 32, 31, 30, 851, 41, 19, 103, 58)


def read_execution_report(message: Message) -> ExecutionReport:
    """ExecutionReport(8): what happened. The terms of the order it repeats are its sender's to know, and not read.

    A field the standard makes optional and the sender left out reads as empty or 0.
    """
    (
        order_id, exec_id, exec_type, status, cl_ord_id, symbol, side, order_qty, leaves, cum, avg_px, last_qty,
        last_px, last_mkt, liquidity, orig, exec_ref, reason, text,
    ) = message.pick(_REPORT)  # fmt: skip
    assert order_id is not None and exec_id is not None and exec_type is not None and status is not None
    assert side is not None and leaves is not None and cum is not None and avg_px is not None
    restated = message.get(378) if exec_type in _MAY_BE_UNASKED else None
    commission, comm_type = message.pick(_COMMISSION) if message.layout.present(_COMMISSION) else (None, None)
    return ExecutionReport(
        order_id=order_id,
        exec_id=exec_id,
        exec_type=_EXEC_TYPES[exec_type],
        ord_status=_STATUSES[status],
        cl_ord_id=cl_ord_id or "",
        symbol=symbol or "",
        side=SIDES[side],
        order_qty=parse_qty(order_qty) if order_qty is not None else _NOTHING,
        leaves_qty=parse_qty(leaves),
        cum_qty=parse_qty(cum),
        avg_px=parse_px(avg_px),
        last_qty=parse_qty(last_qty) if last_qty is not None else None,
        last_px=parse_px(last_px) if last_px is not None else None,
        last_mkt=last_mkt,
        last_liquidity=liquidity,
        commission=parse_px(commission) if commission is not None else None,
        comm_type=_COMM_TYPES[comm_type] if comm_type is not None else None,
        orig_cl_ord_id=orig,
        exec_ref_id=exec_ref,
        ord_rej_reason=_ORD_REJ_REASONS.get(reason) if reason is not None else None,
        restatement_reason=_RESTATEMENT_REASONS.get(restated) if restated is not None else None,
        text=text,
    )


def write_execution_report(report: ExecutionReport) -> str:
    """ExecutionReport(8) without the house's own fields."""
    last = optional = ""
    if report.last_qty is not None and report.last_px is not None:
        last = f"32={print_scaled(report.last_qty)}\x0131={print_scaled(report.last_px)}\x01"
        if report.last_mkt is not None:
            last += f"30={report.last_mkt}\x01"
        if report.last_liquidity is not None:
            last += f"851={report.last_liquidity}\x01"
        if report.commission is not None and report.comm_type is not None:
            last += f"12={print_scaled(report.commission)}\x0113={report.comm_type}\x01"
    if report.ord_type is not None:
        optional = f"40={report.ord_type}\x01"
    if report.price is not None:
        optional += f"44={print_scaled(report.price)}\x01"
    if report.time_in_force is not None:
        optional += f"59={report.time_in_force}\x01"
    if report.orig_cl_ord_id is not None:
        optional += f"41={report.orig_cl_ord_id}\x01"
    if report.secondary_cl_ord_id is not None:
        optional += f"526={report.secondary_cl_ord_id}\x01"
    if report.exec_ref_id is not None:
        optional += f"19={report.exec_ref_id}\x01"
    if report.ord_rej_reason is not None:
        optional += f"103={report.ord_rej_reason}\x01"
    if report.restatement_reason is not None:
        optional += f"378={report.restatement_reason}\x01"
    if report.text:
        optional += f"58={report.text}\x01"
    cl_ord_id = f"11={report.cl_ord_id}\x01" if report.cl_ord_id else ""
    return (
        f"37={report.order_id}\x01{cl_ord_id}17={report.exec_id}\x01{_EXEC_TYPE_FIELDS[report.exec_type]}"
        f"{_STATUS_FIELDS[report.ord_status]}{symbol_field(report.symbol)}{SIDE_FIELDS[report.side]}"
        f"38={print_scaled(report.order_qty)}\x01"
        f"{last}151={print_scaled(report.leaves_qty)}\x0114={print_scaled(report.cum_qty)}\x01"
        f"6={print_scaled(report.avg_px)}\x0160={print_timestamp(report.transact_time)}\x01{optional}{report.echo}{report.more}"
    )


def write_house_fields(report: ExecutionReport, dictionary: Dictionary) -> str:
    """Those of an ExecutionReport(8) that the dictionary has there."""
    members = dictionary.messages["8"].members
    told = (field for field in report.house.split("\x01") if field and int(field.partition("=")[0]) in members)
    return "".join(f"{field}\x01" for field in told)


_CANCEL_REJECT = Selection(37, 11, 41, 39, 434, 102, 58)


def read_cancel_reject(message: Message) -> CancelReject:
    """OrderCancelReject(9)."""
    order_id, cl_ord_id, orig, status, response_to, reason, text = message.pick(_CANCEL_REJECT)
    assert order_id is not None and cl_ord_id is not None and orig is not None
    assert status is not None and response_to is not None
    return CancelReject(
        order_id=order_id,
        cl_ord_id=cl_ord_id,
        orig_cl_ord_id=orig,
        ord_status=_STATUSES[status],
        response_to=CxlRejResponseTo(response_to),
        reason=_CXL_REJ_REASONS.get(reason or "", CxlRejReason.OTHER),
        text=text or "",
    )


def write_cancel_reject(reject: CancelReject) -> str:
    return (
        f"37={reject.order_id}\x0111={reject.cl_ord_id}\x0141={reject.orig_cl_ord_id}\x0139={reject.ord_status}\x01"
        f"434={reject.response_to}\x01102={reject.reason}\x01" + (f"58={reject.text}\x01" if reject.text else "")
    )
