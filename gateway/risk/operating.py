"""What operators say about risk: Commands, each with who and why. What cannot be carried out changes nothing."""

from typing import Final

import msgspec
from msgspec import Struct

from gateway.model import Command, print_scaled
from gateway.model.settings import SCOPES, Scope
from gateway.risk.guard import Guard
from gateway.risk.limits import parse_limit, scope_of
from gateway.risk.program import LIMIT
from gateway.risk.switch import ACTIVE, HALTED, REDUCING, StopNote

COMMANDS: Final = frozenset({"kill", "reduce", "rearm", "confirm", "set-limit"})


class _Arguments(Struct, frozen=True, kw_only=True):
    scope: str = ""  # as str(Scope) has it
    why: str = ""
    limit: str = ""
    value: str = ""  # '' for none


_decode = msgspec.json.Decoder(_Arguments).decode


def operate(guard: Guard, command: Command) -> str | None:
    """Carry out one of COMMANDS; gives why it could not be."""
    try:
        given = _decode(command.payload)
        scope = scope_of(given.scope)
    except (msgspec.DecodeError, ValueError) as wrong:
        return f"{command.name}: {wrong}"
    if not given.why.strip():
        return f"{command.name}: why is not said"
    match command.name:
        case "kill":
            guard.stop(scope, HALTED, what="kill", who=command.who, why=given.why, now=command.at)
            return None
        case "reduce":
            return _reduce(guard, scope, given, command)
        case "set-limit":
            return _set_limit(guard, scope, given, command)
        case _:
            return _rearm(guard, scope, given, command)


def _reduce(guard: Guard, scope: Scope, given: _Arguments, command: Command) -> str | None:
    if scope.kind not in SCOPES[:-2]:
        return f"{scope} holds nothing to reduce"
    if guard.switch.state(scope) == HALTED:
        return f"{scope} is stopped already; it has to be re-armed first"
    guard.stop(scope, REDUCING, what="reduce", who=command.who, why=given.why, now=command.at)
    return None


def _rearm(guard: Guard, scope: Scope, given: _Arguments, command: Command) -> str | None:
    before = guard.switch.state(scope)
    step = guard.switch.ask if command.name == "rearm" else guard.switch.confirm
    wrong = step(scope, command.at)
    if wrong is not None:
        return wrong
    after = guard.switch.state(scope)
    if after == ACTIVE:
        guard.rearmed(scope)
    guard.note(
        "stop",
        StopNote(scope=str(scope), what=command.name, who=command.who, why=given.why, before=before, after=after),
    )
    return None


def _set_limit(guard: Guard, scope: Scope, given: _Arguments, command: Command) -> str | None:
    try:
        value = parse_limit(scope, given.limit, given.value)
    except ValueError as wrong:
        return str(wrong)
    fixed = guard.book.fixed((scope,), given.limit) if given.limit == LIMIT else None
    if fixed is not None and (value is None or value > fixed):
        return f"{LIMIT} of {scope} is {print_scaled(fixed)} in the configuration; a command can only lower it"
    guard.book.set(
        scope,
        given.limit,
        value,
        lambda changed: guard.note("limit", changed),
        who=command.who,
        why=given.why,
    )
    guard.limits_changed()
    return None
