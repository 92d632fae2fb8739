"""How much of a symbol trades when: the trading day in BINS equal parts, what each usually has, and what came today.

The share of the day that has traded by an instant is that of the usual day, which is the average of the days seen,
averaged with a day that is U-shaped as if that had been one of them: at x of the day 0.6 x + 0.2 (1 + (2x - 1)^3), so
that its ends are 1.8 times as busy as it is on average and its middle 0.6 times. All are integers, and the parts of a
day add up exactly. Beside what a symbol's days have been like there are kinds of days by name: that U, an even one, and
what the configuration says.
"""

import re
from array import array
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from msgspec import Struct

from gateway.model import SECOND, Ns, Qty

BINS: Final = 96
DAYS: Final = 20  # at most so many weigh; then each new one weighs as one of them
ONE: Final = 10**12  # the whole day
_DAY_S: Final = 86_400
_MOST: Final = (1 << 63) - 1


def _u_shape(part: int, of: int) -> int:
    """Of ONE, what has traded by part / of of the day."""
    return ONE * (6 * part * of * of + 2 * (of**3 + (2 * part - of) ** 3)) // (10 * of**3)


_DEFAULT: Final = array("q", [_u_shape(part, BINS) for part in range(BINS + 1)])
Shape = array  # of ONE, by the end of each of so many equal parts of the day, from 0
SHAPES: Final[Mapping[str, "Shape[int]"]] = {"U_SHAPE": _DEFAULT, "FLAT": array("q", [0, ONE])}
SHAPE_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")


def shape_of(weights: Sequence[int]) -> "Shape[int]":
    """Of equal parts of a day, none below 0 and one above."""
    whole = sum(weights)
    return array("q", [0, *(ONE * by // whole for by in accumulate(weights))])


class Hours(Struct, frozen=True):
    """Of the trading day, in seconds after midnight UTC, over midnight too. Without a close it has 24 hours."""

    open_s: int | None
    close_s: int | None

    @property
    def open(self) -> int:
        return (self.open_s or 0) * SECOND

    @property
    def length(self) -> int:
        length_s = _DAY_S if self.close_s is None else (self.close_s - (self.open_s or 0)) % _DAY_S or _DAY_S
        return length_s * SECOND

    def day(self, at: Ns) -> int:
        """The number of the day that began last."""
        return (at - self.open) // (_DAY_S * SECOND)

    def end(self, at: Ns) -> Ns:
        """When the day that `at` is in closes."""
        return Ns(self.open + self.day(at) * _DAY_S * SECOND + self.length)

    def part(self, at: Ns, day: int) -> int:
        """How much of the day is over, in nanoseconds; all of it after the close."""
        return min(max(at - self.open - day * _DAY_S * SECOND, 0), self.length)


class Profile(NamedTuple):
    """A kind of day."""

    hours: Hours
    shape: "Shape[int]"

    def share(self, start: Ns, end: Ns) -> int:
        """Of ONE, how much of a day's volume comes between two instants: of the trading day in which it ends."""
        day = self.hours.day(Ns(end - 1))
        return self.by(end, day) - self.by(start, day)

    def by(self, at: Ns, day: int) -> int:
        """Of ONE, what of that day has come by then."""
        hours, shape = self
        part = hours.part(at, day)
        if part == hours.length:
            return ONE
        place, rest = divmod(part * (len(shape) - 1), hours.length)
        return shape[place] + (shape[place + 1] - shape[place]) * rest // hours.length


class Volume:
    """`shapes` are the kinds of days that have a name."""

    def __init__(self, hours: Hours, shapes: Mapping[str, "Shape[int]"] = SHAPES) -> None:
        self.hours: Final = hours
        self.shapes = shapes
        self._day = -1  # of what came today
        self._today = array("q", bytes(8 * BINS))
        self._usual = array("q", bytes(8 * BINS))  # average of the days seen
        self._days = 0
        self._shape = _DEFAULT  # of ONE, by the end of each bin, from 0

    def traded(self, qty: Qty, at: Ns) -> None:
        """A trade; before the open and after the close it is no part of the day."""
        hours, day = self.hours, self.hours.day(at)
        if day != self._day:
            self._close_day(day)
        part = hours.part(at, day)
        if part < hours.length:
            place = part * BINS // hours.length
            self._today[place] = min(self._today[place] + qty, _MOST)

    def share(self, start: Ns, end: Ns) -> int:
        """As `Profile.share`, of a usual day."""
        return Profile(self.hours, self._shape).share(start, end)

    def named(self, name: str) -> Profile | None:
        """A kind of day; None: there is none of that name."""
        shape = self.shapes.get(name)
        return None if shape is None else Profile(self.hours, shape)

    def expected(self, start: Ns, end: Ns, now: Ns) -> Qty | None:
        """How much is to trade between two instants of the day that `now` is in; None: nobody knows how much that is.

        The whole day is what came up to now and, for what is left of it, the usual day's, as far as that is left:
        traded + (1 - share) x usual. Without a usual day it is traded / share.
        """
        total, day = self._total(now), self.hours.day(now)
        if total is None:
            return None
        return Qty(total * self._share_by(end, day) // ONE - total * self._share_by(start, day) // ONE)

    def today(self, now: Ns) -> Qty:
        return Qty(sum(self._today)) if self.hours.day(now) == self._day else Qty(0)

    def usual(self, now: Ns) -> Qty | None:
        """A usual day's volume; None: there was none yet."""
        # A day that is over is not among the usual ones before the first trade of another.
        usual = sum(self._usual) if self._days else sum(self._today) if self.hours.day(now) != self._day else 0
        return Qty(usual) if usual else None

    def _total(self, now: Ns) -> int | None:
        gone, traded = self._share_by(now, self.hours.day(now)), self.today(now)
        usual = self.usual(now)
        if usual is not None:
            return traded + (ONE - gone) * usual // ONE
        return traded * ONE // gone if gone and traded else None

    def _share_by(self, at: Ns, day: int) -> int:
        return Profile(self.hours, self._shape).by(at, day)

    def _close_day(self, day: int) -> None:
        """What came today becomes a part of what is usual, unless nothing did."""
        if any(self._today):
            self._days = days = min(self._days + 1, DAYS)
            for place, came in enumerate(self._today):
                self._usual[place] += (came - self._usual[place]) // days
            self._today = array("q", bytes(8 * BINS))
            self._shape = self._blend()
        self._day = day

    def _blend(self) -> "array[int]":
        usual, by, found = sum(self._usual), 0, array("q", [0])
        if not usual:
            return _DEFAULT  # of nearly nothing an average may be nothing
        for place, part in enumerate(self._usual, 1):
            by += part
            found.append((_DEFAULT[place] + self._days * (ONE * by // usual)) // (1 + self._days))
        return found
