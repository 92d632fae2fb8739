"""What a client does at venues that go wrong, from a seed, and what must be true in the end.

While it goes on the Watch of the races checks every event. In the end, with the faults over and all orders canceled,
it is checked from outside: what venues have executed, what the gateway has booked, and what the client was told.
"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from gateway.model import (
    MILLISECOND,
    SCALE,
    SECOND,
    Instrument,
    Limits,
    Ns,
    Output,
    VenueSettings,
    parse_qty,
    print_timestamp,
)
from gateway.model.sessions import SessionConfig
from gateway.node import Gateway
from gateway.oms.children import MAX_CANCELS
from tests.conftest import SETTINGS
from tests.faulty_venues.world import START, Venue, World
from tests.races.ledger import Whole
from venues.crowd.flow import Flow
from venues.exchange import Exchange
from venues.faults.kinds import SPECS, FaultKind, Occasion
from venues.faults.plan import Faults
from venues.profile import Profile, VenueConfig

PROFILES: Final = Path(__file__).parents[2] / "venues" / "profiles"
VENUES: Final = ("XLON", "BATE", "CHIX")
SYMBOLS: Final = ("ACME", "BOND")
TRADING_S: Final = 40  # orders come, and faults happen
CANCELING_S: Final = 30  # what is open is canceled, once and again
END_S: Final = 100
# How often at most, in 1/100 of a percent of a fault's occasions.
_RATES: Final = dict.fromkeys(Occasion, 1_000) | {
    Occasion.REQUEST: 120,
    Occasion.DATA: 20,
    Occasion.CANCEL: 3_000,
    Occasion.CANCELED: 5_000,
}
_FORGETFUL: Final = (FaultKind.SEQUENCE_RESET, FaultKind.RESTART_WITHOUT_MEMORY)
_DAYS_LIMITS: Final = Limits(
    max_order_qty=parse_qty("100000"), max_order_notional=int(parse_qty("50000000")), collar_bps=500
)


def profile(name: str) -> Profile:
    return Profile.parse((PROFILES / f"{name}.toml").read_text()).round_the_clock()


SETTINGS_OF_THE_DAY: Final = msgspec.structs.replace(
    SETTINGS,
    venues=tuple(
        VenueSettings(
            name=name,
            session=SessionConfig(sender="GATEWAY", target=name, initiator=True, heartbeat_s=5),
            ack_timeout_s=5,
            offers=profile(name).offers,
        )
        for name in VENUES
    ),
    instruments=tuple(Instrument(symbol=symbol) for symbol in SYMBOLS),
    limits=dict.fromkeys(SYMBOLS, _DAYS_LIMITS),
)


@dataclass
class Found:
    """What a day has come to."""

    seed: int
    orders: int = 0
    children: int = 0
    fills: int = 0
    faults: Counter[tuple[str, str]] = field(default_factory=Counter)  # by kind, and how the order stood
    unresolved: Counter[str] = field(default_factory=Counter)  # orders that could not end, by what a person was told


def faults_of(dice: random.Random, seed: int) -> Faults:
    """Some kinds of fault, at rates from seldom to often."""
    kinds = [kind for kind in FaultKind if dice.random() < 0.4]
    percent = {kind: f"{dice.randint(1, _RATES[SPECS[kind].on]) / 100:.2f}" for kind in kinds}
    return Faults.read({"seed": seed, "percent": percent, "ends_s": TRADING_S})


def configs(
    dice: random.Random, seed: int, venues: Sequence[str] = VENUES, *, go_wrong: bool = True
) -> list[VenueConfig]:
    symbols = dict.fromkeys(SYMBOLS, "100")
    found = []
    for name in venues:
        faults = faults_of(dice, seed) if go_wrong else Faults()
        faulty = msgspec.structs.replace(profile(name), faults=faults)
        found.append(VenueConfig(profile=faulty, symbols=symbols, flow=Flow(seed=seed)))
    return found


def forgot(venue: Venue, *kinds: FaultKind) -> bool:
    return any(fault["fault"] in kinds for fault in venue.faults)


class Day:
    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.dice = random.Random(f"faulty venues {seed}")
        self.world = World(SETTINGS_OF_THE_DAY, configs(self.dice, seed))
        self.kinds: dict[str, str] = {}  # of orders, by their first ClOrdID
        self.restarts_at = self.dice.choice((None, START + self.dice.randrange(5, TRADING_S) * SECOND))

    def play(self) -> Found:
        world = self.world
        world.run(Ns(START + 2 * SECOND))
        while world.now < START + TRADING_S * SECOND:
            if self.restarts_at is not None and world.now >= self.restarts_at:
                self.restarts_at = None
                world.restart()
            self.act()
            world.run(Ns(world.now + self.dice.randrange(20, 800) * MILLISECOND))
        for _ in range(CANCELING_S // 5):
            world.run(Ns(world.now + 5 * SECOND))
            for whole in self.opened():
                if not whole.pending:
                    self.cancel(whole)
        world.run(Ns(START + END_S * SECOND))
        return self.judge()

    # -- the client

    def act(self) -> None:
        what, opened = self.dice.random(), self.opened()
        if what < 0.55 or not opened:
            self.order()
        elif what < 0.85:
            self.cancel(self.dice.choice(opened))
        else:
            self.replace(self.dice.choice(opened))

    def opened(self) -> list[Whole]:
        return [whole for whole in self.world.watch.wholes.values() if whole.last is not None and whole.last.leaves_qty]

    def order(self) -> None:
        dice, cl_ord_id = self.dice, f"C{self.world.client.next_id()}"
        kind = self.kinds[cl_ord_id] = dice.choices(("plain", "sliced", "iceberg", "post", "peg"), (5, 3, 4, 2, 3))[0]
        tif = dice.choice("0034") if kind == "plain" else "0"
        head = f"11={cl_ord_id}\x011={dice.choice('AB')}\x0155={dice.choice(SYMBOLS)}\x0154={dice.choice('12')}\x01"
        self.world.say("D", f"{head}{self.terms(kind)}59={tif}\x01{self.algo(kind)}")

    def terms(self, kind: str) -> str:
        dice, qty = self.dice, self.dice.randint(4, 300) * 10
        price = f"40=2\x0144={dice.randint(9_950, 10_050) / 100:.2f}\x01"
        if kind == "peg":
            price = "40=P\x0118=R\x01"
        elif kind == "post":
            price += "18=6\x01"
        elif kind == "iceberg":
            price += f"111={qty // 4}\x01"
        elif dice.random() < 0.2:
            price = "40=1\x01"
        return f"60={print_timestamp(self.world.now)}\x0138={qty}\x01{price}"

    def algo(self, kind: str) -> str:
        if kind != "sliced":
            return ""
        slices, seconds = self.dice.randint(1, 6), self.dice.randint(2, 30)
        return f"847=1001\x01848=NumSlices={slices};Duration={seconds};ChildTIF={self.dice.choice('03')}\x01"

    def about(self, whole: Whole) -> str:
        original, terms = (whole.pending or whole.chain)[-1], whole.terms
        return f"11=C{self.world.client.next_id()}\x0141={original}\x0155={terms.symbol}\x0154={terms.side}\x01"

    def cancel(self, whole: Whole) -> None:
        self.world.say("F", f"{self.about(whole)}60={print_timestamp(self.world.now)}\x01")

    def replace(self, whole: Whole) -> None:
        kind, terms = self.kinds[whole.chain[0]], whole.terms
        rest = f"{self.terms(kind)}59={terms.time_in_force}\x01{self.algo(kind)}"
        self.world.say("G", f"{self.about(whole)}1={terms.account}\x01{rest}")

    # -- in the end

    def judge(self) -> Found:
        world = self.world
        self.replays()
        self.client_knows_what_was_booked()
        found = Found(self.seed, len(world.watch.wholes), len(world.watch.sent), faults=world.faults)
        found.fills = sum(len(child.fills) for child in world.watch.sent.values())
        self.booked_is_what_venues_executed()
        for whole in world.watch.wholes.values():
            if self.is_over(whole):
                continue
            found.unresolved[self.why(whole)] += 1
        if not found.unresolved:
            world.watch.everything_was_answered()
        return found

    def why(self, whole: Whole) -> str:
        """What a person was told of an order that cannot end: of each child that is live, that nobody knows more."""
        found = ""
        for child in whole.children:
            if child.live:
                name, venue = child.order.cl_ord_id, self.world.venues[child.venue]
                told = {alert["code"] for alert in self.world.alerts if alert.get("child") == name}
                is_lost = any((fault["fault"], fault["cl_ord_id"]) == ("LOST", name) for fault in venue.faults)
                if "CHILD.UNKNOWN_THERE" in told and (is_lost or forgot(venue, FaultKind.RESTART_WITHOUT_MEMORY)):
                    found = "CHILD.UNKNOWN_THERE"
                elif "CHILD.MISSING_FILL" in told and forgot(venue, *_FORGETFUL):
                    found = "CHILD.MISSING_FILL"
                elif "CHILD.NOT_BACK" in told and len(child.cancels) >= MAX_CANCELS:
                    found = "CHILD.NOT_BACK"
                else:
                    raise AssertionError(f"{whole.order_id} does not end for {name}, told was {told}")
        assert found, f"{whole.order_id} does not end, and no child is live"
        return found

    @staticmethod
    def is_over(whole: Whole) -> bool:
        return whole.last is not None and not whole.last.leaves_qty and not whole.pending

    def replays(self) -> None:
        """The same inputs, the same words; of venues too."""
        world = self.world
        again = Gateway(world.watch.core._algos)
        assert all(again.handle(item) == said for item, said in zip(world.inputs, world.outputs, strict=True))
        for venue in world.venues.values():
            anew, said = Exchange(), list[Output]()
            for item in venue.inputs:
                said += anew.handle(item)
            assert said == venue.outputs, f"{venue.name} says something else"

    def client_knows_what_was_booked(self) -> None:
        """The client's tape, read without our reader, adds up to what the children were filled."""
        told: dict[str, dict[str, int]] = {}
        for answer in self.world.heard:
            if answer[35] != "8" or answer[150] not in ("F", "G", "H"):
                continue
            fills = told.setdefault(answer[37] or "", {})
            exec_id = answer[17] or ""
            assert exec_id not in fills, "told twice"
            if answer[150] != "F":
                del fills[answer[19] or ""]
            if answer[150] != "H":
                fills[exec_id] = parse_qty(answer[32] or "")
        for whole in self.world.watch.wholes.values():
            assert sum(told.get(whole.order_id, {}).values()) == whole.cum, whole.order_id

    def booked_is_what_venues_executed(self) -> None:
        """Child by child, with two exceptions, of which a person is told (O-5.4, O-8.2).

        A venue that lost its numbers may not say a fill again, and what is taken back before it was told is not booked.
        """
        watch = self.world.watch
        unbooked = {alert.get("child") for alert in self.world.alerts if alert["code"] == "CHILD.EXEC_REF"}
        for (name, cl_ord_id), child in watch.sent.items():
            venue = self.world.venues[name]
            order = venue.orders.get(cl_ord_id)
            executed = order.cum_qty if order is not None else 0
            if executed != child.cum:
                facts = f"{name} executed {executed / SCALE:g} of {cl_ord_id}, booked are {child.cum / SCALE:g}"
                assert cl_ord_id in unbooked or forgot(venue, *_FORGETFUL), facts
