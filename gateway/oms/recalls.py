"""Children that are called back and do not come: their cancel went unanswered, or was refused though they are live.

After the venue's patience it is asked how the child stands; where it still has the child, it is told to cancel once
more. A few times only: who refuses without end would be asked without end.
"""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from gateway.model import SECOND, Ns, VenueSettings
from gateway.oms.notes import AlertNote
from gateway.oms.order import Child
from gateway.oms.wire import Wire

RECALLED: Final = "!"  # before the venue that a timer is set for
MAX_CANCELS: Final = 3  # of one child without anybody asking anew


class Recalls:
    """`ask` sends an OrderStatusRequest(H)."""

    def __init__(self, wire: Wire, ask: Callable[[Child], None]) -> None:
        self._wire = wire
        self._ask = ask
        self._patience: dict[str, Ns] = {}  # of venues that have to answer
        self._left: dict[str, deque[tuple[Ns, Child, int]]] = {}  # by venue, oldest first: which cancel of the child

    def configure(self, venues: Iterable[VenueSettings]) -> None:
        self._patience = {venue.name: Ns(venue.ack_timeout_s * SECOND) for venue in venues if venue.ack_timeout_s}

    def left(self, child: Child, now: Ns) -> None:
        """A cancel of the child was sent."""
        patience = self._patience.get(child.venue)
        if patience is None:
            return
        waiting = self._left.get(child.venue)
        if waiting is None:
            waiting = self._left[child.venue] = deque()
            self._wire.wake(Ns(now + patience), RECALLED + child.venue)
        while waiting and not _is_out(waiting[0]):
            waiting.popleft()
        waiting.append((now, child, child.cancels))

    def turn(self, what: str, now: Ns) -> None:
        """The instant has come that a timer was set for."""
        venue = what.removeprefix(RECALLED)
        patience, waiting = self._patience.get(venue), self._left.pop(venue)
        if patience is None:
            return
        while waiting and (not _is_out(waiting[0]) or waiting[0][0] + patience <= now):
            cancel = waiting.popleft()
            if _is_out(cancel):
                self._miss(cancel[1], patience)
        if waiting:
            self._left[venue] = waiting
            self._wire.wake(Ns(waiting[0][0] + patience), what)

    def _miss(self, child: Child, patience: Ns) -> None:
        child.canceling = False
        text = f"{child.venue} has not given the child back within {patience // SECOND} s"
        order_id = child.parent.order_id
        self._wire.note("alert", AlertNote(code="CHILD.NOT_BACK", text=text, parent=order_id, child=child.cl_ord_id))
        self._ask(child)


def _is_out(cancel: tuple[Ns, Child, int]) -> bool:
    """Whether the child is still there, and that cancel was the last."""
    _, child, number = cancel
    return not child.done and child.cancels == number
