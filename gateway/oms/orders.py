"""Every order there was, found by its OrderID(37), by its ClOrdIDs, and by those of its children.

At hand are the orders that go on, and the few that ended last; whatever is done to all of them costs by their number,
not by the day's. The others are folded away and come back when somebody speaks of them.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

from gateway.model import SECOND, Algo, NewOrder, Ns
from gateway.oms.alarms import ACTIVATION
from gateway.oms.folding import Archive, fold, is_over, unfold
from gateway.oms.ids import Ids
from gateway.oms.order import Child, ParentOrder

LATELY: Final = 256  # orders that are over and still at hand: most late words come soon
_DAY: Final = 86_400 * SECOND


class _Split(NamedTuple):
    """Where a symbol's last split stands among all orders and reports."""

    orders: int
    reports: int
    restated: frozenset[str]  # OrderIDs of those that were open


class Orders(Mapping[str, ParentOrder]):
    """By OrderID. Who goes through them all sees those at hand only."""

    def __init__(self, prefix: str, algos: Mapping[str, type[Algo]]) -> None:
        self.lately = LATELY
        self._prefix = f"{prefix}-"
        self._algos = algos
        self._count = 0
        self._at_hand: dict[str, ParentOrder] = {}
        self._over: deque[ParentOrder] = deque()  # of these at hand, those whose client was told that nothing is left
        self._archive = Archive()
        self._records: dict[str, bytes] = {}  # what the archive has of those that came back
        self._splits: dict[str, _Split] = {}  # by symbol
        self._ids = Ids()
        self._firms: Mapping[str, str] = {}
        self._owners: dict[str, str] = {}  # by client: under whose name its ClOrdIDs stand
        self._day_end = Ns(0)

    def configure(self, firms: Mapping[str, str]) -> None:
        """Firms by the sessions or patterns of clients, from now on and for the ClOrdIDs of today."""
        if firms == self._firms:
            return
        self._firms = firms
        self._owners.clear()
        numbers, self._ids = self._ids.numbers(), Ids()
        for number in numbers:
            parent = self._known(number)
            assert parent is not None
            self._name(parent)

    def __iter__(self) -> Iterator[str]:
        return iter(self._at_hand)

    def __len__(self) -> int:
        return len(self._at_hand)

    def __getitem__(self, order_id: str) -> ParentOrder:
        parent = self._at_hand.get(order_id)
        if parent is None:
            number = self._number(order_id)
            parent = self._back(number) if order_id == f"{self._prefix}{number}" else None
            if parent is None:
                raise KeyError(order_id)
        return parent

    def get(self, order_id: str, default: ParentOrder | None = None) -> ParentOrder | None:  # type: ignore[override]
        return self._at_hand.get(order_id) or super().get(order_id, default)

    def at_hand(self, order_id: str) -> ParentOrder | None:
        """The order, unless it is over and folded away."""
        return self._at_hand.get(order_id)

    def awaits(self, alarm: str) -> bool:
        """Whether it is set for an order at hand, or for no order at all."""
        order_id = alarm.removeprefix(ACTIVATION)
        return order_id in self._at_hand or not self._number(order_id)

    @property
    def next_id(self) -> str:
        """OrderID(37) of the order that is entered next."""
        return f"{self._prefix}{self._count + 1}"

    def enter(self, client: str, order: NewOrder, now: Ns) -> ParentOrder:
        """A new order, neither accepted nor rejected yet; its ClOrdID(11) is used from now on."""
        self._mind_day(now)
        self._count += 1
        parent = ParentOrder(order_id=f"{self._prefix}{self._count}", client=client, order=order)
        self._at_hand[parent.order_id] = parent
        self._ids.add(self._owner(client), order.cl_ord_id, self._count)
        return parent

    def find(self, client: str, cl_ord_id: str, now: Ns) -> ParentOrder | None:
        """The firm's order that had this ClOrdID(11), or a request about it, today or while it went on."""
        self._mind_day(now)
        return self._find(client, cl_ord_id)

    def _find(self, client: str, cl_ord_id: str) -> ParentOrder | None:
        owner = self._owner(client)
        for number in self._ids.candidates(owner, cl_ord_id):
            parent = self._known(number)
            if parent is not None and cl_ord_id in parent.ids and self._owner(parent.client) == owner:
                return parent
        return None

    def _owner(self, client: str) -> str:
        owner = self._owners.get(client)
        if owner is None:
            firms = self._firms
            patterns = (pattern for pattern in firms if "*" in pattern and fnmatchcase(client, pattern))
            firm = firms.get(client) or firms.get(next(patterns, ""))
            owner = self._owners[client] = f"session {client}" if firm is None else f"firm {firm}"
        return owner

    def add_id(self, parent: ParentOrder, cl_ord_id: str) -> None:
        """A request about the order was taken under that ClOrdID(11)."""
        parent.more_ids = (*parent.ids, cl_ord_id)
        self._ids.add(self._owner(parent.client), cl_ord_id, self._number(parent.order_id))

    def reopened(self, parent: ParentOrder) -> None:
        """The order goes on after all, folded or not. Of its ClOrdIDs those that are free are its own again."""
        parent.posted_at = parent.released_at = Ns(0)
        number = self._number(parent.order_id)
        for cl_ord_id in parent.ids:
            if self._find(parent.client, cl_ord_id) is None:
                self._ids.add(self._owner(parent.client), cl_ord_id, number)

    def child(self, venue: str, cl_ord_id: str) -> Child | None:
        """The child of that ClOrdID(11) at that venue, however long ago it ended."""
        order_id, _, number = cl_ord_id.rpartition("-")
        parent = self._at_hand.get(order_id) or self.get(order_id)
        place = int(number) if number.isdecimal() and len(number) < 9 else 0
        if parent is None or not 0 < place <= len(parent.sent):
            return None
        child = parent.sent[place - 1]
        return child if child.venue == venue and child.cl_ord_id == cl_ord_id else None

    def split(self, symbol: str, reports: int, restated: Iterable[str]) -> None:
        """Shares of the symbol are others from now on, as the orders `restated` know; so many reports came before."""
        self._splits[symbol] = _Split(self._count, reports, frozenset(restated))

    def was_over(self, parent: ParentOrder) -> bool:
        """Whether the order was over when its symbol was split: it counts the shares of then."""
        split = self._splits.get(parent.order.symbol)
        return (
            split is not None
            and self._number(parent.order_id) <= split.orders
            and parent.order_id not in split.restated
        )

    def is_of_before(self, symbol: str, report: int) -> bool:
        """Whether what was reported under that number was shares of before a split."""
        split = self._splits.get(symbol)
        return split is not None and report <= split.reports

    def told_over(self, parent: ParentOrder) -> None:
        """Its client was told that nothing of it is open; sooner or later it is folded away."""
        self._over.append(parent)
        self._trim()

    def tidy(self) -> None:
        """Fold away all that is over."""
        for _ in range(len(self._over)):
            self._fold(self._over.popleft())

    def _trim(self) -> None:
        for _ in range(2):
            if len(self._over) > self.lately:
                self._fold(self._over.popleft())

    def _fold(self, parent: ParentOrder) -> None:
        order_id = parent.order_id
        if parent.open or self._at_hand.get(order_id) is not parent:
            return  # it goes on, and comes again; or it has come twice
        other = None if parent.pair is None else self._at_hand.get(parent.pair.other)
        if not is_over(parent) or (other is not None and not is_over(other)):
            self._over.append(parent)  # a venue has not said its last word
            return
        record = fold(parent)
        if self._records.pop(order_id, None) != record:
            self._archive.put(int(order_id[len(self._prefix) :]), record)
        del self._at_hand[order_id]
        parent.sent = ()  # or the order and its children would hold each other until garbage is collected

    def _known(self, number: int) -> ParentOrder | None:
        return self._at_hand.get(f"{self._prefix}{number}") or self._back(number)

    def _back(self, number: int) -> ParentOrder | None:
        record = self._archive.get(number)
        if record is None:
            return None
        self._trim()
        parent = unfold(record, self._algos)
        self._at_hand[parent.order_id] = parent
        self._records[parent.order_id] = record
        self._over.append(parent)
        return parent

    def _number(self, order_id: str) -> int:
        """0: it is none of ours."""
        number = order_id[len(self._prefix) :]
        ours = order_id.startswith(self._prefix) and number.isdecimal() and len(number) < 16
        return int(number) if ours else 0

    def _mind_day(self, now: Ns) -> None:
        """At midnight UTC the ClOrdIDs of all that is over are free again."""
        if now < self._day_end:
            return
        self._day_end = Ns(now - now % _DAY + _DAY)
        self.tidy()
        self._ids = Ids()
        for parent in self._at_hand.values():
            self._name(parent)

    def _name(self, parent: ParentOrder) -> None:
        owner, number = self._owner(parent.client), self._number(parent.order_id)
        for cl_ord_id in parent.ids:
            self._ids.add(owner, cl_ord_id, number)
