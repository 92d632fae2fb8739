"""How much of an order to take at once and how much to rest at each venue, by Cont and Kukanov (2014), "Optimal order
placement in limit order markets".

Of a target S the order takes M at the best price and rests L_k at venue k behind a queue Q_k, of which xi_k is gone by
the deadline. At venue k min(L_k, (xi_k - Q_k)+) is filled; A is M and all that was filled. The expected cost is that of

    (h + f) M - sum (h + r_k) filled_k + theta (M + sum L_k + (S - A)+) + lambda_u (S - A)+ + lambda_o (A - S)+

Its average over scenarios of the outflows is linear between corners, and those are whole lots. The search goes along
lines, from the best of several plans to begin with, and finds the least cost on each exactly. A line moves quantity
from one place to another, where taking is a place that is always filled and nowhere one that never is. For more than
one venue the cost is not convex, whatever the paper says: being filled everywhere is dear, so a line may have many
valleys. All are integers, so that every machine finds the same.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final, Protocol

from msgspec import Struct

from gateway.model import Px, Qty

_RESTED: Final = (125, 150, 200, 300, 500)  # percent of the target, in plans to begin with that count on poor fills
_LINES: Final = 3  # the search goes along at most so many for each place
_TAKING: Final = 0  # venues are the places from 1 on
_NOWHERE: Final = -1


class Costs(Struct, frozen=True):
    """Currency a share."""

    half_spread: Px  # h
    fee: Px  # f, of taking where that is cheapest
    impact: Px  # theta
    under: Px  # lambda_u, for what is not filled by the deadline
    over: Px  # lambda_o, for what is filled beyond the target


class Queue(Struct, frozen=True):
    """A venue to rest at."""

    venue: str
    ahead: Qty  # Q
    rebate: Px  # r; negative: what it costs to be filled there


class Plan(Struct, frozen=True):
    market: Qty  # to take at once
    limits: tuple[Qty, ...]  # to rest, in the order of the venues
    filled: tuple[Qty, ...]  # of that, on average
    cost: Px  # on average, a share of the target; negative: it earns


class Law(Protocol):
    """How much may leave a queue by the deadline."""

    def cdf(self, qty: Qty) -> float: ...

    def quantile(self, share: float) -> Qty:
        """The least quantity up to which there is as much as `share`, which is between 0 and 1."""


def one_venue(target: Qty, queue: Queue, costs: Costs, law: Law) -> tuple[Qty, Qty]:
    """What to take and what to rest where there is one venue, by the closed form of Proposition 3.

    It rests everything where lambda_u is below a bound, nothing where it is above another, and between the two what the
    law gives.
    """
    gain = 2 * costs.half_spread + costs.fee + queue.rebate
    loss = costs.under + costs.half_spread + queue.rebate + costs.impact
    if law.cdf(Qty(queue.ahead + target)) * loss <= gain:
        return Qty(0), target
    if law.cdf(queue.ahead) * loss >= gain:
        return target, Qty(0)
    rested = min(law.quantile(gain / loss) - queue.ahead, target)
    return Qty(target - rested), Qty(rested)


class Placement:
    """Where to put `target`; `outflows[k][n]` is what leaves the queue of venue k in scenario n.

    Target and plans are in whole lots, and so is what is filled of them in a scenario. Inside, a plan is the lots of
    each place.
    """

    def __init__(
        self, target: Qty, queues: Sequence[Queue], outflows: Sequence[Sequence[Qty]], costs: Costs, *, lot: Qty
    ) -> None:
        assert target > 0 and not target % lot, "a target is in whole lots"
        assert queues and outflows[0], "there is a venue to rest at, and a scenario"
        self._lot = lot
        self._size = size = target // lot
        self._count = count = len(outflows[0])
        self._impact, self._over = costs.impact, costs.over
        self._under = costs.impact + costs.under
        # What a filled share earns, at each place, and how much would be filled there in each scenario.
        self._earned = [-(costs.half_spread + costs.fee), *(costs.half_spread + q.rebate for q in queues), 0]
        self._reach: list[list[int]] = [[size] * count]
        for queue, left in zip(queues, outflows, strict=True):
            assert len(left) == count, "a scenario is one of all venues"
            self._reach.append([max(min((qty - queue.ahead) // lot, size), 0) for qty in left])
        self._reach.append([0] * count)
        # The reaches of a place from the least on, and which scenarios, as bits, reach as far as that.
        self._sorted: list[list[int]] = []
        self._masks: list[list[int]] = []
        for column in self._reach[:-1]:
            order = sorted(range(count), key=column.__getitem__)
            masks = [0]
            for n in reversed(order):
                masks.append(masks[-1] | 1 << n)
            self._sorted.append([column[n] for n in order])
            self._masks.append(masks[::-1])

    def solve(self) -> Plan:
        """The cheapest plan that was found. None of `plain` is cheaper."""
        gains = self._gains()
        nothing = [0] * len(self._sorted)
        starts = [nothing, *self._plain(), self._within(gains), *(self._resting(percent, gains) for percent in _RESTED)]
        return self._plan(self._descend(min(starts, key=self._cost)))

    def within(self) -> Plan:
        """The cheapest plan of those that place the target and no more, so that nothing is filled beyond it."""
        assert self._earned[_TAKING] + self._under >= 0, "to be left with a share costs no less than to take it"
        return self._plan(self._within(self._gains()))

    def costing(self, quantities: Sequence[Qty]) -> Plan:
        """A plan that was made otherwise, of what to take and what to rest at each venue, in whole lots."""
        return self._plan([qty // self._lot for qty in quantities])

    def plain(self) -> dict[str, Plan]:
        """To take everything, to rest it where that is cheapest, and to take and rest everywhere in equal parts."""
        take, *one, equal = self._plain()
        return {
            "take all": self._plan(take),
            "rest at one venue": self._plan(min(one, key=self._cost)),
            "equal parts": self._plan(equal),
        }

    def _plan(self, lots: list[int]) -> Plan:
        shares = self._count * self._size
        filled = [self._filled_at(place, qty) * self._lot // self._count for place, qty in enumerate(lots)]
        return Plan(
            market=Qty(lots[_TAKING] * self._lot),
            limits=tuple(Qty(qty * self._lot) for qty in lots[1:]),
            filled=tuple(map(Qty, filled[1:])),
            cost=Px((2 * self._cost(lots) + shares) // (2 * shares)),
        )

    # --- the cost, summed over the scenarios, of lots ---

    def _cost(self, lots: list[int]) -> int:
        size, under, over = self._size, self._under, self._over
        total = self._impact * self._count * sum(lots)
        total -= sum(self._earned[place] * self._filled_at(place, qty) for place, qty in enumerate(lots) if qty)
        return total + sum([(size - a) * under if a < size else (a - size) * over for a in self._filled(lots)])

    def _filled_at(self, place: int, qty: int) -> int:
        reached = self._sorted[place]
        short = bisect_left(reached, qty)
        return sum(reached[:short]) + (self._count - short) * qty

    def _filled(self, lots: list[int]) -> list[int]:
        """A in each scenario."""
        filled = [0] * self._count
        for qty, column in zip(lots, self._reach, strict=False):
            if qty:
                filled = [a + (qty if qty < x else x) for a, x in zip(filled, column, strict=True)]
        return filled

    # --- plans to begin with ---

    def _plain(self) -> list[list[int]]:
        places = range(len(self._sorted))
        each, more = divmod(self._size, len(places))
        return [
            *([self._size if place == only else 0 for place in places] for only in places),
            [each + (place < more) for place in places],
        ]

    def _gains(self) -> list[tuple[int, int, int]]:
        """What resting a lot saves while nothing is filled beyond the target, where, and how many lots; most first."""
        return sorted(
            (
                ((self._earned[place] + self._under) * (self._count - n), place, reach - before)
                for place, reached in enumerate(self._sorted[1:], 1)
                for n, (before, reach) in enumerate(zip([0, *reached], reached, strict=False))
                if reach > before
            ),
            key=lambda gain: -gain[0],
        )

    def _within(self, gains: list[tuple[int, int, int]]) -> list[int]:
        """The best plan of those that place the target and no more: their cost is a sum over the places, and convex."""
        lots = [0] * len(self._sorted)
        left, taking = self._size, (self._earned[_TAKING] + self._under) * self._count
        for gain, place, most in gains:
            if gain > taking:
                lots[place] += min(most, left)
                left -= min(most, left)
        lots[_TAKING] = left
        return lots

    def _resting(self, percent: int, gains: list[tuple[int, int, int]]) -> list[int]:
        """Rest more than the target where it would help most if nothing could be filled beyond that."""
        lots = [0] * len(self._sorted)
        left = self._size * percent // 100
        for _, place, most in gains:
            if not left:
                break
            lots[place] += min(most, left)
            left -= min(most, left)
        return lots

    # --- from a plan to a better one ---

    def _descend(self, lots: list[int]) -> list[int]:
        lots, filled = lots[:], self._filled(lots)
        for _ in range(_LINES * len(lots)):
            slope, giving, getting = self._steepest(lots, filled)
            if slope >= 0:
                break
            moved = self._along(lots, filled, giving, getting)
            assert moved > 0, "the cost falls at once along this line"
            for place, change in ((giving, -moved), (getting, moved)):
                if place != _NOWHERE:
                    before, after = lots[place], lots[place] + change
                    lots[place] = after
                    filled = [
                        a + (after if after < x else x) - (before if before < x else x)
                        for a, x in zip(filled, self._reach[place], strict=True)
                    ]
        return lots

    def _steepest(self, lots: list[int], filled: list[int]) -> tuple[int, int, int]:
        """The least slope of all lines, the place that gives on that one, and the one that gets."""
        size, under, over = self._size, self._under, self._over
        below = above = 0
        bit = 1
        for a in filled:
            if a < size:
                below |= bit
            elif a > size:
                above |= bit
            bit += bit
        upto, from_there = (bit - 1) & ~above, (bit - 1) & ~below
        # The slope without what A changes, the place, and the scenarios where its fills change with its lots.
        giving, getting = [(0, _NOWHERE, 0)], [(0, _NOWHERE, 0)]
        for place, qty in enumerate(lots):
            reached, masks, earned = self._sorted[place], self._masks[place], self._earned[place]
            if qty:
                where = masks[bisect_left(reached, qty)]
                giving.append((earned * where.bit_count() - self._impact * self._count, place, where))
            if qty < size:
                where = masks[bisect_right(reached, qty)]
                getting.append((self._impact * self._count - earned * where.bit_count(), place, where))
        best = (0, _NOWHERE, _NOWHERE)
        for down, giver, falls in giving:
            for up, getter, rises in getting:
                if giver != getter:
                    less, more = falls & ~rises, rises & ~falls
                    slope = (
                        (down + up)
                        + ((less & upto).bit_count() - (more & below).bit_count()) * under
                        + ((more & from_there).bit_count() - (less & above).bit_count()) * over
                    )
                    if slope < best[0]:
                        best = (slope, giver, getter)
        return best

    def _along(self, lots: list[int], filled: list[int], giver: int, getter: int) -> int:
        """How many lots to move for the least cost on this line.

        As they move, A rises one by one until one of the two places meets its reach, stays, and falls when the other
        has met its own: where it passes S and where it bends, the slope changes.
        """
        size, under, over, count = self._size, self._under, self._over, self._count
        has = lots[giver] if giver != _NOWHERE else 3 * size  # Nowhere has enough, and is far from its reach.
        had = lots[getter] if getter != _NOWHERE else 3 * size
        most = min(has, size - had) if getter != _NOWHERE else has
        changes = (self._earned[giver], self._earned[getter], under, -over, under + over)
        corners: list[int] = []  # 8 x the lots moved, and which of the changes
        for a, gives, gets in zip(filled, self._reach[giver], self._reach[getter], strict=True):
            falls, ends = has - gives, gets - had
            corners += (8 * falls, 8 * ends + 1)
            first, last = (falls, ends) if falls < ends else (ends, falls)
            highest = a - (has if falls < 0 else gives) - (had if ends > 0 else gets)
            highest += has + had if falls < ends else gives + gets
            if highest <= size:
                corners += (8 * first + 2, 8 * last + 2)
            else:
                beyond = highest - size
                corners += (8 * (first - beyond) + 4, 8 * first + 3, 8 * last + 3, 8 * (last + beyond) + 4)
        corners.sort()
        slope = ((giver == _NOWHERE) - (getter == _NOWHERE)) * self._impact * count
        slope -= (self._earned[getter] + under) * count
        passed = bisect_left(corners, 8)
        slope += sum([changes[corner & 7] for corner in corners[:passed]])
        moved = cost = best = best_moved = 0
        for corner in corners[passed:]:
            at = corner >> 3
            if at > moved:
                if at >= most:
                    break
                cost += slope * (at - moved)
                moved = at
                if cost < best:
                    best, best_moved = cost, at
            slope += changes[corner & 7]
        return most if cost + slope * (most - moved) < best else best_moved
