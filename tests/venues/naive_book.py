"""The rules of a book in the plainest words: one list, sorted whenever somebody asks who is next.

It shares the words of `venues.matching.orders` with the fast book, and no way of doing anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, field

import msgspec

from gateway.model import Ns, Px, TimeInForce
from venues.matching.orders import Peg, SelfTrade, Terms
from venues.matching.pool import Rules

Event = tuple[object, ...]  # kind, then the numbers of orders, prices and quantities
SHOWN, HIDDEN, CONDITIONAL = 1, 2, 3  # in order of priority at one price
AT_ONCE = (TimeInForce.IOC, TimeInForce.FOK)


@dataclass(eq=False)
class Entry:
    ident: int
    is_buy: bool
    price: int | None
    leaves: int
    terms: Terms
    time_in_force: TimeInForce
    arrived: int = 0
    queued: int = 0  # since when it stands where it stands
    tip: int = 0
    rank: int = 0  # 0: it does not rest

    @property
    def is_conditional(self) -> bool:
        return self.terms.all_or_none or self.terms.min_qty > 0

    @property
    def least(self) -> int:
        return self.leaves if self.terms.all_or_none else min(self.terms.min_qty, self.leaves)


class Stopped(Exception):
    """A trial met an order of the same owner that ends it."""


@dataclass
class NaiveBook:
    rules: Rules
    resting: list[Entry] = field(default_factory=list)
    stops: list[Entry] = field(default_factory=list)
    aside: list[Entry] = field(default_factory=list)
    pegs: list[Entry] = field(default_factory=list)  # all of them, where they are
    last: int | None = None
    band: tuple[Px, Px] | None = None
    in_call: bool = False
    clock: int = 0
    chance: int = 0
    halts_at_own: bool = False
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = self.rules.seed

    # -- commands

    def submit(self, entry: Entry) -> list[Event]:
        self.events = []
        self._come(entry)
        return self._settled()

    def cancel(self, entry: Entry) -> list[Event]:
        self.events = []
        self._out(entry)
        return self._settled()

    def reduce(self, entry: Entry, leaves: int) -> list[Event]:
        self.events = []
        entry.leaves, entry.tip = leaves, min(entry.tip, leaves)
        return self._settled()

    def replace(self, entry: Entry, price: int | None, leaves: int, terms: Terms) -> list[Event]:
        alike = terms == entry.terms and (entry.price == price or terms.peg is not None)
        if alike and leaves <= entry.leaves:
            return self.reduce(entry, leaves)
        is_held = entry in self.aside and entry not in self.pegs
        self._out(entry)
        entry.price, entry.leaves, entry.terms = price, leaves, terms
        if not is_held:
            return self.submit(entry)
        self.events = []
        self.hold(entry)
        return self._settled()

    def release(self, entry: Entry) -> list[Event]:
        self._out(entry)
        return self.submit(entry)

    def hold(self, entry: Entry) -> None:
        self.clock += 1
        entry.arrived = self.clock
        self.aside.append(entry)

    def expire(self, now: Ns, *, day_ends: bool) -> list[Event]:
        everyone = [*self.resting, *self.stops, *self.aside]
        dated = [e for e in everyone if e.terms.expires is not None and e.terms.expires <= now]
        dated.sort(key=lambda e: (e.terms.expires or 0, e.arrived))
        lasting = (TimeInForce.GTC, TimeInForce.GTD)
        of_the_day = [e for e in everyone if day_ends and e.time_in_force not in lasting and e not in dated]
        over = dated + sorted(of_the_day, key=lambda e: e.arrived)
        self.events = [("ended", e.ident, "EXPIRED") for e in over]
        for entry in over:
            self._out(entry)
        return self._settled()

    def begin_call(self) -> list[Event]:
        self.in_call = True
        self.events = []
        for peg in self.pegs:
            if peg.price is not None:
                self._lift(peg)
                peg.price = None
                self.aside.append(peg)
                self.events.append(("repriced", peg.ident, None))
        return self.events

    def end_call(self, price: int | None, fills: Sequence[tuple[Entry, Entry, int]], *, goes_on: bool) -> list[Event]:
        self.in_call, self.events = not goes_on, []
        passed = [] if self.last is None else [self.last]
        for buyer, seller, qty in fills:
            assert price is not None
            self.last = price
            self.events.append(("fill", buyer.ident, seller.ident, price, qty))
            for entry in (buyer, seller):
                entry.leaves -= qty
                entry.tip = min(entry.tip, entry.leaves)
                if not entry.leaves:
                    self._out(entry)
        becoming = []
        for entry in self.priority(is_buy=True) + self.priority(is_buy=False):
            if entry.time_in_force in (TimeInForce.OPG, TimeInForce.ATC):
                self._end(entry, "AUCTION")
            elif entry.price is None and entry.terms.to_limit and price is not None:
                becoming.append(entry)
                self._out(entry)
            elif entry.price is None:
                self._end(entry, "UNFILLED")
        for entry in becoming:
            entry.price = price
            self.events.append(("repriced", entry.ident, price))
            self._enter(entry)
        return self._settled(passed)

    # -- questions

    def priority(self, *, is_buy: bool) -> list[Entry]:
        """Those without a price first, then the better price; at one price by rank, then by time."""

        def key(e: Entry) -> tuple[bool, int, int, int]:
            better = 0 if e.price is None else -e.price if e.is_buy else e.price
            return e.price is not None, better, e.rank, e.queued

        return sorted((e for e in self.resting if e.is_buy == is_buy), key=key)

    def best(self, *, is_buy: bool) -> int | None:
        prices = [e.price for e in self.resting if e.is_buy == is_buy and e.rank == SHOWN and e.price is not None]
        return None if not prices else max(prices) if is_buy else min(prices)

    def top(self, *, is_buy: bool) -> list[tuple[int, int]]:
        sizes: dict[int, int] = {}
        for entry in self.priority(is_buy=is_buy):
            if entry.rank == SHOWN and entry.price is not None:
                sizes[entry.price] = sizes.get(entry.price, 0) + entry.tip
        return list(sizes.items())

    # -- coming in

    def _come(self, entry: Entry) -> None:
        self.clock += 1
        entry.arrived = self.clock
        stop = entry.terms.stop
        if stop is not None:
            passed = self.last is not None and (self.last >= stop if entry.is_buy else self.last <= stop)
            if passed and not self.in_call:
                self._set_off(entry)
            else:
                self.stops.append(entry)
        elif entry.terms.peg is not None:
            entry.price = None
            self.pegs.append(entry)
            self.aside.append(entry)
        else:
            self._enter(entry)

    def _set_off(self, entry: Entry) -> None:
        entry.terms = msgspec.structs.replace(entry.terms, stop=None)
        self.events.append(("triggered", entry.ident))
        self._enter(entry)

    def _enter(self, entry: Entry) -> None:
        terms = entry.terms
        if self.in_call:
            if entry.time_in_force in AT_ONCE:
                self._end(entry, "UNFILLED")
            else:
                self._rest(entry)
            return
        if terms.to_limit and entry.price is None:
            best = self.best(is_buy=not entry.is_buy)
            if best is None:
                self._end(entry, "UNFILLED")
                return
            entry.price = best
            self.events.append(("repriced", entry.ident, best))
        if terms.post_only and any(
            e.rank != CONDITIONAL and self._reaches(entry, e, banded=False) for e in self._others(entry)
        ):
            self._end(entry, "WOULD_TAKE")
            return
        least = entry.leaves if entry.time_in_force is TimeInForce.FOK else entry.least
        if (not least or self._would_trade(entry) >= least) and not self._take(entry):
            return
        if entry.leaves:
            if entry.price is None or entry.time_in_force in AT_ONCE:
                self._end(entry, "UNFILLED")
            elif self._is_beyond_band(entry):
                self._end(entry, "BAND")
            else:
                self._rest(entry)

    def _rest(self, entry: Entry) -> None:
        display = entry.terms.display
        if entry.is_conditional:
            entry.rank = CONDITIONAL
        elif entry.terms.peg is not None or display == 0:
            entry.rank = HIDDEN
        else:
            entry.rank = SHOWN
        entry.tip = 0 if entry.rank != SHOWN else entry.leaves if display is None else min(display, entry.leaves)
        self._queue(entry)
        self.resting.append(entry)

    def _queue(self, entry: Entry) -> None:
        self.clock += 1
        entry.queued = self.clock

    # -- trading

    def _would_trade(self, entry: Entry) -> int:
        """Try it on a copy of everything."""
        trial = NaiveBook(self.rules, band=self.band)
        trial.chance, trial.clock = self.chance, self.clock
        trial.resting = [copy(e) for e in self.resting if e is not entry]
        taker = copy(entry)
        if taker.terms.self_trade is not SelfTrade.CANCEL_OLDEST:
            trial.halts_at_own = True
        with suppress(Stopped):
            trial._take(taker)
        return entry.leaves - taker.leaves

    def _others(self, taker: Entry) -> list[Entry]:
        return self.priority(is_buy=not taker.is_buy)

    def _reaches(self, taker: Entry, maker: Entry, *, banded: bool = True) -> bool:
        assert maker.price is not None
        if (
            banded
            and self.band is not None
            and (maker.price > self.band[1] if taker.is_buy else maker.price < self.band[0])
        ):
            return False
        return taker.price is None or (taker.price >= maker.price if taker.is_buy else taker.price <= maker.price)

    def _is_own(self, taker: Entry, maker: Entry) -> bool:
        return taker.terms.owner == maker.terms.owner != ""

    def _take(self, taker: Entry) -> bool:
        """False: that was its end."""
        while taker.leaves:
            makers = [e for e in self._others(taker) if self._reaches(taker, e)]
            makers = [
                e for e in makers
                if e.rank != CONDITIONAL or self._is_own(taker, e) or min(taker.leaves, e.leaves) >= e.least
            ]  # fmt: skip
            if not makers:
                break
            first = makers[0]
            if first.rank == SHOWN and self.rules.allocation == "PRO_RATA":
                level = [e for e in makers if e.rank == SHOWN and e.price == first.price]
                own = [e for e in level if self._is_own(taker, e)]
                if own:
                    if not self._prevent(taker, own[0]):
                        return False
                else:
                    for maker, qty in self._shares(level, taker.leaves):
                        self._trade(taker, maker, qty)
            elif self._is_own(taker, first):
                if not self._prevent(taker, first):
                    return False
            else:
                self._trade(taker, first, min(taker.leaves, first.tip if first.rank == SHOWN else first.leaves))
        return True

    def _shares(self, level: list[Entry], wanted: int) -> list[tuple[Entry, int]]:
        total = sum(e.tip for e in level)
        if wanted > total:
            return [(e, e.tip) for e in level]
        lot = self.rules.lot
        shares = [e.tip * wanted // total for e in level]
        shares = [share - share % lot for share in shares]
        for at, entry in enumerate(level):
            shares[at] += min(entry.tip - shares[at], wanted - sum(shares))
        return [(e, share) for e, share in zip(level, shares, strict=True) if share]

    def _trade(self, taker: Entry, maker: Entry, qty: int) -> None:
        taker.leaves -= qty
        maker.leaves -= qty
        self.last = maker.price
        self.events.append(("fill", maker.ident, taker.ident, maker.price, qty))
        if maker.rank == SHOWN:
            maker.tip -= qty
        if not maker.leaves:
            self._out(maker)
        elif maker.rank == SHOWN and not maker.tip:
            maker.tip = self._next_tip(maker)
            self._queue(maker)
            self.events.append(("refreshed", maker.ident))

    def _next_tip(self, entry: Entry) -> int:
        display, percent = entry.terms.display, self.rules.tip_varies_percent
        assert display
        if not percent:
            return min(display, entry.leaves)
        self.chance = (self.chance * 6364136223846793005 + 1442695040888963407) & (2**64 - 1)
        by = (self.chance >> 33) % (2 * percent + 1) - percent
        lots = (display + display * by // 100) // self.rules.lot
        return min(max(lots, 1) * self.rules.lot, entry.leaves)

    def _prevent(self, taker: Entry, maker: Entry) -> bool:
        """False: that was the end of who came in."""
        if self.halts_at_own:
            raise Stopped
        mode = taker.terms.self_trade
        ended = {
            SelfTrade.CANCEL_NEWEST: [taker],
            SelfTrade.CANCEL_OLDEST: [maker],
            SelfTrade.CANCEL_BOTH: [maker, taker],
            SelfTrade.DECREMENT: [e for e in (maker, taker) if e.leaves == min(taker.leaves, maker.leaves)],
        }[mode]
        if mode is SelfTrade.DECREMENT and len(ended) == 1:
            larger = taker if ended == [maker] else maker
            larger.leaves -= ended[0].leaves
            larger.tip = min(larger.tip, larger.leaves)
            self.events.append(("decremented", larger.ident, ended[0].leaves))
        for entry in ended:
            self._end(entry, "SELF_TRADE")
        return taker not in ended

    # -- what follows

    def _settled(self, passed: Sequence[int] = ()) -> list[Event]:
        set_off: list[Entry] = []
        seen = 0
        while not self.in_call:
            prices = [
                price for event in self.events[seen:] if event[0] == "fill" and isinstance(price := event[3], int)
            ]
            seen = len(self.events)
            prices += passed
            passed = ()
            if prices:
                reached = [e for e in self.stops if self._is_reached(e, min(prices), max(prices))]
                self.stops = [e for e in self.stops if e not in reached]
                set_off += sorted(reached, key=lambda e: e.arrived)
            if set_off:
                self._set_off(set_off.pop(0))
            elif not self._move_a_peg() and not self._try_a_conditional():
                break
        return self.events

    def _is_reached(self, entry: Entry, low: int, high: int) -> bool:
        stop = entry.terms.stop
        assert stop is not None
        return high >= stop if entry.is_buy else low <= stop

    def _move_a_peg(self) -> bool:
        """The earliest of those that are not where they belong."""
        for entry in self.pegs:
            price = self._pegged(entry)
            if price != entry.price:
                self._lift(entry)
                entry.price = price
                self.events.append(("repriced", entry.ident, price))
                if price is None:
                    self.aside.append(entry)
                else:
                    self._enter(entry)
                    if not entry.rank:
                        self._out(entry)
                return True
        return False

    def _pegged(self, entry: Entry) -> int | None:
        peg = entry.terms.peg
        assert isinstance(peg, Peg)
        bid, offer = self.best(is_buy=True), self.best(is_buy=False)
        if peg.to == "2":
            if bid is None or offer is None:
                return None
            price, odd = divmod(bid + offer, 2)
            price += odd * (not entry.is_buy) + peg.offset
        else:
            quote = bid if (peg.to == "5") == entry.is_buy else offer
            if quote is None:
                return None
            price = quote + peg.offset
            if self.rules.ticks is not None and price > 0:
                while not self.rules.ticks.fits(Px(price)):
                    price += -1 if entry.is_buy else 1
        worst = [peg.limit, self.band[1 if entry.is_buy else 0] if self.band else None]
        for limit in worst:
            if limit is not None:
                price = min(price, limit) if entry.is_buy else max(price, limit)
        return price if price > 0 else None

    def _try_a_conditional(self) -> bool:
        for entry in sorted(self.resting, key=lambda e: e.queued):
            if entry.rank == CONDITIONAL and self._would_trade(entry) >= entry.least:
                self._take(entry)
                if not entry.leaves:
                    self._out(entry)
                return True
        return False

    # -- going

    def _is_beyond_band(self, entry: Entry) -> bool:
        if self.band is None or entry.price is None:
            return False
        return entry.price > self.band[1] if entry.is_buy else entry.price < self.band[0]

    def _end(self, entry: Entry, why: str) -> None:
        self._out(entry)
        self.events.append(("ended", entry.ident, why))

    def _out(self, entry: Entry) -> None:
        self._lift(entry)
        if entry in self.pegs:
            self.pegs.remove(entry)

    def _lift(self, entry: Entry) -> None:
        for place in (self.resting, self.stops, self.aside):
            if entry in place:
                place.remove(entry)
        entry.rank = entry.tip = 0
