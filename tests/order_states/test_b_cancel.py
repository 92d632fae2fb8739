"""B: cancel requests."""

import pytest

from tests.conversation.rules import rule
from tests.conversation.world import World
from tests.order_states import RESTING

OUT = """
    client > NewOrderSingle   ClOrdID=X  OrderQty=100
    client < ExecutionReport  ExecType=NEW
    XLON   < NewOrderSingle   OrderQty=100
"""


@rule("O-3.1", "O-3.5")
def test_B_1_a_a_cancel_of_a_zero_filled_order_is_pending_until_its_child_is_back(world: World) -> None:
    world.converse(
        f"""
        client > NewOrderSingle      ClOrdID=X  OrderQty=100  {RESTING}
        client < ExecutionReport     ExecType=NEW
        XLON   < NewOrderSingle      OrderQty=100
        XLON   > ExecutionReport     ExecType=NEW
        client > OrderCancelRequest  ClOrdID=Y  OrigClOrdID=X
        client < ExecutionReport     ClOrdID=Y  OrigClOrdID=X  ExecType=PENDING_CANCEL  OrdStatus=PENDING_CANCEL  CumQty=0  LeavesQty=100
        XLON   < OrderCancelRequest
        XLON   > ExecutionReport     ExecType=PENDING_CANCEL
        XLON   > ExecutionReport     ExecType=CANCELED
        client < ExecutionReport     ClOrdID=Y  OrigClOrdID=X  ExecType=CANCELED  OrdStatus=CANCELED  CumQty=0  LeavesQty=0
        """
    )


@rule("O-3.2")
def test_B_1_b_a_fill_while_the_cancel_is_pending_carries_the_old_ClOrdID(world: World) -> None:
    world.converse(
        OUT
        + """
        XLON   > ExecutionReport     ExecType=TRADE  LastQty=20  LastPx=100.10
        client < ExecutionReport     ClOrdID=X  OrdStatus=PARTIALLY_FILLED  CumQty=20  LeavesQty=80
        client > OrderCancelRequest  ClOrdID=Y  OrigClOrdID=X
        client < ExecutionReport     ClOrdID=Y  OrigClOrdID=X  ExecType=PENDING_CANCEL  OrdStatus=PENDING_CANCEL  CumQty=20  LeavesQty=80
        XLON   > ExecutionReport     ExecType=TRADE  LastQty=10  LastPx=100.10
        client < ExecutionReport     ClOrdID=X  -OrigClOrdID  ExecType=TRADE  OrdStatus=PENDING_CANCEL  CumQty=30  LeavesQty=70
        XLON   > ExecutionReport     ExecType=CANCELED
        client < ExecutionReport     ClOrdID=Y  OrigClOrdID=X  ExecType=CANCELED  OrdStatus=CANCELED  CumQty=30  LeavesQty=0
        """
    )


@rule("O-3.2", "O-3.3")
def test_B_1_c_the_fill_that_completes_the_order_makes_the_cancel_too_late(world: World) -> None:
    """Pending Cancel stands above Filled until the request is answered."""
    world.converse(
        OUT
        + """
        XLON   > ExecutionReport     ExecType=TRADE  LastQty=20  LastPx=100.10
        client < ExecutionReport     ClOrdID=X  OrdStatus=PARTIALLY_FILLED
        client > OrderCancelRequest  ClOrdID=Y  OrigClOrdID=X
        client < ExecutionReport     ClOrdID=Y  OrigClOrdID=X  ExecType=PENDING_CANCEL
        XLON   > ExecutionReport     ExecType=TRADE  LastQty=80  LastPx=100.10
        client < ExecutionReport     ClOrdID=X  ExecType=TRADE  OrdStatus=PENDING_CANCEL  CumQty=100  LeavesQty=0
        client < OrderCancelReject   ClOrdID=Y  OrigClOrdID=X  OrdStatus=FILLED  CxlRejReason=0  CxlRejResponseTo=1
        """
    )


@rule("O-3.1")
def test_B_1_d_a_cancel_before_the_venue_has_acknowledged(world: World) -> None:
    """The client always has our New; it is the venue that has not spoken yet."""
    world.converse(
        OUT
        + """
        client > OrderCancelRequest  ClOrdID=Y  OrigClOrdID=X
        client < ExecutionReport     ClOrdID=Y  OrigClOrdID=X  ExecType=PENDING_CANCEL  CumQty=0  LeavesQty=100
        XLON   > ExecutionReport     ExecType=CANCELED
        client < ExecutionReport     ClOrdID=Y  OrigClOrdID=X  ExecType=CANCELED  LeavesQty=0
        """
    )


@rule("O-3.1")
def test_B_1_e_the_venues_acknowledgement_crosses_the_cancel(world: World) -> None:
    world.converse(
        OUT
        + """
        client > OrderCancelRequest  ClOrdID=Y  OrigClOrdID=X
        client < ExecutionReport     ClOrdID=Y  OrigClOrdID=X  ExecType=PENDING_CANCEL
        XLON   > ExecutionReport     ExecType=NEW
        XLON   > ExecutionReport     ExecType=CANCELED
        client < ExecutionReport     ClOrdID=Y  OrigClOrdID=X  ExecType=CANCELED
        """
    )


@rule("O-3.4")
def test_B_1_f_a_cancel_of_an_unknown_order_names_none(world: World) -> None:
    world.converse(
        """
        client > OrderCancelRequest  ClOrdID=Y  OrigClOrdID=X  Symbol=ACME  Side=BUY
        client < OrderCancelReject   ClOrdID=Y  OrigClOrdID=X  OrderID=NONE  OrdStatus=REJECTED  CxlRejReason=1  CxlRejResponseTo=1
        """
    )


@rule("O-3.6", "O-3.7")
@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ("OrderCancelRequest         ClOrdID=Z  OrigClOrdID=Y", "CxlRejReason=3  CxlRejResponseTo=1"),
        ("OrderCancelReplaceRequest  ClOrdID=Z  OrigClOrdID=Y", "CxlRejReason=3  CxlRejResponseTo=2"),
        ("OrderCancelRequest         ClOrdID=Y  OrigClOrdID=X", "CxlRejReason=6  CxlRejResponseTo=1"),
    ],
)
def test_nothing_follows_a_cancel_that_is_pending(world: World, request_: str, answer: str) -> None:
    world.converse(
        OUT
        + f"""
        client > OrderCancelRequest  ClOrdID=Y  OrigClOrdID=X
        client < ExecutionReport     ExecType=PENDING_CANCEL
        client > {request_}  OrderQty=200  Symbol=ACME  Side=BUY
        client < OrderCancelReject   OrigClOrdID=X  OrdStatus=PENDING_CANCEL  {answer}
        XLON   > ExecutionReport     ExecType=CANCELED
        client < ExecutionReport     ClOrdID=Y  ExecType=CANCELED
        """
    )


@rule("O-3.3")
def test_an_order_that_has_ended_is_not_canceled(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle      ClOrdID=X  Price=99.00
        client < ExecutionReport     ExecType=NEW
        client > OrderCancelRequest  ClOrdID=Y  OrigClOrdID=X
        client < ExecutionReport     ClOrdID=Y  OrigClOrdID=X  ExecType=CANCELED
        client > OrderCancelRequest  ClOrdID=Z  OrigClOrdID=X
        client < OrderCancelReject   ClOrdID=Z  OrigClOrdID=X  OrdStatus=CANCELED  CxlRejReason=0
        """
    )


@rule("O-3.8")
def test_a_cancel_that_may_be_a_resend_is_answered_with_the_state(world: World) -> None:
    world.converse(
        OUT
        + """
        client > OrderCancelRequest  ClOrdID=Y  OrigClOrdID=X
        client < ExecutionReport     ExecType=PENDING_CANCEL
        client > OrderCancelRequest  ClOrdID=Y  OrigClOrdID=X  PossResend=Y
        client < ExecutionReport     ClOrdID=X  ExecType=ORDER_STATUS  OrdStatus=PENDING_CANCEL
        XLON   > ExecutionReport     ExecType=CANCELED
        client < ExecutionReport     ClOrdID=Y  ExecType=CANCELED
        """
    )
