"""`pytest -m conformance` as the README has it."""

import subprocess
import sys
from pathlib import Path

from tests.order_states import PARENT_AND_CHILD, SCENARIOS

ROOT = Path(__file__).resolve().parents[1]
BROKEN = """
from tests.order_states.test_f_duplicates import *

def test_G_1_b_that_fails():
    assert False

def test_that_tells_no_scenario():
    assert False
"""


def test_each_scenario_gets_its_verdict(tmp_path: Path) -> None:
    """Its id, its title, and whether its conversation passed; nothing else is run."""
    (tmp_path / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text())
    (tmp_path / "test_some.py").write_text(BROKEN)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-m", "conformance", "-p", "no:cacheprovider", "-c", "pyproject.toml", tmp_path],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    said = ran.stdout.partition("= conformance =")[2]
    verdicts = {line.split()[0]: " ".join(line.split()[1:]) for line in said.splitlines()[1:63]}
    assert list(verdicts) == [*SCENARIOS, *PARENT_AND_CHILD], ran.stdout + ran.stderr
    assert verdicts["F.1.a"] == "Order rejected for a duplicate ClOrdID passed"
    assert verdicts["G.1.b"] == "CMS: nothing done FAILED"
    assert verdicts["P1"].endswith("NOT RUN")
    assert "that_tells_no_scenario" not in ran.stdout
    assert ran.returncode == 1
