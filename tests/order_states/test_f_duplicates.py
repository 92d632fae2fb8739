"""F: a ClOrdID(11) that was used before."""

import pytest

from tests.conversation.rules import rule
from tests.conversation.world import World
from tests.order_states.days import late_in_the_day

FILLED_IN_PART = """
    client > NewOrderSingle   ClOrdID=X  OrderQty=100
    client < ExecutionReport  ClOrdID=X  ExecType=NEW  OrderID=$order
    XLON   < NewOrderSingle   OrderQty=100
    XLON   > ExecutionReport  ExecType=TRADE  LastQty=10  LastPx=100.10
    client < ExecutionReport  ClOrdID=X  OrdStatus=PARTIALLY_FILLED  CumQty=10  LeavesQty=90
"""


@pytest.fixture
def day() -> World:
    """It is 23:00, and the market closes at 23:30."""
    return late_in_the_day()


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


@rule("O-1.7")
def test_a_ClOrdID_is_free_again_on_the_day_after(day: World) -> None:
    """What still goes on keeps all of its own, those of its past included; a restart changes nothing of that."""
    day.converse(
        """
        XLON   quotes ACME 99.90x500 100.10x500
        client > NewOrderSingle             ClOrdID=X  OrderQty=100  Price=99  TimeInForce=GOOD_TILL_CANCEL
        client < ExecutionReport            ExecType=NEW
        client > OrderCancelReplaceRequest  ClOrdID=Y  OrigClOrdID=X  OrderQty=150  Price=99  TimeInForce=GOOD_TILL_CANCEL
        client < ExecutionReport            ExecType=REPLACED
        client > NewOrderSingle             ClOrdID=Z  OrderQty=100  TimeInForce=3  Price=99
        client < ExecutionReport            ExecType=NEW  OrderID=$first
        client < ExecutionReport            ExecType=CANCELED
        client > NewOrderSingle             ClOrdID=Z  OrderQty=100
        client < ExecutionReport            OrderID=$first  ExecType=REJECTED  OrdRejReason=6
        +30m
        client < ExecutionReport            ClOrdID=Y  ExecType=DONE_FOR_DAY
        +30m
        client < ExecutionReport            ClOrdID=Y  ExecType=RESTATED
        restart
        client > NewOrderSingle             ClOrdID=X  OrderQty=100
        client < ExecutionReport            ClOrdID=X  ExecType=REJECTED  OrdRejReason=6  OrderQty=150
        client > OrderCancelRequest         ClOrdID=Z  OrigClOrdID=Y
        client < ExecutionReport            ClOrdID=Z  OrigClOrdID=Y  ExecType=CANCELED
        client > NewOrderSingle             ClOrdID=Z  OrderQty=100
        client < ExecutionReport            ClOrdID=Z  ExecType=REJECTED  OrdRejReason=6  OrderQty=150
        client > OrderStatusRequest         ClOrdID=W  OrderID=$first  Symbol=ACME  Side=BUY
        client < ExecutionReport            ClOrdID=Z  OrderID=$first  ExecType=ORDER_STATUS  OrdStatus=CANCELED
        """
    )


@rule("O-6.7", "O-8.3")
def test_an_order_that_a_bust_opens_again_the_day_after_has_its_ClOrdID_back(day: World) -> None:
    """It was free meanwhile, and nobody took it."""
    day.converse(
        """
        XLON   quotes ACME 99.90x500 100.10x500
        client > NewOrderSingle      ClOrdID=X  OrderQty=100
        client < ExecutionReport     ExecType=NEW  OrderID=$order
        XLON   < NewOrderSingle      OrderQty=100  ClOrdID=$child
        XLON   > ExecutionReport     ExecType=TRADE  LastQty=100  LastPx=100.10  ExecID=E
        client < ExecutionReport     OrdStatus=FILLED
        +90m
        restart
        client > OrderCancelRequest  ClOrdID=C  OrigClOrdID=X
        client < OrderCancelReject   ClOrdID=C  OrderID=NONE
        XLON   > ExecutionReport     ClOrdID=$child  ExecType=TRADE_CANCEL  ExecRefID=E  LeavesQty=0
        client < ExecutionReport     ClOrdID=X  OrderID=$order  ExecType=TRADE_CANCEL  CumQty=0  LeavesQty=100
        client > OrderCancelRequest  ClOrdID=C  OrigClOrdID=X
        client < ExecutionReport     ClOrdID=C  OrigClOrdID=X  ExecType=CANCELED
        """
    )
