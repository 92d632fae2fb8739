"""What clients ask for and what venues and we answer. Immutable; prices and quantities are Px and Qty."""

from typing import Final

from msgspec import Struct

from gateway.model.enums import (
    CommType,
    CxlRejReason,
    CxlRejResponseTo,
    DKReason,
    ExecRestatementReason,
    ExecType,
    MassCancelRejectReason,
    OrdRejReason,
    OrdStatus,
    OrdType,
    Scope,
    Side,
    TimeInForce,
)
from gateway.model.numbers import Ns, Px, Qty
from gateway.model.positions import PositionEffect


class StrategyParameter(Struct, frozen=True, gc=False):
    """One entry of StrategyParametersGrp(957): 958 name, 959 type code, 960 value."""

    name: str
    type: str
    value: str
    tag: int = 958  # of the field it came in


class Handling(Struct, frozen=True, gc=False, kw_only=True):
    """How an order is to be worked beyond its price and time; of most orders nothing of this is said."""

    exec_inst: tuple[str, ...] = ()  # ExecInst(18), value by value
    stop_px: Px | None = None  # StopPx(99)
    trigger_by: str | None = None  # TriggerPriceType(1107)
    peg: str | None = None  # PegPriceType(1094)
    peg_offset: Px | None = None  # PegOffsetValue(211), added to what it is pegged to
    peg_offset_type: str | None = None  # PegOffsetType(836)
    peg_rounding: str | None = None  # PegRoundDirection(838)
    min_qty: Qty | None = None  # MinQty(110)
    max_floor: Qty | None = None  # MaxFloor(111)
    display_qty: Qty | None = None  # DisplayQty(1138), which means the same
    cash_order_qty: Qty | None = None  # CashOrderQty(152), 1e-8 of the currency, until we know how many shares it is

    @property
    def trails(self) -> bool:
        """Whether it is a trailing stop."""
        return "a" in self.exec_inst or self.peg == "8"

    @property
    def shown(self) -> Qty | None:
        """How much of it a book may show, 0: nothing; None: all the same."""
        return self.max_floor if self.display_qty is None else self.display_qty


PLAIN: Final = Handling()


class NewOrder(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """NewOrderSingle(D), from a client to us or from us to a venue."""

    cl_ord_id: str
    symbol: str
    side: Side
    order_qty: Qty
    ord_type: OrdType
    price: Px | None = None  # Price(44); None for a market order
    time_in_force: TimeInForce = TimeInForce.DAY
    account: str | None = None
    effective_time: Ns | None = None  # EffectiveTime(168)
    expire_time: Ns | None = None  # ExpireTime(126)
    expire_date: Ns | None = None  # ExpireDate(432), when that day begins in UTC
    target_strategy: str | None = None  # TargetStrategy(847) as sent
    strategy_text: str | None = None  # TargetStrategyParameters(848) as sent
    participation: str | None = None  # ParticipationRate(849) as sent
    strategy_parameters: tuple[StrategyParameter, ...] = ()  # group 957
    secondary_cl_ord_id: str | None = None  # 526: on a child, the parent's ClOrdID
    parent_order_id: str | None = None  # 9001: on a child, our OrderID of the parent
    position_effect: PositionEffect | None = None  # 77
    position_id: str | None = None  # 2618, in an account that keeps positions side by side
    locate_reqd: str | None = None  # 114 of a short sale: N, its client has located the shares; Y, we are to
    locate_broker: str | None = None  # LocateBroker(5700)
    slice_no: int | None = None  # 9004: on a child, which release of the parent it belongs to, from 1
    link_id: str | None = None  # ClOrdLinkID(583): on a child of an algo's, that of all children of its release
    destination: str | None = None  # ExDestination(100): the one venue that it may go to
    ignored: tuple[str, ...] = ()  # parameters that nobody knows and that its session may send all the same
    fault: str = ""  # why what it says to its algo cannot be understood, with the code; such an order is refused
    handling: Handling = PLAIN
    instructions: str = ""  # wire fields that would change how it is worked and have no field here: '388=0\x01'
    echo: str = ""  # wire fields of the order that every report repeats: '1=A\x0140=2\x0144=10.05\x01'


class CancelRequest(Struct, frozen=True, gc=False, kw_only=True):
    """OrderCancelRequest(F)."""

    cl_ord_id: str
    orig_cl_ord_id: str
    symbol: str
    side: Side
    order_qty: Qty | None = None


class ReplaceRequest(Struct, frozen=True, gc=False, kw_only=True):
    """OrderCancelReplaceRequest(G): the order as it shall be, under a new ClOrdID(11)."""

    orig_cl_ord_id: str
    order: NewOrder


class ExecutionReport(Struct, frozen=True, gc=False, kw_only=True):
    """ExecutionReport(8): the one event that client, audit and analysis read."""

    order_id: str
    exec_id: str
    exec_type: ExecType
    ord_status: OrdStatus
    cl_ord_id: str
    symbol: str
    side: Side
    order_qty: Qty
    leaves_qty: Qty
    cum_qty: Qty
    avg_px: Px
    last_qty: Qty | None = None
    last_px: Px | None = None
    last_mkt: str | None = None  # LastMkt(30), a MIC
    last_liquidity: str | None = None  # LastLiquidityInd(851): 1 added, 2 removed
    commission: int | None = None  # Commission(12) in 1e-8 of what CommType(13) says, a rebate negative
    comm_type: CommType | None = None
    orig_cl_ord_id: str | None = None
    exec_ref_id: str | None = None  # ExecRefID(19) of a bust or correction
    secondary_cl_ord_id: str | None = None
    ord_type: OrdType | None = None
    price: Px | None = None
    time_in_force: TimeInForce | None = None
    ord_rej_reason: OrdRejReason | None = None
    restatement_reason: ExecRestatementReason | None = None  # 378: why nobody had to ask
    text: str | None = None
    transact_time: Ns = Ns(0)
    echo: str = ""  # see NewOrder.echo; what stands there is not given again in the fields above
    more: str = ""  # wire fields of this report alone, such as MassStatusReqID(584) or DayOrderQty(424)
    house: str = ""  # the house's own, for sessions whose dictionary has them: '9002=WORKING\x01'


class CancelReject(Struct, frozen=True, gc=False, kw_only=True):
    """OrderCancelReject(9)."""

    order_id: str  # 'NONE' for an order we do not know
    cl_ord_id: str
    orig_cl_ord_id: str
    ord_status: OrdStatus
    response_to: CxlRejResponseTo
    reason: CxlRejReason
    text: str


class StatusRequest(Struct, frozen=True, gc=False, kw_only=True):
    """OrderStatusRequest(H), about the order of a ClOrdID(11) or of an OrderID(37)."""

    cl_ord_id: str
    symbol: str
    side: Side
    order_id: str | None = None
    status_req_id: str | None = None  # OrdStatusReqID(790), repeated in the answer


class MassStatusRequest(Struct, frozen=True, gc=False, kw_only=True):
    """OrderMassStatusRequest(AF)."""

    request_id: str  # MassStatusReqID(584)
    scope: Scope  # MassStatusReqType(585)
    symbol: str = ""


class MassCancelRequest(Struct, frozen=True, gc=False, kw_only=True):
    """OrderMassCancelRequest(q)."""

    cl_ord_id: str
    scope: Scope  # MassCancelRequestType(530)
    symbol: str = ""
    side: Side | None = None  # only these
    stop_scope: str | None = None  # StopScope(9008): of whom trading is to be stopped, not only orders canceled
    text: str = ""


class MassCancelReport(Struct, frozen=True, gc=False, kw_only=True):
    """OrderMassCancelReport(r): the request was taken, and each order is going to be answered; or it was not."""

    order_id: str
    request: MassCancelRequest
    affected: int = 0  # TotalAffectedOrders(533)
    reason: MassCancelRejectReason | None = None
    text: str = ""


class DontKnowTrade(Struct, frozen=True, gc=False, kw_only=True):
    """DontKnowTrade(Q): the execution `exec_id` was not booked by who was told of it."""

    order_id: str
    exec_id: str
    reason: DKReason
    symbol: str
    side: Side
    last_qty: Qty | None = None
    last_px: Px | None = None
    text: str = ""
