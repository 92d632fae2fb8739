"""Rejects and business rejects, ours and theirs: rules S-5."""

import msgspec
import pytest

from gateway.fix.dictionary import default
from tests.conversation.rules import rule
from tests.session_rules.words import ORDER, Converse


@rule("S-5.1")
def test_a_reject_goes_to_the_application(converse: Converse) -> None:
    """What of ours was refused is the application's to know; two sides that reject each other's Rejects would not end."""
    talk = converse("""
        > Logon
        < Logon
        > Reject       RefSeqNum=1  Text=no
        > Reject       RefSeqNum=x
        > Reject
        > TestRequest  seq=5
        < Heartbeat
    """)
    assert [message.msg_type for message in talk.delivered] == ["3"]


@rule("S-5.2")
def test_a_reject_says_which_message_and_why(converse: Converse) -> None:
    """And the number is used."""
    converse(f"""
        > Logon
        < Logon
        > {ORDER}      seq=2
        < Reject       RefSeqNum=2  RefTagID=11  RefMsgType=D  SessionRejectReason=1  Text="ClOrdID(11) is missing"
        > TestRequest  seq=3
        < Heartbeat
    """)


# SessionRejectReason(373) by its description in FIX 4.4 volume 2, and a message for it.
STANDARD_WORDS = {
    "4999=x": "Invalid tag number",
    "108=30": "Tag not defined for this message type",
    "Side=x": "Value is incorrect (out of range) for this tag",
    "OrderQty=x": "Incorrect data format for value",
    "Text=": "Tag specified without a value",
    "ClOrdID=A": "Tag appears more than once",
    "957=1": "Incorrect NumInGroup count for repeating group",
    "SendingTime=-200s": "SendingTime accuracy problem",
    "SenderCompID=X": "CompID problem",
}


@rule("S-5.3")
@pytest.mark.parametrize("words", STANDARD_WORDS)
def test_a_reject_may_say_it_in_the_standards_words(converse: Converse, words: str) -> None:
    order = ORDER.replace("Side=BUY", "" if words == "Side=x" else "Side=BUY").replace(
        "OrderQty=100", "" if words == "OrderQty=x" else "OrderQty=100"
    )
    ends = "" if "SendingTime" not in words and "CompID" not in words else "< Logout\n< disconnect"
    converse(f"""
        > Logon
        < Logon
        > {order}  ClOrdID=A  {words}
        < Reject   RefSeqNum=2  Text="{STANDARD_WORDS[words]}"
        {ends}
    """, plain_text=True)  # fmt: skip


@rule("S-5.3")
def test_a_missing_field_and_an_unknown_message_have_words_of_the_standard_too(converse: Converse) -> None:
    """The reasons that no message above gives."""
    converse("""
        > Logon
        < Logon
        > TestRequest  -TestReqID
        < Reject       SessionRejectReason=1   Text="Required tag missing"
        > 35=ZZ
        < Reject       SessionRejectReason=11  Text="Invalid MsgType"
    """, plain_text=True)  # fmt: skip


@rule("S-5.3")
def test_plain_refusals_name_nothing_that_quickfix_does_not(converse: Converse) -> None:
    converse("""
        > Logon
        < Logon
        > ListStatusRequest      seq=2  ListID=L
        refuse 3 "Unsupported Message Type"
        < BusinessMessageReject  RefMsgType=M  -BusinessRejectRefID
        > SequenceReset          seq=3  -GapFillFlag  NewSeqNo=1
        < Reject                 -RefTagID  SessionRejectReason=5
        > Heartbeat              seq=1
        < Logout                 Text="MsgSeqNum too low, expecting 3 but received 1"
        < disconnect
    """, plain_text=True)  # fmt: skip


@rule("S-5.3")
def test_a_plain_session_does_not_answer_a_wrong_logon(converse: Converse) -> None:
    converse("""
        > Logon  EncryptMethod=1
        < disconnect
    """, plain_text=True)  # fmt: skip


@rule("S-5.4")
def test_a_message_type_without_end_is_not_repeated(converse: Converse) -> None:
    """Nobody makes us send more than was sent to us."""
    converse(f"""
        > Logon
        < Logon
        > 35={"x" * 33}  seq=2
        < Reject  RefSeqNum=2  -RefMsgType  SessionRejectReason=11
        > 35={"x" * 7900}  seq=3
        < Reject  RefSeqNum=3  -RefMsgType  SessionRejectReason=11  Text~"'{"x" * 32}'"
    """)


@rule("S-5.5")
@pytest.mark.parametrize("hold", [0, 10])
def test_a_wrong_message_ahead_of_a_gap_is_rejected_when_its_turn_comes(converse: Converse, hold: int) -> None:
    converse(f"""
        > Logon
        < Logon
        > TestRequest    seq=3  -TestReqID
        < ResendRequest  BeginSeqNo=2  EndSeqNo={2 if hold else 0}
        > Heartbeat      seq=2  PossDupFlag=Y
        {"" if hold else "> TestRequest    seq=3  PossDupFlag=Y  -TestReqID"}
        < Reject         RefSeqNum=3  RefTagID=112  SessionRejectReason=1
        > TestRequest    seq=4
        < Heartbeat
    """, hold=hold)  # fmt: skip


@rule("S-5.5", "S-2.4")
def test_a_wrong_message_that_fills_a_gap_is_rejected_and_what_was_held_follows(converse: Converse) -> None:
    converse(f"""
        > Logon
        < Logon
        > TestRequest    seq=3  TestReqID=HELLO1
        < ResendRequest  BeginSeqNo=2  EndSeqNo=2
        > {ORDER}        seq=2  PossDupFlag=Y  ClOrdID=A  ExpireTime=20040415
        < Reject         RefSeqNum=2  RefTagID=126  SessionRejectReason=6
        < Heartbeat      TestReqID=HELLO1
        > TestRequest    seq=4  TestReqID=HELLO2
        < Heartbeat      TestReqID=HELLO2
    """, hold=10)  # fmt: skip


@rule("S-5.6", "S-2.14")
def test_what_our_application_does_not_take_it_refuses(converse: Converse) -> None:
    """The message is valid, so its number is used and no Reject is due."""
    talk = converse("""
        > Logon
        < Logon
        > TradingSessionStatusRequest  seq=2  TradSesReqID=S1  SubscriptionRequestType=0
        refuse 3 Unsupported Message Type
        < BusinessMessageReject  RefSeqNum=2  RefMsgType=g  BusinessRejectRefID=S1  BusinessRejectReason=3  Text="Unsupported Message Type"
        > TestRequest  seq=3
        < Heartbeat
    """)
    assert len(talk.delivered) == 1


@rule("S-2.14")
def test_a_message_that_our_dictionary_leaves_out_is_refused(converse: Converse) -> None:
    """FIX has it, so it is no invalid MsgType; its fields may be unknown, too."""
    known = default()
    fewer = {msg_type: message for msg_type, message in known.messages.items() if msg_type != "AE"}
    talk = converse("""
        > Logon
        < Logon
        > TradeCaptureReport  seq=2  TradeReportID=T1  ListID=x
        < BusinessMessageReject  RefSeqNum=2  RefMsgType=AE  BusinessRejectReason=3  Text="Unsupported Message Type"
        > TestRequest  seq=3
        < Heartbeat
    """, speaks=msgspec.structs.replace(known, messages=fewer))  # fmt: skip
    assert talk.delivered == []
