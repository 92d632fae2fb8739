"""L: a guarantee before the execution."""

from tests.conversation.rules import rule
from tests.conversation.world import World
from tests.order_states import RESTING


@rule("O-5.5")
def test_L_1_a_a_guarantee_is_passed_on_and_the_order_is_stopped(world: World) -> None:
    """LastQty(32) and LastPx(31) are what is guaranteed; nothing is booked. The execution may be better."""
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=X  OrderQty=100  {RESTING}
        client < ExecutionReport  ClOrdID=X  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=STOPPED  LastQty=10  LastPx=50.10  Text="you are guaranteed to buy 10 at 50.10"
        client < ExecutionReport  ClOrdID=X  ExecType=STOPPED  OrdStatus=STOPPED  CumQty=0   LeavesQty=100  LastQty=10  LastPx=50.10  Text~guaranteed
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=10  LastPx=50
        client < ExecutionReport  ClOrdID=X  ExecType=TRADE    OrdStatus=STOPPED  CumQty=10  LeavesQty=90   AvgPx=50
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=90  LastPx=50
        client < ExecutionReport  ClOrdID=X  ExecType=TRADE    OrdStatus=FILLED   CumQty=100
        """
    )
