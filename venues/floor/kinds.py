"""Kinds of orders: what a request asks a venue for, by the names in which a profile says what it offers.

What a venue does not offer, does not know or cannot do together is refused with OrdRejReason(103) 11; what is offered
and is asked for wrongly, with 99 or 13.
"""

from collections.abc import Iterator
from typing import Final

from gateway.model import PLAIN as PLAINLY
from gateway.model import SECOND, NewOrder, Ns, OrdType, Px, Qty, TimeInForce
from gateway.model.settings import Offer
from venues.matching.orders import PLAIN, Peg, SelfTrade, Terms

_DAY_NS: Final = 86_400 * SECOND
_TYPES: Final[dict[OrdType, Offer | None]] = {  # None: whoever trades here may
    OrdType.MARKET: None,
    OrdType.LIMIT: None,
    OrdType.STOP: Offer.STOP,
    OrdType.STOP_LIMIT: Offer.STOP_LIMIT,
    OrdType.MARKET_WITH_LEFTOVER_AS_LIMIT: Offer.MARKET_TO_LIMIT,
    OrdType.PEGGED: None,  # what it is pegged to says more
}
_INSTRUCTIONS: Final = {  # ExecInst(18)
    "6": Offer.POST_ONLY,
    "G": Offer.ALL_OR_NONE,
    "R": Offer.PRIMARY_PEG,
    "P": Offer.MARKET_PEG,
    "M": Offer.MIDPOINT_PEG,
}
_PEG_TYPES: Final = {"5": Offer.PRIMARY_PEG, "4": Offer.MARKET_PEG, "2": Offer.MIDPOINT_PEG}  # PegPriceType(1094)
_PEGGED_TO: Final = {offer: to for to, offer in _PEG_TYPES.items()}
_BY_TIME: Final = {time: Offer[time.name] for time in TimeInForce}
_STOPS: Final = (OrdType.STOP, OrdType.STOP_LIMIT)
_LIMITED: Final = (OrdType.LIMIT, OrdType.STOP_LIMIT)

_LASTS: Final = frozenset({TimeInForce.DAY, TimeInForce.GTC, TimeInForce.GTD})
_RESTS_OR_NOT: Final = _LASTS | {TimeInForce.IOC, TimeInForce.FOK}
_NEVER_RESTS: Final = frozenset({TimeInForce.DAY, TimeInForce.IOC, TimeInForce.FOK})
_IN_AUCTIONS: Final = frozenset({TimeInForce.OPG, TimeInForce.ATC})
# Kinds with which a limit order has fewer ways to end.
TIMES: Final[dict[Offer, frozenset[TimeInForce]]] = {
    Offer.STOP: _LASTS,
    Offer.STOP_LIMIT: _LASTS,
    Offer.MARKET_TO_LIMIT: _LASTS,
    Offer.PRIMARY_PEG: _LASTS,
    Offer.MARKET_PEG: _LASTS,
    Offer.MIDPOINT_PEG: _LASTS,
    Offer.ICEBERG: _LASTS,
    Offer.HIDDEN: _LASTS,
    Offer.POST_ONLY: _LASTS,
    Offer.MIN_QTY: _RESTS_OR_NOT,
    Offer.ALL_OR_NONE: _RESTS_OR_NOT,
}
MARKET_TIMES: Final = _NEVER_RESTS | _IN_AUCTIONS
_OF_LIMIT_ORDERS: Final = (Offer.ICEBERG, Offer.HIDDEN, Offer.POST_ONLY)
_TOGETHER: Final = {
    frozenset({Offer.ICEBERG, Offer.POST_ONLY}),
    frozenset({Offer.HIDDEN, Offer.POST_ONLY}),
    frozenset({Offer.HIDDEN, Offer.MIN_QTY}),
    *(frozenset({peg, Offer.MIN_QTY}) for peg in _PEGGED_TO),
}


def limit_of(request: NewOrder) -> Px | None:
    """The price with which it comes into the book."""
    return request.price if request.ord_type in _LIMITED else None


def kinds_of(request: NewOrder) -> list[Offer]:
    """What it asks for beyond a market or a limit order, its TimeInForce(59) apart."""
    kind, handling = _TYPES[request.ord_type], request.handling
    kinds = [] if kind is None else [kind]
    if handling is not PLAINLY:
        kinds += [_INSTRUCTIONS[value] for value in dict.fromkeys(handling.exec_inst)]
        if handling.peg is not None and _PEG_TYPES[handling.peg] not in kinds:
            kinds.append(_PEG_TYPES[handling.peg])
        if handling.min_qty:
            kinds.append(Offer.MIN_QTY)
        if handling.shown is not None:
            kinds.append(Offer.ICEBERG if handling.shown else Offer.HIDDEN)
    return kinds


def unknown_in(request: NewOrder) -> str | None:
    """What it asks for that no profile could offer; None: nothing."""
    if request.ord_type not in _TYPES:
        return f"OrdType(40) {request.ord_type}"
    if request.target_strategy is not None:
        return "TargetStrategy(847)"
    if request.effective_time is not None:
        return "EffectiveTime(168)"
    if request.instructions:
        return f"Tag({request.instructions.partition('=')[0]})"
    return None if request.handling is PLAINLY else next(_unknown_handling(request), None)


def _unknown_handling(request: NewOrder) -> Iterator[str]:
    handling = request.handling
    for value in handling.exec_inst:
        if value not in _INSTRUCTIONS:
            yield f"ExecInst(18) {value}"
    if handling.peg is not None and handling.peg not in _PEG_TYPES:
        yield f"PegPriceType(1094) {handling.peg}"
    if handling.peg_offset_type not in (None, "0"):
        yield f"PegOffsetType(836) {handling.peg_offset_type}"
    if handling.peg_rounding is not None:
        yield "PegRoundDirection(838)"
    if handling.trigger_by is not None:
        yield "TriggerPriceType(1107)"
    if handling.cash_order_qty is not None:
        yield "CashOrderQty(152)"


def clash_in(request: NewOrder, kinds: list[Offer], *, at_middle: bool) -> str | None:
    """What it asks for that does not go together; None: it does. Where all is at the middle a peg need not rest."""
    time = request.time_in_force
    if request.ord_type is OrdType.MARKET and time not in MARKET_TIMES:
        return f"{time.name} and a market order"
    pegs = [kind for kind in kinds if kind in _PEGGED_TO]
    if len(pegs) != (request.ord_type is OrdType.PEGGED):
        return f"OrdType(40) {request.ord_type} and {' and '.join(pegs) or 'nothing to be pegged to'}"
    for place, kind in enumerate(kinds):
        if time not in (_RESTS_OR_NOT if at_middle and kind is Offer.MIDPOINT_PEG else TIMES[kind]):
            return f"{time.name} and {kind}"
        if kind in _OF_LIMIT_ORDERS and request.ord_type is not OrdType.LIMIT:
            return f"OrdType(40) {request.ord_type} and {kind}"
        for other in kinds[place + 1 :]:
            if frozenset({kind, other}) not in _TOGETHER:
                return f"{kind} and {other}"
    return None


def misfit_in(request: NewOrder, now: Ns) -> str | None:
    """A field that is missing, or not for such an order; None: all are right, but for prices and quantities."""
    handling = request.handling
    if (handling.stop_px is not None) != (request.ord_type in _STOPS):
        return "StopPx(99) is for OrdType(40) 3 and 4, and needed there"
    if request.price is None and request.ord_type in _LIMITED:
        return f"Price(44) is needed for OrdType(40) {request.ord_type}"
    if request.price is not None and request.ord_type in (OrdType.STOP, OrdType.MARKET_WITH_LEFTOVER_AS_LIMIT):
        return f"Price(44) is not for OrdType(40) {request.ord_type}"
    if handling.peg_offset is not None and request.ord_type is not OrdType.PEGGED:
        return "PegOffsetValue(211) is for OrdType(40) P"
    dated = (request.expire_time is not None) + (request.expire_date is not None)
    if dated != (request.time_in_force is TimeInForce.GTD):
        return "ExpireTime(126) or ExpireDate(432) is for TimeInForce(59) 6, and one is needed there"
    until = expiry_of(request)
    return "ExpireTime(126) or ExpireDate(432) is over" if until is not None and until <= now else None


def expiry_of(request: NewOrder) -> Ns | None:
    """With ExpireDate(432), the end of that day in UTC."""
    if request.expire_date is not None:
        return Ns(request.expire_date + _DAY_NS)
    return request.expire_time


def terms_of(request: NewOrder, party: str, self_trade: SelfTrade | None) -> Terms:
    """What the book is told of an order that was not refused; None: who sends it may trade with itself."""
    handling, is_pegged = request.handling, request.ord_type is OrdType.PEGGED
    dated = request.time_in_force is TimeInForce.GTD
    if self_trade is None and handling is PLAINLY and not dated and _TYPES[request.ord_type] is None:
        return PLAIN
    peg = None
    if is_pegged:
        (kind,) = (kind for kind in kinds_of(request) if kind in _PEGGED_TO)
        peg = Peg(_PEGGED_TO[kind], handling.peg_offset or Px(0), request.price)
    return Terms(
        display=handling.shown,
        min_qty=handling.min_qty or Qty(0),
        all_or_none="G" in handling.exec_inst,
        post_only="6" in handling.exec_inst,
        to_limit=request.ord_type is OrdType.MARKET_WITH_LEFTOVER_AS_LIMIT,
        stop=handling.stop_px,
        peg=peg,
        expires=expiry_of(request),
        owner="" if self_trade is None else f"{party}/{request.account or ''}",
        self_trade=self_trade or SelfTrade.CANCEL_NEWEST,
    )


def not_offered(kinds: list[Offer], time: TimeInForce, offers: tuple[Offer, ...]) -> str | None:
    """What of it the profile does not offer; None: all of it is."""
    for what in (_BY_TIME[time], *kinds):
        if what not in offers:
            return f"{what} is not offered: {', '.join(offers)} are"
    return None
