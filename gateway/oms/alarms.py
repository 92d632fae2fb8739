"""The instants that orders wait for. An order may be over long before its own; then nobody waits for it any more."""

from collections.abc import Callable, Iterator
from heapq import heapify, heappop, heappush
from typing import Final

from gateway.model import Ns

ACTIVATION: Final = "+"  # before the OrderID in what one is set for: the order begins then
SILENCE: Final = "~"  # what one is set for that is for no order: a venue may have been silent for too long
MANY: Final = 1024  # alarms that are not looked through


class Alarms:
    """`awaited(what)` says whether one that is set for that is still of use."""

    def __init__(self, awaited: Callable[[str], bool]) -> None:
        self._awaited = awaited
        self._heap: list[tuple[Ns, int, str]] = []
        self._count = 0
        self._many = MANY

    def __len__(self) -> int:
        return len(self._heap)

    @property
    def next_at(self) -> Ns | None:
        return self._heap[0][0] if self._heap else None

    def add(self, at: Ns, what: str) -> None:
        self._count += 1
        heappush(self._heap, (at, self._count, what))
        if len(self._heap) > self._many:
            self._heap = [alarm for alarm in self._heap if self._awaited(alarm[2])]
            heapify(self._heap)
            self._many = max(MANY, 2 * len(self._heap))

    def due(self, now: Ns) -> Iterator[str]:
        """What they were set for whose time has come, those that are added meanwhile included."""
        while self._heap and self._heap[0][0] <= now:
            yield heappop(self._heap)[2]
