"""Whether a venue trades: SecurityStatus(f), TradingSessionStatus(h), and the requests for them, e and g."""

from gateway.fix.reader import Message, Selection
from gateway.model import Ns, parse_timestamp, print_timestamp
from gateway.model.trading import SecurityStatus, StatusSubscription, TradingSessionStatus, TradSesStatus

_STATUS = Selection(324, 55, 326, 325, 625, 58, 60)
_TIMES = (341, 342, 343, 344, 345)
_UNKNOWN_SESSION = "567=1\x01"  # TradSesStatusRejReason


def read_security_status_request(message: Message) -> StatusSubscription:
    """SecurityStatusRequest(e)."""
    return StatusSubscription(
        request_id=message.get(324) or "",
        subscription=message.get(263) or "",
        symbol=message.get(55) or "",
        session_id=message.get(336) or "",
    )


def write_security_status_request(request: StatusSubscription) -> str:
    return f"324={request.request_id}\x0155={request.symbol}\x01263={request.subscription}\x01"


def read_security_status(message: Message) -> SecurityStatus:
    """SecurityStatus(f). Without TransactTime(60) it was true when it was sent, SendingTime(52)."""
    request_id, symbol, status, unsolicited, sub_id, text, at = message.pick(_STATUS)
    return SecurityStatus(
        request_id=request_id or "",
        symbol=symbol or "",
        status=status or "",
        unsolicited=unsolicited == "Y",
        session_sub_id=sub_id or "",
        text=text or "",
        transact_time=parse_timestamp(at or message.get(52) or ""),
    )


def write_security_status(status: SecurityStatus) -> str:
    asked = f"324={status.request_id}\x01" if status.request_id else ""
    sub_id = f"625={status.session_sub_id}\x01" if status.session_sub_id else ""
    said = f"326={status.status}\x01" if status.status else ""
    return (
        f"{asked}55={status.symbol}\x01{sub_id}325={'Y' if status.unsolicited else 'N'}\x01{said}"
        f"60={print_timestamp(status.transact_time)}\x01{_text(status.text)}"
    )


def read_trading_session_status_request(message: Message) -> StatusSubscription:
    """TradingSessionStatusRequest(g)."""
    return StatusSubscription(
        request_id=message.get(335) or "", subscription=message.get(263) or "", session_id=message.get(336) or ""
    )


def write_trading_session_status(status: TradingSessionStatus) -> str:
    asked = f"335={status.request_id}\x01" if status.request_id else ""
    sub_id = f"625={status.session_sub_id}\x01" if status.session_sub_id else ""
    refused = _UNKNOWN_SESSION if status.status is TradSesStatus.REQUEST_REJECTED else ""
    times = "".join(f"{tag}={print_timestamp(Ns(at))}\x01" for tag, at in zip(_TIMES, status.times or (), strict=False))
    return (
        f"{asked}336={status.session_id}\x01{sub_id}325={'Y' if status.unsolicited else 'N'}\x01"
        f"340={status.status}\x01{refused}{times}{_text(status.text)}"
    )


def _text(text: str) -> str:
    return f"58={text}\x01" if text else ""
