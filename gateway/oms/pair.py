"""An order and its hedge: which they are, and how far the second is behind the first. Facts only, as orders are."""

from typing import TYPE_CHECKING

from msgspec import Struct

from gateway.model import Hedge, Ns, Qty

if TYPE_CHECKING:
    from gateway.oms.order import ParentOrder


class Pair(Struct, gc=False):
    """Of an order that is hedged, or that hedges."""

    other: str  # OrderID(37)
    symbol: str  # of the other
    hedges: bool
    since: Ns = Ns(0)  # of a hedge: when it fell behind; 0: it has not
    told: int = 0  # of a hedge: what an operator heard of that nobody hedges; below 0: it is more than is filled


def hedge_of(first: "ParentOrder") -> Hedge:
    assert first.plan is not None and first.plan.algo.hedge is not None
    return first.plan.algo.hedge


def behind(first: "ParentOrder", hedge: "ParentOrder", lot: Qty) -> int:
    """What is filled of the first and not hedged, in whole lots of the hedge; below 0 where that has more than it."""
    return hedge_of(first).qty(first.cum_qty, lot) - hedge.cum_qty


def unhedged(first: "ParentOrder", hedge: "ParentOrder") -> int:
    """The same in shares of the first, to the last of them."""
    return first.cum_qty - hedge_of(first).hedged(hedge.cum_qty)
