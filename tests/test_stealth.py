"""STEALTH: slice after slice, each first where nobody sees it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from algos.stealth import Stealth
from gateway.model import MILLISECOND, SCALE, Decision, Ns, Posting, Px, Qty, Visibility
from tests.parents import QUIET, START, parent
from tests.routing.test_dark import pools
from tests.simulated import play

DARK, LIT = Visibility.DARK, Visibility.LIT
HIDES = Posting(takes=False, at_middle=True)


def test_a_slice_is_in_the_dark_for_half_of_its_time_and_then_taken_where_it_is_shown() -> None:
    algo = Stealth(slices=3, stagger_ms=100)
    instants = [Ns(START + ms * MILLISECOND) for ms in (-1, 0, 50, 100, 250, 300)]
    assert [algo.decide(parent(), QUIET, now) for now in instants] == [
        Decision(due=Qty(0), wake_at=START),
        Decision(due=Qty(100), wake_at=instants[2], posting=HIDES, where=DARK),
        Decision(due=Qty(100), wake_at=instants[3], where=LIT),
        Decision(due=Qty(200), wake_at=Ns(START + 150 * MILLISECOND), posting=HIDES, where=DARK),
        Decision(due=Qty(300), wake_at=instants[5], where=LIT),
        Decision(due=Qty(300), where=LIT),
    ]


@given(
    lots=st.integers(1, 5_000),
    lot=st.sampled_from([1, 7, 100]),
    slices=st.integers(1, 40),
    varies=st.integers(1, SCALE),
)
def test_slices_are_in_lots_and_of_their_share_and_add_up(lots: int, lot: int, slices: int, varies: int) -> None:
    """Each is as far from the even one as it may be at most, give or take the lot on each end of it."""
    algo, order = Stealth(slices=slices, stagger_ms=2, varies=Px(varies)), parent(lots * lot, lot, lot)
    steps = [Ns(START + step * 2 * MILLISECOND) for step in range(slices)]
    dues = [0, *[algo.decide(order, QUIET, now).due for now in steps]]
    assert dues == sorted(dues) and dues[-1] == order.order_qty and all(due % lot == 0 for due in dues)
    assert dues[1:] == [algo.decide(order, QUIET, now).due for now in steps]
    even = order.order_qty / slices
    for before, after in pairwise(dues):
        assert abs(after - before - even) <= even * varies / SCALE + 2 * lot


def test_what_the_dark_does_not_have_is_back_before_it_is_taken() -> None:
    world = pools("CHID")
    world.converse("""
        client > NewOrderSingle   ClOrdID=P  Side=BUY  OrderQty=200  TargetStrategy=1010  848=NumSlices=2;StaggerMs=1000
        client < ExecutionReport  ExecType=NEW
        CHID   < NewOrderSingle   OrderQty=100  OrdType=PEGGED  ExecInst=M
        CHID   > ExecutionReport  ExecType=TRADE  LastQty=30  LastPx=100.00
        client < ExecutionReport  ExecType=TRADE  CumQty=30
        +500ms
        CHID   < OrderCancelRequest
        CHID   > ExecutionReport  ExecType=CANCELED
        XLON   < NewOrderSingle   OrderQty=70  Price=100.10  TimeInForce=IMMEDIATE_OR_CANCEL
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE  CumQty=100
        +500ms
        CHID   < NewOrderSingle   OrderQty=100
        restart
        CHID   < OrderStatusRequest
        XLON   quotes ACME 99.90x500 100.10x500
        +500ms
        CHID   < OrderCancelRequest
    """)


def test_the_dark_holds_nothing_up() -> None:
    """Slices are 400 ms apart. What was called back has a successor at once; what was rejected has none, nor waits."""
    world = pools("CHID")
    world.converse("""
        client > NewOrderSingle   ClOrdID=P  Side=BUY  OrderQty=300  TargetStrategy=1010  848=NumSlices=3;StaggerMs=400
        client < ExecutionReport  ExecType=NEW
        CHID   < NewOrderSingle   OrderQty=100
        +200ms
        CHID   < OrderCancelRequest
        CHID   > ExecutionReport  ExecType=CANCELED
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE  CumQty=100
        +200ms
        CHID   < NewOrderSingle   OrderQty=100
        CHID   > ExecutionReport  ExecType=REJECTED
        +200ms
        XLON   < NewOrderSingle   OrderQty=100
    """)


def test_without_a_dark_venue_each_slice_is_taken_in_its_second_half() -> None:
    world = pools()
    world.converse("""
        client > NewOrderSingle   ClOrdID=P  Side=BUY  OrderQty=200  TargetStrategy=1010  848=NumSlices=2
        client < ExecutionReport  ExecType=NEW
        +49ms
        +1ms
        XLON   < NewOrderSingle   OrderQty=100  TimeInForce=IMMEDIATE_OR_CANCEL
    """)


def test_in_our_markets_it_is_filled_and_some_of_it_in_the_dark() -> None:
    """XLON and the dark pool CHID; slices of 450 a second apart."""
    reports = play(
        [("10:00:02", "11=S|55=ACME|54=1|38=9000|40=1|847=1010|848=StaggerMs=1000;RandomizeSize=0.3")],
        venues=("XLON", "CHID"),
        start="10:00:00",
        seconds=40,
    )
    assert reports[-1].ord_status == "2"
    assert {report.last_mkt for report in reports if report.exec_type == "F"} == {"XLON", "CHID"}


@pytest.mark.parametrize("said", ["StaggerMs=1", "NumSlices=0", "RandomizeSize=1.1", "ChildTIF=0"])
def test_what_it_cannot_be_asked_for_is_refused(said: str) -> None:
    pools("CHID").converse(f"""
        client > NewOrderSingle   ClOrdID=P  Side=BUY  OrderQty=200  TargetStrategy=1010  848={said}
        client < ExecutionReport  ExecType=REJECTED
    """)
