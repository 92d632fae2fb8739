"""One connection: a message that does not end, a peer that does not take what it is sent, and what the core is told."""

import asyncio
import socket
from pathlib import Path
from typing import Any, cast

import pytest
import uvloop

from gateway.fix.frame import GarbledBytes
from gateway.model import LinkDown, Received
from gateway.run.net import connection, live
from gateway.run.net.admission import ListenerOptions
from gateway.run.net.connection import BEHIND_S, SLOW_BYTES, SLOW_S, UNFINISHED_S, Connection
from gateway.run.net.live import Live
from tests.shell import Acceptor, Peer, Shell, framed, logon, probe, shell

MiB = 1 << 20


class Driver:
    """What a Connection needs of the driver."""

    def __init__(self) -> None:
        self.backlogged: set[int] = set()
        self.congested = False
        self.taken: list[Any] = []

    def take(self, taken_from: Connection, messages: list[Any]) -> None:  # noqa: ARG002
        self.taken += messages


class Transport:
    """What a Connection needs of its transport."""

    def __init__(self) -> None:
        self.unsent = 0

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def is_closing(self) -> bool:
        return False

    def pause_reading(self) -> None:
        """Nothing comes."""


@pytest.fixture
def one() -> Connection:
    made = Connection(cast(Live, Driver()), "clients")
    made.transport = cast(asyncio.Transport, Transport())
    return made


def waits(one: Connection, unsent: int, sent: int = 0) -> None:
    """So much is unsent, after so much more was written."""
    one.sent += sent
    cast(Transport, one.transport).unsent = unsent


# -- what comes


def test_a_message_longer_than_the_listener_takes_is_garbled() -> None:
    """It is not waited for, either."""
    long = framed(f"35=D|34=2|58={'x' * 2000}|")
    for max_message, taken in ((1024, GarbledBytes), (8192, bytes)):
        driver = Driver()
        made = Connection(cast(Live, driver), "clients", max_message=max_message)
        made.transport = cast(asyncio.Transport, Transport())
        made.data_received(long)
        assert [type(item) for item in driver.taken] == [taken]


def test_a_message_that_has_begun_ends_soon(one: Connection) -> None:
    """A byte now and then is no sign of life."""
    message = probe()
    one.data_received(message + message[:5])
    for second in range(int(UNFINISHED_S)):
        assert one.overdue(float(second)) is None
        one.data_received(message[5 + second : 6 + second])
    assert one.overdue(UNFINISHED_S) == "a message did not end within 10 s"


def test_a_busy_peer_may_always_have_begun_a_message(one: Connection) -> None:
    """How its bytes are cut says nothing, as long as messages end."""
    message = probe()
    one.data_received(message[:5])
    for second in range(3 * int(UNFINISHED_S)):
        assert one.overdue(float(second)) is None
        one.data_received(message[5:] + message[:5])


def test_a_peer_that_we_do_not_read_is_not_late(one: Connection) -> None:
    """While its reading is paused it cannot end its message."""
    one.data_received(probe()[:5])
    assert one.overdue(0.0) is None
    one.pause()
    assert one.overdue(UNFINISHED_S) is None


# -- what goes


def test_a_peer_that_takes_nothing_is_slow(one: Connection) -> None:
    """However little waits for it. The time runs from when it was first seen waiting."""
    assert one.overdue(0.0) is None
    waits(one, 100, sent=100)
    assert [one.overdue(5.0), one.overdue(5.0 + SLOW_S - 0.1)] == [None, None]
    waits(one, 300, sent=200)
    assert one.overdue(5.0 + SLOW_S) == "slow: 300 bytes unsent, nothing taken for 10 s"


def test_a_peer_that_takes_something_is_not(one: Connection) -> None:
    for second in range(5 * SLOW_S):
        waits(one, 1000, sent=1)
        assert one.overdue(float(second)) is None


def test_much_must_move(one: Connection) -> None:
    """With more than 4 MiB unsent and nothing taken for a second it is over. A burst as such is not."""
    waits(one, SLOW_BYTES + 1, sent=SLOW_BYTES + 1)
    assert one.overdue(0.0) is None
    waits(one, SLOW_BYTES + 1, sent=10)
    assert one.overdue(1.0) is None
    assert one.overdue(2.0) == f"slow: {SLOW_BYTES + 1} bytes unsent, nothing taken for 1 s"


def test_much_must_not_last(one: Connection) -> None:
    """A byte a second would be something taken."""
    for second in range(int(BEHIND_S)):
        waits(one, SLOW_BYTES + 1, sent=1)
        assert one.overdue(float(second)) is None
    waits(one, SLOW_BYTES + 1, sent=1)
    assert one.overdue(BEHIND_S) == f"slow: more than {SLOW_BYTES} bytes unsent for 30 s"


def test_a_peer_that_has_caught_up_begins_anew(one: Connection) -> None:
    waits(one, SLOW_BYTES + 1, sent=SLOW_BYTES + 1)
    assert one.overdue(0.0) is None
    waits(one, 0)
    assert one.overdue(1.0) is None
    waits(one, SLOW_BYTES + 1, sent=SLOW_BYTES + 1)
    assert one.overdue(2.0) is None


# -- on a real port


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver looks more often than once a second."""
    monkeypatch.setattr(live, "LOOK_S", 0.05)


def reasons(node: Acceptor) -> list[str]:
    return [down.reason for down in node.of(LinkDown)]


def test_a_session_that_does_not_end_its_message_is_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "UNFINISHED_S", 0.2)

    async def scenario() -> Acceptor:
        async with shell(tmp_path) as it:
            good, slow = await it.log_on("GOOD"), await it.log_on("SLOW")
            await slow.say(probe()[:-1])
            assert await slow.next() is None
            assert await good.answers()
            return it.node

    assert reasons(uvloop.run(scenario()))[0] == "a message did not end within 0 s"


async def deaf(it: Shell) -> Peer:
    """Logged on, with as little room for what it is sent as the system allows."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.setblocking(False)
    await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", it.port))
    peer = it.knows(Peer(*await asyncio.open_connection(sock=raw, limit=1024)))
    await peer.say(logon("SLOW"))
    assert await peer.next() == "A"
    cast(asyncio.Transport, peer.writer.transport).pause_reading()
    return peer


BIG = b"8=FIX.4.4\x01" * (MiB // 10)
ASK, LAST = framed("35=V|34=3|49=SLOW|56=GATEWAY|"), framed("35=5|34=4|")


def test_a_slow_consumer_is_dropped_and_others_do_not_notice(tmp_path: Path) -> None:
    """First the core is told that it lags, so that it sends again what was missed a little later."""

    async def scenario() -> Acceptor:
        async with shell(tmp_path, ListenerOptions(slow_bytes=2 * MiB)) as it:
            it.node.answers["V"] = BIG
            good, slow = await it.log_on("GOOD"), await deaf(it)
            await slow.say(ASK * 10)
            await it.until(lambda: it.node.of(LinkDown))
            assert await good.answers()
            return it.node

    node = uvloop.run(scenario())
    (told,) = node.told("slow")
    assert told["link"] == 2 and told["unsent"] > MiB
    assert "nothing taken for" in reasons(node)[0]


def test_nothing_is_added_to_more_than_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even before the next look."""
    monkeypatch.setattr(live, "LOOK_S", 60.0)
    monkeypatch.setattr(live, "MAX_UNSENT", 8 * MiB)

    async def scenario() -> Acceptor:
        async with shell(tmp_path) as it:
            it.node.answers["V"] = BIG
            slow = await deaf(it)
            while not it.node.of(LinkDown):
                await slow.say(ASK)
                await asyncio.sleep(0.01)
            return it.node

    node = uvloop.run(scenario())
    assert reasons(node) == [f"slow: more than {8 * MiB} bytes unsent"]
    assert len(node.of(Received)) < 20


def test_a_peer_that_takes_its_time_gets_everything(tmp_path: Path) -> None:
    """Many times what may be unsent, in one go, as after a long resend. The core hears that it lags and that it does not."""

    async def scenario() -> Acceptor:
        async with shell(tmp_path, ListenerOptions(slow_bytes=2 * MiB)) as it:
            it.node.answers["V"] = BIG
            slow = await deaf(it)
            await slow.say(ASK * 20)
            cast(asyncio.Transport, slow.writer.transport).resume_reading()
            assert len(await slow.reader.readexactly(20 * len(BIG))) == 20 * len(BIG)
            await it.until(lambda: it.node.told("eased"))
            assert not it.node.of(LinkDown)
            return it.node

    node = uvloop.run(scenario())
    assert len(node.told("slow")) == len(node.told("eased")) > 0


def test_a_connection_is_closed_when_everything_is_sent(tmp_path: Path) -> None:
    """A Logout after a long resend is still a Logout."""

    async def scenario() -> int:
        async with shell(tmp_path) as it:
            it.node.answers |= {"V": BIG, "5": LAST}
            it.node.hangs_up_after = "5"
            slow = await deaf(it)
            await slow.say(ASK * 12 + LAST)
            await it.until(lambda: LAST in it.node.heard)
            cast(asyncio.Transport, slow.writer.transport).resume_reading()
            return len(await slow.reader.read())

    assert uvloop.run(scenario()) == 12 * len(BIG) + len(LAST)


def test_what_waits_for_the_journal_is_done_when_it_is_written(tmp_path: Path) -> None:
    """And at once where nothing is to be written."""

    async def scenario() -> None:
        async with shell(tmp_path) as it:
            written: list[bool] = []
            it.live.command("mark", "somebody")
            it.live.when_durable(lambda: written.append(b'"mark","somebody"' in it.written()))
            assert written == []
            await it.until(lambda: written)
            it.live.when_durable(lambda: written.append(True))
            await it.until(lambda: len(written) == 2)
            assert written == [True, True]

    uvloop.run(scenario())
