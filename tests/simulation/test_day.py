"""A few minutes of three venues and a client's orders: the same bytes each time, everything filled, and what it cost."""

import json

import pytest

from gateway.model import SCALE, parse_px
from gateway.run.replay import replay
from gateway.run.serve import CannotStart
from gateway.run.simulation.day import Day
from gateway.run.simulation.scenario import Scenario
from gateway.run.simulation.study import study
from tests.simulation import invoke, run

SHORT = Scenario(seconds=60, parents=12)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    day = Day(SHORT, data=tmp_path_factory.mktemp("day"))
    assert list(day.play()) == list(range(1, 61))
    return day


def test_every_parent_is_filled_and_costs_about_the_spread(day: Day) -> None:
    """Market orders of the liquid sample pay half the spread and what prices do meanwhile: some bps."""
    outcome = day.outcome()
    assert [parent.cum_qty for parent in outcome.parents] == [parent.order_qty for parent in outcome.parents]
    assert {parent.ord_status for parent in outcome.parents} == {"2"}
    assert outcome.children > len(outcome.parents)
    costs = [parent.cost.arrival for parent in outcome.parents if parent.cost.arrival is not None]
    assert len(costs) == len(outcome.parents) and -20 < sum(costs) / len(costs) < 20


def test_slippage_is_against_the_middle_at_arrival(day: Day) -> None:
    """Of a market order that is filled at once, at the offer or behind it, it is half the spread at least."""
    at_once = [
        parent for parent, order in zip(day.outcome().parents, day.orders, strict=True) if not order.work.strategy
    ]
    assert at_once
    assert all(parent.cost.arrival is not None and parent.cost.arrival > 0 for parent in at_once)


def test_venues_quote_ten_times_a_second_or_more_and_trade(day: Day) -> None:
    """The day begins busily. What the tape has is what the venue counted."""
    for count in day.outcome().venues:
        assert count.quotes > 10 * SHORT.seconds
        tape = day.tape(count.venue)
        assert count.trades == len(tape) > 0
        assert count.volume * SCALE == sum(trade.qty for trade in tape)
        assert all(abs(trade.price - parse_px("100")) < parse_px("5") for trade in tape)
        assert [trade.at for trade in tape] == sorted(trade.at for trade in tape)


@pytest.mark.parametrize("name", ["GATEWAY", "XLON"])
def test_a_journal_of_virtual_time_replays_like_any_other(day: Day, name: str) -> None:
    assert day.data is not None
    assert replay(day.data / name) == 0


def test_a_day_is_the_same_bytes_in_every_process() -> None:
    """Whatever PYTHONHASHSEED says: nothing depends on the order of sets or on addresses."""
    said = [
        run("simulate", "--hours", "0.01", "--parents", "8", "--json", environment={"PYTHONHASHSEED": seed})
        for seed in ("1", "77")
    ]
    days = [json.loads(each.stdout)["days"][0] for each in said]
    assert days[0]["digest"] == days[1]["digest"]
    assert days[0]["filled"] == days[0]["parents"] == 8


def test_another_seed_is_another_day() -> None:
    """Seeds are played in processes of their own; the interval of their mean is that of Student's t."""
    found = study(Scenario(seconds=5, parents=4), 2)
    assert [day.seed for day in found.days] == [1, 2]
    assert found.days[0].digest != found.days[1].digest
    one, other = (day.costs["shortfall"] for day in found.days)
    told = found.costs["shortfall"]
    assert told.mean == pytest.approx((one + other) / 2)
    assert told.confidence == pytest.approx(12.706 * abs(one - other) / 2, abs=1e-3)
    assert any("+-" in line for line in found.lines())


def test_two_venues_of_one_name_are_refused() -> None:
    with pytest.raises(CannotStart, match="same name"):
        Day(Scenario(venues=("XLON", "XLON")))


def test_a_folder_that_is_there_is_not_written_to() -> None:
    said = invoke("simulate", "--data", "/")
    assert said.exit_code == 2 and "is there already" in said.stderr
