"""Algos of other packages: installed beside the gateway, found by their entry point, traded like ours."""

import json
import os
import re
import shlex
import tomllib
from pathlib import Path

import pytest

from algos import ALGOS
from gateway.run.algos import AlgoError, installed
from tests.stack import Stack, run

ROOT = Path(__file__).resolve().parents[1]

_THIRDS = '''
from pydantic.dataclasses import dataclass

from gateway.model import SECOND, Algo, Decision, ParameterType, parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class Thirds(Algo):
    """A third at once, and another one after each pause."""

    pause_s: int = parameter("PauseSec", ParameterType.INT, minimum=1, maximum=60, doc="seconds between thirds")

    def decide(self, parent, market, now):
        third = min((now - parent.start) // (self.pause_s * SECOND) + 1, 3)
        due = parent.order_qty * third // 3
        return Decision(due=due - due % parent.lot, wake_at=parent.start + third * self.pause_s * SECOND)


class Plain(Algo):
    pass
'''


def package(folder: Path, number: str = "2001", value: str = "thirds:Thirds") -> Path:
    """What `pip install` of a package with that entry point leaves behind."""
    return installed_as(folder, "thirds", "1.2", _THIRDS, f"{number} = {value}")


def installed_as(folder: Path, name: str, version: str, module: str, entry_point: str) -> Path:
    (folder / f"{name}.py").write_text(module)
    about = folder / f"{name}-{version}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (about / "entry_points.txt").write_text(f"[gateway.algos]\n{entry_point}\n")
    return folder


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_without_other_packages_there_are_ours() -> None:
    assert installed() == ALGOS


def test_an_algo_of_another_package_is_there_by_its_number(on_path: Path) -> None:
    package(on_path)
    found = installed.__wrapped__()
    assert found["2001"].__name__ == "Thirds"
    assert {number: kind for number, kind in found.items() if number != "2001"} == ALGOS


@pytest.mark.parametrize(
    ("number", "value", "why"),
    [
        ("1001", "thirds:Thirds", "1001 is taken by algos.twap; give it another number"),
        ("7", "thirds:Thirds", "its name has to be a TargetStrategy(847) from 1000 on"),
        ("patient", "thirds:Thirds", "its name has to be a TargetStrategy(847) from 1000 on"),
        ("2001", "thirds:Halves", "thirds:Halves cannot be imported"),
        ("2001", "nowhere:Thirds", "nowhere:Thirds cannot be imported"),
        ("2001", "thirds:SECOND", "thirds:SECOND is no gateway.model.Algo"),
        ("2001", "thirds:Plain", "thirds:Plain is no pydantic.dataclasses.dataclass"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_package(on_path: Path, number: str, value: str, why: str) -> None:
    package(on_path, number, value)
    with pytest.raises(AlgoError) as told:
        installed.__wrapped__()
    assert f"algo {number} of thirds 1.2: {why}" in str(told.value)


def test_a_gateway_does_not_start_with_an_algo_it_cannot_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (plugins := tmp_path / "plugins").mkdir()
    monkeypatch.setenv("PYTHONPATH", str(package(plugins, value="thirds:Halves")), prepend=os.pathsep)
    ended = run("serve", str(Stack(tmp_path).config))
    assert ended.returncode == 2
    assert "algo 2001 of thirds 1.2: thirds:Halves cannot be imported" in ended.stderr + ended.stdout


def test_the_algo_of_the_readme_trades(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Word by word, sent by the command that stands there; the journal replays with it."""
    example = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Add an algo")[2]
    python, toml, shell = re.findall(r"^```\w+\n(.*?)^```$", example, flags=re.MULTILINE | re.DOTALL)[:3]
    project = tomllib.loads(toml)["project"]
    (plugins := tmp_path / "plugins").mkdir()
    ((number, value),) = project["entry-points"]["gateway.algos"].items()
    installed_as(plugins, project["name"], project["version"], python, f"{number} = {value}")
    monkeypatch.setenv("PYTHONPATH", str(plugins), prepend=os.pathsep)
    with Stack(tmp_path) as stack:
        stack.wait_for_prices()
        command = shlex.split(shell)
        assert command[:3] == ["gateway", "client", "send"]
        sent = run(*command[1:], "--port", str(stack.port), "--json")
        assert json.loads(sent.stdout)["cum_qty"] == "900", sent.stdout + sent.stderr
        stack.stop()
    assert run("replay", str(stack.data)).stdout.startswith("identical")
    (told,) = json.loads(run("audit", "orders", "--data", str(stack.data), "--json").stdout)
    assert told["strategy"] == number
