"""Scenarios that people write: what they say is what is played, and what is wrong in them is told at its place."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.model import SECOND, Ns
from gateway.model.routing import RoutePolicy
from gateway.run.serve import CannotStart
from gateway.run.simulation.day import Day
from gateway.run.simulation.scenario import OPENS, Order, Scenario, Work, read_scenario
from gateway.run.simulation.study import play
from gateway.run.tables import ConfigError

_WRITTEN = """
seed = 7
hours = 0.01
venues = ["XLON", "CHIX"]
routing = "smart"
under_bps = "1.5"
volatility_bps = 300
[[order]]
after = "00:00:05"
side = "SELL"
shares = 900
algo = "twap"
parameters = { Duration = "10", NumSlices = "3" }
[[order]]
side = "BUY"
shares = 400
price = "101.5"
[[variant]]
name = "cheap"
routing = "fee_aware"
[[variant]]
name = "at once"
algo = "none"
"""


def written(folder: Path, text: str) -> Path:
    (path := folder / "scenario.toml").write_text(text)
    return path


def test_what_is_written_is_played(tmp_path: Path) -> None:
    """Orders in order of time, with the fields that they say."""
    scenario, _ = read_scenario(written(tmp_path, _WRITTEN))
    assert (scenario.seed, scenario.seconds, scenario.routing) == (7, 36, RoutePolicy.SMART)
    assert (scenario.under, scenario.volatility_bps) == (15_000, 300)
    buy, sell = scenario.played()
    assert (buy.at, sell.at) == (OPENS, OPENS + 5 * SECOND)
    assert "\x0138=400\x0140=2\x0144=101.5\x01" in buy.body("ACME")
    assert sell.body("ACME").endswith("847=1001\x01848=Duration=10;NumSlices=3\x01")
    day = Day(scenario)
    for _ in day.play():
        pass
    outcome = day.outcome()
    assert [(parent.is_buy, parent.cum_qty) for parent in outcome.parents] == [(True, 400), (False, 900)]
    calm = Day(replace(scenario, volatility_bps=1))
    for _ in calm.play():
        pass
    assert calm.outcome().digest != outcome.digest


def test_the_scenario_of_the_document_is_one(tmp_path: Path) -> None:
    """Word by word."""
    text = (Path(__file__).parents[2] / "fixspecs" / "simulation.md").read_text()
    scenario, (variant,) = read_scenario(written(tmp_path, text.split("```toml")[1].split("```")[0]))
    assert scenario.tapes == {"XLON": str(tmp_path / "quotes.csv")}
    assert [order.shares for order in scenario.played()] == [20_000]
    assert variant.scenario.routing is RoutePolicy.FEE_AWARE and variant.scenario.played()[0].work == Work()


def test_a_variant_has_the_same_orders_in_another_way(tmp_path: Path) -> None:
    scenario, (cheap, at_once) = read_scenario(written(tmp_path, _WRITTEN))
    assert cheap.scenario.played() == scenario.played() and cheap.scenario.routing is RoutePolicy.FEE_AWARE
    assert [order.work for order in at_once.scenario.played()] == [Work(), Work()]
    assert at_once.scenario.routing is RoutePolicy.SMART


def test_another_algo_has_the_time_that_the_order_had() -> None:
    """Its Duration; of an order without one, what is left of the scenario; of a work that says one, that."""
    at = Ns(OPENS + 20 * SECOND)
    timed = Order(cl_ord_id="A", at=at, is_buy=True, shares=1, work=Work(strategy="1001", parameters={"Duration": "9"}))
    untimed = Order(cl_ord_id="B", at=at, is_buy=True, shares=1)
    work = Work(strategy="1", parameters={"NumSlices": "2"})
    played = Scenario(seconds=60, orders=(timed, untimed), work=work).played()
    assert [order.work.parameters for order in played] == [
        {"Duration": "9", "NumSlices": "2"},
        {"Duration": "40", "NumSlices": "2"},
    ]
    ends = Work(strategy="1", parameters={"Duration": "3"})
    assert Scenario(orders=(timed,), work=ends).played()[0].work == ends


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("hours = 7.0", "hours"),
        ("sides = 1", "sides"),
        ('routing = "best"', "routing: must be one of price_time, fee_aware"),
        ('routing = "directed"', "routing: must be one of price_time, fee_aware"),
        ('[[order]]\nside = "LONG"\nshares = 1', 'order[1].side: must be "BUY" or "SELL"'),
        ('[[order]]\nside = "BUY"', "order[1].shares"),
        ('[[order]]\nside = "BUY"\nshares = 1\nprice = "-1"', "order[1].price: must be a price"),
        (
            '[[order]]\nside = "BUY"\nshares = 1\nalgo = "BEST"',
            "order[1].algo: must be a TargetStrategy(847), or one of",
        ),
        ('[[variant]]\nname = "x"\nparameters = { A = "1;B=2" }', "variant[1].parameters: must be texts by name"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(tmp_path: Path, text: str, error: str) -> None:
    with pytest.raises(ConfigError) as told:
        read_scenario(written(tmp_path, text))
    assert any(line.startswith("scenario.toml: ") and error in line for line in told.value.errors), told.value.errors


def test_a_venue_may_show_a_tape(tmp_path: Path) -> None:
    """Rows come as long after the venue's start as they stand after the first; here its price doubles after 10 s."""
    (tmp_path / "tape.csv").write_text(
        "time,venue,bid,bid_size,ask,ask_size\n"
        "20260105-08:00:00,XLON,50,1000,50.02,1000\n"
        "20260105-08:00:15,XLON,100,1000,100.02,1000\n"
    )
    text = 'hours = 0.01\nvenues = ["XLON"]\ntapes = { XLON = "tape.csv" }\n'
    text += '[[order]]\nside = "BUY"\nshares = 100\n[[order]]\nafter = "00:00:12"\nside = "BUY"\nshares = 100\n'
    day = Day(read_scenario(written(tmp_path, text))[0])
    for _ in day.play():
        pass
    assert [round(parent.cost.arrival or 0, 2) for parent in day.outcome().parents] == [2.0, 1.0]


def test_a_line_that_is_no_quote_ends_the_day(tmp_path: Path) -> None:
    (tmp_path / "tape.csv").write_text("time,venue,bid,bid_size,ask,ask_size\n20260105-08:00:00,XLON,5O,1,51,1\n")
    path = written(tmp_path, 'hours = 0.01\nvenues = ["XLON"]\ntapes = { XLON = "tape.csv" }\nparents = 1\n')
    with pytest.raises(CannotStart, match=r"tape.csv, line 2: "):
        play(read_scenario(path)[0])
