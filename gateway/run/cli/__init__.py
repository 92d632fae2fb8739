"""The command line. Each command imports what it needs when it runs, so that `--help` and errors come at once.

What the user got wrong is one line on stderr (of a configuration, one for each mistake) and exit status 2; a traceback
means that we were wrong.
"""

import dataclasses
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from gateway import __version__
from gateway.run.cli import (
    algo,
    atdl,
    audit,
    ck,
    client,
    explain,
    instruments,
    log,
    market,
    orders,
    plan,
    risk,
    sessions,
    simulate,
    tape,
    venue,
)
from gateway.run.cli.arguments import fail

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
app.add_typer(client.app, name="client")
app.add_typer(log.app, name="log")
app.add_typer(audit.app, name="audit")
app.add_typer(sessions.app, name="sessions")
app.add_typer(orders.app, name="orders")
app.add_typer(risk.kill, name="kill")
app.add_typer(risk.limits, name="limits")
app.add_typer(instruments.app, name="instruments")
app.add_typer(venue.app, name="venue")
app.add_typer(tape.app, name="tape")
app.add_typer(ck.app, name="ck")
app.add_typer(algo.app, name="algo")
app.add_typer(atdl.app, name="atdl")
app.command()(market.market)
app.command()(explain.explain)
app.command()(plan.plan)
app.command()(simulate.simulate)
app.command()(simulate.compare)
app.command()(simulate.tune)


@app.callback(invoke_without_command=True)
def main(version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False) -> None:
    """A FIX 4.4 execution gateway."""
    if version:
        spec = find_spec("gateway.node")
        compiled = spec is not None and spec.origin is not None and not spec.origin.endswith(".py")
        typer.echo(f"gateway {__version__}{', compiled' if compiled else ''}")
        raise typer.Exit()


@app.command()
def serve(
    config: Annotated[Path | None, typer.Argument(metavar="CONFIG.toml", help="What `gateway check` accepts.")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Gateway, three venues and a client, on this machine.")] = False,
    once: Annotated[bool, typer.Option("--once", help="With --demo: end when the order is done.")] = False,
    data: Annotated[
        Path | None, typer.Option(help="Folder of journal and audit, instead of the configured one.")
    ] = None,
) -> None:
    """Run the gateway until SIGTERM or Ctrl-C."""
    if demo == (config is not None):
        fail("gateway serve needs either a CONFIG.toml or --demo")
    if once and not demo:
        fail("--once goes with --demo")
    if config is None:
        from gateway.run.demo import run_demo

        raise typer.Exit(run_demo(once=once, data=data))
    from gateway.run.config import load
    from gateway.run.serve import serve as run_gateway
    from gateway.run.tables import ConfigError

    try:
        settled = load(config)
    except ConfigError as error:
        fail(str(error))
    raise typer.Exit(run_gateway(settled if data is None else dataclasses.replace(settled, data=data)))


@app.command()
def replay(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The data folder of a gateway or a venue.")],
) -> None:
    """Run a journal through the same core again. Exit status 0: every output is the same; 1: not, or it is damaged."""
    if not folder.exists():
        fail(f"{folder}: no such folder; it is the one that `gateway serve` names as 'journal in'")
    from gateway.run.replay import replay as run_replay

    raise typer.Exit(run_replay(folder))


@app.command()
def check(config: Annotated[Path, typer.Argument(metavar="CONFIG.toml")]) -> None:
    """Say all that is wrong in a configuration, or sum it up. Exit status 0: nothing is wrong; 1: something is."""
    from gateway.run.check import summary, warnings
    from gateway.run.config import load_any
    from gateway.run.tables import ConfigError

    try:
        settled = load_any(config)
    except ConfigError as error:
        fail(str(error), status=1)
    for line in summary(settled):
        typer.echo(line)
    for line in warnings(settled):
        typer.echo(f"warning: {line}", err=True)


@app.command()
def echo(
    config: Annotated[Path, typer.Argument(metavar="CONFIG.toml", help="With [engine] and [[session]].")],
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Instead of the configured one.")] = None,
) -> None:
    """Run sessions that send every order and security definition back, until SIGTERM or Ctrl-C."""
    from gateway.run.echo import Echo
    from gateway.run.host import serve as run_sessions

    raise typer.Exit(run_sessions(Echo(), config, port=port))


@app.command()
def password(
    stdin: Annotated[
        bool, typer.Option("--stdin", help="Read one line from standard input, without a prompt.")
    ] = False,
) -> None:
    """Print what a password_hash of the configuration is, for a password that is asked for twice."""
    from gateway.run.net.credentials import hash_password

    if stdin:
        given = sys.stdin.readline().rstrip("\r\n")
    else:
        given = typer.prompt("Password", hide_input=True, confirmation_prompt="Again", err=True)
    if not given or not given.isascii() or not given.isprintable():
        fail("a password has printable ASCII characters, one at least")
    typer.echo(hash_password(given.encode()))
