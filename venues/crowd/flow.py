"""The other participants of a venue, invented from a seed: a market maker's depth around a wandering mid, and takers.

The mid is a function of (seed, symbol, step), so venues that share a seed agree on it without talking to each other.
What a venue's own participants make of it comes from a random source of that venue's.
"""

from math import isqrt
from random import Random
from typing import Annotated

from msgspec import Meta, Struct

from gateway.model import Px, Qty

OCTAVES = 12  # the slowest wave of the mid takes 2**12 steps, 17 minutes at 250 ms


class Flow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all venues of a world share."""

    seed: int = 1
    interval_ms: Annotated[int, Meta(ge=1)] = 250  # between two moves of the participants
    wander_bps: int = 50  # how far the mid strays from the start price at most, in 1/10000


class Habits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the participants of one venue behave."""

    levels: int = 5  # a side
    half_spread_ticks: int = 1  # 1: the best quotes are one tick apart
    size_lots: int = 500  # of the best level on average; deeper ones are larger
    takers_percent: int = 20  # steps in which somebody takes


class Mid:
    """A bounded random walk that can be entered at any step: waves of doubling length, random at their nodes."""

    def __init__(self, seed: int, symbol: str, start: Px, wander_bps: int) -> None:
        self._key = f"{seed}:{symbol}"
        self._start = start
        weights = [isqrt(10_000 << octave) for octave in range(OCTAVES)]  # amplitude grows with the root of time
        reach = start * wander_bps // 10_000
        self._reach = [reach * weight // sum(weights) for weight in weights]
        self._nodes: list[tuple[int, int, int]] = [(-1, 0, 0)] * OCTAVES  # place, value there, value at the next

    def at(self, step: int) -> Px:
        total = int(self._start)
        for octave in range(OCTAVES):
            place, past = step >> octave, step & ((1 << octave) - 1)
            known, left, right = self._nodes[octave]
            if known != place:
                left, right = self._node(octave, place), self._node(octave, place + 1)
                self._nodes[octave] = (place, left, right)
            total += left + ((right - left) * past >> octave)
        return Px(total)

    def _node(self, octave: int, place: int) -> int:
        reach = self._reach[octave]
        return Random(f"{self._key}:{octave}:{place}").randint(-reach, reach)


class Participants:
    """What the others on one venue want next."""

    def __init__(self, flow: Flow, habits: Habits, venue: str, *, tick: Px, lot: Qty, min_qty: Qty) -> None:
        self._habits = habits
        self._random = Random(f"{flow.seed}:{venue}")
        self._tick = tick
        self._lot = lot
        self._least_lots = max(1, -(-min_qty // lot))

    def quotes(self, mid: Px, bids: dict[Px, Qty], offers: dict[Px, Qty]) -> tuple[dict[Px, Qty], dict[Px, Qty]]:
        """Wanted sizes by price, given those that still stand."""
        base = mid // self._tick
        half = self._habits.half_spread_ticks
        # Either side sometimes stands a tick back, so that the best price changes venues.
        below = base + 1 - half - (self._random.random() < 0.3)
        above = base + half + (self._random.random() < 0.3)
        return self._side(below, -1, bids), self._side(above, 1, offers)

    def taker(self) -> tuple[bool, Qty] | None:
        """Whether somebody buys (True) or sells at the market now, and how much."""
        if self._random.randrange(100) >= self._habits.takers_percent:
            return None
        lots = self._random.randint(self._least_lots, max(self._least_lots, self._habits.size_lots))
        return self._random.random() < 0.5, Qty(lots * self._lot)

    def _side(self, best_ticks: int, away: int, standing: dict[Px, Qty]) -> dict[Px, Qty]:
        wanted = {}
        for level in range(self._habits.levels):
            price = Px((best_ticks + away * level) * self._tick)
            if price <= 0:
                break
            size = standing.get(price)
            # Most quotes stand for a while; one in four steps a size is thought over.
            wanted[price] = self._size(level) if size is None or self._random.random() < 0.25 else size
        return wanted

    def _size(self, level: int) -> Qty:
        lots = self._habits.size_lots * (2 + level) * self._random.randint(50, 150) // 200
        return Qty(max(lots, self._least_lots) * self._lot)
