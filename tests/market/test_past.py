"""What algos may know of the past: rules M-8, by hand and against a list of all seconds."""

from math import isqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.market.past import Past
from gateway.model import LONGEST_LOOKBACK_S, Ns, Px, Qty, Quote, Side, parse_px, parse_qty
from tests.conversation.rules import rule
from tests.market.told import START, S, opened, snapshot


def at(second: int) -> Ns:
    return Ns(START + second * S)


@rule("M-8.1", "M-8.3")
def test_the_middle_of_a_past_second_is_what_stood_at_it() -> None:
    """100 from half past the first second on, 101 after the fifth; a side is missing after the eighth."""
    markets = opened(["XLON"])
    for told, bids, asks in ((1, "99x1", "101x1"), (5, "100x1", "102x1"), (8, "100x1", ""), (10, "99x1", "100x1")):
        markets.apply("XLON", snapshot(bids, asks), Ns(at(told) + S // 2))
    past = markets.view("ACME").past
    found = [past.middle(at(second)) for second in range(13)]
    known = {second: parse_px("100") for second in range(2, 6)} | {second: parse_px("101") for second in range(6, 9)}
    assert found[:11] == [known.get(second) for second in range(11)]
    assert found[11:] == [parse_px("99.5")] * 2  # as nothing was said since
    assert past.middle(Ns(at(3) - 1)) == past.middle(at(2))


@rule("M-8.1")
@pytest.mark.parametrize(("bids", "asks"), [("101x1", "100x1"), ("999999999999x1", "999999999999x1")])
def test_a_market_that_is_crossed_or_beyond_all_prices_has_no_middle(bids: str, asks: str) -> None:
    markets = opened(["XLON"])
    markets.apply("XLON", snapshot(bids, asks), at(1))
    markets.apply("XLON", snapshot(bids, asks), at(3))
    past = markets.view("ACME").past
    assert past.middle(at(2)) is None and past.middle(at(4)) is None and past.band(at(0), at(4)) is None


@rule("M-8.2")
def test_what_of_ours_rests_there_moves_no_middle() -> None:
    """Our bid of 100.50 is the best one; others bid 100."""
    markets = opened(["XLON"])
    markets.apply("XLON", snapshot("100.5x1 100x1", "102x1"), at(1))
    markets.rests("ACME", "XLON", Side.BUY, parse_px("100.5"), parse_qty("1"))
    markets.apply("XLON", snapshot("100.5x1 100x1", "102x1"), at(3))
    past = markets.view("ACME").past
    assert past.middle(at(2)) == parse_px("101") == past.middle(at(4))


@rule("M-8.4")
def test_mean_and_deviation_are_those_of_the_seconds() -> None:
    """100, 100, 103 and 101: a mean of 101 and a variance of 1.5; of eight seconds with four known, the same."""
    past, middles = _past()
    for second, middle in enumerate((0, 0, 0, 0, 100, 100, 103, 101), 1):
        middles[0] = middle * 10**8
        past.stood(second)
    assert past.band(Ns(4 * S), Ns(8 * S)) == (101 * 10**8, isqrt(15 * 10**15))
    assert past.band(Ns(0), Ns(8 * S)) == past.band(Ns(4 * S), Ns(8 * S))
    assert past.band(Ns(0), Ns(7 * S)) is None
    assert past.band(Ns(8 * S), Ns(8 * S)) is None


@rule("M-8.5")
def test_a_split_begins_it_anew() -> None:
    markets = opened(["XLON"])
    markets.apply("XLON", snapshot("99x1", "101x1"), at(1))
    markets.apply("XLON", snapshot("99x1", "101x1"), at(5))
    markets.split("ACME")
    assert markets.view("ACME").past.middle(at(3)) is None


def _past() -> tuple[Past, list[int]]:
    middles = [0]

    def shown() -> Quote:
        size = Qty(1 if middles[0] else 0)
        return Quote(symbol="ACME", bid=Px(middles[0]), bid_size=size, ask=Px(middles[0]), ask_size=size)

    return Past(shown), middles


STOOD = st.lists(st.tuples(st.integers(1, 2500), st.integers(0, 5)), min_size=1, max_size=12)
SPAN = st.integers(-10, 2 * LONGEST_LOOKBACK_S)


@rule("M-8.1", "M-8.4")
@given(told=STOOD, start=SPAN, length=SPAN, ahead=st.integers(0, 100))
def test_the_ring_is_the_list_of_all_seconds_as_far_as_it_goes(
    told: list[tuple[int, int]], start: int, length: int, ahead: int
) -> None:
    past, middles = _past()
    second, stood = 10_000, dict[int, int]()
    for passed, middle in told:
        middles[0] = middle
        past.stood(second + passed)
        begin = second if stood else second + passed - 1  # before the first quote nobody knows what stood
        stood |= dict.fromkeys(range(begin + 1, second + passed + 1), middle)
        second += passed
    stood |= dict.fromkeys(range(second + 1, second + ahead + 1), middles[0])
    end = second + ahead
    for asked in (end - start, second - start, second - LONGEST_LOOKBACK_S):
        kept = asked > second - LONGEST_LOOKBACK_S and asked <= end
        if kept:
            assert past.middle(Ns(asked * S)) == (stood.get(asked) or None)
        elif asked <= end:
            assert past.middle(Ns(asked * S)) is None
    first = max(end - length, end - LONGEST_LOOKBACK_S) + 1
    seconds = [stood.get(at, 0) if at > second - LONGEST_LOOKBACK_S else 0 for at in range(first, end + 1)]
    known = [middle for middle in seconds if middle]
    found = past.band(Ns((end - length) * S), Ns(end * S))
    if not known or 2 * len(known) < len(seconds):
        assert found is None
    else:
        variance = len(known) * sum(middle**2 for middle in known) - sum(known) ** 2
        assert found == (sum(known) // len(known), isqrt(variance) // len(known))
