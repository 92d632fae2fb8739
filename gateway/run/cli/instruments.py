"""`gateway instruments`: what becomes of what is traded. It asks the gateway that runs; see gateway.run.control."""

from typing import Annotated

import typer

from gateway.run.cli.arguments import DATA, Data
from gateway.run.cli.operating import Why, order, reason

app = typer.Typer(no_args_is_help=True)


@app.callback()
def instruments() -> None:
    """Tell a running gateway what becomes of what is traded."""


@app.command()
def split(
    symbol: Annotated[str, typer.Argument(metavar="SYMBOL")],
    ratio: Annotated[str, typer.Argument(metavar="NEW:OLD", help="2:1 doubles the shares, 1:10 makes one of ten.")],
    *,
    why: Why,
    data: Data = DATA,
) -> None:
    """Restate a symbol's good-till orders and positions after a split, while nothing of it is at a venue."""
    from gateway.run.commands import Split

    order(data, Split(symbol=symbol, ratio=ratio, why=reason(why)))
