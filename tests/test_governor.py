"""The governor at the venue send point: what is out and was filled stays within what the client was told it has."""

import msgspec
import pytest

from gateway.model import (
    ExecRestatementReason,
    ExecType,
    ExecutionReport,
    NewOrder,
    OrdStatus,
    OrdType,
    Qty,
    Side,
    parse_px,
)
from gateway.risk import Governor
from tests.conftest import lots


def report(exec_type: ExecType, **given: object) -> ExecutionReport:
    usual = ExecutionReport(
        order_id="P",
        exec_id="E",
        exec_type=exec_type,
        ord_status=OrdStatus.NEW,
        cl_ord_id="X",
        symbol="ACME",
        side=Side.BUY,
        order_qty=lots(100),
        leaves_qty=lots(100),
        cum_qty=Qty(0),
        avg_px=parse_px("0"),
    )
    return msgspec.structs.replace(usual, **given)


class Desk:
    """One parent of 100 shares, and children on XLON."""

    def __init__(self) -> None:
        self.governor = Governor()
        self.governor.told(report(ExecType.NEW))
        self.sent = 0

    def send(self, shares: int, *, more: int = 0, parent: str = "P", name: str = "") -> str | None:
        self.sent += 1
        child = NewOrder(
            cl_ord_id=name or f"C{self.sent}",
            symbol="ACME",
            side=Side.BUY,
            order_qty=Qty(lots(shares) + more),
            ord_type=OrdType.LIMIT,
            price=parse_px("100"),
            parent_order_id=parent,
        )
        refused = self.governor.leaves("XLON", child)
        return None if refused is None else refused.partition(" ")[0]

    def trade(self, child: str, shares: int, exec_id: str) -> None:
        self.hear(ExecType.TRADE, child, exec_id=exec_id, last_qty=lots(shares))

    def hear(self, exec_type: ExecType, child: str, **given: object) -> None:
        self.governor.heard("XLON", report(exec_type, cl_ord_id=child, **given))

    def out(self) -> int:
        return self.governor.out("P") // lots(1)


def test_children_leave_up_to_their_parents_quantity() -> None:
    """R-6.1"""
    desk = Desk()
    assert desk.send(60) is None
    assert desk.send(40, more=1) == "GOVERNOR.EXCESS"
    assert desk.send(40) is None
    assert desk.send(1) == "GOVERNOR.EXCESS"


def test_a_split_is_learned_from_what_the_client_is_told() -> None:
    """R-6.5: CumQty(14) of a restatement for a corporate action is in new shares; what venues may still fill is not."""
    desk = Desk()
    desk.send(40)
    desk.trade("C1", 40, "E1")
    terms = {"order_qty": lots(50), "cum_qty": lots(20), "leaves_qty": lots(30)}
    desk.governor.told(report(ExecType.RESTATED, restatement_reason=ExecRestatementReason.GT_RENEWAL, **terms))
    assert desk.out() == 40
    desk.governor.told(report(ExecType.RESTATED, restatement_reason=ExecRestatementReason.GT_CORPORATE_ACTION, **terms))
    assert desk.out() == 20
    assert desk.send(31) == "GOVERNOR.EXCESS"
    assert desk.send(30) is None
    desk.governor.told(report(ExecType.RESTATED, restatement_reason=ExecRestatementReason.GT_CORPORATE_ACTION, **terms))
    assert desk.out() == 50


@pytest.mark.parametrize(("leaves", "again"), [(0, None), (40, "GOVERNOR.EXCESS")])
def test_what_a_venue_took_back_is_given_back_unless_it_is_on_its_book_again(leaves: int, again: str | None) -> None:
    """R-6.4: by LeavesQty(151) of a bust whose CumQty(14) is right; a child that has ended is on no book."""
    desk = Desk()
    desk.send(40)
    desk.trade("C1", 40, "E1")
    bust = {"exec_id": "E2", "exec_ref_id": "E1", "leaves_qty": lots(leaves), "cum_qty": Qty(0)}
    desk.hear(ExecType.TRADE_CANCEL, "C1", **bust)
    assert desk.out() == leaves
    assert desk.send(100) == again


def test_a_bust_that_leaves_something_of_a_child_that_has_ended_leaves_nothing() -> None:
    desk = Desk()
    desk.send(40)
    desk.trade("C1", 30, "E1")
    desk.hear(ExecType.CANCELED, "C1", cum_qty=lots(30), leaves_qty=Qty(0))
    desk.hear(ExecType.TRADE_CANCEL, "C1", exec_id="E2", exec_ref_id="E1", cum_qty=Qty(0), leaves_qty=lots(40))
    assert desk.out() == 0


def test_only_what_a_venue_confirms_may_be_sent_again() -> None:
    """R-6.2: an end whose CumQty(14) is not the fills we have frees nothing; a fill frees nothing either."""
    desk = Desk()
    desk.send(100)
    desk.trade("C1", 30, "1")
    assert desk.send(1) == "GOVERNOR.EXCESS"
    desk.hear(ExecType.CANCELED, "C1", cum_qty=lots(50))
    assert (desk.out(), desk.send(1)) == (100, "GOVERNOR.EXCESS")
    desk.trade("C1", 20, "2")
    desk.hear(ExecType.CANCELED, "C1", cum_qty=lots(50))
    assert desk.out() == 50
    assert desk.send(51) == "GOVERNOR.EXCESS"
    assert desk.send(50) is None


def test_a_fill_after_the_end_takes_back_what_was_free() -> None:
    desk = Desk()
    desk.send(100)
    desk.hear(ExecType.CANCELED, "C1")
    assert desk.out() == 0
    desk.trade("C1", 30, "1")
    desk.trade("C1", 30, "1")
    assert desk.out() == 30
    assert desk.send(71) == "GOVERNOR.EXCESS"


def test_more_than_was_asked_for_counts() -> None:
    desk = Desk()
    desk.send(50)
    desk.trade("C1", 80, "1")
    assert desk.out() == 80
    assert desk.send(21) == "GOVERNOR.EXCESS"


def test_busts_and_corrections_change_what_is_filled() -> None:
    desk = Desk()
    desk.send(50)
    desk.trade("C1", 50, "1")
    desk.hear(ExecType.TRADE_CORRECT, "C1", exec_id="2", exec_ref_id="1", last_qty=lots(70))
    assert desk.out() == 70
    desk.hear(ExecType.TRADE_CANCEL, "C1", exec_id="3", exec_ref_id="1")
    assert desk.out() == 70  # "1" does not count any more; "2" does
    desk.hear(ExecType.TRADE_CANCEL, "C1", exec_id="4", exec_ref_id="2")
    assert desk.out() == 50  # the child is still there to be filled
    desk.hear(ExecType.CANCELED, "C1")
    assert desk.out() == 0


def test_a_fill_that_was_taken_back_does_not_count_when_it_is_told_again() -> None:
    """Nor does its correction count twice."""
    desk = Desk()
    assert desk.send(60) is None
    desk.trade("C1", 60, "1")
    for _ in range(2):
        desk.hear(
            ExecType.TRADE_CORRECT,
            "C1",
            exec_id="2",
            exec_ref_id="1",
            last_qty=lots(40),
            cum_qty=lots(40),
            leaves_qty=lots(20),
        )
        desk.trade("C1", 60, "1")
    assert desk.governor.out("P") == lots(60)
    desk.hear(ExecType.TRADE_CANCEL, "C1", exec_id="3", exec_ref_id="2", cum_qty=Qty(0), leaves_qty=lots(60))
    desk.trade("C1", 60, "4")
    assert desk.governor.out("P") == lots(60)
    assert desk.send(40) is None


def test_what_is_taken_back_is_out_as_far_as_the_venue_has_it_on_its_book() -> None:
    """R-6.4"""
    desk = Desk()
    desk.send(100)
    desk.trade("C1", 60, "1")
    desk.trade("C1", 40, "2")
    desk.hear(ExecType.TRADE_CANCEL, "C1", exec_id="3", exec_ref_id="1", cum_qty=lots(40), leaves_qty=lots(20))
    assert desk.out() == 60
    desk.hear(ExecType.CANCELED, "C1", cum_qty=lots(40), leaves_qty=Qty(0))
    assert desk.out() == 40


def test_an_order_that_was_filled_is_counted_again_when_a_fill_is_taken_back() -> None:
    """R-6.4: by its CumQty(14), and by what the venues have of the children that were forgotten."""
    desk = Desk()
    desk.send(60)
    desk.send(40)
    desk.governor.told(report(ExecType.TRADE, ord_status=OrdStatus.FILLED, leaves_qty=Qty(0)))
    taken_back = {"exec_ref_id": "1", "cum_qty": lots(50), "leaves_qty": lots(10)}
    desk.hear(ExecType.TRADE_CANCEL, "C1", **taken_back)
    desk.governor.told(report(ExecType.TRADE_CANCEL, cum_qty=lots(90), leaves_qty=lots(10)))
    assert desk.out() == 100
    assert desk.send(1) == "GOVERNOR.EXCESS"
    desk.hear(ExecType.TRADE_CORRECT, "C2", exec_ref_id="2", cum_qty=lots(25), leaves_qty=Qty(0))
    desk.governor.told(report(ExecType.TRADE_CORRECT, cum_qty=lots(75), leaves_qty=lots(25)))
    assert desk.out() == 85
    desk.hear(ExecType.CANCELED, "C1", cum_qty=lots(50), leaves_qty=Qty(0))
    assert desk.out() == 75
    desk.governor.told(report(ExecType.TRADE_CANCEL, order_qty=lots(500), leaves_qty=Qty(0)))
    assert desk.send(26) == "GOVERNOR.EXCESS"
    assert desk.send(25) is None


def test_a_second_fill_of_a_forgotten_child_is_taken_back_like_the_first() -> None:
    """R-6.4: and what is filled since then counts as usual."""
    desk = Desk()
    desk.send(100)
    desk.governor.told(report(ExecType.TRADE, ord_status=OrdStatus.FILLED, leaves_qty=Qty(0)))
    for reference, cum, on_book in (("1", 70, 0), ("2", 30, 20)):
        taken_back = {"exec_ref_id": reference, "cum_qty": lots(cum), "leaves_qty": lots(on_book)}
        desk.hear(ExecType.TRADE_CANCEL, "C1", **taken_back)
        desk.governor.told(report(ExecType.TRADE_CANCEL, cum_qty=lots(cum), leaves_qty=lots(100 - cum)))
        assert desk.out() == cum + on_book
    desk.trade("C1", 15, "3")
    assert desk.out() == 50
    desk.hear(ExecType.TRADE_CANCEL, "C1", exec_ref_id="3", cum_qty=lots(30), leaves_qty=lots(5))
    assert desk.out() == 35
    assert (desk.send(66), desk.send(65)) == ("GOVERNOR.EXCESS", None)


def test_a_forgotten_child_whose_bust_came_out_of_order_ends_when_the_venue_says_so() -> None:
    """R-6.4: its CumQty(14) was that of before a fill which came first; what ends then is not out any more."""
    desk = Desk()
    desk.send(100)
    desk.governor.told(report(ExecType.TRADE, ord_status=OrdStatus.FILLED, leaves_qty=Qty(0)))
    desk.hear(ExecType.TRADE_CANCEL, "C1", exec_ref_id="1", cum_qty=lots(55), leaves_qty=lots(20))
    desk.governor.told(report(ExecType.TRADE_CANCEL, cum_qty=lots(75), leaves_qty=lots(25)))
    assert desk.out() == 95
    filled = {"ord_status": OrdStatus.FILLED, "exec_id": "0", "cum_qty": lots(75), "leaves_qty": Qty(0)}
    desk.hear(ExecType.ORDER_STATUS, "C1", **filled)
    assert desk.out() == 75
    desk.hear(ExecType.TRADE_CANCEL, "C1", exec_ref_id="2", cum_qty=lots(70), leaves_qty=lots(5))
    desk.governor.told(report(ExecType.TRADE_CANCEL, cum_qty=lots(70), leaves_qty=lots(30)))
    assert desk.out() == 70
    assert (desk.send(31), desk.send(30)) == ("GOVERNOR.EXCESS", None)


@pytest.mark.parametrize("exec_type", [ExecType.CANCELED, ExecType.EXPIRED, ExecType.REJECTED, ExecType.DONE_FOR_DAY])
def test_nothing_leaves_for_an_order_that_is_over(exec_type: ExecType) -> None:
    """R-6.3 (I7): nor for one that nobody was told of."""
    desk = Desk()
    assert desk.send(1, parent="OTHER") == "GOVERNOR.PARENT"
    desk.governor.told(report(exec_type))
    assert desk.send(1) is None  # a report that refuses something else, or the end of one of several days
    desk.governor.told(report(exec_type, leaves_qty=Qty(0)))
    assert desk.send(1) == "GOVERNOR.PARENT"


def test_a_filled_order_is_over_and_forgotten() -> None:
    desk = Desk()
    desk.send(100)
    desk.trade("C1", 100, "1")
    desk.governor.told(report(ExecType.TRADE, ord_status=OrdStatus.FILLED, leaves_qty=Qty(0)))
    assert desk.send(1) == "GOVERNOR.PARENT"
    assert not any(desk.governor._sent.values()) and not desk.governor._parents


def test_a_replaced_quantity_is_what_counts() -> None:
    """Up and down; of an order that was filled before it was replaced, with what it had."""
    desk = Desk()
    desk.send(100)
    desk.governor.told(report(ExecType.REPLACED, order_qty=lots(150)))
    assert desk.send(51) == "GOVERNOR.EXCESS"
    assert desk.send(20) is None
    desk.governor.told(report(ExecType.REPLACED, order_qty=lots(120)))
    assert desk.send(1) == "GOVERNOR.EXCESS"
    desk.governor.told(report(ExecType.TRADE, ord_status=OrdStatus.FILLED, leaves_qty=Qty(0)))
    desk.governor.told(report(ExecType.REPLACED, order_qty=lots(200), cum_qty=lots(120)))
    assert desk.send(81) == "GOVERNOR.EXCESS"
    assert desk.send(80) is None


def test_the_same_id_leaves_once() -> None:
    desk = Desk()
    assert desk.send(1, name="C") is None
    assert desk.send(1, name="C") == "GOVERNOR.TWICE"


def test_an_order_of_nothing_does_not_leave() -> None:
    assert Desk().send(0) == "GOVERNOR.EXCESS"


def test_what_is_said_of_others_children_changes_nothing() -> None:
    desk = Desk()
    desk.send(100)
    desk.governor.heard("BATE", report(ExecType.CANCELED, cl_ord_id="C1"))
    desk.hear(ExecType.CANCELED, "OTHER")
    assert desk.out() == 100
