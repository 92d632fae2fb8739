"""ExcludeBlocks: prints that are too large are no volume to follow, neither others' nor ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from algos.pov import Pov
from gateway.model import BookUpdate, MarketData, NewOrder, Ns, OrdType, Px, Qty, Side
from gateway.oms.blocks import Blocks
from gateway.oms.order import ParentOrder
from gateway.oms.plan import Plan
from tests.conversation.world import World


def order(number: int, least: int | None, symbol: str = "ACME") -> ParentOrder:
    asked = NewOrder(cl_ord_id="P", symbol=symbol, side=Side.BUY, order_qty=Qty(10**9), ord_type=OrdType.MARKET)
    found = ParentOrder(order_id=f"G-{number}", client="C", order=asked)
    found.accepted = True
    algo = Pov(target=Px(1), blocks=None if least is None else Qty(least))
    found.plan = Plan(algo=algo, start=Ns(0), end=Ns(1), expire_at=None, note=None)
    return found


def prints(*sizes: int, symbol: str = "ACME", snapshot: bool = False) -> MarketData:
    found = [BookUpdate(symbol=symbol, entry="2", price=Px(1), size=Qty(size)) for size in sizes]
    quoted = BookUpdate(symbol=symbol, entry="0", price=Px(1), size=Qty(10**6))
    return MarketData(snapshot=snapshot, symbol=symbol if snapshot else "", updates=(*found, quoted))


@given(
    trades=st.lists(st.tuples(st.booleans(), st.integers(1, 100)), max_size=40),
    leasts=st.lists(st.none() | st.integers(1, 110), min_size=1, max_size=4),
    late=st.integers(0, 40),
)
def test_what_each_order_counts_is_the_sum_of_what_is_smaller(
    trades: list[tuple[bool, int]], leasts: list[int | None], late: int
) -> None:
    """Of what was printed since its start, less our fills of them; each has its own bound, and the last comes late."""
    blocks, traded, orders = Blocks(), 0, [order(number, least) for number, least in enumerate(leasts)]
    begins = [*[0] * (len(orders) - 1), late]
    for place, (ours, size) in enumerate([*trades, (False, 1)]):
        for parent, begin in zip(orders, begins, strict=True):
            if begin == place:
                parent.traded_at_start = Qty(traded)
                blocks.begin(parent)
        blocks.heard(prints(size))
        traded += size
        if ours:
            traded -= size
            blocks.filled("ACME", Qty(size))
    for parent, begin, least in zip(orders, begins, leasts, strict=True):
        if begin <= len(trades):
            counted = [size for ours, size in [*trades, (False, 1)][begin:] if not ours]
            assert traded - parent.traded_at_start == sum(size for size in counted if least is None or size < least)


def test_neither_another_symbol_nor_what_a_snapshot_tells_counts() -> None:
    blocks, parent = Blocks(), order(1, 10)
    blocks.begin(parent)
    blocks.heard(prints(50, symbol="OTHER"))
    blocks.heard(prints(50, snapshot=True))
    blocks.filled("OTHER", Qty(50))
    assert parent.traded_at_start == 0
    blocks.heard(prints(50, 9, 10))
    assert parent.traded_at_start == 60


def test_orders_that_are_over_are_forgotten() -> None:
    """With the next print, or the next order where nothing trades."""
    blocks = Blocks()
    for number in range(50):
        parent = order(number, 10)
        blocks.begin(parent)
        assert len(blocks._leaving_out["ACME"]) == 1
        parent.cum_qty = parent.order_qty
    blocks.heard(prints(1))
    assert not blocks._leaving_out


@pytest.mark.parametrize(("algo", "shares"), [("847=2  849=0.5  848=", 100), ("847=1  848=MaxParticipation=0.5;", 50)])
def test_a_block_is_nothing_to_follow(world: World, algo: str, shares: int) -> None:
    """Half of everything below 300; VWAP's cap is half of what has been reported, ours included."""
    world.converse(
        f"""
        client > NewOrderSingle   OrderQty=900  {algo}Duration=30;ExcludeBlocks=300
        client < ExecutionReport  ExecType=NEW
        BATE prints ACME 100.00x300
        BATE prints ACME 100.00x100
        XLON   < NewOrderSingle   OrderQty={shares}
        BATE prints ACME 100.00x5000
        """
    )
    world.restart()


def test_our_own_block_is_none_of_others(world: World) -> None:
    """500 are due at once, and executed as one: neither its print nor its fill counts, and 100 more make 100 due."""
    world.converse(
        """
        client > NewOrderSingle   OrderQty=900  847=2  849=0.5  848=Duration=30;ExcludeBlocks=300
        client < ExecutionReport  ExecType=NEW
        XLON quotes ACME - -
        BATE quotes ACME - -
        BATE prints ACME 100.00x250
        BATE prints ACME 100.00x250
        XLON quotes ACME 99.90x500 100.10x900
        XLON   < NewOrderSingle   OrderQty=500
        XLON prints ACME 100.10x500
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=500  LastPx=100.10
        client < ExecutionReport  CumQty=500
        BATE prints ACME 100.00x100
        XLON   < NewOrderSingle   OrderQty=100
        """
    )
