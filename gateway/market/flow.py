"""What leaves the queues of a venue by trades: what is sold to its bids, and bought from its offers.

Whole seconds in which something did are kept, the newest of them, so that any span can be looked at. Cancels are not
in it: queues are gone a little sooner than it says.
"""

from array import array
from typing import Final

from gateway.model import SECOND, Ns, Qty, Side

MOST_SECONDS: Final = 2_048  # with trades; half as many more before the oldest are dropped together
_MOST: Final = (1 << 63) - 1
_BUY: Final = Side.BUY  # a member of an Enum takes its time to be looked up


class Flow:
    """Of one symbol at one venue, which has been seen from `since` on."""

    __slots__ = ("_bought", "_seconds", "_since", "_sold")

    def __init__(self, since: Ns) -> None:
        self._since = -(-since // SECOND)  # the first second of which all is known
        self._seconds = array("q")
        self._sold = array("q")
        self._bought = array("q")

    def traded(self, side: Side, qty: int, now: Ns) -> None:
        """An order of `side` took it; below zero: that was ours, which leaves no queue for us."""
        second, seconds = now // SECOND, self._seconds
        if not seconds or seconds[-1] != second:
            seconds.append(second)
            self._sold.append(0)
            self._bought.append(0)
            if len(seconds) > MOST_SECONDS * 3 // 2:
                self._drop(len(seconds) - MOST_SECONDS)
        taken = self._bought if side == _BUY else self._sold
        total = taken[-1] + qty
        taken[-1] = total if -_MOST <= total <= _MOST else _MOST if total > 0 else -_MOST

    def spans(self, seconds: int, now: Ns) -> int:
        """How many spans of so many seconds, one after the other up to this second, are known."""
        return max((now // SECOND - self._since) // seconds, 0)

    def left(self, side: Side, seconds: int, now: Ns, count: int) -> list[Qty]:
        """What left before an order of `side` that rests, in so many of these spans, the newest first."""
        taken, found = self._sold if side == Side.BUY else self._bought, [0] * count
        end = now // SECOND
        for place in range(len(self._seconds) - 1, -1, -1):
            ago = end - self._seconds[place]
            if ago <= 0:
                continue  # this second is not over
            span = (ago - 1) // seconds
            if span >= count:
                break
            found[span] += taken[place]
        return [Qty(max(qty, 0)) for qty in found]

    def _drop(self, count: int) -> None:
        self._since = self._seconds[count - 1] + 1
        for kept in (self._seconds, self._sold, self._bought):
            del kept[:count]
