"""What a crowd costs those who trade: idle sessions, consumers that never read, and a flood of Logons to refuse.

The server is an application on `gateway.run.host` with the listener's limits almost as they are by default. 50
sessions send orders at random times, so many a second whatever comes back. Their p99 is taken three times, each on a
server of its own: alone; with the crowd, but the flood going aside, to a neighbour that accepts, reads and closes; and
with the whole crowd. What the flood costs aside is the machine's: the load and the kernel share it. What is above that
is ours. Those who load, and the neighbour, have CPUs of their own, or they would be what is measured.
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


ALONE, ASIDE, CROWDED = WAYS = ("alone", "aside", "crowded")


@dataclass(frozen=True, slots=True, kw_only=True)
class Traded:
    outcome: Outcome
    busy: float  # of a core, which the server took once the flood had begun
    told: dict[str, dict[str, float]]  # what became of the idle, the slow and the bad


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    ways: dict[str, Traded]
    kib_per_idle: float


@dataclass(frozen=True, slots=True)
class Crowd:
    rounds: list[Round]

    def latency(self, way: str, what: str) -> float:
        """Of the active sessions, in us."""
        return median(one.ways[way].outcome.first_us[what] for one in self.rounds)

    def busy(self, way: str) -> float:
        return median(one.ways[way].busy for one in self.rounds)

    def ratio(self, way: str, to: str) -> float:
        """Of the p99 of one way to that of the other."""
        return median(
            one.ways[way].outcome.first_us["p99"] / one.ways[to].outcome.first_us["p99"] for one in self.rounds
        )

    @property
    def kib_per_idle(self) -> float:
        return median(one.kib_per_idle for one in self.rounds)

    def bad_per_s(self, way: str) -> float:
        """That were turned away, by us or by the neighbour."""
        return median(map(_turned_away, (one.ways[way].told["bad"] for one in self.rounds)))

    @property
    def us_per_bad(self) -> float:
        """CPU time of the server for each bad Logon that came to it and not to the neighbour."""
        return median(
            (one.ways[CROWDED].busy - one.ways[ASIDE].busy) * 1e6 / _turned_away(one.ways[CROWDED].told["bad"])
            for one in self.rounds
        )

    @property
    def trouble(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for traded in (traded for one in self.rounds for traded in one.ways.values()):
            found.update(traded.outcome.trouble)
            found["idle lost"] += int(traded.told.get("idle", {}).get("lost", 0))
            found["bad logged on"] += int(traded.told.get("bad", {}).get("logged_on", 0))
        return +found


def _turned_away(told: dict[str, float]) -> float:
    return sum(told.get(ending, 0) for ending in ("silence", "cut", "answered")) / told["seconds"]


def measure(*, rounds: int, seconds: int) -> Crowd:
    """Raises ServerFailed and LoadFailed."""
    return Crowd([_round(seconds) for _ in range(rounds)])


def _round(seconds: int) -> Round:
    load = Load(orders=RATE * seconds, window=1, warmup=RATE * _WARM_S, sessions=ACTIVE, rate=RATE)
    ways = {way: _traded(load, way) for way in WAYS}
    with _server() as server:
        return Round(ways=ways, kib_per_idle=_kib_per_idle(server))


def _traded(load: Load, way: str) -> Traded:
    told: dict[str, dict[str, float]] = {}
    with _server() as server, ExitStack() as crowd, ThreadPoolExecutor(1) as beside:
        _trade(server, Load(orders=RATE, window=1, warmup=0, sessions=ACTIVE, rate=RATE))  # what a first use costs
        if way != ALONE:
            told["idle"] = crowd.enter_context(_crowding("idle", server.port, IDLE))
            told["slow"] = crowd.enter_context(_crowding("slow", server.port, SLOW))
        port = server.port
        if way == ASIDE:
            port = free_port()
            crowd.enter_context(_crowding("neighbour", port, BAD_PER_S))
        trading = beside.submit(_trade, server, load)
        time.sleep(_WARM_S / 2)  # The active sessions are here before the flood, which could keep them out.
        if way != ALONE:
            told["bad"] = crowd.enter_context(_crowding("bad", port, BAD_PER_S))
        begun, before = time.monotonic(), server.cpu_us()
        outcome = trading.result()
        busy = (server.cpu_us() - before) / 1e6 / (time.monotonic() - begun)
        crowd.close()
    return Traded(outcome=outcome, busy=busy, told=told)


def _kib_per_idle(server: Server) -> float:
    """Of those beyond the first ones, for which the process has memory to spare since it started."""
    resident = []
    for sessions in (IDLE, 3 * IDLE):
        with _crowding("idle", server.port, sessions):
            resident.append(server.resident_kib())
    return (resident[1] - resident[0]) / (2 * IDLE)


def _trade(server: Server, load: Load) -> Outcome:
    return run(load, port=server.port, sender="ACTIVE", target="GATEWAY", symbols=("ACME",), until="first")


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
def _crowding(what: str, port: int, number: int) -> Iterator[dict[str, float]]:
    """In a process of its own; at the end of the block the dict has what became of it."""
    command = [sys.executable, "-m", "tests.bench.crowding", what, "--port", str(port), "--number", str(number)]
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
