"""A few days of a gateway on venues that go wrong at random; `python -m tests.faulty_venues` plays more of them."""

import pytest

from tests.faulty_venues.day import Day


@pytest.mark.parametrize("seed", [1, 311])
def test_orders_come_through_a_day_of_faulty_venues(seed: int) -> None:
    """I1 to I20 at every event; in the end the tapes agree, replay says the same, and what cannot end says why."""
    found = Day(seed).play()
    assert found.orders > 30 and found.fills > 60 and found.faults.total() > 20
