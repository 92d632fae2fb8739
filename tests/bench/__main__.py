"""`python -m tests.bench`: QuickFIX, our engine alone, and the full path, in turn on the same machine in the same run.

Pipelined runs give orders a second and CPU, closed loops (one order in flight) the latency; of several rounds the
median counts. QuickFIX's Python binding with FileStore is the yardstick: it never syncs and keeps no order.
"""

import argparse
import importlib.util
import json
import signal
import sys
from collections import Counter
from dataclasses import fields
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.load import FIXLOAD, LoadFailed
from tests.bench.measuring import WINDOW, Measured, Results, measure
from tests.bench.servers import ServerFailed
from tests.bench.targets import QUICKFIX, TARGETS, Target

_TABLE_WIDTH = 124  # also where the output is a file


def table(results: Results) -> Table:
    shown = Table(
        title=f"NewOrderSingle to ExecutionReport; {WINDOW:,} in flight when pipelined; latencies of a closed loop in us"
    )
    for heading in ("", "durability"):
        shown.add_column(heading)
    columns = ("orders/s", "ratio", "p50", "ratio", "p99", "p50 end", "CPU us", "all CPU us", "MiB", "trouble")
    for heading in columns:
        shown.add_column(heading, justify="right")
    for target in results.targets():
        per_s, p50 = results.ratio(target, "per_s"), results.ratio(target, "first_p50")
        shown.add_row(
            target.name,
            target.durability,
            f"{results.middle(target, 'per_s'):,.0f}",
            f"{per_s:.2f}" if per_s else "-",
            f"{results.middle(target, 'first_p50'):,.0f}",
            f"{p50:.2f}" if p50 else "-",
            f"{results.middle(target, 'first_p99'):,.0f}",
            f"{results.middle(target, 'end_p50'):,.0f}",
            f"{results.middle(target, 'cpu_us'):.1f}",
            f"{results.middle(target, 'all_cpu_us'):.1f}",
            f"{results.middle(target, 'peak_mib'):.0f}",
            ", ".join(f"{count} {name}" for name, count in results.trouble[target].items()) or "none",
        )
    return shown


def as_json(results: Results) -> list[dict[str, Any]]:
    return [
        {
            "target": target.name,
            "durability": target.durability,
            **{part.name: results.middle(target, part.name) for part in fields(Measured)},
            "per_s_ratio": results.ratio(target, "per_s"),
            "first_p50_ratio": results.ratio(target, "first_p50"),
            "trouble": results.trouble[target],
        }
        for target in results.targets()
    ]


def run_rounds(targets: list[Target], console: Console, *, rounds: int, pipelined: int, closed: int) -> Results:
    """Every target in turn, again and again. One that fails is said and left out of that round."""
    results = Results(trouble={target: Counter() for target in targets})
    for number in range(1, rounds + 1):
        done: dict[Target, Measured] = {}
        for target in targets:
            console.print(f"[dim]round {number} of {rounds}: {target.name}, {target.durability}[/dim]")
            try:
                done[target], wrong = measure(target, pipelined=pipelined, closed=closed)
            except (ServerFailed, LoadFailed) as failure:
                console.print(str(failure), markup=False)
                wrong = Counter({"failed": 1})
            results.trouble[target] += wrong
        results.rounds.append(done)
    return results


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="one round of few orders, to see that all runs")
    arguments.add_argument("--rounds", type=int, default=3, help="of every target in turn (3)")
    arguments.add_argument("--only", metavar="TEXT", default="", help="QuickFIX and targets with this in their name")
    arguments.add_argument("--json", action="store_true")
    given = arguments.parse_args()
    console = Console(stderr=given.json, highlight=False)
    console.width = max(console.width, _TABLE_WIDTH)
    if not FIXLOAD.exists():
        console.print(f"The load generator is not there: {FIXLOAD}")
        return 2
    targets = [
        target for target in TARGETS if target.name == QUICKFIX or given.only in f"{target.name}, {target.durability}"
    ]
    if importlib.util.find_spec("quickfix") is None:
        console.print("quickfix-ssl is not installed (it has a wheel for Python 3.11), so there is no yardstick.")
        targets = [target for target in targets if target.name != QUICKFIX]
    # A SIGTERM unwinds like Ctrl-C does, so that no server is left behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if given.quick:
        results = run_rounds(targets, console, rounds=1, pipelined=10_000, closed=500)
    else:
        results = run_rounds(targets, console, rounds=given.rounds, pipelined=60_000, closed=3_000)
    if given.json:
        print(json.dumps(as_json(results), indent=2))
    else:
        console.print(table(results))
    return int(any(results.trouble.values()))


if __name__ == "__main__":
    sys.exit(main())
