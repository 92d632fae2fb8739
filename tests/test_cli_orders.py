"""`gateway orders`: what an operator types for a client that telephones, what is said, what is done and remembered."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.model import Command
from gateway.run.net.credentials import Credential
from tests.conversation.world import World
from tests.order_states import RESTING
from tests.test_audit import project, written
from tests.test_cli import run
from tests.test_cli_risk import WHO, said
from tests.test_cli_sessions import door
from tests.test_control import Driver


class Telephoned:
    """A gateway between client and venues, driven by operators too."""

    def __init__(self, world: World) -> None:
        self.world = world

    def command(self, name: str, who: str, payload: bytes) -> None:
        assert who == WHO
        self.world.command(name, **json.loads(payload))

    def when_durable(self, then: Callable[[], None]) -> None:
        then()

    def admit(self, session: str, credential: Credential | None) -> None: ...


@pytest.fixture
def telephoned(tmp_path: Path, world: World) -> Iterator[World]:
    with door(tmp_path, world.node, Telephoned(world)):  # type: ignore[arg-type]
        yield world


def test_an_order_is_entered_changed_and_canceled(tmp_path: Path, telephoned: World) -> None:
    """Its OrderID is printed, and names it from then on."""
    order = ("orders", "enter", "CLIENT", "buy", "100", "ACME", "--price", "99", "--tif", "gtc", "--account", "A-1")
    status, text = said(tmp_path, *order, why="called at nine")
    assert status == 0
    order_id = text.strip()
    assert said(tmp_path, "orders", "replace", order_id, "--qty", "90", "--price", "98.5", why="less") == (0, "")
    assert said(tmp_path, "orders", "cancel", order_id, why="nothing") == (0, "")
    assert said(tmp_path, "orders", "cancel", order_id, why="nothing") == (1, f"{order_id} has ended\n")
    telephoned.converse(
        f"""
        client < ExecutionReport  OrderID={order_id}  ExecType=NEW       Side=BUY  OrderQty=100  Price=99    TimeInForce=GOOD_TILL_CANCEL  Account=A-1
        client < ExecutionReport  OrderID={order_id}  ExecType=RESTATED  Side=BUY  OrderQty=90   Price=98.5  TimeInForce=GOOD_TILL_CANCEL  Account=A-1
        client < ExecutionReport  OrderID={order_id}  ExecType=CANCELED
        """
    )


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (("enter", "CLIENT", "buy", "100", "NOPE"), (1, "RISK.SYMBOL Symbol(55) NOPE is not traded here")),
        (("enter", "CLIENT", "hold", "100", "ACME"), (2, "SIDE: 'hold' is none of BUY, SELL")),
        (("enter", "CLIENT", "buy", "1", "ACME", "--tif", "ever"), (2, "--tif: 'ever' is none of DAY, GTC, IOC, FOK")),
        (("replace", "NONE", "--qty", "1"), (1, "no order has the OrderID(37) NONE")),
        (("replace", "NONE"), (2, "--qty or --price has to be there")),
        (("cancel", "NONE"), (1, "no order has the OrderID(37) NONE")),
        (("pause", "NONE"), (1, "no order has the OrderID(37) NONE")),
        (("resume", "NONE"), (1, "no order has the OrderID(37) NONE")),
    ],
)
def test_what_cannot_be_done_says_why(
    tmp_path: Path, telephoned: World, arguments: tuple[str, ...], answer: tuple[int, str]
) -> None:
    status, text = said(tmp_path, "orders", *arguments, why="called")
    assert (status, text.strip()) == answer
    assert not telephoned.client().inbox


def test_a_child_that_its_venue_does_not_know_is_settled(tmp_path: Path, telephoned: World) -> None:
    """The audit has the fill as the venue's, the child ended, and who said so; see fixspecs/orders.md, O-5.11."""
    telephoned.converse(
        f"""
        client > NewOrderSingle   ClOrdID=X  OrderQty=100  OrdType=LIMIT  Price=100.10  {RESTING}
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=10  LastPx=100.10
        client < ExecutionReport  ExecType=TRADE  CumQty=10
        XLON   > disconnect
        """
    )
    order_id = telephoned.notes("parent")[0]["order_id"]
    settle = ("orders", "settle-child", order_id, f"{order_id}-1", "--as")
    assert said(tmp_path, *settle, "filled", "--qty", "30", "--price", "100", why="called") == (0, "")
    assert said(tmp_path, *settle, "canceled", "--qty", "30", why="called")[0] == 2
    assert said(tmp_path, *settle, "filled", "--qty", "30", why="called")[0] == 2
    assert said(tmp_path, *settle, "canceled", why="called again") == (0, "")
    assert said(tmp_path, *settle, "canceled", why="!") == (1, f"{order_id} has no child {order_id}-1 at a venue\n")
    written(tmp_path, [[item, *said] for item, said in zip(telephoned.inputs, telephoned.outputs, strict=True)])
    project(tmp_path)
    story = json.loads(run("audit", "order", order_id, "--json", "--data", str(tmp_path)).stdout)
    child, other = story["children"]
    assert (child["status"], child["cum_qty"], child["leaves_qty"], child["avg_px"]) == (
        "CANCELED",
        "40",
        "0",
        "100.025",
    )
    assert child["text"] == "settled by operator: called again" and other["status"] is None
    assert [(one["last_qty"], one["last_px"]) for one in story["child_executions"]] == [("10", "100.1"), ("30", "100")]
    told = json.loads(run("audit", "commands", "--json", "--data", str(tmp_path)).stdout)
    assert [(one["name"], one["before"], one["after"]) for one in told] == [
        ("settle-child", "10 of 100 filled", "filled 30 at 100"),
        ("settle-child", "40 of 100 filled", "canceled"),
        ("settle-child", None, None),
    ]


def test_what_clients_say_by_telephone_has_a_reason(tmp_path: Path, telephoned: World) -> None:
    assert said(tmp_path, "orders", "enter", "CLIENT", "buy", "100", "ACME", why=" ")[0] == 2
    assert said(tmp_path, "orders", "cancel", "NONE")[0] == 2
    assert not any(isinstance(item, Command) for item in telephoned.inputs)


def test_sessions_without_orders_have_none_by_telephone(tmp_path: Path) -> None:
    running = Driver()
    with door(tmp_path, running.engine, running):
        answer = said(tmp_path, "orders", "cancel", "X", why="called")
    assert answer == (1, "there are sessions here, and no orders\n")
    assert running.commands == []


def test_the_audit_says_who_did_what_and_why(tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also of stops and splits; what was refused is told as that."""
    world.command("enter-order", client="CLIENT", side="BUY", symbol="ACME", qty="100", price="99", why="called")
    world.command("enter-order", client="CLIENT", side="BUY", symbol="NOPE", qty="100", why="misheard")
    order_id = world.notes("parent")[0]["order_id"]
    world.command("replace-order", order=order_id, qty="90", why="less")
    world.command("kill", scope="client=CLIENT", why="storm")
    world.command("split", symbol="ACME", ratio="2:1", why="as announced")
    world.command("kill", scope="client=CLIENT", why="still storm")
    written(tmp_path, [[item, *said] for item, said in zip(world.inputs, world.outputs, strict=True)])
    project(tmp_path)
    told = json.loads(run("audit", "commands", "--json", "--data", str(tmp_path)).stdout)
    assert [(one["name"], one["arguments"]["why"], one["before"], one["after"]) for one in told] == [
        ("enter-order", "called", "", f"{order_id}: BUY 100 ACME at 99"),
        ("enter-order", "misheard", None, None),
        ("replace-order", "less", "BUY 100 ACME at 99", "BUY 90 ACME at 99"),
        ("kill", "storm", "ACTIVE", "HALTED"),
        ("split", "as announced", "1", "2"),
        ("kill", "still storm", None, None),
    ]
    assert {one["who"] for one in told} == {"operator"}
    monkeypatch.setenv("COLUMNS", "250")
    entered, refused, replaced, killed, doubled, again = [
        line for line in run("audit", "commands", "--data", str(tmp_path)).stdout.splitlines() if "operator" in line
    ]
    assert "enter-order    CLIENT" in entered and "refused" in refused
    assert order_id in replaced and "client=CLIENT" in killed and "HALTED" in killed
    assert "ACME" in doubled and "refused" not in doubled
    assert "no change" in again
    (order,) = json.loads(run("audit", "orders", "--json", "--data", str(tmp_path)).stdout)
    assert (order["order_id"], order["status"], order["order_qty"]) == (order_id, "CANCELED", "90")
