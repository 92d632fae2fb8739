"""Why a release went where it went, in words for people."""

from collections.abc import Sequence
from typing import Final

from gateway.model import Px, Side, print_scaled
from gateway.model.routing import RoutePolicy
from gateway.router.costs import cost
from gateway.router.price_time import Candidate, Split

BEST_PRICE: Final = "the best price first; of equal prices the larger size, then the venues' order"
_COUNTED: Final = {
    RoutePolicy.PRICE_TIME: "price",
    RoutePolicy.FEE_AWARE: "price and fee",
    RoutePolicy.LATENCY_AWARE: "price and the expected move while the order is on its way",
    RoutePolicy.SMART: "price, fee, the expected move on the way and after it",
}


def reason(
    policy: RoutePolicy, side: Side, candidates: Sequence[Candidate], splits: Sequence[Split], *, asked: bool
) -> str:
    """`candidates` are the cheapest first; `asked`: the client named the venues."""
    if policy is RoutePolicy.DIRECTED:
        return f"the client sends it to {splits[0].venue}"
    words = f"the least of {_COUNTED[policy]}" + (", of the venues that the client allows" if asked else "")
    used = {part.venue for part in splits}
    left = {}
    for level in reversed(candidates):
        if level.venue not in used:
            left[level.venue] = level
    best = min((cost(side, level) for level in candidates if level.venue in used), default=0)
    for venue, level in left.items():
        more = cost(side, level) - best
        words += f"; {venue} "
        if more < 0:
            words += "is cheaper, but not for an order of its least size, or there are too many venues"
        elif level.price == _best_price(side, candidates) and more > 0:
            words += (
                f"has as good a price or a better one, and costs {print_scaled(Px(more))} a share more with the rest"
            )
        else:
            words += f"costs {print_scaled(Px(more))} a share more"
    return words


def _best_price(side: Side, candidates: Sequence[Candidate]) -> Px:
    return (min if side == Side.BUY else max)(level.price for level in candidates)
