"""`gateway venue`: simulated venues, and how well venues serve a gateway."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.run.cli.arguments import Json, fail, group, pairs, parsed, wire_text
from gateway.run.cli.health import breaker, stats
from gateway.run.cli.operating import Why, reason
from venues.faults.kinds import LEAST, FaultKind
from venues.tapes.showing import FillModel, Showing

if TYPE_CHECKING:
    from gateway.run.commands import HaltOrder, InjectFault

app = group("Simulated venues, and how well venues serve a gateway.")
app.command("stats")(stats)
app.command("breaker")(breaker)

_Symbol = Annotated[str, typer.Argument(metavar="SYMBOL")]
_VenueData = Annotated[Path, typer.Option(help="The venue's data folder.")]


@app.command("serve")
def venue_serve(
    profile: Annotated[str, typer.Argument(help="A profile's name, or its TOML file.")],
    *,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free one.")] = 0,
    symbol: Annotated[
        list[str], typer.Option(metavar="SYMBOL=PRICE", help="Trade it, around that price. Repeat for several.")
    ] = [],  # noqa: B006
    seed: Annotated[int, typer.Option(help="Of the invented participants.")] = 1,
    flow: Annotated[bool, typer.Option(help="Whether invented participants quote and trade.")] = True,
    tape: Annotated[
        Path | None, typer.Option(help="A recorded market to show, as `gateway tape info` knows it.")
    ] = None,
    fill_model: Annotated[
        FillModel, typer.Option(help="With --tape: what becomes of orders that the tape never saw.")
    ] = FillModel.QUEUE,
    own_impact: Annotated[bool, typer.Option(help="With --tape: what is taken of it stays taken.")] = True,
    half_life_ms: Annotated[
        int, typer.Option(min=1, help="With --fill-model slippage: until half of what was taken is there again.")
    ] = 1_000,
    skip_bad_rows: Annotated[bool, typer.Option("--skip-bad-rows", help="Pass over lines that are no rows.")] = False,
    hours: Annotated[
        bool, typer.Option("--hours", help="Keep the profile's hours, else open round the clock.")
    ] = False,
    faults: Annotated[
        Path | None, typer.Option(help="TOML file of what goes wrong, by a script or by chance; see `venue faults`.")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Folder to remember in; without it nothing is kept.")] = None,
    until_eof: Annotated[bool, typer.Option("--until-eof", help="End when standard input does.")] = False,
    or_next: Annotated[bool, typer.Option("--or-next", help="Where the port is taken, the next free one.")] = False,
) -> None:
    """Run one simulated venue."""
    from gateway.model import parse_px

    prices = {name: parsed(price, parse_px, "--symbol") for name, price in pairs(symbol, "--symbol").items()}
    if not prices:
        fail("--symbol: a venue trades at least one, as in --symbol ACME=100")
    for name, price in prices.items():
        wire_text(name, "--symbol")
        if price <= 0:
            fail(f"--symbol: {name} needs a price above 0")
    from gateway.run.tapes import Kept
    from gateway.run.venue import serve as run_venue

    showing = Showing(fill_model=fill_model, own_impact=own_impact, half_life_ms=half_life_ms, skip_bad=skip_bad_rows)
    if tape is None and showing != Showing():
        fail("--fill-model, --own-impact, --half-life-ms and --skip-bad-rows go with --tape")
    status = run_venue(
        profile,
        port=port,
        symbols=prices,
        seed=seed,
        flow=flow,
        tape=None if tape is None else Kept(tape, showing),
        hours=hours,
        faults=faults,
        data=data,
        until_eof=until_eof,
        or_next=or_next,
    )
    raise typer.Exit(status)


@app.command("halt")
def venue_halt(symbol: _Symbol, *, data: _VenueData, why: Why) -> None:
    """Stop trading in a symbol on a venue that runs."""
    from gateway.run.commands import HaltSymbol

    _order(data, HaltSymbol(symbol=symbol, why=reason(why)))


@app.command("resume")
def venue_resume(symbol: _Symbol, *, data: _VenueData, why: Why) -> None:
    """Let a halted symbol trade again, after an auction."""
    from gateway.run.commands import ResumeSymbol

    _order(data, ResumeSymbol(symbol=symbol, why=reason(why)))


@app.command("faults")
def venue_faults(*, as_json: Json = False) -> None:
    """The faults that a venue can be made to have: on which occasion, what happens, and the usual amounts."""
    from gateway.run.profiles import aligned
    from venues.faults.kinds import SPECS

    rows = [("fault", "on", "what happens", "usually")]
    for kind, spec in SPECS.items():
        rows.append((kind, spec.on, spec.about, " ".join(f"{name}={much}" for name, much in spec.usual.items())))
    _say(SPECS, aligned(rows), as_json=as_json)


@app.command("fault")
def venue_fault(
    fault: Annotated[FaultKind, typer.Argument(help="One of `gateway venue faults`.")],
    *,
    data: _VenueData,
    why: Why,
    symbol: Annotated[str, typer.Option(help="Of the next occasion; every symbol unless it is said.")] = "",
    counterparty: Annotated[str, typer.Option(help="Its CompID; everybody unless it is said.")] = "",
    amount: Annotated[
        list[str], typer.Option(metavar="NAME=NUMBER", help="Other than usual. Repeat for several.")
    ] = [],  # noqa: B006
) -> None:
    """Let a fault happen at a venue that runs: on the next occasion, to connections at once."""
    from gateway.run.commands import InjectFault
    from venues.faults.plan import Scripted

    amounts = {name: parsed(text, int, "--amount") for name, text in pairs(amount, "--amount").items()}
    if unknown := [name for name in amounts if name not in LEAST]:
        fail(f"--amount: {unknown[0]} is none of {', '.join(LEAST)}")
    scripted = Scripted(fault=fault, symbol=symbol, counterparty=counterparty, **amounts)
    _order(data, InjectFault(fault=scripted, why=reason(why)))


def _order(data: Path, request: "HaltOrder | InjectFault") -> None:
    from gateway.run.control import ControlError, ask

    try:
        error = ask(data, request, who="venue", started_by=f"gateway venue serve PROFILE --data {data}").error
    except ControlError as gone:
        fail(str(gone))
    if error is not None:
        fail(error, status=1)


@app.command("list")
def venue_list(*, as_json: Json = False) -> None:
    """The profiles that come with it, one a line."""
    from gateway.run.profiles import shipped, table

    found = shipped()
    _say(found, table(found), as_json=as_json)


@app.command("show")
def venue_show(
    profile: Annotated[str, typer.Argument(help="A profile's name, or its TOML file.")], *, as_json: Json = False
) -> None:
    """All that a profile says, what it leaves out included."""
    from gateway.run.profiles import describe, lines
    from gateway.run.serve import CannotStart

    try:
        said = describe(profile)
    except CannotStart as error:
        fail(f"gateway venue: {error}")
    _say(said, lines(said), as_json=as_json)


@app.command("facts")
def venue_facts(
    profile: Annotated[list[str], typer.Argument(help="Venues that trade together: profiles' names or TOML files.")] = [  # noqa: B006
        "XLON",
        "BATE",
        "CHIX",
    ],
    *,
    seed: Annotated[int, typer.Option(help="Of the invented participants.")] = 1,
    hours: Annotated[float, typer.Option(min=0.1, max=6.5, help="How much of the day, from its beginning on.")] = 6.5,
    as_json: Json = False,
) -> None:
    """Measure the invented participants by what real markets have in common. Exit status 1: a fact is out of range."""
    from gateway.run.crowd_facts import facts
    from gateway.run.serve import CannotStart

    try:
        found = facts(profile, seed, hours)
    except CannotStart as error:
        fail(f"gateway venue: {error}")
    _say(found, found.lines(), as_json=as_json)
    raise typer.Exit(0 if found.ok else 1)


def _say(found: object, text: list[str], *, as_json: bool) -> None:
    import msgspec

    typer.echo(msgspec.json.encode(found).decode() if as_json else "\n".join(text))
