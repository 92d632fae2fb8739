"""The best levels of one book as those who watch it know them."""

from gateway.fix.session import Session
from gateway.model import BookUpdate, Px, Qty
from venues.matching.book import BID, OFFER, Book

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
    """Subscribers of one symbol and depth share it."""

    def __init__(self, symbol: str, book: Book, depth: int) -> None:
        self.symbol = symbol
        self._book = book
        self._depth = depth
        self._shown: dict[str, dict[Px, tuple[Qty, int]]] = {BID: {}, OFFER: {}}  # size and orders by price
        self.subscribers: dict[Subscription, None] = {}

    def levels(self) -> list[BookUpdate]:
        """As they were at the last look."""
        return [
            self._level("", entry, position, price, level)
            for entry, levels in self._shown.items()
            for position, (price, level) in enumerate(levels.items(), 1)
        ]

    def look(self) -> list[BookUpdate]:
        """What changed since the last look.

        Who goes by price may take the changes in any order, and who goes by position in the one they come in: first
        deletions from the far end on, which also make room where a book is bounded, then the rest from the best on.
        """
        updates: list[BookUpdate] = []
        for entry, shown in self._shown.items():
            levels = self._book.ladder(entry, self._depth)
            if levels == shown:
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
