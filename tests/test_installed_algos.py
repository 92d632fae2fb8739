"""Algos of other packages: installed beside the gateway, found by their entry point, traded like ours."""

import os
import time
from pathlib import Path

import pytest

from algos import ALGOS
from gateway.run.algos import AlgoError, installed
from tests.stack import PATIENCE_S, Stack, run
from tests.tape_client import TapeClient

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
    (folder / "thirds.py").write_text(_THIRDS)
    about = folder / "thirds-1.2.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: thirds\nVersion: 1.2\n")
    (about / "entry_points.txt").write_text(f"[gateway.algos]\n{number} = {value}\n")
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


def test_an_algo_of_another_package_trades(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a FIX client, on venues, with its own parameter; the journal replays with it."""
    (plugins := tmp_path / "plugins").mkdir()
    monkeypatch.setenv("PYTHONPATH", str(package(plugins)), prepend=os.pathsep)
    with Stack(tmp_path) as stack:
        stack.wait_for_prices()
        client = TapeClient()
        client.connect(stack.port)
        order = "11=a|55=ACME|54=1|60=20260105-14:30:00|38=300|40=1|847=2001"
        client.send("D", f"{order}|957=2|958=PauseSec|959=1|960=1|958=Duration|959=1|960=30|")
        end = time.monotonic() + PATIENCE_S
        while not any(message.get(39) in {"2", "4", "8", "C"} for message in client.messages):
            assert time.monotonic() < end, "the order did not end"
            client.work(0.1)
        fills = [message for message in client.messages if message.get(150) == "F"]
        assert [(fill.get(14), fill.get(847)) for fill in fills[:1] + fills[-1:]] == [("100", "2001"), ("300", "2001")]
        client.log_out()
        stack.stop()
    assert run("replay", str(stack.data)).stdout.startswith("identical")
