"""The rows of audit.db on their way in, and the few that are asked for on the way.

Most rows wait in memory for the commit and go in table by table. Reports and names of orders go in at once, because
the database's own uniqueness is what says that one was there before: no look-up comes first.
"""

import sqlite3
from typing import Any

from gateway.record.audit import TABLES
from gateway.record.reading import Position

Row = dict[str, Any]  # column -> value
Key = str | int | tuple[str, ...]  # a row's primary key

_REMEMBERED = 20_000  # orders and names kept in memory between commits

COLUMNS = {table: tuple(columns) for table, (columns, _) in TABLES.items()}


def _insert(table: str, otherwise: str = "") -> str:
    columns = ", ".join(f"[{column}]" for column in COLUMNS[table])
    marks = ", ".join("?" * len(COLUMNS[table]))
    return " ".join(("INSERT INTO", table, f"({columns}) VALUES ({marks})", otherwise))


def _upsert(table: str) -> str:
    """Unlike INSERT OR REPLACE this leaves a row its place, so that rows stay in the order they were first seen."""
    key = TABLES[table][1]
    names = (key,) if isinstance(key, str) else key
    changes = ", ".join(f"[{column}] = excluded.[{column}]" for column in COLUMNS[table] if column not in names)
    return _insert(table, f"ON CONFLICT ({', '.join(names)}) DO UPDATE SET {changes}")


_INSERTS = {table: _insert(table) for table in TABLES}
_INSERTS |= {table: _upsert(table) for table in ("orders", "sessions", "links", "positions", "allocations", "position")}
_INSERTS |= {table: _insert(table, "ON CONFLICT DO NOTHING") for table in ("reports", "cl_ord_ids")}
_RENAME = _upsert("cl_ord_ids")


class Rows:
    """One transaction at a time: `commit` ends it, and the next insert begins another."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._waiting: dict[str, list[tuple[Any, ...]]] = {table: [] for table in TABLES}
        self.add_message = self._waiting["messages"].append  # the columns of messages, in their order
        self._changed: dict[str, dict[Key, Row]] = {
            "orders": {},
            "sessions": {},
            "links": {},
            "positions": {},
            "allocations": {},
        }
        self._orders: dict[str, Row] = {}
        self._keys: dict[tuple[str, str], str] = {}  # (session, ClOrdID) -> key of the order

    def add(self, table: str, row: Row) -> None:
        self._waiting[table].append(tuple(map(row.get, COLUMNS[table])))

    def change(self, table: str, key: Key, row: Row) -> None:
        """An order, session, link, position or allocation as it is now; what it is at the commit is written."""
        self._changed[table][key] = row

    def add_report(self, *row: Any) -> bool:
        """The columns of reports, in their order; False: (session, ExecID) is booked already."""
        return self._database.execute(_INSERTS["reports"], row).rowcount == 1

    def add_name(self, session: str, cl_ord_id: str, key: str) -> bool:
        """The first order under a ClOrdID(11) has it; False: another has."""
        row = session, cl_ord_id, key
        if self._database.execute(_INSERTS["cl_ord_ids"], row).rowcount == 0:
            return False
        self._keys[session, cl_ord_id] = key
        return True

    def move_name(self, session: str, cl_ord_id: str, key: str) -> None:
        """The order has a ClOrdID(11) that another one may have had on a day before."""
        if self.key(session, cl_ord_id) != key:
            self._database.execute(_RENAME, (session, cl_ord_id, key))
            self._keys[session, cl_ord_id] = key

    def key(self, session: str, cl_ord_id: str) -> str | None:
        """The order's under that name."""
        key = self._keys.get((session, cl_ord_id))
        if key is None:
            stored = "SELECT key FROM cl_ord_ids WHERE session = ? AND cl_ord_id = ?"
            for (key,) in self._database.execute(stored, (session, cl_ord_id)):
                self._keys[session, cl_ord_id] = key
        return key

    def begin_order(self, key: str, at: int, role: str, session: str, cl_ord_id: str) -> Row:
        row: Row = dict.fromkeys(COLUMNS["orders"])
        row |= {"key": key, "role": role, "session": session, "cl_ord_id": cl_ord_id}
        row["created_at"] = row["updated_at"] = at
        self._orders[key] = self._changed["orders"][key] = row
        return row

    def order(self, key: str) -> Row | None:
        row = self._orders.get(key)
        if row is None:
            for row in self.stored("SELECT * FROM orders WHERE key = ?", key):
                self._orders[key] = row
        return row

    def has_request(self, session: str, msg_type: str, cl_ord_id: str) -> bool:
        self._write("requests")
        stored = "SELECT seq FROM requests WHERE cl_ord_id = ? AND session = ? AND msg_type = ?"
        return self._database.execute(stored, (cl_ord_id, session, msg_type)).fetchone() is not None

    def stored(self, sql: str, *parameters: str) -> list[Row]:
        cursor = self._database.execute(sql, parameters)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def commit(self, position: Position) -> None:
        """Write all that was added, and that it was."""
        for table, changed in self._changed.items():
            for row in changed.values():
                self.add(table, row)
            changed.clear()
        self._waiting["position"].append((1, *position))
        with self._database:
            for table in self._waiting:
                self._write(table)
        if len(self._orders) > _REMEMBERED:
            self._orders.clear()
        if len(self._keys) > _REMEMBERED:
            self._keys.clear()

    def _write(self, table: str) -> None:
        rows = self._waiting[table]
        if rows:
            self._database.executemany(_INSERTS[table], rows)
            rows.clear()
