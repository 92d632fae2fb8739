"""The end of the trading day and the beginning of the next.

At the close an order for the day ends: Done for Day if something of it was filled, Expired if not. One that is good
till canceled or till a date rests, and is restated when the next day begins, at midnight UTC (FIX vol. 4, A.1.b, H.1).
Orders that an algo works have ends of their own.
"""

from collections.abc import Mapping
from typing import Final

from gateway.model import SECOND, ExecRestatementReason, ExecType, Ns, TimeInForce
from gateway.oms.conditions import WAITS, WORKS
from gateway.oms.ends import Closing, End
from gateway.oms.order import Day, ParentOrder
from gateway.oms.slicing import Slicer
from gateway.oms.wire import Reports, Wire

CLOSE: Final = "close"  # what the timer is set for; no OrderID is like it
OPEN: Final = "open"
_LENGTH: Final = 86_400 * SECOND
_GOOD_TILL: Final = (TimeInForce.GTC, TimeInForce.GTD)


class TradingDay:
    def __init__(self, wire: Wire, reports: Reports, slicer: Slicer, parents: Mapping[str, ParentOrder]) -> None:
        self._wire = wire
        self._reports = reports
        self._slicer = slicer
        self._parents = parents
        self._close_s: int | None = None
        self._next: Ns | None = None  # the close that the timer is set for

    def configure(self, close_s: int | None) -> None:
        """`close_s` is the end of the trading day in seconds after midnight UTC; None: days do not end."""
        self._close_s = close_s
        self._next = None

    def close(self, now: Ns) -> Ns | None:
        """The next end of a trading day; None where there is none."""
        if self._close_s is None:
            return None
        if self._next is None or now >= self._next:
            close = now - now % _LENGTH + self._close_s * SECOND
            self._next = Ns(close if close > now else close + _LENGTH)
            self._wire.wake(self._next, CLOSE)
        return self._next

    def turn(self, what: str, now: Ns) -> None:
        """The instant has come that a timer was set for."""
        if what == CLOSE:
            self._ended(now)
        elif what == OPEN:
            self._begun(now)

    def _ended(self, now: Ns) -> None:
        carried = False
        for parent in list(self._parents.values()):
            plan = parent.plan
            if plan is None or not parent.open or parent.order.target_strategy is not None:
                continue
            if plan.immediate and parent.children:
                continue  # They come back by themselves.
            if parent.order.time_in_force in _GOOD_TILL:
                carried = True
                if parent.day is None:
                    parent.day = Day()
                parent.day.closing = not parent.day.done
            elif plan.end <= now and parent.closing is None:
                parent.closing = Closing(End.DONE_FOR_DAY)
            else:
                continue
            self._slicer.work(parent, now)
        if carried:
            self._wire.wake(Ns(now - now % _LENGTH + _LENGTH), OPEN)

    def rest(self, parent: ParentOrder, now: Ns) -> None:
        """Done for Day as soon as what is out has come back."""
        day = parent.day
        assert day is not None
        if parent.children:
            self._slicer.children.pull(parent, now)
        elif day.closing:
            day.closing, day.done = False, True
            self._slicer.forget(parent)
            self._reports.send(parent, ExecType.DONE_FOR_DAY, now)

    def _begun(self, now: Ns) -> None:
        """Good-till orders go on: what was filled until now is carried, the day counts from zero."""
        for parent in list(self._parents.values()):
            day = parent.day
            if day is None or not parent.open or not parent.rests:
                continue
            day.closing = day.done = False
            day.carried_qty, day.carried_notional = parent.cum_qty, parent.notional
            day.first_exec = self._reports.count + 1
            more = WORKS if parent.works(now) else WAITS
            self._reports.send(parent, ExecType.RESTATED, now, restated=ExecRestatementReason.GT_RENEWAL, more=more)
            self._slicer.work(parent, now)
        self.close(now)
