"""The reader of conversation tests, tested: it must pass what is right and, above all, fail what is not."""

from collections.abc import Sequence

import pytest

from gateway.fix.dictionary import default
from gateway.fix.session import Session
from gateway.model import (
    SCALE,
    SECOND,
    Close,
    Input,
    Instrument,
    Limits,
    LinkDown,
    LinkUp,
    Note,
    Ns,
    Output,
    Qty,
    Received,
    Send,
    Settings,
    Started,
    Timer,
    VenueSettings,
)
from gateway.model.sessions import SessionConfig
from tests.conversation import START, Conversation, ScriptError, World, converse
from tests.conversation.language import Language, read_script
from tests.conversation.wire import SOH, Wire, decode, encode

# -- one session


def test_a_conversation_reads_as_the_style_guide_shows_it() -> None:
    """`>` arrives, `<` is answered, an expectation names only what it is about."""
    converse("""
        > Logon          seq=1  HeartBtInt=30
        < Logon          seq=1  HeartBtInt=30
        > Heartbeat      seq=4
        < ResendRequest  seq=2  BeginSeqNo=2  EndSeqNo=0
        > Heartbeat      seq=3
    """)


def test_time_passes_only_where_the_script_says_so() -> None:
    """A timer of the session fires at its own instant, not at the end of the time that passes."""
    converse("""
        > Logon        HeartBtInt=30
        < Logon
        +29s
        +10s
        < Heartbeat    SendingTime=+30s
        < TestRequest  SendingTime=+36s
    """)


def test_our_application_speaks_and_the_peer_asks_again() -> None:
    """`send` is our application, and a MsgSeqNum that is not given is the next one."""
    talk = converse("""
        > Logon
        < Logon
        send ExecutionReport  ClOrdID=A  OrderID=1  ExecID=1  ExecType=NEW  OrdStatus=NEW
        < ExecutionReport     seq=2  ClOrdID=A  -PossDupFlag
        > ResendRequest       seq=2  BeginSeqNo=2  EndSeqNo=2
        < ExecutionReport     seq=2  ClOrdID=A  PossDupFlag=Y  OrigSendingTime=now
    """)
    assert talk.delivered == []


def test_what_the_session_lets_through_is_delivered() -> None:
    talk = converse("""
        > Logon
        < Logon
        > NewOrderSingle  ClOrdID=A  Symbol=ACME  Side=BUY  OrderQty=100  OrdType=MARKET  TransactTime=now
    """)
    assert [message.get(11) for message in talk.delivered] == ["A"]


def test_an_initiator_speaks_first() -> None:
    converse("""
        < Logon  HeartBtInt=20
        > Logon  HeartBtInt=20
    """, role="initiator", heartbeat_s=20)  # fmt: skip


def test_a_message_with_a_wrong_checksum_is_garbled_and_changes_nothing() -> None:
    """CheckSum(10) and BodyLength(9) of a line go out as they are given."""
    talk = converse("""
        > Logon
        < Logon
        > Heartbeat  seq=2  CheckSum=000
    """)
    talk.run("""
        > TestRequest  seq=2  TestReqID="are you there"
        < Heartbeat    TestReqID="are you there"
    """)


def test_hanging_up_is_an_answer() -> None:
    talk = converse("""
        > Logon
        < Logon
        > Logout
        < Logout
        < disconnect
    """)
    with pytest.raises(AssertionError, match="expects an answer, and none came"):
        talk.run("< disconnect")


SCRIPTS_THAT_FAIL = {
    "an answer that does not come": (
        "> Logon\n< Logon\n< Heartbeat",
        "line 3 expects an answer, and none came",
    ),
    "an answer before the next line that nobody expected": (
        "> Logon\n> Heartbeat",
        "before line 2 there are answers that nobody expected\n    < Logon",
    ),
    "an answer at the end that nobody expected": (
        "> Logon",
        "at the end there are answers that nobody expected\n    < Logon",
    ),
    "another message": (
        "> Logon\n< Logout",
        "expected Logout, got Logon",
    ),
    "another value": (
        "> Logon HeartBtInt=30\n< Logon HeartBtInt=31",
        "HeartBtInt(108) expected 31, got 30",
    ),
    "a field that is missing": (
        "> Logon\n< Logon Text=hello",
        "Text(58) is missing, expected hello",
    ),
    "a field that should be absent": (
        "> Logon\n< Logon -HeartBtInt",
        "HeartBtInt(108) should be absent, got 30",
    ),
    "a hang-up that does not come": (
        "> Logon\n< disconnect",
        "expects us to hang up, we sent\n    Logon  seq=1",
    ),
    "a hang-up that nobody expected": (
        "> Logon\n< Logon\n> Logout\n< Logout",
        "at the end there are answers that nobody expected\n    < disconnect",
    ),
}


@pytest.mark.parametrize("case", SCRIPTS_THAT_FAIL)
def test_a_conversation_that_goes_otherwise_fails_and_says_where(case: str) -> None:
    script, complaint = SCRIPTS_THAT_FAIL[case]
    with pytest.raises(AssertionError) as failure:
        converse(script)
    assert complaint in str(failure.value)


def test_a_failure_shows_the_conversation_so_far_and_the_answer_decoded() -> None:
    with pytest.raises(AssertionError) as failure:
        converse("""
            > Logon      seq=1  HeartBtInt=30
            < Logon
            > Heartbeat  seq=4
            < ResendRequest  BeginSeqNo=2  EndSeqNo=3
        """)
    shown = str(failure.value).splitlines()
    assert shown[:4] == [
        "line 4 expects another answer",
        "    EndSeqNo(16) expected 3, got 0",
        "    ",
        "    got < ResendRequest  seq=2  BeginSeqNo=2  EndSeqNo=0",
    ]
    assert "    > Heartbeat  seq=4" in shown
    assert "--> < ResendRequest  BeginSeqNo=2  EndSeqNo=3" in shown


SCRIPTS_THAT_SAY_NOTHING = {
    "no message of this name": ("> Loggon", "'Loggon' is no message of FIX.4.4"),
    "no field of this name": ("> Logon HartBtInt=30", "'HartBtInt' is no field of FIX.4.4"),
    "no value": ("> Logon HeartBtInt", "'HeartBtInt' is not Field=value"),
    "no message": (">", "line 1 says nothing we know"),
    "no verb": ("wait 30s", "'wait' is no verb"),
    "no unit": ("+30", "'+30' is not a time like +30s"),
    "a name nobody set": ("> Logon Text=$greeting", "'Text=$greeting' has no value to send"),
    "an open quote": ('> Logon Text="hello', "No closing quotation"),
}


@pytest.mark.parametrize("case", SCRIPTS_THAT_SAY_NOTHING)
def test_a_script_that_cannot_be_understood_is_refused(case: str) -> None:
    script, complaint = SCRIPTS_THAT_SAY_NOTHING[case]
    with pytest.raises(ScriptError) as refusal:
        converse(script)
    assert complaint in str(refusal.value) and "line 1" in str(refusal.value)


class Sleepless:
    """A session that wants to be woken at the instant it was just woken at."""

    hangup = False
    ready: list[object] = []  # noqa: RUF012

    def connected(self, now: Ns) -> None:
        self.now = now

    def received(self, data: bytes, now: Ns) -> None: ...
    def disconnected(self, now: Ns) -> None: ...
    def timer(self, now: Ns) -> None: ...
    def send(self, msg_type: str, body: str, now: Ns) -> None: ...
    def logout(self, text: str, now: Ns) -> None: ...
    def refuse(self, message: object, reason: str, text: str, now: Ns) -> None: ...

    def wake_at(self) -> Ns:
        return self.now

    def take(self) -> list[bytes]:
        return []


def test_a_session_that_never_sleeps_fails_instead_of_hanging_the_test() -> None:
    with pytest.raises(AssertionError, match="again and again"):
        Conversation(Sleepless()).run("+1s")


# -- the words

ORDER = Wire((
    (35, "D"), (11, "A"), (54, "1"), (38, "100"), (44, "100.10"), (60, "20260105-14:30:30.000"), (58, "COLLAR far"),
    (847, "1001"), (957, "2"), (958, "Duration"), (959, "1"), (960, "90"), (958, "Urgency"), (959, "14"), (960, "HIGH"),
))  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [
        "Side=BUY",
        "Side=1",
        "54=1",
        "OrderQty=100.00",
        "Price=100.1",
        "TransactTime=+30s",
        "TransactTime=now+20s",
        "Text~COLLAR",
        "Price=*",
        "-Account",
        "ClOrdID=$any",
        "StrategyParameterName=Duration StrategyParameterName=Urgency",
        "TargetStrategy=1001 Duration=90 Urgency=HIGH",
    ],
)
def test_a_value_may_be_said_in_several_ways(words: str) -> None:
    """By name or wire value, numbers by what they are worth, times from the beginning or from now."""
    language = Language(default())
    assert language.differences(ORDER, language.read("D", words.split(), Ns(START + 10 * SECOND))) == []


@pytest.mark.parametrize(
    "words",
    [
        "Side=SELL",
        "OrderQty=100.01",
        "TransactTime=+31s",
        "Text~TICK",
        "-Price",
        "Account=*",
        "StrategyParameterName=Urgency",
        "TargetStrategy=1001 Duration=91",
        "TargetStrategy=1001 NumSlices=3",
    ],
)
def test_and_what_is_different_is_different(words: str) -> None:
    language = Language(default())
    assert len(language.differences(ORDER, language.read("D", words.split(), Ns(START + 10 * SECOND)))) == 1


def test_a_remembered_value_has_to_be_the_same_the_next_time() -> None:
    language = Language(default())
    again = ["ClOrdID=$mine"]
    assert language.differences(Wire(((11, "A"),)), language.read("D", again, START)) == []
    assert language.differences(Wire(((11, "A"),)), language.read("D", again, START)) == []
    assert language.differences(Wire(((11, "B"),)), language.read("D", again, START)) == [
        "ClOrdID(11) expected A, got B"
    ]


def test_a_comment_and_an_empty_line_say_nothing() -> None:
    assert [line.number for line in read_script("> Logon\n\n# later\n+30s  # a pause")] == [1, 4]


@pytest.mark.parametrize("forged", [((9, "5"),), ((10, "000"),)])
def test_the_independent_reader_accepts_no_wrong_length_or_sum(forged: tuple[tuple[int, str], ...]) -> None:
    """Every answer of ours goes through it, whatever the script expects of the answer."""
    header = [(49, "A"), (56, "B"), (34, "1")]
    assert decode(encode("0", header, [])).seq == 1
    with pytest.raises(AssertionError, match=r"BodyLength|CheckSum"):
        decode(encode("0", [*header, *forged], []))


# -- the world


class Relay:
    """The least that can stand between clients and venues: every order goes to the first venue, every report back."""

    def __init__(self) -> None:
        self.links: dict[int, Session] = {}
        self.venues = {name: self._session(f"GW-{name}", name) for name in ("XLON", "XPAR")}
        self.client = Session(SessionConfig(sender="GATEWAY", target="CLIENT"), default())

    def _session(self, us: str, them: str) -> Session:
        return Session(SessionConfig(sender=us, target=them, initiator=True), default())

    def handle(self, item: Input) -> Sequence[Output]:
        outputs: list[Output] = []
        if isinstance(item, Started):
            self.links.clear()
            for session in (*self.venues.values(), self.client):
                session.disconnected(item.at)
        elif isinstance(item, LinkUp):
            session = self.links[item.link] = self.venues.get(item.port, self.client)
            session.connected(item.at)
        elif isinstance(item, LinkDown):
            session = self.links.pop(item.link)
            session.disconnected(item.at)
        elif isinstance(item, Timer):
            for session in self.links.values():
                session.timer(item.at)
        elif isinstance(item, Received):
            outputs.extend(self._received(item))
        for link, session in self.links.items():
            outputs.extend(Send(link, data) for data in session.take())
            if session.hangup:
                outputs.append(Close(link))
        return outputs

    def _received(self, item: Received) -> list[Output]:
        session = self.links[item.link]
        message = session.received(item.data, item.at)
        if message is None:
            return []
        to = self.venues["XLON"] if session is self.client else self.client
        body = "".join(f"{tag}={value}{SOH}" for tag, value in decode(item.data).pairs if self._of_body(tag))
        to.send(message.msg_type, body, item.at)
        return [Note("relayed", b'{"type": "%s"}' % message.msg_type.encode())]

    def _of_body(self, tag: int) -> bool:
        return tag != 10 and tag not in default().header

    def wake_at(self) -> Ns | None:
        wakes = [wake for session in self.links.values() if (wake := session.wake_at()) is not None]
        return min(wakes, default=None)


SETTINGS = Settings(
    comp_id="GATEWAY",
    clients=(SessionConfig(sender="GATEWAY", target="CLIENT"),),
    venues=tuple(
        VenueSettings(name=name, session=SessionConfig(sender=f"GW-{name}", target=name, initiator=True))
        for name in ("XLON", "XPAR")
    ),
    instruments=(Instrument(symbol="ACME"),),
    limits={"ACME": Limits(max_order_qty=Qty(1_000_000 * SCALE))},
)


@pytest.fixture
def world() -> World:
    return World(Relay, SETTINGS)


def test_everybody_is_logged_on_when_a_script_begins(world: World) -> None:
    assert all(party.logged_on for party in world.parties.values())


def test_a_script_names_the_parties_and_only_what_it_is_about(world: World) -> None:
    """What a message needs beyond that comes from defaults, and from the venue's own ledger."""
    world.converse("""
        client > NewOrderSingle   ClOrdID=P  Side=SELL  OrderQty=300
        XLON   < NewOrderSingle   ClOrdID=P  Side=SELL  OrderQty=300  Symbol=ACME  OrdType=MARKET
        XLON   > ExecutionReport  ExecType=NEW
        client < ExecutionReport  ClOrdID=P  OrdStatus=NEW  LeavesQty=300  CumQty=0
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=100  LastPx=100.10
        client < ExecutionReport  OrdStatus=PARTIALLY_FILLED  CumQty=100  LeavesQty=200  AvgPx=100.10
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=200  LastPx=100.40
        client < ExecutionReport  OrdStatus=FILLED  CumQty=300  LeavesQty=0  AvgPx=100.30
        XLON   > ExecutionReport  ExecType=TRADE_CANCEL
        client < ExecutionReport  OrdStatus=PARTIALLY_FILLED  ExecRefID=*  CumQty=100  AvgPx=100.10
    """)
    assert world.notes("relayed")[:2] == [{"type": "D"}, {"type": "8"}]


def test_a_cancel_and_a_replace_refer_to_the_order_they_are_about(world: World) -> None:
    world.converse("""
        client > NewOrderSingle             ClOrdID=P  OrderQty=300  Price=99.5  Side=SELL
        XLON   < NewOrderSingle             OrdType=LIMIT
        client > OrderCancelReplaceRequest  OrigClOrdID=P  OrderQty=200
        XLON   < OrderCancelReplaceRequest  ClOrdID=$second  OrigClOrdID=P  OrderQty=200  Price=99.5  Side=SELL
        XLON   > ExecutionReport            ExecType=PENDING_REPLACE
        client < ExecutionReport            ClOrdID=$second  OrigClOrdID=P  OrderQty=300
        XLON   > ExecutionReport            ExecType=REPLACED
        client < ExecutionReport            ClOrdID=$second  OrigClOrdID=P  OrderQty=200  LeavesQty=200
        client > OrderCancelRequest         OrigClOrdID=$second
        XLON   < OrderCancelRequest         ClOrdID=$third  OrderQty=200
        XLON   > OrderCancelReject
        client < OrderCancelReject          ClOrdID=$third  OrigClOrdID=$second  CxlRejReason=0  OrdStatus=NEW
        client > OrderCancelRequest         ClOrdID=C
        XLON   < OrderCancelRequest         OrigClOrdID=$second
        XLON   > ExecutionReport            ExecType=CANCELED
        client < ExecutionReport            ClOrdID=C  OrigClOrdID=$second  OrdStatus=CANCELED  LeavesQty=0
    """)


def test_algo_parameters_are_written_by_name(world: World) -> None:
    """A name that is no field of the order is an entry of StrategyParametersGrp(957); its type is seen or said."""
    world.converse("""
        client > NewOrderSingle  TargetStrategy=TWAP  NumSlices=3  Urgency=HIGH  MaxParticipation=0.1  Duration:FLOAT=90
        XLON   < NewOrderSingle  TargetStrategy=1001  NumSlices=3  Urgency=HIGH
    """)
    (order,) = (item for item in world.inputs if isinstance(item, Received) and b"\x0135=D\x01" in item.data)
    group = (
        "957=4|958=NumSlices|959=1|960=3|958=Urgency|959=14|960=HIGH|"
        "958=MaxParticipation|959=11|960=0.1|958=Duration|959=6|960=90|"
    )
    assert group.replace("|", SOH).encode() in order.data


def test_heartbeats_are_silent_for_as_long_as_it_takes(world: World) -> None:
    """TestRequests are answered by the parties, so that nobody is dropped."""
    world.converse("+1h")
    assert all(party.logged_on for party in world.parties.values())


def test_heartbeats_are_not_silent_where_a_script_names_them(world: World) -> None:
    world.converse("""
        +30s
        XLON < Heartbeat
    """)


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("client > NewOrderSingle", "at the end there are answers that nobody expected\n    XLON < NewOrderSingle"),
        (
            "client > NewOrderSingle\nXPAR < NewOrderSingle",
            "expects an answer, and none came\n    XLON < NewOrderSingle",
        ),
        ("client > NewOrderSingle OrderQty=5\nXLON < NewOrderSingle OrderQty=6", "OrderQty(38) expected 6, got 5"),
    ],
)
def test_a_world_that_goes_otherwise_fails_and_says_where(world: World, script: str, complaint: str) -> None:
    with pytest.raises(AssertionError) as failure:
        world.converse(script)
    assert complaint in str(failure.value)


def test_a_client_that_was_away_gets_its_reports_by_resend(world: World) -> None:
    """A party sees the gap in the gateway's numbers and asks, as any FIX engine does."""
    world.converse("""
        client > NewOrderSingle   ClOrdID=P  OrderQty=100
        XLON   < NewOrderSingle
        client > disconnect
        XLON   > ExecutionReport  ExecType=NEW
        XLON   > ExecutionReport  ExecType=TRADE  LastPx=100
        client > connect
        client < ExecutionReport  ExecType=NEW    PossDupFlag=Y
        client < ExecutionReport  ExecType=TRADE  PossDupFlag=Y  CumQty=100
    """)


def test_a_restart_changes_nothing_for_the_parties(world: World) -> None:
    """The new node is the fold of the old one's inputs; sequence numbers go on."""
    world.converse("""
        client > NewOrderSingle   ClOrdID=P  OrderQty=100
        XLON   < NewOrderSingle
        restart
        XLON   > ExecutionReport  ExecType=TRADE  LastPx=100
        client < ExecutionReport  ClOrdID=P  OrdStatus=FILLED  -PossDupFlag
    """)
    assert sum(isinstance(item, Started) for item in world.inputs) == 2


class Forgetful(Relay):
    """Says something else in each life."""

    lives = 0

    def __init__(self) -> None:
        super().__init__()
        Forgetful.lives += 1
        self.life = Forgetful.lives

    def handle(self, item: Input) -> Sequence[Output]:
        return [*super().handle(item), Note("life", str(self.life).encode())]


def test_a_node_that_does_not_replay_fails_the_restart() -> None:
    with pytest.raises(AssertionError, match=r"input 0 of .* has another outcome when it is replayed"):
        World(Forgetful, SETTINGS).restart()


class Stuttering(Relay):
    """Sends everything twice."""

    def handle(self, item: Input) -> Sequence[Output]:
        return [output for output in super().handle(item) for _ in range(2)]


def test_a_number_used_twice_fails() -> None:
    with pytest.raises(AssertionError, match=r"MsgSeqNum\(34\) too low, expecting 2 but received 1"):
        World(Stuttering, SETTINGS)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("XLON > ExecutionReport", "an ExecutionReport has to say its ExecType"),
        ("XLON > ExecutionReport ExecType=TRADE", "a trade of a market order has to say its LastPx"),
        ("XLON > ExecutionReport ExecType=TRADE_CANCEL", "there is no trade with ExecID ''"),
        ("XLON > OrderCancelReject", "there is no cancel or replace request to reject"),
        ("XNYS > ExecutionReport ExecType=NEW", "'XNYS' is no verb and none of client, XLON, XPAR"),
    ],
)
def test_a_venue_cannot_guess_what_nobody_said(world: World, line: str, complaint: str) -> None:
    world.converse("""
        client > NewOrderSingle
        XLON   < NewOrderSingle
    """)
    with pytest.raises(ScriptError, match=complaint):
        world.converse(line)


def test_quotes_need_a_subscription(world: World) -> None:
    """A venue sends market data only to who asked, under the MDReqID(262) of the request."""
    with pytest.raises(ScriptError, match="has not asked XLON for market data of ACME"):
        world.converse("XLON quotes ACME 99.90x500 100.10x300")
    world.converse("""
        client > MarketDataRequest  MDReqID=M1  263=1  264=0  NoMDEntryTypes=1  269=0  NoRelatedSym=1  Symbol=ACME
        XLON quotes ACME 99.90x500 100.10x300,100.20x50
        client < MarketDataSnapshotFullRefresh  MDReqID=M1  MDEntryPx=99.9  MDEntryPx=100.1  MDEntryPx=100.2
        XLON prints ACME 100.05x200
        client < MarketDataIncrementalRefresh  MDEntryType=TRADE  MDEntrySize=200
    """)
