"""TOML files as strict tables: read whole, refused with every error they have, each at its place.

Nothing is guessed: an unknown key is an error, a number in quotes is none. Places are named as `venue[2].connect`,
counted from 1.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

Address = tuple[str, int]  # host, port

MAX_FILE = 1 << 20  # bytes; a thousand instruments take a tenth of it

_ID = re.compile(r"[!-<>-~]{1,64}")  # what a CompID or a symbol may be made of: printable, no blank, no '='
_ADDRESS = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.-]{1,253}):([0-9]{1,5})")
_TIME_OF_DAY = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?")
_TOML_PLACE = re.compile(r"^(.*) \(at line (\d+), column (\d+)\)$", re.DOTALL)


class ConfigError(Exception):
    """A file that cannot be used; `errors` has one line for each thing that is wrong in it."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


class Table(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True)


File = TypeVar("File", bound=Table)


def read(path: Path) -> dict[str, Any]:
    """The document in `path`. Raises ConfigError."""
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


def validate(document: dict[str, Any], model: type[File], contradictions: Iterable[str], path: Path) -> File:
    """The document as `model`. Raises ConfigError with `contradictions` and whatever breaks the model."""
    errors = list(contradictions)
    file = None
    try:
        file = model.model_validate(document)
    except ValidationError as invalid:
        errors += [say(error, model) for error in invalid.errors(include_url=False)]
    if errors or file is None:
        raise ConfigError([f"{path.name}: {error}" for error in errors])
    return file


def tables(document: dict[str, Any], key: str) -> list[tuple[str, dict[str, Any]]]:
    """The well-formed tables of [[key]], with their places."""
    found = document.get(key, [])
    if not isinstance(found, list):
        return []
    return [(f"{key}[{n}]", table) for n, table in enumerate(found, 1) if isinstance(table, dict)]


def table(document: dict[str, Any], key: str) -> dict[str, Any]:
    """The table [key], empty where there is none."""
    found = document.get(key)
    return found if isinstance(found, dict) else {}


def duplicates(values: Iterable[tuple[str, object]]) -> Iterator[str]:
    first: dict[str, str] = {}
    for place, value in values:
        if isinstance(value, str):
            if value in first:
                yield f'{place}: "{value}" is {first[value]} already'
            first.setdefault(value, place)


def identifier(value: object) -> str:
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


def name(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be text in quotes")
    if not (0 < len(value) <= 255 and value.isprintable()):
        raise ValueError("must be 1 to 255 printable characters")
    return value


def time_of_day(value: object) -> int:
    """Seconds after midnight UTC."""
    found = _TIME_OF_DAY.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError('must be a time of day in UTC, as "16:30"')
    hours, minutes, seconds = found.groups()
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds or 0)


Id = Annotated[str, BeforeValidator(identifier)]
Name = Annotated[str, BeforeValidator(name)]  # of a file, a user, a host
TimeOfDay = Annotated[int, BeforeValidator(time_of_day)]
HostPort = Annotated[Address, BeforeValidator(address)]


def say(error: Any, model: type[BaseModel]) -> str:
    """One of pydantic's errors in our words, with its place."""
    loc = error["loc"]
    place = ""
    for part in loc:
        if isinstance(part, int):
            place += f"[{part + 1}]"
        else:
            place += f".{part}" if place else str(part)
    kind, context = error["type"], error.get("ctx", {})
    match kind:
        case "missing":
            what = "is missing"
        case "extra_forbidden":
            from difflib import get_close_matches

            near = get_close_matches(str(loc[-1]), _keys(model, loc[:-1]), n=1)
            what = "unknown key" + (f", did you mean {near[0]}?" if near else "")
        case "value_error":
            what = str(context["error"])
        case "string_type":
            what = "must be text in quotes"
        case "int_type":
            what = "must be a whole number without quotes"
        case "bool_type":
            what = "must be true or false"
        case "literal_error":
            what = f"must be {context['expected'].replace(chr(39), chr(34))}"
        case "greater_than_equal":
            what = f"must be at least {context['ge']}"
        case "less_than_equal":
            what = f"must be at most {context['le']}"
        case "model_type" | "model_attributes_type":
            what = "must be a table"
        case "list_type":
            listed = _model(model, loc) is not None
            what = f"must be tables, each under [[{place}]]" if listed else "must be a list in brackets"
        case "string_too_short" | "too_short":
            what = "must not be empty"
        case "string_too_long":
            what = f"must have at most {context['max_length']} characters"
        case _:
            what = error["msg"][0].lower() + error["msg"][1:]
    return f"{place}: {what}"


def _keys(model: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    found = _model(model, loc)
    return [] if found is None else list(found.model_fields)


def _model(model: type[BaseModel], loc: Sequence[str | int]) -> type[BaseModel] | None:
    """The table that stands at `loc`, or in the list there."""
    at: type[BaseModel] | None = model
    for part in loc:
        if isinstance(part, str) and at is not None:
            field = at.model_fields.get(part)
            at = None if field is None else _model_in(field.annotation)
    return at


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part)) is not None), None)
