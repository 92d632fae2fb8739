"""What the venues' own participants are driven by: the flow's seed, the profile."""

from itertools import pairwise
from pathlib import Path

import pytest

from gateway.model import SCALE, Px, Qty
from venues.crowd.flow import Flow, Habits, Mid, Participants
from venues.profile import Profile

TICK, LOT = Px(SCALE // 100), Qty(SCALE)
PROFILES = Path(__file__).parents[2] / "venues" / "profiles"


def participants(seed: int = 1, venue: str = "XLON", habits: Habits | None = None) -> Participants:
    return Participants(Flow(seed=seed), habits or Habits(), venue, tick=TICK, lot=LOT, min_qty=LOT)


def test_the_mid_stays_within_its_bound_and_moves() -> None:
    """wander_bps is the furthest it ever strays from the start price."""
    seen = [Mid(seed, "ACME", Px(100 * SCALE), 50).at(6_000_000_000) for seed in range(300)]
    assert all(abs(px - 100 * SCALE) <= SCALE // 2 for px in seen)
    mid = Mid(7, "ACME", Px(100 * SCALE), 50)
    seen = [mid.at(step) for step in range(6_000_000_000, 6_000_020_000, 7)]
    assert all(abs(px - 100 * SCALE) <= SCALE // 2 for px in seen)
    assert max(seen) - min(seen) > SCALE // 10


def test_the_mid_does_not_jump() -> None:
    """From one step to the next it moves by waves' slopes, not by the whole bound."""
    mid = Mid(7, "ACME", Px(100 * SCALE), 50)
    seen = [mid.at(step) for step in range(4000, 9000)]
    assert max(abs(after - before) for before, after in pairwise(seen)) < SCALE // 15


def test_venues_of_one_seed_share_the_mid_at_any_step() -> None:
    """It depends on seed, symbol and step alone: who joins late agrees with who was there from the start."""
    early, late = Mid(7, "ACME", Px(100 * SCALE), 50), Mid(7, "ACME", Px(100 * SCALE), 50)
    for step in range(100, 200):
        early.at(step)
    assert early.at(200) == late.at(200)
    assert Mid(8, "ACME", Px(100 * SCALE), 50).at(200) != late.at(200) != Mid(7, "IBM", Px(100 * SCALE), 50).at(200)


def test_quotes_are_two_sided_on_tick_and_bounded() -> None:
    habits = Habits(levels=3, size_lots=100)
    someone = participants(habits=habits)
    bids: dict[Px, Qty] = {}
    offers: dict[Px, Qty] = {}
    for step in range(300):
        mid = Px(50 * SCALE + step * SCALE // 700)
        bids, offers = someone.quotes(mid, bids, offers)
        assert max(bids) < min(offers) and max(bids) <= mid < min(offers) + TICK
        assert len(bids) == len(offers) == 3
        assert all(px % TICK == 0 for px in (*bids, *offers))
        assert all(size % LOT == 0 and LOT <= size <= 300 * LOT for size in (*bids.values(), *offers.values()))


def test_venues_of_one_seed_do_not_cross_each_other() -> None:
    """Around one mid, nobody bids what another asks."""
    venues = [participants(venue=name) for name in ("XLON", "CHIX", "BATE")]
    for step in range(300):
        mid = Px(50 * SCALE + step * SCALE // 700)
        quoted = [venue.quotes(mid, {}, {}) for venue in venues]
        assert max(max(bids) for bids, _ in quoted) < min(min(offers) for _, offers in quoted)


def test_near_zero_there_are_fewer_bids_and_none_at_zero() -> None:
    bids, _ = participants().quotes(Px(2 * TICK), {}, {})
    assert 0 < len(bids) < 5 and min(bids) > 0


def test_the_same_seed_does_the_same_and_another_does_not() -> None:
    def run(seed: int) -> list[object]:
        someone = participants(seed)
        return [(someone.quotes(Px(50 * SCALE), {}, {}), someone.taker()) for _ in range(20)]

    assert run(1) == run(1) != run(2)


def test_takers_come_as_often_as_their_habit_says() -> None:
    someone = participants(habits=Habits(takers_percent=25, size_lots=10))
    came = [taker for taker in (someone.taker() for _ in range(2000)) if taker is not None]
    assert 400 < len(came) < 600
    assert {qty for _, qty in came} == {Qty(lots * LOT) for lots in range(1, 11)}
    assert {is_buy for is_buy, _ in came} == {True, False}


@pytest.mark.parametrize("path", sorted(PROFILES.glob("*.toml")), ids=lambda path: path.stem)
def test_the_profiles_that_come_along_can_be_read(path: Path) -> None:
    profile = Profile.parse(path.read_text())
    assert profile.name == path.stem


def test_fees_are_exact_fractions_of_a_basis_point() -> None:
    text = (PROFILES / "BATE.toml").read_text()
    assert (Profile.parse(text).maker_fee, Profile.parse(text).taker_fee) == (2500, -1000)


def test_all_that_is_wrong_with_a_profile_is_said_at_once() -> None:
    text = """
        name = "X Y"
        mic = "xlon"
        tick = "0"
        lot = 1
        min_qty = "-1"
        latency_us = -5
        taker_fee_bps = "0.00001"
        offers = ["DAY", "MAYBE"]
        colour = "red"
        [habits]
        levels = 26
        mood = 1
    """
    with pytest.raises(ValueError, match="name must be") as wrong:
        Profile.parse(text)
    for key in (
        "mic must be a MIC",
        "comp_id is missing",
        "tick must be above zero",
        "lot must be a number in quotes",
        "min_qty '-1' is negative",
        "latency_us must be a whole number from 0",
        "taker_fee_bps must be in basis points",
        "offers must be a list of some of DAY, IOC, FOK, POST_ONLY, OPG, ATC, GTX, each once",
        "colour is not a key of a profile",
        "habits.levels must be a whole number from 1 to 25",
        "habits.mood is not a key of a profile",
    ):
        assert key in str(wrong.value)


def test_a_profile_that_is_no_toml_says_where() -> None:
    with pytest.raises(ValueError, match="line 1"):
        Profile.parse("name = \n")
