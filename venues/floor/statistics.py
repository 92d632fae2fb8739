"""What a day's trading in one symbol comes to, as market data tells it: prices, turnover, the last trade."""

from gateway.model import BookUpdate, Px, Qty, average_px

# MDEntryType(269)
OPENING, CLOSING, HIGH, LOW, VWAP, VOLUME = "4", "5", "7", "8", "9", "B"
FIGURES = (OPENING, CLOSING, HIGH, LOW, VWAP, VOLUME)


class Statistics:
    """Of every trade in the book since the day began, seen by a subscriber or not."""

    __slots__ = ("_closed", "_high", "_low", "_moved", "_notional", "_opening", "_symbol", "_told", "_volume", "last")

    def __init__(self, symbol: str) -> None:
        self._symbol = symbol
        self.last: tuple[Px, Qty] | None = None
        self._told: dict[str, int] = {}  # by MDEntryType(269), at the last look
        self.begin_day()

    def begin_day(self) -> None:
        """The figures of the day before are no more; the last trade is still the last one."""
        self._opening = self._high = self._low = Px(0)
        self._volume = self._notional = 0
        self._closed, self._moved = False, True

    def end_day(self) -> None:
        """The last trade, be it of the closing auction that is just over, was at the closing price."""
        self._closed = self._moved = True

    def take(self, prints: list[tuple[Px, Qty]]) -> None:
        if not self._volume:
            self._opening = self._high = self._low = prints[0][0]
        for price, size in prints:
            if price > self._high:
                self._high = price
            elif price < self._low:
                self._low = price
            self._volume += size
            self._notional += price * size
        self.last, self._moved = prints[-1], True

    def look(self) -> list[BookUpdate]:
        """Which figures changed since the last look, came or went."""
        if not self._moved:
            return []
        before, now = self._told, self._figures()
        self._told, self._moved = now, False
        gone = [self._update(entry, 0, action="2") for entry in before if entry not in now]
        changed = [entry for entry, value in now.items() if before.get(entry) != value]
        return gone + [self._update(entry, now[entry], action="1" if entry in before else "0") for entry in changed]

    def shown(self) -> list[BookUpdate]:
        """All there is to show, the last trade first."""
        known = [self._update(entry, value) for entry, value in self._figures().items()]
        if self.last is None:
            return known
        price, size = self.last
        return [BookUpdate(symbol=self._symbol, entry="2", price=price, size=size), *known]

    def _figures(self) -> dict[str, int]:
        if not self._volume:
            return {VOLUME: 0}
        assert self.last is not None
        closing = {CLOSING: self.last[0]} if self._closed else {}
        vwap = average_px(self._notional, self._volume)
        return {
            OPENING: self._opening, **closing, HIGH: self._high, LOW: self._low, VWAP: vwap, VOLUME: self._volume,
        }  # fmt: skip

    def _update(self, entry: str, value: int, *, action: str = "") -> BookUpdate:
        price, size = (Px(0), Qty(value)) if entry == VOLUME else (Px(value), Qty(0))
        return BookUpdate(symbol=self._symbol, entry=entry, price=price, size=size, action=action)
