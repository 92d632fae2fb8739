"""Where what is due leaves to: asked for in the dark, left to rest until a deadline, taken, or shown.

An order that says how it shows itself rests, and takes at most beside that; any other one takes, after the ways of its
policy that cost less. What none of them gets stays with us.
"""

from collections.abc import Callable
from typing import Final

from msgspec import structs

from gateway.market import Markets
from gateway.model import Instrument, Ns, Posting, Px, Qty, Quote, Settings, Side, Visibility
from gateway.model.routing import RoutePolicy
from gateway.oms.children import Children
from gateway.oms.offers import Offers
from gateway.oms.order import ParentOrder, Tranche
from gateway.oms.pace import completes_at
from gateway.oms.pings import Pings
from gateway.oms.plan import Plan
from gateway.oms.release import Release, Wanted
from gateway.oms.resting import Resting
from gateway.oms.routing import Routed, Routing
from gateway.oms.tranches import RESTS, Tranches
from gateway.risk import Guard

_BUY, _DARK, _PRICE_TIME = Side.BUY, Visibility.DARK, RoutePolicy.PRICE_TIME


class Releasing:
    """`stopping`: nothing more leaves; what is due waits for the next start."""

    def __init__(self, offers: Offers, children: Children, guard: Guard) -> None:
        self.stopping = False
        self._children = children
        self._breakers = children.statistics.breakers
        self._guard = guard
        self._markets = Markets()
        self._instruments: dict[str, Instrument] = {}
        self._routing: Final = Routing(offers, children.statistics)
        self._resting: Final = Resting(offers, self._routing, self._bound)
        self._tranches: Final = Tranches(offers, self._routing)
        self._pings: Final = Pings(offers, self._routing)

    def configure(self, markets: Markets, guard: Guard, settings: Settings, instruments: dict[str, Instrument]) -> None:
        self.stopping = False
        self._markets = markets
        self._guard = guard
        self._instruments = instruments
        self._routing.configure(markets, guard, settings)
        self._resting.configure(markets, instruments)
        self._tranches.configure(markets, settings)
        self._pings.configure(markets, settings, instruments)

    def call_back(self, parent: ParentOrder, now: Ns) -> None:
        """What was out until this instant at the latest comes back."""
        tranche = parent.tranche
        if tranche is not None and tranche.until is not None and tranche.until <= now:
            self._end(parent, tranche, now)
        if parent.round is not None and parent.round.until <= now:
            for venue in self._pings.unanswered(parent, now):
                self._children.pull(parent, now, stopped=venue)

    def release(self, parent: ParentOrder, wanted: Wanted, now: Ns) -> tuple[Qty, Ns | None]:
        """What of it found no venue, and when more of that may leave; None: nobody knows."""
        plan, decision = wanted.plan, wanted.decision
        where = decision.where
        if decision.at_once and parent.tranche is not None:
            self._end(parent, parent.tranche, now)
        if where is not None and self._resting.strays(parent, where):
            self._children.pull(parent, now)
        if wanted.posting is not None:
            return self._show(parent, wanted, wanted.posting, now)
        left, why = wanted.qty, ""
        if left <= 0 or self.stopping or where is _DARK:
            return left, None
        if where is None and self._routing.policy(plan) is not _PRICE_TIME:
            if self._pings.concern(plan):
                left = self._ask_in_the_dark(parent, wanted, left, now)
            elif not (decision.at_once or _has_urgency(plan)) and self._tranches.concern(plan):
                left, why = self._let_rest(parent, wanted, now)
        return self._take(parent, wanted, left, decision.limit, now, because=why) if left > 0 else (left, None)

    def _end(self, parent: ParentOrder, tranche: Tranche, now: Ns) -> None:
        """What rests of it is to be taken."""
        parent.tranche = tranche._replace(until=None)
        self._children.pull(parent, now)

    def _ask_in_the_dark(self, parent: ParentOrder, wanted: Wanted, qty: Qty, now: Ns) -> Qty:
        """One dark venue after the other for so much of it, until one gets the order; gives what is left of all."""
        quote, limit, trades_on = self._terms(parent, wanted.decision.limit, now)
        while (ping := self._pings.next(parent, qty, limit, now, trades_on=trades_on)) is not None:
            routed, posting = ping
            parent.slices += 1
            asked = Release(wanted.due, qty, limit, quote, routed)
            if out := self._children.carry_out(parent, asked, now, posting=posting):
                return Qty(wanted.qty - out)
        return wanted.qty

    def _let_rest(self, parent: ParentOrder, wanted: Wanted, now: Ns) -> tuple[Qty, str]:
        """A part of it, until its deadline; gives what is left, and why nothing rests."""
        quote, limit, trades_on = self._terms(parent, wanted.decision.limit, now)
        due, qty, decision = wanted.due, wanted.qty, wanted.decision
        instrument = self._instrument(parent, wanted.plan, now)
        routed = self._tranches.next(
            parent, due, qty, decision, instrument=instrument, limit=limit, now=now, trades_on=trades_on
        )
        if not routed.splits:
            return qty, routed.why
        parent.slices += 1
        out = self._children.carry_out(parent, Release(due, qty, limit, quote, routed), now, posting=RESTS)
        return Qty(qty - out), ""

    def _take(
        self, parent: ParentOrder, wanted: Wanted, qty: Qty, limit: Px | None, now: Ns, *, because: str = ""
    ) -> tuple[Qty, Ns | None]:
        """What venues show within the limit. Where a venue's answer is awaited, it is that which the rest waits for."""
        until = self._routing.awaits(parent, now)
        if until is not None:
            return qty, until
        plan, order = wanted.plan, parent.order
        quote, limit, trades_on = self._terms(parent, limit, now)
        instrument = self._instrument(parent, plan, now)
        routed = self._routing.take(plan, order, qty, limit, instrument=instrument, trades_on=trades_on, now=now)
        if plan.immediate or routed.splits:
            parent.slices += 1
        if not routed.splits:
            return qty, self._routing.awaits(parent, now)
        if because:
            routed = structs.replace(routed, why=f"{because}; {routed.why}")
        children = self._children
        children.probed = False
        left = Qty(qty - children.carry_out(parent, Release(wanted.due, qty, limit, quote, routed), now))
        if children.probed and left > 0:
            return self._take(parent, wanted, left, limit, now, because=because)
        return left, self._routing.awaits(parent, now) if left > 0 else None

    def _show(self, parent: ParentOrder, wanted: Wanted, posting: Posting, now: Ns) -> tuple[Qty, Ns | None]:
        """At its place. What is in the wrong one is called back, and what may be taken beside it is."""
        left, where = wanted.qty, wanted.decision.where
        place = self._resting.place(parent, posting, wanted.decision.limit, now)
        if place.call_back:
            self._children.pull(parent, now)
        again = place.look_again
        if left <= 0 or self.stopping or not place.may_leave:
            return left, again
        urgency = None if wanted.plan.common is None else wanted.plan.common.urgency
        if urgency is not None and where is None and wanted.decision.posting is None:
            asked = self._pings.part(urgency, left, self._instrument(parent, wanted.plan, now))
            if asked:
                left = self._ask_in_the_dark(parent, wanted, asked, now)
        if posting.takes and where is not _DARK:
            left, until = self._take(parent, wanted, left, place.reach, now)
            again = sooner(again, until)
        if left > 0 and place.may_rest:
            quote, limit, trades_on = self._terms(parent, place.limit, now)
            part = self._resting.next(parent, posting, left, limit, trades_on=trades_on, where=where)
            if part is not None:
                parent.slices += 1
                shown = Release(wanted.due, left, limit, quote, Routed([part], []))
                left = Qty(left - self._children.carry_out(parent, shown, now, posting=posting))
        return left, again

    def _terms(self, parent: ParentOrder, limit: Px | None, now: Ns) -> tuple[Quote, Px | None, Callable[[str], bool]]:
        """What the market is, how far a child may go, and whether it may go to a venue now."""
        quote, trades_on, shunned = self._markets.quote(parent.order.symbol), self._guard.trades_on, parent.shunned
        limit = self._bound(parent, limit, quote, now)
        if not (shunned or self._breakers.suspects):
            return quote, limit, trades_on
        admits = self._breakers.admits
        return quote, limit, lambda venue: trades_on(venue) and admits(venue) and now >= shunned.get(venue, now)

    def _instrument(self, parent: ParentOrder, plan: Plan, now: Ns) -> Instrument:
        """What it trades, with the least that its next child may be: MinClip, or all that is left if that is less."""
        instrument, pace = self._instruments[parent.order.symbol], plan.common
        if pace is None or not pace.min_clip or (pace.complete and now >= completes_at(plan)):
            return instrument
        left = Qty(parent.order_qty - parent.spent - parent.reserved)
        return structs.replace(instrument, min_qty=max(instrument.min_qty, min(pace.min_clip, left)))

    def _bound(self, parent: ParentOrder, limit: Px | None, quote: Quote, now: Ns) -> Px | None:
        """A level beyond the collar is one we do not reach for; it is no reason to stop at the better ones."""
        order, plan = parent.order, parent.plan
        assert plan is not None
        found, is_buy = self._guard.collar(parent.client, order, quote, now), order.side == _BUY
        for other in (limit, order.price if plan.limit is None else plan.limit):
            if other is not None and (found is None or (other < found if is_buy else other > found)):
                found = other
        return found


def sooner(one: Ns | None, other: Ns | None) -> Ns | None:
    """The earlier of two instants; None: never."""
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


def _has_urgency(plan: Plan) -> bool:
    return plan.common is not None and plan.common.urgency is not None
