"""Over which venues a release is split, and which of them an order rests on: by the order's word or the gateway's."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from gateway.market import Markets
from gateway.model import Instrument, Level, NewOrder, Ns, Px, Qty, Settings, Side, TimeInForce
from gateway.model.routing import Route, RoutePolicy, VenueCosts
from gateway.oms.offers import Offers
from gateway.oms.plan import Plan
from gateway.router import Candidate, Rates, Split, counted, reason, route, split, within_one

_FOK = TimeInForce.FOK
_PRICE_TIME, _DIRECTED = RoutePolicy.PRICE_TIME, RoutePolicy.DIRECTED
_BY_FEE: Final = (RoutePolicy.FEE_AWARE, RoutePolicy.SMART, RoutePolicy.CONT_KUKANOV)
_ANY: Final = Route()
_NONE: Final[Mapping[str, str]] = {}


class Routed(NamedTuple):
    """Where a release goes, and what was seen when that was decided."""

    splits: list[Split]
    candidates: list[Candidate]
    policy: RoutePolicy = _PRICE_TIME
    why: str = ""  # in words; '' for the rule of price_time
    passed_over: Mapping[str, str] = _NONE  # venues that were no candidates -> why not


class Routing:
    def __init__(self, offers: Offers) -> None:
        self._offers = offers
        self._markets = Markets()
        self._policy = _PRICE_TIME
        self._costs: dict[str, VenueCosts] = {}

    def configure(self, markets: Markets, settings: Settings) -> None:
        self._markets = markets
        self._policy = settings.routing
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
    ) -> Routed:
        """Split a release over what venues show within the limit."""
        side, symbol, asked = order.side, order.symbol, plan.route
        takers = self._offers.takers(plan.child_tif, symbol)
        available = {
            venue: book.available(side)
            for venue, book in self._markets.fresh(symbol).items()
            if venue in takers and trades_on(venue)
        }
        if asked is not None:
            available = {venue: levels for venue, levels in available.items() if asked.allows(venue)}
        is_whole = plan.child_tif is _FOK
        least = release if plan.min_qty is None else min(plan.min_qty, release)
        policy = self.policy(plan)
        if policy is _DIRECTED or (policy is _PRICE_TIME and (is_whole or asked is None or asked.most is None)):
            if is_whole:
                available = within_one(side, least, limit, available)
            splits, candidates = split(side, release, limit, available, lot=instrument.lot, min_qty=instrument.min_qty)
        else:
            splits, candidates = route(
                side,
                release,
                limit,
                available,
                {venue: counted(policy, self._rates(symbol, venue, side)) for venue in available},
                lot=instrument.lot,
                min_qty=instrument.min_qty,
                most=1 if is_whole else None if asked is None else asked.most,
            )
            if is_whole and sum(part.qty for part in splits) < least:
                splits = []
        if not splits:
            return Routed(splits, candidates, policy)
        passed_over = _NONE
        if len(available) < len(self._markets.books(symbol)):
            passed_over = self._passed_over(plan, symbol, available, trades_on)
        if policy is _PRICE_TIME and asked is None:
            return Routed(splits, candidates, policy, "", passed_over)
        why = reason(policy, side, candidates, splits, asked=asked is not None and asked != Route(policy=asked.policy))
        return Routed(splits, candidates, policy, why, passed_over)

    def places(self, plan: Plan, venues: Sequence[str]) -> list[str]:
        """Of venues that an order could rest on, those it may, the first before the others."""
        asked = plan.route or _ANY
        allowed = [venue for venue in venues if asked.allows(venue)]
        if self.policy(plan) in _BY_FEE:
            allowed.sort(key=lambda venue: self._costs[venue].maker_fee)
        return allowed

    def _rates(self, symbol: str, venue: str, side: Side) -> Rates:
        costs = self._costs[venue]
        latency = self._markets.adverse_move(symbol, venue, side, Ns(costs.latency_us * 1_000))
        return Rates(fee=costs.taker_fee, latency=latency, adverse=costs.adverse)

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
            elif not trades_on(venue):
                found[venue] = "we do not trade on it for now"
            else:
                found[venue] = "it has not all of it"
        return found
