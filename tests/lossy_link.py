"""Two of our sessions joined by a link that loses messages and breaks, but never reorders; time is virtual.

Each side is a participant as the drivers run it: its state is the fold of its journal, what it says leaves once the
journal is durable, and a restart is replay of what was durable. So a restart may take back messages that were handled,
and never takes back one that was sent.
"""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from gateway.fix.reader import Message, Reader
from gateway.fix.session import Session, State
from gateway.model import Ns
from gateway.model.numbers import MILLISECOND, SECOND, parse_timestamp
from gateway.model.sessions import SessionConfig

START = Ns(parse_timestamp("20260105-14:30:00.000"))
CROWD = 1_500  # messages that nothing the scripts do can call for

_SEQ = re.compile(rb"\x0134=([0-9]+)\x01")
_REFUSAL = re.compile(rb"\x0145=([0-9]+)\x01.*\x01373=([0-9]+)\x01")
_TEXT = re.compile(rb"\x0158=([^\x01]*)\x01")
_NUMBER = re.compile(rb"\x0111=([^\x01]+)\x01")
_LETTER = re.compile(rb"\x0135=([^\x01]+)\x01")


@dataclass(frozen=True)
class Said:
    """A message its application wanted to send."""

    id: str
    at: Ns
    keep: bool
    order: bool


class Side:
    """One participant: a session, its application, its journal, and the end of the connection it has."""

    def __init__(self, name: str, config: SessionConfig, reader: Reader) -> None:
        self.name = name
        self.config = config
        self.offset = 0  # of its clock, nanoseconds
        self.connection = 0  # 0: none, as far as this side knows
        self.flight: deque[bytes | None] = deque()  # on the way to this side; None: the other end has closed
        self.journal: list[tuple[str, tuple[Any, ...]]] = []
        self.durable = 0  # inputs of the journal that a restart finds
        self.slow_disk = False  # nothing becomes durable
        self.leak = 0  # of what is sent to this side, each message of that number is lost; 0: none
        self.arrived = 0
        self.unsaid: list[tuple[int, bytes | None]] = []  # connection, and what leaves on it when all is durable
        self._reader = reader
        self._begin()

    def _begin(self) -> None:
        self.session = Session(self.config, self._reader)
        self.said: list[Said] = []
        self.left: set[str] = set()  # of what was said, ids of what has left
        self.given_up: set[str] = set()  # of those, what a reset of the numbers may have lost
        self.heard: list[str] = []
        self.refused: set[str] = set()  # heard, and rejected for their SendingTime(52)
        self.complaints: list[str] = []  # Text(58) of our Logouts
        self.reset_due = False  # an operator has said that the next Logon resets the numbers
        self._highest = 0  # MsgSeqNum(34) sent for the first time

    def replay(self) -> None:
        """A new process, and the journal."""
        before = self.durable, self.session.next_seq, self.session.expected_seq
        whole = self.durable == len(self.journal)
        del self.journal[self.durable :]
        self._begin()
        for name, arguments in self.journal:
            self.handle(name, arguments)
        if whole:
            assert before[1:] == (self.session.next_seq, self.session.expected_seq), "replay has to give the same"
        self.unsaid = []
        self.slow_disk = False

    def handle(self, name: str, arguments: tuple[Any, ...]) -> list[bytes | None]:
        session = self.session
        gone = session.hangup
        self.reset_due = name == "reset" or (self.reset_due and not session.logged_on)
        if name == "reset" or (name == "disconnected" and self.config.reset_on_disconnect):
            self.forget()
        if name == "send":
            self._send(*arguments)
        elif name == "received":
            self._received(*arguments)
        else:
            getattr(session, name)(*arguments)
        out = session.take()
        for data in out:
            self._check(data)
        return [*out, None] if session.hangup and not gone else [*out]

    def _send(self, keep: bool, order: bool, now: Ns) -> None:
        number = f"{self.name}{len(self.said):04}"
        self.said.append(Said(number, now, keep, order))
        body = f"11={number}\x0155=ACME\x0154=1\x01" + ("60=20260105-14:30:00\x0138=1\x0140=1\x01" if order else "")
        self.session.send("D" if order else "H", body, now, keep=keep)

    def _received(self, data: bytes, now: Ns) -> None:
        message = self.session.received(data, now)
        ready, self.session.ready = self.session.ready, []
        for heard in ready if message is None else (message, *ready):
            self._hear(heard)
        for said in self.session.out:
            refusal = _REFUSAL.search(said)
            if refusal is not None and _seq(said) > self._highest:
                self._refuse(refusal, data, now)

    def _hear(self, message: Message) -> None:
        if message.msg_type == "3":
            return
        assert message.msg_type in "DH", message
        number = message.get(11) or ""
        assert not self.heard or number > self.heard[-1], f"{self.name} heard {number} after {self.heard[-1]}"
        self.heard.append(number)

    def _refuse(self, refusal: re.Match[bytes], data: bytes, now: Ns) -> None:
        reason = refusal[2]
        sent_at = re.search(rb"\x0152=([^\x01]+)\x01", data)
        assert sent_at is not None
        off = abs(now - parse_timestamp(sent_at[1].decode()))
        assert reason == b"10" and off > 120 * SECOND, f"{self.name} refused {data!r}: {refusal.string!r}"
        if (number := _NUMBER.search(data)) is not None:
            self.refused.add(number[1].decode())

    def _check(self, data: bytes) -> None:
        """No number is used twice, and a Logout has its reason."""
        letter = _LETTER.search(data)
        assert letter is not None
        if letter[1] == b"A" and b"\x01141=Y\x01" in data:
            assert self.reset_due or self.config.reset_on_logon or not self.config.initiator
            self.forget()
        if letter[1] == b"5" and (text := _TEXT.search(data)) is not None:
            self.complaints.append(text[1].decode())
        if b"\x0143=Y\x01" not in data:
            assert _seq(data) > self._highest, f"{self.name} sends MsgSeqNum(34) {_seq(data)} again: {data!r}"
            self._highest = _seq(data)
        if (number := _NUMBER.search(data)) is not None:
            self.left.add(number[1].decode())

    def forget(self) -> None:
        """The numbers begin at 1 again: what has left and was not heard is lost."""
        self.given_up |= self.left
        self._highest = 0

    def may_miss(self, said: Said, now: Ns) -> bool:
        """Whether the other side need not have heard it."""
        stale = self.config.stale_order_s
        return (
            not said.keep
            or said.id in self.given_up
            or bool(said.order and stale and now + self.offset - said.at >= stale * SECOND)
        )


@dataclass
class Link:
    """The world of a script: two sides, what is in flight between them, and the faults. Each step takes a millisecond."""

    initiator: Side
    acceptor: Side
    now: Ns = START
    traffic: int = 0  # messages that arrived
    whole: bool = False  # the connection that both sides have is the same, and carries
    _connections: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._sides = {"I": self.initiator, "A": self.acceptor}

    def step(self, name: str, *arguments: Any) -> None:
        self.now = Ns(self.now + MILLISECOND)
        getattr(self, name)(*arguments)

    # -- what a script may say

    def nothing(self) -> None: ...

    def send(self, who: str, kind: str, times: int = 1) -> None:
        side = self._sides[who]
        for _ in range(times):
            self._tell(side, "send", kind != "fleeting", kind == "order")

    def deliver(self, who: str, count: int) -> None:
        side = self._sides[who]
        while count and side.flight:
            count -= 1
            self._arrive(side)

    def exchange(self) -> None:
        """All that is in flight arrives, and what it calls for."""
        limit = self.traffic + CROWD
        while self.initiator.flight or self.acceptor.flight:
            for side in (self.acceptor, self.initiator):
                while side.flight:
                    self._arrive(side)
                    assert self.traffic < limit, "the two do not come to an end"

    def drop(self, who: str, place: int) -> None:
        """One message in flight does not arrive."""
        flight = self._sides[who].flight
        if place < len(flight) and flight[place] is not None:
            del flight[place]

    def leak(self, who: str, every: int) -> None:
        """From now on each message of that number does not arrive; 0: all do."""
        self._sides[who].leak = every

    def lose_all(self, who: str) -> None:
        flight = self._sides[who].flight
        closed = bool(flight) and flight[-1] is None
        flight.clear()
        if closed:
            flight.append(None)

    def connect(self) -> None:
        if self.initiator.connection:
            return
        self._connections += 1
        self.initiator.connection = self._connections
        self.whole = not self.acceptor.connection
        self.initiator.flight.clear()
        if self.whole:
            self.acceptor.flight.clear()
        self._tell(self.initiator, "connected")
        if not self.whole and self.initiator.connection:
            self._down(self.initiator)  # A second connection of a session that still has one is refused.

    def meet(self) -> None:
        """They are logged on, or time passes until they may notice that they are not, and they log on."""
        self.exchange()
        if self.whole and all(side.session.logged_on for side in self._sides.values()):
            return
        self._pass(70 * SECOND, arriving=True)
        self.connect()
        self.exchange()

    def cut(self, who: str, arriving: int, told: bool) -> None:
        """The connection breaks: `who` knows at once, the other hears some of what is in flight, and the end if told."""
        side = self._sides[who]
        if not side.connection:
            return
        other = self._other(side)
        if self.whole:
            while len(other.flight) > arriving:
                other.flight.pop()
            if told:
                other.flight.append(None)
        self.whole = False
        self._down(side)

    def pass_time(self, seconds: int) -> None:
        """Nothing arrives meanwhile."""
        self._pass(seconds * SECOND, arriving=False)

    def live(self, seconds: int) -> None:
        """Everything arrives at once."""
        self.exchange()
        self._pass(seconds * SECOND, arriving=True)

    def step_clock(self, who: str, seconds: int) -> None:
        """A participant's time never goes back."""
        self._sides[who].offset += seconds * SECOND

    def set_clocks(self) -> None:
        """The slower one is set to the other."""
        latest = max(side.offset for side in self._sides.values())
        for side in self._sides.values():
            side.offset = latest

    def stall(self, who: str) -> None:
        self._sides[who].slow_disk = True

    def commit(self, who: str) -> None:
        side = self._sides[who]
        side.slow_disk = False
        self._release(side)

    def restart(self, who: str) -> None:
        side = self._sides[who]
        if self.whole and side.connection:
            self._other(side).flight.append(None)
            self.whole = False
        side.replay()
        if side.session.state is not State.DISCONNECTED:
            self._down(side)
        side.connection = 0
        side.flight.clear()

    def logout(self, who: str) -> None:
        self._tell(self._sides[who], "logout", "the day is over")

    def reset(self) -> None:
        """Both operators agree to begin at 1 again; the initiator's next Logon says so."""
        if self.initiator.session.state is State.DISCONNECTED:
            self._tell(self.initiator, "reset")

    # -- healing

    def heal(self) -> None:
        """No more faults: clocks agree, disks work, who waits at a dead connection is told."""
        for who, side in self._sides.items():
            self.commit(who)
            side.leak = 0
        self.set_clocks()
        if not self.whole or not self.initiator.config.heartbeat_s:
            # Without heartbeats a lost tail shows when the two meet again.
            for side in self._sides.values():
                if side.connection:
                    self._down(side)
                side.flight.clear()
            self.whole = False
        self._pass(SECOND, arriving=True)  # To whose clock was put on the other may seem to have been silent.
        for _ in range(100):
            self.exchange()
            synced = self.in_sync()
            self._pass(SECOND, arriving=True)
            if synced and self.in_sync():  # and nothing was still being sent again
                return
            if not self.initiator.connection:
                self.connect()
            else:
                self._pass(5 * SECOND, arriving=True)
        raise AssertionError(f"no end: {self}")

    def in_sync(self) -> bool:
        one, two = self.initiator.session, self.acceptor.session
        return (
            (one.logged_on and two.logged_on)
            and (one.expected_seq, two.expected_seq) == (two.next_seq, one.next_seq)
            and not any(side.flight or side.unsaid for side in self._sides.values())
        )

    def sides(self) -> Iterator[tuple[Side, Side]]:
        yield self.initiator, self.acceptor
        yield self.acceptor, self.initiator

    # -- how it works

    def _other(self, side: Side) -> Side:
        return self.acceptor if side is self.initiator else self.initiator

    def _tell(self, side: Side, name: str, *arguments: Any) -> None:
        """One input, at this side's now; then what it says, once that is durable."""
        item = (*arguments, Ns(self.now + side.offset))
        side.journal.append((name, item))
        out = side.handle(name, item)
        assert side.connection or not out, f"{side.name} speaks to nobody: {out}"
        side.unsaid += [(side.connection, data) for data in out]
        if not side.slow_disk:
            self._release(side)

    def _release(self, side: Side) -> None:
        side.durable = len(side.journal)
        unsaid, side.unsaid = side.unsaid, []
        for connection, data in unsaid:
            if connection != side.connection:
                continue
            if self.whole:
                self._other(side).flight.append(data)
            if data is None:
                self.whole = False
                self._down(side)

    def _down(self, side: Side) -> None:
        side.connection = 0
        side.flight.clear()
        self._tell(side, "disconnected")

    def _arrive(self, side: Side) -> None:
        data = side.flight.popleft()
        if data is None:
            if side.connection:
                self.whole = False
                self._down(side)
            return
        self.traffic += 1
        side.arrived += 1
        if side.leak and side.arrived % side.leak == 0:
            return
        if not side.connection:  # The acceptor's session learns of a connection by the first message on it.
            side.connection = self._connections
            self._tell(side, "connected")
        if not side.session.hangup:
            self._tell(side, "received", data)

    def _pass(self, span: int, *, arriving: bool) -> None:
        until = self.now + span
        for _ in range(CROWD):
            due = [
                (wake_at - side.offset, side)
                for side in self._sides.values()
                if (wake_at := side.session.wake_at()) is not None
            ]
            first = min((at for at, _ in due), default=until + 1)
            if first > until:
                self.now = Ns(until)
                return
            self.now = Ns(max(self.now, first))
            for at, side in due:
                if at <= self.now:
                    self._tell(side, "timer")
            if arriving:
                self.exchange()
        raise AssertionError(f"a timer that is not answered: {self}")


def _seq(data: bytes) -> int:
    found = _SEQ.search(data)
    assert found is not None
    return int(found[1])
