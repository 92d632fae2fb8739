"""A gateway that is killed while it trades."""

from pathlib import Path

from tests.crash import crash


def test_ten_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    """S1, S8, S11: client tape, venue tapes and audit agree, numbers are right, and algos resume their schedules."""
    outcome = crash(tmp_path, cycles=10, seed=7)
    assert outcome.faults == []
    assert outcome.orders >= 10 and outcome.fills > 0 and outcome.resumed > 0
