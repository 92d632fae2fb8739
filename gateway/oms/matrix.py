"""What every kind of order needs of venues, and what is done here whatever they offer.

`fixspecs/orders.md` prints it, and `gateway check` says which orders no venue of a configuration can have.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from gateway.model import VenueSettings, Visibility
from gateway.model.settings import Offer

Needs = tuple[frozenset[Offer], ...]  # of each, one venue has to offer all
_AT_ONCE: Final = frozenset({Offer.IOC})
_RESTS: Final = frozenset({Offer.DAY})
_WHOLE: Final = frozenset({Offer.FOK})


class Row(NamedTuple):
    order: str
    fields: str
    here: str  # what we do
    needs: Needs


MATRIX: Final = (
    Row("market, limit", "40=1, 2", "taken from what venues show; the rest waits here", (_AT_ONCE,)),
    Row("immediate or cancel", "59=3", "one release", (_AT_ONCE,)),
    Row("fill or kill", "59=4", "one child", (_WHOLE,)),
    Row("good till canceled, good till date", "59=1, 6", "kept here from day to day", (_AT_ONCE,)),
    Row("stop, stop limit", "40=3, 4", "waits here for its price", (_AT_ONCE,)),
    Row("market if touched", "40=J", "waits here for its price", (_AT_ONCE,)),
    Row("trailing stop", "40=P, 18=a", "waits here, its stop follows", (_AT_ONCE,)),
    Row("market to limit", "40=K", "a limit order at the best price", (_AT_ONCE,)),
    Row("pegged", "40=P, 18=R, P, M", "a child that we move", (_RESTS, _AT_ONCE)),
    Row("iceberg", "111, 1138", "one tip after the other", (_RESTS, _AT_ONCE)),
    Row("hidden", "111=0", "kept here", (_AT_ONCE,)),
    Row("least quantity", "110", "children of at least so much", (_WHOLE,)),
    Row("all or none", "18=G", "children of all", (_WHOLE,)),
    Row("participate don't initiate", "18=6", "passed on", (frozenset({Offer.DAY, Offer.POST_ONLY}),)),
    Row("not held", "18=1", "as any other", (_AT_ONCE,)),
    Row("at the opening", "59=2", "passed on", (frozenset({Offer.OPG}),)),
    Row("at the close", "59=7", "passed on", (frozenset({Offer.ATC}),)),
    Row("good till crossing", "59=5", "passed on", (frozenset({Offer.GTX}),)),
    Row("sell short, sell short exempt", "54=5, 6", "passed on with 114 and 5700", (_AT_ONCE,)),
    Row("algo", "847", "slices", (_AT_ONCE,)),
    Row("algo whose children rest", "847, ChildTIF 0", "slices", (_RESTS,)),
)


def lacking(venues: Iterable[VenueSettings]) -> list[str]:
    """The orders that will be refused because of what these venues do not offer."""
    offers = [frozenset(venue.offers) for venue in venues if venue.kind is Visibility.LIT]
    return [row.order for row in MATRIX if not all(any(need <= offered for offered in offers) for need in row.needs)]
