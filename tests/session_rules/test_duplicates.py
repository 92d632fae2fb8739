"""PossDupFlag and PossResend: rules S-10."""

import pytest

from tests.conversation.rules import rule
from tests.session_rules.words import ORDER, Converse, ids


@rule("S-10.1")
def test_a_duplicate_already_seen_is_ignored(converse: Converse) -> None:
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
    assert ids(talk) == ["A"]


@rule("S-10.1")
@pytest.mark.parametrize("field", ["SendingTime", "OrigSendingTime"])
def test_what_is_wrong_with_a_duplicate_already_seen_is_not_looked_at(converse: Converse, field: str) -> None:
    converse(f"""
        > Logon
        < Logon
        > Heartbeat    seq=1  PossDupFlag=Y  {field}=20260231-10:00:00
        > TestRequest  seq=1  PossDupFlag=Y  -TestReqID
        > TestRequest  seq=2
        < Heartbeat
    """)


@rule("S-10.2")
def test_a_duplicate_not_seen_is_processed(converse: Converse) -> None:
    """Unasked, too: the counterparty may know of a loss before we do."""
    talk = converse(f"""
        > Logon
        < Logon
        > {ORDER}      seq=2  ClOrdID=A  PossDupFlag=Y
        > TestRequest  seq=3  PossDupFlag=Y
        < Heartbeat
        > {ORDER}      seq=4  ClOrdID=B  PossDupFlag=N
    """)
    assert ids(talk) == ["A", "B"]


@rule("S-10.3")
@pytest.mark.parametrize("seq", [2, 3])
def test_a_duplicate_sent_before_it_was_first_sent_ends_the_session(converse: Converse, seq: int) -> None:
    """Seen or not."""
    talk = converse(f"""
        > Logon
        < Logon
        > {ORDER}    seq=2  ClOrdID=A
        > {ORDER}    seq={seq}  ClOrdID=B  PossDupFlag=Y  OrigSendingTime=+1s
        < Reject     RefSeqNum={seq}  RefTagID=122  RefMsgType=D  SessionRejectReason=10
        < Logout     Text="OrigSendingTime(122) is later than SendingTime(52)"
        < disconnect
    """)
    assert ids(talk) == ["A"]


@rule("S-10.4")
def test_a_seen_duplicate_without_its_first_sending_time_is_rejected(converse: Converse) -> None:
    """Numbers stay as they are."""
    talk = converse(f"""
        > Logon
        < Logon
        > {ORDER}      seq=2  ClOrdID=A
        > {ORDER}      seq=2  ClOrdID=A  PossDupFlag=Y  -OrigSendingTime
        < Reject       RefSeqNum=2  RefTagID=122  SessionRejectReason=1
        > TestRequest  seq=3
        < Heartbeat
    """)
    assert ids(talk) == ["A"]


@rule("S-10.4")
def test_a_new_duplicate_without_its_first_sending_time_is_rejected_and_counts(converse: Converse) -> None:
    talk = converse(f"""
        > Logon
        < Logon
        > {ORDER}      seq=2  ClOrdID=A  PossDupFlag=Y  -OrigSendingTime
        < Reject       RefSeqNum=2  RefTagID=122  RefMsgType=D  SessionRejectReason=1
        > TestRequest  seq=3
        < Heartbeat
    """)
    assert talk.delivered == []


@rule("S-10.5")
def test_a_possible_resend_is_the_applications_to_judge(converse: Converse) -> None:
    talk = converse(f"""
        > Logon
        < Logon
        > {ORDER}      seq=2  ClOrdID=A
        > {ORDER}      seq=3  ClOrdID=A  PossResend=Y
        > {ORDER}      seq=4  ClOrdID=B  PossResend=Y
        > TestRequest  seq=5
        < Heartbeat
    """)
    assert [(message.get(11), message.get(97)) for message in talk.delivered] == [("A", None), ("A", "Y"), ("B", "Y")]
