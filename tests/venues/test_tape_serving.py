"""`gateway venue serve --tape` as a user runs it: what it takes, what it refuses, what it keeps."""

import subprocess
import sys
from pathlib import Path

import pytest

from gateway.model import SCALE, Px
from gateway.run import venue
from gateway.run.replay import replay
from gateway.run.tapes import Kept
from venues.tapes.showing import FillModel, Showing

QUOTES = "1,,9.99,100,10.01,100\n2,,9.98,100,10.02,100\n"
THROUGH = Showing(fill_model=FillModel.THROUGH)


def serve(folder: Path, *options: str) -> str:
    """Start the venue of `folder` and let it end at once; what it said on stderr."""
    arguments = ("XLON", "--symbol", "ACME=10", "--data", str(folder / "data"), "--until-eof", *options)
    command = [sys.executable, "-m", "gateway.run.cli", "venue", "serve", *arguments]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr


def refused(folder: Path, tape: Path, showing: Showing) -> bool:
    symbols = {"ACME": Px(10 * SCALE)}
    return venue.serve("XLON", port=0, symbols=symbols, tape=Kept(tape, showing), data=folder / "data") == 2


def test_a_venue_that_has_shown_a_tape_shows_no_other_and_no_other_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was shown, and how, belongs to the journal. Without --tape it goes on with the one it has."""
    tape = tmp_path / "day.csv"
    tape.write_text(QUOTES)
    serve(tmp_path, "--tape", str(tape), "--fill-model", "through")
    assert refused(tmp_path, tape, Showing())
    tape.write_text(QUOTES.replace("9.98", "9.97"))
    assert refused(tmp_path, tape, THROUGH)
    assert capsys.readouterr().err.count("has traded on another tape, on none, or has shown it otherwise") == 2
    serve(tmp_path)
    assert replay(tmp_path / "data") == 0


def test_lines_that_are_no_rows_end_it_or_are_passed_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tape = tmp_path / "day.csv"
    tape.write_text(QUOTES + "3,,x,1,10,1\n")
    assert refused(tmp_path, tape, THROUGH) and not (tmp_path / "data").exists()
    assert "day.csv, line 3: 'x' is not a number" in capsys.readouterr().err
    assert "1 lines of the tape are passed over" in serve(tmp_path, "--tape", str(tape), "--skip-bad-rows")
    assert replay(tmp_path / "data") == 0
