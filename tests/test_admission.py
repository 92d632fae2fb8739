"""Who may connect: the door by itself, and a listener on a real port that turns away without spending anything."""

import asyncio
import resource
import socket
import time
from contextlib import ExitStack, suppress
from itertools import pairwise
from pathlib import Path

import pytest
import uvloop

from gateway.model import Garbled, LinkDown, LinkUp
from gateway.run.net import refusals, strangers
from gateway.run.net.admission import MAX_IDLE_ADDRESSES, Door, ListenerOptions, read_logon
from gateway.run.net.refusals import RECORDED_AT_ONCE, RECORDED_EVERY_S, Refusals
from tests.shell import Acceptor, Peer, Shell, framed, logon, msg_type, shell

HOST = "10.0.0.1"


def admitted(door: Door, host: str = HOST, now: float = 0.0) -> bool:
    return door.refusal(host, now) is None


# -- the door


@pytest.mark.parametrize(
    ("host", "may"),
    [
        ("10.1.2.3", True),
        ("10.2.0.1", False),
        ("192.0.2.7", True),
        ("192.0.2.8", False),
        ("::ffff:10.1.2.3", True),  # IPv4 on a socket for both
        ("2001:db8::5", True),
        ("2001:db9::5", False),
        ("fe80::1%eth0", False),
    ],
)
def test_only_listed_networks_may_connect(host: str, may: bool) -> None:
    door = Door(ListenerOptions(allow=("10.1.0.0/16", "192.0.2.7", "2001:db8::/32")))
    assert door.refusal(host, 0.0) == (None if may else "not_allowed")


def test_a_network_that_is_none_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match=r"10\.1\.0\.0/33"):
        Door(ListenerOptions(allow=("10.1.0.0/33",)))


def test_new_connections_have_a_rate_and_a_burst() -> None:
    """Each address has its own; those turned away do not count, or a flood would never end."""
    door = Door(ListenerOptions(new_per_s=10, new_burst=3))
    assert [door.refusal(HOST, 0.0) for _ in range(5)] == [None, None, None, "too_often", "too_often"]
    assert admitted(door, "10.0.0.2")
    assert door.refusal(HOST, 0.09) == "too_often"
    assert [door.refusal(HOST, 0.11) for _ in range(2)] == [None, "too_often"]
    assert [admitted(door, now=100.0) for _ in range(4)] == [True, True, True, False]


def test_an_address_has_so_many_connections() -> None:
    door = Door(ListenerOptions(max_per_ip=2))
    assert [door.refusal(HOST, 0.0) for _ in range(3)] == [None, None, "too_many_of_one_address"]
    assert admitted(door, "10.0.0.2")
    door.left(HOST, stranger=True)
    assert admitted(door)


def test_there_are_only_so_many_connections() -> None:
    door = Door(ListenerOptions(max_connections=2))
    hosts = ("10.0.0.1", "10.0.0.2", "10.0.0.3")
    assert [door.refusal(host, 0.0) for host in hosts] == [None, None, "too_many"]
    door.logged_on(hosts[0])
    assert door.refusal(hosts[2], 0.0) == "too_many"
    door.left(hosts[0], stranger=False)
    assert admitted(door, hosts[2])


def test_strangers_are_few_until_they_log_on() -> None:
    """Of one address, and of all."""
    door = Door(ListenerOptions(max_strangers=3, max_strangers_per_ip=2))
    assert [door.refusal(HOST, 0.0) for _ in range(3)] == [None, None, "too_many_strangers_of_one_address"]
    assert [door.refusal("10.0.0.2", 0.0) for _ in range(2)] == [None, "too_many_strangers"]
    door.logged_on(HOST)
    assert admitted(door, "10.0.0.2")
    door.left("10.0.0.2", stranger=True)
    assert [door.refusal(HOST, 0.0) for _ in range(2)] == [None, "too_many_strangers_of_one_address"]


def test_an_ipv6_network_of_one_customer_is_one_address() -> None:
    """Whoever has a /64 has 2**64 addresses."""
    door = Door(ListenerOptions(max_per_ip=2))
    assert [admitted(door, f"2001:db8:0:1::{number}") for number in range(3)] == [True, True, False]
    assert admitted(door, "2001:db8:0:2::1")


def test_only_so_many_addresses_are_remembered() -> None:
    """And none is forgotten while a connection of it is open."""
    door = Door(ListenerOptions(max_connections=10**6, max_strangers=10**6, max_per_ip=1, new_burst=2, new_per_s=1))
    assert admitted(door)
    for number in range(MAX_IDLE_ADDRESSES + 10):
        host = f"10.1.{number >> 8}.{number & 255}"
        assert admitted(door, host)
        door.left(host, stranger=True)
    assert len(door._idle) == MAX_IDLE_ADDRESSES
    assert door.refusal(HOST, 0.0) == "too_many_of_one_address"


# -- whose Logon it is


def test_a_logon_says_whose_it_is() -> None:
    found = read_logon(logon("ME", "50=DESK|142=LDN|553=joe|554=s\xe9sam|"), host=HOST)
    assert found is not None
    assert (found.sender, found.target, found.username, found.password) == ("ME", "GATEWAY", b"joe", b"s\xe9sam")
    assert found.names == ["ME/DESK/LDN", "ME/DESK", "ME//LDN", "ME"]


@pytest.mark.parametrize(
    "data",
    [
        framed("35=D|49=ME|56=GATEWAY|"),
        framed("35=AE|49=ME|56=GATEWAY|"),
        framed("35=A|56=GATEWAY|"),
        framed("35=A|49=ME|"),
        framed("35=A|49=ME|56=GATEWAY|49=YOU|"),
        framed("35=A|49=ME|56=GATEWAY|95=9|96=\x0149=YOU\x01x|"),
        framed("35=A|49=ME|56=GATEWAY|554=a|554=b|"),
        framed("35=A|49=ME|56=GATEWAY|50=|50=X|"),
    ],
)
def test_a_logon_that_can_be_read_in_two_ways_is_none(data: bytes) -> None:
    """The core could take the other SenderCompID(49) than the one whose password was right."""
    assert read_logon(data, host=HOST) is None


# -- on a real port


def test_who_is_turned_away_leaves_no_trace_but_a_count(tmp_path: Path) -> None:
    """Closed at once; the core is told numbers by cause, at most once a second."""

    async def scenario() -> Acceptor:
        async with shell(tmp_path, ListenerOptions(allow=("10.1.0.0/16",))) as it:
            for _ in range(3):
                assert await it.turns_away()
            await it.until(lambda: it.node.told("refused"))
            assert not it.node.of(LinkUp)
            return it.node

    (counts,) = uvloop.run(scenario()).told("refused")
    assert counts.pop("last").startswith("127.0.0.1:")
    assert counts == {"not_allowed": 3}


def test_what_was_counted_last_is_told_at_the_end(tmp_path: Path) -> None:
    async def scenario() -> Acceptor:
        async with shell(tmp_path, ListenerOptions(allow=("10.1.0.0/16",))) as it:
            assert await it.turns_away()
        return it.node

    assert uvloop.run(scenario()).turned_away == {"not_allowed": 1}


def test_who_logs_on_is_no_stranger(tmp_path: Path) -> None:
    """The place among the strangers is free again with the answer to the Logon(A), and when one hangs up."""

    async def scenario() -> None:
        async with shell(tmp_path, ListenerOptions(max_strangers=1)) as it:
            first = await it.log_on("ONE")
            second = await it.connect()
            assert await it.turns_away()
            second.close()
            await it.until(lambda: it.live._listeners[0]._door._strangers == 0)
            fourth = await it.log_on("FOUR")
            assert await first.answers() and await fourth.answers()

    uvloop.run(scenario())


def test_a_flood_disturbs_nobody_who_is_in(tmp_path: Path) -> None:
    """One session goes on being answered while thousands knock, and those are told of in one Command a second."""
    knocks = 1000

    def flood(port: int) -> None:
        for _ in range(knocks):
            with socket.socket() as knocking, suppress(OSError):
                knocking.connect(("127.0.0.1", port))
                knocking.send(b"8=FIX.4.4\x019=")

    async def scenario() -> tuple[Acceptor, list[float], float]:
        async with shell(tmp_path, ListenerOptions(new_burst=20, new_per_s=1, max_strangers=10)) as it:
            good = await it.log_on()
            flooding = asyncio.get_running_loop().run_in_executor(None, flood, it.port)
            taken, began = [], time.monotonic()
            while not flooding.done():
                asked = time.monotonic()
                assert await good.answers()
                taken.append(time.monotonic() - asked)
            await it.until(lambda: sum(it.node.turned_away.values()) > knocks - 100)
            return it.node, taken, time.monotonic() - began

    node, taken, lasted = uvloop.run(scenario())
    assert len(taken) > 20
    assert sorted(taken)[len(taken) // 2] < 0.05
    assert len(node.told("refused")) <= lasted + 2
    assert len(node.of(LinkUp)) == 1, "who says nothing whole is nothing to the core"
    assert set(node.turned_away) <= {"too_often", "too_many_strangers", "silent", "too_many_strangers_of_one_address"}


def test_who_comes_after_somebody_is_looked_at_with_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those who knock together cost less: within 4 ms, here a quarter of a second."""
    monkeypatch.setattr(strangers, "STRETCH_S", 0.25)

    async def scenario() -> float:
        async with shell(tmp_path, ListenerOptions(allow=("10.1.0.0/16",))) as it:
            assert await it.turns_away()
            began = time.monotonic()
            assert all(await asyncio.gather(*[it.turns_away() for _ in range(5)]))
            return time.monotonic() - began

    assert 0.2 < uvloop.run(scenario()) < 0.5


def test_strangers_have_a_share_of_the_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When it is used up the rest has to wait, and is served in its order; who is in does not wait with them."""
    monkeypatch.setattr(strangers, "SHARE_S", 0.0)
    monkeypatch.setattr(strangers, "STRETCH_S", 0.05)

    async def scenario() -> tuple[float, list[int], float]:
        async with shell(tmp_path, unwelcome=lambda data: "unknown" if b"NOBODY" in data else None) as it:
            good = await it.log_on()
            began, order = time.monotonic(), []
            nobodies = [await it.connect() for _ in range(6)]

            async def turned_away(number: int) -> None:
                assert await nobodies[number].next() is None
                order.append(number)

            for nobody in nobodies:
                await nobody.say(logon("NOBODY"))
            waiting = [asyncio.create_task(turned_away(number)) for number in range(6)]
            asked = time.monotonic()
            for _ in range(20):
                assert await good.answers()
            answered = time.monotonic() - asked
            await asyncio.gather(*waiting)
            return time.monotonic() - began, order, answered

    lasted, order, answered = uvloop.run(scenario())
    assert order == list(range(6))
    assert lasted > 5 * 0.05
    assert answered < 3 * 0.05


def test_a_burst_of_strangers_is_spread_over_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn of the loop serves them for a tenth of a millisecond, here one of them, and then whoever trades."""
    monkeypatch.setattr(strangers, "TURN_S", 0.0)
    monkeypatch.setattr(strangers, "SHARE_S", 1.0)

    async def scenario() -> list[int]:
        async with shell(tmp_path, unwelcome=lambda _: "unknown") as it:
            loop = asyncio.get_running_loop()
            served: list[int] = []

            def look() -> None:
                served.append(it.live._refusals.counts.get("unknown", 0))
                loop.call_soon(look)

            with ExitStack() as burst:
                for _ in range(20):
                    burst.enter_context(socket.create_connection(("127.0.0.1", it.port))).send(logon())
                look()
                await it.until(lambda: served[-1] == 20)
            return served

    served = uvloop.run(scenario())
    assert max(after - before for before, after in pairwise(served)) == 1


def test_strangers_who_go_on_speaking_keep_nobody_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who knocks has its turn between theirs."""
    monkeypatch.setattr(strangers, "SHARE_S", 0.0)
    monkeypatch.setattr(strangers, "STRETCH_S", 0.02)

    async def scenario() -> None:
        async with shell(tmp_path) as it:
            talkers = [await it.connect() for _ in range(3)]

            async def talk() -> None:
                for byte in logon()[:-1]:
                    for talker in talkers:
                        await talker.say(bytes([byte]))
                    await asyncio.sleep(0.05)

            talking = asyncio.create_task(talk())
            await it.until(lambda: it.live._listeners[0]._door._strangers == 3)
            async with asyncio.timeout(2):
                assert await (await it.log_on()).answers()
            assert not talking.done()
            talking.cancel()

    uvloop.run(scenario())


def test_a_process_without_descriptors_goes_on_when_it_has_some(tmp_path: Path) -> None:
    """Nor does it turn in a circle meanwhile."""

    async def scenario() -> None:
        async with shell(tmp_path, ListenerOptions(max_connections=1)) as it:
            good = await it.log_on()
            soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            late = socket.socket()
            late.setblocking(False)
            with socket.socket() as highest:
                lowest_free = highest.fileno()
            try:
                resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, hard))
                with suppress(BlockingIOError):
                    late.connect(("127.0.0.1", it.port))
                await it.until(lambda: it.live._refusals.counts or it.node.turned_away)
                assert await good.answers()
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            await it.until(lambda: "no_descriptor" in it.node.turned_away)
            # It comes in now, if only to hear that there is one connection already.
            await it.until(lambda: "too_many" in it.node.turned_away)
            assert it.node.turned_away["no_descriptor"] < 5
            late.close()

    uvloop.run(scenario())


# -- what a stranger may do


@pytest.mark.parametrize("said", [b"", b"8=FIX.4.4\x019=100\x0135=A\x01"])
def test_a_stranger_has_little_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: bytes) -> None:
    """Its first message is whole within five seconds, here a tenth of one; the core never hears of it."""
    monkeypatch.setattr(strangers, "FIRST_MESSAGE_S", 0.1)

    async def scenario() -> Acceptor:
        async with shell(tmp_path) as it:
            peer = await it.connect()
            await peer.say(said)
            assert await peer.next() is None
            quick = await it.log_on()
            await asyncio.sleep(0.15)
            assert await quick.answers(), "who has logged on has all the time"
        return it.node

    node = uvloop.run(scenario())
    assert node.turned_away == {"silent": 1}
    assert len(node.of(LinkUp)) == 1


def test_a_strangers_first_message_is_short(tmp_path: Path) -> None:
    """4 KiB; later ones may have 8."""

    async def scenario() -> Acceptor:
        async with shell(tmp_path) as it:
            long = await it.connect()
            await long.say(logon(rest="58=" + "x" * 4100 + "|"))
            assert await long.next() is None
            pipelined = await it.connect()
            await pipelined.say(logon() + framed("35=1|49=CLIENT|58=" + "x" * 6000 + "|"))
            assert [await pipelined.next(), await pipelined.next()] == ["A", "0"]
        return it.node

    node = uvloop.run(scenario())
    assert node.turned_away == {"too_long": 1}
    assert [msg_type(data) for data in node.heard] == ["A", "1"]


def test_a_strangers_garbage_is_recorded_and_hung_up_on(tmp_path: Path) -> None:
    async def scenario() -> Acceptor:
        async with shell(tmp_path) as it:
            peer = await it.connect()
            await peer.say(b"GET / HTTP/1.1\r\n\r\n")
            assert await peer.next() is None
        return it.node

    node = uvloop.run(scenario())
    assert [item.data for item in node.of(Garbled)] == [b"GET / HTTP/1.1\r\n\r\n"]


NOT_US = framed("35=A|34=1|49=NOBODY|56=GATEWAY|554=hunter2|")


def test_strangers_whom_the_core_would_drop_cannot_fill_the_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a few of them said is kept without its secrets, all are counted, and the last one is told by its name."""
    monkeypatch.setattr(refusals, "RECORDED_AT_ONCE", 3)

    async def scenario() -> Shell:
        async with shell(tmp_path, unwelcome=lambda data: "unknown" if b"NOBODY" in data else None) as it:
            for _ in range(10):
                peer = await it.connect()
                await peer.say(NOT_US)
                assert await peer.next() is None
            assert await (await it.log_on()).answers()
        return it

    it = uvloop.run(scenario())
    node = it.node
    assert node.turned_away == {"unknown": 10}
    assert {told["last"].rpartition(":")[0] for told in node.told("refused")} == {"NOBODY 127.0.0.1"}
    assert [b"554=*******" in data for data in node.heard] == [True, True, True, False, False]
    assert [down.reason for down in node.of(LinkDown)][:3] == ["unknown"] * 3
    assert b"hunter2" not in it.written()
    assert it.replays()


def test_words_of_strangers_are_kept_at_a_slow_pace() -> None:
    """20 at once, and one more every ten seconds."""
    kept = Refusals(0.0)
    assert [kept.room(0.0) for _ in range(RECORDED_AT_ONCE + 1)] == [True] * RECORDED_AT_ONCE + [False]
    assert [kept.room(RECORDED_EVERY_S * times) for times in (0.9, 1.1, 1.9, 2.1)] == [False, True, False, True]
    assert [kept.room(1e9) for _ in range(RECORDED_AT_ONCE + 1)][-2:] == [True, False]


def test_a_stranger_may_say_its_logon_in_pieces(tmp_path: Path) -> None:
    """With what comes behind it in the last one."""

    async def scenario() -> None:
        async with shell(tmp_path) as it:
            peer = await it.connect()
            data = logon()
            for start in range(0, len(data), 10):
                await peer.say(data[start : start + 10] + (framed("35=1|") if start + 10 >= len(data) else b""))
                await asyncio.sleep(0.005)
            assert [await peer.next(), await peer.next()] == ["A", "0"]

    uvloop.run(scenario())


def test_a_stranger_that_leaves_is_forgotten(tmp_path: Path) -> None:
    """Before it said anything, and in the middle of it; by FIN and by RST. Nobody is told."""

    async def scenario() -> Acceptor:
        async with shell(tmp_path) as it:
            for said in (b"", logon()[:20]):
                for leave in (Peer.close, lambda peer: peer.writer.transport.abort()):
                    peer = await it.connect()
                    await peer.say(said)
                    await it.until(lambda: it.live._listeners[0]._door._strangers == 1)
                    leave(peer)
                    await it.until(lambda: it.live._listeners[0]._door._strangers == 0)
        return it.node

    node = uvloop.run(scenario())
    assert node.turned_away == {} and node.of(LinkUp) == []


@pytest.mark.parametrize("said", [b"", logon()])
def test_strangers_who_are_there_at_the_end_are_dropped(tmp_path: Path, said: bytes) -> None:
    """Whether we wait for them or are about to let them in."""

    async def scenario() -> Acceptor:
        async with shell(tmp_path) as it:
            (listener,) = it.live._listeners
            with socket.create_connection(("127.0.0.1", it.port), 5) as stranger:
                stranger.send(said)
                while not (listener._unopened if said else listener._strangers._silent):
                    await asyncio.sleep(0)
                listener.close()
                await asyncio.sleep(0)
                with suppress(ConnectionError):
                    assert stranger.recv(1) == b""
        return it.node

    assert not uvloop.run(scenario()).of(LinkUp)


def test_a_connection_ends_with_its_first_link_down(tmp_path: Path) -> None:
    """What a run leaves behind can be replayed, links, counts and all."""

    async def scenario() -> Shell:
        async with shell(tmp_path, ListenerOptions(max_strangers=1)) as it:
            peer = await it.log_on()
            stranger = await it.connect()
            assert await it.turns_away()
            peer.close()
            await it.until(lambda: it.node.of(LinkDown))
            stranger.close()
        return it

    it = uvloop.run(scenario())
    assert it.replays()
    assert it.node.turned_away == {"too_many_strangers": 1}


def test_all_addresses_of_a_host_are_listened_on(tmp_path: Path) -> None:
    """Whatever 'localhost' is here, the port is the same on each."""

    async def scenario() -> None:
        async with shell(tmp_path) as it:
            _, port = await it.live.listen("localhost", 0, "local")
            found = await asyncio.get_running_loop().getaddrinfo("localhost", port, type=socket.SOCK_STREAM)
            for *_, address in dict.fromkeys(found):
                peer = it.knows(Peer(*await asyncio.open_connection(*address[:2])))
                await peer.say(logon())
                assert await peer.next() == "A"

    uvloop.run(scenario())
