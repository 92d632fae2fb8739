"""`gateway ck solve`: a plan for a person and for a program, from laws or from a file, and what is wrong with a question."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from gateway.router.outflow import MOST_OBSERVED
from gateway.run.cli import app
from gateway.run.placing import MOST_VENUES

A = "A,queue=2000,rebate=0.002,outflow=poisson:2200"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["ck", "solve", *arguments])


def solved(*arguments: str) -> dict[str, Any]:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def test_one_venue_is_solved_in_closed_form_too() -> None:
    """The paper's example: 786 shares at once, 214 behind the queue; resting all of it would cost more."""
    answer = solved("1000", "--venue", A, "--half-spread", "0.02")
    assert answer["closed_form"] == {"take": "786", "rest": "214"}
    assert (answer["take"], answer["rest"][0]["qty"]) == ("786", "214")
    assert float(answer["cost"]) < min(map(float, answer["plain"].values()))


def test_a_plan_is_shown_place_by_place_with_plainer_ones_beside_it() -> None:
    lines = run("1000", "--venue", A, "--venue", A.replace("A", "B", 1), "--common", "0.6").stdout.splitlines()
    words = [line.split() for line in lines]
    assert ["rest", "at", "B", "2000"] in [each[:4] for each in words]
    assert {"this plan", "take all", "rest at one venue", "equal parts"} <= {
        line.split("  ")[0].strip() for line in lines
    }


def test_a_price_for_being_unfilled_moves_shares_from_resting_to_taking() -> None:
    taken = [float(solved("1000", "--venue", A, "--under", under)["take"]) for under in ("0.02", "0.03", "0.1")]
    assert taken == sorted(taken) and taken[0] < taken[2]


def test_what_was_seen_of_outflows_counts_as_it_was_seen(tmp_path: Path) -> None:
    """A row is an interval of all venues: where one or the other queue goes, but never both, twice the order rests."""
    seen = tmp_path / "seen.csv"
    seen.write_text("at,A,B\n1,600,0\n2,0,600\n3,600,0\n4,0,600\n")
    venues = ("--venue", "A,queue=100", "--venue", "B,queue=100")
    answer = solved("500", *venues, "--outflows", str(seen), "--over", "0.2")
    assert (answer["take"], [each["qty"] for each in answer["rest"]]) == ("0", ["500", "500"])
    assert (answer["rest"][0]["filled"], answer["scenarios"]) == ("250", 4)


@pytest.mark.parametrize("given", ["laws", "rows"])
def test_a_plan_may_come_of_one_interval_after_the_other(tmp_path: Path, given: str) -> None:
    """The same seed draws the same intervals; what the search over all of them finds stands beside it."""
    venue = A
    rows: tuple[str, ...] = ()
    if given == "rows":
        seen = tmp_path / "seen.csv"
        seen.write_text("A\n" + "".join(f"{2200 + more}\n" for more in range(-60, 61)))
        venue, rows = "A,queue=2000,rebate=0.002", ("--outflows", str(seen))
    asked = ("1000", "--venue", venue, "--half-spread", "0.02", "--method", "stochastic", "--draws", "5000", *rows)
    answer, other = solved(*asked), solved(*asked, "--seed", "2")
    assert answer == solved(*asked, "--seed", "1") and answer != other
    for each in (answer, other):
        assert float(each["rest"][0]["qty"]) == pytest.approx(215, abs=10)
        assert 0 <= float(each["cost"]) - float(each["plain"]["search"]) < 0.0003


TAPE = """\
time,venue,price,size,side,symbol
2026-03-02T09:00:00Z,A,10,700,S,ACME
2026-03-02T09:00:30Z,B,10,50,B,ACME
2026-03-02T09:00:40Z,A,10,9000,S,OTHER
2026-03-02T09:00:59Z,A,10,100,S,ACME
2026-03-02T09:02:00Z,,10,300,S,ACME
2026-03-02T09:03:10Z,A,10,1,S,ACME
"""


@pytest.mark.parametrize(
    ("side", "printed"),
    [("buy", "interval,A,C\n0,800,0\n1,0,0\n2,0,300\n"), ("sell", "interval,B\n0,50\n1,0\n2,0\n")],
)
def test_a_tape_tells_what_left_the_queues(tmp_path: Path, side: str, printed: str) -> None:
    """What sellers took is what a buyer at rest can count on; an interval that the tape does not end with is none."""
    tape, seen = tmp_path / "tape.csv", tmp_path / "seen.csv"
    tape.write_text(TAPE)
    result = CliRunner().invoke(app, ["tape", "outflows", str(tape), "--side", side, "--venue", "C"])
    assert (result.exit_code, result.stdout) == (0, printed)
    seen.write_text(printed)
    name = printed.split(",")[1].split(maxsplit=1)[0]
    assert solved("500", "--venue", f"{name},queue=0", "--outflows", str(seen))["scenarios"] == 3


def test_a_tape_without_trades_has_no_outflows(tmp_path: Path) -> None:
    tape = tmp_path / "tape.csv"
    tape.write_text("time,venue,price,size,side,symbol\n")
    result = CliRunner().invoke(app, ["tape", "outflows", str(tape)])
    assert (result.exit_code, result.stdout) == (0, "interval\n")


def test_of_a_long_file_the_last_rows_count(tmp_path: Path) -> None:
    seen = tmp_path / "seen.csv"
    seen.write_text("A\n" + "100000\n" * 50 + "0\n" * MOST_OBSERVED)
    answer = solved("500", "--venue", "A,queue=100", "--outflows", str(seen))
    assert (answer["scenarios"], answer["take"]) == (MOST_OBSERVED, "500")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("1000", "--venue", "A,queue=1,rebat=2,outflow=poisson:5"), "is not NAME,queue=2000"),
        (("1000", "--venue", "A,outflow=poisson:5"), "is not NAME,queue=2000"),
        (("1000", "--venue", "A,queue=1e3,outflow=poisson:5"), "'1e3' is not a number"),
        (("1000", "--venue", "A,queue=1,outflow=normal:5"), "neither poisson:MEAN nor exponential:MEAN"),
        (("1000", "--venue", "A,queue=1,outflow=poisson:0"), "above 0 and at most 10000000"),
        (("1000", "--venue", "A,queue=1"), "either an outflow or a column"),
        (("1000", "--venue", A, "--venue", A), "each once"),
        (("1000", *(text for n in range(MOST_VENUES + 1) for text in ("--venue", f"{n}{A}"))), "at most 30"),
        (("1050", "--venue", A, "--lot", "100"), "not a multiple of the lot"),
        (("0", "--venue", A), "not a multiple of the lot"),
        (("10", "--venue", A, "--draws", "5"), "--draws and --seed go with --method stochastic"),
        (("10", "--venue", A, "--under", "-1"), "may be negative"),
        (("10", "--venue", A, "--fee", "x"), "--fee: 'x' is not a number"),
        (("10", "--venue", "A,queue=1", "--outflows", "missing.csv"), "missing.csv: No such file"),
    ],
)
def test_what_is_wrong_is_one_line_and_exit_status_2(arguments: tuple[str, ...], said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr and result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A\n", "it has no row"),
        ("B\n5\n", "it has no column A"),
        ("A\n5\n-5\n", "line 3: '-5' is negative"),
        ("A,B\n5,6\n\n7\n,8\n", "line 5: '' is not a number"),
    ],
)
def test_a_file_that_holds_no_outflows_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "seen.csv"
    path.write_text(text)
    result = run("10", "--venue", "A,queue=1", "--outflows", str(path))
    assert (result.exit_code, result.stderr) == (2, f"{path}: {said}\n" if "number" not in said else result.stderr)
    assert said in result.stderr
