"""`python -m tests.crash [--cycles 100] [--seed 1]`: kill -9 of a trading gateway at random moments, again and again.

Afterwards the tapes are held against each other: what the client was told, what the venues did, what the audit says.
None of it asks the gateway's own memory.
"""

import argparse
import fcntl
import random
import sqlite3
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from rich.progress import track

from gateway.model import SECOND, Ns, parse_timestamp, print_scaled, print_timestamp
from gateway.record.projector import database_path, follow
from gateway.record.reading import Reading
from gateway.record.records import SEND
from tests.stack import PATIENCE_S, Stack, run
from tests.tape_client import TapeClient

SLICES, DURATION_S = 8, 4
WAYS = (  # TargetStrategy(847), and what is said beside the window and the slices
    ("1001", ""),
    ("1001", ";RandomizeSize=0.5;RandomizeTime=0.5"),
    ("1001", ";Urgency=AGGRESSIVE;CompleteByEnd=Y"),
    ("1", ""),
    ("1003", ";RiskAversion=0.1"),
    ("1006", ";CompleteByEnd=Y"),
    ("1010", ";StaggerMs=500"),
)
SETTLE_S = 30.0
RECONNECT_S = 0.5  # until the venues are back and show prices


def fields_of(data: bytes) -> dict[str, str]:
    """The first value of each tag."""
    fields: dict[str, str] = {}
    for part in data.decode("latin-1").split("\x01")[:-1]:
        tag, _, value = part.partition("=")
        fields.setdefault(tag, value)
    return fields


@dataclass
class Outcome:
    cycles: int
    orders: int = 0
    fills: int = 0
    expired: int = 0  # parents whose last slice fell due while the gateway was down
    resumed: int = 0  # parents that released slices before and after a crash
    faults: list[str] = field(default_factory=list)


def crash(folder: Path, *, cycles: int, seed: int, progress: bool = False) -> Outcome:
    """Run it; `faults` of the outcome says what was wrong."""
    dice = random.Random(seed)
    outcome = Outcome(cycles)
    downs: list[tuple[float, float]] = []  # when the gateway was killed, and when it could trade again
    with Stack(folder) as stack:
        client = TapeClient()
        client.connect(stack.port)
        _wait_for_prices(client, stack)
        for _ in track(range(cycles), "kill -9", disable=not progress):
            for _order in range(dice.randint(1, 4)):
                outcome.orders += 1
                _send(client, outcome.orders, dice)
                client.work(dice.random() * 0.05)
            client.work(dice.random() * 0.4)
            assert stack.gateway is not None
            killed = time.time()
            stack.gateway.kill()
            client.work(0.05)
            stack.start_gateway()
            client.connect(stack.port)
            downs.append((killed, time.time() + RECONNECT_S))
        _settle(client, outcome.orders)
        client.log_out()
        stack.stop()
    client_view = _client_view(client, downs, outcome)
    venue_view = _venue_view(folder, stack.venues)
    _compare(client_view, venue_view, outcome)
    _complete_audit(folder / "data")
    _check_audit(database_path(folder / "data"), client_view, outcome)
    _check_sequence(client, outcome)
    _count_resumed(folder, downs, outcome)
    for journal in (folder / "data", *(folder / venue for venue in stack.venues)):
        replayed = run("replay", str(journal), timeout_s=120)
        if replayed.returncode:
            outcome.faults.append(f"replay of {journal.name}: {replayed.stdout}{replayed.stderr}")
    return outcome


def _wait_for_prices(client: TapeClient, stack: Stack) -> None:
    """Until an order is taken: before the venues show prices the gateway refuses."""
    end = time.monotonic() + PATIENCE_S
    for attempt in range(10_000):
        assert time.monotonic() < end, "no prices: " + "\n".join(stack.gateway.said if stack.gateway else [])
        now = print_timestamp(Ns(time.time_ns()))
        client.send("D", f"11=W{attempt}|55=ACME|54=1|60={now}|38=1|40=1|59=3|")
        client.work(0.1)
        if any(message.get(150) == "F" for message in client.messages):
            return


def _send(client: TapeClient, number: int, dice: random.Random) -> None:
    now = print_timestamp(Ns(time.time_ns()))
    side, qty = dice.choice("12"), dice.randint(SLICES, 400)
    order = f"11=P{number}|55=ACME|54={side}|60={now}|38={qty}|40=1|59=0|"
    if dice.random() < 0.8:
        algo, more = dice.choice(WAYS)
        order += f"18=e|847={algo}|848=Duration={DURATION_S};NumSlices={SLICES}{more}|"
    client.send("D", order)


def _settle(client: TapeClient, orders: int) -> None:
    """Until every order has ended, or time is up; what has not ended shows in the comparison."""
    end = time.monotonic() + SETTLE_S
    while time.monotonic() < end:
        ended = {m.get(11) for m in client.messages if m.msg_type == "8" and m.get(39) in ("2", "4", "8", "C")}
        if sum(1 for cl_ord_id in ended if cl_ord_id and cl_ord_id.startswith("P")) == orders:
            return
        client.work(0.1)


_Fills = dict[str, Counter[tuple[str, str]]]  # OrderID of the parent -> (LastQty, LastPx) -> how often


def _client_view(client: TapeClient, downs: list[tuple[float, float]], outcome: Outcome) -> _Fills:
    fills: _Fills = defaultdict(Counter)
    exec_ids: set[str] = set()
    cum: dict[str, float] = defaultdict(float)
    last: dict[str, dict[str, str]] = {}
    for message in client.messages:
        report = fields_of(message.raw)
        if report["35"] != "8":
            continue
        if report["17"] in exec_ids:
            outcome.faults.append(f"the client was told ExecID(17) {report['17']} twice")
        exec_ids.add(report["17"])
        order_id = report["37"]
        if float(report["14"]) < cum[order_id]:
            outcome.faults.append(f"CumQty(14) of {order_id} fell to {report['14']}")
        cum[order_id] = float(report["14"])
        last[order_id] = report
        if report["150"] == "F":
            outcome.fills += 1
            fills[order_id][report["32"], report["31"]] += 1
    for order_id, report in last.items():
        told = sum(float(qty) * count for (qty, _), count in fills[order_id].items())
        if told != float(report["14"]):
            outcome.faults.append(f"the fills of {order_id} add up to {told}, CumQty(14) is {report['14']}")
        if report["39"] == "C" and _was_down_at_the_end(report, downs):
            outcome.expired += 1
        elif report["39"] != "2" and report["11"].startswith("P"):
            outcome.faults.append(f"{report['11']} ended with OrdStatus(39) {report['39']}: {report.get('58', '')}")
    answered = {report["11"] for report in last.values()}
    for number in range(1, outcome.orders + 1):
        if f"P{number}" not in answered:
            outcome.faults.append(f"P{number} was never answered")
    return fills


def _was_down_at_the_end(expired: dict[str, str], downs: list[tuple[float, float]]) -> bool:
    """Whether the gateway was down within the last slice of the order's schedule."""
    end = parse_timestamp(expired["60"]) / SECOND
    return any(killed < end and back > end - 1.5 * DURATION_S / SLICES for killed, back in downs)


def _venue_view(folder: Path, venues: Iterable[str]) -> _Fills:
    """What the venues' own journals say they reported, each (venue, ExecID) once."""
    fills: _Fills = defaultdict(Counter)
    for venue in venues:
        seen: set[str] = set()
        for record in Reading(folder / venue):
            if record.kind != SEND:
                continue
            report = fields_of(record.payload)
            if report.get("35") == "8" and report.get("150") == "F" and report["17"] not in seen:
                seen.add(report["17"])
                fills[report["11"].rpartition("-")[0]][report["32"], report["31"]] += 1
    return fills


def _compare(client: _Fills, venues: _Fills, outcome: Outcome) -> None:
    for order_id in sorted(client.keys() | venues.keys()):
        if +client[order_id] != +venues[order_id]:
            told, done = client[order_id], venues[order_id]
            outcome.faults.append(f"{order_id}: lost {dict(done - told)}, invented {dict(told - done)}")


def _complete_audit(data: Path) -> None:
    """What a next start would do, had a busy machine not let the projectors come to the journal's end."""
    with (data / "audit.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # those of killed gateways may be at work still
        follow(data, ended=lambda: True)


def _check_audit(path: Path, client: _Fills, outcome: Outcome) -> None:
    audit = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    booked: _Fills = defaultdict(Counter)
    trades = "SELECT order_id, last_qty, last_px FROM reports WHERE role = 'parent' AND exec_type = 'F'"
    for order_id, qty, price in audit.execute(trades):
        booked[order_id][print_scaled(qty), print_scaled(price)] += 1
    audit.close()
    for order_id in client.keys() | booked.keys():
        if +client[order_id] != +booked[order_id]:
            outcome.faults.append(f"{order_id}: the audit has other fills than the client was told")


def _check_sequence(client: TapeClient, outcome: Outcome) -> None:
    """No number was sent with two contents, and none is missing."""
    contents: dict[int, str] = {}
    for data in client.tape:
        message = fields_of(data)
        if message["35"] in "012345A" or "43" in message:
            continue
        content = data.decode("latin-1").partition("\x0152=")[2].partition("\x01")[2][:-7]
        if contents.setdefault(int(message["34"]), content) != content:
            outcome.faults.append(f"MsgSeqNum(34) {message['34']} was sent with two contents")


def _count_resumed(folder: Path, downs: list[tuple[float, float]], outcome: Outcome) -> None:
    releases: dict[str, list[int]] = defaultdict(list)
    for record in Reading(folder / "data"):
        if record.kind == SEND and b"\x0135=D\x01" in record.payload:
            order = fields_of(record.payload)
            releases[order["9001"]].append(record.at)
    for instants in releases.values():
        runs = {sum(1 for killed, _ in downs if killed * SECOND < at) for at in instants}
        outcome.resumed += len(runs) > 1


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    arguments.add_argument("--cycles", type=int, default=10)
    arguments.add_argument("--seed", type=int, default=1)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="gateway-crash-") as folder:
        outcome = crash(Path(folder), cycles=given.cycles, seed=given.seed, progress=True)
    for fault in outcome.faults[:20]:
        print(f"fault: {fault}")
    print(
        f"{outcome.cycles} crashes, {outcome.orders} orders, {outcome.fills} fills, {outcome.resumed} parents resumed, "
        f"{outcome.expired} expired while it was down, {len(outcome.faults)} faults"
    )
    return bool(outcome.faults)


if __name__ == "__main__":
    sys.exit(main())
