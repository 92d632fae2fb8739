"""An algo is asked, and what it answers has to be an answer: its fault costs its own order, never the gateway.

Algos come from other packages too. One that raises would raise again whenever the journal is read, so that the gateway
could not start any more. What is told of it is the kind of the fault alone: a text may differ from run to run.
"""

from typing import Final

from gateway.model import Algo, Decision, Market, Ns, Parent
from gateway.oms.plan import Refused

# What a calculation can go wrong by. That memory is used up is the whole process's matter.
_FAULTS: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)


def ask(algo: Algo, parent: Parent, market: Market, now: Ns) -> Decision:
    """Raises Refused, with ALGO.FAULT, where it raises or answers what means nothing."""
    try:
        decision = algo.decide(parent, market, now)
        wrong = _wrong(decision, now)
    except _FAULTS as fault:
        raise _fault(algo, f"raises {type(fault).__name__}") from fault
    if wrong:
        raise _fault(algo, wrong)
    return decision


def _fault(algo: Algo, what: str) -> Refused:
    return Refused(f"ALGO.FAULT {type(algo).__name__} {what}")


def _wrong(decision: Decision, now: Ns) -> str:
    due, limit, wake_at = decision.due, decision.limit, decision.wake_at
    if type(due) is not int or due < 0:
        return "answers a due that is no quantity"
    if limit is not None and type(limit) is not int:
        return "answers a limit that is no price"
    if wake_at is not None and (type(wake_at) is not int or wake_at <= now):
        return "asks to be woken when that is past"
    return ""
