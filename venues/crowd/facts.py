"""What the invented participants make of a day, held against the facts that real markets share.

The measuring may use floats: nothing that a venue does depends on it. `fixspecs/venues.md` says where the ranges are
from.
"""

from collections.abc import Iterator, Sequence
from heapq import heapify, heapreplace
from itertools import pairwise
from math import log
from typing import NamedTuple

import msgspec

from gateway.model import SECOND, Ns, Px, Qty
from venues.crowd.flow import DAY_S, Day, Flow
from venues.crowd.traders import FlowTraders
from venues.matching.book import BID, OFFER, Book, Event, Fill
from venues.profile import Profile

DAY = Day(opens_s=8 * 3_600, closes_s=14 * 3_600 + 1_800)
_SYMBOL, _START = "ACME", "100"
_MIDNIGHT = 20_000 * DAY_S * SECOND
_PARTS = 13  # of the day: half an hour each
_SHOWN = 5  # levels that count as depth


class Fact(NamedTuple):
    name: str
    venue: str  # '' of all together
    measured: float | None  # None: there was too little to measure it by
    low: float
    high: float

    @property
    def ok(self) -> bool:
        return self.measured is not None and self.low <= self.measured <= self.high


class Trade(NamedTuple):
    at: Ns
    is_buy: bool  # the taker
    price: Px
    qty: int  # Qty that the taker got in all


class Seen:
    """One venue as somebody sees it who writes everything down."""

    def __init__(self, flow: Flow, profile: Profile) -> None:
        self.profile = profile
        self.book = Book()
        self.traders = FlowTraders(flow, profile, self._happened)
        self.traders.trade_in(_SYMBOL, self.book, _START)
        self.quotes = 0  # changes of what is shown
        self.bid: Px | None = None
        self.offer: Px | None = None
        self.trades: list[Trade] = []
        self.mids: list[int] = []  # twice the middle, each second
        self.spreads: list[int] = []  # Px, each second
        self.depths: list[tuple[int, int]] = []  # Qty of the best level, of the next ones' mean, each second and side
        self._shown: tuple[dict[Px, Qty], dict[Px, Qty]] = {}, {}

    def _happened(self, _: str, events: list[Event], now: Ns) -> None:
        self.book.prints.clear()
        taker = None
        for fill in events:
            if type(fill) is not Fill:
                continue
            if fill.taker is taker:
                self.trades[-1] = self.trades[-1]._replace(qty=self.trades[-1].qty + fill.qty)
            else:
                taker = fill.taker
                self.trades.append(Trade(now, taker.is_buy, fill.price, fill.qty))
        shown = self.book.top(BID, _SHOWN), self.book.top(OFFER, _SHOWN)
        if shown != self._shown:
            self._shown = shown
            self.bid, self.offer = (next(iter(side), None) for side in shown)
            self.quotes += 1

    def look(self) -> None:
        if self.bid is None or self.offer is None:
            return
        self.mids.append(self.bid + self.offer)
        self.spreads.append(self.offer - self.bid)
        for side in self._shown:
            best, *deeper = side.values()
            if deeper:
                self.depths.append((best, sum(deeper) // len(deeper)))


class Watch:
    """What the venues of one flow do, in virtual time and without a session."""

    def __init__(self, flow: Flow, profiles: Sequence[Profile]) -> None:
        self.flow = flow if flow.day is not None else msgspec.structs.replace(flow, day=DAY)
        assert self.flow.day is not None
        self.opens = Ns(_MIDNIGHT + self.flow.day.opens_s * SECOND)
        self.closes = Ns(_MIDNIGHT + self.flow.day.closes_s * SECOND)
        self.until = self.opens
        self.venues = [Seen(self.flow, profile) for profile in profiles]
        self.locked_ns = self.crossed_ns = 0  # the best bid of one venue met, or passed, the best offer of another

    def play(self, seconds: int) -> Iterator[Ns]:
        """Watch from the opening on, at most until the close; gives each second that passed."""
        end = min(self.closes, self.opens + seconds * SECOND)
        turns = [(self.opens, place) for place in range(len(self.venues))]
        heapify(turns)
        second, apart, since = self.opens + SECOND, 1, self.opens
        while second <= end:
            at, place = turns[0]
            if second <= at:
                for venue in self.venues:
                    venue.look()
                self.until = Ns(second)
                yield self.until
                second += SECOND
                continue
            if apart == 0:
                self.locked_ns += at - since
            elif apart < 0:
                self.crossed_ns += at - since
            traders = self.venues[place].traders
            traders.act(at)
            heapreplace(turns, (traders.wake_at, place))
            since, apart = at, self._apart()

    def _apart(self) -> int:
        """The best offer less the best bid of all venues; 1 where there is none."""
        bid = max((venue.bid for venue in self.venues if venue.bid is not None), default=None)
        offer = min((venue.offer for venue in self.venues if venue.offer is not None), default=None)
        return 1 if bid is None or offer is None else offer - bid

    def volumes(self) -> list[int]:
        """Qty traded at all venues, by part of the day."""
        parts = [0] * _PARTS
        for venue in self.venues:
            for trade in venue.trades:
                parts[(trade.at - self.opens) * _PARTS // (self.closes - self.opens)] += trade.qty
        return parts

    def facts(self) -> list[Fact]:
        found = [fact for venue in self.venues for fact in self._of_one(venue)]
        passed = max(self.until - self.opens, 1)
        if len(self.venues) > 1:
            found.append(Fact("time locked, %", "", 100 * self.locked_ns / passed, 0.2, 15))
            found.append(Fact("time crossed, %", "", 100 * self.crossed_ns / passed, 0.005, 5))
        if self.until == self.closes:
            volumes = self.volumes()
            noon = sum(volumes[5:8]) / 3
            found.append(Fact("volume at the open to noon's", "", ratio(volumes[0], noon), 1.4, 5))
            found.append(Fact("volume at the close to noon's", "", ratio(volumes[-1], noon), 1.4, 5))
        return found

    def _of_one(self, venue: Seen) -> Iterator[Fact]:
        half, tick = venue.profile.habits.half_spread_ticks, venue.profile.tick
        seconds = max((self.until - self.opens) // SECOND, 1)
        trades, mids = venue.trades, venue.mids
        taken, best = mean([trade.qty for trade in trades]), mean([best for best, _ in venue.depths])
        returns, minutes = _moves(mids), _moves(mids[::60])
        by_chance = round(3 / max(len(minutes), 1) ** 0.5, 2)
        for name, measured, low, high in (
            ("quotes a second", venue.quotes / seconds, 5, 20),
            ("trades a second", len(trades) / seconds, 0.2, 4),
            ("spread, ticks", ratio(mean(venue.spreads), tick), 2 * half - 1, 2 * half + 1),
            ("best level to a trade", ratio(best, taken), 1.5, 15),
            ("deeper levels to the best", ratio(mean([deeper for _, deeper in venue.depths]), best), 1, 3),
            (
                "autocorrelation of trade prices' moves",
                autocorrelation(_moves([trade.price for trade in trades])),
                -0.5,
                -0.05,
            ),
            ("autocorrelation of 1-minute returns", autocorrelation(minutes), -by_chance, by_chance),
            ("autocorrelation of absolute 1-s returns", autocorrelation([abs(move) for move in returns]), 0.03, 0.5),
            ("kurtosis of 1-s returns", kurtosis(returns), 3.5, 30),
            ("spread of gaps between trades to their mean", variation(_moves([trade.at for trade in trades])), 1.05, 3),
            ("Hurst exponent of order signs", hurst([1 if trade.is_buy else -1 for trade in trades]), 0.55, 0.9),
        ):
            yield Fact(name, venue.profile.name, measured, low, high)


def _moves(values: Sequence[int]) -> list[int]:
    return [after - before for before, after in pairwise(values)]


def mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def ratio(one: float | None, other: float | None) -> float | None:
    return one / other if one is not None and other else None


def autocorrelation(values: Sequence[float]) -> float | None:
    """Of neighbours."""
    centre = mean(values)
    if centre is None:
        return None
    apart = [value - centre for value in values]
    return ratio(sum(a * b for a, b in pairwise(apart)), sum(a * a for a in apart))


def kurtosis(values: Sequence[float]) -> float | None:
    """3 of a normal distribution."""
    squares = mean([value**2 for value in values])
    return ratio(mean([value**4 for value in values]), squares**2 if squares else None)


def variation(values: Sequence[float]) -> float | None:
    """Standard deviation to mean; 1 where arrivals know nothing of each other."""
    centre = mean(values)
    if centre is None:
        return None
    return ratio((sum((value - centre) ** 2 for value in values) / len(values)) ** 0.5, centre)


def hurst(signs: Sequence[int]) -> float | None:
    """By the growth of the variance of sums over n neighbours, which goes with n**2H; 0.5 without memory.

    n doubles from 8 as long as there are 16 sums. None of fewer than 512 signs.
    """
    points = []
    n = 8
    while len(signs) >= 16 * n:
        sums = [sum(signs[first : first + n]) for first in range(0, len(signs) - n + 1, n)]
        points.append((log(n), log(max(sum(s * s for s in sums) / len(sums), 1e-9))))
        n *= 2
    if len(points) < 3:
        return None
    x, y = sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points)
    return sum((a - x) * (b - y) for a, b in points) / sum((a - x) ** 2 for a, _ in points) / 2
