"""When a venue's faults happen: by a script, by chance, or both; a table of its profile, or a file of its own."""

import tomllib

import msgspec
from msgspec import Struct

from gateway.model import SCALE, parse_px
from venues.faults.kinds import LEAST, MOST, SPECS, Fault, FaultKind, Occasion


class Scripted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fault on the `nth` occasion of its kind, and on those that follow until it has happened so many `times`."""

    fault: FaultKind
    nth: int = 1
    times: int = 1  # 0: always
    symbol: str = ""  # counted are only occasions in that symbol
    counterparty: str = ""  # and of that CompID
    from_s: int = 0  # and those so long after the venue's start
    at_s: int | None = None  # not on an occasion but then, to everyone or that counterparty
    delay_ms: int | None = None
    for_ms: int | None = None
    parts: int | None = None
    lots: int | None = None
    ticks: int | None = None

    def made(self) -> Fault:
        said = {name: getattr(self, name) for name in LEAST if getattr(self, name) is not None}
        return Fault(kind=self.fault, **(SPECS[self.fault].usual | said))

    def wrong(self) -> list[str]:
        """What does not go together."""
        spec, found = SPECS[self.fault], []
        for name in LEAST:
            value = getattr(self, name)
            if value is not None and name not in spec.usual:
                found.append(f"{self.fault} has no {name}")
            elif value is not None and not LEAST[name] <= value <= MOST[name]:
                found.append(f"{self.fault} {name} must be from {LEAST[name]} to {MOST[name]}")
        if self.nth < 1 or self.times < 0 or self.from_s < 0 or (self.at_s or 0) < 0:
            found.append(f"{self.fault} nth is 1 at least, times, from_s and at_s are 0 at least")
        if self.symbol and spec.on in (Occasion.REQUEST, Occasion.DATA):
            found.append(f"{self.fault} is not about a symbol")
        if self.at_s is not None and spec.on is not Occasion.REQUEST:
            found.append(f"{self.fault} happens to {spec.on}; at_s is for those that happen to connections")
        if self.at_s is not None and (self.nth, self.times, self.from_s) != (1, 1, 0):
            found.append(f"{self.fault} at_s goes without nth, times and from_s")
        return found


class Faults(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    seed: int = 1
    percent: dict[FaultKind, str] = {}  # of its occasions, how many bring it about, "0.01" to "100"
    ends_s: int = 0  # so long after the venue's start nothing happens by chance any more; 0: always
    script: tuple[Scripted, ...] = ()

    def bps(self, kind: FaultKind) -> int:
        """In 10,000 occasions. Raises ValueError."""
        bps = parse_px(self.percent.get(kind, "0")) * 100 // SCALE
        if not 0 <= bps <= 10_000:
            raise ValueError("must be from 0.01 to 100")
        return bps

    @classmethod
    def parse(cls, text: str) -> "Faults":
        """A file of faults. Raises ValueError."""
        try:
            return cls.read(tomllib.loads(text))
        except tomllib.TOMLDecodeError as wrong:
            raise ValueError(f"not TOML: {wrong}") from None

    @classmethod
    def read(cls, table: object) -> "Faults":
        """A table of faults. Raises ValueError naming what is wrong."""
        try:
            faults = msgspec.convert(table, cls)
        except msgspec.ValidationError as wrong:
            raise ValueError(str(wrong)) from None
        found = [each for scripted in faults.script for each in scripted.wrong()]
        for kind in faults.percent:
            try:
                if not faults.bps(kind):
                    found.append(f"percent.{kind} is below 0.01")
            except ValueError as wrong:
                found.append(f"percent.{kind} {wrong}")
        if faults.ends_s < 0:
            found.append("ends_s is 0 at least")
        if found:
            raise ValueError("; ".join(found))
        return faults
