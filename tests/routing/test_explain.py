"""`gateway explain`: an order's story, out of a journal and its audit."""

import json
import re
import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.model.routing import RoutePolicy, VenueCosts, Ways
from gateway.record.journal import Journal
from gateway.record.reading import Reading, segment_path
from tests.conftest import SETTINGS, make_world
from tests.conversation.rules import rule
from tests.conversation.world import World
from tests.test_audit import append, project
from tests.test_cli import run

BPS = 10_000
STORY = """
    client > NewOrderSingle   ClOrdID=P  OrderQty=400  TargetStrategy=TWAP  Duration=60  NumSlices=2
    client < ExecutionReport  ExecType=NEW
    BATE   < NewOrderSingle   OrderQty=200  Price=100.11
    BATE   > ExecutionReport  ExecType=TRADE  LastQty=200  LastPx=100.11
    client < ExecutionReport  ExecType=TRADE
    +30s
    BATE   < NewOrderSingle   OrderQty=100  Price=100.11
    XLON   < NewOrderSingle   OrderQty=100  Price=100.10
    BATE   > ExecutionReport  ExecType=TRADE  LastQty=100  LastPx=100.11
    client < ExecutionReport  ExecType=TRADE
    XLON   > ExecutionReport  ExecType=CANCELED
    +30s
    client < ExecutionReport  ExecType=EXPIRED
    """
BY = "by smart: each lot where a share costs least by price, fee and the expected moves on the way and after it"
TEXT = f"""\
T8EAY0-1: BUY 400 ACME, at any price, by TWAP
Asked by CLIENT as P on 2026-01-05 at 14:30:00.000 UTC: Duration 60, NumSlices 2, DAY.
When it was taken the market was 99.90 / 100.10. The window is 14:30:00.000 to 14:31:00.000.

Release 1, 14:30:00.000: 200 due by now, 0 filled; so 200 to go. Market 99.90 / 100.10, not beyond 105.105.
  Where to, {BY}; the dearest that we take is 100.11, XLON begins at 100.13003 in spite of its better price.

   venue  price   shown  fee      all in     we take
   BATE   100.11  300    0        100.11     200
   XLON   100.10  500    0.03003  100.13003  -

  T8EAY0-1-1: 200 to BATE, not beyond 100.11; all filled at 100.11, 14:30:00.000.
  Record DIGEST

Release 2, 14:30:30.000: 400 due by now, 200 filled; so 200 to go. Market 99.90 / 100.10, not beyond 105.105.
  Where to, {BY}.

   venue  price   shown  fee      all in     we take
   BATE   100.11  100    0        100.11     100
   XLON   100.10  500    0.03003  100.13003  100

  T8EAY0-1-2: 100 to BATE, not beyond 100.11; all filled at 100.11, 14:30:30.000.
  T8EAY0-1-3: 100 to XLON, not beyond 100.10; nothing, the rest came back, 14:30:30.000.
  Record DIGEST

14:31:00.000  EXPIRED P

It ended EXPIRED at 14:31:00.000: 300 of 400 filled at 100.11.
By venue: 300 on BATE.
Against the middle of 100.00 when it was taken that is 11.00 bps more, a cost, before fees.
A digest covers its batch and all before it; gateway replay checks that, and that all goes so again.
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A TWAP over two venues of which the one with the better price is dear, as journal and audit."""
    costs = {"XLON": VenueCosts(taker_fee=3 * BPS), "BATE": VenueCosts()}
    world = make_world(
        routing=RoutePolicy.SMART,
        venues=tuple(replace(venue, costs=costs[venue.name]) for venue in SETTINGS.venues),
    )
    world.converse(
        """
        XLON quotes ACME 99.90x500 100.10x500
        BATE quotes ACME 99.90x300 100.11x300
        """
    )
    world.converse(STORY)
    return kept(world, tmp_path_factory.mktemp("data"))


def kept(world: World, data: Path) -> Path:
    """Its journal and audit."""
    journal = Journal.open(data, "process")
    for item, said in zip(world.inputs, world.outputs, strict=True):
        append(journal, [item, *said])
    journal.close()
    project(data)
    return data


def told(folder: Path, name: str = "P") -> str:
    """Without rules and blanks at the ends of lines."""
    result = run("explain", name, "--data", str(folder))
    assert result.exit_code == 0, result.output
    return re.sub(r" +$|^ *\u2500.*\n", "", result.stdout, flags=re.MULTILINE)


@rule("W-4.2")
def test_the_story_of_a_parent_in_words(folder: Path) -> None:
    text = told(folder)
    assert (
        re.sub(r"Record [0-9]+ of the journal, its batch ends with digest [0-9a-f]{16}\.{4}", "Record DIGEST", text)
        == TEXT
    )
    assert told(folder, "T8EAY0-1") == told(folder, "T8EAY0-1-2") == text


@rule("W-4.2")
def test_a_release_is_told_alone_by_its_explain_id(folder: Path) -> None:
    releases = json.loads(run("explain", "T8EAY0-1-W2", "--json", "--data", str(folder)).stdout)["releases"]
    assert [release["number"] for release in releases] == [2]
    assert len(json.loads(run("explain", "T8EAY0-1", "--json", "--data", str(folder)).stdout)["releases"]) == 2
    assert run("explain", "T8EAY0-9-W2", "--data", str(folder)).exit_code == 1


@rule("W-10.2")
def test_it_tells_where_a_better_price_was_left_and_why(tmp_path: Path) -> None:
    world = make_world(ways=Ways(protect=True))
    world.converse(
        """
        XLON quotes ACME 99.90x500 100.10x500
        BATE quotes ACME 99.90x300 100.11x300
        client > NewOrderSingle   ClOrdID=P  OrderQty=200  ExDestination=BATE
        client < ExecutionReport  ExecType=NEW
        BATE   < NewOrderSingle   OrderQty=200  Price=100.11
        """
    )
    data = kept(world, tmp_path)
    assert "  Traded through XLON: 100.1, the client does not want it.\n" in told(data)
    (release,) = json.loads(run("explain", "P", "--data", str(data), "--json").stdout)["releases"]
    assert release["through"] == {"XLON": "100.1, the client does not want it"}


@rule("W-4.3")
def test_each_decision_is_tied_to_the_journal_by_the_digest_of_its_batch(folder: Path) -> None:
    result = json.loads(run("explain", "P", "--data", str(folder), "--json").stdout)
    batches = {batch.end.seq: batch for batch in Reading(folder).batches()}
    assert len(result["releases"]) == 2
    for release in result["releases"]:
        anchor = release["anchor"]
        batch = batches[anchor["batch"]]
        assert anchor["digest"] == batch.end.digest.hex() and release["record"] == anchor["seq"]
        (record,) = (record for record in batch.records if record.seq == anchor["seq"])
        assert record.payload.startswith(b"decision\n")
    first = result["releases"][0]
    assert (first["policy"], first["passed_over"]) == ("smart", {})
    assert [(one["venue"], one["all_in"], one["taken"]) for one in first["considered"]] == [
        ("BATE", "100.11", "200"),
        ("XLON", "100.13003", "0"),
    ]
    assert result["asked"] == {"Duration": "60", "NumSlices": "2"}


@rule("W-4.3")
def test_a_journal_that_was_changed_is_told_and_one_that_is_away_too(folder: Path, tmp_path: Path) -> None:
    shutil.copy(folder / "audit.db", tmp_path)
    assert "  Record 26 of the journal, which is not there or not whole." in told(tmp_path)
    segment = segment_path(folder, 1)
    changed = bytearray(segment.read_bytes())
    changed[changed.index(b'"due"') + 1] ^= 1
    segment_path(tmp_path, 1).write_bytes(changed)
    assert "which is not there or not whole." in told(tmp_path)
    segment_path(tmp_path, 2).write_bytes(b"\1")  # it goes on, so that what is before was whole once
    result = run("explain", "P", "--data", str(tmp_path))
    assert result.exit_code == 1 and "journal damaged" in result.stderr


def test_an_order_that_there_is_not_is_said_to_be_none(folder: Path) -> None:
    result = run("explain", "NONE", "--data", str(folder))
    assert (result.exit_code, result.stderr) == (1, "no order has the OrderID(37) or ClOrdID(11) NONE\n")
