"""Scopes that stop trading: what is live in one is canceled, and who is entitled may stop one by a message.

That is an OrderMassCancelRequest(q) with StopScope(9008). To trade again takes operators; see gateway.risk.switch.
"""

from collections.abc import Callable, Container, Iterator, Sequence
from typing import Final

from gateway.model import ExecRestatementReason, MassCancelRequest, Ns, Rejection
from gateway.model import Scope as Requested
from gateway.model.settings import Scope
from gateway.oms.ends import Closing, End
from gateway.oms.inquiries import Inquiries
from gateway.oms.order import ParentOrder
from gateway.oms.slicing import Slicer
from gateway.risk import HALTED, Guard, scope_of

STOPPED: Final = "canceled because trading is stopped"


class Stops:
    """`close` ends an order though its client did not ask for that; `spoken` are OrderIDs of orders by telephone."""

    def __init__(
        self,
        guard: Guard,
        slicer: Slicer,
        inquiries: Inquiries,
        close: Callable[[ParentOrder, Closing, Ns], None],
        *,
        spoken: Container[str],
    ) -> None:
        self._guard = guard
        self._slicer = slicer
        self._inquiries = inquiries
        self._parents = slicer.orders
        self._close = close
        self._spoken = spoken

    def withdraw(self, client: str, now: Ns, text: str) -> None:
        """Cancel all that is open of a client, without a request of its own; `text` says why.

        What it said by telephone stays: its session was not needed for that. So do hedges, for what is filled.
        """
        for parent in list(self._parents.values()):
            if parent.client == client and parent.open and parent.order_id not in self._spoken and not parent.hedges:
                self._close(parent, Closing(End.CANCELED, text, ExecRestatementReason.BROKER_OPTION), now)

    def request(self, session: str, request: MassCancelRequest, may_stop: Sequence[str], now: Ns) -> None:
        """A session wants its StopScope(9008) stopped; it may do that to `may_stop`, kinds of scopes or their texts.

        OrderMassCancelReport(r) has the number of orders that are live there; `carry_out` cancels them.
        """
        try:
            scope = scope_of(request.stop_scope or "")
        except ValueError as unclear:
            unknown = Rejection(f"ORDER.SCOPE StopScope(9008): {unclear}"[:200])
            self._inquiries.answer_mass_cancel(session, request, wrong=unknown)
            return
        wrong = _wrong(session, scope, request, may_stop)
        if wrong is not None:
            self._inquiries.answer_mass_cancel(session, request, wrong=wrong)
            return
        self._inquiries.answer_mass_cancel(session, request, affected=sum(1 for _ in self._live_in(scope)))
        why = request.text or f"OrderMassCancelRequest {request.cl_ord_id[:64]}"
        self._guard.stop(scope, HALTED, what="kill", who=f"{session} by FIX", why=why[:500], now=now)

    def carry_out(self, now: Ns) -> None:
        """Cancel all that is live in scopes that were stopped, or may only reduce."""
        tripped = self._guard.tripped
        while tripped:
            scope = tripped.pop(0)
            for parent in self._live_in(scope):
                if scope.kind == "venue":
                    self._slicer.children.pull(parent, now, stopped=scope.name)
                else:
                    self._slicer.children.pull(parent, now, stopped="")
                    self._close(parent, Closing(End.CANCELED, STOPPED, ExecRestatementReason.BROKER_OPTION), now)

    def _live_in(self, scope: Scope) -> Iterator[ParentOrder]:
        for parent in list(self._parents.values()):
            if not (parent.open or parent.children):
                continue
            if scope.kind == "venue":
                concerned = any(child.venue == scope.name for child in parent.children)
            elif scope.kind == "order":
                concerned = parent.order_id == scope.name
            else:
                concerned = self._guard.concerns(scope, parent.client, parent.order)
            if concerned:
                yield parent


def _wrong(session: str, scope: Scope, request: MassCancelRequest, may_stop: Sequence[str]) -> Rejection | None:
    if scope.kind not in may_stop and str(scope) not in may_stop:
        return Rejection(f"ORDER.ENTITLED {session} may not stop {scope}"[:200])
    if request.scope is not Requested.ALL or request.side is not None:
        return Rejection("ORDER.SCOPE StopScope(9008) goes with MassCancelRequestType(530) 7 and without Side(54)")
    return None
