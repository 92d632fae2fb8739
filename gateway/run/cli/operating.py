"""What commands to a running gateway have in common: the reason for the audit, the question, the answer."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.run.cli.arguments import fail

if TYPE_CHECKING:
    from gateway.run.commands import Answer, Request

Why = Annotated[str, typer.Option(help="The reason, for the audit.")]


def ask(data: Path, request: "Request") -> "Answer":
    from gateway.run.control import ControlError
    from gateway.run.control import ask as asked

    try:
        return asked(data, request)
    except ControlError as error:
        fail(str(error))


def order(data: Path, request: "Request") -> None:
    error = ask(data, request).error
    if error is not None:
        fail(error, status=1)


def reason(why: str) -> str:
    if not 0 < len(why.strip()) <= 500:
        fail("--why: say the reason, in at most 500 characters")
    return why.strip()
