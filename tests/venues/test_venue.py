"""An Exchange from outside, its orders and market data apart: connections, latency, and what it quotes by itself."""

import msgspec
import pytest

from gateway.model import MILLISECOND, SECOND, Close, Garbled, LinkDown, Ns, Received, Send, Timer
from tests.venues.world import START, Answer, Client, World
from venues.crowd.flow import Flow
from venues.exchange import MAX_PARTIES, Exchange
from venues.floor.latency import Latency
from venues.tapes.reading import Tape


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def client(world: World) -> Client:
    return Client(world)


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
    world = World(latency=Latency(out_us=500))
    client = Client(world, logon=False)
    assert client.say("A", (98, "0"), (108, "30")) == []
    assert world.exchange.wake_at() == world.now + 500_000
    assert client.mine(world.pass_time(499_999)) == []
    assert [answer[35] for answer in client.mine(world.pass_time(1))] == ["A"]
    client.order("1", "10", "10")
    client.order("1", "10", "10")
    assert [answer[11] for answer in client.mine(world.pass_time(500_000))] == ["C1", "C2"]


def test_what_was_on_its_way_to_a_lost_link_is_not_sent() -> None:
    world = World(latency=Latency(out_us=500))
    client = Client(world, logon=False)
    client.say("A", (98, "0"), (108, "30"))
    world.give(LinkDown(world.now, client.link, "reset"))
    assert world.pass_time(SECOND) == []


def test_what_was_on_its_way_when_the_venue_stopped_is_not_sent() -> None:
    """Its link is gone, and nothing may be said to a link of an earlier run."""
    world = World(latency=Latency(out_us=500))
    client = Client(world, logon=False)
    client.say("A", (98, "0"), (108, "30"))
    client.say("5")
    world.start()
    assert world.pass_time(SECOND) == []


def test_the_last_word_of_a_session_arrives_before_its_link_is_closed() -> None:
    world = World(latency=Latency(out_us=500))
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
    assert 100 < len(updates) < 400, "about ten a second"
    assert any(kind == "2" for update in updates for _, kind, _, _ in update.entries())
    (snapshot,) = client.watch(req="M2", sub="0", depth="0")
    assert 10 <= len(snapshot.entries()) <= 50
    prices = [float(price) for _, _, price, _ in snapshot.entries()]
    assert max(prices) - min(prices) < 1


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
    world = World(tape=Tape(TAPE.splitlines(), symbol="ACME"))
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
    world = World(tape=Tape(TAPE.splitlines(), symbol="ACME"))
    client = Client(world)
    client.watch()
    world.now = Ns(world.now + 2 * SECOND)
    (update,) = client.mine(world.give(Timer(world.now)))
    assert update.entries() == [("0", "0", "10.01", "100"), ("0", "1", "10.02", "200")]


def test_a_taped_quote_fills_an_order_it_reaches() -> None:
    world = World(tape=Tape(TAPE.splitlines(), symbol="ACME"))
    client = Client(world)
    client.order("1", "60", "10.02")
    trade = client.mine(world.pass_time(SECOND))[0]
    assert trade.has(_150="F", _32="60", _31="10.02", _851="1", _39="2")


def test_the_same_inputs_give_the_same_outputs() -> None:
    """Flow, latency, several counterparties, a restart: all of it is a function of the inputs."""

    def scene() -> World:
        world = World(
            symbols=("ACME", "IBM"),
            flow=Flow(seed=5),
            latency=Latency(in_tail_us=200, out_us=300, data_tail_us=100),
            conflate_ms=1,
        )
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
