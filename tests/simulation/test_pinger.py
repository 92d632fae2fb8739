"""Who waits in the dark with little: when it is there, whom it learns of, and what it does then."""

from itertools import product
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from gateway import __version__
from gateway.model import MILLISECOND, SCALE, SECOND, Ns, parse_px
from gateway.run.profiles import read_profile
from gateway.run.serve import CannotStart
from gateway.run.simulation.client import Client, Report, Say
from gateway.run.simulation.day import Day
from gateway.run.simulation.pinger import AGAIN, AHEAD, MOST, NAME, TAKES, TURN, WAITS_WITH, Pinger
from gateway.run.simulation.scenario import OPENS, read_scenario
from gateway.run.simulation.world import Latency, World
from gateway.run.venue import PORT
from tests.dark_first import PLAYED, WAYS, lines, watched
from tests.simulation.test_scenario import written
from venues.crowd.chance import Chance
from venues.exchange import Exchange
from venues.profile import VenueConfig

_NONE = Latency()
_HERE = "40=2\x0144=100\x01"  # at the middle of the dark pool


class Market:
    """A dark pool and a lit venue where nobody else is; the middle is 100."""

    def __init__(self, dark: list[Say], lit: list[Say], *, percent: int = 100, seed: int = 1) -> None:
        self.world = World(Ns(OPENS - SECOND))
        profiles = [read_profile(name) for name in ("CHID", "XLON")]
        self.pinger = Pinger(profiles, "ACME", percent=percent, seed=seed, begins=OPENS)
        for profile in profiles:
            config = VenueConfig(profile=profile, symbols={"ACME": "100"})
            payload = msgspec.json.encode({"node": "venue", "version": __version__, "config": config})
            self.world.add(profile.name, Exchange(), payload)
        self.world.add(NAME, self.pinger, b"")
        self.dark, self.lit = self._client("A", "CHID", dark), self._client("B", "XLON", lit)
        for venue in self.pinger.venues:
            self.world.join(NAME, venue, port=PORT, there=_NONE, back=_NONE)

    def run(self, seconds: float) -> None:
        self.world.run(Ns(OPENS + round(seconds * SECOND)))

    def _client(self, name: str, venue: str, script: list[Say]) -> Client:
        client = Client(name, venue, script)
        self.world.add(name, client, msgspec.json.encode({"sessions": [client.config]}))
        self.world.join(name, venue, port=PORT, there=_NONE, back=_NONE)
        return client


def say(seconds: float, name: str, side: str, shares: int, terms: str) -> Say:
    at = Ns(OPENS + round(seconds * SECOND))
    return Say(at, "D", f"11={name}\x0155=ACME\x0154={side}\x0160=20260105-08:00:00\x0138={shares}\x01{terms}")


def asked(first: float, last: float) -> list[Say]:
    """Small immediate orders at the middle, one each half second: buyers and sellers."""
    times = [first + each / 2 for each in range(int(2 * (last - first)))]
    return [
        say(time, f"A{round(10 * time)}", "12"[place % 2], 60, f"{_HERE}59=3\x01") for place, time in enumerate(times)
    ]


def fills(client: Client) -> list[Report]:
    return [report for report in client.reports if report.exec_type == "F"]


def quoted(side: str, price: str) -> Say:
    return say(-0.5, f"B{side}", side, 90_000, f"40=2\x0144={price}\x0159=0\x01")


QUOTES = [quoted("1", "99.99"), quoted("2", "100.01")]


def seed_of(*, buys: bool) -> int:
    """With which its first turn is on that side."""
    for seed in range(100):
        chance = Chance(seed, "pinger")
        if chance.below(100) < 100 and (chance.below(2) == 1) is buys:
            return seed
    raise AssertionError


@pytest.mark.parametrize("buys", [True, False])
def test_it_takes_what_whom_it_met_would_take(*, buys: bool) -> None:
    """At once and again and again, at the next price from the middle and no worse, until it has enough."""
    market = Market(asked(0.1, 2), QUOTES, seed=seed_of(buys=buys))
    market.run(4.9)
    (met,) = market.pinger.met
    assert met.is_buy is not buys and (met.price, met.shares) == (parse_px("100"), 60)
    taken = fills(market.lit)
    assert {fill.last_px for fill in taken} == {"99.99" if buys else "100.01"}
    assert {fill.last_qty for fill in taken} == {str(TAKES)}
    assert met.at < taken[0].at < met.at + MILLISECOND
    assert {round((fill.at - taken[0].at) / AGAIN, 2) % 1 for fill in taken} <= {0, 0.99, 0.01}
    assert MOST <= abs(market.pinger.held) < MOST + TAKES and (market.pinger.held > 0) is not buys


@pytest.mark.parametrize("buys", [True, False])
def test_it_pays_no_more_than_the_next_price(*, buys: bool) -> None:
    side, prices = "12"[not buys], ("99.99", "99.98") if buys else ("100.01", "100.02")
    near, far = (say(-0.5, price, side, 2_500, f"40=2\x0144={price}\x0159=0\x01") for price in prices)
    market = Market(asked(0.1, 2), [near, far], seed=seed_of(buys=buys))
    market.run(4.9)
    assert [(fill.last_px, fill.last_qty) for fill in fills(market.lit)] == [
        (prices[0], qty) for qty in ("1000", "1000", "500")
    ]


def test_then_it_gets_rid_of_what_it_holds_and_waits_again() -> None:
    """Where the price has not moved it has paid the spread and fees for nothing."""
    market = Market([*asked(0.1, 2), *asked(7, 9)], QUOTES, seed=seed_of(buys=False))
    market.run(6.9)
    (met,) = market.pinger.met
    last = fills(market.lit)[-1]
    assert last.last_px == "99.99" and met.at + AHEAD <= last.at < met.at + AHEAD + AGAIN + MILLISECOND
    bought, sold = (
        sum(int(fill.last_qty) for fill in fills(market.lit) if fill.last_px == at) for at in ("100.01", "99.99")
    )
    assert market.pinger.held == 0 and bought == sold + met.shares and market.pinger.traded == 2 * bought
    paid, got = bought * 100.01, sold * 99.99 + met.shares * 100
    fees = (0.45 * (paid + sold * 99.99) + 0.15 * met.shares * 100) / 10_000
    assert market.pinger.gained == round((got - paid - fees) * SCALE)
    market.run(9)
    assert len(market.pinger.met) == 2


def test_who_was_there_before_it_tells_it_nothing() -> None:
    """It trades at once, and gives back what it got at its next turn; nobody came to it."""
    waiting = say(-0.5, "A", "1", WAITS_WITH, f"{_HERE}59=0\x01")
    market = Market([waiting], QUOTES, seed=seed_of(buys=False))
    market.run(4.9)
    assert market.pinger.held == -WAITS_WITH and not market.pinger.met and not fills(market.lit)
    market.run(5.1)
    assert market.pinger.held == 0 and not market.pinger.met
    assert [(fill.last_qty, fill.last_px) for fill in fills(market.lit)] == [(str(WAITS_WITH), "100.01")]


@pytest.mark.parametrize("percent", [0, 25, 100])
def test_it_waits_in_so_many_turns_on_either_side(percent: int) -> None:
    """Three deviations of chance; each order is called back before the next."""
    market, said, turns = Market([], [], percent=percent), list[bytes](), 400
    market.world.stations[NAME].told = said.extend
    market.run(turns * TURN / SECOND - 0.1)
    market.world.close()
    orders = [message for message in said if b"\x0135=D\x01" in message]
    assert abs(len(orders) - turns * percent / 100) <= 3 * (turns * percent * (100 - percent)) ** 0.5 / 100
    buys = sum(b"\x0154=1\x01" in message for message in orders)
    assert abs(2 * buys - len(orders)) <= 3 * len(orders) ** 0.5
    assert 0 <= len(orders) - sum(b"\x0135=F\x01" in message for message in said) <= 1


def test_it_needs_a_dark_venue(tmp_path: Path) -> None:
    scenario, _ = read_scenario(written(tmp_path, 'pinger_percent = 30\nvenues = ["XLON"]'))
    assert scenario.pinger_percent == 30
    with pytest.raises(CannotStart, match="pinger_percent: none of the venues"):
        Day(scenario)


def test_the_trade_off_is_told_by_presence_and_against_smart() -> None:
    """What `python -m tests.dark_first` plays for long. Only who asks in the dark is met there."""
    played = replace(PLAYED, seconds=20, parents=8)
    days = watched(1, played, (0, 100))
    assert [len(days[key][0].met) > 0 for key in product((0, 100), WAYS)] == [False, False, True, False]
    (asking,), (smart,) = days[0, WAYS[0]], days[0, WAYS[1]]
    assert asking.figures["share"] > 0 == smart.figures["share"] and asking.figures["improvement"] > 0
    told = {line.split("  ")[0]: line.split() for line in lines(days) if not line.startswith(" ")}
    assert told["shortfall less that without the pinger"][-2] == "-"
    less = asking.figures["shortfall"] - smart.figures["shortfall"]
    assert told["shortfall less that of smart"][-2] == f"{less:.3f}"
