"""Orders that show a part of themselves, all or nothing: MaxFloor, MinQty, all or none, participate don't initiate."""

import msgspec
import pytest

from gateway.model.settings import OFFERED, Offer
from tests.conftest import SETTINGS, make_world
from tests.conversation.rules import rule
from tests.conversation.world import World

ICEBERG = "NewOrderSingle   ClOrdID=X  Side=BUY  OrderQty=250  OrdType=LIMIT  Price=100.00  MaxFloor=100"


def venues(**offers: tuple[Offer, ...]) -> World:
    """XLON and BATE offer what is usual, and what `offers` says they offer."""
    world = make_world(
        venues=tuple(
            msgspec.structs.replace(venue, offers=offers.get(venue.name, OFFERED)) for venue in SETTINGS.venues
        )
    )
    world.converse(
        """
        XLON quotes ACME 99.90x500 100.10x500
        BATE quotes ACME 99.90x300 100.10x300
        """
    )
    return world


@rule("O-13.1")
def test_an_iceberg_shows_its_tip_and_the_next_one_when_that_is_gone(world: World) -> None:
    world.converse(
        f"""
        client > {ICEBERG}
        client < ExecutionReport  ExecType=NEW  MaxFloor=100
        XLON   < NewOrderSingle   OrderQty=100  OrdType=LIMIT  Price=100.00  TimeInForce=DAY  -MaxFloor
        XLON   > ExecutionReport  ExecType=NEW
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=60
        client < ExecutionReport  ExecType=TRADE  CumQty=60  LeavesQty=190
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=40
        client < ExecutionReport  ExecType=TRADE  CumQty=100  LeavesQty=150
        XLON   < NewOrderSingle   OrderQty=100  Price=100.00  TimeInForce=DAY
        restart
        XLON   < OrderStatusRequest
        XLON   quotes ACME 99.90x500 100.10x500
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=100
        client < ExecutionReport  ExecType=TRADE  CumQty=200  LeavesQty=50
        XLON   < NewOrderSingle   OrderQty=50
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE  OrdStatus=FILLED  CumQty=250
        """
    )


@rule("O-13.1")
def test_what_of_an_iceberg_is_not_seen_takes_what_others_show(world: World) -> None:
    """The tip stays; 150 are hidden. Of the 200 at 99.95 that BATE comes to show they take what they can."""
    world.converse(
        f"""
        client > {ICEBERG.replace("MaxFloor", "1138")}
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100  TimeInForce=DAY  ClOrdID=$tip
        client > NewOrderSingle   ClOrdID=Z  Side=BUY  OrderQty=500
        client < ExecutionReport  ClOrdID=Z  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=500  Price=100.10  ClOrdID=$other
        XLON   > ExecutionReport  ClOrdID=$other  ExecType=TRADE
        client < ExecutionReport  ClOrdID=Z  ExecType=TRADE
        BATE   quotes ACME 99.90x300 99.95x200
        BATE   < NewOrderSingle   OrderQty=150  Price=99.95  TimeInForce=IMMEDIATE_OR_CANCEL
        BATE   > ExecutionReport  ExecType=TRADE  LastQty=130
        client < ExecutionReport  ExecType=TRADE  CumQty=130
        BATE   > ExecutionReport  ExecType=CANCELED
        client > OrderCancelRequest  ClOrdID=Y  OrigClOrdID=X
        client < ExecutionReport  ExecType=PENDING_CANCEL
        XLON   < OrderCancelRequest  OrigClOrdID=$tip
        XLON   > ExecutionReport  ExecType=CANCELED
        client < ExecutionReport  ExecType=CANCELED  CumQty=130
        """
    )


@rule("O-13.1")
def test_an_iceberg_takes_before_it_rests(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=X  Side=SELL  OrderQty=1000  OrdType=LIMIT  Price=99.90  MaxFloor=100
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=500  Price=99.90  TimeInForce=IMMEDIATE_OR_CANCEL
        BATE   < NewOrderSingle   OrderQty=300  Price=99.90  TimeInForce=IMMEDIATE_OR_CANCEL
        BATE   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE  CumQty=300
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE  CumQty=800
        XLON   < NewOrderSingle   OrderQty=100  Price=99.90  TimeInForce=DAY
        """
    )


@rule("O-13.2")
def test_an_order_with_nothing_to_show_waits_here(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=X  OrderQty=100  OrdType=LIMIT  Price=100.00  MaxFloor=0
        client < ExecutionReport  ExecType=NEW
        XLON   quotes ACME 99.90x500 100.00x40
        XLON   < NewOrderSingle   OrderQty=40  TimeInForce=IMMEDIATE_OR_CANCEL
        """
    )


@rule("O-13.3")
def test_with_a_least_quantity_each_child_is_that_large_or_all_that_is_left(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=X  OrderQty=950  OrdType=LIMIT  Price=100.10  MinQty=301
        client < ExecutionReport  ExecType=NEW  MinQty=301
        XLON   < NewOrderSingle   OrderQty=500  TimeInForce=FILL_OR_KILL
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE  CumQty=500
        XLON   quotes ACME 99.90x500 100.10x300
        BATE   quotes ACME 99.90x500 100.00x1,100.05x300
        BATE   < NewOrderSingle   OrderQty=301  Price=100.05  TimeInForce=FILL_OR_KILL
        BATE   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE  CumQty=801
        XLON   < NewOrderSingle   OrderQty=149  TimeInForce=FILL_OR_KILL
        XLON   > ExecutionReport  ExecType=CANCELED
        """
    )


@rule("O-13.3")
def test_an_immediate_order_with_a_least_quantity_is_canceled_where_no_venue_shows_it(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=X  OrderQty=950  TimeInForce=IMMEDIATE_OR_CANCEL  MinQty=501
        client < ExecutionReport  ExecType=NEW
        client < ExecutionReport  ExecType=CANCELED  CumQty=0
        client > NewOrderSingle   ClOrdID=Y  OrderQty=950  TimeInForce=IMMEDIATE_OR_CANCEL  MinQty=500
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=500  TimeInForce=FILL_OR_KILL
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE  CumQty=500
        client < ExecutionReport  ExecType=CANCELED  CumQty=500  LeavesQty=0
        """
    )


@rule("O-13.4")
def test_all_or_none_waits_for_a_venue_that_has_all(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=X  OrderQty=600  OrdType=LIMIT  Price=100.10  ExecInst=G
        client < ExecutionReport  ExecType=NEW  ExecInst=G
        BATE   quotes ACME 99.90x300 100.05x599
        BATE   quotes ACME 99.90x300 100.05x300,100.10x300
        BATE   < NewOrderSingle   OrderQty=600  Price=100.10  TimeInForce=FILL_OR_KILL
        BATE   > ExecutionReport  ExecType=CANCELED
        XLON   quotes ACME 99.90x300 100.10x700
        XLON   < NewOrderSingle   OrderQty=600  TimeInForce=FILL_OR_KILL
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE  OrdStatus=FILLED  CumQty=600
        """
    )


@rule("O-13.5")
def test_an_order_that_only_rests_waits_while_it_would_take() -> None:
    world = venues(BATE=(*OFFERED, Offer.POST_ONLY))
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=X  OrderQty=150  OrdType=LIMIT  Price=100.10  ExecInst=6
        client < ExecutionReport  ExecType=NEW
        XLON   quotes ACME 99.90x500 100.20x500
        BATE   quotes ACME 99.90x500 100.11x500
        BATE   < NewOrderSingle   OrderQty=150  Price=100.10  TimeInForce=DAY  ExecInst=6
        BATE   quotes ACME 99.90x500 100.05x500
        """
    )


@rule("O-13.5", "O-13.1")
def test_an_order_that_only_rests_may_show_a_part() -> None:
    world = venues(XLON=(*OFFERED, Offer.POST_ONLY))
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=X  Side=SELL  OrderQty=150  OrdType=LIMIT  Price=100.00  ExecInst='6 1'  MaxFloor=100
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100  Price=100.00  TimeInForce=DAY  ExecInst=6
        BATE   quotes ACME 100.00x500 100.10x500
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE  CumQty=100
        BATE   quotes ACME 99.99x500 100.10x500
        XLON   < NewOrderSingle   OrderQty=50   Price=100.00  ExecInst=6
        """
    )


@rule("O-13.6")
def test_the_next_venue_is_asked_when_one_rejects_or_is_away(world: World) -> None:
    world.converse(
        f"""
        client > {ICEBERG}
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=REJECTED
        +500ms
        BATE   < NewOrderSingle   OrderQty=100
        XLON   > disconnect
        client > {ICEBERG.replace("ClOrdID=X", "ClOrdID=Y")}
        client < ExecutionReport  ClOrdID=Y  ExecType=NEW
        BATE   < NewOrderSingle   OrderQty=100
        """
    )


@rule("O-13.6")
def test_a_venue_that_is_stopped_gets_nothing_to_rest(world: World) -> None:
    world.converse(
        f"""
        operator kill scope=venue=XLON why=test
        client > {ICEBERG}
        client < ExecutionReport  ExecType=NEW
        BATE   < NewOrderSingle   OrderQty=100  TimeInForce=DAY
        """
    )


@rule("O-13.7")
@pytest.mark.parametrize(
    ("offers", "order", "answer"),
    [
        (OFFERED, "ExecInst=6", "no venue offers DAY and POST_ONLY"),
        ((Offer.IOC, Offer.FOK, Offer.POST_ONLY), "ExecInst=6", "no venue offers DAY and POST_ONLY"),
        ((Offer.IOC, Offer.FOK), "MaxFloor=10", "no venue offers DAY"),
        ((Offer.DAY, Offer.FOK), "MaxFloor=10", "no venue offers IOC"),
        ((Offer.DAY, Offer.IOC), "ExecInst=G", "no venue offers FOK"),
        ((Offer.DAY, Offer.IOC), "MinQty=10", "no venue offers FOK"),
        ((Offer.DAY, Offer.IOC), "TimeInForce=FILL_OR_KILL", "no venue offers FOK"),
        ((Offer.DAY, Offer.FOK), "TargetStrategy=TWAP  Duration=60", "no venue offers IOC"),
    ],
)
def test_what_no_venue_offers_is_refused(offers: tuple[Offer, ...], order: str, answer: str) -> None:
    venues(XLON=offers, BATE=offers).converse(
        f"""
        client > NewOrderSingle   ClOrdID=X  OrderQty=100  OrdType=LIMIT  Price=99  {order}
        client < ExecutionReport  ExecType=REJECTED  OrdRejReason=11  Text='ORDER.VENUE {answer}'
        """
    )


@rule("O-13.7")
def test_a_child_goes_only_where_it_is_offered() -> None:
    venues(XLON=(Offer.DAY, Offer.IOC)).converse(
        """
        client > NewOrderSingle   ClOrdID=X  OrderQty=200  ExecInst=G
        client < ExecutionReport  ExecType=NEW
        BATE   < NewOrderSingle   OrderQty=200  TimeInForce=FILL_OR_KILL
        """
    )


@rule("O-13.1", "O-13.4", "O-13.5")
@pytest.mark.parametrize(
    ("order", "text"),
    [
        ("Price=99  MaxFloor=50  1138=40", "ORDER.CONFLICT MaxFloor(111) and DisplayQty(1138) differ"),
        ("OrdType=MARKET  MaxFloor=50", "ORDER.MISSING Price(44)"),
        ("OrdType=STOP  StopPx=101  MaxFloor=50", "ORDER.MISSING Price(44)"),
        ("OrdType=MARKET  ExecInst=6", "ORDER.MISSING Price(44)"),
        ("Price=99  MaxFloor=50  TimeInForce=IMMEDIATE_OR_CANCEL", "ORDER.TIF TimeInForce(59) 3"),
        ("Price=99  ExecInst=6  TimeInForce=FILL_OR_KILL", "ORDER.TIF TimeInForce(59) 4"),
        ("Price=99  MaxFloor=50  MinQty=10", "ORDER.CONFLICT what rests"),
        ("Price=99  MaxFloor=50  ExecInst=G", "ORDER.CONFLICT what rests"),
        ("Price=99  MaxFloor=0  ExecInst=6", "ORDER.CONFLICT what rests"),
        ("Price=99  MaxFloor=101", "RISK.LOT MaxFloor(111) 101"),
        ("Price=99  MaxFloor=0.5", "RISK.LOT MaxFloor(111) 0.5"),
        ("Price=99  MinQty=101", "RISK.LOT MinQty(110) 101"),
        ("Price=99  MinQty=1.5", "RISK.LOT MinQty(110) 1.5"),
        ("Price=99  MinQty=10  TargetStrategy=TWAP  Duration=9", "ORDER.INSTRUCTION Tag(110) 10"),
        ("Price=99  MaxFloor=10  TargetStrategy=POV  849=0.5  Duration=9", "ORDER.INSTRUCTION Tag(111) 10"),
        ("Price=99  ExecInst=6  TargetStrategy=TWAP  Duration=9", "ORDER.INSTRUCTION Tag(18) 6"),
    ],
)
def test_what_does_not_go_together_is_refused(world: World, order: str, text: str) -> None:
    kind = "" if "OrdType" in order else "OrdType=LIMIT"
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=X  OrderQty=100  {kind}  {order}
        client < ExecutionReport  ExecType=REJECTED  Text~'{text}'
        """
    )


@rule("O-13.8")
def test_an_order_may_be_not_held(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=X  OrderQty=100  ExecInst=1
        client < ExecutionReport  ExecType=NEW  ExecInst=1
        XLON   < NewOrderSingle   OrderQty=100  -ExecInst
        """
    )


@rule("O-13.1")
def test_a_venue_that_cancels_what_rests_gets_it_again_only_after_a_while(world: World) -> None:
    world.converse(
        f"""
        client > {ICEBERG}
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=CANCELED
        +499ms
        +1ms
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=60
        client < ExecutionReport  ExecType=TRADE
        XLON   > ExecutionReport  ExecType=EXPIRED
        BATE   quotes ACME 99.90x300 99.95x10
        BATE   < NewOrderSingle   OrderQty=10  TimeInForce=IMMEDIATE_OR_CANCEL
        BATE   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE
        +500ms
        XLON   < NewOrderSingle   OrderQty=100
        """
    )
