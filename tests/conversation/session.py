"""A conversation with one session of ours: bytes in, bytes out, and time only where the script lets it pass.

The bytes are handed over, or go over TCP (`tests.conversation.links`); the script is the same.
"""

from typing import Any, Literal, Protocol

from gateway.fix.dictionary import Dictionary, default
from gateway.fix.frame import GarbledBytes
from gateway.model import Ns
from tests.conversation.compose import parameter_pairs
from tests.conversation.language import START, Language, Line, ScriptError, Transcript, read_script, span
from tests.conversation.links import Frames, Handed, Link, Net, Tcp
from tests.conversation.peer import Peer
from tests.conversation.wire import SOH

_TIMERS_AT_ONCE = 100  # a session that wants to be woken more often than this at one instant would never sleep


class Sided(Protocol):
    """What a conversation needs of a session."""

    hangup: bool
    ready: list[Any]

    def connected(self, now: Ns) -> None: ...
    def received(self, data: bytes, now: Ns) -> Any: ...
    def disconnected(self, now: Ns) -> None: ...
    def timer(self, now: Ns) -> None: ...
    def wake_at(self) -> Ns | None: ...
    def send(self, msg_type: str, body: str, now: Ns) -> None: ...
    def logout(self, text: str, now: Ns) -> None: ...
    def refuse(self, message: Any, reason: str, text: str, now: Ns) -> None: ...
    def take(self) -> list[bytes]: ...


class Hosted:
    """A session as the owner of its link: what every driver does with one."""

    def __init__(self, session: Sided) -> None:
        self.session = session
        self.link: Link | None = None
        self.delivered: list[Any] = []

    def up(self, link: Link, now: Ns) -> None:
        self.link = link
        self.session.connected(now)
        self.flush()

    def heard(self, link: Link, frames: Frames, now: Ns) -> None:  # noqa: ARG002 - it has one
        for frame in frames:
            if not isinstance(frame, GarbledBytes):
                message = self.session.received(frame, now)
                self.delivered += [*([] if message is None else [message]), *self.session.ready]
                self.session.ready.clear()
        self.flush()

    def down(self, link: Link, now: Ns) -> None:
        if link is self.link:
            self.link = None
            self.session.disconnected(now)

    def flush(self) -> None:
        if self.link is not None:
            if said := b"".join(self.session.take()):
                self.link.say(said)
            if self.session.hangup:
                self.link.hang_up()


def converse(
    script: str,
    *,
    role: Literal["acceptor", "initiator"] = "acceptor",
    heartbeat_s: int = 30,
    over_tcp: bool = False,
    speaks: Dictionary | None = None,
    **options: Any,
) -> "Conversation":
    """Run a script against a fresh, connected session; further options are SessionConfig's."""
    from gateway.fix.session import Session
    from gateway.model.sessions import SessionConfig

    initiator = role == "initiator"
    names = {"sender": "GATEWAY", "target": "CLIENT"}
    config = SessionConfig(**{**names, "initiator": initiator, "heartbeat_s": heartbeat_s, **options})
    session = Session(config, speaks or default())
    conversation = Conversation(session, net=Tcp() if over_tcp else Handed(), calling=initiator)
    try:
        conversation.run(script)
    except BaseException:
        conversation.close()
        raise
    return conversation


class Conversation:
    """One session and its scripted peer.

    Beyond messages a script may say `> disconnect`, `> connect`, `< disconnect` (we hang up), `> raw 8=FIX|...` (bytes,
    `|` for SOH), `> fields 35=D|34=2|...|52=now` (all of a message but 8, 9 and 10, in this order), `send Message ...`
    (our application sends), `refuse 3 text` (it refuses the last message) and `logout "text"` (our operator does).
    """

    def __init__(
        self,
        session: Sided,
        *,
        net: Net | None = None,
        calling: bool = False,
        us: str = "GATEWAY",
        peer: str = "CLIENT",
        dictionary: Dictionary | None = None,
        now: Ns = START,
    ) -> None:
        self.session = session
        self.now = now
        self.language = Language(dictionary or default())
        self._transcript = Transcript(self.language)
        self._peer = Peer(self._transcript, us=us, peer=peer)
        self._net = net or Handed()
        self._calling = calling
        self._hosted = Hosted(session)
        self._link = self._net.open(self._hosted, now, calling=calling)
        self._collect()

    @property
    def delivered(self) -> list[Any]:
        """The application messages that the session let through."""
        return self._hosted.delivered

    @property
    def heard(self) -> list[bytes]:
        """All that we have said."""
        return self._peer.heard

    def close(self) -> None:
        self._net.close()

    def run(self, script: str) -> None:
        __tracebackhide__ = True
        for line in read_script(script):
            if line.verb != "<":
                self._peer.nothing_left(f"before line {line.number}")
            self._transcript.line(line)
            try:
                self._perform(line)
            except ScriptError as unclear:
                raise ScriptError(f"line {line.number}: {unclear}: {line.text}") from None
        self._peer.nothing_left("at the end")

    def _perform(self, line: Line) -> None:
        __tracebackhide__ = True
        if line.verb == "<":
            self._peer.expects(line, self.now)
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
        elif line.verb == "refuse":
            self.session.refuse(self.delivered[-1], line.words[0], " ".join(line.words[1:]), self.now)
        else:
            raise ScriptError(f"'{line.verb}' is no verb")
        self._collect()
        self._pass(Ns(0))

    def _arrive(self, words: tuple[str, ...]) -> None:
        if words[0] == "connect":
            self._link = self._net.open(self._hosted, self.now, calling=self._calling)
        elif words[0] == "disconnect":
            self._link.cut(self.now)
        else:
            self._link.hear(self._peer.says(words, self.now), self.now)

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
        self._hosted.flush()
        self._net.settle(self.now)
        self._peer.hears(self._link.take())
