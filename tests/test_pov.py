"""POV: of what others trade, so much that a share of everything is ours."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from algos.bounds import sendable
from algos.pov import Pov
from gateway.model import SCALE, Decision, Ns, Px, Qty, Side, parse_px
from tests.conversation.world import World
from tests.parents import QUIET, START, parent, shows

RATE = st.integers(1, SCALE - 1)
LOT = st.sampled_from((1, 2, 7, 100))


@given(
    rate=RATE,
    prints=st.lists(st.integers(0, 5_000), max_size=30),
    lot=LOT,
    min_lots=st.integers(1, 3),
)
def test_the_share_of_all_that_trades_is_the_target_within_one_child(
    rate: int, prints: list[int], lot: int, min_lots: int
) -> None:
    """Each child filled when others print next: never above r of everything, and below by less than the smallest."""
    algo, order, filled = Pov(target=Px(rate)), parent(10**15, lot, min_lots * lot, traded_at_start=Qty(77)), 0
    traded = 77
    for printed in prints:
        traded += printed
        market = msgspec.structs.replace(QUIET, traded=Qty(traded))
        due = algo.decide(msgspec.structs.replace(order, filled=Qty(filled)), market, START).due
        assert due >= filled and (due == filled or due - filled >= min_lots * lot)
        filled = due
        wanted = filled * SCALE - rate * (traded - 77 + filled)  # of it, in 1 / SCALE
        assert wanted <= 0
        assert -wanted < min_lots * lot * (SCALE - rate) + SCALE


@given(lots=st.integers(1, 300), extra=st.integers(0, 99), min_lots=st.integers(1, 30), asked=st.integers(-5, 40_000))
def test_what_is_sendable_leaves_nothing_that_is_not(lots: int, extra: int, min_lots: int, asked: int) -> None:
    order = parent(lots * 100 + extra, 100, min_lots * 100)
    found = sendable(order, asked)
    assert found == order.order_qty if asked >= order.order_qty else found <= max(asked, 0)
    left = order.order_qty - found
    assert found in (0, order.order_qty) or (found >= order.min_qty and left >= order.min_qty)
    assert found % 100 == 0 or not left


def test_what_is_out_may_have_been_printed_already() -> None:
    """Of 100 that were printed 40 may be ours: of the 60 of others a quarter of all is 20, and 40 are out."""
    algo, market = Pov(target=parse_px("0.25")), msgspec.structs.replace(QUIET, traded=Qty(100))
    assert algo.decide(parent(), market, START) == Decision(due=Qty(33))
    assert algo.decide(parent(working=Qty(40)), market, START) == Decision(due=Qty(40))
    assert algo.decide(parent(working=Qty(10)), market, START) == Decision(due=Qty(30))


def test_all_of_everything_is_all_of_the_order() -> None:
    assert Pov(target=parse_px("1")).decide(parent(), QUIET, START).due == 300


def test_nothing_is_due_before_the_start() -> None:
    market = msgspec.structs.replace(QUIET, traded=Qty(1000))
    early = Pov(target=parse_px("0.5")).decide(parent(), market, Ns(START - 1))
    assert early == Decision(due=Qty(0), wake_at=START)


@pytest.mark.parametrize(
    ("side", "middle", "due"),
    [
        (Side.BUY, 100_000, 100),
        (Side.BUY, 99_750, 150),
        (Side.BUY, 99_500, 200),
        (Side.BUY, 90_000, 200),
        (Side.BUY, 100_100, 90),
        (Side.BUY, 100_500, 50),
        (Side.BUY, 110_000, 50),
        (Side.SELL, 100_500, 200),
        (Side.SELL, 99_500, 50),
    ],
)
def test_between_its_bounds_the_share_follows_the_price(side: Side, middle: int, due: int) -> None:
    """A target of half, of 100 that others traded; at two thirds it is 200, at a third 50."""
    algo = Pov(target=parse_px("0.5"), least=parse_px("0.33333333"), most=parse_px("0.66666667"))
    order = parent(1000, side=side, arrival=Px(100_000))
    found = algo.decide(order, shows(bid=middle - 1, ask=middle + 1, traded=100), START).due
    wanted = {150: 139, 90: 87, 50: 49}.get(due, due)  # in the share, not in the quantity, the line is straight
    assert found == wanted
    assert (
        Pov(target=parse_px("0.5")).decide(order, shows(bid=middle - 1, ask=middle + 1, traded=100), START).due == 100
    )


@pytest.mark.parametrize(("bid", "size", "due"), [(1000, 300, 300), (1001, 300, 300), (999, 300, 0), (1000, 299, 0)])
def test_all_at_once_only_where_all_can_be_had(bid: int, size: int, due: int) -> None:
    algo = Pov(target=parse_px("0.5"), would=Px(1000))
    market = shows(bid=bid, ask=bid + 2, bid_size=size)
    assert algo.decide(parent(side=Side.SELL), market, START).due == due


def test_bounds_are_on_their_sides_of_the_target() -> None:
    with pytest.raises(ValueError, match=r"Value error, MinParticipation is above TargetParticipation \["):
        Pov(target=Px(2), least=Px(3))
    with pytest.raises(ValueError, match=r"Value error, MaxParticipation is below TargetParticipation \["):
        Pov(target=Px(2), most=Px(1))
    Pov(target=Px(2), least=Px(2), most=Px(2))


# -- through the gateway


def test_our_own_trades_are_nothing_to_follow(world: World) -> None:
    """847=2. Half of everything: 100 of ours for 100 of others, and our print makes nothing due, early or late."""
    world.converse(
        """
        XLON prints ACME 100.00x900
        client > NewOrderSingle   OrderQty=500  TargetStrategy=2  Duration=90  849=0.5
        client < ExecutionReport  ExecType=NEW
        BATE prints ACME 100.00x100
        XLON   < NewOrderSingle   OrderQty=100
        XLON prints ACME 100.10x100
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=100  LastPx=100.10
        client < ExecutionReport  CumQty=100
        +10s
        BATE prints ACME 100.00x30
        XLON   < NewOrderSingle   OrderQty=30
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=30  LastPx=100.10
        client < ExecutionReport  CumQty=130
        XLON prints ACME 100.10x30
        +80s
        client < ExecutionReport  ExecType=EXPIRED  CumQty=130
        """
    )
    world.restart()


def test_what_traded_before_the_start_does_not_count(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   OrderQty=500  TargetStrategy=1002  168=+60s  126=+120s  849=0.5
        client < ExecutionReport  ExecType=NEW
        XLON prints ACME 100.00x200
        +60s
        client < ExecutionReport  ExecType=RESTATED  WorkingIndicator=Y
        XLON prints ACME 100.00x50
        XLON   < NewOrderSingle   OrderQty=50
        """
    )


def test_two_orders_do_not_follow_each_other(world: World) -> None:
    """Each wants half of everything; what the other one gets is no volume of others."""
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=A  OrderQty=500  TargetStrategy=POV  Duration=90  849=0.5
        client < ExecutionReport  ClOrdID=A  ExecType=NEW
        client > NewOrderSingle   ClOrdID=B  OrderQty=500  TargetStrategy=POV  Duration=90  849=0.5
        client < ExecutionReport  ClOrdID=B  ExecType=NEW
        BATE prints ACME 100.00x100
        XLON   < NewOrderSingle   OrderQty=100  SecondaryClOrdID=A
        XLON   < NewOrderSingle   OrderQty=100  SecondaryClOrdID=B
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=100  LastPx=100.10
        client < ExecutionReport  ClOrdID=B  CumQty=100
        XLON prints ACME 100.10x100
        BATE prints ACME 100.00x20
        XLON   < NewOrderSingle   OrderQty=20  SecondaryClOrdID=B
        """
    )
