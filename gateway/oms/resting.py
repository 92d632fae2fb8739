"""Where orders rest that show themselves: on which venue, at which price, and when they move.

What of ours rests there is no market to follow: no order is pegged to another one of ours. Nothing is sent to rest
where what the venue shows is stale. On dark venues rests only what says so.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from gateway.market import Markets
from gateway.model import Instrument, Ns, Posting, Px, Qty, Quote, Side, Visibility
from gateway.oms import posting as showing
from gateway.oms.offers import Offers
from gateway.oms.order import ParentOrder
from gateway.oms.pegging import peg_price
from gateway.oms.routing import Routing
from gateway.router import Split

_DARK = Visibility.DARK
Bound = Callable[[ParentOrder, Px | None, Quote, Ns], Px | None]


class Place(NamedTuple):
    """Of an order that shows itself, for now."""

    limit: Px | None  # nothing rests beyond it
    reach: Px | None  # nor is anything taken beyond this
    may_leave: bool  # a pegged order without a price may not
    may_rest: bool
    look_again: Ns | None  # then it may do what it may not now
    call_back: bool  # what rests is in the wrong place


class Resting:
    """`bound(parent, limit, quote, now)` is the worst price of a child, of all that speak against a worse one."""

    def __init__(self, offers: Offers, routing: Routing, bound: Bound) -> None:
        self._offers = offers
        self._routing = routing
        self._bound = bound
        self._markets = Markets()
        self._instruments: Mapping[str, Instrument] = {}

    def configure(self, markets: Markets, instruments: Mapping[str, Instrument]) -> None:
        self._markets = markets
        self._instruments = instruments

    def place(self, parent: ParentOrder, posting: Posting, limit: Px | None, now: Ns) -> Place:
        """Where the order is to be. What came back has no successor at once: the venue may go on so."""
        moves_at = Ns(parent.posted_at + posting.patience)
        rests = [child for child in parent.children if child.may_rest]
        came_back = not rests and now < moves_at and _came_back(parent, posting)
        if posting.peg is None:
            again = moves_at if came_back else None
            return Place(limit, limit, may_leave=True, may_rest=not came_back, look_again=again, call_back=False)
        symbol, side = parent.order.symbol, parent.order.side
        tick, quote = self._instruments[symbol].tick, self._markets.quote(symbol)
        price = peg_price(posting.peg, side, self._markets.view(symbol), tick)
        if price is not None:
            price = showing.price(posting, side, self._bound(parent, price, quote, now), quote, tick)
        slack = posting.slack * tick
        is_misplaced = any(price is None or abs(child.price - price) > slack for child in rests)
        waits = came_back or (is_misplaced and price is not None and now < moves_at)
        farther = posting.discretion if side == Side.BUY else -posting.discretion
        return Place(
            price,
            None if price is None else Px(price + farther),
            may_leave=price is not None,
            may_rest=not came_back,
            look_again=moves_at if waits else None,
            call_back=is_misplaced and not waits,
        )

    def strays(self, parent: ParentOrder, where: Visibility) -> bool:
        """Whether something of it is to be called back, since it rests on a venue of the other kind."""
        dark = self._offers.dark
        return any(child.may_rest and (child.venue in dark) != (where is _DARK) for child in parent.children)

    def next(
        self,
        parent: ParentOrder,
        posting: Posting,
        release: Qty,
        limit: Px | None,
        *,
        trades_on: Callable[[str], bool],
        where: Visibility | None,
    ) -> Split | None:
        """What of the order is to rest now; nothing while as much of it is out as may be.

        A venue that rejected the last one is not tried again before the others.
        """
        symbol, side, is_stale = parent.order.symbol, parent.order.side, self._markets.is_stale
        assert parent.plan is not None
        offering = self._offers.here(showing.needs(posting), symbol, where or Visibility.LIT)
        here = self._routing.places(parent.plan, offering)
        venues = [venue for venue in here if trades_on(venue) and not is_stale(symbol, venue)]
        if len(parent.children) >= posting.at_a_time or not venues:
            return None
        instrument = self._instruments[symbol]
        price = showing.price(posting, side, limit, self._markets.quote(symbol), instrument.tick)
        size = showing.size(posting, release, instrument.lot)
        if price is None or size < instrument.min_qty:
            return None
        return Split(venues[parent.child_rejects % len(venues)], size, price)


def _came_back(parent: ParentOrder, posting: Posting) -> bool:
    """Whether the child that rested last was not filled. What moves is not called back for another reason."""
    last = next((child for child in reversed(parent.sent) if child.may_rest), None)
    if last is None or last.cum_qty >= last.qty:
        return False
    return posting.peg is not None or not last.cancels
