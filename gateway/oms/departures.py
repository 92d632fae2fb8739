"""Children that wait before they leave, so that all of a release arrives at its venues at one instant.

Whoever sees the first of them arrive cannot be faster than the others. What waits is reserved as if it were out. It is
not sent if anything comes between: then it is back as soon as its timer rings, at once where it is called back.
"""

from collections.abc import Callable
from typing import Final

from gateway.model import NewOrder, Ns, Quote
from gateway.oms.notes import AlertNote
from gateway.oms.order import Child
from gateway.oms.wire import Wire

DEPARTURE: Final = ">"  # before the ClOrdID(11) that a timer is set for


class Departures:
    """`against` says what speaks against sending a child now, that was judged by that quote; `leave` sends it."""

    def __init__(
        self,
        wire: Wire,
        against: Callable[[Child, Quote, Ns], str | None],
        leave: Callable[[Child, NewOrder, Ns], None],
    ) -> None:
        self._wire = wire
        self._against = against
        self._leave = leave
        self._waiting: dict[str, tuple[Child, NewOrder, Quote]] = {}  # by ClOrdID(11)

    def __contains__(self, child: Child) -> bool:
        return child.cl_ord_id in self._waiting

    def wait(self, child: Child, order: NewOrder, quote: Quote, until: Ns) -> None:
        self._waiting[child.cl_ord_id] = (child, order, quote)
        self._wire.wake(until, DEPARTURE + child.cl_ord_id)

    def call_back(self, child: Child, now: Ns) -> None:
        child.canceling = True
        self._wire.wake(now, DEPARTURE + child.cl_ord_id)

    def turn(self, what: str, now: Ns) -> Child | None:
        """The instant has come that a timer was set for: a child leaves, or is given back."""
        found = self._waiting.pop(what.removeprefix(DEPARTURE), None)
        if found is None:
            return None
        child, order, quote = found
        why = self._against(child, quote, now)
        if why is None:
            self._leave(child, order, now)
            return None
        if not child.canceling:
            text, parent = f"the child was not sent to {child.venue}: {why}", child.parent.order_id
            self._wire.note("alert", AlertNote(code="CHILD.NOT_SENT", text=text, parent=parent, child=child.cl_ord_id))
        return child
