"""What venues show, what is left of it for us, and the consolidated quote: folds of market data messages."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.market import Book, Markets
from gateway.market.book import BID, MAX_LEVELS, OFFER
from gateway.model import BookUpdate, Level, MarketData, Ns, Px, Qty, Side, parse_px, parse_qty
from tests.conversation.world import World
from tests.market.told import START, change, instruments, opened, update, venue

NOW = Ns(START)


def book(bids: str = "", asks: str = "") -> Book:
    made = Book()
    for entry, text in ((BID, bids), (OFFER, asks)):
        for price, size in (level.split("x") for level in text.split()):
            made.apply(update(entry, price, size))
    return made


def levels(text: str) -> tuple[Level, ...]:
    return tuple(
        Level(parse_px(price), parse_qty(size)) for price, size in (level.split("x") for level in text.split())
    )


# -- one book


def test_levels_stand_best_first_however_they_came() -> None:
    made = book(bids="98x1 99x2 97x3", asks="102x1 101x2 103x3")
    assert made.shown(Side.SELL) == levels("99x2 98x1 97x3")
    assert made.shown(Side.BUY) == levels("101x2 102x1 103x3")


def test_a_level_is_set_again_and_deleted_by_size_0() -> None:
    made = book(bids="99x2 98x1")
    made.apply(update(BID, "99", "5"))
    made.apply(update(BID, "98", "0"))
    made.apply(update(BID, "97", "0"))
    assert made.shown(Side.SELL) == levels("99x5")


def test_what_is_sent_for_is_no_longer_available_but_still_shown() -> None:
    """The price that risk is measured by stays the venue's."""
    made = book(asks="100x50 101x50 102x50")
    made.take(Side.BUY, parse_qty("70"))
    assert made.available(Side.BUY) == levels("101x30 102x50")
    made.take(Side.BUY, parse_qty("30"))
    assert made.available(Side.BUY) == levels("102x50")
    assert made.shown(Side.BUY) == levels("100x50 101x50 102x50")
    made.take(Side.BUY, parse_qty("1000"))
    assert made.available(Side.BUY) == ()


def test_taking_from_one_side_leaves_the_other() -> None:
    made = book(bids="99x50", asks="100x50")
    made.take(Side.SELL, parse_qty("50"))
    assert made.available(Side.SELL) == () and made.available(Side.BUY) == levels("100x50")


def test_a_level_that_the_venue_shows_anew_is_all_there_again() -> None:
    made = book(asks="100x50 101x50")
    made.take(Side.BUY, parse_qty("60"))
    made.apply(update(OFFER, "100", "20"))
    assert made.available(Side.BUY) == levels("100x20 101x40")
    made.apply(update(OFFER, "101", "50"))
    assert made.available(Side.BUY) == levels("100x20 101x50")


def test_what_an_order_missed_is_gone_down_to_its_price() -> None:
    made = book(bids="99x50 98x50 97x50", asks="100x50 101x50 102x50")
    made.missed(Side.BUY, parse_px("101"))
    made.missed(Side.SELL, parse_px("98"))
    assert made.available(Side.BUY) == levels("102x50")
    assert made.available(Side.SELL) == levels("97x50")


def test_a_snapshot_makes_everything_available_again() -> None:
    markets = opened(["XLON"], ["ACME"])
    snapshot = MarketData(snapshot=True, symbol="ACME", updates=(update(OFFER, "100", "50"),))
    markets.apply("XLON", snapshot, NOW)
    here = markets.books("ACME")["XLON"]
    here.take(Side.BUY, parse_qty("50"))
    markets.apply("XLON", snapshot, NOW)
    assert here.available(Side.BUY) == levels("100x50")


def test_a_book_keeps_its_best_levels_and_no_more_than_its_bound() -> None:
    made = Book()
    for number in range(1, MAX_LEVELS + 10):
        made.apply(update(BID, str(number), "1"))
        made.apply(update(OFFER, str(1000 - number), "1"))
    bids, asks = made.shown(Side.SELL), made.shown(Side.BUY)
    assert len(bids) == len(asks) == MAX_LEVELS
    assert (bids[0].price, asks[0].price) == (parse_px(str(MAX_LEVELS + 9)), parse_px(str(1000 - MAX_LEVELS - 9)))


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("set"), st.integers(1, 6), st.integers(0, 9)),
        st.tuples(st.just("take"), st.integers(1, 30), st.just(0)),
        st.tuples(st.just("missed"), st.integers(1, 6), st.just(0)),
        st.tuples(st.just("clear"), st.just(0), st.just(0)),
    ),
    max_size=30,
)


@given(events=EVENTS, side=st.sampled_from((Side.BUY, Side.SELL)))
def test_a_book_agrees_with_one_that_is_counted_by_hand(events: list[tuple[str, int, int]], side: Side) -> None:
    """Price by price: size shown, size taken; nothing cached."""
    made = Book()
    sizes: dict[int, int] = {}
    taken: dict[int, int] = {}
    reverse = side == Side.SELL
    for kind, one, two in events:
        if kind == "set":
            made.apply(BookUpdate(symbol="ACME", entry=BID if reverse else OFFER, price=Px(one), size=Qty(two)))
            taken.pop(one, None)
            sizes[one] = two
        elif kind == "take":
            made.take(side, Qty(one))
            left = one
            for price in sorted(sizes, reverse=reverse):
                size = min(left, sizes[price] - taken.get(price, 0))
                taken[price] = taken.get(price, 0) + size
                left -= size
        elif kind == "missed":
            made.missed(side, Px(one))
            taken |= {p: size for p, size in sizes.items() if (p >= one if reverse else p <= one)}
        else:
            made.clear()
            sizes, taken = {}, {}
        prices = sorted((price for price in sizes if sizes[price]), reverse=reverse)
        assert made.shown(side) == tuple(Level(Px(price), Qty(sizes[price])) for price in prices)
        free = {price: sizes[price] - taken.get(price, 0) for price in prices}
        assert made.available(side) == tuple(Level(Px(price), Qty(free[price])) for price in prices if free[price])


# -- all venues together


def markets_of(**shown: tuple[str, str]) -> Markets:
    markets = opened(shown)
    for name, (bids, asks) in shown.items():
        updates = tuple(
            update(entry, price, size)
            for entry, text in ((BID, bids), (OFFER, asks))
            for price, size in (level.split("x") for level in text.split())
        )
        markets.apply(name, MarketData(snapshot=True, symbol="ACME", updates=updates), NOW)
    return markets


def test_the_consolidated_quote_is_the_best_of_all_and_equal_prices_add_up() -> None:
    quote = markets_of(
        XLON=("99x50 98x10", "101x50"), BATE=("98.5x70", "100.5x30 101x10"), CHIX=("99x20", "100.5x5")
    ).quote("ACME")
    assert (quote.bid, quote.bid_size) == (parse_px("99"), parse_qty("70"))
    assert (quote.ask, quote.ask_size) == (parse_px("100.5"), parse_qty("35"))


def test_the_quote_follows_each_change() -> None:
    """What was read before is not what is read after, and what we take of a book is still shown."""
    markets = markets_of(XLON=("99x50", "101x50"), BATE=("", ""))
    assert markets.quote("ACME").bid == parse_px("99")
    for name, entry, price, size, bid, ask in (
        ("BATE", BID, "99.5", "10", "99.5", "101"),
        ("BATE", OFFER, "100", "10", "99.5", "100"),
        ("BATE", BID, "99.5", "0", "99", "100"),
    ):
        markets.apply(name, change(update(entry, price, size)), NOW)
        quote = markets.quote("ACME")
        assert (quote.bid, quote.ask) == (parse_px(bid), parse_px(ask))
    markets.books("ACME")["BATE"].take(Side.BUY, parse_qty("10"))
    assert markets.quote("ACME").ask == parse_px("100")
    markets.forget("BATE")
    assert markets.quote("ACME").ask == parse_px("101")


def test_a_side_that_nobody_shows_has_size_0() -> None:
    quote = markets_of(XLON=("99x50", ""), BATE=("", "")).quote("ACME")
    assert quote.ask_size == 0 and quote.bid_size == parse_qty("50")
    assert Markets().quote("OTHER").bid_size == 0


def test_a_venue_out_of_reach_shows_nothing() -> None:
    markets = markets_of(XLON=("99x50", "101x50"), BATE=("98x70", "102x30"))
    markets.forget("XLON")
    quote = markets.quote("ACME")
    assert (quote.bid, quote.ask) == (parse_px("98"), parse_px("102"))
    assert markets.books("ACME")["XLON"].available(Side.BUY) == ()


def test_prints_add_up_and_do_not_touch_the_book() -> None:
    markets = markets_of(XLON=("99x50", "101x50"), BATE=("", ""))
    before = markets.quote("ACME")
    for name, price, size in (("XLON", "100", "7"), ("BATE", "99.5", "5")):
        data = change(update("2", price, size))
        assert markets.apply(name, data, NOW) == ["ACME"]
    view = markets.view("ACME")
    assert (view.last, view.traded) == (parse_px("99.5"), parse_qty("12"))
    assert markets.quote("ACME") == before
    markets.configure([venue("XLON")], instruments("ACME"))
    assert markets.traded("ACME") == parse_qty("12") and markets.quote("ACME").bid_size == 0


def test_what_is_not_ours_to_know_is_ignored() -> None:
    """A symbol or venue that no configuration names changes nothing, and cannot fill memory."""
    markets = markets_of(XLON=("99x50", "101x50"))
    before = markets.quote("ACME")
    strange = (update(BID, "1", "1", symbol=""), update("2", "1", "1", symbol="OTHER"), update(BID, "1", "1", "OTHER"))
    assert markets.apply("XLON", MarketData(snapshot=False, symbol="", updates=strange), NOW) == []
    assert (
        markets.apply("CHIX", MarketData(snapshot=True, symbol="ACME", updates=(update(BID, "100", "1"),)), NOW) == []
    )
    assert markets.apply("XLON", MarketData(snapshot=True, symbol="OTHER", updates=()), NOW) == []
    assert markets.quote("ACME") == before and markets.traded("OTHER") == 0


def test_each_symbol_that_changed_is_told_once() -> None:
    markets = opened(["XLON"], ["ACME", "IBM"])
    both = (update(BID, "1", "1"), update(BID, "2", "1", "IBM"), update(OFFER, "3", "1"))
    assert markets.apply("XLON", MarketData(snapshot=False, symbol="", updates=both), NOW) == ["ACME", "IBM"]
    assert markets.apply("XLON", MarketData(snapshot=True, symbol="ACME", updates=()), NOW) == ["ACME"]


def test_a_venue_that_drops_out_is_no_longer_routed_to(world: World) -> None:
    world.converse(
        """
        XLON   > disconnect
        client > NewOrderSingle   OrderQty=400
        client < ExecutionReport  ExecType=NEW
        BATE   < NewOrderSingle   OrderQty=300
        XLON   > connect
        XLON quotes ACME 99.90x500 100.10x500
        XLON   < NewOrderSingle   OrderQty=100
        """
    )


def test_the_trades_of_a_snapshot_are_not_counted_again() -> None:
    """They happened before it; a snapshot after every reconnect would make volume out of nothing."""
    markets = opened(("XLON",))
    trade = update("2", "100", "50")
    markets.apply("XLON", MarketData(snapshot=True, symbol="ACME", updates=(trade,)), NOW)
    assert markets.traded("ACME") == 0 and markets.view("ACME").last == parse_px("100")
    markets.apply("XLON", MarketData(snapshot=False, symbol="", updates=(trade,)), NOW)
    assert markets.traded("ACME") == parse_qty("50")
