"""Which algo an order asks for, with which parameters, over which time.

Parameters come in one of two encodings, StrategyParametersGrp(957) or TargetStrategyParameters(848) as 'k=v;k=v',
with EffectiveTime(168), ExpireTime(126) and ParticipationRate(849) beside either. The same thing said twice has to be
the same. Every refusal begins with its code. The rules are those of fixspecs/algos.md.
"""

import dataclasses
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any

from msgspec import Struct

from gateway.model import (
    MILLISECOND,
    PLAIN,
    SECOND,
    Algo,
    NewOrder,
    Ns,
    OrdType,
    ParameterType,
    Px,
    Qty,
    Quote,
    Rejection,
    Side,
    TimeInForce,
    parse_px,
    parse_qty,
    parse_timestamp,
    print_scaled,
    print_timestamp,
)
from gateway.model.numbers import SCALE
from gateway.model.routing import Route, RoutePolicy
from gateway.oms.posting import UNTIL, Posting, posting_of
from gateway.oms.triggers import Trigger, trigger_of

ALL_OR_NONE = "G"  # ExecInst(18)
DIRECT = "0"  # the key of the algo that serves orders without TargetStrategy(847)
MAX_DURATION_S = 30 * 24 * 3600

# Parameters of every algo, declared as the algos declare theirs.
COMMON: dict[str, dict[str, Any]] = {
    "StartTime": {"kind": ParameterType.UTC_TIMESTAMP},
    "EndTime": {"kind": ParameterType.UTC_TIMESTAMP},
    "Duration": {"kind": ParameterType.INT, "minimum": 1, "maximum": MAX_DURATION_S},
    "ChildTIF": {"kind": ParameterType.CHAR},
    "RoutePolicy": {"kind": ParameterType.STRING},
    "Venues": {"kind": ParameterType.MULTIPLE_STRING_VALUE},
    "ExclVenues": {"kind": ParameterType.MULTIPLE_STRING_VALUE},
    "MaxVenues": {"kind": ParameterType.INT, "minimum": 1, "maximum": 100},
}
_TARGET = "TargetParticipation"
_TIMES = ("StartTime", "EndTime", "Duration")
_ROUTES = ("RoutePolicy", "Venues", "ExclVenues", "MaxVenues")
_POLICIES = {str(policy): policy for policy in RoutePolicy}
_DAY, _IOC, _FOK = TimeInForce.DAY, TimeInForce.IOC, TimeInForce.FOK
_SLICED_TIF = (TimeInForce.DAY, TimeInForce.GTC, TimeInForce.GTD)
_GTD, _GTX, _TO_LIMIT = TimeInForce.GTD, TimeInForce.GTX, OrdType.MARKET_WITH_LEFTOVER_AS_LIMIT
_DAY_LENGTH = 86_400 * SECOND


class Plan(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A validated strategy and its window."""

    algo: Algo
    start: Ns
    end: Ns
    expire_at: Ns | None  # when the order itself ends; None: the trading day or the client ends it
    note: str | None  # how something was read that the client may not expect
    immediate: bool = False  # one release; what it does not get is canceled
    child_tif: TimeInForce = TimeInForce.IOC  # DAY: what a child does not get at once rests on the venue
    trigger: Trigger | None = None  # what the order waits for before anything is sent
    posting: Posting | None = None  # how it shows itself; None: children are for what venues show
    limit: Px | None = None  # of an order that became a limit order here
    arrival: Px = Px(0)  # middle of the market when it was taken, for an algo; 0: there was none
    min_qty: Qty | None = None  # with children that are fill or kill, the least that one may be; None: all of it
    route: Route | None = None  # what the order says of its way; None: nothing


class _Refused(Exception):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.rejection = Rejection(text)


def plan(
    order: NewOrder,
    algos: Mapping[str, type[Algo]],
    *,
    now: Ns,
    close: Ns | None,
    quote: Callable[[str], Quote],
) -> Plan | Rejection:
    """Read and check all that concerns the strategy. `close` is the end of the trading day, None where none is set."""
    try:
        if order.target_strategy is None:
            return _direct(order, algos, now=now, close=close, quote=quote)
        return _plan(order, algos, now=now, close=close, quote=quote(order.symbol))
    except _Refused as refused:
        return refused.rejection


def _plan(order: NewOrder, algos: Mapping[str, type[Algo]], *, now: Ns, close: Ns | None, quote: Quote) -> Plan:
    strategy = order.target_strategy
    assert strategy is not None
    kind = None if strategy == DIRECT else algos.get(strategy)
    if kind is None:
        raise _Refused(f"ALGO.UNKNOWN TargetStrategy(847) {strategy}")
    if order.time_in_force not in _SLICED_TIF:
        raise _Refused(f"ALGO.TIF TimeInForce(59) {order.time_in_force} cannot be worked over time")
    if order.expire_date is not None:
        raise _Refused("ALGO.CONFLICT ExpireDate(432), where an algo has EndTime")
    fields, rate = _declared(kind)
    given = _given(order, rate)
    if order.time_in_force is _GTD and "EndTime" not in given:
        raise _Refused("ALGO.MISSING EndTime, which TimeInForce(59) 6 asks for")
    start, end, note = _window(given, now=now, close=close)
    if order.time_in_force == TimeInForce.DAY and close is not None and end > close:
        raise _Refused("ALGO.WINDOW EndTime is after the close, and TimeInForce(59) is 0 (day)")
    child_tif, route = _child_tif(given), _route(order, given)
    values: dict[str, Any] = {}
    for field in fields:
        name = field.metadata["name"]
        if name in given:
            code, text = given.pop(name)
            values[field.name] = _value(name, field.metadata, code, text)
        elif field.default is dataclasses.MISSING:
            raise _Refused(f"ALGO.MISSING {name}")
    if given:
        raise _Refused(f"ALGO.PARAMETER {next(iter(given))[:64]}")
    try:
        algo = _made(kind, tuple(values.items()))
    except ValueError as contradiction:
        raise _Refused(f"ALGO.CONFLICT {contradiction}"[:500]) from None
    is_known = kind.knows_arrival and quote.bid_size and quote.ask_size
    arrival = Px((quote.bid + quote.ask) // 2 if is_known else 0)
    return Plan(
        algo=algo,
        start=start,
        end=end,
        expire_at=end,
        note=note,
        child_tif=child_tif,
        arrival=arrival,
        route=route,
    )


def _child_tif(given: "_Given") -> TimeInForce:
    if "ChildTIF" not in given:
        return TimeInForce.IOC
    value = _value("ChildTIF", COMMON["ChildTIF"], *given.pop("ChildTIF"))
    if value not in (TimeInForce.DAY, TimeInForce.IOC):
        raise _Refused(f"ALGO.RANGE ChildTIF {value} must be 0 (day) or 3 (immediate or cancel)")
    return TimeInForce(value)


def _route(order: NewOrder, given: "_Given") -> Route | None:
    values = {name: _value(name, COMMON[name], *given.pop(name)) for name in _ROUTES if name in given}
    policy = values.get("RoutePolicy")
    if policy is not None and policy not in _POLICIES:
        raise _Refused(f"ALGO.RANGE RoutePolicy {policy[:64]} must be one of {', '.join(_POLICIES)}")
    if order.destination is not None:
        for name, value in values.items():
            if value != RoutePolicy.DIRECTED:
                raise _Refused(f"ALGO.CONFLICT ExDestination(100) and {name}")
        return _directed(order)
    if policy == RoutePolicy.DIRECTED:
        raise _Refused("ALGO.MISSING ExDestination(100), where RoutePolicy is directed")
    if not values:
        return None
    return Route(
        policy=None if policy is None else _POLICIES[policy],
        venues=values.get("Venues", ()),
        without=values.get("ExclVenues", ()),
        most=values.get("MaxVenues"),
    )


def _directed(order: NewOrder) -> Route | None:
    venue = order.destination
    return None if venue is None else Route(policy=RoutePolicy.DIRECTED, venues=(venue,))


def _direct(
    order: NewOrder, algos: Mapping[str, type[Algo]], *, now: Ns, close: Ns | None, quote: Callable[[str], Quote]
) -> Plan:
    if order.strategy_parameters or order.strategy_text or order.participation:
        raise _Refused("ALGO.MISSING TargetStrategy(847)")
    expire_at = _expiry(order, now=now, close=close)
    start = max(now, order.effective_time or now)
    handling, is_day, is_fok = order.handling, order.time_in_force == _DAY, order.time_in_force == _FOK
    is_whole, is_plain = is_fok or ALL_OR_NONE in handling.exec_inst, handling is PLAIN
    for_auction = order.time_in_force in UNTIL
    if for_auction and (is_whole or handling.min_qty):
        raise _Refused("ORDER.CONFLICT an auction knows neither MinQty(110) nor ExecInst(18) G")
    if order.time_in_force is _GTX and order.price is None:
        raise _Refused("ORDER.MISSING Price(44)")
    return Plan(
        algo=_made(algos[DIRECT]),
        start=start,
        limit=_touch(order, quote(order.symbol)) if order.ord_type is _TO_LIMIT else None,
        end=expire_at or (close if is_day and close is not None else start),
        expire_at=expire_at,
        note=None,
        immediate=is_fok or order.time_in_force == _IOC or for_auction,
        child_tif=_FOK if is_whole or handling.min_qty else _IOC,
        trigger=None if is_plain else trigger_of(order),
        posting=None if is_plain and not for_auction else posting_of(order),
        min_qty=None if is_whole else handling.min_qty,
        route=None if order.destination is None else _directed(order),
    )


@cache
def _declared(kind: type[Algo]) -> tuple[tuple[dataclasses.Field[Any], ...], str]:
    """An algo's parameters, and which of them ParticipationRate(849) is."""
    fields = dataclasses.fields(kind)  # type: ignore[arg-type]
    has_target = any(field.metadata["name"] == _TARGET for field in fields)
    return fields, _TARGET if has_target else "MaxParticipation"


@lru_cache(maxsize=1024)
def _made(kind: type[Algo], values: tuple[tuple[str, Any], ...] = ()) -> Algo:
    """An algo keeps nothing, so one serves all orders with these parameters."""
    return kind(**dict(values))


def _expiry(order: NewOrder, *, now: Ns, close: Ns | None) -> Ns | None:
    """When an order that is good till a date ends: at a time, or with a day, at the close or at midnight UTC."""
    at, date = order.expire_time, order.expire_date
    if order.time_in_force is not _GTD:
        if date is not None:
            raise _Refused("ORDER.CONFLICT ExpireDate(432) goes with TimeInForce(59) 6")
        return None
    if at is not None and date is not None:
        raise _Refused("ORDER.CONFLICT ExpireTime(126) and ExpireDate(432)")
    if date is not None:
        at = Ns(date + ((0 if close is None else close % _DAY_LENGTH) or _DAY_LENGTH))
    if at is None:
        raise _Refused("ORDER.MISSING ExpireTime(126) or ExpireDate(432)")
    if at <= now:
        raise _Refused("ORDER.EXPIRED ExpireTime(126) or ExpireDate(432) has passed")
    return at


def _touch(order: NewOrder, quote: Quote) -> Px:
    """What a market order with leftover as limit takes, and rests at: the best price of the other side."""
    price, size = (quote.ask, quote.ask_size) if order.side == Side.BUY else (quote.bid, quote.bid_size)
    if not size:
        raise _Refused("RISK.REFERENCE there is no price to take")
    return price


_Given = dict[str, tuple[str | None, str]]  # name -> (type code, or None where the encoding has none; value)


def _given(order: NewOrder, rate: str) -> _Given:
    """All parameters by name, whatever field they came in. `rate` is what ParticipationRate(849) is for the algo."""
    if order.strategy_parameters and order.strategy_text:
        raise _Refused("ALGO.CONFLICT StrategyParametersGrp(957) and 848 in one order")
    given: _Given = {}
    for parameter in order.strategy_parameters:
        if parameter.name in given:
            raise _Refused(f"ALGO.CONFLICT {parameter.name[:64]} is given twice")
        if not parameter.type or not parameter.value:
            raise _Refused(f"ALGO.MISSING type or value of {parameter.name[:64]}")
        given[parameter.name] = (parameter.type, parameter.value)
    for pair in filter(None, (order.strategy_text or "").split(";")):
        name, equals, value = pair.partition("=")
        if not equals or not name or not value:
            raise _Refused("ALGO.FORMAT TargetStrategyParameters(848) is not 'k=v;k=v'")
        if name in given:
            raise _Refused(f"ALGO.CONFLICT {name[:64]} is given twice")
        given[name] = (None, value)
    native = (
        ("StartTime", 168, _exactly(order.effective_time)),
        ("EndTime", 126, _exactly(order.expire_time)),
        (rate, 849, order.participation),
    )
    for name, tag, text in native:
        if text is None:
            continue
        if name in given:
            kind = ParameterType.PERCENTAGE if tag == 849 else ParameterType.UTC_TIMESTAMP
            code, other = given[name]
            if _value(name, {"kind": kind}, code, other) != _value(name, {"kind": kind}, None, text):
                raise _Refused(f"ALGO.CONFLICT {name} {tag}<>{958 if code else 848}")
        given[name] = (None, text)
    return given


def _exactly(at: Ns | None) -> str | None:
    """All nine decimals: what a client says twice to the microsecond is the same."""
    return None if at is None else f"{print_timestamp(at)}{at % MILLISECOND:06}"


def _window(given: _Given, *, now: Ns, close: Ns | None) -> tuple[Ns, Ns, str | None]:
    """Start and end of the schedule, and a note where the start was moved to now."""
    times = {name: _value(name, COMMON[name], *given.pop(name)) for name in _TIMES if name in given}
    if "EndTime" in times and "Duration" in times:
        raise _Refused("ALGO.CONFLICT EndTime and Duration")
    note = None
    start = Ns(times.get("StartTime", now))
    if start < now:
        start, note = now, "StartTime has passed; started now"
    if "EndTime" in times:
        end = Ns(times["EndTime"])
    elif "Duration" in times:
        end = Ns(start + times["Duration"] * SECOND)
    elif close is not None:
        end = close
    else:
        raise _Refused("ALGO.MISSING EndTime")
    if end <= now:
        raise _Refused("ALGO.ENDTIME EndTime has passed")
    if end <= start:
        raise _Refused("ALGO.WINDOW StartTime is not before EndTime")
    return start, end, note


def _value(name: str, declared: Mapping[str, Any], code: str | None, text: str) -> Any:
    """The parameter in its own units. A type code that is not the declared one is refused, not coerced."""
    kind: ParameterType = declared["kind"]
    if code is not None and code != kind:
        raise _Refused(
            f"ALGO.TYPE StrategyParameterType(959) of {name} is {kind} ({kind.name}), not {code}",
        )
    try:
        value = (declared.get("read") or _READERS[kind])(text)
    except ValueError as wrong:
        raise _Refused(f"ALGO.FORMAT {name}: {wrong}") from None
    if kind is ParameterType.PERCENTAGE and not 0 < value <= SCALE:
        raise _Refused(f"ALGO.RANGE {name} {text} must be a fraction above 0 and at most 1; 25 % is 0.25")
    low, high = declared.get("minimum"), declared.get("maximum")
    if (low is not None and value < low) or (high is not None and value > high):
        bounds = [
            f"{word} {_show(kind, bound)}"
            for word, bound in (("at least", low), ("at most", high))
            if bound is not None
        ]
        raise _Refused(f"ALGO.RANGE {name} {text} must be {' and '.join(bounds)}")
    return value


def _show(kind: ParameterType, bound: int) -> str:
    scaled = kind in (ParameterType.PERCENTAGE, ParameterType.QTY, ParameterType.PRICE, ParameterType.FLOAT)
    return print_scaled(bound) if scaled else str(bound)


def _int(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise ValueError(f"'{text[:32]}' is not a whole number")
    return int(text)


def _char(text: str) -> str:
    if len(text) != 1:
        raise ValueError(f"'{text[:32]}' is not one character")
    return text


def _strings(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _boolean(text: str) -> bool:
    if text not in ("Y", "N"):
        raise ValueError(f"'{text[:32]}' is not Y or N")
    return text == "Y"


_READERS: dict[ParameterType, Any] = {
    ParameterType.INT: _int,
    ParameterType.FLOAT: parse_px,
    ParameterType.QTY: parse_qty,
    ParameterType.PRICE: parse_px,
    ParameterType.PERCENTAGE: parse_px,
    ParameterType.CHAR: _char,
    ParameterType.BOOLEAN: _boolean,
    ParameterType.STRING: str,
    ParameterType.UTC_TIMESTAMP: parse_timestamp,
    ParameterType.MULTIPLE_STRING_VALUE: _strings,
}
