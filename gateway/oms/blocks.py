"""Prints that are too large for an order to follow: with ExcludeBlocks they are no volume to its algo.

What trades is one sum for all orders of a symbol. An order counts from where that stood at its start, and for one that
leaves blocks out the start moves along with each of them, so that its algo sees the same market as any other.
"""

from collections.abc import Iterator
from typing import Final

from gateway.market.book import TRADE
from gateway.model import MarketData, Qty
from gateway.oms.order import ParentOrder


class Blocks:
    def __init__(self) -> None:
        self._leaving_out: Final[dict[str, dict[str, ParentOrder]]] = {}  # by symbol, by OrderID; some may be over

    def begin(self, parent: ParentOrder) -> None:
        """The order counts from now on."""
        symbol = parent.order.symbol
        if symbol in self._leaving_out:
            for _ in self._following(symbol):
                pass  # so that those that are over are not kept in a symbol in which nothing trades
        if _least(parent) is not None and parent.open:
            self._leaving_out.setdefault(symbol, {})[parent.order_id] = parent

    def heard(self, data: MarketData) -> None:
        """A venue's message that counts. What a snapshot tells happened before."""
        if not self._leaving_out or data.snapshot:
            return
        for update in data.updates:
            if update.entry == TRADE:
                self._move(update.symbol, update.size, 1)

    def filled(self, symbol: str, qty: Qty) -> None:
        """A fill of ours was, or will be, a print of that size."""
        if self._leaving_out:
            self._move(symbol, qty, -1)

    def _move(self, symbol: str, qty: Qty, sign: int) -> None:
        for parent, least in self._following(symbol):
            if qty >= least:
                parent.traded_at_start = Qty(parent.traded_at_start + sign * qty)

    def _following(self, symbol: str) -> Iterator[tuple[ParentOrder, Qty]]:
        """Those that are open, with the least that is a block; the others are forgotten."""
        orders = self._leaving_out.get(symbol)
        if orders is None:
            return
        for order_id, parent in list(orders.items()):
            least = _least(parent)
            if parent.open and least is not None:
                yield parent, least
            else:
                del orders[order_id]
        if not orders:
            del self._leaving_out[symbol]


def _least(parent: ParentOrder) -> Qty | None:
    return None if parent.plan is None else parent.plan.algo.excludes
