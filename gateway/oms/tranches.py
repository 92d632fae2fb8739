"""What is due by a deadline, in two parts: what is taken at once, and what rests at several venues until then.

How much rests where follows Cont and Kukanov (2014), from what left the queues in spans as long as the deadline is
off. The plan places what is due and no more, so nothing can be filled beyond it. What is due is planned once; what
comes back of it, and what still rests at its deadline, is taken.
"""

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from gateway.market import Markets
from gateway.model import SCALE, SECOND, Decision, Instrument, Ns, Posting, Px, Qty, Quote, Settings, Side, TimeInForce
from gateway.model import print_scaled as say
from gateway.model.routing import RoutePolicy, VenueCosts
from gateway.model.settings import Offer
from gateway.oms.offers import Offers
from gateway.oms.order import ParentOrder, Tranche
from gateway.oms.plan import Plan
from gateway.oms.routing import Routed, Routing
from gateway.router import Split
from gateway.router.cont_kukanov import Costs, Placement, Queue

LEAST_SPANS: Final = 10  # of a venue, before it is known what leaves its queue
MOST_SPANS: Final = 251  # the newest; more make a plan no better
RESTS: Final = Posting()
_NEEDED: Final = frozenset({Offer.DAY})
_CONT_KUKANOV, _IOC, _BUY = RoutePolicy.CONT_KUKANOV, TimeInForce.IOC, Side.BUY


class _Span(NamedTuple):
    """Until the deadline, and the queues at the best price of our side."""

    until: Ns
    seconds: int
    price: Px
    queues: list[Queue]
    left: list[list[Qty]]


class Tranches:
    def __init__(self, offers: Offers, routing: Routing) -> None:
        self._offers = offers
        self._routing = routing
        self._markets = Markets()
        self._costs: dict[str, VenueCosts] = {}
        self._under = 0

    def configure(self, markets: Markets, settings: Settings) -> None:
        self._markets = markets
        self._costs = {venue.name: venue.costs for venue in settings.venues}
        self._under = settings.ways.under

    def concern(self, plan: Plan) -> bool:
        """Whether what is due is planned so; what says how it rests is not, nor what has to be had at once."""
        is_planned = self._routing.policy(plan) is _CONT_KUKANOV and not plan.immediate
        return is_planned and plan.posting is None and plan.child_tif is _IOC

    def next(
        self,
        parent: ParentOrder,
        due: Qty,
        release: Qty,
        decision: Decision,
        *,
        instrument: Instrument,
        limit: Px | None,
        now: Ns,
        trades_on: Callable[[str], bool],
    ) -> Routed:
        """What of a release is to rest, and until when is noted with the parent. Without splits all is to be taken, and
        it is said why, where that is not only because it came back."""
        before = parent.tranche
        new = min(release, due - (before.due if before is not None else parent.cum_qty + parent.reserved))
        target = Qty(new - new % instrument.lot)
        if target <= 0:
            return Routed([], [], _CONT_KUKANOV)
        quote = self._markets.others(parent.order.symbol)
        span = self._span(parent, decision, quote, limit=limit, now=now, trades_on=trades_on)
        if isinstance(span, str):
            return Routed([], [], _CONT_KUKANOV, f"all is taken: {span}")
        costs = self._costs_of(parent, quote, span)
        plan = Placement(target, span.queues, span.left, costs, lot=instrument.lot).within()
        parent.tranche = Tranche(due, span.until)
        limits = plan.limits
        splits = [
            Split(queue.venue, qty, span.price)
            for queue, qty in zip(span.queues, limits, strict=True)
            if qty >= instrument.min_qty
        ]
        rested = Qty(sum(part.qty for part in splits))
        if splits and 0 < target - rested < instrument.min_qty:
            splits[0] = Split(splits[0].venue, Qty(splits[0].qty + target - rested), span.price)
            rested = target
        seen = f"by what left there in the last {len(span.left[0])} spans of {span.seconds} s"
        if not splits:
            return Routed([], [], _CONT_KUKANOV, f"all is taken: to rest would cost no less, {seen}")
        ahead = {queue.venue: queue.ahead for queue in span.queues}
        where = ", ".join(f"{say(part.qty)} on {part.venue} behind {say(ahead[part.venue])}" for part in splits)
        why = (
            f"{say(rested)} rest for {span.seconds} s, {where}; {seen}, {say(Qty(sum(plan.filled)))} are filled on "
            f"average, and a share costs {say(plan.cost)} beyond the middle instead of "
            f"{say(Px(costs.half_spread + costs.fee))}; the other {say(Qty(release - rested))} are taken"
        )
        return Routed(splits, [], _CONT_KUKANOV, why)

    def _span(
        self,
        parent: ParentOrder,
        decision: Decision,
        quote: Quote,
        *,
        limit: Px | None,
        now: Ns,
        trades_on: Callable[[str], bool],
    ) -> _Span | str:
        """In words, why nothing can rest."""
        plan, side, symbol = parent.plan, parent.order.side, parent.order.symbol
        assert plan is not None
        tranche = parent.tranche
        until = tranche.until if tranche is not None and tranche.until is not None else _deadline(plan, decision, now)
        if until is None:
            return "it has no deadline"
        seconds = (until - now) // SECOND
        if seconds < 1:
            return "the deadline is less than a second off"
        if not (quote.bid_size and quote.ask_size) or quote.bid >= quote.ask:
            return "there is no spread to earn"
        price = quote.bid if side == _BUY else quote.ask
        if limit is not None and (price > limit if side == _BUY else price < limit):
            return "the best price of its own side is beyond what it may pay"
        books, queues, flows = self._markets.fresh(symbol), [], []
        for venue in self._routing.places(plan, self._offers.here(_NEEDED, symbol)):
            book = books.get(venue)
            if book is None or book.flow is None or not trades_on(venue):
                continue
            levels = book.bids if side == _BUY else book.asks
            if price in levels.sizes and book.flow.spans(seconds, now) >= LEAST_SPANS:
                queues.append(Queue(venue, levels.sizes[price], Px(-self._costs[venue].maker_fee * price // SCALE)))
                flows.append(book.flow)
        if not queues:
            return f"of no queue at the best price were {LEAST_SPANS} spans of {seconds} s seen"
        count = min(MOST_SPANS, *(flow.spans(seconds, now) for flow in flows))
        return _Span(until, seconds, price, queues, [flow.left(side, seconds, now, count) for flow in flows])

    def _costs_of(self, parent: ParentOrder, quote: Quote, span: _Span) -> Costs:
        """To take at the deadline costs half the spread and the fee, as it does now, and what the price goes until
        then on average where it goes against us."""
        symbol, is_buy = parent.order.symbol, parent.order.side == _BUY
        price = quote.ask if is_buy else quote.bid
        half, fee = Px((quote.ask - quote.bid) // 2), self._fee(symbol, parent.order.side, price)
        moves = self._markets.expected_move(symbol, Ns(span.seconds * SECOND)) + self._under
        return Costs(half, fee, impact=Px(0), under=Px(half + fee + price * moves // SCALE), over=Px(0))

    def _fee(self, symbol: str, side: Side, price: Px) -> Px:
        """Of taking at the best price, where that is cheapest."""
        rates: Iterable[int] = (
            self._costs[venue].taker_fee
            for venue, book in self._markets.fresh(symbol).items()
            if price in book.met_by(side).sizes
        )
        return Px(price * min(rates, default=0) // SCALE)


def _deadline(plan: Plan, decision: Decision, now: Ns) -> Ns | None:
    """When the algo releases more; before the end of the order there has to be time to take what is left."""
    if plan.expire_at is None:
        return decision.wake_at
    last = Ns(plan.expire_at - max((plan.expire_at - now) // 10, SECOND))
    return last if decision.wake_at is None else min(decision.wake_at, last)
