"""Orders that are suspended: by an operator's word, or because venues reject what is sent of them."""

import pytest

from gateway.model.health import BreakerSettings, HealthSettings
from tests.conftest import SETTINGS, make_world
from tests.conversation.rules import rule
from tests.conversation.world import World
from tests.order_states import RESTING

AT_WORK = f"""
    client > NewOrderSingle   ClOrdID=X  OrderQty=100  OrdType=LIMIT  Price=100.10  {RESTING}
    client < ExecutionReport  ClOrdID=X  ExecType=NEW  OrderID=$order
    XLON   < NewOrderSingle   OrderQty=100
"""


def error(world: World) -> str | None:
    return world.node.command_error  # type: ignore[attr-defined, no-any-return]


@rule("O-19.6")
def test_an_operator_suspends_an_order_for_a_while(world: World) -> None:
    """What its child is filled for on the way back counts, and a restart forgets nothing of it."""
    world.converse(
        AT_WORK
        + """
        operator pause-order  order=$order  why="the client asks us to wait"
        client < ExecutionReport      ClOrdID=X  ExecType=SUSPENDED  OrdStatus=SUSPENDED  CumQty=0   LeavesQty=100
        XLON   < OrderCancelRequest
        XLON   > ExecutionReport      ExecType=TRADE  LastQty=40  LastPx=100.10
        client < ExecutionReport      ClOrdID=X  ExecType=TRADE      OrdStatus=SUSPENDED  CumQty=40  LeavesQty=60
        XLON   > ExecutionReport      ExecType=CANCELED
        +60s
        restart
        client > OrderStatusRequest   ClOrdID=X  Symbol=ACME  Side=BUY
        client < ExecutionReport      ClOrdID=X  OrdStatus=SUSPENDED
        operator resume-order  order=$order  why="they called again"
        client < ExecutionReport      ClOrdID=X  ExecType=RESTATED   OrdStatus=PARTIALLY_FILLED  ExecRestatementReason=BROKER_OPTION
        """
    )
    assert [(note["what"], note["before"], note["after"]) for note in world.notes("telephone")] == [
        ("pause-order", "at work", "suspended"),
        ("resume-order", "suspended", "at work"),
    ]


@rule("O-19.6")
def test_what_rests_of_a_suspended_order_is_called_back(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle      ClOrdID=X  OrderQty=100  OrdType=LIMIT  Price=99.00  MaxFloor=50
        client < ExecutionReport     ClOrdID=X  ExecType=NEW  OrderID=$order
        XLON   < NewOrderSingle      OrderQty=50
        operator pause-order  order=$order  why=wait
        client < ExecutionReport     ClOrdID=X  ExecType=SUSPENDED
        XLON   < OrderCancelRequest
        XLON   > ExecutionReport     ExecType=CANCELED
        +10s
        operator resume-order  order=$order  why=go
        client < ExecutionReport     ClOrdID=X  ExecType=RESTATED  OrdStatus=NEW
        XLON   < NewOrderSingle      OrderQty=50
        """
    )


@rule("O-19.6")
def test_a_suspended_order_can_be_canceled_and_ends_on_time(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle      ClOrdID=X  OrderQty=100  TargetStrategy=TWAP  NumSlices=2  Duration=60
        client < ExecutionReport     ClOrdID=X  ExecType=NEW  OrderID=$order
        XLON   < NewOrderSingle      OrderQty=50
        XLON   > ExecutionReport     ExecType=TRADE  LastQty=50  LastPx=100.10
        client < ExecutionReport     ClOrdID=X  CumQty=50
        operator pause-order  order=$order  why=wait
        client < ExecutionReport     ClOrdID=X  ExecType=SUSPENDED
        +60s
        client < ExecutionReport     ClOrdID=X  ExecType=EXPIRED  OrdStatus=EXPIRED  CumQty=50  LeavesQty=0
        client > NewOrderSingle      ClOrdID=Y  OrderQty=100  OrdType=LIMIT  Price=99.00
        client < ExecutionReport     ClOrdID=Y  ExecType=NEW  OrderID=$other
        operator pause-order  order=$other  why=wait
        client < ExecutionReport     ClOrdID=Y  ExecType=SUSPENDED
        client > OrderCancelRequest  ClOrdID=C  OrigClOrdID=Y
        client < ExecutionReport     ClOrdID=C  ExecType=CANCELED
        """
    )


@rule("O-19.6")
@pytest.mark.parametrize(("before", "again"), [(["pause-order"], "pause-order"), ([], "resume-order")])
def test_what_is_so_already_is_not_done_again(world: World, before: list[str], again: str) -> None:
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=X  OrderQty=100  OrdType=LIMIT  Price=99.00
        client < ExecutionReport  ClOrdID=X  ExecType=NEW
        """
    )
    order_id = world.notes("parent")[0]["order_id"]
    for name in before:
        world.command(name, order=order_id, why="wait")
    world.client().inbox.clear()
    world.command(again, order=order_id, why="wait")
    assert error(world) == f"{order_id} is {'suspended' if again == 'pause-order' else 'at work'} already"
    assert not world.client().inbox


@rule("O-5.3")
def test_a_venue_that_rejects_is_left_alone_each_time_for_longer() -> None:
    """Until the order is suspended; then an operator lets it go on."""
    health = HealthSettings(breaker=BreakerSettings(failures=0))
    one_venue = make_world(venues=SETTINGS.venues[:1], health=health)
    one_venue.converse("XLON quotes ACME 99.90x500 100.10x500")
    one_venue.converse(
        """
        client > NewOrderSingle   ClOrdID=X  OrderQty=100  OrdType=LIMIT  Price=100.10
        client < ExecutionReport  ClOrdID=X  ExecType=NEW  OrderID=$order
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=REJECTED  OrdRejReason=0  Text=no
        """
    )
    for seconds in (1, 2, 4, 8):
        one_venue.converse(
            f"""
            XLON quotes ACME 99.90x500 100.10x500
            +{seconds * 1000 - 1}ms
            +1ms
            XLON   < NewOrderSingle   OrderQty=100
            XLON   > ExecutionReport  ExecType=REJECTED  OrdRejReason=0  Text=no
            {"client < ExecutionReport  ClOrdID=X  ExecType=SUSPENDED  Text~reject" if seconds == 8 else ""}
            """
        )
    one_venue.converse(
        """
        XLON quotes ACME 99.90x500 100.10x500
        +600s
        operator resume-order  order=$order  why="they say it works again"
        client < ExecutionReport  ClOrdID=X  ExecType=RESTATED  OrdStatus=NEW
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=REJECTED  OrdRejReason=0  Text=no
        XLON quotes ACME 99.90x500 100.10x500
        +1s
        XLON   < NewOrderSingle   OrderQty=100
        """
    )
    codes = [note["code"] for note in one_venue.notes("alert")]
    assert codes == [*["CHILD.REJECTED"] * 4, "CHILD.REJECTS", "CHILD.REJECTED"]


@rule("O-19.7")
def test_a_client_suspends_its_order_by_an_instruction(world: World) -> None:
    """FIX 4.4 has no value that releases: a replace states all there is, and one without S says that it goes on."""
    world.converse(
        """
        client > NewOrderSingle             ClOrdID=X  OrderQty=100  ExecInst=S  TargetStrategy=TWAP  NumSlices=1  Duration=600
        client < ExecutionReport            ClOrdID=X  ExecType=NEW       OrdStatus=SUSPENDED  LeavesQty=100
        +10s
        client > OrderCancelReplaceRequest  ClOrdID=Y  OrigClOrdID=X  OrderQty=100  ExecInst=1  TargetStrategy=TWAP  NumSlices=1  Duration=600
        client < ExecutionReport            ClOrdID=Y  ExecType=PENDING_REPLACE
        client < ExecutionReport            ClOrdID=Y  ExecType=REPLACED  OrdStatus=NEW
        XLON   < NewOrderSingle             OrderQty=100
        client > OrderCancelReplaceRequest  ClOrdID=Z  OrigClOrdID=Y  OrderQty=100  ExecInst=S  TargetStrategy=TWAP  NumSlices=1  Duration=600
        client < ExecutionReport            ClOrdID=Z  ExecType=PENDING_REPLACE
        XLON   > ExecutionReport            ExecType=EXPIRED
        client < ExecutionReport            ClOrdID=Z  ExecType=REPLACED  OrdStatus=SUSPENDED
        operator pause-order  order=T8EAY0-1  why=wait
        """
    )
    assert error(world) == "T8EAY0-1 is suspended already"


@rule("O-19.7")
def test_a_replace_does_not_release_what_an_operator_suspended(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle             ClOrdID=X  OrderQty=100  TargetStrategy=TWAP  NumSlices=1  Duration=600
        client < ExecutionReport            ClOrdID=X  ExecType=NEW  OrderID=$order
        XLON   < NewOrderSingle             OrderQty=100
        operator pause-order  order=$order  why=wait
        client < ExecutionReport            ClOrdID=X  ExecType=SUSPENDED
        XLON   > ExecutionReport            ExecType=EXPIRED
        client > OrderCancelReplaceRequest  ClOrdID=Y  OrigClOrdID=X  OrderQty=90  TargetStrategy=TWAP  NumSlices=1  Duration=600
        client < ExecutionReport            ClOrdID=Y  ExecType=PENDING_REPLACE
        client < ExecutionReport            ClOrdID=Y  ExecType=REPLACED  OrdStatus=SUSPENDED
        """
    )
