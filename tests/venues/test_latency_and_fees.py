"""What differs from venue to venue beside the book: how long its messages take, and what it charges."""

from gateway.model import MILLISECOND, SECOND, Ns, parse_px
from tests.venues.world import START, Client, World
from venues.crowd.flow import Flow
from venues.floor.fees import FeePeriod, FeeTier
from venues.floor.latency import Latency

DAY = 86_400 * SECOND


def logged_on(world: World, comp_id: str = "GW") -> Client:
    """Over a slow wire: the Logon(A) and its answer take their time."""
    client = Client(world, comp_id, logon=False)
    client.say("A", (98, "0"), (108, "0"))
    world.pass_time(SECOND)
    return client


# -- latency


def test_each_leg_has_a_latency_of_its_own() -> None:
    """An order comes in after 200 us, its report 300 us later, market data 700 us after the same instant."""
    world = World(latency=Latency(in_us=200, out_us=300, data_us=700))
    client, watcher = logged_on(world), logged_on(world, "WATCHER")
    watcher.watch()
    world.pass_time(SECOND)
    assert client.order("1", "10", "10") == []
    out = world.pass_time(499_999)
    assert client.mine(out) == [] and watcher.mine(out) == []
    (report,) = client.mine(world.pass_time(1))
    assert report.has(_150="0", _60="20131121-13:20:03.000"), "it was accepted 200 us after it was sent"
    assert watcher.mine(world.pass_time(399_999)) == []
    assert [answer[35] for answer in watcher.mine(world.pass_time(1))] == ["X"]


def test_nothing_overtakes_on_one_connection() -> None:
    """A report waits for market data that was said before it; on another connection it does not."""
    world = World(latency=Latency(out_us=100, data_us=5_000))
    client, other = logged_on(world), logged_on(world, "OTHER")
    client.watch()
    world.pass_time(SECOND)
    other.order("1", "10", "10")
    world.pass_time(MILLISECOND)
    client.order("1", "10", "10")
    assert client.mine(world.pass_time(2 * MILLISECOND)) == []
    seen = client.mine(world.pass_time(2 * MILLISECOND))
    assert [answer[35] for answer in seen] == ["X", "8"] and [answer[34] for answer in seen] == ["3", "4"]


def test_the_tail_of_a_latency_is_exponential_and_keeps_the_order() -> None:
    """Orders a second apart are 1000 us and on average 500 us under way, and never less; those at once stay in order."""
    world = World(latency=Latency(in_us=1_000, in_tail_us=500, seed=3))
    client = logged_on(world)
    waits = []
    for _ in range(300):
        client.order("1", "10", "10")
        sent = world.now
        at = world.exchange.wake_at()
        assert at is not None
        waits.append(at - sent)
        world.pass_time(SECOND)
    assert min(waits) >= 1_000_000 and 420_000 < sum(waits) / 300 - 1_000_000 < 580_000
    assert 0.30 < sum(wait > 1_500_000 for wait in waits) / 300 < 0.44, "1/e of them are beyond the mean"
    for _ in range(50):
        client.order("1", "10", "10")
    numbers = [int((answer[11] or "")[1:]) for answer in client.mine(world.pass_time(SECOND)) if answer[35] == "8"]
    assert numbers == list(range(301, 351))


def test_what_had_not_arrived_when_the_connection_ended_is_asked_for_again() -> None:
    """The order is lost on its way; after the next Logon(A) the venue misses its MsgSeqNum(34)."""
    world = World(latency=Latency(in_us=1_000))
    client = logged_on(world)
    client.order("1", "10", "10")
    world.drop(client.link)
    client.link = world.connect()
    client.say("A", (98, "0"), (108, "0"))
    seen = client.mine(world.pass_time(SECOND))
    assert [answer[35] for answer in seen] == ["A", "2"] and seen[1].has(_7="2")


def test_the_seed_decides_how_long_messages_take() -> None:
    def told(seed: int) -> list[Ns]:
        world = World(latency=Latency(out_tail_us=800, seed=seed), flow=Flow())
        client = logged_on(world)
        client.order("1", "10", "10")
        at = world.exchange.wake_at()
        assert at is not None
        return [at]

    assert told(1) == told(1) != told(2)


# -- fees

TIERS = (
    FeeTier(above=parse_px("1000"), maker_fee=-2_000, taker_fee=3_000),
    FeeTier(above=parse_px("3000"), maker_fee=-3_000, taker_fee=2_000),
)


def charged(client: Client, qty: str) -> str | None:
    """Commission(12) of who takes `qty` at 100."""
    (fill,) = [answer for answer in client.order("1", qty, "100", (59, "3")) if answer[150] == "F"]
    return fill[12]


def world_with(period: FeePeriod) -> tuple[World, Client]:
    world = World(maker_fee=-1_000, taker_fee=4_000, fee_tiers=TIERS, fee_period=period)
    return world, Client(world)


def supply(world: World, comp_id: str = "MAKER") -> Client:
    maker = Client(world, comp_id)
    maker.order("2", "100000", "100")
    return maker


def test_a_tier_counts_from_the_fill_after_the_one_that_reached_it() -> None:
    """0.4 bps of 999 is 0.03996; with 1,000 traded the rate is 0.3 bps, with 3,000 0.2 bps, to the last 1e-8."""
    world, client = world_with(FeePeriod.DAY)
    supply(world)
    assert [charged(client, qty) for qty in ("9", "1", "20", "1", "10")] == ["0.036", "0.004", "0.06", "0.002", "0.02"]


def test_volume_is_each_counterpartys_own_on_both_of_its_sides() -> None:
    """Who waits has the tier of what it has traded, not of the other."""
    world, client = world_with(FeePeriod.DAY)
    maker = supply(world)
    for qty in ("10", "10", "20"):
        charged(client, qty)
    fees = [answer[12] for answer in maker.mine(world.outputs) if answer[150] == "F"]
    assert fees == ["-0.01", "-0.02", "-0.04"]
    other = Client(world, "OTHER")
    assert charged(other, "1") == "0.004"


def test_volume_begins_anew_with_the_day_or_the_month() -> None:
    """2013-11-21 in UTC: the next day, and ten days later December."""
    for period, next_day, next_month in ((FeePeriod.DAY, "0.004", "0.004"), (FeePeriod.MONTH, "0.003", "0.004")):
        world, client = world_with(period)
        supply(world)
        assert [charged(client, "10"), charged(client, "1")] == ["0.04", "0.003"]
        for days, fee in ((1, next_day), (10, next_month)):
            world.now = Ns(START + days * DAY)
            assert charged(Client(world, f"GW{days}"), "1") == "0.004", "somebody new"
            assert charged(relogged(world, client), "1") == fee


def relogged(world: World, client: Client) -> Client:
    world.drop(client.link)
    client.link = world.connect()
    (answer,) = client.say("A", (98, "0"), (108, "0"))
    assert answer[35] == "A"
    return client


def test_volume_outlives_a_restart_of_the_venue() -> None:
    world, client = world_with(FeePeriod.MONTH)
    supply(world)
    charged(client, "10")
    world.start()
    client.link = world.connect()
    client.say("A", (98, "0"), (108, "0"))
    assert charged(client, "1") == "0.003"
