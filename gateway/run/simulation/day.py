"""A day of simulated venues and one client's orders, the gateway between them, in virtual time."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct

from gateway import __version__
from gateway.model import (
    SCALE,
    SECOND,
    Input,
    Node,
    Note,
    Ns,
    Output,
    Side,
    parse_px,
    parse_qty,
    parse_timestamp,
)
from gateway.node import Gateway
from gateway.oms.notes import ParentNote
from gateway.run.algos import AlgoError, installed
from gateway.run.profiles import read_profile
from gateway.run.sample_settings import COMP_ID, sample_settings
from gateway.run.serve import CLIENTS, CannotStart, started_payload
from gateway.run.simulation.client import Client, Report, Say
from gateway.run.simulation.costs import Benchmarks, Cost, Trade
from gateway.run.simulation.pinger import NAME as PINGER
from gateway.run.simulation.pinger import Pinger
from gateway.run.simulation.scenario import OPENS, PART, Order, Scenario
from gateway.run.simulation.world import Latency, World
from gateway.run.tapes import open_tape
from gateway.run.venue import PORT
from venues.crowd.facts import DAY
from venues.crowd.flow import Flow
from venues.exchange import Exchange
from venues.profile import Profile, VenueConfig
from venues.tapes.reading import Tape

BEFORE = 5  # seconds for logging on
AFTER = 5  # seconds for what is out to come back
_FILLED = "2"  # OrdStatus(39)
NONE = Latency()  # to venues: their profiles say how long each leg takes
CLIENT_LATENCY = Latency(least_ns=50_000, more_ns=20_000)

_read_note = msgspec.json.Decoder(ParentNote).decode
_SENT = re.compile(rb"\x0152=([^\x01]*)\x01")
_TRADE = re.compile(rb"\x01269=2\x01(?:[0-9]+=[^\x01]*\x01)*?270=([^\x01]*)\x01271=([^\x01]*)\x01")


class Parent(NamedTuple):
    """One order of the client's, and what became of it."""

    cl_ord_id: str
    is_buy: bool
    order_qty: int  # shares
    cum_qty: int
    ord_status: str  # '' where nobody answered
    cost: Cost
    text: str = ""  # Text(58) of the last report


class VenueCount(Struct, frozen=True, kw_only=True):
    venue: str
    quotes: int  # messages with changes of what it shows
    trades: int
    volume: int  # shares


class Outcome(Struct, frozen=True, kw_only=True):
    scenario: Scenario
    venues: tuple[VenueCount, ...]
    parents: tuple[Parent, ...]
    children: int
    reports: int  # of the venues
    added: int  # shares of ours that had rested when they were filled
    digest: str  # SHA-256 of all that was said, station by station


class Heard:
    """All that one station says: counted, hashed, and trades kept."""

    def __init__(self) -> None:
        self.digest = sha256()
        self.messages: dict[str, int] = dict.fromkeys("D8X", 0)  # by MsgType(35)
        self.trades: list[Trade] = []
        self.fees: dict[str, int] = {}  # Commission(12) of fills in 1e-8, by the parent's OrderID(37)
        self.added = 0  # shares filled that had rested

    def __call__(self, said: list[bytes]) -> None:
        joined = b"".join(said)
        self.digest.update(joined)
        for kind in self.messages:
            self.messages[kind] += joined.count(b"\x0135=%b\x01" % kind.encode())
        for message in said:
            if b"\x01269=2\x01" in message and b"\x0135=X\x01" in message:
                at = _SENT.search(message)
                assert at is not None
                for price, size in _TRADE.findall(message):
                    self.trades.append(
                        Trade(parse_timestamp(at[1].decode()), parse_px(price.decode()), parse_qty(size.decode()))
                    )
            elif b"\x01150=F\x01" in message and b"\x0135=8\x01" in message:
                self._fill(message)

    def _fill(self, message: bytes) -> None:
        fields = dict(field.partition(b"=")[::2] for field in message.split(b"\x01"))
        parent = fields[b"11"].decode().rpartition("-")[0]
        if b"12" in fields:
            self.fees[parent] = self.fees.get(parent, 0) + parse_px(fields[b"12"].decode())
        if fields.get(b"851") == b"1":
            self.added += parse_qty(fields[b"32"].decode()) // SCALE


class Day:
    """The world of a scenario. `outcome` is how it stands."""

    def __init__(self, scenario: Scenario, *, data: Path | None = None) -> None:
        """With `data` gateway and venues leave journals in folders of their names there. Raises CannotStart."""
        self.scenario = scenario
        self.data = data
        self.world = World(Ns(OPENS - BEFORE * SECOND), seed=scenario.seed)
        self.orders = scenario.played()
        self.arrivals: dict[str, int] = {}  # by ClOrdID(11): bid and ask together, when the order was accepted
        self._heard: dict[str, Heard] = {}
        self._middles: list[int] = []  # twice the middle, each second from the opening on; 0: there is none
        profiles = [read_profile(name) for name in scenario.venues]
        names = [COMP_ID, "CLIENT", PINGER, *(profile.name for profile in profiles)]
        if len(set(names)) < len(names):
            raise CannotStart(f"two of {', '.join(names)} have the same name")
        self._venues = names[3:]
        for profile in profiles:
            self._add(profile.name, Exchange(self._recorded(profile)), _venue_payload(profile, scenario), data)
        try:
            gateway = self._gateway = Gateway(installed())
        except AlgoError as error:
            raise CannotStart(str(error)) from None
        settings = sample_settings(
            clients=("CLIENT",), venues=profiles, symbol=scenario.symbol, routing=scenario.routing, under=scenario.under
        )
        self._add(COMP_ID, gateway, started_payload(settings), data)
        self.world.stations[COMP_ID].observer = self._observe
        self.client = Client("CLIENT", COMP_ID, [self._say(order) for order in self.orders])
        self._add("CLIENT", self.client, msgspec.json.encode({"sessions": [self.client.config]}))
        for profile in profiles:
            wanted = _wanted(gateway, profile.name)
            self.world.join(COMP_ID, profile.name, port=PORT, there=NONE, back=NONE, wanted=wanted)
        wanted = self.client.wanted
        self.world.join("CLIENT", COMP_ID, port=CLIENTS, there=CLIENT_LATENCY, back=CLIENT_LATENCY, wanted=wanted)
        self.pinger = self._add_pinger(profiles) if scenario.pinger_percent else None

    def play(self) -> Iterator[int]:
        """Let the day pass; gives each second of it that has."""
        with self.world as world:
            for second in range(self.scenario.seconds + AFTER + 1):
                world.run(Ns(OPENS + second * SECOND))
                self._middles.append(self._middle())
                if 0 < second <= self.scenario.seconds:
                    yield second

    def tape(self, venue: str) -> list[Trade]:
        """Every trade that the venue has shown."""
        return self._heard[venue].trades

    def outcome(self) -> Outcome:
        """To be asked for when it is over."""
        heard, ends = self._heard, dict[str, dict[str, Report]]()
        for report in self.client.reports:
            ends.setdefault(_order(report.cl_ord_id), {})[report.cl_ord_id] = report
        trades = (trade for venue in self._venues for trade in heard[venue].trades)
        benchmarks = Benchmarks(OPENS, self._middles, trades)
        return Outcome(
            scenario=self.scenario,
            venues=tuple(
                VenueCount(
                    venue=venue,
                    quotes=heard[venue].messages["X"],
                    trades=len(heard[venue].trades),
                    volume=sum(trade.qty for trade in heard[venue].trades) // SCALE,
                )
                for venue in self._venues
            ),
            parents=tuple(
                self._parent(order, [*ends.get(order.cl_ord_id, {}).values()], benchmarks) for order in self.orders
            ),
            children=heard[COMP_ID].messages["D"],
            reports=sum(heard[venue].messages["8"] for venue in self._venues),
            added=sum(heard[venue].added for venue in self._venues),
            digest=sha256("".join(each.digest.hexdigest() for each in heard.values()).encode()).hexdigest(),
        )

    def _parent(self, order: Order, ends: list[Report], benchmarks: Benchmarks) -> Parent:
        """`ends` is the last that was said of each of its parts."""
        if not ends:
            return Parent(order.cl_ord_id, order.is_buy, order.shares, 0, "", Cost())
        met = self.arrivals.get(order.cl_ord_id)
        cost, filled = Cost(), sum(parse_qty(end.cum_qty) for end in ends)
        paid = sum(parse_px(end.avg_px) * parse_qty(end.cum_qty) for end in ends)
        if met is not None:
            cost = benchmarks.cost(
                is_buy=order.is_buy,
                arrival=met / 2,
                average=paid / filled if filled else 0,
                filled=filled // SCALE,
                shares=order.shares,
                fees=sum(heard.fees.get(end.order_id, 0) for heard in self._heard.values() for end in ends),
                start=order.at,
                end=max(end.at for end in ends),
            )
        last = next((end for end in ends if end.ord_status != _FILLED), ends[0])
        return Parent(order.cl_ord_id, order.is_buy, order.shares, filled // SCALE, last.ord_status, cost, last.text)

    def _say(self, order: Order) -> Say:
        symbol = self.scenario.symbol
        if self.scenario.by_size:
            return Say(order.at, "D", lambda: order.bodies(symbol, self._displayed(order)))
        return Say(order.at, "D", order.body(symbol))

    def _displayed(self, order: Order) -> dict[str, int]:
        """At the best price of each venue, for an order of that side."""
        desk = self._gateway.desk
        assert desk is not None, "it has started"
        side = Side.BUY if order.is_buy else Side.SELL
        books = desk.markets.fresh(self.scenario.symbol)
        return {venue: levels[0].size for venue, book in books.items() if (levels := book.available(side))}

    def _add_pinger(self, profiles: Sequence[Profile]) -> Pinger:
        scenario = self.scenario
        pinger = Pinger(
            profiles, scenario.symbol, percent=scenario.pinger_percent, seed=scenario.seed, begins=Ns(OPENS + SECOND)
        )
        if not pinger.waits_at:
            raise CannotStart('pinger_percent: none of the venues has kind = "DARK"')
        self._add(PINGER, pinger, b"")
        for venue in pinger.venues:
            self.world.join(PINGER, venue, port=PORT, there=NONE, back=NONE, wanted=partial(pinger.wanted, venue))
        return pinger

    def _recorded(self, profile: Profile) -> Tape | tuple[()]:
        """What a venue shows instead of invented participants. Raises CannotStart."""
        name = self.scenario.tapes.get(profile.name)
        if name is None:
            return ()
        try:
            return open_tape(Path(name), symbol=self.scenario.symbol)
        except OSError as error:
            raise CannotStart(f"{name}: {error.strerror or error}") from None

    def _middle(self) -> int:
        """Twice the middle of what the gateway sees."""
        desk = self._gateway.desk
        if desk is None:
            return 0
        quote = desk.markets.quote(self.scenario.symbol)
        return quote.bid + quote.ask if quote.bid_size and quote.ask_size else 0

    def _add(self, name: str, node: Node, payload: bytes, data: Path | None = None) -> None:
        station = self.world.add(name, node, payload, data=None if data is None else data / name)
        station.told = self._heard[name] = Heard()

    def _observe(self, _: Input, outputs: Sequence[Output]) -> None:
        for output in outputs:
            if type(output) is Note and output.kind == "parent":
                note = _read_note(output.payload)
                if note.bid and note.ask:
                    self.arrivals.setdefault(_order(note.cl_ord_id), note.bid + note.ask)


def _venue_payload(profile: Profile, scenario: Scenario) -> bytes:
    flow = (
        None
        if profile.name in scenario.tapes
        else Flow(seed=scenario.seed, day=DAY, volatility_bps=scenario.volatility_bps)
    )
    config = VenueConfig(profile=profile, symbols={scenario.symbol: scenario.price}, flow=flow)
    return msgspec.json.encode({"node": "venue", "version": __version__, "config": config})


def _order(cl_ord_id: str) -> str:
    return cl_ord_id.partition(PART)[0]


def _wanted(gateway: Gateway, venue: str) -> Callable[[], bool]:
    return lambda: gateway.wanted(venue)
