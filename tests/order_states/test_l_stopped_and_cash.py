"""L: a guarantee before the execution, and orders in money."""

import pytest

from tests.conftest import make_world
from tests.conversation.rules import rule
from tests.conversation.world import World
from tests.order_states import RESTING, listed


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


@rule("O-1.9")
def test_L_1_b_an_order_in_money_is_one_in_shares_from_its_entry_on(world: World) -> None:
    """10000 buys 99 shares at the best offer, 100.10. What they cost in the end does not change that."""
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=X  -OrderQty  CashOrderQty=10000  OrdType=MARKET
        client < ExecutionReport  ClOrdID=X  ExecType=NEW    OrdStatus=NEW               OrderQty=99  CashOrderQty=10000  CumQty=0   LeavesQty=99
        XLON   < NewOrderSingle   OrderQty=99  -CashOrderQty
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=20  LastPx=100.10
        client < ExecutionReport  ClOrdID=X  ExecType=TRADE  OrdStatus=PARTIALLY_FILLED  OrderQty=99  CashOrderQty=10000  CumQty=20  LeavesQty=79
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=79  LastPx=99.90
        client < ExecutionReport  ClOrdID=X  ExecType=TRADE  OrdStatus=FILLED            OrderQty=99  CashOrderQty=10000  CumQty=99  LeavesQty=0
        restart
        client > OrderStatusRequest  ClOrdID=X  Symbol=ACME  Side=BUY
        client < ExecutionReport     ExecType=ORDER_STATUS  OrdStatus=FILLED  OrderQty=99  CashOrderQty=10000
        """
    )


@rule("O-1.9")
@pytest.mark.parametrize(
    ("terms", "answer"),
    [
        ("Side=BUY   OrdType=MARKET                CashOrderQty=1001     ", "ExecType=NEW  OrderQty=10"),
        ("Side=BUY   OrdType=MARKET                CashOrderQty=1000.99  ", "ExecType=NEW  OrderQty=9"),
        ("Side=SELL  OrdType=MARKET                CashOrderQty=999      ", "ExecType=NEW  OrderQty=10"),
        ("Side=BUY   OrdType=LIMIT  Price=50       CashOrderQty=1000     ", "ExecType=NEW  OrderQty=20"),
        ("Side=SELL  OrdType=LIMIT  Price=200      CashOrderQty=1000     ", "ExecType=NEW  OrderQty=5"),
        ("Side=SELL  OrdType=LIMIT  Price=99       CashOrderQty=999      ", "ExecType=NEW  OrderQty=10"),
        ("Side=BUY   OrdType=STOP   StopPx=125     CashOrderQty=1000     ", "ExecType=NEW  OrderQty=8"),
        ("Side=BUY   OrdType=MARKET                CashOrderQty=100.09   ", "ExecType=REJECTED  OrdRejReason=13  Text~ORDER.CASH"),
        ("Side=BUY   OrdType=MARKET                CashOrderQty=0        ", "ExecType=REJECTED  OrdRejReason=13  Text~ORDER.CASH"),
        ("Side=BUY   OrdType=LIMIT  Price=0.0000001  CashOrderQty=1000000", "ExecType=REJECTED  OrdRejReason=13  Text~ORDER.CASH"),
        ("Side=BUY   OrdType=LIMIT  Price=-1       CashOrderQty=1000     ", "ExecType=REJECTED  Text~RISK.REFERENCE"),
        ("Side=BUY   OrdType=MARKET  OrderQty=5    CashOrderQty=1000     ", "ExecType=REJECTED  Text~ORDER.CONFLICT"),
        ("Side=BUY   OrdType=MARKET  Symbol=NOPE   CashOrderQty=1000     ", "ExecType=REJECTED  OrdRejReason=1"),
        ("Side=BUY   OrdType=LIMIT  Price=50       CashOrderQty=5000050  ", "ExecType=REJECTED  OrdRejReason=3  Text~RISK.QTY"),
        ("Side=BUY   OrdType=MARKET                CashOrderQty=5100000  ", "ExecType=REJECTED  OrdRejReason=3  Text~RISK.NOTIONAL"),
    ],
)  # fmt: skip
def test_money_is_counted_in_whole_lots_and_judged_as_shares(world: World, terms: str, answer: str) -> None:
    """At the limit, the best price of the other side or the price that is waited for; ACME is 99.90 at 100.10."""
    world.parties["XLON"].silent += ("D",)
    quantity = "" if " OrderQty=" in terms else "-OrderQty"
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=X  {quantity}  {terms}
        client < ExecutionReport  ClOrdID=X  {answer}  CashOrderQty=*
        """
    )


@rule("O-1.9")
def test_money_without_a_price_to_count_it_by_is_rejected() -> None:
    make_world().converse(
        """
        client > NewOrderSingle   ClOrdID=X  -OrderQty  CashOrderQty=10000  OrdType=MARKET
        client < ExecutionReport  ClOrdID=X  ExecType=REJECTED  OrdStatus=REJECTED  CumQty=0  LeavesQty=0  Text~RISK.REFERENCE
        """
    )


@rule("O-1.9")
def test_an_order_of_a_list_is_not_in_money(world: World) -> None:
    order = listed("A", 1).replace("OrderQty=100", "CashOrderQty=10000")
    world.converse(
        f"""
        client > NewOrderList     ListID=L  BidType=3  TotNoOrders=1  NoOrders=1  {order}
        client < ListStatus       ListOrderStatus=REJECT  NoOrders=1  ClOrdID=A  OrdRejReason=11  Text~ORDER.INSTRUCTION
        """
    )


@rule("O-1.10")
def test_a_replace_in_money_counts_what_was_filled_at_what_it_cost(world: World) -> None:
    """10 were bought for 1000; the 1001 that are left of 2001 buy 10 more. Then no more is wanted than was spent."""
    world.converse(
        f"""
        client > NewOrderSingle             ClOrdID=X  OrderQty=100  OrdType=MARKET  {RESTING}
        client < ExecutionReport            ExecType=NEW
        XLON   < NewOrderSingle             OrderQty=100
        XLON   > ExecutionReport            ExecType=TRADE  LastQty=10  LastPx=100
        client < ExecutionReport            CumQty=10
        client > OrderCancelReplaceRequest  ClOrdID=Y  OrigClOrdID=X  -OrderQty  CashOrderQty=100.09  OrdType=LIMIT  Price=1000  {RESTING}
        client < OrderCancelReject          ClOrdID=Y  CxlRejReason=BROKER_OPTION  Text~RISK.COLLAR
        client > OrderCancelReplaceRequest  ClOrdID=Y1  OrigClOrdID=X  OrderQty=100  CashOrderQty=1000  OrdType=MARKET  {RESTING}
        client < OrderCancelReject          ClOrdID=Y1  CxlRejReason=BROKER_OPTION  Text~ORDER.CONFLICT
        client > OrderCancelReplaceRequest  ClOrdID=Z  OrigClOrdID=X  -OrderQty  CashOrderQty=2001  OrdType=MARKET  {RESTING}
        client < ExecutionReport            ExecType=PENDING_REPLACE
        XLON   < OrderCancelRequest
        XLON   > ExecutionReport            ExecType=CANCELED
        client < ExecutionReport            ClOrdID=Z  ExecType=REPLACED  OrderQty=20  CashOrderQty=2001  LeavesQty=10
        XLON   < NewOrderSingle             OrderQty=10
        """
    )
