"""The best levels of one book as those who watch it know them."""

from typing import NamedTuple

from gateway.fix.session import Session
from gateway.model import BookUpdate, Px, Qty
from venues.matching.book import BID, OFFER, Book
from venues.matching.orders import SHOWN, Order

MAX_ORDERS = 25  # a side, of a book that is shown order by order

_GONE = (Qty(0), 0)


class Subscription:
    """One MDReqID(262) of a counterparty and what it asked for."""

    __slots__ = ("entries", "full_refresh", "md_req_id", "session")

    def __init__(self, session: Session, md_req_id: str, entries: tuple[str, ...], *, full_refresh: bool) -> None:
        self.session = session
        self.md_req_id = md_req_id
        self.entries = entries  # MDEntryType(269)
        self.full_refresh = full_refresh


class Window:
    """Subscribers of one symbol, depth and way to be shown it share it."""

    def __init__(self, symbol: str, book: Book, depth: int) -> None:
        self.symbol = symbol
        self._book = book
        self._depth = depth  # levels a side
        self.subscribers: dict[Subscription, None] = {}

    def shown(self) -> list[BookUpdate]:
        """All of it, as it was at the last look."""
        raise NotImplementedError

    def look(self) -> list[BookUpdate]:
        """What changed since the last look."""
        raise NotImplementedError


class LevelWindow(Window):
    """Level by level: AggregatedBook(266) Y."""

    def __init__(self, symbol: str, book: Book, depth: int) -> None:
        super().__init__(symbol, book, depth)
        self._shown: dict[str, dict[Px, tuple[Qty, int]]] = {BID: {}, OFFER: {}}  # size and orders by price

    def shown(self) -> list[BookUpdate]:
        return [
            self._level("", entry, position, price, level)
            for entry, levels in self._shown.items()
            for position, (price, level) in enumerate(levels.items(), 1)
        ]

    def look(self) -> list[BookUpdate]:
        """Who goes by price may take the changes in any order, and who goes by position in the one they come in: first
        deletions from the far end on, which also make room where a book is bounded, then the rest from the best on.
        """
        updates: list[BookUpdate] = []
        for entry, shown in self._shown.items():
            levels = self._book.ladder(entry, self._depth)
            if levels is shown or levels == shown:
                continue
            self._shown[entry] = levels
            gone = [(position, price) for position, price in enumerate(shown, 1) if price not in levels]
            for position, price in reversed(gone):
                updates.append(self._level("2", entry, position, price, _GONE))
            for position, (price, level) in enumerate(levels.items(), 1):
                before = shown.get(price)
                if before != level:
                    updates.append(self._level("0" if before is None else "1", entry, position, price, level))
        return updates

    def _level(self, action: str, entry: str, position: int, price: Px, level: tuple[Qty, int]) -> BookUpdate:
        size, orders = level
        return BookUpdate(
            symbol=self.symbol,
            entry=entry,
            price=price,
            size=size,
            action=action,
            orders=orders,
            position=position,
        )


class _Seen(NamedTuple):
    entry_id: str
    number: int  # the order's; another one means that it came in anew
    price: Px
    size: Qty


class OrderWindow(Window):
    """Order by order, in the order in which they trade: AggregatedBook(266) N."""

    def __init__(self, symbol: str, book: Book, depth: int) -> None:
        super().__init__(symbol, book, depth)
        self._shown: dict[str, dict[Order, _Seen]] = {BID: {}, OFFER: {}}
        self._ids = 0

    def shown(self) -> list[BookUpdate]:
        return [self._update("", entry, seen) for entry, orders in self._shown.items() for seen in orders.values()]

    def look(self) -> list[BookUpdate]:
        """An order that lost its place, as an iceberg does with each tip, is deleted and comes anew as the last one."""
        updates: list[BookUpdate] = []
        for entry, before in self._shown.items():
            places = {order: place for place, order in enumerate(before)}
            now, changes, last = dict[Order, _Seen](), list[BookUpdate](), -1
            for order, price in self._orders(entry):
                seen, place = before.get(order), places.get(order, -1)
                size = Qty(order.tip)
                if seen is None or seen.number != order.number or place < last:
                    self._ids += 1
                    now[order] = _Seen(f"{self._ids}", order.number, price, size)
                    changes.append(self._update("0", entry, now[order]))
                    continue
                last = place
                now[order] = seen._replace(price=price, size=size)
                if seen != now[order]:
                    changes.append(self._update("1", entry, now[order]))
            stay = {seen.entry_id for seen in now.values()}
            updates += [self._update("2", entry, seen) for seen in before.values() if seen.entry_id not in stay]
            updates += changes
            self._shown[entry] = now
        return updates

    def _orders(self, entry: str) -> list[tuple[Order, Px]]:
        """Those shown of the best levels, and their prices; as many as a snapshot has room for."""
        found, levels = list[tuple[Order, Px]](), 0
        last: Px | None = None
        for order in self._book.orders(is_buy=entry == BID):
            if order.place != SHOWN or order.price is None:
                continue
            levels += order.price != last
            if levels > self._depth or len(found) == MAX_ORDERS:
                break
            last = order.price
            found.append((order, order.price))
        return found

    def _update(self, action: str, entry: str, seen: _Seen) -> BookUpdate:
        size = Qty(0) if action == "2" else seen.size
        return BookUpdate(
            symbol=self.symbol, entry=entry, price=seen.price, size=size, action=action, order_id=seen.entry_id
        )
