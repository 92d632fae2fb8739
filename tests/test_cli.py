"""The command line: exit statuses, errors in one line on stderr, JSON where machines read."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sqlite_utils import Database
from typer.testing import CliRunner, Result

from gateway import __version__
from gateway.model import SCALE
from gateway.record.audit import create
from gateway.record.projector import database_path
from gateway.run.cli import app
from tests.fix_acceptor import Acceptor, Answer, Fields, accepted, new_and_canceled, to
from tests.test_config import WHOLE
from tests.test_fixlog import LOG, ORDER


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def fills(exec_type: str, ord_status: str) -> Answer:
    return lambda heard: [accepted(heard), accepted(heard, exec_type, ord_status)] if heard[35] == "D" else None


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder whose audit knows a parent, its child and their messages."""
    database = Database(database_path(tmp_path))
    create(database)
    order = {"symbol": "ACME", "side": "1", "status": "2", "order_qty": 100 * SCALE, "cum_qty": 100 * SCALE}
    order |= {"leaves_qty": 0, "avg_px": 10 * SCALE, "created_at": 0, "updated_at": 0}
    parent = {
        "key": "p",
        "role": "parent",
        "order_id": "G1",
        "cl_ord_id": "C1",
        "session": "CLIENT",
        "strategy": "1001",
    }
    child = {"key": "c", "role": "child", "order_id": "V1", "cl_ord_id": "G1-1", "session": "XLON", "parent_id": "G1"}
    market = {"arrival_bid": 9 * SCALE, "arrival_ask": 10 * SCALE}
    database.table("orders").insert_all([order | parent | market, order | child | {"venue": "XLON"}])
    database.table("cl_ord_ids").insert({"session": "CLIENT", "cl_ord_id": "C1", "key": "p"})
    database.table("requests").insert({"seq": 1, "at": 0, "order_key": "p", "session": "CLIENT", "msg_type": "D"})
    database.table("decisions").insert({"seq": 2, "at": 0, "parent": "G1", "slice": 1, "release": 100 * SCALE})
    raw = b"8=FIX.4.4\x019=5\x0135=D\x0134=2\x0149=CLIENT\x0156=GATEWAY\x0155=ACME\x0154=1\x0110=000\x01"
    message = {"at": 0, "link": 1, "session": "CLIENT", "poss_dup": 0}
    database.table("messages").insert_all(
        [
            message | {"seq": 1, "direction": "in", "msg_type": "D", "msg_seq_num": 2, "raw": raw},
            message | {"seq": 3, "direction": "in", "msg_type": None, "msg_seq_num": None, "raw": b"\x1b[2J"},
        ]
    )
    database.close()
    return tmp_path


def test_what_a_command_needs_is_loaded_when_it_runs() -> None:
    """So that `--help`, and the start of whatever else, does not wait for it."""
    code = "import sys; from gateway.run.cli import app; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "gateway.run.cli.tape" in loaded
    assert not {"gateway.model", "pydantic", "rich", "asyncio"} & set(loaded)


def test_the_version_is_printed() -> None:
    """On stdout, with status 0."""
    result = run("--version")
    assert (result.exit_code, result.output) == (0, f"gateway {__version__}\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["serve"], "gateway serve needs either a CONFIG.toml or --demo"),
        (["serve", "x.toml", "--demo"], "gateway serve needs either a CONFIG.toml or --demo"),
        (["serve", "x.toml", "--once"], "--once goes with --demo"),
        (["serve", "absent.toml"], "absent.toml: cannot be read: No such file or directory"),
        (["replay", "absent"], "absent: no such folder"),
        (["venue", "serve", "XLON", "--symbol", "A=1", "--no-own-impact"], "--fill-model, --own-impact"),
        (["client", "send", "HOLD", "1", "ACME"], "SIDE: 'HOLD' is none of BUY, SELL"),
        (["client", "send", "BUY", "1e3", "ACME"], "QUANTITY: '1e3' is not a number"),
        (["client", "send", "BUY", "1", "ACME", "--price", "x"], "--price: 'x' is not a number"),
        (["client", "send", "BUY", "1", "ACME", "--tif", "GTX"], "--tif: 'GTX' is none of DAY"),
        (
            ["client", "send", "BUY", "1", "ACME", "--algo", "MAGIC"],
            "--algo: must be a TargetStrategy(847), or one of none",
        ),
        (["client", "send", "BUY", "1", "AC\x01ME"], "SYMBOL: 'AC\x01ME' has to be printable ASCII"),
        (["client", "send", "BUY", "1", ""], "SYMBOL: '' has to be printable ASCII"),
        (["client", "send", "BUY", "1", "ACME", "--sender", "Ł"], "--sender: 'Ł' has to be printable ASCII"),
        (["client", "send", "BUY", "1", "ACME", "--target", "Ł"], "--target: 'Ł' has to be printable ASCII"),
        (["client", "send", "BUY", "1", "ACME", "--slices", "3"], "--duration, --slices and --set go with --algo"),
        (["log", "replay", "absent.log"], "absent.log: cannot be read"),
        (["log", "replay", "absent.log", "--to", "nowhere"], '--to: must be an address as "127.0.0.1:9878"'),
        (["log", "replay", "absent.log", "--map", "DEMO"], "--map: 'DEMO' is not NAME=VALUE"),
        (["log", "replay", "absent.log", "--map", "DEMO=Ł"], "--map: 'Ł' has to be printable ASCII"),
        (["log", "replay", "absent.log", "--sender", ""], "--sender: '' has to be printable ASCII"),
        (["audit", "orders", "--data", "nowhere"], "nowhere/audit.db: no audit database"),
        (["venue", "serve", "XLON", "--symbol", "ACME=x"], "--symbol: 'x' is not a number"),
        (["venue", "serve", "XLON", "--symbol", "ACME=0"], "--symbol: ACME needs a price above 0"),
        (["venue", "serve", "XLON", "--symbol", "Ł=1"], "--symbol: 'Ł' has to be printable ASCII"),
        (["venue", "serve", "XLON"], "--symbol: a venue trades at least one"),
    ],
)
def test_a_mistake_is_one_line_on_stderr_and_status_2(arguments: list[str], said: str) -> None:
    """No traceback for what the user got wrong."""
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith(said)
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["bogus"], "No such command 'bogus'."),
        (["client", "send", "BUY", "-5", "ACME"], "No such option: -5"),
        (["replay"], "Missing argument 'FOLDER'."),
    ],
)
def test_a_wrong_command_line_ends_in_one_plain_line(arguments: list[str], said: str) -> None:
    """Behind how to get help; without frames, so that logs and scripts can keep it."""
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stderr.endswith(f"--help' for help.\n\nError: {said}\n")


def test_check_says_all_errors_and_then_what_a_good_file_amounts_to(tmp_path: Path) -> None:
    """Exit status 1 with every error, 0 with a summary; warnings go to stderr."""
    path = tmp_path / "gateway.toml"
    path.write_text(WHOLE.replace('tick = "0.01"', "tick = 0.01").replace("9901", "x"))
    bad = run("check", str(path))
    assert (bad.exit_code, len(bad.stderr.splitlines())) == (1, 2)
    path.write_text(WHOLE)
    good = run("check", str(path))
    assert good.exit_code == 0
    assert good.stdout.startswith("GATEWAY listens on 127.0.0.1:9878 for CLIENT\n")
    assert good.stderr == "warning: gateway.durability: process survives a kill, not a power cut\n"


def test_a_filled_order_is_told_message_by_message() -> None:
    """Both directions with names for tags and values; exit status 0."""
    with Acceptor(fills("F", "2")) as acceptor:
        result = run("client", "send", "buy", "100", "ACME", "--algo", "twap", "--port", str(acceptor.port))
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert [line.split()[1:3] for line in lines] == [
        [">", "Logon"],
        ["<", "Logon"],
        [">", "NewOrderSingle"],
        ["<", "ExecutionReport"],
        ["<", "ExecutionReport"],
        [">", "Logout"],
        ["<", "Logout"],
    ]
    assert "Symbol=ACME Side=BUY" in lines[2]
    assert "TargetStrategy=1001" in lines[2]
    assert "ExecType=TRADE OrdStatus=FILLED" in lines[4]


def test_an_order_that_does_not_fill_is_status_1() -> None:
    """The report, as JSON."""
    with Acceptor(fills("C", "C")) as acceptor:
        result = run("client", "send", "SELL", "100", "ACME", "--json", "--port", str(acceptor.port))
    assert result.exit_code == 1
    assert json.loads(result.stdout)["ord_status"] == "C"


def test_what_a_peer_sends_cannot_move_the_cursor() -> None:
    """Control characters in Text(58) are printed as escapes, and rich's markup is text."""

    def hostile(heard: dict[int, str]) -> list[Fields] | None:
        return [[*accepted(heard, "8"), (58, "\x1b[2J[red]")]] if heard[35] == "D" else None

    with Acceptor(hostile) as acceptor:
        result = run("client", "send", "BUY", "1", "ACME", "--port", str(acceptor.port))
    assert "Text=\\x1b[2J[red]" in result.stdout


def test_no_gateway_is_status_2_with_advice() -> None:
    """And the address that was tried."""
    with Acceptor() as acceptor:
        port = str(acceptor.port)
    result = run("client", "send", "BUY", "1", "ACME", "--port", port)
    assert result.exit_code == 2
    assert result.stderr == f"no connection to 127.0.0.1:{port}: Connection refused; is a gateway running there?\n"


def test_a_log_replay_ends_with_a_summary(tmp_path: Path) -> None:
    """Exit status 0 when all was answered; the tables name what differs."""
    log = tmp_path / "fix.log"
    log.write_text("\n".join(LOG), encoding="latin-1")
    with Acceptor(new_and_canceled) as acceptor:
        result = run("log", "replay", str(log), "--to", f"127.0.0.1:{acceptor.port}", "--map", "DEMO=ACME")
    assert result.exit_code == 0
    assert result.stdout.startswith("2 requests of US: 2 sent, 2 answered, 0 unanswered; 2 answered as in the log\n")
    assert "Rule80A(47) of NewOrderSingle" in " ".join(result.stdout.split())
    assert acceptor.of_type("D")[0][55] == "ACME"


def test_a_log_replay_with_unanswered_orders_is_status_1(tmp_path: Path) -> None:
    """As JSON, for a script; a session that ends early is named."""
    log = tmp_path / "fix.log"
    log.write_text(ORDER, encoding="latin-1")
    with Acceptor(to("D", [(35, "5"), (58, "closing")])) as acceptor:
        result = run("log", "replay", str(log), "--to", f"127.0.0.1:{acceptor.port}", "--json")
    assert result.exit_code == 1
    summary = json.loads(result.stdout)
    assert (summary["requests"], summary["answered"]) == (1, 0)
    assert summary["stopped"] == "logged out by the other side: closing"


def test_a_log_without_orders_is_a_mistake(tmp_path: Path) -> None:
    """Exit status 2, before anything is connected."""
    (tmp_path / "log").write_text("nothing\n")
    result = run("log", "replay", str(tmp_path / "log"))
    assert result.exit_code == 2
    assert "no NewOrderSingle" in result.stderr


def test_the_audit_tells_the_clients_orders(data: Path) -> None:
    """Parents; children too when asked for."""
    result = run("audit", "orders", "--data", str(data))
    assert result.exit_code == 0
    parents = json.loads(run("audit", "orders", "--data", str(data), "--json").stdout)
    assert [(order["order_id"], order["status"], order["avg_px"]) for order in parents] == [("G1", "FILLED", "10")]
    both = json.loads(run("audit", "orders", "--children", "--data", str(data), "--json").stdout)
    assert [order["role"] for order in both] == ["parent", "child"]
    assert json.loads(run("audit", "orders", "--open", "--data", str(data), "--json").stdout) == []


def test_the_audit_tells_an_orders_story(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By OrderID(37) or ClOrdID(11): what happened, what was released, what it was split into, what it cost."""
    monkeypatch.setenv("COLUMNS", "250")
    told = run("audit", "order", "C1", "--data", str(data))
    assert told.exit_code == 0
    assert "NewOrderSingle" in told.stdout and "G1-1" in told.stdout
    assert "100 at 10 against an arrival mid of 9.5: slippage 526.3158 bps" in told.stdout
    assert json.loads(run("audit", "order", "G1", "--data", str(data), "--json").stdout)["order"]["cl_ord_id"] == "C1"


def test_an_order_nobody_knows_is_status_1(data: Path) -> None:
    """A question that was understood, with no for an answer."""
    result = run("audit", "order", "X", "--data", str(data))
    assert (result.exit_code, result.stderr) == (1, "no order has the OrderID(37) or ClOrdID(11) X\n")


def test_the_audit_shows_messages_decoded_and_garbage_escaped(data: Path) -> None:
    """In their order; `<` came in."""
    order, garbage = run("audit", "messages", "--data", str(data)).stdout.splitlines()
    assert order == "1 1970-01-01T00:00:00.000000Z CLIENT < NewOrderSingle  MsgSeqNum=2 Symbol=ACME Side=BUY"
    assert garbage.endswith("no message: \\x1b[2J")
    assert json.loads(run("audit", "messages", "--session", "XLON", "--data", str(data), "--json").stdout) == []


def test_a_file_that_is_no_database_is_a_mistake(tmp_path: Path) -> None:
    """SQLite's own words and what to do, no traceback."""
    database_path(tmp_path).write_bytes(b"x" * 5000)
    result = run("audit", "orders", "--data", str(tmp_path))
    assert result.exit_code == 2
    assert "cannot be asked: file is not a database; if it is deleted, the next" in result.stderr
