"""[routing], and what a [[venue]] says of its costs and of its market data."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from gateway.model import Qty, Settings, Visibility, print_scaled
from gateway.model.health import BreakerSettings, HealthSettings
from gateway.model.routing import RoutePolicy, Spray, VenueCosts, Ways
from gateway.run.limits_table import px, qty
from gateway.run.market_table import FeedKeys
from gateway.run.tables import Table

_BPS = 10_000  # 1e-8 of a notional
_MOST = 100 * _BPS


def _bps(value: object) -> int:
    """Basis points, in 1e-8 of the notional."""
    rate, more = divmod(px(value), _BPS)
    if more or abs(rate) > _MOST:
        raise ValueError("must be at most 100 basis points, with at most 4 decimals")
    return rate


Bps = Annotated[int, BeforeValidator(_bps)]


class RoutingTable(Table):
    policy: Literal["price_time", "fee_aware", "latency_aware", "smart", "dark_first", "cont_kukanov"] = "price_time"
    under_bps: Annotated[Bps, Field(ge=0)] = 0
    protect: bool = False
    spray: Literal["at_once", "sequential", "together"] = "at_once"
    ping_min_qty: Annotated[Qty, BeforeValidator(qty), Field(ge=0)] = Qty(0)
    learn: bool = HealthSettings().learn
    learn_from: int = Field(default=HealthSettings().least, ge=1, le=10_000)
    statistics_half_life_s: int = Field(default=HealthSettings().half_life_s, ge=300, le=30 * 86_400)
    breaker_failures: int = Field(default=BreakerSettings().failures, ge=0, le=1_000)
    breaker_window_s: int = Field(default=BreakerSettings().window_s, ge=1, le=86_400)
    breaker_rest_s: int = Field(default=BreakerSettings().rest_s, ge=1, le=86_400)
    breaker_most_s: int = Field(default=BreakerSettings().most_s, ge=1, le=86_400)
    statistics_every_s: int = Field(default=HealthSettings().every_s, ge=1, le=86_400)


class VenueKeys(FeedKeys):
    kind: Literal["lit", "dark"] = "lit"
    taker_fee_bps: Bps = 0
    maker_fee_bps: Bps = 0
    adverse_bps: Annotated[Bps, Field(ge=0)] = 0
    latency_us: int = Field(default=0, ge=0, le=10_000_000)


def ways(table: RoutingTable) -> Ways:
    return Ways(protect=table.protect, under=table.under_bps, spray=Spray(table.spray), ping_min_qty=table.ping_min_qty)


def costs(venue: VenueKeys) -> VenueCosts:
    return VenueCosts(
        taker_fee=venue.taker_fee_bps,
        maker_fee=venue.maker_fee_bps,
        adverse=venue.adverse_bps,
        latency_us=venue.latency_us,
    )


def health(routing: RoutingTable) -> HealthSettings:
    return HealthSettings(
        learn=routing.learn,
        least=routing.learn_from,
        half_life_s=routing.statistics_half_life_s,
        every_s=routing.statistics_every_s,
        breaker=BreakerSettings(
            failures=routing.breaker_failures,
            window_s=routing.breaker_window_s,
            rest_s=routing.breaker_rest_s,
            most_s=routing.breaker_most_s,
        ),
    )


def told(settings: Settings) -> Iterator[str]:
    """How orders find their venues, for people."""
    if settings.routing is not RoutePolicy.PRICE_TIME:
        yield f"routing: {settings.routing}, where an order does not say otherwise"
    if settings.ways.under:
        yield f"routing: what rests in vain costs {print_scaled(settings.ways.under * 10_000)} bps more"
    if settings.ways.protect:
        yield "routing: nothing is taken at a worse price than what is left of a better one elsewhere"
    if settings.ways.spray is Spray.SEQUENTIAL:
        yield "routing: one venue after the other"
    if settings.ways.spray is Spray.TOGETHER:
        yield "routing: what is sent to several venues arrives at one instant"
    if settings.ways.ping_min_qty:
        yield f"routing: in the dark at least {print_scaled(settings.ways.ping_min_qty)} is asked for"
    for venue in settings.venues:
        known = venue.costs
        if venue.kind is Visibility.DARK:
            yield f"venue {venue.name}: dark: only what asks for it goes there"
        if known != VenueCosts():
            rates = (("taker fee", known.taker_fee), ("maker fee", known.maker_fee), ("adverse move", known.adverse))
            words = [f"{name} {print_scaled(rate * 10_000)} bps" for name, rate in rates if rate]
            words += [f"{known.latency_us} us away"] if known.latency_us else []
            yield f"venue {venue.name}: {', '.join(words)}"


def blind(settings: Settings) -> str | None:
    """What is missing for the policy to differ from a plainer one; None: nothing is."""
    if settings.routing is RoutePolicy.DARK_FIRST and not any(v.kind is Visibility.DARK for v in settings.venues):
        return "routing.policy: dark_first, and no [[venue]] is dark; it is as smart"
    needed = {
        RoutePolicy.FEE_AWARE: ("taker_fee_bps",),
        RoutePolicy.LATENCY_AWARE: ("latency_us",),
        RoutePolicy.SMART: ("taker_fee_bps", "latency_us", "adverse_bps"),
    }.get(settings.routing)
    if needed is None:
        return None
    fields = [key.removesuffix("_bps") for key in needed]
    if any(getattr(venue.costs, field) for venue in settings.venues for field in fields):
        return None
    learns = settings.health.learn and settings.routing is not RoutePolicy.FEE_AWARE
    until = " until enough was learned" if learns else ""
    return f"routing.policy: {settings.routing}, and no [[venue]] has {' or '.join(needed)}; it is as price_time{until}"
