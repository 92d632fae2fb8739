"""Hostile bytes at the port, framer, reader and session together: no exception, bounded work, the right verdict."""

import random
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gateway.fix import messages
from gateway.fix.dictionary import default
from gateway.fix.frame import Framer, GarbledBytes, finish
from gateway.fix.reader import LEARN_AFTER, Message, Reader
from gateway.fix.session import Session
from gateway.model import SECOND, Ns, SessionConfig, parse_timestamp
from tests.conversation.wire import Wire, decode
from tests.test_frame import GARBLED
from tests.test_reader import EXAMPLES, HEAD, ORDER, OWN_FIELDS, RULES, wire

NOW = parse_timestamp("20260105-14:30:00")
LOGON = wire(f"35=A|{HEAD.replace('34=2', '34=1')}98=0|108=30|")


class Port:
    """What stands behind one connection."""

    def __init__(self, *, logged_on: bool = True, reader: Reader | None = None) -> None:
        self.framer = Framer()
        self.session = Session(SessionConfig(sender="G", target="C"), reader or Reader(default(), OWN_FIELDS))
        self.session.connected(NOW)
        self.delivered: list[Message] = []
        self.garbled = 0
        if logged_on:
            self.feed(LOGON)
            assert [answer.msg_type for answer in self.answers()] == ["A"]

    def feed(self, data: bytes, now: Ns = NOW) -> None:
        for item in self.framer.feed(data):
            if isinstance(item, GarbledBytes):
                self.garbled += 1
            else:
                message = self.session.received(item, now)
                if message is not None:
                    self.delivered.append(message)

    def answers(self) -> list[Wire]:
        """Each as an independent reader finds it valid."""
        return [decode(data) for data in self.session.take()]

    def alive(self, seq: int) -> bool:
        """Whether `seq` is the next number and a TestRequest with it is answered."""
        self.feed(wire(f"35=1|{HEAD.replace('34=2', f'34={seq}')}112=ping|"))
        return [(answer.msg_type, answer.get(112)) for answer in self.answers()] == [("0", "ping")]


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(default())


@pytest.mark.parametrize("case", GARBLED)
def test_what_is_garbled_is_not_answered_and_not_counted(reader: Reader, case: str) -> None:
    port = Port(reader=reader)
    port.feed(GARBLED[case])
    port.feed(wire(ORDER))
    assert (port.answers(), len(port.delivered)) == ([], 1)
    assert port.garbled and port.alive(3)


@pytest.mark.parametrize("case", GARBLED)
def test_a_banner_instead_of_a_logon_gets_no_answer(reader: Reader, case: str) -> None:
    port = Port(logged_on=False, reader=reader)
    port.feed(GARBLED[case])
    assert port.answers() == [] and not port.session.logged_on
    port.session.timer(Ns(NOW + 10 * SECOND))
    assert port.session.hangup


@pytest.mark.parametrize("case", RULES)
def test_a_broken_rule_is_rejected_once_and_the_session_goes_on(reader: Reader, case: str) -> None:
    text, reason, tag = RULES[case]
    port = Port(reader=reader)
    port.feed(wire(text))
    (answer,) = port.answers()
    assert answer.msg_type == "3"
    assert [answer.get(n) for n in (45, 371, 373)] == ["2", None if tag is None else str(tag), reason]
    assert port.alive(3) and not port.delivered


@pytest.mark.parametrize("case", RULES)
def test_a_broken_rule_before_the_logon_is_not_answered(reader: Reader, case: str) -> None:
    port = Port(logged_on=False, reader=reader)
    port.feed(wire(RULES[case][0]))
    assert port.answers() == [] and port.session.hangup


NUMBERS = [
    *("-1", "NaN", "Inf", "-Inf", "1e9", "1E+3000000", "0x10", "1_000", "\xb2", "+1", " 1", ".", "-", "1,5"),
    "99999999999999999999",
    *("\u0663".encode().decode("latin-1"), "\uff11".encode().decode("latin-1"), "1" * 4000, "0." + "0" * 4000),
]


@pytest.mark.parametrize("value", NUMBERS)
def test_a_quantity_that_is_none_is_rejected(reader: Reader, value: str) -> None:
    """With the field's name, in an answer of bounded length."""
    port = Port(reader=reader)
    data = wire(ORDER.replace("38=100", f"38={value}"))
    port.feed(data)
    (answer,) = port.answers()
    assert [answer.get(n) for n in (45, 371, 372, 373)] == ["2", "38", "D", "6"]
    assert len(answer.get(58) or "") < 100
    assert port.alive(3)


TEXTS = [
    *("\x00", "\x00" * 50, "\x80\xff", "\xff\xfe", "\xef\xbb\xbfbom", "line\r\nline", "\x1b[2J\x1b[31m", "\x7f"),
    *(
        "<script>alert(1)</script>",
        "';--",
        "' OR 1=1",
        "=cmd|' /C calc'!A0".replace("|", "!"),
        "@SUM(A1)",
        "%s%n",
        "{0}",
    ),
    *("8=FIX.4.4", "10=000", "35=A", "a=b=c", "../../etc/passwd", "\xc3\x28", "\xed\xa0\x80", "x" * 1000),
]


@pytest.mark.parametrize("value", TEXTS)
def test_text_is_kept_to_the_byte(reader: Reader, value: str) -> None:
    """Whatever it may mean to those who show it later; and what repeats it is a valid message."""
    port = Port(reader=reader)
    text = ORDER.replace("11=A|55=ACME|", f"11={value}|55={value}|1={value}|58={value}|")
    port.feed(wire(text))
    (message,) = port.delivered
    assert [message.get(tag) for tag in (11, 55, 1, 58)] == [value] * 4
    order = messages.read_new_order(message)
    port.session.send("D", messages.write_new_order(order, NOW), NOW)
    (answer,) = port.answers()
    assert [answer.get(tag) for tag in (11, 55, 1)] == [value] * 3


def test_a_thousand_messages_in_one_segment_are_taken_and_in_order(reader: Reader) -> None:
    port = Port(reader=reader)
    port.feed(b"".join(wire(ORDER.replace("34=2", f"34={n + 2}").replace("11=A", f"11={n}")) for n in range(1000)))
    assert [message.get(11) for message in port.delivered] == [str(n) for n in range(1000)]


def test_a_message_arrives_byte_by_byte(reader: Reader) -> None:
    port = Port(logged_on=False, reader=reader)
    for byte in LOGON + wire(ORDER):
        port.feed(bytes([byte]))
    assert len(port.delivered) == 1 and port.session.logged_on


# -- how much work


def calls(action: Callable[[], None]) -> int:
    """Calls of functions, ours and the interpreter's, while `action` runs."""
    count = 0

    def profile(_frame: object, event: str, _function: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        action()
    finally:
        sys.setprofile(None)
    return count


def numbered(texts: Iterator[str]) -> bytes:
    """The texts as messages that are next in sequence, 32 KiB of them."""
    data, seq = b"", 2
    while len(data) < 32 * 1024:
        data += wire(next(texts).replace("34=2|", f"34={seq}|"))
        seq += 1
    return data


def ever_new() -> Iterator[str]:
    """Never the same sequence of tags twice."""
    n = 5000
    while True:
        n += 1
        yield f"{ORDER}{n}=x|"


def repeated(text: str) -> Iterator[str]:
    while True:
        yield text


def many_sequences() -> Iterator[str]:
    """Each as often as it takes for it to be learned."""
    n = 5000
    while True:
        n += 1
        for _ in range(LEARN_AFTER):
            yield f"{ORDER}{n}=x|"


HEAVY: dict[str, Callable[[], bytes]] = {
    "short fields": lambda: numbered(repeated(ORDER + "".join(f"{5000 + n}=x|" for n in range(480)))),
    "too many fields": lambda: numbered(repeated(ORDER + "".join(f"{5000 + n}=x|" for n in range(900)))),
    "empty fields": lambda: numbered(repeated(ORDER + "|" * 4000)),
    "groups in groups": lambda: numbered(repeated(f"{ORDER}453=8|" + ("448=a|802=20|" + "523=x|803=1|" * 20) * 8)),
    "sequences that never come again": lambda: numbered(ever_new()),
    "many sequences": lambda: numbered(many_sequences()),
    "heartbeats": lambda: numbered(repeated(f"35=0|{HEAD}")),
    "test requests": lambda: numbered(repeated(f"35=1|{HEAD}112=x|")),
    "rejects": lambda: numbered(repeated(f"35=D|{HEAD}")),
    "unknown messages": lambda: numbered(repeated(f"35=E|{HEAD}")),
    "data fields": lambda: numbered(repeated(f"{ORDER}354=4000|355={'|' * 4000}|")),
    "equals signs": lambda: numbered(repeated(f"{ORDER}58={'=' * 4000}|")),
    "half messages": lambda: b"8=FIX.4.4\x019=8000\x0135=" * 1500,
    "heads and trailers": lambda: b"8=FIX.4.4\x019=8000\x0135=0\x0110=000\x01" * 1000,
    "eights": lambda: b"8" * 32 * 1024,
    "beginnings": lambda: b"8=FIX" * 6000,
    "nothing": lambda: b"\x00" * 32 * 1024,
}


@pytest.mark.parametrize("case", HEAVY)
def test_the_work_for_a_kibibyte_is_bounded(case: str) -> None:
    """In calls, of which a millisecond has about ten thousand; learning included."""
    port = Port()
    data = HEAVY[case]()
    assert calls(lambda: port.feed(data)) < 8_000 * len(data) / 1024
    assert len(port.framer._rest) <= port.framer.max_message


# -- chance


READ: dict[str, Callable[[Message], Any]] = {
    "D": messages.read_new_order,
    "G": messages.read_replace,
    "F": messages.read_cancel,
    "8": messages.read_execution_report,
    "9": messages.read_cancel_reject,
    "W": messages.read_market_data,
    "X": messages.read_market_data,
    "V": messages.read_market_data_request,
}
BASES = [
    *EXAMPLES,
    f"35=9|{HEAD}37=1|11=B|41=A|39=0|434=1|102=1|58=x|",
    f"35=G|{HEAD}41=A|11=B|55=ACME|54=1|60=20260105-14:30:00|38=5|40=1|126=20260105-15:30:00|",
    f"35=4|{HEAD}123=Y|36=4|",
    f"35=4|{HEAD}36=9|",
    f"35=1|{HEAD}112=x|",
    f"35=5|{HEAD}",
    f"35=3|{HEAD}45=1|",
    f"35=0|{HEAD.replace('34=2', '34=1')}43=Y|122=20260105-14:29:00|",
]
SPITEFUL = ["", "0", "-1", "1E9", "\xb2", "20260231-00:00:00", "9" * 9, "9" * 30, "Y", "\x00", "A", "=", "00"]


def spoiled(chance: random.Random) -> bytes:
    """A message with some fields or bytes changed; its frame is made right again three times of four."""
    fields = chance.choice(BASES).split("|")[:-1]
    for _ in range(chance.randrange(4)):
        at = chance.randrange(len(fields))
        tag, _, value = fields[at].partition("=")
        fields[at] = chance.choice([
            f"{tag}={chance.choice(SPITEFUL)}",
            f"{chance.choice(SPITEFUL)}={value}",
            f"{chance.choice([*default().fields])}={value}",
            f"{fields[at]}|{fields[chance.randrange(len(fields))]}",
            f"{fields[at][: chance.randrange(12)]}",
        ])  # fmt: skip
    data = bytearray("|".join([*fields, ""]).replace("|", "\x01").encode("latin-1"))
    for _ in range(chance.choice([0, 0, 0, 1, 5])):
        data[chance.randrange(len(data))] = chance.randrange(256)
    whole = bytearray(finish(data.decode("latin-1")))
    if chance.random() < 0.25:
        for _ in range(3):
            whole[chance.randrange(len(whole))] = chance.randrange(256)
    return bytes(whole)


@pytest.mark.parametrize("seed", range(4))
def test_chance_finds_nothing_that_stops_us(seed: int) -> None:
    """Whatever is let through can be read, whatever is answered is valid, numbers never go back."""
    chance = random.Random(seed)
    reader = Reader(default())
    endings = rejects = delivered = 0
    for _ in range(150):
        port = Port(logged_on=chance.random() < 0.9, reader=reader)
        sent = port.session.next_seq
        for _ in range(12):
            before = port.session.expected_seq
            data = spoiled(chance).replace(b"\x0134=2\x01", b"\x0134=%d\x01" % before)
            if chance.random() < 0.7:
                text = data.partition(b"\x0135=")[2][:-7].decode("latin-1")
                data = finish("35=" + text) if text else data
            at = chance.randrange(len(data) + 1)
            port.feed(data[:at])
            port.feed(data[at:])
            for answer in port.answers():
                rejects += answer.msg_type in ("3", "j")
                if answer.msg_type != "4" and not answer.poss_dup:
                    assert answer.seq == sent
                    sent += 1
            assert port.session.expected_seq >= before
            if port.session.hangup:
                endings += 1
                break
        delivered += len(port.delivered)
        for message in port.delivered:
            if message.msg_type in READ:
                READ[message.msg_type](message)
    assert min(endings, rejects, delivered) > 20
