"""Risk in the whole gateway: stops reach every child, survive a restart, and nothing leaves in their scope afterwards."""

import os
import signal
import time
from pathlib import Path

import pytest

from gateway.model import SECOND, Command, Instrument, Limits, NewOrder, Ns, OrdType, Qty, Send, Side
from tests.conftest import clients, lots, make_world
from tests.conversation.world import World
from tests.guarded import money
from tests.stack import Stack
from tests.test_cli import run

RESTING = "TargetStrategy=TWAP  848=Duration=60;NumSlices=2;ChildTIF=0"
AT_ONCE = "TargetStrategy=TWAP  848=Duration=60;NumSlices=1;ChildTIF=0"


def limited(scope: str, limits: Limits) -> World:
    world = make_world(scoped_limits={scope: limits})
    world.converse("XLON quotes ACME 99.90x500 100.10x500")
    return world


def stops(world: World) -> list[tuple[str, str, str]]:
    return [(note["scope"], note["after"], note["who"]) for note in world.notes("stop")]


def alerts(world: World) -> list[str]:
    return [note["code"] for note in world.notes("alert")]


@pytest.mark.parametrize("scope", ["firm", "client=CLIENT", "symbol=ACME", "algo=1001"])
def test_P11_a_kill_in_mid_slice_cancels_what_is_live_and_releases_nothing(world: World, scope: str) -> None:
    """R-8.1, R-8.6: the client is told when the venue has confirmed, and the second slice never leaves."""
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=P  OrderQty=400  {RESTING}
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=200
        operator kill scope={scope} why=test
        XLON   < OrderCancelRequest
        XLON   > ExecutionReport  ExecType=CANCELED
        client < ExecutionReport  ClOrdID=P  ExecType=CANCELED  OrdStatus=CANCELED  Text~"trading is stopped"
        +60s
        client > NewOrderSingle   ClOrdID=Q  {RESTING}
        client < ExecutionReport  ClOrdID=Q  ExecType=REJECTED  OrdRejReason=0  Text~RISK.HALTED
        restart
        client > NewOrderSingle   ClOrdID=R  {RESTING}
        client < ExecutionReport  ClOrdID=R  ExecType=REJECTED  Text~RISK.HALTED
        """
    )


def test_a_kill_cancels_children_that_do_not_rest_as_well(world: World) -> None:
    """R-8.1, R-8.3 (I19): every live child, once; the fill that was faster counts."""
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=P  OrderQty=200
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=200  ClOrdID=$child
        operator kill scope=firm why=test
        XLON   < OrderCancelRequest
        operator kill scope=firm why=again
        XLON   > ExecutionReport  ClOrdID=$child  ExecType=TRADE  LastQty=200  LastPx=100.10
        client < ExecutionReport  ExecType=TRADE  OrdStatus=FILLED  CumQty=200
        """
    )
    assert stops(world) == [("firm", "HALTED", "operator")]


def test_a_stopped_venue_is_left_and_the_order_goes_on_elsewhere(world: World) -> None:
    """R-8.2"""
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=P  OrderQty=200  {AT_ONCE}
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=200
        operator kill scope=venue=XLON why=test
        XLON   < OrderCancelRequest
        XLON   > ExecutionReport  ExecType=CANCELED
        BATE   < NewOrderSingle   OrderQty=200
        """
    )


def test_a_stopped_order_is_canceled_alone(world: World) -> None:
    """R-8.2"""
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=P  OrderQty=100  {RESTING}
        client < ExecutionReport  ClOrdID=P  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=50  ClOrdID=$one
        client > NewOrderSingle   ClOrdID=Q  OrderQty=100  {RESTING}
        client < ExecutionReport  ClOrdID=Q  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=50
        """
    )
    (one, _) = (note["order_id"] for note in world.notes("parent"))
    world.converse(
        f"""
        operator kill scope=order={one} why=test
        XLON   < OrderCancelRequest
        XLON   > ExecutionReport  ClOrdID={one}-1  ExecType=CANCELED
        client < ExecutionReport  ClOrdID=P  ExecType=CANCELED
        +30s
        XLON   < NewOrderSingle   OrderQty=50  SecondaryClOrdID=Q
        """
    )


def test_after_two_steps_orders_are_taken_again(world: World) -> None:
    """R-8.5"""
    world.converse(
        """
        operator kill scope=firm why=test
        operator rearm scope=firm why=over
        operator confirm scope=firm why=over
        client > NewOrderSingle   ClOrdID=P  OrderQty=100
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100
        """
    )


def test_a_command_that_cannot_be_carried_out_is_answered(world: World) -> None:
    for command, error in (
        ("confirm scope=firm why=over", "firm is not stopped"),
        ("kill scope=firm why=test", None),
        ("enable session=NOBODY why=test", "there is no session NOBODY"),
    ):
        world.converse(f"operator {command}")
        assert world.node.command_error == error  # type: ignore[attr-defined]


def test_a_limit_changed_by_command_holds_after_a_restart(world: World) -> None:
    """R-7.1, R-7.4"""
    world.converse(
        """
        operator set-limit scope=client=CLIENT limit=max_order_qty value=99 why=test
        client > NewOrderSingle   ClOrdID=P  OrderQty=100
        client < ExecutionReport  ClOrdID=P  ExecType=REJECTED  Text~RISK.QTY
        restart
        XLON quotes ACME 99.90x500 100.10x500
        client > NewOrderSingle   ClOrdID=Q  OrderQty=100
        client < ExecutionReport  ClOrdID=Q  ExecType=REJECTED  Text~RISK.QTY
        """
    )
    (note,) = world.notes("limit")
    assert (note["who"], note["before"], note["after"]) == ("operator", "", "99")


def test_a_loss_stops_a_client_and_cancels_its_orders() -> None:
    """R-9.1: by a fill and a price, without anybody's command."""
    world = limited("client=CLIENT", Limits(max_loss=money("100")))
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=P  OrderQty=200  {RESTING}
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=100  LastPx=100.10
        client < ExecutionReport  ExecType=TRADE
        XLON quotes ACME 99.10x500 99.30x500
        +30s
        XLON   < NewOrderSingle   OrderQty=100
        XLON quotes ACME 99.09x500 99.30x500
        XLON   < OrderCancelRequest
        XLON   > ExecutionReport  ExecType=CANCELED
        client < ExecutionReport  ExecType=CANCELED  CumQty=100
        """
    )
    assert stops(world) == [("client=CLIENT", "HALTED", "risk")]


def test_what_is_used_of_a_limit_follows_the_reports_that_a_client_gets() -> None:
    """R-1.4, R-4.1, R-4.6: a refusal uses nothing, and an order that ends gives back what was not filled."""
    world = limited("client=CLIENT", Limits(max_position=lots(300)))
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=A  OrderQty=301
        client < ExecutionReport  ClOrdID=A  ExecType=REJECTED  OrdRejReason=3  Text~RISK.POSITION
        client > NewOrderSingle   ClOrdID=B  OrderQty=300
        client < ExecutionReport  ClOrdID=B  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=300  ClOrdID=$child
        XLON   > ExecutionReport  ClOrdID=$child  ExecType=TRADE  LastQty=100  LastPx=100.10
        client < ExecutionReport  ClOrdID=B  ExecType=TRADE  CumQty=100
        client > NewOrderSingle   ClOrdID=C  OrderQty=1
        client < ExecutionReport  ClOrdID=C  ExecType=REJECTED  Text~RISK.POSITION
        client > OrderCancelReplaceRequest  ClOrdID=D  OrigClOrdID=B  OrderQty=301
        client < OrderCancelReject  ClOrdID=D  CxlRejReason=2  Text~RISK.POSITION
        client > OrderCancelReplaceRequest  ClOrdID=E  OrigClOrdID=B  OrderQty=200
        client < ExecutionReport  ClOrdID=E  ExecType=PENDING_REPLACE
        client > NewOrderSingle   ClOrdID=F  OrderQty=1
        client < ExecutionReport  ClOrdID=F  ExecType=REJECTED  Text~RISK.POSITION
        XLON   > ExecutionReport  ClOrdID=$child  ExecType=CANCELED
        client < ExecutionReport  ClOrdID=E  ExecType=REPLACED
        client > NewOrderSingle   ClOrdID=G  OrderQty=101
        client < ExecutionReport  ClOrdID=G  ExecType=REJECTED  Text~RISK.POSITION
        client > OrderCancelRequest  ClOrdID=H  OrigClOrdID=E
        client < ExecutionReport  ClOrdID=H  ExecType=CANCELED
        client > NewOrderSingle   ClOrdID=I  OrderQty=201
        client < ExecutionReport  ClOrdID=I  ExecType=REJECTED  Text~RISK.POSITION
        client > NewOrderSingle   ClOrdID=J  OrderQty=200
        client < ExecutionReport  ClOrdID=J  ExecType=NEW
        XLON quotes ACME 99.90x500 100.10x500
        XLON   < NewOrderSingle   OrderQty=200
        """
    )


def test_a_bust_gives_the_position_back() -> None:
    """R-4.4: by the venue's own word, after the order was filled."""
    world = limited("client=CLIENT", Limits(max_position=lots(100)))
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=A  OrderQty=100
        client < ExecutionReport  ClOrdID=A  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100  ClOrdID=$child
        XLON   > ExecutionReport  ClOrdID=$child  ExecID=X1  ExecType=TRADE  LastQty=100  LastPx=100.10
        client < ExecutionReport  ClOrdID=A  ExecType=TRADE
        client > NewOrderSingle   ClOrdID=B  OrderQty=1
        client < ExecutionReport  ClOrdID=B  ExecType=REJECTED  Text~RISK.POSITION
        XLON   > ExecutionReport  ClOrdID=$child  ExecID=X2  ExecRefID=X1  ExecType=TRADE_CANCEL  CumQty=0  LeavesQty=0
        client < ExecutionReport  ClOrdID=A  ExecType=TRADE_CANCEL  LeavesQty=100
        client > NewOrderSingle   ClOrdID=C  OrderQty=1
        client < ExecutionReport  ClOrdID=C  ExecType=REJECTED  Text~RISK.POSITION
        client > OrderCancelRequest  ClOrdID=D  OrigClOrdID=A
        client < ExecutionReport  ClOrdID=D  ExecType=CANCELED
        client > NewOrderSingle   ClOrdID=E  OrderQty=100
        client < ExecutionReport  ClOrdID=E  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100
        """
    )


def test_a_child_that_waits_for_a_limit_goes_when_it_may() -> None:
    """R-1.5, R-5.3: said once, tried again a second later, without a quote that would wake it."""
    world = limited("venue=XLON", Limits(max_orders_per_s=1))
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=P  OrderQty=100
        client < ExecutionReport  ClOrdID=P  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100
        client > NewOrderSingle   ClOrdID=Q  OrderQty=100
        client < ExecutionReport  ClOrdID=Q  ExecType=NEW
        +1s
        XLON   < NewOrderSingle   OrderQty=100  SecondaryClOrdID=Q
        """
    )
    assert alerts(world) == ["CHILD.WAITS"]


def test_two_clients_of_ours_do_not_meet_at_a_venue() -> None:
    """R-5.4 (I20): the second waits until the first has come back."""
    world = make_world(clients=clients("CLIENT", "OTHER"))
    world.converse(
        f"""
        XLON   quotes ACME 99.90x500 100.10x500
        client > NewOrderSingle   ClOrdID=P  OrderQty=100  {AT_ONCE}
        client < ExecutionReport  ClOrdID=P  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100  Price=100.10  ClOrdID=$bid
        other  > NewOrderSingle   ClOrdID=Q  OrderQty=100  Side=SELL
        other  < ExecutionReport  ClOrdID=Q  ExecType=NEW
        XLON   > ExecutionReport  ClOrdID=$bid  ExecType=TRADE  LastQty=100  LastPx=100.10
        client < ExecutionReport  ClOrdID=P  ExecType=TRADE
        XLON   quotes ACME 99.90x500 100.10x400
        XLON   < NewOrderSingle   OrderQty=100  Price=99.90
        """
    )
    assert alerts(world) == ["CHILD.WAITS"]


def test_the_governor_stops_the_firm_before_too_much_leaves(world: World) -> None:
    """R-6.1: here the order core forgets what it has reserved. What it believes to be out is canceled too."""
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=P  OrderQty=400  {RESTING}
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=200
        """
    )
    (parent,) = world.node.desk.parents.values()  # type: ignore[attr-defined]
    parent.reserved = Qty(-lots(200))
    world.pass_time(Ns(30 * SECOND))
    sent = b"".join(output.data for outputs in world.outputs for output in outputs if isinstance(output, Send))
    assert sent.count(b"\x0135=D\x01") == 1
    assert stops(world) == [("firm", "HALTED", "risk")]
    assert world.notes("stop")[0]["why"].startswith("GOVERNOR.EXCESS")


def test_2000_live_children_are_called_back_within_half_a_second() -> None:
    """I19: every cancel leaves with the command itself."""
    limits = Limits(max_order_qty=lots(10**9), max_order_notional=money("100000000"), collar_bps=500)
    world = make_world(limits={"ACME": limits}, instruments=(Instrument(symbol="ACME"),))
    world.converse("XLON quotes ACME 99.90x5000000 100.10x5000000")
    world.node._engine.outputs = []  # type: ignore[attr-defined]
    for number in range(2000):
        order = NewOrder(
            cl_ord_id=f"K{number}",
            symbol="ACME",
            side=Side.BUY,
            order_qty=lots(2),
            ord_type=OrdType.MARKET,
            target_strategy="1001",
            strategy_text="Duration=60;NumSlices=1;ChildTIF=0",
        )
        world.node.desk.new_order("CLIENT", order, world.now)  # type: ignore[attr-defined]
    began = time.perf_counter()
    outputs = world.node.handle(Command(world.now, "kill", "operator", b'{"scope":"firm","why":"test"}'))
    spent = time.perf_counter() - began
    assert sum(b"\x0135=F\x01" in output.data for output in outputs if isinstance(output, Send)) == 2000
    assert spent < 0.5


def test_a_signal_stops_the_firm(tmp_path: Path) -> None:
    """R-8.1: SIGUSR1, and `gateway kill` tells who it was."""
    with Stack(tmp_path) as stack:
        stack.wait_for_prices()
        assert stack.gateway is not None
        os.kill(stack.gateway.pid, signal.SIGUSR1)
        stack.gateway.wait_until_it_says("SIGUSR1: trading is stopped for the firm")
        told = run("kill", "--data", str(stack.data))
        assert told.stdout.startswith("firm: HALTED since ") and told.stdout.endswith(" by signal: SIGUSR1\n")
        stack.stop()
