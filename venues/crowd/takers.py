"""Those who come to a market one by one: some take, the others place limit orders and cancel them."""

from gateway.model import Px, Qty, TimeInForce
from venues.crowd.chance import Chance
from venues.crowd.flow import Habits
from venues.crowd.price import LOOK_BACK, EfficientPrice
from venues.matching.book import Book, Event, Order
from venues.matching.orders import PLAIN, Terms

# Of 100 takers so many are noise, work on a large order piece by piece, follow the last half minute's move, or know
# the efficient price a second ahead.
_NOISE, _SPLITTING, _MOMENTUM = 15, 65, 12
_LARGE_ORDERS = 2  # worked on at a time
_TREND_TICKS = 3  # that a move has to have for somebody to follow it
_AHEAD = 10  # steps
_SIZES = (2, 2, 5, 5, 5, 10, 10, 10, 20, 20, 30, 50, 50, 100, 100, 200)  # % of a best level's average
_RESTING = 12  # limit orders, on average
_JOINING = 500  # in one auction at most, however long it lasts
_BEYOND = 5  # ticks from the efficient price at most, at which they join one
_UNSEEN = Terms(display=Qty(0))
# Ticks from the best price at which limit orders are placed; -1 improves it where the spread leaves room.
_OFFSETS = (-1, 0, 0, 0, 0, 1, 1, 2)


class Crowd:
    """The many in one book, market maker and fast trader apart."""

    def __init__(
        self,
        book: Book,
        price: EfficientPrice,
        habits: Habits,
        chance: Chance,
        *,
        tick: Px,
        lot: Qty,
        least_lots: int,
    ) -> None:
        self._book = book
        self._price = price
        self._habits = habits
        self._chance = chance
        self._tick = tick
        self._lot = lot
        self._least_lots = least_lots
        self._large = [(False, 0)] * _LARGE_ORDERS  # whether it buys, pieces left
        self._resting: list[Order] = []
        self._joined = 0  # in the auction that is on

    def come(self, step: int) -> list[Event]:
        """One of them comes, during that step of the efficient price."""
        if self._chance.below(100) >= self._habits.takers_percent:
            if self._chance.below(2 * _RESTING) < len(self._resting):
                return self._cancel()
            return self._place(self._price.at(step))
        is_buy = self._wish(step)
        if is_buy is None:
            return []
        if self._book.in_call:
            return self._join(self._price.at(step), is_buy=is_buy)
        self._joined = 0
        return self._book.submit(Order(is_buy=is_buy, price=None, leaves=self._size()), TimeInForce.IOC)

    def leave(self) -> list[Event]:
        events: list[Event] = []
        while self._resting:
            events += self._cancel()
        return events

    def _wish(self, step: int) -> bool | None:
        """Whether a taker buys or sells; None: it has no reason to do either."""
        kind = self._chance.below(100)
        if kind < _NOISE:
            return self._chance.below(2) == 1
        if kind < _NOISE + _SPLITTING:
            return self._piece()
        price = self._price.at(step)
        if kind < _NOISE + _SPLITTING + _MOMENTUM:
            moved = price - self._price.at(step - LOOK_BACK)
            return moved > 0 if abs(moved) >= _TREND_TICKS * self._tick else None
        price = self._price.at(step + _AHEAD)
        bid, offer = self._book.best(is_buy=True), self._book.best(is_buy=False)
        if offer is not None and price > offer:
            return True
        return False if bid is not None and price < bid else None

    def _join(self, worth: Px, *, is_buy: bool) -> list[Event]:
        """Take part in an auction, at a price that is good enough to trade, and not longer than it lasts."""
        if self._joined >= _JOINING:
            return []
        self._joined += 1
        beyond = 1 + self._chance.below(_BEYOND)
        price = Px((worth // self._tick + (beyond if is_buy else 1 - beyond)) * self._tick)
        order = Order(is_buy=is_buy, price=price, leaves=self._size())
        return self._book.submit(order, TimeInForce.OPG)

    def _piece(self) -> bool:
        place = self._chance.below(_LARGE_ORDERS)
        is_buy, pieces = self._large[place]
        if not pieces:
            is_buy, pieces = self._chance.below(2) == 1, self._chance.pieces()
        self._large[place] = (is_buy, pieces - 1)
        return is_buy

    def _place(self, worth: Px) -> list[Event]:
        is_buy = self._chance.below(2) == 1
        own = self._book.best(is_buy=is_buy)
        if own is None:
            return []
        away = -self._tick if is_buy else self._tick
        price = Px(own + away * _OFFSETS[self._chance.below(len(_OFFSETS))])
        margin = self._tick // 4  # Within it market makers wait, and a better price would lock another venue's.
        if price <= 0 or (price > worth - margin if is_buy else price < worth + margin):
            price = own
        order = Order(is_buy=is_buy, price=price, leaves=self._size(), terms=self._shows_or_not())
        self._resting.append(order)
        return self._book.submit(order, TimeInForce.DAY)

    def _shows_or_not(self) -> Terms:
        hidden = self._habits.hidden_percent
        return _UNSEEN if hidden and self._chance.below(100) < hidden else PLAIN

    def _cancel(self) -> list[Event]:
        """One of them at random; it may have been filled."""
        place = self._chance.below(len(self._resting))
        order, self._resting[place] = self._resting[place], self._resting[-1]
        self._resting.pop()
        return self._book.cancel(order) if order.is_live else []

    def _size(self) -> Qty:
        lots = self._habits.size_lots * _SIZES[self._chance.below(len(_SIZES))] // 100
        return Qty(max(lots, self._least_lots) * self._lot)
