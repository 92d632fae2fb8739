"""`gateway kill` and `gateway limits`: what an operator types, what is said, what is done."""

import json
import os
import pwd
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.model import Command, Limits, SessionStatus
from gateway.model.settings import RiskStatus
from gateway.risk import operate
from gateway.run.net.credentials import Credential
from tests.guarded import NOW, Desk, order
from tests.test_cli import run
from tests.test_cli_sessions import door
from tests.test_control import Driver

WHO = pwd.getpwuid(os.geteuid()).pw_name


class Running:
    """A gateway of which only risk is there; its own driver, with a clock that stands still."""

    def __init__(self) -> None:
        self.desk = Desk({"client=CLIENT": Limits(max_day_orders=5)})
        self.command_error: str | None = None

    @property
    def entered(self) -> str:
        return ""

    def status(self) -> tuple[SessionStatus, ...]:
        return ()

    def risk_status(self) -> RiskStatus:
        return self.desk.guard.status()

    def command(self, name: str, who: str, payload: bytes) -> None:
        self.command_error = operate(self.desk.guard, Command(NOW, name, who, payload))

    def when_durable(self, then: Callable[[], None]) -> None:
        then()

    def admit(self, session: str, credential: Credential | None) -> None: ...


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    node = Running()
    with door(tmp_path, node, node):  # type: ignore[arg-type]
        yield node


def said(folder: Path, *arguments: str, why: str | None = None) -> tuple[int, str]:
    """Exit status and all that is said."""
    reason = () if why is None else ("--why", why)
    result = run(*arguments, *reason, "--data", str(folder))
    return result.exit_code, result.stdout + result.stderr


def test_a_kill_stops_its_scope_and_is_listed(tmp_path: Path, running: Running) -> None:
    assert said(tmp_path, "kill") == (0, "nobody is stopped\n")
    assert said(tmp_path, "kill", "now", "client=CLIENT", why="fat finger") == (0, "")
    assert running.desk.judge(order()) == "RISK.HALTED"
    assert running.desk.judge(order(), "OTHER") is None
    assert said(tmp_path, "kill") == (
        0,
        f"client=CLIENT: HALTED since 2026-01-05 14:20:00Z by {WHO}: fat finger\n",
    )


def test_trading_again_takes_two_commands(tmp_path: Path, running: Running) -> None:
    """The first says what the second will do."""
    said(tmp_path, "kill", "now", "firm", why="storm")
    assert said(tmp_path, "kill", "confirm", "firm", why="over") == (1, "nobody asked for firm to trade again\n")
    status, text = said(tmp_path, "kill", "rearm", "firm", why="over")
    assert status == 0 and text.splitlines() == [
        f"firm was stopped by {WHO}: storm",
        "to let it trade again, within five minutes: gateway kill confirm firm --why ...",
    ]
    assert running.desk.judge(order()) == "RISK.HALTED"
    assert said(tmp_path, "kill", "confirm", "firm", why="over") == (0, "")
    assert running.desk.judge(order()) is None


def test_a_scope_may_be_let_reduce_only(tmp_path: Path, running: Running) -> None:
    assert said(tmp_path, "kill", "reduce", "account=A", why="too large") == (0, "")
    assert running.desk.judge(order()) == "RISK.REDUCING"
    status, text = said(tmp_path, "kill", "reduce", "venue=XLON", why="too large")
    assert (status, text) == (1, "venue=XLON holds nothing to reduce\n")


def test_limits_are_shown_and_set(tmp_path: Path, running: Running) -> None:
    assert said(tmp_path, "limits", "set", "client=CLIENT", "max_day_orders", "0", why="enough") == (0, "")
    assert running.desk.judge(order()) == "RISK.DAYORDERS"
    status, text = said(tmp_path, "limits")
    assert status == 0 and f"client=CLIENT: max_day_orders = 0 ({WHO})" in text.splitlines()
    assert "symbol=ACME: collar_bps = 500 (file)" in text.splitlines()
    status, text = said(tmp_path, "limits", "--json")
    assert {"scope": "client=CLIENT", "limit": "max_day_orders", "value": "0", "source": WHO} in json.loads(text)
    status, text = said(tmp_path, "limits", "set", "firm", "max_everything", "0", why="enough")
    assert status == 1 and text.startswith("max_everything is no limit")


@pytest.mark.parametrize("scope", ["", "client", "galaxy=X", "firm=US"])
def test_a_scope_that_is_none_is_refused(tmp_path: Path, running: Running, scope: str) -> None:
    status, text = said(tmp_path, "kill", "now", scope, why="x")
    assert status in (1, 2) and text
    assert not running.desk.guard.switch.stops


def test_a_change_needs_a_reason(tmp_path: Path, running: Running) -> None:
    assert said(tmp_path, "kill", "now", "firm")[0] == 2
    assert said(tmp_path, "kill", "now", "firm", why=" ")[0] == 2
    assert not running.desk.guard.switch.stops


def test_sessions_without_orders_have_nothing_to_stop(tmp_path: Path) -> None:
    running = Driver()
    with door(tmp_path, running.engine, running):
        assert said(tmp_path, "kill", "now", "firm", why="x") == (1, "there are sessions here, and no orders\n")
        assert said(tmp_path, "kill") == (1, "there are sessions here, and no orders\n")
    assert running.commands == []


def test_without_a_gateway_that_is_said(tmp_path: Path) -> None:
    status, text = said(tmp_path, "kill", "now", "firm", why="x")
    assert status == 2 and text.startswith("no gateway runs on")
