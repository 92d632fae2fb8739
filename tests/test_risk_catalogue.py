"""Each limit at its bound and a step beyond, on orders and on children; what is not known is refused.

An order for 100 shares at 100, or as its row has it, is judged by a limit that just lets it pass and by one that is a
step tighter. Limits are set as an operator does, after the parent of the children was taken.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from gateway.model import Instrument, Rejection, parse_px, parse_qty
from gateway.model.refusals import REFUSALS
from gateway.model.settings import BASIC, LIMIT_SCOPES, OPTIONAL
from gateway.risk import Guard
from tests.conversation.world import World
from tests.guarded import Desk, order, settings


def nothing(desk: Desk) -> None: ...


def fill_one(desk: Desk) -> None:
    desk.fill(desk.enter(order("1")), "1")


def run_away(desk: Desk) -> None:
    desk.quote("99", "100")
    desk.pass_time(30)
    desk.quote("104", "105")


def wait(seconds: int) -> Callable[[Desk], None]:
    def quote_and_wait(desk: Desk) -> None:
        desk.quote("99", "100")
        desk.pass_time(seconds)

    return quote_and_wait


def taken_before(desk: Desk) -> None:
    desk.enter(order())
    desk.pass_time(5)


def sent_before(desk: Desk) -> None:
    desk.release(desk.enter(order("1", algo="1001")), "1")


def lose(desk: Desk) -> None:
    desk.fill(desk.enter(order()))
    desk.quote("99", "100")


@dataclass(frozen=True)
class Row:
    code: str
    passes: str  # the tightest value that lets it pass
    refuses: str  # one step tighter
    not_children: str = ""  # why it is no limit for them
    not_orders: str = ""
    scope: str = "firm"
    given: dict[str, Any] = field(default_factory=dict)  # of the order
    before: Callable[[Desk], None] = nothing


def money(bound: str) -> tuple[str, str]:
    whole = str(int(bound) - 1)
    return bound, f"{whole}.99999999"


EACH_CHILD = "it is about children"
ROWS: dict[str, Row] = {
    "max_order_qty": Row("RISK.QTY", *money("100")),
    "max_order_notional": Row("RISK.NOTIONAL", *money("10000")),
    "collar_bps": Row("RISK.COLLAR", "100", "99", given={"price": "101"}),
    "rolling_collar_bps": Row("RISK.ROLLING", "100", "99", given={"price": "101"}, before=run_away),
    "max_quote_age_s": Row("RISK.STALE", "10", "9", before=wait(10)),
    "max_adv_bps": Row("RISK.ADV", "250", "249"),
    "duplicate_s": Row("RISK.DUPLICATE", "5", "6", not_children="children of an order are alike", before=taken_before),
    "max_position": Row("RISK.POSITION", *money("100")),
    "max_open_gross": Row("RISK.GROSS", *money("10000")),
    "max_open_net": Row("RISK.NET", *money("10000")),
    "max_credit": Row("RISK.CREDIT", *money("10000")),
    "max_day_qty": Row("RISK.DAYQTY", *money("100")),
    "max_day_notional": Row("RISK.DAYNOTIONAL", *money("10000")),
    "max_day_orders": Row("RISK.DAYORDERS", "1", "0"),
    "max_day_trades": Row("RISK.DAYTRADES", "2", "1", before=fill_one),
    "max_orders_per_s": Row("RISK.RATE", "2", "1", not_children="venues have a rate of their own", before=fill_one),
    "max_repeats": Row("RISK.REPEATS", "2", "1", not_orders=EACH_CHILD, given={"algo": "1001"}, before=sent_before),
    "max_venue_gross": Row("RISK.VENUE", *money("10000"), not_orders=EACH_CHILD),
    "max_loss": Row("RISK.HALTED", *money("100"), before=lose),
    "max_drawdown": Row("RISK.HALTED", *money("100"), before=lose),
}
OF_VENUES: dict[str, Row] = {
    "max_order_qty": Row("RISK.VENUE", *money("100"), not_orders=EACH_CHILD, scope="venue=XLON"),
    "max_order_notional": Row("RISK.VENUE", *money("10000"), not_orders=EACH_CHILD, scope="venue=XLON"),
    "max_orders_per_s": Row("RISK.RATE", "2", "1", not_orders=EACH_CHILD, scope="venue=XLON", before=sent_before),
    "max_venue_gross": Row("RISK.VENUE", *money("10000"), not_orders=EACH_CHILD, scope="venue=XLON"),
}

BOTH = [(name, row) for rows in (ROWS, OF_VENUES) for name, row in rows.items()]


def desk_of(row: Row) -> Desk:
    assert row.passes != row.refuses
    return Desk(symbol={"adv": parse_qty("4000")})


@pytest.mark.parametrize(("name", "row"), [(name, row) for name, row in BOTH if not row.not_orders])
def test_an_order_passes_at_the_bound_and_not_beyond(name: str, row: Row) -> None:
    for value, found in ((row.passes, None), (row.refuses, row.code)):
        desk = desk_of(row)
        assert desk.command("set-limit", row.scope, limit=name, value=value) is None
        row.before(desk)
        assert desk.judge(order(**row.given)) == found


@pytest.mark.parametrize(("name", "row"), [(name, row) for name, row in BOTH if not row.not_children])
def test_a_child_passes_at_the_bound_and_not_beyond(name: str, row: Row) -> None:
    """R-4.10, R-1.5: and its parent waits for what may pass by itself, but not for what it is too large or too dear for."""
    for value, found in ((row.passes, None), (row.refuses, row.code)):
        desk = desk_of(row)
        parent = desk.enter(order(**row.given))
        assert desk.command("set-limit", row.scope, limit=name, value=value) is None
        row.before(desk)
        assert desk.judge_child(parent, price=row.given.get("price", "100")) == found
    assert Guard.passes(Rejection(f"{row.code} ")) == (row.code not in FOR_A_PERSON)


FOR_A_PERSON = ("RISK.QTY", "RISK.NOTIONAL", "RISK.COLLAR", "RISK.ADV")


@pytest.mark.parametrize("name", [*BASIC, *OPTIONAL])
def test_a_limit_that_is_taken_away_refuses_orders_and_children(name: str) -> None:
    """R-1.3: of an order that was taken, too."""
    desk = Desk()
    parent = desk.enter(order(algo="1001"))
    assert desk.judge_child(parent) is None
    changed = settings(symbol={name: None}, no_limits=tuple(limit for limit in OPTIONAL if limit != name))
    desk.guard.configure(changed)
    assert (desk.judge(order(algo="1001")), desk.judge_child(parent)) == ("RISK.UNSET", "RISK.UNSET")


def without_its_symbol(desk: Desk) -> None:
    desk.guard.configure(settings(instruments=(Instrument(symbol="BOND"),)))


def without_fresh_quotes(desk: Desk) -> None:
    desk.command("set-limit", "firm", limit="max_quote_age_s", value="3600")


def without_volume(desk: Desk) -> None:
    desk.command("set-limit", "firm", limit="max_adv_bps", value="10000")


def in_larger_steps(desk: Desk) -> None:
    desk.guard.configure(settings(instruments=(Instrument(symbol="ACME", lot=parse_qty("200")),)))


def in_larger_ticks(desk: Desk) -> None:
    desk.guard.configure(settings(instruments=(Instrument(symbol="ACME", tick=parse_px("3")),)))


WITHOUT: dict[str, Callable[[Desk], object]] = {
    "RISK.SYMBOL": without_its_symbol,
    "RISK.LOT": in_larger_steps,
    "RISK.TICK": in_larger_ticks,
    "RISK.REFERENCE": lambda desk: desk.quote("99", None),
    "RISK.STALE": without_fresh_quotes,
    "RISK.ADV": without_volume,
    "RISK.RESTRICTED": lambda desk: desk.command("set-limit", "symbol=ACME", limit="restricted", value="true"),
    "RISK.HALTED": lambda desk: desk.command("kill", "firm"),
    "RISK.REDUCING": lambda desk: desk.command("reduce", "firm"),
}


@pytest.mark.parametrize("code", WITHOUT)
def test_what_cannot_be_judged_or_may_not_be_traded_is_refused(code: str) -> None:
    """An order that passed, and its child, do not any more."""
    desk = Desk()
    parent = desk.enter(order())
    assert (desk.judge(order()), desk.judge_child(parent)) == (None, None)
    WITHOUT[code](desk)
    assert (desk.judge(order()), desk.judge_child(parent)) == (code, code)


ELSEWHERE = {
    "RISK.SIDE": "a child has the side of its order; test_risk",
    "RISK.LOCATE": "who located shares is said once, on entry; test_risk",
    "RISK.SELFTRADE": "only children meet; test_risk",
    "RISK.LIST": "a list is taken or refused as a whole; test_limits",
    "RISK.LOSS": "why a scope is halted; test_kill_switch",
    "RISK.DRAWDOWN": "why a scope is halted; test_kill_switch",
}


def test_every_limit_and_every_refusal_of_risk_is_here_or_said_to_be_elsewhere() -> None:
    assert ROWS.keys() == {*BASIC, *OPTIONAL}
    assert OF_VENUES.keys() == {name for name, scopes in LIMIT_SCOPES.items() if "venue" in scopes}
    here = {row.code for _, row in BOTH} | WITHOUT.keys() | {"RISK.UNSET"}
    assert here | ELSEWHERE.keys() == {code for code in REFUSALS if code.startswith("RISK.")}


NO_NUMBERS = ("NaN", "Inf", "-Inf", "1E9", "0x64", "1_000", "+100", "100,5", "1.123456789", "9" * 20)


@pytest.mark.parametrize("text", [*NO_NUMBERS, "-100", "0", "-0"])
@pytest.mark.parametrize("name", ["OrderQty", "Price"])
def test_what_is_no_amount_is_refused_at_the_edge(world: World, name: str, text: str) -> None:
    """Neither an order nor a replace with it gets further; the order that is there stays as it is."""
    terms = {"OrderQty": "100", "Price": "99"} | {name: text}
    given = " ".join(f"{field}={value}" for field, value in terms.items())
    is_number = text not in NO_NUMBERS and not (name == "OrderQty" and text.startswith("-"))
    on_order = "ExecutionReport  ExecType=REJECTED" if is_number else "Reject  SessionRejectReason=6"
    on_replace = "OrderCancelReject  CxlRejReason=2" if is_number else "Reject  SessionRejectReason=6"
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=P  {given}
        client < {on_order}
        client > NewOrderSingle   ClOrdID=Q  OrderQty=100  Price=99
        client < ExecutionReport  ExecType=NEW
        client > OrderCancelReplaceRequest  ClOrdID=R  OrigClOrdID=Q  {given}
        client < {on_replace}
        client > OrderStatusRequest  ClOrdID=Q  Side=BUY
        client < ExecutionReport  OrdStatus=NEW  ClOrdID=Q  OrderQty=100
        """
    )
