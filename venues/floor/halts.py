"""What operators say about symbols: trading in one is halted, or goes on. Commands, each with who and why."""

from collections.abc import Container
from typing import Final

import msgspec
from msgspec import Struct

from gateway.model import Command

HALT: Final = "halt-symbol"
RESUME: Final = "resume-symbol"
COMMANDS: Final = (HALT, RESUME)


class Asked(Struct, frozen=True, kw_only=True):
    symbol: str = ""
    why: str = ""


class HaltNote(Struct, frozen=True, kw_only=True):
    """Trading in a symbol was halted or resumed by somebody."""

    symbol: str
    what: str
    who: str
    why: str


def asked(command: Command, halted: Container[str], traded: Container[str]) -> Asked | str:
    """What one of COMMANDS asks for, or why it cannot be done."""
    try:
        given = msgspec.json.decode(command.payload, type=Asked)
    except msgspec.DecodeError as wrong:
        return f"{command.name}: {wrong}"
    if not given.why.strip():
        return f"{command.name}: why is not said"
    if given.symbol not in traded:
        return f"{given.symbol} is not traded here"
    if (given.symbol in halted) is (command.name == HALT):
        return f"{given.symbol} is {'halted already' if command.name == HALT else 'not halted'}"
    return given
