"""`python -m tests.bench`: QuickFIX, our engine alone, and the full path, in turn on the same machine in the same run.

Pipelined runs give orders a second and CPU, closed loops (one order in flight) the latency; of several rounds the
median counts. QuickFIX's Python binding with FileStore is the yardstick: it never syncs and keeps no order. `parse` is
the reader by itself, against the binding's; `venue` is one of our venues as it serves, whose orders trade with each
other, told beside the full path, so that it is seen which of the two holds the other up; `crowd` is what idle, slow and
unwanted counterparties cost the others, beside what the unwanted cost when they go aside, to a neighbour.
"""

import argparse
import importlib.util
import json
import signal
import sys
from collections import Counter
from dataclasses import asdict, fields
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.crowd import ACTIVE, ALONE, ASIDE, BAD_PER_S, CROWDED, IDLE, RATE, SLOW, WAYS, Crowd
from tests.bench.crowd import measure as measure_crowd
from tests.bench.load import FIXLOAD, LoadFailed
from tests.bench.measuring import WINDOW, Measured, Results, measure
from tests.bench.parsing import Parsed
from tests.bench.parsing import measure as measure_parsing
from tests.bench.servers import ServerFailed
from tests.bench.targets import PATH, QUICKFIX, TARGETS, VENUE, Target

PARSE, CROWD = "parse", "crowd"
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


def beside_the_path(results: Results) -> str | None:
    """How much faster the venue is than the gateway before it; None: not both were measured."""
    found = {name: [target for target in results.targets() if target.name == name] for name in (VENUE, PATH)}
    if not all(found.values()):
        return None
    both = [max(targets, key=lambda target: results.middle(target, "per_s")) for targets in found.values()]
    rates, costs = ([results.middle(target, what) for target in both] for what in ("per_s", "cpu_us"))
    return (
        f"The venue takes {rates[0]:,.0f} orders/s over its session, {rates[0] / rates[1]:.1f} times the full path's "
        f"{rates[1]:,.0f}; an order costs it {costs[0]:.1f} us of CPU, the gateway {costs[1]:.1f}."
    )


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


def parsing_table(parsed: Parsed) -> Table:
    shown = Table(title="NewOrderSingle of 20 fields from bytes to values, every rule on; us of CPU time")
    for heading in ("ours", "QuickFIX", "ratio", "QuickFIX, no value read", "ratio"):
        shown.add_column(heading, justify="right")
    values = (parsed.ours, parsed.binding, parsed.ratio, parsed.bare, parsed.bare_ratio)
    shown.add_row(*("-" if value is None else f"{value:.2f}" for value in values))
    return shown


def crowd_table(crowd: Crowd) -> Table:
    shown = Table(
        title=f"{ACTIVE} sessions with {RATE:,} orders/s, {IDLE} idle ones, {SLOW} that never read, {BAD_PER_S:,} bad "
        "Logons/s; latencies in us"
    )
    ratios, bad = ("p99 to alone", "to aside"), ("bad Logons/s", "CPU us of each")
    for heading in ("", "p50", "p99", "p99.9", "busy", *ratios, *bad, "KiB an idle session", "trouble"):
        shown.add_column(heading, justify="right")
    trouble = ", ".join(f"{count} {name}" for name, count in crowd.trouble.items()) or "none"
    for way in WAYS:
        cells = [f"{crowd.latency(way, what):,.0f}" for what in ("p50", "p99", "p99.9")]
        cells += [f"{crowd.busy(way):.0%}"]
        cells += [f"{crowd.ratio(way, to):.2f}" if WAYS.index(to) < WAYS.index(way) else "" for to in (ALONE, ASIDE)]
        cells += [f"{crowd.bad_per_s(way):,.0f}" if way != ALONE else ""]
        cells += [f"{crowd.us_per_bad:.0f}", f"{crowd.kib_per_idle:.0f}", trouble] if way == CROWDED else []
        shown.add_row(way, *cells)
    return shown


def crowd_as_json(crowd: Crowd) -> dict[str, Any]:
    return {
        "target": CROWD,
        **{f"{way}_us": {what: crowd.latency(way, what) for what in ("p50", "p99")} for way in WAYS},
        **{f"{way}_busy": crowd.busy(way) for way in WAYS},
        "p99_ratio": crowd.ratio(CROWDED, ALONE),
        "p99_ratio_aside": crowd.ratio(ASIDE, ALONE),
        "p99_ratio_to_aside": crowd.ratio(CROWDED, ASIDE),
        "us_per_bad": crowd.us_per_bad,
        "kib_per_idle": crowd.kib_per_idle,
        "bad_per_s": crowd.bad_per_s(CROWDED),
        "told": [traded.told for one in crowd.rounds for traded in one.ways.values()],
        "trouble": crowd.trouble,
    }


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
    arguments.add_argument(
        "--only",
        metavar="TEXT",
        default="",
        help="'parse', 'crowd', or QuickFIX and targets with this in their name ('venue': and the full path)",
    )
    arguments.add_argument("--json", action="store_true")
    given = arguments.parse_args()
    console = Console(stderr=given.json, highlight=False)
    console.width = max(console.width, _TABLE_WIDTH)
    named = [target for target in TARGETS if given.only in f"{target.name}, {target.durability}"]
    yardsticks = [QUICKFIX, *(PATH for target in named if target.name == VENUE)]
    targets = [target for target in TARGETS if target.name in yardsticks or target in named] if named else []
    if (targets or given.only in CROWD) and not FIXLOAD.exists():
        console.print(f"The load generator is not there: {FIXLOAD}")
        return 2
    if importlib.util.find_spec("quickfix") is None:
        console.print("quickfix-ssl is not installed (it has a wheel for Python 3.11), so there is no yardstick.")
        targets = [target for target in targets if target.name != QUICKFIX]
    # A SIGTERM unwinds like Ctrl-C does, so that no server is left behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parsed = measure_parsing(repeats=2 if given.quick else 20) if given.only in PARSE else None
    crowd, failed = None, False
    if given.only in CROWD:
        try:
            crowd = measure_crowd(rounds=1 if given.quick else given.rounds, seconds=2 if given.quick else 10)
        except (ServerFailed, LoadFailed) as failure:
            console.print(str(failure), markup=False)
            failed = True
    if given.quick:
        results = run_rounds(targets, console, rounds=1, pipelined=10_000, closed=500)
    else:
        results = run_rounds(targets, console, rounds=given.rounds, pipelined=60_000, closed=3_000)
    if given.json:
        found = [{"target": PARSE, **asdict(parsed)}] if parsed else []
        found += [crowd_as_json(crowd)] if crowd else []
        print(json.dumps(found + as_json(results), indent=2))
    else:
        if parsed:
            console.print(parsing_table(parsed))
        if crowd:
            console.print(crowd_table(crowd))
        if targets:
            console.print(table(results))
            if (told := beside_the_path(results)) is not None:
                console.print(told)
    return int(failed or any(results.trouble.values()) or bool(crowd and crowd.trouble))


if __name__ == "__main__":
    sys.exit(main())
