"""The one question an algo answers: how much of the parent should be filled or working by now, and at what limit.

The host releases `due - filled - working`, splits it over venues, and asks again at `wake_at` or when the market
moves. An algo holds no timers, knows no venue, sends nothing; asked twice at one instant it answers the same.
"""

from functools import cache
from typing import ClassVar, Final, Protocol

from msgspec import Struct, structs
from pydantic import ConfigDict

from gateway.model.common import STRICT, Common
from gateway.model.constraints import Constraint, check
from gateway.model.enums import Side
from gateway.model.market import Instrument
from gateway.model.numbers import SCALE, Ns, Px, Qty
from gateway.model.orders import NewOrder
from gateway.model.parameters import Parameter, parameters
from gateway.model.posting import Posting, Visibility
from gateway.model.urgency import Urgency

LONGEST_LOOKBACK_S: Final = 3600


class Parent(Struct, frozen=True, gc=False, kw_only=True):
    """What an algo may know of its order."""

    symbol: str
    side: Side
    order_qty: Qty
    filled: Qty  # CumQty(14) so far, with what venues took back, which is not sent out again
    working: Qty  # sent to venues and not yet filled or given back
    limit: Px | None  # the client's Price(44)
    lot: Qty  # quantities are multiples of it
    min_qty: Qty  # a child is at least this large
    start: Ns  # first instant of the schedule
    end: Ns  # instant at which what is left expires
    arrival: Px  # middle of the market when the order or its last replace was taken; 0: there was none
    traded_at_start: Qty  # Market.traded at the start, and what has traded since that its algo excludes
    released_at: Ns  # when something of it was last sent to a venue; 0: never
    urgency: Urgency | None = None  # None: it says none
    seed: int = 0  # of what is left to chance with it
    last_fill: Ns = Ns(0)  # when something of it was filled last; 0: nothing was
    pairing: "Pairing | None" = None  # of an order that is hedged by another, or of that other


class Shares(Protocol):
    """What trades when in a day."""

    def share(self, start: Ns, end: Ns) -> int:
        """Of a day's volume, in 1e-12, what comes between two instants of one day."""


class Curve(Shares, Protocol):
    """What trades when in a symbol, as it looks at the instant of the decision."""

    def usual(self, now: Ns) -> Qty | None:
        """What trades on a usual day; None before there was one."""

    def named(self, name: str) -> Shares | None:
        """A kind of day that the gateway's configuration has; None: it has none of that name."""


class Estimates(Protocol):
    """How wide and how lively the market in a symbol is. None: it is not known long enough."""

    @property
    def spread(self) -> Px | None:
        """The usual distance between the best bid and offer."""

    def volatility(self, seconds: int) -> int | None:
        """The usual change of the price over a span, as a fraction of it in 1e-8."""


class Past(Protocol):
    """The middle of bid and offer, without ours, at whole seconds up to LONGEST_LOOKBACK_S back.

    At a second at which a side was missing it is not known.
    """

    def middle(self, at: Ns) -> Px | None:
        """At the last whole second up to then; None: not known."""

    def band(self, start: Ns, end: Ns) -> tuple[Px, Px] | None:
        """Mean and standard deviation over the seconds after `start` up to `end`; None: fewer than half are known."""


class Market(Struct, frozen=True, gc=False, kw_only=True):
    """The consolidated market in the parent's symbol. A side without quotes has size 0."""

    bid: Px
    bid_size: Qty
    ask: Px
    ask_size: Qty
    last: Px  # price of the last print, 0 before the first
    traded: Qty  # sum of all prints seen less all that we were filled; only differences mean something
    curve: Curve
    estimates: Estimates
    past: Past


class Hedge(Struct, frozen=True, gc=False, kw_only=True):
    """What is filled of an order is hedged by an order of its own, on the other side of another symbol."""

    symbol: str
    ratio: Px  # shares of it for one of the order's, in 1e-8
    most: Qty | None  # that may be filled and not hedged; None: all of it
    wait: Ns  # the hedge ends that long after its last fill, or after it fell behind, if it still is

    def qty(self, filled: int, lot: int) -> Qty:
        """How much hedges that, in whole lots: what is left over counts with what is filled later."""
        qty = filled * self.ratio // SCALE
        return Qty(qty - qty % lot)

    def hedged(self, qty: int) -> Qty:
        """How much that hedges."""
        return Qty(qty * SCALE // self.ratio)


class Pairing(Struct, frozen=True, gc=False, kw_only=True):
    """How it stands with the other of two orders, of which one hedges the other."""

    hedges: bool  # the order is the hedge
    market: Market  # in the other's symbol
    avg_px: Px  # AvgPx(6) of the other; 0: nothing of it is filled
    unhedged: Qty  # what is not hedged of fills, in the order's own shares; of the hedge, what it is to do
    since: Ns  # when the hedge fell behind; 0: it has not


class Decision(Struct, frozen=True, gc=False, kw_only=True):
    """`due` counts from the parent's start, is capped at its OrderQty, and takes nothing back that is filled or out."""

    due: Qty
    limit: Px | None = None  # no child beyond it; None: the client's limit alone
    at_once: bool = False  # what is due is to be had now and is not slowed down: by no clip but MaxClip, by no rest
    wake_at: Ns | None = None  # ask again then at the latest; None: only when the market moves or a fill comes
    follows: bool = False  # ask again whenever the market moves, too
    posting: Posting | None = None  # how what is due shows itself; None: it takes what is shown
    where: Visibility | None = None  # only such venues; what rests on others is called back. None: as routed


class Algo(Protocol):
    """A frozen dataclass of pydantic's whose fields are declared with `parameter`.

    Parameters that contradict each other break one of `constraints`. What these cannot say is for a `__post_init__`,
    which calls this one and raises ValueError.
    """

    __slots__ = ()
    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    called: ClassVar[str] = ""  # its name; '': that of its class, in capitals
    constraints: ClassVar[tuple[Constraint, ...]] = ()
    where: ClassVar[Visibility | None] = None  # the only venues that it can be worked on; None: any
    has_schedule: ClassVar[bool] = True  # False: without an end it works for as long as a Duration may be
    is_immediate: ClassVar[bool] = False  # one release, and what that does not get is canceled
    awaits_auction: ClassVar[bool] = False  # what is out at its end is left to the venue, and it ends after that
    has_child_tif: ClassVar[bool] = True  # False: how its children show themselves is its own matter
    has_urgency: ClassVar[bool] = False  # nevertheless, Urgency is for those of which it says nothing
    has_allow_cross: ClassVar[bool] = True  # False: it is nothing without taking, or never takes
    usual_urgency: ClassVar[Urgency | None] = None  # of an order that says none
    has_steps: ClassVar[bool] = False  # it knows beforehand when it releases more, and chance may move that

    def __post_init__(self) -> None:
        check(self, self.constraints)

    def decide(self, parent: Parent, market: Market, now: Ns) -> Decision: ...

    def postings(self) -> tuple[Posting, ...]:
        """How it may show itself: of each, some venue has to offer what that needs."""
        return ()

    def objection(self, order: NewOrder, instrument: Instrument) -> str | None:  # noqa: ARG002
        """Why it cannot work such an order, beginning with the code."""
        return None

    def remark(self, parent: Parent, market: Market, now: Ns) -> str | None:  # noqa: ARG002
        """What the client should know of how its parameters are taken, and how far they can come, for Text(58)."""
        return None

    @property
    def hedge(self) -> Hedge | None:
        """How it is hedged; its `decide` is asked for both orders then. None: it is for one symbol."""
        return None

    def tip(self, parent: Parent) -> Qty | None:  # noqa: ARG002
        """No more of it is out at a time, and the next part leaves when that is gone; None: all that is due is."""
        return None

    @property
    def largest_child(self) -> Qty | None:
        """What none of its children exceeds, by its parameters; None: nothing bounds them."""
        return None

    @property
    def benchmark(self) -> Px | None:
        """The price by which the client measures it, where it said one; it is its Parent.arrival then."""
        return None

    @property
    def profile_name(self) -> str | None:
        """The kind of day that it goes by, where that has to be one of `Curve.named`."""
        return None

    @property
    def excludes(self) -> Qty | None:
        """Prints of others that are at least so large count nowhere in what it sees; None: all do."""
        return None


@cache
def common_to(kind: type[Algo]) -> tuple[Parameter, ...]:
    """What an order of that algo may say beside its own: of `Common` what it does not declare, and what concerns it."""
    own = {parameter.name for parameter in parameters(kind)}
    if not kind.has_child_tif:
        own |= {"ChildTIF", "CompleteByEnd"}
        if not kind.has_urgency:
            own.add("Urgency")
    if not kind.has_allow_cross:
        own.add("AllowCross")
    if not kind.has_steps:
        own |= {"RandomizeTime", "RandomizeSize"}
    usual = {} if kind.usual_urgency is None else {"Urgency": kind.usual_urgency}
    return tuple(
        structs.replace(parameter, default=usual.get(parameter.name, parameter.default))
        for parameter in parameters(Common)
        if parameter.name not in own
    )


def name_of(kind: type[Algo]) -> str:
    """What people call it."""
    return kind.called or kind.__name__.upper()
