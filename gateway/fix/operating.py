"""What operators ask of the sessions, and what the driver tells of connections: Commands, each with who and why.

Every change is a note with the value before and after; a command that cannot be carried out changes nothing.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from gateway.fix.party import ids
from gateway.model.node import Command
from gateway.model.numbers import SECOND
from gateway.model.sessions import SessionConfig, SessionStatus

if TYPE_CHECKING:
    from gateway.fix.engine import Engine
    from gateway.fix.party import Party


class SessionNote(Struct, frozen=True, kw_only=True):
    """A session was changed by somebody."""

    session: str
    what: str
    who: str
    why: str
    before: str
    after: str


class Refused(Struct, frozen=True, kw_only=True):
    """Connections that the driver did not let in, counted."""

    counts: dict[str, int]  # by cause
    last: str  # 'host:port' of the last one, behind its CompID if it gave one


class _Arguments(Struct, frozen=True, kw_only=True):
    session: str = ""
    why: str = ""
    text: str = ""
    next_in: int | None = None
    next_out: int | None = None
    config: SessionConfig | None = None
    link: int = 0


class Operating:
    """Carries out the Commands of one Engine."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine
        self._commands: dict[str, Callable[[Party, _Arguments, Command], str | None]] = {
            "set-sequence": self._set_sequence,
            "reset": self._reset,
            "logout": self._logout,
            "enable": self._enable,
            "disable": self._disable,
            "change-session": self._change,
            "remove-session": self._remove,
        }

    def command(self, command: Command) -> None:
        """Whether it could be done is in the engine's `command_error`."""
        engine = self._engine
        engine.command_error = None
        if command.name == "stop":
            engine.stop(command.at)
            return
        if command.name == "refused":
            counts: dict[str, Any] = msgspec.json.decode(command.payload)
            last = str(counts.pop("last", ""))
            engine.note("refused", Refused(counts=counts, last=last))
            return
        try:
            arguments = msgspec.json.decode(command.payload, type=_Arguments)
        except msgspec.DecodeError as wrong:
            engine.command_error = f"{command.name}: {wrong}"
            return
        if command.name == "refuse":
            engine.refuse_link(arguments.link, arguments.why)
            return
        if command.name in ("slow", "eased"):
            engine.lags(arguments.link, slow=command.name == "slow")
            return
        engine.command_error = self._operate(command, arguments)

    def _operate(self, command: Command, arguments: _Arguments) -> str | None:
        engine = self._engine
        if not arguments.why.strip():
            return f"{command.name}: why is not said"
        if command.name == "add-session":
            return self._add(arguments, command)
        act = self._commands.get(command.name)
        if act is None:
            return f"{command.name} is no command"
        party = engine.parties.get(arguments.session)
        if party is None or not party.served:
            return f"there is no session {arguments.session}"
        return act(party, arguments, command)

    def _note(self, name: str, command: Command, arguments: _Arguments, before: object, after: object) -> None:
        note = SessionNote(
            session=name,
            what=command.name,
            who=command.who,
            why=arguments.why,
            before=str(before),
            after=str(after),
        )
        self._engine.note("session", note)

    def _set_sequence(self, party: "Party", arguments: _Arguments, command: Command) -> str | None:
        session = party.session
        for number in (arguments.next_in, arguments.next_out):
            if number is not None and not 0 < number < 1_000_000_000:
                return f"{number} is no MsgSeqNum(34)"
        if arguments.next_in is None and arguments.next_out is None:
            return "neither the next number in nor the next out is said"
        if session.outgoing.resend.active:
            return f"{party.name} is being sent messages again; try it once that is over"
        before = f"in {session.expected_seq} out {session.next_seq}"
        session.set_numbers(command.at, next_in=arguments.next_in, next_out=arguments.next_out)
        self._note(party.name, command, arguments, before, f"in {session.expected_seq} out {session.next_seq}")
        return None

    def _reset(self, party: "Party", arguments: _Arguments, command: Command) -> str | None:
        if party.link is not None:
            return f"{party.name} is connected; log it out or disable it first"
        session = party.session
        before = f"in {session.expected_seq} out {session.next_seq}"
        session.reset(command.at)
        self._note(party.name, command, arguments, before, f"in 1 out {session.next_seq}")
        return None

    def _logout(self, party: "Party", arguments: _Arguments, command: Command) -> str | None:
        if party.link is None:
            return f"{party.name} is not connected"
        if arguments.text and not arguments.text.isprintable():
            return "the text cannot be sent"
        self._note(party.name, command, arguments, party.session.state.value, "logged out")
        self._engine.log_out(party, arguments.text, command.at)
        return None

    def _enable(self, party: "Party", arguments: _Arguments, command: Command) -> str | None:
        self._note(party.name, command, arguments, _ability(party), "enabled")
        party.enabled = True
        return None

    def _disable(self, party: "Party", arguments: _Arguments, command: Command) -> str | None:
        self._note(party.name, command, arguments, _ability(party), "disabled")
        party.enabled = False
        if party.link is not None:
            self._engine.log_out(party, arguments.text or "this session is disabled", command.at)
        return None

    def _add(self, arguments: _Arguments, command: Command) -> str | None:
        config = arguments.config
        if config is None:
            return "there are no options of the session to add"
        known = self._engine.parties.get(config.name)
        if known is not None and known.served:
            return f"there is a session {config.name} already"
        self._engine.add(config.name, config, command.at)
        self._note(config.name, command, arguments, "", _options(config))
        return None

    def _change(self, party: "Party", arguments: _Arguments, command: Command) -> str | None:
        config, before = arguments.config, party.session.config
        if config is None:
            return "there are no options to change to"
        if ids(config) != ids(before):
            return "who both sides are cannot be changed; remove the session and add another"
        self._engine.add(party.name, config, command.at, pattern=party.pattern)
        self._note(party.name, command, arguments, _options(before), _options(config))
        return None

    def _remove(self, party: "Party", arguments: _Arguments, command: Command) -> str | None:
        self._note(party.name, command, arguments, _options(party.session.config), "")
        self._engine.remove(party, command.at)
        return None

    def status(self, party: "Party") -> SessionStatus:
        session = party.session
        config, gap = session.config, session.gap
        return SessionStatus(
            name=party.name,
            sender=config.sender,
            target=config.target,
            initiator=config.initiator,
            enabled=party.enabled,
            open=party.open,
            state=session.state.value,
            peer=party.peer,
            next_in=session.expected_seq,
            next_out=session.next_seq,
            gap=(session.expected_seq, gap.end) if gap.end else None,
            kept=session.outgoing.kept,
            last_in=session.pulse.last_in,
            heartbeat_s=session.pulse.interval_ns // SECOND,
            rtt=session.pulse.rtt,
            said=session.said,
        )


def _ability(party: "Party") -> str:
    return "enabled" if party.enabled else "disabled"


def _options(config: SessionConfig) -> str:
    return msgspec.json.encode(config).decode()
