"""Counterparties and the facts of their orders. Both outlive connections."""

from gateway.fix.session import Session
from gateway.model import NewOrder, OrdStatus, Px, Qty, Side
from venues.floor.fees import Turnover
from venues.floor.kinds import limit_of
from venues.matching.orders import PLAIN, Order, Terms


class Party:
    """A counterparty: its session, every ClOrdID(11) it has used, and what it has traded."""

    __slots__ = ("link", "orders", "session", "turnover")

    def __init__(self, session: Session) -> None:
        self.session = session
        self.link: int | None = None
        self.orders: dict[str, PartyOrder] = {}
        self.turnover = Turnover()


class PartyOrder(Order):
    """The facts of a counterparty's order. `leaves` is the book's; what is reported follows from `cum_qty`."""

    __slots__ = (
        "cum_qty",
        "ended",
        "is_triggered",
        "limit_found",
        "notional",
        "order_id",
        "order_qty",
        "party",
        "request",
    )

    def __init__(self, party: Party, request: NewOrder, order_id: str, terms: Terms = PLAIN) -> None:
        super().__init__(
            is_buy=request.side is Side.BUY, price=limit_of(request), leaves=request.order_qty, terms=terms
        )
        self.party = party
        self.request = request  # the last one accepted: its ClOrdID(11) is the order's
        self.order_id = order_id
        self.order_qty = request.order_qty
        self.cum_qty = 0
        self.notional = 0  # sum of price times quantity
        self.is_triggered = False  # of a stop order
        self.limit_found: Px | None = None  # at which a market order became a limit order
        self.ended: OrdStatus | None = None  # Canceled, Rejected or Expired

    @property
    def status(self) -> OrdStatus:
        if self.ended is not None:
            return self.ended
        if self.cum_qty >= self.order_qty:
            return OrdStatus.FILLED
        return OrdStatus.PARTIALLY_FILLED if self.cum_qty else OrdStatus.NEW

    @property
    def leaves_qty(self) -> Qty:
        return Qty(0 if self.ended is not None else max(self.order_qty - self.cum_qty, 0))
