"""All orders of a gateway: how they come in, how they go on when their children are back, and how they end."""

from collections.abc import Mapping

from gateway.market import Hours, Markets
from gateway.model import (
    PLAIN,
    Algo,
    CancelReject,
    CancelRequest,
    DontKnowTrade,
    ExecRestatementReason,
    ExecType,
    MarketData,
    MassCancelRequest,
    MassStatusRequest,
    NewOrder,
    Ns,
    Qty,
    Rejection,
    ReplaceRequest,
    Settings,
    StatusRequest,
)
from gateway.model.positions import PositionRequest
from gateway.model.trading import SecurityStatus
from gateway.oms.admission import Admission
from gateway.oms.alarms import ACTIVATION, SILENCE
from gateway.oms.allocations import Allocations
from gateway.oms.breakers import ALARM as BREAKER
from gateway.oms.conditions import Conditions, beginning
from gateway.oms.departures import DEPARTURE
from gateway.oms.effects import Effects
from gateway.oms.ends import Closing, End, Pending
from gateway.oms.hedging import Hedging
from gateway.oms.inquiries import Inquiries
from gateway.oms.lists import DEADLINE, Lists
from gateway.oms.notes import ParentNote, refusal
from gateway.oms.offers import Offers
from gateway.oms.order import ParentOrder
from gateway.oms.orders import Orders
from gateway.oms.plan import Plan
from gateway.oms.planning import rehearsed
from gateway.oms.positions import Positions
from gateway.oms.requests import Requests
from gateway.oms.rollup import RollUp
from gateway.oms.settling import Settling
from gateway.oms.slicing import Slicer
from gateway.oms.splits import Splits
from gateway.oms.stops import Stops
from gateway.oms.telephone import Telephone
from gateway.oms.terms import duplicate
from gateway.oms.trading_day import TradingDay
from gateway.oms.watch import Watch
from gateway.oms.wire import Reports, Wire
from gateway.risk import Guard

_NEW = ExecType.NEW
_EXEC_TYPES = {
    End.CANCELED: ExecType.CANCELED,
    End.EXPIRED: ExecType.EXPIRED,
    End.DONE_FOR_DAY: ExecType.DONE_FOR_DAY,
}


class Desk:
    """`prefix` makes its ids different from those of any other gateway's journal."""

    def __init__(self, wire: Wire, algos: Mapping[str, type[Algo]], prefix: str) -> None:
        self.markets = Markets()
        self.parents = Orders(prefix, algos)
        self._wire = wire
        self.guard = Guard(wire.note)
        self._reports = Reports(wire, prefix, self.parents.told_over)
        self.offers = Offers()
        self._slicer = Slicer(wire, self.parents, self.offers, self._finish_if_over)
        self.statistics = self._slicer.children.statistics
        self.positions = Positions(wire)
        self.effects = Effects(self.positions)
        self.allocations = Allocations(wire, self.positions, self.guard, self.parents, prefix)
        self._rollup = RollUp(wire, self._reports, self._slicer, self._settle, self.positions)
        self.execution = self._rollup.execution  # a venue's ExecutionReport(8)
        self.settling = Settling(wire, self._slicer, self._rollup.settled)
        self._day = TradingDay(wire, self._reports, self._slicer, self.parents)
        self.admission = Admission(self.markets, self.guard, self.effects, self.offers, day=self._day, algos=algos)
        self._requests = Requests(
            wire, self._reports, self._slicer, self.admission, replaced=self._replaced, end=self._end
        )
        self.telephone = Telephone(wire, self._reports, self._slicer, self._requests, self)
        self._inquiries = Inquiries(wire, self._reports, self.parents, prefix)
        self.stops = Stops(self.guard, self._slicer, self._inquiries, self.close, spoken=self._reports.unnamed)
        self.hedging = Hedging(wire, self._reports, self._slicer, self)
        self.lists = Lists(wire, self._reports, self._slicer, self)
        self._conditions = Conditions(wire, self._reports, self._slicer, self.parents)
        self.splits = Splits(wire, self._reports, self._slicer, self._conditions, self)
        self.watch = Watch(wire, self.markets, self.guard, self._slicer, self._conditions)

    def configure(self, settings: Settings) -> None:
        """The world as it is from this start on. What venues show has to be learned anew."""
        instruments = {instrument.symbol: instrument for instrument in settings.instruments}
        self.guard.configure(settings)
        self.parents.configure(settings.firms)
        self.positions.configure(settings.accounts)
        self.allocations.instruments = self.splits.instruments = instruments
        hours = Hours(settings.open_s, settings.close_s)
        self.markets.configure(settings.venues, instruments, hours, settings.profiles)
        self.offers.configure(settings.venues, instruments)
        self._slicer.configure(self.markets, self.guard, settings, instruments)
        self.admission.configure(settings, instruments)
        self.statistics.configure(self.markets, settings)
        self._inquiries.symbols = instruments.keys()
        self._slicer.children.bear_with(settings.venues)
        self._day.configure(settings.close_s)

    def stop(self) -> None:
        """No new risk from now on, until the next start: neither orders nor releases of those at work."""
        self.admission.stopping = self._slicer.releasing.stopping = self._slicer.children.stopping = True

    # -- clients

    def new_order(
        self, client: str, order: NewOrder, now: Ns, *, poss_resend: bool = False, sent_at: Ns | None = None
    ) -> None:
        """NewOrderSingle(D): New or Rejected, and to work. `sent_at` matters if `telephone.awaits(client)`."""
        known = self.parents.find(client, order.cl_ord_id, now)
        if known is not None:
            self._known(client, known, order, now, poss_resend=poss_resend)
            return
        wrong = None
        if order.handling is not PLAIN:
            order, wrong = self.admission.in_shares(order)
        if sent_at is not None:
            wrong = self.telephone.refusal(client, order, sent_at, now) or wrong
        parent = self.parents.enter(client, order, now)
        plan = wrong or self.admission.judge(client, order, now)
        if isinstance(plan, Rejection):
            self._reject(parent, plan, now)
            return
        hedge = None if plan.common is None else self.hedging.judge(client, order, plan, now)
        if isinstance(hedge, Rejection):
            self._reject(parent, hedge, now)
            return
        if plan.dry_run:
            self._rehearse(parent, plan, now)
            return
        self.accept(parent, plan)
        other = None if hedge is None else self.hedging.enter(parent, hedge, now)
        self.announce(parent, now)
        if other is not None:
            self.announce(other, now)
        self._slicer.work(parent, now)

    def accept(self, parent: ParentOrder, plan: Plan) -> None:
        """The order is one of ours; its client does not know yet."""
        order = parent.order
        parent.accepted = True
        parent.plan = plan
        self.effects.stands(parent)
        self._slicer.count_from_now(parent)
        quote = self.markets.quote(order.symbol)
        self._wire.note(
            "parent",
            ParentNote(
                order_id=parent.order_id,
                cl_ord_id=order.cl_ord_id,
                client=parent.client,
                symbol=order.symbol,
                side=order.side,
                order_qty=order.order_qty,
                strategy=order.target_strategy,
                bid=quote.bid,
                ask=quote.ask,
                start=plan.start,
                end=plan.end,
                seed=self._slicer.seed(parent),
            ),
        )
        if order.handling is not PLAIN:
            self._conditions.begin(parent)

    def announce(self, parent: ParentOrder, now: Ns) -> None:
        """New: the order was accepted; from here on it counts."""
        assert parent.plan is not None
        more = beginning(parent, now)
        self._reports.send(parent, _NEW, now, text=self._slicer.remarks(parent, now), more=more)
        self._conditions.await_start(parent, now)

    def _known(self, client: str, parent: ParentOrder, order: NewOrder, now: Ns, *, poss_resend: bool) -> None:
        """A ClOrdID(11) a second time. The report tells how the first one stands (FIX vol. 4, F.1.a, F.1.b)."""
        if poss_resend:
            self._reports.send(parent, ExecType.ORDER_STATUS, now, to=client)
            return
        rejection = duplicate(order)
        self._wire.note("risk", refusal(client, parent.order_id, order, rejection.text))
        self._reports.send(parent, ExecType.REJECTED, now, cl_ord_id=order.cl_ord_id, rejection=rejection, to=client)

    def _reject(self, parent: ParentOrder, rejection: Rejection, now: Ns) -> None:
        parent.ended = End.REJECTED
        self._wire.note("risk", refusal(parent.client, parent.order_id, parent.order, rejection.text))
        self._reports.send(parent, ExecType.REJECTED, now, rejection=rejection)

    def _rehearse(self, parent: ParentOrder, plan: Plan, now: Ns) -> None:
        """DryRun: it would have been taken. What would have been done is the reason why it is over."""
        parent.plan, parent.ended = plan, End.CANCELED
        self._slicer.count_from_now(parent)
        view, market = self._slicer.view(parent), self.markets.view(parent.order.symbol)
        told = rehearsed(plan, view, market, now, self._slicer.seed(parent))
        if isinstance(told, Rejection):
            self._reject(parent, told, now)
            return
        text, more = told
        text = "; ".join(filter(None, (text, self._slicer.remarks(parent, now))))
        self._reports.send(parent, ExecType.CANCELED, now, text=text, more=more)

    def cancel(self, client: str, request: CancelRequest, now: Ns, *, poss_resend: bool = False) -> None:
        """OrderCancelRequest(F)."""
        self._requests.cancel(client, request, now, poss_resend=poss_resend)

    def replace(self, client: str, request: ReplaceRequest, now: Ns, *, poss_resend: bool = False) -> None:
        """OrderCancelReplaceRequest(G)."""
        self._requests.replace(client, request, now, poss_resend=poss_resend)

    def status(self, client: str, request: StatusRequest, now: Ns) -> None:
        """OrderStatusRequest(H)."""
        self._inquiries.status(client, request, now)

    def mass_status(self, client: str, request: MassStatusRequest, now: Ns) -> None:
        """OrderMassStatusRequest(AF)."""
        self._inquiries.mass_status(client, request, now)

    def ask_positions(self, client: str, request: PositionRequest) -> None:
        """RequestForPositions(AN)."""
        self._inquiries.positions(client, request, self.positions, self.markets)

    def mass_cancel(self, client: str, request: MassCancelRequest, now: Ns) -> None:
        """OrderMassCancelRequest(q): an OrderMassCancelReport(r), then each order is canceled as if it were alone."""
        text = f"canceled by OrderMassCancelRequest {request.cl_ord_id[:64]}"
        for parent in self._inquiries.mass_cancel(client, request):
            self.close(parent, Closing(End.CANCELED, text), now)

    def dont_know(self, client: str, trade: DontKnowTrade) -> None:
        """DontKnowTrade(Q)."""
        self._inquiries.dont_know(client, trade)

    # -- venues and time

    def venue_refused_cancel(self, venue: str, reject: CancelReject) -> None:
        """A venue's OrderCancelReject(9)."""
        self._rollup.cancel_refused(venue, reject)

    def market_data(self, venue: str, data: MarketData, now: Ns) -> None:
        """A venue's MarketDataSnapshotFullRefresh(W) or MarketDataIncrementalRefresh(X)."""
        self.watch.heard(venue, data, now)

    def timer(self, order_id: str, now: Ns) -> None:
        parent = self.parents.at_hand(order_id)
        if parent is None:
            if order_id.startswith(ACTIVATION):
                self._conditions.started(order_id, now)
            elif order_id.startswith(DEADLINE):
                self.lists.overdue(order_id, now)
            elif order_id.startswith(DEPARTURE):
                if (back := self._slicer.children.depart(order_id, now)) is not None:
                    self._settle(back, now)
            elif order_id.startswith(BREAKER):
                if self.statistics.breakers.turn(order_id, now):
                    self._slicer.markets_moved([*self.markets.symbols], now)
            elif order_id == SILENCE:
                self.watch.rang(now)
            elif not self._slicer.children.rang(order_id, now):
                self._day.turn(order_id, now)
        elif parent.wake_at is not None and now >= parent.wake_at:
            parent.wake_at = None
            self._slicer.work(parent, now)

    def activated(self, parent: ParentOrder, now: Ns) -> None:
        """The order that its list held back is at work."""
        self._conditions.activated(parent, now)

    def venue_is_back(self, venue: str, now: Ns) -> None:
        """Ask a venue that has logged on about every child it may still have; what it does not know stays reserved."""
        self.offers.came(venue)
        self.statistics.came(venue, now)
        for parent in self.parents.values():
            for child in parent.children:
                if child.venue == venue:
                    self._slicer.children.ask_status(child)

    def venue_status(self, venue: str, status: SecurityStatus, now: Ns) -> None:
        """A venue trades a symbol, or not: what waits for it may go out now."""
        self.offers.told(venue, status)
        if not self.admission.stopping:
            self._slicer.markets_moved([status.symbol], now)

    def venue_leaves(self, venue: str, now: Ns) -> None:
        """Nothing more is sent there, and what it showed is not known any more."""
        self.offers.left(venue)
        self.statistics.left(venue, now, failed=not self.admission.stopping)
        self.watch.left(venue, now)

    # -- how an order goes on when its children have come back, and how it ends

    def _settle(self, parent: ParentOrder, now: Ns) -> None:
        """Something at the venues ended, or nothing was there: carry out what waits for it, or go on working."""
        self.effects.stands(parent)
        self.allocations.changed(parent, now)
        if parent.line is not None:
            self._reports.of_lists.append(parent)
        if parent.pair is not None:
            self._reports.of_pairs.append(parent)
        if parent.requests:
            self._requests.carry_out(parent, now)
        else:
            self._slicer.work(parent, now)

    def _replaced(self, parent: ParentOrder, request: Pending, now: Ns) -> None:
        """The new terms hold; the schedule is planned anew for what is left. Below CumQty means CumQty (C.3.c)."""
        assert request.order is not None
        replaced, before = parent.order.cl_ord_id, parent.plan
        parent.order = request.order
        self.effects.stands(parent)
        parent.order_qty = max(parent.within_list(request.order.order_qty), parent.cum_qty)
        parent.plan = request.plan
        parent.base_qty = parent.cum_qty
        parent.withheld, parent.posted_at, parent.tranche = Qty(0), Ns(0), None
        self._slicer.count_from_now(parent)
        parent.wake_at = None
        self.allocations.changed(parent, now)
        self._conditions.begin(parent, None if before is None else before.trigger)
        more = beginning(parent, now)
        if request.by_telephone:
            reason = ExecRestatementReason.VERBAL_CHANGE
            self._reports.send(parent, ExecType.RESTATED, now, restated=reason, text="changed by telephone", more=more)
        else:
            text = self._slicer.remarks(parent, now)
            self._reports.send(parent, ExecType.REPLACED, now, orig_cl_ord_id=replaced, text=text, more=more)
        self._conditions.await_start(parent, now)

    def close(self, parent: ParentOrder, closing: Closing, now: Ns) -> None:
        """End an order though its client did not ask for that, as soon as its children are back."""
        parent.closing = closing
        self._slicer.children.pull(parent, now)
        self._settle(parent, now)

    def _finish_if_over(self, parent: ParentOrder, now: Ns) -> bool:
        """Whether the order's time is up; then its children are called back and, once they are, it ends."""
        plan, closing = parent.plan, parent.closing
        assert plan is not None
        if closing is None:
            if plan.expire_at is not None and now >= plan.expire_at:
                closing = Closing(End.EXPIRED)
            elif parent.rests:
                self._day.rest(parent, now)
                return True
            elif not (plan.immediate and (parent.slices if plan.posting is None else parent.posted_at)):
                return False
            elif parent.children:
                return True
            elif plan.posting is None or parent.child_rejects:
                closing = Closing(End.CANCELED)
            else:
                closing = Closing(End.EXPIRED)  # The auction it was for is over.
        if not parent.children:
            parent.closing = closing
            self._end(parent, closing.end, now)
        elif parent.closing is not None or not plan.algo.awaits_auction:
            self._slicer.children.pull(parent, now)
        return True

    def _end(self, parent: ParentOrder, end: End, now: Ns, request: Pending | None = None) -> None:
        if parent.children or parent.reserved:  # Nobody is told of an end while a child can still fill.
            self._slicer.halt(parent, "PARENT.RESERVED", "the order was to end with quantity still reserved")
            return
        closing = parent.closing if request is None else None
        if end is End.DONE_FOR_DAY and not parent.cum_qty:
            end = End.EXPIRED
        parent.ended = end
        self._slicer.forget(parent)
        self._conditions.end(parent)
        self._reports.send(
            parent,
            _EXEC_TYPES[end],
            now,
            cl_ord_id=None if request is None else request.cl_ord_id,
            orig_cl_ord_id=None if request is None else parent.order.cl_ord_id,
            restated=None if closing is None else closing.reason,
            text=None if closing is None else closing.text,
        )
