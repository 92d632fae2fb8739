"""A longer search from random seeds: `python -m tests.races --seconds 600`. A failure prints its seed and steps."""

import argparse
import random
import sys
import time
from datetime import timedelta

import hypothesis
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from tests.races.test_honest_venues import Honest
from tests.races.test_hostile_venues import Hostile

MACHINES: tuple[type[RuleBasedStateMachine], ...] = (Honest, Hostile)


def search(seconds: float, seed: int, examples: int, steps: int) -> int:
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        for machine in MACHINES:
            print(f"seed={seed} {machine.__name__} examples={examples} steps={steps}", flush=True)
            settings = hypothesis.settings(
                max_examples=examples,
                stateful_step_count=steps,
                deadline=timedelta(minutes=1),
                database=None,
                report_multiple_bugs=False,
                phases=(hypothesis.Phase.generate, hypothesis.Phase.shrink),
                suppress_health_check=list(hypothesis.HealthCheck),
            )
            hypothesis.seed(seed)(machine)
            run_state_machine_as_test(machine, settings=settings)
            count += examples
        seed += 1
    return count


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="tests.races", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--examples", type=int, default=500, help="of each machine and seed")
    parser.add_argument("--steps", type=int, default=60)
    given = parser.parse_args()
    done = search(given.seconds, given.seed, given.examples, given.steps)
    print(f"{done} examples, nothing found")
    sys.exit(0)
