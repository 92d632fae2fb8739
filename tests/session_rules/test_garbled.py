"""Garbled messages: rules S-3."""

import pytest

from tests.conversation.rules import rule
from tests.session_rules.words import ORDER, Converse, ids

STAMP = "20260105-14:30:00.000"


@rule("S-3.1")
def test_a_body_length_that_is_too_short_makes_a_message_garbled(converse: Converse) -> None:
    talk = converse(f"""
        > Logon
        < Logon
        > {ORDER}        seq=2  ClOrdID=A  BodyLength=30
        > {ORDER}        seq=3  ClOrdID=B
        < ResendRequest  BeginSeqNo=2
        > {ORDER}        seq=2  ClOrdID=A  PossDupFlag=Y
        > {ORDER}        seq=3  ClOrdID=B  PossDupFlag=Y
    """)
    assert ids(talk) == ["A", "B"]


@rule("S-3.1", "S-3.4")
@pytest.mark.parametrize("length", [190, 400, 7000])
def test_a_body_length_that_is_too_long_does_not_swallow_what_follows(converse: Converse, length: int) -> None:
    """When as much has come as was announced, it is found out."""
    talk = converse(f"""
        > Logon
        < Logon
        > {ORDER}        seq=2  ClOrdID=A  BodyLength={length}
        > {ORDER}        seq=3  ClOrdID=B  Text={"x" * (length - 150)}
        < ResendRequest  BeginSeqNo=2
        > {ORDER}        seq=2  ClOrdID=A  PossDupFlag=Y
        > {ORDER}        seq=3  ClOrdID=B  PossDupFlag=Y
        > {ORDER}        seq=4  ClOrdID=C
    """)
    assert ids(talk) == ["A", "B", "C"]


@rule("S-3.2")
@pytest.mark.parametrize("trailer", ["10=000", "10=256", "10=7", "10=1000", "10=abc", "10=", "89=x", ""])
def test_a_wrong_checksum_makes_a_message_garbled(converse: Converse, trailer: str) -> None:
    """Its number is free: a good message may have it."""
    body = f"35=0|49=CLIENT|56=GATEWAY|34=2|52={STAMP}|"
    converse(f"""
        > Logon
        < Logon
        > raw 8=FIX.4.4|9={len(body)}|{body}{trailer}|
        > TestRequest  seq=2
        < Heartbeat
    """)


@rule("S-3.2")
def test_what_follows_the_checksum_is_garbled(converse: Converse) -> None:
    converse("""
        > Logon
        < Logon
        > fields 35=0|49=CLIENT|56=GATEWAY|34=2|52=now|10=100|112=x|
        < Reject       RefSeqNum=2
        > TestRequest  seq=3
        < Heartbeat
    """)


FIRST_THREE = {
    "MsgType first": "35=0|8=FIX.4.4|9=29|34=2|49=CLIENT|52={stamp}|56=GATEWAY|10=121|",
    "MsgSeqNum third": "8=FIX.4.4|9=58|34=2|35=0|49=CLIENT|52={stamp}|56=GATEWAY|10={sum}|",
    "MsgType second": "8=FIX.4.4|35=0|9=53|34=2|49=CLIENT|52={stamp}|56=GATEWAY|10={sum}|",
    "no BodyLength": "8=FIX.4.4|35=0|34=2|49=CLIENT|52={stamp}|56=GATEWAY|10={sum}|",
    "no MsgType": "8=FIX.4.4|9=53|34=2|49=CLIENT|52={stamp}|56=GATEWAY|10={sum}|",
    "no BeginString": "9=58|35=0|34=2|49=CLIENT|52={stamp}|56=GATEWAY|10={sum}|",
}


@rule("S-3.3")
@pytest.mark.parametrize("case", FIRST_THREE)
def test_a_message_begins_with_begin_string_body_length_and_msg_type(converse: Converse, case: str) -> None:
    head = FIRST_THREE[case].format(stamp=STAMP, sum="{sum}")
    body = head.partition("10={sum}")[0].replace("|", "\x01").encode()
    converse(f"""
        > Logon
        < Logon
        > raw {head.format(sum=f"{sum(body) % 256:03}")}
        > TestRequest  seq=2
        < Heartbeat
    """)


@rule("S-3.4")
@pytest.mark.parametrize("noise", ["GET / HTTP/1.1", "8=FIX.4.48=FIX.4.4|9=", "|||", "\xff\xfe\x00", "8=8=8="])
def test_what_is_no_fix_is_skipped(converse: Converse, noise: str) -> None:
    body = f"35=1|49=CLIENT|56=GATEWAY|34=2|52={STAMP}|112=x|"
    whole = f"8=FIX.4.4|9={len(body)}|{body}"
    total = sum(whole.replace("|", "\x01").encode()) % 256
    converse(f"""
        > Logon
        < Logon
        > raw {noise}{whole}10={total:03}|
        < Heartbeat  TestReqID=x
        > raw {noise}
        > TestRequest  seq=3
        < Heartbeat
    """)


@rule("S-3.4")
def test_a_garbled_number_is_asked_for(converse: Converse) -> None:
    talk = converse(f"""
        > Logon
        < Logon
        > raw 8=FIX.4.4|9=52|35=0|34=24garbled9=CLIENT|52={STAMP}|56=GATEWAY|10=000|
        > Heartbeat      seq=2
        > raw 8=FIX.4.4|9=81|35=D|34=349garbled=CLIENT|52={STAMP}|56=GATEWAY|11=A|10=000|
        > Heartbeat      seq=4
        < ResendRequest  BeginSeqNo=3
        > {ORDER}        seq=3  ClOrdID=A  PossDupFlag=Y
        > Heartbeat      seq=4  PossDupFlag=Y
    """)
    assert ids(talk) == ["A"]


@rule("S-3.5")
def test_a_message_without_end_is_garbled(converse: Converse) -> None:
    """A BodyLength that announces more is not waited for."""
    talk = converse(f"""
        > Logon
        < Logon
        > {ORDER}        seq=2  ClOrdID=A  Text={"x" * 8192}
        > {ORDER}        seq=3  ClOrdID=B
        < ResendRequest  BeginSeqNo=2
    """)
    assert ids(talk) == []
