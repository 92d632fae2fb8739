"""`gateway plan`: slices, their cost and risk, other ways to trade, for a person and for a program; and wrong questions."""

import json
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from gateway.model import SCALE, Px, Qty
from gateway.model.quotes import Activity, MarketStatus, Nbbo
from gateway.run import control
from gateway.run.cli import app
from gateway.run.commands import Answer, Market

MARKET = ("--price", "50", "--spread", "0.02", "--volatility", "2", "--volume", "1000000")


def run(*arguments: str, order: Sequence[str] = ("BUY", "10000", "ACME")) -> Result:
    return CliRunner().invoke(app, ["plan", *order, *arguments])


def planned(*arguments: str, market: Sequence[str] = MARKET) -> dict[str, Any]:
    result = run(*arguments, *market, "--json")
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def ways(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {way["name"]: way for way in answer["ways"]}


def test_the_slices_are_those_of_the_algo_and_its_parameters() -> None:
    answer = planned("--algo", "twap", "--duration", "600", "--parameter", "NumSlices=4", "--start", "15:00")
    slices = answer["forecast"]["slices"]
    assert [each["qty"] for each in slices] == [2500 * SCALE] * 4
    assert [each["at"] % (86_400 * 10**9) for each in slices] == [(54_000 + 150 * k) * 10**9 for k in range(4)]
    assert (answer["algo"], answer["forecast"]["left"]) == ("TWAP", 0)
    assert answer["square_root_bps"] == pytest.approx(20)


def test_its_pace_is_heeded() -> None:
    """Clips of 1,500 a second apart; with CatchUp N ten thousand clips are more than can be told apart."""
    said = ("--algo", "twap", "--duration", "600", "--parameter", "NumSlices=4", "--start", "15:00")
    slices = planned(*said, "--parameter", "MaxClip=1500", "--parameter", "MinClip=500")["forecast"]["slices"]
    assert [each["qty"] for each in slices] == [1500 * SCALE, 1000 * SCALE] * 4
    assert slices[1]["at"] - slices[0]["at"] == 10**9
    fine = run(*said, "--parameter", "MaxClip=1", "--parameter", "CatchUp=N", *MARKET)
    assert fine.exit_code and "ALGO.CONFLICT DryRun and CatchUp N" in fine.output


def test_each_model_finds_its_own_schedule_the_cheapest() -> None:
    """Almgren and Chriss trade evenly if risk is nothing, and so do Bertsimas and Lo; by these even slices all agree."""
    found = ways(planned())
    assert min(found.values(), key=lambda way: way["recovering_bps"])["name"] == "OW"
    assert found["TWAP"]["cost_bps"] == min(way["cost_bps"] for way in found.values())
    assert found["BL"]["lasting_bps"] == min(way["lasting_bps"] for way in found.values())
    assert found["TWAP"]["lasting_bps"] == pytest.approx(found["TWAP"]["cost_bps"])
    assert found["BL"]["cost_bps"] == pytest.approx(found["TWAP"]["cost_bps"], rel=1e-6)
    assert found["IS"]["deviation_bps"] < found["TWAP"]["deviation_bps"]
    assert found["at once"]["deviation_bps"] == 0 and found["at once"]["cost_bps"] > found["IS"]["cost_bps"]


def test_urgency_buys_certainty() -> None:
    answer = planned("--algo", "is", "--parameter", "Urgency=4")
    costs = [way["cost_bps"] for way in answer["urgencies"]]
    deviations = [way["deviation_bps"] for way in answer["urgencies"]]
    assert costs == sorted(costs) and deviations == sorted(deviations, reverse=True)
    assert answer["forecast"]["cost_bps"] == pytest.approx(costs[2])


def test_the_frontier_is_what_risk_aversions_do() -> None:
    """From the cheapest schedule to the surest; IS with the risk aversion of one of them is that one."""
    choices = planned()["frontier"]
    costs, deviations = [each["cost_bps"] for each in choices], [each["deviation_bps"] for each in choices]
    assert costs == sorted(costs) and deviations == sorted(deviations, reverse=True)
    assert min(choices, key=lambda each: each["at_risk_bps"]) == choices[3]
    assert choices[0]["cost_bps"] == pytest.approx(ways(planned())["TWAP"]["cost_bps"], rel=1e-3)
    assert choices[0]["holds_s"] is None and choices[3]["holds_s"] > choices[4]["holds_s"] > 0
    same = planned("--parameter", f"RiskAversion={choices[4]['risk_aversion']:.8f}")["forecast"]
    assert same["cost_bps"] == pytest.approx(choices[4]["cost_bps"], rel=0.03)
    assert same["deviation_bps"] == pytest.approx(choices[4]["deviation_bps"], rel=0.03)
    still = planned(market=(*MARKET, "--volatility", "0"))
    assert {each["deviation_bps"] for each in still["frontier"]} == {0.0} and still["measured_bps"] is None


@pytest.mark.parametrize(
    "more",
    [
        ("--duration", "1"),  # one slice, and nothing to choose
        ("--volatility", "1000", "--volume", "1000000000"),  # to trade all at once is least at risk
    ],
)
def test_where_there_is_little_to_choose_the_frontier_is_short_and_shown(more: tuple[str, ...]) -> None:
    choices = planned(*more)["frontier"]
    assert all(choice["at_risk_bps"] is not None for choice in choices)
    assert len({choice["risk_aversion"] for choice in choices}) == len(choices)
    assert run(*MARKET, *more).exit_code == 0


def test_what_was_measured_of_large_companies_is_said_of_this_one() -> None:
    """A day's tenth of IBM in half a day, in the table of Almgren and others: 18.4 bps."""
    ibm = ("--price", "80", "--spread", "0.02", "--volatility", "1.57", "--volume", "6561000")
    whole = ("--outstanding", "1728000000", "--duration", "11700", "--algo", "twap")
    result = run(*ibm, *whole, "--json", order=("BUY", "656100", "IBM"))
    assert json.loads(result.stdout)["measured_bps"] == pytest.approx(18.41786, abs=1e-5)
    assert "measured 18.42 bps" in run(*ibm, *whole, order=("BUY", "656100", "IBM")).stdout


def test_where_the_price_is_expected_to_run_away_bertsimas_and_lo_begin_sooner() -> None:
    calm, adverse, kind = (ways(planned("--drift", drift)) for drift in ("0", "30", "-1000"))
    assert adverse["BL"]["half_by_s"] < calm["BL"]["half_by_s"] < kind["BL"]["half_by_s"]
    for found in (adverse, kind):
        assert found["BL"]["lasting_bps"] == pytest.approx(min(way["lasting_bps"] for way in found.values()), rel=1e-3)
        assert found["BL"]["left"] == 0
    assert adverse["TWAP"]["cost_bps"] == pytest.approx(calm["TWAP"]["cost_bps"] + 15, abs=0.5)


def test_a_book_that_fills_up_at_once_is_traded_evenly() -> None:
    """And within the window it costs the even slices what it costs by the others; the first ones find it full."""
    usual = ways(planned("--half-life", "120"))["TWAP"]
    assert usual["recovering_bps"] == pytest.approx(usual["cost_bps"], rel=0.1)
    slow, fast = (ways(planned("--half-life", seconds))["OW"] for seconds in ("3600", "1"))
    assert slow["cost_bps"] > fast["cost_bps"] == pytest.approx(ways(planned())["TWAP"]["cost_bps"], rel=0.05)


def test_a_person_sees_a_chart_and_the_ways() -> None:
    lines = run(*MARKET).stdout.splitlines()
    assert lines[0].strip() == "BUY 10000 ACME by IS, 14:30:00 to 15:30:00 UTC: 60 slices"
    bars = [line.count("█") for line in lines if line.startswith(" 1")]
    assert len(bars) == 20 and bars[0] == 40 and bars == sorted(bars, reverse=True)
    assert any("standard deviation" in line and "bps" in line for line in lines)
    first = [line.split("  ")[0].strip() for line in lines]
    assert [name for name in first if name in {"TWAP", "VWAP", "IS", "OW", "BL", "at once"}] == [
        *("TWAP", "VWAP", "IS", "OW", "BL", "at once")
    ]
    assert sum(line.rstrip().endswith("least at risk") for line in lines) == 1


def test_what_is_not_planned_is_said() -> None:
    shown = run("--algo", "pov", "--parameter", "TargetParticipation=0.01", *MARKET).stdout
    assert re.search(r"Not planned by the end: 7\d{3}\n", shown), (
        "a hundredth of nearly a quarter of a million is traded"
    )
    nothing = run("--algo", "momentum", "--parameter", "Lookback=60", "--parameter", "EntryThreshold=5", *MARKET)
    assert nothing.exit_code == 0 and "Not planned by the end: 10000" in nothing.stdout


def known(symbol: str, *, to_come: int | None = 600_000) -> MarketStatus:
    quote = Nbbo(
        symbol=symbol, bid=Px(4999 * 10**6), bid_size=Qty(1), bid_venues=("A",), ask=Px(5001 * 10**6), ask_size=Qty(1),
        ask_venues=("A",), state="", confirmed=True,
    )  # fmt: skip
    activity = Activity(
        symbol=symbol,
        traded=Qty(400_000 * SCALE),
        to_come=None if to_come is None else Qty(to_come * SCALE),
        spread=Px(2 * 10**6),
        volatility=round(0.02 / (390**0.5) * SCALE),
    )
    return MarketStatus(at=0, quotes=(quote,), activity=(activity,), feeds=())  # type: ignore[arg-type]


def test_a_running_gateway_knows_the_market(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its middle, spread, volatility and a day's volume; what is given counts instead."""

    def asked(data: Path, request: Market) -> Answer:
        assert (data, request.symbol) == (Path("d"), "ACME")
        return Answer(market=known("ACME"))

    monkeypatch.setattr(control, "ask", asked)
    theirs = planned("--data", "d", "--start", "14:30", market=())
    assert theirs["forecast"]["cost_bps"] == pytest.approx(planned()["forecast"]["cost_bps"], rel=1e-3)
    wide = planned("--data", "d", "--start", "14:30", "--spread", "0.2", market=())
    assert wide["forecast"]["cost_bps"] > theirs["forecast"]["cost_bps"]
    now = planned("--data", "d", "--open", "00:00", "--close", "00:00", market=())
    assert abs(now["start"] / 10**9 - time.time()) < 60


def test_what_that_gateway_does_not_know_has_to_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "ask", lambda *_: Answer(market=known("ACME", to_come=None)))
    result = run("--data", "d")
    assert (result.exit_code, result.stderr) == (2, "--volume is not given, and that gateway does not know it yet\n")
    other = run("--data", "d", order=("BUY", "1", "OTHER"))
    assert (other.exit_code, other.stderr) == (1, "OTHER is not traded there\n")


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (MARKET[2:], 2, "--price is not given"),
        ((*MARKET, "--algo", "nothing"), 2, "--algo: must be "),
        ((*MARKET, "--algo", "none"), 2, "--algo: an order without one"),
        ((*MARKET, "--lot", "3"), 2, "QTY: 10000 is not a multiple of the lot, 3"),
        ((*MARKET, "--start", "9:30"), 2, "--start: '9:30' is not HH:MM"),
        ((*MARKET, "--start", "24:00"), 2, "--start: '24:00' is no time of day"),
        ((*MARKET, "--price", "0"), 2, "--price: 0 is not above 0"),
        ((*MARKET, "--parameter", "Urgency"), 2, "--parameter: 'Urgency' is not NAME=VALUE"),
        ((*MARKET, "--parameter", "Urgency=9"), 1, "ALGO.RANGE Urgency"),
        ((*MARKET, "--algo", "pov"), 1, "ALGO.MISSING TargetParticipation"),
        ((*MARKET, "--algo", "vwap", "--parameter", "VolumeProfile=X"), 1, "ALGO.RANGE there is no VolumeProfile X"),
        ((*MARKET, "--start", "22:00"), 1, "nothing trades in that window"),
    ],
)
def test_what_cannot_be_planned_is_said_in_a_line(arguments: tuple[str, ...], status: int, said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == status and result.stderr.startswith(said) and result.stderr.count("\n") == 1
