"""Numbers and times as people write them into CSV files, read exactly or refused."""

import re
from collections.abc import Mapping
from functools import lru_cache

from gateway.model import SECOND, Ns, Px, Qty, parse_px, parse_qty, parse_timestamp

_MEMO = 65_536
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})[T ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?(?:Z|\+00:00)?")
_SECONDS = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,9}))?")
_WHOLE = re.compile(r"[0-9]{1,20}")


@lru_cache(_MEMO)
def price(text: str) -> Px:
    """A price; zeros beyond the eighth decimal are no decimals. Raises ValueError."""
    whole, dot, decimals = text.partition(".")
    return parse_px(whole + dot + decimals[:8]) if dot and not decimals[8:].strip("0") else parse_px(text)


@lru_cache(_MEMO)
def scaled_price(text: str, decimals: int) -> Px:
    """A price as a whole number of units with so many decimals, 8 or more of them dropped only if they are zeros."""
    if _WHOLE.fullmatch(text) is None:
        raise ValueError(f"'{text[:32]}' is not a whole number")
    units, rest = divmod(int(text) * 10**8, 10**decimals)
    if rest:
        raise ValueError(f"price {text[:32]} has more than 8 decimals")
    return Px(units)


def size(text: str) -> Qty:
    """A quantity; empty is none. Raises ValueError."""
    return parse_qty(text or "0")


def instant(text: str, unit_ns: int = SECOND) -> Ns:
    """ISO 8601 in UTC, a UTCTimestamp, or a number of units since any origin. Raises ValueError."""
    if unit_ns == SECOND and (found := _SECONDS.fullmatch(text)) is not None:
        whole, fraction = found.groups()
        return Ns(int(whole) * SECOND + int((fraction or "").ljust(9, "0")))
    if _WHOLE.fullmatch(text) is not None:
        return Ns(int(text) * unit_ns)
    if (found := _ISO.fullmatch(text)) is not None:
        year, month, day, clock, fraction = found.groups()
        return Ns(parse_timestamp(f"{year}{month}{day}-{clock}") + int((fraction or "").ljust(9, "0")))
    return parse_timestamp(text)


def columns(names: list[str], wanted: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    """Where each wanted thing stands, by the first of the names it goes by."""
    at = {name: number for number, name in reversed(list(enumerate(names)))}
    return {
        thing: at[next(name for name in known if name in at)]
        for thing, known in wanted.items()
        if any(name in at for name in known)
    }
