"""Trading stopped over FIX: OrderMassCancelRequest(q) with StopScope(9008), from those who may."""

import pytest

from gateway.model import SessionConfig
from gateway.model.settings import DropCopySettings
from tests.conftest import clients, make_world
from tests.conversation.client import Client
from tests.conversation.world import World

COPY = SessionConfig(sender="GATEWAY", target="OFFICE")
RESTING = "OrderQty=100  TargetStrategy=TWAP  NumSlices=1  Duration=3600  ChildTIF:CHAR=0"
STOP = "OrderMassCancelRequest  ClOrdID=S1  MassCancelRequestType=7  TransactTime=now"
AT_WORK = f"""
    alice  > NewOrderSingle         ClOrdID=A1  Account=X  {RESTING}
    alice  < ExecutionReport        ExecType=NEW
    office < ExecutionReport        ExecType=NEW
    XLON   < NewOrderSingle         ClOrdID=$a1
    bob    > NewOrderSingle         ClOrdID=B1  Account=Y  {RESTING}
    bob    < ExecutionReport        ExecType=NEW
    office < ExecutionReport        ExecType=NEW
    XLON   < NewOrderSingle
"""


def entitled(**may_stop: tuple[str, ...]) -> World:
    """Clients ALICE and BOB, and OFFICE with copies of all; an order of each client rests on XLON."""
    world = make_world(
        clients=clients("ALICE", "BOB"),
        drop_copies=(DropCopySettings(session=COPY),),
        may_stop={name.upper(): scopes for name, scopes in may_stop.items()},
    )
    world.converse("XLON quotes ACME 99.90x500 100.10x500")
    world.converse(AT_WORK)
    return world


def stops(world: World) -> list[tuple[str, str, str, str]]:
    return [(note["scope"], note["after"], note["who"], note["why"]) for note in world.notes("stop")]


@pytest.mark.parametrize("scope", ["account=X", "client=ALICE"])
def test_who_is_entitled_stops_a_scope_by_message(scope: str) -> None:
    """R-8.7: nothing is taken there any more, what is live is canceled, and the rest of the firm goes on."""
    world = entitled(bob=("account", "client"))
    world.converse(
        f"""
        bob    > {STOP}                 StopScope={scope}  Text="fat finger"
        bob    < OrderMassCancelReport  ClOrdID=S1  MassCancelRequestType=7  MassCancelResponse=7  TotalAffectedOrders=1  -Text
        XLON   < OrderCancelRequest
        XLON   > ExecutionReport        ExecType=CANCELED  OrigClOrdID=$a1
        alice  < ExecutionReport        ClOrdID=A1  ExecType=CANCELED  OrdStatus=CANCELED  Text~"trading is stopped"
        office < ExecutionReport        ClOrdID=A1  ExecType=CANCELED
        alice  > NewOrderSingle         ClOrdID=A2  Account=X
        alice  < ExecutionReport        ClOrdID=A2  ExecType=REJECTED  Text~RISK.HALTED
        office < ExecutionReport        ClOrdID=A2  ExecType=REJECTED
        bob    > NewOrderSingle         ClOrdID=B2  Account=Y
        bob    < ExecutionReport        ClOrdID=B2  ExecType=NEW
        office < ExecutionReport        ClOrdID=B2  ExecType=NEW
        XLON   < NewOrderSingle
        """
    )
    assert stops(world) == [(scope, "HALTED", "BOB by FIX", "fat finger")]


def test_the_whole_firm_can_be_stopped_by_who_has_no_orders() -> None:
    """R-8.7: by an operator's session that gets drop copies; once more, after everything is gone, changes nothing."""
    world = entitled(office=("firm",))
    world.converse(
        f"""
        office > {STOP}                 StopScope=firm
        office < OrderMassCancelReport  MassCancelResponse=7  TotalAffectedOrders=2
        XLON   < OrderCancelRequest     OrigClOrdID=$a1
        XLON   < OrderCancelRequest
        XLON   > ExecutionReport        ExecType=CANCELED
        bob    < ExecutionReport        ExecType=CANCELED
        office < ExecutionReport        ExecType=CANCELED
        office > {STOP}                 StopScope=firm  Text=again
        office < OrderMassCancelReport  MassCancelResponse=7  TotalAffectedOrders=1
        XLON   > ExecutionReport        ExecType=CANCELED  OrigClOrdID=$a1
        alice  < ExecutionReport        ExecType=CANCELED
        office < ExecutionReport        ExecType=CANCELED
        restart
        bob    > NewOrderSingle
        bob    < ExecutionReport        ExecType=REJECTED  Text~RISK.HALTED
        office < ExecutionReport        ExecType=REJECTED
        """
    )
    assert stops(world) == [("firm", "HALTED", "OFFICE by FIX", "OrderMassCancelRequest S1")]


def test_a_venue_is_left_and_an_order_is_canceled_by_message() -> None:
    """R-8.7, R-8.2: TotalAffectedOrders(533) counts orders with children there."""
    world = entitled(office=("venue", "order"))
    order_id = world.notes("parent")[0]["order_id"]
    world.converse(
        f"""
        office > {STOP}                 StopScope=venue=BATE
        office < OrderMassCancelReport  MassCancelResponse=7  TotalAffectedOrders=0
        office > {STOP}                 StopScope=venue=XLON
        office < OrderMassCancelReport  MassCancelResponse=7  TotalAffectedOrders=2
        XLON   < OrderCancelRequest
        XLON   < OrderCancelRequest
        office > {STOP}                 StopScope=order={order_id}
        office < OrderMassCancelReport  MassCancelResponse=7  TotalAffectedOrders=1
        XLON   > ExecutionReport        ExecType=CANCELED  OrigClOrdID=$a1
        alice  < ExecutionReport        ClOrdID=A1  ExecType=CANCELED
        office < ExecutionReport        ExecType=CANCELED
        """
    )
    assert [scope for scope, *_ in stops(world)] == ["venue=BATE", "venue=XLON", f"order={order_id}"]


@pytest.mark.parametrize(
    ("says", "reason", "text"),
    [
        ("StopScope=firm", "99", "ORDER.ENTITLED BOB may not stop firm"),
        ("StopScope=account=Y", "99", "ORDER.ENTITLED BOB may not stop account=Y"),
        ("StopScope=desk=1", "0", "ORDER.SCOPE StopScope(9008): desk is none of firm"),
        ("StopScope=account=X  Side=BUY", "0", "ORDER.SCOPE StopScope(9008) goes with"),
        ("StopScope=account=X  MassCancelRequestType=1  Symbol=ACME", "0", "ORDER.SCOPE StopScope(9008) goes with"),
    ],
)
def test_what_a_session_may_not_stop_goes_on(says: str, reason: str, text: str) -> None:
    """R-8.7: entitled is who is named, to what is named, and to nothing that is more."""
    world = entitled(bob=("account=X", "symbol"))
    kind = "" if "MassCancelRequestType" in says else "MassCancelRequestType=7"
    world.converse(
        f"""
        bob > OrderMassCancelRequest  ClOrdID=S1  {kind}  TransactTime=now  {says}
        bob < OrderMassCancelReport   MassCancelResponse=0  MassCancelRejectReason={reason}  Text~"{text}"
        """
    )
    assert stops(world) == []


def test_who_is_not_entitled_cancels_its_own_orders_and_stops_nobody() -> None:
    """R-8.7, O-7.1: without StopScope(9008) the request means what FIX says, whoever sends it."""
    world = entitled(bob=("firm",))
    world.converse(
        f"""
        office > {STOP}                 StopScope=firm
        office < OrderMassCancelReport  MassCancelResponse=0  MassCancelRejectReason=99  Text~ORDER.ENTITLED
        bob    > {STOP}
        bob    < OrderMassCancelReport  MassCancelResponse=7  TotalAffectedOrders=1
        XLON   < OrderCancelRequest
        XLON   > ExecutionReport        ExecType=CANCELED
        bob    < ExecutionReport        ClOrdID=B1  ExecType=CANCELED
        office < ExecutionReport        ExecType=CANCELED
        """
    )
    assert stops(world) == []


def test_a_session_made_of_a_pattern_may_what_the_pattern_may() -> None:
    world = make_world(clients=clients("DESK-*"), may_stop={"DESK-*": ("symbol",)})
    world.parties["desk"] = Client("desk", "DESK-1", "GATEWAY", heartbeat_s=30)
    world.connect("desk")
    world.converse(
        f"""
        desk > {STOP}                 StopScope=symbol=ACME
        desk < OrderMassCancelReport  MassCancelResponse=7  TotalAffectedOrders=0
        desk > {STOP}                 StopScope=firm
        desk < OrderMassCancelReport  MassCancelResponse=0  Text~"DESK-1 may not stop firm"
        """
    )
    assert stops(world) == [("symbol=ACME", "HALTED", "DESK-1 by FIX", "OrderMassCancelRequest S1")]
