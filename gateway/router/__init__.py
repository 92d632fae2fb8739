"""Splits what is released over venues."""

from gateway.router.costs import Rates, counted, route
from gateway.router.price_time import Candidate, Split, split, within_one
from gateway.router.reasons import BEST_PRICE, reason

__all__ = ["BEST_PRICE", "Candidate", "Rates", "Split", "counted", "reason", "route", "split", "within_one"]
