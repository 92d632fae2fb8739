"""Order protection, and the limits of venues: where children may not go, or not with so much."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.model import Level, Limits, Px, Qty, Side, parse_qty
from gateway.model.routing import RoutePolicy, VenueCosts, Ways
from gateway.router import Rates, best_left, protected, route, worse
from tests.conftest import SETTINGS, make_world
from tests.conversation.rules import rule
from tests.conversation.world import World

BPS = 10_000
LOT = Qty(10)
TWAP = "TargetStrategy=TWAP  Duration=60  NumSlices=1"


def world(*, protect: bool = True, policy: RoutePolicy = RoutePolicy.FEE_AWARE, **limits: Limits) -> World:
    """XLON is dear, so that by fees BATE's 100.11 costs less than its 100.10."""
    venues = tuple(
        replace(venue, costs=VenueCosts(taker_fee=3 * BPS if venue.name == "XLON" else 0)) for venue in SETTINGS.venues
    )
    scoped = SETTINGS.scoped_limits | {f"venue={name}": limit for name, limit in limits.items()}
    made = make_world(routing=policy, venues=venues, ways=Ways(protect=protect), scoped_limits=scoped)
    made.converse("XLON quotes ACME 99.90x500 100.10x500,100.20x500\nBATE quotes ACME 99.90x300 100.11x300")
    return made


@rule("W-10.1")
def test_the_better_price_is_taken_first_whatever_it_costs() -> None:
    protected_one = world()
    protected_one.converse(
        """
        client > NewOrderSingle   OrderQty=600
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=500  Price=100.10
        BATE   < NewOrderSingle   OrderQty=100  Price=100.11
        """
    )
    assert "through" not in protected_one.notes("decision")[0]
    world(protect=False).converse(
        """
        client > NewOrderSingle   OrderQty=600
        client < ExecutionReport  ExecType=NEW
        BATE   < NewOrderSingle   OrderQty=300  Price=100.11
        XLON   < NewOrderSingle   OrderQty=300  Price=100.10
        """
    )


@rule("W-10.1")
def test_of_one_venue_no_more_is_taken_than_up_to_the_better_price_of_another() -> None:
    """800 are only at XLON, down to 100.20; BATE's 100.11 may not be used as well, so the rest waits for the answer."""
    world().converse(
        f"""
        client > NewOrderSingle   OrderQty=800  {TWAP}  MaxVenues:INT=1
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   ClOrdID=$A  OrderQty=500  Price=100.10
        XLON   > ExecutionReport  ClOrdID=$A  ExecType=TRADE  LastQty=500
        client < ExecutionReport  ExecType=TRADE
        BATE   < NewOrderSingle   OrderQty=300  Price=100.11
        """
    )


@rule("W-10.2")
@pytest.mark.parametrize(
    ("order", "venue", "why"),
    [
        ("ExDestination=BATE", "XLON", "100.1, the client does not want it"),
        (f"{TWAP}  ExclVenues:MULTIPLE_STRING_VALUE=XLON", "XLON", "100.1, the client does not want it"),
    ],
)
def test_a_better_price_that_may_not_be_taken_is_told_with_the_reason(order: str, venue: str, why: str) -> None:
    made = world()
    made.converse(
        f"""
        client > NewOrderSingle   OrderQty=100  {order}
        client < ExecutionReport  ExecType=NEW
        BATE   < NewOrderSingle   OrderQty=100  Price=100.11
        """
    )
    assert made.notes("decision")[0]["through"] == {venue: why}


@rule("W-10.2", "W-10.3")
def test_more_than_a_venues_limit_goes_to_the_next_and_is_told() -> None:
    """At most 200 on XLON at a time: the other 300 shown there are traded through."""
    made = world(XLON=Limits(max_order_qty=parse_qty("200")))
    made.converse(
        """
        client > NewOrderSingle   OrderQty=300
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=200  Price=100.10
        BATE   < NewOrderSingle   OrderQty=100  Price=100.11
        """
    )
    (note,) = made.notes("decision")
    assert note["through"] == {"XLON": "100.1, no more of it may go there, by our limits or as one order"}


@rule("W-10.3")
@pytest.mark.parametrize(
    "limits",
    [
        Limits(max_order_qty=parse_qty("200")),
        Limits(max_order_notional=int(parse_qty("20020"))),
        Limits(max_venue_gross=int(parse_qty("20029"))),
    ],
)
def test_no_venue_is_asked_for_more_than_its_limits_leave(limits: Limits) -> None:
    """200 at 100.10 are 20,020."""
    made = world(protect=False, policy=RoutePolicy.PRICE_TIME, XLON=limits)
    made.converse(
        """
        client > NewOrderSingle   OrderQty=300
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=200  Price=100.10
        BATE   < NewOrderSingle   OrderQty=100  Price=100.11
        """
    )
    assert made.notes("alert") == []


@rule("W-10.3")
def test_where_no_venue_has_room_the_order_waits_and_that_is_told() -> None:
    """Two orders a second and no more on each venue."""
    once = Limits(max_orders_per_s=1)
    made = world(protect=False, policy=RoutePolicy.PRICE_TIME, XLON=once, BATE=once)
    made.converse(
        """
        client > NewOrderSingle   OrderQty=100
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100
        client > NewOrderSingle   OrderQty=100
        client < ExecutionReport  ExecType=NEW
        BATE   < NewOrderSingle   OrderQty=100
        client > NewOrderSingle   OrderQty=100
        client < ExecutionReport  ExecType=NEW
        +1s
        XLON   < NewOrderSingle   OrderQty=100
        """
    )
    assert [alert["code"] for alert in made.notes("alert")] == ["CHILD.WAITS"]


sizes = st.integers(1, 60).map(Qty)
books = st.dictionaries(
    st.sampled_from("ABCD"), st.dictionaries(st.integers(1, 6).map(Px), sizes, min_size=1, max_size=4), min_size=1
)


@rule("W-10.1")
@given(
    st.sampled_from([Side.BUY, Side.SELL]),
    st.integers(1, 20).map(lambda lots: Qty(lots * LOT)),
    books,
    st.dictionaries(st.sampled_from("ABCD"), st.integers(0, 9 * 10**7)),
    st.sampled_from([None, 1, 2]),
)
def test_nothing_is_taken_at_a_worse_price_than_what_is_left_elsewhere(
    side: Side, qty: Qty, shown: dict[str, dict[Px, Qty]], fees: dict[str, int], most: int | None
) -> None:
    """Whatever venues cost and however few may be used."""
    available = {
        venue: tuple(Level(price, levels[price]) for price in sorted(levels, reverse=side is Side.SELL))
        for venue, levels in shown.items()
    }
    rates = {venue: Rates(fee=fees.get(venue, 0)) for venue in available}
    splits, _ = route(side, qty, None, available, rates, lot=LOT, min_qty=LOT, most=most, protect=True)
    kept = protected(side, splits, available, lot=LOT, min_qty=LOT)
    taken = {part.venue: part.qty for part in kept}
    for part in kept:
        assert not part.qty % LOT and part.qty <= next(other.qty for other in splits if other.venue == part.venue)
        for venue, levels in available.items():
            left = best_left(levels, taken.get(venue, 0), LOT)
            assert left is None or venue == part.venue or not worse(side, part.price, left)
    if most is None:
        assert sum(part.qty for part in kept) == sum(part.qty for part in splits)
