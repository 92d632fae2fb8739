"""The audit knows what every account holds, by the last word on each position; and drop copies change nothing."""

import json
from pathlib import Path

import msgspec
import pytest
from msgspec import Struct
from msgspec.json import encode
from typer.testing import CliRunner

from gateway.model import SCALE, Note, Ns, Px, Qty, Send, Side, parse_px, parse_qty
from gateway.model.positions import Accounting
from gateway.model.ratio import Ratio
from gateway.oms.allocations import AllocationNote, PartNote
from gateway.oms.positions import Positions
from gateway.record.queries import Audit
from gateway.run.cli import app
from tests.test_audit import CLIENT, DAY, START, ask, content, fix, note, project, written


class Journaled:
    """Positions whose notes a journal gets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.positions = Positions(self)
        self.positions.configure({"HEDGED": Accounting(mode="hedging")})
        self.notes: list[Note] = []
        self.count = 0

    def note(self, kind: str, fact: Struct) -> None:
        self.notes.append(Note(kind, encode(fact)))

    def fill(self, account: str, side: Side, qty: str, price: str, venue: str = "XLON", *, fee: int = 0) -> None:
        self.count += 1
        self.positions.fill(account, "IBM", venue, side, qty=parse_qty(qty), price=parse_px(price),
                            exec_id=str(self.count), order_id=f"O{self.count}", fee=fee)  # fmt: skip

    def project(self) -> None:
        written(self.folder, [[*START, *self.notes]])
        project(self.folder)
        self.notes.clear()


@pytest.fixture
def journaled(tmp_path: Path) -> Journaled:
    return Journaled(tmp_path)


def told(folder: Path, *options: str) -> list[tuple[str | None, ...]]:
    result = CliRunner().invoke(app, ["audit", "positions", "--data", str(folder), "--json", *options])
    assert result.exit_code == 0, result.output
    names = ("account", "position_id", "venue", "qty", "avg_px", "realised", "net", "unrealised", "fees")
    return [tuple(position[name] for name in names) for position in json.loads(result.stdout)]


def test_a_position_is_told_as_it_is_now(journaled: Journaled) -> None:
    """Numbers are exact; what is not yet realised is valued at the account's last fill."""
    journaled.fill("A", Side.BUY, "100", "10", fee=SCALE)
    journaled.fill("A", Side.SELL, "30", "12", "XPAR")
    journaled.project()
    assert told(journaled.folder) == [("A", "", "", "70", "10", "60", "59", "140", "1")]
    assert told(journaled.folder, "--venues") == [
        ("A", "", "", "70", "10", "60", "59", "140", "1"),
        ("A", "", "XLON", "100", "10", "0", "-1", "0", "1"),
        ("A", "", "XPAR", "-30", "12", "0", "0", "0", "0"),
    ]
    journaled.positions.bust("A", "IBM", "XPAR", "2")
    journaled.project()
    assert told(journaled.folder) == [("A", "", "", "100", "10", "0", "-1", "200", "1")]


def test_a_split_is_told_at_every_venue(journaled: Journaled) -> None:
    """Also of a position that is flat in all; what it cost and what was realised stay."""
    journaled.fill("A", Side.BUY, "100", "10")
    journaled.fill("A", Side.SELL, "100", "12", "XPAR")
    journaled.fill("B", Side.BUY, "100", "12")
    journaled.positions.split("IBM", Ratio(2, 1))
    journaled.positions.split("ACME", Ratio(2, 1))
    journaled.project()
    assert told(journaled.folder, "--venues") == [
        ("A", "", "", "0", None, "200", "200", "0", "0"),
        ("A", "", "XLON", "200", "5", "0", "0", "200", "0"),
        ("A", "", "XPAR", "-200", "6", "0", "0", "0", "0"),
        ("B", "", "", "200", "6", "0", "0", "0", "0"),
        ("B", "", "XLON", "200", "6", "0", "0", "0", "0"),
    ]


def test_positions_are_chosen_by_account_symbol_and_whether_they_are_open(journaled: Journaled) -> None:
    journaled.fill("", Side.SELL, "3", "7")
    journaled.fill("HEDGED", Side.BUY, "1", "10")
    journaled.fill("HEDGED", Side.SELL, "2", "11")
    journaled.positions.fill("HEDGED", "IBM", "XLON", Side.SELL, qty=Qty(SCALE), price=Px(0), exec_id="9",
                             order_id="O9", position_id="O2")  # fmt: skip
    journaled.project()
    flat = ("HEDGED", "O2", "", "0", None, "-10", "-10", "0", "0")
    short = ("HEDGED", "O3", "", "-2", "11", "0", "0", "0", "0")
    assert told(journaled.folder, "--account", "HEDGED") == [flat, short]
    assert told(journaled.folder, "--account", "HEDGED", "--open") == [short]
    assert told(journaled.folder, "--account", "") == [("", "", "", "-3", "7", "0", "0", "0", "0")]
    assert told(journaled.folder, "--limit", "1") == [short]
    assert told(journaled.folder, "--symbol", "ACME") == []
    assert ask(journaled.folder, "SELECT account, position_id, qty, realised FROM open_positions ORDER BY 1") == [
        ("", "", -3.0, 0.0), ("HEDGED", "O3", -2.0, 0.0),
    ]  # fmt: skip


def test_positions_are_printed_for_people(journaled: Journaled) -> None:
    journaled.fill("", Side.BUY, "3", "7.25")
    journaled.project()
    printed = CliRunner().invoke(app, ["audit", "positions", "--data", str(journaled.folder)]).stdout
    assert printed.strip().split("\n")[-1].split() == [
        "-", "IBM", "all", "3", "at", "7.25", "0", "0", "0", "0", "7.25", "2023-11-14", "22:13:20.000",
    ]  # fmt: skip


def test_a_position_too_large_for_a_column_is_kept_without_its_number(journaled: Journaled) -> None:
    """SQLite's integers end at 2**63; the journal has the whole number."""
    journaled.fill("A", Side.BUY, "99999999999", "3")
    journaled.project()
    with Audit(journaled.folder / "audit.db") as audit:
        (position,) = audit.positions(open_only=True)
    assert (position.qty, position.avg_px, position.last_px) == (None, "3", "3")


def test_the_table_is_the_same_in_whatever_pieces_the_journal_is_read(tmp_path: Path) -> None:
    """The last note of a position counts, and a position keeps its row."""
    pieces, whole = Journaled(tmp_path / "pieces"), Journaled(tmp_path / "whole")
    for number in range(6):
        for journaled in (pieces, whole):
            journaled.fill("AB"[number % 2], Side.BUY, "1", str(number), ("XLON", "XPAR")[number % 3 == 0])
        written(pieces.folder, [[*(START if number == 0 else ()), *pieces.notes]])
        project(pieces.folder)
        pieces.notes.clear()
    whole.project()
    assert content(pieces.folder)["positions"] == content(whole.folder)["positions"]


def test_a_part_of_a_block_is_told_as_it_stands(tmp_path: Path) -> None:
    """A row for each account, by the last word on the allocation. Amounts are exact, unlike quantity times price."""
    booked = AllocationNote(
        allocation="G-A1", client="CLIENT", alloc_id="J1", status="booked", by="", account="BLOCK", orders=["G-1", "G-2"],
        symbol="IBM", side="2", qty=parse_qty("3"), avg_px=parse_px("10.33333333"), booked_at=Ns(1_700_000_000 * 10**9),
        parts=[
            PartNote("A", parse_qty("2"), int(parse_px("20.66666667")) * SCALE, 7),
            PartNote("B", parse_qty("1"), 10**40, 0),
        ],
    )  # fmt: skip
    canceled = msgspec.structs.replace(booked, status="canceled", by="J2")
    written(tmp_path, [[*START, Note("allocation", encode(booked))]])
    project(tmp_path)
    assert told_allocations(tmp_path) == [
        ("J1", "BLOCK", "A", "2", "20.66666667", "0.00000007", "booked", ""),
        ("J1", "BLOCK", "B", "1", None, "0", "booked", ""),
    ]
    written(tmp_path, [[Note("allocation", encode(canceled))]])
    project(tmp_path)
    assert [part[-2:] for part in told_allocations(tmp_path, "--account", "BLOCK")] == [("canceled", "J2")] * 2
    assert [part[2] for part in told_allocations(tmp_path, "--account", "B")] == ["B"]
    printed = CliRunner().invoke(app, ["audit", "allocations", "--data", str(tmp_path), "--account", "A"]).stdout
    assert printed.strip().split("\n")[-1].split() == [
        "CLIENT", "J1", "BLOCK", "A", "SELL", "IBM", "2", "at", "10.33333333", "20.66666667", "0.00000007", "canceled",
        "J2", "2023-11-14", "22:13:20.000",
    ]  # fmt: skip


def told_allocations(folder: Path, *options: str) -> list[tuple[str | None, ...]]:
    result = CliRunner().invoke(app, ["audit", "allocations", "--data", str(folder), "--json", *options])
    assert result.exit_code == 0, result.output
    names = ("alloc_id", "block", "account", "qty", "amount", "fees", "status", "by")
    return [tuple(part[name] for name in names) for part in json.loads(result.stdout)]


def test_a_drop_copy_is_logged_and_counts_not_at_all(tmp_path: Path) -> None:
    """CopyMsgIndicator(797)=Y: the client was told the same."""
    report = "35=8|34=2|49=GATEWAY|56=COPY|37=G-1|17=E4|150=4|39=4|11=P4|55=IBM|54=1|151=0|14=100|6=100.2|797=Y"
    written(tmp_path, DAY)
    project(tmp_path)
    before = content(tmp_path)
    written(tmp_path, [[note("kept", session="COPY", data=fix(report).decode("latin-1")), Send(CLIENT, fix(report))]])
    project(tmp_path)
    after = content(tmp_path)
    assert {table for table in after if after[table] != before[table]} <= {"messages", "sessions", "position"}
    assert len(after["messages"]) == len(before["messages"]) + 2
