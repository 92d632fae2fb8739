"""Validation: rules S-9, each with its switch."""

import pytest

from gateway.model.sessions import Rules
from tests.conversation.rules import rule
from tests.session_rules.words import ORDER, Converse, ids

ALL = "35=D|49=CLIENT|56=GATEWAY|34=2|52=now|"
BODY = "11=A|55=ACME|54=1|38=100|40=1|60=now|"


def without(*fields: str) -> str:
    """The order without these fields, for a message that says them wrongly."""
    return " ".join(word for word in ORDER.split() if not word.startswith(tuple(f"{field}=" for field in fields)))


# rule -> case -> words of an order, RefTagID(371), SessionRejectReason(373)
WRONG = {
    "S-9.1": {"of no field": (f"{ORDER} ClOrdID=A 999=HI", 999, 0)},
    "S-9.2": {
        "of the body": (ORDER, 11, 1),
        "of a group": ("NewOrderList ListID=L BidType=1 TotNoOrders=1 NoOrders=1 ClOrdID=A Symbol=ACME Side=1", 67, 1),
        "of a session message": ("TestRequest -TestReqID", 112, 1),
        "of a SequenceReset": ("SequenceReset GapFillFlag=Y", 36, 1),
    },
    "S-9.3": {"of a Logon": (f"{ORDER} ClOrdID=A HeartBtInt=30", 108, 2)},
    "S-9.4": {"of the body": (f"{ORDER} ClOrdID=A Text=", 58, 4), "of the header": (f"{ORDER} ClOrdID=A SenderSubID=", 50, 4)},
    "S-9.5": {
        "of a char": (f"{without('Side')} ClOrdID=A Side=x", 54, 5),
        "of an int": (f"{ORDER} ClOrdID=A PriceType=77", 423, 5),
        "of several": (f"{ORDER} ClOrdID=A 'ExecInst=1 ~'", 18, 5),
    },
    "S-9.6": {
        "a quantity": (f"{without('OrderQty')} ClOrdID=A OrderQty=+200.00", 38, 6),
        "an exponent": (f"{without('OrderQty')} ClOrdID=A OrderQty=1E2", 38, 6),
        "a time": (f"{without('TransactTime')} ClOrdID=A TransactTime=20260231-10:00:00", 60, 6),
        "a time without its seconds": (f"{ORDER} ClOrdID=A ExpireTime=20040415", 126, 6),
        "a date": (f"{ORDER} ClOrdID=A ExpireDate=20251301", 432, 6),
        "a month": (f"{ORDER} ClOrdID=A MaturityMonthYear=202613", 200, 6),
        "a flag": (f"{ORDER} ClOrdID=A LocateReqd=T", 114, 6),
        "a number": ("ResendRequest BeginSeqNo=a", 7, 6),
        "a time in the header": (f"{ORDER} ClOrdID=A SendingTime=20260431-10:00:00", 52, 6),
        "a first time in the header": (f"{ORDER} ClOrdID=A OrigSendingTime=20260431-10:00:00", 122, 6),
    },
    "S-9.8": {"of the body": (f"{ORDER} ClOrdID=A ClOrdID=A", 11, 13), "of the header": (f"{ORDER} ClOrdID=A SenderSubID=X SenderSubID=X", 50, 13)},
    "S-9.9": {
        "too many announced": (f"{ORDER} ClOrdID=A NoTradingSessions=3 TradingSessionID=1 TradingSessionID=2", 386, 16),
        "too few announced": (f"{ORDER} ClOrdID=A NoTradingSessions=1 TradingSessionID=1 TradingSessionID=2", 386, 16),
        "none there": (f"{ORDER} ClOrdID=A NoTradingSessions=1", 386, 16),
    },
    "S-9.10": {
        "in another order": (
            f"{ORDER} ClOrdID=A NoAllocs=2 AllocAccount=a AllocQty=50 AllocAcctIDSource=1 "
            "AllocAccount=b AllocQty=50 AllocAcctIDSource=1",
            661,
            15,
        ),
        "without its first field": (f"{ORDER} ClOrdID=A NoAllocs=1 AllocAcctIDSource=1 AllocAccount=a", 661, 15),
    },
    "S-9.12": {"that nobody knows": (f"{ORDER} ClOrdID=A 5001=HI", 5001, 0), "of another message": ("Heartbeat 9005=1", 9005, 2)},
}  # fmt: skip
CASES = [(number, case) for number, cases in WRONG.items() for case in cases]


@rule(*WRONG)
@pytest.mark.parametrize(("number", "case"), CASES)
def test_a_message_that_breaks_a_rule_is_rejected_and_counted(converse: Converse, number: str, case: str) -> None:
    message, tag, reason = WRONG[number][case]
    talk = converse(f"""
        > Logon
        < Logon
        > {message}    seq=2
        < Reject       RefSeqNum=2  RefTagID={tag}  SessionRejectReason={reason}  Text~({tag})
        > TestRequest  seq=3
        < Heartbeat
    """)
    assert talk.delivered == []


# The switch, and a message that passes where it is off.
OFF = {
    "S-9.1": ("known", f"{ORDER} ClOrdID=A 999=HI"),
    "S-9.2": ("required", f"{without('Side')} ClOrdID=A"),
    "S-9.3": ("defined", f"{ORDER} ClOrdID=A HeartBtInt=30"),
    "S-9.4": ("empty", f"{ORDER} ClOrdID=A Text="),
    "S-9.5": ("enums", f"{without('Side')} ClOrdID=A Side=x"),
    "S-9.6": ("formats", f"{without('OrderQty')} ClOrdID=A OrderQty=lots"),
    "S-9.8": ("repeated", f"{ORDER} ClOrdID=A Text=x Text=y"),
    "S-9.9": ("group_count", f"{ORDER} ClOrdID=A NoTradingSessions=3 TradingSessionID=1 TradingSessionID=2"),
    "S-9.10": ("group_order", f"{ORDER} ClOrdID=A NoAllocs=1 AllocAccount=a AllocQty=50 AllocAcctIDSource=1"),
    "S-9.12": ("user_defined", f"{ORDER} ClOrdID=A 5001=HI"),
}


@rule(*OFF)
@pytest.mark.parametrize("number", OFF)
def test_a_rule_may_be_switched_off(converse: Converse, number: str) -> None:
    """That one; the others hold."""
    switch, message = OFF[number]
    talk = converse(f"""
        > Logon
        < Logon
        > {message}
        > 35=ZZ
        < Reject  RefSeqNum=3  SessionRejectReason=11
    """, rules=Rules(**{switch: False}))  # fmt: skip
    assert ids(talk) == ["A"]


@rule("S-9.1")
@pytest.mark.parametrize("tag", ["0", "-1", "x", "", "01", "9999999999"])
def test_a_tag_that_is_no_number_is_rejected(converse: Converse, tag: str) -> None:
    converse(f"""
        > Logon
        < Logon
        > fields {ALL}{BODY}{tag}=HI|
        < Reject       RefSeqNum=2  RefMsgType=D  SessionRejectReason=0
        > TestRequest  seq=3
        < Heartbeat
    """)


@rule("S-9.7")
@pytest.mark.parametrize(
    ("fields", "tag"),
    [
        (f"35=D|{BODY}34=2|49=CLIENT|52=now|56=GATEWAY|", 34),
        ("35=D|55=ACME|34=2|49=CLIENT|52=now|56=GATEWAY|11=A|54=1|38=100|40=1|60=now|", 34),
        ("35=D|49=CLIENT|56=GATEWAY|34=2|11=A|52=now|55=ACME|54=1|38=100|40=1|60=now|", 52),
        (f"{ALL}11=A|93=1|89=x|55=ACME|54=1|38=100|40=1|60=now|", 55),
    ],
)
def test_header_body_and_trailer_have_their_order(converse: Converse, fields: str, tag: int) -> None:
    """The number is found all the same, so the message counts."""
    converse(f"""
        > Logon
        < Logon
        > fields {fields}
        < Reject       RefSeqNum=2  RefTagID={tag}  RefMsgType=D  SessionRejectReason=14
        > TestRequest  seq=3
        < Heartbeat
    """)


@rule("S-9.7")
def test_the_order_of_header_and_body_may_be_left_open(converse: Converse) -> None:
    talk = converse(f"""
        > Logon
        < Logon
        > fields 35=D|{BODY}34=2|49=CLIENT|52=now|56=GATEWAY|
        > TestRequest  seq=3
        < Heartbeat
    """, rules=Rules(order=False))  # fmt: skip
    assert ids(talk) == ["A"]


@rule("S-9.11")
@pytest.mark.parametrize(("value", "reason"), [("a|b", 17), ("a||b", 17), ("a|b=c", 0)])
def test_a_value_ends_at_its_first_soh(converse: Converse, value: str, reason: int) -> None:
    """What is behind it is no field, or one of another name."""
    converse(f"""
        > Logon
        < Logon
        > fields {ALL}{BODY}58={value}|
        < Reject       RefSeqNum=2  RefMsgType=D  SessionRejectReason={reason}
        > TestRequest  seq=3
        < Heartbeat
    """)


@rule("S-9.11")
@pytest.mark.parametrize("data", ["a|b", "|", "10=000|", "8=FIX.4.4|9=5|35=0|"])
def test_data_may_hold_soh(converse: Converse, data: str) -> None:
    """Its length, in the field before it, says where it ends."""
    talk = converse(f"""
        > Logon
        < Logon
        > fields {ALL}{BODY}354={len(data)}|355={data}|
        > TestRequest  seq=3
        < Heartbeat
    """)
    assert talk.delivered[0].get(355) == data.replace("|", "\x01")


@rule("S-9.11", "S-9.6")
@pytest.mark.parametrize(
    "fields", ["354=3|355=ab|", "354=1|355=ab|", "354=999|355=ab|", "354=x|355=ab|", "354=-1|355=ab|"]
)
def test_a_length_that_lies_is_a_wrong_format(converse: Converse, fields: str) -> None:
    converse(f"""
        > Logon
        < Logon
        > fields {ALL}{BODY}{fields}
        < Reject       RefSeqNum=2  RefMsgType=D  SessionRejectReason=6
        > TestRequest  seq=3
        < Heartbeat
    """)


@rule("S-9.13")
def test_the_fields_of_header_and_body_may_stand_in_any_order(converse: Converse) -> None:
    talk = converse(f"""
        > Logon
        < Logon
        > fields {ALL}{BODY}
        > fields 35=D|49=CLIENT|34=3|56=GATEWAY|52=now|40=1|55=ACME|60=now|54=1|21=3|38=100|11=B|
        > fields 35=D|52=now|34=4|56=GATEWAY|49=CLIENT|60=now|38=100|40=1|54=1|55=ACME|11=C|
    """)
    assert ids(talk) == ["A", "B", "C"]


@rule("S-9.14")
@pytest.mark.parametrize(
    "message",
    [
        f"{ORDER} ClOrdID=A NoPartyIDs=0",
        f"{ORDER} ClOrdID=A NoAllocs=0 NoTradingSessions=0",
        "SecurityDefinition SecurityReqID=1 SecurityResponseID=2 SecurityResponseType=6 Symbol=ACME NoSecurityAltID=0 Text=none",
    ],
)
def test_a_group_may_be_empty(converse: Converse, message: str) -> None:
    talk = converse(f"""
        > Logon
        < Logon
        > {message}
        > TestRequest  seq=3
        < Heartbeat
    """)
    assert len(talk.delivered) == 1


@rule("S-9.15")
def test_the_fields_of_a_message_are_counted(converse: Converse) -> None:
    """The order has 14 with BeginString and CheckSum."""
    script = f"""
        > Logon
        < Logon
        > {ORDER}  ClOrdID=A  Text=x
    """
    assert ids(converse(script, max_fields=20)) == ["A"]
    refused = converse(script + "< Reject  RefSeqNum=2  SessionRejectReason=99", max_fields=12)
    assert refused.delivered == []


@rule("S-9.15")
def test_a_message_with_more_fields_than_anybody_needs_is_rejected(converse: Converse) -> None:
    entries = "  ".join(f"TradingSessionID={n}" for n in range(600))
    talk = converse(f"""
        > Logon
        < Logon
        > {ORDER}  ClOrdID=A  {entries}
        < Reject   RefSeqNum=2  SessionRejectReason=99
    """.replace("TradingSessionID", "336"))  # fmt: skip
    assert talk.delivered == []
