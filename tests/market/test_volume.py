"""How much trades when: rules M-6, by hand, by property, and on real days."""

import csv
import gzip
from collections import defaultdict
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.market.volume import BINS, DAYS, ONE, SHAPES, Hours, Volume, shape_of
from gateway.model import Ns, Qty, parse_qty
from tests.conversation.rules import rule
from tests.market.told import START, S, change, instruments, opened, snapshot, update, venue
from tests.tapes import DATA

DAY = 86_400 * S
MIDNIGHT = START - START % DAY
BARS = DATA / "derived" / "minute_bars_regular_session.csv.gz"


def at(hour: float, day: int = 0) -> Ns:
    return Ns(MIDNIGHT + day * DAY + int(hour * 3600) * S)


def eight_hours() -> Volume:
    return Volume(Hours(8 * 3600, 16 * 3600))


@rule("M-6.1", "M-6.2")
def test_without_history_the_day_is_u_shaped() -> None:
    """By hand: at a quarter of the day 0.6 / 4 + 0.2 (1 - 1 / 8) = 0.325 has traded, in its middle half."""
    volume = eight_hours()
    shares = [volume.share(at(8), at(hour)) / ONE for hour in (6, 8, 10, 12, 14, 16, 23)]
    assert shares == pytest.approx([0, 0, 0.325, 0.5, 0.675, 1, 1], abs=1e-9)
    first, middle = volume.share(at(8), at(8.5)), volume.share(at(11.75), at(12.25))
    assert first / middle == pytest.approx(0.10352 / 0.03760, rel=1e-3)


@rule("M-6.7")
def test_kinds_of_days_have_names_and_are_the_same_whatever_traded() -> None:
    """Their parts are equal, from open to close, and volume is even within each."""
    volume = Volume(Hours(8 * 3600, 16 * 3600), {**SHAPES, "EARLY": shape_of([2, 1, 0, 0])})
    volume.traded(parse_qty("1000"), at(9))
    kinds = {name: volume.named(name) for name in ("FLAT", "U_SHAPE", "EARLY", "LATE")}
    shares = {
        name: [round(kind.share(at(8, 1), at(hour, 1)) / ONE, 6) for hour in (9, 10, 12, 16)]
        for name, kind in kinds.items()
        if kind is not None
    }
    assert shares["FLAT"] == [0.125, 0.25, 0.5, 1]
    assert shares["U_SHAPE"] == [0.190625, 0.325, 0.5, 1]
    assert shares["EARLY"] == [0.333333, 0.666667, 1, 1]
    assert "LATE" not in shares


@rule("M-6.2")
def test_history_takes_the_place_of_the_default_day_by_day() -> None:
    """All trades at noon: after one day half of the shape is the default's, after two a third, after 30 a 21st."""
    volume = eight_hours()
    for day in range(30):
        volume.traded(parse_qty("1000"), at(12.01, day))
        u_shaped = volume.share(at(8, day), at(12, day)) / ONE
        assert u_shaped == pytest.approx(0.5 / (1 + min(day, DAYS)), abs=1e-9)


@rule("M-6.3")
def test_what_is_to_come_is_the_usual_day_as_far_as_it_is_left() -> None:
    """A usual day of 1000. At 10:00 a share of it is over; 600 have come, so that 600 + the rest of 1000 is the day."""
    volume = eight_hours()
    volume.traded(parse_qty("1000"), at(9))
    volume.traded(parse_qty("600"), at(9, 1))
    gone = volume.share(at(8, 1), at(10, 1)) / ONE
    total = 600 + (1 - gone) * 1000
    expected = volume.expected(at(10, 1), at(16, 1), at(10, 1))
    assert expected is not None and expected / S * 10 == pytest.approx(total * (1 - gone), rel=1e-6)
    assert volume.today(at(10, 1)) == parse_qty("600") and volume.today(at(10, 2)) == 0


@rule("M-6.4")
def test_without_history_the_day_goes_on_as_it_began() -> None:
    volume = eight_hours()
    assert volume.expected(at(8), at(16), at(8)) is None
    volume.traded(parse_qty("325"), at(9))
    assert volume.expected(at(10), at(16), at(10)) == pytest.approx(parse_qty("675"), abs=10)


@rule("M-6.1")
def test_a_day_may_go_on_over_midnight_and_what_trades_outside_of_it_is_no_part_of_it() -> None:
    volume = Volume(Hours(22 * 3600, 4 * 3600))
    for hour in (21.99, 4, 12):
        volume.traded(parse_qty("5"), at(hour))
        assert volume.today(at(hour)) == 0
    volume.traded(parse_qty("7"), at(22))
    volume.traded(parse_qty("8"), at(3.99, 1))
    assert volume.today(at(3.99, 1)) == parse_qty("15")
    assert volume.share(at(22), at(1, 1)) == ONE // 2
    assert volume.hours.end(at(23)) == at(4, 1)


def test_a_day_without_trades_and_a_trade_of_nearly_nothing_change_no_shape() -> None:
    volume = eight_hours()
    for day in range(0, 60, 2):
        volume.traded(Qty(1), at(12 + day % 4, day))
        assert volume.share(at(8, day), at(16, day)) == ONE


EVENTS = st.lists(st.tuples(st.integers(0, 3 * 24 * 60), st.integers(1, 10**12)), max_size=40)
CUTS = st.lists(st.integers(0, 24 * 60), min_size=1, max_size=12)


@rule("M-6.5")
@given(EVENTS, CUTS, st.sampled_from([(None, None), (480, 990), (1320, 240), (0, 1)]))
def test_parts_of_a_day_add_up_to_it(
    trades: list[tuple[int, int]], cuts: list[int], hours: tuple[int | None, int | None]
) -> None:
    """Shares and expected volumes, to the last unit, however the day is cut; and no part is negative."""
    of_day = Hours(*(None if minute is None else minute * 60 for minute in hours))
    volume = Volume(of_day)
    now = Ns(MIDNIGHT + of_day.open)
    for minute, qty in sorted(trades):
        now = Ns(MIDNIGHT + of_day.open + minute * 60 * S)
        volume.traded(Qty(qty), now)
    first = Ns(
        MIDNIGHT + of_day.open + volume.hours.day(now) * DAY - volume.hours.day(Ns(MIDNIGHT + of_day.open)) * DAY
    )
    marks = [first, *(Ns(first + minute * 60 * S) for minute in sorted(cuts) if minute < 1440), volume.hours.end(now)]
    marks.sort()
    assert sum(volume.share(a, b) for a, b in pairwise(marks)) == volume.share(marks[0], marks[-1])
    assert volume.share(first, volume.hours.end(now)) == ONE
    parts = [volume.expected(a, b, now) for a, b in pairwise(marks)]
    whole = volume.expected(marks[0], marks[-1], now)
    if whole is None:
        assert parts == [None] * len(parts)
    else:
        assert sum(part for part in parts if part is not None) == whole and all(part is not None for part in parts)
        assert min(part for part in parts if part is not None) >= 0


@rule("M-6.6")
def test_trades_of_venues_are_counted_once_each_over_starts_and_not_before_a_split() -> None:
    markets = opened(["XLON", "BATE"])
    for name in ("XLON", "BATE"):
        markets.apply(name, change(update("2", "100", "50")), Ns(START))
    markets.apply("XLON", snapshot(symbol="ACME"), Ns(START))
    markets.configure([venue("XLON")], instruments("ACME"))
    (found,) = markets.status("", Ns(START)).activity
    assert found.traded == parse_qty("100")
    markets.configure([venue("XLON")], instruments("ACME"), Hours(0, 3600))
    (found,) = markets.status("", Ns(START)).activity
    assert found.traded == 0
    markets.apply("XLON", change(update("2", "100", "50")), Ns(START - START % DAY))
    (found,) = markets.status("", Ns(START)).activity
    assert found.traded == parse_qty("50")
    markets.split("ACME")
    (found,) = markets.status("", Ns(START)).activity
    assert found.traded == 0


@pytest.mark.skipif(not BARS.exists(), reason="../shared/data/derived is not here")
def test_on_real_days_the_default_is_nearer_than_a_flat_day_and_history_nearer_than_the_default() -> None:
    """Five shares of 2013, 27 days: the greatest distance of the curve from what traded, each day by the days before."""
    days: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    with gzip.open(BARS, "rt") as bars:
        for row in csv.DictReader(bars):
            days[row["sym"], row["date"]].append((int(row["minute_et"]), int(float(row["v"]))))
    known: dict[str, Volume] = {}
    off: dict[str, list[float]] = {"flat": [], "default": [], "history": []}
    for place, ((symbol, _), bars_of_day) in enumerate(sorted(days.items())):
        volume = known.setdefault(symbol, Volume(Hours(570 * 60, 960 * 60)))
        default = Volume(volume.hours)
        midnight = MIDNIGHT + place * DAY
        opens = Ns(midnight + 570 * 60 * S)
        total, by, worst = sum(v for _, v in bars_of_day), 0, dict.fromkeys(off, 0.0)
        before = volume._days
        volume.traded(Qty(1), opens)  # a day begins
        for minute, traded in bars_of_day:
            by += traded
            then = Ns(midnight + (minute + 1) * 60 * S)
            shares = {
                "flat": (minute + 1 - 570) / 390,
                "default": default.share(opens, then) / ONE,
                "history": volume.share(opens, then) / ONE,
            }
            worst = {name: max(worst[name], abs(share - by / total)) for name, share in shares.items()}
        for minute, traded in bars_of_day:
            volume.traded(Qty(traded), Ns(midnight + minute * 60 * S))
        if before:
            for name, distance in worst.items():
                off[name].append(distance)
    flat, default_off, history = (sum(off[name]) / len(off[name]) for name in ("flat", "default", "history"))
    print(
        f"greatest distance on average, {len(off['flat'])} days: flat {flat:.3f}, default {default_off:.3f}, history {history:.3f}"
    )
    assert history < default_off < flat and default_off < 0.14


def test_the_bins_take_the_same_room_on_any_day() -> None:
    volume = eight_hours()
    for minute in range(0, 3 * 24 * 60, 7):
        volume.traded(Qty(1 << 62), Ns(MIDNIGHT + minute * 60 * S))
    assert len(volume._today) == len(volume._usual) == BINS and len(volume._shape) == BINS + 1
