"""The order core against venues and clients that do anything at all, in any order.

Orders, cancels, replaces, reports legal and illegal, prices and time come at random; after every event what the core
told clients and venues is compared with a ledger that this test keeps for itself.
"""

import heapq
from dataclasses import dataclass, field
from typing import Any

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec import Struct

from algos import ALGOS
from gateway.market.book import BID, OFFER
from gateway.model import (
    MILLISECOND,
    BookUpdate,
    CancelReject,
    CancelRequest,
    CxlRejReason,
    CxlRejResponseTo,
    DontKnowTrade,
    ExecType,
    ExecutionReport,
    Instrument,
    MarketData,
    MassCancelRequest,
    NewOrder,
    Ns,
    OrdStatus,
    OrdType,
    Px,
    Qty,
    ReplaceRequest,
    Scope,
    Side,
    StatusRequest,
    StrategyParameter,
    TimeInForce,
    average_px,
    parse_qty,
)
from gateway.oms import Desk
from gateway.oms.notes import AlertNote
from tests.conftest import SETTINGS
from tests.conversation.language import START
from tests.conversation.world import World

CLIENT = "CLIENT"
VENUES = ("XLON", "BATE")
SHARE = parse_qty("1")
TERMINAL = (OrdStatus.CANCELED, OrdStatus.EXPIRED, OrdStatus.REJECTED, OrdStatus.DONE_FOR_DAY)
ENDS = (ExecType.CANCELED, ExecType.EXPIRED, ExecType.REJECTED, ExecType.DONE_FOR_DAY)
GOES_ON_AFTER = tuple(
    f"CHILD.{code}"
    for code in ("REJECTED", "CANCEL_REFUSED", "UNKNOWN", "WAITS", "CUMQTY", "BUST", "CORRECTED", "NOT_SENT", "REJECTS")
)  # alerts that halt no parent


@dataclass
class AtVenue:
    """A child order as the ledger has it."""

    order: NewOrder
    venue: str
    qty: int  # what the venue works: less than we sent where a bust left it so
    fills: dict[str, tuple[int, int]] = field(default_factory=dict)  # ExecID -> quantity, price, as last corrected
    trades: list[tuple[int, int]] = field(default_factory=list)  # all that were reported, each once
    live: bool = True  # by what the gateway was told: it has not ended at the CumQty that was reported
    ended_at: int | None = None  # CumQty of an end that came before the fills it counts
    by_word: bool = False  # it ended otherwise than by being filled
    excess: int = 0  # reported beyond its quantity, or after its end

    @property
    def cum(self) -> int:
        return sum(qty for qty, _ in self.fills.values())

    @property
    def reserved(self) -> int:
        return max(self.qty - self.cum, 0) if self.live else 0


@dataclass
class Ledger:
    """What was said about one parent."""

    children: list[AtVenue] = field(default_factory=list)
    reports: list[ExecutionReport] = field(default_factory=list)
    halted: bool = False

    @property
    def fills(self) -> list[tuple[int, int]]:
        return [fill for child in self.children for fill in child.fills.values()]

    @property
    def excess(self) -> int:
        return sum(child.excess for child in self.children)


class Tape:
    """The Wire: keeps all that the core says, and checks what must hold in the very instant of saying it."""

    def __init__(self) -> None:
        self.desk: Desk | None = None
        self.ledgers: dict[str, Ledger] = {}  # by OrderID
        self.children: dict[tuple[str, str], AtVenue] = {}
        self.cancels: list[tuple[str, CancelRequest]] = []
        self.rejects: list[CancelReject] = []
        self.exec_ids: set[str] = set()
        self.wakes: list[tuple[Ns, str]] = []

    def ledger(self, order_id: str) -> Ledger:
        return self.ledgers.setdefault(order_id, Ledger())

    def report(self, client: str, report: ExecutionReport) -> None:
        assert client == CLIENT
        assert report.exec_id not in self.exec_ids, "I6: an ExecID was told twice"
        self.exec_ids.add(report.exec_id)
        ledger = self.ledger(report.order_id)
        told = ledger.reports[-1].cum_qty if ledger.reports else 0
        assert report.cum_qty >= told or report.exec_ref_id in self.exec_ids, "I5: CumQty fell"
        if report.ord_status in TERMINAL or report.cum_qty >= report.order_qty:
            assert report.leaves_qty == 0, "I3: an order that is done has nothing left"
        else:
            assert report.cum_qty + report.leaves_qty == report.order_qty, "I3"
        if report.exec_type in ENDS:
            assert not any(child.live for child in ledger.children), "I8: told of an end while a child can fill"
        ledger.reports.append(report)

    def cancel_reject(self, client: str, reject: CancelReject) -> None:
        assert client == CLIENT
        self.rejects.append(reject)

    def answer(self, *_: Any) -> None: ...

    def ask_status(self, venue: str, request: StatusRequest) -> None:
        assert (venue, request.cl_ord_id) in self.children

    def ask_book(self, symbol: str) -> None: ...

    def dont_know(self, venue: str, trade: DontKnowTrade) -> None: ...

    def order(self, venue: str, order: NewOrder, now: Ns) -> None:  # noqa: ARG002
        assert self.desk is not None and order.parent_order_id is not None and order.price is not None
        parent = self.desk.parents[order.parent_order_id]
        ledger = self.ledger(order.parent_order_id)
        assert parent.open and not ledger.halted, "I7: a child of a parent that has ended or is halted"
        assert not parent.requests, "a child while the client waits for the others to come back"
        assert (venue, order.cl_ord_id) not in self.children, "a ClOrdID was used twice at a venue"
        assert order.order_qty > 0 and order.order_qty % SHARE == 0
        limit = parent.order.price
        assert limit is None or (order.price <= limit if order.side == Side.BUY else order.price >= limit)
        child = self.children[venue, order.cl_ord_id] = AtVenue(order, venue, order.order_qty)
        ledger.children.append(child)
        self.check_exposure(order.parent_order_id)

    def check_exposure(self, order_id: str) -> None:
        assert self.desk is not None
        ledger = self.ledger(order_id)
        cum = sum(child.cum for child in ledger.children)
        reserved = sum(child.reserved for child in ledger.children)
        assert cum + reserved <= self.desk.parents[order_id].order_qty + ledger.excess, "I2: more out than ordered"

    def cancel(self, venue: str, request: CancelRequest, now: Ns) -> None:  # noqa: ARG002
        assert (venue, request.orig_cl_ord_id) in self.children
        assert all(known.cl_ord_id != request.cl_ord_id for _, known in self.cancels)
        self.cancels.append((venue, request))

    def note(self, kind: str, fact: Struct) -> None:
        if kind == "alert":
            assert isinstance(fact, AlertNote)
            assert fact.code not in ("CHILD.EXCESS", "CHILD.REFUSED"), fact.text
            if fact.parent is not None and fact.code not in GOES_ON_AFTER:
                self.ledger(fact.parent).halted = True

    def wake(self, at: Ns, order_id: str) -> None:
        heapq.heappush(self.wakes, (at, order_id))


PICK = st.integers(0, 10_000)
SHARES = st.integers(1, 40)
PRICES = st.integers(9_990, 10_010)  # in hundredths
PARAMETERS = st.fixed_dictionaries(
    {"NumSlices": st.integers(1, 8), "Duration": st.integers(5, 60), "ChildTIF": st.sampled_from("003")}
)
TYPES = {"NumSlices": "1", "Duration": "1", "ChildTIF": "12"}


class Trading(RuleBasedStateMachine):
    config = SETTINGS

    def __init__(self) -> None:
        super().__init__()
        self.tape = Tape()
        self.desk = self.tape.desk = Desk(self.tape, ALGOS, "G")
        self.now = self.desk.markets.now = START
        self.ids = 0
        self.requests: dict[str, str] = {}  # ClOrdID -> MsgType of every request that must be answered
        self.desk.configure(self.config)

    def next_id(self) -> str:
        self.ids += 1
        return f"X{self.ids}"

    # -- the market

    @initialize()
    def opens(self) -> None:
        for venue in VENUES:
            self.shows(venue, [9_999], [10_001], 20)

    @rule(
        venue=st.sampled_from(VENUES),
        bids=st.lists(PRICES, min_size=1, max_size=3, unique=True),
        asks=st.lists(PRICES, min_size=1, max_size=3, unique=True),
        size=SHARES,
    )
    def shows(self, venue: str, bids: list[int], asks: list[int], size: int) -> None:
        updates = tuple(
            BookUpdate(symbol="ACME", entry=entry, price=Px(price * 10**6), size=Qty(size * SHARE))
            for entry, prices in ((BID, bids), (OFFER, asks))
            for price in prices
        )
        self.desk.market_data(venue, MarketData(snapshot=True, symbol="ACME", updates=updates), self.now)

    @rule(what=st.sampled_from((*[""] * 9, *VENUES, "restart")))
    def drops_out(self, what: str) -> None:
        if what == "restart":
            self.desk.configure(self.config)
        elif what:
            self.desk.markets.forget(what)

    @rule(ms=st.sampled_from((1, 100, 5_000, 30_000)))
    def time_passes(self, ms: int) -> None:
        until = Ns(self.now + ms * MILLISECOND)
        fired = 0
        while self.tape.wakes and self.tape.wakes[0][0] <= until:
            at, order_id = heapq.heappop(self.tape.wakes)
            self.now = self.desk.markets.now = max(self.now, at)
            self.desk.timer(order_id, self.now)
            fired += 1
            assert fired < 1_000, "woken again and again"
        self.now = self.desk.markets.now = until

    # -- the client

    def order_of(
        self, qty: int, price: int | None, side: Side, tif: TimeInForce, parameters: dict[str, object] | None
    ) -> NewOrder:
        return NewOrder(
            cl_ord_id=self.next_id(),
            symbol="ACME",
            side=side,
            order_qty=Qty(qty * SHARE),
            ord_type=OrdType.MARKET if price is None else OrdType.LIMIT,
            price=None if price is None else Px(price * 10**6),
            time_in_force=tif,
            target_strategy=None if parameters is None else "1001",
            strategy_parameters=()
            if parameters is None
            else tuple(StrategyParameter(name, TYPES[name], str(value)) for name, value in parameters.items()),
        )

    @rule(qty=SHARES, price=st.none() | PRICES, side=st.sampled_from((Side.BUY, Side.SELL)), tif=st.sampled_from("003"))
    def orders(self, qty: int, price: int | None, side: Side, tif: str) -> None:
        order = self.order_of(qty, price, side, TimeInForce(tif), None)
        self.requests[order.cl_ord_id] = "D"
        self.desk.new_order(CLIENT, order, self.now)

    @rule(qty=SHARES, price=st.none() | PRICES, side=st.sampled_from((Side.BUY, Side.SELL)), parameters=PARAMETERS)
    def orders_a_twap(self, qty: int, price: int | None, side: Side, parameters: dict[str, object]) -> None:
        order = self.order_of(qty, price, side, TimeInForce.DAY, parameters)
        self.requests[order.cl_ord_id] = "D"
        self.desk.new_order(CLIENT, order, self.now)

    def known(self, pick: int) -> str:
        """The ClOrdID of some open order, as last accepted; at times of one that is done, or one that nobody knows."""
        orders = [parent for parent in self.desk.parents.values() if parent.open or pick % 11 == 5]
        return orders[-1 - pick % len(orders)].order.cl_ord_id if orders and pick % 13 != 7 else "NOBODY"

    def last(self, pick: int) -> str:
        """As `known`; mostly the last that was not rejected where a request is pending."""
        known = self.known(pick)
        for parent in self.desk.parents.values():
            if parent.order.cl_ord_id == known and parent.requests and pick % 3:
                return parent.requests[-1].cl_ord_id
        return known

    @rule(pick=PICK)
    def cancels_it(self, pick: int) -> None:
        parent = self.find(self.known(pick))
        request = CancelRequest(
            cl_ord_id=self.next_id(),
            orig_cl_ord_id=self.last(pick),
            symbol="ACME",
            side=Side.BUY if parent is None else parent.side,
        )
        self.requests[request.cl_ord_id] = "F"
        self.desk.cancel(CLIENT, request, self.now)

    def find(self, cl_ord_id: str) -> NewOrder | None:
        return next((p.order for p in self.desk.parents.values() if p.order.cl_ord_id == cl_ord_id), None)

    @rule(pick=PICK, qty=SHARES, price=st.none() | PRICES, parameters=PARAMETERS)
    def replaces_it(self, pick: int, qty: int, price: int | None, parameters: dict[str, object]) -> None:
        original = self.find(self.known(pick))
        side = Side.BUY if original is None else original.side
        is_twap = original is not None and original.target_strategy is not None
        order = self.order_of(qty, price, side, TimeInForce.DAY, parameters if is_twap else None)
        self.requests[order.cl_ord_id] = "G"
        self.desk.replace(CLIENT, ReplaceRequest(orig_cl_ord_id=self.last(pick), order=order), self.now)

    @rule(rare=st.integers(0, 30))
    def cancels_all(self, rare: int) -> None:
        if not rare:
            self.desk.mass_cancel(CLIENT, MassCancelRequest(cl_ord_id=self.next_id(), scope=Scope.ALL), self.now)

    # -- the venues

    def some(self, pick: int) -> AtVenue:
        """A child: mostly one that is live, at times one that has ended."""
        children = list(self.tape.children.values())
        live = [child for child in children if child.live]
        return live[-1 - pick % len(live)] if live and pick % 7 != 3 else children[-1 - pick % len(children)]

    def say(self, child: AtVenue, kind: ExecType, *, cum: int | None = None, **changes: Any) -> None:
        order, cum = child.order, child.cum if cum is None else cum
        fields: dict[str, object] = {
            "order_id": f"V-{order.cl_ord_id}",
            "exec_id": self.next_id(),
            "exec_type": kind,
            "ord_status": OrdStatus.PARTIALLY_FILLED if cum else OrdStatus.NEW,
            "cl_ord_id": order.cl_ord_id,
            "symbol": order.symbol,
            "side": order.side,
            "order_qty": Qty(child.qty),
            "leaves_qty": Qty(max(child.qty - cum, 0)),
            "cum_qty": Qty(cum),
            "avg_px": Px(0),
            **changes,
        }
        self.desk.execution(child.venue, ExecutionReport(**fields), self.now)  # type: ignore[arg-type]

    def trade(self, child: AtVenue, qty: int, price: int, exec_id: str) -> None:
        expected = child.reserved
        child.fills[exec_id] = (qty, price)
        child.trades.append((qty, price))
        child.excess += max(qty - expected, 0)
        if child.live and (child.cum >= child.qty or child.cum == child.ended_at):
            child.live = False
        self.say(child, ExecType.TRADE, exec_id=exec_id, last_qty=Qty(qty), last_px=Px(price))

    @precondition(lambda self: self.tape.children)
    @rule(
        pick=PICK,
        kind=st.sampled_from((ExecType.NEW, ExecType.PENDING_NEW, ExecType.PENDING_CANCEL, ExecType.ORDER_STATUS)),
    )
    def acknowledges(self, pick: int, kind: ExecType) -> None:
        self.say(self.some(pick), kind)

    @precondition(lambda self: self.tape.children)
    @rule(pick=PICK, part=st.integers(1, 4), better=st.integers(0, 3))
    def fills(self, pick: int, part: int, better: int) -> None:
        """A part of what is open; something beyond it if nothing is."""
        child = self.some(pick)
        assert child.order.price is not None
        qty = max(child.reserved // SHARE // part, 1) * SHARE
        price = child.order.price + (-better if child.order.side == Side.BUY else better) * 10**6
        self.trade(child, qty, price, self.next_id())

    @precondition(lambda self: self.tape.children)
    @rule(pick=PICK, beyond=SHARES)
    def overfills(self, pick: int, beyond: int) -> None:
        child = self.some(pick)
        assert child.order.price is not None
        self.trade(child, child.reserved + beyond * SHARE, child.order.price, self.next_id())

    @precondition(lambda self: self.tape.children)
    @rule(pick=PICK)
    def repeats_a_fill(self, pick: int) -> None:
        """Some with the same content, some with another: neither is booked again."""
        child = self.some(pick)
        for exec_id, (qty, price) in list(child.fills.items())[-1:]:
            changed = qty + (SHARE if pick % 2 else 0)
            self.say(child, ExecType.TRADE, exec_id=exec_id, last_qty=Qty(changed), last_px=Px(price))
            assert changed == qty or self.tape.ledger(child.order.parent_order_id or "").halted, "V2"

    @precondition(lambda self: self.tape.children)
    @rule(pick=PICK, kind=st.sampled_from((ExecType.CANCELED, ExecType.EXPIRED, ExecType.DONE_FOR_DAY)))
    def ends(self, pick: int, kind: ExecType) -> None:
        self.end(self.some(pick), kind)

    def end(self, child: AtVenue, kind: ExecType) -> None:
        asked = [request for venue, request in self.tape.cancels
                 if (venue, request.orig_cl_ord_id) == (child.venue, child.order.cl_ord_id)]  # fmt: skip
        ids: dict[str, Any] = (
            {"cl_ord_id": asked[0].cl_ord_id, "orig_cl_ord_id": child.order.cl_ord_id} if asked else {}
        )
        child.by_word = child.by_word or child.live
        child.live = False
        self.say(child, kind, leaves_qty=Qty(0), **ids)

    @precondition(lambda self: self.tape.children)
    @rule(pick=PICK)
    def rejects(self, pick: int) -> None:
        child = self.some(pick)
        if not child.fills:
            self.end(child, ExecType.REJECTED)

    @precondition(lambda self: self.tape.children)
    @rule(pick=PICK, off=st.integers(-3, 3).filter(bool))
    def ends_at_another_CumQty(self, pick: int, off: int) -> None:
        """Held: what may have been filled stays reserved, until the missing fill comes."""
        child = self.some(pick)
        cum = child.cum + off * SHARE
        if child.live and 0 <= cum < child.qty:
            child.by_word = child.by_word or off > 0
            if off > 0:
                child.ended_at = cum
            self.say(child, ExecType.CANCELED, cum=cum, leaves_qty=Qty(0))

    @rule(pick=PICK)
    def delivers_a_missing_fill(self, pick: int) -> None:
        waiting = [child for child in self.tape.children.values() if child.live and (child.ended_at or 0) > child.cum]
        if waiting:
            child = waiting[pick % len(waiting)]
            assert child.ended_at is not None and child.order.price is not None
            self.trade(child, child.ended_at - child.cum, child.order.price, self.next_id())

    @precondition(lambda self: any(child.fills for child in self.tape.children.values()))
    @rule(pick=PICK, to=st.integers(0, 20), reopens=st.booleans(), again=st.booleans())
    def takes_back(self, pick: int, to: int, reopens: bool, again: bool) -> None:
        """V5: a bust, or a correction to another quantity. What was filled may be on the book again."""
        filled = [child for child in self.tape.children.values() if child.fills]
        child = filled[pick % len(filled)]
        target = list(child.fills)[pick % len(child.fills)]
        was, price = child.fills[target]
        before, change = child.reserved, to * SHARE - was
        exec_id = self.next_id()
        del child.fills[target]
        if to:
            child.fills[exec_id] = (to * SHARE, price)
        if change > 0:
            child.excess += max(change - before, 0)
        else:
            child.live = child.live or (reopens and not child.by_word and child.cum < child.qty)
            if child.live and not reopens:
                child.qty = min(child.qty, child.cum + before)
        child.live = child.live and child.cum < child.qty
        what: dict[str, Any] = {"exec_id": exec_id, "exec_ref_id": target, "leaves_qty": Qty(child.reserved)}
        if to:
            what |= {"last_qty": Qty(to * SHARE), "last_px": Px(price)}
        if child.by_word and not child.live and reopens:
            what["leaves_qty"] = SHARE  # it has ended all the same
        kind = ExecType.TRADE_CORRECT if to else ExecType.TRADE_CANCEL
        self.say(child, kind, **what)
        halted = self.tape.ledger(child.order.parent_order_id or "").halted
        if again:
            self.say(child, kind, **what)
            assert self.tape.ledger(child.order.parent_order_id or "").halted == halted, "V2: it is the same"

    @precondition(lambda self: self.tape.children)
    @rule(pick=PICK)
    def takes_back_what_does_not_count(self, pick: int) -> None:
        child = self.some(pick)
        self.say(child, ExecType.TRADE_CANCEL, exec_ref_id="NOTHING")
        assert self.tape.ledger(child.order.parent_order_id or "").halted, "V5"

    @precondition(lambda self: self.tape.children)
    @rule(pick=PICK, what=st.sampled_from(({"cl_ord_id": "NOBODY"}, {"side": Side.SELL_SHORT}, {"symbol": "OTHER"})))
    def speaks_of_something_else(self, pick: int, what: dict[str, Any]) -> None:
        """V12: never attached by guess."""
        child = self.some(pick)
        for kind in (ExecType.TRADE, ExecType.CANCELED):
            self.say(child, kind, last_qty=SHARE, last_px=Px(1), **what)

    @precondition(lambda self: self.tape.cancels)
    @rule(pick=PICK, reason=st.sampled_from((CxlRejReason.TOO_LATE, CxlRejReason.UNKNOWN_ORDER, CxlRejReason.BROKER)))
    def refuses_a_cancel(self, pick: int, reason: CxlRejReason) -> None:
        """V7: not a terminal word."""
        venue, request = self.tape.cancels[pick % len(self.tape.cancels)]
        reject = CancelReject(
            order_id="V",
            cl_ord_id=request.cl_ord_id,
            orig_cl_ord_id=request.orig_cl_ord_id,
            ord_status=OrdStatus.NEW,
            response_to=CxlRejResponseTo.CANCEL,
            reason=reason,
            text="no",
        )
        self.desk.venue_refused_cancel(venue, reject)

    # -- what must hold after every event

    @invariant()
    def quantities_agree(self) -> None:
        for order_id, parent in self.desk.parents.items():
            ledger = self.tape.ledger(order_id)
            fills = ledger.fills
            trades = [report for report in ledger.reports if report.exec_type == ExecType.TRADE]
            assert parent.cum_qty == sum(qty for qty, _ in fills), "I1"
            told = sorted((report.last_qty, report.last_px) for report in trades)
            assert told == sorted(trade for child in ledger.children for trade in child.trades), "I1, I6"
            waiting = [child for child in parent.children if (child.venue, child.cl_ord_id) not in self.tape.children]
            reserved = sum(child.reserved for child in ledger.children) + sum(child.reserved for child in waiting)
            assert parent.reserved == reserved <= max(parent.order_qty - parent.cum_qty, 0) + ledger.excess, "I2"
            self.tape.check_exposure(order_id)
            assert parent.leaves_qty == (parent.order_qty - parent.cum_qty if parent.open else 0), "I3"
            notional = sum(qty * price for qty, price in fills)
            assert ledger.reports[-1].cum_qty == parent.cum_qty
            assert ledger.reports[-1].avg_px == average_px(notional, parent.cum_qty), "I5"
            assert bool(parent.halted) == ledger.halted
            live = {child.order.cl_ord_id: child.cum for child in ledger.children if child.live}
            assert {child.cl_ord_id: child.cum_qty for child in parent.children if child not in waiting} == live, "I4"
            if not parent.open:
                called_back = {request.orig_cl_ord_id for _, request in self.tape.cancels}
                resting = {c.order.cl_ord_id for c in ledger.children if c.live and c.order.time_in_force == "0"}
                assert resting <= called_back, "nothing rests at a venue for an order that is done"

    # -- and when everything has come to rest

    def teardown(self) -> None:
        for _ in range(200):
            live = [child for child in self.tape.children.values() if child.live]
            if not live:
                break
            for child in live:
                self.end(child, ExecType.CANCELED)
                self.quantities_agree()
        else:
            raise AssertionError("children without end")
        assert not any(parent.requests for parent in self.desk.parents.values()), "I9: a request is left pending"
        self.every_request_is_answered_once()

    def every_request_is_answered_once(self) -> None:
        """I10."""
        final = {"D": (ExecType.NEW, ExecType.REJECTED), "F": (ExecType.CANCELED,), "G": (ExecType.REPLACED,)}
        answers = dict.fromkeys(self.requests, 0)
        for ledger in self.tape.ledgers.values():
            for report in ledger.reports:
                kind = self.requests[report.cl_ord_id]
                if report.exec_type in final[kind] and (kind == "D" or report.orig_cl_ord_id is not None):
                    answers[report.cl_ord_id] += 1
        for reject in self.tape.rejects:
            answers[reject.cl_ord_id] += 1
        assert set(answers.values()) <= {1}, {name: (self.requests[name], n) for name, n in answers.items() if n != 1}


TestReservation = Trading.TestCase
TestReservation.settings = settings(max_examples=200, stateful_step_count=50)


def test_a_halted_parent_ends_when_its_time_is_up(world: World) -> None:
    """To halt is to release nothing more; the client's EndTime still holds."""
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=P  OrderQty=400  847=1001  848=Duration=20;NumSlices=4
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=150  LastPx=100.10
        client < ExecutionReport  ExecType=TRADE  CumQty=150
        +19s
        +1s
        client < ExecutionReport  ExecType=EXPIRED  CumQty=150  LeavesQty=0
        """
    )


def test_an_order_outlives_its_instrument(world: World) -> None:
    """After a restart without it nothing more is released, but what waited is answered and the order ends in time."""
    terms = "ClOrdID={id}  OrderQty={qty}  847=1001  848=Duration=20;NumSlices=1;ChildTIF=0"
    world.converse(
        f"""
        client > NewOrderSingle   {terms.format(id="P", qty=400)}
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=400
        client > OrderCancelReplaceRequest  OrigClOrdID=P  {terms.format(id="Q", qty=300)}
        client < ExecutionReport  ExecType=PENDING_REPLACE
        XLON   < OrderCancelRequest
        """
    )
    others = msgspec.structs.replace(SETTINGS, instruments=(Instrument(symbol="OTHER"),))
    world._started = msgspec.json.encode({"version": "test", "config": others})
    world.converse(
        """
        restart
        XLON   < OrderStatusRequest
        XLON   > ExecutionReport  ExecType=CANCELED
        client < ExecutionReport  ExecType=REPLACED  OrderQty=300
        +20s
        client < ExecutionReport  ExecType=EXPIRED
        """
    )
