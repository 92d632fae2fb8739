"""The hunt: examine inputs one after the other and keep the shortest of each kind of finding.

It is driven by the coverage-guided fuzzer (`guided`) or, in the tests, by the plain loop here.
"""

import resource
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from random import Random

from msgspec import Struct

from tests.fuzz.framer import FramerTarget
from tests.fuzz.reader import ReaderTarget, ValidatorTarget
from tests.fuzz.session import SessionTarget
from tests.fuzz.target import Found, Slow, Target

TARGETS: dict[str, Callable[[], Target]] = {
    "framer": FramerTarget,
    "reader": ReaderTarget,
    "validator": ValidatorTarget,
    "session": SessionTarget,
}
MAX_INPUT = 4096  # bytes
MAX_GROWTH_MIB = 32  # from the warm state on
_SUSPECTS = 20  # the slowest inputs, which are tried again
_TIMES_SLOW = 20  # in a row, with nothing learned before, before an input counts as slow
_WARM = 0.3  # of the run, after which tables and memos are full and memory must not grow
_PAGE_KIB = resource.getpagesize() // 1024


class Finding(Struct):
    kind: str
    count: int
    detail: str
    data: bytes  # the shortest input


class Report(Struct, kw_only=True):
    target: str
    runs: int
    seed: int
    seconds: float = 0.0
    us_per_kib: float = 0.0  # of the engine's own time
    growth_mib: float = 0.0
    findings: list[Finding] = []
    suspects: list[bytes] = []  # inputs that took long


class Hunt:
    def __init__(self, name: str, runs: int, seed: int) -> None:
        self.target = TARGETS[name]()
        self.runs = runs
        self.done = 0
        self._seed = seed
        self._findings: dict[str, Finding] = {}
        self._slow: list[tuple[float, bytes]] = []
        self._warm_kib = 0
        self._begun = time.monotonic()

    def look(self, data: bytes) -> None:
        """Examine one input."""
        self.done += 1
        try:
            self.target.examine(data)
        except Slow as slow:
            self._slow = sorted([*self._slow, (slow.ms_per_kib, data)])[-_SUSPECTS:]
        except Found as found:
            self._keep(found.kind, str(found), data)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what we look for
            last = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{Path(last.filename).name}:{last.name}"
            self._keep(f"{type(error).__name__} in {place}", traceback.format_exc(limit=-4), data)
        if self.done == int(self.runs * _WARM):
            self._warm_kib = _resident_kib()

    def _keep(self, kind: str, detail: str, data: bytes) -> None:
        known = self._findings.get(kind)
        if known is None:
            self._findings[kind] = Finding(kind, 1, detail, data)
            return
        known.count += 1
        if len(data) < len(known.data):
            known.detail, known.data = detail, data

    def report(self) -> Report:
        """So far; `confirmed` looks at its suspects."""
        growth = (_resident_kib() - self._warm_kib) / 1024 if self._warm_kib else 0.0
        if growth > MAX_GROWTH_MIB:
            self._keep("memory grows", f"by {growth:.0f} MiB", b"")
        clock = self.target.clock
        return Report(
            target=self.target.name,
            runs=self.done,
            seed=self._seed,
            seconds=time.monotonic() - self._begun,
            us_per_kib=clock.spent_ns / 1000 / max(clock.bytes / 1024, 1),
            growth_mib=growth,
            findings=sorted(self._findings.values(), key=lambda finding: -finding.count),
            suspects=[data for _, data in self._slow],
        )


def confirmed(report: Report) -> Report:
    """With those of its suspects as findings that are slow again and again, alone and without instrumentation."""
    for data in report.suspects:
        told = [_slow_again(report.target, data) for _ in range(_TIMES_SLOW)]
        if all(told):
            report.findings.append(Finding("takes more than 1 ms per KiB", 1, told[0], data))
    report.suspects = []
    return report


def _slow_again(name: str, data: bytes) -> str:
    try:
        TARGETS[name]().examine(data)
    except Slow as slow:
        return str(slow)
    except Exception:  # noqa: BLE001 - it was examined already, and this is about its time
        pass
    return ""


def hunt_plainly(name: str, runs: int, seed: int) -> Report:
    """Without the fuzzer: changes to seeds, changed up to four times, the same for the same seed."""
    hunt = Hunt(name, runs, seed)
    chance = Random(seed)
    seeds = hunt.target.seeds()
    for data in seeds[:runs]:
        hunt.look(data)
    while hunt.done < runs:
        data = chance.choice(seeds)
        for _ in range(chance.choice((1, 1, 1, 2, 4))):
            data = hunt.target.change(data, chance)[:MAX_INPUT]
        hunt.look(data)
    return confirmed(hunt.report())


def _resident_kib() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE_KIB
