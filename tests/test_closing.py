"""CLOSE: a part for the closing auction, the rest before, and nothing is sent twice or called back from the auction."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from algos.closing import LEAD, Closing
from gateway.model import SCALE, SECOND, Decision, Ns, Posting, Px, Qty, TimeInForce, Visibility
from gateway.model.settings import OFFERED, Offer
from tests.conftest import SETTINGS, make_world
from tests.conversation.world import World
from tests.parents import QUIET, START, parent
from tests.simulated import at as _at
from tests.simulated import play

AUCTION = Posting(takes=False, time_in_force=TimeInForce.ATC)
LIT = Visibility.LIT
ORDER = "NewOrderSingle  ClOrdID=P  Side=BUY  OrderQty=300  OrdType=LIMIT  Price=100.20  TargetStrategy=1014"


def test_all_of_it_is_for_the_auction_unless_a_share_is_said() -> None:
    assert Closing().decide(parent(), QUIET, Ns(START - 1)) == Decision(due=Qty(0), wake_at=START)
    assert Closing().decide(parent(), QUIET, START) == Decision(due=Qty(300), posting=AUCTION, where=LIT)


def test_the_rest_comes_before_in_even_slices_and_then_all_that_is_left_joins_the_auction() -> None:
    """190 seconds: three slices of 50 in the 180 before the cut-off, and at least 150 for the auction."""
    algo, order = Closing(share=Px(SCALE // 2)), parent(horizon=190 * SECOND)
    dues = [algo.decide(order, QUIET, Ns(START + second * SECOND)).due for second in (0, 59, 60, 120, 179)]
    assert dues == [50, 50, 100, 150, 150]
    assert algo.decide(order, QUIET, START).wake_at == START + 60 * SECOND
    cut_off = Ns(order.end - LEAD)
    assert algo.decide(order, QUIET, cut_off) == Decision(due=Qty(300), posting=AUCTION, where=LIT)


@given(
    qty=st.integers(1, 5_000), lot=st.sampled_from([1, 7, 100]), share=st.integers(1, SCALE), at=st.integers(0, 3_599)
)
def test_what_is_kept_for_the_auction_is_never_due_before(qty: int, lot: int, share: int, at: int) -> None:
    order = parent(qty * lot, lot, lot, horizon=3_600 * SECOND)
    found = Closing(share=Px(share)).decide(order, QUIET, Ns(START + at * SECOND))
    if found.posting is None:
        assert found.due * SCALE <= order.order_qty * (SCALE - share)
        assert found.due % lot == 0 and found.wake_at is not None and found.wake_at > START + at * SECOND


@pytest.fixture
def auctions() -> World:
    """XLON has closing auctions; the day closes an hour after the start."""
    offers = msgspec.structs.replace(SETTINGS.venues[0], offers=(*OFFERED, Offer.ATC))
    world = make_world(venues=(offers, SETTINGS.venues[1]), close_s=15 * 3600 + 1800)
    world.converse("""
        XLON quotes ACME 99.90x500 100.10x500
        BATE quotes ACME 99.90x300 100.10x300
    """)
    return world


def test_what_is_in_the_auction_at_the_end_is_left_there_until_it_is_over(auctions: World) -> None:
    auctions.converse(
        f"""
        client > {ORDER}  848=Duration=70;AuctionPct=0.5
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=150  Price=100.10  TimeInForce=IMMEDIATE_OR_CANCEL
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=100
        client < ExecutionReport  ExecType=TRADE  CumQty=100
        XLON   > ExecutionReport  ExecType=CANCELED
        BATE   < NewOrderSingle   OrderQty=50
        BATE   > ExecutionReport  ExecType=CANCELED
        +60s
        XLON   < NewOrderSingle   OrderQty=200  Price=100.20  TimeInForce=AT_THE_CLOSE
        XLON   > ExecutionReport  ExecType=NEW
        restart
        XLON   < OrderStatusRequest
        XLON   quotes ACME 99.90x500 100.10x500
        +1h
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=150  LastPx=100.15
        client < ExecutionReport  ExecType=TRADE  CumQty=250
        XLON   > ExecutionReport  ExecType=CANCELED
        client < ExecutionReport  ExecType=EXPIRED  CumQty=250
        """
    )


def test_clips_hold_before_the_auction_and_not_in_it(auctions: World) -> None:
    auctions.converse(
        f"""
        client > {ORDER}  848=Duration=70;AuctionPct=0.5;MaxClip=100
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100  TimeInForce=IMMEDIATE_OR_CANCEL
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE  CumQty=100
        +1s
        XLON   < NewOrderSingle   OrderQty=50   TimeInForce=IMMEDIATE_OR_CANCEL
        XLON   > ExecutionReport  ExecType=CANCELED
        BATE   < NewOrderSingle   OrderQty=50
        BATE   > ExecutionReport  ExecType=CANCELED
        +59s
        XLON   < NewOrderSingle   OrderQty=200  TimeInForce=AT_THE_CLOSE
        """
    )


def test_its_client_can_have_it_back_from_the_auction(auctions: World) -> None:
    auctions.converse(
        f"""
        client > {ORDER}  848=Duration=70
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=300  TimeInForce=AT_THE_CLOSE
        +80s
        client > OrderCancelRequest  ClOrdID=C  OrigClOrdID=P
        client < ExecutionReport  ExecType=PENDING_CANCEL
        XLON   < OrderCancelRequest
        XLON   > ExecutionReport  ExecType=CANCELED
        client < ExecutionReport  ExecType=CANCELED
        """
    )


def test_an_order_that_comes_too_late_for_the_auction_is_refused(auctions: World) -> None:
    auctions.converse(f"""
        client > {ORDER}  ExpireTime=20260105-14:29:59
        client < ExecutionReport  ExecType=REJECTED  OrdRejReason=TOO_LATE_TO_ENTER
    """)


def test_without_a_venue_that_has_a_closing_auction_it_is_refused(world: World) -> None:
    world.converse(f"client > {ORDER}  848=Duration=70\nclient < ExecutionReport  ExecType=REJECTED")
    assert world.notes("risk")[-1]["text"] == "ORDER.VENUE no venue offers ATC"


def test_half_of_it_trades_in_our_own_exchanges_closing_auction() -> None:
    """XLON calls from 16:30 to 16:35. What was taken before has other prices; the auction has one."""
    reports = play(
        [("16:26:00", "11=M|55=ACME|54=1|38=3000|40=1|126=20260105-16:34:00|847=1014|848=AuctionPct=0.5")],
        venues=("XLON",),
        start="16:25:50",
        seconds=560,
        has_hours=True,
    )
    fills = [report for report in reports if report.exec_type == "F"]
    before = [fill for fill in fills if fill.at < _at("16:35:00")]
    auction = [fill for fill in fills if fill.at >= _at("16:35:00")]
    assert reports[-1].ord_status == "2"
    assert 0 < sum(Decimal(fill.last_qty) for fill in before) <= 1500
    assert sum(Decimal(fill.last_qty) for fill in auction) >= 1500 and len({fill.last_px for fill in auction}) == 1


def test_what_was_not_to_be_had_before_joins_the_auction_whole(auctions: World) -> None:
    """It is far more than any slice was, and one child has all of it."""
    auctions.converse(
        """
        client > NewOrderSingle  ClOrdID=P  Side=BUY  OrderQty=300  OrdType=LIMIT  Price=99.80  TargetStrategy=1014  848=Duration=610;AuctionPct=0.1
        client < ExecutionReport  ExecType=NEW
        +10m
        XLON   < NewOrderSingle   OrderQty=300  Price=99.80  TimeInForce=AT_THE_CLOSE
        """
    )


def test_an_order_that_was_suspended_before_its_start_joins_the_auction_whole(auctions: World) -> None:
    auctions.converse(
        f"""
        client > {ORDER}  168=+10s  848=Duration=70
        client < ExecutionReport  ExecType=NEW  OrderID=$order
        operator pause-order   order=$order  why=test
        client < ExecutionReport  ExecType=SUSPENDED
        +30s
        operator resume-order  order=$order  why=test
        client < ExecutionReport  ExecType=RESTATED
        XLON   < NewOrderSingle   OrderQty=300  TimeInForce=AT_THE_CLOSE
        """
    )


def test_what_comes_before_the_auction_rests_by_urgency_and_is_called_back_for_it(auctions: World) -> None:
    """The auction gets one child with all that is left, once what rests is back."""
    auctions.converse(
        f"""
        client > {ORDER}  848=Duration=130;AuctionPct=0.5;Urgency=PASSIVE
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   ClOrdID=$a  OrderQty=75  Price=99.90  TimeInForce=DAY
        XLON   > ExecutionReport  ClOrdID=$a  ExecType=TRADE  LastQty=25  LastPx=99.90
        client < ExecutionReport  CumQty=25
        +60s
        XLON   < NewOrderSingle   ClOrdID=$b  OrderQty=75  Price=99.90  TimeInForce=DAY
        +60s
        XLON   < OrderCancelRequest  OrigClOrdID=$a
        XLON   < OrderCancelRequest  OrigClOrdID=$b
        XLON   > ExecutionReport  ClOrdID=$a  ExecType=CANCELED
        XLON   > ExecutionReport  ClOrdID=$b  ExecType=TRADE  LastQty=75  LastPx=99.90
        client < ExecutionReport  CumQty=100
        XLON   < NewOrderSingle   OrderQty=200  Price=100.20  TimeInForce=AT_THE_CLOSE
        +9s
        +1s
        """
    )
    auctions.restart()


def test_who_is_eager_crosses_before_the_auction(auctions: World) -> None:
    auctions.converse(
        f"""
        client > {ORDER}  848=Duration=130;AuctionPct=0.5;Urgency=HIGH
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=75  Price=100.10  TimeInForce=IMMEDIATE_OR_CANCEL
        """
    )
