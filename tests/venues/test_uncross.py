"""The price of an auction and who trades in it: against a search over everything, and rule by rule."""

import pytest

from gateway.model import Px
from tests.auctions import compare
from venues.matching.uncross import Interest, Uncrossing, uncross


def buy(qty: int, price: int | None = None) -> Interest:
    return Interest(True, price, qty)


def sell(qty: int, price: int | None = None) -> Interest:
    return Interest(False, price, qty)


def auction(*orders: Interest, reference: int = 100, tick: int = 1) -> Uncrossing:
    return uncross(orders, Px(reference), lambda _: tick)


def test_random_books_uncross_as_a_search_over_everything_does() -> None:
    """`python -m tests.auctions` compares 10,000; every kind of outcome has to be among these."""
    assert min(compare(500, seed=7).values()) > 0


@pytest.mark.parametrize(
    ("orders", "reference", "expected"),
    [
        pytest.param([buy(100, 101), sell(100, 99), buy(50, 98)], 100, (100, 100, 0), id="balanced: the reference"),
        pytest.param([buy(100, 101), sell(60, 99)], 100, (101, 60, 40), id="too many buyers: the highest"),
        pytest.param([buy(60, 101), sell(100, 99)], 100, (99, 60, -40), id="too many sellers: the lowest"),
        pytest.param(
            [buy(100, 102), buy(50, 100), sell(100, 100), sell(50, 102)], 90, (101, 100, 0), id="between two limits"
        ),
        pytest.param([buy(5, 103), sell(5, 101)], 110, (103, 5, 0), id="a reference above the interval"),
        pytest.param([buy(5, 103), sell(5, 101)], 90, (101, 5, 0), id="a reference below the interval"),
        pytest.param([buy(5), sell(7)], 100, (100, 5, -2), id="no limits at all: the reference"),
        pytest.param([buy(5, 99), sell(7, 101)], 100, (None, 0, 0), id="nothing crosses"),
        pytest.param([], 100, (None, 0, 0), id="no orders"),
    ],
)
def test_the_rules_of_the_price(orders: list[Interest], reference: int, expected: tuple[int | None, int, int]) -> None:
    """Most volume, least imbalance, pressure of the market, nearest to the reference price."""
    found = auction(*orders, reference=reference)
    assert (found.price, found.volume, found.imbalance) == expected


def test_orders_without_a_limit_are_filled_first_then_better_prices_then_earlier_ones() -> None:
    found = auction(buy(5, 100), buy(5, 102), buy(5, 102), buy(5), sell(13, 95), reference=95)
    assert (found.price, found.volume, found.imbalance) == (102, 13, 2)
    assert found.filled == (0, 5, 3, 5, 13)


def test_the_price_keeps_the_tick() -> None:
    """A reference that is no valid price stands for the nearest that is."""
    found = auction(buy(5, 110), sell(5, 90), reference=103, tick=5)
    assert found.price == 105
