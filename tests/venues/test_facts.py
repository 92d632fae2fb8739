"""The invented participants measured by what real markets have in common, and that they are the same everywhere."""

import json
import os
import random
import subprocess
import sys
from hashlib import sha256

import pytest
from typer.testing import CliRunner

from gateway.model import SECOND
from gateway.run.cli import app
from gateway.run.profiles import read_profile
from tests.venues.world import Client, World
from venues.crowd.facts import Watch, autocorrelation, hurst, kurtosis, variation
from venues.crowd.flow import Day, Flow

SHORT = Day(opens_s=8 * 3_600, closes_s=8 * 3_600 + 1_800)


@pytest.fixture(scope="module")
def watch() -> Watch:
    """Three venues on a day of half an hour, which has the shape of a whole one."""
    watch = Watch(Flow(seed=1, day=SHORT), [read_profile(name) for name in ("XLON", "BATE", "CHIX")])
    assert len(list(watch.play(1_800))) == 1_800
    return watch


def test_what_markets_have_in_common_is_found_here(watch: Watch) -> None:
    """Each fact, at each venue, within the range that fixspecs/venues.md states."""
    facts = watch.facts()
    assert [fact for fact in facts if not fact.ok] == []
    assert len(facts) == 3 * 11 + 4


def test_the_ends_of_the_day_are_busier_than_its_middle(watch: Watch) -> None:
    volumes = watch.volumes()
    assert len(volumes) == 13 and min(volumes[0], volumes[-1]) > 1.4 * sum(volumes[5:8]) / 3


def test_what_is_too_short_to_be_measured_has_no_figure_and_is_not_ok() -> None:
    watch = Watch(Flow(day=SHORT), [read_profile("XLON")])
    list(watch.play(5))
    assert {fact.name for fact in watch.facts() if fact.measured is None and not fact.ok} >= {
        "Hurst exponent of order signs",
        "autocorrelation of 1-minute returns",
    }


def test_the_measures_know_chance_from_memory() -> None:
    chance = random.Random(1)
    signs = [chance.choice((-1, 1)) for _ in range(20_000)]
    runs = [sign for sign in signs[:20] for _ in range(1_000)]
    assert hurst(signs) == pytest.approx(0.5, abs=0.05)
    assert hurst(runs) == pytest.approx(1, abs=0.05) and hurst(signs[:511]) is None
    normal = [chance.gauss(0, 1) for _ in range(20_000)]
    assert kurtosis(normal) == pytest.approx(3, abs=0.2)
    assert autocorrelation(normal) == pytest.approx(0, abs=0.03)
    assert autocorrelation([1, -1] * 100) == pytest.approx(-1, abs=0.02)
    assert variation([chance.expovariate(1) for _ in range(20_000)]) == pytest.approx(1, abs=0.05)


def everything_said() -> str:
    """What two venues of one world say in eight seconds of market data, as a digest."""
    digest = sha256()
    for venue in ("XLON", "CHIX"):
        profile = read_profile(venue)
        world = World(symbols=("ACME", "IBM"), flow=Flow(seed=11, day=SHORT), name=venue, habits=profile.habits)
        client = Client(world)
        client.watch("ACME", "IBM", depth="0")
        for answer in client.mine(world.pass_time(8 * SECOND)):
            digest.update(answer.data)
    return digest.hexdigest()


def test_the_feed_is_the_same_to_the_byte_whatever_the_hash_seed() -> None:
    """Nothing that is sent depends on the order of a set or on an object's address."""
    program = "from tests.venues.test_facts import everything_said; print(everything_said())"
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert digests == {everything_said()}


def test_facts_are_printed_with_their_ranges_and_the_shape_of_the_day() -> None:
    """Exit status 1: something was out of range, here what six minutes are too short for."""
    result = CliRunner().invoke(app, ["venue", "facts", "XLON", "--hours", "0.1"])
    assert result.exit_code in (0, 1)
    assert "spread, ticks" in result.stdout and "1 to 3" in result.stdout and "##########" in result.stdout
    said = json.loads(CliRunner().invoke(app, ["venue", "facts", "XLON", "--hours", "0.1", "--json"]).stdout)
    assert said["seconds"] == 360 and len(said["volumes"]) == 13
    assert {fact["name"]: fact["ok"] for fact in said["facts"]}["spread, ticks"] is True


def test_facts_of_a_venue_that_is_not_there() -> None:
    result = CliRunner().invoke(app, ["venue", "facts", "NOPE"])
    assert result.exit_code == 2 and "there is no profile 'NOPE'" in result.stderr
