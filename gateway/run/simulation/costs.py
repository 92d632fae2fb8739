"""What an order cost: against the market when it came, against what others paid meanwhile, and in fees.

All in basis points of the price, worse above zero. The implementation shortfall is of the whole order: what it paid
against the middle at its arrival, fees, and for what was not filled, where the middle was when it ended (Perold 1988).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import NamedTuple

from msgspec import Struct

from gateway.model import SECOND, Ns, Px, Qty


class Trade(NamedTuple):
    at: Ns  # when the venue said so, in whole milliseconds
    price: Px
    qty: Qty


class Cost(Struct, frozen=True, kw_only=True):
    """None: nothing was filled, or there was nothing to compare with."""

    arrival: float | None = None  # of the average price against the middle at arrival
    vwap: float | None = None  # against the average price of all trades until the end
    twap: float | None = None  # against the average of the middle, second by second, until the end
    fees: float | None = None  # negative: rebates
    shortfall: float | None = None  # of the whole order


class Benchmarks:
    """The market of one day. `middles` are twice the middle at each second from `opens` on, 0 where there was none."""

    def __init__(self, opens: Ns, middles: list[int], trades: Iterable[Trade]) -> None:
        self._opens = opens
        self._middles = middles
        ordered = sorted(trades)
        self._times = [trade.at for trade in ordered]
        self._volumes = list(accumulate((trade.qty for trade in ordered), initial=0))
        self._turnovers = list(accumulate((trade.price * trade.qty for trade in ordered), initial=0))

    def vwap(self, start: Ns, end: Ns) -> float | None:
        """The average price of the trades from `start` to `end`, both included."""
        first, last = bisect_left(self._times, start), bisect_right(self._times, end)
        volume = self._volumes[last] - self._volumes[first]
        return (self._turnovers[last] - self._turnovers[first]) / volume if volume else None

    def twap(self, start: Ns, end: Ns) -> float | None:
        first, last = self._second(start), self._second(end)
        middles = [middle for middle in self._middles[first : last + 1] if middle]
        return sum(middles) / (2 * len(middles)) if middles else None

    def middle(self, at: Ns) -> float | None:
        """Of the last second up to then that had one."""
        for middle in reversed(self._middles[: self._second(at) + 1]):
            if middle:
                return middle / 2
        return None

    def _second(self, at: Ns) -> int:
        return max((at - self._opens) // SECOND, 0)

    def cost(
        self,
        *,
        is_buy: bool,
        arrival: float,
        average: float,
        filled: int,
        shares: int,
        fees: int,
        start: Ns,
        end: Ns,
    ) -> Cost:
        """Of an order of so many shares that was filled at that average, paid `fees` in 1e-8 of the currency."""
        sign = 1 if is_buy else -1

        def worse(price: float, benchmark: float | None) -> float | None:
            return round(sign * 10_000 * (price - benchmark) / benchmark, 4) if benchmark else None

        shortfall = None
        last = self.middle(end) if filled < shares else average
        if last is not None:
            paid = sign * (filled * (average - arrival) + (shares - filled) * (last - arrival)) + fees
            shortfall = round(10_000 * paid / (shares * arrival), 4)
        if not filled:
            return Cost(shortfall=shortfall)
        return Cost(
            arrival=worse(average, arrival),
            vwap=worse(average, self.vwap(start, end)),
            twap=worse(average, self.twap(start, end)),
            fees=round(10_000 * fees / (average * filled), 4),
            shortfall=shortfall,
        )
