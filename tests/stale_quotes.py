"""`python -m tests.stale_quotes`: what policies cost where quotes go stale and fast traders are there first.

Half-hours of a share that moves much. XLON and CHIX are a millisecond away. What LATE shows is a tenth of a second old
when we see it, its market maker needs 0.4 s to follow the market, and every quote that the market has moved through is
taken by somebody faster; it is a little cheaper than the others and shows as much. Orders are at once, of 100 to 5,000
shares, and routed by each policy on the same half-hours.
"""

import argparse
import re
import tempfile
from importlib.resources import files
from pathlib import Path

from msgspec.structs import replace

from gateway.model.routing import RoutePolicy
from gateway.run.simulation.comparison import Comparison, compare
from gateway.run.simulation.scenario import Scenario, Variant, Work

POLICIES = (RoutePolicy.SMART, RoutePolicy.PRICE_TIME, RoutePolicy.FEE_AWARE, RoutePolicy.LATENCY_AWARE)
_Keys = dict[str, int | str]  # of a profile
_NEAR: _Keys = {
    "in_us": 1_000,
    "in_tail_us": 500,
    "out_us": 1_000,
    "out_tail_us": 500,
    "data_us": 2_000,
    "data_tail_us": 1_000,
}
_FAR: _Keys = {"in_us": 4_000, "in_tail_us": 2_000, "out_us": 4_000, "out_tail_us": 2_000, "data_us": 100_000}
_ALL: _Keys = {"fast_percent": 100, "arrivals_per_s": 2, "levels": 3}
_CHANGES: dict[str, _Keys] = {
    "XLON": _NEAR | _ALL,
    "CHIX": _NEAR | _ALL,
    "BATE": _FAR | _ALL | {
        "data_tail_us": 50_000, "maker_lag_ms": 400, "size_lots": 900, "taker_fee_bps": '"0.28"',
        "name": '"LATE"', "mic": '"LATE"', "comp_id": '"LATE"',
    },
}  # fmt: skip


def scenario(folder: Path, *, parents: int = 200, seconds: int = 1_800) -> Scenario:
    """With profiles that are written to `folder`."""
    venues = []
    for name, changes in _CHANGES.items():
        text = (files("venues") / "profiles" / f"{name}.toml").read_text()
        for key, value in changes.items():
            text, count = re.subn(rf"^{key} = .*$", f"{key} = {value}", text, flags=re.MULTILINE)
            assert count == 1, (name, key)
        (path := folder / f"{name}.toml").write_text(text)
        venues.append(str(path))
    return Scenario(seconds=seconds, parents=parents, venues=tuple(venues), volatility_bps=300, work=Work())


def compared(played: Scenario, seeds: int) -> Comparison:
    """`smart` first, which the others are held against."""
    return compare([Variant(str(policy), replace(played, routing=policy)) for policy in POLICIES], seeds)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.stale_quotes", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--parents", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = compared(scenario(Path(folder), parents=options.parents), options.seeds)
    print("\n".join(found.lines()))


if __name__ == "__main__":
    main()
