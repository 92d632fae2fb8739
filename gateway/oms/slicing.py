"""The slicing host: asks the algo what is due, lets leave what is neither filled nor out yet, and asks again."""

from collections.abc import Callable
from typing import Final

from gateway.market import Markets
from gateway.model import SECOND, Common, Decision, Instrument, Ns, Pairing, Parent, Qty, Settings, TimeInForce
from gateway.oms.asking import ask
from gateway.oms.blocks import Blocks
from gateway.oms.children import Children
from gateway.oms.direct import decide_directly
from gateway.oms.notes import AlertNote
from gateway.oms.offers import Offers
from gateway.oms.order import NO_VENUE, Child, ParentOrder
from gateway.oms.orders import Orders
from gateway.oms.pace import CLIP_EVERY, Progress, is_as_due, seed_of, within_reach
from gateway.oms.pair import Pair, behind, unhedged
from gateway.oms.plan import Plan, Refused
from gateway.oms.posting import only_resting
from gateway.oms.release import Wanted
from gateway.oms.releasing import Releasing, sooner
from gateway.oms.ties import room
from gateway.oms.wire import Wire
from gateway.risk import Guard

_ATC = TimeInForce.ATC
DOUBTS: Final = frozenset({"CHILD.UNKNOWN_THERE", "CHILD.MISSING_FILL"})  # an operator's word on the child ends them


class Slicer:
    """`finish_if_over(parent, now)` ends an order whose time is up, and says whether it is."""

    def __init__(
        self, wire: Wire, orders: Orders, offers: Offers, finish_if_over: Callable[[ParentOrder, Ns], bool]
    ) -> None:
        self.orders: Final = orders
        self._wire = wire
        self._finish_if_over = finish_if_over
        self._markets = Markets()
        self.guard = Guard(wire.note)
        self.children: Final = Children(wire, offers, self.halt)
        self.releasing: Final = Releasing(offers, self.children, self.guard)
        self.blocks: Final = Blocks()
        self._instruments: dict[str, Instrument] = {}
        self._seed = self._secret = 0
        self._waiting: dict[str, dict[str, ParentOrder]] = {}  # symbol -> OrderID: for whom the market must move

    def configure(self, markets: Markets, guard: Guard, settings: Settings, instruments: dict[str, Instrument]) -> None:
        self._markets = markets
        self.guard = guard
        self.children.configure(markets, guard, instruments)
        self.releasing.configure(markets, guard, settings, instruments)
        self._instruments = instruments
        self._secret = self._secret or settings.secret
        self._seed = self._secret if settings.seed is None else settings.seed

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
            filled=Qty(parent.spent - base),
            working=parent.reserved,
            limit=parent.order.price,
            lot=instrument.lot,
            min_qty=instrument.min_qty if plan.common is None else max(instrument.min_qty, plan.common.min_clip),
            start=plan.start,
            end=plan.end,
            arrival=plan.arrival,
            traded_at_start=parent.traded_at_start,
            urgency=None if plan.common is None else plan.common.urgency,
            seed=self.seed(parent) if parent.progress is None else parent.progress.seed,
            last_fill=parent.filled_at,
            released_at=parent.released_at,
            pairing=None if parent.pair is None else self._pairing(parent, parent.pair),
        )

    def remarks(self, parent: ParentOrder, now: Ns) -> str | None:
        """What its client should know of how it was taken, for Text(58)."""
        plan = parent.plan
        assert plan is not None
        if parent.order.target_strategy is None or not self.trades(parent):
            return plan.note
        view = self.view(parent)
        remark = plan.algo.remark(view, self._markets.view(view.symbol), now)
        less = None if plan.common is None or plan.immediate else within_reach(plan.common, view, now)
        return "; ".join(text for text in (plan.note, remark, less) if text) or None

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
        if self.children.refusals:
            self.children.refusals.pop(parent.order_id, None)
        waiting = self._waiting.get(parent.order.symbol)
        if waiting is not None:
            waiting.pop(parent.order_id, None)
        if parent.pair is not None and (waiting := self._waiting.get(parent.pair.symbol)) is not None:
            waiting.pop(parent.order_id, None)

    def work(self, parent: ParentOrder, now: Ns) -> None:
        """Ask the algo, let leave what is due, and see when to look again."""
        if not parent.open:
            self._let_go(parent, now)
            return
        if parent.requests or self._finish_if_over(parent, now):
            return
        plan = parent.plan
        assert plan is not None
        if parent.tranche is not None or parent.round is not None:
            self.releasing.call_back(parent, now)
        if self._is_held_back(parent):
            self._wake(parent, plan.expire_at)
            return
        self.children.must_wait = False
        if parent.order.target_strategy is None:
            wanted = self._wanted(parent, plan, decide_directly(parent, plan, now))
            left, again = self.releasing.release(parent, wanted, now)
        else:
            try:
                wanted, left, again = self._follow_algo(parent, plan, now)
            except Refused as fault:
                self._fail(parent, plan, fault, now)
                return
        if plan.immediate and not parent.children and self._finish_if_over(parent, now):
            return
        self._await_market(parent, wanted, left)
        again = sooner(again, sooner(wanted.decision.wake_at, plan.expire_at))
        if self.children.must_wait:
            again = sooner(again, Ns(now + SECOND))
        if parent.shunned and left > 0:
            again = sooner(again, min((at for at in parent.shunned.values() if at > now), default=None))
        self._wake(parent, again)

    def _let_go(self, parent: ParentOrder, now: Ns) -> None:
        """It is over. Only where a venue filled more than was asked for is anything left out there."""
        self.forget(parent)
        parent.paused, parent.shunned, parent.progress = "", NO_VENUE, None
        self.children.pull(parent, now)

    def _fail(self, parent: ParentOrder, plan: Plan, fault: Refused, now: Ns) -> None:
        """Its algo has no answer: nothing more of it leaves, what rests comes back, and it ends by its end."""
        code, _, text = fault.rejection.text.partition(" ")
        self.halt(parent, code, text)
        self.children.pull(parent, now)
        self._wake(parent, plan.expire_at)

    def _is_held_back(self, parent: ParentOrder) -> bool:
        """Whether nothing of it may leave, whatever its algo says."""
        if parent.halted or parent.paused or parent.trigger is not None or parent.held is not None:
            return True
        return (parent.line is not None and parent.waits) or not self.trades(parent)

    def _follow_algo(self, parent: ParentOrder, plan: Plan, now: Ns) -> tuple[Wanted, Qty, Ns | None]:
        """Release what its algo wants, at the pace that the order is to have; gives what is left, and until when.

        Raises Refused, before anything leaves.
        """
        view, market, pace, algo = self.view(parent), self._markets.view(parent.order.symbol), plan.common, plan.algo
        if pace is None:
            wanted = self._wanted(parent, plan, ask(algo, view, market, now))
            return wanted, *self.releasing.release(parent, wanted, now)
        progress = parent.progress or self._begin(parent, plan)
        decision = progress.decide(lambda at: ask(algo, view, market, at), pace, view, now)
        return self._release_in_clips(parent, self._wanted(parent, plan, decision), pace, view, now)

    def _wanted(self, parent: ParentOrder, plan: Plan, decision: Decision) -> Wanted:
        """What that comes to, within the order and what its list leaves of it."""
        due = min(parent.base_qty + decision.due, parent.order_qty)
        if parent.line is not None and (most := room(parent)) is not None:
            due = min(due, most)
        qty = Qty(due - parent.cum_qty - parent.reserved - parent.withheld)
        return Wanted(qty, Qty(due), plan, decision, decision.posting or plan.posting)

    def _release_in_clips(
        self, parent: ParentOrder, wanted: Wanted, pace: Common, view: Parent, now: Ns
    ) -> tuple[Wanted, Qty, Ns | None]:
        """A clip of it, where the order's urgency wants it; with what is left of all, and when more may leave."""
        release, tip = wanted.qty, wanted.plan.algo.tip(view)
        if tip is not None:
            release = Qty(0) if parent.reserved else min(release, tip)
        progress, decision, posting = parent.progress, wanted.decision, wanted.posting
        assert progress is not None
        if posting is None:
            posting = progress.posting(pace, view, decision, now)
            if posting is not None:
                progress.rests = True
            elif pace.urgency is not None:  # It crosses, and what rests is in the way.
                self.children.pull(parent, now)
        else:
            if progress.rests:  # Its algo shows it in another way from now on.
                self.children.pull(parent, now)
                progress.rests = False
            posting = posting if pace.allow_cross else only_resting(posting)
        clip = Qty(max(release, 0))
        if posting is None or posting.time_in_force is not _ATC:  # An auction is one trade, and there is no next clip.
            clip = progress.clip(pace, view, release, now, at_once=decision.at_once)
        clipped = Wanted(clip, wanted.due, wanted.plan, decision, posting)
        left, again = self.releasing.release(parent, clipped, now)
        if clip < wanted.qty:
            if left < clip < release:
                progress.clip_at = Ns(now + CLIP_EVERY)
            if progress.clip_at > now:
                again = sooner(again, progress.clip_at)
            left = Qty(left + wanted.qty - clip)
        if left <= 0 and wanted.due >= parent.order_qty and is_as_due(pace):
            parent.progress = None  # All of it is out, and nothing of its past matters any more.
        return clipped, left, again

    def _await_market(self, parent: ParentOrder, wanted: Wanted, left: Qty) -> None:
        """Whether a move of the market is a reason to ask again."""
        decision, posting = wanted.decision, wanted.posting
        follows = (decision.follows or decision.wake_at is None) and wanted.due < parent.order_qty
        if left > 0 or follows or (posting is not None and posting.peg is not None):
            self._waiting.setdefault(parent.order.symbol, {})[parent.order_id] = parent
            if parent.pair is not None and not parent.pair.hedges:
                self._waiting.setdefault(parent.pair.symbol, {})[parent.order_id] = parent
        else:
            self.forget(parent)

    def _wake(self, parent: ParentOrder, at: Ns | None) -> None:
        if parent.tranche is not None:
            at = sooner(at, parent.tranche.until)
        if parent.round is not None:
            at = sooner(at, parent.round.until)
        if at is not None and at != parent.wake_at:
            parent.wake_at = at
            self._wire.wake(at, parent.order_id)

    def count_from_now(self, parent: ParentOrder) -> None:
        """What has traded up to now is not what its algo follows."""
        parent.traded_at_start = self._markets.traded(parent.order.symbol)
        if parent.order.target_strategy is not None:
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
        self._markets.filled(order.symbol, child.venue, order.side, qty, took=not child.may_rest)
        self.blocks.filled(order.symbol, qty)

    def halt(self, parent: ParentOrder, code: str, text: str, child: Child | None = None) -> None:
        """Release nothing more for this parent until a person has looked; fills and cancels go on."""
        reason = code
        if child is not None and code in DOUBTS:
            reason = child.cl_ord_id
            self.children.doubtful.add(reason)
        if reason not in parent.halted:
            parent.halted += (reason,)
        self.forget(parent)
        self._wire.note(
            "alert",
            AlertNote(code=code, text=text, parent=parent.order_id, child=None if child is None else child.cl_ord_id),
        )
