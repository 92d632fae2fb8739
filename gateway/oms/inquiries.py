"""What clients ask about orders: OrderStatusRequest(H), OrderMassStatusRequest(AF), OrderMassCancelRequest(q).
And about what their fills came to, RequestForPositions(AN), or that they do not know of, DontKnowTrade(Q).

The answer to a question is an ExecutionReport with ExecType(150) I, which tells how an order stands and nothing new.
"""

from collections.abc import Collection, Iterator

from gateway.market import Markets
from gateway.model import (
    DontKnowTrade,
    ExecType,
    ExecutionReport,
    MassCancelReport,
    MassCancelRequest,
    MassStatusRequest,
    Ns,
    OrdStatus,
    Px,
    Qty,
    Rejection,
    Scope,
    Side,
    StatusRequest,
)
from gateway.model.positions import PositionAnswer, PositionRequest, PosReqResult
from gateway.oms.notes import AlertNote
from gateway.oms.order import ParentOrder
from gateway.oms.orders import Orders
from gateway.oms.positions import Positions
from gateway.oms.wire import NO_EXECUTION, Reports, Wire


class Inquiries:
    """`symbols` are those that are traded here."""

    def __init__(self, wire: Wire, reports: Reports, parents: Orders, prefix: str) -> None:
        self.symbols: Collection[str] = ()
        self._wire = wire
        self._reports = reports
        self._parents = parents
        self._prefix = prefix
        self._mass_cancels = 0
        self._position_reports = 0

    def status(self, client: str, request: StatusRequest, now: Ns) -> None:
        """By OrderID(37) where it is given, else by ClOrdID(11): any of the order's own or of a request about it."""
        more = "" if request.status_req_id is None else f"790={request.status_req_id}\x01"
        if request.order_id is None:
            parent = self._parents.find(client, request.cl_ord_id, now)
        else:
            parent = self._parents.get(request.order_id)
        if parent is not None and parent.client == client:
            self._reports.send(parent, ExecType.ORDER_STATUS, now, more=more)
            return
        wrong = Rejection("ORDER.UNKNOWN this is not an order of this session")
        self._unknown(client, now, request.symbol, request.side, more, wrong=wrong, cl_ord_id=request.cl_ord_id)

    def mass_status(self, client: str, request: MassStatusRequest, now: Ns) -> None:
        """All that is open, or all of it in one security; TotNumReports(911) tells how many reports there are."""
        more = f"584={request.request_id}\x01"
        wrong = Rejection("ORDER.NONE no order is open")
        if request.scope in (Scope.SECURITY, Scope.ALL):
            symbol = request.symbol if request.scope is Scope.SECURITY else None
            orders = list(self._open(client, symbol))
        else:
            orders = []
            wrong = Rejection(f"ORDER.SCOPE MassStatusReqType(585) {request.scope} is not supported")
        for place, parent in enumerate(orders, 1):
            last = "Y" if place == len(orders) else "N"
            self._reports.send(parent, ExecType.ORDER_STATUS, now, more=f"{more}911={len(orders)}\x01912={last}\x01")
        if not orders:
            more += "911=0\x01912=Y\x01"
            self._unknown(client, now, request.symbol, Side.UNDISCLOSED, more, wrong=wrong)

    def mass_cancel(self, client: str, request: MassCancelRequest) -> list[ParentOrder]:
        """Answers OrderMassCancelReport(r); gives the orders that are to be canceled."""
        orders: list[ParentOrder] = []
        wrong = None
        if request.scope not in (Scope.SECURITY, Scope.ALL):
            wrong = Rejection(f"ORDER.SCOPE MassCancelRequestType(530) {request.scope} is not supported")
        elif request.scope is Scope.SECURITY and request.symbol not in self.symbols:
            wrong = Rejection("ORDER.SYMBOL Symbol(55) is not traded here")
        else:
            symbol = request.symbol if request.scope is Scope.SECURITY else None
            orders = [p for p in self._open(client, symbol) if request.side in (None, p.order.side) and not p.hedges]
        self.answer_mass_cancel(client, request, affected=len(orders), wrong=wrong)
        return orders

    def dont_know(self, client: str, trade: DontKnowTrade) -> None:
        """A client's DontKnowTrade(Q): it stays booked, and a person has to look."""
        parent = self._parents.get(trade.order_id)
        text = (
            f"{client} does not know ExecID(17) {trade.exec_id[:64]}, DKReason(127) {trade.reason}: {trade.text[:200]}"
        )
        ours = parent is not None and parent.client == client
        self._wire.note("alert", AlertNote(code="CLIENT.DK", text=text, parent=trade.order_id if ours else None))

    def answer_mass_cancel(
        self, client: str, request: MassCancelRequest, *, affected: int = 0, wrong: Rejection | None = None
    ) -> None:
        """OrderMassCancelReport(r): taken, unless something is wrong."""
        self._mass_cancels += 1
        self._wire.answer(
            client,
            MassCancelReport(
                order_id=f"{self._prefix}-M{self._mass_cancels}",
                request=request,
                affected=affected,
                reason=None if wrong is None else wrong.mass_reason,
                text="" if wrong is None else wrong.text,
            ),
        )

    def positions(self, client: str, request: PositionRequest, positions: Positions, markets: Markets) -> None:
        """How many reports come, then a report of each symbol, valued at the middle of what the venues show.

        Where they do not show both sides, at the price of the account's last fill.
        """

        def price(symbol: str) -> Px | None:
            quote = markets.quote(symbol)
            return Px((quote.bid + quote.ask) // 2) if quote.bid_size and quote.ask_size else None

        result, reports = positions.answer(request, price)
        wrong = None
        if not positions.may_use(client, request.account):
            wrong, reports = Rejection("POSITION.ACCOUNT Account(1) is not this session's"), []
        elif result is PosReqResult.UNSUPPORTED:
            wrong = Rejection(
                "POSITION.REQUEST positions, PosReqType(724) 0, are told once, SubscriptionRequestType(263) 0"
            )
        if wrong is not None:
            result = wrong.position_result
        for report in (None, *reports):  # the first acknowledges
            answer = PositionAnswer(
                request=request,
                result=result,
                report_id=self._position_report_id(),
                reports=len(reports),
                text="" if wrong is None else wrong.text,
                report=report,
            )
            self._wire.answer(client, answer)

    def _position_report_id(self) -> str:
        """PosMaintRptID(721)."""
        self._position_reports += 1
        return f"{self._prefix}-P{self._position_reports}"

    def _open(self, client: str, symbol: str | None) -> Iterator[ParentOrder]:
        for parent in self._parents.values():
            if parent.client == client and parent.open and symbol in (None, parent.order.symbol):
                yield parent

    def _unknown(
        self,
        client: str,
        now: Ns,
        symbol: str,
        side: Side,
        more: str,
        *,
        wrong: Rejection,
        cl_ord_id: str = "",
    ) -> None:
        """G.1.a: Rejected, OrderID NONE."""
        self._wire.report(
            client,
            ExecutionReport(
                order_id="NONE",
                exec_id=NO_EXECUTION,
                exec_type=ExecType.ORDER_STATUS,
                ord_status=OrdStatus.REJECTED,
                cl_ord_id=cl_ord_id,
                symbol=symbol,
                side=side,
                order_qty=Qty(0),
                leaves_qty=Qty(0),
                cum_qty=Qty(0),
                avg_px=Px(0),
                ord_rej_reason=wrong.reason,
                text=wrong.text,
                transact_time=now,
                more=more,
            ),
        )
