"""Many sessions as one participant: whose a connection is, when a session is open, what an operator changes.

The Engine is a Node (gateway.model.node), so whoever drives a Node can run it, live or again from a journal. What the
messages mean is its Application's. Sessions outlive connections and runs; an acceptor's may be made of a template when
its counterparty first logs on.
"""

import heapq
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from gateway.fix.header import Introduction, introduction
from gateway.fix.operating import Operating, Refused
from gateway.fix.party import Application, Party, ids, is_template
from gateway.fix.reader import reader_for
from gateway.fix.roster import Roster
from gateway.fix.session import Session, State
from gateway.fix.user_fields import dictionary_of
from gateway.model.node import (
    Close,
    Command,
    Garbled,
    Input,
    LinkDown,
    LinkUp,
    Note,
    Output,
    Received,
    Send,
    Started,
    Timer,
)
from gateway.model.numbers import SECOND, Ns
from gateway.model.sessions import SessionConfig, Sessions, SessionStatus

LOGON_DEADLINE: Final = 5 * SECOND  # a connection that has not logged on by then is dropped
MAX_GARBLED: Final = 100  # garbled stretches in a row, then the connection is dropped
_encode: Final = msgspec.json.Encoder().encode
_ACTIVE: Final = State.ACTIVE  # members of an Enum take their time to be looked up
DISABLED: Final = "this session is disabled"
HOURS_OVER: Final = "the session's hours are over"


class Engine:
    """The sessions of an application; at most `max_made` are made of templates."""

    def __init__(self, application: Application, *, max_made: int = 10_000) -> None:
        self.application = application
        self.max_made = max_made
        self.outputs: list[Output] = []
        self.stirred: list[Party] = []  # sessions with something to send
        self.parties: dict[str, Party] = {}  # by name
        self.command_error: str | None = None  # of the last Command; None: it was carried out
        self.changed: dict[str, bool] = {}  # name -> logged on; who came and went since somebody emptied it
        self._roster = Roster()
        self._made_count = 0  # sessions made of templates
        self._links: dict[int, Party | None] = {}  # None: nobody has logged on there yet
        self._peers: dict[int, str] = {}  # of links where nobody has logged on yet
        self._refused: dict[int, str] = {}  # links whose Logon is to be refused, and why
        self._garbled: dict[int, int] = {}  # link -> stretches in a row
        self._timers: list[tuple[Ns, int, Party | int]] = []
        self._timer_count = 0
        self._operating = Operating(self)
        self._inputs: dict[type, Callable[[Any], None]] = {
            Received: self.received,
            Timer: self.timer,
            LinkUp: self.link_up,
            LinkDown: self.link_down,
            Garbled: self.garbled,
            Started: self._started,
            Command: self.command,
        }

    # -- as a Node of its own

    def handle(self, item: Input) -> Sequence[Output]:
        """Take one input; what follows from it, in order."""
        outputs: list[Output] = []
        self.outputs = outputs
        self._inputs[type(item)](item)
        if self.stirred:
            self.flush(item.at)
        return outputs

    def wake_at(self) -> Ns | None:
        return self._timers[0][0] if self._timers else None

    def _started(self, started: Started) -> None:
        sessions = msgspec.json.decode(started.payload, type=Sessions).sessions
        self.start([(config.name, config) for config in sessions], started.at)

    def status(self) -> list[SessionStatus]:
        return [self._operating.status(party) for party in self.parties.values() if party.served]

    # -- sessions come and go

    def start(self, sessions: Iterable[tuple[str, SessionConfig]], now: Ns) -> None:
        """A run begins with these sessions and those made of templates. What an operator added has to be among them.

        Who is allowed in is the settings' to say: their credentials stand there.
        """
        for party in self.parties.values():
            self._part(party, now)
            party.served = False
        for kept in (self._links, self._peers, self._refused, self._garbled):
            kept.clear()
        self._roster.templates.clear()
        for name, config in sessions:
            if is_template(config):
                self._roster.templates[config.name] = config
            else:
                self.add(name, config, now)
        for party in self.parties.values():
            template = self._roster.templates.get(party.pattern)
            if template is not None and not (party.served or party.removed):
                self.add(party.name, replace(template, target=party.session.config.target), now, pattern=party.pattern)

    def add(self, name: str, config: SessionConfig, now: Ns, *, pattern: str = "") -> Party:
        """A session from now on, with `pattern` made of that template.

        One of that name goes on with its numbers, unless its CompIDs are others.
        """
        reader = reader_for(dictionary_of(config), config.rules, config.max_fields)
        party = self.parties.get(name)
        if party is not None and ids(party.session.config) == ids(config):
            if config.enabled != party.session.config.enabled:
                party.enabled = config.enabled
            party.session.configure(config, reader)
        else:
            if party is not None:
                self._forget(party, now)
            party = self.parties[name] = Party(
                name, Session(config, reader), self.stirred.append, self.application.kept
            )
            if not config.initiator:
                self._roster.add(party)
        party.served, party.removed, party.pattern = True, False, pattern
        if not party.enabled and party.link is not None:
            self.log_out(party, DISABLED, now)
        self._mind_hours(party, now)
        return party

    def remove(self, party: Party, now: Ns) -> None:
        """No such session any more. What it has is kept for the case that it is added again."""
        party.served, party.removed = False, True
        if party.link is not None:
            self.log_out(party, "this session is removed", now)

    def _forget(self, party: Party, now: Ns) -> None:
        if party.link is not None:
            self.outputs.append(Close(party.link))
            self._links.pop(party.link, None)
        self._part(party, now)
        self._roster.remove(party)

    # -- links

    def wanted(self, name: str) -> bool:
        """Whether that counterparty is to be called now."""
        party = self.parties.get(name)
        return party is not None and party.wanted

    def unwelcome(self, data: bytes) -> str | None:
        """Why a connection that begins with this message comes to nothing, as one word; None: it may not."""
        who = introduction(data)
        if who is None or who.msg_type != "A":
            return "no_logon"
        party = self._roster.known(who)
        if party is not None:
            return None if party.link is None else "here_already"
        room = self._made_count < self.max_made
        return None if room and self._roster.template(who, self.parties) else "unknown"

    def link_up(self, up: LinkUp) -> None:
        party = self.parties.get(up.port)
        if party is None or not party.session.config.initiator:
            self._links[up.link] = None
            self._peers[up.link] = up.peer
            self._push(Ns(up.at + LOGON_DEADLINE), up.link)
        elif party.link is None and party.wanted:
            self._join(party, up.link, up.peer, up.at)
            self._arm(party)  # A venue may take the connection and never answer the Logon.
        else:
            self.outputs.append(Close(up.link))

    def _join(self, party: Party, link: int, peer: str, now: Ns) -> None:
        self._links[link] = party
        party.link, party.peer = link, peer
        party.session.connected(now)

    def link_down(self, down: LinkDown) -> None:
        for kept in (self._garbled, self._peers, self._refused):
            kept.pop(down.link, None)
        party = self._links.pop(down.link, None)
        if party is not None:
            self._part(party, down.at)
            party.reset_if_due(down.at)

    def _part(self, party: Party, now: Ns) -> None:
        session, politely = party.session, party.session.logged_out
        party.link, party.peer = None, ""
        session.disconnected(now)
        if party.on:
            if not party.leaving:
                self.application.leaving(session, now)
            party.on = party.leaving = False
            self.changed[party.name] = False
            self.application.logged_out(session, now, politely=politely)
        elif party.pattern and not party.proven:
            self._unmake(party)

    def garbled(self, garbled: Garbled) -> None:
        """Ignored, as FIX says; but who has not logged on, or sends nothing else, is dropped."""
        link = garbled.link
        if link not in self._links:
            return
        count = self._garbled[link] = self._garbled.get(link, 0) + 1
        party = self._links[link]
        if party is None:
            self.outputs.append(Close(link))
        elif count > MAX_GARBLED:
            party.session.hang_up()
            self._after(party, garbled.at)

    def received(self, received: Received) -> None:
        link = received.link
        party = self._links.get(link)
        if party is None:
            party = self._log_on(received)
            if party is None:
                return
        session = party.session
        if self._garbled:
            self._garbled.pop(link, None)
        message = session.received(received.data, received.at)
        if message is not None:
            self.application.received(session, message, received.at)
            if not session.ready and session.state is _ACTIVE:
                return
        ready, session.ready = session.ready, []
        for message in ready:
            self.application.received(session, message, received.at)
        self._after(party, received.at)

    def _after(self, party: Party, now: Ns) -> None:
        """What else follows when something other than a plain message has happened to a session."""
        session = party.session
        if session.logged_on and not party.on:
            party.on = party.proven = self.changed[party.name] = True
            self.application.logged_on(session, now)
        elif party.on and not (session.logged_on or party.leaving):
            party.leaving = True
            self.application.leaving(session, now)
        if session.hangup:
            self.stirred.append(party)
        else:
            self._arm(party)
        if session.outgoing.stale:
            stale, session.outgoing.stale = session.outgoing.stale, []
            for data in stale:
                self.application.stale(session, data, now)

    def _log_on(self, received: Received) -> Party | None:
        """Whose connection this is. Who is unknown, here already, or says anything but Logon first gets silence."""
        link = received.link
        if link not in self._links:
            return None
        who = introduction(received.data)
        refused = self._refused.pop(link, None)
        party = None
        if who is not None and who.msg_type == "A":
            party = self._roster.known(who) or (self._made(who, received.at) if refused is None else None)
        if party is None or party.link is not None:
            del self._links[link]
            self.outputs.append(Close(link))
            return None
        self._join(party, link, self._peers.pop(link, ""), received.at)
        if refused is not None:
            self.note("refused", Refused(counts={refused: 1}, last=f"{party.name} {party.peer}"))
            party.session.refusal = "Logon refused"
        elif not party.enabled:
            party.session.refusal = DISABLED
        elif not party.wanted:
            party.session.refusal = HOURS_OVER
        return party

    def _made(self, who: Introduction, now: Ns) -> Party | None:
        """A new session of a template; bounded, because a pattern lets in whom nobody has named."""
        made = self._roster.template(who, self.parties) if self._made_count < self.max_made else None
        if made is None:
            return None
        self._made_count += 1
        return self.add(made[1].name, made[1], now, pattern=made[0])

    def _unmake(self, party: Party) -> None:
        """Its first Logon was not accepted; others may need its place."""
        self._made_count -= 1
        del self.parties[party.name]
        self._roster.remove(party)

    def _mind_hours(self, party: Party, now: Ns) -> None:
        """Close a session whose hours are over; its numbers are 1 at the beginning of the next."""
        at = party.mind_hours(now)
        if at is not None:
            self._push(at, party)
        if party.link is not None and not (party.open and not party.reset_due):
            self.log_out(party, HOURS_OVER, now)
        party.reset_if_due(now)

    # -- time

    def timer(self, timer: Timer) -> None:
        now = timer.at
        while self._timers and self._timers[0][0] <= now:
            at, _, whom = heapq.heappop(self._timers)
            if isinstance(whom, int):
                if whom in self._links and self._links[whom] is None:
                    self.outputs.append(Close(whom))
                continue
            if whom.session.config.hours is not None and (whom.opening is None or whom.opening.end <= now):
                self._mind_hours(whom, now)
            if whom.armed == at:
                whom.armed = None
                due = whom.session.wake_at()
                if due is not None and due <= now:
                    whom.session.timer(now)
                    self._after(whom, now)
                else:
                    self._arm(whom)

    def _arm(self, party: Party) -> None:
        at = party.session.wake_at()
        if at is not None and (party.armed is None or at < party.armed):
            party.armed = at
            self._push(at, party)

    def _push(self, at: Ns, whom: Party | int) -> None:
        self._timer_count += 1
        heapq.heappush(self._timers, (at, self._timer_count, whom))

    # -- what goes out

    def flush(self, now: Ns) -> None:
        """What the sessions have to say becomes outputs, session by session."""
        outputs = self.outputs
        for party in self.stirred:
            session, link = party.session, party.link
            if link is None:
                continue
            outgoing = session.outgoing
            out, outgoing.out = outgoing.out, []  # `take` without the call
            for data in out:
                outputs.append(Send(link, data))
            if session.hangup:
                outputs.append(Close(link))
                del self._links[link]  # What it still says is not heard, and the counterparty may come again.
                self._part(party, now)
                party.reset_if_due(now)
        self.stirred.clear()

    def note(self, kind: str, fact: Struct) -> None:
        self.outputs.append(Note(kind, _encode(fact)))

    # -- operators and the driver

    def command(self, command: Command) -> None:
        self._operating.command(command)

    def stop(self, now: Ns) -> None:
        """Logout everywhere; who has not logged on is dropped."""
        for party in self.parties.values():
            if party.link is not None:
                self.log_out(party, "the gateway is stopping", now)
        self.outputs += [Close(link) for link, party in self._links.items() if party is None]

    def log_out(self, party: Party, text: str, now: Ns) -> None:
        if party.session.state is not State.LOGGING_OUT:
            party.session.logout(text, now)
            self._after(party, now)

    def lags(self, link: int, *, slow: bool) -> None:
        """Whether the counterparty on that link takes what is sent to it; a resend waits until it does."""
        party = self._links.get(link)
        if party is not None:
            party.session.outgoing.slow = slow

    def refuse_link(self, link: int, why: str) -> None:
        """The Logon that comes on that link is not accepted."""
        self._refused[link] = why
