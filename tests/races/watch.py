"""What must hold, by the numbers of the invariants: in the instant of saying something, and after every event.

I1 CumQty is the sum of fills, ours and the venues'. I2 nothing beyond OrderQty is filled or out. I3 LeavesQty. I4 a
child's CumQty. I5 CumQty falls by busts only, AvgPx is exact. I6 an execution is booked and told once. I7 no child of
an order that is not open. I8 no end is told while a child can be filled. I9 the order state matrices. I10 one answer
for each request. I11 the chain of ClOrdIDs. I12 positions are sums of fills. I16 what limits use is a count of orders.
I17 so many in a second. I19 the kill switch. I20 we do not trade with ourselves.
"""

from collections import Counter, defaultdict, deque
from fractions import Fraction
from typing import Any, Final

from gateway.model import (
    SECOND,
    CancelReject,
    CancelRequest,
    CxlRejReason,
    ExecRestatementReason,
    ExecType,
    ExecutionReport,
    NewOrder,
    Ns,
    OrdRejReason,
    OrdStatus,
    Side,
    StatusRequest,
)
from gateway.model.settings import FIRM, Scope
from gateway.oms.order import Child
from tests.races.core import Core
from tests.races.ledger import ENDS, SPOKEN, Sent, Whole

_S = OrdStatus
_OPEN: Final = {_S.NEW, _S.PARTIALLY_FILLED, _S.FILLED, _S.STOPPED, _S.SUSPENDED, _S.CALCULATED}
_PENDING: Final = {_S.PENDING_CANCEL, _S.PENDING_REPLACE}
_DONE: Final = {_S.CANCELED, _S.EXPIRED, _S.DONE_FOR_DAY}
# I9: FIX volume 4, "Order State Change Matrices"; what may be told after what. An order rests between two days as Done
# for Day, a bust takes Filled back, even to New, and a late fill of all that was left makes Filled of an end.
AFTER: Final[dict[OrdStatus, set[OrdStatus]]] = (
    dict.fromkeys(_OPEN | _PENDING, _OPEN | _PENDING | _DONE)
    | {_S.DONE_FOR_DAY: {_S.DONE_FOR_DAY, _S.CANCELED, _S.EXPIRED, _S.FILLED} | _OPEN | _PENDING}
    | {_S.CANCELED: {_S.CANCELED, _S.FILLED}, _S.EXPIRED: {_S.EXPIRED, _S.FILLED}, _S.REJECTED: {_S.REJECTED}}
)
FINAL: Final = {"F": ExecType.CANCELED, "G": ExecType.REPLACED}


class Watch:
    """Hears all that the core says. `kinds` has what each client sent under a ClOrdID: D, F or G and its terms."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.now = Ns(0)
        self.wholes: dict[str, Whole] = {}  # by OrderID
        self.sent: dict[tuple[str, str], Sent] = {}  # by venue and ClOrdID
        self.kinds: dict[tuple[str, str], tuple[str, NewOrder | None]] = {}
        self.asked: Counter[tuple[str, str]] = Counter()  # F and G, by client and ClOrdID
        self.answered: Counter[tuple[str, str]] = Counter()
        self.exec_ids: set[str] = set()
        self.spoken: NewOrder | None = None  # terms that an operator is about to be told
        self.cancels: list[tuple[str, CancelRequest]] = []
        self.questions: list[tuple[str, StatusRequest]] = []
        self.stopped: dict[str, str] = {}  # scope, and its state
        self.step: list[tuple[str, str, Any]] = []  # said since the last input
        self._left: dict[str, deque[Ns]] = defaultdict(deque)  # by venue: when children left within a second

    def hear(self, kind: str, who: str, what: Any) -> None:
        if who != "venue_statistics":  # it comes at any time
            self.step.append((kind, who, what))
        found = getattr(self, f"_{kind}", None)
        if found is not None:
            found(who, what)

    # -- to clients

    def _report(self, client: str, report: ExecutionReport) -> None:
        if report.order_id == "NONE":
            assert report.exec_type is ExecType.ORDER_STATUS and report.ord_status is OrdStatus.REJECTED
            return
        whole = self.wholes.get(report.order_id)
        if whole is None:
            kind, terms = self.kinds[client, report.cl_ord_id]  # '' of one by telephone
            assert kind == "D" and terms is not None
            assert report.exec_type in (ExecType.NEW, ExecType.REJECTED), "I9: an order begins otherwise"
            whole = Whole(client, report.order_id, terms, [report.cl_ord_id or report.order_id])
            self.wholes[report.order_id] = whole
        assert whole.client == client, "an order of somebody else"
        self._quantities(report)
        if report.exec_type is ExecType.ORDER_STATUS or report.ord_rej_reason is OrdRejReason.DUPLICATE_ORDER:
            assert whole.last is not None
            assert (report.cum_qty, report.leaves_qty) == (whole.last.cum_qty, whole.last.leaves_qty), "O-2.1"
            if report.exec_type is ExecType.ORDER_STATUS:
                assert report.exec_id == "0"
            return
        assert report.exec_id not in self.exec_ids, "I6: an ExecID was told twice"
        self.exec_ids.add(report.exec_id)
        if whole.last is not None:
            assert report.ord_status in AFTER[whole.last.ord_status], "I9: no such edge"
            fell = report.cum_qty < whole.last.cum_qty
            assert not fell or report.exec_type in (ExecType.TRADE_CANCEL, ExecType.TRADE_CORRECT), "I5"
        self._executions(whole, report)
        self._chain(whole, report)
        if report.exec_type in ENDS:
            assert not any(child.live for child in whole.children), "I8: told of an end while a child can be filled"
        whole.last = report

    @staticmethod
    def _quantities(report: ExecutionReport) -> None:
        """I3"""
        status, leaves = report.ord_status, report.leaves_qty
        if status in (OrdStatus.CANCELED, OrdStatus.EXPIRED, OrdStatus.REJECTED):
            assert leaves == 0, "I3"
        elif leaves or status is not OrdStatus.DONE_FOR_DAY:
            assert leaves == max(report.order_qty - report.cum_qty, 0), "I3"

    def _executions(self, whole: Whole, report: ExecutionReport) -> None:
        """I1, I5: what the client adds up by itself."""
        if report.exec_type in (ExecType.TRADE_CANCEL, ExecType.TRADE_CORRECT):
            assert report.exec_ref_id in whole.told, "I5: refers to what does not count"
            del whole.told[report.exec_ref_id or ""]
        if report.exec_type in (ExecType.TRADE, ExecType.TRADE_CORRECT):
            assert report.last_qty and report.last_px is not None
            whole.told[report.exec_id] = (report.last_qty, report.last_px)
        cum = sum(qty for qty, _ in whole.told.values())
        assert report.cum_qty == cum == whole.cum, "I1"
        exact = Fraction(sum(qty * px for qty, px in whole.told.values()), cum) if cum else Fraction(0)
        assert abs(report.avg_px - exact) <= Fraction(1, 2), "I5: AvgPx"

    def _chain(self, whole: Whole, report: ExecutionReport) -> None:
        """I11: what a request is answered by names the last ClOrdID that was accepted, and goes on from there."""
        key, kind = (whole.client, report.cl_ord_id), report.exec_type
        if report.orig_cl_ord_id is None:
            assert (report.cl_ord_id or report.order_id) == whole.chain[-1], "I11"
            if kind is ExecType.RESTATED and report.restatement_reason is ExecRestatementReason.VERBAL_CHANGE:
                assert whole.pending.pop(0) == SPOKEN and whole.spoken is not None, "O-19.3"
                whole.terms = whole.spoken
            return
        assert report.orig_cl_ord_id == whole.chain[-1] and report.cl_ord_id not in whole.chain, "I11"
        what, terms = self.kinds[key]
        if kind in (ExecType.PENDING_CANCEL, ExecType.PENDING_REPLACE):
            assert (terms is None) == (kind is ExecType.PENDING_CANCEL)
            whole.pending.append(report.cl_ord_id)
            return
        assert kind is FINAL[what], "I10: an answer of another kind"
        self._settled(whole, report.cl_ord_id)
        if terms is not None:
            whole.chain.append(report.cl_ord_id)
            whole.terms = terms

    def _settled(self, whole: Whole | None, cl_ord_id: str, client: str = "") -> None:
        self.answered[whole.client if whole else client, cl_ord_id] += 1
        if whole is not None and cl_ord_id in whole.pending:
            assert whole.pending.pop(0) == cl_ord_id, "O-3.5: not in their order"

    def _cancel_reject(self, client: str, reject: CancelReject) -> None:
        whole = self.wholes.get(reject.order_id)
        if whole is None:
            assert (reject.order_id, reject.reason) == ("NONE", CxlRejReason.UNKNOWN_ORDER)
        else:
            assert whole.client == client and reject.orig_cl_ord_id == whole.chain[-1], "I11"
            if reject.reason not in (CxlRejReason.TOO_LATE, CxlRejReason.ALREADY_PENDING):
                self.answered[client, reject.cl_ord_id] += 1  # refused at once; never was pending
                return
        self._settled(whole, reject.cl_ord_id, client)

    # -- to venues

    def _order(self, venue: str, order: NewOrder) -> None:
        whole = self.wholes[order.parent_order_id or ""]
        parent, last = self.core.orders.parents[whole.order_id], whole.last
        assert last is not None and last.exec_type not in ENDS and last.leaves_qty > 0, "I7: not open"
        assert not whole.pending and not parent.halted, "I7: a request waits, or a person has to look"
        self._scopes_trade(whole, venue)
        limit, price, is_buy = whole.terms.price, order.price, order.side is Side.BUY
        assert (order.symbol, order.side) == (whole.terms.symbol, whole.terms.side) and price is not None
        assert limit is None or (price <= limit if is_buy else price >= limit), "beyond the client's limit"
        assert (venue, order.cl_ord_id) not in self.sent, "a ClOrdID was used twice at a venue"
        for other in self.sent.values():
            if other.live and other.rests and (other.venue, other.order.symbol) == (venue, order.symbol):
                against = (other.order.side is Side.BUY) is not is_buy
                met = other.order.price is not None and (
                    price >= other.order.price if is_buy else price <= other.order.price
                )
                assert not (against and met), "I20: it meets a child of ours"
        child = self.sent[venue, order.cl_ord_id] = Sent(order, venue, order.order_qty)
        whole.children.append(child)
        self.within_order_qty(whole)
        self._rate(venue)

    def _scopes_trade(self, whole: Whole, venue: str) -> None:
        """I19"""
        for scope, state in self.stopped.items():
            kind, _, name = scope.partition("=")
            inside = {"venue": name == venue, "order": name == whole.order_id}.get(kind)
            if inside is None:
                inside = self.within(whole, scope)
            assert not (inside and state == "HALTED"), f"I19: {scope} is stopped"

    @staticmethod
    def within(whole: Whole, scope: str) -> bool:
        kind, _, name = scope.partition("=")
        mine = {
            "firm": "",
            "client": whole.client,
            "account": whole.terms.account or "",
            "symbol": whole.terms.symbol,
            "algo": whole.terms.target_strategy or "0",
            "order": whole.order_id,
        }
        return mine.get(kind) == name

    def _rate(self, venue: str) -> None:
        """I17"""
        most = self.core.orders.guard.book.at(Scope("venue", venue)).max_orders_per_s
        if most is not None:
            left = self._left[venue]
            left.append(self.now)
            while self.now - left[0] >= SECOND:
                left.popleft()
            assert len(left) <= most, "I17: too many in a second"

    def within_order_qty(self, whole: Whole) -> None:
        assert whole.last is not None
        assert whole.cum + whole.reserved <= whole.last.order_qty + whole.excess, "I2: more out than ordered"

    def _cancel(self, venue: str, request: CancelRequest) -> None:
        child = self.sent[venue, request.orig_cl_ord_id]
        assert request.cl_ord_id not in child.cancels
        child.cancels.append(request.cl_ord_id)
        self.cancels.append((venue, request))

    def _ask_status(self, venue: str, request: StatusRequest) -> None:
        assert (venue, request.cl_ord_id) in self.sent
        self.questions.append((venue, request))

    def _note(self, kind: str, fact: Any) -> None:
        if kind == "alert":
            assert fact.code not in ("CHILD.EXCESS", "PARENT.RESERVED", "POSITION.UNKNOWN"), fact.text
            if fact.code == "TELEPHONE.LATE":
                assert self.wholes[fact.parent].pending.pop(0) == SPOKEN, "O-19.3"
        elif kind == "telephone" and fact.what == "replace-order":
            whole = self.wholes[fact.order_id]
            assert not whole.pending, "O-19.3: a request waits"
            whole.pending.append(SPOKEN)
            whole.spoken = self.spoken
        elif kind == "stop":
            assert not fact.why.startswith("GOVERNOR"), fact.why
            if fact.after == "ACTIVE":
                self.stopped.pop(fact.scope, None)
            else:
                self.stopped[fact.scope] = fact.after

    # -- after every event

    def all_agrees(self) -> None:
        held: Counter[tuple[str, str, str]] = Counter()
        for whole in self.wholes.values():
            self._agrees(whole)
            sign = 1 if whole.terms.side is Side.BUY else -1
            for child in whole.children:
                held[whole.terms.account or "", whole.terms.symbol, child.venue] += sign * child.cum
        self._positions(held)
        self._exposure_is_a_count()

    def waiting(self) -> list[Child]:
        """Children that are reserved and have not left."""
        return []

    def _agrees(self, whole: Whole) -> None:
        parent, last = self.core.orders.parents.at_hand(whole.order_id), whole.last
        assert last is not None
        if parent is None:
            assert not (last.leaves_qty or whole.reserved or whole.pending), "folded away, and not over"
            assert (last.cum_qty, self.core.orders.guard.exposure.open_order(whole.order_id)[0]) == (whole.cum, 0)
            return
        waiting = {child.cl_ord_id: child.qty for child in self.waiting() if child.parent is parent}
        assert (parent.cum_qty, parent.reserved) == (whole.cum, whole.reserved + sum(waiting.values())), "I1, I2"
        self.within_order_qty(whole)
        assert (last.cum_qty, last.leaves_qty) == (parent.cum_qty, parent.leaves_qty), "I1, I3: as last told"
        live = {child.order.cl_ord_id: (child.cum, child.qty) for child in whole.children if child.live}
        live |= {name: (0, qty) for name, qty in waiting.items()}
        assert {child.cl_ord_id: (child.cum_qty, child.qty) for child in parent.children} == live, "I4"
        assert len(parent.requests) == len(whole.pending), "I9: what is pending was told"
        if not last.leaves_qty:
            assert all(child.cancels for child in whole.children if child.live and child.rests), "it rests for nobody"
        opened, a_share = self.core.orders.guard.exposure.open_order(whole.order_id)
        if whole.pending:
            assert opened >= last.leaves_qty, "I16"
        else:
            assert opened == last.leaves_qty, "I16"
        limit = whole.terms.price
        if opened and limit is not None and whole.terms.side is Side.BUY:
            assert a_share >= limit, "I16"

    def _positions(self, held: Counter[tuple[str, str, str]]) -> None:
        """I12; and by the guard's own count (I16)."""
        desk = self.core.orders
        by_account: Counter[tuple[str, str]] = Counter()
        for (account, symbol, venue), qty in held.items():
            by_account[account, symbol] += qty
            assert desk.positions.net(account, symbol, venue) == qty, "I12"
        for (account, symbol), qty in by_account.items():
            assert desk.positions.net(account, symbol) == qty, "I12: all venues together"
            assert desk.guard.exposure.total(Scope("account", account), symbol).position == qty, "I16"

    def _exposure_is_a_count(self) -> None:
        """I16: open amounts of the firm, from each order; what is at the venues, from each child."""
        exposure = self.core.orders.guard.exposure
        total = exposure.total(FIRM)
        sums = [0, 0]
        for whole in self.wholes.values():
            opened, a_share = exposure.open_order(whole.order_id)
            sums[whole.terms.side is not Side.BUY] += opened * a_share
        assert [total.buying, total.selling] == sums, "I16"
        there: Counter[str] = Counter()
        for child in self.sent.values():
            there[child.venue] += child.reserved * (child.order.price or 0)
        for venue, amount in there.items():
            assert exposure.at_venue.get(venue, 0) == amount, f"I16: open at {venue}"

    def everything_was_answered(self) -> None:
        """I10, I9: at rest nothing is pending."""
        assert not any(whole.pending for whole in self.wholes.values()), "I9: left pending"
        wrong = {key: (n, self.answered[key]) for key, n in self.asked.items() if self.answered[key] != n}
        assert not wrong, f"I10: {wrong}"
