"""H: orders that live for more than a day. The market closes at 23:30, half an hour after these tests begin."""

import pytest

from tests.conversation.rules import rule
from tests.conversation.world import World
from tests.order_states import listed
from tests.order_states.days import DAY_1, DAY_2, NIGHT, late_in_the_day


@pytest.fixture
def day() -> World:
    return late_in_the_day()


@rule("O-6.3", "O-6.4")
def test_H_1_a_a_GTC_order_is_restated_and_part_filled_the_next_day(day: World) -> None:
    day.converse(DAY_1 + NIGHT + DAY_2)


@rule("O-6.8")
def test_H_1_b_a_GTC_order_is_part_filled_split_and_filled_the_next_day(day: World) -> None:
    """Its shares are twice as many, for the same money; the fills of the next day are in these."""
    day.converse(
        DAY_1
        + NIGHT
        + """
        operator split symbol=ACME ratio=2:1 why=split
        client < ExecutionReport  ClOrdID=X  ExecType=RESTATED  OrdStatus=PARTIALLY_FILLED  ExecRestatementReason=GT_CORPORATE_ACTION  OrderQty=200  CumQty=40  LeavesQty=160  AvgPx=50.05  Price=50.05  DayOrderQty=160  DayCumQty=0  DayAvgPx=0
        XLON   quotes ACME 49.90x500 50.05x500
        XLON   < NewOrderSingle   OrderQty=160  Price=50.05
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=50  LastPx=50.05
        client < ExecutionReport  ClOrdID=X  OrdStatus=PARTIALLY_FILLED  OrderQty=200  CumQty=90  LeavesQty=110  DayOrderQty=160  DayCumQty=50
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=110  LastPx=50.00
        client < ExecutionReport  ClOrdID=X  OrdStatus=FILLED  OrderQty=200  CumQty=200  LeavesQty=0  AvgPx=50.0225  DayOrderQty=160  DayCumQty=160
        restart
        """
    )


@rule("O-6.3")
def test_nothing_is_sent_out_between_the_close_and_the_next_day(day: World) -> None:
    day.converse(
        DAY_1
        + """
        XLON   quotes ACME 99.90x500 100.10x500
        """
        + NIGHT
        + """
        XLON   < NewOrderSingle   OrderQty=80
        +23h
        +30m
        XLON   > ExecutionReport  ExecType=CANCELED
        client < ExecutionReport  ClOrdID=X  ExecType=DONE_FOR_DAY  OrdStatus=DONE_FOR_DAY  CumQty=20  LeavesQty=80  DayOrderQty=80  DayCumQty=0
        """
    )


@rule("O-6.3")
def test_the_close_of_a_GTC_order_waits_for_the_child_that_is_out(day: World) -> None:
    day.converse(
        """
        XLON   quotes ACME 99.90x500 100.10x500
        client > NewOrderSingle   ClOrdID=X  OrderQty=100  Price=100.10  TimeInForce=GOOD_TILL_CANCEL
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100
        +30m
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=20  LastPx=100.10
        client < ExecutionReport  OrdStatus=PARTIALLY_FILLED
        XLON   > ExecutionReport  ExecType=CANCELED
        client < ExecutionReport  ExecType=DONE_FOR_DAY  CumQty=20  LeavesQty=80
        """
    )


@rule("O-6.4", "O-3.1")
def test_H_1_c_a_GTC_order_is_restated_and_then_canceled(day: World) -> None:
    day.converse(
        DAY_1
        + NIGHT
        + """
        XLON   quotes ACME 99.90x500 100.10x500
        XLON   < NewOrderSingle      OrderQty=80
        client > OrderCancelRequest  ClOrdID=Y  OrigClOrdID=X
        client < ExecutionReport     ClOrdID=Y  OrigClOrdID=X  ExecType=PENDING_CANCEL  OrdStatus=PENDING_CANCEL  CumQty=20  LeavesQty=80  DayOrderQty=80  DayCumQty=0
        XLON   > ExecutionReport     ExecType=CANCELED
        client < ExecutionReport     ClOrdID=Y  OrigClOrdID=X  ExecType=CANCELED  OrdStatus=CANCELED  CumQty=20  LeavesQty=0  DayOrderQty=80  DayCumQty=0
        """
    )


@rule("O-6.4", "O-4.1")
def test_H_1_d_a_GTC_order_is_restated_and_then_increased(day: World) -> None:
    day.converse(
        DAY_1
        + NIGHT
        + """
        XLON   quotes ACME 99.90x500 100.10x500
        XLON   < NewOrderSingle   OrderQty=80
        client > OrderCancelReplaceRequest  ClOrdID=Y  OrigClOrdID=X  OrderQty=150
        client < ExecutionReport  ClOrdID=Y  OrigClOrdID=X  ExecType=PENDING_REPLACE  OrderQty=100  DayOrderQty=80  DayCumQty=0
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=10  LastPx=100.10
        client < ExecutionReport  ClOrdID=X  OrdStatus=PENDING_REPLACE  CumQty=30  LeavesQty=70  DayOrderQty=80  DayCumQty=10
        XLON   > ExecutionReport  ExecType=CANCELED
        client < ExecutionReport  ClOrdID=Y  OrigClOrdID=X  ExecType=REPLACED  OrdStatus=PARTIALLY_FILLED  OrderQty=150  CumQty=30  LeavesQty=120  DayOrderQty=130  DayCumQty=10
        """
    )


@rule("O-6.3")
def test_a_cancel_by_night_is_carried_out_at_once(day: World) -> None:
    day.converse(
        DAY_1
        + """
        client > OrderCancelRequest  ClOrdID=Y  OrigClOrdID=X
        client < ExecutionReport     ClOrdID=Y  OrigClOrdID=X  ExecType=CANCELED  OrdStatus=CANCELED  LeavesQty=0
        +30m
        """
    )


@rule("O-6.5")
def test_a_GTD_order_expires_on_its_date_and_is_restated_before(day: World) -> None:
    day.converse(
        """
        XLON   quotes ACME 99.90x500 100.10x500
        client > NewOrderSingle   ClOrdID=X  OrderQty=100  Price=99.00  TimeInForce=GOOD_TILL_DATE  ExpireTime=now+2h
        client < ExecutionReport  ExecType=NEW
        +30m
        client < ExecutionReport  ExecType=DONE_FOR_DAY  LeavesQty=100
        +30m
        client < ExecutionReport  ExecType=RESTATED  OrdStatus=NEW  LeavesQty=100
        +1h
        client < ExecutionReport  ExecType=EXPIRED  OrdStatus=EXPIRED  LeavesQty=0
        """
    )


@rule("O-6.3", "O-6.4", "O-1.3", "O-12.5")
def test_what_is_let_go_by_night_is_at_work_from_the_next_day_on() -> None:
    """By its EffectiveTime, or as its list is executed; a stop waits on."""
    held = listed("L", 1, more="TimeInForce=GOOD_TILL_CANCEL")
    late_in_the_day().converse(
        f"""
        XLON   quotes ACME 99.90x500 100.10x500
        client > NewOrderSingle   ClOrdID=X  OrderQty=100  OrdType=LIMIT  Price=99.00  TimeInForce=GOOD_TILL_CANCEL  EffectiveTime=now+45m
        client < ExecutionReport  ClOrdID=X  ExecType=NEW  WorkingIndicator=N
        client > NewOrderSingle   ClOrdID=S  OrderQty=100  OrdType=STOP  StopPx=101  TimeInForce=GOOD_TILL_CANCEL
        client < ExecutionReport  ClOrdID=S  ExecType=NEW  WorkingIndicator=N
        client > NewOrderList     ListID=L  ListExecInstType=WAIT_FOR_EXECUTE  NoOrders=1  {held}
        client < ListStatus
        client < ExecutionReport  ClOrdID=L  ExecType=NEW  WorkingIndicator=N
        +30m
        client < ExecutionReport  ClOrdID=X  ExecType=DONE_FOR_DAY
        client < ExecutionReport  ClOrdID=S  ExecType=DONE_FOR_DAY
        client < ExecutionReport  ClOrdID=L  ExecType=DONE_FOR_DAY
        client > ListExecute      ListID=L  TransactTime=now
        client < ListStatus       ListStatusType=EXEC_STARTED  OrdStatus=DONE_FOR_DAY  WorkingIndicator=N
        +20m
        +10m
        client < ExecutionReport  ClOrdID=X  ExecRestatementReason=GT_RENEWAL  WorkingIndicator=Y
        client < ExecutionReport  ClOrdID=S  ExecRestatementReason=GT_RENEWAL  WorkingIndicator=N
        client < ExecutionReport  ClOrdID=L  ExecRestatementReason=GT_RENEWAL  WorkingIndicator=Y
        XLON   < NewOrderSingle   SecondaryClOrdID=L
        """
    )
