"""Spread and volatility, against hand figures and against floats on real quotes: rules M-7."""

import csv
import gzip
from itertools import pairwise
from math import exp, log, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.market.estimates import HALF_LIFE_S, LEAST_S, Estimates, weight
from gateway.model import Ns, Px, Qty, Quote, parse_px
from tests.conversation.rules import rule
from tests.market.told import START, S, change, opened, snapshot, update
from tests.tapes import DATA

QUOTES = DATA / "binance_btc_3venues" / "usdm_bbo.csv.gz"


def quote(bid: int, ask: int, *, size: int = 1) -> Quote:
    return Quote(symbol="ACME", bid=Px(bid), bid_size=Qty(size), ask=Px(ask), ask_size=Qty(size))


@given(st.integers(0, 50 * HALF_LIFE_S))
def test_weights_halve_every_half_life(age_s: int) -> None:
    assert weight(age_s) / 2**64 == pytest.approx(2 ** (-age_s / HALF_LIFE_S), rel=1e-9, abs=2**-60)


@rule("M-7.1")
def test_a_spread_that_changes_is_half_way_there_after_a_half_life() -> None:
    """2.00 for ever, then 1.00 for 300 s: 1.50."""
    estimates = Estimates()
    for second in range(1, 20_001):
        estimates.stood(quote(9900 * 10**6, 10100 * 10**6), second)
    assert estimates.spread == 200 * 10**6
    estimates.stood(quote(9950 * 10**6, 10050 * 10**6), 20_000 + HALF_LIFE_S)
    assert estimates.spread == pytest.approx(150 * 10**6, rel=1e-6)


@rule("M-7.2")
def test_a_price_that_moves_one_part_in_ten_thousand_each_second_moves_eight_a_minute() -> None:
    """Up and down by 1 bp: a variance of 1 bp^2 a second, so sqrt(60) = 7.75 bps a minute; standing still halves it."""
    estimates = Estimates()
    for second in range(1, 20_001):
        price = 10**12 + (10**8 if second % 2 else 0)
        estimates.stood(quote(price - 10**6, price + 10**6), second)
    assert estimates.volatility(60) == pytest.approx(sqrt(60) * 10**4, rel=1e-3)
    estimates.stood(quote(10**12 - 10**6, 10**12 + 10**6), 20_000 + HALF_LIFE_S)
    assert estimates.volatility(60) == pytest.approx(sqrt(60 / 2) * 10**4, rel=1e-2)


@rule("M-7.3")
def test_before_a_minute_of_quotes_and_for_a_market_that_is_none_there_is_no_estimate() -> None:
    markets = opened(["XLON", "BATE"])
    for second in range(1, LEAST_S + 3):
        (found,) = markets.status("", Ns(START)).activity
        assert (found.spread is None) == (second <= LEAST_S + 1)
        markets.apply("XLON", snapshot("99x1", "101x1"), Ns(START + second * S))
    markets.apply("BATE", snapshot("102x1", "103x1"), Ns(START + (LEAST_S + 2) * S + 1))
    markets.apply("BATE", change(update("0", "102", "2")), Ns(START + (LEAST_S + 500) * S))
    (found,) = markets.status("", Ns(START)).activity
    assert (found.spread, found.volatility) == (parse_px("2"), 0)
    estimates = markets.view("ACME").estimates
    assert (estimates.spread, estimates.volatility(60)) == (parse_px("2"), 0), "algos see the same"


STOOD = st.lists(
    st.tuples(st.integers(1, 900), st.integers(9_000, 11_000), st.integers(0, 50), st.booleans()), max_size=60
)


@given(STOOD)
def test_estimates_are_what_a_sum_over_all_seconds_gives(events: list[tuple[int, int, int, bool]]) -> None:
    """Second by second, in floats, with nothing kept but the list of them."""
    estimates, second, known = Estimates(), 1_000, 0.0
    seconds: list[tuple[int, int, float]] = []  # second, spread, return
    for passed, bid, spread, both in events:
        second += passed
        estimates.stood(quote(bid * 10**8, (bid + spread) * 10**8, size=1 if both else 0), second)
        if both:
            middle = bid + spread / 2
            standing = range(second - passed + 1, second + 1) if known else [second]
            seconds += [(at, spread, 0.0) for at in standing]
            seconds[-1] = (second, spread, middle / known - 1 if known else 0.0)
            known = middle
    if len(seconds) < LEAST_S:
        assert estimates.spread is None and estimates.volatility(1) is None
        return
    weights = [exp(-log(2) * (second - at) / HALF_LIFE_S) for at, _, _ in seconds]
    total = sum(weights)
    spread_wanted = sum(w * spread for w, (_, spread, _) in zip(weights, seconds, strict=True)) / total
    variance = sum(w * change**2 for w, (_, _, change) in zip(weights, seconds, strict=True)) / total
    found, volatility = estimates.spread, estimates.volatility(100)
    assert found is not None and volatility is not None
    assert found / 10**8 == pytest.approx(spread_wanted, rel=1e-6, abs=1e-6)
    assert volatility / 10**8 == pytest.approx(sqrt(100 * variance), rel=1e-4, abs=1e-6)


@pytest.mark.skipif(not QUOTES.exists(), reason="../shared/data/binance_btc_3venues is not here")
def test_on_real_quotes_the_estimate_is_what_floats_make_of_them() -> None:
    """BTCUSDT perpetual, 345 s: every eighth quote and the last of each second, compared with the quotes at seconds."""
    markets = opened(["XLON"])
    with gzip.open(QUOTES, "rt") as rows:
        told = [(int(row["ts_local_ns"]), row["bid_px"], row["ask_px"]) for row in csv.DictReader(rows)]
    began = told[0][0] // S * S
    stood: dict[int, tuple[float, float]] = {}  # the last of the second stands at the next
    for place, ((at, bid, ask), (after, _, _)) in enumerate(pairwise(told)):
        stood[at // S] = (float(bid), float(ask))
        if place % 8 == 0 or at // S != after // S:
            markets.apply("XLON", snapshot(f"{bid}x1", f"{ask}x1"), Ns(START + S + at - began))
    (found,) = markets.status("", Ns(START)).activity
    middles = [(bid + ask) / 2 for bid, ask in stood.values()]
    returns = [after / before - 1 for before, after in pairwise(middles)]
    weights = [2 ** (-age / HALF_LIFE_S) for age in range(len(returns))][::-1]
    wanted = sqrt(60 * sum(w * r * r for w, r in zip(weights, returns, strict=True)) / sum(weights))
    assert found.volatility is not None and found.spread is not None
    print(f"a minute moves {found.volatility / 1e4:.2f} bps, by floats {wanted * 1e4:.2f}; spread {found.spread / 1e8}")
    assert found.volatility / 1e8 == pytest.approx(wanted, rel=0.01)
