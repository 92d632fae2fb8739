"""`python -m tests.faulty_venues [--runs 50] [--seed 1]`: so many days of a gateway on three venues that go wrong.

Each takes some two seconds. Printed is what happened to how many orders, by fault and by how the child stood, and how
many orders were left for a person to look at because their venue had forgotten them. A failure names its seed.
"""

import argparse
import sys
from collections import Counter

from rich.console import Console
from rich.progress import track

from gateway.run.profiles import aligned
from tests.faulty_venues.day import Day, Found
from venues.faults.kinds import FaultKind


def lines(found: list[Found]) -> list[str]:
    faults, unresolved = Counter[tuple[str, str]](), Counter[str]()
    for day in found:
        faults += day.faults
        unresolved += day.unresolved
    stood = sorted({how for _, how in faults if how})
    rows = [["fault", "in all", *stood]]
    for kind in FaultKind:
        counts = [str(faults[kind, how] or "") for how in stood]
        rows.append([kind, str(sum(count for (fault, _), count in faults.items() if fault == kind)), *counts])
    orders, children, fills = (sum(getattr(day, what) for day in found) for what in ("orders", "children", "fills"))
    return [
        *aligned(rows),
        "",
        f"{len(found)} days, {orders:,} orders, {children:,} children, {fills:,} fills, {faults.total():,} faults",
        f"left for a person: {', '.join(f'{code} {count}' for code, count in unresolved.most_common()) or 'nothing'}",
    ]


def main(argv: list[str]) -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.faulty_venues", description=__doc__)
    arguments.add_argument("--runs", type=int, default=50)
    arguments.add_argument("--seed", type=int, default=1)
    chosen = arguments.parse_args(argv)
    found: list[Found] = []
    seeds = range(chosen.seed, chosen.seed + chosen.runs)
    for seed in track(seeds, "days", console=Console(stderr=True), transient=True):
        try:
            found.append(Day(seed).play())
        except AssertionError:
            sys.stderr.write(f"failed: python -m tests.faulty_venues --runs 1 --seed {seed}\n")
            raise
    print("\n".join(lines(found)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
