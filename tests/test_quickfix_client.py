"""A client that nobody here wrote, over real TCP: QuickFIX trades through the gateway on three venues."""

import time
from collections.abc import Iterator
from fractions import Fraction
from importlib.resources import files
from pathlib import Path

import pytest

pytest.importorskip("quickfix", reason="quickfix-ssl has no wheel for this Python")

from gateway.model import Ns, parse_px, parse_qty, print_timestamp
from gateway.model.numbers import SCALE
from gateway.record.records import SEND
from gateway.run.replay import replay
from tests.quickfix_peer import Entries, Pair, QuickFixClient, extended_dictionary
from tests.stack import Stack, fields, journaled

CLIENTS = ("FILLS", "CANCELS", "REPLACES", "RETURNS")
VENUES = ("XLON", "BATE", "CHIX")
ENDED = ("2", "4", "8", "C")  # OrdStatus(39)
# QuickFIX's FIX 4.4 ends at TargetStrategy(847) 3, though the standard leaves 1000 and more to its users.
STRATEGY = '<field number="847" name="TargetStrategy" type="INT"><value enum="1001" description="TWAP"/></field>'


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """No venue alone has enough for a slice, and each shows what it has again a moment later, at another price."""
    folder = tmp_path_factory.mktemp("stack")
    tape = folder / "tape.csv"
    rows = [
        f"{moment / 5},{venue},99.{90 - moment % 4},400,100.{11 + moment % 4 + place},400"
        for moment in range(600)
        for place, venue in enumerate(VENUES)
    ]
    tape.write_text("\n".join(rows))
    with Stack(folder, venues=VENUES, clients=CLIENTS, tape=tape) as stack:
        stack.wait_for_prices()
        yield stack
        stack.stop()
        for participant in ("data", *VENUES):
            assert replay(folder / participant) == 0


def quickfix(stack: Stack, folder: Path, sender: str) -> QuickFixClient:
    """Used again, the session of `folder` goes on."""
    house = (files("fixspecs") / "house.xml").read_text()
    dictionary = extended_dictionary(folder, house.replace("<fields>", f"<fields>{STRATEGY}", 1))
    return QuickFixClient(folder, stack.port, sender=sender, target="GATEWAY", dictionary=dictionary)


def order(cl_ord_id: str, qty: int) -> list[tuple[int, str | Entries]]:
    return [(11, cl_ord_id), (55, "ACME"), (54, "1"), (60, now()), (38, str(qty)), (40, "1"), (59, "0")]


def twap(*, seconds: int, slices: int) -> list[tuple[int, str | Entries]]:
    parameters = {"Duration": seconds, "NumSlices": slices}
    group = [[(958, name), (959, "1"), (960, str(number))] for name, number in parameters.items()]
    return [(18, "e"), (847, "1001"), (957, group)]


def now() -> str:
    return print_timestamp(Ns(time.time_ns()))


def until_ended(client: QuickFixClient) -> list[list[Pair]]:
    """An order's reports, to the last one."""
    reports: list[list[Pair]] = []
    while not reports or dict(reports[-1])[39] not in ENDED:
        reports.append(client.next("8"))
    return reports


def until_a_fill(client: QuickFixClient) -> list[list[Pair]]:
    reports: list[list[Pair]] = []
    while not reports or dict(reports[-1])[150] != "F":
        reports.append(client.next("8"))
    return reports


def unread(client: QuickFixClient) -> list[list[Pair]]:
    """What came before the client ended and was not looked at."""
    reports: list[list[Pair]] = []
    while True:
        try:
            reports.append(client.next("8", seconds=0.01))
        except AssertionError:
            return reports


def assert_sums(reports: list[list[Pair]]) -> None:
    """CumQty(14), LeavesQty(151) and AvgPx(6) of every report follow from the fills reported up to it."""
    done, paid = 0, Fraction(0)
    for report in map(dict, reports):
        if report[150] == "F":
            done += parse_qty(report[32])
            paid += Fraction(parse_qty(report[32]) * parse_px(report[31]))
        assert parse_qty(report[14]) == done
        assert parse_qty(report[151]) == (0 if report[39] in ENDED else parse_qty(report[38]) - done)
        exact = paid / done if done else Fraction(0)
        assert abs(parse_px(report[6]) - exact) <= Fraction(1, 2)  # the nearest 1e-8


def children_filled(stack: Stack, order_id: str) -> dict[str, int]:
    """What each venue's journal says it filled of a parent's children, in shares."""
    filled = dict.fromkeys(VENUES, 0)
    for venue in VENUES:
        for report in map(fields, journaled(stack.folder / venue, SEND)):
            if report[35] == "8" and report[150] == "F" and report[11].rpartition("-")[0] == order_id:
                filled[venue] += parse_qty(report[32]) // SCALE
    return filled


def test_a_twap_of_5003_shares_is_filled_over_six_slices(stack: Stack, tmp_path: Path) -> None:
    """New, partial fills, Filled; every number follows from the fills; the children on the venues add up."""
    with quickfix(stack, tmp_path, "FILLS") as client:
        client.send("D", [*order("P", 5003), *twap(seconds=3, slices=6)])
        began = time.monotonic()
        reports = until_ended(client)
        took = time.monotonic() - began
        client.nothing_more()
    told = [dict(report) for report in reports]
    assert_sums(reports)
    assert told[0][150] == told[0][39] == "0"
    assert {(report[150], report[39]) for report in told[1:-1]} == {("F", "1")}
    assert (told[-1][150], told[-1][39], told[-1][14]) == ("F", "2", "5003")
    assert took > 2.4  # the last of six slices in 3 s comes after 2.5 s
    assert len({report[17] for report in told}) == len(told)
    assert {report[11] for report in told} == {"P"}
    filled = children_filled(stack, told[0][37])
    assert sum(filled.values()) == 5003
    assert all(filled.values()), f"not all venues were used: {filled}"
    assert {report[30] for report in told[1:]} == set(VENUES)
    group = [pair for pair in reports[0] if pair[0] in (957, 958, 959, 960)]
    echo = [(958, "Duration"), (959, "1"), (960, "3"), (958, "NumSlices"), (959, "1"), (960, "6")]
    assert group == [(957, "2"), *echo]
    _assert_nothing_leaks(stack, told[0][37])


def _assert_nothing_leaks(stack: Stack, order_id: str) -> None:
    """No byte to a client is a child's id, whoever gave it: ClOrdID(11), OrderID(37) or ExecID(17)."""
    sent = list(journaled(stack.data, SEND))
    children = {fields(data)[11] for data in sent if b"\x0135=D\x01" in data}
    reported = [fields(data) for venue in VENUES for data in journaled(stack.folder / venue, SEND)]
    secrets = children | {report[tag] for report in reported if report[35] == "8" for tag in (37, 17)}
    assert len(secrets) > 12
    to_client = [data for data in sent if b"\x0156=FILLS\x01" in data]
    assert any(order_id.encode() in data for data in to_client)
    for data in to_client:
        leaked = [secret for secret in secrets if secret.encode() in data]
        assert not leaked, f"{leaked} in {data!r}"
        assert not {526, 9001, 9004} & fields(data).keys()


def test_a_cancel_midway_ends_the_order_with_what_was_filled(stack: Stack, tmp_path: Path) -> None:
    """OrderCancelRequest(F): Canceled, with the request's ClOrdID(11) and the order's OrigClOrdID(41)."""
    with quickfix(stack, tmp_path, "CANCELS") as client:
        client.send("D", [*order("P", 1000), *twap(seconds=20, slices=10)])
        reports = until_a_fill(client)
        client.send("F", [(11, "C"), (41, "P"), (55, "ACME"), (54, "1"), (60, now()), (38, "1000")])
        reports += until_ended(client)
        client.send("F", [(11, "C2"), (41, "P"), (55, "ACME"), (54, "1"), (60, now()), (38, "1000")])
        refused = dict(client.next("9"))
        client.nothing_more(0.1)
    last = dict(reports[-1])
    assert_sums(reports)
    assert (last[39], last[11], last[41], last[151]) == ("4", "C", "P", "0")
    assert 0 < parse_qty(last[14]) < 1000 * SCALE
    assert sum(children_filled(stack, last[37]).values()) == parse_qty(last[14]) // SCALE
    assert (refused[11], refused[39], refused[434], refused[102]) == ("C2", "4", "1", "0")


def test_a_replace_changes_quantity_and_schedule(stack: Stack, tmp_path: Path) -> None:
    """OrderCancelReplaceRequest(G): Replaced, and the rest is worked on the new terms."""
    with quickfix(stack, tmp_path, "REPLACES") as client:
        client.send("D", [*order("P", 1000), *twap(seconds=20, slices=10)])
        reports = until_a_fill(client)
        client.send("G", [*order("R", 1501), (41, "P"), *twap(seconds=1, slices=2)])
        rest = until_ended(client)
    replaced = next(dict(report) for report in rest if dict(report)[150] == "5")
    assert (replaced[11], replaced[41], replaced[38]) == ("R", "P", "1501")
    assert_sums([*reports, *rest])
    last = dict(rest[-1])
    assert (last[39], last[11], last[14]) == ("2", "R", "1501")
    assert sum(children_filled(stack, last[37]).values()) == 1501


def test_a_client_that_comes_back_gets_what_it_missed(stack: Stack, tmp_path: Path) -> None:
    """The order goes on without its client; the reports it missed are resent with PossDupFlag(43)."""
    with quickfix(stack, tmp_path, "RETURNS") as client:
        client.send("D", [*order("P", 800), *twap(seconds=2, slices=8)])
        reports = until_a_fill(client)
    reports += unread(client)
    time.sleep(1)
    with quickfix(stack, tmp_path, "RETURNS") as client:
        missed = until_ended(client)
        client.nothing_more(0.1)
    assert any(dict(report).get(43) == "Y" for report in missed)
    assert_sums([*reports, *missed])
    assert dict(missed[-1])[39] == "2"
    numbers = [int(dict(report)[34]) for report in [*reports, *missed]]
    assert numbers == sorted(set(numbers))
