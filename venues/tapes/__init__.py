"""Recorded markets: readers of tapes, and the participants who show them."""
