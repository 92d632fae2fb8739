"""How a client says what trades when: 'HH=weight HH=weight', hours of the day in UTC, even within each, or a name."""

from itertools import accumulate

from msgspec import Struct

from gateway.market.volume import SHAPE_NAME
from gateway.model import SECOND, Ns, parse_px

_HOUR = 3600 * SECOND


class HourWeights(Struct, frozen=True):
    by: tuple[int, ...]  # of the day, what has traded when each hour begins, and by its end

    def share(self, start: Ns, end: Ns) -> int:
        """What trades between two instants, in the same unit."""
        return self._until(end) - self._until(start)

    def _until(self, at: Ns) -> int:
        hours, rest = divmod(at, _HOUR)
        days, hour = divmod(hours, 24)
        return days * self.by[24] + self.by[hour] + (self.by[hour + 1] - self.by[hour]) * rest // _HOUR


def read_profile(text: str) -> HourWeights | str:
    """Weights of hours, or a name of the gateway's. Raises ValueError."""
    return text if SHAPE_NAME.fullmatch(text) else read_weights(text)


def read_weights(text: str) -> HourWeights:
    """Raises ValueError for what is no such list, or has a weight below 0, or none above."""
    weights: dict[int, int] = {}
    for pair in text.split():
        hour, _, weight = pair.partition("=")
        if not (len(hour) == 2 and hour.isascii() and hour.isdigit() and int(hour) < 24 and int(hour) not in weights):
            raise ValueError(f"'{pair[:32]}' is no 'HH=weight' of another hour")
        weights[int(hour)] = parse_px(f"0{weight}" if weight[:1] == "." else weight)
    if not any(weights.values()) or min(weights.values()) < 0:
        raise ValueError("weights are 0 or more, and one is more")
    return HourWeights((0, *accumulate(weights.get(hour, 0) for hour in range(24))))
