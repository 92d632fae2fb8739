"""`gateway sessions`, `password` and `audit commands`: what an operator types, what is said, what is done."""

import asyncio
import json
import os
import pwd
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvloop
from sqlite_utils import Database
from typer.testing import CliRunner

from gateway.model import SECOND, Ns, SessionStatus
from gateway.record.audit import create
from gateway.record.projector import database_path
from gateway.run.cli import app
from gateway.run.control import Operated, operators
from gateway.run.net.credentials import Credential, check_stored, hash_password
from gateway.run.sample_client import FixClient, LogonFailed, SessionError
from tests.loopback import free_port
from tests.stack import PATIENCE_S, Stack
from tests.test_cli import run
from tests.test_config import ENGINE, WHOLE
from tests.test_control import Driver

HASH = hash_password(b"secret")


@contextmanager
def door(folder: Path, node: Operated, driver: Driver) -> Iterator[None]:
    """A loop in a thread of its own, as a gateway in a process of its own."""
    opened, stop = threading.Event(), asyncio.Event()

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        async with operators(node, driver, folder):
            opened.set()
            await stop.wait()

    loops: list[asyncio.AbstractEventLoop] = []
    thread = threading.Thread(target=lambda: uvloop.run(serve()))
    thread.start()
    try:
        assert opened.wait(5)
        yield
    finally:
        loops[0].call_soon_threadsafe(stop.set)
        thread.join(5)


@pytest.fixture
def driver(tmp_path: Path) -> Iterator[Driver]:
    """An engine with the sessions THEY and OTHERS on the data folder `tmp_path`."""
    running = Driver()
    with door(tmp_path, running.engine, running):
        yield running


def order(folder: Path, *arguments: str, why: str = "as agreed") -> tuple[int, str]:
    """Exit status, and what is said on stderr; nothing is said on stdout."""
    result = run("sessions", *arguments, "--why", why, "--data", str(folder))
    assert result.stdout == ""
    return result.exit_code, result.stderr


class Busy:
    """A gateway with one session, to which much has happened."""

    command_error: str | None = None

    def status(self) -> list[SessionStatus]:
        status = SessionStatus(
            name="THEY",
            sender="WE",
            target="THEY",
            initiator=False,
            enabled=False,
            open=True,
            state="active",
            peer="10.0.0.7:4711",
            next_in=5,
            next_out=7,
            gap=(5, 9),
            kept=3,
            last_in=Ns(1_700_000_000 * SECOND),
            heartbeat_s=30,
            rtt=Ns(1_250_000),
            said="bye\x1b[2J",
        )
        return [status]


def test_the_sessions_are_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """State, next numbers, gap, when they were heard last and how long an answer takes; without control characters."""
    monkeypatch.setenv("COLUMNS", "250")
    monkeypatch.setattr("time.time_ns", lambda: 1_700_000_002 * SECOND + SECOND // 2)
    with door(tmp_path, Busy(), Driver()):
        told = run("sessions", "--data", str(tmp_path))
    assert told.exit_code == 0
    row = next(line for line in told.stdout.splitlines() if "THEY" in line)
    cells = [cell for cell in row.split("  ") if cell]
    assert [cell.strip() for cell in cells if cell.strip()] == [
        "THEY",
        "active, disabled",
        "5",
        "7",
        "5-9",
        "3",
        "2.5 s ago",
        "30 s",
        "1.25 ms",
        "10.0.0.7:4711",
        "bye\\x1b[2J",
    ]


def test_the_sessions_are_json_for_machines(tmp_path: Path) -> None:
    """Instants as in the audit, spans with their unit, names as they are."""
    with door(tmp_path, Busy(), Driver()):
        (told,) = json.loads(run("sessions", "--json", "--data", str(tmp_path)).stdout)
    assert (told["name"], told["gap"], told["rtt_ms"]) == ("THEY", [5, 9], 1.25)
    assert told["last_in"] == "2023-11-14T22:13:20.000000Z"


def test_what_never_happened_is_told_as_that(tmp_path: Path, driver: Driver) -> None:
    """No age, no round trip, no peer."""
    they, others = json.loads(run("sessions", "--json", "--data", str(tmp_path)).stdout)
    assert (they["last_in"], they["rtt_ms"], they["gap"], they["peer"]) == (None, None, None, "")
    assert (they["enabled"], others["enabled"]) == (True, False)
    assert "never" in run("sessions", "--data", str(tmp_path)).stdout
    assert driver.commands == []


def test_numbers_are_set(tmp_path: Path, driver: Driver) -> None:
    """One of them or both, with the reason."""
    assert order(tmp_path, "set", "THEY", "--next-in", "5") == (0, "")
    assert order(tmp_path, "set", "THEY", "--next-out", "9", why=" their disk  ") == (0, "")
    (they, _) = driver.engine.status()
    assert (they.next_in, they.next_out) == (5, 9)
    assert [json.loads(command.payload)["why"] for command in driver.commands] == ["as agreed", "their disk"]


def test_a_session_is_reset_disabled_enabled_and_removed(tmp_path: Path, driver: Driver) -> None:
    """Each by its word."""
    assert order(tmp_path, "set", "THEY", "--next-in", "5") == (0, "")
    assert order(tmp_path, "reset", "THEY") == (0, "")
    assert order(tmp_path, "disable", "THEY") == (0, "")
    assert order(tmp_path, "enable", "OTHERS") == (0, "")
    they, others = driver.engine.status()
    assert (they.next_in, they.enabled, others.enabled) == (1, False, True)
    assert order(tmp_path, "remove", "THEY") == (0, "")
    assert [status.name for status in driver.engine.status()] == ["OTHERS"]


def test_what_the_sessions_refuse_is_told_with_status_1(tmp_path: Path, driver: Driver) -> None:
    """The question was understood; the answer is no."""
    assert order(tmp_path, "logout", "THEY", "--text", "bye") == (1, "THEY is not connected\n")
    assert order(tmp_path, "reset", "NOBODY") == (1, "there is no session NOBODY\n")
    assert json.loads(driver.commands[0].payload)["text"] == "bye"


NEW = '[[session]]\nsender_comp_id = "WE"\ntarget_comp_id = "NEW"\n'


def test_a_session_is_taken_from_the_configuration(tmp_path: Path, driver: Driver) -> None:
    """All that the file says of it: options of its own and those for all, and what has to be shown."""
    config = tmp_path / "engine.toml"
    config.write_text(ENGINE + "hold = 3\n" + NEW + f'password_hash = "{HASH}"\n[sessions]\nresend_chunk = 100\n')
    assert order(tmp_path, "add", str(config), "NEW") == (0, "")
    assert order(tmp_path, "change", str(config), "THEY") == (0, "")
    parties = driver.engine.parties
    assert parties["NEW"].session.config.resend_chunk == 100
    assert (parties["THEY"].session.config.hold, parties["THEY"].session.config.resend_chunk) == (3, 100)
    assert driver.admitted == [("NEW", Credential(stored=HASH)), ("THEY", None)]


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        (ENGINE, "NEW", "engine.toml: has no session NEW; it has THEY\n"),
        (WHOLE, "XLON", "XLON: a counterparty that we call is added by a restart\n"),
        (ENGINE.replace("THEY", "T*"), "T*", "T*: a pattern is added by a restart\n"),
        (ENGINE + "hodl = 3\n", "THEY", "engine.toml: session[1].hodl: unknown key, did you mean hold?\n"),
    ],
)
def test_what_cannot_be_added_is_said(tmp_path: Path, driver: Driver, text: str, name: str, said: str) -> None:
    """Before anybody is asked."""
    config = tmp_path / "engine.toml"
    config.write_text(text)
    status, told = order(tmp_path, "add", str(config), name)
    assert (status, told.removeprefix(f"{tmp_path}/")) == (2, said)
    assert driver.commands == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["set", "THEY", "--why", "x"], "--next-in or --next-out has to be there"),
        (["reset", "THEY", "--why", "  "], "--why: say the reason, in at most 500 characters"),
        (["reset", "THEY", "--why", "x" * 501], "--why: say the reason, in at most 500 characters"),
        (["logout", "THEY", "--why", "x", "--text", "a\x01b"], "--text: 'a\x01b' has to be printable ASCII"),
        (["--json", "reset", "THEY", "--why", "x"], "options go behind the command, as in: gateway sessions reset"),
        (["add", "absent.toml", "THEY", "--why", "x"], "absent.toml: cannot be read"),
        ([], "gateway-data: no such folder; --data has to name the data folder of a gateway"),
    ],
)
def test_a_mistake_is_one_line_and_status_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    """As everywhere."""
    monkeypatch.chdir(tmp_path)
    result = run("sessions", *arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith(said)
    assert result.stderr.count("\n") == 1


def test_a_command_without_a_reason_is_not_taken(tmp_path: Path) -> None:
    """The audit would have a hole."""
    result = run("sessions", "reset", "THEY", "--data", str(tmp_path))
    assert (result.exit_code, "Missing option '--why'" in result.stderr) == (2, True)


# --- passwords ---


def test_a_password_becomes_its_hash() -> None:
    """From a pipe; every time another one, because of the salt."""
    first, second = (CliRunner().invoke(app, ["password", "--stdin"], input="secret\n") for _ in range(2))
    assert (first.exit_code, first.stderr) == (0, "")
    check_stored(first.stdout.strip())
    assert first.stdout != second.stdout


def test_a_password_is_asked_for_twice_and_not_shown() -> None:
    """Who mistypes is asked again."""
    result = CliRunner().invoke(app, ["password"], input="secret\nsecert\nsecret\nsecret\n")
    assert result.exit_code == 0
    check_stored(result.stdout.strip())
    assert "secret" not in result.output


@pytest.mark.parametrize("given", ["\n", "sécret\n", "a\x01b\n"])
def test_a_password_that_cannot_be_sent_is_refused(given: str) -> None:
    """Password(554) is text on the wire."""
    result = CliRunner().invoke(app, ["password", "--stdin"], input=given)
    assert (result.exit_code, result.stderr) == (2, "a password has printable ASCII characters, one at least\n")


# --- the audit ---


@pytest.fixture
def audited(tmp_path: Path) -> Path:
    """A data folder whose audit knows a refused command, one that was carried out, and one of the driver's."""
    database = Database(database_path(tmp_path))
    create(database)
    commands = [
        (1, "reset", "ann", {"session": "THEY", "why": "a new day"}),
        (2, "set-sequence", "bob", {"session": "THEY", "why": "their \x1b[2J disk", "next_in": 5}),
        (9, "stop", "signal", {}),
    ]
    database.table("commands").insert_all(
        {"seq": seq, "at": 0, "name": name, "who": who, "payload": json.dumps(payload)}
        for seq, name, who, payload in commands
    )
    note = {"session": "THEY", "what": "set-sequence", "before": "in 1 out 1", "after": "in 5 out 1"}
    database.table("notes").insert({"seq": 3, "at": 0, "kind": "session", "detail": json.dumps(note)})
    database.close()
    return tmp_path


def test_the_audit_tells_what_operators_did(audited: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who, what, why, and what it changed; what a command changed is noted right behind it."""
    monkeypatch.setenv("COLUMNS", "250")
    told = run("audit", "commands", "--data", str(audited))
    assert told.exit_code == 0
    refused, done, stopped = [line for line in told.stdout.splitlines() if "1970" in line]
    assert refused.split() == ["1970-01-01", "00:00:00.000", "ann", "reset", "THEY", "refused", "a", "new", "day"]
    assert "in 1 out 1" in done and "in 5 out 1" in done and "their \\x1b[2J disk" in done
    assert stopped.split() == ["1970-01-01", "00:00:00.000", "signal", "stop"]


def test_the_audit_tells_machines_what_operators_did(audited: Path) -> None:
    """With all arguments; the last ones where there is a limit."""
    first, second, _ = json.loads(run("audit", "commands", "--json", "--data", str(audited)).stdout)
    assert (first["who"], first["arguments"]["why"], first["after"]) == ("ann", "a new day", None)
    assert (second["before"], second["after"], second["arguments"]["next_in"]) == ("in 1 out 1", "in 5 out 1", 5)
    (last,) = json.loads(run("audit", "commands", "--limit", "1", "--json", "--data", str(audited)).stdout)
    assert last["name"] == "stop"


# --- for real ---


def told(folder: Path, name: str) -> dict[str, Any]:
    """How that session stands in the gateway that runs there."""
    found = json.loads(run("sessions", "--json", "--data", str(folder)).stdout)
    (status,) = (status for status in found if status["name"] == name)
    assert isinstance(status, dict)
    return status


def until_audited(folder: Path, count: int) -> list[dict[str, Any]]:
    """The operators' commands, once so many are in the audit."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if database_path(folder).exists():
            asked = json.loads(run("audit", "commands", "--json", "--data", str(folder)).stdout or "[]")
            if len(asked := [one for one in asked if "why" in one["arguments"]]) == count:
                return asked
        time.sleep(0.05)
    raise AssertionError("the audit does not get there")


def test_an_operator_governs_a_running_gateway(tmp_path: Path) -> None:
    """He sees who is there, logs out, keeps out and lets in again; numbers that he sets outlive a kill, and so does
    what he did and why. The journal replays."""
    with (
        Stack(tmp_path, venues=(), others={"XLON": free_port()}, durability="disk") as stack,
        FixClient("CLIENT", "GATEWAY") as client,
    ):
        client.logon("127.0.0.1", stack.port)
        they = told(stack.data, "CLIENT")
        assert (they["state"], they["next_in"], they["next_out"]) == ("active", 2, 2)
        assert they["peer"].startswith("127.0.0.1:") and they["last_in"] is not None
        assert told(stack.data, "XLON")["state"] == "disconnected"

        assert order(stack.data, "logout", "CLIENT", "--text", "come back at nine") == (0, "")
        with pytest.raises(SessionError, match="logged out by the other side: come back at nine"):
            client.receive(PATIENCE_S)
        client.close()
        assert order(stack.data, "disable", "CLIENT", why="unpaid") == (0, "")
        with pytest.raises(LogonFailed):
            client.logon("127.0.0.1", stack.port)
        client.close()
        assert order(stack.data, "set", "CLIENT", "--next-in", "50", "--next-out", "60") == (0, "")
        assert stack.gateway is not None
        stack.gateway.kill()
        assert order(stack.data, "enable", "CLIENT")[0] == 2
        stack.start_gateway()
        they = told(stack.data, "CLIENT")
        assert (they["enabled"], they["next_in"], they["next_out"]) == (False, 50, 60)
        assert order(stack.data, "enable", "CLIENT", why="paid") == (0, "")
        client._reset, client.next_out, client.next_in = False, 50, 60
        client.logon("127.0.0.1", stack.port)
        assert told(stack.data, "CLIENT")["state"] == "active"
        asked = until_audited(stack.data, 4)
        stack.stop()
    who = pwd.getpwuid(os.geteuid()).pw_name
    assert [(one["name"], one["who"], one["arguments"]["why"]) for one in asked] == [
        ("logout", who, "as agreed"),
        ("disable", who, "unpaid"),
        ("set-sequence", who, "as agreed"),
        ("enable", who, "paid"),
    ]
    assert asked[2]["after"] == "in 50 out 60"
    assert run("replay", str(stack.data)).exit_code == 0
