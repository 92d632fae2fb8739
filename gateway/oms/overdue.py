"""Children that their venue leaves unanswered: it is asked, a person is told, and what they hold stays reserved.

No time makes a reject of silence. A venue's children are looked at in the order in which they left, so there is one
timer a venue, however many of them there are.
"""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from gateway.model import SECOND, Ns, VenueSettings
from gateway.oms.notes import AlertNote
from gateway.oms.order import Child
from gateway.oms.wire import Wire

OVERDUE: Final = "?"  # before the venue that a timer is set for


class Overdue:
    """`ask` sends an OrderStatusRequest(H), and `missed` is told of the child before."""

    def __init__(self, wire: Wire, ask: Callable[[Child], None], missed: Callable[[Child, Ns], None]) -> None:
        self._wire = wire
        self._ask = ask
        self._missed = missed
        self._patience: dict[str, Ns] = {}  # of venues that have to answer
        self._left: dict[str, deque[tuple[Ns, Child]]] = {}  # by venue, oldest first; a timer is set for each

    def configure(self, venues: Iterable[VenueSettings]) -> None:
        self._patience = {venue.name: Ns(venue.ack_timeout_s * SECOND) for venue in venues if venue.ack_timeout_s}

    def left(self, child: Child, now: Ns) -> None:
        """A child was sent to its venue."""
        patience = self._patience.get(child.venue)
        if patience is None:
            return
        waiting = self._left.get(child.venue)
        if waiting is None:
            waiting = self._left[child.venue] = deque()
            self._wire.wake(Ns(now + patience), OVERDUE + child.venue)
        while waiting and waiting[0][1].heard:
            waiting.popleft()  # so that the answered are not kept until the timer
        waiting.append((now, child))

    def turn(self, what: str, now: Ns) -> None:
        """The instant has come that a timer was set for: ask about those whose time is up, once."""
        venue = what.removeprefix(OVERDUE)
        patience, waiting = self._patience.get(venue), self._left.pop(venue)
        if patience is None:
            return
        while waiting and (waiting[0][1].heard or waiting[0][0] + patience <= now):
            _, child = waiting.popleft()
            if not child.heard:
                self._miss(child, patience, now)
        if waiting:
            self._left[venue] = waiting
            self._wire.wake(Ns(waiting[0][0] + patience), what)

    def _miss(self, child: Child, patience: Ns, now: Ns) -> None:
        self._missed(child, now)
        text = f"{child.venue} has said nothing of the child within {patience // SECOND} s"
        order_id = child.parent.order_id
        self._wire.note("alert", AlertNote(code="CHILD.UNANSWERED", text=text, parent=order_id, child=child.cl_ord_id))
        self._ask(child)
