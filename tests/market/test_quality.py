"""The figures of each venue's market data, by hand: rules M-5, and how an operator sees them."""

import json
from pathlib import Path

import pytest

from gateway.market import Markets
from gateway.market.feed import LONG, MANY
from gateway.model import Ns
from gateway.model.quotes import FeedQuality
from tests.conftest import make_world
from tests.conversation.rules import rule
from tests.market.told import START, S, change, instruments, snapshot, update, venue
from tests.test_cli import run
from tests.test_cli_sessions import door

MS = 1_000_000


def two_venues(*symbols: str) -> Markets:
    markets = Markets()
    markets.configure([venue("XLON"), venue("BATE")], instruments(*symbols))
    return markets


def quality(markets: Markets, name: str, now: int = START) -> FeedQuality:
    return next(feed for feed in markets.status("", Ns(now)).feeds if feed.venue == name)


def test_before_anything_is_said_there_is_nothing_to_judge_by() -> None:
    found = quality(two_venues("ACME"), "XLON")
    assert not found.is_up and found.heard is None and found.offset is None
    assert (found.completeness, found.accuracy, found.timeliness, found.consistency, found.reliability) == (
        *(0, None, None),
        *(None, None),
    )


@rule("M-5.1")
def test_complete_is_who_shows_both_sides_of_all_it_was_asked_for_and_did_not_refuse() -> None:
    markets = two_venues("ACME", "IBM", "XYZ", "ABC")
    markets.apply("XLON", snapshot("99x1", "101x1"), Ns(START))
    markets.apply("XLON", snapshot("99x1", "", "IBM"), Ns(START))
    markets.apply(
        "XLON", change(update("0", "99", "1", "ABC"), update("1", "101", "1", "ABC")), Ns(START)
    )  # no book yet
    assert quality(markets, "XLON").completeness == 25
    assert markets.refused("XLON", "XYZ") == ["XYZ"] and markets.refused("XLON", "NONE") == []
    assert (quality(markets, "XLON").completeness, quality(markets, "XLON").symbols) == (33, 3)


@rule("M-5.2")
def test_accurate_is_what_can_be_so() -> None:
    """Of ten entries one is off the tick, one has no price, and one leaves the venue's own bid at its own offer."""
    markets = two_venues("ACME")
    markets.apply("XLON", snapshot("99x1 98x1 97x1", "101x1 102x1 103x1"), Ns(START))
    for entry, price in (("0", "98.005"), ("2", "0"), ("2", "100"), ("0", "101")):
        markets.apply("XLON", change(update(entry, price, "1")), Ns(START))
    assert quality(markets, "XLON").accuracy == 70


@rule("M-5.3")
def test_timely_is_what_was_not_held_up_for_more_than_a_quarter_of_a_second() -> None:
    markets = two_venues("ACME")
    for held_up in (0, 249, 251, 9_000):
        markets.apply("XLON", change(update("2", "100", "1"), sent=START), Ns(START + held_up * MS))
    assert quality(markets, "XLON").timeliness == 50


@rule("M-5.4")
def test_consistent_is_what_does_not_cross_others() -> None:
    markets = two_venues("ACME")
    markets.apply("BATE", snapshot("99x1", "101x1"), Ns(START))
    for bid in ("98", "101", "101.5", "100"):
        markets.apply("XLON", snapshot(f"{bid}x1", "102x1"), Ns(START))
    assert quality(markets, "XLON").consistency == 75
    assert quality(markets, "BATE").consistency == 100


@rule("M-5.5")
def test_reliable_is_the_share_of_the_time_that_it_was_there_and_not_stale() -> None:
    """Of 100 s and two symbols BATE is stale in one from 10 to 30 s, and away from 60 to 90 s: 20 + 60 of 200."""
    markets = two_venues("ACME", "IBM")
    for name in ("BATE", "XLON"):
        for symbol in ("ACME", "IBM"):
            markets.apply(name, snapshot("99x1", "101x1", symbol), Ns(START))
    markets.apply("XLON", snapshot("98x1", "101x1"), Ns(START))
    markets.turn(Ns(START + 10 * S))
    assert quality(markets, "BATE", START + 10 * S).stale == ("ACME",)
    markets.apply("BATE", snapshot("98x1", "101x1"), Ns(START + 30 * S))
    markets.now = Ns(START + 60 * S)
    markets.forget("BATE")
    assert not quality(markets, "BATE", START + 60 * S).is_up
    markets.apply("BATE", snapshot("98x1", "101x1"), Ns(START + 90 * S))
    for _ in range(2):  # to look changes nothing
        assert quality(markets, "BATE", START + 100 * S).reliability == 60
    assert quality(markets, "XLON", START + 100 * S).reliability == 100


@rule("M-5.6")
def test_what_was_long_ago_weighs_little_and_takes_no_room() -> None:
    """Counts are halved at 8192 messages, times at a day."""
    markets = two_venues("ACME")
    for _ in range(MANY - 1):
        markets.apply("XLON", change(update("2", "0", "1")), Ns(START))
    feed = markets.feed("XLON")
    assert (feed.messages, feed.wrong) == (MANY - 1, MANY - 1)
    markets.apply("XLON", change(update("2", "100", "1")), Ns(START))
    assert (feed.messages, feed.wrong, feed.entries) == (MANY // 2, MANY // 2 - 1, MANY // 2)
    markets.now = Ns(START + 2 * LONG)
    markets.forget("XLON")
    markets.apply("XLON", snapshot(), Ns(START + 3 * LONG))
    assert quality(markets, "XLON", START + 4 * LONG).reliability == 75  # 2 of 2 days; 1 of 2; then 1.5 of 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "300 at 100.1 on BATE"),
        (("ACME",), "bid 99.8 800 50 XLON 500, BATE 300"),
    ],
)
@rule("M-5.7")
def test_an_operator_sees_the_market_and_how_good_it_is(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    world = make_world()
    world.converse(
        """
        BATE quotes ACME 99.80x300 100.10x300
        XLON quotes ACME 99.80x500 100.20x500
        client > NewOrderSingle   OrderQty=100  Side=BUY  OrdType=LIMIT  Price=99.80  MaxFloor=50
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=50
        """
    )
    with door(tmp_path, world.node, world.node):  # type: ignore[arg-type]
        shown = run("market", *arguments, "--data", str(tmp_path))
        as_json = run("market", *arguments, "--json", "--data", str(tmp_path))
        unknown = run("market", "NONE", "--data", str(tmp_path))
    assert shown.exit_code == 0 and unknown.exit_code == 1 and "NONE is not traded here" in unknown.stderr
    told = " ".join(shown.stdout.split())
    assert said in told and "BATE fresh 1" in told
    found = json.loads(as_json.stdout)
    assert found["quotes"][0]["bid"] == 9_980_000_000 and found["feeds"][0]["completeness"] == 100
    assert (found["ladder"] is None) == (not arguments)
