"""What of an order is to leave, before and after it was decided where to."""

from msgspec import Struct

from gateway.model import Decision, Posting, Px, Qty, Quote
from gateway.oms.plan import Plan
from gateway.oms.routing import Routed


class Wanted(Struct, frozen=True, gc=False):
    qty: Qty  # neither filled nor out
    due: Qty  # by now, with what is
    plan: Plan
    decision: Decision
    posting: Posting | None  # how it shows itself; None: it takes what is shown


class Release(Struct, frozen=True, gc=False):
    due: Qty  # by then, with what was filled or out
    qty: Qty
    limit: Px | None
    quote: Quote  # that was seen
    routed: Routed
