"""The least a FIX server can be on our engine: sessions, journal and driver, no order management.

It answers each NewOrderSingle(D) with an ExecutionReport, New; a venue also fills it at once and shows books that
never run dry, so that what is measured is the gateway before it.
"""

from collections.abc import Sequence

from gateway.fix.dictionary import default
from gateway.fix.messages import read_market_data_request, read_new_order, write_execution_report, write_snapshot
from gateway.fix.reader import Fault, Message, Reader
from gateway.fix.session import Session, SessionConfig, identify
from gateway.model import (
    SCALE,
    BookUpdate,
    Close,
    ExecType,
    ExecutionReport,
    Input,
    LinkDown,
    MarketData,
    NewOrder,
    Ns,
    OrdStatus,
    Output,
    Px,
    Qty,
    Received,
    Send,
    Side,
    Started,
    Timer,
)

# fixload's orders are buys and sells in turn, at 100 to 150. With two symbols in turn all buys are in the first one and
# all sells in the second, and each of them trades.
BOUGHT, SOLD = "BOUGHT", "SOLD"
_QUOTES = {BOUGHT: (Px(89 * SCALE), Px(90 * SCALE)), SOLD: (Px(170 * SCALE), Px(171 * SCALE))}  # bid, ask
_DEPTH = Qty(1_000_000_000 * SCALE)


class Answering:
    """A Node. Each session lives as long as the process does."""

    def __init__(self, *, fills: bool) -> None:
        self._fills = fills
        self._reader = Reader(default())
        self._sessions: dict[tuple[str, str], Session] = {}
        self._links: dict[int, Session] = {}
        self._reports = 0

    def handle(self, item: Input) -> Sequence[Output]:
        if isinstance(item, Received):
            session = self._links.get(item.link)
            if session is None:
                session = self._log_on(item)
                if session is None:
                    return [Close(item.link)]
            message = session.received(item.data, item.at)
            if message is not None:
                self._answer(session, message, item.at)
        elif isinstance(item, Timer):
            return [output for link in self._links for output in self._timer(link, item.at)]
        elif isinstance(item, LinkDown):
            down = self._links.pop(item.link, None)
            if down is not None:
                down.disconnected(item.at)
            return []
        else:
            assert not isinstance(item, Started) or not self._links
            return []
        return self._said(item.link, session)

    def wake_at(self) -> Ns | None:
        return min((at for session in self._links.values() if (at := session.wake_at()) is not None), default=None)

    def _log_on(self, item: Received) -> Session | None:
        who = identify(item.data)
        if who is None:
            return None
        _, them, us = who
        session = self._sessions.get((us, them))
        if session is None:
            session = self._sessions[us, them] = Session(SessionConfig(sender=us, target=them), self._reader)
        self._links[item.link] = session
        session.connected(item.at)
        return session

    def _timer(self, link: int, now: Ns) -> list[Output]:
        session = self._links[link]
        session.timer(now)
        return self._said(link, session)

    def _said(self, link: int, session: Session) -> list[Output]:
        outputs: list[Output] = [Send(link, data) for data in session.take()]
        if session.hangup:
            outputs.append(Close(link))
        return outputs

    def _answer(self, session: Session, message: Message, now: Ns) -> None:
        if message.msg_type == "D":
            order = read_new_order(message)
            assert not isinstance(order, Fault), order
            session.send("8", write_execution_report(self._new(order, now)), now)
            if self._fills:
                session.send("8", write_execution_report(self._filled(order, now)), now)
        elif message.msg_type == "V":
            request = read_market_data_request(message)
            assert not isinstance(request, Fault), request
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
