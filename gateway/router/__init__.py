"""Splits what is released over venues."""

from gateway.router.costs import Rates, counted, route
from gateway.router.price_time import Candidate, Split, split, within_one
from gateway.router.protection import best_left, protected, worse
from gateway.router.reasons import BEST_PRICE, reason

__all__ = [
    "BEST_PRICE",
    "Candidate",
    "Rates",
    "Split",
    "best_left",
    "counted",
    "protected",
    "reason",
    "route",
    "split",
    "within_one",
    "worse",
]
