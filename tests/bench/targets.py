"""What is measured, and how each is started."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.answering import BOUGHT, SOLD
from tests.bench.servers import Server
from tests.loopback import free_port

CLIENT = "LOAD"
_GATEWAY = ("-c", "from gateway.run.cli import app; app()")
_VENUE = "XNAS"  # where fixload's orders say they want to go, by ExDestination(100)

_CONFIG = """\
[gateway]
comp_id = "GATEWAY"
listen = "127.0.0.1:{port}"
data = "data"
durability = "{durability}"

[[client]]
comp_id = "{client}"

[[venue]]
name = "{venue}"
connect = "127.0.0.1:{venue_port}"

[[instrument]]
symbol = "{bought}"

[[instrument]]
symbol = "{sold}"

[limits]
max_order_qty = 1000000
max_order_notional = 1000000000
collar_bps = 10000
rolling_collar_bps = 10000
max_quote_age_s = 999999999
max_adv_bps = 999999999
adv = 100000000
duplicate_s = 0
max_list_notional = 100000000000
max_position = 100000000000
max_open_gross = 100000000000
max_open_net = 100000000000
max_credit = 100000000000
max_day_qty = 100000000000
max_day_notional = 100000000000
max_day_orders = 999999999
max_day_trades = 999999999
max_orders_per_s = 100000
max_loss = 100000000000
max_drawdown = 100000000000

[limits.firm]
max_repeats = 999999999
max_venue_gross = 100000000000
"""


# A venue of ours where nobody is but the client, whose orders trade with each other.
_PROFILE = f"""\
name = "{_VENUE}"
mic = "{_VENUE}"
comp_id = "{_VENUE}"
tick = "0.01"
lot = "1"
min_qty = "1"
"""
_SYMBOLS = ("AAPL", "MSFT", "VOD.L", "SAP.DE")
_CROSSING = _SYMBOLS[:3]  # of an odd number of symbols each is bought and sold


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A target's processes."""

    measured: Server  # whose CPU and memory count
    others: Sequence[Server]
    comp_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    name: str
    durability: str  # 'disk', 'process', or what the peer's store amounts to
    until: str = "first"  # the report that completes an order
    symbols: tuple[str, ...] = _SYMBOLS
    is_kept_busy: bool = False  # what a run leaves in the book trades with the next one, which does not know of it
    share: float  # of the orders asked for: the slower, the fewer, so that all take about as long

    @contextmanager
    def start(self, folder: Path) -> Iterator[Running]:
        """Fresh processes and empty stores in `folder`, gone at the end of the block."""
        with ExitStack() as stack:
            if self.name == QUICKFIX:
                server = stack.enter_context(start_quickfix(folder))
                yield Running(measured=server, others=(), comp_id="QUICKFIX")
            elif self.name == ENGINE:
                server = stack.enter_context(start_engine(folder / "engine", self.durability))
                yield Running(measured=server, others=(), comp_id="GATEWAY")
            elif self.name == VENUE:
                yield Running(measured=stack.enter_context(start_venue(folder)), others=(), comp_id=_VENUE)
            else:
                venue = stack.enter_context(start_engine(folder / "venue", "process", fills=True))
                server = stack.enter_context(start_gateway(folder, self.durability, venue.port))
                yield Running(measured=server, others=(venue,), comp_id="GATEWAY")


def start_quickfix(folder: Path) -> Server:
    port = free_port()
    arguments = ["-m", "tests.bench.quickfix_acceptor", "--port", str(port), "--store", str(folder)]
    return Server(folder, [*arguments, "--comp-id", "QUICKFIX", "--client", CLIENT], port=port)


def start_engine(folder: Path, durability: str, *, fills: bool = False) -> Server:
    folder.mkdir()
    port = free_port()
    arguments = ["-m", "tests.bench.engine", "--port", str(port), "--data", str(folder), "--durability", durability]
    return Server(folder, [*arguments, *(["--fills"] if fills else [])], port=port)


def start_venue(folder: Path) -> Server:
    port, profile = free_port(), folder / "venue.toml"
    profile.write_text(_PROFILE)
    arguments = ["venue", "serve", str(profile), "--port", str(port), "--no-flow", "--data", str(folder / "venue")]
    arguments += [part for symbol in _SYMBOLS for part in ("--symbol", f"{symbol}=125")]
    return Server(folder, [*_GATEWAY, *arguments], port=port)


def start_gateway(folder: Path, durability: str, venue_port: int) -> Server:
    port = free_port()
    config = folder / "gateway.toml"
    config.write_text(
        _CONFIG.format(
            port=port,
            durability=durability,
            client=CLIENT,
            venue=_VENUE,
            venue_port=venue_port,
            bought=BOUGHT,
            sold=SOLD,
        )
    )
    return Server(folder, [*_GATEWAY, "serve", str(config)], port=port)


QUICKFIX, ENGINE, VENUE, PATH = "QuickFIX", "engine alone", "venue alone", "full path"

TARGETS = (
    Target(name=QUICKFIX, durability="process", share=0.15),
    Target(name=ENGINE, durability="process", share=1.0),
    Target(name=ENGINE, durability="disk", share=1.0),
    Target(name=VENUE, durability="process", symbols=_CROSSING, is_kept_busy=True, share=0.5),
    Target(name=PATH, durability="process", share=0.2, until="terminal", symbols=(BOUGHT, SOLD)),
    Target(name=PATH, durability="disk", share=0.2, until="terminal", symbols=(BOUGHT, SOLD)),
)
