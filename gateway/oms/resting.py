"""Where orders rest that show themselves: on which venue, at which price, and when they move.

What of ours rests there is no market to follow: no order is pegged to another one of ours. A venue may show a child
that came back until it shows that price anew.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from gateway.market import Book, Markets
from gateway.model import Instrument, Ns, Px, Qty, Quote, Side
from gateway.oms.offers import Offers
from gateway.oms.order import Child, ParentOrder
from gateway.oms.pegging import REPRICE
from gateway.oms.posting import Posting
from gateway.router import Split

Bound = Callable[[ParentOrder, Px | None, Quote, Ns], Px | None]


class Place(NamedTuple):
    """Of an order that shows itself, for now."""

    limit: Px | None  # no child beyond it
    may_leave: bool  # a pegged order without a price may not
    may_rest: bool
    look_again: Ns | None  # then it may do what it may not now
    call_back: bool  # what rests is in the wrong place


class _Shown:
    """A child as far as the venue's book shows it."""

    __slots__ = ("back", "child", "place", "qty")

    def __init__(self, child: Child) -> None:
        self.child = child
        self.place = (child.venue, child.parent.order.side == Side.BUY, child.price)
        self.qty = child.reserved
        self.back: tuple[Ns, int] | None = None  # since when it is not there any more, and what was shown there then


class Resting:
    """`bound(parent, limit, quote, now)` is the worst price of a child, of all that speak against a worse one."""

    def __init__(self, offers: Offers, bound: Bound) -> None:
        self._offers = offers
        self._bound = bound
        self._markets = Markets((), ())
        self._instruments: Mapping[str, Instrument] = {}
        self._shown: dict[str, list[_Shown]] = {}  # by symbol

    def configure(self, markets: Markets, instruments: Mapping[str, Instrument]) -> None:
        self._markets = markets
        self._instruments = instruments

    def add(self, child: Child, now: Ns) -> None:
        """It leaves for a book."""
        symbol = child.parent.order.symbol
        child.parent.posted_at = now
        self._shown[symbol] = [*self._still_shown(symbol, now), _Shown(child)]

    def place(self, parent: ParentOrder, posting: Posting, limit: Px | None, now: Ns) -> Place:
        """Where the order is to be. What came back has no successor at once: the venue may go on so."""
        moves_at = Ns(parent.posted_at + REPRICE)
        rests = [child for child in parent.children if child.may_rest]
        came_back = not rests and now < moves_at and _came_back(parent)
        if posting.peg is None:
            again = moves_at if came_back else None
            return Place(limit, may_leave=True, may_rest=not came_back, look_again=again, call_back=False)
        symbol, side = parent.order.symbol, parent.order.side
        tick, quote = self._instruments[symbol].tick, self._markets.quote(symbol)
        price = posting.peg.price(side, self._others(symbol, now), tick)
        if price is not None:
            price = posting.price(side, self._bound(parent, price, quote, now), quote, tick)
        is_misplaced = any(child.price != price for child in rests)
        waits = came_back or (is_misplaced and price is not None and now < moves_at)
        return Place(
            price,
            may_leave=price is not None,
            may_rest=not came_back,
            look_again=moves_at if waits else None,
            call_back=is_misplaced and not waits,
        )

    def next(
        self, parent: ParentOrder, posting: Posting, release: Qty, limit: Px | None, trades_on: Callable[[str], bool]
    ) -> Split | None:
        """What of the order is to rest now; nothing while anything of it is out.

        A venue that rejected the last one is not tried again before the others.
        """
        venues = [venue for venue in self._offers.here(posting.needs) if trades_on(venue)]
        if parent.children or not venues:
            return None
        symbol, side = parent.order.symbol, parent.order.side
        instrument = self._instruments[symbol]
        price = posting.price(side, limit, self._markets.quote(symbol), instrument.tick)
        size = posting.size(release, instrument.lot)
        if price is None or size < instrument.min_qty:
            return None
        return Split(venues[parent.child_rejects % len(venues)], size, price)

    def _others(self, symbol: str, now: Ns) -> Quote:
        """The best bid and offer without ours. A venue that does not show ours yet seems to show so much less."""
        shown = self._shown[symbol] = self._still_shown(symbol, now)
        ours: dict[tuple[str, bool, Px], int] = {}
        for one in shown:
            ours[one.place] = ours.get(one.place, 0) + one.qty
        books = self._markets.books(symbol)
        bid, bid_size = _best(Side.SELL, books, ours)
        ask, ask_size = _best(Side.BUY, books, ours)
        return Quote(symbol=symbol, bid=bid, bid_size=bid_size, ask=ask, ask_size=ask_size)

    def _still_shown(self, symbol: str, now: Ns) -> list[_Shown]:
        found, books = [], self._markets.books(symbol)
        for one in self._shown.get(symbol, ()):
            if not one.child.done:
                one.qty = one.child.reserved
            else:
                size = _size(books, *one.place)
                if one.back is None:
                    one.back = (now, size)
                elif size != one.back[1] or now >= one.back[0] + REPRICE:
                    continue
            found.append(one)
        return found


def _came_back(parent: ParentOrder) -> bool:
    """Whether the child that rested last was not filled."""
    last = next((child for child in reversed(parent.sent) if child.may_rest), None)
    return last is not None and last.cum_qty < last.qty


def _size(books: Mapping[str, Book], venue: str, is_bid: bool, price: Px) -> int:
    book = books.get(venue)
    levels = () if book is None else book.shown(Side.SELL if is_bid else Side.BUY)
    return next((level.size for level in levels if level.price == price), 0)


def _best(side: Side, books: Mapping[str, Book], ours: Mapping[tuple[str, bool, Px], int]) -> tuple[Px, Qty]:
    """What an order of `side` would meet first; size 0 if nothing is there."""
    found = (Px(0), Qty(0))
    for venue, book in books.items():
        for level in book.shown(side):
            size = level.size - ours.get((venue, side == Side.SELL, level.price), 0)
            if size > 0:
                better = level.price < found[0] if side == Side.BUY else level.price > found[0]
                if better or not found[1]:
                    found = (level.price, Qty(size))
                break
    return found
