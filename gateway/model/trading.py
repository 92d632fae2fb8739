"""Whether a venue and its symbols trade: the questions, and what is said about it."""

from enum import StrEnum

from msgspec import Struct

from gateway.model.numbers import Ns


class TradSesStatus(StrEnum):  # TradSesStatus(340)
    UNKNOWN = "0"
    HALTED = "1"
    OPEN = "2"
    CLOSED = "3"
    PRE_OPEN = "4"
    PRE_CLOSE = "5"
    REQUEST_REJECTED = "6"


class SecurityTradingStatus(StrEnum):  # SecurityTradingStatus(326), those that something follows from
    TRADING_HALT = "2"
    NO_OPEN_NO_RESUME = "4"
    PRICE_INDICATION = "5"
    READY_TO_TRADE = "17"
    NOT_AVAILABLE_FOR_TRADING = "18"
    NOT_TRADED_ON_THIS_MARKET = "19"
    UNKNOWN_OR_INVALID = "20"
    PRE_OPEN = "21"
    OPENING_ROTATION = "22"


class TradingSessionSubID(StrEnum):  # TradingSessionSubID(625), free text in FIX 4.4; these are the values of FIX 5.0
    PRE_TRADING = "1"
    OPENING_AUCTION = "2"
    CONTINUOUS_TRADING = "3"
    CLOSING_AUCTION = "4"
    POST_TRADING = "5"
    UNSCHEDULED_AUCTION = "9"


class StatusSubscription(Struct, frozen=True, gc=False, kw_only=True):
    """SecurityStatusRequest(e), or, without a symbol, TradingSessionStatusRequest(g)."""

    request_id: str  # SecurityStatusReqID(324), TradSesReqID(335)
    subscription: str  # SubscriptionRequestType(263): '0' now, '1' now and at each change, '2' not any more
    symbol: str = ""
    session_id: str = ""  # TradingSessionID(336)


class SecurityStatus(Struct, frozen=True, gc=False, kw_only=True):
    """SecurityStatus(f)."""

    request_id: str
    symbol: str
    status: str  # SecurityTradingStatus(326); '' is not said
    unsolicited: bool = False  # nobody asked just now
    session_sub_id: str = ""
    text: str = ""
    transact_time: Ns


class TradingSessionStatus(Struct, frozen=True, gc=False, kw_only=True):
    """TradingSessionStatus(h)."""

    request_id: str
    session_id: str
    status: TradSesStatus
    unsolicited: bool = False
    session_sub_id: str = ""
    # TradSesStartTime(341), TradSesOpenTime(342), TradSesPreCloseTime(343), TradSesCloseTime(344), TradSesEndTime(345)
    times: tuple[Ns, Ns, Ns, Ns, Ns] | None = None
    text: str = ""
