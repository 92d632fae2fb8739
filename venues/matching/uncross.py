"""The one price at which an auction trades, and who trades there: a function of the orders, in integers.

Prices that are tried are all valid ones from the lowest to the highest of the limits and the reference price. Of these
the price is the one with the largest volume; then with the smallest imbalance; then, where all that are left have too
many buyers, the highest, where all have too many sellers, the lowest; else the nearest to the reference price, of two
that are as near the higher. Demand falls and supply grows with the price, so what is left after each rule is an
interval, and only the limits and what lies between two of them has to be looked at: O(n log n).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from gateway.model import Px, Qty


class Interest(NamedTuple):
    """An order in an auction, with all of its quantity, shown or not."""

    is_buy: bool
    price: int | None  # Px; None: at any price
    qty: int  # Qty


class Uncrossing(NamedTuple):
    price: Px | None  # None: nothing can trade
    volume: Qty
    imbalance: int  # Qty wanted at the price less Qty offered there; 0 without a price
    filled: tuple[int, ...]  # Qty of each order, as they were given


class _Step(NamedTuple):
    """Prices between which no limit lies, so that supply and demand are the same at each."""

    low: int
    high: int
    demand: int
    supply: int


def uncross(orders: Sequence[Interest], reference: Px, tick_at: Callable[[int], int]) -> Uncrossing:
    """Price, volume and allocation of an auction of `orders`, earliest first.

    `tick_at` gives the tick that prices from a price upwards keep; every limit keeps it. On the side of which there is
    more, orders without a limit are filled first, then those of better prices, at one price the earlier ones.
    """
    price, demand, supply = _price(orders, reference, tick_at)
    volume = min(demand, supply)
    if not volume:
        return Uncrossing(None, Qty(0), 0, (0,) * len(orders))
    filled = [0] * len(orders)
    for is_buy in (True, False):
        left = volume
        for place in _first_to_last(orders, price, is_buy=is_buy):
            filled[place] = qty = min(left, orders[place].qty)
            left -= qty
            if not left:
                break
        assert not left, "the volume found no orders"
    return Uncrossing(Px(price), Qty(volume), demand - supply, tuple(filled))


def _price(orders: Sequence[Interest], reference: Px, tick_at: Callable[[int], int]) -> tuple[int, int, int]:
    """The price, the quantity wanted there, the quantity offered there."""
    nearest = _nearest(reference, tick_at)
    steps = list(_steps(orders, nearest, tick_at))
    best = max((min(step.demand, step.supply), -abs(step.demand - step.supply)) for step in steps)
    left = [step for step in steps if (min(step.demand, step.supply), -abs(step.demand - step.supply)) == best]
    if all(step.demand > step.supply for step in left):
        price = left[-1].high
    elif all(step.demand < step.supply for step in left):
        price = left[0].low
    else:
        price = min(max(nearest, left[0].low), left[-1].high)
    step = next(step for step in left if step.low <= price <= step.high)
    return price, step.demand, step.supply


def _steps(orders: Sequence[Interest], reference: int, tick_at: Callable[[int], int]) -> Iterable[_Step]:
    """From the lowest price to the highest: each limit, and what lies between it and the next one."""
    buys, any_buy = _by_price(order for order in orders if order.is_buy)
    sells, any_sell = _by_price(order for order in orders if not order.is_buy)
    bids, wanted = [price for price, _ in buys], [0, *accumulate(qty for _, qty in buys)]
    offers, offered = [price for price, _ in sells], [0, *accumulate(qty for _, qty in sells)]

    def step(low: int, high: int) -> _Step:
        demand = any_buy + wanted[-1] - wanted[bisect_left(bids, high)]
        return _Step(low, high, demand, any_sell + offered[bisect_right(offers, low)])

    prices = sorted({*bids, *offers, reference})
    yield step(prices[0], prices[0])
    for below, price in pairwise(prices):
        low, high = below + tick_at(below), _down(price - 1, tick_at)
        if low <= high:
            yield step(low, high)
        yield step(price, price)


def _by_price(orders: Iterable[Interest]) -> tuple[list[tuple[int, int]], int]:
    """(limit, quantity) from the lowest limit on, and the quantity of orders without one."""
    limited: list[tuple[int, int]] = []
    at_any = 0
    for _, price, qty in orders:
        if price is None:
            at_any += qty
        else:
            limited.append((price, qty))
    return sorted(limited), at_any


def _first_to_last(orders: Sequence[Interest], price: int, *, is_buy: bool) -> list[int]:
    """Places of the orders of one side that trade at `price`, those that are served first at the front."""
    sign = -1 if is_buy else 1
    ranked = [
        (0 if order.price is None else 1, 0 if order.price is None else sign * order.price, place)
        for place, order in enumerate(orders)
        if order.is_buy is is_buy and (order.price is None or sign * order.price <= sign * price)
    ]
    return [place for _, _, place in sorted(ranked)]


def _down(price: int, tick_at: Callable[[int], int]) -> int:
    return price - price % tick_at(price)


def _nearest(price: int, tick_at: Callable[[int], int]) -> int:
    """The valid price nearest to one that need not be valid; none is below one tick."""
    below = _down(price, tick_at)
    above = below + tick_at(below)
    return below if below and price - below < above - price else above
