"""What venues report about children, booked and passed on to the parent's client.

Each (venue, ExecID) is booked once. A terminal word frees what is reserved only if the venue's CumQty(14) and
LeavesQty(151) agree with our ledger; otherwise a fill is missing, and what may have been filled stays reserved.
"""

from collections.abc import Callable
from typing import Final

from gateway.model import (
    SECOND,
    CancelReject,
    CxlRejReason,
    DKReason,
    DontKnowTrade,
    ExecType,
    ExecutionReport,
    Ns,
    Qty,
)
from gateway.oms.corrections import Corrections
from gateway.oms.notes import AlertNote
from gateway.oms.order import Child, ParentOrder
from gateway.oms.pauses import REJECTS, Pauses
from gateway.oms.positions import Positions, fee_of
from gateway.oms.slicing import Slicer
from gateway.oms.unasked import Unasked
from gateway.oms.wire import Reports, Wire

_TRADE = ExecType.TRADE
_TERMINAL = frozenset({ExecType.CANCELED, ExecType.EXPIRED, ExecType.REJECTED, ExecType.DONE_FOR_DAY})
MAX_CHILD_REJECTS: Final = 5  # of one order with no fill between; then it is suspended


class RollUp:
    """`settle(parent, now)` is called whenever a child came back, so that the parent goes on."""

    def __init__(
        self,
        wire: Wire,
        reports: Reports,
        slicer: Slicer,
        settle: Callable[[ParentOrder, Ns], None],
        positions: Positions,
    ) -> None:
        self._wire = wire
        self._positions = positions
        self._reports = reports
        self._slicer = slicer
        self._settle = settle
        self._pauses = Pauses(reports, slicer)
        self._statistics = slicer.children.statistics
        self._suspects = self._statistics.breakers.suspects
        self._doubtful = slicer.children.doubtful
        corrections = Corrections(wire, reports, slicer, settle, positions)
        unasked = Unasked(wire, reports, slicer, settle, self._ended)
        self._words: dict[ExecType, Callable[[Child, ExecutionReport, Ns], None]] = {
            ExecType.TRADE_CANCEL: corrections.undo,
            ExecType.TRADE_CORRECT: corrections.undo,
            ExecType.NEW: unasked.goes_on,
            ExecType.RESTATED: unasked.restated,
            ExecType.STOPPED: unasked.held,
            ExecType.SUSPENDED: unasked.held,
            ExecType.CALCULATED: unasked.held,
            ExecType.ORDER_STATUS: unasked.status,
        }

    def execution(self, venue: str, report: ExecutionReport, now: Ns) -> None:
        child = self._slicer.orders.child(venue, report.cl_ord_id)
        if child is None and report.orig_cl_ord_id is not None:
            child = self._slicer.orders.child(venue, report.orig_cl_ord_id)
        exec_type = report.exec_type
        if child is not None:
            if self._doubtful:
                self._doubtful.discard(child.cl_ord_id)
            if self._suspects:
                self._statistics.breakers.heard(child, exec_type, now, first=not child.heard)
            if not child.heard:
                child.heard = True
                if child.sent_at:
                    self._statistics.answered(child, now)
        if child is None:
            about = report.cl_ord_id[:64]
            text = f"{venue} reports {exec_type.name} of ClOrdID(11) {about}, which is not ours there"
            self._wire.note("alert", AlertNote(code="CHILD.UNKNOWN", text=text, child=report.cl_ord_id))
            self._dont_know(venue, report, DKReason.NO_MATCHING_ORDER)
        elif report.side != child.parent.order.side or report.symbol != child.parent.order.symbol:
            self._halt(child, "CHILD.MISMATCH", f"{venue} reports another Symbol(55) or Side(54) than ours, not booked")
            wrong_side = report.side != child.parent.order.side
            self._dont_know(venue, report, DKReason.WRONG_SIDE if wrong_side else DKReason.UNKNOWN_SYMBOL)
        elif exec_type is _TRADE:
            self._fill(child, report, now)
        elif exec_type in _TERMINAL:
            self._ended(child, report, now)
        else:
            word = self._words.get(exec_type)
            if word is not None:
                word(child, report, now)

    def settled(self, child: Child, report: ExecutionReport, now: Ns) -> None:
        """An operator's word in the place of its venue's, which is not taken for how well that serves us."""
        if report.exec_type is _TRADE:
            self._fill(child, report, now)
            return
        child.ended_cum = child.cum_qty
        self._slicer.children.come_back(child)
        self._settle(child.parent, now)

    def cancel_refused(self, venue: str, reject: CancelReject) -> None:
        """The child is what it was, and its own reports say what that is. Whoever wants it canceled next asks again."""
        child = self._slicer.orders.child(venue, reject.orig_cl_ord_id)
        if child is not None:
            child.canceling = False
        if reject.reason != CxlRejReason.TOO_LATE:
            note = AlertNote(code="CHILD.CANCEL_REFUSED", text=f"{venue}: {reject.text}", child=reject.orig_cl_ord_id)
            self._wire.note("alert", note)

    def _fill(self, child: Child, report: ExecutionReport, now: Ns) -> None:
        parent = child.parent
        qty, price = report.last_qty, report.last_px
        if not qty or price is None:
            self._halt(child, "CHILD.FILL", "a fill without LastQty(32) or LastPx(31) cannot be booked")
            return
        booked = child.executions.get(report.exec_id)
        if booked is not None:
            if booked[:2] != (qty, price):
                text = f"{child.venue} used ExecID(17) {report.exec_id[:64]} for another fill"
                self._halt(child, "CHILD.EXEC_ID", text)
                self._dont_know(child.venue, report, DKReason.OTHER)
            return
        child.book(report.exec_id, qty, price, self._reports.count + 1)
        expected, fee = child.reserved, fee_of(report)
        child.cum_qty = Qty(child.cum_qty + qty)
        self._slicer.children.reserve(child, expected)
        parent.cum_qty = Qty(parent.cum_qty + qty)
        parent.notional += qty * price
        self._slicer.filled(child, qty, now)
        parent.fees += fee or 0
        parent.child_rejects = 0
        if child.sent_at:
            self._statistics.filled(child, qty, price, fee or 0, now)
        order = parent.order
        if fee is None:
            text = f"{child.venue} charges by CommType(13) {report.comm_type}, which is not booked"
            self._alert(child, "CHILD.FEE", text)
        self._positions.fill(
            order.account,
            order.symbol,
            child.venue,
            order.side,
            qty=qty,
            price=price,
            order_id=parent.order_id,
            exec_id=self._reports.exec_id(self._reports.count + 1),
            fee=fee or 0,
            position_effect=order.position_effect,
            position_id=order.position_id,
        )
        if qty > expected:
            # It happened, so it counts; why it could happen is for a person to find out.
            if child.done and child.ended_cum is not None:
                self._halt(child, "CHILD.LATE_FILL", f"{child.venue} filled what it had ended")
            else:
                self._halt(child, "CHILD.OVERFILL", f"{child.venue} filled beyond what was out")
        came_back = not child.done and (child.cum_qty >= child.qty or child.cum_qty == child.ended_cum)
        if came_back:
            self._slicer.children.come_back(child)
        elif report.cum_qty > child.cum_qty and not child.done:
            text = f"{child.venue} has a CumQty(14) that the fills it reported do not add up to"
            self._alert(child, "CHILD.CUMQTY", text)
            self._slicer.children.ask_status(child)
        self._reports.send(parent, _TRADE, now, fill=report, last_mkt=report.last_mkt or child.venue)
        if came_back or not parent.open:
            self._settle(parent, now)

    def _ended(self, child: Child, report: ExecutionReport, now: Ns) -> None:
        if child.done:
            child.overtaken = child.overtaken or report.cum_qty < child.cum_qty
            return
        parent = child.parent
        if report.cum_qty != child.cum_qty or report.leaves_qty:
            if report.cum_qty > child.cum_qty:
                child.ended_cum = report.cum_qty  # Freed by the fills that are missing, should they still come.
            text = f"{child.venue} ended the child with another CumQty(14) or LeavesQty(151) than its fills leave"
            self._halt(child, "CHILD.MISSING_FILL", text)
            if report.exec_type is not ExecType.ORDER_STATUS:
                self._slicer.children.ask_status(child)
            return
        child.ended_cum, is_rejected = child.cum_qty, report.exec_type is ExecType.REJECTED
        if is_rejected:
            self._statistics.rejected(child, now)
        self._slicer.children.missed(child)
        self._slicer.children.come_back(child)
        if is_rejected:
            self._rejected(child, report, now)
        self._settle(parent, now)

    def _rejected(self, child: Child, report: ExecutionReport, now: Ns) -> None:
        """The order leaves that venue alone, each time twice as long, and is suspended when that does not help."""
        parent, venue = child.parent, child.venue
        parent.child_rejects += 1
        text = f"{venue} rejected: {report.text or 'no reason given'}"
        if parent.child_rejects >= MAX_CHILD_REJECTS:
            self._alert(child, "CHILD.REJECTS", f"{parent.child_rejects} children were rejected; last, {text}")
            self._pauses.pause(parent, REJECTS, now)
            return
        seconds = 1 << parent.child_rejects - 1
        parent.shunned = parent.shunned | {venue: Ns(now + seconds * SECOND)}
        self._alert(child, "CHILD.REJECTED", f"{text}; the order comes back in {seconds} s at the soonest")

    def _dont_know(self, venue: str, report: ExecutionReport, reason: DKReason) -> None:
        """DontKnowTrade(Q): a trade that we do not book is not ours to settle either."""
        if report.exec_type is ExecType.TRADE:
            self._wire.dont_know(
                venue,
                DontKnowTrade(
                    order_id=report.order_id,
                    exec_id=report.exec_id,
                    reason=reason,
                    symbol=report.symbol,
                    side=report.side,
                    last_qty=report.last_qty,
                    last_px=report.last_px,
                ),
            )

    def _alert(self, child: Child, code: str, text: str) -> None:
        self._wire.note("alert", AlertNote(code=code, text=text, parent=child.parent.order_id, child=child.cl_ord_id))

    def _halt(self, child: Child, code: str, text: str) -> None:
        self._slicer.halt(child.parent, code, text, child)
