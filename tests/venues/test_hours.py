"""A venue's hours: what a profile may say of them, and at which instants they are."""

import re
import sys
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.model import Px, parse_timestamp, print_timestamp
from gateway.model.settings import Offer
from gateway.run.cli import app
from gateway.run.profiles import describe, read_profile
from gateway.run.serve import CannotStart
from gateway.run.tapes import Kept
from gateway.run.trading_days import trading_days
from gateway.run.venue import serve
from tests.stack import Process
from venues.floor.hours import VenueHours
from venues.profile import Profile
from venues.tapes.showing import Showing

PROFILE = 'name = "V"\nmic = "VVVV"\ncomp_id = "V"\ntick = "0.01"\nlot = "1"\nmin_qty = "1"\n'
LONDON = """
zone = "Europe/London"
opening = "07:50"
continuous = "08:00"
closing = "16:30"
closed = "16:35"
holidays = ["2026-12-25"]
"""


def hours(text: str) -> VenueHours:
    return VenueHours.read(tomllib.loads(text))


def test_hours_follow_the_clock_of_their_zone() -> None:
    """London puts its clock back on 25 October 2026, a Sunday: on Monday it opens an hour later in UTC."""
    friday, monday, *_ = trading_days(hours(LONDON), parse_timestamp("20261023-03:00:00"))
    assert print_timestamp(friday.opening) == "20261023-06:50:00.000"
    assert print_timestamp(friday.continuous) == "20261023-07:00:00.000"
    assert print_timestamp(monday.continuous) == "20261026-08:00:00.000"
    assert print_timestamp(monday.closed) == "20261026-16:35:00.000"
    assert monday.pre_open == monday.opening, "where nothing is said there is no pre-open"


def test_a_day_that_has_begun_is_the_first_and_one_that_is_over_is_not() -> None:
    found = trading_days(hours(LONDON), parse_timestamp("20261224-16:34:59"))
    assert [print_timestamp(day.closed)[:8] for day in found[:2]] == ["20261224", "20261228"], "no Christmas"
    found = trading_days(hours(LONDON), parse_timestamp("20261224-16:35:00"))
    assert print_timestamp(found[0].closed)[:8] == "20261228"


@pytest.mark.filterwarnings("ignore")  # of what the package needs
def test_a_calendar_knows_holidays_and_short_days() -> None:
    """London closes at 12:30 on Christmas Eve; what is short of the day is taken off its end."""
    pytest.importorskip("exchange_calendars", reason="the extra 'calendars' is not installed")
    text = LONDON.replace('holidays = ["2026-12-25"]', 'calendar = "XLON"')
    eve, next_day, *_ = trading_days(hours(text), parse_timestamp("20261224-01:00:00"))
    assert print_timestamp(eve.closing) == "20261224-12:30:00.000"
    assert print_timestamp(eve.closed) == "20261224-12:35:00.000"
    assert print_timestamp(next_day.closing) == "20261229-16:30:00.000"
    with pytest.raises(CannotStart, match="none that exchange_calendars has"):
        trading_days(hours(text.replace("XLON", "NOWHERE")), parse_timestamp("20261224-01:00:00"))


def test_without_the_package_a_calendar_cannot_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "exchange_calendars", None)
    text = LONDON.replace('holidays = ["2026-12-25"]', 'calendar = "XLON"')
    with pytest.raises(CannotStart, match=re.escape("pip install 'fix-execution-gateway[calendars]'")):
        trading_days(hours(text), parse_timestamp("20261224-01:00:00"))


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ("lunch = 1", "has no lunch"),
        ("closing = 1", 'closing must be a time of day as "08:00"'),
        ('closing = "07:55"', "have to follow each other within one day"),
        ('closing = "08:00"', "continuous has to come before closing"),
        ('zone = "Europe/Atlantis"', "'Europe/Atlantis' is no time zone"),
        ("zone = 1", "zone and calendar are text"),
        ('days = ["Mon", "Mon"]', "days must be some of Mon, Tue"),
        ('holidays = ["2026-02-30"]', "2026-02-30 is no date"),
        ('calendar = "XLON"', "so that days and holidays cannot"),
    ],
)
def test_hours_that_mean_nothing_are_refused(change: str, wrong: str) -> None:
    key = change.split(maxsplit=1)[0]
    kept = "\n".join(line for line in LONDON.splitlines() if not line.startswith(key))
    with pytest.raises(ValueError, match=re.escape(wrong)):
        Profile.parse(f"{PROFILE}[hours]\n{kept}\n{change}")


def test_hours_need_no_more_than_when_trading_begins_and_ends() -> None:
    found = hours('continuous = "08:00"\nclosing = "16:30"')
    assert not found.has_opening and not found.has_closing
    with pytest.raises(ValueError, match="needs continuous and closing"):
        hours('continuous = "08:00"')


@pytest.mark.parametrize("offer", ["OPG", "ATC", "GTX"])
def test_orders_for_auctions_are_offered_only_where_there_are_auctions(offer: str) -> None:
    text = f'{PROFILE}offers = ["{offer}"]\n'
    for rest in ("", '[hours]\ncontinuous = "08:00"\nclosing = "16:30"'):
        with pytest.raises(ValueError, match=f"offers {offer} needs hours with that auction"):
            Profile.parse(text + rest)
    assert Profile.parse(f"{text}[hours]\n{LONDON}").offers == (Offer(offer),)


def test_round_the_clock_nothing_is_offered_that_needs_auctions() -> None:
    london = read_profile("XLON")
    assert {Offer.OPG, Offer.ATC, Offer.GTX} < set(london.offers)
    kept = london.round_the_clock()
    assert {*kept.offers} == {*london.offers} - {Offer.OPG, Offer.ATC, Offer.GTX}
    assert kept.hours is None and kept.volatility is None


def test_a_profile_shows_its_hours_as_its_file_has_them() -> None:
    shown = describe("XLON")
    assert shown["hours"]["pre_open"] == "07:45" and shown["hours"]["days"] == ["Mon", "Tue", "Wed", "Thu", "Fri"]
    assert VenueHours.read(shown["hours"]) == read_profile("XLON").hours


@pytest.mark.parametrize(
    ("profile", "tape", "wrong"),
    [
        ("CHIX", None, "--hours: the profile CHIX has none"),
        ("XLON", Kept(Path("x.csv"), Showing()), "--hours: a tape has hours of its own"),
    ],
)
def test_hours_that_cannot_be_kept_are_an_error(
    profile: str, tape: Kept | None, wrong: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert serve(profile, port=0, symbols={"ACME": Px(1)}, hours=True, tape=tape) == 2
    assert capsys.readouterr().err == f"gateway venue: {wrong}\n"


def test_an_operator_halts_a_symbol_of_a_venue_that_runs(tmp_path: Path) -> None:
    """`gateway venue halt` and `resume`, each with a reason; what cannot be done is said."""
    data = tmp_path / "venue"
    venue = Process("venue", "serve", "XLON", "--hours", "--symbol", "ACME=100", "--data", str(data))
    try:
        venue.wait_until_it_says("listening on")
        assert any(re.fullmatch(r"XLON trades continuously from \S+ \S+Z to \S+Z", line) for line in venue.said)
        assert operator("halt", data) == (0, "")
        assert operator("halt", data) == (1, "ACME is halted already\n")
        assert operator("resume", data) == (0, "")
    finally:
        venue.end()
    nobody = f"no venue runs on {data}; start it with: gateway venue serve PROFILE --data {data}\n"
    assert operator("halt", data) == (2, nobody)


def operator(command: str, data: Path) -> tuple[int, str]:
    """Exit status, and what was said on stderr or stdout."""
    done = CliRunner().invoke(app, ["venue", command, "ACME", "--data", str(data), "--why", "a test"])
    return done.exit_code, done.output
