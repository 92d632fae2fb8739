"""What holds for several algos alike: what can be sent, a share of the volume, and a price that is good enough."""

from gateway.model import SCALE, Decision, Instrument, Market, NewOrder, Ns, Parent, Px, Qty, Side, print_scaled

ONE_DAY = 10**12  # of Curve.share


def sendable(parent: Parent, qty: int) -> Qty:
    """The most up to `qty` whose parts are each large enough to be sent, and what it leaves of the order too."""
    if qty >= parent.order_qty:
        return parent.order_qty
    unit = -(-max(parent.min_qty, parent.lot) // parent.lot) * parent.lot
    whole = max(qty, 0) // unit * unit
    return Qty(whole - unit if whole and parent.order_qty - whole < parent.min_qty else whole)


def one_more(parent: Parent, qty: int) -> Qty:
    """What is due with another part of about `qty`, which can be sent and leaves nothing that cannot."""
    out = parent.filled + parent.working
    part = max(-(-qty // parent.lot) * parent.lot, parent.min_qty)
    return Qty(out + part if parent.order_qty - out - part >= parent.min_qty else parent.order_qty)


def sent_at_once(parent: Parent, most: int) -> int:
    """Of what is neither filled nor out the most, up to `most`, that can be sent and leaves nothing that cannot."""
    left = parent.order_qty - parent.filled - parent.working
    if most >= left:
        return max(left, 0)
    if left - most < parent.min_qty:
        most = left - parent.min_qty
    qty = most // parent.lot * parent.lot
    return qty if qty >= parent.min_qty else 0


def allowed(parent: Parent, market: Market, share: Px) -> int:
    """As much as is `share` of what has traded since the start, ours included."""
    qty = (market.traded - parent.traded_at_start + parent.filled) * share // SCALE
    return qty - qty % parent.lot


def others(parent: Parent, market: Market) -> int:
    """What others have traded since the start. What is out may have traded and not been reported: it may be ours."""
    return max(market.traded - parent.traded_at_start - parent.working, 0)


def beside(parent: Parent, volume: int, share: Px) -> int:
    """How much is `share` of all that trades when others trade `volume`: volume x share / (1 - share)."""
    return parent.order_qty if share >= SCALE else volume * share // (SCALE - share)


def within_reach(parent: Parent, market: Market, now: Ns, name: str, share: Px | None) -> str | None:
    """What is to be said where that share of what usually trades in the window is less than the order."""
    usual = market.curve.usual(now)
    if share is None or usual is None:
        return None
    volume = usual * market.curve.share(max(parent.start, now), parent.end) // ONE_DAY
    most = beside(parent, volume, share)
    if most >= parent.order_qty:
        return None
    can, trades = (print_scaled(Qty(qty - qty % parent.lot)) for qty in (most, volume))
    whole = print_scaled(parent.order_qty)
    return f"{name} {print_scaled(share)} comes to {can} of {whole}, since others usually trade {trades} in the window"


def held_back(parent: Parent, market: Market, decision: Decision, share: Px | None) -> Decision:
    """No more is due than `share` of what has traded since the start, ours included."""
    if share is None:
        return decision
    most = allowed(parent, market, share)
    if most >= decision.due:
        return decision
    # Time alone makes nothing more due; the next print does.
    return Decision(due=Qty(max(most, parent.filled)))


def would(parent: Parent, market: Market, price: Px | None) -> Decision | None:
    """All of it, where the best price shown is `price` or better for all that is left."""
    if price is None:
        return None
    is_buy, left = parent.side is Side.BUY, parent.order_qty - parent.filled - parent.working
    best, size = (market.ask, market.ask_size) if is_buy else (market.bid, market.bid_size)
    if not size or size < left or (best > price if is_buy else best < price):
        return None
    return Decision(due=parent.order_qty, limit=price, at_once=True)


def wrong_part(name: str, qty: Qty | None, order: NewOrder, instrument: Instrument) -> str | None:
    """What speaks against a quantity of a part of the order: it is one in lots, and no more than all of it."""
    if qty is None or (qty <= order.order_qty and not qty % instrument.lot):
        return None
    return f"ALGO.RANGE {name} {print_scaled(qty)} must be in lots and at most OrderQty(38)"


def sendable_part(name: str, qty: Qty | None, order: NewOrder, instrument: Instrument) -> str | None:
    """What speaks against sending parts of that quantity."""
    if qty is not None and qty < instrument.min_qty:
        return f"ALGO.RANGE {name} {print_scaled(qty)} is below the smallest order, {print_scaled(instrument.min_qty)}"
    return wrong_part(name, qty, order, instrument)


def without_limit(order: NewOrder) -> str | None:
    return "ALGO.MISSING Price(44)" if order.price is None else None


def shown(parent: Parent, tip: Qty) -> Qty:
    """A tip, or all that is left of the order where what comes after it could not be sent."""
    left = parent.order_qty - parent.filled
    return Qty(left) if left - tip < parent.min_qty else tip
