"""Counts of how long things took, in classes that grow with it: exact where that is short, a quarter wide elsewhere."""

from typing import Final

BUCKETS: Final = 104  # the last one has all from 117 s on


def bucket(us: int) -> int:
    """Four to each doubling, from 4 us on."""
    if us < 4:
        return us
    place = us.bit_length()
    return min(4 * (place - 2) + (us >> (place - 3) & 3), BUCKETS - 1)


def longest(place: int) -> int:
    """The most microseconds that a bucket is for."""
    if place < 4:
        return place
    octave, quarter = divmod(place, 4)
    return ((5 + quarter) << (octave - 1)) - 1


def quantile(latencies: list[int]) -> int | None:
    """That which at most one in 100 is longer than."""
    left = sum(latencies)
    if not left:
        return None
    bound = left // 100
    place = BUCKETS
    beyond = 0
    while beyond <= bound:
        place -= 1
        beyond += latencies[place]
    return longest(place)
