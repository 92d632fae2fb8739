"""The price of a peg, against fractions."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from gateway.model import SCALE, Peg, Px, Side
from gateway.oms.pegging import peg_price
from tests.parents import shows

PRICES = st.integers(1, 500)
OFFSETS = st.integers(-40, 40).map(Px) | st.integers(-40, 40).map(lambda whole: Px(whole * SCALE))
SIZES = st.integers(0, 1)


@given(
    st.sampled_from([Side.BUY, Side.SELL, Side.SELL_SHORT]),
    st.builds(Peg, st.sampled_from(["5", "4", "2", "1"]), OFFSETS, st.sampled_from(["0", "1", "2"]), st.booleans()),
    st.sampled_from([1, 2, 5]),
    st.tuples(PRICES, SIZES, PRICES, SIZES),
    PRICES | st.just(0),
)
def test_a_peg_is_where_fractions_say_it_is(
    side: Side, peg: Peg, tick: int, shown: tuple[int, int, int, int], last: int
) -> None:
    bid, bid_size, ask, ask_size = shown
    market = shows(bid=bid, bid_size=bid_size, ask=ask, ask_size=ask_size, last=last)
    found = peg_price(peg, side, market, Px(tick))
    is_buy = side is Side.BUY
    own, other = ((bid, bid_size), (ask, ask_size)) if is_buy else ((ask, ask_size), (bid, bid_size))
    by_peg: dict[str, list[tuple[int, int]]] = {"5": [own], "4": [other], "2": [own, other], "1": [(last, last)]}
    needed = by_peg[peg.to]
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
