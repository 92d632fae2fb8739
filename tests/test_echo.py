"""The echo example as its users run it: a process with a configuration, driven over TCP by a client not made here."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest
import simplefix

from gateway.fix.dictionary import default
from gateway.fix.frame import finish
from gateway.fix.session import Session
from gateway.model import Ns, SessionConfig, Started
from gateway.record.journal import Journal
from gateway.run.echo import Echo
from gateway.run.replay import replay
from tests.loopback import free_port
from tests.stack import Process

# What differs from the defaults, by the counterparty's CompID.
SWITCHES = {
    "DESK*": "",
    "KEEPS": "",
    "RESETS": "reset_on_logon = true",
    "SECONDS": "timestamp_digits = 0",
    "MILLIS": "timestamp_digits = 3",
    "NANOS": "timestamp_digits = 9",
    "SORTED": "ascending_tags = true",
    "TESTED": 'test_req_id = "TEST"',
    "STAYS": "hang_up_after_logout = false",
    "STRICT": "",
    "LAX": "lax_logout_seq = true\nlax_resend_seq = true",
    "PLAIN": "plain_text = true",
}
NOON = "20260105-12:00:00"
ORDER = ((11, "A1"), (21, 1), (55, "ACME"), (54, 1), (60, NOON), (38, 100), (40, 1))


def write_config(folder: Path, port: int) -> Path:
    sessions = "".join(
        f'[[session]]\nsender_comp_id = "ECHO"\ntarget_comp_id = "{target}"\n{options}\n'
        for target, options in SWITCHES.items()
    )
    path = folder / "echo.toml"
    engine = f'[engine]\nlisten = "127.0.0.1:{port}"\ndata = "data"\ndurability = "process"\n'
    path.write_text(f"{engine}[sessions]\nlogout_timeout_s = 60\n{sessions}")
    return path


def echo(config: Path) -> Process:
    return Process("echo", str(config))


class Peer:
    """A FIX client that checks nothing and says what it is told to say."""

    def __init__(self, port: int, comp_id: str) -> None:
        self._comp_id = comp_id
        self._parser = simplefix.FixParser()
        self.connection = socket.create_connection(("127.0.0.1", port))
        self.connection.settimeout(5)
        self.seq = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.connection.close()

    def send(self, msg_type: str, *fields: tuple[int, object], seq: int | None = None) -> None:
        if seq is None:
            self.seq = seq = self.seq + 1
        message = simplefix.FixMessage()
        now = f"{datetime.now(UTC):%Y%m%d-%H:%M:%S.%f}"[:-3]
        header = ((8, "FIX.4.4"), (35, msg_type), (49, self._comp_id), (56, "ECHO"), (34, seq), (52, now))
        for tag, value in (*header, *fields):
            message.append_pair(tag, value)
        self.connection.sendall(message.encode())

    def receive(self) -> dict[int, str] | None:
        """The next message's fields in their order; None: the connection was closed."""
        while (message := self._parser.get_message()) is None:
            data = self.connection.recv(4096)
            if not data:
                return None
            self._parser.append_buffer(data)
        return {int(tag): value.decode() for tag, value in message.pairs}

    def expect(self, msg_type: str, **fields: object) -> dict[int, str]:
        """The next message is of that type and has those fields: expect('0', _112='TEST')."""
        message = self.receive()
        assert message is not None, f"closed instead of {msg_type}"
        wanted = {int(tag[1:]): str(value) for tag, value in fields.items()} | {35: msg_type}
        assert {tag: message.get(tag) for tag in wanted} == wanted, message
        return message

    def log_on(self, heartbeat_s: int = 30, **expected: Any) -> dict[int, str]:
        self.send("A", (98, 0), (108, heartbeat_s))
        return self.expect("A", _108=heartbeat_s, **expected)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    port = free_port()
    process = echo(write_config(tmp_path_factory.mktemp("echo"), port))
    try:
        process.wait_until_it_says("listening on ")
        yield port
    finally:
        process.end()


def test_an_order_comes_back_with_its_routing_turned_round(port: int) -> None:
    """What it came from is where it goes to; its body is untouched, user-defined order of fields included."""
    with Peer(port, "DESK1") as peer:
        peer.log_on()
        peer.send("D", (50, "TRADER"), (115, "CLIENT"), (145, "LONDON"), *ORDER)
        message = peer.expect("D", _49="ECHO", _56="DESK1", _34=2, _57="TRADER", _128="CLIENT", _144="LONDON")
        body = [(tag, value) for tag, value in message.items() if tag in dict(ORDER)]
        assert body == [(tag, str(value)) for tag, value in ORDER]


def test_a_security_definition_comes_back(port: int) -> None:
    """A group that is counted 0 is one of its fields."""
    with Peer(port, "DESK2") as peer:
        peer.log_on()
        peer.send("d", (320, "Q1"), (322, "R1"), (323, 6), (55, "TBS"), (454, 0))
        peer.expect("d", _320="Q1", _322="R1", _323=6, _55="TBS", _454=0)


def test_the_rest_is_refused(port: int) -> None:
    """BusinessMessageReject(j): the message is valid and not supported here."""
    with Peer(port, "DESK3") as peer:
        peer.log_on()
        peer.send("1", (112, "HELLO"))
        peer.expect("0", _112="HELLO")
        peer.send("F", (41, "A1"), (11, "A2"), (55, "ACME"), (54, 1), (60, NOON))
        peer.expect("j", _45=3, _372="F", _379="A2", _380=3, _58="Unsupported Message Type")
        peer.send("3", (45, 3))  # a Reject is no message to refuse
        peer.send("1", (112, "AGAIN"))
        peer.expect("0", _112="AGAIN")


def test_a_possible_resend_is_echoed_once(port: int) -> None:
    """PossResend(97)=Y: an order may have been sent before under another MsgSeqNum(34)."""
    with Peer(port, "DESK4") as peer:
        peer.log_on()
        peer.send("D", (97, "Y"), *ORDER)
        peer.expect("D", _11="A1", _97="Y")
        peer.send("D", (97, "Y"), *ORDER)
        peer.send("D", (97, "Y"), (11, "A2"), *ORDER[1:])
        peer.expect("D", _11="A2", _34=3)


def test_unknown_counterparties_get_silence(port: int) -> None:
    with Peer(port, "NOBODY") as peer:
        peer.send("A", (98, 0), (108, 30))
        assert peer.receive() is None


def test_each_match_of_a_template_has_numbers_of_its_own(port: int) -> None:
    with Peer(port, "DESK5") as one, Peer(port, "DESK6") as other:
        one.log_on(_34=1)
        one.send("D", *ORDER)
        one.expect("D", _34=2)
        other.log_on(_34=1)
        other.send("D", *ORDER)
        other.expect("D", _34=2)


def test_reset_on_logon_begins_at_1_each_time(port: int) -> None:
    """... and the ClOrdIDs seen are forgotten with the numbers."""
    for _ in range(2):
        with Peer(port, "RESETS") as peer:
            peer.log_on(_34=1)
            peer.send("D", (97, "Y"), *ORDER)
            peer.expect("D", _34=2)


def test_without_it_numbers_and_orders_are_remembered(port: int) -> None:
    with Peer(port, "KEEPS") as peer:
        peer.log_on(_34=1)
        peer.send("D", *ORDER)
        peer.expect("D", _34=2)
    with Peer(port, "KEEPS") as peer:
        peer.seq = 2
        peer.log_on(_34=3)
        peer.send("D", (97, "Y"), *ORDER)
        peer.send("1", (112, "NEXT"))
        peer.expect("0", _112="NEXT", _34=4)


@pytest.mark.parametrize(("comp_id", "length"), [("SECONDS", 17), ("MILLIS", 21), ("NANOS", 27)])
def test_timestamps_have_as_many_digits_as_asked_for(port: int, comp_id: str, length: int) -> None:
    with Peer(port, comp_id) as peer:
        assert len(peer.log_on()[52]) == length


@pytest.mark.parametrize(
    ("comp_id", "tags"),
    [
        ("SORTED", [8, 9, 35, 34, 49, 52, 56, 128, 11, 21, 38, 40, 54, 55, 60, 10]),
        ("DESK7", [8, 9, 35, 49, 56, 128, 34, 52, 11, 21, 55, 54, 60, 38, 40, 10]),
    ],
)
def test_tags_ascend_where_that_is_asked_for(port: int, comp_id: str, tags: list[int]) -> None:
    with Peer(port, comp_id) as peer:
        peer.log_on()
        peer.send("D", (115, "CLIENT"), *ORDER)
        assert list(peer.expect("D")) == tags


def test_a_test_request_says_what_it_is_told_to_say(port: int) -> None:
    """After 1.2 intervals of silence."""
    with Peer(port, "TESTED") as peer:
        peer.log_on(heartbeat_s=1)
        peer.expect("0")
        peer.expect("1", _112="TEST")


def test_who_answers_a_logout_closes(port: int) -> None:
    with Peer(port, "DESK8") as peer:
        peer.log_on()
        peer.send("5")
        peer.expect("5")
        assert peer.receive() is None


def test_or_leaves_that_to_the_other_side(port: int) -> None:
    with Peer(port, "STAYS") as peer:
        peer.log_on()
        peer.send("5")
        peer.expect("5")
        peer.connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            peer.receive()


@pytest.mark.parametrize(("msg_type", "fields"), [("5", ()), ("2", ((7, 1), (16, 0)))])
def test_a_number_too_low_ends_the_session(port: int, msg_type: str, fields: tuple[tuple[int, object], ...]) -> None:
    with Peer(port, "STRICT") as peer:
        peer.send("A", (98, 0), (108, 30), (141, "Y"))
        peer.expect("A")
        peer.send(msg_type, *fields, seq=1)
        peer.expect("5", _58="MsgSeqNum(34) too low, expecting 2 but received 1")
        assert peer.receive() is None


def test_unless_those_messages_may_be_numbered_carelessly(port: int) -> None:
    """Logout(5) and ResendRequest(2) are acted on, and the number we wait for stays."""
    with Peer(port, "LAX") as peer:
        peer.log_on()
        peer.send("D", *ORDER)
        peer.expect("D", _34=2)
        peer.send("2", (7, 2), (16, 2), seq=1)
        peer.expect("D", _34=2, _43="Y")
        peer.send("1", (112, "STILL IN STEP"))
        peer.expect("0", _112="STILL IN STEP")
        peer.send("5", seq=1)
        assert 58 not in peer.expect("5")


@pytest.mark.parametrize(
    ("comp_id", "text"),
    [("PLAIN", "Required tag missing"), ("DESK9", "ClOrdID(11) is missing")],
)
def test_the_text_of_a_reject_can_be_the_standards(port: int, comp_id: str, text: str) -> None:
    with Peer(port, comp_id) as peer:
        peer.log_on()
        peer.send("D", *ORDER[1:])
        assert peer.expect("3", _371=11, _373=1)[58] == text


ASKER = r"""
import sys
from pathlib import Path

from gateway.fix.party import Application
from gateway.run.host import serve


class Asker(Application):
    def logged_on(self, session, now):
        session.send("D", "11=A1\x0155=ACME\x0154=1\x0160=20260105-12:00:00\x0138=1\x0140=1\x01", now)

    def received(self, session, message, now):
        print("received", message.msg_type, message.get(11), flush=True)


sys.exit(serve(Asker(), Path(sys.argv[1])))
"""


def test_the_other_side_is_an_application_as_well(port: int, tmp_path: Path) -> None:
    """An initiator is configured by `connect`, and its application is written in the same way."""
    script, config = tmp_path / "asker.py", tmp_path / "asker.toml"
    script.write_text(ASKER)
    config.write_text(
        f"""
        [engine]
        durability = "process"
        [[session]]
        sender_comp_id = "DESK10"
        target_comp_id = "ECHO"
        connect = "127.0.0.1:{port}"
        """
    )
    process = Process(str(config), program=(str(script),))
    try:
        process.wait_until_it_says("received D A1")
        process.wait_until_it_says("ECHO is logged on")
        assert process.stop() == 0
    finally:
        process.end()


def test_of_many_orders_the_last_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.run.echo.REMEMBERED", 2)
    session, application, now = Session(SessionConfig(sender="ECHO", target="DESK"), default()), Echo(), Ns(0)
    echoed = []
    for cl_ord_id in ("A1", "A2", "A3", "A3", "A2", "A1", "A2"):
        before = session.next_seq
        header = f"35=D\x0149=DESK\x0156=ECHO\x0134=1\x0152={NOON}\x0197=Y\x01"
        order = finish(f"{header}11={cl_ord_id}\x0155=ACME\x0154=1\x0160={NOON}\x0138=1\x0140=1\x01")
        application.received(session, session.reader.read(order), now)
        echoed.append(session.next_seq > before)
    assert echoed == [True, True, True, False, False, True, True]


def test_it_goes_on_after_a_kill(tmp_path: Path) -> None:
    """The journal is the sessions' memory: numbers, what was sent, and what the application has learned."""
    config = write_config(tmp_path, port := free_port())
    process = echo(config)
    try:
        process.wait_until_it_says("listening on ")
        with Peer(port, "KEEPS") as peer:
            peer.log_on()
            peer.send("D", *ORDER)
            peer.expect("D", _34=2)
            process.kill()
        process = echo(config)
        process.wait_until_it_says("recovered ")
        process.wait_until_it_says("listening on ")
        with Peer(port, "KEEPS") as peer:
            peer.seq = 2
            peer.log_on(_34=3)
            peer.send("2", (7, 2), (16, 2))
            peer.expect("D", _34=2, _43="Y", _11="A1")
            peer.send("D", (97, "Y"), *ORDER)
            peer.send("1", (112, "NEXT"))
            peer.expect("0", _112="NEXT", _34=4)
            process.terminate()
            peer.expect("5")
            peer.send("5")
        assert process.wait() == 0
        process = Process("replay", str(tmp_path / "data"))
        assert (process.wait(), process.said[-1].split(":")[0]) == (0, "identical")
    finally:
        process.end()


def test_the_journal_of_another_application_is_not_replayed_as_ours(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = Journal.open(tmp_path, "process")
    started = b'{"node": "engine", "application": "Mine", "version": "1", "sessions": []}'
    journal.add((Started(Ns(1), started), []))
    batch = journal.seal()
    assert batch is not None
    journal.write(batch)
    journal.close()
    assert replay(tmp_path) == 2
    assert "is Mine's" in capsys.readouterr().err
    assert replay(tmp_path, Echo()) == 0


def test_a_mistake_in_the_configuration_is_named(tmp_path: Path) -> None:
    config = tmp_path / "echo.toml"
    config.write_text('[engine]\nlisten = "127.0.0.1:1"\n[[session]]\nsender_comp_id = "ECHO"\nholdd = 1\n')
    process = echo(config)
    assert process.wait() == 2
    assert process.said == [
        "echo.toml: session[1].target_comp_id: is missing",
        "echo.toml: session[1].holdd: unknown key, did you mean hold?",
    ]
