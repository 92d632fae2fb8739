"""J: executions that are taken back or corrected."""

from gateway.model import Instrument
from tests.conftest import lots, make_world
from tests.conversation.rules import rule
from tests.conversation.world import World
from tests.order_states import RESTING
from tests.order_states.days import DAY_1, DAY_2, NIGHT, late_in_the_day

OUT = """
    client > NewOrderSingle   ClOrdID=X  OrderQty=100
    client < ExecutionReport  ClOrdID=X  ExecType=NEW
    XLON   < NewOrderSingle   OrderQty=100  ClOrdID=$child
"""


def codes(world: World) -> list[str]:
    return [note["code"] for note in world.notes("alert")]


@rule("O-8.1", "O-8.2", "O-4.2")
def test_J_1_a_executions_of_a_filled_order_are_busted_and_corrected(world: World) -> None:
    """The venue has the busted quantity on its book again. What is corrected is known by its new ExecID from then on."""
    world.converse(
        OUT
        + """
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=10  LastPx=100  ExecID=C
        client < ExecutionReport  ExecType=TRADE  CumQty=10   LeavesQty=90  AvgPx=100  ExecID=$c
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=90  LastPx=110  ExecID=D
        client < ExecutionReport  ExecType=TRADE  OrdStatus=FILLED  CumQty=100  LeavesQty=0  AvgPx=109  ExecID=$d
        XLON   > ExecutionReport  ExecType=TRADE_CANCEL  ExecRefID=C
        client < ExecutionReport  ClOrdID=X  ExecType=TRADE_CANCEL   OrdStatus=PARTIALLY_FILLED  CumQty=90  LeavesQty=10  AvgPx=110  LastQty=0  ExecRefID=$c
        XLON   > ExecutionReport  ExecType=TRADE_CORRECT  ExecRefID=D  ExecID=F  LastQty=90  LastPx=100
        client < ExecutionReport  ClOrdID=X  ExecType=TRADE_CORRECT  OrdStatus=PARTIALLY_FILLED  CumQty=90  LeavesQty=10  AvgPx=100  LastQty=90  LastPx=100  ExecRefID=$d  ExecID=$f
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=10  LastPx=120
        client < ExecutionReport  ClOrdID=X  ExecType=TRADE          OrdStatus=FILLED  CumQty=100  LeavesQty=0  AvgPx=102
        XLON   > ExecutionReport  ExecType=TRADE_CORRECT  ExecRefID=F  ExecID=H  LastQty=90  LastPx=120
        client < ExecutionReport  ClOrdID=X  ExecType=TRADE_CORRECT  OrdStatus=FILLED  CumQty=100  LeavesQty=0  AvgPx=120  ExecRefID=$f  ExecID=$h
        client > OrderCancelReplaceRequest  ClOrdID=Y  OrigClOrdID=X  OrderQty=120
        client < ExecutionReport  ClOrdID=Y  OrigClOrdID=X  ExecType=REPLACED  OrdStatus=PARTIALLY_FILLED  OrderQty=120  CumQty=100  LeavesQty=20
        XLON   < NewOrderSingle   OrderQty=20
        XLON   > ExecutionReport  ClOrdID=$child  ExecType=TRADE_CORRECT  ExecRefID=H  LastQty=95  LastPx=120
        client < ExecutionReport  ClOrdID=Y  ExecType=TRADE_CORRECT  OrdStatus=PARTIALLY_FILLED  OrderQty=120  CumQty=105  LeavesQty=15  ExecRefID=$h
        """
    )
    assert codes(world) == ["CHILD.BUST", "CHILD.CORRECTED", "CHILD.CORRECTED", "CHILD.OVERFILL", "CHILD.CORRECTED"]


@rule("O-8.1", "O-5.6")
def test_J_1_b_a_canceled_order_stays_canceled_whatever_is_taken_back_or_filled_late(world: World) -> None:
    world.converse(
        OUT
        + """
        XLON   > ExecutionReport     ExecType=TRADE  LastQty=50  LastPx=50  ExecID=B
        client < ExecutionReport     ExecType=TRADE  OrdStatus=PARTIALLY_FILLED  CumQty=50  LeavesQty=50  ExecID=$b
        client > OrderCancelRequest  ClOrdID=Y  OrigClOrdID=X
        client < ExecutionReport     ExecType=PENDING_CANCEL
        XLON   > ExecutionReport     ExecType=CANCELED
        client < ExecutionReport     ClOrdID=Y  OrigClOrdID=X  ExecType=CANCELED  OrdStatus=CANCELED  CumQty=50  LeavesQty=0
        XLON   > ExecutionReport     ExecType=TRADE_CANCEL  ExecRefID=B
        client < ExecutionReport     ClOrdID=X  ExecType=TRADE_CANCEL  OrdStatus=CANCELED  CumQty=0   LeavesQty=0  AvgPx=0  ExecRefID=$b
        XLON   > ExecutionReport     ExecType=TRADE  LastQty=40  LastPx=51
        client < ExecutionReport     ClOrdID=X  ExecType=TRADE         OrdStatus=CANCELED  CumQty=40  LeavesQty=0  AvgPx=51
        """
    )
    assert codes(world) == ["CHILD.BUST", "CHILD.LATE_FILL"]


@rule("O-8.3", "O-6.4")
def test_J_1_c_yesterdays_and_todays_executions_are_corrected() -> None:
    """What is corrected of the day before changes what was carried: DayOrderQty(424), not DayCumQty(425)."""
    late_in_the_day().converse(
        DAY_1
        + NIGHT
        + DAY_2
        + """
        XLON   > ExecutionReport  ExecType=TRADE_CORRECT  ExecRefID=B  ClOrdID=$yesterdays  LastQty=15  LastPx=100.10
        client < ExecutionReport  ExecType=TRADE_CORRECT  OrdStatus=PARTIALLY_FILLED  CumQty=25  LeavesQty=75  LastQty=15  DayOrderQty=85  DayCumQty=10  ExecRefID=$first
        XLON   > ExecutionReport  ExecType=TRADE_CORRECT  ExecRefID=E  LastQty=5  LastPx=100.00
        client < ExecutionReport  ExecType=TRADE_CORRECT  OrdStatus=PARTIALLY_FILLED  CumQty=20  LeavesQty=80  LastQty=5   DayOrderQty=85  DayCumQty=5
        """
    )


@rule("O-8.1")
def test_J_1_d_executions_of_an_order_that_is_done_for_day_are_corrected_and_busted() -> None:
    """Done for Day stands above Partially Filled."""
    make_world(close_s=15 * 3600).converse(
        """
        XLON   quotes ACME 99.90x500 100.10x500
        client > NewOrderSingle   ClOrdID=X  OrderQty=100
        client < ExecutionReport  ClOrdID=X  ExecType=NEW
        XLON   < NewOrderSingle
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=50  LastPx=100  ExecID=B
        client < ExecutionReport  OrdStatus=PARTIALLY_FILLED  CumQty=50  LeavesQty=50
        XLON   > ExecutionReport  ExecType=CANCELED
        +30m
        client < ExecutionReport  ExecType=DONE_FOR_DAY   OrdStatus=DONE_FOR_DAY  CumQty=50  LeavesQty=0
        XLON   > ExecutionReport  ExecType=TRADE_CORRECT  ExecRefID=B  ExecID=C  LastQty=40  LastPx=100
        client < ExecutionReport  ExecType=TRADE_CORRECT  OrdStatus=DONE_FOR_DAY  CumQty=40  LeavesQty=0
        XLON   > ExecutionReport  ExecType=TRADE_CANCEL   ExecRefID=C
        client < ExecutionReport  ExecType=TRADE_CANCEL   OrdStatus=DONE_FOR_DAY  CumQty=0   LeavesQty=0
        """
    )


@rule("O-8.4")
def test_busted_quantity_is_not_sent_out_again_until_the_client_asks(world: World) -> None:
    world.converse(
        OUT
        + """
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=100  LastPx=100.10  ExecID=B
        client < ExecutionReport  OrdStatus=FILLED  CumQty=100
        XLON   > ExecutionReport  ExecType=TRADE_CANCEL  ExecRefID=B  LeavesQty=0
        client < ExecutionReport  ExecType=TRADE_CANCEL  OrdStatus=NEW  CumQty=0  LeavesQty=100
        XLON   quotes ACME 99.90x500 100.10x500
        client > OrderCancelReplaceRequest  ClOrdID=Y  OrigClOrdID=X  OrderQty=100
        client < ExecutionReport  ExecType=REPLACED  OrdStatus=NEW  LeavesQty=100
        XLON   < NewOrderSingle   OrderQty=100
        """
    )


@rule("O-8.4")
def test_a_bust_of_a_child_that_is_out_leaves_the_venue_what_it_says(world: World) -> None:
    """151 is 40, not 100: what the venue does not have on its book is withheld, and the rest of the order goes on."""
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=X  OrderQty=100  {RESTING}
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=60  LastPx=100.10  ExecID=B
        client < ExecutionReport  CumQty=60  LeavesQty=40
        XLON   > ExecutionReport  ExecType=TRADE_CANCEL  ExecRefID=B  LeavesQty=40
        client < ExecutionReport  ExecType=TRADE_CANCEL  CumQty=0  LeavesQty=100
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=40  LastPx=100.10
        client < ExecutionReport  ExecType=TRADE  CumQty=40  LeavesQty=60
        XLON   quotes ACME 99.90x500 100.10x500
        """
    )


@rule("O-8.1", "O-8.4", "O-5.3")
def test_what_a_bust_put_back_on_the_book_is_sent_elsewhere_when_the_venue_cancels_it(world: World) -> None:
    """The order was filled and is open again; what leaves for it then is no more than it lacks (R-6.4)."""
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=X  OrderQty=100  OrdType=LIMIT  Price=100.00  MaxFloor=100
        client < ExecutionReport  ClOrdID=X  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=40  ExecID=A
        client < ExecutionReport  ExecType=TRADE
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=60
        client < ExecutionReport  ExecType=TRADE  OrdStatus=FILLED
        XLON   > ExecutionReport  ExecType=TRADE_CANCEL  ExecRefID=A
        client < ExecutionReport  ExecType=TRADE_CANCEL  CumQty=60  LeavesQty=40
        XLON   > ExecutionReport  ExecType=CANCELED
        XLON   < NewOrderSingle   OrderQty=40
        """
    )
    assert not world.notes("stop")


@rule("O-8.4")
def test_what_was_busted_is_sent_out_again_when_the_client_replaces_the_order(world: World) -> None:
    """XLON will not fill it, so it is not out (R-6.4); what leaves is no more than the order lacks."""
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=X  OrderQty=600  OrdType=LIMIT  Price=100.10
        client < ExecutionReport  ClOrdID=X  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=500
        BATE   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=500  ExecID=A
        client < ExecutionReport  ExecType=TRADE
        XLON   > ExecutionReport  ExecType=TRADE_CANCEL  ExecRefID=A  LeavesQty=0
        client < ExecutionReport  ExecType=TRADE_CANCEL  CumQty=0  LeavesQty=600
        BATE   > ExecutionReport  ExecType=TRADE  LastQty=100
        client < ExecutionReport  ExecType=TRADE  CumQty=100
        XLON   quotes ACME 99.90x500 100.10x500
        client > OrderCancelReplaceRequest  ClOrdID=Y  OrigClOrdID=X
        client < ExecutionReport  ExecType=REPLACED  LeavesQty=500
        XLON   < NewOrderSingle   OrderQty=500
        """
    )
    assert not world.notes("stop")


@rule("O-8.6")
def test_an_end_that_overtook_a_bust_is_asked_for(world: World) -> None:
    """What was put on the book again is not there any more, and is sent elsewhere."""
    world.converse(
        OUT
        + """
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=100  LastPx=100  ExecID=C
        client < ExecutionReport  ExecType=TRADE  OrdStatus=FILLED
        XLON   > ExecutionReport  ClOrdID=$child  ExecType=CANCELED  OrdStatus=CANCELED  CumQty=0  LeavesQty=0
        XLON   > ExecutionReport  ClOrdID=$child  ExecType=TRADE_CANCEL  ExecRefID=C  CumQty=0  LeavesQty=100
        XLON   < OrderStatusRequest  ClOrdID=$child
        client < ExecutionReport  ExecType=TRADE_CANCEL  CumQty=0  LeavesQty=100
        XLON   > ExecutionReport  ClOrdID=$child  ExecType=ORDER_STATUS  ExecID=0  OrdStatus=CANCELED  CumQty=0  LeavesQty=0
        BATE   < NewOrderSingle   OrderQty=100
        """
    )


SNIPER = "OrdType=LIMIT  Price=100.10  TargetStrategy=SNIPER  Duration=3600"


@rule("O-8.4")
def test_an_algo_goes_on_with_the_rest_when_some_of_it_was_taken_back(world: World) -> None:
    """It takes 100 at a time; of 300 the 100 that were busted are not sent again, and the other 200 are."""
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=X  OrderQty=300  {SNIPER}  MaxTakePerTick:QTY=100
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100  ClOrdID=$a
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=100  LastPx=100.10  ExecID=B
        client < ExecutionReport  CumQty=100
        XLON   > ExecutionReport  ExecType=TRADE_CANCEL  ExecRefID=B  LeavesQty=0
        client < ExecutionReport  ExecType=TRADE_CANCEL  CumQty=0  LeavesQty=300
        +1s
        XLON   quotes ACME 99.90x500 100.10x500
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=100  LastPx=100.10
        client < ExecutionReport  CumQty=100
        +1s
        XLON   quotes ACME 99.90x500 100.10x500
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=100  LastPx=100.10
        client < ExecutionReport  CumQty=200  LeavesQty=100
        +1s
        XLON   quotes ACME 99.90x500 100.10x500
        """
    )


@rule("O-8.4")
def test_of_what_is_left_beside_what_was_taken_back_nothing_remains_that_cannot_be_sent() -> None:
    """Of 350 in tips of 100, with 100 busted, the last tip is 150: no 50 could follow."""
    world = make_world(instruments=(Instrument(symbol="ACME", min_qty=lots(100)),))
    world.converse(
        """
        XLON   quotes ACME 99.90x500 100.10x500
        client > NewOrderSingle   OrderQty=350  OrdType=LIMIT  Price=100.00  TargetStrategy=ICEBERG  DisplayQty:QTY=100
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100  ClOrdID=$a
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=100  ExecID=A
        client < ExecutionReport  CumQty=100
        XLON   < NewOrderSingle   OrderQty=100  ClOrdID=$b
        XLON   > ExecutionReport  ClOrdID=$a  ExecType=TRADE_CANCEL  ExecRefID=A  LeavesQty=0
        client < ExecutionReport  ExecType=TRADE_CANCEL  CumQty=0  LeavesQty=350
        XLON   > ExecutionReport  ClOrdID=$b  ExecType=TRADE  LastQty=100
        client < ExecutionReport  CumQty=100
        XLON   < NewOrderSingle   OrderQty=150
        """
    )


@rule("O-8.4")
def test_less_than_a_clip_may_leave_where_the_rest_was_taken_back(world: World) -> None:
    """Of the second half of 300 there are 40 left; the 100 that were busted make no clip of it."""
    world.converse(
        """
        client > NewOrderSingle   OrderQty=300  TargetStrategy=TWAP  NumSlices=2  Duration=20  MinClip:QTY=100
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=150
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=100  LastPx=100.10  ExecID=A
        client < ExecutionReport  CumQty=100
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=50   LastPx=100.10
        client < ExecutionReport  CumQty=150
        XLON   > ExecutionReport  ExecType=TRADE_CANCEL  ExecRefID=A  LeavesQty=0
        client < ExecutionReport  ExecType=TRADE_CANCEL  CumQty=50
        +10s
        XLON   < NewOrderSingle   OrderQty=150
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=110  LastPx=100.10
        client < ExecutionReport  CumQty=160
        XLON   > ExecutionReport  ExecType=CANCELED
        BATE   < NewOrderSingle   OrderQty=40
        """
    )
