"""A day of simulated venues and one client's orders, the gateway between them, in virtual time."""

import re
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct

from gateway import __version__
from gateway.model import (
    MILLISECOND,
    SCALE,
    SECOND,
    Input,
    Node,
    Note,
    Ns,
    Output,
    Px,
    Qty,
    parse_px,
    parse_qty,
    parse_timestamp,
    print_timestamp,
)
from gateway.node import Gateway
from gateway.oms.notes import ParentNote
from gateway.run.algos import AlgoError, installed
from gateway.run.profiles import read_profile
from gateway.run.sample_settings import COMP_ID, sample_settings
from gateway.run.serve import CLIENTS, CannotStart, started_payload
from gateway.run.simulation.client import Client, Report, Say
from gateway.run.simulation.world import Latency, World
from gateway.run.venue import PORT
from venues.crowd.chance import Chance
from venues.crowd.facts import DAY
from venues.crowd.flow import Flow
from venues.exchange import Exchange
from venues.profile import Profile, VenueConfig

OPENS = Ns(parse_timestamp("20260105-00:00:00") + DAY.opens_s * SECOND)
BEFORE = 5  # seconds for logging on
AFTER = 5  # seconds for what is out to come back
NONE = Latency()  # to venues: their profiles say how long each leg takes
CLIENT_LATENCY = Latency(least_ns=50_000, more_ns=20_000)

_read_note = msgspec.json.Decoder(ParentNote).decode
_SENT = re.compile(rb"\x0152=([^\x01]*)\x01")
_TRADE = re.compile(rb"\x01269=2\x01(?:[0-9]+=[^\x01]*\x01)*?270=([^\x01]*)\x01271=([^\x01]*)\x01")


class Scenario(Struct, frozen=True, kw_only=True):
    """What is played. Everything follows from it."""

    seed: int = 1
    seconds: int = DAY.closes_s - DAY.opens_s  # of the day, from its opening on
    parents: int = 1_000
    venues: tuple[str, ...] = ("XLON", "BATE", "CHIX")  # profiles
    symbol: str = "ACME"
    price: str = "100"  # at the opening


class Order(NamedTuple):
    """One that the client sends."""

    cl_ord_id: str
    at: Ns
    is_buy: bool
    shares: int
    schedule: str  # fields of its algo; '' of a market order

    def say(self, symbol: str) -> Say:
        side, now = "1" if self.is_buy else "2", print_timestamp(self.at)
        body = f"11={self.cl_ord_id}\x0155={symbol}\x0154={side}\x0160={now}\x0138={self.shares}\x0140=1\x01"
        return Say(self.at, "D", body + self.schedule)


class Parent(NamedTuple):
    """One order of the client's, and what became of it."""

    cl_ord_id: str
    is_buy: bool
    order_qty: int  # shares
    cum_qty: int
    ord_status: str  # '' where nobody answered
    slippage_bps: float | None  # of the average price against the middle at arrival, worse is above zero; None: no fill


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
    digest: str  # SHA-256 of all that was said, station by station


class Trade(NamedTuple):
    at: Ns  # when the venue said so, in whole milliseconds
    price: Px
    qty: Qty


class Heard:
    """All that one station says: counted, hashed, and trades kept."""

    def __init__(self) -> None:
        self.digest = sha256()
        self.messages: dict[str, int] = dict.fromkeys("D8X", 0)  # by MsgType(35)
        self.trades: list[Trade] = []

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


class Day:
    """The world of a scenario. `outcome` is how it stands."""

    def __init__(self, scenario: Scenario, *, data: Path | None = None) -> None:
        """With `data` gateway and venues leave journals in folders of their names there. Raises CannotStart."""
        self.scenario = scenario
        self.data = data
        self.world = World(Ns(OPENS - BEFORE * SECOND), seed=scenario.seed)
        self.orders = list(_orders(scenario))
        self._arrivals: dict[
            str, int
        ] = {}  # by ClOrdID(11): the bid and the ask together, when the parent was accepted
        self._heard: dict[str, Heard] = {}
        profiles = [read_profile(name) for name in scenario.venues]
        names = [COMP_ID, "CLIENT", *(profile.name for profile in profiles)]
        if len(set(names)) < len(names):
            raise CannotStart(f"two of {', '.join(names)} have the same name")
        self._venues = names[2:]
        for profile in profiles:
            self._add(profile.name, Exchange(), _venue_payload(profile, scenario), data)
        try:
            gateway = Gateway(installed())
        except AlgoError as error:
            raise CannotStart(str(error)) from None
        settings = sample_settings(clients=("CLIENT",), venues=profiles, symbol=scenario.symbol)
        self._add(COMP_ID, gateway, started_payload(settings), data)
        self.world.stations[COMP_ID].observer = self._observe
        self.client = Client("CLIENT", COMP_ID, [order.say(scenario.symbol) for order in self.orders])
        self._add("CLIENT", self.client, msgspec.json.encode({"sessions": [self.client.config]}))
        for profile in profiles:
            wanted = _wanted(gateway, profile.name)
            self.world.join(COMP_ID, profile.name, port=PORT, there=NONE, back=NONE, wanted=wanted)
        wanted = self.client.wanted
        self.world.join("CLIENT", COMP_ID, port=CLIENTS, there=CLIENT_LATENCY, back=CLIENT_LATENCY, wanted=wanted)

    def play(self) -> Iterator[int]:
        """Let the day pass; gives each second of it that has."""
        with self.world as world:
            for second in range(1, self.scenario.seconds + 1):
                world.run(Ns(OPENS + second * SECOND))
                yield second
            world.run(Ns(OPENS + (self.scenario.seconds + AFTER) * SECOND))

    def tape(self, venue: str) -> list[Trade]:
        """Every trade that the venue has shown."""
        return self._heard[venue].trades

    def outcome(self) -> Outcome:
        """To be asked for when it is over."""
        heard, ends = self._heard, {report.cl_ord_id: report for report in self.client.reports}
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
            parents=tuple(self._parent(order, ends.get(order.cl_ord_id)) for order in self.orders),
            children=heard[COMP_ID].messages["D"],
            reports=sum(heard[venue].messages["8"] for venue in self._venues),
            digest=sha256("".join(each.digest.hexdigest() for each in heard.values()).encode()).hexdigest(),
        )

    def _parent(self, order: Order, end: Report | None) -> Parent:
        if end is None:
            return Parent(order.cl_ord_id, order.is_buy, order.shares, 0, "", None)
        cum, paid, met = parse_qty(end.cum_qty), parse_px(end.avg_px), self._arrivals.get(order.cl_ord_id)
        slippage = None
        if cum and met:
            worse = 2 * paid - met if order.is_buy else met - 2 * paid
            slippage = round(10_000 * worse / met, 4)
        return Parent(order.cl_ord_id, order.is_buy, order.shares, cum // SCALE, end.ord_status, slippage)

    def _add(self, name: str, node: Node, payload: bytes, data: Path | None = None) -> None:
        station = self.world.add(name, node, payload, data=None if data is None else data / name)
        station.told = self._heard[name] = Heard()

    def _observe(self, _: Input, outputs: Sequence[Output]) -> None:
        for output in outputs:
            if type(output) is Note and output.kind == "parent":
                note = _read_note(output.payload)
                if note.bid and note.ask:
                    self._arrivals[note.cl_ord_id] = note.bid + note.ask


def _orders(scenario: Scenario) -> Iterator[Order]:
    """Spread evenly over the day, the last of them early enough to end in it: three TWAPs to a market order."""
    chance, length = Chance(scenario.seed, "parents"), scenario.seconds * 1_000  # milliseconds
    longest = length // 13
    span = length - longest - length // 100
    for number in range(scenario.parents):
        begins = length // 100 + (span * number + chance.below(span)) // scenario.parents
        is_buy, shares = chance.below(2) == 1, 100 * (1 + chance.below(50))
        schedule = ""
        if chance.below(4):
            duration_s = max((longest // 3 + chance.below(2 * longest // 3 + 1)) // 1_000, 1)
            schedule = f"847=1001\x01848=Duration={duration_s};NumSlices={4 + chance.below(9)}\x01"
        at = Ns(OPENS + begins * MILLISECOND)
        yield Order(f"P{number + 1:05}", at, is_buy, shares, schedule)


def _venue_payload(profile: Profile, scenario: Scenario) -> bytes:
    config = VenueConfig(
        profile=profile, symbols={scenario.symbol: scenario.price}, flow=Flow(seed=scenario.seed, day=DAY)
    )
    return msgspec.json.encode({"node": "venue", "version": __version__, "config": config})


def _wanted(gateway: Gateway, venue: str) -> Callable[[], bool]:
    return lambda: gateway.wanted(venue)
