"""The FIX session: logging on, staying alive, refusing, logging out; one rule a conversation (FIX 4.4, Volume 2)."""

import pytest

from gateway.fix.dictionary import default
from gateway.fix.frame import finish
from gateway.fix.session import Session, SessionConfig, identify
from gateway.model import Ns, print_timestamp
from tests.conversation import START, Conversation, converse
from tests.conversation.wire import decode

ORDER = "NewOrderSingle  Symbol=ACME  Side=BUY  OrderQty=100  OrdType=MARKET  TransactTime=now"
REPORT = (
    "ExecutionReport  OrderID=1  ExecType=NEW  OrdStatus=NEW  Symbol=ACME  Side=BUY  LeavesQty=1  CumQty=0  AvgPx=0"
)


def delivered(talk: Conversation) -> list[str]:
    """ClOrdIDs(11) of what the session let through."""
    return [message.get(11) for message in talk.delivered]


# -- Logon


def test_a_logon_is_answered_with_its_own_interval() -> None:
    """EncryptMethod(98) None, HeartBtInt(108) as offered."""
    converse("""
        > Logon  seq=1  HeartBtInt=45
        < Logon  seq=1  HeartBtInt=45  EncryptMethod=0  -ResetSeqNumFlag
        +44s
        +1s
        < Heartbeat  seq=2
    """)


REFUSED_LOGONS = {
    "encryption": ("EncryptMethod=1", "EncryptMethod(98) must be 0"),
    "no EncryptMethod": ("-EncryptMethod", "EncryptMethod(98) is missing"),
    "no HeartBtInt": ("-HeartBtInt", "HeartBtInt(108) is missing"),
    "a negative HeartBtInt": ("HeartBtInt=-5", "HeartBtInt(108) must be between 0 and 3600"),
    "a HeartBtInt of hours": ("HeartBtInt=3601", "HeartBtInt(108) must be between 0 and 3600"),
    "a huge HeartBtInt": ("HeartBtInt=999999999999999999", "HeartBtInt(108) must be between 0 and 3600"),
    "a HeartBtInt beyond any number": ("HeartBtInt=9999999999999999999", "is not of type INT"),
    "a HeartBtInt in letters": ("HeartBtInt=abc", "is not of type INT"),
    "an old SendingTime": ("SendingTime=-121s", "SendingTime(52) is more than 120 s off"),
    "an early SendingTime": ("SendingTime=+121s", "SendingTime(52) is more than 120 s off"),
    "a SendingTime that the calendar lacks": ("SendingTime=20260231-00:00:00", "is not of type UTCTIMESTAMP"),
    "another version of FIX": ("BeginString=FIX.4.2", "BeginString(8) must be FIX.4.4"),
    "a reset at another number than 1": ("seq=2 ResetSeqNumFlag=Y", "MsgSeqNum(34) must be 1"),
    "a MsgSeqNum of 0": ("seq=0", "MsgSeqNum(34) is missing or not a number"),
    "a MsgSeqNum out of reach": ("seq=1000002", "MsgSeqNum(34) 1000002 is too far ahead of 1"),
}


@pytest.mark.parametrize("case", REFUSED_LOGONS)
def test_a_logon_that_breaks_a_rule_is_refused_with_the_reason(case: str) -> None:
    words, text = REFUSED_LOGONS[case]
    talk = converse(f"""
        > Logon   {words}
        < Logout  seq=1  Text~"{text}"
        < disconnect
    """)
    assert not talk.session.hangup


@pytest.mark.parametrize(
    "first",
    [
        "Logon SenderCompID=STRANGER",
        "Logon TargetCompID=ELSEWHERE",
        "Logon SenderCompID=STRANGER BeginString=FIX.4.2 seq=0",
        "Heartbeat",
        "Logout",
        "TestRequest",
        "ResendRequest",
        ORDER,
        "35=ZZ",
        "raw 8=FIX.4.4|9=5|35=0|10=163|",
    ],
)
def test_who_does_not_begin_with_a_logon_of_ours_gets_no_answer(first: str) -> None:
    """The first message has to be a Logon, and a stranger learns nothing."""
    talk = converse(f"""
        > {first}
        < disconnect
    """)
    assert talk.delivered == []


def test_who_connects_and_says_nothing_is_dropped() -> None:
    converse("""
        +9s
        +1s
        < disconnect
    """)


def test_a_logon_below_the_expected_number_ends_with_the_standards_text() -> None:
    """A lost sequence is for people to repair."""
    converse("""
        > Logon
        < Logon
        > Heartbeat
        > disconnect
        > connect
        > Logon   seq=2
        < Logout  seq=2  Text="MsgSeqNum(34) too low, expecting 3 but received 2"
        < disconnect
    """)


def test_a_logon_with_an_old_number_is_no_logon_even_as_a_duplicate() -> None:
    converse("""
        > Logon
        < Logon
        > disconnect
        > connect
        > Logon   seq=1  PossDupFlag=Y
        < Logout  Text~"expecting 2 but received 1"
        < disconnect
    """)


def test_a_logon_above_the_expected_number_is_answered_and_then_the_gap_requested() -> None:
    talk = converse(f"""
        > Logon          seq=5
        < Logon          seq=1
        < ResendRequest  seq=2  BeginSeqNo=1  EndSeqNo=0
        > SequenceReset  seq=1  PossDupFlag=Y  GapFillFlag=Y  NewSeqNo=4
        > {ORDER}        seq=4  PossDupFlag=Y  ClOrdID=A
        > SequenceReset  seq=5  PossDupFlag=Y  GapFillFlag=Y  NewSeqNo=6
        > {ORDER}        seq=6  ClOrdID=B
    """)
    assert delivered(talk) == ["A", "B"]


def test_numbers_go_on_after_a_new_connection() -> None:
    converse("""
        > Logon      seq=1
        < Logon      seq=1
        > disconnect
        > connect
        > Logon      seq=2
        < Logon      seq=2
        > Heartbeat  seq=3
    """)


def test_a_client_may_begin_again_at_one() -> None:
    """ResetSeqNumFlag(141) Y sets both sides' numbers to 1; what was sent before is gone."""
    converse(f"""
        > Logon  seq=1
        < Logon  seq=1
        send {REPORT}  ClOrdID=A  ExecID=1
        < ExecutionReport  seq=2
        > disconnect
        > connect
        > Logon  seq=1  ResetSeqNumFlag=Y
        < Logon  seq=1  ResetSeqNumFlag=Y
        > Heartbeat  seq=2
        > ResendRequest  BeginSeqNo=1  EndSeqNo=0
        < SequenceReset  seq=1  GapFillFlag=Y  NewSeqNo=2
    """)


def test_an_initiator_may_begin_again_at_one() -> None:
    talk = converse("""
        < Logon  seq=1  ResetSeqNumFlag=Y
        > Logon  seq=1  ResetSeqNumFlag=Y
        > TestRequest  seq=2
        < Heartbeat  seq=2
        > disconnect
        > connect
        < Logon  seq=1  ResetSeqNumFlag=Y
        > Logon  seq=1  ResetSeqNumFlag=Y
        > Heartbeat  seq=2
    """, role="initiator", reset_on_logon=True)  # fmt: skip
    assert talk.session.logged_on  # type: ignore[attr-defined]


def test_an_acceptor_that_resets_a_fresh_session_changes_nothing() -> None:
    """The number of our Logon is not used twice."""
    converse("""
        < Logon        seq=1  -ResetSeqNumFlag
        > Logon        seq=1  ResetSeqNumFlag=Y
        > TestRequest  seq=2
        < Heartbeat    seq=2
    """, role="initiator")  # fmt: skip


def test_an_acceptor_that_resets_unasked_is_refused() -> None:
    """What it has not got of ours would be lost."""
    converse("""
        < Logon   seq=1
        > Logon   seq=1
        > disconnect
        > connect
        < Logon   seq=2
        > Logon   seq=1  ResetSeqNumFlag=Y
        < Logout  Text="ResetSeqNumFlag(141) Y was not asked for"
        < disconnect
    """, role="initiator")  # fmt: skip


def test_a_refused_initiator_hangs_up() -> None:
    converse("""
        < Logon
        > Logout  Text="not today"
        < disconnect
    """, role="initiator")  # fmt: skip


def test_an_initiator_that_hears_nothing_hangs_up() -> None:
    converse("""
        < Logon  HeartBtInt=30
        +9s
        +1s
        < disconnect
    """, role="initiator")  # fmt: skip


@pytest.mark.parametrize("again", ["Logon", "Logon ResetSeqNumFlag=Y", "Logon HeartBtInt=abc"])
def test_a_second_logon_ends_the_session(again: str) -> None:
    converse(f"""
        > Logon
        < Logon
        > {again}  seq=2
        < Logout
        < disconnect
    """)


# -- heartbeats


def test_silence_is_tested_and_then_ends() -> None:
    """A TestRequest after 1.2 intervals, the end after 2."""
    converse("""
        > Logon  HeartBtInt=10
        < Logon
        +10s
        < Heartbeat
        +2s
        < TestRequest  TestReqID=*
        +7s
        +1s
        < disconnect
    """)


def test_any_message_ends_silence() -> None:
    converse("""
        > Logon  HeartBtInt=10
        < Logon
        +10s
        < Heartbeat
        +2s
        < TestRequest
        > Heartbeat
        +10s
        < Heartbeat
        +2s
        < TestRequest
        +7s
        > Heartbeat
        +3s
        < Heartbeat
    """)


def test_a_test_request_is_answered_with_its_id() -> None:
    converse("""
        > Logon
        < Logon
        > TestRequest  TestReqID="are you there"
        < Heartbeat    TestReqID="are you there"
    """)


def test_what_we_send_counts_as_a_heartbeat() -> None:
    converse(f"""
        > Logon  HeartBtInt=10
        < Logon
        +8s
        send {REPORT}  ClOrdID=A  ExecID=1
        < ExecutionReport
        > Heartbeat
        +9s
        +1s
        < Heartbeat
    """)


def test_an_interval_of_zero_means_no_heartbeats() -> None:
    converse("""
        > Logon  HeartBtInt=0
        < Logon  HeartBtInt=0
        +24h
        > Heartbeat  SendingTime=now
    """)


def test_an_initiator_keeps_its_own_interval() -> None:
    converse("""
        < Logon      HeartBtInt=20
        > Logon      HeartBtInt=20
        +20s
        < Heartbeat
        +4s
        < TestRequest
        +16s
        < disconnect
    """, role="initiator", heartbeat_s=20)  # fmt: skip


# -- what is not accepted


TYPES = {message.name: msg_type for msg_type, message in default().messages.items()}
REJECTED = {
    "an unknown tag": (f"{ORDER} ClOrdID=A 4999=x", 4999, 3),
    "a tag of other messages": (f"{ORDER} ClOrdID=A 108=30", 108, 2),
    "a missing field": (ORDER, 11, 1),
    "an empty value": (f"{ORDER} ClOrdID=A Text=", 58, 4),
    "a value not in the list": (f"{ORDER.replace('BUY', 'x')} ClOrdID=A", 54, 5),
    "a wrong format": (f"{ORDER.replace('=100', '=1E2')} ClOrdID=A", 38, 6),
    "a TransactTime that the calendar lacks": (f"{ORDER.replace('=now', '=20260231-10:00:00')} ClOrdID=A", 60, 6),
    "an ExpireTime that the calendar lacks": (f"{ORDER} ClOrdID=A ExpireTime=20260231-10:00:00", 126, 6),
    "an EffectiveTime that the calendar lacks": (f"{ORDER} ClOrdID=A EffectiveTime=20250229-10:00:00", 168, 6),
    "a SendingTime that the calendar lacks": (f"{ORDER} ClOrdID=A SendingTime=20260431-10:00:00", 52, 6),
    "an OrigSendingTime that the calendar lacks": (f"{ORDER} ClOrdID=A OrigSendingTime=20260431-10:00:00", 122, 6),
    "a field twice": (f"{ORDER} ClOrdID=A ClOrdID=A", 11, 13),
    "a group that is not there": (f"{ORDER} ClOrdID=A 957=1", 957, 16),
    "a TestRequest without its id": ("TestRequest -TestReqID", 112, 1),
    "a ResendRequest in letters": ("ResendRequest BeginSeqNo=a", 7, 6),
    "a SequenceReset without its number": ("SequenceReset GapFillFlag=Y", 36, 1),
}  # fmt: skip


@pytest.mark.parametrize("case", REJECTED)
def test_a_message_that_breaks_a_rule_is_rejected_and_counted(case: str) -> None:
    """RefSeqNum(45), RefTagID(371), RefMsgType(372), SessionRejectReason(373), Text(58); the next message is next."""
    message, tag, reason = REJECTED[case]
    talk = converse(f"""
        > Logon
        < Logon
        > {message}    seq=2
        < Reject       RefSeqNum=2  RefTagID={tag}  RefMsgType={TYPES[message.split()[0]]}  SessionRejectReason={reason}  Text~({tag})
        > TestRequest  seq=3
        < Heartbeat
    """)
    assert talk.delivered == []


def test_a_tag_that_is_no_number_is_rejected_without_naming_it() -> None:
    converse(f"""
        > Logon
        < Logon
        > raw {finish(f"35=0|49=CLIENT|56=GATEWAY|34=2|52={print_timestamp(START)}|0=x|".replace("|", chr(1))).decode("latin-1").replace(chr(1), "|")}
        < Reject       RefSeqNum=2  -RefTagID  SessionRejectReason=0
        > TestRequest  seq=3
        < Heartbeat
    """)


def test_the_order_of_header_and_body_is_kept_and_the_number_found_all_the_same() -> None:
    """A header field behind the body is out of order; the message still counts."""
    stamp = print_timestamp(START)
    data = finish(f"35=0\x0149=CLIENT\x0156=GATEWAY\x01112=x\x0134=2\x0152={stamp}\x01").decode().replace("\x01", "|")
    converse(f"""
        > Logon
        < Logon
        > raw {data}
        < Reject       RefSeqNum=2  RefTagID=34  SessionRejectReason=14
        > TestRequest  seq=3
        < Heartbeat
    """)


def test_a_wrong_message_ahead_of_a_gap_is_rejected_when_its_turn_comes() -> None:
    converse("""
        > Logon
        < Logon
        > TestRequest    seq=3  -TestReqID
        < ResendRequest  BeginSeqNo=2
        > Heartbeat      seq=2  PossDupFlag=Y
        > TestRequest    seq=3  PossDupFlag=Y  -TestReqID
        < Reject         RefSeqNum=3  RefTagID=112  SessionRejectReason=1
    """)


@pytest.mark.parametrize("msg_type", ["E", "k", "AE", "R"])
def test_a_message_of_fix_that_we_do_not_take_is_refused_by_the_application(msg_type: str) -> None:
    """BusinessMessageReject with Unsupported Message Type, although its fields are unknown, too."""
    talk = converse(f"""
        > Logon
        < Logon
        > 35={msg_type}          seq=2  66=LIST  394=1  548=x
        < BusinessMessageReject  RefSeqNum=2  RefMsgType={msg_type}  BusinessRejectReason=3
        > TestRequest            seq=3
        < Heartbeat
    """)
    assert talk.delivered == []


@pytest.mark.parametrize("msg_type", ["ZZ", "!", "0 ", "DD", "x" * 32])
def test_a_message_that_fix_does_not_have_is_rejected(msg_type: str) -> None:
    converse(f"""
        > Logon
        < Logon
        > '35={msg_type}'  seq=2  66=LIST
        < Reject           RefSeqNum=2  RefTagID=35  '372={msg_type}'  SessionRejectReason=11
        > TestRequest      seq=3
        < Heartbeat
    """)


def test_a_message_type_without_end_is_not_repeated() -> None:
    """Nobody makes us send more than was sent to us."""
    converse(f"""
        > Logon
        < Logon
        > 35={"x" * 8000}  seq=2
        < Reject  RefSeqNum=2  RefTagID=35  -RefMsgType  SessionRejectReason=11  Text="MsgType(35) '{"x" * 32}' is not a message of FIX.4.4"
    """)


@pytest.mark.parametrize("field", ["SenderCompID=STRANGER", "TargetCompID=ELSEWHERE"])
def test_another_identity_in_mid_session_ends_it(field: str) -> None:
    """Reject with CompID problem, then Logout."""
    talk = converse(f"""
        > Logon
        < Logon
        > {ORDER}  ClOrdID=A  {field}
        < Reject   RefSeqNum=2  SessionRejectReason=9
        < Logout
        < disconnect
    """)
    assert talk.delivered == []


@pytest.mark.parametrize(("offset", "accepted"), [(-120, True), (120, True), (-121, False), (121, False)])
def test_a_clock_may_be_two_minutes_off(offset: int, accepted: bool) -> None:
    """SendingTime(52) accuracy: Reject, then Logout."""
    talk = converse("""
        > Logon  HeartBtInt=0
        < Logon
        +300s
    """)
    talk.run(f"> {ORDER}  ClOrdID=A  SendingTime={300 + offset:+}s") if accepted else talk.run(f"""
        > {ORDER}  ClOrdID=A  SendingTime={300 + offset:+}s
        < Reject  RefSeqNum=2  RefTagID=52  SessionRejectReason=10
        < Logout
        < disconnect
    """)
    assert delivered(talk) == (["A"] if accepted else [])


def test_another_version_in_mid_session_ends_it() -> None:
    converse("""
        > Logon
        < Logon
        > Heartbeat  BeginString=FIX.4.2
        < Logout     Text="BeginString(8) must be FIX.4.4"
        < disconnect
    """)


def test_a_garbled_message_changes_nothing() -> None:
    """Its number is asked for when the next one shows the gap."""
    converse("""
        > Logon
        < Logon
        > Heartbeat      seq=2  CheckSum=000
        > Heartbeat      seq=3
        < ResendRequest  BeginSeqNo=2
    """)


def test_a_reject_goes_to_the_application() -> None:
    """What of ours was refused is the application's to know; a Reject that is wrong itself is not rejected."""
    talk = converse("""
        > Logon
        < Logon
        > Reject       RefSeqNum=1  Text=no
        > Reject       RefSeqNum=x
        > TestRequest  seq=4
        < Heartbeat
    """)
    assert [message.msg_type for message in talk.delivered] == ["3"]


# -- Logout


def test_a_logout_is_answered_and_then_we_hang_up() -> None:
    converse("""
        > Logon
        < Logon
        > Logout
        < Logout  seq=2
        < disconnect
    """)


def test_a_logout_that_breaks_a_rule_is_a_logout() -> None:
    converse("""
        > Logon
        < Logon
        > Logout  Text=
        < Logout  Text="Text(58) has no value"
        < disconnect
    """)


def test_a_logout_ahead_of_a_gap_is_answered() -> None:
    """What is missing is asked for at the next Logon."""
    converse("""
        > Logon
        < Logon
        > Logout         seq=5
        < Logout
        < disconnect
        > connect
        > Logon          seq=6
        < Logon
        < ResendRequest  BeginSeqNo=2
    """)


def test_our_logout_waits_for_the_answer() -> None:
    """And takes what was under way before it."""
    talk = converse(f"""
        > Logon
        < Logon
        logout "end of day"
        < Logout       Text="end of day"
        > {ORDER}      ClOrdID=A
        > TestRequest
        < Heartbeat
        > Logout
        < disconnect
    """)
    assert delivered(talk) == ["A"]


def test_our_logout_is_not_waited_for_without_end() -> None:
    converse("""
        > Logon
        < Logon
        logout
        < Logout  -Text
        +1999ms
        +1ms
        < disconnect
    """)


def test_logout_before_a_logon_is_hanging_up() -> None:
    converse("""
        logout
        < disconnect
    """)


def from_them(msg_type: str, seq: int, body: str, now: Ns) -> bytes:
    return finish(f"35={msg_type}\x0149=THEM\x0156=US\x0134={seq}\x0152={print_timestamp(now)}\x01{body}")


def hello(session: Session) -> None:
    session.connected(START)
    session.received(from_them("A", 1, "98=0\x01108=30\x01", START), START)
    session.take()


def test_after_the_end_nothing_is_taken() -> None:
    """Bytes that were read in one go with the message that ended it."""
    session = Session(SessionConfig(sender="US", target="THEM"), default())
    hello(session)
    for seq, msg_type in ((2, "5"), (3, "1")):
        session.received(from_them(msg_type, seq, "112=x\x01" if msg_type == "1" else "", START), START)
    assert [decode(data).msg_type for data in session.take()] == ["5"]
    assert session.hangup and session.expected_seq == 3
    assert session.wake_at() is None


def test_a_connection_is_identified_by_its_first_message() -> None:
    assert identify(from_them("A", 1, "98=0\x01", START)) == ("A", "THEM", "US")
    assert identify(finish("35=A\x0149=THEM\x01")) is None
