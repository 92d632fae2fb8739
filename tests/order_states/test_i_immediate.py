"""I: all at once or not at all."""

from tests.conversation.rules import rule
from tests.conversation.world import World


@rule("O-1.6")
def test_I_1_a_a_fill_or_kill_order_that_no_venue_shows_in_full_is_canceled(world: World) -> None:
    """XLON shows 500 and BATE 300: together would do, but each could fill without the other."""
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=X  OrderQty=600  Price=100.10  TimeInForce=FILL_OR_KILL
        client < ExecutionReport  ClOrdID=X  ExecType=NEW       OrdStatus=NEW       LeavesQty=600
        client < ExecutionReport  ClOrdID=X  ExecType=CANCELED  OrdStatus=CANCELED  CumQty=0  LeavesQty=0
        """
    )


@rule("O-1.6")
def test_I_1_a_a_fill_or_kill_order_goes_to_one_venue_and_is_canceled_with_its_child(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=X  OrderQty=400  TimeInForce=FILL_OR_KILL
        client < ExecutionReport  ClOrdID=X  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=400  TimeInForce=FILL_OR_KILL
        XLON   > ExecutionReport  ExecType=CANCELED
        client < ExecutionReport  ClOrdID=X  ExecType=CANCELED  OrdStatus=CANCELED  CumQty=0  LeavesQty=0
        client > NewOrderSingle   ClOrdID=Y  OrderQty=300  TimeInForce=FILL_OR_KILL
        client < ExecutionReport  ClOrdID=Y  ExecType=NEW
        BATE   < NewOrderSingle   OrderQty=300  TimeInForce=FILL_OR_KILL
        BATE   > ExecutionReport  ExecType=TRADE  LastQty=300  LastPx=100.10
        client < ExecutionReport  ClOrdID=Y  ExecType=TRADE  OrdStatus=FILLED  CumQty=300
        """
    )


@rule("O-1.6")
def test_I_1_b_what_an_immediate_order_does_not_get_is_canceled(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=X  OrderQty=100  TimeInForce=IMMEDIATE_OR_CANCEL
        client < ExecutionReport  ClOrdID=X  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=10  LastPx=100.10
        client < ExecutionReport  ClOrdID=X  ExecType=TRADE     OrdStatus=PARTIALLY_FILLED  CumQty=10  LeavesQty=90
        XLON   > ExecutionReport  ExecType=CANCELED
        client < ExecutionReport  ClOrdID=X  ExecType=CANCELED  OrdStatus=CANCELED          CumQty=10  LeavesQty=0
        """
    )
