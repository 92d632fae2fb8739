"""`gateway simulate`, `compare` and `tune`: gateway, venues and a client in virtual time."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.run.cli.arguments import Json, fail

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.run.simulation.scenario import Scenario, Variant

_File = Annotated[
    Path | None, typer.Argument(metavar="[SCENARIO.toml]", help="What is played; without it a day of our venues.")
]
_Venue = Annotated[list[str], typer.Option(help="A profile's name, or its TOML file. Repeat for several.")]
_Parents = Annotated[
    int | None, typer.Option(min=0, max=99_999, help="Orders of the client, spread over the time: 1000.")
]
_Hours = Annotated[float | None, typer.Option(min=0.01, max=6.5, help="How much of the day, from its opening on: 6.5.")]
_Seed = Annotated[int | None, typer.Option(min=0, help="Everything follows from it: 1.")]
_Png = Annotated[Path | None, typer.Option(help="File for a picture of it; needs the extra `plots`.")]
_Seeds = Annotated[int, typer.Option(min=1, max=10_000, help="So many days, with the seeds that follow.")]


def simulate(
    file: _File = None,
    *,
    venue: _Venue = [],  # noqa: B006
    parents: _Parents = None,
    hours: _Hours = None,
    seed: _Seed = None,
    seeds: _Seeds = 1,
    data: Annotated[Path | None, typer.Option(help="New folder for a journal of each participant.")] = None,
    as_json: Json = False,
) -> None:
    """Play a day of simulated venues with a client's orders, as fast as it goes, and say what the orders cost."""
    import msgspec

    from gateway.run.serve import CannotStart
    from gateway.run.simulation.study import study

    scenario, _ = _scenario(file, venue, parents, hours, seed)
    if data is not None and (seeds > 1 or scenario.tapes):
        fail("--data goes with one seed, and without tapes")
    if data is not None and data.exists():
        fail(f"--data: {data} is there already")
    try:
        found = study(scenario, seeds, data=data)
    except CannotStart as error:
        fail(f"gateway simulate: {error}")
    typer.echo(msgspec.json.encode(found).decode() if as_json else "\n".join(found.lines()))


def compare(
    file: _File = None,
    *,
    routing: Annotated[list[str], typer.Option(help="A policy of the router. Repeat for several.")] = [],  # noqa: B006
    algo: Annotated[
        list[str],
        typer.Option(help="NAME or NAME:Parameter=value;Parameter=value for all orders; `none` is all at once."),
    ] = [],  # noqa: B006
    baselines: Annotated[
        bool, typer.Option(help="Also a plain sweep, a split by displayed size and a TWAP of 60 s.")
    ] = True,
    venue: _Venue = [],  # noqa: B006
    parents: _Parents = None,
    hours: _Hours = None,
    seed: _Seed = None,
    seeds: _Seeds = 20,
    png: _Png = None,
    as_json: Json = False,
) -> None:
    """Play the same orders on the same days, routed and worked in several ways, and say what each way costs.

    The first way is what the others are held against.
    """
    import msgspec

    from gateway.run.serve import CannotStart
    from gateway.run.simulation import comparison

    scenario, variants = _scenario(file, venue, parents, hours, seed)
    variants = [*variants, *_variants(scenario, routing, algo)]
    if baselines:
        variants += comparison.baselines(scenario)
    if len(variants) < 2:
        fail("there is nothing to compare: give --routing or --algo more than once, or [[variant]] in the file")
    names = [variant.name for variant in variants]
    if len(set(names)) < len(names):
        fail(f"two of {', '.join(names)} have the same name")
    try:
        found = comparison.compare(variants, seeds)
    except CannotStart as error:
        fail(f"gateway compare: {error}")
    _draw(comparison.draw, found, png)
    typer.echo(msgspec.json.encode(found).decode() if as_json else "\n".join(found.lines()))


def tune(
    file: _File = None,
    *,
    try_: Annotated[
        list[str],
        typer.Option("--try", help="Values of one parameter, as NumSlices=5,10,20; under_bps is the router's."),
    ],
    routing: Annotated[str | None, typer.Option(help="The router's policy.")] = None,
    algo: Annotated[str | None, typer.Option(help="NAME or NAME:Parameter=value for all orders.")] = None,
    folds: Annotated[int, typer.Option(min=2, max=100, help="Parts of the days, each judged by the others.")] = 5,
    venue: _Venue = [],  # noqa: B006
    parents: _Parents = None,
    hours: _Hours = None,
    seed: _Seed = None,
    seeds: _Seeds = 20,
    png: _Png = None,
    as_json: Json = False,
) -> None:
    """Find out which values of parameters cost least, judged by days that they were not chosen on.

    The first values are those that the others are held against.
    """
    import msgspec

    from gateway.run.cli.arguments import pairs
    from gateway.run.serve import CannotStart
    from gateway.run.simulation import tuning

    scenario, _ = _scenario(file, venue, parents, hours, seed)
    ways = _variants(scenario, [routing] if routing else [], [algo] if algo else [])
    scenario = ways[0].scenario if ways else scenario
    grid = {name: values.split(",") for name, values in pairs(try_, "--try").items()}
    if len(grid) < len(try_):
        fail("--try: a parameter is there twice")
    if grid.keys() - {tuning.UNDER} and (scenario.work is None or not scenario.work.strategy):
        fail(f"--try: {', '.join(sorted(grid.keys() - {tuning.UNDER}))} is of an algo, which --algo has to name")
    tried = tuning.points(grid)
    if not 2 <= len(tried) <= tuning.MOST_POINTS:
        fail(f"--try: {len(tried)} combinations, where 2 to {tuning.MOST_POINTS} can be compared")
    if seeds < folds:
        fail(f"--seeds: {seeds} days cannot be parted into {folds} folds")
    try:
        found = tuning.tune(scenario, grid, seeds=seeds, folds=folds)
    except CannotStart as error:
        fail(f"gateway tune: {error}")
    _draw(tuning.draw, found, png)
    typer.echo(msgspec.json.encode(found).decode() if as_json else "\n".join(found.lines()))


def _draw(draw: "Callable[[Any, Path], None]", found: object, png: Path | None) -> None:
    if png is None:
        return
    try:
        draw(found, png)
    except ModuleNotFoundError:
        fail("--png needs matplotlib: pip install 'fix-execution-gateway[plots]'")
    except (OSError, ValueError) as error:
        fail(f"--png: {error}")


def _scenario(
    file: Path | None, venue: list[str], parents: int | None, hours: float | None, seed: int | None
) -> "tuple[Scenario, list[Variant]]":
    """What the file says, and instead of that what the options say."""
    from msgspec.structs import replace

    from gateway.run.simulation.scenario import Scenario, Variant, read_scenario
    from gateway.run.tables import ConfigError

    scenario, variants = Scenario(), list[Variant]()
    if file is not None:
        try:
            scenario, variants = read_scenario(file)
        except ConfigError as error:
            fail(str(error))
    if scenario.orders and parents is not None:
        fail(f"--parents: {file} has orders of its own")
    said = {
        "venues": tuple(venue) or None,
        "parents": parents,
        "seconds": None if hours is None else round(hours * 3_600),
        "seed": seed,
    }
    changes = {name: value for name, value in said.items() if value is not None}
    return replace(scenario, **changes), [
        Variant(variant.name, replace(variant.scenario, **changes)) for variant in variants
    ]


def _variants(scenario: "Scenario", routing: list[str], algo: list[str]) -> "list[Variant]":
    """Each policy with each algo."""
    from msgspec.structs import replace

    from gateway.model.routing import RoutePolicy
    from gateway.run.algos import named
    from gateway.run.cli.arguments import pairs
    from gateway.run.simulation.scenario import Variant, Work

    known = [str(policy) for policy in RoutePolicy if policy is not RoutePolicy.DIRECTED]
    for text in routing:
        if text not in known:
            fail(f"--routing: '{text}' is none of {', '.join(known)}")
    works: dict[str, Work] = {}
    for text in algo:
        name, _, parameters = text.partition(":")
        try:
            strategy = named(name)
        except ValueError as error:
            fail(f"--algo: '{name}' {error}")
        works[text] = Work(
            strategy=strategy, parameters=pairs([each for each in parameters.split(";") if each], "--algo")
        )
    return [
        Variant(
            " ".join(filter(None, (policy, text))),
            replace(
                scenario,
                routing=RoutePolicy(policy) if policy else scenario.routing,
                work=works.get(text),
            ),
        )
        for policy in (routing or [""])
        for text in (works or [""])
        if policy or text
    ]
