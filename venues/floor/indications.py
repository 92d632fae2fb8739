"""What market data tells of auctions that go on: at which price how much would trade now, and what would be left.

To find that out takes longer the more orders there are, so that it is done once a second at most.
"""

from typing import Final, Protocol

from gateway.model import SECOND, BookUpdate, Ns, Px, Qty
from venues.matching.uncross import Uncrossing

CLEARING, IMBALANCE = "Q", "A"  # MDEntryType(269)
INDICATIVE: Final = (CLEARING, IMBALANCE)
EVERY_NS: Final = Ns(SECOND)


class Auctioning(Protocol):
    def is_on(self, symbol: str) -> bool:
        """Whether the symbol is in an auction."""

    def indicative(self, symbol: str) -> Uncrossing:
        """At what it would uncross now."""


class Indications:
    def __init__(self, auctions: Auctioning) -> None:
        self._auctions = auctions
        self._told: dict[str, dict[str, BookUpdate]] = {}  # by symbol and entry
        self._looked: dict[str, Ns] = {}  # by symbols that are in auctions
        self._due: dict[str, Ns] = {}  # whose books have changed since

    def look(self, symbol: str, now: Ns) -> list[BookUpdate]:
        """What changed since the last look, if that is long enough ago."""
        if not self._auctions.is_on(symbol):
            if symbol not in self._looked:
                return []
            self._looked.pop(symbol, None)
            self._due.pop(symbol, None)
            return self._tell(symbol, {})
        again = Ns(self._looked.get(symbol, -EVERY_NS) + EVERY_NS)
        if now < again:
            self._due[symbol] = again
            return []
        self._looked[symbol] = now
        self._due.pop(symbol, None)
        price, volume, imbalance, _ = self._auctions.indicative(symbol)
        if price is None:
            return self._tell(symbol, {})
        clearing = BookUpdate(symbol=symbol, entry=CLEARING, price=price, size=volume)
        left = BookUpdate(symbol=symbol, entry=IMBALANCE, price=Px(0), size=Qty(imbalance))
        return self._tell(symbol, {CLEARING: clearing, IMBALANCE: left})

    def shown(self, symbol: str) -> list[BookUpdate]:
        """All there is to show, as it was at the last look."""
        return list(self._told.get(symbol, {}).values())

    def due(self, now: Ns) -> list[str]:
        """Symbols that are to be looked at again."""
        return [symbol for symbol, at in self._due.items() if at <= now] if self._due else []

    def wake_at(self) -> Ns | None:
        return min(self._due.values()) if self._due else None

    def _tell(self, symbol: str, entries: dict[str, BookUpdate]) -> list[BookUpdate]:
        before = self._told.pop(symbol, {})
        if entries:
            self._told[symbol] = entries
        gone = [_action(entry, "2") for kind, entry in before.items() if kind not in entries]
        new = [
            _action(entry, "1" if kind in before else "0")
            for kind, entry in entries.items()
            if before.get(kind) != entry
        ]
        return gone + new


def _action(entry: BookUpdate, action: str) -> BookUpdate:
    return BookUpdate(symbol=entry.symbol, entry=entry.entry, price=entry.price, size=entry.size, action=action)
