"""The field values we speak, under FIX's names and with FIX's wire values (FIX 4.4, Volume 6)."""

from enum import StrEnum


class Side(StrEnum):  # Side(54)
    BUY = "1"
    SELL = "2"
    BUY_MINUS = "3"
    SELL_PLUS = "4"
    SELL_SHORT = "5"
    SELL_SHORT_EXEMPT = "6"
    UNDISCLOSED = "7"
    CROSS = "8"
    CROSS_SHORT = "9"
    CROSS_SHORT_EXEMPT = "A"
    AS_DEFINED = "B"
    OPPOSITE = "C"
    SUBSCRIBE = "D"
    REDEEM = "E"
    LEND = "F"
    BORROW = "G"


class OrdType(StrEnum):  # OrdType(40)
    MARKET = "1"
    LIMIT = "2"
    STOP = "3"
    STOP_LIMIT = "4"
    WITH_OR_WITHOUT = "6"
    LIMIT_OR_BETTER = "7"
    LIMIT_WITH_OR_WITHOUT = "8"
    ON_BASIS = "9"
    PREVIOUSLY_QUOTED = "D"
    PREVIOUSLY_INDICATED = "E"
    FOREX_SWAP = "G"
    FUNARI = "I"
    MARKET_IF_TOUCHED = "J"
    MARKET_WITH_LEFTOVER_AS_LIMIT = "K"
    PREVIOUS_FUND_VALUATION_POINT = "L"
    NEXT_FUND_VALUATION_POINT = "M"
    PEGGED = "P"


class TimeInForce(StrEnum):  # TimeInForce(59)
    DAY = "0"
    GTC = "1"
    OPG = "2"
    IOC = "3"
    FOK = "4"
    GTX = "5"
    GTD = "6"
    ATC = "7"


class OrdStatus(StrEnum):  # OrdStatus(39)
    NEW = "0"
    PARTIALLY_FILLED = "1"
    FILLED = "2"
    DONE_FOR_DAY = "3"
    CANCELED = "4"
    PENDING_CANCEL = "6"
    STOPPED = "7"
    REJECTED = "8"
    SUSPENDED = "9"
    PENDING_NEW = "A"
    CALCULATED = "B"
    EXPIRED = "C"
    ACCEPTED_FOR_BIDDING = "D"
    PENDING_REPLACE = "E"


class ExecType(StrEnum):  # ExecType(150)
    NEW = "0"
    DONE_FOR_DAY = "3"
    CANCELED = "4"
    REPLACED = "5"
    PENDING_CANCEL = "6"
    STOPPED = "7"
    REJECTED = "8"
    SUSPENDED = "9"
    PENDING_NEW = "A"
    CALCULATED = "B"
    EXPIRED = "C"
    RESTATED = "D"
    PENDING_REPLACE = "E"
    TRADE = "F"
    TRADE_CORRECT = "G"
    TRADE_CANCEL = "H"
    ORDER_STATUS = "I"


class OrdRejReason(StrEnum):  # OrdRejReason(103)
    BROKER = "0"
    UNKNOWN_SYMBOL = "1"
    EXCHANGE_CLOSED = "2"
    EXCEEDS_LIMIT = "3"
    TOO_LATE = "4"
    UNKNOWN_ORDER = "5"
    DUPLICATE_ORDER = "6"
    DUPLICATE_VERBAL = "7"
    STALE = "8"
    UNSUPPORTED = "11"  # unsupported order characteristic
    SURVEILLANCE = "12"
    INCORRECT_QUANTITY = "13"
    UNKNOWN_ACCOUNT = "15"
    OTHER = "99"


class CxlRejReason(StrEnum):  # CxlRejReason(102)
    TOO_LATE = "0"
    UNKNOWN_ORDER = "1"
    BROKER = "2"
    ALREADY_PENDING = "3"
    MASS_CANCEL = "4"
    TIME_MISMATCH = "5"
    DUPLICATE_CL_ORD_ID = "6"
    OTHER = "99"


class CxlRejResponseTo(StrEnum):  # CxlRejResponseTo(434)
    CANCEL = "1"
    REPLACE = "2"


class ExecRestatementReason(StrEnum):  # ExecRestatementReason(378)
    GT_CORPORATE_ACTION = "0"
    GT_RENEWAL = "1"
    VERBAL_CHANGE = "2"
    REPRICING = "3"
    BROKER_OPTION = "4"
    PARTIAL_DECLINE = "5"
    CANCEL_ON_TRADING_HALT = "6"
    CANCEL_ON_SYSTEM_FAILURE = "7"
    MARKET_OPTION = "8"
    CANCELED_NOT_BEST = "9"
    WAREHOUSE_RECAP = "10"
    OTHER = "99"


class Scope(StrEnum):  # MassStatusReqType(585), MassCancelRequestType(530)
    SECURITY = "1"
    UNDERLYING_SECURITY = "2"
    PRODUCT = "3"
    CFI_CODE = "4"
    SECURITY_TYPE = "5"
    TRADING_SESSION = "6"
    ALL = "7"
    PARTY_ID = "8"


class MassCancelRejectReason(StrEnum):  # MassCancelRejectReason(532)
    NOT_SUPPORTED = "0"
    UNKNOWN_SECURITY = "1"
    OTHER = "99"


class CommType(StrEnum):  # CommType(13)
    PER_UNIT = "1"
    PERCENT = "2"
    ABSOLUTE = "3"
    PERCENT_WAIVED_CASH = "4"
    PERCENT_WAIVED_UNITS = "5"
    POINTS_PER_BOND = "6"


class DKReason(StrEnum):  # DKReason(127)
    UNKNOWN_SYMBOL = "A"
    WRONG_SIDE = "B"
    QUANTITY_EXCEEDS_ORDER = "C"
    NO_MATCHING_ORDER = "D"
    PRICE_EXCEEDS_LIMIT = "E"
    CALCULATION_DIFFERENCE = "F"
    OTHER = "Z"


class BidType(StrEnum):  # BidType(394)
    NON_DISCLOSED = "1"
    DISCLOSED = "2"
    NO_BIDDING_PROCESS = "3"


class ListExecInstType(StrEnum):  # ListExecInstType(433)
    IMMEDIATE = "1"
    WAIT_FOR_EXECUTE = "2"
    SELL_DRIVEN = "3"
    BUY_DRIVEN_CASH_TOP_UP = "4"
    BUY_DRIVEN_CASH_WITHDRAW = "5"


class ContingencyType(StrEnum):  # ContingencyType(1385)
    ONE_CANCELS_THE_OTHER = "1"
    ONE_TRIGGERS_THE_OTHER = "2"
    ONE_UPDATES_THE_OTHER_ABSOLUTE = "3"
    ONE_UPDATES_THE_OTHER_PROPORTIONAL = "4"


class ListStatusType(StrEnum):  # ListStatusType(429)
    ACK = "1"
    RESPONSE = "2"
    TIMED = "3"
    EXEC_STARTED = "4"
    ALL_DONE = "5"
    ALERT = "6"


class ListOrderStatus(StrEnum):  # ListOrderStatus(431)
    IN_BIDDING_PROCESS = "1"
    RECEIVED_FOR_EXECUTION = "2"
    EXECUTING = "3"
    CANCELING = "4"
    ALERT = "5"
    ALL_DONE = "6"
    REJECT = "7"
