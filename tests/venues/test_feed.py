"""What a venue shows of its books, to whom and when: MarketDataRequest(V) and its answers."""

from typing import Any

import pytest

from gateway.model import MILLISECOND, SECOND, Px, Qty, TimeInForce
from tests.venues.world import Answer, Client, World, trading_day
from venues.floor.feed import MAX_DEPTH, MAX_REQUESTS
from venues.floor.window import MAX_ORDERS, OrderWindow
from venues.matching.book import Book
from venues.matching.orders import PLAIN, Order, Terms

DAY = "4789B"  # MDEntryType(269): opening, high, low, VWAP, volume


@pytest.fixture
def client() -> Client:
    return Client(World())


def values(answer: Answer, tag: int) -> list[str]:
    return [value for each, value in answer.fields if each == tag]


# -- levels and trades


def test_a_snapshot_then_what_changes(client: Client) -> None:
    """A level that was not there is New(0), one that was Change(1), one that is gone Delete(2); a trade is New."""
    client.order("1", "10", "10")
    (snapshot,) = client.watch()
    assert snapshot.has(_35="W", _262="M1", _55="ACME")
    assert snapshot.entries() == [("", "0", "10", "10")]
    _, update = client.order("2", "5", "10.01")
    assert (update[35], update.entries()) == ("X", [("0", "1", "10.01", "5")])
    _, update = client.order("2", "3", "10.01")
    assert update.entries() == [("1", "1", "10.01", "8")]
    *_, update = client.order("1", "10", "10.01")
    assert update.entries() == [
        ("0", "0", "10.01", "2"),
        ("2", "1", "10.01", "0"),
        ("0", "2", "10.01", "5"),
        ("0", "2", "10.01", "3"),
    ]


def test_a_level_says_how_many_orders_and_which_place(client: Client) -> None:
    """NumberOfOrders(346) and MDEntryPositionNo(290), 1 the best of its side."""
    client.order("1", "10", "10")
    client.order("1", "5", "10")
    client.order("1", "5", "9.99")
    (snapshot,) = client.watch()
    assert (values(snapshot, 346), values(snapshot, 290)) == (["2", "1"], ["1", "2"])
    _, update = client.order("1", "1", "10.01")
    assert (update.entries(), values(update, 346), values(update, 290)) == ([("0", "0", "10.01", "1")], ["1"], ["1"])
    _, update = client.order("1", "1", "9.99")
    assert (update.entries(), values(update, 346), values(update, 290)) == ([("1", "0", "9.99", "6")], ["2"], ["3"])


def test_who_goes_by_position_keeps_the_same_book_as_who_goes_by_price() -> None:
    """Deletions from the far end on, then what is new from the best on: each position holds when its turn comes."""
    world = World()
    client = Client(world)
    client.watch(depth="3")
    by_position: dict[str, list[tuple[str, str]]] = {"0": [], "1": []}
    by_price: dict[str, dict[str, str]] = {"0": {}, "1": {}}
    steps = [("1", p) for p in ("10", "9", "11", "8", "12")] + [("2", p) for p in ("20", "18", "19", "15", "12", "10")]
    steps += [("1", "13"), ("1", "19"), ("2", "9.5"), ("2", "8"), ("1", "15.5"), ("1", "20")]
    for number, (side, price) in enumerate(steps):
        for update in client.order(side, str(1 + number % 3), price):
            if update[35] != "X":
                continue
            positions = values(update, 290)
            for (action, kind, at, size), position in zip(
                [entry for entry in update.entries() if entry[1] in "01"], positions, strict=True
            ):
                ladder, place = by_position[kind], int(position) - 1
                if action == "2":
                    assert ladder.pop(place)[0] == at
                    del by_price[kind][at]
                    continue
                if action == "0":
                    ladder.insert(place, (at, size))
                else:
                    assert ladder[place][0] == at
                    ladder[place] = (at, size)
                by_price[kind][at] = size
        for kind in "01":
            assert dict(by_position[kind]) == by_price[kind]
        shown = [
            (kind, price, size) for _, kind, price, size in client.watch(sub="0", depth="3", types="01")[0].entries()
        ]
        held = [(kind, price, size) for kind in "01" for price, size in by_position[kind]]
        assert shown == (held or [("0", "0", "0")])


def test_depth_shows_levels_come_and_go_at_its_edge(client: Client) -> None:
    client.watch(depth="1")
    client.order("1", "10", "10")
    _, update = client.order("1", "5", "10.01", cl="T")
    assert update.entries() == [("2", "0", "10", "0"), ("0", "0", "10.01", "5")]
    assert len(client.order("1", "5", "9.99")) == 1, "below the depth nothing is shown"
    _, update = client.cancel("T", "U")
    assert update.entries() == [("2", "0", "10.01", "0"), ("0", "0", "10", "10")]


def test_a_full_book_is_bounded(client: Client) -> None:
    for level in range(1, MAX_DEPTH + 3):
        client.order("1", "1", str(level))
    (snapshot,) = client.watch(depth="0")
    assert len(snapshot.entries()) == MAX_DEPTH


def test_only_the_entries_asked_for_are_sent(client: Client) -> None:
    client.watch(types="2")
    client.order("2", "5", "10")
    *_, update = client.order("1", "5", "10")
    assert update.entries() == [("0", "2", "10", "5")]


def test_a_snapshot_has_the_last_trade(client: Client) -> None:
    client.order("2", "5", "10")
    client.order("2", "3", "11")
    client.order("1", "6", "11")
    assert client.watch(sub="0", types="02")[0].entries() == [("", "2", "11", "1")]


def test_a_sweep_of_many_orders_is_told_in_messages_of_ordinary_size(client: Client) -> None:
    client.watch()
    for _ in range(120):
        client.order("2", "1", "10")
    updates = [answer for answer in client.order("1", "120", "10") if answer[35] == "X"]
    assert sum(len(update.entries()) for update in updates) == 121
    assert max(len(update.data) for update in updates) < 4096


# -- order by order


def queue(answer: Answer) -> list[tuple[str | None, ...]]:
    """(action, MDEntryID, side, price, size, OrderID)."""
    return [tuple(entry.get(tag) for tag in (279, 278, 269, 270, 271, 37)) for entry in answer.groups()]


def test_a_book_may_be_shown_order_by_order(client: Client) -> None:
    """AggregatedBook(266) N. A snapshot of FIX 4.4 has no MDEntryID(278), so that OrderID(37) tells which order it is."""
    client.order("1", "10", "10", cl="A")
    client.order("1", "5", "10", cl="B")
    (snapshot,) = client.watch(terms=[(266, "N")], types="01")
    assert queue(snapshot) == [(None, None, "0", "10", "10", "1"), (None, None, "0", "10", "5", "2")]
    *_, update = client.order("2", "4", "10")
    assert queue(update) == [("1", "1", "0", "10", "6", "1")]
    *_, update = client.order("1", "7", "9")
    assert queue(update) == [("0", "3", "0", "9", "7", "3")]
    *_, update = client.cancel("A", "AC")
    assert queue(update) == [("2", "1", "0", "10", "0", "1")]


def test_an_order_that_loses_its_place_comes_anew() -> None:
    """As a larger one does, and each tip of an iceberg; one that shrinks stays."""
    book = Book()
    iceberg = Order(is_buy=True, price=Px(10), leaves=9, terms=Terms(display=Qty(2)))
    second, third = (Order(is_buy=True, price=Px(10), leaves=5) for _ in range(2))
    window = OrderWindow("ACME", book, 5)

    def looked() -> list[tuple[str, str, int]]:
        return [(update.action, update.order_id, update.size) for update in window.look()]

    for order in (iceberg, second, third):
        book.submit(order, TimeInForce.DAY)
    assert looked() == [("0", "1", 2), ("0", "2", 5), ("0", "3", 5)]
    book.submit(Order(is_buy=False, price=Px(10), leaves=2), TimeInForce.IOC)
    assert looked() == [("2", "1", 0), ("0", "4", 2)]
    book.reduce(second, 3)
    assert looked() == [("1", "2", 3)]
    book.replace(second, price=Px(10), leaves=9, terms=PLAIN)
    assert looked() == [("2", "2", 0), ("0", "5", 9)]
    book.replace(third, price=Px(11), leaves=5, terms=PLAIN)
    assert looked() == [("2", "3", 0), ("0", "6", 5)]
    assert [update.order_id for update in window.shown()] == ["6", "4", "5"]


def test_orders_shown_are_bounded_and_those_behind_come_forward(client: Client) -> None:
    for number in range(MAX_ORDERS + 2):
        client.order("1", "1", "10", cl=f"O{number}")
    (snapshot,) = client.watch(terms=[(266, "N")], types="01")
    assert len(queue(snapshot)) == MAX_ORDERS
    *_, update = client.cancel("O0", "X0")
    assert [entry[0] for entry in queue(update)] == ["2", "0"]


def test_depth_counts_levels_where_orders_are_shown(client: Client) -> None:
    for price in ("10", "10", "9", "9", "8"):
        client.order("1", "1", price)
    assert len(queue(client.watch(depth="2", terms=[(266, "N")], types="01")[0])) == 4


# -- figures of the day


def test_what_the_day_came_to_is_shown_where_it_is_asked_for(client: Client) -> None:
    """Opening, high, low and VWAP from the first trade on, volume always; each New(0) once and then Change(1)."""
    assert client.watch(types=DAY, sub="0")[0].entries() == [("", "B", "", "0")]
    client.watch(types=DAY)
    client.order("2", "10", "10")
    *_, update = client.order("1", "4", "10")
    assert update.entries() == [
        ("0", "4", "10", ""), ("0", "7", "10", ""), ("0", "8", "10", ""), ("0", "9", "10", ""), ("1", "B", "", "4"),
    ]  # fmt: skip
    client.order("1", "6", "10")
    client.order("2", "10", "13")
    *_, update = client.order("1", "5", "13")
    assert update.entries() == [("1", "7", "13", ""), ("1", "9", "11", ""), ("1", "B", "", "15")]
    (snapshot,) = client.watch(types=DAY, sub="0")
    assert snapshot.entries() == [
        ("", "4", "10", ""), ("", "7", "13", ""), ("", "8", "10", ""), ("", "9", "11", ""), ("", "B", "", "15"),
    ]  # fmt: skip


def test_trades_that_nobody_watched_count_for_the_day(client: Client) -> None:
    client.order("2", "4", "10")
    client.order("1", "4", "10")
    assert client.watch(types="8", sub="0")[0].entries() == [("", "8", "10", "")]


def test_the_last_trade_of_the_day_makes_the_closing_price() -> None:
    """Be it the closing auction's; it is gone when the next day begins, with the other figures."""
    world = World(days=[trading_day(), trading_day(1)])
    client = Client(world, logon=False)
    client.say("A", (98, "0"), (108, "0"))
    world.pass_time(40 * SECOND)
    client.order("2", "5", "10")
    client.order("1", "5", "10")
    assert client.watch(types="5B")[0].entries() == [("", "B", "", "5")]
    world.pass_time(65 * SECOND)
    client.order("2", "4", "11")
    client.order("1", "4", "11")
    (update,) = client.mine(world.pass_time(10 * SECOND))[-1:]
    assert update.entries() == [("0", "5", "11", ""), ("1", "B", "", "9")]
    *_, update = client.mine(world.pass_time(86_400 * SECOND))
    assert ("2", "5", "0", "") in [entry for answer in [update] for entry in answer.entries()]


# -- subscriptions


def test_a_full_refresh_is_a_snapshot_with_every_change(client: Client) -> None:
    """MDUpdateType(265) 0."""
    client.order("1", "10", "10")
    assert client.watch(terms=[(265, "0")])[0].has(_35="W")
    _, update = client.order("2", "5", "10.01")
    assert (update[35], update.entries()) == ("W", [("", "0", "10", "10"), ("", "1", "10.01", "5")])
    *_, update = client.order("1", "5", "10.01")
    assert (update[35], update.entries()) == ("W", [("", "0", "10", "10"), ("", "2", "10.01", "5")])


def test_an_unsubscribed_symbol_is_silent(client: Client) -> None:
    client.watch()
    assert client.watch(sub="2") == []
    assert [answer[35] for answer in client.order("1", "10", "10")] == ["8"]


def test_a_snapshot_alone_is_not_a_subscription(client: Client) -> None:
    assert client.watch(sub="0")[0].has(_35="W")
    assert [answer[35] for answer in client.order("1", "10", "10")] == ["8"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"symbols": ("ACME", "NOPE")}, "0"),
        ({"req": "TAKEN"}, "1"),
        ({"depth": "-1"}, "5"),
        ({"types": "06"}, "8"),
        ({"types": "03"}, "8"),
        ({"types": "0C"}, "8"),
        ({"terms": [(286, "4")]}, "B"),
        ({"terms": [(546, "2")]}, "A"),
        ({"terms": [(547, "Y")]}, "C"),
    ],
)
def test_market_data_that_cannot_be_had_is_refused(client: Client, change: dict[str, Any], reason: str) -> None:
    """By MDReqRejReason(281), with the field named in Text(58); and nothing of it is begun."""
    client.watch(req="TAKEN")
    (answer,) = client.watch(*change.pop("symbols", ("ACME",)), **{"req": "M2", **change})
    assert answer.has(_35="Y", _281=reason)
    assert [update[262] for update in client.order("1", "10", "10")[1:]] == ["TAKEN"]


def test_a_trading_session_cannot_be_asked_for(client: Client) -> None:
    fields = [(262, "M"), (263, "1"), (264, "0"), (267, "1"), (269, "0"), (146, "1"), (55, "ACME")]
    (answer,) = client.say("V", *fields, (386, "1"), (336, "DAY"))
    assert answer.has(_35="Y", _281="9")


def test_terms_that_say_what_is_so_anyway_are_accepted(client: Client) -> None:
    (answer,) = client.watch(terms=[(265, "1"), (266, "Y"), (546, "1"), (547, "N")])
    assert answer.has(_35="W")


def test_subscriptions_are_bounded(client: Client) -> None:
    for number in range(MAX_REQUESTS):
        assert client.watch(req=f"M{number}")[0][35] == "W"
    assert client.watch(req="MORE")[0].has(_35="Y", _281="2")
    client.watch(req="M7", sub="2")
    assert client.watch(req="MORE")[0].has(_35="W")


def test_market_data_may_be_held_together() -> None:
    """conflate_ms: at most one update a symbol in that time, and none is forgotten."""
    world = World(conflate_ms=10)
    client = Client(world)
    client.watch()
    first = client.order("1", "10", "10")
    assert [answer[35] for answer in first] == ["8", "X"]
    assert [answer[35] for answer in client.order("1", "10", "10.01")] == ["8"]
    assert [answer[35] for answer in client.order("1", "10", "10.02")] == ["8"]
    (update,) = client.mine(world.pass_time(10 * MILLISECOND))
    assert update.entries() == [("0", "0", "10.02", "10"), ("0", "0", "10.01", "10")]
    assert client.mine(world.pass_time(100 * MILLISECOND)) == []


def test_what_was_missed_is_not_said_again_and_a_new_snapshot_has_it(client: Client) -> None:
    """A ResendRequest(2) gets a gap fill for market data, between reports that come again; who asks anew gets a W."""
    client.watch()
    report, update = client.order("1", "10", "10")
    again, filled = client.say("2", (7, str(report[34])), (16, "0"))
    assert again.has(_35="8", _43="Y") and again[34] == report[34]
    assert filled.has(_35="4", _123="Y", _36=str(int(update[34] or "") + 1)) and filled[34] == update[34]
    assert client.watch(sub="2") == []
    (snapshot,) = client.watch(req="M2")
    assert (snapshot[35], snapshot.entries()) == ("W", [("", "0", "10", "10")])
    _, update = client.order("1", "1", "10")
    assert update.has(_35="X", _262="M2")
