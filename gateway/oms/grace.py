"""Clients whose connection was lost: where their session says so, their orders wait for them only so long."""

from collections.abc import Callable, Iterator
from typing import Final

from gateway.model import SECOND, Ns

OVER: Final = ""  # what the timer is set for that ends a time of grace


class Grace:
    """`wake` sets a timer; `grace_s` says how long a client's orders wait, None for ever."""

    def __init__(self, wake: Callable[[Ns, str], None], grace_s: Callable[[str], int | None]) -> None:
        self._wake = wake
        self._grace_s = grace_s
        self._ends: dict[str, Ns] = {}

    def grant(self, client: str, now: Ns) -> None:
        """Its connection is lost."""
        self._ends.pop(client, None)
        grace_s = self._grace_s(client)
        if grace_s is not None:
            at = self._ends[client] = Ns(now + grace_s * SECOND)
            self._wake(at, OVER)

    def came(self, client: str) -> None:
        self._ends.pop(client, None)

    def begin(self, now: Ns) -> None:
        """The gateway starts: nobody could come back while it was away."""
        for client in list(self._ends):
            self.grant(client, now)

    def over(self, now: Ns) -> Iterator[str]:
        """Those who did not come back in time."""
        for client in [client for client, at in self._ends.items() if at <= now]:
            del self._ends[client]
            yield client
