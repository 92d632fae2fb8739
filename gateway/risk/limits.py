"""Which limits hold: those of the configuration, and over them what was set since by command.

What was set since holds until the file says something else than it said then: the last word counts.
"""

from collections.abc import Callable, Iterable
from typing import Final

from msgspec import Struct, structs

from gateway.model import Limits, Settings, parse_qty, print_scaled
from gateway.model.settings import (
    FIRM,
    LIMIT_SCOPES,
    OPTIONAL,
    SCOPES,
    LimitStatus,
    Scope,
)

SCALED: Final = frozenset(
    {"max_order_qty", "max_order_notional", "max_list_notional", "max_position", "max_open_gross", "max_open_net"}
    | {"max_credit", "max_day_qty", "max_day_notional", "max_venue_gross", "max_loss", "max_drawdown", "adv"}
)
FLAGS: Final = frozenset({"restricted", "hard_to_borrow"})
_MOST: Final = {"collar_bps": 10_000, "rolling_collar_bps": 10_000, "duplicate_s": 3600, "max_orders_per_s": 100_000}
_NOTHING: Final = Limits()

Value = int | bool | None


class LimitNote(Struct, frozen=True, kw_only=True):
    """A limit was changed."""

    scope: str
    limit: str
    who: str
    why: str
    before: str
    after: str


class _Set(Struct, frozen=True):
    value: Value
    instead: Value  # what the file said
    who: str


class LimitBook:
    def __init__(self) -> None:
        self._file: dict[Scope, Limits] = {}
        self._set: dict[tuple[Scope, str], _Set] = {}
        self._now: dict[Scope, Limits] = {}
        self._no_limits: frozenset[str] = frozenset()

    def configure(self, settings: Settings, changed: Callable[[LimitNote], None]) -> None:
        """The configuration as of this start; what differs from the last one is told to `changed`."""
        first = not self._file
        before = self._now
        self._file = {Scope("symbol", symbol): limits for symbol, limits in settings.limits.items()}
        self._file |= {scope_of(text): limits for text, limits in settings.scoped_limits.items()}
        self._no_limits = frozenset(settings.no_limits)
        for (scope, limit), found in list(self._set.items()):
            if getattr(self._file.get(scope, _NOTHING), limit) != found.instead:
                del self._set[scope, limit]
        self._now = dict(self._file)
        for (scope, limit), found in self._set.items():
            self._now[scope] = structs.replace(self._now.get(scope, _NOTHING), **{limit: found.value})
        if first:
            return
        for scope in dict.fromkeys([*before, *self._now]):
            old, new = before.get(scope, _NOTHING), self._now.get(scope, _NOTHING)
            for limit in Limits.__struct_fields__:
                self._tell(changed, scope, limit, old, new, who="configuration", why="restart")

    def set(
        self, scope: Scope, limit: str, value: Value, changed: Callable[[LimitNote], None], *, who: str, why: str
    ) -> None:
        """From now on; None: nobody sets it here."""
        old = self._now.get(scope, _NOTHING)
        new = structs.replace(old, **{limit: value})
        self._set[scope, limit] = _Set(value, getattr(self._file.get(scope, _NOTHING), limit), who)
        self._now[scope] = new
        self._tell(changed, scope, limit, old, new, who=who, why=why)

    @staticmethod
    def _tell(
        changed: Callable[[LimitNote], None], scope: Scope, limit: str, old: Limits, new: Limits, *, who: str, why: str
    ) -> None:
        before, after = getattr(old, limit), getattr(new, limit)
        if before != after:
            texts = {"before": print_value(limit, before), "after": print_value(limit, after)}
            changed(LimitNote(scope=str(scope), limit=limit, who=who, why=why, **texts))

    def scopes(self) -> tuple[Scope, ...]:
        """Those in which something is set."""
        return tuple(self._now)

    def at(self, scope: Scope) -> Limits:
        return self._now.get(scope, _NOTHING)

    def tightest(self, scopes: Iterable[Scope], limit: str) -> int | None:
        values = [value for scope in scopes if (value := getattr(self.at(scope), limit)) is not None]
        return min(values, default=None)

    def fixed(self, scopes: Iterable[Scope], limit: str) -> int | None:
        """The tightest in the configuration, whatever was set since."""
        values = [value for scope in scopes if (value := getattr(self._file.get(scope, _NOTHING), limit)) is not None]
        return min(values, default=None)

    def unset(self, scopes: tuple[Scope, ...], *, automated: bool, venues: Iterable[str]) -> list[str]:
        """Of the limits that an order in these scopes has to have, those that nobody set or said to do without."""
        missing = []
        for limit in ("max_order_qty", "max_order_notional", "collar_bps", *OPTIONAL):
            if limit in self._no_limits or (limit == "max_repeats" and not automated):
                continue
            if self.tightest(scopes, limit) is not None:
                continue
            at_venues = [self.at(Scope("venue", venue)).max_venue_gross for venue in venues]
            if limit == "max_venue_gross" and at_venues and None not in at_venues:
                continue
            missing.append(limit)
        return missing

    def status(self) -> tuple[LimitStatus, ...]:
        found = []
        for scope, limits in self._now.items():
            for limit in Limits.__struct_fields__:
                since = self._set.get((scope, limit))
                value = getattr(limits, limit)
                if value is not None or since is not None:
                    source = "file" if since is None else since.who
                    text = print_value(limit, value)
                    found.append(LimitStatus(scope=str(scope), limit=limit, value=text, source=source))
        return tuple(found)


def scope_of(text: str) -> Scope:
    """The inverse of str(scope). Raises ValueError."""
    kind, _, name = text.partition("=")
    if kind not in SCOPES:
        raise ValueError(f"{kind} is none of {', '.join(SCOPES)}")
    if (kind == "firm") == bool(name):
        raise ValueError("the firm has no name" if name else f"which {kind} is not said")
    return Scope(kind, name) if name else FIRM


def parse_limit(scope: Scope, limit: str, text: str) -> Value:
    """A limit as people write it, '' for none here. Raises ValueError."""
    kinds = LIMIT_SCOPES.get(limit)
    if kinds is None:
        raise ValueError(f"{limit} is no limit; there are {', '.join(LIMIT_SCOPES)}")
    if scope.kind not in kinds:
        raise ValueError(f"{limit} is a limit of {', '.join(kinds)}")
    if not text:
        return None
    if limit in FLAGS:
        if text not in ("true", "false"):
            raise ValueError(f"{limit} is true or false")
        return text == "true"
    if limit in SCALED:
        return parse_qty(text)
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise ValueError(f"{limit}: '{text[:32]}' is no whole number of at most 9 digits")
    value = int(text)
    if value > _MOST.get(limit, value):
        raise ValueError(f"{limit}: {value} is above {_MOST[limit]}")
    return value


def print_value(limit: str, value: Value) -> str:
    if value is None:
        return ""
    if limit in FLAGS:
        return "true" if value else "false"
    return print_scaled(value) if limit in SCALED else str(value)
