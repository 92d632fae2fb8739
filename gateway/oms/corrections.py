"""Busts and corrections of executions: TradeCancel(H) and TradeCorrect(G), each resolved once.

The ledger keeps every ExecID of a venue. What takes one back has an ExecID of its own and refers by ExecRefID(19) to
the last that counted (FIX vol. 4, J.1.a). The client gets our own H or G, which refers to our own ExecID.
"""

from collections.abc import Callable

from msgspec import structs

from gateway.model import ExecType, ExecutionReport, Ns, Px, Qty
from gateway.oms.notes import AlertNote
from gateway.oms.order import Child, ParentOrder
from gateway.oms.positions import Positions, fee_of
from gateway.oms.slicing import Slicer
from gateway.oms.wire import Reports, Wire


class Corrections:
    def __init__(
        self,
        wire: Wire,
        reports: Reports,
        slicer: Slicer,
        settle: Callable[[ParentOrder, Ns], None],
        positions: Positions,
    ) -> None:
        self._positions = positions
        self._wire = wire
        self._reports = reports
        self._slicer = slicer
        self._settle = settle

    def undo(self, child: Child, report: ExecutionReport, now: Ns) -> None:
        """A venue's H or G. Busted quantity is not sent out again: it is withheld until the client asks anew."""
        parent, target = child.parent, report.exec_ref_id or ""
        qty, price = Qty(0), Px(0)
        if report.exec_type is ExecType.TRADE_CORRECT:
            if not report.last_qty or report.last_px is None:
                self._halt(child, "CHILD.FILL", "a correction without LastQty(32) or LastPx(31) cannot be booked")
                return
            qty, price = report.last_qty, report.last_px
        undone = child.undone or {}
        known = child.executions.get(report.exec_id)
        if known is not None:
            if known[:2] != (qty, price) or undone.get(target) != report.exec_id:
                text = f"{child.venue} used ExecID(17) {report.exec_id[:64]} for another execution"
                self._halt(child, "CHILD.EXEC_ID", text)
            return
        booked = child.executions.get(target)
        if booked is None or target in undone or not booked[0]:
            text = f"{child.venue} refers by ExecRefID(19) to {target[:64]}, which does not count; not booked"
            self._halt(child, "CHILD.EXEC_REF", text)
            return
        was_qty, was_price, number = booked
        if self._slicer.orders.is_of_before(parent.order.symbol, number):
            text = f"{child.venue} takes back ExecID(17) {target[:64]} of before a split; not booked"
            self._halt(child, "CHILD.SPLIT", text)
            return
        child.undone = undone | {target: report.exec_id}
        child.book(report.exec_id, qty, price, self._reports.count + 1)
        place = (parent.order.account, parent.order.symbol, child.venue, self._reports.exec_id(number))
        parent.fees -= self._positions.fee(*place)
        if qty:
            new = self._reports.exec_id(self._reports.count + 1)
            fee = None if report.commission is None else fee_of(report)
            known_there = self._positions.correct(*place, qty=qty, price=price, new_exec_id=new, fee=fee)
        else:
            known_there = self._positions.bust(*place)
        parent.fees += self._positions.fee(*place[:3], new) if qty else 0
        if not known_there:
            self._halt(child, "POSITION.UNKNOWN", f"the position has no fill {place[3]} to take back")
        change, notional = qty - was_qty, qty * price - was_qty * was_price
        if parent.day is not None and number < parent.day.first_exec:
            parent.day.carried_qty = Qty(parent.day.carried_qty + change)
            parent.day.carried_notional += notional
        parent.notional += notional
        self._slicer.guard.corrected(parent.client, parent.order, qty=change, amount=notional, now=now)
        self._move(child, change, report)
        if parent.open:
            self._slicer.orders.reopened(parent)
        bust = report.exec_type is ExecType.TRADE_CANCEL
        code = "CHILD.BUST" if bust else "CHILD.CORRECTED"
        self._alert(child, code, f"{child.venue} took back ExecID(17) {target[:64]}")
        self._reports.send(
            parent,
            report.exec_type,
            now,
            exec_ref_id=self._reports.exec_id(number),
            fill=structs.replace(report, last_qty=qty, last_px=price),
            last_mkt=report.last_mkt or child.venue,
        )
        self._settle(parent, now)

    def _move(self, child: Child, change: int, report: ExecutionReport) -> None:
        """CumQty moves by `change`; what may be filled now is for the venue's LeavesQty(151) to say."""
        parent, reserved = child.parent, child.reserved
        child.cum_qty = Qty(child.cum_qty + change)
        parent.cum_qty = Qty(parent.cum_qty + change)
        if change > 0:
            if change > reserved:
                self._halt(child, "CHILD.OVERFILL", f"{child.venue} corrected a fill beyond what was out")
            self._slicer.children.reserve(child, reserved)
            if not child.done and (child.cum_qty >= child.qty or child.cum_qty == child.ended_cum):
                self._slicer.children.come_back(child)
            return
        if child.done and child.ended_cum is None and report.leaves_qty:
            child.done = False  # It was filled and is not any more: the venue has it on its book again.
            parent.children += (child,)
            if child.overtaken:
                child.overtaken = False
                self._slicer.children.ask_status(child)
        if not child.done:
            if report.cum_qty == child.cum_qty:
                child.qty = Qty(min(child.qty, child.cum_qty + report.leaves_qty))
            else:
                self._alert(
                    child, "CHILD.CUMQTY", f"{child.venue} has a CumQty(14) that its executions do not add up to"
                )
                self._slicer.children.ask_status(child)
        self._slicer.children.reserve(child, reserved)
        parent.withheld = Qty(parent.withheld + max(-change - (child.reserved - reserved), 0))
        if not child.done and not child.reserved:
            self._slicer.children.come_back(child)

    def _alert(self, child: Child, code: str, text: str) -> None:
        self._wire.note("alert", AlertNote(code=code, text=text, parent=child.parent.order_id, child=child.cl_ord_id))

    def _halt(self, child: Child, code: str, text: str) -> None:
        self._slicer.halt(child.parent, code, text, child)
