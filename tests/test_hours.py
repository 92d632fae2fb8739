"""Session hours: daily, overnight, round the clock and weekly, on the days on which clocks change as on all others."""

import calendar
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.fix.hours import Opening, check_hours, next_change, opening_at
from gateway.model import SECOND, Ns
from gateway.model.sessions import Hours

HOUR = 3600
MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = range(7)
LONDON, NEW_YORK, SYDNEY = "Europe/London", "America/New_York", "Australia/Sydney"
YEARS = range(2026, 2037)


def utc(text: str) -> Ns:
    """'2026-01-05 14:30' or with seconds."""
    return Ns(int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND)


def opening(start: str, end: str) -> Opening:
    return Opening(utc(start), utc(end))


def openings(hours: Hours, start: str, end: str) -> list[Opening]:
    """All that touch the time from `start` to `end`, found by going from change to change."""
    now, found = utc(start), []
    while now < utc(end):
        current = opening_at(hours, now)
        if current is not None:
            found.append(current)
        now = next_change(hours, now)
    return found


# -- the four kinds

DAILY = Hours(start_s=8 * HOUR, end_s=16 * HOUR + 1800, days=(MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY))
OVERNIGHT = Hours(start_s=18 * HOUR, end_s=17 * HOUR, days=(SUNDAY, MONDAY, TUESDAY, WEDNESDAY, THURSDAY))
ROUND_THE_CLOCK = Hours(start_s=22 * HOUR, end_s=22 * HOUR)
WEEKLY = Hours(start_s=18 * HOUR, end_s=17 * HOUR, start_day=SUNDAY, end_day=FRIDAY)


@pytest.mark.parametrize(
    ("hours", "now", "current", "change"),
    [
        (DAILY, "2026-01-05 07:59:59", None, "2026-01-05 08:00"),
        (DAILY, "2026-01-05 08:00", ("2026-01-05 08:00", "2026-01-05 16:30"), "2026-01-05 16:30"),
        (DAILY, "2026-01-05 16:29:59", ("2026-01-05 08:00", "2026-01-05 16:30"), "2026-01-05 16:30"),
        (DAILY, "2026-01-05 16:30", None, "2026-01-06 08:00"),
        (DAILY, "2026-01-09 16:30", None, "2026-01-12 08:00"),
        (DAILY, "2026-01-11 12:00", None, "2026-01-12 08:00"),
        (OVERNIGHT, "2026-01-04 18:00", ("2026-01-04 18:00", "2026-01-05 17:00"), "2026-01-05 17:00"),
        (OVERNIGHT, "2026-01-05 03:00", ("2026-01-04 18:00", "2026-01-05 17:00"), "2026-01-05 17:00"),
        (OVERNIGHT, "2026-01-05 17:30", None, "2026-01-05 18:00"),
        (OVERNIGHT, "2026-01-09 16:00", ("2026-01-08 18:00", "2026-01-09 17:00"), "2026-01-09 17:00"),
        (OVERNIGHT, "2026-01-09 17:00", None, "2026-01-11 18:00"),
        (ROUND_THE_CLOCK, "2026-01-05 21:59:59", ("2026-01-04 22:00", "2026-01-05 22:00"), "2026-01-05 22:00"),
        (ROUND_THE_CLOCK, "2026-01-05 22:00", ("2026-01-05 22:00", "2026-01-06 22:00"), "2026-01-06 22:00"),
        (WEEKLY, "2026-01-04 17:59", None, "2026-01-04 18:00"),
        (WEEKLY, "2026-01-04 18:00", ("2026-01-04 18:00", "2026-01-09 17:00"), "2026-01-09 17:00"),
        (WEEKLY, "2026-01-07 00:00", ("2026-01-04 18:00", "2026-01-09 17:00"), "2026-01-09 17:00"),
        (WEEKLY, "2026-01-09 17:00", None, "2026-01-11 18:00"),
    ],
)
def test_a_session_is_open_from_its_start_until_just_before_its_end(
    hours: Hours, now: str, current: tuple[str, str] | None, change: str
) -> None:
    assert opening_at(hours, utc(now)) == (opening(*current) if current else None)
    assert next_change(hours, utc(now)) == utc(change)


def test_a_nanosecond_before_the_end_is_inside() -> None:
    assert opening_at(DAILY, Ns(utc("2026-01-05 16:30") - 1)) is not None
    assert opening_at(DAILY, Ns(utc("2026-01-05 08:00") - 1)) is None


def test_a_week_may_begin_and_end_on_one_day() -> None:
    """With an end at or before the start it ends a week later: always open, with one reset a week."""
    hours = Hours(start_s=17 * HOUR, end_s=17 * HOUR, start_day=SUNDAY, end_day=SUNDAY)
    assert openings(hours, "2026-01-05 00:00", "2026-01-12 00:00") == [
        opening("2026-01-04 17:00", "2026-01-11 17:00"),
        opening("2026-01-11 17:00", "2026-01-18 17:00"),
    ]
    few_hours = msgspec.structs.replace(hours, end_s=18 * HOUR)
    assert openings(few_hours, "2026-01-05 00:00", "2026-01-12 00:00") == [
        opening("2026-01-11 17:00", "2026-01-11 18:00")
    ]


def test_a_week_may_run_over_its_end() -> None:
    """From Thursday to Tuesday."""
    hours = Hours(start_s=9 * HOUR, end_s=10 * HOUR, start_day=THURSDAY, end_day=TUESDAY)
    assert opening_at(hours, utc("2026-01-05 00:00")) == opening("2026-01-01 09:00", "2026-01-06 10:00")
    assert opening_at(hours, utc("2026-01-07 00:00")) is None


def test_round_the_clock_on_some_days_has_a_weekend() -> None:
    hours = Hours(start_s=17 * HOUR, end_s=17 * HOUR, days=(SUNDAY, MONDAY, TUESDAY, WEDNESDAY, THURSDAY))
    found = openings(hours, "2026-01-04 00:00", "2026-01-11 00:00")
    assert [one.start for one in found[1:]] == [one.end for one in found[:-1]]
    assert (found[0].start, found[-1].end) == (utc("2026-01-04 17:00"), utc("2026-01-09 17:00"))


# -- clocks that change


def sunday(year: int, month: int, which: int) -> date:
    """The `which`-th Sunday of a month, -1 for the last."""
    days = [week[calendar.SUNDAY] for week in calendar.monthcalendar(year, month) if week[calendar.SUNDAY]]
    return date(year, month, days[which - 1 if which > 0 else which])


def transitions(zone: str, year: int) -> tuple[datetime, datetime]:
    """When clocks go forward and back, in UTC, by the law of the land and not by the zone's data."""
    if zone == LONDON:
        forward, back, hours = sunday(year, 3, -1), sunday(year, 10, -1), (1, 1)
    elif zone == NEW_YORK:
        forward, back, hours = sunday(year, 3, 2), sunday(year, 11, 1), (7, 6)
    else:
        forward, back, hours = sunday(year, 10, 1), sunday(year, 4, 1), (-8, -8)
    return tuple(  # type: ignore[return-value]
        datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=offset)
        for day, offset in zip((forward, back), hours, strict=True)
    )


def instant(moment: datetime) -> Ns:
    return Ns(int(moment.timestamp()) * SECOND)


FIRST_SKIPPED = {LONDON: 1, NEW_YORK: 2, SYDNEY: 2}  # the wall-clock hour that is left out, and the one
FIRST_REPEATED = {LONDON: 1, NEW_YORK: 1, SYDNEY: 2}  # that comes twice
ZONES_AND_YEARS = [(zone, year) for zone in (LONDON, NEW_YORK, SYDNEY) for year in YEARS]


@pytest.mark.parametrize(("zone", "year"), ZONES_AND_YEARS)
def test_days_have_23_or_25_hours_when_clocks_change(zone: str, year: int) -> None:
    hours = Hours(start_s=0, end_s=0, zone=zone)
    lengths = []
    for change in transitions(zone, year):
        day = opening_at(hours, instant(change))
        assert day is not None and day.start < instant(change) < day.end
        lengths.append((day.end - day.start) // SECOND // HOUR)
        yesterday = opening_at(hours, Ns(day.start - 1))
        assert yesterday is not None and yesterday.end - yesterday.start == 24 * HOUR * SECOND
    assert lengths == [23, 25]


@pytest.mark.parametrize(("zone", "year"), ZONES_AND_YEARS)
@pytest.mark.parametrize("into_the_hour", [1, 1800, 3599])
def test_a_time_that_does_not_exist_happens_when_the_gap_ends(zone: str, year: int, into_the_hour: int) -> None:
    forward, _ = transitions(zone, year)
    skipped = FIRST_SKIPPED[zone] * HOUR + into_the_hour
    opens = Hours(start_s=skipped, end_s=12 * HOUR, zone=zone)
    current = opening_at(opens, instant(forward))
    assert current is not None and current.start == instant(forward)
    assert opening_at(opens, Ns(instant(forward) - 1)) is None
    closes = Hours(start_s=0, end_s=skipped, zone=zone)
    current = opening_at(closes, Ns(instant(forward) - 1))
    assert current is not None and current.end == instant(forward)
    assert opening_at(closes, instant(forward)) is None


@pytest.mark.parametrize(("zone", "year"), ZONES_AND_YEARS)
@pytest.mark.parametrize("into_the_hour", [0, 1800, 3599])
def test_a_time_that_comes_twice_happens_the_first_time(zone: str, year: int, into_the_hour: int) -> None:
    _, back = transitions(zone, year)
    repeated = FIRST_REPEATED[zone] * HOUR + into_the_hour
    first = instant(back - timedelta(hours=1) + timedelta(seconds=into_the_hour))
    opens = Hours(start_s=repeated, end_s=12 * HOUR, zone=zone)
    current = opening_at(opens, instant(back))
    assert current is not None and current.start == first
    closes = Hours(start_s=0, end_s=repeated, zone=zone)
    assert opening_at(closes, Ns(first - 1)) is not None
    assert opening_at(closes, first) is None
    assert next_change(closes, first) > instant(back + timedelta(hours=1)), "the second time it does not open or close"


@pytest.mark.parametrize(("zone", "year"), ZONES_AND_YEARS)
def test_what_a_gap_swallows_whole_does_not_take_place(zone: str, year: int) -> None:
    forward, _ = transitions(zone, year)
    skipped = FIRST_SKIPPED[zone] * HOUR
    hours = Hours(start_s=skipped + 600, end_s=skipped + 1200, zone=zone)
    yesterday = instant(forward - timedelta(hours=23, minutes=30))
    tomorrow = next_change(hours, yesterday)
    assert opening_at(hours, yesterday) is None
    assert 23 * HOUR < (tomorrow - instant(forward)) // SECOND < 24 * HOUR


def test_a_week_keeps_its_wall_clock_hours_over_a_change() -> None:
    """New York's clocks go forward on Sunday 8 March 2026, before the week begins, and back on 1 November."""
    hours = msgspec.structs.replace(WEEKLY, zone=NEW_YORK)
    assert opening_at(hours, utc("2026-03-04 12:00")) == opening("2026-03-01 23:00", "2026-03-06 22:00")
    assert opening_at(hours, utc("2026-03-11 12:00")) == opening("2026-03-08 22:00", "2026-03-13 21:00")
    assert opening_at(hours, utc("2026-11-04 12:00")) == opening("2026-11-01 23:00", "2026-11-06 22:00")


def test_a_day_that_a_country_left_out_is_no_day() -> None:
    """Samoa had no 30 December 2011."""
    hours = Hours(start_s=9 * HOUR, end_s=17 * HOUR, zone="Pacific/Apia")
    found = openings(hours, "2011-12-29 00:00", "2012-01-01 12:00")
    assert [(two.start - one.start) // SECOND // HOUR for one, two in pairwise(found)] == [24] * (len(found) - 1)
    overnight = Hours(start_s=22 * HOUR, end_s=6 * HOUR, zone="Pacific/Apia")
    whole = openings(overnight, "2011-12-29 00:00", "2012-01-01 12:00")
    assert all(one.end <= two.start for one, two in pairwise(whole))


# -- an oracle that walks through time


def walked(hours: Hours, now: Ns) -> tuple[Opening | None, Ns]:
    """Look at the zone's clock each minute; what it shows or has passed, happens."""
    zone = ZoneInfo(hours.zone)
    begin, end = now // SECOND // 60 * 60 - 16 * 86400, now // SECOND + 16 * 86400
    starts, ends = wall_times(hours, datetime.fromtimestamp(begin, zone).date() - timedelta(days=1), days=40)
    start_at: list[int | None] = [None] * len(starts)
    end_at: list[int | None] = [None] * len(ends)
    next_start = next_end = 0
    for minute in range(begin, end, 60):
        wall = datetime.fromtimestamp(minute, zone).replace(tzinfo=None)
        while next_start < len(starts) and wall >= starts[next_start]:
            start_at[next_start] = minute
            next_start += 1
        while next_end < len(ends) and wall >= ends[next_end]:
            end_at[next_end] = minute
            next_end += 1
    found = [
        Opening(Ns(one * SECOND), Ns(two * SECOND))
        for one, two in zip(start_at, end_at, strict=True)
        if one is not None and two is not None and one < two
    ]
    current = next((one for one in found if one.start <= now < one.end), None)
    return current, min(at for one in found for at in (one.start, one.end) if at > now)


def wall_times(hours: Hours, first: date, days: int) -> tuple[list[datetime], list[datetime]]:
    """When each opening begins and ends by the wall clock."""
    starts, ends = [], []
    for midnight in (datetime.combine(first, datetime.min.time()) + timedelta(days=day) for day in range(days)):
        if midnight.weekday() not in ((hours.start_day,) if hours.start_day is not None else hours.days):
            continue
        start = midnight + timedelta(seconds=hours.start_s)
        end = midnight + timedelta(seconds=hours.end_s)
        while end <= start or (hours.end_day is not None and end.weekday() != hours.end_day):
            end += timedelta(days=1)
        starts.append(start)
        ends.append(end)
    return starts, ends


MINUTES = st.one_of(st.sampled_from([0, 60, 90, 120, 150, 180, 23 * 60 + 59]), st.integers(0, 1439))
ZONES = st.sampled_from([LONDON, NEW_YORK, SYDNEY, "UTC", "Asia/Kolkata", "Australia/Lord_Howe", "America/Santiago"])
CHANGES = [instant(change) for zone, year in ZONES_AND_YEARS for change in transitions(zone, year)]
NOW = st.one_of(
    st.builds(lambda change, minutes: Ns(change + minutes * 60 * SECOND), st.sampled_from(CHANGES), st.integers(-3000, 3000)),
    st.integers(utc("2026-01-01 00:00"), utc("2037-01-01 00:00")).map(Ns),
)  # fmt: skip


@st.composite
def session_hours(draw: st.DrawFn) -> Hours:
    hours = Hours(start_s=draw(MINUTES) * 60, end_s=draw(MINUTES) * 60, zone=draw(ZONES))
    if draw(st.booleans()):
        return msgspec.structs.replace(hours, start_day=draw(st.integers(0, 6)), end_day=draw(st.integers(0, 6)))
    days = draw(st.lists(st.integers(0, 6), min_size=1, max_size=7, unique=True))
    return msgspec.structs.replace(hours, days=tuple(days))


@settings(max_examples=40)
@given(session_hours(), NOW)
@example(Hours(start_s=7800, end_s=8400, zone=NEW_YORK, days=(SUNDAY,)), utc("2026-03-08 06:00"))
@example(Hours(start_s=90 * 60, end_s=90 * 60, zone=LONDON), utc("2026-10-25 01:30"))
def test_hours_are_what_a_look_at_the_clock_each_minute_finds(hours: Hours, now: Ns) -> None:
    current, change = walked(hours, now)
    assert opening_at(hours, now) == current
    assert next_change(hours, now) == change


@settings(max_examples=200)
@given(session_hours(), NOW)
def test_nothing_changes_between_two_changes(hours: Hours, now: Ns) -> None:
    """And at each something does."""
    for _ in range(6):
        change = next_change(hours, now)
        assert change > now
        assert opening_at(hours, Ns(change - 1)) == opening_at(hours, now)
        assert opening_at(hours, change) != opening_at(hours, now)
        now = change


# -- hours that mean nothing


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"zone": "Europe/Lundon"}, "'Europe/Lundon' is no time zone"),
        ({"zone": ""}, "'' is no time zone"),
        ({"zone": "Europe"}, "'Europe' is no time zone"),
        ({"zone": "../../etc/passwd"}, "is no time zone"),
        ({"zone": "/etc/localtime"}, "is no time zone"),
        ({"zone": "x\0y"}, "is no time zone"),
        ({"zone": "x" * 5000}, "is no time zone"),
        ({"start_s": -1}, "start must lie between"),
        ({"end_s": 86400}, "end must lie between"),
        ({"days": ()}, "days must name"),
        ({"days": (0, 0)}, "days must name"),
        ({"days": (7,)}, "days must name"),
        ({"start_day": 0}, "go together"),
        ({"end_day": 0}, "go together"),
        ({"start_day": 0, "end_day": 7}, "must be days of the week"),
        ({"start_day": 0, "end_day": 1, "days": (0,)}, "for a daily session"),
    ],
)
def test_hours_that_mean_nothing_are_refused(changes: dict[str, object], text: str) -> None:
    hours = Hours(start_s=8 * HOUR, end_s=17 * HOUR)
    check_hours(hours)
    with pytest.raises(ValueError, match=text):
        check_hours(msgspec.structs.replace(hours, **changes))
