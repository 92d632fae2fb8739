"""What a hostile reading of the session, its engine and what stands on them has found; each test is one finding."""

from typing import Any

import msgspec
import pytest

from algos import ALGOS
from gateway.fix.dictionary import default
from gateway.fix.engine import MAX_GARBLED, Engine
from gateway.fix.reader import Message
from gateway.fix.sent import SentMessages
from gateway.fix.session import Session
from gateway.fix.throttle import FREELY_AGAIN
from gateway.model import (
    MILLISECOND,
    SECOND,
    Close,
    Command,
    Garbled,
    Hours,
    LinkDown,
    LinkUp,
    Ns,
    Output,
    Received,
    Rules,
    Send,
    SessionConfig,
    Started,
    Timer,
    print_timestamp,
)
from gateway.node import Gateway
from tests.conftest import SETTINGS
from tests.conversation import START, converse
from tests.conversation.wire import Pair, Wire, decode, encode
from tests.session_rules.words import ORDER, REPORT, client, ids

HOUR = 3600 * SECOND
DAY_ORDER = ((11, "A"), (55, "ACME"), (54, "1"), (60, "20260105-14:30:00"), (38, "100"), (40, "2"), (44, "99"))
NEWS = "148=Headline\x0133=1\x0158=Text\x01"


class Told:
    """An application that keeps what it is told."""

    def __init__(self) -> None:
        self.heard: list[str | None] = []
        self.stale_orders = 0

    def received(self, session: Session, message: Message, now: Ns) -> None:  # noqa: ARG002
        self.heard.append(message.get(11))

    def stale(self, session: Session, data: bytes, now: Ns) -> None:  # noqa: ARG002
        self.stale_orders += 1

    def logged_on(self, session: Session, now: Ns) -> None: ...
    def leaving(self, session: Session, now: Ns) -> None: ...

    def logged_out(self, session: Session, now: Ns, *, politely: bool) -> None: ...
    def kept(self, session: Session, data: bytes) -> None: ...


class Links:
    """A Node with an Engine, bare links to it, and counterparties that number their messages."""

    def __init__(self, node: Any, engine: Engine, started: bytes) -> None:
        self.node = node
        self.engine = engine
        self.now = START
        self.seqs: dict[str, int] = {}
        self.links: dict[str, int] = {}
        self.count = 0
        self.give(Started(self.now, started))

    def give(self, item: Any) -> list[Output]:
        return list(self.node.handle(item))

    def session(self, name: str) -> Session:
        return self.engine.parties[name].session

    def send(self, name: str, body: str = NEWS, msg_type: str = "B") -> None:
        """Our application says something to that counterparty."""
        self.session(name).send(msg_type, body, self.now)

    def up(self, name: str, port: str = "in") -> None:
        self.count += 1
        self.links[name] = self.count
        self.give(LinkUp(self.now, self.count, port, "127.0.0.1:1"))

    def say(self, name: str, msg_type: str, *body: Pair, seq: int | None = None, dup: bool = False) -> list[Output]:
        seq = self.seqs.get(name, 0) + 1 if seq is None else seq
        self.seqs[name] = seq
        header = [(49, name), (56, "GATEWAY"), (34, str(seq)), (52, print_timestamp(self.now))]
        if dup:
            header += [(43, "Y"), (122, print_timestamp(self.now))]
        return self.give(Received(self.now, self.links[name], encode(msg_type, header, body)))

    def logon(self, name: str = "CLIENT", *, port: str = "in", heartbeat_s: int = 30, **more: Any) -> list[Output]:
        self.up(name, port)
        return self.say(name, "A", (98, "0"), (108, str(heartbeat_s)), **more)

    def down(self, name: str = "CLIENT") -> None:
        self.give(LinkDown(self.now, self.links[name], "closed"))

    def command(self, name: str, session: str = "CLIENT", **arguments: Any) -> list[Output]:
        payload = msgspec.json.encode({"session": session, "why": "a test", **arguments})
        return self.give(Command(self.now, name, "operator", payload))

    def refuse(self, name: str = "CLIENT") -> None:
        """The Logon that comes has a wrong password."""
        why = msgspec.json.encode({"link": self.links[name], "why": "wrong password"})
        self.give(Command(self.now, "refuse", "admission", why))

    def pass_time(self, span: int) -> list[Output]:
        until, out = Ns(self.now + span), list[Output]()
        while (wake := self.node.wake_at()) is not None and wake <= until:
            self.now = max(self.now, wake)
            out += self.give(Timer(self.now))
        self.now = until
        return out


def engine(*configs: SessionConfig, max_made: int = 64) -> Links:
    node = Engine(Told(), max_made=max_made)
    return Links(node, node, msgspec.json.encode({"sessions": configs}))


def gateway(**options: Any) -> Links:
    """A gateway whose venue XLON shows ACME 99.90 at 100.10, and whose one client has these options."""
    only = msgspec.structs.replace(SETTINGS.clients[0], **options)
    settings = msgspec.structs.replace(SETTINGS, clients=(only,))
    node = Gateway(ALGOS)
    links = Links(node, node._engine, msgspec.json.encode({"version": "test", "config": settings}))
    links.logon("XLON", port="XLON")
    quote(links)
    links.logon()
    return links


def quote(links: Links) -> None:
    links.say(
        "XLON", "W", (262, "MD-1"), (55, "ACME"), (268, "2"),
        (269, "0"), (270, "99.90"), (271, "500"), (269, "1"), (270, "100.10"), (271, "500"),
    )  # fmt: skip


def sent(outputs: list[Output]) -> list[Wire]:
    return [decode(output.data) for output in outputs if isinstance(output, Send)]


def types(outputs: list[Output]) -> str:
    return "".join(wire.msg_type or "" for wire in sent(outputs))


def dialogue(session: Session, *received: bytes) -> list[Wire]:
    for data in received:
        session.received(data, START)
    return [decode(data) for data in session.take()]


def message(msg_type: str, seq: int, *body: Pair, dup: bool = False, at: Ns = START) -> bytes:
    header = [(49, "CLIENT"), (56, "GATEWAY"), (34, str(seq)), (52, print_timestamp(at))]
    if dup:
        header += [(43, "Y"), (122, print_timestamp(at))]
    return encode(msg_type, header, body)


def logged_on(**options: Any) -> Session:
    session = Session(client(**options), default())
    session.connected(START)
    session.received(message("A", 1, (98, "0"), (108, "0")), START)
    session.take()
    return session


# -- sending again


def test_what_was_resent_does_not_leave_again_as_new() -> None:
    """A second ResendRequest during a long resend covers what waits behind it; its number must not come twice."""
    said = "".join(f"send {REPORT}  ClOrdID=A  ExecID={n}\n< ExecutionReport  seq={n + 1}\n" for n in (1, 2, 3))
    converse(f"""
        > Logon  HeartBtInt=0
        < Logon
        {said}
        > ResendRequest    BeginSeqNo=2  EndSeqNo=0
        < ExecutionReport  seq=2  PossDupFlag=Y
        send {REPORT}      ClOrdID=A  ExecID=4
        > ResendRequest    BeginSeqNo=3  EndSeqNo=0
        < ExecutionReport  seq=3  PossDupFlag=Y
        +1ms
        < ExecutionReport  seq=4  PossDupFlag=Y
        < ExecutionReport  seq=5  ExecID=4  -PossDupFlag
        +10ms
    """, resend_burst=1)  # fmt: skip


def test_a_Logout_leaves_at_once_while_a_resend_goes_on() -> None:
    links = engine(client(resend_burst=2))
    links.logon(heartbeat_s=0)
    for _ in range(9):
        links.send("CLIENT")
    links.pass_time(MILLISECOND)
    links.say("CLIENT", "2", (7, "1"), (16, "0"))
    assert types(links.command("logout")).endswith("5")


def test_a_burst_looks_at_a_bounded_stretch_of_numbers() -> None:
    """Market data is not kept, so a day's numbers may be one gap fill. To find that out must not stop all the others."""

    class Counting(SentMessages):
        looks = 0

        def get(self, seq: int) -> bytes | None:
            self.looks += 1
            return super().get(seq)

    session = logged_on()
    session.outgoing.sent = counting = Counting()
    session.set_numbers(START, next_out=200_000)
    session.received(message("2", 2, (7, "1"), (16, "0")), START)
    assert counting.looks < 20_000


def test_an_order_that_was_carried_over_a_reset_is_as_old_as_before() -> None:
    """`stale_order_s` is about when it was meant to be sent; yesterday's order is not traded this morning."""
    session = Session(client(stale_order_s=10), default())
    session.send("D", "".join(f"{tag}={value}\x01" for tag, value in DAY_ORDER), START)
    morning = Ns(START + 20 * HOUR)
    session.reset(morning)
    session.connected(morning)
    session.received(message("A", 1, (98, "0"), (108, "30"), at=morning), morning)
    session.received(message("2", 2, (7, "1"), (16, "0"), at=morning), morning)
    assert [decode(data).msg_type for data in session.take()] == ["A", "4"]


def test_a_stale_order_is_told_once() -> None:
    """However often it is asked for again."""
    links = engine(client(stale_order_s=10))
    links.logon(heartbeat_s=0)
    links.send("CLIENT", "".join(f"{tag}={value}\x01" for tag, value in DAY_ORDER), "D")
    links.pass_time(60 * SECOND)
    for _ in range(2):
        links.say("CLIENT", "2", (7, "2"), (16, "2"))
    assert links.engine.application.stale_orders == 1  # type: ignore[attr-defined]


# -- gaps and numbers


def test_what_was_held_under_old_numbers_is_forgotten_at_a_reset() -> None:
    """S-7.6: NewSeqNo is expected next, and a gap that was open is closed."""
    talk = converse(f"""
        > Logon
        < Logon
        > {ORDER}         seq=5  ClOrdID=OLD
        < ResendRequest   BeginSeqNo=2  EndSeqNo=4
        > SequenceReset   seq=2  GapFillFlag=N  NewSeqNo=4
        > {ORDER}         seq=4  ClOrdID=A
        > {ORDER}         seq=5  ClOrdID=B
    """, hold=10)  # fmt: skip
    assert ids(talk) == ["A", "B"]


def test_a_gap_that_is_being_closed_is_not_asked_for_again() -> None:
    """`resend_patience_s` is for a gap that stands; one that gets smaller with every message is being filled."""
    talk = converse(f"""
        > Logon  HeartBtInt=0
        < Logon
        > {ORDER}        seq=100  ClOrdID=Z
        < ResendRequest  BeginSeqNo=2  EndSeqNo=0
    """)
    for n in range(2, 9):
        talk.run(f"""
            +5s
            > {ORDER}  seq={n}  PossDupFlag=Y  OrigSendingTime=now  ClOrdID=A{n}
            > {ORDER}  seq={100 + n}  ClOrdID=Z{n}
        """)


def test_what_789_brings_is_not_asked_for_in_chunks() -> None:
    """S-14.5, whatever `resend_chunk` is."""
    converse("""
        < Logon            NextExpectedMsgSeqNum=1
        > Logon            seq=10  NextExpectedMsgSeqNum=2
        > SequenceReset    seq=1  PossDupFlag=Y  GapFillFlag=Y  NewSeqNo=4
        > SequenceReset    seq=4  PossDupFlag=Y  GapFillFlag=Y  NewSeqNo=11
    """, role="initiator", next_expected=True, resend_chunk=2)  # fmt: skip


@pytest.mark.parametrize("gap_fill", ["Y", "N"])
def test_a_NewSeqNo_far_ahead_is_taken_for_a_mistake(gap_fill: str) -> None:
    """As a MsgSeqNum is (S-2.8): beyond 999999999 nothing can be numbered, and nothing but a reset by hand helps."""
    session = logged_on()
    dialogue(session, message("4", 2, (123, gap_fill), (36, "999999999")))
    assert session.expected_seq < 1_000_000


def test_a_Logon_that_comes_as_a_possible_duplicate_resets_nothing() -> None:
    """S-10.1: a number that we have had is ignored, also when an engine sends its session messages again."""
    session = logged_on()
    session.received(message("0", 2), START)
    assert dialogue(session, message("A", 1, (98, "0"), (108, "30"), (141, "Y"), dup=True)) == []
    assert session.expected_seq == 3


def test_an_initiator_keeps_its_interval_when_a_Logon_resets_in_mid_session() -> None:
    """S-1.12. A HeartBtInt(108) below 0 would end the session at once."""
    session = Session(client(initiator=True, reset_on_logon=True), default())
    session.connected(START)
    for heartbeat in ("30", "-7"):
        session.received(message("A", 1, (98, "0"), (108, heartbeat), (141, "Y")), START)
    assert session.pulse.interval_ns == 30 * SECOND


def test_a_TestRequest_without_an_id_is_not_answered_with_None() -> None:
    """Where the rule `required` is off, TestReqID(112) may be missing."""
    (answer,) = dialogue(logged_on(rules=Rules(required=False)), message("1", 2))
    assert answer.get(112) is None


# -- numbers set by operators


def test_what_has_not_left_us_survives_a_lower_number() -> None:
    """A reset carries it over; `set-sequence` drops it without a word."""
    links = engine(client())
    links.logon()
    links.down()
    for _ in range(3):
        links.send("CLIENT")
    links.command("set-sequence", next_out=2)
    links.logon(seq=2)
    assert types(links.say("CLIENT", "2", (7, "2"), (16, "0"))) == "BBB4"


def test_numbers_that_are_skipped_while_a_Logon_is_unanswered_are_one_gap_fill() -> None:
    session = Session(client(initiator=True), default())
    session.connected(START)
    session.set_numbers(START, next_out=1_000)
    assert len(dialogue(session, message("A", 1, (98, "0"), (108, "30")))) < 10


# -- limits


def test_PossDupFlag_is_no_way_round_the_limit() -> None:
    """Whoever sends again because of a gap of his own making has a limit too."""
    session = logged_on(max_messages_per_s=10)
    session.received(message("0", 900_000), START)
    orders = (message("D", n, *DAY_ORDER, dup=True) for n in range(2, 11_000))
    assert sum(session.received(order, START) is not None for order in orders) == FREELY_AGAIN
    assert session.hangup


def test_what_was_rejected_beyond_a_gap_is_not_processed_later() -> None:
    session = logged_on(max_messages_per_s=10, hold=100)
    for seq in range(3, 17):
        session.received(message("D", seq, *DAY_ORDER), START)
    session.received(message("D", 2, *DAY_ORDER, dup=True), START)
    assert len(session.ready) == 10


def test_a_refusal_is_not_refused_for_coming_too_fast() -> None:
    """S-5.1: two sides that refuse each other's refusals would not end."""
    session = logged_on(max_messages_per_s=4)
    for seq in range(2, 6):
        session.received(message("D", seq, *DAY_ORDER), START)
    refusals = message("3", 6, (45, "1")), message("j", 7, (45, "1"), (372, "8"), (380, "0"))
    assert dialogue(session, *refusals) == []


# -- the end of a session


def test_nothing_new_leaves_after_our_own_Logout() -> None:
    """FIX vol. 2, Logout: its initiator sends no message behind it but what is asked for by a ResendRequest."""
    session = logged_on()
    session.logout("", START)
    session.send("B", NEWS, START)
    assert [wire.msg_type for wire in dialogue(session)] == ["5"]


def test_nothing_is_taken_behind_the_Logouts_though_we_wait_for_the_other_side_to_hang_up() -> None:
    """S-8.5. `cancel_on_logout` has been carried out; an order that came behind it would stay for ever."""
    links = gateway(cancel_on_logout=True, hang_up_after_logout=False)
    links.say("CLIENT", "5")
    links.say("CLIENT", "D", *DAY_ORDER)
    links.down()
    assert not any(order.open for order in links.node.desk.parents.values())


def test_an_order_that_was_under_way_at_our_Logout_is_canceled_with_the_connection() -> None:
    """`cancel_on_disconnect_s` counts from the end of the connection, behind which nothing can come."""
    links = gateway(cancel_on_disconnect_s=0)
    links.command("logout")
    links.pass_time(MILLISECOND)
    links.say("CLIENT", "D", *DAY_ORDER)
    links.down()
    links.pass_time(60 * SECOND)
    assert not any(order.open for order in links.node.desk.parents.values())


def test_a_venue_that_is_logged_out_shows_nothing() -> None:
    """What it shows before its Logout answers ours is forgotten with it, or orders would be routed to nobody."""
    links = gateway()
    links.command("logout", session="XLON")
    quote(links)
    links.say("XLON", "5")
    assert links.node.desk.markets.quote("ACME").ask_size == 0


def test_whoever_is_dropped_for_garbage_is_not_heard_any_more() -> None:
    links = engine(client())
    links.logon()
    closes = 0
    for _ in range(MAX_GARBLED + 10):
        outputs = links.give(Garbled(links.now, links.links["CLIENT"], b"?"))
        closes += sum(isinstance(output, Close) for output in outputs)
    links.say("CLIENT", "D", *DAY_ORDER)
    assert closes == 1
    assert links.engine.application.heard == []  # type: ignore[attr-defined]


# -- who is let in


def test_a_refused_Logon_resets_nothing() -> None:
    """`reset_on_disconnect` is about a session that was there; who has no password must not touch its numbers."""
    links = engine(client(reset_on_disconnect=True))
    links.command("set-sequence", next_in=50, next_out=70)
    links.up("CLIENT")
    links.refuse()
    links.say("CLIENT", "A", (98, "0"), (108, "30"))
    assert links.session("CLIENT").expected_seq == 50


def test_a_Logon_that_is_refused_makes_no_session_of_a_template() -> None:
    """Or strangers use up all that may be made, for good: not even a restart gives them back."""
    links = engine(client("*"), max_made=3)
    for name in ("A", "B", "C"):
        links.up(name)
        links.say(name, "A", (98, "1"), (108, "30"))
    assert types(links.logon("HONEST")) == "A"


# -- sessions changed at run time


def test_a_session_whose_SubID_changes_keeps_what_it_has_or_is_not_changed() -> None:
    links = engine(client())
    links.logon()
    links.down()
    links.send("CLIENT")
    links.command("change-session", config=client(target_sub="DESK"))
    assert links.session("CLIENT").next_seq == 3


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Hours(start_s=8 * 3600, end_s=17 * 3600), Hours(start_s=8 * 3600, end_s=18 * 3600)),
        (None, Hours(start_s=0, end_s=82_800)),
    ],
)
def test_an_open_session_that_stays_open_is_not_logged_out(before: Hours | None, after: Hours) -> None:
    links = engine(client(hours=before))
    links.logon()
    assert types(links.command("change-session", config=client(hours=after))) == ""


def test_hours_that_begin_earlier_do_not_reset_the_numbers_of_the_day() -> None:
    """Changed by an operator or by a restart: the counterparty goes on with its numbers."""
    links = engine(client(hours=Hours(start_s=8 * 3600, end_s=17 * 3600)))
    links.logon()
    links.down()
    links.command("change-session", config=client(hours=Hours(start_s=7 * 3600, end_s=17 * 3600)))
    assert links.session("CLIENT").expected_seq == 2


def test_a_session_that_is_changed_to_disabled_is_logged_out() -> None:
    links = engine(client())
    links.logon()
    assert types(links.command("change-session", config=client(enabled=False))) == "5"


def test_a_peer_that_lags_is_no_mistake_of_an_operator() -> None:
    """The driver tells of it by commands of its own, and who sends again what was missed may wait with the rest."""
    links = engine(client())
    links.logon()
    links.give(Command(links.now, "slow", "driver", msgspec.json.encode({"link": 1, "unsent": 2_000_000})))
    assert links.engine.command_error is None


# -- rules that are off


@pytest.mark.parametrize(
    ("rules", "change"),
    [
        (Rules(required=False), {11: None}),
        (Rules(enums=False), {54: "z"}),
        (Rules(formats=False), {38: "1e9"}),
        (Rules(formats=False), {44: "abc"}),
    ],
)
def test_a_message_that_its_rules_let_through_is_answered(rules: Rules, change: dict[int, str | None]) -> None:
    """What a rule no longer catches is the gateway's to refuse; an exception would end it for everybody."""
    links = gateway(rules=rules)
    fields = {**dict(DAY_ORDER), **change}
    body = [(tag, value) for tag, value in fields.items() if value is not None]
    assert sent(links.say("CLIENT", "D", *body))
