"""What is to become of an order: requests that were taken, and how it ends."""

from enum import Enum

from msgspec import Struct

from gateway.model import ExecRestatementReason, NewOrder, OrdStatus
from gateway.oms.plan import Plan


class End(Enum):
    """How an order ended other than by being filled; the value is the status it then has."""

    REJECTED = OrdStatus.REJECTED
    CANCELED = OrdStatus.CANCELED
    EXPIRED = OrdStatus.EXPIRED
    DONE_FOR_DAY = OrdStatus.DONE_FOR_DAY


class Pending(Struct, frozen=True):
    """A cancel or replace that was taken and is not carried out yet."""

    cl_ord_id: str
    order: NewOrder | None = None  # as it shall be; None: the request is to cancel
    plan: Plan | None = None  # of that order
    by_telephone: bool = False  # it is no request, and its client hears of it when it is carried out


class Closing(Struct, frozen=True):
    """An order is to end as soon as its children are back, though nobody asked for that."""

    end: End
    text: str | None = None
    reason: ExecRestatementReason | None = None  # 378
