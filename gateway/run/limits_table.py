"""Limits in the configuration: [limits] of every symbol, [[instrument]] of one, [limits.firm], [limits.client.NAME] and
so on of other scopes. A limit that is neither set nor named in `none` refuses orders.
"""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from gateway.model import Limits, Px, Qty, parse_px, parse_qty, print_scaled
from gateway.model.settings import LIMIT_SCOPES, OPTIONAL
from gateway.run.tables import Id, Table, table

SCOPED = ("client", "account", "algo", "venue")
REST = "rest"  # in `none`: every limit that no table of the file sets


def number_text(value: object) -> str:
    if isinstance(value, float):
        raise ValueError(f'is a TOML float, which is not exact; write it as "{value}"')
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError('must be a number, written as "0.01" or 1')
    return str(value)


def px(value: object) -> Px:
    return parse_px(number_text(value))


def qty(value: object) -> Qty:
    return parse_qty(number_text(value))


def positive_px(value: object) -> Px:
    found = px(value)
    if found <= 0:
        raise ValueError("must be greater than 0")
    return found


def positive_qty(value: object) -> Qty:
    found = qty(value)
    if found == 0:
        raise ValueError("must be greater than 0")
    return found


PositivePx = Annotated[Px, BeforeValidator(positive_px)]
PositiveQty = Annotated[Qty, BeforeValidator(positive_qty)]
_Number = Annotated[int, BeforeValidator(qty)] | None  # a quantity or an amount of money
_Positive = Annotated[int, BeforeValidator(positive_qty)] | None
_Bps = Annotated[int, Field(ge=0, le=10_000)] | None
_Count = Annotated[int, Field(ge=0, le=999_999_999)] | None


class ScopeLimits(Table):
    """The keys of Limits; which of them a scope may have stands in LIMIT_SCOPES."""

    max_order_qty: _Positive = None
    max_order_notional: _Positive = None
    collar_bps: _Bps = None
    rolling_collar_bps: _Bps = None
    max_quote_age_s: _Count = None
    max_adv_bps: _Count = None
    duplicate_s: Annotated[int, Field(ge=0, le=3600)] | None = None
    max_list_notional: _Positive = None
    max_position: _Number = None
    max_open_gross: _Number = None
    max_open_net: _Number = None
    max_credit: _Number = None
    max_day_qty: _Number = None
    max_day_notional: _Number = None
    max_day_orders: _Count = None
    max_day_trades: _Count = None
    max_orders_per_s: Annotated[int, Field(ge=0, le=100_000)] | None = None
    max_repeats: _Count = None
    max_venue_gross: _Number = None
    max_loss: _Number = None
    max_drawdown: _Number = None
    adv: _Positive = None
    restricted: bool | None = None
    hard_to_borrow: bool | None = None


def _rest(value: object) -> object:
    if isinstance(value, str) and value != REST:
        raise ValueError(f'must be a list of limits, or "{REST}" for all that no table sets')
    return None if value == REST else value


class LimitsTable(ScopeLimits):
    none: Annotated[list[str] | None, BeforeValidator(_rest)] = Field(default=[])  # done without; None: REST
    firm: ScopeLimits = ScopeLimits()
    client: dict[Id, ScopeLimits] = Field(default={})
    account: dict[Id, ScopeLimits] = Field(default={})
    algo: dict[Id, ScopeLimits] = Field(default={})
    venue: dict[Id, ScopeLimits] = Field(default={})


def limits_of(own: ScopeLimits, defaults: ScopeLimits | None = None) -> Limits:
    """In the core's words; what is not set stays as in `defaults`."""
    values = {name: getattr(own, name) for name in LIMIT_SCOPES}
    if defaults is not None:
        values = {name: getattr(defaults, name) if value is None else value for name, value in values.items()}
    return Limits(**values)


def scoped_limits(found: LimitsTable) -> dict[str, Limits]:
    """Of the scopes that are no symbols, by their texts."""
    scoped = {"firm": limits_of(found.firm)}
    for kind in SCOPED:
        scoped |= {f"{kind}={name}": limits_of(own) for name, own in getattr(found, kind).items()}
    return {scope: limits for scope, limits in scoped.items() if limits != Limits()}


def without(found: LimitsTable, instruments: Iterable[ScopeLimits]) -> tuple[str, ...]:
    """The limits that the owner does without."""
    if found.none is not None:
        return tuple(found.none)
    scoped = (own for kind in SCOPED for own in getattr(found, kind).values())
    tables = [found, found.firm, *scoped, *instruments]
    return tuple(limit for limit in OPTIONAL if all(getattr(table, limit) is None for table in tables))


def contradictions(document: dict[str, Any], known: dict[str, set[str]]) -> Iterator[str]:
    """Limits that a scope cannot have, and names that are nobody's. `known` has the clients and venues there are."""
    limits = table(document, "limits")
    yield from _misplaced("limits", limits, "symbol")
    yield from _misplaced("limits.firm", table(limits, "firm"), "firm")
    for kind in SCOPED:
        for name, own in table(limits, kind).items():
            if kind in known and name not in known[kind] and "*" not in "".join(known[kind]):
                yield f"limits.{kind}.{name}: there is no {kind} {name}"
            if isinstance(own, dict):
                yield from _misplaced(f"limits.{kind}.{name}", own, kind)
    named = limits.get("none", [])
    for name in named if isinstance(named, list) else ():
        if name not in OPTIONAL:
            near = get_close_matches(str(name), OPTIONAL, n=1)
            yield f"limits.none: {name} is no limit to do without" + (f", did you mean {near[0]}?" if near else "")


def _misplaced(place: str, own: dict[str, Any], kind: str) -> Iterator[str]:
    for limit in own:
        kinds = LIMIT_SCOPES.get(limit, (kind,))
        if kind not in kinds:
            yield f"{place}.{limit}: is a limit of {', '.join(kinds)}"


def steps(place: str, instrument: dict[str, Any], limits: object) -> Iterator[str]:
    """Lot, minimum and maximum have to leave an order that can be sent."""
    try:
        lot = positive_qty(instrument.get("lot", 1))
        min_qty = positive_qty(instrument.get("min_qty", print_scaled(lot)))
        least = -(-min_qty // lot) * lot
    except ValueError:
        return  # said where it stands
    if min_qty % lot:
        yield f"{place}.min_qty: {print_scaled(min_qty)} is no multiple of lot {print_scaled(lot)}"
    for where, found in ((f"{place}.max_order_qty", instrument), ("limits.max_order_qty", limits)):
        if isinstance(found, dict) and "max_order_qty" in found:
            try:
                most = positive_qty(found["max_order_qty"])
            except ValueError:
                return
            if most < least:
                yield f"{where}: {print_scaled(most)} is below the smallest order in {place}, {print_scaled(least)}"
            return
