"""`gateway algo list` and `show`: what the algos declare, for people and for programs, and that it is what is read."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from algos import ALGOS
from algos.vwap import Vwap
from gateway.model import Algo, Common, Constraint, Relation, name_of, parameters
from gateway.model.settings import DIRECT
from gateway.run.cli import app
from gateway.run.strategies import strategies

ROOT = Path(__file__).resolve().parents[1]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["algo", *arguments])


def shown(*arguments: str) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_every_algo_is_listed_once_with_all_its_numbers() -> None:
    listed = shown("list")
    assert {number for each in listed for number in each["numbers"]} == ALGOS.keys() - {DIRECT}
    assert [each["name"] for each in listed] == [*dict.fromkeys(name_of(k) for n, k in ALGOS.items() if n != DIRECT)]


def test_the_list_says_what_each_does_and_takes() -> None:
    lines = run("list").stdout.splitlines()
    pov = next(line for line in lines if line.split()[:1] == ["POV"])
    assert "2, 1002" in pov and "a share of what trades." in pov and "TargetParticipation" in pov
    assert "StartTime" not in pov and "All of them take StartTime" in " ".join(lines)


@pytest.mark.parametrize("kind", [kind for number, kind in ALGOS.items() if number != DIRECT])
def test_an_algo_says_what_it_is_and_what_each_parameter_means(kind: type[Algo]) -> None:
    """The sentence comes from the algo's module, `NAME: what it does.`; a parameter without a word would be a riddle."""
    found = next(each for each in strategies() if each.name == name_of(kind))
    assert len(found.about) > 10 and found.about.endswith(".")
    assert [each.name for each in found.parameters if not each.about] == []


def test_a_parameter_is_shown_as_it_is_written_on_the_wire() -> None:
    found = {each["name"]: each for each in shown("show", "pov")["parameters"]}
    target = found["TargetParticipation"]
    assert (target["kind"], target["is_required"], target["minimum"], target["maximum"]) == (
        "11",
        True,
        "0.00000001",
        "1",
    )
    assert (found["ChildTIF"]["default"], found["ChildTIF"]["choices"]) == ("3", ["0", "3"])
    assert (found["EndTime"]["tag"], found["StartTime"]["is_mutable"]) == (126, False)


def test_a_person_reads_how_it_works_what_it_takes_and_what_contradicts_each_other() -> None:
    said = " ".join(run("show", "1001").stdout.split())
    assert said.startswith("TWAP, TargetStrategy(847) 1001 equal slices at equal intervals.")
    assert "NumSlices 1 INT 1 10000 releases over the window" in said
    assert "StartTime 19 UTC_TIMESTAMP begin of the window; also field 168; as it is once a child is out" in said
    assert "one of price_time, fee_aware" in said and "PASSIVE (LOW P Patient 1 2), NEUTRAL" in said
    assert "NumSlices not with IntervalSec" in said and "StartTime before EndTime" in said
    assert "VolumeProfile not with Live Y MinParticipation at most MaxParticipation" in " ".join(
        run("show", "VWAP").stdout.split()
    )


def test_an_unknown_algo_is_one_line_with_those_there_are() -> None:
    result = run("show", "0")
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert result.stderr.startswith("'0' is none of VWAP, POV, ")


@pytest.mark.parametrize(
    ("relation", "broken", "kept", "said"),
    [
        (Relation.NOT_WITH, {(1, 2), (1, 1), (2, 1)}, set(), "A and B"),
        (Relation.AT_MOST, {(2, 1)}, {(1, 1), (1, 2)}, "A is above B"),
        (Relation.AT_LEAST, {(1, 2)}, {(1, 1), (2, 1)}, "A is below B"),
        (Relation.BEFORE, {(1, 1), (2, 1)}, {(1, 2)}, "A is not before B"),
        (Relation.BELOW, {(1, 1), (2, 1)}, {(1, 2)}, "A is not below B"),
    ],
)
def test_a_constraint_is_broken_in_its_own_words(
    relation: Relation, broken: set[tuple[int, int]], kept: set[tuple[int, int]], said: str
) -> None:
    constraint = Constraint("A", relation, "B")
    assert constraint.said == said
    assert all(constraint.broken(*pair) for pair in broken) and not any(constraint.broken(*pair) for pair in kept)


def test_a_constraint_of_one_value_lets_the_others_be() -> None:
    """VolumeProfile goes with Live=N, which says what is so anyway."""
    profile = next(field for field in parameters(Vwap) if field.name == "VolumeProfile").read("09=1")
    assert Vwap(profile=profile, live=False).profile is profile
    with pytest.raises(ValueError, match="VolumeProfile and Live"):
        Vwap(profile=profile, live=True)


def test_constraints_are_of_parameters_that_there_are() -> None:
    for number, kind in ALGOS.items():
        names = {each.name for each in (*parameters(kind), *parameters(Common))}
        for each in (*kind.constraints, *Common.constraints, Common.window):
            assert {each.name, each.other} <= names, number


def test_the_rules_of_engagement_have_every_algo_by_its_name() -> None:
    """MinimizeMarketImpact is FIX's word for what is our IS, patient."""
    document = (ROOT / "fixspecs" / "algos.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([0-9, ]+) \| (\w+)[:,] ", document, re.MULTILINE)
    written = {number: name for numbers, name in rows for number in numbers.split(", ")}
    assert written == {number: name_of(kind) for number, kind in ALGOS.items() if number != DIRECT} | {"3": "IS"}
    firsts = [int(numbers.split(",")[0]) for numbers, _ in rows]
    assert firsts == sorted(firsts)
