"""Passwords: hashes, delays, the check that keeps off the loop, and ours on the way out. None is ever written."""

import asyncio
import os
import threading
import time
from pathlib import Path

import pytest
import uvloop

from gateway.fix.frame import Framer
from gateway.model import Command, LinkUp, Received
from gateway.run.net import admission, credentials
from gateway.run.net.admission import ListenerOptions
from gateway.run.net.credentials import (
    Credential,
    Delays,
    Logon,
    NoSecret,
    Passwords,
    Secret,
    check_stored,
    hash_password,
    with_password,
)
from tests.shell import CALLED, OUR_LOGON, Acceptor, Peer, framed, logon, probe, shell

SECRET = "hunter2"
WRONG = "554=nothunter2|"
# Of SECRET, with a cost that suits a test; the other one is RFC 7914's third test vector, cut to 32 bytes.
CHEAP = "scrypt$2$8$1$c2FsdA==$p5wO7fHPYPP6eWcyAEgy4JMIijzhjZ4MXho+WwV9LP4="
PLEASE = "scrypt$16384$8$1$U29kaXVtQ2hsb3JpZGU=$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI="


def test_a_stored_hash_is_scrypt() -> None:
    """RFC 7914, section 12: 'pleaseletmein' with 'SodiumChloride'."""
    passwords = Passwords({"ME": Credential(stored=PLEASE)})
    assert passwords.refusal(Logon(sender="ME", target="G", password=b"pleaseletmein")) is None
    assert passwords.refusal(Logon(sender="ME", target="G", password=b"pleaseletmeout")) == "wrong password"


def test_a_password_is_stored_as_a_hash_of_its_own() -> None:
    """With a salt, so that the same password looks different each time."""
    once, again = hash_password(SECRET.encode()), hash_password(SECRET.encode())
    assert once != again and once.startswith("scrypt$32768$8$1$")
    assert (
        Passwords({"ME": Credential(stored=once)}).refusal(Logon(sender="ME", target="G", password=b"hunter2")) is None
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hunter2",
        "bcrypt" + CHEAP[6:],
        CHEAP.replace("$2$", "$3$"),
        CHEAP.replace("$2$", "$0$"),
        CHEAP.replace("$2$", "$4194304$"),  # 4 GiB
        CHEAP.replace("$1$", "$0$"),
        CHEAP.replace("c2FsdA==", "?"),
        CHEAP.rpartition("$")[0] + "$YQ==",  # a hash of one byte is guessed at once
        CHEAP + "$",
    ],
)
def test_what_is_no_hash_is_refused_at_the_start(text: str) -> None:
    with pytest.raises(ValueError, match="scrypt"):
        check_stored(text)
    with pytest.raises(ValueError, match="the password of ME"):
        Passwords({"ME": Credential(stored=text)})


@pytest.mark.parametrize(
    ("claim", "refusal"),
    [
        (Logon(sender="ME", target="G", password=b"hunter2"), None),
        (Logon(sender="ME", target="G", password=b"hunter3"), "wrong password"),
        (Logon(sender="ME", target="G"), "no password"),
        (Logon(sender="ME", target="G", sender_sub="DESK", password=b"hunter2"), "wrong username"),
        (Logon(sender="ME", target="G", sender_sub="DESK", username=b"joe", password=b"hunter2"), None),
        (Logon(sender="ME", target="G", sender_sub="DESK", sender_location="X", password=b"hunter2"), "wrong username"),
        (Logon(sender="ALGO7", target="G", password=b"hunter2"), None),
        (Logon(sender="ALGO7", target="G", sender_sub="DESK", password=b"x"), "wrong password"),
    ],
)
def test_a_logon_shows_what_its_session_asks_for(claim: Logon, refusal: str | None) -> None:
    """The session is the most particular one that the Logon fits, as the core has it; a template's name is a pattern."""
    passwords = Passwords(
        {
            "ME": Credential(stored=CHEAP),
            "ME/DESK": Credential(stored=CHEAP, username="joe"),
            "ALGO*": Credential(stored=CHEAP),
        }
    )
    assert passwords.asks(claim)
    assert passwords.refusal(claim) == refusal


def test_nobody_else_is_asked() -> None:
    passwords = Passwords({"ME": Credential(stored=CHEAP)})
    assert not passwords.asks(Logon(sender="YOU", target="G"))


def test_who_is_wrong_waits_ever_longer() -> None:
    """1, 2, 4 s up to a minute, by CompID and address; who is right, or long gone, begins anew."""
    delays, now = Delays(), 1000.0
    for seconds in (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 64.0):
        delays.told("ME", "10.0.0.1", now, wrong=True)
        assert delays.waits("ME", "10.0.0.1", now + seconds - 0.01)
        assert not delays.waits("ME", "10.0.0.1", now + seconds)
        assert not delays.waits("ME", "10.0.0.2", now)
        assert not delays.waits("YOU", "10.0.0.1", now)
        now += seconds
    delays.told("ME", "10.0.0.1", now + 1000, wrong=True)
    assert not delays.waits("ME", "10.0.0.1", now + 1001)
    delays.told("ME", "10.0.0.1", now + 1001, wrong=False)
    delays.told("ME", "10.0.0.1", now + 1002, wrong=True)
    assert not delays.waits("ME", "10.0.0.1", now + 1003)


def test_only_so_many_delays_are_kept() -> None:
    delays = Delays()
    for number in range(credentials.MAX_DELAYS + 1):
        delays.told(f"C{number}", "10.0.0.1", 0.0, wrong=True)
    assert not delays.waits("C0", "10.0.0.1", 0.0)
    assert delays.waits("C1", "10.0.0.1", 0.0)


# -- a Logon on a real port

GUARDED = ListenerOptions(credentials={"CLIENT": Credential(stored=CHEAP, username="joe")})


def test_the_right_password_lets_in_and_is_not_written(tmp_path: Path) -> None:
    """The core and the journal see asterisks, and what follows the Logon waits for the verdict."""

    async def scenario() -> Acceptor:
        async with shell(tmp_path, GUARDED) as it:
            peer = await it.connect()
            await peer.say(logon(rest=f"553=joe|554={SECRET}|") + probe() + probe())
            assert [await peer.next() for _ in range(3)] == ["A", "0", "0"]
        assert SECRET.encode() not in it.written()
        assert it.replays()
        return it.node

    node = uvloop.run(scenario())
    assert node.heard == [Framer().feed(node.heard[0])[0], probe(), probe()]
    assert b"553=joe\x01554=*******\x01" in node.heard[0]
    assert not node.of(Command)[:-1], "only the stop at the end"


@pytest.mark.parametrize(
    ("claim", "why"),
    [
        (f"553=joe|{WRONG}", "wrong password"),
        ("553=joe|", "no password"),
        (f"553=jim|554={SECRET}|", "wrong username"),
    ],
)
def test_a_wrong_one_is_refused_before_the_core_sees_the_logon(tmp_path: Path, claim: str, why: str) -> None:
    """So that nothing is reset on its account. The reason is for the record, and what comes behind is lost."""

    async def scenario() -> Acceptor:
        async with shell(tmp_path, GUARDED) as it:
            peer = await it.connect()
            await peer.say(logon(rest=f"141=Y|{claim}") + probe())
            assert [await peer.next(), await peer.next()] == ["5", None]
        assert b"hunter2" not in it.written()
        assert it.replays()
        return it.node

    node = uvloop.run(scenario())
    up, refuse, received = node.given[1:4]
    assert isinstance(up, LinkUp) and isinstance(refuse, Command) and isinstance(received, Received)
    assert (refuse.name, refuse.who) == ("refuse", "admission")
    assert node.told("refuse") == [{"link": up.link, "why": why}]
    assert len(node.heard) == 1


def test_a_second_try_comes_too_soon(tmp_path: Path) -> None:
    """Even with the right password: guessing is limited, not only failing, and costs nothing but a count. Others on
    that address are let in."""

    async def scenario() -> Acceptor:
        options = ListenerOptions(credentials={who: Credential(stored=CHEAP) for who in ("CLIENT", "OTHER")})
        async with shell(tmp_path, options) as it:
            for rest, answer in ((WRONG, "5"), (f"554={SECRET}|", None)):
                peer = await it.connect()
                await peer.say(logon(rest=rest))
                assert await peer.next() == answer
            await it.log_on("OTHER", f"554={SECRET}|")
        assert SECRET.encode() not in it.written()
        return it.node

    node = uvloop.run(scenario())
    assert [told["why"] for told in node.told("refuse")] == ["wrong password"]
    assert node.turned_away == {"too_soon": 1}
    assert len(node.of(LinkUp)) == 2


def test_another_message_first_is_the_end(tmp_path: Path) -> None:
    """Where passwords are asked for; a Logon behind it would get past the question."""

    async def scenario() -> Acceptor:
        async with shell(tmp_path, GUARDED) as it:
            for first in (probe(), logon(rest="49=CLIENT|"), b"garbled"):
                peer = await it.connect()
                await peer.say(first + logon(rest=WRONG))
                while await peer.message() is not None:
                    pass
        return it.node

    node = uvloop.run(scenario())
    assert node.heard == []
    assert node.turned_away == {"ambiguous": 2, "garbled": 1}


class Slow:
    """Decides when it is told to."""

    def __init__(self) -> None:
        self.free = threading.Event()
        self.asked: list[str] = []
        self.at_once = self.most_at_once = 0
        self.priorities: set[int] = set()
        self._counting = threading.Lock()

    def asks(self, logon: Logon) -> bool:
        return logon.sender != "FREE"

    def refusal(self, logon: Logon) -> str | None:
        self.asked.append(logon.sender)
        self.priorities.add(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        with self._counting:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        assert self.free.wait(10)
        with self._counting:
            self.at_once -= 1
        return "no" if logon.sender == "BAD" else None


def test_a_slow_check_holds_up_nobody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One is checked, some wait, one more is hung up on; sessions that need none log on meanwhile."""
    monkeypatch.setattr(admission, "MAX_UNCHECKED", 3)

    async def scenario() -> Acceptor:
        slow = Slow()
        async with shell(tmp_path, authenticate=slow) as it:
            waiting = []
            for number in range(4):
                peer = await it.connect()
                await peer.say(logon(f"C{number}"))
                waiting.append(peer)
                # In this order, or another could be the one too many.
                while it.live.checks._unchecked == number:
                    await asyncio.sleep(0.005)
            one_more = await it.connect()
            await one_more.say(logon("C9"))
            assert await one_more.next() is None
            free = await it.log_on("FREE")
            assert await free.answers()
            assert len(it.node.of(LinkUp)) == 1
            await it.until(lambda: slow.at_once == 1)
            slow.free.set()
            assert [await peer.next() for peer in waiting] == ["A"] * 4
            assert slow.most_at_once == 1
            assert slow.priorities == {admission.CHECKING_NICE}, "they give way to the loop"
            assert sorted(slow.asked) == ["C0", "C1", "C2", "C3"]
        return it.node

    assert uvloop.run(scenario()).turned_away == {"busy": 1}


def test_what_comes_during_a_check_is_not_read(tmp_path: Path) -> None:
    """The peer's bytes wait in its own machine, beyond a bound."""

    async def scenario() -> None:
        slow = Slow()
        async with shell(tmp_path, authenticate=slow) as it:
            peer = await it.connect()
            await peer.say(logon())
            await it.until(lambda: slow.asked)
            peer.writer.write(probe() * 200_000)
            (accepted,) = it.live._listeners[0]._accepted
            for _ in range(20):
                await asyncio.sleep(0.01)
                assert len(accepted._unframed) < 1 << 20
            slow.free.set()
            assert await peer.next() == "A"
            assert [await peer.next() for _ in range(1000)] == ["0"] * 1000

    uvloop.run(scenario())


def test_a_peer_that_does_not_wait_for_the_verdict_is_counted(tmp_path: Path) -> None:
    """It cannot try one password after the other unseen."""

    async def scenario() -> Acceptor:
        slow = Slow()
        async with shell(tmp_path, authenticate=slow) as it:
            peer = await it.connect()
            await peer.say(logon("BAD"))
            await it.until(lambda: slow.asked)
            (accepted,) = it.live._listeners[0]._accepted
            accepted.transport.abort()
            await it.until(lambda: not it.live._listeners[0]._accepted)
            slow.free.set()
            await it.until(lambda: it.node.turned_away)
        return it.node

    node = uvloop.run(scenario())
    assert node.turned_away == {"wrong_password": 1}
    assert not node.of(LinkUp)


def test_a_session_may_be_given_a_password_while_we_run(tmp_path: Path) -> None:
    """Whoever is logged on stays; the next Logon has to show it, until it is taken away again."""

    async def scenario() -> list[str | None]:
        said = []
        async with shell(tmp_path) as it:
            first = await it.log_on()
            for credential in (Credential(stored=CHEAP), None):
                it.live.admit("CLIENT", credential)
                peer = await it.connect()
                await peer.say(logon())
                said.append(await peer.next())
            with pytest.raises(ValueError, match="scrypt"):
                it.live.admit("CLIENT", Credential(stored="hunter2"))
            assert await first.answers()
        return said

    assert uvloop.run(scenario()) == ["5", "A"]


# -- ours


@pytest.mark.parametrize(
    ("rest", "became"),
    [
        ("", "554=s\xe9same|"),
        ("789=7|", "554=s\xe9same|789=7|"),
        ("141=Y|553=us|789=7|383=8192|", "141=Y|553=us|554=s\xe9same|789=7|383=8192|"),
    ],
)
def test_our_password_is_a_field_of_the_logon(rest: str, became: str) -> None:
    """Before NextExpectedMsgSeqNum(789), in case tags have to ascend; length and sum are right."""
    begin = "35=A|34=1|98=0|108=30|"
    assert with_password(framed(begin + rest), b"s\xe9same") == framed(begin + became)


def test_a_secret_is_one_line_of_a_file_or_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "password"
    for written, read in ((b"hunter2", b"hunter2"), (b"hunter2\n", b"hunter2"), (b"p\xc3\xa9 x\r\n", b"p\xc3\xa9 x")):
        file.write_bytes(written)
        assert Secret(file=file).read() == read
    monkeypatch.setenv("OUR_PASSWORD", "hunter2")
    assert Secret(variable="OUR_PASSWORD").read() == b"hunter2"


@pytest.mark.parametrize("written", [b"", b"\n", b"a\nb", b"a\x01554=b", b"x" * 1025, None])
def test_a_secret_that_is_none_is_not_sent(tmp_path: Path, written: bytes | None) -> None:
    """Nor told: the error says where it should be."""
    file = tmp_path / "password"
    if written is not None:
        file.write_bytes(written)
    with pytest.raises(NoSecret, match="password") as said:
        Secret(file=file).read()
    assert str(file) in str(said.value)
    with pytest.raises(NoSecret, match="NO_SUCH_PASSWORD is not set"):
        Secret(variable="NO_SUCH_PASSWORD").read()


def test_our_password_leaves_with_the_logon_and_is_not_written(tmp_path: Path) -> None:
    """It is read anew for each connection, so that it can be changed."""

    async def scenario() -> tuple[list[bytes], bytes]:
        came: asyncio.Queue[bytes] = asyncio.Queue()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            data = await Peer(reader, writer).message()
            assert data is not None
            await came.put(data)
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        file = tmp_path / "password"
        file.write_text("hunter2\n")
        async with shell(tmp_path / "data") as it:
            it.live.call("127.0.0.1", port, CALLED, secret=Secret(file=file))
            heard = [await came.get()]
            file.write_text("hunter3\n")
            while b"hunter3" not in heard[-1]:
                heard.append(await came.get())
        server.close()
        assert it.replays()
        return heard, it.written()

    heard, written = uvloop.run(scenario())
    assert heard[0] == with_password(OUR_LOGON, b"hunter2")
    assert heard[-1] == with_password(OUR_LOGON, b"hunter3")
    assert OUR_LOGON in written
    assert b"hunter" not in written


def test_nobody_is_called_without_the_password_that_it_needs(tmp_path: Path) -> None:
    """The trouble is told, and does not tell the password."""

    async def scenario() -> dict[str, str]:
        async with shell(tmp_path) as it:
            it.live.call("127.0.0.1", it.port, CALLED, secret=Secret(file=tmp_path / "none"))
            await it.until(lambda: it.live.troubles)
            assert not it.node.of(LinkUp)
            return dict(it.live.troubles)

    assert uvloop.run(scenario()) == {CALLED: f"{tmp_path / 'none'}: No such file or directory"}


def test_who_is_not_wanted_is_not_called(tmp_path: Path) -> None:
    """Out of hours, or disabled; once it is wanted, it is called."""

    async def scenario() -> None:
        wanted = False
        async with shell(tmp_path) as it:
            it.live.call("127.0.0.1", it.port, CALLED, wanted=lambda: wanted)
            await asyncio.sleep(0.3)
            assert not it.node.of(LinkUp)
            began, wanted = time.monotonic(), True
            await it.until(lambda: [up for up in it.node.of(LinkUp) if up.port == CALLED])
            assert time.monotonic() - began < 2

    uvloop.run(scenario())
