"""The book against a naive one, and the rules that a reader would look for by name."""

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.model import Px, Qty, TimeInForce
from venues.crowd.quotes import Quotes
from venues.matching.book import BID, OFFER, Book, Event, Fill, Order
from venues.matching.orders import Ended, Why

DAY, IOC, FOK = TimeInForce.DAY, TimeInForce.IOC, TimeInForce.FOK


def buy(leaves: int, price: int | None) -> Order:
    return Order(is_buy=True, price=None if price is None else Px(price), leaves=leaves)


def sell(leaves: int, price: int | None) -> Order:
    return Order(is_buy=False, price=None if price is None else Px(price), leaves=leaves)


def fills_of(events: Sequence[Event]) -> list[Fill]:
    return [event for event in events if isinstance(event, Fill)]


def traded(events: Sequence[Event]) -> list[tuple[int, int]]:
    return [(fill.price, fill.qty) for fill in fills_of(events)]


class NaiveBook:
    """The same rules in the plainest words: a list of (order number, side, price, leaves) in order of arrival."""

    def __init__(self) -> None:
        self.resting: list[list[int]] = []  # number, is_buy, price, leaves

    def submit(
        self, number: int, is_buy: bool, price: int | None, leaves: int, tif: TimeInForce
    ) -> list[tuple[int, int, int]]:
        others = [r for r in self.resting if bool(r[1]) != is_buy]
        others = [r for r in others if price is None or (r[2] <= price if is_buy else r[2] >= price)]
        others.sort(key=lambda r: r[2] if is_buy else -r[2])  # stable: time decides at one price
        if tif is FOK and sum(r[3] for r in others) < leaves:
            return []
        fills = []
        for other in others:
            qty = min(leaves, other[3])
            if qty:
                fills.append((other[0], other[2], qty))
                other[3] -= qty
                leaves -= qty
        self.resting = [r for r in self.resting if r[3]]
        if leaves and price is not None and tif is DAY:
            self.resting.append([number, is_buy, price, leaves])
        return fills

    def top(self, is_buy: bool) -> list[tuple[int, int]]:
        sizes: dict[int, int] = {}
        for _, side, price, leaves in self.resting:
            if bool(side) == is_buy:
                sizes[price] = sizes.get(price, 0) + leaves
        return sorted(sizes.items(), reverse=is_buy)


@dataclass(frozen=True)
class Step:
    kind: str
    is_buy: bool
    price: int | None
    leaves: int
    tif: TimeInForce
    which: int  # for a cancel or a reduction: which of the resting orders


STEPS = st.lists(
    st.builds(
        Step,
        kind=st.sampled_from(["submit", "submit", "submit", "cancel", "reduce"]),
        is_buy=st.booleans(),
        price=st.one_of(st.integers(1, 6), st.none()),
        leaves=st.integers(1, 9),
        tif=st.sampled_from([DAY, DAY, IOC, FOK]),
        which=st.integers(0, 99),
    ),
    max_size=40,
)


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_the_book_does_what_a_naive_book_does(steps: list[Step]) -> None:
    """Same fills with the same counterparties, same levels, whatever came before."""
    book, naive = Book(), NaiveBook()
    orders: list[Order] = []
    for step in steps:
        resting = [order for order in naive.resting if order[3]]
        if step.kind == "submit" or not resting:
            order = buy(step.leaves, step.price) if step.is_buy else sell(step.leaves, step.price)
            expected = naive.submit(len(orders), step.is_buy, step.price, step.leaves, step.tif)
            orders.append(order)
            fills = fills_of(book.submit(order, step.tif))
            assert [(orders.index(fill.maker), fill.price, fill.qty) for fill in fills] == expected
            assert order.leaves == step.leaves - sum(qty for _, _, qty in expected)
        else:
            chosen = resting[step.which % len(resting)]
            if step.kind == "reduce" and chosen[3] > 1:
                chosen[3] -= 1
                book.reduce(orders[chosen[0]], chosen[3])
            else:
                naive.resting.remove(chosen)
                book.cancel(orders[chosen[0]])
        assert list(book.top(BID, 0).items()) == naive.top(True)
        assert list(book.top(OFFER, 0).items()) == naive.top(False)


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
