"""SequenceReset, gap fill and reset: rules S-7."""

import pytest

from tests.conversation.rules import rule
from tests.session_rules.words import ORDER, Converse, ids


@rule("S-7.1")
def test_a_gap_fill_moves_the_expected_number(converse: Converse) -> None:
    """Inside of a resend, as its end, or for no reason that we know."""
    converse("""
        > Logon
        < Logon
        > SequenceReset  seq=2  GapFillFlag=Y  NewSeqNo=7
        > TestRequest    seq=7
        < Heartbeat
        > Heartbeat      seq=10
        < ResendRequest  BeginSeqNo=8
        > SequenceReset  seq=8  PossDupFlag=Y  GapFillFlag=Y  NewSeqNo=11
        > TestRequest    seq=11
        < Heartbeat
    """)


@rule("S-7.1")
def test_gap_fills_between_resent_messages_need_no_poss_dup_flag(converse: Converse) -> None:
    """Some engines leave it out."""
    talk = converse(f"""
        > Logon
        < Logon
        > Heartbeat      seq=6
        < ResendRequest  BeginSeqNo=2
        > {ORDER}        seq=2  PossDupFlag=Y  ClOrdID=A
        > SequenceReset  seq=3  GapFillFlag=Y  NewSeqNo=4
        > {ORDER}        seq=4  PossDupFlag=Y  ClOrdID=B
        > SequenceReset  seq=5  GapFillFlag=Y  NewSeqNo=7
        > {ORDER}        seq=7  ClOrdID=C
    """)
    assert ids(talk) == ["A", "B", "C"]


@rule("S-7.2")
def test_a_gap_fill_ahead_of_its_time_shows_a_gap(converse: Converse) -> None:
    converse("""
        > Logon
        < Logon
        > SequenceReset  seq=5  GapFillFlag=Y  NewSeqNo=9
        < ResendRequest  BeginSeqNo=2
        > TestRequest    seq=9
        > SequenceReset  seq=2  PossDupFlag=Y  GapFillFlag=Y  NewSeqNo=10
        > TestRequest    seq=10
        < Heartbeat
    """)


@rule("S-7.2", "S-2.4")
def test_a_gap_fill_ahead_of_its_time_may_be_held(converse: Converse) -> None:
    converse("""
        > Logon
        < Logon
        > SequenceReset  seq=4  GapFillFlag=Y  NewSeqNo=9
        < ResendRequest  BeginSeqNo=2  EndSeqNo=3
        > SequenceReset  seq=2  PossDupFlag=Y  GapFillFlag=Y  NewSeqNo=4
        > TestRequest    seq=9
        < Heartbeat
    """, hold=5)  # fmt: skip


@rule("S-7.3")
def test_a_gap_fill_already_seen_is_ignored(converse: Converse) -> None:
    converse("""
        > Logon
        < Logon
        > Heartbeat      seq=2
        > SequenceReset  seq=1  PossDupFlag=Y  GapFillFlag=Y  NewSeqNo=20
        > TestRequest    seq=3
        < Heartbeat
    """)


@rule("S-7.4")
def test_a_gap_fill_below_the_expected_number_ends_the_session(converse: Converse) -> None:
    converse("""
        > Logon
        < Logon
        > SequenceReset  seq=1  GapFillFlag=Y  NewSeqNo=9
        < Logout         Text="MsgSeqNum(34) too low, expecting 2 but received 1"
        < disconnect
    """)


@rule("S-7.5")
@pytest.mark.parametrize("new", [0, 1, 2])
def test_a_gap_fill_that_leads_nowhere_is_rejected(converse: Converse, new: int) -> None:
    """The message itself counts."""
    converse(f"""
        > Logon
        < Logon
        > SequenceReset  seq=2  GapFillFlag=Y  NewSeqNo={new}
        < Reject         RefSeqNum=2  RefTagID=36  RefMsgType=4  SessionRejectReason=5
        > TestRequest    seq=3
        < Heartbeat
    """)


@rule("S-7.6")
@pytest.mark.parametrize("flag", ["GapFillFlag=N", "-GapFillFlag"])
@pytest.mark.parametrize("seq", [0, 1, 2, 99])
def test_a_reset_counts_whatever_its_own_number(converse: Converse, flag: str, seq: int) -> None:
    """A counterparty that resets may not know its numbers, so 0 serves as well."""
    converse(f"""
        > Logon
        < Logon
        > SequenceReset  seq={seq}  {flag}  NewSeqNo=20
        > TestRequest    seq=20
        < Heartbeat
    """)


@rule("S-7.6")
def test_a_reset_may_be_a_possible_duplicate(converse: Converse) -> None:
    """As an answer to our ResendRequest it is one, and nothing says when it was sent first."""
    converse("""
        > Logon
        < Logon
        > Heartbeat      seq=9
        < ResendRequest  BeginSeqNo=2
        > SequenceReset  seq=2  PossDupFlag=Y  -OrigSendingTime  NewSeqNo=10
        > TestRequest    seq=10
        < Heartbeat
    """)


@rule("S-7.6")
def test_a_reset_ends_a_gap(converse: Converse) -> None:
    converse("""
        > Logon
        < Logon
        > Heartbeat      seq=9
        < ResendRequest  BeginSeqNo=2
        > SequenceReset  seq=10  NewSeqNo=10
        > Heartbeat      seq=12
        < ResendRequest  BeginSeqNo=10
    """)


@rule("S-7.7")
@pytest.mark.parametrize("flag", ["GapFillFlag=N", "-GapFillFlag"])
def test_a_reset_to_the_expected_number_changes_nothing(converse: Converse, flag: str) -> None:
    converse(f"""
        > Logon
        < Logon
        > SequenceReset  seq=0  {flag}  NewSeqNo=2
        > TestRequest    seq=2
        < Heartbeat
    """)


@rule("S-7.8")
@pytest.mark.parametrize("flag", ["GapFillFlag=N", "-GapFillFlag"])
def test_a_reset_to_a_lower_number_is_rejected(converse: Converse, flag: str) -> None:
    converse(f"""
        > Logon
        < Logon
        > Heartbeat      seq=2
        > SequenceReset  seq=0  {flag}  NewSeqNo=1
        < Reject         RefSeqNum=0  RefTagID=36  RefMsgType=4  SessionRejectReason=5  Text~"NewSeqNo(36) 1 is below the expected 3"
        > SequenceReset  seq=3  {flag}  NewSeqNo=2
        < Reject         RefSeqNum=3  SessionRejectReason=5
        > TestRequest    seq=3
        < Heartbeat
    """)
