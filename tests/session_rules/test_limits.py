"""How much a counterparty may send: rules S-17."""

import pytest

from tests.conversation.rules import rule
from tests.session_rules.words import ORDER, Converse, ids

CANCEL = "OrderCancelRequest  OrigClOrdID=A  Symbol=ACME  Side=BUY  TransactTime=now"
TOO_MANY = "< BusinessMessageReject  RefMsgType=D  BusinessRejectReason=0  Text~messages"


@rule("S-17.1")
def test_more_messages_than_the_limit_are_refused_and_the_session_goes_on(converse: Converse) -> None:
    """The next second brings new ones."""
    talk = converse(f"""
        > Logon
        < Logon
        > {ORDER}      seq=2  ClOrdID=A
        > {ORDER}      seq=3  ClOrdID=B
        > {ORDER}      seq=4  ClOrdID=C
        > {ORDER}      seq=5  ClOrdID=D
        > {ORDER}      seq=6  ClOrdID=E
        {TOO_MANY}     RefSeqNum=6  BusinessRejectRefID=E
        > TestRequest  seq=7
        < Heartbeat
        +1s
        > {ORDER}      seq=8  ClOrdID=F
    """, max_messages_per_s=4)  # fmt: skip
    assert ids(talk) == ["A", "B", "C", "D", "F"]


@rule("S-17.1")
def test_without_a_limit_nothing_is_refused(converse: Converse) -> None:
    talk = converse("> Logon\n< Logon\n" + "\n".join(f"> {ORDER} ClOrdID={n}" for n in range(300)))
    assert len(talk.delivered) == 300


@rule("S-17.2")
def test_cancels_have_a_limit_of_their_own(converse: Converse) -> None:
    """Who has sent too many orders must be able to take them back."""
    talk = converse(f"""
        > Logon
        < Logon
        > {ORDER}   ClOrdID=A
        > {ORDER}   ClOrdID=B
        > {ORDER}   ClOrdID=C
        {TOO_MANY}
        > {CANCEL}  ClOrdID=D
        > {CANCEL}  ClOrdID=E
        > {CANCEL}  ClOrdID=F
        > {CANCEL}  ClOrdID=G
        < BusinessMessageReject  RefMsgType=F  BusinessRejectReason=0
    """, max_messages_per_s=2, max_cancels_per_s=3)  # fmt: skip
    assert ids(talk) == ["A", "B", "D", "E", "F"]


@rule("S-17.2")
def test_twice_as_many_cancels_as_messages_are_accepted(converse: Converse) -> None:
    talk = converse(f"""
        > Logon
        < Logon
        > {CANCEL}  ClOrdID=A
        > {CANCEL}  ClOrdID=B
        > {CANCEL}  ClOrdID=C
        > {CANCEL}  ClOrdID=D
        > {CANCEL}  ClOrdID=E
        < BusinessMessageReject  RefMsgType=F
    """, max_messages_per_s=2)  # fmt: skip
    assert ids(talk) == ["A", "B", "C", "D"]


@rule("S-17.3")
@pytest.mark.parametrize("last", [f"{ORDER} ClOrdID=D", "TestRequest"])
def test_a_flood_ends_the_session(converse: Converse, last: str) -> None:
    """Of session messages, too."""
    talk = converse(f"""
        > Logon
        < Logon
        > {ORDER}      ClOrdID=A
        > {ORDER}      ClOrdID=B
        > {ORDER}      ClOrdID=C
        {TOO_MANY}
        > {last}
        < Logout       Text~"more messages"
        < disconnect
    """, max_messages_per_s=2)  # fmt: skip
    assert ids(talk) == ["A", "B"]


@rule("S-17.3")
def test_what_comes_again_because_we_asked_is_not_counted(converse: Converse) -> None:
    lost = "\n".join(f"> {ORDER} seq={seq} PossDupFlag=Y ClOrdID={seq}" for seq in range(2, 60))
    talk = converse(f"""
        > Logon
        < Logon
        > Heartbeat      seq=60
        < ResendRequest  BeginSeqNo=2
        {lost}
        > SequenceReset  seq=60  PossDupFlag=Y  GapFillFlag=Y  NewSeqNo=61
        > {ORDER}        seq=61  ClOrdID=new
    """, max_messages_per_s=2)  # fmt: skip
    assert len(talk.delivered) == 59
