"""Orders by telephone: what a client says to an operator, who enters, changes, cancels or suspends the order here.

Each is a Command, with who and why. The client is told as if it had not asked: of a new order without ClOrdID(11), of a
change by Restated, of the end by Canceled (FIX vol. 4, E.1). An order that it sent before it called, and that comes
after all, is the same order and is not taken again (F.1.c).
"""

from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

import msgspec
from msgspec import Struct, structs

from gateway.market import Markets
from gateway.model import (
    SECOND,
    Command,
    ExecRestatementReason,
    NewOrder,
    Ns,
    OrdType,
    Px,
    Qty,
    Rejection,
    Side,
    TimeInForce,
    parse_px,
    parse_qty,
    print_scaled,
)
from gateway.oms.admission import Admission
from gateway.oms.echo import rewritten
from gateway.oms.ends import Closing, End
from gateway.oms.notes import RiskNote, TelephoneNote
from gateway.oms.order import ParentOrder
from gateway.oms.pauses import OPERATOR, Pauses
from gateway.oms.plan import Plan
from gateway.oms.requests import Requests
from gateway.oms.slicing import Slicer
from gateway.oms.wire import Reports, Wire

COMMANDS: Final = frozenset({"enter-order", "replace-order", "cancel-order", "pause-order", "resume-order"})
REMEMBERED: Final = 64  # orders of a client that may still come by FIX
_DAY: Final = 86_400 * SECOND
_SIDES: Final = {side.name: side for side in (Side.BUY, Side.SELL)}
_TIMES: Final = {tif.name: tif for tif in (TimeInForce.DAY, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK)}

_AT_WORK, _SUSPENDED = "at work", "suspended"
_PAUSES: Final = {"pause-order": (_AT_WORK, _SUSPENDED), "resume-order": (_SUSPENDED, _AT_WORK)}


class _Arguments(Struct, frozen=True, kw_only=True):
    why: str = ""
    order: str = ""  # OrderID(37)
    client: str = ""  # the name of its session
    side: str = ""
    symbol: str = ""
    qty: str = ""  # '' for as it is
    price: str = ""  # '' for as it is, or for a market order
    time_in_force: str = "DAY"
    account: str = ""


class _Spoken(NamedTuple):
    """An order that was given by telephone."""

    order: NewOrder
    at: Ns

    def is_of(self, other: NewOrder, sent_at: Ns) -> bool:
        """Whether the other one was sent before it was given, and asks for the same."""
        order = self.order
        return sent_at <= self.at and (
            (order.account, order.symbol, order.side, order.order_qty, order.ord_type, order.price)
            == (other.account, other.symbol, other.side, other.order_qty, other.ord_type, other.price)
        )


class Desk(Protocol):
    """What the desk does for orders by telephone."""

    admission: Admission
    markets: Markets

    def accept(self, parent: ParentOrder, plan: Plan) -> None: ...

    def announce(self, parent: ParentOrder, now: Ns) -> None: ...

    def close(self, parent: ParentOrder, closing: Closing, now: Ns) -> None: ...


_decode = msgspec.json.Decoder(_Arguments).decode


class Telephone:
    def __init__(self, wire: Wire, reports: Reports, slicer: Slicer, requests: Requests, desk: Desk) -> None:
        self.entered = ""  # OrderID(37) of the last order
        self._wire = wire
        self._reports = reports
        self._slicer = slicer
        self._requests = requests
        self._pauses = Pauses(reports, slicer)
        self._desk = desk
        self._spoken: dict[str, deque[_Spoken]] = {}  # by client; of those that are not there no order is awaited

    def awaits(self, client: str) -> bool:
        """Whether orders of that client's may come that were given by telephone since."""
        return client in self._spoken

    def refusal(self, client: str, order: NewOrder, sent_at: Ns, now: Ns) -> Rejection | None:
        """Why an order that comes by FIX is not taken: it was sent, TransactTime(60), before it was given."""
        spoken = self._spoken.get(client, deque())
        while spoken and spoken[0].at + _DAY < now:
            spoken.popleft()
        found = next((one for one in spoken if one.is_of(order, sent_at)), None)
        if found is not None:
            spoken.remove(found)
        if not spoken:
            self._spoken.pop(client, None)
        return found and Rejection(f"ORDER.VERBAL this was given by telephone, and is {found.order.cl_ord_id}")

    def operate(self, command: Command, is_client: Callable[[str], bool]) -> str | None:
        """Carry out one of COMMANDS; gives why it could not be."""
        try:
            given = _decode(command.payload)
            qty = Qty(0) if not given.qty else parse_qty(given.qty)
            price = None if not given.price else parse_px(given.price)
        except (msgspec.DecodeError, ValueError) as wrong:
            return f"{command.name}: {wrong}"
        if not given.why.strip():
            return f"{command.name}: why is not said"
        if command.name == "enter-order":
            if not is_client(given.client):
                return f"{given.client} is no client's session"
            return self._enter(given, qty, price, command)
        parent = self._slicer.orders.get(given.order)
        if parent is None:
            return f"no order has the OrderID(37) {given.order}"
        if not parent.open:
            return f"{given.order} has ended"
        if command.name == "cancel-order":
            self._cancel(parent, given, command)
            return None
        if command.name in _PAUSES:
            return self._pause(parent, given, command)
        return self._replace(parent, given, qty, price, command)

    def _enter(self, given: _Arguments, qty: Qty, price: Px | None, command: Command) -> str | None:
        side, time_in_force = _SIDES.get(given.side), _TIMES.get(given.time_in_force)
        if side is None or time_in_force is None:
            return f"{command.name}: side is one of {', '.join(_SIDES)}, time_in_force of {', '.join(_TIMES)}"
        if not (given.account.isascii() and (given.account + "-").isprintable()):
            return f"{command.name}: an account has printable ASCII characters"
        orders, now, client = self._slicer.orders, command.at, given.client
        ord_type = OrdType.MARKET if price is None else OrdType.LIMIT
        order = NewOrder(
            cl_ord_id=orders.next_id,
            symbol=given.symbol,
            side=side,
            order_qty=qty,
            ord_type=ord_type,
            price=price,
            time_in_force=time_in_force,
            account=given.account or None,
            echo=f"1={given.account}\x01" * bool(given.account)
            + f"40={ord_type}\x01"
            + ("" if price is None else f"44={print_scaled(price)}\x01")
            + f"59={time_in_force}\x01",
        )
        plan = self._desk.admission.judge(client, order, now)
        if isinstance(plan, Rejection):
            note = RiskNote(client=client, order_id="", cl_ord_id="", symbol=order.symbol, text=plan.text)
            self._wire.note("risk", note)
            return plan.text
        parent = orders.enter(client, order, now)
        self.entered = parent.order_id
        self._reports.unnamed.add(parent.order_id)
        self._spoken.setdefault(client, deque(maxlen=REMEMBERED)).append(_Spoken(order, now))
        self._note(parent, given, command, before="", after=f"{parent.order_id}: {_terms(order)}")
        self._desk.accept(parent, plan)
        self._desk.announce(parent, now)
        self._slicer.work(parent, now)
        return None

    def _replace(
        self, parent: ParentOrder, given: _Arguments, qty: Qty, price: Px | None, command: Command
    ) -> str | None:
        old, now = parent.order, command.at
        if parent.requests or parent.closing is not None:
            return f"{given.order} waits for an earlier request to be carried out"
        if not (given.qty or given.price):
            return f"{command.name}: neither qty nor price is said"
        if price is not None and old.price is None:
            return f"{given.order} has no Price(44)"
        if given.qty and qty < parent.cum_qty:
            return f"of {given.order} {print_scaled(parent.cum_qty)} is filled already"
        said: dict[str, int | None] = {"152": None} if given.qty else {}  # CashOrderQty(152) is not wanted any more
        if price is not None:
            said["44"] = price
        order = structs.replace(
            old,
            order_qty=qty if given.qty else parent.order_qty,
            price=old.price if price is None else price,
            echo=rewritten(old.echo, said),
        )
        plan = self._desk.admission.judge(parent.client, order, now, parent)
        if isinstance(plan, Rejection):
            return plan.text
        before = structs.replace(old, order_qty=parent.order_qty)
        self._note(parent, given, command, before=_terms(before), after=_terms(order))
        quote = self._desk.markets.quote(order.symbol)
        guard, order_id = self._slicer.guard, parent.order_id
        guard.replacing(order_id, parent.client, order, cum_qty=parent.cum_qty, quote=quote, now=now)
        self._requests.agreed(parent, order, plan, now)
        return None

    def _cancel(self, parent: ParentOrder, given: _Arguments, command: Command) -> None:
        before = structs.replace(parent.order, order_qty=parent.order_qty)
        self._note(parent, given, command, before=_terms(before), after="canceled")
        closing = Closing(End.CANCELED, "canceled by telephone", ExecRestatementReason.VERBAL_CHANGE)
        self._desk.close(parent, parent.closing or closing, command.at)

    def _pause(self, parent: ParentOrder, given: _Arguments, command: Command) -> str | None:
        before, after = _PAUSES[command.name]
        if bool(parent.paused) is not (before == _SUSPENDED):
            return f"{given.order} is {after} already"
        self._note(parent, given, command, before=before, after=after)
        if after == _SUSPENDED:
            self._pauses.pause(parent, OPERATOR, command.at)
        else:
            self._pauses.resume(parent, command.at)
        return None

    def _note(self, parent: ParentOrder, given: _Arguments, command: Command, *, before: str, after: str) -> None:
        note = TelephoneNote(
            order_id=parent.order_id,
            client=parent.client,
            what=command.name,
            who=command.who,
            why=given.why,
            before=before,
            after=after,
        )
        self._wire.note("telephone", note)


def _terms(order: NewOrder) -> str:
    limit = "" if order.price is None else f" at {print_scaled(order.price)}"
    return f"{order.side.name} {print_scaled(order.order_qty)} {order.symbol}{limit}"
