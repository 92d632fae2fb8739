"""How long messages are on their way to a venue and back. Nothing overtakes on one connection; what is on its way when
the connection ends is lost."""

from collections.abc import Sequence
from heapq import heappop, heappush
from typing import Generic, TypeVar

import msgspec
from msgspec import Struct

from gateway.model import Close, Garbled, Ns, Output, Received, Send
from venues.crowd.chance import Chance

_MICROSECOND = 1_000
NEVER = Ns(1 << 62)  # beyond all time
_WHOLE, _CHANGES = b"\x0135=W\x01", b"\x0135=X\x01"  # within the first bytes of market data


class Latency(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of each leg the least, and an exponentially distributed tail's mean, which is 8 times as long at most."""

    in_us: int = 0  # what counterparties say
    in_tail_us: int = 0
    out_us: int = 0  # what they are told, market data apart
    out_tail_us: int = 0
    data_us: int = 0  # market data
    data_tail_us: int = 0
    seed: int = 1

    @property
    def round_trip_us(self) -> int:
        """Of an order and its report, on average."""
        return self.in_us + self.in_tail_us + self.out_us + self.out_tail_us


_Item = TypeVar("_Item")


class _Way(Generic[_Item]):
    """One direction of all connections."""

    def __init__(self) -> None:
        self._moving: list[tuple[Ns, int, int, _Item]] = []  # a heap: arrives, in order, on which link, what
        self._last: dict[int, Ns] = {}  # by link: when the last one arrives
        self._count = 0
        self.first = NEVER  # when the next one arrives

    def put(self, link: int, item: _Item, at: Ns) -> None:
        """It arrives at that time, or with the one before it."""
        last = self._last.get(link, at)
        self._last[link] = at = max(at, last)
        self._count += 1
        heappush(self._moving, (at, self._count, link, item))
        self.first = self._moving[0][0]

    def arrived(self, now: Ns) -> list[_Item]:
        moving = self._moving
        found: list[_Item] = []
        while moving and moving[0][0] <= now:
            found.append(heappop(moving)[3])
        self.first = moving[0][0] if moving else NEVER
        return found

    def lose(self, link: int) -> None:
        self._last.pop(link, None)
        self._moving = sorted(entry for entry in self._moving if entry[2] != link)
        self.first = self._moving[0][0] if self._moving else NEVER


class Wire:
    """All connections of one venue, for one run."""

    def __init__(self, latency: Latency, venue: str) -> None:
        self._latency = latency
        self.is_slow_in = bool(latency.in_us or latency.in_tail_us)
        self.is_slow_out = any((latency.out_us, latency.out_tail_us, latency.data_us, latency.data_tail_us))
        self._chance = Chance(latency.seed, venue, "latency")
        self._in = _Way[Received | Garbled]()
        self._out = _Way[Output]()

    def hold(self, item: Received | Garbled) -> None:
        """It comes later, by `come`."""
        self._in.put(item.link, item, self._after(item.at, self._latency.in_us, self._latency.in_tail_us))

    def come(self, now: Ns) -> list[Received | Garbled]:
        """What has arrived here by now."""
        if now < self._in.first:
            return []
        return [msgspec.structs.replace(item, at=now) for item in self._in.arrived(now)]

    def carry(self, said: Sequence[Output], now: Ns) -> list[Output]:
        """What has arrived there by now, of this and of what was said before."""
        at_once: list[Output] = []
        for output in said:
            if type(output) is Send:
                self._out.put(output.link, output, self._told_at(output.data, now))
            elif type(output) is Close:
                self._out.put(output.link, output, now)  # with what was said last
            else:
                at_once.append(output)
        return at_once if now < self._out.first else at_once + self._out.arrived(now)

    def lose(self, link: int) -> None:
        """The connection is gone."""
        self._in.lose(link)
        self._out.lose(link)

    @property
    def comes_at(self) -> Ns:
        """When the next one arrives here; beyond all time where nothing is on its way."""
        return self._in.first

    @property
    def leaves_at(self) -> Ns:
        """When the next one arrives there."""
        return self._out.first

    def _told_at(self, data: bytes, now: Ns) -> Ns:
        latency, begins = self._latency, data[:32]
        if _CHANGES in begins or _WHOLE in begins:
            return self._after(now, latency.data_us, latency.data_tail_us)
        return self._after(now, latency.out_us, latency.out_tail_us)

    def _after(self, now: Ns, base_us: int, tail_us: int) -> Ns:
        tail = self._chance.wait(tail_us * _MICROSECOND) if tail_us else 0
        return Ns(now + base_us * _MICROSECOND + tail)
