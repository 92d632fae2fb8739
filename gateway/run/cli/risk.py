"""`gateway kill` and `gateway limits`: who may trade, and how much. Every change has a reason, kept in the audit.

It asks the gateway that runs on the data folder; see gateway.run.control.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.run.cli.arguments import DATA, Data, Json, fail
from gateway.run.cli.operating import Why, ask, order, reason

if TYPE_CHECKING:
    from gateway.model.settings import RiskStatus

kill = typer.Typer()
limits = typer.Typer()

Scope = Annotated[
    str, typer.Argument(metavar="SCOPE", help="firm, client=NAME, account=, symbol=, algo=, venue= or order=.")
]


@kill.callback(invoke_without_command=True)
def stops(context: typer.Context, *, data: Data = DATA, as_json: Json = False) -> None:
    """Stop trading: nothing new goes out in a scope, and what is live there is canceled. Alone: who is stopped."""
    if _has_command(context, data, as_json=as_json):
        return
    found = _status(data)
    if as_json:
        _print_json(found.stops)
        return
    for stop in found.stops:
        at = datetime.fromtimestamp(stop.at // 10**9, UTC)
        asked = ", to be confirmed to trade again" if stop.rearming else ""
        typer.echo(_plain(f"{stop.scope}: {stop.state} since {at:%Y-%m-%d %H:%M:%S}Z by {stop.who}: {stop.why}{asked}"))
    if not found.stops:
        typer.echo("nobody is stopped")


@kill.command()
def now(scope: Scope, *, why: Why, data: Data = DATA) -> None:
    """Stop a scope and cancel all that is live in it."""
    from gateway.run.commands import Kill

    order(data, Kill(scope=scope, why=reason(why)))


@kill.command()
def reduce(scope: Scope, *, why: Why, data: Data = DATA) -> None:
    """Let a scope only reduce its positions, and cancel all that is live in it."""
    from gateway.run.commands import Reduce

    order(data, Reduce(scope=scope, why=reason(why)))


@kill.command()
def rearm(scope: Scope, *, why: Why, data: Data = DATA) -> None:
    """First step towards trading again: says what the second will do."""
    from gateway.run.commands import Rearm

    order(data, Rearm(scope=scope, why=reason(why)))
    for stop in _status(data).stops:
        if stop.scope == scope:
            typer.echo(_plain(f"{stop.scope} was stopped by {stop.who}: {stop.why}"))
    typer.echo(_plain(f"to let it trade again, within five minutes: gateway kill confirm {scope} --why ..."))


@kill.command()
def confirm(scope: Scope, *, why: Why, data: Data = DATA) -> None:
    """Second step: the scope trades again. Orders that were canceled stay so."""
    from gateway.run.commands import Confirm

    order(data, Confirm(scope=scope, why=reason(why)))


@limits.callback(invoke_without_command=True)
def shown(context: typer.Context, *, data: Data = DATA, as_json: Json = False) -> None:
    """Which limits hold in a running gateway, and since when they are not those of the configuration."""
    if _has_command(context, data, as_json=as_json):
        return
    found = _status(data).limits
    if as_json:
        _print_json(found)
        return
    for limit in found:
        typer.echo(_plain(f"{limit.scope}: {limit.limit} = {limit.value or 'not set'} ({limit.source})"))


@limits.command("set")
def set_limit(
    scope: Scope,
    limit: Annotated[str, typer.Argument(metavar="LIMIT", help="As in the configuration: max_open_gross.")],
    value: Annotated[str, typer.Argument(metavar="VALUE", help="'' takes the limit away, which may refuse orders.")],
    *,
    why: Why,
    data: Data = DATA,
) -> None:
    """Change a limit from now on, over restarts, until the configuration says something else than now."""
    from gateway.run.commands import SetLimit

    order(data, SetLimit(scope=scope, limit=limit, value=value, why=reason(why)))


def _has_command(context: typer.Context, data: Path, *, as_json: bool) -> bool:
    if context.invoked_subcommand is None:
        return False
    if as_json or data != DATA:
        fail(f"options go behind the command, as in: {context.command_path} {context.invoked_subcommand} --data DIR")
    return True


def _status(data: Path) -> "RiskStatus":
    from gateway.run.commands import Risk

    answer = ask(data, Risk())
    if answer.risk is None:
        fail(answer.error or "the gateway does not say", status=1)
    return answer.risk


def _plain(text: str) -> str:
    """Without what would move the cursor: names may be whatever clients wrote."""
    from gateway.run.show import printable

    return printable(text)


def _print_json(found: object) -> None:
    import msgspec

    typer.echo(msgspec.json.encode(found).decode())
