"""Orders whose price follows the market: the best quote of their own side, of the other one, or the middle.

A price between two ticks is rounded away from the market, unless PegRoundDirection(838) is 1. Where a quote is missing
there is no price.
"""

from typing import Final

from gateway.model import SCALE, Market, NewOrder, OrdType, Peg, Px, Qty, Side
from gateway.model.posting import BASIS_POINTS, LAST, MARKET, MIDDLE, PRICE, PRIMARY, TICKS

TRAILING_STOP: Final = "8"
TO_THE_MIDDLE: Final = "M"  # ExecInst(18)
BY_INSTRUCTION: Final = {"R": PRIMARY, "P": MARKET, TO_THE_MIDDLE: MIDDLE, "a": TRAILING_STOP}  # by ExecInst(18)
OF_ALGOS: Final = (*BY_INSTRUCTION, "L")  # what one that reads it can be told by it; L is the last trade
AGGRESSIVE: Final = "1"  # PegRoundDirection(838)


def peg_price(peg: Peg, side: Side, market: Market, tick: Px) -> Px | None:
    """A multiple of the tick; None where there is nothing to be pegged to."""
    is_buy = side == Side.BUY
    if peg.to == MIDDLE:
        twice, is_there = market.bid + market.ask, market.bid_size and market.ask_size
    elif peg.to == LAST:
        twice, is_there = 2 * market.last, Qty(int(market.last > 0))
    elif (peg.to == PRIMARY) == is_buy:
        twice, is_there = 2 * market.bid, market.bid_size
    else:
        twice, is_there = 2 * market.ask, market.ask_size
    if not is_there:
        return None
    twice += 2 * _distance(peg, twice // 2, tick)
    steps = twice // (2 * tick) if is_buy != peg.is_aggressive else -(-twice // (2 * tick))
    return Px(steps * tick) if steps > 0 else None


def _distance(peg: Peg, price: int, tick: Px) -> int:
    if peg.offset_type == BASIS_POINTS:
        return price * peg.offset // (10_000 * SCALE)
    return tick * peg.offset // SCALE if peg.offset_type == TICKS else peg.offset


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
