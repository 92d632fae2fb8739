"""`gateway serve --demo`: three venues, a gateway and a client on this machine, over real FIX sessions, commented."""

import asyncio
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import uvloop

from gateway.model import Side
from gateway.model.routing import RoutePolicy
from gateway.node import Gateway
from gateway.run.access_table import Call
from gateway.run.commentary import Commentary
from gateway.run.config import Config
from gateway.run.control import ControlError, operators
from gateway.run.net.admission import ListenerOptions
from gateway.run.profiles import read_profile
from gateway.run.sample_client import Order, Result, SessionError, send_order
from gateway.run.sample_settings import sample_settings
from gateway.run.serve import CannotStart, audit_process, say, start, stop_signal
from gateway.run.tables import Address

SYMBOL, PRICE = "ACME", "100"
VENUES = ("XLON", "BATE", "CHIX")
FIRST_VENUE_PORT = 9901
PORT = 9878
DURATION_S, SLICES = 20, 5
ORDER = Order(
    side="BUY",
    quantity="10000",
    symbol=SYMBOL,
    algo="1001",
    parameters=(("Duration", "1", str(DURATION_S)), ("NumSlices", "1", str(SLICES))),
)
READY_S = 15.0  # within which the venues have to show prices


def run_demo(*, once: bool, data: Path | None) -> int:
    """Run until Ctrl-C, or with `once` until the order is done. Exit status 0: it was filled."""
    try:
        return uvloop.run(_demo(once=once, data=data or Path("gateway-demo")))
    except (CannotStart, ControlError) as error:
        sys.stderr.write(f"gateway: {error}\n")
        return 2


async def _demo(*, once: bool, data: Path) -> int:
    stopped = stop_signal()
    say(f"demo: everything is on 127.0.0.1 and in {data}/, where a next run goes on")
    with ExitStack() as stack:
        venues = {name: stack.enter_context(_Venue(name, data, FIRST_VENUE_PORT + i)) for i, name in enumerate(VENUES)}
        config = _config(data, {name: await asyncio.to_thread(venue.address) for name, venue in venues.items()})
        live, gateway, (host, port) = await start(config, observer=Commentary(), or_next=True)
        async with audit_process(data), operators(gateway, live, data):
            say(f"listening on {host}:{port}")
            await _prices(gateway)
            say(
                f"demo: client DEMO logs on and sends {ORDER.side} {ORDER.quantity} {SYMBOL}, "
                f"TWAP over {DURATION_S} s in {SLICES} slices"
            )
            result = await _trade(host, port, data / "client.numbers", stopped)
            if result is not None:
                ended = "filled" if result.filled else "not filled"
                say(f"demo: the order ended {ended}, {result.cum_qty} at average {result.avg_px}")
                say(f"demo: ask the audit with  gateway audit orders --data {data}")
            if not once and not stopped.is_set():
                say(f"demo: send your own with  gateway client send BUY 500 {SYMBOL} --port {port} ; Ctrl-C ends")
                await stopped.wait()
            await live.stop()
    return 0 if not once or (result is not None and result.filled) else 1


class _Venue:
    """A venue's process, which ends when we do: its stdin is a pipe only we hold."""

    def __init__(self, name: str, data: Path, port: int) -> None:
        command = [sys.executable, "-m", "gateway.run.cli", "venue", "serve", name, "--until-eof", "--or-next"]
        self.name = name
        self.port = port
        self.process = subprocess.Popen(
            [*command, "--port", str(port), "--symbol", f"{SYMBOL}={PRICE}", "--data", str(data / name)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> "_Venue":
        return self

    def address(self) -> Address:
        """Blocks until the venue listens. Raises CannotStart."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if " listening on " in line:
                host, _, port = line.rsplit(" ", 1)[1].strip().rpartition(":")
                if int(port) != self.port:
                    say(f"port {self.port} is taken, {self.name} is on {port}")
                return host, int(port)
        raise CannotStart(f"venue {self.name} did not start")

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()


def _config(data: Path, venues: dict[str, Address]) -> Config:
    profiles = [read_profile(name) for name in venues]
    return Config(
        settings=sample_settings(clients=("DEMO", "CLIENT"), venues=profiles, symbol=SYMBOL, routing=RoutePolicy.SMART),
        listen=("127.0.0.1", PORT),
        listener=ListenerOptions(),
        data=data,
        durability="disk",
        calls={name: Call(address=address) for name, address in venues.items()},
    )


async def _prices(gateway: Gateway) -> None:
    """Wait until every venue shows both sides."""
    async with asyncio.timeout(READY_S):
        while True:
            assert gateway.desk is not None
            books = gateway.desk.markets.books(SYMBOL)
            if books and all(book.shown(side) for book in books.values() for side in (Side.BUY, Side.SELL)):
                return
            await asyncio.sleep(0.02)


async def _trade(host: str, port: int, numbers: Path, stopped: asyncio.Event) -> Result | None:
    """The client's order, in a thread of its own; None if we are stopped or its session ends first."""

    def trade() -> Result | None:
        try:
            return send_order(ORDER, host=host, port=port, sender="DEMO", numbers=numbers)
        except SessionError as error:
            say(f"demo: client: {error}")
            return None

    order = asyncio.ensure_future(asyncio.to_thread(trade))
    stop = asyncio.ensure_future(stopped.wait())
    await asyncio.wait((order, stop), return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    return order.result() if order.done() else None
