"""`gateway plan`: what an order would do and cost, before there is one. Nothing is sent anywhere."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.run.cli.arguments import Json, choice, fail, pairs, parsed, tell, wire_text

if TYPE_CHECKING:
    from gateway.model import Px, Qty

_DAY_S = 86_400


def plan(
    side: Annotated[str, typer.Argument(help="BUY or SELL.")],
    qty: Annotated[str, typer.Argument(help="OrderQty(38).")],
    symbol: Annotated[str, typer.Argument(help="Symbol(55).")],
    *,
    algo: Annotated[str, typer.Option(help="Its name or TargetStrategy(847); see `gateway algo list`.")] = "is",
    duration: Annotated[int, typer.Option(min=1, max=_DAY_S, help="Seconds from the start to the end.")] = 3600,
    parameter: Annotated[list[str], typer.Option(help="NAME=VALUE, of the algo's. Repeat for several.")] = [],  # noqa: B006
    data: Annotated[
        Path | None, typer.Option(help="Ask the gateway that runs with this data folder for what is not given.")
    ] = None,
    price: Annotated[str, typer.Option(help="The middle of the market.")] = "",
    spread: Annotated[str, typer.Option(help="Usual distance of the best bid and offer.")] = "",
    volatility: Annotated[
        float | None, typer.Option(min=0, max=1000, help="Standard deviation of a day, in per cent.")
    ] = None,
    volume: Annotated[str, typer.Option(help="That trades in a day.")] = "",
    outstanding: Annotated[str, typer.Option(help="Shares that there are, for a cost that was measured by them.")] = "",
    lot: Annotated[str, typer.Option(help="Quantities are multiples of it.")] = "1",
    start: Annotated[str, typer.Option(help="HH:MM, UTC. The opening; with --data, now.")] = "",
    opening: Annotated[str, typer.Option("--open", help="HH:MM, UTC, of the trading day.")] = "14:30",
    closing: Annotated[str, typer.Option("--close", help="HH:MM, UTC.")] = "21:00",
    half_life: Annotated[
        float, typer.Option(min=1, help="Seconds in which half of what was taken from a book comes back.")
    ] = 300.0,
    drift: Annotated[
        float, typer.Option(min=-10_000, max=10_000, help="bps by which the price is expected to be worse at the end.")
    ] = 0.0,
    as_json: Json = False,
) -> None:
    """Show the slices of an order, what it is expected to cost, how sure that is, and other ways to trade it."""
    import time

    from gateway.market import Hours
    from gateway.model import SECOND, Ns, Side, parse_px, parse_qty
    from gateway.run import planning
    from gateway.run.algos import AlgoError, installed, named
    from gateway.run.plan_view import show

    number = choice(side, {"BUY": "BUY", "SELL": "SELL"}, "SIDE")
    wire_text(symbol, "SYMBOL")
    size, step = parsed(qty, parse_qty, "QTY"), parsed(lot, parse_qty, "--lot")
    if step <= 0 or size <= 0 or size % step:
        fail(f"QTY: {qty} is not a multiple of the lot, {lot}")
    try:
        kind, algos = parsed(algo, named, "--algo"), installed()
    except AlgoError as error:
        fail(str(error))
    if not kind:
        fail("--algo: an order without one is sent at once, and there is nothing to plan")
    hours = Hours(parsed(opening, _clock, "--open"), parsed(closing, _clock, "--close"))
    given: dict[str, Px | Qty | float] = {}
    said = (("price", price, parse_px), ("spread", spread, parse_px), ("volume", volume, parse_qty))
    for name, text, parse in (*said, ("outstanding", outstanding, parse_qty)):
        if text:
            given[name] = parsed(text, parse, f"--{name}")
            if given[name] <= 0:
                fail(f"--{name}: {text} is not above 0")
    if volatility is not None:
        given["volatility"] = volatility / 100
    if data is not None:
        given = _known(data, symbol, hours.length / SECOND) | given
    for name in ("price", "spread", "volatility", "volume"):
        if name not in given:
            fail(f"--{name} is not given" + ("" if data is None else ", and that gateway does not know it yet"))
    today = int(time.time()) // _DAY_S * _DAY_S
    begin = time.time() if data is not None and not start else today + parsed(start or opening, _clock, "--start")
    asked = planning.Asked(
        symbol=symbol,
        side=Side[number],
        qty=size,
        lot=step,
        algo=kind,
        parameters={"Duration": str(duration)} | pairs(parameter, "--parameter"),
        now=Ns(int(begin * SECOND)),
        drift=drift / 10_000,
    )
    assumed = planning.Assumed(hours=hours, half_life_s=half_life, **given)  # type: ignore[arg-type]  # checked above
    try:
        found = planning.planned(asked, assumed, algos)
    except planning.CannotPlan as refused:
        fail(str(refused), status=1)
    tell(found, show, as_json=as_json)


def _known(data: Path, symbol: str, day_s: float) -> "dict[str, Px | Qty | float]":
    """What a gateway knows of the market in that symbol."""
    from gateway.model import SCALE, Px, Qty
    from gateway.run.cli.operating import ask
    from gateway.run.commands import Market

    answer = ask(data, Market(symbol=symbol))
    if answer.market is None:
        fail(answer.error or "the gateway does not say", status=1)
    quote = next((each for each in answer.market.quotes if each.symbol == symbol), None)
    activity = next((each for each in answer.market.activity if each.symbol == symbol), None)
    if quote is None or activity is None:
        fail(f"{symbol} is not traded there", status=1)
    found: dict[str, Px | Qty | float] = {}
    if quote.bid_size and quote.ask_size:
        found["price"] = Px((quote.bid + quote.ask) // 2)
    if activity.spread:
        found["spread"] = activity.spread
    if activity.volatility is not None:
        found["volatility"] = activity.volatility / SCALE * (day_s / 60) ** 0.5
    if activity.to_come is not None and activity.traded + activity.to_come:
        found["volume"] = Qty(activity.traded + activity.to_come)
    return found


def _clock(text: str) -> int:
    """Seconds after midnight of 'HH:MM'. Raises ValueError."""
    hours, colon, minutes = text.partition(":")
    digits = hours + minutes
    if not (colon and len(hours) == len(minutes) == 2 and digits.isascii() and digits.isdigit()):
        raise ValueError(f"'{text}' is not HH:MM")
    if int(hours) > 23 or int(minutes) > 59:
        raise ValueError(f"'{text}' is no time of day")
    return int(hours) * 3600 + int(minutes) * 60
