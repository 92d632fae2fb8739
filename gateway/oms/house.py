"""What the house's own fields tell a client of an order that an algo works; fixspecs/orders.md, chapter 21."""

from gateway.model import Ns, print_scaled
from gateway.oms.order import ParentOrder

_FULL = 10_000  # basis points


def release_id(parent: ParentOrder) -> str:
    """Of its last release: ExplainId(9006) to the client, ClOrdLinkID(583) of the children to venues."""
    return f"{parent.order_id}-W{parent.slices}"


def told(parent: ParentOrder, now: Ns) -> str:
    """AlgoState(9002), ScheduleDevBps(9003), BenchmarkPx(9005) and ExplainId(9006) as they stand on the wire."""
    plan = parent.plan
    if plan is None or not parent.accepted:
        return ""
    state = _state(parent, now)
    fields = f"9002={state}\x01"
    if state == "WORKING" and plan.algo.has_steps and (deviation := _deviation(parent)) is not None:
        fields += f"9003={deviation}\x01"
    if plan.arrival:
        fields += f"9005={print_scaled(plan.arrival)}\x01"
    return f"{fields}9006={release_id(parent)}\x01" if parent.slices else fields


def _state(parent: ParentOrder, now: Ns) -> str:
    if not parent.open:
        return "DONE"
    if parent.halted:
        return "HALTED"
    if parent.paused:
        return "PAUSED"
    return "WORKING" if parent.works(now) else "SCHEDULED"


def _deviation(parent: ParentOrder) -> int | None:
    """By how much more is filled than was due when its algo was asked last, rounded down; None: it was not asked."""
    planned, progress = parent.order_qty - parent.base_qty, parent.progress
    if progress is not None:
        due = int(progress.due)
    elif parent.sent and parent.cum_qty + parent.reserved >= parent.order_qty:
        due = planned
    else:
        return None
    return (parent.cum_qty - parent.base_qty - due) * _FULL // planned
