"""Replaces of orders that an algo works: what may change, what is planned anew, and how it is answered."""

import pytest

from tests.conversation.world import World
from tests.test_strategy import ANSWERS

RUNNING = """
    client > NewOrderSingle   ClOrdID=P  OrderQty=300  Price=100.10  TargetStrategy=TWAP  NumSlices=3  Duration=90
    client < ExecutionReport  ExecType=NEW
    XLON   < NewOrderSingle   OrderQty=100
    XLON   > ExecutionReport  ExecType=TRADE  LastQty=100  LastPx=100.10
    client < ExecutionReport  CumQty=100  LeavesQty=200
    """


@pytest.mark.parametrize(
    ("fields", "reason", "code"),
    [
        ("TargetStrategy=1  Duration=90", 2, "ALGO.CHANGED"),
        ("-TargetStrategy", 2, "ALGO.CHANGED"),
        ("TargetStrategy=TWAP  NumSlices=0  Duration=90", 2, "ALGO.RANGE"),
        ("TargetStrategy=TWAP  NumSlices=3", 2, "'ALGO.MISSING EndTime'"),
        ("TargetStrategy=TWAP  EndTime=-1s", 2, "ALGO.ENDTIME"),
        ("TargetStrategy=TWAP  Duration=9  TimeInForce=3", 2, "ALGO.TIF"),
        ("TargetStrategy=TWAP  Duration=9  OrderQty=100001", 2, "RISK.QTY"),
        ("TargetStrategy=TWAP  Duration=9  Price=200", 2, "RISK.COLLAR"),
        ("TargetStrategy=TWAP  Duration=9  OrdType=MARKET", 2, "ORDER.CONFLICT"),
        ("TargetStrategy=TWAP  Duration=9  ClOrdID=P", 6, "ORDER.DUPLICATE"),
        ("TargetStrategy=TWAP  Duration=9  ClOrdID=é", 99, "ORDER.CLORDID"),
        ("TargetStrategy=TWAP  Duration=9  Side=SELL", 99, "ORDER.CHANGED"),
        ("TargetStrategy=TWAP  Duration=9  Symbol=OTHER", 99, "ORDER.CHANGED"),
        ("TargetStrategy=TWAP  Duration=9  Account=OTHER", 99, "ORDER.CHANGED"),
    ],
)
def test_a_replace_that_is_refused_leaves_the_order_working(world: World, fields: str, reason: int, code: str) -> None:
    """C.2.a: 9 with the status as it is; the next slice goes out as if nothing had been said."""
    new = "" if "ClOrdID" in fields else "ClOrdID=R"
    world.converse(
        RUNNING
        + f"""
        client > OrderCancelReplaceRequest  {new}  OrigClOrdID=P  {fields}
        client < OrderCancelReject  OrigClOrdID=P  OrdStatus=PARTIALLY_FILLED  CxlRejResponseTo=2  CxlRejReason={reason}  Text~{code}
        +30s
        XLON   < NewOrderSingle     OrderQty=100
        """
    )
    assert (code.strip("'").split()[0], f"102={reason}") in ANSWERS


def test_a_replace_plans_what_is_left_from_now_on(world: World) -> None:
    """E has the parameters that still hold, 5 the new ones; what was filled is not asked for again."""
    world.converse(
        RUNNING
        + """
        +10s
        client > OrderCancelReplaceRequest  ClOrdID=R  OrigClOrdID=P  OrderQty=500  TargetStrategy=TWAP  NumSlices=2  Duration=40
        client < ExecutionReport  ClOrdID=R  OrigClOrdID=P  ExecType=PENDING_REPLACE  OrdStatus=PENDING_REPLACE  OrderQty=300  957=2  NumSlices=3
        client < ExecutionReport  ClOrdID=R  OrigClOrdID=P  ExecType=REPLACED  OrdStatus=PARTIALLY_FILLED  OrderQty=500  CumQty=100  LeavesQty=400  957=2  NumSlices=2
        XLON   < NewOrderSingle   OrderQty=200
        +19999ms
        +1ms
        BATE   < NewOrderSingle   OrderQty=200
        """
    )


def test_parameters_that_a_replace_does_not_state_are_not_carried_over(world: World) -> None:
    """All parameters are sent again; the defaults hold for the others."""
    world.converse(
        RUNNING
        + """
        client > OrderCancelReplaceRequest  ClOrdID=R  OrigClOrdID=P  TargetStrategy=TWAP  Duration=60
        client < ExecutionReport  ExecType=PENDING_REPLACE
        client < ExecutionReport  ExecType=REPLACED  957=1  Duration=60
        XLON   < NewOrderSingle   OrderQty=200
        """
    )


@pytest.mark.parametrize("begun", [False, True])
def test_a_start_stays_as_it_is_once_a_child_is_out(world: World, begun: bool) -> None:
    """The schedule has begun; before, it may begin whenever the client wants. Said again it is no change."""
    answer = (
        "OrderCancelReject  ClOrdID=R  CxlRejReason=2  Text~'ALGO.FROZEN StartTime cannot change'  OrdStatus=PARTIALLY_FILLED"
        if begun
        else "ExecutionReport  ClOrdID=R  ExecType=PENDING_REPLACE"
    )
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=P  OrderQty=300  Price=100.10  TargetStrategy=TWAP  NumSlices=3  StartTime=+10s  EndTime=+100s
        client < ExecutionReport  ExecType=NEW
        """
        + """
        +10s
        client < ExecutionReport  ExecType=RESTATED
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=100  LastPx=100.10
        client < ExecutionReport  CumQty=100  LeavesQty=200
        """
        * begun
        + f"""
        client > OrderCancelReplaceRequest  ClOrdID=R  OrigClOrdID=P  OrderQty=300  TargetStrategy=TWAP  NumSlices=3  168=+20s  126=+100s
        client < {answer}
        """
        + "client < ExecutionReport  ClOrdID=R  ExecType=REPLACED" * (not begun)
    )
    if not begun:
        return
    world.converse(
        """
        client > OrderCancelReplaceRequest  ClOrdID=S  OrigClOrdID=P  OrderQty=300  TargetStrategy=TWAP  NumSlices=3  126=+100s
        client < OrderCancelReject  ClOrdID=S  CxlRejReason=2  Text~ALGO.FROZEN
        client > OrderCancelReplaceRequest  ClOrdID=T  OrigClOrdID=P  OrderQty=300  TargetStrategy=TWAP  168=+10s  Duration=80
        client < ExecutionReport  ClOrdID=T  ExecType=PENDING_REPLACE
        client < ExecutionReport  ClOrdID=T  ExecType=REPLACED  -Text
        XLON   < NewOrderSingle   OrderQty=100
        """
    )
    assert ("ALGO.FROZEN", "102=2") in ANSWERS


def test_what_an_order_is_measured_by_stays_as_it_is_once_a_child_is_out(world: World) -> None:
    """Neither another BenchmarkPx nor none; before, it may be said anew."""
    terms = "OrderQty=300  TargetStrategy=1003  NumSlices=3  Duration=90  BenchmarkPx"
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=P  {terms}=99.00  StartTime=+10s
        client < ExecutionReport  ExecType=NEW
        client > OrderCancelReplaceRequest  ClOrdID=R  OrigClOrdID=P  {terms}=99.50
        client < ExecutionReport  ClOrdID=R  ExecType=PENDING_REPLACE
        client < ExecutionReport  ClOrdID=R  ExecType=REPLACED
        XLON   < NewOrderSingle   ClOrdID=$child
        XLON   > ExecutionReport  ClOrdID=$child  ExecType=EXPIRED
        BATE   < NewOrderSingle
        client > OrderCancelReplaceRequest  ClOrdID=S  OrigClOrdID=R  {terms}=99.60
        client < OrderCancelReject  ClOrdID=S  CxlRejReason=2  Text='ALGO.FROZEN BenchmarkPx cannot change once a child order is out'
        client > OrderCancelReplaceRequest  ClOrdID=T  OrigClOrdID=R  {terms.removesuffix("  BenchmarkPx")}
        client < OrderCancelReject  ClOrdID=T  CxlRejReason=2  Text='ALGO.FROZEN BenchmarkPx cannot change once a child order is out'
        client > OrderCancelReplaceRequest  ClOrdID=U  OrigClOrdID=R  {terms}=99.50
        client < ExecutionReport  ClOrdID=U  ExecType=PENDING_REPLACE
        """
    )


def test_a_replaced_order_is_named_by_its_new_id(world: World) -> None:
    """I11: OrigClOrdID resolves to the last accepted; a cancel by the first id is refused."""
    world.converse(
        RUNNING
        + """
        client > OrderCancelReplaceRequest  ClOrdID=R  OrigClOrdID=P  OrderQty=200  TargetStrategy=TWAP  NumSlices=1  Duration=60  Price=99
        client < ExecutionReport     ExecType=PENDING_REPLACE  ClOrdID=R
        client < ExecutionReport     ExecType=REPLACED  ClOrdID=R
        client > OrderCancelRequest  ClOrdID=C  OrigClOrdID=P
        client < OrderCancelReject   ClOrdID=C  CxlRejReason=99  Text~ORDER.CHAIN
        client > OrderCancelRequest  ClOrdID=C  OrigClOrdID=R
        client < ExecutionReport     ClOrdID=C  OrigClOrdID=R  ExecType=CANCELED  CumQty=100
        """
    )
