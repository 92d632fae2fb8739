"""P1 to P14: what befalls the children of an order that is worked."""

import msgspec
import pytest

from tests.conftest import SETTINGS, make_world
from tests.conversation.rules import rule
from tests.conversation.world import World
from tests.order_states import RESTING

OUT = """
    client > NewOrderSingle   ClOrdID=X  OrderQty=100
    client < ExecutionReport  ClOrdID=X  ExecType=NEW
    XLON   < NewOrderSingle   OrderQty=100  ClOrdID=$child
"""
REST = f"""
    client > NewOrderSingle   ClOrdID=X  OrderQty=100  {RESTING}
    client < ExecutionReport  ClOrdID=X  ExecType=NEW
    XLON   < NewOrderSingle   OrderQty=100  ClOrdID=$child
"""


def codes(world: World) -> list[str]:
    return [note["code"] for note in world.notes("alert")]


@rule("O-4.1", "O-3.1")
def test_P1_the_parent_is_replaced_while_a_child_is_out(world: World) -> None:
    """The child is called back first; only then is anything sent on the new terms."""
    world.converse(
        REST
        + """
        client > OrderCancelReplaceRequest  ClOrdID=Y  OrigClOrdID=X  OrderQty=150
        client < ExecutionReport     ExecType=PENDING_REPLACE
        XLON   < OrderCancelRequest
        XLON   > ExecutionReport     ExecType=TRADE  LastQty=30  LastPx=100.10
        client < ExecutionReport     ClOrdID=X  OrdStatus=PENDING_REPLACE  CumQty=30
        XLON   > ExecutionReport     ExecType=CANCELED
        client < ExecutionReport     ClOrdID=Y  ExecType=REPLACED  OrderQty=150  LeavesQty=120
        XLON   < NewOrderSingle      OrderQty=120
        """
    )


@rule("O-3.2")
def test_P2_the_parent_is_canceled_while_a_child_is_filled(world: World) -> None:
    """The venue refuses our cancel because the fill was faster; the client is told the same."""
    world.converse(
        REST
        + """
        client > OrderCancelRequest  ClOrdID=Y  OrigClOrdID=X
        client < ExecutionReport     ExecType=PENDING_CANCEL
        XLON   < OrderCancelRequest
        XLON   > ExecutionReport     ExecType=TRADE  LastQty=100  LastPx=100.10
        client < ExecutionReport     ClOrdID=X  OrdStatus=PENDING_CANCEL  CumQty=100  LeavesQty=0
        client < OrderCancelReject   ClOrdID=Y  OrdStatus=FILLED  CxlRejReason=0
        XLON   > OrderCancelReject   CxlRejReason=0
        """
    )


@rule("O-5.3")
def test_P3_what_a_venue_rejects_goes_elsewhere(world: World) -> None:
    world.converse(
        OUT
        + """
        XLON   > ExecutionReport  ExecType=REJECTED  OrdRejReason=0  Text=no
        BATE   < NewOrderSingle   OrderQty=100
        """
    )
    assert codes(world) == ["CHILD.REJECTED"]


@rule("O-5.3")
def test_P4_what_expires_or_is_canceled_at_a_venue_goes_elsewhere(world: World) -> None:
    world.converse(
        OUT
        + """
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=40  LastPx=100.10
        client < ExecutionReport  CumQty=40  LeavesQty=60
        XLON   > ExecutionReport  ExecType=EXPIRED
        BATE   < NewOrderSingle   OrderQty=60
        BATE   > ExecutionReport  ExecType=CANCELED  ExecRestatementReason=MARKET_OPTION
        XLON   quotes ACME 99.90x500 100.10x500
        XLON   < NewOrderSingle   OrderQty=60
        XLON   > ExecutionReport  ExecType=DONE_FOR_DAY
        """
    )


@rule("O-5.4")
def test_an_end_that_does_not_agree_with_the_fills_frees_nothing_until_it_does(world: World) -> None:
    """14 is 40 and we have booked nothing: reserved, and the venue is asked. The missing fill settles it."""
    world.converse(
        OUT
        + """
        XLON   > ExecutionReport     ExecType=CANCELED  CumQty=40
        XLON   < OrderStatusRequest  ClOrdID=$child
        BATE   quotes ACME 99.90x500 100.10x500
        client > OrderCancelRequest  ClOrdID=Y  OrigClOrdID=X
        client < ExecutionReport     ExecType=PENDING_CANCEL
        XLON   > ExecutionReport     ExecType=TRADE  ClOrdID=$child  LastQty=40  LastPx=100.10
        client < ExecutionReport     ExecType=TRADE  OrdStatus=PENDING_CANCEL  CumQty=40
        client < ExecutionReport     ClOrdID=Y  ExecType=CANCELED  CumQty=40
        """
    )
    assert codes(world) == ["CHILD.MISSING_FILL"]


@rule("O-5.4")
def test_an_end_with_LeavesQty_frees_nothing_until_the_venue_says_it_is_over(world: World) -> None:
    world.converse(
        OUT
        + """
        client > OrderCancelRequest  ClOrdID=Y  OrigClOrdID=X
        client < ExecutionReport     ExecType=PENDING_CANCEL
        XLON   > ExecutionReport     ExecType=CANCELED  LeavesQty=100
        XLON   < OrderStatusRequest  ClOrdID=$child
        XLON   > ExecutionReport     ExecType=ORDER_STATUS  ClOrdID=$child
        client < ExecutionReport     ClOrdID=Y  ExecType=CANCELED  CumQty=0
        """
    )
    assert codes(world) == ["CHILD.MISSING_FILL"]


@rule("O-5.4")
def test_a_CumQty_that_the_fills_do_not_add_up_to_is_asked_about(world: World) -> None:
    """V4: the ledger counts, not CumQty(14); a higher one means that a fill is missing."""
    world.converse(
        OUT
        + """
        XLON   > ExecutionReport     ExecType=TRADE  LastQty=10  LastPx=100.10  CumQty=30
        XLON   < OrderStatusRequest  ClOrdID=$child
        client < ExecutionReport     ExecType=TRADE  CumQty=10
        """
    )
    assert codes(world) == ["CHILD.CUMQTY"]


@rule("O-8.1")
def test_P5_a_childs_fill_is_busted_after_the_parent_was_filled(world: World) -> None:
    world.converse(
        OUT
        + """
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=100  LastPx=100.10
        client < ExecutionReport  ExecType=TRADE         OrdStatus=FILLED  ExecID=$fill
        XLON   > ExecutionReport  ExecType=TRADE_CANCEL
        client < ExecutionReport  ExecType=TRADE_CANCEL  OrdStatus=NEW  CumQty=0  LeavesQty=100  ExecRefID=$fill
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=100  LastPx=100.05
        client < ExecutionReport  ExecType=TRADE         OrdStatus=FILLED  AvgPx=100.05
        """
    )
    assert codes(world) == ["CHILD.BUST"]


@rule("O-5.7")
def test_P6_a_venue_that_is_back_is_asked_about_the_children_it_had(world: World) -> None:
    """What it holds stays reserved meanwhile. One that it does not know stays so, and a person has to look."""
    world.converse(
        OUT
        + """
        XLON   > disconnect
        BATE   quotes ACME 99.90x500 100.00x500
        XLON   > connect
        XLON   < OrderStatusRequest  ClOrdID=$child
        XLON   > ExecutionReport     ExecType=ORDER_STATUS  OrdStatus=REJECTED  OrdRejReason=5
        client > OrderCancelRequest  ClOrdID=Y  OrigClOrdID=X
        client < ExecutionReport     ExecType=PENDING_CANCEL
        +60s
        """
    )
    assert codes(world) == ["CHILD.UNKNOWN_THERE"]


@rule("O-5.7")
def test_a_child_that_ended_while_the_venue_was_away_is_settled_by_its_answer(world: World) -> None:
    world.converse(
        OUT
        + """
        XLON   > disconnect
        XLON   > connect
        XLON   < OrderStatusRequest  ClOrdID=$child
        XLON   > ExecutionReport     ExecType=ORDER_STATUS  OrdStatus=CANCELED  LeavesQty=0
        BATE   < NewOrderSingle      OrderQty=100
        """
    )


@rule("O-5.6")
def test_P7_a_venue_fills_more_than_it_was_sent(world: World) -> None:
    """It happened, so it is booked and reported; nothing more is sent out for this order."""
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=X  OrderQty=1000
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=500
        BATE   < NewOrderSingle   OrderQty=300
        BATE   > ExecutionReport  ExecType=TRADE  LastQty=350  LastPx=100.10
        client < ExecutionReport  ExecType=TRADE  CumQty=350  LeavesQty=650
        BATE   quotes ACME 99.90x500 100.10x500
        """
    )
    assert codes(world) == ["CHILD.OVERFILL"]


@rule("O-5.6")
def test_P8_a_fill_after_the_child_was_canceled_is_booked_and_flagged(world: World) -> None:
    world.converse(
        OUT
        + """
        XLON   > ExecutionReport  ExecType=CANCELED
        BATE   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=TRADE  ClOrdID=$child  LastQty=20  LastPx=100.10
        client < ExecutionReport  ExecType=TRADE  CumQty=20  LeavesQty=80
        BATE   > ExecutionReport  ExecType=TRADE  LastQty=100  LastPx=100.10
        client < ExecutionReport  ExecType=TRADE  OrdStatus=FILLED  CumQty=120  LeavesQty=0
        """
    )
    assert codes(world) == ["CHILD.LATE_FILL"]


@rule("O-5.6")
def test_a_late_fill_that_completes_the_order_calls_back_what_is_still_out(world: World) -> None:
    """V3: it is booked and flagged; whatever else rests at a venue could only add to the excess."""
    world.converse(
        """
        client > NewOrderSingle      OrderQty=800  TargetStrategy=TWAP  NumSlices=1  Duration=60  ChildTIF:CHAR=0
        client < ExecutionReport     ExecType=NEW
        XLON   < NewOrderSingle      OrderQty=500  ClOrdID=$child
        BATE   < NewOrderSingle      OrderQty=300
        XLON   > ExecutionReport     ExecType=CANCELED
        XLON   > ExecutionReport     ExecType=TRADE  ClOrdID=$child  LastQty=800  LastPx=100.10
        client < ExecutionReport     ExecType=TRADE  OrdStatus=FILLED  CumQty=800  LeavesQty=0
        BATE   < OrderCancelRequest
        BATE   > ExecutionReport     ExecType=CANCELED
        """
    )
    assert codes(world) == ["CHILD.LATE_FILL"]


@rule("O-6.6")
def test_P10_an_algo_that_ends_awaits_its_children(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle      ClOrdID=X  OrderQty=100  TargetStrategy=TWAP  NumSlices=1  Duration=10  ChildTIF:CHAR=0
        client < ExecutionReport     ExecType=NEW
        XLON   < NewOrderSingle      OrderQty=100
        +10s
        XLON   < OrderCancelRequest
        XLON   > ExecutionReport     ExecType=TRADE  LastQty=20  LastPx=100.10
        client < ExecutionReport     ExecType=TRADE    CumQty=20  LeavesQty=80
        XLON   > ExecutionReport     ExecType=CANCELED
        client < ExecutionReport     ExecType=EXPIRED  CumQty=20  LeavesQty=0
        """
    )


@rule("O-5.7", "O-5.8")
def test_P12_what_was_journaled_and_not_sent_is_sent_once_after_the_crash(world: World) -> None:
    """S1: between an order and what follows from it, and between a fill and its report."""
    world.converse(
        """
        dies
        client > NewOrderSingle      ClOrdID=X  OrderQty=100
        client < ExecutionReport     ClOrdID=X  ExecType=NEW  PossDupFlag=Y
        XLON   < NewOrderSingle      OrderQty=100  ClOrdID=$child  PossDupFlag=Y
        XLON   < OrderStatusRequest  ClOrdID=$child
        dies
        XLON   > ExecutionReport     ExecType=TRADE  LastQty=40  LastPx=100.10
        client < ExecutionReport     ExecType=TRADE  CumQty=40  LeavesQty=60  PossDupFlag=Y
        XLON   < OrderStatusRequest  ClOrdID=$child
        XLON   > ExecutionReport     ExecType=TRADE  LastQty=60  LastPx=100.10
        client < ExecutionReport     ExecType=TRADE  CumQty=100  OrdStatus=FILLED  -PossDupFlag
        """
    )
    assert codes(world) == []


@rule("O-5.8")
def test_P13_an_ExecID_counts_once_and_with_other_content_not_at_all(world: World) -> None:
    world.converse(
        OUT
        + """
        XLON   > ExecutionReport  ExecType=TRADE  ExecID=E1  LastQty=10  LastPx=100.10
        client < ExecutionReport  CumQty=10
        XLON   > ExecutionReport  ExecType=TRADE  ExecID=E1  LastQty=10  LastPx=100.10
        XLON   > ExecutionReport  ExecType=TRADE  ExecID=E1  LastQty=20  LastPx=100.10
        XLON   < DontKnowTrade    ExecID=E1  DKReason=Z
        """
    )
    assert codes(world) == ["CHILD.EXEC_ID"]


@pytest.fixture
def impatient() -> World:
    """XLON has five seconds to answer, BATE for ever."""
    xlon, bate = SETTINGS.venues
    world = make_world(venues=(msgspec.structs.replace(xlon, ack_timeout_s=5), bate))
    world.converse(
        """
        XLON quotes ACME 99.90x500 100.10x500
        BATE quotes ACME 99.90x300 100.20x300
        """
    )
    return world


@rule("O-5.9")
def test_P9_a_child_that_is_not_acknowledged_is_asked_about_and_counts_when_it_is_late(impatient: World) -> None:
    """V1: silence is no reject. Nothing is sent elsewhere, and the fill that comes late is the client's."""
    impatient.converse(
        REST
        + """
        +4999ms
        restart
        XLON   < OrderStatusRequest  ClOrdID=$child
        +1ms
        XLON   < OrderStatusRequest  ClOrdID=$child
        +60s
        XLON   > ExecutionReport     ExecType=NEW
        XLON   > ExecutionReport     ExecType=TRADE  LastQty=100  LastPx=100.10
        client < ExecutionReport     ExecType=TRADE  OrdStatus=FILLED
        """
    )
    assert codes(impatient) == ["CHILD.UNANSWERED"]


@rule("O-5.9", "O-5.7")
def test_a_child_that_its_venue_says_it_does_not_know_stays_reserved(impatient: World) -> None:
    """The order may be behind the question on its way; a person decides, and a cancel waits for the venue."""
    impatient.converse(
        REST
        + """
        +5s
        XLON   < OrderStatusRequest  ClOrdID=$child
        XLON   > ExecutionReport     ExecType=ORDER_STATUS  OrdStatus=REJECTED  ExecID=0  Text=unknown
        client > OrderCancelRequest  ClOrdID=Y  OrigClOrdID=X
        client < ExecutionReport     ExecType=PENDING_CANCEL
        XLON   < OrderCancelRequest
        +5s
        XLON   < OrderStatusRequest  ClOrdID=$child
        XLON   > ExecutionReport     ExecType=ORDER_STATUS  OrdStatus=REJECTED  ExecID=0  Text=unknown
        +60s
        """
    )
    assert codes(impatient) == ["CHILD.UNANSWERED", "CHILD.UNKNOWN_THERE", "CHILD.NOT_BACK", "CHILD.UNKNOWN_THERE"]


@rule("O-5.10")
def test_a_cancel_that_is_not_answered_is_sent_again_where_the_venue_still_has_the_child(impatient: World) -> None:
    """V7: silence is no answer, and nor is a refusal while the child is live. Three times, then a person is left."""
    impatient.converse(
        REST
        + """
        XLON   > ExecutionReport     ExecType=NEW
        client > OrderCancelRequest  ClOrdID=Y  OrigClOrdID=X
        client < ExecutionReport     ExecType=PENDING_CANCEL
        XLON   < OrderCancelRequest  ClOrdID=$first
        +4999ms
        restart
        XLON   < OrderStatusRequest  ClOrdID=$child
        XLON   > ExecutionReport     ExecType=ORDER_STATUS  OrdStatus=NEW  ExecID=0
        +1ms
        XLON   < OrderStatusRequest  ClOrdID=$child
        XLON   > ExecutionReport     ExecType=ORDER_STATUS  OrdStatus=NEW  ExecID=0
        XLON   < OrderCancelRequest  ClOrdID=$second
        XLON   > OrderCancelReject   ClOrdID=$second  OrigClOrdID=$child  CxlRejReason=TOO_LATE
        +5s
        XLON   < OrderStatusRequest  ClOrdID=$child
        XLON   > ExecutionReport     ExecType=ORDER_STATUS  OrdStatus=NEW  ExecID=0
        XLON   < OrderCancelRequest  ClOrdID=$third
        +5s
        XLON   < OrderStatusRequest  ClOrdID=$child
        XLON   > ExecutionReport     ExecType=ORDER_STATUS  OrdStatus=NEW  ExecID=0
        +60s
        XLON   > ExecutionReport     ExecType=CANCELED
        client < ExecutionReport     ExecType=CANCELED  ClOrdID=Y
        """
    )
    assert codes(impatient) == ["CHILD.NOT_BACK"] * 3


@rule("O-5.10")
def test_a_child_that_is_back_in_time_is_not_asked_about(impatient: World) -> None:
    impatient.converse(
        REST
        + """
        XLON   > ExecutionReport     ExecType=NEW
        client > OrderCancelRequest  ClOrdID=Y  OrigClOrdID=X
        client < ExecutionReport     ExecType=PENDING_CANCEL
        XLON   < OrderCancelRequest
        +4s
        XLON   > ExecutionReport     ExecType=CANCELED
        client < ExecutionReport     ExecType=CANCELED  ClOrdID=Y
        +60s
        """
    )
    assert codes(impatient) == []


@rule("O-5.9")
def test_only_those_of_which_nothing_was_heard_are_asked_about(impatient: World) -> None:
    """Each by its own time, in the order in which they left; one timer serves them all."""
    impatient.converse(
        f"""
        client > NewOrderSingle      ClOrdID=A  {RESTING}
        client < ExecutionReport     ClOrdID=A  ExecType=NEW
        XLON   < NewOrderSingle      ClOrdID=$a
        +1s
        client > NewOrderSingle      ClOrdID=B  {RESTING}
        client < ExecutionReport     ClOrdID=B  ExecType=NEW
        XLON   < NewOrderSingle      ClOrdID=$b
        +1s
        client > NewOrderSingle      ClOrdID=C  {RESTING}
        client < ExecutionReport     ClOrdID=C  ExecType=NEW
        XLON   < NewOrderSingle      ClOrdID=$c
        XLON   > ExecutionReport     ExecType=PENDING_NEW  ClOrdID=$b
        +3s
        XLON   < OrderStatusRequest  ClOrdID=$a
        +2s
        XLON   < OrderStatusRequest  ClOrdID=$c
        +60s
        client > NewOrderSingle      ClOrdID=D  OrderQty=100  Price=100.20  {RESTING}
        client < ExecutionReport     ClOrdID=D  ExecType=NEW
        XLON   < NewOrderSingle      ClOrdID=$d
        +5s
        XLON   < OrderStatusRequest  ClOrdID=$d
        """
    )
    assert codes(impatient) == ["CHILD.UNANSWERED"] * 3


@rule("O-5.8")
def test_a_trade_of_an_order_that_is_not_ours_is_not_known(world: World) -> None:
    world.converse(
        OUT
        + """
        XLON   > ExecutionReport  ExecType=TRADE  ClOrdID=STRANGE  Symbol=ACME  Side=SELL  LastQty=10  LastPx=100.10
        XLON   < DontKnowTrade    DKReason=NO_MATCHING_ORDER  LastQty=10  LastPx=100.10
        XLON   > ExecutionReport  ExecType=TRADE  ClOrdID=$child  Side=SELL  LastQty=10  LastPx=100.10
        XLON   < DontKnowTrade    DKReason=WRONG_SIDE
        """
    )
    assert codes(world) == ["CHILD.UNKNOWN", "CHILD.MISMATCH"]


@rule("O-8.5")
def test_a_trade_that_the_client_does_not_know_stays_booked_and_a_person_has_to_look(world: World) -> None:
    world.converse(
        OUT
        + """
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=10  LastPx=100.10
        client < ExecutionReport  ExecType=TRADE  OrderID=$order  ExecID=$fill
        client > DontKnowTrade    OrderID=$order  ExecID=$fill  DKReason=PRICE_EXCEEDS_LIMIT  Symbol=ACME  Side=BUY
        client > OrderStatusRequest  ClOrdID=X  Symbol=ACME  Side=BUY
        client < ExecutionReport  OrdStatus=PARTIALLY_FILLED  CumQty=10
        """
    )
    assert codes(world) == ["CLIENT.DK"]
