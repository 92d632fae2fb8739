"""How orders find their venues, seen from outside."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from algos import ALGOS
from gateway.market import Markets
from gateway.model import MILLISECOND, Instrument, NewOrder, Ns, OrdType, Qty, Side, parse_qty
from gateway.model.routing import RoutePolicy, Spray, VenueCosts, Ways
from gateway.model.settings import OFFERED, Offer
from gateway.oms.offers import Offers
from gateway.oms.plan import Plan
from gateway.oms.routing import Routing
from gateway.oms.statistics import Statistics
from gateway.risk import Guard
from gateway.run.check import summary, warnings
from gateway.run.config import load
from gateway.run.tables import ConfigError
from tests.conftest import SETTINGS, make_world
from tests.conversation.rules import rule
from tests.conversation.world import World
from tests.market.told import START, S, change, snapshot, update
from tests.test_config import WHOLE

BPS = 10_000
TWAP = "TargetStrategy=TWAP  Duration=60  NumSlices=1"


def venues(
    policy: RoutePolicy = RoutePolicy.PRICE_TIME, *, offers: Sequence[Offer] = OFFERED, **costs: VenueCosts
) -> World:
    """XLON shows 100.10, BATE 100.11."""
    world = make_world(
        routing=policy,
        venues=tuple(
            replace(venue, costs=costs.get(venue.name, VenueCosts()), offers=tuple(offers)) for venue in SETTINGS.venues
        ),
    )
    world.converse(
        """
        XLON quotes ACME 99.90x500 100.10x500
        BATE quotes ACME 99.90x300 100.11x300
        """
    )
    return world


DEAR = VenueCosts(taker_fee=3 * BPS)


@rule("W-1.1", "W-4.1")
def test_without_a_policy_the_best_price_is_first_and_the_note_says_no_more_than_that() -> None:
    world = venues(XLON=DEAR)
    world.converse(
        """
        client > NewOrderSingle   OrderQty=100
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100  Price=100.10
        """
    )
    (note,) = world.notes("decision")
    assert not {"policy", "why", "passed_over"} & note.keys()
    assert note["candidates"] == [{"venue": "XLON", "price": 10_010_000_000, "size": 500 * 10**8}]


@rule("W-1.2", "W-4.1")
def test_by_fees_the_dearer_price_may_be_the_cheaper_one() -> None:
    """3 bps of 100.10 are 0.03003."""
    world = venues(RoutePolicy.FEE_AWARE, XLON=DEAR)
    world.converse(
        """
        client > NewOrderSingle   OrderQty=400
        client < ExecutionReport  ExecType=NEW
        BATE   < NewOrderSingle   OrderQty=300  Price=100.11
        XLON   < NewOrderSingle   OrderQty=100  Price=100.10
        BATE   > ExecutionReport  ExecType=TRADE  LastQty=300
        client < ExecutionReport  ExecType=TRADE
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=100
        client < ExecutionReport  ExecType=TRADE
        restart
        """
    )
    (note,) = world.notes("decision")
    assert note["policy"] == "fee_aware"
    assert [(one["venue"], one.get("fee", 0)) for one in note["candidates"]] == [("BATE", 0), ("XLON", 3_003_000)]
    assert note["why"] == "each lot where a share costs least by price and fee"


@rule("W-4.1")
def test_the_record_says_what_was_passed_over_and_by_how_much() -> None:
    world = venues(RoutePolicy.FEE_AWARE, XLON=DEAR)
    world.converse(
        """
        client > NewOrderSingle   OrderQty=300
        client < ExecutionReport  ExecType=NEW
        BATE   < NewOrderSingle   OrderQty=300  Price=100.11
        BATE   > ExecutionReport  ExecType=TRADE  LastQty=300
        client < ExecutionReport  ExecType=TRADE
        BATE   > disconnect
        client > NewOrderSingle   OrderQty=100
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100  Price=100.10
        """
    )
    first, second = world.notes("decision")
    assert first["why"] == (
        "each lot where a share costs least by price and fee; the dearest that we take is 100.11, "
        "XLON begins at 100.13003 in spite of its better price"
    )
    assert second["passed_over"] == {"BATE": "it has shown nothing since it is there, or is not there"}


@rule("W-4.1")
def test_of_a_sale_it_says_what_is_left() -> None:
    """99.90 less 3 bps is 99.87003. Where only one venue may be used, the better one may be too small."""
    world = venues(RoutePolicy.FEE_AWARE, XLON=DEAR)
    world.converse(
        f"""
        client > NewOrderSingle   OrderQty=300  Side=SELL
        client < ExecutionReport  ExecType=NEW
        BATE   < NewOrderSingle   OrderQty=300  Price=99.90
        client > NewOrderSingle   OrderQty=400  {TWAP}  MaxVenues:INT=1
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=400  Price=100.10
        """
    )
    sold, bought = world.notes("decision")
    assert sold["why"] == (
        "each lot where a share leaves most by price and fee; the least that we take is 99.9, "
        "XLON leaves at best 99.87003"
    )
    assert bought["why"].endswith("BATE begins at 100.11 but not for so small an order or so many venues")


@rule("W-1.2", "W-3.1")
@pytest.mark.parametrize(
    "said",
    [
        "RoutePolicy:STRING=fee_aware",
        "TargetStrategyParameters=RoutePolicy=fee_aware;Duration=60;NumSlices=1",
        "Venues:MULTIPLE_STRING_VALUE=BATE",
        "ExclVenues:MULTIPLE_STRING_VALUE=XLON",
        "Venues:MULTIPLE_STRING_VALUE='BATE XLON'  ExclVenues:MULTIPLE_STRING_VALUE=XLON",
        "RoutePolicy:STRING=fee_aware  MaxVenues:INT=1",
    ],
)
def test_an_algo_order_says_its_own_way(said: str) -> None:
    by_group = "" if "Duration" in said else "Duration=60  NumSlices=1"
    venues(XLON=DEAR).converse(
        f"""
        client > NewOrderSingle   OrderQty=300  TargetStrategy=TWAP  {by_group}  {said}
        client < ExecutionReport  ExecType=NEW
        BATE   < NewOrderSingle   OrderQty=300  Price=100.11
        """
    )


@rule("W-3.1", "W-2.3")
def test_at_most_so_many_venues_for_one_release() -> None:
    """700 are only there at both; one has 500."""
    venues().converse(
        f"""
        client > NewOrderSingle   OrderQty=700  {TWAP}  MaxVenues:INT=1
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=500
        """
    )


@rule("W-1.5")
@pytest.mark.parametrize("algo", ["", f"{TWAP}", f"{TWAP}  RoutePolicy:STRING=directed"])
def test_an_order_goes_where_its_client_sends_it(algo: str) -> None:
    world = venues()
    world.converse(
        f"""
        client > NewOrderSingle   OrderQty=400  ExDestination=BATE  {algo}
        client < ExecutionReport  ExecType=NEW
        BATE   < NewOrderSingle   OrderQty=300  Price=100.11  -ExDestination
        """
    )
    (note,) = world.notes("decision")
    assert (note["policy"], note["why"]) == ("directed", "the client sends it to BATE")
    assert note["passed_over"] == {"XLON": "the client does not want it"}


@rule("W-3.2")
@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ("ExDestination=XPAR", "103=99  Text~ROUTE.VENUE"),
        (f"{TWAP}  Venues:MULTIPLE_STRING_VALUE='XLON XPAR'", "103=99  Text~ROUTE.VENUE"),
        (f"{TWAP}  ExclVenues:MULTIPLE_STRING_VALUE=XPAR", "103=99  Text~ROUTE.VENUE"),
        (f"{TWAP}  ExclVenues:MULTIPLE_STRING_VALUE='XLON BATE'", "103=99  Text~ROUTE.VENUE"),
        (f"{TWAP}  RoutePolicy:STRING=cheapest", "103=99  Text~ALGO.RANGE"),
        (f"{TWAP}  RoutePolicy:INT=1", "103=99  Text~ALGO.TYPE"),
        (f"{TWAP}  RoutePolicy:STRING=directed", "103=99  Text~ALGO.MISSING"),
        (f"{TWAP}  MaxVenues:INT=0", "103=99  Text~ALGO.RANGE"),
        (f"{TWAP}  ExDestination=XLON  RoutePolicy:STRING=smart", "103=99  Text~ALGO.CONFLICT"),
        (f"{TWAP}  ExDestination=XLON  Venues:MULTIPLE_STRING_VALUE=XLON", "103=99  Text~ALGO.CONFLICT"),
        ("ExDestination=XLON  TimeInForce=FILL_OR_KILL", "103=11  Text~ORDER.VENUE"),
    ],
)
def test_a_way_that_there_is_not_is_refused(said: str, refusal: str) -> None:
    venues(offers=(Offer.IOC, Offer.DAY)).converse(
        f"""
        client > NewOrderSingle   {said}
        client < ExecutionReport  ExecType=REJECTED  {refusal.replace("103", "OrdRejReason")}
        """
    )


@rule("W-1.6", "W-3.1")
@pytest.mark.parametrize(
    ("policy", "said", "rests_on"),
    [
        (RoutePolicy.PRICE_TIME, "", "XLON"),
        (RoutePolicy.LATENCY_AWARE, "", "XLON"),
        (RoutePolicy.FEE_AWARE, "", "BATE"),
        (RoutePolicy.SMART, "", "BATE"),
        (RoutePolicy.SMART, "ExDestination=XLON", "XLON"),
        (RoutePolicy.PRICE_TIME, "ExDestination=BATE", "BATE"),
    ],
)
def test_an_order_rests_where_that_earns_most(policy: RoutePolicy, said: str, rests_on: str) -> None:
    venues(policy, BATE=VenueCosts(maker_fee=-BPS)).converse(
        f"""
        client > NewOrderSingle   OrderQty=100  OrdType=LIMIT  Price=99.90  MaxFloor=50  {said}
        client < ExecutionReport  ExecType=NEW
        {rests_on}   < NewOrderSingle   OrderQty=50  Price=99.90
        """
    )


@rule("W-2.4")
def test_fill_or_kill_goes_to_the_one_venue_where_all_of_it_costs_least() -> None:
    """By price_time XLON, the first that has it."""
    script = """
        client > NewOrderSingle   OrderQty=300  TimeInForce=FILL_OR_KILL
        client < ExecutionReport  ExecType=NEW
        {venue}   < NewOrderSingle   OrderQty=300  TimeInForce=FILL_OR_KILL
        """
    venues(XLON=DEAR).converse(script.format(venue="XLON"))
    venues(RoutePolicy.SMART, XLON=DEAR).converse(script.format(venue="BATE"))
    venues(RoutePolicy.SMART).converse(
        """
        client > NewOrderSingle   OrderQty=700  TimeInForce=FILL_OR_KILL
        client < ExecutionReport  ExecType=NEW
        client < ExecutionReport  ExecType=CANCELED
        """
    )


# -- latency, by hand


def lively() -> Markets:
    """Prices that jump by one part in 10,000 to and fro each second for two minutes: v is 1 bps a second."""
    markets = Markets()
    markets.configure(SETTINGS.venues, {"ACME": Instrument(symbol="ACME")})
    markets.apply("XLON", snapshot("99.99x500", "100.01x500"), Ns(START))
    markets.apply("BATE", snapshot("99.99x500", "100.01x500"), Ns(START))
    for second in range(1, 121):
        bid, ask = ("100.00", "100.02") if second % 2 else ("99.99", "100.01")
        old_bid, old_ask = ("99.99", "100.01") if second % 2 else ("100.00", "100.02")
        for venue in ("XLON", "BATE"):
            now = Ns(START + second * S - (S // 2))
            gone = change(
                update("0", old_bid, "0"), update("1", old_ask, "0"), update("0", bid, "500"), update("1", ask, "500")
            )
            markets.now = now
            markets.apply(venue, gone, now)
    return markets


def routed(markets: Markets, latency_us: dict[str, int], policy: RoutePolicy) -> list[tuple[str, int]]:
    known = [replace(venue, costs=VenueCosts(latency_us=latency_us[venue.name])) for venue in SETTINGS.venues]
    settings = replace(SETTINGS, venues=tuple(known), routing=policy)
    offers = Offers()
    offers.configure(settings.venues, ("ACME",))
    statistics = Statistics(lambda _kind, _fact: None, lambda _at, _what: None)
    statistics.configure(markets, settings)
    routing = Routing(offers, statistics)
    routing.configure(markets, Guard(lambda _kind, _fact: None), settings)
    order = NewOrder(cl_ord_id="C", symbol="ACME", side=Side.BUY, order_qty=Qty(100), ord_type=OrdType.MARKET)
    plan = Plan(algo=ALGOS["0"](), start=Ns(0), end=Ns(0), expire_at=None, note=None)
    acme = Instrument(symbol="ACME")
    found = routing.take(
        plan, order, parse_qty("100"), None, instrument=acme, trades_on=lambda _: True, now=markets.now
    )
    assert found.splits[0].venue == found.candidates[0].venue
    return [(one.venue, one.latency) for one in found.candidates]


@rule("W-1.3")
def test_a_far_venue_costs_the_move_that_is_to_be_expected_on_the_way() -> None:
    """v is 1 bps of a second, so in 1 ms 0.0316 bps, of which 0.39894: at 100.01 about 0.000126 a share."""
    markets = lively()
    (near, _), (far, move) = routed(markets, {"XLON": 1_000, "BATE": 0}, RoutePolicy.LATENCY_AWARE)
    assert (near, far) == ("BATE", "XLON")
    assert move == pytest.approx(12_600, rel=0.03)
    (_, _), (far, farther) = routed(markets, {"XLON": 4_000, "BATE": 0}, RoutePolicy.LATENCY_AWARE)
    assert far == "XLON" and farther == pytest.approx(2 * move, rel=0.01)
    assert routed(markets, {"XLON": 1_000, "BATE": 0}, RoutePolicy.PRICE_TIME)[0] == ("XLON", 0)


@rule("W-1.3")
def test_a_better_price_of_a_venue_that_lags_is_as_uncertain_as_its_silence_is_long() -> None:
    """BATE has moved a cent up and XLON has not. Where both show the same, silence says nothing."""
    markets = lively()
    markets.now = now = Ns(START + 120 * S)
    assert markets.books("ACME")["XLON"].lags_since is not None
    assert routed(markets, {"XLON": 0, "BATE": 0}, RoutePolicy.SMART) == [("XLON", 0), ("BATE", 0)]
    markets.apply("XLON", change(update("1", "100.01", "400")), now)
    markets.apply("BATE", change(update("1", "100.01", "0"), update("1", "100.02", "500")), now)
    markets.now = Ns(now + 4 * MILLISECOND)
    (venue, move), bate = routed(markets, {"XLON": 0, "BATE": 0}, RoutePolicy.LATENCY_AWARE)
    assert (venue, bate) == ("XLON", ("BATE", 0)) and move == pytest.approx(25_200, rel=0.03)
    (venue, part), _ = routed(markets, {"XLON": 0, "BATE": 0}, RoutePolicy.SMART)
    assert venue == "XLON" and part == pytest.approx(move / 8, rel=0.03)


@rule("W-1.3")
def test_nobody_knows_how_lively_a_market_is_before_a_minute_of_it() -> None:
    markets = Markets()
    markets.configure(SETTINGS.venues, {"ACME": Instrument(symbol="ACME")})
    for venue in ("XLON", "BATE"):
        markets.apply(venue, snapshot("99.99x500", "100.01x500"), Ns(START))
    found = routed(markets, {"XLON": 9_000, "BATE": 0}, RoutePolicy.LATENCY_AWARE)
    assert found == [("XLON", 0), ("BATE", 0)]


# -- configuration


def test_the_configuration_says_policy_and_costs(tmp_path: Path) -> None:
    path = tmp_path / "gateway.toml"
    costs = 'name = "XLON"\ntaker_fee_bps = "0.25"\nmaker_fee_bps = "-0.1"\nadverse_bps = "0.5"\nlatency_us = 300\nkind = "dark"\n'
    path.write_text(
        WHOLE.replace('name = "XLON"\n', costs)
        + '[routing]\npolicy = "smart"\nunder_bps = "0.5"\nprotect = true\nspray = "sequential"\nping_min_qty = 200\n'
    )
    config = load(path)
    assert config.settings.routing is RoutePolicy.SMART
    assert config.settings.venues[0].costs == VenueCosts(
        taker_fee=2_500, maker_fee=-1_000, adverse=5_000, latency_us=300
    )
    lines = summary(config)
    assert config.settings.ways == Ways(
        protect=True, under=5_000, spray=Spray.SEQUENTIAL, ping_min_qty=parse_qty("200")
    )
    assert "routing: smart, where an order does not say otherwise" in lines
    assert "routing: what rests in vain costs 0.5 bps more" in lines
    assert "routing: nothing is taken at a worse price than what is left of a better one elsewhere" in lines
    assert "routing: one venue after the other" in lines
    assert "routing: in the dark at least 200 is asked for" in lines
    assert "venue XLON: dark: only what asks for it goes there" in lines
    path.write_text(WHOLE + '[routing]\nspray = "together"\n')
    assert load(path).settings.ways == Ways(spray=Spray.TOGETHER)
    assert "routing: what is sent to several venues arrives at one instant" in summary(load(path))
    assert "venue XLON: taker fee 0.25 bps, maker fee -0.1 bps, adverse move 0.5 bps, 300 us away" in lines


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ('taker_fee_bps = "0.00001"', "must be at most 100 basis points, with at most 4 decimals"),
        ('maker_fee_bps = "-101"', "must be at most 100 basis points, with at most 4 decimals"),
        ('adverse_bps = "-1"', "must be at least 0"),
        ("latency_us = -1", "must be at least 0"),
    ],
)
def test_costs_that_cannot_be_are_refused(tmp_path: Path, key: str, said: str) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(WHOLE.replace('name = "XLON"\n', f'name = "XLON"\n{key}\n'))
    with pytest.raises(ConfigError, match=f"venue\\[1\\].{key.split(maxsplit=1)[0]}: {said}"):
        load(path)


@pytest.mark.parametrize(
    ("policy", "lacks"),
    [
        ("fee_aware", "taker_fee_bps; it is as price_time"),
        ("latency_aware", "latency_us; it is as price_time until enough was learned"),
        ("smart", "taker_fee_bps or latency_us or adverse_bps; it is as price_time until enough was learned"),
    ],
)
def test_a_policy_that_has_nothing_to_go_by_is_pointed_out(tmp_path: Path, policy: str, lacks: str) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(WHOLE + f'[routing]\npolicy = "{policy}"\n')
    assert f"routing.policy: {policy}, and no [[venue]] has {lacks}" in list(warnings(load(path)))


def test_to_ask_in_the_dark_where_nothing_is_dark_is_pointed_out(tmp_path: Path) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(WHOLE + '[routing]\npolicy = "dark_first"\n')
    said = "routing.policy: dark_first, and no [[venue]] is dark; it is as smart"
    assert said in list(warnings(load(path)))
    path.write_text(
        WHOLE.replace('name = "XLON"\n', 'name = "XLON"\nkind = "dark"\n') + '[routing]\npolicy = "dark_first"\n'
    )
    assert said not in list(warnings(load(path)))
