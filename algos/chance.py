"""Numbers that look random and are the same whenever the same order is worked again."""

from hashlib import blake2b

from gateway.model import SCALE, Parent, Px, Qty

_MASK = 2**64 - 1


def draw(parent: Parent, number: int, below: int) -> int:
    """The draw of that number of an order, from 0 up to `below`, which is left out: its seed and its fields as they
    stand at its start, mixed as SplitMix64 does it (Steele, Lea and Flood 2014)."""
    fields = f"{parent.seed}|{parent.symbol}|{parent.side}|{parent.order_qty}"
    mixed = parent.start + int.from_bytes(blake2b(fields.encode(), digest_size=8).digest(), "big")
    mixed = (mixed + (number + 1) * 0x9E3779B97F4A7C15) & _MASK
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 & _MASK
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & _MASK
    return (mixed ^ mixed >> 31) % below


def varied(parent: Parent, qty: Qty, share: Px, number: int) -> Qty:
    """A quantity that differs by up to that share, in lots, large enough to be sent."""
    most = qty * share // SCALE // parent.lot
    found = qty + (draw(parent, number, 2 * most + 1) - most) * parent.lot
    return Qty(max(found, -(-parent.min_qty // parent.lot) * parent.lot))
