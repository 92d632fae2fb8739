"""The facts that the order core notes for the audit, because no message carries them."""

from collections.abc import Mapping

from msgspec import Struct

from gateway.model import NewOrder, Ns, Px, Qty
from gateway.model.positions import Held
from gateway.model.routing import RoutePolicy
from gateway.router import Candidate


class ParentNote(Struct, frozen=True, gc=False, kw_only=True):
    """A parent was accepted, in this market. Sizes 0 where a side had no quote."""

    order_id: str
    cl_ord_id: str
    client: str
    symbol: str
    side: str
    order_qty: Qty
    strategy: str | None
    bid: Px
    ask: Px
    start: Ns
    end: Ns
    seed: int = 0  # of what is left to chance; 0: nothing is


class ChildNote(Struct, frozen=True, gc=False):
    cl_ord_id: str
    venue: str
    qty: Qty
    price: Px


class DecisionNote(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A release of a parent, what the router saw, and the children that came of it."""

    parent: str
    slice: int
    due: Qty
    filled: Qty
    working: Qty
    release: Qty
    limit: Px | None
    bid: Px
    ask: Px
    candidates: list[Candidate]
    children: list[ChildNote]
    policy: str = RoutePolicy.PRICE_TIME
    why: str = ""  # in words; '': by the rule of price_time, or it is there to rest
    passed_over: Mapping[str, str] = {}  # venues that were no candidates -> why not
    through: Mapping[str, str] = {}  # venues with a better price that is left there -> that price, and why


class RiskNote(Struct, frozen=True, gc=False, kw_only=True):
    """An order was refused."""

    client: str
    order_id: str
    cl_ord_id: str
    symbol: str
    text: str


def refusal(client: str, order_id: str, order: NewOrder, text: str) -> RiskNote:
    return RiskNote(client=client, order_id=order_id, cl_ord_id=order.cl_ord_id, symbol=order.symbol, text=text)


class TelephoneNote(Struct, frozen=True, gc=False, kw_only=True):
    """An operator does for a client what that said by telephone, or suspends its order for a while."""

    order_id: str
    client: str
    what: str  # enter-order, replace-order, cancel-order, pause-order, resume-order
    who: str
    why: str
    before: str  # the order's terms, or whether it is suspended
    after: str


class SettledNote(Struct, frozen=True, gc=False, kw_only=True):
    """An operator says what became of a child."""

    order_id: str  # of its parent
    child: str
    venue: str
    what: str  # settle-child
    who: str
    why: str
    before: str  # how much of it was filled
    after: str
    report: Mapping[str, str]  # by tag, as its venue would have said it


class SplitNote(Struct, frozen=True, gc=False, kw_only=True):
    """Orders and positions of a symbol are in other shares."""

    symbol: str
    who: str
    why: str
    before: str  # shares, of which
    after: str  # so many were made


class AlertNote(Struct, frozen=True, gc=False, kw_only=True):
    """Something a person has to look at."""

    code: str
    text: str
    parent: str | None = None
    child: str | None = None


class PositionNote(Struct, frozen=True, gc=False, kw_only=True):
    """A position after a fill, a bust, a correction or a split."""

    account: str
    symbol: str
    position_id: str  # '' where the account nets
    venue: str  # where that happened
    exec_id: str  # '' of a split
    last_px: Px  # of the account's last fill in the symbol; what is held may be valued at it
    held: Held  # at all venues together
    at_venue: Held


class KeptNote(Struct, frozen=True, kw_only=True):
    """A message was numbered for a counterparty that is away."""

    session: str  # a client's CompID or a venue's name
    data: str  # the message, latin-1
