"""MOMENTUM and MEANREV: what leaves when the signal is there, how much, and when the next."""

from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from algos.bounds import one_more
from algos.meanrev import MeanRev
from algos.momentum import Momentum
from algos.signals import OnSignal
from gateway.model import SCALE, SECOND, Decision, Market, Ns, Px, Qty, Side, parse_px
from tests.conversation.world import World
from tests.parents import QUIET, START, Known, Recalled, parent
from tests.signals import LOOKBACK_S, QUOTES, days, middle, work

HOUR = 3600 * SECOND
SHORT = Momentum(lookback_s=10, entry=parse_px("10"), exit=parse_px("5"))


def rose(before: int, now: int) -> Market:
    """10 seconds ago the middle was one, and now it is the other."""
    return msgspec.structs.replace(QUIET, past=Recalled(before, *[now] * 10))


@pytest.mark.parametrize(
    ("side", "middle", "due"),
    [(Side.BUY, 100_100, 30), (Side.BUY, 100_099, 0), (Side.SELL, 99_900, 30), (Side.SELL, 100_500, 0)],
)
def test_momentum_begins_at_its_threshold_in_the_direction_that_costs(side: Side, middle: int, due: int) -> None:
    """10 bps in 10 seconds, a tenth of 300 shares."""
    assert SHORT.decide(parent(side=side), rose(100_000, middle), START).due == due


@pytest.mark.parametrize(
    ("side", "now", "entry", "due"),
    [
        (Side.BUY, 980, "2.85", 30),
        (Side.BUY, 980, "2.86", 0),
        (Side.SELL, 1_020, "2.85", 30),
        (Side.SELL, 980, "2.85", 0),
    ],
)
def test_mean_reversion_begins_where_the_price_is_so_many_deviations_better(
    side: Side, now: int, entry: str, due: int
) -> None:
    """Mean 1,000 and deviation 7 over ten seconds, of which the last is 20 off: 2.857."""
    algo, other = MeanRev(lookback_s=10, entry=parse_px(entry)), 1_000 + (1_000 - now) // 2
    market = msgspec.structs.replace(QUIET, past=Recalled(other, other, *[1_000] * 7, now))
    assert algo.decide(parent(side=side), market, START).due == due


def test_what_moves_within_the_spread_is_no_better_price() -> None:
    """Deviation 3, and the price 9 below its mean; of a usual spread of 20 half a one is 10."""
    algo, at = MeanRev(lookback_s=10, entry=parse_px("2")), Recalled(*[1_000] * 9, 990)
    for spread, due in ((None, 30), (8, 30), (20, 0)):
        market = msgspec.structs.replace(QUIET, past=at, estimates=Known(spread))
        assert algo.decide(parent(), market, START).due == due


@pytest.mark.parametrize("algo", [SHORT, MeanRev(lookback_s=10, entry=parse_px("2"))])
def test_without_a_past_nothing_is_due_and_it_looks_again_in_a_second(algo: OnSignal) -> None:
    for now in (START, Ns(START + SECOND // 2)):
        assert algo.decide(parent(filled=Qty(20)), QUIET, now) == Decision(due=Qty(20), wake_at=Ns(START + SECOND))


def test_it_looks_sixty_times_a_lookback_and_not_before_the_start() -> None:
    algo = Momentum(lookback_s=600, entry=parse_px("10"))
    assert algo.decide(parent(), QUIET, Ns(START + 11 * SECOND)).wake_at == START + 20 * SECOND
    assert algo.decide(parent(), QUIET, Ns(START - 1)) == Decision(due=Qty(0), wake_at=START)


@pytest.mark.parametrize(
    ("after_s", "middle", "due"),
    [(9, 100_500, 30), (10, 100_051, 60), (19, 100_051, 60), (10, 100_050, 30), (20, 100_051, 30), (20, 100_100, 60)],
)
def test_a_series_goes_on_above_the_exit_and_slices_are_a_lookback_apart(after_s: int, middle: int, due: int) -> None:
    """10 bps to begin, more than 5 to go on; another 10 s later it has to begin anew."""
    released = Ns(START - after_s * SECOND)
    order = parent(filled=Qty(30), released_at=released, start=Ns(START - HOUR))
    decision = SHORT.decide(order, rose(100_000, middle), START)
    assert decision.due == due
    assert after_s >= 10 or decision.wake_at == released + 10 * SECOND


def test_a_slice_waits_until_it_is_within_the_share_of_the_volume() -> None:
    """A quarter of 120, ours included, is 30."""
    algo = Momentum(lookback_s=10, entry=parse_px("10"), max_participation=parse_px("0.25"))
    for traded, due in ((119, 0), (120, 30)):
        market = msgspec.structs.replace(rose(100_000, 101_000), traded=Qty(traded))
        assert algo.decide(parent(), market, START) == Decision(due=Qty(due))


def test_thresholds_that_contradict_each_other_are_no_algo() -> None:
    for kind in (Momentum, MeanRev):
        with pytest.raises(ValueError, match="ExitThreshold is not below EntryThreshold"):
            kind(lookback_s=10, entry=Px(5), exit=Px(5))
        kind(lookback_s=10, entry=Px(5), exit=Px(4))


@given(
    lots=st.integers(1, 300),
    extra=st.integers(0, 99),
    min_lots=st.integers(1, 30),
    slices=st.integers(1, 40),
    filled=st.lists(st.integers(0, 100), min_size=45, max_size=45),
)
def test_slices_add_up_and_each_can_be_sent(
    lots: int, extra: int, min_lots: int, slices: int, filled: list[int]
) -> None:
    """Of each some whole lots are filled and the rest comes back; the signal is always there."""
    order = parent(lots * 100 + extra, 100, min_lots * 100, HOUR)
    algo = Momentum(lookback_s=10, entry=parse_px("10"), max_slices=slices)
    market, now, releases = rose(100_000, 101_000), START, list[int]()
    for part in filled:
        decision = algo.decide(order, market, now)
        released = decision.due - order.filled
        assert released > 0 and decision.due <= order.order_qty
        assert released % 100 == 0 or decision.due == order.order_qty
        assert released >= min(order.min_qty, order.order_qty - order.filled)
        got = released if part > 50 else released // 100 * part // 100 * 100
        releases.append(released)
        order = msgspec.structs.replace(order, filled=Qty(order.filled + got), released_at=now)
        if order.filled == order.order_qty:
            break
        after = algo.decide(order, market, now)
        assert after == Decision(due=order.filled, wake_at=Ns(now + 10 * SECOND))
        now = Ns(now + 10 * SECOND)
        market = rose_at(now)
    if min(filled) > 50:  # each got all
        assert sum(releases) == order.order_qty and len(releases) <= slices


def rose_at(now: Ns) -> Market:
    past = Recalled(100_000, *[101_000] * 10, now=now // SECOND)
    return msgspec.structs.replace(QUIET, past=past)


@given(qty=st.integers(1, 50_000), out=st.integers(0, 50_000), asked=st.integers(1, 60_000), min_lots=st.integers(1, 9))
def test_another_part_leaves_nothing_that_cannot_be_sent(qty: int, out: int, asked: int, min_lots: int) -> None:
    order = parent(qty, 100, min_lots * 100, filled=Qty(min(out, qty)))
    due = one_more(order, asked)
    left = qty - due
    assert order.filled <= due <= qty and (left == 0 or left >= order.min_qty)
    assert due == qty or (due - order.filled >= max(order.min_qty, asked) and (due - order.filled) % 100 == 0)


# -- on recorded days


@pytest.mark.skipif(not QUOTES.exists(), reason="../shared/data/derived is not here")
def test_on_recorded_days_each_slice_left_on_its_signal() -> None:
    """By floats, from the list of all seconds: IBM on a Monday, bought and sold."""
    rows = next(rows for name, rows in days() if name.startswith("ibm"))
    middles = {second: middle(quote) / SCALE for second, quote in rows}
    entry, leave = 10.0, 4.0
    momentum = Momentum(lookback_s=LOOKBACK_S, entry=parse_px("10"), exit=parse_px("4"))
    reverting = MeanRev(lookback_s=LOOKBACK_S, entry=parse_px("10"), exit=parse_px("4"))
    assert work(reverting, Side.BUY, rows) == []  # ten deviations
    for side in (Side.BUY, Side.SELL):
        found = work(momentum, side, rows)
        assert 2 <= len(found) <= 10 and sum(part.qty for part in found) == 1_000 * len(found)
        seconds = [part.second for part in found]
        assert all(after - before >= LOOKBACK_S for before, after in pairwise(seconds))
        for place, second in enumerate(seconds):
            change = (middles[second] / middles[second - LOOKBACK_S] - 1) * 10_000 * (1 if side is Side.BUY else -1)
            goes_on = place and second - seconds[place - 1] < 2 * LOOKBACK_S
            assert change > (leave if goes_on else entry) - 1e-6


# -- through the gateway


def test_a_buy_leaves_while_the_price_rises_and_no_longer(world: World) -> None:
    """1007: 10 bps in 10 seconds. A part that did not get all is not chased; at the end what is left expires."""
    world.converse(
        """
        BATE   quotes ACME - -
        client > NewOrderSingle   OrderQty=300  TargetStrategy=MOMENTUM  Lookback=10  EntryThreshold=10  ExitThreshold=5  MaxSlices=3  Duration=90
        client < ExecutionReport  ExecType=NEW
        +20s
        XLON   quotes ACME 100.00x500 100.20x500
        +1s
        XLON   < NewOrderSingle   OrderQty=100  Price=100.20
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=60  LastPx=100.20
        client < ExecutionReport  CumQty=60
        XLON   > ExecutionReport  ExecType=CANCELED
        +9s
        XLON   quotes ACME 100.10x500 100.30x500
        +1s
        XLON   < NewOrderSingle   OrderQty=100  Price=100.30
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=100  LastPx=100.30
        client < ExecutionReport  CumQty=160
        XLON   quotes ACME 99.10x500 99.30x500
        +59s
        client < ExecutionReport  ExecType=EXPIRED  CumQty=160
        """
    )
    world.restart()


def test_a_sell_leaves_where_the_price_is_above_its_mean(world: World) -> None:
    """1008: after 60 seconds at 100 a jump of one is more than two deviations."""
    world.converse(
        """
        BATE   quotes ACME - -
        client > NewOrderSingle   Side=SELL  OrderQty=300  TargetStrategy=MEANREV  Lookback=60  EntryThreshold=2  MaxSlices=2  Duration=90
        client < ExecutionReport  ExecType=NEW
        +59s
        XLON   quotes ACME 100.90x500 101.10x500
        +1s
        XLON   < NewOrderSingle   OrderQty=150  Price=100.90  Side=SELL
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=150  LastPx=100.90
        client < ExecutionReport  CumQty=150
        +30s
        client < ExecutionReport  ExecType=EXPIRED  CumQty=150
        """
    )
    world.restart()


def test_thresholds_are_refused_with_a_code(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   OrderQty=300  TargetStrategy=1007  Lookback=10  EntryThreshold=5  ExitThreshold=5  Duration=90
        client < ExecutionReport  ExecType=REJECTED  OrdRejReason=OTHER  Text~'ALGO.CONFLICT ExitThreshold is not below'
        client > NewOrderSingle   OrderQty=300  TargetStrategy=1008  EntryThreshold=5  Duration=90
        client < ExecutionReport  ExecType=REJECTED  OrdRejReason=OTHER  Text~'ALGO.MISSING Lookback'
        client > NewOrderSingle   OrderQty=300  TargetStrategy=1008  Lookback=3601  EntryThreshold=5  Duration=90
        client < ExecutionReport  ExecType=REJECTED  OrdRejReason=OTHER  Text~'ALGO.RANGE Lookback'
        """
    )
