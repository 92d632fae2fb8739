"""`gateway log replay` against a running gateway: every request of the log is answered, and differences are said."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.stack import Stack, run

LOG = Path(__file__).parents[2] / "shared" / "data" / "fixlogs" / "kodbon_fix42_messages.log"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    clients, symbols = ("BON", "SMALL"), ("ACME=100", "DEMO=100")
    with Stack(tmp_path_factory.mktemp("stack"), clients=clients, symbols=symbols, durability="disk") as stack:
        stack.wait_for_prices()
        yield stack


def replay(log: Path, stack: Stack, sender: str) -> dict[str, Any]:
    played = run("log", "replay", str(log), "--to", f"127.0.0.1:{stack.port}", "--sender", sender, "--json")
    assert played.returncode == 0, played.stdout + played.stderr
    summary: dict[str, Any] = json.loads(played.stdout)
    return summary


@pytest.mark.skipif(not LOG.exists(), reason="../shared/data/fixlogs is not here")
def test_a_real_fix_42_session_replays_into_the_gateway(stack: Stack, tmp_path: Path) -> None:
    """602 limit orders far from the market and their 602 cancels, as FIX 4.4: all are answered, as they were then.

    They are moved from 1 % to 5 % from the opening price, farther than a day goes.
    """
    log = tmp_path / "far.log"
    log.write_bytes(LOG.read_bytes().replace(b"44=99.0", b"44=95.0").replace(b"44=101.0", b"44=105.0"))
    summary = replay(log, stack, "BON")
    assert (summary["requests"], summary["answered"], summary["same"]) == (1204, 1204, 1204)
    assert (summary["stopped"], summary["differing"], summary["passed_over"]) == (None, [], {})
    differences = {difference["what"]: difference["count"] for difference in summary["fields"]}
    # FIX 4.4 has no ExecTransType(20), and LastQty(32) and LastPx(31) in fills only.
    for answer in ("New", "Canceled"):
        assert (
            differences.pop(f"ExecTransType(20) of {answer}: only in the log, which FIX 4.4 does not have there") == 602
        )
        for field in ("LastQty(32)", "LastPx(31)", "SecurityIDSource(22)"):
            assert differences.pop(f"{field} of {answer}: only in the log") == 602
    assert not differences


def test_a_log_of_our_own_replays_and_its_differences_are_said(stack: Stack, tmp_path: Path) -> None:
    """An order that rests and is canceled as in the log, and one that the log's venue took and we refuse."""
    requests = [
        "35=D 34=2 49=US 56=THEM 52=20240101-10:00:00 11=A 21=1 38=10 40=2 44=95.0 54=1 55=DEMO 60=x",
        "35=8 34=2 49=THEM 56=US 52=20240101-10:00:00 37=1 17=1 20=0 150=0 39=0 11=A 38=10 54=1 55=DEMO 14=0 151=10 6=0",
        "35=F 34=3 49=US 56=THEM 52=20240101-10:00:01 11=B 41=A 38=10 54=1 55=DEMO 60=x",
        "35=8 34=3 49=THEM 56=US 52=20240101-10:00:01 37=1 17=2 20=0 150=4 39=4 11=B 41=A 38=10 54=1 55=DEMO 14=0 151=0 6=0",
        "35=D 34=4 49=US 56=THEM 52=20240101-10:00:02 11=C 21=1 38=10 40=2 44=95.0 54=1 55=OTHER 60=x",
        "35=8 34=4 49=THEM 56=US 52=20240101-10:00:02 37=2 17=3 20=0 150=0 39=0 11=C 38=10 54=1 55=OTHER 14=0 151=10 6=0",
    ]
    log = tmp_path / "small.log"
    log.write_text("\n".join(f"8=FIX.4.2|9=0|{request.replace(' ', '|')}|10=000|" for request in requests))
    summary = replay(log, stack, "SMALL")
    assert (summary["requests"], summary["answered"], summary["same"]) == (3, 3, 2)
    example = "C: RISK.SYMBOL Symbol(55) OTHER is not traded here"
    assert summary["differing"] == [
        {"what": "NewOrderSingle: log: New; here: Rejected", "count": 1, "example": example}
    ]
