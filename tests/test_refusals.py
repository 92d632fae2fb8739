"""What a refusal is, by its code. That all codes stand in the table is checked in `tests/test_repository.py`."""

import pytest

from gateway.model import CxlRejReason, MassCancelRejectReason, OrdRejReason, Rejection
from gateway.model.refusals import REFUSALS


@pytest.mark.parametrize("code", REFUSALS)
def test_a_row_says_when_and_by_which_message(code: str) -> None:
    row = REFUSALS[code]
    assert row.when and row.when[0] != " " and not row.when.endswith(".")
    answers = [row.order, row.request, row.mass, row.position, row.allocation]
    assert bool(row.unsaid) == (answers == [None] * 5)


def test_a_refusal_finds_its_reasons_by_its_code() -> None:
    refused = Rejection("ORDER.DUPLICATE ClOrdID(11) X was used before")
    assert (refused.code, refused.reason) == ("ORDER.DUPLICATE", OrdRejReason.DUPLICATE_ORDER)
    assert refused.request_reason is CxlRejReason.DUPLICATE_CL_ORD_ID
    assert Rejection("ORDER.SYMBOL x").mass_reason is MassCancelRejectReason.UNKNOWN_SECURITY


def test_a_reason_that_the_table_has_not_is_no_crash() -> None:
    """An order is refused all the same, by 99, other."""
    assert Rejection("RISK.VENUE x").reason is OrdRejReason.OTHER
    assert Rejection("RISK.VENUE x").request_reason is CxlRejReason.OTHER
    assert Rejection("RISK.VENUE x").mass_reason is MassCancelRejectReason.OTHER
