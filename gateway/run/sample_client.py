"""A FIX 4.4 client to copy: logs on, sends an order, follows it to its end, logs out. Needs simplefix, nothing else.

It keeps no messages. A ResendRequest(2) is therefore answered with a gap fill: an order of a moment ago is not sent
again. Without a file for its sequence numbers it begins each session at 1 with ResetSeqNumFlag(141)=Y.
"""

import select
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import simplefix
from simplefix.errors import ParsingError

Message = tuple[tuple[int, str], ...]  # (tag, value) as they stand on the wire
OnMessage = Callable[[str, Message], None]  # '>' sent or '<' received, and the message

SIDES = {"BUY": "1", "SELL": "2", "SELL_SHORT": "5", "SELL_SHORT_EXEMPT": "6"}  # Side(54)
TIMES_IN_FORCE = {"DAY": "0", "GTC": "1", "IOC": "3", "FOK": "4"}  # TimeInForce(59)

_ENDED = {"2", "3", "4", "8", "C"}  # OrdStatus(39): Filled, Done for day, Canceled, Rejected, Expired
_SESSION = {"0", "1", "2", "4", "5", "A"}  # MsgType(35)s that end here; a Reject(3) is an answer to something of ours
_MAX_UNREAD = 1 << 16  # bytes that may wait for the end of their message


class SessionError(Exception):
    """The session cannot go on, or never began; the text says why."""


class LogonFailed(SessionError):
    """Not connected, or not let in."""


def value(message: Message, tag: int) -> str:
    """The first value of `tag`, '' if there is none."""
    return next((text for number, text in message if number == tag), "")


def timestamp() -> str:
    return f"{datetime.now(UTC):%Y%m%d-%H:%M:%S.%f}"[:-3]


class FixClient:
    """One session, as the side that calls. Blocking: it reads, and keeps the session alive, while `receive` waits."""

    def __init__(
        self,
        sender: str,
        target: str,
        *,
        heartbeat_s: int = 30,
        numbers: Path | None = None,  # file of the next two MsgSeqNums, so that they continue
        on_message: OnMessage = lambda _direction, _message: None,
    ) -> None:
        self.sender = sender
        self.target = target
        self.heartbeat_s = heartbeat_s
        self.next_out = 1
        self.next_in = 1
        self._numbers = numbers
        self._reset = numbers is None or not numbers.exists()
        if numbers is not None and not self._reset:
            self.next_out, self.next_in = map(int, numbers.read_text().split())
        self._on_message = on_message
        self._socket: socket.socket | None = None
        self._parser = simplefix.FixParser()
        self._inbox: deque[Message] = deque()  # read from the socket, not yet looked at
        self._resend_asked = False
        self._leaving = False
        self._last_sent = self._last_received = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def logon(self, host: str, port: int, timeout_s: float = 10) -> None:
        """Connect and log on. Raises LogonFailed."""
        try:
            self._socket = socket.create_connection((host, port), timeout_s)
        except OSError as error:
            raise LogonFailed(
                f"no connection to {host}:{port}: {error.strerror or error}; is a gateway running there?"
            ) from None
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._last_received = time.monotonic()
        reset = ((141, "Y"),) if self._reset else ()
        self.send("A", ((98, "0"), (108, str(self.heartbeat_s)), *reset))
        try:
            answer = self._next_message(time.monotonic() + timeout_s)
        except SessionError as error:
            hint = f"does it know SenderCompID(49) {self.sender} and TargetCompID(56) {self.target}?"
            raise LogonFailed(f"{error} before answering the Logon; {hint}") from None
        if answer is None:
            raise LogonFailed(f"{host}:{port} did not answer the Logon within {timeout_s:g} s")
        if value(answer, 35) != "A":
            raise LogonFailed(f"Logon refused: {value(answer, 58) or 'MsgType(35) ' + value(answer, 35)}")
        self._in_turn(answer)

    def send(self, msg_type: str, body: Iterable[tuple[int, str]]) -> int:
        """Send a message; header and trailer are added. Returns its MsgSeqNum(34)."""
        seq = self.next_out
        self.next_out += 1
        self._keep_numbers()
        self._write(msg_type, seq, body)
        return seq

    def receive(self, timeout_s: float) -> Message | None:
        """The next application message, None if none came in time. Answers session messages by itself.

        Raises SessionError.
        """
        deadline = time.monotonic() + timeout_s
        while (message := self._next_message(deadline)) is not None:
            if self._in_turn(message) and value(message, 35) not in _SESSION:
                return message
        return None

    def logout(self, timeout_s: float = 5) -> None:
        """Say Logout and wait for the answer, so that nothing sent to us before it is lost. Raises SessionError."""
        self._leaving = True
        self.send("5", ())
        deadline = time.monotonic() + timeout_s
        while (message := self._next_message(deadline)) is not None:
            self._in_turn(message)
            if value(message, 35) == "5":
                break
        self.close()

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _write(self, msg_type: str, seq: int, body: Iterable[tuple[int, str]]) -> None:
        if self._socket is None:
            raise SessionError("not connected")
        header = ((35, msg_type), (49, self.sender), (56, self.target), (34, str(seq)), (52, timestamp()))
        message = simplefix.FixMessage()
        message.append_pair(8, "FIX.4.4")
        for tag, text in (*header, *body):
            message.append_pair(tag, text.encode("latin-1"))
        try:
            self._socket.sendall(message.encode())  # adds BodyLength(9) and CheckSum(10)
        except OSError as error:
            raise SessionError(f"connection lost: {error.strerror or error}") from None
        self._last_sent = time.monotonic()
        self._on_message(">", _pairs(message))

    def _next_message(self, deadline: float) -> Message | None:
        """The next message of any kind; None at the deadline."""
        while not self._inbox:
            now = time.monotonic()
            if now >= self._last_sent + self.heartbeat_s:
                self.send("0", ())
            if now >= self._last_received + 2 * self.heartbeat_s:
                raise SessionError(f"nothing heard for {2 * self.heartbeat_s} s")
            if self._socket is None:
                raise SessionError("not connected")
            wait = min(deadline, self._last_sent + self.heartbeat_s, self._last_received + 2 * self.heartbeat_s) - now
            if select.select([self._socket], [], [], max(wait, 0))[0]:
                self._read(self._socket)
            elif now >= deadline:
                return None
        message = self._inbox.popleft()
        self._on_message("<", message)
        return message

    def _read(self, connection: socket.socket) -> None:
        try:
            data = connection.recv(_MAX_UNREAD)
        except OSError as error:
            raise SessionError(f"connection lost: {error.strerror or error}") from None
        if not data:
            raise SessionError("the other side closed the connection")
        self._last_received = time.monotonic()
        self._parser.append_buffer(data)
        try:
            while (message := self._parser.get_message()) is not None:
                self._inbox.append(_pairs(message))
        except (ParsingError, ValueError) as error:
            raise SessionError(f"what came is not FIX: {error}") from None
        if len(self._parser.get_buffer()) > _MAX_UNREAD or len(self._parser.pairs) > _MAX_UNREAD // 4:
            raise SessionError("what came is not FIX: no end of message in sight")

    def _in_turn(self, message: Message) -> bool:
        """Keep the session's rules; True if the message is the next one and may be looked at."""
        msg_type = value(message, 35)
        try:
            seq = int(value(message, 34))
            if msg_type == "4" and value(message, 123) != "Y":
                self.next_in = int(value(message, 36))  # SequenceReset-Reset: its own number does not count
                return False
            if msg_type == "2":
                self._fill_gap(int(value(message, 7)))  # at once, even when a gap is on our side too
            if seq < self.next_in:
                if value(message, 43) == "Y":
                    return False
                raise SessionError(f"MsgSeqNum(34) too low, expecting {self.next_in} but received {seq}")
            if seq > self.next_in:
                if not self._resend_asked:
                    self._resend_asked = True
                    self.send("2", ((7, str(self.next_in)), (16, "0")))
                return False  # it comes again, in its turn
            self._resend_asked = False
            self.next_in = int(value(message, 36)) if msg_type == "4" else seq + 1
        except ValueError:
            raise SessionError("a MsgSeqNum(34), BeginSeqNo(7) or NewSeqNo(36) is not a number") from None
        self._keep_numbers()
        if msg_type == "1":
            self.send("0", ((112, value(message, 112)),))
        elif msg_type == "5" and not self._leaving:
            self.send("5", ())
            raise SessionError(f"logged out by the other side: {value(message, 58) or 'no reason given'}")
        return True

    def _fill_gap(self, begin: int) -> None:
        now = timestamp()
        self._write("4", begin, ((43, "Y"), (122, now), (123, "Y"), (36, str(self.next_out))))

    def _keep_numbers(self) -> None:
        if self._numbers is not None:
            self._numbers.write_text(f"{self.next_out} {self.next_in}\n")


def _pairs(message: simplefix.FixMessage) -> Message:
    return tuple((int(tag), text.decode("latin-1")) for tag, text in message.pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    side: str  # a key of SIDES
    quantity: str
    symbol: str
    price: str | None = None  # None: a market order
    time_in_force: str = "DAY"  # a key of TIMES_IN_FORCE
    algo: str | None = None  # TargetStrategy(847); None: straight to the venues
    parameters: tuple[tuple[str, str, str], ...] = ()  # StrategyParametersGrp: name(958), type(959), value(960)

    def fields(self, cl_ord_id: str) -> list[tuple[int, str]]:
        """The body of its NewOrderSingle(D)."""
        body = [
            (11, cl_ord_id),
            (55, self.symbol),
            (54, SIDES[self.side]),
            (60, timestamp()),
            (38, self.quantity),
            (40, "1" if self.price is None else "2"),
            (59, TIMES_IN_FORCE[self.time_in_force]),
        ]
        if self.price is not None:
            body.append((44, self.price))
        if self.algo is not None:
            body += [(18, "e"), (847, self.algo)]  # ExecInst(18)=e: work to the target strategy
        if self.parameters:
            body.append((957, str(len(self.parameters))))
            for name, kind, value in self.parameters:
                body += [(958, name), (959, kind), (960, value)]
        return body


@dataclass(frozen=True, slots=True)
class Result:
    """How an order stood when we stopped looking."""

    cl_ord_id: str
    ord_status: str = ""  # OrdStatus(39) of the last report; '' before the first
    cum_qty: str = "0"
    avg_px: str = "0"
    text: str = ""

    @property
    def filled(self) -> bool:
        return self.ord_status == "2"


def send_order(
    order: Order,
    *,
    host: str = "127.0.0.1",
    port: int = 9878,
    sender: str = "CLIENT",
    target: str = "GATEWAY",
    numbers: Path | None = None,
    wait_s: float | None = None,  # None: until the order ends
    on_message: OnMessage = lambda _direction, _message: None,
) -> Result:
    """Log on, send `order`, follow it to its end, log out. Raises SessionError; LogonFailed if it never began."""
    cl_ord_id = f"C{time.time_ns() // 1000:X}"
    result = Result(cl_ord_id)
    with FixClient(sender, target, numbers=numbers, on_message=on_message) as client:
        client.logon(host, port)
        seq = client.send("D", order.fields(cl_ord_id))
        deadline = time.monotonic() + (float("inf") if wait_s is None else wait_s)
        while result.ord_status not in _ENDED and time.monotonic() < deadline:
            message = client.receive(min(deadline - time.monotonic(), 3600))
            if message is None:
                continue
            if value(message, 35) == "8" and cl_ord_id in (value(message, 11), value(message, 41)):
                status, cum_qty, avg_px = value(message, 39), value(message, 14), value(message, 6)
                result = Result(cl_ord_id, status, cum_qty, avg_px, value(message, 58))
            elif value(message, 35) in ("3", "j") and value(message, 45) == str(seq):
                result = Result(cl_ord_id, "8", text=value(message, 58))  # refused without a report
        with suppress(SessionError):  # the order's end is known; how the session ends does not change it
            client.logout()
    return result
