"""One who waits in the dark with little, to learn who is about, and then trades ahead of them where prices are shown.

It knows nothing but its own fills. Small orders that find out large ones, and what their finder does next, are told of
by Mittal, "Are you playing in a toxic dark pool?" (2008), and Brunnermeier and Pedersen, "Predatory trading" (2005).
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from gateway.fix.engine import Engine
from gateway.fix.party import Application
from gateway.fix.reader import Message, Selection
from gateway.fix.session import Session
from gateway.model import (
    MILLISECOND,
    SCALE,
    SECOND,
    Input,
    Ns,
    Output,
    Px,
    SessionConfig,
    Started,
    Timer,
    parse_px,
    parse_qty,
    print_scaled,
    print_timestamp,
)
from venues.crowd.chance import Chance
from venues.offbook.kinds import VenueKind
from venues.profile import Profile

NAME: Final = "PINGER"
WAITS_WITH: Final = 100  # shares at the middle
TURN: Final = Ns(5 * SECOND)  # after which it thinks anew where to wait
AHEAD: Final = Ns(5 * SECOND)  # how long it trades ahead of whom it has met
AGAIN: Final = Ns(250 * MILLISECOND)  # between its takings then
TAKES: Final = 1_000  # shares at each lit venue at a time
MOST: Final = 10_000  # that it wants to hold
_FIELDS = Selection(150, 54, 32, 31, 851, 12)
_BUY, _SELL = "1", "2"
_TRADE, _WAITED = "F", "1"


class Met(NamedTuple):
    """Somebody came to the middle while it waited there."""

    at: Ns  # when it heard of it
    venue: str
    is_buy: bool  # whether who came buys
    price: Px
    shares: int


class Pinger(Application):
    """The Node. `percent` of its turns it waits at each dark venue, on a side by chance; it takes at lit ones."""

    def __init__(self, venues: Sequence[Profile], symbol: str, *, percent: int, seed: int, begins: Ns) -> None:
        self.met: Final[list[Met]] = []
        self.held = 0  # shares, short below zero
        self.gained = 0  # by all that it traded, fees paid, in 1e-8; what it holds not counted
        self.traded = 0  # shares
        self.waits_at = [venue.name for venue in venues if venue.kind is VenueKind.DARK]
        self._lit = {venue.name: venue for venue in venues if venue.has_a_book}
        self._sessions = [
            (venue.name, SessionConfig(sender=NAME, target=venue.comp_id, initiator=True))
            for venue in venues
            if venue.name in (*self.waits_at, *self._lit)
        ]
        self._symbol = symbol
        self._percent = percent
        self._chance = Chance(seed, "pinger")
        self._engine = Engine(self)
        self._count = 0
        self._turn_at = begins
        self._waits: dict[str, tuple[str, str]] = {}  # by dark venue: Side(54) and ClOrdID(11)
        self._ahead_of: Met | None = None
        self._again_at = Ns(0)

    @property
    def venues(self) -> list[str]:
        return [name for name, _ in self._sessions]

    def handle(self, item: Input) -> Sequence[Output]:
        engine = self._engine
        if isinstance(item, Started):
            engine.start(self._sessions, item.at)
            return []
        outputs = list(engine.handle(item))
        if isinstance(item, Timer):
            engine.outputs = outputs
            self._act(item.at)
            engine.flush(item.at)
        return outputs

    def wake_at(self) -> Ns:
        own = self._turn_at if self._ahead_of is None else self._again_at
        at = self._engine.wake_at()
        return own if at is None else min(own, at)

    def wanted(self, venue: str) -> bool:
        return self._engine.wanted(venue)

    def received(self, session: Session, message: Message, now: Ns) -> None:
        exec_type, side, qty, price, liquidity, fee = (value or "" for value in message.pick(_FIELDS))
        if message.msg_type != "8" or exec_type != _TRADE:
            return
        shares, px, bought = parse_qty(qty) // SCALE, parse_px(price), side == _BUY
        self.traded += shares
        self.held += shares if bought else -shares
        self.gained += (-px if bought else px) * shares - (parse_px(fee) if fee else 0)
        venue = next(name for name in self.venues if self._engine.parties[name].session is session)
        if venue in self.waits_at and liquidity == _WAITED:
            self.met.append(Met(now, venue, not bought, px, shares))
            if self._ahead_of is None:
                self._go_ahead_of(self.met[-1], now)

    # -- inside

    def _act(self, now: Ns) -> None:
        met = self._ahead_of
        if met is not None and self._again_at <= now:
            if now < met.at + AHEAD:
                self._take(met, now)
            else:
                self._ahead_of, self._turn_at = None, now
        if self._ahead_of is None and self._turn_at <= now:
            self._turn_at = Ns(now + TURN)
            self._give_up_waiting(now)
            self._go_flat(now)
            self._wait(now)

    def _wait(self, now: Ns) -> None:
        for venue in self.waits_at:
            comes, is_buy = self._chance.below(100) < self._percent, self._chance.below(2) == 1
            if comes:
                side = _BUY if is_buy else _SELL
                name = self._order(venue, side, WAITS_WITH, "40=P\x0118=M\x0159=0\x01", now)
                self._waits[venue] = side, name

    def _give_up_waiting(self, now: Ns) -> None:
        for venue, (side, name) in self._waits.items():
            self._count += 1
            body = f"11=K{self._count}\x0141={name}\x0155={self._symbol}\x0154={side}\x0160={print_timestamp(now)}\x01"
            self._say(venue, "F", body, now)
        self._waits.clear()

    def _go_ahead_of(self, met: Met, now: Ns) -> None:
        self._ahead_of = met
        self._give_up_waiting(now)
        self._take(met, now)

    def _take(self, met: Met, now: Ns) -> None:
        """What is to be had at the price that who was met would take at: the next tick from the middle."""
        side = _BUY if met.is_buy else _SELL
        if (self.held if met.is_buy else -self.held) < MOST:
            for venue, profile in self._lit.items():
                tick = profile.tick
                price = Px((met.price // tick + 1 if met.is_buy else -(-met.price // tick) - 1) * tick)
                self._order(venue, side, TAKES, f"40=2\x0144={print_scaled(price)}\x0159=3\x01", now)
        self._again_at = Ns(now + AGAIN)

    def _go_flat(self, now: Ns) -> None:
        """At what the lit venues pay, an equal part at each."""
        side, left = _SELL if self.held > 0 else _BUY, abs(self.held)
        for place, (venue, profile) in enumerate(self._lit.items()):
            shares = left // (len(self._lit) - place)
            shares -= shares % max(profile.lot // SCALE, 1)
            left -= shares
            if shares:
                self._order(venue, side, shares, "40=1\x0159=3\x01", now)

    def _order(self, venue: str, side: str, shares: int, terms: str, now: Ns) -> str:
        self._count += 1
        name = f"K{self._count}"
        body = f"11={name}\x0155={self._symbol}\x0154={side}\x0160={print_timestamp(now)}\x0138={shares}\x01{terms}"
        self._say(venue, "D", body, now)
        return name

    def _say(self, venue: str, msg_type: str, body: str, now: Ns) -> None:
        session = self._engine.parties[venue].session
        if session.logged_on:
            session.send(msg_type, body, now)
