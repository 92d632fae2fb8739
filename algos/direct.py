"""No algo: everything is due at once, and the router takes what the venues show."""

from pydantic.dataclasses import dataclass

from gateway.model import Algo, Decision, Market, Ns, Parent


@dataclass(frozen=True, slots=True)
class Direct(Algo):
    def decide(self, parent: Parent, market: Market, now: Ns) -> Decision:  # noqa: ARG002
        if now < parent.start:
            return Decision(due=parent.filled, wake_at=parent.start)
        return Decision(due=parent.order_qty)
