"""What a counterparty sent that has not reached us, and what came from beyond it.

One gap is asked for once. What lies beyond is dropped, because it comes again, or held within a bound: then only the
missing part is asked for.
"""

import heapq
from typing import Final

from gateway.fix.reader import Message
from gateway.model.numbers import SECOND, Ns
from gateway.model.sessions import SessionConfig

INFINITY: Final = 0  # EndSeqNo(16): all there is


class Gap:
    """The gap of one session, if there is one."""

    __slots__ = ("_asked_at", "_asked_to", "_held", "_order", "end")

    def __init__(self) -> None:
        self.end = 0  # highest MsgSeqNum seen beyond; 0: no gap
        self._asked_to = 0  # last MsgSeqNum asked for; 0: nothing is
        self._asked_at = Ns(0)
        self._held: dict[int, Message | None] = {}  # None: it was dealt with when it came, and only counts
        self._order: list[int] = []  # a heap of what is held, and of what no longer is

    def close(self) -> None:
        self.end = self._asked_to = 0
        self._held.clear()
        self._order.clear()

    def holds(self, seq: int) -> bool:
        return seq in self._held

    def take(self, seq: int) -> Message | None:
        """What was held under that number, which `holds`."""
        return self._held.pop(seq)

    def seen(self, message: Message, room: int, *, dealt_with: bool = False) -> None:
        """A message from beyond the gap; it is held if fewer than `room` are."""
        seq = message.seq
        if len(self._held) < room and seq not in self._held:
            self._held[seq] = None if dealt_with else message
            heapq.heappush(self._order, seq)
        self.end = max(self.end, seq)

    def promised(self, now: Ns) -> None:
        """The counterparty sends what is missing without being asked, as NextExpectedMsgSeqNum(789) has it."""
        self._asked_to, self._asked_at = self.end, now

    def wanted(self, expected: int, config: SessionConfig, now: Ns) -> tuple[int, int] | None:
        """The range to ask for now; None where it has been asked for and there is still time for it to come."""
        if expected <= self._asked_to and now - self._asked_at < config.resend_patience_s * SECOND:
            return None
        first = None if config.resend_open else self._first_held()
        last = self.end if first is None else first - 1
        closed = first is not None
        if config.resend_chunk:
            chunk = max(config.resend_chunk, 2)  # each request is one more message that the other side may miss
            if last >= expected + chunk:
                last, closed = expected + chunk - 1, True
        self._asked_to, self._asked_at = last, now
        return expected, last if closed else INFINITY

    def moved(self, expected: int, now: Ns, *, filled_to_end: bool) -> None:
        """The expected number has moved on: the gap is smaller, or closed.

        `filled_to_end`: by a gap fill, and one to the last number asked for is taken to include it.
        """
        if expected > self.end:
            self.close()
        elif filled_to_end and expected == self._asked_to:
            self._asked_to = 0
        while self._order and self._order[0] < expected:
            self._held.pop(heapq.heappop(self._order), None)
        self._asked_at = now

    def _first_held(self) -> int | None:
        while self._order and self._order[0] not in self._held:
            heapq.heappop(self._order)
        return self._order[0] if self._order else None
