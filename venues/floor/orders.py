"""Order entry: what counterparties ask of the books, and what becomes of it."""

import msgspec

from gateway.fix.messages import read_cancel, read_new_order, read_replace
from gateway.fix.reader import Message
from gateway.model import (
    CxlRejReason,
    ExecRestatementReason,
    ExecType,
    NewOrder,
    Ns,
    OrdRejReason,
    OrdStatus,
    OrdType,
    Px,
    Qty,
)
from venues.floor.auctions import Auctions
from venues.floor.feed import Feed
from venues.floor.kinds import limit_of, terms_of
from venues.floor.party import Party, PartyOrder
from venues.floor.refusals import Admission, Rejection, refusal_to_change
from venues.floor.reports import ADDED, REMOVED, Reports
from venues.matching.book import Book, Event, Fill, Order
from venues.matching.orders import Decremented, Ended, Repriced, Terms, Triggered, Why
from venues.offbook.kinds import VenueKind
from venues.profile import Profile

MAX_CL_ORD_IDS = 1_000_000  # of one counterparty, cancels not counted; they are kept to know them again


class OrderEntry:
    def __init__(self, books: dict[str, Book], feed: Feed, auctions: Auctions, reports: Reports) -> None:
        self._books = books
        self._feed = feed
        self._auctions = auctions
        self._reports = reports
        self._admission = Admission(reports.profile)
        self.expires_at: Ns | None = None  # the earliest order, unless it is gone

    @property
    def profile(self) -> Profile:
        return self._reports.profile

    @profile.setter
    def profile(self, profile: Profile) -> None:
        self._reports.profile = profile
        self._admission = Admission(profile)

    # -- requests

    def new_order(self, message: Message, party: Party, now: Ns, refused: Rejection | None = None) -> None:
        """NewOrderSingle(D), which may be refused whatever it says."""
        request = read_new_order(message)
        order = PartyOrder(party, request, self._reports.next_id())
        if request.cl_ord_id in party.orders:
            why = Rejection(OrdRejReason.DUPLICATE_ORDER, "ClOrdID(11) was used before")
            self._reports.reject(order, why, now)
            return
        if len(party.orders) >= MAX_CL_ORD_IDS:
            self._reports.reject(order, Rejection(OrdRejReason.BROKER, f"more than {MAX_CL_ORD_IDS} ClOrdIDs"), now)
            return
        party.orders[request.cl_ord_id] = order
        refused = refused or self._refusal(request, now)
        if refused is not None:
            self._reports.reject(order, refused, now)
            return
        order.terms = self._terms(party, request)
        events = self._auctions.submit(request.symbol, order, request.time_in_force)
        first = events[0] if events else None
        if order.terms.to_limit and isinstance(first, Repriced):
            order.limit_found = first.price
            events = events[1:]
        self._reports.new(order, now)
        self.happened(request.symbol, events, now)

    def cancel(self, message: Message, party: Party, now: Ns, refused: tuple[CxlRejReason, str] | None = None) -> None:
        """OrderCancelRequest(F), which may be refused whatever it says."""
        request = read_cancel(message)
        cl_ord_id, orig = request.cl_ord_id, request.orig_cl_ord_id
        refused = refused or refusal_to_change(party, orig, cl_ord_id, request.symbol, request.side)
        if refused is not None:
            self._reports.cancel_reject(party, message, refused, now)
            return
        order = party.orders[cl_ord_id] = party.orders[orig]
        events = self._books[request.symbol].cancel(order)
        order.ended = OrdStatus.CANCELED
        self._reports.tell(order, ExecType.CANCELED, now, cl_ord_id=cl_ord_id, orig_cl_ord_id=orig)
        self.happened(request.symbol, events, now)

    def replace(self, message: Message, party: Party, now: Ns) -> None:
        """OrderCancelReplaceRequest(G). OrderQty(38) below CumQty(14) means CumQty (FIX vol. 4, C.3.c)."""
        request = read_replace(message)
        new, orig = request.order, request.orig_cl_ord_id
        refused = refusal_to_change(party, orig, new.cl_ord_id, new.symbol, new.side)
        if refused is None:
            refused = self._refusal_to_replace(party.orders[orig], new, now)
        if refused is not None:
            self._reports.cancel_reject(party, message, refused, now)
            return
        order = party.orders[new.cl_ord_id] = party.orders[orig]
        events = self._change(order, new)
        self._reports.tell(order, ExecType.REPLACED, now, orig_cl_ord_id=orig)
        self.happened(new.symbol, events, now)

    def status(self, message: Message, party: Party, now: Ns) -> None:
        """OrderStatusRequest(H)."""
        request_id = message.get(790)
        echo = "" if request_id is None else f"790={request_id}\x01"
        order = party.orders.get(message.get(11) or "")
        if order is not None:
            self._reports.tell(order, ExecType.ORDER_STATUS, now, echo=echo)
        else:
            self._reports.unknown(message, party, echo, now)

    # -- what becomes of orders

    def withdraw(self, order: PartyOrder, now: Ns) -> None:
        """Take an order off its book."""
        symbol = order.request.symbol
        self.happened(symbol, self._books[symbol].cancel(order), now)

    def trade_in(self, symbol: str, reference: Px) -> None:
        """Put the symbol's band around a price, where the profile has one."""
        away = reference * self.profile.band_bps // 10_000
        if away:
            self._books[symbol].band = Px(reference - away), Px(reference + away)

    def expire(self, now: Ns) -> None:
        """End the orders whose ExpireTime(126) has come."""
        if self.expires_at is None or now < self.expires_at:
            return
        for symbol, book in self._books.items():
            if book.expires_at is not None and book.expires_at <= now:
                self.happened(symbol, book.expire(now), now)
        self.expires_at = min(
            [at for book in self._books.values() if (at := book.expires_at) is not None], default=None
        )

    def happened(self, symbol: str, events: list[Event], now: Ns) -> None:
        """Tell counterparties, not the venue's own participants, what became of their orders."""
        self._feed.touch(symbol)
        if not events:
            return
        for event in self._auctions.watch(symbol, events, now):
            if isinstance(event, Fill):
                self._filled(event, now)
                if event.in_call:
                    self.trade_in(symbol, event.price)
            elif isinstance(event.order, PartyOrder):
                self._tell(event, event.order, now)

    def _filled(self, fill: Fill, now: Ns) -> None:
        self._filled_side(fill.taker, fill, None if fill.in_call else REMOVED, now)
        self._filled_side(fill.maker, fill, None if fill.in_call else ADDED, now)

    def _filled_side(self, order: Order, fill: Fill, liquidity: str | None, now: Ns) -> None:
        if isinstance(order, PartyOrder):
            order.cum_qty += fill.qty
            order.notional += fill.qty * fill.price
            self._reports.trade(order, fill, liquidity, now)

    def _tell(self, event: Event, order: PartyOrder, now: Ns) -> None:
        tell = self._reports.tell
        match event:
            case Ended(why=Why.EXPIRED | Why.CROSSING):
                order.ended = OrdStatus.EXPIRED
                tell(order, ExecType.EXPIRED, now, text=event.why)
            case Ended():
                order.ended = OrdStatus.CANCELED
                tell(order, ExecType.CANCELED, now, text=event.why)
            case Triggered():
                order.is_triggered = True
                tell(order, ExecType.RESTATED, now, restated=ExecRestatementReason.OTHER, text="StopPx(99) was traded")
            case Decremented():
                order.order_qty = Qty(order.order_qty - event.qty)
                reason = ExecRestatementReason.PARTIAL_DECLINE
                tell(order, ExecType.RESTATED, now, restated=reason, text=Why.SELF_TRADE)
            case Repriced() if order.terms.to_limit:
                order.limit_found = event.price
                tell(order, ExecType.RESTATED, now, restated=ExecRestatementReason.REPRICING)
            case _:  # Tips that are renewed and pegs that move are nobody's business but the market's.
                pass

    # -- decisions

    def _refusal(self, request: NewOrder, now: Ns) -> Rejection | None:
        refused = self._admission.refusal(request, self._books.get(request.symbol), now)
        if refused is not None or (closed := self._auctions.refusal(request.symbol, request.time_in_force)) is None:
            return refused
        return Rejection(*closed)

    def _refusal_to_replace(self, order: PartyOrder, new: NewOrder, now: Ns) -> tuple[CxlRejReason, str] | None:
        if len(order.party.orders) >= MAX_CL_ORD_IDS:
            return CxlRejReason.BROKER, f"more than {MAX_CL_ORD_IDS} ClOrdIDs"
        old = order.request
        if new.ord_type is not old.ord_type or new.time_in_force is not old.time_in_force:
            return CxlRejReason.BROKER, "OrdType(40) and TimeInForce(59) of a resting order cannot change"
        if order.is_triggered and new.handling.stop_px != old.handling.stop_px:
            return CxlRejReason.BROKER, "StopPx(99) was traded"
        refused = self._refusal(new, now)
        return (CxlRejReason.OTHER, refused.text) if refused is not None else None

    def _change(self, order: PartyOrder, new: NewOrder) -> list[Event]:
        book = self._books[new.symbol]
        leaves = max(new.order_qty - order.cum_qty, 0)
        order.request = new
        order.order_qty = Qty(order.cum_qty + leaves)
        if not leaves:
            return book.cancel(order)
        price, terms = limit_of(new), self._terms(order.party, new)
        if order.is_triggered:
            terms = msgspec.structs.replace(terms, stop=None)
        if new.ord_type is OrdType.MARKET_WITH_LEFTOVER_AS_LIMIT:
            price = order.price
        return book.replace(order, price=price, leaves=leaves, terms=terms)

    def _terms(self, party: Party, request: NewOrder) -> Terms:
        name, profile = party.session.name, self.profile
        terms = terms_of(request, name, profile.self_trade)
        if profile.kind is VenueKind.INTERNAL:
            terms = msgspec.structs.replace(terms, owner=profile.firms.get(name, name))
        if terms.expires is not None and (self.expires_at is None or terms.expires < self.expires_at):
            self.expires_at = terms.expires
        return terms
