"""`gateway ck`: how much of an order to take and how much to rest where, by the model of Cont and Kukanov."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from gateway.run.cli.arguments import Json, fail, group, parsed, tell

app = group("How much of an order to take at once, and how much to rest at each venue.")


@app.command("solve")
def solve(
    qty: Annotated[str, typer.Argument(help="How much is to be filled by a deadline.")],
    venue: Annotated[
        list[str],
        typer.Option(help="NAME,queue=2000,rebate=0.002,outflow=poisson:2200 (or exponential:); repeat for several."),
    ],
    *,
    outflows: Annotated[
        Path | None, typer.Option(help="CSV of what left the queues: a column a venue, a row an interval.")
    ] = None,
    common: Annotated[
        float, typer.Option(min=0, max=1, help="The part of the outflows that all venues have in common.")
    ] = 0.0,
    half_spread: Annotated[str, typer.Option(help="Currency a share, as are all costs.")] = "0.01",
    fee: Annotated[str, typer.Option(help="Of taking.")] = "0.003",
    impact: Annotated[str, typer.Option(help="Of every share that is sent.")] = "0.0005",
    under: Annotated[str, typer.Option(help="For each share that is not filled.")] = "0.05",
    over: Annotated[str, typer.Option(help="For each share that is filled too much.")] = "0.05",
    lot: Annotated[str, typer.Option(help="Orders are multiples of it.")] = "1",
    method: Annotated[
        Literal["search", "stochastic"],
        typer.Option(help="Search over all intervals at once, or a step for each that is drawn."),
    ] = "search",
    draws: Annotated[
        int | None, typer.Option(min=1, max=1_000_000, help="Intervals that --method stochastic draws: 20000.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="They follow from it: 1.")] = None,
    as_json: Json = False,
) -> None:
    """Say what to take and what to rest for the least cost on average, beside plainer plans; negative costs earn."""
    from gateway.model import parse_px, parse_qty
    from gateway.router.cont_kukanov import Costs
    from gateway.run import placing

    size, step = parsed(qty, parse_qty, "QTY"), parsed(lot, parse_qty, "--lot")
    if not step or not size or size % step:
        fail(f"QTY: {qty} is not a multiple of the lot, {lot}")
    stated = [parsed(text, placing.parse_venue, "--venue") for text in venue]
    names = [each.queue.venue for each in stated]
    if len(set(names)) < len(names) or len(names) > placing.MOST_VENUES:
        fail(f"--venue: at most {placing.MOST_VENUES}, each once")
    for each in stated:
        if (each.law is None) != (outflows is not None):
            fail(f"--venue {each.queue.venue}: it has either an outflow or a column of --outflows")
    prices = ("--half-spread", half_spread), ("--fee", fee), ("--impact", impact), ("--under", under), ("--over", over)
    costs = Costs(*(parsed(text, parse_px, name) for name, text in prices))
    if min(costs.half_spread, costs.impact, costs.under, costs.over) < 0:
        fail("of the costs only --fee and a venue's rebate may be negative")
    observed = None
    if outflows is not None:
        try:
            observed = placing.read_outflows(outflows, names)
        except OSError as error:
            fail(f"{outflows}: {error.strerror or error}")
        except ValueError as error:
            fail(f"{outflows}: {error}")
    drawn = None
    if method == "stochastic":
        drawn = placing.Draws(draws or 20_000, 1 if seed is None else seed)
    elif draws is not None or seed is not None:
        fail("--draws and --seed go with --method stochastic")
    found = placing.answer(size, stated, observed, costs, lot=step, common_bps=round(common * 10_000), draws=drawn)
    tell(found, placing.show, as_json=as_json)
