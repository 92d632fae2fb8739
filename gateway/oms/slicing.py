"""The slicing host: asks the algo what is due, releases what is not yet filled or working, and keeps the reservation.

The reservation is the rule that CumQty and what is out at the venues together never exceed OrderQty.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from gateway.market import Markets
from gateway.model import (
    PLAIN,
    SECOND,
    CancelRequest,
    Handling,
    Instrument,
    NewOrder,
    Ns,
    OrdType,
    Parent,
    Px,
    Qty,
    Quote,
    Rejection,
    Side,
    StatusRequest,
    TimeInForce,
)
from gateway.oms.notes import AlertNote, ChildNote, DecisionNote
from gateway.oms.offers import Offers
from gateway.oms.order import Child, ParentOrder
from gateway.oms.orders import Orders
from gateway.oms.overdue import Overdue
from gateway.oms.posting import POST_ONLY, Posting
from gateway.oms.recalls import MAX_CANCELS, Recalls
from gateway.oms.resting import Resting
from gateway.oms.routing import Routed, Routing
from gateway.oms.ties import room
from gateway.oms.wire import Wire
from gateway.risk import Guard
from gateway.router import Split

_BUY, _DAY, _LIMIT = Side.BUY, TimeInForce.DAY, OrdType.LIMIT
_RESTS_ONLY = Handling(exec_inst=(POST_ONLY,))
MAX_CHILD_REJECTS = 5  # after so many a person has to look at the parent


class _Release(NamedTuple):
    """What is to leave, and what was seen when that was decided."""

    due: int
    qty: Qty
    limit: Px | None
    quote: Quote
    routed: Routed


class Slicer:
    """`finish_if_over(parent, now)` ends an order whose time is up, and says whether it is."""

    def __init__(
        self, wire: Wire, orders: Orders, offers: Offers, finish_if_over: Callable[[ParentOrder, Ns], bool]
    ) -> None:
        self.orders: Final = orders
        self.stopping = False  # nothing more is released; what is due waits for the next start
        self._wire = wire
        self._finish_if_over = finish_if_over
        self._markets = Markets()
        self.guard = Guard(wire.note)
        self.overdue = Overdue(wire, self.ask_status)
        self.recalls = Recalls(wire, self.ask_status)
        self.routing = Routing(offers)
        self._resting = Resting(offers, self.routing, self._bound)
        self._refusals: dict[str, str] = {}  # OrderID -> why the last child was refused, of parents that wait
        self._wait = False  # a child of this release was refused for what may pass
        self._instruments: dict[str, Instrument] = {}
        self._waiting: dict[str, dict[str, ParentOrder]] = {}  # symbol -> OrderID: for whom the market must move

    def configure(self, markets: Markets, guard: Guard, instruments: dict[str, Instrument]) -> None:
        self._markets = markets
        self._resting.configure(markets, instruments)
        self.guard = guard
        self._instruments = instruments
        self.stopping = False

    def trades(self, parent: ParentOrder) -> bool:
        """Whether the parent's instrument is one of today's; an order may outlive it."""
        return parent.order.symbol in self._instruments

    def lot(self, parent: ParentOrder) -> Qty:
        instrument = self._instruments.get(parent.order.symbol)
        return Qty(1) if instrument is None else instrument.lot

    def view(self, parent: ParentOrder) -> Parent:
        """The parent as its algo sees it: what a replace left to plan, from zero."""
        plan, instrument, base = parent.plan, self._instruments[parent.order.symbol], parent.base_qty
        assert plan is not None
        return Parent(
            symbol=parent.order.symbol,
            side=parent.order.side,
            order_qty=Qty(parent.order_qty - base),
            filled=Qty(parent.cum_qty - base),
            working=parent.reserved,
            limit=parent.order.price,
            lot=instrument.lot,
            min_qty=instrument.min_qty,
            start=plan.start,
            end=plan.end,
            arrival=plan.arrival,
            traded_at_start=parent.traded_at_start,
        )

    def markets_moved(self, symbols: list[str], now: Ns) -> None:
        for symbol in symbols:
            waiting = self._waiting.get(symbol)
            if waiting:
                for parent in list(waiting.values()):
                    self.work(parent, now)

    def forget(self, parent: ParentOrder) -> None:
        """The parent waits for nothing any more."""
        self._refusals.pop(parent.order_id, None)
        waiting = self._waiting.get(parent.order.symbol)
        if waiting is not None:
            waiting.pop(parent.order_id, None)

    def work(self, parent: ParentOrder, now: Ns) -> None:
        """Ask the algo and release what is due."""
        if not parent.open:
            self.forget(parent)
            self.pull(parent, now)  # Only where a venue filled more than was asked for is anything left out there.
            return
        if parent.requests or self._finish_if_over(parent, now):
            return
        plan = parent.plan
        assert plan is not None
        waits = parent.trigger is not None or parent.waits
        if waits or parent.halted or parent.held is not None or not self.trades(parent):
            self._wake(parent, plan.expire_at)
            return
        symbol = parent.order.symbol
        decision = plan.algo.decide(self.view(parent), self._markets.view(symbol), now)
        due = min(parent.base_qty + decision.due, parent.order_qty)
        if parent.line is not None and (most := room(parent)) is not None:
            due = min(due, most)
        release = Qty(due - parent.cum_qty - parent.reserved - parent.withheld)
        wake_at = decision.wake_at
        self._wait = False
        limit, posting = decision.limit, plan.posting
        may_leave, may_rest, is_pegged = not self.stopping, False, posting is not None and posting.peg is not None
        if posting is not None:
            place = self._resting.place(parent, posting, limit, now)
            if place.call_back:
                self.pull(parent, now)
            limit, wake_at = place.limit, place.look_again or wake_at
            may_leave, may_rest = may_leave and place.may_leave, place.may_rest
        if release > 0 and may_leave and (posting is None or posting.takes):
            release = Qty(release - self._release(parent, due, release, limit, now))
        if release > 0 and may_leave and may_rest and posting is not None:
            quote = self._markets.quote(symbol)
            limit = self._bound(parent, limit, quote, now)
            part = self._resting.next(parent, posting, release, limit, self.guard.trades_on)
            if part is not None:
                parent.slices += 1
                posted = _Release(due, release, limit, quote, Routed([part], []))
                release = Qty(release - self._carry_out(parent, posted, now, posting=posting))
        if self._wait and (wake_at is None or wake_at > now + SECOND):
            wake_at = Ns(now + SECOND)
        if plan.expire_at is not None and (wake_at is None or wake_at > plan.expire_at):
            wake_at = plan.expire_at
        if plan.immediate and not parent.children and self._finish_if_over(parent, now):
            return
        follows = decision.follows or decision.wake_at is None
        if release > 0 or is_pegged or (follows and due < parent.order_qty):
            self._waiting.setdefault(symbol, {})[parent.order_id] = parent
        else:
            self.forget(parent)
        self._wake(parent, wake_at)

    def _wake(self, parent: ParentOrder, at: Ns | None) -> None:
        if at is not None and at != parent.wake_at:
            parent.wake_at = at
            self._wire.wake(at, parent.order_id)

    def _release(self, parent: ParentOrder, due: int, release: Qty, limit: Px | None, now: Ns) -> int:
        """Route a release; gives the quantity that found a venue."""
        order, instrument, plan = parent.order, self._instruments[parent.order.symbol], parent.plan
        assert plan is not None
        quote = self._markets.quote(order.symbol)
        limit = self._bound(parent, limit, quote, now)
        routed = self.routing.take(plan, order, release, limit, instrument=instrument, trades_on=self.guard.trades_on)
        if plan.immediate or routed.splits:
            parent.slices += 1
        if not routed.splits:
            return 0
        return self._carry_out(parent, _Release(due, release, limit, quote, routed), now)

    def _bound(self, parent: ParentOrder, limit: Px | None, quote: Quote, now: Ns) -> Px | None:
        """A level beyond the collar is one we do not reach for; it is no reason to stop at the better ones."""
        order, plan = parent.order, parent.plan
        assert plan is not None
        collar = self.guard.collar(parent.client, order, quote, now)
        return _tightest(order.side, limit, order.price if plan.limit is None else plan.limit, collar)

    def _carry_out(self, parent: ParentOrder, release: _Release, now: Ns, *, posting: Posting | None = None) -> int:
        """Send a release's children and note it; gives the quantity that is out."""
        routed = release.routed
        sent = [
            child
            for part in routed.splits
            if (child := self._send(parent, part, release.quote, now, posting)) is not None
        ]
        if not sent and self._wait:
            return 0  # it will be tried again
        out = sum(child.qty for child in sent)
        self._wire.note(
            "decision",
            DecisionNote(
                parent=parent.order_id,
                slice=parent.slices,
                due=Qty(release.due),
                filled=parent.cum_qty,
                working=Qty(parent.reserved - out),
                release=release.qty,
                limit=release.limit,
                bid=release.quote.bid,
                ask=release.quote.ask,
                candidates=routed.candidates,
                children=[ChildNote(child.cl_ord_id, child.venue, child.qty, child.price) for child in sent],
                policy=routed.policy,
                why=routed.why,
                passed_over=routed.passed_over,
            ),
        )
        return out

    def _send(self, parent: ParentOrder, part: Split, quote: Quote, now: Ns, posting: Posting | None) -> Child | None:
        """One child to one venue, reserved before it leaves; with `posting` it is there to rest."""
        order, plan = parent.order, parent.plan
        assert plan is not None
        refused = self.guard.child(
            parent.order_id,
            parent.client,
            order,
            venue=part.venue,
            qty=part.qty,
            price=part.price,
            quote=quote,
            now=now,
        )
        if refused is not None:
            self._refused(parent, refused)
            return None
        if parent.cum_qty + parent.reserved + part.qty > parent.order_qty:
            self.halt(parent, "CHILD.EXCESS", "a child would exceed the parent's OrderQty")
            return None
        time_in_force = plan.child_tif if posting is None else posting.time_in_force
        child = Child(
            cl_ord_id=f"{parent.order_id}-{len(parent.sent) + 1}",
            parent=parent,
            venue=part.venue,
            qty=part.qty,
            price=part.price,
            may_rest=posting is not None or time_in_force == _DAY,
        )
        parent.sent += (child,)
        parent.children += (child,)
        parent.reserved = Qty(parent.reserved + part.qty)
        if posting is None:
            self._markets.books(order.symbol)[part.venue].take(order.side, part.qty)
        else:
            parent.posted_at = now
        if child.may_rest:
            self._markets.rests(order.symbol, part.venue, order.side, part.price, part.qty)
        self._wire.order(
            part.venue,
            NewOrder(
                cl_ord_id=child.cl_ord_id,
                symbol=order.symbol,
                side=order.side,
                order_qty=part.qty,
                ord_type=_LIMIT,
                price=part.price,
                time_in_force=time_in_force,
                handling=_RESTS_ONLY if posting is not None and posting.only_rests else PLAIN,
                position_effect=order.position_effect,
                locate_reqd=order.locate_reqd,
                locate_broker=order.locate_broker,
                secondary_cl_ord_id=order.cl_ord_id,
                parent_order_id=parent.order_id,
                slice_no=parent.slices,
            ),
            now,
        )
        self.overdue.left(child, now)
        return child

    def count_from_now(self, parent: ParentOrder) -> None:
        """What has traded up to now is not what its algo follows."""
        parent.traded_at_start = self._markets.traded(parent.order.symbol)

    def filled(self, parent: ParentOrder, qty: Qty) -> None:
        self._markets.filled(parent.order.symbol, qty)

    def reserve(self, child: Child, before: Qty) -> None:
        """The child reserved `before`; what its parent has reserved and what is open at the venue follow."""
        parent, reserved = child.parent, child.reserved
        parent.reserved = Qty(parent.reserved + reserved - before)
        if child.may_rest:
            order = parent.order
            self._markets.rests(order.symbol, child.venue, order.side, child.price, reserved - before)
        if before:
            self.guard.child_leaves(child.cl_ord_id, reserved)
        elif reserved:  # It was done, and a bust opens it again.
            self.guard.child_is_back(
                child.cl_ord_id, child.venue, parent.order, reserved, child.price, rests=child.may_rest
            )

    def come_back(self, child: Child) -> None:
        """Nothing of the child can be filled any more; what was reserved for it is the parent's again."""
        parent, before = child.parent, child.reserved
        child.done = True
        self.reserve(child, before)
        at = parent.children.index(child)
        parent.children = parent.children[:at] + parent.children[at + 1 :]
        if parent.held is not None:
            parent.held = parent.held_by_all()

    def ask_status(self, child: Child) -> None:
        """OrderStatusRequest(H): the venue's word and our ledger do not agree."""
        order = child.parent.order
        self._wire.ask_status(
            child.venue,
            StatusRequest(cl_ord_id=child.cl_ord_id, symbol=order.symbol, side=order.side),
        )

    def missed(self, child: Child) -> None:
        """The child came back without having got all; the quotes it was sent for are not there."""
        order = child.parent.order
        book = self._markets.books(order.symbol).get(child.venue)
        if book is not None and not child.cancels:
            book.missed(order.side, child.price)

    def _refused(self, parent: ParentOrder, refused: Rejection) -> None:
        """A child may not leave: the parent waits for what passes, and is halted for what does not."""
        if not self.guard.passes(refused):
            self.halt(parent, "CHILD.REFUSED", refused.text)
            return
        self._wait = True
        code = refused.text.partition(" ")[0]
        if self._refusals.get(parent.order_id) != code:  # said once, however often it is tried
            self._refusals[parent.order_id] = code
            self._wire.note("alert", AlertNote(code="CHILD.WAITS", text=refused.text, parent=parent.order_id))

    def pull(self, parent: ParentOrder, now: Ns, *, stopped: str | None = None) -> None:
        """Cancel what rests at venues, unless that is asked already. Immediate children come back by themselves.

        Where trading is stopped, on that venue or ('') on all, nobody waits for them.
        """
        for child in parent.children:
            if stopped and child.venue != stopped:
                continue
            if (child.may_rest or stopped is not None) and not child.canceling:
                self._recall(child, now)

    def recall_again(self, child: Child, now: Ns) -> None:
        """Its venue still has what was called back."""
        if 0 < child.cancels < MAX_CANCELS and not child.canceling:
            self._recall(child, now)

    def _recall(self, child: Child, now: Ns) -> None:
        child.canceling = True
        child.cancels += 1
        order = child.parent.order
        request = CancelRequest(
            cl_ord_id=f"{child.cl_ord_id}-C{child.cancels}",
            orig_cl_ord_id=child.cl_ord_id,
            symbol=order.symbol,
            side=order.side,
            order_qty=child.qty,
        )
        self._wire.cancel(child.venue, request, now)
        self.recalls.left(child, now)

    def halt(self, parent: ParentOrder, code: str, text: str, child: Child | None = None) -> None:
        """Release nothing more for this parent until a person has looked; fills and cancels go on."""
        parent.halted = True
        self.forget(parent)
        self._wire.note(
            "alert",
            AlertNote(code=code, text=text, parent=parent.order_id, child=None if child is None else child.cl_ord_id),
        )


def _tightest(side: Side, *limits: Px | None) -> Px | None:
    found, is_buy = None, side == _BUY
    for limit in limits:
        if limit is not None and (found is None or (limit < found if is_buy else limit > found)):
            found = limit
    return found
