"""The orders that rest in a book, and how one that comes in takes from them."""

from msgspec import Struct

from gateway.model import Px, Qty
from venues.matching.levels import AT_MARKET, Level, Queue, Side
from venues.matching.orders import (
    CONDITIONAL,
    HIDDEN,
    OUT,
    PLAIN,
    SHOWN,
    Allocation,
    Decremented,
    Ended,
    Event,
    Fill,
    Order,
    Refreshed,
    SelfTrade,
    Why,
)
from venues.matching.ticks import TickTable


class Rules(Struct, frozen=True, kw_only=True):
    """What makes one book differ from another."""

    allocation: Allocation = Allocation.TIME
    lot: Qty = Qty(1)
    ticks: TickTable | None = None  # of pegged prices; None: they are not rounded
    tip_varies_percent: int = 0  # each tip of an iceberg but the first differs from its display by so much at most
    seed: int = 0  # of those differences


class Pool:
    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.bids = Side(1)
        self.offers = Side(-1)
        self.prints: list[tuple[Px, Qty]] = []
        self.last: Px | None = None
        self.band: tuple[Px, Px] | None = None  # nobody who comes in buys above or sells below
        self.pegs: dict[Order, None] = {}  # in order of arrival
        self.conditionals: dict[Order, None] = {}
        # No conditional order has a better key than its side's; while these do not reach each other's sides, none can
        # trade.
        self._farthest = {True: -AT_MARKET, False: -AT_MARKET}
        self._chance = rules.seed

    # -- coming in

    def take(self, taker: Order, events: list[Event]) -> bool:
        """Trade with what its limit reaches. False: it met an order of its owner, and that was its end."""
        side = self.offers if taker.is_buy else self.bids
        keys = side.keys
        limit = self._reach(taker, side)
        at = len(keys) - 1
        goes_on = True
        while at >= 0 and taker.leaves and goes_on:
            key = keys[at]
            if key < limit:
                break
            level = side.levels[key]
            side.touch()
            if level.shown:
                if self.rules.allocation is Allocation.PRO_RATA:
                    goes_on = self._share(taker, level, events)
                else:
                    goes_on = self._take_in_turn(taker, level, level.shown, events)
            if goes_on and taker.leaves and level.hidden:
                goes_on = self._take_in_turn(taker, level, level.hidden, events)
            if goes_on and taker.leaves and level.conditional:
                goes_on = self._take_conditionals(taker, level, level.conditional, events)
            if not (level.shown or level.hidden or level.conditional):
                del keys[at]
                del side.levels[key]
            at -= 1
        return goes_on

    def available(self, taker: Order) -> int:
        """How much `take` would trade before it meets an order of the same owner that stops it."""
        side = self.offers if taker.is_buy else self.bids
        limit, owner = self._reach(taker, side), taker.terms.owner
        stops = bool(owner) and taker.terms.self_trade is not SelfTrade.CANCEL_OLDEST
        left = taker.leaves
        for key in reversed(side.keys):
            if key < limit or not left:
                break
            level = side.levels[key]
            for queue in (level.shown, level.hidden):
                if not queue:
                    continue
                own = [order for order in queue if owner and order.terms.owner == owner]
                if own and stops:
                    if queue is level.shown:
                        found = 0 if self.rules.allocation is Allocation.PRO_RATA else _ahead(queue, own[0])
                    else:
                        found = sum(order.leaves for order in _before(queue, own[0]))
                    return taker.leaves - left + min(left, found)
                left -= min(left, sum(order.leaves for order in queue) - sum(order.leaves for order in own))
            for order in level.conditional or ():
                if not left:
                    break
                if owner and order.terms.owner == owner:
                    if stops:
                        return taker.leaves - left
                elif min(left, order.leaves) >= order.least:
                    left -= min(left, order.leaves)
        return taker.leaves - left

    def tradable_conditional(self) -> Order | None:
        """The first conditional order that finds enough now."""
        bids, offers = self.bids.keys, self.offers.keys
        buys, sells = self._farthest[True], self._farthest[False]
        if not ((offers and buys >= -offers[-1]) or (bids and sells >= -bids[-1])):
            return None
        self._farthest = {True: -AT_MARKET, False: -AT_MARKET}
        found = None
        for order in self.conditionals:
            own, other = (self.bids, offers) if order.is_buy else (self.offers, bids)
            key = own.key(order.price)
            self._farthest[order.is_buy] = max(self._farthest[order.is_buy], key)
            if found is None and other and key >= -other[-1] and self.available(order) >= order.least:
                found = order
        return found

    def would_take(self, price: Px | None, *, is_buy: bool) -> bool:
        """Whether there is somebody to trade with at this price; conditional orders do not count."""
        opposite = self.offers if is_buy else self.bids
        best = opposite.takeable()
        return best is not None and (price is None or best >= price * opposite.sign)

    def is_beyond_band(self, order: Order) -> bool:
        if self.band is None or order.price is None:
            return False
        low, high = self.band
        return order.price > high if order.is_buy else order.price < low

    # -- staying

    def rest(self, order: Order) -> None:
        terms = order.terms
        own = self.bids if order.is_buy else self.offers
        if terms is PLAIN:
            order.tip = order.leaves
            place = SHOWN
        elif order.is_conditional:
            order.tip, place = 0, CONDITIONAL
            self.conditionals[order] = None
            self._farthest[order.is_buy] = max(self._farthest[order.is_buy], own.key(order.price))
        elif terms.peg is not None or terms.display == 0:
            order.tip, place = 0, HIDDEN
        else:
            order.tip = order.leaves if terms.display is None else min(terms.display, order.leaves)
            place = SHOWN
        own.add(order, place)

    def remove(self, order: Order) -> None:
        self.lift(order)
        self._forget(order)

    def lift(self, order: Order) -> None:
        """Out of its queue; a pegged order that moves is remembered."""
        (self.bids if order.is_buy else self.offers).remove(order)
        self.conditionals.pop(order, None)

    def reduce(self, order: Order, leaves: int) -> None:
        """It keeps its place in the queue; what is hidden of an iceberg goes first."""
        order.leaves = leaves
        if order.tip > leaves:
            side = self.bids if order.is_buy else self.offers
            side.levels[side.key(order.price)].size -= order.tip - leaves
            side.touch()
            order.tip = leaves

    # -- inside

    def _reach(self, order: Order, opposite: Side) -> int:
        """Keys of the opposite side count down from its best; this is the last one the order may trade with."""
        limit = -AT_MARKET if order.price is None else order.price * opposite.sign
        if self.band is not None:
            limit = max(limit, self.band[1 if order.is_buy else 0] * opposite.sign)
        return limit

    def _take_in_turn(self, taker: Order, level: Level, queue: Queue, events: list[Event]) -> bool:
        owner = taker.terms.owner
        while queue and taker.leaves:
            maker = next(iter(queue))
            if owner and maker.terms.owner == owner:
                if not self._prevent(taker, maker, level, events):
                    return False
            else:
                size = maker.tip or maker.leaves
                self._trade(taker, maker, level, min(taker.leaves, size), events)
        return True

    def _take_conditionals(self, taker: Order, level: Level, queue: Queue, events: list[Event]) -> bool:
        owner = taker.terms.owner
        for maker in list(queue):
            if not taker.leaves:
                break
            if owner and maker.terms.owner == owner:
                if not self._prevent(taker, maker, level, events):
                    return False
                continue
            qty = min(taker.leaves, maker.leaves)
            if qty >= maker.least:
                self._trade(taker, maker, level, qty, events)
        return True

    def _share(self, taker: Order, level: Level, events: list[Event]) -> bool:
        """Pro rata among what is shown, then among the next tips; orders of the same owner are dealt with first."""
        owner = taker.terms.owner
        if owner:
            for maker in [order for order in level.shown if order.terms.owner == owner]:
                if not self._prevent(taker, maker, level, events):
                    return False
                if not taker.leaves:
                    return True
        while taker.leaves and level.shown:
            makers = list(level.shown)
            for maker, qty in zip(makers, self._shares(makers, taker.leaves), strict=True):
                if qty:
                    self._trade(taker, maker, level, qty, events)
        return True

    def _shares(self, makers: list[Order], wanted: int) -> list[int]:
        total = sum(maker.tip for maker in makers)
        if wanted >= total:
            return [maker.tip for maker in makers]
        lot = self.rules.lot
        shares = [wanted * maker.tip // total // lot * lot for maker in makers]
        rest = wanted - sum(shares)
        for at, maker in enumerate(makers):
            more = min(rest, maker.tip - shares[at])
            shares[at] += more
            rest -= more
        return shares

    def _trade(self, taker: Order, maker: Order, level: Level, qty: int, events: list[Event]) -> None:
        taker.leaves -= qty
        maker.leaves -= qty
        price = self.last = level.price
        events.append(Fill(maker, taker, price, Qty(qty)))
        self.prints.append((price, Qty(qty)))
        if maker.place == SHOWN:
            level.size -= qty
            maker.tip -= qty
            if not maker.tip:
                del level.shown[maker]
                if maker.leaves:
                    maker.tip = self._next_tip(maker)
                    level.shown[maker] = None
                    level.size += maker.tip
                    events.append(Refreshed(maker))
                else:
                    maker.place = OUT
        elif not maker.leaves:
            del level.queue(maker.place)[maker]
            self._forget(maker)

    def _next_tip(self, order: Order) -> int:
        assert order.terms.display
        tip, percent = int(order.terms.display), self.rules.tip_varies_percent
        if percent:
            # Knuth's linear congruential generator, of which the upper bits are the good ones.
            self._chance = (self._chance * 6364136223846793005 + 1442695040888963407) % (1 << 64)
            tip += tip * ((self._chance >> 33) % (2 * percent + 1) - percent) // 100
            tip = max(tip // self.rules.lot * self.rules.lot, self.rules.lot)
        return min(tip, order.leaves)

    def _prevent(self, taker: Order, maker: Order, level: Level, events: list[Event]) -> bool:
        """Keep two orders of one owner from trading. False: the one that came in is at its end."""
        mode = taker.terms.self_trade
        if mode is SelfTrade.DECREMENT and taker.leaves != maker.leaves:
            qty = Qty(min(taker.leaves, maker.leaves))
            small, large = (taker, maker) if taker.leaves < maker.leaves else (maker, taker)
            large.leaves -= qty
            if large is maker and maker.tip > maker.leaves:
                level.size -= maker.tip - maker.leaves
                maker.tip = maker.leaves
            events.append(Decremented(large, qty))
            ended = [small]
        elif mode is SelfTrade.CANCEL_OLDEST:
            ended = [maker]
        elif mode is SelfTrade.CANCEL_NEWEST:
            ended = [taker]
        else:
            ended = [maker, taker]
        if maker in ended:
            level.size -= maker.tip
            del level.queue(maker.place)[maker]
            self._forget(maker)
        events.extend(Ended(order, Why.SELF_TRADE) for order in ended)
        return taker not in ended

    def _forget(self, order: Order) -> None:
        order.place, order.tip = OUT, 0
        if order.terms is not PLAIN:
            self.pegs.pop(order, None)
            self.conditionals.pop(order, None)


def _before(queue: Queue, order: Order) -> list[Order]:
    orders = list(queue)
    return orders[: orders.index(order)]


def _ahead(queue: Queue, order: Order) -> int:
    """What is shown before its turn comes: the next tip of an iceberg stands behind it."""
    return sum(other.tip for other in _before(queue, order))
