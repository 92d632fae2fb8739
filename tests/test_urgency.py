"""Urgency on the wire: where what is due rests, when it moves, and when it crosses. And clips, a restart, the end."""

import pytest

from gateway.model import Instrument
from tests.conftest import lots, make_world
from tests.conversation.world import World

NEW = "ExecutionReport  ExecType=NEW"


def order(more: str, qty: int = 400) -> str:
    return f"""
        client > NewOrderSingle   OrderQty={qty}  OrdType=LIMIT  Price=100.50  TargetStrategy=TWAP  Duration=40  {more}
        client < {NEW}
    """


def test_a_passive_order_rests_at_the_touch_and_crosses_when_it_is_behind(world: World) -> None:
    """Two slices may wait; the third makes it cross for all that is due, once what rests is back."""
    world.converse(
        order("NumSlices=4  Urgency=PASSIVE")
        + """
        XLON   < NewOrderSingle      ClOrdID=$a  OrderQty=100  Price=99.90  TimeInForce=DAY
        +10s
        XLON   < NewOrderSingle      ClOrdID=$b  OrderQty=100  Price=99.90  TimeInForce=DAY
        +10s
        XLON   < OrderCancelRequest  OrigClOrdID=$a
        XLON   < OrderCancelRequest  OrigClOrdID=$b
        XLON   < NewOrderSingle      OrderQty=100  Price=100.10  TimeInForce=IMMEDIATE_OR_CANCEL
        XLON   > ExecutionReport     ClOrdID=$a  ExecType=CANCELED
        XLON   < NewOrderSingle      OrderQty=100  Price=100.10  TimeInForce=IMMEDIATE_OR_CANCEL
        XLON   > ExecutionReport     ClOrdID=$b  ExecType=TRADE  LastQty=100  LastPx=99.90
        client < ExecutionReport     CumQty=100
        """
    )


def test_a_neutral_order_rests_in_the_middle(world: World) -> None:
    world.converse(
        order("NumSlices=4  Urgency=N")
        + """
        XLON   < NewOrderSingle      OrderQty=100  Price=100.00  TimeInForce=DAY
        """
    )


@pytest.mark.parametrize("said", ["Urgency=HIGH", "Urgency=A", "Urgency=5", ""])
def test_an_aggressive_order_crosses_as_one_without_urgency_does(world: World, said: str) -> None:
    world.converse(
        order(f"NumSlices=4  {said}")
        + """
        XLON   < NewOrderSingle      OrderQty=100  Price=100.10  TimeInForce=IMMEDIATE_OR_CANCEL
        """
    )


def test_what_rests_is_moved_once_a_second_and_not_for_a_tick(world: World) -> None:
    """A tick off it stays; two ticks off it moves, as soon as it was there for a second."""
    world.converse(
        order("NumSlices=1  Urgency=PASSIVE")
        + """
        XLON   < NewOrderSingle      ClOrdID=$a  OrderQty=400  Price=99.90
        XLON   > ExecutionReport     ClOrdID=$a  ExecType=NEW
        +2s
        BATE quotes ACME 99.91x300 100.10x300
        BATE quotes ACME 99.92x300 100.10x300
        XLON   < OrderCancelRequest  OrigClOrdID=$a
        XLON   > ExecutionReport     ClOrdID=$a  ExecType=CANCELED
        XLON   < NewOrderSingle      ClOrdID=$b  OrderQty=400  Price=99.92
        BATE quotes ACME 99.95x300 100.10x300
        +999ms
        +1ms
        XLON   < OrderCancelRequest  OrigClOrdID=$b
        """
    )


def test_what_rests_crosses_before_the_end(world: World) -> None:
    """Of 40 s the last 4."""
    world.converse(
        order("NumSlices=1  Urgency=PASSIVE  CompleteByEnd=Y")
        + """
        XLON   < NewOrderSingle      ClOrdID=$a  OrderQty=400  Price=99.90
        +36s
        XLON   < OrderCancelRequest  OrigClOrdID=$a
        XLON   > ExecutionReport     ClOrdID=$a  ExecType=CANCELED
        XLON   < NewOrderSingle      OrderQty=400  Price=100.10
        XLON   > ExecutionReport     ExecType=TRADE  LastQty=400  LastPx=100.10
        client < ExecutionReport     OrdStatus=FILLED
        """
    )


def test_who_goes_on_catches_up_by_clips(world: World) -> None:
    """Four slices became due meanwhile; two leave at once, two a second later."""
    world.converse(
        order("NumSlices=10", qty=1_000)
        + """
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=100  LastPx=100.10
        client < ExecutionReport  CumQty=100
        BATE quotes ACME - -
        operator pause-order  order=T8EAY0-1  why=test
        client < ExecutionReport  ExecType=SUSPENDED
        +18s
        operator resume-order  order=T8EAY0-1  why=test
        client < ExecutionReport  ExecType=RESTATED
        XLON   < NewOrderSingle   OrderQty=200
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=200  LastPx=100.10
        client < ExecutionReport  CumQty=300
        +1s
        XLON   < NewOrderSingle   OrderQty=200
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=200  LastPx=100.10
        client < ExecutionReport  CumQty=500
        +1s
        """
    )


def test_what_a_share_of_the_volume_came_to_before_the_order_went_on_is_behind(world: World) -> None:
    """It was suspended before its start. Two of the smallest releases at most leave at once, or what it takes to be
    done by the end at a release a second."""
    world.converse(
        """
        client > NewOrderSingle   OrderQty=400  OrdType=LIMIT  Price=100.50  TargetStrategy=2  849=0.5  168=+10s  848=Duration=800
        client < ExecutionReport  ExecType=NEW
        operator pause-order  order=T8EAY0-1  why=test
        client < ExecutionReport  ExecType=SUSPENDED
        +20s
        XLON prints ACME 100.00x300
        operator resume-order  order=T8EAY0-1  why=test
        client < ExecutionReport  ExecType=RESTATED
        XLON   < NewOrderSingle   OrderQty=2
        """
    )


def test_the_seed_is_noted_with_the_acceptance(world: World) -> None:
    world.converse(order("NumSlices=4  RandomizeTime:PERCENTAGE=0.5") + "XLON   < NewOrderSingle   OrderQty=100")
    (note,) = world.notes("parent")
    assert note["seed"] > 0


def test_nothing_goes_where_less_than_min_clip_is_shown(world: World) -> None:
    """But for the last of an order."""
    world.converse(
        order("NumSlices=1  MinClip:QTY=350")
        + """
        XLON   < NewOrderSingle   OrderQty=400
        XLON quotes ACME 99.90x500 100.10x200
        XLON   > ExecutionReport  ExecType=EXPIRED
        XLON quotes ACME 99.90x500 100.10x360
        XLON   < NewOrderSingle   OrderQty=360
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=360  LastPx=100.10
        client < ExecutionReport  CumQty=360
        BATE   < NewOrderSingle   OrderQty=40
        """
    )


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("MinClip:QTY=200  MaxClip:QTY=100", "ALGO.CONFLICT MinClip is above MaxClip"),
        ("MaxClip:QTY=500", "ALGO.CONFLICT MaxClip is above OrderQty(38)"),
        ("Urgency=NEUTRAL  ChildTIF:CHAR=0", "ALGO.CONFLICT Urgency and ChildTIF"),
        ("RandomizeTime:PERCENTAGE=1.5", "ALGO.RANGE RandomizeTime 1.5"),
        ("CatchUp:BOOLEAN=X", "ALGO.FORMAT CatchUp"),
        ("Urgency=HOT", "ALGO.RANGE Urgency HOT"),
    ],
)
def test_what_contradicts_itself_is_refused(world: World, said: str, text: str) -> None:
    world.converse(
        f"""
        client > NewOrderSingle   OrderQty=400  TargetStrategy=TWAP  Duration=40  {said}
        client < ExecutionReport  ExecType=REJECTED  Text~'{text}'
        """
    )


def test_chance_is_not_for_who_follows_the_market(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   OrderQty=400  TargetStrategy=2  TargetParticipation=0.1  Duration=40  RandomizeTime:PERCENTAGE=0.5
        client < ExecutionReport  ExecType=REJECTED  Text~'ALGO.PARAMETER RandomizeTime'
        """
    )


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("MinClip=150;MaxClip=150", "ALGO.CONFLICT MinClip and MaxClip, since nothing in whole lots is between"),
        ("MinClip=101;MaxClip=199", "ALGO.CONFLICT MinClip and MaxClip, since nothing in whole lots is between"),
        ("MaxClip=99", "ALGO.RANGE MaxClip 99 is below the smallest order, 100"),
        ("MinClip=150;MaxClip=250", ""),
        ("MinClip=200;MaxClip=200", ""),
    ],
)
def test_a_clip_in_whole_lots_is_within_both_bounds(said: str, text: str) -> None:
    """A lot is 100: what MinClip asks for is never more than MaxClip allows."""
    world = make_world(instruments=(Instrument(symbol="ACME", lot=lots(100), min_qty=lots(100)),))
    world.converse("XLON quotes ACME 99.90x5000 100.10x5000")
    taken = f"""
        client < {NEW}
        XLON   < NewOrderSingle   OrderQty=200
    """
    world.converse(
        f"""
        client > NewOrderSingle   OrderQty=1000  TargetStrategy=TWAP  848=Duration=60;NumSlices=1;{said}
        {f"client < ExecutionReport  ExecType=REJECTED  Text='{text}'" if text else taken}
        """
    )
