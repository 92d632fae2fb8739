"""Limits on what adds up: each at its bound and one step beyond, in every scope, on orders and on children."""

import re
from pathlib import Path
from typing import Any

import pytest

from gateway.model import Limits, Side, parse_qty
from gateway.model.settings import BASIC, FIRM, OF_LISTS, OPTIONAL
from tests.guarded import Desk, code, money, order, settings

SCOPES = ("firm", "client=CLIENT", "account=A", "symbol=ACME", "algo=0")
OTHER: dict[str, dict[str, Any]] = {  # an order that is in all scopes but this one
    "client=CLIENT": {"client": "OTHER"},
    "account=A": {"account": "B"},
    "symbol=ACME": {"symbol": "BOND"},
    "algo=0": {"algo": "1001"},
}


def limited(scope: str, **limits: Any) -> Desk:
    """One scope has these limits, and no other has any."""
    if scope == "symbol=ACME":
        return Desk(symbol=limits)
    return Desk({scope: Limits(**limits)})


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"max_open_gross": money("20000")}, "RISK.GROSS"),
        ({"max_open_net": money("20000")}, "RISK.NET"),
        ({"max_credit": money("20000")}, "RISK.CREDIT"),
        ({"max_day_notional": money("20000")}, "RISK.DAYNOTIONAL"),
        ({"max_position": parse_qty("200")}, "RISK.POSITION"),
        ({"max_day_qty": parse_qty("200")}, "RISK.DAYQTY"),
    ],
)
def test_a_scope_has_so_much_and_no_more(scope: str, limits: dict[str, Any], code: str) -> None:
    """R-1.1, R-4.1: 100 shares at 100.00 twice stand at the bound, one share more is beyond it; other scopes are free."""
    desk = limited(scope, **limits)
    desk.enter(order())
    assert desk.judge(order(qty="101")) == code
    desk.enter(order())
    assert desk.judge(order(qty="1")) == code
    if scope in OTHER:
        changed = dict(OTHER[scope])
        client = changed.pop("client", "CLIENT")
        assert desk.judge(order(**changed), client) is None


@pytest.mark.parametrize("scope", SCOPES)
def test_a_day_has_so_many_orders(scope: str) -> None:
    """R-4.8: refused orders do not count, and neither do those of the day before."""
    desk = limited(scope, max_day_orders=2)
    desk.enter(order())
    assert desk.judge(order(qty="1000000")) == "RISK.QTY"
    desk.enter(order())
    assert desk.judge(order()) == "RISK.DAYORDERS"
    desk.pass_time(24 * 3600)
    assert desk.judge(order()) is None


def test_a_day_has_so_many_trades() -> None:
    """R-4.9"""
    desk = Desk({"client=CLIENT": Limits(max_day_trades=2)})
    first = desk.enter(order())
    desk.fill(first, "10")
    second = desk.enter(order())
    desk.fill(second, "10")
    assert desk.judge(order()) == "RISK.DAYTRADES"
    assert desk.judge_child(first) == "RISK.DAYTRADES"
    assert desk.judge(order(), "OTHER") is None


def test_what_ends_or_is_filled_is_not_open_any_more() -> None:
    desk = Desk({"firm": Limits(max_open_gross=money("10000"))})
    first = desk.enter(order())
    desk.fill(first, "60")
    assert desk.judge(order(qty="61")) == "RISK.GROSS"
    second = desk.enter(order(qty="60"))
    desk.guard.ended(first)
    assert desk.judge(order(qty="41")) == "RISK.GROSS"
    assert desk.judge(order(qty="40")) is None
    desk.guard.ended(second)
    assert desk.judge(order(qty="100")) is None


def test_a_sell_makes_room_for_a_buy_in_the_net_only() -> None:
    """R-4.3: gross adds both sides up, net takes them off each other, and what lowers the net always passes."""
    gross = Desk({"firm": Limits(max_open_gross=money("20000"))})
    gross.enter(order())
    gross.enter(order(side=Side.SELL))
    assert gross.judge(order(qty="1")) == "RISK.GROSS"
    net = Desk({"firm": Limits(max_open_net=money("10000"))})
    net.enter(order())
    sold = net.enter(order(side=Side.SELL))
    net.enter(order())
    net.guard.ended(sold)
    assert net.judge(order(qty="1")) == "RISK.NET"
    assert net.judge(order(side=Side.SELL, qty="50")) is None  # 15,000 are still too much, but less than 20,000


def test_a_position_counts_with_all_that_may_still_be_added() -> None:
    """R-4.4: long or short, each side by the worst that its open orders can do."""
    desk = Desk({"account=A": Limits(max_position=parse_qty("150"))})
    bought = desk.enter(order())
    desk.fill(bought)
    assert desk.judge(order(qty="51")) == "RISK.POSITION"
    desk.enter(order(qty="50"))
    assert desk.judge(order(side=Side.SELL, qty="251")) == "RISK.POSITION"
    assert desk.judge(order(side=Side.SELL, qty="250")) is None
    assert desk.judge(order(symbol="BOND", qty="150")) is None
    desk.bust(bought)
    assert desk.judge(order(qty="100")) is None


def test_credit_is_what_was_paid_and_what_may_yet_be() -> None:
    """R-4.5: selling gives it back; selling short takes it as buying does."""
    desk = Desk({"client=CLIENT": Limits(max_credit=money("15000"))})
    bought = desk.enter(order())
    desk.fill(bought, price="99.50")
    assert desk.judge(order(qty="50")) is None
    assert desk.judge(order(qty="51")) == "RISK.CREDIT"
    sold = desk.enter(order(side=Side.SELL))
    desk.fill(sold, price="99.50")
    assert desk.judge(order(qty="150")) is None
    assert desk.judge(order(qty="151")) == "RISK.CREDIT"
    assert desk.judge(order(side=Side.SELL, qty="151")) == "RISK.CREDIT"
    desk.fill(desk.enter(order(side=Side.SELL)), price="99.50")
    assert desk.judge(order(side=Side.SELL, qty="51")) == "RISK.CREDIT"
    assert desk.judge(order(side=Side.SELL, qty="50")) is None
    assert desk.judge(order(qty="249")) is None


def test_days_end_at_the_close() -> None:
    """R-4.7: with a close at 14:30 UTC, ten minutes from now."""
    desk = Desk({"firm": Limits(max_day_qty=parse_qty("100"))}, close_s=14 * 3600 + 30 * 60)
    first = desk.enter(order())
    desk.fill(first)
    desk.guard.ended(first)
    desk.pass_time(599)
    assert desk.judge(order(qty="1")) == "RISK.DAYQTY"
    desk.pass_time(1)
    assert desk.judge(order()) is None


@pytest.mark.parametrize(
    "limits", [{"max_open_gross": 0}, {"max_position": 0}, {"max_day_orders": 0}, {"max_credit": 0}]
)
def test_a_limit_of_zero_lets_nothing_pass(limits: dict[str, int]) -> None:
    assert limited("firm", **limits).judge(order(qty="1")) is not None


@pytest.mark.parametrize("name", [*BASIC, *OPTIONAL])
def test_a_limit_that_is_neither_set_nor_done_without_refuses(name: str) -> None:
    """R-1.3: by name. One of an algo concerns orders of algos only."""
    desk = Desk(no_limits=tuple(limit for limit in OPTIONAL if limit != name), symbol={name: None})
    assert desk.judge(order(algo="1001")) == "RISK.UNSET"
    assert desk.judge(order()) == (None if name == "max_repeats" else "RISK.UNSET")


def test_a_limit_set_in_any_scope_of_the_order_is_set() -> None:
    """R-1.3: a client's own limit serves that client and nobody else."""
    without = tuple(limit for limit in OPTIONAL if limit != "max_credit")
    desk = Desk({"client=CLIENT": Limits(max_credit=money("1000000"))}, no_limits=without)
    assert desk.judge(order()) is None
    assert desk.judge(order(), "OTHER") == "RISK.UNSET"


def test_the_tightest_of_several_scopes_holds() -> None:
    """R-1.2"""
    desk = Desk({"firm": Limits(max_order_qty=parse_qty("50")), "client=CLIENT": Limits(collar_bps=0)})
    assert desk.judge(order(qty="51")) == "RISK.QTY"
    assert desk.judge(order(qty="50")) is None
    assert desk.judge(order(qty="50", price="100.01")) == "RISK.COLLAR"
    assert desk.judge(order(qty="50", price="100.01"), "OTHER") is None


def test_a_child_is_refused_what_its_parent_may_no_longer_have() -> None:
    """R-4.10: a limit was lowered after the order was taken; the parent waits, and goes on when it may."""
    desk = Desk({"client=CLIENT": Limits(max_open_gross=money("10000"))})
    parent = desk.enter(order())
    assert desk.judge_child(parent) is None
    assert desk.command("set-limit", "client=CLIENT", limit="max_open_gross", value="9999.99") is None
    assert desk.judge_child(parent) == "RISK.GROSS"
    assert desk.command("set-limit", "client=CLIENT", limit="max_open_gross", value="10000") is None
    assert desk.judge_child(parent) is None


def test_a_child_at_a_worse_price_than_its_parent_was_counted_at_counts_more() -> None:
    """R-4.2: a market order counts at the offer of its entry; a child may pay up to the collar."""
    desk = Desk({"firm": Limits(max_open_gross=money("10100"))})
    parent = desk.enter(order(price=None))
    assert desk.judge_child(parent, price="101.01") == "RISK.GROSS"
    desk.release(parent, price="101")
    assert desk.judge(order(qty="1")) == "RISK.GROSS"


def test_a_venue_holds_so_much_of_ours() -> None:
    """R-5.2: fills and children that ended are not there any more; other venues have limits of their own."""
    desk = Desk({"venue=XLON": Limits(max_venue_gross=money("10000"))})
    parent = desk.enter(order(qty="1000"))
    child = desk.release(parent, "60")
    assert desk.judge_child(parent, "41") == "RISK.VENUE"
    other = desk.release(parent, "40")
    assert desk.judge_child(parent, "1", venue="BATE") is None
    desk.guard.child_leaves(child, parse_qty("50"))
    assert desk.judge_child(parent, "11") == "RISK.VENUE"
    assert desk.judge_child(parent, "10") is None
    desk.guard.child_leaves(other, parse_qty("0"))
    assert desk.judge_child(parent, "50") is None


@pytest.mark.parametrize("limits", [Limits(max_order_qty=parse_qty("50")), Limits(max_order_notional=money("5000"))])
def test_a_venue_takes_orders_up_to_a_size(limits: Limits) -> None:
    """R-5.1"""
    desk = Desk({"venue=XLON": limits})
    parent = desk.enter(order())
    assert desk.judge_child(parent, "51") == "RISK.VENUE"
    assert desk.judge_child(parent, "50") is None
    assert desk.judge_child(parent, "51", venue="BATE") is None


def test_a_replace_needs_room_for_what_it_adds_only() -> None:
    """R-4.6: to ask for less passes even above a limit, and until the replace is through the larger terms are open."""
    desk = Desk({"firm": Limits(max_open_gross=money("10000"))})
    parent = desk.enter(order())
    desk.fill(parent, "40")

    def judge(qty: str) -> bool:
        terms = order(qty=qty)
        return (
            desk.guard.entry("CLIENT", terms, desk.quotes["ACME"], desk.now, replaces=parent, cum_qty=parse_qty("40"))
            is None
        )

    assert judge("140") and not judge("141")
    desk.guard.replacing(
        parent, "CLIENT", order(qty="50"), cum_qty=parse_qty("40"), quote=desk.quotes["ACME"], now=desk.now
    )
    assert desk.judge(order(qty="41")) == "RISK.GROSS"
    terms = order(qty="120")
    arguments: dict[str, Any] = {"cum_qty": parse_qty("40"), "quote": desk.quotes["ACME"]}
    desk.guard.replacing(parent, "CLIENT", terms, now=desk.now, **arguments)
    assert desk.judge(order(qty="21")) == "RISK.GROSS"
    desk.guard.replaced(parent, "CLIENT", order(qty="50"), parse_qty("10"), desk.quotes["ACME"])
    assert desk.judge(order(qty="90")) is None
    assert desk.command("set-limit", "firm", limit="max_open_gross", value="1") is None
    assert judge("45") and not judge("60")


def program(desk: Desk, *orders: Any, client: str = "CLIENT") -> list[str | None]:
    return [code(refused) for refused in desk.guard.program(client, orders, desk.quotes, desk.now)]


@pytest.mark.parametrize("scope", SCOPES)
def test_a_list_is_worth_so_much_in_all(scope: str) -> None:
    """R-4.11: 100 shares to buy and 100 to sell, both at 100.00, stand at the bound."""
    desk = limited(scope, max_list_notional=money("20000"))
    two = (order(), order(side=Side.SELL))
    assert program(desk, *two) == [None, None]
    assert program(desk, *two, order(qty="1")) == ["RISK.LIST"] * 3


def test_a_list_needs_its_limit_in_the_configuration() -> None:
    """R-1.3, R-4.11: `limits.none` does not name it, and a command that sets it somewhere is not enough."""
    desk = Desk()
    assert "max_list_notional" not in OPTIONAL
    assert program(desk, order()) == ["RISK.UNSET"] and desk.judge(order()) is None
    assert desk.command("set-limit", "firm", limit="max_list_notional", value="20000") is None
    assert program(desk, order()) == ["RISK.UNSET"]


def test_a_command_can_only_lower_the_limit_of_lists() -> None:
    """R-4.11"""
    desk = Desk({"firm": Limits(max_list_notional=money("20000"))})
    for value in ("20000.01", ""):
        wrong = desk.command("set-limit", "firm", limit="max_list_notional", value=value)
        assert wrong is not None and "can only lower it" in wrong
    assert desk.command("set-limit", "firm", limit="max_list_notional", value="10000") is None
    assert program(desk, order(), order(qty="1")) == ["RISK.LIST"] * 2
    assert desk.command("set-limit", "firm", limit="max_list_notional", value="20000") is None
    assert desk.command("set-limit", "client=CLIENT", limit="max_list_notional", value="30000") is None
    assert program(desk, order(), order(qty="100")) == [None, None]
    assert program(desk, order(), order(qty="101")) == ["RISK.LIST"] * 2


@pytest.mark.parametrize(
    ("limits", "codes"),
    [
        ({"max_open_gross": money("20000")}, [None, None, "RISK.GROSS"]),
        ({"max_position": parse_qty("200")}, [None, None, "RISK.POSITION"]),
        ({"max_day_orders": 2}, [None, None, "RISK.DAYORDERS"]),
        ({"max_orders_per_s": 2}, [None, None, "RISK.RATE"]),
        ({"duplicate_s": 5}, [None, "RISK.DUPLICATE", "RISK.DUPLICATE"]),
    ],
)
def test_orders_of_a_list_are_judged_as_if_those_before_them_were_taken(limits: Any, codes: list[str | None]) -> None:
    """R-4.12: and nothing of it is used, so that the same comes out again."""
    desk = Desk({"firm": Limits(max_list_notional=money("1000000"), **limits)})
    before = desk.guard.exposure.total(FIRM).facts()
    for _ in range(2):
        assert program(desk, order(), order(), order()) == codes
    assert desk.guard.exposure.total(FIRM).facts() == before
    desk.enter(order())
    if "duplicate_s" not in limits:
        assert program(desk, order(), order()) == [codes[1], codes[2]]


def test_every_rule_of_risk_is_tested_and_every_limit_is_among_them() -> None:
    """The numbers of fixspecs/risk.md stand in the docstrings of these tests."""
    folder = Path(__file__).parent
    rules = (folder.parent / "fixspecs" / "risk.md").read_text()
    modules = (
        "test_risk",
        "test_limits",
        "test_exposure",
        "test_kill_switch",
        "test_stops_by_message",
        "test_governor",
    )
    tests = "".join((folder / f"{name}.py").read_text() for name in modules)
    quoted = set(re.findall(r"\bR-[0-9]+\.[0-9]+\b", tests))
    assert set(re.findall(r"\*\*(R-[0-9]+\.[0-9]+)\*\*", rules)) == quoted
    assert re.findall(r"^\| (\w+_\w+) \|", rules, re.MULTILINE) == [*BASIC, *OF_LISTS, *OPTIONAL]


# --- limits changed at run time ---


def test_a_changed_limit_holds_at_once_and_is_noted_with_old_and_new() -> None:
    """R-7.1, R-7.3"""
    desk = Desk({"firm": Limits(max_day_orders=1)})
    assert desk.command("set-limit", "firm", limit="max_day_orders", value="0", why="too much") is None
    assert desk.judge(order()) == "RISK.DAYORDERS"
    assert desk.noted == [
        (
            "limit",
            {"scope": "firm", "limit": "max_day_orders", "who": "ops", "why": "too much", "before": "1", "after": "0"},
        )
    ]


def test_a_limit_set_late_counts_what_was_before() -> None:
    """R-7.2: a scope without limits is not followed, but all it did is known."""
    desk = Desk()
    desk.fill(desk.enter(order()))
    assert desk.command("set-limit", "client=CLIENT", limit="max_position", value="120") is None
    assert desk.judge(order(qty="21")) == "RISK.POSITION"
    assert desk.judge(order(qty="20")) is None


def test_a_rate_that_is_changed_counts_what_was_before() -> None:
    """R-7.2: lowered or raised, the second goes on."""
    desk = Desk({"firm": Limits(max_orders_per_s=3)})
    for _ in range(2):
        desk.enter(order())
    for most, passes in (("1", False), ("2", False), ("3", True)):
        assert desk.command("set-limit", "firm", limit="max_orders_per_s", value=most) is None
        assert (desk.judge(order()) is None) == passes


def test_a_changed_limit_survives_a_restart_until_the_file_says_otherwise() -> None:
    """R-7.4: the last word counts."""
    desk = Desk({"firm": Limits(max_day_orders=10)})
    assert desk.command("set-limit", "firm", limit="max_day_orders", value="0") is None
    desk.guard.configure(settings({"firm": Limits(max_day_orders=10)}))
    assert desk.judge(order()) == "RISK.DAYORDERS"
    desk.guard.configure(settings({"firm": Limits(max_day_orders=9)}))
    assert desk.judge(order()) is None
    assert desk.noted[-1][1]["who"] == "configuration"
    assert (desk.noted[-1][1]["before"], desk.noted[-1][1]["after"]) == ("0", "9")


@pytest.mark.parametrize(
    ("scope", "limit", "value", "error"),
    [
        ("firm", "max_everything", "1", "max_everything is no limit"),
        ("venue=XLON", "max_loss", "1", "max_loss is a limit of firm, client"),
        ("firm", "restricted", "true", "restricted is a limit of symbol"),
        ("symbol=ACME", "restricted", "yes", "restricted is true or false"),
        ("firm", "max_day_orders", "1.5", "max_day_orders: '1.5' is no whole number"),
        ("firm", "max_day_orders", "\u0661", "max_day_orders: '\u0661' is no whole number"),
        ("firm", "max_credit", "NaN", "'NaN' is not a number"),
        ("firm", "max_credit", "-1", "'-1' is negative"),
        ("firm", "max_credit", "1E9", "'1E9' is not a number"),
        ("firm", "collar_bps", "10001", "collar_bps: 10001 is above 10000"),
        ("planet=EARTH", "max_credit", "1", "set-limit: planet is none of"),
        ("firm=US", "max_credit", "1", "set-limit: the firm has no name"),
        ("client", "max_credit", "1", "set-limit: which client is not said"),
    ],
)
def test_a_limit_that_cannot_be_is_refused_and_changes_nothing(scope: str, limit: str, value: str, error: str) -> None:
    desk = Desk()
    said = desk.command("set-limit", scope, limit=limit, value=value)
    assert said is not None and said.startswith(error)
    assert desk.noted == []


def test_a_basic_limit_that_is_taken_away_refuses_everything() -> None:
    desk = Desk()
    assert desk.command("set-limit", "symbol=ACME", limit="collar_bps", value="") is None
    assert desk.judge(order()) == "RISK.UNSET"
    assert [(limit.limit, limit.value, limit.source) for limit in desk.guard.status().limits if not limit.value] == [
        ("collar_bps", "", "ops")
    ]
