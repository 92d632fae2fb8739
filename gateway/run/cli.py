"""The command line. Each command imports what it needs when it runs, so that `--help` and errors come at once.

What the user got wrong is one line on stderr (of a configuration, one for each mistake) and exit status 2; a traceback
means that we were wrong.
"""

import dataclasses
import enum
import json
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from gateway import __version__

if TYPE_CHECKING:
    from gateway.record.queries import Audit

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
client_app = typer.Typer(no_args_is_help=True, help="A sample FIX client.")
log_app = typer.Typer(no_args_is_help=True, help="FIX logs.")
audit_app = typer.Typer(no_args_is_help=True, help="Ask the audit database.")
venue_app = typer.Typer(no_args_is_help=True, help="Simulated venues.")
app.add_typer(client_app, name="client")
app.add_typer(log_app, name="log")
app.add_typer(audit_app, name="audit")
app.add_typer(venue_app, name="venue")

Host = Annotated[str, typer.Option(help="Where the gateway is.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="The port it listens on.")]
Sender = Annotated[str, typer.Option(help="Our CompID, SenderCompID(49) of what we send.")]
Target = Annotated[str, typer.Option(help="The gateway's CompID.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Data = Annotated[Path, typer.Option(help="The gateway's data folder.")]
Limit = Annotated[int, typer.Option(min=1, help="At most so many, the last ones.")]
DATA = Path("gateway-data")


class Pace(enum.StrEnum):
    ORIGINAL = "original"
    FAST = "fast"


def fail(text: str, status: int = 2) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(status)


@app.callback(invoke_without_command=True)
def main(version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False) -> None:
    """A FIX 4.4 execution gateway."""
    if version:
        typer.echo(f"gateway {__version__}")
        raise typer.Exit()


@app.command()
def serve(
    config: Annotated[Path | None, typer.Argument(metavar="CONFIG.toml", help="What `gateway check` accepts.")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Gateway, three venues and a client, on this machine.")] = False,
    once: Annotated[bool, typer.Option("--once", help="With --demo: end when the order is done.")] = False,
    data: Annotated[
        Path | None, typer.Option(help="Folder of journal and audit, instead of the configured one.")
    ] = None,
) -> None:
    """Run the gateway until SIGTERM or Ctrl-C."""
    if demo == (config is not None):
        fail("gateway serve needs either a CONFIG.toml or --demo")
    if once and not demo:
        fail("--once goes with --demo")
    if config is None:
        from gateway.run.demo import run_demo

        raise typer.Exit(run_demo(once=once, data=data))
    from gateway.run.config import ConfigError, load
    from gateway.run.serve import serve as run_gateway

    try:
        settled = load(config)
    except ConfigError as error:
        fail(str(error))
    raise typer.Exit(run_gateway(settled if data is None else dataclasses.replace(settled, data=data)))


@app.command()
def replay(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The data folder of a gateway or a venue.")],
) -> None:
    """Run a journal through the same core again. Exit status 0: every output is the same; 1: not, or it is damaged."""
    if not folder.exists():
        fail(f"{folder}: no such folder; it is the one that `gateway serve` names as 'journal in'")
    from gateway.run.replay import replay as run_replay

    raise typer.Exit(run_replay(folder))


@app.command()
def check(config: Annotated[Path, typer.Argument(metavar="CONFIG.toml")]) -> None:
    """Say all that is wrong in a configuration, or sum it up. Exit status 0: nothing is wrong; 1: something is."""
    from gateway.run.check import summary, warnings
    from gateway.run.config import ConfigError, load

    try:
        settled = load(config)
    except ConfigError as error:
        fail(str(error), status=1)
    for line in summary(settled):
        typer.echo(line)
    for line in warnings(settled):
        typer.echo(f"warning: {line}", err=True)


@venue_app.command("serve")
def venue_serve(
    profile: Annotated[str, typer.Argument(help="A profile's name, or its TOML file.")],
    *,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free one.")] = 0,
    symbol: Annotated[
        list[str], typer.Option(metavar="SYMBOL=PRICE", help="Trade it, from that price on. Repeat for several.")
    ] = [],  # noqa: B006
    seed: Annotated[int, typer.Option(help="Of the invented participants.")] = 1,
    flow: Annotated[bool, typer.Option(help="Whether invented participants quote and trade.")] = True,
    tape: Annotated[Path | None, typer.Option(help="Quotes as CSV: time, venue, bid, bid size, ask, ask size.")] = None,
    data: Annotated[Path | None, typer.Option(help="Folder to remember in; without it nothing is kept.")] = None,
    until_eof: Annotated[bool, typer.Option("--until-eof", help="End when standard input does.")] = False,
    or_next: Annotated[bool, typer.Option("--or-next", help="Where the port is taken, the next free one.")] = False,
) -> None:
    """Run one simulated venue."""
    from gateway.model import parse_px

    prices = {name: _parsed(price, parse_px, "--symbol") for name, price in _pairs(symbol, "--symbol").items()}
    if not prices:
        fail("--symbol: a venue trades at least one, as in --symbol ACME=100")
    for name, price in prices.items():
        _text(name, "--symbol")
        if price <= 0:
            fail(f"--symbol: {name} needs a price above 0")
    from gateway.run.venue import serve as run_venue

    status = run_venue(
        profile,
        port=port,
        symbols=prices,
        seed=seed,
        flow=flow,
        tape=tape,
        data=data,
        until_eof=until_eof,
        or_next=or_next,
    )
    raise typer.Exit(status)


@client_app.command("send")
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

    side, tif = _choice(side, SIDES, "SIDE"), _choice(tif, TIMES_IN_FORCE, "--tif")
    _parsed(quantity, parse_qty, "QUANTITY")
    for text, what in ((symbol, "SYMBOL"), (sender, "--sender"), (target, "--target")):
        _text(text, what)
    if price is not None:
        _parsed(price, parse_px, "--price")
    if algo is not None and not algo.isdecimal():
        algo = _choice(algo, ALGOS, "--algo")
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


@audit_app.command("orders")
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

    with _audit(data) as audit:
        found = audit.orders(role=None if children else "parent", open_only=open_only, limit=limit)
    _tell(found, show.orders, as_json=as_json)


@audit_app.command("order")
def audit_order(
    name: Annotated[str, typer.Argument(metavar="ID", help="OrderID(37) or ClOrdID(11).")],
    *,
    data: Data = DATA,
    as_json: Json = False,
) -> None:
    """One order's story: requests, reports, releases, children."""
    from gateway.run import show

    with _audit(data) as audit:
        told = audit.order(name)
    if told is None:
        fail(f"no order has the OrderID(37) or ClOrdID(11) {name}", status=1)
    _tell(told, show.story, as_json=as_json)


@audit_app.command("messages")
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

    with _audit(data) as audit:
        found = audit.messages(limit=limit, session=session)
    _tell(found, lambda found, console: show.messages(found, default(), console), as_json=as_json)


@log_app.command("replay")
def log_replay(
    log: Annotated[Path, typer.Argument(help="SOH, '|' or '^A' between fields; QuickFIX's files; gzip too.")],
    *,
    to: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where the gateway is.")] = "127.0.0.1:9878",
    sender: Sender = "CLIENT",
    target: Target = "GATEWAY",
    client: Annotated[str | None, typer.Option(help="The CompID to play; default: who sent most orders.")] = None,
    pace: Annotated[Pace, typer.Option(help="With the log's gaps, or as fast as requests are answered.")] = Pace.FAST,
    symbols: Annotated[list[str], typer.Option("--map", metavar="SYMBOL=SYMBOL", help="The log's, then ours.")] = [],  # noqa: B006
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first N requests.")] = None,
    as_json: Json = False,
) -> None:
    """Play the client side of a FIX log and say which answers differ. Exit status 0: all were answered; 1: not."""
    from rich.console import Console
    from rich.progress import Progress

    from gateway.fix.dictionary import default
    from gateway.run import fixlog, show
    from gateway.run.config import address
    from gateway.run.fixlog.player import NothingToPlay, Player, prepare, summarise
    from gateway.run.sample_client import FixClient, LogonFailed

    host, port = _parsed(to, address, "--to")
    names = _pairs(symbols, "--map")
    for text, what in ((sender, "--sender"), (target, "--target"), *((name, "--map") for name in names.values())):
        _text(text, what)
    dictionary = default()
    try:
        messages = fixlog.read(log)
        run = f"R{time.time_ns() // 1_000_000:X}-"
        plan = prepare(messages, dictionary, run=run, client=client, symbols=names, limit=limit)
    except OSError as error:
        fail(f"{log}: cannot be read: {error.strerror or error}")
    except NothingToPlay as error:
        fail(f"{log}: {error}")
    progress = Progress(console=Console(stderr=True), disable=as_json or not sys.stderr.isatty())
    with FixClient(sender, target) as session, progress:
        answered = progress.add_task("answered", total=len(plan.requests))
        try:
            session.logon(host, port)
        except LogonFailed as error:
            fail(str(error))
        player = Player(plan, session, pace=pace.value, on_progress=lambda n: progress.update(answered, completed=n))
        stopped = player.play()
    result = summarise(plan, stopped, dictionary)
    if as_json:
        typer.echo(json.dumps(dataclasses.asdict(result)))
    else:
        show.summary(result, Console())
    raise typer.Exit(0 if result.all_answered else 1)


@contextmanager
def _audit(data: Path) -> "Iterator[Audit]":
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


def _tell(found: Any, show: Callable[[Any, Any], None], *, as_json: bool) -> None:
    import msgspec
    from rich.console import Console

    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
    else:
        show(found, Console())


def _choice(text: str, known: dict[str, str], what: str) -> str:
    if text.upper() not in known:
        fail(f"{what}: '{text}' is none of {', '.join(known)}")
    return text.upper()


def _parsed(text: str, parse: Any, what: str) -> Any:
    try:
        return parse(text)
    except ValueError as error:
        fail(f"{what}: {error}")


def _text(text: str, what: str) -> None:
    """What may stand on the wire as a CompID or a symbol; SOH would begin a field of its own."""
    if not (text and text.isascii() and text.isprintable()):
        fail(f"{what}: '{text}' has to be printable ASCII characters, one at least")


def _pairs(texts: list[str], what: str) -> dict[str, str]:
    pairs = {}
    for text in texts:
        left, equals, right = text.partition("=")
        if not (left and equals and right):
            fail(f"{what}: '{text}' is not NAME=VALUE")
        pairs[left] = right
    return pairs


if __name__ == "__main__":
    app()
