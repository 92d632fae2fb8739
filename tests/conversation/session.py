"""A conversation with one session of ours: bytes in, bytes out, and time only where the script lets it pass."""

from collections import deque
from collections.abc import Sequence
from typing import Any, Literal, Protocol

from gateway.fix.dictionary import Dictionary, default
from gateway.fix.frame import Framer, GarbledBytes
from gateway.model import Ns, print_timestamp
from tests.conversation.compose import ADMIN_DEFAULTS, compose, parameter_pairs
from tests.conversation.language import START, Language, Line, ScriptError, Transcript, read_script, span
from tests.conversation.wire import SOH, Wire, decode, encode

_TIMERS_AT_ONCE = 100  # a session that wants to be woken more often than this at one instant would never sleep


class Sided(Protocol):
    """What a conversation needs of a session."""

    hangup: bool

    def connected(self, now: Ns) -> None: ...
    def received(self, data: bytes, now: Ns) -> Any: ...
    def disconnected(self, now: Ns) -> None: ...
    def timer(self, now: Ns) -> None: ...
    def wake_at(self) -> Ns | None: ...
    def send(self, msg_type: str, body: str, now: Ns) -> None: ...
    def logout(self, text: str, now: Ns) -> None: ...
    def take(self) -> list[bytes]: ...


def converse(
    script: str, *, role: Literal["acceptor", "initiator"] = "acceptor", heartbeat_s: int = 30, **options: Any
) -> "Conversation":
    """Run a script against a fresh, connected session; further options are SessionConfig's."""
    from gateway.fix.session import Session, SessionConfig

    config = SessionConfig(
        sender="GATEWAY", target="CLIENT", initiator=role == "initiator", heartbeat_s=heartbeat_s, **options
    )
    conversation = Conversation(Session(config, default()))
    conversation.run(script)
    return conversation


class Conversation:
    """One session and its scripted peer.

    Beyond messages a script may say `> disconnect`, `> connect`, `< disconnect` (we hang up), `> raw 8=FIX|...` (bytes,
    `|` for SOH), `send Message ...` (our application sends) and `logout "text"` (our operator does).
    `delivered` are the application messages that the session let through.
    """

    def __init__(
        self,
        session: Sided,
        *,
        us: str = "GATEWAY",
        peer: str = "CLIENT",
        dictionary: Dictionary | None = None,
        now: Ns = START,
    ) -> None:
        self.session = session
        self.us = us
        self.peer = peer
        self.now = now
        self.language = Language(dictionary or default())
        self.delivered: list[Any] = []
        self._transcript = Transcript(self.language)
        self._answers: deque[Wire | None] = deque()  # None: we hung up
        self._hung_up = False
        self._framer = Framer()
        self._next_seq = 1  # the peer's
        session.connected(now)
        self._collect()

    def run(self, script: str) -> None:
        __tracebackhide__ = True
        for line in read_script(script):
            if line.verb != "<":
                self._nothing_left(f"before line {line.number}")
            self._transcript.line(line)
            try:
                self._perform(line)
            except ScriptError as unclear:
                raise ScriptError(f"line {line.number}: {unclear}: {line.text}") from None
        self._nothing_left("at the end")

    def _perform(self, line: Line) -> None:
        __tracebackhide__ = True
        if line.verb == "<":
            self._expect(line)
            return
        if line.verb == "+":
            self._pass(span(line.words[0]))
        elif line.verb == ">":
            self._arrive(line.words)
        elif line.verb == "send":
            msg_type = self.language.msg_type(line.words[0])
            given = self.language.read(msg_type, line.words[1:], self.now, sending=True)
            body = [*given.pairs, *parameter_pairs(given.parameters)]
            self.session.send(msg_type, "".join(f"{tag}={value}{SOH}" for tag, value in body), self.now)
        elif line.verb == "logout":
            self.session.logout(" ".join(line.words), self.now)
        else:
            raise ScriptError(f"'{line.verb}' is no verb")
        self._collect()
        self._pass(Ns(0))

    def _arrive(self, words: Sequence[str]) -> None:
        name, *rest = words
        if name == "connect":
            self._hung_up = False
            self.session.connected(self.now)
        elif name == "disconnect":
            self.session.disconnected(self.now)
        else:
            data = " ".join(rest).replace("|", SOH).encode("latin-1") if name == "raw" else self._message(name, rest)
            for frame in self._framer.feed(data):
                if not isinstance(frame, GarbledBytes):
                    message = self.session.received(frame, self.now)
                    if message is not None:
                        self.delivered.append(message)

    def _message(self, name: str, words: Sequence[str]) -> bytes:
        msg_type = self.language.msg_type(name)
        given = self.language.read(msg_type, words, self.now, sending=True)
        seq = next((int(value) for tag, value in given.pairs if tag == 34 and value.isdigit()), self._next_seq)
        if (141, "Y") in given.pairs or (43, "Y") not in given.pairs:
            self._next_seq = seq + 1
        outer = [(49, self.peer), (56, self.us), (34, str(seq)), (52, print_timestamp(self.now))]
        header, body = compose(self.language.dictionary, given, outer, ADMIN_DEFAULTS.get(msg_type, ()))
        self._transcript.passed("", ">", Wire(((35, msg_type), *header, *body)))
        return encode(msg_type, header, body)

    def _pass(self, distance: Ns) -> None:
        __tracebackhide__ = True
        until = Ns(self.now + distance)
        fired, instant = 0, self.now
        while (wake := self.session.wake_at()) is not None and wake <= until:
            self.now = max(self.now, wake)
            fired = fired + 1 if self.now == instant else 0
            instant = self.now
            if fired > _TIMERS_AT_ONCE:
                raise self._transcript.failure(f"the session asks to be woken at {wake} again and again")
            self.session.timer(self.now)
            self._collect()
        self.now = until

    def _collect(self) -> None:
        for data in self.session.take():
            wire = decode(data)
            self._transcript.passed("", "<", wire)
            for tag, value in ((49, self.us), (56, self.peer)):
                if wire.get(tag) != value:
                    raise self._transcript.failure(f"{self.language.label(tag)} should be {value}", f"{data!r}")
            self._answers.append(wire)
        if self.session.hangup and not self._hung_up:
            self._hung_up = True
            self._answers.append(None)

    def _expect(self, line: Line) -> None:
        __tracebackhide__ = True
        if not self._answers:
            raise self._transcript.failure(f"line {line.number} expects an answer, and none came")
        answer = self._answers.popleft()
        if line.words[0] == "disconnect":
            if answer is not None:
                raise self._transcript.failure(
                    f"line {line.number} expects us to hang up, we sent", self.language.show(answer)
                )
            self.session.disconnected(self.now)
            return
        if answer is None:
            raise self._transcript.failure(f"line {line.number} expects a message, we hung up")
        if wrong := self.language.mismatch(answer, line, self.now):
            raise self._transcript.failure(
                f"line {line.number} expects another answer", *wrong, "", f"got < {self.language.show(answer)}"
            )

    def _nothing_left(self, when: str) -> None:
        __tracebackhide__ = True
        if self._answers:
            shown = ("< " + (self.language.show(answer) if answer else "disconnect") for answer in self._answers)
            raise self._transcript.failure(f"{when} there are answers that nobody expected", *shown)
