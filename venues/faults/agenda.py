"""What is to be done later, in order of time, then in that in which it was put down."""

from collections.abc import Callable
from heapq import heappop, heappush

from gateway.model import Ns

Act = Callable[[Ns], None]


class Agenda:
    def __init__(self) -> None:
        self._entries: list[tuple[Ns, int, Act]] = []
        self._count = 0

    def add(self, at: int, act: Act) -> None:
        self._count += 1
        heappush(self._entries, (Ns(at), self._count, act))

    def act(self, now: Ns) -> None:
        """Do all that is due, and what that puts down for now."""
        while self._entries and self._entries[0][0] <= now:
            heappop(self._entries)[2](now)

    def finish(self, now: Ns) -> None:
        """Do all of it, whenever it was due."""
        entries, self._entries = sorted(self._entries), []
        for _, _, act in entries:
            act(now)

    def clear(self) -> None:
        self._entries.clear()

    def wake_at(self) -> Ns | None:
        return self._entries[0][0] if self._entries else None
