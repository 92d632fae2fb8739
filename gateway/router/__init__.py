"""Splits what is released over venues."""

from gateway.router.price_time import Candidate, Split, split, within_one

__all__ = ["Candidate", "Split", "split", "within_one"]
