"""Setting both numbers back to 1: rules S-13."""

import pytest

from tests.conversation.rules import rule
from tests.session_rules.words import ORDER, REPORT, Converse, ids


@rule("S-13.1")
def test_a_client_may_begin_again_at_one(converse: Converse) -> None:
    """What was sent before is gone."""
    converse(f"""
        > Logon            seq=1
        < Logon            seq=1
        send {REPORT}      ClOrdID=A  ExecID=1
        < ExecutionReport  seq=2
        > disconnect
        > connect
        > Logon            seq=1  ResetSeqNumFlag=Y
        < Logon            seq=1  ResetSeqNumFlag=Y
        > Heartbeat        seq=2
        > ResendRequest    seq=3  BeginSeqNo=1  EndSeqNo=0
        < SequenceReset    seq=1  GapFillFlag=Y  NewSeqNo=2
    """)


@rule("S-13.1")
def test_a_flag_of_no_is_no_reset(converse: Converse) -> None:
    converse("""
        > Logon   seq=1  ResetSeqNumFlag=N
        < Logon   seq=1  -ResetSeqNumFlag
        > disconnect
        > connect
        > Logon   seq=1  ResetSeqNumFlag=N
        < Logout  Text~"expecting 2 but received 1"
        < disconnect
    """)


@rule("S-13.1", "S-6.5")
def test_a_reset_loses_nothing_that_had_not_left_us(converse: Converse) -> None:
    """What was sent while nobody was there gets numbers of the new sequence."""
    converse(f"""
        > Logon            seq=1
        < Logon            seq=1
        send {REPORT}      ClOrdID=A  ExecID=1
        < ExecutionReport  seq=2
        > disconnect
        send {REPORT}      ClOrdID=A  ExecID=2
        > connect
        > Logon            seq=1  ResetSeqNumFlag=Y
        < Logon            seq=1  ResetSeqNumFlag=Y
        < ExecutionReport  seq=2  ExecID=2  -PossDupFlag
        > ResendRequest    seq=2  BeginSeqNo=1  EndSeqNo=0
        < SequenceReset    seq=1  NewSeqNo=2
        < ExecutionReport  seq=2  ExecID=2  PossDupFlag=Y
    """)


@rule("S-13.1", "S-6.5")
def test_a_second_reset_loses_nothing_that_had_not_left_us(converse: Converse) -> None:
    """However far the numbers had come before the first one."""
    converse(f"""
        > Logon            seq=1
        < Logon            seq=1
        > TestRequest      seq=2
        < Heartbeat        seq=2
        > TestRequest      seq=3
        < Heartbeat        seq=3
        > disconnect
        > connect
        > Logon            seq=1  ResetSeqNumFlag=Y
        < Logon            seq=1  ResetSeqNumFlag=Y
        > disconnect
        send {REPORT}      ClOrdID=A  ExecID=1
        > connect
        > Logon            seq=1  ResetSeqNumFlag=Y
        < Logon            seq=1  ResetSeqNumFlag=Y
        < ExecutionReport  seq=2  ExecID=1
    """)


@rule("S-13.1", "S-6.5")
def test_a_message_has_not_left_us_because_a_later_one_has(converse: Converse) -> None:
    """Our Logon did, with a higher number; the connection broke before anybody asked for what was before it."""
    converse(f"""
        > Logon            seq=1
        < Logon            seq=1
        > disconnect
        send {REPORT}      ClOrdID=A  ExecID=1
        > connect
        > Logon            seq=2
        < Logon            seq=3
        > disconnect
        > connect
        > Logon            seq=1  ResetSeqNumFlag=Y
        < Logon            seq=1  ResetSeqNumFlag=Y
        < ExecutionReport  seq=2  ExecID=1
    """)


@rule("S-13.2")
def test_a_reset_at_another_number_is_refused(converse: Converse) -> None:
    """And nothing is reset."""
    converse("""
        > Logon   seq=1
        < Logon   seq=1
        > disconnect
        > connect
        > Logon   seq=2  ResetSeqNumFlag=Y
        < Logout  seq=2  Text~"MsgSeqNum(34) must be 1"
        < disconnect
        > connect
        > Logon   seq=2
        < Logon   seq=3
    """)


@rule("S-13.2")
@pytest.mark.parametrize("fault", ["EncryptMethod=1", "HeartBtInt=99999", "SendingTime=-200s", "BeginString=FIX.4.2"])
def test_a_reset_with_any_fault_resets_nothing(converse: Converse, fault: str) -> None:
    converse(f"""
        > Logon   seq=1
        < Logon   seq=1
        > disconnect
        > connect
        > Logon   seq=1  ResetSeqNumFlag=Y  {fault}
        < Logout  seq=2
        < disconnect
        > connect
        > Logon   seq=2
        < Logon   seq=3
    """)


@rule("S-13.2")
def test_resets_may_be_forbidden(converse: Converse) -> None:
    converse("""
        > Logon   seq=1
        < Logon   seq=1
        > Logon   seq=1  ResetSeqNumFlag=Y
        < Logout  seq=2  Text~"ResetSeqNumFlag(141) Y is not accepted"
        < disconnect
        > connect
        > Logon   seq=1  ResetSeqNumFlag=Y
        < Logout  seq=3  Text~"ResetSeqNumFlag(141) Y is not accepted"
        < disconnect
        > connect
        > Logon   seq=2
        < Logon   seq=4
    """, accept_reset=False)  # fmt: skip


@rule("S-13.3")
def test_a_session_may_be_reset_while_it_is_on(converse: Converse) -> None:
    talk = converse(f"""
        > Logon        seq=1
        < Logon        seq=1
        > {ORDER}      seq=2  ClOrdID=A
        > TestRequest  seq=3
        < Heartbeat    seq=2
        > Logon        seq=1  ResetSeqNumFlag=Y
        < Logon        seq=1  ResetSeqNumFlag=Y
        > TestRequest  seq=2
        < Heartbeat    seq=2
        > {ORDER}      seq=3  ClOrdID=B
    """)
    assert ids(talk) == ["A", "B"]


@rule("S-13.3")
def test_a_reset_of_a_session_that_is_on_closes_its_gap(converse: Converse) -> None:
    converse("""
        > Logon          seq=1
        < Logon          seq=1
        > Heartbeat      seq=9
        < ResendRequest  seq=2  BeginSeqNo=2
        > Logon          seq=1  ResetSeqNumFlag=Y
        < Logon          seq=1  ResetSeqNumFlag=Y
        > Heartbeat      seq=4
        < ResendRequest  seq=2  BeginSeqNo=2
    """)


@rule("S-13.3")
def test_a_reset_of_a_session_that_is_on_begins_a_new_interval(converse: Converse) -> None:
    converse("""
        > Logon      seq=1  HeartBtInt=30
        < Logon      seq=1
        > Logon      seq=1  HeartBtInt=10  ResetSeqNumFlag=Y
        < Logon      seq=1  HeartBtInt=10  ResetSeqNumFlag=Y
        +10s
        < Heartbeat  seq=2
    """)


@rule("S-13.4")
def test_an_initiator_may_begin_each_day_at_one(converse: Converse) -> None:
    converse("""
        < Logon        seq=1  ResetSeqNumFlag=Y
        > Logon        seq=1  ResetSeqNumFlag=Y
        > TestRequest  seq=2
        < Heartbeat    seq=2
        > disconnect
        > connect
        < Logon        seq=1  ResetSeqNumFlag=Y
        > Logon        seq=1  ResetSeqNumFlag=Y
        > Heartbeat    seq=2
    """, role="initiator", reset_on_logon=True)  # fmt: skip


@rule("S-13.4")
def test_an_acceptor_may_begin_every_connection_at_one(converse: Converse) -> None:
    """Whatever the counterparty says of resetting."""
    converse("""
        > Logon        seq=1
        < Logon        seq=1
        > TestRequest  seq=2
        < Heartbeat    seq=2
        > disconnect
        > connect
        > Logon        seq=1
        < Logon        seq=1
        > TestRequest  seq=2
        < Heartbeat    seq=2
    """, reset_on_logon=True)  # fmt: skip


@rule("S-13.5")
def test_an_acceptor_that_resets_a_fresh_session_changes_nothing(converse: Converse) -> None:
    """The number of our Logon is not used twice."""
    converse("""
        < Logon        seq=1  -ResetSeqNumFlag
        > Logon        seq=1  ResetSeqNumFlag=Y
        > TestRequest  seq=2
        < Heartbeat    seq=2
    """, role="initiator")  # fmt: skip


@rule("S-13.5")
def test_an_acceptor_that_resets_unasked_is_refused(converse: Converse) -> None:
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


@rule("S-13.6")
def test_numbers_may_begin_at_one_after_a_logout(converse: Converse) -> None:
    """And not after a connection that broke."""
    converse("""
        > Logon   seq=1
        < Logon   seq=1
        > disconnect
        > connect
        > Logon   seq=2
        < Logon   seq=2
        > Logout  seq=3
        < Logout  seq=3
        < disconnect
        > connect
        > Logon   seq=1
        < Logon   seq=1
        > disconnect
        > connect
        > Logon   seq=2
        < Logon   seq=2
    """, reset_on_logout=True)  # fmt: skip


@rule("S-13.6")
def test_numbers_may_begin_at_one_after_our_logout_too(converse: Converse) -> None:
    converse("""
        > Logon   seq=1
        < Logon   seq=1
        logout
        < Logout  seq=2
        > Logout  seq=2
        < disconnect
        > connect
        > Logon   seq=1
        < Logon   seq=1
    """, reset_on_logout=True)  # fmt: skip


@rule("S-13.6")
@pytest.mark.parametrize("end", ["> disconnect", "> Logout\n< Logout\n< disconnect"])
def test_numbers_may_begin_at_one_after_every_connection(converse: Converse, end: str) -> None:
    """What was sent while nobody was there waits in the new sequence."""
    converse(f"""
        > Logon            seq=1
        < Logon            seq=1
        {end}
        send {REPORT}      ClOrdID=A  ExecID=1
        > connect
        > Logon            seq=1
        < Logon            seq=2
        > ResendRequest    seq=2  BeginSeqNo=1  EndSeqNo=0
        < ExecutionReport  seq=1  ExecID=1
        < SequenceReset    seq=2  NewSeqNo=3
    """, reset_on_disconnect=True)  # fmt: skip


@rule("S-13.6", "S-6.5")
def test_a_reset_after_a_connection_loses_nothing_that_had_not_left_us(converse: Converse) -> None:
    """Nobody logged on in between."""
    converse(f"""
        > Logon            seq=1
        < Logon            seq=1
        > Logout
        < Logout
        < disconnect
        send {REPORT}      ClOrdID=A  ExecID=1
        > connect
        > disconnect
        > connect
        > Logon            seq=1
        < Logon            seq=2
        > ResendRequest    seq=2  BeginSeqNo=1  EndSeqNo=0
        < ExecutionReport  seq=1  ExecID=1
        < SequenceReset    seq=2  NewSeqNo=3
    """, reset_on_disconnect=True)  # fmt: skip
