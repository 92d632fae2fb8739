"""Drop copies, between the clients they are told of and venues."""

import pytest

from gateway.model import SessionConfig
from gateway.model.settings import DropCopySettings
from tests.conftest import clients, make_world
from tests.conversation.rules import rule
from tests.conversation.world import World

COPY = SessionConfig(sender="GATEWAY", target="COPY")


def copied(*names: str) -> World:
    world = make_world(clients=clients("ALICE", "BOB"), drop_copies=(DropCopySettings(session=COPY, clients=names),))
    world.converse("XLON quotes ACME 99.90x500 100.10x500")
    return world


@rule("O-9.1")
def test_a_drop_copy_hears_what_its_client_hears_and_nothing_of_others() -> None:
    """ExecID(17) is the client's. An answer to a question is for who asked."""
    copied("ALICE").converse(
        """
        alice > NewOrderSingle      ClOrdID=A1  OrderQty=100
        alice < ExecutionReport     ClOrdID=A1  ExecType=NEW  ExecID=$first  -CopyMsgIndicator  -NoPartyIDs
        copy  < ExecutionReport     ClOrdID=A1  ExecType=NEW  ExecID=$first  CopyMsgIndicator=Y  PartyID=ALICE  PartyRole=3
        XLON  < NewOrderSingle      OrderQty=100
        alice > OrderStatusRequest  ClOrdID=A1  Symbol=ACME  Side=BUY
        alice < ExecutionReport     ExecType=ORDER_STATUS
        XLON  > ExecutionReport     ExecType=TRADE  LastQty=100  LastPx=100.10
        alice < ExecutionReport     ClOrdID=A1  ExecType=TRADE  ExecID=$second  OrdStatus=FILLED
        copy  < ExecutionReport     ClOrdID=A1  ExecType=TRADE  ExecID=$second  OrdStatus=FILLED  CumQty=100
        bob   > NewOrderSingle      ClOrdID=B1  OrderQty=100  Symbol=NONE
        bob   < ExecutionReport     ClOrdID=B1  ExecType=REJECTED
        """
    )


@rule("O-9.2")
def test_what_happens_while_it_is_away_comes_by_resend() -> None:
    copied().converse(
        """
        alice > NewOrderSingle      ClOrdID=A1  OrderQty=100
        alice < ExecutionReport     ClOrdID=A1  ExecType=NEW
        copy  < ExecutionReport     ClOrdID=A1  ExecType=NEW
        XLON  < NewOrderSingle      OrderQty=100
        copy  > disconnect
        XLON  > ExecutionReport     ExecType=TRADE  LastQty=40  LastPx=100.10
        alice < ExecutionReport     ClOrdID=A1  ExecType=TRADE  CumQty=40
        restart
        XLON  < OrderStatusRequest
        XLON  > ExecutionReport     ExecType=TRADE  LastQty=60  LastPx=100.10
        alice < ExecutionReport     ClOrdID=A1  ExecType=TRADE  CumQty=100
        copy  > connect
        copy  < ExecutionReport     ClOrdID=A1  ExecType=TRADE  CumQty=40   PossDupFlag=Y
        copy  < ExecutionReport     ClOrdID=A1  ExecType=TRADE  CumQty=100  PossDupFlag=Y
        bob   > NewOrderSingle      ClOrdID=B1  OrderQty=100  Symbol=NONE
        bob   < ExecutionReport     ClOrdID=B1  ExecType=REJECTED
        copy  < ExecutionReport     ClOrdID=B1  ExecType=REJECTED  -PossDupFlag
        """
    )


@rule("O-9.3")
@pytest.mark.parametrize(
    "message",
    [
        "NewOrderSingle",
        "OrderCancelRequest  OrigClOrdID=A1",
        "OrderCancelReplaceRequest  OrigClOrdID=A1",
        "OrderStatusRequest  ClOrdID=A1  Symbol=ACME  Side=BUY",
        "OrderMassStatusRequest  MassStatusReqID=1  MassStatusReqType=7",
        "OrderMassCancelRequest  ClOrdID=A2  MassCancelRequestType=7  TransactTime=now",
        "News  Headline=hello  33=1  Text=hello",
        "DontKnowTrade  OrderID=X  ExecID=X  DKReason=D  Symbol=ACME  Side=BUY  LastQty=1  LastPx=1",
    ],
)
def test_a_drop_copy_may_ask_for_nothing(message: str) -> None:
    copied().converse(
        f"""
        alice > NewOrderSingle         ClOrdID=A1  OrderQty=100  EffectiveTime=+1h
        alice < ExecutionReport        ClOrdID=A1  ExecType=NEW
        copy  < ExecutionReport        ClOrdID=A1  ExecType=NEW
        copy  > {message}
        copy  < BusinessMessageReject  BusinessRejectReason=6  Text~"drop copies only"
        """
    )


@rule("O-9.3")
def test_what_a_drop_copy_refuses_of_ours_is_not_answered() -> None:
    world = copied()
    world.converse("copy > BusinessMessageReject  RefMsgType=8  BusinessRejectReason=0  Text=why")
    assert [note["code"] for note in world.notes("alert")] == ["SESSION.REFUSED"]
