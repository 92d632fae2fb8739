"""The instants of a venue's hours, found out before it starts: its journal needs neither zones nor calendars."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final

import msgspec

from gateway.fix.hours import instant
from gateway.model import SECOND, Ns
from gateway.run.serve import CannotStart
from venues.floor.hours import VenueHours
from venues.floor.phases import TradingDay

AHEAD: Final = timedelta(days=400)  # what is started once is over by then


def trading_days(hours: VenueHours, now: Ns) -> tuple[TradingDay, ...]:
    """From the day that `now` lies in, or the next one. Raises CannotStart where the calendar is not to be had."""
    today = datetime.fromtimestamp(now // SECOND, UTC).date()
    span = (today - timedelta(days=1), today + AHEAD)
    days = _by_calendar(hours, *span) if hours.calendar else _by_week(hours, *span)
    return tuple(day for day in days if day.closed > now)


def _by_week(hours: VenueHours, first: date, last: date) -> Iterator[TradingDay]:
    for number in range((last - first).days):
        day = first + timedelta(days=number)
        if day.weekday() in hours.days and day.isoformat() not in hours.holidays:
            yield _day(hours, day)


def _day(hours: VenueHours, day: date) -> TradingDay:
    return TradingDay(
        pre_open=instant(hours.zone, day, hours.pre_open),
        opening=instant(hours.zone, day, hours.opening),
        continuous=instant(hours.zone, day, hours.continuous),
        closing=instant(hours.zone, day, hours.closing),
        closed=instant(hours.zone, day, hours.closed),
    )


def _by_calendar(hours: VenueHours, first: date, last: date) -> Iterator[TradingDay]:
    try:
        import exchange_calendars
    except ImportError:
        raise CannotStart(
            f"hours.calendar {hours.calendar} needs: pip install 'fix-execution-gateway[calendars]'"
        ) from None
    try:
        calendar = exchange_calendars.get_calendar(hours.calendar)
    except exchange_calendars.errors.InvalidCalendarName:
        raise CannotStart(f"hours.calendar {hours.calendar} is none that exchange_calendars has") from None
    for session, closes in calendar.closes[str(first) : str(last)].items():
        day = _day(hours, session.date())
        early = Ns(max(0, day.closing - closes.value))
        closing, closed = Ns(day.closing - early), Ns(day.closed - early)
        yield msgspec.structs.replace(day, closing=closing, closed=closed)
