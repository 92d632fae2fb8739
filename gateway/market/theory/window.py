"""The model of Almgren and Chriss for one order: the unit of time is its window, the market as it is expected to be.

Its impact follows their rules of thumb, from the usual spread and the volume that comes in the window on a usual day.
"""

from gateway.market.theory.almgren_chriss import Impact, paper_impact
from gateway.model import SCALE, SECOND, Market, Ns, Parent, Px

_WHOLE = 10**12  # of Curve.share


def price_of(parent: Parent, market: Market) -> Px:
    """What the order is measured by: its arrival price, else the middle of the market; 0 where there is neither."""
    return parent.arrival or Px((market.bid + market.ask) // 2 if market.bid_size and market.ask_size else 0)


def seconds(parent: Parent) -> int:
    return max((parent.end - parent.start) // SECOND, 1)


def impact_of(parent: Parent, market: Market, now: Ns) -> Impact | None:
    """None: price, spread, volatility or volume is not known."""
    price, spread, usual = price_of(parent, market), market.estimates.spread, market.curve.usual(now)
    moves = market.estimates.volatility(seconds(parent))
    volume = 0 if usual is None else usual * market.curve.share(parent.start, parent.end) // _WHOLE
    if not (price > 0 and spread and moves is not None and usual and volume > 0):
        return None
    return paper_impact(
        spread=spread / SCALE,
        volume=volume / SCALE,
        day_volume=usual / SCALE,
        sigma=price / SCALE * (moves / SCALE),
    )
