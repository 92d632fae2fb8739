"""Venues that fail again and again are left alone for a while, and tried with one small order."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.model import SCALE, SECOND, Instrument, Qty
from gateway.model.health import BreakerSettings, HealthSettings
from gateway.node import Gateway
from gateway.run.config import load
from tests.conftest import SETTINGS, make_world
from tests.conversation.language import START
from tests.conversation.rules import rule
from tests.conversation.world import World
from tests.routing.test_explain import kept
from tests.test_cli import run
from tests.test_config import WHOLE

SHOWS = "quotes ACME 99.90x900 100.10x900"


def failing(failures: int = 3, least: int = 1, **breaker: int) -> World:
    """XLON and BATE show the same; XLON is the first. No order is smaller than `least`."""
    settings = BreakerSettings(failures=failures, **breaker)
    world = make_world(
        instruments=(Instrument(symbol="ACME", min_qty=Qty(least * SCALE)),),
        health=HealthSettings(breaker=settings),
        venues=tuple(replace(venue, ack_timeout_s=2) for venue in SETTINGS.venues),
    )
    world.converse(f"XLON {SHOWS}\nBATE {SHOWS}")
    return world


def reject(world: World, times: int) -> None:
    """So many orders of their own, which XLON rejects and BATE fills."""
    for _ in range(times):
        world.converse(
            f"""
            XLON   {SHOWS}
            BATE   {SHOWS}
            client > NewOrderSingle   OrderQty=100
            client < ExecutionReport  ExecType=NEW
            XLON   < NewOrderSingle   OrderQty=100
            XLON   > ExecutionReport  ExecType=REJECTED  Text=no
            BATE   < NewOrderSingle   OrderQty=100
            BATE   > ExecutionReport  ExecType=TRADE
            client < ExecutionReport  ExecType=TRADE
            """
        )
    world.converse(f"XLON {SHOWS}\nBATE {SHOWS}")


def goes_to(world: World, venue: str, qty: int = 300) -> None:
    world.converse(
        f"""
        client > NewOrderSingle   OrderQty=300
        client < ExecutionReport  ExecType=NEW
        {venue}   < NewOrderSingle   OrderQty={qty}
        {venue}   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE
        """
    )


def states(world: World) -> list[tuple[str, str]]:
    return [(note["after"], note["why"]) for note in world.notes("breaker")]


@rule("W-14.2")
def test_a_probe_leaves_nothing_that_could_not_be_sent() -> None:
    """Of 150 the smallest order is 100, and then 50 would be left for good; of 300 there are 200."""
    world = failing(rest_s=5, least=100)
    reject(world, 3)
    world.converse(
        f"""
        +5s
        XLON   {SHOWS}
        client > NewOrderSingle   OrderQty=150
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=150
        """
    )


@rule("W-14.1", "W-14.3", "W-14.4")
def test_a_venue_that_rejects_everything_and_returns() -> None:
    """A schedule goes on elsewhere, ends on time and loses nothing; the breaker opens, tries twice, and closes."""
    world = failing(rest_s=5)
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=P  OrderQty=900  TargetStrategy=TWAP  NumSlices=9  Duration=90
        client < ExecutionReport  ClOrdID=P  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=REJECTED
        BATE   < NewOrderSingle   OrderQty=100
        BATE   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE
        XLON   {SHOWS}
        +10s
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=REJECTED
        BATE   < NewOrderSingle   OrderQty=100
        BATE   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE
        XLON   {SHOWS}
        +10s
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=REJECTED
        BATE   < NewOrderSingle   OrderQty=100
        BATE   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE
        XLON   {SHOWS}
        +10s
        XLON   < NewOrderSingle   OrderQty=1
        BATE   < NewOrderSingle   OrderQty=99
        BATE   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE  CumQty=399
        XLON   > ExecutionReport  ExecType=REJECTED
        BATE   < NewOrderSingle   OrderQty=1
        BATE   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE  CumQty=400
        XLON   {SHOWS}
        +9s
        +1s
        BATE   < NewOrderSingle   OrderQty=100
        BATE   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE  CumQty=500
        +10s
        XLON   < NewOrderSingle   OrderQty=1
        BATE   < NewOrderSingle   OrderQty=99
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE
        BATE   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE  CumQty=600
        BATE   quotes ACME 99.90x900 100.20x900
        XLON   {SHOWS}
        +10s
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE
        +10s
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE
        +10s
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE  CumQty=900  OrdStatus=FILLED
        restart
        """
    )
    three = "3 rejects of 3 in a row"
    assert states(world) == [
        ("open", three),
        ("half-open", three),
        ("open", "reject of T8EAY0-1-7"),
        ("half-open", "reject of T8EAY0-1-7"),
        ("closed", "T8EAY0-1-11 was answered"),
    ]
    opened = [note for note in world.notes("breaker") if note["after"] == "open"]
    assert [(note["until"] - START) // SECOND for note in opened] == [20 + 5, 30 + 10], "twice as long"
    passed_over = [note.get("passed_over", {}).get("XLON") for note in world.notes("decision")]
    assert "breaker open since 14:30:20.000, 3 rejects of 3 in a row" in passed_over
    assert "breaker half-open since 14:30:25.000, 3 rejects of 3 in a row, T8EAY0-1-7 decides" in passed_over


@rule("W-14.1")
def test_an_answer_between_rejects_begins_the_row_anew() -> None:
    world = failing()
    reject(world, 2)
    goes_to(world, "XLON", 300)
    reject(world, 2)
    goes_to(world, "XLON", 300)
    assert states(world) == []


@rule("W-14.1")
def test_rejects_that_are_long_ago_do_not_count() -> None:
    world = failing(window_s=30)
    reject(world, 2)
    world.converse(f"+31s\nXLON {SHOWS}\nBATE {SHOWS}")
    reject(world, 2)
    assert states(world) == []
    reject(world, 1)
    assert [after for after, _ in states(world)] == ["open"]


@rule("W-14.1")
def test_a_venue_that_does_not_answer_and_one_that_leaves_fail_too() -> None:
    world = failing()
    world.converse(
        f"""
        client > NewOrderSingle   OrderQty=100
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100
        +2s
        XLON   < OrderStatusRequest
        XLON   > disconnect
        XLON   > connect
        XLON   < OrderStatusRequest
        XLON   {SHOWS}
        XLON   > disconnect
        XLON   > connect
        XLON   < OrderStatusRequest
        XLON   {SHOWS}
        """
    )
    assert states(world) == [("open", "1 unanswered order and 2 disconnects of 3 in a row")]
    goes_to(world, "BATE")


@rule("W-14.2")
def test_nothing_else_goes_there_until_the_probe_is_answered() -> None:
    world = failing()
    reject(world, 3)
    world.converse(
        """
        +5s
        client > NewOrderSingle   ClOrdID=A  OrderQty=300  TargetStrategy=TWAP  NumSlices=1  Duration=60
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=1
        BATE   < NewOrderSingle   OrderQty=299
        BATE   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE
        """
    )
    goes_to(world, "BATE")
    world.converse(f"+2s\nXLON < OrderStatusRequest\n+3s\nBATE {SHOWS}\nXLON {SHOWS}")
    assert states(world)[-1] == ("open", "unanswered order of T8EAY0-4-1")
    goes_to(world, "BATE")


@rule("W-14.2")
def test_what_cannot_be_cut_down_is_a_probe_as_it_is() -> None:
    world = failing()
    reject(world, 3)
    world.converse(
        """
        +5s
        client > NewOrderSingle   OrderQty=300  TimeInForce=FILL_OR_KILL
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=300
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE
        """
    )
    assert states(world)[-1][0] == "closed"


@rule("W-14.3")
def test_the_rest_is_no_longer_than_its_bound_and_short_again_after_a_good_while() -> None:
    world = failing(failures=1, rest_s=5, most_s=8, window_s=10)
    for seconds, outcome in ((8, "REJECTED"), (8, "REJECTED"), (8, "REJECTED"), (11, "TRADE"), (0, "REJECTED")):
        world.converse(
            f"""
            client > NewOrderSingle   OrderQty=100  TimeInForce=FILL_OR_KILL
            client < ExecutionReport  ExecType=NEW
            XLON   < NewOrderSingle   OrderQty=100
            XLON   > ExecutionReport  ExecType={outcome}
            client < ExecutionReport  ExecType={outcome.replace("REJECTED", "CANCELED")}
            +{seconds}s
            XLON   {SHOWS}
            BATE   {SHOWS}
            """
        )
    rests = [note["until"] for note in world.notes("breaker") if note["after"] == "open"]
    opened = [START + seconds * SECOND for seconds in (0, 8, 16, 35)]
    assert [(until - at) // SECOND for at, until in zip(opened, rests, strict=True)] == [5, 8, 8, 5]


@rule("W-14.5")
def test_what_rests_at_a_venue_stays_when_its_breaker_opens() -> None:
    world = failing()
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=R  OrderQty=100  OrdType=LIMIT  Price=99.90  MaxFloor=100
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100  Price=99.90
        XLON   > ExecutionReport  ExecType=NEW
        """
    )
    for times, qty in ((2, 40), (1, 60)):
        reject(world, times)
        world.converse(
            f"""
            XLON   > ExecutionReport  ClOrdID=T8EAY0-1-1  ExecType=TRADE  LastQty={qty}
            client < ExecutionReport  ExecType=TRADE
            """
        )
    assert states(world) == [("open", "3 rejects of 3 in a row")], "an old order says nothing of new ones"


@rule("W-14.6")
def test_operators_open_and_close_by_hand_and_say_why(tmp_path: Path) -> None:
    world = failing()
    world.converse("operator open-breaker venue=XLON why=mad")
    world.converse(f"+600s\nXLON {SHOWS}\nBATE {SHOWS}")
    goes_to(world, "BATE")
    world.converse("operator close-breaker venue=XLON why=better")
    goes_to(world, "XLON")
    assert states(world) == [("open", "mad"), ("closed", "better")]
    assert {note["who"] for note in world.notes("breaker")} == {"operator"}
    assert [note["until"] for note in world.notes("breaker")] == [None, None]
    world.restart()
    folder = kept(world, tmp_path)
    commands = json.loads(run("audit", "commands", "--data", str(folder), "--json").stdout)
    shown = [(each["name"], each["before"], each["after"]) for each in commands if "breaker" in each["name"]]
    assert shown == [("open-breaker", "closed", "open"), ("close-breaker", "open", "closed")]


@rule("W-14.6")
@pytest.mark.parametrize(
    ("name", "arguments", "error"),
    [
        ("open-breaker", {"venue": "XPAR", "why": "w"}, "there is no venue XPAR"),
        ("open-breaker", {"venue": "XLON", "why": " "}, "open-breaker: why is not said"),
        ("open-breaker", {"venue": 5, "why": "w"}, "open-breaker: Expected `str`, got `int` - at `$.venue`"),
        ("close-breaker", {"venue": "XLON", "why": "w"}, "the breaker of XLON is closed"),
    ],
)
def test_what_cannot_be_done_changes_nothing(name: str, arguments: dict[str, object], error: str) -> None:
    world = failing()
    world.command(name, **arguments)
    assert isinstance(world.node, Gateway)
    assert (world.node.command_error, states(world)) == (error, [])


def test_operators_see_which_are_open(tmp_path: Path) -> None:
    world = failing()
    reject(world, 3)
    world.command("stop")
    text = run("venue", "stats", "--data", str(kept(world, tmp_path))).stdout
    assert "XLON: breaker open since 14:30:00.000, 3 rejects of 3 in a row" in text


def test_the_configuration_says_when_a_breaker_opens(tmp_path: Path) -> None:
    path = tmp_path / "gateway.toml"
    keys = "breaker_failures = 7\nbreaker_window_s = 8\nbreaker_rest_s = 9\nbreaker_most_s = 10\n"
    path.write_text(f"{WHOLE}[routing]\n{keys}")
    assert load(path).settings.health.breaker == BreakerSettings(failures=7, window_s=8, rest_s=9, most_s=10)


def test_without_failures_in_the_configuration_none_opens() -> None:
    world = failing(failures=0)
    reject(world, 3)
    goes_to(world, "XLON")
