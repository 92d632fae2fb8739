"""Orders whose price follows the market: the best quote of their own side, of the other one, or the middle.

A price between two ticks is rounded away from the market, unless PegRoundDirection(838) is 1. Where a quote is missing
there is no price.
"""

from typing import Final

from msgspec import Struct

from gateway.model import MILLISECOND, SCALE, NewOrder, Ns, OrdType, Px, Quote, Side

REPRICE: Final = Ns(500 * MILLISECOND)  # what rests is not moved more often
PRIMARY, MARKET, MIDDLE = "5", "4", "2"  # PegPriceType(1094)
TRAILING_STOP: Final = "8"
BY_INSTRUCTION: Final = {"R": PRIMARY, "P": MARKET, "M": MIDDLE, "a": TRAILING_STOP}  # by ExecInst(18)
PRICE, BASIS_POINTS, TICKS = "0", "1", "2"  # PegOffsetType(836)
AGGRESSIVE: Final = "1"  # PegRoundDirection(838)


class Peg(Struct, frozen=True, gc=False):
    to: str  # PegPriceType(1094)
    offset: Px = Px(0)  # added to it, in units of `offset_type`
    offset_type: str = PRICE
    is_aggressive: bool = False  # rounded towards the market

    def price(self, side: Side, quote: Quote, tick: Px) -> Px | None:
        """A multiple of the tick; None where there is nothing to be pegged to."""
        is_buy = side == Side.BUY
        if self.to == MIDDLE:
            twice, is_there = quote.bid + quote.ask, quote.bid_size and quote.ask_size
        elif (self.to == PRIMARY) == is_buy:
            twice, is_there = 2 * quote.bid, quote.bid_size
        else:
            twice, is_there = 2 * quote.ask, quote.ask_size
        if not is_there:
            return None
        twice += 2 * self._distance(twice // 2, tick)
        steps = twice // (2 * tick) if is_buy != self.is_aggressive else -(-twice // (2 * tick))
        return Px(steps * tick) if steps > 0 else None

    def _distance(self, price: int, tick: Px) -> int:
        if self.offset_type == BASIS_POINTS:
            return price * self.offset // (10_000 * SCALE)
        return tick * self.offset // SCALE if self.offset_type == TICKS else self.offset


def pegs_of(order: NewOrder) -> set[str]:
    """What the order says it is pegged to, a trailing stop among it; one of valid terms says one thing."""
    handling = order.handling
    said = {BY_INSTRUCTION[value] for value in handling.exec_inst if value in BY_INSTRUCTION}
    return said if handling.peg is None else said | {handling.peg}


def peg_of(order: NewOrder) -> Peg | None:
    """How an order of valid terms is pegged; None: it is not."""
    handling = order.handling
    if order.ord_type is not OrdType.PEGGED or handling.trails:
        return None
    (to,) = pegs_of(order)
    offset, offset_type = handling.peg_offset or Px(0), handling.peg_offset_type or PRICE
    return Peg(to, offset, offset_type, handling.peg_rounding == AGGRESSIVE)
