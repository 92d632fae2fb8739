"""What every kind of order needs of venues: the table in `fixspecs/orders.md`, row by row."""

import pytest

from gateway.model.settings import Offer
from gateway.oms.matrix import MATRIX, Row
from tests.conversation.rules import rule
from tests.matrix import DOCUMENT, table
from tests.order_states.test_display import venues

LIMIT = "OrdType=LIMIT  Price=100.00"
ORDERS = {
    "market, limit": ("OrdType=MARKET", LIMIT),
    "immediate or cancel": ("TimeInForce=IMMEDIATE_OR_CANCEL  OrdType=MARKET",),
    "fill or kill": ("TimeInForce=FILL_OR_KILL  OrdType=MARKET",),
    "good till canceled, good till date": (
        f"TimeInForce=GOOD_TILL_CANCEL  {LIMIT}",
        f"TimeInForce=GOOD_TILL_DATE  ExpireTime=+60s  {LIMIT}",
    ),
    "stop, stop limit": ("OrdType=STOP  StopPx=101", "OrdType=STOP_LIMIT  StopPx=101  Price=101.10"),
    "market if touched": ("OrdType=J  StopPx=99",),
    "trailing stop": ("OrdType=PEGGED  ExecInst=a  PegOffsetValue=1",),
    "market to limit": ("OrdType=K",),
    "pegged": tuple(f"OrdType=PEGGED  ExecInst={peg}" for peg in "RPM"),
    "iceberg": (f"MaxFloor=10  {LIMIT}", f"DisplayQty=10  {LIMIT}"),
    "hidden": (f"MaxFloor=0  {LIMIT}",),
    "least quantity": (f"MinQty=10  {LIMIT}",),
    "all or none": (f"ExecInst=G  {LIMIT}",),
    "participate don't initiate": (f"ExecInst=6  {LIMIT}",),
    "not held": (f"ExecInst=1  {LIMIT}",),
    "at the opening": ("TimeInForce=AT_THE_OPENING  OrdType=MARKET",),
    "at the close": (f"TimeInForce=AT_THE_CLOSE  {LIMIT}",),
    "good till crossing": (f"TimeInForce=GOOD_TILL_CROSSING  {LIMIT}",),
    "sell short, sell short exempt": tuple(f"Side={side}  LocateReqd=Y  {LIMIT}" for side in "56"),
    "algo": ("TargetStrategy=TWAP  Duration=60",),
    "algo whose children rest": ("TargetStrategy=TWAP  Duration=60  ChildTIF:CHAR=0",),
}


@rule("O-18.1")
def test_the_document_has_the_table() -> None:
    assert table() in DOCUMENT.read_text(encoding="utf-8"), "python -m tests.matrix writes it"
    assert set(ORDERS) == {row.order for row in MATRIX}


@rule("O-18.1", "O-18.2")
@pytest.mark.parametrize("row", MATRIX, ids=lambda row: row.order)
def test_an_order_is_taken_where_what_it_needs_is_offered_and_nowhere_else(row: Row) -> None:
    """One venue for each need is enough, and all that others offer is not: children carry what the row says alone."""
    enough = (*row.needs, frozenset[Offer]())[:2]
    for order in ORDERS[row.order]:
        for missing in (None, *row.needs):
            offers = [tuple(need) if need != missing else tuple({*Offer} - need) for need in enough]
            if missing is not None and any(missing <= set(others) for others in offers):
                continue
            world = venues(XLON=offers[0], BATE=offers[1])
            world.parties["XLON"].silent += ("D",)
            world.parties["BATE"].silent += ("D",)
            answer = "NEW" if missing is None else "REJECTED  OrdRejReason=11  Text~ORDER.VENUE"
            world.converse(
                f"""
                client > NewOrderSingle   ClOrdID=X  OrderQty=100  {order}
                client < ExecutionReport  ExecType={answer}
                """
            )
