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
            return Rejection(OrdRejReason.UNKNOWN_SYMBOL, f"RISK.SYMBOL Symbol(55) {symbol} is not traded here")
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
            slack = reference * limits.collar_bps
            through = (price - reference if is_buy else reference - price) * 10_000
            if through > slack:
                return Rejection(
                    OrdRejReason.EXCEEDS_LIMIT,
                    f"RISK.COLLAR Price(44) {print_scaled(price)} is more than {limits.collar_bps} bps through "
                    f"{print_scaled(reference)}",
                )
        notional = qty * (reference if price is None else price) // SCALE
        if notional > limits.max_order_notional:
            return Rejection(
                OrdRejReason.EXCEEDS_LIMIT,
                f"RISK.NOTIONAL {print_scaled(notional)} is above {print_scaled(limits.max_order_notional)}",
            )
        return None


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
