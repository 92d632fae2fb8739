"""What an order would do and cost, foreseen: by asking the algo, along a time that does not pass."""

from math import sqrt
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from algos.momentum import Momentum
from algos.pov import Pov
from algos.shortfall import Is
from algos.stealth import Stealth
from algos.sweep import Sweep
from algos.twap import Twap
from algos.vwap import Vwap
from gateway.market.theory import almgren_chriss
from gateway.model import MILLISECOND, SCALE, SECOND, Common, Ns, Parent, Px, Qty, parse_px
from gateway.model.common import MAX_DURATION_S
from gateway.model.urgency import Urgency
from gateway.oms.planning import MOST_SLICES, Forecast, Slice, foresee
from tests.conftest import SETTINGS, make_world
from tests.conversation.world import World
from tests.order_states import listed
from tests.parents import QUIET, START, Even, Known, Recalled, parent, shows
from tests.test_pace import Host

HOUR = 3600 * SECOND
# Of a day of 25 million shares five million trade in the five hours' window of each share in 50 that moves 2.12 in it.
MARKET = msgspec.structs.replace(
    shows(bid=499_375 * 10**4, ask=500_625 * 10**4),
    curve=Even(5 * HOUR, usual=25_000_000 * SCALE),
    estimates=Known(spread=12_500_000, a_second=31_667),
)


def order(shares: int = 1_000_000, **changes: object) -> Parent:
    return parent(shares * SCALE, SCALE, SCALE, 5 * HOUR, **changes)


@given(lots=st.integers(1, 3000), slices=st.integers(1, 400), horizon=st.integers(SECOND, 10**5 * SECOND))
def test_the_plan_is_what_the_algo_says_is_due(lots: int, slices: int, horizon: int) -> None:
    """All of it; each slice at its instant, unless there are more than can be told apart."""
    found = foresee(Twap(slices=slices), parent(lots, horizon=horizon), QUIET, START)
    sizes = [each.qty for each in found.slices]
    assert sum(sizes) == lots and not found.left and min(sizes) > 0
    assert len(sizes) <= MOST_SLICES + 1
    if min(slices, lots) < MOST_SLICES:  # an instant is rounded up
        count = min(slices, lots)
        assert [each.at for each in found.slices] == [START + -(-horizon * k // count) for k in range(count)]
        assert max(sizes) - min(sizes) <= 1


def paced(chances: dict[str, Px], least: int, most: int | None, **more: bool) -> Common:
    clip = None if most is None else Qty(most)
    said: dict[str, Any] = {name: chance for name, chance in chances.items() if chance} | more
    return Common(min_clip=Qty(least if most is None else min(least, most)), max_clip=clip, **said)


CHANCE = st.integers(0, SCALE).map(Px)
PACES = st.builds(
    paced,
    st.fixed_dictionaries({"random_size": CHANCE, "random_time": CHANCE}),
    st.sampled_from((0, 30, 150)),
    st.sampled_from((None, 30, 100, 200)),
    catch_up=st.booleans(),
    complete=st.booleans(),
)


@given(pace=PACES, slices=st.integers(1, 60), seed=st.integers(0, 9))
def test_the_plan_is_what_leaves_at_that_pace(pace: Common, slices: int, seed: int) -> None:
    """Clips, chances, catching up and the end, as the host has them where all is filled at once."""
    host = Host(pace, qty=3_000, slices=slices, seed=seed)
    view = host.view()
    host.play()
    found = foresee(host.algo, view, QUIET, START, pace=pace, seed=seed)
    assert [((each.at - START) // SECOND, each.qty) for each in found.slices] == host.out
    assert found.left == 3_000 - host.filled


@pytest.mark.parametrize("complete", [False, True])
@pytest.mark.parametrize(("slices", "most"), [(1, 40), (8, 31), (10, 7), (129, 31), (124, 33), (200, 20), (400, 40)])
def test_of_many_clips_some_come_together(slices: int, most: int, complete: bool) -> None:
    """Of a window of 600 s those of 2.5 s: by any instant what is told is about what leaves."""
    pace = Common(max_clip=Qty(most), complete=complete)
    host = Host(pace, qty=20_000, slices=slices, lot=1)
    view = host.view()
    host.play()
    found = foresee(host.algo, view, QUIET, START, pace=pace)
    assert len(found.slices) <= MOST_SLICES + 1
    told = done = 0
    for second in range(600):
        told += sum(each.qty for each in found.slices if (each.at - START) // SECOND == second)
        done += sum(qty for at, qty in host.out if at == second)
        assert abs(told - done) <= 5 * most + 20_000 // 50, second


@pytest.mark.parametrize("slices", [5, 120, 500])
def test_quick_steps_are_told_as_they_come(slices: int) -> None:
    """100 ms apart, of an order that has no end; of more than can be told apart those that are nearest come together."""
    order = parent(1_000, horizon=MAX_DURATION_S * SECOND)
    found = foresee(Stealth(slices=slices), order, QUIET, START)
    assert not found.left and min(slices, 200) <= len(found.slices) <= min(slices, MOST_SLICES + 5)
    told = 0
    for each in found.slices:
        told += each.qty
        assert told / 1_000 == pytest.approx(
            (each.at - START) / (slices * 100 * MILLISECOND), abs=1.5 / len(found.slices)
        )


def test_of_an_order_that_is_one_release_a_clip_is_all() -> None:
    found = foresee(Sweep(), parent(), QUIET, START, pace=Common(max_clip=Qty(100)))
    assert (found.slices, found.left) == ((Slice(START, Qty(100)),), 200)


def test_of_an_algo_that_waits_for_a_signal_what_leaves_now_is_foreseen() -> None:
    """100 bps in ten seconds, up to now; after that nobody knows."""
    market = msgspec.structs.replace(QUIET, past=Recalled(100_000, *[101_000] * 10))
    found = foresee(Momentum(lookback_s=10, entry=parse_px("10")), parent(), market, START)
    assert found.slices == (Slice(START, Qty(30)),) and found.left == 270


def test_it_costs_what_the_model_says_of_its_slices() -> None:
    """Five slices in five hours, each traded evenly until the next; the last as long as the one before it."""
    model = almgren_chriss.paper_impact(spread=0.125, volume=25e6, day_volume=25e6, sigma=2.1245)
    for algo in (Twap(slices=5), Is(slices=5)):
        found = foresee(algo, order(urgency=Urgency.AGGRESSIVE), MARKET, START)
        trades = [each.qty / SCALE for each in found.slices]
        assert found.cost == pytest.approx(almgren_chriss.expected_cost(trades, [0.2] * 5, model))
        assert found.deviation == pytest.approx(sqrt(almgren_chriss.variance(trades, [0.2] * 5, model)), rel=1e-3)
        assert found.cost and found.cost_bps == pytest.approx(found.cost / 50e6 * 1e4)
        assert found.deviation and found.deviation_bps == pytest.approx(found.deviation / 50e6 * 1e4)


def test_who_trades_first_pays_more_and_risks_less_and_waiting_is_a_risk() -> None:
    hurried = order(urgency=Urgency.AGGRESSIVE)
    even, urgent, at_once = (foresee(algo, hurried, MARKET, START) for algo in (Twap(), Is(), Sweep()))
    assert even.cost and urgent.cost and at_once.cost and even.cost < urgent.cost < at_once.cost
    assert even.deviation and urgent.deviation and even.deviation > urgent.deviation > 0 == at_once.deviation
    waits = foresee(Twap(), order(), MARKET, Ns(START - HOUR))
    assert waits.deviation and waits.slices == even.slices and waits.cost == even.cost
    assert waits.deviation**2 - even.deviation**2 == pytest.approx((1_000_000 * 2.1245) ** 2 / 5, rel=1e-3)


def test_others_trade_as_the_curve_has_it() -> None:
    """A tenth of everything while others trade 25 million: 2.7 million; what more there is of the order is not planned."""
    found = foresee(Pov(target=parse_px("0.1")), order(5_000_000), MARKET, START)
    planned = sum(each.qty for each in found.slices)
    assert planned == pytest.approx(25_000_000 * SCALE / 9, rel=0.01)
    assert found.left == 5_000_000 * SCALE - planned
    capped = foresee(Vwap(max_participation=parse_px("0.02")), order(1_000_000), MARKET, START)
    assert sum(each.qty for each in capped.slices) == pytest.approx(500_000 * SCALE, rel=0.05)
    assert foresee(Pov(target=parse_px("0.1")), order(), QUIET, START) == Forecast(slices=(), left=order().order_qty)


def test_what_is_said_of_it() -> None:
    slices = (Slice(Ns(0), Qty(3 * SCALE)), Slice(Ns(61 * SECOND), Qty(SCALE // 2)))
    known = Forecast(slices=slices, left=Qty(SCALE), cost=1.5, cost_bps=2.345, deviation=7.0, deviation_bps=10.0)
    assert known.told() == (
        "DryRun: it would be taken; 2 slices 00:00:00=3 00:01:01=0.5; not planned 1; "
        "expected cost 2.35 bps 1.50, deviation 10.00 bps 7.00",
        "9007=2.35\x01",
    )
    many = Forecast(slices=slices[:1] * 60, left=Qty(0)).told()[0]
    assert many.count("00:00:00=3") == 50 and many.endswith("=3 and 10 more; what it costs is not known")


# -- through the gateway


def test_a_dry_run_is_answered_and_nothing_is_sent(world: World) -> None:
    """One report, Canceled, with the slices; its ClOrdID(11) is used, and status requests show it."""
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=X  OrderQty=400  TargetStrategy=1001  848=Duration=90;NumSlices=3;DryRun=Y
        client < ExecutionReport  ClOrdID=X  ExecType=CANCELED  OrdStatus=CANCELED  CumQty=0  LeavesQty=0  Text~'14:30:00=134 14:30:30=133 14:31:00=133; what it costs is not known'
        +90s
        client > OrderStatusRequest  ClOrdID=X  Symbol=ACME  Side=BUY
        client < ExecutionReport     ClOrdID=X  ExecType=ORDER_STATUS  OrdStatus=CANCELED  LeavesQty=0
        client > NewOrderSingle   ClOrdID=X  OrderQty=400
        client < ExecutionReport  ClOrdID=X  ExecType=REJECTED  103=6
        client > OrderCancelRequest  ClOrdID=C  OrigClOrdID=X
        client < OrderCancelReject   ClOrdID=C  102=1
        """
    )
    world.restart()
    assert not world.notes("parent") and not world.notes("decision")


def test_the_group_says_it_too_and_what_the_algo_remarks_is_said(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   OrderQty=2  TargetStrategy=TWAP  Duration=90  NumSlices=3  DryRun=Y
        client < ExecutionReport  ExecType=CANCELED  Text~'NumSlices taken as 2, the smallest order each'
        """
    )


def test_what_risk_says_is_what_it_would_say(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   OrderQty=400  Price=106  TargetStrategy=1001  848=Duration=90;DryRun=Y
        client < ExecutionReport  ExecType=REJECTED  103=3  Text~RISK.COLLAR
        """
    )


def test_a_dry_run_counts_for_no_limit() -> None:
    """An order of the same terms comes a moment later, and all that may be open is open."""
    limits = {
        "firm": msgspec.structs.replace(SETTINGS.scoped_limits["firm"], duplicate_s=60, max_day_qty=Qty(400 * SCALE))
    }
    world = make_world(scoped_limits=limits)
    world.converse("XLON quotes ACME 99.90x500 100.10x500")
    world.converse(
        """
        client > NewOrderSingle   OrderQty=400  TargetStrategy=1001  848=Duration=90;NumSlices=1;DryRun=Y
        client < ExecutionReport  ExecType=CANCELED
        client > NewOrderSingle   OrderQty=400  TargetStrategy=1001  848=Duration=90;NumSlices=1;DryRun=N
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=400
        """
    )


def test_only_a_new_order_can_be_a_dry_run(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=X  OrderQty=400  Price=90  TargetStrategy=1001  848=Duration=90
        client < ExecutionReport  ExecType=NEW
        client > OrderCancelReplaceRequest  ClOrdID=Y  OrigClOrdID=X  OrderQty=300  Price=90  TargetStrategy=1001  848=Duration=90;DryRun=Y
        client < OrderCancelReject          ClOrdID=Y  102=2  Text~'ALGO.CONFLICT DryRun'
        """
    )


def test_what_cannot_be_foreseen_is_refused(world: World) -> None:
    """Which of a thousand clips come in time for CatchUp N is more than is told apart."""
    said = "TargetStrategy=1001  848=Duration=3600;NumSlices=10;MaxClip=1;CatchUp=N"
    world.converse(
        f"""
        client > NewOrderSingle   OrderQty=1000  {said};DryRun=Y
        client < ExecutionReport  ExecType=REJECTED  103=99  Text~'ALGO.CONFLICT DryRun and CatchUp N'
        client > NewOrderSingle   OrderQty=1000  {said};DryRun=N
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=1
        """
    )


def test_clips_are_told(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   OrderQty=200  TargetStrategy=1001  848=Duration=60;NumSlices=2;MaxClip=60;MinClip=40;DryRun=Y
        client < ExecutionReport  ExecType=CANCELED  Text~'14:30:00=60 14:30:01=40 14:30:30=60 14:30:31=40;'
        client > NewOrderSingle   OrderQty=500  TargetStrategy=1010  848=NumSlices=5;DryRun=Y
        client < ExecutionReport  ExecType=CANCELED  Text~'5 slices 14:30:00=100 14:30:00=100'
        """
    )


def test_an_order_of_a_list_is_no_dry_run(world: World) -> None:
    """All of a list are taken or none is."""
    world.converse(
        f"""
        client > NewOrderList     ListID=L  NoOrders=1  {listed("A", 1, more="847=1001  848=Duration=90;DryRun=Y")}
        client < ListStatus       ListOrderStatus=REJECT  Text~'ALGO.CONFLICT DryRun'
        """
    )
