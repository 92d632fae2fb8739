"""`gateway tape`: what it says of a tape, what it makes of it, what it draws."""

import gzip
import io
import json
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from gateway.model import SECOND, Ns
from gateway.run.cli import app
from gateway.run.tape_view import FRAMES_S, LONGEST_S, frames, play
from gateway.run.tapes import open_tape
from tests.tapes import MBO, best, here
from venues.tapes.kinds import Written
from venues.tapes.reading import Tape
from venues.tapes.recorded import RecordedBook
from venues.tapes.rows import QuoteRow, TradeRow
from venues.tapes.summary import MAX_MARKETS, Summarizer
from venues.tapes.writing import print_instant, write

QUOTES = ["1,XLON,9.99,100,10.01,300", "2,XLON,9.98,100,10.02,200", "4,XLON,9.98,100,10.01,200", "5,,,,10.01,200"]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["tape", *arguments])


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    path = tmp_path / "day.csv"
    path.write_text("\n".join(QUOTES))
    return path


def test_a_summary_weighs_the_spread_by_the_time_it_stood(tape: Path) -> None:
    """0.02 for a second, 0.04 for two: 0.0333; the last one stood for no time that is known."""
    result = run("info", str(tape), "--symbol", "ACME", "--json")
    found = json.loads(result.output)
    assert (result.exit_code, found["format"], found["rows"], found["first"]) == (0, "quotes", 4, "1.000000000")
    market, other = found["markets"]
    assert market["spread"] == {"least": "0.02", "median": "0.03", "mean": "0.0333", "most": "0.04"}
    assert (market["bid_size"], market["ask_size"], market["rows"]) == ("100", "200", {"quotes": 3})
    assert (other["venue"], other["spread"]) == ("", None)


def test_bad_lines_are_told_and_are_its_exit_status(tape: Path) -> None:
    tape.write_text("\n".join([*QUOTES, "6,XLON,\x1b[2J,1,2,1"]))
    result = run("info", str(tape))
    assert result.exit_code == 1
    assert (
        "1 lines are no rows" in result.output and "day.csv, line 5" in result.output and "\x1b[2J" not in result.output
    )


def test_of_more_markets_than_are_kept_the_rows_are_counted() -> None:
    tape = Tape([f"1,XLON,1,1,2,1,S{number}" for number in range(MAX_MARKETS + 7)])
    found = Summarizer()
    for row in tape:
        found.take(row)
    summary = found.summary(tape)
    assert (len(summary.markets), summary.others, summary.rows) == (MAX_MARKETS, 7, MAX_MARKETS + 7)


def test_a_file_that_cannot_be_read_is_an_error_in_one_line(tape: Path) -> None:
    absent = tape.with_name("absent.csv")
    for command in (["info", str(absent)], ["play", str(absent)], ["convert", str(absent), str(tape) + ".gz"]):
        result = run(*command)
        assert (result.exit_code, result.output) == (2, f"{absent}: No such file or directory\n")


def test_a_tape_is_never_overwritten_and_never_half_written(tape: Path) -> None:
    assert run("convert", str(tape), str(tape)).output == f"{tape}: it exists, and is not overwritten\n"
    tape.write_text("\n".join([*QUOTES, "x"]))
    out = tape.with_name("out.csv")
    assert run("convert", str(tape), str(out), "--symbol", "A").exit_code == 1 and not out.exists()
    result = run("convert", str(tape), str(out), "--symbol", "A", "--skip-bad-rows")
    assert result.output == f"4 quotes in {out}, 1 lines passed over\n"


def test_what_was_written_as_quotes_reads_as_the_same_quotes() -> None:
    """One of each instant at most, to the nanosecond, and only what changed."""
    lines = ["1.000000001,,9,1,10,1,A", "1.000000001,,9,2,10,1,A", "2,,9,2,10,1,A", "3,V,8,1,,,A", "4,,9,2,11,1,A"]
    written = list(write(Tape(lines), Written.QUOTES))
    assert [line.rstrip() for line in written] == [
        "time,venue,bid,bid size,ask,ask size,symbol",
        "1.000000001,,9,2,10,1,A",
        "3.000000000,V,8,1,,,A",
        "4.000000000,,9,2,11,1,A",
    ]
    again = list(write(Tape(written), Written.QUOTES))
    assert again == written
    at = Ns(1_752_759_000 * SECOND + 7)
    (row,) = Tape([f"{print_instant(at)},,9,1,10,1,A"])
    assert row.at == at


def test_trades_are_written_as_trades(tmp_path: Path) -> None:
    source, out = tmp_path / "t.csv", tmp_path / "out.csv.gz"
    source.write_text("time_ms,price,qty,side\n1500,10.5,3,B\n2500,10.4,2,\n")
    assert run("convert", str(source), str(out), "--to", "trades", "--symbol", "ACME").exit_code == 0
    before, after = (list(open_tape(path, symbol="ACME")) for path in (source, out))
    assert before == after and all(isinstance(row, TradeRow) for row in after)
    with gzip.open(out, "rt") as file:
        assert file.readline() == "time,venue,price,size,side,symbol\n"


@here
def test_the_quotes_of_an_mbo_day_are_the_best_of_its_book(tmp_path: Path) -> None:
    out = tmp_path / "quotes.csv"
    assert run("convert", str(MBO), str(out)).exit_code == 0
    quotes = {row.at: row for row in open_tape(out) if isinstance(row, QuoteRow)}
    book = RecordedBook()
    tops = {}
    for row in open_tape(MBO):
        if not isinstance(row, TradeRow):
            book.apply(row)
            tops[row.at] = best(book)
    for at, quote in quotes.items():
        bid, ask = tops[at]
        assert (bid.size if bid else 0, ask.size if ask else 0) == (quote.bid_size, quote.ask_size)
        assert (bid is None or bid.price == quote.bid) and (ask is None or ask.price == quote.ask)
    assert len(quotes) > 500


# -- play


def test_without_a_terminal_each_picture_is_a_line(tape: Path) -> None:
    result = run("play", str(tape), "--symbol", "ACME", "--speed", "0", "--limit", "3")
    assert result.output.splitlines() == [
        "1.000000000 ACME 100 9.99 x 300 10.01",
        "2.000000000 ACME 100 9.98 x 200 10.02",
        "4.000000000 ACME 100 9.98 x 200 10.01",
    ]


def test_pictures_come_at_the_tapes_pace_and_not_more_than_a_screen_can_show() -> None:
    """1,000 rows in ten seconds of the tape are at most 10 pictures a second at its own speed, 5 s long at twice that."""
    lines = [f"{number / 100:.2f},,9,{1 + number % 7},10,1,A" for number in range(1001)]
    assert len(list(frames(Tape(lines), None, speed=1, depth=5, most=None))) <= 10 * FRAMES_S + 1
    now, drawn = [100.0], io.StringIO()

    def sleep(seconds: float) -> None:
        now[0] += seconds

    console = Console(file=drawn, force_terminal=True, width=100)
    shown = frames(Tape(lines), None, speed=2, depth=5, most=None)
    play(shown, console, speed=2, clock=lambda: now[0], sleep=sleep)
    assert now[0] - 100 == pytest.approx(5, abs=0.2)
    assert "10.000000000" in drawn.getvalue() and "█" in drawn.getvalue()


def test_a_night_on_the_tape_is_not_waited_for() -> None:
    lines = ["1,,9,1,10,1,A", "2,,9,2,10,1,A", "90000,,9,3,10,1,A", "90001,,9,4,10,1,A"]
    slept: list[float] = []
    now = [0.0]

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    console = Console(file=io.StringIO(), force_terminal=True)
    play(frames(Tape(lines), "A", speed=1, depth=1, most=None), console, speed=1, clock=lambda: now[0], sleep=sleep)
    assert slept == [1.0, LONGEST_S, 1.0]
