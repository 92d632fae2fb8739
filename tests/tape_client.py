"""A FIX client over TCP whose session survives its connections, and which keeps every byte it was sent."""

import select
import socket
import time

from gateway.fix import dictionary
from gateway.fix.frame import Framer
from gateway.fix.reader import Message
from gateway.fix.session import Session
from gateway.model import Ns, SessionConfig


class TapeClient:
    """Blocking: `work(seconds)` reads, answers and keeps up; `connect` may be called again after the peer died."""

    def __init__(self, sender: str = "CLIENT", target: str = "GATEWAY") -> None:
        self.session = Session(SessionConfig(sender=sender, target=target, initiator=True), dictionary.default())
        self.tape: list[bytes] = []  # every whole message received, in order
        self.messages: list[Message] = []  # the application's, in sequence, each once
        self._socket: socket.socket | None = None
        self._framer = Framer()

    def connect(self, port: int, timeout_s: float = 10.0) -> None:
        """Until logged on."""
        end = time.monotonic() + timeout_s
        while not self.session.logged_on:
            assert time.monotonic() < end, "not logged on in time"
            if self._socket is None:
                try:
                    self._socket = socket.create_connection(("127.0.0.1", port), timeout_s)
                except OSError:
                    time.sleep(0.01)
                    continue
                self._framer = Framer()
                self.session.connected(_now())
                self._flush()
            self.work(0.05)

    def send(self, msg_type: str, body: str) -> None:
        """`body` with '|' between fields."""
        self.session.send(msg_type, body.replace("|", "\x01"), _now())
        self._flush()

    def work(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while True:
            if self._socket is None:
                return
            left = end - time.monotonic()
            if not select.select([self._socket], [], [], max(left, 0))[0]:
                return
            try:
                data = self._socket.recv(1 << 16)
            except OSError:
                data = b""
            if not data:
                self._dropped()
                return
            for frame in self._framer.feed(data):
                assert isinstance(frame, bytes), f"garbled: {frame}"
                self.tape.append(frame)
                message = self.session.received(frame, _now())
                if message is not None:
                    self.messages.append(message)
            self._flush()

    def log_out(self, timeout_s: float = 5.0) -> None:
        """Until the other side has answered and hung up, so that nothing sent to us before is missed."""
        self.session.logout("", _now())
        self._flush()
        end = time.monotonic() + timeout_s
        while self._socket is not None and time.monotonic() < end:
            self.work(0.05)
        self.close()

    def close(self) -> None:
        if self._socket is not None:
            self._dropped()

    def _flush(self) -> None:
        data = b"".join(self.session.take())
        if data and self._socket is not None:
            try:
                self._socket.sendall(data)
            except OSError:
                self._dropped()

    def _dropped(self) -> None:
        assert self._socket is not None
        self._socket.close()
        self._socket = None
        self.session.disconnected(_now())


def _now() -> Ns:
    return Ns(time.time_ns())
