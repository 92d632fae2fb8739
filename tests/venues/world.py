"""An Exchange with its clock and its clients, bytes on both sides. Clients speak by simplefix, not by our writers."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import simplefix

from gateway.model import (
    SECOND,
    Input,
    LinkDown,
    LinkUp,
    Ns,
    Output,
    Px,
    Qty,
    Received,
    Send,
    Started,
    Timer,
    print_timestamp,
)
from venues.crowd.flow import Flow
from venues.exchange import Exchange
from venues.floor.phases import TradingDay
from venues.profile import Profile, VenueConfig
from venues.tapes.rows import Row
from venues.tapes.showing import Showing

START = Ns(1_385_040_000 * SECOND)
Fields = list[tuple[int, str]]


def fields_of(data: bytes) -> Fields:
    pairs = (field.partition("=") for field in data.decode("latin-1").split("\x01")[:-1])
    return [(int(tag), value) for tag, _, value in pairs]


def trading_day(number: int = 0) -> TradingDay:
    """Pre-open after 10 s, opening auction after 20, continuous after 30, closing auction after 100, closed after 110."""
    pre_open, opening, continuous, closing, closed = (
        Ns(START + (number * 86_400 + after) * SECOND) for after in (10, 20, 30, 100, 110)
    )
    return TradingDay(pre_open=pre_open, opening=opening, continuous=continuous, closing=closing, closed=closed)


class Answer:
    """One message of the venue, decoded without our reader."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.fields = fields_of(data)

    def __getitem__(self, tag: int) -> str | None:
        return dict(reversed(self.fields)).get(tag)

    def has(self, **wanted: str) -> bool:
        return all(self[int(tag[1:])] == value for tag, value in wanted.items())

    def entries(self) -> list[tuple[str, ...]]:
        """(update action or '', type, price, size) of market data."""
        return [(e.get(279, ""), e[269], e.get(270, ""), e.get(271, "")) for e in self.groups()]

    def groups(self) -> list[dict[int, str]]:
        """The entries of market data."""
        found: list[dict[int, str]] = []
        first = 279 if self[35] == "X" else 269
        for tag, value in self.fields:
            if tag == first:
                found.append({})
            if found:
                found[-1][tag] = value
        return found

    def __repr__(self) -> str:
        return self.data.decode("latin-1").replace("\x01", "|")


class World:
    """One Exchange, a clock, and whoever talks to it. `inputs` and `outputs` are the tape of it all."""

    def __init__(
        self,
        *,
        symbols: Sequence[str] = ("ACME",),
        flow: Flow | None = None,
        days: Sequence[TradingDay] = (),
        tape: Iterable[Row] = (),
        showing: Showing | None = None,
        **changes: Any,
    ) -> None:
        profile = Profile(
            name="XLON", mic="XLON", comp_id="XLON", tick=Px(1_000_000), lot=Qty(100_000_000), min_qty=Qty(100_000_000)
        )
        self.config = VenueConfig(
            profile=msgspec.structs.replace(profile, **changes),
            symbols=dict.fromkeys(symbols, "100"),
            flow=flow,
            days=tuple(days),
            tape=showing or Showing(),
        )
        self.exchange = Exchange(tape)
        self.now = START
        self.links = 0
        self.inputs: list[Input] = []
        self.outputs: list[Output] = []
        self.start()

    def start(self) -> None:
        payload = msgspec.json.encode({"version": "0", "config": self.config})
        self.give(Started(self.now, payload))

    def give(self, item: Input) -> list[Output]:
        out = list(self.exchange.handle(item))
        self.inputs.append(item)
        self.outputs += out
        return out

    def connect(self) -> int:
        self.links += 1
        self.give(LinkUp(self.now, self.links, "fix", "127.0.0.1:1"))
        return self.links

    def drop(self, link: int) -> None:
        self.give(LinkDown(self.now, link, "reset"))

    def pass_time(self, ns: int) -> list[Output]:
        """Let every Timer come that is asked for."""
        end, out = self.now + ns, []
        while (at := self.exchange.wake_at()) is not None and at <= end:
            self.now = Ns(max(at, self.now))
            out += self.give(Timer(self.now))
        self.now = Ns(end)
        return out


class Client:
    def __init__(self, world: World, comp_id: str = "GW", *, logon: bool = True) -> None:
        self.world = world
        self.comp_id = comp_id
        self.seq = 0
        self.ids = 0
        self.link = world.connect()
        if logon:
            (answer,) = self.say("A", (98, "0"), (108, "30"))
            assert answer.has(_35="A", _56=comp_id)

    def message(self, msg_type: str, *fields: tuple[int, str], target: str = "XLON") -> bytes:
        self.seq += 1
        message = simplefix.FixMessage()
        stamp = print_timestamp(self.world.now)
        header = ((8, "FIX.4.4"), (35, msg_type), (49, self.comp_id), (56, target), (34, self.seq), (52, stamp))
        for tag, value in (*header, *fields):
            message.append_pair(tag, value)
        return bytes(message.encode())

    def say(self, msg_type: str, *fields: tuple[int, str]) -> list[Answer]:
        """Send a message; what comes back to this client at once."""
        return self.mine(self.world.give(Received(self.world.now, self.link, self.message(msg_type, *fields))))

    def mine(self, outputs: Iterable[Output]) -> list[Answer]:
        return [Answer(item.data) for item in outputs if isinstance(item, Send) and item.link == self.link]

    def order(self, side: str, qty: str, price: str | None, *fields: tuple[int, str], cl: str = "") -> list[Answer]:
        self.ids += 1
        limit = [(40, "2"), (44, price)] if price is not None else [(40, "1")]
        common = [
            (11, cl or f"C{self.ids}"),
            (55, "ACME"),
            (54, side),
            (60, print_timestamp(self.world.now)),
            (38, qty),
        ]
        return self.say("D", *common, *limit, *fields)

    def cancel(self, orig: str, cl: str, *, side: str = "1", symbol: str = "ACME") -> list[Answer]:
        stamp = print_timestamp(self.world.now)
        return self.say("F", (11, cl), (41, orig), (55, symbol), (54, side), (60, stamp))

    def replace(self, orig: str, cl: str, qty: str, price: str, *fields: tuple[int, str]) -> list[Answer]:
        stamp = print_timestamp(self.world.now)
        common = [(11, cl), (41, orig), (55, "ACME"), (54, "1"), (60, stamp), (38, qty), (40, "2"), (44, price)]
        return self.say("G", *common, *fields)

    def watch(
        self,
        *symbols: str,
        req: str = "M1",
        sub: str = "1",
        depth: str = "5",
        types: str = "012",
        terms: Sequence[tuple[int, str]] = ((265, "1"),),
    ) -> list[Answer]:
        entries = [(267, str(len(types))), *((269, kind) for kind in types)]
        names = symbols or ("ACME",)
        related = [(146, str(len(names))), *((55, symbol) for symbol in names)]
        return self.say("V", (262, req), (263, sub), (264, depth), *terms, *entries, *related)
