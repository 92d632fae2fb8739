"""An Exchange from outside: FIX bytes in, FIX bytes out. Messages to it are built by simplefix, not by our writers."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import pytest
import simplefix

from gateway.model import (
    MILLISECOND,
    SECOND,
    Close,
    Garbled,
    Input,
    LinkDown,
    LinkUp,
    Ns,
    Output,
    Px,
    Qty,
    Received,
    Send,
    Started,
    Timer,
    parse_px,
    parse_qty,
    print_timestamp,
)
from venues.exchange import MAX_PARTIES, Exchange
from venues.feed import MAX_DEPTH, MAX_REQUESTS
from venues.flow import Flow
from venues.profile import Profile, VenueConfig
from venues.tape import TapeRow, read_tape

START = Ns(1_385_040_000 * SECOND)
Fields = list[tuple[int, str]]


def fields_of(data: bytes) -> Fields:
    pairs = (field.partition("=") for field in data.decode("latin-1").split("\x01")[:-1])
    return [(int(tag), value) for tag, _, value in pairs]


class Answer:
    """One message of the venue, decoded without our reader."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.fields = fields_of(data)

    def __getitem__(self, tag: int) -> str | None:
        return dict(reversed(self.fields)).get(tag)

    def has(self, **wanted: str) -> bool:
        return all(self[int(tag[1:])] == value for tag, value in wanted.items())

    def entries(self) -> list[tuple[str, ...]]:
        """(update action or '', type, price, size) of market data."""
        found: list[dict[int, str]] = []
        first = 279 if self[35] == "X" else 269
        for tag, value in self.fields:
            if tag == first:
                found.append({})
            if found:
                found[-1][tag] = value
        return [(e.get(279, ""), e[269], e[270], e[271]) for e in found]

    def __repr__(self) -> str:
        return self.data.decode("latin-1").replace("\x01", "|")


class World:
    """One Exchange, a clock, and whoever talks to it. `inputs` and `outputs` are the tape of it all."""

    def __init__(
        self,
        *,
        symbols: Sequence[str] = ("ACME",),
        flow: Flow | None = None,
        tape: Iterable[TapeRow] = (),
        **changes: Any,
    ) -> None:
        profile = Profile(
            name="XLON", mic="XLON", comp_id="XLON", tick=Px(1_000_000), lot=Qty(100_000_000), min_qty=Qty(100_000_000)
        )
        self.config = VenueConfig(
            profile=msgspec.structs.replace(profile, **changes), symbols=dict.fromkeys(symbols, "100"), flow=flow
        )
        self.exchange = Exchange(tape)
        self.now = START
        self.links = 0
        self.inputs: list[Input] = []
        self.outputs: list[Output] = []
        self.start()

    def start(self) -> None:
        payload = msgspec.json.encode({"version": "0", "config": self.config})
        self.give(Started(self.now, payload))

    def give(self, item: Input) -> list[Output]:
        out = list(self.exchange.handle(item))
        self.inputs.append(item)
        self.outputs += out
        return out

    def connect(self) -> int:
        self.links += 1
        self.give(LinkUp(self.now, self.links, "fix", "127.0.0.1:1"))
        return self.links

    def pass_time(self, ns: int) -> list[Output]:
        """Let every Timer come that is asked for."""
        end, out = self.now + ns, []
        while (at := self.exchange.wake_at()) is not None and at <= end:
            self.now = Ns(max(at, self.now))
            out += self.give(Timer(self.now))
        self.now = Ns(end)
        return out


class Client:
    def __init__(self, world: World, comp_id: str = "GW", *, logon: bool = True) -> None:
        self.world = world
        self.comp_id = comp_id
        self.seq = 0
        self.ids = 0
        self.link = world.connect()
        if logon:
            (answer,) = self.say("A", (98, "0"), (108, "30"))
            assert answer.has(_35="A", _56=comp_id)

    def message(self, msg_type: str, *fields: tuple[int, str], target: str = "XLON") -> bytes:
        self.seq += 1
        message = simplefix.FixMessage()
        stamp = print_timestamp(self.world.now)
        header = ((8, "FIX.4.4"), (35, msg_type), (49, self.comp_id), (56, target), (34, self.seq), (52, stamp))
        for tag, value in (*header, *fields):
            message.append_pair(tag, value)
        return bytes(message.encode())

    def say(self, msg_type: str, *fields: tuple[int, str]) -> list[Answer]:
        """Send a message; what comes back to this client at once."""
        return self.mine(self.world.give(Received(self.world.now, self.link, self.message(msg_type, *fields))))

    def mine(self, outputs: Iterable[Output]) -> list[Answer]:
        return [Answer(item.data) for item in outputs if isinstance(item, Send) and item.link == self.link]

    def order(self, side: str, qty: str, price: str | None, *fields: tuple[int, str], cl: str = "") -> list[Answer]:
        self.ids += 1
        limit = [(40, "2"), (44, price)] if price is not None else [(40, "1")]
        common = [
            (11, cl or f"C{self.ids}"),
            (55, "ACME"),
            (54, side),
            (60, print_timestamp(self.world.now)),
            (38, qty),
        ]
        return self.say("D", *common, *limit, *fields)

    def cancel(self, orig: str, cl: str, *, side: str = "1", symbol: str = "ACME") -> list[Answer]:
        stamp = print_timestamp(self.world.now)
        return self.say("F", (11, cl), (41, orig), (55, symbol), (54, side), (60, stamp))

    def replace(self, orig: str, cl: str, qty: str, price: str, *fields: tuple[int, str]) -> list[Answer]:
        stamp = print_timestamp(self.world.now)
        common = [(11, cl), (41, orig), (55, "ACME"), (54, "1"), (60, stamp), (38, qty), (40, "2"), (44, price)]
        return self.say("G", *common, *fields)

    def watch(
        self, *symbols: str, req: str = "M1", sub: str = "1", depth: str = "5", types: str = "012"
    ) -> list[Answer]:
        entries = [(267, str(len(types))), *((269, kind) for kind in types)]
        names = symbols or ("ACME",)
        related = [(146, str(len(names))), *((55, symbol) for symbol in names)]
        return self.say("V", (262, req), (263, sub), (264, depth), (265, "1"), *entries, *related)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def client(world: World) -> Client:
    return Client(world)


# -- orders


def test_an_order_that_finds_nothing_rests(client: Client) -> None:
    (report,) = client.order("1", "300", "10.05", (1, "ACC"), (59, "0"))
    assert report.has(_35="8", _150="0", _39="0", _11="C1", _55="ACME", _54="1", _38="300", _151="300", _14="0", _6="0")
    assert report.has(_1="ACC", _44="10.05", _40="2", _59="0")


def test_two_orders_that_cross_trade_at_the_resting_price(world: World) -> None:
    """LastLiquidityInd(851) is 1 for who waited, 2 for who came; LastMkt(30) is the venue's MIC."""
    waiting, coming = Client(world, "W"), Client(world, "C")
    waiting.order("2", "100", "10.00")
    accepted, trade = coming.order("1", "250", "10.02")
    assert accepted.has(_150="0", _39="0", _151="250")
    assert trade.has(_150="F", _39="1", _32="100", _31="10", _14="100", _151="150", _6="10", _30="XLON", _851="2")
    (other,) = [answer for answer in waiting.mine(world.outputs) if answer[150] == "F"]
    assert other.has(_11="C1", _39="2", _32="100", _31="10", _14="100", _151="0", _851="1")
    assert other[17] != trade[17]


def test_an_average_price_is_exact_over_several_fills(client: Client) -> None:
    client.order("2", "100", "10.00")
    client.order("2", "200", "10.01")
    reports = [answer for answer in client.order("1", "300", "10.01") if answer.has(_11="C3", _150="F")]
    assert [(answer[14], answer[6], answer[39]) for answer in reports] == [
        ("100", "10", "1"),
        ("300", "10.00666667", "2"),
    ]


@pytest.mark.parametrize(("ord_type", "price", "tif"), [("limit", "10.00", "3"), ("market", None, "0")])
def test_what_may_not_rest_is_canceled(client: Client, ord_type: str, price: str | None, tif: str) -> None:
    client.order("2", "100", "10.00")
    accepted, trade, canceled = (
        answer for answer in client.order("1", "150", price, (59, tif), cl=ord_type) if answer[11] == ord_type
    )
    assert (accepted[150], trade[150]) == ("0", "F")
    assert canceled.has(_150="4", _39="4", _14="100", _151="0", _38="150")
    assert canceled[41] is None, "nobody asked for it"


def test_fill_or_kill_is_filled_whole_or_not_at_all(client: Client) -> None:
    client.order("2", "100", "10.00")
    assert [answer[150] for answer in client.order("1", "101", "10.00", (59, "4"))] == ["0", "4"]
    assert [answer[39] for answer in client.order("1", "100", "10.00", (59, "4"), cl="K") if answer[11] == "K"] == [
        "0",
        "2",
    ]


@pytest.mark.parametrize(
    ("qty", "price", "tif", "reason", "text"),
    [
        ("10.5", "10", "0", "13", "OrderQty(38) 10.5 is no multiple of the lot 1"),
        ("0", "10", "0", "13", "OrderQty(38) 0 is below the minimum 1"),
        ("10", "10.005", "0", "99", "Price(44) 10.005 is no multiple of the tick 0.01"),
        ("10", "-1", "0", "99", "Price(44) of a limit order must be above zero"),
        ("10", "10", "1", "11", "TimeInForce(59) 1 is not offered: 0, 3 and 4 are"),
        ("10", "10", "2", "11", "TimeInForce(59) 2 is not offered: 0, 3 and 4 are"),
    ],
)
def test_an_order_that_breaks_a_rule_is_rejected(qty: str, price: str, tif: str, reason: str, text: str) -> None:
    (report,) = Client(World()).order("1", qty, price, (59, tif))
    assert report.has(_35="8", _150="8", _39="8", _103=reason, _58=text, _151="0", _14="0", _11="C1")


def test_an_unknown_symbol_is_rejected(client: Client) -> None:
    stamp = print_timestamp(client.world.now)
    (report,) = client.say("D", (11, "A"), (55, "NOPE"), (54, "1"), (60, stamp), (38, "1"), (40, "1"))
    assert report.has(_150="8", _103="1", _58="Symbol(55) NOPE is not traded here")


def test_kinds_of_order_this_venue_does_not_offer_are_rejected(client: Client) -> None:
    """A stop order, OrdType(40)=3, and Side(54)=7 are FIX, but not traded here: 103=11."""
    stamp = print_timestamp(client.world.now)
    common = [(55, "ACME"), (60, stamp), (38, "1")]
    (stop,) = client.say("D", (11, "A"), (54, "1"), *common, (40, "3"), (99, "9"))
    assert stop.has(_150="8", _103="11", _11="A", _58="OrdType(40) 3 is not offered: 1 and 2 are")
    (side,) = client.say("D", (11, "B"), (54, "7"), *common, (40, "1"))
    assert side.has(_150="8", _103="11", _54="7", _58="Side(54) 7 is not offered: 1, 2, 5 and 6 are")


def test_a_short_sale_is_a_sale(client: Client) -> None:
    client.order("1", "10", "10")
    assert client.order("5", "10", "10", cl="S")[0].has(_54="5", _150="0")
    assert client.mine(client.world.outputs)[-1].has(_150="F", _851="1", _39="2")


def test_a_cl_ord_id_is_used_once(client: Client) -> None:
    """ClOrdID(11) is unique for the session, whatever the first order came to."""
    client.order("1", "10.5", "10", cl="A")
    client.order("1", "10", "10", cl="B")
    for cl in ("A", "B"):
        (report,) = client.order("1", "10", "10", cl=cl)
        assert report.has(_150="8", _103="6", _11=cl)
    (reject,) = client.cancel("B", "A")
    assert reject.has(_35="9", _102="6")


def test_cl_ord_ids_are_bounded(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound nothing new is taken; what stands can still be canceled."""
    monkeypatch.setattr("venues.orders.MAX_CL_ORD_IDS", 2)
    client.order("1", "10", "10", cl="A")
    client.order("1", "10", "10", cl="B")
    assert client.order("1", "10", "10", cl="C")[0].has(_150="8", _103="0")
    assert client.replace("A", "D", "20", "10")[0].has(_35="9", _102="2")
    assert client.cancel("A", "E")[0].has(_150="4")


def test_counterparties_cl_ord_ids_are_their_own(world: World) -> None:
    one, other = Client(world, "ONE"), Client(world, "OTHER")
    one.order("1", "10", "10", cl="A")
    (report,) = other.order("1", "10", "10", cl="A")
    assert report.has(_150="0")
    (reject,) = other.cancel("B", "X")
    assert reject.has(_35="9", _102="1")


# -- cancel, replace, status


def test_a_cancel_is_confirmed_under_its_own_id(client: Client) -> None:
    client.order("1", "10", "10", cl="A")
    (report,) = client.cancel("A", "B")
    assert report.has(_35="8", _150="4", _39="4", _11="B", _41="A", _151="0")
    (reject,) = client.cancel("A", "C")
    assert reject.has(_35="9", _102="0", _434="1", _39="4", _11="C", _41="A")


def test_a_cancel_of_nothing_is_rejected(client: Client) -> None:
    (reject,) = client.cancel("A", "B")
    assert reject.has(_35="9", _37="NONE", _39="8", _102="1", _434="1")


def test_a_cancel_has_to_name_the_orders_symbol_and_side(client: Client) -> None:
    client.order("1", "10", "10", cl="A")
    assert client.cancel("A", "B", side="2")[0].has(_35="9", _102="99", _39="0")


def test_a_replaced_order_answers_to_its_new_id_only(client: Client) -> None:
    """OrigClOrdID(41) is the last id that was accepted."""
    client.order("1", "10", "10", cl="A")
    (report,) = client.replace("A", "B", "20", "10.01")
    assert report.has(_150="5", _39="0", _11="B", _41="A", _38="20", _151="20", _44="10.01")
    assert client.cancel("A", "C")[0].has(_35="9", _102="1")
    assert client.cancel("B", "D")[0].has(_150="4", _11="D", _41="B")


def test_a_refused_replace_changes_nothing(client: Client) -> None:
    client.order("1", "10", "10", cl="A")
    assert client.replace("A", "B", "10", "10.001")[0].has(_35="9", _434="2", _102="99", _39="0")
    assert client.replace("A", "C", "10", "10", (59, "3"))[0].has(_35="9", _102="2")
    assert client.cancel("A", "D")[0].has(_150="4")


def test_only_less_quantity_keeps_the_place_in_the_queue(world: World) -> None:
    first, second, seller = Client(world, "F"), Client(world, "S"), Client(world, "X")
    first.order("1", "10", "10", cl="A")
    second.order("1", "10", "10", cl="A")
    first.replace("A", "B", "5", "10")
    seller.order("2", "1", "10")
    assert first.mine(world.outputs)[-1].has(_150="F", _11="B", _14="1", _151="4")
    first.replace("B", "C", "6", "10")
    seller.order("2", "1", "10")
    assert second.mine(world.outputs)[-1].has(_150="F", _14="1")


def test_a_replace_below_what_is_filled_ends_the_order(client: Client) -> None:
    """OrderQty(38) below CumQty(14) becomes CumQty (FIX vol. 4, C.3.c)."""
    client.order("1", "10", "10", cl="A")
    client.order("2", "6", "10")
    (report,) = client.replace("A", "B", "4", "10")
    assert report.has(_150="5", _39="2", _38="6", _14="6", _151="0")
    assert client.cancel("B", "C")[0].has(_35="9", _102="0", _39="2")


def test_a_replace_may_trade_at_once(client: Client) -> None:
    client.order("2", "5", "11")
    client.order("1", "10", "10", cl="A")
    replaced, trade = (answer for answer in client.replace("A", "B", "10", "11") if answer[54] == "1")
    assert (replaced[150], replaced[39], trade[150], trade[151]) == ("5", "0", "F", "5")


def test_an_order_status_is_told_without_a_new_execution(client: Client) -> None:
    """ExecType(150)=I, ExecID(17)=0, OrdStatusReqID(790) echoed; an unknown order is Rejected."""
    client.order("1", "10", "10", cl="A")
    client.order("2", "4", "10")
    (report,) = client.say("H", (11, "A"), (55, "ACME"), (54, "1"), (790, "Q"))
    assert report.has(_150="I", _39="1", _17="0", _14="4", _151="6", _790="Q")
    (report,) = client.say("H", (11, "Z"), (55, "ACME"), (54, "1"))
    assert report.has(_150="I", _39="8", _103="5", _37="NONE")


def test_what_is_not_offered_is_refused_by_name(client: Client) -> None:
    (reject,) = client.say("Y", (262, "M"), (281, "0"))
    assert reject.has(_35="j", _372="Y", _380="3", _45="2")


# -- market data


def test_a_snapshot_then_what_changes(client: Client) -> None:
    client.order("1", "10", "10")
    (snapshot,) = client.watch()
    assert snapshot.has(_35="W", _262="M1", _55="ACME")
    assert snapshot.entries() == [("", "0", "10", "10")]
    _, update = client.order("2", "5", "10.01")
    assert (update[35], update.entries()) == ("X", [("1", "1", "10.01", "5")])
    *_, update = client.order("1", "7", "10.01")
    assert update.entries() == [("1", "0", "10.01", "2"), ("2", "1", "10.01", "0"), ("0", "2", "10.01", "5")]


def test_depth_shows_levels_come_and_go_at_its_edge(client: Client) -> None:
    client.watch(depth="1")
    client.order("1", "10", "10")
    _, update = client.order("1", "5", "10.01", cl="T")
    assert update.entries() == [("2", "0", "10", "0"), ("1", "0", "10.01", "5")]
    assert len(client.order("1", "5", "9.99")) == 1, "below the depth nothing is shown"
    _, update = client.cancel("T", "U")
    assert update.entries() == [("2", "0", "10.01", "0"), ("1", "0", "10", "10")]


def test_a_full_book_is_bounded(client: Client) -> None:
    for level in range(1, MAX_DEPTH + 3):
        client.order("1", "1", str(level))
    (snapshot,) = client.watch(depth="0")
    assert len(snapshot.entries()) == MAX_DEPTH


def test_only_the_entries_asked_for_are_sent(client: Client) -> None:
    client.watch(types="2")
    client.order("2", "5", "10")
    *_, update = client.order("1", "5", "10")
    assert update.entries() == [("0", "2", "10", "5")]


def test_a_sweep_of_many_orders_is_told_in_messages_of_ordinary_size(client: Client) -> None:
    client.watch()
    for _ in range(120):
        client.order("2", "1", "10")
    updates = [answer for answer in client.order("1", "120", "10") if answer[35] == "X"]
    assert sum(len(update.entries()) for update in updates) == 121
    assert max(len(update.data) for update in updates) < 4096


def test_an_unsubscribed_symbol_is_silent(client: Client) -> None:
    client.watch()
    assert client.watch(sub="2") == []
    assert [answer[35] for answer in client.order("1", "10", "10")] == ["8"]


def test_a_snapshot_alone_is_not_a_subscription(client: Client) -> None:
    assert client.watch(sub="0")[0].has(_35="W")
    assert [answer[35] for answer in client.order("1", "10", "10")] == ["8"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"symbols": ("ACME", "NOPE")}, "0"), ({"types": "04"}, "8"), ({"req": "TAKEN"}, "1"), ({"depth": "-1"}, "5")],
)
def test_market_data_that_cannot_be_had_is_refused(client: Client, change: dict[str, Any], reason: str) -> None:
    client.watch(req="TAKEN")
    (answer,) = client.watch(*change.pop("symbols", ("ACME",)), **{"req": "M2", **change})
    assert answer.has(_35="Y", _281=reason)


def test_subscriptions_are_bounded(client: Client) -> None:
    for number in range(MAX_REQUESTS):
        assert client.watch(req=f"M{number}")[0][35] == "W"
    assert client.watch(req="MORE")[0].has(_35="Y", _281="2")


def test_market_data_may_be_held_together() -> None:
    """conflate_ms: at most one update a symbol in that time, and none is forgotten."""
    world = World(conflate_ms=10)
    client = Client(world)
    client.watch()
    first = client.order("1", "10", "10")
    assert [answer[35] for answer in first] == ["8", "X"]
    assert [answer[35] for answer in client.order("1", "10", "10.01")] == ["8"]
    assert [answer[35] for answer in client.order("1", "10", "10.02")] == ["8"]
    (update,) = client.mine(world.pass_time(10 * MILLISECOND))
    assert update.entries() == [("1", "0", "10.02", "10"), ("1", "0", "10.01", "10")]
    assert client.mine(world.pass_time(100 * MILLISECOND)) == []


# -- connections


def test_the_first_message_must_be_a_logon_to_this_venue(world: World) -> None:
    """Anything else is not answered; the connection is dropped."""
    for msg_type, target in (("0", "XLON"), ("A", "BATE")):
        stranger = Client(world, logon=False)
        data = stranger.message(msg_type, (98, "0"), (108, "30"), target=target)
        assert world.give(Received(world.now, stranger.link, data)) == [Close(stranger.link)]
        assert world.give(Received(world.now, stranger.link, data)) == [], "the link is done with"


def test_a_second_connection_of_one_counterparty_is_dropped(world: World, client: Client) -> None:
    second = Client(world, logon=False)
    data = second.message("A", (98, "0"), (108, "30"))
    assert world.give(Received(world.now, second.link, data)) == [Close(second.link)]
    assert client.order("1", "10", "10")[0].has(_150="0")


def test_counterparties_are_bounded(world: World) -> None:
    for number in range(MAX_PARTIES):
        Client(world, f"P{number}")
    late = Client(world, "LATE", logon=False)
    data = late.message("A", (98, "0"), (108, "30"))
    assert world.give(Received(world.now, late.link, data)) == [Close(late.link)]


def test_who_does_not_log_on_takes_no_place(world: World) -> None:
    for number in range(MAX_PARTIES):
        stranger = Client(world, f"P{number}", logon=False)
        world.give(Received(world.now, stranger.link, stranger.message("0")))
    Client(world, "LATE")


def test_garbled_bytes_are_ignored(world: World, client: Client) -> None:
    assert world.give(Garbled(world.now, client.link, b"8=FIX.4.4\x019=5\x01")) == []
    assert client.order("1", "10", "10")[0].has(_150="0")


def reconnect(client: Client) -> list[Answer]:
    client.link = client.world.connect()
    return client.say("A", (98, "0"), (108, "30"))


@pytest.mark.parametrize("how", ["link lost", "venue restarted"])
def test_orders_and_numbers_outlive_the_connection(world: World, client: Client, how: str) -> None:
    """What happened meanwhile is numbered and comes by ResendRequest(2), as PossDup."""
    client.order("2", "10", "10", cl="A")
    client.watch()
    if how == "link lost":
        world.give(LinkDown(world.now, client.link, "reset"))
    else:
        world.start()
    other = Client(world, "OTHER")
    other.order("1", "10", "10")
    (logon,) = reconnect(client)
    assert logon.has(_35="A", _34="5"), "the fill took 4; market data ended with the connection"
    (again,) = [answer for answer in client.say("2", (7, "4"), (16, "0")) if answer[35] == "8"]
    assert again.has(_34="4", _43="Y", _150="F", _11="A", _39="2")


def test_a_logout_ends_the_connection(world: World, client: Client) -> None:
    out = world.give(Received(world.now, client.link, client.message("5")))
    assert [type(item) for item in out] == [Send, Close]
    (logon,) = reconnect(client)
    assert logon[34] == "3"


def test_a_silent_counterparty_is_tested_then_dropped(world: World, client: Client) -> None:
    out = world.pass_time(61 * SECOND)
    assert [answer[35] for answer in client.mine(out)] == ["0", "1"]
    assert out[-1] == Close(client.link)


def test_ids_differ_between_runs_with_new_journals(client: Client) -> None:
    later = World()
    later.exchange, later.now = Exchange(), Ns(START + SECOND)
    later.start()
    assert client.order("1", "10", "10")[0][17] != Client(later).order("1", "10", "10")[0][17]


# -- latency, flow, tape


def test_latency_delays_everything_the_venue_says() -> None:
    world = World(latency_us=500)
    client = Client(world, logon=False)
    assert client.say("A", (98, "0"), (108, "30")) == []
    assert world.exchange.wake_at() == world.now + 500_000
    assert client.mine(world.pass_time(499_999)) == []
    assert [answer[35] for answer in client.mine(world.pass_time(1))] == ["A"]
    client.order("1", "10", "10")
    client.order("1", "10", "10")
    assert [answer[11] for answer in client.mine(world.pass_time(500_000))] == ["C1", "C2"]


def test_what_was_on_its_way_to_a_lost_link_is_not_sent() -> None:
    world = World(latency_us=500)
    client = Client(world, logon=False)
    client.say("A", (98, "0"), (108, "30"))
    world.give(LinkDown(world.now, client.link, "reset"))
    assert world.pass_time(SECOND) == []


def test_what_was_on_its_way_when_the_venue_stopped_is_not_sent() -> None:
    """Its link is gone, and nothing may be said to a link of an earlier run."""
    world = World(latency_us=500)
    client = Client(world, logon=False)
    client.say("A", (98, "0"), (108, "30"))
    client.say("5")
    world.start()
    assert world.pass_time(SECOND) == []


def test_the_last_word_of_a_session_arrives_before_its_link_is_closed() -> None:
    world = World(latency_us=500)
    client = Client(world, logon=False)
    client.say("A", (98, "0"), (108, "30"))
    client.say("5")
    out = world.pass_time(SECOND)
    assert [answer[35] for answer in client.mine(out)] == ["A", "5"] and out[-1] == Close(client.link)


def test_the_flow_quotes_both_sides_trades_and_stays_bounded() -> None:
    world = World(flow=Flow(seed=3))
    client = Client(world)
    (snapshot,) = client.watch(depth="0")
    assert [kind for _, kind, _, _ in snapshot.entries()] == ["0"] * 5 + ["1"] * 5
    updates = [answer for answer in client.mine(world.pass_time(20 * SECOND)) if answer[35] == "X"]
    assert 60 < len(updates) <= 80, "one a step of 250 ms at most"
    assert any(kind == "2" for update in updates for _, kind, _, _ in update.entries())
    (snapshot,) = client.watch(req="M2", sub="0", depth="0")
    assert len(snapshot.entries()) == 10
    assert all(99 < float(price) < 101 for _, _, price, _ in snapshot.entries())


def test_the_flow_can_be_traded_with() -> None:
    world = World(flow=Flow())
    reports = Client(world).order("1", "100", None)
    assert reports[-1].has(_39="2", _14="100") and reports[0].has(_39="0")


def test_a_restart_begins_the_flow_anew_and_keeps_orders(world: World) -> None:
    """The flow of the new configuration quotes, the old one's quotes are gone, a client's order still stands."""
    client = Client(world)
    client.order("1", "10", "50")
    world.config = msgspec.structs.replace(world.config, flow=Flow(), symbols={"ACME": "100", "NEW": "5"})
    world.start()
    reconnect(client)
    snapshot, new = client.watch("ACME", "NEW", depth="0")
    assert len(snapshot.entries()) == 11 and ("", "0", "50", "10") in snapshot.entries()
    assert len(new.entries()) == 10
    world.config = msgspec.structs.replace(world.config, flow=None)
    world.start()
    reconnect(client)
    assert client.watch(depth="0")[0].entries() == [("", "0", "50", "10")]


TAPE = """\
time,venue,bid,bid size,ask,ask size
100,BATE,1,1,2,1
101,XLON,10.00,300,10.02,200
102,XLON,10.01,100,10.02,200
103,XLON,10.02,100,10.02,200
104,XLON,,,10.03,50
105,XLON,1,1,2,1,OTHER
"""


def test_a_tape_is_shown_at_its_own_pace() -> None:
    """The venue's rows, counted from the tape's first row; a locked row and an empty side show nothing there."""
    world = World(tape=read_tape(TAPE.splitlines(), "ACME"))
    client = Client(world)
    (empty,) = client.watch()
    assert empty.entries() == [("", "0", "0", "0")]
    seen = [
        [(kind, price, size) for _, kind, price, size in x.entries()] for x in client.mine(world.pass_time(9 * SECOND))
    ]
    assert seen == [
        [("0", "10", "300"), ("1", "10.02", "200")],
        [("0", "10", "0"), ("0", "10.01", "100")],
        [("0", "10.01", "0"), ("1", "10.02", "0")],
        [("1", "10.03", "50")],
    ]


def test_of_rows_that_are_overdue_only_the_last_is_shown() -> None:
    world = World(tape=read_tape(TAPE.splitlines(), "ACME"))
    client = Client(world)
    client.watch()
    world.now = Ns(world.now + 2 * SECOND)
    (update,) = client.mine(world.give(Timer(world.now)))
    assert update.entries() == [("1", "0", "10.01", "100"), ("1", "1", "10.02", "200")]


def test_a_taped_quote_fills_an_order_it_reaches() -> None:
    world = World(tape=read_tape(TAPE.splitlines(), "ACME"))
    client = Client(world)
    client.order("1", "60", "10.02")
    trade = client.mine(world.pass_time(SECOND))[0]
    assert trade.has(_150="F", _32="60", _31="10.02", _851="1", _39="2")


def test_the_same_inputs_give_the_same_outputs() -> None:
    """Flow, latency, several counterparties, a restart: all of it is a function of the inputs."""

    def scene() -> World:
        world = World(symbols=("ACME", "IBM"), flow=Flow(seed=5), latency_us=300, conflate_ms=1)
        clients = [Client(world, name, logon=False) for name in ("A", "B")]
        for client in clients:
            client.say("A", (98, "0"), (108, "30"))
            client.watch("ACME", "IBM")
        for number in range(30):
            clients[number % 2].order(str(1 + number % 2), "700", "100.00" if number % 3 else None)
            world.pass_time(97 * MILLISECOND)
        world.start()
        return world

    world = scene()
    again = Exchange()
    assert [output for item in world.inputs for output in again.handle(item)] == world.outputs
    assert scene().outputs == world.outputs
    assert len(world.outputs) > 100


def test_shares_are_neither_made_nor_lost() -> None:
    """Over all counterparties' reports: bought equals sold where only they trade, and OrderQty = CumQty + LeavesQty."""
    world = World()
    clients = [Client(world, name) for name in ("A", "B", "C")]
    for number in range(60):
        price = str(10 + (number * 7 % 5) / 100)
        clients[number % 3].order(
            str(1 + number * 5 % 2), str(10 + number), price, (59, "3" if number % 7 == 0 else "0")
        )
    reports = [answer for client in clients for answer in client.mine(world.outputs) if answer[35] == "8"]
    trades = [answer for answer in reports if answer[150] == "F"]
    bought, sold = (sum(parse_qty(t[32] or "") for t in trades if t[54] == side) for side in "12")
    assert bought == sold > 0
    assert len({answer[17] for answer in reports}) == len(reports)
    for report in reports:
        left = parse_px(report[38] or "") - parse_px(report[14] or "")
        assert left == parse_px(report[151] or "") or report[39] == "4"
