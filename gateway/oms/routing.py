"""Over which venues a release is split, and which of them an order rests on: by the order's word or the gateway's."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from gateway.market import Markets
from gateway.model import (
    MILLISECOND,
    SECOND,
    Instrument,
    Level,
    NewOrder,
    Ns,
    Px,
    Qty,
    Settings,
    Side,
    TimeInForce,
    print_scaled,
)
from gateway.model.health import Learned
from gateway.model.routing import Route, RoutePolicy, Spray, VenueCosts
from gateway.oms.offers import Offers
from gateway.oms.order import ParentOrder
from gateway.oms.plan import Plan
from gateway.oms.statistics import Statistics
from gateway.risk import Guard
from gateway.router import (
    BEST_PRICE,
    Candidate,
    Rates,
    Split,
    best_left,
    counted,
    protected,
    reason,
    route,
    split,
    within_one,
    worse,
)

_BUY, _FOK = Side.BUY, TimeInForce.FOK
_PRICE_TIME, _DIRECTED = RoutePolicy.PRICE_TIME, RoutePolicy.DIRECTED
_BY_FEE: Final = (RoutePolicy.FEE_AWARE, RoutePolicy.SMART, RoutePolicy.CONT_KUKANOV, RoutePolicy.DARK_FIRST)
_COUNTING: Final = (RoutePolicy.LATENCY_AWARE, *_BY_FEE[1:])
_ANY: Final = Route()
_NONE: Final[Mapping[str, str]] = {}
_NO_WAIT: Final[Mapping[str, Ns]] = {}
LONGEST_WAIT: Final = Ns(100 * MILLISECOND)  # before a child leaves
ANSWERED_IN: Final = Ns(SECOND)  # a venue that has not answered an immediate order by then is not waited for


class Routed(Struct, frozen=True, gc=False):
    """Where a release goes, and what was seen when that was decided."""

    splits: list[Split]
    candidates: list[Candidate]
    policy: RoutePolicy = _PRICE_TIME
    why: str = ""  # in words; '' for the rule of price_time
    passed_over: Mapping[str, str] = _NONE  # venues that were no candidates -> why not
    through: Mapping[str, str] = _NONE  # venues with a better price that is left there -> that price, and why
    later: Mapping[str, Ns] = _NO_WAIT  # venues -> how long after the others that go at once


class Routing:
    def __init__(self, offers: Offers, statistics: Statistics) -> None:
        self._offers = offers
        self._statistics = statistics
        self._markets = Markets()
        self._policy = _PRICE_TIME
        self._guard = Guard(lambda _kind, _fact: None)
        self._costs: dict[str, VenueCosts] = {}
        self._protect = self._is_sequential = self._is_together = False

    def configure(self, markets: Markets, guard: Guard, settings: Settings) -> None:
        self._markets = markets
        self._guard = guard
        self._policy = settings.routing
        self._protect, spray = settings.ways.protect, settings.ways.spray
        self._is_sequential, self._is_together = spray is Spray.SEQUENTIAL, spray is Spray.TOGETHER
        self._costs = {venue.name: venue.costs for venue in settings.venues}

    def policy(self, plan: Plan) -> RoutePolicy:
        """The order's, or the gateway's."""
        asked = plan.route
        return self._policy if asked is None or asked.policy is None else asked.policy

    def take(
        self,
        plan: Plan,
        order: NewOrder,
        release: Qty,
        limit: Px | None,
        *,
        instrument: Instrument,
        trades_on: Callable[[str], bool],
        now: Ns,
    ) -> Routed:
        """Split a release over what venues show within the limit."""
        side, symbol, asked = order.side, order.symbol, plan.route
        takers = self._offers.takers(plan.child_tif, symbol)
        shown: Mapping[str, tuple[Level, ...]] = {
            venue: book.available(side)
            for venue, book in self._markets.fresh(symbol).items()
            if venue in takers and trades_on(venue)
        }
        if asked is not None:
            shown = {venue: levels for venue, levels in shown.items() if asked.allows(venue)}
        available = self._guard.within(shown, now)
        if available is not shown and not any(available.values()):
            available = shown  # So that it is told why, and tried again.
        policy, is_whole = self.policy(plan), plan.child_tif is _FOK
        lot, min_qty = instrument.lot, instrument.min_qty
        least = release if plan.min_qty is None else min(plan.min_qty, release)
        if policy is _DIRECTED or (policy is _PRICE_TIME and (is_whole or asked is None or asked.most is None)):
            if is_whole:
                available = within_one(side, least, limit, available)
            splits, candidates = split(side, release, limit, available, lot=lot, min_qty=min_qty)
        else:
            splits, candidates = route(
                side,
                release,
                limit,
                available,
                {venue: self._rates(policy, symbol, venue, side) for venue in available},
                lot=lot,
                min_qty=min_qty,
                most=1 if is_whole else None if asked is None else asked.most,
                protect=self._protect,
            )
            if is_whole and sum(part.qty for part in splits) < least:
                splits = []
        others = splits[1:] if self._is_sequential and not plan.immediate else []
        if others:
            splits = splits[:1]
        if self._protect and not is_whole:
            splits = protected(side, splits, available, lot=lot, min_qty=min_qty)
        if not splits:
            return Routed(splits, candidates, policy)
        passed_over, through, why = _NONE, _NONE, ""
        if len(available) < len(self._markets.books(symbol)):
            passed_over = self._passed_over(plan, symbol, available, trades_on)
        if self._protect:
            through = self._through(side, symbol, splits, passed_over, lot)
        if policy is not _PRICE_TIME or asked is not None:
            is_asked = policy is not _DIRECTED and asked is not None and asked != Route(policy=asked.policy)
            why = reason(policy, side, candidates, splits, asked=is_asked)
            if policy in _COUNTING:
                why += _sources({venue: self._statistics.learned(venue) for venue in available}, policy)
        if others:
            why = f"{why or BEST_PRICE}; {', '.join(part.venue for part in others)} after its answer"
        later = self._later(splits) if self._is_together and len(splits) > 1 else _NO_WAIT
        if later:
            words = ", ".join(f"{venue} {wait // 1_000} us" for venue, wait in later.items())
            why = f"{why or BEST_PRICE}; later than the others, so that all arrive together: {words}"
        return Routed(splits, candidates, policy, why, passed_over, through, later)

    def _later(self, splits: Sequence[Split]) -> dict[str, Ns]:
        """By how much venues are closer than the one that is farthest away."""
        away = {part.venue: self._away(part.venue, self._statistics.learned(part.venue)) for part in splits}
        farthest = max(away.values())
        return {venue: Ns(min(farthest - near, LONGEST_WAIT)) for venue, near in away.items() if near < farthest}

    def _away(self, venue: str, learned: Learned) -> Ns:
        """How long an order is on its way to it."""
        return Ns(self._costs[venue].latency_us * 1_000) if learned.latency is None else learned.latency

    def awaits(self, parent: ParentOrder, now: Ns) -> Ns | None:
        """Until when at the latest the next venue has to wait for the last one's answer; None: it need not."""
        if not self._is_sequential or all(child.may_rest for child in parent.children):
            return None
        until = Ns(parent.released_at + ANSWERED_IN)
        return until if now < until else None

    def places(self, plan: Plan, venues: Sequence[str]) -> list[str]:
        """Of venues that an order could rest on, those it may, the first before the others."""
        asked = plan.route or _ANY
        allowed = [venue for venue in venues if asked.allows(venue)]
        if self.policy(plan) in _BY_FEE:
            allowed.sort(key=lambda venue: self._costs[venue].maker_fee)
        return allowed

    def _rates(self, policy: RoutePolicy, symbol: str, venue: str, side: Side) -> Rates:
        costs, learned, markets = self._costs[venue], self._statistics.learned(venue), self._markets
        latency = markets.adverse_move(symbol, venue, side, self._away(venue, learned))
        return counted(policy, Rates(fee=costs.taker_fee, latency=latency, adverse=costs.adverse), learned.slip)

    def _through(
        self, side: Side, symbol: str, splits: Sequence[Split], passed_over: Mapping[str, str], lot: Qty
    ) -> dict[str, str]:
        """Venues that have better than the worst that is taken, and keep it, with that price and why."""
        prices, found = [part.price for part in splits], {}
        worst = max(prices) if side == _BUY else min(prices)
        taken = {part.venue: part.qty for part in splits}
        for venue, book in self._markets.books(symbol).items():
            left = best_left(book.available(side), taken.get(venue, 0), lot)
            if left is not None and worse(side, worst, left) and not book.dark:
                why = passed_over.get(venue, "no more of it may go there, by our limits or as one order")
                found[venue] = f"{print_scaled(left)}, {why}"
        return found

    def _passed_over(
        self, plan: Plan, symbol: str, available: Mapping[str, tuple[Level, ...]], trades_on: Callable[[str], bool]
    ) -> dict[str, str]:
        asked, takers = plan.route or _ANY, self._offers.takers(plan.child_tif, symbol)
        found = {}
        for venue, book in self._markets.books(symbol).items():
            if venue in available:
                continue
            if venue in self._offers.dark:
                found[venue] = "it shows nothing"
            elif not asked.allows(venue):
                found[venue] = "the client does not want it"
            elif not book.known:
                found[venue] = "it has shown nothing since it is there, or is not there"
            elif book.stale:
                found[venue] = "what it shows is stale"
            elif venue not in takers:
                found[venue] = "it takes no such orders now"
            elif not self._statistics.breakers.admits(venue):
                found[venue] = self._statistics.breakers.told(venue)
            elif not trades_on(venue):
                found[venue] = "we do not trade on it for now"
            else:
                found[venue] = "it has not all of it"
        return found


def _sources(learned: Mapping[str, Learned], policy: RoutePolicy) -> str:
    """Which figures are not the configured ones, and what they are made of."""
    words = []
    for venue, found in learned.items():
        said = []
        if found.latency is not None:
            said.append(f"{found.latency // 1_000} us away by {found.answers} answers")
        if policy is not RoutePolicy.LATENCY_AWARE and found.slip is not None:
            said.append(f"{print_scaled(Px(found.slip * 10_000))} bps beyond what it shows by {found.takes} orders")
        if said:
            words.append(f"{venue} {', '.join(said)}")
    return f"; learned: {'; '.join(words)}" if words else ""
