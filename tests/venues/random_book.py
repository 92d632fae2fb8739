"""Random commands for a book and a naive one, compared after each: what it led to, and all that either keeps."""

from collections.abc import Iterator
from random import Random

import msgspec

from gateway.model import Ns, Px, Qty, TimeInForce
from tests.venues.naive_book import Entry, Event, NaiveBook
from venues.matching.book import BID, OFFER, Book, Order
from venues.matching.orders import (
    PLAIN,
    Allocation,
    Decremented,
    Ended,
    Fill,
    Peg,
    Refreshed,
    Repriced,
    SelfTrade,
    Terms,
    Triggered,
)
from venues.matching.orders import Event as FastEvent
from venues.matching.pool import Rules
from venues.matching.ticks import TickTable
from venues.matching.uncross import Interest, uncross

DAY, GTC, GTD, IOC, FOK = TimeInForce.DAY, TimeInForce.GTC, TimeInForce.GTD, TimeInForce.IOC, TimeInForce.FOK
MID, REACH = 100, 9  # prices are about the one, as far as the other from it
EPISODE = 2_000  # commands before it begins anew with other rules
State = tuple[object, ...]


class Numbered(Order):
    __slots__ = ("entry", "ident")

    def __init__(self, entry: Entry) -> None:
        price = None if entry.price is None else Px(entry.price)
        super().__init__(is_buy=entry.is_buy, price=price, leaves=entry.leaves, terms=entry.terms)
        self.ident = entry.ident
        self.entry = entry


class Mismatch(AssertionError):
    """The books differ."""


class Episode:
    """Two books of the same rules, and what was done to both."""

    def __init__(self, seed: int) -> None:
        self.random = random = Random(seed)
        self.rules = Rules(
            allocation=random.choice(list(Allocation)),
            lot=Qty(random.choice((1, 1, 2, 5))),
            ticks=random.choice((None, TickTable(((Px(0), Px(2)), (Px(MID), Px(4)))))),
            tip_varies_percent=random.choice((0, 50)),
            seed=random.getrandbits(64),
        )
        self.book, self.naive = Book(self.rules), NaiveBook(self.rules)
        self.orders: dict[int, Numbered] = {}  # live ones
        self.idents = 0
        self.now = Ns(0)
        self.tally = dict.fromkeys(("fills", "refreshed", "triggered", "repriced", "ended", "decremented", "calls"), 0)
        self.done = ""
        # Some episodes are calm, in others everything happens.
        self.specials = random.choice((0, 10, 40, 70))
        self.owners = random.choice((("",), ("", "", "A"), ("A", "B")))

    def step(self) -> None:
        """One command to both. Raises Mismatch."""
        random = self.random
        live = [order for order in self.orders.values() if order.is_live]
        self.orders = {order.ident: order for order in live}
        roll = random.randrange(1000)
        if self.book.in_call and roll < 60:
            said, expected = self._end_call()
        elif roll < 4 and not self.book.in_call:
            self.done = "begin call"
            said, expected = self.book.begin_call(), self.naive.begin_call()
            self.tally["calls"] += 1
        elif roll < 14:
            self._band()
            said, expected = [], []
        elif roll < 40:
            said, expected = self._expire()
        elif live and (roll < 280 or len(live) > 60):
            said, expected = self._change(random.choice(live))
        else:
            said, expected = self._submit()
        self._compare([spoken(event) for event in said], expected)

    def _submit(self) -> tuple[list[FastEvent], list[Event]]:
        self.idents += 1
        random = self.random
        entry = Entry(
            ident=self.idents,
            is_buy=random.random() < 0.5,
            price=self._price(),
            leaves=random.randint(1, 20),
            terms=PLAIN,
            time_in_force=random.choice((DAY, DAY, DAY, DAY, GTC, IOC, FOK)),
        )
        self._shape(entry)
        order = self.orders[entry.ident] = Numbered(entry)
        self.done = f"submit {entry}"
        if entry.time_in_force not in (IOC, FOK) and entry.terms.peg is None and random.random() < 0.02:
            self.book.hold(order, entry.time_in_force)
            self.naive.hold(entry)
            return [], []
        return self.book.submit(order, entry.time_in_force), self.naive.submit(entry)

    def _shape(self, entry: Entry) -> None:
        """Give some orders terms of their own."""
        random = self.random
        owner = random.choice(self.owners)
        mode = random.choice(list(SelfTrade)) if owner else SelfTrade.CANCEL_NEWEST
        said: dict[str, object] = {"owner": owner, "self_trade": mode}
        if self.book.in_call and random.random() < 0.2:
            entry.time_in_force = random.choice((TimeInForce.OPG, TimeInForce.ATC))
        rests = entry.time_in_force not in (IOC, FOK)
        if entry.time_in_force in (DAY, GTC) and random.random() < 0.05:
            entry.time_in_force = GTD
            said["expires"] = Ns(self.now + random.randint(1, 50))
        if random.randrange(100) < self.specials + 10 * self.book.in_call:
            kind = random.choice(
                ("display", "display", "hidden", "min", "all", "post", "stop", "peg", "market", "to_limit")
            )
            if self.book.in_call and random.random() < 0.3:
                kind = random.choice(("market", "to_limit"))
            if kind == "display" and rests:
                said["display"] = Qty(random.randint(1, 6))
                entry.leaves *= random.randint(1, 4)
            elif kind == "hidden":
                said["display"] = Qty(0)
                said["post_only"] = rests and random.random() < 0.2
            elif kind == "min":
                said["min_qty"] = Qty(random.randint(1, 15))
            elif kind == "all":
                said["all_or_none"] = True
            elif kind == "post" and rests:
                said["post_only"] = True
            elif kind == "stop":
                said["stop"] = self._price()
                if random.random() < 0.5:
                    entry.price = None
                elif rests and random.random() < 0.5:
                    said["display"] = Qty(random.randint(0, 6))
            elif kind == "peg" and rests:
                entry.price = None
                limit = self._price() if random.random() < 0.5 else None
                said["peg"] = Peg(random.choice("245"), Px(random.randint(-3, 3)), limit)
                if random.random() < 0.3:
                    said["min_qty"] = Qty(random.randint(1, 10))
            elif kind == "market":
                entry.price = None
            elif kind == "to_limit":
                entry.price = None
                said["to_limit"] = True
        terms = Terms(**said)  # type: ignore[arg-type]
        entry.terms = PLAIN if terms == PLAIN else terms

    def _change(self, order: Numbered) -> tuple[list[FastEvent], list[Event]]:
        random, entry = self.random, order.entry
        kind = random.choice(("cancel", "cancel", "reduce", "replace"))
        self.done = f"{kind} {order.ident}"
        if kind == "reduce":
            leaves = random.randint(1, order.leaves)
            return self.book.reduce(order, leaves), self.naive.reduce(entry, leaves)
        if kind == "replace":
            leaves = max(1, order.leaves + random.randint(-3, 3))
            price = order.price
            if order.terms.peg is None and price is not None and random.random() < 0.7:
                price = self._price()
            terms = order.terms
            if terms.stop is not None and random.random() < 0.3:
                terms = msgspec.structs.replace(terms, stop=self._price())
            elif terms.display and random.random() < 0.3:
                terms = msgspec.structs.replace(terms, display=Qty(random.randint(0, 6)))
            self.done += f" {price} {leaves} {terms}"
            said = self.book.replace(order, price=price, leaves=leaves, terms=terms)
            return said, self.naive.replace(entry, price, leaves, terms)
        if entry in self.naive.aside and entry not in self.naive.pegs and random.random() < 0.5:
            self.done = f"release {order.ident}"
            return self.book.release(order), self.naive.release(entry)
        return self.book.cancel(order), self.naive.cancel(entry)

    def _expire(self) -> tuple[list[FastEvent], list[Event]]:
        self.now = Ns(self.now + self.random.randint(0, 20))
        day_ends = self.random.random() < 0.05
        self.done = f"expire {self.now} {day_ends}"
        return self.book.expire(self.now, day_ends=day_ends), self.naive.expire(self.now, day_ends=day_ends)

    def _band(self) -> None:
        reach = self.random.randint(2, 2 * REACH)
        band = None if self.random.random() < 0.5 else (Px(MID - reach), Px(MID + reach))
        self.done = f"band {band}"
        self.book.band = self.naive.band = band

    def _end_call(self) -> tuple[list[FastEvent], list[Event]]:
        """Uncross those that trade with whatever comes, at the auction's price."""
        self.done = "end call"
        both = (*self.book.orders(is_buy=True), *self.book.orders(is_buy=False))
        orders = [order for order in both if not order.is_conditional]
        interests = [Interest(order.is_buy, order.price, order.leaves) for order in orders]
        found = uncross(interests, Px(MID), lambda _: 1)
        fills = list(_pairs(orders, found.filled))
        goes_on = self.random.random() < 0.8
        said = self.book.end_call(found.price, fills, goes_on=goes_on)
        entries = [
            (self.orders[_ident(buyer)].entry, self.orders[_ident(seller)].entry, qty) for buyer, seller, qty in fills
        ]
        return said, self.naive.end_call(found.price, entries, goes_on=goes_on)

    def _price(self) -> Px:
        return Px(MID + self.random.randint(-REACH, REACH))

    def _compare(self, said: list[Event], expected: list[Event]) -> None:
        for kind, *_ in said:
            self.tally["fills" if kind == "fill" else str(kind)] += 1
        if said != expected:
            raise Mismatch(f"{self.done}: said {said}, expected {expected}")
        kept, wanted = self.kept(), self.wanted()
        if kept != wanted:
            raise Mismatch(f"{self.done}: keeps {kept}, expected {wanted}")

    def kept(self) -> State:
        """All that the book keeps, in the order in which it would be asked for."""
        book = self.book
        rows = tuple(_row(order) for is_buy in (True, False) for order in book.orders(is_buy=is_buy))
        tops = tuple(tuple(book.top(entry, 0).items()) for entry in (BID, OFFER))
        return rows, tuple(_row(order) for order in book.waiting()), tops, book.last

    def wanted(self) -> State:
        naive = self.naive
        rows = tuple(
            (e.ident, e.price, e.leaves, e.tip, e.rank)
            for is_buy in (True, False)
            for e in naive.priority(is_buy=is_buy)
        )
        outside = sorted((*naive.stops, *naive.aside), key=lambda e: e.arrived)
        waiting = tuple((e.ident, e.price, e.leaves, e.tip, 4 if e in naive.stops else 5) for e in outside)
        tops = tuple(tuple(naive.top(is_buy=is_buy)) for is_buy in (True, False))
        return rows, waiting, tops, naive.last


def _row(order: Order) -> tuple[object, ...]:
    return _ident(order), order.price, order.leaves, order.tip, order.place


def _ident(order: Order) -> int:
    assert isinstance(order, Numbered)
    return order.ident


def _pairs(orders: list[Order], filled: tuple[int, ...]) -> Iterator[tuple[Order, Order, Qty]]:
    """Buyers and sellers of an auction, each as much as it is filled."""
    buys = [(order, qty) for order, qty in zip(orders, filled, strict=True) if order.is_buy and qty]
    sells = [(order, qty) for order, qty in zip(orders, filled, strict=True) if not order.is_buy and qty]
    while buys and sells:
        (buyer, wanted), (seller, offered) = buys.pop(0), sells.pop(0)
        qty = min(wanted, offered)
        yield buyer, seller, Qty(qty)
        if wanted > qty:
            buys.insert(0, (buyer, wanted - qty))
        if offered > qty:
            sells.insert(0, (seller, offered - qty))


def spoken(event: FastEvent) -> Event:
    """As the naive book says it."""
    match event:
        case Fill():
            return "fill", _ident(event.maker), _ident(event.taker), event.price, event.qty
        case Ended():
            return "ended", _ident(event.order), event.why.name
        case Triggered():
            return "triggered", _ident(event.order)
        case Refreshed():
            return "refreshed", _ident(event.order)
        case Repriced():
            return "repriced", _ident(event.order), event.price
        case Decremented():
            return "decremented", _ident(event.order), event.qty
