"""Which algo an order asks for, and over which time and which venues it is worked.

What it says is read by `gateway.oms.parameters`; an order without an algo is planned by `gateway.oms.direct`. Every
refusal begins with its code. The rules are those of fixspecs/algos.md.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from gateway.model import (
    SECOND,
    Algo,
    Common,
    Instrument,
    NewOrder,
    Ns,
    Px,
    Quote,
    Rejection,
    TimeInForce,
    common_to,
    parameters,
    print_scaled,
)
from gateway.model.algo import Curve
from gateway.model.common import MAX_DURATION_S
from gateway.model.routing import Route, RoutePolicy
from gateway.model.settings import DIRECT
from gateway.oms.direct import directed, plan_directly
from gateway.oms.parameters import Given, make
from gateway.oms.plan import Plan, Refused
from gateway.oms.triggers import trigger_of

_SLICED_TIF = (TimeInForce.DAY, TimeInForce.GTC, TimeInForce.GTD)


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
        if order.target_strategy is not None:
            return _plan(order, algos, now=now, close=close, quote=quote(order.symbol))
        return plan_directly(order, make(algos[DIRECT]), now=now, close=close, quote=quote)
    except Refused as refused:
        return refused.rejection


def _plan(order: NewOrder, algos: Mapping[str, type[Algo]], *, now: Ns, close: Ns | None, quote: Quote) -> Plan:
    strategy = order.target_strategy
    kind = None if strategy is None or strategy == DIRECT else algos.get(strategy)
    if kind is None:
        raise Refused(f"ALGO.UNKNOWN TargetStrategy(847) {strategy}")
    if order.time_in_force not in _SLICED_TIF and not (kind.is_immediate and order.time_in_force is TimeInForce.IOC):
        raise Refused(f"ALGO.TIF TimeInForce(59) {order.time_in_force} cannot be worked over time")
    if order.expire_date is not None:
        raise Refused("ALGO.CONFLICT ExpireDate(432), where an algo has EndTime")
    given = Given(order, kind)
    if order.time_in_force is TimeInForce.GTD and "EndTime" not in given:
        raise Refused("ALGO.MISSING EndTime, which TimeInForce(59) 6 asks for")
    common = given.make(Common, common_to(kind))
    if common.urgency is None and kind.usual_urgency is not None and common.child_tif is TimeInForce.IOC:
        common = replace(common, urgency=kind.usual_urgency)
    for name, clip in (("MinClip", common.min_clip), ("MaxClip", common.max_clip)):
        if clip is not None and clip > order.order_qty:
            raise Refused(f"ALGO.CONFLICT {name} is above OrderQty(38)")
    start, end, note = _window(common, now=now, close=close, needs_end=kind.has_schedule)
    if order.ignored:
        left_out = f"{', '.join(order.ignored)[:200]} ignored"
        note = left_out if note is None else f"{note}; {left_out}"
    if order.time_in_force == TimeInForce.DAY and close is not None and end > close:
        raise Refused("ALGO.WINDOW EndTime is after the close, and TimeInForce(59) is 0 (day)")
    algo = given.make(kind, parameters(kind))
    if algo.largest_child is not None and common.min_clip > algo.largest_child:
        raise Refused(f"ALGO.CONFLICT MinClip is above {print_scaled(algo.largest_child)}, and no child is larger")
    trigger = trigger_of(order)
    if trigger is not None:
        if order.time_in_force is TimeInForce.IOC:
            raise Refused("ORDER.TIF TimeInForce(59) 3 cannot wait for a price")
        if common.dry_run or algo.hedge is not None:
            raise Refused(f"ALGO.CONFLICT StopPx(99) and {'DryRun' if common.dry_run else 'a hedge'}")
    arrival = algo.benchmark or Px((quote.bid + quote.ask) // 2 if quote.bid_size and quote.ask_size else 0)
    return Plan(
        algo=algo,
        start=start,
        end=end,
        expire_at=end,
        note=note,
        immediate=kind.is_immediate,
        child_tif=common.child_tif,
        trigger=trigger,
        arrival=arrival,
        route=_route(order, common),
        dry_run=common.dry_run,
        common=common,
    )


def objection(plan: Plan, order: NewOrder, instrument: Instrument, curve: Curve) -> str | None:
    """Why its algo cannot work the order in that instrument, beginning with the code."""
    return plan.algo.objection(order, instrument) or _wrong_clips(plan, instrument) or _wrong_profile(plan.algo, curve)


def _wrong_clips(plan: Plan, instrument: Instrument) -> str | None:
    """Some quantity in whole lots has to be neither too small to be sent nor too large."""
    if plan.common is None or plan.common.max_clip is None:
        return None
    lot, least, most = instrument.lot, instrument.min_qty, plan.common.max_clip
    if most < least:
        return f"ALGO.RANGE MaxClip {print_scaled(most)} is below the smallest order, {print_scaled(least)}"
    if most // lot * lot < max(plan.common.min_clip, least):
        return "ALGO.CONFLICT MinClip and MaxClip, since nothing in whole lots is between"
    return None


def _wrong_profile(algo: Algo, curve: Curve) -> str | None:
    name = algo.profile_name
    return None if name is None or curve.named(name) is not None else f"ALGO.RANGE there is no VolumeProfile {name}"


def frozen(before: Plan, after: Plan) -> Rejection | None:
    """What of an order that has begun a replace would change, and may not."""
    for model, now, then in ((Common, after.common, before.common), (type(after.algo), after.algo, before.algo)):
        for parameter in parameters(model) if now is not None else ():
            if not parameter.mutable and getattr(now, parameter.field) != getattr(then, parameter.field):
                return Rejection(f"ALGO.FROZEN {parameter.name} cannot change once a child order is out")
    return None


def _window(common: Common, *, now: Ns, close: Ns | None, needs_end: bool) -> tuple[Ns, Ns, str | None]:
    """Start and end of the schedule, and a note where the start was moved to now."""
    start, note = now if common.start is None else common.start, None
    if start < now:
        start, note = now, "StartTime has passed; started now"
    if common.end is not None:
        end = common.end
    elif common.duration_s is not None:
        end = Ns(start + common.duration_s * SECOND)
    elif close is not None:
        end = close
    elif needs_end:
        raise Refused("ALGO.MISSING EndTime")
    else:
        end = Ns(start + MAX_DURATION_S * SECOND)
    if end <= now:
        raise Refused("ALGO.ENDTIME EndTime has passed")
    if end <= start:
        raise Refused(f"ALGO.WINDOW {Common.window.said}")
    return start, end, note


def _route(order: NewOrder, common: Common) -> Route | None:
    policy, venues, without, most = common.policy, common.venues, common.excluded, common.most_venues
    if order.destination is not None:
        others = {"Venues": venues, "ExclVenues": without, "MaxVenues": most}
        said = [name for name, value in others.items() if value]
        if policy not in (None, RoutePolicy.DIRECTED):
            said.insert(0, "RoutePolicy")
        if said:
            raise Refused(f"ALGO.CONFLICT ExDestination(100) and {said[0]}")
        return directed(order)
    if policy is RoutePolicy.DIRECTED:
        raise Refused("ALGO.MISSING ExDestination(100), where RoutePolicy is directed")
    if policy is None and not venues and not without and most is None:
        return None
    return Route(policy=policy, venues=venues, without=without, most=most)
