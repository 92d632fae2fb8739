"""Parameters chosen by what they cost on simulated days, and judged by days they were not chosen on."""

import json
from pathlib import Path

import pytest

from gateway.run.simulation import tuning
from gateway.run.simulation.scenario import Scenario
from gateway.run.simulation.study import Estimate, Study, Summary
from tests.simulation import invoke, run


def study(costs: list[float]) -> Study:
    days = tuple(
        Summary(
            seed=seed,
            parents=1,
            filled=1,
            refused=0,
            shares=1,
            filled_shares=1,
            children=1,
            quotes=1,
            costs={"shortfall": cost},
            deviation_bps=None,
            why="",
            seconds=0.0,
            digest="",
        )
        for seed, cost in enumerate(costs)
    )
    return Study(scenario=Scenario(), days=days, venues={}, costs={})


def tuned(monkeypatch: pytest.MonkeyPatch, *costs: list[float], folds: int = 2) -> tuning.Tuning:
    """With days of one point after the other."""
    monkeypatch.setattr(tuning, "studies", lambda *_: list(map(study, costs)))
    grid = {"under_bps": [str(place) for place in range(len(costs))]}
    return tuning.tune(Scenario(), grid, seeds=len(costs[0]), folds=folds)


def test_a_fold_is_traded_with_what_was_best_on_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even days like the first point, odd ones the second: who learns from the others takes the wrong one each time."""
    found = tuned(monkeypatch, [1.0, 4.0, 1.0, 4.0], [3.0, 2.0, 3.0, 2.0])
    assert [point.chosen for point in found.points] == [1, 1]
    assert found.validated.mean == 3.5
    assert found.gain.mean == -1.0
    assert found.best == {"under_bps": "0"}  # on all days both cost 2.5


def test_a_day_is_traded_with_what_was_best_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is known on the first; the second point is better from then on, until the first has caught up."""
    found = tuned(monkeypatch, [2.0, 2.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0, 1.0])
    assert found.walked == (0, 1, 1, 1, 0)
    assert found.walk.mean == pytest.approx((2 + 1 + 1 + 1 + 0) / 5)


def test_every_value_meets_every_other() -> None:
    assert tuning.points({"a": ["1", "2"], "b": ["3"], "c": ["4", "5"]}) == [
        {"a": "1", "b": "3", "c": "4"},
        {"a": "1", "b": "3", "c": "5"},
        {"a": "2", "b": "3", "c": "4"},
        {"a": "2", "b": "3", "c": "5"},
    ]


def test_the_command_plays_prints_draws_and_speaks_json(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra 'plots' is not installed")
    short = ("--hours", "0.01", "--parents", "4", "--seeds", "2", "--folds", "2", "--routing", "smart")
    picture = tmp_path / "a.png"
    said = run("tune", *short, "--algo", "TWAP", "--try", "NumSlices=1,3", "--png", str(picture), "--json")
    assert said.returncode == 0, said.stderr
    found = json.loads(said.stdout)
    assert [point["values"] for point in found["points"]] == [{"NumSlices": "1"}, {"NumSlices": "3"}]
    one, three = (Estimate(**point["cost"]) for point in found["points"])
    assert one != three
    assert found["scenario"]["work"]["strategy"] == "1001" and found["scenario"]["routing"] == "smart"
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_parameter_of_the_router_needs_no_algo() -> None:
    """Of values that make no difference the first is best."""
    said = invoke("tune", "--hours", "0.01", "--parents", "2", "--seeds", "2", "--folds", "2", "--try", "under_bps=0,5")
    assert said.exit_code == 0, said.stderr
    assert "\nunder_bps=5 " in said.stdout and "best on all 2 days: under_bps=0" in said.stdout


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--try", "under_bps=0"], "1 combinations"),
        (["--try", "NumSlices=1,2"], "is of an algo, which --algo has to name"),
        (["--try", "under_bps=0,1", "--try", "under_bps=2,3"], "a parameter is there twice"),
        (["--try", "under_bps=0,1", "--seeds", "3"], "3 days cannot be parted into 5 folds"),
        (["--try", "under_bps=0,x"], "under_bps=x: "),
        (["--try", "NumSlices=0,1", "--algo", "TWAP", "--hours", "0.01", "--parents", "1", "--seeds", "2", "--folds", "2"],
         "NumSlices=0: orders were refused"),
    ],
)  # fmt: skip
def test_what_cannot_be_tuned_is_told(arguments: list[str], why: str) -> None:
    said = invoke("tune", *arguments)
    assert said.exit_code == 2 and why in said.stderr, said.stderr
