"""Orders from the client to the venues and back, in virtual time."""

from gateway.model import Send
from tests.conversation.world import World


def test_a_market_order_takes_the_larger_quote_first_and_fills(world: World) -> None:
    """price_time: at equal prices the larger size first; the parent's reports add the children up."""
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=P  Side=BUY  OrderQty=700
        client < ExecutionReport  ClOrdID=P  ExecType=NEW    OrdStatus=NEW  LeavesQty=700  CumQty=0
        XLON   < NewOrderSingle   OrderQty=500  Price=100.10  TimeInForce=IMMEDIATE_OR_CANCEL
        BATE   < NewOrderSingle   OrderQty=200  Price=100.10
        BATE   > ExecutionReport  ExecType=TRADE  LastQty=200  LastPx=100.05
        client < ExecutionReport  ClOrdID=P  ExecType=TRADE  OrdStatus=PARTIALLY_FILLED  CumQty=200  LeavesQty=500  AvgPx=100.05  LastMkt=BATE
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=500  LastPx=100.10
        client < ExecutionReport  ClOrdID=P  ExecType=TRADE  OrdStatus=FILLED  CumQty=700  LeavesQty=0  AvgPx=100.08571429
        """
    )


def test_what_no_venue_shows_stays_with_the_parent_until_one_does(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=P  OrderQty=1000  Price=100.10
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=500
        BATE   < NewOrderSingle   OrderQty=300
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=500  LastPx=100.10
        client < ExecutionReport  CumQty=500  LeavesQty=500
        BATE quotes ACME 99.90x300 100.20x300
        XLON quotes ACME 99.90x300 100.08x50
        XLON   < NewOrderSingle   OrderQty=50  Price=100.08
        """
    )


def test_a_child_that_comes_back_is_not_sent_against_the_same_quote_again(world: World) -> None:
    """A quote that a child did not get is not there, until the venue shows it anew; else it would be hit for ever."""
    world.converse(
        """
        client > NewOrderSingle   OrderQty=100
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=CANCELED
        BATE   < NewOrderSingle   OrderQty=100
        BATE   > ExecutionReport  ExecType=CANCELED
        +60s
        XLON quotes ACME 99.90x100 100.10x100
        XLON   < NewOrderSingle   OrderQty=100
        """
    )


def test_twap_slices_add_up_to_an_indivisible_quantity(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=P  OrderQty=302  TargetStrategy=TWAP  NumSlices=3  Duration=90
        client < ExecutionReport  ClOrdID=P  ExecType=NEW  LeavesQty=302  TargetStrategy=1001
        XLON   < NewOrderSingle   OrderQty=101
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=101  LastPx=100.10
        client < ExecutionReport  ExecType=TRADE  CumQty=101  LeavesQty=201  AvgPx=100.10
        +29999ms
        +1ms
        XLON   < NewOrderSingle   OrderQty=101
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=101  LastPx=100.10
        client < ExecutionReport  CumQty=202
        +30s
        BATE   < NewOrderSingle   OrderQty=100
        BATE   > ExecutionReport  ExecType=TRADE  LastQty=100  LastPx=100.10
        client < ExecutionReport  OrdStatus=FILLED  CumQty=302  LeavesQty=0
        """
    )


def test_a_twap_that_finds_nothing_to_buy_expires_at_its_end(world: World) -> None:
    """P10: children are called back and awaited, then the parent expires."""
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=P  OrderQty=300  Price=99.00  TargetStrategy=TWAP  NumSlices=3  Duration=90
        client < ExecutionReport  ExecType=NEW
        +90s
        client < ExecutionReport  ClOrdID=P  ExecType=EXPIRED  OrdStatus=EXPIRED  LeavesQty=0
        """
    )


def test_a_parent_at_its_end_waits_for_the_child_that_is_out(world: World) -> None:
    """The client is never told of an end while a child can still fill."""
    world.converse(
        """
        client > NewOrderSingle   OrderQty=100  TargetStrategy=TWAP  NumSlices=1  Duration=10  ChildTIF:CHAR=0
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100  TimeInForce=DAY
        XLON   > ExecutionReport  ExecType=NEW
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=30  LastPx=100.10
        client < ExecutionReport  CumQty=30
        +10s
        XLON   < OrderCancelRequest
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=20  LastPx=100.10
        client < ExecutionReport  CumQty=50  LeavesQty=50
        XLON   > ExecutionReport  ExecType=CANCELED
        client < ExecutionReport  ExecType=EXPIRED  CumQty=50  LeavesQty=0
        """
    )


def test_a_cancel_waits_for_the_child_in_flight(world: World) -> None:
    """P2, B.1.b: a fill that crosses the cancel still counts, under the old ClOrdID."""
    world.converse(
        """
        client > NewOrderSingle      ClOrdID=P  OrderQty=100
        client < ExecutionReport     ExecType=NEW
        XLON   < NewOrderSingle      OrderQty=100
        client > OrderCancelRequest  ClOrdID=C  OrigClOrdID=P
        client < ExecutionReport     ClOrdID=C  OrigClOrdID=P  ExecType=PENDING_CANCEL  OrdStatus=PENDING_CANCEL
        XLON   > ExecutionReport     ExecType=TRADE  LastQty=40  LastPx=100.10
        client < ExecutionReport     ClOrdID=P  ExecType=TRADE  OrdStatus=PENDING_CANCEL  CumQty=40  LeavesQty=60
        XLON   > ExecutionReport     ExecType=CANCELED
        client < ExecutionReport     ClOrdID=C  OrigClOrdID=P  ExecType=CANCELED  OrdStatus=CANCELED  CumQty=40  LeavesQty=0
        """
    )


def test_a_cancel_that_the_fill_beats_is_too_late(world: World) -> None:
    """B.1.c: Pending Cancel stands above Filled until the request is answered."""
    world.converse(
        """
        client > NewOrderSingle      ClOrdID=P  OrderQty=100
        client < ExecutionReport     ExecType=NEW
        XLON   < NewOrderSingle      OrderQty=100
        client > OrderCancelRequest  ClOrdID=C  OrigClOrdID=P
        client < ExecutionReport     ExecType=PENDING_CANCEL
        XLON   > ExecutionReport     ExecType=TRADE  LastQty=100  LastPx=100.10
        client < ExecutionReport     ClOrdID=P  ExecType=TRADE  OrdStatus=PENDING_CANCEL  LeavesQty=0
        client < OrderCancelReject   ClOrdID=C  OrigClOrdID=P  OrdStatus=FILLED  CxlRejReason=0  CxlRejResponseTo=1
        """
    )


def test_an_order_that_rests_with_us_is_canceled_at_once(world: World) -> None:
    """B.1.a, without anything at a venue."""
    world.converse(
        """
        client > NewOrderSingle      ClOrdID=P  OrderQty=100  Price=99.00
        client < ExecutionReport     ExecType=NEW
        client > OrderCancelRequest  ClOrdID=C  OrigClOrdID=P
        client < ExecutionReport     ClOrdID=C  OrigClOrdID=P  ExecType=CANCELED  OrdStatus=CANCELED  LeavesQty=0
        client > OrderCancelRequest  ClOrdID=D  OrigClOrdID=P
        client < OrderCancelReject   ClOrdID=D  OrdStatus=CANCELED  CxlRejReason=0
        """
    )


def test_a_cancel_of_an_unknown_order_names_no_order(world: World) -> None:
    """B.1.f: OrderID NONE, OrdStatus Rejected, reason unknown order."""
    world.converse(
        """
        client > OrderCancelRequest  ClOrdID=C  OrigClOrdID=X  Symbol=ACME  Side=BUY
        client < OrderCancelReject   ClOrdID=C  OrigClOrdID=X  OrderID=NONE  OrdStatus=REJECTED  CxlRejReason=1
        """
    )


def test_a_replace_upwards_goes_on_with_the_new_quantity(world: World) -> None:
    """C.1.b: the execution that crosses the request counts; the chain goes on under the new ClOrdID."""
    world.converse(
        """
        client > NewOrderSingle             ClOrdID=P  OrderQty=100  Price=100.10
        client < ExecutionReport            ExecType=NEW
        XLON   < NewOrderSingle             OrderQty=100
        client > OrderCancelReplaceRequest  ClOrdID=R  OrigClOrdID=P  OrderQty=150  Price=100.10
        client < ExecutionReport            ClOrdID=R  OrigClOrdID=P  ExecType=PENDING_REPLACE  OrderQty=100
        XLON   > ExecutionReport            ExecType=TRADE  LastQty=60  LastPx=100.10
        client < ExecutionReport            ClOrdID=P  OrdStatus=PENDING_REPLACE  CumQty=60  LeavesQty=40
        XLON   > ExecutionReport            ExecType=CANCELED
        client < ExecutionReport            ClOrdID=R  OrigClOrdID=P  ExecType=REPLACED  OrdStatus=PARTIALLY_FILLED  OrderQty=150  CumQty=60  LeavesQty=90
        BATE   < NewOrderSingle             OrderQty=90
        """
    )


def test_a_replace_below_what_is_filled_ends_the_order_there(world: World) -> None:
    """C.3.c: the quantity becomes CumQty and the order is Filled."""
    world.converse(
        """
        client > NewOrderSingle             ClOrdID=P  OrderQty=1000  Price=100.10
        client < ExecutionReport            ExecType=NEW
        XLON   < NewOrderSingle             OrderQty=500
        BATE   < NewOrderSingle             OrderQty=300
        XLON   > ExecutionReport            ExecType=TRADE  LastQty=500  LastPx=100.10
        client < ExecutionReport            CumQty=500
        BATE   > ExecutionReport            ExecType=TRADE  LastQty=300  LastPx=100.10
        client < ExecutionReport            CumQty=800
        client > OrderCancelReplaceRequest  ClOrdID=R  OrigClOrdID=P  OrderQty=700
        client < ExecutionReport            ClOrdID=R  ExecType=REPLACED  OrdStatus=FILLED  OrderQty=800  CumQty=800  LeavesQty=0
        """
    )


def test_an_immediate_order_gives_back_what_it_does_not_get(world: World) -> None:
    """I.1.b: IOC."""
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=P  OrderQty=900  Price=100.10  TimeInForce=3
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=500
        BATE   < NewOrderSingle   OrderQty=300
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=500  LastPx=100.10
        client < ExecutionReport  CumQty=500
        BATE   > ExecutionReport  ExecType=CANCELED
        client < ExecutionReport  ExecType=CANCELED  OrdStatus=CANCELED  CumQty=500  LeavesQty=0
        client > NewOrderSingle   ClOrdID=Q  OrderQty=100  Price=99.95  TimeInForce=3
        client < ExecutionReport  ClOrdID=Q  ExecType=NEW
        client < ExecutionReport  ClOrdID=Q  ExecType=CANCELED  CumQty=0
        """
    )


def test_no_child_id_reaches_the_client(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=P  OrderQty=100
        client < ExecutionReport  ExecType=NEW    ClOrdID=P
        XLON   < NewOrderSingle   OrderQty=100  SecondaryClOrdID=P
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=100  LastPx=100.10  OrderID=VENUEORDER  ExecID=VENUEEXEC
        client < ExecutionReport  ExecType=TRADE  ClOrdID=P
        """
    )
    client = world.client().link
    sent = [output for outputs in world.outputs for output in outputs if isinstance(output, Send)]
    to_client = [send.data for send in sent if send.link == client and b"\x0135=8\x01" in send.data]
    children = [note["cl_ord_id"] for decision in world.notes("decision") for note in decision["children"]]
    assert len(to_client) == 2 and len(children) == 1
    for data in to_client:
        for secret in (children[0].encode(), b"VENUEORDER", b"VENUEEXEC"):
            assert secret + b"\x01" not in data


def test_a_restart_in_mid_slice_loses_nothing(world: World) -> None:
    """State is the fold of the journal; the fill that came while we were down arrives by resend, once."""
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=P  OrderQty=200  TargetStrategy=TWAP  NumSlices=2  Duration=60
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=40  LastPx=100.10
        client < ExecutionReport  CumQty=40
        restart
        XLON   < OrderStatusRequest
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=60  LastPx=100.10
        client < ExecutionReport  CumQty=100  LeavesQty=100
        +30s
        BATE quotes ACME 99.90x300 100.10x300
        BATE   < NewOrderSingle   OrderQty=100
        BATE   > ExecutionReport  ExecType=TRADE  LastQty=100  LastPx=100.10
        client < ExecutionReport  OrdStatus=FILLED  CumQty=200
        """
    )


def test_a_cancel_that_a_venue_refuses_can_be_asked_for_again(world: World) -> None:
    """V7: a refused cancel is no end; the child stays out until its own report says otherwise."""
    world.converse(
        """
        client > NewOrderSingle      ClOrdID=P  OrderQty=100  TargetStrategy=TWAP  NumSlices=1  Duration=10  ChildTIF:CHAR=0
        client < ExecutionReport     ExecType=NEW
        XLON   < NewOrderSingle      OrderQty=100  TimeInForce=DAY
        client > OrderCancelRequest  ClOrdID=C  OrigClOrdID=P
        client < ExecutionReport     ExecType=PENDING_CANCEL
        XLON   < OrderCancelRequest  ClOrdID=$first
        XLON   > OrderCancelReject   CxlRejReason=2
        client > OrderCancelRequest  ClOrdID=D  OrigClOrdID=P
        XLON   < OrderCancelRequest  ClOrdID=$second
        client < OrderCancelReject   ClOrdID=D  CxlRejReason=3
        XLON   > ExecutionReport     ExecType=CANCELED
        client < ExecutionReport     ClOrdID=C  ExecType=CANCELED  LeavesQty=0
        """
    )
