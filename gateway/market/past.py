"""What stood in a symbol at each whole second of the last hour: a ring of middles, as many as an algo may look back.

The middle is that of others: where our own orders move the best price an algo is not to follow itself.
"""

from array import array
from collections.abc import Callable
from math import isqrt
from operator import mul
from typing import Final

from gateway.model import LONGEST_LOOKBACK_S, SECOND, Ns, Px, Quote

_MOST: Final = (1 << 63) - 1
_UNKNOWN: Final = 0


class Past:
    """`shown` gives the quote that stands now, and has stood since `stood` was last called."""

    __slots__ = ("_ring", "_second", "_shown")

    def __init__(self, shown: Callable[[], Quote]) -> None:
        self._shown: Final = shown
        self._second = 0  # up to which the ring goes, from 1970
        self._ring = array("q")  # of the second s in place s % LONGEST_LOOKBACK_S

    def stood(self, second: int) -> None:
        """The quote shown stood at every whole second since the last one that was told, up to this one."""
        middle = self._now()
        if self._ring:
            passed = min(second - self._second, LONGEST_LOOKBACK_S)
        else:
            self._ring, passed = array("q", bytes(8 * LONGEST_LOOKBACK_S)), 1  # before, nobody knows what stood
        self._second = second
        for at in range(second - passed + 1, second + 1):
            self._ring[at % LONGEST_LOOKBACK_S] = middle

    def middle(self, at: Ns) -> Px | None:
        second = at // SECOND
        if second > self._second:
            return Px(self._now()) or None
        if second <= self._second - LONGEST_LOOKBACK_S:
            return None
        return Px(self._ring[second % LONGEST_LOOKBACK_S]) or None

    def band(self, start: Ns, end: Ns) -> tuple[Px, Px] | None:
        last, now = end // SECOND, self._now()
        first = max(start // SECOND, last - LONGEST_LOOKBACK_S) + 1
        told = self._between(max(first, self._second - LONGEST_LOOKBACK_S + 1), min(last, self._second))
        since = max(last - max(first - 1, self._second), 0) if now else 0
        known = len(told) - told.count(_UNKNOWN) + since
        if not known or 2 * known < last - first + 1:
            return None
        total, squares = sum(told) + since * now, sum(map(mul, told, told)) + since * now * now
        return Px(total // known), Px(isqrt(known * squares - total * total) // known)

    def _now(self) -> int:
        quote = self._shown()
        if not (quote.bid_size and quote.ask_size) or quote.bid > quote.ask:
            return _UNKNOWN
        middle = (quote.bid + quote.ask) // 2
        return middle if 0 < middle <= _MOST else _UNKNOWN

    def _between(self, first: int, last: int) -> "array[int]":
        """What the ring has of these seconds, both included."""
        if first > last or not self._ring:
            return array("q")
        begin, end = first % LONGEST_LOOKBACK_S, last % LONGEST_LOOKBACK_S + 1
        return self._ring[begin:end] if begin < end else self._ring[begin:] + self._ring[:end]
