"""Children whose venue owes a word and does not say it: it is asked, a person is told, and they stay reserved.

No time makes a reject of silence, nor a cancel of a request for one. A venue's children are looked at in the order in
which they began to wait, so there is one timer a venue and word, however many of them there are.
"""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from gateway.model import SECOND, Ns, VenueSettings
from gateway.oms.notes import AlertNote
from gateway.oms.order import Child
from gateway.oms.wire import Wire


class Word(NamedTuple):
    mark: str  # before the venue that a timer is set for
    code: str  # of the alert
    text: str  # what the venue has not done
    is_owed: Callable[[Child, int], bool]  # still, of a child that had so many cancels when it began to wait


FIRST: Final = Word("?", "CHILD.UNANSWERED", "said nothing of the child", lambda child, _: not child.heard)
BACK: Final = Word(
    "!",
    "CHILD.NOT_BACK",
    "not given the child back",
    lambda child, cancels: not child.done and child.cancels == cancels,
)


class Overdue:
    """`missed` is told of a child whose word did not come in time, and then `ask` sends an OrderStatusRequest(H)."""

    def __init__(
        self, wire: Wire, word: Word, missed: Callable[[Child, Ns], None], ask: Callable[[Child], None]
    ) -> None:
        self._wire = wire
        self._word = word
        self._missed = missed
        self._ask = ask
        self._patience: dict[str, Ns] = {}  # of venues that have to answer
        self._waiting: dict[str, deque[tuple[Ns, Child, int]]] = {}  # by venue, oldest first; a timer is set for each

    def configure(self, venues: Iterable[VenueSettings]) -> None:
        self._patience = {venue.name: Ns(venue.ack_timeout_s * SECOND) for venue in venues if venue.ack_timeout_s}

    def wait(self, child: Child, now: Ns) -> None:
        """From now on its venue owes the word."""
        venue, is_owed = child.venue, self._word.is_owed
        patience = self._patience.get(venue)
        if patience is None:
            return
        waiting = self._waiting.get(venue)
        if waiting is None:
            waiting = self._waiting[venue] = deque()
            self._wire.wake(Ns(now + patience), self._word.mark + venue)
        while waiting:
            _, oldest, cancels = waiting[0]
            if is_owed(oldest, cancels):
                break
            waiting.popleft()  # so that those that were answered are not kept until the timer
        waiting.append((now, child, child.cancels))

    def turn(self, what: str, now: Ns) -> None:
        """The instant has come that a timer was set for: ask about those whose time is up, once."""
        venue, is_owed = what.removeprefix(self._word.mark), self._word.is_owed
        patience, waiting = self._patience.get(venue), self._waiting.pop(venue)
        if patience is None:
            return
        while waiting and (not is_owed(*waiting[0][1:]) or waiting[0][0] + patience <= now):
            _, child, cancels = waiting.popleft()
            if is_owed(child, cancels):
                self._late(child, patience, now)
        if waiting:
            self._waiting[venue] = waiting
            self._wire.wake(Ns(waiting[0][0] + patience), what)

    def _late(self, child: Child, patience: Ns, now: Ns) -> None:
        self._missed(child, now)
        text, order_id = f"{child.venue} has {self._word.text} within {patience // SECOND} s", child.parent.order_id
        note = AlertNote(code=self._word.code, text=text, parent=order_id, child=child.cl_ord_id)
        self._wire.note("alert", note)
        self._ask(child)
