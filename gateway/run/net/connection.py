"""One TCP connection, accepted or called: what comes is cut into messages, what goes is watched for not being taken.

Of an accepted connection the core learns with its first message, once it is admitted; till then it is a stranger that
costs little, may say little, and has little time.
"""

import asyncio
import socket
from collections import deque
from typing import TYPE_CHECKING, Final, cast

from gateway.fix.frame import Framer, GarbledBytes
from gateway.model import Garbled, Input, Ns, Received
from gateway.record.mask import GarbledMask, carries_secret, mask_message
from gateway.run.net.credentials import is_logon, with_password
from gateway.run.net.tls import identity

if TYPE_CHECKING:
    from gateway.run.net.listener import Listener
    from gateway.run.net.live import Live

MESSAGES_A_TURN: Final = 64  # of one connection, so that the others get their turn
BYTES_A_TURN: Final = 16 * 1024  # framed of one connection: hostile bytes cost more than messages do
FIRST_MESSAGE_S: Final = 5.0  # a stranger's first message is whole by then ...
FIRST_MESSAGE_BYTES: Final = 4096  # ... and within so many bytes
UNFINISHED_S: Final = 10.0  # a message that has begun may take so long to end
UNACKNOWLEDGED_MS: Final = 60_000  # TCP gives a peer up that acknowledges nothing for so long
LAGGING: Final = 1024 * 1024  # with more bytes unsent the core is told that the peer lags
STALLED_S: Final = 1.0  # a peer that takes nothing for so long of more than `slow_bytes` is dropped ...
BEHIND_S: Final = 30.0  # ... and one that takes something, but so long has more than that waiting
MAX_UNSENT: Final = 64 * 1024 * 1024  # bytes; nothing is added to so many
SLICE: Final = 64 * 1024  # bytes of one write
CLOSE_S: Final = 2.0  # for a connection that is closed to take what was sent to it
SLOW_BYTES: Final = 4 * 1024 * 1024
SLOW_S: Final = 10


class Connection(asyncio.Protocol):
    """What accepted and called connections have in common."""

    transport: asyncio.Transport

    def __init__(
        self,
        live: "Live",
        port: str,
        *,
        slow_bytes: int = SLOW_BYTES,
        slow_s: int = SLOW_S,
        max_message: int = 8192,
        believe_length: bool = False,
    ) -> None:
        self.link = 0  # 0: the core knows nothing of it
        self.peer = ""  # 'host:port'
        self.garbled = GarbledMask()
        self.looks_at_sent = False  # `before_sending` wants to see what goes out
        self.full = False  # the transport takes no more
        self.sent = 0  # bytes, in the end
        self._live = live
        self._port = port
        self._slow_bytes = slow_bytes
        self._slow_s = slow_s
        self._framer = Framer(max_message, believes_length=believe_length)
        self._framed = 0  # messages and garbled stretches
        self._unframed = b""
        self._backlog: list[bytes | GarbledBytes] = []
        self._paused = False
        self._closed = False  # to what the peer says: not yet admitted, or hung up
        self._hung_up = False
        self._why = ""  # we dropped it
        self._queue: deque[bytes] = deque()  # what the transport has no room for
        self._queued = 0  # bytes
        self._closing = False  # once the queue is empty
        self._lagging = False  # so the core was told
        self._begun: tuple[int, float] | None = None  # `_framed` when a message was seen unfinished, and the instant
        self._stuck: tuple[int, float] | None = None  # bytes the peer had taken of what waits for it, and since when
        self._behind_since: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(high=LAGGING)
        endpoint = self.transport.get_extra_info("socket")
        endpoint.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            endpoint.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS)

    def connection_lost(self, exc: Exception | None) -> None:
        self.hear_no_more()
        self._queue.clear()
        if self.link:
            self._live.link_down(self.link, self._why or ("closed" if exc is None else str(exc)))

    def drop(self, why: str) -> None:
        """At once, and what it was not sent yet is lost."""
        self._why = self._why or why
        self.transport.abort()

    # -- what comes

    def data_received(self, data: bytes) -> None:
        if self._closed:
            self._heard_closed(data)
            return
        if self._backlog or self._unframed:
            self._unframed += data
            return
        if len(data) > BYTES_A_TURN:
            data, self._unframed = data[:BYTES_A_TURN], data[BYTES_A_TURN:]
        messages = self._framer.feed(data)
        self._framed += len(messages)
        if len(messages) <= MESSAGES_A_TURN and not self._unframed:
            self._live.take(self, messages)
        else:
            self._backlog = messages
            self._work_off()

    def _heard_closed(self, data: bytes) -> None:
        """Nobody listens."""

    def _work_off(self) -> None:
        if not self._backlog:
            data, self._unframed = self._unframed[:BYTES_A_TURN], self._unframed[BYTES_A_TURN:]
            self._backlog = self._framer.feed(data)
            self._framed += len(self._backlog)
        now, self._backlog = self._backlog[:MESSAGES_A_TURN], self._backlog[MESSAGES_A_TURN:]
        self._live.take(self, now)
        if self._backlog or self._unframed:
            self.pause()
            self._live.backlogged.add(self.link)
            self._live.loop.call_soon(self._work_off)
            return
        self._live.backlogged.discard(self.link)
        if self._paused and not self._live.congested:
            self.resume()

    def hear_no_more(self) -> None:
        """The node has hung up; what the peer still says is not for it."""
        self._closed = self._hung_up = True
        self._backlog, self._unframed = [], b""
        self._live.backlogged.discard(self.link)

    def pause(self) -> None:
        if not self._paused and not self.transport.is_closing():
            self._paused = True
            self.transport.pause_reading()

    def resume(self) -> None:
        if self._paused and not self._backlog and not self._unframed:
            self._paused = False
            if not self.transport.is_closing():
                self.transport.resume_reading()

    # -- what goes

    def before_sending(self, parts: list[bytes]) -> list[bytes]:
        """What goes out instead."""
        return parts

    def send(self, data: bytes) -> None:
        """In slices, and no more than the transport has room for: TLS would not tell how much of it is left."""
        self.sent += len(data)
        self._queued += len(data)
        self._queue.extend(data[start : start + SLICE] for start in range(0, len(data), SLICE))
        self._fill()

    def close(self) -> None:
        """Once everything is sent, or soon after."""
        self._closing = True
        self._fill()
        self._live.loop.call_later(CLOSE_S, self.transport.abort)

    @property
    def unsent(self) -> int:
        """Bytes that the system has not taken yet."""
        return self._queued + self.transport.get_write_buffer_size()

    def _fill(self) -> None:
        while self._queue and not self.full:
            data = self._queue.popleft()
            self._queued -= len(data)
            self.transport.write(data)
        if self._closing and not self._queue:
            if self.sent and self.transport.can_write_eof():
                # The peer reads to the end and closes. Who closes first, with something unread, sends a reset, and that
                # overtakes our last words.
                self.resume()
                self.transport.write_eof()
            else:
                self.transport.close()

    def pause_writing(self) -> None:
        """More than LAGGING is unsent: whoever sends again what was missed may wait with the rest."""
        self.full = True
        self._lags(lagging=True)

    def resume_writing(self) -> None:
        self.full = False
        self._fill()
        if not self.full:
            self._lags(lagging=False)

    def _lags(self, *, lagging: bool) -> None:
        if lagging is not self._lagging and self.link and not self._hung_up:
            self._lagging = lagging
            self._live.lags(self.link, self.unsent, lagging=lagging)

    # -- time

    def overdue(self, now: float) -> str | None:
        """Why it has to be dropped, looked at once a second; None: all is well."""
        if not self._framer.pending or self._paused or self._closed:
            self._begun = None
        elif self._begun is None or self._begun[0] != self._framed:
            self._begun = self._framed, now
        elif now - self._begun[1] >= UNFINISHED_S:
            return f"a message did not end within {UNFINISHED_S:.0f} s"
        return self._slow(now)

    def _slow(self, now: float) -> str | None:
        unsent = self.unsent
        if not unsent:
            self._stuck = self._behind_since = None
            return None
        taken = self.sent - unsent
        if self._stuck is None or taken > self._stuck[0]:
            self._stuck = taken, now
        if unsent <= self._slow_bytes:
            self._behind_since = None
        elif self._behind_since is None:
            self._behind_since = now
        stuck = now - self._stuck[1]
        if stuck >= self._slow_s or (stuck >= STALLED_S and unsent > self._slow_bytes):
            return f"slow: {unsent} bytes unsent, nothing taken for {stuck:.0f} s"
        if self._behind_since is not None and now - self._behind_since >= BEHIND_S:
            return f"slow: more than {self._slow_bytes} bytes unsent for {BEHIND_S:.0f} s"
        return None


def as_inputs(now: Ns, link: int, messages: list[bytes | GarbledBytes], garbled: GarbledMask) -> list[Input]:
    """What was said on one link, as the core gets it. Passwords end here."""
    framed = [message for message in messages if type(message) is bytes]
    if len(framed) == len(messages) and carries_secret(b"".join(framed)) is None:
        return [Received(now, link, message) for message in framed]
    return [
        Received(now, link, mask_message(message))
        if type(message) is bytes
        else Garbled(now, link, garbled.mask(message.data))  # type: ignore[union-attr]
        for message in messages
    ]


class Called(Connection):
    """To a counterparty; the core knows of it from the beginning."""

    def __init__(self, live: "Live", port: str, password: bytes | None) -> None:
        super().__init__(live, port)
        self.lost: asyncio.Future[None] = live.loop.create_future()
        self._password = password
        self.looks_at_sent = password is not None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        peer = transport.get_extra_info("peername") or ("?", 0)
        self.peer = f"{peer[0]}:{peer[1]}"
        self._live.link_up(self, self._port)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if not self.lost.done():
            self.lost.set_result(None)

    def before_sending(self, parts: list[bytes]) -> list[bytes]:
        """The password, which the core does not know."""
        assert self._password is not None
        return [with_password(part, self._password) if is_logon(part) else part for part in parts]


class Accepted(Connection):
    """Let in by a listener: a stranger until the core has answered its Logon(A)."""

    def __init__(self, live: "Live", listener: "Listener", host: str, peer: str) -> None:
        options = listener.options
        super().__init__(
            live,
            listener.name,
            slow_bytes=options.slow_bytes,
            slow_s=options.slow_s,
            max_message=options.max_message,
            believe_length=options.believe_length,
        )
        self.host = host
        self.peer = peer
        self.made = False
        self.stranger = self.looks_at_sent = True
        self._closed = True
        self._listener = listener
        self._waits = True  # for `begin`, or for a password to be checked; so does what it says meanwhile
        self._heard = 0  # bytes before the first message was whole
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.made = True
        super().connection_made(transport)
        self._deadline = self._live.loop.call_later(FIRST_MESSAGE_S, self._turn_away, "silent")

    def begin(self, heard: bytes) -> None:
        """What it says counts from now on, behind what was heard of it before it had a transport."""
        self._waits = False
        heard, self._unframed = heard + self._unframed, b""
        if heard:
            self._heard_closed(heard)

    def connection_lost(self, exc: Exception | None) -> None:
        self._no_deadline()
        super().connection_lost(exc)
        self._listener.left(self)

    def _heard_closed(self, data: bytes) -> None:
        if self._hung_up:
            return
        if self._waits:
            self._unframed += data
            return
        room = FIRST_MESSAGE_BYTES - self._heard
        self._heard += len(data)
        messages = self._framer.feed(data[:room])
        if messages:
            self._no_deadline()
            self._framed = len(messages)
            self._backlog, self._unframed = messages, data[room:]
            self._introduced(messages[0])
        elif self._heard >= FIRST_MESSAGE_BYTES:
            self._turn_away("too_long")

    def _introduced(self, first: bytes | GarbledBytes) -> None:
        """What it says first is whole. It goes to the core without more ado where nothing has to be shown."""
        listener = self._listener
        certificate = () if listener.tls is None else identity(self.transport.get_extra_info("ssl_object"))
        verdict = listener.judge(first, self.host, certificate)
        if verdict is None:
            self._enter()
        elif isinstance(verdict, str):
            self._turn_away(verdict, first)
        else:
            assert listener.authenticate is not None
            self._waits = True
            self.pause()
            self._live.checks.start(listener.authenticate, verdict).add_done_callback(self._checked)

    def _checked(self, verdict: asyncio.Future[str | None]) -> None:
        if verdict.cancelled():
            return
        why = verdict.result()
        if not self._hung_up:
            self._enter(why)
        elif why is not None:
            self._live.refused("wrong_password", self._port, self.peer)

    def _enter(self, refused: str | None = None) -> None:
        """The core learns of the connection, and of the refusal before it sees the Logon that is refused."""
        self._waits = self._closed = False
        self._live.link_up(self, self._port)
        if refused is not None:
            self._backlog, self._unframed = self._backlog[:1], b""
            self._live.refuse(self.link, refused)
        self._work_off()

    def _turn_away(self, cause: str, first: bytes | GarbledBytes = b"") -> None:
        """Before the core knows of it."""
        self._live.refused(cause, self._port, self.peer, first)
        self.hear_no_more()
        self.drop(cause)

    def _no_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def before_sending(self, parts: list[bytes]) -> list[bytes]:
        """Whose Logon is answered is no stranger."""
        if any(map(is_logon, parts)):
            self.stranger = self.looks_at_sent = False
            self._listener.logged_on(self)
        return parts
