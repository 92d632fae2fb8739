"""Drop copies: whom they are told of, and what. `tests/order_states/test_drop_copies.py` has the conversations."""

from collections.abc import Sequence

import pytest

from gateway.fix.messages import write_execution_report
from gateway.fix.messages.dropcopy import write_drop_copy
from gateway.model import (
    ExecType,
    ExecutionReport,
    OrdStatus,
    Px,
    Qty,
    SessionConfig,
    Side,
)
from gateway.model.settings import DropCopySettings
from gateway.oms.dropcopy import DropCopies
from tests.conversation.language import START
from tests.test_messages import read

COPY = SessionConfig(sender="US", target="COPY")


def report(number: int = 1, exec_type: ExecType = ExecType.NEW, symbol: str = "VOD", echo: str = "") -> ExecutionReport:
    return ExecutionReport(
        order_id="G-1", exec_id=f"G-E{number}", exec_type=exec_type, ord_status=OrdStatus.NEW, cl_ord_id="C1",
        symbol=symbol, side=Side.BUY, order_qty=Qty(1), leaves_qty=Qty(1), cum_qty=Qty(0), avg_px=Px(0), echo=echo,
        transact_time=START,
    )  # fmt: skip


def copies(**filters: Sequence[str]) -> DropCopies:
    told = DropCopies()
    told.configure([DropCopySettings(session=COPY, **{name: tuple(names) for name, names in filters.items()})])
    return told


@pytest.mark.parametrize(
    ("filters", "client", "symbol", "echo", "wanted"),
    [
        ({}, "ANY", "VOD", "", True),
        ({"clients": ["A", "B"]}, "B", "VOD", "", True),
        ({"clients": ["A", "B"]}, "C", "VOD", "", False),
        ({"symbols": ["VOD"]}, "A", "VOD", "", True),
        ({"symbols": ["VOD"]}, "A", "VODX", "", False),
        ({"accounts": ["X"]}, "A", "VOD", "1=X\x0140=2\x01", True),
        ({"accounts": ["X"]}, "A", "VOD", "40=2\x011=X\x01", True),
        ({"accounts": ["X"]}, "A", "VOD", "1=Y\x0111=X\x01", False),
        ({"accounts": ["X"]}, "A", "VOD", "11=X\x01", False),
        ({"accounts": ["X"]}, "A", "VOD", "", False),
        ({"accounts": [""]}, "A", "VOD", "40=2\x01", True),
        ({"clients": ["A"], "symbols": ["VOD"], "accounts": ["X"]}, "A", "VOD", "1=X\x01", True),
        ({"clients": ["A"], "symbols": ["BP"], "accounts": ["X"]}, "A", "VOD", "1=X\x01", False),
    ],
)
def test_a_drop_copy_gets_what_its_filters_let_through(
    filters: dict[str, list[str]], client: str, symbol: str, echo: str, *, wanted: bool
) -> None:
    """Every filter that is set has to match; the account '' is that of orders without Account(1)."""
    assert copies(**filters).names(client, report(symbol=symbol, echo=echo)) == ["COPY"] * wanted


def test_each_drop_copy_has_its_own_filters() -> None:
    told = copies()
    other = SessionConfig(sender="US", target="RISK", target_sub="EU")
    told.configure([DropCopySettings(session=COPY, clients=("A",)), DropCopySettings(session=other)])
    assert told.names("A", report()) == ["COPY", "RISK/EU"]
    assert told.names("B", report()) == ["RISK/EU"]
    told.configure([])
    assert told.names("A", report()) == []


@pytest.mark.parametrize("exec_type", ExecType)
def test_what_happens_to_an_order_is_copied_and_answers_to_questions_are_not(exec_type: ExecType) -> None:
    """ExecType(150)=I answers an OrderStatusRequest(H): nothing happened."""
    assert bool(copies().names("A", report(exec_type=exec_type))) == (exec_type != ExecType.ORDER_STATUS)


def test_a_copy_is_the_clients_report_marked_and_with_the_clients_name() -> None:
    """CopyMsgIndicator(797)=Y; the client is a party of the role ClientID."""
    body = write_execution_report(report(echo="1=X\x01"))
    assert write_drop_copy(body, "A").startswith(body)
    message = read("8", write_drop_copy(body, "DESK/EU"))
    assert (message.get(797), message.get(17), message.get(1)) == ("Y", "G-E1", "X")
    assert message.groups(453) == [{448: "DESK/EU", 447: "D", 452: "3"}]


def test_parties_that_a_report_names_are_left_as_they_are() -> None:
    body = write_execution_report(report(echo="453=1\x01448=FUND\x01447=D\x01452=3\x01"))
    assert [party[448] for party in read("8", write_drop_copy(body, "A")).groups(453)] == ["FUND"]
