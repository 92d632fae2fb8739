"""When a crossing network crosses: at fixed times of every day, by a zone's clock."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from gateway.fix.hours import check_hours, instant
from gateway.model import SECOND, Hours, Ns
from venues.floor.hours import read_time, write_time


class Crosses(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    at: tuple[int, ...]  # seconds after midnight, in order
    zone: str = "UTC"  # IANA name

    @classmethod
    def read(cls, table: object) -> "Crosses":
        """A profile's `crosses`. Raises ValueError for the first thing that is wrong."""
        if not isinstance(table, Mapping):
            raise ValueError("is not a table")
        unknown = [key for key in table if key not in cls.__struct_fields__]
        if unknown:
            raise ValueError(f"has no {unknown[0]}")
        at, zone = table.get("at"), table.get("zone", "UTC")
        if not isinstance(at, list) or not at:
            raise ValueError('needs at, times of day as ["11:00", "15:00"]')
        times = tuple(read_time("at", value) for value in at)
        if sorted(set(times)) != list(times):
            raise ValueError("at has to name later and later times")
        if not isinstance(zone, str):
            raise ValueError("zone is text")
        check_hours(Hours(start_s=0, end_s=0, zone=zone))
        return cls(at=times, zone=zone)

    def words(self) -> dict[str, object]:
        """As `read` takes them."""
        return {"at": [write_time(seconds) for seconds in self.at], "zone": self.zone}

    def after(self, now: Ns) -> Ns:
        """The first one that is later than `now`."""
        today = datetime.fromtimestamp(now // SECOND, UTC).date()
        days = [today + timedelta(days=number) for number in range(-1, 3)]
        return min(at for day in days for seconds in self.at if (at := instant(self.zone, day, seconds)) > now)
