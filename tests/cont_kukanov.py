"""`python -m tests.cont_kukanov`: plans against the published optimum, what they make of few observations, and how long
one for twelve venues takes.

The cases are those of the paper's Table 1 with the numbers computed beside it: K equal venues with xi_k = 0.6 xi_0 +
0.4 eps_k, each Poisson(2200), queues of 2,000. A plan's cost is that on outflows that it was not made from.
"""

import json
import random
import statistics
import time
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import cache
from math import exp, lgamma, log
from pathlib import Path

from rich.console import Console
from rich.table import Table

from gateway.model import SCALE, Px, Qty
from gateway.router.approximation import Approximation
from gateway.router.cont_kukanov import Costs, Law, Placement, Plan, Queue
from gateway.router.outflow import Exponential, Poisson, scenarios
from gateway.run.placing import Draws

VECTORS = Path(__file__).resolve().parents[2] / "shared" / "data" / "test_vectors"
PUBLISHED = VECTORS / "ck_two_factor_poisson_optimum.json"
CENT = SCALE // 100
COMMON_BPS = 6_000
SAMPLE = 20_000
MEAN, AHEAD = 2200, 2000
VENUES, ROUNDS = 12, 51
FEW = (10, 50, 251)


def shares(count: float) -> Qty:
    return Qty(round(count * SCALE))


def paper(under: float = 0.05) -> Costs:
    return Costs(*(Px(round(cost * SCALE)) for cost in (0.02, 0.003, 0.0005, under, 0.05)))


def paper_queues(venues: int) -> list[Queue]:
    return [Queue(f"V{venue}", shares(AHEAD), Px(CENT // 5)) for venue in range(venues)]


@cache
def found(size: int, venues: int) -> Plan:
    outflows = scenarios([Poisson(shares(MEAN))] * venues, common_bps=COMMON_BPS)
    return Placement(shares(size), paper_queues(venues), outflows, paper(), lot=shares(1)).solve()


def draw(venues: int, count: int, seed: int = 1) -> list[list[Qty]]:
    """So many intervals, one after the other."""
    return list(Draws(count, seed).of([Poisson(shares(MEAN))] * venues, None, COMMON_BPS))


def approximated(size: int, venues: int, intervals: Iterable[Sequence[Qty]]) -> list[Qty]:
    """To take, and to rest at each venue, after these intervals."""
    approximation = Approximation(shares(size), paper_queues(venues), paper())
    for left in intervals:
        approximation.observe(left)
    return list(approximation.quantities(shares(1)))


def searched(size: int, venues: int, intervals: Iterable[Sequence[Qty]]) -> list[Qty]:
    """By a search over all of these intervals."""
    outflows = list(zip(*intervals, strict=True))
    plan = Placement(shares(size), paper_queues(venues), outflows, paper(), lot=shares(1)).solve()
    return [plan.market, *plan.limits]


def beyond_best(count: int) -> tuple[float, float]:
    """What plans cost more than the best ones, on average over the cases, after so many intervals: steps and search."""
    costs = []
    for case, best in json.loads(PUBLISHED.read_text()).items():
        size, venues = map(int, case.split(","))
        for seed in range(1, 4):
            intervals = draw(venues, count, seed)
            costs.append(
                [
                    cost_of(method(size, venues, intervals), size, venues) - best["W_star"]
                    for method in (approximated, searched)
                ]
            )
    steps, search = zip(*costs, strict=True)
    return statistics.mean(steps), statistics.mean(search)


@cache
def sampled(venues: int) -> list[list[Qty]]:
    """Outflows drawn at random, by a way of their own."""
    chance = random.Random(20_140_101)
    upto, total = [], 0.0
    for n in range(3 * MEAN):
        total += exp(n * log(MEAN) - MEAN - lgamma(n + 1))
        upto.append(total)
    factors = [[bisect_left(upto, chance.random()) for _ in range(SAMPLE)] for _ in range(venues + 1)]
    return [[shares(0.6 * x + 0.4 * y) for x, y in zip(factors[0], own, strict=True)] for own in factors[1:]]


def cost_of(plan: Sequence[Qty], size: int, venues: int) -> float:
    """Cents a share, by the paper's formula in floating point."""
    market, *limits = (qty / SCALE for qty in plan)
    total = 0.0
    for left in zip(*sampled(venues), strict=True):
        filled = sum([min(qty, max(xi / SCALE - AHEAD, 0)) for qty, xi in zip(limits, left, strict=True)])
        a = market + filled
        short = max(size - a, 0)
        total += 0.023 * market - 0.022 * filled + 0.0005 * (market + sum(limits) + short) + 0.05 * abs(size - a)
    return 100 * total / SAMPLE / size


def twelve_ms(seed: int) -> tuple[float, float]:
    """How long a plan takes for 500 to 20,000 shares and a dozen venues as different as they are: in all, and of the
    processor's time. The outflows are there.
    """
    chance = random.Random(seed)
    laws: list[Law] = []
    queues = []
    for venue in range(VENUES):
        mean = chance.choice((300, 1000, 2200, 5000))
        laws.append(chance.choice((Poisson, Exponential))(shares(mean)))
        rebate = Px(chance.randrange(-CENT // 10, CENT * 3 // 10))
        queues.append(Queue(f"V{venue}", shares(int(mean * chance.uniform(0.2, 1.2))), rebate))
    size = shares(chance.choice((500, 1000, 5000, 10_000, 20_000)))
    outflows = scenarios(laws, common_bps=chance.choice((0, COMMON_BPS)))
    begun = time.perf_counter(), time.process_time()
    Placement(size, queues, outflows, paper(), lot=shares(1)).solve()
    return (time.perf_counter() - begun[0]) * 1000, (time.process_time() - begun[1]) * 1000


def main() -> None:
    shown = Table(title="Cents a share; costs are those on outflows drawn at random")
    for heading in ("shares, venues", "take", "rest", "cost", "best", "take all", "rest all", "equal parts"):
        shown.add_column(heading, justify="right")
    for case, best in json.loads(PUBLISHED.read_text()).items() if PUBLISHED.exists() else ():
        size, venues = map(int, case.split(","))
        plan = found(size, venues)
        rest = " ".join(str(qty // SCALE) for qty in plan.limits)
        costs = (
            cost_of((plan.market, *plan.limits), size, venues),
            *(best[f"W_{of}"] for of in ("star", "M", "L", "E")),
        )
        shown.add_row(case, str(plan.market // SCALE), rest, *(f"{cost:.4f}" for cost in costs))
    console = Console(width=110)
    console.print(shown)
    for count in FEW if PUBLISHED.exists() else ():
        steps, search = beyond_best(count)
        words = f"{steps:.4f} cents more than the best plan by steps, {search:.4f} by the search"
        console.print(f"After {count} intervals: {words}", highlight=False)
    took, used = zip(*map(twelve_ms, range(ROUNDS)), strict=True)
    for what, each in (("in all", took), ("of the processor's time", used)):
        median = statistics.median(each)
        console.print(f"{VENUES} venues: median {median:.1f} ms {what}, longest {max(each):.1f}", highlight=False)


if __name__ == "__main__":
    main()
