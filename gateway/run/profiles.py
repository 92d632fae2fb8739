"""Venue profiles as files: those that come with us, others, and what one says."""

from collections.abc import Iterable, Sequence
from enum import Enum
from importlib import resources
from importlib.resources.abc import Traversable
from itertools import cycle
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec
from msgspec import Struct

from gateway.model import Px, Qty, TimeInForce, print_scaled
from gateway.model.settings import Offer
from gateway.run.serve import CannotStart
from venues.faults.plan import Faults
from venues.floor.hours import VenueHours
from venues.floor.kinds import MARKET_TIMES, TIMES
from venues.floor.latency import Latency
from venues.offbook.crosses import Crosses
from venues.offbook.kinds import KEYS, VenueKind
from venues.profile import Profile

_LISTED = ("name", "kind", "mic", "currency", "tick", "lot", "round_trip_us", "maker_fee_bps", "taker_fee_bps", "about")


def read_profile(name: str) -> Profile:
    """A profile of ours by name, or one from a file. Raises CannotStart."""
    return _parse(name, _text(name))


def read_faults(path: Path) -> Faults:
    """What is to go wrong at a venue. Raises CannotStart."""
    try:
        return Faults.parse(path.read_text())
    except OSError as error:
        raise CannotStart(f"{path}: {error.strerror or error}") from None
    except ValueError as wrong:
        raise CannotStart(f"{path}: {wrong}") from None


def describe(name: str) -> dict[str, Any]:
    """What the profile says, in the words of its file, with its comment as 'about', and what follows for orders.

    Raises CannotStart.
    """
    text = _text(name)
    profile = _parse(name, text)
    said = {key: value for key, value in _said(profile).items() if profile.kind in KEYS.get(key, VenueKind)}
    return {"about": _about(text), **said, "orders": _orders(profile.offers)}


def shipped() -> list[dict[str, Any]]:
    """What each of those that come with us says, by name."""
    return [describe(file.name[:-5]) for file in _files()]


def table(profiles: Iterable[dict[str, Any]]) -> list[str]:
    """Lines with one profile each, below a line of headings."""
    rows = [_LISTED, *([_cell(profile, key) for key in _LISTED] for profile in profiles)]
    return aligned(rows)


def _cell(said: dict[str, Any], key: str) -> str:
    value = msgspec.convert(said["latency"], Latency).round_trip_us if key == "round_trip_us" else said.get(key, "")
    return str(value)


def lines(said: dict[str, Any]) -> list[str]:
    """A profile's keys and values, one a line."""
    return aligned(list(_flat(said)))


def _files() -> list[Traversable]:
    folder = resources.files("venues") / "profiles"
    return sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)


def _text(name: str) -> str:
    file = Path(name)
    try:
        if file.suffix == ".toml":
            return file.read_text()
        return (resources.files("venues") / "profiles" / f"{name.upper()}.toml").read_text()
    except (OSError, UnicodeDecodeError):
        known = ", ".join(file.name[:-5] for file in _files())
        raise CannotStart(f"there is no profile '{name}'; it is one of {known}, or a TOML file") from None


def _parse(name: str, text: str) -> Profile:
    try:
        return Profile.parse(text)
    except ValueError as wrong:
        raise CannotStart(f"profile {name}: {wrong}") from None


def _about(text: str) -> str:
    """The comment at the top of the file."""
    words = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        words.append(line[1:].strip())
    return " ".join(words)


def _said(part: Struct) -> dict[str, Any]:
    """Prices and quantities as decimals, fees in basis points, tables within as such."""
    types, said = get_type_hints(type(part)), dict[str, Any]()
    for field in part.__struct_fields__:
        value = getattr(part, field)
        if field.endswith("_fee"):
            said[f"{field}_bps"] = print_scaled(value * 10_000)
        elif field == "above":
            said[field] = print_scaled(value)
        elif field == "band_bps":
            said["band_percent"] = print_scaled(value * 1_000_000)
        elif value is not None:
            said[field] = _plain(value, types[field])
    return said


def _plain(value: Any, kind: Any) -> Any:
    if kind in (Px, Qty):
        return print_scaled(value)
    if isinstance(value, VenueHours | Crosses):
        return value.words()
    if isinstance(value, Struct):
        return _said(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        kinds = [each for each in get_args(kind) if each is not ...]
        return [_plain(each, its) for each, its in zip(value, cycle(kinds), strict=False)]
    return value


def _orders(offers: Sequence[Offer]) -> dict[str, list[str]]:
    """By kind of order that is offered: which TimeInForce(59) it may have."""
    times = {TimeInForce[offer] for offer in offers if offer in TimeInForce.__members__}
    kinds = {"MARKET": MARKET_TIMES, "LIMIT": frozenset(times)}
    kinds |= {offer.value: TIMES[offer] for offer in offers if offer in TIMES}
    return {kind: [time.name for time in TimeInForce if time in times & its] for kind, its in kinds.items()}


def _flat(said: dict[str, Any], prefix: str = "") -> Iterable[Sequence[str]]:
    for key, value in said.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        elif isinstance(value, list):
            yield f"{prefix}{key}", ", ".join(map(_in_one, value))
        else:
            yield f"{prefix}{key}", str(value)


def _in_one(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{key}={each}" for key, each in value.items())
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines with their columns under each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
