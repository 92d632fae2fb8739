"""What a venue's profile may say."""

from pathlib import Path

import pytest

from venues.profile import Profile

PROFILES = Path(__file__).parents[2] / "venues" / "profiles"


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
        fee_tiers = [{above = "5"}, {above = "5"}]
        taker_fee_bps = "0.00001"
        offers = ["DAY", "MAYBE"]
        colour = "red"
        [latency]
        in_us = -5
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
        "latency in_us must be a whole number from 0",
        "fee_tiers must be tables with above, each larger",
        "taker_fee_bps must be in basis points",
        "offers must be a list of some of DAY, IOC, FOK, OPG, GTX, ATC, GTC, GTD, POST_ONLY, STOP,",
        "colour is not a key of a profile",
        "habits.levels must be a whole number from 1 to 25",
        "habits.mood is not a key of a profile",
    ):
        assert key in str(wrong.value)


def test_a_profile_that_is_no_toml_says_where() -> None:
    with pytest.raises(ValueError, match="line 1"):
        Profile.parse("name = \n")
