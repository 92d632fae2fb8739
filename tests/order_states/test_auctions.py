"""On open and on close, good till crossing, market to limit, and dates on which orders expire."""

import msgspec
import pytest

from algos import ALGOS
from gateway.model import SECOND, Ns
from gateway.model.settings import OFFERED, Offer
from gateway.node import Gateway
from tests.conftest import SETTINGS, make_world
from tests.conversation.language import START
from tests.conversation.rules import rule
from tests.conversation.world import World
from tests.order_states.test_display import venues

AUCTIONS = (*OFFERED, Offer.OPG, Offer.GTX, Offer.ATC)


@pytest.fixture
def auction() -> World:
    """BATE holds auctions, XLON does not."""
    return venues(BATE=AUCTIONS)


@rule("O-17.1")
@pytest.mark.parametrize("time", ["AT_THE_OPENING", "AT_THE_CLOSE"])
@pytest.mark.parametrize(
    ("order", "price"),
    [
        ("Side=BUY   OrdType=LIMIT  Price=99.00", "99.00"),
        ("Side=BUY   OrdType=LIMIT  Price=105.00", "105.00"),
        ("Side=BUY   OrdType=MARKET", "105.10"),
        ("Side=SELL  OrdType=MARKET", "94.91"),
    ],
)
def test_an_order_for_an_auction_waits_at_a_venue_that_holds_one(
    auction: World, time: str, order: str, price: str
) -> None:
    """5 % through 100.10 is 105.105, and 94.905 through 99.90: on the tick inside."""
    auction.converse(
        f"""
        client > NewOrderSingle   ClOrdID=X  OrderQty=1000  {order}  TimeInForce={time}
        client < ExecutionReport  ExecType=NEW  TimeInForce={time}
        BATE   < NewOrderSingle   OrderQty=1000  OrdType=LIMIT  Price={price}  TimeInForce={time}
        XLON   quotes ACME 99.00x5000 99.00x5000
        restart
        BATE   < OrderStatusRequest
        BATE   > ExecutionReport  ExecType=TRADE  LastQty=400  LastPx=100.00
        client < ExecutionReport  ExecType=TRADE  CumQty=400  LeavesQty=600
        BATE   > ExecutionReport  ExecType=EXPIRED
        client < ExecutionReport  ExecType=EXPIRED  OrdStatus=EXPIRED  CumQty=400  LeavesQty=0
        """
    )


@rule("O-17.2")
def test_an_order_that_is_good_till_crossing_stays_where_that_is_known(auction: World) -> None:
    auction.converse(
        """
        client > NewOrderSingle   ClOrdID=X  OrderQty=1000  OrdType=LIMIT  Price=100.00  TimeInForce=GOOD_TILL_CROSSING
        client < ExecutionReport  ExecType=NEW
        BATE   < NewOrderSingle   OrderQty=1000  Price=100.00  TimeInForce=GOOD_TILL_CROSSING
        client > OrderCancelReplaceRequest  ClOrdID=Y  OrigClOrdID=X  OrderQty=900  OrdType=LIMIT  Price=100.00  TimeInForce=GOOD_TILL_CROSSING
        client < ExecutionReport  ExecType=PENDING_REPLACE
        BATE   < OrderCancelRequest
        BATE   > ExecutionReport  ExecType=CANCELED
        client < ExecutionReport  ClOrdID=Y  ExecType=REPLACED
        BATE   < NewOrderSingle   OrderQty=900  Price=100.00  TimeInForce=GOOD_TILL_CROSSING
        BATE   > ExecutionReport  ExecType=EXPIRED
        client < ExecutionReport  ClOrdID=Y  ExecType=EXPIRED
        """
    )


@rule("O-17.3")
def test_an_order_that_its_venue_did_not_take_is_canceled(auction: World) -> None:
    auction.converse(
        """
        client > NewOrderSingle   ClOrdID=X  OrderQty=100  TimeInForce=AT_THE_OPENING
        client < ExecutionReport  ExecType=NEW
        BATE   < NewOrderSingle   OrderQty=100
        BATE   > ExecutionReport  ExecType=REJECTED  Text=late
        client < ExecutionReport  ExecType=CANCELED  LeavesQty=0
        """
    )


@rule("O-17.1")
def test_an_order_for_an_auction_waits_for_its_venue(auction: World) -> None:
    auction.converse(
        """
        BATE   > disconnect
        client > NewOrderSingle   ClOrdID=X  OrderQty=100  TimeInForce=AT_THE_CLOSE
        client < ExecutionReport  ExecType=NEW
        BATE   > connect
        BATE   quotes ACME 99.90x300 100.10x300
        BATE   < NewOrderSingle   OrderQty=100  TimeInForce=AT_THE_CLOSE
        """
    )


@rule("O-17.3")
def test_a_close_ends_what_found_no_auction_and_leaves_what_did() -> None:
    settings = msgspec.structs.replace(
        SETTINGS,
        close_s=23 * 3600 + 1800,
        venues=tuple(msgspec.structs.replace(venue, offers=AUCTIONS) for venue in SETTINGS.venues[:1]),
    )
    world = World(lambda: Gateway(ALGOS), settings, start=Ns(START + 30_600 * SECOND))
    world.converse(
        """
        XLON   quotes ACME 99.90x500 100.10x500
        client > NewOrderSingle   ClOrdID=X  OrderQty=100  TimeInForce=AT_THE_CLOSE
        client < ExecutionReport  ClOrdID=X  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100  ClOrdID=$there
        operator kill scope=venue=XLON why=test
        XLON   < OrderCancelRequest
        client > NewOrderSingle   ClOrdID=Y  OrderQty=100  TimeInForce=AT_THE_CLOSE
        client < ExecutionReport  ClOrdID=Y  ExecType=NEW
        +30m
        client < ExecutionReport  ClOrdID=Y  ExecType=EXPIRED
        XLON   > ExecutionReport  ClOrdID=$there  ExecType=TRADE  LastPx=100.00
        client < ExecutionReport  ClOrdID=X  ExecType=TRADE  OrdStatus=FILLED
        """
    )


@rule("O-17.1", "O-17.2")
@pytest.mark.parametrize(
    ("order", "text"),
    [
        ("TimeInForce=2  OrdType=MARKET  ExecInst=G", "ORDER.CONFLICT an auction"),
        ("TimeInForce=7  OrdType=LIMIT  Price=99  MinQty=10", "ORDER.CONFLICT an auction"),
        ("TimeInForce=7  OrdType=LIMIT  Price=99  ExecInst=6", "ORDER.TIF TimeInForce(59) 7"),
        ("TimeInForce=5  OrdType=LIMIT  Price=99  MaxFloor=10", "ORDER.TIF TimeInForce(59) 5"),
        ("TimeInForce=5  OrdType=MARKET", "ORDER.MISSING Price(44)"),
        ("TimeInForce=7  OrdType=STOP  StopPx=101", "ORDER.TIF TimeInForce(59) 7"),
        ("TimeInForce=2  OrdType=PEGGED  ExecInst=R", "ORDER.TIF TimeInForce(59) 2"),
        ("TimeInForce=2  OrdType=K", "ORDER.TIF TimeInForce(59) 2"),
        ("TimeInForce=3  OrdType=K", "ORDER.TIF TimeInForce(59) 3"),
        ("OrdType=K  Price=100", "ORDER.CONFLICT OrdType(40) K has no Price(44)"),
        ("OrdType=K  MaxFloor=10", "ORDER.MISSING Price(44)"),
    ],
)
def test_what_no_auction_knows_is_refused(auction: World, order: str, text: str) -> None:
    auction.converse(
        f"""
        client > NewOrderSingle   ClOrdID=X  OrderQty=100  {order}
        client < ExecutionReport  ExecType=REJECTED  Text~'{text}'
        """
    )


@rule("O-17.4")
def test_what_is_left_of_a_market_to_limit_order_stays_at_the_best_price(world: World) -> None:
    world.converse(
        """
        XLON   quotes ACME 99.90x500 100.10x500,100.20x500
        client > NewOrderSingle   ClOrdID=X  Side=BUY  OrderQty=900  OrdType=K
        client < ExecutionReport  ExecType=NEW  OrdType=K  Price=100.10
        XLON   < NewOrderSingle   OrderQty=500  Price=100.10
        BATE   < NewOrderSingle   OrderQty=300  Price=100.10
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE  CumQty=500
        BATE   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE  CumQty=800
        XLON   quotes ACME 99.90x500 100.11x500
        BATE   quotes ACME 99.90x500 100.09x30
        BATE   < NewOrderSingle   OrderQty=30  Price=100.09
        BATE   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE  CumQty=830
        BATE   quotes ACME 99.90x500 100.12x30
        client > OrderCancelReplaceRequest  ClOrdID=Y  OrigClOrdID=X  Side=BUY  OrderQty=850  OrdType=K
        client < ExecutionReport  ClOrdID=Y  ExecType=REPLACED  Price=100.11  LeavesQty=20
        XLON   < NewOrderSingle   OrderQty=20  Price=100.11
        """
    )


@rule("O-6.5")
def test_an_order_that_is_good_till_a_day_expires_with_it() -> None:
    """At the close, 16:30; without a configured close at the midnight that ends the day."""
    order = "NewOrderSingle   ClOrdID=X  OrderQty=100  OrdType=LIMIT  Price=99  TimeInForce=GOOD_TILL_DATE"
    for close_s, wait in ((16 * 3600 + 1800, "+2h"), (None, "+570m")):
        world = make_world(close_s=close_s)
        world.converse(
            f"""
            XLON   quotes ACME 99.90x500 100.10x500
            client > {order}  ExpireDate=20260105
            client < ExecutionReport  ClOrdID=X  ExecType=NEW  ExpireDate=20260105
            {wait}
            client < ExecutionReport  ClOrdID=X  ExecType=EXPIRED
            """
        )


@rule("O-6.5")
@pytest.mark.parametrize(
    ("order", "text"),
    [
        ("TimeInForce=6  ExpireDate=20260104", "ORDER.EXPIRED"),
        ("TimeInForce=6  ExpireDate=20260106  ExpireTime=+60s", "ORDER.CONFLICT ExpireTime(126) and ExpireDate(432)"),
        ("TimeInForce=1  ExpireDate=20260106", "ORDER.CONFLICT ExpireDate(432)"),
        ("TimeInForce=6", "ORDER.MISSING ExpireTime(126) or ExpireDate(432)"),
        ("TimeInForce=6  ExpireDate=20260106  TargetStrategy=TWAP  Duration=60", "ALGO.CONFLICT ExpireDate(432)"),
    ],
)
def test_a_date_that_does_not_fit_is_refused(world: World, order: str, text: str) -> None:
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=X  OrderQty=100  OrdType=LIMIT  Price=99  {order}
        client < ExecutionReport  ExecType=REJECTED  Text~'{text}'
        """
    )
