"""Stop orders that wait for a trade at their price or beyond: above it to buy, below it to sell."""

from bisect import bisect_left, insort
from collections.abc import Iterator

from gateway.model import Px
from venues.matching.orders import OUT, STOP, Order


class Stops:
    def __init__(self) -> None:
        self._orders: dict[int, dict[Order, None]] = {}  # by key: a buy's stop price, minus a sell's
        self._buys: list[int] = []  # keys: the next one that trades reach comes first
        self._sells: list[int] = []

    def __bool__(self) -> bool:
        return bool(self._orders)

    def __iter__(self) -> Iterator[Order]:
        for orders in self._orders.values():
            yield from orders

    def add(self, order: Order) -> None:
        key = _key(order)
        if key not in self._orders:
            self._orders[key] = {}
            insort(self._buys if order.is_buy else self._sells, key)
        self._orders[key][order] = None
        order.place = STOP

    def remove(self, order: Order) -> None:
        key = _key(order)
        del self._orders[key][order]
        order.place = OUT
        if not self._orders[key]:
            del self._orders[key]
            keys = self._buys if order.is_buy else self._sells
            del keys[bisect_left(keys, key)]

    def reached(self, low: Px, high: Px) -> list[Order]:
        """Those that trades from `low` to `high` set off, taken out, in order of arrival."""
        found: list[Order] = []
        for keys, most in ((self._buys, int(high)), (self._sells, -low)):
            while keys and keys[0] <= most:
                found += self._orders.pop(keys.pop(0))
        for order in found:
            order.place = OUT
        return sorted(found, key=lambda order: order.number)


def _key(order: Order) -> int:
    stop = order.terms.stop
    assert stop is not None and stop > 0
    return stop if order.is_buy else -stop
