"""A share of the fuzzing that is the same in every run, and whether it would find anything."""

import importlib.util
import re
import sys
from collections.abc import Callable
from random import Random

import pytest

from gateway.fix import frame as framing
from gateway.fix import structure, validation
from gateway.fix.frame import finish
from gateway.fix.reader import Message
from gateway.fix.session import Session
from gateway.fix.types import PATTERNS
from gateway.model import Ns
from gateway.model.sessions import Rules
from tests.fuzz import __main__ as command
from tests.fuzz import inputs
from tests.fuzz.hunt import TARGETS, Hunt, hunt_plainly
from tests.fuzz.reader import framed
from tests.fuzz.target import Found
from tests.reference_parser import TYPES, cut, judge

SHARE = {"framer": 8_000, "reader": 4_000, "validator": 5_000, "session": 3_000}
HEAD = "49=C|56=G|34=2|52=20260105-14:30:00|"
ORDER = f"35=D|{HEAD}11=A|55=ACME|54=1|60=20260105-14:30:00|38=100|40=1|"
PARTIES = "453=2|448=a|447=D|452=1|802=1|523=x|803=1|448=b|447=D|452=2|"


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_is_found(name: str) -> None:
    """No exception, no disagreement with the reference parser, nothing over 1 ms per KiB."""
    report = hunt_plainly(name, SHARE[name], seed=1)
    assert report.runs == SHARE[name]
    assert not report.findings


# -- what a hunt finds


def a_wrong_sum(patch: pytest.MonkeyPatch) -> None:
    right = framing.checksum
    patch.setattr(framing, "checksum", lambda data: 0 if len(data) > 256 else right(data))


def nothing_is_required(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(validation.Validation, "_missing", lambda *_: None)


def an_exception(patch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError

    patch.setattr(structure.Walk, "_group", broken)


def a_number_used_twice(patch: pytest.MonkeyPatch) -> None:
    right = Session.received

    def forgetful(session: Session, data: bytes, now: Ns) -> Message | None:
        session.outgoing.next_seq = min(session.outgoing.next_seq, 4)
        return right(session, data, now)

    patch.setattr(Session, "received", forgetful)


def a_timer_for_ever(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Session, "wake_at", lambda _: Ns(1))


PLANTED: list[tuple[str, Callable[[pytest.MonkeyPatch], None], str]] = [
    ("framer", a_wrong_sum, "framer and reference find different messages"),
    ("reader", nothing_is_required, "reader accepts what has a fault 1"),
    ("validator", an_exception, "KeyError in test_fuzz.py:broken"),
    ("session", a_number_used_twice, "MsgSeqNum is used twice (A)"),
    ("session", a_timer_for_ever, "a timer is due for ever"),
]


@pytest.mark.parametrize(("name", "plant", "kind"), PLANTED, ids=lambda value: getattr(value, "__name__", None))
def test_a_planted_fault_is_found(
    monkeypatch: pytest.MonkeyPatch, name: str, plant: Callable[[pytest.MonkeyPatch], None], kind: str
) -> None:
    plant(monkeypatch)
    assert kind in [finding.kind for finding in hunt_plainly(name, 1_000, seed=1).findings]


def test_of_each_kind_the_shortest_input_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    hunt = Hunt("framer", 3, seed=1)

    def examine(data: bytes) -> None:
        raise Found("odd" if data[0] % 2 else "even", len(data))

    monkeypatch.setattr(hunt.target, "examine", examine)
    for data in (b"\x01ab", b"\x03a", b"\x02abc", b"\x05abcd"):
        hunt.look(data)
    found = {finding.kind: (finding.count, finding.data, finding.detail) for finding in hunt.report().findings}
    assert found == {"odd": (3, b"\x03a", "odd: 2"), "even": (1, b"\x02abc", "even: 4")}


def test_an_input_is_slow_when_it_is_slow_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once may be the doing of a cold cache; 1 ms of CPU per KiB in every one of several more runs is not."""
    clock = iter(range(0, 10**15, 10**9))  # a second passes between each two looks
    monkeypatch.setattr("tests.fuzz.target.time.thread_time_ns", lambda: next(clock))
    assert [finding.kind for finding in hunt_plainly("framer", 1, seed=1).findings] == ["takes more than 1 ms per KiB"]
    once = iter([0, 10**9, *[0] * 100])
    monkeypatch.setattr("tests.fuzz.target.time.thread_time_ns", lambda: next(once))
    assert not hunt_plainly("framer", 1, seed=1).findings


def test_the_corpus_is_good_messages_of_every_type() -> None:
    """Changes to what is wrong already would look at little else."""
    types = set()
    for text in inputs.messages():
        data = framed(text)
        assert data is not None
        assert not judge(data, inputs.book()).faults
        types.add(text.split(b"\x01")[1])
    assert types == set(inputs.book().messages)


def test_the_command_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["fuzz"])
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    assert command.main() == 2
    assert "pip install -e '.[fuzz]'" in capsys.readouterr().err


def test_the_fuzzer_drives_the_same_hunt() -> None:
    pytest.importorskip("atheris", reason="no atheris, which the fuzz extra installs")
    report = command.hunt("framer", 300, 1)
    assert (report.target, report.runs, report.findings) == ("framer", 300, [])


# -- the oracle


FAULTS: dict[str, tuple[str, set[tuple[int, int | None]]]] = {
    "nothing": (ORDER + PARTIES, set()),
    "an empty group": (f"{ORDER}453=0|", set()),
    "data with SOH": (f"{ORDER}354=7|355=a|10=0||", set()),
    "no ClOrdID": (ORDER.replace("11=A|", ""), {(1, 11)}),
    "a tag of other messages": (f"{ORDER}108=30|", {(2, 108)}),
    "a tag that FIX does not have": (f"{ORDER}4999=x|", {(0, 4999)}),
    "a tag that nobody has agreed on": (f"{ORDER}5001=x|", {(0, 5001)}),
    "a tag without a value": (f"{ORDER}58=|", {(4, 58)}),
    "a side that is none": (ORDER.replace("54=1", "54=Z"), {(5, 54)}),
    "a quantity in letters": (ORDER.replace("38=100", "38=ten"), {(6, 38)}),
    "a message that FIX does not have": (f"35=ZZ|{HEAD}", {(11, 35), (11, None)}),
    "a tag twice": (f"{ORDER}58=a|58=b|", {(13, 58)}),
    "a field of the header in the body": (f"{ORDER}50=x|", {(14, 50)}),
    "an entry that does not begin with its delimiter": (
        f"{ORDER}453=1|447=D|448=a|452=1|",
        {(15, 447), (16, 453), (2, 447), (2, 448), (2, 452), *((n, tag) for n in (13, 15) for tag in (447, 448, 452))},
    ),
    "a count too high": (ORDER + PARTIES.replace("453=2", "453=3"), {(16, 453)}),
    "a count too high, nested": (ORDER + PARTIES.replace("802=1", "802=2"), {(16, 802)}),
    "data longer than the message": (f"{ORDER}354=999|355=a|", {(6, 355)}),
    "data without its length": (f"{ORDER}355=a|", {(1, 354)}),
    "another version": (f"8=FIX.4.2|{ORDER}", {(99, 8)}),
}


@pytest.mark.parametrize("case", FAULTS)
def test_the_reference_parser_names_the_fault(case: str) -> None:
    text, faults = FAULTS[case]
    version, text = (text[:10], text[10:]) if text.startswith("8=") else ("8=FIX.4.4|", text)
    data = finish(text.replace("|", "\x01"))
    data = data.replace(b"8=FIX.4.4\x01", version.replace("|", "\x01").encode())
    assert judge(data, inputs.book()).faults == faults


def test_the_reference_parser_reads_groups_within_groups() -> None:
    tree = judge(finish((ORDER + PARTIES).replace("|", "\x01")), inputs.book()).tree
    assert tree[11] == b"A"
    assert tree[453] == [
        {448: b"a", 447: b"D", 452: b"1", 802: [{523: b"x", 803: b"1"}]},
        {448: b"b", 447: b"D", 452: b"2"},
    ]


def test_the_reference_parser_passes_over_rules_that_are_off() -> None:
    text = f"{ORDER}{PARTIES.replace('453=2', '453=9')}4999=x|5001=y|108=30|58=|58=a|58=b|54=Z|"
    everything_off = Rules(**dict.fromkeys(Rules.__struct_fields__, False))
    verdict = judge(finish(text.replace("|", "\x01")), inputs.book(), everything_off)
    assert not verdict.faults
    assert [verdict.tree.get(tag) for tag in (4999, 5001, 108, 54)] == [b"x", b"y", b"30", b"1"]


def test_the_reference_framer_tells_what_is_whole_garbled_and_begun() -> None:
    good = finish("35=0\x0134=2\x01")
    wrong = good[:-4] + b"999\x01"
    assert cut(b"xx" + good + wrong + good[:12], 100) == [(b"xx", False), (good, True), (wrong, False)]
    assert cut(good, len(good) - 1) == [(good, False)]


DATES = [
    f"{year:04}{month:02}{day:02}" for year in (0, 1900, 2000, 2023, 2024) for month in range(14) for day in range(33)
]
PIECES = ["0", "1", "9", "-", ".", ":", "+", "w", "Z", " ", "a", "A", "é", "00", "12", "59", "60", "14:30", "20240229"]


@pytest.mark.parametrize("kind", TYPES)
def test_a_type_is_what_the_reference_parser_takes_it_for(kind: str) -> None:
    """Pattern by pattern, on dates and on what chance makes of digits and signs."""
    pattern, chance = re.compile(PATTERNS[kind]), Random(kind)
    made = ["".join(chance.choices(PIECES, k=chance.randint(1, 5))) for _ in range(4_000)]
    numbers = [
        f"{chance.choice(('', '-'))}{'1' * chance.randint(0, 20)}{chance.choice(('', '.'))}{'2' * chance.randint(0, 10)}"
        for _ in range(500)
    ]
    times = [
        f"{hour}:{minute}:{second}{rest}"
        for hour in ("00", "23", "24")
        for minute in ("00", "59", "60")
        for second in ("00", "60", "61")
        for rest in ("", ".1", ".123", ".123456", ".123456789", "Z", "+05:30", ".123-14", "+15")
    ]
    stamps = [f"20240229{between}{time}" for between in ("-", " ") for time in times]
    for value in [*DATES, *made, *numbers, *times, *stamps]:
        if value:
            taken = pattern.fullmatch(value) is not None
            assert taken == TYPES[kind](value.encode("latin-1")), value
