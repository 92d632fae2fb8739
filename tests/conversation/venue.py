"""A scripted venue: keeps the quantities of the orders it was sent, so that a report need only say what happened."""

from dataclasses import dataclass, field
from decimal import Decimal

from gateway.model import Ns, print_timestamp
from tests.conversation.compose import ADMIN_DEFAULTS
from tests.conversation.language import ScriptError
from tests.conversation.party import SILENT, Party
from tests.conversation.wire import Pair, Wire

_NEW_ORDER, _CANCEL, _REPLACE, _MARKET_DATA_REQUEST, _STATUS_REQUEST = "D", "F", "G", "V", "e"
_REPORT, _CANCEL_REJECT = "8", "9"
_NEW, _CANCELED, _REPLACED, _REJECTED, _EXPIRED, _DONE = "0", "4", "5", "8", "C", "3"  # ExecType(150)
_PENDING_CANCEL, _PENDING_REPLACE, _TRADE, _CORRECT, _BUST = "6", "E", "F", "G", "H"
_BY_QUANTITY = (_NEW, _REPLACED, _TRADE, _CORRECT, _BUST, "D", "I")  # ExecTypes whose OrdStatus(39) the fills decide
_ENDS = (_CANCELED, _REJECTED, _EXPIRED, _DONE)
_ANSWERS = {  # which request a report or reject of this kind answers
    _PENDING_CANCEL: _CANCEL,
    _CANCELED: _CANCEL,
    _PENDING_REPLACE: _REPLACE,
    _REPLACED: _REPLACE,
}


@dataclass
class VenueOrder:
    """What the venue knows of an order; requests are those not yet answered, oldest first."""

    cl_ord_id: str
    order_id: str
    fields: dict[int, str]
    requests: list[Wire] = field(default_factory=list)
    trades: dict[str, tuple[Decimal, Decimal]] = field(default_factory=dict)  # ExecID -> quantity, price
    ended: str = ""  # the ExecType that ended it

    @property
    def qty(self) -> Decimal:
        return Decimal(self.fields.get(38, "0"))

    @property
    def cum_qty(self) -> Decimal:
        return sum((qty for qty, _ in self.trades.values()), Decimal(0))

    @property
    def leaves_qty(self) -> Decimal:
        return Decimal(0) if self.ended else max(self.qty - self.cum_qty, Decimal(0))

    @property
    def avg_px(self) -> Decimal:
        notional = sum((qty * price for qty, price in self.trades.values()), Decimal(0))
        return round(notional / self.cum_qty, 8) if self.cum_qty else Decimal(0)

    @property
    def status(self) -> str:
        if self.ended:
            return self.ended
        if self.cum_qty >= self.qty:
            return "2"
        return "1" if self.cum_qty else "0"


class Venue(Party):
    silent = (*SILENT, _MARKET_DATA_REQUEST, _STATUS_REQUEST)

    def __init__(self, name: str, comp_id: str, gateway_comp_id: str, *, heartbeat_s: int) -> None:
        super().__init__(name, comp_id, gateway_comp_id, initiator=False, heartbeat_s=heartbeat_s)
        self._orders: list[VenueOrder] = []
        self._subscriptions: dict[str, str] = {}  # symbol -> MDReqID(262)

    def observe(self, wire: Wire) -> None:
        if wire.msg_type == _NEW_ORDER:
            self._orders.append(VenueOrder(wire.get(11) or "", self.next_id(), dict(wire.pairs)))
        elif wire.msg_type in (_CANCEL, _REPLACE):
            order = self._find(wire.get(41))
            if order is not None:
                order.requests.append(wire)
        elif wire.msg_type == _MARKET_DATA_REQUEST and wire.get(263) != "2":
            for symbol in wire.all(55):
                self._subscriptions[symbol] = wire.get(262) or ""

    def _find(self, cl_ord_id: str | None) -> VenueOrder | None:
        """The order that has, or is asked to have, this ClOrdID; without one the last that is open, or the last."""
        if cl_ord_id is None:
            candidates = [order for order in self._orders if order.leaves_qty] or self._orders
            return candidates[-1] if candidates else None
        for order in reversed(self._orders):
            if cl_ord_id in (order.cl_ord_id, *(request.get(11) for request in order.requests)):
                return order
        return None

    def defaults(self, msg_type: str, said: dict[int, str], now: Ns) -> list[Pair]:
        if msg_type == _REPORT:
            return self._report(said, now)
        if msg_type == _CANCEL_REJECT:
            return self._cancel_reject(said, now)
        return list(ADMIN_DEFAULTS.get(msg_type, ()))

    def _report(self, said: dict[int, str], now: Ns) -> list[Pair]:
        kind = said.get(150)
        if kind is None:
            raise ScriptError("an ExecutionReport has to say its ExecType")
        order = self._find(said.get(41) or said.get(11))
        if order is None:  # nothing the gateway sent: the script says what it is, and nobody keeps it
            order = VenueOrder(said.get(11, "NONE"), self.next_id(), {55: "ACME", 54: "1", 38: "100", **said})
        exec_id = said.get(17) or self.next_id()
        ids = self._ids(order, kind)
        extra = self._book(order, kind, exec_id, said)
        status = order.status if kind in _BY_QUANTITY else kind
        for_limit = [(44, order.fields[44])] if 44 in order.fields else []
        return [
            (37, order.order_id),
            *ids,
            (17, exec_id),
            (39, status),
            (55, order.fields.get(55, "ACME")),
            (54, order.fields.get(54, "1")),
            (38, str(order.qty)),
            *for_limit,
            *extra,
            (151, _print(order.leaves_qty)),
            (14, _print(order.cum_qty)),
            (6, _print(order.avg_px)),
            (60, print_timestamp(now)),
        ]

    def _ids(self, order: VenueOrder, kind: str) -> list[Pair]:
        """ClOrdID(11), with OrigClOrdID(41) where a request of the gateway is answered."""
        answers = _ANSWERS.get(kind)
        request = next((request for request in order.requests if request.msg_type == answers), None)
        if request is None:
            return [(11, order.cl_ord_id)]
        ids = [(11, request.get(11) or ""), (41, order.cl_ord_id)]
        if kind in (_CANCELED, _REPLACED):
            order.requests.remove(request)
        if kind == _REPLACED:
            order.cl_ord_id = request.get(11) or ""
            order.fields |= {tag: value for tag, value in request.pairs if tag in (38, 40, 44, 59)}
        return ids

    def _book(self, order: VenueOrder, kind: str, exec_id: str, said: dict[int, str]) -> list[Pair]:
        """Changes the quantities; returns what the report says of the trade."""
        if kind in _ENDS:
            order.ended = kind
        if kind == _TRADE:
            if 31 not in said and 44 not in order.fields:
                raise ScriptError("a trade of a market order has to say its LastPx")
            qty, price = said.get(32) or _print(order.leaves_qty), said.get(31) or order.fields[44]
            order.trades[exec_id] = Decimal(qty), Decimal(price)
            return [(32, qty), (31, price)]
        if kind in (_BUST, _CORRECT):
            target = said.get(19) or next(reversed(order.trades), "")
            if target not in order.trades:
                raise ScriptError(f"there is no trade with ExecID '{target}'")
            old_qty, old_price = order.trades.pop(target)
            qty, price = said.get(32) or _print(old_qty), said.get(31) or _print(old_price)
            if kind == _CORRECT:
                order.trades[exec_id] = Decimal(qty), Decimal(price)
            return [(19, target), (32, qty), (31, price)]
        return []

    def _cancel_reject(self, said: dict[int, str], now: Ns) -> list[Pair]:
        order = self._find(said.get(41) or said.get(11))
        if order is None or not order.requests:
            raise ScriptError("there is no cancel or replace request to reject")
        request = order.requests[0]
        order.requests.remove(request)
        return [
            (37, order.order_id),
            (11, request.get(11) or ""),
            (41, order.cl_ord_id),
            (39, order.status),
            (434, "1" if request.msg_type == _CANCEL else "2"),
            (102, "0"),
            (60, print_timestamp(now)),
        ]

    def quotes(self, symbol: str, bids: str, asks: str) -> tuple[str, list[Pair]]:
        """MarketDataSnapshotFullRefresh(W). Each side is `price x size` with commas between levels, or `-`."""
        entries = [*_levels("0", bids), *_levels("1", asks)]
        body = [(262, self._request(symbol)), (55, symbol), (268, str(len(entries)))]
        for entry, price, size in entries:
            body += [(269, entry), (270, price), (271, size)]
        return "W", body

    def prints(self, symbol: str, trade: str) -> tuple[str, list[Pair]]:
        """MarketDataIncrementalRefresh(X) with one trade of others, `price x size`."""
        ((entry, price, size),) = _levels("2", trade)
        request = self._request(symbol)
        return "X", [(262, request), (268, "1"), (279, "0"), (269, entry), (55, symbol), (270, price), (271, size)]

    def _request(self, symbol: str) -> str:
        if symbol not in self._subscriptions:
            raise ScriptError(f"the gateway has not asked {self.name} for market data of {symbol}")
        return self._subscriptions[symbol]


def _levels(entry: str, text: str) -> list[tuple[str, str, str]]:
    if text == "-":
        return []
    levels = []
    for level in text.split(","):
        price, _, size = level.partition("x")
        if not size:
            raise ScriptError(f"'{level}' is not a price x size like 99.90x500")
        levels.append((entry, price, size))
    return levels


def _print(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
