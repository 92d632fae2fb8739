"""ICEBERG: one tip after the other, as large and as soon as its client says, never two at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from algos.chance import draw, varied
from algos.iceberg import Iceberg
from gateway.model import MILLISECOND, SCALE, Decision, Ns, Posting, Px, Qty, Side, Visibility
from tests.conversation.world import World
from tests.parents import QUIET, START, parent

ORDER = "NewOrderSingle  ClOrdID=P  Side=BUY  OrderQty=250  OrdType=LIMIT  Price=100.00  TargetStrategy=1004"


def test_all_of_it_is_due_and_a_tip_of_it_shows() -> None:
    algo, order = Iceberg(display_qty=Qty(100)), parent(limit=Px(1000))
    assert algo.decide(order, QUIET, Ns(START - 1)) == Decision(due=Qty(0), wake_at=START)
    wanted = Decision(due=Qty(300), limit=Px(1000), at_once=True, posting=Posting(show=Qty(100)), where=Visibility.LIT)
    assert algo.decide(order, QUIET, START) == wanted


def test_a_last_tip_takes_along_what_could_not_be_sent_alone() -> None:
    """Of 250 the first tip of 100 is gone; 50 would be left after the next, and nothing below 60 can be sent."""
    found = Iceberg(display_qty=Qty(100)).decide(parent(250, 1, 60, filled=Qty(100), limit=Px(1)), QUIET, START)
    assert found.posting == Posting(show=Qty(150))


@pytest.mark.parametrize(("side", "limit"), [(Side.BUY, 970), (Side.SELL, 1030)])
def test_children_are_better_than_the_limit_by_the_offset(side: Side, limit: int) -> None:
    algo = Iceberg(display_qty=Qty(100), offset=Px(30))
    assert algo.decide(parent(limit=Px(1000), side=side), QUIET, START).limit == limit


def test_the_next_tip_waits_from_the_end_of_the_one_before() -> None:
    algo, filled_at = Iceberg(display_qty=Qty(100), delay_ms=250), Ns(START + 5)
    again = Ns(filled_at + 250 * MILLISECOND)
    waits = parent(limit=Px(1), filled=Qty(100), last_fill=filled_at)
    assert algo.decide(waits, QUIET, Ns(again - 1)) == Decision(due=Qty(100), wake_at=again)
    assert algo.decide(waits, QUIET, again).due == 300
    rests = parent(limit=Px(1), filled=Qty(40), working=Qty(60), last_fill=filled_at)
    assert algo.decide(rests, QUIET, Ns(again - 1)).due == 300


@given(share=st.integers(1, SCALE), filled=st.integers(0, 10_000), lot=st.sampled_from([1, 7, 100]))
def test_a_random_tip_is_in_lots_and_within_its_share_and_the_same_again(share: int, filled: int, lot: int) -> None:
    order = parent(1_000_000, lot, lot, filled=Qty(filled))
    tip = varied(order, Qty(50 * lot), Px(share), filled)
    assert tip == varied(order, Qty(50 * lot), Px(share), filled) and tip % lot == 0
    assert max(lot, 50 * lot * (SCALE - share) // SCALE) <= tip <= 50 * lot * (SCALE + share) // SCALE


def test_draws_are_even_and_differ_from_order_to_order() -> None:
    """Ten thousand of ten: each number comes 1,000 times, give or take four deviations."""
    one, other = parent(), parent(start=Ns(START + 1))
    counts = [0] * 10
    for number in range(10_000):
        counts[draw(one, number, 10)] += 1
    assert all(abs(count - 1_000) < 120 for count in counts)
    assert sum(draw(one, number, 10) == draw(other, number, 10) for number in range(1_000)) < 160


def test_the_next_tip_comes_after_the_delay_and_what_is_below_takes(world: World) -> None:
    world.converse(
        f"""
        client > {ORDER}  848=DisplayQty=100;RefreshDelayMs=200
        client < ExecutionReport  ExecType=NEW  TargetStrategy=1004
        XLON   < NewOrderSingle   OrderQty=100  Price=100.00  TimeInForce=DAY  ClOrdID=$tip
        BATE   quotes ACME 99.90x300 99.95x20
        BATE   < NewOrderSingle   OrderQty=20  Price=99.95  TimeInForce=IMMEDIATE_OR_CANCEL
        BATE   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE  CumQty=20
        XLON   > ExecutionReport  ClOrdID=$tip  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE  CumQty=120
        +199ms
        +1ms
        XLON   < NewOrderSingle   OrderQty=100  Price=100.00
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE  CumQty=220
        restart
        XLON   quotes ACME 99.90x300 100.10x100
        BATE   quotes ACME 99.90x300 100.10x100
        +200ms
        XLON   < NewOrderSingle   OrderQty=30
        """
    )


def test_random_tips_differ(world: World) -> None:
    said = "DisplayQty=20;DisplayMethod=Random;RefreshVariance=0.5;ChildLimitOffset=0.05"
    world.converse(
        f"""
        client > {ORDER.replace("250", "1000")}  848={said}
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   Price=99.95
        """
    )
    for _ in range(5):
        world.converse("""
            XLON   > ExecutionReport  ExecType=TRADE
            client < ExecutionReport  ExecType=TRADE
            XLON   < NewOrderSingle   Price=99.95
        """)
    tips = {child["qty"] for note in world.notes("decision") for child in note["children"]}
    assert len(tips) > 2 and all(10 * SCALE <= tip <= 30 * SCALE for tip in tips)


@pytest.mark.parametrize(
    ("order", "text"),
    [
        (f"{ORDER}", "ALGO.MISSING DisplayQty"),
        (f"{ORDER}  848=DisplayQty=251", "ALGO.RANGE DisplayQty 251 must be in lots and at most OrderQty(38)"),
        (f"{ORDER}  848=DisplayQty=0.5", "ALGO.RANGE DisplayQty 0.5 is below the smallest order, 1"),
        (f"{ORDER}  848=DisplayQty=10;ChildLimitOffset=100", "ALGO.RANGE ChildLimitOffset is not below Price(44)"),
        (
            f"{ORDER}  848=DisplayQty=10;DisplayMethod=Fixed;RefreshVariance=0.1",
            "ALGO.CONFLICT RefreshVariance and DisplayMethod",
        ),
        (
            ORDER.replace("OrdType=LIMIT  Price=100.00", "848=DisplayQty=10"),
            "ALGO.MISSING Price(44)",
        ),
        (
            f"{ORDER}  848=DisplayQty=10  TimeInForce=FILL_OR_KILL",
            "ALGO.TIF TimeInForce(59) 4 cannot be worked over time",
        ),
    ],
)
def test_what_it_cannot_be_asked_for_is_refused(world: World, order: str, text: str) -> None:
    world.converse(f"client > {order}\nclient < ExecutionReport  ExecType=REJECTED")
    assert world.notes("risk")[-1]["text"] == text
