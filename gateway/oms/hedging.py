"""Orders that hedge what is filled of another: made with it, worked by its algo, and over when it is hedged.

The hedge is an order like any other, of the same client and account, so that all that holds for orders holds for it.
Both are taken or none is. When the first is over the hedge goes on until what is filled is hedged; without its hedge
the first has nothing to stand on, and ends. What is busted of the first is not traded back: an operator hears of it.
"""

from typing import Final, NamedTuple, Protocol

from msgspec import structs

from gateway.market import Markets
from gateway.model import ExecRestatementReason, ExecType, NewOrder, Ns, OrdType, Px, Qty, Rejection, Side, TimeInForce
from gateway.model import print_scaled as shown
from gateway.model.positions import PositionEffect
from gateway.oms.admission import Admission
from gateway.oms.effects import Effects
from gateway.oms.ends import Closing, End
from gateway.oms.notes import AlertNote
from gateway.oms.order import ParentOrder
from gateway.oms.pair import Pair, behind, hedge_of
from gateway.oms.plan import Plan
from gateway.oms.slicing import Slicer
from gateway.oms.terms import duplicate
from gateway.oms.wire import Reports, Wire
from gateway.risk import Guard

_OTHER: Final = ExecRestatementReason.OTHER


class Planned(NamedTuple):
    """A hedge that may be taken."""

    order: NewOrder
    plan: Plan


class Desk(Protocol):
    """What the desk does for hedges."""

    admission: Admission
    markets: Markets
    guard: Guard
    effects: Effects

    def accept(self, parent: ParentOrder, plan: Plan) -> None: ...

    def close(self, parent: ParentOrder, closing: Closing, now: Ns) -> None: ...


class Hedging:
    def __init__(self, wire: Wire, reports: Reports, slicer: Slicer, desk: Desk) -> None:
        self.stirred = reports.of_pairs  # of which something was reported
        self._wire = wire
        self._reports = reports
        self._slicer = slicer
        self._desk = desk

    def judge(self, client: str, order: NewOrder, plan: Plan, now: Ns) -> Planned | Rejection | None:
        """The hedge of an order that may be taken if that may, or why it may not; None: it has none."""
        terms = plan.algo.hedge
        if terms is None:
            return None
        desk = self._desk
        instrument = desk.admission.instruments[terms.symbol]
        qty = terms.qty(order.order_qty, instrument.lot)
        hedge = _order(order, terms.symbol, qty)
        quotes = {each.symbol: desk.markets.quote(each.symbol) for each in (order, hedge)}
        used = self._slicer.orders.find(client, hedge.cl_ord_id, now) is not None
        wrong = (
            desk.admission.wrong_terms(client, hedge)
            or (duplicate(hedge) if used else None)
            or desk.effects.refusal(client, hedge, None, (order,))
            or next(filter(None, desk.guard.program(client, (order, hedge), quotes, now, is_list=False)), None)
        )
        if wrong is not None:
            words = wrong.text.partition(" ")[2]
            return Rejection(f"{wrong.code} its hedge in {terms.symbol[:64]}: {words}")
        # Neither its window nor its pace is the first's: what is filled is to be hedged.
        return Planned(
            hedge, structs.replace(plan, expire_at=None, note=None, arrival=Px(0), common=None, dry_run=False)
        )

    def enter(self, first: ParentOrder, planned: Planned, now: Ns) -> ParentOrder:
        """The hedge is one of ours, too; its client does not know yet."""
        hedge = self._slicer.orders.enter(first.client, planned.order, now)
        first.pair = Pair(hedge.order_id, hedge.order.symbol, hedges=False)
        hedge.pair = Pair(first.order_id, first.order.symbol, hedges=True)
        self._desk.accept(hedge, planned.plan)
        return hedge

    def follow(self, now: Ns) -> None:
        """Something became of orders that are hedged, or hedge."""
        while self.stirred:
            parent = self.stirred.pop(0)
            assert parent.pair is not None
            other = self._slicer.orders[parent.pair.other]
            first, hedge = (other, parent) if parent.pair.hedges else (parent, other)
            self._follow(first, hedge, now)

    def _follow(self, first: ParentOrder, hedge: ParentOrder, now: Ns) -> None:
        assert first.plan is not None and hedge.plan is not None and hedge.pair is not None
        hedge.withheld = Qty(0)  # what a venue took back is to be hedged, and nobody else asks for it
        missing, pair = behind(first, hedge, self._slicer.lot(hedge)), hedge.pair
        pair.since = Ns(0) if missing <= 0 else pair.since or now
        until = None if missing <= 0 else Ns(max(pair.since, hedge.filled_at) + hedge_of(first).wait)
        if hedge.plan.algo is not first.plan.algo or hedge.plan.expire_at != until:  # a replace may change both
            hedge.plan = structs.replace(hedge.plan, algo=first.plan.algo, expire_at=until)
        if hedge.ended is not None and first.open and first.closing is None:
            self._desk.close(first, Closing(End.CANCELED, f"its hedge {_named(hedge)} has ended", _OTHER), now)
        goes_on = first.open or bool(first.children)
        if hedge.open and hedge.closing is None:
            self._fit(first, hedge, now, goes_on=goes_on)
            self._slicer.work(hedge, now)
        if first.open:
            self._slicer.work(first, now)
        self._tell(hedge, missing)

    def _fit(self, first: ParentOrder, hedge: ParentOrder, now: Ns, *, goes_on: bool) -> None:
        """The hedge is as large as the first may yet make it, and over when nothing more of that can be sent."""
        most = hedge_of(first).qty(first.order_qty if goes_on else first.cum_qty, self._slicer.lot(hedge))
        left = most - hedge.cum_qty - hedge.reserved
        if not goes_on and not hedge.children and left < self._slicer.smallest(hedge):
            text = f"{_named(first)} has ended" + (" and is hedged" if left <= 0 else "; the rest is below an order")
            self._desk.close(hedge, Closing(End.CANCELED, text, _OTHER), now)
        elif most < hedge.order_qty and left >= 0 and most > hedge.cum_qty:
            hedge.order_qty = most
            text = f"reduced as {_named(first)} {'was' if goes_on else 'has ended'}"
            self._reports.send(hedge, ExecType.RESTATED, now, restated=_OTHER, text=text)

    def _tell(self, hedge: ParentOrder, missing: int) -> None:
        """An operator hears of what nobody hedges, and of what is hedged and not there, once for each quantity."""
        pair = hedge.pair
        assert pair is not None
        alone = missing if missing < 0 or not (hedge.open or hedge.children) else 0
        if alone == pair.told:
            return
        pair.told = alone
        if alone:
            what, done = f"{shown(Qty(abs(alone)))} {hedge.order.symbol}", hedge.order.side.name
            if alone > 0:
                code, text = "HEDGE.OPEN", f"{what} to {done} are not hedged, and nobody will"
            else:
                code, text = "HEDGE.OVER", f"{what} {done} are more than is filled of {pair.other}"
            self._wire.note("alert", AlertNote(code=code, text=text, parent=hedge.order_id))


def _order(first: NewOrder, symbol: str, qty: Qty) -> NewOrder:
    """At the market: how far it goes is for its algo and the collar to say. A sale closes, or is a located short."""
    buys = first.side is not Side.BUY
    is_short = not buys and first.locate_reqd is not None
    side = Side.BUY if buys else Side.SELL_SHORT if is_short else Side.SELL
    effect = PositionEffect.CLOSE if side is Side.SELL else None
    account = "" if first.account is None else f"1={first.account}\x01"
    closes = "" if effect is None else f"77={effect}\x01"
    return NewOrder(
        cl_ord_id=f"{first.cl_ord_id}-H",
        symbol=symbol,
        side=side,
        order_qty=qty,
        ord_type=OrdType.MARKET,
        time_in_force=TimeInForce.GTC,
        account=first.account,
        target_strategy=first.target_strategy,
        position_effect=effect,
        locate_reqd=first.locate_reqd if is_short else None,
        locate_broker=first.locate_broker if is_short else None,
        echo=f"{account}40={OrdType.MARKET}\x0159={TimeInForce.GTC}\x01{closes}583={first.cl_ord_id}\x01",
    )


def _named(parent: ParentOrder) -> str:
    return parent.order.cl_ord_id[:64]
