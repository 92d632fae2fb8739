"""What counterparties are told: ExecutionReport(8) and OrderCancelReject(9)."""

from typing import Final

from gateway.fix.messages import write_execution_report
from gateway.fix.messages.common import SIDE_FIELDS
from gateway.fix.reader import Message
from gateway.model import (
    PLAIN,
    CancelReject,
    CommType,
    CxlRejReason,
    CxlRejResponseTo,
    ExecRestatementReason,
    ExecType,
    ExecutionReport,
    Ns,
    OrdRejReason,
    OrdStatus,
    Px,
    Qty,
    Side,
    average_px,
    print_scaled,
    print_timestamp,
)
from venues.floor.outlet import Outlet
from venues.floor.party import Party, PartyOrder
from venues.floor.refusals import Rejection
from venues.matching.book import Fill
from venues.profile import Profile

ADDED, REMOVED = "1", "2"  # LastLiquidityInd(851)
_NEW: Final = ExecType.NEW  # members of an Enum take their time to be looked up
_TRADE: Final = ExecType.TRADE


class Reports:
    def __init__(self, profile: Profile, id_prefix: str, outlet: Outlet) -> None:
        self.profile = profile
        self._outlet = outlet
        self._id_prefix = id_prefix
        self._ids = 0

    def next_id(self) -> str:
        self._ids += 1
        return f"{self._id_prefix}{self._ids}"

    def new(self, order: PartyOrder, now: Ns) -> None:
        """The order is taken."""
        if not self._is_plain(order):
            self.tell(order, _NEW, now)
            return
        request = order.request
        qty = print_scaled(order.order_qty)
        # As `tell` writes it, and quicker.
        order.party.session.send(
            "8",
            f"37={order.order_id}\x0111={request.cl_ord_id}\x0117={self.next_id()}\x01150=0\x0139=0\x01"
            f"55={request.symbol}\x01{SIDE_FIELDS[request.side]}38={qty}\x01151={qty}\x0114=0\x016=0\x01"
            f"60={print_timestamp(now)}\x01{request.echo}",
            now,
        )

    def trade(self, order: PartyOrder, fill: Fill, liquidity: str | None, now: Ns) -> None:
        """The order has traded, and its `cum_qty` says so."""
        cum, qty, price = order.cum_qty, fill.qty, fill.price
        if not self._is_plain(order) or order.ended is not None or liquidity is None or cum > order.order_qty:
            self.tell(order, _TRADE, now, fill=fill, liquidity=liquidity)
            return
        request, profile = order.request, self.profile
        leaves = order.order_qty - cum
        traded, at = print_scaled(qty), print_scaled(price)
        in_all, on_average = (
            (traded, at) if cum == qty else (print_scaled(cum), print_scaled(average_px(order.notional, cum)))
        )
        fee = ""
        if profile.maker_fee or profile.taker_fee or profile.fee_tiers:
            amount = self._fee(fill, liquidity, order.party, now)
            fee = "" if amount is None else f"12={print_scaled(amount)}\x0113=3\x01"
        order.party.session.send(
            "8",
            f"37={order.order_id}\x0111={request.cl_ord_id}\x0117={self.next_id()}\x01150=F\x01"
            f"39={'1' if leaves else '2'}\x0155={request.symbol}\x01{SIDE_FIELDS[request.side]}"
            f"38={print_scaled(order.order_qty) if leaves else in_all}\x0132={traded}\x0131={at}\x01"
            f"30={profile.mic}\x01851={liquidity}\x01{fee}151={print_scaled(leaves) if leaves else '0'}\x01"
            f"14={in_all}\x016={on_average}\x0160={print_timestamp(now)}\x01{request.echo}",
            now,
        )

    def _is_plain(self, order: PartyOrder) -> bool:
        """Whether nothing but the usual fields is told of it, and nobody but its counterparty wants to know."""
        request = order.request
        return (
            request.handling is PLAIN
            and order.limit_found is None
            and request.secondary_cl_ord_id is None
            and self._outlet.is_quiet
        )

    def tell(
        self,
        order: PartyOrder,
        exec_type: ExecType,
        now: Ns,
        *,
        fill: Fill | None = None,
        liquidity: str | None = None,
        cl_ord_id: str | None = None,
        orig_cl_ord_id: str | None = None,
        exec_ref_id: str | None = None,
        reason: OrdRejReason | None = None,
        restated: ExecRestatementReason | None = None,
        text: str | None = None,
        echo: str = "",
    ) -> None:
        request = order.request
        fee = None if fill is None else self._fee(fill, liquidity, order.party, now)
        report = ExecutionReport(
            order_id=order.order_id,
            exec_id="0" if exec_type is ExecType.ORDER_STATUS else self.next_id(),
            exec_type=exec_type,
            ord_status=order.status,
            cl_ord_id=cl_ord_id or request.cl_ord_id,
            symbol=request.symbol,
            side=request.side,
            order_qty=order.order_qty,
            leaves_qty=order.leaves_qty,
            cum_qty=Qty(order.cum_qty),
            avg_px=average_px(order.notional, order.cum_qty),
            last_qty=fill.qty if fill is not None else None,
            last_px=fill.price if fill is not None else None,
            last_mkt=self.profile.mic if fill is not None else None,
            last_liquidity=liquidity,
            commission=fee,
            comm_type=None if fee is None else CommType.ABSOLUTE,
            orig_cl_ord_id=orig_cl_ord_id,
            exec_ref_id=exec_ref_id,
            price=order.limit_found,
            secondary_cl_ord_id=request.secondary_cl_ord_id,
            ord_rej_reason=reason,
            restatement_reason=restated,
            text=text,
            transact_time=now,
            echo=request.echo + echo,
            more=_working(order),
        )
        self._outlet.report(order, report, now)

    def reject(self, order: PartyOrder, why: Rejection, now: Ns) -> None:
        order.ended = OrdStatus.REJECTED
        self.tell(order, ExecType.REJECTED, now, reason=why.reason, text=why.text)

    @staticmethod
    def unknown(message: Message, party: Party, echo: str, now: Ns) -> None:
        """The answer to an OrderStatusRequest(H) about nothing we know."""
        report = ExecutionReport(
            order_id="NONE",
            exec_id="0",
            exec_type=ExecType.ORDER_STATUS,
            ord_status=OrdStatus.REJECTED,
            cl_ord_id=message.get(11) or "",
            symbol=message.get(55) or "",
            side=Side(message.get(54) or ""),
            order_qty=Qty(0),
            leaves_qty=Qty(0),
            cum_qty=Qty(0),
            avg_px=Px(0),
            ord_rej_reason=OrdRejReason.UNKNOWN_ORDER,
            text="ClOrdID(11) is not known here",
            transact_time=now,
            echo=echo,
        )
        party.session.send("8", write_execution_report(report), now)

    def cancel_reject(self, party: Party, message: Message, why: tuple[CxlRejReason, str], now: Ns) -> None:
        orig_cl_ord_id = message.get(41) or ""
        order = party.orders.get(orig_cl_ord_id)
        reject = CancelReject(
            order_id=order.order_id if order is not None else "NONE",
            cl_ord_id=message.get(11) or "",
            orig_cl_ord_id=orig_cl_ord_id,
            ord_status=order.status if order is not None else OrdStatus.REJECTED,
            response_to=CxlRejResponseTo.CANCEL if message.msg_type == "F" else CxlRejResponseTo.REPLACE,
            reason=why[0],
            text=why[1],
        )
        self._outlet.cancel_reject(party, reject, now)

    def _fee(self, fill: Fill, liquidity: str | None, party: Party, now: Ns) -> int | None:
        profile, notional = self.profile, fill.qty * fill.price
        return party.turnover.charge(notional, profile.tiers, profile.fee_period, now, has_added=liquidity == ADDED)


def _working(order: PartyOrder) -> str:
    """WorkingIndicator(636) of a stop order: whether its price was traded."""
    if order.request.handling.stop_px is None or order.ended is OrdStatus.REJECTED:
        return ""
    return "636=Y\x01" if order.is_triggered else "636=N\x01"
