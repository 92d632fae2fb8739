"""What leaves the queues of a venue by trades, told by market data and read in spans."""

from gateway.market import Markets
from gateway.market.flow import MOST_SECONDS, Flow
from gateway.model import Ns, Qty, Side
from tests.conversation.rules import rule
from tests.market.told import START, S, change, opened, snapshot, update

LOT = 100_000_000


def at(seconds: float) -> Ns:
    return Ns(START + int(seconds * S))


def printed(markets: Markets, price: str, size: str, seconds: float, *, venue: str = "XLON") -> None:
    markets.now = at(seconds)
    markets.apply(venue, change(update("2", price, size)), at(seconds))


def showing(bid: str = "99.90x500", ask: str = "100.10x500") -> Markets:
    markets = opened(["XLON", "BATE"])
    for venue in ("XLON", "BATE"):
        markets.apply(venue, snapshot(bid, ask), at(0))
    return markets


def left(markets: Markets, side: Side, seconds: int, now: float, *, venue: str = "XLON", count: int = 2) -> list[int]:
    flow = markets.books("ACME")[venue].flow
    assert flow is not None
    return [qty // LOT for qty in flow.left(side, seconds, at(now), count)]


@rule("M-9.1")
def test_what_trades_at_the_bid_or_below_was_sold_and_leaves_it() -> None:
    """Inside of the spread nobody's queue is shorter for it; each venue has its own."""
    markets = showing()
    for price, size in (("99.90", "100"), ("99.85", "20"), ("100.10", "3"), ("100.20", "4"), ("100.00", "1000")):
        printed(markets, price, size, 0.5)
    assert left(markets, Side.BUY, 1, 1) == [120, 0]
    assert left(markets, Side.SELL, 1, 1) == [7, 0]
    assert left(markets, Side.BUY, 1, 1, venue="BATE") == [0, 0]


@rule("M-9.1")
def test_a_message_that_has_the_new_quote_before_the_trade_is_measured_by_the_old_one() -> None:
    markets = showing()
    sold_out = change(update("0", "99.90", "0"), update("0", "99.80", "200"), update("2", "99.90", "500"))
    markets.apply("XLON", sold_out, at(0.5))
    assert left(markets, Side.BUY, 1, 1) == [500, 0]


@rule("M-9.1")
def test_where_a_venue_crosses_itself_nobody_knows_who_took() -> None:
    markets = showing("100.10x500", "100.00x500")
    printed(markets, "100.05", "100", 0.5)
    assert left(markets, Side.BUY, 1, 1) == left(markets, Side.SELL, 1, 1) == [0, 0]


@rule("M-9.2")
def test_spans_end_with_the_last_whole_second_and_begin_with_the_first_that_was_seen() -> None:
    markets = showing()
    for second in (1, 9, 10, 19, 20):
        printed(markets, "99.90", str(second), second + 0.5)
    assert left(markets, Side.BUY, 10, 20.9) == [29, 10]
    assert left(markets, Side.BUY, 10, 21) == [39, 20]
    flow = markets.books("ACME")["XLON"].flow
    assert flow is not None
    assert [flow.spans(10, at(seconds)) for seconds in (0, 9.9, 10, 19.9, 20, 95)] == [0, 0, 1, 1, 2, 9]


@rule("M-9.2")
def test_what_was_seen_before_the_venue_left_is_forgotten() -> None:
    markets = showing()
    printed(markets, "99.90", "100", 0.5)
    markets.forget("XLON")
    assert markets.books("ACME")["XLON"].flow is None
    markets.apply("XLON", snapshot("99.90x500", "100.10x500"), at(5.5))
    assert left(markets, Side.BUY, 1, 7) == [0, 0]
    flow = markets.books("ACME")["XLON"].flow
    assert flow is not None and flow.spans(1, at(7)) == 1


@rule("M-9.3")
def test_what_we_take_ourselves_leaves_no_queue_for_us() -> None:
    """The print may come before our report or after it."""
    markets = showing()
    printed(markets, "100.10", "500", 0.2)
    markets.filled("ACME", "XLON", Side.BUY, Qty(300 * LOT), took=True)
    assert left(markets, Side.SELL, 1, 1) == [200, 0]
    markets.filled("ACME", "XLON", Side.BUY, Qty(300 * LOT), took=True)
    assert left(markets, Side.SELL, 1, 1) == [0, 0]
    markets.filled("ACME", "nowhere", Side.BUY, Qty(300 * LOT), took=True)


@rule("M-9.4")
def test_so_many_seconds_with_trades_are_kept_and_no_more() -> None:
    """What is dropped counts as not seen, not as quiet."""
    flow, most = Flow(Ns(0)), MOST_SECONDS * 3 // 2
    for second in range(most):
        flow.traded(Side.SELL, 1, Ns(second * S))
    assert flow.spans(1, Ns(most * S)) == most
    flow.traded(Side.SELL, 1, Ns(most * S))
    assert flow.spans(1, Ns((most + 1) * S)) == MOST_SECONDS
    assert sum(flow.left(Side.BUY, 1, Ns((most + 1) * S), most)) == MOST_SECONDS
