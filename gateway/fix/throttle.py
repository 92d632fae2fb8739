"""How many messages a counterparty may send: beyond the limit they are rejected, far beyond it the session ends.

A bucket holds one second's worth and fills at the limit's rate, so a burst after silence passes and a flood does not.
Cancels have a bucket of their own: who floods orders must still be able to take them back. What comes again because we
asked for it has one as well, or PossDupFlag(43) would be a way round the limit.
"""

from enum import Enum
from typing import Final

from gateway.model.numbers import SECOND, Ns
from gateway.model.sessions import SessionConfig

CANCELS: Final = frozenset("Fq")  # OrderCancelRequest, OrderMassCancelRequest
NEVER_REJECTED: Final = frozenset("012345Aj")  # the session's own, and refusals, whose rejection would be answered
AGAIN: Final = 10  # messages a second that may come again, for each that may come
FREELY_AGAIN: Final = 10_000  # and at once; a longer gap is asked for in chunks


class Verdict(Enum):
    TAKE = "take"
    REJECT = "reject"
    END = "end"


class _Bucket:
    """Counts in billionths of a message, so that integers are exact."""

    __slots__ = ("_at", "_full", "_left", "_rate")

    def __init__(self, per_s: int, at_once: int = 0) -> None:
        self._rate = per_s
        self._full = self._left = max(per_s, at_once) * SECOND
        self._at = 0

    def take(self, now: Ns) -> bool:
        self._left = min(self._full, self._left + max(now - self._at, 0) * self._rate)
        self._at = max(now, self._at)
        if self._left < SECOND:
            return False
        self._left -= SECOND
        return True


class _Limit:
    """What is taken, and what is borne before the session ends: there everything counts, rejected or not."""

    def __init__(self, per_s: int) -> None:
        self.taken = _Bucket(per_s)
        self.borne = _Bucket(max(per_s * 3 // 2, per_s + 1))


class Throttle:
    """The limits of one session; None: there is none."""

    def __init__(self, messages_per_s: int, cancels_per_s: int) -> None:
        self._messages = _Limit(messages_per_s) if messages_per_s else None
        self._cancels = _Limit(cancels_per_s) if cancels_per_s else None
        self._again = _Bucket(AGAIN * messages_per_s, FREELY_AGAIN) if messages_per_s else None

    def take(self, msg_type: str, *, again: bool, now: Ns) -> Verdict:
        """What to do with the message that has come; `again`: we asked for it."""
        if again:
            return Verdict.TAKE if self._again is None or self._again.take(now) else Verdict.END
        limit = self._cancels if msg_type in CANCELS else self._messages
        if limit is None:
            return Verdict.TAKE
        if not limit.borne.take(now):
            return Verdict.END
        return Verdict.TAKE if msg_type in NEVER_REJECTED or limit.taken.take(now) else Verdict.REJECT


def throttle_for(config: SessionConfig) -> Throttle | None:
    """None where there is no limit at all."""
    messages, cancels = config.max_messages_per_s, config.max_cancels_per_s
    return Throttle(messages, cancels or 2 * messages) if messages or cancels else None
