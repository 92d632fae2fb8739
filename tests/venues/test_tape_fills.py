"""What becomes of our orders in a market that was recorded without them, by hand-computed examples."""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby, islice
from random import Random

import pytest

from gateway.model import SCALE, SECOND, Level, Ns, Px, Qty, TimeInForce
from gateway.run.tapes import open_tape
from tests.tapes import LOBSTER, MBO, here, rest_in_lobster
from tests.venues.world import Client, World
from venues.matching.book import Book, Event, Fill, Order
from venues.matching.orders import Ended, Terms
from venues.tapes.ladder import Ladder, halved
from venues.tapes.mirror import Mirror
from venues.tapes.recorded import Lot
from venues.tapes.rows import LevelsRow, OrderChange, OrderRow, QuoteRow, Row, TradeRow
from venues.tapes.showing import FillModel, Showing

ADD, CANCEL, EXECUTE = OrderChange.ADD, OrderChange.CANCEL, OrderChange.EXECUTE


def px(text: str) -> Px:
    return Px(round(float(text) * 100) * SCALE // 100)


def at(seconds: float) -> Ns:
    return Ns(round(seconds * SECOND))


def quote(seconds: float, bid: str, bid_size: int, ask: str = "10.05", ask_size: int = 100) -> QuoteRow:
    return QuoteRow(
        at=at(seconds),
        venue="",
        symbol="ACME",
        bid=px(bid),
        bid_size=Qty(bid_size * SCALE),
        ask=px(ask),
        ask_size=Qty(ask_size * SCALE),
    )


def sold(seconds: float, price: str, qty: int, *, hidden: bool = False, buyer_took: bool | None = False) -> TradeRow:
    return TradeRow(
        at=at(seconds),
        venue="",
        symbol="ACME",
        price=px(price),
        qty=Qty(qty * SCALE),
        buyer_took=buyer_took,
        hidden=hidden,
    )


def bid(seconds: float, change: OrderChange, order_id: str, qty: int, price: str = "10.00") -> OrderRow:
    return OrderRow(
        at=at(seconds),
        venue="",
        symbol="ACME",
        change=change,
        order_id=order_id,
        is_buy=True,
        price=px(price),
        qty=Qty(qty * SCALE),
    )


class Scene:
    """One venue that shows these rows, and one counterparty, whose fills are noted with their second."""

    def __init__(self, rows: Sequence[Row], model: FillModel = FillModel.QUEUE, **showing: object) -> None:
        world = World(tape=rows, showing=Showing(fill_model=model, **showing))  # type: ignore[arg-type]
        self.world, self.client = world, Client(world)
        self.begun = world.now
        self.fills: list[tuple[int, str, str]] = []  # second, LastQty(32), LastPx(31)

    def until(self, seconds: float) -> "Scene":
        end = self.begun + at(seconds)
        while (wake := self.world.exchange.wake_at()) is not None and wake <= end:
            self._note(self.client.mine(self.world.pass_time(max(wake - self.world.now, 0))))
        self.world.pass_time(end - self.world.now)
        return self

    def order(self, side: str, qty: int, price: str, *fields: tuple[int, str]) -> "Scene":
        self._note(self.client.order(side, str(qty), price, *fields))
        return self

    def _note(self, answers: Sequence[object]) -> None:
        for answer in answers:
            if answer[35] == "8" and answer[150] == "F":  # type: ignore[index]
                second = (self.world.now - self.begun) // SECOND
                self.fills.append((second, answer[32], answer[31]))  # type: ignore[index]

    def shown(self) -> list[tuple[str, ...]]:
        (snapshot,) = self.client.watch(req=f"M{self.world.now}", sub="0", types="01")
        return [entry[1:] for entry in snapshot.entries()]

    def asks(self) -> list[tuple[str, ...]]:
        return [entry[1:] for entry in self.shown() if entry[0] == "1"]


# -- queue


def test_cancels_ahead_count_in_proportion_and_trades_in_turn() -> None:
    """500 ahead, 300 come behind; of 400 canceled 250 were ahead. Then 200, 120 and 30 are sold: 250 + 100 are reached."""
    scene = Scene(
        [
            *(quote(0, "10.00", 500), quote(1, "10.00", 800), quote(2, "10.00", 400)),
            *(sold(3, "10.00", 200), quote(3, "10.00", 200)),
            *(sold(4, "10.00", 120), quote(4, "10.00", 80)),
            *(sold(5, "10.00", 30), quote(5, "10.00", 50)),
        ]
    )
    scene.until(0.5).order("1", 100, "10.00").until(9)
    assert scene.fills == [(4, "70", "10"), (5, "30", "10")]
    assert scene.shown()[0] == ("0", "10", "50")


def test_by_orders_the_place_in_the_queue_is_exact() -> None:
    """Ours stands behind a and b and before c. a is canceled, b traded: what hit c and d on the tape is ours first."""
    scene = Scene(
        [
            *(bid(0, ADD, "a", 100), bid(0, ADD, "b", 50), bid(1, ADD, "c", 40)),
            bid(2, CANCEL, "a", 100),
            *(sold(3, "10.00", 50), bid(3, EXECUTE, "b", 50), bid(3, ADD, "d", 500)),
            *(sold(4, "10.00", 40), bid(4, EXECUTE, "c", 40)),
            *(sold(5, "10.00", 300), bid(5, EXECUTE, "d", 300)),
        ]
    )
    scene.until(0.5).order("1", 60, "10.00").until(9)
    assert scene.fills == [(4, "40", "10"), (5, "20", "10")]
    assert scene.shown() == [("0", "10", "200")], "of d, what the tape says"


def test_a_price_out_of_sight_was_not_empty() -> None:
    """The bid of 9.99 that appears when the best one is gone stood there before ours."""
    scene = Scene([quote(0, "10.00", 500), quote(1, "9.99", 300), sold(2, "9.99", 320), quote(2, "9.98", 1)])
    scene.until(0.5).order("1", 100, "9.99").until(9)
    assert scene.fills == [(2, "20", "9.99")]


def test_who_improves_the_best_price_is_first_there() -> None:
    scene = Scene([quote(0, "10.00", 500), quote(1, "10.01", 300), sold(2, "10.01", 60), quote(2, "10.01", 240)])
    scene.until(0.5).order("1", 100, "10.01").until(9)
    assert scene.fills == [(2, "60", "10.01")]


@pytest.mark.parametrize(("price", "filled"), [("10.01", []), ("10.02", [(1, "30", "10.02")])])
def test_a_hidden_execution_is_ours_only_if_we_offered_more(price: str, filled: list[tuple[int, str, str]]) -> None:
    scene = Scene([quote(0, "10.00", 500), sold(1, "10.01", 30, hidden=True)])
    assert scene.until(0.5).order("1", 100, price).until(9).fills == filled


@pytest.mark.parametrize(("side", "price"), [("1", "10.00"), ("2", "10.05")])
def test_who_took_is_guessed_from_the_quote_where_the_tape_does_not_say(side: str, price: str) -> None:
    trade = sold(1, price, 600, buyer_took=None)
    scene = Scene([quote(0, "10.00", 500, "10.05", 500), trade, quote(1, "9.99", 1, "10.06", 1)])
    assert scene.until(0.5).order(side, 100, price).until(9).fills == [(1, "100", price.rstrip("0").rstrip("."))]


# -- touch and through


@pytest.mark.parametrize(
    ("model", "filled"),
    [
        (FillModel.QUEUE, [(3, "100", "10")]),
        (FillModel.TOUCH, [(1, "60", "10"), (2, "40", "10")]),
        (FillModel.THROUGH, [(3, "100", "10")]),
    ],
)
def test_a_trade_at_our_price_and_one_beyond_it(model: FillModel, filled: list[tuple[int, str, str]]) -> None:
    scene = Scene(
        [
            quote(0, "10.00", 500),
            *(sold(1, "10.00", 60), quote(1, "10.00", 440)),
            *(sold(2, "10.00", 60), quote(2, "10.00", 380)),
            *(quote(3, "9.99", 50), sold(3, "9.99", 150)),
        ],
        model,
    )
    assert scene.until(0.5).order("1", 100, "10.00").until(9).fills == filled


@pytest.mark.parametrize("model", list(FillModel))
def test_a_quote_that_reaches_our_price_trades_with_us(model: FillModel) -> None:
    """No more than it shows, and with own impact no more when it is shown again."""
    rows = [quote(0, "9.98", 10, "10.05", 100), quote(1, "9.97", 10, "10.00", 70), quote(2, "9.96", 10, "10.00", 70)]
    scene = Scene(rows, model, half_life_ms=1_000_000_000)
    assert scene.until(0.5).order("1", 100, "10.00").until(2.5).fills == [(1, "70", "10")]


@pytest.mark.parametrize("model", list(FillModel))
def test_every_trade_of_the_tape_is_printed_once(model: FillModel) -> None:
    """What we get of a trade is a part of it."""
    scene = Scene([quote(0, "10.00", 500), sold(1, "9.99", 700), quote(1, "9.98", 10)], model)
    scene.until(0.5).order("1", 100, "10.00")
    scene.client.watch(types="2")
    prints = [entry for x in scene.client.mine(scene.world.pass_time(SECOND)) if x[35] == "X" for entry in x.entries()]
    assert sum(int(size) for _, _, _, size in prints) == 700


@pytest.mark.parametrize("model", list(FillModel))
def test_a_trade_of_the_tape_sets_off_a_stop_whoever_it_was_with(model: FillModel) -> None:
    book = Book()
    stop = Order(is_buy=False, price=None, leaves=SCALE, terms=Terms(stop=px("10.00")))
    book.submit(Order(is_buy=True, price=px("9.90"), leaves=SCALE), TimeInForce.DAY)
    book.submit(stop, TimeInForce.DAY)
    showing = Showing(fill_model=model)
    ladder = model is FillModel.SLIPPAGE
    mirror = Ladder(book, showing, lot=Qty(SCALE), tick=px("0.01")) if ladder else Mirror(book, showing, lot=Qty(SCALE))
    mirror.take(sold(1, "10.01", 5, hidden=True), Ns(0))
    assert stop.leaves == SCALE
    *_, fill = mirror.take(sold(2, "10.00", 5, hidden=True), Ns(0))
    assert isinstance(fill, Fill) and (fill.taker, fill.price) == (stop, px("9.90"))


# -- own impact


@pytest.mark.parametrize("model", [FillModel.QUEUE, FillModel.TOUCH, FillModel.THROUGH])
def test_what_is_taken_stays_taken_until_the_level_is_shown_anew(model: FillModel) -> None:
    """150 of 200 taken: 50 are left, and 150 when 100 more are shown. A level that was gone is whole again."""
    rows = [
        *(quote(0, "9.98", 10, "10.02", 200), quote(1, "9.97", 10, "10.02", 200), quote(2, "9.97", 10, "10.02", 300)),
        *(quote(3, "9.97", 10, "10.03", 80), quote(4, "9.97", 10, "10.02", 200)),
    ]
    scene = Scene(rows, model).until(0.5).order("1", 150, "10.02", (59, "3"))
    assert scene.fills == [(0, "150", "10.02")]
    assert [scene.until(second + 0.5).shown()[1] for second in range(1, 5)] == [
        ("1", "10.02", "50"),
        ("1", "10.02", "150"),
        ("1", "10.03", "80"),
        ("1", "10.02", "200"),
    ]


def test_without_own_impact_it_is_there_again_with_the_next_row() -> None:
    rows = [quote(0, "9.98", 10, "10.02", 200), quote(2, "9.97", 10, "10.02", 200)]
    scene = Scene(rows, own_impact=False).until(0.5).order("1", 150, "10.02", (59, "3"))
    assert scene.until(1).shown()[1] == ("1", "10.02", "50")
    assert scene.until(3).shown()[1] == ("1", "10.02", "200")


# -- slippage


def test_who_takes_more_than_is_shown_pays_for_it_and_the_book_grows_back() -> None:
    """100 a tick: 250 cost 10.00, 10.01 and 10.02. After one half-life 125 are missing, after two 62, then nothing."""
    scene = Scene([quote(0, "9.98", 100, "10.00", 100)], FillModel.SLIPPAGE, half_life_ms=1_000)
    scene.order("1", 250, "10.10", (59, "3"))
    assert scene.fills == [(0, "100", "10"), (0, "100", "10.01"), (0, "50", "10.02")]
    asks = [scene.until(second).asks()[:2] for second in (0, 1, 2, 12)]
    assert asks == [
        [("10.02", "50"), ("10.03", "100")],
        [("10.01", "75"), ("10.02", "100")],
        [("10", "38"), ("10.01", "100")],
        [("10", "100"), ("10.01", "100")],
    ]
    assert scene.world.exchange.wake_at() is None or scene.world.exchange.wake_at() > scene.world.now + SECOND  # type: ignore[operator]


def test_what_was_taken_is_missing_wherever_the_tape_moves_the_price() -> None:
    rows = [quote(0, "9.98", 100, "10.00", 100), quote(0.1, "9.98", 100, "9.99", 300)]
    scene = Scene(rows, FillModel.SLIPPAGE, half_life_ms=1_000_000_000).order("1", 120, "10.10", (59, "3"))
    assert scene.until(1).asks()[:2] == [("9.99", "180"), ("10", "300")]
    free = Scene(rows, FillModel.SLIPPAGE, own_impact=False).order("1", 120, "10.10", (59, "3"))
    assert [qty for _, qty, _ in free.fills] == ["100", "20"]
    assert free.until(1).asks()[0] == ("9.99", "300")


def test_what_the_tape_itself_takes_is_not_missing() -> None:
    """A buyer at 10.05 meets the ladder at 10.00 here; the tape goes on showing 100 there, and so do we."""
    rows: list[Row] = [quote(0, "9.98", 100, "10.00", 100), sold(1, "10.05", 30, buyer_took=True)]
    assert Scene(rows, FillModel.SLIPPAGE).until(1).asks()[0] == ("10", "100")


def test_half_is_left_after_a_half_life_exactly_and_it_never_grows() -> None:
    assert [halved(1 << 40, seconds, 10) for seconds in (0, 10, 20, 30)] == [1 << 40, 1 << 39, 1 << 38, 1 << 37]
    assert halved(10**12, 5, 10) == pytest.approx(10**12 / 2**0.5, rel=1e-6)
    left = [halved(10**12, passed, 997) for passed in range(5_000)]
    assert left == sorted(left, reverse=True)


# -- what always holds


class Chance:
    """A mirror and orders of ours under random rows of few prices and small sizes, and what bounds our fills."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.book = Book()
        self.mirror = Mirror(self.book, Showing(), lot=Qty(1))
        self.ours: list[Order] = []
        self.shown: Counter[tuple[bool, Px]] = Counter()  # by side and price, all that was ever shown anew
        self.got: Counter[tuple[bool, Px]] = Counter()  # of that
        self._last: dict[tuple[bool, Px], Qty] = {}

    def act(self) -> None:
        acts = (self.levels, self.levels, self.trade, self.order, self.order, self.cancel)
        self.random.choice(acts)()
        for side in (self.mirror.recorded.bids, self.mirror.recorded.asks):
            for queue in side.queues.values():
                assert sum(lot.leaves for lot in queue.lots) <= queue.size
                assert all(lot.leaves <= lot.recorded for lot in queue.lots)
        assert all(self.got[level] <= self.shown[level] for level in self.got)

    def levels(self) -> None:
        split = self.random.randint(1, 3)
        sizes = [(Px(n), Qty(self.random.choice((0, 0, 2, 4)))) for n in range(1, 5)]
        bids = tuple(Level(price, size) for price, size in reversed(sizes) if size and price <= split)
        asks = tuple(Level(price, size) for price, size in sizes if size and price > split)
        row = LevelsRow(at=Ns(0), venue="", symbol="", bids=bids, asks=asks)
        now = {(price <= split, price): size for price, size in sizes if size}
        for level, size in now.items():
            self.shown[level] += max(size - self._last.get(level, 0), 0)
        self._last = now
        self.count(self.mirror.take(row, Ns(0)) + self.mirror.settle(Ns(0)))

    def trade(self) -> None:
        pick = self.random.choice
        price, qty, taker, hidden = pick((1, 2, 3, 4)), pick((1, 3, 5)), pick((True, False, None)), pick((True, False))
        row = TradeRow(at=Ns(0), venue="", symbol="", price=Px(price), qty=Qty(qty), buyer_took=taker, hidden=hidden)
        before = len(self.book.prints)
        assert self.count(self.mirror.take(row, Ns(0))) <= qty, "more than the tape traded"
        assert sum(size for _, size in self.book.prints[before:]) == qty
        self.count(self.mirror.settle(Ns(0)))
        sides = (self.mirror.recorded.bids, self.mirror.recorded.asks)
        self._last = {(side.is_buy, level.price): level.size for side in sides for level in side.best()}

    def order(self) -> None:
        pick = self.random.choice
        order = Order(is_buy=pick((True, False)), price=Px(pick((1, 2, 3, 4))), leaves=pick((1, 3, 9)))
        self.ours.append(order)
        self.count(self.book.submit(order, pick((TimeInForce.IOC, TimeInForce.DAY))))

    def cancel(self) -> None:
        if live := [order for order in self.ours if order.is_live]:
            self.count(self.book.cancel(self.random.choice(live)))

    def count(self, events: list[Event]) -> int:
        """What we got from orders that the tape let come in."""
        met = 0
        for fill in events:
            assert isinstance(fill, Fill | Ended)
            if isinstance(fill, Fill) and (fill.maker in self.ours) != (fill.taker in self.ours):
                other = fill.taker if fill.maker in self.ours else fill.maker
                if isinstance(other, Lot):
                    assert other.price is not None
                    self.got[other.is_buy, other.price] += fill.qty
                else:
                    met += fill.qty
        return met


def test_we_never_get_more_than_the_tape_traded_and_showed() -> None:
    """Of each trade its size, of each level what was shown there anew; and no lot shows more than the tape says."""
    for seed in range(150):
        chance = Chance(seed)
        for _ in range(80):
            chance.act()


def any_row(random: Random) -> Row:
    """Whatever can be read, sense or not: orders that cross, executions of nobody, trades anywhere."""
    pick, at, where = random.choice, Ns(0), {"venue": "", "symbol": "ACME"}
    price, qty = Px(pick(range(1, 7))), Qty(pick((1, 2, 5)))
    kind = pick("OOOOLQT")
    if kind == "O":
        order_id, change = pick("abcdefgh"), pick((ADD, ADD, ADD, *OrderChange))
        return OrderRow(
            at=at, **where, change=change, order_id=order_id, is_buy=pick((True, False)), price=price, qty=qty
        )
    if kind == "T":
        taker, hidden = pick((True, False, None)), pick((True, False))
        return TradeRow(at=at, **where, price=price, qty=qty, buyer_took=taker, hidden=hidden)
    ask = Px(pick(range(1, 7)))
    if kind == "Q":
        return QuoteRow(at=at, **where, bid=price, bid_size=qty, ask=ask, ask_size=Qty(pick((0, 3))))
    return LevelsRow(at=at, **where, bids=(Level(price, qty),), asks=(Level(ask, qty), Level(Px(ask + 1), qty)))


@pytest.mark.parametrize("model", list(FillModel))
def test_whatever_a_tape_says_it_trades_what_it_says_it_traded(model: FillModel) -> None:
    """With nobody else there: prints are its trades, and its lots never trade with each other."""
    for seed in range(40):
        random, book, traded = Random(seed), Book(), 0
        showing = Showing(fill_model=model)
        mirror = (
            Ladder(book, showing, lot=Qty(1), tick=Px(1))
            if model is FillModel.SLIPPAGE
            else Mirror(book, showing, lot=Qty(1))
        )
        for now in range(100):
            row = any_row(random)
            mirror.take(row, Ns(now))
            mirror.settle(Ns(now))
            traded += row.qty if isinstance(row, TradeRow) else 0
            assert sum(size for _, size in book.prints) == traded
            bid, ask = mirror.recorded.tops()
            if isinstance(mirror, Mirror) and (bid is None or ask is None or bid < ask):
                shown = book.top("0", 0), book.top("1", 0)
                recorded = mirror.recorded
                assert shown == tuple(
                    {level.price: level.size for level in side.best()} for side in (recorded.bids, recorded.asks)
                )


@here
def test_on_a_real_morning_the_models_are_in_their_order() -> None:
    """Whoever stands in the queue gets more than who waits for trades beyond its price, less than who is first."""
    touch, queue, through = (
        rest_in_lobster(model, 6_000) for model in (FillModel.TOUCH, FillModel.QUEUE, FillModel.THROUGH)
    )
    assert touch.placed == queue.placed == through.placed
    assert touch.filled > queue.filled > through.filled > 0


@here
@pytest.mark.parametrize("path", [LOBSTER, MBO], ids=["lobster", "mbo"])
def test_with_nobody_else_there_the_venue_shows_the_recorded_book(path: object) -> None:
    """After every line, the best levels; and it prints what the tape traded."""
    tape = open_tape(LOBSTER if path == LOBSTER else MBO)
    book = Book()
    mirror = Mirror(book, Showing(), lot=Qty(SCALE))
    traded = 0
    for _, rows in islice(groupby(tape, lambda _row: tape.line), 4_000):
        for row in rows:
            mirror.take(row, Ns(0))
            traded += row.qty if isinstance(row, TradeRow) else 0
        mirror.settle(Ns(0))
        for side, entry in ((mirror.recorded.bids, "0"), (mirror.recorded.asks, "1")):
            assert book.top(entry, 5) == {level.price: level.size for level in side.best(5)}, tape.line
    assert sum(size for _, size in book.prints) == traded
