"""Orders that wait for a price: stops, market if touched, trailing stops."""

import msgspec
import pytest

from algos import ALGOS
from gateway.model import SECOND, Ns
from gateway.node import Gateway
from tests.conftest import SETTINGS, clients, make_world
from tests.conversation.language import START
from tests.conversation.rules import rule
from tests.conversation.world import World

MET = "ExecType=RESTATED  OrdStatus=NEW  ExecRestatementReason=OTHER  WorkingIndicator=Y"
STOP = "NewOrderSingle   ClOrdID=X  Side=BUY  OrderQty=100  OrdType=STOP  StopPx=100.50"
WAITS = f"""
    client > {STOP}
    client < ExecutionReport  ClOrdID=X  ExecType=NEW  OrdStatus=NEW  LeavesQty=100  WorkingIndicator=N  StopPx=100.50
"""


@rule("O-11.1")
def test_a_stop_is_sent_as_a_market_order_once_the_market_trades_there(world: World) -> None:
    world.converse(
        f"""
        {WAITS}
        XLON   prints ACME 100.49x10
        XLON   quotes ACME 100.40x500 100.60x500
        XLON   prints ACME 100.50x10
        client < ExecutionReport  ClOrdID=X  {MET}  Text='triggered by a trade on XLON at 100.5'
        BATE   < NewOrderSingle   OrderQty=100  OrdType=LIMIT  Price=100.10
        BATE   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE  OrdStatus=FILLED  CumQty=100  StopPx=100.50
        XLON   prints ACME 100.60x10
        restart
        """
    )


@pytest.mark.parametrize(
    ("order", "before", "there"),
    [
        ("Side=BUY   OrdType=STOP  StopPx=100.50", "100.49", "100.50"),
        ("Side=SELL  OrdType=STOP  StopPx=99.50", "99.51", "99.50"),
        ("Side=BUY   OrdType=STOP_LIMIT  StopPx=100.50  Price=100.60", "100.49", "100.70"),
        ("Side=SELL  OrdType=STOP_LIMIT  StopPx=99.50  Price=99.40", "99.51", "99.10"),
        ("Side=BUY   OrdType=J  StopPx=99.50", "99.51", "99.50"),
        ("Side=SELL  OrdType=J  StopPx=100.50", "100.49", "100.50"),
        ("Side=BUY   OrdType=PEGGED  ExecInst=a  StopPx=100.50  PegOffsetValue=0.50", "100.49", "100.50"),
        ("Side=SELL  OrdType=PEGGED  1094=8  StopPx=99.50  PegOffsetValue=-0.50", "99.51", "99.50"),
    ],
)
@rule("O-11.1", "O-11.2", "O-11.3")
def test_a_price_on_the_orders_side_of_what_it_waits_for_triggers_it(order: str, before: str, there: str) -> None:
    world = make_world()
    world.converse(
        f"""
        XLON   quotes ACME 99.90x500 100.10x500
        client > NewOrderSingle   ClOrdID=X  OrderQty=100  {order}
        client < ExecutionReport  ClOrdID=X  ExecType=NEW  WorkingIndicator=N
        XLON   prints ACME {before}x10
        XLON   prints ACME {there}x10
        client < ExecutionReport  ClOrdID=X  {MET}
        XLON   < NewOrderSingle   OrderQty=100
        """
    )


@rule("O-11.1")
def test_a_stop_limit_order_reaches_no_farther_than_its_limit(world: World) -> None:
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=X  Side=SELL  OrderQty=100  OrdType=STOP_LIMIT  StopPx=99.50  Price=99.40
        client < ExecutionReport  ClOrdID=X  ExecType=NEW  WorkingIndicator=N
        XLON   quotes ACME 99.30x500 99.50x500
        BATE   quotes ACME 99.20x500 99.50x500
        BATE   prints ACME 99.30x10
        client < ExecutionReport  ClOrdID=X  {MET}  Text~BATE
        XLON   quotes ACME 99.45x60 99.50x500
        XLON   < NewOrderSingle   OrderQty=60  Price=99.45
        """
    )


@rule("O-11.3")
def test_a_trailing_stop_follows_the_market_one_way_only(world: World) -> None:
    """A sell 0.50 below what traded: 99.50, then 100.00, and there it stays until the market is back."""
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=X  Side=SELL  OrderQty=100  OrdType=PEGGED  ExecInst=a  PegOffsetValue=-0.50
        client < ExecutionReport  ClOrdID=X  ExecType=NEW  WorkingIndicator=N
        XLON   prints ACME 100.00x10
        BATE   prints ACME 100.50x10
        XLON   prints ACME 100.01x10
        restart
        XLON   quotes ACME 99.90x500 100.10x500
        XLON   prints ACME 100.00x10
        client < ExecutionReport  ClOrdID=X  {MET}
        XLON   < NewOrderSingle   OrderQty=100  Side=SELL
        """
    )


@rule("O-11.3")
@pytest.mark.parametrize(
    ("order", "code"),
    [
        ("Side=SELL  ExecInst=a  PegOffsetValue=0.50", "ORDER.RANGE"),
        ("Side=BUY   ExecInst=a  PegOffsetValue=-0.50", "ORDER.RANGE"),
        ("Side=BUY   ExecInst=a  PegOffsetValue=0", "ORDER.RANGE"),
        ("Side=BUY   ExecInst=a", "ORDER.MISSING PegOffsetValue(211)"),
        ("Side=BUY   PegOffsetValue=0.50", "ORDER.MISSING a pegged order"),
        ("Side=BUY   ExecInst=a  PegOffsetValue=0.505", "RISK.TICK"),
        ("Side=BUY   ExecInst=a  PegOffsetValue=0.50  StopPx=-1", "RISK.TICK"),
    ],
)
def test_a_trailing_stop_needs_a_distance(world: World, order: str, code: str) -> None:
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=X  OrderQty=100  OrdType=PEGGED  {order}
        client < ExecutionReport  ClOrdID=X  ExecType=REJECTED  Text~'{code}'
        """
    )


@rule("O-11.4", "O-11.5")
@pytest.mark.parametrize(
    ("by", "nothing", "there"),
    [("1", "99.30x500 -", "99.30x500 99.50x500"), ("3", "- 99.40x500", "99.50x500 99.60x500")],
)
def test_an_order_may_wait_for_the_best_offer_or_bid(by: str, nothing: str, there: str) -> None:
    """Trades are nothing to it then, and neither is a side that is empty."""
    speaker = msgspec.structs.replace(clients("CLIENT")[0], dictionary="FIX44+house+triggers")
    world = make_world(clients=(speaker,))
    world.converse(
        f"""
        XLON   quotes ACME 99.90x500 100.10x500
        client > NewOrderSingle   ClOrdID=X  Side=SELL  OrderQty=100  OrdType=STOP  StopPx=99.50  1107={by}
        client < ExecutionReport  ClOrdID=X  ExecType=NEW  WorkingIndicator=N
        XLON   prints ACME 99.00x10
        XLON   quotes ACME {nothing}
        XLON   quotes ACME {there}
        client < ExecutionReport  ClOrdID=X  {MET}
        XLON   < NewOrderSingle   OrderQty=100
        """
    )


@rule("O-11.4")
@pytest.mark.parametrize("kind", ["4", "5", "6"])
def test_other_kinds_of_prices_are_refused(kind: str) -> None:
    speaker = msgspec.structs.replace(clients("CLIENT")[0], dictionary="FIX44+house+triggers")
    make_world(clients=(speaker,)).converse(
        f"""
        XLON   quotes ACME 99.90x500 100.10x500
        client > {STOP}  1107={kind}
        client < ExecutionReport  ClOrdID=X  ExecType=REJECTED  OrdRejReason=11  Text~'ORDER.INSTRUCTION Tag(1107) {kind}'
        client > {STOP.replace("=X", "=Y")}  1100=4
        client < ExecutionReport  ClOrdID=Y  ExecType=REJECTED  OrdRejReason=11  Text~'ORDER.INSTRUCTION Tag(1100) 4'
        """
    )


@rule("O-11.5")
def test_what_was_before_the_order_and_what_nobody_trades_trigger_nothing(world: World) -> None:
    """The last trade known was at 101 already; a trade without size or price is none; nor is a quote a trade."""
    world.converse(
        f"""
        XLON   prints ACME 101.00x10
        {WAITS}
        XLON   quotes ACME 101.00x500 101.10x500
        XLON   > MarketDataIncrementalRefresh  MDReqID=MD-1  268=1  279=0  269=2  55=ACME  270=102
        XLON   > MarketDataIncrementalRefresh  MDReqID=MD-1  268=1  279=0  269=2  55=ACME  271=100
        XLON   > MarketDataSnapshotFullRefresh  MDReqID=MD-1  55=ACME  268=1  269=2  270=102  271=100
        client > OrderStatusRequest  ClOrdID=X  Side=BUY
        client < ExecutionReport  ExecType=ORDER_STATUS  OrdStatus=NEW  LeavesQty=100
        """
    )


@rule("O-11.5")
def test_an_order_is_not_triggered_before_its_start(world: World) -> None:
    world.converse(
        f"""
        client > {STOP}  EffectiveTime=+60s
        client < ExecutionReport  ClOrdID=X  ExecType=NEW  WorkingIndicator=N
        XLON   prints ACME 101.00x10
        +60s
        XLON   prints ACME 100.50x10
        client < ExecutionReport  ClOrdID=X  {MET}
        XLON   < NewOrderSingle   OrderQty=100
        """
    )


@rule("O-11.5", "O-11.8")
def test_a_night_triggers_nothing_and_a_stop_for_the_day_expires() -> None:
    """The market closes at 23:30, and the next day begins at midnight."""
    settings = msgspec.structs.replace(SETTINGS, close_s=23 * 3600 + 1800)
    world = World(lambda: Gateway(ALGOS), settings, start=Ns(START + 30_600 * SECOND))
    world.converse(
        f"""
        XLON   quotes ACME 99.90x500 100.10x500
        client > {STOP}  TimeInForce=GOOD_TILL_CANCEL
        client < ExecutionReport  ClOrdID=X  ExecType=NEW  WorkingIndicator=N
        client > {STOP.replace("=X", "=Y")}
        client < ExecutionReport  ClOrdID=Y  ExecType=NEW  WorkingIndicator=N
        +30m
        client < ExecutionReport  ClOrdID=X  ExecType=DONE_FOR_DAY  LeavesQty=100
        client < ExecutionReport  ClOrdID=Y  ExecType=EXPIRED  LeavesQty=0
        XLON   prints ACME 101.00x10
        +30m
        client < ExecutionReport  ClOrdID=X  ExecType=RESTATED  ExecRestatementReason=GT_RENEWAL
        restart
        XLON   quotes ACME 99.90x500 100.10x500
        XLON   prints ACME 101.00x10
        client < ExecutionReport  ClOrdID=X  {MET}
        XLON   < NewOrderSingle   OrderQty=100
        """
    )


@rule("O-11.6")
def test_orders_that_one_price_triggers_go_in_the_order_in_which_they_came(world: World) -> None:
    world.converse(
        f"""
        client > {STOP}
        client < ExecutionReport  ClOrdID=X  ExecType=NEW
        client > NewOrderSingle   ClOrdID=Y  OrderQty=700  OrdType=STOP  StopPx=100.40
        client < ExecutionReport  ClOrdID=Y  ExecType=NEW
        client > NewOrderSingle   ClOrdID=Z  OrderQty=100  OrdType=PEGGED  ExecInst=a  PegOffsetValue=1  StopPx=100.45
        client < ExecutionReport  ClOrdID=Z  ExecType=NEW
        XLON   prints ACME 100.50x10
        client < ExecutionReport  ClOrdID=X  {MET}
        XLON   < NewOrderSingle   OrderQty=100
        client < ExecutionReport  ClOrdID=Y  {MET}
        XLON   < NewOrderSingle   OrderQty=400
        BATE   < NewOrderSingle   OrderQty=300
        client < ExecutionReport  ClOrdID=Z  {MET}
        """
    )


@rule("O-11.7")
def test_a_replace_lets_an_order_wait_on_or_anew(world: World) -> None:
    terms = "Side=BUY  OrdType=STOP"
    world.converse(
        f"""
        {WAITS}
        client > OrderCancelReplaceRequest  ClOrdID=Y  OrigClOrdID=X  OrderQty=150  {terms}  StopPx=100.30
        client < ExecutionReport  ClOrdID=Y  ExecType=REPLACED  OrderQty=150  WorkingIndicator=N
        client > OrderCancelReplaceRequest  ClOrdID=Z  OrigClOrdID=Y  OrderQty=900  {terms}  StopPx=100.30
        client < ExecutionReport  ClOrdID=Z  ExecType=REPLACED  OrderQty=900  WorkingIndicator=N
        XLON   prints ACME 100.30x10
        client < ExecutionReport  ClOrdID=Z  {MET}
        XLON   < NewOrderSingle   OrderQty=500
        BATE   < NewOrderSingle   OrderQty=300
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE  CumQty=500
        BATE   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE  CumQty=800
        client > OrderCancelReplaceRequest  ClOrdID=A  OrigClOrdID=Z  OrderQty=850  {terms}  StopPx=100.30
        client < ExecutionReport  ClOrdID=A  ExecType=REPLACED  LeavesQty=50  -WorkingIndicator
        XLON   quotes ACME 99.90x500 100.10x20
        XLON   < NewOrderSingle   OrderQty=20
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE  CumQty=820
        client > OrderCancelReplaceRequest  ClOrdID=B  OrigClOrdID=A  OrderQty=850  {terms}  StopPx=100.80
        client < ExecutionReport  ClOrdID=B  ExecType=REPLACED  LeavesQty=30  WorkingIndicator=N
        XLON   quotes ACME 99.90x500 100.10x20
        XLON   prints ACME 100.79x10
        client > OrderCancelRequest  ClOrdID=C  OrigClOrdID=B
        client < ExecutionReport  ClOrdID=C  ExecType=CANCELED
        XLON   prints ACME 100.80x10
        """
    )


@rule("O-11.8")
def test_a_waiting_order_is_judged_as_if_the_market_stood_at_its_price(world: World) -> None:
    """5 million at most and 5 % through what is shown; the price is a multiple of the tick."""
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=A  OrderQty=40000  OrdType=STOP  StopPx=126
        client < ExecutionReport  ClOrdID=A  ExecType=REJECTED  Text~RISK.NOTIONAL
        client > NewOrderSingle   ClOrdID=B  OrderQty=40000  OrdType=STOP  StopPx=125
        client < ExecutionReport  ClOrdID=B  ExecType=NEW
        client > NewOrderSingle   ClOrdID=C  OrderQty=100  OrdType=STOP_LIMIT  StopPx=120  Price=126
        client < ExecutionReport  ClOrdID=C  ExecType=NEW
        client > NewOrderSingle   ClOrdID=D  OrderQty=100  OrdType=STOP_LIMIT  StopPx=120  Price=126.01
        client < ExecutionReport  ClOrdID=D  ExecType=REJECTED  Text~RISK.COLLAR
        client > NewOrderSingle   ClOrdID=E  OrderQty=100  OrdType=STOP  StopPx=120.001
        client < ExecutionReport  ClOrdID=E  ExecType=REJECTED  Text~'RISK.TICK StopPx(99)'
        client > NewOrderSingle   ClOrdID=F  OrderQty=100  OrdType=STOP  StopPx=120  TimeInForce=IMMEDIATE_OR_CANCEL
        client < ExecutionReport  ClOrdID=F  ExecType=REJECTED  OrdRejReason=11  Text~'ORDER.TIF'
        client > NewOrderSingle   ClOrdID=G  OrderQty=100  OrdType=STOP  StopPx=120  Price=120
        client < ExecutionReport  ClOrdID=G  ExecType=REJECTED  Text~'ORDER.CONFLICT OrdType(40) 3 has no Price(44)'
        client > NewOrderSingle   ClOrdID=H  OrderQty=100  OrdType=MARKET  ExecInst=a
        client < ExecutionReport  ClOrdID=H  ExecType=REJECTED  Text~'ORDER.INSTRUCTION Tag(18) a'
        """
    )


@rule("O-11.8")
def test_no_child_of_a_triggered_order_goes_beyond_the_collar_of_then(world: World) -> None:
    """A trade far away triggers; what is shown is 5 % around 100, so 106 is not reached for."""
    world.converse(
        f"""
        {WAITS}
        XLON   quotes ACME 99.90x500 106.00x500
        BATE   quotes ACME 99.90x500 100.10x20
        XLON   prints ACME 106.00x10
        client < ExecutionReport  ClOrdID=X  {MET}
        BATE   < NewOrderSingle   OrderQty=20  Price=100.10
        """
    )


@rule("O-11.1")
def test_a_stop_is_canceled_at_once_where_it_waits(world: World) -> None:
    world.converse(
        f"""
        {WAITS}
        client > OrderCancelRequest  ClOrdID=Y  OrigClOrdID=X
        client < ExecutionReport  ClOrdID=Y  ExecType=CANCELED  LeavesQty=0
        XLON   prints ACME 101.00x10
        """
    )


@rule("O-11.8")
def test_a_short_sale_that_waits_tells_the_venue_who_found_the_shares(world: World) -> None:
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=X  Side=SELL_SHORT  OrderQty=100  OrdType=STOP  StopPx=99.50
        client < ExecutionReport  ClOrdID=X  ExecType=REJECTED  Text~RISK.LOCATE
        client > NewOrderSingle   ClOrdID=Y  Side=SELL_SHORT  OrderQty=100  OrdType=STOP  StopPx=99.50  LocateReqd=N  5700=LENDER
        client < ExecutionReport  ClOrdID=Y  ExecType=NEW
        XLON   prints ACME 99.00x10
        client < ExecutionReport  ClOrdID=Y  {MET}
        XLON   < NewOrderSingle   Side=SELL_SHORT  OrderQty=100  LocateReqd=N  5700=LENDER  -StopPx
        """
    )


@rule("O-11.7", "O-4.3")
def test_an_order_that_a_replace_left_filled_is_not_triggered(world: World) -> None:
    """It was triggered and partly filled; the replace names another StopPx, and no more than was filled."""
    world.converse(
        f"""
        {WAITS}
        XLON   prints ACME 100.50x10
        client < ExecutionReport            {MET}
        XLON   < NewOrderSingle             OrderQty=100
        XLON   > ExecutionReport            ExecType=TRADE  LastQty=60
        client < ExecutionReport            ExecType=TRADE
        client > OrderCancelReplaceRequest  ClOrdID=Y  OrigClOrdID=X  OrderQty=50  StopPx=101
        client < ExecutionReport            ExecType=PENDING_REPLACE
        XLON   > ExecutionReport            ExecType=CANCELED
        client < ExecutionReport            ExecType=REPLACED  OrdStatus=FILLED  OrderQty=60
        XLON   prints ACME 101.00x10
        """
    )
