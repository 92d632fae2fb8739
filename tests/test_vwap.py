"""VWAP: slices as large as the volume that is to trade meanwhile, by a curve and by what trades today."""

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from algos.hours import read_weights
from algos.twap import Twap
from algos.vwap import Vwap
from gateway.model import SCALE, SECOND, Ns, Px, Qty, parse_px
from tests.conftest import make_world
from tests.conversation.world import World
from tests.parents import QUIET, START, Even, parent

HOUR = 3600
LENGTH = 24 * HOUR * SECOND


class Curve(Even):
    """Of a window that begins at START the given parts, each as long as the other."""

    def __init__(self, parts: list[int], length: int, usual: int | None = None) -> None:
        super().__init__(length, usual)
        self.parts = parts

    def by(self, at: Ns) -> int:
        place, rest = divmod(max(at - START, 0) * len(self.parts), self._length)
        part = self.parts[place] * rest // self._length if place < len(self.parts) else 0
        return sum(self.parts[:place]) + part

    def share(self, start: Ns, end: Ns) -> int:
        return (self.by(end) - self.by(start)) * 10**12 // max(sum(self.parts), 1)


@given(
    lots=st.integers(1, 5_000),
    lot=st.sampled_from((1, 2, 7, 100)),
    extra=st.integers(0, 99),
    min_lots=st.integers(1, 30),
    slices=st.integers(1, 60),
    horizon=st.one_of(st.integers(1, 100), st.integers(1, 10**5 * SECOND)),
    parts=st.lists(st.integers(0, 1_000), min_size=1, max_size=12),
    usual=st.none() | st.integers(1, 10**6),
    prints=st.lists(st.integers(0, 10_000), min_size=60, max_size=60),
)
@example(lots=1, lot=1, extra=0, min_lots=1, slices=60, horizon=1, parts=[1], usual=1, prints=[0] * 60)
@example(lots=7, lot=1, extra=0, min_lots=1, slices=60, horizon=90, parts=[0], usual=None, prints=[9] * 60)
def test_slices_add_up_and_each_can_be_sent(
    *, lots: int, lot: int, extra: int, min_lots: int, slices: int, horizon: int,
    parts: list[int], usual: int | None, prints: list[int],
) -> None:  # fmt: skip
    """Whatever the quantity, lot, slices, curve and volume; what is no lot goes with the last."""
    order = parent(lots * lot + extra % lot, lot, min_lots * lot, horizon)
    algo, market = Vwap(slices=slices), msgspec.structs.replace(QUIET, curve=Curve(parts, horizon, usual))
    filled, now, releases = 0, START, []
    for printed in prints:
        market = msgspec.structs.replace(market, traded=Qty(market.traded + printed))
        decision = algo.decide(msgspec.structs.replace(order, filled=Qty(filled)), market, now)
        if decision.due > filled:
            releases.append(decision.due - filled)
            filled = decision.due
        if decision.wake_at is None:
            break
        now = decision.wake_at
    assert filled == sum(releases) == order.order_qty
    assert min(releases) >= min(order.min_qty, order.order_qty)
    assert all(release % lot == 0 for release in releases[:-1])
    assert now < order.end or horizon < slices


@given(lots=st.integers(1, 5_000), slices=st.integers(1, 60), share=st.integers(0, 100))
def test_by_an_even_curve_it_is_twap(lots: int, slices: int, share: int) -> None:
    now = Ns(START + 90 * SECOND * share // 100)
    found, even = (kind(slices=slices).decide(parent(lots), QUIET, now) for kind in (Vwap, Twap))
    # A share is rounded, to 1e-12 of the day.
    assert abs(found.due - even.due) <= 1 and found.wake_at == even.wake_at


def test_where_a_curve_has_nothing_in_the_window_it_is_twap() -> None:
    night = Vwap(slices=3, profile=read_weights("01=1"))
    assert [night.decide(parent(), QUIET, Ns(START + k * 30 * SECOND)).due for k in range(3)] == [100, 200, 300]


def test_the_slices_are_as_large_as_the_parts_of_the_curve() -> None:
    market = msgspec.structs.replace(QUIET, curve=Curve([5, 1, 0, 4], 90 * SECOND))
    due = [Vwap(slices=4).decide(parent(1000), market, Ns(START + 90 * SECOND * k // 4 + 1)).due for k in range(4)]
    assert due == [500, 600, 600, 1000]


def test_what_trades_today_counts_beside_what_is_usual() -> None:
    """Half of an even window is over: 900 have traded, usual is 1,000 a day, so 3/4 of 1,800 and 250: 1,600 are today's.

    To come are 800, a quarter of the window in each of two steps: by the end of the next (900 + 400) / (900 + 800).
    """
    half, curve = Ns(START + 45 * SECOND), Even(usual=1_000)
    market = msgspec.structs.replace(QUIET, curve=curve, traded=Qty(1_000))
    order = parent(1_700, traded_at_start=Qty(400), filled=Qty(300))
    assert Vwap(slices=4).decide(order, market, half).due == 1_300
    assert Vwap(slices=4, live=False).decide(order, market, half).due == 1_275
    assert Vwap(slices=4).decide(msgspec.structs.replace(order, filled=Qty(1_200)), market, half).due == 1_200


def test_weights_of_hours_are_even_within_each_and_an_hour_without_has_nothing() -> None:
    weights, day = read_weights("09=.08 10=.12 12=.2"), 20_000 * LENGTH

    def share(start: float, end: float) -> int:
        return weights.share(*(Ns(day + int(hours * HOUR) * SECOND) for hours in (start, end)))

    assert share(0, 24) == share(9, 13) == share(12, 36) == parse_px("0.4")
    assert share(9.5, 10.25) == parse_px("0.07") and share(11, 12) == share(13, 33) == 0


@given(prints=st.lists(st.integers(0, 500), min_size=1, max_size=10), rate=st.integers(1, SCALE // 2))
def test_it_is_never_behind_its_least_share(prints: list[int], rate: int) -> None:
    """Of what traded, ours included."""
    order, algo = parent(100_000, horizon=LENGTH), Vwap(slices=10_000, least=Px(rate))
    filled, traded = 0, 0
    for second, printed in enumerate(prints):
        traded += printed
        market = msgspec.structs.replace(QUIET, curve=Even(LENGTH), traded=Qty(traded))
        order = msgspec.structs.replace(order, filled=Qty(filled))
        filled = max(algo.decide(order, market, Ns(START + second * SECOND)).due, filled)
        assert (filled + 1) * SCALE >= rate * (traded + filled + 1)


def test_parameters_that_contradict_each_other_are_no_algo() -> None:
    for contradiction in (
        {"profile": read_weights("09=1"), "live": True},
        {"least": Px(2), "max_participation": Px(1)},
        {"slices": 1, "interval_s": 1},
        {"blocks": Qty(1), "live": False},
        {"blocks": Qty(1), "profile": read_weights("09=1")},
    ):
        with pytest.raises(ValueError, match=r" (and|is above|does not count)"):
            Vwap(**contradiction)
    Vwap(blocks=Qty(1), live=False, least=Px(1))


# -- through the gateway


def test_slices_follow_the_curve_of_the_symbol() -> None:
    """By a quarter of a U-shaped day 0.6 / 4 + 0.2 (1 - 1/8) of its volume; what is out may be of what was printed."""
    world = make_world(open_s=14 * HOUR + 1800, close_s=16 * HOUR + 1800)
    world.converse(
        """
        XLON quotes ACME 99.90x5000 100.10x5000
        client > NewOrderSingle   OrderQty=1000  TargetStrategy=VWAP  NumSlices=4   MinParticipation=0.5
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=325
        XLON prints ACME 100.00x1000
        XLON   < NewOrderSingle   OrderQty=350
        """
    )
    world.restart()


NAMED = "client > NewOrderSingle   OrderQty=1000  TargetStrategy=VWAP  NumSlices=4  VolumeProfile={name}"


@pytest.mark.parametrize(
    ("name", "slices"),
    [("U_SHAPE", (325, 175, 175, 325)), ("FLAT", (250, 250, 250, 250)), ("morning-2", (600, 400))],
)
def test_slices_follow_a_kind_of_day_that_has_a_name(name: str, slices: tuple[int, ...]) -> None:
    """Two are always there; the other is of the configuration, in eight equal parts of the day from open to close."""
    world = make_world(
        open_s=14 * HOUR + 1800, close_s=16 * HOUR + 1800, profiles={"morning-2": (4, 2, 2, 2, 0, 0, 0, 0)}
    )
    world.converse("XLON quotes ACME 99.90x5000 100.10x5000")
    released = [
        f"""
        XLON   < NewOrderSingle   OrderQty={qty}
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE
        +1800s
        """
        for qty in slices
    ]
    world.converse("\n".join([NAMED.format(name=name), "client < ExecutionReport  ExecType=NEW", *released]))
    world.restart()


def test_a_kind_of_day_that_nobody_has_defined_is_refused(world: World) -> None:
    world.converse(
        f"""
        {NAMED.format(name="LUNCH")}  Duration=60
        client < ExecutionReport  ExecType=REJECTED  Text='ALGO.RANGE there is no VolumeProfile LUNCH'
        """
    )


def test_without_its_kind_of_day_an_order_goes_by_the_symbols_own() -> None:
    """The gateway was started again with another configuration."""
    market = msgspec.structs.replace(QUIET, curve=Curve([5, 1, 0, 4], 90 * SECOND))
    assert Vwap(slices=4, profile="LUNCH").decide(parent(1000), market, START).due == 500


def test_slices_follow_the_weights_of_the_client(world: World) -> None:
    """847=1; from 14:30 on, so that half of the first hour's weight counts."""
    world.converse(
        """
        client > NewOrderSingle   OrderQty=400  TargetStrategy=1  NumSlices=3  Duration=5400  VolumeProfile='14=.6 15=.1'
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=300
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=300  LastPx=100.10
        client < ExecutionReport  CumQty=300
        """
    )
    world.restart()
