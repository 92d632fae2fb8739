"""Children that their venue leaves unanswered, apart from what the conversations of P9 tell."""

from typing import Any

from gateway.model import SECOND, NewOrder, Ns, OrdType, Px, Qty, Side, VenueSettings
from gateway.oms.order import Child, ParentOrder
from gateway.oms.overdue import BACK, FIRST, Overdue, Word
from tests.conftest import SETTINGS

PARENT = ParentOrder(
    order_id="G-1",
    client="CLIENT",
    order=NewOrder(cl_ord_id="C", symbol="ACME", side=Side.BUY, order_qty=Qty(9), ord_type=OrdType.MARKET),
)


class Ears:
    """A Wire that remembers its timers, and what was asked."""

    def __init__(self, word: Word) -> None:
        self.timers: list[tuple[int, str]] = []
        self.asked: list[str] = []
        self.missed: list[str] = []
        self.code = word.code
        self.overdue = Overdue(
            self,  # type: ignore[arg-type]
            word,
            lambda child, _now: self.missed.append(child.cl_ord_id),
            lambda child: self.asked.append(child.cl_ord_id),
        )

    def wake(self, at: Ns, what: str) -> None:
        self.timers.append((at, what))

    def note(self, kind: str, fact: Any) -> None:
        assert (kind, fact.code) == ("alert", self.code)


def patience(seconds: int) -> list[VenueSettings]:
    return [VenueSettings(name="XLON", session=SETTINGS.venues[0].session, ack_timeout_s=seconds)]


def child(name: str) -> Child:
    return Child(cl_ord_id=name, parent=PARENT, venue="XLON", qty=Qty(1), price=Px(1), may_rest=False)


def test_a_restart_with_other_patience_counts_from_when_the_child_left() -> None:
    """The timer from before comes too early for it, and is set anew."""
    ears = Ears(FIRST)
    ears.overdue.configure(patience(5))
    ears.overdue.wait(child("A"), Ns(0))
    ears.overdue.configure(patience(8))
    ears.overdue.turn("?XLON", Ns(5 * SECOND))
    assert (ears.asked, ears.timers) == ([], [(5 * SECOND, "?XLON"), (8 * SECOND, "?XLON")])
    ears.overdue.turn("?XLON", Ns(8 * SECOND))
    assert ears.asked == ears.missed == ["A"]


def test_a_venue_that_has_all_the_time_after_a_restart_is_not_asked() -> None:
    """Nor is it ever after, until a child leaves that it has to answer in time."""
    ears = Ears(FIRST)
    ears.overdue.configure(patience(5))
    ears.overdue.wait(child("A"), Ns(0))
    ears.overdue.configure(patience(0))
    ears.overdue.wait(child("B"), Ns(SECOND))
    ears.overdue.turn("?XLON", Ns(5 * SECOND))
    ears.overdue.configure(patience(5))
    ears.overdue.wait(child("C"), Ns(6 * SECOND))
    assert (ears.asked, ears.timers) == ([], [(5 * SECOND, "?XLON"), (11 * SECOND, "?XLON")])


def test_children_that_were_answered_are_not_kept_for_the_timer() -> None:
    """However many leave within its time, and one timer is set for them all."""
    ears = Ears(FIRST)
    ears.overdue.configure(patience(5))
    for number in range(1000):
        sent = child(f"A{number}")
        ears.overdue.wait(sent, Ns(number))
        assert len(ears.overdue._waiting["XLON"]) == 1
        sent.heard = True
    ears.overdue.turn("?XLON", Ns(5 * SECOND))
    assert ears.asked == [] and ears.timers == [(5 * SECOND, "?XLON")]


def recalled(name: str, cancels: int = 1) -> Child:
    found = child(name)
    found.cancels, found.canceling = cancels, True
    return found


def test_a_child_is_waited_for_since_its_last_cancel() -> None:
    """A later one counts anew, a child that is back is not asked about, and patience may change between two runs."""
    ears = Ears(BACK)
    ears.overdue.configure(patience(5))
    first, back = recalled("A"), recalled("B")
    ears.overdue.wait(first, Ns(0))
    ears.overdue.wait(back, Ns(0))
    back.done = True
    first.cancels = 2
    ears.overdue.wait(first, Ns(SECOND))
    assert len(ears.overdue._waiting["XLON"]) == 1
    ears.overdue.configure(patience(8))
    for second in (5, 9):
        ears.overdue.turn("!XLON", Ns(second * SECOND))
    assert (ears.asked, ears.timers) == (["A"], [(5 * SECOND, "!XLON"), (9 * SECOND, "!XLON")])
    assert ears.missed == ["A"]
    ears.overdue.wait(first, Ns(10 * SECOND))
    ears.overdue.configure(patience(0))
    ears.overdue.wait(first, Ns(10 * SECOND))
    ears.overdue.turn("!XLON", Ns(18 * SECOND))
    assert ears.asked == ["A"]
