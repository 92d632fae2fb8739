"""Session options as TOML: every option of SessionConfig by its own name, with the range it may have.

The same keys stand in [sessions], which holds for all, in a [[client]] or [[venue]] of a gateway and in a [[session]]
of an engine that runs alone. What no table sets is left to SessionConfig.
"""

import re
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from gateway.fix.dictionary import DictionaryError, named
from gateway.fix.hours import check_hours
from gateway.model.sessions import Hours, Rules, SessionConfig
from gateway.run.tables import Id, Table, identifier, say

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_UNSET: Any = None
_SPECS = tuple(sorted(path.name[:-4] for path in resources.files("fixspecs").iterdir() if path.name.endswith(".xml")))
_TIME = re.compile(rf"(?:({'|'.join(DAYS)}) )?([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?")
_Moment = tuple[int | None, int]  # day of the week, seconds after midnight

# Options that have an effect on one end of a connection only.
_CALLING = frozenset({"heartbeat_s", "logon_timeout_s"})
_CALLED = frozenset({"min_heartbeat_s", "max_heartbeat_s", "accept_reset"})


def _whole(least: int, most: int) -> Any:
    return Field(default=None, ge=least, le=most)


def _moment(value: object) -> _Moment:
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError('must be a time of day as "08:00", of a weekly session with its day, as "Sun 17:00"')
    day, hours, minutes, seconds = found.groups()
    return (None if day is None else DAYS.index(day)), int(hours) * 3600 + int(minutes) * 60 + int(seconds or 0)


def _zone(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be text in quotes")
    check_hours(Hours(start_s=0, end_s=0, zone=value))
    return value


def _or(nothing: str, what: str) -> BeforeValidator:
    """The word `nothing` stands for None, which TOML has not."""

    def read(value: object) -> object:
        if isinstance(value, str) and value != nothing:
            raise ValueError(f'must be {what}, or "{nothing}"')
        return None if value == nothing else value

    return BeforeValidator(read)


def _files(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _dictionary_file(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be text in quotes")
    if not re.fullmatch(r"[^+]+\.xml", value) and value not in _SPECS:
        raise ValueError(f"must be a file as \"desk.xml\", without '+', or one of {', '.join(_SPECS)}")
    return value


class HoursTable(Table):
    start: Annotated[_Moment, BeforeValidator(_moment)]
    end: Annotated[_Moment, BeforeValidator(_moment)]
    zone: Annotated[str, BeforeValidator(_zone)] = "UTC"
    days: list[Literal["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]] = Field(default=list(DAYS))

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.start[0] is None) is not (self.end[0] is None):
            raise ValueError("start and end both name a day, or neither does")
        if self.start[0] is not None and "days" in self.model_fields_set:
            raise ValueError("days are for a daily session; a weekly one has them in start and end")
        check_hours(self.hours())
        return self

    def hours(self) -> Hours:
        (start_day, start_s), (end_day, end_s) = self.start, self.end
        days = tuple(DAYS.index(day) for day in self.days)
        return Hours(start_s=start_s, end_s=end_s, zone=self.zone, days=days, start_day=start_day, end_day=end_day)


class RulesTable(Table):
    required: bool = _UNSET
    defined: bool = _UNSET
    known: bool = _UNSET
    user_defined: bool = _UNSET
    repeated: bool = _UNSET
    empty: bool = _UNSET
    enums: bool = _UNSET
    formats: bool = _UNSET
    order: bool = _UNSET
    group_count: bool = _UNSET
    group_order: bool = _UNSET


class Options(Table):
    """What [sessions] may say for all."""

    enabled: bool = _UNSET
    dictionary: Annotated[
        list[Annotated[str, BeforeValidator(_dictionary_file)]], BeforeValidator(_files), Field(min_length=1)
    ] = _UNSET  # the base, and then what adds to it
    rules: RulesTable = _UNSET
    hours: Annotated[HoursTable | None, _or("always", 'a table as { start = "08:00", end = "17:30" }')] = _UNSET

    heartbeat_s: int = _whole(0, 3600)
    min_heartbeat_s: int = _whole(0, 3600)
    max_heartbeat_s: int = _whole(0, 86_400)
    logon_timeout_s: int = _whole(1, 300)
    logout_timeout_s: int = _whole(1, 300)

    reset_on_logon: bool = _UNSET
    reset_on_logout: bool = _UNSET
    reset_on_disconnect: bool = _UNSET
    accept_reset: bool = _UNSET
    next_expected: bool = _UNSET
    last_processed: bool = _UNSET

    clock_tolerance_s: int = _whole(0, 86_400)
    timestamp_digits: Literal[0, 3, 6, 9] = _UNSET
    ascending_tags: bool = _UNSET
    test_req_id: Id = _UNSET
    plain_text: bool = _UNSET
    hang_up_after_logout: bool = _UNSET

    lax_logout_seq: bool = _UNSET
    lax_resend_seq: bool = _UNSET
    resend_open: bool = _UNSET
    resend_chunk: int = _whole(0, 1_000_000)
    hold: int = _whole(0, 100_000)
    resend_patience_s: int = _whole(1, 3600)
    resend_burst: int = _whole(1, 10_000)
    stale_order_s: int = _whole(0, 7 * 86_400)

    max_messages_per_s: int = _whole(0, 1_000_000)
    max_cancels_per_s: int = _whole(0, 1_000_000)
    max_fields: int = _whole(16, 4096)

    cancel_on_disconnect_s: Annotated[
        Annotated[int, Field(ge=0, le=86_400)] | None, _or("never", "a whole number without quotes")
    ] = _UNSET
    cancel_on_logout: bool = _UNSET


class Session(Options):
    """One session. The sender is always us: these are the CompIDs of what we send."""

    sender_sub_id: Id = _UNSET
    sender_location_id: Id = _UNSET
    target_sub_id: Id = _UNSET
    target_location_id: Id = _UNSET


_DEFAULT = SessionConfig(sender="", target="")
_FIELDS = {name: name for name in Options.model_fields} | {
    key: key.removesuffix("_id") for key in Session.model_fields if key not in Options.model_fields
}


def session_config(
    own: Session, shared: Options, folder: Path, *, sender: str, target: str, initiator: bool, username: str = ""
) -> SessionConfig:
    """What `own` says, then what `shared` says, of the rules each by itself, then the defaults.

    Files are relative to `folder`.
    """
    chosen: dict[str, Any] = {}
    rules: dict[str, bool] = {}
    for table in (shared, own):
        chosen |= {field: getattr(table, key) for key, field in _FIELDS.items() if key in table.model_fields_set}
        if table.rules is not None:
            rules |= {rule: getattr(table.rules, rule) for rule in table.rules.model_fields_set}
    if (hours := chosen.get("hours")) is not None:
        chosen["hours"] = hours.hours()
    chosen["dictionary"] = dictionary_name(chosen.get("dictionary", []), folder)
    chosen |= {
        "sender": sender,
        "target": target,
        "initiator": initiator,
        "username": username,
        "rules": Rules(**rules),
    }
    return SessionConfig(**chosen)


def check(config: SessionConfig) -> None:
    """Raises ValueError for options that no table could have given."""
    identifier(config.sender)
    identifier(config.target)
    if config.hours is not None:
        check_hours(config.hours)
    plain = {
        key: getattr(config, field) for key, field in _FIELDS.items() if key not in ("dictionary", "rules", "hours")
    }
    differing = {key: value for key, value in plain.items() if value != getattr(_DEFAULT, _FIELDS[key])}
    try:
        Session.model_validate(differing)
    except ValidationError as invalid:
        raise ValueError(say(invalid.errors(include_url=False)[0], Session)) from None


def dictionary_name(files: Sequence[str], folder: Path) -> str:
    """What `gateway.fix.dictionary.named` calls the dictionary that these files make."""
    return "+".join(file if file in _SPECS else str((folder / file).resolve()) for file in files)


def broken_dictionary(place: str, table: dict[str, Any], folder: Path) -> Iterator[str]:
    """What is wrong in the files that a table names, with file, line and element."""
    files = _files(table.get("dictionary"))
    if not isinstance(files, list) or not files:
        return
    try:
        named(dictionary_name([_dictionary_file(file) for file in files], folder))
    except ValueError:
        return  # said where it stands
    except DictionaryError as broken:
        yield f"{place}.dictionary: {broken}"


def contradictions(place: str, table: dict[str, Any], shared: dict[str, Any], *, calling: bool) -> Iterator[str]:
    """What no single key of a session shows, whatever else is wrong in it."""
    for key in table:
        if key in (_CALLED if calling else _CALLING):
            yield f"{place}.{key}: has an effect only on sessions that {'call us' if calling else 'we call'}"
    merged = {"min_heartbeat_s": _DEFAULT.min_heartbeat_s, "max_heartbeat_s": _DEFAULT.max_heartbeat_s}
    least, most = (value for key, value in {**merged, **shared, **table}.items() if key in merged)
    if not calling and type(least) is type(most) is int and 0 <= most < least:
        yield f"{place}: min_heartbeat_s {least} is above max_heartbeat_s {most}"


def session_name(table: dict[str, Any], target: object) -> str | None:
    """SessionConfig.name of a table that may have mistakes."""
    if not isinstance(target, str):
        return None
    parts = (target, table.get("target_sub_id", ""), table.get("target_location_id", ""))
    return "/".join(map(str, parts)).rstrip("/")
