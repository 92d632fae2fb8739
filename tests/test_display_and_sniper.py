"""DISPLAY is seen and waits; SNIPER is not, and takes; SOR takes once. None of them needs an end."""

import pytest

from algos.display import Display
from algos.sniper import Sniper
from algos.sweep import Sweep
from gateway.model import Decision, Ns, Peg, Posting, Px, Qty, Side, Visibility
from gateway.model.posting import PRIMARY
from tests.conversation.world import World
from tests.parents import QUIET, START, parent, shows

LIT = Visibility.LIT
LIMIT = "Side=BUY  OrderQty=300  OrdType=LIMIT"


def test_what_is_displayed_rests_at_its_limit_or_with_the_best_of_its_side() -> None:
    algo = Display(display_qty=Qty(100))
    assert algo.decide(parent(), QUIET, Ns(START - 1)) == Decision(due=Qty(0), wake_at=START)
    assert algo.decide(parent(limit=Px(1000)), QUIET, START).posting == Posting(show=Qty(100))
    assert algo.decide(parent(), QUIET, START).posting == Posting(show=Qty(100), peg=Peg(PRIMARY))
    assert Display().decide(parent(limit=Px(1)), QUIET, START).posting == Posting()


def test_a_display_order_without_a_limit_follows_the_best_bid(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=P  Side=BUY  OrderQty=300  TargetStrategy=1012  848=DisplayQty=200
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=200  Price=99.90  TimeInForce=DAY
        +1s
        BATE   quotes ACME 99.95x300 100.10x300
        XLON   < OrderCancelRequest
        XLON   > ExecutionReport  ExecType=CANCELED
        XLON   < NewOrderSingle   OrderQty=200  Price=99.95
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE  CumQty=200
        XLON   < NewOrderSingle   OrderQty=100  Price=99.95
        """
    )


@pytest.mark.parametrize(
    ("side", "limit", "due"),
    [(Side.BUY, 1000, 0), (Side.BUY, 1001, 300), (Side.SELL, 1000, 0), (Side.SELL, 999, 300)],
)
def test_a_sniper_wants_nothing_until_its_limit_is_shown(side: Side, limit: int, due: int) -> None:
    order = parent(side=side, limit=Px(limit))
    assert Sniper().decide(order, shows(), START) == Decision(due=Qty(due), where=LIT)
    assert Sniper().decide(order, QUIET, START).due == 0
    assert Sniper().decide(order, shows(), Ns(START - 1)) == Decision(due=Qty(0), wake_at=START)


def test_a_sniper_takes_so_much_at_a_time() -> None:
    """Not while anything is out, nor at the instant of a fill: who asks then has not seen what is left."""
    algo, later = Sniper(most=Qty(50)), Ns(START + 1)
    assert algo.decide(parent(limit=Px(1001)), shows(), START).due == 50
    assert algo.decide(parent(limit=Px(1001), working=Qty(20), filled=Qty(30)), shows(), START).due == 50
    assert algo.decide(parent(limit=Px(1001), filled=Qty(50), last_fill=START), shows(), START).due == 50
    assert algo.decide(parent(limit=Px(1001), filled=Qty(50), last_fill=START), shows(), later).due == 100


def test_a_sniper_takes_what_comes_into_sight_and_again_when_the_market_has_moved(world: World) -> None:
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=P  {LIMIT}  Price=100.05  TargetStrategy=1013  848=MaxTakePerTick=100
        client < ExecutionReport  ExecType=NEW
        +60s
        BATE   quotes ACME 99.90x300 100.04x150,100.05x500
        BATE   < NewOrderSingle   OrderQty=100  Price=100.04  TimeInForce=IMMEDIATE_OR_CANCEL
        BATE   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE  CumQty=100
        +1s
        BATE   quotes ACME 99.90x300 100.04x50,100.05x500
        BATE   < NewOrderSingle   OrderQty=100  Price=100.05
        """
    )


def test_a_sweep_takes_its_edge_and_is_over() -> None:
    order = parent(limit=Px(10_000))
    assert Sweep().decide(order, QUIET, Ns(START - 1)) == Decision(due=Qty(0), wake_at=START)
    assert Sweep().decide(order, QUIET, START) == Decision(due=Qty(300), limit=Px(10_000), at_once=True)
    assert Sweep(edge_bps=10).decide(order, QUIET, START).limit == 9_990
    sells = parent(limit=Px(10_000), side=Side.SELL)
    assert Sweep(edge_bps=10).decide(sells, QUIET, START).limit == 10_010
    assert Sweep().decide(parent(), QUIET, START).limit is None


@pytest.mark.parametrize("time", ["DAY", "IMMEDIATE_OR_CANCEL"])
def test_what_one_sweep_does_not_get_is_canceled(world: World, time: str) -> None:
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=P  Side=BUY  OrderQty=900  TimeInForce={time}  TargetStrategy=1015
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=500  Price=100.10  TimeInForce=IMMEDIATE_OR_CANCEL
        BATE   < NewOrderSingle   OrderQty=300  Price=100.10  TimeInForce=IMMEDIATE_OR_CANCEL
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE  CumQty=500
        BATE   > ExecutionReport  ExecType=CANCELED
        client < ExecutionReport  ExecType=CANCELED  CumQty=500
        client > NewOrderSingle   ClOrdID=Q  {LIMIT}  Price=99.00  TargetStrategy=1015  848=RoutePolicy=smart;MaxVenues=1
        client < ExecutionReport  ClOrdID=Q  ExecType=NEW
        client < ExecutionReport  ClOrdID=Q  ExecType=CANCELED  CumQty=0
        """
    )


@pytest.mark.parametrize(
    ("order", "text"),
    [
        ("Side=BUY  OrderQty=300  TargetStrategy=1013", "ALGO.MISSING Price(44)"),
        ("Side=BUY  OrderQty=300  TargetStrategy=1015  848=MinEdge=5", "ALGO.MISSING Price(44)"),
        (
            f"{LIMIT}  Price=100  TargetStrategy=1013  848=MaxTakePerTick=1.5",
            "ALGO.RANGE MaxTakePerTick 1.5 must be in lots and at most OrderQty(38)",
        ),
        (
            f"{LIMIT}  Price=100  TargetStrategy=1012  848=DisplayQty=301",
            "ALGO.RANGE DisplayQty 301 must be in lots and at most OrderQty(38)",
        ),
        (
            f"{LIMIT}  Price=100  TargetStrategy=1012  848=DisplayQty=100;MinClip=150",
            "ALGO.CONFLICT MinClip is above 100, and no child is larger",
        ),
        (
            f"{LIMIT}  Price=100  TargetStrategy=1013  848=MaxTakePerTick=100;MinClip=150",
            "ALGO.CONFLICT MinClip is above 100, and no child is larger",
        ),
        (f"{LIMIT}  Price=100  TargetStrategy=1012  848=ChildTIF=0", "ALGO.PARAMETER ChildTIF"),
        (
            f"{LIMIT}  Price=100  TargetStrategy=1015  TimeInForce=FILL_OR_KILL",
            "ALGO.TIF TimeInForce(59) 4 cannot be worked over time",
        ),
        (
            f"{LIMIT}  Price=100  TargetStrategy=1013  TimeInForce=IMMEDIATE_OR_CANCEL",
            "ALGO.TIF TimeInForce(59) 3 cannot be worked over time",
        ),
    ],
)
def test_what_they_cannot_be_asked_for_is_refused(world: World, order: str, text: str) -> None:
    world.converse(f"client > NewOrderSingle  ClOrdID=P  {order}\nclient < ExecutionReport  ExecType=REJECTED")
    assert world.notes("risk")[-1]["text"] == text


def test_a_sweep_that_is_suspended_ends_by_its_end(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=P  Side=BUY  OrderQty=450  OrdType=MARKET  TargetStrategy=1015  168=+10s  848=Duration=20
        client < ExecutionReport  ExecType=NEW  OrderID=$order
        operator pause-order   order=$order  why=test
        client < ExecutionReport  ExecType=SUSPENDED
        +29s
        +1s
        client < ExecutionReport  ExecType=EXPIRED  CumQty=0
        """
    )
