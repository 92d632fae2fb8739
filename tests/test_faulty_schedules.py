"""Schedules on three venues of which one or all fail in mid-slice: no quantity is lost, and they end on time.

In virtual time; every event is checked by the Watch of the races, and in the end the tapes and a replay are.
"""

import random
from collections import Counter

import msgspec
import pytest

from gateway.model import SECOND, Command, Ns, parse_timestamp, print_timestamp
from tests.faulty_venues.day import SETTINGS_OF_THE_DAY, SYMBOLS, VENUES, Day, profile
from tests.faulty_venues.world import START, World
from venues.crowd.flow import Flow
from venues.faults.kinds import FaultKind
from venues.faults.plan import Faults, Scripted
from venues.floor.auctions import Volatility
from venues.profile import VenueConfig

BEGINS_S, LASTS_S = 3, 24
ORDERS = {
    "TWAP": "847=1001\x01848=NumSlices=12;",
    "VWAP": "847=1\x01848=NumSlices=12;",
    "POV": "847=2\x01849=0.01\x01848=",
    "PASSIVE": "847=1001\x01848=NumSlices=12;Urgency=PASSIVE;CompleteByEnd=Y;",
}
AUCTION_S = 20  # after a halt
CALM = Volatility(from_last_bps=5_000, from_auction_bps=5_000, auction_s=AUCTION_S)
DIES = Scripted(fault=FaultKind.RESTART, at_s=8, for_ms=6_000)
REJECTS = Scripted(fault=FaultKind.REJECT, times=0, from_s=6)


class Scene(Day):
    """One order of each kind, bought while the venues named have what `fault` says."""

    def __init__(self, fault: Scripted | None, venues: tuple[str, ...]) -> None:
        self.seed, self.dice, self.kinds = 1, random.Random("schedules"), {}
        symbols, configs = dict.fromkeys(SYMBOLS, "100"), []
        for name in VENUES:
            script = (fault,) if fault is not None and name in venues else ()
            faulty = msgspec.structs.replace(profile(name), faults=Faults(script=script), volatility=CALM)
            configs.append(VenueConfig(profile=faulty, symbols=symbols, flow=Flow(seed=1)))
        asking = [msgspec.structs.replace(venue, ask_status=True) for venue in SETTINGS_OF_THE_DAY.venues]
        self.world = World(msgspec.structs.replace(SETTINGS_OF_THE_DAY, venues=tuple(asking)), configs)
        self.restarts_at = None

    def until(self, seconds: int) -> None:
        self.world.run(Ns(START + seconds * SECOND))

    def send(self, lasts_s: int = LASTS_S) -> None:
        self.lasts_s = lasts_s
        self.until(BEGINS_S)
        for name, how in ORDERS.items():
            body = f"11={name}\x011=A\x0155=ACME\x0154=1\x0160={print_timestamp(self.world.now)}\x0138=600\x0140=1\x0159=0\x01"
            self.world.say("D", f"{body}{how}Duration={lasts_s}\x01")
            self.kinds[name] = "sliced"

    def says(self, command: str, venues: tuple[str, ...]) -> None:
        for name in venues:
            said = Command(self.world.now, command, "ops", b'{"symbol": "ACME", "why": "news"}')
            self.world._venue_does(self.world.venues[name], said)

    def finds(self) -> dict[str, tuple[str, int, int]]:
        """By order: how it ended, for how many shares, and how many seconds after it came."""
        self.until(BEGINS_S + self.lasts_s + 15)
        self.replays()
        self.client_knows_what_was_booked()
        self.booked_is_what_venues_executed()
        found = {}
        for whole in self.world.watch.wholes.values():
            assert self.is_over(whole), f"{whole.chain[0]} goes on: {self.why(whole)}"
            last = [one for one in self.world.heard if one[35] == "8" and one[37] == whole.order_id][-1]
            took = (parse_timestamp(last[60] or "") - START) // SECOND - BEGINS_S
            found[whole.chain[0]] = (last[39] or "", int(last[14] or "0"), took)
        return found


def ended_on_time(found: dict[str, tuple[str, int, int]]) -> None:
    assert set(found) == set(ORDERS)
    for name, (status, shares, took) in found.items():
        assert (status == "2" and shares == 600) or (status == "C" and took >= LASTS_S), (name, status, shares)
        assert took <= LASTS_S + 1, f"{name} took {took} s"


@pytest.mark.parametrize(
    ("fault", "venues"),
    [(DIES, ("XLON",)), (DIES, VENUES), (REJECTS, ("XLON",))],
    ids=["a venue dies and returns", "all venues die and return", "a venue rejects everything"],
)
def test_schedules_come_through(fault: Scripted, venues: tuple[str, ...]) -> None:
    """What the others show, or what comes later, makes good for it: all of it is bought but what POV's share leaves."""
    scene = Scene(fault, venues)
    scene.send()
    found = scene.finds()
    ended_on_time(found)
    assert {name: how for name, (how, _, _) in found.items() if name != "POV"} == dict.fromkeys(
        ("TWAP", "VWAP", "PASSIVE"), "2"
    )


@pytest.mark.parametrize("venues", [("XLON",), VENUES], ids=["one", "all"])
def test_schedules_come_through_a_halt(venues: tuple[str, ...]) -> None:
    """They go on where trading does, and where it does nowhere they end on time with what they have."""
    scene = Scene(None, ())
    scene.send()
    scene.until(9)
    scene.says("halt-symbol", venues)
    found = scene.finds()
    ended_on_time(found)
    assert {how for name, (how, _, _) in found.items() if name != "POV"} == {"2" if len(venues) == 1 else "C"}
    assert all(shares > 100 for _, shares, _ in found.values())


def test_schedules_catch_up_when_trading_goes_on() -> None:
    """After a halt comes an auction. Then two slices a second leave until nothing is behind, and the rest in its time."""
    scene, halted, lasts_s = Scene(None, ()), 6, 48
    again = halted + AUCTION_S
    scene.send(lasts_s)
    scene.until(halted - 1)
    scene.says("halt-symbol", VENUES)
    scene.until(halted)
    scene.says("resume-symbol", VENUES)
    found = scene.finds()
    ended_on_time({name: (status, shares, took - lasts_s + LASTS_S) for name, (status, shares, took) in found.items()})
    fills: Counter[tuple[str, int]] = Counter()
    for one in scene.world.heard:
        if one[35] == "8" and one[150] == "F":
            second = (parse_timestamp(one[60] or "") - START) // SECOND
            fills[one[11] or "", second] += int(one[32] or "0")
    assert not any(halted <= second < again for _, second in fills)
    for name in ("TWAP", "VWAP", "PASSIVE"):
        at = {second: shares for (who, second), shares in fills.items() if who == name and second >= again}
        assert found[name][1] == 600 and max(at.values()) == 100 and sum([*at.values()][:3]) > 200, (name, at)
        assert max(at) >= BEGINS_S + lasts_s * 10 // 12, (name, at)


def test_who_is_rejected_everywhere_is_suspended_and_says_why() -> None:
    """And it ends on time all the same, with what it had."""
    scene = Scene(REJECTS, VENUES)
    scene.send()
    found = scene.finds()
    ended_on_time(found)
    statuses = {one[11] for one in scene.world.heard if one[35] == "8" and one[150] == "9"}
    assert statuses, "nobody was told"
    assert {alert["code"] for alert in scene.world.alerts} >= {"CHILD.REJECTED", "CHILD.REJECTS"}
