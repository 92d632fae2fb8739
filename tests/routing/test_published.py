"""Public programs on recorded quotes: they do what they did, and our router pays no more than the usual one."""

from statistics import mean

import pytest

from tests.published import PROGRAMS, RESULTS, SIZE, WINDOWS, Ask, allocate, best_ask, played, results, smart, windows

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


def test_in_steps_nothing_is_bought_until_everything_is_displayed() -> None:
    """What makes it fail on three of five days: a split has to add up to the order, and have no more than is shown."""
    asks = [Ask(10.0, 300, "A"), Ask(9.9, 250, "B")]
    assert allocate(600, asks) is None
    assert allocate(500, asks) == (300, 200)
    assert allocate(550, asks) is None
