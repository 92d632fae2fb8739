"""Connection and Logon: rules S-1."""

import pytest

from tests.conversation.rules import rule
from tests.session_rules.words import ORDER, REPORT, Converse, ids


@rule("S-1.1")
def test_a_logon_is_answered_with_its_own_interval(converse: Converse) -> None:
    converse("""
        > Logon  seq=1  HeartBtInt=45
        < Logon  seq=1  HeartBtInt=45  EncryptMethod=0  -ResetSeqNumFlag
        +44s
        +1s
        < Heartbeat  seq=2
    """)


@rule("S-1.2")
def test_a_logon_above_the_expected_number_is_answered_and_then_the_gap_requested(converse: Converse) -> None:
    talk = converse(f"""
        > Logon          seq=5
        < Logon          seq=1
        < ResendRequest  seq=2  BeginSeqNo=1  EndSeqNo=0
        > SequenceReset  seq=1  PossDupFlag=Y  GapFillFlag=Y  NewSeqNo=4
        > {ORDER}        seq=4  PossDupFlag=Y  ClOrdID=A
        > SequenceReset  seq=5  PossDupFlag=Y  GapFillFlag=Y  NewSeqNo=6
        > {ORDER}        seq=6  ClOrdID=B
    """)
    assert ids(talk) == ["A", "B"]


@rule("S-1.2")
def test_the_answer_to_our_logon_may_show_a_gap_too(converse: Converse) -> None:
    converse("""
        < Logon          seq=1
        > Logon          seq=7
        < ResendRequest  seq=2  BeginSeqNo=1  EndSeqNo=0
        > SequenceReset  seq=1  PossDupFlag=Y  GapFillFlag=Y  NewSeqNo=8
        > TestRequest    seq=8
        < Heartbeat      seq=3
    """, role="initiator")  # fmt: skip


@rule("S-1.3")
def test_a_logon_below_the_expected_number_ends_with_the_standards_text(converse: Converse) -> None:
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


@rule("S-1.3")
def test_a_logon_with_an_old_number_is_no_logon_even_as_a_duplicate(converse: Converse) -> None:
    converse("""
        > Logon
        < Logon
        > disconnect
        > connect
        > Logon   seq=1  PossDupFlag=Y
        < Logout  Text~"expecting 2 but received 1"
        < disconnect
    """)


REFUSED = {
    "no EncryptMethod": ("-EncryptMethod", "EncryptMethod(98) is missing"),
    "no HeartBtInt": ("-HeartBtInt", "HeartBtInt(108) is missing"),
    "a HeartBtInt beyond any number": ("HeartBtInt=9999999999999999999", "is not of type INT"),
    "a HeartBtInt in letters": ("HeartBtInt=abc", "is not of type INT"),
    "an old SendingTime": ("SendingTime=-121s", "SendingTime(52) is more than 120 s off"),
    "an early SendingTime": ("SendingTime=+121s", "SendingTime(52) is more than 120 s off"),
    "a SendingTime that the calendar lacks": ("SendingTime=20260231-00:00:00", "is not of type UTCTIMESTAMP"),
    "another version of FIX": ("BeginString=FIX.4.2", "BeginString(8) must be FIX.4.4"),
    "a MsgSeqNum of 0": ("seq=0", "MsgSeqNum(34) is missing or not a number"),
    "a MsgSeqNum out of reach": ("seq=1000002", "MsgSeqNum(34) 1000002 is too far ahead of 1"),
    "a field of other messages": ("Symbol=ACME", "Symbol(55)"),
}


@rule("S-1.6")
@pytest.mark.parametrize("case", REFUSED)
def test_a_logon_that_breaks_a_rule_is_refused_with_the_reason(converse: Converse, case: str) -> None:
    words, text = REFUSED[case]
    converse(f"""
        > Logon   {words}
        < Logout  seq=1  Text~"{text}"
        < disconnect
        > connect
        > Logon   seq=1
        < Logon   seq=2
    """)


STRANGERS = ["Logon SenderCompID=STRANGER", "Logon TargetCompID=ELSEWHERE", "Logon SenderCompID=STRANGER BeginString=FIX.4.2 seq=0"]  # fmt: skip


@rule("S-1.5")
@pytest.mark.parametrize("first", STRANGERS)
def test_a_stranger_learns_nothing(converse: Converse, first: str) -> None:
    converse(f"""
        > {first}
        < disconnect
        > connect
        > Logon  seq=1
        < Logon  seq=1
    """)


@rule("S-1.5")
@pytest.mark.parametrize("words", ["", "SenderSubID=DESK2", "SenderSubID=DESK1 SenderLocationID=PARIS"])
def test_sub_and_location_ids_are_part_of_who_one_is(converse: Converse, words: str) -> None:
    talk = converse(f"""
        > Logon  {words}
        < disconnect
        > connect
        > Logon  seq=1  SenderSubID=DESK1  SenderLocationID=OSLO  TargetSubID=US
        < Logon  TargetSubID=DESK1  TargetLocationID=OSLO  SenderSubID=US  -SenderLocationID
    """, target_sub="DESK1", target_location="OSLO", sender_sub="US")  # fmt: skip
    assert talk.delivered == []


@rule("S-1.8")
@pytest.mark.parametrize(
    "first",
    [
        *("Heartbeat", "Logout", "TestRequest", "ResendRequest", f"{ORDER} ClOrdID=A", "35=ZZ"),
        *("SequenceReset NewSeqNo=9", "raw 8=FIX.4.4|9=5|35=0|10=163|"),
    ],
)
def test_who_does_not_begin_with_a_logon_gets_no_answer(converse: Converse, first: str) -> None:
    talk = converse(f"""
        > {first}
        < disconnect
        > connect
        > Logon  seq=1
        < Logon  seq=1
    """)
    assert talk.delivered == []


@rule("S-1.10")
@pytest.mark.parametrize("interval", ["-5", "9", "61", "999999999999999999"])
def test_an_interval_out_of_range_is_refused(converse: Converse, interval: str) -> None:
    converse(f"""
        > Logon   HeartBtInt={interval}
        < Logout  seq=1  Text="HeartBtInt(108) must be between 10 and 60"
        < disconnect
    """, min_heartbeat_s=10, max_heartbeat_s=60)  # fmt: skip


@rule("S-1.10")
@pytest.mark.parametrize("interval", [10, 60])
def test_the_ends_of_the_range_are_accepted(converse: Converse, interval: int) -> None:
    converse(f"""
        > Logon  HeartBtInt={interval}
        < Logon  HeartBtInt={interval}
    """, min_heartbeat_s=10, max_heartbeat_s=60)  # fmt: skip


@rule("S-1.10")
def test_an_interval_of_zero_means_no_heartbeats(converse: Converse) -> None:
    converse("""
        > Logon  HeartBtInt=0
        < Logon  HeartBtInt=0
        +24h
        > Heartbeat  SendingTime=now
    """)


@rule("S-1.11")
@pytest.mark.parametrize("again", ["Logon", "Logon ResetSeqNumFlag=Y", "Logon HeartBtInt=abc"])
def test_a_logon_in_mid_session_ends_it(converse: Converse, again: str) -> None:
    converse(f"""
        > Logon
        < Logon
        > {again}  seq=2
        < Logout
        < disconnect
    """)


@rule("S-1.12")
def test_an_initiator_keeps_its_own_interval(converse: Converse) -> None:
    converse("""
        < Logon      seq=1  HeartBtInt=20  EncryptMethod=0
        > Logon      seq=1  HeartBtInt=40
        +20s
        < Heartbeat
        +4s
        < TestRequest
        +16s
        < disconnect
    """, role="initiator", heartbeat_s=20)  # fmt: skip


@rule("S-1.13")
def test_an_initiator_that_hears_nothing_hangs_up(converse: Converse) -> None:
    converse("""
        < Logon
        +3s
        +1s
        < disconnect
    """, role="initiator", logon_timeout_s=4)  # fmt: skip


@rule("S-1.14")
def test_a_refused_initiator_hangs_up(converse: Converse) -> None:
    """The Logout that refused it has a number, and no gap is seen there later."""
    talk = converse("""
        < Logon        seq=1
        > Logout       seq=1  Text="not today"
        < disconnect
        > connect
        < Logon        seq=2
        > Logon        seq=2
        > TestRequest  seq=3
        < Heartbeat    seq=3
    """, role="initiator")  # fmt: skip
    assert talk.session.said == "not today"  # type: ignore[attr-defined]


@rule("S-1.14")
@pytest.mark.parametrize(
    ("words", "text"),
    [("EncryptMethod=2", "EncryptMethod(98) must be 0"), ("-HeartBtInt", "HeartBtInt(108) is missing")],
)
def test_an_answer_that_breaks_a_rule_is_refused(converse: Converse, words: str, text: str) -> None:
    converse(f"""
        < Logon   seq=1
        > Logon   seq=1  {words}
        < Logout  seq=2  Text="{text}"
        < disconnect
    """, role="initiator")  # fmt: skip


@rule("S-1.15")
@pytest.mark.parametrize("first", ["Heartbeat", "TestRequest", "ResendRequest", f"{REPORT} ClOrdID=A ExecID=1"])
def test_an_answer_that_is_no_logon_ends_it(converse: Converse, first: str) -> None:
    talk = converse(f"""
        < Logon   seq=1
        > {first}
        < Logout  seq=2  Text~"first message"
        < disconnect
    """, role="initiator")  # fmt: skip
    assert talk.delivered == []


@rule("S-1.15")
def test_a_stranger_who_answers_is_not_spoken_to(converse: Converse) -> None:
    """Whoever listens there is not our counterparty."""
    converse("""
        < Logon  seq=1
        > Logon  SenderCompID=STRANGER
        < disconnect
    """, role="initiator")  # fmt: skip


@rule("S-1.16")
def test_what_an_initiator_sends_before_the_answer_follows_its_logon(converse: Converse) -> None:
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
