"""What one may ask audit.db, read-only and beside its writer. Numbers are exact decimal text, instants ISO 8601 UTC."""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

import msgspec
from msgspec import Struct

from gateway.model import ExecType, OrdStatus, OrdType, Side, TimeInForce, average_px, print_scaled
from gateway.record.audit import OPEN
from gateway.record.fields import json_object


class Order(Struct, frozen=True, kw_only=True):
    """A client's order ('parent') or one of ours at a venue ('child')."""

    role: str
    order_id: str | None  # ours on a parent, the venue's on a child
    cl_ord_id: str
    parent_id: str | None
    slice: int | None
    session: str
    venue: str | None
    symbol: str | None
    side: str | None
    order_qty: str | None
    ord_type: str | None
    price: str | None
    time_in_force: str | None
    strategy: str | None
    status: str | None  # None: nobody has answered yet
    cum_qty: str | None
    leaves_qty: str | None
    avg_px: str | None
    created: str | None
    updated: str | None
    text: str | None


class Event(Struct, frozen=True, kw_only=True):
    """One step of an order's life: a request or a report."""

    seq: int  # of the record in the journal
    time: str | None
    event: str  # the message's name, or the report's ExecType(150)
    session: str
    cl_ord_id: str | None
    status: str | None
    order_qty: str | None
    price: str | None
    last_qty: str | None
    last_px: str | None
    last_mkt: str | None
    cum_qty: str | None
    leaves_qty: str | None
    text: str | None


class Execution(Struct, frozen=True, kw_only=True):
    """A trade, or its bust or correction."""

    seq: int
    time: str | None
    session: str
    cl_ord_id: str | None
    exec_id: str
    exec_type: str | None
    exec_ref_id: str | None
    last_qty: str | None
    last_px: str | None
    last_mkt: str | None
    cum_qty: str | None
    leaves_qty: str | None
    avg_px: str | None


class Choice(Struct, frozen=True, kw_only=True):
    """A release of a parent: why that much, what the venues showed, what was sent."""

    seq: int
    time: str | None
    slice: int | None
    due: str | None
    filled: str | None
    working: str | None
    release: str | None
    limit: str | None
    bid: str | None
    ask: str | None
    candidates: Any  # as the router noted them; prices and sizes in 1e-8
    children: Any


class Slippage(Struct, frozen=True, kw_only=True):
    """What a parent's fills cost against the market it arrived in."""

    order_id: str
    side: str | None
    cum_qty: str
    avg_px: str
    reference: str  # of the consolidated quote at acceptance: 'mid', or on a one-sided one 'ask' (BUY) or 'bid' (SELL)
    arrival: str  # the reference's price
    slippage_bps: float  # positive: worse than the arrival price


class Story(Struct, frozen=True, kw_only=True):
    """All that is known of one order."""

    order: Order
    history: Sequence[Event]
    executions: Sequence[Execution]
    children: Sequence[Order]
    child_executions: Sequence[Execution]
    decisions: Sequence[Choice]
    slippage: Slippage | None  # None: no fill, no reference at arrival, or not a parent


class Asked(Struct, frozen=True, kw_only=True):
    """What an operator, or the driver, told the sessions."""

    seq: int
    time: str | None
    name: str
    who: str
    arguments: Any  # as they came, among them session and why
    before: str | None  # what it changed; None: it changed no session, so an operator's was refused
    after: str | None


class LoggedMessage(Struct, frozen=True, kw_only=True):
    seq: int
    time: str | None
    session: str | None
    direction: str
    msg_type: str | None  # None: bytes that are no message
    msg_seq_num: int | None
    poss_dup: bool
    kept: bool  # numbered while its counterparty was away; a later resend, if any, is a message of its own
    text: str  # '|' for the separator


# The view order_history shows floats; here the integers are wanted.
_HISTORY = """
    SELECT seq, at, session, cl_ord_id, order_qty, price, text, NULL AS status, NULL AS last_qty, NULL AS last_px,
        NULL AS last_mkt, NULL AS cum_qty, NULL AS leaves_qty, NULL AS exec_type, msg_type
    FROM requests WHERE order_key = ?1
    UNION ALL
    SELECT seq, at, session, cl_ord_id, NULL, NULL, text, ord_status, last_qty, last_px, last_mkt, cum_qty, leaves_qty,
        exec_type, '8' FROM reports WHERE order_key = ?1
    ORDER BY seq"""
_EXECUTIONS = "SELECT * FROM reports WHERE exec_type IN ('F', 'G', 'H') AND order_key = ? ORDER BY seq"
_CHILDREN = "SELECT * FROM orders WHERE role = 'child' AND parent_id = ? ORDER BY rowid"
_CHILD_EXECUTIONS = """
    SELECT r.* FROM reports AS r JOIN orders AS o ON o.key = r.order_key
    WHERE r.exec_type IN ('F', 'G', 'H') AND o.role = 'child' AND o.parent_id = ? ORDER BY r.seq"""
_DECISIONS = "SELECT * FROM decisions WHERE parent = ? ORDER BY seq"
# A command's note follows it, before any other command.
_COMMANDS = """
    SELECT c.*, (
        SELECT detail FROM notes WHERE kind = 'session' AND seq > c.seq AND seq < min(c.seq + 16, coalesce(
            (SELECT min(later.seq) FROM commands AS later WHERE later.seq > c.seq), c.seq + 16))
        LIMIT 1) AS noted
    FROM commands AS c ORDER BY c.seq DESC LIMIT ?"""
_REQUESTS = {
    "D": "NewOrderSingle",
    "F": "OrderCancelRequest",
    "G": "OrderCancelReplaceRequest",
    "9": "OrderCancelReject",
}


class Audit:
    """A read-only connection to audit.db. Raises sqlite3.OperationalError where there is none."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=5)
        self._database.row_factory = sqlite3.Row

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def orders(self, *, role: str | None = "parent", open_only: bool = False, limit: int = 100) -> list[Order]:
        """The last orders, oldest first; `role` None: parents and children."""
        rows = self._ask(
            "SELECT * FROM (SELECT rowid, * FROM orders WHERE (?1 IS NULL OR role = ?1)"
            " AND (NOT ?2 OR status IS NULL OR instr(?3, status)) ORDER BY rowid DESC LIMIT ?4) ORDER BY rowid",
            role,
            open_only,
            OPEN,
            limit,
        )
        return [_order(row) for row in rows]

    def order(self, name: str) -> Story | None:
        """The story of the order with this OrderID(37) or, failing that, this ClOrdID(11); None if there is none."""
        found = self._ask(
            "SELECT * FROM orders WHERE order_id = ?1 UNION ALL SELECT o.* FROM orders AS o JOIN cl_ord_ids AS c"
            " ON c.key = o.key WHERE c.cl_ord_id = ?1 ORDER BY role DESC LIMIT 1",
            name,
        )
        if not found:
            return None
        key = found[0]["key"]
        parent = found[0]["order_id"] if found[0]["role"] == "parent" else None
        return Story(
            order=_order(found[0]),
            history=[_event(row) for row in self._ask(_HISTORY, key)],
            executions=[_execution(row) for row in self._ask(_EXECUTIONS, key)],
            children=[_order(row) for row in self._ask(_CHILDREN, parent)],
            child_executions=[_execution(row) for row in self._ask(_CHILD_EXECUTIONS, parent)],
            decisions=[_choice(row) for row in self._ask(_DECISIONS, parent)],
            slippage=self.slippage(parent) if parent is not None else None,
        )

    def messages(self, *, limit: int = 50, session: str | None = None) -> list[LoggedMessage]:
        """The last messages, oldest first."""
        rows = self._ask(
            "SELECT * FROM (SELECT * FROM messages WHERE ?1 IS NULL OR session = ?1 ORDER BY seq DESC LIMIT ?2)"
            " ORDER BY seq",
            session,
            limit,
        )
        return [
            LoggedMessage(
                seq=row["seq"],
                time=_time(row["at"]),
                session=row["session"],
                direction=row["direction"],
                msg_type=row["msg_type"],
                msg_seq_num=row["msg_seq_num"],
                poss_dup=bool(row["poss_dup"]),
                kept=row["link"] is None,
                text=row["raw"].decode("latin-1").replace("\x01", "|"),
            )
            for row in rows
        ]

    def commands(self, *, limit: int = 100) -> list[Asked]:
        """The last commands of operators and of the driver, oldest first."""
        return [_asked(row) for row in reversed(self._ask(_COMMANDS, limit))]

    def slippage(self, order_id: str) -> Slippage | None:
        """Average price of the children's fills against what the parent met; None without a fill or a reference."""
        parents = self._ask("SELECT * FROM orders WHERE role = 'parent' AND order_id = ?", order_id)
        if not parents:
            return None
        parent = parents[0]
        is_buy = parent["side"] == Side.BUY
        met = _reference(is_buy, parent["arrival_bid"], parent["arrival_ask"])
        fills = self._ask(
            "SELECT cum_qty, avg_px FROM orders WHERE role = 'child' AND parent_id = ? AND cum_qty > 0", order_id
        )
        filled = sum(fill["cum_qty"] for fill in fills)
        if met is None or not filled:
            return None
        reference, twice_arrival = met
        notional = sum(fill["cum_qty"] * fill["avg_px"] for fill in fills)
        worse = 2 * notional - twice_arrival * filled
        return Slippage(
            order_id=order_id,
            side=_named(parent["side"], Side),
            cum_qty=print_scaled(filled),
            avg_px=print_scaled(average_px(notional, filled)),
            reference=reference,
            arrival=print_scaled(average_px(twice_arrival, 2)),
            slippage_bps=round(10_000 * (worse if is_buy else -worse) / (twice_arrival * filled), 4),
        )

    def _ask(self, sql: str, *parameters: Any) -> list[sqlite3.Row]:
        return self._database.execute(sql, parameters).fetchall()


def _reference(is_buy: bool, bid: int | None, ask: int | None) -> tuple[str, int] | None:
    """What to measure against, and twice its price: a mid may lie between two units. 0 or None: no such side."""
    if bid and ask:
        return "mid", bid + ask
    if is_buy:
        return ("ask", 2 * ask) if ask else None
    return ("bid", 2 * bid) if bid else None


def _named(value: str | None, names: type[StrEnum]) -> str | None:
    return next((member.name for member in names if member.value == value), value)


def _decimal(value: int | None) -> str | None:
    return None if value is None else print_scaled(value)


def _time(at: int | None) -> str | None:
    """To the microsecond."""
    if at is None:
        return None
    return datetime.fromtimestamp(at // 1_000_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%S") + f".{at // 1000 % 10**6:06}Z"


def _order(row: sqlite3.Row) -> Order:
    return Order(
        role=row["role"],
        order_id=row["order_id"],
        cl_ord_id=row["cl_ord_id"],
        parent_id=row["parent_id"],
        slice=row["slice"],
        session=row["session"],
        venue=row["venue"],
        symbol=row["symbol"],
        side=_named(row["side"], Side),
        order_qty=_decimal(row["order_qty"]),
        ord_type=_named(row["ord_type"], OrdType),
        price=_decimal(row["price"]),
        time_in_force=_named(row["time_in_force"], TimeInForce),
        strategy=row["strategy"],
        status=_named(row["status"], OrdStatus),
        cum_qty=_decimal(row["cum_qty"]),
        leaves_qty=_decimal(row["leaves_qty"]),
        avg_px=_decimal(row["avg_px"]),
        created=_time(row["created_at"]),
        updated=_time(row["updated_at"]),
        text=row["text"],
    )


def _event(row: sqlite3.Row) -> Event:
    return Event(
        seq=row["seq"],
        time=_time(row["at"]),
        event=_REQUESTS.get(row["msg_type"]) or _named(row["exec_type"], ExecType) or "ExecutionReport",
        session=row["session"],
        cl_ord_id=row["cl_ord_id"],
        status=_named(row["status"], OrdStatus),
        order_qty=_decimal(row["order_qty"]),
        price=_decimal(row["price"]),
        last_qty=_decimal(row["last_qty"]),
        last_px=_decimal(row["last_px"]),
        last_mkt=row["last_mkt"],
        cum_qty=_decimal(row["cum_qty"]),
        leaves_qty=_decimal(row["leaves_qty"]),
        text=row["text"],
    )


def _execution(row: sqlite3.Row) -> Execution:
    return Execution(
        seq=row["seq"],
        time=_time(row["at"]),
        session=row["session"],
        cl_ord_id=row["cl_ord_id"],
        exec_id=row["exec_id"],
        exec_type=_named(row["exec_type"], ExecType),
        exec_ref_id=row["exec_ref_id"],
        last_qty=_decimal(row["last_qty"]),
        last_px=_decimal(row["last_px"]),
        last_mkt=row["last_mkt"],
        cum_qty=_decimal(row["cum_qty"]),
        leaves_qty=_decimal(row["leaves_qty"]),
        avg_px=_decimal(row["avg_px"]),
    )


def _asked(row: sqlite3.Row) -> Asked:
    noted = json_object(row["noted"] or "")
    return Asked(
        seq=row["seq"],
        time=_time(row["at"]),
        name=row["name"],
        who=row["who"],
        arguments=json_object(row["payload"]),
        before=noted.get("before"),
        after=noted.get("after"),
    )


def _choice(row: sqlite3.Row) -> Choice:
    return Choice(
        seq=row["seq"],
        time=_time(row["at"]),
        slice=row["slice"],
        due=_decimal(row["due"]),
        filled=_decimal(row["filled"]),
        working=_decimal(row["working"]),
        release=_decimal(row["release"]),
        limit=_decimal(row["limit_px"]),
        bid=_decimal(row["bid"]),
        ask=_decimal(row["ask"]),
        candidates=msgspec.json.decode(row["candidates"] or "[]"),
        children=msgspec.json.decode(row["children"] or "[]"),
    )
