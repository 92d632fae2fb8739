"""Parent and child orders: facts only. OrdStatus(39), LeavesQty(151) and AvgPx(6) are computed from them."""

from enum import Enum
from typing import Final

from gateway.model import CancelRequest, NewOrder, Ns, OrdStatus, Px, Qty, ReplaceRequest, average_px
from gateway.oms.strategy import Plan


class End(Enum):
    """How an order ended other than by being filled; the value is the status it then has."""

    REJECTED = OrdStatus.REJECTED
    CANCELED = OrdStatus.CANCELED
    EXPIRED = OrdStatus.EXPIRED


class Child:
    """One order of ours at a venue. What the venue has not answered stays reserved."""

    __slots__ = (
        "canceling", "cancels", "cl_ord_id", "cum_qty", "done", "ended_cum", "exec_ids", "may_rest", "parent", "price",
        "qty", "venue",
    )  # fmt: skip

    def __init__(self, *, cl_ord_id: str, parent: "ParentOrder", venue: str, qty: Qty, price: Px, may_rest: bool):
        self.cl_ord_id: Final = cl_ord_id
        self.parent: Final = parent
        self.venue: Final = venue
        self.qty: Final = qty
        self.price: Final = price
        self.may_rest: Final = may_rest  # it stays on the venue's book until filled or canceled
        self.cum_qty = Qty(0)
        self.exec_ids: dict[str, tuple[Qty, Px]] = {}  # what was booked, by the venue's ExecID
        self.done = False  # the venue said a terminal word and its quantities agree with ours
        self.ended_cum: Qty | None = None  # CumQty at which the venue ended it, while fills are missing to that
        self.cancels = 0  # requests of ours to cancel it
        self.canceling = False  # one of them is not answered yet

    @property
    def reserved(self) -> Qty:
        """What may still be filled."""
        return Qty(0) if self.done else Qty(max(self.qty - self.cum_qty, 0))


class ParentOrder:
    """A client's order."""

    __slots__ = (
        "accepted", "base_qty", "child_rejects", "children", "client", "cum_qty", "ended", "halted", "next_plan",
        "notional", "order", "order_id", "order_qty", "pending", "plan", "reserved", "sent_children", "slices",
        "traded_at_start", "wake_at", "withdrawn",
    )  # fmt: skip

    def __init__(self, *, order_id: str, client: str, order: NewOrder) -> None:
        self.order_id: Final = order_id
        self.client: Final = client  # CompID of the session it came on
        self.order = order  # as last accepted
        self.order_qty = order.order_qty  # OrderQty(38); a replace below CumQty leaves it at CumQty
        self.accepted = False
        self.ended: End | None = None
        self.cum_qty = Qty(0)
        self.notional = 0  # sum of price times quantity over all fills, in 1e-16
        self.pending: CancelRequest | ReplaceRequest | None = None
        self.halted = False  # something happened that a person has to look at; nothing more is released
        self.withdrawn: str | None = None  # why it is canceled though nobody asked
        self.children: dict[str, Child] = {}  # those that are not done
        self.reserved = Qty(0)  # sum of the children's
        self.sent_children = 0
        self.slices = 0  # releases so far
        self.child_rejects = 0
        self.plan: Plan | None = None  # set once accepted
        self.next_plan: Plan | None = None  # of a replace that waits for children to come back
        self.base_qty = Qty(0)  # CumQty when the schedule was last planned anew; the algo sees what is beyond
        self.traded_at_start = Qty(0)
        self.wake_at: Ns | None = None  # the instant the timer is set to

    @property
    def open(self) -> bool:
        """Whether it can still be filled as far as the client is concerned."""
        return self.accepted and self.ended is None and self.cum_qty < self.order_qty

    @property
    def leaves_qty(self) -> Qty:
        return Qty(self.order_qty - self.cum_qty) if self.open else Qty(0)

    @property
    def avg_px(self) -> Px:
        return average_px(self.notional, self.cum_qty)

    @property
    def ord_status(self) -> OrdStatus:
        """The highest that applies, in the order of precedence of FIX 4.4 Volume 4, "Order State Change Matrices"."""
        if self.pending is not None:
            is_cancel = isinstance(self.pending, CancelRequest)
            return OrdStatus.PENDING_CANCEL if is_cancel else OrdStatus.PENDING_REPLACE
        if self.cum_qty >= self.order_qty and self.accepted:
            return OrdStatus.FILLED
        if self.ended is not None:
            return self.ended.value
        if self.cum_qty:
            return OrdStatus.PARTIALLY_FILLED
        return OrdStatus.NEW if self.accepted else OrdStatus.PENDING_NEW
