"""The slicing host: asks the algo what is due, and releases what is neither filled nor working yet."""

from collections.abc import Callable
from typing import Final

from msgspec import structs

from gateway.market import Markets
from gateway.model import (
    SECOND,
    Decision,
    Instrument,
    Ns,
    Pairing,
    Parent,
    Posting,
    Px,
    Qty,
    Quote,
    Settings,
    Side,
    TimeInForce,
    Visibility,
)
from gateway.oms.blocks import Blocks
from gateway.oms.children import Children, Release
from gateway.oms.notes import AlertNote
from gateway.oms.offers import Offers
from gateway.oms.order import NO_VENUE, Child, ParentOrder
from gateway.oms.orders import Orders
from gateway.oms.pace import CLIP_EVERY, Progress, completes_at, is_as_due, seed_of
from gateway.oms.pair import Pair, behind, unhedged
from gateway.oms.pings import Pings
from gateway.oms.plan import Plan
from gateway.oms.resting import Resting
from gateway.oms.routing import Routed, Routing
from gateway.oms.ties import room
from gateway.oms.tranches import RESTS, Tranches
from gateway.oms.wire import Wire
from gateway.risk import Guard

_BUY, _DARK, _ATC = Side.BUY, Visibility.DARK, TimeInForce.ATC


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
        self.children: Final = Children(wire, self.halt)
        self._breakers = self.children.statistics.breakers
        self.routing = Routing(offers, self.children.statistics)
        self.blocks: Final = Blocks()
        self._resting = Resting(offers, self.routing, self._bound)
        self.tranches = Tranches(offers, self.routing)
        self._pings = Pings(offers, self.routing)
        self._instruments: dict[str, Instrument] = {}
        self._seed = 0
        self._waiting: dict[str, dict[str, ParentOrder]] = {}  # symbol -> OrderID: for whom the market must move

    def configure(self, markets: Markets, guard: Guard, settings: Settings, instruments: dict[str, Instrument]) -> None:
        self._markets = markets
        self.routing.configure(markets, guard, settings)
        self.tranches.configure(markets, settings)
        self._pings.configure(markets, settings, instruments)
        self._resting.configure(markets, instruments)
        self.children.configure(markets, guard, instruments)
        self.guard = guard
        self._instruments = instruments
        self._seed = settings.seed
        self.stopping = False

    def trades(self, parent: ParentOrder) -> bool:
        """Whether the parent's instrument, and the other of a pair, is one of today's; an order may outlive it."""
        instruments, pair = self._instruments, parent.pair
        return parent.order.symbol in instruments and (pair is None or pair.symbol in instruments)

    def lot(self, parent: ParentOrder) -> Qty:
        instrument = self._instruments.get(parent.order.symbol)
        return Qty(1) if instrument is None else instrument.lot

    def smallest(self, parent: ParentOrder) -> Qty:
        """What a child is at least."""
        instrument = self._instruments.get(parent.order.symbol)
        return Qty(1) if instrument is None else max(instrument.min_qty, instrument.lot)

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
            min_qty=instrument.min_qty if plan.common is None else max(instrument.min_qty, plan.common.min_clip),
            start=plan.start,
            end=plan.end,
            arrival=plan.arrival,
            traded_at_start=parent.traded_at_start,
            urgency=None if plan.common is None else plan.common.urgency,
            last_fill=parent.filled_at,
            released_at=parent.released_at,
            pairing=None if parent.pair is None else self._pairing(parent, parent.pair),
        )

    def _pairing(self, parent: ParentOrder, pair: Pair) -> Pairing:
        other = self.orders[pair.other]
        left = behind(other, parent, self.lot(parent)) if pair.hedges else unhedged(parent, other)
        return Pairing(
            hedges=pair.hedges,
            market=self._markets.view(pair.symbol),
            avg_px=other.avg_px,
            unhedged=Qty(max(left, 0)),
            since=pair.since,
        )

    def markets_moved(self, symbols: list[str], now: Ns) -> None:
        for symbol in symbols:
            waiting = self._waiting.get(symbol)
            if waiting:
                for parent in list(waiting.values()):
                    self.work(parent, now)

    def forget(self, parent: ParentOrder) -> None:
        """The parent waits for nothing any more."""
        self.children.refusals.pop(parent.order_id, None)
        waiting = self._waiting.get(parent.order.symbol)
        if waiting is not None:
            waiting.pop(parent.order_id, None)
        if parent.pair is not None and (waiting := self._waiting.get(parent.pair.symbol)) is not None:
            waiting.pop(parent.order_id, None)

    def work(self, parent: ParentOrder, now: Ns) -> None:
        """Ask the algo and release what is due."""
        children = self.children
        if not parent.open:
            self.forget(parent)
            parent.paused, parent.shunned, parent.progress = "", NO_VENUE, None
            # Only where a venue filled more than was asked for is anything left out there.
            children.pull(parent, now)
            return
        if parent.requests or self._finish_if_over(parent, now):
            return
        plan = parent.plan
        assert plan is not None
        if parent.tranche is not None and parent.tranche.until is not None and parent.tranche.until <= now:
            self._call_back(parent, now)
        if parent.round is not None and parent.round.until <= now:
            for venue in self._pings.unanswered(parent, now):
                children.pull(parent, now, stopped=venue)
        waits = parent.trigger is not None or parent.waits
        if waits or parent.halted or parent.paused or parent.held is not None or not self.trades(parent):
            self._wake(parent, plan.expire_at)
            return
        symbol = parent.order.symbol
        view, market, progress, pace = self.view(parent), self._markets.view(symbol), parent.progress, plan.common
        if progress is None and pace is not None:
            progress = self._begin(parent, plan)
        if progress is None or pace is None:
            decision = plan.algo.decide(view, market, now)
        else:
            decision = progress.decide(lambda at: plan.algo.decide(view, market, at), pace, view, now)
        due = min(parent.base_qty + decision.due, parent.order_qty)
        if parent.line is not None and (most := room(parent)) is not None:
            due = min(due, most)
        release = Qty(due - parent.cum_qty - parent.reserved - parent.withheld)
        wake_at, wanted, at_most = decision.wake_at, release, release
        children.must_wait = False
        posting, where = decision.posting or plan.posting, decision.where
        limit = reach = decision.limit
        at_once = decision.at_once
        if at_once and parent.tranche is not None:
            self._call_back(parent, now)
        may_leave, may_rest, is_pegged = not self.stopping, False, posting is not None and posting.peg is not None
        if where is not None and self._resting.strays(parent, where):
            children.pull(parent, now)
        if progress is not None and pace is not None:
            if pace.urgency is not None and posting is None:
                posting = self._posting(parent, view, decision, now)
                is_pegged = posting is not None
            is_whole = at_once or (posting is not None and posting.time_in_force is _ATC)
            release = progress.clip(pace, view, release, now, at_once=is_whole)
            at_most = release
        if posting is not None:
            place = self._resting.place(parent, posting, limit, now)
            if place.call_back:
                children.pull(parent, now)
            limit, reach = place.limit, place.reach
            wake_at = _sooner(place.look_again, wake_at)
            may_leave, may_rest = may_leave and place.may_leave, place.may_rest
        why, may_take = "", (posting is None or posting.takes) and where is not _DARK
        is_routed = may_leave and may_take and posting is None and where is None
        if release > 0 and is_routed and self._pings.concern(plan):
            release = Qty(release - self._ping(parent, due, release, limit, now))
        may_wait = not at_once and (pace is None or pace.urgency is None)
        if release > 0 and is_routed and may_wait and self.tranches.concern(plan):
            out, why = self._rest(parent, Qty(due), release, decision, now)
            release = Qty(release - out)
        if release > 0 and may_leave and may_take:
            if self.routing.awaits(parent, now) is None:
                release = Qty(release - self._release(parent, due, release, reach, now, because=why))
            until = self.routing.awaits(parent, now) if release > 0 else None
            if until is not None:
                wake_at = until if wake_at is None else min(wake_at, until)
        if release > 0 and may_leave and may_rest and posting is not None:
            quote = self._markets.quote(symbol)
            limit = self._bound(parent, limit, quote, now)
            trades_on = self._trades_on(parent, now)
            part = self._resting.next(parent, posting, release, limit, trades_on=trades_on, where=where)
            if part is not None:
                parent.slices += 1
                posted = Release(due, release, limit, quote, Routed([part], []))
                release = Qty(release - children.carry_out(parent, posted, now, posting=posting))
        if progress is not None and at_most < wanted:
            if release < at_most:
                progress.clip_at = Ns(now + CLIP_EVERY)
            if progress.clip_at > now:
                wake_at = _sooner(progress.clip_at, wake_at)
            release = Qty(release + wanted - at_most)
        if children.must_wait and (wake_at is None or wake_at > now + SECOND):
            wake_at = Ns(now + SECOND)
        if release > 0 and parent.shunned:
            wake_at = _sooner(wake_at, *(at for at in parent.shunned.values() if at > now))
        if plan.expire_at is not None and (wake_at is None or wake_at > plan.expire_at):
            wake_at = plan.expire_at
        if plan.immediate and not parent.children and self._finish_if_over(parent, now):
            return
        if pace is not None and release <= 0 and due >= parent.order_qty and is_as_due(pace):
            parent.progress = None  # All of it is out, and nothing of its past matters any more.
        follows = decision.follows or decision.wake_at is None
        if release > 0 or is_pegged or (follows and due < parent.order_qty):
            self._waiting.setdefault(symbol, {})[parent.order_id] = parent
            if parent.pair is not None and not parent.pair.hedges:
                self._waiting.setdefault(parent.pair.symbol, {})[parent.order_id] = parent
        else:
            self.forget(parent)
        self._wake(parent, wake_at)

    def _posting(self, parent: ParentOrder, view: Parent, decision: Decision, now: Ns) -> Posting | None:
        """Where what is due rests by the order's Urgency; None: it crosses, and what rests is called back for that."""
        plan, progress, posting = parent.plan, parent.progress, None
        assert plan is not None and progress is not None
        pace = plan.common
        assert pace is not None and pace.urgency is not None
        if not decision.at_once and not (pace.complete and now >= completes_at(view)):
            posting = progress.posting(pace.urgency, view, decision.due)
        if posting is None:
            self.children.pull(parent, now)
        return posting

    def _call_back(self, parent: ParentOrder, now: Ns) -> None:
        """What rests of a tranche is to be taken."""
        assert parent.tranche is not None
        parent.tranche = parent.tranche._replace(until=None)
        self.children.pull(parent, now)

    def _wake(self, parent: ParentOrder, at: Ns | None) -> None:
        if parent.tranche is not None and parent.tranche.until is not None:
            at = parent.tranche.until if at is None else min(at, parent.tranche.until)
        if parent.round is not None:
            at = parent.round.until if at is None else min(at, parent.round.until)
        if at is not None and at != parent.wake_at:
            parent.wake_at = at
            self._wire.wake(at, parent.order_id)

    def _ping(self, parent: ParentOrder, due: int, release: Qty, limit: Px | None, now: Ns) -> int:
        """Ask dark venues until one gets the order; gives the quantity that is out."""
        quote, trades_on = self._markets.quote(parent.order.symbol), self._trades_on(parent, now)
        limit = self._bound(parent, limit, quote, now)
        while (ping := self._pings.next(parent, release, limit, now, trades_on=trades_on)) is not None:
            routed, posting = ping
            parent.slices += 1
            out = self.children.carry_out(parent, Release(due, release, limit, quote, routed), now, posting=posting)
            if out:
                return out
        return 0

    def _rest(self, parent: ParentOrder, due: Qty, release: Qty, decision: Decision, now: Ns) -> tuple[int, str]:
        """Let a part of a release rest until its deadline; gives the quantity that is out, or why nothing is."""
        quote = self._markets.quote(parent.order.symbol)
        limit = self._bound(parent, decision.limit, quote, now)
        instrument, trades_on = self._instrument(parent, now), self._trades_on(parent, now)
        routed = self.tranches.next(
            parent, due, release, decision, instrument=instrument, limit=limit, now=now, trades_on=trades_on
        )
        if not routed.splits:
            return 0, routed.why
        parent.slices += 1
        return self.children.carry_out(parent, Release(due, release, limit, quote, routed), now, posting=RESTS), ""

    def _release(self, parent: ParentOrder, due: int, release: Qty, limit: Px | None, now: Ns, *, because: str) -> int:
        """Route a release; gives the quantity that found a venue."""
        order, plan = parent.order, parent.plan
        assert plan is not None
        instrument, trades_on = self._instrument(parent, now), self._trades_on(parent, now)
        quote = self._markets.quote(order.symbol)
        limit = self._bound(parent, limit, quote, now)
        routed = self.routing.take(plan, order, release, limit, instrument=instrument, trades_on=trades_on, now=now)
        if plan.immediate or routed.splits:
            parent.slices += 1
        if not routed.splits:
            return 0
        if because:
            routed = routed._replace(why=f"{because}; {routed.why}")
        children = self.children
        children.probed = False
        out = children.carry_out(parent, Release(due, release, limit, quote, routed), now)
        if children.probed and out < release and self.routing.awaits(parent, now) is None:
            out += self._release(parent, due, Qty(release - out), limit, now, because=because)
        return out

    def _instrument(self, parent: ParentOrder, now: Ns) -> Instrument:
        """What it trades, with the least that its next child may be: MinClip, or all that is left if that is less."""
        instrument, plan = self._instruments[parent.order.symbol], parent.plan
        pace = None if plan is None else plan.common
        if pace is None or not pace.min_clip or (pace.complete and now >= completes_at(self.view(parent))):
            return instrument
        left = Qty(parent.order_qty - parent.cum_qty - parent.reserved)
        return structs.replace(instrument, min_qty=max(instrument.min_qty, min(pace.min_clip, left)))

    def _trades_on(self, parent: ParentOrder, now: Ns) -> Callable[[str], bool]:
        """Whether the order may go to a venue now."""
        trades_on, shunned = self.guard.trades_on, parent.shunned
        if not (shunned or self._breakers.suspects):
            return trades_on
        admits = self._breakers.admits
        return lambda venue: trades_on(venue) and admits(venue) and now >= shunned.get(venue, now)

    def _bound(self, parent: ParentOrder, limit: Px | None, quote: Quote, now: Ns) -> Px | None:
        """A level beyond the collar is one we do not reach for; it is no reason to stop at the better ones."""
        order, plan = parent.order, parent.plan
        assert plan is not None
        collar = self.guard.collar(parent.client, order, quote, now)
        return _tightest(order.side, limit, order.price if plan.limit is None else plan.limit, collar)

    def count_from_now(self, parent: ParentOrder) -> None:
        """What has traded up to now is not what its algo follows."""
        parent.traded_at_start = self._markets.traded(parent.order.symbol)
        self.blocks.begin(parent)
        parent.progress = None

    def slept(self, parent: ParentOrder) -> None:
        """It was suspended: what its schedule has made due meanwhile is behind."""
        plan = parent.plan
        assert plan is not None
        if plan.common is not None and plan.algo.has_schedule and (parent.progress is not None or not parent.sent):
            (parent.progress or self._begin(parent, plan)).slept = True

    def _begin(self, parent: ParentOrder, plan: Plan) -> Progress:
        parent.progress = Progress(self.seed(parent), plan.start)
        return parent.progress

    def seed(self, parent: ParentOrder) -> int:
        """Of what is left to chance with the order, which is nothing where no algo works it."""
        return 0 if parent.order.target_strategy is None else seed_of(self._seed, parent.order_id)

    def filled(self, child: Child, qty: Qty, now: Ns) -> None:
        child.parent.filled_at = now
        order = child.parent.order
        self._markets.filled(order.symbol, qty)
        self.blocks.filled(order.symbol, qty)
        if not child.may_rest:
            self._markets.took(order.symbol, child.venue, order.side, qty)

    def halt(self, parent: ParentOrder, code: str, text: str, child: Child | None = None) -> None:
        """Release nothing more for this parent until a person has looked; fills and cancels go on."""
        parent.halted = True
        self.forget(parent)
        self._wire.note(
            "alert",
            AlertNote(code=code, text=text, parent=parent.order_id, child=None if child is None else child.cl_ord_id),
        )


def _sooner(*instants: Ns | None) -> Ns | None:
    return min((at for at in instants if at is not None), default=None)


def _tightest(side: Side, *limits: Px | None) -> Px | None:
    found, is_buy = None, side == _BUY
    for limit in limits:
        if limit is not None and (found is None or (limit < found if is_buy else limit > found)):
            found = limit
    return found
