"""`gateway venue stats` and `breaker` of a gateway that runs: what is typed, what is said, what goes where from then on."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.model import Command
from tests.conversation.world import World
from tests.test_cli import run
from tests.test_cli_orders import Telephoned
from tests.test_cli_risk import said
from tests.test_cli_sessions import door
from tests.test_control import Driver


@pytest.fixture
def running(tmp_path: Path, world: World) -> Iterator[World]:
    with door(tmp_path, world.node, Telephoned(world)):  # type: ignore[arg-type]
        yield world


def figures(folder: Path) -> dict[str, dict[str, object]]:
    result = run("venue", "stats", "--json", "--data", str(folder))
    assert result.exit_code == 0, result.output
    return {of["venue"]: of for of in json.loads(result.stdout)}


def test_statistics_are_those_of_now_and_not_of_the_audit(tmp_path: Path, running: World) -> None:
    """There is no audit on that folder at all."""
    assert figures(tmp_path)["XLON"]["answers"] == 0
    running.converse(
        """
        client > NewOrderSingle   OrderQty=100
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100
        +20ms
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE
        BATE   > disconnect
        """
    )
    found = figures(tmp_path)
    assert (found["XLON"]["answers"], found["XLON"]["ack_ns"], found["XLON"]["takes"]) == (1, 20_000_000, 1)
    assert (found["XLON"]["is_up"], found["BATE"]["is_up"]) == (True, False)
    table = run("venue", "stats", "--data", str(tmp_path)).stdout
    assert "20 ms" in table and "away" in table


def test_a_breaker_that_is_opened_keeps_orders_away_until_it_is_closed(tmp_path: Path, running: World) -> None:
    order = """
        client > NewOrderSingle   OrderQty=100  TimeInForce=IMMEDIATE_OR_CANCEL
        client < ExecutionReport  ExecType=NEW
        {venue}  < NewOrderSingle   OrderQty=100
        {venue}  > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE
    """
    running.converse(order.format(venue="XLON"))
    assert said(tmp_path, "venue", "breaker", "open", "XLON", why="they called") == (0, "")
    assert str(figures(tmp_path)["XLON"]["breaker"]).endswith(", they called")
    assert "XLON: breaker open since" in run("venue", "stats", "--data", str(tmp_path)).stdout
    running.converse(order.format(venue="BATE"))
    assert said(tmp_path, "venue", "breaker", "close", "XLON", why="all is well") == (0, "")
    running.converse(order.format(venue="XLON"))
    told = [(note["after"], note["why"]) for note in running.notes("breaker")]
    assert told == [("open", "they called"), ("closed", "all is well")]


@pytest.mark.parametrize(
    ("arguments", "why", "answer"),
    [
        (("open", "NOWHERE"), "called", (1, "there is no venue NOWHERE\n")),
        (("close", "XLON"), "called", (1, "the breaker of XLON is closed\n")),
        (("open", "XLON"), " ", (2, "--why: say the reason, in at most 500 characters\n")),
    ],
)
def test_what_cannot_be_done_says_why_and_changes_nothing(
    tmp_path: Path, running: World, arguments: tuple[str, str], why: str, answer: tuple[int, str]
) -> None:
    assert said(tmp_path, "venue", "breaker", *arguments, why=why) == answer
    assert not running.notes("breaker")


def test_a_breaker_is_opened_or_closed_and_for_a_reason(tmp_path: Path, running: World) -> None:
    assert said(tmp_path, "venue", "breaker", "ajar", "XLON", why="called")[0] == 2
    assert said(tmp_path, "venue", "breaker", "open", "XLON")[0] == 2
    assert not any(isinstance(item, Command) for item in running.inputs)


def test_where_nobody_trades_there_is_nothing_to_tell(tmp_path: Path) -> None:
    engine = Driver()
    with door(tmp_path, engine.engine, engine):
        assert said(tmp_path, "venue", "stats") == (1, "there are sessions here, and no market\n")
        refused = said(tmp_path, "venue", "breaker", "open", "XLON", why="called")
    assert refused == (1, "there are sessions here, and no orders\n") and not engine.commands


def test_without_a_gateway_and_without_an_audit_there_is_nobody_to_ask(tmp_path: Path) -> None:
    status, text = said(tmp_path, "venue", "stats")
    assert status == 2 and text.startswith(f"no gateway runs on {tmp_path}")
