"""`gateway venue facts`: a day of the invented participants, played in virtual time, measured and printed."""

from collections.abc import Iterable, Sequence

from msgspec import Struct
from rich.console import Console
from rich.progress import track

from gateway.model import SCALE, SECOND
from gateway.run.profiles import aligned, read_profile
from gateway.run.serve import CannotStart
from venues.crowd.facts import Fact, Watch
from venues.crowd.flow import Flow
from venues.profile import Profile

_WIDE = 50  # columns of the largest volume


class Measured(Struct, frozen=True):
    name: str
    measured: dict[str, float | None]  # by venue; '' is all of them together
    low: float
    high: float
    ok: bool


class Facts(Struct, frozen=True):
    seed: int
    seconds: int
    facts: list[Measured]
    volumes: list[int]  # shares by thirteenths of the day, all venues together

    @property
    def ok(self) -> bool:
        return all(fact.ok for fact in self.facts)

    def lines(self) -> list[str]:
        """A table, and the shape of the day."""
        rows = [("fact", "measured", "target", "")]
        for fact in self.facts:
            shown = " ".join(f"{venue} {_figure(value)}".strip() for venue, value in fact.measured.items())
            rows.append((fact.name, shown, f"{fact.low:g} to {fact.high:g}", "ok" if fact.ok else "NO"))
        most = max(*self.volumes, 1)
        chart = [(f"{volume:,}", "#" * (volume * _WIDE // most)) for volume in self.volumes]
        return [*aligned(rows), "", "shares by thirteenths of the day", *aligned(chart)]


def facts(profiles: Sequence[str], seed: int, hours: float) -> Facts:
    """Play that much of a day at these venues together. Raises CannotStart."""
    watch = Watch(Flow(seed=seed), [_with_a_book(name) for name in profiles])
    seconds = int(hours * 3_600)
    for _ in track(watch.play(seconds), "playing the day", seconds, console=Console(stderr=True), transient=True):
        pass
    played = (watch.until - watch.opens) // SECOND
    return Facts(seed, played, list(_together(watch.facts())), [volume // SCALE for volume in watch.volumes()])


def _with_a_book(name: str) -> Profile:
    profile = read_profile(name)
    if not profile.has_a_book:
        raise CannotStart(f"profile {name}: a venue of kind {profile.kind} has no book to measure")
    return profile


def _together(found: Iterable[Fact]) -> Iterable[Measured]:
    """Facts of one name and range in one row."""
    rows: dict[tuple[str, float, float], list[Fact]] = {}
    for fact in found:
        rows.setdefault((fact.name, fact.low, fact.high), []).append(fact)
    for (name, low, high), venues in rows.items():
        measured = {fact.venue: fact.measured for fact in venues}
        yield Measured(name, measured, low, high, all(fact.ok for fact in venues))


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"
