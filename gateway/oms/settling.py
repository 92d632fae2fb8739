"""An operator's word on a child of which its venue cannot say what became of it, or says what does not agree with us.

It counts as the venue's own would: a fill is booked and the client told of it, an end gives back what was reserved. It
is taken only where there is a doubt, and what the venue reports later is booked all the same and looked at.
"""

from collections.abc import Callable
from typing import Final

import msgspec
from msgspec import Struct, structs

from gateway.model import (
    Command,
    ExecType,
    ExecutionReport,
    Ns,
    OrdStatus,
    Px,
    Qty,
    Side,
    average_px,
    parse_px,
    parse_qty,
    print_scaled,
)
from gateway.oms.notes import SettledNote
from gateway.oms.order import Child
from gateway.oms.slicing import Slicer
from gateway.oms.wire import Wire

COMMAND: Final = "settle-child"
CANCELED: Final = "canceled"  # nothing more of it was filled, nor will be
FILLED: Final = "filled"  # so much of it was, at that price, beyond what its venue reported


class _Arguments(Struct, frozen=True, kw_only=True):
    why: str = ""
    order: str = ""  # OrderID(37)
    child: str = ""  # ClOrdID(11)
    became: str = ""
    qty: str = ""
    price: str = ""
    exec_id: str = ""  # ExecID(17) at the venue; '' if nobody knows it


_decode = msgspec.json.Decoder(_Arguments).decode


class Settling:
    """`carry_out(child, report, now)` does what follows from a venue's Canceled(4) or Trade(F)."""

    def __init__(self, wire: Wire, slicer: Slicer, carry_out: Callable[[Child, ExecutionReport, Ns], None]) -> None:
        self._wire = wire
        self._slicer = slicer
        self._carry_out = carry_out

    def command(self, command: Command, heard: Callable[[str, ExecutionReport], None]) -> str | None:
        """Carry it out, as if `heard` from the venue; gives why it could not be."""
        try:
            given = _decode(command.payload)
            qty, price = (parse_qty(given.qty), parse_px(given.price)) if given.became == FILLED else (Qty(0), Px(0))
        except (msgspec.DecodeError, ValueError) as wrong:
            return f"{command.name}: {wrong}"
        if not given.why.strip():
            return f"{command.name}: why is not said"
        parent = self._slicer.orders.get(given.order)
        if parent is None:
            return f"no order has the OrderID(37) {given.order}"
        child = next((child for child in parent.children if child.cl_ord_id == given.child), None)
        if child is None:
            return f"{given.order} has no child {given.child[:64]} at a venue"
        if not self._slicer.children.in_doubt(child):
            return f"there is no doubt about {given.child}: {child.venue} is here, and has said how it stands"
        if given.became == FILLED:
            wrong_fill = _wrong(child, given.exec_id, qty, price)
            if wrong_fill is not None:
                return wrong_fill
        elif given.became != CANCELED:
            return f"{command.name}: became is {CANCELED} or {FILLED}"
        report = _report(child, given, qty, price, command)
        self._wire.note("settled", _note(child, report, given, command))
        self._slicer.children.statistics.forget(child)
        child.heard = True
        heard(child.venue, report)
        if not report.leaves_qty:
            if report.exec_type is ExecType.TRADE and report.ord_status is OrdStatus.CANCELED:
                heard(
                    child.venue, structs.replace(report, exec_type=ExecType.CANCELED)
                )  # This was all that was missing.
            parent.halted = tuple(reason for reason in parent.halted if reason != child.cl_ord_id)
        self._carry_out(child, report, command.at)
        return None


def _wrong(child: Child, exec_id: str, qty: Qty, price: Px) -> str | None:
    """Why that cannot be a fill of it that is missing."""
    if qty <= 0 or price <= 0:
        return "a fill has a quantity and a price above zero"
    if qty > child.reserved:
        return f"of {child.cl_ord_id} {print_scaled(child.reserved)} is not filled, and no more"
    if price > child.price if child.parent.order.side == Side.BUY else price < child.price:
        return f"{child.venue} fills nothing beyond its Price(44) {print_scaled(child.price)}"
    if exec_id in child.executions:
        return f"ExecID(17) {exec_id[:64]} is booked already"
    if not (exec_id.isascii() and (exec_id + "-").isprintable()):
        return "an ExecID(17) has printable ASCII characters"
    return None


def _report(child: Child, given: _Arguments, qty: Qty, price: Px, command: Command) -> ExecutionReport:
    """What the venue would have said."""
    cum_qty = Qty(child.cum_qty + qty)
    ends = not qty or cum_qty in (child.qty, child.ended_cum)
    leaves = Qty(0 if ends else child.qty - cum_qty)
    filled = OrdStatus.FILLED if cum_qty == child.qty else OrdStatus.CANCELED
    undone = child.undone or {}
    notional = sum(each * at for name, (each, at, _) in child.executions.items() if name not in undone) + qty * price
    return ExecutionReport(
        order_id="NONE",
        exec_id=given.exec_id or f"{child.cl_ord_id}-S{len(child.executions) + 1}",
        exec_type=ExecType.TRADE if qty else ExecType.CANCELED,
        ord_status=OrdStatus.PARTIALLY_FILLED if leaves else filled,
        cl_ord_id=child.cl_ord_id,
        symbol=child.parent.order.symbol,
        side=child.parent.order.side,
        order_qty=child.qty,
        leaves_qty=leaves,
        cum_qty=cum_qty,
        avg_px=average_px(notional, cum_qty) if cum_qty else Px(0),
        last_qty=qty or None,
        last_px=price if qty else None,
        transact_time=command.at,
    )


def _note(child: Child, report: ExecutionReport, given: _Arguments, command: Command) -> SettledNote:
    fields = {
        "11": report.cl_ord_id,
        "17": report.exec_id,
        "150": str(report.exec_type),
        "39": str(report.ord_status),
        "14": print_scaled(report.cum_qty),
        "151": print_scaled(report.leaves_qty),
        "6": print_scaled(report.avg_px),
        "58": f"settled by {command.who}: {given.why}",
    }
    after = given.became
    if report.last_qty is not None and report.last_px is not None:
        fields["32"], fields["31"] = print_scaled(report.last_qty), print_scaled(report.last_px)
        after += f" {fields['32']} at {fields['31']}"
    return SettledNote(
        order_id=child.parent.order_id,
        child=child.cl_ord_id,
        venue=child.venue,
        what=command.name,
        who=command.who,
        why=given.why,
        before=f"{print_scaled(child.cum_qty)} of {print_scaled(child.qty)} filled",
        after=after,
        report=fields,
    )
