"""Answers to ResendRequests: which range is being sent again, and what stands for what is not.

Requests are cheap to send and dear to answer, so what one connection may ask for has a bound, and a request that comes
again and again, as two engines that disagree produce it, ends the session.
"""

from collections.abc import Iterator
from typing import Final

from gateway.fix.sent import SentMessages
from gateway.model.numbers import SECOND, Ns, parse_timestamp

MAX_SAME: Final = 3  # identical ResendRequests answered before we take it for a loop ...
SAME_WITHIN: Final = 10 * SECOND  # ... if they follow each other so closely
MAX_TIMES: Final = 4  # times all we ever sent, sent again on one connection
FREELY: Final = 1_000  # messages that may be sent again on one connection whatever we sent

_ORDERS: Final = frozenset((b"D", b"E", b"G", b"s", b"t", b"AB", b"AC"))  # what is dangerous to say too late


class Resend:
    """The resend that goes on on one connection, if there is one."""

    __slots__ = ("_asked_at", "_last", "_times", "_total", "active", "end", "next_at", "next_seq")

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """A connection begins, or a resend is given up."""
        self.active = False
        self.next_seq = self.end = 0
        self.next_at = Ns(0)
        self._last = (0, 0)
        self._times = self._total = 0
        self._asked_at = Ns(0)

    @property
    def asked_from(self) -> int:
        """BeginSeqNo(7) of the last request; 0: there was none."""
        return self._last[0]

    def asked(self, begin: int, end: int, last: int, now: Ns) -> str | None:
        """A request for numbers of 1 to `last`; gives the reason why it ends the session, None where it is taken."""
        again = (begin, end) == self._last and now - self._asked_at < SAME_WITHIN
        self._times = self._times + 1 if again else 1
        self._last, self._asked_at = (begin, end), now
        if self._times > MAX_SAME:
            return f"ResendRequest(2) for {begin} to {end} was answered {MAX_SAME} times"
        self.answer(begin, min(end or last, last))
        if self._total > max(MAX_TIMES * last, FREELY):
            return f"ResendRequest(2) asked for more than {MAX_TIMES} times all that was sent"
        return None

    def answer(self, begin: int, end: int) -> None:
        """Send that range again, and what of an earlier one is still to come."""
        if self.active:
            self._total -= self.end + 1 - self.next_seq
            begin, end = min(begin, self.next_seq), max(end, self.end)
        self._total += end + 1 - begin
        self.next_seq, self.end = begin, end
        self.active = True

    def burst(self, sent: SentMessages, size: int) -> Iterator[tuple[int, bytes | None]]:
        """The next (MsgSeqNum, message) to be sent; None: from there to the next one nothing was kept.

        No such run goes beyond `asked_from`: who has what is before ignores a gap fill that begins there.
        """
        for _ in range(size):
            seq = self.next_seq
            kept = sent.following(seq)
            if kept == seq:
                data = sent.get(seq)
                self.next_seq = seq + 1
            else:
                data = None
                beyond = self.end + 1 if kept is None else min(kept, self.end + 1)
                self.next_seq = min(beyond, self.asked_from) if seq < self.asked_from else beyond
            yield seq, data
            if self.next_seq > self.end:
                self.active = False
                return


def is_stale_order(data: bytes, age_s: int, now: Ns) -> bool:
    """Whether it is an order that was sent first more than `age_s` seconds ago; 0: no order is ever too old."""
    if not age_s:
        return False
    kind = data[data.index(b"\x0135=") + 4 :].partition(b"\x01")[0]
    if kind not in _ORDERS:
        return False
    sending = data[data.index(b"\x0152=") + 4 :].partition(b"\x01")[0]
    return now - parse_timestamp(sending.decode("latin-1")) > age_s * SECOND
