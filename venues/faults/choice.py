"""Which fault an occasion brings: the first of the script that is due, else what the dice say."""

from collections.abc import Sequence

from gateway.model import SECOND, Ns
from venues.crowd.chance import Chance
from venues.faults.kinds import SPECS, Fault, FaultKind, Occasion, of
from venues.faults.plan import Faults, Scripted


class _Line:
    """A line of the script, and how far it has come."""

    def __init__(self, scripted: Scripted, begins: Ns) -> None:
        self.scripted = scripted
        self.begins = begins
        self.seen = 0  # occasions

    def counts(self, symbol: str, counterparty: str, now: Ns) -> bool:
        said = self.scripted
        if now < self.begins or said.symbol not in ("", symbol) or said.counterparty not in ("", counterparty):
            return False
        self.seen += 1
        return self.seen >= said.nth and (not said.times or self.seen < said.nth + said.times)


class Choice:
    """From `started` on."""

    def __init__(self, faults: Faults, venue: str, started: Ns) -> None:
        self._chance = Chance("faults", faults.seed, venue)
        self._ends = Ns(started + faults.ends_s * SECOND) if faults.ends_s else None
        self._dice = {
            occasion: [(kind, faults.bps(kind)) for kind in of(occasion) if kind in faults.percent]
            for occasion in Occasion
        }
        self._lines: dict[Occasion, list[_Line]] = {occasion: [] for occasion in Occasion}
        self._clock: list[tuple[Ns, Scripted]] = []  # what happens at an instant, the first one last
        for scripted in faults.script:
            if scripted.at_s is not None:
                self._clock.append((Ns(started + scripted.at_s * SECOND), scripted))
            else:
                self.add(scripted, Ns(started + scripted.from_s * SECOND))
        self._clock.sort(key=lambda entry: -entry[0])

    @property
    def is_empty(self) -> bool:
        """Whether no occasion brings anything, unless something is added."""
        return not (self._clock or any(self._dice.values()) or any(self._lines.values()))

    def add(self, scripted: Scripted, begins: Ns) -> None:
        self._lines[SPECS[scripted.fault].on].append(_Line(scripted, begins))

    def on(self, occasion: Occasion, symbol: str, counterparty: str, now: Ns) -> Fault | None:
        lines = [line for line in self._lines[occasion] if line.counts(symbol, counterparty, now)]
        if lines:
            return lines[0].scripted.made()
        if self._ends is not None and now >= self._ends:
            return None
        for kind, bps in self._dice[occasion]:
            if self._chance.below(10_000) < bps:
                return self._by_chance(kind)
        return None

    def _by_chance(self, kind: FaultKind) -> Fault:
        """Amounts as usual, but a delay is anything up to twice that."""
        amounts = dict(SPECS[kind].usual)
        if "delay_ms" in amounts:
            amounts["delay_ms"] = self._chance.below(2 * amounts["delay_ms"] + 1)
        return Fault(kind=kind, **amounts)

    def due(self, now: Ns) -> Sequence[Scripted]:
        """What happens by the clock, once."""
        found = []
        while self._clock and self._clock[-1][0] <= now:
            found.append(self._clock.pop()[1])
        return found

    def wake_at(self) -> Ns | None:
        return self._clock[-1][0] if self._clock else None
