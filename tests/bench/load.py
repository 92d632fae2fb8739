"""Orders from ../shared/tools/fixload.py, whose engine in C is faster than any server here."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FIXLOAD = Path(__file__).resolve().parents[3] / "shared" / "tools" / "fixload.py"

_LIMIT_S = 90  # of one run
_TROUBLE = (
    "lost",
    "unsent",
    "duplicated",
    "mismatched",
    "unknown_clordid",
    "order_rejects",
    "session_rejects",
    "business_rejects",
    "bad_checksum",
    "seq_gaps",
    "garbled",
    "resend_requests",
    "disconnects",
)


class LoadFailed(Exception):
    """The generator could not run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Orders, spread over the sessions. `window` orders are in flight at once; 1 is a closed loop."""

    orders: int
    window: int
    warmup: int = 500  # orders before those that count
    sessions: int = 1  # with more, each has its number at the end of its CompID
    rate: float = 0  # orders a second whatever comes back, at random times; latency counts from when each was due


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    per_s: float
    first_us: dict[str, float]  # order to first report: p50, p99, ...
    terminal_us: dict[str, float]  # order to the report that ends it; empty where none came
    trouble: dict[str, int]


def run(load: Load, *, port: int, sender: str, target: str, symbols: Sequence[str], until: str) -> Outcome:
    """`until` 'first' or 'terminal' report an order counts as in flight. Raises LoadFailed."""
    command = [sys.executable, str(FIXLOAD), "--json"]
    command += ["--port", str(port), "--sender", sender, "--target", target, "--symbols", ",".join(symbols)]
    command += ["--orders", str(load.orders), "--warmup", str(load.warmup), "--until", until]
    if load.sessions > 1:
        command += ["--sessions", str(load.sessions)]
    if load.rate:
        command += ["--rate", str(load.rate), "--arrivals", "poisson"]
    elif load.window > 1:
        command += ["--pipelined", "--window", str(load.window)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_LIMIT_S, check=False)
    except subprocess.TimeoutExpired:
        raise LoadFailed(f"no end after {_LIMIT_S} s: {' '.join(command)}") from None
    if done.returncode not in (0, 1):
        raise LoadFailed(done.stderr.strip() or f"exit status {done.returncode}: {' '.join(command)}")
    result = json.loads(done.stdout)
    return Outcome(
        per_s=result["throughput_per_s"],
        first_us=result.get("first_report_us") or {},
        terminal_us=result.get("terminal_report_us") or {},
        trouble={name: result[name] for name in _TROUBLE if result[name]},
    )
