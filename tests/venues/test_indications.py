"""Market data of auctions: the indicative price and volume, what would be left, and figures of a new day."""

import pytest

from gateway.model import SECOND
from tests.venues.world import Answer, Client, World, trading_day


@pytest.fixture
def world() -> World:
    """A venue in its pre-open."""
    world = World(days=[trading_day(), trading_day(1)])
    world.pass_time(10 * SECOND)
    return world


@pytest.fixture
def client(world: World) -> Client:
    client = Client(world, logon=False)
    client.say("A", (98, "0"), (108, "0"))
    client.watch(types="QA")
    return client


def told(answers: list[Answer]) -> list[tuple[str | None, ...]]:
    """(update action, type, price, size, condition) of what is indicative."""
    return [
        (entry.get(279), entry[269], entry.get(270), entry.get(271), entry.get(277))
        for answer in answers
        if answer[35] in ("W", "X")
        for entry in answer.groups()
        if entry[269] in ("Q", "A")
    ]


def passed(world: World, client: Client, seconds: int) -> list[tuple[str | None, ...]]:
    return told(client.mine(world.pass_time(seconds * SECOND)))


def test_an_auction_tells_its_price_and_what_is_left_over(world: World, client: Client) -> None:
    """Nothing in the pre-open; then price and volume, and which side is longer; nothing when it is over."""
    client.order("1", "8", "101")
    assert told(client.order("2", "5", "99")) == []
    assert passed(world, client, 10) == [("0", "Q", "101", "5", None), ("0", "A", None, "3", "P")]
    assert passed(world, client, 10) == [("2", "Q", "101", "5", None), ("2", "A", None, "3", "P")]


def test_who_asks_during_an_auction_is_told_at_once(world: World, client: Client) -> None:
    client.order("1", "5", "101")
    client.order("2", "8", "99")
    world.pass_time(15 * SECOND)
    assert told(client.watch(req="M2", types="A0Q")) == [(None, "Q", "99", "5", None), (None, "A", None, "3", "Q")]


def test_an_auction_is_looked_at_once_a_second(world: World, client: Client) -> None:
    """What comes in between is told together when the second is over, and at once when it began before."""
    client.order("1", "5", "101")
    client.order("2", "5", "99", cl="S")
    world.pass_time(15 * SECOND)
    assert told(client.order("2", "1", "99", cl="T")) == [
        ("1", "Q", "99", "5", None),
        ("1", "A", None, "1", "Q"),
    ]
    assert told(client.order("2", "1", "99")) == []
    assert told(client.cancel("S", "X", side="2")) == []
    assert passed(world, client, 1) == [("1", "Q", "101", "2", None), ("1", "A", None, "3", "P")]
    assert passed(world, client, 2) == []


def test_an_auction_in_which_nothing_would_trade_any_more_says_so(world: World, client: Client) -> None:
    client.order("1", "5", "100", cl="P")
    client.order("2", "5", "100")
    world.pass_time(15 * SECOND)
    assert told(client.cancel("P", "X")) == [("2", "Q", "100", "5", None), ("2", "A", None, "0", None)]


def test_conflated_market_data_does_not_wake_the_venue_in_vain() -> None:
    """What is to be looked at after a second is not shown before the two between messages are over."""
    world = World(days=[trading_day()], conflate_ms=2000)
    world.pass_time(20 * SECOND)
    client = Client(world, logon=False)
    client.say("A", (98, "0"), (108, "0"))
    client.watch(types="Q")
    client.order("1", "5", "100")
    client.order("2", "5", "100")
    assert passed(world, client, 2) == [("0", "Q", "100", "5", None)]
    shown = world.now
    world.pass_time(SECOND // 2)
    client.watch(req="M2", types="Q")
    assert world.exchange.wake_at() == shown + 2 * SECOND


def test_figures_of_the_day_are_gone_when_the_next_begins(world: World, client: Client) -> None:
    world.pass_time(20 * SECOND)
    client.watch(req="M2", types="47B2")
    client.order("1", "5", "100")
    client.order("2", "5", "100")
    said = client.mine(world.pass_time((86_400 - 20) * SECOND))
    last = [answer for answer in said if answer[35] == "X"][-1]
    assert [(entry[279], entry[269], entry.get(271)) for entry in last.groups()] == [
        ("2", "4", None),
        ("2", "7", None),
        ("1", "B", "0"),
    ]
    (snapshot,) = client.watch(req="M3", types="4B2")
    assert [(entry[269], entry.get(271)) for entry in snapshot.groups()] == [("2", "5"), ("B", "0")]
