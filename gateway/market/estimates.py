"""How wide and how lively the market in a symbol is, by what stood at each whole second; what is long ago fades.

With the weights w of the seconds, which halve every HALF_LIFE_S, the spread is sum(w x spread) / sum(w), and the
variance of a second sum(w x return^2) / sum(w), where a return is the change of the middle over what it was. A second
without both sides, or with a crossed market, is none. All are integers, so that every machine has the same.
"""

from math import isqrt
from typing import Final

from gateway.model import SCALE, SECOND, Ns, Px, Quote

HALF_LIFE_S: Final = 300
LEAST_S: Final = 60  # of quotes, before there is an estimate
_ONE: Final = 1 << 64


def _root(n: int) -> int:
    """The largest x with (x / 2^64)^n at most 1/2, times 2^64."""
    low, high = 0, _ONE
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if 2 * middle**n <= _ONE**n else (low, middle)
    return low


def _powers() -> list[int]:
    """2^64 times the weight of what is so many seconds old, up to the half-life."""
    found, root = [_ONE], _root(HALF_LIFE_S)
    for _ in range(HALF_LIFE_S - 1):
        found.append(found[-1] * root >> 64)
    return found


_WEIGHTS: Final = _powers()


def weight(age_s: int) -> int:
    """2^64 times 2^(-age / HALF_LIFE_S)."""
    halvings, rest = divmod(age_s, HALF_LIFE_S)
    return _WEIGHTS[rest] >> halvings


class Estimates:
    __slots__ = ("_middle", "_second", "_seconds", "_spread", "_squares", "_weights")

    def __init__(self) -> None:
        self._second = 0  # up to which it goes, from 1970
        self._seconds = 0  # how many there were
        self._weights = self._spread = self._squares = 0  # sums, each times 2^64
        self._middle = 0  # twice the middle when it was last known

    def stood(self, quote: Quote, second: int) -> None:
        """This quote stood at every whole second since the last one that was told, up to this one."""
        passed, self._second = second - self._second, second
        fades = weight(passed)
        self._weights = self._weights * fades >> 64
        self._spread = self._spread * fades >> 64
        self._squares = self._squares * fades >> 64
        if not (quote.bid_size and quote.ask_size) or quote.bid > quote.ask or quote.bid + quote.ask <= 0:
            return
        middle, before = quote.bid + quote.ask, self._middle
        self._middle = middle
        if not before:
            passed = 1  # before, nobody knows what stood
        else:
            change = (middle - before) * SCALE // before
            self._squares += change * change << 64
        new = (_ONE - weight(passed)) * _ONE // (_ONE - _WEIGHTS[1])
        self._weights += new
        self._spread += (quote.ask - quote.bid) * new
        self._seconds += passed

    @property
    def spread(self) -> Px | None:
        """The usual distance between the best bid and offer; None: it is not known long enough."""
        return Px(self._spread // self._weights) if self._seconds >= LEAST_S else None

    def volatility(self, seconds: int) -> int | None:
        """The usual change of the price over a span, as a fraction of it in 1e-8; None: it is not known long enough."""
        return isqrt(self._squares * seconds // self._weights) if self._seconds >= LEAST_S else None

    def adverse_move(self, span: Ns) -> int | None:
        """How far the price goes to one side over a span, on average, in the same units; to the other counts as 0.

        Of a normal distribution that is its deviation over the root of 2 pi.
        """
        if self._seconds < LEAST_S:
            return None
        return isqrt(self._squares * span // (self._weights * SECOND)) * 39_894 // 100_000
