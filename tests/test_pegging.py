"""The price of a peg, against fractions."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from gateway.model import SCALE, Peg, Px, Qty, Quote, Side
from gateway.oms.pegging import peg_price

PRICES = st.integers(1, 500)
OFFSETS = st.integers(-40, 40).map(Px) | st.integers(-40, 40).map(lambda whole: Px(whole * SCALE))
SIZES = st.integers(0, 1)


@given(
    st.sampled_from([Side.BUY, Side.SELL, Side.SELL_SHORT]),
    st.builds(Peg, st.sampled_from(["5", "4", "2"]), OFFSETS, st.sampled_from(["0", "1", "2"]), st.booleans()),
    st.sampled_from([1, 2, 5]),
    st.tuples(PRICES, SIZES, PRICES, SIZES),
)
def test_a_peg_is_where_fractions_say_it_is(side: Side, peg: Peg, tick: int, shown: tuple[int, int, int, int]) -> None:
    bid, bid_size, ask, ask_size = shown
    quote = Quote(symbol="ACME", bid=Px(bid), bid_size=Qty(bid_size), ask=Px(ask), ask_size=Qty(ask_size))
    found = peg_price(peg, side, quote, Px(tick))
    is_buy = side is Side.BUY
    own, other = ((bid, bid_size), (ask, ask_size)) if is_buy else ((ask, ask_size), (bid, bid_size))
    needed = {"5": [own], "4": [other], "2": [own, other]}[peg.to]
    if not all(size for _, size in needed):
        assert found is None
        return
    base = Fraction(sum(price for price, _ in needed), len(needed))
    # Basis points of the base, which counts in whole units of 1e-8 as every price does.
    units: dict[str, Fraction] = {
        "0": Fraction(1),
        "1": Fraction(int(base), 10_000 * SCALE),
        "2": Fraction(tick, SCALE),
    }
    steps = (base + (peg.offset * units[peg.offset_type]).__floor__()) / tick
    down = is_buy != peg.is_aggressive
    wanted = (steps.__floor__() if down else steps.__ceil__()) * tick
    assert found == (wanted if wanted > 0 else None)
