"""Who else is at a venue: what they think a symbol is worth, when they come, and what they want."""

import random
from itertools import pairwise

import msgspec
import pytest

from gateway.model import MILLISECOND, SCALE, SECOND, Ns, Px, Qty, TimeInForce
from gateway.run.profiles import read_profile
from tests.venues.world import START, Client, World
from venues.crowd.chance import Chance
from venues.crowd.flow import Arrivals, Day, Flow, Habits, activity, activity_until, halved
from venues.crowd.maker import Maker
from venues.crowd.price import LOOK_BACK, EfficientPrice
from venues.crowd.traders import FlowTraders
from venues.matching.book import BID, OFFER, Book, Order
from venues.matching.orders import HIDDEN, SHOWN
from venues.matching.uncross import Interest, uncross

TICK, LOT, PRICE = Px(SCALE // 100), Qty(SCALE), Px(100 * SCALE)
STEP = START // (100 * MILLISECOND)
DAY = Day(opens_s=8 * 3_600, closes_s=16 * 3_600)


# -- the efficient price


def test_venues_of_one_seed_agree_on_the_price_at_any_step() -> None:
    """It depends on flow, symbol and step alone: who joins late agrees with who was there from the start."""
    early, late = (EfficientPrice(Flow(seed=7), "ACME", PRICE) for _ in range(2))
    steps = list(range(STEP, STEP + 3_000))
    path = [early.at(step) for step in steps]
    random.Random(1).shuffle(steps)
    assert all(late.at(step) == path[step - STEP] for step in steps[:40])
    for other in (EfficientPrice(Flow(seed=8), "ACME", PRICE), EfficientPrice(Flow(seed=7), "IBM", PRICE)):
        assert other.at(STEP) != path[0]


def test_the_price_is_back_where_it_began_every_2_to_the_20_steps() -> None:
    price = EfficientPrice(Flow(), "ACME", PRICE)
    assert [price.at(period << 20) for period in (0, 1, 17_000)] == [PRICE] * 3


def test_the_price_moves_as_much_as_the_flow_says() -> None:
    """volatility_bps is the standard deviation of 6.5 hours: 234,000 steps of 100 ms."""
    moves = []
    for seed in range(5):
        price = EfficientPrice(Flow(seed=seed, volatility_bps=200), "ACME", PRICE)
        path = [price.at(STEP + step) for step in range(0, 60_000, 600)]
        moves += [(after - before) / PRICE for before, after in pairwise(path)]
    deviation = (sum(move**2 for move in moves) / len(moves) * 234_000 / 600) ** 0.5
    assert deviation == pytest.approx(0.02, rel=0.15)


def test_the_path_is_drawn_once_even_for_those_who_see_it_late() -> None:
    """A thousand draws take a millisecond: a market maker a minute behind must not have them repeated each time."""

    class Counted(EfficientPrice):
        drawn = 0

        def _draw(self, number: int) -> list[int]:
            self.drawn += 1
            return super()._draw(number)

    price = Counted(Flow(), "ACME", PRICE, behind=1_200)
    for step in range(STEP, STEP + 5_120, 100):
        for seen in (step + 10, step, step - LOOK_BACK, step - 1_200):
            price.at(seen)
    assert price.drawn <= 10 + 4


@pytest.mark.parametrize("start", [PRICE, Px(100)])
def test_the_price_stays_above_zero_even_at_the_bounds_of_the_flow(start: Px) -> None:
    """However low it starts: 500 ms and 3 % in 6.5 hours are the most there is."""
    for seed in range(8):
        price = EfficientPrice(Flow(seed=seed, interval_ms=500, volatility_bps=300), "ACME", start)
        assert min(price.at(step) for step in range(1 << 16, 1 << 20, 1 << 16)) > 0


# -- the shape of the day


def test_a_day_is_busiest_at_its_ends_and_has_its_mean() -> None:
    hours = [activity(DAY, hour * 3_600 * SECOND) for hour in range(24)]
    assert (hours[8], hours[12], hours[16], hours[7], hours[17]) == (1_800, 600, 1_800, 600, 600)
    within = activity_until(DAY, 16 * 3_600 * SECOND) - activity_until(DAY, 8 * 3_600 * SECOND)
    assert within == 8 * 3_600_000 * 1_000


def test_what_is_summed_up_is_what_stands_at_each_instant() -> None:
    for hour in (3, 8, 9, 13, 15, 20):
        at = (20_000 * 24 + hour) * 3_600 * SECOND
        summed = activity_until(DAY, at + 60 * SECOND) - activity_until(DAY, at)
        assert summed / 60_000 == pytest.approx(activity(DAY, at + 30 * SECOND), rel=0.01)
        assert activity_until(None, at + SECOND) - activity_until(None, at) == 1_000 * 1_000


def test_what_halves_does_so_evenly_however_often_it_is_looked_at() -> None:
    assert [halved(1 << 40, seconds, 2) >> 30 for seconds in (0, 2, 4, 20)] == [1024, 512, 256, 1]
    assert halved(10**9, SECOND // 2, SECOND) == pytest.approx(10**9 * 0.5**0.5, rel=1e-4)
    value = 10**12
    for _ in range(1_000):
        value = halved(value, SECOND // 500, SECOND)
    assert value == pytest.approx(10**12 / 4, rel=1e-2)


def test_as_many_come_as_the_habit_says_and_they_come_in_bursts() -> None:
    """Most arrivals are drawn by others: counts vary more than those of a Poisson process."""
    arrivals = Arrivals(Flow(), Habits(arrivals_per_s=5), Chance("arrivals"))
    counts = [0] * 4_000
    now = Ns(0)
    while (now := arrivals.after(now)) < 4_000 * SECOND:
        counts[now // SECOND] += 1
    mean = sum(counts) / len(counts)
    assert mean == pytest.approx(5, rel=0.1)
    assert sum((count - mean) ** 2 for count in counts) / len(counts) > 1.5 * mean


def test_orders_are_split_into_few_pieces_mostly_and_into_very_many_sometimes() -> None:
    """n or more with probability n ** -1.5."""
    chance = Chance("pieces")
    pieces = [chance.pieces() for _ in range(20_000)]
    for least in (2, 5, 20, 100):
        assert sum(n >= least for n in pieces) == pytest.approx(20_000 * least**-1.5, rel=0.25)
    assert min(pieces) == 1 and max(pieces) <= 1_000


# -- the market maker


def maker(habits: Habits | None = None) -> tuple[Maker, Book]:
    book = Book()
    return Maker(book, habits or Habits(), Chance("maker"), tick=TICK, lot=LOT, least_lots=1), book


def test_quotes_are_two_sided_on_tick_and_around_the_price() -> None:
    someone, book = maker(Habits(levels=3, size_lots=100))
    for step in range(300):
        price = Px(50 * SCALE + step * SCALE // 700)
        someone.quote(price, Ns(step * SECOND))
        bids, offers = book.top(BID, 0), book.top(OFFER, 0)
        assert max(bids) - TICK // 4 <= price <= min(offers) + TICK // 4
        assert len(bids) == len(offers) == 3
        assert all(px % TICK == 0 for px in (*bids, *offers))
        assert all(size % LOT == 0 and LOT <= size <= 300 * LOT for size in (*bids.values(), *offers.values()))


def test_near_zero_there_are_fewer_bids_and_none_at_zero() -> None:
    someone, book = maker()
    someone.quote(Px(5 * TICK // 2), Ns(0))
    assert 0 < len(book.top(BID, 0)) < 5 and min(book.top(BID, 0)) > 0


def test_who_has_bought_too_much_bids_less() -> None:
    """With four best levels' sizes in hand it stands back, and comes again when that is hedged elsewhere."""
    someone, book = maker(Habits(levels=3, size_lots=100))
    price = Px(50 * SCALE + TICK // 2)
    someone.quote(price, Ns(0))
    book.submit(Order(is_buy=False, price=None, leaves=1_000 * SCALE), TimeInForce.IOC)
    for second in range(20):
        someone.quote(price, Ns(0))
        assert (book.best(is_buy=True) or 0) < 50 * SCALE, second
    best = set()
    for _ in range(20):
        someone.quote(price, Ns(400 * SECOND))
        best.add(book.best(is_buy=True))
    assert best == {Px(50 * SCALE), Px(50 * SCALE - TICK)}


def test_quotes_that_were_traded_are_made_good_at_the_end_of_the_queue() -> None:
    someone, book = maker(Habits(levels=1, size_lots=100))
    price = Px(50 * SCALE + TICK // 2)
    someone.quote(price, Ns(0))
    offer = book.best(is_buy=False)
    assert offer is not None and not someone.is_thin()
    left = 10 * SCALE
    book.submit(Order(is_buy=True, price=None, leaves=book.top(OFFER, 1)[offer] - left), TimeInForce.IOC)
    assert someone.is_thin()
    someone.quote(price, Ns(SECOND))
    assert not someone.is_thin() and sum(book.top(OFFER, 1).values()) >= 50 * SCALE


# -- the venue's day


def test_who_left_for_the_night_comes_again_though_the_price_has_not_moved() -> None:
    """Nothing of theirs stays in the book meanwhile, and what happens to it is told, symbol by symbol."""
    told: list[str] = []
    traders = FlowTraders(
        Flow(intensity_percent=1, volatility_bps=1), read_profile("XLON"), lambda symbol, *_: told.append(symbol)
    )
    books = {"ACME": Book(), "IBM": Book()}
    for symbol, book in books.items():
        traders.trade_in(symbol, book, "100")
    traders.act(START)
    assert told == ["ACME", "IBM"] and traders.wake_at > START
    assert all(book.top(BID, 0) and book.top(OFFER, 0) for book in books.values())
    traders.leave(START)
    assert told == ["ACME", "IBM"] * 2
    assert not any(book.top(side, 0) for book in books.values() for side in (BID, OFFER))
    traders.act(Ns(START + 600 * SECOND))
    assert all(len(book.top(side, 0)) >= 5 for book in books.values() for side in (BID, OFFER))


def test_takers_join_an_auction() -> None:
    """They bid and offer beyond what the symbol is worth, so that it trades, near to that, and they leave with it."""
    book = Book()
    traders = FlowTraders(Flow(), read_profile("XLON"), lambda *_: None)
    traders.trade_in("ACME", book, "100")
    book.begin_call()
    while traders.wake_at < START + 120 * SECOND:
        traders.act(max(START, traders.wake_at))
    orders = [*book.orders(is_buy=True), *book.orders(is_buy=False)]
    joined = [order for order in orders if order.time_in_force is TimeInForce.OPG]
    buys, sells = ([order.price or 0 for order in joined if order.is_buy is side] for side in (True, False))
    assert 60 < len(joined) < 400 and sum(buys) / len(buys) > sum(sells) / len(sells) + 2 * TICK
    found = uncross([Interest(order.is_buy, order.price, order.leaves) for order in orders], PRICE, lambda _: TICK)
    worth = EfficientPrice(Flow(), "ACME", PRICE).at(STEP + 1_200)
    assert found.price is not None and abs(found.price - worth) < 10 * TICK
    assert found.volume > 5_000 * LOT


def test_not_more_than_500_join_an_auction() -> None:
    book = Book()
    traders = FlowTraders(Flow(intensity_percent=3_000), read_profile("XLON"), lambda *_: None)
    traders.trade_in("ACME", book, "100")
    book.begin_call()
    while traders.wake_at < START + 60 * SECOND:
        traders.act(max(START, traders.wake_at))
    orders = (*book.orders(is_buy=True), *book.orders(is_buy=False))
    assert sum(order.time_in_force is TimeInForce.OPG for order in orders) == 500


def test_all_prices_are_on_the_tick_that_the_start_price_has() -> None:
    profile = msgspec.structs.replace(read_profile("XLON"), coarser_ticks=((Px(50 * SCALE), Px(5 * TICK)),))
    book = Book()
    traders = FlowTraders(Flow(), profile, lambda *_: None)
    traders.trade_in("ACME", book, "100")
    traders.act(START)
    traders.act(Ns(START + 60 * SECOND))
    assert len(book.top(BID, 0)) >= 5
    assert all(price % (5 * TICK) == 0 for side in (BID, OFFER) for price in book.top(side, 0))


@pytest.mark.parametrize("percent", [0, 40])
def test_so_many_of_the_limit_orders_are_hidden(percent: int) -> None:
    """Of those that anybody but the market maker leaves in the book, counted each second for ten minutes."""
    profile = read_profile("XLON")
    habits = msgspec.structs.replace(profile.habits, hidden_percent=percent)
    book = Book()
    traders = FlowTraders(Flow(), msgspec.structs.replace(profile, habits=habits), lambda *_: None)
    traders.trade_in("ACME", book, "100")
    hidden = shown = 0
    for second in range(600):
        while traders.wake_at < START + second * SECOND:
            traders.act(max(START, traders.wake_at))
        resting = [order for side in (True, False) for order in book.orders(is_buy=side)]
        hidden += sum(order.place == HIDDEN for order in resting)
        shown += sum(order.place == SHOWN and type(order) is Order for order in resting)
    assert (hidden == 0) is (percent == 0)
    assert abs(hidden / (hidden + shown) - percent / 100) < 0.08


# -- the fast trader


def stale(fast_percent: int) -> tuple[World, Client, str]:
    """A world 1 ms after the efficient price went through the offer, which its market maker has not seen yet."""
    flow = Flow(seed=3, intensity_percent=1)
    habits = Habits(arrivals_per_s=1, maker_lag_ms=20_000, fast_percent=fast_percent)
    world = World(flow=flow, habits=habits)
    client = Client(world)
    (snapshot,) = client.watch(depth="1")
    offer = next(price for _, kind, price, _ in snapshot.entries() if kind == "1")
    through = EfficientPrice(flow, "ACME", PRICE).first_outside(
        0, int(float(offer) * 100) * TICK + TICK // 2, STEP + 1, STEP + 200
    )
    assert through is not None
    world.pass_time(through * 100 * MILLISECOND - world.now + MILLISECOND)
    return world, client, offer


def test_a_fast_trader_takes_a_stale_quote_before_our_order_arrives() -> None:
    """fast_percent is how often it is there; what is left for us is what the market is now."""
    _, client, offer = stale(fast_percent=100)
    *_, last = client.order("1", "10", offer, (59, "3"))
    assert last.has(_35="8", _39="4", _14="0")


def test_without_a_fast_trader_a_stale_quote_is_ours() -> None:
    _, client, offer = stale(fast_percent=0)
    _, fill, *_ = client.order("1", "10", offer, (59, "3"))
    assert fill.has(_35="8", _39="2", _31=offer)


def test_the_market_maker_quotes_anew_after_its_lag() -> None:
    """Until then its quotes are stale; then they are around the price as it was a lag ago."""
    world, client, offer = stale(fast_percent=0)
    world.pass_time(20 * SECOND)
    (snapshot,) = client.watch(req="M2", sub="0", depth="1")
    assert min(float(price) for _, kind, price, _ in snapshot.entries() if kind == "1") > float(offer)
