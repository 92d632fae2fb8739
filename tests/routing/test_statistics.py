"""How venues have served us, as the gateway finds out, tells it and goes by it."""

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.market import Markets
from gateway.model import SECOND, Instrument, NewOrder, Ns, OrdType, Px, Side, parse_px
from gateway.model.health import HealthSettings, VenueStatistics
from gateway.model.routing import RoutePolicy
from gateway.node import Gateway
from gateway.oms.buckets import BUCKETS, bucket, longest
from gateway.oms.order import Child, ParentOrder
from gateway.oms.statistics import SAMPLE, Statistics
from gateway.run.config import load
from tests.conftest import SETTINGS, lots, make_world
from tests.conversation.rules import rule
from tests.conversation.world import World
from tests.market.told import START, snapshot
from tests.routing.test_explain import kept
from tests.test_cli import run
from tests.test_config import WHOLE

SHARE, BPS = 10**8, 10_000
PARENT = ParentOrder(
    order_id="G-1",
    client="CLIENT",
    order=NewOrder(cl_ord_id="C", symbol="ACME", side=Side.BUY, order_qty=lots(10**6), ord_type=OrdType.MARKET),
)


def figures(world: World, venue: str = "XLON") -> VenueStatistics:
    assert isinstance(world.node, Gateway)
    return next(found for found in world.node.venue_statistics() if found.venue == venue)


@rule("W-13.1")
def test_a_child_counts_when_it_is_answered_filled_and_over(world: World) -> None:
    """200 of 400 at a price 5 bps better than the limit, for a fee of 2 bps, after a first word of 3 ms; then a reject."""
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=A  OrderQty=400  OrdType=LIMIT  Price=100.10  TimeInForce=IMMEDIATE_OR_CANCEL
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=400  Price=100.10
        +3ms
        XLON   > ExecutionReport  ExecType=NEW
        +2ms
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=200  LastPx=100.05  CumQty=200  LeavesQty=200  Commission=4.002  CommType=ABSOLUTE
        client < ExecutionReport  ExecType=TRADE
        XLON   > ExecutionReport  ExecType=CANCELED  CumQty=200
        client < ExecutionReport  ExecType=CANCELED
        BATE   quotes ACME 99.90x300 -
        XLON   quotes ACME 99.90x500 100.20x500
        client > NewOrderSingle   ClOrdID=B  OrderQty=100  OrdType=LIMIT  Price=100.20  TimeInForce=IMMEDIATE_OR_CANCEL
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100  Price=100.20
        +5ms
        XLON   > ExecutionReport  ExecType=REJECTED  Text=no
        client < ExecutionReport  ExecType=CANCELED
        """
    )
    found = figures(world)
    assert (found.takes, found.takes_filled, found.rests) == (2, 40_000_000, 0)
    assert (found.answers, found.ack_ns, found.rejected) == (2, 4_000_000, 50_000_000)
    assert found.ack_p99_us is not None and 5_000 <= found.ack_p99_us <= 6_250
    assert found.notional == 20_010 and found.better == pytest.approx(5 * BPS, rel=0.01)
    assert found.fees == 2 * BPS
    assert figures(world, "BATE").answers == 0


@rule("W-13.1")
def test_of_what_rests_it_is_known_how_long_it_waits() -> None:
    world = make_world()
    world.converse(
        """
        XLON   quotes ACME 99.90x500 100.10x500
        client > NewOrderSingle   OrderQty=100  OrdType=LIMIT  Price=99.90  MaxFloor=100
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100  Price=99.90
        XLON   > ExecutionReport  ExecType=NEW
        +10s
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=25  LastPx=99.90
        client < ExecutionReport  ExecType=TRADE
        +20s
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=75  LastPx=99.90
        client < ExecutionReport  ExecType=TRADE
        """
    )
    found = figures(world)
    assert (found.rests, found.rests_filled, found.takes, found.takes_filled) == (1, SHARE, 0, None)
    assert found.fill_ns == pytest.approx(25 * SECOND, rel=0.001)  # the later fill weighs a little more


@rule("W-13.2")
@pytest.mark.parametrize(("side", "for_us"), [("BUY", 1), ("SELL", -1)])
def test_the_middle_is_looked_at_one_and_ten_seconds_after_a_fill(side: str, for_us: int) -> None:
    """It goes up by 10 bps within the second and by 30 more within ten; what comes later does not count."""
    world = make_world()
    world.converse(
        f"""
        XLON   quotes ACME 99.90x500 100.10x500
        client > NewOrderSingle   OrderQty=100  Side={side}
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=100
        client < ExecutionReport  ExecType=TRADE
        +900ms
        XLON   quotes ACME 100.00x500 100.20x500
        +400ms
        XLON   quotes ACME 100.30x500 100.50x500
        +10s
        XLON   quotes ACME 150.00x500 150.10x500
        """
    )
    found = figures(world)
    assert found.marks == 1 and found.after_1s is not None and found.after_10s is not None
    assert found.after_1s * for_us == pytest.approx(10 * BPS, rel=0.01)
    assert found.after_10s * for_us == pytest.approx(40 * BPS, rel=0.01)
    assert found.rest_marks == 0 and found.rest_after_1s is None


@rule("W-13.2")
def test_without_a_middle_there_is_no_such_figure() -> None:
    world = make_world()
    world.converse(
        """
        XLON   quotes ACME - 100.10x500
        client > NewOrderSingle   OrderQty=100
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=100
        client < ExecutionReport  ExecType=TRADE
        XLON   quotes ACME 99.90x500 100.10x500
        +20s
        """
    )
    assert figures(world).marks == 0


@given(us=st.integers(0, 10**8))
def test_a_bucket_is_at_most_a_quarter_too_long(us: int) -> None:
    place = bucket(us)
    assert 0 <= place < BUCKETS
    assert us <= longest(place) <= us * 5 // 4
    assert not place or longest(place - 1) < us


# -- without a gateway around it


def learning(**settings: object) -> tuple[Statistics, Markets]:
    markets = Markets()
    markets.configure(SETTINGS.venues, {"ACME": Instrument(symbol="ACME")})
    markets.apply("XLON", snapshot("99.99x500", "100.01x500"), Ns(START))
    statistics = Statistics(lambda _kind, _fact: None, lambda _at, _what: None)
    statistics.configure(markets, replace(SETTINGS, **settings))
    statistics.turn(Ns(START))
    return statistics, markets


def take(statistics: Statistics, now: int, *, filled: int = 100, took: int = 2_000_000) -> None:
    """A child for 100 shares, answered so much later."""
    child = Child(cl_ord_id="G-1-1", parent=PARENT, venue="XLON", qty=lots(100), price=Px(100 * SHARE), may_rest=False)
    statistics.sent(child, Ns(now))
    if child.sent_at:
        statistics.answered(child, Ns(now + took))
        if filled:
            statistics.filled(child, lots(filled), Px(100 * SHARE), 0, Ns(now + took))
        child.cum_qty = lots(filled)
        statistics.ended(child)


def of_xlon(statistics: Statistics) -> VenueStatistics:
    return next(found for found in statistics.figures() if found.venue == "XLON")


@rule("W-13.3")
def test_what_is_a_half_life_old_weighs_half() -> None:
    statistics, _ = learning(health=HealthSettings(half_life_s=600))
    for _ in range(30):
        take(statistics, START, filled=0)
    statistics.turn(Ns(START + 600 * SECOND))
    assert of_xlon(statistics).takes == 15
    for _ in range(15):
        take(statistics, START + 600 * SECOND)
    assert of_xlon(statistics).takes_filled == pytest.approx(SHARE // 2, rel=1e-6)


@rule("W-13.3")
def test_a_night_changes_nothing() -> None:
    """From 8:00 to 16:30; START is in between."""
    statistics, _ = learning(open_s=8 * 3600, close_s=16 * 3600 + 1800)
    close = START - START % (86_400 * SECOND) + 59_400 * SECOND
    for _ in range(64):
        take(statistics, START)
    statistics.turn(Ns(close))
    at_close = of_xlon(statistics).takes
    statistics.turn(Ns(close + 15 * 3600 * SECOND))
    assert 0 < of_xlon(statistics).takes == at_close
    statistics.turn(Ns(close + 16 * 3600 * SECOND + 1800 * SECOND))
    assert of_xlon(statistics).takes == pytest.approx(at_close / 2, abs=1)


def test_of_a_venue_so_many_are_followed_at_a_time() -> None:
    """The time in which they are counted is the 300th part of an hour."""
    statistics, _ = learning()
    for _ in range(SAMPLE + 9):
        take(statistics, START)
    assert of_xlon(statistics).takes == SAMPLE
    statistics.turn(Ns(START + 12 * SECOND))
    take(statistics, START + 12 * SECOND)
    assert of_xlon(statistics).takes in (SAMPLE, SAMPLE + 1)  # of the others some has faded


# -- what becomes of it


@rule("W-13.4")
def test_what_was_seen_is_noted_each_minute_and_a_replay_notes_the_same(world: World) -> None:
    world.converse(
        """
        +70s
        client > NewOrderSingle   OrderQty=100
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=100
        client < ExecutionReport  ExecType=TRADE
        +60s
        +600s
        restart
        """
    )
    noted = [(note["venue"], note["takes"]) for note in world.notes("venue_statistics")]
    assert noted[:2] == [("XLON", 0), ("BATE", 0)], "they came"
    assert noted[2] == ("XLON", 1) and noted[3:] == [], "and BATE had nothing to do, nor XLON since"


@rule("W-13.4")
def test_operators_see_it_after_the_gateway_has_stopped(world: World, tmp_path: Path) -> None:
    world.converse(
        """
        client > NewOrderSingle   OrderQty=100
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100
        +2ms
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=100
        client < ExecutionReport  ExecType=TRADE
        """
    )
    before = msgspec.to_builtins(figures(world)) | {"availability": SHARE}
    world.command("stop")
    kept(world, tmp_path)
    shown = run("venue", "stats", "--data", str(tmp_path), "--json")
    assert [found["venue"] for found in json.loads(shown.stdout)] == ["BATE", "XLON"]
    assert json.loads(shown.stdout)[1] == before
    table = run("venue", "stats", "--data", str(tmp_path)).stdout
    assert "2 ms" in table and "100.0 %" in table


@rule("W-13.5")
def test_what_was_seen_often_enough_takes_the_place_of_the_configuration() -> None:
    """XLON shows the better price, and of what is sent for half is not there."""
    settings = HealthSettings(least=3, half_life_s=300)
    told = []
    for health in (settings, replace(settings, learn=False)):
        world = make_world(routing=RoutePolicy.SMART, health=health)
        bid = "99.90x900"
        for _ in range(70):
            world.converse(f"XLON quotes ACME {bid} 100.10x900\nBATE quotes ACME {bid} 100.11x900\n+1s")
        for number in range(4):
            world.converse(
                f"""
                client > NewOrderSingle   ClOrdID=C{number}  OrderQty=200  TimeInForce=IMMEDIATE_OR_CANCEL  ExDestination=XLON
                client < ExecutionReport  ExecType=NEW
                XLON   < NewOrderSingle   OrderQty=200
                +4ms
                XLON   > ExecutionReport  ExecType=TRADE  LastQty=100  LastPx=100.10  CumQty=100  LeavesQty=100
                client < ExecutionReport  ExecType=TRADE
                XLON   quotes ACME {bid} 100.16x900
                BATE   quotes ACME {bid} 100.14x900
                XLON   > ExecutionReport  ExecType=CANCELED  CumQty=100
                client < ExecutionReport  ExecType=CANCELED
                +2s
                XLON   quotes ACME {bid} 100.10x900
                BATE   quotes ACME {bid} 100.11x900
                """
            )
        goes_to = "BATE" if health.learn else "XLON"
        world.converse(
            f"""
            client > NewOrderSingle   ClOrdID=Z  OrderQty=200
            client < ExecutionReport  ExecType=NEW
            {goes_to}   < NewOrderSingle   OrderQty=200
            """
        )
        told.append(world.notes("decision")[-1])
    learned, configured = told
    xlon = next(one for one in learned["candidates"] if one["venue"] == "XLON")
    assert xlon["slip"] == pytest.approx(0.015 * SHARE, rel=0.02), "half of it is three cents dearer elsewhere by then"
    assert "; learned: XLON 2000 us away by 4 answers, 1.498" in learned["why"]
    assert learned["why"].endswith(" bps beyond what it shows by 4 orders")
    assert "learned" not in configured["why"] and "slip" not in configured["candidates"][0]


@rule("W-13.5")
@pytest.mark.parametrize(
    ("side", "filled", "price", "others", "slip"),
    [
        ("1", 100, "100.10", ("100.10", "100.10"), 0),  # as shown
        ("1", 100, "100.09", ("100.10", "100.10"), -1),  # better than shown
        ("1", 50, "100.10", ("100.10", "100.14"), 2),  # half of it, and the rest is four cents dearer then
        ("1", 50, "100.10", ("100.12", "100.14"), 1),  # two cents of which it had been all the time
        ("1", 0, "0", ("100.06", "100.08"), -2),  # nothing of it, and it is cheaper then
        ("2", 50, "99.90", ("99.90", "99.86"), 2),
        ("2", 50, "99.90", ("99.88", "99.86"), 1),
        ("2", 100, "99.92", ("99.90", "99.90"), -2),
    ],
)
def test_taking_costs_what_was_paid_and_what_the_rest_costs_elsewhere(
    side: str, filled: int, price: str, others: tuple[str, str], slip: int
) -> None:
    """Against 99.90 x 100.10 as shown, in cents a share; what BATE shows before and then is what was not there."""
    statistics, markets = learning(health=HealthSettings(least=2))

    def beside(best: str) -> None:
        shown = ("99.90x500", f"{best}x500") if side == "1" else (f"{best}x500", "100.10x500")
        markets.apply("BATE", snapshot(*shown), Ns(START))

    for _ in range(3):
        markets.apply("XLON", snapshot("99.90x500", "100.10x500"), Ns(START))
        beside(others[0])
        order = replace(PARENT.order, side=Side(side))
        parent = ParentOrder(order_id="G-1", client="CLIENT", order=order)
        worst = parse_px("100.10" if side == "1" else "99.90")
        child = Child(cl_ord_id="G-1-1", parent=parent, venue="XLON", qty=lots(100), price=worst, may_rest=False)
        statistics.sent(child, Ns(START))
        if filled:
            child.cum_qty = lots(filled)
            statistics.filled(child, child.cum_qty, parse_px(price), 0, Ns(START))
        beside(others[1])
        statistics.ended(child)
    statistics.turn(Ns(START + 12 * SECOND))
    found = statistics.learned("XLON").slip
    assert found is not None and found / 1e8 == pytest.approx(slip / 100 / 100, rel=0.01)


def test_the_configuration_says_how_much_is_learned(tmp_path: Path) -> None:
    path = tmp_path / "gateway.toml"
    keys = "learn = false\nlearn_from = 7\nstatistics_half_life_s = 600\nstatistics_every_s = 5\n"
    path.write_text(f"{WHOLE}[routing]\n{keys}")
    settings = load(path).settings
    assert settings.health == HealthSettings(learn=False, least=7, half_life_s=600, every_s=5)
    path.write_text(WHOLE)
    assert load(path).settings.health == HealthSettings()
