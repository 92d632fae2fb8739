"""Whether an order may be taken, in how many shares and by which plan. What speaks against it comes with its code."""

from collections.abc import Mapping
from typing import Final

from msgspec import structs

from gateway.market import Markets
from gateway.model import PLAIN, Algo, Hedge, Instrument, NewOrder, Ns, Qty, Rejection, Settings, Side, print_scaled
from gateway.model.numbers import SCALE
from gateway.oms import strategy, terms
from gateway.oms.effects import Effects
from gateway.oms.offers import Offers
from gateway.oms.order import ParentOrder
from gateway.oms.parameters import natives
from gateway.oms.permissions import Entitlement
from gateway.oms.plan import Plan
from gateway.oms.terms import OF_HEDGE, ONLY_LESS, STOPPING
from gateway.oms.trading_day import TradingDay
from gateway.risk import Guard, reached, worth

_LARGEST: Final = 2**63 - 1  # that a Qty may be
_OTHER_HEDGE: Final = Rejection("ALGO.CHANGED what hedges an order, how much of it and where cannot change")


class Admission:
    """`stopping`: nothing is taken any more."""

    def __init__(
        self,
        markets: Markets,
        guard: Guard,
        effects: Effects,
        offers: Offers,
        *,
        day: TradingDay,
        algos: Mapping[str, type[Algo]],
    ) -> None:
        self.stopping = False
        self.instruments: Mapping[str, Instrument] = {}
        self._entitlement = Entitlement()
        self._markets = markets
        self._guard = guard
        self._effects = effects
        self._offers = offers
        self._day = day
        self._algos = algos

    def configure(self, settings: Settings, instruments: Mapping[str, Instrument]) -> None:
        """The terms of this start."""
        self.instruments = instruments
        self._entitlement.configure(settings)
        self.stopping = False

    def judge(self, client: str, order: NewOrder, now: Ns, replaces: ParentOrder | None = None) -> Plan | Rejection:
        """Whether the order may be taken, now and on these terms; `replaces` is to get them."""
        if self.stopping:
            return STOPPING
        if replaces is not None and replaces.hedges:
            return OF_HEDGE
        if replaces is not None and (replaces.tied or replaces.pair) and order.order_qty > replaces.order_qty:
            return ONLY_LESS
        wrong = (
            self.wrong_terms(client, order)
            or self._guard.entry(
                client,
                order,
                self._markets.quote(order.symbol),
                now,
                replaces=None if replaces is None else replaces.order_id,
                cum_qty=Qty(0) if replaces is None else replaces.cum_qty,
            )
            or self._effects.refusal(client, order, replaces)
        )
        plan = wrong or self.plan(client, order, now, may_rehearse=replaces is None)
        if isinstance(plan, Plan) and replaces is not None and replaces.plan is not None:
            before = replaces.plan
            if replaces.pair is not None and (before.algo.hedge, before.route) != (plan.algo.hedge, plan.route):
                return _OTHER_HEDGE
            if replaces.sent:
                return strategy.frozen(before, plan) or plan
        return plan

    def wrong_terms(self, client: str, order: NewOrder) -> Rejection | None:
        """What no order may be, or none of that client."""
        kind = None if order.target_strategy is None else self._algos.get(order.target_strategy)
        return terms.wrong_terms(order, () if kind is None else natives(kind)) or self._entitlement.refusal(
            client, order
        )

    def plan(self, client: str, order: NewOrder, now: Ns, *, may_rehearse: bool = False) -> Plan | Rejection:
        """How an order is to be worked, if a venue can do what that needs."""
        plan = strategy.plan(order, self._algos, now=now, close=self._day.close(now), quote=self._markets.quote)
        if isinstance(plan, Plan):
            plan = self._entitlement.routed(plan, order)
        if isinstance(plan, Rejection):
            return plan
        if order.target_strategy is None:
            return self._offers.refusal(plan) or plan
        instrument = self.instruments.get(order.symbol)
        if instrument is not None:
            objection = strategy.objection(plan, order, instrument, self._markets.view(order.symbol).curve)
            if objection is None and plan.algo.hedge is not None:
                objection = _wrong_hedge(plan, plan.algo.hedge, order, self.instruments)
            if objection is not None:
                return Rejection(objection)
        if plan.dry_run and not may_rehearse:
            return Rejection("ALGO.CONFLICT DryRun is for a new order that is in no list")
        if plan.arrival and (benchmark := plan.algo.benchmark) is not None:
            quote = self._markets.quote(order.symbol)
            collar = self._guard.collar(client, order, quote, now)
            best = quote.ask if order.side is Side.BUY else quote.bid
            if collar is None or abs(benchmark - best) > abs(collar - best):
                text = f"RISK.COLLAR BenchmarkPx {print_scaled(benchmark)} is too far from {print_scaled(best)}"
                return Rejection(text)
        return self._offers.refusal(plan) or plan

    def in_shares(self, order: NewOrder, replaces: ParentOrder | None = None) -> tuple[NewOrder, Rejection | None]:
        """The order, and where it is one in money, CashOrderQty(152), with as many whole lots as that buys, or why not.

        A share counts for what risk counts it for; what is filled of the order that it `replaces` cost what it cost.
        """
        cash = order.handling.cash_order_qty
        if cash is None:
            return order, None
        handling = structs.replace(order.handling, cash_order_qty=None)
        order = structs.replace(order, handling=PLAIN if handling == PLAIN else handling)
        if order.order_qty:
            return order, Rejection("ORDER.CONFLICT OrderQty(38) and CashOrderQty(152)")
        instrument = self.instruments.get(order.symbol)
        if instrument is None:
            return order, None  # which is refused for its symbol
        a_share = worth(order.side, order.price, reached(order, self._markets.quote(order.symbol)))
        if a_share <= 0:
            return order, Rejection("RISK.REFERENCE there is no price to turn CashOrderQty(152) into shares by")
        left, filled = cash * SCALE, 0
        if replaces is not None:
            left, filled = left - replaces.notional, replaces.cum_qty
        qty = Qty((filled + max(left, 0) // a_share) // instrument.lot * instrument.lot)
        if not 0 < qty <= _LARGEST:
            what = "less than a lot" if not qty else "more than any order"
            text = f"ORDER.CASH CashOrderQty(152) {print_scaled(cash)} is {what} at {print_scaled(a_share)}"
            return order, Rejection(text)
        return structs.replace(order, order_qty=qty), None


def _wrong_hedge(plan: Plan, hedge: Hedge, order: NewOrder, instruments: Mapping[str, Instrument]) -> str | None:
    """What speaks against hedging an order so.

    Whenever it waits for its hedge there has to be enough to hedge, or both would wait for ever.
    """
    instrument, other = instruments[order.symbol], instruments.get(hedge.symbol)
    if other is None or other.symbol == order.symbol:
        text = "is Symbol(55)" if other is not None else "is not traded here"
        return f"ALGO.RANGE {hedge.symbol[:64]}, which is to hedge it, {text}"
    clip = 0 if plan.common is None else plan.common.min_clip
    unit, smallest = max(instrument.min_qty, instrument.lot, clip), max(other.min_qty, other.lot)
    qty = hedge.qty(order.order_qty, other.lot)
    if not smallest <= qty <= _LARGEST:
        what = "below the smallest order" if qty < smallest else "more than any order"
        return f"ALGO.RANGE {print_scaled(qty)} of {other.symbol} would hedge it, {what}"
    if hedge.most is not None and hedge.most < order.order_qty and hedge.qty(hedge.most - unit, 1) < 3 * smallest:
        return f"ALGO.RANGE what may be unhedged, {print_scaled(hedge.most)}, is too little to be hedged by orders"
    return None
