"""Splits by cost: examples by hand, and no split at random that costs less."""

import random
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from gateway.model import Level, Px, Qty, Side, parse_px, parse_qty
from gateway.model.routing import RoutePolicy
from gateway.router import Candidate, Rates, Split, counted, route
from gateway.router.costs import cost
from tests.conversation.rules import rule
from tests.test_router import LIMITS, LOT, LOTS, SMALLEST, Available, markets, within

BPS = 10_000
BUY, SELL = Side.BUY, Side.SELL
SHARE = parse_qty("1")


def shown(**venues: str) -> Available:
    """Each venue's levels, best first: `100.00x300 100.01x500`."""
    return {
        venue: tuple(Level(parse_px(p), parse_qty(s)) for p, s in (level.split("x") for level in levels.split()))
        for venue, levels in venues.items()
    }


def ways(
    side: Side, qty: str, available: Available, rates: dict[str, Rates], *, limit: str | None = None, lot: str = "1",
    least: str = "1", most: int | None = None,
) -> dict[str, str]:  # fmt: skip
    """Where it goes, as `qty x price` by venue."""
    splits, _ = route(
        side,
        parse_qty(qty),
        None if limit is None else parse_px(limit),
        available,
        {venue: rates.get(venue, Rates()) for venue in available},
        lot=parse_qty(lot),
        min_qty=parse_qty(least),
        most=most,
    )
    return {part.venue: f"{part.qty // SHARE}x{part.price / 10**8:.2f}" for part in splits}


@rule("W-1.2")
def test_a_fee_turns_the_order_of_prices_around() -> None:
    """100.00 with 2 bps costs 100.02; 100.01 with a rebate of 1 bps costs 99.999999 (100.01 - 0.010001)."""
    market = shown(XLON="100.00x300", BATE="100.01x300")
    rates = {"XLON": Rates(fee=2 * BPS), "BATE": Rates(fee=-1 * BPS)}
    assert ways(BUY, "300", market, {}) == {"XLON": "300x100.00"}
    assert ways(BUY, "300", market, rates) == {"BATE": "300x100.01"}
    assert ways(BUY, "400", market, rates) == {"BATE": "300x100.01", "XLON": "100x100.00"}
    splits, candidates = route(BUY, parse_qty("300"), None, market, rates, lot=SHARE, min_qty=SHARE)
    assert splits == [Split("BATE", parse_qty("300"), parse_px("100.01"))]
    assert [(one.venue, one.fee, cost(BUY, one)) for one in candidates] == [
        ("BATE", parse_px("-0.010001"), parse_px("99.999999")),
        ("XLON", parse_px("0.02"), parse_px("100.02")),
    ]


@rule("W-1.2")
def test_what_a_sale_leaves_is_what_counts() -> None:
    """100.01 less 2 bps leaves 99.989998, 100.00 with a rebate of 1 bps 100.01."""
    market = shown(XLON="100.01x300", BATE="100.00x300")
    rates = {"XLON": Rates(fee=2 * BPS), "BATE": Rates(fee=-1 * BPS)}
    assert ways(SELL, "300", market, rates) == {"BATE": "300x100.00"}
    assert cost(SELL, Candidate("XLON", parse_px("100.01"), SHARE, parse_px("0.020002"))) == -parse_px("99.989998")


@rule("W-1.4")
def test_each_policy_counts_its_own_terms() -> None:
    rates = Rates(fee=1, latency=16, adverse=3)
    assert counted(RoutePolicy.SMART, rates) == Rates(fee=1, latency=2, adverse=3)
    assert counted(RoutePolicy.FEE_AWARE, rates) == Rates(fee=1)
    assert counted(RoutePolicy.LATENCY_AWARE, rates) == Rates(latency=16)
    assert counted(RoutePolicy.PRICE_TIME, rates) == Rates()


@rule("W-1.4")
def test_smart_goes_where_the_sum_is_least_though_no_term_alone_is() -> None:
    """XLON 100.00 + 0.01 + 0.03 + 0.02 = 100.06; BATE 100.01 + 0.02 + 0.02 + 0 = 100.05 (rates of about 100)."""
    market = shown(XLON="100.00x300", BATE="100.01x300")
    rates = {"XLON": Rates(BPS, 3 * BPS, 2 * BPS), "BATE": Rates(2 * BPS, 2 * BPS, 0)}
    assert ways(BUY, "300", market, rates) == {"BATE": "300x100.01"}
    for policy in (RoutePolicy.FEE_AWARE, RoutePolicy.PRICE_TIME):
        alone = {venue: counted(policy, rate) for venue, rate in rates.items()}
        assert ways(BUY, "300", market, alone) == {"XLON": "300x100.00"}


@rule("W-2.1")
def test_depth_is_taken_level_by_level_where_the_next_lot_is_cheapest() -> None:
    """BATE costs a cent more: 100.00, then 100.01 of BATE's first level and XLON's second alike, the larger first."""
    market = shown(XLON="100.00x100 100.01x200 100.03x500", BATE="100.00x300 100.02x500")
    rates = {"BATE": Rates(latency=BPS)}
    assert ways(BUY, "300", market, rates) == {"XLON": "100x100.00", "BATE": "200x100.00"}
    assert ways(BUY, "700", market, rates) == {"XLON": "400x100.03", "BATE": "300x100.00"}
    assert ways(BUY, "800", market, rates, limit="100.02") == {"XLON": "300x100.01", "BATE": "500x100.02"}


@rule("W-2.1")
def test_a_lot_may_be_made_of_several_levels() -> None:
    """60 at 100.00 and 40 at 100.02 are 100.008 a share."""
    market = shown(XLON="100.00x60 100.02x60", BATE="100.01x100")
    assert ways(BUY, "200", market, {}, lot="100", least="100") == {"XLON": "100x100.02", "BATE": "100x100.01"}
    assert ways(BUY, "100", market, {}, lot="100", least="100") == {"XLON": "100x100.02"}


@rule("W-2.3")
def test_a_part_below_the_smallest_order_is_filled_up_where_that_costs_least() -> None:
    """150 of 120 at 100.00 and of 100.01 and more: 100 at the first leave 50, too little for any other."""
    market = shown(XLON="100.00x120", BATE="100.01x200", CHIX="100.05x200")
    assert ways(BUY, "150", market, {}, least="100") == {"BATE": "150x100.01"}
    assert ways(BUY, "220", market, {}, least="100") == {"XLON": "120x100.00", "BATE": "100x100.01"}
    assert ways(BUY, "210", market, {}, least="100") == {"XLON": "110x100.00", "BATE": "100x100.01"}
    assert ways(BUY, "90", market, {}, least="100") == {}


@rule("W-2.3")
def test_over_at_most_so_many_venues_it_is_as_much_as_they_have() -> None:
    market = shown(XLON="100.00x100", BATE="100.01x200", CHIX="100.02x300")
    assert ways(BUY, "300", market, {}, most=2) == {"XLON": "100x100.00", "BATE": "200x100.01"}
    assert ways(BUY, "300", market, {}, most=1) == {"CHIX": "300x100.02"}
    assert ways(BUY, "100", market, {}, most=1) == {"XLON": "100x100.00"}
    assert ways(BUY, "500", market, {}, most=2) == {"CHIX": "300x100.02", "BATE": "200x100.01"}


class Asked(NamedTuple):
    qty: Qty
    limit: Px | None
    rates: dict[str, Rates]
    min_qty: Qty
    most: int | None


RATES = st.builds(Rates, *[st.integers(low, 300 * BPS) for low in (-300 * BPS, 0, 0, -300 * BPS)])
DECKS = st.fixed_dictionaries(dict.fromkeys(("XLON", "BATE", "CHIX"), RATES))
ASKED = st.builds(Asked, LOTS, LIMITS, DECKS, SMALLEST, st.none() | st.integers(1, 3))


def checked(side: Side, available: Available, asked: Asked) -> list[Split]:
    qty, limit, rates, min_qty, most = asked
    splits, candidates = route(side, qty, limit, available, rates, lot=LOT, min_qty=min_qty, most=most)
    assert sum(part.qty for part in splits) <= qty
    assert len({part.venue for part in splits}) == len(splits) <= (most or 3)
    for part in splits:
        assert part.qty >= min_qty and part.qty % LOT == 0 and within(side, part.price, limit)
        down_to = [level for level in available[part.venue] if within(side, level.price, part.price)]
        assert part.qty <= sum(level.size for level in down_to)
        assert down_to[-1].price == part.price
    for one in candidates:
        assert Level(one.price, one.size) in available[one.venue] and within(side, one.price, limit)
    assert {part.venue for part in splits} <= {one.venue for one in candidates}
    return splits


def paid(side: Side, available: Available, rates: dict[str, Rates], limit: Px | None, lots: dict[str, int]) -> int:
    """What so many lots of each venue cost in all, share by share."""
    total = 0
    for venue, count in lots.items():
        left = count * LOT
        for level in available[venue]:
            if within(side, level.price, limit):
                size = min(left, level.size)
                terms = [Px(level.price * rate // 10**8) for rate in rates[venue]]
                total += size * cost(side, Candidate(venue, level.price, level.size, *terms))
                left -= size
        assert left == 0
    return total


@rule("W-2.2", "W-2.1")
@given(market=markets(), asked=ASKED, seed=st.integers(0, 1 << 32))
def test_no_other_split_of_as_much_costs_less(market: tuple[Side, Available], asked: Asked, seed: int) -> None:
    """Twenty at random that keep the same rules; none has more, and none of as much is cheaper."""
    side, available = market
    ours = {part.venue: part.qty // LOT for part in checked(side, available, asked)}
    qty, limit, rates, min_qty, most = asked
    chance, best = random.Random(seed), paid(side, available, rates, limit, ours)
    has = {
        venue: sum(level.size for level in levels if within(side, level.price, limit)) // LOT
        for venue, levels in available.items()
    }
    for _ in range(20):
        other, left = dict[str, int](), qty // LOT
        for venue in chance.sample(sorted(has), min(len(has), most or 3)):
            count = chance.randint(0, min(has[venue], left))
            if count * LOT >= min_qty:
                other[venue], left = count, left - count
        assert sum(other.values()) <= sum(ours.values())
        if sum(other.values()) == sum(ours.values()):
            assert paid(side, available, rates, limit, other) >= best


@rule("W-2.3")
def test_of_many_venues_the_eight_cheapest_are_looked_at() -> None:
    """So that the sets to try are 255 at most; the ninth would have all of it."""
    cheap = {f"V{n}": f"{100 + n}.00x60" for n in range(8)}
    assert ways(BUY, "150", shown(**cheap, LAST="109.00x500"), {}, most=1) == {"V0": "60x100.00"}
    del cheap["V7"]
    assert ways(BUY, "150", shown(**cheap, LAST="109.00x500"), {}, most=1) == {"LAST": "150x109.00"}
