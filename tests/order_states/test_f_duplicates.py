"""F: a ClOrdID(11) that was used before."""

import msgspec
import pytest

from tests.conftest import SETTINGS, clients, make_world
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


@rule("O-1.8")
def test_sessions_of_one_firm_have_their_ClOrdIDs_together() -> None:
    """The third one is somebody else's."""
    names = ("DESK-1", "DESK-2", "THIRD")
    world = make_world(clients=clients(*names), firms={"DESK-*": "HOUSE"})
    world.converse(
        """
        desk-1 > NewOrderSingle      ClOrdID=X  OrderQty=100  OrdType=LIMIT  Price=99
        desk-1 < ExecutionReport     ExecType=REJECTED
        XLON   quotes ACME 99.90x500 100.10x500
        desk-1 > NewOrderSingle      ClOrdID=Y  OrderQty=100  OrdType=LIMIT  Price=99
        desk-1 < ExecutionReport     ExecType=NEW  OrderID=$order
        restart
        XLON   quotes ACME 99.90x500 100.10x500
        desk-2 > NewOrderSingle      ClOrdID=Y  OrderQty=200  OrdType=LIMIT  Price=99
        desk-2 < ExecutionReport     OrderID=$order  ClOrdID=Y  ExecType=REJECTED  OrdStatus=NEW  OrderQty=100  OrdRejReason=6
        desk-2 > NewOrderSingle      ClOrdID=Y  OrderQty=200  PossResend=Y
        desk-2 < ExecutionReport     OrderID=$order  ClOrdID=Y  ExecType=ORDER_STATUS  OrdStatus=NEW
        desk-2 > OrderCancelRequest  ClOrdID=C  OrigClOrdID=Y
        desk-2 < OrderCancelReject   ClOrdID=C  OrderID=NONE  CxlRejReason=1
        desk-2 > OrderStatusRequest  ClOrdID=Y  Symbol=ACME  Side=BUY
        desk-2 < ExecutionReport     OrderID=NONE  OrdStatus=REJECTED
        third  > NewOrderSingle      ClOrdID=Y  OrderQty=100  OrdType=LIMIT  Price=99
        third  < ExecutionReport     ClOrdID=Y  ExecType=NEW
        desk-1 > OrderCancelRequest  ClOrdID=C  OrigClOrdID=Y
        desk-1 < ExecutionReport     ClOrdID=C  OrderID=$order  ExecType=CANCELED
        desk-2 > NewOrderSingle      ClOrdID=C  OrderQty=200
        desk-2 < ExecutionReport     OrderID=$order  ExecType=REJECTED  OrdStatus=CANCELED
        """
    )


@rule("O-1.8")
def test_a_firm_that_the_configuration_names_later_knows_the_ClOrdIDs_of_the_day() -> None:
    """Those of orders that are over, too."""
    world = make_world(clients=clients("ONE", "TWO"))
    world.converse(
        """
        XLON   quotes ACME 99.90x500 100.10x500
        one    > NewOrderSingle      ClOrdID=X  OrderQty=100  TimeInForce=3  OrdType=LIMIT  Price=99
        one    < ExecutionReport     ExecType=NEW
        one    < ExecutionReport     ExecType=CANCELED
        """
    )
    world.node.desk.parents.tidy()  # type: ignore[attr-defined]
    together = msgspec.structs.replace(SETTINGS, clients=clients("ONE", "TWO"), firms={"ONE": "F", "TWO": "F"})
    world._started = msgspec.json.encode({"version": "test", "config": together})
    world.converse(
        """
        restart
        two    > NewOrderSingle      ClOrdID=X  OrderQty=100
        two    < ExecutionReport     ClOrdID=X  ExecType=REJECTED  OrdStatus=CANCELED  OrdRejReason=6
        """
    )
