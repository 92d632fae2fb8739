"""NextExpectedMsgSeqNum and LastMsgSeqNumProcessed: rules S-14."""

from tests.conversation.rules import rule
from tests.session_rules.words import ORDER, REPORT, Converse, ids


@rule("S-14.1", "S-14.2")
def test_both_logons_say_what_is_expected_next(converse: Converse) -> None:
    converse("""
        > Logon        seq=1  NextExpectedMsgSeqNum=1
        < Logon        seq=1  NextExpectedMsgSeqNum=2
        > TestRequest  seq=2
        < Heartbeat    seq=2
        > disconnect
        > connect
        > Logon        seq=3  NextExpectedMsgSeqNum=3
        < Logon        seq=3  NextExpectedMsgSeqNum=4
        > TestRequest  seq=4
        < Heartbeat    seq=4
    """, next_expected=True)  # fmt: skip


@rule("S-14.1")
def test_an_initiator_says_what_it_expects(converse: Converse) -> None:
    converse("""
        < Logon        seq=1  NextExpectedMsgSeqNum=1
        > Logon        seq=1  NextExpectedMsgSeqNum=2
        > Heartbeat    seq=2
        > disconnect
        > connect
        < Logon        seq=2  NextExpectedMsgSeqNum=3
        > Logon        seq=3  NextExpectedMsgSeqNum=3
        > TestRequest  seq=4
        < Heartbeat    seq=3
    """, role="initiator", next_expected=True)  # fmt: skip


@rule("S-14.1")
def test_who_does_not_use_it_is_not_bothered_with_it(converse: Converse) -> None:
    converse("""
        > Logon  seq=1  NextExpectedMsgSeqNum=1
        < Logon  seq=1  -NextExpectedMsgSeqNum
    """)


@rule("S-14.3")
def test_what_the_counterparty_lacks_is_sent_unasked(converse: Converse) -> None:
    """Our Logon has the next number, so what comes again has lower ones; the Logon itself is not sent again."""
    converse(f"""
        > Logon            seq=1  NextExpectedMsgSeqNum=1
        < Logon            seq=1
        send {REPORT}      ClOrdID=A  ExecID=1
        < ExecutionReport  seq=2
        > disconnect
        send {REPORT}      ClOrdID=A  ExecID=2
        > connect
        > Logon            seq=2  NextExpectedMsgSeqNum=2
        < Logon            seq=4  NextExpectedMsgSeqNum=3
        < ExecutionReport  seq=2  ExecID=1  PossDupFlag=Y
        < ExecutionReport  seq=3  ExecID=2  PossDupFlag=Y
        < SequenceReset    seq=4  GapFillFlag=Y  NewSeqNo=5
        > TestRequest      seq=3
        < Heartbeat        seq=5
    """, next_expected=True)  # fmt: skip


@rule("S-14.3")
def test_an_initiator_sends_unasked_what_the_answer_lacks(converse: Converse) -> None:
    converse(f"""
        < Logon            seq=1
        > Logon            seq=1  NextExpectedMsgSeqNum=2
        send {REPORT}      ClOrdID=A  ExecID=1
        < ExecutionReport  seq=2
        > disconnect
        > connect
        < Logon            seq=3  NextExpectedMsgSeqNum=2
        > Logon            seq=2  NextExpectedMsgSeqNum=2
        < ExecutionReport  seq=2  ExecID=1  PossDupFlag=Y
        < SequenceReset    seq=3  GapFillFlag=Y  NewSeqNo=4
        > TestRequest      seq=3
        < Heartbeat        seq=4
    """, role="initiator", next_expected=True)  # fmt: skip


@rule("S-14.4")
def test_expecting_what_we_never_sent_is_refused(converse: Converse) -> None:
    """One side has lost its numbers."""
    converse("""
        > Logon   seq=1  NextExpectedMsgSeqNum=12
        < Logout  seq=1  Text="NextExpectedMsgSeqNum(789) too high, expecting 1 but received 12"
        < disconnect
    """, next_expected=True)  # fmt: skip


@rule("S-14.4")
def test_an_initiator_refuses_it_too(converse: Converse) -> None:
    converse("""
        < Logon   seq=1
        > Logon   seq=1  NextExpectedMsgSeqNum=3
        < Logout  seq=2  Text~"NextExpectedMsgSeqNum(789) too high"
        < disconnect
    """, role="initiator", next_expected=True)  # fmt: skip


@rule("S-14.5")
def test_what_we_lack_is_not_asked_for(converse: Converse) -> None:
    """Our Logon has told it; asking as well would bring it twice."""
    talk = converse(f"""
        > Logon          seq=4  NextExpectedMsgSeqNum=1
        < Logon          seq=1  NextExpectedMsgSeqNum=1
        > {ORDER}        seq=1  ClOrdID=A  PossDupFlag=Y
        > SequenceReset  seq=2  PossDupFlag=Y  GapFillFlag=Y  NewSeqNo=5
        > {ORDER}        seq=5  ClOrdID=B
    """, next_expected=True)  # fmt: skip
    assert ids(talk) == ["A", "B"]


@rule("S-14.5")
def test_what_does_not_come_by_itself_is_asked_for_after_all(converse: Converse) -> None:
    converse("""
        > Logon          seq=4  HeartBtInt=60  NextExpectedMsgSeqNum=1
        < Logon          seq=1  NextExpectedMsgSeqNum=1
        > Heartbeat      seq=5
        +30s
        > Heartbeat      seq=6
        < ResendRequest  BeginSeqNo=1
    """, next_expected=True)  # fmt: skip


@rule("S-14.5")
def test_a_counterparty_that_does_not_say_it_is_asked_as_ever(converse: Converse) -> None:
    """Without 789 in its own Logon it will not heed ours."""
    converse("""
        > Logon          seq=4
        < Logon          seq=1  NextExpectedMsgSeqNum=1
        < ResendRequest  BeginSeqNo=1
    """, next_expected=True)  # fmt: skip


@rule("S-14.6")
def test_a_reset_and_what_is_expected_next_go_together(converse: Converse) -> None:
    converse("""
        > Logon   seq=1  NextExpectedMsgSeqNum=1
        < Logon   seq=1
        > Heartbeat  seq=2
        > disconnect
        > connect
        > Logon   seq=1  ResetSeqNumFlag=Y  NextExpectedMsgSeqNum=1
        < Logon   seq=1  ResetSeqNumFlag=Y  NextExpectedMsgSeqNum=2
        > TestRequest  seq=2
        < Heartbeat    seq=2
    """, next_expected=True)  # fmt: skip


@rule("S-14.6")
def test_an_initiator_that_resets_expects_one(converse: Converse) -> None:
    converse("""
        < Logon        seq=1  ResetSeqNumFlag=Y  NextExpectedMsgSeqNum=1
        > Logon        seq=1  ResetSeqNumFlag=Y  NextExpectedMsgSeqNum=2
        > TestRequest  seq=2
        < Heartbeat    seq=2
    """, role="initiator", next_expected=True, reset_on_logon=True)  # fmt: skip


@rule("S-14.7")
def test_every_header_says_what_was_processed_last(converse: Converse) -> None:
    """Beyond a gap nothing has been."""
    converse(f"""
        > Logon            seq=1  HeartBtInt=10
        < Logon            seq=1  LastMsgSeqNumProcessed=1
        > TestRequest      seq=2
        < Heartbeat        seq=2  LastMsgSeqNumProcessed=2
        > Heartbeat        seq=3
        > Heartbeat        seq=4
        +10s
        < Heartbeat        seq=3  LastMsgSeqNumProcessed=4
        > {ORDER}          seq=5  ClOrdID=A
        send {REPORT}      ClOrdID=A  ExecID=1
        < ExecutionReport  seq=4  LastMsgSeqNumProcessed=5
        > Heartbeat        seq=9
        < ResendRequest    seq=5  LastMsgSeqNumProcessed=5
        > ResendRequest    seq=6  BeginSeqNo=4  EndSeqNo=5
        < ExecutionReport  seq=4  PossDupFlag=Y  LastMsgSeqNumProcessed=6
        < SequenceReset    seq=5  LastMsgSeqNumProcessed=6
        > SequenceReset    seq=7  PossDupFlag=Y  GapFillFlag=Y  NewSeqNo=10
        > Logout           seq=10
        < Logout           seq=6  LastMsgSeqNumProcessed=10
        < disconnect
    """, last_processed=True)  # fmt: skip


@rule("S-14.7")
def test_nothing_is_said_of_what_was_processed_where_nobody_asks(converse: Converse) -> None:
    converse("""
        > Logon  LastMsgSeqNumProcessed=0
        < Logon  -LastMsgSeqNumProcessed
    """)
