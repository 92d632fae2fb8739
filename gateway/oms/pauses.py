"""Orders that are suspended for a while: nothing more of them is sent, what rests is called back, and time goes on.

An operator says so, or venues reject its children, and the client is told of both ends; or the client itself does.
"""

from typing import Final

from gateway.model import ExecRestatementReason, ExecType, Ns
from gateway.oms.order import NO_VENUE, ParentOrder
from gateway.oms.slicing import Slicer
from gateway.oms.wire import Reports

_BY_US: Final = ExecRestatementReason.BROKER_OPTION

CLIENT: Final = "its client"  # by ExecInst(18) S, and a replace without that lets it go on
OPERATOR: Final = "an operator"
REJECTS: Final = "rejects of venues"


class Pauses:
    def __init__(self, reports: Reports, slicer: Slicer) -> None:
        self._reports = reports
        self._slicer = slicer

    def pause(self, parent: ParentOrder, by: str, now: Ns) -> None:
        """Suspended(9), `by` one of the above. Of one that is suspended already nobody is told."""
        if parent.paused or not parent.open:
            return
        parent.paused = by
        self._reports.send(parent, ExecType.SUSPENDED, now, text=f"suspended by {by}")
        self._slicer.children.pull(parent, now)

    def resume(self, parent: ParentOrder, now: Ns) -> None:
        """Restated(D): it goes on as if nothing had been rejected yet."""
        parent.paused, parent.child_rejects = "", 0
        parent.shunned = NO_VENUE
        self._slicer.slept(parent)
        self._reports.send(parent, ExecType.RESTATED, now, restated=_BY_US, text="goes on")
        self._slicer.work(parent, now)
