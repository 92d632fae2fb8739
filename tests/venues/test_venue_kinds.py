"""Venues without a book that all share: dark pools, market makers, crossing networks, internal crosses."""

from random import Random
from typing import Any

import pytest

from gateway.model import MILLISECOND, SECOND, Command, Ns, Px, Qty, Send, TimeInForce
from gateway.model.settings import Offer
from tests.venues.test_order_kinds import ALL_PROFILES, AT_ONCE, KINDS, TIMES, send
from tests.venues.world import START, Answer, Client, World
from venues.crowd.flow import Flow, Habits
from venues.exchange import Exchange
from venues.matching.orders import Event, Fill, Order, Terms
from venues.matching.pool import Rules
from venues.offbook.crosses import Crosses
from venues.offbook.hidden import Hidden
from venues.offbook.kinds import CAN_OFFER, VenueKind
from venues.offbook.lastlook import LastLook
from venues.offbook.midpoint import MidpointBook
from venues.profile import Profile
from venues.tapes.reading import Tape

OFF_BOOK = [profile for profile in ALL_PROFILES if not profile.has_a_book]
BEFORE_CROSS = 590 * SECOND  # START is 13:20 in London, and the next cross at 13:30
CROSSES = Crosses(at=(48_600, 54_000), zone="Europe/London")  # 13:30 and 15:00
PEG = ((40, "P"), (18, "M"))


def world_of(kind: VenueKind, **changes: Any) -> World:
    if kind is VenueKind.CROSSING:
        changes.setdefault("crosses", CROSSES)
    return World(kind=kind, offers=CAN_OFFER[kind], **changes)


def peg(client: Client, side: str, qty: str, *more: tuple[int, str], cl: str) -> list[Answer]:
    """A pegged order of the middle, with whatever limit is among `more`."""
    fields = ((11, cl), (55, "ACME"), (54, side), (60, "20131121-13:20:00"), (38, qty), *PEG, *more)
    return client.say("D", *fields)


def trades(answers: list[Answer]) -> list[tuple[str | None, ...]]:
    """(ClOrdID, LastQty, LastPx, LastLiquidityInd) of fills."""
    return [(answer[11], answer[32], answer[31], answer[851]) for answer in answers if answer[150] == "F"]


# -- every order type and time of every profile


@pytest.mark.parametrize("profile", OFF_BOOK, ids=lambda profile: profile.name)
@pytest.mark.parametrize("name", KINDS)
def test_what_a_profile_claims_is_had_and_what_it_does_not_is_refused(profile: Profile, name: str) -> None:
    """Who is claimed is New and filled where there is somebody; who is not is Rejected with 103=11 and a text."""
    kind = KINDS[name]
    times = (
        kind.times | AT_ONCE if "MIDPOINT_PEG" in kind.needs else kind.times
    )  # what follows the middle is at it here
    for time in TIMES:
        world = World(kind=profile.kind, offers=profile.offers, crosses=profile.crosses, last_look=LastLook(hold_ms=5))
        world.pass_time(BEFORE_CROSS)
        client = Client(world)
        if profile.kind is not VenueKind.MARKET_MAKER:
            peg(client, "2", "80", cl="OTHER")
        answers = send(client, kind._replace(price="101.00" if kind.price else None), time)
        missing = (kind.needs | {time}) - set(profile.offers)
        if missing or time not in times:
            (refused,) = answers
            assert refused.has(_150="8", _39="8", _103="11")
            assert ("is not offered" in (refused[58] or "")) == bool(missing)
            continue
        assert answers[0].has(_150="0", _39="0", _151="50")
        answers += client.mine(world.pass_time(10 * SECOND))
        assert [answer[39] for answer in answers if answer[11] == "X"][-1] == "2"


@pytest.mark.parametrize("kind", [kind for kind in VenueKind if kind not in (VenueKind.EXCHANGE, VenueKind.ECN)])
def test_a_kind_of_venue_has_a_profile_that_comes_along(kind: VenueKind) -> None:
    assert [profile.kind for profile in OFF_BOOK].count(kind) == 1


# -- dark pools


@pytest.fixture
def dark() -> World:
    return world_of(VenueKind.DARK)


def test_a_dark_pool_trades_at_the_middle_whatever_the_limits(dark: World) -> None:
    """Both get a better price than their limits; who waited longer trades first, however good the other's limit."""
    first, second, coming = (Client(dark, name) for name in ("FIRST", "SECOND", "COMING"))
    first.order("2", "30", "99")
    second.order("2", "30", "98")
    answers = coming.order("1", "50", "103")
    assert trades(answers) == [("C1", "30", "100", "2"), ("C1", "20", "100", "2")]
    assert trades(second.mine(dark.outputs)) == [("C1", "20", "100", "1")]


def test_limits_on_the_wrong_side_of_the_middle_do_not_trade_even_with_each_other(dark: World) -> None:
    client = Client(dark)
    client.order("2", "30", "100.01")
    assert trades(client.order("1", "30", "100.01")) == []


def test_who_is_pegged_to_the_middle_need_not_wait_for_it(dark: World) -> None:
    """Immediate or cancel: what is there now at the middle, if its limit allows that, and no more."""
    client = Client(dark)
    peg(client, "2", "30", cl="A")
    assert peg(client, "1", "50", (44, "99.99"), (59, "3"), cl="B")[-1].has(_150="4", _14="0")
    answers = peg(client, "1", "50", (44, "100.01"), (59, "3"), cl="C")
    assert ("C", "30", "100", "2") in trades(answers) and answers[-1].has(_11="C", _150="4", _14="30")
    assert trades(peg(client, "2", "50", cl="D")) == []


def test_a_least_quantity_is_one_of_each_trade(dark: World) -> None:
    """MinQty(110): two of 30 do not make up for 50. When less is left of it, all of that is enough."""
    client = Client(dark)
    for cl in "AB":
        peg(client, "2", "30", cl=cl)
    assert trades(peg(client, "1", "60", (110, "50"), cl="LARGE")) == []
    assert trades(peg(client, "2", "55", cl="C")) == [
        ("C", "55", "100", "2"),
        ("LARGE", "55", "100", "1"),
        ("LARGE", "5", "100", "2"),
        ("A", "5", "100", "1"),
    ]


def test_a_least_quantity_that_is_lowered_is_met_at_once(dark: World) -> None:
    client = Client(dark)
    peg(client, "2", "30", cl="SMALL")
    client.order("1", "50", "101", (18, "G"), cl="LARGE")
    assert trades(client.replace("LARGE", "LESS", "30", "101", (18, "G"))) == [
        ("LESS", "30", "100", "2"),
        ("SMALL", "30", "100", "1"),
    ]


def test_fill_or_kill_is_filled_by_several_or_not_at_all(dark: World) -> None:
    client = Client(dark)
    for cl in "AB":
        peg(client, "2", "30", cl=cl)
    assert client.order("1", "61", None, (59, "4"))[-1].has(_150="4", _14="0")
    assert trades(client.order("1", "60", None, (59, "4"))) == [
        ("C2", "30", "100", "2"),
        ("A", "30", "100", "1"),
        ("C2", "30", "100", "2"),
        ("B", "30", "100", "1"),
    ]


def test_a_dark_pool_shows_trades_and_never_an_order(dark: World) -> None:
    """An empty W of the book; X with trades; nothing with AggregatedBook(266) N either."""
    watcher, client = Client(dark, "WATCHER"), Client(dark)
    (empty,) = watcher.watch()
    assert empty.entries() == [("", "0", "0", "0")]
    peg(client, "2", "30", cl="A")
    assert watcher.watch(req="M2", sub="0")[0].entries() == [("", "0", "0", "0")]
    assert watcher.watch(req="M3", sub="0", terms=((266, "N"),))[0].entries() == [("", "0", "0", "0")]
    client.order("1", "10", None)
    (update,) = [answer for answer in watcher.mine(dark.outputs) if answer[35] == "X"]
    assert update.entries() == [("0", "2", "100", "10")]


def test_no_offset_is_had_from_a_place_where_all_trades_are_at_the_middle(dark: World) -> None:
    (refused,) = peg(Client(dark), "1", "10", (211, "0.01"), cl="A")
    assert refused.has(_39="8", _103="11") and "PegOffsetValue(211)" in (refused[58] or "")


def test_what_waits_trades_when_the_middle_comes_within_its_limit() -> None:
    """The reference is the middle of a tape's quotes; without one of its sides nothing trades."""
    tape = "time,bid,bid size,ask,ask size\n100,10.00,5,10.02,5\n101,10.01,5,10.04,5\n102,,,10.00,5\n103,9.98,5,10,5\n"
    world = world_of(VenueKind.DARK, tape=Tape(tape.splitlines(), symbol="ACME"))
    client = Client(world)
    client.order("2", "30", "10.02", cl="S")
    assert trades(client.order("1", "20", "10.03", cl="B")) == [], "the middle is 10.01"
    assert trades(client.mine(world.pass_time(SECOND))) == [("B", "20", "10.025", "2"), ("S", "20", "10.025", "1")]
    world.pass_time(SECOND)
    assert trades(client.order("1", "5", None, (59, "3"))) == []


def test_the_middle_of_a_flow_is_that_of_the_lit_venues() -> None:
    """Within two ticks of what an exchange of the same seed shows."""
    lit, dark = World(flow=Flow(seed=4)), world_of(VenueKind.DARK, flow=Flow(seed=4))
    watcher, client = Client(lit), Client(dark)
    for number in range(20):
        lit.pass_time(30 * SECOND)
        dark.pass_time(30 * SECOND)
        (book,) = watcher.watch(req=f"M{number}", sub="0", depth="1", types="01")
        bid, offer = (float(price) for _, _, price, _ in book.entries())
        peg(client, "2", "1", cl=f"S{number}")
        fill = trades(peg(client, "1", "1", cl=f"B{number}"))[0]
        assert abs(float(fill[2] or 0) - (bid + offer) / 2) <= 0.02


def test_a_halt_keeps_orders_apart_until_it_is_over(dark: World) -> None:
    """New orders are refused; cancels are not. Afterwards what waited meets."""
    client = Client(dark)
    client.order("2", "30", "100.05", cl="S")
    client.order("1", "30", "99.95", cl="B")
    dark.give(Command(dark.now, "halt-symbol", "anna", b'{"symbol": "ACME", "why": "news"}'))
    assert peg(client, "1", "5", cl="P")[0].has(_39="8", _103="2")
    dark.give(Command(dark.now, "resume-symbol", "anna", b'{"symbol": "ACME", "why": "over"}'))
    assert trades(peg(client, "1", "5", cl="P2") + peg(client, "2", "5", cl="P3")) == []
    assert trades(client.mine(dark.pass_time(61 * SECOND))) == [("P3", "5", "100", "2"), ("P2", "5", "100", "1")]


@pytest.mark.parametrize(("stays_s", "chance"), [(10, 0.393), (40, 0.865)])
def test_somebody_hidden_is_met_as_often_as_the_document_says(stays_s: int, chance: float) -> None:
    """Of 6 a minute 3 are on one side: 0.5 of them at a time if they stay for 10 s, and 1 - exp(-0.5) is 0.393."""
    hidden = Hidden(arrivals_per_min=6, stays_s=stays_s, size_lots=100)
    world = world_of(VenueKind.DARK, hidden=hidden, flow=Flow(seed=9))
    client = Client(world)
    met = 0
    for number in range(600):
        world.pass_time(20 * SECOND)
        answers = client.order(str(1 + number % 2), "1", None, (59, "3"))
        met += bool(trades(answers))
    assert abs(met / 600 - chance) < 0.06, "three deviations"


@pytest.mark.parametrize("internal", [False, True])
def test_a_pool_never_keeps_two_apart_who_could_trade(internal: bool) -> None:
    """3,000 random commands; what is traded is wanted by both, within both limits, and as much as both want at least."""
    chance = Random(7)
    book = MidpointBook(Rules(), internal=internal)
    live: list[Order] = []
    middle, fills = 100, 0
    book.follow(Px(middle))
    for _ in range(3_000):
        events: list[Event] = []
        choice = chance.randrange(10)
        if choice < 6:
            qty = chance.randrange(1, 50)
            terms = Terms(min_qty=Qty(chance.choice((0, 0, 10, qty))), owner=chance.choice(("A", "B", "")))
            limit = Px(middle + chance.randrange(-3, 4))
            order = Order(is_buy=chance.random() < 0.5, price=limit, leaves=qty, terms=terms)
            live.append(order)
            events = book.submit(order, chance.choice((TimeInForce.DAY, TimeInForce.DAY, TimeInForce.IOC)))
        elif choice < 8 and live:
            order = chance.choice(live)
            leaves, price = chance.randrange(1, 50), Px(middle + chance.randrange(-3, 4))
            events = book.replace(order, price=price, leaves=leaves, terms=order.terms)
        elif choice == 8 and live:
            book.cancel(chance.choice(live))
        else:
            middle += chance.randrange(-1, 2)
            events = book.follow(Px(middle))
        live = [order for order in live if order.is_live]
        assert set(book.waiting()) == set(live)
        for event in events:
            if isinstance(event, Fill):
                fills += 1
                sides = event.maker, event.taker
                assert event.price == middle and event.maker.number < event.taker.number
                assert all(meets(order, middle) for order in sides) and sides[0].is_buy != sides[1].is_buy
                assert may_meet(*sides, internal=internal)
        willing = [order for order in live if meets(order, middle)]
        for buy in (order for order in willing if order.is_buy):
            for sell in (order for order in willing if not order.is_buy):
                wanted = min(buy.leaves, sell.leaves) >= max(buy.least, sell.least)
                assert not (wanted and may_meet(buy, sell, internal=internal)), "they could have traded"
    assert fills > 500 and bool(book.prints) is not internal


def meets(order: Order, middle: int) -> bool:
    assert order.price is not None
    return middle <= order.price if order.is_buy else middle >= order.price


def may_meet(one: Order, other: Order, *, internal: bool) -> bool:
    same = one.terms.owner == other.terms.owner != ""
    return same is internal


# -- market makers


@pytest.fixture
def maker() -> World:
    return world_of(VenueKind.MARKET_MAKER, habits=Habits(levels=2, size_lots=100, maker_lag_ms=500))


def quotes(client: Client, req: str) -> list[tuple[str, ...]]:
    return [entry[1:] for entry in client.watch(req=req, sub="0", types="01")[0].entries()]


def test_a_market_maker_streams_quotes_and_trades_at_them(maker: World) -> None:
    """It is the other side of every trade, and makes good after its lag what was taken."""
    watcher, client = Client(maker, "WATCHER"), Client(maker)
    shown = watcher.watch(types="01")[0].entries()
    bid, offer = (float(next(price for _, kind, price, _ in shown if kind == side)) for side in "01")
    assert offer - bid < 0.04 and abs(bid - 100) < 0.03 and len(shown) == 4
    (_, fill) = client.order("1", "20", f"{offer:.2f}", (59, "3"))
    assert fill.has(_150="F", _39="2", _851="2") and float(fill[31] or 0) == offer
    assert client.order("2", "20", f"{bid + 0.01:.2f}", (59, "3"))[-1].has(_150="4", _39="4")
    client.order("1", "10000", None, (59, "3"))
    assert [side for side, *_ in quotes(watcher, "M2")].count("1") == 0
    maker.pass_time(SECOND)
    assert [side for side, *_ in quotes(watcher, "M3")].count("1") == 2


def test_quotes_follow_the_reference() -> None:
    world = world_of(VenueKind.MARKET_MAKER, flow=Flow(seed=2))
    watcher = Client(world)
    watcher.watch(types="01")
    updates = [answer for answer in watcher.mine(world.pass_time(25 * SECOND)) if answer[35] == "X"]
    assert len(updates) > 3


def test_a_halt_ends_the_quotes_even_if_some_were_to_be_made_good(maker: World) -> None:
    """Time goes on in the halt, and the quotes are back when orders are taken again."""
    client = Client(maker)
    client.order("1", "10000", None, (59, "3"))
    maker.give(Command(maker.now, "halt-symbol", "anna", b'{"symbol": "ACME", "why": "news"}'))
    maker.pass_time(20 * SECOND)
    assert quotes(client, "M1") == [("0", "0", "0")]
    maker.give(Command(maker.now, "resume-symbol", "anna", b'{"symbol": "ACME", "why": "over"}'))
    maker.pass_time(2 * SECOND)
    assert len(quotes(client, "M2")) == 4


def test_who_waits_cannot_be_had_from_a_market_maker(maker: World) -> None:
    assert Client(maker).order("1", "20", "100.00", (59, "0"))[0].has(_39="8", _103="11")


def test_a_market_maker_declines_whose_quote_is_gone_after_its_last_look() -> None:
    """The order is New, and for so long nothing is said; a quote that got better is given on."""
    tape = "time,bid,bid size,ask,ask size\n100,10.00,5,10.02,5\n101,10.02,5,10.04,5\n102,10.00,5,10.02,5\n"
    look = LastLook(hold_ms=100)
    world = world_of(VenueKind.MARKET_MAKER, last_look=look, tape=Tape(tape.splitlines(), symbol="ACME"))
    client = Client(world)
    world.pass_time(950 * MILLISECOND)
    assert [answer[39] for answer in client.order("1", "20", "12", (59, "3"))] == ["0"]
    (declined,) = client.mine(world.pass_time(100 * MILLISECOND))
    assert declined.has(_150="4", _14="0") and "declined" in (declined[58] or "")
    world.pass_time(900 * MILLISECOND)
    client.order("1", "20", "12", (59, "3"))
    (filled,) = client.mine(world.pass_time(100 * MILLISECOND))
    assert filled.has(_150="F", _39="2") and float(filled[31] or 0) < 10.04


def test_an_order_that_is_looked_at_can_be_canceled() -> None:
    world = world_of(VenueKind.MARKET_MAKER, last_look=LastLook(hold_ms=100))
    client = Client(world)
    client.order("1", "20", "101", (59, "3"), cl="A")
    assert client.cancel("A", "X")[0].has(_150="4")
    assert client.mine(world.pass_time(SECOND)) == []


def test_a_market_maker_declines_by_chance_so_often() -> None:
    world = world_of(VenueKind.MARKET_MAKER, last_look=LastLook(declines_percent=30))
    client = Client(world)
    declined = sum(client.order("1", "1", "101", (59, "3"))[-1].has(_150="4") for _ in range(500))
    assert 115 < declined < 185


# -- crossing networks


def test_a_crossing_network_trades_at_its_times_only() -> None:
    """At one price, and no side is said to have added or removed; what is left of a market order is Canceled."""
    world = world_of(VenueKind.CROSSING)
    world.pass_time(BEFORE_CROSS)
    client = Client(world)
    client.order("2", "30", "99", cl="S")
    client.order("1", "20", "101", cl="B")
    client.order("1", "20", None, cl="M")
    assert client.mine(world.pass_time(9 * SECOND)) == []
    out = client.mine(world.pass_time(SECOND))
    assert trades(out) == [
        ("B", "20", "100", None),
        ("S", "20", "100", None),
        ("M", "10", "100", None),
        ("S", "10", "100", None),
    ]
    assert out[-1].has(_11="M", _150="4", _14="10")


def test_crosses_keep_the_clock_of_their_zone() -> None:
    """13:30 in London is 13:30 UTC in November and 12:30 UTC in July; after the day's last one comes the next day's."""
    november, july = START, Ns(1_373_587_200 * SECOND)  # 2013-07-12 00:00
    assert CROSSES.after(november) == START + 600 * SECOND
    assert CROSSES.after(Ns(START + 600 * SECOND)) == START + 6_000 * SECOND
    assert CROSSES.after(july) == july + 45_000 * SECOND
    assert CROSSES.after(Ns(july + 60_000 * SECOND)) == july + (86_400 + 45_000) * SECOND


def test_a_cross_that_was_slept_through_does_not_take_place() -> None:
    world = world_of(VenueKind.CROSSING)
    client = Client(world)
    client.order("2", "30", "99")
    client.order("1", "20", "101")
    world.now = Ns(START + 700 * SECOND)
    world.outputs.clear()
    world.start()
    client = Client(world, "OTHER")
    world.pass_time(10 * SECOND)
    assert not any(b"150=F" in item.data for item in world.outputs if isinstance(item, Send))


# -- internal crosses


def test_an_internal_cross_brings_one_firm_together_and_tells_nobody() -> None:
    """By the profile's firms, else by SenderCompID(49); no trade is shown."""
    world = world_of(VenueKind.INTERNAL, firms={"DESK1": "ALPHA", "DESK2": "ALPHA"})
    one, two, other, watcher = (Client(world, name) for name in ("DESK1", "DESK2", "OTHER", "WATCHER"))
    watcher.watch(types="012B")
    one.order("2", "30", "99", cl="S")
    assert trades(other.order("1", "10", None, (59, "3"))) == []
    assert trades(two.order("1", "10", None, (59, "3"), cl="B")) == [("B", "10", "100", "2")]
    assert trades(one.order("1", "10", "101", cl="B")) == [("B", "10", "100", "2"), ("S", "10", "100", "1")]
    assert [answer for answer in watcher.mine(world.outputs) if answer[35] == "X"] == []


# -- all of them


@pytest.mark.parametrize("profile", OFF_BOOK, ids=lambda profile: profile.name)
def test_the_same_inputs_give_the_same_outputs(profile: Profile) -> None:
    """With invented participants, across a cross, a day's end of heartbeats and a restart."""
    fields = {name: getattr(profile, name) for name in ("kind", "offers", "hidden", "crosses", "last_look", "habits")}
    world = World(flow=Flow(seed=3), **fields)
    world.pass_time(BEFORE_CROSS)
    client = Client(world)
    client.watch()
    for number in range(40):
        client.order(str(1 + number % 2), "70", "101" if number % 3 else None, (59, TIMES[profile.offers[0].name]))
        world.pass_time(500 * MILLISECOND)
    world.start()
    Client(world, "OTHER").order("1", "70", "101", (59, TIMES[profile.offers[0].name]))
    world.pass_time(2 * SECOND)
    again = Exchange()
    assert [output for item in world.inputs for output in again.handle(item)] == world.outputs
    assert len(world.outputs) > 40


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ('kind = "DARK"\nself_trade = "CANCEL_BOTH"', "self_trade is not for kind DARK"),
        ('kind = "DARK"\n[habits]\nlevels = 2', "habits are not for kind DARK"),
        ('kind = "MARKET_MAKER"\n[habits]\nfast_percent = 2', "habits.fast_percent is not for kind MARKET_MAKER"),
        ('kind = "MARKET_MAKER"\noffers = ["DAY"]', "offers DAY is not for kind MARKET_MAKER"),
        ('kind = "MARKET_MAKER"', "offers DAY is not for kind MARKET_MAKER"),
        ('kind = "ECN"\noffers = ["DAY", "GTX"]', "offers GTX is not for kind ECN"),
        ('kind = "ECN"\n[hours]\nopening = "07:00"\ncontinuous = "08:00"\nclosing = "16:00"', "hours with auctions"),
        ('kind = "CROSSING"\noffers = ["DAY"]', "crosses is missing"),
        ('kind = "CROSSING"\n[crosses]\nat = ["15:00", "11:00"]', "crosses at has to name later and later times"),
        ("[firms]\nA = 'B'", "firms is not for kind EXCHANGE"),
        ('kind = "DARK"\n[hidden]\nstays_s = 0', "hidden arrivals_per_min is missing"),
        ('kind = "LIT"', "kind must be one of EXCHANGE, ECN, DARK"),
    ],
)
def test_a_profile_says_nothing_that_its_kind_does_not_have(text: str, wrong: str) -> None:
    head = 'name = "X"\nmic = "XXXX"\ncomp_id = "X"\ntick = "0.01"\nlot = "1"\nmin_qty = "1"\n'
    with pytest.raises(ValueError, match=wrong):
        Profile.parse(head + text)


def test_exchanges_can_offer_whatever_there_is() -> None:
    assert set(CAN_OFFER[VenueKind.EXCHANGE]) == set(Offer)
