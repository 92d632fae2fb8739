"""`gateway sessions`: how they stand, and what an operator does about it. Every change has a reason, kept in the audit.

It asks the gateway that runs on the data folder; see gateway.run.control.
"""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.run.cli.arguments import DATA, Data, Json, fail, wire_text
from gateway.run.cli.operating import Why, ask, order, reason

if TYPE_CHECKING:
    from gateway.model.sessions import SessionConfig, SessionStatus
    from gateway.run.net.credentials import Credential

app = typer.Typer()

Name = Annotated[str, typer.Argument(metavar="NAME", help="As `gateway sessions` lists it.")]
Config = Annotated[Path, typer.Argument(metavar="CONFIG.toml", help="The gateway's configuration, edited.")]
SeqNum = Annotated[int | None, typer.Option(min=1, max=999_999_999, help="The next MsgSeqNum(34) of that side.")]


@app.callback(invoke_without_command=True)
def sessions(context: typer.Context, *, data: Data = DATA, as_json: Json = False) -> None:
    """How the sessions of a running gateway stand, and what to do about it."""
    if context.invoked_subcommand is not None:
        if as_json or data != DATA:
            fail(f"options go behind the command, as in: gateway sessions {context.invoked_subcommand} --data DIR")
        return
    import msgspec
    from rich.console import Console

    from gateway.run import show
    from gateway.run.commands import Sessions

    found = ask(data, Sessions()).sessions
    if as_json:
        typer.echo(msgspec.json.encode([_plain(status) for status in found]).decode())
    else:
        show.sessions(found, time.time_ns(), Console())


@app.command("set")
def set_(name: Name, *, why: Why, next_in: SeqNum = None, next_out: SeqNum = None, data: Data = DATA) -> None:
    """Set the next numbers in and out, or one of them."""
    from gateway.run.commands import SetSequence

    if next_in is None and next_out is None:
        fail("--next-in or --next-out has to be there")
    order(data, SetSequence(session=name, next_in=next_in, next_out=next_out, why=reason(why)))


@app.command()
def reset(name: Name, *, why: Why, data: Data = DATA) -> None:
    """Begin at 1 both ways. What was not delivered never will be; the counterparty has to do the same."""
    from gateway.run.commands import Reset

    order(data, Reset(session=name, why=reason(why)))


@app.command()
def logout(
    name: Name,
    *,
    why: Why,
    text: Annotated[str, typer.Option(help="Text(58), for the counterparty.")] = "",
    data: Data = DATA,
) -> None:
    """Log a session out. The counterparty may log on again."""
    from gateway.run.commands import Logout

    if text:
        wire_text(text, "--text")
    order(data, Logout(session=name, text=text, why=reason(why)))


@app.command()
def enable(name: Name, *, why: Why, data: Data = DATA) -> None:
    """Let a session log on again."""
    from gateway.run.commands import Enable

    order(data, Enable(session=name, why=reason(why)))


@app.command()
def disable(name: Name, *, why: Why, data: Data = DATA) -> None:
    """Log a session out and let it log on no more."""
    from gateway.run.commands import Disable

    order(data, Disable(session=name, why=reason(why)))


@app.command()
def add(config: Config, name: Name, *, why: Why, data: Data = DATA) -> None:
    """Begin a session of CONFIG.toml that is new there.

    No other session is touched. What it says of TLS certificates takes a restart.
    """
    from gateway.run.commands import AddSession

    session, credential = _configured(config, name)
    if session.initiator:
        fail(f"{name}: a counterparty that we call is added by a restart")
    if "*" in session.target:
        fail(f"{name}: a pattern is added by a restart")
    order(data, AddSession(session=name, config=session, credential=credential, why=reason(why)))


@app.command()
def change(config: Config, name: Name, *, why: Why, data: Data = DATA) -> None:
    """Give a session the options of CONFIG.toml.

    Its numbers stay, no other session is touched. What it says of addresses and TLS takes a restart.
    """
    from gateway.run.commands import ChangeSession

    session, credential = _configured(config, name)
    order(data, ChangeSession(session=name, config=session, credential=credential, why=reason(why)))


@app.command()
def remove(name: Name, *, why: Why, data: Data = DATA) -> None:
    """Log a session out and forget it. Take it out of the configuration too."""
    from gateway.run.commands import RemoveSession

    order(data, RemoveSession(session=name, why=reason(why)))


def _configured(config: Path, name: str) -> "tuple[SessionConfig, Credential | None]":
    """That session's options, and what it has to show."""
    from gateway.run.config import load_any, named_sessions
    from gateway.run.tables import ConfigError

    try:
        settled = load_any(config)
    except ConfigError as error:
        fail(str(error))
    known = named_sessions(settled)
    if name not in known:
        fail(f"{config}: has no session {name}; it has {', '.join(known)}")
    return known[name], settled.listener.credentials.get(known[name].name)


def _plain(status: "SessionStatus") -> dict[str, Any]:
    """For machines: instants as in the audit, spans with their unit."""
    import msgspec

    plain: dict[str, Any] = msgspec.to_builtins(status)
    last_in, rtt = plain.pop("last_in"), plain.pop("rtt")
    seconds, below = divmod(last_in, 10**9)
    heard = f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{below // 1000:06}Z" if last_in else None
    return plain | {"last_in": heard, "rtt_ms": None if rtt is None else rtt / 1e6}
