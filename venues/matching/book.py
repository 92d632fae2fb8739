"""A book of one symbol: the better price first, at one price the earlier order or each its share, in integers.

The book knows orders, not their owners but by a key. Between two calls what is shown is never crossed, unless it is in
a call: then orders rest without matching until somebody says at which price who trades. Trades collect in `prints` for
the market data feed, which empties it. Every command returns what it led to, in order.

What one trade leads to is done before the command is over: stops go first, in order of arrival; then pegged orders
move; then conditional orders are tried again.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from heapq import heappop, heappush

import msgspec

from gateway.model import Ns, Px, Qty, TimeInForce
from venues.matching.orders import (
    ASIDE,
    AT_ONCE,
    FOR_AUCTIONS,
    OUT,
    PLAIN,
    STOP,
    Ended,
    Event,
    Fill,
    Order,
    Repriced,
    Terms,
    Triggered,
    Why,
)
from venues.matching.pegs import price_of
from venues.matching.pool import Pool, Rules
from venues.matching.stops import Stops

__all__ = ["BID", "OFFER", "Book", "Event", "Fill", "Order"]

BID, OFFER = "0", "1"  # MDEntryType(269)
_FOK = TimeInForce.FOK  # members of an Enum take their time to be looked up
_LASTING = frozenset({TimeInForce.GTC, TimeInForce.GTD})


class Book:
    def __init__(self, rules: Rules | None = None) -> None:
        self._pool = Pool(rules or Rules())
        self._stops = Stops()
        self._aside: dict[Order, None] = {}
        self._dated: list[tuple[Ns, int, Order]] = []  # a heap; what was replaced or is gone is skipped when it is due
        self._arrived = 0
        self._followed: tuple[int | None, int | None, tuple[Px, Px] | None] | None = None  # where all pegs have gone
        self.in_call = False

    # -- commands

    def submit(self, order: Order, time_in_force: TimeInForce) -> list[Event]:
        """Match `order`; what is left rests if it may, and otherwise is Ended.

        FOK is filled whole or left untouched.
        """
        events: list[Event] = []
        self._arrived += 1
        order.number = self._arrived
        order.time_in_force = time_in_force
        terms = order.terms
        if terms is PLAIN:
            self._enter(order, events)
        else:
            if terms.expires is not None:
                heappush(self._dated, (terms.expires, order.number, order))
            if terms.stop is not None:
                self._wait(order, events)
            elif terms.peg is not None:
                assert time_in_force not in AT_ONCE
                order.price, order.place = None, ASIDE
                self._pool.pegs[order] = None
                self._followed = None
            else:
                self._enter(order, events)
        return self._settled(events)

    def cancel(self, order: Order) -> list[Event]:
        """Take an order out; its leaves stay as they are. The events are those of others."""
        self._withdraw(order)
        return self._settled([])

    def reduce(self, order: Order, leaves: int) -> list[Event]:
        """Shrink an order to `leaves`, above zero; it keeps its place in the queue."""
        assert 0 < leaves <= order.leaves and order.place != OUT
        self._pool.reduce(order, leaves)
        return self._settled([])

    def replace(self, order: Order, *, price: Px | None, leaves: int, terms: Terms) -> list[Event]:
        """Only a smaller quantity with all else the same keeps the order's place; otherwise it comes in anew.

        One that is held stays held.
        """
        same = terms == order.terms and (terms.peg is not None or price == order.price)
        if same and leaves <= order.leaves:
            return self.reduce(order, leaves)
        is_held = order in self._aside
        self._withdraw(order)
        order.price, order.leaves, order.terms = price, leaves, terms
        if not is_held:
            return self.submit(order, order.time_in_force)
        self.hold(order, order.time_in_force)
        return self._settled([])

    def hold(self, order: Order, time_in_force: TimeInForce) -> None:
        """Keep an order beside the book until `release`; it can be canceled, reduced and expire like any other."""
        self._arrived += 1
        order.number, order.time_in_force, order.place = self._arrived, time_in_force, ASIDE
        self._aside[order] = None
        if order.terms.expires is not None:
            heappush(self._dated, (order.terms.expires, order.number, order))

    def release(self, order: Order) -> list[Event]:
        """Let an order that was held come in."""
        self._withdraw(order)
        return self.submit(order, order.time_in_force)

    def expire(self, now: Ns, *, day_ends: bool = False) -> list[Event]:
        """End the orders whose time is over; at the end of the day all that are not for longer."""
        over: list[Order] = []
        while self._dated and self._dated[0][0] <= now:
            _, number, order = heappop(self._dated)
            if order.number == number and order.place != OUT:
                over.append(order)
        if day_ends:
            due = set(over)
            day = [order for order in self._all() if order.time_in_force not in _LASTING and order not in due]
            over += sorted(day, key=lambda order: order.number)
        for order in over:
            self._withdraw(order)
        return self._settled([Ended(order, Why.EXPIRED) for order in over])

    def printed(self, price: Px, qty: Qty) -> list[Event]:
        """A trade that was not with orders of this book; it sets stops off like any other."""
        self._pool.last = price
        self._pool.prints.append((price, qty))
        events: list[Event] = []
        if not self.in_call:
            for order in self._stops.reached(price, price):
                self._set_off(order, events)
        return self._settled(events)

    @property
    def expires_at(self) -> Ns | None:
        """When `expire` has something to do, or may have."""
        return self._dated[0][0] if self._dated else None

    # -- calls

    def begin_call(self) -> list[Event]:
        """From now on orders rest without matching, even those without a price. Pegged ones stand aside."""
        self.in_call = True
        self._followed = None
        pool, events = self._pool, list[Event]()
        for order in pool.pegs:
            if order.place != ASIDE:
                pool.lift(order)
                order.price, order.place = None, ASIDE
                events.append(Repriced(order, None))
        return events

    def end_call(
        self, price: Px | None, fills: Iterable[tuple[Order, Order, Qty]], *, goes_on: bool = True
    ) -> list[Event]:
        """Trade (buyer, seller, quantity) at one price, and match continuously again, or begin another call at once.

        What is left of a market order is Ended, and of an order for auctions; of one that becomes a limit order it
        rests at `price`. None: there were no fills. What is left on both sides must not cross.
        """
        self.in_call = not goes_on
        pool = self._pool
        before = pool.last
        events: list[Event] = []
        total = 0
        for buyer, seller, qty in fills:
            assert price is not None
            total += qty
            events.append(Fill(buyer, seller, price, qty, in_call=True))
            for order in (buyer, seller):
                if order.leaves == qty:
                    pool.remove(order)
                    order.leaves = 0
                else:
                    pool.reduce(order, order.leaves - qty)
        if price is not None and total:
            pool.last = price
            pool.prints.append((price, Qty(total)))
        # All that ends does so before anything comes in again, and could trade with it.
        becoming: list[Order] = []
        for order in [*pool.bids, *pool.offers]:
            if order.price is not None and order.time_in_force not in FOR_AUCTIONS:
                continue
            pool.remove(order)
            if order.time_in_force in FOR_AUCTIONS:
                events.append(Ended(order, Why.AUCTION))
            elif order.terms.to_limit and price is not None:
                becoming.append(order)
            else:
                events.append(Ended(order, Why.UNFILLED))
        for order in becoming:
            order.price = price
            events.append(Repriced(order, price))
            self._enter(order, events)
        assert pool.conditionals or not self._is_crossed(), "what a call leaves must not cross"
        # Stops that came in the call, or that a call before it reached, were passed already.
        return self._settled(events, before)

    # -- questions

    @property
    def prints(self) -> list[tuple[Px, Qty]]:
        """Trades since somebody emptied it."""
        return self._pool.prints

    @prints.setter
    def prints(self, prints: list[tuple[Px, Qty]]) -> None:
        self._pool.prints = prints

    @property
    def last(self) -> Px | None:
        """Price of the last trade, or of the last close if somebody told it."""
        return self._pool.last

    @last.setter
    def last(self, price: Px | None) -> None:
        self._pool.last = price

    @property
    def band(self) -> tuple[Px, Px] | None:
        """Whoever comes in buys no higher than the second and sells no lower than the first."""
        return self._pool.band

    @band.setter
    def band(self, band: tuple[Px, Px] | None) -> None:
        self._pool.band = band

    def meets(self, price: Px | None, *, is_buy: bool) -> bool:
        """Whether an order down to that price would find a counterparty."""
        return not self.in_call and self._pool.would_take(price, is_buy=is_buy)

    def best(self, *, is_buy: bool) -> Px | None:
        """The best shown bid or offer."""
        side = self._pool.bids if is_buy else self._pool.offers
        key = side.best()
        return None if key is None else Px(key * side.sign)

    def top(self, entry: str, depth: int) -> dict[Px, Qty]:
        """Shown size by price of the best `depth` levels of bids ('0') or offers ('1'), best first; 0: of all."""
        return (self._pool.bids if entry == BID else self._pool.offers).top(depth)

    def ladder(self, entry: str, depth: int) -> dict[Px, tuple[Qty, int]]:
        """Shown size and number of orders by price of the best `depth` levels of a side, best first; 0: of all."""
        return (self._pool.bids if entry == BID else self._pool.offers).ladder(depth)

    def orders(self, *, is_buy: bool) -> Iterator[Order]:
        """Those that rest on one side, in order of priority; in a call those without a price come first."""
        return iter(self._pool.bids if is_buy else self._pool.offers)

    def queue(self, price: Px, *, is_buy: bool) -> Iterator[Order]:
        """Those that rest at one price, in order of priority."""
        side = self._pool.bids if is_buy else self._pool.offers
        return iter(side.levels.get(side.key(price), ()))

    def waiting(self) -> list[Order]:
        """Those outside the queues, in order of arrival: stops, those held, and pegged ones without a price."""
        pegs = [order for order in self._pool.pegs if order.place == ASIDE]
        return sorted((*self._stops, *self._aside, *pegs), key=lambda order: order.number)

    # -- inside

    def _enter(self, order: Order, events: list[Event]) -> None:
        pool, terms, time_in_force = self._pool, order.terms, order.time_in_force
        if self.in_call:
            if time_in_force in AT_ONCE:
                events.append(Ended(order, Why.UNFILLED))
            else:
                pool.rest(order)
            return
        least = order.leaves if time_in_force is _FOK else 0
        if terms is not PLAIN:
            least = least or order.least
            if terms.to_limit and order.price is None:
                opposite = pool.offers if order.is_buy else pool.bids
                best = opposite.best()
                if best is None:
                    events.append(Ended(order, Why.UNFILLED))
                    return
                order.price = Px(best * opposite.sign)
                events.append(Repriced(order, order.price))
            if terms.post_only and pool.would_take(order.price, is_buy=order.is_buy):
                events.append(Ended(order, Why.WOULD_TAKE))
                return
        if (not least or pool.available(order) >= least) and not pool.take(order, events):
            return
        if order.leaves:
            if order.price is None or time_in_force in AT_ONCE:
                events.append(Ended(order, Why.UNFILLED))
            elif pool.is_beyond_band(order):
                events.append(Ended(order, Why.BAND))
            else:
                pool.rest(order)
                assert pool.conditionals or not self._is_crossed(), "the book is crossed"

    def _wait(self, order: Order, events: list[Event]) -> None:
        """A stop order whose price the last trade has passed already waits no longer."""
        stop, last = order.terms.stop, self._pool.last
        assert stop is not None
        if last is None or self.in_call or (last < stop if order.is_buy else last > stop):
            self._stops.add(order)
        else:
            self._set_off(order, events)

    def _set_off(self, order: Order, events: list[Event]) -> None:
        order.terms = msgspec.structs.replace(order.terms, stop=None)
        events.append(Triggered(order))
        self._enter(order, events)

    def _withdraw(self, order: Order) -> None:
        if order.place == STOP:
            self._stops.remove(order)
        elif order.place == ASIDE:
            order.place = OUT
            self._aside.pop(order, None)
            self._pool.pegs.pop(order, None)
        else:
            self._pool.remove(order)

    def _settled(self, events: list[Event], traded: Px | None = None) -> list[Event]:
        """Let stops, pegged and conditional orders do what the rest led to, until nothing more follows.

        Stops go by the fills among the events, and by the price that was `traded` before.
        """
        pool, stops = self._pool, self._stops
        if self.in_call or not (stops or pool.pegs or pool.conditionals):
            return events
        set_off: deque[Order] = deque()
        seen = 0
        prices = [] if traded is None else [traded]
        while True:
            if stops and (prices or len(events) > seen):
                prices += [event.price for event in events[seen:] if type(event) is Fill]
                if prices:
                    set_off += stops.reached(min(prices), max(prices))
                    prices.clear()
            seen = len(events)
            if set_off:
                self._set_off(set_off.popleft(), events)
            elif not (pool.pegs and self._move_pegs(events)) and not self._try_conditionals(events):
                return events

    def _move_pegs(self, events: list[Event]) -> bool:
        """Put pegged orders where they belong, the earliest first. True: that led to a trade or an end."""
        pool = self._pool
        bid, offer = pool.bids.best(), pool.offers.best()
        followed = (bid, offer, pool.band)
        if followed == self._followed:
            return False
        self._followed = None
        for order in list(pool.pegs):
            price = price_of(order, bid, None if offer is None else -offer, pool.rules.ticks, pool.band)
            if price == order.price:
                continue
            if order.place != ASIDE:
                pool.lift(order)
            order.price, order.place = price, ASIDE
            events.append(Repriced(order, price))
            if price is None:
                continue
            order.place = OUT
            before = len(events)
            self._enter(order, events)
            if order.place == OUT:
                del pool.pegs[order]
            if len(events) > before:
                return True
        self._followed = followed
        return False

    def _try_conditionals(self, events: list[Event]) -> bool:
        order = self._pool.tradable_conditional()
        if order is None:
            return False
        if not self._pool.take(order, events) or not order.leaves:
            self._pool.remove(order)
        return True

    def _is_crossed(self) -> bool:
        bids, offers = self._pool.bids.keys, self._pool.offers.keys
        return bool(bids) and bool(offers) and bids[-1] >= -offers[-1]

    def _all(self) -> Iterator[Order]:
        yield from self._pool.bids
        yield from self._pool.offers
        yield from self.waiting()
