"""Orders that depend on each other, against venues and clients that do anything at all, in any order.

The machine of `test_reservation` sends lists instead of single orders. Whenever a child leaves it is compared with what
the others were ever filled for, by a count that this test keeps; and whatever crosses has to be told.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule
from msgspec import Struct

from algos import ALGOS
from gateway.model import ExecutionReport, NewOrder, Ns, Side, TimeInForce
from gateway.model.enums import BidType, ContingencyType, ListExecInstType, ListStatusType
from gateway.model.lists import ListedOrder, ListRequest, ListStatus, NewOrderList
from gateway.oms import Desk
from gateway.oms.notes import AlertNote
from tests.conftest import SETTINGS
from tests.test_reservation import CLIENT, PRICES, SHARES, Tape, Trading

OCO, OTO = ContingencyType.ONE_CANCELS_THE_OTHER, ContingencyType.ONE_TRIGGERS_THE_OTHER
ABSOLUTE = ContingencyType.ONE_UPDATES_THE_OTHER_ABSOLUTE
PROPORTIONAL = ContingencyType.ONE_UPDATES_THE_OTHER_PROPORTIONAL
RESTS: dict[str, object] = {"NumSlices": 1, "Duration": 60, "ChildTIF": "0"}


@dataclass
class Linked:
    """A list as its client meant it."""

    kind: ContingencyType
    list_id: str
    qtys: dict[str, int] = field(default_factory=dict)  # by OrderID, in the list's order
    first: str | None = None  # of the bond, that was filled

    @property
    def primary(self) -> str | None:
        return next(iter(self.qtys)) if self.kind is OTO else None

    @property
    def bonded(self) -> list[str]:
        ids = list(self.qtys)[1:] if self.kind is OTO else list(self.qtys)
        return ids if len(ids) > 1 else []

    def most(self, order_id: str, ever: Mapping[str, int]) -> int:
        """As much of an order as may be out and filled together."""
        qty, of_all = self.qtys[order_id], self.qtys[self.primary or order_id]
        let_go = qty
        if self.primary not in (None, order_id) and ever[self.primary or ""] < of_all:
            let_go = qty * ever[self.primary or ""] // of_all
        return max(let_go - self.taken(order_id, ever), 0)

    def at_last(self, order_id: str, ever: Mapping[str, int]) -> int:
        """As much of a bonded order as may ever be filled."""
        return max(self.qtys[order_id] - self.taken(order_id, ever), 0)

    def taken(self, order_id: str, ever: Mapping[str, int]) -> int:
        qty, taken = self.qtys[order_id], 0
        for other in self.bonded if order_id in self.bonded else ():
            if other == order_id:
                continue
            if self.kind is OCO and self.first not in (None, order_id):
                taken = qty
            elif self.kind is PROPORTIONAL:
                taken += -(-ever[other] * qty // self.qtys[other])
            else:
                taken += ever[other]
        return taken


class ListTape(Tape):
    def __init__(self) -> None:
        super().__init__()
        self.lists: dict[str, Linked] = {}  # by OrderID
        self.ever: dict[str, int] = {}  # OrderID -> highest CumQty(14)
        self.told: list[ListStatus] = []
        self.crossed: set[str] = set()  # ListIDs with a fill that came too late

    def answer(self, client: str, answer: object) -> None:
        assert client == CLIENT
        if isinstance(answer, ListStatus):
            self.told.append(answer)

    def report(self, client: str, report: ExecutionReport) -> None:
        order_id, linked = report.order_id, self.lists[report.order_id]
        before = self.ledger(order_id).reports
        told = before[-1].cum_qty if before else 0
        super().report(client, report)
        if order_id in linked.bonded and report.cum_qty > told:
            linked.first = linked.first or order_id
            others = any(self.ledger(name).reports[-1].cum_qty for name in linked.bonded if name != order_id)
            if others and report.cum_qty > max(told, linked.at_last(order_id, self.ever)):
                self.crossed.add(linked.list_id)
        self.ever[order_id] = max(self.ever.get(order_id, 0), report.cum_qty)

    def note(self, kind: str, fact: Struct) -> None:
        if not (isinstance(fact, AlertNote) and fact.code == "LIST.RACE"):  # after which orders go on
            super().note(kind, fact)

    def order(self, venue: str, order: NewOrder, now: Ns) -> None:
        super().order(venue, order, now)
        order_id = order.parent_order_id or ""
        linked = self.lists[order_id]
        ledger = self.ledger(order_id)
        live = sum(child.cum + child.reserved for child in ledger.children)
        as_if = dict(self.ever)  # what others may be filled for before we know counts as if they were
        for other in linked.bonded:
            if other != order_id:
                out = [child for child in self.ledger(other).children if child.order.time_in_force != TimeInForce.DAY]
                as_if[other] += sum(child.reserved for child in out)
                assert linked.kind is not OCO or not any(child.reserved for child in out), "the other may be filled"
        assert live <= linked.most(order_id, as_if), "more is live than the list means"


class Lists(Trading):
    tape: ListTape

    def __init__(self) -> None:
        super().__init__()
        self.tape = ListTape()
        self.desk = self.tape.desk = Desk(self.tape, ALGOS, "G")
        self.desk.configure(SETTINGS)
        self.all: list[Linked] = []
        self.taken = 0  # orders; they are numbered

    def orders(self) -> None:
        """Only lists here."""

    def orders_a_twap(self) -> None:
        """Nor these."""

    @rule(
        kind=st.sampled_from(ContingencyType),
        qtys=st.lists(SHARES, min_size=2, max_size=3),
        prices=st.tuples(PRICES, PRICES, PRICES),
        rest=st.tuples(st.booleans(), st.booleans(), st.booleans()),
        how=st.tuples(st.sampled_from((Side.BUY, Side.SELL)), st.booleans()),
    )
    def sends_a_list(
        self,
        kind: ContingencyType,
        qtys: list[int],
        prices: tuple[int, ...],
        rest: tuple[bool, ...],
        how: tuple[Side, bool],
    ) -> None:
        side, waits = how
        other = Side.SELL if side is Side.BUY else Side.BUY
        orders = [
            self.order_of(qty, price, other if kind is OTO and place else side, TimeInForce.DAY, RESTS if rests else None)
            for place, (qty, price, rests) in enumerate(zip(qtys, prices, rest, strict=False))
        ]  # fmt: skip
        bracket = kind is OTO and len(orders) > 2
        list_id = self.next_id()
        linked = Linked(kind, list_id)
        numbers = range(self.taken + 1, self.taken + 1 + len(orders))
        linked.qtys = {f"G-{number}": order.order_qty for number, order in zip(numbers, orders, strict=True)}
        for order_id in linked.qtys:
            self.tape.lists[order_id] = linked
            self.tape.ever[order_id] = 0
        fragment = NewOrderList(
            list_id=list_id,
            bid_type=BidType.NO_BIDDING_PROCESS,
            exec_type=ListExecInstType.WAIT_FOR_EXECUTE if waits else ListExecInstType.IMMEDIATE,
            tot_orders=len(orders),
            last=None,
            contingency=kind,
            timed=False,
            instructions="",
            orders=tuple(
                ListedOrder(seq_no=place, link_id="X" if bracket and place > 1 else None, order=order)
                for place, order in enumerate(orders, 1)
            ),
        )
        assert self.desk.lists.new(CLIENT, fragment, self.now) is None
        if f"G-{numbers[0]}" not in self.desk.parents:
            return  # refused, and nothing of it was taken
        self.taken += len(orders)
        self.all.append(linked)
        self.requests |= {order.cl_ord_id: "D" for order in orders}
        if waits:
            assert not any(self.tape.ledger(order_id).children for order_id in linked.qtys)
            self.follow()
            assert self.desk.lists.request(CLIENT, ListRequest(msg_type="L", list_id=list_id), self.now) is None

    @invariant()
    def follow(self) -> None:
        """As the node does after each input. What is too much is on its way back, and what crossed was told."""
        self.desk.lists.follow(self.now)
        called_back = {request.orig_cl_ord_id for _, request in self.tape.cancels}
        for linked in self.all:
            for order_id in linked.qtys:
                parent, most = self.desk.parents[order_id], linked.most(order_id, self.tape.ever)
                live = [child for child in self.tape.ledger(order_id).children if child.reserved]
                if parent.open and parent.cum_qty + parent.reserved > most:
                    resting = {c.order.cl_ord_id for c in live if c.order.time_in_force == TimeInForce.DAY}
                    assert resting <= called_back
        alerts = {told.list_id for told in self.tape.told if told.type is ListStatusType.ALERT}
        assert self.tape.crossed == alerts, "fills crossed and nobody was told, or the other way round"

    def teardown(self) -> None:
        """Once nothing is out, an order that goes on asks for no more than the others leave."""
        super().teardown()
        self.follow()
        for linked in self.all:
            for order_id in linked.bonded if linked.kind is not OTO else ():
                parent = self.desk.parents[order_id]
                assert not parent.open or parent.order_qty <= linked.most(order_id, self.tape.ever)


TestContingencies: Any = Lists.TestCase
TestContingencies.settings = settings(max_examples=200, stateful_step_count=40)
