"""Public programs on recorded quotes: they do what they did, and our router pays no more than the usual one."""

from statistics import mean

import pytest

from gateway.model import Px
from tests.published import (
    PROGRAMS,
    RESULTS,
    SIZE,
    WINDOWS,
    allocate,
    best_ask,
    cont_kukanov,
    played,
    results,
    smart,
    windows,
)
from tests.resting import TICKS, Rest, Shown, Trade

pytestmark = pytest.mark.skipif(not (WINDOWS.exists() and RESULTS.exists()), reason="no recorded quotes here")


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_does_what_it_did_before(program: str) -> None:
    """Price, shares and seconds, on five days of IBM and two of BAC."""
    name, take, slices = PROGRAMS[program]
    assert len(results()) == 7
    for result in results():
        fills = played(windows()[result["sym"], result["date"]], take, slices=slices)
        price = result[f"{name}_px"]
        assert (fills.shares, fills.last_s is None) == (result[f"{name}_fill"], price is None)
        if price is not None:
            assert fills.price == pytest.approx(price, abs=5e-5)
            seconds = result[f"{name}_secs"]
            assert seconds is None or fills.last_s == pytest.approx(seconds, abs=0.06)


def test_our_router_completes_every_day_for_no_more_than_the_best_ask_costs() -> None:
    """On average over the five days of IBM; it takes the second best of an instant, too, and waits less."""
    days = [snapshots for (symbol, _), snapshots in windows().items() if symbol == "IBM"]
    ours = [played(snapshots, smart) for snapshots in days]
    usual = [played(snapshots, best_ask) for snapshots in days]
    assert [fills.shares for fills in ours] == [SIZE] * 5
    assert mean(fills.price for fills in ours) <= mean(fills.price for fills in usual)
    assert all(
        one.last_s <= other.last_s for one, other in zip(ours, usual, strict=True) if one.last_s and other.last_s
    )


@pytest.mark.skipif(not TICKS.exists(), reason="no recorded trades here")
def test_to_rest_in_part_completes_every_day_for_no_more_than_the_best_ask_costs() -> None:
    """On average over five days of IBM, and two of BAC."""
    for symbol in ("IBM", "BAC"):
        days = [date for name, date in windows() if name == symbol]
        ours = [cont_kukanov(symbol, date)[0] for date in days]
        usual = [played(windows()[symbol, date], best_ask) for date in days]
        assert [(fills.shares, fills.last_s is None) for fills in ours] == [(SIZE, False)] * len(days)
        assert mean(fills.price for fills in ours) <= mean(fills.price for fills in usual)


def test_what_rests_is_filled_by_what_trades_after_all_that_was_ahead_of_it() -> None:
    """Trades elsewhere, before it came, or at a better price for the buyer's rivals fill nothing; one below its price
    means that nothing is left ahead."""
    resting = Rest(at_ms=1000, venue="N", price=Px(100), ahead=300, shares=200)
    told = [(900, 100, 500, "N"), (1100, 100, 500, "Q"), (1100, 101, 500, "N")]
    told += [(1200, 100, 250, "N"), (1300, 100, 100, "N"), (1400, 99, 70, "N"), (1500, 100, 999, "N")]
    trades = [Trade(at_ms, Px(price), shares, venue) for at_ms, price, shares, venue in told]
    assert [resting.filled(trades, at_ms) for at_ms in (1100, 1200, 1300, 1400, 1500)] == [0, 0, 50, 120, 200]
    through = [Trade(1100, Px(99), 30, "N"), Trade(1200, Px(100), 40, "N")]
    assert [resting.filled(through, at_ms) for at_ms in (1100, 1200)] == [30, 70]


def test_in_steps_nothing_is_bought_until_everything_is_displayed() -> None:
    """What makes it fail on three of five days: a split has to add up to the order, and have no more than is shown."""
    asks = [Shown(10.0, 300, "A"), Shown(9.9, 250, "B")]
    assert allocate(600, asks) is None
    assert allocate(500, asks) == (300, 200)
    assert allocate(550, asks) is None
