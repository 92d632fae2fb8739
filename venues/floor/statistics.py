"""What a day's trading in one symbol comes to, as market data tells it: prices, turnover, the last trade."""

from gateway.model import BookUpdate, Px, Qty, average_px

# MDEntryType(269)
OPENING, HIGH, LOW, VWAP, VOLUME = "4", "7", "8", "9", "B"
FIGURES = (OPENING, HIGH, LOW, VWAP, VOLUME)


class Statistics:
    """Of every trade in the book since the day began, seen by a subscriber or not."""

    __slots__ = ("_figures", "_notional", "_symbol", "last")

    def __init__(self, symbol: str) -> None:
        self._symbol = symbol
        self._figures: dict[str, int] = {VOLUME: 0}  # by MDEntryType(269), those that there are
        self._notional = 0
        self.last: tuple[Px, Qty] | None = None

    def traded(self, prints: list[tuple[Px, Qty]]) -> list[BookUpdate]:
        """Take trades; gives the figures that they changed."""
        before, now = self._figures, dict(self._figures)
        for price, size in prints:
            now.setdefault(OPENING, price)
            now[HIGH] = max(now.get(HIGH, price), price)
            now[LOW] = min(now.get(LOW, price), price)
            now[VOLUME] += size
            self._notional += price * size
        self.last = prints[-1]
        now[VWAP] = average_px(self._notional, now[VOLUME])
        self._figures = now
        return [
            self._update(entry, now[entry], action="1" if entry in before else "0")
            for entry in FIGURES
            if now.get(entry) != before.get(entry)
        ]

    def begin_day(self) -> list[BookUpdate]:
        """Forget all but the last trade; gives the figures that are gone, and no volume."""
        gone = [self._update(entry, 0, action="2") for entry in FIGURES if entry in self._figures and entry != VOLUME]
        self._figures, self._notional = {VOLUME: 0}, 0
        return [*gone, self._update(VOLUME, 0, action="1")] if gone else []

    def shown(self) -> list[BookUpdate]:
        """All there is to show, the last trade first."""
        known = [self._update(entry, self._figures[entry]) for entry in FIGURES if entry in self._figures]
        if self.last is None:
            return known
        price, size = self.last
        return [BookUpdate(symbol=self._symbol, entry="2", price=price, size=size), *known]

    def _update(self, entry: str, value: int, *, action: str = "") -> BookUpdate:
        price, size = (Px(0), Qty(value)) if entry == VOLUME else (Px(value), Qty(0))
        return BookUpdate(symbol=self._symbol, entry=entry, price=price, size=size, action=action)
