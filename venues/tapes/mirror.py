"""A recorded book shown in one of ours, lot by lot, so that our orders have a place among those of the recorded day.

Each lot of the tape is an order in the book, in the tape's order of arrival; those of counterparties stand between
them. A trade of the tape comes in as an order of that size: by the queue it meets what stands first, the tape's or not.
After that every lot is set to what the tape says of it, less what counterparties have taken from it.
"""

from gateway.model import Ns, Px, Qty, TimeInForce
from venues.matching.book import Book, Event, Fill, Order
from venues.tapes.recorded import Lot, RecordedBook
from venues.tapes.rows import Row, TradeRow
from venues.tapes.showing import FillModel, Showing


class Mirror:
    """One symbol under the models `queue`, `touch` and `through`."""

    wake_at: Ns | None = None

    def __init__(self, book: Book, showing: Showing, *, lot: Qty) -> None:
        self._book = book
        self._model = showing.fill_model
        self._own_impact = showing.own_impact
        self.recorded = RecordedBook(lot, self._is_last)
        self._touched: dict[Lot, None] = {}
        self._aside: dict[Lot, None] = {}  # lots that cross the tape's other side: they do not trade with it here
        self._tops: tuple[Px | None, Px | None] = (None, None)

    def take(self, row: Row, now: Ns) -> list[Event]:
        """One row. What it changes of the tape's own orders is shown by `settle`, or before the next trade."""
        if not isinstance(row, TradeRow):
            self._touched.update(dict.fromkeys(self.recorded.apply(row)))
            return []
        events = self.settle(now)
        self._trade(row, events)
        return events

    def settle(self, _now: Ns) -> list[Event]:
        """Show what the rows so far say."""
        if not self._own_impact:
            self._restore()
        # All that leave do so before any comes, or a market that moves would meet itself.
        touched, self._touched = self._touched, {}
        bid, ask = tops = self.recorded.tops()
        if self._aside and tops != self._tops:
            touched |= self._aside
            self._aside.clear()
        self._tops = tops
        events: list[Event] = []
        came = [lot for lot in touched if not self._shrinks(lot, events)]
        is_crossed = bid is not None and ask is not None and bid >= ask
        for lot in came:
            assert lot.price is not None
            if is_crossed and (lot.price >= ask if lot.is_buy else lot.price <= bid):  # type: ignore[operator]
                self._aside[lot] = None
            else:
                events += self._place(lot)
        return events

    # -- trades of the tape

    def _trade(self, row: TradeRow, events: list[Event]) -> None:
        price, left, is_buy = row.price, row.qty, self._who_took(row)
        if row.hidden or is_buy is None:
            # Its place in a queue is not known: whoever offers more than it got would have traded instead.
            for side in (False, True) if is_buy is None else (is_buy,):
                left = self._meet(_beyond(price, is_buy=side), left, events, is_buy=side)
        else:
            left = self._meet_shown(price, left, events, is_buy=is_buy)
            if not self.recorded.by_order:
                gone = self.recorded.execute(price, row.qty, is_buy=not is_buy)
                self._touched.update(dict.fromkeys(gone))
        if left:
            events += self._book.printed(price, left)

    def _who_took(self, row: TradeRow) -> bool | None:
        if row.buyer_took is None and not row.hidden:
            bid, ask = self.recorded.bids.best(1), self.recorded.asks.best(1)
            if bid and row.price <= bid[0].price:
                return False
            if ask and row.price >= ask[0].price:
                return True
        return row.buyer_took

    def _meet_shown(self, price: Px, qty: Qty, events: list[Event], *, is_buy: bool) -> Qty:
        """What is left of a trade that was with orders shown at its price."""
        others = any(not isinstance(order, Lot) for order in self._book.queue(price, is_buy=not is_buy))
        if self._model is FillModel.QUEUE or not others:
            return self._meet(price, qty, events, is_buy=is_buy)
        if self._model is FillModel.THROUGH:
            return self._meet(_beyond(price, is_buy=is_buy), qty, events, is_buy=is_buy)
        aside = [order for order in self._book.queue(price, is_buy=not is_buy) if isinstance(order, Lot)]
        for lot in aside:
            events += self._book.cancel(lot)
        left = self._meet(price, qty, events, is_buy=is_buy)
        for lot in aside:
            events += self._book.submit(lot, TimeInForce.DAY)
        return self._meet(price, left, events, is_buy=is_buy)

    def _meet(self, price: Px, qty: Qty, events: list[Event], *, is_buy: bool) -> Qty:
        """Let an order of the tape's own come in; what is left of it. Lots that it takes from nobody else has taken."""
        taker = Order(is_buy=is_buy, price=price, leaves=qty)
        led_to = self._book.submit(taker, TimeInForce.IOC) if qty else []
        for event in led_to:
            if isinstance(event, Fill) and event.taker is taker and isinstance(event.maker, Lot):
                event.maker.placed -= event.qty
                self._touched[event.maker] = None
        events += led_to
        return Qty(taker.leaves)

    # -- lots

    def _shrinks(self, lot: Lot, events: list[Event]) -> bool:
        """Set a lot to less than it shows, or leave it. False: it is to show more."""
        lot.gone = min(lot.gone + lot.placed - lot.leaves, lot.recorded)
        wanted = lot.recorded - lot.gone
        if wanted > lot.leaves:
            return False
        if wanted < lot.leaves:
            events += self._book.reduce(lot, wanted) if wanted else self._book.cancel(lot)
        lot.leaves = lot.placed = wanted
        return True

    def _place(self, lot: Lot) -> list[Event]:
        """Put a lot last in its queue; or, if it was there before counterparties came, ahead of them."""
        assert lot.price is not None
        events = self._book.cancel(lot) if lot.is_live else []
        lot.leaves = lot.placed = lot.recorded - lot.gone
        behind: list[Order] = []
        if lot.was_there:
            lot.was_there = False
            behind = [order for order in self._book.queue(lot.price, is_buy=lot.is_buy) if not isinstance(order, Lot)]
        for order in behind:
            events += self._book.cancel(order)
        events += self._book.submit(lot, TimeInForce.DAY)
        for order in behind:
            events += self._book.submit(order, order.time_in_force)
        return events

    def _restore(self) -> None:
        """Let what was taken be there again: the first lots of the best prices, for nothing else can be taken."""
        for side in (self.recorded.bids, self.recorded.asks):
            for queue in side.best_queues():
                if all(lot.leaves == lot.placed for lot in queue.lots):
                    break
                for lot in queue.lots:
                    lot.placed = lot.leaves
                    self._touched[lot] = None

    def _is_last(self, lot: Lot) -> bool:
        assert lot.price is not None
        last: Order | None = None
        for last in self._book.queue(lot.price, is_buy=lot.is_buy):  # noqa: B007
            pass
        return last is lot


def _beyond(price: Px, *, is_buy: bool) -> Px:
    """The limit of an order that takes all that is better than `price`."""
    return Px(price - 1 if is_buy else price + 1)
