"""Many sessions as one participant: whose a connection is, when it is welcome, and what operators change."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from gateway.fix.engine import Engine
from gateway.fix.reader import Message
from gateway.fix.session import Session
from gateway.model import (
    SECOND,
    Command,
    Hours,
    LinkDown,
    LinkUp,
    Note,
    Ns,
    Output,
    Received,
    Send,
    SessionConfig,
    Started,
    Timer,
    parse_timestamp,
    print_timestamp,
)
from tests.conversation.wire import Pair, Wire, decode, encode

START = parse_timestamp("20260105-14:30:00")  # a Monday
HOUR = 3600 * SECOND


class Told:
    """An application that keeps what it is told, and answers an order with its own body."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.messages: list[Message] = []

    def received(self, session: Session, message: Message, now: Ns) -> None:
        self.messages.append(message)
        self.told.append(("received", session.name))
        if message.msg_type == "D":
            session.send("8", f"37=1\x0117={message.seq}\x01", now)

    def logged_on(self, session: Session, now: Ns) -> None:  # noqa: ARG002
        self.told.append(("on", session.name))

    def leaving(self, session: Session, now: Ns) -> None: ...

    def logged_out(self, session: Session, now: Ns, *, politely: bool) -> None:  # noqa: ARG002
        self.told.append(("politely" if politely else "off", session.name))

    def stale(self, session: Session, data: bytes, now: Ns) -> None:  # noqa: ARG002
        self.told.append(("stale", session.name))

    def kept(self, session: Session, data: bytes) -> None:  # noqa: ARG002
        self.told.append(("kept", session.name))


class Wires:
    """An engine and bare links to it; every step gives what goes out, messages decoded."""

    def __init__(self, *configs: SessionConfig, max_made: int = 10) -> None:
        self.application = Told()
        self.engine = Engine(self.application, max_made=max_made)
        self.now = START
        self.start(*configs)

    def start(self, *configs: SessionConfig) -> list[Any]:
        return self.give(Started(self.now, msgspec.json.encode({"sessions": configs})))

    def give(self, item: Any) -> list[Any]:
        return [_seen(output) for output in self.engine.handle(item)]

    def up(self, link: int, port: str = "in") -> list[Any]:
        return self.give(LinkUp(self.now, link, port, f"peer:{link}"))

    def down(self, link: int) -> list[Any]:
        return self.give(LinkDown(self.now, link, "closed"))

    def say(
        self, link: int, msg_type: str, seq: int, *body: Pair, sender: str = "THEM", header: Sequence[Pair] = ()
    ) -> list[Any]:
        outer = [(49, sender), (56, "US"), (34, str(seq)), *header, (52, print_timestamp(self.now))]
        return self.give(Received(self.now, link, encode(msg_type, outer, body)))

    def logon(self, link: int, seq: int = 1, sender: str = "THEM", header: Sequence[Pair] = ()) -> list[Any]:
        self.up(link)
        return self.say(link, "A", seq, (98, "0"), (108, "30"), sender=sender, header=header)

    def order(self, link: int, seq: int, sender: str = "THEM") -> list[Any]:
        now = print_timestamp(self.now)
        return self.say(
            link, "D", seq, (11, "A"), (55, "ACME"), (54, "1"), (60, now), (38, "1"), (40, "1"), sender=sender
        )

    def command(self, name: str, **arguments: Any) -> str | None:
        arguments.setdefault("why", "a test")
        self.outputs = self.give(Command(self.now, name, "operator", msgspec.json.encode(arguments)))
        return self.engine.command_error

    def pass_to(self, at: Ns) -> list[Any]:
        """Let time go by, and wake the engine whenever it asks."""
        outputs = []
        while (wake := self.engine.wake_at()) is not None and wake <= at:
            self.now = max(self.now, wake)
            outputs += self.give(Timer(self.now))
        self.now = at
        return outputs

    def status(self, name: str) -> Any:
        return next(one for one in self.engine.status() if one.name == name)


def _seen(output: Output) -> Any:
    return (output.link, decode(output.data)) if isinstance(output, Send) else output


def messages(outputs: Sequence[Any]) -> list[Wire]:
    return [output[1] for output in outputs if isinstance(output, tuple)]


def kinds(outputs: Sequence[Any]) -> list[str]:
    return [
        output[1].msg_type if isinstance(output, tuple) else type(output).__name__
        for output in outputs
        if not isinstance(output, Note)
    ]


ANYBODY = SessionConfig(sender="US", target="DESK-*")
THEM = SessionConfig(sender="US", target="THEM")


def test_whoever_matches_the_pattern_gets_a_session_of_his_own() -> None:
    wires = Wires(ANYBODY)
    assert kinds(wires.logon(1, sender="DESK-1")) == ["A"]
    assert kinds(wires.logon(2, sender="DESK-2")) == ["A"]
    assert kinds(wires.logon(3, sender="ELSE")) == ["Close"]
    wires.order(1, 2, sender="DESK-1")
    assert (wires.status("DESK-1").next_in, wires.status("DESK-2").next_in) == (3, 2)


def test_a_session_of_a_template_goes_on_after_a_restart_and_ends_with_its_template() -> None:
    wires = Wires(ANYBODY)
    wires.logon(1, sender="DESK-1")
    wires.start(ANYBODY)
    assert messages(wires.logon(2, seq=2, sender="DESK-1"))[0].seq == 2
    wires.start(THEM)
    assert kinds(wires.logon(3, seq=3, sender="DESK-1")) == ["Close"]


def test_a_changed_template_holds_for_the_sessions_made_of_it() -> None:
    wires = Wires(ANYBODY)
    wires.logon(1, sender="DESK-1")
    wires.start(msgspec.structs.replace(ANYBODY, max_heartbeat_s=10))
    wires.up(2)
    answer = wires.say(2, "A", 2, (98, "0"), (108, "30"), sender="DESK-1")
    assert [(wire.msg_type, wire.get(58)) for wire in messages(answer)] == [
        ("5", "HeartBtInt(108) must be between 0 and 10")
    ]


def test_the_sessions_made_of_templates_are_bounded() -> None:
    wires = Wires(ANYBODY, max_made=2)
    answers = [kinds(wires.logon(number, sender=f"DESK-{number}")) for number in (1, 2, 3)]
    assert answers == [["A"], ["A"], ["Close"]]


def test_a_sub_id_tells_two_sessions_of_one_counterparty_apart() -> None:
    desks = [msgspec.structs.replace(THEM, target_sub=sub) for sub in ("FX", "EQ")]
    wires = Wires(*desks)
    for link, sub in ((1, "FX"), (2, "EQ")):
        (answer,) = messages(wires.logon(link, header=[(50, sub)]))
        assert (answer.msg_type, answer.get(57)) == ("A", sub)
    assert kinds(wires.logon(3)) == ["Close"], "neither of them"


def test_a_second_logon_does_not_harm_the_live_session() -> None:
    wires = Wires(THEM)
    wires.logon(1)
    assert kinds(wires.logon(2, seq=2)) == ["Close"]
    assert kinds(wires.order(1, 2)) == ["8"]
    assert wires.status("THEM").next_in == 3


@pytest.mark.parametrize(
    ("msg_type", "sender", "header", "cause"),
    [
        ("A", "DESK-2", [], None),
        ("A", "AWAY", [(57, "FX")], None),
        ("A", "AWAY", [], "unknown"),  # another session of that counterparty
        ("A", "DESK-1", [], "here_already"),
        ("A", "ELSE", [], "unknown"),
        ("A", "DESK-3 4", [], "unknown"),  # no name for a session
        ("A", "", [], "no_logon"),
        ("0", "DESK-2", [], "no_logon"),
    ],
)
def test_who_is_not_welcome_is_known_beforehand(
    msg_type: str, sender: str, header: list[Pair], cause: str | None
) -> None:
    """Asking changes nothing, and whoever comes all the same is hung up on without an answer."""
    wires = Wires(ANYBODY, msgspec.structs.replace(THEM, target="AWAY", sender_sub="FX"))
    wires.logon(1, sender="DESK-1")
    data = encode(
        msg_type, [(49, sender), (56, "US"), (34, "1"), *header, (52, print_timestamp(START))], [(98, "0"), (108, "30")]
    )
    assert wires.engine.unwelcome(data) == cause
    assert len(wires.engine.status()) == 2
    wires.up(2)
    outputs = wires.give(Received(wires.now, 2, data))
    assert kinds(outputs) == (["A"] if cause is None else ["Close"])


def test_a_template_that_has_made_enough_is_no_reason_to_come() -> None:
    wires = Wires(ANYBODY, max_made=1)
    logon = encode("A", [(49, "DESK-2"), (56, "US"), (34, "1"), (52, print_timestamp(START))], [(98, "0")])
    assert wires.engine.unwelcome(logon) is None
    wires.logon(1, sender="DESK-1")
    assert wires.engine.unwelcome(logon) == "unknown"


def test_what_is_numbered_for_a_session_that_is_away_is_told_and_resent() -> None:
    wires = Wires(THEM)
    wires.logon(1)
    wires.down(1)
    party = wires.engine.parties["THEM"]
    party.session.send("8", "37=1\x0117=9\x01", wires.now)
    assert wires.application.told[-1] == ("kept", "THEM")
    assert wires.status("THEM").kept == 1
    wires.logon(2, seq=2)
    (again,) = messages(wires.say(2, "2", 3, (7, "2"), (16, "2")))
    assert (again.seq, again.get(43), again.get(17)) == (2, "Y", "9")
    assert wires.status("THEM").kept == 0


def test_what_never_left_survives_a_reset_under_a_new_number() -> None:
    """Both sides begin at 1; what the counterparty cannot have seen must not be lost with the old numbers."""
    wires = Wires(THEM)
    wires.logon(1)
    wires.order(1, 2)
    wires.down(1)
    session = wires.engine.parties["THEM"].session
    session.send("8", "37=1\x0117=LATE\x01", wires.now)
    wires.up(2)
    answer = messages(wires.say(2, "A", 1, (98, "0"), (108, "30"), (141, "Y")))
    assert [(wire.msg_type, wire.seq, wire.get(43)) for wire in answer] == [("A", 1, None), ("8", 2, None)]
    assert answer[1].get(17) == "LATE", "and what had left is not said again"


def test_a_refused_logon_resets_nothing_and_says_nothing_of_the_reason() -> None:
    """The driver has found the password wrong; the counterparty is not told that it was the password."""
    wires = Wires(THEM)
    wires.logon(1)
    wires.order(1, 2)
    wires.down(1)
    wires.up(2)
    wires.command("refuse", link=2, why="wrong password")
    outputs = wires.say(2, "A", 1, (98, "0"), (108, "30"), (141, "Y"))
    (logout,) = messages(outputs)
    assert (logout.msg_type, logout.get(58)) == ("5", "Logon refused")
    assert [b"wrong password" in output.payload for output in outputs if isinstance(output, Note)] == [True]
    assert wires.status("THEM").next_in == 3


def test_a_refused_logon_makes_no_session_of_a_template() -> None:
    wires = Wires(ANYBODY)
    wires.up(1)
    wires.command("refuse", link=1, why="wrong password")
    assert kinds(wires.say(1, "A", 1, (98, "0"), (108, "30"), sender="DESK-1")) == ["Close"]
    assert wires.engine.status() == []


def test_refused_connections_are_counted_in_one_note() -> None:
    wires = Wires(THEM)
    wires.command("refused", why="", flood=1999, last="peer:7")
    (note,) = wires.outputs
    assert note.kind == "refused"
    assert b"1999" in note.payload


# -- hours

DAILY = Hours(start_s=8 * 3600, end_s=17 * 3600)


def test_outside_of_its_hours_a_session_is_logged_out_and_refused() -> None:
    wires = Wires(msgspec.structs.replace(THEM, hours=DAILY, max_heartbeat_s=0))
    wires.up(1)
    wires.say(1, "A", 1, (98, "0"), (108, "0"))
    outputs = wires.pass_to(Ns(START + 3 * HOUR))
    (logout,) = messages(outputs)
    assert (logout.msg_type, logout.get(58)) == ("5", "the session's hours are over")
    assert kinds(outputs) == ["5", "Close"], "nobody answered the Logout"
    wires.up(2)
    (refusal,) = messages(wires.say(2, "A", 2, (98, "0"), (108, "0")))
    assert (refusal.msg_type, refusal.get(58)) == ("5", "the session's hours are over")


def test_at_the_beginning_of_its_hours_a_session_starts_with_1_again() -> None:
    wires = Wires(msgspec.structs.replace(THEM, hours=DAILY))
    wires.logon(1)
    wires.order(1, 2)
    wires.down(1)
    wires.pass_to(Ns(START + 18 * HOUR))
    assert (wires.status("THEM").next_in, wires.status("THEM").next_out) == (1, 1)
    assert messages(wires.logon(2))[0].seq == 1


def test_a_restart_within_the_hours_changes_no_numbers_and_one_after_them_does() -> None:
    config = msgspec.structs.replace(THEM, hours=DAILY)
    wires = Wires(config)
    wires.logon(1)
    wires.start(config)
    assert wires.status("THEM").next_in == 2
    wires.now = Ns(START + 24 * HOUR)
    wires.start(config)
    assert wires.status("THEM").next_in == 1


def test_a_session_round_the_clock_is_reset_at_its_hour() -> None:
    """start equal to end: logged out, reset once the connection is gone, and open at once again."""
    wires = Wires(msgspec.structs.replace(THEM, hours=Hours(start_s=0, end_s=0), max_heartbeat_s=0))
    wires.up(1)
    wires.say(1, "A", 1, (98, "0"), (108, "0"))
    outputs = wires.pass_to(Ns(START + 10 * HOUR))
    assert kinds(outputs) == ["5", "Close"]
    assert messages(wires.logon(2))[0].msg_type == "5", "a heartbeat interval of 30 is not taken here"
    wires.up(3)
    assert wires.say(3, "A", 2, (98, "0"), (108, "0")), "the refusal counted"


# -- operators


def test_an_operator_sets_numbers_and_the_note_says_what_they_were() -> None:
    wires = Wires(THEM)
    wires.logon(1)
    wires.down(1)
    assert wires.command("set-sequence", session="THEM", next_in=10, next_out=20) is None
    (note,) = wires.outputs
    fact = msgspec.json.decode(note.payload)
    assert (fact["who"], fact["why"], fact["before"], fact["after"]) == (
        "operator",
        "a test",
        "in 2 out 2",
        "in 10 out 20",
    )
    assert messages(wires.logon(2, seq=10))[0].seq == 20


@pytest.mark.parametrize(
    ("name", "arguments", "error"),
    [
        ("set-sequence", {"session": "THEM", "next_in": 0}, "0 is no MsgSeqNum(34)"),
        ("set-sequence", {"session": "THEM"}, "neither the next number in nor the next out is said"),
        ("reset", {"session": "NOBODY"}, "there is no session NOBODY"),
        ("reset", {"session": "THEM", "why": " "}, "reset: why is not said"),
        ("logout", {"session": "THEM"}, "THEM is not connected"),
        ("fly", {"session": "THEM"}, "fly is no command"),
        ("add-session", {"config": {"sender": "US", "target": "THEM"}}, "there is a session THEM already"),
        ("change-session", {"session": "THEM", "config": {"sender": "WE", "target": "THEM"}},
         "who both sides are cannot be changed; remove the session and add another"),
    ],
)  # fmt: skip
def test_a_command_that_cannot_be_carried_out_says_why_and_changes_nothing(
    name: str, arguments: dict[str, Any], error: str
) -> None:
    wires = Wires(THEM)
    assert wires.command(name, **arguments) == error
    assert wires.outputs == []


def test_numbers_of_a_connected_session_are_not_reset() -> None:
    wires = Wires(THEM)
    wires.logon(1)
    assert wires.command("reset", session="THEM") == "THEM is connected; log it out or disable it first"
    wires.down(1)
    assert wires.command("reset", session="THEM") is None
    assert wires.status("THEM").next_in == 1


def test_an_initiator_that_was_reset_says_so_in_its_next_logon_only() -> None:
    wires = Wires(SessionConfig(sender="US", target="THEM", initiator=True))
    wires.up(1, "THEM")
    wires.down(1)
    wires.command("reset", session="THEM")
    (logon,) = messages(wires.up(2, "THEM"))
    assert (logon.get(34), logon.get(141)) == ("1", "Y")
    wires.say(2, "A", 1, (98, "0"), (108, "30"), (141, "Y"))
    wires.down(2)
    (logon,) = messages(wires.up(3, "THEM"))
    assert (logon.get(34), logon.get(141)) == ("2", None)


def test_a_disabled_session_is_logged_out_and_cannot_come_back_until_enabled() -> None:
    wires = Wires(THEM)
    wires.logon(1)
    wires.command("disable", session="THEM")
    assert messages(wires.outputs)[0].msg_type == "5"
    wires.down(1)
    (refusal,) = messages(wires.logon(2, seq=2))
    assert (refusal.msg_type, refusal.get(58)) == ("5", "this session is disabled")
    wires.command("enable", session="THEM")
    assert messages(wires.logon(3, seq=2))[0].msg_type == "A"


def test_sessions_are_added_changed_and_removed_without_touching_the_others() -> None:
    wires = Wires(THEM)
    wires.logon(1)
    assert wires.command("add-session", config={"sender": "US", "target": "NEW"}) is None
    assert kinds(wires.logon(2, sender="NEW")) == ["A"]
    assert (
        wires.command("change-session", session="NEW", config={"sender": "US", "target": "NEW", "plain_text": True})
        is None
    )
    (reject,) = messages(wires.say(2, "D", 2, sender="NEW"))
    assert reject.get(58) == "Required tag missing"
    assert wires.command("remove-session", session="NEW") is None
    wires.down(2)
    assert kinds(wires.logon(3, seq=3, sender="NEW")) == ["Close"]
    assert kinds(wires.order(1, 2)) == ["8"]


def test_what_an_operator_added_needs_a_place_in_the_settings_to_outlive_a_restart() -> None:
    """Who may log on, and with which password, is theirs to say."""
    wires = Wires(THEM)
    wires.command("add-session", config={"sender": "US", "target": "NEW"})
    wires.logon(1, sender="NEW")
    wires.start(THEM)
    assert kinds(wires.logon(2, seq=2, sender="NEW")) == ["Close"]
    wires.start(THEM, msgspec.structs.replace(THEM, target="NEW"))
    assert messages(wires.logon(3, seq=2, sender="NEW"))[0].seq == 2, "and its numbers go on"


def test_the_state_of_a_session_tells_its_gap_and_round_trip_time() -> None:
    wires = Wires(THEM)
    wires.logon(1)
    wires.order(1, 5)
    status = wires.status("THEM")
    assert (status.state, status.gap, status.next_in, status.peer) == ("active", (2, 5), 2, "peer:1")
    wires.say(1, "4", 2, (123, "Y"), (36, "6"))
    outputs = wires.pass_to(Ns(wires.now + 36 * SECOND))
    asked = next(wire for wire in messages(outputs) if wire.msg_type == "1")
    wires.now = Ns(wires.now + 25_000_000)
    wires.say(1, "0", 6, (112, asked.get(112) or ""))
    assert (wires.status("THEM").gap, wires.status("THEM").rtt) == (None, 25_000_000)
