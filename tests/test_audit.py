"""The audit database says what the journal says: once each, whatever was resent, deleted or interrupted."""

import fcntl
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from gateway.model import (
    Close,
    Command,
    Garbled,
    Input,
    LinkDown,
    LinkUp,
    Note,
    Ns,
    Output,
    Received,
    Send,
    Started,
    Timer,
)
from gateway.record.audit import TABLES, VIEWS
from gateway.record.fields import fields_of, msg_type_of
from gateway.record.journal import Journal
from gateway.record.projector import follow, open_projection
from gateway.record.queries import Audit
from gateway.record.reading import JournalDamaged, segment_path

AT = Ns(1_700_000_000_000_000_000)
CLIENT, VENUE = 1, 2  # links
STARTED = msgspec.json.encode({"version": "0.1", "config": {"venues": [{"name": "XLON"}, {"name": "XPAR"}]}})


def fix(text: str) -> bytes:
    """A framed message from its fields, '|' for the separator, BeginString, BodyLength and CheckSum added."""
    body = text.replace("|", "\x01") + "\x01"
    data = f"8=FIX.4.4\x019={len(body)}\x01{body}".encode("latin-1")
    return data + b"10=%03d\x01" % (sum(data) & 255)


def from_client(text: str) -> Received:
    return Received(AT, CLIENT, fix(text.replace("|", "|49=CLIENT|56=GATEWAY|", 1)))


def to_client(text: str) -> Send:
    return Send(CLIENT, fix(text.replace("|", "|49=GATEWAY|56=CLIENT|", 1)))


def from_venue(text: str) -> Received:
    return Received(AT, VENUE, fix(text.replace("|", "|49=LSE|56=GATEWAY|", 1)))


def to_venue(text: str) -> Send:
    return Send(VENUE, fix(text.replace("|", "|49=GATEWAY|56=LSE|", 1)))


def note(kind: str, **fact: object) -> Note:
    return Note(kind, msgspec.json.encode(fact))


PX = 10_000_000_000  # 100 in 1e-8
QTY = 100_000_000  # 1 in 1e-8

START: list[Input | Output] = [
    Started(AT, STARTED),
    LinkUp(AT, CLIENT, "clients", "127.0.0.1:5001"),
    LinkUp(AT, VENUE, "XLON", "127.0.0.1:9001"),
    from_client("35=A|34=1|98=0|108=30|554=hunter2"),
    to_client("35=A|34=1|98=0|108=30"),
]
ORDER: list[Input | Output] = [
    from_client("35=D|34=2|11=P1|55=IBM|54=1|38=300|40=2|44=101|59=0|847=TWAP"),
    note("parent", order_id="G-1", cl_ord_id="P1", client="CLIENT", symbol="IBM", side="1", order_qty=300 * QTY,
         strategy="TWAP", bid=PX - 10_000_000, ask=PX + 10_000_000, start=AT, end=AT + 60),
    to_client("35=8|34=2|37=G-1|17=E1|150=0|39=0|11=P1|55=IBM|54=1|38=300|40=2|44=101|151=300|14=0|6=0"),
    note("decision", parent="G-1", slice=1, due=100 * QTY, filled=0, working=0, release=100 * QTY, limit=None, bid=PX,
         ask=PX, candidates=[{"venue": "XLON", "price": PX, "size": 500 * QTY}],
         children=[{"cl_ord_id": "C1", "venue": "XLON", "qty": 100 * QTY, "price": PX}]),
    to_venue("35=D|34=2|11=C1|55=IBM|54=1|38=100|40=2|44=100.2|59=3|526=P1|9001=G-1|9004=1"),
]  # fmt: skip
ACKED: list[Input | Output] = [
    from_venue("35=8|34=2|37=V7|17=X1|150=0|39=0|11=C1|55=IBM|54=1|38=100|151=100|14=0|6=0"),
]
FILL = "37=V7|17=X2|150=F|39=2|11=C1|55=IBM|54=1|38=100|32=100|31=100.2|151=0|14=100|6=100.2"
FILLED: list[Input | Output] = [
    from_venue(f"35=8|34=3|{FILL}"),
    to_client(
        "35=8|34=3|37=G-1|17=E2|150=F|39=1|11=P1|55=IBM|54=1|38=300|32=100|31=100.2|30=XLON|151=200|14=100|6=100.2"
    ),
    note("position", account="", symbol="IBM", position_id="", venue="XLON", exec_id="X2", last_px=PX,
         held=[100 * QTY, 100 * QTY * PX, 0, 0], at_venue=[100 * QTY, 100 * QTY * PX, 0, 0]),
]  # fmt: skip
RESENT: list[Input | Output] = [
    from_venue(f"35=8|34=3|43=Y|{FILL}"),
    from_venue(f"35=8|34=4|97=Y|{FILL}"),
    to_client("35=8|34=2|43=Y|37=G-1|17=E1|150=0|39=0|11=P1|55=IBM|54=1|38=300|151=300|14=0|6=0"),
    from_client("35=D|34=2|43=Y|11=P1|55=IBM|54=1|38=300|40=2|44=101|59=0|847=TWAP"),
    to_venue("35=D|34=2|43=Y|11=C1|55=IBM|54=1|38=100|40=2|44=100.2|59=3|526=P1|9001=G-1|9004=1"),
]
REPLACED: list[Input | Output] = [
    from_client("35=G|34=3|11=P2|41=P1|55=IBM|54=1|38=250|40=2|44=101.5"),
    to_client("35=8|34=4|37=G-1|17=E3|150=5|39=1|11=P2|41=P1|55=IBM|54=1|38=250|44=101.5|40=2|151=150|14=100|6=100.2"),
]
CANCELED: list[Input | Output] = [
    from_client("35=F|34=4|11=P3|41=P9|55=IBM|54=1"),
    to_client("35=9|34=5|37=NONE|11=P3|41=P9|39=8|434=1|102=1|58=unknown order"),
    from_client("35=F|34=5|11=P4|41=P2|55=IBM|54=1"),
    to_client("35=8|34=6|37=G-1|17=E4|150=4|39=4|11=P4|41=P2|55=IBM|54=1|38=250|151=0|14=100|6=100.2|58=canceled"),
]
REFUSED: list[Input | Output] = [
    from_client("35=D|34=6|11=P1|55=IBM|54=2|38=7|40=1"),
    note("risk", client="CLIENT", order_id="G-2", cl_ord_id="P1", symbol="IBM", text="ORDER.DUPLICATE"),
    to_client("35=8|34=7|37=G-2|17=E5|150=8|39=8|11=P1|55=IBM|54=2|38=7|151=0|14=0|6=0|103=6|58=ORDER.DUPLICATE"),
]
REST: list[Input | Output] = [
    Garbled(AT, CLIENT, b"GET / HTTP/1.1\r\n"),
    note("alert", code="CHILD.UNKNOWN", text="what is this", parent=None, child="C9"),
    Command(AT, "kill", "operator", b'{"all":true}'),
    Timer(AT),
    LinkDown(Ns(AT + 5), CLIENT, "closed by peer"),
]
DAY = [START, ORDER, ACKED, FILLED, RESENT, REPLACED, CANCELED, REFUSED, REST]


def append(journal: Journal, items: Sequence[Input | Output]) -> None:
    """Each input with the outputs behind it; what stands first without one comes of a timer."""
    caused: list[Output] = []
    if isinstance(items[0], Send | Close | Note):
        journal.add((Timer(AT), caused))
    for item in items:
        if isinstance(item, Send | Close | Note):
            caused.append(item)
        else:
            caused = []
            journal.add((item, caused))
    batch = journal.seal()
    assert batch is not None
    journal.write(batch)


def written(folder: Path, batches: Sequence[Sequence[Input | Output]]) -> None:
    journal = Journal.open(folder, "process", segment_bytes=8192)
    for items in batches:
        append(journal, items)
    journal.close()


def project(folder: Path) -> None:
    """All that is in the journal, and then end."""
    follow(folder, lambda: True)


def content(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, in no order."""
    with closing(sqlite3.connect(f"file:{folder / 'audit.db'}?mode=ro", uri=True)) as database:
        return {table: sorted(database.execute(f"SELECT * FROM {table}"), key=repr) for table in TABLES}


@pytest.fixture
def day(tmp_path: Path) -> Path:
    written(tmp_path, DAY)
    project(tmp_path)
    return tmp_path


@pytest.fixture
def audit(day: Path) -> Iterator[Audit]:
    with Audit(day / "audit.db") as audit:
        yield audit


def ask(folder: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(f"file:{folder / 'audit.db'}?mode=ro", uri=True)) as database:
        return database.execute(sql).fetchall()


def test_an_order_is_told_from_its_messages(audit: Audit) -> None:
    """The parent as the client knows it after fill, replace and cancel, and its child as the venue does."""
    story = audit.order("G-1")
    assert story is not None
    order = story.order
    assert (order.cl_ord_id, order.side, order.order_qty, order.price) == ("P2", "BUY", "250", "101.5")
    assert (order.status, order.cum_qty, order.leaves_qty, order.avg_px) == ("CANCELED", "100", "0", "100.2")
    assert (order.strategy, order.session, order.text) == ("TWAP", "CLIENT", "canceled")
    assert (order.ord_type, order.time_in_force) == ("LIMIT", "DAY")
    assert [event.event for event in story.history] == [
        "NewOrderSingle", "NEW", "TRADE", "OrderCancelReplaceRequest", "REPLACED", "OrderCancelRequest", "CANCELED",
    ]  # fmt: skip
    assert story.history[2].last_mkt == "XLON"
    assert [(e.exec_id, e.last_qty, e.last_px, e.last_mkt) for e in story.executions] == [
        ("E2", "100", "100.2", "XLON")
    ]
    (child,) = story.children
    assert (child.cl_ord_id, child.venue, child.session, child.slice) == ("C1", "XLON", "LSE", 1)
    assert (child.order_id, child.parent_id, child.status, child.cum_qty) == ("V7", "G-1", "FILLED", "100")
    assert [e.exec_id for e in story.child_executions] == ["X2"]
    (decision,) = story.decisions
    assert (decision.release, decision.limit, decision.candidates[0]["venue"]) == ("100", None, "XLON")
    msgspec.json.encode(story)


def test_an_order_is_found_under_every_name_it_had(audit: Audit) -> None:
    """By OrderID(37) or by any ClOrdID(11) of its chain; a refused duplicate does not take the name."""
    for name in ("G-1", "P1", "P2", "P4"):
        story = audit.order(name)
        assert story is not None and story.order.order_id == "G-1"
    child = audit.order("C1")
    assert child is not None and child.order.role == "child" and not child.children
    refused = audit.order("G-2")
    assert refused is not None and (refused.order.status, refused.order.text) == ("REJECTED", "ORDER.DUPLICATE")
    assert audit.order("nobody") is None


def test_slippage_is_the_cost_against_the_arrival_mid(audit: Audit) -> None:
    """Bought at 100.2 where the mid was 100: 20 bps paid."""
    slippage = audit.slippage("G-1")
    assert slippage is not None
    assert (slippage.reference, slippage.arrival, slippage.avg_px) == ("mid", "100", "100.2")
    assert slippage.slippage_bps == 20.0
    assert audit.slippage("G-2") is None and audit.slippage("nobody") is None


BID, ASK = 9_900_000_000, 10_000_000_001  # 99 and a hair above 100


@pytest.mark.parametrize(
    ("side", "bid", "ask", "told"),
    [
        ("1", BID, ASK, ("mid", "99.50000001", 50.2513)),
        ("1", 0, ASK, ("ask", "100.00000001", 0.0)),
        ("2", BID, 0, ("bid", "99", -101.0101)),
        ("5", BID, 0, ("bid", "99", -101.0101)),
        ("1", BID, 0, None),
        ("2", 0, ASK, None),
        ("1", 0, 0, None),
    ],
)
def test_a_one_sided_quote_is_measured_against_where_the_order_would_have_met_it(
    tmp_path: Path, side: str, bid: int, ask: int, told: tuple[str, str, float] | None
) -> None:
    """Two thirds at 100.00000001 and a third at 100: the average is the nearest 1e-8, not the one below."""
    children: list[Input | Output] = []
    for name, qty, px in (("C1", 200, "100.00000001"), ("C2", 100, "100")):
        children += [
            to_venue(f"35=D|34=2|11={name}|55=IBM|54={side}|38={qty}|40=1|526=P1|9001=G-1"),
            from_venue(f"35=8|34=2|37=V|17=X{name}|150=F|39=2|11={name}|32={qty}|31={px}|151=0|14={qty}|6={px}"),
        ]
    parent = note("parent", order_id="G-1", cl_ord_id="P1", client="CLIENT", side=side, bid=bid, ask=ask)
    asked = from_client(f"35=D|34=2|11=P1|55=IBM|54={side}|38=300|40=1")
    accepted = to_client(f"35=8|34=2|37=G-1|17=E1|150=0|39=0|11=P1|55=IBM|54={side}|38=300|151=300|14=0|6=0")
    written(tmp_path, [START, [asked, parent, accepted], children])
    project(tmp_path)
    with Audit(tmp_path / "audit.db") as audit:
        found = audit.slippage("G-1")
    assert (found and (found.reference, found.arrival, found.slippage_bps)) == told
    assert found is None or found.avg_px == "100.00000001"


def test_orders_and_messages_are_listed(audit: Audit) -> None:
    """The last ones, oldest first; passwords never."""
    assert [order.order_id for order in audit.orders()] == ["G-1", "G-2"]
    assert [order.cl_ord_id for order in audit.orders(role="child")] == ["C1"]
    assert audit.orders(open_only=True) == []
    venue = audit.messages(session="LSE")
    assert [(m.direction, m.msg_type, m.msg_seq_num, m.poss_dup) for m in venue[:3]] == [
        ("out", "D", 2, False), ("in", "8", 2, False), ("in", "8", 3, False),
    ]  # fmt: skip
    everything = audit.messages(limit=1000)
    assert everything[-1].msg_type is None and everything[-1].text.startswith("GET / HTTP")
    assert not [message for message in everything if "hunter2" in message.text]
    assert len(audit.messages(limit=2)) == 2


def test_what_is_resent_is_logged_and_counts_once(tmp_path: Path) -> None:
    """An execution is one (session, ExecID(17)), whether it comes again with PossDupFlag(43) or under a new number."""
    written(tmp_path, [START, ORDER, ACKED, FILLED])
    project(tmp_path)
    once = content(tmp_path)
    written(tmp_path, [RESENT])
    project(tmp_path)
    again = content(tmp_path)
    assert len(again.pop("messages")) == len(once.pop("messages")) + len(RESENT)
    for table in ("position", "sessions", "links"):
        once.pop(table), again.pop(table)
    assert again == once


def test_a_report_whose_first_copy_is_a_resend_is_booked(tmp_path: Path) -> None:
    """What was said while the link was down is on the wire first as a resend."""
    resent: list[Input | Output] = [from_venue(f"35=8|34=3|43=Y|{FILL}")]
    written(tmp_path, [START, ORDER, ACKED, resent, resent])
    project(tmp_path)
    assert ask(tmp_path, "SELECT exec_id, last_qty FROM executions") == [("X2", 100.0)]


def kept(session: str, text: str) -> Note:
    return note("kept", session=session, data=fix(text).decode("latin-1"))


def test_a_report_for_a_client_who_is_away_is_booked_when_it_gets_its_number(tmp_path: Path) -> None:
    """No Send says so until the client comes back; what reaches it then is a resend and counts no second time."""
    report = "34=3|{}49=GATEWAY|56=CLIENT|37=G-1|17=E2|150=F|39=1|11=P1|32=100|31=100.2|151=200|14=100|6=100.2|58=\xe9"
    away: list[Input | Output] = [
        LinkDown(AT, CLIENT, "closed by peer"),
        from_venue(f"35=8|34=3|{FILL}"),
        kept("CLIENT", "35=8|" + report.format("")),
    ]
    written(tmp_path, [START, ORDER, ACKED, away])
    project(tmp_path)
    once = content(tmp_path)
    with Audit(tmp_path / "audit.db") as audit:
        story = audit.order("G-1")
        assert story is not None
        assert (story.order.status, story.order.cum_qty, story.order.text) == ("PARTIALLY_FILLED", "100", "\xe9")
        assert [execution.exec_id for execution in story.executions] == ["E2"]
        message = audit.messages()[-1]
        assert (message.kept, message.direction, message.session, message.msg_seq_num) == (True, "out", "CLIENT", 3)
    assert ask(tmp_path, "SELECT last_out FROM sessions WHERE session = 'CLIENT'") == [(3,)]

    resent = Send(3, fix("35=8|" + report.format("43=Y|")))
    written(tmp_path, [[LinkUp(AT, 3, "clients", "127.0.0.1:5002"), resent]])
    project(tmp_path)
    again = content(tmp_path)
    assert len(again.pop("messages")) == len(once.pop("messages")) + 1
    for table in ("position", "sessions", "links"):
        once.pop(table), again.pop(table)
    assert again == once


def test_an_order_for_a_venue_that_is_away_is_booked_once(tmp_path: Path) -> None:
    """The note names the venue, the session is its CompID(56), as on the wire later; a client's name is no venue's."""
    order = "34=2|{}49=GATEWAY|56=LSE|11=C1|55=IBM|54=1|38=100|40=2|44=100.2|9001=G-1|9004=1"
    cancel = "34=3|{}49=GATEWAY|56=LSE|11=C2|41=C1|55=IBM|54=1|38=100"
    written(tmp_path, [START, [kept("XLON", "35=D|" + order.format("")), kept("XLON", "35=F|" + cancel.format(""))]])
    written(tmp_path, [[to_venue("35=0|34=1")]])
    written(tmp_path, [[Send(VENUE, fix(f"35={t}|" + x.format("43=Y|"))) for t, x in (("D", order), ("F", cancel))]])
    written(tmp_path, [[kept("XPAR", "35=8|34=9|49=GATEWAY|56=XPAR|37=G-9|17=E9|150=0|39=0|11=P9|38=1")]])
    project(tmp_path)
    assert ask(tmp_path, "SELECT role, session, venue, cl_ord_id, parent_id, order_qty FROM orders") == [
        ("child", "LSE", "XLON", "C1", "G-1", 100 * QTY), ("parent", "XPAR", None, "P9", None, QTY),
    ]  # fmt: skip
    assert ask(tmp_path, "SELECT msg_type, cl_ord_id, order_key FROM requests ORDER BY seq") == [
        ("D", "C1", "child LSE C1"), ("F", "C2", "child LSE C1"),
    ]  # fmt: skip


def test_a_resend_right_behind_its_first_copy_counts_once(tmp_path: Path) -> None:
    """Both may be in one batch, answered or not."""
    asked = "35=D|34=2|{}11=P1|55=IBM|54=1|38=300|40=1"
    cancel = "35=F|34=3|{}11=P2|41=P1|55=IBM|54=1"
    written(tmp_path, [START, [from_client(text.format(dup)) for text in (asked, cancel) for dup in ("", "43=Y|")]])
    project(tmp_path)
    assert ask(tmp_path, "SELECT msg_type, cl_ord_id FROM requests ORDER BY msg_type") == [("D", "P1"), ("F", "P2")]


def test_readers_see_the_last_commit_while_the_next_is_being_made(tmp_path: Path) -> None:
    """Asked beside its writer, the database answers at once and never half a batch."""
    written(tmp_path, [START, ORDER, ACKED, FILLED])
    database, projection, tail = open_projection(tmp_path)
    with closing(database), closing(tail):
        for _ in range(3):
            batch = tail.read()
            assert batch is not None
            projection.add(batch.records)
        projection.commit(tail.position)
        batch = tail.read()
        assert batch is not None
        projection.add(batch.records)
        with Audit(tmp_path / "audit.db") as audit:
            story = audit.order("G-1")
            assert story is not None and story.order.status == "NEW" and not story.executions
            projection.commit(tail.position)
            story = audit.order("G-1")
            assert story is not None and story.order.status == "PARTIALLY_FILLED" and len(story.executions) == 1
    assert not (tmp_path / "audit.db-wal").exists()
    with Audit(tmp_path / "audit.db") as audit:
        assert len(audit.orders()) == 1, "and when nobody writes any more"


def test_a_message_of_the_market_is_logged_by_its_header(tmp_path: Path) -> None:
    """Most messages are quotes; nothing is told of them but that they came, whatever their repeating groups hold."""
    quotes = "35=X|34=7|43=Y|52=20240101-00:00:00|122=20240101-00:00:00|262=M|268=9" + "|279=1|269=0|34=1|270=1" * 9
    written(tmp_path, [START, [from_venue(quotes), from_venue("35=W|34=8|55=IBM")]])
    project(tmp_path)
    assert ask(tmp_path, "SELECT msg_type, msg_seq_num, poss_dup FROM messages WHERE session = 'LSE'") == [
        ("X", 7, 1), ("W", 8, 0),
    ]  # fmt: skip
    assert ask(tmp_path, "SELECT last_in FROM sessions WHERE session = 'LSE'") == [(8,)]


def test_the_first_of_a_repeated_field_counts() -> None:
    """A tag is digits at the start of a field; anything else is no field, and BeginString(8) is not asked for."""
    data = b"8=FIX.4.4\x0135=8\x0158=a=b\x0135=D\x0111=\x01x12=3\x01nothing\x01\xff=1\x0199=\xe9\x01"
    assert fields_of(data) == {"35": "8", "58": "a=b", "11": "", "99": "\xe9"}
    assert msg_type_of(data) == "8" and msg_type_of(b"8=FIX.4.4\x0149=x\x01") is None


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_answers(day: Path, view: str) -> None:
    """The names people are told; order_history, executions and so on have rows after a day's trade."""
    assert ask(day, f"SELECT * FROM {view}") or view == "open_orders"


def test_views_show_names_decimals_and_dates(tmp_path: Path) -> None:
    """A person reads BUY, 100.2 and a date."""
    written(tmp_path, [START, ORDER, ACKED, FILLED])
    project(tmp_path)
    assert ask(tmp_path, "SELECT order_id, side, status, leaves_qty, avg_px, created FROM open_orders") == [
        ("G-1", "BUY", "PARTIALLY_FILLED", 200.0, 100.2, "2023-11-14 22:13:20.000")
    ]
    assert ask(tmp_path, "SELECT parent_cl_ord_id, venue, cl_ord_id, cum_qty, status FROM parent_children") == [
        ("P1", "XLON", "C1", 100.0, "FILLED")
    ]
    assert ask(tmp_path, "SELECT event, status FROM order_history WHERE role = 'child'") == [
        ("NewOrderSingle", None), ("NEW", "NEW"), ("TRADE", "FILLED"),
    ]  # fmt: skip
    assert ask(tmp_path, "SELECT substr(text, 1, 10) FROM session_messages LIMIT 1") == [("8=FIX.4.4|",)]


def test_what_no_message_says_is_kept_too(day: Path) -> None:
    """Risk, alerts, commands, runs, links and sessions."""
    assert ask(day, "SELECT order_id, text FROM risk_events") == [("G-2", "ORDER.DUPLICATE")]
    assert ask(day, "SELECT code, child FROM alerts") == [("CHILD.UNKNOWN", "C9")]
    assert ask(day, "SELECT name, who, payload FROM commands") == [("kill", "operator", '{"all":true}')]
    assert ask(day, "SELECT version FROM runs") == [("0.1",)]
    assert ask(day, "SELECT link, role, session, reason FROM links") == [
        (1, "client", "CLIENT", "closed by peer"), (2, "venue", "LSE", None),
    ]  # fmt: skip
    assert ask(day, "SELECT session, logons, last_in, last_out FROM sessions ORDER BY 1") == [
        ("CLIENT", 1, 6, 7), ("LSE", 0, 4, 2),
    ]  # fmt: skip


def test_it_catches_up_from_where_it_stands(tmp_path: Path) -> None:
    """However often the projector was stopped, the database is what one pass makes of the journal."""
    for count, batch in enumerate(DAY):
        written(tmp_path / "step", [batch])
        project(tmp_path / "step")
        if count == 0:
            with closing(sqlite3.connect(tmp_path / "step" / "audit.db")) as database:
                database.execute("CREATE TABLE kept (x)")
    assert ask(tmp_path / "step", "SELECT count(*) FROM kept") == [(0,)], "it was built anew"
    written(tmp_path / "whole", DAY)
    project(tmp_path / "whole")
    assert content(tmp_path / "step") == content(tmp_path / "whole")


def test_a_deleted_or_broken_database_is_rebuilt(day: Path) -> None:
    """The journal is the truth; the database can be thrown away, and one that is not sound is."""
    before, path = content(day), day / "audit.db"
    path.unlink()
    project(day)
    assert content(day) == before
    roots = [root for (root,) in ask(day, "SELECT rootpage FROM sqlite_schema WHERE name IN ('messages', 'sessions')")]
    for page in roots:
        damaged = bytearray(path.read_bytes())
        begin = (int(str(page)) - 1) * 4096
        damaged[begin : begin + 4096] = bytes(4096)
        path.write_bytes(damaged)
        project(day)
        assert content(day) == before
        assert ask(day, "PRAGMA integrity_check") == [("ok",)]
    path.write_bytes(b"no database at all, but long enough to be asked" * 100)
    project(day)
    assert content(day) == before


def test_a_database_ahead_of_its_journal_is_rebuilt(tmp_path: Path) -> None:
    """After a power cut the database may know batches that the journal lost; they never happened."""
    written(tmp_path, DAY)
    project(tmp_path)
    segment_path(tmp_path, 1).unlink()
    for path in tmp_path.glob("journal-*"):
        path.unlink()
    written(tmp_path, DAY[:4])
    project(tmp_path)
    written(tmp_path / "other", DAY[:4])
    project(tmp_path / "other")
    assert content(tmp_path) == content(tmp_path / "other")


def test_hostile_content_is_recorded_and_harms_nothing(tmp_path: Path) -> None:
    """Numbers beyond SQLite's, no numbers, missing and repeated fields, quotes: rows all the same."""
    hostile: list[Input | Output] = [
        from_client(f"35=D|34={'9' * 30}|11=';DROP TABLE orders;--|38=999999999999|44=1E+3000000|55=\xff\x00"),
        to_client("35=8|37=|17=|150=Z|39=?|14=NaN|6=1_000|151=-0|11=';DROP TABLE orders;--"),
        from_client("35=D|35=8|11=|11=2"),
        from_venue("35=8|37=1|150=F|11=C1"),
        from_venue("35=8|37=1|17=Q|150=F|11=unknown|32=99999999999|31=99999999999"),
        from_venue("35="),
        from_venue("35=9|11=x"),
    ]
    written(tmp_path, [START, hostile])
    project(tmp_path)
    assert ask(tmp_path, "SELECT count(*) FROM messages") == [(9,)]
    assert ask(tmp_path, "SELECT order_key, last_qty FROM reports WHERE exec_id = 'Q'") == [(None, None)]


def test_damage_stops_the_projection(tmp_path: Path) -> None:
    """Nothing is projected past a hole."""
    written(tmp_path, DAY * 1 + [REST] * 40)
    path = segment_path(tmp_path, 1)
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)
    with pytest.raises(JournalDamaged):
        project(tmp_path)


def wait_for(folder: Path, sql: str, expected: list[tuple[object, ...]]) -> None:
    deadline = time.monotonic() + 20
    seen: list[tuple[object, ...]] | None = None
    while time.monotonic() < deadline:
        try:
            seen = ask(folder, sql)
        except sqlite3.OperationalError:
            seen = None
        if seen == expected:
            return
        time.sleep(0.02)
    raise AssertionError(f"{sql}: {seen}")


def started(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "gateway.record.projector", str(folder)])


def test_the_process_follows_the_journal_and_drains_when_asked_to_end(tmp_path: Path) -> None:
    """Rows appear while the gateway runs; SIGTERM loses none of what is in the journal."""
    journal = Journal.open(tmp_path, "process", segment_bytes=8192)
    projector = started(tmp_path)
    for count in range(3):
        append(journal, START if count == 0 else REST[:1])
        wait_for(tmp_path, "SELECT count(*) FROM messages", [(2 + count,)])
    for _ in range(500):
        append(journal, REST[:1])
    projector.terminate()
    assert projector.wait(20) == 0
    journal.close()
    assert ask(tmp_path, "SELECT count(*) FROM messages") == [(504,)]


def test_the_process_ends_after_the_one_that_started_it(tmp_path: Path) -> None:
    """A killed gateway's projector writes what is left and makes room for the next, which waits for it."""
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-m', 'gateway.record.projector', sys.argv[1]])\n"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    written(tmp_path, DAY)
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        first = int(parent.stdout.readline())
        wait_for(tmp_path, "SELECT count(*) FROM runs", [(1,)])
        second = started(tmp_path)
        parent.kill()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            os.kill(first, 0)
        except ProcessLookupError:
            break
        if Path(f"/proc/{first}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            break  # ended, and nobody here to reap it
        time.sleep(0.02)
    else:
        os.kill(first, signal.SIGKILL)
        raise AssertionError("the projector outlived its parent")
    written(tmp_path, [REST])
    wait_for(tmp_path, "SELECT count(*) FROM commands", [(2,)])
    second.terminate()
    assert second.wait(20) == 0


def test_the_process_waits_for_the_one_before_it(tmp_path: Path) -> None:
    """While another holds the lock the database is not touched, after that it is written to its end."""
    written(tmp_path, DAY)
    with (tmp_path / "audit.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        projector = started(tmp_path)
        files = Path(f"/proc/{projector.pid}/fd")
        while not any(os.path.realpath(fd).endswith("audit.lock") for fd in files.iterdir()):
            time.sleep(0.02)
        projector.terminate()
        with pytest.raises(subprocess.TimeoutExpired):
            projector.wait(0.2)
        assert not (tmp_path / "audit.db").exists()
    assert projector.wait(20) == 0
    assert ask(tmp_path, "SELECT count(*) FROM runs") == [(1,)]
