"""OrdStatus(39) is computed: of all that applies, the highest in FIX 4.4 Volume 4's order of precedence."""

from itertools import product

import pytest

from gateway.model import (
    CancelRequest,
    NewOrder,
    OrdStatus,
    OrdType,
    Qty,
    ReplaceRequest,
    Side,
    average_px,
    parse_px,
    parse_qty,
)
from gateway.oms.order import Child, End, ParentOrder

PRECEDENCE = (  # "Order State Change Matrices", highest first; the statuses that we have facts for
    OrdStatus.PENDING_CANCEL,
    OrdStatus.PENDING_REPLACE,
    OrdStatus.FILLED,
    OrdStatus.CANCELED,
    OrdStatus.EXPIRED,
    OrdStatus.PARTIALLY_FILLED,
    OrdStatus.NEW,
    OrdStatus.REJECTED,
    OrdStatus.PENDING_NEW,
)

ORDER = NewOrder(cl_ord_id="P", symbol="ACME", side=Side.BUY, order_qty=Qty(100), ord_type=OrdType.MARKET)
CANCEL = CancelRequest(cl_ord_id="C", orig_cl_ord_id="P", symbol="ACME", side=Side.BUY)
REPLACE = ReplaceRequest(orig_cl_ord_id="P", order=ORDER)

Pending = CancelRequest | ReplaceRequest | None


def parent(*, accepted: bool, cum: int, ended: End | None, pending: Pending) -> ParentOrder:
    made = ParentOrder(order_id="G-1", client="CLIENT", order=ORDER)
    made.accepted, made.cum_qty, made.ended, made.pending = accepted, Qty(cum), ended, pending
    return made


def applying(*, accepted: bool, cum: int, ended: End | None, pending: Pending) -> set[OrdStatus]:
    """Every status that is true of the facts, whatever stands above it."""
    true = {OrdStatus.NEW if accepted else OrdStatus.PENDING_NEW}
    if cum:
        true.add(OrdStatus.PARTIALLY_FILLED if cum < 100 else OrdStatus.FILLED)
    if ended is not None:
        true.add(ended.value)
        true -= {OrdStatus.NEW, OrdStatus.PENDING_NEW}
    if pending is not None:
        true.add(OrdStatus.PENDING_CANCEL if pending is CANCEL else OrdStatus.PENDING_REPLACE)
    return true


FACTS = [
    (accepted, cum, ended, pending)
    for accepted, cum, ended, pending in product((False, True), (0, 1, 99, 100, 101), (None, *End), (None, CANCEL, REPLACE))
    if (accepted or (not cum and pending is None))  # nothing happens to an order before it is accepted
    and (ended is not End.REJECTED or not (accepted or cum))
    and (accepted or ended in (None, End.REJECTED))
]  # fmt: skip


@pytest.mark.parametrize(("accepted", "cum", "ended", "pending"), FACTS)
def test_the_status_is_the_highest_that_applies(accepted: bool, cum: int, ended: End | None, pending: Pending) -> None:
    true = applying(accepted=accepted, cum=cum, ended=ended, pending=pending)
    made = parent(accepted=accepted, cum=cum, ended=ended, pending=pending)
    assert made.ord_status == min(true, key=PRECEDENCE.index)


@pytest.mark.parametrize(("accepted", "cum", "ended", "pending"), FACTS)
def test_leaves_are_what_is_open_and_0_once_it_is_not(
    accepted: bool, cum: int, ended: End | None, pending: Pending
) -> None:
    """OrderQty = CumQty + LeavesQty while open; LeavesQty 0 when done, and never negative."""
    made = parent(accepted=accepted, cum=cum, ended=ended, pending=pending)
    assert made.open == (accepted and ended is None and cum < 100)
    assert made.leaves_qty == (100 - cum if made.open else 0)


def test_every_way_to_end_is_a_status_of_its_own() -> None:
    assert [end.value for end in End] == [OrdStatus.REJECTED, OrdStatus.CANCELED, OrdStatus.EXPIRED]


def test_the_average_price_is_exact_to_the_last_decimal() -> None:
    made = parent(accepted=True, cum=0, ended=None, pending=None)
    assert made.avg_px == 0
    for qty, price in (("1", "100.00000001"), ("2", "100.00000003")):
        made.cum_qty = Qty(made.cum_qty + parse_qty(qty))
        made.notional += parse_qty(qty) * parse_px(price)
    assert made.avg_px == parse_px("100.00000002")  # 100.0000000233...
    assert average_px(parse_qty("2") * parse_px("100") + 10**8, parse_qty("2")) == parse_px("100.00000001")  # half up


@pytest.mark.parametrize(
    ("cum", "done", "reserved"), [(0, False, 100), (40, False, 60), (100, False, 0), (140, False, 0), (40, True, 0)]
)
def test_a_child_reserves_what_may_still_be_filled(cum: int, done: bool, reserved: int) -> None:
    whole = parent(accepted=True, cum=0, ended=None, pending=None)
    child = Child(cl_ord_id="G-1-1", parent=whole, venue="XLON", qty=Qty(100), price=parse_px("1"), may_rest=False)
    child.cum_qty, child.done = Qty(cum), done
    assert child.reserved == reserved
