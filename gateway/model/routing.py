"""How the router chooses among venues, and what it is told about them."""

from enum import StrEnum

from msgspec import Struct


class RoutePolicy(StrEnum):
    """The names are those of the parameter RoutePolicy."""

    PRICE_TIME = "price_time"  # best price, then size, then the venues' order
    FEE_AWARE = "fee_aware"  # price and fee
    LATENCY_AWARE = "latency_aware"  # price, and how far it moves while we are on our way
    SMART = "smart"  # all that taking there costs
    CONT_KUKANOV = "cont_kukanov"  # what may wait for a deadline rests in part; taking is as by smart
    DIRECTED = "directed"  # the venue that the client names


class VenueCosts(Struct, frozen=True, gc=False, kw_only=True):
    """What trading on a venue costs beyond the price; rates are of the notional, in 1e-8 (10_000 is 1 bps)."""

    taker_fee: int = 0  # negative is a rebate
    maker_fee: int = 0
    adverse: int = 0  # how far the price usually goes on against us after what we take there
    latency_us: int = 0  # how long an order takes to it


class Route(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What an order says of its way."""

    policy: RoutePolicy | None = None  # None: the gateway's
    venues: tuple[str, ...] = ()  # only these; empty: all
    without: tuple[str, ...] = ()
    most: int | None = None  # venues that one release goes to

    def allows(self, venue: str) -> bool:
        return venue not in self.without and (not self.venues or venue in self.venues)
