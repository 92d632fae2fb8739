"""What venues report about children, booked and passed on to the parent's client.

Each (venue, ExecID) is booked once. A terminal word frees what is reserved only if the venue's CumQty(14) is ours;
otherwise a fill is missing, and what may have been filled stays reserved.
"""

from collections.abc import Callable

from gateway.model import ExecType, ExecutionReport, Ns, Qty
from gateway.oms.order import Child, ParentOrder
from gateway.oms.slicing import MAX_CHILD_REJECTS, Slicer
from gateway.oms.wire import AlertNote, Reports, Wire

_TERMINAL = frozenset({ExecType.CANCELED, ExecType.EXPIRED, ExecType.REJECTED, ExecType.DONE_FOR_DAY})
_CHANGES_FILLS = frozenset({ExecType.TRADE_CANCEL, ExecType.TRADE_CORRECT, ExecType.RESTATED})


class RollUp:
    """`settle(parent, now)` is called whenever a child came back, so that the parent goes on."""

    def __init__(
        self,
        wire: Wire,
        reports: Reports,
        slicer: Slicer,
        settle: Callable[[ParentOrder, Ns], None],
    ) -> None:
        self._wire = wire
        self._reports = reports
        self._slicer = slicer
        self._settle = settle

    def execution(self, venue: str, report: ExecutionReport, now: Ns) -> None:
        ours = self._slicer.children.get(venue, {})
        child = ours.get(report.cl_ord_id) or ours.get(report.orig_cl_ord_id or "")
        if child is None:
            about = report.cl_ord_id[:64]
            text = f"{venue} reports {report.exec_type.name} of ClOrdID(11) {about}, which is not ours there"
            self._wire.note("alert", AlertNote(code="CHILD.UNKNOWN", text=text, child=report.cl_ord_id))
        elif report.side != child.parent.order.side or report.symbol != child.parent.order.symbol:
            self._halt(child, "CHILD.MISMATCH", f"{venue} reports another Symbol(55) or Side(54) than ours, not booked")
        elif report.exec_type == ExecType.TRADE:
            self._fill(child, report, now)
        elif report.exec_type in _TERMINAL:
            self._ended(child, report, now)
        elif report.exec_type in _CHANGES_FILLS:
            self._halt(child, "CHILD.RESTATED", f"{venue} sent ExecType(150) {report.exec_type.name}, not booked")

    def _fill(self, child: Child, report: ExecutionReport, now: Ns) -> None:
        parent = child.parent
        qty, price = report.last_qty, report.last_px
        if not qty or price is None:
            self._halt(child, "CHILD.FILL", "a fill without LastQty(32) or LastPx(31) cannot be booked")
            return
        booked = child.exec_ids.get(report.exec_id)
        if booked is not None:
            if booked != (qty, price):
                self._halt(
                    child, "CHILD.EXEC_ID", f"{child.venue} used ExecID(17) {report.exec_id[:64]} for another fill"
                )
            return
        child.exec_ids[report.exec_id] = (qty, price)
        expected = child.reserved
        child.cum_qty = Qty(child.cum_qty + qty)
        parent.reserved = Qty(parent.reserved - min(qty, expected))
        parent.cum_qty = Qty(parent.cum_qty + qty)
        parent.notional += qty * price
        if qty > expected:
            # It happened, so it counts; why it could happen is for a person to find out.
            self._halt(child, "CHILD.OVERFILL", f"{child.venue} filled beyond what was out")
        came_back = not child.done and (child.cum_qty >= child.qty or child.cum_qty == child.ended_cum)
        if came_back:
            parent.reserved = Qty(parent.reserved - child.reserved)
            child.done = True
            del parent.children[child.cl_ord_id]
        if parent.pending is not None and parent.cum_qty >= parent.order_qty:
            # The fill decides the request: settle first, so that this report already has the final status.
            self._report_filled(parent, report, child.venue, now)
            return
        self._reports.send(parent, ExecType.TRADE, now, fill=report, last_mkt=report.last_mkt or child.venue)
        if came_back or not parent.open:
            self._settle(parent, now)

    def _report_filled(self, parent: ParentOrder, report: ExecutionReport, venue: str, now: Ns) -> None:
        request, parent.pending = parent.pending, None
        self._reports.send(parent, ExecType.TRADE, now, fill=report, last_mkt=report.last_mkt or venue)
        parent.pending = request
        self._settle(parent, now)

    def _ended(self, child: Child, report: ExecutionReport, now: Ns) -> None:
        if child.done:
            return
        parent = child.parent
        if report.cum_qty != child.cum_qty:
            if report.cum_qty > child.cum_qty:
                child.ended_cum = report.cum_qty  # Freed by the fills that are missing, should they still come.
            self._halt(
                child,
                "CHILD.MISSING_FILL",
                f"{child.venue} ended the child with another CumQty(14) than the fills it reported",
            )
            return
        parent.reserved = Qty(parent.reserved - child.reserved)
        self._slicer.missed(child)
        child.done = True
        del parent.children[child.cl_ord_id]
        if report.exec_type == ExecType.REJECTED:
            parent.child_rejects += 1
            text = f"{child.venue} rejected: {report.text or 'no reason given'}"
            if parent.child_rejects >= MAX_CHILD_REJECTS:
                self._halt(child, "CHILD.REJECTS", f"{parent.child_rejects} children were rejected; last, {text}")
            else:
                self._wire.note(
                    "alert",
                    AlertNote(code="CHILD.REJECTED", text=text, parent=parent.order_id, child=child.cl_ord_id),
                )
        self._settle(parent, now)

    def _halt(self, child: Child, code: str, text: str) -> None:
        self._slicer.halt(child.parent, code, text, child)
