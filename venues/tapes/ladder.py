"""A recorded market for orders larger than what it showed: who takes pays for the size, and the book grows back.

Behind the levels of the tape stands a ladder, as much at each further tick as the tape shows at its best price. What
counterparties take is missing at the front of all that, wherever the tape moves it, and grows back by half in each
half-life: the temporary impact of Obizhaeva and Wang (2013), in integers.
"""

from math import isqrt

from gateway.model import MILLISECOND, Ns, Px, Qty, TimeInForce
from venues.crowd.quotes import Quotes
from venues.matching.book import Book, Event, Order
from venues.tapes.recorded import RecordedBook, RecordedSide
from venues.tapes.rows import Row, TradeRow
from venues.tapes.showing import Showing

STEPS = 10  # of the ladder behind the tape's levels
_BITS = 16
_ONE = 1 << 32
_ROOTS = [isqrt(_ONE * _ONE // 2)]  # 2 ** -0.5, 2 ** -0.25 and so on, in units of 2 ** -32
while len(_ROOTS) < _BITS:
    _ROOTS.append(isqrt(_ROOTS[-1] * _ONE))


def halved(size: int, passed: int, half_life: int) -> int:
    """What is left of `size`, of which half goes in each half-life, rounded down."""
    whole, rest = divmod(passed, half_life)
    part = (rest << _BITS) // half_life
    factor = _ONE
    for bit, root in enumerate(_ROOTS, 1):
        if part >> (_BITS - bit) & 1:
            factor = factor * root // _ONE
    return (size >> min(whole, 128)) * factor // _ONE


class Taken:
    """What is missing at the front of one side."""

    def __init__(self) -> None:
        self._size = 0
        self._since = Ns(0)

    def add(self, size: int, now: Ns, half_life: int) -> None:
        self._size, self._since = self.at(now, half_life) + size, now

    def at(self, now: Ns, half_life: int) -> int:
        return halved(self._size, now - self._since, half_life) if self._size else 0


class Ladder:
    """One symbol under the model `slippage`. Orders that rest trade with what goes beyond their price."""

    def __init__(self, book: Book, showing: Showing, *, lot: Qty, tick: Px) -> None:
        self._book = book
        self._quotes = Quotes(book)
        self._own_impact = showing.own_impact
        self._half_life = showing.half_life_ms * MILLISECOND
        self._lot, self._tick = lot, tick
        self.recorded = RecordedBook(is_last=lambda _lot: True)
        self._shown: tuple[dict[Px, Qty], dict[Px, Qty]] = ({}, {})
        self._taken = (Taken(), Taken())  # of the bids, of the asks
        self.wake_at: Ns | None = None  # for what was taken to grow back a little more

    def take(self, row: Row, now: Ns) -> list[Event]:
        if not isinstance(row, TradeRow):
            self.recorded.apply(row)
            return []
        self.notice(now)
        events: list[Event] = []
        left = row.qty
        for is_buy in (False, True) if row.buyer_took is None else (row.buyer_took,):
            limit = Px(row.price - 1 if is_buy else row.price + 1)
            taker = Order(is_buy=is_buy, price=limit, leaves=left)
            events += self._book.submit(taker, TimeInForce.IOC)
            left = Qty(taker.leaves)
        if left:
            events += self._book.printed(row.price, left)
        self._shown = (self._quotes.bids(), self._quotes.offers())  # What the tape's own trades took is not taken.
        return events

    def settle(self, now: Ns) -> list[Event]:
        self.notice(now)
        missing = [taken.at(now, self._half_life) // self._lot * self._lot for taken in self._taken]
        bid, ask = self.recorded.tops()
        bids, asks = dict[Px, Qty](), dict[Px, Qty]()
        if bid is None or ask is None or bid < ask:  # Otherwise one book cannot show both.
            bids = self._ladder(self.recorded.bids, missing[0])
            asks = self._ladder(self.recorded.asks, missing[1])
        self._shown = (bids, asks)
        self.wake_at = Ns(now + max(self._half_life // 4, MILLISECOND)) if any(missing) else None
        return self._quotes.move(bids, asks)

    def notice(self, now: Ns) -> None:
        """Count what counterparties have taken since the last time."""
        standing = (self._quotes.bids(), self._quotes.offers())
        for taken, shown, left in zip(self._taken, self._shown, standing, strict=True):
            size = sum(shown.values()) - sum(left.values())
            if size and self._own_impact:
                taken.add(size, now, self._half_life)
                self.wake_at = self.wake_at or Ns(now + max(self._half_life // 4, MILLISECOND))
        self._shown = standing

    def _ladder(self, side: RecordedSide, missing: int) -> dict[Px, Qty]:
        levels = [(level.price, level.size) for level in side.best()]
        if levels:
            last, step = levels[-1][0], -self._tick if side.is_buy else self._tick
            levels += [(Px(last + step * n), levels[0][1]) for n in range(1, STEPS + 1) if last + step * n > 0]
        ladder: dict[Px, Qty] = {}
        for price, size in levels:
            part = min(size, missing)
            missing -= part
            if size > part:
                ladder[price] = Qty(size - part)
        return ladder
