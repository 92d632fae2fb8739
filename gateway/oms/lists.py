"""Lists of orders: taken as a whole or not at all, worked at once or when their client says so, told of as a whole.

A list may come in fragments; nothing of it is an order before all are here. One that is refused leaves nothing behind
but its ListID(66), and its orders' ClOrdIDs are free. Once it is taken, each order goes its way as if it were alone.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Protocol

from msgspec import structs

from gateway.market import Markets
from gateway.model import (
    SECOND,
    ExecRestatementReason,
    Ns,
    Rejection,
)
from gateway.model.enums import BidType, ListExecInstType, ListStatusType
from gateway.model.lists import ListedOrder, ListRequest, NewOrderList
from gateway.model.refusals import UNKNOWN_LIST, WRONG_LIST_ID, BusinessRefusal
from gateway.oms.admission import Admission
from gateway.oms.contingencies import Contingencies, others_before, wrong_links
from gateway.oms.effects import Effects
from gateway.oms.ends import Closing, End
from gateway.oms.list_reports import ListReports, OrderList
from gateway.oms.notes import RiskNote
from gateway.oms.order import ParentOrder
from gateway.oms.plan import Plan
from gateway.oms.slicing import Slicer
from gateway.oms.terms import STOPPING, duplicate, is_cl_ord_id
from gateway.oms.ties import Line, line_of
from gateway.oms.wire import Reports, Wire
from gateway.risk import Guard

MAX_ORDERS: Final = 500  # of one list
MAX_INCOMPLETE: Final = 8  # lists of one client whose fragments are not all here
COMPLETE_WITHIN: Final = 30 * SECOND  # from the first fragment on
DEADLINE: Final = "list-"  # before the number of a list that a timer is set for; no OrderID begins so
_WORKED: Final = (ListExecInstType.IMMEDIATE, ListExecInstType.WAIT_FOR_EXECUTE)


class Orders(Protocol):
    """What the desk does for lists."""

    admission: Admission
    markets: Markets
    guard: Guard
    effects: Effects

    def accept(self, parent: ParentOrder, plan: Plan) -> None: ...

    def announce(self, parent: ParentOrder, now: Ns) -> None: ...

    def activated(self, parent: ParentOrder, now: Ns) -> None: ...

    def close(self, parent: ParentOrder, closing: Closing, now: Ns) -> None: ...


class Lists:
    """Each message is answered, or what is given is why it is none of ours."""

    def __init__(self, wire: Wire, reports: Reports, slicer: Slicer, orders: Orders) -> None:
        self.stirred = reports.of_lists  # orders of lists of which something was reported
        self._wire = wire
        self._told = ListReports(wire, slicer.orders)
        self._contingencies = Contingencies(wire, reports, slicer, orders)
        self._slicer = slicer
        self._orders = orders
        self._lists: dict[str, dict[str, OrderList]] = {}  # client -> ListID
        self._incomplete: dict[str, OrderList] = {}  # by what their timers are set for
        self._deadlines = 0

    # -- coming in

    def new(self, client: str, fragment: NewOrderList, now: Ns, *, poss_resend: bool = False) -> BusinessRefusal | None:
        """NewOrderList(E), whole or in part: once it is all here ListStatus(N), and New for each of its orders."""
        if not is_cl_ord_id(fragment.list_id):
            return WRONG_LIST_ID
        lists = self._lists.setdefault(client, {})
        found = lists.get(fragment.list_id)
        if found is None:
            found = lists[fragment.list_id] = OrderList(client, fragment)
            wrong = self._wrong_head(client, fragment)
        elif found.refused is not None:
            self._told.refused(found, fragment.orders, [found.refused], now)
            return None
        elif poss_resend and _has(found, fragment):
            self._told.stands(found, ListStatusType.RESPONSE, now)
            return None
        elif found.order_ids:
            text = "LIST.DUPLICATE ListID(66) was used before"
            self._told.refused(found, fragment.orders, [Rejection(text)], now)
            return None
        else:
            wrong = _wrong_fragment(found.head, fragment)
        wrong = wrong or _wrong_places(found, fragment)
        found.lines += fragment.orders
        if wrong is not None:
            self._refuse(found, [wrong], now)
        elif len(found.lines) == fragment.tot_orders:
            self._complete(found, now)
        elif not found.deadline:
            self._deadlines += 1
            found.deadline = f"{DEADLINE}{self._deadlines}"
            self._incomplete[found.deadline] = found
            self._wire.wake(Ns(now + COMPLETE_WITHIN), found.deadline)
        return None

    def overdue(self, deadline: str, now: Ns) -> None:
        """The instant has come by which the list had to be complete."""
        found = self._incomplete.get(deadline)
        if found is not None:
            text = f"LIST.INCOMPLETE {len(found.lines)} of {found.head.tot_orders} orders came in time"
            self._refuse(found, [Rejection(text)], now)

    def _wrong_head(self, client: str, head: NewOrderList) -> Rejection | None:
        text = ""
        if head.bid_type is not BidType.NO_BIDDING_PROCESS:
            text = f"LIST.BIDTYPE BidType(394) {head.bid_type}: no bids are made here"
        elif head.exec_type not in _WORKED:
            text = f"LIST.EXECUTION ListExecInstType(433) {head.exec_type} is not supported"
        elif head.timed:
            text = "LIST.REPORTS ProgRptReqs(414) 2: statuses are sent when asked for"
        elif head.instructions:
            text = f"LIST.INSTRUCTION Tag({head.instructions.partition('=')[0]}) is not supported"
        elif not 0 < head.tot_orders <= MAX_ORDERS:
            text = f"LIST.SIZE TotNoOrders(68) {head.tot_orders} is not 1 to {MAX_ORDERS}"
        elif sum(found.client == client for found in self._incomplete.values()) == MAX_INCOMPLETE:
            text = f"LIST.MANY {MAX_INCOMPLETE} lists are not complete yet"
        return Rejection(text) if text else None

    def _complete(self, found: OrderList, now: Ns) -> None:
        """All orders are here: all are taken, or none is."""
        found.lines.sort(key=lambda line: line.seq_no)
        wrong = None if found.head.contingency is None else wrong_links(found.head.contingency, found.lines)
        if wrong is not None:
            self._refuse(found, [wrong], now)
            return
        refused = self._refusals(found, now)
        plans: list[Plan] = []
        for place, line in enumerate(found.lines if not any(refused) else ()):
            plan = self._orders.admission.plan(found.client, line.order, now)
            if isinstance(plan, Plan) and plan.algo.hedge is not None:
                plan = Rejection("ALGO.CONFLICT an order that is hedged by another is in no list")
            if isinstance(plan, Plan):
                plans.append(plan)
            else:
                refused[place] = plan
        if any(refused):
            self._refuse(found, refused, now)
        else:
            self._take(found, plans, now)

    def _refusals(self, found: OrderList, now: Ns) -> list[Rejection | None]:
        """Of each order as if those before it were taken, what speaks against it."""
        desk, client, before = self._orders, found.client, set[str]()
        orders = [line.order for line in found.lines]
        if desk.admission.stopping:
            return [STOPPING] * len(orders)
        refused: list[Rejection | None] = []
        for place, order in enumerate(orders):
            used = order.cl_ord_id in before or self._slicer.orders.find(client, order.cl_ord_id, now) is not None
            before.add(order.cl_ord_id)
            refused.append(
                desk.admission.wrong_terms(client, order)
                or (duplicate(order) if used else None)
                or desk.effects.refusal(client, order, None, others_before(found.head.contingency, found.lines, place))
            )
        if any(refused):
            return refused
        quotes = {order.symbol: desk.markets.quote(order.symbol) for order in orders}
        return desk.guard.program(client, orders, quotes, now)

    def _take(self, found: OrderList, plans: Iterable[Plan], now: Ns) -> None:
        head, parents = found.head, list[ParentOrder]()
        for listed, plan in zip(found.lines, plans, strict=True):
            parent = self._slicer.orders.enter(found.client, listed.order, now)
            parent.line = Line(list_id=head.list_id, echo=_echo(head, listed), held=found.waits)
            self._orders.accept(parent, plan)
            parents.append(parent)
        if head.contingency is not None:
            self._contingencies.bind(head.contingency, found.lines, parents)
        found.order_ids = tuple(parent.order_id for parent in parents)
        found.live = set(found.order_ids)
        self._settled(found)
        self._told.stands(found, ListStatusType.ACK, now)
        for parent in parents:
            self._orders.announce(parent, now)
        for parent in parents:
            self._slicer.work(parent, now)

    def _settled(self, found: OrderList) -> None:
        """It is taken or refused, and waits for no fragment."""
        found.lines = []
        self._incomplete.pop(found.deadline, None)

    # -- requests about a list

    def request(self, client: str, request: ListRequest, now: Ns) -> BusinessRefusal | None:
        """ListExecute(L), ListCancelRequest(K) or ListStatusRequest(M)."""
        found = self._lists.get(client, {}).get(request.list_id)
        if found is None or found.refused is not None:
            return UNKNOWN_LIST
        if request.msg_type == "K":
            self._cancel(found, now)
        elif request.msg_type == "L" and found.waits and found.live:
            self._execute(found, now)
        else:
            text = "it does not wait to be executed" if request.msg_type == "L" and found.order_ids else ""
            self._told.stands(found, ListStatusType.RESPONSE, now, text)
        return None

    def _parents(self, found: OrderList) -> Iterator[ParentOrder]:
        return (self._slicer.orders[order_id] for order_id in found.order_ids)

    def _execute(self, found: OrderList, now: Ns) -> None:
        found.waits = False
        for parent in self._parents(found):
            line_of(parent).held = False
        self._told.stands(found, ListStatusType.EXEC_STARTED, now)
        for parent in self._parents(found):
            self._contingencies.begin(parent, now)

    def _cancel(self, found: OrderList, now: Ns) -> None:
        text = "canceled by ListCancelRequest"
        if not found.order_ids:
            self._refuse(found, [Rejection(f"LIST.CANCELED {text} before all orders came")], now)
            return
        found.canceling = bool(found.live)
        self._told.stands(found, ListStatusType.RESPONSE, now)
        for parent in self._parents(found):
            if parent.open:
                closing = Closing(End.CANCELED, text, ExecRestatementReason.OTHER)
                self._orders.close(parent, closing, now)

    # -- what becomes of it

    def follow(self, now: Ns) -> None:
        """Orders of lists have changed: a list is done when all of its are."""
        changed: dict[tuple[str, str], OrderList] = {}
        while self.stirred:
            parent = self.stirred.pop(0)
            assert parent.line is not None
            place = parent.client, parent.line.list_id
            found = changed[place] = self._lists[place[0]][place[1]]
            if parent.open:
                found.live.add(parent.order_id)
                found.done = False
            else:
                found.live.discard(parent.order_id)
            crossed = self._contingencies.follow(parent, now)
            if crossed:
                self._told.alert(found, now, crossed)
        for found in changed.values():
            if not found.live and not found.done:
                found.done, found.live = True, set()  # a set that was large stays large
                self._told.stands(found, ListStatusType.ALL_DONE, now)

    def _refuse(self, found: OrderList, refused: Sequence[Rejection | None], now: Ns) -> None:
        """Of one Rejection for all or one each; those that nothing speaks against fall with the others."""
        orders = found.lines
        self._settled(found)
        found.refused = next(filter(None, refused))
        text = f"list {found.head.list_id}: {found.refused.text}"
        self._wire.note("risk", RiskNote(client=found.client, order_id="", cl_ord_id="", symbol="", text=text))
        self._told.refused(found, orders, refused, now)


def _echo(head: NewOrderList, listed: ListedOrder) -> str:
    link = "" if listed.link_id is None else f"583={listed.link_id}\x01"
    contingency = "" if head.contingency is None else f"1385={head.contingency}\x01"
    return f"66={head.list_id}\x01{link}{contingency}"


def _has(found: OrderList, fragment: NewOrderList) -> bool:
    """Whether the list knows the fragment already."""
    places = {line.seq_no for line in found.lines}
    return bool(found.order_ids) or all(line.seq_no in places for line in fragment.orders)


def _wrong_fragment(head: NewOrderList, fragment: NewOrderList) -> Rejection | None:
    same = structs.replace(fragment, last=head.last, orders=head.orders)
    return None if same == head else Rejection("LIST.FRAGMENT it differs from those before it")


def _wrong_places(found: OrderList, fragment: NewOrderList) -> Rejection | None:
    """What is wrong with ListSeqNo(67) or LastFragment(893)."""
    total = fragment.tot_orders
    places = {line.seq_no for line in found.lines}
    for line in fragment.orders:
        if not 0 < line.seq_no <= total or line.seq_no in places:
            text = f"LIST.SEQ ListSeqNo(67) {line.seq_no} is not 1 to {total}, or is there twice"
            return Rejection(text)
        places.add(line.seq_no)
    if fragment.last is not None and fragment.last is not (len(places) == total):
        said = "Y" if fragment.last else "N"
        return Rejection(f"LIST.COUNT LastFragment(893) is {said} and {len(places)} of {total} orders are here")
    return None
