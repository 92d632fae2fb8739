"""The configuration file: read whole, refused with every error it has, converted once to what the house works with.

Nothing is guessed: an unknown key is an error, a TOML float is an error (0.1 has no exact binary value), and a limit
that is not set stays unset, which rejects orders. Places are named as `venue[2].connect`, counted from 1.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from gateway.model import Instrument, Limits, Px, Qty, Settings, VenueSettings, parse_px, parse_qty, print_scaled

Address = tuple[str, int]  # host, port
Durability = Literal["disk", "process"]

MAX_FILE = 1 << 20  # bytes; a thousand instruments take a tenth of it

_ID = re.compile(r"[!-<>-~]{1,64}")  # what a CompID or a symbol may be made of: printable, no blank, no '='
_ADDRESS = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.-]{1,253}):([0-9]{1,5})")
_CLOSE = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?")
_TOML_PLACE = re.compile(r"^(.*) \(at line (\d+), column (\d+)\)$", re.DOTALL)


class ConfigError(Exception):
    """A file that cannot be used; `errors` has one line for each thing that is wrong in it."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    settings: Settings
    listen: Address
    data: Path  # the folder of journal and audit
    durability: Durability
    venues: dict[str, Address]  # by VenueSettings.name


def load(path: Path) -> Config:
    """Read and convert `path`. Raises ConfigError with all that is wrong."""
    document = _read(path)
    errors = list(_contradictions(document))
    try:
        file = _File.model_validate(document)
    except ValidationError as invalid:
        errors += [_say(error) for error in invalid.errors(include_url=False)]
    if errors:
        raise ConfigError([f"{path.name}: {error}" for error in errors])
    return _convert(file, path.parent)


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as opened:
            data = opened.read(MAX_FILE + 1)
    except OSError as unreadable:
        raise ConfigError([f"{path}: cannot be read: {unreadable.strerror}"]) from None
    if len(data) > MAX_FILE:
        raise ConfigError([f"{path.name}: is larger than {MAX_FILE} bytes"])
    try:
        return tomllib.loads(data.decode())
    except UnicodeDecodeError as undecodable:
        line = data.count(b"\n", 0, undecodable.start) + 1
        raise ConfigError([f"{path.name}:{line}: is not UTF-8 text"]) from None
    except tomllib.TOMLDecodeError as broken:
        place = _TOML_PLACE.match(str(broken))
        if place is None:
            raise ConfigError([f"{path.name}: {broken}"]) from None
        what, line_no, column = place.groups()
        raise ConfigError([f"{path.name}:{line_no}:{column}: {what}"]) from None
    except RecursionError:
        raise ConfigError([f"{path.name}: is nested too deeply"]) from None


def _number_text(value: object) -> str:
    if isinstance(value, float):
        raise ValueError(f'is a TOML float, which is not exact; write it as "{value}"')
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError('must be a number, written as "0.01" or 1')
    return str(value)


def _px(value: object) -> Px:
    return parse_px(_number_text(value))


def _qty(value: object) -> Qty:
    return parse_qty(_number_text(value))


def _positive_px(value: object) -> Px:
    px = _px(value)
    if px <= 0:
        raise ValueError("must be greater than 0")
    return px


def _positive_qty(value: object) -> Qty:
    qty = _qty(value)
    if qty == 0:
        raise ValueError("must be greater than 0")
    return qty


def _identifier(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be text in quotes")
    if not _ID.fullmatch(value):
        raise ValueError("must be 1 to 64 printable ASCII characters without blanks and '='")
    return value


def address(value: object) -> Address:
    found = _ADDRESS.fullmatch(value) if isinstance(value, str) else None
    if found is None or not 0 < int(found[2]) < 65536:
        raise ValueError('must be an address as "127.0.0.1:9878"')
    return found[1].strip("[]"), int(found[2])


def _close(value: object) -> int:
    found = _CLOSE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError('must be a time of day in UTC, as "16:30"')
    hours, minutes, seconds = found.groups()
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds or 0)


_PositivePx = Annotated[Px, BeforeValidator(_positive_px)]
_PositiveQty = Annotated[Qty, BeforeValidator(_positive_qty)]
_Notional = Annotated[int, BeforeValidator(_positive_qty)]
_Id = Annotated[str, BeforeValidator(_identifier)]
_Address = Annotated[Address, BeforeValidator(address)]


class _Table(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class _Gateway(_Table):
    comp_id: _Id
    listen: _Address = ("127.0.0.1", 9878)
    data: str = Field(default="gateway-data", min_length=1)
    durability: Durability = "disk"
    close: Annotated[int, BeforeValidator(_close)] | None = None
    seed: int = 1


class _Client(_Table):
    comp_id: _Id


class _Venue(_Table):
    name: _Id
    connect: _Address
    sender_comp_id: _Id | None = None
    target_comp_id: _Id | None = None
    heartbeat_s: int = Field(default=30, ge=1, le=3600)


class _Limits(_Table):
    max_order_qty: _PositiveQty | None = None
    max_order_notional: _Notional | None = None
    collar_bps: int | None = Field(default=None, ge=0, le=10_000)


class _Instrument(_Limits):
    symbol: _Id
    tick: _PositivePx = Px(1_000_000)
    lot: _PositiveQty = Qty(100_000_000)
    min_qty: _PositiveQty | None = None


class _File(_Table):
    gateway: _Gateway
    client: list[_Client] = []
    venue: list[_Venue] = []
    instrument: list[_Instrument] = []
    limits: _Limits = _Limits()


_MODELS: dict[str, type[BaseModel]] = {
    "": _File,
    "gateway": _Gateway,
    "client": _Client,
    "venue": _Venue,
    "limits": _Limits,
    "instrument": _Instrument,
}


def _tables(document: dict[str, Any], key: str) -> list[tuple[str, dict[str, Any]]]:
    """The well-formed tables of [[key]], with their places."""
    found = document.get(key, [])
    if not isinstance(found, list):
        return []
    return [(f"{key}[{n}]", table) for n, table in enumerate(found, 1) if isinstance(table, dict)]


def _contradictions(document: dict[str, Any]) -> Iterator[str]:
    """What no single key shows. Reads the raw document, so that a mistake elsewhere does not hide it."""
    for key, named in (("client", "comp_id"), ("venue", "name"), ("instrument", "symbol")):
        if not document.get(key):
            yield f"{key}: at least one [[{key}]] is needed"
        yield from _duplicates([(f"{place}.{named}", table.get(named)) for place, table in _tables(document, key)])

    gateway = document.get("gateway")
    gateway = gateway if isinstance(gateway, dict) else {}
    ours = gateway.get("comp_id")
    sessions = []
    for place, venue in _tables(document, "venue"):
        sender, target = venue.get("sender_comp_id", ours), venue.get("target_comp_id", venue.get("name"))
        sessions.append((place, f"session {sender}->{target}"))
        if venue.get("connect") is not None and venue.get("connect") == gateway.get("listen"):
            yield f"{place}.connect: is the address the gateway itself listens on"
    names = [venue.get("name") for _, venue in _tables(document, "venue")]
    if len(set(map(str, names))) == len(names):
        yield from _duplicates(sessions)

    for place, instrument in _tables(document, "instrument"):
        yield from _steps(place, instrument, document.get("limits"))


def _duplicates(values: Iterable[tuple[str, object]]) -> Iterator[str]:
    first: dict[str, str] = {}
    for place, value in values:
        if isinstance(value, str):
            if value in first:
                yield f'{place}: "{value}" is {first[value]} already'
            first.setdefault(value, place)


def _steps(place: str, instrument: dict[str, Any], limits: object) -> Iterator[str]:
    """Lot, minimum and maximum have to leave an order that can be sent."""
    try:
        lot = _positive_qty(instrument.get("lot", 1))
        min_qty = _positive_qty(instrument.get("min_qty", print_scaled(lot)))
        least = -(-min_qty // lot) * lot
    except ValueError:
        return  # said where it stands
    if min_qty % lot:
        yield f"{place}.min_qty: {print_scaled(min_qty)} is no multiple of lot {print_scaled(lot)}"
    for where, table in ((f"{place}.max_order_qty", instrument), ("limits.max_order_qty", limits)):
        if isinstance(table, dict) and "max_order_qty" in table:
            try:
                most = _positive_qty(table["max_order_qty"])
            except ValueError:
                return
            if most < least:
                yield f"{where}: {print_scaled(most)} is below the smallest order in {place}, {print_scaled(least)}"
            return


def _say(error: Any) -> str:
    """One of pydantic's errors in our words, with its place."""
    place, table = "", ""
    for part in error["loc"]:
        if isinstance(part, int):
            place += f"[{part + 1}]"
        else:
            table = place
            place += f".{part}" if place else str(part)
    kind, context = error["type"], error.get("ctx", {})
    match kind:
        case "missing":
            what = "is missing"
        case "extra_forbidden":
            near = get_close_matches(str(error["loc"][-1]), _MODELS[table.partition("[")[0]].model_fields, n=1)
            what = "unknown key" + (f", did you mean {near[0]}?" if near else "")
        case "value_error":
            what = str(context["error"])
        case "string_type":
            what = "must be text in quotes"
        case "int_type":
            what = "must be a whole number without quotes"
        case "literal_error":
            what = f"must be {context['expected'].replace(chr(39), chr(34))}"
        case "greater_than_equal":
            what = f"must be at least {context['ge']}"
        case "less_than_equal":
            what = f"must be at most {context['le']}"
        case "model_type" | "model_attributes_type":
            what = "must be a table"
        case "list_type":
            what = f"must be tables, each under [[{place}]]"
        case _:
            what = error["msg"][0].lower() + error["msg"][1:]
    return f"{place}: {what}"


def _convert(file: _File, folder: Path) -> Config:
    ours = file.gateway.comp_id
    return Config(
        settings=Settings(
            comp_id=ours,
            clients=tuple(client.comp_id for client in file.client),
            venues=tuple(
                VenueSettings(
                    name=venue.name,
                    sender_comp_id=venue.sender_comp_id or ours,
                    target_comp_id=venue.target_comp_id or venue.name,
                    heartbeat_s=venue.heartbeat_s,
                )
                for venue in file.venue
            ),
            instruments=tuple(
                Instrument(symbol=i.symbol, tick=i.tick, lot=i.lot, min_qty=i.lot if i.min_qty is None else i.min_qty)
                for i in file.instrument
            ),
            limits={i.symbol: _limits(i, file.limits) for i in file.instrument},
            close_s=file.gateway.close,
            seed=file.gateway.seed,
        ),
        listen=file.gateway.listen,
        data=folder / file.gateway.data,
        durability=file.gateway.durability,
        venues={venue.name: venue.connect for venue in file.venue},
    )


def _limits(own: _Limits, defaults: _Limits) -> Limits:
    return Limits(
        max_order_qty=defaults.max_order_qty if own.max_order_qty is None else own.max_order_qty,
        max_order_notional=defaults.max_order_notional if own.max_order_notional is None else own.max_order_notional,
        collar_bps=defaults.collar_bps if own.collar_bps is None else own.collar_bps,
    )
