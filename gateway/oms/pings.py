"""Dark venues asked first: whether they have what is due at the middle of the market, one after the other.

Each question is an immediate order for all that is due, and tells of it; so each venue is asked once in a round, and
the next round begins PINGED_FOR later at the earliest. A venue that has not answered by then gives it back.
"""

from collections.abc import Callable, Mapping
from typing import Final

from msgspec import structs

from gateway.market import Markets
from gateway.model import SECOND, Instrument, Ns, Posting, Px, Qty, Quote, Settings, Side, TimeInForce, Visibility
from gateway.model import print_scaled as say
from gateway.model.routing import RoutePolicy
from gateway.model.urgency import EFFECTS, Urgency
from gateway.oms.offers import Offers
from gateway.oms.order import ParentOrder, Round
from gateway.oms.plan import Plan
from gateway.oms.posting import needs
from gateway.oms.routing import Routed, Routing
from gateway.router import Split

PINGED_FOR: Final = Ns(SECOND)
_IOC, _DARK_FIRST, _BUY = TimeInForce.IOC, RoutePolicy.DARK_FIRST, Side.BUY


class Pings:
    def __init__(self, offers: Offers, routing: Routing) -> None:
        self._offers = offers
        self._routing = routing
        self._markets = Markets()
        self._instruments: Mapping[str, Instrument] = {}
        self._least = Qty(0)

    def configure(self, markets: Markets, settings: Settings, instruments: Mapping[str, Instrument]) -> None:
        self._markets = markets
        self._instruments = instruments
        self._least = settings.ways.ping_min_qty

    def concern(self, plan: Plan) -> bool:
        """Whether what is due is asked for in the dark first. What has to be had at once is not."""
        return self._routing.policy(plan) is _DARK_FIRST and plan.child_tif is _IOC and not plan.immediate

    @staticmethod
    def part(urgency: Urgency, release: Qty, instrument: Instrument) -> Qty:
        """Of what is to rest by an order's urgency, what is asked for in the dark before; 0 of what is too little."""
        asked = release * EFFECTS[urgency].dark // 100
        asked -= asked % instrument.lot
        return Qty(asked if asked >= instrument.min_qty else 0)

    @staticmethod
    def unanswered(parent: ParentOrder, now: Ns) -> list[str]:
        """The round is over: venues that have not said yet. As long as there are such, none is asked anew."""
        assert parent.round is not None
        venues = parent.round.venues
        late = [venue for venue in venues if any(child.venue == venue for child in parent.children)]
        parent.round = Round(Ns(now + PINGED_FOR), venues) if late else None
        return late

    def next(
        self, parent: ParentOrder, release: Qty, limit: Px | None, now: Ns, *, trades_on: Callable[[str], bool]
    ) -> tuple[Routed, Posting] | None:
        """The next venue to be asked, and how; it counts as asked from now on. None: it is the others' turn."""
        plan, symbol, side = parent.plan, parent.order.symbol, parent.order.side
        assert plan is not None
        instrument, quote = self._instruments[symbol], self._markets.others(symbol)
        if not (quote.bid_size and quote.ask_size) or quote.bid >= quote.ask:
            return None
        qty = Qty(release - release % instrument.lot)
        if qty < instrument.min_qty:
            return None
        plain = Posting(takes=False, min_qty=min(self._least, qty) or None, time_in_force=_IOC)
        pegged = structs.replace(plain, at_middle=True)
        asked = () if parent.round is None else parent.round.venues
        asking = self._offers.here(needs(plain), symbol, Visibility.DARK)
        pegging = self._offers.here(needs(pegged), symbol, Visibility.DARK)
        for venue in self._routing.places(plan, asking):
            posting = pegged if venue in pegging else plain
            price = _price(quote, side, instrument.tick, is_pegged=posting.at_middle)
            is_beyond = limit is not None and (price > limit if side == _BUY else price < limit)
            if venue not in asked and trades_on(venue) and not is_beyond:
                break
        else:
            return None
        until = Ns(now + PINGED_FOR) if parent.round is None else parent.round.until
        parent.round = Round(until, (*asked, venue))
        least = "" if posting.min_qty is None else f", {say(posting.min_qty)} at least"
        why = f"{venue} is asked in the dark, at the middle or better{least}, before anybody who shows something"
        return Routed([Split(venue, qty, price)], [], _DARK_FIRST, why), posting


def _price(quote: Quote, side: Side, tick: Px, *, is_pegged: bool) -> Px:
    """The middle in whole ticks; where the venue keeps to the middle itself the worse one, so that it is not missed."""
    twice = quote.bid + quote.ask
    steps = twice // (2 * tick) if (side == _BUY) != is_pegged else -(-twice // (2 * tick))
    return Px(steps * tick)
