"""What a careful person at the gateway would write down, from nothing but what was sent and what venues said.

Written from fixspecs/orders.md, sections 5 and 8; it shares no code with the order core.
"""

from dataclasses import dataclass, field
from typing import Final

from gateway.model import ExecType, ExecutionReport, NewOrder, OrdStatus

ENDS: Final = (ExecType.CANCELED, ExecType.EXPIRED, ExecType.REJECTED, ExecType.DONE_FOR_DAY)
OVER: Final = (OrdStatus.CANCELED, OrdStatus.EXPIRED, OrdStatus.DONE_FOR_DAY, OrdStatus.FILLED)


@dataclass(eq=False)
class Sent:
    """A child."""

    order: NewOrder
    venue: str
    qty: int = 0  # what the venue works
    said: dict[str, tuple[int, int]] = field(default_factory=dict)  # by ExecID, all executions that were booked
    fills: dict[str, tuple[int, int]] = field(default_factory=dict)  # those that count
    live: bool = True  # nobody has said, and been right about it, that it can be filled no more
    ended_at: int | None = None  # CumQty at which the venue ended it
    excess: int = 0  # reported or worked beyond its quantity, or after its end
    cancels: list[str] = field(default_factory=list)

    @property
    def cum(self) -> int:
        return sum(qty for qty, _ in self.fills.values())

    @property
    def reserved(self) -> int:
        return max(self.qty - self.cum, 0) if self.live else 0

    @property
    def rests(self) -> bool:
        return self.order.time_in_force == "0"

    def take(self, report: ExecutionReport) -> None:
        """What the venue says of it."""
        kind = report.exec_type
        if (report.symbol, report.side) != (self.order.symbol, self.order.side):
            return
        if kind is ExecType.TRADE:
            self._trade(report)
        elif kind in (ExecType.TRADE_CANCEL, ExecType.TRADE_CORRECT):
            self._undo(report)
        elif self.live and (kind in ENDS or (kind is ExecType.ORDER_STATUS and report.ord_status in OVER)):
            self._end(report)
        elif self.live and kind is ExecType.RESTATED:
            wanted = report.order_qty or self.qty
            if report.cum_qty == self.cum and report.leaves_qty == wanted - self.cum:
                self.excess += max(wanted - self.qty, 0)  # nobody asked for that
                self.qty = wanted
                self.live = self.reserved > 0

    def _trade(self, report: ExecutionReport) -> None:
        qty, px = report.last_qty, report.last_px
        if not qty or px is None or report.exec_id in self.said:
            return
        self.excess += max(qty - self.reserved, 0)
        self.said[report.exec_id] = self.fills[report.exec_id] = (qty, px)
        self._done_if_all_came()

    def _done_if_all_came(self) -> None:
        self.live = self.live and self.cum < self.qty and self.cum != self.ended_at

    def _end(self, report: ExecutionReport) -> None:
        """It is believed where its quantities agree; else the missing fills may still come."""
        if report.cum_qty == self.cum and not report.leaves_qty:
            self.live, self.ended_at = False, self.cum
        elif report.cum_qty > self.cum:
            self.ended_at = report.cum_qty

    def _undo(self, report: ExecutionReport) -> None:
        target, corrects = report.exec_ref_id or "", report.exec_type is ExecType.TRADE_CORRECT
        qty, px = (report.last_qty, report.last_px) if corrects else (0, 0)
        if (corrects and not qty) or qty is None or px is None or report.exec_id in self.said:
            return
        if target not in self.fills:
            return
        before, (was, _) = self.reserved, self.fills.pop(target)
        self.said[report.exec_id] = (qty, px)
        if qty:
            self.fills[report.exec_id] = (qty, px)
        if qty > was:
            self.excess += max(qty - was - before, 0)
            self._done_if_all_came()
            return
        if not self.live and self.ended_at is None and report.leaves_qty:
            self.live = True  # it was filled, and the venue has it on its book again
        if self.live and report.cum_qty == self.cum:
            self.qty = min(self.qty, self.cum + report.leaves_qty)
        self.live = self.reserved > 0


SPOKEN: Final = "by telephone"  # no ClOrdID has a space


@dataclass(eq=False)
class Whole:
    """A client's order."""

    client: str
    order_id: str
    terms: NewOrder  # as last accepted
    chain: list[str]  # its ClOrdIDs as accepted, oldest first
    children: list[Sent] = field(default_factory=list)
    pending: list[str] = field(
        default_factory=list
    )  # ClOrdIDs of requests it was told are pending, oldest first, and SPOKEN
    spoken: NewOrder | None = None  # as it shall be, by telephone
    told: dict[str, tuple[int, int]] = field(default_factory=dict)  # by our ExecID, executions that count
    last: ExecutionReport | None = None  # but for those that tell nothing new

    @property
    def ended(self) -> bool:
        return self.last is not None and self.last.exec_type in ENDS and not self.last.leaves_qty

    @property
    def cum(self) -> int:
        return sum(child.cum for child in self.children)

    @property
    def reserved(self) -> int:
        return sum(child.reserved for child in self.children)

    @property
    def excess(self) -> int:
        return sum(child.excess for child in self.children)
