"""What a split makes of shares: so many new ones for so many old ones."""

import re
from math import gcd
from typing import Final

from msgspec import Struct

_MOST: Final = 10_000
_TEXT: Final = re.compile(r"([1-9][0-9]{0,4}):([1-9][0-9]{0,4})")


class Ratio(Struct, frozen=True):
    """2:1 doubles the shares and halves their prices."""

    new: int
    old: int

    def qty(self, before: int) -> int:
        """So many of the new shares, towards zero where it does not come out even; also of a negative quantity."""
        after = abs(before) * self.new // self.old
        return after if before >= 0 else -after

    def down(self, price: int, tick: int = 1) -> int:
        """Of a new share, the next multiple of the tick at or below that."""
        return price * self.old // (self.new * tick) * tick

    def up(self, price: int, tick: int = 1) -> int:
        """The next at or above."""
        return -self.down(-price, tick)

    def __str__(self) -> str:
        return f"{self.new}:{self.old}"


def parse_ratio(text: str) -> Ratio:
    """NEW:OLD in lowest terms. Raises ValueError."""
    found = _TEXT.fullmatch(text)
    new, old = (int(found[1]), int(found[2])) if found is not None else (0, 0)
    if new == old or max(new, old) > _MOST:
        raise ValueError(f"'{text[:32]}' is no ratio of a split, such as 2:1 or 1:10; no number is above {_MOST}")
    return Ratio(new // gcd(new, old), old // gcd(new, old))
