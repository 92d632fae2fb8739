"""Children on their way: sent, reserved, called back, given back to their parent.

The reservation is the rule that CumQty and what is out at the venues together never exceed OrderQty.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec import structs

from gateway.market import Markets
from gateway.model import (
    PLAIN,
    CancelRequest,
    Instrument,
    NewOrder,
    Ns,
    OrdType,
    Posting,
    Qty,
    Quote,
    Rejection,
    StatusRequest,
    TimeInForce,
    VenueSettings,
)
from gateway.oms.departures import Departures
from gateway.oms.house import release_id
from gateway.oms.notes import AlertNote, ChildNote, DecisionNote
from gateway.oms.offers import Offers
from gateway.oms.order import Child, ParentOrder
from gateway.oms.overdue import BACK, FIRST, Overdue
from gateway.oms.posting import wording
from gateway.oms.release import Release
from gateway.oms.statistics import Statistics
from gateway.oms.wire import Wire
from gateway.risk import Guard
from gateway.router import Split

MAX_CANCELS: Final = 3  # of one child without anybody asking anew
_AT_ONCE = (TimeInForce.IOC, TimeInForce.FOK)
_TAKES = (OrdType.LIMIT, PLAIN)


class Children:
    """`halt(parent, code, text)` is called for a parent that a person has to look at."""

    def __init__(self, wire: Wire, offers: Offers, halt: Callable[[ParentOrder, str, str], None]) -> None:
        self.probed = False  # of this release, the part of one venue was cut down to the least
        self.must_wait = False  # a child of this release was refused for what may pass
        self.statistics: Final = Statistics(wire.note, wire.wake)
        self._breakers = self.statistics.breakers
        self.doubtful: Final[set[str]] = set()  # asked about, and not told of in a way that agrees with us
        self.refusals: Final[dict[str, str]] = {}  # OrderID -> why the last child was refused, of parents that wait
        self._answers = Overdue(wire, FIRST, self.statistics.silent, self.ask_status)
        self._recalls = Overdue(wire, BACK, _stays, self.ask_status)
        self._departures = Departures(wire, self._against, self._leave)
        self._offers = offers
        self.stopping = False  # nothing leaves any more
        self._wire = wire
        self._halt = halt
        self._markets = Markets()
        self._guard = Guard(wire.note)
        self._smallest: dict[str, Qty] = {}  # order, by symbol

    def configure(self, markets: Markets, guard: Guard, instruments: Mapping[str, Instrument]) -> None:
        self._smallest = {symbol: Qty(-(-each.min_qty // each.lot) * each.lot) for symbol, each in instruments.items()}
        self._markets = markets
        self._guard = guard
        self.stopping = False

    def depart(self, what: str, now: Ns) -> ParentOrder | None:
        """A child's time to leave has come; gives its parent if that has it back and has to go on."""
        child = self._departures.turn(what, now)
        if child is None:
            return None
        parent = child.parent
        book = self._markets.books(parent.order.symbol).get(child.venue)
        if book is not None:
            book.give_back(parent.order.side, child.price, child.qty)
        self.come_back(child)
        return parent

    def bear_with(self, venues: Sequence[VenueSettings]) -> None:
        """As long as each of them is to be waited for, from now on."""
        self._answers.configure(venues)
        self._recalls.configure(venues)

    def rang(self, what: str, now: Ns) -> bool:
        """Whether a timer was set for a venue's word."""
        for word, overdue in ((FIRST, self._answers), (BACK, self._recalls)):
            if what.startswith(word.mark):
                overdue.turn(what, now)
                return True
        return False

    def carry_out(self, parent: ParentOrder, release: Release, now: Ns, *, posting: Posting | None = None) -> int:
        """Send a release's children and note it; gives the quantity that is out."""
        routed = release.routed
        sent, out = list[ChildNote](), 0
        for part in routed.splits:
            child = self._send(parent, part, release, now, posting)
            if child is not None:
                sent.append(ChildNote(child.cl_ord_id, child.venue, child.qty, child.price))
                out += child.qty
        if not sent and self.must_wait:
            return 0  # it will be tried again
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
                children=sent,
                policy=routed.policy,
                why=routed.why,
                passed_over=routed.passed_over,
                through=routed.through,
            ),
        )
        return out

    def _send(
        self, parent: ParentOrder, part: Split, release: Release, now: Ns, posting: Posting | None
    ) -> Child | None:
        """One child to one venue, reserved before it leaves; without `posting` it takes what is shown."""
        order, plan, breakers = parent.order, parent.plan, self._breakers
        assert plan is not None
        if breakers.suspects:
            if not breakers.admits(part.venue):
                self.must_wait = True
                return None
            if not (plan.immediate or plan.min_qty is not None or (posting is not None and _is_whole(posting))):
                least = self._smallest.get(order.symbol, part.qty)
                if plan.common is not None:
                    least = max(least, plan.common.min_clip)
                qty = breakers.most(part.venue, part.qty, least)
                if 0 < parent.order_qty - parent.spent - parent.reserved - qty < least:
                    qty = part.qty  # What would be left could not be sent.
                self.probed = self.probed or qty < part.qty
                part = Split(part.venue, qty, part.price)
        refused = self._judged(parent, part, release.quote, now)
        if refused is not None:
            self._refused(parent, refused)
            return None
        if parent.cum_qty + parent.reserved + part.qty > parent.order_qty:
            self._halt(parent, "CHILD.EXCESS", "a child would exceed the parent's OrderQty")
            return None
        time_in_force = plan.child_tif if posting is None else posting.time_in_force
        child = Child(
            cl_ord_id=f"{parent.order_id}-{len(parent.sent) + 1}",
            parent=parent,
            venue=part.venue,
            qty=part.qty,
            price=part.price,
            may_rest=time_in_force not in _AT_ONCE,
        )
        one = (child,)
        parent.sent += one
        parent.children += one
        parent.reserved = Qty(parent.reserved + part.qty)
        parent.released_at = now
        if posting is None:
            self._markets.books(order.symbol)[part.venue].take(order.side, part.qty)
        else:
            parent.posted_at = now
        if child.may_rest:
            self._markets.rests(order.symbol, part.venue, order.side, part.price, part.qty)
        ord_type, handling = _TAKES if posting is None else wording(posting)
        worded = NewOrder(
            cl_ord_id=child.cl_ord_id,
            symbol=order.symbol,
            side=order.side,
            order_qty=part.qty,
            ord_type=ord_type,
            price=part.price,
            time_in_force=time_in_force,
            handling=handling,
            position_effect=order.position_effect,
            locate_reqd=order.locate_reqd,
            locate_broker=order.locate_broker,
            secondary_cl_ord_id=order.cl_ord_id,
            parent_order_id=parent.order_id,
            slice_no=parent.slices,
        )
        if order.target_strategy is not None:
            worded = structs.replace(worded, link_id=release_id(parent))
        later = release.routed.later.get(part.venue)
        if later is None or breakers.suspects:
            self._leave(child, worded, now)
        else:
            self._departures.wait(child, worded, release.quote, Ns(now + later))
        return child

    def _leave(self, child: Child, order: NewOrder, now: Ns) -> None:
        self.statistics.sent(child, now)
        if self._breakers.suspects:
            self._breakers.left(child, now)
        self._wire.order(child.venue, order, now)
        self._answers.wait(child, now)

    def _against(self, child: Child, quote: Quote, now: Ns) -> str | None:
        """Why a child that waited is not sent; None: nothing has come between. Limits count it from now on."""
        parent, venue, symbol = child.parent, child.venue, child.parent.order.symbol
        assert parent.plan is not None
        if child.canceling:
            return "it was called back"
        stands_still = parent.halted or parent.paused or parent.held is not None or parent.waits
        if self.stopping or stands_still or not parent.open:
            return "nothing is sent of the order for now"
        if venue not in self._markets.fresh(symbol) or venue not in self._offers.takers(parent.plan.child_tif, symbol):
            return "it is not there, or takes no such orders now"
        refused = self._judged(parent, Split(venue, child.qty, child.price), quote, now)
        return self._breakers.told(venue) or None if refused is None else refused.text

    def _judged(self, parent: ParentOrder, part: Split, quote: Quote, now: Ns) -> Rejection | None:
        return self._guard.child(
            parent.order_id,
            parent.client,
            parent.order,
            venue=part.venue,
            qty=part.qty,
            price=part.price,
            quote=quote,
            now=now,
        )

    def reserve(self, child: Child, before: Qty) -> None:
        """The child reserved `before`; what its parent has reserved and what is open at the venue follow."""
        parent, reserved = child.parent, child.reserved
        parent.reserved = Qty(parent.reserved + reserved - before)
        if child.may_rest:
            order = parent.order
            self._markets.rests(order.symbol, child.venue, order.side, child.price, reserved - before)
        if before:
            self._guard.child_leaves(child.cl_ord_id, reserved)
        elif reserved:  # It was done, and a bust opens it again.
            self._guard.child_is_back(
                child.cl_ord_id, child.venue, parent.order, reserved, child.price, rests=child.may_rest
            )

    def come_back(self, child: Child) -> None:
        """Nothing of the child can be filled any more; what was reserved for it is the parent's again."""
        parent, before = child.parent, child.reserved
        child.done = True
        self.doubtful.discard(child.cl_ord_id)
        if child.sent_at:
            self.statistics.ended(child)
        if before:
            self.reserve(child, before)
        at = parent.children.index(child)
        parent.children = parent.children[:at] + parent.children[at + 1 :]
        if parent.held is not None:
            parent.held = parent.held_by_all()

    def ask_status(self, child: Child) -> None:
        """OrderStatusRequest(H): the venue's word and our ledger do not agree. Of what waits it knows nothing yet."""
        if child in self._departures:
            return
        self.doubtful.add(child.cl_ord_id)
        order = child.parent.order
        self._wire.ask_status(
            child.venue,
            StatusRequest(cl_ord_id=child.cl_ord_id, symbol=order.symbol, side=order.side),
        )

    def in_doubt(self, child: Child) -> bool:
        """Whether its venue cannot say how the child stands, or does not say what agrees with our ledger."""
        if child in self._departures:
            return False
        return child.cl_ord_id in self.doubtful or not self._offers.is_here(child.venue)

    def missed(self, child: Child) -> None:
        """The child came back without having got all; the quotes it was sent for are not there."""
        order = child.parent.order
        book = self._markets.books(order.symbol).get(child.venue)
        if book is not None and not child.cancels:
            book.missed(order.side, child.price)

    def _refused(self, parent: ParentOrder, refused: Rejection) -> None:
        """A child may not leave: the parent waits for what passes, and is halted for what does not."""
        if not self._guard.passes(refused):
            self._halt(parent, "CHILD.REFUSED", refused.text)
            return
        self.must_wait = True
        code = refused.text.partition(" ")[0]
        if self.refusals.get(parent.order_id) != code:  # said once, however often it is tried
            self.refusals[parent.order_id] = code
            self._wire.note("alert", AlertNote(code="CHILD.WAITS", text=refused.text, parent=parent.order_id))

    def pull(self, parent: ParentOrder, now: Ns, *, stopped: str | None = None) -> None:
        """Cancel what rests at venues, or waits to leave, unless that is asked already. Others come back by themselves.

        Where trading is stopped, on that venue or ('') on all, nobody waits for them.
        """
        for child in parent.children:
            if stopped and child.venue != stopped:
                continue
            if child.canceling:
                continue
            if child in self._departures:
                self._departures.call_back(child, now)
            elif child.may_rest or stopped is not None:
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
        self._recalls.wait(child, now)


def _is_whole(posting: Posting) -> bool:
    """Whether a part of it would be another thing."""
    return posting.min_qty is not None or posting.time_in_force not in (TimeInForce.DAY, TimeInForce.IOC)


def _stays(child: Child, now: Ns) -> None:  # noqa: ARG001
    """It may be told to cancel once more."""
    child.canceling = False
