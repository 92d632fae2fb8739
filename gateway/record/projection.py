"""The fold from the journal's records to the rows of audit.db.

The source of truth are the messages themselves as they came and left; notes add what no message says. A message for a
counterparty that is away has no Send: its note books it, and what reaches the wire later is a resend. A resend books
nothing twice: a report counts by (session, ExecID(17)), an order by its ClOrdID(11).
"""

import sqlite3
from collections.abc import Callable, Iterable

import msgspec

from gateway.model import SCALE, Command, LinkDown, LinkUp, Note, Ns, Started, average_px
from gateway.model.routing import RoutePolicy
from gateway.record.fields import (
    Fields,
    column,
    fields_of,
    fitting,
    header_of,
    json_object,
    msg_type_of,
    number,
    scaled,
    valued,
    venues_of,
)
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
from gateway.record.rows import COLUMNS, Row, Rows

_SESSIONS = 50_000  # names we keep count of; a hostile peer may log on under ever new ones

_TOLD = frozenset("8DFG9")  # MsgTypes that more is told of than that they were sent
_TAKEN = frozenset("456E")  # ExecTypes of reports about a request that was taken, with 41
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
# Kind of a note -> its table.
_NOTED = {"decision": "decisions", "risk": "risk_events", "alert": "alerts", "venue_statistics": "venue_statistics"}


class Projection:
    """What the records added since the last commit change in the database."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self.pending = 0  # records since the last commit
        self._rows = rows = Rows(database)
        self._asked: dict[tuple[str, str], tuple[Fields, Row]] = {}  # clients' orders not answered yet
        self._sessions: dict[str, Row] = {row["session"]: row for row in rows.stored("SELECT * FROM sessions")}
        self._links: dict[int, Row] = {
            row["link"]: row for row in rows.stored("SELECT * FROM links WHERE down_at IS NULL")
        }
        self._venues: set[str] = set()
        for run in rows.stored("SELECT payload FROM runs ORDER BY seq DESC LIMIT 1"):
            self._venues = venues_of(run["payload"])
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
        for row in self._rows.stored("SELECT segment, offset, seq, digest FROM position"):
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
            self._rows.add("requests", request)
        self._asked.clear()

    def commit(self, position: Position) -> None:
        """Write what was added, and that it was, in one transaction."""
        self._rows.commit(position)
        self.pending = 0

    # -- messages

    def _message(self, record: Record) -> None:
        seq, at, kind, link_number, raw = record
        incoming = kind == RECEIVED
        msg_type = msg_type_of(raw)
        fields = fields_of(raw) if msg_type in _TOLD else header_of(raw)
        link = self._links.get(link_number)
        session, venue = None, None
        if link is not None:
            session, venue = link["session"], link["port"] if link["role"] == "venue" else None
        if session is None:
            session = fields.get("49" if incoming else "56")
            if link is not None:
                link["session"] = session
                self._rows.change("links", link_number, link)
        direction, msg_seq_num = "in" if incoming else "out", number(fields.get("34"))
        poss_dup = 1 if fields.get("43") == "Y" else 0
        self._rows.add_message((seq, at, direction, link_number, session, msg_type, msg_seq_num, poss_dup, raw))
        if session is None:
            return
        row = self._session(session, venue)
        if row is not None:
            _count(row, "last_in" if incoming else "last_out", msg_seq_num, logon=msg_type == "A")
            row["logons"] += incoming and msg_type == "A"
            row["last_seen"] = at
            self._rows.change("sessions", session, row)
        if msg_type in _TOLD:
            self._tell(seq, at, session, venue, fields, incoming=incoming)

    def _kept(self, seq: int, at: Ns, name: str, raw: bytes) -> None:
        """An application message that got its number while its counterparty was away."""
        fields = fields_of(raw)
        msg_type, msg_seq_num = fields.get("35"), number(fields.get("34"))
        # A client may be called as a venue is; orders go to the one and reports to the other.
        venue = name if name in self._venues and msg_type not in ("8", "9") else None
        session = name if venue is None else fields.get("56", name)
        self._rows.add_message((seq, at, "out", None, session, msg_type, msg_seq_num, 0, raw))
        row = self._session(session, venue)
        if row is not None:
            _count(row, "last_out", msg_seq_num)
            self._rows.change("sessions", session, row)
        if msg_type in _TOLD:
            self._tell(seq, at, session, venue, fields, incoming=False)

    def _session(self, name: str, venue: str | None) -> Row | None:
        row = self._sessions.get(name)
        if row is None and len(self._sessions) < _SESSIONS:
            role = "client" if venue is None else "venue"
            row = {"session": name, "role": role, "logons": 0, "last_in": 0, "last_out": 0}
            self._sessions[name] = row
        return row

    def _tell(self, seq: int, at: Ns, session: str, venue: str | None, fields: Fields, *, incoming: bool) -> None:
        """What a message means for orders, by who said it: only venues report to us, only clients order from us."""
        msg_type = fields["35"]
        if msg_type == "8":
            if incoming == (venue is not None) and (incoming or fields.get("797") != "Y"):  # a drop copy tells no news
                self._report(seq, at, session, venue, fields)
        elif msg_type != "D":
            self._request(seq, at, session, fields)
        elif incoming and venue is None:
            self._client_order(seq, at, session, fields)
        elif not incoming and venue is not None:
            self._child(seq, at, session, venue, fields)

    def _client_order(self, seq: int, at: Ns, session: str, fields: Fields) -> None:
        cl_ord_id = fields.get("11", "")
        waiting = (session, cl_ord_id) in self._asked
        if fields.get("43") == "Y" and (waiting or self._rows.has_request(session, "D", cl_ord_id)):
            return
        request = _request(seq, at, session, fields)
        if waiting:
            self._rows.add("requests", request)
        else:
            self._asked[session, cl_ord_id] = fields, request

    def _child(self, seq: int, at: Ns, session: str, venue: str, fields: Fields) -> None:
        cl_ord_id = fields.get("11", "")
        key = f"child {session} {cl_ord_id}"
        if not self._rows.add_name(session, cl_ord_id, key):
            return  # a resend
        order = self._rows.begin_order(key, at, "child", session, cl_ord_id)
        order["venue"] = venue
        order["parent_id"], order["slice"] = fields.get("9001"), number(fields.get("9004"))
        order["leaves_qty"] = scaled(fields.get("38"))
        order["cum_qty"] = order["avg_px"] = 0
        _set_terms(order, fields)
        self._rows.add("requests", _request(seq, at, session, fields, key))

    def _request(self, seq: int, at: Ns, session: str, fields: Fields) -> None:
        """A cancel, a replace or the refusal of one, from or to either side.

        PossDupFlag(43) alone does not make it a resend: the first copy may be lost.
        """
        cl_ord_id, msg_type, rows = fields.get("11", ""), fields["35"], self._rows
        if fields.get("43") == "Y" and rows.has_request(session, msg_type, cl_ord_id):
            return
        key = rows.key(session, fields.get("41", "")) or rows.key(session, cl_ord_id)
        if key is not None and msg_type != "9":
            rows.add_name(session, cl_ord_id, key)
        rows.add("requests", _request(seq, at, session, fields, key))

    def _report(self, seq: int, at: Ns, session: str, venue: str | None, fields: Fields) -> None:
        get, rows = fields.get, self._rows
        exec_id, cl_ord_id, order_id, exec_type, status = get("17"), get("11", ""), get("37"), get("150"), get("39")
        if exec_id is None:
            return
        key: str | None
        if venue is None:
            role, key = "parent", f"parent {order_id}"
        else:
            role, key = "child", rows.key(session, cl_ord_id) or rows.key(session, get("41", ""))
        cum_qty, leaves_qty, avg_px, text = scaled(get("14")), scaled(get("151")), scaled(get("6")), get("58")
        if not rows.add_report(
            seq, at, key, role, session, exec_id, get("19"), order_id, get("11"), exec_type, status, scaled(get("32")),
            scaled(get("31")), cum_qty, leaves_qty, avg_px, get("30"), get("851"), text,
        ):  # fmt: skip
            return
        if venue is None:
            order = self._reported_parent(at, session, f"parent {order_id}", fields)
        else:
            known = rows.order(key) if key is not None else None
            if known is None:
                return
            order = known
            order["order_id"] = order_id or order["order_id"]
        if exec_type in ("0", "5", "A", "D"):
            _set_terms(order, fields)
        if venue is None and exec_type in _TAKEN and "41" in fields:
            rows.move_name(session, cl_ord_id, order["key"])
        if exec_type == "5":
            order["cl_ord_id"] = get("11")
        for name, value in (("cum_qty", cum_qty), ("leaves_qty", leaves_qty), ("avg_px", avg_px), ("text", text)):
            if value is not None:
                order[name] = value
        order["status"], order["updated_at"] = status, at
        rows.change("orders", order["key"], order)

    def _reported_parent(self, at: Ns, session: str, key: str, fields: Fields) -> Row:
        """The client's order a report of ours is about, begun here if this is the first word of it."""
        cl_ord_id = fields.get("11", "")
        order = self._rows.order(key)
        if order is None:
            order = self._begin_parent(key, at, session, cl_ord_id)
            order["order_id"] = fields.get("37")
        asked = self._asked.pop((session, cl_ord_id), None)
        if asked is not None:
            wanted, request = asked
            self._rows.add("requests", request | {"order_key": key})
            if order["status"] is None:  # else it is the refusal of a duplicate, which changes nothing
                _set_terms(order, wanted)
                order["strategy"], order["created_at"] = wanted.get("847"), request["at"]
        elif order["side"] is None:
            _set_terms(order, fields)
        return order

    def _begin_parent(self, key: str, at: Ns, session: str, cl_ord_id: str) -> Row:
        self._rows.add_name(session, cl_ord_id, key)  # a duplicate is refused and gets no name
        return self._rows.begin_order(key, at, "parent", session, cl_ord_id)

    # -- other records

    def _garbled(self, record: Record) -> None:
        link = self._links.get(record.link)
        session = link["session"] if link is not None else None
        self._rows.add_message((record.seq, record.at, "in", record.link, session, None, None, 0, record.payload))

    def _note(self, record: Record) -> None:
        note = decode(record)
        assert isinstance(note, Note)
        detail = msgspec.json.decode(note.payload)
        row: Row = {"seq": record.seq, "at": record.at}
        if note.kind == "settled":
            self._settled(record.seq, record.at, detail)
        if not isinstance(detail, dict) or note.kind not in (*_NOTED, "parent", "kept", "position", "allocation"):
            self._rows.add("notes", row | {"kind": note.kind, "detail": note.payload.decode()})
        elif note.kind == "kept":
            self._kept(record.seq, record.at, detail["session"], detail["data"].encode("latin-1"))
        elif note.kind == "parent":
            self._accepted(record.at, detail)
        elif note.kind == "position":
            self._held(record.at, detail)
        elif note.kind == "allocation":
            self._allocated(record.at, detail)
        else:
            values = {("limit_px" if name == "limit" else name): column(value) for name, value in detail.items()}
            if note.kind == "decision":
                values.setdefault("policy", RoutePolicy.PRICE_TIME.value)
            self._rows.add(_NOTED[note.kind], values | row)

    def _accepted(self, at: Ns, detail: Row) -> None:
        """What the parent met: the quote at its arrival, its schedule."""
        key = f"parent {detail['order_id']}"
        order = self._rows.order(key)
        if order is None:
            order = self._begin_parent(key, at, detail.get("client") or "", detail.get("cl_ord_id") or "")
        self._rows.move_name(order["session"], order["cl_ord_id"], key)
        order |= {name: column(detail.get(noted)) for name, noted in _ARRIVAL.items()}
        self._rows.change("orders", key, order)

    def _held(self, at: Ns, detail: Row) -> None:
        """A position as it is now, at the venue of the fill and at all of them."""
        account, symbol, position_id = detail["account"], detail["symbol"], detail["position_id"]
        for venue, held in (("", detail["held"]), (detail["venue"], detail["at_venue"])):
            key = account, symbol, position_id, venue
            place = dict(zip(("account", "symbol", "position_id", "venue"), key, strict=True))
            row = place | valued(held, detail["last_px"]) | {"updated_at": at}
            self._rows.change("positions", key, row)

    def _settled(self, seq: int, at: Ns, detail: Row) -> None:
        """What an operator says of a child is told as its venue would have reported it."""
        sent_on = "SELECT session FROM cl_ord_ids WHERE cl_ord_id = ? AND key LIKE 'child %'"
        for row in self._rows.stored(sent_on, detail["child"]):
            self._report(seq, at, row["session"], detail["venue"], detail["report"])

    def _allocated(self, at: Ns, detail: Row) -> None:
        """An allocation as it is now, a row for each account."""
        told = {name: column(value) for name, value in detail.items()} | {"block": detail["account"], "updated_at": at}
        for part in detail["parts"]:
            row = told | {name: column(value) for name, value in part.items()}
            row["amount"] = fitting(average_px(part["amount"], SCALE))
            self._rows.change("allocations", (detail["allocation"], part["account"]), row)

    def _started(self, record: Record) -> None:
        started = decode(record)
        assert isinstance(started, Started)
        payload = started.payload.decode("utf-8", "backslashreplace")
        self._venues = venues_of(payload)
        version = json_object(payload).get("version")
        self._rows.add("runs", {"seq": record.seq, "at": record.at, "version": version, "payload": payload})
        for link_number, link in self._links.items():  # links of an earlier run are gone without a word
            link["down_at"], link["reason"] = record.at, "the gateway stopped"
            self._rows.change("links", link_number, link)
        self._links = {}

    def _link_up(self, record: Record) -> None:
        up = decode(record)
        assert isinstance(up, LinkUp)
        role = "venue" if up.port in self._venues else "client"
        row: Row = dict.fromkeys(COLUMNS["links"])
        row |= {"link": up.link, "port": up.port, "peer": up.peer, "role": role, "up_at": up.at}
        self._links[up.link] = row
        self._rows.change("links", up.link, row)

    def _link_down(self, record: Record) -> None:
        down = decode(record)
        assert isinstance(down, LinkDown)
        row = self._links.pop(down.link, None)
        if row is not None:
            row["down_at"], row["reason"] = down.at, down.reason
            self._rows.change("links", down.link, row)

    def _command(self, record: Record) -> None:
        command = decode(record)
        assert isinstance(command, Command)
        payload = command.payload.decode("utf-8", "backslashreplace")
        row = {"seq": record.seq, "at": record.at, "name": command.name, "who": command.who, "payload": payload}
        self._rows.add("commands", row)


def _count(session: Row, direction: str, msg_seq_num: int | None, *, logon: bool = False) -> None:
    """The highest MsgSeqNum(34); a Logon may begin anew."""
    if msg_seq_num is not None and (logon or msg_seq_num > session[direction]):
        session[direction] = msg_seq_num


def _request(seq: int, at: Ns, session: str, fields: Fields, order_key: str | None = None) -> Row:
    return {
        "seq": seq,
        "at": at,
        "order_key": order_key,
        "session": session,
        "msg_type": fields["35"],
        "cl_ord_id": fields.get("11"),
        "orig_cl_ord_id": fields.get("41"),
        "order_qty": scaled(fields.get("38")),
        "price": scaled(fields.get("44")),
        "text": fields.get("58"),
    }


def _set_terms(order: Row, fields: Fields) -> None:
    for name, tag in _TERM_TEXTS:
        if tag in fields:
            order[name] = fields[tag]
    for name, tag in _TERMS:
        if tag in fields:
            order[name] = scaled(fields[tag])
