"""TWAP and direct as pure functions of parent, market and time: what is due, and when to ask again."""

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from algos.twap import Twap
from gateway.model import SCALE, SECOND, Decision, Ns, Parent, Px, Qty, parse_px, parse_qty
from tests.conversation.world import World
from tests.parents import QUIET, START, parent, shows


def releases(algo: Twap, given: Parent) -> list[tuple[Ns, int]]:
    """(instant, quantity) of each release, asking again only when the algo says."""
    found, due, now = [], 0, given.start
    while True:
        decision = algo.decide(given, QUIET, now)
        assert decision.due > due, "woken, and nothing more was due"
        found.append((now, decision.due - due))
        due = decision.due
        if decision.wake_at is None:
            return found
        assert decision.wake_at > now
        assert algo.decide(given, QUIET, Ns(decision.wake_at - 1)).due == due, "more was due before it woke"
        now = decision.wake_at


QTY = st.integers(1, 5_000)
LOT = st.sampled_from((1, 2, 7, 10, 100))
SLICES = st.integers(1, 60)
HORIZON = st.one_of(st.integers(1, 100), st.integers(1, 10**5 * SECOND))
INSTANT = st.fractions(-1, 2)


@given(lots=QTY, lot=LOT, slices=SLICES, horizon=HORIZON)
@example(lots=5003, lot=1, slices=6, horizon=60 * SECOND)
@example(lots=1, lot=1, slices=60, horizon=1)
def test_slices_add_up_and_differ_by_one_lot_at_most(lots: int, lot: int, slices: int, horizon: int) -> None:
    """And each comes at the first instant at which it is due, no sooner than its share of the window has passed."""
    found = releases(Twap(slices=slices), parent(lots * lot, lot, lot, horizon))
    sizes = [size for _, size in found]
    count = min(slices, lots)
    assert sum(sizes) == lots * lot
    assert len(found) <= count
    if horizon >= slices:
        assert len(found) == count
        assert max(sizes) - min(sizes) <= lot and all(size % lot == 0 for size in sizes)
        assert [sum(sizes[: k + 1]) for k in range(count)] == [-(-lots * (k + 1) // count) * lot for k in range(count)]
        assert [at for at, _ in found] == [START + -(-horizon * k // count) for k in range(count)]
        assert found[-1][0] < START + horizon


@given(lots=QTY, extra=st.integers(0, 99), slices=SLICES, min_lots=st.integers(1, 50))
def test_no_slice_is_too_small_to_be_sent(lots: int, extra: int, slices: int, min_lots: int) -> None:
    """Fewer slices rather than smaller ones than the smallest order; what is no lot goes with the last."""
    lot = 100
    lots = max(lots, min_lots)
    found = releases(Twap(slices=slices), parent(lots * lot + extra, lot, min_lots * lot))
    sizes = [size for _, size in found]
    assert sum(sizes) == lots * lot + extra
    assert min(sizes) >= min_lots * lot
    assert len(found) == min(slices, max((lots * lot + extra) // (min_lots * lot), 1))


@given(lots=QTY, slices=SLICES, horizon=HORIZON, one=INSTANT, other=INSTANT)
def test_due_never_falls_and_is_nothing_before_the_start_and_all_from_the_end_on(
    lots: int, slices: int, horizon: int, one: float, other: float
) -> None:
    algo, given_ = Twap(slices=slices), parent(lots, horizon=horizon)
    first, second = sorted(Ns(START + int(share * horizon)) for share in (one, other))
    before, after = (algo.decide(given_, QUIET, at) for at in (first, second))
    assert 0 <= before.due <= after.due <= lots
    if first < START:
        assert before == Decision(due=Qty(0), wake_at=START)
    if second >= START + horizon:
        assert after == Decision(due=Qty(lots))


@given(lots=QTY, slices=SLICES, share=INSTANT, filled=st.integers(0, 5_000), working=st.integers(0, 5_000))
def test_what_is_due_does_not_depend_on_what_was_done(
    lots: int, slices: int, share: float, filled: int, working: int
) -> None:
    """A restart finds the same slices due: the algo holds nothing."""
    now = Ns(START + int(share * 90 * SECOND))
    fresh = Twap(slices=slices).decide(parent(lots), QUIET, now)
    done = min(filled, lots)
    later = parent(lots, filled=Qty(done), working=Qty(min(working, lots - done)))
    assert Twap(slices=slices).decide(later, QUIET, now) == fresh


@given(
    lots=QTY,
    slices=SLICES,
    rate=st.integers(1, SCALE),
    steps=st.lists(st.tuples(st.integers(0, 20 * SECOND), st.integers(0, 400)), max_size=20),
    lot=LOT,
)
def test_participation_stays_under_its_cap(
    lots: int, slices: int, rate: int, steps: list[tuple[int, int]], lot: int
) -> None:
    """Never more than the share of what traded since the start, ours included, and never ahead of the schedule."""
    capped, free = Twap(slices=slices, max_participation=Px(rate)), Twap(slices=slices)
    given_ = parent(lots * lot, lot, lot, traded_at_start=Qty(1_000))
    now, traded, due = START, 1_000, 0
    for pause, printed in steps:
        now, traded = Ns(now + pause), traded + printed
        market = msgspec.structs.replace(QUIET, traded=Qty(traded))
        decision = capped.decide(msgspec.structs.replace(given_, filled=Qty(due)), market, now)
        plain = free.decide(given_, market, now)
        assert due <= decision.due <= plain.due
        assert decision.due * SCALE <= (traded - 1_000 + due) * rate
        assert decision.due == plain.due or decision.due % lot == 0
        assert decision == plain or decision.wake_at is None
        due = decision.due


def test_a_cap_does_not_take_back_what_is_filled() -> None:
    """Unasked fills may go beyond it; due does not fall below them."""
    capped = Twap(slices=1, max_participation=parse_px("0.1"))
    market = msgspec.structs.replace(QUIET, traded=Qty(100))
    assert capped.decide(parent(filled=Qty(50)), market, START) == Decision(due=Qty(50))


@pytest.mark.parametrize(
    ("algo", "horizon_s", "starts"),
    [
        (Twap(interval_s=30), 90, [0, 30, 60]),
        (Twap(interval_s=60), 90, [0, 45]),
        (Twap(interval_s=90), 90, [0]),
        (Twap(interval_s=3600), 90, [0]),
        (Twap(), 180, [0, 60, 120]),
        (Twap(), 30, [0]),
    ],
)
def test_an_interval_divides_the_window_into_equal_ones_no_longer_than_it(
    algo: Twap, horizon_s: int, starts: list[int]
) -> None:
    found = releases(algo, parent(horizon=horizon_s * SECOND))
    assert [(at - START) // SECOND for at, _ in found] == starts


def test_a_schedule_has_a_bound_however_short_its_interval() -> None:
    long = parent(10**9, horizon=30 * 86_400 * SECOND)
    assert Twap(interval_s=1).decide(long, QUIET, START).due == 10**9 // 10_000


def test_a_remark_only_where_the_slices_are_not_the_clients() -> None:
    assert Twap(slices=3).remark(parent(3), QUIET, START) is None
    assert Twap(slices=4).remark(parent(3), QUIET, START) == "NumSlices taken as 3, the smallest order each"
    assert Twap(slices=4).remark(parent(300, 1, 100), QUIET, START) == "NumSlices taken as 3, the smallest order each"


def test_parameters_that_contradict_each_other_are_no_algo() -> None:
    with pytest.raises(ValueError, match=r"Value error, NumSlices and IntervalSec \["):
        Twap(slices=1, interval_s=1)


@pytest.mark.parametrize(
    ("ask", "size", "due"), [(1001, 300, 100), (1000, 300, 300), (999, 301, 300), (1000, 299, 100)]
)
def test_all_of_it_is_due_where_all_can_be_had_at_the_price_that_would_do(ask: int, size: int, due: int) -> None:
    """IWouldPrice, and nothing beyond it then."""
    decision = Twap(slices=3, would=Px(1000)).decide(parent(), shows(ask=ask, ask_size=size), START)
    assert (decision.due, decision.limit) == (due, Px(1000) if due == 300 else None)


# -- through the gateway


def test_a_slice_that_was_not_filled_is_made_up_for_with_the_next(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   OrderQty=300  TargetStrategy=TWAP  NumSlices=3  Duration=90  Price=100.10
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=30  LastPx=100.10
        client < ExecutionReport  CumQty=30
        BATE quotes ACME 99.90x300 100.20x300
        XLON   > ExecutionReport  ExecType=CANCELED
        +30s
        BATE quotes ACME 99.90x300 100.10x300
        BATE   < NewOrderSingle   OrderQty=170
        """
    )


def test_a_capped_twap_waits_for_prints(world: World) -> None:
    """A tenth of what trades, and not before it has traded; prints before the order do not count."""
    world.converse(
        """
        XLON prints ACME 100.00x900
        client > NewOrderSingle   OrderQty=300  TargetStrategy=TWAP  NumSlices=3  Duration=90  849=0.1
        client < ExecutionReport  ExecType=NEW
        +29s
        XLON prints ACME 100.00x259
        XLON   < NewOrderSingle   OrderQty=25
        BATE prints ACME 100.00x2000
        XLON   < NewOrderSingle   OrderQty=75
        +1s
        XLON   < NewOrderSingle   OrderQty=100
        +30s
        XLON   < NewOrderSingle   OrderQty=25
        XLON prints ACME 100.00x1000
        BATE   < NewOrderSingle   OrderQty=75
        """
    )


def test_a_price_that_would_do_is_taken_when_it_is_shown(world: World) -> None:
    """IWouldPrice does not wait for the next slice, nor for a schedule that has not begun to fill."""
    world.converse(
        """
        client > NewOrderSingle   OrderQty=300  TargetStrategy=TWAP  NumSlices=3  Duration=90  IWouldPrice=100.00
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=100  LastPx=100.10
        client < ExecutionReport  CumQty=100
        +10s
        BATE quotes ACME 99.90x300 100.00x199
        BATE quotes ACME 99.90x300 100.00x200
        BATE   < NewOrderSingle   OrderQty=200  Price=100.00
        """
    )


def test_a_restart_finds_the_slices_due_that_came_due_meanwhile(world: World) -> None:
    """Nothing is sent twice, and what was missed is made up for once the venues show something again."""
    world.converse(
        """
        client > NewOrderSingle   OrderQty=300  TargetStrategy=TWAP  NumSlices=3  Duration=90
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > disconnect
        BATE   > disconnect
        +65s
        restart
        XLON   > connect
        XLON   < OrderStatusRequest
        XLON quotes ACME 99.90x500 100.10x500
        XLON   < NewOrderSingle   OrderQty=200
        """
    )
    assert parse_qty("300") == sum(child["qty"] for note in world.notes("decision") for child in note["children"])


TIPS = "client > NewOrderSingle   OrderQty=500  TargetStrategy=TWAP  848=NumSlices=2;Duration=90;DisplayQty=100"


def test_what_it_takes_it_takes_by_no_more_than_is_to_be_seen(world: World) -> None:
    """Half of 500 is due. While any of it is out nothing more leaves; what a tip did not get comes with the next."""
    world.converse(
        f"""
        {TIPS}
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100  Price=100.10  TimeInForce=IMMEDIATE_OR_CANCEL
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=60  LastPx=100.10
        client < ExecutionReport  CumQty=60
        XLON quotes ACME 99.90x500 100.10x400
        XLON   > ExecutionReport  ExecType=EXPIRED
        BATE   < NewOrderSingle   OrderQty=100
        BATE   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  CumQty=160
        BATE   < NewOrderSingle   OrderQty=90
        BATE   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  CumQty=250
        +44s
        +1s
        BATE   < NewOrderSingle   OrderQty=100
        """
    )


@pytest.mark.parametrize(("how", "price"), [("Urgency=PASSIVE", "99.90"), ("ChildTIF=0", "100.10")])
def test_no_more_of_it_rests_than_is_to_be_seen(world: World, how: str, price: str) -> None:
    """By MaxFloor(111), too: one tip after the other rests, at that a restart makes no difference."""
    tips = TIPS.replace("DisplayQty=100", f"{how}  111=100")
    world.converse(
        f"""
        {tips}
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   ClOrdID=$tip  OrderQty=100  Price={price}  TimeInForce=DAY
        XLON   > ExecutionReport  ClOrdID=$tip  ExecType=NEW
        XLON quotes ACME 99.90x400 100.10x500
        XLON   > ExecutionReport  ClOrdID=$tip  ExecType=TRADE  LastQty=70  LastPx={price}
        client < ExecutionReport  CumQty=70
        XLON   > ExecutionReport  ClOrdID=$tip  ExecType=TRADE  LastQty=30  LastPx={price}
        client < ExecutionReport  CumQty=100
        XLON   < NewOrderSingle   OrderQty=100  Price={price}  TimeInForce=DAY
        """
    )
    world.restart()


def test_a_tip_takes_along_what_could_not_be_sent_after_it() -> None:
    """The smallest order is 100: of 250 two tips of 100 would leave 50."""
    algo = Twap(display_qty=Qty(100))
    assert algo.tip(parent(250, min_qty=100)) == 100
    assert algo.tip(parent(250, min_qty=100, filled=Qty(100))) == 150
    assert algo.tip(parent(250, filled=Qty(200))) == 50
    assert Twap().tip(parent(250)) is None


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("DisplayQty=501", "ALGO.RANGE DisplayQty 501 must be in lots and at most OrderQty(38)"),
        ("DisplayQty=0.5", "ALGO.RANGE DisplayQty 0.5 is below the smallest order, 1"),
        ("DisplayQty=100;MinClip=101", "ALGO.CONFLICT MinClip is above 100, and no child is larger"),
    ],
)
def test_what_can_be_no_tip_is_refused(world: World, said: str, text: str) -> None:
    world.converse(
        f"""
        {TIPS.replace("DisplayQty=100", said)}
        client < ExecutionReport  ExecType=REJECTED  Text='{text}'
        """
    )
