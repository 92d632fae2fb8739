"""`python -m tests.faulty_venues [--runs 50] [--seed 1] [--algos]`: so many days of a gateway on venues that go wrong.

With `--algos` orders of every algo, with parameters by chance, on five venues of which two are dark; printed is then
also how many orders of which algo there were, and what the others were refused for.

Each takes some two seconds. Printed is what happened to how many orders, by fault and by how the child stood, and how
many orders were left for a person to look at because their venue had forgotten them. A failure names its seed.
"""

import argparse
import sys
from collections import Counter

from rich.console import Console
from rich.progress import track

from gateway.run.profiles import aligned
from tests.faulty_venues.algos import AlgoDay
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
    arguments.add_argument("--algos", action="store_true")
    chosen = arguments.parse_args(argv)
    found: list[Found] = []
    sent, refused = Counter[str](), Counter[str]()
    seeds = range(chosen.seed, chosen.seed + chosen.runs)
    for seed in track(seeds, "days", console=Console(stderr=True), transient=True):
        try:
            day = AlgoDay(seed) if chosen.algos else Day(seed)
            found.append(day.play())
            if isinstance(day, AlgoDay):
                sent += day.sent
                refused += day.refused
        except AssertionError:
            more = " --algos" if chosen.algos else ""
            sys.stderr.write(f"failed: python -m tests.faulty_venues --runs 1 --seed {seed}{more}\n")
            raise
    print("\n".join(lines(found)))
    for what, counts in (("orders by algo", sent), ("refused", refused)):
        if counts:
            print(f"{what}: {', '.join(f'{name} {count}' for name, count in counts.most_common())}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
