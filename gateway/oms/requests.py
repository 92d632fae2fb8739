"""Cancel and replace requests: which can be taken, how they are stacked, and how they are carried out one by one.

A request is taken on the last ClOrdID that was not refused, or on the last that was accepted; what we say of it names
the latter (FIX vol. 4, "Order Cancel/Replace Request"). While it is pending, the order is what it was.
"""

from collections.abc import Callable
from typing import Final

from gateway.model import (
    CancelRequest,
    CxlRejResponseTo,
    ExecType,
    NewOrder,
    Ns,
    Qty,
    Rejection,
    ReplaceRequest,
)
from gateway.oms import terms
from gateway.oms.admission import Admission
from gateway.oms.ends import End, Pending
from gateway.oms.notes import AlertNote
from gateway.oms.order import ParentOrder
from gateway.oms.plan import Plan
from gateway.oms.slicing import Slicer
from gateway.oms.terms import OF_HEDGE
from gateway.oms.wire import Reports, Wire

MAX_PENDING: Final = 8  # requests on one order that wait for its children to come back

Replaced = Callable[[ParentOrder, Pending, Ns], None]
Finish = Callable[[ParentOrder, End, Ns, Pending], None]


class Requests:
    """`replaced` and `end` carry a request out."""

    def __init__(
        self, wire: Wire, reports: Reports, slicer: Slicer, admission: Admission, *, replaced: Replaced, end: Finish
    ) -> None:
        self._wire = wire
        self._orders = slicer.orders
        self._reports = reports
        self._slicer = slicer
        self._admission = admission
        self._replaced = replaced
        self._end = end

    def cancel(self, client: str, request: CancelRequest, now: Ns, *, poss_resend: bool = False) -> None:
        """OrderCancelRequest(F): Canceled, if need be after Pending Cancel; or OrderCancelReject(9)."""
        response_to = CxlRejResponseTo.CANCEL
        parent = self._order(client, request, response_to, now, poss_resend=poss_resend)
        if parent is None:
            return
        if not parent.open:
            self._refuse(parent, request.cl_ord_id, response_to, "ORDER.DONE the order has ended")
        elif parent.hedges:
            self._refuse(parent, request.cl_ord_id, response_to, OF_HEDGE.text)
        elif self._fits(parent, request, response_to):
            self._orders.add_id(parent, request.cl_ord_id)
            self._take(parent, Pending(request.cl_ord_id), ExecType.PENDING_CANCEL, now)

    def replace(self, client: str, request: ReplaceRequest, now: Ns, *, poss_resend: bool = False) -> None:
        """OrderCancelReplaceRequest(G): Replaced, if need be after Pending Replace; or OrderCancelReject(9).

        A filled order can be reopened by one that increases OrderQty(38) (C.1.c).
        """
        new, response_to = request.order, CxlRejResponseTo.REPLACE
        about = CancelRequest(
            cl_ord_id=new.cl_ord_id, orig_cl_ord_id=request.orig_cl_ord_id, symbol=new.symbol, side=new.side
        )
        parent = self._order(client, about, response_to, now, poss_resend=poss_resend)
        if parent is None:
            return
        new, wrong = self._admission.in_shares(new, parent)
        goes_on = parent.open or (new.order_qty > parent.cum_qty and not self._orders.was_over(parent))
        if parent.ended is not None or not goes_on:
            self._refuse(parent, new.cl_ord_id, response_to, "ORDER.DONE the order has ended")
            return
        if not self._fits(parent, about, response_to):
            return
        if new.account != parent.order.account:
            self._refuse(parent, new.cl_ord_id, response_to, "ORDER.CHANGED Account(1) cannot change")
            return
        if new.target_strategy != parent.order.target_strategy:
            plan: Plan | Rejection = Rejection("ALGO.CHANGED TargetStrategy(847) cannot change")
        else:
            plan = wrong or self._admission.judge(client, new, now, parent)
        if isinstance(plan, Rejection):
            self._refuse(parent, new.cl_ord_id, response_to, plan.text)
            return
        self._orders.add_id(parent, new.cl_ord_id)
        self._take(parent, Pending(new.cl_ord_id, new, plan), ExecType.PENDING_REPLACE, now)

    def _order(
        self,
        client: str,
        request: CancelRequest,
        response_to: CxlRejResponseTo,
        now: Ns,
        *,
        poss_resend: bool,
    ) -> ParentOrder | None:
        """The order a request is about; otherwise it is answered."""
        known = self._orders.find(client, request.cl_ord_id, now)
        if poss_resend and known is not None and known.accepted:
            self._reports.send(known, ExecType.ORDER_STATUS, now, to=client)
            return None
        parent = self._orders.find(client, request.orig_cl_ord_id, now)
        if parent is None or parent.client != client or not parent.accepted:
            self._reports.refuse(
                client,
                None,
                cl_ord_id=request.cl_ord_id,
                orig_cl_ord_id=request.orig_cl_ord_id,
                response_to=response_to,
                text="ORDER.UNKNOWN OrigClOrdID(41) is not an order of this session",
            )
            return None
        if not terms.is_cl_ord_id(request.cl_ord_id):
            self._refuse(parent, request.cl_ord_id, response_to, terms.WRONG_CL_ORD_ID)
            return None
        if known is not None:
            text = "ORDER.DUPLICATE ClOrdID(11) was used before"
            self._refuse(parent, request.cl_ord_id, response_to, text)
            return None
        if parent.requests and (parent.requests[-1].order is None or len(parent.requests) == MAX_PENDING):
            self._slicer.children.pull(parent, now)  # A venue may have refused our cancel before.
            text = "ORDER.PENDING an earlier request is not answered yet"
            self._refuse(parent, request.cl_ord_id, response_to, text)
            return None
        return parent

    def _fits(self, parent: ParentOrder, request: CancelRequest, response_to: CxlRejResponseTo) -> bool:
        """Whether the request goes on from where the order stands."""
        original, current = request.orig_cl_ord_id, parent.order.cl_ord_id
        if original != current and all(original != pending.cl_ord_id for pending in parent.requests):
            last = parent.requests[-1].cl_ord_id if parent.requests else current
            text = f"ORDER.CHAIN OrigClOrdID(41) is not {last}, the last that was not rejected"
            self._refuse(parent, request.cl_ord_id, response_to, text)
            return False
        if (request.symbol, request.side) != (parent.order.symbol, parent.order.side):
            text = "ORDER.CHANGED Symbol(55) and Side(54) cannot change"
            self._refuse(parent, request.cl_ord_id, response_to, text)
            return False
        return True

    def _refuse(
        self,
        parent: ParentOrder,
        cl_ord_id: str,
        response_to: CxlRejResponseTo,
        text: str,
    ) -> None:
        self._reports.refuse(
            parent.client,
            parent,
            cl_ord_id=cl_ord_id,
            orig_cl_ord_id=parent.order.cl_ord_id,
            response_to=response_to,
            text=text,
        )

    def _take(self, parent: ParentOrder, request: Pending, pending: ExecType, now: Ns) -> None:
        """Call the children back; while any may still fill, the request is pending; so are new terms for an algo."""
        parent.requests += (request,)
        if parent.children or (request.order is not None and request.order.target_strategy is not None):
            self._reports.send(parent, pending, now, cl_ord_id=request.cl_ord_id, orig_cl_ord_id=parent.order.cl_ord_id)
        if parent.children:
            self._slicer.children.pull(parent, now)
        else:
            self.carry_out(parent, now)

    def agreed(self, parent: ParentOrder, order: NewOrder, plan: Plan, now: Ns) -> None:
        """New terms that the order's client gave by telephone, to be carried out as those of a replace are."""
        parent.requests += (Pending(parent.order.cl_ord_id, order, plan, by_telephone=True),)
        if parent.children:
            self._slicer.children.pull(parent, now)
        else:
            self.carry_out(parent, now)

    def carry_out(self, parent: ParentOrder, now: Ns) -> None:
        """Answer what can be answered of the order's pending requests, the oldest first, and go on working."""
        while parent.requests:
            request = parent.requests[0]
            wanted = Qty(0) if request.order is None else request.order.order_qty
            if parent.cum_qty >= max(parent.order_qty, wanted):
                self._too_late(parent, request)
            elif parent.children:
                return
            else:
                parent.requests = parent.requests[1:]
                if request.order is None:
                    self._end(parent, End.CANCELED, now, request)
                else:
                    self._replaced(parent, request, now)
        self._slicer.work(parent, now)

    def _too_late(self, parent: ParentOrder, request: Pending) -> None:
        """The last fill was faster than the request (FIX vol. 4, B.1.c and C.2.a)."""
        parent.requests = parent.requests[1:]
        if request.by_telephone:
            self._slicer.guard.ended(parent.order_id)
            text = "the order was filled before it could be changed as was said by telephone"
            self._wire.note("alert", AlertNote(code="TELEPHONE.LATE", text=text, parent=parent.order_id))
            return
        response_to = CxlRejResponseTo.CANCEL if request.order is None else CxlRejResponseTo.REPLACE
        self._refuse(parent, request.cl_ord_id, response_to, "ORDER.DONE the order was filled before")
