"""A conversation of many peers with one Engine: who is let in, to which session, and when."""

from collections.abc import Sequence
from typing import Any

import msgspec

from gateway.fix.dictionary import default
from gateway.fix.engine import Engine
from gateway.fix.frame import GarbledBytes
from gateway.fix.reader import Message
from gateway.fix.session import Session
from gateway.model import (
    Close,
    Command,
    Garbled,
    LinkDown,
    LinkUp,
    Ns,
    Output,
    Received,
    Send,
    SessionConfig,
    Started,
    Timer,
)
from tests.conversation.language import START, Language, Line, ScriptError, Transcript, read_script, span
from tests.conversation.links import Frames, Link, Net
from tests.conversation.peer import Peer
from tests.conversation.wire import decode


class _Told:
    """An application that keeps what it gets."""

    def __init__(self) -> None:
        self.delivered: list[tuple[str, Message]] = []

    def received(self, session: Session, message: Message, now: Ns) -> None:  # noqa: ARG002
        self.delivered.append((session.name, message))

    def logged_on(self, session: Session, now: Ns) -> None: ...
    def leaving(self, session: Session, now: Ns) -> None: ...

    def logged_out(self, session: Session, now: Ns, *, politely: bool) -> None: ...
    def stale(self, session: Session, data: bytes, now: Ns) -> None: ...
    def kept(self, session: Session, data: bytes) -> None: ...


class Switchboard:
    """An engine, and peers by the names a script gives them.

    A line is `one connect` (or `one called`: we call that session's counterparty), `one > Message ...`,
    `one < Message ...`, `one < disconnect`, `one disconnect`, `operator name session="..." ...`, or `+30s`.
    `passwords` is whose Logon has to have which Password(554), looked at as a driver does, before the engine sees it.
    """

    def __init__(
        self, sessions: Sequence[SessionConfig], net: Net, *, passwords: dict[str, str] | None = None, now: Ns = START
    ) -> None:
        self.now = now
        self.told = _Told()
        self.engine = Engine(self.told)
        self.engine.handle(Started(now, msgspec.json.encode({"sessions": sessions})))
        self.language = Language(default())
        self._passwords = passwords or {}
        self._net = net
        self._transcript = Transcript(self.language)
        self._peers: dict[str, Peer] = {}
        self._ends: dict[str, Link] = {}  # by the peers' names
        self._links: dict[int, Link] = {}
        self._numbers: dict[Link, int] = {}
        self._count = 0
        self._port = ""  # of the link that comes next

    @property
    def delivered(self) -> list[tuple[str, str | None]]:
        """Session and ClOrdID(11) of each application message."""
        return [(name, message.get(11)) for name, message in self.told.delivered]

    def run(self, script: str, **peers: str) -> None:
        """`peers` are the names in the script, each with its CompID."""
        __tracebackhide__ = True
        for who, comp_id in peers.items():
            self._peers[who] = Peer(self._transcript, us="GATEWAY", peer=comp_id, who=who)
        for line in read_script(script, (*self._peers, "operator")):
            if line.verb != "<":
                self._nothing_left(f"before line {line.number}")
            self._transcript.line(line)
            self._perform(line)
        self._nothing_left("at the end")

    def _perform(self, line: Line) -> None:
        __tracebackhide__ = True
        if line.verb == "+":
            self._pass(span(line.words[0]))
        elif line.who == "operator":
            arguments: dict[str, Any] = {"why": "a test", **dict(word.split("=", 1) for word in line.words)}
            self._give(Command(self.now, line.verb, "operator", msgspec.json.encode(arguments)))
            assert self.engine.command_error is None, self.engine.command_error
        elif line.verb == "<":
            self._peers[line.who].expects(line, self.now)
            return
        elif line.verb == ">":
            self._ends[line.who].hear(self._peers[line.who].says(line.words, self.now), self.now)
        elif line.verb == "disconnect":
            self._ends[line.who].cut(self.now)
        elif line.verb in ("connect", "called"):
            calling = line.verb == "called"
            self._port = self._peers[line.who].peer if calling else "in"
            self._ends[line.who] = self._net.open(self, self.now, calling=calling)
        else:
            raise ScriptError(f"line {line.number}: '{line.verb}' is no verb: {line.text}")
        self._collect()
        self._pass(Ns(0))

    def close(self) -> None:
        self._net.close()

    # -- tests.conversation.links.Owner

    def up(self, link: Link, now: Ns) -> None:
        self._count += 1
        self._links[self._count] = link
        self._numbers[link] = self._count
        self._give(LinkUp(now, self._count, self._port, f"peer:{self._count}"))

    def heard(self, link: Link, frames: Frames, now: Ns) -> None:
        number = self._numbers[link]
        outputs: list[Output] = []
        for frame in frames:
            if isinstance(frame, GarbledBytes):
                outputs += self.engine.handle(Garbled(now, number, frame.data))
                continue
            wire = decode(frame)
            secret = self._passwords.get(wire.get(49) or "")
            if wire.msg_type == "A" and secret is not None and wire.get(554) != secret:
                wrong = msgspec.json.encode({"link": number, "why": "wrong password"})
                outputs += self.engine.handle(Command(now, "refuse", "driver", wrong))
            outputs += self.engine.handle(Received(now, number, frame))
        self._act(outputs)

    def down(self, link: Link, now: Ns) -> None:
        self._give(LinkDown(now, self._numbers[link], "closed"))

    def _give(self, item: Any) -> None:
        self._act(self.engine.handle(item))

    def _act(self, outputs: Sequence[Output]) -> None:
        for output in outputs:
            if isinstance(output, Send):
                self._links[output.link].say(output.data)
            elif isinstance(output, Close):
                self._links[output.link].hang_up()

    # -- time, and what came of it

    def _pass(self, distance: Ns) -> None:
        until = Ns(self.now + distance)
        while (wake := self.engine.wake_at()) is not None and wake <= until:
            self.now = max(self.now, wake)
            self._give(Timer(self.now))
            self._collect()
        self.now = until

    def _collect(self) -> None:
        self._net.settle(self.now)
        for who, end in self._ends.items():
            self._peers[who].hears(end.take())

    def _nothing_left(self, when: str) -> None:
        __tracebackhide__ = True
        for peer in self._peers.values():
            peer.nothing_left(when)
