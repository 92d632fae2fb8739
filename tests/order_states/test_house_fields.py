"""What reports tell of an algo's work, in fields of the house's own."""

import msgspec
import pytest

from tests.conftest import SETTINGS, make_world
from tests.conversation.rules import rule
from tests.conversation.world import World
from tests.order_states import RESTING

HOUSE = "-AlgoState  -ScheduleDevBps  -BenchmarkPx  -ExplainId"
FOUR = "ClOrdID=X  OrderQty=400  TargetStrategy=TWAP  NumSlices=4  Duration=40"


@rule("O-21.1", "O-21.2", "O-21.3", "O-21.4", "O-21.5")
def test_a_schedule_is_told_as_it_is_worked(world: World) -> None:
    """Each slice is due at its instant: what is filled catches up with it, and the rest of it is behind."""
    world.converse(
        f"""
        client > NewOrderSingle   {FOUR}
        client < ExecutionReport  ExecType=NEW    AlgoState=WORKING  BenchmarkPx=100  OrderID=$order  -ScheduleDevBps  -ExplainId
        XLON   < NewOrderSingle   OrderQty=100  ParentOrderID=$order  SliceNo=1  ClOrdLinkID=$first
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=60  LastPx=100.10
        client < ExecutionReport  ExecType=TRADE  AlgoState=WORKING  BenchmarkPx=100  ScheduleDevBps=-1000  ExplainId=$first
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=40  LastPx=100.10
        client < ExecutionReport  ExecType=TRADE  ScheduleDevBps=0
        XLON   quotes ACME 99.90x500 100.30x100
        BATE   quotes ACME 99.90x500 100.30x500
        +10s
        BATE   < NewOrderSingle   SliceNo=2  ClOrdLinkID=$second
        client > OrderStatusRequest  ClOrdID=X  Symbol=ACME  Side=BUY
        client < ExecutionReport  ExecType=ORDER_STATUS  AlgoState=WORKING  BenchmarkPx=100  ScheduleDevBps=-2500  ExplainId=$second
        client > OrderCancelRequest  ClOrdID=Y  OrigClOrdID=X
        client < ExecutionReport  ExecType=PENDING_CANCEL  AlgoState=WORKING
        BATE   > ExecutionReport  ExecType=CANCELED
        client < ExecutionReport  ExecType=CANCELED  AlgoState=DONE  BenchmarkPx=100  -ScheduleDevBps  ExplainId=$second
        """
    )
    order_id = world.notes("parent")[0]["order_id"]
    assert world.language.remembered["first"] == f"{order_id}-W1"
    assert world.language.remembered["second"] == f"{order_id}-W2"


@rule("O-21.3")
def test_a_replace_plans_anew_and_deviation_counts_from_there(world: World) -> None:
    """Of 300 that are left 150 are due at once; BenchmarkPx is the market that the replace met."""
    world.converse(
        f"""
        client > NewOrderSingle   {FOUR}
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=100  LastPx=100.10
        client < ExecutionReport  ExecType=TRADE  ScheduleDevBps=0
        XLON   quotes ACME 100.00x500 100.20x500
        BATE   quotes ACME 100.00x500 100.20x500
        client > OrderCancelReplaceRequest  ClOrdID=Y  OrigClOrdID=X  OrderQty=400  TargetStrategy=TWAP  NumSlices=2  Duration=40
        client < ExecutionReport  ExecType=PENDING_REPLACE
        client < ExecutionReport  ExecType=REPLACED  BenchmarkPx=100.1  -ScheduleDevBps
        XLON   < NewOrderSingle   OrderQty=150
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=50  LastPx=100.20
        client < ExecutionReport  ExecType=TRADE  ScheduleDevBps=-3334
        """
    )


@rule("O-21.1")
def test_an_order_says_that_it_waits_is_suspended_or_needs_a_person(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=X  OrderQty=100  TargetStrategy=TWAP  NumSlices=1  EffectiveTime=+10s  Duration=3600  ChildTIF:CHAR=0
        client < ExecutionReport  ExecType=NEW  AlgoState=SCHEDULED  OrderID=$order
        +10s
        client < ExecutionReport  ExecType=RESTATED  AlgoState=WORKING
        XLON   < NewOrderSingle   OrderQty=100
        operator pause-order  order=$order  why=asked
        client < ExecutionReport  ExecType=SUSPENDED  AlgoState=PAUSED
        XLON   < OrderCancelRequest
        operator resume-order  order=$order  why=asked
        client < ExecutionReport  ExecType=RESTATED  AlgoState=WORKING
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=10  LastPx=100.10  CumQty=10
        client < ExecutionReport  ExecType=TRADE  AlgoState=WORKING
        XLON   > ExecutionReport  ExecType=CANCELED  CumQty=30  LeavesQty=0
        XLON   < OrderStatusRequest
        client > OrderStatusRequest  ClOrdID=X  Symbol=ACME  Side=BUY
        client < ExecutionReport  ExecType=ORDER_STATUS  AlgoState=HALTED
        """
    )


@rule("O-21.2")
def test_there_is_no_benchmark_without_a_market_and_the_clients_own_is_repeated(world: World) -> None:
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=A  OrderQty=100  OrdType=LIMIT  Price=99  TargetStrategy=IS  Duration=60  BenchmarkPx:PRICE=100.50
        client < ExecutionReport  ExecType=NEW  BenchmarkPx=100.5
        XLON   quotes ACME - 100.10x500
        BATE   quotes ACME - 100.10x500
        client > NewOrderSingle   ClOrdID=B  OrderQty=100  OrdType=LIMIT  Price=99  {RESTING}
        client < ExecutionReport  ExecType=NEW  AlgoState=WORKING  -BenchmarkPx
        """
    )


@rule("O-21.1")
def test_of_an_order_without_an_algo_and_of_one_that_is_refused_nothing_is_told(world: World) -> None:
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=X  OrderQty=100
        client < ExecutionReport  ExecType=NEW  {HOUSE}
        XLON   < NewOrderSingle   OrderQty=100  SliceNo=1  -ClOrdLinkID
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=100  LastPx=100.10
        client < ExecutionReport  ExecType=TRADE  {HOUSE}
        client > NewOrderSingle   ClOrdID=Y  OrderQty=100  TargetStrategy=TWAP  NumSlices=0  Duration=60
        client < ExecutionReport  ExecType=REJECTED  {HOUSE}
        """
    )


@pytest.fixture
def standard() -> World:
    """A client whose dictionary is the standard's alone."""
    (client,) = SETTINGS.clients
    return make_world(clients=(msgspec.structs.replace(client, dictionary="FIX44"),))


@rule("O-21.1")
def test_a_session_without_the_houses_dictionary_gets_none_of_them(standard: World) -> None:
    standard.converse(
        f"""
        XLON   quotes ACME 99.90x500 100.10x500
        client > NewOrderSingle   ClOrdID=X  OrderQty=100  TargetStrategy=1  ExpireTime=+60s
        client < ExecutionReport  ExecType=NEW  TargetStrategy=1  {HOUSE}
        XLON   < NewOrderSingle   SliceNo=1
        """
    )
