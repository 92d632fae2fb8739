"""Orders that wait for a price: which price each waits for, and which of them a price reaches.

A stop waits until the market trades at StopPx(99) or beyond, on the side where that is worse for it; a market if
touched order where it is better; the StopPx of a trailing stop follows the market at its offset. The price is that of
a trade, unless TriggerPriceType(1107) names the best offer or bid. Only what happens while an order waits counts.
"""

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import Final, NamedTuple

from msgspec import Struct

from gateway.model import NewOrder, OrdType, Px, Side

OFFER, TRADE, BID = "1", "2", "3"  # TriggerPriceType(1107)
_TOUCHED = OrdType.MARKET_IF_TOUCHED
CONDITIONAL: Final = frozenset({OrdType.STOP, OrdType.STOP_LIMIT, _TOUCHED, OrdType.PEGGED})


class Trigger(Struct, frozen=True, gc=False):
    """What one order waits for."""

    is_above: bool  # it is reached from `price` upwards; else downwards
    price: Px | None  # None: of a trailing stop before the first price
    offset: Px = Px(0)  # a trailing stop's distance from the price it follows; 0: it does not follow
    by: str = TRADE

    def reached(self, price: Px) -> bool:
        if self.price is None:
            return False
        return price >= self.price if self.is_above else price <= self.price

    def followed(self, price: Px) -> Px:
        """Where a trailing stop stands once the market was at `price`."""
        moved = Px(price + self.offset)
        if self.price is None:
            return moved
        return min(self.price, moved) if self.is_above else max(self.price, moved)


def trigger_of(order: NewOrder) -> Trigger | None:
    """What an order of valid terms waits for; None: nothing. What an algo works waits for its StopPx as a stop does."""
    handling, is_buy = order.handling, order.side == Side.BUY
    by = handling.trigger_by or TRADE
    if order.target_strategy is not None:
        return None if handling.stop_px is None else Trigger(is_buy, handling.stop_px, by=by)
    if order.ord_type is OrdType.PEGGED:
        return Trigger(is_buy, handling.stop_px, handling.peg_offset or Px(0), by) if handling.trails else None
    if order.ord_type not in CONDITIONAL:
        return None
    return Trigger(is_buy != (order.ord_type is _TOUCHED), handling.stop_px, by=by)


class _Waiting(NamedTuple):
    """In a heap, the one that is reached first at first."""

    key: int  # the price, negative of one that is reached downwards
    number: int
    order_id: str


class _Armed(NamedTuple):
    symbol: str
    number: int  # in the order in which they began to wait
    trigger: Trigger


class _Watch:
    """Those of one symbol that wait for prices of one kind."""

    __slots__ = ("falling", "rising", "stale", "trailing")

    def __init__(self) -> None:
        self.rising: list[_Waiting] = []
        self.falling: list[_Waiting] = []
        self.trailing: dict[str, None] = {}
        self.stale = 0  # entries of the heaps whose order does not wait any more


class Triggers:
    """`awake(order_id)` says whether an order can be triggered now; to one that cannot, prices are nothing."""

    def __init__(self, awake: Callable[[str], bool]) -> None:
        self._awake = awake
        self._armed: dict[str, _Armed] = {}  # by OrderID
        self._watches: dict[tuple[str, str], _Watch] = {}  # by symbol and kind of price
        self._count = 0

    def __len__(self) -> int:
        return len(self._armed)

    def arm(self, order_id: str, symbol: str, trigger: Trigger) -> None:
        """The order waits from now on."""
        assert order_id not in self._armed
        self._count += 1
        self._armed[order_id] = _Armed(symbol, self._count, trigger)
        watch = self._watches.get((symbol, trigger.by))
        if watch is None:
            watch = self._watches[symbol, trigger.by] = _Watch()
        if trigger.offset:
            watch.trailing[order_id] = None
            return
        assert trigger.price is not None
        heap, key = (watch.rising, trigger.price) if trigger.is_above else (watch.falling, -trigger.price)
        heappush(heap, _Waiting(key, self._count, order_id))

    def disarm(self, order_id: str) -> None:
        """The order waits no more, if it did."""
        armed = self._armed.pop(order_id, None)
        if armed is None:
            return
        watch = self._watches[armed.symbol, armed.trigger.by]
        if armed.trigger.offset:
            del watch.trailing[order_id]
            return
        watch.stale += 1
        if watch.stale > 64 and watch.stale * 2 > len(watch.rising) + len(watch.falling):
            for heap in (watch.rising, watch.falling):
                heap[:] = [entry for entry in heap if self._waits(entry)]
                heapify(heap)
            watch.stale = 0

    def change(self, symbol: str, changed: Callable[[Trigger], Trigger]) -> None:
        """Those that wait in the symbol wait for something else from now on, in the same order."""
        waiting = [(order_id, armed.trigger) for order_id, armed in self._armed.items() if armed.symbol == symbol]
        for order_id, trigger in waiting:
            self.disarm(order_id)
            self.arm(order_id, symbol, changed(trigger))

    def saw(self, symbol: str, by: str, price: Px) -> list[str]:
        """The market was at `price`: OrderIDs of those that waited for it and wait no more, the oldest first."""
        watch = self._watches.get((symbol, by))
        if watch is None:
            return []
        fired = self._reached(watch, watch.rising, price) + self._reached(watch, watch.falling, -price)
        for order_id in filter(self._awake, watch.trailing):
            _, number, trigger = self._armed[order_id]
            if trigger.reached(price):
                fired.append((number, order_id))
            else:
                followed = Trigger(trigger.is_above, trigger.followed(price), trigger.offset, by)
                self._armed[order_id] = _Armed(symbol, number, followed)
        for _, order_id in fired:
            del self._armed[order_id]
            watch.trailing.pop(order_id, None)
        return [order_id for _, order_id in sorted(fired)]

    def _reached(self, watch: _Watch, heap: list[_Waiting], key: int) -> list[tuple[int, str]]:
        fired: list[tuple[int, str]] = []
        asleep: list[_Waiting] = []
        while heap and heap[0].key <= key:
            entry = heappop(heap)
            if not self._waits(entry):
                watch.stale -= 1
            elif self._awake(entry.order_id):
                fired.append((entry.number, entry.order_id))
            else:
                asleep.append(entry)
        for entry in asleep:
            heappush(heap, entry)
        return fired

    def _waits(self, entry: _Waiting) -> bool:
        armed = self._armed.get(entry.order_id)
        return armed is not None and armed.number == entry.number
