"""K: trading halts, as a venue reports them of a child."""

from tests.conversation.rules import rule
from tests.conversation.world import World
from tests.order_states import RESTING


@rule("O-5.5")
def test_K_1_a_an_order_is_suspended_with_its_child_and_goes_on_with_it(world: World) -> None:
    """ExecInst(18) J, reinstate on trading halt; it is what we do without being told as well."""
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=X  OrderQty=100  ExecInst=J  {RESTING}
        client < ExecutionReport  ClOrdID=X  ExecType=NEW        OrdStatus=NEW
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=NEW
        XLON   > ExecutionReport  ExecType=SUSPENDED
        client < ExecutionReport  ClOrdID=X  ExecType=SUSPENDED  OrdStatus=SUSPENDED  CumQty=0  LeavesQty=100
        XLON   > ExecutionReport  ExecType=NEW
        client < ExecutionReport  ClOrdID=X  ExecType=RESTATED   OrdStatus=NEW        CumQty=0  LeavesQty=100
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=100  LastPx=100.10
        client < ExecutionReport  ClOrdID=X  ExecType=TRADE      OrdStatus=FILLED
        """
    )


@rule("O-5.5")
def test_K_1_b_an_order_that_says_so_is_canceled_when_trading_is_halted(world: World) -> None:
    world.converse(
        f"""
        client > NewOrderSingle      ClOrdID=X  OrderQty=100  ExecInst=K  {RESTING}
        client < ExecutionReport     ClOrdID=X  ExecType=NEW
        XLON   < NewOrderSingle      OrderQty=100
        XLON   > ExecutionReport     ExecType=TRADE  LastQty=10  LastPx=100.10
        client < ExecutionReport     CumQty=10  LeavesQty=90
        XLON   > ExecutionReport     ExecType=SUSPENDED
        XLON   < OrderCancelRequest
        XLON   > ExecutionReport     ExecType=CANCELED
        client < ExecutionReport     ClOrdID=X  ExecType=CANCELED  OrdStatus=CANCELED  CumQty=10  LeavesQty=0  ExecRestatementReason=CANCEL_ON_TRADING_HALT
        """
    )


@rule("O-5.5")
def test_an_order_with_a_child_at_work_elsewhere_is_not_suspended(world: World) -> None:
    """And it goes on where trading does."""
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=X  OrderQty=600  {RESTING}
        client < ExecutionReport  ClOrdID=X  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=500
        BATE   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=SUSPENDED
        BATE   > ExecutionReport  ExecType=TRADE  LastQty=100  LastPx=100.10
        client < ExecutionReport  ClOrdID=X  ExecType=TRADE  OrdStatus=PARTIALLY_FILLED  CumQty=100
        XLON   > ExecutionReport  ExecType=CANCELED
        BATE   < NewOrderSingle   OrderQty=200
        """
    )


@rule("O-5.5")
def test_an_order_is_calculated_with_its_child(world: World) -> None:
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=X  OrderQty=100  {RESTING}
        client < ExecutionReport  ClOrdID=X  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=CALCULATED
        client < ExecutionReport  ClOrdID=X  ExecType=CALCULATED  OrdStatus=CALCULATED  LeavesQty=100
        """
    )
