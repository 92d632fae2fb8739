"""Why a release went where it went, in words for people."""

from collections.abc import Sequence
from typing import Final

from gateway.model import Px, Side, print_scaled
from gateway.model.routing import RoutePolicy
from gateway.router.costs import cost
from gateway.router.price_time import Candidate, Split

BEST_PRICE: Final = "the best price first; of equal prices the larger size, then the venues' order"
_ALL: Final = "price, fee and the expected moves on the way and after it"
_COUNTED: Final = {
    RoutePolicy.PRICE_TIME: "its price",
    RoutePolicy.FEE_AWARE: "price and fee",
    RoutePolicy.LATENCY_AWARE: "price and the expected move while the order is on its way",
    RoutePolicy.SMART: _ALL,
    RoutePolicy.DARK_FIRST: _ALL,
    RoutePolicy.CONT_KUKANOV: _ALL,
}


def reason(
    policy: RoutePolicy, side: Side, candidates: Sequence[Candidate], splits: Sequence[Split], *, asked: bool
) -> str:
    """`candidates` are the cheapest first; `asked`: the client named the venues."""
    if policy is RoutePolicy.DIRECTED:
        return f"the client sends it to {splits[0].venue}"
    is_buy = side == Side.BUY
    words = f"each lot where a share {'costs least' if is_buy else 'leaves most'} by {_COUNTED[policy]}"
    words += ", of the venues that the client allows" if asked else ""
    down_to = {part.venue: part.price for part in splits}
    used = [
        level
        for level in candidates
        if level.venue in down_to
        and (level.price <= down_to[level.venue] if is_buy else level.price >= down_to[level.venue])
    ]
    dearest = max(cost(side, level) for level in used)
    first: dict[str, Candidate] = {}
    for level in candidates:
        if level.venue not in down_to:
            first.setdefault(level.venue, level)
    if not first:
        return words
    words += f"; the {'dearest' if is_buy else 'least'} that we take is {_price(dearest)}"
    for venue, level in first.items():
        at_best = cost(side, level)
        better = level.price < used[0].price if is_buy else level.price > used[0].price
        words += f", {venue} {'begins at' if is_buy else 'leaves at best'} {_price(at_best)}"
        if at_best < dearest:
            words += " but not for so small an order or so many venues"
        elif better:
            words += " in spite of its better price"
    return words


def _price(all_in: int) -> str:
    """To six decimals."""
    return print_scaled(Px((abs(all_in) + 50) // 100 * 100))
