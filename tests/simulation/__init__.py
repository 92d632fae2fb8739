"""Days in virtual time. A command that plays some has as long as it takes on a machine that is busy."""

from functools import partial

from typer.testing import CliRunner, Result

from gateway.run.cli import app
from tests import stack

run = partial(stack.run, timeout_s=120.0)


def invoke(*arguments: str) -> Result:
    """A command in this process, where the shell's part in it is no part of the rule."""
    return CliRunner().invoke(app, list(arguments))
