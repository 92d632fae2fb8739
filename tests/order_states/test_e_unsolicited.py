"""E: what happens to an order without a request."""

import msgspec

from tests.conftest import clients, make_world
from tests.conversation.rules import rule
from tests.conversation.world import World
from tests.order_states import RESTING

(USUAL,) = clients("CLIENT")


@rule("O-5.1")
def test_E_1_b_a_part_filled_order_is_canceled_without_a_request() -> None:
    """Here because its client's connection was lost; the report says so when it is back."""
    world = make_world(clients=(msgspec.structs.replace(USUAL, cancel_on_disconnect_s=10),))
    world.converse(
        """
        XLON   quotes ACME 99.90x500 100.10x500
        client > NewOrderSingle   ClOrdID=X  OrderQty=100
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=10  LastPx=100.10
        client < ExecutionReport  OrdStatus=PARTIALLY_FILLED  CumQty=10
        client > disconnect
        +10s
        XLON   > ExecutionReport  ExecType=CANCELED
        client > connect
        client < ExecutionReport  ClOrdID=X  -OrigClOrdID  ExecType=CANCELED  OrdStatus=CANCELED  CumQty=10  LeavesQty=0  ExecRestatementReason=BROKER_OPTION
        """
    )


@rule("O-5.2")
def test_E_1_d_what_a_venue_declines_of_a_child_goes_elsewhere(world: World) -> None:
    """The client's order is what it was."""
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=X  OrderQty=100
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=RESTATED  ExecRestatementReason=PARTIAL_DECLINE  OrderQty=60  LeavesQty=60
        BATE   < NewOrderSingle   OrderQty=40
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=60  LastPx=100.10
        client < ExecutionReport  ExecType=TRADE  CumQty=60  LeavesQty=40
        """
    )
    assert [note["code"] for note in world.notes("alert")] == ["CHILD.REDUCED"]


@rule("O-5.4")
def test_a_restatement_that_does_not_add_up_is_asked_about(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=X  OrderQty=100
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=RESTATED  OrderQty=60  LeavesQty=20
        XLON   < OrderStatusRequest
        XLON   > ExecutionReport  ExecType=ORDER_STATUS
        """
    )
    assert [note["code"] for note in world.notes("alert")] == ["CHILD.MISSING_FILL"]


@rule("O-5.2")
def test_what_a_venue_adds_to_a_child_is_reserved_and_called_back(world: World) -> None:
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=X  OrderQty=100  {RESTING}
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=RESTATED  OrderQty=160  LeavesQty=160
        XLON   < OrderCancelRequest
        """
    )
    assert [note["code"] for note in world.notes("alert")] == ["CHILD.RESTATED"]


@rule("O-5.3")
def test_E_1_e_a_child_that_is_not_best_is_canceled_and_its_quantity_goes_elsewhere(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=X  OrderQty=100
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=10  LastPx=100.10
        client < ExecutionReport  CumQty=10  LeavesQty=90
        XLON   > ExecutionReport  ExecType=CANCELED  ExecRestatementReason=CANCELED_NOT_BEST
        BATE   < NewOrderSingle   OrderQty=90
        """
    )


@rule("O-1.3")
def test_E_1_f_an_order_is_held_until_its_time_and_then_activated(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=X  OrderQty=100  EffectiveTime=now+60s
        client < ExecutionReport  ClOrdID=X  ExecType=NEW       OrdStatus=NEW  WorkingIndicator=N  LeavesQty=100
        +60s
        client < ExecutionReport  ClOrdID=X  ExecType=RESTATED  OrdStatus=NEW  WorkingIndicator=Y  LeavesQty=100
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=20  LastPx=100.10
        client < ExecutionReport  ClOrdID=X  ExecType=TRADE  OrdStatus=PARTIALLY_FILLED  CumQty=20  LeavesQty=80
        """
    )


@rule("O-1.3", "O-4.1")
def test_a_replace_moves_the_start_that_the_client_is_told_of(world: World) -> None:
    """To later while it waits, back to what it was, and to later when it was at work."""
    world.converse(
        """
        client > NewOrderSingle             ClOrdID=X  OrderQty=100  OrdType=LIMIT  Price=99.00  EffectiveTime=+60s
        client < ExecutionReport            ExecType=NEW  WorkingIndicator=N
        client > OrderCancelReplaceRequest  ClOrdID=Y  OrigClOrdID=X  EffectiveTime=+90s
        client < ExecutionReport            ExecType=REPLACED  WorkingIndicator=N
        client > OrderCancelReplaceRequest  ClOrdID=Z  OrigClOrdID=Y  EffectiveTime=+60s
        client < ExecutionReport            ExecType=REPLACED  WorkingIndicator=N
        client > OrderCancelReplaceRequest  ClOrdID=U  OrigClOrdID=Z  EffectiveTime=+90s
        client < ExecutionReport            ExecType=REPLACED  WorkingIndicator=N
        +89s
        restart
        +1s
        client < ExecutionReport            ClOrdID=U  ExecType=RESTATED  ExecRestatementReason=OTHER  WorkingIndicator=Y
        XLON   quotes ACME 99.90x500 100.10x500
        client > OrderCancelReplaceRequest  ClOrdID=V  OrigClOrdID=U  EffectiveTime=+120s
        client < ExecutionReport            ExecType=REPLACED  WorkingIndicator=N
        +30s
        client < ExecutionReport            ClOrdID=V  ExecType=RESTATED  WorkingIndicator=Y
        """
    )


@rule("O-1.3", "O-4.1")
def test_an_order_that_a_replace_starts_at_once_is_not_restated_later(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle             ClOrdID=X  OrderQty=100  OrdType=LIMIT  Price=99.00  EffectiveTime=+60s
        client < ExecutionReport            ExecType=NEW  WorkingIndicator=N
        client > OrderCancelReplaceRequest  ClOrdID=Y  OrigClOrdID=X  -EffectiveTime
        client < ExecutionReport            ExecType=REPLACED  -WorkingIndicator
        +60s
        """
    )
