"""What a gateway makes of what venues show, as it tells it to operators."""

from msgspec import Struct

from gateway.model.numbers import Ns, Px, Qty


class Nbbo(Struct, frozen=True, kw_only=True):
    """The best bid and offer of all that may be traded on, as shown. Size 0: nobody shows that side."""

    symbol: str
    bid: Px
    bid_size: Qty
    bid_venues: tuple[str, ...]
    ask: Px
    ask_size: Qty
    ask_venues: tuple[str, ...]
    state: str  # '', LOCKED or CROSSED
    confirmed: bool  # whoever shows the best has had the time to be heard since the last of them changed


class Activity(Struct, frozen=True, kw_only=True):
    """How much trades in a symbol, and how its price moves. None: it is not known, or not yet."""

    symbol: str
    traded: Qty  # today
    to_come: Qty | None  # today, by what is usual and by what has traded so far
    spread: Px | None
    volatility: int | None  # of a minute, as a fraction of the price in 1e-8


class Rung(Struct, frozen=True, kw_only=True):
    """One price of one side of the consolidated book."""

    price: Px
    size: Qty  # of all venues together
    own: Qty  # what of it is ours
    venues: dict[str, Qty]  # the same, by venue


class Ladder(Struct, frozen=True, kw_only=True):
    """The consolidated book of a symbol, best first."""

    symbol: str
    bids: tuple[Rung, ...]
    asks: tuple[Rung, ...]


class FeedQuality(Struct, frozen=True, kw_only=True):
    """One venue's market data. The figures are 0 to 100, None before there is anything to judge by."""

    venue: str
    is_up: bool
    symbols: int  # that it was asked for, and did not refuse
    stale: tuple[str, ...]  # those in which it is not traded on
    heard: Ns | None  # when its last message came
    offset: Ns | None  # of its clock: how far ours is before it
    completeness: int | None
    accuracy: int | None
    timeliness: int | None
    consistency: int | None
    reliability: int | None


class MarketStatus(Struct, frozen=True, kw_only=True):
    at: Ns  # all of it is as of then
    quotes: tuple[Nbbo, ...]
    activity: tuple[Activity, ...]
    feeds: tuple[FeedQuality, ...]
    ladder: Ladder | None = None  # of the symbol that was asked for
