"""The price of an order that follows the market."""

from typing import Final

from gateway.model import Px
from venues.matching.orders import Order
from venues.matching.ticks import TickTable

MIDDLE, OTHER_SIDE, OWN_SIDE = "2", "4", "5"  # PegPriceType(1094)
PEGS: Final = (MIDDLE, OTHER_SIDE, OWN_SIDE)


def price_of(
    order: Order, bid: int | None, offer: int | None, ticks: TickTable | None, band: tuple[Px, Px] | None
) -> Px | None:
    """Where it belongs between the best shown quotes; None where the one is missing that it follows.

    It is rounded to a tick, away from the market, but the middle is not: only to a whole unit. It goes neither beyond
    its limit nor out of the band.
    """
    peg = order.terms.peg
    assert peg is not None
    if peg.to == MIDDLE:
        if bid is None or offer is None:
            return None
        twice = bid + offer + 2 * peg.offset
        price = twice // 2 if order.is_buy else -(-twice // 2)
    else:
        quote = bid if (peg.to == OWN_SIDE) == order.is_buy else offer
        if quote is None:
            return None
        price = quote + peg.offset
        if ticks is not None and price > 0:
            price = ticks.down(Px(price)) if order.is_buy else ticks.up(Px(price))
    if order.is_buy:
        price = min(price, *(at for at in (peg.limit, band and band[1]) if at is not None), price)
    else:
        price = max(price, *(at for at in (peg.limit, band and band[0]) if at is not None), price)
    return Px(price) if price > 0 else None
