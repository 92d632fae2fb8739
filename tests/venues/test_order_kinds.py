"""Every kind of order with every TimeInForce(59), at every profile: what it claims is had, what it does not is refused."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from gateway.model import SCALE, SECOND, Ns, Px, Qty, TimeInForce, print_timestamp
from gateway.model.settings import Offer
from tests.venues.world import START, Answer, Client, World, trading_day
from venues.matching.orders import Allocation, SelfTrade
from venues.profile import Profile

PROFILE_FILES = Path(__file__).parents[2] / "venues" / "profiles"
ALL_PROFILES = [Profile.parse(path.read_text()) for path in sorted(PROFILE_FILES.glob("*.toml"))]
PROFILES = [profile for profile in ALL_PROFILES if profile.has_a_book]
LASTS = {"DAY", "GTC", "GTD"}
AT_ONCE = {"IOC", "FOK"}
IN_AUCTIONS = {"OPG", "ATC"}
TIMES = {"DAY": "0", "GTC": "1", "OPG": "2", "IOC": "3", "FOK": "4", "GTX": "5", "GTD": "6", "ATC": "7"}
PHASES = {"pre-open": 10, "opening auction": 20, "continuous trading": 30, "closing auction": 100, "closed": 110}
EXPIRES = 20 * SECOND
DAY = 86_400 * SECOND
Field = tuple[int, str]


class Kind(NamedTuple):
    needs: set[str]  # of what a profile offers
    fields: tuple[Field, ...]
    times: set[str]  # with which it goes
    price: str | None = "10.00"


KINDS = {
    "limit": Kind(set(), ((40, "2"),), {*TIMES}),
    "market": Kind(set(), ((40, "1"),), {"DAY"} | AT_ONCE | IN_AUCTIONS, None),
    "stop": Kind({"STOP"}, ((40, "3"), (99, "10.05")), LASTS, None),
    "stop limit": Kind({"STOP_LIMIT"}, ((40, "4"), (99, "9.95")), LASTS),
    "market to limit": Kind({"MARKET_TO_LIMIT"}, ((40, "K"),), LASTS, None),
    "iceberg": Kind({"ICEBERG"}, ((40, "2"), (111, "10")), LASTS),
    "iceberg by house tag": Kind({"ICEBERG"}, ((40, "2"), (1138, "10")), LASTS),
    "hidden": Kind({"HIDDEN"}, ((40, "2"), (111, "0")), LASTS),
    "least quantity": Kind({"MIN_QTY"}, ((40, "2"), (110, "20")), LASTS | AT_ONCE),
    "least quantity at the market": Kind({"MIN_QTY"}, ((40, "1"), (110, "20")), {"DAY"} | AT_ONCE, None),
    "hidden least quantity": Kind({"HIDDEN", "MIN_QTY"}, ((40, "2"), (111, "0"), (110, "20")), LASTS),
    "all or none": Kind({"ALL_OR_NONE"}, ((40, "2"), (18, "G")), LASTS | AT_ONCE),
    "post only": Kind({"POST_ONLY"}, ((40, "2"), (18, "6")), LASTS),
    "post only iceberg": Kind({"POST_ONLY", "ICEBERG"}, ((40, "2"), (18, "6"), (111, "10")), LASTS),
    "primary peg": Kind({"PRIMARY_PEG"}, ((40, "P"), (18, "R")), LASTS, None),
    "market peg": Kind({"MARKET_PEG"}, ((40, "P"), (18, "P"), (211, "-0.05")), LASTS, None),
    "midpoint peg": Kind({"MIDPOINT_PEG"}, ((40, "P"), (1094, "2")), LASTS),
    "midpoint peg of a least quantity": Kind({"MIDPOINT_PEG", "MIN_QTY"}, ((40, "P"), (18, "M"), (110, "20")), LASTS),
}


def opened(profile: Profile, phase: str) -> Client:
    """A venue of that profile in that phase; in continuous trading with quotes of 100 at 9.90 and 10.10, and a last trade."""
    world = World(offers=profile.offers, days=() if profile.hours is None else [trading_day()])
    world.pass_time(PHASES[phase] * SECOND)
    if phase == "continuous trading":
        maker = Client(world, "MAKER")
        for side, qty, price in (("2", "1", "10.00"), ("1", "1", "10.00"), ("1", "100", "9.90"), ("2", "100", "10.10")):
            maker.order(side, qty, price)
    return Client(world)


def out_of_phase(time: str, phase: str) -> str | None:
    """OrdRejReason(103) of what comes at the wrong time of the day."""
    if phase == "closed":
        return None if time in ("GTC", "GTD", "OPG") else "2"
    if time == "OPG" and phase in ("continuous trading", "closing auction"):
        return "4"
    return "99" if time in ("IOC", "FOK", "GTX") and phase != "continuous trading" else None


def send(
    client: Client, kind: Kind, time: str, *more: Field, side: str = "1", qty: str = "50", cl: str = "X"
) -> list[Answer]:
    fields: list[Field] = [(11, cl), (55, "ACME"), (54, side), (60, print_timestamp(client.world.now)), (38, qty)]
    fields += [*kind.fields, (59, TIMES[time])]
    if kind.price is not None:
        fields.append((44, kind.price))
    if time == "GTD":
        fields.append((126, print_timestamp(Ns(client.world.now + EXPIRES))))
    return client.say("D", *fields, *more)


@pytest.mark.parametrize(
    ("profile", "phase"),
    [(p, phase) for p in PROFILES for phase in PHASES if p.hours is not None or phase == "continuous trading"],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
@pytest.mark.parametrize("name", KINDS)
def test_what_a_profile_claims_is_had_and_what_it_does_not_is_refused(profile: Profile, phase: str, name: str) -> None:
    """New, and an end: filled or canceled at once, canceled when asked to, or expired. Refusals: 103 and a text."""
    for time in TIMES:
        client = opened(profile, phase)
        kind = KINDS[name]
        first, *others = send(client, kind, time)
        missing = (kind.needs | {time}) - set(profile.offers)
        if missing or time not in kind.times:
            assert first.has(_150="8", _39="8", _103="11", _151="0") and not others
            text = first[58] or ""
            assert any(text.startswith(f"{what} is not offered: ") for what in missing) or "do not go together" in text
            assert bool(missing) == ("is not offered" in text)
        elif (reason := out_of_phase(time, phase)) is not None and profile.hours is not None:
            assert first.has(_150="8", _103=reason) and first[58] and not others
        else:
            assert first.has(_150="0", _39="0", _38="50", _151="50", _14="0")
            ends(client, name, time, phase)


def ends(client: Client, name: str, time: str, phase: str) -> None:
    """The order that was New comes to its end as one of its kind does."""
    (last,) = client.say("H", (11, "X"), (55, "ACME"), (54, "1"))
    is_market = KINDS[name].fields[0] == (40, "1") and time not in IN_AUCTIONS
    if phase == "continuous trading" and (time in AT_ONCE or is_market):
        assert last[39] in ("2", "4"), "it stays"
    elif last[39] == "2":
        assert name in ("stop", "market to limit") and phase == "continuous trading", "it was to wait"
    elif time == "GTD" and phase == "continuous trading":
        assert last.has(_39="0", _151="50")
        assert [answer[150] for answer in client.mine(client.world.pass_time(21 * SECOND))][:1] == ["C"]
    else:
        assert last.has(_39="0", _151="50")
        assert client.cancel("X", "Y")[0].has(_150="4", _39="4", _41="X")


def test_every_kind_and_time_is_claimed_by_some_profile() -> None:
    claimed = {offer for profile in PROFILES for offer in profile.offers}
    assert claimed >= {*TIMES, *(need for kind in KINDS.values() for need in kind.needs)}
    assert {*Offer} == {*TIMES, *(need for kind in KINDS.values() for need in kind.needs)}
    assert {TimeInForce[time].value for time in TIMES} == set(TIMES.values())


ALL = tuple(offer for offer in Offer if offer not in (Offer.OPG, Offer.GTX, Offer.ATC))


@pytest.fixture
def client() -> Client:
    return Client(World(offers=ALL))


def shown(client: Client, *, types: str = "01") -> list[tuple[str, str, str]]:
    """(type, price, size) of what the venue shows."""
    (snapshot,) = client.watch(sub="0", types=types)
    return [(kind, price, size) for _, kind, price, size in snapshot.entries() if size != "0"]


def trades(answers: list[Answer]) -> list[tuple[str | None, ...]]:
    return [(answer[11], answer[32], answer[31]) for answer in answers if answer[150] == "F"]


def test_an_iceberg_shows_its_tip_and_queues_anew_with_each(client: Client) -> None:
    client.order("1", "50", "10.00", (111, "10"), cl="I")
    client.order("1", "10", "10.00", cl="P")
    assert shown(client) == [("0", "10", "20")]
    assert trades(client.order("2", "25", "10.00", cl="S"))[1::2] == [
        ("I", "10", "10"),
        ("P", "10", "10"),
        ("I", "5", "10"),
    ]
    assert shown(client) == [("0", "10", "5")]


def test_a_hidden_order_trades_after_those_that_are_shown(client: Client) -> None:
    client.order("1", "50", "10.00", (111, "0"), cl="H")
    assert shown(client) == []
    client.order("1", "10", "10.00", cl="P")
    assert trades(client.order("2", "15", "10.00", cl="S"))[1::2] == [("P", "10", "10"), ("H", "5", "10")]


def test_a_stop_order_waits_for_a_trade_at_its_price(client: Client) -> None:
    """New with WorkingIndicator(636) N; Restated with Y when the price is traded; then it is a market order."""
    kind = Kind(set(), ((40, "3"), (99, "10.05")), LASTS, None)
    assert send(client, kind, "DAY", cl="T")[0].has(_150="0", _636="N", _39="0")
    client.order("2", "10", "10.05", cl="A")
    client.order("2", "90", "10.10", cl="B")
    answers = client.order("1", "10", "10.05", cl="C")
    own = [answer for answer in answers if answer[11] == "T"]
    assert [(answer[150], answer[636]) for answer in own] == [("D", "Y"), ("F", "Y")]
    assert own[0].has(_378="99", _39="0", _58="StopPx(99) was traded")
    assert own[1].has(_32="50", _31="10.1", _39="2")


def test_a_stop_that_was_passed_already_goes_at_once(client: Client) -> None:
    client.order("2", "20", "10.00")
    client.order("1", "10", "10.00")
    kind = Kind(set(), ((40, "4"), (99, "10.05")), LASTS, "9.98")
    sold = send(client, kind, "GTC", side="2", cl="T")
    assert [(answer[150], answer[39], answer[636]) for answer in sold] == [("0", "0", "N"), ("D", "0", "Y")]
    assert shown(client)[0] == ("1", "9.98", "50")


def test_a_stop_limit_order_that_was_triggered_keeps_that_when_it_is_replaced(client: Client) -> None:
    client.order("2", "10", "10.00")
    client.order("1", "10", "10.00")
    kind = Kind(set(), ((40, "4"), (99, "9.95")), LASTS, "9.90")
    assert [answer[636] for answer in send(client, kind, "DAY", cl="T")] == ["N", "Y"]
    terms = [(55, "ACME"), (54, "1"), (60, print_timestamp(client.world.now)), (38, "60"), (40, "4"), (44, "9.91")]
    (replaced,) = client.say("G", (11, "U"), (41, "T"), *terms, (99, "9.95"))
    assert replaced.has(_150="5", _38="60", _636="Y") and shown(client) == [("0", "9.91", "60")]
    (reject,) = client.say("G", (11, "V"), (41, "U"), *terms, (99, "12"))
    assert reject.has(_35="9", _102="2", _58="StopPx(99) was traded")


def test_a_market_to_limit_order_rests_at_the_best_price_it_found(client: Client) -> None:
    """New and all that follows give it as Price(44)."""
    client.order("2", "10", "10.00")
    client.order("2", "10", "10.01")
    answers = [a for a in send(client, Kind(set(), ((40, "K"),), LASTS, None), "DAY", cl="K") if a[11] == "K"]
    assert [(answer[150], answer[44], answer[151]) for answer in answers] == [("0", "10", "50"), ("F", "10", "40")]
    assert shown(client) == [("0", "10", "40"), ("1", "10.01", "10")]
    terms = [(55, "ACME"), (54, "1"), (60, print_timestamp(client.world.now)), (38, "30"), (40, "K")]
    assert client.say("G", (11, "L"), (41, "K"), *terms)[0].has(_150="5", _44="10", _151="20")
    assert shown(client) == [("0", "10", "20"), ("1", "10.01", "10")]


def test_a_market_to_limit_order_without_a_market_is_canceled(client: Client) -> None:
    answers = send(client, Kind(set(), ((40, "K"),), LASTS, None), "DAY", cl="K")
    assert [(answer[150], answer[44]) for answer in answers] == [("0", None), ("4", None)]


def test_a_least_quantity_is_had_at_once_or_not(client: Client) -> None:
    client.order("2", "10", "10.00")
    assert trades(client.order("1", "50", "10.00", (110, "20"), cl="M")) == []
    assert shown(client) == [("1", "10", "10")], "it is not shown"
    assert trades(client.order("2", "10", "10.00", cl="S")) == [
        ("M", "10", "10"),
        ("C1", "10", "10"),
        ("M", "10", "10"),
        ("S", "10", "10"),
    ]
    assert client.say("H", (11, "M"), (55, "ACME"), (54, "1"))[0].has(_14="20", _151="30")


def test_all_or_none_is_filled_whole_when_enough_is_there(client: Client) -> None:
    client.order("1", "50", "10.00", (18, "G"), cl="G")
    assert trades(client.order("2", "49", "10.00", cl="A")) == []
    fills = trades(client.order("2", "1", "10.00", cl="B"))
    assert fills == [("G", "49", "10"), ("A", "49", "10"), ("G", "1", "10"), ("B", "1", "10")]


def test_a_pegged_order_follows_the_quotes_that_are_shown(client: Client) -> None:
    """It is hidden itself, goes no further than its Price(44), and stands aside where there is nothing to follow."""
    peg = Kind(set(), ((40, "P"), (18, "R")), LASTS, "10.02")
    send(client, peg, "DAY", cl="P")
    assert trades(client.order("2", "5", "9.00", (59, "3"))) == []
    for price in ("10.00", "10.05"):
        client.order("1", "10", price, cl=f"B{price}")
    assert shown(client)[0] == ("0", "10.05", "10")
    assert trades(client.order("2", "20", "10.00", (59, "3"), cl="S"))[1::2] == [
        ("B10.05", "10", "10.05"),
        ("P", "10", "10.02"),
    ]


def test_orders_pegged_to_the_middle_meet_there(client: Client) -> None:
    client.order("1", "10", "10.00", cl="B")
    client.order("2", "10", "10.03", cl="O")
    middle = Kind(set(), ((40, "P"), (18, "M")), LASTS, None)
    send(client, middle, "DAY", cl="P")
    assert trades(send(client, middle, "DAY", side="2", qty="20", cl="Q")) == [
        ("Q", "20", "10.015"),
        ("P", "20", "10.015"),
    ]


def test_an_order_is_good_till_the_end_of_its_day() -> None:
    """ExpireDate(432) is a day in UTC; Expired, without a request."""
    world = World(offers=ALL)
    world.now = Ns(START - START % DAY + DAY - 5 * SECOND)
    client = Client(world)
    day = print_timestamp(world.now)[:8]
    assert client.order("1", "10", "10", (59, "6"), (432, day), cl="D")[0][150] == "0"
    assert client.mine(world.pass_time(4 * SECOND)) == []
    ended = client.mine(world.pass_time(2 * SECOND))
    assert [(answer[150], answer[39], answer[11], answer[41]) for answer in ended] == [("C", "C", "D", None)]
    (reject,) = client.cancel("D", "E")
    assert reject.has(_35="9", _102="0", _39="C")


@pytest.mark.parametrize(
    ("fields", "reason", "text"),
    [
        ([(40, "2"), (44, "10"), (18, "6 G")], "11", "POST_ONLY and ALL_OR_NONE do not go together"),
        ([(40, "2"), (44, "10"), (111, "5"), (110, "5")], "11", "MIN_QTY and ICEBERG do not go together"),
        ([(40, "2"), (44, "10"), (18, "R")], "11", "OrdType(40) 2 and PRIMARY_PEG do not go together"),
        ([(40, "P")], "11", "OrdType(40) P and nothing to be pegged to do not go together"),
        ([(40, "P"), (18, "R M")], "11", "OrdType(40) P and PRIMARY_PEG and MIDPOINT_PEG do not go together"),
        ([(40, "P"), (18, "a")], "11", "ExecInst(18) a is not offered"),
        ([(40, "P"), (18, "R"), (211, "1"), (836, "1")], "11", "PegOffsetType(836) 1 is not offered"),
        ([(40, "P"), (18, "R"), (838, "1")], "11", "PegRoundDirection(838) is not offered"),
        ([(40, "P"), (1094, "8")], "11", "PegPriceType(1094) 8 is not offered"),
        ([(40, "2"), (44, "10"), (847, "1001")], "11", "TargetStrategy(847) is not offered"),
        ([(40, "2"), (44, "10"), (168, "20991231-00:00:00")], "11", "EffectiveTime(168) is not offered"),
        ([(40, "2"), (44, "10"), (152, "500")], "11", "CashOrderQty(152) is not offered"),
        ([(40, "2"), (44, "10"), (388, "0")], "11", "Tag(388) is not offered"),
        ([(40, "3")], "99", "StopPx(99) is for OrdType(40) 3 and 4, and needed there"),
        ([(40, "2"), (44, "10"), (99, "9")], "99", "StopPx(99) is for OrdType(40) 3 and 4, and needed there"),
        ([(40, "4"), (99, "9")], "99", "Price(44) is needed for OrdType(40) 4"),
        ([(40, "K"), (44, "9")], "99", "Price(44) is not for OrdType(40) K"),
        ([(40, "3"), (99, "9.001")], "99", "StopPx(99) 9.001 is no multiple of the tick 0.01"),
        ([(40, "3"), (99, "0")], "99", "StopPx(99) must be above zero"),
        ([(40, "2"), (44, "10"), (211, "1")], "99", "PegOffsetValue(211) is for OrdType(40) P"),
        ([(40, "2"), (44, "10"), (110, "51")], "13", "MinQty(110) 51 is above OrderQty(38) 50"),
        ([(40, "2"), (44, "10"), (110, "1.5")], "13", "MinQty(110) 1.5 is no multiple of the lot 1"),
        ([(40, "2"), (44, "10"), (1138, "51")], "13", "DisplayQty(1138) 51 is above OrderQty(38) 50"),
        ([(40, "2"), (44, "10"), (59, "6")], "99", "ExpireTime(126) or ExpireDate(432) is for TimeInForce(59) 6, and one is needed there"),
        ([(40, "2"), (44, "10"), (59, "0"), (432, "20991231")], "99", "ExpireTime(126) or ExpireDate(432) is for TimeInForce(59) 6, and one is needed there"),
        ([(40, "2"), (44, "10"), (59, "6"), (126, "20000101-00:00:00")], "99", "ExpireTime(126) or ExpireDate(432) is over"),
    ],
)  # fmt: skip
def test_what_is_asked_for_wrongly_is_refused_in_words(
    client: Client, fields: list[Field], reason: str, text: str
) -> None:
    stamp = print_timestamp(client.world.now)
    (report,) = client.say("D", (11, "X"), (55, "ACME"), (54, "1"), (60, stamp), (38, "50"), *fields)
    assert report.has(_150="8", _103=reason, _58=text)


def test_a_price_beyond_the_band_is_rejected_or_cut() -> None:
    """The band is about the start price, 100; what rests within it is never beyond it."""
    client = Client(World(band_bps=1000))
    for side, price, low in (("1", "110.01", "90"), ("2", "89.99", "90")):
        (report,) = client.order(side, "10", price)
        assert report.has(_150="8", _103="99", _58=f"Price(44) {price} is beyond the band {low} to 110")
    assert client.order("1", "10", "1")[0].has(_150="0"), "nobody is hurt by it"
    cut = Client(World(band_bps=1000, band_cancels=True))
    cut.order("2", "10", "110", cl="A")
    answers = cut.order("1", "15", "120", cl="B")
    assert [(a[150], a[58]) for a in answers if a[11] == "B"] == [
        ("0", None),
        ("F", None),
        ("4", "the rest is beyond the price band"),
    ]


def test_the_band_moves_to_the_price_of_the_last_auction() -> None:
    world = World(band_bps=1000, days=[trading_day()])
    world.pass_time(20 * SECOND)
    client = Client(world)
    client.order("1", "10", "109")
    client.order("2", "10", "109")
    assert client.order("1", "10", "111")[0].has(_103="99")
    world.pass_time(11 * SECOND)
    assert client.order("1", "10", "119")[0].has(_150="0") and client.order("1", "10", "120")[0].has(_103="99")


def test_a_counterparty_does_not_trade_with_itself_where_the_venue_prevents_it() -> None:
    """Orders for another Account(1), or of somebody else, do trade."""
    world = World(self_trade="DECREMENT")
    client, other = Client(world), Client(world, "OTHER")
    client.order("2", "30", "10", cl="S")
    canceled_and_lowered = client.order("1", "10", "10", cl="B")
    assert [(a[11], a[150], a[39]) for a in canceled_and_lowered] == [("B", "0", "0"), ("S", "D", "0"), ("B", "4", "4")]
    assert canceled_and_lowered[1].has(_38="20", _151="20", _378="5")
    assert [a[150] for a in client.order("1", "5", "10", (1, "OTHER"), cl="C") if a[11] == "C"] == ["0", "F"]
    assert [a[150] for a in other.order("1", "5", "10", cl="D")] == ["0", "F"]


def test_prices_are_on_the_tick_of_where_they_are() -> None:
    client = Client(World(coarser_ticks=((Px(10 * SCALE), Px(SCALE // 20)),)))
    assert client.order("1", "1", "9.99")[0][150] == "0" and client.order("1", "1", "10.05")[0][150] == "0"
    assert client.order("1", "1", "10.01")[0].has(_103="99", _58="Price(44) 10.01 is no multiple of the tick 0.05")


def test_a_profile_says_how_its_books_match() -> None:
    text = (PROFILE_FILES / "BATE.toml").read_text().replace(
        "[latency]",
        """coarser_ticks = [["100", "0.05"]]
allocation = "PRO_RATA"
self_trade = "CANCEL_OLDEST"
tip_varies_percent = 20
tip_seed = 7
band_percent = "12.5"
band_cancels = true
[latency]""",
    )  # fmt: skip
    profile = Profile.parse(text)
    assert (profile.band_bps, profile.band_cancels, profile.self_trade) == (1250, True, SelfTrade.CANCEL_OLDEST)
    rules = profile.rules("ACME")
    assert (rules.allocation, rules.tip_varies_percent) == (Allocation.PRO_RATA, 20)
    assert rules.seed != profile.rules("OTHER").seed
    assert profile.ticks.at(Px(100 * SCALE)) == 5 * profile.tick
    for line, mistake in (
        ('allocation = "SIZE"', "allocation must be one of TIME, PRO_RATA"),
        ("self_trade = true", "self_trade must be one of CANCEL_NEWEST, CANCEL_OLDEST, CANCEL_BOTH, DECREMENT"),
        ('band_percent = "0"', "band_percent must be from 0.01 to 100"),
        ('band_cancels = "yes"', "band_cancels must be true or false"),
        (
            'coarser_ticks = [["100.001", "0.05"]]',
            "coarser_ticks must rise in price, each from a price on its own tick",
        ),
        ('coarser_ticks = ["100"]', "coarser_ticks must be a list of [price, tick]"),
    ):
        key = line.partition(" ")[0]
        wrong = "\n".join(line if old.startswith(f"{key} ") else old for old in text.splitlines())
        with pytest.raises(ValueError, match=re.escape(mistake)):
            Profile.parse(wrong)


def test_a_market_to_limit_order_becomes_one_at_the_price_of_the_auction() -> None:
    """Restated with ExecRestatementReason(378) 3 and the Price(44), where New could not say it."""
    world = World(offers=(*Offer,), days=[trading_day()])
    world.pass_time(20 * SECOND)
    client = Client(world)
    (new,) = send(client, KINDS["market to limit"], "DAY", cl="K")
    assert (new[150], new[44]) == ("0", None)
    client.order("2", "20", "100", cl="S")
    told = [a for a in client.mine(world.pass_time(11 * SECOND)) if a[11] == "K"]
    assert [(a[150], a[39], a[378], a[44], a[151]) for a in told] == [
        ("F", "1", None, None, "30"),
        ("D", "1", "3", "100", "30"),
    ]


def test_a_stop_that_an_auction_passed_goes_when_trading_does() -> None:
    world = World(offers=(*Offer,), days=[trading_day()])
    world.pass_time(20 * SECOND)
    client = Client(world)
    send(client, KINDS["stop"], "DAY", cl="T")
    for side, qty in (("1", "20"), ("2", "90")):
        client.order(side, qty, "10.10")
    told = [a for a in client.mine(world.pass_time(11 * SECOND)) if a[11] == "T"]
    assert [(a[150], a[636], a[14], a[31]) for a in told] == [("D", "Y", "0", None), ("F", "Y", "50", "10.1")]


def test_pegged_orders_stand_aside_while_an_auction_goes_on() -> None:
    world = World(offers=(*Offer,), days=[trading_day()])
    world.pass_time(20 * SECOND)
    client = Client(world)
    send(client, KINDS["primary peg"], "DAY", cl="P")
    client.order("1", "10", "10.00", cl="B")
    assert trades(client.order("2", "30", "9.90", cl="S")) == []
    told = client.mine(world.pass_time(11 * SECOND))
    assert {(a[11], a[14]) for a in told if a[150] == "F"} == {("B", "10"), ("S", "10")}
    client.order("1", "10", "9.80", cl="C")
    assert trades(client.order("2", "5", "9.80", (59, "3"), cl="D"))[1::2] == [("C", "5", "9.8")]


def test_a_book_keeps_the_rules_of_its_profile() -> None:
    """Of 110 pro rata 55, 33 and 22 are due, in lots of 10; a peg half a tick below the best bid is rounded down."""
    lot = Qty(10 * SCALE)
    client = Client(World(offers=ALL, allocation=Allocation.PRO_RATA, lot=lot, min_qty=lot))
    for cl, qty in (("A", "500"), ("B", "300"), ("C", "200")):
        client.order("1", qty, "10.00", cl=cl)
    assert trades(client.order("2", "110", "10.00", cl="S"))[1::2] == [
        ("A", "60", "10"),
        ("B", "30", "10"),
        ("C", "20", "10"),
    ]
    send(client, KINDS["primary peg"], "DAY", (211, "-0.005"), cl="P")
    assert trades(client.order("2", "900", "9.99", (59, "3"), cl="T"))[-1] == ("P", "10", "9.99")
