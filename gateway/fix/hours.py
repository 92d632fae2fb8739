"""When a session is open: the instants at which its wall-clock times happen, in its time zone.

One rule covers the days on which clocks change: a wall-clock time happens at the first instant when the zone's clock
shows it or a later one. So what falls into a gap happens at its end, and what comes twice happens the first time.
Openings are half-open and in order; none overlaps another, and one that a gap has swallowed does not take place.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from gateway.model.numbers import SECOND, Ns
from gateway.model.sessions import Hours

_DAY_S: Final = 86_400
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - wall clocks are compared with wall clocks


class Opening(Struct, frozen=True, gc=False):
    start: Ns
    end: Ns  # the session is closed again then, or the next opening begins


def opening_at(hours: Hours, now: Ns) -> Opening | None:
    """The opening that `now` lies in; None when the session is closed."""
    opening = next(_openings(hours, now))
    return opening if opening.start <= now else None


def next_change(hours: Hours, now: Ns) -> Ns:
    """The next instant at which the session opens, closes, or goes over from one opening to the next."""
    opening = next(_openings(hours, now))
    return opening.start if opening.start > now else opening.end


def instant(zone: str, day: date, seconds: int) -> Ns:
    """When that zone's clock first shows `seconds` after midnight of `day`, or more. Raises ValueError for no zone."""
    return _instant(_zone(zone), day, seconds)


def check_hours(hours: Hours) -> None:
    """Raises ValueError for hours that mean nothing: an unknown zone, the 25th hour, an eighth day of the week."""
    _zone(hours.zone)
    for name, seconds in (("start", hours.start_s), ("end", hours.end_s)):
        if not 0 <= seconds < _DAY_S:
            raise ValueError(f"{name} must lie between 00:00:00 and 23:59:59")
    if not hours.days or len(set(hours.days)) < len(hours.days) or not all(0 <= day <= 6 for day in hours.days):
        raise ValueError("days must name at least one day of the week, each once")
    if (hours.start_day is None) is not (hours.end_day is None):
        raise ValueError("start_day and end_day go together")
    if hours.start_day is not None and hours.end_day is not None:
        if not (0 <= hours.start_day <= 6 and 0 <= hours.end_day <= 6):
            raise ValueError("start_day and end_day must be days of the week")
        if hours.days != Hours(start_s=0, end_s=0).days:
            raise ValueError("days are for a daily session, start_day and end_day for a weekly one")


def _openings(hours: Hours, now: Ns) -> Iterator[Opening]:
    """From the one that `now` lies in, else from the next one."""
    zone = _zone(hours.zone)
    if hours.start_day is None or hours.end_day is None:
        days, length = hours.days, 0
    else:
        days, length = (hours.start_day,), (hours.end_day - hours.start_day) % 7
    if length == 0 and hours.end_s <= hours.start_s:
        length = 1 if hours.start_day is None else 7
    # Before its end no opening's clock has shown a time behind that end, so none that lasts began earlier than this.
    day = datetime.fromtimestamp(now // SECOND, zone).date() - timedelta(days=length)
    while True:
        if day.weekday() in days:
            start = _instant(zone, day, hours.start_s)
            end = _instant(zone, day + timedelta(days=length), hours.end_s)
            if start < end and now < end:
                yield Opening(start, end)
        day += timedelta(days=1)


@lru_cache(maxsize=4096)
def _instant(zone: ZoneInfo, day: date, seconds: int) -> Ns:
    """The first instant when the zone's clock shows `seconds` after midnight of `day`, or a later time."""
    wall = datetime(day.year, day.month, day.day) + timedelta(seconds=seconds)  # noqa: DTZ001
    first = wall.replace(tzinfo=zone)
    instant = _utc_s(first)
    if _wall(zone, instant) == wall:
        return Ns(instant * SECOND)
    # The clock was put forward over it. By the later offset it would have been before that, by the earlier one after.
    before, after = _utc_s(first.replace(fold=1)), instant
    while after - before > 1:
        middle = (before + after) // 2
        if _wall(zone, middle) < wall:
            before = middle
        else:
            after = middle
    return Ns(after * SECOND)


def _utc_s(moment: datetime) -> int:
    offset = moment.utcoffset()
    assert offset is not None
    return (moment.replace(tzinfo=None) - offset - _EPOCH) // timedelta(seconds=1)


def _wall(zone: ZoneInfo, instant_s: int) -> datetime:
    return datetime.fromtimestamp(instant_s, UTC).astimezone(zone).replace(tzinfo=None)


@lru_cache(maxsize=512)
def _zone(name: str) -> ZoneInfo:
    """Raises ValueError for a name that no time zone has."""
    try:
        return ZoneInfo(name)
    except (ValueError, LookupError, OSError):  # among them the names of folders and of files outside
        raise ValueError(f"'{name[:64]}' is no time zone") from None
