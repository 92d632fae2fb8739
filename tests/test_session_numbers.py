"""The FIX session's numbers: gaps, gap fills, resets, duplicates, resending; one rule a conversation (FIX 4.4, Volume 2)."""

import pytest

from gateway.fix.dictionary import default
from gateway.fix.frame import finish
from gateway.fix.session import Session, SessionConfig
from gateway.model import SECOND, Ns, print_timestamp
from tests.conversation import START, Conversation, converse

ORDER = "NewOrderSingle  Symbol=ACME  Side=BUY  OrderQty=100  OrdType=MARKET  TransactTime=now"
REPORT = (
    "ExecutionReport  OrderID=1  ExecType=NEW  OrdStatus=NEW  Symbol=ACME  Side=BUY  LeavesQty=1  CumQty=0  AvgPx=0"
)


def delivered(talk: Conversation) -> list[str]:
    """ClOrdIDs(11) of what the session let through."""
    return [message.get(11) for message in talk.delivered]


def from_them(msg_type: str, seq: int, body: str, now: Ns) -> bytes:
    return finish(f"35={msg_type}\x0149=THEM\x0156=US\x0134={seq}\x0152={print_timestamp(now)}\x01{body}")


def hello(session: Session) -> None:
    session.connected(START)
    session.received(from_them("A", 1, "98=0\x01108=30\x01", START), START)
    session.take()


# -- gaps in what we receive


def test_a_gap_is_requested_once() -> None:
    """MsgSeqNum(34) above the expected one: ask for the range, then wait for it."""
    converse("""
        > Logon          seq=1
        < Logon          seq=1
        > Heartbeat      seq=4
        < ResendRequest  seq=2  BeginSeqNo=2  EndSeqNo=0
        > Heartbeat      seq=3
        > TestRequest    seq=5
    """)


def test_messages_ahead_are_not_held_and_come_again() -> None:
    talk = converse(f"""
        > Logon
        < Logon
        > {ORDER}        seq=3  ClOrdID=B
        < ResendRequest  BeginSeqNo=2
        > {ORDER}        seq=2  PossDupFlag=Y  ClOrdID=A
        > {ORDER}        seq=3  PossDupFlag=Y  ClOrdID=B
        > {ORDER}        seq=4  ClOrdID=C
    """)
    assert delivered(talk) == ["A", "B", "C"]


def test_a_gap_is_closed_by_a_gap_fill() -> None:
    converse("""
        > Logon
        < Logon
        > Heartbeat      seq=9
        < ResendRequest  BeginSeqNo=2
        > SequenceReset  seq=2  PossDupFlag=Y  GapFillFlag=Y  NewSeqNo=10
        > TestRequest    seq=10
        < Heartbeat
    """)


def test_a_second_gap_is_requested_when_the_first_is_closed() -> None:
    converse("""
        > Logon
        < Logon
        > Heartbeat      seq=3
        < ResendRequest  BeginSeqNo=2
        > SequenceReset  seq=2  PossDupFlag=Y  GapFillFlag=Y  NewSeqNo=4
        > Heartbeat      seq=6
        < ResendRequest  BeginSeqNo=4
    """)


def test_a_second_gap_is_requested_when_messages_of_the_application_have_closed_the_first() -> None:
    converse(f"""
        > Logon
        < Logon
        > {ORDER}        seq=3  ClOrdID=B
        < ResendRequest  BeginSeqNo=2
        > {ORDER}        seq=2  PossDupFlag=Y  ClOrdID=A
        > {ORDER}        seq=3  PossDupFlag=Y  ClOrdID=B
        > {ORDER}        seq=5  ClOrdID=D
        < ResendRequest  BeginSeqNo=4
    """)


def test_a_gap_that_stands_is_requested_again() -> None:
    """Also while the counterparty goes on talking, or a lost resend would block the session for good."""
    converse("""
        > Logon          HeartBtInt=60
        < Logon
        > Heartbeat      seq=4
        < ResendRequest  BeginSeqNo=2
        +29s
        > Heartbeat      seq=5
        +1s
        > Heartbeat      seq=6
        < ResendRequest  BeginSeqNo=2
        > Heartbeat      seq=7
        > SequenceReset  seq=2  PossDupFlag=Y  GapFillFlag=Y  NewSeqNo=8
        > TestRequest    seq=8
        < Heartbeat
    """)


def test_a_gap_is_requested_again_after_a_new_connection() -> None:
    converse("""
        > Logon
        < Logon
        > Heartbeat      seq=4
        < ResendRequest  BeginSeqNo=2
        > disconnect
        > connect
        > Logon          seq=5
        < Logon
        < ResendRequest  BeginSeqNo=2  EndSeqNo=0
    """)


def test_a_gap_of_an_earlier_connection_does_not_hide_a_new_one() -> None:
    converse("""
        > Logon
        < Logon
        > Heartbeat      seq=9
        < ResendRequest  BeginSeqNo=2
        > disconnect
        > connect
        > Logon          seq=2
        < Logon
        > Heartbeat      seq=4
        < ResendRequest  BeginSeqNo=3
    """)


def test_a_resend_request_ahead_of_a_gap_is_answered() -> None:
    """Or two sides that both miss messages would wait for each other."""
    converse("""
        > Logon
        < Logon
        > ResendRequest  seq=4  BeginSeqNo=1  EndSeqNo=0
        < SequenceReset  seq=1  GapFillFlag=Y  NewSeqNo=2
        < ResendRequest  seq=2  BeginSeqNo=2
        > SequenceReset  seq=2  PossDupFlag=Y  GapFillFlag=Y  NewSeqNo=5
        > TestRequest    seq=5
        < Heartbeat      seq=3
    """)


def test_a_number_out_of_reach_is_no_gap() -> None:
    """Nobody wants a million messages again."""
    converse("""
        > Logon
        < Logon
        > Heartbeat  seq=1000003
        < Logout     Text="MsgSeqNum(34) 1000003 is too far ahead of 2"
        < disconnect
    """)


@pytest.mark.parametrize("words", ["-seq", "seq=0", "seq=-1", "seq=abc", "seq=2147483648", "seq=9223372036854775808"])
def test_a_message_without_a_number_ends_the_session(words: str) -> None:
    """MsgSeqNum(34) has at most 9 digits."""
    talk = converse("""
        > Logon
        < Logon
    """)
    if words == "-seq":
        body = f"35=0|49=CLIENT|56=GATEWAY|52={print_timestamp(START)}|"
        talk.run("> raw " + finish(body.replace("|", "\x01")).decode().replace("\x01", "|") + "\n" + END_WITHOUT_NUMBER)
    else:
        talk.run(f"> Heartbeat {words}\n{END_WITHOUT_NUMBER}")


END_WITHOUT_NUMBER = """
    < Logout  Text="MsgSeqNum(34) is missing or not a number"
    < disconnect
"""


# -- gap fill and reset


def test_a_gap_fill_that_leads_nowhere_is_rejected() -> None:
    """NewSeqNo(36) has to be above MsgSeqNum(34); the message itself counts."""
    converse("""
        > Logon
        < Logon
        > SequenceReset  seq=2  GapFillFlag=Y  NewSeqNo=2
        < Reject         RefSeqNum=2  RefTagID=36  RefMsgType=4  SessionRejectReason=5
        > TestRequest    seq=3
        < Heartbeat
    """)


def test_a_gap_fill_ahead_of_its_time_waits_its_turn() -> None:
    converse("""
        > Logon
        < Logon
        > SequenceReset  seq=5  GapFillFlag=Y  NewSeqNo=9
        < ResendRequest  BeginSeqNo=2
        > SequenceReset  seq=2  PossDupFlag=Y  GapFillFlag=Y  NewSeqNo=9
        > TestRequest    seq=9
        < Heartbeat
    """)


def test_a_gap_fill_already_seen_is_ignored() -> None:
    converse("""
        > Logon
        < Logon
        > Heartbeat      seq=2
        > SequenceReset  seq=1  PossDupFlag=Y  GapFillFlag=Y  NewSeqNo=9
        > TestRequest    seq=3
        < Heartbeat
    """)


def test_a_gap_fill_below_the_expected_number_ends_the_session() -> None:
    converse("""
        > Logon
        < Logon
        > SequenceReset  seq=1  GapFillFlag=Y  NewSeqNo=9
        < Logout         Text="MsgSeqNum(34) too low, expecting 2 but received 1"
        < disconnect
    """)


@pytest.mark.parametrize("flag", ["GapFillFlag=N", "-GapFillFlag"])
def test_a_reset_counts_whatever_its_own_number(flag: str) -> None:
    """SequenceReset-Reset: MsgSeqNum(34) is ignored."""
    converse(f"""
        > Logon
        < Logon
        > SequenceReset  seq=1   {flag}  NewSeqNo=20
        > TestRequest    seq=20
        < Heartbeat
        > SequenceReset  seq=99  {flag}  NewSeqNo=21
        > TestRequest    seq=21
        < Heartbeat
    """)


def test_a_reset_ends_a_gap() -> None:
    converse("""
        > Logon
        < Logon
        > Heartbeat      seq=9
        < ResendRequest  BeginSeqNo=2
        > SequenceReset  seq=10  NewSeqNo=10
        > Heartbeat      seq=12
        < ResendRequest  BeginSeqNo=10
    """)


def test_a_reset_to_a_lower_number_is_rejected() -> None:
    converse("""
        > Logon
        < Logon
        > Heartbeat      seq=2
        > SequenceReset  seq=3  NewSeqNo=2
        < Reject         RefSeqNum=3  RefTagID=36  SessionRejectReason=5  Text~"NewSeqNo(36) 2 is below the expected 3"
        > TestRequest    seq=3
        < Heartbeat
    """)


# -- duplicates


def test_a_duplicate_already_seen_is_ignored() -> None:
    talk = converse(f"""
        > Logon
        < Logon
        > {ORDER}      seq=2  ClOrdID=A
        > {ORDER}      seq=2  ClOrdID=A  PossDupFlag=Y
        > TestRequest  seq=2  PossDupFlag=Y
        > Logout       seq=1  PossDupFlag=Y
        > TestRequest  seq=3
        < Heartbeat
    """)
    assert delivered(talk) == ["A"]


def test_a_low_number_that_is_no_duplicate_ends_the_session() -> None:
    converse("""
        > Logon
        < Logon
        > Heartbeat  seq=2
        > Heartbeat  seq=2
        < Logout     Text="MsgSeqNum(34) too low, expecting 3 but received 2"
        < disconnect
    """)


def test_a_duplicate_without_its_first_sending_time_is_rejected() -> None:
    """OrigSendingTime(122) is required with PossDupFlag(43); numbers stay as they are."""
    talk = converse(f"""
        > Logon
        < Logon
        > {ORDER}      seq=2  ClOrdID=A
        > {ORDER}      seq=2  ClOrdID=A  PossDupFlag=Y  -OrigSendingTime
        < Reject       RefSeqNum=2  RefTagID=122  SessionRejectReason=1
        > TestRequest  seq=3
        < Heartbeat
    """)
    assert delivered(talk) == ["A"]


def test_a_duplicate_sent_before_it_was_first_sent_ends_the_session() -> None:
    converse("""
        > Logon
        < Logon
        > Heartbeat  seq=1  PossDupFlag=Y  OrigSendingTime=+1s
        < Reject     RefSeqNum=1  RefTagID=122  SessionRejectReason=10
        < Logout     Text="OrigSendingTime(122) is later than SendingTime(52)"
        < disconnect
    """)


@pytest.mark.parametrize("field", ["SendingTime", "OrigSendingTime"])
def test_a_duplicate_of_a_day_that_never_was_is_ignored(field: str) -> None:
    """What has been counted is not looked at again."""
    converse(f"""
        > Logon
        < Logon
        > Heartbeat    seq=1  PossDupFlag=Y  {field}=20260231-10:00:00
        > TestRequest  seq=2
        < Heartbeat
    """)


# -- resending


def test_what_was_sent_comes_again_and_admin_messages_as_one_gap_fill() -> None:
    """The same body, PossDupFlag(43), OrigSendingTime(122), a new SendingTime(52); runs of admin become a gap fill."""
    talk = converse(f"""
        > Logon            HeartBtInt=30
        < Logon            seq=1
        > TestRequest
        < Heartbeat        seq=2
        +5s
        send {REPORT}      ClOrdID=A  ExecID=1
        < ExecutionReport  seq=3  SendingTime=+5s
        > TestRequest
        < Heartbeat        seq=4
        > TestRequest
        < Heartbeat        seq=5
        send {REPORT}      ClOrdID=A  ExecID=2
        < ExecutionReport  seq=6
        > TestRequest
        < Heartbeat        seq=7
        +5s
        > ResendRequest    BeginSeqNo=1  EndSeqNo=0
        < SequenceReset    seq=1  GapFillFlag=Y  NewSeqNo=3  PossDupFlag=Y
        < ExecutionReport  seq=3  ExecID=1  PossDupFlag=Y  OrigSendingTime=+5s  SendingTime=+10s
        < SequenceReset    seq=4  GapFillFlag=Y  NewSeqNo=6  PossDupFlag=Y
        < ExecutionReport  seq=6  ExecID=2  PossDupFlag=Y  OrigSendingTime=+5s  SendingTime=+10s
        < SequenceReset    seq=7  GapFillFlag=Y  NewSeqNo=8  PossDupFlag=Y
        > TestRequest
        < Heartbeat        seq=8
    """)
    assert talk.delivered == []


def test_a_resent_message_differs_in_four_fields_only() -> None:
    """52, 43 and 122, and what counts them: 9 and 10."""
    session = Session(SessionConfig(sender="US", target="THEM"), default())
    hello(session)
    body = "11=A\x0158=x\x0152=no\x01\x0135=\xff\x00=\x01"
    session.send("8", body, START)
    (first,) = session.take()
    later = Ns(START + 7 * SECOND)
    session.received(from_them("2", 2, "7=2\x0116=2\x01", later), later)
    (again,) = session.take()
    text = first[:-7].decode("latin-1")
    head = text[text.index("35=") : text.index("52=")]
    assert again == finish(f"{head}43=Y\x0152={print_timestamp(later)}\x01122={print_timestamp(START)}\x01{body}")


@pytest.mark.parametrize(
    ("begin", "end", "fills"),
    [(1, 0, "1-4"), (2, 0, "2-4"), (2, 2, "2-3"), (1, 2, "1-3"), (3, 3, "3-4"), (2, 999999, "2-4"), (3, 4, "3-4")],
)
def test_a_resend_covers_what_was_asked_for(begin: int, end: int, fills: str) -> None:
    """EndSeqNo(16) 0 and anything beyond the last mean up to the last."""
    first, following = fills.split("-")
    converse(f"""
        > Logon
        < Logon
        > TestRequest
        < Heartbeat      seq=2
        > TestRequest
        < Heartbeat      seq=3
        > ResendRequest  BeginSeqNo={begin}  EndSeqNo={end}
        < SequenceReset  seq={first}  NewSeqNo={following}
    """)


@pytest.mark.parametrize(("begin", "end"), [(0, 0), (2, 0), (5, 9), (2, 1), (9, 2), (999999999, 0)])
def test_a_range_that_was_never_sent_is_rejected(begin: int, end: int) -> None:
    converse(f"""
        > Logon
        < Logon
        > ResendRequest  BeginSeqNo={begin}  EndSeqNo={end}
        < Reject         RefSeqNum=2  RefTagID=7  RefMsgType=2  SessionRejectReason=5
        > TestRequest    seq=3
        < Heartbeat
    """)


def test_the_same_resend_request_again_and_again_is_a_loop() -> None:
    """Three are answered."""
    again = """
        > ResendRequest  BeginSeqNo=1  EndSeqNo=0
        < SequenceReset  seq=1  NewSeqNo=2
    """
    converse(f"""
        > Logon
        < Logon
        {again}
        {again}
        {again}
        > ResendRequest  BeginSeqNo=1  EndSeqNo=0
        < Logout         Text~"answered 3 times"
        < disconnect
    """)


def test_what_is_sent_again_on_one_connection_is_bounded() -> None:
    """A ResendRequest is short and its answer long: many of them, all different, would drown us."""
    session = Session(SessionConfig(sender="US", target="THEM"), default())
    hello(session)
    for _ in range(1000):
        session.send("8", "37=1\x01", START)
    session.take()
    resent, seq = 0, 1
    while not session.hangup and seq < 100:
        seq += 1
        session.received(from_them("2", seq, f"7={seq}\x0116=0\x01", START), START)
        resent += len(session.take())
    assert 3 * 1000 < resent <= 4 * 1001
    session.disconnected(START)
    session.connected(START)
    session.received(from_them("A", seq + 1, "98=0\x01108=30\x01", START), START)
    session.take()
    session.received(from_them("2", seq + 2, "7=2\x0116=1001\x01", START), START)
    assert len(session.take()) == 1000, "another connection may ask again"


def test_resend_requests_that_make_progress_are_no_loop() -> None:
    converse("""
        > Logon
        < Logon
        > TestRequest
        < Heartbeat
    """ + """
        > ResendRequest  BeginSeqNo=1  EndSeqNo=1
        < SequenceReset  seq=1  NewSeqNo=2
        > ResendRequest  BeginSeqNo=2  EndSeqNo=2
        < SequenceReset  seq=2  NewSeqNo=3
    """ * 4)  # fmt: skip


def test_what_was_sent_while_nobody_was_there_arrives_by_resend() -> None:
    converse(f"""
        > Logon
        < Logon
        > disconnect
        send {REPORT}      ClOrdID=A  ExecID=1
        send {REPORT}      ClOrdID=A  ExecID=2
        > connect
        > Logon            seq=2
        < Logon            seq=4
        > ResendRequest    seq=3  BeginSeqNo=2  EndSeqNo=0
        < ExecutionReport  seq=2  ExecID=1  PossDupFlag=Y
        < ExecutionReport  seq=3  ExecID=2  PossDupFlag=Y
        < SequenceReset    seq=4  NewSeqNo=5
    """)


def test_what_an_initiator_sends_before_the_answer_to_its_logon_goes_out_with_it() -> None:
    """It has numbers behind the Logon's, so the acceptor would see no gap until the next message."""
    converse(f"""
        < Logon            seq=1
        send {REPORT}      ClOrdID=A  ExecID=1
        send {REPORT}      ClOrdID=A  ExecID=2
        > Logon            seq=1
        < ExecutionReport  seq=2  ExecID=1  -PossDupFlag
        < ExecutionReport  seq=3  ExecID=2  -PossDupFlag
        > TestRequest
        < Heartbeat        seq=4
    """, role="initiator")  # fmt: skip
