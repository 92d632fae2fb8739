"""Why a venue refuses an order, or a change of one, in its own words."""

from typing import Final, NamedTuple

from gateway.model import (
    PLAIN,
    CxlRejReason,
    NewOrder,
    Ns,
    OrdRejReason,
    OrdStatus,
    OrdType,
    Side,
    TimeInForce,
    print_scaled,
)
from venues.floor.kinds import clash_in, kinds_of, limit_of, misfit_in, not_offered, unknown_in
from venues.floor.party import Party
from venues.matching.book import Book
from venues.offbook.kinds import AT_MIDDLE
from venues.profile import Profile

_MARKET: Final = OrdType.MARKET  # members of an Enum take their time to be looked up
_SIDES = (Side.BUY, Side.SELL, Side.SELL_SHORT, Side.SELL_SHORT_EXEMPT)


class Rejection(NamedTuple):
    reason: OrdRejReason
    text: str


class Admission:
    """What a profile takes. Nearly all orders are plain: what is true of one is true of all of its kind."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._ticks = profile.ticks
        self._plain: dict[tuple[OrdType, TimeInForce, Side, bool], bool] = {}  # whether they are taken; priced or not

    def refusal(self, request: NewOrder, book: Book | None, now: Ns) -> Rejection | None:
        """Of an order, new or as it shall be; None: it can be had here."""
        if book is None:
            return Rejection(OrdRejReason.UNKNOWN_SYMBOL, f"Symbol(55) {request.symbol[:32]} is not traded here")
        return None if self._is_plain_and_fits(request, now) else _refusal(request, book, self._profile, now)

    def _is_plain_and_fits(self, request: NewOrder, now: Ns) -> bool:
        profile, price, qty = self._profile, request.price, request.order_qty
        if (
            request.handling is not PLAIN
            or request.instructions
            or request.target_strategy is not None
            or request.effective_time is not None
            or request.expire_time is not None
            or request.expire_date is not None
            or profile.band_bps
            or not profile.min_qty <= qty > 0
            or qty % profile.lot
        ):
            return False
        if request.ord_type is not _MARKET and price is not None and (price <= 0 or not self._ticks.fits(price)):
            return False
        kind = request.ord_type, request.time_in_force, request.side, price is None
        taken = self._plain.get(kind)
        if taken is None:
            refused = _refusal_of_kind(request, profile) or misfit_in(request, now)
            taken = self._plain[kind] = refused is None
        return taken


def _refusal(request: NewOrder, book: Book, profile: Profile, now: Ns) -> Rejection | None:
    return (
        _refusal_of_kind(request, profile)
        or _quantities(request, profile)
        or _other(misfit_in(request, now))
        or _other(_prices(request, profile))
        or _other(_in_the_market(request, book, profile))
    )


def _refusal_of_kind(request: NewOrder, profile: Profile) -> Rejection | None:
    """Whatever its price and quantity."""
    if request.side not in _SIDES:
        return _unsupported(f"Side(54) {request.side} is not offered: 1, 2, 5 and 6 are")
    if (unknown := unknown_in(request)) is not None:
        return _unsupported(f"{unknown} is not offered")
    kinds = kinds_of(request)
    if (text := not_offered(kinds, request.time_in_force, profile.offers)) is not None:
        return _unsupported(text)
    if (clash := clash_in(request, kinds, at_middle=profile.kind in AT_MIDDLE)) is not None:
        return _unsupported(f"{clash} do not go together")
    if request.handling.peg_offset and profile.kind in AT_MIDDLE:
        return _unsupported("PegOffsetValue(211) is not offered: all trades are at the middle")
    return None


def refusal_to_change(
    party: Party, orig: str, cl_ord_id: str, symbol: str, side: Side
) -> tuple[CxlRejReason, str] | None:
    """Why a request about an order is not taken, whatever it asks for."""
    order = party.orders.get(orig)
    if order is None:
        return CxlRejReason.UNKNOWN_ORDER, "OrigClOrdID(41) is not known here"
    if cl_ord_id in party.orders:
        return CxlRejReason.DUPLICATE_CL_ORD_ID, "ClOrdID(11) was used before"
    if order.status not in (OrdStatus.NEW, OrdStatus.PARTIALLY_FILLED):
        return CxlRejReason.TOO_LATE, "the order is done"
    if order.request.cl_ord_id != orig:
        return CxlRejReason.UNKNOWN_ORDER, f"OrigClOrdID(41) was replaced by {order.request.cl_ord_id}"
    if order.request.symbol != symbol or order.request.side is not side:
        return CxlRejReason.OTHER, "Symbol(55) or Side(54) is not the order's"
    return None


def _quantities(request: NewOrder, profile: Profile) -> Rejection | None:
    qty, handling = request.order_qty, request.handling
    if qty < profile.min_qty or qty <= 0:
        text = f"OrderQty(38) {print_scaled(qty)} is below the minimum {print_scaled(profile.min_qty)}"
        return Rejection(OrdRejReason.INCORRECT_QUANTITY, text)
    shown = "DisplayQty(1138)" if handling.display_qty is not None else "MaxFloor(111)"
    for name, value in (("OrderQty(38)", qty), ("MinQty(110)", handling.min_qty or 0), (shown, handling.shown or 0)):
        if value % profile.lot:
            text = f"{name} {print_scaled(value)} is no multiple of the lot {print_scaled(profile.lot)}"
            return Rejection(OrdRejReason.INCORRECT_QUANTITY, text)
        if value > qty:
            text = f"{name} {print_scaled(value)} is above OrderQty(38) {print_scaled(qty)}"
            return Rejection(OrdRejReason.INCORRECT_QUANTITY, text)
    return None


def _prices(request: NewOrder, profile: Profile) -> str | None:
    named = (("Price(44)", request.price), ("StopPx(99)", request.handling.stop_px))
    for name, price in named if request.ord_type is not OrdType.MARKET else ():
        if price is None:
            continue
        if price <= 0:
            return f"{name} must be above zero"
        if not profile.ticks.fits(price):
            tick = print_scaled(profile.ticks.at(price))
            return f"{name} {print_scaled(price)} is no multiple of the tick {tick}"
    return None


def _in_the_market(request: NewOrder, book: Book, profile: Profile) -> str | None:
    """As the book stands now."""
    price, is_buy = limit_of(request), request.side is Side.BUY
    if price is None:
        return None
    if profile.band_bps and not profile.band_cancels and book.band is not None:
        low, high = book.band
        if price > high if is_buy else price < low:
            return f"Price(44) {print_scaled(price)} is beyond the band {print_scaled(low)} to {print_scaled(high)}"
    if "6" in request.handling.exec_inst and book.meets(price, is_buy=is_buy):
        return "ExecInst(18) 6, and at its Price(44) it would take"
    return None


def _unsupported(text: str) -> Rejection:
    return Rejection(OrdRejReason.UNSUPPORTED, text)


def _other(text: str | None) -> Rejection | None:
    return None if text is None else Rejection(OrdRejReason.OTHER, text)
