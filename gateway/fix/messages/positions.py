"""Positions asked for and told: RequestForPositions(AN), RequestForPositionsAck(AO), PositionReport(AP)."""

from gateway.fix.messages.common import symbol_field
from gateway.fix.reader import Message, Selection
from gateway.model import print_scaled
from gateway.model.positions import PositionReport, PositionRequest, PosReqResult

_REQUEST = Selection(710, 724, 1, 581, 715, 55, 263)
_PARTY = ((448, "448"), (447, "447"), (452, "452"))


def read_position_request(message: Message) -> PositionRequest:
    """RequestForPositions(AN)."""
    pos_req_id, pos_req_type, account, account_type, business_date, symbol, subscription = message.pick(_REQUEST)
    assert pos_req_id is not None and account is not None and account_type is not None and business_date is not None
    parties = [
        "".join(f"{tag}={entry[number]}\x01" for number, tag in _PARTY if number in entry)
        for entry in message.groups(453)
    ]
    return PositionRequest(
        pos_req_id=pos_req_id,
        pos_req_type=pos_req_type or "",
        account=account,
        account_type=account_type,
        business_date=business_date,
        symbol=symbol,
        subscription=subscription or "0",
        parties=f"453={len(parties)}\x01{''.join(parties)}" if parties else "",
    )


def write_position_ack(
    request: PositionRequest, result: PosReqResult, *, report_id: str, reports: int = 0, text: str = ""
) -> str:
    """RequestForPositionsAck(AO): how many reports follow, or why none does. `report_id` is PosMaintRptID(721)."""
    status = "0" if result in (PosReqResult.VALID, PosReqResult.NONE_FOUND) else "2"
    return (
        f"721={report_id}\x01710={request.pos_req_id}\x01727={reports}\x01728={result}\x01729={status}\x01"
        f"{_whose(request)}{symbol_field(request.symbol or '')}" + (f"58={text}\x01" if text else "")
    )


def write_position_report(report: PositionReport, request: PositionRequest, *, report_id: str, reports: int) -> str:
    """PositionReport(AP) of one symbol, one of `reports` that answer `request`.

    PosAmtType(707) has no value for what was realised and what was not, so the text has both. TVAR is what all fills
    gained at SettlPrice(730), fees not counted; CASH what they paid in less what they paid out, fees counted.
    """
    gained = report.realised + report.unrealised
    text = (
        f"realised {print_scaled(report.realised)}, net of fees {print_scaled(report.realised - report.fees)}, "
        f"unrealised {print_scaled(report.unrealised)}, fees {print_scaled(report.fees)}"
    )
    return (
        f"721={report_id}\x01710={request.pos_req_id}\x01724=0\x01727={reports}\x01728={PosReqResult.VALID}\x01"
        f"715={request.business_date}\x01{_whose(request)}{symbol_field(report.symbol)}"
        f"730={print_scaled(report.price)}\x01731=2\x01734=0\x01"
        f"702=1\x01703=TQ\x01704={print_scaled(report.long_qty)}\x01705={print_scaled(report.short_qty)}\x01"
        f"753=2\x01707=TVAR\x01708={print_scaled(gained)}\x01707=CASH\x01708={print_scaled(report.cash)}\x01"
        f"58={text}\x01"
    )


def _whose(request: PositionRequest) -> str:
    return f"{request.parties}1={request.account}\x01581={request.account_type}\x01"
