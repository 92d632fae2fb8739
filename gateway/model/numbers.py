"""Price, quantity and time as integers, read by one strict rule and printed exactly.

Wire text is `str` in latin-1, one character a byte. A number is digits with at most one dot and eight decimals,
nothing else: no exponent, no sign where the field has none, no underscore, no digits of other scripts.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, NewType, TypeVar

Px = NewType("Px", int)  # price in 1e-8 of the currency unit
Qty = NewType("Qty", int)  # quantity in 1e-8 of a share
Ns = NewType("Ns", int)  # UTC, nanoseconds since 1970

SCALE = 100_000_000
SECOND = 1_000_000_000  # in Ns
MILLISECOND = 1_000_000

# 12 digits before the dot hold any real price or size; the bound keeps every later product small.
_NUMBER = re.compile(r"(-?)([0-9]{1,12})(?:\.([0-9]{0,8}))?")
_TIMESTAMP = re.compile(r"([0-9]{8}-[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{3}|[0-9]{6}|[0-9]{9}))?")
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BOUND = 200_000  # entries a memo may hold; it is emptied when full, so that hostile prices cannot fill memory

_Known = TypeVar("_Known")
_Found = TypeVar("_Found")


def _scaled(text: str) -> int:
    """The number, negative allowed. Raises ValueError."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise ValueError(f"'{text[:32]}' is not a number of at most 12 digits and 8 decimals")
    sign, whole, decimals = found.groups()
    value = int(whole) * SCALE + int((decimals or "").ljust(8, "0"))
    return -value if sign else value


class _Memo(dict[_Known, _Found]):
    """What was found once. Its look-up is called by itself: a function around it would take longer than that does."""

    def __init__(self, find: Callable[[_Known], _Found]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, known: _Known) -> _Found:
        found = self._find(known)
        if len(self) >= _BOUND:
            self.clear()
        self[known] = found
        return found


def _px(text: str) -> Px:
    return Px(_scaled(text))


def _qty(text: str) -> Qty:
    value = Qty(_scaled(text))
    if text[0] == "-":
        raise ValueError(f"'{text[:32]}' is negative")
    return value


def _print(value: int) -> str:
    whole, rest = divmod(abs(value), SCALE)
    text = f"{whole}.{rest:08}".rstrip("0").rstrip(".")
    return "-" + text if value < 0 else text


_prices, _quantities, _printed = _Memo(_px), _Memo(_qty), _Memo(_print)

# A FIX price, negative allowed (spreads). Raises ValueError beyond 8 decimals: rounding a price is a decision.
parse_px: Final[Callable[[str], Px]] = _prices.__getitem__
# A FIX quantity, zero or more. Raises ValueError on a sign or beyond 8 decimals.
parse_qty: Final[Callable[[str], Qty]] = _quantities.__getitem__
# The shortest decimal text of a Px or Qty; `parse_px(print_scaled(x)) == x`.
print_scaled: Final[Callable[[int], str]] = _printed.__getitem__

_seconds: dict[str, int] = {}  # 'YYYYMMDD-HH:MM:SS' -> Ns; a handful live at any time
_instants: dict[str, Ns] = {}  # whole texts: the messages of one millisecond share theirs


def parse_timestamp(text: str) -> Ns:
    """UTCTimestamp with seconds, milli-, micro- or nanoseconds. Raises ValueError.

    A leap second (:60) is the first instant of the next minute, as UTC clocks that step do.
    """
    instant = _instants.get(text)
    if instant is not None:
        return instant
    milliseconds = text[18:]
    if len(text) == 21 and text[17] == "." and milliseconds.isascii() and milliseconds.isdecimal():
        seconds = _seconds.get(text[:17])  # The usual ones, without the pattern.
        if seconds is not None:
            if len(_instants) >= 1024:
                _instants.clear()
            instant = _instants[text] = Ns(seconds + int(milliseconds) * MILLISECOND)
            return instant
    found = _TIMESTAMP.fullmatch(text)
    if found is None:
        raise ValueError(f"'{text[:32]}' is not a UTC timestamp YYYYMMDD-HH:MM:SS[.sss]")
    head, fraction = found.groups()
    seconds = _seconds.get(head)
    if seconds is None:
        leap = head.endswith(":60")
        moment = datetime.strptime(head[:-2] + "59" if leap else head, "%Y%m%d-%H:%M:%S").replace(tzinfo=UTC)
        seconds = (int(moment.timestamp()) + leap) * SECOND
        if len(_seconds) >= 1024:
            _seconds.clear()
        _seconds[head] = seconds
    if len(_instants) >= 1024:
        _instants.clear()
    instant = _instants[text] = Ns(seconds + int((fraction or "").ljust(9, "0")))
    return instant


_clock: dict[int, str] = {}  # the last few milliseconds' texts: the messages of each share theirs
_heads: dict[int, str] = {}  # and those of seconds: a busy one has many instants
_LAST_SECOND = 253_402_300_799  # of the year 9999; the leap second behind it can be read


def print_timestamp(at: Ns) -> str:
    """UTCTimestamp with milliseconds: 'YYYYMMDD-HH:MM:SS.sss'."""
    milliseconds = at // MILLISECOND
    text = _clock.get(milliseconds)
    if text is None:
        seconds, part = divmod(milliseconds, 1000)
        head = _heads.get(seconds)
        if head is None:
            moment = datetime.fromtimestamp(min(seconds, _LAST_SECOND), UTC)
            if len(_heads) >= 64:
                _heads.clear()
            head = _heads[seconds] = f"{moment.year:04}{moment:%m%d-%H:%M:%S}"
        text = f"{head}.{part:03}"
        if len(_clock) >= 64:
            _clock.clear()
        _clock[milliseconds] = text
    return text


def average_px(notional: int, quantity: int) -> Px:
    """AvgPx(6) from the integer sum of price times quantity (1e-16 units), to the nearest 1e-8, halves up."""
    return Px((2 * notional + quantity) // (2 * quantity)) if quantity else Px(0)


def print_base36(number: int) -> str:
    """A number that is not negative, in digits and capital letters."""
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"
