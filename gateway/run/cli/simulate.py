"""`gateway simulate`: gateway, venues and a client in virtual time."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.run.cli.arguments import Json, fail


def simulate(
    venue: Annotated[
        list[str], typer.Option(help="A profile's name, or its TOML file. Repeat for several; without any, ours.")
    ] = [],  # noqa: B006
    *,
    parents: Annotated[
        int, typer.Option(min=0, max=99_999, help="Orders of the client, spread over the time.")
    ] = 1_000,
    hours: Annotated[float, typer.Option(min=0.01, max=6.5, help="How much of the day, from its opening on.")] = 6.5,
    seed: Annotated[int, typer.Option(min=0, help="Everything follows from it.")] = 1,
    seeds: Annotated[int, typer.Option(min=1, max=10_000, help="So many days, with the seeds that follow.")] = 1,
    data: Annotated[Path | None, typer.Option(help="New folder for a journal of each participant.")] = None,
    as_json: Json = False,
) -> None:
    """Play a day of simulated venues with a client's orders, as fast as it goes, and say what the orders cost."""
    import msgspec

    from gateway.run.serve import CannotStart
    from gateway.run.simulation.day import Scenario
    from gateway.run.simulation.study import study

    if data is not None and seeds > 1:
        fail("--data goes with one seed")
    if data is not None and data.exists():
        fail(f"--data: {data} is there already")
    scenario = Scenario(seed=seed, seconds=round(hours * 3_600), parents=parents)
    try:
        found = study(msgspec.structs.replace(scenario, venues=tuple(venue)) if venue else scenario, seeds, data=data)
    except CannotStart as error:
        fail(f"gateway simulate: {error}")
    typer.echo(msgspec.json.encode(found).decode() if as_json else "\n".join(found.lines()))
