"""The live driver on a real port, with a Node that writes down what it is given and answers like an acceptor."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from gateway.fix.frame import Framer
from gateway.model import Close, Command, Garbled, Input, LinkDown, LinkUp, Ns, Output, Received, Send, Started
from gateway.record.journal import Journal
from gateway.record.reading import Reading
from gateway.record.verify import compare
from gateway.run.net.admission import Authenticate, ListenerOptions
from gateway.run.net.live import Live

PORT = "clients"  # the listener's name
CALLED = "venue"  # whom we call
PATIENCE_S = 10.0


def framed(content: str) -> bytes:
    """A message from 35= to its last field, '|' between fields."""
    body = content.replace("|", "\x01").encode("latin-1")
    data = b"8=FIX.4.4\x019=%d\x01%b" % (len(body), body)
    return data + b"10=%03d\x01" % (sum(data) % 256)


def logon(who: str = "CLIENT", rest: str = "") -> bytes:
    return framed(f"35=A|34=1|49={who}|52=20260105-10:00:00.000|56=GATEWAY|98=0|108=30|{rest}")


def probe(rest: str = "") -> bytes:
    """A TestRequest(1), which the Node answers with a Heartbeat(0)."""
    return framed(f"35=1|34=2|49=CLIENT|52=20260105-10:00:00.000|56=GATEWAY|112=X|{rest}")


ANSWERS = {"A": framed("35=A|34=1|98=0|108=30|"), "1": framed("35=0|34=2|112=X|")}
REFUSED = framed("35=5|34=1|58=Logon refused|")
OUR_LOGON = framed("35=A|34=1|49=GATEWAY|56=VENUE|98=0|108=30|")


def msg_type(data: bytes) -> str:
    return data[data.index(b"\x0135=") + 4 :].split(b"\x01")[0].decode()


class Acceptor:
    """Answers Logon(A) unless it was told to refuse it, and TestRequest(1); logs on where it is the caller."""

    def __init__(self) -> None:
        self.given: list[Input] = []
        self.answers = dict(ANSWERS)
        self.hangs_up_on_garbage = True
        self.hangs_up_after = ""  # MsgType(35) whose answer is the last
        self._refused: set[int] = set()

    def handle(self, item: Input) -> Sequence[Output]:
        self.given.append(item)
        match item:
            case LinkUp(link=link, port=port) if port == CALLED:
                return [Send(link, OUR_LOGON)]
            case Command(name="refuse", payload=payload):
                self._refused.add(json.loads(payload)["link"])
            case Garbled(link=link) if self.hangs_up_on_garbage:
                return [Close(link)]
            case Received(link=link) if link in self._refused:
                return [Send(link, REFUSED), Close(link)]
            case Received(link=link, data=data) if msg_type(data) in self.answers:
                answer = Send(link, self.answers[msg_type(data)])
                return [answer, Close(link)] if msg_type(data) == self.hangs_up_after else [answer]
        return []

    def wake_at(self) -> Ns | None:
        return None

    def of(self, kind: type) -> list[Any]:
        return [item for item in self.given if isinstance(item, kind)]

    @property
    def heard(self) -> list[bytes]:
        return [item.data for item in self.of(Received)]

    def told(self, name: str) -> list[dict[str, Any]]:
        """Payloads of the driver's Commands of that name."""
        return [json.loads(command.payload) for command in self.of(Command) if command.name == name]

    @property
    def turned_away(self) -> dict[str, int]:
        """All counts by cause that it was told."""
        total: dict[str, int] = {}
        for counts in self.told("refused"):
            for cause, count in counts.items():
                if cause != "last":
                    total[cause] = total.get(cause, 0) + count
        return total


class Shell:
    """A driver, its Node, and where it listens."""

    def __init__(self, live: Live, node: Acceptor, port: int, folder: Path) -> None:
        self.live = live
        self.node = node
        self.port = port
        self.peers: list[Peer] = []
        self._folder = folder

    async def until(self, happened: Callable[[], object], seconds: float = PATIENCE_S) -> None:
        async with asyncio.timeout(seconds):
            while not happened():
                await asyncio.sleep(0.005)

    async def connect(self, **tls: Any) -> "Peer":
        return self.knows(Peer(*await asyncio.open_connection("127.0.0.1", self.port, **tls)))

    async def turns_away(self) -> bool:
        """Whether a new connection is closed before anything was said."""
        try:
            return await (await self.connect()).next() is None
        except ConnectionError:
            return True

    def knows(self, peer: "Peer") -> "Peer":
        """It is closed at the end."""
        self.peers.append(peer)
        return peer

    async def log_on(self, who: str = "CLIENT", rest: str = "", **tls: Any) -> "Peer":
        peer = await self.connect(**tls)
        await peer.say(logon(who, rest))
        assert await peer.next() == "A"
        return peer

    def written(self) -> bytes:
        """All bytes of the journal."""
        return b"".join(path.read_bytes() for path in self._folder.rglob("*.seg"))

    def replays(self) -> bool:
        """Whether a Node that is given what was recorded says what was recorded."""
        return compare(list(Reading(self._folder)), type(self.node)()) is None


class Peer:
    """The other end of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self._framer = Framer()
        self._heard: list[bytes] = []

    async def say(self, data: bytes) -> None:
        self.writer.write(data)
        with suppress(ConnectionError):
            await self.writer.drain()

    async def next(self) -> str | None:
        """MsgType(35) of the next message; None once the connection is gone."""
        data = await self.message()
        return None if data is None else msg_type(data)

    async def message(self) -> bytes | None:
        async with asyncio.timeout(PATIENCE_S):
            while not self._heard:
                try:
                    data = await self.reader.read(1 << 16)
                except ConnectionError:
                    return None
                if not data:
                    return None
                self._heard += [message for message in self._framer.feed(data) if isinstance(message, bytes)]
        return self._heard.pop(0)

    async def answers(self) -> bool:
        """Whether a TestRequest(1) is answered."""
        await self.say(probe())
        return await self.next() == "0"

    def close(self) -> None:
        self.writer.close()


@asynccontextmanager
async def shell(
    folder: Path,
    options: ListenerOptions = ListenerOptions(),  # noqa: B008
    *,
    authenticate: Authenticate | None = None,
    unwelcome: Callable[[bytes], str | None] = lambda _: None,
    node: Acceptor | None = None,
) -> AsyncIterator[Shell]:
    """A driver that runs until the end of the block."""
    node = node or Acceptor()
    live = Live(node, Journal.open(folder, "process", segment_bytes=1 << 20), durability="process")
    live.start(b"{}")
    _, port = await live.listen("127.0.0.1", 0, PORT, options=options, authenticate=authenticate, unwelcome=unwelcome)
    it = Shell(live, node, port, folder)
    try:
        yield it
    finally:
        for peer in it.peers:
            peer.writer.transport.abort()
        await live.stop(grace_s=0.2)
        assert isinstance(node.given[0], Started)
        ups, downs = (sorted(item.link for item in node.of(kind)) for kind in (LinkUp, LinkDown))
        assert ups == downs, "a link that came up goes down"
