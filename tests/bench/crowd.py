"""What a crowd costs those who trade: idle sessions, consumers that never read, and a flood of Logons to refuse.

The server is an application on `gateway.run.host` with the listener's limits almost as they are by default. 50
sessions send orders at random times, so many a second whatever comes back; their p99 with the crowd is compared with
their p99 on a server of the same kind without it, in turns. Those who load have CPUs of their own, or they would be
what is measured.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from gateway.run.net.credentials import hash_password
from tests.bench.load import Load, LoadFailed, Outcome, run
from tests.bench.servers import Server
from tests.loopback import free_port

ACTIVE, IDLE, SLOW, BAD_PER_S = 50, 500, 5, 2_000
RATE = 2_000  # orders a second of all active sessions together
P99_TARGET = 1.2  # of the p99 without the crowd
KIB_TARGET = 64  # of the server, for an idle session
_PATIENCE_S = 60
_WARM_S = 4  # of trading before latencies count

_CONFIG = """\
[engine]
listen = "127.0.0.1:{port}"
data = "data"
durability = "process"
max_strangers_per_ip = 60  # the active sessions connect at once

[[session]]
sender_comp_id = "GATEWAY"
target_comp_id = "GUARDED"
password_hash = "{stored}"
"""
_TEMPLATE = '[[session]]\nsender_comp_id = "GATEWAY"\ntarget_comp_id = "{}*"\n'
_SERVE = (
    "from pathlib import Path; from gateway.run.host import serve; from tests.bench.answering import Answering;"
    "raise SystemExit(serve(Answering(fills=False), Path({!r})))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    alone: Outcome
    crowded: Outcome
    alone_busy: float  # of a core, which the server took meanwhile
    crowded_busy: float
    kib_per_idle: float
    told: dict[str, dict[str, float]]  # what became of the idle, the slow and the bad

    @property
    def ratio(self) -> float:
        return float(self.crowded.first_us["p99"] / self.alone.first_us["p99"])


@dataclass(frozen=True, slots=True)
class Crowd:
    rounds: list[Round]

    def middle(self, which: str, what: str) -> float:
        """Of the active sessions' latency in us, `which` being 'alone' or 'crowded'."""
        return float(median(getattr(one, which).first_us[what] for one in self.rounds))

    def busy(self, which: str) -> float:
        return float(median(getattr(one, f"{which}_busy") for one in self.rounds))

    @property
    def ratio(self) -> float:
        return median(one.ratio for one in self.rounds)

    @property
    def kib_per_idle(self) -> float:
        return median(one.kib_per_idle for one in self.rounds)

    @property
    def bad_per_s(self) -> float:
        return median(one.told["bad"].get("tried", 0) / one.told["bad"]["seconds"] for one in self.rounds)

    @property
    def trouble(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for one in self.rounds:
            found.update(one.alone.trouble)
            found.update(one.crowded.trouble)
            found["idle lost"] += int(one.told["idle"].get("lost", 0))
            found["bad logged on"] += int(one.told["bad"].get("logged_on", 0))
        return +found


def measure(*, rounds: int, seconds: int) -> Crowd:
    """Raises ServerFailed and LoadFailed."""
    return Crowd([_round(seconds) for _ in range(rounds)])


def _round(seconds: int) -> Round:
    load = Load(orders=RATE * seconds, window=1, warmup=RATE * _WARM_S, sessions=ACTIVE, rate=RATE)
    with _server() as server:
        alone, alone_busy = _trade(server, load)
        kib = _kib_per_idle(server)
    with _server() as server, ExitStack() as crowd, ThreadPoolExecutor(1) as aside:
        _trade(server, Load(orders=RATE, window=1, warmup=0, sessions=ACTIVE, rate=RATE))  # what a first use costs
        told = {"idle": crowd.enter_context(_crowding("idle", server, IDLE))}
        told["slow"] = crowd.enter_context(_crowding("slow", server, SLOW))
        trading = aside.submit(_trade, server, load)
        time.sleep(_WARM_S / 2)  # The active sessions are here before the flood, which could keep them out.
        told["bad"] = crowd.enter_context(_crowding("bad", server, BAD_PER_S))
        crowded, crowded_busy = trading.result()
        crowd.close()
    return Round(
        alone=alone,
        crowded=crowded,
        alone_busy=alone_busy,
        crowded_busy=crowded_busy,
        kib_per_idle=kib,
        told=told,
    )


def _kib_per_idle(server: Server) -> float:
    """Of those beyond the first ones, for which the process has memory to spare since it started."""
    resident = []
    for sessions in (IDLE, 3 * IDLE):
        with _crowding("idle", server, sessions):
            resident.append(server.resident_kib())
    return (resident[1] - resident[0]) / (2 * IDLE)


def _trade(server: Server, load: Load) -> tuple[Outcome, float]:
    """What came of it, and how busy the server was."""
    begun, before = time.monotonic(), server.cpu_us()
    outcome = run(load, port=server.port, sender="ACTIVE", target="GATEWAY", symbols=("ACME",), until="first")
    return outcome, (server.cpu_us() - before) / 1e6 / (time.monotonic() - begun)


@contextmanager
def _server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="crowd-") as temporary, _shared_cpus() as load_elsewhere:
        folder, port = Path(temporary), free_port()
        config = folder / "engine.toml"
        config.write_text(
            _CONFIG.format(port=port, stored=hash_password(b"right"))
            + "".join(map(_TEMPLATE.format, ("ACTIVE", "IDLE", "SLOW")))
        )
        with Server(folder, ["-c", _SERVE.format(str(config))], port=port) as server:
            load_elsewhere()
            yield server


@contextmanager
def _shared_cpus() -> Iterator[Callable[[], None]]:
    """What is started in the block has one half of the CPUs; after a call, the other."""
    cpus = sorted(os.sched_getaffinity(0))
    half = len(cpus) // 2
    os.sched_setaffinity(0, cpus[:half] or cpus)
    try:
        yield lambda: os.sched_setaffinity(0, cpus[half:])
    finally:
        os.sched_setaffinity(0, cpus)


@contextmanager
def _crowding(what: str, server: Server, number: int) -> Iterator[dict[str, float]]:
    """In a process of its own; at the end of the block the dict has what became of it."""
    command = [sys.executable, "-m", "tests.bench.crowding", what, "--port", str(server.port), "--number", str(number)]
    repository = Path(__file__).resolve().parents[2]
    told: dict[str, float] = {}
    with subprocess.Popen(command, cwd=repository, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            if process.stdout.readline() != b"ready\n":
                raise LoadFailed(f"the {what} did not get in")
            yield told
            process.terminate()
            told.update(json.loads(process.stdout.readline()))
            process.wait(_PATIENCE_S)
        finally:
            process.kill()
