"""What a share costs in all at each level that venues show, and the cheapest way to have a quantity.

The cost of a share is its price, the taker's fee, the expected move of the price while the order is on its way, how
far it usually goes on against us after what we take there, and what taking there has cost beyond what was shown; for a
sale it is what these leave, negated. All are in currency per share, in 1e-8, rounded down. A policy says which count.

A venue's lots get dearer with every one that is taken, so the cheapest split takes lot by lot where the next one is
cheapest. Where an order there has to have a least size, or only so many venues may be used, the cheapest of all sets of
venues is taken, each with its least size; of those that can give as much.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final, NamedTuple

from gateway.model import SCALE, Level, Px, Qty, Side
from gateway.model.routing import RoutePolicy
from gateway.router.price_time import Candidate, Split

# Of the expected move on the way, what is lost by it. Whoever comes too late buys where the market is by then, which is
# not dearer than where it was without him; next to nothing was left of it wherever venues were simulated.
_REGRETTED: Final = 8
MOST_VENUES: Final = 8  # of which all sets are looked at; of more, the cheapest ones
_BUY = Side.BUY
_ALL: Final = (RoutePolicy.SMART, RoutePolicy.CONT_KUKANOV, RoutePolicy.DARK_FIRST)  # policies that count everything


class Rates(NamedTuple):
    """What a venue costs at this instant, in 1e-8 of the price."""

    fee: int = 0
    latency: int = 0  # the expected move while an order is on its way
    adverse: int = 0
    slip: int = 0  # what taking there has cost beyond what was shown, in place of these two


class _Step(NamedTuple):
    """Lots of one venue that cost the same."""

    lots: int
    cost: int  # of each, in 1e-16
    price: Px  # the worst that was counted on


def counted(policy: RoutePolicy, rates: Rates, slip: int | None = None) -> Rates:
    """Those that matter to the policy; `slip` is what is known of taking there, None: not enough."""
    if policy in _ALL:
        return rates._replace(latency=rates.latency // _REGRETTED) if slip is None else Rates(fee=rates.fee, slip=slip)
    if policy is RoutePolicy.FEE_AWARE:
        return Rates(fee=rates.fee)
    return Rates(latency=rates.latency) if policy is RoutePolicy.LATENCY_AWARE else Rates()


def route(
    side: Side,
    qty: Qty,
    limit: Px | None,
    available: Mapping[str, tuple[Level, ...]],
    rates: Mapping[str, Rates],
    *,
    lot: Qty,
    min_qty: Qty,
    most: int | None = None,
    protect: bool = False,
) -> tuple[list[Split], list[Candidate]]:
    """Split `qty` over at most so many venues at the least cost; the splits add up to `qty` or less. With `protect` the
    better price comes first, and costs count among equal ones.

    Also gives the levels that were considered, the cheapest first: of each venue those that it is sent for and the
    next, so that it can be seen what was left.
    """
    costed = {venue: _costed(side, limit, venue, levels, rates[venue]) for venue, levels in available.items()}
    curves = {venue: curve for venue, levels in costed.items() if (curve := _curve(side, levels, lot))}
    wanted, least = qty // lot, max(-(-min_qty // lot), 1)
    chosen = _cheapest(curves, wanted, by_price=side if protect else None)
    if len(chosen) > (len(chosen) if most is None else most) or any(lots < least for lots in chosen.values()):
        chosen = _cheapest_set(curves, wanted, least, most)
    splits = [Split(venue, Qty(lots * lot), _down_to(curves[venue], lots)) for venue, lots in chosen.items()]
    assert sum(part.qty for part in splits) <= qty
    return splits, _considered(side, costed, splits)


def cost(side: Side, level: Candidate) -> int:
    """Of a share there, all in; of a sale what it leaves, negated."""
    more = level.fee + level.latency + level.adverse + level.slip
    return level.price + more if side == _BUY else more - level.price


def _costed(side: Side, limit: Px | None, venue: str, levels: tuple[Level, ...], rates: Rates) -> list[Candidate]:
    return [
        Candidate(venue, level.price, level.size, *[Px(level.price * rate // SCALE) for rate in rates])
        for level in levels
        if limit is None or (level.price <= limit if side == _BUY else level.price >= limit)
    ]


def _curve(side: Side, levels: Sequence[Candidate], lot: Qty) -> list[_Step]:
    """What the venue has in whole lots, the cheapest first; a lot may be made of several levels."""
    steps, part, part_cost = list[_Step](), 0, 0
    for level in levels:
        each, left = cost(side, level), int(level.size)
        if part:
            more = min(lot - part, left)
            part, part_cost, left = part + more, part_cost + more * each, left - more
            if part == lot:
                steps.append(_Step(1, part_cost, level.price))
                part = part_cost = 0
        if left >= lot:
            steps.append(_Step(left // lot, lot * each, level.price))
            left %= lot
        part, part_cost = part + left, part_cost + left * each
    return steps


def _cheapest(
    curves: Mapping[str, list[_Step]],
    wanted: int,
    first: Mapping[str, int] | None = None,
    *,
    by_price: Side | None = None,
) -> dict[str, int]:
    """Lots by venue, taken where the next is cheapest, after those of `first`. Equal costs: as in `curves`.

    `by_price`: where the next has the best price for an order of that side, and of these is cheapest.
    """
    chosen = dict(first or {})
    left = wanted - sum(chosen.values())
    sign = 0 if by_price is None else 1 if by_price == _BUY else -1
    steps = [
        (sign * step.price, step.cost, -step.lots, place, venue, step.lots)
        for place, venue, step in _steps(curves, chosen)
    ]
    for *_, venue, lots in sorted(steps):
        if left <= 0:
            break
        taken = min(lots, left)
        chosen[venue] = chosen.get(venue, 0) + taken
        left -= taken
    return chosen


def _steps(curves: Mapping[str, list[_Step]], gone: Mapping[str, int]) -> Iterator[tuple[int, str, _Step]]:
    for place, (venue, curve) in enumerate(curves.items()):
        skip = gone.get(venue, 0)
        for step in curve:
            used = min(skip, step.lots)
            skip -= used
            if step.lots > used:
                yield place, venue, step._replace(lots=step.lots - used)


def _cheapest_set(curves: Mapping[str, list[_Step]], wanted: int, least: int, most: int | None) -> dict[str, int]:
    able = [venue for venue, curve in curves.items() if sum(step.lots for step in curve) >= least]
    able = sorted(able, key=lambda venue: _price_of(curves[venue], least))[:MOST_VENUES]
    best: dict[str, int] = {}
    best_of = (0, 0)
    for count in range(1, min(len(able) if most is None else most, len(able), wanted // least) + 1):
        for venues in combinations(able, count):
            chosen = _cheapest({venue: curves[venue] for venue in venues}, wanted, dict.fromkeys(venues, least))
            of = (-sum(chosen.values()), sum(_price_of(curves[venue], lots) for venue, lots in chosen.items()))
            if of < best_of or not best:
                best, best_of = chosen, of
    return best


def _price_of(curve: Sequence[_Step], lots: int) -> int:
    """Of so many of its lots together."""
    total = 0
    for step in curve:
        taken = min(lots, step.lots)
        total, lots = total + taken * step.cost, lots - taken
    return total


def _down_to(curve: Sequence[_Step], lots: int) -> Px:
    for step in curve:
        lots -= step.lots
        if lots <= 0:
            return step.price
    raise AssertionError("more lots than the venue has")


def _considered(side: Side, costed: Mapping[str, list[Candidate]], splits: Sequence[Split]) -> list[Candidate]:
    down_to = {part.venue: part.price for part in splits}
    seen = []
    for venue, levels in costed.items():
        last = down_to.get(venue)
        used = 0 if last is None else 1 + next(n for n, level in enumerate(levels) if level.price == last)
        seen += levels[: used + 1]
    return sorted(seen, key=lambda level: cost(side, level))
