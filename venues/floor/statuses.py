"""Who is told of the phases: SecurityStatus(f) of a symbol, TradingSessionStatus(h) of the venue."""

from collections.abc import Iterable
from typing import Final

from gateway.fix.messages import (
    read_security_status_request,
    read_trading_session_status_request,
    write_security_status,
    write_trading_session_status,
)
from gateway.fix.reader import Message
from gateway.fix.session import Session
from gateway.model import Ns
from gateway.model.trading import (
    SecurityStatus,
    SecurityTradingStatus,
    StatusSubscription,
    TradingSessionStatus,
    TradingSessionSubID,
    TradSesStatus,
)
from venues.floor.phases import Change, Phase, Phases

DAY: Final = "1"  # the one TradingSessionID(336), after FIX 5.0
MAX_REQUESTS: Final = 1_000  # of one counterparty

_SUB_ID: Final = {
    Phase.PRE_OPEN: TradingSessionSubID.PRE_TRADING,
    Phase.OPENING: TradingSessionSubID.OPENING_AUCTION,
    Phase.CONTINUOUS: TradingSessionSubID.CONTINUOUS_TRADING,
    Phase.VOLATILITY: TradingSessionSubID.UNSCHEDULED_AUCTION,
    Phase.CLOSING: TradingSessionSubID.CLOSING_AUCTION,
    Phase.CLOSED: TradingSessionSubID.POST_TRADING,
}
_SECURITY: Final = {
    Phase.PRE_OPEN: SecurityTradingStatus.PRE_OPEN,
    Phase.OPENING: SecurityTradingStatus.OPENING_ROTATION,
    Phase.CONTINUOUS: SecurityTradingStatus.READY_TO_TRADE,
    Phase.VOLATILITY: SecurityTradingStatus.PRICE_INDICATION,
    Phase.HALTED: SecurityTradingStatus.TRADING_HALT,
    Phase.CLOSING: SecurityTradingStatus.PRICE_INDICATION,
    Phase.CLOSED: SecurityTradingStatus.NOT_AVAILABLE_FOR_TRADING,
}
_SESSION: Final = {
    Phase.PRE_OPEN: TradSesStatus.PRE_OPEN,
    Phase.OPENING: TradSesStatus.PRE_OPEN,
    Phase.CONTINUOUS: TradSesStatus.OPEN,
    Phase.CLOSING: TradSesStatus.PRE_CLOSE,
    Phase.CLOSED: TradSesStatus.CLOSED,
}


class Statuses:
    def __init__(self, phases: Phases, symbols: Iterable[str]) -> None:
        """`symbols` are those that are traded, now or later."""
        self._phases = phases
        self._symbols = symbols
        self._securities: dict[tuple[Session, str], str] = {}  # (session, SecurityStatusReqID) -> symbol
        self._sessions: dict[tuple[Session, str], None] = {}  # (session, TradSesReqID)
        self._said = phases.day

    def security_status(self, message: Message, session: Session, now: Ns) -> None:
        """SecurityStatusRequest(e)."""
        request = read_security_status_request(message)
        symbol, key = request.symbol, (session, request.request_id)
        if symbol not in self._symbols:
            unknown = SecurityStatus(
                request_id=request.request_id,
                symbol=symbol,
                status=SecurityTradingStatus.NOT_TRADED_ON_THIS_MARKET,
                text=f"Symbol(55) {symbol[:32]} is not traded here",
                transact_time=now,
            )
            session.send("f", write_security_status(unknown), now, keep=False)
        elif request.subscription == "2":
            self._securities.pop(key, None)
        elif not self._too_many(message, request, session, now):
            if request.subscription == "1":
                self._securities[key] = symbol
            self._tell_security(key, symbol, now)

    def trading_session_status(self, message: Message, session: Session, now: Ns) -> None:
        """TradingSessionStatusRequest(g)."""
        request = read_trading_session_status_request(message)
        key = session, request.request_id
        if request.session_id not in ("", DAY):
            refused = TradingSessionStatus(
                request_id=request.request_id,
                session_id=request.session_id,
                status=TradSesStatus.REQUEST_REJECTED,
                text=f"the one TradingSessionID(336) is {DAY}",
            )
            session.send("h", write_trading_session_status(refused), now, keep=False)
        elif request.subscription == "2":
            self._sessions.pop(key, None)
        elif not self._too_many(message, request, session, now):
            if request.subscription == "1":
                self._sessions[key] = None
            self._tell_session(key, now)

    def changed(self, changes: Iterable[Change], now: Ns, why: str = "") -> None:
        """Tell all who asked; `why` is an operator's."""
        for change in changes:
            for key, symbol in self._securities.items():
                if symbol == change.symbol:
                    self._tell_security(key, symbol, now, unsolicited=True, text=why)
        if self._said is not self._phases.day:
            self._said = self._phases.day
            for key in self._sessions:
                self._tell_session(key, now, unsolicited=True)

    def leave(self, session: Session) -> None:
        """Subscriptions end with the connection."""
        self._securities = {key: symbol for key, symbol in self._securities.items() if key[0] is not session}
        self._sessions = {key: None for key in self._sessions if key[0] is not session}

    def _too_many(self, message: Message, request: StatusSubscription, session: Session, now: Ns) -> bool:
        if request.subscription != "1":
            return False
        known = sum(key[0] is session for key in (*self._securities, *self._sessions))
        if known >= MAX_REQUESTS:
            session.refuse(message, "0", f"more than {MAX_REQUESTS} subscriptions", now)
        return known >= MAX_REQUESTS

    def _tell_security(
        self, key: tuple[Session, str], symbol: str, now: Ns, *, unsolicited: bool = False, text: str = ""
    ) -> None:
        session, request_id = key
        phase = self._phases.of(symbol)
        status = SecurityStatus(
            request_id=request_id,
            symbol=symbol,
            status=_SECURITY[phase],
            unsolicited=unsolicited,
            session_sub_id=_SUB_ID.get(phase, _SUB_ID[self._phases.day]),
            text=text,
            transact_time=now,
        )
        session.send("f", write_security_status(status), now, keep=False)

    def _tell_session(self, key: tuple[Session, str], now: Ns, *, unsolicited: bool = False) -> None:
        session, request_id = key
        day = self._phases.today
        status = TradingSessionStatus(
            request_id=request_id,
            session_id=DAY,
            status=_SESSION[self._phases.day],
            unsolicited=unsolicited,
            session_sub_id=_SUB_ID[self._phases.day],
            times=None if day is None else (day.pre_open, day.continuous, day.closing, day.closed, day.closed),
        )
        session.send("h", write_trading_session_status(status), now, keep=False)
