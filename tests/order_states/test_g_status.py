"""G: what clients ask about orders, one by one or all at once; and the cancel of all at once."""

import pytest

from tests.conftest import clients, make_world
from tests.conversation.rules import rule
from tests.conversation.world import World

TWO = """
    client > NewOrderSingle   ClOrdID=A  OrderQty=100  Price=99.00
    client < ExecutionReport  ClOrdID=A  ExecType=NEW
    client > NewOrderSingle   ClOrdID=B  OrderQty=200  Price=99.00
    client < ExecutionReport  ClOrdID=B  ExecType=NEW
"""


@rule("O-2.2")
def test_G_1_a_a_status_request_for_an_unknown_order(world: World) -> None:
    world.converse(
        """
        client > OrderStatusRequest  ClOrdID=X  Symbol=ACME  Side=BUY  OrdStatusReqID=Q1
        client < ExecutionReport     ClOrdID=X  OrderID=NONE  ExecID=0  ExecType=ORDER_STATUS  OrdStatus=REJECTED  OrdRejReason=5  OrderQty=0  CumQty=0  LeavesQty=0  OrdStatusReqID=Q1
        """
    )


@rule("O-2.1")
def test_G_1_b_nothing_was_done_yet(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle      ClOrdID=X  OrderQty=100
        client < ExecutionReport     ExecType=NEW
        XLON   < NewOrderSingle      OrderQty=100
        client > OrderStatusRequest  ClOrdID=X  Symbol=ACME  Side=BUY
        client < ExecutionReport     ClOrdID=X  ExecType=ORDER_STATUS  OrdStatus=NEW  OrderQty=100  CumQty=0  LeavesQty=100  AvgPx=0
        """
    )


@rule("O-2.1")
def test_G_1_c_status_requests_during_an_orders_life(world: World) -> None:
    """By any ClOrdID of the order, or by our OrderID(37)."""
    world.converse(
        """
        client > NewOrderSingle      ClOrdID=X  OrderQty=100  Price=100.10
        client < ExecutionReport     ExecType=NEW  OrderID=$order
        XLON   < NewOrderSingle      OrderQty=100
        client > OrderStatusRequest  ClOrdID=X  Symbol=ACME  Side=BUY
        client < ExecutionReport     ClOrdID=X  ExecType=ORDER_STATUS  OrdStatus=NEW               CumQty=0   LeavesQty=100
        XLON   > ExecutionReport     ExecType=TRADE  LastQty=20  LastPx=100.10
        client < ExecutionReport     CumQty=20
        client > OrderStatusRequest  ClOrdID=X  Symbol=ACME  Side=BUY
        client < ExecutionReport     ClOrdID=X  ExecType=ORDER_STATUS  OrdStatus=PARTIALLY_FILLED  CumQty=20  LeavesQty=80  AvgPx=100.1  -LastQty
        client > OrderCancelReplaceRequest  ClOrdID=Y  OrigClOrdID=X  OrderQty=90
        client < ExecutionReport     ExecType=PENDING_REPLACE
        client > OrderStatusRequest  ClOrdID=Y  Symbol=ACME  Side=BUY
        client < ExecutionReport     ClOrdID=X  ExecType=ORDER_STATUS  OrdStatus=PENDING_REPLACE   OrderQty=100
        XLON   > ExecutionReport     ExecType=CANCELED
        client < ExecutionReport     ClOrdID=Y  ExecType=REPLACED
        BATE   < NewOrderSingle      OrderQty=70
        client > OrderStatusRequest  ClOrdID=ANY  OrderID=$order  Symbol=ACME  Side=BUY
        client < ExecutionReport     ClOrdID=Y  OrderID=$order  ExecType=ORDER_STATUS  OrdStatus=PARTIALLY_FILLED  OrderQty=90  CumQty=20  LeavesQty=70
        BATE   > ExecutionReport     ExecType=TRADE  LastQty=70  LastPx=100.10
        client < ExecutionReport     OrdStatus=FILLED
        client > OrderStatusRequest  ClOrdID=Y  Symbol=ACME  Side=BUY
        client < ExecutionReport     ClOrdID=Y  ExecType=ORDER_STATUS  OrdStatus=FILLED  CumQty=90  LeavesQty=0
        """
    )


@rule("O-2.2")
def test_nobody_is_told_of_anothers_order() -> None:
    world = make_world(clients=clients("CLIENT", "OTHER"))
    world.converse(
        """
        XLON   quotes ACME 99.90x500 100.10x500
        client > NewOrderSingle      ClOrdID=X  Price=99.00
        client < ExecutionReport     ExecType=NEW  OrderID=$order
        other  > OrderStatusRequest  ClOrdID=X  OrderID=$order  Symbol=ACME  Side=BUY
        other  < ExecutionReport     OrderID=NONE  OrdStatus=REJECTED
        other  > OrderMassStatusRequest  MassStatusReqID=M  MassStatusReqType=ALL
        other  < ExecutionReport     OrderID=NONE  MassStatusReqID=M  TotNumReports=0  LastRptRequested=Y
        other  > OrderMassCancelRequest  ClOrdID=C  MassCancelRequestType=ALL  TransactTime=now
        other  < OrderMassCancelReport   ClOrdID=C  MassCancelResponse=ALL  TotalAffectedOrders=0
        client > OrderStatusRequest  ClOrdID=X  Symbol=ACME  Side=BUY
        client < ExecutionReport     OrdStatus=NEW
        """
    )


@rule("O-2.3")
@pytest.mark.parametrize("scope", ["MassStatusReqType=ALL", "MassStatusReqType=SECURITY  Symbol=ACME"])
def test_a_mass_status_request_tells_all_that_is_open(world: World, scope: str) -> None:
    world.converse(
        TWO
        + f"""
        client > NewOrderSingle      ClOrdID=C  OrderQty=100  Price=99.00
        client < ExecutionReport     ClOrdID=C  ExecType=NEW
        client > OrderCancelRequest  ClOrdID=D  OrigClOrdID=C
        client < ExecutionReport     ExecType=CANCELED
        client > OrderMassStatusRequest  MassStatusReqID=M  {scope}
        client < ExecutionReport     ClOrdID=A  ExecType=ORDER_STATUS  OrdStatus=NEW  MassStatusReqID=M  TotNumReports=2  LastRptRequested=N
        client < ExecutionReport     ClOrdID=B  ExecType=ORDER_STATUS  OrdStatus=NEW  MassStatusReqID=M  TotNumReports=2  LastRptRequested=Y
        """
    )


@rule("O-2.3")
@pytest.mark.parametrize(
    ("scope", "reason"),
    [("MassStatusReqType=SECURITY  Symbol=OTHER", "5"), ("MassStatusReqType=PRODUCT", "11")],
)
def test_a_mass_status_request_that_finds_nothing_is_answered_all_the_same(
    world: World, scope: str, reason: str
) -> None:
    world.converse(
        TWO
        + f"""
        client > OrderMassStatusRequest  MassStatusReqID=M  {scope}
        client < ExecutionReport     OrderID=NONE  ExecType=ORDER_STATUS  OrdStatus=REJECTED  OrdRejReason={reason}  MassStatusReqID=M  TotNumReports=0  LastRptRequested=Y
        """
    )


@rule("O-7.1", "O-7.2")
def test_a_mass_cancel_is_answered_and_then_each_order(world: World) -> None:
    world.converse(
        TWO
        + """
        client > NewOrderSingle   ClOrdID=C  OrderQty=100
        client < ExecutionReport  ClOrdID=C  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100
        client > OrderMassCancelRequest  ClOrdID=M  MassCancelRequestType=ALL  TransactTime=now
        client < OrderMassCancelReport   ClOrdID=M  MassCancelRequestType=ALL  MassCancelResponse=ALL  TotalAffectedOrders=3
        client < ExecutionReport  ClOrdID=A  ExecType=CANCELED  Text~M
        client < ExecutionReport  ClOrdID=B  ExecType=CANCELED
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=40  LastPx=100.10
        client < ExecutionReport  ClOrdID=C  ExecType=TRADE  CumQty=40
        XLON   > ExecutionReport  ExecType=CANCELED
        client < ExecutionReport  ClOrdID=C  ExecType=CANCELED  CumQty=40  LeavesQty=0
        """
    )


@rule("O-7.1")
def test_a_mass_cancel_may_be_of_one_side_of_one_security(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=A  OrderQty=100  Price=99.00  Side=BUY
        client < ExecutionReport  ClOrdID=A  ExecType=NEW
        client > NewOrderSingle   ClOrdID=B  OrderQty=100  Price=101.00  Side=SELL
        client < ExecutionReport  ClOrdID=B  ExecType=NEW
        client > OrderMassCancelRequest  ClOrdID=M  MassCancelRequestType=SECURITY  Symbol=ACME  Side=SELL  TransactTime=now
        client < OrderMassCancelReport   ClOrdID=M  MassCancelResponse=SECURITY  Symbol=ACME  TotalAffectedOrders=1
        client < ExecutionReport  ClOrdID=B  ExecType=CANCELED
        """
    )


@rule("O-7.3")
@pytest.mark.parametrize(
    ("scope", "reason"),
    [("MassCancelRequestType=PRODUCT", "0"), ("MassCancelRequestType=SECURITY  Symbol=OTHER", "1")],
)
def test_a_mass_cancel_that_we_cannot_take_is_rejected(world: World, scope: str, reason: str) -> None:
    world.converse(
        TWO
        + f"""
        client > OrderMassCancelRequest  ClOrdID=M  {scope}  TransactTime=now
        client < OrderMassCancelReport   ClOrdID=M  MassCancelResponse=0  MassCancelRejectReason={reason}  -TotalAffectedOrders
        """
    )
