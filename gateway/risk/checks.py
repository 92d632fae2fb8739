"""The checks every parent passes at entry and every child again before it leaves, in this order."""

from gateway.model import (
    Instrument,
    Limits,
    OrdRejReason,
    OrdType,
    Px,
    Qty,
    Quote,
    Rejection,
    Side,
    print_scaled,
)
from gateway.model.numbers import SCALE

_SIDES = (Side.BUY, Side.SELL)
_UNSET = Limits()


class Risk:
    """Limits by symbol. The reference price of collar and notional is the opposite side of the consolidated quote."""

    def __init__(self, instruments: dict[str, Instrument], limits: dict[str, Limits]) -> None:
        self._instruments = instruments
        self._limits = limits

    def check(
        self, *, symbol: str, side: Side, qty: Qty, ord_type: OrdType, price: Px | None, quote: Quote
    ) -> Rejection | None:
        """None: the order may go on."""
        instrument = self._instruments.get(symbol)
        if instrument is None:
            return Rejection(OrdRejReason.UNKNOWN_SYMBOL, f"RISK.SYMBOL Symbol(55) {symbol[:64]} is not traded here")
        if side not in _SIDES:
            return Rejection(OrdRejReason.UNSUPPORTED, f"RISK.SIDE Side(54) {side} is not supported")
        wrong = _steps(instrument, qty, price)
        if wrong is not None:
            return wrong
        limits = self._limits.get(symbol, _UNSET)
        if limits.max_order_qty is None or limits.max_order_notional is None or limits.collar_bps is None:
            return Rejection(OrdRejReason.EXCEEDS_LIMIT, f"RISK.UNSET no limits are configured for {symbol}")
        if qty > limits.max_order_qty:
            return Rejection(
                OrdRejReason.EXCEEDS_LIMIT,
                f"RISK.QTY OrderQty(38) {print_scaled(qty)} is above {print_scaled(limits.max_order_qty)}",
            )
        is_buy = side == Side.BUY
        reference, size = (quote.ask, quote.ask_size) if is_buy else (quote.bid, quote.bid_size)
        if not size:
            return Rejection(
                OrdRejReason.OTHER, f"RISK.REFERENCE there is no {'offer' if is_buy else 'bid'} in {symbol} to price by"
            )
        if ord_type == OrdType.LIMIT and price is not None:
            bound = _through(reference, limits.collar_bps, is_buy=is_buy)
            if price > bound if is_buy else price < bound:
                return Rejection(
                    OrdRejReason.EXCEEDS_LIMIT,
                    f"RISK.COLLAR Price(44) {print_scaled(price)} is more than {limits.collar_bps} bps through "
                    f"{print_scaled(reference)}",
                )
        # A sell is worth what is bid, however far below that its limit stands.
        worth = reference if price is None else price if is_buy else max(price, reference)
        notional = qty * worth // SCALE
        if notional > limits.max_order_notional:
            return Rejection(
                OrdRejReason.EXCEEDS_LIMIT,
                f"RISK.NOTIONAL {print_scaled(notional)} is above {print_scaled(limits.max_order_notional)}",
            )
        return None

    def collar(self, symbol: str, side: Side, quote: Quote) -> Px | None:
        """The worst price that `check` lets pass at this quote; None where it has nothing to measure by."""
        bps = self._limits.get(symbol, _UNSET).collar_bps
        is_buy = side == Side.BUY
        reference, size = (quote.ask, quote.ask_size) if is_buy else (quote.bid, quote.bid_size)
        return None if bps is None or not size else _through(reference, bps, is_buy=is_buy)


def _through(reference: Px, bps: int, *, is_buy: bool) -> Px:
    slack = reference * bps // 10_000
    return Px(reference + slack if is_buy else reference - slack)


def _steps(instrument: Instrument, qty: Qty, price: Px | None) -> Rejection | None:
    if qty <= 0 or qty % instrument.lot or qty < instrument.min_qty:
        return Rejection(
            OrdRejReason.INCORRECT_QUANTITY,
            f"RISK.LOT OrderQty(38) {print_scaled(qty)} is not a multiple of {print_scaled(instrument.lot)} "
            f"from {print_scaled(instrument.min_qty)} on",
        )
    if price is not None and (price <= 0 or price % instrument.tick):
        return Rejection(
            OrdRejReason.OTHER,
            f"RISK.TICK Price(44) {print_scaled(price)} is not a positive multiple of {print_scaled(instrument.tick)}",
        )
    return None
