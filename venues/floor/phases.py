"""Which phase of the day each symbol is in, by the venue's hours and by what happens to the symbol alone.

The day goes from one phase to the next at instants that are known beforehand. Within it a symbol may be halted, and
what is resumed, or moves too fast, has an auction of its own first.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from msgspec import Struct

from gateway.model import Ns


class Phase(StrEnum):
    PRE_OPEN = "pre-open"
    OPENING = "opening auction"
    CONTINUOUS = "continuous trading"
    VOLATILITY = "volatility auction"
    HALTED = "halt"
    CLOSING = "closing auction"
    CLOSED = "closed"


AUCTIONS: Final = frozenset({Phase.OPENING, Phase.VOLATILITY, Phase.CLOSING})
CALLS: Final = AUCTIONS | {Phase.PRE_OPEN}  # orders are taken and wait


class TradingDay(Struct, frozen=True, kw_only=True):
    """Instants that do not fall. Phases that begin and end at once do not take place."""

    pre_open: Ns
    opening: Ns
    continuous: Ns
    closing: Ns
    closed: Ns

    def phases(self) -> Iterable[tuple[Ns, Phase]]:
        begins = (self.pre_open, self.opening, self.continuous, self.closing, self.closed)
        phases = (Phase.PRE_OPEN, Phase.OPENING, Phase.CONTINUOUS, Phase.CLOSING, Phase.CLOSED)
        ends = (*begins[1:], None)
        return [(at, phase) for at, end, phase in zip(begins, ends, phases, strict=True) if at != end]


class Change(NamedTuple):
    symbol: str
    was: Phase
    now: Phase
    day_ends: bool = False


class Phases:
    """Those of one venue. Without trading days it trades continuously all the time; after the last it is closed."""

    def __init__(self) -> None:
        self._day = Phase.CONTINUOUS  # where nothing happens to a symbol alone
        self._until: Ns | None = None  # up to when the days were followed
        self._next: deque[tuple[Ns, Phase]] = deque()
        self._own: dict[str, tuple[Phase, Ns | None]] = {}  # by symbol: HALTED, or VOLATILITY and its end
        self._symbols: list[str] = []
        self.days: Sequence[TradingDay] = ()

    def start(self, days: Sequence[TradingDay], symbols: Iterable[str], now: Ns) -> list[Change]:
        """Begin a run. What was due since the last one is still done, except before the first."""
        known, self._symbols = set(self._symbols), list(symbols)
        changes = [
            Change(symbol, Phase.CONTINUOUS, self._day)
            for symbol in self._symbols
            if symbol not in known and self._day is not Phase.CONTINUOUS
        ]
        since = self._until
        self.days = days
        self._next = deque((at, phase) for day in days for at, phase in day.phases() if since is None or at > since)
        if not days:
            self._until = None
            return changes + self._go(Phase.CONTINUOUS)
        self._until = now
        if since is None:
            begun = Phase.CLOSED
            while self._next and self._next[0][0] <= now:
                begun = self._next.popleft()[1]
            return changes + self._go(begun)
        return changes + self.act(now)

    def of(self, symbol: str) -> Phase:
        own = self._own.get(symbol)
        return self._day if own is None else own[0]

    @property
    def halted(self) -> list[str]:
        return [symbol for symbol, (phase, _) in self._own.items() if phase is Phase.HALTED]

    @property
    def day(self) -> Phase:
        """The venue's, whatever single symbols do."""
        return self._day

    @property
    def today(self) -> TradingDay | None:
        """The day that is going on, else the next one; None: there is none."""
        return next((day for day in self.days if self._until is not None and day.closed > self._until), None)

    def wake_at(self) -> Ns | None:
        at = self._next[0][0] if self._next else None
        if not self._own:
            return at
        ends = [end for _, end in self._own.values() if end is not None]
        return min([*ends, at] if at is not None else ends, default=None)

    def act(self, now: Ns) -> list[Change]:
        """What has changed by now, in order."""
        changes: list[Change] = []
        while True:
            symbol, ends = min(
                ((symbol, end) for symbol, (_, end) in self._own.items() if end is not None),
                key=lambda own: own[1],
                default=("", None),
            )
            at = self._next[0][0] if self._next else None
            if ends is not None and ends <= now and (at is None or ends <= at):
                del self._own[symbol]
                changes.append(Change(symbol, Phase.VOLATILITY, self._day))
            elif at is not None and at <= now:
                self._until = at
                changes += self._go(self._next.popleft()[1])
            else:
                break
        if self._until is not None:
            self._until = now
        return changes

    def halt(self, symbol: str) -> list[Change]:
        """Until it is resumed, whatever the hour."""
        was = self.of(symbol)
        assert was is not Phase.HALTED
        self._own[symbol] = (Phase.HALTED, None)
        return [Change(symbol, was, Phase.HALTED)]

    def resume(self, symbol: str, auction_ends: Ns) -> list[Change]:
        """Go on in the phase of the day; in continuous trading not without an auction until then."""
        assert self.of(symbol) is Phase.HALTED
        del self._own[symbol]
        if self._day is Phase.CONTINUOUS:
            self._own[symbol] = (Phase.VOLATILITY, auction_ends)
        return [Change(symbol, Phase.HALTED, self.of(symbol))]

    def interrupt(self, symbol: str, auction_ends: Ns) -> list[Change]:
        """Stop continuous trading for an auction until then."""
        assert self.of(symbol) is Phase.CONTINUOUS
        self._own[symbol] = (Phase.VOLATILITY, auction_ends)
        return [Change(symbol, Phase.CONTINUOUS, Phase.VOLATILITY)]

    def _go(self, phase: Phase) -> list[Change]:
        was, self._day = self._day, phase
        changes = []
        for symbol in self._symbols:
            own = self._own.get(symbol, (was, None))[0]
            if own is Phase.VOLATILITY:  # The auction of the day takes its place.
                del self._own[symbol]
            day_ends = phase is Phase.CLOSED
            if own is Phase.HALTED and day_ends:
                changes.append(Change(symbol, own, own, day_ends))
            elif own is not Phase.HALTED and own is not phase:
                changes.append(Change(symbol, own, phase, day_ends))
        return changes
