"""What the projection reads out of a message or a note: fields as they came, numbers where they are some.

A message is cut at its separators and nothing more: whatever a counterparty sent has to end up in the record, not be
refused by it. What is no number, or none that a column can hold, is None; the raw message is kept beside it.
"""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from gateway.model import SCALE, average_px, parse_px

Fields = dict[str, str]  # tag -> value, the first of each

HEADER_FIELDS = 16  # a header has fewer, MsgType(35) to OrigSendingTime(122)

_FIELD = re.compile(r"\x01([0-9]{1,9})=([^\x01]*)")
_TYPE = re.compile(rb"\x0135=([^\x01]*)")
_INTEGERS = 1 << 63  # SQLite's are less, and at least its negative
_BOUND = 50_000  # texts a memo may hold

_scaled: dict[str | None, int | None] = {None: None}


def msg_type_of(data: bytes) -> str | None:
    """MsgType(35); None: no message."""
    found = _TYPE.search(data)
    return found[1].decode("latin-1") if found is not None else None


def fields_of(data: bytes) -> Fields:
    """First occurrence of each tag behind BeginString(8). A data field that holds the separator is cut there."""
    found = _FIELD.findall(data.decode("latin-1"))
    fields = dict(found)
    return fields if len(fields) == len(found) else dict(reversed(found))


def header_of(data: bytes) -> Fields:
    """The same of the first fields only; enough for messages of which no more is told than that they were sent."""
    return fields_of(b"\x01".join(data.split(b"\x01", HEADER_FIELDS)[:HEADER_FIELDS]))


def scaled(text: str | None) -> int | None:
    """A price or quantity in 1e-8; None where it is absent, no number or too large for a column."""
    try:
        return _scaled[text]
    except KeyError:
        pass
    assert text is not None
    try:
        value = fitting(parse_px(text))
    except ValueError:
        value = None
    if len(_scaled) >= _BOUND:
        _scaled.clear()
        _scaled[None] = None
    _scaled[text] = value
    return value


def fitting(value: int) -> int | None:
    return value if -_INTEGERS <= value < _INTEGERS else None


def valued(held: Sequence[int], last_px: int) -> dict[str, int | None]:
    """The columns of a position of quantity, cost, realised and fees: what comes in 1e-16 goes to the nearest 1e-8."""
    qty, cost, realised, fees = held
    columns = {
        "qty": qty,
        "avg_px": None if qty == 0 else average_px(-cost, -qty) if qty < 0 else average_px(cost, qty),
        "cost": average_px(cost, SCALE),
        "realised": average_px(realised, SCALE),
        "unrealised": average_px(qty * last_px - cost, SCALE),
        "fees": fees,
        "last_px": last_px,
    }
    return {name: None if value is None else fitting(value) for name, value in columns.items()}


def number(text: str | None) -> int | None:
    return int(text) if text is not None and len(text) <= 18 and text.isascii() and text.isdigit() else None


def column(value: Any) -> Any:
    """A note's value as a column: None for a number beyond SQLite's integers, JSON for lists and objects."""
    kind = type(value)
    if kind is int:
        return fitting(value)
    return msgspec.json.encode(value).decode() if kind is list or kind is dict else value


def json_object(text: str | bytes) -> dict[str, Any]:
    """Empty for anything else."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError):
        return {}
    return value if isinstance(value, dict) else {}


def venues_of(payload: str) -> set[str]:
    """Names of the venues in a Started's payload: the ports whose links are theirs."""
    config = json_object(payload).get("config")
    venues = config.get("venues") if isinstance(config, dict) else None
    if not isinstance(venues, list):
        return set()
    return {venue["name"] for venue in venues if isinstance(venue, dict) and isinstance(venue.get("name"), str)}
