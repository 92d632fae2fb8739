"""The kill switch: scopes, states, two-step re-arm, and what stops by itself."""

from typing import Any

import pytest

from gateway.model import Limits, Side, parse_qty
from gateway.model.settings import Scope
from tests.guarded import Desk, money, order, settings

SCOPES = ("firm", "client=CLIENT", "account=A", "symbol=ACME", "algo=0")
ELSEWHERE: dict[str, tuple[str, dict[str, Any]]] = {
    "client=CLIENT": ("OTHER", {}),
    "account=A": ("CLIENT", {"account": "B"}),
} | {
    "symbol=ACME": ("CLIENT", {"symbol": "BOND"}),
    "algo=0": ("CLIENT", {"algo": "1001"}),
}


@pytest.mark.parametrize("scope", SCOPES)
def test_nothing_is_taken_or_sent_in_a_scope_that_is_stopped(scope: str) -> None:
    """R-8.1 (I19): neither orders nor children of orders at work; all else goes on."""
    desk = Desk()
    parent = desk.enter(order())
    assert desk.command("kill", scope) is None
    assert desk.judge(order()) == "RISK.HALTED"
    assert desk.judge_child(parent) == "RISK.HALTED"
    assert desk.guard.tripped == [Scope(*scope.split("="))]
    if scope in ELSEWHERE:
        client, other = ELSEWHERE[scope]
        assert desk.judge(order(**other), client) is None
        assert desk.judge_child(desk.enter(order(**other), client)) is None


def test_a_stopped_venue_gets_no_children() -> None:
    """R-8.2: orders are taken, and worked elsewhere."""
    desk = Desk()
    parent = desk.enter(order())
    assert desk.command("kill", "venue=XLON") is None
    assert desk.judge(order()) is None
    assert (desk.judge_child(parent), desk.judge_child(parent, venue="BATE")) == ("RISK.HALTED", None)
    assert not desk.guard.trades_on("XLON") and desk.guard.trades_on("BATE")


def test_a_stopped_order_sends_no_children_and_is_not_replaced() -> None:
    desk = Desk()
    one, other = desk.enter(order()), desk.enter(order())
    assert desk.command("kill", f"order={one}") is None
    assert (desk.judge_child(one), desk.judge_child(other)) == ("RISK.HALTED", None)
    refused = desk.guard.entry("CLIENT", order(), desk.quotes["ACME"], desk.now, replaces=one)
    assert refused is not None and refused.text.startswith("RISK.HALTED")


def test_who_stops_what_and_why_is_noted_once() -> None:
    """R-8.3: a second kill changes nothing on record, and pulls what is live again."""
    desk = Desk()
    for why in ("fat finger", "to be sure"):
        assert desk.command("kill", "client=CLIENT", why=why) is None
    noted = {"scope": "client=CLIENT", "what": "kill", "who": "ops", "why": "fat finger"}
    assert desk.noted == [("stop", noted | {"before": "ACTIVE", "after": "HALTED"})]
    desk.guard.tripped.clear()
    assert desk.command("kill", "client=CLIENT", why="once more") is None
    assert desk.guard.tripped == [Scope("client", "CLIENT")]
    (status,) = desk.guard.status().stops
    assert (status.who, status.why, status.state, status.rearming) == ("ops", "fat finger", "HALTED", False)


def test_the_reason_of_a_stop_is_not_for_clients() -> None:
    desk = Desk()
    desk.command("kill", "firm", why="the regulator is here")
    refused = desk.guard.entry("CLIENT", order(), desk.quotes["ACME"], desk.now)
    assert refused is not None and refused.text == "RISK.HALTED trading is stopped for firm"


def test_to_trade_again_takes_two_steps_that_name_the_scope() -> None:
    """R-8.5"""
    desk = Desk()
    desk.command("kill", "client=CLIENT")
    desk.command("kill", "firm")
    assert desk.command("confirm", "client=CLIENT") == "nobody asked for client=CLIENT to trade again"
    assert desk.command("rearm", "client=CLIENT") is None
    assert desk.judge(order()) == "RISK.HALTED"
    assert desk.command("confirm", "firm") == "nobody asked for firm to trade again"
    assert desk.command("confirm", "client=CLIENT") is None
    assert desk.judge(order()) == "RISK.HALTED"  # the firm
    assert (desk.command("rearm", "firm"), desk.command("confirm", "firm")) == (None, None)
    assert desk.judge(order()) is None
    assert [(note["what"], note["before"], note["after"]) for kind, note in desk.noted if note["scope"] == "firm"] == [
        ("kill", "ACTIVE", "HALTED"),
        ("rearm", "HALTED", "HALTED"),
        ("confirm", "HALTED", "ACTIVE"),
    ]


@pytest.mark.parametrize(("seconds", "late"), [(300, False), (300.1, True)])
def test_a_confirmation_comes_within_five_minutes(seconds: float, late: bool) -> None:
    """R-8.5"""
    desk = Desk()
    desk.command("kill", "firm")
    desk.command("rearm", "firm")
    desk.pass_time(seconds)
    assert (desk.command("confirm", "firm") is not None) == late
    assert (desk.judge(order()) == "RISK.HALTED") == late


def test_a_kill_between_the_two_steps_begins_them_anew() -> None:
    desk = Desk()
    desk.command("kill", "firm")
    desk.command("rearm", "firm")
    desk.command("kill", "firm", why="not yet")
    assert desk.command("confirm", "firm") == "nobody asked for firm to trade again"


@pytest.mark.parametrize(
    ("name", "scope", "why", "error"),
    [
        ("kill", "firm", " ", "kill: why is not said"),
        ("kill", "galaxy=X", "x", "kill: galaxy is none of firm"),
        ("kill", "client", "x", "kill: which client is not said"),
        ("rearm", "firm", "x", "firm is not stopped"),
        ("confirm", "firm", "x", "firm is not stopped"),
        ("reduce", "venue=XLON", "x", "venue=XLON holds nothing to reduce"),
        ("reduce", "order=P", "x", "order=P holds nothing to reduce"),
    ],
)
def test_a_command_that_cannot_be_carried_out_changes_nothing(name: str, scope: str, why: str, error: str) -> None:
    desk = Desk()
    said = desk.command(name, scope, why=why)
    assert said is not None and said.startswith(error)
    assert desk.noted == [] and desk.guard.tripped == [] and desk.judge(order()) is None


# --- REDUCING ---


@pytest.mark.parametrize("scope", SCOPES)
def test_who_reduces_may_close_what_is_held_and_no_more(scope: str) -> None:
    """R-8.4: with what is open on that side already."""
    desk = Desk()
    desk.fill(desk.enter(order()))
    assert desk.command("reduce", scope) is None
    assert desk.judge(order(qty="1")) == "RISK.REDUCING"
    assert desk.judge(order(side=Side.SELL, qty="101")) == "RISK.REDUCING"
    sold = desk.enter(order(side=Side.SELL, qty="60"))
    assert desk.judge(order(side=Side.SELL, qty="41")) == "RISK.REDUCING"
    assert desk.judge(order(side=Side.SELL, qty="40")) is None
    assert desk.judge_child(sold, "60") is None


def test_a_child_that_would_not_reduce_is_refused() -> None:
    """R-8.4: and so is a replace, unless it asks for less."""
    desk = Desk()
    parent = desk.enter(order())
    assert desk.command("reduce", "firm") is None
    for qty, passes in (("101", False), ("100", False), ("99", True)):
        refused = desk.guard.entry("CLIENT", order(qty), desk.quotes["ACME"], desk.now, replaces=parent)
        assert (refused is None) == passes
    assert desk.judge_child(parent) == "RISK.REDUCING"


def test_who_is_halted_cannot_be_let_reduce_without_a_re_arm() -> None:
    desk = Desk()
    desk.command("kill", "firm")
    assert desk.command("reduce", "firm") == "firm is stopped already; it has to be re-armed first"
    desk = Desk()
    desk.command("reduce", "firm")
    assert desk.command("kill", "firm") is None
    assert desk.judge(order()) == "RISK.HALTED"


# --- what stops by itself ---


@pytest.mark.parametrize("side", [Side.BUY, Side.SELL])
@pytest.mark.parametrize("scope", ["firm", "client=CLIENT", "account=A", "algo=0"])
def test_a_loss_beyond_the_limit_stops_its_scope(scope: str, side: Side) -> None:
    """R-9.1: unrealised at what it could be closed at; the bound itself is no breach."""
    desk = Desk({scope: Limits(max_loss=money("300"))})
    is_buy = side == Side.BUY
    desk.fill(desk.enter(order(side=side)), price="100")
    desk.quote("97", "98") if is_buy else desk.quote("102", "103")
    assert desk.judge(order(price=None)) is None
    desk.quote("96.99", "98") if is_buy else desk.quote("102", "103.01")
    assert desk.judge(order(price=None)) == "RISK.HALTED"
    assert desk.guard.tripped == [Scope(*scope.split("="))]
    assert desk.noted[-1][1]["who"] == "risk" and desk.noted[-1][1]["why"].startswith("RISK.LOSS of 301 ")


def test_a_realised_loss_counts() -> None:
    desk = Desk({"firm": Limits(max_loss=money("99.99"))})
    desk.quote("99", "100")
    desk.fill(desk.enter(order()), price="100")
    assert desk.guard.switch.stops  # 100 shares bought at 100 are worth 99 each
    desk = Desk({"firm": Limits(max_loss=money("100"))})
    desk.fill(desk.enter(order()), price="100")
    desk.fill(desk.enter(order(side=Side.SELL)), price="99")
    desk.quote("50", "51")
    assert not desk.guard.switch.stops  # it holds nothing


def test_a_fall_from_the_days_best_stops_its_scope() -> None:
    """R-9.2: after a re-arm it is measured from there."""
    desk = Desk({"client=CLIENT": Limits(max_drawdown=money("300"))})
    desk.fill(desk.enter(order()), price="100")
    for bid in ("110", "107"):
        desk.quote(bid, "111")
        assert not desk.guard.switch.stops
    desk.quote("106.99", "111")
    assert desk.judge(order(price=None)) == "RISK.HALTED"
    desk.command("rearm", "client=CLIENT")
    desk.command("confirm", "client=CLIENT")
    desk.quote("103.99", "111")
    assert not desk.guard.switch.stops
    desk.quote("103.98", "111")
    assert desk.guard.switch.stops


def test_a_day_begins_without_loss() -> None:
    desk = Desk({"firm": Limits(max_loss=money("300"))})
    desk.fill(desk.enter(order()), price="100")
    desk.quote("98", "100")
    desk.pass_time(24 * 3600)
    desk.judge(order())
    desk.quote("95", "97")
    assert not desk.guard.switch.stops
    desk.quote("94.99", "97")
    assert desk.guard.switch.stops


def test_a_loss_limit_set_late_counts_from_then() -> None:
    """R-9.1: from the first price after it; nobody followed prices before."""
    desk = Desk()
    desk.fill(desk.enter(order()), price="100")
    desk.quote("90", "97")
    assert desk.command("set-limit", "firm", limit="max_loss", value="100") is None
    desk.quote("95", "97")
    desk.quote("94", "97")
    assert not desk.guard.switch.stops
    desk.quote("93.99", "97")
    assert desk.guard.switch.stops


def test_an_algo_that_sends_over_and_over_waits_for_a_person() -> None:
    """R-9.3: orders without an algo, and other algos, go on."""
    desk = Desk({"algo=1001": Limits(max_repeats=3)})
    parent, other = desk.enter(order(algo="1001")), desk.enter(order(algo="1002"))
    for _ in range(3):
        desk.release(parent, "1")
        desk.release(other, "1")
    assert desk.judge_child(parent, "1") == "RISK.REPEATS"
    assert desk.judge(order(algo="1001")) == "RISK.HALTED"
    assert desk.guard.tripped == [Scope("algo", "1001")]
    assert desk.judge_child(other, "1") is None and desk.judge(order()) is None
    desk.command("rearm", "algo=1001")
    assert desk.judge_child(parent, "1") == "RISK.HALTED"
    desk.command("confirm", "algo=1001")
    assert desk.judge_child(parent, "1") is None


def test_stops_and_limits_survive_a_restart() -> None:
    """R-8.6: they are facts of the journal, not of the process."""
    desk = Desk({"firm": Limits(max_position=parse_qty("100"))})
    desk.command("kill", "client=CLIENT")
    desk.guard.configure(settings({"firm": Limits(max_position=parse_qty("100"))}))
    assert desk.judge(order()) == "RISK.HALTED"
