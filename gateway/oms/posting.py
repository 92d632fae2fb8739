"""Orders that show themselves: one child at a time rests on one venue's book, and the next comes when it is gone.

How large that child is follows from MaxFloor(111); the rest stays with us and takes what other venues show, unless the
order may only be taken from. An order for an auction is one child that waits for it there.
"""

from typing import Final

from msgspec import Struct

from gateway.model import NewOrder, Px, Qty, Quote, Side, TimeInForce
from gateway.model.settings import Offer
from gateway.oms.pegging import Peg, peg_of

POST_ONLY: Final = "6"  # ExecInst(18)
UNTIL: Final = {TimeInForce.OPG: Offer.OPG, TimeInForce.GTX: Offer.GTX, TimeInForce.ATC: Offer.ATC}
_RESTS: Final = frozenset({Offer.DAY})
_RESTS_ONLY: Final = frozenset({Offer.DAY, Offer.POST_ONLY})


class Posting(Struct, frozen=True, kw_only=True):
    show: Qty | None = None  # at most so much at a time; None: all there is
    takes: bool = True  # what other venues show within the limit
    only_rests: bool = False  # nor does it take at its own venue
    peg: Peg | None = None  # where it rests; None: at its limit
    time_in_force: TimeInForce = TimeInForce.DAY  # of the child

    @property
    def needs(self) -> frozenset[Offer]:
        if self.only_rests:
            return _RESTS_ONLY
        return frozenset({UNTIL[self.time_in_force]}) if self.time_in_force in UNTIL else _RESTS

    def size(self, release: Qty, lot: Qty) -> Qty:
        """Of what is due, what may be seen."""
        size = release if self.show is None else min(release, self.show)
        return Qty(size - size % lot)

    def price(self, side: Side, limit: Px | None, quote: Quote, tick: Px) -> Px | None:
        """Where it rests; None where it must not for now, since it would take."""
        if limit is None:
            return None
        is_buy = side == Side.BUY
        price = limit - limit % tick if is_buy else limit + -limit % tick
        if self.only_rests:
            opposite, size = (quote.ask, quote.ask_size) if is_buy else (quote.bid, quote.bid_size)
            if size and (price >= opposite if is_buy else price <= opposite):
                return None
        return Px(price)


def posting_of(order: NewOrder) -> Posting | None:
    """How an order of valid terms shows itself; None: it does not."""
    if order.time_in_force in UNTIL:
        return Posting(takes=False, time_in_force=order.time_in_force)
    shown, only_rests, peg = order.handling.shown, POST_ONLY in order.handling.exec_inst, peg_of(order)
    if not (shown or only_rests or peg is not None):
        return None
    return Posting(show=shown, takes=not only_rests, only_rests=only_rests, peg=peg)
