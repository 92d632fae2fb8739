"""ADAPTIVE: between the schedules it blends, and nearer to those ahead the more hurry there is."""

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from algos.adaptive import Adaptive, read_weights
from algos.shortfall import Is
from algos.twap import Twap
from algos.vwap import Vwap
from gateway.model import SCALE, SECOND, Market, Ns, Px, Qty, parse_px
from tests.conversation.world import World
from tests.parents import START, Even, Known, Recalled, parent, shows

STEP = 30 * SECOND  # of three in 90 seconds
SLICES = 3


class Early(Even):
    """All of a day's volume is in the first two thirds of the window, so that VWAP is ahead of TWAP."""

    def share(self, start: Ns, end: Ns) -> int:
        by = [min(at - START, 2 * STEP) for at in (start, end)]
        return (by[1] - by[0]) * 10**12 // (2 * STEP)


def market(**changes: object) -> Market:
    return msgspec.structs.replace(shows(), curve=Early(), **changes)


def due(algo: Adaptive, seen: Market, *, out: int = 0, step: int = 1) -> int:
    return algo.decide(parent(1_200, filled=Qty(out)), seen, Ns(START + (step - 1) * STEP)).due


def adaptive(weights: str, speed: str = "0") -> Adaptive:
    return Adaptive(slices=SLICES, weights=read_weights(weights), speed=parse_px(speed))


@pytest.mark.parametrize(("weights", "wanted"), [("TWAP=1", 400), ("VWAP=7", 600), ("TWAP=.5 VWAP=.5", 500)])
def test_without_speed_the_weights_alone_say_what_is_due(weights: str, wanted: int) -> None:
    """Of 1,200 shares TWAP has 400 due by the end of the first of three steps, VWAP 600."""
    assert due(adaptive(weights), market(estimates=Known(100))) == wanted


@pytest.mark.parametrize(
    ("usual", "now", "wanted"), [(4, 2, 550), (4, 4, 500), (2, 3, 450), (2, 40, 400), (4, 3, 525), (None, 1, 500)]
)
def test_a_spread_that_is_narrower_than_usual_makes_hurry_and_a_wider_one_patience(
    usual: int | None, now: int, wanted: int
) -> None:
    """With an AdaptSpeed of 1; of a spread twice the usual or more only the schedule that is behind counts."""
    seen = market(estimates=Known(usual), bid=Px(1_000), ask=Px(1_000 + now))
    assert due(adaptive("TWAP=1 VWAP=1", "1"), seen, out=100) == wanted


@pytest.mark.parametrize(("deviation", "wanted"), [(0, 450), (10, 500), (15, 525), (400, 550)])
def test_a_market_that_is_livelier_than_usual_makes_hurry(deviation: int, wanted: int) -> None:
    """Usually a minute moves the price of 10,000 by 24.5, so that within it the deviation is 10; AdaptSpeed 0.5."""
    past = Recalled(*[10_000 - deviation, 10_000 + deviation] * 30)
    a_second = 31_623  # of the price, in 1e-8: times the root of 60 it is 0.00245
    seen = market(past=past, estimates=Known(None, a_second))
    assert due(adaptive("TWAP=1 VWAP=1", "0.5"), seen, out=100) == pytest.approx(wanted, abs=2)


@pytest.mark.parametrize(("out", "wanted"), [(600, 1_000), (200, 1_025), (0, 1_037)])
def test_who_is_behind_hurries(out: int, wanted: int) -> None:
    """TWAP has 800 due and VWAP 1,200; a slice is 400, of which the blend is 1, 2 or 2.5 ahead."""
    assert due(adaptive("TWAP=1 VWAP=1", "0.5"), market(), out=out, step=2) == wanted


def test_there_is_no_more_hurry_than_all() -> None:
    """The spread alone makes 0.99, and the order is 0.06 behind; what counts is VWAP alone."""
    seen = market(estimates=Known(100), bid=Px(1_000), ask=Px(1_001))
    assert due(adaptive("TWAP=1 VWAP=1", "1"), seen) == 600


def test_what_is_less_than_half_a_slice_waits() -> None:
    algo = adaptive("TWAP=1 VWAP=1")
    assert due(algo, market(), out=301) == 301 and due(algo, market(), out=300) == 500


HURRY = st.tuples(st.integers(1, 50), st.none() | st.integers(1, 50), st.none() | st.integers(0, 10**6))


@given(
    lots=st.integers(1, 2_000),
    lot=st.sampled_from((1, 7, 100)),
    extra=st.integers(0, 99),
    min_lots=st.integers(1, 30),
    slices=st.integers(1, 20),
    weights=st.tuples(*[st.integers(0, 9)] * 3).filter(any),
    speed=st.integers(0, SCALE),
    seen=st.lists(HURRY, min_size=20, max_size=20),
)
@example(lots=1, lot=1, extra=0, min_lots=1, slices=20, weights=(0, 0, 1), speed=SCALE, seen=[(1, 50, None)] * 20)
def test_slices_add_up_and_are_between_the_schedules(
    *, lots: int, lot: int, extra: int, min_lots: int, slices: int, weights: tuple[int, int, int], speed: int,
    seen: list[tuple[int, int | None, int | None]],
) -> None:  # fmt: skip
    """Whatever the market does meanwhile; what is no lot goes with the last."""
    order = parent(lots * lot + extra % lot, lot, min_lots * lot, arrival=Px(1_000))
    named = tuple(zip(("TWAP", "VWAP", "IS"), weights, strict=True))
    algo = Adaptive(slices=slices, weights=named, speed=Px(speed))
    schedules = [kind(slices=slices) for kind in (Twap, Vwap, Is)]
    counted = [schedule for schedule, weight in zip(schedules, weights, strict=True) if weight]
    now, releases = START, list[int]()
    for spread, usual, a_second in seen:
        shown = market(bid=Px(1_000), ask=Px(1_000 + spread), estimates=Known(usual, a_second))
        decision = algo.decide(order, shown, now)
        apart = [schedule.decide(order, shown, now).due for schedule in counted]
        # What has to be sendable may be less, by the smallest order and what it would leave.
        assert decision.due <= max(*apart, order.filled, 0)
        assert decision.due >= min(apart) - 2 * order.min_qty - order.order_qty // (2 * slices)
        if decision.due > order.filled:
            releases.append(decision.due - order.filled)
            order = msgspec.structs.replace(order, filled=decision.due)
        if decision.wake_at is None:
            break
        now = decision.wake_at
    assert sum(releases) == order.order_qty and len(releases) <= slices
    assert min(releases) >= min(order.min_qty, order.order_qty)
    assert all(release % lot == 0 for release in releases[:-1])


@pytest.mark.parametrize("text", ["", "TWAP", "TWAP=0", "TWAP=.5 TWAP=.5", "POV=1", "TWAP=-1 VWAP=2", "TWAP=1,VWAP=1"])
def test_weights_are_of_schedules_that_there_are(text: str) -> None:
    with pytest.raises(ValueError, match=r"weight|number"):
        read_weights(text)


def test_weights_have_any_unit() -> None:
    assert read_weights("IS=2 TWAP=.5") == (("IS", 2 * SCALE), ("TWAP", SCALE // 2))


# -- through the gateway


def test_an_order_is_worked_by_the_blend_of_its_weights(world: World) -> None:
    """847=1006, by TWAP alone; then with a weight below 0."""
    world.converse(
        """
        BATE   quotes ACME - -
        client > NewOrderSingle   OrderQty=300  TargetStrategy=ADAPTIVE  AlgoWeights='TWAP=1 IS=0'  AdaptSpeed=1  NumSlices=3  Duration=90
        client < ExecutionReport  ExecType=NEW  TargetStrategy=1006
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=100  LastPx=100.10
        client < ExecutionReport  CumQty=100
        +30s
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=100  LastPx=100.10
        client < ExecutionReport  CumQty=200
        +30s
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=100  LastPx=100.10
        client < ExecutionReport  CumQty=300  OrdStatus=FILLED
        client > NewOrderSingle   OrderQty=300  TargetStrategy=1006  AlgoWeights='TWAP=-1 IS=2'  Duration=90
        client < ExecutionReport  ExecType=REJECTED  OrdRejReason=OTHER  Text~'ALGO.FORMAT AlgoWeights'
        client > NewOrderSingle   OrderQty=300  TargetStrategy=1006  AdaptSpeed=1.1  Duration=90
        client < ExecutionReport  ExecType=REJECTED  OrdRejReason=OTHER  Text~'ALGO.RANGE AdaptSpeed'
        """
    )
    world.restart()


def test_without_urgency_its_urgency_is_adaptive(world: World) -> None:
    """It rests at the best price of its own side, behind by more than a slice in the middle, and then it crosses."""
    world.converse(
        """
        BATE   quotes ACME - -
        client > NewOrderSingle   OrderQty=400  TargetStrategy=ADAPTIVE  AlgoWeights=TWAP=1  NumSlices=4  Duration=40
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle      ClOrdID=$a  OrderQty=100  Price=99.90  TimeInForce=DAY
        +10s
        XLON   < OrderCancelRequest  OrigClOrdID=$a
        XLON   < NewOrderSingle      ClOrdID=$b  OrderQty=100  Price=100.00  TimeInForce=DAY
        XLON   > ExecutionReport     ClOrdID=$a  ExecType=CANCELED
        XLON   < NewOrderSingle      ClOrdID=$c  OrderQty=100  Price=100.00  TimeInForce=DAY
        +10s
        XLON   < OrderCancelRequest  OrigClOrdID=$b
        XLON   < OrderCancelRequest  OrigClOrdID=$c
        XLON   < NewOrderSingle      OrderQty=100  Price=100.10  TimeInForce=IMMEDIATE_OR_CANCEL
        """
    )
