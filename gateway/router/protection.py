"""Order protection: nothing is taken at a worse price than what is left of a better one elsewhere.

A level of which less than a lot is left protects nothing.
"""

from collections.abc import Mapping, Sequence

from gateway.model import Level, Px, Qty, Side
from gateway.router.price_time import Split

_BUY = Side.BUY


def best_left(levels: Sequence[Level], taken: int, lot: Qty) -> Px | None:
    """Of what a venue has, the best level of which a lot or more is left after that much is taken."""
    for level in levels:
        left = level.size - taken
        if left >= lot:
            return level.price
        taken = max(-left, 0)
    return None


def worse(side: Side, price: Px, than: Px) -> bool:
    return price > than if side == _BUY else price < than


def protected(
    side: Side, splits: Sequence[Split], available: Mapping[str, tuple[Level, ...]], *, lot: Qty, min_qty: Qty
) -> list[Split]:
    """Of the splits, what goes to no price that is worse than what they leave at any of the venues."""
    taken = {part.venue: part.qty for part in splits}
    left = [best_left(levels, taken.get(venue, 0), lot) for venue, levels in available.items()]
    prices = [price for price in left if price is not None]
    if not prices:
        return list(splits)
    bound = min(prices) if side == _BUY else max(prices)
    kept = []
    for part in splits:
        if not worse(side, part.price, bound):
            kept.append(part)
            continue
        within = [level for level in available[part.venue] if not worse(side, level.price, bound)]
        most: int = min(sum(level.size for level in within), part.qty)
        size = most - most % lot
        if size >= min_qty:
            kept.append(Split(part.venue, Qty(size), within[-1].price))
    return kept
