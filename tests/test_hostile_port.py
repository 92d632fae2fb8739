"""What nobody should send, sent to the running gateway: it keeps standing, answers as FIX says, and serves the others."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from statistics import quantiles

import pytest

from gateway.fix.frame import Framer
from gateway.model import Ns, print_timestamp
from gateway.run.replay import replay
from tests.stack import Stack, fields

MiB = 1 << 20
SOH = b"\x01"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    clients = ("GOOD", "EVIL", "FLOOD", "TWICE")
    with Stack(tmp_path_factory.mktemp("stack"), venues=("XLON",), clients=clients) as stack:
        stack.wait_for_prices()
        yield stack
        stack.stop()
        assert replay(stack.data) == 0


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
    with suppress(ConnectionError):  # it may hang up on bytes it has not read
        while data := link.recv(1 << 16):
            said += data
    return said


class Peer:
    """A raw session that logs on with numbers from 1 and sends what it is told, right or wrong."""

    def __init__(self, stack: Stack, name: str = "EVIL") -> None:
        self.name = name.encode()
        self._framer = Framer()
        for _ in range(200):
            self.seq = 0
            self.link = connect(stack)
            self.send(b"A", b"98=0|108=30|141=Y|")
            if next(self.answers(), {}).get(35) == "A":
                return
            time.sleep(0.01)  # its last connection was not gone yet
            self.link.close()
        raise AssertionError(f"{name} cannot log on")

    def content(self, msg_type: bytes, body: bytes, seq: bytes | None = None) -> bytes:
        """From 35= on. A `seq` of one's own does not count."""
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
        """What became of what was sent: the answers up to that of a TestRequest, each as MsgType(35) with its
        SessionRejectReason(373) or OrdStatus(39)."""
        self.send(b"1", b"112=PROBE|")
        said: list[str] = []
        for answer in self.answers():
            if answer[35] == "0":
                return " ".join(said) or "nothing"
            detail = {"3": 373, "8": 39}.get(answer[35])
            said.append(answer[35] if detail is None else f"{answer[35]}/{answer.get(detail)}")
        return " ".join([*said, "hangup"])


def order(cl_ord_id: bytes = b"X", *, symbol: bytes = b"NONE", qty: bytes = b"1", rest: bytes = b"") -> bytes:
    """An order that is refused for its symbol, if for nothing else."""
    return b"11=%b|55=%b|54=1|60=%b|38=%b|40=1|%b" % (cl_ord_id, symbol, stamp(), qty, rest)


NOT_NUMBERS = [b"-0", b"NaN", b"Inf", b"1e9", b"1E+3000000", b"0x10", b"1_000", "\u0663".encode(), b"9" * 20]
UNPRINTABLE = [b"a\x00b", bytes(range(0x80, 0x100)), "\ufeff".encode(), b"a\r\nb", b"\x1b[2J"]
TEXTS = [*UNPRINTABLE, b"<script>", b"';--", b"=cmd!A1"]
GROUP = b"957=%b|958=NumSlices|959=1|960=2|"
BANNERS = [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc" + bytes(200), b"SSH-2.0-x\r\n"]


@pytest.fixture
def evil(stack: Stack) -> Iterator[Peer]:
    peer = Peer(stack)
    with closing(peer.link):
        yield peer


# -- inside a session


def test_garbled_messages_are_ignored(evil: Peer) -> None:
    """Lengths and sums that lie, no header, other protocols; the message behind them is read (FIX vol. 2)."""
    content = evil.content(b"D", order(), seq=b"2")
    right = len(content)
    lengths = [b"0", b"-1", b"+5", b" 5", b"", b"5000000", b"%d" % (1 << 31), b"1" + b"0" * 30]
    lengths += [b"%d" % (right + lie) for lie in (-1, 1, 30)]
    checks = [b"", b"10=1\x01", b"10=0000\x01", b"10=abc\x01", b"10=999\x01"]
    garbled = [frame(content, length=length) for length in lengths]
    garbled += [frame(content, check=check) for check in checks]
    garbled += [b"9=5\x018=FIX.4.4\x0135=0\x0110=000\x01", frame(b"34=2|" + content), *BANNERS]
    garbled += [frame(content + b"58=" + b"a" * 9000 + b"|")]
    for data in garbled:
        evil.link.sendall(data)
        assert evil.verdict() == "nothing", data


@pytest.mark.parametrize(
    ("verdict", "bodies"),
    [
        ("3/0", [b"0=x|", b"00035=x|", b"9999999999=x|", b"x=1|", b"=1|", b"-1=5|"]),
        ("3/17", [b"58|"]),
        ("3/4", [b"58=|"]),
        ("3/13", [b"58=a|58=b|"]),
        ("3/15", [b"957=1|959=1|958=x|960=1|"]),
        ("3/16", [GROUP % b"0", GROUP % b"2", b"957=1|", b"957=65|" + b"958=a|959=1|960=1|" * 65]),
        ("3/6", [GROUP % b"1000000000", GROUP % b"-1", *(b"99=%b|" % number for number in NOT_NUMBERS[1:])]),
        ("3/6", [b"354=1000000000|355=ab|", b"354=-1|355=ab|", b"354=2|355=abc|"]),
        ("3/99", [b"58=1|" * 1000, b"".join(b"%d=1|" % tag for tag in range(5001, 5601))]),
        ("8/8", [b"354=5|355=ab\x01cd|", b"354=9|355=\x0110=000\x01a|", *(b"58=%b|" % text for text in TEXTS)]),
        ("8/8", [b"1=%b|" % text for text in TEXTS]),
    ],
    ids=[
        "tags",
        "no value",
        "empty",
        "twice",
        "delimiter",
        "counts",
        "numbers",
        "data",
        "too many",
        "bytes",
        "account",
    ],
)
def test_a_wrong_field_is_rejected_and_the_session_goes_on(evil: Peer, verdict: str, bodies: list[bytes]) -> None:
    """Reject(3) with its SessionRejectReason(373); what the session may carry is the business's to refuse."""
    for body in bodies:
        evil.send(b"D", order(rest=body))
        assert evil.verdict() == verdict, body[:60]


def test_numbers_and_ids_that_are_none_are_refused(evil: Peer) -> None:
    """A quantity is digits and one dot, a ClOrdID(11) is up to 64 printable characters."""
    for number in (b"-1", *NOT_NUMBERS):
        evil.send(b"D", order(qty=number, symbol=b"ACME"))
        assert evil.verdict() == "3/6", number
    for qty in (b"0", b"99999999999"):
        evil.send(b"D", order(b"Q" + qty, qty=qty, symbol=b"ACME"))
        assert evil.verdict() == "8/8", qty
    for text in (*UNPRINTABLE, b"A" * 65):
        evil.send(b"D", order(text, symbol=b"ACME"))
        assert evil.verdict() == "8/8", text


@pytest.mark.parametrize("seq", [b"0", b"-1", b"1", b"2147483648", b"9223372036854775808", b"abc", b"", b"1" * 30])
def test_a_number_that_cannot_be_ends_the_session(evil: Peer, seq: bytes) -> None:
    """MsgSeqNum(34) too low, too far ahead, or none: Logout(5)."""
    evil.send(b"D", order(), seq)
    assert evil.verdict() == "5 hangup"


def test_what_breaks_the_session_ends_it(stack: Stack) -> None:
    """A second Logon, another's CompID, another time, another version: Reject(3) where FIX asks for it, and Logout(5)."""
    later = stamp(1_000_000_000_000)
    endings = [
        ("5 hangup", b"35=A|34=2|49=EVIL|52=%b|56=GATEWAY|98=0|108=30|" % stamp()),
        ("5 hangup", b"35=A|34=2|49=EVIL|52=%b|56=GATEWAY|98=0|108=30|141=Y|" % stamp()),
        ("5 hangup", b"35=0|49=EVIL|52=%b|56=GATEWAY|" % stamp()),
        ("3/9 5 hangup", b"35=0|34=2|49=GOOD|52=%b|56=GATEWAY|" % stamp()),
        ("3/10 5 hangup", b"35=0|34=2|49=EVIL|52=20200101-00:00:00|56=GATEWAY|"),
        ("3/10 5 hangup", b"35=D|34=1|43=Y|49=EVIL|52=%b|122=%b|56=GATEWAY|%b" % (stamp(), later, order())),
    ]
    for verdict, content in endings:
        evil = Peer(stack)
        evil.link.sendall(frame(content))
        assert evil.verdict() == verdict, content
        evil.link.close()


def test_a_second_connection_of_a_session_gets_silence(stack: Stack) -> None:
    """And the first does not notice."""
    first = Peer(stack, "TWICE")
    with closing(first.link), closing(connect(stack)) as link:
        link.sendall(frame(b"35=A|34=1|49=TWICE|52=%b|56=GATEWAY|98=0|108=30|141=Y|" % stamp()))
        assert read_to_end(link) == b""
        assert first.verdict() == "nothing"


def test_how_a_message_is_cut_changes_nothing(evil: Peer) -> None:
    """At every byte, and a thousand in one segment."""
    cut = len(frame(evil.content(b"D", order()))) - 1
    evil.seq -= 1
    for place in range(1, cut):
        message = frame(evil.content(b"D", order()))
        evil.link.sendall(message[:place])
        evil.link.sendall(message[place:])
    evil.link.sendall(b"".join(frame(evil.content(b"1", b"112=MANY|")) for _ in range(1000)))
    evil.send(b"1", b"112=LAST|")
    said = []
    for answer in evil.answers():
        said.append(answer[35])
        if answer.get(112) == "LAST":
            break
    assert said == ["8"] * (cut - 1) + ["0"] * 1001


def test_a_resend_of_many_megabytes_comes_whole(evil: Peer) -> None:
    """More is waiting for the peer at once than it may leave lying; it has time to take it."""
    for _ in range(50):
        evil.link.sendall(b"".join(frame(evil.content(b"D", order(rest=b"1=%b|" % (b"A" * 2000)))) for _ in range(100)))
        assert evil.verdict().split() == ["8/8"] * 100
    evil.send(b"2", b"7=1|16=0|")
    time.sleep(0.2)
    evil.send(b"1", b"112=LAST|")
    resent = 0
    for answer in evil.answers():
        resent += answer.get(43) == "Y" and answer[35] == "8"
        if answer.get(112) == "LAST":
            break
    assert resent == 5000


# -- before a session, and beside others


def before_logon() -> list[bytes]:
    """What is met with silence, and the end of the connection."""
    logon = b"35=A|34=1|49=%b|52=%b|56=%b|98=0|108=30|"
    return [
        *BANNERS,
        frame(b"35=D|34=1|49=EVIL|52=%b|56=GATEWAY|%b" % (stamp(), order())),
        frame(logon % (b"NOBODY", stamp(), b"GATEWAY")),
        frame(logon % (b"EVIL", stamp(), b"NOBODY")),
        frame(logon % (b"", stamp(), b"")),
        frame(logon % (b"EVIL", stamp(), b"GATEWAY"), check=b"10=999\x01"),
        frame(logon % (b"EVIL", stamp(), b"GATEWAY"), length=b"1"),
        b"A" * MiB,
        b"8=FIX.4.4\x019=8000\x0135=" * (MiB // 22),
        b"8=FIX" * (MiB // 5),
    ]


def test_hostile_bytes_disturb_nobody_else(stack: Stack) -> None:
    """While several peers send what they should not, one trades: it gets its answers as quickly as ever, and the
    gateway grows by nothing."""
    assert stack.gateway is not None
    pid, good = stack.gateway.pid, Peer(stack, "GOOD")
    alone = latencies(good, 150)
    before = resident(pid)
    silent = [connect(stack) for _ in range(3)]
    silent[1].sendall(b"8=FIX.4.4\x019=100\x0135=A\x01")
    silent[2].sendall(b"8")
    began = time.monotonic()
    disturbed: list[float] = []
    trader = threading.Thread(target=lambda: disturbed.extend(latencies(good, 400)))
    trader.start()
    flood, evil = Peer(stack, "FLOOD"), Peer(stack)
    while trader.is_alive():
        flood.link.sendall(b"".join(frame(flood.content(b"D", order(rest=b"58=\x1b[2J|"))) for _ in range(200)))
        evil.link.sendall(b"".join(frame(evil.content(b"D", order(), seq=b"2"), length=b"9") for _ in range(50)))
        assert evil.verdict() == "nothing"
        assert flood.verdict().split() == ["8/8"] * 200
        for data in before_logon():
            with closing(connect(stack)) as link:
                with suppress(ConnectionError):  # it need not read to the end
                    link.sendall(data)
                assert read_to_end(link) == b"", data[:40]
        time.sleep(0.1)
    trader.join()
    for link in silent:
        assert read_to_end(link) == b""
        link.close()
    waited = time.monotonic() - began
    grown = resident(pid) - before
    (usual, usual_tail), (middle, tail) = middle_and_tail(alone), middle_and_tail(disturbed)
    print(
        f"\norder to New: p50 {usual:.2f} ms, p99 {usual_tail:.2f} ms; beside hostile peers {middle:.2f} and {tail:.2f};"
        f" {flood.seq + evil.seq} hostile messages, resident memory +{grown / MiB:.1f} MiB"
    )
    assert tail < 50
    assert grown < 64 * MiB
    assert 4.5 < waited < 8  # who does not log on has five seconds
    for peer in (good, flood, evil):
        assert peer.verdict() == "nothing"
        peer.link.close()


def latencies(peer: Peer, count: int) -> list[float]:
    """Milliseconds from an order to its New; a limit that is far away, so that it ends at once."""
    answers, taken = peer.answers(), []
    for number in range(count):
        body = order(b"G%d-%d" % (peer.seq, number), symbol=b"ACME", qty=b"10").replace(b"|40=1|", b"|40=2|44=95|59=3|")
        message = frame(peer.content(b"D", body))
        began = time.perf_counter()
        peer.link.sendall(message)
        assert next(answers)[39] == "0"
        taken.append((time.perf_counter() - began) * 1e3)
        assert next(answers)[39] == "4"
        time.sleep(0.005)
    return taken


def middle_and_tail(taken: list[float]) -> tuple[float, float]:
    cuts = quantiles(taken, n=100)
    return cuts[49], cuts[98]


def resident(pid: int) -> int:
    """VmRSS in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024
