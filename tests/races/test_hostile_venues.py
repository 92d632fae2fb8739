"""Orders against venues that say anything at all, in any order."""

from typing import Any, Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

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
from tests.races.ledger import ENDS, Sent
from tests.races.machine import CENT, PICK, SHARE, Trading

_STATUS: Final = {
    ExecType.CANCELED: OrdStatus.CANCELED,
    ExecType.EXPIRED: OrdStatus.EXPIRED,
    ExecType.DONE_FOR_DAY: OrdStatus.DONE_FOR_DAY,
    ExecType.REJECTED: OrdStatus.REJECTED,
    ExecType.SUSPENDED: OrdStatus.SUSPENDED,
    ExecType.STOPPED: OrdStatus.STOPPED,
    ExecType.CALCULATED: OrdStatus.CALCULATED,
}
TWISTS: Final = (
    *("", "", "", "", "", ""),
    *("cum+", "cum-", "leaves+", "leaves0", "symbol", "side", "id", "old", "older", "no qty", "no price"),
)


class Hostile(Trading):
    """What a venue says is mostly what it could say, and at times twisted in one place."""

    def say(self, child: Sent, kind: ExecType, twist: str = "", **given: Any) -> None:
        order, cum = child.order, given.pop("cum", child.cum)
        leaves = 0 if kind in ENDS else max(child.qty - cum, 0) if child.live else 0
        fields: dict[str, Any] = {
            "order_id": f"V-{order.cl_ord_id}",
            "exec_id": self.next_id(),
            "exec_type": kind,
            "ord_status": _STATUS.get(kind, OrdStatus.PARTIALLY_FILLED if cum else OrdStatus.NEW),
            "cl_ord_id": order.cl_ord_id,
            "symbol": order.symbol,
            "side": order.side,
            "order_qty": Qty(child.qty),
            "leaves_qty": Qty(leaves),
            "cum_qty": Qty(cum),
            "avg_px": Px(0),
            **given,
        }
        fields |= self.twisted(child, fields, twist)
        if kind in ENDS and child.cancels:
            fields |= {"orig_cl_ord_id": fields["cl_ord_id"], "cl_ord_id": child.cancels[0]}
        report = ExecutionReport(**fields)
        if twist == "id":
            self.tell("execution", child.venue, report)
        else:
            self.report(child, report)

    def twisted(self, child: Sent, fields: dict[str, Any], twist: str) -> dict[str, Any]:
        cum, known = fields["cum_qty"], list(child.said) or ["NOTHING"]
        twists: dict[str, dict[str, Any]] = {
            "cum+": {"cum_qty": Qty(cum + SHARE)},
            "cum-": {"cum_qty": Qty(max(cum - SHARE, 0))},
            "leaves+": {"leaves_qty": Qty(fields["leaves_qty"] + SHARE)},
            "leaves0": {"leaves_qty": Qty(0)},
            "symbol": {"symbol": "OTHER"},
            "side": {"side": Side.SELL_SHORT},
            "id": {"cl_ord_id": "NOBODY"},
            "old": {"exec_id": known[-1]},
            "older": {"exec_id": known[0]},
            "no qty": {"last_qty": None},
            "no price": {"last_px": None},
        }
        return twists.get(twist, {})

    def halted(self, child: Sent) -> bool:
        return bool(self.core.orders.parents[child.order.parent_order_id or ""].halted)

    @precondition(lambda self: self.watch.sent)
    @rule(
        pick=PICK,
        kind=st.sampled_from((ExecType.NEW, ExecType.PENDING_NEW, ExecType.PENDING_CANCEL, ExecType.PENDING_REPLACE,
                              ExecType.REPLACED, ExecType.STOPPED, ExecType.SUSPENDED, ExecType.CALCULATED)),
        twist=st.sampled_from(TWISTS),
    )  # fmt: skip
    def says_a_word(self, pick: int, kind: ExecType, twist: str) -> None:
        self.say(self.some_child(pick), kind, twist)

    @precondition(lambda self: self.watch.sent)
    @rule(pick=PICK, part=st.sampled_from((1, 1, 2, 3)), beyond=st.sampled_from((0, 0, 0, 0, 7)),
          better=st.integers(0, 3), twist=st.sampled_from(TWISTS))  # fmt: skip
    def fills(self, pick: int, part: int, beyond: int, better: int, twist: str) -> None:
        """V2, V3, V9: a part of what is out; something beyond it if nothing is."""
        child = self.some_child(pick)
        qty = (max(child.reserved // SHARE // part, 1) + beyond) * SHARE
        assert child.order.price is not None
        price = child.order.price + (-better if child.order.side is Side.BUY else better) * CENT
        expected, known = child.reserved, dict(child.said)
        fill: dict[str, Any] = {"last_qty": Qty(qty), "last_px": Px(price)}
        cum = child.cum + qty
        self.say(child, ExecType.TRADE, twist, cum=cum, leaves_qty=Qty(max(child.qty - cum, 0)), **fill)
        booked = len(child.said) > len(known)
        if booked and qty > expected:
            assert self.halted(child), "V3, V9"
        if twist in ("old", "older") and known and not booked and (qty, price) not in known.values():
            assert self.halted(child), "V2: another fill under a known ExecID"

    @precondition(lambda self: any(child.said for child in self.watch.sent.values()))
    @rule(pick=PICK)
    def repeats_a_fill(self, pick: int) -> None:
        """V2: the same once more changes nothing."""
        children = [child for child in self.watch.sent.values() if child.said]
        child = children[pick % len(children)]
        exec_id, (qty, price) = list(child.said.items())[-1]
        halted = self.halted(child)
        if qty:
            self.say(child, ExecType.TRADE, exec_id=exec_id, last_qty=Qty(qty), last_px=Px(price))
            assert self.halted(child) == halted, "V2"

    @precondition(lambda self: self.watch.sent)
    @rule(pick=PICK, kind=st.sampled_from(ENDS), twist=st.sampled_from(TWISTS), off=st.integers(-2, 4))
    def ends(self, pick: int, kind: ExecType, twist: str, off: int) -> None:
        """V6: also at another CumQty than that of its fills."""
        child = self.some_child(pick)
        cum = child.cum + max(off - 2, -1) * SHARE if off > 2 or off < -1 else child.cum
        if kind is not ExecType.REJECTED or not child.fills:
            self.say(child, kind, twist, cum=max(cum, 0), leaves_qty=Qty(0))

    @rule(pick=PICK)
    def delivers_a_missing_fill(self, pick: int) -> None:
        waiting = [child for child in self.watch.sent.values() if child.live and (child.ended_at or 0) > child.cum]
        if waiting:
            child = waiting[pick % len(waiting)]
            assert child.ended_at is not None and child.order.price is not None
            fill: dict[str, Any] = {"last_qty": Qty(child.ended_at - child.cum), "last_px": child.order.price}
            self.say(child, ExecType.TRADE, cum=child.ended_at, leaves_qty=Qty(0), **fill)

    @precondition(lambda self: any(child.fills for child in self.watch.sent.values()))
    @rule(pick=PICK, to=st.integers(0, 20), reopens=st.booleans(), again=st.booleans(), twist=st.sampled_from(TWISTS))
    def takes_back(self, pick: int, to: int, reopens: bool, again: bool, twist: str) -> None:
        """V5: a bust, or a correction to another quantity. What was filled may be on the book again."""
        filled = [child for child in self.watch.sent.values() if child.fills]
        child = filled[pick % len(filled)]
        target = list(child.fills)[pick % len(child.fills)]
        was, price = child.fills[target]
        cum = child.cum - was + to * SHARE
        leaves = max(child.qty - cum, 0) if reopens else max(child.qty - child.cum, 0) if child.live else 0
        what: dict[str, Any] = {"exec_id": self.next_id(), "exec_ref_id": target, "leaves_qty": Qty(leaves)}
        if to:
            what |= {"last_qty": Qty(to * SHARE), "last_px": Px(price + to % 2 * CENT)}
        kind = ExecType.TRADE_CORRECT if to else ExecType.TRADE_CANCEL
        self.say(child, kind, twist, cum=cum, **what)
        if again and not twist:
            halted = self.halted(child)
            self.say(child, kind, **what)
            assert self.halted(child) == halted, "V2: it is the same"

    @precondition(lambda self: self.watch.sent)
    @rule(pick=PICK)
    def takes_back_what_does_not_count(self, pick: int) -> None:
        child = self.some_child(pick)
        gone = [name for name in child.said if name not in child.fills] or ["NEVER"]
        self.say(child, ExecType.TRADE_CANCEL, exec_ref_id=gone[-1])
        assert self.halted(child), "V5"

    @precondition(lambda self: self.watch.sent)
    @rule(pick=PICK, qty=st.integers(0, 45), twist=st.sampled_from(TWISTS))
    def restates(self, pick: int, qty: int, twist: str) -> None:
        """E.1.d: part of it is declined, or more is worked than was asked for."""
        child = self.some_child(pick)
        wanted = max(qty * SHARE, child.cum)
        self.say(child, ExecType.RESTATED, twist, order_qty=Qty(wanted), leaves_qty=Qty(wanted - child.cum))

    @precondition(lambda self: self.watch.questions or self.watch.sent)
    @rule(pick=PICK, status=st.sampled_from((OrdStatus.NEW, OrdStatus.PARTIALLY_FILLED, OrdStatus.FILLED, OrdStatus.CANCELED,
                                             OrdStatus.EXPIRED, OrdStatus.REJECTED)), off=st.sampled_from((0, 0, 0, -1, 1, 2)))  # fmt: skip
    def tells_a_status(self, pick: int, status: OrdStatus, off: int) -> None:
        """V1: the answer to a question, or an answer that nobody asked for."""
        child = self.some_child(pick)
        if self.watch.questions and pick % 3:
            venue, request = self.watch.questions[pick % len(self.watch.questions)]
            child = self.watch.sent[venue, request.cl_ord_id]
        cum = max(child.cum + off * SHARE, 0)
        leaves = Qty(max(child.qty - cum, 0)) if status in (OrdStatus.NEW, OrdStatus.PARTIALLY_FILLED) else Qty(0)
        self.say(child, ExecType.ORDER_STATUS, exec_id="0", ord_status=status, cum=cum, leaves_qty=leaves)

    @precondition(lambda self: self.watch.cancels)
    @rule(pick=PICK, reason=st.sampled_from((CxlRejReason.TOO_LATE, CxlRejReason.UNKNOWN_ORDER, CxlRejReason.BROKER)))
    def refuses_a_cancel(self, pick: int, reason: CxlRejReason) -> None:
        """V7: not a terminal word."""
        venue, request = self.watch.cancels[-1 - pick % len(self.watch.cancels)]
        reject = CancelReject(
            order_id="V",
            cl_ord_id=request.cl_ord_id,
            orig_cl_ord_id=request.orig_cl_ord_id,
            ord_status=OrdStatus.NEW,
            response_to=CxlRejResponseTo.CANCEL,
            reason=reason,
            text="no",
        )
        self.tell("cancel_reject", venue, reject)

    def teardown(self) -> None:
        if not self.whole:
            return
        for _ in range(100):
            live = [child for child in self.watch.sent.values() if child.live]
            if not live:
                break
            for child in live:
                self.say(child, ExecType.CANCELED, leaves_qty=Qty(0))
                self.watch.all_agrees()
        else:
            raise AssertionError("children without end")
        self.watch.everything_was_answered()
        if self.starts < 3:
            self.restarts()


TestHostileVenues = Hostile.TestCase
TestHostileVenues.settings = settings(max_examples=1_000, stateful_step_count=50)
