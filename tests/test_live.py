"""The gateway as it runs: what a live run leaves behind replays, is audited, is guarded, and goes on after a restart."""

import fcntl
import json
import os
import shutil
import signal
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.fix.reader import Message
from gateway.model import Ns, print_timestamp
from gateway.record.audit import TABLES
from gateway.record.reading import Reading
from gateway.record.records import COMMIT_BYTES, HEADER_BYTES
from gateway.run.cli import app
from gateway.run.replay import replay
from tests.loopback import free_port
from tests.stack import Process, Stack, fields, run
from tests.tape_client import TapeClient

ENDED = ("2", "4", "8", "C")  # OrdStatus(39)


def now() -> str:
    return print_timestamp(Ns(time.time_ns()))


def until(client: TapeClient, happened: Callable[[], bool], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, [message.raw for message in client.messages]
        client.work(0.02)


def send_order(client: TapeClient, cl_ord_id: str, terms: str) -> None:
    client.send("D", f"11={cl_ord_id}|60={now()}|59=0|{terms}")


def twap(seconds: int, slices: int) -> str:
    return f"18=e|847=1001|957=2|958=Duration|959=1|960={seconds}|958=NumSlices|959=1|960={slices}|"


def last_status(client: TapeClient, cl_ord_id: str) -> str | None:
    """OrdStatus(39) in the last report of an order."""
    reports = [m for m in client.messages if m.msg_type == "8" and cl_ord_id in (m.get(11), m.get(41))]
    return reports[-1].get(39) if reports else None


@dataclass(frozen=True)
class Traded:
    """A run that has ended in good order."""

    folder: Path  # of data/ and of the venues' own
    client: TapeClient  # whose session can go on
    tape: list[bytes]  # every message it got in that run
    reports: list[Message]
    exit_status: int
    stopping_s: float


@pytest.fixture(scope="module", autouse=True)
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Process, Path]]:
    """`serve --demo --once`, which takes its 20 s while other tests run; the ports it would like are taken."""
    folder = tmp_path_factory.mktemp("demo")
    with ExitStack() as stack:
        for port in (9878, 9901, 9902, 9903):
            listener = stack.enter_context(socket.socket())
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):  # taken already, by whom does not matter
                listener.bind(("127.0.0.1", port))
                listener.listen()
        process = start_demo(folder, "--once")
        stack.callback(process.end)
        yield process, folder


def start_demo(folder: Path, *options: str) -> Process:
    """In a folder of its own and without a home."""
    return Process("serve", "--demo", *options, folder=folder, environment={"HOME": str(folder / "none")})


@pytest.fixture(scope="module")
def traded(tmp_path_factory: pytest.TempPathFactory) -> Traded:
    """Every kind of order, filled, canceled and rejected, with `disk` durability; then SIGTERM."""
    client = TapeClient()
    with Stack(tmp_path_factory.mktemp("traded"), durability="disk") as stack:
        stack.wait_for_prices()
        client.connect(stack.port)
        send_order(client, "TWAP", f"55=ACME|54=1|38=401|40=1|{twap(seconds=1, slices=4)}")
        send_order(client, "MARKET", "55=ACME|54=2|38=100|40=1|")
        send_order(client, "LIMIT", "55=ACME|54=1|38=100|40=2|44=98|")
        send_order(client, "LONG", f"55=ACME|54=1|38=500|40=1|{twap(seconds=60, slices=5)}")
        send_order(client, "WRONG", "55=NONE|54=1|38=100|40=1|")
        until(client, lambda: last_status(client, "LONG") == "1")
        for orig, qty in (("LONG", 500), ("LIMIT", 100)):
            client.send("F", f"11=C-{orig}|41={orig}|55=ACME|54=1|60={now()}|38={qty}|")
        orders = ("TWAP", "MARKET", "LIMIT", "LONG", "WRONG")
        until(client, lambda: all(last_status(client, order) in ENDED for order in orders))
        assert stack.gateway is not None
        began = time.monotonic()
        stack.gateway.terminate()
        client.work(5)
        exit_status = stack.gateway.wait()
        stopping_s = time.monotonic() - began
        stack.stop_venues()
    reports = [message for message in client.messages if message.msg_type == "8"]
    return Traded(stack.folder, client, list(client.tape), reports, exit_status, stopping_s)


# -- the end of a run


def test_sigterm_is_a_logout_and_exit_status_0_within_five_seconds(traded: Traded) -> None:
    assert traded.exit_status == 0
    assert traded.stopping_s < 5
    assert fields(traded.tape[-1])[35] == "5"


# -- replay


@pytest.mark.parametrize("participant", ["data", "XLON", "BATE"])
def test_a_live_run_replays_byte_for_byte(traded: Traded, participant: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert replay(traded.folder / participant) == 0
    assert capsys.readouterr().out.startswith("identical: ")


@pytest.mark.parametrize(("participant", "seed"), [("data", "0"), ("data", "12345"), ("XLON", "12345")])
def test_no_output_depends_on_the_order_of_a_hash(traded: Traded, participant: str, seed: str) -> None:
    """PYTHONHASHSEED is another than the recording process had."""
    again = run("replay", str(traded.folder / participant), environment={"PYTHONHASHSEED": seed})
    assert (again.returncode, again.stdout[:10]) == (0, "identical:"), again.stdout + again.stderr


def test_the_gateway_says_who_is_there_and_who_does_not_answer(tmp_path: Path) -> None:
    """An operator has to see at once which counterparty is missing."""
    with Stack(tmp_path, venues=("XLON",), others={"GONE": free_port()}) as stack:
        assert stack.gateway is not None
        stack.gateway.wait_until_it_says("XLON is logged on")
        stack.gateway.wait_until_it_says("GONE does not answer at 127.0.0.1:")
        stack.venues["XLON"].kill()
        stack.gateway.wait_until_it_says("XLON is gone")


def test_a_venue_keeps_the_tape_it_showed(tmp_path: Path) -> None:
    """Its journal cannot be replayed without it, and another tape is not taken once it has traded."""
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    first.write_text("0,XLON,99,100,101,100\n0.1,XLON,99.5,100,100.5,100\n")
    second.write_text("0,XLON,98,100,102,100\n")
    arguments = ("venue", "serve", "XLON", "--symbol", "ACME=100", "--data", str(tmp_path / "data"))
    venue = Process(*arguments, "--tape", str(first))
    try:
        venue.wait_until_it_says("listening on")
        port = int(venue.said[-1].rpartition(":")[2])
        client = TapeClient("ANYONE", "XLON")
        client.connect(port)
        client.send("V", "262=M|263=1|264=0|265=1|267=2|269=0|269=1|146=1|55=ACME|")
        until(client, lambda: len(client.messages) > 0)
        client.close()
        assert venue.stop() == 0
    finally:
        venue.end()
    first.unlink()
    assert replay(tmp_path / "data") == 0
    refused = run(*arguments, "--tape", str(second))
    assert (refused.returncode, refused.stderr) == (
        2,
        f"gateway venue: the venue of {tmp_path / 'data'} has traded on another tape, on none, or has shown it otherwise\n",
    )


@pytest.mark.parametrize("where", [0.0, 0.5, 1.0])
def test_a_flipped_byte_is_refused_with_the_records_number(
    traded: Traded, tmp_path: Path, where: float, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the first batch, in the middle and in the last batch; recovery refuses what replay refuses."""
    folder = tmp_path / "data"
    shutil.copytree(traded.folder / "data", folder)
    batches = list(Reading(folder).batches())
    place = round(where * (len(batches) - 1))
    start = batches[place - 1].end.offset if place else 0
    record = batches[place].records[-1]
    # The last record but one of a batch ends where the COMMIT begins.
    offset = batches[place].end.offset - (HEADER_BYTES + COMMIT_BYTES) - max(len(record.payload), 1)
    assert offset >= start
    with (folder / "journal-00000001.seg").open("r+b") as segment:
        segment.seek(offset)
        byte = segment.read(1)[0]
        segment.seek(offset)
        segment.write(bytes([byte ^ 0x10]))
    assert replay(folder) == 1
    assert f"journal damaged at record {record.seq} ({folder / 'journal-00000001.seg'}, " in capsys.readouterr().err


def test_the_commands_exit_status_is_1_for_a_damaged_journal(traded: Traded, tmp_path: Path) -> None:
    """And `serve` does not start on it."""
    stack = Stack(tmp_path)
    shutil.copytree(traded.folder / "data", stack.data)
    segment = stack.data / "journal-00000001.seg"
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(data)
    replayed, served = run("replay", str(stack.data)), run("serve", str(stack.config))
    assert (replayed.returncode, replayed.stderr[:26]) == (1, "journal damaged at record ")
    assert (served.returncode, served.stderr.removeprefix("gateway: ")) == (2, replayed.stderr)


# -- the audit


def audit(*arguments: str, data: Path) -> Any:
    result = CliRunner().invoke(app, ["audit", *arguments, "--data", str(data), "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def test_the_audit_tells_what_the_client_was_told(traded: Traded) -> None:
    """`gateway audit orders`, `order` and `messages` against the client's own tape."""
    data = traded.folder / "data"
    names = {"0": "NEW", "1": "PARTIALLY_FILLED", "2": "FILLED", "4": "CANCELED", "8": "REJECTED"}
    last = {report.get(37): report for report in traded.reports}
    orders = audit("orders", data=data)
    assert {order["order_id"] for order in orders} == last.keys()
    for order in orders:
        report = last[order["order_id"]]
        assert order["status"] == names[report.get(39) or ""]
        shown = (order["cum_qty"], order["leaves_qty"], order["avg_px"])
        assert shown == (report.get(14), report.get(151), report.get(6))
        told = audit("order", order["order_id"], data=data)
        fills = [
            (m.get(17), m.get(32), m.get(31))
            for m in traded.reports
            if m.get(150) == "F" and m.get(37) == order["order_id"]
        ]
        assert [(fill["exec_id"], fill["last_qty"], fill["last_px"]) for fill in told["executions"]] == fills
    sent = [
        m for m in audit("messages", "--session", "CLIENT", "--limit", "1000", data=data) if m["direction"] == "out"
    ]
    assert [m["text"].replace("|", "\x01").encode("latin-1") for m in sent] == traded.tape


def _read_only(data: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{data / 'audit.db'}?mode=ro", uri=True)


def rows(data: Path, upto: int | None = None) -> dict[str, list[Any]]:
    """The audit's rows of what happened up to a record."""
    with closing(_read_only(data)) as database:
        return {
            table: database.execute(
                f"SELECT * FROM {table}" + (" WHERE seq <= ?" if upto and "seq" in columns else "") + " ORDER BY 1, 2",
                (upto,) if upto and "seq" in columns else (),
            ).fetchall()
            for table, (columns, _) in TABLES.items()
            if table not in ("position", "sessions", "links")  # their rows change with each run
        }


def test_the_gateway_restarts_with_its_sessions_and_its_audit(traded: Traded, tmp_path: Path) -> None:
    """Sequence numbers continue; nobody else may have the data folder; the audit comes back if it is deleted, and so
    does the process that writes it."""
    stack = Stack(tmp_path, venues=(), others={"XLON": free_port(), "BATE": free_port()})
    shutil.copytree(traded.folder / "data", stack.data)
    before = rows(stack.data)
    for file in stack.data.glob("audit.db*"):
        file.unlink()
    expected = traded.client.session.expected_seq
    with stack:
        gateway = stack.gateway
        assert gateway is not None
        second = run("serve", str(stack.config))
        assert second.returncode == 2
        assert second.stderr == (
            f"gateway: {stack.data} is in use by process {gateway.pid}: one gateway owns a journal\n"
        )
        client = traded.client
        client.connect(stack.port)
        assert int(fields(client.tape[-1])[34]) == expected
        _until_audited(stack.data, client, "AFTER")
        os.kill(_projector(gateway), signal.SIGKILL)
        gateway.wait_until_it_says("the audit process ended with status -9; starting it again")
        _until_audited(stack.data, client, "AGAIN")
        client.close()
        assert gateway.stop() == 0
    last = max(seq for seq, *_ in before["messages"])
    after = rows(stack.data, last)
    for table, was in before.items():
        became = [row for row in after[table] if row in was] if table in ("orders", "cl_ord_ids") else after[table]
        assert became == was, table


def test_the_audit_is_whole_when_the_gateway_has_stopped(tmp_path: Path) -> None:
    """However long the projector of an earlier run keeps that of this one waiting."""
    stack = Stack(tmp_path, venues=(), others={"XLON": free_port()})
    stack.data.mkdir()
    with (stack.data / "audit.lock").open("a") as earlier, stack:
        fcntl.flock(earlier, fcntl.LOCK_EX)
        gateway = stack.gateway
        assert gateway is not None
        gateway.terminate()
        gateway.wait_until_it_says("the audit is behind the journal and still being written")
        fcntl.flock(earlier, fcntl.LOCK_UN)
        assert gateway.wait() == 0
    with closing(_read_only(stack.data)) as database:
        (projected,) = database.execute("SELECT seq FROM position").fetchone()
    assert projected == max(record.seq for record in Reading(stack.data)) + 1, "with the commit of the last batch"


def _projector(gateway: Process) -> int:
    children = Path(f"/proc/{gateway.pid}/task/{gateway.pid}/children").read_text().split()
    (projector,) = [pid for pid in children if b"projector" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    return int(projector)


def _until_audited(data: Path, client: TapeClient, cl_ord_id: str) -> None:
    """An order, and its rejection for want of prices, found in the audit."""
    send_order(client, cl_ord_id, "55=ACME|54=1|38=1|40=1|")
    until(client, lambda: last_status(client, cl_ord_id) == "8")
    end = time.monotonic() + 5
    while time.monotonic() < end:
        with suppress(sqlite3.OperationalError), closing(_read_only(data)) as database:
            found = database.execute("SELECT status FROM orders WHERE cl_ord_id = ?", (cl_ord_id,)).fetchall()
            if found == [("8",)]:
                return
        time.sleep(0.05)
    raise AssertionError(f"{cl_ord_id} did not reach the audit")


# -- secrets


def test_no_password_is_written_or_said_anywhere(tmp_path: Path) -> None:
    """Of a Logon that is let in, a second one, one from a stranger, a garbled one, and a UserRequest(BE): nothing of
    Password(554), NewPassword(925) and RawData(96) is in the journal, the audit, the answers or on the terminal."""
    secrets = "553=me|554=hunter2|"
    with Stack(tmp_path, venues=(), others={"XLON": free_port()}, clients=("CLIENT", "OTHER")) as stack:
        answers = _say_raw(
            stack.port,
            _framed(f"35=A|49=CLIENT|56=GATEWAY|34=1|52={now()}|98=0|108=30|95=7|96=hunter2|{secrets}"),
            _framed(f"35=A|49=CLIENT|56=GATEWAY|34=2|52={now()}|98=0|108=30|{secrets}"),
            _framed(f"35=A|49=CLIENT|56=GATEWAY|34=3|52={now()}|98=0|108=30|{secrets}")[:-2] + b"x\x01",
            _framed(f"35=BE|49=CLIENT|56=GATEWAY|34=3|52={now()}|923=U|924=3|{secrets}925=hunter2|"),
        )
        answers += _say_raw(stack.port, _framed(f"35=A|49=STRANGER|56=GATEWAY|34=1|52={now()}|98=0|108=30|{secrets}"))
        client = TapeClient("OTHER")
        client.connect(stack.port)
        _until_audited(stack.data, client, "AFTER")
        client.close()
        gateway = stack.gateway
        assert gateway is not None
        assert gateway.stop() == 0
    messages = audit("messages", "--limit", "1000", data=stack.data)
    masked = [message["text"] for message in messages if "554=*******" in message["text"]]
    assert [text for text in masked if "35=BE" in text and "925=*******" in text], "what came is kept all the same"
    assert [text for text in masked if "49=STRANGER" in text]
    files = [path for path in stack.data.rglob("*") if path.is_file()]
    assert {"audit.db", "journal-00000001.seg"} <= {path.name for path in files}
    kept = b"".join(path.read_bytes() for path in files)
    assert b"35=A" in answers
    assert b"hunter2" not in kept + answers + "\n".join(gateway.said).encode()
    assert replay(stack.data) == 0


def _framed(content: str) -> bytes:
    body = content.replace("|", "\x01").encode()
    data = b"8=FIX.4.4\x019=%d\x01%b" % (len(body), body)
    return data + b"10=%03d\x01" % (sum(data) % 256)


def _say_raw(port: int, *messages: bytes) -> bytes:
    """Over one connection; what comes back until it is hung up or quiet."""
    heard = b""
    with socket.create_connection(("127.0.0.1", port), 10) as link, suppress(TimeoutError, ConnectionError):
        link.settimeout(1)
        for message in messages:
            link.sendall(message)
        while data := link.recv(1 << 16):
            heard += data
    return heard


# -- the demo


def test_the_demo_ends_filled_and_goes_on_the_next_time(demo: tuple[Process, Path]) -> None:
    """With --once it ends with its order; its data is in gateway-demo/ where it was started, and nowhere else."""
    process, folder = demo
    assert process.wait(40) == 0, "\n".join(process.said)
    process.wait_until_it_says("port 9878 is taken, the gateway is on 98")
    ports = {process.wait_until_it_says(f"{venue} is on 99").rpartition(" ")[2] for venue in ("XLON", "BATE", "CHIX")}
    assert len(ports) == 3
    process.wait_until_it_says("demo: the order ended filled, 10000 at average ")
    assert [entry.name for entry in folder.iterdir()] == ["gateway-demo"]
    numbers = folder / "gateway-demo" / "client.numbers"
    next_out, next_in = map(int, numbers.read_text().split())
    assert next_in > 4
    again = start_demo(folder)
    try:
        again.wait_until_it_says("recovered ")
        again.wait_until_it_says("DEMO is told New")
        assert again.stop() == 0
    finally:
        again.end()
    out_now, in_now = map(int, numbers.read_text().split())
    assert out_now >= next_out + 2
    assert in_now >= next_in + 2
