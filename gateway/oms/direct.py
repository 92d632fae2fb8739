"""Orders without an algo: when they begin and end, and what they need of venues."""

from collections.abc import Callable

from gateway.model import PLAIN, SECOND, Algo, Decision, NewOrder, Ns, OrdType, Px, Qty, Quote, Side, TimeInForce
from gateway.model.routing import Route, RoutePolicy
from gateway.oms.order import ParentOrder
from gateway.oms.plan import Plan, Refused
from gateway.oms.posting import UNTIL, posting_of
from gateway.oms.triggers import trigger_of

ALL_OR_NONE = "G"  # ExecInst(18)
_DAY, _IOC, _FOK = TimeInForce.DAY, TimeInForce.IOC, TimeInForce.FOK
_GTD, _GTX, _TO_LIMIT = TimeInForce.GTD, TimeInForce.GTX, OrdType.MARKET_WITH_LEFTOVER_AS_LIMIT
_DAY_LENGTH = 86_400 * SECOND


def plan_directly(order: NewOrder, algo: Algo, *, now: Ns, close: Ns | None, quote: Callable[[str], Quote]) -> Plan:
    """Raises Refused."""
    if order.strategy_parameters or order.strategy_text or order.participation:
        raise Refused("ALGO.MISSING TargetStrategy(847)")
    expire_at = _expiry(order, now=now, close=close)
    start = max(now, order.effective_time or now)
    handling, is_day, is_fok = order.handling, order.time_in_force == _DAY, order.time_in_force == _FOK
    is_whole, is_plain = is_fok or ALL_OR_NONE in handling.exec_inst, handling is PLAIN
    for_auction = order.time_in_force in UNTIL
    if for_auction and (is_whole or handling.min_qty):
        raise Refused("ORDER.CONFLICT an auction knows neither MinQty(110) nor ExecInst(18) G")
    if order.time_in_force is _GTX and order.price is None:
        raise Refused("ORDER.MISSING Price(44)")
    return Plan(
        algo=algo,
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
        route=None if order.destination is None else directed(order),
    )


def decide_directly(parent: ParentOrder, plan: Plan, now: Ns) -> Decision:
    """All of it is due at once; before its start nothing more than what is filled."""
    if now < plan.start:
        return Decision(due=Qty(parent.cum_qty - parent.base_qty), wake_at=plan.start)
    return Decision(due=Qty(parent.order_qty - parent.base_qty))


def _expiry(order: NewOrder, *, now: Ns, close: Ns | None) -> Ns | None:
    """When an order that is good till a date ends: at a time, or with a day, at the close or at midnight UTC."""
    at, date = order.expire_time, order.expire_date
    if order.time_in_force is not _GTD:
        if date is not None:
            raise Refused("ORDER.CONFLICT ExpireDate(432) goes with TimeInForce(59) 6")
        return None
    if at is not None and date is not None:
        raise Refused("ORDER.CONFLICT ExpireTime(126) and ExpireDate(432)")
    if date is not None:
        at = Ns(date + ((0 if close is None else close % _DAY_LENGTH) or _DAY_LENGTH))
    if at is None:
        raise Refused("ORDER.MISSING ExpireTime(126) or ExpireDate(432)")
    if at <= now:
        raise Refused("ORDER.EXPIRED ExpireTime(126) or ExpireDate(432) has passed")
    return at


def _touch(order: NewOrder, quote: Quote) -> Px:
    """What a market order with leftover as limit takes, and rests at: the best price of the other side."""
    price, size = (quote.ask, quote.ask_size) if order.side == Side.BUY else (quote.bid, quote.bid_size)
    if not size:
        raise Refused("RISK.REFERENCE there is no price to take")
    return price


def directed(order: NewOrder) -> Route | None:
    """By ExDestination(100), where the order has one."""
    venue = order.destination
    return None if venue is None else Route(policy=RoutePolicy.DIRECTED, venues=(venue,))
