"""C: replace requests that change the quantity, or do not."""

from tests.conversation.rules import rule
from tests.conversation.world import World

OUT = """
    client > NewOrderSingle   ClOrdID=X  OrderQty=100  Price=100.10
    client < ExecutionReport  ExecType=NEW
    XLON   < NewOrderSingle   OrderQty=100
"""


@rule("O-3.1", "O-4.1")
def test_C_1_a_a_zero_filled_order_is_increased(world: World) -> None:
    world.converse(
        OUT
        + """
        client > OrderCancelReplaceRequest  ClOrdID=Y  OrigClOrdID=X  OrderQty=110
        client < ExecutionReport  ClOrdID=Y  OrigClOrdID=X  ExecType=PENDING_REPLACE  OrdStatus=PENDING_REPLACE  OrderQty=100  CumQty=0  LeavesQty=100
        XLON   > ExecutionReport  ExecType=CANCELED
        client < ExecutionReport  ClOrdID=Y  OrigClOrdID=X  ExecType=REPLACED  OrdStatus=NEW  OrderQty=110  CumQty=0  LeavesQty=110
        BATE   < NewOrderSingle   OrderQty=110
        BATE   > ExecutionReport  ExecType=TRADE  LastQty=10  LastPx=100.10
        client < ExecutionReport  ClOrdID=Y  ExecType=TRADE  OrdStatus=PARTIALLY_FILLED  OrderQty=110  CumQty=10  LeavesQty=100
        """
    )


@rule("O-3.2", "O-4.1")
def test_C_1_b_an_execution_while_the_increase_is_pending_has_the_old_terms(world: World) -> None:
    world.converse(
        OUT
        + """
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=10  LastPx=100.10
        client < ExecutionReport  ClOrdID=X  OrdStatus=PARTIALLY_FILLED  CumQty=10  LeavesQty=90
        client > OrderCancelReplaceRequest  ClOrdID=Y  OrigClOrdID=X  OrderQty=120
        client < ExecutionReport  ClOrdID=Y  OrigClOrdID=X  ExecType=PENDING_REPLACE  OrdStatus=PENDING_REPLACE  OrderQty=100  CumQty=10  LeavesQty=90
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=1  LastPx=100.10
        client < ExecutionReport  ClOrdID=X  ExecType=TRADE  OrdStatus=PENDING_REPLACE  OrderQty=100  CumQty=11  LeavesQty=89
        XLON   > ExecutionReport  ExecType=CANCELED
        client < ExecutionReport  ClOrdID=Y  OrigClOrdID=X  ExecType=REPLACED  OrdStatus=PARTIALLY_FILLED  OrderQty=120  CumQty=11  LeavesQty=109
        BATE   < NewOrderSingle   OrderQty=109
        BATE   > ExecutionReport  ExecType=TRADE  LastQty=109  LastPx=100.10
        client < ExecutionReport  ClOrdID=Y  ExecType=TRADE  OrdStatus=FILLED  OrderQty=120  CumQty=120  LeavesQty=0
        """
    )


@rule("O-3.2", "O-4.1")
def test_an_increase_outlives_the_fill_of_all_that_was_ordered_before(world: World) -> None:
    world.converse(
        OUT
        + """
        client > OrderCancelReplaceRequest  ClOrdID=Y  OrigClOrdID=X  OrderQty=120
        client < ExecutionReport  ExecType=PENDING_REPLACE
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=100  LastPx=100.10
        client < ExecutionReport  ClOrdID=X  ExecType=TRADE  OrdStatus=PENDING_REPLACE  OrderQty=100  CumQty=100  LeavesQty=0
        client < ExecutionReport  ClOrdID=Y  OrigClOrdID=X  ExecType=REPLACED  OrdStatus=PARTIALLY_FILLED  OrderQty=120  CumQty=100  LeavesQty=20
        XLON   < NewOrderSingle   OrderQty=20
        """
    )


@rule("O-4.2")
def test_C_1_c_a_filled_order_is_reopened_by_an_increase(world: World) -> None:
    world.converse(
        OUT
        + """
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=100  LastPx=100.10
        client < ExecutionReport  ClOrdID=X  ExecType=TRADE  OrdStatus=FILLED  CumQty=100  LeavesQty=0
        client > OrderCancelReplaceRequest  ClOrdID=Y  OrigClOrdID=X  OrderQty=120
        client < ExecutionReport  ClOrdID=Y  OrigClOrdID=X  ExecType=REPLACED  OrdStatus=PARTIALLY_FILLED  OrderQty=120  CumQty=100  LeavesQty=20
        XLON   < NewOrderSingle   OrderQty=20
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=20  LastPx=100.10
        client < ExecutionReport  ClOrdID=Y  ExecType=TRADE  OrdStatus=FILLED  OrderQty=120  CumQty=120  LeavesQty=0
        """
    )


@rule("O-4.2", "O-3.3")
def test_a_filled_order_is_not_reopened_by_anything_else(world: World) -> None:
    world.converse(
        OUT
        + """
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=100  LastPx=100.10
        client < ExecutionReport  OrdStatus=FILLED
        client > OrderCancelReplaceRequest  ClOrdID=Y  OrigClOrdID=X  OrderQty=100  Price=100.05
        client < OrderCancelReject          ClOrdID=Y  OrigClOrdID=X  OrdStatus=FILLED  CxlRejReason=0  CxlRejResponseTo=2
        """
    )


@rule("O-3.3")
def test_C_2_a_a_replace_not_for_quantity_is_too_late_when_the_order_is_filled(world: World) -> None:
    world.converse(
        OUT
        + """
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=10  LastPx=100.10
        client < ExecutionReport  CumQty=10  LeavesQty=90
        client > OrderCancelReplaceRequest  ClOrdID=Y  OrigClOrdID=X  Price=100.05
        client < ExecutionReport  ClOrdID=Y  OrigClOrdID=X  ExecType=PENDING_REPLACE  OrdStatus=PENDING_REPLACE
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=90  LastPx=100.10
        client < ExecutionReport  ClOrdID=X  ExecType=TRADE  OrdStatus=PENDING_REPLACE  CumQty=100  LeavesQty=0
        client < OrderCancelReject  ClOrdID=Y  OrigClOrdID=X  OrdStatus=FILLED  CxlRejReason=0  CxlRejResponseTo=2
        """
    )


@rule("O-4.3")
def test_C_3_a_a_decrease_to_more_than_CumQty_then_filled(world: World) -> None:
    world.converse(
        OUT
        + """
        client > OrderCancelReplaceRequest  ClOrdID=Y  OrigClOrdID=X  OrderQty=80
        client < ExecutionReport  ExecType=PENDING_REPLACE  OrderQty=100
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=50  LastPx=100.10
        client < ExecutionReport  ClOrdID=X  OrdStatus=PENDING_REPLACE  OrderQty=100  CumQty=50  LeavesQty=50
        XLON   > ExecutionReport  ExecType=CANCELED
        client < ExecutionReport  ClOrdID=Y  OrigClOrdID=X  ExecType=REPLACED  OrdStatus=PARTIALLY_FILLED  OrderQty=80  CumQty=50  LeavesQty=30
        BATE   < NewOrderSingle   OrderQty=30
        BATE   > ExecutionReport  ExecType=TRADE  LastQty=30  LastPx=100.10
        client < ExecutionReport  ClOrdID=Y  OrdStatus=FILLED  OrderQty=80  CumQty=80  LeavesQty=0
        """
    )


@rule("O-4.3")
def test_C_3_b_a_decrease_to_CumQty_ends_the_order_as_filled(world: World) -> None:
    world.converse(
        OUT
        + """
        client > OrderCancelReplaceRequest  ClOrdID=Y  OrigClOrdID=X  OrderQty=70
        client < ExecutionReport  ExecType=PENDING_REPLACE
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=70  LastPx=100.10
        client < ExecutionReport  ClOrdID=X  OrdStatus=PENDING_REPLACE  OrderQty=100  CumQty=70  LeavesQty=30
        XLON   > ExecutionReport  ExecType=CANCELED
        client < ExecutionReport  ClOrdID=Y  OrigClOrdID=X  ExecType=REPLACED  OrdStatus=FILLED  OrderQty=70  CumQty=70  LeavesQty=0
        """
    )


@rule("O-4.3")
def test_C_3_c_a_decrease_below_CumQty_becomes_CumQty(world: World) -> None:
    world.converse(
        OUT
        + """
        client > OrderCancelReplaceRequest  ClOrdID=Y  OrigClOrdID=X  OrderQty=70
        client < ExecutionReport  ExecType=PENDING_REPLACE
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=80  LastPx=100.10
        client < ExecutionReport  ClOrdID=X  OrdStatus=PENDING_REPLACE  OrderQty=100  CumQty=80  LeavesQty=20
        XLON   > ExecutionReport  ExecType=CANCELED
        client < ExecutionReport  ClOrdID=Y  OrigClOrdID=X  ExecType=REPLACED  OrdStatus=FILLED  OrderQty=80  CumQty=80  LeavesQty=0
        """
    )
