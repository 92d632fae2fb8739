"""Which waiting orders a price triggers, against an oracle that looks at each of them at every price."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model import Handling, NewOrder, OrdType, Px, Qty, Side
from gateway.oms.triggers import Trigger, Triggers, trigger_of

SYMBOLS, KINDS = ("ACME", "BOND"), ("1", "2", "3")
PRICES = st.integers(1, 12).map(Px)


@dataclass
class Naive:
    """One order, its stop moved by hand."""

    order_id: str
    symbol: str
    trigger: Trigger
    stop: int | None

    def sees(self, price: int) -> bool:
        stop, offset = self.stop, self.trigger.offset
        if stop is not None and (price >= stop if self.trigger.is_above else price <= stop):
            return True
        if offset:
            moved = price + offset
            self.stop = moved if stop is None else min(stop, moved) if self.trigger.is_above else max(stop, moved)
        return False


@st.composite
def triggers(draw: st.DrawFn) -> Trigger:
    is_above, kind = draw(st.booleans()), draw(st.sampled_from(KINDS))
    if draw(st.booleans()):
        offset = draw(st.integers(1, 4))
        return Trigger(is_above, draw(st.none() | PRICES), Px(offset if is_above else -offset), kind)
    return Trigger(is_above, draw(PRICES), by=kind)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("arm"), st.sampled_from(SYMBOLS), triggers()),
        st.tuples(st.just("disarm"), st.integers(0, 30), st.none()),
        st.tuples(st.just("sleep"), st.integers(0, 30), st.none()),
        st.tuples(st.just("saw"), st.sampled_from(SYMBOLS), st.tuples(st.sampled_from(KINDS), PRICES)),
    ),
    max_size=60,
)


@given(STEPS)
def test_a_price_triggers_just_those_that_wait_for_it_the_oldest_first(steps: list[tuple[str, object, object]]) -> None:
    asleep: set[str] = set()
    fast = Triggers(lambda order_id: order_id not in asleep)
    naive: list[Naive] = []
    count = 0
    for what, about, more in steps:
        if what == "arm":
            assert isinstance(about, str) and isinstance(more, Trigger)
            count += 1
            naive.append(Naive(str(count), about, more, more.price))
            fast.arm(str(count), about, more)
        elif what == "disarm":
            naive = [one for one in naive if one.order_id != str(about)]
            fast.disarm(str(about))
        elif what == "sleep":
            asleep ^= {str(about)}
        else:
            assert isinstance(about, str) and isinstance(more, tuple)
            kind, price = more
            seen = [
                one
                for one in naive
                if (one.symbol, one.trigger.by) == (about, kind) and one.order_id not in asleep and one.sees(price)
            ]
            assert fast.saw(about, kind, price) == [one.order_id for one in seen]
            naive = [one for one in naive if one not in seen]
        assert len(fast) == len(naive)


def test_orders_that_came_and_went_leave_nothing_behind() -> None:
    """A heap keeps what was disarmed only until that is more than what waits."""
    fast = Triggers(lambda order_id: True)  # noqa: ARG005
    for number in range(10_000):
        fast.arm(str(number), "ACME", Trigger(is_above=number % 2 == 0, price=Px(number + 1)))
        if number % 100:
            fast.disarm(str(number))
    watch = fast._watches["ACME", "2"]
    assert len(fast) == 100 and len(watch.rising) + len(watch.falling) < 400


@pytest.mark.parametrize(
    ("kind", "side", "is_above"),
    [
        (OrdType.STOP, Side.BUY, True),
        (OrdType.STOP, Side.SELL, False),
        (OrdType.STOP_LIMIT, Side.SELL_SHORT, False),
        (OrdType.MARKET_IF_TOUCHED, Side.BUY, False),
        (OrdType.MARKET_IF_TOUCHED, Side.SELL_SHORT_EXEMPT, True),
    ],
)
def test_what_an_order_waits_for_follows_from_its_type_and_side(kind: OrdType, side: Side, is_above: bool) -> None:
    handling = Handling(stop_px=Px(5))
    order = NewOrder(cl_ord_id="X", symbol="ACME", side=side, order_qty=Qty(1), ord_type=kind, handling=handling)
    assert trigger_of(order) == Trigger(is_above, Px(5))
