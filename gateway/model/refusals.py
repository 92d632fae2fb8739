"""Every refusal there is: its code, what FIX calls the reason, and when it happens. `fixspecs/rejects.md` prints this.

Text(58) begins with the code, so a refusal is its text alone, and the code says the rest.
"""

from typing import Final, NamedTuple

from msgspec import Struct

from gateway.model.allocations import AllocRejCode
from gateway.model.enums import CxlRejReason, MassCancelRejectReason, OrdRejReason
from gateway.model.positions import PosReqResult

_O, _C, _M, _A = OrdRejReason, CxlRejReason, MassCancelRejectReason, AllocRejCode


class Refusal(Struct, frozen=True):
    """A row of the table; None where there is no such answer."""

    when: str
    order: OrdRejReason | None = None  # in an ExecutionReport(8)
    request: CxlRejReason | None = None  # in an OrderCancelReject(9)
    mass: MassCancelRejectReason | None = None  # in an OrderMassCancelReport(r)
    position: PosReqResult | None = None  # in a RequestForPositionsAck(AO)
    allocation: AllocRejCode | None = None  # in an AllocationInstructionAck(P)
    unsaid: str = ""  # what is done instead of telling the client


def _terms(when: str, order: OrdRejReason) -> Refusal:
    """Of what is asked of a new order and of what a replace makes of one."""
    return Refusal(when, order, _C.BROKER)


def _allocation(when: str, reason: AllocRejCode) -> Refusal:
    return Refusal(when, allocation=reason)


def _child(when: str) -> Refusal:
    return Refusal(when, unsaid="children only")


def _stop(when: str) -> Refusal:
    return Refusal(when, unsaid="stops")


REFUSALS: Final[dict[str, Refusal]] = {
    "ORDER.CLORDID": Refusal(
        "ClOrdID(11) is longer than 64 characters or has others than `!` to `~`", _O.OTHER, _C.OTHER
    ),
    "ORDER.DUPLICATE": Refusal("ClOrdID(11) was used before", _O.DUPLICATE_ORDER, _C.DUPLICATE_CL_ORD_ID),
    "ORDER.VERBAL": Refusal("the order was given by telephone after it was sent", _O.DUPLICATE_VERBAL),
    "ORDER.TYPE": _terms("OrdType(40) that we do not have; with an algo another than market and limit", _O.UNSUPPORTED),
    "ORDER.TIF": _terms(
        "TimeInForce(59) that does not go with an order that waits for a price, follows one or rests on a book",
        _O.UNSUPPORTED,
    ),
    "ORDER.MISSING": _terms(
        "a field that OrdType(40) needs, such as Price(44) or StopPx(99), or that TimeInForce(59) does: 5 Price, 6 "
        "ExpireTime(126) or ExpireDate(432)",
        _O.OTHER,
    ),
    "ORDER.INSTRUCTION": _terms(
        "18 (but 1, 6, G, J and K, M, P, R and `a` with OrdType P, and with 847 only 1, J, K and `e`), 388, 389, "
        "835, 837, 840, 3 of 836, other pegs of 1094, 1082-1084, 1100-1110 (but 1, 2 and 3 of 1107), in a list 152, "
        "with 847 also 110, 111 and 1138, unless the algo has a parameter for it: it would not be followed",
        _O.UNSUPPORTED,
    ),
    "ORDER.CONFLICT": _terms(
        "a field that OrdType(40) has no use for, such as Price(44) of a market order; MaxFloor(111) and "
        "DisplayQty(1138) that differ; OrderQty(38) beside CashOrderQty(152); ExpireDate(432) beside ExpireTime(126) "
        "or without TimeInForce(59) 6; what rests on a book or waits for an auction and may not be filled in parts; "
        "what rests and may not be seen",
        _O.OTHER,
    ),
    "ORDER.CASH": _terms("CashOrderQty(152) is not enough for a lot, or too much for any order", _O.INCORRECT_QUANTITY),
    "ORDER.VENUE": _terms("no venue can do what the order needs", _O.UNSUPPORTED),
    "ROUTE.VENUE": _terms(
        "a venue of ExDestination(100), Venues or ExclVenues that there is not, or none is left", _O.OTHER
    ),
    "ORDER.RANGE": _terms("PegOffsetValue(211) of a trailing stop is not above 0 to buy and below 0 to sell", _O.OTHER),
    "ORDER.EXPIRED": _terms("ExpireTime(126) or ExpireDate(432) has passed", _O.TOO_LATE),
    "ORDER.UNKNOWN": Refusal("no such order is this session's", _O.UNKNOWN_ORDER, _C.UNKNOWN_ORDER),
    "ORDER.NONE": Refusal("a mass status request (AF), and no order is open", _O.UNKNOWN_ORDER),
    "ORDER.SCOPE": Refusal(
        "585 or 530 is neither 1 (security) nor 7 (all), or does not go with StopScope(9008)",
        _O.UNSUPPORTED,
        mass=_M.NOT_SUPPORTED,
    ),
    "ORDER.ENTITLED": Refusal("StopScope(9008) names what this session may not stop", mass=_M.OTHER),
    "ORDER.SYMBOL": Refusal(
        "a mass cancel request (q) for a Symbol(55) that is not traded here", mass=_M.UNKNOWN_SECURITY
    ),
    "ORDER.DONE": Refusal(
        "the order has ended, or was filled before the request could be carried out", request=_C.TOO_LATE
    ),
    "ORDER.PENDING": Refusal(
        "a cancel, or as many requests as we keep, are not answered yet", request=_C.ALREADY_PENDING
    ),
    "ORDER.CHAIN": Refusal(
        "OrigClOrdID(41) is the order's, but neither the last accepted nor one that is pending", request=_C.OTHER
    ),
    "ORDER.CHANGED": Refusal("another Symbol(55), Side(54) or Account(1) than the order's", request=_C.OTHER),
    "ORDER.HEDGE": Refusal(
        "a cancel or replace of a hedge, which ends when the order that it is for does", request=_C.OTHER
    ),
    "LIST.REFUSED": Refusal("another order of the list was refused, and all are taken or none", _O.OTHER),
    "LIST.DUPLICATE": Refusal("ListID(66) was used before", _O.DUPLICATE_ORDER),
    "LIST.BIDTYPE": Refusal("BidType(394) is not 3", _O.UNSUPPORTED),
    "LIST.EXECUTION": Refusal("ListExecInstType(433) is neither 1 nor 2", _O.UNSUPPORTED),
    "LIST.REPORTS": Refusal("ProgRptReqs(414) is 2", _O.UNSUPPORTED),
    "LIST.LINK": Refusal("ClOrdLinkID(583) does not say which orders depend on each other", _O.OTHER),
    "LIST.QTY": Refusal("a replace asks for more of an order that depends on others, or is hedged", request=_C.BROKER),
    "LIST.INSTRUCTION": Refusal("69, 353, 765 or 766 of a list: it would not be followed", _O.UNSUPPORTED),
    "LIST.SIZE": Refusal("TotNoOrders(68) is not 1 to 500", _O.OTHER),
    "LIST.MANY": Refusal("eight lists of the session are not complete yet", _O.BROKER),
    "LIST.FRAGMENT": Refusal("a fragment differs from those before it in more than its orders", _O.OTHER),
    "LIST.SEQ": Refusal("a ListSeqNo(67) is above TotNoOrders(68), or is there twice", _O.OTHER),
    "LIST.COUNT": Refusal("LastFragment(893) does not fit the number of orders that came", _O.OTHER),
    "LIST.INCOMPLETE": Refusal("not all fragments came within 30 seconds", _O.OTHER),
    "LIST.CANCELED": Refusal("the list was canceled before all fragments came", _O.OTHER),
    "ALGO.UNKNOWN": _terms("TargetStrategy(847) that we, or the dialect of the session, do not have", _O.UNSUPPORTED),
    "ALGO.PARAMETER": _terms("a parameter that the algo, or the dialect of the session, does not have", _O.OTHER),
    "ALGO.MISSING": _terms("a parameter that is needed; parameters without TargetStrategy(847)", _O.OTHER),
    "ALGO.CONFLICT": _terms("two values or two encodings for one thing; parameters that exclude each other", _O.OTHER),
    "ALGO.TYPE": _terms("StrategyParameterType(959) is not the declared one", _O.OTHER),
    "ALGO.FORMAT": _terms("a value that is not of its type; 848 that is not `k=v;k=v`", _O.OTHER),
    "ALGO.RANGE": _terms("a value outside of its range", _O.OTHER),
    "ALGO.TIF": _terms("TimeInForce(59) that an algo cannot work", _O.UNSUPPORTED),
    "ALGO.ENDTIME": _terms("the end of the window has passed", _O.TOO_LATE),
    "ALGO.WINDOW": _terms("the end of the window is not after its start, or is after the close", _O.OTHER),
    "ALGO.PERMISSION": _terms("an algo that is not for the client, the account or the venue", _O.BROKER),
    "ALGO.FAULT": Refusal("a dry run of an algo that fails when it is asked", _O.BROKER),
    "ALGO.FROZEN": Refusal(
        "a replace changes a parameter that stays as it is once a child order is out", request=_C.BROKER
    ),
    "ALGO.CHANGED": Refusal("a replace with another TargetStrategy(847)", request=_C.BROKER),
    "ORDER.ACCOUNT": _terms("Account(1) is kept for other sessions", _O.UNKNOWN_ACCOUNT),
    "POSITION.EFFECT": _terms("PositionEffect(77) is R", _O.UNSUPPORTED),
    "POSITION.ID": _terms("PositionID(2618) in an account that nets", _O.OTHER),
    "POSITION.OPEN": _terms("the position that is named is of the other side, and 77 is not C", _O.OTHER),
    "POSITION.CLOSE": _terms("more than is open, or than other orders leave of it; a short sale", _O.OTHER),
    "POSITION.REQUEST": Refusal(
        "PosReqType(724) is not 0, or SubscriptionRequestType(263) asks for more than now",
        position=PosReqResult.UNSUPPORTED,
    ),
    "POSITION.ACCOUNT": Refusal("Account(1) is kept for other sessions", position=PosReqResult.NOT_AUTHORIZED),
    "ALLOC.DUPLICATE": _allocation("AllocID(70) of an instruction that was carried out", _A.OTHER),
    "ALLOC.TYPE": _allocation("AllocType(626) is neither 1 nor 2, or LastFragment(893) is N", _A.OTHER),
    "ALLOC.REF": _allocation("a replace or cancel, and RefAllocID(72) is no allocation that stands", _A.OTHER),
    "ALLOC.ORDERS": _allocation("AllocNoOrdersType(857) is not 1, or NoOrders(73) has no entry", _A.OTHER),
    "ALLOC.UNKNOWN": _allocation("ClOrdID(11) is not of an order of this session", _A.UNKNOWN_CL_ORD_ID),
    "ALLOC.ORDERID": _allocation(
        "ClOrdID(11) and OrderID(37) are not those of one order of yours", _A.UNKNOWN_ORDER_ID
    ),
    "ALLOC.MISMATCH": _allocation(
        "an order or an account twice, or no account; orders of another Symbol(55), Side(54) or Account(1)",
        _A.MISMATCHED_DATA,
    ),
    "ALLOC.OPEN": _allocation("an order can still be filled, or nothing of it was", _A.OTHER),
    "ALLOC.TWICE": _allocation("an order is allocated already", _A.OTHER),
    "ALLOC.CLOSED": _allocation("an order of an account that hedges closed positions, or changed which", _A.OTHER),
    "ALLOC.SPLIT": _allocation("an order was over when its shares were split", _A.OTHER),
    "ALLOC.QTY": _allocation("Quantity(53) is not what was filled", _A.INCORRECT_QUANTITY),
    "ALLOC.SUM": _allocation(
        "an AllocQty(80) is not above zero, or they do not add up to Quantity(53)", _A.INCORRECT_ALLOCATED_QUANTITY
    ),
    "ALLOC.PRICE": _allocation(
        "AvgPx(6) or AllocPrice(366) is not the average of the fills, rounded to AvgPxPrecision(74) decimals",
        _A.INCORRECT_AVERAGE_PRICE,
    ),
    "ALLOC.ACCOUNT": _allocation("AllocAccount(79) is missing, or is kept for other sessions", _A.UNKNOWN_ACCOUNT),
    "RISK.SYMBOL": _terms("Symbol(55) is not traded here", _O.UNKNOWN_SYMBOL),
    "RISK.SIDE": _terms("Side(54) is not buy, sell, sell short or sell short exempt", _O.UNSUPPORTED),
    "RISK.LOT": _terms(
        "OrderQty(38), MinQty(110) or MaxFloor(111) is no multiple of the lot, or below the smallest order; the latter "
        "two are above the first",
        _O.INCORRECT_QUANTITY,
    ),
    "RISK.TICK": _terms(
        "Price(44) or StopPx(99) is no positive multiple of the tick, or PegOffsetValue(211) none", _O.OTHER
    ),
    "RISK.UNSET": _terms("a limit is neither set nor done without; there is no default", _O.EXCEEDS_LIMIT),
    "RISK.QTY": _terms("OrderQty(38) is above the limit", _O.EXCEEDS_LIMIT),
    "RISK.REFERENCE": _terms("no venue shows the opposite side, so price and value cannot be judged", _O.OTHER),
    "RISK.COLLAR": _terms(
        "Price(44) is too far through the opposite best quote, or BenchmarkPx from it", _O.EXCEEDS_LIMIT
    ),
    "RISK.NOTIONAL": _terms("quantity times price is above the limit", _O.EXCEEDS_LIMIT),
    "RISK.ADV": _terms("OrderQty(38) is too much of a day's volume, or that is not known", _O.EXCEEDS_LIMIT),
    "RISK.RESTRICTED": _terms("Symbol(55) is on the restricted list", _O.BROKER),
    "RISK.LOCATE": _terms(
        "a short sale without LocateReqd(114), or without LocateBroker(5700) where that is needed", _O.OTHER
    ),
    "RISK.STALE": _terms("the symbol's quotes are too old to judge by", _O.OTHER),
    "RISK.ROLLING": _terms("Price(44) is too far through the best quote of the last minute", _O.EXCEEDS_LIMIT),
    "RISK.DUPLICATE": Refusal("an order of the same terms was taken a moment ago", _O.DUPLICATE_ORDER),
    "RISK.RATE": _terms("too many orders within a second", _O.BROKER),
    "RISK.GROSS": _terms("too much would be open", _O.EXCEEDS_LIMIT),
    "RISK.NET": _terms("too much more would be open on one side than on the other", _O.EXCEEDS_LIMIT),
    "RISK.POSITION": _terms("the position could become too large", _O.EXCEEDS_LIMIT),
    "RISK.CREDIT": _terms("credit would not cover it", _O.EXCEEDS_LIMIT),
    "RISK.DAYQTY": _terms("too many shares for one day", _O.EXCEEDS_LIMIT),
    "RISK.DAYNOTIONAL": _terms("too much money for one day", _O.EXCEEDS_LIMIT),
    "RISK.DAYORDERS": _terms("too many orders for one day", _O.EXCEEDS_LIMIT),
    "RISK.DAYTRADES": _terms("enough trades for one day", _O.EXCEEDS_LIMIT),
    "RISK.LIST": Refusal("the orders of a list are worth too much together", _O.EXCEEDS_LIMIT),
    "RISK.HALTED": _terms("trading is stopped, for the scope that the text names", _O.BROKER),
    "RISK.REDUCING": _terms("only what makes a position smaller is taken", _O.BROKER),
    "RISK.VENUE": _child("too large for the venue, or too much there"),
    "RISK.SELFTRADE": _child("it could trade with another child of ours"),
    "RISK.REPEATS": _child("the algo sent as many as it may; it is halted"),
    "RISK.LOSS": _stop("a day's loss is too large; the scope is halted"),
    "RISK.DRAWDOWN": _stop("the fall from the day's best is too large; the scope is halted"),
    "GATEWAY.STOPPING": _terms("no new orders and no replaces are taken any more; cancels are", _O.BROKER),
}


class Rejection(Struct, frozen=True, gc=False):
    """Why something is refused: a code of REFUSALS and human words, 'RISK.COLLAR Price(44) ...'."""

    text: str

    @property
    def code(self) -> str:
        return self.text.partition(" ")[0]

    @property
    def reason(self) -> OrdRejReason:
        return REFUSALS[self.code].order or OrdRejReason.OTHER

    @property
    def request_reason(self) -> CxlRejReason:
        return REFUSALS[self.code].request or CxlRejReason.OTHER

    @property
    def mass_reason(self) -> MassCancelRejectReason:
        return REFUSALS[self.code].mass or MassCancelRejectReason.OTHER

    @property
    def allocation_reason(self) -> AllocRejCode:
        return REFUSALS[self.code].allocation or AllocRejCode.OTHER

    @property
    def position_result(self) -> PosReqResult:
        return REFUSALS[self.code].position or PosReqResult.UNSUPPORTED


class BusinessRefusal(NamedTuple):
    """What a BusinessMessageReject(j) says; FIX's number for the reason is its code."""

    reason: str  # BusinessRejectReason(380)
    text: str


UNSUPPORTED_TYPE: Final = BusinessRefusal("3", "Unsupported Message Type")
DROP_COPY_ONLY: Final = BusinessRefusal("6", "this session is for drop copies only")
TOO_MANY: Final = BusinessRefusal("0", "more messages a second than this session may send")
UNKNOWN_LIST: Final = BusinessRefusal("1", "ListID(66) is not a list of this session")
WRONG_LIST_ID: Final = BusinessRefusal("0", "ListID(66) must be 1 to 64 printable ASCII characters")
NO_ORDERS: Final = BusinessRefusal("5", "Conditionally Required Field Missing: NoOrders(73)")
NO_ORD_TYPE: Final = BusinessRefusal("5", "Conditionally Required Field Missing: OrdType(40)")
UNREADABLE: Final = "0"  # a message that the reader's rules, partly off, let pass; the text says what is wrong in it
