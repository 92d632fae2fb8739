"""Heartbeats and test requests: rules S-4."""

import pytest

from tests.conversation.rules import rule
from tests.session_rules.words import ORDER, REPORT, Converse


@rule("S-4.1")
def test_silence_of_ours_ends_with_a_heartbeat(converse: Converse) -> None:
    converse("""
        > Logon      HeartBtInt=10
        < Logon
        +9s
        +1s
        < Heartbeat  seq=2  -TestReqID
        > Heartbeat
        +10s
        < Heartbeat  seq=3
    """)


@rule("S-4.2")
@pytest.mark.parametrize("name", ["HELLO", "are you there", "\xe9=|8=FIX.4.4".replace("|", "!"), "x" * 200])
def test_a_test_request_is_answered_with_its_id(converse: Converse, name: str) -> None:
    converse(f"""
        > Logon
        < Logon
        > TestRequest 'TestReqID={name}'
        < Heartbeat   'TestReqID={name}'
    """)


@rule("S-4.3", "S-4.4")
def test_silence_is_tested_and_then_ends(converse: Converse) -> None:
    converse("""
        > Logon  HeartBtInt=10
        < Logon
        +10s
        < Heartbeat
        +1999ms
        +1ms
        < TestRequest  TestReqID=*
        +7999ms
        +1ms
        < disconnect
    """)


@rule("S-4.3")
def test_a_session_that_was_tested_goes_on(converse: Converse) -> None:
    converse("""
        > Logon  HeartBtInt=10
        < Logon
        +12s
        < Heartbeat
        < TestRequest  TestReqID=$name
        > Heartbeat    TestReqID=$name
        +12s
        < Heartbeat
        < TestRequest
        +7s
        > Heartbeat
        +3s
        < Heartbeat
    """)


@rule("S-4.5")
@pytest.mark.parametrize(
    "sign", [f"{ORDER} ClOrdID=A", "Heartbeat", "Heartbeat TestReqID=another", "Reject RefSeqNum=1"]
)
def test_any_message_is_a_sign_of_life(converse: Converse, sign: str) -> None:
    converse(f"""
        > Logon  HeartBtInt=10
        < Logon
        +12s
        < Heartbeat
        < TestRequest
        +7s
        > {sign}
        +3s
        < Heartbeat
        +9s
        < TestRequest
    """)


@rule("S-4.5")
def test_what_we_send_counts_as_a_heartbeat(converse: Converse) -> None:
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


@rule("S-4.6")
def test_each_test_request_has_an_id_of_its_own(converse: Converse) -> None:
    talk = converse("""
        > Logon  HeartBtInt=10
        < Logon
        +12s
        < Heartbeat
        < TestRequest  TestReqID=$first
        > Heartbeat    TestReqID=$first
        +12s
        < Heartbeat
        < TestRequest  TestReqID=$second
    """)
    assert talk.language.remembered["first"] != talk.language.remembered["second"]


@rule("S-4.6")
def test_all_test_requests_may_have_one_id(converse: Converse) -> None:
    converse("""
        > Logon  HeartBtInt=10
        < Logon
        +12s
        < Heartbeat
        < TestRequest  TestReqID=TEST
        > Heartbeat    TestReqID=TEST
        +12s
        < Heartbeat
        < TestRequest  TestReqID=TEST
    """, test_req_id="TEST")  # fmt: skip
