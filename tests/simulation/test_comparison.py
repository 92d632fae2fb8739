"""Ways to route and to work the same orders, side by side."""

import json
from pathlib import Path

import pytest

from gateway.model.routing import RoutePolicy
from gateway.run.simulation.comparison import BASELINES, baselines, compare
from gateway.run.simulation.scenario import Scenario, Variant
from gateway.run.simulation.study import estimate
from tests.simulation import invoke, run
from tests.stale_quotes import POLICIES, compared, scenario

_SHORT = Scenario(seconds=10, parents=6)


def test_a_difference_is_by_seed() -> None:
    """A way that is the same has none at all, however much days differ; the sweep differs from a TWAP."""
    found = compare([Variant("one", _SHORT), Variant("same", _SHORT), *baselines(_SHORT)], 3)
    one, same, sweep, by_size, twap = found.variants
    assert one.against_first is None and one.days[0].digest != one.days[1].digest
    assert same.against_first is not None and same.against_first.mean == 0 and not same.against_first.is_sure
    assert [day.digest for day in same.days] == [day.digest for day in one.days]
    assert (sweep.name, by_size.name, twap.name) == BASELINES and sweep.days[0].digest != twap.days[0].digest
    for each in (sweep, by_size, twap):
        differences = [
            day.costs["shortfall"] - other.costs["shortfall"] for day, other in zip(each.days, one.days, strict=True)
        ]
        expected = estimate(differences)
        assert each.against_first is not None and expected is not None
        assert each.against_first.mean == expected.mean and each.against_first.confidence == expected.confidence
        assert each.against_first.wins == sum(value < 0 for value in differences)
    assert all(each.filled_percent == 100 for each in found.variants)


def test_an_interval_is_that_of_students_t() -> None:
    """Of 1, 2, 3: the standard error is 1 / sqrt(3), t of 2 degrees of freedom 4.303."""
    found = estimate([1.0, 2.0, 3.0])
    assert found is not None and found.mean == 2
    assert found.confidence == pytest.approx(4.303 / 3**0.5)
    assert estimate([]) is None


def test_the_command_prints_draws_and_speaks_json(tmp_path: Path) -> None:
    """Policies times algos, baselines last; what is refused is said."""
    pytest.importorskip("matplotlib", reason="the extra 'plots' is not installed")
    short = ("--hours", "0.01", "--parents", "4", "--seeds")
    algos = ("--algo", "TWAP", "--algo", "POV")
    said = run("compare", *short, "1", "--routing", "smart", *algos, "--png", str(tmp_path / "a.png"))
    assert said.returncode == 0, said.stderr
    for name in ("smart TWAP", "smart POV", *BASELINES):
        assert f"\n{name} " in said.stdout
    assert "smart POV: 4 orders were refused, the first so: ALGO.MISSING TargetParticipation" in said.stdout
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    told = invoke("compare", *short, "2", "--no-baselines", "--routing", "smart", "--routing", "fee_aware", "--json")
    variants = json.loads(told.stdout)["variants"]
    assert [each["routing"] for each in variants] == [RoutePolicy.SMART, RoutePolicy.FEE_AWARE]
    assert len(variants[1]["days"]) == 2


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--no-baselines"], "there is nothing to compare"),
        (["--routing", "best"], "'best' is none of price_time"),
        (["--algo", "BEST"], "must be a TargetStrategy(847), or one of"),
        (["--algo", "TWAP:NumSlices"], "is not NAME=VALUE"),
        (["--routing", "smart", "--routing", "smart"], "the same name"),
        (["none.toml"], "cannot be read"),
    ],
)
def test_what_cannot_be_compared_is_told(arguments: list[str], why: str) -> None:
    said = invoke("compare", *arguments)
    assert said.exit_code == 2 and why in said.stderr, said.stderr


def test_policies_differ_where_quotes_go_stale(tmp_path: Path) -> None:
    """What `python -m tests.stale_quotes` plays for long."""
    found = compared(scenario(tmp_path, parents=8, seconds=15), 1)
    assert [each.name for each in found.variants] == [str(policy) for policy in POLICIES]
    assert all(each.filled_percent == 100 for each in found.variants)
    assert len({each.days[0].digest for each in found.variants}) > 1
