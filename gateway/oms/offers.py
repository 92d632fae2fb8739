"""What venues can do with an order, and which of them are there. What none of them can is refused, not tried.

A venue that is asked says of each symbol whether it trades now; what it said holds until it says something else or
leaves.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from gateway.model import Rejection, TimeInForce, VenueSettings, Visibility
from gateway.model.routing import Route
from gateway.model.settings import Offer
from gateway.model.trading import SecurityStatus, SecurityTradingStatus, StatusSubscription
from gateway.oms.matrix import Needs
from gateway.oms.plan import Plan
from gateway.oms.posting import needs, postings_of

BY_TIME: Final = {TimeInForce[offer]: offer for offer in Offer if offer in TimeInForce.__members__}

_KEPT: Final = 1024  # answers that are remembered; clients may name venues in any order
_WAITS: Final = frozenset({Offer.DAY, Offer.ATC, Offer.POST_ONLY})
_TAKEN: Final[
    dict[str, frozenset[Offer]]
] = {  # in a SecurityTradingStatus(326), all that is not named takes everything
    SecurityTradingStatus.TRADING_HALT: frozenset(),
    SecurityTradingStatus.NO_OPEN_NO_RESUME: frozenset(),
    SecurityTradingStatus.NOT_AVAILABLE_FOR_TRADING: frozenset({Offer.OPG}),
    SecurityTradingStatus.NOT_TRADED_ON_THIS_MARKET: frozenset(),
    SecurityTradingStatus.UNKNOWN_OR_INVALID: frozenset(),
    SecurityTradingStatus.PRICE_INDICATION: _WAITS,
    SecurityTradingStatus.PRE_OPEN: _WAITS | {Offer.OPG},
    SecurityTradingStatus.OPENING_ROTATION: _WAITS | {Offer.OPG},
}


def needs_of(plan: Plan) -> Needs:
    """What venues have to offer for it."""
    postings = postings_of(plan)
    if not postings or any(posting.takes for posting in postings):
        return (*map(needs, postings), frozenset({BY_TIME[plan.child_tif]}))
    return tuple(map(needs, postings))


class Offers:
    def __init__(self) -> None:
        self.dark: frozenset[str] = frozenset()  # venues that show nothing
        self._takers: dict[TimeInForce, frozenset[str]] = {}  # venues by what they know of a child's TimeInForce(59)
        self._statuses: dict[str, dict[str, str]] = {}  # SecurityTradingStatus(326) by symbol and venue, if it matters
        self._offers: dict[str, frozenset[Offer]] = {}
        self._asked: frozenset[str] = frozenset()
        self._symbols: tuple[str, ...] = ()
        self._here: dict[str, None] = {}
        self._possible: set[tuple[TimeInForce, Visibility, Route | None]] = set()  # what orders that take asked for

    def configure(self, venues: Sequence[VenueSettings], symbols: Iterable[str]) -> None:
        """The venues of this start; none of them is there yet."""
        self._symbols = tuple(symbols)
        self._offers = {venue.name: frozenset(venue.offers) for venue in venues}
        self.dark = frozenset(venue.name for venue in venues if venue.kind is Visibility.DARK)
        self._asked = frozenset(venue.name for venue in venues if venue.ask_status)
        self._here, self._statuses = {}, {}
        self._possible.clear()
        lit = Visibility.LIT
        self._takers = {time: frozenset(self._offering({offer}, lit)) for time, offer in BY_TIME.items()}

    def came(self, venue: str) -> None:
        self._here[venue] = None

    def is_here(self, venue: str) -> bool:
        return venue in self._here

    def left(self, venue: str) -> None:
        self._here.pop(venue, None)
        for statuses in self._statuses.values():
            statuses.pop(venue, None)

    def questions(self, venue: str) -> Iterator[StatusSubscription]:
        """Whether it trades each symbol, for a venue that has come and is to be asked."""
        for symbol in self._symbols if venue in self._asked else ():
            yield StatusSubscription(request_id=f"S-{symbol}", subscription="1", symbol=symbol)

    def told(self, venue: str, status: SecurityStatus) -> None:
        """What a venue says of a symbol."""
        statuses = self._statuses.setdefault(status.symbol, {})
        statuses.pop(venue, None)
        if status.status in _TAKEN:
            statuses[venue] = status.status

    def takers(self, time_in_force: TimeInForce, symbol: str) -> frozenset[str]:
        """Lit venues that take such children in it now, there or not."""
        takers, statuses = self._takers[time_in_force], self._statuses.get(symbol)
        if not statuses:
            return takers
        offer = BY_TIME[time_in_force]
        return takers - {venue for venue, status in statuses.items() if offer not in _TAKEN[status]}

    def here(self, needed: frozenset[Offer], symbol: str, where: Visibility = Visibility.LIT) -> list[str]:
        """Venues of that kind that offer all of it in that symbol now, in their order of configuration."""
        statuses = self._statuses.get(symbol, {})
        offering = [venue for venue in self._offering(needed, where) if venue in self._here]
        return [venue for venue in offering if venue not in statuses or needed <= _TAKEN[statuses[venue]]]

    def refusal(self, plan: Plan) -> Rejection | None:
        """Why no venue could ever have what the plan asks for; None: one could."""
        route, where, takes = plan.route, plan.algo.where or Visibility.LIT, not postings_of(plan)
        if takes and route is None and self._takers[plan.child_tif]:
            return None
        asked = (plan.child_tif, where, route)
        if takes and asked in self._possible:
            return None
        if route is not None:
            for name in (*route.venues, *route.without):
                if name not in self._offers:
                    return Rejection(f"ROUTE.VENUE there is no venue {name[:64]}")
            if not any(map(route.allows, self._offers)):
                return Rejection("ROUTE.VENUE no venue is left")
        for needed in needs_of(plan):
            offering = self._offering(needed, where)
            if not (offering if route is None else any(map(route.allows, offering))):
                which = f"no {where} venue" if self.dark else "no venue"
                which += "" if route is None else " that the order may go to"
                return Rejection(f"ORDER.VENUE {which} offers {' and '.join(sorted(needed))}")
        if takes and len(self._possible) < _KEPT:
            self._possible.add(asked)
        return None

    def _offering(self, needed: Iterable[Offer], where: Visibility) -> list[str]:
        is_dark, dark = where is Visibility.DARK, self.dark
        offers = self._offers.items()
        return [venue for venue, offered in offers if (venue in dark) == is_dark and offered.issuperset(needed)]
