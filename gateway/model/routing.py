"""How the router chooses among venues, and what it is told about them."""

from enum import StrEnum

from msgspec import Struct

from gateway.model.numbers import Qty


class RoutePolicy(StrEnum):
    """The names are those of the parameter RoutePolicy."""

    PRICE_TIME = "price_time"  # best price, then size, then the venues' order
    FEE_AWARE = "fee_aware"  # price and fee
    LATENCY_AWARE = "latency_aware"  # price, and how far it moves while we are on our way
    SMART = "smart"  # all that taking there costs
    DARK_FIRST = "dark_first"  # what a dark venue has at the middle, then as by smart
    CONT_KUKANOV = "cont_kukanov"  # what may wait for a deadline rests in part; taking is as by smart
    DIRECTED = "directed"  # the venue that the client names


class VenueCosts(Struct, frozen=True, gc=False, kw_only=True):
    """What trading on a venue costs beyond the price; rates are of the notional, in 1e-8 (10_000 is 1 bps)."""

    taker_fee: int = 0  # negative is a rebate
    maker_fee: int = 0
    adverse: int = 0  # how far the price usually goes on against us after what we take there
    latency_us: int = 0  # how long an order takes to it


class Spray(StrEnum):
    """In which order the parts of one release are sent."""

    AT_ONCE = "at_once"
    SEQUENTIAL = "sequential"  # one, and what is left then after its answer
    TOGETHER = "together"  # so that all arrive at one instant


class Ways(Struct, frozen=True, gc=False, kw_only=True):
    """What holds for all orders, whatever their policy."""

    protect: bool = False  # nothing is taken at a worse price than what is left of a better one elsewhere
    under: int = 0  # what a share that rested in vain costs beyond what is expected, in 1e-8 of its price
    spray: Spray = Spray.AT_ONCE
    ping_min_qty: Qty = Qty(0)  # least fill of what is asked for in the dark; 0: any


class Route(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What an order says of its way."""

    policy: RoutePolicy | None = None  # None: the gateway's
    venues: tuple[str, ...] = ()  # only these; empty: all
    without: tuple[str, ...] = ()
    most: int | None = None  # venues that one release goes to

    def allows(self, venue: str) -> bool:
        return venue not in self.without and (not self.venues or venue in self.venues)
