"""The gateway's counterparties as scripted by a test: the dull half of a FIX session, done silently and strictly.

A Party logs on, counts both sides' MsgSeqNums, answers TestRequest, ResendRequest and Logout, asks for what is missing,
and raises AssertionError where the gateway breaks the protocol. All else lands in its `inbox` for the script.
"""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.model import Ns, print_timestamp
from tests.conversation.wire import Pair, Wire, encode

SILENT = ("A", "0", "1", "2", "4")  # session messages that no test names unless it is about them
_ADMIN = (*SILENT, "3", "5")
HANG_UP = None  # in an inbox: the gateway closed the connection


@dataclass(frozen=True, slots=True)
class Sent:
    msg_type: str
    body: tuple[Pair, ...]
    at: Ns


class Party(ABC):
    """One end of a FIX session. What it wants to send is returned as bytes; the World carries it."""

    silent: tuple[str, ...] = SILENT  # MsgTypes that reach the inbox only where the script names them

    def __init__(self, name: str, comp_id: str, gateway_comp_id: str, *, initiator: bool, heartbeat_s: int) -> None:
        self.name = name
        self.comp_id = comp_id
        self.gateway_comp_id = gateway_comp_id
        self.initiator = initiator
        self.heartbeat_s = heartbeat_s
        self.link: int | None = None
        self.logged_on = False
        self.inbox: deque[Wire | None] = deque()
        self.ids = 0  # for ClOrdIDs, OrderIDs and ExecIDs that no script gives
        self._next_out = 1
        self._expected = 1
        self._sent: dict[int, Sent] = {}
        self._asked_from = 0  # first number of the gap we asked for, 0 when none is open
        self._leaving = False

    def next_id(self) -> str:
        self.ids += 1
        return f"{self.name}-{self.ids}"

    def connected(self, link: int, now: Ns) -> list[bytes]:
        self.link, self._asked_from, self._leaving = link, 0, False
        return [self.logon(now)] if self.initiator else []

    def disconnected(self) -> None:
        self.link, self.logged_on = None, False

    def logon(self, now: Ns) -> bytes:
        return self.say("A", [(98, "0"), (108, str(self.heartbeat_s))], now)

    def say(self, msg_type: str, body: Sequence[Pair], now: Ns) -> bytes:
        return self.encode(msg_type, self.header(now), body, now)

    def header(self, now: Ns) -> list[Pair]:
        return [
            (49, self.comp_id),
            (56, self.gateway_comp_id),
            (34, str(self._next_out)),
            (52, print_timestamp(now)),
        ]

    def encode(self, msg_type: str, header: Sequence[Pair], body: Sequence[Pair], now: Ns) -> bytes:
        """Numbered as the header says, and kept for a ResendRequest if that is the next number."""
        seq = next((value for tag, value in header if tag == 34), "")
        if (141, "Y") in body:
            self._sent.clear()
            self._next_out = self._expected = 1
        if seq == str(self._next_out):
            self._sent[self._next_out] = Sent(msg_type, tuple(body), now)
            self._next_out += 1
            self._leaving = self._leaving or msg_type == "5"
        return encode(msg_type, header, body)

    def receive(self, wire: Wire, now: Ns, named: frozenset[str]) -> list[bytes]:
        """Our immediate answers. Session messages of a type in `named` are left to the script."""
        assert wire.get(49) == self.gateway_comp_id, f"SenderCompID(49) should be {self.gateway_comp_id}"
        assert wire.get(56) == self.comp_id, f"TargetCompID(56) should be {self.comp_id}"
        assert self.logged_on or wire.msg_type in ("A", "5"), "the first message has to be a Logon"
        if wire.msg_type == "A" and wire.get(141) == "Y":
            self._expected = 1
        answers: list[bytes] = []
        if wire.msg_type == "4" and wire.get(123) != "Y":
            self._expected = int(wire.get(36) or 0)
            return answers
        if wire.seq < self._expected:
            assert wire.poss_dup, f"MsgSeqNum(34) too low, expecting {self._expected} but received {wire.seq}"
            return answers
        if wire.seq > self._expected:
            return self._gap(wire, now, named)
        self._expected = int(wire.get(36) or 0) if wire.msg_type == "4" else wire.seq + 1
        if self._expected > self._asked_from:
            self._asked_from = 0
        return self._take(wire, now, named)

    def _gap(self, wire: Wire, now: Ns, named: frozenset[str]) -> list[bytes]:
        """What is beyond the gap comes again; only a Logon and a ResendRequest act at once (FIX vol. 2)."""
        answers = self._take(wire, now, named) if wire.msg_type in ("A", "2") else []
        if not self._asked_from:
            self._asked_from = wire.seq
            answers.append(self.say("2", [(7, str(self._expected)), (16, "0")], now))
        return answers

    def _take(self, wire: Wire, now: Ns, named: frozenset[str]) -> list[bytes]:
        kind = wire.msg_type
        if kind not in self.silent or kind in named:
            self.inbox.append(wire)
        self.observe(wire)
        if kind == "A":
            answer = not self.initiator and not self.logged_on and kind not in named
            self.logged_on = True
            return [self.logon(now)] if answer else []
        if kind == "1" and kind not in named:
            return [self.say("0", [(112, wire.get(112) or "")], now)]
        if kind == "2" and kind not in named:
            return self._resend(int(wire.get(7) or 0), int(wire.get(16) or 0), now)
        if kind == "5" and not self._leaving:
            return [self.say("5", [], now)]
        return []

    def _resend(self, begin: int, end: int, now: Ns) -> list[bytes]:
        last = min(end or self._next_out - 1, self._next_out - 1)
        answers: list[bytes] = []
        gap_from = 0
        for seq in range(begin, last + 1):
            sent = self._sent.get(seq)
            if sent is None or sent.msg_type in _ADMIN:
                gap_from = gap_from or seq
                continue
            if gap_from:
                answers.append(self._fill(gap_from, seq, now))
                gap_from = 0
            answers.append(self._again(seq, sent.msg_type, sent.body, sent.at, now))
        if gap_from:
            answers.append(self._fill(gap_from, last + 1, now))
        return answers

    def _fill(self, begin: int, next_seq: int, now: Ns) -> bytes:
        return self._again(begin, "4", [(123, "Y"), (36, str(next_seq))], now, now)

    def _again(self, seq: int, msg_type: str, body: Sequence[Pair], first: Ns, now: Ns) -> bytes:
        header = [
            (49, self.comp_id),
            (56, self.gateway_comp_id),
            (34, str(seq)),
            (43, "Y"),
            (52, print_timestamp(now)),
            (122, print_timestamp(first)),
        ]
        return encode(msg_type, header, body)

    @abstractmethod
    def observe(self, wire: Wire) -> None:
        """Keep what later lines of the script will refer to."""

    @abstractmethod
    def defaults(self, msg_type: str, said: dict[int, str], now: Ns) -> list[Pair]:
        """Body fields for a message of which the script says only `said`."""
