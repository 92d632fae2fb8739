"""From the journal's records to the rows of audit.db.

The source of truth are the messages themselves as they came and left; notes add what no message says. A message is cut
at its separators and nothing more: whatever a counterparty sent has to end up in the record, not be refused by it.
A resend books nothing twice: a report counts by (session, ExecID(17)), an order by its ClOrdID(11).
"""

import sqlite3
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from gateway.model import Command, LinkDown, LinkUp, Note, Started, parse_px
from gateway.record.audit import TABLES
from gateway.record.reading import Position
from gateway.record.records import (
    COMMAND,
    GARBLED,
    LINK_DOWN,
    LINK_UP,
    NOTE,
    RECEIVED,
    SEND,
    STARTED,
    Record,
    decode,
)

Fields = dict[str, str]  # tag -> value, the first of each
Row = dict[str, Any]  # column -> value

_REMEMBERED = 50_000  # orders and ids kept in memory between commits
_SQLITE_BOUND = 1 << 63
_TERMS = (("order_qty", "38"), ("price", "44"))
_TERM_TEXTS = (("symbol", "55"), ("side", "54"), ("ord_type", "40"), ("time_in_force", "59"))
_ARRIVAL = {  # column of orders -> name in the note of a parent
    "order_id": "order_id",
    "symbol": "symbol",
    "side": "side",
    "order_qty": "order_qty",
    "strategy": "strategy",
    "arrival_bid": "bid",
    "arrival_ask": "ask",
    "start_at": "start",
    "end_at": "end",
}
_NOTED = {"decision": "decisions", "risk": "risk_events", "alert": "alerts"}


def fields_of(data: bytes) -> Fields:
    """First occurrence of each tag. A data field that holds the separator is cut there."""
    parts = data.decode("latin-1").split("\x01")
    parts.reverse()
    return dict([part.split("=", 1) for part in parts if "=" in part])


def _scaled(text: str | None) -> int | None:
    """A price or quantity in 1e-8; None where it is absent, no number or too large for a column."""
    if text is None:
        return None
    try:
        return _fitting(parse_px(text))
    except ValueError:
        return None


def _fitting(value: int) -> int | None:
    return value if -_SQLITE_BOUND <= value < _SQLITE_BOUND else None


def _column(value: Any) -> Any:
    """A note's value as a column: None for a number beyond SQLite's integers, JSON for lists and objects."""
    if isinstance(value, int):
        return _fitting(value)
    return msgspec.json.encode(value).decode() if isinstance(value, list | dict) else value


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and len(text) <= 18 and text.isascii() and text.isdigit() else None


_COLUMNS = {table: list(columns) for table, (columns, _) in TABLES.items()}


def _insert(table: str, otherwise: str = "") -> str:
    columns = ", ".join(f"[{column}]" for column in _COLUMNS[table])
    marks = ", ".join("?" * len(_COLUMNS[table]))
    return " ".join(("INSERT INTO", table, f"({columns}) VALUES ({marks})", otherwise))


def _upsert(table: str) -> str:
    """Unlike INSERT OR REPLACE this leaves a row its place, so that rows stay in the order they were first seen."""
    key = TABLES[table][1]
    changes = ", ".join(f"[{column}] = excluded.[{column}]" for column in _COLUMNS[table] if column != key)
    return _insert(table, f"ON CONFLICT ([{key}]) DO UPDATE SET {changes}")


_INSERTS = {table: _insert(table) for table in TABLES}
_INSERTS |= {table: _upsert(table) for table in ("orders", "sessions", "links", "position")}


class Projection:
    """The rows to come of the records seen since the last commit, and the orders they change."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._rows: dict[str, list[tuple[Any, ...]]] = {table: [] for table in TABLES}
        self.pending = 0  # records since the last commit
        self._orders: dict[str, Row] = {}
        self._changed: dict[str, dict[str, Row]] = {"orders": {}, "sessions": {}, "links": {}}
        self._keys: dict[tuple[str, str], str] = {}  # (session, ClOrdID) -> key of the order
        self._booked: set[tuple[str, str]] = set()  # (session, ExecID), and requests, since the last commit
        self._asked: dict[tuple[str, str], tuple[Fields, Row]] = {}  # clients' orders not answered yet
        self._sessions: dict[str, Row] = {row["session"]: row for row in self._stored("SELECT * FROM sessions")}
        self._links: dict[int, Row] = {
            row["link"]: row for row in self._stored("SELECT * FROM links WHERE down_at IS NULL")
        }
        self._venues: set[str] = set()
        for run in self._stored("SELECT payload FROM runs ORDER BY seq DESC LIMIT 1"):
            self._venues = _venues(run["payload"])
        self._by_kind: dict[int, Callable[[Record], None]] = {
            RECEIVED: self._message,
            SEND: self._message,
            GARBLED: self._garbled,
            NOTE: self._note,
            STARTED: self._started,
            LINK_UP: self._link_up,
            LINK_DOWN: self._link_down,
            COMMAND: self._command,
        }

    def position(self) -> Position:
        for row in self._stored("SELECT segment, offset, seq, digest FROM position"):
            return Position(**row)
        return Position()

    def add(self, records: Iterable[Record]) -> None:
        """Fold one batch. An input and its outputs are never in two."""
        for record in records:
            fold = self._by_kind.get(record.kind)
            if fold is not None:
                fold(record)
            self.pending += 1
        for _, request in self._asked.values():
            self._append("requests", request)
        self._asked.clear()

    def commit(self, position: Position) -> None:
        """Write what was added, and that it was, in one transaction."""
        for table, changed in self._changed.items():
            for row in changed.values():
                self._append(table, row)
            changed.clear()
        self._rows["position"].append((1, *position))
        with self._database:
            for table, rows in self._rows.items():
                if rows:
                    self._database.executemany(_INSERTS[table], rows)
                    rows.clear()
        self.pending = 0
        self._booked.clear()
        if len(self._orders) > _REMEMBERED:
            self._orders.clear()
        if len(self._keys) > _REMEMBERED:
            self._keys.clear()

    # -- records

    def _message(self, record: Record) -> None:
        seq, at, kind, link_number, raw = record
        incoming = kind == RECEIVED
        fields = fields_of(raw)
        msg_type = fields.get("35")
        number = _number(fields.get("34"))
        link = self._links.get(link_number)
        name = link["session"] if link is not None else None
        if name is None:
            name = fields.get("49" if incoming else "56")
            if link is not None:
                link["session"] = name
                self._changed["links"][str(link_number)] = link
        self._rows["messages"].append(
            (
                seq,
                at,
                "in" if incoming else "out",
                link_number,
                name,
                msg_type,
                number,
                1 if fields.get("43") == "Y" else 0,
                raw,
            )
        )
        if name is None:
            return
        role = link["role"] if link is not None else "client"
        self._seen(name, role, at, incoming=incoming, number=number, logon=msg_type == "A")
        if msg_type == "8":
            if incoming == (role == "venue"):
                self._report(seq, at, name, fields, link)
        elif msg_type == "D":
            if incoming and role == "client":
                self._client_order(seq, at, name, fields)
            elif not incoming and role == "venue":
                self._child(seq, at, name, fields, link)
        elif msg_type in ("F", "G", "9"):
            self._request(seq, at, name, fields)

    def _seen(self, name: str, role: str, at: int, *, incoming: bool, number: int | None, logon: bool) -> None:
        row = self._sessions.get(name)
        if row is None:
            if len(self._sessions) >= _REMEMBERED:  # a hostile peer may log on under ever new names
                return
            row = self._sessions[name] = {"session": name, "role": role, "logons": 0, "last_in": 0, "last_out": 0}
        if incoming:
            row["logons"] += logon
        column = "last_in" if incoming else "last_out"
        if number is not None and (logon or number > row[column]):
            row[column] = number
        row["last_seen"] = at
        self._changed["sessions"][name] = row

    def _client_order(self, seq: int, at: int, session: str, fields: Fields) -> None:
        cl_ord_id = fields.get("11", "")
        if self._is_resent(session, "D", cl_ord_id, fields):
            return
        request = self._asking(seq, at, session, "D", fields)
        if (session, cl_ord_id) in self._asked:
            self._append("requests", request)
        else:
            self._asked[session, cl_ord_id] = fields, request

    def _child(self, seq: int, at: int, session: str, fields: Fields, link: Row | None) -> None:
        cl_ord_id = fields.get("11", "")
        if self._key(session, cl_ord_id) is not None:
            return  # a resend
        key = f"child {session} {cl_ord_id}"
        row = self._new_order(key, at, "child", session, cl_ord_id)
        row["venue"] = link["port"] if link is not None else session
        row["parent_id"], row["slice"] = fields.get("9001"), _number(fields.get("9004"))
        row["leaves_qty"] = _scaled(fields.get("38"))
        row["cum_qty"] = row["avg_px"] = 0
        self._terms(row, fields)
        self._append("requests", self._asking(seq, at, session, "D", fields) | {"order_key": key})

    def _request(self, seq: int, at: int, session: str, fields: Fields) -> None:
        """A cancel, a replace or the refusal of one, from or to either side."""
        cl_ord_id, msg_type = fields.get("11", ""), fields["35"]
        if self._is_resent(session, msg_type, cl_ord_id, fields):
            return
        key = self._key(session, fields.get("41", "")) or self._key(session, cl_ord_id)
        if key is not None and msg_type != "9":
            self._name(session, cl_ord_id, key)
        self._append("requests", self._asking(seq, at, session, msg_type, fields) | {"order_key": key})

    def _report(self, seq: int, at: int, session: str, fields: Fields, link: Row | None) -> None:
        exec_id, exec_type = fields.get("17"), fields.get("150")
        if exec_id is None or self._is_booked(session, exec_id):
            return
        self._booked.add((session, exec_id))
        if link is not None and link["role"] == "venue":
            role, order = "child", self._reported_child(session, fields)
        else:
            role, order = "parent", self._reported_parent(at, session, fields)
        values: Row = {
            "last_qty": _scaled(fields.get("32")),
            "last_px": _scaled(fields.get("31")),
            "cum_qty": _scaled(fields.get("14")),
            "leaves_qty": _scaled(fields.get("151")),
            "avg_px": _scaled(fields.get("6")),
            "text": fields.get("58"),
        }
        self._append(
            "reports",
            values
            | {
                "seq": seq,
                "at": at,
                "order_key": order["key"] if order is not None else None,
                "role": role,
                "session": session,
                "exec_id": exec_id,
                "exec_ref_id": fields.get("19"),
                "order_id": fields.get("37"),
                "cl_ord_id": fields.get("11"),
                "exec_type": exec_type,
                "ord_status": fields.get("39"),
                "last_mkt": fields.get("30"),
                "last_liquidity": fields.get("851"),
            },
        )
        if order is None:
            return
        if role == "child":
            order["order_id"] = fields.get("37")
        if exec_type in ("0", "5", "A", "D"):
            self._terms(order, fields)
        if exec_type == "5":
            order["cl_ord_id"] = fields.get("11")
        for column in ("cum_qty", "leaves_qty", "avg_px", "text"):
            if values[column] is not None:
                order[column] = values[column]
        order["status"], order["updated_at"] = fields.get("39"), at
        self._changed["orders"][order["key"]] = order

    def _reported_child(self, session: str, fields: Fields) -> Row | None:
        key = self._key(session, fields.get("11", "")) or self._key(session, fields.get("41", ""))
        return None if key is None else self._order(key)

    def _reported_parent(self, at: int, session: str, fields: Fields) -> Row:
        """The client's order a report of ours is about, begun here if this is the first word of it."""
        key = f"parent {fields.get('37')}"
        cl_ord_id = fields.get("11", "")
        order = self._order(key)
        if order is None:
            order = self._new_order(key, at, "parent", session, cl_ord_id)
            order["order_id"] = fields.get("37")
        asked = self._asked.pop((session, cl_ord_id), None)
        if asked is not None:
            self._append("requests", asked[1] | {"order_key": key})
            self._terms(order, asked[0])
            order["strategy"] = asked[0].get("847")
            order["created_at"] = asked[1]["at"]
        elif order["side"] is None:
            self._terms(order, fields)
        return order

    def _garbled(self, record: Record) -> None:
        link = self._links.get(record.link)
        session = link["session"] if link is not None else None
        row = (record.seq, record.at, "in", record.link, session, None, None, 0, record.payload)
        self._rows["messages"].append(row)

    def _note(self, record: Record) -> None:
        note = decode(record)
        assert isinstance(note, Note)
        detail = msgspec.json.decode(note.payload)
        row: Row = {"seq": record.seq, "at": record.at}
        if not isinstance(detail, dict) or note.kind not in (*_NOTED, "parent"):
            self._append("notes", row | {"kind": note.kind, "detail": note.payload.decode()})
        elif note.kind == "parent":
            self._accepted(record.at, detail)
        else:
            table = _NOTED[note.kind]
            values = {("limit_px" if name == "limit" else name): _column(value) for name, value in detail.items()}
            self._append(table, values | row)

    def _accepted(self, at: int, detail: Row) -> None:
        """What the parent met: the quote at its arrival, its schedule."""
        key = f"parent {detail['order_id']}"
        session = detail.get("client") or ""
        order = self._order(key) or self._new_order(key, at, "parent", session, detail.get("cl_ord_id") or "")
        order |= {column: _column(detail.get(name)) for column, name in _ARRIVAL.items()}
        self._changed["orders"][key] = order

    def _started(self, record: Record) -> None:
        started = decode(record)
        assert isinstance(started, Started)
        payload = started.payload.decode("utf-8", "backslashreplace")
        self._venues = _venues(payload)
        version = _json_object(payload).get("version")
        self._append("runs", {"seq": record.seq, "at": record.at, "version": version, "payload": payload})
        for number, link in self._links.items():  # links of an earlier run are gone without a word
            link["down_at"], link["reason"] = record.at, "the gateway stopped"
            self._changed["links"][str(number)] = link
        self._links = {}

    def _link_up(self, record: Record) -> None:
        up = decode(record)
        assert isinstance(up, LinkUp)
        role = "venue" if up.port in self._venues else "client"
        row: Row = dict.fromkeys(_COLUMNS["links"])
        row |= {"link": up.link, "port": up.port, "peer": up.peer, "role": role, "up_at": up.at}
        self._links[up.link] = self._changed["links"][str(up.link)] = row

    def _link_down(self, record: Record) -> None:
        down = decode(record)
        assert isinstance(down, LinkDown)
        row = self._links.pop(down.link, None)
        if row is not None:
            row["down_at"], row["reason"] = down.at, down.reason
            self._changed["links"][str(down.link)] = row

    def _command(self, record: Record) -> None:
        command = decode(record)
        assert isinstance(command, Command)
        payload = command.payload.decode("utf-8", "backslashreplace")
        row = {"seq": record.seq, "at": record.at, "name": command.name, "who": command.who, "payload": payload}
        self._append("commands", row)

    # -- rows

    def _append(self, table: str, row: Row) -> None:
        self._rows[table].append(tuple(map(row.get, _COLUMNS[table])))

    def _asking(self, seq: int, at: int, session: str, msg_type: str, fields: Fields) -> Row:
        return {
            "seq": seq,
            "at": at,
            "session": session,
            "msg_type": msg_type,
            "cl_ord_id": fields.get("11"),
            "orig_cl_ord_id": fields.get("41"),
            "order_qty": _scaled(fields.get("38")),
            "price": _scaled(fields.get("44")),
            "text": fields.get("58"),
        }

    def _new_order(self, key: str, at: int, role: str, session: str, cl_ord_id: str) -> Row:
        row: Row = dict.fromkeys(_COLUMNS["orders"])
        row |= {"key": key, "role": role, "session": session, "cl_ord_id": cl_ord_id}
        row["created_at"] = row["updated_at"] = at
        self._orders[key] = self._changed["orders"][key] = row
        self._name(session, cl_ord_id, key)
        return row

    def _terms(self, row: Row, fields: Fields) -> None:
        for column, tag in _TERM_TEXTS:
            if tag in fields:
                row[column] = fields[tag]
        for column, tag in _TERMS:
            if tag in fields:
                row[column] = _scaled(fields[tag])

    def _order(self, key: str) -> Row | None:
        row = self._orders.get(key)
        if row is None:
            for row in self._stored("SELECT * FROM orders WHERE key = ?", key):
                self._orders[key] = row
        return row

    def _name(self, session: str, cl_ord_id: str, key: str) -> None:
        """The first order under a ClOrdID has it; a duplicate is refused and gets none."""
        if self._key(session, cl_ord_id) is None:
            self._keys[session, cl_ord_id] = key
            self._rows["cl_ord_ids"].append((session, cl_ord_id, key))

    def _key(self, session: str, cl_ord_id: str) -> str | None:
        key = self._keys.get((session, cl_ord_id))
        if key is None:
            stored = "SELECT key FROM cl_ord_ids WHERE session = ? AND cl_ord_id = ?"
            for row in self._stored(stored, session, cl_ord_id):
                key = self._keys[session, cl_ord_id] = row["key"]
        return key

    def _is_booked(self, session: str, exec_id: str) -> bool:
        stored = "SELECT seq FROM reports WHERE session = ? AND exec_id = ?"
        return (session, exec_id) in self._booked or bool(self._stored(stored, session, exec_id))

    def _is_resent(self, session: str, msg_type: str, cl_ord_id: str, fields: Fields) -> bool:
        """Whether a request was recorded before: PossDupFlag(43) alone does not say so, its first copy may be lost."""
        request = (session, f"{msg_type} {cl_ord_id}")
        stored = "SELECT seq FROM requests WHERE cl_ord_id = ? AND session = ? AND msg_type = ?"
        if fields.get("43") == "Y" and (request in self._booked or self._stored(stored, cl_ord_id, session, msg_type)):
            return True
        self._booked.add(request)
        return False

    def _stored(self, sql: str, *parameters: str) -> list[Row]:
        cursor = self._database.execute(sql, parameters)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _json_object(text: str) -> Row:
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError):
        return {}
    return value if isinstance(value, dict) else {}


def _venues(payload: str) -> set[str]:
    """Names of the venues in a Started's payload: the ports whose links are theirs."""
    config = _json_object(payload).get("config")
    venues = config.get("venues") if isinstance(config, dict) else None
    if not isinstance(venues, list):
        return set()
    return {venue["name"] for venue in venues if isinstance(venue, dict) and isinstance(venue.get("name"), str)}
