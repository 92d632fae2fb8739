"""Lists of orders: each order is judged as if those before it were taken, and all by what they are worth together.

Nothing is used of a limit by judging. The bound on the worth is the configuration's: commands can only lower it.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from gateway.model import SCALE, NewOrder, Ns, Quote, Rejection, Side, print_scaled
from gateway.model.settings import Scope
from gateway.risk.checks import reached, worth
from gateway.risk.conduct import Terms, terms_of
from gateway.risk.exposure import Exposure
from gateway.risk.limits import LimitBook
from gateway.risk.rules import Rules, owner_of

LIMIT: Final = "max_list_notional"


def too_much(book: LimitBook, client: str, orders: Sequence[NewOrder], quotes: Mapping[str, Quote]) -> Rejection | None:
    """What speaks against a list by its worth, when each of its orders may be; buys and sells add up."""
    total, bound = 0, None
    for order in orders:
        scopes = owner_of(client, order).scopes()
        fixed = book.fixed(scopes, LIMIT)
        if fixed is None:
            return Rejection(f"RISK.UNSET not set for {order.symbol[:64]}: {LIMIT}")
        found = min(fixed, book.tightest(scopes, LIMIT) or fixed)
        bound = found if bound is None else min(bound, found)
        total += order.order_qty * worth(order.side, order.price, reached(order, quotes[order.symbol]))
    if bound is not None and total > bound * SCALE:
        text = f"RISK.LIST {print_scaled(total // SCALE)} is above {print_scaled(bound)}"
        return Rejection(text)
    return None


class Trial:
    """Takes orders as if they had come, until it is over."""

    def __init__(self, exposure: Exposure) -> None:
        self._exposure = exposure
        self._taken: list[str] = []
        self._entered: dict[Scope, int] = {}
        self._terms: set[Terms] = set()

    def refusal(self, rules: Rules, order: NewOrder, now: Ns) -> Rejection | None:
        """What speaks against one more by how often; see R-3.3 and R-3.4."""
        if rules.duplicate_s and terms_of(rules.owner, order) in self._terms:
            return Rejection("RISK.DUPLICATE the list has an order of the same terms")
        for scope, window in rules.windows:
            if window.room(now) <= self._entered.get(scope, 0):
                return Rejection(f"RISK.RATE {scope} has sent all it may in this second")
        return None

    def take(self, rules: Rules, order: NewOrder, quote: Quote) -> None:
        order_id = f"trial-{len(self._taken)}"  # no OrderID is like it
        self._taken.append(order_id)
        a_share = worth(order.side, order.price, reached(order, quote))
        self._exposure.accepted(order_id, rules.owner, order.order_qty, a_share, is_buy=order.side == Side.BUY)
        for scope, _ in rules.windows:
            self._entered[scope] = self._entered.get(scope, 0) + 1
        self._terms.add(terms_of(rules.owner, order))

    def over(self) -> None:
        for order_id in self._taken:
            self._exposure.never(order_id)
