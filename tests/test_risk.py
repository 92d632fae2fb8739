"""Pre-trade checks: each limit at its bound and one step inside, for buys and sells; what is not known is refused."""

from typing import Any

import msgspec
import pytest

from gateway.model import (
    PLAIN,
    Handling,
    Instrument,
    Limits,
    OrdRejReason,
    Qty,
    Quote,
    Rejection,
    Side,
    parse_px,
    parse_qty,
)
from gateway.model.settings import BASIC
from gateway.risk import Guard
from gateway.risk.checks import SIDES
from tests.conftest import make_world
from tests.conversation.world import World
from tests.guarded import NOW, Desk, code, money, order, settings

INSTRUMENT = Instrument(symbol="ACME", tick=parse_px("0.05"), lot=parse_qty("10"), min_qty=parse_qty("50"))
LIMITS = Limits(max_order_qty=parse_qty("1000"), max_order_notional=int(parse_qty("50000")), collar_bps=100)
QUOTE = Quote(
    symbol="ACME",
    bid=parse_px("99"),
    bid_size=parse_qty("10"),
    ask=parse_px("100"),
    ask_size=parse_qty("10"),
)


def guard(limits: Limits | None = LIMITS, instrument: Instrument = INSTRUMENT) -> Guard:
    made = Guard(lambda kind, fact: None)  # noqa: ARG005
    made.configure(settings(instruments=(instrument,), limits={} if limits is None else {"ACME": limits}))
    return made


def check(
    *,
    side: Side = Side.BUY,
    qty: str = "100",
    price: str | None = "100",
    symbol: str = "ACME",
    quote: Quote = QUOTE,
    limits: Limits | None = LIMITS,
    handling: Handling = PLAIN,
) -> Rejection | None:
    given = order(qty, price, side, symbol=symbol, handling=handling)
    return guard(limits).entry("CLIENT", given, quote, NOW)


BOTH = (Side.BUY, Side.SELL)


@pytest.mark.parametrize(
    "given",
    [
        *({"side": side} for side in BOTH),
        *({"side": side, "price": None} for side in BOTH),
        *({"side": side, "qty": "50"} for side in BOTH),
        {"qty": "500"},  # 50,000.00 in all
        {"qty": "1000", "price": "50"},
        {"qty": "490", "price": "101"},
        {"price": "101"},  # 1 % through the offer
        {"side": Side.SELL, "price": "98.05"},  # 98.01 is 1 % through the bid
        {"side": Side.SELL, "qty": "500", "price": "99.95"},
        {"price": "0.05"},  # however far away on its own side
        {"side": Side.SELL, "price": "400"},
    ],
)
def test_what_stands_at_a_bound_passes(given: dict[str, Any]) -> None:
    assert check(**given) is None


REFUSED: list[tuple[dict[str, Any], str, OrdRejReason]] = [
    *(({"symbol": symbol}, "RISK.SYMBOL", OrdRejReason.UNKNOWN_SYMBOL) for symbol in ("", "acme", "OTHER")),
    *(({"side": side}, "RISK.LOCATE", OrdRejReason.OTHER) for side in (Side.SELL_SHORT, Side.SELL_SHORT_EXEMPT)),
    *(({"side": side}, "RISK.SIDE", OrdRejReason.UNSUPPORTED) for side in Side if side not in SIDES),
    *(({"side": side, "qty": qty}, "RISK.LOT", OrdRejReason.INCORRECT_QUANTITY)
      for side in BOTH for qty in ("0", "40", "55", "100.00000001", "99.99999999")),
    *(({"side": side, "price": price}, "RISK.TICK", OrdRejReason.OTHER)
      for side in BOTH for price in ("0", "-100", "100.01", "100.00000001")),
    *(({"side": side, "qty": "1010", "price": None}, "RISK.QTY", OrdRejReason.EXCEEDS_LIMIT) for side in BOTH),
    ({"price": "101.05"}, "RISK.COLLAR", OrdRejReason.EXCEEDS_LIMIT),
    ({"side": Side.SELL, "price": "98"}, "RISK.COLLAR", OrdRejReason.EXCEEDS_LIMIT),
    ({"qty": "510"}, "RISK.NOTIONAL", OrdRejReason.EXCEEDS_LIMIT),
    ({"qty": "510", "price": None}, "RISK.NOTIONAL", OrdRejReason.EXCEEDS_LIMIT),
    ({"qty": "500", "price": "100.05"}, "RISK.NOTIONAL", OrdRejReason.EXCEEDS_LIMIT),
    ({"side": Side.SELL, "qty": "510", "price": None}, "RISK.NOTIONAL", OrdRejReason.EXCEEDS_LIMIT),
    ({"side": Side.SELL, "qty": "510", "price": "98.05"}, "RISK.NOTIONAL", OrdRejReason.EXCEEDS_LIMIT),
    ({"side": Side.SELL, "qty": "500", "price": "100.05"}, "RISK.NOTIONAL", OrdRejReason.EXCEEDS_LIMIT),
]  # fmt: skip


@pytest.mark.parametrize(("given", "code", "reason"), REFUSED)
def test_what_stands_one_step_beyond_a_bound_is_refused(given: dict[str, Any], code: str, reason: OrdRejReason) -> None:
    """R-2.1, R-2.2, R-2.3, R-2.4, R-2.6"""
    refused = check(**given)
    assert refused is not None
    assert (refused.text.split(maxsplit=1)[0], refused.reason) == (code, reason)


def test_a_sell_is_worth_what_is_bid_however_low_its_limit() -> None:
    """500 at 99 bid are 49,500, though the limit says 49,025."""
    for worth, passes in (("49499", False), ("49500", True)):
        limits = msgspec.structs.replace(LIMITS, max_order_notional=int(parse_qty(worth)))
        assert (check(side=Side.SELL, qty="500", price="98.05", limits=limits) is None) == passes


@pytest.mark.parametrize("side", BOTH)
@pytest.mark.parametrize(
    "limits",
    [None, *(msgspec.structs.replace(LIMITS, **{name: None}) for name in BASIC)],
)
def test_a_limit_that_nobody_set_refuses_everything(side: Side, limits: Limits | None) -> None:
    """No limit configured means reject, never infinity."""
    refused = check(side=side, limits=limits)
    assert refused is not None and refused.text.startswith("RISK.UNSET")


@pytest.mark.parametrize("side", BOTH)
@pytest.mark.parametrize("name", BASIC)
def test_a_limit_of_zero_is_a_limit(side: Side, name: str) -> None:
    far = "100.05" if side == Side.BUY else "98.95"
    assert check(side=side, price=far, limits=msgspec.structs.replace(LIMITS, **{name: 0})) is not None


def test_a_collar_of_zero_lets_the_touch_pass() -> None:
    touch = msgspec.structs.replace(LIMITS, collar_bps=0)
    assert check(price="100", limits=touch) is None
    assert check(side=Side.SELL, price="99", limits=touch) is None


@pytest.mark.parametrize("price", [None, "100"])
def test_without_the_opposite_quote_nothing_passes(price: str | None) -> None:
    """R-2.5: what cannot be judged is refused, for a market order and a limit order alike."""
    no_ask = msgspec.structs.replace(QUOTE, ask_size=Qty(0))
    no_bid = msgspec.structs.replace(QUOTE, bid_size=Qty(0))
    for side, without, other in ((Side.BUY, no_ask, no_bid), (Side.SELL, no_bid, no_ask)):
        refused = check(side=side, price=price, quote=without)
        assert refused is not None and refused.text.startswith("RISK.REFERENCE")
        assert check(side=side, price=price, quote=other) is None


@pytest.mark.parametrize("side", BOTH)
def test_the_collar_is_the_worst_price_that_passes(side: Side) -> None:
    quote = msgspec.structs.replace(QUOTE, bid=parse_px("99.97"), ask=parse_px("100.03"))
    made = guard(instrument=msgspec.structs.replace(INSTRUMENT, tick=parse_px("0.00000001")))
    worst = made.collar("CLIENT", order("50", None, side), quote, NOW)
    assert worst is not None

    def passes(price: int) -> bool:
        return made.entry("CLIENT", order("50", _text(price), side), quote, NOW) is None

    beyond = 1 if side == Side.BUY else -1
    assert passes(worst) and not passes(worst + beyond)
    assert made.collar("CLIENT", order("50", None, side), Quote(symbol="ACME"), NOW) is None
    assert made.collar("CLIENT", order("50", None, side, symbol="OTHER"), quote, NOW) is None


def _text(price: int) -> str:
    whole, decimals = divmod(price, 100_000_000)
    return f"{whole}.{decimals:08}"


@pytest.mark.parametrize("side", BOTH)
def test_no_instruction_switches_a_collar_off(side: Side) -> None:
    """R-2.4: ExecInst(18)=c, ignore price validity checks, does not mean ours."""
    far = "101.05" if side == Side.BUY else "98"
    refused = check(side=side, price=far, handling=Handling(exec_inst=("c",)))
    assert code(refused) == "RISK.COLLAR"


# --- lists ---


@pytest.mark.parametrize("side", BOTH)
def test_nobody_trades_what_is_restricted(side: Side) -> None:
    """R-2.8: nor do orders that were taken before it was."""
    desk = Desk()
    parent = desk.enter(order(side=side))
    assert desk.command("set-limit", "symbol=ACME", limit="restricted", value="true") is None
    assert desk.judge(order(side=side)) == "RISK.RESTRICTED"
    assert desk.judge_child(parent) == "RISK.RESTRICTED"
    assert desk.judge(order(side=side, symbol="BOND")) is None


@pytest.mark.parametrize("side", [Side.SELL_SHORT, Side.SELL_SHORT_EXEMPT])
@pytest.mark.parametrize(
    ("locate_reqd", "locate_broker", "easy", "hard"),
    [
        (None, None, False, False),
        ("Y", None, True, False),
        ("N", None, True, False),
        ("N", "", True, False),
        ("Y", "LENDER", True, False),
        (None, "LENDER", False, False),
        ("X", "LENDER", False, False),
        ("N", "LENDER", True, True),
    ],
)
def test_a_short_sale_says_who_located_the_shares(
    side: Side, locate_reqd: str | None, locate_broker: str | None, easy: bool, hard: bool
) -> None:
    """R-2.9"""
    for symbol, passes in (({}, easy), ({"hard_to_borrow": True}, hard)):
        found = Desk(symbol=symbol).judge(order(side=side, locate_reqd=locate_reqd, locate_broker=locate_broker))
        assert found == (None if passes else "RISK.LOCATE")


def test_a_sale_of_what_is_hard_to_borrow_needs_no_locate() -> None:
    assert Desk(symbol={"hard_to_borrow": True}).judge(order(side=Side.SELL)) is None


def test_an_order_is_a_share_of_a_days_volume_at_most() -> None:
    """R-2.7: 5 % of 4,000; where the volume is not known nothing passes."""
    desk = Desk({"firm": Limits(max_adv_bps=500)}, symbol={"adv": parse_qty("4000")})
    assert (desk.judge(order("200")), desk.judge(order("201"))) == (None, "RISK.ADV")
    assert (desk.judge_child(desk.enter(order("200")), "201")) == "RISK.ADV"
    assert desk.judge(order("1", symbol="BOND")) == "RISK.ADV"


# --- over time ---


def test_the_rolling_collar_is_measured_from_the_best_price_of_a_minute() -> None:
    """R-3.1: the market went from 100 to 104; 1 % through the offer of a minute ago is still the bound."""
    desk = Desk({"firm": Limits(rolling_collar_bps=100)})
    desk.quote("99", "100")
    desk.pass_time(59)
    desk.quote("103", "104")
    assert (desk.judge(order(price="101")), desk.judge(order(price="101.01"))) == (None, "RISK.ROLLING")
    assert desk.guard.collar("CLIENT", order(), desk.quotes["ACME"], desk.now) == parse_px("101")
    parent = desk.enter(order(price=None))
    assert (desk.judge_child(parent, price="101"), desk.judge_child(parent, price="101.01")) == (None, "RISK.ROLLING")
    desk.pass_time(1)
    assert (desk.judge(order(price="105.04")), desk.judge(order(price="105.05"))) == (None, "RISK.ROLLING")


def test_the_rolling_collar_of_sells_is_measured_from_the_highest_bid() -> None:
    desk = Desk({"firm": Limits(rolling_collar_bps=100)})
    desk.quote("100", "101")
    desk.pass_time(30)
    desk.quote("97", "98")
    sell = Side.SELL
    assert (desk.judge(order(price="99", side=sell)), desk.judge(order(price="98.99", side=sell))) == (
        None,
        "RISK.ROLLING",
    )


@pytest.mark.parametrize(("seconds", "found"), [(10, None), (10.1, "RISK.STALE")])
def test_a_price_is_not_measured_by_a_quote_that_is_too_old(seconds: float, found: str | None) -> None:
    """R-3.2: on orders and on children."""
    desk = Desk({"firm": Limits(max_quote_age_s=10)})
    assert desk.judge(order()) == "RISK.STALE"
    desk.quote("99", "100")
    parent = desk.enter(order())
    desk.pass_time(seconds)
    assert (desk.judge(order()), desk.judge_child(parent)) == (found, found)


def test_quotes_of_before_a_restart_are_old() -> None:
    desk = Desk({"firm": Limits(max_quote_age_s=10)})
    desk.quote("99", "100")
    desk.guard.configure(settings({"firm": Limits(max_quote_age_s=10)}))
    assert desk.judge(order()) == "RISK.STALE"


@pytest.mark.parametrize(("seconds", "found"), [(4.9, "RISK.DUPLICATE"), (5, None)])
def test_the_same_order_twice_is_taken_for_a_mistake(seconds: float, found: str | None) -> None:
    """R-3.3: the same client, account, symbol, side, quantity and price; what was refused is not remembered."""
    desk = Desk({"firm": Limits(duplicate_s=5)})
    assert desk.judge(order(price="110")) == "RISK.COLLAR"
    desk.enter(order())
    desk.pass_time(seconds)
    assert desk.judge(order()) == found
    for other in (
        order("99"),
        order(price="99.99"),
        order(price=None),
        order(side=Side.SELL),
        order(account=None),
        order(symbol="BOND"),
    ):
        assert desk.judge(other) is None
    assert desk.judge(order(), "OTHER") is None


def test_terms_are_forgotten_after_the_longest_time_that_is_set() -> None:
    """Nobody asks for more, and memory has a bound."""
    desk = Desk({"firm": Limits(duplicate_s=5), "account=A": Limits(duplicate_s=60)})
    for qty in range(1, 50):
        desk.enter(order(str(qty), account="B"))
    desk.pass_time(59)
    desk.enter(order("50"))
    assert len(desk.guard._entered._at) == 50
    desk.pass_time(1)
    desk.enter(order("51"))
    assert len(desk.guard._entered._at) == 2
    desk.command("set-limit", "account=A", limit="duplicate_s", value="1")
    desk.pass_time(5)
    desk.enter(order("52"))
    assert len(desk.guard._entered._at) == 1


def test_any_second_has_so_many_orders() -> None:
    """R-3.4 (I17): any second, not each; refused orders take no place."""
    desk = Desk({"client=CLIENT": Limits(max_orders_per_s=2)})
    desk.enter(order())
    assert desk.judge(order("1000000")) == "RISK.QTY"
    desk.pass_time(0.9)
    desk.enter(order())
    assert desk.judge(order()) == "RISK.RATE"
    assert desk.judge(order(), "OTHER") is None
    desk.pass_time(0.1)
    desk.enter(order())
    assert desk.judge(order()) == "RISK.RATE"


def test_any_second_has_so_many_children_on_a_venue() -> None:
    """R-5.3 (V10)"""
    desk = Desk({"venue=XLON": Limits(max_orders_per_s=2)})
    parent = desk.enter(order())
    desk.release(parent, "1")
    desk.release(parent, "1")
    assert (desk.judge_child(parent, "1"), desk.judge_child(parent, "1", venue="BATE")) == ("RISK.RATE", None)
    desk.pass_time(1)
    assert desk.judge_child(parent, "1") is None


# --- our own children ---


@pytest.mark.parametrize("side", BOTH)
def test_no_child_meets_another_of_ours(side: Side) -> None:
    """R-5.4 (I20): whosever they are. Where nothing rests, on another venue or in another symbol nothing can meet."""
    other = Side.SELL if side == Side.BUY else Side.BUY
    desk = Desk()
    resting = desk.release(desk.enter(order(side=side)), price="99.50", rests=True)
    for worse in ("99.40", "99.45") if side == Side.BUY else ("99.55", "99.60"):
        desk.release(desk.enter(order(side=side)), price=worse, rests=True)
    parent = desk.enter(order(side=other), "OTHER")
    step = -1 if side == Side.BUY else 1
    away = "99.51" if step < 0 else "99.49"
    assert desk.judge_child(parent, price="99.50") == "RISK.SELFTRADE"
    assert desk.judge_child(parent, price=away) is None
    assert desk.judge_child(parent, price="99.50", venue="BATE") is None
    assert desk.judge_child(desk.enter(order(side=side)), price="99.50") is None
    assert desk.judge_child(desk.enter(order(side=other, symbol="BOND")), price="99.50") is None
    desk.guard.child_leaves(resting, parse_qty("0"))
    assert desk.judge_child(parent, price="99.45" if side == Side.BUY else "99.55") == "RISK.SELFTRADE"
    assert desk.judge_child(parent, price="99.50") is None
    desk.release(desk.enter(order(side=side)), price="99.50")
    assert desk.judge_child(parent, price="99.50") is None


def test_a_refusal_that_time_may_lift_is_known_from_one_that_a_person_has_to() -> None:
    """R-1.5"""
    desk = Desk({"venue=XLON": Limits(max_venue_gross=money("1"))})
    parent = desk.enter(order())
    arguments: dict[str, Any] = {
        "venue": "XLON",
        "price": parse_px("100"),
        "quote": desk.quotes["ACME"],
        "now": desk.now,
    }
    passing = desk.guard.child(parent, "CLIENT", order(), qty=parse_qty("100"), **arguments)
    lasting = desk.guard.child(parent, "CLIENT", order(), qty=parse_qty("0.5"), **arguments)
    assert passing is not None and desk.guard.passes(passing)
    assert lasting is not None and not desk.guard.passes(lasting)


# --- in the whole gateway ---


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ("Symbol=OTHER", "OrdRejReason=1  Text~RISK.SYMBOL"),
        ("Side=SELL_SHORT", "OrdRejReason=99  Text~RISK.LOCATE"),
        ("Side=CROSS", "OrdRejReason=11  Text~RISK.SIDE"),
        ("OrderQty=0", "OrdRejReason=13  Text~RISK.LOT"),
        ("OrderQty=1.5", "OrdRejReason=13  Text~RISK.LOT"),
        ("-OrderQty", "OrdRejReason=13  Text~RISK.LOT"),
        ("Price=100.001", "OrdRejReason=99  Text~RISK.TICK"),
        ("OrderQty=100001", "OrdRejReason=3  Text~RISK.QTY"),
        ("Price=105.11", "OrdRejReason=3  Text~RISK.COLLAR"),
        ("Side=SELL  Price=94.90", "OrdRejReason=3  Text~RISK.COLLAR"),
        ("OrderQty=49951", "OrdRejReason=3  Text~RISK.NOTIONAL"),
        ("OrderQty=50000  Side=SELL  Price=100.01", "OrdRejReason=3  Text~RISK.NOTIONAL"),
        ("Symbol=BARE", "OrdRejReason=3  Text~RISK.UNSET"),
        ("Symbol=QUIET", "OrdRejReason=99  Text~RISK.REFERENCE"),
    ],
)
def test_an_order_over_a_limit_is_rejected_and_noted(fields: str, answer: str) -> None:
    world = make_world(
        instruments=tuple(Instrument(symbol=symbol) for symbol in ("ACME", "BARE", "QUIET")),
        limits={
            "ACME": Limits(max_order_qty=parse_qty("100000"), max_order_notional=int(parse_qty("5000000")), collar_bps=500),
            "QUIET": Limits(max_order_qty=parse_qty("100000"), max_order_notional=int(parse_qty("5000000")), collar_bps=500),
        },
    )  # fmt: skip
    world.converse(
        f"""
        XLON quotes ACME 99.90x500 100.10x500
        XLON quotes BARE 99.90x500 100.10x500
        client > NewOrderSingle   ClOrdID=P  {fields}
        client < ExecutionReport  ClOrdID=P  ExecType=REJECTED  OrdStatus=REJECTED  LeavesQty=0  {answer}
        """
    )
    (note,) = world.notes("risk")
    assert note["cl_ord_id"] == "P" and note["text"].startswith("RISK.")


def test_an_order_at_the_collar_is_taken(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   Price=105.10
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle
        """
    )


def test_a_market_order_stops_at_the_collar_and_goes_on_when_the_market_comes_back(world: World) -> None:
    """What is shown beyond it is left alone; it is no reason to give up what stands before it."""
    world.converse(
        """
        XLON quotes ACME 99.90x500 100.00x100,105.00x100,105.01x500
        BATE quotes ACME 99.90x500 106.00x500
        client > NewOrderSingle   OrderQty=300
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=200  Price=105.00
        BATE quotes ACME 99.90x500 101.00x500
        BATE   < NewOrderSingle   OrderQty=100  Price=101.00
        """
    )
    assert world.notes("alert") == []
