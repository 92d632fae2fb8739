"""The price that a venue takes from elsewhere: of the market that the others make, of a tape, or the start price."""

from typing import Protocol

from gateway.model import MILLISECOND, Ns, Px
from venues.crowd.flow import Flow
from venues.crowd.price import EfficientPrice
from venues.matching.book import Book

_LOOK_AHEAD = 64  # steps of the efficient price; beyond them somebody looks again


class Reference(Protocol):
    """Of one symbol."""

    def middle(self, now: Ns) -> Px | None:
        """Between bid and offer; None: there are not both."""

    def moves_at(self, now: Ns) -> Ns | None:
        """When to look again, though nobody said anything; None: never."""


class FixedReference:
    """The start price, where there is neither a flow nor a tape."""

    def __init__(self, price: Px) -> None:
        self._price = price

    def middle(self, now: Ns) -> Px | None:  # noqa: ARG002
        return self._price

    def moves_at(self, now: Ns) -> Ns | None:  # noqa: ARG002
        return None


class TapeReference:
    """The middle of the book in which a tape is shown; who shows it says when it has moved."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def middle(self, now: Ns) -> Px | None:  # noqa: ARG002
        bid, offer = self._book.best(is_buy=True), self._book.best(is_buy=False)
        return None if bid is None or offer is None else Px((bid + offer) // 2)

    def moves_at(self, now: Ns) -> Ns | None:  # noqa: ARG002
        return None


class FlowReference:
    """The middle of the tick that the efficient price is in, which is what lit venues of the same seed quote around."""

    def __init__(self, flow: Flow, symbol: str, start: Px, *, tick: Px, lag_ms: int) -> None:
        self._price = EfficientPrice(flow, symbol, start, behind=lag_ms // flow.interval_ms + 1)
        self._interval = flow.interval_ms * MILLISECOND
        self._tick = tick
        self._lag = lag_ms * MILLISECOND

    def middle(self, now: Ns) -> Px | None:
        price = self._price.at((now - self._lag) // self._interval)
        return Px(price // self._tick * self._tick + self._tick // 2)

    def moves_at(self, now: Ns) -> Ns | None:
        step = (now - self._lag) // self._interval
        low = self._price.at(step) // self._tick * self._tick
        moved = self._price.first_outside(low, low + self._tick - 1, step + 1, step + _LOOK_AHEAD)
        return Ns((step + _LOOK_AHEAD if moved is None else moved) * self._interval + self._lag)
