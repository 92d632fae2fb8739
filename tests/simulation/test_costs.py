"""What an order cost, by figures that can be found by hand."""

import pytest

from gateway.model import SCALE, SECOND, Ns, Px, Qty
from gateway.run.simulation.costs import Benchmarks, Cost, Trade

_OPENS = Ns(1_000 * SECOND)


def at(second: int) -> Ns:
    return Ns(_OPENS + second * SECOND)


def px(price: float) -> int:
    return round(price * SCALE)


def market() -> Benchmarks:
    """The middle is 100, 100, unknown, 102, 104; 30 shares trade at 101 in second 1, 10 at 105 in second 3."""
    middles = [2 * px(price) for price in (100, 100, 0, 102, 104)]
    trades = [Trade(at(3), Px(px(105)), Qty(10 * SCALE)), Trade(at(1), Px(px(101)), Qty(30 * SCALE))]
    return Benchmarks(_OPENS, middles, trades)


def test_benchmarks_are_averages_over_the_life_of_the_order() -> None:
    """VWAP by shares, both ends included; TWAP by the seconds whose middle is known."""
    seen = market()
    assert seen.vwap(at(0), at(4)) == px(102)
    assert seen.vwap(at(1), at(2)) == px(101)
    assert seen.vwap(at(2), at(2)) is None
    assert seen.twap(at(0), at(4)) == px(101.5)
    assert seen.twap(at(2), at(2)) is None
    assert seen.middle(at(2)) == px(100)


@pytest.mark.parametrize("is_buy", [True, False])
def test_a_whole_order_costs_its_price_and_fees(is_buy: bool) -> None:
    """100 shares at 101 against 100 at arrival: 100 bps worse for a buyer, better for a seller; fees cost both."""
    sign = 1 if is_buy else -1
    cost = market().cost(
        is_buy=is_buy, arrival=px(100), average=px(101), filled=100, shares=100, fees=px(10.1), start=at(0), end=at(4)
    )
    assert cost.arrival == 100 * sign
    assert cost.fees == 10
    assert cost.shortfall == pytest.approx(100 * sign + 10.1)
    assert cost.vwap == pytest.approx(sign * -98.0392, abs=1e-4)
    assert cost.twap == pytest.approx(sign * -49.2611, abs=1e-4)


def test_what_is_not_filled_costs_what_the_market_moved() -> None:
    """Half of 100 shares at 101, the middle 104 at the end: (50 x 1 + 50 x 4) / 10,000."""
    cost = market().cost(
        is_buy=True, arrival=px(100), average=px(101), filled=50, shares=100, fees=0, start=at(0), end=at(4)
    )
    assert (cost.arrival, cost.shortfall) == (100, 250)


def test_an_order_without_a_fill_has_a_shortfall_only() -> None:
    cost = market().cost(is_buy=False, arrival=px(100), average=0, filled=0, shares=10, fees=0, start=at(0), end=at(3))
    assert cost == Cost(shortfall=-200)
