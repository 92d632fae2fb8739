"""FIX logs: read in the layouts that people keep, played into an acceptor, and the answers compared."""

import gzip
from pathlib import Path

import pytest

from gateway.fix.dictionary import default
from gateway.model import SECOND, parse_timestamp
from gateway.run.fixlog import LogMessage, messages, read
from gateway.run.fixlog.answers import kind
from gateway.run.fixlog.player import NothingToPlay, Pace, Plan, Player, Summary, prepare, summarise
from gateway.run.sample_client import FixClient
from tests.fix_acceptor import Acceptor, Answer, Fields, accepted, new_and_canceled, to

FIXLOGS = Path(__file__).parents[2] / "shared" / "data" / "fixlogs"
shared = pytest.mark.skipif(not FIXLOGS.is_dir(), reason="the logs of ../shared/data/fixlogs are not here")


def wire(text: str) -> str:
    """'35=D 11=A' as a message of FIX 4.2; lengths and sums are not read here."""
    return "\x01".join(["8=FIX.4.2", "9=0", *text.split(), "10=000", ""])


ORDER = wire("35=D 34=2 49=US 52=20240101-10:00:00 56=THEM 11=A 21=1 38=10 40=2 44=99.0 54=1 55=DEMO 60=x 47=A")
CANCEL = wire("35=F 34=3 49=US 52=20240101-10:00:02 56=THEM 11=B 37=X1 41=A 54=1 55=DEMO 60=x")
NEW = wire(
    "35=8 34=2 49=THEM 52=20240101-10:00:00 56=US 11=A 17=1 20=0 37=X1 39=0 150=0 55=DEMO 54=1 6=0.00 14=0 151=0"
)
CANCELED = wire("35=8 34=3 49=THEM 52=20240101-10:00:02 56=US 11=B 41=A 17=2 20=0 37=X1 39=4 150=4 55=DEMO 54=1 151=0")
LOG = [ORDER, NEW, CANCEL, CANCELED]


def types(lines: list[str]) -> list[str]:
    return [message.get(35) for message in messages(lines)]


@pytest.mark.parametrize(
    "lines",
    [
        [f"{ORDER}\n", f"{NEW}\n"],
        [ORDER + NEW],
        [f"20240101-10:00:00.123 : {ORDER}\n", f"20240101-10:00:00.200 : {NEW}\n"],
        [f"2024/01/01 10:00:00.123456 {ORDER} {{5 usec}}\n", "nothing here\n", f"IN {NEW}JUNK\n"],
        [f"<20240101-10:00:00, FIX.4.2:US->THEM, outgoing> ({ORDER})\n", f"<20240101, incoming> ({NEW})\n"],
        [ORDER.replace("\x01", "|") + "\n", NEW.replace("\x01", "|").removesuffix("|") + "\n"],
        [ORDER.replace("\x01", "^A") + "\r\n", NEW.replace("\x01", "^A") + "\r\n"],
        [ORDER[:9] + "\n", ORDER[9:50] + "\n", ORDER[50:] + "\n", "\n", NEW + "\n"],
        [ORDER[:60] + "\n", ORDER[60:] + NEW[:30] + "\n", NEW[30:]],
        ["see 8=FIX.4.2\x01 for more\n", f"{ORDER}\n", "8=FIX\n", f"{NEW}\n"],
    ],
    ids=["bare", "run together", "quickfix", "prefixed", "events", "pipes", "caret A", "cut", "cut within", "mentions"],
)
def test_a_layout_yields_its_messages(lines: list[str]) -> None:
    """Whatever stands around them, the same fields come out."""
    order, new = messages(lines)
    assert (order.raw, new.raw) == (ORDER, NEW)
    assert order.fields[:3] == ((8, "FIX.4.2"), (9, "0"), (35, "D"))
    assert order.get(44) == "99.0"


def test_the_clock_of_the_line_counts_before_that_of_the_message() -> None:
    """A log's own stamps are of one clock; SendingTime(52) is of either side's."""
    stamped, bare, neither = messages(
        [f"2024-01-01 11:00:00,5 {ORDER}\n", f"{ORDER}\n", ORDER.replace("52=20240101-", "52=soon-")]
    )
    assert stamped.at == parse_timestamp("20240101-11:00:00") + SECOND // 2
    assert bare.at == parse_timestamp("20240101-10:00:00")
    assert neither.at is None


def test_a_message_that_never_ends_does_not_hold_the_next_ones() -> None:
    """A beginning without an end waits for 16 lines at most, and less if another begins."""
    cut = ["8=FIX.4.2\x0135=D\x0158=\n", *["text\n"] * 15]
    assert types([*cut, "\x0110=000\n"]) == ["D"]
    assert types([*cut, "text\n", "\x0110=000\n"]) == []
    assert types(["8=FIX.4.2\x0135=8\x01\n", ORDER]) == ["D"]


def test_a_value_may_hold_the_text_of_a_beginning_or_the_separator() -> None:
    """`58=FIX...` begins no message; a part without a tag belongs to the value before it."""
    (message,) = messages([wire("35=D 58=FIX.4.2 11=A").replace("\x01", "|").replace("11=A", "11=A|b")])
    assert (message.get(58), message.get(11)) == ("FIX.4.2", "A|b")


def test_a_gzipped_log_is_read_as_the_plain_one(tmp_path: Path) -> None:
    """By its first bytes, not by its name."""
    (tmp_path / "log").write_bytes(gzip.compress("\n".join(LOG).encode("latin-1")))
    assert [message.raw for message in read(tmp_path / "log")] == LOG


@pytest.mark.parametrize("place", [12, 20, -6])
def test_a_gzipped_log_that_was_cut_or_changed_cannot_be_read(tmp_path: Path, place: int) -> None:
    """In its data or in its checksum: an OSError with gzip's own words, whatever gzip raises."""
    data = bytearray(gzip.compress("\n".join(LOG).encode("latin-1")))
    for spoilt in (data[:place], data[:place] + bytes([data[place] ^ 0xFF]) + data[place:][1:]):
        (tmp_path / "log").write_bytes(spoilt)
        with pytest.raises(OSError, match=r"\w"):
            list(read(tmp_path / "log"))


def intact(message: LogMessage) -> bool:
    """BodyLength(9) and CheckSum(10) are right."""
    data = message.raw.encode("latin-1")
    body = data.index(b"\x01", data.index(b"\x019=") + 1) + 1
    end = data.rindex(b"\x0110=") + 1
    return message.get(9) == str(end - body) and int(message.get(10)) == sum(data[:end]) % 256


@shared
@pytest.mark.parametrize(
    ("name", "count", "right"),
    [
        ("kodbon_fix42_messages.log", 2486, 2486),
        ("banzai_fixt11_messages.log", 92, 90),
        ("montran_fix44_qfj_events.log", 12, 12),
        ("qfj_fix44_server_client.messages.log", 1355, 1355),
        ("qfj_fix44_client_server.messages.log", 1313, 1313),
        ("sackfix_fix44_threehop.log", 48, 6),
        ("fixclient_atlas_fix42_session.log", 473, 471),
        ("fixclient_gate_raw_driver.log.gz", 1467, 1466),
        ("fiximulator_fix42_ioi.log", 12, 12),
        ("log4fix_MessagesSplitBetweenMultipleLines.log", 4, 4),
        ("log4fix_PipeDelimeter.log", 1, 1),
        ("log4fix_SenderMessagePerLineMixedWithOtherText.log", 6, 6),
    ],
)
def test_real_logs_give_the_messages_that_are_in_them(name: str, count: int, right: int) -> None:
    """The counts of the logs' README, intact ones included."""
    found = list(read(FIXLOGS / name))
    assert (len(found), sum(map(intact, found))) == (count, right)


def prepared(lines: list[str], *, symbols: dict[str, str] | None = None, limit: int | None = None) -> Plan:
    return prepare(messages(lines), default(), run="R1-", symbols=symbols or {}, limit=limit)


def played(lines: list[str], answer: Answer = new_and_canceled, pace: Pace = "fast") -> tuple[Summary, Acceptor]:
    plan = prepared(lines)
    with Acceptor(answer) as acceptor, FixClient("CLIENT", "GATEWAY") as client:
        client.logon("127.0.0.1", acceptor.port)
        stopped = Player(plan, client, pace=pace, patience_s=0.3, settle_s=0.05).play()
    return summarise(plan, stopped, default()), acceptor


def test_what_is_sent_is_fix_44_with_identifiers_of_its_own() -> None:
    """OrigClOrdID(41) follows ClOrdID(11); fields of 4.2 alone and the other side's OrderID(37) are left out."""
    plan = prepared([*LOG, wire("35=V 49=US 56=THEM 262=1")], symbols={"DEMO": "ACME"})
    order, cancel = plan.requests
    assert order.body == [(11, "R1-A"), (21, "1"), (38, "10"), (40, "2"), (44, "99.0"), (54, "1"), (55, "ACME")]
    assert cancel.body == [(11, "R1-B"), (41, "R1-A"), (54, "1"), (55, "ACME")]
    assert cancel.names is order
    assert [(d.what, d.count) for d in plan.dropped.listed()] == [
        ("Rule80A(47) of NewOrderSingle: not in FIX 4.4", 1),
        ("OrderID(37) of OrderCancelRequest: the other side's identifier", 1),
    ]
    assert plan.passed_over == {"V": 1}


def test_a_log_plays_and_the_same_answers_are_the_same() -> None:
    """FIX 4.2's ExecTransType(20) and 4.4's ExecType(150) say one thing in two ways."""
    summary, acceptor = played(LOG)
    assert (summary.requests, summary.sent, summary.answered, summary.same) == (2, 2, 2, 2)
    assert summary.all_answered and summary.stopped is None
    assert summary.differing == []
    assert {d.what: d.count for d in summary.fields} == {
        "ExecTransType(20) of New: only in the log, which FIX 4.4 does not have there": 1,
        "ExecTransType(20) of Canceled: only in the log, which FIX 4.4 does not have there": 1,
        "AvgPx(6) of Canceled: only here": 1,
        "CumQty(14) of Canceled: only here": 1,
    }
    order, cancel = acceptor.of_type("D") + acceptor.of_type("F")
    assert cancel[41] == order[11] == "R1-A"
    assert order[60] != "x"  # TransactTime is of now


def test_answers_that_differ_are_grouped_and_counted() -> None:
    """Each way to differ once, with how often and the first request's ClOrdID."""

    def pending_first(heard: dict[int, str]) -> list[Fields] | None:
        if heard[35] == "F":
            return [accepted(heard, "6"), accepted(heard, "4")]
        return [[*accepted(heard, "8"), (58, "RISK.SYMBOL unknown")]] if heard[35] == "D" else None

    again = [line.replace("11=A", "11=A2").replace("41=A", "41=A2").replace("11=B", "11=B2") for line in LOG]
    summary, _ = played(LOG + again, pending_first)
    assert [(d.what, d.count, d.example) for d in summary.differing] == [
        ("NewOrderSingle: log: New; here: Rejected", 2, "A: RISK.SYMBOL unknown"),
        ("OrderCancelRequest: log: Canceled; here: Canceled preceded by Pending Cancel", 2, "B"),
    ]


@pytest.mark.parametrize(
    ("before_44", "in_44"),
    [
        ("35=8 20=0 150=1 39=1", "35=8 150=F 39=1"),
        ("35=8 20=1 150=2 39=0", "35=8 150=H 39=0"),
        ("35=8 20=2 150=1 39=1", "35=8 150=G 39=1"),
        ("35=8 20=3 150=0 39=0", "35=8 150=I 39=0"),
        ("35=8 20=0 39=2", "35=8 150=F 39=2"),
        ("35=9 39=2", "35=9 39=2 434=1"),
    ],
)
def test_reports_of_older_versions_are_put_into_the_terms_of_fix_44(before_44: str, in_44: str) -> None:
    """FIX 4.3 took fills, busts, corrections and status out of ExecTransType(20) into ExecType(150)."""
    (older,), (newer,) = messages([wire(before_44)]), messages([wire(in_44)])
    assert kind(older.fields, default()) == kind(newer.fields, default())


def test_a_pending_report_is_no_answer_yet() -> None:
    """PendingNew says that an answer will come; without that answer the order stays unanswered."""
    pending = accepted({11: "R1-A", 55: "DEMO", 54: "1"}, "A")
    summary, _ = played(LOG, to("D", pending))
    assert (summary.sent, summary.answered) == (1, 0)


def test_values_that_differ_are_told_and_numbers_are_compared_as_numbers() -> None:
    """0.00 is 0; AvgPx(6) of 5 is not."""
    summary, _ = played([ORDER, NEW.replace("6=0.00", "6=5")])
    told = {d.what: d.example for d in summary.fields}
    assert told["AvgPx(6) of New: differs"] == "log 5, here 0"
    assert not any(what.startswith("CumQty") for what in told)


def test_a_cancel_waits_for_the_answer_to_its_order() -> None:
    """As fast as they are answered: it cannot overtake, and without an answer the play stops and says so."""
    summary, acceptor = played(LOG, to("D"))
    assert acceptor.of_type("F") == []
    assert (summary.sent, summary.answered, summary.stopped) == (1, 0, "no answer for 0.3 s")
    assert not summary.all_answered


def test_requests_without_an_answer_are_bounded() -> None:
    """At most 50 at once, whatever the log holds."""
    orders = [ORDER.replace("11=A", f"11=A{n}") for n in range(80)]
    summary, acceptor = played(orders, to("D"))
    assert len(acceptor.of_type("D")) == summary.sent == 50


def test_the_original_pace_keeps_the_gaps() -> None:
    """The cancel goes out as long after its order as it did, answered or not."""
    late = CANCEL.replace("52=20240101-10:00:02", "52=20240101-10:00:00.300")
    summary, acceptor = played([ORDER, late], to("D"), "original")
    sent = [parse_timestamp(message[52]) for message in acceptor.of_type("D") + acceptor.of_type("F")]
    assert 0.25 < (sent[1] - sent[0]) / SECOND < 2
    assert (summary.sent, summary.answered) == (2, 0)


def test_a_session_that_ends_early_is_told_with_what_was_answered() -> None:
    """The summary stands, with the reason."""

    def closing(heard: dict[int, str]) -> list[Fields] | None:
        return [[(35, "5"), (58, "closing")]] if heard[35] == "F" else new_and_canceled(heard)

    summary, _ = played(LOG, closing)
    assert (summary.answered, summary.stopped) == (1, "logged out by the other side: closing")


def test_a_log_without_orders_is_refused_with_who_was_looked_for() -> None:
    """Nothing to play is the user's mistake, not a success."""
    with pytest.raises(NothingToPlay, match=r"to play$"):
        prepared([NEW])
    with pytest.raises(NothingToPlay, match=r"to play from SenderCompID\(49\) HER, but from US"):
        prepare(messages(LOG), default(), run="R", client="HER", symbols={})


def test_a_message_logged_twice_is_sent_once() -> None:
    """Logs of both ends, and resends with PossDupFlag(43), hold the same order again."""
    resent = ORDER.replace("34=2", "34=2\x0143=Y")
    assert len(prepared([ORDER, ORDER, resent]).requests) == 1


def test_times_of_validity_move_with_the_play() -> None:
    """An ExpireTime(126) an hour after its order is an hour from now."""
    summary, acceptor = played([ORDER.replace("\x0110=000", "\x0159=6\x01126=20240101-11:00:00\x0110=000")])
    (order,) = acceptor.of_type("D")
    assert abs(parse_timestamp(order[126]) - parse_timestamp(order[52]) - 3600 * SECOND) < SECOND
    assert summary.answered == 1


@shared
def test_a_real_session_of_602_orders_and_cancels_is_answered() -> None:
    """All 1,204 requests are sent, answered, and answered alike."""
    plan = prepare(read(FIXLOGS / "kodbon_fix42_messages.log"), default(), run="R1-", symbols={})
    with Acceptor() as acceptor, FixClient("CLIENT", "GATEWAY") as client:
        client.logon("127.0.0.1", acceptor.port)
        stopped = Player(plan, client, pace="fast", settle_s=0.05).play()
    summary = summarise(plan, stopped, default())
    assert (summary.client, summary.requests, summary.answered, summary.same) == ("BON", 1204, 1204, 1204)
