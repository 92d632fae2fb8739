"""StopPx(99) beside an algo: nothing is sent until the market trades there, and the schedule begins then."""

import pytest

from tests.algo_words import algos, saying, world_of
from tests.conversation.rules import rule
from tests.conversation.world import World

TWAP = "NewOrderSingle   ClOrdID=P  OrderQty=300  OrdType=LIMIT  Price=100.50  TargetStrategy=TWAP  NumSlices=3  StopPx=100.20"
WAITS = "client < ExecutionReport  ClOrdID=P  ExecType=NEW  StopPx=100.2  WorkingIndicator=N"
SLOW = ("2", "1002", "1007", "1008")  # they wait for others' trades, or a signal
MET = "client < ExecutionReport  ClOrdID=P  ExecType=RESTATED  ExecRestatementReason=OTHER  WorkingIndicator=Y"


@rule("O-11.9")
def test_a_schedule_begins_when_its_price_is_there_and_ends_when_it_would_have_ended(world: World) -> None:
    """What trades below the stop, what trades before and an offer are nothing; three slices in the 60 s that are left."""
    world.converse(
        f"""
        client > {TWAP}  Duration=90
        {WAITS}
        BATE   prints ACME 100.19x900
        +30s
        XLON   prints ACME 100.20x10
        {MET}  Text='triggered by a trade on XLON at 100.2'
        XLON   < NewOrderSingle   OrderQty=100  Price=100.10
        +19s
        +1s
        XLON   < NewOrderSingle   OrderQty=100
        XLON   prints ACME 100.00x10
        +20s
        XLON   < NewOrderSingle   OrderQty=100
        """
    )
    world.restart()


@rule("O-11.9")
def test_what_trades_before_the_price_is_there_is_no_volume(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=P  Side=SELL  OrderQty=300  TargetStrategy=POV  849=0.5  Duration=90  StopPx=99.80
        client < ExecutionReport  ExecType=NEW  WorkingIndicator=N
        XLON   prints ACME 99.81x200
        XLON   prints ACME 99.80x10
        client < ExecutionReport  ExecType=RESTATED  WorkingIndicator=Y
        XLON   prints ACME 99.90x50
        XLON   < NewOrderSingle   OrderQty=50
        """
    )


@rule("O-11.9")
def test_without_its_price_it_ends_by_its_end(world: World) -> None:
    world.converse(
        f"""
        client > {TWAP}  Duration=90
        {WAITS}
        +89s
        +1s
        client < ExecutionReport  ClOrdID=P  ExecType=EXPIRED  CumQty=0
        """
    )


@rule("O-11.7", "O-11.9")
def test_a_replace_lets_it_wait_on_or_work_on_or_wait_anew(world: World) -> None:
    terms = "Side=BUY  OrderQty=300  OrdType=LIMIT  Price=100.50  TargetStrategy=TWAP  NumSlices=3  Duration=90"
    world.converse(
        f"""
        client > {TWAP}  Duration=90
        {WAITS}
        client > OrderCancelReplaceRequest  ClOrdID=Q  OrigClOrdID=P  {terms}  StopPx=100.20
        client < ExecutionReport  ClOrdID=Q  ExecType=PENDING_REPLACE
        client < ExecutionReport  ClOrdID=Q  ExecType=REPLACED  WorkingIndicator=N
        XLON   prints ACME 100.20x10
        {MET.replace("=P", "=Q")}
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  CumQty=100
        client > OrderCancelReplaceRequest  ClOrdID=R  OrigClOrdID=Q  {terms}  StopPx=100.20
        client < ExecutionReport  ClOrdID=R  ExecType=PENDING_REPLACE
        client < ExecutionReport  ClOrdID=R  ExecType=REPLACED  -WorkingIndicator
        XLON   < NewOrderSingle   OrderQty=67
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  CumQty=167
        client > OrderCancelReplaceRequest  ClOrdID=S  OrigClOrdID=R  {terms}  StopPx=100.30
        client < ExecutionReport  ClOrdID=S  ExecType=PENDING_REPLACE
        client < ExecutionReport  ClOrdID=S  ExecType=REPLACED  WorkingIndicator=N
        +60s
        """
    )


@rule("O-11.9")
@pytest.mark.parametrize(("number", "kind"), algos(), ids=lambda x: x if isinstance(x, str) else "")
def test_whatever_the_algo_nothing_leaves_before(number: str, kind: type) -> None:
    """And then it does, but for those that wait for more. ARBITRAGE cannot wait: what hedges it would not."""
    world = world_of()
    text = ";".join(f"{name}={value}" for name, value in (saying(kind, "") | {"Duration": "90"}).items())
    answer = "ExecType=REJECTED  Text~'ALGO.CONFLICT StopPx(99) and a hedge'" if number == "1009" else "ExecType=NEW"
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=P  OrderQty=100  OrdType=LIMIT  Price=100.50  847={number}  848='{text}'  StopPx=100.20
        client < ExecutionReport  ClOrdID=P  {answer}
        +30s
        """
    )
    assert not world.notes("decision")
    if number != "1009":
        world.converse(f"XLON prints ACME 100.30x500\n{MET}")
        assert not world.notes("alert")
        assert world.notes("decision") or number in SLOW


@rule("O-11.9")
@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("847=1001  848='Duration=90;DryRun=Y'", "ALGO.CONFLICT StopPx(99) and DryRun"),
        ("847=1015  59=3", "ORDER.TIF TimeInForce(59) 3 cannot wait for a price"),
        ("847=1005  40=P  -44  18=R  848=Duration=90", "ORDER.CONFLICT OrdType(40) P has no StopPx(99)"),
    ],
)
def test_what_cannot_wait_for_a_price_is_refused(world: World, said: str, text: str) -> None:
    limit = "" if "40=" in said else "40=2  44=100.50"
    world.converse(
        f"""
        client > NewOrderSingle   OrderQty=300  {limit}  99=100.20  {said}
        client < ExecutionReport  ExecType=REJECTED  Text='{text}'
        """
    )
