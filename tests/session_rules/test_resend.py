"""Sending again: rules S-6."""

import pytest

from tests.conversation import Conversation
from tests.conversation.rules import rule
from tests.conversation.wire import decode, finish
from tests.session_rules.words import ORDER, REPORT, Converse, ids


def sent_again(talk: Conversation) -> list[int]:
    """MsgSeqNums of application messages that have left us more than once, in the order of leaving."""
    return [wire.seq for data in talk.heard if (wire := decode(data)).poss_dup and wire.msg_type != "4"]


@rule("S-6.1", "S-6.2")
def test_what_was_sent_comes_again_and_admin_messages_as_one_gap_fill(converse: Converse) -> None:
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
        < SequenceReset    seq=1  GapFillFlag=Y  NewSeqNo=3  PossDupFlag=Y  OrigSendingTime=*
        < ExecutionReport  seq=3  ExecID=1  PossDupFlag=Y  OrigSendingTime=+5s  SendingTime=+10s
        < SequenceReset    seq=4  GapFillFlag=Y  NewSeqNo=6  PossDupFlag=Y
        < ExecutionReport  seq=6  ExecID=2  PossDupFlag=Y  OrigSendingTime=+5s  SendingTime=+10s
        < SequenceReset    seq=7  GapFillFlag=Y  NewSeqNo=8  PossDupFlag=Y
        > TestRequest
        < Heartbeat        seq=8
    """)
    assert talk.delivered == []


@rule("S-6.1")
def test_a_resent_message_differs_in_four_fields_only(converse: Converse) -> None:
    """52, 43 and 122, and what counts them: 9 and 10."""
    talk = converse("""
        > Logon
        < Logon
        send News  Headline="52=no 35=\xff"  NoLinesOfText=1  Text="=!8=FIX"
        < News     seq=2
        +7s
        > ResendRequest  BeginSeqNo=2  EndSeqNo=2
        < News     seq=2  PossDupFlag=Y
    """)
    first, again = (decode(data).pairs for data in talk.heard[1:])
    later = dict(again)[52]
    added = {43: "Y", 52: later, 122: dict(first)[52]}
    body = [pair for pair in first if pair[0] not in (8, 9, 10, 43, 52, 122)]
    assert {tag: value for tag, value in again if tag in added} == added
    assert [pair for pair in again if pair[0] not in (8, 9, 10, *added)] == body
    assert talk.heard[2] == finish([f"{tag}={value}" for tag, value in again if tag not in (8, 9, 10)])


@rule("S-6.2")
def test_only_application_messages_leave_no_gap_fill(converse: Converse) -> None:
    converse(f"""
        > Logon
        < Logon
        send {REPORT}      ClOrdID=A  ExecID=1
        < ExecutionReport  seq=2
        send {REPORT}      ClOrdID=A  ExecID=2
        < ExecutionReport  seq=3
        send {REPORT}      ClOrdID=A  ExecID=3
        < ExecutionReport  seq=4
        > ResendRequest    BeginSeqNo=2  EndSeqNo=3
        < ExecutionReport  seq=2  ExecID=1  PossDupFlag=Y
        < ExecutionReport  seq=3  ExecID=2  PossDupFlag=Y
        > ResendRequest    BeginSeqNo=2  EndSeqNo=0
        < ExecutionReport  seq=2  ExecID=1  PossDupFlag=Y
        < ExecutionReport  seq=3  ExecID=2  PossDupFlag=Y
        < ExecutionReport  seq=4  ExecID=3  PossDupFlag=Y
    """)


@rule("S-6.2", "S-6.3")
@pytest.mark.parametrize(
    ("begin", "end", "fills"),
    [(1, 0, "1-4"), (2, 0, "2-4"), (2, 2, "2-3"), (1, 2, "1-3"), (3, 3, "3-4"), (2, 999999, "2-4"), (3, 4, "3-4")],
)
def test_a_resend_covers_what_was_asked_for(converse: Converse, begin: int, end: int, fills: str) -> None:
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


@rule("S-6.4")
@pytest.mark.parametrize(("begin", "end"), [(0, 0), (2, 0), (5, 9), (2, 1), (9, 2), (999999999, 0)])
def test_a_range_that_was_never_sent_is_rejected(converse: Converse, begin: int, end: int) -> None:
    converse(f"""
        > Logon
        < Logon
        > ResendRequest  BeginSeqNo={begin}  EndSeqNo={end}
        < Reject         RefSeqNum=2  RefTagID=7  RefMsgType=2  SessionRejectReason=5
        > TestRequest    seq=3
        < Heartbeat
    """)


@rule("S-6.5")
def test_what_was_sent_while_nobody_was_there_arrives_by_resend(converse: Converse) -> None:
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


@rule("S-6.5")
def test_what_an_acceptor_sends_before_the_logon_waits_for_it(converse: Converse) -> None:
    """Connected is not logged on."""
    converse(f"""
        send {REPORT}      ClOrdID=A  ExecID=1
        > Logon            seq=1
        < Logon            seq=2
        > ResendRequest    seq=2  BeginSeqNo=1  EndSeqNo=0
        < ExecutionReport  seq=1  ExecID=1  PossDupFlag=Y
        < SequenceReset    seq=2  NewSeqNo=3
    """)


@rule("S-6.6")
def test_the_same_resend_request_again_and_again_is_a_loop(converse: Converse) -> None:
    again = """
        > ResendRequest  BeginSeqNo=1  EndSeqNo=0
        < SequenceReset  seq=1  NewSeqNo=2
    """
    converse(f"""
        > Logon
        < Logon
        {again}
        +9s
        {again}
        +9s
        {again}
        > ResendRequest  BeginSeqNo=1  EndSeqNo=0
        < Logout         Text~"answered 3 times"
        < disconnect
    """)


@rule("S-6.6")
def test_resend_requests_that_take_their_time_are_no_loop(converse: Converse) -> None:
    """Somebody asks for a whole day once an hour."""
    converse("""
        > Logon  HeartBtInt=0
        < Logon
    """ + """
        > ResendRequest  BeginSeqNo=1  EndSeqNo=0
        < SequenceReset  seq=1  NewSeqNo=2
        +10s
    """ * 6)  # fmt: skip


@rule("S-6.6")
def test_resend_requests_that_make_progress_are_no_loop(converse: Converse) -> None:
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


@rule("S-6.7")
def test_what_is_sent_again_on_one_connection_is_bounded(converse: Converse) -> None:
    """A ResendRequest is short and its answer long: many of them, all different, would drown us."""
    said = "\n".join(f"send {REPORT}  ClOrdID=A  ExecID={n}\n< ExecutionReport" for n in range(400))
    talk = converse("> Logon HeartBtInt=0\n< Logon", resend_burst=1000)
    talk.run(said)
    for begin in (2, 3, 4):
        talk.run(
            f"> ResendRequest BeginSeqNo={begin} EndSeqNo=0\n" + "< ExecutionReport PossDupFlag=Y\n" * (402 - begin)
        )
    talk.run("""
        > ResendRequest  BeginSeqNo=5  EndSeqNo=406
    """ + "< ExecutionReport PossDupFlag=Y\n" * 397 + """
        > ResendRequest  BeginSeqNo=6  EndSeqNo=0
        < Logout  Text~"more than 4 times all that was sent"
        < disconnect
        > connect
        > Logon
        < Logon
        > ResendRequest  BeginSeqNo=399  EndSeqNo=400
        < ExecutionReport
        < ExecutionReport
    """)  # fmt: skip


@rule("S-6.8")
def test_a_long_resend_goes_out_in_bursts(converse: Converse) -> None:
    """What our application says meanwhile is not mixed into it, and a Heartbeat is still answered."""
    talk = converse(f"""
        > Logon  HeartBtInt=0
        < Logon
        send {REPORT}      ClOrdID=A  ExecID=1
        < ExecutionReport  seq=2
        send {REPORT}      ClOrdID=A  ExecID=2
        < ExecutionReport  seq=3
        send {REPORT}      ClOrdID=A  ExecID=3
        < ExecutionReport  seq=4
        > ResendRequest    BeginSeqNo=1  EndSeqNo=0
        < SequenceReset    seq=1  NewSeqNo=2
        < ExecutionReport  seq=2  PossDupFlag=Y
        send {REPORT}      ClOrdID=A  ExecID=4
        > TestRequest      seq=3
        +1ms
        < ExecutionReport  seq=3  PossDupFlag=Y
        < ExecutionReport  seq=4  PossDupFlag=Y
        < ExecutionReport  seq=5  ExecID=4  -PossDupFlag
        < Heartbeat        seq=6
        send {REPORT}      ClOrdID=A  ExecID=5
        < ExecutionReport  seq=7
    """, resend_burst=2)  # fmt: skip
    assert sent_again(talk) == [2, 3, 4]


@rule("S-6.8")
def test_a_resend_that_is_cut_off_begins_anew_on_the_next_connection(converse: Converse) -> None:
    talk = converse(f"""
        > Logon  HeartBtInt=0
        < Logon
        send {REPORT}      ClOrdID=A  ExecID=1
        < ExecutionReport  seq=2
        send {REPORT}      ClOrdID=A  ExecID=2
        < ExecutionReport  seq=3
        > ResendRequest    BeginSeqNo=2  EndSeqNo=0
        < ExecutionReport  seq=2  PossDupFlag=Y
        send {REPORT}      ClOrdID=A  ExecID=3
        > disconnect
        +1s
        > connect
        > Logon            seq=3
        < Logon            seq=5
        > ResendRequest    BeginSeqNo=3  EndSeqNo=0
        < ExecutionReport  seq=3  PossDupFlag=Y  ExecID=2
        +1ms
        < ExecutionReport  seq=4  PossDupFlag=Y  ExecID=3
        +1ms
        < SequenceReset    seq=5  NewSeqNo=6
        > TestRequest
        < Heartbeat        seq=6
    """, resend_burst=1)  # fmt: skip
    assert sent_again(talk) == [2, 3, 4]


@rule("S-6.9")
def test_an_order_that_is_too_old_is_not_sent_again(converse: Converse) -> None:
    """It would be traded at a price of then. Its cancel and what is no order is news at any time."""
    talk = converse(f"""
        > Logon  HeartBtInt=0
        < Logon
        send {ORDER}             ClOrdID=A
        < NewOrderSingle         seq=2
        send OrderCancelRequest  ClOrdID=B  OrigClOrdID=A  Symbol=ACME  Side=BUY  TransactTime=now
        < OrderCancelRequest     seq=3
        send {ORDER}             ClOrdID=C
        < NewOrderSingle         seq=4
        +11s
        send {ORDER}             ClOrdID=D
        < NewOrderSingle         seq=5
        > ResendRequest          BeginSeqNo=1  EndSeqNo=0
        < SequenceReset          seq=1  NewSeqNo=3
        < OrderCancelRequest     seq=3  PossDupFlag=Y
        < SequenceReset          seq=4  NewSeqNo=5
        < NewOrderSingle         seq=5  PossDupFlag=Y  ClOrdID=D
    """, stale_order_s=10)  # fmt: skip
    assert sent_again(talk) == [3, 5]


@rule("S-6.10")
def test_a_resend_request_ahead_of_a_gap_is_answered(converse: Converse) -> None:
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


@rule("S-6.10")
def test_a_resend_request_ahead_of_a_gap_is_not_answered_twice(converse: Converse) -> None:
    """Neither when it was held, nor when it comes again with the rest."""
    converse("""
        > Logon
        < Logon
        > ResendRequest  seq=4  BeginSeqNo=1  EndSeqNo=1
        < SequenceReset  seq=1  GapFillFlag=Y  NewSeqNo=2
        < ResendRequest  seq=2  BeginSeqNo=2  EndSeqNo=3
        > SequenceReset  seq=2  PossDupFlag=Y  GapFillFlag=Y  NewSeqNo=4
        > TestRequest    seq=5
        < Heartbeat      seq=3
    """, hold=5)  # fmt: skip


@rule("S-6.11")
def test_both_sides_may_ask_at_once(converse: Converse) -> None:
    talk = converse(f"""
        > Logon
        < Logon
        send {REPORT}      ClOrdID=X  ExecID=1
        < ExecutionReport  seq=2
        send {REPORT}      ClOrdID=X  ExecID=2
        < ExecutionReport  seq=3
        > {ORDER}          seq=2  ClOrdID=A
        > Heartbeat        seq=5
        < ResendRequest    seq=4  BeginSeqNo=3
        > ResendRequest    seq=6  BeginSeqNo=2  EndSeqNo=3
        < ExecutionReport  seq=2  PossDupFlag=Y
        < ExecutionReport  seq=3  PossDupFlag=Y
        > {ORDER}          seq=3  PossDupFlag=Y  ClOrdID=B
        > {ORDER}          seq=4  PossDupFlag=Y  ClOrdID=C
        > SequenceReset    seq=5  PossDupFlag=Y  GapFillFlag=Y  NewSeqNo=7
        > {ORDER}          seq=7  ClOrdID=D
    """)
    assert ids(talk) == ["A", "B", "C", "D"]
