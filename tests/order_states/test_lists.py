"""Lists of orders: taken as a whole or not at all, executed, asked about, canceled, and done."""

import pytest

from gateway.node import Gateway
from tests.conversation.rules import rule
from tests.conversation.world import World
from tests.order_states import listed

A, B = listed("A", 1), listed("B", 2, side="SELL", price="99.90")
REST = "TargetStrategy=TWAP  957=3  958=NumSlices  959=1  960=1  958=Duration  959=1  960=3600  958=ChildTIF  959=12  960=0"
RESTING = (
    f"NewOrderList  ListID=L  NoOrders=2  {listed('A', 1, more=REST)}  {listed('B', 2, price='100.20', more=REST)}"
)
TAKEN = f"""
    client > {RESTING}
    client < ListStatus       ListStatusType=ACK
    client < ExecutionReport  ClOrdID=A  ExecType=NEW
    client < ExecutionReport  ClOrdID=B  ExecType=NEW
    XLON   < NewOrderSingle   OrderQty=100  ClOrdID=$a
    XLON   < NewOrderSingle   OrderQty=100  ClOrdID=$b
"""


@rule("O-12.1", "O-12.8")
def test_a_list_is_taken_before_any_of_its_orders_is_worked(world: World) -> None:
    world.converse(
        f"""
        client > NewOrderList     ListID=L  NoOrders=2  {listed("A", 1, link="W")}  {B}
        client < ListStatus       ListID=L  ListStatusType=ACK  ListOrderStatus=EXECUTING  TotNoOrders=2  NoRpts=1  RptSeq=1  LastFragment=Y  NoOrders=2  ClOrdID=A  ClOrdID=B  OrdStatus=NEW  OrdStatus=NEW  LeavesQty=100  CxlQty=0
        client < ExecutionReport  ClOrdID=A  ListID=L  ClOrdLinkID=W  ExecType=NEW  -WorkingIndicator
        client < ExecutionReport  ClOrdID=B  ListID=L  -ClOrdLinkID  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100  Side=BUY  ClOrdID=$a
        XLON   < NewOrderSingle   OrderQty=100  Side=SELL  ClOrdID=$b
        XLON   > ExecutionReport  ClOrdID=$a  ExecType=TRADE  LastPx=100.10
        client < ExecutionReport  ClOrdID=A  ListID=L  ExecType=TRADE  OrdStatus=FILLED
        XLON   > ExecutionReport  ClOrdID=$b  ExecType=TRADE  LastPx=99.90
        client < ExecutionReport  ClOrdID=B  ListID=L  ExecType=TRADE  OrdStatus=FILLED
        client < ListStatus       ListID=L  ListStatusType=ALL_DONE  ListOrderStatus=ALL_DONE  CumQty=100  OrdStatus=FILLED  AvgPx=100.10  AvgPx=99.90
        """
    )


@rule("O-12.1")
def test_orders_of_a_list_are_worked_in_its_order_whatever_theirs_on_the_wire(world: World) -> None:
    world.converse(
        f"""
        client > NewOrderList     NoOrders=2  {listed("B", 2)}  {A}
        client < ListStatus       ListStatusType=ACK  ClOrdID=A  ClOrdID=B
        client < ExecutionReport  ClOrdID=A  ExecType=NEW
        client < ExecutionReport  ClOrdID=B  ExecType=NEW
        XLON   < NewOrderSingle   SecondaryClOrdID=A
        XLON   < NewOrderSingle   SecondaryClOrdID=B
        """
    )


@rule("O-12.1")
def test_an_order_of_a_list_is_replaced_and_canceled_as_any_other(world: World) -> None:
    """It stays in its list: reports go on to name it, and the list is done when the order is."""
    world.converse(
        f"""
        client > NewOrderList               ListID=L  NoOrders=1  {listed("A", 1, price="99.00", link="W")}
        client < ListStatus                 ListStatusType=ACK
        client < ExecutionReport            ExecType=NEW
        client > OrderCancelReplaceRequest  ClOrdID=C  OrigClOrdID=A  OrderQty=200  -ClOrdLinkID
        client < ExecutionReport            ClOrdID=C  ExecType=REPLACED  OrderQty=200  ListID=L  ClOrdLinkID=W
        client > OrderCancelRequest         ClOrdID=D  OrigClOrdID=C
        client < ExecutionReport            ClOrdID=D  ExecType=CANCELED  ListID=L
        client < ListStatus                 ListStatusType=ALL_DONE  ClOrdID=C  OrdStatus=CANCELED  LeavesQty=0  CxlQty=200
        """
    )


@rule("O-12.2")
def test_one_order_that_is_refused_refuses_the_list(world: World) -> None:
    """Nothing of it was taken: its ClOrdIDs are free, and the ListID is not."""
    world.converse(
        f"""
        client > NewOrderList     ListID=L  NoOrders=2  {A}  {listed("B", 2, price="120")}
        client < ListStatus       ListStatusType=ACK  ListOrderStatus=REJECT  ListStatusText~RISK.COLLAR  ClOrdID=A  ClOrdID=B  OrdStatus=REJECTED  OrdStatus=REJECTED  LeavesQty=0  OrdRejReason=99  OrdRejReason=3  Text~LIST.REFUSED  Text~RISK.COLLAR
        client > OrderStatusRequest  ClOrdID=A  Symbol=ACME  Side=BUY
        client < ExecutionReport  OrderID=NONE
        client > ListStatusRequest  ListID=L
        client < BusinessMessageReject  BusinessRejectReason=1
        client > NewOrderList     ListID=L  NoOrders=1  {A}
        client < ListStatus       ListOrderStatus=REJECT  ListStatusText~RISK.COLLAR  OrdRejReason=3
        client > NewOrderList     ListID=M  NoOrders=1  {A}
        client < ListStatus       ListOrderStatus=EXECUTING
        client < ExecutionReport  ClOrdID=A  ExecType=NEW
        XLON   < NewOrderSingle
        """
    )
    assert [note["text"][:20] for note in world.notes("risk")] == ["list L: RISK.COLLAR "]


@rule("O-12.2")
@pytest.mark.parametrize(
    ("orders", "reasons"),
    [
        (f"{A}  {listed('A', 2)}", "OrdRejReason=99  OrdRejReason=6  Text~LIST.REFUSED  Text~ORDER.DUPLICATE"),
        (f"{listed('X', 1)}  {B}", "OrdRejReason=6  OrdRejReason=99  Text~ORDER.DUPLICATE  Text~LIST.REFUSED"),
        (
            f"{A}  {listed('B', 2, more='TimeInForce=OPG')}",
            "OrdRejReason=99  OrdRejReason=11  Text~LIST  Text~ORDER.VENUE",
        ),
    ],
)
def test_an_order_of_a_list_is_refused_for_what_any_order_is(world: World, orders: str, reasons: str) -> None:
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=X  Price=99.00
        client < ExecutionReport  ClOrdID=X  ExecType=NEW
        client > NewOrderList     NoOrders=2  {orders}
        client < ListStatus       ListOrderStatus=REJECT  {reasons}
        """
    )


@rule("O-12.2")
def test_no_list_is_taken_where_trading_is_stopped(world: World) -> None:
    world.converse(
        f"""
        operator kill scope=client=CLIENT why=test
        client > NewOrderList     NoOrders=1  {A}
        client < ListStatus       ListOrderStatus=REJECT  OrdRejReason=0  ListStatusText~RISK.HALTED
        """
    )


@rule("O-12.2")
def test_no_list_is_taken_by_a_gateway_that_stops(world: World) -> None:
    assert isinstance(world.node, Gateway) and world.node.desk is not None
    world.node.desk.stop()
    world.converse(
        f"""
        client > NewOrderList     NoOrders=1  {A}
        client < ListStatus       ListOrderStatus=REJECT  OrdRejReason=0  ListStatusText~GATEWAY.STOPPING
        """
    )


@rule("O-12.3")
def test_a_list_in_fragments_is_taken_once_all_are_here(world: World) -> None:
    """Until then it has no orders; what is here is Pending New. Afterwards no time runs out."""
    world.converse(
        f"""
        client > NewOrderList       ListID=L  TotNoOrders=3  LastFragment=N  NoOrders=1  {listed("C", 3)}
        client > NewOrderList       ListID=L  TotNoOrders=3  NoOrders=1  {A}
        client > ListStatusRequest  ListID=L
        client < ListStatus         ListStatusType=RESPONSE  ListOrderStatus=RECEIVED_FOR_EXECUTION  ListStatusText~LIST.INCOMPLETE  NoOrders=2  TotNoOrders=3  OrdStatus=PENDING_NEW  LeavesQty=100
        client > ListExecute        ListID=L  TransactTime=now
        client < ListStatus         ListStatusType=RESPONSE  ListStatusText~LIST.INCOMPLETE
        +29s
        client > NewOrderList       ListID=L  TotNoOrders=3  LastFragment=Y  NoOrders=1  {B}
        client < ListStatus         ListStatusType=ACK  ClOrdID=A  ClOrdID=B  ClOrdID=C
        client < ExecutionReport    ClOrdID=A
        client < ExecutionReport    ClOrdID=B
        client < ExecutionReport    ClOrdID=C
        XLON   < NewOrderSingle
        XLON   < NewOrderSingle
        XLON   < NewOrderSingle
        +2s
        """
    )


@rule("O-12.3")
def test_a_list_that_is_not_complete_in_time_is_refused(world: World) -> None:
    world.converse(
        f"""
        client > NewOrderList     ListID=L  TotNoOrders=2  NoOrders=1  {A}
        restart
        +29s
        client > NewOrderList     ListID=L  TotNoOrders=2  NoOrders=1  {A}  PossResend=Y
        client < ListStatus       ListStatusType=RESPONSE  ListStatusText~"1 of 2"
        +1s
        client < ListStatus       ListOrderStatus=REJECT  ListStatusText~LIST.INCOMPLETE  OrdStatus=REJECTED
        client > NewOrderList     ListID=L  TotNoOrders=2  NoOrders=1  {B}
        client < ListStatus       ListOrderStatus=REJECT  ListStatusText~LIST.INCOMPLETE
        """
    )


@rule("O-12.3")
@pytest.mark.parametrize(
    ("second", "why"),
    [
        (f"TotNoOrders=3  NoOrders=1  {B}", "LIST.FRAGMENT"),
        (f"TotNoOrders=2  ListExecInstType=WAIT_FOR_EXECUTE  NoOrders=1  {B}", "LIST.FRAGMENT"),
        (f"TotNoOrders=2  NoOrders=1  {listed('B', 1)}", "LIST.SEQ"),
        (f"TotNoOrders=2  NoOrders=1  {listed('B', 3)}", "LIST.SEQ"),
        (f"TotNoOrders=2  NoOrders=1  {listed('B', 0)}", "LIST.SEQ"),
        (f"TotNoOrders=2  LastFragment=N  NoOrders=1  {B}", "LIST.COUNT"),
    ],
)
def test_a_fragment_that_does_not_fit_refuses_the_list(world: World, second: str, why: str) -> None:
    world.converse(
        f"""
        client > NewOrderList     ListID=L  TotNoOrders=2  NoOrders=1  {A}
        client > NewOrderList     ListID=L  {second}
        client < ListStatus       ListOrderStatus=REJECT  ListStatusText~{why}  NoOrders=2  OrdStatus=REJECTED  OrdStatus=REJECTED
        +40s
        """
    )


@rule("O-12.3")
def test_a_last_fragment_that_leaves_orders_missing_refuses_the_list(world: World) -> None:
    world.converse(
        f"""
        client > NewOrderList     TotNoOrders=2  LastFragment=Y  NoOrders=1  {A}
        client < ListStatus       ListOrderStatus=REJECT  ListStatusText~"LIST.COUNT LastFragment(893) is Y and 1 of 2"
        """
    )


@rule("O-12.3")
def test_lists_have_so_many_orders_and_so_many_lists_may_be_incomplete(world: World) -> None:
    for number in range(8):
        world.converse(f"client > NewOrderList  TotNoOrders=500  NoOrders=1  {listed(f'A{number}', 1)}")
    world.converse(
        f"""
        client > NewOrderList     TotNoOrders=501  NoOrders=1  {A}
        client < ListStatus       ListOrderStatus=REJECT  ListStatusText~LIST.SIZE
        client > NewOrderList     TotNoOrders=-1  NoOrders=1  {A}
        client < ListStatus       ListOrderStatus=REJECT  ListStatusText~LIST.SIZE
        client > NewOrderList     TotNoOrders=2  NoOrders=1  {A}
        client < ListStatus       ListOrderStatus=REJECT  OrdRejReason=0  ListStatusText~LIST.MANY
        """
    )


@rule("O-12.4")
def test_a_ListID_is_used_once(world: World) -> None:
    world.converse(
        TAKEN
        + f"""
        client > NewOrderList     ListID=L  NoOrders=1  {listed("C", 1)}
        client < ListStatus       ListStatusType=ACK  ListOrderStatus=REJECT  ClOrdID=C  OrdRejReason=6  ListStatusText~LIST.DUPLICATE
        client > {RESTING}  PossResend=Y
        client < ListStatus       ListStatusType=RESPONSE  ListOrderStatus=EXECUTING  ClOrdID=A  ClOrdID=B  OrdStatus=NEW
        """
    )


@rule("O-12.5")
def test_a_list_that_waits_is_worked_when_its_client_says_so(world: World) -> None:
    """A schedule begins then and ends when it would have ended: two slices of 100 in what is left of the minute."""
    twice = "TargetStrategy=TWAP  957=2  958=NumSlices  959=1  960=2  958=Duration  959=1  960=60"
    world.converse(
        f"""
        client > NewOrderList       ListID=L  ListExecInstType=WAIT_FOR_EXECUTE  NoOrders=2  {A}  {listed("B", 2, qty=200, more=twice)}
        client < ListStatus         ListStatusType=ACK  ListOrderStatus=RECEIVED_FOR_EXECUTION  OrdStatus=NEW  WorkingIndicator=N
        client < ExecutionReport    ClOrdID=A  ExecType=NEW  WorkingIndicator=N
        client < ExecutionReport    ClOrdID=B  ExecType=NEW  WorkingIndicator=N
        XLON   quotes ACME 99.90x500 100.00x500
        +40s
        client > ListExecute        ListID=L  TransactTime=now
        client < ListStatus         ListStatusType=EXEC_STARTED  ListOrderStatus=EXECUTING
        client < ExecutionReport    ClOrdID=A  ExecType=RESTATED  ExecRestatementReason=99  WorkingIndicator=Y
        XLON   < NewOrderSingle     SecondaryClOrdID=A  OrderQty=100
        client < ExecutionReport    ClOrdID=B  ExecType=RESTATED  WorkingIndicator=Y
        XLON   < NewOrderSingle     SecondaryClOrdID=B  OrderQty=100
        XLON   > ExecutionReport    ExecType=TRADE
        client < ExecutionReport    ClOrdID=B  CumQty=100
        +10s
        XLON   < NewOrderSingle     SecondaryClOrdID=B  OrderQty=100
        client > ListExecute        ListID=L  TransactTime=now
        client < ListStatus         ListStatusType=RESPONSE  ListStatusText~"does not wait"  WorkingIndicator=Y
        """
    )


@rule("O-12.5")
def test_an_order_that_starts_later_waits_for_its_time_after_its_list_was_executed(world: World) -> None:
    world.converse(
        f"""
        client > NewOrderList     ListID=L  ListExecInstType=WAIT_FOR_EXECUTE  NoOrders=1  {listed("A", 1, more="EffectiveTime=+60s  TargetStrategy=TWAP  957=1  958=Duration  959=1  960=60")}
        client < ListStatus       ListStatusType=ACK
        client < ExecutionReport  ExecType=NEW  WorkingIndicator=N
        client > ListExecute      ListID=L  TransactTime=now
        client < ListStatus       ListStatusType=EXEC_STARTED  WorkingIndicator=N
        +60s
        client < ExecutionReport  ExecType=RESTATED  WorkingIndicator=Y
        XLON   < NewOrderSingle
        """
    )


@rule("O-12.5")
def test_an_order_ends_in_its_time_though_its_list_was_never_executed(world: World) -> None:
    """The list is over then; to execute it is too late."""
    world.converse(
        f"""
        client > NewOrderList     ListID=L  ListExecInstType=WAIT_FOR_EXECUTE  NoOrders=1  {listed("A", 1, more="TimeInForce=GOOD_TILL_DATE  ExpireTime=+60s")}
        client < ListStatus       ListStatusType=ACK
        client < ExecutionReport  ExecType=NEW
        +60s
        client < ExecutionReport  ExecType=EXPIRED
        client < ListStatus       ListStatusType=ALL_DONE  OrdStatus=EXPIRED  CxlQty=100
        client > ListExecute      ListID=L  TransactTime=now
        client < ListStatus       ListStatusType=RESPONSE  ListOrderStatus=ALL_DONE
        """
    )


@rule("O-12.6", "O-12.8")
def test_a_list_is_canceled_with_all_that_is_open_of_it(world: World) -> None:
    """Each order is Canceled when its child is back; a fill that was faster counts."""
    world.converse(
        TAKEN
        + """
        client > ListCancelRequest   ListID=L  TransactTime=now
        client < ListStatus          ListStatusType=RESPONSE  ListOrderStatus=CANCELING
        XLON   < OrderCancelRequest  OrigClOrdID=$a
        XLON   < OrderCancelRequest  OrigClOrdID=$b
        XLON   > ExecutionReport     ClOrdID=$a  ExecType=TRADE  LastQty=30  LastPx=100.10
        client < ExecutionReport     ClOrdID=A  CumQty=30  LeavesQty=70
        XLON   > ExecutionReport     ClOrdID=$a  ExecType=CANCELED
        client < ExecutionReport     ClOrdID=A  ExecType=CANCELED  -OrigClOrdID  CumQty=30  ExecRestatementReason=99  Text~ListCancelRequest
        client > ListStatusRequest   ListID=L
        client < ListStatus          ListOrderStatus=CANCELING  OrdStatus=CANCELED  OrdStatus=NEW  CxlQty=70  LeavesQty=0  LeavesQty=100
        XLON   > ExecutionReport     ClOrdID=$b  ExecType=TRADE  LastPx=100.20
        client < ExecutionReport     ClOrdID=B  OrdStatus=FILLED
        client < ListStatus          ListStatusType=ALL_DONE
        client > ListCancelRequest   ListID=L  TransactTime=now
        client < ListStatus          ListStatusType=RESPONSE  ListOrderStatus=ALL_DONE
        """
    )


@rule("O-12.6")
def test_a_list_is_canceled_before_all_of_it_came(world: World) -> None:
    world.converse(
        f"""
        client > NewOrderList       ListID=L  TotNoOrders=2  NoOrders=1  {A}
        client > ListCancelRequest  ListID=L  TransactTime=now
        client < ListStatus         ListOrderStatus=REJECT  ListStatusText~LIST.CANCELED
        +40s
        """
    )


@rule("O-12.6", "O-12.7")
@pytest.mark.parametrize("request_", ["ListExecute  TransactTime=now", "ListCancelRequest  TransactTime=now", "ListStatusRequest"])  # fmt: skip
def test_a_request_about_a_list_that_is_not_of_the_session_names_it(world: World, request_: str) -> None:
    world.converse(
        f"""
        client > {request_}  ListID=NOBODYS
        client < BusinessMessageReject  BusinessRejectReason=1  BusinessRejectRefID=NOBODYS  Text~ListID(66)
        """
    )


@rule("O-12.7")
def test_a_long_list_is_told_of_in_parts(world: World) -> None:
    """As long as all that one NewOrderList holds; every part is one that a counterparty takes."""
    orders = [f"ClOrdID=O{place}  ListSeqNo={place}  Symbol=ACME  Side=BUY  OrderQty=1  OrdType=2  Price=99" for place in range(1, 61)]  # fmt: skip
    reports = "\n".join(f"client < ExecutionReport  ClOrdID=O{place}" for place in range(1, 61))
    parts = "\n".join(
        f"client < ListStatus  ListStatusType={{kind}}  NoRpts=3  RptSeq={part + 1}  LastFragment={last}  TotNoOrders=60  NoOrders={count}  ClOrdID=O{1 + 25 * part}"
        for part, last, count in ((0, "N", 25), (1, "N", 25), (2, "Y", 10))
    )
    world.converse(
        f"""
        client > NewOrderList  ListID=L  NoOrders=60  {"  ".join(orders)}
        {parts.format(kind="ACK")}
        {reports}
        client > ListStatusRequest  ListID=L
        {parts.format(kind="RESPONSE")}
        """
    )


@rule("O-12.8")
def test_a_bust_opens_a_list_again(world: World) -> None:
    world.converse(
        f"""
        client > NewOrderList     ListID=L  NoOrders=1  {A}
        client < ListStatus       ListStatusType=ACK
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   ClOrdID=$a
        XLON   > ExecutionReport  ExecType=TRADE  LastPx=100.10  ExecID=T
        client < ExecutionReport  ExecType=TRADE
        client < ListStatus       ListStatusType=ALL_DONE
        XLON   > ExecutionReport  ClOrdID=$a  ExecType=TRADE_CANCEL  ExecRefID=T
        client < ExecutionReport  ExecType=TRADE_CANCEL  LeavesQty=100
        client > ListCancelRequest   ListID=L  TransactTime=now
        client < ListStatus       ListOrderStatus=CANCELING
        XLON   > ExecutionReport  ExecType=CANCELED
        client < ExecutionReport  ExecType=CANCELED
        client < ListStatus       ListStatusType=ALL_DONE  OrdStatus=CANCELED
        """
    )


@rule("O-12.9")
@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("BidType=DISCLOSED", "LIST.BIDTYPE"),
        ("ListExecInstType=SELL_DRIVEN", "LIST.EXECUTION"),
        ("ProgRptReqs=2", "LIST.REPORTS"),
        ("ListExecInst=gently", "LIST.INSTRUCTION Tag(69)"),
    ],
)
def test_what_would_not_be_followed_is_refused(world: World, said: str, why: str) -> None:
    world.converse(
        f"""
        client > NewOrderList     {said}  TotNoOrders=1  NoOrders=1  {A}
        client < ListStatus       ListOrderStatus=REJECT  OrdRejReason=11  ListStatusText~"{why}"
        """
    )


@rule("O-12.9")
@pytest.mark.parametrize(
    ("message", "answer"),
    [
        ("ListID=L  NoOrders=1  ClOrdID=A  ListSeqNo=1  Symbol=ACME  Side=1  OrderQty=1", "BusinessRejectReason=5  Text~OrdType(40)"),
        ("ListID=L  NoOrders=0", "BusinessRejectReason=5  Text~NoOrders(73)"),
        (f"ListID={'L' * 65}  NoOrders=1  {A}", "BusinessRejectReason=0  Text~ListID(66)"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_list_is_rejected_as_a_message(world: World, message: str, answer: str) -> None:
    world.converse(
        f"""
        client > NewOrderList  {message}
        client < BusinessMessageReject  RefMsgType=E  {answer}
        """
    )


@rule("O-12.1", "O-12.5")
def test_a_list_is_the_same_after_a_restart(world: World) -> None:
    world.converse(
        f"""
        client > NewOrderList     ListID=L  ListExecInstType=WAIT_FOR_EXECUTE  NoOrders=1  {A}
        client < ListStatus       ListStatusType=ACK
        client < ExecutionReport  ExecType=NEW  OrderID=$id
        restart
        client > ListExecute      ListID=L  TransactTime=now
        client < ListStatus       ListStatusType=EXEC_STARTED
        client < ExecutionReport  ExecType=RESTATED  OrderID=$id
        XLON   quotes ACME 99.90x500 100.10x500
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  OrdStatus=FILLED
        client < ListStatus       ListStatusType=ALL_DONE
        restart
        client > ListStatusRequest  ListID=L
        client < ListStatus       ListOrderStatus=ALL_DONE  CumQty=100  OrdStatus=FILLED
        """
    )


@rule("O-12.5")
def test_a_stop_waits_for_its_list_before_it_waits_for_its_price(world: World) -> None:
    stop = "ClOrdID=A  ListSeqNo=1  Symbol=ACME  Side=BUY  OrderQty=100  OrdType=STOP  StopPx=100.05"
    world.converse(
        f"""
        client > NewOrderList     ListID=L  ListExecInstType=WAIT_FOR_EXECUTE  NoOrders=1  {stop}
        client < ListStatus       ListStatusType=ACK
        client < ExecutionReport  ExecType=NEW  WorkingIndicator=N
        XLON   prints ACME 100.05x10
        client > ListExecute      ListID=L  TransactTime=now
        client < ListStatus       ListStatusType=EXEC_STARTED  WorkingIndicator=N
        XLON   prints ACME 100.05x10
        client < ExecutionReport  ExecType=RESTATED  WorkingIndicator=Y  Text~triggered
        XLON   < NewOrderSingle   OrderQty=100
        """
    )
