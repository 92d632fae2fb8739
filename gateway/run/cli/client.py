"""`gateway client`: a sample FIX client."""

import dataclasses
import json
import time
from typing import Annotated

import typer

from gateway.run.cli.arguments import Host, Json, Port, Sender, Target, choice, fail, group, pairs, parsed, wire_text

app = group("A sample FIX client.")


@app.command("send")
def client_send(
    side: Annotated[str, typer.Argument(help="BUY, SELL, SELL_SHORT or SELL_SHORT_EXEMPT.")],
    quantity: Annotated[str, typer.Argument(help="OrderQty(38), without sign.")],
    symbol: Annotated[str, typer.Argument(help="Symbol(55).")],
    *,
    price: Annotated[str | None, typer.Option(help="A limit; without it a market order.")] = None,
    tif: Annotated[str, typer.Option(help="DAY, GTC, IOC or FOK.")] = "DAY",
    algo: Annotated[str | None, typer.Option(help="A name of `gateway algo list`, or a TargetStrategy(847).")] = None,
    duration: Annotated[int | None, typer.Option(min=1, help="Seconds the algo has.")] = None,
    slices: Annotated[int | None, typer.Option(min=1, help="Parts the algo cuts the order into.")] = None,
    set_: Annotated[
        list[str], typer.Option("--set", help="A parameter of the algo, as NumSlices=10. Repeat for several.")
    ] = [],  # noqa: B006
    host: Host = "127.0.0.1",
    port: Port = 9878,
    sender: Sender = "CLIENT",
    target: Target = "GATEWAY",
    wait: Annotated[float | None, typer.Option(min=0, help="Seconds to follow the order; default: to its end.")] = None,
    as_json: Json = False,
) -> None:
    """Send an order and follow it to its end. Exit status 0: filled; 1: not; 2: not sent."""
    from rich.console import Console

    from gateway.fix.dictionary import default
    from gateway.model import Common, ParameterType, parameters, parse_px, parse_qty
    from gateway.run.algos import AlgoError, installed, named
    from gateway.run.sample_client import SIDES, TIMES_IN_FORCE, LogonFailed, Order, SessionError, send_order
    from gateway.run.show import message_line

    side, tif = choice(side, SIDES, "SIDE"), choice(tif, TIMES_IN_FORCE, "--tif")
    parsed(quantity, parse_qty, "QUANTITY")
    for text, what in ((symbol, "SYMBOL"), (sender, "--sender"), (target, "--target")):
        wire_text(text, what)
    if price is not None:
        parsed(price, parse_px, "--price")
    said = {"Duration": duration, "NumSlices": slices}
    given = {name: str(number) for name, number in said.items() if number is not None} | pairs(set_, "--set")
    if algo is None and given:
        fail("--duration, --slices and --set go with --algo")
    strategy = None if algo is None else algo if algo.isdecimal() else parsed(algo, named, "--algo") or None
    try:
        kind = installed().get(strategy or "")
    except AlgoError as error:
        fail(str(error))
    types = {each.name: each.type for each in (*(parameters(kind) if kind else ()), *parameters(Common))}
    order = Order(
        side=side,
        quantity=quantity,
        symbol=symbol,
        price=price,
        time_in_force=tif,
        algo=strategy,
        parameters=tuple((name, types.get(name, ParameterType.STRING), value) for name, value in given.items()),
    )
    console = Console(highlight=False, soft_wrap=True)

    def print_message(direction: str, message: tuple[tuple[int, str], ...]) -> None:
        if not as_json:
            at = time.time()
            clock = time.strftime("%H:%M:%S", time.gmtime(at)) + f".{int(at * 1000) % 1000:03}"
            console.print(message_line(clock, direction, message, default()))

    try:
        result = send_order(
            order, host=host, port=port, sender=sender, target=target, wait_s=wait, on_message=print_message
        )
    except LogonFailed as error:
        fail(str(error))
    except SessionError as error:
        fail(f"{error}. The order may still be working.", status=1)
    except KeyboardInterrupt:
        fail("interrupted. The order may still be working.", status=1)
    if as_json:
        typer.echo(json.dumps(dataclasses.asdict(result)))
    raise typer.Exit(0 if result.filled else 1)
