"""A FIX 4.4 execution gateway."""

__version__ = "0.1.0"
