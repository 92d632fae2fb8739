"""What nobody should send, sent to the running gateway: it keeps standing, answers as FIX says, and serves the others."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from statistics import quantiles

import pytest

from gateway.fix.frame import Framer
from gateway.model import Ns, print_timestamp
from tests.stack import Stack, fields
from tests.tape_client import TapeClient

MiB = 1 << 20
SOH = b"\x01"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    clients = ("GOOD", "EVIL", "FLOOD", "TWICE")
    with Stack(tmp_path_factory.mktemp("stack"), venues=("XLON",), clients=clients) as stack:
        stack.wait_for_prices()
        yield stack
        assert stack.gateway is not None and stack.gateway.running


def stamp(shift_ns: int = 0) -> bytes:
    return print_timestamp(Ns(time.time_ns() + shift_ns)).encode()


def frame(content: bytes, *, length: bytes | None = None, check: bytes | None = None) -> bytes:
    """A message from 35= to its last field, '|' between fields; BodyLength(9) and CheckSum(10) right unless given."""
    content = content.replace(b"|", SOH)
    data = b"8=FIX.4.4\x019=%b\x01%b" % (length if length is not None else b"%d" % len(content), content)
    return data + (check if check is not None else b"10=%03d\x01" % (sum(data) % 256))


def connect(stack: Stack) -> socket.socket:
    link = socket.create_connection(("127.0.0.1", stack.port), 10)
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return link


def read_to_end(link: socket.socket) -> bytes:
    """All the gateway says until it hangs up; that has to be within the socket's patience."""
    said = b""
    try:
        while data := link.recv(1 << 16):
            said += data
    except ConnectionError:  # it hung up on bytes it had not read
        pass
    return said


class Peer:
    """A raw session. Logs on with numbers from 1; knows nothing else."""

    def __init__(self, stack: Stack, name: str = "EVIL") -> None:
        self.name = name.encode()
        self.seq = 0
        self.link = connect(stack)
        self._framer = Framer()
        self.send(b"A", b"98=0|108=30|141=Y|")
        assert next(self.answers())[35] == "A"

    def content(self, msg_type: bytes, body: bytes, seq: bytes | None = None) -> bytes:
        if seq is None:
            self.seq += 1
            seq = b"%d" % self.seq
        return b"35=%b|34=%b|49=%b|52=%b|56=GATEWAY|%b" % (msg_type, seq, self.name, stamp(), body)

    def send(self, msg_type: bytes, body: bytes, seq: bytes | None = None) -> None:
        self.link.sendall(frame(self.content(msg_type, body, seq)))

    def answers(self) -> Iterator[dict[int, str]]:
        """Messages as they come; ends when the gateway hangs up."""
        while True:
            try:
                data = self.link.recv(1 << 16)
            except ConnectionError:
                return
            if not data:
                return
            for message in self._framer.feed(data):
                assert isinstance(message, bytes)
                yield fields(message)

    def verdict(self) -> str:
        """What the gateway made of what was sent: MsgType(35)s with their reason, up to the answer of a TestRequest."""
        self.send(b"1", b"112=PROBE|")
        said = []
        for answer in self.answers():
            match answer[35]:
                case "0":
                    return " ".join(said) or "ignored"
                case "3":
                    said.append(f"3/{answer.get(373)}")
                case "8":
                    said.append(f"8/{answer[39]}")
                case other:
                    said.append(other)
        return " ".join([*said, "hangup"])


def order(cl_ord_id: bytes = b"X", *, symbol: bytes = b"NONE", qty: bytes = b"1", rest: bytes = b"") -> bytes:
    """An order that is refused for its symbol, if for nothing else."""
    return b"11=%b|55=%b|54=1|60=%b|38=%b|40=1|%b" % (cl_ord_id, symbol, stamp(), qty, rest)


NUMBERS = [b"-1", b"-0", b"0", b"NaN", b"Inf", b"1e9", b"1E+3000000", b"0x10", b"1_000", "\u0663".encode(), b"9" * 20]
TEXTS = [
    b"a\x00b", bytes(range(0x80, 0x100)), b"\xff\xfe", "\ufeff".encode(), b"a\r\nb", b"\x1b[2J", b"<script>", b"';--", b"=cmd!A1",
]  # fmt: skip
GROUP = b"957=%b|958=NumSlices|959=1|960=2|"
