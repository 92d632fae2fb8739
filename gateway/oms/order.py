"""Parent and child orders: facts only. OrdStatus(39), LeavesQty(151) and AvgPx(6) are computed from them."""

from typing import Final, NamedTuple

from gateway.model import NewOrder, Ns, OrdStatus, Px, Qty, average_px
from gateway.oms.ends import Closing, End, Pending
from gateway.oms.pace import Progress
from gateway.oms.pair import Pair
from gateway.oms.plan import Plan
from gateway.oms.ties import Line, tie_of
from gateway.oms.triggers import Trigger

NONE, _NO_PRICE, _LONG_AGO = Qty(0), Px(0), Ns(0)
# A member of an enumeration is looked up in its class each time, which takes longer than all else about a status.
_NEW, _PARTIALLY_FILLED, _FILLED = OrdStatus.NEW, OrdStatus.PARTIALLY_FILLED, OrdStatus.FILLED

NO_VENUE: Final[dict[str, Ns]] = {}
_NOTHING: Final[dict[str, tuple[Qty, Px, int]]] = {}  # of every child at first


class Tranche(NamedTuple):
    """Of what is due, up to where it was decided what rests; and until when that does, None where it is back."""

    due: Qty
    until: Ns | None


class Round(NamedTuple):
    """Dark venues that were asked for what is due; until then none of them is asked again."""

    until: Ns
    venues: tuple[str, ...]


class Day:
    """The trading day of an order that lives for several."""

    __slots__ = ("carried_notional", "carried_qty", "closing", "done", "first_exec")

    def __init__(self) -> None:
        self.carried_qty = Qty(0)  # filled on the days before
        self.carried_notional = 0
        self.first_exec = 0  # number of our first ExecutionReport of this day
        self.closing = False  # the market has closed; its children are awaited
        self.done = False  # they are back: nothing more is released until the next day


class Child:
    """One order of ours at a venue. What the venue has not answered stays reserved."""

    __slots__ = (
        "canceling", "cancels", "cl_ord_id", "cum_qty", "done", "ended_cum", "executions", "heard", "held", "may_rest",
        "overtaken", "parent", "price", "qty", "sent_at", "undone", "venue",
    )  # fmt: skip

    def __init__(self, *, cl_ord_id: str, parent: "ParentOrder", venue: str, qty: Qty, price: Px, may_rest: bool):
        self.cl_ord_id: Final = cl_ord_id
        self.parent: Final = parent
        self.venue: Final = venue
        self.qty = qty  # OrderQty(38); a venue may take some of it back
        self.price: Final = price
        self.may_rest: Final = may_rest  # it stays on the venue's book until filled or canceled
        self.sent_at = _LONG_AGO  # 0: nobody learns of it how its venue is, or it has ended
        self.cum_qty = NONE
        # What was booked, by the venue's ExecID: quantity, price, and the number of our report of it. See `book`.
        self.executions = _NOTHING
        self.undone: dict[str, str] | None = None  # ExecID -> ExecID of the bust or correction that took it back
        self.heard = False  # the venue has said anything of it
        self.done = False  # the venue said a terminal word and its quantities agree with ours
        self.ended_cum: Qty | None = None  # CumQty at which the venue ended it
        self.overtaken = False  # it was filled, and the venue spoke of less: what takes a fill back is on its way
        self.held: OrdStatus | None = None  # Stopped, Suspended or Calculated, as the venue said last
        self.cancels = 0  # requests of ours to cancel it
        self.canceling = False  # one of them is not answered yet

    def book(self, exec_id: str, qty: Qty, price: Px, number: int) -> None:
        """An execution counts from now on."""
        if self.executions is _NOTHING:
            self.executions = {}
        self.executions[exec_id] = (qty, price, number)

    @property
    def reserved(self) -> Qty:
        """What may still be filled."""
        return NONE if self.done or self.cum_qty >= self.qty else Qty(self.qty - self.cum_qty)


class ParentOrder:
    """A client's order."""

    __slots__ = (
        "accepted", "base_qty", "child_rejects", "children", "client", "closing", "cum_qty", "day", "ended", "fees",
        "filled_at", "halted", "held", "line", "more_ids", "notional", "order", "order_id", "order_qty", "pair",
        "paused", "plan", "posted_at", "progress", "released_at", "requests", "reserved", "round", "sent", "shunned",
        "slices", "traded_at_start", "tranche", "trigger", "wake_at", "withheld",
    )  # fmt: skip

    def __init__(self, *, order_id: str, client: str, order: NewOrder) -> None:
        self.order_id: Final = order_id
        self.client: Final = client  # CompID of the session it came on
        self.order = order  # as last accepted
        self.more_ids: tuple[str, ...] = ()  # with its first ClOrdID those of requests; see `ids`
        self.order_qty = order.order_qty  # OrderQty(38); a replace below CumQty leaves it at CumQty
        self.accepted = False
        self.ended: End | None = None
        self.cum_qty = NONE
        self.notional = 0  # sum of price times quantity over all fills, in 1e-16
        self.fees = 0  # that venues charged for them, 1e-8
        self.requests: tuple[Pending, ...] = ()  # oldest first; a cancel is the last
        self.closing: Closing | None = None
        self.halted: tuple[str, ...] = ()  # what a person has to look at, codes or children; nothing more is released
        self.held: OrdStatus | None = None  # as all of its children are: Stopped, Suspended or Calculated
        self.line: Line | None = None  # of an order that came in a list
        self.pair: Pair | None = None  # of an order that is hedged, or hedges
        self.day: Day | None = None  # of a good-till order once it has seen a close
        self.children: tuple[Child, ...] = ()  # those that are not done
        self.reserved = NONE  # sum of the children's
        self.withheld = NONE  # busted at a venue; it is not sent out again unless the client asks
        self.sent: tuple[Child, ...] = ()  # all children; the number in their ClOrdID is the place, from 1
        self.slices = 0  # releases so far
        self.child_rejects = 0  # since one was filled or a person looked
        self.shunned = NO_VENUE  # that rejected the last of its children there: until then it gets no other
        self.paused = ""  # who suspended it: until they say so nothing is sent
        self.plan: Plan | None = None  # set once accepted
        self.progress: Progress | None = None  # in the schedule of its algo
        self.trigger: Trigger | None = None  # what it waits for still
        self.filled_at = Ns(0)  # when a fill was booked last
        self.posted_at = Ns(0)  # when a child was last sent to rest
        self.tranche: Tranche | None = None  # what of it rests at several venues until a deadline
        self.released_at = Ns(0)  # when a child was last sent
        self.round: Round | None = None
        self.base_qty = NONE  # CumQty when the schedule was last planned anew; the algo sees what is beyond
        self.traded_at_start = NONE
        self.wake_at: Ns | None = None  # the instant the timer is set to

    @property
    def open(self) -> bool:
        """Whether it can still be filled as far as the client is concerned."""
        return self.accepted and self.ended is None and self.cum_qty < self.order_qty

    @property
    def spent(self) -> Qty:
        """What is not to be sent any more, as far as it is not out: filled, or taken back at a venue."""
        if not self.withheld:
            return self.cum_qty
        return max(min(Qty(self.cum_qty + self.withheld), self.order_qty), self.cum_qty)

    def held_by_all(self) -> OrdStatus | None:
        """What all children are; None where they differ, or one is at work, or there is none."""
        states = {child.held for child in self.children}
        return states.pop() if len(states) == 1 else None

    @property
    def waits(self) -> bool:
        """Whether its list holds back all of it for now."""
        return self.line is not None and (self.line.held or self.line.allowed == 0)

    @property
    def hedges(self) -> bool:
        """Whether it is the hedge of another order, and goes on until that is hedged."""
        return self.pair is not None and self.pair.hedges

    @property
    def tied(self) -> bool:
        """Whether it depends on other orders of its list."""
        return self.line is not None and self.line.tie is not None

    @property
    def bonded(self) -> str:
        """The same for all orders that a list bonds to each other: an OrderID; '' of an order that is not."""
        bond = tie_of(self).bond if self.tied else None
        return "" if bond is None else bond.members[0].order_id

    def within_list(self, qty: Qty) -> Qty:
        """As much of a quantity as other orders of its list leave."""
        ceiling = tie_of(self).ceiling if self.tied else qty
        return min(qty, ceiling) if ceiling > self.cum_qty else qty  # where nothing is left it is canceled

    @property
    def rests(self) -> bool:
        """Whether it is between a close and the next day."""
        return self.day is not None and (self.day.closing or self.day.done)

    def works(self, now: Ns) -> bool:
        """WorkingIndicator(636): it waits not for its list, a price, a person, its start or the next day."""
        assert self.plan is not None
        return not (self.waits or self.paused or self.rests) and self.trigger is None and self.plan.start <= now

    @property
    def ids(self) -> tuple[str, ...]:
        """All ClOrdIDs of the order and of requests about it."""
        return self.more_ids or (self.order.cl_ord_id,)

    @property
    def leaves_qty(self) -> Qty:
        if self.accepted and self.ended is None and self.cum_qty < self.order_qty:  # `open`
            return Qty(self.order_qty - self.cum_qty)
        return NONE

    @property
    def avg_px(self) -> Px:
        return average_px(self.notional, self.cum_qty) if self.cum_qty else _NO_PRICE

    def figures(self) -> tuple[OrdStatus, Qty, Px]:
        """Its OrdStatus(39), LeavesQty(151) and AvgPx(6), for less than the three properties take."""
        cum_qty, left = self.cum_qty, NONE
        if self.accepted and self.ended is None and cum_qty < self.order_qty:  # `open`
            left = Qty(self.order_qty - cum_qty)
        return self._status(), left, average_px(self.notional, cum_qty) if cum_qty else _NO_PRICE

    @property
    def ord_status(self) -> OrdStatus:
        return self._status()

    def _status(self) -> OrdStatus:
        """The highest that applies, in the order of precedence of FIX 4.4 Volume 4, "Order State Change Matrices"."""
        if self.requests:
            last = self.requests[-1]
            if not last.by_telephone:
                return OrdStatus.PENDING_CANCEL if last.order is None else OrdStatus.PENDING_REPLACE
        ended, day, held = self.ended, self.day, self.held
        if ended is End.DONE_FOR_DAY if ended is not None else day is not None and day.done and self.open:
            return OrdStatus.DONE_FOR_DAY
        if held is not None and held is OrdStatus.CALCULATED:
            return held
        if self.cum_qty >= self.order_qty and self.accepted:
            return _FILLED
        if held is not None:
            return held
        if self.paused and ended is None:
            return OrdStatus.SUSPENDED
        if ended is not None:
            status: OrdStatus = ended.value
            return status
        if self.cum_qty:
            return _PARTIALLY_FILLED
        return _NEW if self.accepted else OrdStatus.PENDING_NEW
