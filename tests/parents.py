"""An order as its algo sees it, and a market in which nothing happens."""

from math import isqrt
from statistics import fmean, pstdev

import msgspec

from gateway.model import SECOND, Market, Ns, Parent, Px, Qty, Side


class Even:
    """The same at every instant of a window that is a day, and usually 1,000 a day, if anything is known of that."""

    def __init__(self, length: int = 90 * SECOND, usual: int | None = None) -> None:
        self._length, self._usual = length, usual

    def share(self, start: Ns, end: Ns) -> int:
        return (end - start) * 10**12 // self._length

    def usual(self, now: Ns) -> Qty | None:  # noqa: ARG002
        return None if self._usual is None else Qty(self._usual)

    def named(self, name: str) -> None:
        """It has no kinds of days."""


class Known:
    """The same spread and volatility at every instant; nothing is known of them unless it is given."""

    def __init__(self, spread: int | None = None, a_second: int | None = None) -> None:
        self.spread = None if spread is None else Px(spread)
        self._a_second = a_second  # of the price, in 1e-8

    def volatility(self, seconds: int) -> int | None:
        return None if self._a_second is None else isqrt(self._a_second**2 * seconds)


class Recalled:
    """The middle at each of so many last seconds up to the one numbered `now`, oldest first; 0: it was not known."""

    def __init__(self, *middles: int, now: int = 1_000_000) -> None:
        self._by_second = dict(enumerate(middles, now + 1 - len(middles)))

    def middle(self, at: Ns) -> Px | None:
        return Px(self._by_second.get(at // SECOND, 0)) or None

    def band(self, start: Ns, end: Ns) -> tuple[Px, Px] | None:
        seconds = range(start // SECOND + 1, end // SECOND + 1)
        known = [middle for second in seconds if (middle := self._by_second.get(second))]
        if not known or 2 * len(known) < len(seconds):
            return None
        return Px(int(fmean(known))), Px(int(pstdev(known)))


QUIET = Market(
    bid=Px(0),
    bid_size=Qty(0),
    ask=Px(0),
    ask_size=Qty(0),
    last=Px(0),
    traded=Qty(0),
    curve=Even(),
    estimates=Known(),
    past=Recalled(),
)
START = Ns(1_000_000 * SECOND)


def parent(qty: int = 300, lot: int = 1, min_qty: int = 1, horizon: int = 90 * SECOND, **changes: object) -> Parent:
    made = Parent(
        symbol="ACME",
        side=Side.BUY,
        order_qty=Qty(qty),
        filled=Qty(0),
        working=Qty(0),
        limit=None,
        lot=Qty(lot),
        min_qty=Qty(min_qty),
        start=START,
        end=Ns(START + horizon),
        arrival=Px(0),
        traded_at_start=Qty(0),
        last_fill=Ns(0),
        released_at=Ns(0),
    )
    return msgspec.structs.replace(made, **changes)


def shows(**changes: int) -> Market:
    """10 shares at 999 and at 1001, but for `changes`."""
    usual = {"bid": 999, "bid_size": 10, "ask": 1001, "ask_size": 10}
    return msgspec.structs.replace(QUIET, **(usual | changes))
