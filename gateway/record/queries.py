"""What one may ask audit.db, read-only and beside its writer. Numbers are exact decimal text, instants ISO 8601 UTC."""

import sqlite3
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

import msgspec

from gateway.model import ExecType, OrdStatus, OrdType, Side, TimeInForce, average_px, print_scaled
from gateway.model.health import VenueStatistics
from gateway.record.answers import (
    Alert,
    Allocation,
    Arrival,
    Asked,
    Choice,
    Event,
    Execution,
    LoggedMessage,
    Order,
    Position,
    Slippage,
    Story,
)
from gateway.record.audit import OPEN
from gateway.record.fields import json_object

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
        SELECT detail FROM notes
        WHERE kind IN ('session', 'stop', 'limit', 'telephone', 'split', 'breaker', 'settled') AND seq > c.seq
            AND seq < min(c.seq + 16, coalesce(
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

    def arrival(self, order_id: str) -> Arrival | None:
        """Of a parent; None if there is none of that OrderID(37)."""
        for row in self._ask("SELECT * FROM orders WHERE role = 'parent' AND order_id = ?", order_id):
            return Arrival(
                bid=_decimal(row["arrival_bid"]),
                ask=_decimal(row["arrival_ask"]),
                start=_time(row["start_at"]),
                end=_time(row["end_at"]),
            )
        return None

    def alerts(self, order_id: str) -> list[Alert]:
        """What a person had to look at about a parent, oldest first."""
        return [
            Alert(seq=row["seq"], time=_time(row["at"]), code=row["code"], text=row["text"], child=row["child"])
            for row in self._ask("SELECT * FROM alerts WHERE parent = ? ORDER BY seq", order_id)
        ]

    def raw(self, seq: int) -> bytes:
        """The message of a record; empty if that is none."""
        return b"".join(row["raw"] for row in self._ask("SELECT raw FROM messages WHERE seq = ?", seq))

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

    def positions(
        self,
        *,
        account: str | None = None,
        symbol: str | None = None,
        venues: bool = False,
        open_only: bool = False,
        limit: int = 100,
    ) -> list[Position]:
        """The last begun, by account and symbol, the oldest first; with `venues`, at each venue too."""
        rows = self._ask(
            "SELECT * FROM (SELECT rowid AS begun, * FROM positions WHERE (?1 IS NULL OR account = ?1)"
            " AND (?2 IS NULL OR symbol = ?2) AND (?3 OR venue = '') AND (NOT ?4 OR qty IS NULL OR qty != 0)"
            " ORDER BY rowid DESC LIMIT ?5) ORDER BY account, symbol, begun",
            account,
            symbol,
            venues,
            open_only,
            limit,
        )
        return [_position(row) for row in rows]

    def allocations(self, *, account: str | None = None, limit: int = 100) -> list[Allocation]:
        """The last parts of blocks, the oldest first; `account` had them, or got them."""
        rows = self._ask(
            "SELECT * FROM (SELECT rowid AS begun, * FROM allocations WHERE ?1 IS NULL OR account = ?1 OR block = ?1"
            " ORDER BY rowid DESC LIMIT ?2) ORDER BY begun",
            account,
            limit,
        )
        return [_allocation(row) for row in rows]

    def venue_statistics(self) -> list[VenueStatistics]:
        """As each venue's were noted last."""
        rows = self._ask(
            "SELECT * FROM venue_statistics WHERE seq IN (SELECT max(seq) FROM venue_statistics GROUP BY venue)"
            " ORDER BY venue"
        )
        names = VenueStatistics.__struct_fields__
        return [VenueStatistics(**{name: row[name] for name in names} | {"is_up": bool(row["is_up"])}) for row in rows]

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


def _position(row: sqlite3.Row) -> Position:
    return Position(
        account=row["account"],
        symbol=row["symbol"],
        position_id=row["position_id"],
        venue=row["venue"],
        qty=_decimal(row["qty"]),
        avg_px=_decimal(row["avg_px"]),
        realised=_decimal(row["realised"]),
        net=None if row["realised"] is None or row["fees"] is None else print_scaled(row["realised"] - row["fees"]),
        unrealised=_decimal(row["unrealised"]),
        fees=_decimal(row["fees"]),
        last_px=_decimal(row["last_px"]),
        updated=_time(row["updated_at"]),
    )


def _allocation(row: sqlite3.Row) -> Allocation:
    return Allocation(
        allocation=row["allocation"],
        client=row["client"],
        alloc_id=row["alloc_id"],
        block=row["block"],
        account=row["account"],
        orders=msgspec.json.decode(row["orders"]),
        symbol=row["symbol"],
        side=_named(row["side"], Side),
        qty=_decimal(row["qty"]),
        avg_px=_decimal(row["avg_px"]),
        amount=_decimal(row["amount"]),
        fees=_decimal(row["fees"]),
        status=row["status"],
        by=row["by"],
        booked=_time(row["booked_at"]),
        updated=_time(row["updated_at"]),
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
        policy=row["policy"],
        why=row["why"],
        passed_over=msgspec.json.decode(row["passed_over"] or "{}"),
        through=msgspec.json.decode(row["through"] or "{}"),
    )
