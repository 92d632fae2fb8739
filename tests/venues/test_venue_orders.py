"""Orders at an Exchange from outside: FIX bytes in, FIX bytes out."""

from pathlib import Path

import pytest

from gateway.model import parse_px, parse_qty, print_timestamp
from tests.venues.world import Client, World

PROFILES = Path(__file__).parents[2] / "venues" / "profiles"


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def client(world: World) -> Client:
    return Client(world)


# -- orders


def test_an_order_that_finds_nothing_rests(client: Client) -> None:
    (report,) = client.order("1", "300", "10.05", (1, "ACC"), (59, "0"))
    assert report.has(_35="8", _150="0", _39="0", _11="C1", _55="ACME", _54="1", _38="300", _151="300", _14="0", _6="0")
    assert report.has(_1="ACC", _44="10.05", _40="2", _59="0")


def test_two_orders_that_cross_trade_at_the_resting_price(world: World) -> None:
    """LastLiquidityInd(851) is 1 for who waited, 2 for who came; LastMkt(30) is the venue's MIC."""
    waiting, coming = Client(world, "W"), Client(world, "C")
    waiting.order("2", "100", "10.00")
    accepted, trade = coming.order("1", "250", "10.02")
    assert accepted.has(_150="0", _39="0", _151="250")
    assert trade.has(_150="F", _39="1", _32="100", _31="10", _14="100", _151="150", _6="10", _30="XLON", _851="2")
    (other,) = [answer for answer in waiting.mine(world.outputs) if answer[150] == "F"]
    assert other.has(_11="C1", _39="2", _32="100", _31="10", _14="100", _151="0", _851="1")
    assert other[17] != trade[17]


def test_each_side_is_charged_what_the_profile_says() -> None:
    """Commission(12) in money, CommType(13) 3, to the nearest 1e-8 of a unit: 0.45 bps for who took, and a rebate."""
    world = World(maker_fee=-1_501, taker_fee=4_500)
    waiting, coming = Client(world, "W"), Client(world, "C")
    waiting.order("2", "100", "10.01")
    accepted, trade = coming.order("1", "100", "10.01")
    (other,) = [answer for answer in waiting.mine(world.outputs) if answer[150] == "F"]
    assert trade.has(_12="0.045045", _13="3") and other.has(_12="-0.01502501", _13="3")
    assert accepted[12] is None


def test_a_venue_that_is_free_charges_nothing(client: Client) -> None:
    client.order("2", "100", "10.00")
    assert all(answer[12] is None and answer[13] is None for answer in client.order("1", "100", "10.00"))


def test_an_average_price_is_exact_over_several_fills(client: Client) -> None:
    client.order("2", "100", "10.00")
    client.order("2", "200", "10.01")
    reports = [answer for answer in client.order("1", "300", "10.01") if answer.has(_11="C3", _150="F")]
    assert [(answer[14], answer[6], answer[39]) for answer in reports] == [
        ("100", "10", "1"),
        ("300", "10.00666667", "2"),
    ]


@pytest.mark.parametrize(("ord_type", "price", "tif"), [("limit", "10.00", "3"), ("market", None, "0")])
def test_what_may_not_rest_is_canceled(client: Client, ord_type: str, price: str | None, tif: str) -> None:
    client.order("2", "100", "10.00")
    accepted, trade, canceled = (
        answer for answer in client.order("1", "150", price, (59, tif), cl=ord_type) if answer[11] == ord_type
    )
    assert (accepted[150], trade[150]) == ("0", "F")
    assert canceled.has(_150="4", _39="4", _14="100", _151="0", _38="150")
    assert canceled[41] is None, "nobody asked for it"


def test_fill_or_kill_is_filled_whole_or_not_at_all(client: Client) -> None:
    client.order("2", "100", "10.00")
    assert [answer[150] for answer in client.order("1", "101", "10.00", (59, "4"))] == ["0", "4"]
    assert [answer[39] for answer in client.order("1", "100", "10.00", (59, "4"), cl="K") if answer[11] == "K"] == [
        "0",
        "2",
    ]


@pytest.mark.parametrize(
    ("qty", "price", "tif", "reason", "text"),
    [
        ("10.5", "10", "0", "13", "OrderQty(38) 10.5 is no multiple of the lot 1"),
        ("0", "10", "0", "13", "OrderQty(38) 0 is below the minimum 1"),
        ("10", "10.005", "0", "99", "Price(44) 10.005 is no multiple of the tick 0.01"),
        ("10", "-1", "0", "99", "Price(44) must be above zero"),
        ("10", "10", "1", "11", "GTC is not offered: DAY, IOC, FOK are"),
        ("10", "10", "2", "11", "OPG is not offered: DAY, IOC, FOK are"),
    ],
)
def test_an_order_that_breaks_a_rule_is_rejected(qty: str, price: str, tif: str, reason: str, text: str) -> None:
    (report,) = Client(World()).order("1", qty, price, (59, tif))
    assert report.has(_35="8", _150="8", _39="8", _103=reason, _58=text, _151="0", _14="0", _11="C1")


def test_an_unknown_symbol_is_rejected(client: Client) -> None:
    stamp = print_timestamp(client.world.now)
    (report,) = client.say("D", (11, "A"), (55, "NOPE"), (54, "1"), (60, stamp), (38, "1"), (40, "1"))
    assert report.has(_150="8", _103="1", _58="Symbol(55) NOPE is not traded here")


def test_kinds_of_order_this_venue_does_not_offer_are_rejected(client: Client) -> None:
    """A stop order, OrdType(40)=3, and Side(54)=7 are FIX, but not traded here: 103=11."""
    stamp = print_timestamp(client.world.now)
    common = [(55, "ACME"), (60, stamp), (38, "1")]
    (stop,) = client.say("D", (11, "A"), (54, "1"), *common, (40, "3"), (99, "9"))
    assert stop.has(_150="8", _103="11", _11="A", _58="STOP is not offered: DAY, IOC, FOK are")
    (touched,) = client.say("D", (11, "C"), (54, "1"), *common, (40, "J"), (99, "9"))
    assert touched.has(_150="8", _103="11", _58="OrdType(40) J is not offered")
    (side,) = client.say("D", (11, "B"), (54, "7"), *common, (40, "1"))
    assert side.has(_150="8", _103="11", _54="7", _58="Side(54) 7 is not offered: 1, 2, 5 and 6 are")


def test_a_short_sale_is_a_sale(client: Client) -> None:
    client.order("1", "10", "10")
    assert client.order("5", "10", "10", cl="S")[0].has(_54="5", _150="0")
    assert client.mine(client.world.outputs)[-1].has(_150="F", _851="1", _39="2")


def test_a_cl_ord_id_is_used_once(client: Client) -> None:
    """ClOrdID(11) is unique for the session, whatever the first order came to."""
    client.order("1", "10.5", "10", cl="A")
    client.order("1", "10", "10", cl="B")
    for cl in ("A", "B"):
        (report,) = client.order("1", "10", "10", cl=cl)
        assert report.has(_150="8", _103="6", _11=cl)
    (reject,) = client.cancel("B", "A")
    assert reject.has(_35="9", _102="6")


def test_cl_ord_ids_are_bounded(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound nothing new is taken; what stands can still be canceled."""
    monkeypatch.setattr("venues.floor.orders.MAX_CL_ORD_IDS", 2)
    client.order("1", "10", "10", cl="A")
    client.order("1", "10", "10", cl="B")
    assert client.order("1", "10", "10", cl="C")[0].has(_150="8", _103="0")
    assert client.replace("A", "D", "20", "10")[0].has(_35="9", _102="2")
    assert client.cancel("A", "E")[0].has(_150="4")


def test_counterparties_cl_ord_ids_are_their_own(world: World) -> None:
    one, other = Client(world, "ONE"), Client(world, "OTHER")
    one.order("1", "10", "10", cl="A")
    (report,) = other.order("1", "10", "10", cl="A")
    assert report.has(_150="0")
    (reject,) = other.cancel("B", "X")
    assert reject.has(_35="9", _102="1")


# -- cancel, replace, status


def test_a_cancel_is_confirmed_under_its_own_id(client: Client) -> None:
    client.order("1", "10", "10", cl="A")
    (report,) = client.cancel("A", "B")
    assert report.has(_35="8", _150="4", _39="4", _11="B", _41="A", _151="0")
    (reject,) = client.cancel("A", "C")
    assert reject.has(_35="9", _102="0", _434="1", _39="4", _11="C", _41="A")


def test_a_cancel_of_nothing_is_rejected(client: Client) -> None:
    (reject,) = client.cancel("A", "B")
    assert reject.has(_35="9", _37="NONE", _39="8", _102="1", _434="1")


def test_a_cancel_has_to_name_the_orders_symbol_and_side(client: Client) -> None:
    client.order("1", "10", "10", cl="A")
    assert client.cancel("A", "B", side="2")[0].has(_35="9", _102="99", _39="0")


def test_a_replaced_order_answers_to_its_new_id_only(client: Client) -> None:
    """OrigClOrdID(41) is the last id that was accepted."""
    client.order("1", "10", "10", cl="A")
    (report,) = client.replace("A", "B", "20", "10.01")
    assert report.has(_150="5", _39="0", _11="B", _41="A", _38="20", _151="20", _44="10.01")
    assert client.cancel("A", "C")[0].has(_35="9", _102="1")
    assert client.cancel("B", "D")[0].has(_150="4", _11="D", _41="B")


def test_a_refused_replace_changes_nothing(client: Client) -> None:
    client.order("1", "10", "10", cl="A")
    assert client.replace("A", "B", "10", "10.001")[0].has(_35="9", _434="2", _102="99", _39="0")
    assert client.replace("A", "C", "10", "10", (59, "3"))[0].has(_35="9", _102="2")
    assert client.cancel("A", "D")[0].has(_150="4")


def test_only_less_quantity_keeps_the_place_in_the_queue(world: World) -> None:
    first, second, seller = Client(world, "F"), Client(world, "S"), Client(world, "X")
    first.order("1", "10", "10", cl="A")
    second.order("1", "10", "10", cl="A")
    first.replace("A", "B", "5", "10")
    seller.order("2", "1", "10")
    assert first.mine(world.outputs)[-1].has(_150="F", _11="B", _14="1", _151="4")
    first.replace("B", "C", "6", "10")
    seller.order("2", "1", "10")
    assert second.mine(world.outputs)[-1].has(_150="F", _14="1")


def test_a_replace_below_what_is_filled_ends_the_order(client: Client) -> None:
    """OrderQty(38) below CumQty(14) becomes CumQty (FIX vol. 4, C.3.c)."""
    client.order("1", "10", "10", cl="A")
    client.order("2", "6", "10")
    (report,) = client.replace("A", "B", "4", "10")
    assert report.has(_150="5", _39="2", _38="6", _14="6", _151="0")
    assert client.cancel("B", "C")[0].has(_35="9", _102="0", _39="2")


def test_a_replace_may_trade_at_once(client: Client) -> None:
    client.order("2", "5", "11")
    client.order("1", "10", "10", cl="A")
    replaced, trade = (answer for answer in client.replace("A", "B", "10", "11") if answer[54] == "1")
    assert (replaced[150], replaced[39], trade[150], trade[151]) == ("5", "0", "F", "5")


def test_an_order_status_is_told_without_a_new_execution(client: Client) -> None:
    """ExecType(150)=I, ExecID(17)=0, OrdStatusReqID(790) echoed; an unknown order is Rejected."""
    client.order("1", "10", "10", cl="A")
    client.order("2", "4", "10")
    (report,) = client.say("H", (11, "A"), (55, "ACME"), (54, "1"), (790, "Q"))
    assert report.has(_150="I", _39="1", _17="0", _14="4", _151="6", _790="Q")
    (report,) = client.say("H", (11, "Z"), (55, "ACME"), (54, "1"))
    assert report.has(_150="I", _39="8", _103="5", _37="NONE")


def test_what_is_not_offered_is_refused_by_name(client: Client) -> None:
    (reject,) = client.say("Y", (262, "M"), (281, "0"))
    assert reject.has(_35="j", _372="Y", _380="3", _45="2")


# -- over many orders


def test_shares_are_neither_made_nor_lost() -> None:
    """Over all counterparties' reports: bought equals sold where only they trade, and OrderQty = CumQty + LeavesQty."""
    world = World()
    clients = [Client(world, name) for name in ("A", "B", "C")]
    for number in range(60):
        price = str(10 + (number * 7 % 5) / 100)
        clients[number % 3].order(
            str(1 + number * 5 % 2), str(10 + number), price, (59, "3" if number % 7 == 0 else "0")
        )
    reports = [answer for client in clients for answer in client.mine(world.outputs) if answer[35] == "8"]
    trades = [answer for answer in reports if answer[150] == "F"]
    bought, sold = (sum(parse_qty(t[32] or "") for t in trades if t[54] == side) for side in "12")
    assert bought == sold > 0
    assert len({answer[17] for answer in reports}) == len(reports)
    for report in reports:
        left = parse_px(report[38] or "") - parse_px(report[14] or "")
        assert left == parse_px(report[151] or "") or report[39] == "4"


def test_an_order_that_only_rests_is_rejected_where_it_would_take() -> None:
    """ExecInst(18) 6, offered by profiles that say so; on the book it is an order like any other."""
    client = Client(World(offers=("DAY", "IOC", "POST_ONLY")))
    assert client.order("2", "10", "10.00", (18, "6"), cl="S")[0].has(_150="0", _39="0")
    (report,) = client.order("1", "10", "10.00", (18, "6"), cl="T")
    assert report.has(_150="8", _103="99", _58="ExecInst(18) 6, and at its Price(44) it would take")
    assert client.order("1", "10", "9.99", (18, "6"), cl="B")[0].has(_150="0")
    assert client.order("1", "10", "9.99", (18, "6"), (59, "3"), cl="I")[0].has(_150="8")
    assert client.order("1", "10", "10.00", (59, "4"), cl="F")[0].has(_58="FOK is not offered: DAY, IOC, POST_ONLY are")


@pytest.mark.parametrize("field", [(18, "6"), (18, "G"), (110, "5"), (111, "5"), (388, "0")])
def test_instructions_that_a_venue_does_not_know_are_rejected(client: Client, field: tuple[int, str]) -> None:
    (report,) = client.order("1", "10", "10.00", field)
    assert report.has(_150="8", _103="11")


def test_an_order_of_a_kind_that_is_taken_is_looked_at_all_the_same() -> None:
    """Once is enough to find out whether a kind of order is offered; price and quantity are each order's own."""
    client = Client(World(min_qty=parse_qty("2")))
    (taken,) = client.order("1", "10", "100")
    assert taken.has(_150="0")
    refused = [("1", "1", "100"), ("1", "2.5", "100"), ("1", "10", "100.005"), ("1", "10", "-1"), ("3", "10", "100")]
    texts = [client.order(*order)[0][58] or "" for order in refused]
    told = (
        "below the minimum 2",
        "no multiple of the lot 1",
        "no multiple of the tick 0.01",
        "above zero",
        "Side(54) 3",
    )
    assert all(part in text for part, text in zip(told, texts, strict=True)), texts
    (taken,) = client.order("1", "10", "100")
    assert taken.has(_150="0")
