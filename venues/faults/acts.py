"""What faults do to orders that a venue has. It is done to the floor's facts, and the floor tells of it."""

from collections.abc import Callable

import msgspec

from gateway.model import ExecType, ExecutionReport, Ns, OrdStatus, Px, Qty, average_px
from venues.floor.orders import OrderEntry
from venues.floor.party import PartyOrder
from venues.floor.reports import Reports
from venues.matching.orders import Fill

TEXT = "a fault of this venue"  # Text(58)


class OrderActs:
    def __init__(self, entry: OrderEntry, reports: Reports) -> None:
        self._entry = entry
        self._reports = reports

    def cancel(self, order: PartyOrder, now: Ns) -> None:
        """Nobody asked for it."""
        if order.leaves_qty:
            order.ended = OrdStatus.CANCELED
            self._reports.tell(order, ExecType.CANCELED, now, text=TEXT)
            self._out(order, now)

    def fill_late(self, order: PartyOrder, qty: int, now: Ns) -> None:
        """What was canceled is filled after all."""
        if order.price is not None:
            self._fill(order, qty, order.price, now)

    def overfill(self, order: PartyOrder, price: Px, lots: int, now: Ns) -> None:
        """Fill what is open and more, once."""
        if order.ended is None and order.cum_qty <= order.order_qty:
            self._out(order, now)
            if order.ended is None:
                more = lots * self._entry.profile.lot
                self._fill(order, order.leaves_qty + more, price, now)

    def bust(self, order: PartyOrder, report: ExecutionReport, now: Ns) -> None:
        """Take a fill back. What is open stays open, and OrderQty(38) is so much less."""
        qty, px = _executed(report)
        is_open = order.leaves_qty > 0
        order.cum_qty -= qty
        order.notional -= qty * px
        if is_open:
            order.order_qty = Qty(order.order_qty - qty)
        elif order.ended is None:
            order.ended = OrdStatus.CANCELED
        self._reports.tell(order, ExecType.TRADE_CANCEL, now, exec_ref_id=report.exec_id, text=TEXT)

    def correct(self, order: PartyOrder, report: ExecutionReport, ticks: int, now: Ns) -> None:
        """The price of a fill was another one."""
        qty, px = _executed(report)
        price = Px(px + ticks * self._entry.profile.ticks.at(px))
        order.notional += qty * (price - px)
        fill = Fill(order, order, price, Qty(qty))
        self._reports.tell(order, ExecType.TRADE_CORRECT, now, fill=fill, exec_ref_id=report.exec_id, text=TEXT)

    def forget(self, order: PartyOrder, now: Ns) -> None:
        """It is no longer on the book, and nobody is told."""
        if order.is_live:
            order.ended = OrdStatus.CANCELED
            self._out(order, now)

    def _fill(self, order: PartyOrder, qty: int, price: Px, now: Ns) -> None:
        order.cum_qty += qty
        order.notional += qty * price
        self._reports.tell(order, ExecType.TRADE, now, fill=Fill(order, order, price, Qty(qty)), text=TEXT)

    def _out(self, order: PartyOrder, now: Ns) -> None:
        if order.is_live:
            self._entry.withdraw(order, now)


def parts(report: ExecutionReport, count: int, lot: Qty, next_id: Callable[[], str]) -> list[ExecutionReport]:
    """A fill in so many reports of whole lots, or in as many as it has lots; CumQty, AvgPx and Commission follow."""
    qty, px = _executed(report)
    count = min(count, qty // lot)
    found, told = [], 0
    for number in range(1, count + 1):
        size = qty // lot * number // count * lot - told if number < count else qty - told
        rest = qty - told - size
        cum = report.cum_qty - rest
        fee = report.commission
        if fee is not None:
            fee = fee * (told + size) // qty - fee * told // qty
        found.append(
            msgspec.structs.replace(
                report,
                exec_id=report.exec_id if number == 1 else next_id(),
                ord_status=OrdStatus.PARTIALLY_FILLED if rest else report.ord_status,
                last_qty=Qty(size),
                cum_qty=Qty(cum),
                leaves_qty=Qty(report.leaves_qty + rest),
                avg_px=average_px(report.avg_px * report.cum_qty - rest * px, cum),
                commission=fee,
            )
        )
        told += size
    return found


def _executed(report: ExecutionReport) -> tuple[Qty, Px]:
    assert report.last_qty is not None and report.last_px is not None
    return report.last_qty, report.last_px
