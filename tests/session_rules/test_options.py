"""Encryption, timestamps, the order of fields, careless numbers: rules S-11, S-15 and S-19."""

import re

import pytest

from tests.conversation.rules import rule
from tests.session_rules.words import ORDER, REPORT, Converse, ids

# -- S-11


@rule("S-11.1")
@pytest.mark.parametrize("method", ["1", "5", "6"])
def test_encryption_is_not_for_fix(converse: Converse, method: str) -> None:
    converse(f"""
        > Logon   EncryptMethod={method}
        < Logout  seq=1  Text="EncryptMethod(98) must be 0"
        < disconnect
    """)


# -- S-15


@rule("S-15.1")
@pytest.mark.parametrize("fraction", ["", ".000", ".123", ".123456", ".123456789"])
def test_timestamps_of_any_precision_are_read(converse: Converse, fraction: str) -> None:
    talk = converse(f"""
        > Logon  SendingTime=20260105-14:30:00{fraction}
        < Logon
        > {ORDER.replace("TransactTime=now", "")}  ClOrdID=A  SendingTime=20260105-14:30:00{fraction}  TransactTime=20260105-14:30:00{fraction}
    """)
    assert talk.delivered[0].get(60) == f"20260105-14:30:00{fraction}"


@rule("S-15.1")
@pytest.mark.parametrize("fraction", [".", ".1", ".12", ".1234", ".1234567890", ",123", "Z"])
def test_no_other_precision_is_known(converse: Converse, fraction: str) -> None:
    converse(f"""
        > Logon
        < Logon
        > {ORDER.replace("TransactTime=now", "")}  ClOrdID=A  TransactTime=20260105-14:30:00{fraction}
        < Reject  RefTagID=60  SessionRejectReason=6
    """)


@rule("S-15.2")
@pytest.mark.parametrize(("digits", "shown"), [(0, ""), (3, ".123"), (6, ".123456"), (9, ".123456789")])
def test_timestamps_of_ours_have_the_digits_that_were_agreed(converse: Converse, digits: int, shown: str) -> None:
    """SendingTime(52) and OrigSendingTime(122), of session and application messages, sent for the first time or again."""
    talk = converse(f"""
        > Logon
        < Logon
        +123456789ns
        send {REPORT}      ClOrdID=A  ExecID=1
        < ExecutionReport  seq=2
        > TestRequest
        < Heartbeat
        > ResendRequest    BeginSeqNo=1  EndSeqNo=0
        < SequenceReset    seq=1
        < ExecutionReport  seq=2  PossDupFlag=Y
        < SequenceReset    seq=3
    """, timestamp_digits=digits)  # fmt: skip
    stamps = [stamp for data in talk.heard[1:] for stamp in re.findall(rb"\x01(?:52|122)=([^\x01]*)", data)]
    assert len(stamps) == 8
    assert set(stamps) == {f"20260105-14:30:00{shown}".encode()}


@rule("S-15.3")
def test_tags_may_ascend(converse: Converse) -> None:
    """Between the first three fields and the last; in a group its own order holds."""
    talk = converse(f"""
        > Logon  HeartBtInt=10
        < Logon
        > {ORDER}      ClOrdID=A  Text=
        < Reject       RefTagID=58
        send NewOrderSingle  Symbol=ACME  ClOrdID=A  TransactTime=now  NoAllocs=2  AllocAccount=b  AllocQty=1  AllocAccount=a  AllocQty=2  Side=1  Account=x
        < NewOrderSingle
        > ResendRequest  BeginSeqNo=3  EndSeqNo=0
        < NewOrderSingle  PossDupFlag=Y
        +12s
        < Heartbeat
        < TestRequest
    """, ascending_tags=True)  # fmt: skip
    for data in talk.heard:
        tags = [int(tag) for tag in re.findall(rb"(?:^|\x01)([0-9]+)=", data)][3:-1]
        if 78 in tags:
            at = tags.index(78)
            assert tags[at : at + 5] == [78, 79, 80, 79, 80]
            del tags[at + 1 : at + 5]
        header = [tag for tag in tags if tag in (34, 43, 49, 52, 56, 122)]
        assert tags == sorted(header) + sorted(tags[len(header) :])


# -- S-19


@rule("S-19.1")
@pytest.mark.parametrize("seq", [1, 2, 3, 900])
def test_a_careless_logout_is_a_logout(converse: Converse, seq: int) -> None:
    """Below, at, or beyond the expected number, which counts only where it is that one."""
    converse(f"""
        > Logon
        < Logon
        > Logout  seq={seq}
        < Logout  -Text
        < disconnect
        > connect
        > Logon   seq={3 if seq == 2 else 2}
        < Logon
    """, lax_logout_seq=True)  # fmt: skip


@rule("S-19.2")
@pytest.mark.parametrize("seq", [1, 2, 900])
def test_a_careless_resend_request_is_answered(converse: Converse, seq: int) -> None:
    talk = converse(f"""
        > Logon
        < Logon
        send {REPORT}      ClOrdID=A  ExecID=1
        < ExecutionReport  seq=2
        > ResendRequest    seq={seq}  BeginSeqNo=2  EndSeqNo=2
        < ExecutionReport  seq=2  PossDupFlag=Y
        > {ORDER}          seq={3 if seq == 2 else 2}  ClOrdID=B
        > TestRequest
        < Heartbeat        seq=3
    """, lax_resend_seq=True)  # fmt: skip
    assert ids(talk) == ["B"]
