"""The book against a naive one, and the rules that a reader would look for by name."""

from collections.abc import Sequence

import pytest

from gateway.model import Px, Qty, TimeInForce
from tests.venues.random_book import EPISODE, Episode
from venues.crowd.quotes import Quotes
from venues.matching.book import BID, OFFER, Book, Event, Fill, Order
from venues.matching.orders import Allocation, Ended, SelfTrade, Terms, Why
from venues.matching.pool import Rules
from venues.matching.ticks import TickTable

DAY, IOC, FOK = TimeInForce.DAY, TimeInForce.IOC, TimeInForce.FOK


def buy(leaves: int, price: int | None) -> Order:
    return Order(is_buy=True, price=None if price is None else Px(price), leaves=leaves)


def sell(leaves: int, price: int | None) -> Order:
    return Order(is_buy=False, price=None if price is None else Px(price), leaves=leaves)


def fills_of(events: Sequence[Event]) -> list[Fill]:
    return [event for event in events if isinstance(event, Fill)]


def traded(events: Sequence[Event]) -> list[tuple[int, int]]:
    return [(fill.price, fill.qty) for fill in fills_of(events)]


@pytest.mark.parametrize("seed", range(10))
def test_the_book_does_what_a_naive_book_does(seed: int) -> None:
    """After each of 2,000 random commands: same events, same orders in the same order. `python -m tests.books` has more."""
    episode = Episode(seed)
    for _ in range(EPISODE):
        episode.step()


def test_the_better_price_trades_first_then_the_earlier_order() -> None:
    book = Book()
    late, early, dear = sell(5, 11), sell(5, 10), sell(5, 12)
    also_early = sell(5, 10)
    for order in (late, early, also_early, dear):
        book.submit(order, DAY)
    fills = fills_of(book.submit(buy(12, 11), DAY))
    assert [fill.maker for fill in fills] == [early, also_early, late]
    assert traded(fills) == [(10, 5), (10, 5), (11, 2)]
    assert book.prints == [(10, 5), (10, 5), (11, 2)]


def test_a_reduced_order_keeps_its_place() -> None:
    """A smaller quantity harms nobody behind it in the queue."""
    book = Book()
    first, second = buy(9, 10), buy(9, 10)
    book.submit(first, DAY)
    book.submit(second, DAY)
    book.reduce(first, 4)
    assert [fill.maker for fill in fills_of(book.submit(sell(6, 10), DAY))] == [first, second]


def test_fill_or_kill_leaves_the_book_alone_when_it_cannot_be_whole() -> None:
    book = Book()
    book.submit(sell(5, 10), DAY)
    book.submit(sell(5, 11), DAY)
    order = buy(6, 10)
    assert book.submit(order, FOK) == [Ended(order, Why.UNFILLED)]
    assert book.top(OFFER, 0) == {10: 5, 11: 5}
    assert traded(book.submit(buy(6, 11), FOK)) == [(10, 5), (11, 1)]


def test_what_may_not_rest_does_not() -> None:
    """IOC and market orders leave nothing behind."""
    book = Book()
    book.submit(sell(5, 10), DAY)
    for order in (buy(7, 10), buy(7, None)):
        book.submit(order, IOC if order.price else DAY)
        assert book.top(BID, 0) == {}


def test_quotes_keep_their_place_unless_they_grow() -> None:
    """A participant's quote that stands or shrinks is the same order; one that grows goes to the end of the queue."""
    book = Book()
    quotes, other = Quotes(book), buy(3, 10)
    quotes.move({Px(10): Qty(5)}, {Px(12): Qty(5)})
    book.submit(other, DAY)
    for size in (5, 4):
        quotes.move({Px(10): Qty(size)}, {Px(12): Qty(5)})
        assert [fill.maker is other for fill in fills_of(book.submit(sell(1, 10), IOC))] == [False]
    quotes.move({Px(10): Qty(5)}, {Px(12): Qty(5)})
    assert [fill.maker is other for fill in fills_of(book.submit(sell(1, 10), IOC))] == [True]


def test_quotes_may_jump_over_where_their_other_side_stood() -> None:
    book = Book()
    quotes = Quotes(book)
    quotes.move({Px(10): Qty(5)}, {Px(11): Qty(5)})
    assert quotes.move({Px(20): Qty(5)}, {Px(21): Qty(5)}) == []
    assert (book.top(BID, 0), book.top(OFFER, 0)) == ({20: 5}, {21: 5})


def test_a_quote_that_meets_a_standing_order_trades_with_it() -> None:
    book = Book()
    standing = buy(3, 15)
    book.submit(standing, DAY)
    quotes = Quotes(book)
    fills = fills_of(quotes.move({Px(13): Qty(5)}, {Px(14): Qty(5)}))
    assert traded(fills) == [(15, 3)] and fills[0].maker is standing
    assert quotes.offers() == {14: 2}


def test_pro_rata_floors_shares_to_lots_and_gives_the_rest_to_the_earliest() -> None:
    """30 among 50, 30 and 20 in lots of 4: 15, 9 and 6 become 12, 8 and 4; the 6 that are left go to the first."""
    book = Book(Rules(allocation=Allocation.PRO_RATA, lot=Qty(4)))
    makers = [sell(50, 10), sell(30, 10), sell(20, 10)]
    for maker in makers:
        book.submit(maker, DAY)
    assert [fill.qty for fill in fills_of(book.submit(buy(30, 10), DAY))] == [18, 8, 4]
    assert [maker.leaves for maker in makers] == [32, 22, 16]


def test_tips_that_vary_are_the_same_for_one_seed_and_in_lots() -> None:
    """The first tip is the display itself; the others differ from it by half at most."""

    def tips(seed: int) -> list[int]:
        book = Book(Rules(lot=Qty(5), tip_varies_percent=50, seed=seed))
        book.submit(Order(is_buy=True, price=Px(10), leaves=2000, terms=Terms(display=Qty(100))), DAY)
        shown = []
        while book.top(BID, 1):
            (size,) = book.top(BID, 1).values()
            shown.append(int(size))
            book.submit(sell(size, 10), IOC)
        return shown

    assert tips(1) == tips(1) != tips(2)
    first, *others, _ = tips(1)
    assert first == 100 and len({*others}) > 5 and all(tip % 5 == 0 and 50 <= tip <= 150 for tip in others)


@pytest.mark.parametrize(
    ("mode", "of_taker", "of_maker", "ended"),
    [
        (SelfTrade.CANCEL_NEWEST, 7, 5, "taker"),
        (SelfTrade.CANCEL_OLDEST, 4, 5, "maker"),
        (SelfTrade.CANCEL_BOTH, 7, 5, "maker taker"),
        (SelfTrade.DECREMENT, 0, 5, "maker"),
    ],
)
def test_orders_of_one_owner_do_not_trade(mode: SelfTrade, of_taker: int, of_maker: int, ended: str) -> None:
    """Leaves afterwards, with 3 from somebody else behind; those that ended keep what they had left."""
    book = Book()
    terms = Terms(owner="A", self_trade=mode)
    orders = {
        "maker": Order(is_buy=False, price=Px(10), leaves=5, terms=terms),
        "taker": Order(is_buy=True, price=Px(10), leaves=7, terms=terms),
    }
    book.submit(orders["maker"], DAY)
    book.submit(sell(3, 10), DAY)
    events = book.submit(orders["taker"], DAY)
    assert [event.order for event in events if isinstance(event, Ended)] == [orders[name] for name in ended.split()]
    assert (orders["taker"].leaves, orders["maker"].leaves) == (of_taker, of_maker)


def test_a_table_of_ticks_rounds_to_the_step_of_the_price() -> None:
    ticks = TickTable(((Px(0), Px(2)), (Px(10), Px(5))))
    assert [ticks.fits(Px(price)) for price in (8, 9, 10, 12, 15)] == [True, False, True, False, True]
    assert [(ticks.down(Px(price)), ticks.up(Px(price))) for price in (9, 10, 11)] == [(8, 10), (10, 10), (10, 15)]


@pytest.mark.parametrize(
    "steps", [(), ((1, 1),), ((0, 0),), ((0, 2), (5, 5)), ((0, 5), (10, 3)), ((0, 1), (9, 3), (6, 6))]
)
def test_a_table_of_ticks_that_do_not_fit_is_no_table(steps: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(ValueError, match="must"):
        TickTable([(Px(start), Px(tick)) for start, tick in steps])
