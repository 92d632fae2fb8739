"""The only source of chance in a venue: whole numbers drawn from a generator with a seed, the same on every machine.

No logarithm or power of a float is taken: their last bit depends on the C library. Distributions are integer tables.
"""

from bisect import bisect_right
from math import isqrt
from random import Random

_UNIT_BITS = 20
_WAIT_BITS = 10
_LONGEST = 1_000  # pieces


def _waits() -> list[int]:
    """Waits of mean 1 << _UNIT_BITS: what 1024 exponential variates, ordered, are expected to be.

    The gap below the k-th of n is 1 / (n - k), which needs no logarithm (Rényi 1953).
    """
    waits, total, count = [], 0, 1 << _WAIT_BITS
    for place in range(count):
        total += (1 << _UNIT_BITS) // (count - place)
        waits.append(total)
    return waits


_WAITS = _waits()
# How often of 2**32 times an order has more than 999, 998, ... 0 pieces: n or more with probability n ** -1.5
_PIECES = [isqrt((1 << 64) // n**3) for n in range(_LONGEST, 0, -1)]


class Chance:
    """Draws that depend on `key` alone: the words that name who draws, the seed among them."""

    __slots__ = ("bits",)

    def __init__(self, *key: object) -> None:
        self.bits = Random(":".join(map(str, key))).getrandbits

    def below(self, end: int) -> int:
        """Evenly one of 0 to `end` - 1, at most 2**32."""
        return self.bits(32) * end >> 32

    def wait(self, mean: int) -> int:
        """Exponentially distributed, at most 8 times the mean."""
        return mean * _WAITS[self.bits(_WAIT_BITS)] >> _UNIT_BITS

    def pieces(self) -> int:
        """Into how many orders one is split, 1 to 1000: long ones are as frequent as Lillo, Mike and Farmer found.

        A Pareto tail with exponent 1.5 ("Theory for long memory in supply and demand", 2005): half of all are whole,
        and yet most pieces belong to long orders. The signs of such pieces have a Hurst exponent of 3/4.
        """
        return _LONGEST - bisect_right(_PIECES, self.bits(32))
