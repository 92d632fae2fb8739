"""Where messages pass between the order core and the outside: what they say of orders goes to the Guard's accounts and
to the governor, so that neither has to trust what the core thinks it did.
"""

from collections.abc import Callable
from typing import Final

from gateway.model import ExecType, ExecutionReport, NewOrder, Ns, Quote
from gateway.model.settings import FIRM
from gateway.risk.governor import Governor
from gateway.risk.guard import Guard

_OVER: Final = frozenset({ExecType.CANCELED, ExecType.EXPIRED, ExecType.REJECTED, ExecType.DONE_FOR_DAY})
_OPENS: Final = frozenset({ExecType.REPLACED, ExecType.RESTATED, ExecType.TRADE_CANCEL, ExecType.TRADE_CORRECT})
# Members of an Enum take their time to be looked up.
_TRADE, _NEW, _PENDING_REPLACE = ExecType.TRADE, ExecType.NEW, ExecType.PENDING_REPLACE


class Edge:
    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._governor = Governor()

    def told(
        self,
        client: str,
        order: NewOrder,
        report: ExecutionReport,
        quote: Callable[[str], Quote],
        now: Ns,
        *,
        pending: NewOrder | None,
    ) -> None:
        """A client hears of its order; `pending` are terms that a replace asks for, `quote` gives a symbol's."""
        guard, order_id, exec_type, leaves = self._guard, report.order_id, report.exec_type, report.leaves_qty
        self._governor.told(report)
        if exec_type is _TRADE:
            if report.last_qty and report.last_px is not None:
                guard.filled(order_id, client, order, qty=report.last_qty, px=report.last_px, now=now)
            if not leaves and pending is None:
                guard.ended(order_id)
        elif exec_type is _NEW:
            guard.accepted(order_id, client, order, quote(order.symbol), now)
        elif exec_type is _PENDING_REPLACE and pending is not None:
            market = quote(pending.symbol)
            guard.replacing(order_id, client, pending, cum_qty=report.cum_qty, quote=market, now=now)
        elif exec_type in _OPENS and leaves:
            guard.replaced(order_id, client, order, leaves, quote(order.symbol), pending=pending is not None)
        elif (exec_type in _OVER or exec_type in _OPENS) and not leaves:
            guard.ended(order_id)

    def over(self, order_id: str) -> None:
        """Of an order that was filled a last request is refused: it asks for no more."""
        self._guard.ended(order_id)

    def leaves(self, venue: str, order: NewOrder, child: NewOrder, now: Ns) -> bool:
        """A child of that order is about to leave; False: it must not, and the whole firm has stopped."""
        reason = self._governor.leaves(venue, child)
        if reason is not None:
            self._guard.trip(FIRM, reason, now)
            return False
        self._guard.released(order, venue, child, now)
        return True

    def heard(self, venue: str, report: ExecutionReport) -> None:
        """A venue says something of a child."""
        self._governor.heard(venue, report)
