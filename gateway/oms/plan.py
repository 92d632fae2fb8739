"""How an order is to be worked, as far as that was decided when it was taken."""

from msgspec import Struct

from gateway.model import Algo, Common, Ns, Posting, Px, Qty, Rejection, TimeInForce
from gateway.model.routing import Route
from gateway.oms.triggers import Trigger


class Plan(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A validated strategy and its window."""

    algo: Algo
    start: Ns
    end: Ns
    expire_at: Ns | None  # when the order itself ends; None: the trading day or the client ends it
    note: str | None  # how something was read that the client may not expect
    immediate: bool = False  # one release; what it does not get is canceled
    child_tif: TimeInForce = TimeInForce.IOC  # DAY: what a child does not get at once rests on the venue
    trigger: Trigger | None = None  # what the order waits for before anything is sent
    posting: Posting | None = None  # how it shows itself; None: children are for what venues show
    limit: Px | None = None  # of an order that became a limit order here
    arrival: Px = Px(0)  # middle of the market when it was taken, for an algo; 0: there was none
    min_qty: Qty | None = None  # with children that are fill or kill, the least that one may be; None: all of it
    route: Route | None = None  # what the order says of its way; None: nothing
    dry_run: bool = False  # its client wants to know what would be done, and nothing is to be done
    common: Common | None = None  # what was said to its algo beside its own parameters; None: no algo, or a hedge


class Refused(Exception):
    """An order that breaks a rule; the text begins with its code."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.rejection = Rejection(text)
