"""What clients, operators, time and the market do; who tests adds what venues do."""

import json
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gateway.market.book import BID, OFFER
from gateway.model import (
    MILLISECOND,
    SECOND,
    BookUpdate,
    CancelRequest,
    Command,
    DKReason,
    DontKnowTrade,
    ExecType,
    ExecutionReport,
    Input,
    Instrument,
    Limits,
    MarketData,
    MassCancelRequest,
    MassStatusRequest,
    NewOrder,
    Ns,
    OrdRejReason,
    OrdType,
    Px,
    Qty,
    ReplaceRequest,
    Scope,
    Side,
    Started,
    StatusRequest,
    StrategyParameter,
    TimeInForce,
    Timer,
    parse_qty,
    print_scaled,
)
from gateway.model.sessions import SessionConfig
from tests.conftest import SETTINGS
from tests.conversation.language import START
from tests.races.core import Core, Heard
from tests.races.ledger import SPOKEN, Sent, Whole
from tests.races.watch import Watch

SHARE: Final = parse_qty("1")
CENT: Final = 10**6
CLIENTS: Final = ("CLIENT", "OTHER")
VENUES: Final = ("XLON", "BATE")
SYMBOLS: Final = ("ACME", "ACME", "ACME", "BOND")
DAY: Final = 86_400 * SECOND
HOUR: Final = 3_600_000  # ms
_WIDE = SETTINGS.limits["ACME"]
RACES: Final = msgspec.structs.replace(
    SETTINGS,
    clients=(
        SessionConfig(sender="GATEWAY", target="CLIENT", cancel_on_logout=True),
        SessionConfig(sender="GATEWAY", target="OTHER", cancel_on_disconnect_s=10),
    ),
    instruments=(Instrument(symbol="ACME"), Instrument(symbol="BOND")),
    limits={"ACME": _WIDE, "BOND": _WIDE},
    scoped_limits={
        "venue=XLON": Limits(max_orders_per_s=4),
        "client=OTHER": Limits(max_orders_per_s=3, max_day_orders=8),
        "firm": Limits(max_open_gross=int(parse_qty("30000"))),
        "venue=BATE": Limits(max_venue_gross=int(parse_qty("6000"))),
        "account=B": Limits(max_position=parse_qty("60")),
    },
    close_s=16 * 3600,
)

PICK = st.integers(0, 10_000)
SHARES = st.integers(1, 40)
PRICES = st.integers(9_990, 10_010)  # in hundredths
SIDES = st.sampled_from((Side.BUY, Side.SELL))
TERMS = st.fixed_dictionaries(
    {
        "qty": SHARES,
        "price": st.none() | PRICES,
        "symbol": st.sampled_from(SYMBOLS),
        "account": st.sampled_from((None, "A", "B")),
        "tif": st.sampled_from("00013346"),
        "starts_in_s": st.sampled_from((None, None, None, 4)),
        "slices": st.integers(-6, 6),  # below 1: no algo
        "duration_s": st.integers(5, 60),
        "child_tif": st.sampled_from("003"),
    }
)
SCOPES: Final = (
    *("firm", "client=CLIENT", "client=OTHER", "account=A", "symbol=ACME", "algo=1001", "algo=0", "venue=XLON"),
    *("venue=BATE", "order"),
)
LIMITS: Final = (
    *(("venue=XLON", "max_orders_per_s", value) for value in ("1", "5")),
    *(("firm", "max_open_gross", value) for value in ("1000", "100000")),
    *(("account=B", "max_position", value) for value in ("0", "30")),
    *(("symbol=ACME", "restricted", value) for value in ("true", "")),
    *(("firm", "max_credit", value) for value in ("2000", "")),
)


class Trading(RuleBasedStateMachine):
    """Every input is kept, so that a restart can build the core anew from nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.ids = self.starts = 0
        self.inputs: list[Input | Heard] = []
        self.said: list[tuple[str, str, Any]] = []
        self.watch = Watch(Core(self.hear))
        self.watch.core.hear = self.hear
        self.whole = True
        self.days: dict[tuple[str, str], int] = {}  # when a ClOrdID was used last
        self.mine: list[tuple[str, str, Any]] = []  # requests as they were sent: client, D F or G, what
        self.start()

    @property
    def core(self) -> Core:
        return self.watch.core

    def hear(self, kind: str, who: str, what: Any) -> None:
        self.said.append((kind, who, what))
        self.watch.hear(kind, who, what)

    def feed(self, item: Input | Heard) -> list[tuple[str, str, Any]]:
        """Gives what was said."""
        self.inputs.append(item)
        self.watch.now, self.watch.step = item.at, []
        self.whole = False  # so it stays if anything fails
        self.core.take(item)
        self.whole = True
        return self.watch.step

    def tell(self, what: str, *given: Any, poss_resend: bool = False) -> list[tuple[str, str, Any]]:
        return self.feed(Heard(self.now, what, given, poss_resend))

    def start(self) -> None:
        self.starts += 1
        self.feed(Started(self.now, msgspec.json.encode({"version": "test", "config": RACES})))

    def next_id(self) -> str:
        self.ids += 1
        return f"X{self.ids}"

    # -- the process, the market and time

    @initialize()
    def opens(self) -> None:
        for venue in VENUES:
            for symbol in set(SYMBOLS):
                self.show(venue, symbol, [9_999], [10_001], 20)

    def show(self, venue: str, symbol: str, bids: Sequence[int], asks: Sequence[int], size: int) -> None:
        updates = tuple(
            BookUpdate(symbol=symbol, entry=entry, price=Px(price * CENT), size=Qty(size * SHARE))
            for entry, prices in ((BID, bids), (OFFER, asks))
            for price in prices
        )
        self.tell("market_data", venue, MarketData(snapshot=True, symbol=symbol, updates=updates))

    @rule(
        venue=st.sampled_from(VENUES),
        symbol=st.sampled_from(SYMBOLS),
        bid=PRICES,
        shape=st.tuples(st.integers(1, 6), st.integers(0, 3)),
        size=SHARES,
    )
    def shows(self, venue: str, symbol: str, bid: int, shape: tuple[int, int], size: int) -> None:
        spread, depth = shape
        bids = [bid - 2 * level for level in range(depth)]
        asks = [bid + spread + 2 * level for level in range(depth)]
        self.show(venue, symbol, bids, asks, size)

    @rule(ms=st.sampled_from((1, 100, 1_000, 5_000, 30_000, HOUR, 9 * HOUR)))
    def time_passes(self, ms: int) -> None:
        self.pass_time(ms)

    def pass_time(self, ms: int) -> None:
        until, fired = Ns(self.now + ms * MILLISECOND), 0
        while (at := self.core.next_timer()) is not None and at <= until:
            self.now = max(self.now, at)
            self.feed(Timer(self.now))
            fired += 1
            assert fired < 1_000 or ms > 60_000, "woken again and again"
        self.now = until

    @rule(who=st.sampled_from((*CLIENTS, *VENUES)), politely=st.booleans())
    def comes_back(self, who: str, politely: bool) -> None:
        """A connection is lost and stands again; a venue is asked about each child that it may have (V1)."""
        self.tell("goes", who, politely)
        asked = {what.cl_ord_id for kind, _, what in self.tell("comes", who) if kind == "ask_status"}
        assert asked == {
            child.order.cl_ord_id for child in self.watch.sent.values() if (child.venue, child.live) == (who, True)
        }

    @rule(who=st.sampled_from((*CLIENTS, *VENUES)))
    def goes(self, who: str) -> None:
        self.tell("goes", who, False)

    @precondition(lambda self: self.starts < 3)
    @rule()
    def restarts(self) -> None:
        """The journal again: the same inputs, the same words; and so it goes on."""
        said: list[tuple[str, str, Any]] = []
        again = Core(lambda *what: said.append(what))
        for item in self.inputs:
            again.take(item)
        assert said == self.said, "replay says something else"
        again.hear = self.hear
        self.watch.core = again
        self.start()

    # -- clients

    def terms(self, side: Side, given: dict[str, Any], cl_ord_id: str = "") -> NewOrder:
        algo, tif, starts = given["slices"] > 0, given["tif"], given["starts_in_s"]
        parameters: tuple[StrategyParameter, ...] = ()
        if algo:
            parameters = (
                StrategyParameter("NumSlices", "1", str(given["slices"])),
                StrategyParameter("Duration", "1", str(given["duration_s"])),
                StrategyParameter("ChildTIF", "12", given["child_tif"]),
            )
            tif = "0"
        price = given["price"]
        return NewOrder(
            cl_ord_id=cl_ord_id or self.next_id(),
            symbol=given["symbol"],
            side=side,
            order_qty=Qty(given["qty"] * SHARE),
            ord_type=OrdType.MARKET if price is None else OrdType.LIMIT,
            price=None if price is None else Px(price * CENT),
            account=given["account"],
            time_in_force=TimeInForce(tif),
            effective_time=None if starts is None or algo else Ns(self.now + starts * SECOND),
            expire_time=Ns(self.now + 20 * HOUR * MILLISECOND) if tif == "6" else None,
            target_strategy="1001" if algo else None,
            strategy_parameters=parameters,
        )

    @rule(client=st.sampled_from(CLIENTS), side=SIDES, given=TERMS)
    def orders(self, client: str, side: Side, given: dict[str, Any]) -> None:
        self.send(client, "D", self.terms(side, given))

    def send(self, client: str, kind: str, what: Any, *, poss_resend: bool = False) -> None:
        """I10: an order is answered at once, and so is what was sent again as possibly resent, if it was known."""
        terms = what if kind == "D" else what.order if kind == "G" else None
        key = (client, what.cl_ord_id if terms is None else terms.cl_ord_id)
        known = key in self.watch.kinds
        of_today = self.days.get(key) == self.now // DAY  # tomorrow it may be used again
        self.days[key] = self.now // DAY
        if not known:
            self.watch.kinds[key] = (kind, terms)
            self.mine.append((client, kind, what))
        method = {"D": "new_order", "F": "cancel", "G": "replace"}[kind]
        self.watch.asked[key] += kind != "D"
        said = self.tell(method, client, what, poss_resend=poss_resend)
        first = next((said for name, who, said in said if name in ("report", "cancel_reject")), None)
        if kind == "D":
            assert isinstance(first, ExecutionReport), "I10"
            if not known or (not of_today and first.exec_type is ExecType.NEW):
                assert (first.cl_ord_id, first.exec_type in (ExecType.NEW, ExecType.REJECTED)) == (key[1], True), "I10"
            elif poss_resend and of_today:
                assert first.exec_type is ExecType.ORDER_STATUS, "O-1.5"
            elif of_today:
                assert (first.cl_ord_id, first.ord_rej_reason) == (key[1], OrdRejReason.DUPLICATE_ORDER), "O-1.4"
        elif known and poss_resend and isinstance(first, ExecutionReport):
            self.watch.asked[key] -= first.exec_type is ExecType.ORDER_STATUS

    def some_whole(self, pick: int) -> Whole | None:
        """Mostly one that is open."""
        wholes = list(self.watch.wholes.values())
        opened = [whole for whole in wholes if whole.last is not None and whole.last.leaves_qty]
        among = opened if opened and pick % 7 != 3 else wholes
        return among[-1 - pick % len(among)] if among else None

    def about(self, pick: int) -> tuple[str, str, Whole | None]:
        """Who asks about which ClOrdID; at times one that is past, of another client, or of nobody."""
        whole = self.some_whole(pick)
        if whole is None or pick % 23 == 11:
            return CLIENTS[pick % 2], "NOBODY", whole
        client = CLIENTS[pick % 2] if pick % 19 == 7 else whole.client
        if whole.pending and pick % 3 and whole.pending[-1] != SPOKEN:
            return client, whole.pending[-1], whole
        return client, whole.chain[0 if pick % 17 == 5 else -1], whole

    @precondition(lambda self: self.watch.wholes)
    @rule(pick=PICK)
    def cancels(self, pick: int) -> None:
        client, original, whole = self.about(pick)
        side, symbol = (Side.BUY, "ACME") if whole is None else (whole.terms.side, whole.terms.symbol)
        self.send(
            client,
            "F",
            CancelRequest(cl_ord_id=self.next_id(), orig_cl_ord_id=original, symbol=symbol, side=side),
        )

    @precondition(lambda self: self.watch.wholes)
    @rule(pick=PICK, given=TERMS, like=st.sampled_from((True, True, True, False)))
    def replaces(self, pick: int, given: dict[str, Any], like: bool) -> None:
        client, original, whole = self.about(pick)
        side = Side.BUY
        if whole is not None:
            side = whole.terms.side
            if like:
                algo = whole.terms.target_strategy is not None
                given = given | {"symbol": whole.terms.symbol, "account": whole.terms.account}
                given["slices"] = max(given["slices"], 1) if algo else 0
                given["tif"] = whole.terms.time_in_force
        self.send(client, "G", ReplaceRequest(orig_cl_ord_id=original, order=self.terms(side, given)))

    @precondition(lambda self: self.mine)
    @rule(pick=PICK, poss_resend=st.booleans())
    def says_it_again(self, pick: int, poss_resend: bool) -> None:
        """A ClOrdID twice, by who sent it or by another."""
        client, kind, what = self.mine[-1 - pick % len(self.mine)]
        if pick % 13 == 5:
            client = CLIENTS[pick % 2]
        self.send(client, kind, what, poss_resend=poss_resend)

    @precondition(lambda self: self.watch.wholes)
    @rule(pick=PICK, by_id=st.booleans())
    def asks(self, pick: int, by_id: bool) -> None:
        """I10: one answer, at once, that changes nothing."""
        client, cl_ord_id, whole = self.about(pick)
        order_id = whole.order_id if by_id and whole is not None else None
        request = StatusRequest(cl_ord_id=cl_ord_id, symbol="ACME", side=Side.BUY, order_id=order_id)
        ((kind, who, answer),) = self.tell("status", client, request)
        assert (kind, who, answer.exec_type) == ("report", client, ExecType.ORDER_STATUS), "I10"
        ((_, _, answer), *others) = self.tell("mass_status", client, MassStatusRequest(request_id="M", scope=Scope.ALL))
        opened = [w for w in self.watch.wholes.values() if w.client == client and w.last and w.last.leaves_qty]
        assert 1 + len(others) == max(len(opened), 1), "I10"

    @rule(
        client=st.sampled_from(CLIENTS),
        side=st.none() | SIDES,
        symbol=st.none() | st.sampled_from(SYMBOLS),
        rare=st.integers(0, 6),
    )
    def cancels_all(self, client: str, side: Side | None, symbol: str | None, rare: int) -> None:
        if rare:
            return
        scope = Scope.ALL if symbol is None else Scope.SECURITY
        request = MassCancelRequest(cl_ord_id=self.next_id(), scope=scope, symbol=symbol or "", side=side)
        said = self.tell("mass_cancel", client, request)
        assert [what.reason for kind, _, what in said if kind == "answer"] == [None], "I10"

    @precondition(lambda self: self.watch.exec_ids)
    @rule(pick=PICK)
    def does_not_know_a_trade(self, pick: int) -> None:
        whole = self.some_whole(pick)
        assert whole is not None
        trade = DontKnowTrade(order_id=whole.order_id, exec_id="?", reason=DKReason.OTHER, symbol="ACME", side=Side.BUY)
        assert [kind for kind, _, _ in self.tell("dont_know", CLIENTS[pick % 2], trade)] == ["note"], "O-8.5"

    # -- operators

    def command(self, name: str, **given: str) -> str | None:
        self.feed(Command(self.now, name, "ops", json.dumps({"why": "to see", **given}).encode()))
        return self.core.command_error

    @rule(scope=st.sampled_from(SCOPES), name=st.sampled_from(("kill", "kill", "reduce")), pick=PICK)
    def stops(self, scope: str, name: str, pick: int) -> None:
        """I19: all that is live in the scope is called back; to stop twice changes nothing on record."""
        if scope == "order":
            whole = self.some_whole(pick)
            scope = "firm" if whole is None else f"order={whole.order_id}"
        if pick % 3:  # not too often: everything ends then
            return
        if self.command(name, scope=scope) is not None:
            return
        for whole in self.watch.wholes.values():
            for child in whole.children:
                inside = scope == f"venue={child.venue}" or self.watch.within(whole, scope)
                assert child.cancels or not (inside and child.live), "I19: live, and not called back"
        self.command(name, scope=scope)
        assert not any(kind in ("order", "note") for kind, _, _ in self.watch.step), "I19: idempotent"

    @precondition(lambda self: self.watch.stopped)
    @rule(pick=PICK, confirms=st.sampled_from((True, True, False)))
    def rearms(self, pick: int, confirms: bool) -> None:
        scope = list(self.watch.stopped)[pick % len(self.watch.stopped)]
        assert self.command("rearm", scope=scope) is None
        if confirms:
            assert self.command("confirm", scope=scope) is None
            assert scope not in self.watch.stopped

    @rule(client=st.sampled_from(CLIENTS), side=SIDES, given=TERMS, tif=st.sampled_from(("DAY", "GTC", "IOC", "FOK")))
    def is_given_an_order_by_telephone(self, client: str, side: Side, given: dict[str, Any], tif: str) -> None:
        terms = self.terms(side, given | {"slices": 0, "starts_in_s": None, "tif": TimeInForce[tif].value})
        self.watch.kinds[client, ""] = ("D", terms)
        wanted = {"client": client, "side": side.name, "symbol": terms.symbol, "account": terms.account or ""}
        price = "" if terms.price is None else print_scaled(terms.price)
        wrong = self.command("enter-order", **wanted, qty=str(given["qty"]), price=price, time_in_force=tif)
        reports = [what for kind, _, what in self.watch.step if kind == "report"]
        assert bool(reports) == (wrong is None), "O-19.1"

    @precondition(lambda self: self.watch.wholes)
    @rule(pick=PICK, qty=st.none() | SHARES, price=st.none() | PRICES)
    def is_called_about_an_order(self, pick: int, qty: int | None, price: int | None) -> None:
        """O-19.3, O-19.4: what is taken is carried out at once or when the children are back."""
        whole = self.some_whole(pick)
        assert whole is not None
        if pick % 11 == 5:
            self.command("cancel-order", order=whole.order_id)
            return
        new = msgspec.structs.replace(whole.terms, price=whole.terms.price if price is None else Px(price * CENT))
        self.watch.spoken = new
        said = {"qty": "" if qty is None else str(qty), "price": "" if price is None else print_scaled(price * CENT)}
        self.command("replace-order", order=whole.order_id, **said)

    @rule(change=st.sampled_from(LIMITS))
    def sets_a_limit(self, change: tuple[str, str, str]) -> None:
        scope, limit, value = change
        assert self.command("set-limit", scope=scope, limit=limit, value=value) is None

    # -- venues

    def some_child(self, pick: int) -> Sent:
        """Mostly one that is live."""
        children = list(self.watch.sent.values())
        live = [child for child in children if child.live]
        among = live if live and pick % 7 != 3 else children
        return among[-1 - pick % len(among)]

    def report(self, child: Sent, report: ExecutionReport) -> None:
        child.take(report)
        self.tell("execution", child.venue, report)

    # -- what must hold

    @invariant()
    def all_agrees(self) -> None:
        self.whole = False
        self.watch.all_agrees()
        self.whole = True
