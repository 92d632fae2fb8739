"""What is checked of an order by itself: symbol, steps, lists, quantity, price and worth, in this order."""

from msgspec import Struct

from gateway.model import (
    PLAIN,
    Instrument,
    NewOrder,
    Px,
    Qty,
    Quote,
    Rejection,
    Side,
    print_scaled,
)
from gateway.model.numbers import SCALE

SIDES = (Side.BUY, Side.SELL, Side.SELL_SHORT, Side.SELL_SHORT_EXEMPT)
SHORT = (Side.SELL_SHORT, Side.SELL_SHORT_EXEMPT)
# A member of an Enum takes its time to be looked up.
_BUY = Side.BUY


class Bounds(Struct, frozen=True, kw_only=True):
    """The tightest of the limits that concern an order by itself, and what its symbol is. None: there is no limit."""

    instrument: Instrument
    unset: str = ""  # limits that nobody set, nor said to do without
    max_qty: Qty = Qty(0)
    max_notional: int = 0
    collar_bps: int = 0
    max_adv_bps: int | None = None
    adv: Qty | None = None
    restricted: bool = False
    hard_to_borrow: bool = False


def unknown(symbol: str) -> Rejection:
    return Rejection(f"RISK.SYMBOL Symbol(55) {symbol[:64]} is not traded here")


def unsupported(side: Side) -> Rejection:
    return Rejection(f"RISK.SIDE Side(54) {side} is not supported")


def reached(order: NewOrder, quote: Quote) -> Quote:
    """The market an order is judged in: one that waits for a price, as it is once that price is there.

    A trailing stop without StopPx(99) stands at its offset from what the market shows.
    """
    handling = order.handling
    if handling is PLAIN:
        return quote
    if handling.stop_px is not None:
        price = handling.stop_px
    elif handling.trails and handling.peg_offset is not None:
        is_buy = order.side == _BUY
        if not (quote.ask_size if is_buy else quote.bid_size):
            return quote
        price = Px((quote.ask if is_buy else quote.bid) + handling.peg_offset)
    else:
        return quote
    size = Qty(1)
    return Quote(symbol=quote.symbol, bid=price, bid_size=size, ask=price, ask_size=size)


def check_handling(instrument: Instrument, order: NewOrder) -> Rejection | None:
    """Whether the prices and quantities of how it is to be worked are such."""
    handling = order.handling
    stop_px, offset = handling.stop_px, handling.peg_offset
    for tag, qty in (("MinQty(110)", handling.min_qty), ("MaxFloor(111)", handling.shown)):
        if qty and (qty % instrument.lot or not instrument.min_qty <= qty <= order.order_qty):
            what = f"{tag} {print_scaled(qty)} is not a multiple of {print_scaled(instrument.lot)}"
            text = f"RISK.LOT {what} from {print_scaled(instrument.min_qty)} to OrderQty(38)"
            return Rejection(text)
    if stop_px is not None and (stop_px <= 0 or stop_px % instrument.tick):
        what = f"StopPx(99) {print_scaled(stop_px)} is not a positive"
    elif offset is not None and handling.trails and offset % instrument.tick:
        what = f"PegOffsetValue(211) {print_scaled(offset)} is not a"
    else:
        return None
    return Rejection(f"RISK.TICK {what} multiple of {print_scaled(instrument.tick)}")


def check(bounds: Bounds, *, side: Side, qty: Qty, price: Px | None, quote: Quote) -> Rejection | None:
    """None: the order may go on."""
    if side not in SIDES:
        return unsupported(side)
    instrument = bounds.instrument
    if qty <= 0 or qty % instrument.lot or qty < instrument.min_qty or (price is not None and price <= 0):
        return _steps(instrument, qty, price)
    if price is not None and price % instrument.tick:
        return _steps(instrument, qty, price)
    if bounds.unset:
        return Rejection(f"RISK.UNSET not set for {instrument.symbol}: {bounds.unset}"[:500])
    if qty > bounds.max_qty:
        return Rejection(
            f"RISK.QTY OrderQty(38) {print_scaled(qty)} is above {print_scaled(bounds.max_qty)}",
        )
    is_buy = side == _BUY
    reference, size = (quote.ask, quote.ask_size) if is_buy else (quote.bid, quote.bid_size)
    if not size:
        what = "offer" if is_buy else "bid"
        return Rejection(f"RISK.REFERENCE there is no {what} in {instrument.symbol} to price by")
    if price is not None:
        slack = reference * bounds.collar_bps // 10_000
        if price > reference + slack if is_buy else price < reference - slack:
            return Rejection(
                f"RISK.COLLAR Price(44) {print_scaled(price)} is more than {bounds.collar_bps} bps through "
                f"{print_scaled(reference)}",
            )
    # A sell is worth what is bid, however far below that its limit stands.
    a_share = reference if price is None else price if is_buy else max(price, reference)
    notional = qty * a_share // SCALE
    if notional > bounds.max_notional:
        return Rejection(
            f"RISK.NOTIONAL {print_scaled(notional)} is above {print_scaled(bounds.max_notional)}",
        )
    if bounds.max_adv_bps is not None:
        return _share_of_volume(bounds, qty)
    return None


def _share_of_volume(bounds: Bounds, qty: Qty) -> Rejection | None:
    assert bounds.max_adv_bps is not None
    if bounds.adv is None:
        text = f"RISK.ADV the average daily volume of {bounds.instrument.symbol} is not known"
        return Rejection(text)
    if qty * 10_000 > bounds.adv * bounds.max_adv_bps:
        text = f"RISK.ADV OrderQty(38) {print_scaled(qty)} is above {bounds.max_adv_bps} bps of a day's volume"
        return Rejection(text)
    return None


def check_lists(bounds: Bounds, side: Side, locate_reqd: str | None, locate_broker: str | None) -> Rejection | None:
    """Restricted symbols, and whether somebody has found what is sold short.

    LocateReqd(114)=N: the client has; Y: we are to, which only suits what is easy to borrow.
    """
    symbol = bounds.instrument.symbol
    if bounds.restricted:
        return Rejection(f"RISK.RESTRICTED {symbol} is on the restricted list")
    if side not in SHORT:
        return None
    if locate_reqd not in ("N", "Y"):
        return Rejection("RISK.LOCATE a short sale needs LocateReqd(114)")
    if bounds.hard_to_borrow and (locate_reqd == "Y" or not locate_broker):
        text = f"RISK.LOCATE {symbol} is hard to borrow: LocateReqd(114) has to be N, with LocateBroker(5700)"
        return Rejection(text)
    return None


def worth(side: Side, price: Px | None, quote: Quote) -> Px:
    """What a share counts for in every amount: a buy its limit, a sell no less than what is bid.

    0 only where there is neither; `check` has refused that.
    """
    if side == _BUY:
        return quote.ask if price is None else price
    return quote.bid if price is None else max(price, quote.bid)


def collar(bps: int, side: Side, quote: Quote) -> Px | None:
    """The worst price that `check` lets pass at this quote; None where it has nothing to measure by."""
    is_buy = side == _BUY
    reference, size = (quote.ask, quote.ask_size) if is_buy else (quote.bid, quote.bid_size)
    slack = reference * bps // 10_000
    return None if not size else Px(reference + slack if is_buy else reference - slack)


def _steps(instrument: Instrument, qty: Qty, price: Px | None) -> Rejection:
    if qty <= 0 or qty % instrument.lot or qty < instrument.min_qty:
        return Rejection(
            f"RISK.LOT OrderQty(38) {print_scaled(qty)} is not a multiple of {print_scaled(instrument.lot)} "
            f"from {print_scaled(instrument.min_qty)} on",
        )
    assert price is not None
    return Rejection(
        f"RISK.TICK Price(44) {print_scaled(price)} is not a positive multiple of {print_scaled(instrument.tick)}",
    )
