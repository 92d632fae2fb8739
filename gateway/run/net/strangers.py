"""Those who have come and not said who they are: all together they have a small share of the loop's time.

A stranger is a socket and nothing else. What it says first is judged as soon as it is whole, and only whom the listener
lets in gets a transport. They are served in the order in which they spoke or came, a few in a turn of the loop, so that
whoever trades waits no longer than those few take. Once their share of a stretch of time is used up the rest waits in
the system's queue; and when the queue is empty the next look is at the end of the stretch, because a flood is cheaper
in bundles, and who came meanwhile has spoken by then.
"""

import asyncio
import socket
import struct
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from gateway.fix.frame import Framer, GarbledBytes
from gateway.run.net.admission import Door, ListenerOptions
from gateway.run.net.connection import FIRST_MESSAGE_BYTES, FIRST_MESSAGE_S
from gateway.run.net.credentials import Logon
from gateway.run.net.refusals import HERE_ALREADY

if TYPE_CHECKING:
    from gateway.run.net.live import Live

STRETCH_S: Final = 0.004
TURN_S: Final = 0.0001  # of one turn
SHARE_S: Final = 0.0008  # of it
NO_DESCRIPTOR_S: Final = 0.5  # before the next look, when the process has no file descriptor left

_RESET_AT_CLOSE: Final = struct.pack("ii", 1, 0)  # SO_LINGER: no TIME_WAIT is kept for a connection turned away

Judge = Callable[[bytes | GarbledBytes, str], str | Logon | None]  # of the first message and the address
LetIn = Callable[[socket.socket, str, str, bytes], None]  # its socket, address, 'host:port', and what it has said


class Stranger:
    __slots__ = ("deadline", "endpoint", "framer", "heard", "host", "peer")

    def __init__(self, endpoint: socket.socket, host: str, peer: str) -> None:
        self.endpoint = endpoint
        self.host = host
        self.peer = peer  # 'host:port'
        self.heard = b""
        self.framer: Framer | None = None  # once it has said something
        self.deadline: asyncio.TimerHandle | None = None  # once it was waited for

    def wait_no_more(self) -> None:
        if self.deadline is not None:
            self.deadline.cancel()


class Strangers:
    """Of one listener. Whom `judge` has no word against goes to `let_in`; without a judge everybody does, unheard."""

    def __init__(
        self, live: "Live", name: str, options: ListenerOptions, door: Door, *, judge: Judge | None, let_in: LetIn
    ) -> None:
        self._live = live
        self._name = name
        self._loop = live.loop
        self._options = options
        self._door = door
        self._judge = judge
        self._let_in = let_in
        self._ports: set[socket.socket] = set()  # listening
        self._due: deque[Stranger | socket.socket] = deque()  # who has spoken, and ports that may have somebody
        self._emptied: list[socket.socket] = []  # ports to look at again when the stretch ends
        self._came: set[socket.socket] = set()  # ports where somebody came in since their queue was empty
        self._silent: set[Stranger] = set()
        self._stretch_ends = self._left_s = 0.0  # `_left_s` of the stretch's share
        self._serving: asyncio.Handle | None = None

    def listen(self, port: socket.socket) -> None:
        self._ports.add(port)
        self._loop.add_reader(port.fileno(), self._knock, port)

    def close(self) -> None:
        """Nobody else comes in, and who is here has to go."""
        if self._serving is not None:
            self._serving.cancel()
        for waited_for in (*self._ports, *(stranger.endpoint for stranger in self._silent)):
            self._loop.remove_reader(waited_for.fileno())
        for stranger in (*self._silent, *(one for one in self._due if isinstance(one, Stranger))):
            self._gone(stranger)
        for kept in (self._ports, self._silent, self._due):
            kept.clear()

    # -- somebody is there

    def _knock(self, port: socket.socket) -> None:
        if port in self._ports:
            self._loop.remove_reader(port.fileno())
            self._due.append(port)
            self._serve_soon()

    def _speak(self, stranger: Stranger) -> None:
        self._loop.remove_reader(stranger.endpoint.fileno())
        self._silent.discard(stranger)
        self._due.append(stranger)
        self._serve_soon()

    def _serve_soon(self) -> None:
        if self._serving is None:
            self._serving = self._loop.call_soon(self._serve)

    # -- one at a time

    def _next_stretch(self) -> None:
        self._stretch_ends = 0.0  # A timer may be early by a little.
        self._serve()

    def _serve(self) -> None:
        """At least one, so that all have their turn however slow the machine is."""
        began = now = time.monotonic()
        if began >= self._stretch_ends:
            self._stretch_ends, self._left_s = began + STRETCH_S, SHARE_S
            self._due.extend(self._emptied)
            self._emptied.clear()
        until = began + min(TURN_S, self._left_s)
        while self._due:
            first = self._due.popleft()
            if isinstance(first, Stranger):
                self._hear(first)
            else:
                self._accept(first)
            now = time.monotonic()
            if now >= until:
                break
        self._left_s -= now - began
        if not (self._due or self._emptied):
            self._serving = None
        elif self._due and self._left_s > 0:
            self._serving = self._loop.call_soon(self._serve)
        else:
            self._serving = self._loop.call_later(self._stretch_ends - now, self._next_stretch)

    def _accept(self, port: socket.socket) -> None:
        try:
            endpoint, address = port.accept()
        except BlockingIOError:
            if port in self._came:
                self._came.discard(port)
                self._emptied.append(port)
            else:
                self._loop.add_reader(port.fileno(), self._knock, port)
            return
        except ConnectionAbortedError:
            self._due.append(port)
            return
        except OSError:
            self._live.refused("no_descriptor", self._name)
            self._loop.call_later(NO_DESCRIPTOR_S, self._knock, port)
            return
        self._came.add(port)
        self._due.append(port)
        host, peer = address[0], f"{address[0]}:{address[1]}"
        cause = self._door.refusal(host, self._loop.time())
        if cause is not None:
            endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_CLOSE)
            endpoint.close()
            self._live.refused(cause, self._name, peer)
        elif self._judge is None:
            self._let_in(endpoint, host, peer, b"")
        else:
            self._hear(Stranger(endpoint, host, peer))

    def _hear(self, stranger: Stranger) -> None:
        """What it says, up to its first message; whatever comes behind is left to those who let it in."""
        assert self._judge is not None
        try:
            data = stranger.endpoint.recv(FIRST_MESSAGE_BYTES - len(stranger.heard), socket.MSG_DONTWAIT)
        except BlockingIOError:
            self._wait(stranger)
            return
        except OSError:
            data = b""
        if not data:
            self._gone(stranger)
            return
        stranger.heard += data
        if stranger.framer is None:
            stranger.framer = Framer(self._options.max_message, believes_length=self._options.believe_length)
        messages = stranger.framer.feed(data)
        if messages:
            verdict = self._judge(messages[0], stranger.host)
            # The other connection may be over, and we have not heard of it yet: who is let in is judged again.
            if isinstance(verdict, str) and verdict != HERE_ALREADY:
                self._turn_away(stranger, verdict, messages[0])
            else:
                stranger.wait_no_more()
                self._let_in(stranger.endpoint, stranger.host, stranger.peer, stranger.heard)
        elif len(stranger.heard) >= FIRST_MESSAGE_BYTES:
            self._turn_away(stranger, "too_long")
        else:
            self._wait(stranger)

    def _wait(self, stranger: Stranger) -> None:
        self._silent.add(stranger)
        self._loop.add_reader(stranger.endpoint.fileno(), self._speak, stranger)
        if stranger.deadline is None:
            stranger.deadline = self._loop.call_later(FIRST_MESSAGE_S, self._too_late, stranger)

    def _too_late(self, stranger: Stranger) -> None:
        if stranger in self._silent:
            self._loop.remove_reader(stranger.endpoint.fileno())
            self._silent.discard(stranger)
        else:
            self._due.remove(stranger)
        self._turn_away(stranger, "silent")

    def _turn_away(self, stranger: Stranger, cause: str, first: bytes | GarbledBytes = b"") -> None:
        self._live.refused(cause, self._name, stranger.peer, first)
        self._gone(stranger)

    def _gone(self, stranger: Stranger) -> None:
        stranger.wait_no_more()
        stranger.endpoint.close()
        self._door.left(stranger.host, stranger=True)
