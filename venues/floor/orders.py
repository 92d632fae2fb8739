"""Order entry: what counterparties ask of the books, and the reports that tell them what became of it."""

from typing import NamedTuple

from gateway.fix.messages import (
    read_cancel,
    read_new_order,
    read_replace,
    write_cancel_reject,
    write_execution_report,
)
from gateway.fix.reader import Message
from gateway.fix.session import Session
from gateway.model import (
    PLAIN,
    SCALE,
    CancelReject,
    CommType,
    CxlRejReason,
    CxlRejResponseTo,
    ExecType,
    ExecutionReport,
    Handling,
    NewOrder,
    Ns,
    OrdRejReason,
    OrdStatus,
    OrdType,
    Px,
    Qty,
    Side,
    TimeInForce,
    average_px,
    print_scaled,
)
from gateway.model.settings import Offer
from venues.floor.auctions import Auctions
from venues.floor.feed import Feed
from venues.matching.book import Book, Event, Fill, Order
from venues.matching.orders import Ended, Why
from venues.profile import Profile

MAX_CL_ORD_IDS = 1_000_000  # of one counterparty, cancels not counted; they are kept to know them again

ADDED, REMOVED = "1", "2"  # LastLiquidityInd(851)
_POST_ONLY = Handling(exec_inst=("6",))
_TIME_IS_OVER = (Why.EXPIRED, Why.CROSSING)
_SIDES = (Side.BUY, Side.SELL, Side.SELL_SHORT, Side.SELL_SHORT_EXEMPT)


class Rejection(NamedTuple):
    """Why a venue refuses an order, in its own words."""

    reason: OrdRejReason
    text: str


class Party:
    """A counterparty: its session, and every ClOrdID(11) it has used. Both outlive the connection, as its orders do."""

    __slots__ = ("link", "orders", "session")

    def __init__(self, session: Session) -> None:
        self.session = session
        self.link: int | None = None
        self.orders: dict[str, PartyOrder] = {}


class PartyOrder(Order):
    """The facts of a counterparty's order. `leaves` is the book's; what is reported follows from `cum_qty`."""

    __slots__ = ("cum_qty", "ended", "notional", "order_id", "order_qty", "party", "request")

    def __init__(self, party: Party, request: NewOrder, order_id: str) -> None:
        super().__init__(is_buy=request.side is Side.BUY, price=_limit(request), leaves=request.order_qty)
        self.party = party
        self.request = request  # the last one accepted: its ClOrdID(11) is the order's
        self.order_id = order_id
        self.order_qty = request.order_qty
        self.cum_qty = 0
        self.notional = 0  # sum of price times quantity
        self.ended: OrdStatus | None = None  # Canceled or Rejected

    @property
    def status(self) -> OrdStatus:
        if self.ended is not None:
            return self.ended
        if self.cum_qty == self.order_qty:
            return OrdStatus.FILLED
        return OrdStatus.PARTIALLY_FILLED if self.cum_qty else OrdStatus.NEW

    @property
    def leaves_qty(self) -> Qty:
        return Qty(0 if self.ended is not None else self.order_qty - self.cum_qty)


class OrderEntry:
    def __init__(
        self, books: dict[str, Book], feed: Feed, auctions: Auctions, profile: Profile, id_prefix: str
    ) -> None:
        self.profile = profile
        self._books = books
        self._feed = feed
        self._auctions = auctions
        self._id_prefix = id_prefix
        self._ids = 0

    # -- requests

    def new_order(self, message: Message, party: Party, now: Ns) -> None:
        """NewOrderSingle(D)."""
        request = read_new_order(message)
        order = PartyOrder(party, request, self._next_id())
        if request.cl_ord_id in party.orders:
            self._reject(order, Rejection(OrdRejReason.DUPLICATE_ORDER, "ClOrdID(11) was used before"), now)
            return
        if len(party.orders) >= MAX_CL_ORD_IDS:
            self._reject(order, Rejection(OrdRejReason.BROKER, f"more than {MAX_CL_ORD_IDS} ClOrdIDs"), now)
            return
        party.orders[request.cl_ord_id] = order
        refusal = self._refusal(request)
        if refusal is not None:
            self._reject(order, refusal, now)
            return
        events = self._auctions.submit(request.symbol, order, request.time_in_force)
        self._report(order, ExecType.NEW, now)
        self.happened(request.symbol, events, now)

    def cancel(self, message: Message, party: Party, now: Ns) -> None:
        """OrderCancelRequest(F)."""
        request = read_cancel(message)
        refusal = self._refusal_to_change(
            party, request.orig_cl_ord_id, request.cl_ord_id, request.symbol, request.side
        )
        if refusal is not None:
            self._cancel_reject(party, message, refusal, now)
            return
        order = party.orders[request.cl_ord_id] = party.orders[request.orig_cl_ord_id]
        events = self._books[request.symbol].cancel(order)
        order.ended = OrdStatus.CANCELED
        self._report(order, ExecType.CANCELED, now, cl_ord_id=request.cl_ord_id, orig_cl_ord_id=request.orig_cl_ord_id)
        self.happened(request.symbol, events, now)

    def replace(self, message: Message, party: Party, now: Ns) -> None:
        """OrderCancelReplaceRequest(G). OrderQty(38) below CumQty(14) means CumQty (FIX vol. 4, C.3.c)."""
        request = read_replace(message)
        new, orig = request.order, request.orig_cl_ord_id
        refusal = self._refusal_to_change(party, orig, new.cl_ord_id, new.symbol, new.side)
        if refusal is None:
            refusal = self._refusal_to_replace(party, party.orders[orig], new)
        if refusal is not None:
            self._cancel_reject(party, message, refusal, now)
            return
        order = party.orders[new.cl_ord_id] = party.orders[orig]
        events = self._change(order, new)
        self._report(order, ExecType.REPLACED, now, orig_cl_ord_id=orig)
        self.happened(new.symbol, events, now)

    def status(self, message: Message, party: Party, now: Ns) -> None:
        """OrderStatusRequest(H)."""
        cl_ord_id, request_id = message.get(11) or "", message.get(790)
        echo = "" if request_id is None else f"790={request_id}\x01"
        order = party.orders.get(cl_ord_id)
        if order is not None:
            self._report(order, ExecType.ORDER_STATUS, now, echo=echo)
            return
        report = ExecutionReport(
            order_id="NONE",
            exec_id="0",
            exec_type=ExecType.ORDER_STATUS,
            ord_status=OrdStatus.REJECTED,
            cl_ord_id=cl_ord_id,
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

    def happened(self, symbol: str, events: list[Event], now: Ns) -> None:
        """Tell counterparties, not the venue's own participants, what became of their orders."""
        self._feed.touch(symbol)
        for event in self._auctions.watch(symbol, events, now):
            if isinstance(event, Fill):
                sides = (None, None) if event.in_call else (REMOVED, ADDED)
                for order, liquidity in zip((event.taker, event.maker), sides, strict=True):
                    if isinstance(order, PartyOrder):
                        order.cum_qty += event.qty
                        order.notional += event.qty * event.price
                        self._report(order, ExecType.TRADE, now, fill=event, liquidity=liquidity)
            elif isinstance(event, Ended) and isinstance(event.order, PartyOrder):
                is_over = event.why in _TIME_IS_OVER
                event.order.ended = OrdStatus.EXPIRED if is_over else OrdStatus.CANCELED
                self._report(event.order, ExecType.EXPIRED if is_over else ExecType.CANCELED, now, text=event.why)

    def _next_id(self) -> str:
        self._ids += 1
        return f"{self._id_prefix}{self._ids}"

    # -- decisions

    def _refusal(self, request: NewOrder) -> Rejection | None:
        """Why an order, new or as it shall be, cannot be had here."""
        profile = self.profile
        if request.symbol not in self._books:
            return Rejection(OrdRejReason.UNKNOWN_SYMBOL, f"Symbol(55) {request.symbol[:32]} is not traded here")
        if request.side not in _SIDES:
            return Rejection(OrdRejReason.UNSUPPORTED, f"Side(54) {request.side} is not offered: 1, 2, 5 and 6 are")
        if request.ord_type not in (OrdType.MARKET, OrdType.LIMIT):
            return Rejection(OrdRejReason.UNSUPPORTED, f"OrdType(40) {request.ord_type} is not offered: 1 and 2 are")
        wanted = [request.time_in_force.name]
        if request.handling is not PLAIN or request.instructions:
            if request.handling != _POST_ONLY or request.instructions:
                return Rejection(OrdRejReason.UNSUPPORTED, "of all instructions only ExecInst(18) 6 is known here")
            wanted.append(Offer.POST_ONLY)
        for what in wanted:
            if what not in profile.offers:
                text = f"{what} is not offered: {', '.join(profile.offers)} are"
                return Rejection(OrdRejReason.UNSUPPORTED, text)
        shown = f"OrderQty(38) {print_scaled(request.order_qty)}"
        if request.order_qty < profile.min_qty or request.order_qty <= 0:
            return Rejection(
                OrdRejReason.INCORRECT_QUANTITY, f"{shown} is below the minimum {print_scaled(profile.min_qty)}"
            )
        if request.order_qty % profile.lot:
            return Rejection(
                OrdRejReason.INCORRECT_QUANTITY, f"{shown} is no multiple of the lot {print_scaled(profile.lot)}"
            )
        if (why := self._auctions.refusal(request.symbol, request.time_in_force)) is not None:
            return Rejection(*why)
        if request.ord_type is OrdType.MARKET:
            return None
        if request.price is None or request.price <= 0:
            return Rejection(OrdRejReason.OTHER, "Price(44) of a limit order must be above zero")
        if request.price % profile.tick:
            return Rejection(
                OrdRejReason.OTHER,
                f"Price(44) {print_scaled(request.price)} is no multiple of the tick {print_scaled(profile.tick)}",
            )
        if request.handling == _POST_ONLY:
            if request.time_in_force is not TimeInForce.DAY:
                return Rejection(OrdRejReason.OTHER, "ExecInst(18) 6 is for orders that rest")
            if self._books[request.symbol].meets(request.price, is_buy=request.side is Side.BUY):
                return Rejection(OrdRejReason.OTHER, "ExecInst(18) 6, and at its Price(44) it would take")
        return None

    def _refusal_to_change(
        self, party: Party, orig: str, cl_ord_id: str, symbol: str, side: Side
    ) -> tuple[CxlRejReason, str] | None:
        order = party.orders.get(orig)
        if order is None:
            return CxlRejReason.UNKNOWN_ORDER, "OrigClOrdID(41) is not known here"
        if cl_ord_id in party.orders:
            return CxlRejReason.DUPLICATE_CL_ORD_ID, "ClOrdID(11) was used before"
        if order.status not in (OrdStatus.NEW, OrdStatus.PARTIALLY_FILLED):
            return CxlRejReason.TOO_LATE, "the order is done"
        if order.request.cl_ord_id != orig:
            return CxlRejReason.UNKNOWN_ORDER, f"OrigClOrdID(41) was replaced by {order.request.cl_ord_id}"
        if order.request.symbol != symbol or order.request.side is not side:
            return CxlRejReason.OTHER, "Symbol(55) or Side(54) is not the order's"
        return None

    def _refusal_to_replace(self, party: Party, order: PartyOrder, new: NewOrder) -> tuple[CxlRejReason, str] | None:
        if len(party.orders) >= MAX_CL_ORD_IDS:
            return CxlRejReason.BROKER, f"more than {MAX_CL_ORD_IDS} ClOrdIDs"
        if new.ord_type is not OrdType.LIMIT or new.time_in_force is not order.time_in_force:
            return CxlRejReason.BROKER, "OrdType(40) and TimeInForce(59) of a resting order cannot change"
        refusal = self._refusal(new)
        return (CxlRejReason.OTHER, refusal.text) if refusal is not None else None

    def _change(self, order: PartyOrder, new: NewOrder) -> list[Event]:
        book = self._books[new.symbol]
        leaves = max(new.order_qty - order.cum_qty, 0)
        order.request = new
        order.order_qty = Qty(order.cum_qty + leaves)
        if not leaves:
            return book.cancel(order)
        return book.replace(order, price=new.price, leaves=leaves, terms=order.terms)

    # -- answers

    def _reject(self, order: PartyOrder, why: Rejection, now: Ns) -> None:
        order.ended = OrdStatus.REJECTED
        self._report(order, ExecType.REJECTED, now, reason=why.reason, text=why.text)

    def _report(
        self,
        order: PartyOrder,
        exec_type: ExecType,
        now: Ns,
        *,
        fill: Fill | None = None,
        liquidity: str | None = None,
        cl_ord_id: str | None = None,
        orig_cl_ord_id: str | None = None,
        reason: OrdRejReason | None = None,
        text: str | None = None,
        echo: str = "",
    ) -> None:
        request = order.request
        fee = None if fill is None else self._fee(fill, liquidity)
        report = ExecutionReport(
            order_id=order.order_id,
            exec_id="0" if exec_type is ExecType.ORDER_STATUS else self._next_id(),
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
            secondary_cl_ord_id=request.secondary_cl_ord_id,
            ord_rej_reason=reason,
            text=text,
            transact_time=now,
            echo=request.echo + echo,
        )
        order.party.session.send("8", write_execution_report(report), now)

    def _fee(self, fill: Fill, liquidity: str | None) -> int | None:
        """What the profile charges for its side of a fill, in 1e-8, to the nearest; None where that side is free."""
        rate = self.profile.maker_fee if liquidity == ADDED else self.profile.taker_fee
        return average_px(fill.qty * fill.price * rate, SCALE * SCALE) if rate else None

    @staticmethod
    def _cancel_reject(party: Party, message: Message, why: tuple[CxlRejReason, str], now: Ns) -> None:
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
        party.session.send("9", write_cancel_reject(reject), now)


def _limit(request: NewOrder) -> Px | None:
    return request.price if request.ord_type is OrdType.LIMIT else None
