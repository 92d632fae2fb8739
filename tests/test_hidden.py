"""HIDDEN: nobody sees it, and who meets it has enough and pays the middle."""

from decimal import Decimal

import pytest

from algos.hidden import Hidden
from gateway.model import Decision, Ns, Posting, Qty, Visibility
from tests.parents import QUIET, START, parent
from tests.routing.test_dark import HIDDEN, pools
from tests.simulated import play


def test_all_of_it_is_due_in_the_dark_at_the_start() -> None:
    algo = Hidden(min_qty=Qty(100))
    assert algo.decide(parent(), QUIET, Ns(START - 1)) == Decision(due=Qty(0), wake_at=START)
    posting = Posting(takes=False, at_middle=True, min_qty=Qty(100))
    assert algo.decide(parent(), QUIET, START) == Decision(due=Qty(300), posting=posting, where=Visibility.DARK)


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("MinQty=301", "ALGO.RANGE MinQty 301 must be in lots and at most OrderQty(38)"),
        ("MinQty=0.5", "ALGO.RANGE MinQty 0.5 must be in lots and at most OrderQty(38)"),
        ("ChildTIF=0", "ALGO.PARAMETER ChildTIF"),
    ],
)
def test_what_it_cannot_be_asked_for_is_refused(said: str, text: str) -> None:
    world = pools("CHID")
    world.converse(f"""
        client > {HIDDEN}  848={said}
        client < ExecutionReport  ExecType=REJECTED  OrdRejReason=OTHER
    """)
    assert world.notes("risk")[-1]["text"] == text


def test_it_is_met_in_our_dark_pool_at_the_middle_of_the_lit_market_in_parts_of_the_least_quantity() -> None:
    """CHID: 12 hidden orders a minute of 1,500 on average. XLON shows prices, and nothing is sent there."""
    reports = play(
        [("10:00:01", "11=H|55=ACME|54=1|38=9000|40=1|847=1011|848=Duration=290;MinQty=500")],
        venues=("XLON", "CHID"),
        start="10:00:00",
        seconds=300,
    )
    fills = [report for report in reports if report.exec_type == "F"]
    assert fills and reports[0].exec_type == "0"
    assert all(Decimal(fill.last_qty) >= 500 for fill in fills[:-1])
    assert {str(Decimal(fill.last_px) * 1000 % 5) for fill in fills} <= {"0.000", "0", "0.0"}
    assert reports[-1].ord_status in ("2", "C") and Decimal(reports[-1].cum_qty) >= 500
