"""What a tape of our own has in it."""

from enum import StrEnum


class Written(StrEnum):
    QUOTES = "quotes"
    TRADES = "trades"
