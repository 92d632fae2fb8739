"""What is due by a deadline, taken in part and at rest in part, seen from outside."""

import pytest
from msgspec.structs import replace

from gateway.model.routing import RoutePolicy, VenueCosts, Ways
from tests.conftest import SETTINGS, make_world
from tests.conversation.rules import rule
from tests.conversation.world import World

BPS = 10_000
TWAP = "TargetStrategy=TWAP  Duration=20  NumSlices=2"
NEW, TRADE = "ExecutionReport  ExecType=NEW", "ExecutionReport  ExecType=TRADE"


def seen(sold: str, seconds: int = 120, *, bought: str = "", maker: int = 0, under: int = 0) -> World:
    """Two venues of which the queues were watched; what is given was sold at XLON's bid every five seconds."""
    world = make_world(
        routing=RoutePolicy.CONT_KUKANOV,
        ways=Ways(under=under),
        venues=tuple(
            replace(venue, costs=VenueCosts(maker_fee=maker if venue.name == "XLON" else 0))
            for venue in SETTINGS.venues
        ),
    )
    world.converse(
        """
        XLON quotes ACME 99.90x500 100.10x500
        BATE quotes ACME 99.90x300 100.11x300
        """
    )
    for _ in range(seconds // 5):
        world.converse(f"XLON prints ACME 99.90x{sold}\n" if sold else "+0s")
        if bought:
            world.converse(f"BATE prints ACME 99.90x{bought}\n")
        world.converse("+5s")
    return world


@rule("W-1.7", "W-9.1", "W-9.4", "W-4.1")
def test_what_is_sure_to_be_filled_rests_until_its_deadline_and_is_then_taken() -> None:
    """In ten seconds 2,000 leave a queue of 500: the whole slice rests, and what is left of it is taken as the next
    one is planned."""
    world = seen("1000")
    world.converse(
        f"""
        client > NewOrderSingle   OrderQty=400  {TWAP}
        client < {NEW}
        XLON   < NewOrderSingle   ClOrdID=$A  OrderQty=200  Price=99.90  TimeInForce=DAY
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=50
        client < {TRADE}  CumQty=50
        +9s
        +1s
        XLON   < OrderCancelRequest  OrigClOrdID=$A
        XLON   < NewOrderSingle   ClOrdID=$B  OrderQty=200  Price=99.90  TimeInForce=DAY
        XLON   > ExecutionReport  ExecType=CANCELED  ClOrdID=$A
        XLON   < NewOrderSingle   ClOrdID=$C  OrderQty=150  Price=100.10  TimeInForce=IMMEDIATE_OR_CANCEL
        XLON   > ExecutionReport  ExecType=TRADE  ClOrdID=$C  LastQty=150
        client < {TRADE}  CumQty=200
        +9s
        XLON   < OrderCancelRequest  OrigClOrdID=$B
        XLON   > ExecutionReport  ExecType=CANCELED  ClOrdID=$B
        XLON   < NewOrderSingle   ClOrdID=$D  OrderQty=200  Price=100.10  TimeInForce=IMMEDIATE_OR_CANCEL
        XLON   > ExecutionReport  ExecType=TRADE  ClOrdID=$D  LastQty=200
        client < {TRADE}  CumQty=400  OrdStatus=FILLED
        restart
        """
    )
    first, *_ = world.notes("decision")
    assert first["policy"] == "cont_kukanov"
    assert first["why"] == (
        "200 rest for 10 s, 200 on XLON behind 500; by what left there in the last 12 spans of 10 s, 200 are filled on "
        "average, and a share costs -0.1 beyond the middle instead of 0.1; the other 0 are taken"
    )


@rule("W-9.1")
def test_it_rests_over_several_venues_and_takes_the_rest() -> None:
    """Each five seconds 300 leave a queue of 500 and 170 one of 300: in ten that is 100 and 40 for us, for sure."""
    world = seen("300", bought="170", under=400 * BPS)
    world.converse(
        f"""
        client > NewOrderSingle   OrderQty=600  {TWAP}
        client < {NEW}
        XLON   < NewOrderSingle   OrderQty=100  Price=99.90   TimeInForce=DAY
        BATE   < NewOrderSingle   OrderQty=40   Price=99.90   TimeInForce=DAY
        XLON   < NewOrderSingle   OrderQty=160  Price=100.10  TimeInForce=IMMEDIATE_OR_CANCEL
        """
    )
    rests, taken = world.notes("decision")
    assert rests["why"].startswith("140 rest for 10 s, 100 on XLON behind 500, 40 on BATE behind 300; by what left")
    assert taken["policy"] == "cont_kukanov" and taken["why"].startswith("each lot where a share costs least by price")


@rule("W-9.1")
def test_to_sell_it_rests_at_the_offers() -> None:
    world = seen("1000")
    for _ in range(24):
        world.converse("BATE prints ACME 100.11x1000\nXLON prints ACME 100.10x1000\n+5s")
    world.converse(
        f"""
        client > NewOrderSingle   OrderQty=400  Side=SELL  {TWAP}
        client < {NEW}
        XLON   < NewOrderSingle   OrderQty=200  Price=100.10  TimeInForce=DAY
        """
    )


@rule("W-9.2")
def test_whoever_pays_to_rest_takes() -> None:
    """To take costs 0.10 from the middle, to rest earns that and costs 0.2997 of fees: nothing rests."""
    world = seen("1000", maker=30 * BPS)
    world.converse(
        f"""
        client > NewOrderSingle   OrderQty=400  {TWAP}  ExclVenues:MULTIPLE_STRING_VALUE=BATE
        client < {NEW}
        XLON   < NewOrderSingle   OrderQty=200  Price=100.10  TimeInForce=IMMEDIATE_OR_CANCEL
        """
    )
    (note,) = world.notes("decision")
    assert note["why"].startswith("all is taken: to rest would cost no less, by what left there in the last 12 spans")


@rule("W-9.2")
@pytest.mark.parametrize(("under", "rests"), [(0, True), (25 * BPS, False)])
def test_what_a_share_that_rested_in_vain_costs_decides(under: int, rests: bool) -> None:
    """Half of the spans a queue is gone. To take costs 0.10; to rest earns 0.10 or costs 0.10 and `under` later."""
    world = seen("")
    for place in range(24):
        world.converse(f"XLON prints ACME 99.90x{1500 if place % 4 < 2 else 10}\n+5s")
    world = replace_under(world, under)
    world.converse(
        f"""
        client > NewOrderSingle   OrderQty=400  {TWAP}
        client < {NEW}
        XLON   < NewOrderSingle   OrderQty=200  Price={"99.90" if rests else "100.10"}
        """
    )


def replace_under(world: World, under: int) -> World:
    """The same market told to a gateway with another `under_bps`."""
    if not under:
        return world
    other = seen("", under=under)
    for place in range(24):
        other.converse(f"XLON prints ACME 99.90x{1500 if place % 4 < 2 else 10}\n+5s")
    return other


@rule("W-9.3")
@pytest.mark.parametrize(
    ("seconds", "order", "why"),
    [
        (95, TWAP, "of no queue at the best price were 10 spans of 10 s seen"),
        (120, "", "it has no deadline"),
        (120, f"{TWAP}  OrdType=LIMIT  Price=100.10  RoutePolicy:STRING=smart", None),
        (120, "TargetStrategy=TWAP  Duration=2  NumSlices=4", "the deadline is less than a second off"),
    ],
)
def test_without_a_plan_all_is_taken_as_by_smart(seconds: int, order: str, why: str | None) -> None:
    world = seen("1000", seconds)
    world.converse(
        f"""
        client > NewOrderSingle   OrderQty=400  {order}
        client < {NEW}
        XLON   < NewOrderSingle   Price=100.10  TimeInForce=IMMEDIATE_OR_CANCEL
        """
    )
    (note,) = world.notes("decision")
    assert note["why"].startswith("each lot" if why is None else f"all is taken: {why}; each lot where a share costs")


@rule("W-9.3")
def test_nothing_rests_where_that_is_beyond_the_limit_or_no_spread_is_there() -> None:
    world = seen("1000")
    world.converse(
        f"""
        client > NewOrderSingle   OrderQty=400  {TWAP}  OrdType=LIMIT  Price=99.80
        client < {NEW}
        XLON quotes ACME 99.90x500 99.80x100
        XLON   < NewOrderSingle   OrderQty=100  Price=99.80  TimeInForce=IMMEDIATE_OR_CANCEL
        """
    )
    (note,) = world.notes("decision")
    assert note["why"].startswith("all is taken: there is no spread to earn; ")


@rule("W-9.4")
def test_what_a_venue_does_not_take_at_rest_is_taken() -> None:
    """Planned once: what comes back is not sent to rest again."""
    world = seen("1000")
    world.converse(
        f"""
        client > NewOrderSingle   OrderQty=400  {TWAP}
        client < {NEW}
        XLON   < NewOrderSingle   OrderQty=200  Price=99.90
        XLON   > ExecutionReport  ExecType=REJECTED  Text='not today'
        BATE   < NewOrderSingle   OrderQty=200  Price=100.11  TimeInForce=IMMEDIATE_OR_CANCEL
        """
    )


@rule("W-9.4")
def test_a_replace_calls_back_what_rests_and_plans_anew() -> None:
    world = seen("1000")
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=P  OrderQty=400  {TWAP}
        client < {NEW}
        XLON   < NewOrderSingle   ClOrdID=$A  OrderQty=200  Price=99.90
        client > OrderCancelReplaceRequest  OrigClOrdID=P  ClOrdID=Q  OrderQty=600  {TWAP}
        client < ExecutionReport  ExecType=PENDING_REPLACE
        XLON   < OrderCancelRequest  OrigClOrdID=$A
        XLON   > ExecutionReport  ExecType=CANCELED  ClOrdID=$A
        client < ExecutionReport  ExecType=REPLACED
        XLON   < NewOrderSingle   OrderQty=300  Price=99.90  TimeInForce=DAY
        +5s
        """
    )


@rule("W-9.4")
def test_a_venue_that_leaves_does_not_hold_up_what_is_due_next() -> None:
    """What rested there is in doubt and stays reserved; the next slice goes on without it."""
    world = seen("1000")
    world.converse(
        f"""
        client > NewOrderSingle   OrderQty=400  {TWAP}
        client < {NEW}
        XLON   < NewOrderSingle   OrderQty=200  Price=99.90
        XLON   > disconnect
        +10s
        BATE   < NewOrderSingle   OrderQty=200  Price=100.11  TimeInForce=IMMEDIATE_OR_CANCEL
        """
    )


@rule("W-9.3")
def test_what_an_algo_wants_to_take_is_taken() -> None:
    """A SNIPER shows nothing, though all of it would rest more cheaply."""
    world = seen("1000")
    world.converse(
        f"""
        client > NewOrderSingle   OrderQty=400  OrdType=LIMIT  Price=100.10  TargetStrategy=1013  848=Duration=10
        client < {NEW}
        XLON   < NewOrderSingle   OrderQty=400  Price=100.10  TimeInForce=IMMEDIATE_OR_CANCEL
        """
    )


@rule("W-9.5")
def test_what_is_to_be_had_at_once_at_a_price_is_taken_and_what_rests_is_called_back_for_it() -> None:
    """IWouldPrice(40): at 100.10 a slice rests; at 100.05 all is taken that is not out, then what came back."""
    world = seen("1000")
    world.converse(
        f"""
        client > NewOrderSingle   OrderQty=400  {TWAP}  IWouldPrice:PRICE=100.05
        client < {NEW}
        XLON   < NewOrderSingle   ClOrdID=$A  OrderQty=200  Price=99.90  TimeInForce=DAY
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=50
        client < {TRADE}  CumQty=50
        XLON quotes ACME 99.90x500 100.05x500
        XLON   < OrderCancelRequest  OrigClOrdID=$A
        XLON   < NewOrderSingle   ClOrdID=$B  OrderQty=200  Price=100.05  TimeInForce=IMMEDIATE_OR_CANCEL
        XLON   > ExecutionReport  ExecType=CANCELED  ClOrdID=$A
        XLON   < NewOrderSingle   ClOrdID=$C  OrderQty=150  Price=100.05  TimeInForce=IMMEDIATE_OR_CANCEL
        """
    )


@rule("W-9.5")
@pytest.mark.parametrize(
    "order",
    [
        f"{TWAP}  IWouldPrice:PRICE=100.10",
        f"{TWAP}  Urgency:STRING=AGGRESSIVE",
        "TargetStrategy=1015",
        "TimeInForce=IMMEDIATE_OR_CANCEL",
    ],
)
def test_what_is_to_be_had_at_once_never_rests(order: str) -> None:
    """Though all of it would be filled at rest, for sure."""
    world = seen("1000")
    qty = 200 if "Urgency" in order else 400
    world.converse(
        f"""
        client > NewOrderSingle   OrderQty=400  {order}
        client < {NEW}
        XLON   < NewOrderSingle   OrderQty={qty}  Price=100.10  TimeInForce=IMMEDIATE_OR_CANCEL
        """
    )
    (note,) = world.notes("decision")
    assert note["why"].startswith("each lot where a share costs least")


@rule("W-9.1")
def test_what_would_be_smaller_than_min_clip_does_not_rest() -> None:
    """140 of 600 would rest by themselves, 40 of them on BATE (see above), where the client wants no child so small."""
    world = seen("300", bought="170", under=400 * BPS)
    world.converse(
        f"""
        client > NewOrderSingle   OrderQty=600  {TWAP}  MinClip:QTY=100
        client < {NEW}
        XLON   < NewOrderSingle   OrderQty=100  Price=99.90   TimeInForce=DAY
        XLON   < NewOrderSingle   OrderQty=200  Price=100.10  TimeInForce=IMMEDIATE_OR_CANCEL
        """
    )


@rule("W-9.1")
def test_what_is_left_to_take_waits_where_it_is_smaller_than_min_clip() -> None:
    """Of a slice 50 come back. At the next one's time 200 rest, and 50 are no child by themselves."""
    world = seen("1000")
    world.converse(
        f"""
        client > NewOrderSingle   OrderQty=600  TargetStrategy=TWAP  Duration=30  NumSlices=3  MinClip:QTY=100
        client < {NEW}
        XLON   < NewOrderSingle   ClOrdID=$a  OrderQty=200  Price=99.90  TimeInForce=DAY
        XLON   > ExecutionReport  ClOrdID=$a  ExecType=TRADE  LastQty=150
        client < {TRADE}  CumQty=150
        XLON   > ExecutionReport  ClOrdID=$a  ExecType=CANCELED
        +10s
        XLON   < NewOrderSingle   OrderQty=200  TimeInForce=DAY
        +1s
        """
    )
