"""One target measured in one round, and the rounds together."""

import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tests.bench.load import Load, Outcome, run
from tests.bench.targets import CLIENT, QUICKFIX, Running, Target

WINDOW = 1_000  # orders in flight when pipelined
_TRIES = 40  # until a target answers without trouble: a gateway needs its venue first


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Latencies are of a closed loop and in microseconds, CPU is of the pipelined run and an order's."""

    per_s: float
    first_p50: float
    first_p99: float
    end_p50: float  # to the report that ends the order, where it is not the first
    cpu_us: float  # of the server itself
    all_cpu_us: float  # with what it started, and the venue
    peak_mib: float


@dataclass
class Results:
    rounds: list[dict[Target, Measured]] = field(default_factory=list)
    trouble: dict[Target, Counter[str]] = field(default_factory=dict)

    def targets(self) -> list[Target]:
        return list(dict.fromkeys(target for one in self.rounds for target in one))

    def middle(self, target: Target, what: str) -> float:
        return float(median(getattr(one[target], what) for one in self.rounds if target in one))

    def ratio(self, target: Target, what: str) -> float | None:
        """To QuickFIX in the same round, for the machine is not equally fast in all. None: it was not measured."""
        ratios = [
            getattr(one[target], what) / getattr(yardstick, what)
            for one in self.rounds
            for name, yardstick in one.items()
            if name.name == QUICKFIX and target in one
        ]
        return median(ratios) if ratios else None


def measure(target: Target, *, pipelined: int, closed: int) -> tuple[Measured, Counter[str]]:
    """One round: fresh processes, a closed loop, a pipelined run; and what went wrong in them."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, target.start(Path(folder)) as running:
        for _ in range(_TRIES):
            if not _run(target, running, Load(orders=10, window=1, warmup=0)).trouble:
                break
        latency = _run(target, running, Load(orders=closed, window=1))
        before = _cpu(running)
        load = Load(orders=int(pipelined * target.share), window=WINDOW)
        speed = _run(target, running, load)
        own, whole = (after - then for after, then in zip(_cpu(running), before, strict=True))
        orders = load.orders + load.warmup
        measured = Measured(
            per_s=speed.per_s,
            first_p50=latency.first_us["p50"],
            first_p99=latency.first_us["p99"],
            end_p50=(latency.terminal_us if target.until == "terminal" else latency.first_us)["p50"],
            cpu_us=own / orders,
            all_cpu_us=whole / orders,
            peak_mib=running.measured.peak_kib() / 1024,
        )
    return measured, Counter(latency.trouble) + Counter(speed.trouble)


def _run(target: Target, running: Running, load: Load) -> Outcome:
    port = running.measured.port
    done = run(load, port=port, sender=CLIENT, target=running.comp_id, symbols=target.symbols, until=target.until)
    if target.is_kept_busy:
        done.trouble.pop("unknown_clordid", None)
    return done


def _cpu(running: Running) -> tuple[int, int]:
    own = running.measured
    return own.cpu_us(), sum(server.family_cpu_us() for server in (own, *running.others))
