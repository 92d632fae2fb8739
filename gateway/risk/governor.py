"""The last look before a venue: counts what leaves against what clients were told they have.

It reads messages only, those to clients for what a parent may be, those from venues for what came back, and shares no
code with the order core's own accounts. Of a parent, what is out and was filled never exceeds its OrderQty(38); where
it would, something in the core is wrong, and everything stops.
"""

from typing import Final

from msgspec import Struct

from gateway.model import ExecRestatementReason, ExecType, ExecutionReport, NewOrder, OrdStatus

_OVER: Final = frozenset({ExecType.CANCELED, ExecType.EXPIRED, ExecType.REJECTED, ExecType.DONE_FOR_DAY})
_WAS_OVER: Final = frozenset({OrdStatus.CANCELED, OrdStatus.EXPIRED, OrdStatus.DONE_FOR_DAY, OrdStatus.FILLED})
# Members of an Enum take their time to be looked up.
_TRADE, _STATUS, _RESTATED = ExecType.TRADE, ExecType.ORDER_STATUS, ExecType.RESTATED
_STANDS: Final = frozenset({ExecType.NEW, ExecType.REPLACED, ExecType.RESTATED})
_BUST, _CORRECTION = ExecType.TRADE_CANCEL, ExecType.TRADE_CORRECT
_TAKEN_BACK: Final = frozenset({_BUST, _CORRECTION})
_SPLIT: Final = ExecRestatementReason.GT_CORPORATE_ACTION


class _Parent(Struct, gc=False):
    """An order that its client holds for open."""

    allowed: int  # OrderQty(38) as last told
    out: int  # filled, or still to be filled at most
    last: "_Sent | None" = None  # child; `told` cuts the chain, as these refer to each other


class _Sent(Struct, gc=False):
    """A child as the venue knows it."""

    parent: _Parent
    before: "_Sent | None"  # the parent's last child before it
    venue: str
    cl_ord_id: str
    qty: int
    fills: dict[str, int] | None = None  # by ExecID(17)
    filled: int = 0  # sum of these
    back: int = 0  # what the venue will not fill any more
    ended: bool = False  # by a word of the venue's; what it takes back after that is not on its book
    known_late: bool = False  # it was forgotten; of `fills` only those since then are there

    def most(self) -> int:
        """That it can have been filled in the end."""
        filled, left = self.filled, self.qty - self.back
        return filled if filled > left else left


class Governor:
    """Gives a reason to stop, or None."""

    def __init__(self) -> None:
        self._parents: dict[str, _Parent] = {}  # by OrderID(37)
        self._sent: dict[str, dict[str, _Sent]] = {}  # by venue, by ClOrdID(11)
        self._late: tuple[str, ExecutionReport] | None = None  # what a venue took back of a child that was forgotten

    def told(self, report: ExecutionReport) -> None:
        """To a client, about its order."""
        exec_type = report.exec_type
        if exec_type is _TRADE and report.leaves_qty:
            return
        parent = self._parents.get(report.order_id)
        if exec_type in _STANDS:
            if parent is None:
                self._parents[report.order_id] = _Parent(report.order_qty, report.cum_qty)
            else:
                parent.allowed = report.order_qty
                if report.restatement_reason is _SPLIT:  # CumQty(14) counts other shares now
                    self._recount(report, parent)
        elif parent is not None and not report.leaves_qty and (exec_type is _TRADE or exec_type in _OVER):
            # Its children have come back before; what is said of them later opens nothing. A replace begins it anew.
            del self._parents[report.order_id]
            sent, parent.last = parent.last, None
            while sent is not None:
                del self._sent[sent.venue][sent.cl_ord_id]
                sent = sent.before
        elif exec_type in _TAKEN_BACK and report.leaves_qty and (parent is None or self._late is not None):
            self._opened(report, parent)

    def _opened(self, report: ExecutionReport, parent: _Parent | None) -> None:
        """A fill of what was forgotten is taken back, and the order is open. All that counts of it is CumQty(14)."""
        if parent is None:
            parent = self._parents[report.order_id] = _Parent(report.order_qty, report.cum_qty)
        if self._late is not None:
            venue, late = self._late
            there = self._sent.setdefault(venue, {})
            sent = there.get(late.cl_ord_id)
            if sent is None:
                sent = _Sent(parent, parent.last, venue, late.cl_ord_id, 0, known_late=True)
                parent.last = there[late.cl_ord_id] = sent
            on_book = 0 if sent.ended else late.leaves_qty
            sent.qty, sent.filled, sent.back = late.cum_qty + on_book, late.cum_qty, 0
        self._recount(report, parent)

    @staticmethod
    def _recount(report: ExecutionReport, parent: _Parent) -> None:
        """What was filled is what its client was told; beyond that there is what venues may still fill."""
        parent.out, one = report.cum_qty, parent.last
        while one is not None:
            parent.out += one.most() - one.filled
            one = one.before

    def leaves(self, venue: str, order: NewOrder) -> str | None:
        """To a venue; it must not leave if there is a reason."""
        name = order.parent_order_id or ""
        parent, there = self._parents.get(name), self._sent.setdefault(venue, {})
        if parent is None:
            return f"GOVERNOR.PARENT ClOrdID(11) {order.cl_ord_id} for {venue} is of no open order"
        if order.cl_ord_id in there:
            return f"GOVERNOR.TWICE ClOrdID(11) {order.cl_ord_id} went to {venue} before"
        if order.order_qty <= 0 or parent.out + order.order_qty > parent.allowed:
            return f"GOVERNOR.EXCESS ClOrdID(11) {order.cl_ord_id} would bring {name} beyond its OrderQty(38)"
        parent.out += order.order_qty
        parent.last = there[order.cl_ord_id] = _Sent(parent, parent.last, venue, order.cl_ord_id, order.order_qty)
        return None

    def heard(self, venue: str, report: ExecutionReport) -> None:
        """From a venue, about a child."""
        there = self._sent.get(venue, {})
        sent = there.get(report.cl_ord_id) or there.get(report.orig_cl_ord_id or "")
        self._late = None
        if sent is None or (sent.known_late and (report.exec_ref_id or "") not in (sent.fills or ())):
            if report.exec_type in _TAKEN_BACK:
                self._late = (venue, report)
                return
            if sent is None:
                return
        before = sent.most()
        self._take(sent, report)
        sent.parent.out += sent.most() - before

    @staticmethod
    def _take(sent: _Sent, report: ExecutionReport) -> None:
        exec_type, fills, qty = report.exec_type, sent.fills, report.last_qty
        if exec_type is _TRADE:
            if fills is None:
                fills = sent.fills = {}
            if qty and report.exec_id not in fills:
                fills[report.exec_id] = qty
                sent.filled += qty
        elif exec_type is _BUST or exec_type is _CORRECTION:
            reference = report.exec_ref_id or ""
            if fills and fills.get(reference) and (qty or exec_type is _BUST):
                sent.filled -= fills[reference]
                fills[reference] = 0  # and if that fill is told again, it is known
                if exec_type is _CORRECTION and qty:
                    fills[report.exec_id] = qty
                    sent.filled += qty
                if report.cum_qty == sent.filled:
                    on_book = 0 if sent.ended else report.leaves_qty
                    sent.back = max(sent.back, sent.qty - sent.filled - on_book)
        elif report.cum_qty == sent.filled or sent.known_late:
            if _ended(report):
                sent.ended = True
                sent.back = max(sent.qty - sent.filled, 0)
            elif exec_type is _RESTATED and report.order_qty == report.cum_qty + report.leaves_qty:
                sent.back = sent.qty - report.order_qty  # less than nothing where the venue added some

    def out(self, order_id: str) -> int:
        """What is filled of an open parent, or may still be."""
        parent = self._parents.get(order_id)
        return 0 if parent is None else parent.out


def _ended(report: ExecutionReport) -> bool:
    """Whether a venue says, by itself or because it was asked, that it will not fill the child any more.

    A venue that does not know the child says so by Rejected(8); that ends nothing.
    """
    if report.exec_type is _STATUS:
        return report.ord_status in _WAS_OVER and not report.leaves_qty
    return report.exec_type in _OVER
