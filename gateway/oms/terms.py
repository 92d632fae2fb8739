"""What an order may ask for, whoever works it: which fields go with which OrdType(40), and which instructions together.

An instruction that would not be followed is refused: better than taken and not done.
"""

from collections.abc import Container
from typing import Final

from gateway.model import PLAIN, NewOrder, OrdType, Rejection, Side, TimeInForce, print_scaled
from gateway.model.posting import BASIS_POINTS, PRICE, TICKS
from gateway.oms.direct import ALL_OR_NONE
from gateway.oms.pegging import BY_INSTRUCTION, OF_ALGOS, TRAILING_STOP, pegs_of
from gateway.oms.posting import POST_ONLY
from gateway.oms.triggers import CONDITIONAL

STOPPING: Final = Rejection("GATEWAY.STOPPING no new orders are taken")
ONLY_LESS: Final = Rejection("LIST.QTY OrderQty(38) of an order that depends on others can only be lowered")
OF_HEDGE: Final = Rejection("ORDER.HEDGE it is the hedge of another order, and ends after that")
WRONG_CL_ORD_ID = "ORDER.CLORDID ClOrdID(11) must be 1 to 64 printable ASCII characters"
NOT_HELD, REINSTATE_ON_HALT, CANCEL_ON_HALT, SUSPEND, WORK_TO_STRATEGY = "1", "J", "K", "S", "e"  # ExecInst(18)

_NAMES: Final = {
    44: "Price",
    99: "StopPx",
    211: "PegOffsetValue",
    836: "PegOffsetType",
    838: "PegRoundDirection",
    1094: "PegPriceType",
    1107: "TriggerPriceType",
}
# Of the fields above, those that an order of a type has to have, and those that it may have besides.
_FIELDS: Final[dict[OrdType, tuple[tuple[int, ...], tuple[int, ...]]]] = {
    OrdType.MARKET: ((), ()),
    OrdType.LIMIT: ((44,), ()),
    OrdType.STOP: ((99,), (1107,)),
    OrdType.STOP_LIMIT: ((44, 99), (1107,)),
    OrdType.MARKET_IF_TOUCHED: ((99,), (1107,)),
    OrdType.MARKET_WITH_LEFTOVER_AS_LIMIT: ((), ()),
    OrdType.PEGGED: ((), (44, 211, 836, 838, 1094)),
}
_TRAILING: Final = ((211,), (44, 99, 1094, 1107))  # fields of an order that is pegged as a trailing stop
_MARKET, _LIMIT = OrdType.MARKET, OrdType.LIMIT
_BY_STRATEGY: Final = (_MARKET, _LIMIT)
_WITH_STRATEGY: Final = (99, 1107)  # what they may have besides
_FOR_STRATEGY: Final = frozenset({NOT_HELD, REINSTATE_ON_HALT, CANCEL_ON_HALT, SUSPEND, WORK_TO_STRATEGY})
_WITHOUT: Final = frozenset({NOT_HELD, REINSTATE_ON_HALT, CANCEL_ON_HALT, ALL_OR_NONE, POST_ONLY})
_LASTS: Final = CONDITIONAL | {OrdType.MARKET_WITH_LEFTOVER_AS_LIMIT}
_LASTING: Final = (TimeInForce.DAY, TimeInForce.GTC, TimeInForce.GTD)
_TRIGGER_PRICES: Final = (None, "1", "2", "3")
_OFFSET_TYPES: Final = (None, PRICE, BASIS_POINTS, TICKS)
_PEGS: Final = "of ExecInst(18) R, P, M and a, or of PegPriceType(1094) 5, 4, 2 and 8"


def is_cl_ord_id(text: str) -> bool:
    return 0 < len(text) <= 64 and text.isascii() and text.isprintable() and " " not in text


def duplicate(order: NewOrder) -> Rejection:
    return Rejection(f"ORDER.DUPLICATE ClOrdID(11) {order.cl_ord_id[:64]} was used before")


def instructed(order: NewOrder, value: str) -> bool:
    """Whether the order has this value of ExecInst(18)."""
    return value in order.handling.exec_inst


def wrong_terms(order: NewOrder, reads: Container[int] = ()) -> Rejection | None:
    """What no order may be. `reads` are the fields that its algo takes for parameters, and judges itself."""
    if not is_cl_ord_id(order.cl_ord_id):
        return Rejection(WRONG_CL_ORD_ID)
    if order.fault:
        return Rejection(order.fault)
    kind, is_plain = order.ord_type, order.handling is PLAIN and not order.instructions
    if is_plain and (kind is _LIMIT if order.price is not None else kind is _MARKET):
        return None
    fields = _FIELDS.get(kind)
    by_strategy = kind in _BY_STRATEGY or (kind is OrdType.PEGGED and 18 in reads)
    if fields is None or (order.target_strategy is not None and not by_strategy):
        return Rejection(f"ORDER.TYPE OrdType(40) {kind} is not supported")
    if order.handling.trails and kind is OrdType.PEGGED:
        fields = _TRAILING
    needed, allowed = fields
    if order.target_strategy is not None:
        allowed = (44,) if kind is OrdType.PEGGED else _WITH_STRATEGY if order.handling.stop_px is not None else ()
    wrong = _fields(order, needed, allowed, reads) or _instructions(order, reads)
    return wrong or (_peg(order) if 18 not in reads else None) or _display(order)


def _fields(
    order: NewOrder, needed: tuple[int, ...], allowed: tuple[int, ...], reads: Container[int]
) -> Rejection | None:
    handling = order.handling
    pegs = (handling.peg_offset, handling.peg_offset_type, handling.peg_rounding, handling.peg)
    given = (order.price, handling.stop_px, *pegs, handling.trigger_by)
    for tag, value in zip(_NAMES, given, strict=True):
        if value is None and tag in needed:
            return Rejection(f"ORDER.MISSING {_NAMES[tag]}({tag})")
        if value is not None and tag not in needed and tag not in allowed and (tag not in reads or tag == 44):
            text = f"ORDER.CONFLICT OrdType(40) {order.ord_type} has no {_NAMES[tag]}({tag})"
            return Rejection(text)
    return None


def _instructions(order: NewOrder, reads: Container[int]) -> Rejection | None:
    followed = _WITHOUT if order.target_strategy is None else _FOR_STRATEGY
    if order.ord_type is OrdType.PEGGED or 18 in reads:
        followed = followed.union(OF_ALGOS if 18 in reads else BY_INSTRUCTION)
    for value in order.handling.exec_inst:
        if value not in followed:
            return _unsupported("18", value)
    handling = order.handling
    if handling.cash_order_qty is not None:  # of a list
        return _unsupported("152", print_scaled(handling.cash_order_qty))
    if handling.trigger_by not in _TRIGGER_PRICES:
        return _unsupported("1107", handling.trigger_by or "")
    if handling.peg_offset_type not in _OFFSET_TYPES:
        return _unsupported("836", handling.peg_offset_type or "")
    if order.target_strategy is not None:
        for number, qty in ((110, handling.min_qty), (111, handling.max_floor), (1138, handling.display_qty)):
            if qty is not None and (111 if number == 1138 else number) not in reads:
                return _unsupported(str(number), print_scaled(qty))
    for field in filter(None, order.instructions.split("\x01")):
        tag, _, value = field.partition("=")
        if int(tag) not in reads:
            return _unsupported(tag, value)
    return None


def _peg(order: NewOrder) -> Rejection | None:
    """What speaks against what an order is pegged to, and how long it may wait for a price or follow one."""
    if order.ord_type is OrdType.PEGGED:
        pegs = pegs_of(order)
        if len(pegs) != 1:
            return Rejection(f"ORDER.{'CONFLICT' if pegs else 'MISSING'} a pegged order has one {_PEGS}")
        (peg,) = pegs
        if peg not in BY_INSTRUCTION.values():
            return _unsupported("1094", peg)
        offset = order.handling.peg_offset
        if peg == TRAILING_STOP and (not offset or (offset > 0) != (order.side == Side.BUY)):
            text = "ORDER.RANGE PegOffsetValue(211) of a trailing stop is above 0 to buy and below 0 to sell"
            return Rejection(text)
    if order.ord_type in _LASTS and order.time_in_force not in _LASTING:
        text = f"ORDER.TIF TimeInForce(59) {order.time_in_force} cannot wait for a price"
        return Rejection(text)
    return None


def _display(order: NewOrder) -> Rejection | None:
    """What speaks against how an order is to be seen: what rests on a book can be filled in parts."""
    handling, only_rests = order.handling, instructed(order, POST_ONLY)
    if handling.max_floor is not None and handling.display_qty not in (None, handling.max_floor):
        return Rejection("ORDER.CONFLICT MaxFloor(111) and DisplayQty(1138) differ")
    is_pegged = order.ord_type is OrdType.PEGGED and not handling.trails
    if order.target_strategy is not None or not (only_rests or handling.shown or is_pegged):
        return None
    if order.price is None and not is_pegged:
        return Rejection("ORDER.MISSING Price(44)")
    if order.time_in_force not in _LASTING:
        text = f"ORDER.TIF TimeInForce(59) {order.time_in_force} cannot rest on a book"
        return Rejection(text)
    if handling.min_qty or instructed(order, ALL_OR_NONE) or handling.shown == 0:
        text = "ORDER.CONFLICT what rests on a book is seen, and has neither MinQty(110) nor ExecInst(18) G"
        return Rejection(text)
    return None


def _unsupported(tag: str, value: str) -> Rejection:
    return Rejection(f"ORDER.INSTRUCTION Tag({tag}) {value[:32]} is not supported")
