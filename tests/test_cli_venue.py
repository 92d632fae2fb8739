"""`gateway venue list` and `show`: what a profile says, for people and for programs."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.run.cli import app
from gateway.run.profiles import shipped
from gateway.run.venue import told_of_faults
from tests.venues.world import Client, World
from venues.faults.kinds import FaultKind
from venues.faults.plan import Faults, Scripted

PROFILE = """\
# Ours, for the test.
# It has two lines.
name = "TEST"
mic = "XTST"
comp_id = "T"
tick = "0.05"
lot = "10"
min_qty = "20"
coarser_ticks = [["10", "0.1"]]
maker_fee_bps = "-0.15"
offers = ["DAY", "FOK", "GTC", "STOP", "MIN_QTY"]

[latency]
out_us = 70

[[fee_tiers]]
above = "1000000"
maker_fee_bps = "-0.2"

[habits]
levels = 3
"""


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["venue", *arguments])


@pytest.fixture
def profile(tmp_path: Path) -> str:
    path = tmp_path / "test.toml"
    path.write_text(PROFILE)
    return str(path)


def test_the_shipped_profiles_are_listed_one_a_line() -> None:
    """Plain text below one line of headings, in columns, whatever the terminal."""
    heading, *lines = run("list").stdout.splitlines()
    assert heading.split()[:4] == ["name", "kind", "mic", "currency"] and heading.endswith("about")
    assert [line.split()[0] for line in lines] == sorted(each["name"] for each in shipped())
    assert {line.index(each["about"]) for line, each in zip(lines, shipped(), strict=True)} == {heading.index("about")}
    assert json.loads(run("list", "--json").stdout) == shipped()


def test_every_shipped_profile_says_what_it_is_about() -> None:
    assert all(each["about"] for each in shipped())


def test_a_profile_is_shown_with_what_it_leaves_out(profile: str) -> None:
    """In the words of the file: decimals, basis points, and the defaults of keys that it does not have."""
    said = dict(line.split(maxsplit=1) for line in run("show", profile).stdout.splitlines() if " " in line)
    assert said["about"] == "Ours, for the test. It has two lines."
    assert (said["name"], said["tick"], said["lot"], said["min_qty"]) == ("TEST", "0.05", "10", "20")
    assert (said["maker_fee_bps"], said["taker_fee_bps"]) == ("-0.15", "0")
    assert (said["offers"], said["latency.out_us"]) == ("DAY, FOK, GTC, STOP, MIN_QTY", "70")
    assert (said["coarser_ticks"], said["habits.levels"]) == ("10 0.1", "3")


def test_a_profile_as_json_has_values_of_their_kinds(profile: str) -> None:
    said = json.loads(run("show", profile, "--json").stdout)
    assert (said["tick"], said["coarser_ticks"], said["latency"]["in_us"]) == ("0.05", [["10", "0.1"]], 0)
    assert (said["offers"][0], said["habits"]["levels"]) == ("DAY", 3)


def test_tiers_of_fees_are_shown_in_money_and_basis_points(profile: str) -> None:
    said = json.loads(run("show", profile, "--json").stdout)
    assert said["fee_tiers"] == [{"above": "1000000", "maker_fee_bps": "-0.2", "taker_fee_bps": "0"}]


def test_the_list_says_how_long_an_order_and_its_report_take_on_average() -> None:
    (heading, line) = run("list").stdout.splitlines()[:2]
    assert line.split()[heading.split().index("round_trip_us")].isdigit()


def test_a_profile_says_which_orders_may_last_how_long(profile: str) -> None:
    """By kind, those TimeInForce(59) that are offered and go with it."""
    assert json.loads(run("show", profile, "--json").stdout)["orders"] == {
        "MARKET": ["DAY", "FOK"],
        "LIMIT": ["DAY", "GTC", "FOK"],
        "STOP": ["DAY", "GTC"],
        "MIN_QTY": ["DAY", "GTC", "FOK"],
    }
    assert "orders.STOP" in run("show", profile).stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [(None, "there is no profile"), ("mic", "not TOML"), (PROFILE.replace('"10"', '"0"'), "lot must be above zero")],
)
def test_a_profile_that_cannot_be_read_is_one_line_and_status_2(tmp_path: Path, text: str | None, said: str) -> None:
    path = tmp_path / "x.toml"
    if text is not None:
        path.write_text(text)
    result = run("show", str(path))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("gateway venue: ") and said in result.stderr and result.stderr.count("\n") == 1


def test_every_fault_is_listed_with_its_occasion() -> None:
    heading, *lines = run("faults").stdout.splitlines()
    assert heading.split() == ["fault", "on", "what", "happens", "usually"]
    assert [line.split()[0] for line in lines] == list(FaultKind)
    assert json.loads(run("faults", "--json").stdout)["BUST"]["usual"] == {"delay_ms": 500}


@pytest.mark.parametrize(
    ("text", "said"), [(None, "No such file"), ('[percent]\nBUST = "200"', "percent.BUST must be from 0.01 to 100")]
)
def test_a_venue_does_not_start_with_faults_that_cannot_be_read(tmp_path: Path, text: str | None, said: str) -> None:
    path = tmp_path / "faults.toml"
    if text is not None:
        path.write_text(text)
    result = run("serve", "XLON", "--symbol", "ACME=100", "--faults", str(path))
    assert result.exit_code == 2 and said in result.stderr


def test_a_fault_is_injected_with_amounts_that_there_are(tmp_path: Path) -> None:
    wrong = run("fault", "BUST", "--data", str(tmp_path), "--why", "drill", "--amount", "size=3")
    assert wrong.exit_code == 2 and "size is none of delay_ms" in wrong.stderr
    nobody = run("fault", "BUST", "--data", str(tmp_path), "--why", "drill")
    assert nobody.exit_code == 2 and "gateway venue serve PROFILE --data" in nobody.stderr


def test_faults_are_told_as_they_happen(capsys: pytest.CaptureFixture[str]) -> None:
    """One line each: when, which, to whom, about which order, by how much."""
    world = World(faults=Faults(script=(Scripted(fault=FaultKind.DELAY, symbol="ACME"),)))
    Client(world).order("1", "10", "100")
    told_of_faults(world.inputs[-1], world.outputs)
    assert capsys.readouterr().out == "20131121-13:20:00.000 FAULT DELAY GW ACME C1 delay_ms=500\n"


def test_facts_are_measured_where_there_is_a_book() -> None:
    result = run("facts", "chid")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "a venue of kind DARK has no book to measure" in result.stderr
