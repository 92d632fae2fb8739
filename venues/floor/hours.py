"""The hours of a venue as its profile has them. Which instants they are is found out by who starts it."""

import re
from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import Final

from msgspec import Struct

from gateway.fix.hours import check_hours
from gateway.model import Hours

WEEK: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_PHASES: Final = ("pre_open", "opening", "continuous", "closing", "closed")
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?")


class VenueHours(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When each phase begins, in seconds after midnight; one that ends when it begins does not take place."""

    pre_open: int
    opening: int
    continuous: int
    closing: int
    closed: int
    zone: str = "UTC"  # IANA name
    days: tuple[int, ...] = (0, 1, 2, 3, 4)  # of the week, Monday is 0
    holidays: tuple[str, ...] = ()  # ISO dates
    calendar: str = ""  # of the package exchange_calendars; its days instead of `days`, and closing no later than there

    @classmethod
    def read(cls, table: object) -> "VenueHours":
        """A profile's `hours`. Raises ValueError for the first thing that is wrong."""
        if not isinstance(table, Mapping):
            raise ValueError("is not a table")
        unknown = [key for key in table if key not in cls.__struct_fields__]
        if unknown:
            raise ValueError(f"has no {unknown[0]}")
        if "continuous" not in table or "closing" not in table:
            raise ValueError("needs continuous and closing")
        times = {name: read_time(name, table[name]) for name in _PHASES if name in table}
        times.setdefault("closed", times["closing"])
        times.setdefault("opening", times["continuous"])
        times.setdefault("pre_open", times["opening"])
        if any(times[first] > times[then] for first, then in pairwise(_PHASES)):
            raise ValueError(f"{', '.join(_PHASES)} have to follow each other within one day")
        if times["continuous"] == times["closing"]:
            raise ValueError("continuous has to come before closing")
        zone, calendar = table.get("zone", "UTC"), table.get("calendar", "")
        if not isinstance(zone, str) or not isinstance(calendar, str):
            raise ValueError("zone and calendar are text")
        check_hours(Hours(start_s=0, end_s=0, zone=zone))
        if calendar and ("days" in table or "holidays" in table):
            raise ValueError("calendar says which days, so that days and holidays cannot")
        return cls(zone=zone, calendar=calendar, days=_days(table), holidays=_holidays(table), **times)

    def words(self) -> dict[str, object]:
        """As `read` takes them, without what has no effect."""
        times = {name: write_time(getattr(self, name)) for name in _PHASES}
        if self.calendar:
            return {"zone": self.zone, **times, "calendar": self.calendar}
        days = [WEEK[day] for day in self.days]
        return {"zone": self.zone, **times, "days": days, "holidays": list(self.holidays)}

    @property
    def has_opening(self) -> bool:
        return self.opening < self.continuous

    @property
    def has_closing(self) -> bool:
        return self.closing < self.closed


def read_time(name: str, value: object) -> int:
    """Seconds after midnight. Raises ValueError, naming the key."""
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f'{name} must be a time of day as "08:00" or "08:00:30"')
    hours, minutes, seconds = found.groups()
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds or 0)


def write_time(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    text = f"{minutes // 60:02}:{minutes % 60:02}"
    return f"{text}:{rest:02}" if rest else text


def _days(table: Mapping[str, object]) -> tuple[int, ...]:
    days = table.get("days", list(WEEK[:5]))
    if not isinstance(days, list) or not days or any(days.count(day) > 1 or day not in WEEK for day in days):
        raise ValueError(f"days must be some of {', '.join(WEEK)}, each once")
    return tuple(WEEK.index(day) for day in days)


def _holidays(table: Mapping[str, object]) -> tuple[str, ...]:
    holidays = table.get("holidays", [])
    if not isinstance(holidays, list):
        raise ValueError('holidays must be dates as ["2026-12-25"]')
    for day in holidays:
        try:
            if not isinstance(day, str) or date.fromisoformat(day).isoformat() != day:
                raise ValueError
        except ValueError:
            raise ValueError(f"holidays: {day} is no date as 2026-12-25") from None
    return tuple(holidays)
