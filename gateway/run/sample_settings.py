"""Settings of a gateway that trades one symbol on simulated venues, for those who have none of their own yet."""

from collections.abc import Iterable

from gateway.model import Instrument, Limits, Settings, VenueSettings, Visibility, parse_px, parse_qty
from gateway.model.routing import RoutePolicy, VenueCosts, Ways
from gateway.model.sessions import SessionConfig
from gateway.model.settings import OPTIONAL
from venues.offbook.kinds import AT_MIDDLE
from venues.profile import Profile

COMP_ID = "GATEWAY"


def sample_settings(
    *,
    clients: Iterable[str],
    venues: Iterable[Profile],
    symbol: str,
    routing: RoutePolicy = RoutePolicy.PRICE_TIME,
    under: int = 0,
) -> Settings:
    """Clients and venues by their CompIDs; generous limits."""
    worth = parse_qty("20000000")
    limits = Limits(
        max_order_qty=parse_qty("100000"), max_order_notional=worth, max_list_notional=worth, collar_bps=500
    )
    return Settings(
        comp_id=COMP_ID,
        clients=tuple(SessionConfig(sender=COMP_ID, target=client) for client in clients),
        venues=tuple(
            VenueSettings(
                name=venue.name,
                session=SessionConfig(sender=COMP_ID, target=venue.comp_id, initiator=True),
                ask_status=True,
                costs=VenueCosts(
                    taker_fee=venue.taker_fee,
                    maker_fee=venue.maker_fee,
                    latency_us=venue.latency.in_us + venue.latency.in_tail_us,
                ),
                kind=Visibility.DARK if venue.kind in AT_MIDDLE else Visibility.LIT,
                offers=venue.round_the_clock().offers,
            )
            for venue in venues
        ),
        instruments=(Instrument(symbol=symbol, tick=parse_px("0.01")),),
        limits={symbol: limits},
        no_limits=OPTIONAL,
        routing=routing,
        ways=Ways(under=under),
    )
