"""Orders that wait for a price, among the others: nothing of them is at a venue until the market was there.

Then the order is Restated and at work as a market or limit order would be (FIX vol. 4, E.1.f). What a venue shows or
prints on its first snapshot happened before, or may have: it triggers nothing. Nor does a market that is not there.
"""

from collections.abc import Callable, Mapping
from typing import Final

from msgspec import structs

from gateway.market import Markets
from gateway.model import ExecRestatementReason, ExecType, MarketData, Ns, Px, print_scaled
from gateway.oms.alarms import ACTIVATION
from gateway.oms.order import ParentOrder
from gateway.oms.pauses import CLIENT
from gateway.oms.slicing import Slicer
from gateway.oms.terms import SUSPEND, instructed
from gateway.oms.triggers import BID, OFFER, TRADE, Trigger, Triggers
from gateway.oms.wire import Reports, Wire

WAITS: Final = "636=N\x01"  # WorkingIndicator(636)
WORKS: Final = "636=Y\x01"
_PRINT: Final = "2"  # MDEntryType(269)


def beginning(parent: ParentOrder, now: Ns) -> str:
    """What New and Replaced say of how an order begins: that it waits, and the price of one that got it from us."""
    assert parent.plan is not None
    more, limit = "" if parent.works(now) else WAITS, parent.plan.limit
    return more if limit is None else f"{more}44={print_scaled(limit)}\x01"


class Conditions:
    def __init__(self, wire: Wire, reports: Reports, slicer: Slicer, parents: Mapping[str, ParentOrder]) -> None:
        self._wire = wire
        self._reports = reports
        self._slicer = slicer
        self._parents = parents
        self._triggers = Triggers(self._awake)
        self._starts: dict[str, Ns] = {}  # by OrderID: of orders whose clients are to be told
        self._now = Ns(0)

    def await_start(self, parent: ParentOrder, now: Ns) -> None:
        """The client heard of the order's terms, and hears again when it starts if that is still to come."""
        assert parent.plan is not None
        order_id, start = parent.order_id, parent.plan.start
        if start <= now:
            if self._starts:
                self._starts.pop(order_id, None)
        elif self._starts.get(order_id) != start:
            self._starts[order_id] = start
            self._wire.wake(start, ACTIVATION + order_id)

    def started(self, what: str, now: Ns) -> None:
        """The instant has come that a timer was set for; a replace may have moved the start since."""
        order_id = what.removeprefix(ACTIVATION)
        if self._starts.get(order_id, now + 1) <= now:
            del self._starts[order_id]
            self._slicer.count_from_now(self._parents[order_id])
            self.activated(self._parents[order_id], now)

    def activated(self, parent: ParentOrder, now: Ns) -> None:
        """The order that was held back, or waited for its start, is at work (FIX vol. 4, E.1.f)."""
        if parent.open and not parent.requests and parent.works(now):
            self._reports.send(parent, ExecType.RESTATED, now, restated=ExecRestatementReason.OTHER, more=WORKS)

    def begin(self, parent: ParentOrder, before: Trigger | None = None) -> None:
        """The order has these terms from now on. Where it waited for `before` and still does, nothing changes."""
        assert parent.plan is not None
        if instructed(parent.order, SUSPEND):
            parent.paused = CLIENT
        elif parent.paused == CLIENT:
            parent.paused = ""
        trigger = parent.plan.trigger
        if trigger != before:
            self.end(parent)
            parent.trigger = trigger
            if trigger is not None:
                self._triggers.arm(parent.order_id, parent.order.symbol, trigger)

    def split(self, symbol: str, changed: Callable[[Trigger], Trigger]) -> None:
        """What those that wait in the symbol wait for, where a trailing stop stands by now, in other shares."""
        self._triggers.change(symbol, changed)

    def end(self, parent: ParentOrder) -> None:
        """The order waits for nothing any more."""
        if self._starts:
            self._starts.pop(parent.order_id, None)
        if parent.trigger is not None:
            parent.trigger = None
            self._triggers.disarm(parent.order_id)

    def market_moved(self, venue: str, data: MarketData, symbols: list[str], markets: Markets, now: Ns) -> None:
        """Prices that orders may wait for: the trades of a message, then the best quotes that followed from it."""
        if not self._triggers:
            return
        self._now = now
        if not data.snapshot:
            for update in data.updates:
                if update.entry != _PRINT or markets.is_stale(update.symbol, venue):
                    continue
                if update.size and update.price > 0:
                    self._reach(update.symbol, TRADE, update.price, f"a trade on {venue}")
        for symbol in symbols:
            quote = markets.quote(symbol)
            if quote.ask_size:
                self._reach(symbol, OFFER, quote.ask, "an offer")
            if quote.bid_size:
                self._reach(symbol, BID, quote.bid, "a bid")

    def _reach(self, symbol: str, by: str, price: Px, what: str) -> None:
        for order_id in self._triggers.saw(symbol, by, price):
            parent = self._parents[order_id]
            parent.trigger = None
            if parent.order.target_strategy is not None:
                assert parent.plan is not None
                parent.plan = structs.replace(parent.plan, start=self._now)
                self._slicer.count_from_now(parent)
            text = f"triggered by {what} at {print_scaled(price)}"
            other = ExecRestatementReason.OTHER
            self._reports.send(parent, ExecType.RESTATED, self._now, restated=other, text=text, more=WORKS)
            self._slicer.work(parent, self._now)

    def _awake(self, order_id: str) -> bool:
        """Before its start, before its list lets it go, by night and once nothing of it is open it is not triggered."""
        parent = self._parents[order_id]
        assert parent.plan is not None
        return parent.open and parent.plan.start <= self._now and not parent.waits and not parent.rests
