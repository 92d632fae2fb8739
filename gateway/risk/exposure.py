"""What is open, held and done, in integers: a fold of order events that every limit is compared with.

Each combination of client, account, symbol and algo has one tally; a scope that has limits has one more, which is the
sum of those below it at any time. Amounts are price times quantity in 1e-16, so that they add up without rounding.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import Final, NamedTuple

from msgspec import Struct

from gateway.model import Px, Qty
from gateway.model.ratio import Ratio
from gateway.model.settings import FIRM, Scope

MANY: Final = 50_000  # owners of whom anything is kept that can be found again; accounts are whatever clients write


class Owner(NamedTuple):
    """Whose an order is."""

    client: str
    account: str  # '' without Account(1)
    symbol: str
    algo: str

    def scopes(self) -> tuple[Scope, ...]:
        return (
            FIRM,
            Scope("client", self.client),
            Scope("account", self.account),
            Scope("symbol", self.symbol),
            Scope("algo", self.algo),
        )

    def within(self, scope: Scope) -> bool:
        return scope.kind == "firm" or getattr(self, scope.kind, None) == scope.name


class Tally:
    """Quantities mean something where all is in one symbol."""

    __slots__ = (
        "bought", "buying", "buying_qty", "day_amount", "day_qty", "orders", "position", "selling", "selling_qty",
        "sold", "trades",
    )  # fmt: skip

    def __init__(self) -> None:
        self.buying = self.selling = 0  # open amounts
        self.buying_qty = self.selling_qty = 0
        self.bought = self.sold = 0  # amounts since ever
        self.position = 0
        self.day_amount = self.day_qty = self.orders = self.trades = 0  # since the day began

    def facts(self) -> tuple[int, ...]:
        return tuple(getattr(self, name) for name in Tally.__slots__)

    def add(self, other: "Tally") -> None:
        for name in Tally.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def new_day(self) -> None:
        self.day_amount = self.day_qty = self.orders = self.trades = 0


class _Leaf(Tally):
    __slots__ = ("owner", "tallies")

    def __init__(self, owner: Owner) -> None:
        super().__init__()
        self.owner: Final = owner
        self.tallies: tuple[Tally, ...] = (self,)  # all that change with it


class _Open(Struct, gc=False):
    """A parent that may still be filled."""

    leaf: _Leaf
    px: int  # what a share of it is worth
    leaves: int
    is_buy: bool


class _Live(Struct, gc=False):
    """A child that a venue may still fill."""

    venue: str
    symbol: str
    px: Px
    leaves: int
    is_buy: bool
    rests: bool


class Exposure:
    """Its upper half says what happened to orders and children; nothing else changes what is counted."""

    def __init__(self) -> None:
        self.leaves: dict[Owner, _Leaf] = {}
        self.at_venue: dict[str, int] = {}  # open amount
        self._open: dict[str, _Open] = {}  # by OrderID
        self._live: dict[str, _Live] = {}  # by the child's ClOrdID
        self._resting: dict[tuple[str, str, bool], list[Px]] = {}  # venue, symbol, whether bids; sorted
        self._whole: dict[Scope, Tally] = {}
        self._in_symbol: dict[Scope, dict[str, Tally]] = {}

    # -- what happened

    def accepted(self, order_id: str, owner: Owner, qty: Qty, px: Px, *, is_buy: bool) -> None:
        leaf = self._leaf(owner)
        self._open[order_id] = _Open(leaf, px, qty, is_buy)
        amount = qty * px
        for tally in leaf.tallies:
            if is_buy:
                tally.buying += amount
                tally.buying_qty += qty
            else:
                tally.selling += amount
                tally.selling_qty += qty
            tally.orders += 1

    def replaced(self, order_id: str, owner: Owner, leaves: Qty, px: Px, *, is_buy: bool) -> None:
        """So much is open now, at that worth, whether or not anything was before."""
        opened = self._open.get(order_id)
        if opened is None:
            opened = self._open[order_id] = _Open(self._leaf(owner), px, 0, is_buy)
        _change(opened.leaf, leaves - opened.leaves, leaves * px - opened.leaves * opened.px, is_buy=is_buy)
        opened.leaves, opened.px = leaves, px

    def raise_worth(self, order_id: str, px: Px) -> None:
        """A share of what is open counts for that at least."""
        opened = self._open.get(order_id)
        if opened is not None and px > opened.px:
            _change(opened.leaf, 0, opened.leaves * (px - opened.px), is_buy=opened.is_buy)
            opened.px = px

    def ended(self, order_id: str) -> None:
        opened = self._open.pop(order_id, None)
        if opened is not None and opened.leaves:
            _change(opened.leaf, -opened.leaves, -opened.leaves * opened.px, is_buy=opened.is_buy)

    def never(self, order_id: str) -> None:
        """It was only asked what would be if the order were accepted."""
        for tally in self._open[order_id].leaf.tallies:
            tally.orders -= 1
        self.ended(order_id)

    def released(self, child_id: str, venue: str, symbol: str, qty: Qty, px: Px, *, is_buy: bool, rests: bool) -> None:
        """A child leaves for a venue; `rests`: it may stay on its book."""
        self._live[child_id] = _Live(venue, symbol, px, qty, is_buy, rests)
        self.at_venue[venue] = self.at_venue.get(venue, 0) + qty * px
        if rests:
            insort(self._resting.setdefault((venue, symbol, is_buy), []), px)

    def owner(self, order_id: str) -> Owner | None:
        """Whose an open order is."""
        opened = self._open.get(order_id)
        return None if opened is None else opened.leaf.owner

    def filled(self, order_id: str, owner: Owner, qty: Qty, px: Px, *, is_buy: bool) -> None:
        """A trade; one of an order that has ended counts all the same."""
        opened = self._open.get(order_id)
        if opened is None:
            leaf, closed, freed = self._leaf(owner), 0, 0
        else:
            leaf, leaves = opened.leaf, opened.leaves
            closed = qty if qty < leaves else leaves
            opened.leaves = leaves - closed
            freed = closed * opened.px
        amount = qty * px
        for tally in leaf.tallies:
            if is_buy:
                tally.buying -= freed
                tally.buying_qty -= closed
                tally.bought += amount
                tally.position += qty
            else:
                tally.selling -= freed
                tally.selling_qty -= closed
                tally.sold += amount
                tally.position -= qty
            tally.day_amount += amount
            tally.day_qty += qty
            tally.trades += 1

    def moved(self, owner: Owner, qty: int, amount: int, *, is_buy: bool) -> None:
        """Trades of another owner are his now, or his another's: nobody has traded more or less today for that."""
        for tally in self._leaf(owner).tallies:
            if is_buy:
                tally.bought += amount
                tally.position += qty
            else:
                tally.sold += amount
                tally.position -= qty

    def corrected(self, owner: Owner, qty: int, amount: int, *, is_buy: bool) -> None:
        """Trades turned out to be so much more, or less. What that opens again, `replaced` says."""
        self.moved(owner, qty, amount, is_buy=is_buy)
        for tally in self._leaf(owner).tallies:
            tally.day_amount += amount
            tally.day_qty += qty

    def child_leaves(self, child_id: str, leaves: Qty) -> None:
        """The venue may still fill so much of the child; one that was done is `released` again."""
        live = self._live.get(child_id)
        if live is not None:
            self.at_venue[live.venue] -= (live.leaves - leaves) * live.px
            live.leaves = leaves
            if not leaves:
                self.child_ended(child_id)

    def child_ended(self, child_id: str) -> None:
        live = self._live.pop(child_id, None)
        if live is not None:
            self.at_venue[live.venue] -= live.leaves * live.px
            if live.rests:
                prices = self._resting[live.venue, live.symbol, live.is_buy]
                del prices[bisect_left(prices, live.px)]

    def split(self, symbol: str, ratio: Ratio) -> None:
        """Other shares, for the same money; what a share of an open order is worth is rounded up."""
        for owner, leaf in self.leaves.items():
            if owner.symbol == symbol:
                held, traded = ratio.qty(leaf.position) - leaf.position, ratio.qty(leaf.day_qty) - leaf.day_qty
                for tally in leaf.tallies:
                    tally.position += held
                    tally.day_qty += traded
        for opened in self._open.values():
            if opened.leaf.owner.symbol == symbol:
                leaves, px = ratio.qty(opened.leaves), ratio.up(opened.px)
                amount = leaves * px - opened.leaves * opened.px
                _change(opened.leaf, leaves - opened.leaves, amount, is_buy=opened.is_buy)
                opened.leaves, opened.px = leaves, px

    def new_day(self) -> None:
        """Counts begin anew; what is flat and closed is forgotten, so that names do not pile up."""
        in_use = {opened.leaf.owner for opened in self._open.values()}
        for owner, leaf in list(self.leaves.items()):
            if not leaf.position and not leaf.bought and not leaf.sold and owner not in in_use:
                del self.leaves[owner]
        for tally in self._tallies():
            tally.new_day()

    # -- how things stand

    def open_order(self, order_id: str) -> tuple[Qty, Px]:
        """What is open of a parent, and its worth a share."""
        opened = self._open.get(order_id)
        return (Qty(0), Px(0)) if opened is None else (Qty(opened.leaves), Px(opened.px))

    def crosses(self, venue: str, symbol: str, px: Px, *, is_buy: bool) -> bool:
        """Whether a child at that price could trade with one of ours that rests at the venue.

        Children that do not rest are done before a later message of the same session reaches the book.
        """
        prices = self._resting.get((venue, symbol, not is_buy))
        if not prices:
            return False
        return prices[0] <= px if is_buy else prices[-1] >= px

    def total(self, scope: Scope, symbol: str | None = None) -> Tally:
        """From the ground up, for a scope that is not tracked."""
        total = Tally()
        for owner, leaf in self.leaves.items():
            if owner.within(scope) and symbol in (None, owner.symbol):
                total.add(leaf)
        return total

    def track(self, scope: Scope) -> Tally:
        """The scope's tally, kept up from now on."""
        tally = self._whole.get(scope)
        if tally is None:
            tally = self._whole[scope] = self.total(scope)
            self._attach(scope, None, tally)
        return tally

    def track_in(self, scope: Scope, symbol: str) -> Tally:
        """The same of one symbol."""
        tallies = self._in_symbol.setdefault(scope, {})
        tally = tallies.get(symbol)
        if tally is None:
            tally = tallies[symbol] = self.total(scope, symbol)
            self._attach(scope, symbol, tally)
        return tally

    def _attach(self, scope: Scope, symbol: str | None, tally: Tally) -> None:
        for owner, leaf in self.leaves.items():
            if owner.within(scope) and symbol in (None, owner.symbol):
                leaf.tallies = (*leaf.tallies, tally)

    def _leaf(self, owner: Owner) -> _Leaf:
        return self.leaves.get(owner) or self._new_leaf(owner)

    def _new_leaf(self, owner: Owner) -> _Leaf:
        leaf = self.leaves[owner] = _Leaf(owner)
        for scope in owner.scopes():
            for tally in (self._whole.get(scope), self._in_symbol.get(scope, {}).get(owner.symbol)):
                if tally is not None:
                    leaf.tallies = (*leaf.tallies, tally)
        return leaf

    def _tallies(self) -> Iterator[Tally]:
        yield from self.leaves.values()
        yield from self._whole.values()
        for tallies in self._in_symbol.values():
            yield from tallies.values()


def _change(leaf: _Leaf, qty: int, amount: int, *, is_buy: bool) -> None:
    if is_buy:
        for tally in leaf.tallies:
            tally.buying += amount
            tally.buying_qty += qty
    else:
        for tally in leaf.tallies:
            tally.selling += amount
            tally.selling_qty += qty
