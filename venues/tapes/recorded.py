"""The book of a recorded market: who stands where in the queue, as far as the tape tells. It never matches.

Where the tape tells of orders a change is exact. Where it tells of sizes alone, more size is a new lot behind the
others, and less is taken from all lots in proportion: nobody knows whose order was canceled. What the tape's last row
does not show is not there.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, Sequence

from gateway.model import Level, Px, Qty
from venues.matching.book import Order
from venues.tapes.rows import LevelsRow, OrderChange, OrderRow, QuoteRow

_QUEUE_CHANGES = (OrderChange.CANCEL, OrderChange.EXECUTE)


class Lot(Order):
    """Size that stands together at one price: an order of the tape's, or size of which only the sum is known."""

    __slots__ = ("gone", "order_id", "placed", "recorded", "was_there")

    def __init__(self, order_id: str, qty: int, *, is_buy: bool, price: Px) -> None:
        super().__init__(is_buy=is_buy, price=price, leaves=0)
        self.order_id = order_id  # empty: not known
        self.recorded = qty  # Qty by the tape
        self.was_there = False  # it stood there already while its price was out of sight
        # Of a venue that shows it:
        self.placed = 0  # Qty that `leaves` was set to last
        self.gone = 0  # Qty of `recorded` that others than the tape's own have taken


class Queue:
    """The lots at one price, first in the queue first."""

    __slots__ = ("lots", "size")

    def __init__(self) -> None:
        self.lots: dict[Lot, None] = {}
        self.size = 0


class RecordedSide:
    def __init__(self, *, is_buy: bool) -> None:
        self.is_buy = is_buy
        self.queues: dict[Px, Queue] = {}
        self._keys: list[int] = []  # prices, the best last: of asks with their sign turned
        self._sign = 1 if is_buy else -1

    def best(self, depth: int = 0) -> list[Level]:
        """The best levels, best first; 0: all of them."""
        prices = [Px(key * self._sign) for key in reversed(self._keys[-depth:] if depth else self._keys)]
        return [Level(price, Qty(self.queues[price].size)) for price in prices]

    def best_queues(self) -> Iterator[Queue]:
        return (self.queues[Px(key * self._sign)] for key in reversed(self._keys))

    def top(self) -> Px | None:
        return Px(self._keys[-1] * self._sign) if self._keys else None

    def worst(self) -> Px | None:
        return Px(self._keys[0] * self._sign) if self._keys else None

    def join(self, lot: Lot, price: Px) -> None:
        queue = self.queues.get(price)
        if queue is None:
            queue = self.queues[price] = Queue()
            insort(self._keys, price * self._sign)
        queue.lots[lot] = None
        queue.size += lot.recorded

    def shrink(self, lot: Lot, price: Px, by: int) -> None:
        """Take `by` off a lot; it leaves when nothing is left."""
        queue = self.queues[price]
        assert 0 < by <= lot.recorded
        lot.recorded -= by
        queue.size -= by
        if not lot.recorded:
            del queue.lots[lot]
            if not queue.lots:
                del self.queues[price]
                del self._keys[bisect_left(self._keys, price * self._sign)]


class RecordedBook:
    """One symbol. `step` is the Qty that a share of a size taken in proportion is rounded to.

    `is_last` says whether a lot is the last in its queue even with what others than the tape have put there: then size
    that comes may be added to it.
    """

    def __init__(self, step: int = 1, is_last: Callable[[Lot], bool] = lambda _lot: False) -> None:
        self.bids = RecordedSide(is_buy=True)
        self.asks = RecordedSide(is_buy=False)
        self.by_order = False  # the tape tells of orders
        self._step = step
        self._is_last = is_last
        self._orders: dict[str, Lot] = {}

    def side(self, *, is_buy: bool) -> RecordedSide:
        return self.bids if is_buy else self.asks

    def tops(self) -> tuple[Px | None, Px | None]:
        """The best bid and ask. Orders of a tape may cross for a while, as before an auction."""
        return self.bids.top(), self.asks.top()

    def apply(self, row: QuoteRow | LevelsRow | OrderRow) -> list[Lot]:
        """The lots that changed; those that only lost come before those that came. One that moved is another lot."""
        match row:
            case OrderRow():
                return self._order(row)
            case LevelsRow():
                return self._show(row.bids, row.asks)
            case QuoteRow():
                bids = (Level(row.bid, row.bid_size),) if row.bid_size else ()
                asks = (Level(row.ask, row.ask_size),) if row.ask_size else ()
                return self._show(bids, asks)

    def _order(self, row: OrderRow) -> list[Lot]:
        self.by_order = True
        change = row.change
        if change is OrderChange.CLEAR:
            return self._show((), ())
        lot = self._orders.get(row.order_id)
        if change is OrderChange.ADD:
            gone = self._off(lot, lot.recorded) if lot is not None else []
            return gone + (self._join(row.order_id, row.qty, row.price, is_buy=row.is_buy) if row.qty else [])
        if lot is None:
            return self._unknown(row)
        if change is OrderChange.MODIFY:
            if row.price == lot.price and 0 < row.qty <= lot.recorded:
                return self._off(lot, lot.recorded - row.qty)
            moved = self._off(lot, lot.recorded)
            return moved + (self._join(row.order_id, row.qty, row.price, is_buy=lot.is_buy) if row.qty else [])
        return self._off(lot, min(row.qty, lot.recorded) if change in _QUEUE_CHANGES else lot.recorded)

    def _unknown(self, row: OrderRow) -> list[Lot]:
        """An order that came before the tape began or while its price was out of sight; its size is in some lot."""
        queue = self.side(is_buy=row.is_buy).queues.get(row.price)
        if queue is None or row.change is OrderChange.MODIFY:
            return []
        unnamed = [lot for lot in queue.lots if not lot.order_id]
        by = min(row.qty, sum(lot.recorded for lot in unnamed))
        if row.change is not OrderChange.EXECUTE:
            return self._thin(unnamed, by)
        return self._front(unnamed, by)

    def execute(self, price: Px, qty: Qty, *, is_buy: bool) -> list[Lot]:
        """Take `qty` off the first in the queue, where a tape tells of a trade and only later of what it left."""
        queue = self.side(is_buy=is_buy).queues.get(price)
        return [] if queue is None else self._front(list(queue.lots), min(qty, queue.size))

    def _front(self, lots: list[Lot], by: int) -> list[Lot]:
        touched: list[Lot] = []
        for lot in lots:
            part = min(by, lot.recorded)
            touched += self._off(lot, part)
            by -= part
        return touched

    def _show(self, bids: Sequence[Level], asks: Sequence[Level]) -> list[Lot]:
        if bids and asks and bids[0].price >= asks[0].price:  # One book cannot show that.
            bids = asks = ()
        gone: list[Lot] = []
        came: list[Lot] = []
        for side, levels in ((self.bids, bids), (self.asks, asks)):
            wanted = {level.price: level.size for level in levels}
            worst = side.worst()
            for price, queue in list(side.queues.items()):
                size = wanted.pop(price, Qty(0))
                if size < queue.size:
                    gone += self._thin(list(queue.lots), queue.size - size)
                elif size > queue.size:
                    came += self._more(queue, Qty(size - queue.size), price, is_buy=side.is_buy)
            for price, size in wanted.items():
                (lot,) = self._join("", size, price, is_buy=side.is_buy)
                lot.was_there = worst is None or (price < worst if side.is_buy else price > worst)
                came.append(lot)
        return gone + came

    def _more(self, queue: Queue, qty: Qty, price: Px, *, is_buy: bool) -> list[Lot]:
        last = next(reversed(queue.lots))
        if last.order_id or not self._is_last(last):
            return self._join("", qty, price, is_buy=is_buy)
        last.recorded += qty
        queue.size += qty
        return [last]

    def _join(self, order_id: str, qty: Qty, price: Px, *, is_buy: bool) -> list[Lot]:
        lot = Lot(order_id, qty, is_buy=is_buy, price=price)
        if order_id:
            self._orders[order_id] = lot
        self.side(is_buy=is_buy).join(lot, price)
        return [lot]

    def _off(self, lot: Lot, by: int) -> list[Lot]:
        if not by:
            return []
        assert lot.price is not None
        self.side(is_buy=lot.is_buy).shrink(lot, lot.price, by)
        if not lot.recorded and lot.order_id:
            del self._orders[lot.order_id]
        return [lot]

    def _thin(self, lots: list[Lot], by: int) -> list[Lot]:
        """Take `by` off these lots, of each its share in whole steps; what rounding leaves comes off the last ones."""
        total = sum(lot.recorded for lot in lots)
        parts = [by * lot.recorded // total // self._step * self._step for lot in lots]
        rest = by - sum(parts)
        for number in range(len(lots) - 1, -1, -1):
            more = min(rest, lots[number].recorded - parts[number])
            parts[number] += more
            rest -= more
        assert rest == 0
        return [lot for lot, part in zip(lots, parts, strict=True) if self._off(lot, part)]
