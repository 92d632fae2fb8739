"""The tables and views of audit.db. Prices and quantities are integers in 1e-8, instants UTC nanoseconds; views show
decimals and dates. A database of another VERSION is not migrated but rebuilt: it is a view of the journal.
"""

import re
from collections.abc import Callable
from enum import StrEnum

from sqlite_utils import Database

from gateway.model import ExecType, OrdStatus, Side

VERSION = 10
OPEN = "01679AE"  # OrdStatus(39) of orders that may still trade

# Table -> (columns, primary key). `seq` is the number of the journal's record, wherever it stands.
TABLES: dict[str, tuple[dict[str, type], str | tuple[str, ...]]] = {
    "position": ({"id": int, "segment": int, "offset": int, "seq": int, "digest": bytes}, "id"),
    "runs": ({"seq": int, "at": int, "version": str, "payload": str}, "seq"),
    "links": (
        {
            "link": int,
            "port": str,
            "peer": str,
            "role": str,  # 'client' or 'venue'
            "session": str,
            "up_at": int,
            "down_at": int,
            "reason": str,
        },
        "link",
    ),
    "sessions": (
        {
            "session": str,  # the counterparty's CompID
            "role": str,
            "logons": int,
            "last_in": int,  # highest MsgSeqNum(34) received
            "last_out": int,  # highest sent
            "last_seen": int,
        },
        "session",
    ),
    "messages": (
        {
            "seq": int,
            "at": int,
            "direction": str,  # 'in' or 'out'
            "link": int,  # NULL: kept for a counterparty that was away, and not sent then
            "session": str,
            "msg_type": str,  # NULL: bytes that are no message
            "msg_seq_num": int,
            "poss_dup": int,
            "raw": bytes,
        },
        "seq",
    ),
    "orders": (
        {
            "key": str,
            "role": str,  # 'parent' (the client's order) or 'child' (ours, at a venue)
            "order_id": str,  # OrderID(37): ours on a parent, the venue's on a child
            "cl_ord_id": str,
            "parent_id": str,  # on a child, the parent's order_id
            "slice": int,
            "session": str,
            "venue": str,
            "symbol": str,
            "side": str,
            "order_qty": int,
            "ord_type": str,
            "price": int,
            "time_in_force": str,
            "strategy": str,
            "status": str,  # OrdStatus(39)
            "cum_qty": int,
            "leaves_qty": int,
            "avg_px": int,
            "arrival_bid": int,  # consolidated quote when the parent was accepted
            "arrival_ask": int,
            "start_at": int,
            "end_at": int,
            "created_at": int,
            "updated_at": int,
            "text": str,
        },
        "key",
    ),
    "cl_ord_ids": ({"session": str, "cl_ord_id": str, "key": str}, ("cl_ord_id", "session")),
    "requests": (
        {
            "seq": int,
            "at": int,
            "order_key": str,  # NULL: no order came of it
            "session": str,
            "msg_type": str,  # D, F, G, or 9 for the refusal of F and G
            "cl_ord_id": str,
            "orig_cl_ord_id": str,
            "order_qty": int,
            "price": int,
            "text": str,
        },
        "seq",
    ),
    "reports": (
        {
            "seq": int,
            "at": int,
            "order_key": str,
            "role": str,  # whose order: 'parent' reports went to the client, 'child' reports came from the venue
            "session": str,
            "exec_id": str,
            "exec_ref_id": str,
            "order_id": str,
            "cl_ord_id": str,
            "exec_type": str,
            "ord_status": str,
            "last_qty": int,
            "last_px": int,
            "cum_qty": int,
            "leaves_qty": int,
            "avg_px": int,
            "last_mkt": str,
            "last_liquidity": str,
            "text": str,
        },
        "seq",
    ),
    "decisions": (
        {
            "seq": int,
            "at": int,
            "parent": str,
            "slice": int,
            "due": int,
            "filled": int,
            "working": int,
            "release": int,
            "limit_px": int,
            "bid": int,
            "ask": int,
            "candidates": str,  # JSON: what the venues showed, and what a share costs there beyond its price
            "children": str,  # JSON: what was sent
            "policy": str,
            "why": str,  # in words; NULL: by the rule of price_time, or it is there to rest
            "passed_over": str,  # JSON: venues that were no candidates, and why not
            "through": str,  # JSON: venues where a better price was left, that price and why
        },
        "seq",
    ),
    "risk_events": (
        {"seq": int, "at": int, "client": str, "order_id": str, "cl_ord_id": str, "symbol": str, "text": str},
        "seq",
    ),
    "alerts": ({"seq": int, "at": int, "code": str, "text": str, "parent": str, "child": str}, "seq"),
    "positions": (
        {
            "account": str,
            "symbol": str,
            "position_id": str,  # '' where the account nets
            "venue": str,  # '' for all venues together
            "qty": int,  # negative when short
            "avg_px": int,  # NULL while it is flat
            "cost": int,  # this and the others in 1e-8 of the currency unit
            "realised": int,  # before fees
            "unrealised": int,  # at last_px
            "fees": int,
            "last_px": int,  # of the account's last fill in the symbol
            "updated_at": int,
        },
        ("account", "symbol", "position_id", "venue"),
    ),
    "allocations": (
        {
            "allocation": str,
            "account": str,  # that got this part
            "block": str,  # that it came from
            "client": str,
            "alloc_id": str,  # AllocID(70)
            "orders": str,  # JSON: the OrderIDs
            "symbol": str,
            "side": str,
            "qty": int,
            "avg_px": int,
            "amount": int,  # this and the fees in 1e-8 of the currency unit
            "fees": int,
            "status": str,  # booked, replaced, canceled, or undone because the fills of its orders changed
            "by": str,  # AllocID of the instruction that replaced or canceled it
            "booked_at": int,
            "updated_at": int,
        },
        ("allocation", "account"),
    ),
    # One row each time a venue's figures were noted. Rates are in 1e-8, see gateway.model.health; NULL: not known.
    "venue_statistics": (
        {
            "seq": int,
            "at": int,
            "venue": str,
            "is_up": int,
            "breaker": str,  # its state and why, in words; '' of one that is closed
            "availability": int,
            "takes": int,
            "takes_filled": int,
            "slipped": int,
            "rests": int,
            "rests_filled": int,
            "fill_ns": int,
            "answers": int,
            "ack_ns": int,
            "ack_p99_us": int,
            "rejected": int,
            "unanswered": int,
            "notional": int,  # in currency units
            "better": int,
            "fees": int,
            "marks": int,
            "after_1s": int,
            "after_10s": int,
            "rest_marks": int,
            "rest_after_1s": int,
            "rest_after_10s": int,
        },
        "seq",
    ),
    "notes": ({"seq": int, "at": int, "kind": str, "detail": str}, "seq"),
    "commands": ({"seq": int, "at": int, "name": str, "who": str, "payload": str}, "seq"),
}


_MACROS: dict[str, Callable[[str], str]] = {
    "TIME": lambda column: f"strftime('%Y-%m-%d %H:%M:%f', {column} / 1000000000.0, 'unixepoch')",
    "DEC": lambda column: f"{column} / 1e8",
    "SIDE": lambda column: _named(column, Side),
    "ORDSTATUS": lambda column: _named(column, OrdStatus),
    "EXECTYPE": lambda column: _named(column, ExecType),
    "IS_OPEN": lambda column: f"({column} IS NULL OR {column} IN ({', '.join(map(repr, OPEN))}))",
}
_MACRO = re.compile(rf"({'|'.join(_MACROS)})\(([\w.]+)\)")


def _named(column: str, names: type[StrEnum]) -> str:
    cases = " ".join(f"WHEN '{member.value}' THEN '{member.name}'" for member in names)
    return f"CASE {column} {cases} ELSE {column} END"


# TIME(x), DEC(x), SIDE(x) and so on are written out by _MACROS.
VIEWS = {
    "order_history": """
        SELECT e.seq, TIME(e.at) AS time, o.role, o.order_id, o.cl_ord_id AS order_cl_ord_id, e.cl_ord_id, e.session,
            e.event, ORDSTATUS(e.status) AS status, DEC(e.order_qty) AS order_qty, DEC(e.price) AS price,
            DEC(e.last_qty) AS last_qty, DEC(e.last_px) AS last_px, DEC(e.cum_qty) AS cum_qty,
            DEC(e.leaves_qty) AS leaves_qty, e.text, o.key
        FROM (
            SELECT seq, at, order_key, session, cl_ord_id, text, order_qty, price, NULL AS status, NULL AS last_qty,
                NULL AS last_px, NULL AS cum_qty, NULL AS leaves_qty,
                CASE msg_type WHEN 'D' THEN 'NewOrderSingle' WHEN 'F' THEN 'OrderCancelRequest'
                    WHEN 'G' THEN 'OrderCancelReplaceRequest' ELSE 'OrderCancelReject' END AS event
            FROM requests
            UNION ALL
            SELECT seq, at, order_key, session, cl_ord_id, text, NULL, NULL, ord_status, last_qty, last_px, cum_qty,
                leaves_qty, EXECTYPE(exec_type)
            FROM reports
        ) AS e JOIN orders AS o ON o.key = e.order_key
        ORDER BY e.seq""",
    "open_orders": """
        SELECT role, order_id, cl_ord_id, parent_id, session, venue, symbol, SIDE(side) AS side,
            DEC(order_qty) AS order_qty, DEC(price) AS price, strategy, ORDSTATUS(status) AS status,
            DEC(cum_qty) AS cum_qty, DEC(leaves_qty) AS leaves_qty, DEC(avg_px) AS avg_px,
            TIME(created_at) AS created, TIME(updated_at) AS updated, key
        FROM orders WHERE IS_OPEN(status)""",
    "executions": """
        SELECT r.seq, TIME(r.at) AS time, r.role, r.session, r.exec_id, r.exec_ref_id, o.order_id, r.cl_ord_id,
            o.parent_id, o.symbol, SIDE(o.side) AS side, EXECTYPE(r.exec_type) AS exec_type,
            DEC(r.last_qty) AS last_qty, DEC(r.last_px) AS last_px, DEC(r.cum_qty) AS cum_qty,
            DEC(r.leaves_qty) AS leaves_qty, DEC(r.avg_px) AS avg_px, r.last_mkt, r.last_liquidity,
            r.order_key AS key
        FROM reports AS r LEFT JOIN orders AS o ON o.key = r.order_key
        WHERE r.exec_type IN ('F', 'G', 'H')""",
    "session_messages": """
        SELECT seq, TIME(at) AS time, session, direction, msg_type, msg_seq_num, poss_dup,
            replace(CAST(raw AS TEXT), char(1), '|') AS text
        FROM messages""",
    "open_positions": """
        SELECT account, symbol, position_id, venue, DEC(qty) AS qty, DEC(avg_px) AS avg_px, DEC(realised) AS realised,
            (realised - fees) / 1e8 AS net, DEC(unrealised) AS unrealised, DEC(fees) AS fees,
            DEC(last_px) AS last_px, TIME(updated_at) AS updated
        FROM positions WHERE venue = '' AND (qty IS NULL OR qty != 0)""",
    "parent_children": """
        SELECT p.order_id AS parent_id, p.cl_ord_id AS parent_cl_ord_id, p.session AS client, c.slice, c.venue,
            c.cl_ord_id, c.symbol, SIDE(c.side) AS side, DEC(c.order_qty) AS order_qty, DEC(c.price) AS price,
            DEC(c.cum_qty) AS cum_qty, DEC(c.avg_px) AS avg_px, ORDSTATUS(c.status) AS status,
            TIME(c.created_at) AS created
        FROM orders AS c JOIN orders AS p ON p.role = 'parent' AND p.order_id = c.parent_id
        WHERE c.role = 'child'""",
}


def create(database: Database) -> None:
    """All tables, indexes and views, in an empty database."""
    for name, (columns, key) in TABLES.items():
        database.table(name).create(columns, pk=key)
    database.table("reports").create_index(["session", "exec_id"], unique=True)
    database.table("reports").create_index(["order_key"])
    database.table("requests").create_index(["order_key"])
    database.table("requests").create_index(["cl_ord_id"])
    database.table("messages").create_index(["session"])  # each entry ends with the rowid, which is seq
    database.table("orders").create_index(["order_id"])
    database.table("orders").create_index(["parent_id"])
    database.table("decisions").create_index(["parent"])
    for name, sql in VIEWS.items():
        database.create_view(name, _MACRO.sub(lambda found: _MACROS[found[1]](found[2]), sql))
    database.execute(f"PRAGMA user_version = {VERSION}")
