"""The kill switch of a gateway that runs, on real sockets."""

from pathlib import Path

from tests.kill import kill


def test_what_is_live_is_canceled_and_nothing_new_leaves(tmp_path: Path) -> None:
    """R-8.1 (I19): by the venues' tapes; `python -m tests.kill` does it with 2,000, against the clock."""
    outcome = kill(tmp_path, children=1000)
    assert outcome.faults == []
