"""Whom the core is spared: counted by cause, and now and then what one said, so that a flood cannot fill the disk."""

import re
from typing import Final

import msgspec

from gateway.fix.frame import GarbledBytes

HERE_ALREADY: Final = "here_already"
RECORDED: Final = frozenset(("garbled", "no_logon", "unknown", HERE_ALREADY))
RECORDED_AT_ONCE: Final = 20  # strangers whose words the core gets ...
RECORDED_EVERY_S: Final = 10.0  # ... and one more after so long

_CLAIM: Final = re.compile(rb"\x0149=([!-<>-~]{1,64})\x01")


class Refusals:
    """Connections that were turned away since the core was last told."""

    def __init__(self, now: float) -> None:
        self.counts: dict[str, int] = {}
        self._last = ""  # 'host:port', behind its SenderCompID(49) if it said one
        self._room = float(RECORDED_AT_ONCE)
        self._room_at = now  # when `_room` was right

    def add(self, cause: str, peer: str, first: bytes | GarbledBytes) -> None:
        self.counts[cause] = self.counts.get(cause, 0) + 1
        claim = _CLAIM.search(first if isinstance(first, bytes) else first.data)
        self._last = peer if claim is None else f"{claim[1].decode()} {peer}"

    def take(self) -> bytes | None:
        """The counts as JSON, which begin anew; None: nobody was turned away."""
        if not self.counts:
            return None
        told = msgspec.json.encode({**self.counts, "last": self._last})
        self.counts.clear()
        return told

    def room(self, now: float) -> bool:
        """Whether the words of one more are put on record."""
        self._room = min(self._room + (now - self._room_at) / RECORDED_EVERY_S, RECORDED_AT_ONCE)
        self._room_at = now
        if self._room < 1:
            return False
        self._room -= 1
        return True
