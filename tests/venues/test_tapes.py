"""What recorded markets say, file by file, and the book that follows from it."""

import gzip
from pathlib import Path
from random import Random

import pytest

from gateway.model import SCALE, SECOND, Level, Ns, Px, Qty, print_scaled
from gateway.run.tapes import open_tape
from tests.tapes import DATA, LOBSTER, check_lobster, check_mbo, here
from venues.tapes.reading import BAD_KEPT, BadRow, Tape
from venues.tapes.recorded import RecordedBook
from venues.tapes.rows import LevelsRow, OrderChange, OrderRow, QuoteRow, Row, TradeRow

MBO = "ts_recv,ts_event,rtype,publisher_id,instrument_id,action,side,price,size,channel_id,order_id,flags,ts_in_delta,sequence,symbol"
AT = "2025-07-17T13:30:00.000000001Z"


def mbo(action: str, side: str, price: str, qty: int, *ids: int) -> str:
    """`ids` are order_id and sequence."""
    order_id, sequence = ids
    return f"{AT},{AT},160,2,1108,{action},{side},{price},{qty},0,{order_id},130,165200,{sequence},ACME"


def shares(levels: list[Level] | tuple[Level, ...]) -> list[tuple[str, int]]:
    return [(print_scaled(level.price), level.size // SCALE) for level in levels]


def px(text: str) -> Px:
    return Px(round(float(text) * SCALE))


# -- formats


def test_a_quote_tape_is_read_with_header_empty_sides_and_both_kinds_of_time() -> None:
    rows = list(
        Tape(
            [
                "time,venue,bid,bid size,ask,ask size\n",
                "34200.5,XLON,100.01,300,100.03,200\n",
                "\n",
                "34201, BATE ,,,100.02,100,IBM\n",
            ],
            symbol="ACME",
        )
    )
    assert [(row.venue, row.symbol, row.bid_size, row.ask) for row in rows if isinstance(row, QuoteRow)] == [
        ("XLON", "ACME", 300 * SCALE, 10_003_000_000),
        ("BATE", "IBM", 0, 10_002_000_000),
    ]
    assert rows[1].at - rows[0].at == SECOND // 2
    (stamped,) = Tape(["20131007-13:30:00.250,XLON,1,1,2,1"], symbol="ACME")
    assert stamped.at % SECOND == SECOND // 4


@pytest.mark.parametrize(
    ("lines", "name", "rows"),
    [
        (["ts_local_ns,ts_exch_ms,bid_px,bid_sz,ask_px,ask_sz", "1723161254087891268,,61837.63,3.5,61837.64,1.25"], "quotes", 1),
        (["ts_local_ns,ts_exch_ms,px,sz,aggressor", "1723161254087896568,1723161255342,61837.63,0.02,S"], "trades", 1),
        (["34200.017459617,4,11885113,21,2238100,1"], "lobster", 2),
        (["34200.017459617,1,11885113,21,2238100,-1,2238100,21,-9999999999,0"], "lobster", 2),
        ([MBO, mbo("A", "B", "5.510000000", 100, 7, 1)], "databento-mbo", 1),
        (["1,XLON,1,1,2,1"], "quotes", 1),
    ],
)  # fmt: skip
def test_a_format_is_known_by_its_first_line(lines: list[str], name: str, rows: int) -> None:
    tape = Tape(lines, symbol="ACME")
    assert (tape.format, len(list(tape))) == (name, rows)


def test_a_trade_tape_tells_who_came_in() -> None:
    lines = ["time,price,size,side", "1,10.5,3,B", "2,10.4,2,sell", "3,10.4,2,"]
    trades = [row for row in Tape(lines, symbol="ACME") if isinstance(row, TradeRow)]
    assert [(row.price, row.qty, row.buyer_took) for row in trades] == [
        (px("10.5"), 3 * SCALE, True),
        (px("10.4"), 2 * SCALE, False),
        (px("10.4"), 2 * SCALE, None),
    ]


def test_a_lobster_file_tells_day_and_symbol_by_its_name_and_its_book_beside_it(tmp_path: Path) -> None:
    """An execution is a trade and what it leaves; direction is that of the order that stood, not of who came in."""
    path = tmp_path / "ACME_2012-06-21_34200000_57600000_message_1.csv.gz"
    with gzip.open(path, "wt") as file:
        file.write("34200.000000001,4,11,21,2238100,1\n34200.5,5,0,9,2238300,-1\n")
    book = tmp_path / path.name.replace("_message_", "_orderbook_")
    with gzip.open(book, "wt") as file:
        file.write("2239500,100,2238100,4\n" * 2)
    trade, execution, levels, hidden = open_tape(path)
    assert trade.symbol == "ACME" and trade.at == Ns(1_340_285_400 * SECOND + 1)  # 09:30 in New York
    assert isinstance(trade, TradeRow) and trade.buyer_took is False and trade.qty == 21 * SCALE
    assert isinstance(execution, OrderRow) and execution.change is OrderChange.EXECUTE and execution.is_buy
    assert isinstance(levels, LevelsRow) and (shares(levels.bids), shares(levels.asks)) == (
        [("223.81", 4)],
        [("223.95", 100)],
    )
    assert isinstance(hidden, TradeRow) and hidden.buyer_took is True
    book.write_bytes(gzip.compress(b"2239500,100,2238100,4\n"))
    with pytest.raises(BadRow, match="line 2: 7 columns"):
        list(open_tape(path))


def test_a_fill_and_its_cancel_are_one_change_of_an_mbo_tape() -> None:
    lines = [
        MBO,
        mbo("A", "A", "13.400000000", 50, 7, 1),
        mbo("T", "B", "13.400000000", 20, 0, 2),
        mbo("F", "A", "13.400000000", 20, 7, 2),
        mbo("C", "A", "13.400000000", 20, 7, 2),
        mbo("C", "A", "13.400000000", 5, 7, 3),
    ]
    rows = list(Tape(lines))
    assert [row.change.value if isinstance(row, OrderRow) else "trade" for row in rows] == [
        "add",
        "trade",
        "execute",
        "cancel",
    ]
    assert shares(book_of(rows).asks.best()) == [("13.4", 25)]


def test_databento_prices_may_be_whole_numbers_and_times_nanoseconds() -> None:
    line = "1752759000000000001,1752759000000000001,160,2,1108,A,B,5510000000,100,0,7,130,0,1,ACME"
    (row,) = Tape([MBO, line])
    assert isinstance(row, OrderRow) and row.price == px("5.51") and row.at == 1_752_759_000_000_000_001


def test_a_market_by_price_tape_tells_a_trade_and_then_the_levels_that_changed() -> None:
    names = [f"{side}_{what}_{n:02}" for n in range(10) for what in ("px", "sz") for side in ("bid", "ask")]
    header = ",".join(["ts_event", "publisher_id", "action", "side", "price", "size", *names, "symbol"])
    empty = ["", "", "0", "0"] * 8

    def line(action: str, *levels: str) -> str:
        return ",".join([AT, "2", action, "A", "10.00", "5", *levels, *empty, "ACME"])

    first = ["10.00", "10.02", "30", "20", "9.99", "10.03", "7", "9"]
    lines = [header, line("A", *first), line("T", *first), line("C", "10.00", "10.02", "25", *first[3:])]
    added, trade, levels = Tape(lines)
    assert isinstance(added, LevelsRow) and shares(added.bids) == [("10", 30), ("9.99", 7)]
    assert isinstance(trade, TradeRow) and trade.buyer_took is False
    assert isinstance(levels, LevelsRow) and shares(levels.bids)[0] == ("10", 25) and levels.asks == added.asks


# -- bad rows


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("2,XLON,1,1,2", "5 columns"),
        ("2,XLON,x,1,2,1", "'x' is not a number"),
        ("2,XLON,1,-1,2,1", "'-1' is negative"),
        ("2,XLON,,1,2,1", "a side with a size has no price"),
        ("0.5,XLON,1,1,2,1", "time 0.5 is before the row above"),
        ("20130231-13:30:00,XLON,1,1,2,1", "day is out of range"),
        ("300000000000,XLON,1,1,2,1", "time 300000000000 is beyond the year 9999"),
        ("1_0,XLON,1,1,2,1", "'1_0' is not a UTC timestamp"),
    ],
)
def test_a_bad_row_is_named_by_its_file_and_line(line: str, complaint: str) -> None:
    with pytest.raises(BadRow, match=f"day.csv, line 2: .*{complaint}"):
        list(Tape(["1,XLON,1,1,2,1", line], name="day.csv", symbol="ACME"))


@pytest.mark.parametrize(
    ("first", "line", "complaint"),
    [
        (MBO, mbo("X", "B", "1.0", 1, 1, 1), "action 'X'"),
        (MBO, mbo("A", "N", "1.0", 1, 1, 1), "an order has no side"),
        (MBO, mbo("A", "B", "1.0000000001", 1, 1, 1), "is not a number"),
        (MBO, mbo("A", "B", "1.0", 1, 1, 1).replace(",160,2,", ",160,3,"), "publisher_id 3 in a tape of 2"),
        (MBO, mbo("A", "B", "1.0", 1, 1, 1) + ",", "16 columns where 15"),
        ("34200.1,1,7,10,100000,1", "34200.2,9,7,10,100000,1", "type '9'"),
        ("34200.1,1,7,10,100000,1", "34200.2,1,7,10,100000,0", "direction '0'"),
        ("34200.1,1,7,10,100000,1", "34200.2,1,7,10,10.5,1", "'10.5' is not a whole number"),
        ("time,price,size,side", "1,10,1,x", "'x' does not say"),
        ("time,price,size,side", "1,10,0,b", "a size above zero"),
    ],
)
def test_a_bad_row_of_each_format_is_passed_over_and_counted_where_that_is_wanted(
    first: str, line: str, complaint: str
) -> None:
    good = mbo("A", "B", "1.0", 1, 1, 1) if first == MBO else first
    tape = Tape([first, good, line] if first == MBO else [first, line], symbol="ACME", skip_bad=True)
    before = len(list(Tape([first, good] if first == MBO else [first], symbol="ACME")))
    assert (len(list(tape)), tape.bad) == (before, 1)
    assert complaint in tape.complaints[0]


def test_whatever_stands_in_a_line_is_a_row_or_a_bad_row() -> None:
    """Lines of each format with random characters put in, taken out and changed."""
    random = Random(1)
    kinds = [
        [
            MBO,
            mbo("A", "B", "5.510000000", 100, 7, 1),
            mbo("T", "N", "5.5", 100, 7, 1),
            mbo("F", "B", "5.51", 100, 7, 1),
        ],
        ["34200.0174,4,11,21,2238100,1,2239500,100,2238100,4", "34200.1,1,12,21,2238100,-1,2239500,100,2238100,4"],
        ["time,price,size,side", "1,10.5,3,B", "20131007-13:30:00.250,10.4,2,"],
        ["1,XLON,1,1,2,1", "2,XLON,,,2,1,ACME"],
    ]
    for first, *rest in kinds:
        lines = [first]
        for _ in range(400):
            line = list(random.choice([first, *rest]))
            for _ in range(random.randint(1, 3)):
                at = random.randrange(len(line))
                line[at : at + random.randint(0, 2)] = random.choice(
                    ["", ",", "-", "9" * 19, "\xb2", "\0", ".", "e5", "nan"]
                )
            lines.append("".join(line))
        tape = Tape(lines, symbol="ACME", skip_bad=True)
        rows = list(tape)
        assert tape.bad > 100, tape.format
        for row in rows:
            assert row.at >= 0


def test_of_many_bad_rows_some_are_remembered_and_all_counted() -> None:
    tape = Tape(["1,XLON,1,1,2,1", *["?"] * (BAD_KEPT + 5)], symbol="ACME", skip_bad=True)
    assert len(list(tape)) == 1
    assert (len(tape.complaints), tape.bad) == (BAD_KEPT, BAD_KEPT + 5)


def test_a_row_needs_a_symbol_from_somewhere() -> None:
    with pytest.raises(BadRow, match="line 1: the row names no symbol"):
        list(Tape(["1,XLON,1,1,2,1"]))


def test_a_file_that_was_cut_off_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "cut.csv.gz"
    path.write_bytes(gzip.compress(b"".join(b"%d,XLON,1,1,2,1\n" % n for n in range(5000)))[:-900])
    with pytest.raises(OSError, match="end-of-stream"):
        list(open_tape(path, symbol="ACME"))


# -- the recorded book


def book_of(rows: list[Row], step: int = 1) -> RecordedBook:
    book = RecordedBook(step)
    for row in rows:
        if not isinstance(row, TradeRow):
            book.apply(row)
    return book


def order(change: OrderChange, order_id: str, qty: int, price: str = "10", *, is_buy: bool = True) -> OrderRow:
    return OrderRow(
        at=Ns(0),
        venue="",
        symbol="ACME",
        change=change,
        order_id=order_id,
        is_buy=is_buy,
        price=px(price),
        qty=Qty(qty * SCALE),
    )


def levels(*bids: tuple[str, int]) -> LevelsRow:
    shown = tuple(Level(px(price), Qty(size * SCALE)) for price, size in bids)
    return LevelsRow(at=Ns(0), venue="", symbol="ACME", bids=shown, asks=())


def queue(book: RecordedBook, price: str = "10") -> list[tuple[str, int]]:
    return [(lot.order_id, lot.recorded // SCALE) for lot in book.bids.queues[px(price)].lots]


def test_orders_keep_their_places_as_the_recorded_market_gave_them() -> None:
    """Only a smaller quantity at the same price keeps an order's place."""
    add, modify = OrderChange.ADD, OrderChange.MODIFY
    rows: list[Row] = [order(add, name, 10) for name in "abcd"]
    rows += [order(modify, "a", 4), order(modify, "b", 11), order(OrderChange.CANCEL, "c", 9)]
    assert queue(book_of(rows)) == [("a", 4), ("c", 1), ("d", 10), ("b", 11)]
    rows += [order(modify, "a", 4, "9"), order(OrderChange.DELETE, "d", 0), order(OrderChange.EXECUTE, "c", 1)]
    book = book_of(rows)
    assert queue(book) == [("b", 11)] and queue(book, "9") == [("a", 4)]
    assert shares(book.bids.best()) == [("10", 11), ("9", 4)]
    book.apply(order(OrderChange.CLEAR, "", 0))
    assert book.bids.best() == []


def test_size_that_comes_stands_behind_and_size_that_goes_is_taken_from_all_in_proportion() -> None:
    """100 + 200, then 60 less: 20 and 40. Shares are whole steps; what rounding leaves comes off the last lots."""
    rows: list[Row] = [levels(("10", 100)), levels(("10", 300))]
    assert queue(book_of(rows)) == [("", 100), ("", 200)]
    assert queue(book_of([*rows, levels(("10", 240))])) == [("", 80), ("", 160)]
    assert queue(book_of([*rows, levels(("10", 250))], step=SCALE)) == [("", 84), ("", 166)]
    assert queue(book_of([*rows, levels(("10", 250))], step=100 * SCALE)) == [("", 100), ("", 150)]


def test_what_the_last_row_does_not_show_is_not_there() -> None:
    book = book_of([levels(("10", 100), ("9", 50)), levels(("9.5", 20))])
    assert shares(book.bids.best()) == [("9.5", 20)]


def test_an_order_from_before_the_tape_is_in_some_lot() -> None:
    """Its execution is the front's, its deletion anybody's."""
    rows: list[Row] = [levels(("10", 100)), levels(("10", 200))]
    assert queue(book_of([*rows, order(OrderChange.EXECUTE, "x", 100)])) == [("", 100)]
    assert queue(book_of([*rows, order(OrderChange.DELETE, "x", 100)])) == [("", 50), ("", 50)]
    assert queue(book_of([*rows, order(OrderChange.DELETE, "x", 100, "11")])) == [("", 100), ("", 100)]


# -- whole days


@here
def test_the_book_of_a_databento_day_has_the_best_prices_of_its_market_by_price() -> None:
    """Databento ARL, XNAS, 2025-07-17: order by order against the expected ten levels."""
    assert check_mbo() == (3928, 3928)


@here
def test_the_book_of_a_lobster_day_is_the_recorders_after_every_message() -> None:
    """AMZN, 2012-06-21, its first messages; `python -m tests.tapes` goes through all 57,515 and 8,974 executions."""
    day = check_lobster(8_000)
    assert day.messages == day.equal == 8_000
    assert day.executions == day.at_best > 1_000


@here
def test_files_of_all_kinds_are_read_to_their_end() -> None:
    files = {
        "databento/aapl_xnas_mbp10_20241021_5000rows.csv.gz": "databento-mbp-10",
        "databento/l1_day_first5rows.csv": "databento-mbp-10",
        "binance_btc_3venues/coinm_bbo.csv.gz": "quotes",
        "binance_btc_3venues/coinm_trades.csv.gz": "trades",
    }
    for name, kind in files.items():
        tape = open_tape(DATA / name, symbol="BTC", skip_bad=True)
        assert tape.format == kind
        assert sum(1 for _ in tape) > 4, name
        assert not tape.complaints, name
    assert open_tape(LOBSTER).format == "lobster"
