"""A Guard with the usual market, and orders whose every field has a default: what a test sets is what it is about."""

import json
from typing import Any

import msgspec

from gateway.model import (
    PLAIN,
    SECOND,
    Command,
    Handling,
    Instrument,
    Limits,
    NewOrder,
    Ns,
    OrdType,
    Qty,
    Quote,
    Rejection,
    Settings,
    Side,
    TimeInForce,
    parse_px,
    parse_qty,
)
from gateway.model.settings import OPTIONAL
from gateway.risk import Guard, operate
from tests.conftest import SETTINGS

NOW = Ns(1_767_622_800 * SECOND)  # a Monday, 14:20 UTC
WIDE = Limits(max_order_qty=parse_qty("100000"), max_order_notional=int(parse_qty("10000000")), collar_bps=500)
QUOTE = Quote(symbol="ACME", bid=parse_px("99"), bid_size=parse_qty("10"), ask=parse_px("100"), ask_size=parse_qty("10"))  # fmt: skip


def money(text: str) -> int:
    return int(parse_qty(text))


def settings(
    scoped: dict[str, Limits] | None = None, *, symbol: dict[str, Any] | None = None, **changes: Any
) -> Settings:
    """`scoped` limits by scope beyond symbols, `symbol` more of ACME's; what is set nowhere is done without."""
    acme = msgspec.structs.replace(WIDE, **(symbol or {}))
    usual: dict[str, Any] = {
        "instruments": (Instrument(symbol="ACME"), Instrument(symbol="BOND")),
        "limits": {"ACME": acme, "BOND": WIDE},
        "scoped_limits": scoped or {},
        "no_limits": OPTIONAL,
    }
    return msgspec.structs.replace(SETTINGS, **(usual | changes))


def order(
    qty: str = "100",
    price: str | None = "100",
    side: Side = Side.BUY,
    *,
    symbol: str = "ACME",
    account: str | None = "A",
    algo: str | None = None,
    handling: Handling = PLAIN,
    **more: Any,
) -> NewOrder:
    return NewOrder(
        cl_ord_id="P",
        symbol=symbol,
        side=side,
        order_qty=parse_qty(qty),
        ord_type=OrdType.MARKET if price is None else OrdType.LIMIT,
        price=None if price is None else parse_px(price),
        account=account,
        target_strategy=algo,
        handling=handling,
        **more,
    )


def code(refused: Rejection | None) -> str | None:
    return None if refused is None else refused.text.partition(" ")[0]


class Desk:
    """Plays the order core: says to the Guard what happens to orders, in the order of its hooks."""

    def __init__(self, limits: dict[str, Limits] | None = None, **changes: Any) -> None:
        self.noted: list[tuple[str, dict[str, Any]]] = []
        self.guard = Guard(lambda kind, fact: self.noted.append((kind, json.loads(msgspec.json.encode(fact)))))
        self.guard.configure(settings(limits, **changes))
        self.quotes = {"ACME": QUOTE, "BOND": msgspec.structs.replace(QUOTE, symbol="BOND")}
        self.orders: dict[str, tuple[str, NewOrder]] = {}
        self.now = NOW
        self._count = 0

    def pass_time(self, seconds: float) -> None:
        self.now = Ns(self.now + int(seconds * SECOND))

    def judge(self, found: NewOrder, client: str = "CLIENT") -> str | None:
        """The code of the refusal of a client's order."""
        return code(self.guard.entry(client, found, self.quotes[found.symbol], self.now))

    def enter(self, found: NewOrder, client: str = "CLIENT") -> str:
        """Its OrderID; the order has to pass."""
        refused = self.guard.entry(client, found, self.quotes[found.symbol], self.now)
        assert refused is None, refused
        self._count += 1
        order_id = f"O{self._count}"
        self.orders[order_id] = (client, found)
        self.guard.accepted(order_id, client, found, self.quotes[found.symbol], self.now)
        return order_id

    def judge_child(self, order_id: str, qty: str = "100", price: str = "100", venue: str = "XLON") -> str | None:
        client, found = self.orders[order_id]
        refused = self.guard.child(
            order_id,
            client,
            found,
            venue=venue,
            qty=parse_qty(qty),
            price=parse_px(price),
            quote=self.quotes[found.symbol],
            now=self.now,
        )
        return code(refused)

    def release(
        self, order_id: str, qty: str = "100", price: str = "100", venue: str = "XLON", *, rests: bool = False
    ) -> str:
        """Its ClOrdID; the child has to pass."""
        assert self.judge_child(order_id, qty, price, venue) is None
        self._count += 1
        _, found = self.orders[order_id]
        child = msgspec.structs.replace(
            order(qty, price, found.side, symbol=found.symbol),
            cl_ord_id=f"C{self._count}",
            parent_order_id=order_id,
            time_in_force=TimeInForce.DAY if rests else TimeInForce.IOC,
        )
        self.guard.released(found, venue, child, self.now)
        return child.cl_ord_id

    def fill(self, order_id: str, qty: str = "100", price: str = "100") -> None:
        client, found = self.orders[order_id]
        self.guard.filled(order_id, client, found, qty=parse_qty(qty), px=parse_px(price), now=self.now)

    def bust(self, order_id: str, qty: str = "100", price: str = "100") -> None:
        client, found = self.orders[order_id]
        scaled = parse_qty(qty)
        self.guard.corrected(client, found, qty=-scaled, amount=-scaled * parse_px(price), now=self.now)

    def quote(self, bid: str | None, ask: str | None, symbol: str = "ACME") -> None:
        size = parse_qty("10")
        found = Quote(
            symbol=symbol,
            bid=parse_px(bid or "0"),
            bid_size=size if bid else Qty(0),
            ask=parse_px(ask or "0"),
            ask_size=size if ask else Qty(0),
        )
        self.quotes[symbol] = found
        if self.guard.follows_quotes:
            self.guard.market_moved(found, self.now)

    def command(self, name: str, scope: str, *, why: str = "as agreed", **arguments: str) -> str | None:
        """Gives why it could not be done."""
        payload = msgspec.json.encode({"scope": scope, "why": why, **arguments})
        return operate(self.guard, Command(self.now, name, "ops", payload))
