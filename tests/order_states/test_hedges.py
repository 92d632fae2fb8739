"""Orders that are hedged: what the hedge is, what stops it and what does not, and what nobody hedges."""

import msgspec
import pytest

from gateway.model import Instrument, SessionConfig, parse_qty
from gateway.node import Gateway
from tests.conftest import SETTINGS, make_world
from tests.conversation.rules import rule
from tests.conversation.world import World
from tests.order_states import listed

LEG = "TargetStrategy=ARBITRAGE  LegSymbol=BETA  Ratio=2  MinEdge=10  Duration=3600"


def leg_world(**changes: object) -> World:
    """ACME 99.90 at 100.10 on XLON, and BETA 50.20 at 50.30 on BATE, of which two hedge one."""
    instruments = (Instrument(symbol="ACME"), Instrument(symbol="BETA"))
    limits = SETTINGS.limits | {"BETA": SETTINGS.limits["ACME"]}
    world = make_world(**({"instruments": instruments, "limits": limits} | changes))
    world.converse(
        """
        XLON quotes ACME 99.90x500 100.10x500
        BATE quotes BETA 50.20x900 50.30x900
        """
    )
    return world


@pytest.fixture
def world() -> World:
    return leg_world()


def codes(world: World) -> list[str]:
    return [note["code"] for note in world.notes("alert")]


BOUGHT = f"""
    client > NewOrderSingle   ClOrdID=A  OrderQty=300  {LEG}  MaxLegRisk=100  LocateReqd=N
    client < ExecutionReport  ClOrdID=A  ExecType=NEW
    client < ExecutionReport  ClOrdID=A-H  ExecType=NEW  Symbol=BETA  Side=SELL_SHORT  OrderQty=600  ClOrdLinkID=A
    XLON   < NewOrderSingle   ClOrdID=$a  Symbol=ACME  Side=BUY  OrderQty=100  Price=100.10
    XLON   > ExecutionReport  ClOrdID=$a  ExecType=TRADE  LastQty=100  LastPx=100.10
    client < ExecutionReport  ClOrdID=A  CumQty=100
    BATE   < NewOrderSingle   ClOrdID=$h  Symbol=BETA  Side=SELL_SHORT  OrderQty=200  Price=50.20  LocateReqd=N
"""


@rule("O-20.1", "O-20.2")
def test_what_is_filled_is_hedged_and_then_more_is_taken(world: World) -> None:
    world.converse(
        BOUGHT
        + """
        BATE   > ExecutionReport  ClOrdID=$h  ExecType=TRADE  LastQty=200  LastPx=50.20
        client < ExecutionReport  ClOrdID=A-H  CumQty=200  LeavesQty=400
        XLON   < NewOrderSingle   OrderQty=100
        """
    )


@rule("O-20.2")
def test_nothing_is_taken_while_the_edge_is_not_there(world: World) -> None:
    """100.10 is ten basis points better than two at 50.11 and not than two at 50.09; the leg's market alone wakes it."""
    world.converse(
        f"""
        BATE   quotes BETA 50.09x900 50.30x900
        client > NewOrderSingle   ClOrdID=A  OrderQty=300  {LEG}  LocateReqd=N
        client < ExecutionReport  ClOrdID=A  ExecType=NEW
        client < ExecutionReport  ClOrdID=A-H  ExecType=NEW
        XLON   quotes ACME 99.90x500 100.10x500
        BATE   quotes BETA 50.11x150 50.30x900
        XLON   < NewOrderSingle   OrderQty=75
        XLON   > ExecutionReport  ExecType=CANCELED
        BATE   quotes BETA 50.10x900 50.30x900
        XLON   quotes ACME 99.90x500 100.10x500
        +60s
        XLON   quotes ACME 99.90x500 100.09x500
        XLON   < NewOrderSingle   OrderQty=300  Price=100.09
        """
    )


@rule("O-20.2", "O-20.3")
def test_what_is_sold_is_hedged_by_buying(world: World) -> None:
    """At 99.90, two at 49.89 are cheaper by more than ten basis points; no locate is needed to buy."""
    world.converse(
        f"""
        BATE   quotes BETA 49.80x900 49.91x900
        client > NewOrderSingle   ClOrdID=A  Side=SELL  OrderQty=300  {LEG}  MaxLegRisk=100
        client < ExecutionReport  ClOrdID=A  ExecType=NEW
        client < ExecutionReport  ClOrdID=A-H  ExecType=NEW  Side=BUY  OrderQty=600  40=1  59=1
        BATE   quotes BETA 49.80x900 49.89x900
        XLON   < NewOrderSingle   ClOrdID=$a  Side=SELL  OrderQty=100  Price=99.90
        XLON   > ExecutionReport  ClOrdID=$a  ExecType=TRADE  LastQty=50  LastPx=99.90
        client < ExecutionReport  ClOrdID=A  CumQty=50
        BATE   < NewOrderSingle   Side=BUY  OrderQty=100  Price=49.89
        """
    )


@rule("O-20.4")
def test_a_hedge_that_is_filled_in_part_goes_on_and_lets_as_much_go(world: World) -> None:
    """80 of the leg are 40 of the first; the other 60 are unhedged, so 40 may go of 100."""
    world.converse(
        BOUGHT
        + """
        BATE   > ExecutionReport  ClOrdID=$h  ExecType=TRADE  LastQty=80  LastPx=50.20
        client < ExecutionReport  ClOrdID=A-H  CumQty=80
        XLON   < NewOrderSingle   ClOrdID=$b  OrderQty=40
        BATE   > ExecutionReport  ClOrdID=$h  ExecType=CANCELED  CumQty=80
        BATE   quotes BETA 50.20x900 50.30x900
        BATE   < NewOrderSingle   ClOrdID=$i  OrderQty=120  Price=50.20
        restart
        BATE   < OrderStatusRequest  ClOrdID=$i
        XLON   < OrderStatusRequest  ClOrdID=$b
        XLON   > ExecutionReport  ClOrdID=$b  ExecType=TRADE  LastQty=40  LastPx=100.10
        client < ExecutionReport  ClOrdID=A  CumQty=140
        BATE   > ExecutionReport  ClOrdID=$i  ExecType=TRADE  LastQty=120  LastPx=50.20
        client < ExecutionReport  ClOrdID=A-H  CumQty=200
        BATE   quotes BETA 50.20x900 50.30x900
        BATE   < NewOrderSingle   OrderQty=80
        """
    )


@rule("O-20.4")
def test_a_hedge_keeps_the_edge_for_its_time_and_then_goes_at_the_market(world: World) -> None:
    """100.10 keeps its edge down to 50.11; the collar of five per cent holds at the market, too."""
    world.converse(
        BOUGHT.replace("BATE   < ", "# ").replace("XLON   > ", "BATE quotes BETA 50.10x900 50.30x900\nXLON   > ")
        + """
        +999ms
        BATE   quotes BETA 50.11x50 50.30x900
        BATE   < NewOrderSingle   ClOrdID=$h  OrderQty=50  Price=50.11
        BATE   > ExecutionReport  ClOrdID=$h  ExecType=TRADE  LastQty=50  LastPx=50.11
        client < ExecutionReport  ClOrdID=A-H  CumQty=50
        BATE   quotes BETA 48.00x900 50.30x900
        +1ms
        BATE   < NewOrderSingle   OrderQty=150  Price=48.00
        """
    )


@rule("O-20.4")
def test_a_leg_that_nobody_shows_is_not_hedged_until_somebody_does(world: World) -> None:
    """While the venue of the leg is away nothing of the first is taken either."""
    world.converse(
        BOUGHT.replace("BATE   < ", "# ").replace("XLON   > ", "BATE > disconnect\nXLON   > ")
        + """
        XLON   quotes ACME 99.90x500 100.00x500
        +60s
        BATE   > connect
        BATE   quotes BETA 50.00x900 50.30x900
        BATE   < NewOrderSingle   ClOrdID=$h  OrderQty=200  Price=50.00
        BATE   > ExecutionReport  ClOrdID=$h  ExecType=TRADE  LastQty=200  LastPx=50.00
        client < ExecutionReport  ClOrdID=A-H  CumQty=200
        """
    )
    assert codes(world) == []


ENDS = {
    "client > OrderCancelRequest  ClOrdID=X  OrigClOrdID=A\n": "ClOrdID=X  ExecType=CANCELED",
    "client > OrderMassCancelRequest  ClOrdID=M  MassCancelRequestType=7  TransactTime=now\nclient < OrderMassCancelReport  TotalAffectedOrders=1\n": "ClOrdID=A  ExecType=CANCELED",
    "operator kill scope=symbol=ACME why=test\n": "ClOrdID=A  ExecType=CANCELED  Text='canceled because trading is stopped'",
    "+1h\n": "ClOrdID=A  ExecType=EXPIRED",
}


@rule("O-20.4", "O-20.6")
def test_a_hedge_that_cannot_be_filled_ends_and_an_operator_hears(world: World) -> None:
    """Its time counts from its last fill, and it is not told over while something of it can still be filled."""
    world.converse(
        BOUGHT.replace("LocateReqd=N\n", "LocateReqd=N  HedgeWaitSec:INT=60\n", 1)
        + """
        +50s
        BATE   > ExecutionReport  ClOrdID=$h  ExecType=TRADE  LastQty=150  LastPx=50.20
        client < ExecutionReport  ClOrdID=A-H  CumQty=150
        XLON   < NewOrderSingle   ClOrdID=$b  Symbol=ACME  OrderQty=75
        XLON   > ExecutionReport  ClOrdID=$b  ExecType=CANCELED
        +59999ms
        restart
        BATE   < OrderStatusRequest  ClOrdID=$h
        +1ms
        BATE   > ExecutionReport  ClOrdID=$h  ExecType=CANCELED
        client < ExecutionReport  ClOrdID=A-H  ExecType=EXPIRED  CumQty=150
        client < ExecutionReport  ClOrdID=A    ExecType=CANCELED  ExecRestatementReason=OTHER  CumQty=100
        """
    )
    assert codes(world)[-1] == "HEDGE.OPEN"
    assert "50 BETA to SELL_SHORT are not hedged" in world.notes("alert")[-1]["text"]


@rule("O-20.5")
@pytest.mark.parametrize(("end", "told"), ENDS.items())
def test_when_the_first_ends_the_hedge_goes_on_until_what_is_filled_is_hedged(
    world: World, end: str, told: str
) -> None:
    world.converse(
        BOUGHT
        + f"""
        BATE   > ExecutionReport  ClOrdID=$h  ExecType=TRADE  LastQty=40  LastPx=50.20
        client < ExecutionReport  ClOrdID=A-H  CumQty=40
        XLON   < NewOrderSingle   ClOrdID=$b  OrderQty=20
        XLON   > ExecutionReport  ClOrdID=$b  ExecType=CANCELED
        XLON   quotes ACME - -
        {end}
        client < ExecutionReport  {told}  CumQty=100
        client < ExecutionReport  ClOrdID=A-H  ExecType=RESTATED  ExecRestatementReason=99  OrderQty=200  LeavesQty=160  Text='reduced as A has ended'
        BATE   > ExecutionReport  ClOrdID=$h  ExecType=CANCELED  CumQty=40
        BATE   quotes BETA 50.20x900 50.30x900
        BATE   < NewOrderSingle   ClOrdID=$i  OrderQty=160
        BATE   > ExecutionReport  ClOrdID=$i  ExecType=TRADE  LastQty=160  LastPx=50.20
        client < ExecutionReport  ClOrdID=A-H  OrdStatus=FILLED  CumQty=200
        """
    )
    assert codes(world) == []


@rule("O-20.5")
def test_a_hedge_of_which_nothing_is_wanted_ends_with_the_first(world: World) -> None:
    world.converse(
        f"""
        XLON   quotes ACME 99.90x500 101.00x500
        client > NewOrderSingle      ClOrdID=A  OrderQty=300  {LEG}  LocateReqd=N
        client < ExecutionReport     ClOrdID=A  ExecType=NEW
        client < ExecutionReport     ClOrdID=A-H  ExecType=NEW
        client > OrderCancelRequest  ClOrdID=X  OrigClOrdID=A
        client < ExecutionReport     ClOrdID=X  ExecType=CANCELED
        client < ExecutionReport     ClOrdID=A-H  ExecType=CANCELED  ExecRestatementReason=99  Text='A has ended and is hedged'
        """
    )


@rule("O-20.6")
@pytest.mark.parametrize(
    ("stop", "why"),
    [
        ("operator kill scope=symbol=BETA why=test", "Text='canceled because trading is stopped'"),
        ("operator cancel-order order=$hedge why=test", "Text='canceled by telephone'"),
    ],
)
def test_without_its_hedge_the_first_ends_and_an_operator_hears_what_is_open(world: World, stop: str, why: str) -> None:
    world.converse(
        BOUGHT.replace("ClOrdID=A-H  ", "ClOrdID=A-H  OrderID=$hedge  ")
        + f"""
        BATE   > ExecutionReport  ClOrdID=$h  ExecType=TRADE  LastQty=40  LastPx=50.20
        client < ExecutionReport  ClOrdID=A-H  CumQty=40
        XLON   < NewOrderSingle   ClOrdID=$b  OrderQty=20
        {stop}
        """
        + ("BATE   < OrderCancelRequest  OrigClOrdID=$h\n" if "kill" in stop else "")
        + f"""
        BATE   > ExecutionReport  ClOrdID=$h  ExecType=CANCELED  CumQty=40
        client < ExecutionReport  ClOrdID=A-H  ExecType=CANCELED  {why}
        XLON   > ExecutionReport  ClOrdID=$b  ExecType=TRADE  LastQty=20  LastPx=100.10
        client < ExecutionReport  ClOrdID=A  CumQty=120
        client < ExecutionReport  ClOrdID=A  ExecType=CANCELED  Text='its hedge A-H has ended'
        """
    )
    alerts = [note["text"] for note in world.notes("alert")]
    assert codes(world) == ["HEDGE.OPEN", "HEDGE.OPEN"]
    assert alerts == [f"{qty} BETA to SELL_SHORT are not hedged, and nobody will" for qty in (160, 200)]


@rule("O-20.7")
def test_what_is_busted_of_the_first_is_not_traded_back(world: World) -> None:
    """Of the leg 120 have nothing to hedge any more. Of the first the 60 are not taken anew; its other 240 go on."""
    world.converse(
        BOUGHT.replace("TRADE  LastQty=100", "TRADE  ExecID=E1  LastQty=60")
        .replace("CumQty=100", "CumQty=60")
        .replace("OrderQty=200", "OrderQty=120")
        + """
        BATE   > ExecutionReport  ClOrdID=$h  ExecType=TRADE  LastQty=120  LastPx=50.20
        client < ExecutionReport  ClOrdID=A-H  CumQty=120
        XLON   < NewOrderSingle   ClOrdID=$b  OrderQty=60
        XLON   > ExecutionReport  ClOrdID=$a  ExecType=TRADE_CANCEL  ExecRefID=E1  CumQty=0  LeavesQty=0
        client < ExecutionReport  ClOrdID=A  ExecType=TRADE_CANCEL  CumQty=0
        XLON   < NewOrderSingle   OrderQty=40
        """
    )
    assert codes(world) == ["CHILD.BUST", "HEDGE.OVER"]
    assert world.notes("alert")[-1]["text"].startswith("120 BETA SELL_SHORT are more than is filled of ")


@rule("O-20.5", "O-20.7")
def test_a_hedge_that_came_too_late_to_be_wanted_ends_when_it_is_back(world: World) -> None:
    """All of the first was busted while the hedge was out, and nothing of that was filled."""
    world.converse(
        BOUGHT.replace("TRADE", "TRADE  ExecID=E1")
        + """
        XLON   > ExecutionReport     ClOrdID=$a  ExecType=TRADE_CANCEL  ExecRefID=E1  CumQty=0  LeavesQty=0
        client < ExecutionReport     ClOrdID=A  ExecType=TRADE_CANCEL  CumQty=0
        XLON   < NewOrderSingle      ClOrdID=$b  OrderQty=100
        XLON   > ExecutionReport     ClOrdID=$b  ExecType=CANCELED
        client > OrderCancelRequest  ClOrdID=X  OrigClOrdID=A
        client < ExecutionReport     ClOrdID=X  ExecType=CANCELED
        BATE   > ExecutionReport     ClOrdID=$h  ExecType=CANCELED
        client < ExecutionReport     ClOrdID=A-H  ExecType=CANCELED  CumQty=0
        """
    )
    assert codes(world) == ["CHILD.BUST"]


@rule("O-20.7")
def test_what_is_busted_of_the_hedge_is_hedged_again(world: World) -> None:
    world.converse(
        BOUGHT
        + """
        BATE   > ExecutionReport  ClOrdID=$h  ExecType=TRADE  ExecID=E1  LastQty=200  LastPx=50.20
        client < ExecutionReport  ClOrdID=A-H  CumQty=200
        XLON   < NewOrderSingle   ClOrdID=$b  OrderQty=100
        BATE   > ExecutionReport  ClOrdID=$h  ExecType=TRADE_CANCEL  ExecRefID=E1  CumQty=0  LeavesQty=0
        client < ExecutionReport  ClOrdID=A-H  ExecType=TRADE_CANCEL  CumQty=0
        BATE   < NewOrderSingle   OrderQty=200
        """
    )
    assert codes(world) == ["CHILD.BUST"]


@rule("O-20.8")
def test_a_hedge_cannot_be_canceled_or_replaced_by_its_client(world: World) -> None:
    world.converse(
        BOUGHT
        + """
        client > OrderCancelRequest         ClOrdID=X  OrigClOrdID=A-H  Symbol=BETA  Side=SELL_SHORT
        client < OrderCancelReject          ClOrdID=X  CxlRejReason=99  Text~ORDER.HEDGE
        client > OrderCancelReplaceRequest  ClOrdID=Y  OrigClOrdID=A-H  Symbol=BETA  Side=SELL_SHORT  OrderQty=100  OrdType=MARKET  847=1009
        client < OrderCancelReject          ClOrdID=Y  CxlRejReason=99  Text~ORDER.HEDGE
        """
    )


# --- what is taken


LIMITS = "OrderQty=300  TargetStrategy=ARBITRAGE  MinEdge=10  Duration=60"


@rule("O-20.3")
@pytest.mark.parametrize(
    ("terms", "text"),
    [
        ("LegSymbol=BETA  Ratio=2", "'POSITION.CLOSE its hedge in BETA: OrderQty(38) 600 is more than the 0 open'"),
        ("LegSymbol=ACME  Ratio=2  LocateReqd=N", "'ALGO.RANGE ACME, which is to hedge it, is Symbol(55)'"),
        ("LegSymbol=GAMA  Ratio=2  LocateReqd=N", "'ALGO.RANGE GAMA, which is to hedge it, is not traded here'"),
        ("LegSymbol=BETA  Ratio=0  LocateReqd=N", "'ALGO.RANGE Ratio 0 must be at least 0.00000001'"),
        (
            "LegSymbol=BETA  Ratio=0.001  LocateReqd=N",
            "'ALGO.RANGE 0 of BETA would hedge it, below the smallest order'",
        ),
        (
            "LegSymbol=BETA  Ratio=2  MaxLegRisk=1.5  LocateReqd=N",
            "'ALGO.RANGE MaxLegRisk 1.5 must be in lots and at most OrderQty(38)'",
        ),
        (
            "LegSymbol=BETA  Ratio=2  MaxLegRisk=2  LocateReqd=N",
            "'ALGO.RANGE what may be unhedged, 2, is too little to be hedged by orders'",
        ),
        (
            "LegSymbol=BETA  Ratio=400  LocateReqd=N",
            "'RISK.QTY its hedge in BETA: OrderQty(38) 120000 is above 100000'",
        ),
    ],
)
def test_both_are_refused_together(world: World, terms: str, text: str) -> None:
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=A  {LIMITS}  {terms}
        client < ExecutionReport  ClOrdID=A  ExecType=REJECTED  Text={text}
        """
    )


@rule("O-20.3")
def test_a_sale_that_closes_a_position_needs_no_locate(world: World) -> None:
    """What one order closes is not there for another."""
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=B  Symbol=BETA  OrderQty=700
        client < ExecutionReport  ClOrdID=B  ExecType=NEW
        BATE   < NewOrderSingle   OrderQty=700
        BATE   > ExecutionReport  ExecType=TRADE  LastQty=700  LastPx=50.30
        client < ExecutionReport  ClOrdID=B  OrdStatus=FILLED
        XLON   quotes ACME 99.90x500 101.00x500
        client > NewOrderSingle   ClOrdID=A  {LIMITS}  LegSymbol=BETA  Ratio=2
        client < ExecutionReport  ClOrdID=A  ExecType=NEW
        client < ExecutionReport  ClOrdID=A-H  ExecType=NEW  Side=SELL  PositionEffect=CLOSE
        client > NewOrderSingle   ClOrdID=C  {LIMITS}  LegSymbol=BETA  Ratio=2
        client < ExecutionReport  ClOrdID=C  ExecType=REJECTED  Text~"600 is more than the 100 open"
        """
    )


LISTED = "TargetStrategy=ARBITRAGE  957=4  958=LegSymbol  959=14  960=BETA  958=Ratio  959=6  960=2  958=MinEdge  959=1  960=10  958=Duration  959=1  960=60"


@rule("O-20.3")
def test_its_name_has_to_be_free_and_no_list_and_no_split_has_it(world: World) -> None:
    world.converse(
        f"""
        XLON   quotes ACME 99.90x500 101.00x500
        client > NewOrderSingle   ClOrdID=A-H  OrderQty=1  TimeInForce=IOC  Price=99.00  OrdType=LIMIT
        client < ExecutionReport  ClOrdID=A-H  ExecType=NEW
        client < ExecutionReport  ClOrdID=A-H  ExecType=CANCELED
        client > NewOrderSingle   ClOrdID=A  {LIMITS}  LegSymbol=BETA  Ratio=2  LocateReqd=N
        client < ExecutionReport  ClOrdID=A  ExecType=REJECTED  OrdRejReason=6  Text~"ORDER.DUPLICATE its hedge"
        client > NewOrderList     ListID=L  NoOrders=1  {listed("L1", 1, more=LISTED)}
        client < ListStatus       ListOrderStatus=REJECT  Text~"ALGO.CONFLICT an order that is hedged"
        """
    )


@rule("O-20.3")
def test_both_legs_count_together_for_a_limit(world: World) -> None:
    """Each alone is worth 30,000 and both are more than 50,000."""
    world = leg_world(
        scoped_limits={
            "firm": msgspec.structs.replace(SETTINGS.scoped_limits["firm"], max_open_gross=int(parse_qty("50000")))
        }
    )
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=A  {LIMITS}  LegSymbol=BETA  Ratio=2  LocateReqd=N
        client < ExecutionReport  ClOrdID=A  ExecType=REJECTED  Text~"RISK.GROSS its hedge in BETA"
        client > NewOrderSingle   ClOrdID=B  {LIMITS}  LegSymbol=BETA  Ratio=1  LocateReqd=N
        client < ExecutionReport  ClOrdID=B  ExecType=NEW
        client < ExecutionReport  ClOrdID=B-H  ExecType=NEW
        """
    )


@rule("O-20.9")
def test_the_first_can_be_replaced_by_less_and_the_hedge_follows(world: World) -> None:
    more = "Symbol=ACME  Side=BUY  OrdType=MARKET  LocateReqd=N"
    world.converse(
        f"""
        XLON   quotes ACME 99.90x500 101.00x500
        client > NewOrderSingle             ClOrdID=A  {LIMITS}  LegSymbol=BETA  Ratio=2  LocateReqd=N
        client < ExecutionReport            ClOrdID=A  ExecType=NEW
        client < ExecutionReport            ClOrdID=A-H  ExecType=NEW
        client > OrderCancelReplaceRequest  ClOrdID=B  OrigClOrdID=A  {more}  {LIMITS.replace("300", "301")}  LegSymbol=BETA  Ratio=2
        client < OrderCancelReject          ClOrdID=B  Text~LIST.QTY
        client > OrderCancelReplaceRequest  ClOrdID=C  OrigClOrdID=A  {more}  {LIMITS}  LegSymbol=BETA  Ratio=3
        client < OrderCancelReject          ClOrdID=C  Text~"ALGO.CHANGED what hedges"
        client > OrderCancelReplaceRequest  ClOrdID=D  OrigClOrdID=A  {more}  {LIMITS.replace("300", "200")}  LegSymbol=BETA  Ratio=2  HedgeTimeoutMs=0
        client < ExecutionReport            ClOrdID=D  ExecType=PENDING_REPLACE
        client < ExecutionReport            ClOrdID=D  ExecType=REPLACED  OrderQty=200
        client < ExecutionReport            ClOrdID=A-H  ExecType=RESTATED  OrderQty=400  Text='reduced as D was'
        XLON   quotes ACME 99.90x500 100.10x500
        XLON   < NewOrderSingle             ClOrdID=$a  OrderQty=200
        BATE   quotes BETA 48.00x900 50.30x900
        XLON   > ExecutionReport            ClOrdID=$a  ExecType=TRADE  LastQty=200  LastPx=100.10
        client < ExecutionReport            ClOrdID=D  OrdStatus=FILLED
        BATE   < NewOrderSingle             OrderQty=400  Price=48.00
        """
    )


@rule("O-20.3")
def test_a_dry_run_says_whether_both_would_be_taken(world: World) -> None:
    """What is taken when depends on the market, so nothing is planned."""
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=A  {LIMITS}  LegSymbol=BETA  Ratio=2  DryRun=Y
        client < ExecutionReport  ClOrdID=A  ExecType=REJECTED  Text~POSITION.CLOSE
        client > NewOrderSingle   ClOrdID=B  {LIMITS}  LegSymbol=BETA  Ratio=2  DryRun=Y  LocateReqd=N
        client < ExecutionReport  ClOrdID=B  ExecType=CANCELED  Text~"it would be taken; 0 slices"
        """
    )


@rule("O-20.3")
def test_neither_symbol_is_split_meanwhile(world: World) -> None:
    world.converse(
        f"""
        XLON   quotes ACME 99.90x500 101.00x500
        client > NewOrderSingle   ClOrdID=A  {LIMITS}  LegSymbol=BETA  Ratio=2  LocateReqd=N
        client < ExecutionReport  ClOrdID=A  ExecType=NEW
        client < ExecutionReport  ClOrdID=A-H  ExecType=NEW
        """
    )
    for symbol, wrong in (("ACME", "an algo works it"), ("BETA", "is hedged in BETA")):
        world.command("split", symbol=symbol, ratio="2:1", why="test")
        assert isinstance(world.node, Gateway)
        assert world.node.command_error is not None and wrong in world.node.command_error


@rule("O-20.5")
def test_a_lost_connection_ends_the_first_alone() -> None:
    client = SessionConfig(sender="GATEWAY", target="CLIENT", cancel_on_disconnect_s=5)
    world = leg_world(clients=(client,))
    world.converse(
        BOUGHT
        + """
        client > disconnect
        +5s
        client > connect
        client < ExecutionReport  ClOrdID=A  ExecType=CANCELED
        client < ExecutionReport  ClOrdID=A-H  ExecType=RESTATED  OrderQty=200  LeavesQty=200
        """
    )


@rule("O-20.5")
def test_a_rest_that_is_below_an_order_is_left_and_an_operator_hears() -> None:
    """Of ACME each may be one, of BETA only fifty: 30 are hedged by 60, of which 10 are left once 50 are done."""
    world = leg_world(instruments=(Instrument(symbol="ACME"), Instrument(symbol="BETA", min_qty=parse_qty("50"))))
    world.converse(
        f"""
        client > NewOrderSingle      ClOrdID=A  OrderQty=300  {LEG}  LocateReqd=N
        client < ExecutionReport     ClOrdID=A  ExecType=NEW
        client < ExecutionReport     ClOrdID=A-H  ExecType=NEW
        XLON   < NewOrderSingle      ClOrdID=$a  OrderQty=300
        XLON   > ExecutionReport     ClOrdID=$a  ExecType=TRADE  LastQty=25  LastPx=100.10
        client < ExecutionReport     ClOrdID=A  CumQty=25
        BATE   < NewOrderSingle      ClOrdID=$h  OrderQty=50
        XLON   > ExecutionReport     ClOrdID=$a  ExecType=TRADE  LastQty=5  LastPx=100.10  CumQty=30
        client < ExecutionReport     ClOrdID=A  CumQty=30
        XLON   > ExecutionReport     ClOrdID=$a  ExecType=CANCELED  CumQty=30
        client > OrderCancelRequest  ClOrdID=X  OrigClOrdID=A
        client < ExecutionReport     ClOrdID=X  ExecType=CANCELED
        client < ExecutionReport     ClOrdID=A-H  ExecType=RESTATED  OrderQty=60
        BATE   > ExecutionReport     ClOrdID=$h  ExecType=TRADE  LastQty=50  LastPx=50.20
        client < ExecutionReport     ClOrdID=A-H  CumQty=50
        client < ExecutionReport     ClOrdID=A-H  ExecType=CANCELED  Text='A has ended; the rest is below an order'
        """
    )
    assert codes(world) == ["HEDGE.OPEN"]


@rule("O-20.7")
def test_a_bust_long_after_both_are_over_is_heard_of(world: World) -> None:
    """Both were folded away, and come back."""
    assert isinstance(world.node, Gateway) and world.node.desk is not None
    orders = world.node.desk.parents
    orders.lately = 0
    world.converse(
        BOUGHT.replace("OrderQty=300", "OrderQty=100")
        .replace("OrderQty=600", "OrderQty=200")
        .replace("TRADE", "TRADE  ExecID=E1")
        + """
        BATE   > ExecutionReport  ClOrdID=$h  ExecType=TRADE  LastQty=200  LastPx=50.20
        client < ExecutionReport  ClOrdID=A-H  OrdStatus=FILLED
        client > NewOrderSingle   ClOrdID=B  OrderQty=1  TimeInForce=IOC  Price=99.00  OrdType=LIMIT
        client < ExecutionReport  ClOrdID=B  ExecType=NEW
        client < ExecutionReport  ClOrdID=B  ExecType=CANCELED
        """
    )
    assert len(orders) == 0
    world.converse(
        """
        XLON   > ExecutionReport  ClOrdID=$a  ExecType=TRADE_CANCEL  ExecRefID=E1  CumQty=0  LeavesQty=0
        client < ExecutionReport  ClOrdID=A  ExecType=TRADE_CANCEL  CumQty=0
        """
    )
    assert codes(world) == ["CHILD.BUST", "HEDGE.OVER"]


@rule("O-20.4")
def test_without_the_legs_instrument_nothing_goes_on_until_it_is_back(world: World) -> None:
    world.converse(BOUGHT)
    usual = world._started
    others = msgspec.structs.replace(SETTINGS, instruments=(Instrument(symbol="ACME"),))
    world._started = msgspec.json.encode({"version": "test", "config": others})
    world.converse(
        """
        restart
        BATE   < OrderStatusRequest  ClOrdID=$h
        XLON   quotes ACME 99.90x500 100.00x500
        BATE   > ExecutionReport     ClOrdID=$h  ExecType=TRADE  LastQty=200  LastPx=50.20
        client < ExecutionReport     ClOrdID=A-H  CumQty=200
        XLON   quotes ACME 99.90x500 100.00x400
        """.replace("$h", world.language.remembered["h"])
    )
    world._started = usual
    world.converse(
        """
        restart
        XLON   quotes ACME 99.90x500 100.10x500
        BATE   quotes BETA 50.20x900 50.30x900
        XLON   < NewOrderSingle      OrderQty=100
        """
    )
