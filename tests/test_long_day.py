"""An order costs what it costs, however many there were before it. `python -m tests.long_day` measures a whole day."""

import tracemalloc
from collections.abc import Iterator

import pytest

from tests.long_day import Day, allocated


@pytest.fixture
def day() -> Iterator[Day]:
    """Early, and whatever it remembers from now on is counted."""
    tracemalloc.start()
    day = Day()
    day.trade(2_000)
    yield day
    tracemalloc.stop()


def test_an_order_that_is_over_takes_300_bytes(day: Day) -> None:
    assert allocated(day.trade, 3_000) < 300


def test_an_order_that_is_live_takes_2_kibibytes(day: Day) -> None:
    assert allocated(day.rest, 2_000) < 2048
