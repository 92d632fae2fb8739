"""What of a venue's book is ours: rules M-3."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from gateway.market.book import LINGER
from gateway.model import SCALE, Level, Ns, Px, Qty, Side, parse_px, parse_qty
from tests.conversation.rules import rule
from tests.conversation.world import World
from tests.market.told import START, S, change, instruments, opened, snapshot, update, venue


@rule("M-3.1", "M-3.2")
def test_what_rests_of_ours_is_shown_but_neither_followed_nor_to_be_had() -> None:
    markets = opened(["XLON", "BATE"])
    markets.apply("XLON", snapshot("99x500 98x200", "101x500"), Ns(START))
    markets.apply("BATE", snapshot("98.5x100", "101x100"), Ns(START))
    markets.now = Ns(START)
    markets.rests("ACME", "XLON", Side.BUY, parse_px("99"), parse_qty("500"))
    markets.rests("ACME", "XLON", Side.SELL, parse_px("101"), parse_qty("200"))
    assert (markets.quote("ACME").bid, markets.quote("ACME").ask_size) == (parse_px("99"), parse_qty("600"))
    view, others = markets.view("ACME"), markets.others("ACME")
    assert (view.bid, view.bid_size, view.ask_size) == (parse_px("98.5"), parse_qty("100"), parse_qty("400"))
    assert (others.bid, others.ask_size) == (view.bid, view.ask_size)
    book = markets.books("ACME")["XLON"]
    assert book.available(Side.SELL) == (Level(parse_px("98"), parse_qty("200")),)
    assert book.available(Side.BUY) == (Level(parse_px("101"), parse_qty("300")),)


@rule("M-3.3")
def test_what_came_back_counts_as_ours_until_the_venue_shows_the_price_anew_or_half_a_second_is_over() -> None:
    markets = opened(["XLON"])
    price, size = parse_px("99"), parse_qty("500")
    for shows_it in (True, False):
        markets.apply("XLON", snapshot("99x500", "101x500"), Ns(START))
        markets.now = Ns(START)
        markets.rests("ACME", "XLON", Side.BUY, price, size)
        markets.rests("ACME", "XLON", Side.BUY, price, -size)
        assert markets.others("ACME").bid_size == 0 and markets.due == START + LINGER
        if shows_it:
            markets.apply("XLON", change(update("0", "99", "20")), Ns(START + 1))
            assert markets.others("ACME").bid_size == parse_qty("20")
        markets.turn(Ns(START + LINGER - 1))
        assert markets.others("ACME").bid_size == (parse_qty("20") if shows_it else 0)
        assert markets.turn(Ns(START + LINGER)) == ["ACME"]
        assert markets.others("ACME").bid_size == (parse_qty("20") if shows_it else size)


def test_what_rests_is_still_ours_after_a_new_start_and_a_new_connection() -> None:
    markets = opened(["XLON"])
    markets.rests("ACME", "XLON", Side.BUY, parse_px("99"), parse_qty("500"))
    markets.configure([venue("XLON")], instruments("ACME"))
    markets.forget("XLON")
    markets.apply("XLON", snapshot("99x700", "101x500"), Ns(START))
    assert markets.others("ACME").bid_size == parse_qty("200")


@rule("M-3.1")
def test_an_iceberg_of_ours_does_not_make_the_market_that_another_order_of_ours_is_pegged_to(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=I  OrderQty=900  OrdType=LIMIT  Price=99.95  MaxFloor=200
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=200  Price=99.95
        XLON   quotes ACME 99.95x200,99.90x500 100.10x500
        client > NewOrderSingle   ClOrdID=P  OrderQty=100  OrdType=PEGGED  Side=BUY  ExecInst=R
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100  Price=99.90
        """
    )


CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("shows"), st.integers(1, 4), st.integers(0, 5)),
        st.tuples(st.just("rests"), st.integers(1, 4), st.integers(1, 5)),
        st.tuples(st.just("leaves"), st.integers(0, 9), st.integers(1, 5)),
        st.tuples(st.just("waits"), st.integers(1, 4), st.just(0)),
    ),
    max_size=40,
)


@given(CHANGES, st.booleans())
def test_others_are_what_a_recount_of_all_that_rests_leaves(changes: list[tuple[str, int, int]], buys: bool) -> None:
    """Quarter by quarter of a second; what left lingers for two of them."""
    markets = opened(["XLON"])
    side, meets = (Side.BUY, Side.SELL) if buys else (Side.SELL, Side.BUY)
    shown: dict[int, int] = {}
    resting: Counter[int] = Counter()
    left: list[tuple[int, int, int]] = []  # until, price, size
    now = START
    for what, one, two in changes:
        if what == "waits":
            now += one * S // 4
            if now >= markets.due:
                markets.turn(Ns(now))
            left = [entry for entry in left if entry[0] > now]
        markets.now = Ns(now)
        if what == "shows":
            shown[one] = two
            left = [entry for entry in left if entry[1] != one]
            entry = change(update("0" if buys else "1", str(one), str(two)))
            markets.apply("XLON", entry, Ns(now))
        elif what == "rests":
            resting[one] += two
            markets.rests("ACME", "XLON", side, Px(one * SCALE), Qty(two * SCALE))
        elif what == "leaves" and +resting:
            price = sorted(+resting)[one % len(+resting)]
            size = min(two, resting[price])
            resting[price] -= size
            if shown.get(price):
                # What lingers at one price does so until the last of it is old.
                left = [(now + LINGER, price, size), *((now + LINGER if p == price else u, p, s) for u, p, s in left)]
            markets.rests("ACME", "XLON", side, Px(price * SCALE), Qty(-size * SCALE))
        free = {
            price: size - resting[price] - sum(s for _, p, s in left if p == price) for price, size in shown.items()
        }
        wanted = [(p * SCALE, f * SCALE) for p, f in sorted(free.items(), reverse=buys) if f > 0]
        book = markets.books("ACME")["XLON"]
        assert [(level.price, level.size) for level in book.met_by(meets).others()] == wanted
        quote = markets.others("ACME")
        best = (quote.bid, quote.bid_size) if buys else (quote.ask, quote.ask_size)
        assert best == (wanted[0] if wanted else (0, 0))
