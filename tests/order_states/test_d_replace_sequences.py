"""D: one replace request after another, or on top of another."""

from gateway.oms.requests import MAX_PENDING
from tests.conversation.rules import rule
from tests.conversation.world import World

OUT = """
    client > NewOrderSingle   ClOrdID=X  OrderQty=100  Price=100.10
    client < ExecutionReport  ExecType=NEW
    XLON   < NewOrderSingle   OrderQty=100
    XLON   > ExecutionReport  ExecType=TRADE  LastQty=10  LastPx=100.10
    client < ExecutionReport  ClOrdID=X  OrdStatus=PARTIALLY_FILLED  CumQty=10  LeavesQty=90
"""
BOTH = """
    client > OrderCancelReplaceRequest  ClOrdID=Y  OrigClOrdID=X  OrderQty=80
    client < ExecutionReport  ClOrdID=Y  OrigClOrdID=X  ExecType=PENDING_REPLACE  OrdStatus=PENDING_REPLACE  OrderQty=100  CumQty=10  LeavesQty=90
    client > OrderCancelReplaceRequest  ClOrdID=Z  OrigClOrdID=Y  OrderQty=70
    client < ExecutionReport  ClOrdID=Z  OrigClOrdID=X  ExecType=PENDING_REPLACE  OrdStatus=PENDING_REPLACE  OrderQty=100  CumQty=10  LeavesQty=90
"""


@rule("O-3.1", "O-3.5")
def test_D_1_a_a_replace_is_accepted_and_then_another_one(world: World) -> None:
    world.converse(
        OUT
        + """
        client > OrderCancelReplaceRequest  ClOrdID=Y  OrigClOrdID=X  OrderQty=80
        client < ExecutionReport  ClOrdID=Y  OrigClOrdID=X  ExecType=PENDING_REPLACE  OrderQty=100  CumQty=10  LeavesQty=90
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=5  LastPx=100.10
        client < ExecutionReport  ClOrdID=X  OrdStatus=PENDING_REPLACE  OrderQty=100  CumQty=15  LeavesQty=85
        XLON   > ExecutionReport  ExecType=CANCELED
        client < ExecutionReport  ClOrdID=Y  OrigClOrdID=X  ExecType=REPLACED  OrdStatus=PARTIALLY_FILLED  OrderQty=80  CumQty=15  LeavesQty=65
        BATE   < NewOrderSingle   OrderQty=65
        BATE   > ExecutionReport  ExecType=TRADE  LastQty=20  LastPx=100.10
        client < ExecutionReport  ClOrdID=Y  OrderQty=80  CumQty=35  LeavesQty=45
        client > OrderCancelReplaceRequest  ClOrdID=Z  OrigClOrdID=Y  OrderQty=60
        client < ExecutionReport  ClOrdID=Z  OrigClOrdID=Y  ExecType=PENDING_REPLACE  OrderQty=80  CumQty=35  LeavesQty=45
        BATE   > ExecutionReport  ExecType=TRADE  LastQty=5  LastPx=100.10
        client < ExecutionReport  ClOrdID=Y  OrdStatus=PENDING_REPLACE  CumQty=40  LeavesQty=40
        BATE   > ExecutionReport  ExecType=CANCELED
        client < ExecutionReport  ClOrdID=Z  OrigClOrdID=Y  ExecType=REPLACED  OrdStatus=PARTIALLY_FILLED  OrderQty=60  CumQty=40  LeavesQty=20
        """
    )


@rule("O-3.5", "O-4.4")
def test_D_1_b_a_replace_is_rejected_before_it_is_pending_and_another_one_accepted(world: World) -> None:
    """OrigClOrdID(41) of the second is X, the last that was not rejected."""
    world.converse(
        OUT
        + """
        client > OrderCancelReplaceRequest  ClOrdID=Y  OrigClOrdID=X  Price=200
        client < OrderCancelReject  ClOrdID=Y  OrigClOrdID=X  OrdStatus=PARTIALLY_FILLED  CxlRejReason=2  CxlRejResponseTo=2
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=5  LastPx=100.10
        client < ExecutionReport  ClOrdID=X  OrdStatus=PARTIALLY_FILLED  CumQty=15  LeavesQty=85
        client > OrderCancelReplaceRequest  ClOrdID=Z  OrigClOrdID=X  OrderQty=60
        client < ExecutionReport  ClOrdID=Z  OrigClOrdID=X  ExecType=PENDING_REPLACE
        XLON   > ExecutionReport  ExecType=CANCELED
        client < ExecutionReport  ClOrdID=Z  OrigClOrdID=X  ExecType=REPLACED  OrderQty=60  CumQty=15  LeavesQty=45
        BATE   < NewOrderSingle   OrderQty=45
        """
    )


@rule("O-3.3", "O-4.2")
def test_D_1_c_a_replace_is_rejected_after_it_was_pending_and_another_one_accepted(world: World) -> None:
    world.converse(
        OUT
        + """
        client > OrderCancelReplaceRequest  ClOrdID=Y  OrigClOrdID=X  OrderQty=80
        client < ExecutionReport  ClOrdID=Y  OrigClOrdID=X  ExecType=PENDING_REPLACE
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=90  LastPx=100.10
        client < ExecutionReport  ClOrdID=X  OrdStatus=PENDING_REPLACE  CumQty=100  LeavesQty=0
        client < OrderCancelReject  ClOrdID=Y  OrigClOrdID=X  OrdStatus=FILLED  CxlRejReason=0
        client > OrderCancelReplaceRequest  ClOrdID=Z  OrigClOrdID=X  OrderQty=160
        client < ExecutionReport  ClOrdID=Z  OrigClOrdID=X  ExecType=REPLACED  OrdStatus=PARTIALLY_FILLED  OrderQty=160  CumQty=100  LeavesQty=60
        XLON   < NewOrderSingle   OrderQty=60
        """
    )


@rule("O-3.5")
def test_D_2_a_with_nothing_out_each_is_answered_before_the_next(world: World) -> None:
    world.converse(
        OUT
        + """
        XLON   > ExecutionReport  ExecType=CANCELED
        BATE   < NewOrderSingle   OrderQty=90
        BATE   > ExecutionReport  ExecType=CANCELED
        client > OrderCancelReplaceRequest  ClOrdID=Y  OrigClOrdID=X  OrderQty=80
        client < ExecutionReport  ClOrdID=Y  OrigClOrdID=X  ExecType=REPLACED  OrdStatus=PARTIALLY_FILLED  OrderQty=80  CumQty=10  LeavesQty=70
        client > OrderCancelReplaceRequest  ClOrdID=Z  OrigClOrdID=Y  OrderQty=70
        client < ExecutionReport  ClOrdID=Z  OrigClOrdID=Y  ExecType=REPLACED  OrdStatus=PARTIALLY_FILLED  OrderQty=70  CumQty=10  LeavesQty=60
        """
    )


@rule("O-3.5")
def test_D_2_b_both_are_pending_and_then_carried_out_in_their_order(world: World) -> None:
    """OrigClOrdID(41) of ours is the last accepted: X until Y is. Nothing is sent out between the two."""
    world.converse(
        OUT
        + BOTH
        + """
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=5  LastPx=100.10
        client < ExecutionReport  ClOrdID=X  OrdStatus=PENDING_REPLACE  OrderQty=100  CumQty=15  LeavesQty=85
        XLON   > ExecutionReport  ExecType=CANCELED
        client < ExecutionReport  ClOrdID=Y  OrigClOrdID=X  ExecType=REPLACED  OrdStatus=PENDING_REPLACE   OrderQty=80  CumQty=15  LeavesQty=65
        client < ExecutionReport  ClOrdID=Z  OrigClOrdID=Y  ExecType=REPLACED  OrdStatus=PARTIALLY_FILLED  OrderQty=70  CumQty=15  LeavesQty=55
        BATE   < NewOrderSingle   OrderQty=55
        BATE   > ExecutionReport  ExecType=TRADE  LastQty=55  LastPx=100.10
        client < ExecutionReport  ClOrdID=Z  ExecType=TRADE  OrdStatus=FILLED  OrderQty=70  CumQty=70  LeavesQty=0
        """
    )


@rule("O-3.3", "O-3.5")
def test_D_2_c_both_are_rejected_in_their_order(world: World) -> None:
    world.converse(
        OUT
        + BOTH
        + """
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=90  LastPx=100.10
        client < ExecutionReport  ClOrdID=X  OrdStatus=PENDING_REPLACE  OrderQty=100  CumQty=100  LeavesQty=0
        client < OrderCancelReject  ClOrdID=Y  OrigClOrdID=X  OrdStatus=PENDING_REPLACE  CxlRejReason=0
        client < OrderCancelReject  ClOrdID=Z  OrigClOrdID=X  OrdStatus=FILLED           CxlRejReason=0
        """
    )


@rule("O-3.6")
def test_D_2_d_beyond_what_we_keep_a_request_is_rejected_as_the_order_is_pending(world: World) -> None:
    world.converse(OUT)
    for place in range(MAX_PENDING):
        world.converse(
            f"""
            client > OrderCancelReplaceRequest  ClOrdID=Y{place}  OrigClOrdID={f"Y{place - 1}" if place else "X"}  OrderQty={99 - place}
            client < ExecutionReport  ClOrdID=Y{place}  OrigClOrdID=X  ExecType=PENDING_REPLACE
            """
        )
    world.converse(
        f"""
        client > OrderCancelReplaceRequest  ClOrdID=Z  OrigClOrdID=Y{MAX_PENDING - 1}  OrderQty=50
        client < OrderCancelReject  ClOrdID=Z  OrigClOrdID=X  OrdStatus=PENDING_REPLACE  CxlRejReason=3  CxlRejResponseTo=2
        """
    )


@rule("O-3.5")
def test_a_cancel_on_top_of_a_replace_ends_the_order_without_working_it(world: World) -> None:
    world.converse(
        OUT
        + """
        client > OrderCancelReplaceRequest  ClOrdID=Y  OrigClOrdID=X  OrderQty=200
        client < ExecutionReport     ClOrdID=Y  OrigClOrdID=X  ExecType=PENDING_REPLACE  OrdStatus=PENDING_REPLACE
        client > OrderCancelRequest  ClOrdID=Z  OrigClOrdID=Y
        client < ExecutionReport     ClOrdID=Z  OrigClOrdID=X  ExecType=PENDING_CANCEL   OrdStatus=PENDING_CANCEL
        XLON   > ExecutionReport     ExecType=CANCELED
        client < ExecutionReport     ClOrdID=Y  OrigClOrdID=X  ExecType=REPLACED  OrdStatus=PENDING_CANCEL  OrderQty=200  LeavesQty=190
        client < ExecutionReport     ClOrdID=Z  OrigClOrdID=Y  ExecType=CANCELED  OrdStatus=CANCELED        CumQty=10     LeavesQty=0
        """
    )


@rule("O-3.5", "O-3.7")
def test_a_request_on_top_of_another_may_name_the_last_accepted(world: World) -> None:
    """Who chains by what was confirmed, not by what was sent, is understood as well; any other name is not."""
    world.converse(
        OUT
        + """
        client > OrderCancelReplaceRequest  ClOrdID=Y  OrigClOrdID=X  OrderQty=80
        client < ExecutionReport    ExecType=PENDING_REPLACE
        client > OrderCancelReplaceRequest  ClOrdID=Z  OrigClOrdID=X  OrderQty=70
        client < ExecutionReport    ClOrdID=Z  OrigClOrdID=X  ExecType=PENDING_REPLACE
        XLON   > ExecutionReport    ExecType=CANCELED
        client < ExecutionReport    ClOrdID=Y  OrigClOrdID=X  ExecType=REPLACED
        client < ExecutionReport    ClOrdID=Z  OrigClOrdID=Y  ExecType=REPLACED
        BATE   < NewOrderSingle     OrderQty=60
        client > OrderCancelRequest  ClOrdID=W  OrigClOrdID=Y
        client < OrderCancelReject   ClOrdID=W  OrigClOrdID=Z  CxlRejReason=99  Text~ORDER.CHAIN
        """
    )
