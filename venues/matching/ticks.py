"""Price steps, which may grow with the price."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from gateway.model import Px


class TickTable:
    """`steps` are (price, tick): from that price on, that tick. The first is from 0, each begins on its tick."""

    __slots__ = ("_from", "_ticks")

    def __init__(self, steps: Sequence[tuple[Px, Px]]) -> None:
        if not steps or steps[0][0] != 0 or any(tick <= 0 for _, tick in steps):
            raise ValueError("must begin at 0, with ticks above zero")
        for (before, tick), (start, next_tick) in pairwise(steps):
            if start <= before or start % tick or start % next_tick:
                raise ValueError("must rise in price, each from a price on its own tick and on the one before it")
        self._from = [start for start, _ in steps]
        self._ticks = [tick for _, tick in steps]

    def at(self, price: Px) -> Px:
        """The tick of prices from here upwards."""
        return self._ticks[bisect_right(self._from, price) - 1] if price > 0 else self._ticks[0]

    def fits(self, price: Px) -> bool:
        return price % self.at(price) == 0

    def down(self, price: Px) -> Px:
        """The nearest price on a tick that is not above."""
        return Px(price - price % self.at(price))

    def up(self, price: Px) -> Px:
        """The nearest price on a tick that is not below."""
        return Px(price + -price % self.at(price))
