"""A: an order, its fills, its end."""

from tests.conftest import make_world
from tests.conversation.rules import rule
from tests.conversation.world import World

QUOTES = """
    XLON quotes ACME 99.90x500 100.10x500
"""


@rule("O-1.1", "O-1.2")
def test_A_1_a_an_order_is_filled(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=X  OrderQty=100
        client < ExecutionReport  ClOrdID=X  ExecType=NEW    OrdStatus=NEW               OrderQty=100  CumQty=0    LeavesQty=100  AvgPx=0
        XLON   < NewOrderSingle
        XLON   > ExecutionReport  ExecType=NEW
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=20  LastPx=100
        client < ExecutionReport  ClOrdID=X  ExecType=TRADE  OrdStatus=PARTIALLY_FILLED  OrderQty=100  CumQty=20   LeavesQty=80   AvgPx=100
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=30  LastPx=101
        client < ExecutionReport  ClOrdID=X  ExecType=TRADE  OrdStatus=PARTIALLY_FILLED  OrderQty=100  CumQty=50   LeavesQty=50   AvgPx=100.6
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=50  LastPx=102
        client < ExecutionReport  ClOrdID=X  ExecType=TRADE  OrdStatus=FILLED            OrderQty=100  CumQty=100  LeavesQty=0    AvgPx=101.3
        """
    )


@rule("O-6.1")
def test_A_1_b_a_day_order_that_is_part_filled_is_done_for_day_at_the_close() -> None:
    world = make_world(close_s=15 * 3600)
    world.converse(
        QUOTES
        + """
        client > NewOrderSingle   ClOrdID=X  OrderQty=100  TimeInForce=DAY
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=20  LastPx=100.10
        client < ExecutionReport  ExecType=TRADE  OrdStatus=PARTIALLY_FILLED  CumQty=20  LeavesQty=80
        XLON   > ExecutionReport  ExecType=CANCELED
        +30m
        client < ExecutionReport  ClOrdID=X  ExecType=DONE_FOR_DAY  OrdStatus=DONE_FOR_DAY  OrderQty=100  CumQty=20  LeavesQty=0
        """
    )


@rule("O-6.1")
def test_a_day_order_of_which_nothing_is_filled_expires_at_the_close() -> None:
    world = make_world(close_s=15 * 3600)
    world.converse(
        QUOTES
        + """
        client > NewOrderSingle   ClOrdID=X  Price=99.00
        client < ExecutionReport  ExecType=NEW
        +29m
        client > OrderCancelReplaceRequest  ClOrdID=Y  OrigClOrdID=X  Price=98.00
        client < ExecutionReport  ExecType=REPLACED
        +1m
        client < ExecutionReport  ClOrdID=Y  ExecType=EXPIRED  OrdStatus=EXPIRED  CumQty=0  LeavesQty=0
        """
    )


@rule("O-6.2")
def test_the_close_waits_for_the_child_that_is_out() -> None:
    """Nobody is told of an end while a child can still fill; an order of after the close is for the next day."""
    world = make_world(close_s=15 * 3600)
    world.converse(
        QUOTES
        + """
        client > NewOrderSingle   ClOrdID=X
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle
        +30m
        client > NewOrderSingle   ClOrdID=Z  Price=99.00
        client < ExecutionReport  ClOrdID=Z  ExecType=NEW
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=20  LastPx=100.10
        client < ExecutionReport  ClOrdID=X  ExecType=TRADE  OrdStatus=PARTIALLY_FILLED  CumQty=20  LeavesQty=80
        XLON   > ExecutionReport  ExecType=CANCELED
        client < ExecutionReport  ClOrdID=X  ExecType=DONE_FOR_DAY  CumQty=20  LeavesQty=0
        """
    )
