"""A price-time book of one symbol: the better price first, at one price the earlier order, in integers throughout.

The book knows orders, not their owners. Between two calls it is never crossed. Trades collect in `prints` for the
market data feed, which empties it.
"""

from bisect import bisect_left, insort
from collections import OrderedDict

from msgspec import Struct

from gateway.model import Px, Qty, TimeInForce

BID, OFFER = "0", "1"  # MDEntryType(269)


class Order:
    """What the book keeps of an order; participants add their own facts in subclasses."""

    __slots__ = ("is_buy", "leaves", "price")

    def __init__(self, *, is_buy: bool, price: Px | None, leaves: int) -> None:
        self.is_buy = is_buy
        self.price = price  # None: at any price, and then it never rests
        self.leaves = leaves  # Qty still open


class Fill(Struct, frozen=True, gc=False):
    """`taker` came in and met `maker`, at the maker's price."""

    maker: Order
    taker: Order
    price: Px
    qty: Qty


class Level:
    """The orders at one price, oldest first."""

    __slots__ = ("orders", "size")

    def __init__(self) -> None:
        # Not a plain dict: that finds its first key ever more slowly while it is emptied from the front.
        self.orders: OrderedDict[Order, None] = OrderedDict()
        self.size = 0


class Side:
    """Levels by key, the best last: there a list is cheap to shorten. A bid's key is its price, an offer's minus it."""

    __slots__ = ("keys", "levels", "sign")

    def __init__(self, sign: int) -> None:
        self.sign = sign
        self.keys: list[int] = []
        self.levels: dict[int, Level] = {}

    def add(self, order: Order, key: int) -> None:
        level = self.levels.get(key)
        if level is None:
            level = self.levels[key] = Level()
            insort(self.keys, key)
        level.orders[order] = None
        level.size += order.leaves

    def drop(self, key: int) -> None:
        del self.levels[key]
        if self.keys[-1] == key:
            self.keys.pop()
        else:
            del self.keys[bisect_left(self.keys, key)]

    def top(self, depth: int) -> dict[Px, Qty]:
        """Size by price of the best `depth` levels, best first; 0: of all."""
        keys = self.keys[-depth:] if depth else self.keys
        return {Px(key * self.sign): Qty(self.levels[key].size) for key in reversed(keys)}

    def ladder(self, depth: int) -> dict[Px, tuple[Qty, int]]:
        """The same with the number of orders behind each size."""
        sign, levels = self.sign, self.levels
        return {
            Px(key * sign): (Qty(level.size), len(level.orders))
            for key in self.keys[: -depth - 1 : -1]
            if (level := levels[key])
        }


class Book:
    def __init__(self) -> None:
        self._bids = Side(1)
        self._offers = Side(-1)
        self.prints: list[tuple[Px, Qty]] = []

    def submit(self, order: Order, time_in_force: TimeInForce) -> list[Fill]:
        """Match `order`; what is left rests if it may. Otherwise `order.leaves` tells what found no counterparty.

        FOK is filled whole or left untouched.
        """
        own, opposite = (self._bids, self._offers) if order.is_buy else (self._offers, self._bids)
        # Keys of the opposite side count down from its best; this is the last one the order may trade with.
        limit = None if order.price is None else order.price * opposite.sign
        if time_in_force is TimeInForce.FOK and self._within(opposite, limit, order.leaves) < order.leaves:
            return []
        keys = opposite.keys
        fills: list[Fill] = []
        while order.leaves and keys and (limit is None or keys[-1] >= limit):
            self._take(order, opposite, keys[-1], fills)
        if order.leaves and order.price is not None and time_in_force not in (TimeInForce.IOC, TimeInForce.FOK):
            own.add(order, order.price * own.sign)
            assert not keys or own.keys[-1] < -keys[-1], "the book is crossed"
        return fills

    def meets(self, price: Px, *, is_buy: bool) -> bool:
        """Whether an order down to that price would find a counterparty."""
        opposite = self._offers if is_buy else self._bids
        return self._within(opposite, price * opposite.sign, 1) > 0

    def cancel(self, order: Order) -> None:
        """Take a resting order out; its leaves stay as they are."""
        self._give_back(order, order.leaves)

    def reduce(self, order: Order, leaves: int) -> None:
        """Shrink a resting order to `leaves`, above zero; it keeps its place in the queue."""
        assert 0 < leaves <= order.leaves
        self._give_back(order, order.leaves - leaves)
        order.leaves = leaves

    def top(self, entry: str, depth: int) -> dict[Px, Qty]:
        """Size by price of the best `depth` levels of bids ('0') or offers ('1'), best first; depth 0: of all."""
        return (self._bids if entry == BID else self._offers).top(depth)

    def ladder(self, entry: str, depth: int) -> dict[Px, tuple[Qty, int]]:
        """Size and number of orders by price of the best `depth` levels, one at least, of a side; best first."""
        return (self._bids if entry == BID else self._offers).ladder(depth)

    def _take(self, order: Order, opposite: Side, key: int, fills: list[Fill]) -> None:
        level = opposite.levels[key]
        price = Px(key * opposite.sign)
        while order.leaves and level.orders:
            maker = next(iter(level.orders))
            qty = Qty(min(order.leaves, maker.leaves))
            order.leaves -= qty
            maker.leaves -= qty
            level.size -= qty
            if not maker.leaves:
                del level.orders[maker]
            fills.append(Fill(maker, order, price, qty))
            self.prints.append((price, qty))
        if not level.orders:
            opposite.drop(key)

    def _give_back(self, order: Order, qty: int) -> None:
        assert order.price is not None
        side = self._bids if order.is_buy else self._offers
        key = order.price * side.sign
        level = side.levels[key]
        level.size -= qty
        if qty == order.leaves:
            del level.orders[order]
            if not level.orders:
                side.drop(key)

    @staticmethod
    def _within(side: Side, limit: int | None, wanted: int) -> int:
        """Size that `limit` may trade with, counted until it is at least `wanted`."""
        total = 0
        for key in reversed(side.keys):
            if total >= wanted or (limit is not None and key < limit):
                break
            total += side.levels[key].size
        return total
