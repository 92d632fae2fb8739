"""The machine of `tests.test_reservation` with orders that go to their venues in every way there is."""

from typing import Any

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from gateway.model import (
    SECOND,
    BookUpdate,
    MarketData,
    Ns,
    Px,
    Qty,
    Side,
    StrategyParameter,
    TimeInForce,
    VenueSettings,
    Visibility,
)
from gateway.model.routing import RoutePolicy, Spray, VenueCosts, Ways
from gateway.model.sessions import SessionConfig
from gateway.model.settings import Offer
from tests.conftest import SETTINGS
from tests.test_reservation import CLIENT, PARAMETERS, PRICES, SHARE, SHARES, TYPES, VENUES, Trading

DARK = "CHID"
AWAY = {"XLON": 90_000, "BATE": 1_000, DARK: 0}  # us
SEEN_FOR = 130  # seconds
SETTINGS_TOO = msgspec.structs.replace(
    SETTINGS,
    venues=tuple(
        VenueSettings(
            name=name,
            session=SessionConfig(sender="GATEWAY", target=name, initiator=True),
            kind=Visibility.DARK if name == DARK else Visibility.LIT,
            offers=(Offer.DAY, Offer.IOC, Offer.FOK, Offer.MIN_QTY, Offer.MIDPOINT_PEG),
            costs=VenueCosts(latency_us=AWAY[name]),
        )
        for name in (*VENUES, DARK)
    ),
)
WAYS = st.fixed_dictionaries(
    {},
    optional={
        "RoutePolicy": st.sampled_from([policy for policy in RoutePolicy if policy is not RoutePolicy.DIRECTED]),
        "MaxVenues": st.integers(1, 2),
        "IWouldPrice": PRICES.map(lambda hundredths: f"{hundredths / 100:.2f}"),
    },
)
TYPES_TOO = TYPES | {"RoutePolicy": "14", "MaxVenues": "1", "IWouldPrice": "8"}


class TradingByRoutes(Trading):
    @initialize(
        policy=st.sampled_from((*[RoutePolicy.CONT_KUKANOV] * 3, RoutePolicy.DARK_FIRST, RoutePolicy.SMART)),
        spray=st.sampled_from(Spray),
        protect=st.booleans(),
    )
    def begins(self, policy: RoutePolicy, spray: Spray, protect: bool) -> None:
        """Queues were watched for long enough to know what leaves them."""
        self.config = msgspec.structs.replace(
            SETTINGS_TOO, routing=policy, ways=Ways(spray=spray, protect=protect, ping_min_qty=SHARE)
        )
        self.desk.configure(self.config)
        for venue in (*VENUES, DARK):
            self.desk.venue_is_back(venue, self.now)
        for venue in VENUES:
            self.shows(venue, [9_999], [10_001], 20)
        for _ in range(SEEN_FOR // 5):
            self.prints("XLON", 9_999, 60)
            self.prints("BATE", 10_001, 30)
            self.now = self.desk.markets.now = Ns(self.now + 5 * SECOND)
        self.time_passes(1)

    @rule(venue=st.sampled_from(VENUES), price=PRICES, size=SHARES)
    def prints(self, venue: str, price: int, size: int) -> None:
        print_ = BookUpdate(symbol="ACME", entry="2", price=Px(price * 10**6), size=Qty(size * SHARE))
        self.desk.market_data(venue, MarketData(snapshot=False, symbol="", updates=(print_,)), self.now)

    @rule(venue=st.sampled_from((*VENUES, DARK)), comes=st.booleans())
    def leaves_or_is_back(self, venue: str, comes: bool) -> None:
        if comes:
            self.desk.venue_is_back(venue, self.now)
        else:
            self.desk.venue_leaves(venue, self.now)

    @rule(ms=st.sampled_from((1, 20, 100)))
    def a_moment_passes(self, ms: int) -> None:
        self.time_passes(ms)

    @rule(
        qty=SHARES,
        price=st.none() | PRICES,
        side=st.sampled_from((Side.BUY, Side.SELL)),
        parameters=PARAMETERS,
        way=WAYS,
    )
    def orders_by_a_way(
        self, qty: int, price: int | None, side: Side, parameters: dict[str, Any], way: dict[str, Any]
    ) -> None:
        said = {name: value for name, value in parameters.items() if name != "ChildTIF"} | way
        order = msgspec.structs.replace(
            self.order_of(qty, price, side, TimeInForce.DAY, {}),
            strategy_parameters=tuple(
                StrategyParameter(name, TYPES_TOO[name], str(value)) for name, value in said.items()
            ),
        )
        self.requests[order.cl_ord_id] = "D"
        self.desk.new_order(CLIENT, order, self.now)

    @invariant()
    def only_what_is_to_arrive_together_waits(self) -> None:
        if self.config.ways.spray is not Spray.TOGETHER:
            for parent in self.desk.parents.values():
                assert all((child.venue, child.cl_ord_id) in self.tape.children for child in parent.children)

    def teardown(self) -> None:
        self.desk.configure(msgspec.structs.replace(self.config, ways=Ways()))
        self.time_passes(100)
        super().teardown()


TestReservationByRoutes = TradingByRoutes.TestCase
TestReservationByRoutes.settings = settings(max_examples=120, stateful_step_count=40)
