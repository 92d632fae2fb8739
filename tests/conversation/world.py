"""The whole gateway in virtual time, between clients and venues that a script speaks for.

Everything the Node was told is kept, so that `restart` can build it anew from nothing but its inputs and see whether
it says the same, byte for byte, before the counterparties come back.
"""

import json
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from gateway.fix.dictionary import default
from gateway.fix.frame import Framer, GarbledBytes
from gateway.model import (
    Close,
    Command,
    Garbled,
    Input,
    LinkDown,
    LinkUp,
    Node,
    Note,
    Ns,
    Output,
    Received,
    Send,
    Settings,
    Started,
    Timer,
)
from tests.conversation.client import Client
from tests.conversation.compose import compose
from tests.conversation.language import START, Language, Line, ScriptError, Transcript, read_script, span
from tests.conversation.party import HANG_UP, Party
from tests.conversation.venue import Venue
from tests.conversation.wire import SOH, Wire, decode

_STEPS_AT_ONCE = 20_000  # inputs that one line of a script may cause; beyond, two sides talk in circles
_TIMERS_AT_ONCE = 1_000


class World:
    """A Node and everybody it talks to, all logged on.

    In a script a client is its CompID in small letters and a venue is its name. Beyond messages and `+30s` a script may
    say `XLON quotes ACME 99.90x500 100.10x300` (or `-` for an empty side, commas between levels), `XLON prints ACME
    100.05x200`, `client > disconnect`, `client > connect`, `client < disconnect`, `client > raw 8=FIX|...`, `restart`,
    `dies` (at what arrives next: journaled, nothing of it sent, then as `restart`) and `operator NAME key=value ...`.
    """

    def __init__(
        self, make_node: Callable[[], Node], settings: Settings, *, listener: str = "clients", start: Ns = START
    ) -> None:
        self.now = start
        self.inputs: list[Input] = []
        self.outputs: list[Sequence[Output]] = []  # one entry an input
        self.language = Language(default())
        self.parties: dict[str, Party] = {}
        for client in (*settings.clients, *(copy.session for copy in settings.drop_copies)):
            comp_id = client.target
            self.parties[comp_id.lower()] = Client(comp_id.lower(), comp_id, client.sender, heartbeat_s=30)
        for venue in settings.venues:
            self.parties[venue.name] = Venue(
                venue.name, venue.session.target, venue.session.sender, heartbeat_s=venue.session.heartbeat_s
            )
        self._make_node = make_node
        self._started = msgspec.json.encode({"version": "test", "config": settings})
        self._listener = listener
        self._links: dict[int, Party] = {}
        self._dies = False  # at the next input
        self._next_link = 1
        self._named: frozenset[tuple[str, str]] = frozenset()  # who and MsgType of session messages a script expects
        self._transcript = Transcript(self.language)
        self.node = make_node()
        self._feed(Started(self.now, self._started))
        self.connect(*reversed(self.parties))  # venues first: a gateway without venues has nothing to offer

    def client(self, name: str = "client") -> Client:
        party = self.parties[name]
        assert isinstance(party, Client)
        return party

    def notes(self, kind: str | None = None) -> list[dict[str, Any]]:
        """What the Node noted, oldest first."""
        noted = (output for outputs in self.outputs for output in outputs if isinstance(output, Note))
        return [json.loads(note.payload) for note in noted if kind in (None, note.kind)]

    def converse(self, script: str) -> None:
        __tracebackhide__ = True
        lines = read_script(script, names=self.parties)
        self._transcript = Transcript(self.language)
        self._named = frozenset(
            (line.who, self.language.msg_type(line.words[0]))
            for line in lines
            if line.verb == "<" and line.words[0] != "disconnect"
        )
        for line in lines:
            if line.verb != "<":
                self._nothing_left(f"before line {line.number}")
            self._transcript.line(line)
            try:
                self._perform(line)
            except ScriptError as unclear:
                raise ScriptError(f"line {line.number}: {unclear}: {line.text}") from None
        self._nothing_left("at the end")
        self._named = frozenset()

    def _perform(self, line: Line) -> None:
        __tracebackhide__ = True
        party = self.parties.get(line.who)
        if line.verb == "+":
            self.pass_time(span(line.words[0]))
        elif line.verb == "restart":
            self.restart()
        elif line.verb == "dies":
            self._dies = True
        elif line.verb == "operator":
            remembered = self.language.remembered
            arguments = {
                name: remembered.get(value[1:], value) if value[:1] == "$" else value
                for name, _, value in (word.partition("=") for word in line.words[1:])
            }
            self.command(line.words[0], **arguments)
        elif party is None:
            raise ScriptError(f"'{line.verb}' is no verb and none of {', '.join(self.parties)}")
        elif line.verb == "<":
            self._expect(party, line)
        elif line.verb == ">":
            self._arrive(party, line.words)
        elif line.verb in ("quotes", "prints") and isinstance(party, Venue):
            say = party.quotes if line.verb == "quotes" else party.prints
            msg_type, body = say(*line.words)
            self._deliver(party, [party.say(msg_type, body, self.now)])
        else:
            raise ScriptError(f"'{line.verb}' is no verb")

    def _arrive(self, party: Party, words: Sequence[str]) -> None:
        name, *rest = words
        if name == "connect":
            self.connect(party.name)
            return
        if party.link is None:
            raise ScriptError(f"{party.name} is not connected")
        if name == "disconnect":
            self._drop(party, "closed by peer")
            return
        if name == "raw":
            self._deliver(party, [" ".join(rest).replace("|", SOH).encode("latin-1")])
            return
        msg_type = self.language.msg_type(name)
        given = self.language.read(msg_type, rest, self.now, sending=True)
        said = dict(reversed(given.pairs)) | ({957: "*"} if given.parameters else {})
        header, body = compose(
            self.language.dictionary, given, party.header(self.now), party.defaults(msg_type, said, self.now)
        )
        self._transcript.passed(party.name, ">", Wire(((35, msg_type), *header, *body)))
        self._deliver(party, [party.encode(msg_type, header, body, self.now)])

    def _deliver(self, party: Party, messages: Iterable[bytes]) -> None:
        assert party.link is not None
        for item in self._framed(party.link, messages):
            self._feed(item)
        self._fire(self.now)

    def _framed(self, link: int, messages: Iterable[bytes]) -> list[Input]:
        framer = Framer()
        return [
            Garbled(self.now, link, frame.data) if isinstance(frame, GarbledBytes) else Received(self.now, link, frame)
            for data in messages
            for frame in framer.feed(data)
        ]

    def connect(self, *names: str) -> None:
        """Bring links up and log on; the Logons of both sides are silent unless the script names them."""
        for name in names:
            party = self.parties[name]
            assert party.link is None, f"{name} is connected already"
            link, self._next_link = self._next_link, self._next_link + 1
            self._links[link] = party
            hello = party.connected(link, self.now)
            port = self._listener if isinstance(party, Client) else party.name
            self._feed(LinkUp(self.now, link, port, f"127.0.0.1:{50_000 + link}"))
            self._deliver(party, hello)
            if not party.logged_on and (name, "A") not in self._named:
                raise self._transcript.failure(f"{name} is not logged on after its Logon")

    def _drop(self, party: Party, reason: str) -> None:
        assert party.link is not None
        link = party.link
        party.disconnected()
        del self._links[link]
        self._feed(LinkDown(self.now, link, reason))
        self._fire(self.now)

    def command(self, name: str, **arguments: Any) -> None:
        self._feed(Command(self.now, name, "operator", msgspec.json.encode(arguments)))
        self._fire(self.now)

    def pass_time(self, distance: Ns) -> None:
        until = Ns(self.now + distance)
        self._fire(until)
        self.now = until

    def restart(self) -> None:
        """The process dies and a new one takes over: fold the inputs, compare the outputs, connect again."""
        __tracebackhide__ = True
        node = self._make_node()
        for number, (item, said) in enumerate(zip(self.inputs, self.outputs, strict=True)):
            again = tuple(node.handle(item))
            if again != said:
                raise self._transcript.failure(
                    f"input {number} of {len(self.inputs)} has another outcome when it is replayed",
                    f"input   {_shown(item)}",
                    *(f"first   {_shown(output)}" for output in said),
                    *(f"replay  {_shown(output)}" for output in again),
                )
        if node.wake_at() != self.node.wake_at():
            raise self._transcript.failure(
                "after replay the node wants to be woken at another time",
                f"first {self.node.wake_at()}, replay {node.wake_at()}",
            )
        self.node = node
        self._links.clear()
        back = [party.name for party in self.parties.values() if party.link is not None]
        for name in back:
            self.parties[name].disconnected()
        self._feed(Started(self.now, self._started))
        self.connect(*reversed(back))

    def _fire(self, until: Ns) -> None:
        __tracebackhide__ = True
        fired, instant = 0, self.now
        while (wake := self.node.wake_at()) is not None and wake <= until:
            self.now = max(self.now, wake)
            fired = fired + 1 if self.now == instant else 0
            instant = self.now
            if fired > _TIMERS_AT_ONCE:
                raise self._transcript.failure(f"the node asks to be woken at {wake} again and again")
            self._feed(Timer(self.now))

    def _feed(self, first: Input) -> None:
        """One input and all that the counterparties' own sessions answer to what it causes."""
        __tracebackhide__ = True
        todo: deque[Input] = deque([first])
        steps = 0
        while todo:
            steps += 1
            if steps > _STEPS_AT_ONCE:
                raise self._transcript.failure("the gateway and its counterparties talk in circles")
            item = todo.popleft()
            outputs = tuple(self.node.handle(item))
            self.inputs.append(item)
            self.outputs.append(outputs)
            if self._dies:
                self._dies = False
                self.restart()
                return
            for output in outputs:
                if isinstance(output, Send):
                    todo.extend(self._carry(output))
                elif isinstance(output, Close):
                    party = self._links.pop(output.link, None)
                    if party is None:
                        raise self._transcript.failure(f"the gateway closes link {output.link}, which is down")
                    party.inbox.append(HANG_UP)
                    party.disconnected()
                    todo.append(LinkDown(self.now, output.link, "closed by us"))

    def _carry(self, output: Send) -> list[Input]:
        __tracebackhide__ = True
        party = self._links.get(output.link)
        try:
            wire = decode(output.data)
            assert party is not None, f"sent on link {output.link}, which is down: {self.language.show(wire)}"
            self._transcript.passed(party.name, "<", wire)
            named = frozenset(msg_type for who, msg_type in self._named if who == party.name)
            answers = party.receive(wire, self.now, named)
        except AssertionError as broken:
            raise self._transcript.failure(str(broken)) from None
        return self._framed(output.link, answers)

    def _expect(self, party: Party, line: Line) -> None:
        __tracebackhide__ = True
        if not party.inbox:
            raise self._transcript.failure(f"line {line.number} expects an answer, and none came", *self._waiting())
        answer = party.inbox.popleft()
        if line.words[0] == "disconnect":
            if answer is not None:
                raise self._transcript.failure(
                    f"line {line.number} expects us to hang up, we sent", self.language.show(answer)
                )
            return
        if answer is None:
            raise self._transcript.failure(f"line {line.number} expects a message, we hung up")
        if wrong := self.language.mismatch(answer, line, self.now):
            got = f"got {party.name} < {self.language.show(answer)}"
            raise self._transcript.failure(f"line {line.number} expects another answer", *wrong, "", got)

    def _nothing_left(self, when: str) -> None:
        __tracebackhide__ = True
        if waiting := self._waiting():
            raise self._transcript.failure(f"{when} there are answers that nobody expected", *waiting)

    def _waiting(self) -> list[str]:
        return [
            f"{party.name} < {self.language.show(answer) if answer else 'disconnect'}"
            for party in self.parties.values()
            for answer in party.inbox
        ]


def _shown(item: Input | Output) -> str:
    return str(item).replace(SOH, "|").replace("\\x01", "|")
