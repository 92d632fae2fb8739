"""An order that is good till canceled, over its first night. The market closes at 23:30."""

import msgspec

from algos import ALGOS
from gateway.model import SECOND, Ns
from gateway.node import Gateway
from tests.conftest import SETTINGS
from tests.conversation.language import START
from tests.conversation.world import World

DAY_1 = """
    XLON   quotes ACME 99.90x500 100.10x500
    client > NewOrderSingle   ClOrdID=X  OrderQty=100  Price=100.10  TimeInForce=GOOD_TILL_CANCEL
    client < ExecutionReport  ClOrdID=X  ExecType=NEW  -DayOrderQty
    XLON   < NewOrderSingle   OrderQty=100  ClOrdID=$yesterdays
    XLON   > ExecutionReport  ExecType=TRADE  LastQty=20  LastPx=100.10  ExecID=B
    client < ExecutionReport  ClOrdID=X  OrdStatus=PARTIALLY_FILLED  CumQty=20  LeavesQty=80  ExecID=$first  -DayCumQty
    XLON   > ExecutionReport  ExecType=CANCELED
    +30m
    client < ExecutionReport  ClOrdID=X  ExecType=DONE_FOR_DAY  OrdStatus=DONE_FOR_DAY  OrderQty=100  CumQty=20  LeavesQty=80
"""
NIGHT = """
    +30m
    client < ExecutionReport  ClOrdID=X  ExecType=RESTATED  OrdStatus=PARTIALLY_FILLED  ExecRestatementReason=GT_RENEWAL  OrderQty=100  CumQty=20  LeavesQty=80  DayOrderQty=80  DayCumQty=0  DayAvgPx=0
"""
DAY_2 = """
    XLON   quotes ACME 99.90x500 100.10x500
    XLON   < NewOrderSingle   OrderQty=80
    XLON   > ExecutionReport  ExecType=TRADE  LastQty=10  LastPx=100.00  ExecID=E
    client < ExecutionReport  ClOrdID=X  OrdStatus=PARTIALLY_FILLED  CumQty=30  LeavesQty=70  DayOrderQty=80  DayCumQty=10  DayAvgPx=100
"""


def late_in_the_day() -> World:
    """23:00, so that the night is short."""
    settings = msgspec.structs.replace(SETTINGS, close_s=23 * 3600 + 1800)
    return World(lambda: Gateway(ALGOS), settings, start=Ns(START + 30_600 * SECOND))
