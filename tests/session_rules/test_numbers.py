"""Message sequence numbers and who says them: rules S-2."""

import pytest

from tests.conversation.rules import rule
from tests.session_rules.words import ORDER, Converse, ids

# -- in order, and gaps


@rule("S-2.1")
def test_messages_in_order_are_processed(converse: Converse) -> None:
    talk = converse(f"""
        > Logon        seq=1
        < Logon        seq=1
        > {ORDER}      seq=2  ClOrdID=A
        > TestRequest  seq=3
        < Heartbeat    seq=2
        > {ORDER}      seq=4  ClOrdID=B
    """)
    assert ids(talk) == ["A", "B"]


@rule("S-2.2", "S-2.3")
def test_a_gap_is_requested_once(converse: Converse) -> None:
    converse("""
        > Logon          seq=1
        < Logon          seq=1
        > Heartbeat      seq=4
        < ResendRequest  seq=2  BeginSeqNo=2  EndSeqNo=0
        > Heartbeat      seq=3
        > TestRequest    seq=5
    """)


@rule("S-2.2")
def test_a_second_gap_is_requested_when_the_first_is_closed(converse: Converse) -> None:
    converse(f"""
        > Logon
        < Logon
        > Heartbeat      seq=3
        < ResendRequest  BeginSeqNo=2
        > SequenceReset  seq=2  PossDupFlag=Y  GapFillFlag=Y  NewSeqNo=4
        > Heartbeat      seq=6
        < ResendRequest  BeginSeqNo=4
        > {ORDER}        seq=4  PossDupFlag=Y  ClOrdID=A
        > {ORDER}        seq=5  PossDupFlag=Y  ClOrdID=B
        > Heartbeat      seq=6  PossDupFlag=Y
        > Heartbeat      seq=8
        < ResendRequest  BeginSeqNo=7
    """)


@rule("S-2.3")
def test_a_gap_that_stands_is_requested_again(converse: Converse) -> None:
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


@rule("S-2.3")
def test_patience_with_a_gap_is_an_option(converse: Converse) -> None:
    converse("""
        > Logon
        < Logon
        > Heartbeat      seq=4
        < ResendRequest  BeginSeqNo=2
        +5s
        > Heartbeat      seq=5
        < ResendRequest  BeginSeqNo=2
    """, resend_patience_s=5)  # fmt: skip


@rule("S-2.4")
def test_messages_ahead_are_dropped_and_come_again(converse: Converse) -> None:
    talk = converse(f"""
        > Logon
        < Logon
        > {ORDER}        seq=3  ClOrdID=B
        < ResendRequest  BeginSeqNo=2  EndSeqNo=0
        > {ORDER}        seq=2  PossDupFlag=Y  ClOrdID=A
        > {ORDER}        seq=3  PossDupFlag=Y  ClOrdID=B
        > {ORDER}        seq=4  ClOrdID=C
    """)
    assert ids(talk) == ["A", "B", "C"]


@rule("S-2.4")
def test_messages_ahead_may_be_held(converse: Converse) -> None:
    """Then only what is missing is asked for, and session messages wait for their turn, too."""
    talk = converse(f"""
        > Logon
        < Logon
        > {ORDER}        seq=4  ClOrdID=C
        < ResendRequest  BeginSeqNo=2  EndSeqNo=3
        > TestRequest    seq=5  TestReqID=later
        > {ORDER}        seq=6  ClOrdID=D
        > {ORDER}        seq=2  PossDupFlag=Y  ClOrdID=A
        > {ORDER}        seq=3  PossDupFlag=Y  ClOrdID=B
        < Heartbeat      TestReqID=later
        > {ORDER}        seq=7  ClOrdID=E
    """, hold=3)  # fmt: skip
    assert ids(talk) == ["A", "B", "C", "D", "E"]


@rule("S-2.5")
def test_with_open_requests_what_is_held_is_asked_for_to_infinity(converse: Converse) -> None:
    """What comes again though it is held is not taken twice."""
    talk = converse(f"""
        > Logon
        < Logon
        > {ORDER}        seq=4  ClOrdID=C
        < ResendRequest  BeginSeqNo=2  EndSeqNo=0
        > {ORDER}        seq=2  PossDupFlag=Y  ClOrdID=A
        > {ORDER}        seq=3  PossDupFlag=Y  ClOrdID=B
        > {ORDER}        seq=4  PossDupFlag=Y  ClOrdID=C
        > {ORDER}        seq=5  ClOrdID=D
    """, hold=3, resend_open=True)  # fmt: skip
    assert ids(talk) == ["A", "B", "C", "D"]


@rule("S-2.5")
def test_with_open_requests_a_gap_fill_to_the_end_of_a_chunk_includes_it(converse: Converse) -> None:
    """As QuickFIX fills chunks; the last request of all is open."""
    converse("""
        > Logon
        < Logon
        > Heartbeat      seq=8
        < ResendRequest  BeginSeqNo=2  EndSeqNo=4
        > SequenceReset  seq=2  PossDupFlag=Y  GapFillFlag=Y  NewSeqNo=4
        < ResendRequest  BeginSeqNo=4  EndSeqNo=6
        > SequenceReset  seq=4  PossDupFlag=Y  GapFillFlag=Y  NewSeqNo=7
        < ResendRequest  BeginSeqNo=7  EndSeqNo=0
        > SequenceReset  seq=7  PossDupFlag=Y  GapFillFlag=Y  NewSeqNo=9
    """, resend_chunk=3, resend_open=True)  # fmt: skip


@rule("S-2.4")
def test_a_gap_fill_releases_what_was_held(converse: Converse) -> None:
    talk = converse(f"""
        > Logon
        < Logon
        > {ORDER}        seq=4  ClOrdID=C
        < ResendRequest  BeginSeqNo=2  EndSeqNo=3
        > SequenceReset  seq=2  PossDupFlag=Y  GapFillFlag=Y  NewSeqNo=4
        > {ORDER}        seq=5  ClOrdID=D
    """, hold=3)  # fmt: skip
    assert ids(talk) == ["C", "D"]


@rule("S-2.4")
def test_what_is_held_is_not_taken_twice(converse: Converse) -> None:
    """A counterparty that sends again more than was asked for."""
    talk = converse(f"""
        > Logon
        < Logon
        > {ORDER}        seq=3  ClOrdID=B
        < ResendRequest  BeginSeqNo=2  EndSeqNo=2
        > {ORDER}        seq=2  PossDupFlag=Y  ClOrdID=A
        > {ORDER}        seq=3  PossDupFlag=Y  ClOrdID=B
        > {ORDER}        seq=4  ClOrdID=C
    """, hold=3)  # fmt: skip
    assert ids(talk) == ["A", "B", "C"]


@rule("S-2.4")
def test_what_is_held_has_a_bound(converse: Converse) -> None:
    """What did not fit is asked for when the rest is here."""
    talk = converse(f"""
        > Logon
        < Logon
        > {ORDER}        seq=3  ClOrdID=B
        < ResendRequest  BeginSeqNo=2  EndSeqNo=2
        > {ORDER}        seq=4  ClOrdID=C
        > {ORDER}        seq=5  ClOrdID=D
        > {ORDER}        seq=2  PossDupFlag=Y  ClOrdID=A
        < ResendRequest  BeginSeqNo=5
        > {ORDER}        seq=5  PossDupFlag=Y  ClOrdID=D
        > {ORDER}        seq=6  ClOrdID=E
    """, hold=2)  # fmt: skip
    assert ids(talk) == ["A", "B", "C", "D", "E"]


@rule("S-2.4")
def test_what_is_held_does_not_outlive_the_connection(converse: Converse) -> None:
    talk = converse(f"""
        > Logon
        < Logon
        > {ORDER}        seq=3  ClOrdID=B
        < ResendRequest  BeginSeqNo=2  EndSeqNo=2
        > disconnect
        > connect
        > Logon          seq=4
        < Logon
        < ResendRequest  BeginSeqNo=2  EndSeqNo=3
        > {ORDER}        seq=2  PossDupFlag=Y  ClOrdID=A
        > {ORDER}        seq=3  PossDupFlag=Y  ClOrdID=B
        > {ORDER}        seq=5  ClOrdID=C
    """, hold=2)  # fmt: skip
    assert ids(talk) == ["A", "B", "C"]


@rule("S-2.5")
def test_a_long_gap_is_requested_in_chunks(converse: Converse) -> None:
    talk = converse(f"""
        > Logon
        < Logon
        > Heartbeat      seq=10
        < ResendRequest  BeginSeqNo=2  EndSeqNo=6
        > {ORDER}        seq=2  PossDupFlag=Y  ClOrdID=A
        > SequenceReset  seq=3  PossDupFlag=Y  GapFillFlag=Y  NewSeqNo=6
        > {ORDER}        seq=6  PossDupFlag=Y  ClOrdID=B
        < ResendRequest  BeginSeqNo=7
        > SequenceReset  seq=7  PossDupFlag=Y  GapFillFlag=Y  NewSeqNo=11
        > TestRequest    seq=11
        < Heartbeat
    """, resend_chunk=5)  # fmt: skip
    assert ids(talk) == ["A", "B"]


@rule("S-2.5")
def test_a_gap_fill_beyond_the_chunk_leads_to_the_next(converse: Converse) -> None:
    converse("""
        > Logon
        < Logon
        > Heartbeat      seq=20
        < ResendRequest  BeginSeqNo=2   EndSeqNo=6
        > SequenceReset  seq=2  PossDupFlag=Y  GapFillFlag=Y  NewSeqNo=9
        < ResendRequest  BeginSeqNo=9   EndSeqNo=13
        > SequenceReset  seq=9  PossDupFlag=Y  GapFillFlag=Y  NewSeqNo=14
        < ResendRequest  BeginSeqNo=14  EndSeqNo=18
        > SequenceReset  seq=14  PossDupFlag=Y  GapFillFlag=Y  NewSeqNo=21
        > TestRequest    seq=21
        < Heartbeat
    """, resend_chunk=5)  # fmt: skip


@rule("S-2.5", "S-2.4")
def test_chunks_and_held_messages_go_together(converse: Converse) -> None:
    talk = converse(f"""
        > Logon
        < Logon
        > {ORDER}        seq=6  ClOrdID=E
        < ResendRequest  BeginSeqNo=2  EndSeqNo=3
        > {ORDER}        seq=2  PossDupFlag=Y  ClOrdID=A
        > {ORDER}        seq=3  PossDupFlag=Y  ClOrdID=B
        < ResendRequest  BeginSeqNo=4  EndSeqNo=5
        > {ORDER}        seq=4  PossDupFlag=Y  ClOrdID=C
        > {ORDER}        seq=5  PossDupFlag=Y  ClOrdID=D
        > {ORDER}        seq=7  ClOrdID=F
    """, resend_chunk=2, hold=9)  # fmt: skip
    assert ids(talk) == ["A", "B", "C", "D", "E", "F"]


@rule("S-2.6")
def test_a_gap_is_requested_again_after_a_new_connection(converse: Converse) -> None:
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


@rule("S-2.6")
def test_a_gap_of_an_earlier_connection_does_not_hide_a_new_one(converse: Converse) -> None:
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


# -- numbers that end the session


@rule("S-2.7")
def test_a_low_number_that_is_no_duplicate_ends_the_session(converse: Converse) -> None:
    converse("""
        > Logon
        < Logon
        > Heartbeat  seq=2
        > Heartbeat  seq=2
        < Logout     Text="MsgSeqNum(34) too low, expecting 3 but received 2"
        < disconnect
    """)


@rule("S-2.8")
def test_a_number_out_of_reach_is_no_gap(converse: Converse) -> None:
    """Nobody wants a million messages again."""
    converse("""
        > Logon
        < Logon
        > Heartbeat      seq=1000002
        < ResendRequest  BeginSeqNo=2
        > Heartbeat      seq=1000003
        < Logout         Text="MsgSeqNum(34) 1000003 is too far ahead of 2"
        < disconnect
    """)


@rule("S-2.9")
@pytest.mark.parametrize("seq", ["", "34=0|", "34=-1|", "34=abc|", "34=2147483648|", "34=9223372036854775808|", "34=|"])
def test_a_message_without_a_number_ends_the_session(converse: Converse, seq: str) -> None:
    converse(f"""
        > Logon
        < Logon
        > fields 35=0|49=CLIENT|56=GATEWAY|{seq}52=now|
        < Logout  Text="MsgSeqNum(34) is missing or not a number"
        < disconnect
    """)


# -- who says it, and when


@rule("S-2.10")
def test_another_version_in_mid_session_ends_it(converse: Converse) -> None:
    converse("""
        > Logon
        < Logon
        > Heartbeat  BeginString=FIX.4.4
        > Heartbeat  BeginString=FIX.4.2
        < Logout     Text="BeginString(8) must be FIX.4.4"
        < disconnect
    """)


@rule("S-2.11")
@pytest.mark.parametrize("field", ["SenderCompID=STRANGER", "TargetCompID=ELSEWHERE"])
def test_another_identity_in_mid_session_ends_it(converse: Converse, field: str) -> None:
    talk = converse(f"""
        > Logon
        < Logon
        > {ORDER}  ClOrdID=A  {field}
        < Reject   RefSeqNum=2  SessionRejectReason=9
        < Logout
        < disconnect
    """)
    assert talk.delivered == []


@rule("S-2.11")
@pytest.mark.parametrize("words", ["", "SenderSubID=DESK2"])
def test_another_sub_id_in_mid_session_ends_it(converse: Converse, words: str) -> None:
    converse(f"""
        > Logon      SenderSubID=DESK1
        < Logon      TargetSubID=DESK1
        > Heartbeat  SenderSubID=DESK1
        > Heartbeat  {words}
        < Reject     RefSeqNum=3  SessionRejectReason=9
        < Logout     TargetSubID=DESK1
        < disconnect
    """, target_sub="DESK1")  # fmt: skip


@rule("S-2.12")
@pytest.mark.parametrize(("offset", "accepted"), [(-120, True), (120, True), (-121, False), (121, False)])
def test_a_clock_may_be_two_minutes_off(converse: Converse, offset: int, accepted: bool) -> None:
    talk = converse(f"""
        > Logon  HeartBtInt=0
        < Logon
        +300s
        > {ORDER}  ClOrdID=A  SendingTime=now{offset:+}s
    """ + ("" if accepted else """
        < Reject   RefSeqNum=2  RefTagID=52  RefMsgType=D  SessionRejectReason=10
        < Logout
        < disconnect
    """))  # fmt: skip
    assert ids(talk) == (["A"] if accepted else [])


@rule("S-2.12")
@pytest.mark.parametrize(("tolerance_s", "answer"), [(0, ""), (5, "< Logout\n< disconnect")])
def test_the_tolerance_is_an_option(converse: Converse, tolerance_s: int, answer: str) -> None:
    converse(f"""
        > Logon      SendingTime=now-{6 if tolerance_s else 86400}s
        {answer or "< Logon"}
    """, clock_tolerance_s=tolerance_s)  # fmt: skip


@rule("S-2.13")
@pytest.mark.parametrize("msg_type", ["ZZ", "!", "0 ", "DD", "x" * 32])
def test_a_message_that_fix_does_not_have_is_rejected(converse: Converse, msg_type: str) -> None:
    converse(f"""
        > Logon
        < Logon
        > '35={msg_type}'  seq=2  66=LIST
        < Reject           RefSeqNum=2  -RefTagID  '372={msg_type}'  SessionRejectReason=11
        > TestRequest      seq=3
        < Heartbeat
    """)


# -- numbers that last


@rule("S-2.15")
def test_numbers_go_on_after_a_new_connection(converse: Converse) -> None:
    converse("""
        > Logon      seq=1
        < Logon      seq=1
        > Heartbeat  seq=2
        > disconnect
        > connect
        > Logon      seq=3
        < Logon      seq=2
        > Heartbeat  seq=4
    """)


@rule("S-2.15")
def test_an_operator_sets_the_numbers_that_were_agreed(converse: Converse) -> None:
    """What we skip is filled when it is asked for."""
    talk = converse("""
        > Logon
        < Logon
        > disconnect
    """)
    talk.session.set_numbers(talk.now, next_in=40, next_out=90)  # type: ignore[attr-defined]
    talk.run("""
        > connect
        > Logon          seq=40
        < Logon          seq=90
        > ResendRequest  seq=41  BeginSeqNo=2  EndSeqNo=0
        < SequenceReset  seq=2   GapFillFlag=Y  NewSeqNo=91
        > TestRequest    seq=42
        < Heartbeat      seq=91
    """)
