"""What of an order to buy rests by `cont_kukanov` on recorded quotes, and what recorded trades fill of that.

Only the owner of the best bid is recorded, with its size, so an order rests there or nowhere. The fill model invents
nothing: all that was shown is ahead of us and stays until it trades; a trade at our price on that exchange takes from
what is ahead first, and only what is left of it fills us; one below our price fills us as far as it goes. Opening and
off-exchange prints, and others that are no plain ones, are left out.
"""

import csv
import io
import zipfile
from collections.abc import Iterator
from functools import cache
from heapq import merge
from pathlib import Path
from typing import NamedTuple

from gateway.market.estimates import Estimates
from gateway.market.flow import Flow
from gateway.model import MILLISECOND, SCALE, SECOND, Ns, Px, Qty, Quote, Side
from gateway.router.cont_kukanov import Costs, Placement, Queue

TICKS = Path(__file__).resolve().parents[2] / "shared" / "data" / "lean_us_equities" / "tick"
OF_DAY = range(34_200_000, 35_200_000)  # milliseconds since midnight: 9:30 to 9:46:40
DEADLINE_S = 30
_PLAIN = 0x8000_0000 | 0x2000_0000 | 0x20 | 0x1  # odd lot, exempt from order protection, intermarket sweep, regular
_UNIT = SCALE // 10_000
_SHARE = Qty(SCALE)


class Shown(NamedTuple):
    """Of one side of a venue."""

    price: float
    size: int
    venue: str


class Trade(NamedTuple):
    at_ms: int
    price: Px
    shares: int
    venue: str


class Rest(NamedTuple):
    """What rests, from when, behind how much."""

    at_ms: int
    venue: str
    price: Px
    ahead: int
    shares: int

    def filled(self, trades: list[Trade], at_ms: int) -> int:
        """How much of it, by then."""
        ahead, filled = self.ahead, 0
        for trade in trades:
            if self.at_ms < trade.at_ms <= at_ms and trade.venue == self.venue and trade.price <= self.price:
                ahead = ahead if trade.price == self.price else 0
                filled += max(trade.shares - ahead, 0)
                ahead = max(ahead - trade.shares, 0)
        return min(filled, self.shares)


def _rows(symbol: str, date: str, kind: str) -> Iterator[list[str]]:
    with zipfile.ZipFile(TICKS / f"{symbol.lower()}_{date.replace('-', '')}_{kind}.zip") as archive:
        (name,) = archive.namelist()
        for row in csv.reader(io.TextIOWrapper(archive.open(name))):
            if int(row[0]) in OF_DAY:
                yield row


@cache
def trades(symbol: str, date: str) -> list[Trade]:
    """T is the same exchange as Q."""
    return [
        Trade(int(at_ms), Px(int(price) * _UNIT), int(shares), "Q" if venue == "T" else venue)
        for at_ms, price, shares, venue, condition, suspicious in _rows(symbol, date, "trade")
        if venue != "D" and suspicious == "0" and not int(condition, 16) & ~_PLAIN
    ]


class Seen:
    """What a gateway that was there from 9:30 on knows: what left the bids of each venue, and how lively it is."""

    def __init__(self, symbol: str, date: str, until_ms: int) -> None:
        self._until = Ns(until_ms * MILLISECOND)
        self._flows: dict[str, Flow] = {}
        self._estimates = Estimates()
        bid = ask = Px(0)
        second = OF_DAY.start // 1000
        quotes = ((int(row[0]) + 0.5, row) for row in _rows(symbol, date, "quote"))  # trades see those of before
        for at_ms, event in merge(
            quotes, ((float(one.at_ms), one) for one in trades(symbol, date)), key=lambda e: e[0]
        ):
            if at_ms >= until_ms:
                break
            while second + 1 <= at_ms / 1000:
                second += 1
                size = Qty(1 if bid and ask else 0)
                quote = Quote(symbol=symbol, bid=bid, bid_size=size, ask=ask, ask_size=size)
                self._estimates.stood(quote, second)
            if isinstance(event, Trade):
                if event.price <= bid < ask:
                    flow = self._flows.setdefault(event.venue, Flow(Ns(OF_DAY.start * MILLISECOND)))
                    flow.traded(Side.SELL, event.shares * SCALE, Ns(event.at_ms * MILLISECOND))
            else:
                bid, ask = (Px(int(price) * _UNIT) or old for price, old in ((event[1], bid), (event[3], ask)))

    def spans(self, venue: str) -> list[Qty]:
        flow = self._flows.get(venue, Flow(Ns(OF_DAY.start * MILLISECOND)))
        return flow.left(Side.BUY, DEADLINE_S, self._until, flow.spans(DEADLINE_S, self._until))

    def under(self, half_spread: Px, price: Px) -> Px:
        move = self._estimates.adverse_move(Ns(DEADLINE_S * SECOND)) or 0
        return Px(half_spread + price * move // SCALE)


@cache
def rest(symbol: str, date: str, *, at_ms: int, bid: Shown, ask: float, size: int) -> Rest:
    """What a plan for an order of so many shares that comes then lets rest; nothing is known of fees."""
    price = Px(round(bid.price * SCALE))
    half = Px((round(ask * SCALE) - price) // 2)
    seen = Seen(symbol, date, at_ms)
    costs = Costs(half, Px(0), impact=Px(0), under=seen.under(half, price), over=Px(0))
    queue = Queue(bid.venue, Qty(bid.size * SCALE), Px(0))
    plan = Placement(Qty(size * SCALE), [queue], [seen.spans(bid.venue)], costs, lot=_SHARE).within()
    return Rest(at_ms, bid.venue, price, bid.size, plan.limits[0] // SCALE)
