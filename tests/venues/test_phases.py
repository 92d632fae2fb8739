"""A venue's day from outside: what is taken in which phase, what auctions do, and who is told."""

import json

import pytest

from gateway.model import SECOND, Command, LinkDown, Note, Ns, Output, Send
from gateway.model.settings import Offer
from gateway.run.profiles import read_profile
from tests.venues.world import START, Answer, Client, World, trading_day
from venues.crowd.flow import Flow
from venues.exchange import Exchange
from venues.floor.auctions import RESUMES_S, Volatility
from venues.floor.latency import Latency
from venues.floor.statuses import MAX_REQUESTS

OFFERS = (Offer.DAY, Offer.IOC, Offer.FOK, Offer.OPG, Offer.ATC, Offer.GTX, Offer.POST_ONLY)
OPG, ATC, GTX, IOC = (59, "2"), (59, "7"), (59, "5"), (59, "3")
DAY_S = 86_400


@pytest.fixture
def world() -> World:
    return World(days=[trading_day(), trading_day(1)], offers=OFFERS)


def joined(world: World, comp_id: str = "GW") -> Client:
    """A client without heartbeats, so that time can pass."""
    client = Client(world, comp_id, logon=False)
    client.say("A", (98, "0"), (108, "0"))
    return client


def answers(outputs: list[Output]) -> list[Answer]:
    return [Answer(item.data) for item in outputs if isinstance(item, Send)]


def heard(world: World, ns: int) -> list[Answer]:
    return answers(world.pass_time(ns))


def at(world: World, second: int) -> list[Answer]:
    """Go on to so long after the start; all that is said on the way."""
    return heard(world, START + second * SECOND - world.now)


def of(answers: list[Answer], msg_type: str) -> list[Answer]:
    return [answer for answer in answers if answer[35] == msg_type]


def command(world: World, name: str, symbol: str = "ACME", why: str = "news") -> list[Answer]:
    payload = json.dumps({"symbol": symbol, "why": why}).encode()
    return answers(world.give(Command(world.now, name, "anna", payload)))


def test_what_a_day_takes_when(world: World) -> None:
    """Nothing for today while it is closed; at once only in continuous trading; OPG until the opening, ATC to the end."""
    client = joined(world)
    taken = {}
    for second in (0, 10, 20, 30, 100, 110):
        at(world, second)
        taken[second] = [
            name
            for name, field in (("DAY", (59, "0")), ("OPG", OPG), ("IOC", IOC), ("GTX", GTX), ("ATC", ATC))
            if client.order("1", "1", "1", field)[0].has(_150="0")
        ]
    auction = ["DAY", "OPG", "ATC"]
    assert taken == {
        0: ["OPG"],
        10: auction,
        20: auction,
        30: ["DAY", "IOC", "GTX", "ATC"],
        100: ["DAY", "ATC"],
        110: ["OPG"],
    }


@pytest.mark.parametrize(
    ("second", "field", "reason", "text"),
    [
        (0, (59, "0"), "2", "the market is closed: only GTC, GTD and OPG are kept for the next day"),
        (25, IOC, "99", "IOC is for continuous trading; this is opening auction"),
        (30, OPG, "4", "the opening auction is over"),
    ],
)
def test_what_a_phase_does_not_take_is_rejected_with_a_reason(
    world: World, second: int, field: tuple[int, str], reason: str, text: str
) -> None:
    at(world, second)
    (answer,) = joined(world).order("1", "1", "1", field)
    assert answer.has(_150="8", _39="8", _103=reason, _58=text)


def test_the_opening_auction_trades_at_one_price(world: World) -> None:
    """Orders cross and wait; then all trade at 100, market orders first, and neither side took from the other."""
    at(world, 10)
    client = joined(world)
    client.order("1", "5", "101", cl="high")
    client.order("1", "5", None, cl="market")
    client.order("2", "8", "99", cl="sell")
    assert of(at(world, 29), "8") == []
    fills = [answer for answer in at(world, 30) if answer[150] == "F"]
    assert {answer[31] for answer in fills} == {"101"}
    assert {answer[851] for answer in fills} == {None}
    by_order: dict[str | None, int] = {}
    for fill in fills:
        by_order[fill[11]] = by_order.get(fill[11], 0) + int(fill[32] or 0)
    assert by_order == {"market": 5, "high": 3, "sell": 8}
    assert client.order("2", "2", "101", cl="later")[1].has(_150="F", _31="101", _851="2")


def test_what_an_opening_order_does_not_get_is_canceled(world: World) -> None:
    at(world, 10)
    client = joined(world)
    client.order("1", "5", "100", OPG, cl="P")
    client.order("2", "3", "100", cl="S")
    *_, end = [answer for answer in at(world, 30) if answer[11] == "P"]
    assert end.has(_150="4", _39="4", _14="3", _151="0", _58="not filled in the auction it was for")


def test_a_market_order_that_the_auction_does_not_fill_is_canceled(world: World) -> None:
    at(world, 10)
    client = joined(world)
    client.order("1", "5", None, cl="P")
    (end,) = of(at(world, 30), "8")
    assert end.has(_150="4", _11="P", _58="no counterparty for the rest")


def test_an_order_for_the_close_waits_beside_the_book_until_then(world: World) -> None:
    """It takes nothing before, and what the closing auction leaves of it is canceled, of a day order expired."""
    at(world, 30)
    client = joined(world)
    client.order("2", "4", "99", cl="S")
    client.order("1", "5", "101", ATC, cl="P")
    assert client.replace("P", "P2", "6", "102", ATC)[0].has(_150="5", _151="6")
    assert of(at(world, 100), "8") == []
    client.order("2", "1", "100", cl="S2")
    said = of(at(world, 110), "8")
    assert {answer[31] for answer in said if answer[150] == "F"} == {"102"}
    (canceled,) = [answer for answer in said if answer[150] == "4"]
    assert canceled.has(_11="P2", _14="5", _151="0")


def test_at_the_end_of_the_day_day_orders_expire(world: World) -> None:
    at(world, 30)
    client = joined(world)
    client.order("1", "5", "100", cl="P")
    (end,) = of(at(world, 110), "8")
    assert end.has(_150="C", _39="C", _11="P", _58="its time is over")
    assert of(at(world, DAY_S + 200), "8") == []


def test_good_till_crossing_is_over_when_an_auction_begins(world: World) -> None:
    at(world, 30)
    client = joined(world)
    client.order("1", "5", "100", GTX, cl="P")
    (end,) = of(at(world, 100), "8")
    assert end.has(_150="C", _11="P", _58="it was good until an auction, and one begins")


def test_an_order_for_the_next_opening_is_kept_overnight(world: World) -> None:
    at(world, 110)
    client = joined(world)
    client.order("1", "5", "100", OPG, cl="P")
    at(world, DAY_S + 10)
    client.order("2", "5", "100", cl="S")
    assert [answer[11] for answer in at(world, DAY_S + 30) if answer[150] == "F"] == ["S", "P"]


def test_phases_that_were_due_while_the_venue_was_down_come_to_pass_when_it_is_back(world: World) -> None:
    """The day order of yesterday has expired by the time its client is back, in the pre-open of the next day."""
    at(world, 30)
    client = joined(world)
    client.order("1", "5", "100", cl="P")
    world.give(LinkDown(world.now, client.link, "reset"))
    world.now = Ns(START + (DAY_S + 15) * SECOND)
    world.start()
    client.link = world.connect()
    client.say("A", (98, "0"), (108, "0"))
    assert client.say("H", (11, "P"), (55, "ACME"), (54, "1"))[0].has(_150="I", _39="C")
    assert client.order("1", "1", "1", OPG)[0].has(_150="0")
    assert client.order("1", "1", "1", IOC)[0].has(_150="8")


def test_a_venue_without_hours_trades_round_the_clock() -> None:
    world = World(offers=OFFERS)
    client = joined(world)
    client.order("1", "5", "100")
    assert client.order("2", "5", "100")[1].has(_150="F")
    (status,) = client.say("g", (335, "T"), (263, "0"))
    assert status.has(_340="2", _625="3") and status[341] is None


# -- halts


def test_a_halted_symbol_takes_no_orders_and_trades_again_after_an_auction() -> None:
    """Cancels are taken. Who asked is told why."""
    world = World(symbols=("ACME", "OTHER"))
    client = joined(world)
    client.say("e", (324, "S"), (55, "ACME"), (263, "1"))
    client.order("1", "5", "100", cl="P")
    client.order("1", "5", "99", cl="R")
    (status,) = command(world, "halt-symbol", why="news pending")
    assert status.has(_35="f", _324="S", _55="ACME", _326="2", _325="Y", _58="news pending")
    assert client.order("2", "5", "100")[0].has(_150="8", _103="2", _58="trading in ACME is halted")
    assert client.replace("P", "P2", "4", "100")[0].has(_35="9", _58="trading in ACME is halted")
    assert client.cancel("R", "X")[0].has(_150="4")
    (status,) = command(world, "resume-symbol")
    assert status.has(_326="5", _625="9")
    assert [answer[150] for answer in client.order("2", "5", "98", cl="S")] == ["0"]
    said = heard(world, RESUMES_S * SECOND)
    assert [answer[11] for answer in said if answer[150] == "F"] == ["S", "P"]
    assert said[-1].has(_35="f", _326="17", _625="3")


@pytest.mark.parametrize(
    ("name", "symbol", "why", "error"),
    [
        ("halt-symbol", "NONE", "x", "NONE is not traded here"),
        ("halt-symbol", "ACME", " ", "halt-symbol: why is not said"),
        ("resume-symbol", "ACME", "x", "ACME is not halted"),
    ],
)
def test_a_halt_that_cannot_be_is_refused(world: World, name: str, symbol: str, why: str, error: str) -> None:
    assert command(world, name, symbol, why) == []
    assert world.exchange.command_error == error


def test_a_halt_is_a_note_and_outlasts_the_day(world: World) -> None:
    at(world, 30)
    client = joined(world)
    client.order("1", "5", "100", cl="P")
    command(world, "halt-symbol")
    assert [item.kind for item in world.outputs if isinstance(item, Note) and item.kind == "halt"] == ["halt"]
    assert [answer[150] for answer in of(at(world, 110), "8")] == ["C"]
    at(world, DAY_S + 40)
    assert client.order("1", "5", "100")[0].has(_58="trading in ACME is halted")


# -- volatility


@pytest.fixture
def jumpy() -> World:
    """5 % from the last trade, 8 % from the last auction; auctions of 20 s."""
    return World(offers=OFFERS, volatility=Volatility(from_last_bps=500, from_auction_bps=800, auction_s=20))


def test_a_price_that_moves_too_far_leads_to_an_auction(jumpy: World) -> None:
    """What is within the band trades. The rest takes part in the auction, and so does who comes then."""
    client = joined(jumpy)
    client.say("e", (324, "S"), (55, "ACME"), (263, "1"))
    client.order("2", "5", "104", cl="near")
    client.order("2", "5", "106", cl="far")
    said = client.order("1", "8", "110", cl="P")
    assert [(answer[35], answer[11], answer[150]) for answer in said] == [
        ("8", "P", "0"),
        ("f", None, None),
        ("8", "P", "F"),
        ("8", "near", "F"),
    ]
    assert said[1].has(_326="5", _625="9")
    client.order("2", "1", "105", cl="late")
    fills = [answer for answer in heard(jumpy, 20 * SECOND) if answer[150] == "F"]
    assert {(answer[11], answer[31], answer[32]) for answer in fills} == {
        ("P", "106", "1"),
        ("P", "106", "2"),
        ("late", "106", "1"),
        ("far", "106", "2"),
    }


def test_a_market_order_at_the_band_waits_for_the_auction_and_ioc_does_not(jumpy: World) -> None:
    client = joined(jumpy)
    client.order("2", "5", "106")
    assert [answer[150] for answer in client.order("1", "1", None, IOC)] == ["0", "4"]
    assert client.order("1", "1", None, cl="M")[0].has(_150="0"), "IOC led to the auction, in which this one waits"
    fills = [answer for answer in heard(jumpy, 20 * SECOND) if answer[150] == "F"]
    assert [answer[31] for answer in fills] == ["106", "106"]


def test_the_band_follows_trades_up_to_its_distance_from_the_last_auction(jumpy: World) -> None:
    """104 is 4 % off 100, and 107 less than 3 % off 104; 108.5 is near 107, but more than 8 % off 100."""
    client = joined(jumpy)
    for price in ("104", "107"):
        client.order("2", "1", price)
        assert [answer[150] for answer in client.order("1", "1", price)] == ["0", "F", "F"]
    client.order("2", "1", "108.5")
    assert [answer[150] for answer in client.order("1", "1", "108.5")] == ["0"]


def test_an_auction_sets_the_band_anew(jumpy: World) -> None:
    client = joined(jumpy)
    client.order("2", "1", "110")
    client.order("1", "1", "110")
    jumpy.pass_time(20 * SECOND)
    client.order("2", "1", "115")
    assert [answer[150] for answer in client.order("1", "1", "115")] == ["0", "F", "F"]


# -- who is told


def test_who_asks_is_told_of_the_session_and_of_each_change(world: World) -> None:
    client = joined(world)
    (status,) = client.say("g", (335, "T"), (263, "1"))
    assert status.has(_35="h", _335="T", _336="1", _340="3", _625="5", _325="N")
    assert status.has(_341="20131121-13:20:10.000", _342="20131121-13:20:30.000", _344="20131121-13:21:50.000")
    told = of(at(world, 110), "h")
    assert [(answer[340], answer[625]) for answer in told] == [
        ("4", "1"),
        ("4", "2"),
        ("2", "3"),
        ("5", "4"),
        ("3", "5"),
    ]
    assert all(answer.has(_335="T", _325="Y") for answer in told)
    client.say("g", (335, "T"), (263, "2"))
    assert of(at(world, DAY_S + 30), "h") == []


def test_who_asks_for_a_symbol_is_told_of_each_change(world: World) -> None:
    client = joined(world)
    (status,) = client.say("e", (324, "S"), (55, "ACME"), (263, "1"))
    assert status.has(_35="f", _324="S", _326="18", _325="N")
    assert client.say("e", (324, "O"), (55, "ACME"), (263, "0"))[0].has(_326="18")
    told = of(at(world, 110), "f")
    assert [answer[326] for answer in told] == ["21", "22", "17", "5", "18"]
    client.say("e", (324, "S"), (55, "ACME"), (263, "2"))
    assert of(at(world, DAY_S + 30), "f") == []


def test_what_is_not_known_is_said_to_be_so(world: World) -> None:
    client = joined(world)
    (status,) = client.say("e", (324, "S"), (55, "NONE"), (263, "1"))
    assert status.has(_35="f", _326="19", _58="Symbol(55) NONE is not traded here")
    (status,) = client.say("g", (335, "T"), (336, "NIGHT"), (263, "1"))
    assert status.has(_35="h", _340="6", _567="1", _336="NIGHT")


def test_subscriptions_to_phases_are_bounded_and_end_with_the_connection(world: World) -> None:
    client = joined(world)
    for number in range(MAX_REQUESTS):
        client.say("e", (324, f"S{number}"), (55, "ACME"), (263, "1"))
    assert client.say("g", (335, "T"), (263, "1"))[0].has(_35="j", _380="0", _58="more than 1000 subscriptions")
    world.give(LinkDown(world.now, client.link, "reset"))
    again = joined(world, "OTHER")
    assert at(world, 30) == []
    assert again.say("g", (335, "T"), (263, "1"))[0].has(_35="h")


def test_the_start_price_is_the_reference_of_the_first_auction(world: World) -> None:
    """Neither side is longer, so that of 90 to 110 the nearest to the start price, 100, is taken."""
    at(world, 10)
    client = joined(world)
    client.order("1", "5", "110")
    client.order("2", "5", "90")
    assert {answer[31] for answer in at(world, 30) if answer[150] == "F"} == {"100"}


# -- beside invented participants


@pytest.fixture
def peopled() -> World:
    profile = read_profile("XLON")
    changes = {field: getattr(profile, field) for field in profile.__struct_fields__} | {"latency": Latency()}
    return World(symbols=("ACME", "OTHER"), flow=Flow(seed=3), days=[trading_day(), trading_day(1)], **changes)


def shown(answers: list[Answer]) -> dict[str, int]:
    """How many entries of market data there were of each MDEntryType(269)."""
    kinds = [entry[269] for answer in answers if answer[35] in ("W", "X") for entry in answer.groups()]
    return {kind: kinds.count(kind) for kind in kinds}


def test_invented_participants_keep_the_hours_and_halts(peopled: World) -> None:
    """They trade in both auctions and between; nothing of theirs stands when it is closed, or in a halted symbol."""
    client = joined(peopled)
    client.watch(types="012")
    assert shown(at(peopled, 9)) == {}
    assert shown(at(peopled, 30))["2"] == 1, "the opening auction prints once"
    assert shown(at(peopled, 60))["2"] > 10
    command(peopled, "halt-symbol")
    assert client.watch(req="M2", types="01")[0].entries() == [("", "0", "0", "0")]
    assert shown(at(peopled, 70)) == {}
    command(peopled, "resume-symbol")
    at(peopled, 105)
    assert len(client.watch(req="M3", types="01")[0].entries()) > 4
    assert shown(at(peopled, 110))["2"] >= 1
    assert client.watch(req="M4", types="01")[0].entries() == [("", "0", "0", "0")]
    assert shown(at(peopled, DAY_S)) == {}
    assert shown(at(peopled, DAY_S + 60))["2"] > 10


def test_a_day_that_is_replayed_says_the_same(peopled: World) -> None:
    client = joined(peopled)
    client.watch(types="012QA")
    client.say("e", (324, "S"), (55, "ACME"), (263, "1"))
    for second in (12, 25, 50, 95, 105, 112):
        at(peopled, second)
        for price, field in (("99.9", (59, "0")), ("100.1", OPG), ("101", ATC), ("99", GTX)):
            client.order("1", "5000", price, field)
            client.order("2", "4000", price, field)
    command(peopled, "halt-symbol")
    at(peopled, DAY_S + 60)
    again, said = Exchange(), list[Output]()
    for item in peopled.inputs:
        said += again.handle(item)
    assert said == peopled.outputs
