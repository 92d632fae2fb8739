"""Implementation shortfall: the schedule of Almgren and Chriss for an urgency, and what it does when prices move."""

from itertools import pairwise

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from algos.shortfall import Is, MinimizeMarketImpact
from gateway.market.theory import almgren_chriss
from gateway.model import SCALE, SECOND, Market, Ns, Parent, Px, Qty, Side, parse_px, parse_qty
from gateway.model.urgency import Urgency
from tests.conversation.world import World
from tests.parents import QUIET, START, Even, Known, parent, shows

# The day of the paper's example, in which 5 million shares trade, with a spread of 1/8 and a deviation of 0.95 of 50;
# its five days are five hours here, and each of its days one hour's worth of all of that.
PAPER = msgspec.structs.replace(
    shows(bid=499_375 * 10**4, ask=500_625 * 10**4),
    curve=Even(5 * 3600 * SECOND, usual=25_000_000 * SCALE),
    estimates=Known(spread=12_500_000, a_second=31_667),
)


PASSIVE, NEUTRAL, AGGRESSIVE = Urgency.PASSIVE, Urgency.NEUTRAL, Urgency.AGGRESSIVE


def hurried(order: Parent, urgency: Urgency | None) -> Parent:
    return msgspec.structs.replace(order, urgency=urgency)


def releases(algo: Is, given: Parent, market: Market = QUIET) -> list[int]:
    """The quantity of each, asking again only when the algo says."""
    found, due, now = [], 0, given.start
    while True:
        decision = algo.decide(msgspec.structs.replace(given, filled=Qty(due)), market, now)
        assert decision.due >= due
        found.append(decision.due - due)
        due = decision.due
        if decision.wake_at is None:
            return found
        assert decision.wake_at > now
        now = decision.wake_at


def test_with_the_paper_s_market_it_trades_the_paper_s_schedule() -> None:
    """A million shares in five parts, lambda 1e-6. Permanent impact is of a day there and of five of its days here."""
    algo = Is(slices=5, risk_aversion=parse_px("0.000001"))
    order = parent(1_000_000 * SCALE, 100 * SCALE, 100 * SCALE, 5 * 3600 * SECOND, arrival=Px(50 * SCALE))
    found = [size // SCALE for size in releases(algo, order, PAPER)]
    model = almgren_chriss.paper_impact(spread=0.125, volume=5e6, day_volume=25e6, sigma=0.95)
    left = almgren_chriss.left(almgren_chriss.bend(1e-6, model, 1.0), 5)
    wanted = [1_000_000 * (before - after) for before, after in pairwise(left)]
    assert found == pytest.approx(wanted, abs=5_000)  # kappa is taken in steps of 1/64 of the window
    assert found == pytest.approx([458_044, 252_101, 141_957, 85_756, 62_142], abs=25_000)
    assert sum(found) == 1_000_000


@given(
    lots=st.integers(1, 5_000),
    extra=st.integers(0, 99),
    slices=st.integers(1, 60),
    min_lots=st.integers(1, 50),
    urgency=st.sampled_from(Urgency),
    known=st.booleans(),
)
@example(lots=1, extra=99, slices=60, min_lots=1, urgency=Urgency.AGGRESSIVE, known=False)
def test_slices_add_up_and_each_can_be_sent(
    *, lots: int, extra: int, slices: int, min_lots: int, urgency: Urgency, known: bool
) -> None:
    lots = max(lots, min_lots)
    whole, least = (lots * 100 + extra) * SCALE, min_lots * 100 * SCALE
    order = parent(whole, 100 * SCALE, least, arrival=Px(50 * SCALE), urgency=urgency)
    sizes = releases(Is(slices=slices), order, PAPER if known else QUIET)
    assert sum(sizes) == order.order_qty
    assert all(size >= order.min_qty and not size % order.lot for size in sizes[:-1] if size)
    assert sizes[-1] >= order.min_qty or not sizes[-1]


def test_who_does_not_mind_risk_trades_evenly_and_who_does_trades_first() -> None:
    order = parent(6000)
    even = releases(Is(slices=6, risk_aversion=Px(0)), order)
    assert even == [1000] * 6
    firsts = [releases(Is(slices=6), hurried(order, level)) for level in (PASSIVE, NEUTRAL, AGGRESSIVE)]
    assert [sizes[0] for sizes in firsts] == sorted(sizes[0] for sizes in firsts)
    assert firsts[0][0] > 1000 and firsts[2][0] > 4000
    assert all(sizes == sorted(sizes, reverse=True) for sizes in firsts)


@pytest.mark.parametrize(
    ("urgency", "halves"), [(PASSIVE, [1030, 970]), (NEUTRAL, [1333, 667]), (AGGRESSIVE, [1889, 111])]
)
def test_where_impact_is_not_known_an_urgency_has_a_shape_of_its_own(urgency: Urgency, halves: list[int]) -> None:
    """In two parts with kappa x window k, 1 / (2 + k^2 / 4) is left after the first: k = 0.5, 2, 8."""
    order, no_volume = hurried(parent(2000), urgency), msgspec.structs.replace(PAPER, curve=Even())
    assert releases(Is(slices=2), order) == releases(Is(slices=2), order, no_volume) == halves


@pytest.mark.parametrize("market", [QUIET, PAPER])
def test_an_order_that_says_none_is_neutral_and_by_strategy_3_patient(market: Market) -> None:
    """Where a RiskAversion is said, that is what risk is worth, and Urgency is for where children go."""
    order = parent(2000 * SCALE, arrival=Px(50 * SCALE))
    by = {urgency: releases(Is(slices=9), hurried(order, urgency), market) for urgency in (None, *Urgency)}
    assert by[None] == by[NEUTRAL] == by[Urgency.ADAPTIVE] and by[PASSIVE] != by[NEUTRAL] != by[AGGRESSIVE]
    assert releases(MinimizeMarketImpact(slices=9), order, market) == by[PASSIVE]
    assert releases(MinimizeMarketImpact(slices=9), hurried(order, AGGRESSIVE), market) == by[AGGRESSIVE]
    weighed = Is(slices=9, risk_aversion=Px(1))
    assert releases(weighed, order, market) == releases(weighed, hurried(order, AGGRESSIVE), market)


def test_a_large_order_and_a_calm_market_are_worked_more_evenly() -> None:
    """A part of the cost in bps is what a part of its variance is; a large order costs more, a calm market risks less."""
    algo, calm = Is(slices=10), msgspec.structs.replace(PAPER, estimates=Known(12_500_000, 10_000))

    def first(shares: int, market: Market) -> float:
        order = parent(shares * SCALE, SCALE, SCALE, 5 * 3600 * SECOND, arrival=Px(50 * SCALE))
        return releases(algo, order, market)[0] / order.order_qty

    assert first(100_000, PAPER) > first(1_000_000, PAPER) > 0.1
    assert first(1_000_000, PAPER) > first(1_000_000, calm)


@pytest.mark.parametrize(
    ("side", "middle", "due"),
    [
        (Side.BUY, 1000, 100),
        (Side.BUY, 1005, 100 + 450),
        (Side.BUY, 1003, 100 + 270),
        (Side.BUY, 1050, 100 + 450),
        (Side.BUY, 950, 100),
        (Side.SELL, 995, 100 + 450),
        (Side.SELL, 1005, 100),
    ],
)
def test_an_adverse_move_brings_forward_what_would_wait(side: Side, middle: int, due: int) -> None:
    """Half of it at 50 bps, where volatility is not known; the other way nothing changes."""
    order = parent(1000, side=side, arrival=Px(1000))
    market = shows(bid=middle - 1, ask=middle + 1)
    algo = Is(slices=10, risk_aversion=Px(0), opportunity=Px(SCALE // 2))
    assert algo.decide(order, market, START).due == due
    assert algo.decide(order, market, START).follows
    assert Is(slices=10, risk_aversion=Px(0)).decide(order, market, START).due == 100


def test_a_move_is_measured_by_the_deviation_of_the_window() -> None:
    """90 s at 10 bps a root second: 94.8 bps. A tenth of what would wait at a tenth of that, with the whole weight."""
    market = msgspec.structs.replace(shows(bid=100_094, ask=100_096), estimates=Known(2, 100_000))
    algo = Is(slices=10, risk_aversion=Px(0), opportunity=Px(SCALE))
    assert algo.decide(parent(10_000, arrival=Px(100_000)), market, START).due == pytest.approx(1900, abs=5)


@pytest.mark.parametrize(("side", "limit"), [(Side.BUY, 100_100), (Side.SELL, 99_900)])
def test_no_child_goes_farther_from_the_middle_than_tolerated(side: Side, limit: int) -> None:
    algo, market = Is(slices=2, tolerance_bps=10), shows(bid=99_990, ask=100_010)
    decision = algo.decide(parent(side=side), market, START)
    assert decision.limit == limit and decision.follows and decision.wake_at is not None
    nowhere = algo.decide(parent(side=side, filled=Qty(3), working=Qty(4)), shows(bid_size=0), START)
    assert nowhere.due == 7 and nowhere.follows


def test_nothing_is_due_before_the_start() -> None:
    early = Is(tolerance_bps=1).decide(parent(), shows(), Ns(START - 1))
    assert (early.due, early.wake_at) == (0, START)


# -- through the gateway


def test_it_sends_what_its_schedule_says(world: World) -> None:
    """Two slices of 400 with kappa x window 8: 1 / 18 is left after the first."""
    world.converse(
        """
        client > NewOrderSingle   OrderQty=400  TargetStrategy=1003  848=Duration=90;NumSlices=2;Urgency=AGGRESSIVE
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=378  Price=100.10
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=378  LastPx=100.10
        client < ExecutionReport  CumQty=378
        +45s
        BATE   < NewOrderSingle   OrderQty=22
        BATE   > ExecutionReport  ExecType=TRADE  LastQty=22  LastPx=100.10
        client < ExecutionReport  CumQty=400
        """
    )
    world.restart()


def test_minimize_market_impact_is_the_same_and_patient(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   OrderQty=400  TargetStrategy=3  848=Duration=90;NumSlices=2
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=206  Price=99.90  TimeInForce=DAY
        """
    )


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("TargetStrategy=3  848=Urgency=A", "OrderQty=378  Price=100.10  TimeInForce=IMMEDIATE_OR_CANCEL"),
        ("TargetStrategy=3  848=ChildTIF=0", "OrderQty=206  Price=100.10  TimeInForce=DAY"),
        ("TargetStrategy=1003  848=Urgency=P", "OrderQty=206  Price=99.90  TimeInForce=DAY"),
        ("TargetStrategy=1003  848=Urgency=P;RiskAversion=0", "OrderQty=200  Price=99.90  TimeInForce=DAY"),
        ("TargetStrategy=1003  848=Urgency=N;ImpactTolerance=50", "OrderQty=267  Price=100.00  TimeInForce=DAY"),
        ("TargetStrategy=1003  848=ImpactTolerance=50", "OrderQty=267  Price=100.10  TimeInForce=IMMEDIATE_OR_CANCEL"),
    ],
)
def test_one_urgency_is_for_its_schedule_and_for_where_its_children_rest(world: World, said: str, sent: str) -> None:
    """With ChildTIF 0 it has no urgency, and is patient by its strategy."""
    world.converse(
        f"""
        client > NewOrderSingle   OrderQty=400  {said};Duration=90;NumSlices=2
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   {sent}
        """
    )


def test_nothing_of_it_rests_farther_than_tolerated(world: World) -> None:
    """The touch is 10 bps from the middle, of which half is tolerated."""
    world.converse(
        """
        client > NewOrderSingle   OrderQty=400  TargetStrategy=1003  848=Urgency=P;ImpactTolerance=5;Duration=90;NumSlices=2
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   Price=99.90  TimeInForce=DAY
        """
    )


@pytest.mark.parametrize("price", ["95.10", "105.10"])
def test_a_benchmark_within_the_collar_is_taken(world: World, price: str) -> None:
    """The collar is 500 bps of the best offer, 100.10."""
    world.converse(
        f"""
        client > NewOrderSingle   OrderQty=400  TargetStrategy=1003  848=Duration=90;BenchmarkPx={price}
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle
        """
    )


@pytest.mark.parametrize("price", ["95.09", "105.11"])
def test_a_benchmark_beyond_the_collar_is_refused(world: World, price: str) -> None:
    world.converse(
        f"""
        client > NewOrderSingle   OrderQty=400  TargetStrategy=1003  848=Duration=90;BenchmarkPx={price}
        client < ExecutionReport  ExecType=REJECTED  103=3  Text="RISK.COLLAR BenchmarkPx {price} is too far from 100.1"
        """
    )


def test_who_is_measured_by_a_price_that_is_gone_hurries(world: World) -> None:
    """ADAPTIVE: the middle, 100.00, is 100 bps above 99.00, so half of the third that would wait is due as well."""
    world.converse(
        """
        client > NewOrderSingle   OrderQty=400  TargetStrategy=1003  848=Duration=90;NumSlices=2;Urgency=ADAPTIVE;BenchmarkPx=99
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=333  Price=99.90
        """
    )


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ("Urgency=6", "ALGO.RANGE Urgency"),
        ("Urgency=CALM", "ALGO.RANGE Urgency"),
        ("RiskAversion=-1", "ALGO.RANGE RiskAversion"),
        ("Urgency=1;ChildTIF=0", "ALGO.CONFLICT Urgency and ChildTIF"),
        ("BenchmarkPx=0", "ALGO.RANGE BenchmarkPx"),
        ("ImpactTolerance=0", "ALGO.RANGE ImpactTolerance"),
        ("ImpactTolerance=10001", "ALGO.RANGE ImpactTolerance"),
        ("OpportunityCostWeight=1.1", "ALGO.RANGE OpportunityCostWeight"),
        ("NumSlices=2;IntervalSec=2", "ALGO.CONFLICT NumSlices and IntervalSec"),
    ],
)
def test_what_cannot_be_is_refused_with_its_code(world: World, parameters: str, code: str) -> None:
    world.converse(
        f"""
        client > NewOrderSingle   OrderQty=400  TargetStrategy=1003  848=Duration=90;{parameters}
        client < ExecutionReport  ExecType=REJECTED
        """
    )
    assert world.notes("risk")[-1]["text"].startswith(code)


def test_the_whole_of_an_order_is_a_quantity_like_any_other() -> None:
    order = parent(parse_qty("92233720367"), 1, 1, urgency=AGGRESSIVE)
    assert sum(releases(Is(slices=60), order)) == order.order_qty
