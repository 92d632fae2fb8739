"""OrdStatus(39) is computed: of all that applies, the highest in FIX 4.4 Volume 4's order of precedence."""

from itertools import product
from typing import NamedTuple

import pytest

from gateway.model import (
    NewOrder,
    OrdStatus,
    OrdType,
    Qty,
    Side,
    average_px,
    parse_px,
    parse_qty,
)
from gateway.oms.ends import End, Pending
from gateway.oms.order import Child, Day, ParentOrder

PRECEDENCE = (  # "Order State Change Matrices", highest first; the statuses that we have facts for
    OrdStatus.PENDING_CANCEL,
    OrdStatus.PENDING_REPLACE,
    OrdStatus.DONE_FOR_DAY,
    OrdStatus.CALCULATED,
    OrdStatus.FILLED,
    OrdStatus.STOPPED,
    OrdStatus.SUSPENDED,
    OrdStatus.CANCELED,
    OrdStatus.EXPIRED,
    OrdStatus.PARTIALLY_FILLED,
    OrdStatus.NEW,
    OrdStatus.REJECTED,
    OrdStatus.PENDING_NEW,
)

ORDER = NewOrder(cl_ord_id="P", symbol="ACME", side=Side.BUY, order_qty=Qty(100), ord_type=OrdType.MARKET)
CANCEL, REPLACE = Pending("C"), Pending("R", ORDER)
BY_TELEPHONE = Pending("P", ORDER, by_telephone=True)  # of which its client hears when it is done


class Facts(NamedTuple):
    accepted: bool
    cum: int
    ended: End | None
    requests: tuple[Pending, ...]
    held: OrdStatus | None  # what all of its children are
    resting: bool  # the market has closed on an order that is good for longer


def parent(facts: Facts) -> ParentOrder:
    made = ParentOrder(order_id="G-1", client="CLIENT", order=ORDER)
    made.accepted, made.cum_qty, made.ended, made.requests = facts.accepted, Qty(facts.cum), facts.ended, facts.requests
    made.held = facts.held
    if facts.resting:
        made.day = Day()
        made.day.done = True
    return made


def applying(facts: Facts) -> set[OrdStatus]:
    """Every status that is true of the facts, whatever stands above it."""
    true = {OrdStatus.NEW if facts.accepted else OrdStatus.PENDING_NEW}
    if facts.cum:
        true.add(OrdStatus.PARTIALLY_FILLED if facts.cum < 100 else OrdStatus.FILLED)
    if facts.ended is not None:
        true.add(facts.ended.value)
        true -= {OrdStatus.NEW, OrdStatus.PENDING_NEW}
    elif facts.resting and facts.cum < 100:
        true.add(OrdStatus.DONE_FOR_DAY)
    if facts.held is not None:
        true.add(facts.held)
    for request in facts.requests:
        if request is BY_TELEPHONE:
            continue
        true.add(OrdStatus.PENDING_CANCEL if request is CANCEL else OrdStatus.PENDING_REPLACE)
    return true


def can_be(facts: Facts) -> bool:
    """Nothing happens to an order before it is accepted, and nothing that was accepted is rejected."""
    if not facts.accepted:
        return facts.ended in (None, End.REJECTED) and facts[1:2] + facts[3:] == (0, (), None, False)
    return facts.ended is not End.REJECTED


FACTS = [
    facts
    for facts in map(
        Facts._make,
        product(
            (False, True),
            (0, 1, 99, 100, 101),
            (None, *End),
            ((), (CANCEL,), (REPLACE,), (REPLACE, REPLACE), (REPLACE, CANCEL), (BY_TELEPHONE,), (BY_TELEPHONE, CANCEL)),
            (None, OrdStatus.STOPPED, OrdStatus.SUSPENDED, OrdStatus.CALCULATED),
            (False, True),
        ),
    )
    if can_be(facts)
]


def test_the_status_is_the_highest_that_applies() -> None:
    assert len(FACTS) == 2 + 5 * 4 * 7 * 4 * 2
    for facts in FACTS:
        assert parent(facts).ord_status == min(applying(facts), key=PRECEDENCE.index), facts


def test_leaves_are_what_is_open_and_0_once_it_is_not() -> None:
    """OrderQty = CumQty + LeavesQty while open; LeavesQty 0 when done, and never negative."""
    for facts in FACTS:
        made = parent(facts)
        assert made.open == (facts.accepted and facts.ended is None and facts.cum < 100), facts
        assert made.leaves_qty == (100 - facts.cum if made.open else 0), facts


NOTHING = Facts(accepted=True, cum=0, ended=None, requests=(), held=None, resting=False)


def test_every_way_to_end_is_a_status_of_its_own() -> None:
    assert [end.value.name for end in End] == [end.name for end in End]


def test_the_average_price_is_exact_to_the_last_decimal() -> None:
    made = parent(NOTHING)
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
    whole = parent(NOTHING)
    child = Child(cl_ord_id="G-1-1", parent=whole, venue="XLON", qty=Qty(100), price=parse_px("1"), may_rest=False)
    child.cum_qty, child.done = Qty(cum), done
    assert child.reserved == reserved
