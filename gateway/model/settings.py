"""What a gateway is told about its world. The live driver journals it in `Started`, so that replay needs no file."""

from enum import StrEnum
from typing import Final, NamedTuple

from msgspec import Struct

from gateway.model.health import HealthSettings
from gateway.model.market import Instrument
from gateway.model.numbers import Ns, Qty
from gateway.model.positions import Accounting
from gateway.model.posting import Visibility
from gateway.model.routing import RoutePolicy, VenueCosts, Ways
from gateway.model.sessions import SessionConfig


class Scope(NamedTuple):
    """What a limit or a stop is about."""

    kind: str  # one of SCOPES
    name: str = ""  # of the client's session, account, symbol, TargetStrategy(847), venue or OrderID; '' of the firm

    def __str__(self) -> str:
        return f"{self.kind}={self.name}" if self.name else self.kind


SCOPES: Final = ("firm", "client", "account", "symbol", "algo", "venue", "order")
FIRM: Final = Scope("firm")
DIRECT: Final = "0"  # the name, among algos, of orders without TargetStrategy(847)


class Limits(Struct, frozen=True, kw_only=True):
    """What one scope may do. Of limits in several scopes of an order each holds. None: nobody set it here.

    Money is in 1e-8 of the currency unit. What each is compared with stands in fixspecs/risk.md.
    """

    max_order_qty: Qty | None = None
    max_order_notional: int | None = None
    collar_bps: int | None = None  # how far through the opposite best quote a price may be, in 1/10000
    rolling_collar_bps: int | None = None  # the same, through the best opposite price of the last minute
    max_quote_age_s: int | None = None  # of the quotes that prices are measured by
    max_adv_bps: int | None = None  # OrderQty in 1/10000 of `adv`
    duplicate_s: int | None = None  # how long an order of the same terms is taken for the same order; 0: not at all
    max_list_notional: int | None = None  # of all orders of a list together
    max_position: Qty | None = None  # long or short, of each symbol
    max_open_gross: int | None = None
    max_open_net: int | None = None
    max_credit: int | None = None
    max_day_qty: Qty | None = None  # of each symbol
    max_day_notional: int | None = None
    max_day_orders: int | None = None
    max_day_trades: int | None = None
    max_orders_per_s: int | None = None
    max_repeats: int | None = None  # children that one algo sends until a person lets it go on
    max_venue_gross: int | None = None  # open at one venue
    max_loss: int | None = None  # of a day
    max_drawdown: int | None = None  # from the day's best
    adv: Qty | None = None  # average daily volume, a fact of the symbol
    restricted: bool | None = None
    hard_to_borrow: bool | None = None


_ENTRY: Final = ("firm", "client", "account", "symbol", "algo")
LIMIT_SCOPES: Final[dict[str, tuple[str, ...]]] = dict.fromkeys(Limits.__struct_fields__, _ENTRY) | {
    "max_order_qty": (*_ENTRY, "venue"),
    "max_order_notional": (*_ENTRY, "venue"),
    "max_orders_per_s": (*_ENTRY, "venue"),
    "max_repeats": ("firm", "algo"),
    "max_venue_gross": ("firm", "venue"),
    "adv": ("symbol",),
    "restricted": ("symbol",),
    "hard_to_borrow": ("symbol",),
}
FACTS: Final = ("adv", "restricted", "hard_to_borrow")  # of a symbol; no limits
BASIC: Final = ("max_order_qty", "max_order_notional", "collar_bps")  # without these nothing can be judged
OF_LISTS: Final = ("max_list_notional",)  # nor, without these, any list
OPTIONAL: Final = tuple(name for name in Limits.__struct_fields__ if name not in (*BASIC, *OF_LISTS, *FACTS))


class StopStatus(Struct, frozen=True, kw_only=True):
    """A scope that does not trade freely."""

    scope: str
    state: str  # REDUCING or HALTED
    who: str
    why: str
    at: Ns
    rearming: bool  # somebody asked for it to trade again, and has to confirm


class LimitStatus(Struct, frozen=True, kw_only=True):
    scope: str
    limit: str
    value: str
    source: str  # 'file', or who set it since


class RiskStatus(Struct, frozen=True, kw_only=True):
    stops: tuple[StopStatus, ...]
    limits: tuple[LimitStatus, ...]


class Offer(StrEnum):
    """What a venue may do with an order: by TimeInForce(59), by its name, by OrdType(40), and by ExecInst(18)."""

    DAY = "DAY"
    IOC = "IOC"
    FOK = "FOK"
    OPG = "OPG"
    GTX = "GTX"
    ATC = "ATC"
    GTC = "GTC"
    GTD = "GTD"
    POST_ONLY = "POST_ONLY"  # ExecInst 6: it takes nothing
    STOP = "STOP"  # OrdType 3
    STOP_LIMIT = "STOP_LIMIT"  # OrdType 4
    MARKET_TO_LIMIT = "MARKET_TO_LIMIT"  # OrdType K
    ICEBERG = "ICEBERG"  # MaxFloor(111) or DisplayQty(1138)
    HIDDEN = "HIDDEN"  # the same with 0
    MIN_QTY = "MIN_QTY"  # MinQty(110)
    ALL_OR_NONE = "ALL_OR_NONE"  # ExecInst G
    PRIMARY_PEG = "PRIMARY_PEG"  # OrdType P, ExecInst R or PegPriceType(1094) 5
    MARKET_PEG = "MARKET_PEG"  # P or 4
    MIDPOINT_PEG = "MIDPOINT_PEG"  # M or 2


OFFERED: Final = (Offer.DAY, Offer.IOC, Offer.FOK)  # where nothing is said
STALE_AFTER_MS: Final = 10_000  # the same


class VenueSettings(Struct, frozen=True, kw_only=True):
    """One venue we call and trade on."""

    name: str  # a MIC: the port's name in LinkUp, LastMkt(30) on the client's reports
    session: SessionConfig  # we open it
    offers: tuple[Offer, ...] = OFFERED
    kind: Visibility = Visibility.LIT
    ask_status: bool = False  # whether it trades each symbol, by SecurityStatusRequest(e)
    ack_timeout_s: int = 0  # it is asked about a child of which it has said nothing by then; 0: never
    stale_after_ms: int = STALE_AFTER_MS  # what it shows is not traded on if it was silent so long while others moved
    feed_latency_us: int = 0  # how long its market data takes to us when nothing holds it up
    costs: VenueCosts = VenueCosts()


class DropCopySettings(Struct, frozen=True, kw_only=True):
    """A counterparty that is told of others' orders. Each filter that is not empty has to match."""

    session: SessionConfig  # no pattern
    clients: tuple[str, ...] = ()  # names of their sessions
    accounts: tuple[str, ...] = ()  # Account(1); '' is that of orders without one
    symbols: tuple[str, ...] = ()


class Permissions(Struct, frozen=True, kw_only=True):
    """Which algos, by TargetStrategy(847) or DIRECT, are for whom; who is not named may have them all."""

    clients: dict[str, tuple[str, ...]] = {}  # by the names or patterns of their sessions
    accounts: dict[str, tuple[str, ...]] = {}  # by Account(1)
    venues: dict[str, tuple[str, ...]] = {}


class Settings(Struct, frozen=True, kw_only=True):
    comp_id: str  # ours
    clients: tuple[SessionConfig, ...]  # a client's name is its session's
    venues: tuple[VenueSettings, ...]
    drop_copies: tuple[DropCopySettings, ...] = ()
    instruments: tuple[Instrument, ...]
    limits: dict[str, Limits]  # by symbol
    scoped_limits: dict[str, Limits] = {}  # of other scopes, by their texts: 'firm', 'client=CLIENT'
    no_limits: tuple[str, ...] = ()  # the limits of OPTIONAL that the owner does without; others unset refuse orders
    firms: dict[str, str] = {}  # whose sessions have their ClOrdIDs together, by session or pattern
    may_stop: dict[str, tuple[str, ...]] = {}  # kinds or texts of scopes, by the session or pattern that may stop them
    accounts: dict[str, Accounting] = {}  # how positions are kept; those not named net, at average cost
    open_s: int | None = None  # begin of the trading day in seconds after midnight UTC, from when on volume is counted
    close_s: int | None = None  # end of the trading day in seconds after midnight UTC, the default EndTime of an algo
    profiles: dict[str, tuple[int, ...]] = {}  # what trades in equal parts of the trading day, by its name
    routing: RoutePolicy = RoutePolicy.PRICE_TIME  # of orders that do not say
    ways: Ways = Ways()
    algos: Permissions = Permissions()
    health: HealthSettings = HealthSettings()
    seed: int | None = None  # of what is left to chance; None: the secret of the first start
    secret: int = 0  # drawn anew for every start


class Start(Struct, frozen=True):
    """Started.payload of a Gateway."""

    version: str
    config: Settings
