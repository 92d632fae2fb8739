"""`gateway client`: a sample FIX client."""

import dataclasses
import json
import time
from typing import Annotated

import typer

from gateway.run.cli.arguments import Host, Json, Port, Sender, Target, choice, fail, group, parsed, wire_text

app = group("A sample FIX client.")


@app.command("send")
def client_send(
    side: Annotated[str, typer.Argument(help="BUY, SELL, SELL_SHORT or SELL_SHORT_EXEMPT.")],
    quantity: Annotated[str, typer.Argument(help="OrderQty(38), without sign.")],
    symbol: Annotated[str, typer.Argument(help="Symbol(55).")],
    *,
    price: Annotated[str | None, typer.Option(help="A limit; without it a market order.")] = None,
    tif: Annotated[str, typer.Option(help="DAY, GTC, IOC or FOK.")] = "DAY",
    algo: Annotated[str | None, typer.Option(help="TWAP, or a number of TargetStrategy(847).")] = None,
    duration: Annotated[int | None, typer.Option(min=1, help="Seconds the algo has.")] = None,
    slices: Annotated[int | None, typer.Option(min=1, help="Parts the algo cuts the order into.")] = None,
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
    from gateway.model import parse_px, parse_qty
    from gateway.run.sample_client import ALGOS, SIDES, TIMES_IN_FORCE, LogonFailed, Order, SessionError, send_order
    from gateway.run.show import message_line

    side, tif = choice(side, SIDES, "SIDE"), choice(tif, TIMES_IN_FORCE, "--tif")
    parsed(quantity, parse_qty, "QUANTITY")
    for text, what in ((symbol, "SYMBOL"), (sender, "--sender"), (target, "--target")):
        wire_text(text, what)
    if price is not None:
        parsed(price, parse_px, "--price")
    if algo is not None and not algo.isdecimal():
        algo = choice(algo, ALGOS, "--algo")
    if algo is None and (duration is not None or slices is not None):
        fail("--duration and --slices go with --algo")
    order = Order(
        side=side,
        quantity=quantity,
        symbol=symbol,
        price=price,
        time_in_force=tif,
        algo=algo,
        duration_s=duration,
        slices=slices,
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
