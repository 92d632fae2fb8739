"""How often: messages in any second, the same order twice, and one algo over and over."""

from collections import OrderedDict, deque
from typing import NamedTuple

from gateway.model import SECOND, NewOrder, Ns, Px, Qty, Side
from gateway.risk.exposure import Owner


class Window:
    """At most `limit` in any second, exactly: a bucket that refills would let twice as many pass in some."""

    __slots__ = ("_taken", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = limit  # may change at any time; what was taken counts
        self._taken: deque[Ns] = deque()

    def full(self, now: Ns) -> bool:
        taken, limit = self._taken, self.limit
        return len(taken) >= limit and (not limit or now - taken[-limit] < SECOND)

    def room(self, now: Ns) -> int:
        """How many more may be taken now; below 0 where the limit was lowered."""
        return self.limit - sum(now - at < SECOND for at in self._taken)

    def take(self, now: Ns) -> None:
        taken = self._taken
        taken.append(now)
        while now - taken[0] >= SECOND:
            taken.popleft()


class Terms(NamedTuple):
    """What makes two orders the same but for their ids."""

    client: str
    account: str
    symbol: str
    side: Side
    qty: Qty
    price: Px | None
    stop_px: Px | None


def terms_of(owner: Owner, order: NewOrder) -> Terms:
    client, account, symbol = owner.client, owner.account, owner.symbol
    return Terms(client, account, symbol, order.side, order.order_qty, order.price, order.handling.stop_px)


class Entered:
    """Orders by their terms, as long as anybody may ask for them."""

    def __init__(self) -> None:
        self.longest_s = 0  # the longest `duplicate_s` that anybody has
        self._at: OrderedDict[Terms, Ns] = OrderedDict()

    def within(self, terms: Terms, seconds: int, now: Ns) -> bool:
        at = self._at.get(terms)
        return at is not None and now - at < seconds * SECOND

    def add(self, terms: Terms, now: Ns) -> None:
        entered = self._at
        entered[terms] = now
        entered.move_to_end(terms)
        while entered and now - next(iter(entered.values())) >= self.longest_s * SECOND:
            entered.popitem(last=False)
