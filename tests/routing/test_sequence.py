"""One venue after the other, and where a release goes when a venue does not have or take it."""

from msgspec.structs import replace

from gateway.model.routing import Spray, Ways
from tests.conftest import SETTINGS, make_world
from tests.conversation.rules import rule
from tests.conversation.world import World

TWAP = "TargetStrategy=TWAP  Duration=60  NumSlices=1"
NEW, TRADE = "ExecutionReport  ExecType=NEW", "ExecutionReport  ExecType=TRADE"


def world(spray: Spray = Spray.SEQUENTIAL, *, protect: bool = False) -> World:
    made = make_world(ways=Ways(spray=spray, protect=protect))
    made.converse("XLON quotes ACME 99.90x500 100.10x300,100.20x500\nBATE quotes ACME 99.90x300 100.11x300")
    return made


@rule("W-12.1")
def test_the_next_venue_is_asked_after_the_answer_of_the_one_before() -> None:
    """What is left then is routed anew: 150 of the first 300 were not there, and more is now at BATE."""
    made = world()
    made.converse(
        f"""
        client > NewOrderSingle   OrderQty=500  {TWAP}
        client < {NEW}
        XLON   < NewOrderSingle   ClOrdID=$A  OrderQty=300  Price=100.10
        BATE quotes ACME 99.90x300 100.11x900
        XLON   > ExecutionReport  ClOrdID=$A  ExecType=TRADE  LastQty=150
        client < {TRADE}
        XLON   > ExecutionReport  ClOrdID=$A  ExecType=CANCELED
        BATE   < NewOrderSingle   ClOrdID=$B  OrderQty=350  Price=100.11
        BATE   > ExecutionReport  ClOrdID=$B  ExecType=TRADE  LastQty=350
        client < {TRADE}  OrdStatus=FILLED
        """
    )
    first, second = made.notes("decision")
    assert first["why"].endswith("; BATE after its answer") and "why" not in second


@rule("W-12.1")
def test_a_venue_that_does_not_answer_for_a_second_is_not_waited_for() -> None:
    """What it was sent stays reserved for it."""
    world().converse(
        f"""
        client > NewOrderSingle   OrderQty=500  {TWAP}
        client < {NEW}
        XLON   < NewOrderSingle   OrderQty=300  Price=100.10
        +1s
        BATE   < NewOrderSingle   OrderQty=200  Price=100.11
        """
    )


@rule("W-12.1")
def test_an_immediate_order_goes_to_all_at_once() -> None:
    world().converse(
        f"""
        client > NewOrderSingle   OrderQty=500  TimeInForce=IMMEDIATE_OR_CANCEL
        client < {NEW}
        XLON   < NewOrderSingle   OrderQty=300  Price=100.10
        BATE   < NewOrderSingle   OrderQty=200  Price=100.11
        """
    )


@rule("W-12.1", "W-10.1")
def test_the_first_is_not_asked_beyond_the_best_price_of_the_next() -> None:
    """With protection; 800 need XLON's 100.20 too, after BATE's 100.11."""
    world(protect=True).converse(
        f"""
        client > NewOrderSingle   OrderQty=800  {TWAP}
        client < {NEW}
        XLON   < NewOrderSingle   ClOrdID=$A  OrderQty=300  Price=100.10
        XLON   > ExecutionReport  ClOrdID=$A  ExecType=TRADE  LastQty=300
        client < {TRADE}
        BATE   < NewOrderSingle   ClOrdID=$B  OrderQty=300  Price=100.11
        BATE   > ExecutionReport  ClOrdID=$B  ExecType=TRADE  LastQty=300
        client < {TRADE}
        XLON   < NewOrderSingle   OrderQty=200  Price=100.20
        """
    )


@rule("W-12.2")
def test_what_a_venue_rejects_goes_to_another() -> None:
    world(Spray.AT_ONCE).converse(
        f"""
        client > NewOrderSingle   OrderQty=300  {TWAP}
        client < {NEW}
        XLON   < NewOrderSingle   OrderQty=300  Price=100.10
        XLON   > ExecutionReport  ExecType=REJECTED  Text='not now'
        BATE   < NewOrderSingle   OrderQty=300  Price=100.11
        """
    )


@rule("W-12.2")
def test_a_venue_that_leaves_keeps_what_it_has_and_gets_no_more() -> None:
    """What it made of its child it tells when it is back; then the rest goes on, and nothing is lost."""
    world(Spray.AT_ONCE).converse(
        f"""
        client > NewOrderSingle   OrderQty=500  {TWAP}
        client < {NEW}
        XLON   < NewOrderSingle   ClOrdID=$A  OrderQty=300  Price=100.10
        BATE   < NewOrderSingle   ClOrdID=$B  OrderQty=200  Price=100.11
        XLON   > disconnect
        BATE   > ExecutionReport  ClOrdID=$B  ExecType=TRADE  LastQty=100
        client < {TRADE}
        BATE   > ExecutionReport  ClOrdID=$B  ExecType=CANCELED
        BATE quotes ACME 99.90x300 100.11x900
        BATE   < NewOrderSingle   OrderQty=100  Price=100.11
        XLON   > connect
        XLON   < OrderStatusRequest  ClOrdID=$A
        XLON   > ExecutionReport  ClOrdID=$A  ExecType=ORDER_STATUS  OrdStatus=CANCELED  LeavesQty=0
        BATE   < NewOrderSingle   OrderQty=300  Price=100.11
        """
    )


@rule("W-12.2")
def test_a_venue_that_halts_gets_no_more_and_what_it_gives_back_goes_elsewhere() -> None:
    """What it had stays reserved until it says; what BATE does not have waits until XLON trades again."""
    xlon, bate = SETTINGS.venues
    made = make_world(ways=Ways(spray=Spray.AT_ONCE), venues=(replace(xlon, ask_status=True), bate))
    made.converse(
        f"""
        XLON   quotes ACME 99.90x500 100.10x300
        BATE   quotes ACME 99.90x300 100.11x200
        client > NewOrderSingle   OrderQty=500  {TWAP}
        client < {NEW}
        XLON   < NewOrderSingle   ClOrdID=$A  OrderQty=300  Price=100.10
        BATE   < NewOrderSingle   ClOrdID=$B  OrderQty=200  Price=100.11
        XLON   > SecurityStatus   Symbol=ACME  SecurityTradingStatus=TRADING_HALT
        XLON   quotes ACME 99.90x500 100.10x300
        BATE   > ExecutionReport  ClOrdID=$B  ExecType=TRADE  LastQty=200
        client < {TRADE}
        BATE   quotes ACME 99.90x300 100.11x200
        XLON   > ExecutionReport  ClOrdID=$A  ExecType=CANCELED  Text=halted
        BATE   < NewOrderSingle   ClOrdID=$C  OrderQty=200  Price=100.11
        BATE   > ExecutionReport  ClOrdID=$C  ExecType=TRADE  LastQty=200
        client < {TRADE}  CumQty=400
        XLON   quotes ACME 99.90x500 100.10x300
        XLON   > SecurityStatus   Symbol=ACME  SecurityTradingStatus=READY_TO_TRADE
        XLON   < NewOrderSingle   OrderQty=100  Price=100.10
        """
    )
