"""What a symbol is worth: one path for all venues of a world, which agree on it without talking to each other.

The path is a function of the flow and the symbol that can be entered at any step: a Brownian bridge refined by halves,
where the two halves share the variance unevenly, so that calm and stormy stretches of all lengths follow each other
(a multiplicative cascade, after Mandelbrot, Calvet and Fisher 1997). It is back at the start price every 2**20 steps.
"""

from math import isqrt

from gateway.model import MILLISECOND, Px
from venues.crowd.chance import Chance
from venues.crowd.flow import Flow, activity_until

_PERIOD = 20  # two to the power of it: steps from start price to start price, 29 hours of 100 ms
_CHUNK = 9  # steps that are drawn at once, 51 s
_UNEVEN = 15  # intervals up to this length share their variance unevenly, 55 minutes; longer ones by the day's shape
_FRACTION = 8  # bits below 1e-8
_REFERENCE_MS = 23_400_000  # 6.5 hours
LOOK_BACK = 1 << (_CHUNK - 1)  # steps that are at hand without drawing them again


class EfficientPrice:
    def __init__(self, flow: Flow, symbol: str, start: Px, *, behind: int = 0) -> None:
        """`behind` is how many steps those who see it late are late: so far back it is at hand, too."""
        self._key = (flow.seed, symbol)
        self._day = flow.day
        self._interval = flow.interval_ms * MILLISECOND
        self._start = start << _FRACTION
        deviation = self._start * flow.volatility_bps // 10_000
        self._variance = deviation * deviation  # of 6.5 hours, of activity 1000
        self._chunks: dict[int, list[int]] = {}
        # The one that we are in, its neighbours, and those behind.
        self._kept = 3 + (behind >> _CHUNK)

    def at(self, step: int) -> Px:
        """The price during a step; steps are counted from 1970, `interval_ms` each."""
        return Px(self._chunk(step >> _CHUNK)[step & ((1 << _CHUNK) - 1)])

    def first_outside(self, low: int, high: int, first: int, last: int) -> int | None:
        """Of the steps from first to last the first one with a price below `low` or above `high`."""
        while first <= last:
            chunk, place = self._chunk(first >> _CHUNK), first & ((1 << _CHUNK) - 1)
            for price in chunk[place : place + last + 1 - first]:
                if not low <= price <= high:
                    return first
                first += 1
        return None

    def _chunk(self, number: int) -> list[int]:
        chunk = self._chunks.get(number)
        if chunk is None:
            if len(self._chunks) == self._kept:
                del self._chunks[min(self._chunks)]
            chunk = self._chunks[number] = [value >> _FRACTION for value in self._draw(number)]
            assert min(chunk) > 0, "the efficient price strayed to zero"
        return chunk

    def _draw(self, number: int) -> list[int]:
        """From the whole period down to one chunk, then the whole chunk. Scaled by 2**_FRACTION."""
        place = number >> (_PERIOD - _CHUNK)
        left = right = self._start
        variance = self._variance * self._activity(place, _PERIOD) // (_REFERENCE_MS * 1_000)
        for length in range(_PERIOD - 1, _CHUNK - 1, -1):
            draw = Chance(*self._key, length, place).bits(48)
            place *= 2
            before, after = self._activity(place, length), self._activity(place + 1, length)
            share = (before << 16) // (before + after)
            middle, before, after = _halve(left, right, max(variance, 4), share if length >= _UNEVEN else None, draw)
            if number >> (length - _CHUNK) & 1:
                place, left, variance = place + 1, middle, after
            else:
                right, variance = middle, before
        bits = Chance(*self._key, "chunk", number).bits
        values, variances = [left, right], [variance]
        for _ in range(_CHUNK):
            refined, shares = values[:1], list[int]()
            for place, variance in enumerate(variances):
                middle, before, after = _halve(values[place], values[place + 1], max(variance, 4), None, bits(48))
                refined += (middle, values[place + 1])
                shares += (before, after)
            values, variances = refined, shares
        return values[:-1]

    def _activity(self, place: int, length: int) -> int:
        first = place << length
        return activity_until(self._day, (first + (1 << length)) * self._interval) - activity_until(
            self._day, first * self._interval
        )


def _halve(left: int, right: int, variance: int, share: int | None, draw: int) -> tuple[int, int, int]:
    """The value in the middle of an interval and the variances of its halves, given 48 random bits.

    `share` of the first half is in 1/65536; None: anything from 25 % to 75 %.
    """
    if share is None:
        share = 16_384 + ((draw & 0xFFFF) >> 1)
    before = variance * share >> 16
    after = variance - before
    reach = isqrt(3 * before * after // variance)  # An even distribution to the root of 3 has variance 1.
    middle = left + (right - left) * before // variance + ((draw >> 16) * (2 * reach + 1) >> 32) - reach
    return middle, before, after
