"""Orders that follow the market: pegged to the best quote of their side, of the other one, or to the middle."""

import pytest

from gateway.model.settings import OFFERED, Offer
from tests.conversation.rules import rule
from tests.conversation.world import World
from tests.order_states.test_display import venues

PEG = "NewOrderSingle   ClOrdID=X  OrderQty=100  OrdType=PEGGED"
FOLLOWS = f"""
    client > {PEG}  Side=BUY  ExecInst=R
    client < ExecutionReport  ExecType=NEW  OrdType=PEGGED  ExecInst=R  -WorkingIndicator
    XLON   < NewOrderSingle   OrderQty=100  OrdType=LIMIT  Price=99.90  TimeInForce=DAY  -ExecInst  ClOrdID=$first
"""


@rule("O-15.1", "O-15.3")
def test_a_pegged_order_moves_with_the_best_quote_of_its_side(world: World) -> None:
    world.converse(
        f"""
        {FOLLOWS}
        +1s
        BATE   quotes ACME 99.95x300 100.10x300
        XLON   < OrderCancelRequest  OrigClOrdID=$first
        BATE   quotes ACME 99.96x300 100.10x300
        XLON   > ExecutionReport  ExecType=CANCELED
        XLON   < NewOrderSingle   OrderQty=100  Price=99.96  ClOrdID=$second
        restart
        XLON   < OrderStatusRequest
        BATE   quotes ACME 99.96x300 100.10x300
        XLON   > ExecutionReport  ClOrdID=$second  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE  OrdStatus=FILLED  LastPx=99.96
        """
    )


@pytest.mark.parametrize(
    ("order", "quotes", "price"),
    [
        ("Side=BUY   ExecInst=R", "99.90x10 100.10x10", "99.90"),
        ("Side=SELL  ExecInst=R", "99.90x10 100.10x10", "100.10"),
        ("Side=BUY   PegPriceType=5  PegOffsetValue=0.05", "99.90x10 100.10x10", "99.95"),
        ("Side=SELL  PegPriceType=5  PegOffsetValue=0.05", "99.90x10 100.10x10", "100.15"),
        ("Side=BUY   ExecInst=P  PegOffsetValue=-0.02", "99.90x10 100.10x10", "100.08"),
        ("Side=SELL  PegPriceType=4  PegOffsetValue=0.02", "99.90x10 100.10x10", "99.92"),
        ("Side=BUY   ExecInst=M", "99.90x10 100.05x10", "99.97"),
        ("Side=SELL  ExecInst=M", "99.90x10 100.05x10", "99.98"),
        ("Side=BUY   ExecInst=M  PegRoundDirection=1", "99.90x10 100.05x10", "99.98"),
        ("Side=SELL  PegPriceType=2  PegRoundDirection=1", "99.90x10 100.05x10", "99.97"),
        ("Side=BUY   ExecInst=M  PegOffsetType=1  PegOffsetValue=-10", "99.90x10 100.10x10", "99.90"),
        ("Side=BUY   ExecInst=R  PegOffsetType=2  PegOffsetValue=3", "99.90x10 100.10x10", "99.93"),
        ("Side=BUY   ExecInst=R  Price=99.80", "99.90x10 100.10x10", "99.80"),
        ("Side=SELL  ExecInst=M  Price=100.04", "99.90x10 100.10x10", "100.04"),
        ("Side=BUY   ExecInst='R M'  PegPriceType=5", "99.90x10 100.10x10", None),
    ],
)
@rule("O-15.1", "O-15.2")
def test_where_a_pegged_order_rests(order: str, quotes: str, price: str | None) -> None:
    world = venues()
    answer = f"XLON < NewOrderSingle  OrderQty=100  Price={price}  TimeInForce=DAY"
    world.converse(
        f"""
        BATE   quotes ACME - -
        XLON   quotes ACME {quotes}
        client > {PEG}  {order}
        client < ExecutionReport  ExecType={"REJECTED" if price is None else "NEW"}
        {"" if price is None else answer}
        """
    )


@rule("O-15.1")
def test_an_order_that_is_pegged_to_the_other_side_takes_first(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=X  OrderQty=900  OrdType=PEGGED  Side=BUY  ExecInst=P
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=500  Price=100.10  TimeInForce=IMMEDIATE_OR_CANCEL
        BATE   < NewOrderSingle   OrderQty=300  Price=100.10  TimeInForce=IMMEDIATE_OR_CANCEL
        BATE   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE  CumQty=300
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE  CumQty=800
        XLON   < NewOrderSingle   OrderQty=100  Price=100.10  TimeInForce=DAY
        """
    )


@rule("O-15.3")
def test_what_rests_moves_at_most_twice_a_second(world: World) -> None:
    world.converse(
        f"""
        {FOLLOWS}
        BATE   quotes ACME 99.95x300 100.10x300
        BATE   quotes ACME 99.97x300 100.10x300
        +499ms
        BATE   quotes ACME 99.92x300 100.10x300
        +1ms
        XLON   < OrderCancelRequest
        XLON   > ExecutionReport  ExecType=CANCELED
        XLON   < NewOrderSingle   OrderQty=100  Price=99.92
        BATE   quotes ACME 99.93x300 100.10x300
        BATE   quotes ACME 99.92x300 100.10x300
        +1s
        """
    )


@rule("O-15.3")
def test_nothing_is_sent_again_before_what_rested_is_back(world: World) -> None:
    """A fill that was faster than our cancel counts; the rest goes to the new price."""
    world.converse(
        f"""
        {FOLLOWS}
        +1s
        XLON   quotes ACME 99.80x500 100.10x500
        BATE   quotes ACME 99.80x300 100.10x300
        XLON   < OrderCancelRequest
        +5s
        XLON   > ExecutionReport  ExecType=TRADE  ClOrdID=$first  LastQty=40
        client < ExecutionReport  ExecType=TRADE  CumQty=40
        XLON   > ExecutionReport  ExecType=CANCELED
        XLON   < NewOrderSingle   OrderQty=60  Price=99.80
        """
    )


@rule("O-15.4")
def test_what_is_pegged_to_a_quote_that_goes_is_called_back(world: World) -> None:
    """At once; and sent again when the quote is there, but not before half a second is over."""
    world.converse(
        f"""
        {FOLLOWS}
        XLON   quotes ACME - 100.10x500
        BATE   quotes ACME - 100.10x300
        XLON   < OrderCancelRequest
        XLON   > ExecutionReport  ExecType=CANCELED
        XLON   quotes ACME 99.91x500 100.10x500
        +499ms
        +1ms
        XLON   < NewOrderSingle   OrderQty=100  Price=99.91
        """
    )


@rule("O-15.4")
def test_what_is_pegged_to_a_venues_quote_is_called_back_when_that_venue_leaves(world: World) -> None:
    """What it showed is not known any more, and XLON shows no bid."""
    world.converse(
        f"""
        {FOLLOWS}
        XLON   quotes ACME - 100.10x500
        BATE   > disconnect
        XLON   < OrderCancelRequest
        """
    )


@rule("O-15.4")
@pytest.mark.parametrize("peg", ["R", "M"])
def test_without_a_quote_to_be_pegged_to_nothing_rests(peg: str) -> None:
    world = venues()
    world.converse(
        f"""
        XLON   quotes ACME - 100.10x500
        BATE   quotes ACME - 100.10x300
        client > {PEG}  Side=BUY  ExecInst={peg}
        client < ExecutionReport  ExecType=NEW
        BATE   quotes ACME 100.00x300 100.10x300
        XLON   < NewOrderSingle   OrderQty=100
        """
    )


@rule("O-15.5")
def test_no_order_follows_another_one_of_ours(world: World) -> None:
    """Both rest at 99.90 with others. When these go, XLON shows 200 there, all ours; what others bid is 99.80."""
    world.converse(
        f"""
        {FOLLOWS}
        client > {PEG.replace("=X", "=Y")}  Side=BUY  PegPriceType=5
        client < ExecutionReport  ClOrdID=Y  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100  Price=99.90  ClOrdID=$other
        +1s
        XLON   quotes ACME 99.90x210,99.80x500 100.10x500
        BATE   quotes ACME 99.80x300 100.10x300
        XLON   quotes ACME 99.90x200,99.80x500 100.10x500
        XLON   < OrderCancelRequest  OrigClOrdID=$first
        XLON   < OrderCancelRequest  OrigClOrdID=$other
        XLON   > ExecutionReport  ExecType=CANCELED  OrigClOrdID=$first
        XLON   < NewOrderSingle   OrderQty=100  Price=99.80
        """
    )


@rule("O-15.1")
def test_a_pegged_order_may_show_a_part(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=X  OrderQty=250  OrdType=PEGGED  Side=SELL  ExecInst=R  MaxFloor=100
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100  Price=100.10  TimeInForce=DAY
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE  CumQty=100
        XLON   < NewOrderSingle   OrderQty=100  Price=100.10
        """
    )


@rule("O-15.1")
def test_a_pegged_order_that_only_rests_never_reaches_the_other_side() -> None:
    world = venues(XLON=(*OFFERED, Offer.POST_ONLY))
    world.converse(
        f"""
        client > {PEG}  Side=BUY  ExecInst='P 6'  PegOffsetValue=-0.05
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100  Price=100.05  ExecInst=6
        +1s
        XLON   quotes ACME 99.90x500 -
        BATE   quotes ACME 99.90x500 100.05x500
        XLON   < OrderCancelRequest
        XLON   > ExecutionReport  ExecType=CANCELED
        XLON   < NewOrderSingle   OrderQty=100  Price=100.00  ExecInst=6
        """
    )


@rule("O-15.1")
def test_a_pegged_order_ends_as_others_do(world: World) -> None:
    world.converse(
        f"""
        {FOLLOWS}
        client > OrderCancelRequest  ClOrdID=Y  OrigClOrdID=X
        client < ExecutionReport  ExecType=PENDING_CANCEL
        XLON   < OrderCancelRequest
        BATE   quotes ACME 99.95x300 100.10x300
        XLON   > ExecutionReport  ExecType=CANCELED
        client < ExecutionReport  ClOrdID=Y  ExecType=CANCELED
        +1s
        BATE   quotes ACME 99.96x300 100.10x300
        """
    )


@rule("O-15.2")
@pytest.mark.parametrize(
    ("order", "text"),
    [
        ("OrdType=PEGGED", "ORDER.MISSING a pegged order"),
        ("OrdType=PEGGED  ExecInst='R M'", "ORDER.CONFLICT a pegged order"),
        ("OrdType=PEGGED  ExecInst=R  PegPriceType=4", "ORDER.CONFLICT a pegged order"),
        ("OrdType=PEGGED  PegPriceType=7", "ORDER.INSTRUCTION Tag(1094) 7"),
        ("OrdType=PEGGED  ExecInst=L", "ORDER.INSTRUCTION Tag(18) L"),
        ("OrdType=PEGGED  ExecInst=R  PegOffsetType=3", "ORDER.INSTRUCTION Tag(836) 3"),
        ("OrdType=PEGGED  ExecInst=R  PegScope=3", "ORDER.INSTRUCTION Tag(840) 3"),
        ("OrdType=PEGGED  ExecInst=R  StopPx=99", "ORDER.CONFLICT OrdType(40) P has no StopPx(99)"),
        ("OrdType=PEGGED  ExecInst=a  PegOffsetValue=1  PegOffsetType=1", "ORDER.CONFLICT OrdType(40) P has no PegOffsetType(836)"),
        ("OrdType=PEGGED  ExecInst=R  MinQty=10", "ORDER.CONFLICT what rests"),
        ("OrdType=PEGGED  ExecInst='R G'", "ORDER.CONFLICT what rests"),
        ("OrdType=PEGGED  ExecInst=R  MaxFloor=0", "ORDER.CONFLICT what rests"),
        ("OrdType=PEGGED  ExecInst=R  TimeInForce=3", "ORDER.TIF TimeInForce(59) 3"),
        ("OrdType=PEGGED  ExecInst=R  Price=120", "RISK.COLLAR"),
        ("OrdType=LIMIT  Price=99  ExecInst=R", "ORDER.INSTRUCTION Tag(18) R"),
        ("OrdType=LIMIT  Price=99  PegPriceType=5", "ORDER.CONFLICT OrdType(40) 2 has no PegPriceType(1094)"),
        ("OrdType=MARKET  PegRoundDirection=1", "ORDER.CONFLICT OrdType(40) 1 has no PegRoundDirection(838)"),
    ],
)  # fmt: skip
def test_pegs_that_are_none_are_refused(world: World, order: str, text: str) -> None:
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=X  OrderQty=100  {order}
        client < ExecutionReport  ExecType=REJECTED  Text~'{text}'
        """
    )
