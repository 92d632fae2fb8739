"""Policy `price_time`: best price first, then larger size, then the venues' order of configuration.

What no venue shows within the limit stays with the parent.
"""

from collections.abc import Mapping

from msgspec import Struct

from gateway.model import Level, Px, Qty, Side

_NOTHING = Px(0)
_BUY = Side.BUY  # a member of an Enum takes its time to be looked up


class Candidate(Struct, frozen=True, gc=False, omit_defaults=True):
    """A displayed level that was considered, with what a share costs there beyond its price."""

    venue: str
    price: Px
    size: Qty
    fee: Px = _NOTHING  # this and the others in currency per share; 0 where the policy does not count it
    latency: Px = _NOTHING  # the expected move while the order is on its way
    adverse: Px = _NOTHING  # the expected move after it
    slip: Px = _NOTHING  # what it usually costs beyond what is shown, in place of these two moves


class Split(Struct, frozen=True, gc=False):
    """What one venue gets: at most `qty` down to `price`, the worst level that was counted on there."""

    venue: str
    qty: Qty
    price: Px


def split(
    side: Side,
    qty: Qty,
    limit: Px | None,
    available: Mapping[str, tuple[Level, ...]],
    *,
    lot: Qty,
    min_qty: Qty,
) -> tuple[list[Split], list[Candidate]]:
    """Split `qty` over what venues have `available`, best first; the splits add up to `qty` or less.

    Also gives the levels that were considered, best first.
    """
    is_buy = side == _BUY
    candidates = [
        Candidate(venue, level.price, level.size)
        for venue, levels in available.items()
        for level in levels
        if limit is None or (level.price <= limit if is_buy else level.price >= limit)
    ]
    if len(candidates) > 1:
        candidates.sort(key=lambda c: (c.price if is_buy else -c.price, -c.size))
    if candidates and candidates[0].size >= qty >= min_qty and not qty % lot:
        best = candidates[0]  # Mostly the best level has it all.
        return [Split(best.venue, qty, best.price)], [best]
    taken: dict[str, tuple[int, Px]] = {}
    left = qty
    considered = 0
    for candidate in candidates:
        if left < lot:
            break
        considered += 1
        size: int = min(left, candidate.size)
        size -= size % lot
        if size <= 0:
            continue
        before = taken.get(candidate.venue, (0, candidate.price))[0]
        taken[candidate.venue] = (before + size, candidate.price)
        left = Qty(left - size)
    small = next((venue for venue, (size, _) in taken.items() if size < min_qty), None)
    if small is not None:
        # Too little for an order there: what was counted on goes to the others, if they have it.
        others = {venue: levels for venue, levels in available.items() if venue != small}
        return split(side, qty, limit, others, lot=lot, min_qty=min_qty)
    splits = [Split(venue, Qty(size), price) for venue, (size, price) in taken.items()]
    assert sum(s.qty for s in splits) <= qty
    return splits, candidates[:considered]


def within_one(
    side: Side, qty: Qty, limit: Px | None, available: Mapping[str, tuple[Level, ...]]
) -> dict[str, tuple[Level, ...]]:
    """For fill or kill, which holds on one venue only: the levels of the first that has as much, or nothing."""
    for venue, levels in available.items():
        within = [
            level
            for level in levels
            if limit is None or (level.price <= limit if side == _BUY else level.price >= limit)
        ]
        if sum(level.size for level in within) >= qty:
            return {venue: levels}
    return {}
