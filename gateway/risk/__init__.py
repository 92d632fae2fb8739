"""Pre-trade checks. What is not known or not configured is refused."""

from gateway.risk.checks import Risk

__all__ = ["Risk"]
