"""Pre-trade checks: each limit at its bound and one step inside, for buys and sells; what is not known is refused."""

from typing import Any

import msgspec
import pytest

from gateway.model import (
    Instrument,
    Limits,
    OrdRejReason,
    OrdType,
    Qty,
    Quote,
    Rejection,
    Side,
    parse_px,
    parse_qty,
)
from gateway.risk import Risk
from tests.conftest import make_world
from tests.conversation.world import World

INSTRUMENT = Instrument(symbol="ACME", tick=parse_px("0.05"), lot=parse_qty("10"), min_qty=parse_qty("50"))
LIMITS = Limits(max_order_qty=parse_qty("1000"), max_order_notional=int(parse_qty("50000")), collar_bps=100)
QUOTE = Quote(
    symbol="ACME",
    bid=parse_px("99"),
    bid_size=parse_qty("10"),
    ask=parse_px("100"),
    ask_size=parse_qty("10"),
)


def check(
    *,
    side: Side = Side.BUY,
    qty: str = "100",
    price: str | None = "100",
    symbol: str = "ACME",
    quote: Quote = QUOTE,
    limits: Limits | None = LIMITS,
) -> Rejection | None:
    return Risk({"ACME": INSTRUMENT}, {} if limits is None else {"ACME": limits}).check(
        symbol=symbol,
        side=side,
        qty=parse_qty(qty),
        ord_type=OrdType.MARKET if price is None else OrdType.LIMIT,
        price=None if price is None else parse_px(price),
        quote=quote,
    )


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
    *(({"side": side}, "RISK.SIDE", OrdRejReason.UNSUPPORTED) for side in Side if side not in BOTH),
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
    [None, *(msgspec.structs.replace(LIMITS, **{name: None}) for name in Limits.__struct_fields__)],
)
def test_a_limit_that_nobody_set_refuses_everything(side: Side, limits: Limits | None) -> None:
    """No limit configured means reject, never infinity."""
    refused = check(side=side, limits=limits)
    assert refused is not None and refused.text.startswith("RISK.UNSET")


@pytest.mark.parametrize("side", BOTH)
@pytest.mark.parametrize("name", Limits.__struct_fields__)
def test_a_limit_of_zero_is_a_limit(side: Side, name: str) -> None:
    far = "100.05" if side == Side.BUY else "98.95"
    assert check(side=side, price=far, limits=msgspec.structs.replace(LIMITS, **{name: 0})) is not None


def test_a_collar_of_zero_lets_the_touch_pass() -> None:
    touch = msgspec.structs.replace(LIMITS, collar_bps=0)
    assert check(price="100", limits=touch) is None
    assert check(side=Side.SELL, price="99", limits=touch) is None


@pytest.mark.parametrize("price", [None, "100"])
def test_without_the_opposite_quote_nothing_passes(price: str | None) -> None:
    """What cannot be judged is refused, for a market order and a limit order alike."""
    no_ask = msgspec.structs.replace(QUOTE, ask_size=Qty(0))
    no_bid = msgspec.structs.replace(QUOTE, bid_size=Qty(0))
    for side, without, other in ((Side.BUY, no_ask, no_bid), (Side.SELL, no_bid, no_ask)):
        refused = check(side=side, price=price, quote=without)
        assert refused is not None and refused.text.startswith("RISK.REFERENCE")
        assert check(side=side, price=price, quote=other) is None


@pytest.mark.parametrize("side", BOTH)
def test_the_collar_is_the_worst_price_that_passes(side: Side) -> None:
    quote = msgspec.structs.replace(QUOTE, bid=parse_px("99.97"), ask=parse_px("100.03"))
    risk = Risk({"ACME": msgspec.structs.replace(INSTRUMENT, tick=parse_px("0.00000001"))}, {"ACME": LIMITS})
    worst = risk.collar("ACME", side, quote)
    assert worst is not None

    def passes(price: int) -> bool:
        return (
            risk.check(
                symbol="ACME",
                side=side,
                qty=parse_qty("50"),
                ord_type=OrdType.LIMIT,
                price=parse_px(_text(price)),
                quote=quote,
            )
            is None
        )

    beyond = 1 if side == Side.BUY else -1
    assert passes(worst) and not passes(worst + beyond)
    assert risk.collar("ACME", side, Quote(symbol="ACME")) is None
    assert risk.collar("OTHER", side, quote) is None


def _text(price: int) -> str:
    whole, decimals = divmod(price, 100_000_000)
    return f"{whole}.{decimals:08}"


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ("Symbol=OTHER", "OrdRejReason=1  Text~RISK.SYMBOL"),
        ("Side=SELL_SHORT", "OrdRejReason=11  Text~RISK.SIDE"),
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
