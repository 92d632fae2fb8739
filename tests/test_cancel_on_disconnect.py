"""What becomes of a client's open orders when its connection breaks, or it logs out: by the session's options."""

import msgspec

from tests.conftest import clients, make_world
from tests.conversation.world import World

(USUAL,) = clients("CLIENT")


def world_with(**options: object) -> World:
    world = make_world(clients=(msgspec.structs.replace(USUAL, **options),))
    world.converse("XLON quotes ACME 99.90x500 100.10x500")
    return world


RESTING = """
    client > NewOrderSingle   ClOrdID=A  Side=BUY  OrderQty=900  OrdType=LIMIT  Price=100.10
    client < ExecutionReport  ClOrdID=A  ExecType=NEW
    XLON   < NewOrderSingle   OrderQty=500
"""


def test_orders_are_canceled_when_the_grace_is_over() -> None:
    """The client hears of it when it is back; what is at a venue comes back first."""
    world_with(cancel_on_disconnect_s=10).converse(f"""
        {RESTING}
        client > disconnect
        +10s
        XLON   > ExecutionReport  ExecType=CANCELED
        client > connect
        client < ExecutionReport  ClOrdID=A  ExecType=CANCELED  OrdStatus=CANCELED  Text~lost  -OrigClOrdID
    """)


def test_who_is_back_within_the_grace_keeps_its_orders() -> None:
    world_with(cancel_on_disconnect_s=10).converse(f"""
        {RESTING}
        client > disconnect
        +9s
        client > connect
        +60s
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=500  LastPx=100.10
        client < ExecutionReport  ClOrdID=A  ExecType=TRADE  LeavesQty=400
    """)


def test_orders_stay_where_nothing_is_said() -> None:
    world_with().converse(f"""
        {RESTING}
        client > disconnect
        +600s
        client > connect
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=500  LastPx=100.10
        client < ExecutionReport  ClOrdID=A  ExecType=TRADE  LeavesQty=400
    """)


def test_a_logout_cancels_at_once_where_the_session_says_so() -> None:
    world_with(cancel_on_logout=True).converse("""
        client > NewOrderSingle   ClOrdID=A  Side=BUY  OrderQty=900  OrdType=LIMIT  Price=99
        client < ExecutionReport  ClOrdID=A  ExecType=NEW
        client > Logout
        client < Logout
        client < disconnect
        client > connect
        client < ExecutionReport  ClOrdID=A  ExecType=CANCELED  Text="canceled on Logout"
    """)


def test_a_logout_is_no_lost_connection() -> None:
    world_with(cancel_on_disconnect_s=1).converse("""
        client > NewOrderSingle   ClOrdID=A  Side=BUY  OrderQty=900  OrdType=LIMIT  Price=99
        client < ExecutionReport  ClOrdID=A  ExecType=NEW
        client > Logout
        client < Logout
        client < disconnect
        +60s
        client > connect
        client > OrderCancelRequest  ClOrdID=B  OrigClOrdID=A  Side=BUY
        client < ExecutionReport     ClOrdID=B  ExecType=CANCELED
    """)


def test_a_request_that_was_pending_does_not_outlive_the_withdrawal() -> None:
    """The replace is carried out first, because the client was told it was pending; then the order is canceled."""
    world_with(cancel_on_disconnect_s=1).converse(f"""
        {RESTING}
        client > OrderCancelReplaceRequest  ClOrdID=B  OrigClOrdID=A  Side=BUY  OrderQty=800  OrdType=LIMIT  Price=100.10
        client < ExecutionReport  ClOrdID=B  ExecType=PENDING_REPLACE
        client > disconnect
        +1s
        XLON   > ExecutionReport  ExecType=CANCELED
        client > connect
        client < ExecutionReport  ClOrdID=B  ExecType=REPLACED
        client < ExecutionReport  ClOrdID=B  ExecType=CANCELED  Text~lost
    """)


def test_the_gateways_own_restart_gives_the_whole_grace_again() -> None:
    world_with(cancel_on_disconnect_s=10).converse(f"""
        {RESTING}
        client > disconnect
        +9s
        restart
        XLON   < OrderStatusRequest
        +9s
        client > connect
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=500  LastPx=100.10
        client < ExecutionReport  ClOrdID=A  ExecType=TRADE  LeavesQty=400
    """)
