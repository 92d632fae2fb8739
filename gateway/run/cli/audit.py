"""`gateway audit`: questions to the audit database."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.run.cli.arguments import DATA, Data, Json, Limit, fail, group, tell

if TYPE_CHECKING:
    from gateway.record.queries import Audit

app = group("Ask the audit database.")


@app.command("orders")
def audit_orders(
    *,
    children: Annotated[bool, typer.Option("--children", help="What went to venues too.")] = False,
    open_only: Annotated[bool, typer.Option("--open", help="Only orders that may still trade.")] = False,
    limit: Limit = 100,
    data: Data = DATA,
    as_json: Json = False,
) -> None:
    """The last orders."""
    from gateway.run import show

    with audit(data) as asked:
        found = asked.orders(role=None if children else "parent", open_only=open_only, limit=limit)
    tell(found, show.orders, as_json=as_json)


@app.command("order")
def audit_order(
    name: Annotated[str, typer.Argument(metavar="ID", help="OrderID(37) or ClOrdID(11).")],
    *,
    data: Data = DATA,
    as_json: Json = False,
) -> None:
    """One order's story: requests, reports, releases, children."""
    from gateway.run import show

    with audit(data) as asked:
        told = asked.order(name)
    if told is None:
        fail(f"no order has the OrderID(37) or ClOrdID(11) {name}", status=1)
    tell(told, show.story, as_json=as_json)


@app.command("positions")
def audit_positions(
    *,
    account: Annotated[str | None, typer.Option(help="Only of this Account(1); '' for orders without one.")] = None,
    symbol: Annotated[str | None, typer.Option(help="Only of this Symbol(55).")] = None,
    venues: Annotated[bool, typer.Option("--venues", help="Of each venue too, not only of all together.")] = False,
    open_only: Annotated[bool, typer.Option("--open", help="Only positions that are not flat.")] = False,
    limit: Limit = 100,
    data: Data = DATA,
    as_json: Json = False,
) -> None:
    """What accounts hold, what it cost, and what was made of it."""
    from gateway.run import show

    with audit(data) as asked:
        found = asked.positions(account=account, symbol=symbol, venues=venues, open_only=open_only, limit=limit)
    tell(found, show.positions, as_json=as_json)


@app.command("allocations")
def audit_allocations(
    *,
    account: Annotated[str | None, typer.Option(help="Only of blocks that this account had or got a part of.")] = None,
    limit: Limit = 100,
    data: Data = DATA,
    as_json: Json = False,
) -> None:
    """What accounts got of filled blocks, and whether it still stands."""
    from gateway.run import show

    with audit(data) as asked:
        found = asked.allocations(account=account, limit=limit)
    tell(found, show.allocations, as_json=as_json)


@app.command("messages")
def audit_messages(
    *,
    session: Annotated[str | None, typer.Option(help="Only of this counterparty.")] = None,
    limit: Limit = 50,
    data: Data = DATA,
    as_json: Json = False,
) -> None:
    """The last FIX messages, decoded."""
    from gateway.fix.dictionary import default
    from gateway.run import show

    with audit(data) as asked:
        found = asked.messages(limit=limit, session=session)
    tell(found, lambda found, console: show.messages(found, default(), console), as_json=as_json)


@app.command("commands")
def audit_commands(*, limit: Limit = 100, data: Data = DATA, as_json: Json = False) -> None:
    """What operators told the sessions: who, what, why, and what it changed."""
    from gateway.run import show

    with audit(data) as asked:
        found = asked.commands(limit=limit)
    tell(found, show.commands, as_json=as_json)


@contextmanager
def audit(data: Path) -> "Iterator[Audit]":
    from gateway.record.projector import database_path
    from gateway.record.queries import Audit

    path = database_path(data)
    if not path.exists():
        fail(f"{path}: no audit database; --data has to name the data folder of a gateway")
    try:
        with Audit(path) as audit:
            yield audit
    except sqlite3.DatabaseError as error:
        fail(f"{path}: cannot be asked: {error}; if it is deleted, the next `gateway serve` makes it anew")
