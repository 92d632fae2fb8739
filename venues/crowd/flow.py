"""What the invented participants are told: of the world they share (`Flow`), and of their venue (`Habits`)."""

from math import isqrt
from typing import Annotated

from msgspec import Meta, Struct

from gateway.model import MILLISECOND, SECOND, Ns
from venues.crowd.chance import Chance

DAY_S = 86_400
_CALM, _BEND = 600, 1_200  # of the U, in 1/1000 of the day's mean: at its lowest, and from there to both ends
_OWN_PERCENT = 40  # of arrivals come by themselves; the others are drawn by earlier ones
_HALF_LIFE = SECOND  # after which an arrival draws half as many others
_EXCITED = (100 - _OWN_PERCENT) * 6_931  # 1e-6 arrivals/s that one draws at first: ln 2 of all of them a half-life


class Day(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When the participants are at work, in seconds of the UTC day: most at both ends, outside as few as at noon."""

    opens_s: Annotated[int, Meta(ge=0, lt=DAY_S)]
    closes_s: Annotated[int, Meta(gt=0, le=DAY_S)]


class Flow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all venues of a world share."""

    seed: int = 1
    # Both are bounded so that the efficient price stays above zero whatever is drawn.
    interval_ms: Annotated[int, Meta(ge=1, le=500)] = 100  # between two moves of the efficient price
    volatility_bps: Annotated[int, Meta(ge=1, le=300)] = 100  # of the efficient price in 6.5 hours, in 1/10000
    intensity_percent: Annotated[int, Meta(ge=1, le=10_000)] = 100  # of each venue's arrivals
    day: Day | None = None  # None: every hour is as busy


class Habits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the participants of one venue behave."""

    levels: int = 5  # of the market maker, a side
    half_spread_ticks: int = 1  # 1: the best quotes are one tick apart
    size_lots: int = 500  # of the market maker's best level on average; deeper ones are larger
    arrivals_per_s: int = 10  # of all but market maker and fast trader, in a symbol, on the day's average
    takers_percent: int = 12  # of arrivals take; the others place and cancel limit orders
    hidden_percent: int = 0  # of these limit orders are not shown
    maker_lag_ms: int = 20  # after which the market maker has seen a move of the efficient price
    fast_percent: int = 50  # of moves through a quote, the fast trader takes it at once


def activity(day: Day | None, at: int) -> int:
    """How busy that instant (ns) is, in 1/1000 of the day's mean: a parabola over the day."""
    if day is None:
        return 1_000
    length, into = _place(day, at // MILLISECOND)
    if not 0 <= into <= length:
        return _CALM
    return _CALM + _BEND * (2 * into - length) ** 2 // length**2


def activity_until(day: Day | None, at: int) -> int:
    """The sum of `activity` over the milliseconds from 1970 until then (ns)."""
    if day is None:
        return at // MILLISECOND * 1_000
    days, into_day = divmod(at // MILLISECOND, DAY_S * 1_000)
    length, into = _place(day, into_day)
    within = min(max(into, 0), length)
    bend = _BEND * ((2 * within - length) ** 3 + length**3) // (6 * length**2)
    return days * (DAY_S * 1_000 * _CALM + _BEND * length // 3) + into_day * _CALM + bend


def _place(day: Day, at_ms: int) -> tuple[int, int]:
    """How long the day is and how far it has gone, in ms."""
    return (day.closes_s - day.opens_s) * 1_000, at_ms % (DAY_S * 1_000) - day.opens_s * 1_000


def _left() -> list[int]:
    """2 ** (-n / 64) for n from 0 to 64, scaled by 2**32: six roots of a half, multiplied up."""
    root = 1 << 59
    for _ in range(6):
        root = isqrt(root << 60)
    left = [1 << 60]
    for _ in range(64):
        left.append(left[-1] * root >> 60)
    return [value >> 28 for value in left]


_LEFT = _left()


def halved(value: int, elapsed: int, half_life: int) -> int:
    """What is left of a positive value that halves every half-life."""
    lives, rest = divmod(elapsed, half_life)
    place, rest = divmod(rest * 64, half_life)
    left = _LEFT[place]
    left -= (left - _LEFT[place + 1]) * rest // half_life
    return value * left >> 32 + lives


class Arrivals:
    """When somebody comes to one market: a self-exciting process (Hawkes 1971), most arrivals drawn by others."""

    def __init__(self, flow: Flow, habits: Habits, chance: Chance) -> None:
        self._day = flow.day
        self._own = habits.arrivals_per_s * flow.intensity_percent * _OWN_PERCENT * 100  # 1e-6/s
        self._chance = chance
        self._excitation = 0  # 1e-6/s, at the last arrival

    def after(self, now: Ns) -> Ns:
        """When the next one comes, somebody having come now. It thins out what the intensity now would bring."""
        own = self._own * activity(self._day, now) // 1_000
        excitation = self._excitation + _EXCITED
        at = int(now)
        while True:
            most = own + excitation
            wait = self._chance.wait(10**15 // most)
            at += wait
            excitation = halved(excitation, wait, _HALF_LIFE)
            if self._chance.below(most) < own + excitation:
                self._excitation = excitation
                return Ns(at)
