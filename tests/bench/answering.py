"""The least a FIX server can be on our engine: sessions, journal and driver, no order management.

It answers each NewOrderSingle(D) with an ExecutionReport, New, that repeats the order's fields; as a venue it reads
orders in earnest, fills each at once and shows books that never run dry, so that what is measured is the gateway
before it.
"""

import msgspec

from gateway.fix.engine import Engine
from gateway.fix.messages import read_market_data_request, read_new_order, write_execution_report, write_snapshot
from gateway.fix.reader import Message, Selection
from gateway.fix.session import Session
from gateway.model import (
    SCALE,
    BookUpdate,
    ExecType,
    ExecutionReport,
    MarketData,
    NewOrder,
    Ns,
    OrdStatus,
    Px,
    Qty,
    SessionConfig,
    Side,
)

_ECHOED = Selection(11, 55, 54, 38, 40, 44, 60, 59, 1, 48, 22, 15)  # copied to the report, as QuickFIX's peer does

# fixload's orders are buys and sells in turn, at 100 to 150. With two symbols in turn all buys are in the first one and
# all sells in the second, and each of them trades.
BOUGHT, SOLD = "BOUGHT", "SOLD"
_QUOTES = {BOUGHT: (Px(89 * SCALE), Px(90 * SCALE)), SOLD: (Px(170 * SCALE), Px(171 * SCALE))}  # bid, ask
_DEPTH = Qty(1_000_000_000 * SCALE)


class Answering:
    """An Application of the engine for whoever calls `us`. Each session lives as long as the process does."""

    def __init__(self, *, fills: bool, us: str = "GATEWAY") -> None:
        self._fills = fills
        self._us = us
        self._reports = 0

    def engine(self) -> Engine:
        return Engine(self)

    def started(self) -> bytes:
        """The payload of Started that the engine wants."""
        return msgspec.json.encode({"sessions": [SessionConfig(sender=self._us, target="*")]})

    def received(self, session: Session, message: Message, now: Ns) -> None:
        self._answer(session, message, now)

    def logged_on(self, session: Session, now: Ns) -> None: ...

    def leaving(self, session: Session, now: Ns) -> None: ...

    def logged_out(self, session: Session, now: Ns, *, politely: bool) -> None: ...

    def stale(self, session: Session, data: bytes, now: Ns) -> None: ...

    def kept(self, session: Session, data: bytes) -> None: ...

    def _answer(self, session: Session, message: Message, now: Ns) -> None:
        if message.msg_type == "D" and not self._fills:
            self._reports += 1
            number, quantity = self._reports, message.get(38)
            body = f"37={number}\x0117={number}\x01150=0\x0139=0\x01{message.wire(_ECHOED)}"
            session.send("8", f"{body}151={quantity}\x0114=0\x016=0\x01", now)
        elif message.msg_type == "D":
            order = read_new_order(message)
            session.send("8", write_execution_report(self._new(order, now)), now)
            session.send("8", write_execution_report(self._filled(order, now)), now)
        elif message.msg_type == "V":
            request = read_market_data_request(message)
            for symbol in request.symbols:
                session.send("W", write_snapshot(_book(symbol), request.md_req_id), now)

    def _new(self, order: NewOrder, now: Ns) -> ExecutionReport:
        self._reports += 1
        number = str(self._reports)
        return ExecutionReport(
            order_id=number,
            exec_id=number,
            exec_type=ExecType.NEW,
            ord_status=OrdStatus.NEW,
            cl_ord_id=order.cl_ord_id,
            symbol=order.symbol,
            side=order.side,
            order_qty=order.order_qty,
            leaves_qty=order.order_qty,
            cum_qty=Qty(0),
            avg_px=Px(0),
            transact_time=now,
            echo=order.echo,
        )

    def _filled(self, order: NewOrder, now: Ns) -> ExecutionReport:
        self._reports += 1
        bid, ask = _QUOTES[order.symbol]
        price = ask if order.side is Side.BUY else bid
        return ExecutionReport(
            order_id=str(self._reports - 1),
            exec_id=str(self._reports),
            exec_type=ExecType.TRADE,
            ord_status=OrdStatus.FILLED,
            cl_ord_id=order.cl_ord_id,
            symbol=order.symbol,
            side=order.side,
            order_qty=order.order_qty,
            leaves_qty=Qty(0),
            cum_qty=order.order_qty,
            avg_px=price,
            last_qty=order.order_qty,
            last_px=price,
            transact_time=now,
            echo=order.echo,
        )


def _book(symbol: str) -> MarketData:
    bid, ask = _QUOTES[symbol]
    sides = (("0", bid), ("1", ask))
    updates = tuple(BookUpdate(symbol=symbol, entry=entry, price=price, size=_DEPTH) for entry, price in sides)
    return MarketData(snapshot=True, symbol=symbol, updates=updates)
