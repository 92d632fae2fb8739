"""What venues do to children without being asked, short of ending them, and what they answer to a status request.

The client sees it where it concerns all that its order has at the venues: the order is Stopped, Suspended or
Calculated while every child is.
"""

from collections.abc import Callable
from typing import Final

from gateway.model import ExecRestatementReason, ExecType, ExecutionReport, Ns, OrdStatus
from gateway.oms.ends import Closing, End
from gateway.oms.notes import AlertNote
from gateway.oms.order import Child, ParentOrder
from gateway.oms.slicing import Slicer
from gateway.oms.terms import CANCEL_ON_HALT, instructed
from gateway.oms.wire import Reports, Wire

_HELD: Final = {
    ExecType.STOPPED: OrdStatus.STOPPED,
    ExecType.SUSPENDED: OrdStatus.SUSPENDED,
    ExecType.CALCULATED: OrdStatus.CALCULATED,
}
_OVER: Final = frozenset({OrdStatus.CANCELED, OrdStatus.EXPIRED, OrdStatus.DONE_FOR_DAY, OrdStatus.FILLED})


class Unasked:
    """`ended(child, report, now)` takes a terminal word, `settle(parent, now)` makes the parent go on."""

    def __init__(
        self,
        wire: Wire,
        reports: Reports,
        slicer: Slicer,
        settle: Callable[[ParentOrder, Ns], None],
        ended: Callable[[Child, ExecutionReport, Ns], None],
    ) -> None:
        self._wire = wire
        self._reports = reports
        self._slicer = slicer
        self._settle = settle
        self._ended = ended

    def held(self, child: Child, report: ExecutionReport, now: Ns) -> None:
        """Stopped(7), Suspended(9) or Calculated(B)."""
        if child.done:
            return
        child.held = _HELD[report.exec_type]
        parent = child.parent
        if parent.ended is not None:
            return  # A bust has put it on the venue's book again; the order is over all the same.
        before, parent.held = parent.held, parent.held_by_all()
        if parent.held is None or parent.held is before:
            return
        if parent.held is OrdStatus.SUSPENDED and instructed(parent.order, CANCEL_ON_HALT):
            text = "canceled because trading was halted"
            parent.closing = Closing(End.CANCELED, text, ExecRestatementReason.CANCEL_ON_TRADING_HALT)
            self._settle(parent, now)
            return
        guaranteed = report if report.exec_type is ExecType.STOPPED else None
        self._reports.send(
            parent,
            report.exec_type,
            now,
            fill=guaranteed,
            last_mkt=child.venue if guaranteed is not None else None,
            text=report.text,
        )

    def goes_on(self, child: Child, report: ExecutionReport, now: Ns) -> None:  # noqa: ARG002
        """New(0): the first word about a child, or the end of a halt."""
        if child.held is None or child.done:
            return
        child.held = None
        parent = child.parent
        if parent.held is not None:
            parent.held = None
            self._reports.send(parent, ExecType.RESTATED, now, restated=ExecRestatementReason.MARKET_OPTION)
            self._settle(parent, now)

    def restated(self, child: Child, report: ExecutionReport, now: Ns) -> None:
        """Restated(D): the end of a halt, or a quantity that is not the one we asked for.

        What the venue takes back is the parent's again (E.1.d); what it adds is reserved, and looked at by a person.
        """
        if child.done:
            child.overtaken = child.overtaken or report.cum_qty < child.cum_qty
            return
        wanted = report.order_qty or child.qty
        if report.cum_qty != child.cum_qty or report.leaves_qty != wanted - child.cum_qty:
            self._slicer.halt(
                child.parent,
                "CHILD.MISSING_FILL",
                f"{child.venue} restated the child with another CumQty(14) or LeavesQty(151) than its fills leave",
                child,
            )
            self._slicer.children.ask_status(child)
            return
        self.goes_on(child, report, now)
        if wanted == child.qty:
            return
        parent, before = child.parent, child.reserved
        grown = wanted > child.qty
        child.qty = wanted
        self._slicer.children.reserve(child, before)
        text = f"{child.venue} restated the child's OrderQty(38)"
        if grown:
            self._slicer.halt(parent, "CHILD.RESTATED", text, child)
            self._slicer.children.pull(parent, now)
            return
        self._alert(child, "CHILD.REDUCED", text)
        self._slicer.children.missed(child)
        if not child.reserved:
            self._slicer.children.come_back(child)
        self._settle(parent, now)

    def status(self, child: Child, report: ExecutionReport, now: Ns) -> None:
        """The answer to OrderStatusRequest(H). What the venue does not know stays reserved: nobody knows either."""
        if child.done:
            child.overtaken = child.overtaken or report.cum_qty < child.cum_qty
            return
        if report.ord_status is OrdStatus.REJECTED:
            text = f"{child.venue} does not know the child: {report.text or 'no reason given'}"
            self._slicer.halt(child.parent, "CHILD.UNKNOWN_THERE", text, child)
        elif report.ord_status in _OVER:
            self._ended(child, report, now)
        elif report.cum_qty > child.cum_qty:
            text = f"{child.venue} has a CumQty(14) that the fills it reported do not add up to"
            self._slicer.halt(child.parent, "CHILD.MISSING_FILL", text, child)
        else:
            self._slicer.children.recall_again(child, now)

    def _alert(self, child: Child, code: str, text: str) -> None:
        self._wire.note("alert", AlertNote(code=code, text=text, parent=child.parent.order_id, child=child.cl_ord_id))
