"""What venues can do with an order, and which of them are there. What none of them can is refused, not tried."""

from collections.abc import Iterable
from typing import Final

from gateway.model import Rejection, TimeInForce, VenueSettings
from gateway.model.settings import Offer
from gateway.oms.matrix import Needs
from gateway.oms.strategy import Plan

BY_TIME: Final = {TimeInForce[offer]: offer for offer in Offer if offer in TimeInForce.__members__}


def needs_of(plan: Plan) -> Needs:
    """What venues have to offer for it."""
    posting = plan.posting
    if posting is None:
        return (frozenset({BY_TIME[plan.child_tif]}),)
    return (posting.needs, frozenset({BY_TIME[plan.child_tif]})) if posting.takes else (posting.needs,)


class Offers:
    def __init__(self) -> None:
        self.takers: dict[TimeInForce, frozenset[str]] = {}  # venues by what they know of a child's TimeInForce(59)
        self._offers: dict[str, frozenset[Offer]] = {}
        self._here: dict[str, None] = {}

    def configure(self, venues: Iterable[VenueSettings]) -> None:
        """The venues of this start; none of them is there yet."""
        self._offers = {venue.name: frozenset(venue.offers) for venue in venues}
        self._here = {}
        self.takers = {time: frozenset(self._offering({offer})) for time, offer in BY_TIME.items()}

    def came(self, venue: str) -> None:
        self._here[venue] = None

    def left(self, venue: str) -> None:
        self._here.pop(venue, None)

    def here(self, needed: frozenset[Offer]) -> list[str]:
        """Venues to send to that offer all of it, in their order of configuration."""
        return [venue for venue in self._offering(needed) if venue in self._here]

    def refusal(self, plan: Plan) -> Rejection | None:
        """Why no venue could ever have what the plan asks for; None: one could."""
        if plan.posting is None and self.takers[plan.child_tif]:
            return None
        for needed in needs_of(plan):
            if not self._offering(needed):
                text = f"ORDER.VENUE no venue offers {' and '.join(sorted(needed))}"
                return Rejection(text)
        return None

    def _offering(self, needed: Iterable[Offer]) -> list[str]:
        return [venue for venue, offered in self._offers.items() if offered.issuperset(needed)]
