"""Auctions of whole books: orders of every kind, price and allocation as a search over everything finds them."""

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.model import Ns, Px, Qty, TimeInForce
from tests.auctions import search
from venues.floor.auctions import Auctions
from venues.floor.phases import Phase, Phases, TradingDay
from venues.matching.book import Book, Fill
from venues.matching.orders import Ended, Order, Terms, Why
from venues.matching.uncross import Interest

START_PRICE = Px(50)
DAY = TradingDay(pre_open=Ns(10), opening=Ns(20), continuous=Ns(30), closing=Ns(40), closed=Ns(50))
PLAIN = Terms()


@dataclass(frozen=True)
class Sent:
    is_buy: bool
    price: int | None
    qty: int
    terms: Terms
    time: TimeInForce

    @property
    def takes_part(self) -> bool:
        return not self.terms.all_or_none and not self.terms.min_qty


ORDERS = st.lists(
    st.builds(
        Sent,
        is_buy=st.booleans(),
        price=st.one_of(st.integers(47, 53), st.none()),
        qty=st.integers(1, 9),
        terms=st.sampled_from(
            [PLAIN, PLAIN, Terms(display=Qty(2)), Terms(display=Qty(0)), Terms(all_or_none=True), Terms(min_qty=Qty(3))]
        ),
        time=st.sampled_from([TimeInForce.DAY, TimeInForce.DAY, TimeInForce.OPG]),
    ),
    max_size=14,
)


def opening(sent: list[Sent]) -> tuple[list[Order], list[object], Book]:
    """The orders, what the opening auction of a book with them led to, and the book after it."""
    books = {"ACME": Book()}
    phases = Phases()
    auctions = Auctions(books, phases, lambda _: 1, stays=lambda _: True, told=lambda *_: None)
    auctions.trade_in("ACME", START_PRICE)
    events: list[object] = []
    for change in phases.start([DAY], books, Ns(25)):
        events += auctions.carry_out(change, Ns(25))
    assert phases.of("ACME") is Phase.OPENING
    orders = []
    for one in sent:
        price = None if one.price is None else Px(one.price)
        order = Order(is_buy=one.is_buy, price=price, leaves=one.qty, terms=one.terms)
        orders.append(order)
        events += auctions.submit("ACME", order, one.time)
    assert not events, "nothing trades or ends in a call"
    for change in phases.act(Ns(30)):
        events += auctions.carry_out(change, Ns(30))
    return orders, events, books["ACME"]


@settings(max_examples=200)
@given(ORDERS)
def test_a_books_auction_is_what_a_search_finds(sent: list[Sent]) -> None:
    """Whole quantities count; what is hidden comes after what is shown; conditional orders only afterwards."""
    orders, events, _ = opening(sent)
    part = [number for number, one in enumerate(sent) if one.takes_part]
    part.sort(key=lambda number: sent[number].terms.display == 0)
    expected = search([Interest(sent[n].is_buy, sent[n].price, sent[n].qty) for n in part], START_PRICE, lambda _: 1)
    filled = dict.fromkeys(range(len(orders)), 0)
    for event in events:
        if isinstance(event, Fill) and event.in_call:
            assert event.price == expected.price
            for order in (event.maker, event.taker):
                filled[orders.index(order)] += event.qty
    assert {number: filled[number] for number in part} == dict(zip(part, expected.filled, strict=True))
    assert not any(filled[number] for number in filled if number not in part)


@settings(max_examples=200)
@given(ORDERS)
def test_after_an_auction_its_own_orders_are_over_and_the_book_is_not_crossed(sent: list[Sent]) -> None:
    orders, events, book = opening(sent)
    ended = {orders.index(event.order): event.why for event in events if isinstance(event, Ended)}
    for number, (order, one) in enumerate(zip(orders, sent, strict=True)):
        if order.leaves and one.time is TimeInForce.OPG:
            assert ended[number] is Why.AUCTION
        elif order.leaves and one.price is None:
            assert ended[number] is Why.UNFILLED
        else:
            assert number not in ended
    bids, offers = book.top("0", 1), book.top("1", 1)
    assert not bids or not offers or max(bids) < min(offers)
