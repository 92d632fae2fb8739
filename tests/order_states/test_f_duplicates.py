"""F: a ClOrdID(11) that was used before."""

from tests.conversation.rules import rule
from tests.conversation.world import World

FILLED_IN_PART = """
    client > NewOrderSingle   ClOrdID=X  OrderQty=100
    client < ExecutionReport  ClOrdID=X  ExecType=NEW  OrderID=$order
    XLON   < NewOrderSingle   OrderQty=100
    XLON   > ExecutionReport  ExecType=TRADE  LastQty=10  LastPx=100.10
    client < ExecutionReport  ClOrdID=X  OrdStatus=PARTIALLY_FILLED  CumQty=10  LeavesQty=90
"""


@rule("O-1.4")
def test_F_1_a_a_duplicate_is_rejected_and_the_first_order_is_what_it_was(world: World) -> None:
    """The report refuses the second order and tells how the first one stands."""
    world.converse(
        FILLED_IN_PART
        + """
        client > NewOrderSingle   ClOrdID=X  OrderQty=150
        client < ExecutionReport  ClOrdID=X  OrderID=$order  ExecType=REJECTED  OrdStatus=PARTIALLY_FILLED  OrdRejReason=6  OrderQty=100  CumQty=10  LeavesQty=90
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=90  LastPx=100.10
        client < ExecutionReport  ClOrdID=X  OrdStatus=FILLED  OrderQty=100
        """
    )


@rule("O-1.4", "O-1.5")
def test_F_1_b_a_possible_resend_is_answered_with_the_state_or_taken_as_new(world: World) -> None:
    world.converse(
        FILLED_IN_PART
        + """
        client > NewOrderSingle   ClOrdID=X  OrderQty=100  PossResend=Y
        client < ExecutionReport  ClOrdID=X  OrderID=$order  ExecType=ORDER_STATUS  OrdStatus=PARTIALLY_FILLED  OrderQty=100  CumQty=10  LeavesQty=90  -LastQty
        client > NewOrderSingle   ClOrdID=X  OrderQty=200
        client < ExecutionReport  ClOrdID=X  ExecType=REJECTED  OrdStatus=PARTIALLY_FILLED  OrdRejReason=6  OrderQty=100
        client > NewOrderSingle   ClOrdID=Y  OrderQty=150  PossResend=Y
        client < ExecutionReport  ClOrdID=Y  ExecType=NEW  OrdStatus=NEW  OrderQty=150  LeavesQty=150
        XLON   < NewOrderSingle   OrderQty=150
        """
    )
