"""Orders that show themselves: one child at a time rests on one venue's book, and the next comes when it is gone.

How large that child is follows from MaxFloor(111); the rest stays with us and takes what other venues show, unless the
order may only be taken from. An order for an auction is one child that waits for it there.
"""

from functools import lru_cache
from typing import Final

from msgspec import structs

from gateway.model import PLAIN, Handling, NewOrder, OrdType, Posting, Px, Qty, Quote, Side, TimeInForce
from gateway.model.settings import Offer
from gateway.oms.pegging import TO_THE_MIDDLE, peg_of
from gateway.oms.plan import Plan

POST_ONLY: Final = "6"  # ExecInst(18)
UNTIL: Final = {TimeInForce.OPG: Offer.OPG, TimeInForce.GTX: Offer.GTX, TimeInForce.ATC: Offer.ATC}


@lru_cache(maxsize=256)
def needs(posting: Posting) -> frozenset[Offer]:
    """All that a venue has to offer for it."""
    more = (
        (Offer.POST_ONLY, posting.only_rests),
        (Offer.MIDPOINT_PEG, posting.at_middle),
        (Offer.MIN_QTY, posting.min_qty is not None),
    )
    return frozenset({Offer[posting.time_in_force.name], *(offer for offer, is_needed in more if is_needed)})


def size(posting: Posting, release: Qty, lot: Qty) -> Qty:
    """Of what is due, what may be seen."""
    seen = release if posting.show is None else min(release, posting.show)
    return Qty(seen - seen % lot)


def price(posting: Posting, side: Side, limit: Px | None, quote: Quote, tick: Px) -> Px | None:
    """Where it rests, or how far it goes; None where it must not for now, since it would take."""
    if limit is None:
        return None
    is_buy = side == Side.BUY
    found = limit - limit % tick if is_buy else limit + -limit % tick
    if posting.only_rests:
        opposite, shown = (quote.ask, quote.ask_size) if is_buy else (quote.bid, quote.bid_size)
        if shown and (found >= opposite if is_buy else found <= opposite):
            return None
    return Px(found)


@lru_cache(maxsize=256)
def wording(posting: Posting) -> tuple[OrdType, Handling]:
    """How its child is put to a venue."""
    kind = OrdType.PEGGED if posting.at_middle else OrdType.LIMIT
    said = [value for value, holds in ((POST_ONLY, posting.only_rests), (TO_THE_MIDDLE, posting.at_middle)) if holds]
    return kind, Handling(exec_inst=tuple(said), min_qty=posting.min_qty) if said or posting.min_qty else PLAIN


@lru_cache(maxsize=256)
def only_resting(posting: Posting) -> Posting:
    """The same, taking nothing. For an auction nothing is taken anyhow."""
    if posting.time_in_force is not TimeInForce.DAY:
        return posting
    return structs.replace(posting, takes=False, only_rests=True)


def postings_of(plan: Plan) -> tuple[Posting, ...]:
    """All ways in which it may show itself."""
    found = plan.algo.postings() if plan.posting is None else (plan.posting,)
    if plan.common is None or plan.common.allow_cross:
        return found
    return tuple(map(only_resting, found or (Posting(),)))


def posting_of(order: NewOrder) -> Posting | None:
    """How an order of valid terms shows itself; None: it does not."""
    if order.time_in_force in UNTIL:
        return Posting(takes=False, time_in_force=order.time_in_force)
    shown, only_rests, peg = order.handling.shown, POST_ONLY in order.handling.exec_inst, peg_of(order)
    if not (shown or only_rests or peg is not None):
        return None
    return Posting(show=shown, takes=not only_rests, only_rests=only_rests, peg=peg)
