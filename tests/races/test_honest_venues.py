"""Orders against venues that tell the truth, but late, twice and out of order; the oracle is what truly happened there."""

from dataclasses import dataclass, field
from typing import Any, Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from gateway.model import (
    CancelReject,
    CxlRejReason,
    CxlRejResponseTo,
    ExecType,
    ExecutionReport,
    OrdStatus,
    Px,
    Qty,
    Side,
)
from tests.races.ledger import ENDS, Sent, Whole
from tests.races.machine import CENT, PICK, SHARE, Trading

_HELD: Final = {
    ExecType.SUSPENDED: OrdStatus.SUSPENDED,
    ExecType.STOPPED: OrdStatus.STOPPED,
    ExecType.CALCULATED: OrdStatus.CALCULATED,
}
_ENDED: Final = {
    ExecType.CANCELED: OrdStatus.CANCELED,
    ExecType.EXPIRED: OrdStatus.EXPIRED,
    ExecType.DONE_FOR_DAY: OrdStatus.DONE_FOR_DAY,
    ExecType.REJECTED: OrdStatus.REJECTED,
}


@dataclass(eq=False)
class Truth:
    """A child at its venue."""

    child: Sent
    qty: int
    fills: dict[str, tuple[int, int]] = field(default_factory=dict)
    end: OrdStatus | None = None
    traded: bool = False  # at any time; what has traded is not rejected any more
    reopened_by: str | None = None  # ExecID of a bust that opened it again, until that is told

    @property
    def cum(self) -> int:
        return sum(qty for qty, _ in self.fills.values())

    @property
    def leaves(self) -> int:
        return self.qty - self.cum if self.end is None else 0

    @property
    def status(self) -> OrdStatus:
        if self.end is not None:
            return self.end
        if self.cum == self.qty:
            return OrdStatus.FILLED
        return OrdStatus.PARTIALLY_FILLED if self.cum else OrdStatus.NEW


class Honest(Trading):
    def __init__(self) -> None:
        self.truths: dict[tuple[str, str], Truth] = {}
        self.outbox: list[tuple[Sent, ExecutionReport | CancelReject]] = []  # as the venues said it
        self.told: list[tuple[Sent, ExecutionReport]] = []
        self.unanswered = [0, 0]  # cancels and questions answered so far
        super().__init__()

    def truth(self, child: Sent) -> Truth:
        return self.truths.setdefault((child.venue, child.order.cl_ord_id), Truth(child, child.order.order_qty))

    def some_truth(self, pick: int) -> Truth:
        truths = [self.truth(child) for child in self.watch.sent.values()]
        opened = [truth for truth in truths if truth.leaves]
        among = opened if opened and pick % 9 != 3 else truths
        return among[-1 - pick % len(among)]

    def say(self, truth: Truth, kind: ExecType, **given: Any) -> None:
        order = truth.child.order
        fields: dict[str, Any] = {
            "order_id": f"V-{order.cl_ord_id}",
            "exec_id": self.next_id(),
            "exec_type": kind,
            "ord_status": truth.status,
            "cl_ord_id": order.cl_ord_id,
            "symbol": order.symbol,
            "side": order.side,
            "order_qty": Qty(truth.qty),
            "leaves_qty": Qty(truth.leaves),
            "cum_qty": Qty(truth.cum),
            "avg_px": Px(0),
        }
        self.outbox.append((truth.child, ExecutionReport(**(fields | given))))

    # -- what happens at venues

    @precondition(lambda self: self.watch.sent)
    @rule(pick=PICK, part=st.integers(1, 3), better=st.integers(0, 3))
    def fills(self, pick: int, part: int, better: int) -> None:
        truth = self.some_truth(pick)
        if truth.leaves:
            assert truth.child.order.price is not None
            qty = max(truth.leaves // SHARE // part, 1) * SHARE
            price = truth.child.order.price + (-better if truth.child.order.side is Side.BUY else better) * CENT
            exec_id = self.next_id()
            truth.fills[exec_id], truth.traded = (qty, price), True
            self.say(truth, ExecType.TRADE, exec_id=exec_id, last_qty=Qty(qty), last_px=Px(price))

    @precondition(lambda self: self.watch.sent)
    @rule(pick=PICK, kind=st.sampled_from(ENDS))
    def ends(self, pick: int, kind: ExecType) -> None:
        """Unsolicited."""
        self.end(self.some_truth(pick), kind)

    def end(self, truth: Truth, kind: ExecType, **ids: str) -> None:
        if truth.leaves and not (kind is ExecType.REJECTED and truth.traded):
            truth.end = _ENDED[kind]
            self.say(truth, kind, **ids)

    @precondition(lambda self: len(self.watch.cancels) > self.unanswered[0])
    @rule(refuses=st.sampled_from((False, False, False, True)))
    def answers_a_cancel(self, refuses: bool) -> None:
        venue, request = self.watch.cancels[self.unanswered[0]]
        self.unanswered[0] += 1
        truth = self.truth(self.watch.sent[venue, request.orig_cl_ord_id])
        if truth.leaves and not refuses:
            self.end(truth, ExecType.CANCELED, cl_ord_id=request.cl_ord_id, orig_cl_ord_id=request.orig_cl_ord_id)
            return
        reject = CancelReject(
            order_id="V",
            cl_ord_id=request.cl_ord_id,
            orig_cl_ord_id=request.orig_cl_ord_id,
            ord_status=truth.status,
            response_to=CxlRejResponseTo.CANCEL,
            reason=CxlRejReason.BROKER if truth.leaves else CxlRejReason.TOO_LATE,
            text="no",
        )
        self.outbox.append((truth.child, reject))

    @precondition(lambda self: len(self.watch.questions) > self.unanswered[1])
    @rule()
    def answers_a_question(self) -> None:
        venue, request = self.watch.questions[self.unanswered[1]]
        self.unanswered[1] += 1
        self.say(self.truth(self.watch.sent[venue, request.cl_ord_id]), ExecType.ORDER_STATUS, exec_id="0")

    @precondition(lambda self: any(truth.fills for truth in self.truths.values()))
    @rule(pick=PICK, keep=st.integers(0, 3), reopens=st.booleans())
    def takes_back(self, pick: int, keep: int, reopens: bool) -> None:
        """A bust, or a correction downwards; what was filled may be on the book again."""
        filled = [truth for truth in self.truths.values() if truth.fills]
        truth = filled[pick % len(filled)]
        target = list(truth.fills)[-1 - pick % len(truth.fills)]
        was, price = truth.fills.pop(target)
        exec_id, left = self.next_id(), was * keep // 4 // SHARE * SHARE
        what: dict[str, Any] = {"exec_id": exec_id, "exec_ref_id": target}
        if left:
            truth.fills[exec_id] = (left, price)
            what |= {"last_qty": Qty(left), "last_px": Px(price)}
        if truth.end is None and truth.cum + was - left == truth.qty and reopens:
            truth.reopened_by = exec_id
        if not reopens:
            truth.qty -= was - left
        self.say(truth, ExecType.TRADE_CORRECT if left else ExecType.TRADE_CANCEL, **what)

    @precondition(lambda self: self.watch.sent)
    @rule(pick=PICK, part=st.integers(0, 3))
    def declines_a_part(self, pick: int, part: int) -> None:
        truth = self.some_truth(pick)
        if truth.leaves:
            truth.qty = truth.cum + truth.leaves * part // 4 // SHARE * SHARE
            self.say(truth, ExecType.RESTATED)

    @precondition(lambda self: self.watch.sent)
    @rule(pick=PICK, kind=st.sampled_from((ExecType.NEW, ExecType.PENDING_NEW, ExecType.RESTATED, *_HELD)))
    def says_a_word(self, pick: int, kind: ExecType) -> None:
        truth = self.some_truth(pick)
        if truth.leaves:
            self.say(truth, kind, ord_status=_HELD.get(kind, truth.status))

    # -- what the gateway hears of it

    @precondition(lambda self: self.outbox)
    @rule(ahead=st.sampled_from((0, 0, 0, 0, 1, 2, 5)), twice=st.sampled_from((False, False, False, True)))
    def delivers(self, ahead: int, twice: bool) -> None:
        """V4: mostly in order. What takes an execution back does not overtake it."""
        heard = {report.exec_id for _, report in self.told}
        for child, report in self.outbox[min(ahead, len(self.outbox) - 1) :]:
            reference = report.exec_ref_id if isinstance(report, ExecutionReport) else None
            if reference is None or reference in heard:
                self.outbox.remove((child, report))
                self.deliver(child, report)
                if twice:
                    self.deliver(child, report)
                return

    def deliver(self, child: Sent, report: ExecutionReport | CancelReject) -> None:
        if isinstance(report, CancelReject):
            self.tell("cancel_reject", child.venue, report)
            return
        truth = self.truth(child)
        if report.exec_id == truth.reopened_by:
            truth.reopened_by = None
        self.told.append((child, report))
        self.report(child, report)

    @precondition(lambda self: self.outbox)
    @rule()
    def delivers_all(self) -> None:
        while self.outbox:
            self.deliver(*self.outbox.pop(0))

    @precondition(lambda self: self.told)
    @rule(pick=PICK)
    def delivers_again(self, pick: int) -> None:
        """V2: long after."""
        self.deliver(*self.told[pick % len(self.told)])

    # -- what must hold of the truth

    @invariant()
    def nothing_beyond_the_order_is_filled_or_out(self) -> None:
        """I2, I8: by what the venues know."""
        for whole in self.watch.wholes.values():
            truths = [self.truth(child) for child in whole.children]
            assert whole.last is not None
            most = whole.last.order_qty
            assert sum(truth.cum + truth.leaves for truth in truths) <= most, "I2"
            if whole.ended:
                assert not any(truth.leaves and truth.reopened_by is None for truth in truths) or self.was_reopened(
                    whole
                ), "I8: told of an end while a child can be filled"

    def was_reopened(self, whole: Whole) -> bool:
        """A bust after the end put something on a book again."""
        return any(report.exec_ref_id for child, report in self.told if child in whole.children)

    def teardown(self) -> None:
        """I6, I10: with everything said and heard, all agree on what happened."""
        if not self.whole:
            return
        self.command("stop")
        for _ in range(100):
            self.delivers_all_now()
            while len(self.watch.cancels) > self.unanswered[0]:
                self.answers_a_cancel(refuses=False)
            while len(self.watch.questions) > self.unanswered[1]:
                self.answers_a_question()
            for child in list(self.watch.sent.values()):
                self.end(self.truth(child), ExecType.CANCELED)
            if not self.outbox:
                break
        for whole in self.watch.wholes.values():
            assert whole.last is not None
            assert whole.last.cum_qty == sum(self.truth(child).cum for child in whole.children), "I1"
        assert not any(child.live for child in self.watch.sent.values()), "reserved for ever"
        self.watch.all_agrees()
        self.watch.everything_was_answered()
        if self.starts < 3:
            self.restarts()

    def delivers_all_now(self) -> None:
        while self.outbox:
            self.deliver(*self.outbox.pop(0))


TestHonestVenues = Honest.TestCase
TestHonestVenues.settings = settings(max_examples=1_000, stateful_step_count=50)
