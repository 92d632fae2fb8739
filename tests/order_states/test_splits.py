"""Shares are split: what becomes of orders, positions and what was over by then."""

import pytest

from gateway.model import SCALE
from gateway.model.positions import Accounting
from gateway.node import Gateway
from tests.conftest import make_world
from tests.conversation.rules import rule
from tests.conversation.world import World
from tests.order_states import listed
from tests.order_states.days import DAY_1, late_in_the_day
from tests.order_states.test_allocations import answer, bought, give
from tests.order_states.test_positions import ASK, QUOTES, filled

GTC = "TimeInForce=GOOD_TILL_CANCEL"
RESTATED = "client < ExecutionReport  ExecType=RESTATED  ExecRestatementReason=GT_CORPORATE_ACTION"


def split(ratio: str, **more: str) -> str:
    said = "  ".join(f"{name}={value}" for name, value in ({"symbol": "ACME", "why": "corporate"} | more).items())
    return f"\noperator split ratio={ratio}  {said}\n"


def refused(world: World, script: str) -> str:
    """Why a split at the end of that was not carried out."""
    world.converse(script)
    assert isinstance(world.node, Gateway)
    return world.node.command_error or "done"


@rule("O-6.8", "O-6.3")
def test_an_order_that_rests_over_night_is_restated_then_and_begins_the_day_in_new_shares() -> None:
    late_in_the_day().converse(
        DAY_1
        + split("2:1")
        + """
        client < ExecutionReport  ClOrdID=X  ExecType=RESTATED  OrdStatus=DONE_FOR_DAY  OrderQty=200  CumQty=40  LeavesQty=160  AvgPx=50.05  Text='split 2:1'
        XLON   quotes ACME 49.90x500 50.05x500
        +30m
        client < ExecutionReport  ClOrdID=X  ExecRestatementReason=GT_RENEWAL  OrdStatus=PARTIALLY_FILLED  OrderQty=200  CumQty=40  LeavesQty=160  DayOrderQty=160  DayCumQty=0
        XLON   < NewOrderSingle   OrderQty=160  Price=50.05
        client > OrderStatusRequest  ClOrdID=X  Symbol=ACME  Side=BUY
        client < ExecutionReport  ClOrdID=X  ExecType=ORDER_STATUS  Price=50.05  OrderQty=200  LeavesQty=160
        XLON   > ExecutionReport  ExecType=CANCELED
        XLON   quotes ACME 49.90x500 -
        restart
        """
    )


@rule("O-6.8")
def test_fewer_shares_than_before_are_all_that_may_go_out(world: World) -> None:
    """Nobody counts the shares of before any more, neither here nor in the last look before a venue."""
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=X  OrderQty=1000  Price=100.10  {GTC}
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=500  ClOrdID=$a
        BATE   < NewOrderSingle   OrderQty=300  ClOrdID=$b
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=500  LastPx=100.10
        client < ExecutionReport  CumQty=500
        BATE   > ExecutionReport  ExecType=CANCELED
        {split("1:10")}
        {RESTATED}  OrderQty=100  CumQty=50  LeavesQty=50  AvgPx=1001  Price=1001
        XLON   quotes ACME 1000.00x500 1001.00x500
        XLON   < NewOrderSingle   OrderQty=50  Price=1001
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=50  LastPx=1001
        client < ExecutionReport  OrdStatus=FILLED  OrderQty=100  CumQty=100  AvgPx=1001
        restart
        """
    )


@pytest.mark.parametrize(
    ("order", "ratio", "now"),
    [
        ("OrderQty=101  Side=BUY   Price=95.01", "3:2", "OrderQty=151  LeavesQty=151  Price=63.34  Text='split 3:2, less 0.5 that make no lot'"),
        ("OrderQty=100  Side=SELL  Price=105.01", "2:1", "OrderQty=200  LeavesQty=200  Price=52.51  Text='split 2:1'"),
        ("OrderQty=100  Side=BUY   OrdType=STOP  StopPx=110.01", "2:1", "OrderQty=200  StopPx=55.01"),
        ("OrderQty=100  Side=SELL  OrdType=STOP  StopPx=80.01", "2:1", "OrderQty=200  StopPx=40"),
        ("OrderQty=100  Side=BUY   OrdType=J  StopPx=80.01", "2:1", "OrderQty=200  StopPx=40"),
        ("OrderQty=100  Side=SELL  OrdType=STOP_LIMIT  StopPx=80.01  Price=80.01", "2:1", "StopPx=40  Price=40.01"),
        ("OrderQty=100  Side=SELL  OrdType=PEGGED  ExecInst=a  StopPx=80  PegOffsetValue=-0.05", "2:1", "StopPx=40  PegOffsetValue=-0.03"),
        ("OrderQty=100  OrdType=PEGGED  ExecInst=R  PegOffsetValue=-0.05  EffectiveTime=now+1h", "2:1", "PegOffsetValue=-0.02"),
        ("OrderQty=100  OrdType=PEGGED  ExecInst=R  PegOffsetValue=-5  PegOffsetType=BASIS_POINTS  EffectiveTime=now+1h", "2:1", "PegOffsetValue=-5"),
        ("OrderQty=100  Side=BUY   OrdType=LIMIT  Price=90  MinQty=31", "3:2", "OrderQty=150  Price=60  MinQty=46"),
        ("OrderQty=500  Side=BUY   OrdType=LIMIT  Price=90  MaxFloor=15  EffectiveTime=now+1h", "1:10", "OrderQty=50  Price=900  MaxFloor=1"),
    ],
)  # fmt: skip
@rule("O-6.8", "O-6.9")
def test_nothing_trades_earlier_or_at_a_worse_price_for_a_split(world: World, order: str, ratio: str, now: str) -> None:
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=X  {order}  {GTC}
        client < ExecutionReport  ExecType=NEW
        {split(ratio)}
        {RESTATED}  OrdStatus=NEW  {now}
        restart
        """
    )


@pytest.mark.parametrize(
    ("terms", "ratio", "why"),
    [
        ("OrderQty=9  Price=95.00", "1:10", "what is left is below the smallest order"),
        ("OrderQty=100  OrdType=STOP  Side=SELL  StopPx=0.01", "2:1", "its price is below the tick"),
    ],
)
@rule("O-6.9")
def test_what_comes_to_nothing_is_canceled_in_the_shares_of_before(
    world: World, terms: str, ratio: str, why: str
) -> None:
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=X  {terms}  {GTC}
        client < ExecutionReport  ExecType=NEW  LeavesQty=$qty
        {split(ratio)}
        client < ExecutionReport  ExecType=CANCELED  ExecRestatementReason=GT_CORPORATE_ACTION  OrderQty=$qty  LeavesQty=0  Text='split {ratio}: {why}'
        restart
        """
    )


@rule("O-6.8", "O-11.1")
def test_a_stop_waits_for_the_price_of_a_new_share_and_a_trailing_one_keeps_its_way(world: World) -> None:
    """Also when it is replaced by an order that waits for the same."""
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=S  OrderQty=100  OrdType=STOP  StopPx=101  {GTC}
        client < ExecutionReport  ClOrdID=S  ExecType=NEW
        client > NewOrderSingle   ClOrdID=T  Side=SELL  OrderQty=100  OrdType=PEGGED  ExecInst=a  PegOffsetValue=-1  {GTC}
        client < ExecutionReport  ClOrdID=T  ExecType=NEW
        XLON   prints ACME 100.40x10
        {split("2:1")}
        {RESTATED}  ClOrdID=S  StopPx=50.5
        {RESTATED}  ClOrdID=T  PegOffsetValue=-0.5
        XLON   quotes ACME 49.90x500 50.05x500
        client > OrderCancelReplaceRequest  ClOrdID=R  OrigClOrdID=T  OrderQty=210  PegOffsetValue=-0.5
        client < ExecutionReport  ClOrdID=R  ExecType=REPLACED  LeavesQty=210
        XLON   prints ACME 49.71x10
        XLON   prints ACME 49.70x10
        client < ExecutionReport  ClOrdID=R  ExecType=RESTATED  Text='triggered by a trade on XLON at 49.7'
        XLON   < NewOrderSingle   Side=SELL  OrderQty=210  Price=49.9
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ClOrdID=R  OrdStatus=FILLED
        XLON   prints ACME 50.49x10
        XLON   prints ACME 50.50x10
        client < ExecutionReport  ClOrdID=S  ExecType=RESTATED  Text='triggered by a trade on XLON at 50.5'
        XLON   < NewOrderSingle   Side=BUY  OrderQty=200
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ClOrdID=S  OrdStatus=FILLED  OrderQty=200
        restart
        """
    )


@rule("O-6.8", "O-6.9")
def test_what_an_order_became_here_is_kept_in_new_shares_too(world: World) -> None:
    """The limit of what is left of a market order, the least that is taken, and what an iceberg shows."""
    world.converse(
        f"""
        XLON   quotes ACME 99.90x500 100.10x40
        BATE   quotes ACME - -
        client > NewOrderSingle   ClOrdID=K  OrderQty=100  OrdType=K  {GTC}
        client < ExecutionReport  ClOrdID=K  ExecType=NEW  Price=100.1
        XLON   < NewOrderSingle   OrderQty=40
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ClOrdID=K  CumQty=40
        client > NewOrderSingle   ClOrdID=M  OrderQty=100  Price=90  MinQty=31  {GTC}
        client < ExecutionReport  ClOrdID=M  ExecType=NEW
        client > NewOrderSingle   ClOrdID=I  OrderQty=500  Price=90  MaxFloor=100  EffectiveTime=now+1h  {GTC}
        client < ExecutionReport  ClOrdID=I  ExecType=NEW
        {split("3:2")}
        {RESTATED}  ClOrdID=K  OrderQty=150  CumQty=60  Price=66.73
        {RESTATED}  ClOrdID=M  OrderQty=150  Price=60
        {RESTATED}  ClOrdID=I  OrderQty=750  Price=60  MaxFloor=150
        XLON   quotes ACME 59.90x500 66.74x500
        XLON   quotes ACME 59.90x500 66.73x90
        XLON   < NewOrderSingle   OrderQty=90  Price=66.73
        XLON   quotes ACME 59.90x500 -
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ClOrdID=K  OrdStatus=FILLED  CumQty=150
        XLON   quotes ACME 59.90x500 60.00x45
        XLON   quotes ACME 59.90x500 60.00x46
        XLON   < NewOrderSingle   OrderQty=46  TimeInForce=FILL_OR_KILL
        XLON   quotes ACME 59.90x500 60.10x50
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ClOrdID=M  CumQty=46
        +1h
        client < ExecutionReport  ClOrdID=I  ExecType=RESTATED  WorkingIndicator=Y
        XLON   < NewOrderSingle   OrderQty=150  Price=60  TimeInForce=DAY
        """
    )


@rule("O-6.8", "O-8.4")
def test_what_was_taken_back_before_is_not_sent_out_after(world: World) -> None:
    """Of 100 shares 40 were busted: of the 200 that are open, 120 go out."""
    world.converse(
        f"""
        BATE   quotes ACME - -
        client > NewOrderSingle   ClOrdID=X  OrderQty=100  Price=100.10  {GTC}
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100  ClOrdID=$x
        XLON   quotes ACME 99.90x500 -
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=40  LastPx=100.10  ExecID=A
        client < ExecutionReport  CumQty=40
        XLON   > ExecutionReport  ClOrdID=$x  ExecType=CANCELED
        XLON   > ExecutionReport  ClOrdID=$x  ExecType=TRADE_CANCEL  ExecRefID=A
        client < ExecutionReport  ExecType=TRADE_CANCEL  CumQty=0  LeavesQty=100
        {split("2:1")}
        {RESTATED}  CumQty=0  LeavesQty=200
        XLON   quotes ACME 49.90x500 50.05x500
        XLON   < NewOrderSingle   OrderQty=120
        """
    )


def linked(then: str, *, kind: int = 1, qty: int = 100, price: str = "99") -> str:
    """Two orders of a list, of which the first may take what is offered."""
    orders = f"{listed('A', 1, more=GTC)}  {listed('B', 2, qty=qty, price=price, more=GTC)}"
    return f"""
        XLON   quotes ACME 99.90x500 100.20x500
        BATE   quotes ACME - -
        client > NewOrderList  ListID=L  ContingencyType={kind}  NoOrders=2  {orders}
        {then}
    """


PART_FILLED = """
        client < ListStatus
        client < ExecutionReport  ClOrdID=A  ExecType=NEW
        client < ExecutionReport  ClOrdID=B  ExecType=NEW
        XLON   quotes ACME 99.90x500 100.10x30
        XLON   < NewOrderSingle   OrderQty=30
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ClOrdID=A  CumQty=30
        client < ExecutionReport  ClOrdID=B  ExecType=RESTATED  OrderQty=70
        client > OrderCancelRequest  ClOrdID=C  OrigClOrdID=A
        client < ExecutionReport  ClOrdID=C  ExecType=CANCELED
"""
WAITS = (
    f"client > NewOrderSingle   ClOrdID=X  OrderQty=100  Price=99.00  {GTC}\nclient < ExecutionReport  ExecType=NEW\n"
)


@pytest.mark.parametrize(
    ("before", "why"),
    [
        ("client > NewOrderSingle   ClOrdID=X  OrderQty=100\nclient < ExecutionReport\nXLON < NewOrderSingle", "out at a venue"),
        (WAITS.replace(GTC, "TimeInForce=DAY"), "not good till canceled"),
        (f"client > NewOrderSingle   ClOrdID=X  TargetStrategy=TWAP  Duration=3600  Price=99  EffectiveTime=now+1h  {GTC}\nclient < ExecutionReport", "an algo works it"),
        (linked("client < ListStatus\nclient < ExecutionReport\nclient < ExecutionReport", qty=101), "come out even"),
        (linked("client < ListStatus\nclient < ExecutionReport\nclient < ExecutionReport", price="0.01"), "below the tick"),
        (linked(PART_FILLED, kind=3), "is over, or of another symbol"),
    ],
)  # fmt: skip
@rule("O-6.10")
def test_a_split_is_refused_while_an_order_cannot_be_told_in_new_shares(world: World, before: str, why: str) -> None:
    assert why in refused(world, before + split("3:2"))


@rule("O-6.8", "O-16.3", "O-16.4")
def test_a_bracket_goes_on_in_new_shares(world: World) -> None:
    """A quarter of the entry has let a quarter of the exits go, and still has; what one exit is filled the other loses."""
    entry, profit = (
        listed("E", 1, qty=200, more=GTC),
        listed("P", 2, side="SELL", qty=200, price="100.20", link="X", more=GTC),
    )
    stop = f"ClOrdID=S  ListSeqNo=3  ClOrdLinkID=X  Symbol=ACME  Side=SELL  OrderQty=200  OrdType=STOP  StopPx=99.80  {GTC}"
    world.converse(
        f"""
        XLON   quotes ACME 99.90x500 100.10x50
        BATE   quotes ACME - -
        client > NewOrderList     ListID=L  ContingencyType=2  NoOrders=3  {entry}  {profit}  {stop}
        client < ListStatus       ListStatusType=ACK
        client < ExecutionReport  ClOrdID=E  ExecType=NEW
        client < ExecutionReport  ClOrdID=P  ExecType=NEW
        client < ExecutionReport  ClOrdID=S  ExecType=NEW
        XLON   < NewOrderSingle   SecondaryClOrdID=E  OrderQty=50
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ClOrdID=E  CumQty=50
        client < ExecutionReport  ClOrdID=P  ExecType=RESTATED  OrderQty=200  WorkingIndicator=Y
        {split("2:1")}
        {RESTATED}  ClOrdID=E  OrderQty=400  CumQty=100  LeavesQty=300
        {RESTATED}  ClOrdID=P  OrderQty=400  LeavesQty=400  Price=50.1
        {RESTATED}  ClOrdID=S  OrderQty=400  LeavesQty=400  StopPx=49.9
        XLON   quotes ACME 50.10x500 50.20x500
        XLON   < NewOrderSingle   SecondaryClOrdID=P  Side=SELL  OrderQty=100
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ClOrdID=P  CumQty=100  LeavesQty=300
        client < ExecutionReport  ClOrdID=S  ExecType=RESTATED  OrderQty=300  LeavesQty=300
        XLON   quotes ACME 49.80x500 50.05x300
        XLON   < NewOrderSingle   SecondaryClOrdID=E  OrderQty=300
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ClOrdID=E  OrdStatus=FILLED  CumQty=400
        XLON   quotes ACME 50.10x500 50.20x500
        XLON   < NewOrderSingle   SecondaryClOrdID=P  OrderQty=300
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ClOrdID=P  OrdStatus=FILLED  CumQty=400
        client < ExecutionReport  ClOrdID=S  ExecType=CANCELED  CumQty=0
        client < ListStatus       ListStatusType=ALL_DONE
        restart
        """
    )


@rule("O-6.8", "O-6.10", "O-16.3")
def test_what_an_order_took_off_another_stays_off_in_new_shares(world: World) -> None:
    """40 of 100 filled leave 60 of the other: halves come out even, thirds do not."""
    filled = (
        PART_FILLED.partition("client > OrderCancelRequest")[0]
        .replace("30", "40")
        .replace("OrderQty=70", "OrderQty=60")
    )
    assert "come out even" in refused(world, linked(filled, kind=3) + split("1:3"))
    world.converse(
        f"""
        {split("1:2")}
        {RESTATED}  ClOrdID=A  OrderQty=50  CumQty=20  LeavesQty=30
        {RESTATED}  ClOrdID=B  OrderQty=30  LeavesQty=30  Price=198
        XLON   quotes ACME 199.90x500 200.20x20
        XLON   < NewOrderSingle   SecondaryClOrdID=A  OrderQty=20
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ClOrdID=A  CumQty=40  LeavesQty=10
        client < ExecutionReport  ClOrdID=B  ExecType=RESTATED  OrderQty=10
        """
    )


@rule("O-6.10")
def test_a_split_has_to_say_what_is_meant(world: World) -> None:
    world.converse(WAITS)
    for script, why in (
        (split("2:2"), "'2:2' is no ratio of a split"),
        (split("2"), "is no ratio"),
        (split("20000:1"), "is no ratio"),
        (split("2:1", symbol="NONE"), "NONE is not traded here"),
        ("operator split symbol=ACME ratio=2:1 why=", "why is not said"),
        (split("2:1") + RESTATED + split("4:2"), "ACME was split 2:1 today already"),
    ):
        assert why in refused(world, script)
    world.converse(split("1:2") + RESTATED + "  OrderQty=100  Price=99\n")


@rule("O-6.10")
def test_nothing_leaves_at_prices_of_before(world: World) -> None:
    """A seller for half the price would take what a venue showed last; one that is away shows it when it is back."""
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=X  Side=SELL  OrderQty=100  Price=101.00  {GTC}
        client < ExecutionReport  ExecType=NEW
        BATE   > disconnect
        {split("2:1")}
        {RESTATED}  Price=50.5
        XLON   < MarketDataRequest  SubscriptionRequestType=SNAPSHOT  Symbol=ACME
        client > NewOrderSingle   ClOrdID=Y  Side=BUY  OrderQty=100  Price=50.00
        client < ExecutionReport  ClOrdID=Y  ExecType=REJECTED  Text~RISK.REFERENCE
        BATE   > connect
        BATE   < MarketDataRequest  SubscriptionRequestType=SNAPSHOT_AND_UPDATES
        BATE   quotes ACME 50.40x500 50.60x500
        BATE   quotes ACME 50.50x500 50.60x500
        BATE   < NewOrderSingle   Side=SELL  OrderQty=200  Price=50.5
        BATE   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ClOrdID=X  OrdStatus=FILLED
        restart
        XLON   < MarketDataRequest  SubscriptionRequestType=SNAPSHOT_AND_UPDATES
        BATE   < MarketDataRequest  SubscriptionRequestType=SNAPSHOT_AND_UPDATES
        """
    )


@pytest.mark.parametrize("cost", ["average", "fifo"])
@rule("O-6.11")
def test_positions_cost_what_they_did_and_what_was_realised_stays(cost: str) -> None:
    """150 bought for 15,100, of which 50 are sold for 5,100: the rest is 200 shares, closed at 52."""
    world = make_world(accounts={"A": Accounting(cost=cost)})  # type: ignore[arg-type]
    world.converse(
        QUOTES
        + filled("X", 100, "100.00", Account="A")
        + filled("Y", 50, "102.00", Account="A")
        + filled("Z", 50, "102.00", Account="A", Side="SELL")
    )
    qty, spent, realised, _ = world.notes("position")[-1]["held"]
    world.converse(split("2:1"))
    note = world.notes("position")[-1]
    assert note["held"] == [2 * qty, spent, realised, 0] and note["last_px"] == 51 * SCALE and note["exec_id"] == ""
    world.converse(
        "XLON   quotes ACME 51.90x500 52.10x500\n"
        + filled("W", 200, "52.00", Account="A", Side="SELL").replace(
            QUOTES, "\nXLON quotes ACME 51.90x500 52.10x500\n"
        )
        + f"""
        client > {ASK}  Account=A
        client < RequestForPositionsAck  PosReqID=R
        client < PositionReport  PosReqID=R  LongQty=0  ShortQty=0  PosAmtType=TVAR  PosAmt=400  PosAmtType=CASH  PosAmt=400
        restart
        """
    )
    assert world.notes("position")[-1]["held"] == [0, 0, 400 * SCALE**2, 0]


@rule("O-6.11")
def test_positions_side_by_side_keep_their_ids() -> None:
    world = make_world(accounts={"H": Accounting(mode="hedging")})
    world.converse(
        QUOTES
        + filled("X", 100, "100.00", Account="H")
        + filled("Y", 30, "101.00", Account="H", Side="SELL")
        + split("1:10")
        + """
        XLON   quotes ACME 999.00x500 1001.00x500
        client > NewOrderSingle   ClOrdID=C  Account=H  Side=SELL  OrderQty=11  PositionEffect=CLOSE  PositionID=$x
        client < ExecutionReport  ExecType=REJECTED  Text~POSITION.CLOSE
        """
    )
    held = {note["position_id"]: note["held"][:2] for note in world.notes("position")}
    x, y = world.language.remembered["x"], world.language.remembered["y"]
    assert held == {x: [10 * SCALE, 10_000 * SCALE**2], y: [-3 * SCALE, -3_030 * SCALE**2]}


@rule("O-6.12", "O-8.2")
def test_a_fill_of_before_is_not_taken_back(world: World) -> None:
    """Neither of an order that is over, nor of one that goes on: a person has to look at it."""
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=X  OrderQty=100  Price=100.10
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   ClOrdID=$x
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=100  LastPx=100.10  ExecID=A
        client < ExecutionReport  OrdStatus=FILLED
        client > NewOrderSingle   ClOrdID=Y  OrderQty=500  Price=100.10  {GTC}
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   ClOrdID=$y  OrderQty=400
        BATE   < NewOrderSingle   ClOrdID=$z  OrderQty=100
        XLON   quotes ACME 99.90x500 -
        BATE   quotes ACME 99.90x300 -
        XLON   > ExecutionReport  ClOrdID=$y  ExecType=TRADE  LastQty=20  LastPx=100.10  ExecID=B
        client < ExecutionReport  CumQty=20
        XLON   > ExecutionReport  ClOrdID=$y  ExecType=CANCELED
        BATE   > ExecutionReport  ExecType=CANCELED
        {split("2:1")}
        {RESTATED}  CumQty=40  LeavesQty=960
        XLON   > ExecutionReport  ClOrdID=$y  ExecType=TRADE  LastQty=20  LastPx=100.10  ExecID=B
        XLON   > ExecutionReport  ClOrdID=$x  ExecType=TRADE_CANCEL   ExecRefID=A
        XLON   > ExecutionReport  ClOrdID=$y  ExecType=TRADE_CORRECT  ExecRefID=B  LastQty=10  LastPx=100.10
        XLON   quotes ACME 49.90x500 50.05x500
        client > OrderMassStatusRequest  MassStatusReqID=M  MassStatusReqType=7
        client < ExecutionReport  ClOrdID=Y  OrderQty=1000  CumQty=40  AvgPx=50.05
        restart
        """
    )
    alerts = [note for note in world.notes("alert") if note["code"] == "CHILD.SPLIT"]
    assert len(alerts) == 2 and all("before a split; not booked" in note["text"] for note in alerts)


@rule("O-6.12", "O-4.3")
def test_an_order_that_was_over_stays_as_it_was(world: World) -> None:
    """It is not reopened, and its shares are nobody's to give away any more; one that went on may be both."""
    world.converse(
        bought("X", (100, "100.00"))
        + bought("Z", (60, "100.00"), TimeInForce="GOOD_TILL_CANCEL")
        + give("G", "Z", 60, "100.00", {"A": 60})
        + answer("G")
        + f"client > NewOrderSingle   ClOrdID=Y  OrderQty=100  Price=99.00  Account=BLOCK  {GTC}\n"
        + "client < ExecutionReport  ExecType=NEW\n"
        + split("2:1")
        + f"{RESTATED}  ClOrdID=Y  OrderQty=200  Price=49.5\n"
        + """
        client > OrderCancelReplaceRequest  ClOrdID=W  OrigClOrdID=X  OrderQty=150
        client < OrderCancelReject   ClOrdID=W  Text~ORDER.DONE
        client > OrderStatusRequest  ClOrdID=X  Symbol=ACME  Side=BUY
        client < ExecutionReport     ExecType=ORDER_STATUS  OrdStatus=FILLED  OrderQty=100  CumQty=100  AvgPx=100
        """
        + give("B", "X", 100, "100.00", {"A": 100})
        + answer("B", "ALLOC.SPLIT")
        + give("C", "Z", 60, "100.00", {"B": 60}, AllocTransType="REPLACE", RefAllocID="G")
        + answer("C", "ALLOC.SPLIT")
        + give("E", "Z", 60, "100.00", {"A": 60}, AllocTransType="CANCEL", RefAllocID="G")
        + answer("E", "ALLOC.SPLIT")
        + """
        XLON   > ExecutionReport  ClOrdID=$child_z  ExecType=TRADE  LastQty=5  LastPx=100.00
        client < ExecutionReport  ClOrdID=Z  ExecType=TRADE  CumQty=65
        """
        + """
        XLON   quotes ACME 49.40x500 49.50x500
        XLON   < NewOrderSingle   OrderQty=200
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=200  LastPx=49.50
        client < ExecutionReport  ClOrdID=Y  OrdStatus=FILLED
        """
        + give("D", "Y", 200, "49.50", {"A": 200})
        + answer("D")
        + bought("V", (100, "49.60")).replace(QUOTES, "")
        + give("H", "V", 100, "49.60", {"A": 100})
        + answer("H")
        + """
        XLON   > ExecutionReport  ClOrdID=$child_v  ExecType=TRADE_CANCEL  ExecRefID=V0
        client < ExecutionReport  ClOrdID=V  ExecType=TRADE_CANCEL  CumQty=0
        client < AllocationReport  AllocID=H
        XLON   > ExecutionReport  ClOrdID=$child_v  ExecType=CANCELED
        restart
        """
    )
    assert [note["code"] for note in world.notes("alert") if note["code"].startswith("ALLOC")] == ["ALLOC.UNDONE"]
    assert [note["code"] for note in world.notes("alert") if note["code"] == "CHILD.SPLIT"] == []
