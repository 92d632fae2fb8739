"""What is simulated: a part of a day, venues, a policy of the gateway's, and the orders of its client.

A scenario is written by hand as TOML, whatever it leaves out being as in `Scenario`:

    hours = 0.5
    venues = ["XLON", "BATE", "CHIX"]
    routing = "smart"
    [[order]]
    after = "00:02:00"     # since the opening
    side = "BUY"
    shares = 20000
    algo = "VWAP"
    parameters = { Duration = "900", NumSlices = "30" }
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, NamedTuple

from msgspec import Struct
from msgspec.structs import replace
from pydantic import BeforeValidator, Field

from gateway.model import MILLISECOND, SECOND, Ns, parse_px, parse_timestamp, print_timestamp
from gateway.model.routing import RoutePolicy
from gateway.run.algos import named
from gateway.run.routing_table import Bps
from gateway.run.tables import Id, Name, Table, TimeOfDay, read, validate
from venues.crowd.chance import Chance
from venues.crowd.facts import DAY
from venues.crowd.flow import Flow

OPENS = Ns(parse_timestamp("20260105-00:00:00") + DAY.opens_s * SECOND)
WHOLE_DAY_S = DAY.closes_s - DAY.opens_s
PART = "."  # of an order, before its number in ClOrdID(11)
_SIDES = {"BUY": True, "SELL": False}
_VALUE = re.compile(r"[^\x00-\x1f;=]{1,200}")


class Work(Struct, frozen=True, kw_only=True):
    """How an order is to be worked."""

    strategy: str = ""  # TargetStrategy(847); '': no algo
    parameters: Mapping[str, str] = {}

    def fields(self) -> str:
        if not self.strategy:
            return ""
        text = ";".join(f"{name}={value}" for name, value in self.parameters.items())
        return f"847={self.strategy}\x01" + (f"848={text}\x01" if text else "")


class Order(Struct, frozen=True, kw_only=True):
    """One that the client sends."""

    cl_ord_id: str
    at: Ns
    is_buy: bool
    shares: int
    price: str = ""  # '': a market order
    work: Work = Work()
    seconds: int = 0  # that an algo has, where it is not said; 0: until the end

    def body(self, symbol: str) -> str:
        return self._fields(symbol, self.cl_ord_id, self.shares) + self.work.fields()

    def bodies(self, symbol: str, displayed: Mapping[str, int]) -> Iterator[str]:
        """An order to each venue instead, in proportion to what it displays; to any, where nothing is displayed."""
        if not displayed:
            yield self._fields(symbol, self.cl_ord_id, self.shares)
        for number, (venue, shares) in enumerate(in_proportion(self.shares, displayed).items(), 1):
            yield self._fields(symbol, f"{self.cl_ord_id}{PART}{number}", shares) + f"100={venue}\x01"

    def _fields(self, symbol: str, cl_ord_id: str, shares: int) -> str:
        side, now = "1" if self.is_buy else "2", print_timestamp(self.at)
        kind = f"40=2\x0144={self.price}\x01" if self.price else "40=1\x01"
        return f"11={cl_ord_id}\x0155={symbol}\x0154={side}\x0160={now}\x0138={shares}\x01{kind}"


def in_proportion(shares: int, displayed: Mapping[str, int]) -> dict[str, int]:
    """Whole shares that add up, as near to the proportion as that allows; who would get none is not there."""
    whole, sizes, given = sum(displayed.values()), 0, 0
    found = {}
    for venue, size in displayed.items():
        sizes += size
        upto = (2 * shares * sizes + whole) // (2 * whole)
        if upto > given:
            found[venue] = upto - given
        given = upto
    return found


class Scenario(Struct, frozen=True, kw_only=True):
    """What is played. Everything follows from it."""

    seed: int = 1
    seconds: int = WHOLE_DAY_S  # of the day, from its opening on
    parents: int = 1_000  # orders that the seed invents, where there are no `orders`
    venues: tuple[str, ...] = ("XLON", "BATE", "CHIX")  # profiles
    symbol: str = "ACME"
    price: str = "100"  # at the opening
    volatility_bps: int = Flow().volatility_bps  # of the price that participants believe in, in a whole day
    routing: RoutePolicy = RoutePolicy.PRICE_TIME
    under: int = 0  # Ways.under
    pinger_percent: int = 0  # of its turns, in which a pinger waits in the dark; 0: there is none
    orders: tuple[Order, ...] = ()
    work: Work | None = None  # how all orders are worked; None: as each says
    by_size: bool = False  # the client itself parts them among venues, by what these display, and names each its venue
    tapes: Mapping[str, str] = {}  # files of recorded days, by the venue that shows it

    def played(self) -> list[Order]:
        """The orders, in order of time."""
        orders = sorted(self.orders, key=lambda order: order.at) if self.orders else list(_invented(self))
        if self.work is None:
            return orders
        return [replace(order, work=self._instead(order, self.work)) for order in orders]

    def _instead(self, order: Order, work: Work) -> Work:
        """Another way to work an order, in the same time."""
        if not work.strategy or work.parameters.keys() & {"EndTime", "Duration"}:
            return work
        left = self.seconds - (order.at - OPENS) // SECOND
        seconds = order.work.parameters.get("Duration", str(order.seconds or max(left, 1)))
        return replace(work, parameters={"Duration": seconds, **work.parameters})


def _invented(scenario: Scenario) -> Iterator[Order]:
    """Spread evenly over the day, the last of them early enough to end in it: three TWAPs to a market order."""
    chance, length = Chance(scenario.seed, "parents"), scenario.seconds * 1_000  # milliseconds
    longest = length // 13
    span = length - longest - length // 100
    for number in range(scenario.parents):
        begins = length // 100 + (span * number + chance.below(span)) // scenario.parents
        is_buy, shares = chance.below(2) == 1, 100 * (1 + chance.below(50))
        work, seconds = Work(), max(2 * longest // 3_000, 1)
        if chance.below(4):
            seconds = max((longest // 3 + chance.below(2 * longest // 3 + 1)) // 1_000, 1)
            slices = 4 + chance.below(9)
            work = Work(strategy="1001", parameters={"Duration": str(seconds), "NumSlices": str(slices)})
        at = Ns(OPENS + begins * MILLISECOND)
        name = f"P{number + 1:05}"
        yield Order(cl_ord_id=name, at=at, is_buy=is_buy, shares=shares, work=work, seconds=seconds)


# -- what people write


def _side(value: object) -> bool:
    if value not in _SIDES:
        raise ValueError('must be "BUY" or "SELL"')
    return _SIDES[str(value)]


def _price(value: object) -> str:
    if not isinstance(value, str) or parse_px(value) <= 0:
        raise ValueError('must be a price in quotes, as "100.25"')
    return value


def _parameters(value: object) -> dict[str, str]:
    if not isinstance(value, dict) or not all(
        isinstance(each, str) and _VALUE.fullmatch(each) for pair in value.items() for each in pair
    ):
        raise ValueError('must be texts by name, as { Duration = "600" }')
    return value


def _policy(value: object) -> object:
    if value == RoutePolicy.DIRECTED or value not in list(RoutePolicy):
        raise ValueError(
            f"must be one of {', '.join(each for each in RoutePolicy if each is not RoutePolicy.DIRECTED)}"
        )
    return RoutePolicy(str(value))


_Routing = Annotated[RoutePolicy, BeforeValidator(_policy)]


class _WorkTable(Table):
    algo: Annotated[str | None, BeforeValidator(named)] = None
    parameters: Annotated[dict[str, str], BeforeValidator(_parameters)] = Field(default_factory=dict)

    def work(self) -> Work:
        return Work(strategy=self.algo or "", parameters=self.parameters)


class _OrderTable(_WorkTable):
    after: TimeOfDay = 0
    side: Annotated[bool, BeforeValidator(_side)]
    shares: Annotated[int, Field(ge=1, le=10**9)]
    price: Annotated[str, BeforeValidator(_price)] = ""


class _VariantTable(_WorkTable):
    name: Name
    routing: _Routing | None = None


class _File(Table):
    seed: Annotated[int, Field(ge=0)] = 1
    hours: Annotated[float, Field(ge=0.01, le=6.5)] = 6.5
    parents: Annotated[int, Field(ge=0, le=99_999)] = 1_000
    venues: list[Name] = Field(default_factory=lambda: list(Scenario().venues))
    symbol: Id = "ACME"
    price: Annotated[str, BeforeValidator(_price)] = "100"
    volatility_bps: Annotated[int, Field(ge=1, le=300)] = Flow().volatility_bps
    routing: _Routing = RoutePolicy.PRICE_TIME
    under_bps: Annotated[Bps, Field(ge=0)] = 0
    pinger_percent: Annotated[int, Field(ge=0, le=100)] = 0
    order: list[_OrderTable] = Field(default_factory=list)
    variant: list[_VariantTable] = Field(default_factory=list)
    tapes: dict[Name, Name] = Field(default_factory=dict)


class Variant(NamedTuple):
    """The same orders on the same day, routed or worked in another way."""

    name: str
    scenario: Scenario


def read_scenario(path: Path) -> tuple[Scenario, list[Variant]]:
    """A scenario and the variants of it that its file has. Raises ConfigError."""
    document = read(path)
    file = validate(document, _File, [], path)
    orders = tuple(
        Order(
            cl_ord_id=f"P{number:05}",
            at=Ns(OPENS + order.after * SECOND),
            is_buy=order.side,
            shares=order.shares,
            price=order.price,
            work=order.work(),
        )
        for number, order in enumerate(file.order, 1)
    )
    scenario = Scenario(
        seed=file.seed,
        seconds=round(file.hours * 3_600),
        parents=file.parents,
        venues=tuple(file.venues),
        symbol=file.symbol,
        price=file.price,
        volatility_bps=file.volatility_bps,
        routing=file.routing,
        under=file.under_bps,
        pinger_percent=file.pinger_percent,
        orders=orders,
        tapes={venue: str(path.parent / tape) for venue, tape in file.tapes.items()},
    )
    return scenario, [
        Variant(
            each.name,
            replace(
                scenario,
                routing=each.routing or scenario.routing,
                work=each.work() if each.algo is not None else None,
            ),
        )
        for each in file.variant
    ]
