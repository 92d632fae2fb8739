"""Positions on the wire: what is asked is read, and what is answered is valid FIX 4.4."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.fix.messages.positions import read_position_request, write_position_ack, write_position_report
from gateway.model import Px, Qty, print_scaled
from gateway.model.positions import PositionReport, PositionRequest, PosReqResult
from tests.test_messages import read

ASKED = "710=R1\x01724=0\x01{parties}1=A\x01581=1\x01{symbol}715=20260105\x0160=20260105-14:30:00\x01"
PARTIES = "453=2\x01448=DESK\x01447=D\x01452=24\x01448=FIRM\x01452=1\x01"
REQUEST = PositionRequest(
    pos_req_id="R1", pos_req_type="0", account="A", account_type="1", business_date="20260105", parties=PARTIES
)
amounts = st.integers(-(10**19), 10**19)  # their sums have to fit twelve digits, as every amount does


@pytest.mark.parametrize("symbol", [None, "VOD"])
@pytest.mark.parametrize("parties", ["", PARTIES])
def test_a_request_is_read(symbol: str | None, parties: str) -> None:
    """Whom it is for is repeated in the answers, as it came."""
    body = ASKED.format(parties=parties, symbol=f"55={symbol}\x01" if symbol else "")
    request = read_position_request(read("AN", body))
    assert (request.pos_req_id, request.pos_req_type, request.account) == ("R1", "0", "A")
    assert (request.account_type, request.business_date, request.symbol) == ("1", "20260105", symbol)
    assert (request.parties, request.subscription) == (parties, "0")
    assert read_position_request(read("AN", body + "263=1\x01")).subscription == "1"


@pytest.mark.parametrize(
    ("result", "status"),
    [
        (PosReqResult.VALID, "0"),
        (PosReqResult.NONE_FOUND, "0"),
        (PosReqResult.UNSUPPORTED, "2"),
        (PosReqResult.NOT_AUTHORIZED, "2"),
    ],
)
def test_an_acknowledgement_says_how_many_reports_follow(result: PosReqResult, status: str) -> None:
    """To have nothing to tell is an answer; PosReqStatus(729)=2 is a refusal."""
    message = read("AO", write_position_ack(REQUEST, result, report_id="G-1", reports=3, text="so it is"))
    said = [message.get(tag) for tag in (721, 710, 727, 728, 729, 1, 581, 58)]
    assert said == ["G-1", "R1", "3", str(result), status, "A", "1", "so it is"]
    assert [entry[448] for entry in message.groups(453)] == ["DESK", "FIRM"]


@given(
    st.builds(
        PositionReport, symbol=st.just("VOD"), long_qty=st.integers(0, 10**20 - 1).map(Qty),
        short_qty=st.integers(0, 10**20 - 1).map(Qty), price=amounts.map(Px), cash=amounts, realised=amounts,
        unrealised=amounts, fees=amounts,
    )
)  # fmt: skip
@settings(max_examples=80)
def test_a_report_says_what_is_held_and_what_it_is_worth(report: PositionReport) -> None:
    message = read("AP", write_position_report(report, REQUEST, report_id="G-2", reports=1))
    assert [message.get(tag) for tag in (721, 710, 727, 728, 715, 1, 55, 730, 731)] == [
        "G-2", "R1", "1", "0", "20260105", "A", "VOD", print_scaled(report.price), "2",
    ]  # fmt: skip
    (held,) = message.groups(702)
    assert held == {703: "TQ", 704: print_scaled(report.long_qty), 705: print_scaled(report.short_qty)}
    worth: list[dict[int, Any]] = list(message.groups(753))
    assert worth == [
        {707: "TVAR", 708: print_scaled(report.realised + report.unrealised)},
        {707: "CASH", 708: print_scaled(report.cash)},
    ]
    assert f"realised {print_scaled(report.realised)}," in (message.get(58) or "")
