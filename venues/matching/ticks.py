"""Price steps, which may grow with the price."""

from bisect import bisect_right
from collections.abc import Sequence

from gateway.model import Px


class TickTable:
    """`steps` are (price, tick): from that price on, that tick. The first is from 0, each begins on its tick."""

    __slots__ = ("_from", "_ticks")

    def __init__(self, steps: Sequence[tuple[Px, Px]]) -> None:
        if not steps or steps[0][0] != 0 or any(tick <= 0 or start % tick for start, tick in steps):
            raise ValueError("must begin at 0, and each tick above zero on a multiple of itself")
        self._from = [start for start, _ in steps]
        self._ticks = [tick for _, tick in steps]
        if any(after <= before for before, after in zip(self._from, self._from[1:], strict=False)):
            raise ValueError("must rise in price")

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
