"""A few days of a gateway on venues that go wrong at random; `python -m tests.faulty_venues` plays more of them."""

import pytest

from tests.faulty_venues.algos import AlgoDay
from tests.faulty_venues.day import Day


@pytest.mark.parametrize("seed", [1, 311])
def test_orders_come_through_a_day_of_faulty_venues(seed: int) -> None:
    """I1 to I20 at every event; in the end the tapes agree, replay says the same, and what cannot end says why."""
    found = Day(seed).play()
    assert found.orders > 30 and found.fills > 60 and found.faults.total() > 20


def test_orders_of_every_algo_come_through_a_day_of_faulty_venues() -> None:
    """No child is too small, too large, too early, too late, or where its order does not want it; all end in time."""
    day = AlgoDay(6)
    found = day.play()
    assert found.orders > 40 and found.children > 50 and found.fills > 50
    assert len(day.sent) > 12
