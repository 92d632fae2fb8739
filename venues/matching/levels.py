"""One side of a book: price levels, each with the orders that are shown, hidden, and conditional."""

from bisect import bisect_left, insort
from collections import OrderedDict
from collections.abc import Iterator

from gateway.model import Px, Qty
from venues.matching.orders import CONDITIONAL, HIDDEN, SHOWN, Order

AT_MARKET = 1 << 62  # the key of orders without a price, which rest in a call only: better than every price

# Not a plain dict: that finds its first key ever more slowly while it is emptied from the front.
Queue = OrderedDict[Order, None]


class Level:
    """The orders at one price, oldest first: those shown come before those hidden, these before conditional ones."""

    __slots__ = ("conditional", "hidden", "price", "shown", "size")

    def __init__(self, price: Px) -> None:
        self.price = price
        self.shown: Queue = OrderedDict()
        self.size = 0  # that is shown
        self.hidden: Queue | None = None
        self.conditional: Queue | None = None

    def queue(self, place: int) -> Queue:
        if place == SHOWN:
            return self.shown
        if place == HIDDEN:
            if self.hidden is None:
                self.hidden = OrderedDict()
            return self.hidden
        assert place == CONDITIONAL
        if self.conditional is None:
            self.conditional = OrderedDict()
        return self.conditional

    def __iter__(self) -> Iterator[Order]:
        yield from self.shown
        yield from self.hidden or ()
        yield from self.conditional or ()


class Side:
    """Levels by key, the best last: there a list is cheap to shorten. A bid's key is its price, an offer's minus it."""

    __slots__ = ("_ladders", "keys", "levels", "sign")

    def __init__(self, sign: int) -> None:
        self.sign = sign
        self.keys: list[int] = []
        self.levels: dict[int, Level] = {}
        self._ladders: dict[int, dict[Px, tuple[Qty, int]]] = {}  # by depth, until something changes

    def key(self, price: Px | None) -> int:
        return AT_MARKET if price is None else price * self.sign

    def add(self, order: Order, place: int) -> None:
        """Last in that queue. Its `tip` is what is shown of it."""
        self._ladders.clear()
        key = AT_MARKET if order.price is None else order.price * self.sign
        level = self.levels.get(key)
        if level is None:
            level = self.levels[key] = Level(Px(key * self.sign))
            insort(self.keys, key)
        order.place = place
        if place == SHOWN:
            level.shown[order] = None
            level.size += order.tip
        else:
            level.queue(place)[order] = None

    def touch(self) -> None:
        """Orders of its levels have changed."""
        self._ladders.clear()

    def remove(self, order: Order) -> None:
        self._ladders.clear()
        key = self.key(order.price)
        level = self.levels[key]
        if order.place == SHOWN:
            level.size -= order.tip
            del level.shown[order]
        else:
            del level.queue(order.place)[order]
        if not (level.shown or level.hidden or level.conditional):
            self.drop(key)

    def drop(self, key: int) -> None:
        del self.levels[key]
        if self.keys[-1] == key:
            self.keys.pop()
        else:
            del self.keys[bisect_left(self.keys, key)]

    def best(self) -> int | None:
        """The best key at which something is shown."""
        for key in reversed(self.keys):
            if self.levels[key].size and key != AT_MARKET:
                return key
        return None

    def takeable(self) -> int | None:
        """The best key at which an order would trade with whatever comes."""
        for key in reversed(self.keys):
            level = self.levels[key]
            if level.shown or level.hidden:
                return key
        return None

    def top(self, depth: int) -> dict[Px, Qty]:
        """Shown size by price of the best `depth` levels, best first; 0: of all."""
        return {price: size for price, (size, _) in self.ladder(depth).items()}

    def ladder(self, depth: int) -> dict[Px, tuple[Qty, int]]:
        """The same with the number of orders behind each size; while nothing changes, the same object."""
        known = self._ladders.get(depth)
        if known is not None:
            return known
        levels, found = self.levels, dict[Px, tuple[Qty, int]]()
        for key in reversed(self.keys):
            level = levels[key]
            if level.size and key != AT_MARKET:
                found[level.price] = Qty(level.size), len(level.shown)
                if len(found) == depth:
                    break
        self._ladders[depth] = found
        return found

    def __iter__(self) -> Iterator[Order]:
        """The best price first."""
        for key in reversed(self.keys):
            yield from self.levels[key]
