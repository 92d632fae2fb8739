"""The framer: whatever is cut in whatever way, good messages come out whole and nothing else passes for one."""

import re
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.fix.frame import GARBLED_KEPT, Framer, GarbledBytes, checksum, finish

ORDER = finish("35=D\x0149=CLIENT\x0156=GATEWAY\x0134=2\x0152=20260105-14:30:00.000\x0111=A\x0155=ACME\x01")
HEARTBEAT = finish("35=0\x0149=CLIENT\x0156=GATEWAY\x0134=3\x0152=20260105-14:30:00.000\x01")
FIX_IN_A_VALUE = finish("35=0\x0134=4\x0158=8=FIX.4.4\x019=5\x0135=0\x0110=161\x01 and 10=000\x01")


def raw(text: str) -> bytes:
    return text.replace("|", "\x01").encode("latin-1")


def message(body: str, *, begin: str = "FIX.4.4", length: str | None = None, total: str | None = None) -> bytes:
    """A message with any BodyLength(9) and CheckSum(10), by default the right ones."""
    data = raw(f"8={begin}|9={len(body) if length is None else length}|{body}")
    return data + raw(f"10={sum(data) % 256:03}|" if total is None else f"10={total}|")


BODY = "35=0|34=5|58=hello|"
GOOD: dict[str, list[bytes]] = {
    "one message": [ORDER],
    "two messages": [ORDER, HEARTBEAT],
    "one after the other, of different lengths": [HEARTBEAT, ORDER, HEARTBEAT, FIX_IN_A_VALUE, ORDER],
    "the beginning of a message inside a value": [FIX_IN_A_VALUE],
    "NUL and bytes above 127": [finish("35=0\x0158=" + "".join(map(chr, range(2, 256))) + "\x00\x01")],
    "no field but MsgType": [message("35=0|")],
    "a BodyLength with leading zeros": [message(BODY, length=f"{len(BODY):05}")],
    "another version of FIX": [message(BODY, begin="FIX.4.2")],
    "another BeginString": [message(BODY, begin="FIXT.1.1")],
}
GARBLED: dict[str, bytes] = {
    "a wrong CheckSum": message(BODY, total="000"),
    "a CheckSum of two digits": message(BODY, total="17"),
    "a CheckSum of four digits": message(BODY, total="0175"),
    "a CheckSum in letters": message(BODY, total="abc"),
    "no CheckSum": message(BODY)[:-7],
    "a BodyLength one too short": message(BODY, length=str(len(BODY) - 1)),
    "a BodyLength one too long": message(BODY, length=str(len(BODY) + 1)),
    "a BodyLength that ends at another field": message(BODY, length="10"),
    "a BodyLength that ends within a field": message("35=", length="3"),
    "BodyLength 0": message(BODY, length="0"),
    "BodyLength -1": message(BODY, length="-1"),
    "BodyLength +19": message(BODY, length="+19"),
    "BodyLength with a space": message(BODY, length=" 19"),
    "BodyLength in hexadecimal": message(BODY, length="0x13"),
    "BodyLength in superscript": message(BODY, length="\u00b9\u00b9"),
    "BodyLength 2^31": message(BODY, length=str(2**31)),
    "BodyLength 10^30": message(BODY, length=str(10**30)),
    "an empty BodyLength": message(BODY, length=""),
    "no BodyLength": raw("8=FIX.4.4|35=0|34=5|10=000|"),
    "MsgType not third": message("34=5|35=0|"),
    "BodyLength not second": raw("8=FIX.4.4|35=0|9=5|10=000|"),
    "BeginString not first": raw("9=5|8=FIX.4.4|35=0|10=000|"),
    "no MsgType": message("34=5|"),
    "an empty BeginString": raw("8=|9=5|35=0|10=163|"),
    "a BeginString of something else": raw("8=FAST|9=5|35=0|10=163|"),
    "a BeginString that does not end": raw("8=FIX" + "x" * 40),
    "HTTP": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "TLS": bytes.fromhex("16030100a5010000a10303") + bytes(range(64)),
    "SSH": b"SSH-2.0-OpenSSH_9.2p1\r\n",
    "a BOM": b"\xef\xbb\xbf",
    "NUL": b"\x00" * 20,
    "line ends": b"\r\n\r\n",
    "digits": b"0123456799",
    "SOH": b"\x01\x01\x01",
    "a field of another message": raw("58=hello|10=123|"),
}


def cuttings(data: bytes) -> Iterator[list[bytes]]:
    """Whole, byte by byte, and split at every position."""
    yield [data]
    yield [data[at : at + 1] for at in range(len(data))]
    for at in range(1, len(data)):
        yield [data[:at], data[at:]]


def frame(parts: list[bytes], max_message: int = 8192) -> tuple[list[bytes], bytes, Framer]:
    """Messages, what was garbled put together, and the framer as it stands then."""
    framer = Framer(max_message)
    items = [item for part in parts for item in framer.feed(part)]
    messages = [item for item in items if isinstance(item, bytes)]
    return messages, b"".join(item.data for item in items if isinstance(item, GarbledBytes)), framer


@pytest.mark.parametrize("case", GOOD)
def test_good_messages_come_out_however_they_are_cut(case: str) -> None:
    expected = GOOD[case]
    for parts in cuttings(b"".join(expected)):
        messages, garbled, framer = frame(parts)
        assert (messages, garbled, framer.pending) == (expected, b"", False)


@pytest.mark.parametrize("case", GOOD)
def test_the_beginning_of_the_next_message_waits(case: str) -> None:
    """Trailing bytes that could become a message stay, any others are garbled."""
    expected = GOOD[case]
    for trailing in (ORDER[:-1], ORDER[:20], b"8=FIX", b"8"):
        messages, garbled, framer = frame([b"".join(expected) + trailing])
        assert (messages, garbled, framer.pending) == (expected, b"", True)
    messages, garbled, framer = frame([b"".join(expected) + b"xyz"])
    assert (messages, garbled, framer.pending) == (expected, b"xyz", False)


@pytest.mark.parametrize("case", GARBLED)
def test_what_is_garbled_is_no_message_and_the_next_one_is(case: str) -> None:
    """Garbled messages are ignored, up to the next BeginString(8) (Volume 2, "Message integrity")."""
    data = GARBLED[case]
    for parts in cuttings(data + ORDER):
        messages, garbled, framer = frame([*parts, HEARTBEAT])
        assert (messages, framer.pending) == ([ORDER, HEARTBEAT], False)
        assert garbled == data


def test_a_body_length_too_long_does_not_swallow_the_messages_behind_it() -> None:
    """Only as many bytes are waited for as it announces."""
    liar = message(BODY, length="300")
    framer = Framer()
    behind = [HEARTBEAT] * 10
    assert framer.feed(liar + HEARTBEAT) == [] and framer.pending
    messages = [item for item in framer.feed(b"".join(behind[1:])) if isinstance(item, bytes)]
    assert messages == behind


@pytest.mark.parametrize("data", [b"".join(messages) for messages in GOOD.values()])
def test_a_prefix_of_a_good_message_is_never_garbled(data: bytes) -> None:
    """Any prefix needs more or is garbled, never both."""
    for at in range(1, len(data)):
        messages, garbled, framer = frame([data[:at]])
        assert not garbled
        assert framer.pending == (b"".join(messages) != data[:at])


@pytest.mark.parametrize("case", GARBLED)
def test_a_prefix_needs_more_or_is_garbled(case: str) -> None:
    """Once bytes are given up, more bytes do not make a message of them."""
    data, before = GARBLED[case], 0
    for at in range(1, len(data) + 1):
        messages, garbled, framer = frame([data[:at]])
        assert not messages and data.startswith(garbled)
        assert framer.pending == (len(garbled) < at)
        assert len(garbled) >= before
        before = len(garbled)


def test_a_thousand_messages_in_one_segment() -> None:
    many = [finish(f"35=0\x0134={seq}\x01") for seq in range(1000)]
    assert frame([b"".join(many)])[0] == many


@pytest.mark.parametrize("excess", [0, 1])
def test_a_message_has_a_bound(excess: int) -> None:
    """One byte beyond it is garbled as soon as its head is read, and never held."""
    framer = Framer(max_message=8192)
    data = finish("35=0\x0158=" + "x" * (8192 - 33 + excess) + "\x01")
    assert len(data) == 8192 + excess
    items = framer.feed(data[:1000])
    assert framer.pending != bool(excess)
    items += framer.feed(data[1000:])
    assert (items == [data]) == (not excess)
    assert framer.feed(ORDER) == [ORDER]


def test_of_garbled_bytes_a_bounded_part_is_kept() -> None:
    _, garbled, _ = frame([b"x" * 100_000])
    assert len(garbled) == GARBLED_KEPT


ENDLESS = {
    "nothing": b"\x00",
    "heads": b"8=FIX.4.4\x019=8000\x0135=",
    "beginnings of heads": b"8=FIX",
    "digits": b"8=FIX.4.4\x019=99999999",
    "heads and trailers": b"8=FIX.4.4\x019=8000\x0135=0\x0110=000\x01",
    "short messages with wrong sums": message("35=0|", total="999"),
    "banners": b"GET / HTTP/1.1\r\n",
}


@pytest.mark.parametrize("case", ENDLESS)
def test_endless_garbage_is_not_held(case: str) -> None:
    """At most one unfinished message stays, whatever comes."""
    framer = Framer(max_message=1024)
    segment = (ENDLESS[case] * 1000)[:4096]
    for _ in range(50):
        framer.feed(segment)
        assert len(framer._rest) < 1024


def test_many_heads_that_announce_one_trailer_are_cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes summed for a KiB of the worst that anybody can send; to sum a KiB takes about 2 us."""
    summed = 0

    def counting(data: bytes) -> int:
        nonlocal summed
        summed += len(data)
        return checksum(data)

    monkeypatch.setattr("gateway.fix.frame.checksum", counting)
    periodic = ENDLESS["heads and trailers"] * 1000
    converging = b""
    while len(converging) < 8100:
        converging = b"8=FIX.4.4\x019=%04d\x0135=" % (len(converging) + 4) + converging
    for data in (periodic, (converging + b"0\x0110=000\x01") * 4):
        summed = 0
        frame([data])
        assert summed < 400 * len(data)


def test_the_sum_is_taken_modulo_256() -> None:
    """Adler-32 is only our way to it."""
    for length in (*range(520), 4096, 70_000):
        data = (b"\xff" * length, bytes(n * 7 % 256 for n in range(length)))
        assert [checksum(part) for part in data] == [sum(part) % 256 for part in data]


def test_what_latin_1_lacks_is_written_as_a_question_mark() -> None:
    """An operator's text must not stop a session."""
    assert frame([finish("35=5\x0158=caf\xe9 \u2013 \ud800\x01")])[0][0].split(b"\x01")[3] == b"58=caf\xe9 ? ?"


# -- against a framer that is slow and knows one thing at a time


def slowly(data: bytes, bound: int) -> tuple[list[bytes], int]:
    """The messages in `data`, and where what is left over begins."""
    messages, at = [], 0
    while at < len(data):
        verdict = judge(data[at:], bound)
        if verdict == "wait":
            break
        if isinstance(verdict, int):
            messages.append(data[at : at + verdict])
            at += verdict
        else:
            at += 1
    return messages, at


def judge(data: bytes, bound: int) -> int | str:
    """The length of the message that `data` begins with, 'wait', or 'garbled'."""
    fields: list[bytes] = []
    at = 0
    for pattern in (rb"8=FIX[^\x01]{1,8}", rb"9=[0-9]{1,7}"):
        stop = data.find(b"\x01", at)
        field = data[at:] if stop < 0 else data[at:stop]
        if stop < 0:
            endings = (example[n:] for example in (b"8=FIX.", b"9=1") for n in range(len(example) + 1))
            return "wait" if any(re.fullmatch(pattern, field + ending) for ending in endings) else "garbled"
        if not re.fullmatch(pattern, field):
            return "garbled"
        fields.append(field)
        at = stop + 1
    if not b"35=".startswith(data[at : at + 3]):
        return "garbled"
    end = at + int(fields[1][2:]) + 7
    if len(data) < at + 3:
        return "wait"
    tail = data[end - 8 : end]
    if end > bound or end - 8 < at + 2 or not b"\x0110=".startswith(tail[:4]):
        return "garbled"
    if len(data) < end:
        return "wait"
    return end if tail[4:] == b"%03d\x01" % (sum(data[: end - 7]) % 256) else "garbled"


PIECES = st.sampled_from(
    [*(data for messages in GOOD.values() for data in messages), *GARBLED.values(), *ENDLESS.values()]
) | st.binary(max_size=12)


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """Messages and garbage in a row, some bytes of it changed, left out or doubled."""
    data = bytearray(b"".join(draw(st.lists(PIECES, max_size=8))))
    for _ in range(draw(st.integers(0, 4))):
        if data:
            at = draw(st.integers(0, len(data) - 1))
            how = draw(st.sampled_from(["change", "leave out", "double", "cut"]))
            if how == "change":
                data[at] = draw(st.sampled_from(b"0189=FIX.\x01\x00\xff"))
            elif how == "leave out":
                del data[at]
            elif how == "double":
                data[at:at] = data[at : at + draw(st.integers(1, 40))]
            else:
                del data[at:]
    return bytes(data)


@settings(max_examples=400)
@given(streams(), st.lists(st.integers(1, 60), max_size=30), st.sampled_from([64, 200, 8192]))
@example(b"1" + ORDER, [1], 8192)
@example(b"8=FIX8=FIX.4.4\x019=5\x0135=0\x0110=163\x01", [5], 8192)
def test_the_framer_finds_what_a_slow_one_finds(data: bytes, cuts: list[int], bound: int) -> None:
    """Whatever the stream and however it is cut; and no byte is lost in between."""
    parts, at = [], 0
    for cut in cuts:
        parts.append(data[at : at + cut])
        at += cut
    parts.append(data[at:])
    expected, rest = slowly(data, bound)
    messages, garbled, framer = frame(parts, max_message=bound)
    assert messages == expected
    assert framer._rest == data[rest:]
    if max(len(part) for part in parts) < GARBLED_KEPT and bound <= GARBLED_KEPT:
        assert len(garbled) + sum(map(len, messages)) + len(framer._rest) == len(data)
