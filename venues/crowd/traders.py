"""The invented participants at work in a venue's books."""

from collections.abc import Callable
from heapq import heappush, heapreplace

from gateway.model import MILLISECOND, SECOND, Ns, Px, TimeInForce, parse_px
from venues.crowd.chance import Chance
from venues.crowd.flow import Arrivals, Flow
from venues.crowd.maker import Maker
from venues.crowd.price import EfficientPrice
from venues.crowd.takers import Crowd
from venues.matching.book import Book, Event, Order
from venues.profile import Profile

_NEVER = 1 << 63  # no price reaches it

Happened = Callable[[str, list[Event], Ns], None]  # told after each change of a symbol's book, with what that led to


class FlowTraders:
    """Trade in every symbol from event to event. What was slept through is not made up for."""

    def __init__(
        self, flow: Flow, profile: Profile, happened: Happened, trades: Callable[[str], bool] = lambda _: True
    ) -> None:
        """`trades` says whether orders are taken in a symbol."""
        self._flow = flow
        self._profile = profile
        self._happened = happened
        self._trades = trades
        self._markets: list[tuple[str, Market]] = []
        self._turns: list[tuple[Ns, int]] = []  # a heap: when, and which of the markets

    def trade_in(self, symbol: str, book: Book, start_price: str) -> None:
        heappush(self._turns, (Ns(0), len(self._markets)))
        self._markets.append((symbol, Market(self._flow, self._profile, symbol, book, parse_px(start_price))))

    @property
    def wake_at(self) -> Ns:
        return self._turns[0][0]

    def act(self, now: Ns) -> None:
        turns = self._turns
        while turns[0][0] <= now:
            place = turns[0][1]
            symbol, market = self._markets[place]
            if self._trades(symbol):
                self._happened(symbol, market.act(now), now)
                heapreplace(turns, (market.wake_at, place))
            else:
                heapreplace(turns, (Ns(now + SECOND), place))

    def leave(self, now: Ns, symbol: str | None = None) -> None:
        """Take back all quotes and orders, of one symbol or of all, until it is time to act again."""
        for traded, market in self._markets:
            if symbol in (None, traded):
                self._happened(traded, market.leave(), now)


class Market:
    """One symbol at one venue: whose turn it is. At one instant the fast trader comes first, the others come last."""

    def __init__(self, flow: Flow, profile: Profile, symbol: str, book: Book, start: Px) -> None:
        self._book = book
        self._interval = flow.interval_ms * MILLISECOND
        self._habits = profile.habits
        # One tick for all that a day's prices may be: the coarsest of them.
        tick = profile.ticks.at(Px(start * 11 // 10))
        self._cost = tick // 2  # of a trade to the fast trader: a quote has to be stale by more
        self._most = profile.lot * profile.habits.size_lots * profile.habits.levels * 4  # of its orders
        self._chance = Chance(flow.seed, profile.name, symbol)
        lag = profile.habits.maker_lag_ms // flow.interval_ms
        self._price = EfficientPrice(flow, symbol, start, behind=lag)
        self._arrivals = Arrivals(flow, profile.habits, self._chance)
        least_lots = max(1, -(-profile.min_qty // profile.lot))
        self._maker = Maker(book, profile.habits, self._chance, tick=Px(tick), lot=profile.lot, least_lots=least_lots)
        self._crowd = Crowd(
            book, self._price, profile.habits, self._chance, tick=Px(tick), lot=profile.lot, least_lots=least_lots
        )
        self._stale_at: Ns | None = None  # when the efficient price moves through a quote, where that is known
        self._looked = -1  # up to that step no move calls for other quotes
        self._quotes_at: Ns | None = Ns(0)  # when the market maker moves, where that is known
        self._comes_at: Ns | None = None  # the next of the crowd
        self.wake_at = Ns(0)  # known once it has acted

    def act(self, now: Ns) -> list[Event]:
        events: list[Event] = []
        step = now // self._interval
        if self._stale_at is not None and self._stale_at <= now:
            events += self._pick_off(self._price.at(step))
        if self._quotes_at is not None and self._quotes_at <= now:
            self._looked = (now - self._maker.lag) // self._interval
            events += self._maker.quote(self._price.at(self._looked), now)
            self._quotes_at = None
        if self._comes_at is None:
            self._comes_at = self._arrivals.after(now)
        elif self._comes_at <= now:
            events += self._crowd.come(step)
            self._comes_at = self._arrivals.after(now)
        self._look_ahead(now, self._comes_at)
        return events

    def leave(self) -> list[Event]:
        self._quotes_at = Ns(0)
        return self._maker.leave() + self._crowd.leave()

    def _pick_off(self, price: Px) -> list[Event]:
        """The fast trader takes what the efficient price has just moved through, if it is there."""
        reach = price - self._cost, price + self._cost
        for is_buy, limit in ((True, reach[0]), (False, reach[1])):
            best = self._book.best(is_buy=not is_buy)
            if best is None or (best >= limit if is_buy else best <= limit):
                continue
            if self._chance.below(100) < self._habits.fast_percent:
                order = Order(is_buy=is_buy, price=Px(limit), leaves=self._most)
                return self._book.submit(order, TimeInForce.IOC)
        return []

    def _look_ahead(self, now: Ns, until: Ns) -> None:
        """When somebody acts next: `until` at the latest, when one of the crowd does."""
        last = until // self._interval
        if self._quotes_at is None:
            first = max(self._looked + 1, (now - self._maker.lag) // self._interval)
            moved = self._price.first_outside(self._maker.low, self._maker.high, first, last)
            self._looked = last
            if moved is not None:
                self._quotes_at = Ns(moved * self._interval + self._maker.lag)
        if self._maker.is_thin():
            again = Ns(now + self._maker.lag)
            self._quotes_at = again if self._quotes_at is None else min(self._quotes_at, again)
        wake = until if self._quotes_at is None else min(until, self._quotes_at)
        self._stale_at = self._goes_through(now, last)
        self.wake_at = wake if self._stale_at is None else min(wake, self._stale_at)

    def _goes_through(self, now: Ns, last: int) -> Ns | None:
        if not self._habits.fast_percent:
            return None
        bid, offer = self._book.best(is_buy=True), self._book.best(is_buy=False)
        low = 0 if bid is None else bid - self._cost
        high = _NEVER if offer is None else offer + self._cost
        step = self._price.first_outside(low, high, now // self._interval + 1, last)
        return None if step is None else Ns(step * self._interval)
