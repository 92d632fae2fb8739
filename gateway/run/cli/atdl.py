"""`gateway atdl`: our algos as FIXatdl 1.1, and a dialect from what another desk publishes."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.run.cli.algo import known
from gateway.run.cli.arguments import fail, group

app = group("FIXatdl 1.1: ours for clients' order tickets, another desk's as a dialect.")


@app.command("export")
def export(
    *,
    dialect: Annotated[
        Path | None, typer.Option(metavar="DIALECT.toml", help="In the words of a dialect, and only what it has.")
    ] = None,
    identifier_tag: Annotated[
        int | None, typer.Option(min=1, max=99_999, help="Instead of 847, the field that names the strategy.")
    ] = None,
) -> None:
    """Print the algos as FIXatdl 1.1: their parameters, a layout, and the rules among them."""
    from gateway.run.atdl.export import export as write
    from gateway.run.atdl.tickets import CannotSay, in_dialect, in_house
    from gateway.run.dialect_table import load_dialect
    from gateway.run.tables import ConfigError

    if dialect is None:
        typer.echo(write(in_house(known()), strategy_tag=identifier_tag or 847), nl=False)
        return
    if identifier_tag is not None:
        fail("--identifier-tag: the dialect says it")
    try:
        read = load_dialect(dialect)
        tickets = in_dialect(known(), read)
    except ConfigError as error:
        fail(str(error))
    except CannotSay as error:
        fail(f"{dialect.name}: {error}")
    typer.echo(write(tickets, strategy_tag=read.strategy_tag), nl=False)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE.xml", help="FIXatdl 1.1 of another desk.")],
    *,
    name: Annotated[str, typer.Option(help="What the dialect is called.")],
) -> None:
    """Print a dialect for those who send what FILE.xml describes; on stderr, how much of it is left to a person.

    Only names that say what is meant are mapped; all else stands in the dialect as a comment.
    """
    from gateway.run.atdl.document import AtdlError, load
    from gateway.run.atdl.proposal import propose
    from gateway.run.atdl.toml import render

    try:
        document = load(file)
    except AtdlError as error:
        fail(str(error))
    dialect = propose(document, known())
    typer.echo(render(dialect, name), nl=False)
    left = sum(map(len, dialect.open.values()))
    mapped = f"{len(dialect.strategies)} of {len(document.strategies)} strategies mapped"
    typer.echo(f"{mapped}; open points: {left}", err=True)
