"""Messages as somebody else reads and writes them: simplefix does, so that our own codec is not judged by itself."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import simplefix

SOH = "\x01"

Pair = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Wire:
    """A message as an independent reader (simplefix) sees it."""

    pairs: tuple[Pair, ...]

    def get(self, tag: int) -> str | None:
        return next((value for number, value in self.pairs if number == tag), None)

    def all(self, tag: int) -> list[str]:
        return [value for number, value in self.pairs if number == tag]

    @property
    def msg_type(self) -> str:
        return self.get(35) or ""

    @property
    def seq(self) -> int:
        return int(self.get(34) or 0)

    @property
    def poss_dup(self) -> bool:
        return self.get(43) == "Y"

    @property
    def parameters(self) -> dict[str, str]:
        """StrategyParametersGrp(957) by name."""
        return dict(zip(self.all(958), self.all(960), strict=False))


def decode(data: bytes) -> Wire:
    """Raises AssertionError unless it is exactly one message with right BodyLength(9) and CheckSum(10)."""
    parser = simplefix.FixParser()
    parser.append_buffer(data)
    message = parser.get_message()
    assert message is not None and not parser.get_buffer(), f"not one whole message: {data!r}"
    wire = Wire(tuple((int(tag), value.decode("latin-1")) for tag, value in message.pairs))
    assert [tag for tag, _ in wire.pairs[:3]] == [8, 9, 35], f"does not begin with 8, 9, 35: {data!r}"
    body = data.index(b"\x01", data.index(b"\x019=") + 1) + 1
    trailer = data.rindex(b"\x0110=") + 1
    assert wire.get(9) == str(trailer - body), f"BodyLength(9) should be {trailer - body}: {data!r}"
    assert data[trailer:] == b"10=%03d\x01" % (sum(data[:trailer]) % 256), f"CheckSum(10) is wrong: {data!r}"
    return wire


def cut(data: bytes) -> tuple[list[bytes], bytes]:
    """The messages at the beginning of a stream, and the rest of it. BodyLength(9) is believed; `decode` looks at it."""
    messages = []
    while (head := re.match(rb"8=[^\x01]*\x019=([0-9]+)\x01", data)) is not None:
        end = head.end() + int(head[1]) + len("10=000|")
        if end > len(data):
            break
        messages.append(data[:end])
        data = data[end:]
    return messages, data


def finish(fields: Sequence[str]) -> bytes:
    """A message of these fields, `35=0` first, as they stand; between BeginString, BodyLength and CheckSum."""
    body = "".join(f"{field}{SOH}" for field in fields).encode("latin-1")
    data = b"8=FIX.4.4\x019=%d\x01%s" % (len(body), body)
    return data + b"10=%03d\x01" % (sum(data) % 256)


def encode(msg_type: str, header: Sequence[Pair], body: Sequence[Pair]) -> bytes:
    """By simplefix. BeginString, BodyLength and CheckSum given in `header` stand as they are, right or wrong."""
    message = simplefix.FixMessage()
    forged = {tag: value for tag, value in header if tag in (8, 9, 10)}
    message.append_pair(8, forged.get(8, "FIX.4.4"))
    message.append_pair(35, msg_type)
    for tag, value in (*header, *body):
        if tag not in (8, 9, 10):
            message.append_pair(tag, value.encode("latin-1"))
    data: bytes = message.encode()
    if 9 in forged:
        data = re.sub(rb"\x019=[0-9]+\x01", f"{SOH}9={forged[9]}{SOH}".encode(), data, count=1)
        data = data[:-7] + b"10=%03d\x01" % (sum(data[:-7]) % 256)
    return data[:-7] + f"10={forged[10]}{SOH}".encode() if 10 in forged else data
