"""Pre-trade and continuous checks, limits and the kill switch. What is not known or not configured is refused."""

from gateway.risk.checks import reached, worth
from gateway.risk.edge import Edge
from gateway.risk.governor import Governor
from gateway.risk.guard import Guard
from gateway.risk.limits import scope_of
from gateway.risk.operating import COMMANDS, operate
from gateway.risk.switch import HALTED

__all__ = ["COMMANDS", "HALTED", "Edge", "Governor", "Guard", "operate", "reached", "scope_of", "worth"]
