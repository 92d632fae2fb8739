"""Clients' requests: new orders, cancels and replaces, and how an order ends."""

from collections.abc import Mapping

from gateway.market import Markets
from gateway.model import (
    SECOND,
    Algo,
    CancelReject,
    CancelRequest,
    CxlRejReason,
    CxlRejResponseTo,
    ExecType,
    ExecutionReport,
    MarketData,
    NewOrder,
    Ns,
    OrdRejReason,
    OrdStatus,
    Rejection,
    ReplaceRequest,
    Settings,
)
from gateway.oms import strategy
from gateway.oms.order import End, ParentOrder
from gateway.oms.rollup import RollUp
from gateway.oms.slicing import Slicer
from gateway.oms.strategy import Plan
from gateway.oms.wire import AlertNote, ParentNote, Reports, RiskNote, Wire
from gateway.risk import Risk

DAY = 86_400 * SECOND


class Desk:
    """All orders of a gateway. `prefix` makes its ids different from those of any other gateway's journal."""

    def __init__(self, wire: Wire, algos: Mapping[str, type[Algo]], prefix: str) -> None:
        self.markets = Markets((), ())
        self.parents: dict[str, ParentOrder] = {}  # by OrderID
        self.stopping = False
        self._wire = wire
        self._algos = algos
        self._prefix = prefix
        self._by_client: dict[str, dict[str, ParentOrder]] = {}  # CompID -> ClOrdID, of orders and requests
        self._settings: Settings | None = None
        self._risk = Risk({}, {})
        self._reports = Reports(wire, prefix)
        self._slicer = Slicer(wire, self._finish_if_over)
        self._rollup = RollUp(wire, self._reports, self._slicer, self._settle)

    def configure(self, settings: Settings) -> None:
        """The world as it is from this start on. What venues show has to be learned anew."""
        self._settings = settings
        instruments = {instrument.symbol: instrument for instrument in settings.instruments}
        self._risk = Risk(instruments, settings.limits)
        self.markets.configure([venue.name for venue in settings.venues], instruments)
        self._slicer.configure(self.markets, self._risk, instruments)
        self.stopping = False

    def stop(self) -> None:
        """No new risk from now on, until the next start: neither orders nor releases of those at work."""
        self.stopping = self._slicer.stopping = True

    # -- clients

    def withdraw(self, client: str, now: Ns, text: str) -> None:
        """Cancel all that is open of a client, without a request of its own; `text` says why."""
        for parent in list(self.parents.values()):
            if parent.client == client and parent.open:
                parent.withdrawn = text
                self._slicer.pull(parent, now)
                self._settle(parent, now)

    def new_order(self, client: str, order: NewOrder, now: Ns) -> None:
        """NewOrderSingle(D): New or Rejected, and to work."""
        ids = self._by_client.setdefault(client, {})
        parent = ParentOrder(order_id=f"{self._prefix}-{len(self.parents) + 1}", client=client, order=order)
        self.parents[parent.order_id] = parent
        if order.cl_ord_id in ids:
            text = f"ORDER.DUPLICATE ClOrdID(11) {order.cl_ord_id[:64]} was used before"
            self._reject(parent, Rejection(OrdRejReason.DUPLICATE_ORDER, text), now)
            return
        ids[order.cl_ord_id] = parent
        plan = self._admit(order, now)
        if isinstance(plan, Rejection):
            self._reject(parent, plan, now)
            return
        parent.accepted = True
        parent.plan = plan
        parent.traded_at_start = self.markets.traded(order.symbol)
        quote = self.markets.quote(order.symbol)
        self._wire.note(
            "parent",
            ParentNote(
                order_id=parent.order_id,
                cl_ord_id=order.cl_ord_id,
                client=client,
                symbol=order.symbol,
                side=order.side,
                order_qty=order.order_qty,
                strategy=order.target_strategy,
                bid=quote.bid,
                ask=quote.ask,
                start=plan.start,
                end=plan.end,
            ),
        )
        self._reports.send(parent, ExecType.NEW, now, text=self._remarks(parent))
        self._slicer.work(parent, now)

    def _admit(self, order: NewOrder, now: Ns) -> Plan | Rejection:
        """Whether the order may be taken, now and on these terms."""
        if self.stopping:
            return Rejection(OrdRejReason.BROKER, "GATEWAY.STOPPING no new orders are taken")
        wrong = strategy.wrong_terms(order) or self._risk.check(
            symbol=order.symbol,
            side=order.side,
            qty=order.order_qty,
            ord_type=order.ord_type,
            price=order.price,
            quote=self.markets.quote(order.symbol),
        )
        return wrong or strategy.plan(order, self._algos, now=now, close=self._close(now))

    def _close(self, now: Ns) -> Ns | None:
        """The next end of a trading day."""
        assert self._settings is not None
        if self._settings.close_s is None:
            return None
        close = now - now % DAY + self._settings.close_s * SECOND
        return Ns(close if close > now else close + DAY)

    def _remarks(self, parent: ParentOrder) -> str | None:
        assert parent.plan is not None
        if parent.order.target_strategy is None or not self._slicer.trades(parent):
            return parent.plan.note
        remark = parent.plan.algo.remark(self._slicer.view(parent))
        return "; ".join(text for text in (parent.plan.note, remark) if text) or None

    def _reject(self, parent: ParentOrder, rejection: Rejection, now: Ns) -> None:
        parent.ended = End.REJECTED
        order = parent.order
        self._wire.note(
            "risk",
            RiskNote(
                client=parent.client,
                order_id=parent.order_id,
                cl_ord_id=order.cl_ord_id,
                symbol=order.symbol,
                text=rejection.text,
            ),
        )
        self._reports.send(parent, ExecType.REJECTED, now, reason=rejection.reason, text=rejection.text)

    def cancel(self, client: str, request: CancelRequest, now: Ns) -> None:
        """OrderCancelRequest(F): Canceled, if need be after Pending Cancel; or OrderCancelReject(9)."""
        parent = self._requested(client, request, CxlRejResponseTo.CANCEL, now)
        if parent is None:
            return
        self._by_client[client][request.cl_ord_id] = parent
        parent.pending = request
        self._begin(parent, ExecType.PENDING_CANCEL, request, now)

    def replace(self, client: str, request: ReplaceRequest, now: Ns) -> None:
        """OrderCancelReplaceRequest(G): Replaced, if need be after Pending Replace; or OrderCancelReject(9)."""
        new = request.order
        as_cancel = CancelRequest(
            cl_ord_id=new.cl_ord_id, orig_cl_ord_id=request.orig_cl_ord_id, symbol=new.symbol, side=new.side
        )
        parent = self._requested(client, as_cancel, CxlRejResponseTo.REPLACE, now)
        if parent is None:
            return
        if new.target_strategy != parent.order.target_strategy:
            wrong: Plan | Rejection = Rejection(OrdRejReason.OTHER, "ALGO.CHANGED TargetStrategy(847) cannot change")
        else:
            wrong = self._admit(new, now)
        if isinstance(wrong, Rejection):
            self._refuse(client, parent, as_cancel, CxlRejResponseTo.REPLACE, (CxlRejReason.BROKER, wrong.text))
            return
        self._by_client[client][new.cl_ord_id] = parent
        parent.pending = request
        parent.next_plan = wrong
        self._begin(parent, ExecType.PENDING_REPLACE, as_cancel, now)

    def _requested(
        self, client: str, request: CancelRequest, response_to: CxlRejResponseTo, now: Ns
    ) -> ParentOrder | None:
        """The order a request is about, if the request can be taken; otherwise it is answered."""
        ids = self._by_client.setdefault(client, {})
        parent = ids.get(request.orig_cl_ord_id)
        answer: tuple[CxlRejReason, str] | None = None
        if parent is None or not parent.accepted:
            parent = None
            answer = (CxlRejReason.UNKNOWN_ORDER, "ORDER.UNKNOWN OrigClOrdID(41) is not an order of this session")
        elif not strategy.is_cl_ord_id(request.cl_ord_id):
            answer = (CxlRejReason.OTHER, strategy.WRONG_CL_ORD_ID)
        elif request.cl_ord_id in ids:
            answer = (CxlRejReason.DUPLICATE_CL_ORD_ID, "ORDER.DUPLICATE ClOrdID(11) was used before")
        elif not parent.open:
            answer = (CxlRejReason.TOO_LATE, "ORDER.DONE the order has ended")
        elif parent.pending is not None:
            self._slicer.pull(parent, now)  # A venue may have refused our cancel before.
            answer = (CxlRejReason.ALREADY_PENDING, "ORDER.PENDING an earlier request is not answered yet")
        elif parent.order.cl_ord_id != request.orig_cl_ord_id:
            current = parent.order.cl_ord_id
            answer = (CxlRejReason.OTHER, f"ORDER.CHAIN OrigClOrdID(41) is not {current}, the last accepted")
        elif (request.symbol, request.side) != (parent.order.symbol, parent.order.side):
            answer = (CxlRejReason.OTHER, "ORDER.CHANGED Symbol(55) and Side(54) cannot change")
        if answer is not None:
            self._refuse(client, parent, request, response_to, answer)
            return None
        return parent

    def _refuse(
        self,
        client: str,
        parent: ParentOrder | None,
        request: CancelRequest,
        response_to: CxlRejResponseTo,
        answer: tuple[CxlRejReason, str],
    ) -> None:
        reason, text = answer
        self._wire.cancel_reject(
            client,
            CancelReject(
                order_id="NONE" if parent is None else parent.order_id,
                cl_ord_id=request.cl_ord_id,
                orig_cl_ord_id=request.orig_cl_ord_id,
                ord_status=OrdStatus.REJECTED if parent is None else parent.ord_status,
                response_to=response_to,
                reason=reason,
                text=text,
            ),
        )

    def _begin(self, parent: ParentOrder, pending: ExecType, request: CancelRequest, now: Ns) -> None:
        """Call the children back; while any may still fill, the request is pending."""
        if parent.children:
            self._reports.send(parent, pending, now, cl_ord_id=request.cl_ord_id, orig_cl_ord_id=request.orig_cl_ord_id)
            self._slicer.pull(parent, now)
        else:
            self._settle(parent, now)

    # -- venues and time

    def execution(self, venue: str, report: ExecutionReport, now: Ns) -> None:
        """A venue's ExecutionReport(8)."""
        self._rollup.execution(venue, report, now)

    def venue_refused_cancel(self, venue: str, reject: CancelReject) -> None:
        """A venue's OrderCancelReject(9): the child is what it was, and its own reports say what that is.

        Whoever wants it canceled next asks again.
        """
        child = self._slicer.children.get(venue, {}).get(reject.orig_cl_ord_id)
        if child is not None:
            child.canceling = False
        if reject.reason != CxlRejReason.TOO_LATE:
            self._wire.note(
                "alert",
                AlertNote(code="CHILD.CANCEL_REFUSED", text=f"{venue}: {reject.text}", child=reject.orig_cl_ord_id),
            )

    def market_data(self, venue: str, data: MarketData, now: Ns) -> None:
        """A venue's prices moved: parents that wait for them are asked again, in their order of waiting."""
        for symbol in self.markets.apply(venue, data):
            self._slicer.market_moved(symbol, now)

    def timer(self, order_id: str, now: Ns) -> None:
        parent = self.parents[order_id]
        if parent.wake_at is not None and now >= parent.wake_at:
            parent.wake_at = None
            self._slicer.work(parent, now)

    # -- how an order goes on when its children have come back, and how it ends

    def _settle(self, parent: ParentOrder, now: Ns) -> None:
        """Something at the venues ended, or nothing was there: carry out what waits for it, or go on working."""
        request = parent.pending
        if request is None:
            self._slicer.work(parent, now)
            return
        if isinstance(request, ReplaceRequest):
            filled = parent.cum_qty >= parent.order_qty and request.order.order_qty <= parent.cum_qty
        else:
            filled = parent.cum_qty >= parent.order_qty
        if filled:
            self._too_late(parent, request)
        elif parent.children:
            return
        elif isinstance(request, ReplaceRequest):
            self._replaced(parent, request, now)
        else:
            parent.pending = None
            self._end(parent, End.CANCELED, now, request)

    def _too_late(self, parent: ParentOrder, request: CancelRequest | ReplaceRequest) -> None:
        """The last fill was faster than the request (FIX vol. 4, B.1.c and C.2.a)."""
        parent.pending = parent.next_plan = None
        is_replace = isinstance(request, ReplaceRequest)
        order = parent.order
        as_cancel = CancelRequest(
            cl_ord_id=request.order.cl_ord_id if isinstance(request, ReplaceRequest) else request.cl_ord_id,
            orig_cl_ord_id=request.orig_cl_ord_id,
            symbol=order.symbol,
            side=order.side,
        )
        response_to = CxlRejResponseTo.REPLACE if is_replace else CxlRejResponseTo.CANCEL
        answer = (CxlRejReason.TOO_LATE, "ORDER.DONE the order was filled before")
        self._refuse(parent.client, parent, as_cancel, response_to, answer)

    def _replaced(self, parent: ParentOrder, request: ReplaceRequest, now: Ns) -> None:
        """The new terms hold; the schedule is planned anew for what is left. Below CumQty means CumQty (C.3.c)."""
        assert parent.next_plan is not None
        parent.pending = None
        parent.order = request.order
        parent.order_qty = max(request.order.order_qty, parent.cum_qty)
        parent.plan, parent.next_plan = parent.next_plan, None
        parent.base_qty = parent.cum_qty
        parent.traded_at_start = self.markets.traded(parent.order.symbol)
        parent.wake_at = None
        self._reports.send(
            parent,
            ExecType.REPLACED,
            now,
            orig_cl_ord_id=request.orig_cl_ord_id,
            text=self._remarks(parent),
        )
        self._slicer.work(parent, now)

    def _finish_if_over(self, parent: ParentOrder, now: Ns) -> bool:
        """Whether the order's time is up; then its children are called back and, once they are, it ends."""
        assert parent.plan is not None
        if parent.withdrawn is not None:
            if parent.children:
                self._slicer.pull(parent, now)
            else:
                self._end(parent, End.CANCELED, now)
            return True
        if parent.plan.expire_at is not None and now >= parent.plan.expire_at:
            if parent.children:
                self._slicer.pull(parent, now)
            else:
                self._end(parent, End.EXPIRED, now)
            return True
        if parent.plan.immediate and parent.slices:
            if not parent.children:
                self._end(parent, End.CANCELED, now)
            return True
        return False

    def _end(self, parent: ParentOrder, end: End, now: Ns, request: CancelRequest | None = None) -> None:
        assert not parent.children and not parent.reserved
        parent.ended = end
        self._slicer.forget(parent)
        self._reports.send(
            parent,
            ExecType.CANCELED if end is End.CANCELED else ExecType.EXPIRED,
            now,
            cl_ord_id=request.cl_ord_id if request else None,
            orig_cl_ord_id=request.orig_cl_ord_id if request else None,
            text=None if request else parent.withdrawn,
        )
