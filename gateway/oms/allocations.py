"""Filled blocks given to accounts, AllocationInstruction(J).

All that was filled of a block's orders leaves the account they were traded in, and each account gets its part of the
quantity, of the exact amount and of the fees, so that the parts add up and each pays the average price. That holds as
long as the orders' fills are what they were: a bust, a correction or a later fill takes the allocation back as a whole,
its client is told, and may allocate anew.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from gateway.model import SCALE, Instrument, NewOrder, Ns, Px, Qty, Rejection, average_px, print_scaled
from gateway.model.allocations import (
    AllocationAck,
    AllocationInstruction,
    AllocationReport,
    AllocationReportAck,
    AllocStatus,
    AllocTransType,
    AllocType,
    BlockOrder,
    Share,
)
from gateway.oms.notes import AlertNote
from gateway.oms.order import ParentOrder
from gateway.oms.orders import Orders
from gateway.oms.positions import Positions, sign_of
from gateway.oms.shares import apportion, of_amount
from gateway.oms.wire import Wire
from gateway.risk import Guard

_DECIMALS: Final = 8  # of a Px


class PartNote(Struct, frozen=True, gc=False):
    account: str
    qty: Qty
    amount: int  # 1e-16, what it cost or brought
    fees: int


class AllocationNote(Struct, frozen=True, gc=False, kw_only=True):
    """An allocation was booked, or is not any more."""

    allocation: str
    client: str
    alloc_id: str
    status: str  # booked, replaced, canceled, or undone because its orders changed
    by: str  # AllocID(70) of the instruction that replaced or canceled it; '' where there is none
    account: str  # of the block
    orders: list[str]
    symbol: str
    side: str
    qty: Qty
    avg_px: Px
    booked_at: Ns
    parts: list[PartNote]


class _Leg(Struct, frozen=True, gc=False):
    """An order of the block, as it was filled when that was booked."""

    order_id: str
    order: NewOrder
    qty: Qty
    notional: int
    fees: int


class _Part(Struct, frozen=True, gc=False):
    share: Share
    qty: Qty
    amount: int
    fees: int


class Allocation(Struct, frozen=True, kw_only=True):
    """One that stands."""

    allocation_id: str
    client: str
    instruction: AllocationInstruction
    legs: tuple[_Leg, ...]
    parts: tuple[_Part, ...]
    booked_at: Ns

    @property
    def qty(self) -> Qty:
        return Qty(sum(leg.qty for leg in self.legs))

    @property
    def avg_px(self) -> Px:
        return average_px(sum(leg.notional for leg in self.legs), self.qty)


class _Refused(Exception):
    def __init__(self, text: str, shares: tuple[Share, ...] = ()) -> None:
        super().__init__(text)
        self.shares = shares


class Allocations:
    def __init__(
        self,
        wire: Wire,
        positions: Positions,
        guard: Guard,
        orders: Orders,
        prefix: str,
    ) -> None:
        self.instruments: Mapping[str, Instrument] = {}
        self.standing: dict[tuple[str, str], Allocation] = {}  # by client and AllocID(70)
        self._of: dict[str, Allocation] = {}  # the same, by OrderID
        self._taken: set[tuple[str, str]] = set()  # AllocIDs of all that was carried out
        self._wire = wire
        self._positions = positions
        self._guard = guard
        self._orders = orders
        self._prefix = prefix
        self._count = 0  # of allocations
        self._reports = 0

    def instruct(self, client: str, instruction: AllocationInstruction, now: Ns, *, again: bool = False) -> None:
        """AllocationInstruction(J): carried out or refused, at once; with PossResend(97) told again that it was."""
        try:
            if (client, instruction.alloc_id) not in self._taken:
                self._carry_out(client, instruction, now)
            elif not again:
                raise _Refused("ALLOC.DUPLICATE AllocID(70) was used before")
        except _Refused as refused:
            rejection = Rejection(str(refused))
            by_account = AllocStatus.ACCOUNT_LEVEL_REJECT if refused.shares else AllocStatus.BLOCK_LEVEL_REJECT
            self._wire.answer(
                client,
                AllocationAck(
                    instruction=instruction,
                    status=by_account,
                    code=rejection.allocation_reason,
                    text=rejection.text,
                    refused=refused.shares,
                ),
            )
            return
        self._wire.answer(client, AllocationAck(instruction=instruction))
        made = self.standing.get((client, instruction.alloc_id))
        if made is not None and instruction.alloc_type is AllocType.PRELIMINARY:
            self._report(made, now)

    def changed(self, parent: ParentOrder, now: Ns) -> None:
        """Something was filled, busted or corrected, or the order is open again."""
        made = self._of.get(parent.order_id)
        if made is None or self._orders.was_over(parent):
            return
        (leg,) = [leg for leg in made.legs if leg.order_id == parent.order_id]
        if not parent.open and (parent.cum_qty, parent.notional, parent.fees) == (leg.qty, leg.notional, leg.fees):
            return
        self._take_back(made, "undone", "", now)
        text = f"allocation {made.instruction.alloc_id[:64]} is taken back: the fills of its orders have changed"
        self._wire.note("alert", AlertNote(code="ALLOC.UNDONE", text=text, parent=parent.order_id))
        self._report(made, now, canceled=text)

    def answered(self, client: str, ack: AllocationReportAck) -> None:
        """AllocationReportAck(AT): it stays as it is booked, but a person has to know that it is not agreed on."""
        if ack.status not in (AllocStatus.ACCEPTED, AllocStatus.RECEIVED):
            text = f"{client} refuses AllocReportID(755) {ack.report_id[:64]}: {ack.text[:200]}"
            self._wire.note("alert", AlertNote(code="CLIENT.ALLOC", text=text))

    def _carry_out(self, client: str, instruction: AllocationInstruction, now: Ns) -> None:
        before = None
        if instruction.trans_type is not AllocTransType.NEW:
            before = self.standing.get((client, instruction.ref_alloc_id or ""))
            if before is None:
                raise _Refused("ALLOC.REF RefAllocID(72) is no allocation that stands")
            if any(self._orders.was_over(self._orders[leg.order_id]) for leg in before.legs):
                raise _Refused("ALLOC.SPLIT the allocation is of shares that were split since")
        made = None
        if instruction.trans_type is not AllocTransType.CANCEL:
            made = self._calculate(client, instruction, before, now)
        if before is not None:
            self._take_back(before, "canceled" if made is None else "replaced", instruction.alloc_id, now)
        self._taken.add((client, instruction.alloc_id))
        if made is not None:
            self._count += 1
            self.standing[client, instruction.alloc_id] = made
            for leg in made.legs:
                self._of[leg.order_id] = made
            self._move(made, now, sign=1)
            self._note(made, "booked", "")

    # -- what an instruction comes to

    def _calculate(
        self, client: str, instruction: AllocationInstruction, before: Allocation | None, now: Ns
    ) -> Allocation:
        if instruction.alloc_type not in (AllocType.CALCULATED, AllocType.PRELIMINARY) or not instruction.whole:
            raise _Refused("ALLOC.TYPE only AllocType(626) 1 and 2 in one message are supported")
        if not instruction.orders:
            raise _Refused("ALLOC.ORDERS the orders have to be listed, AllocNoOrdersType(857) 1")
        legs = tuple(self._leg(client, named, instruction, before, now) for named in instruction.orders)
        if len({leg.order_id for leg in legs}) < len(legs):
            raise _Refused("ALLOC.MISMATCH an order is listed twice")
        if len({leg.order.account for leg in legs}) > 1:
            raise _Refused("ALLOC.MISMATCH the orders are of more than one Account(1)")
        shares, qty, notional = instruction.shares, sum(leg.qty for leg in legs), sum(leg.notional for leg in legs)
        self._check_accounts(client, shares)
        if any(share.qty <= 0 for share in shares) or sum(share.qty for share in shares) != instruction.quantity:
            raise _Refused("ALLOC.SUM an AllocQty(80) is not above zero, or they do not add up to Quantity(53)")
        _check_price(instruction, notional, qty)
        if instruction.alloc_type is AllocType.PRELIMINARY:
            instrument = self.instruments.get(instruction.symbol)
            lot = SCALE if instrument is None else instrument.lot
            parts = apportion(qty, [share.qty for share in shares], lot)
        elif instruction.quantity != qty:
            raise _Refused(f"ALLOC.QTY Quantity(53) is not {print_scaled(qty)}, which was filled")
        else:
            parts = [share.qty for share in shares]
        amounts, fees = of_amount(notional, parts), apportion(sum(leg.fees for leg in legs), parts)
        return Allocation(
            allocation_id=f"{self._prefix}-A{self._count + 1}",
            client=client,
            instruction=instruction,
            legs=legs,
            parts=tuple(
                _Part(share, Qty(part), amount, fee)
                for share, part, amount, fee in zip(shares, parts, amounts, fees, strict=True)
            ),
            booked_at=now,
        )

    def _leg(
        self, client: str, named: BlockOrder, instruction: AllocationInstruction, before: Allocation | None, now: Ns
    ) -> _Leg:
        about, order_id = f"ClOrdID(11) {named.cl_ord_id[:64]}", named.order_id
        parent = self._orders.find(client, named.cl_ord_id, now) if order_id is None else self._orders.get(order_id)
        if parent is None or parent.client != client or not parent.accepted or named.cl_ord_id not in parent.ids:
            code = "ALLOC.UNKNOWN" if order_id is None else "ALLOC.ORDERID OrderID(37) with"
            raise _Refused(f"{code} {about} is not an order of this session")
        order = parent.order
        if (order.symbol, order.side) != (instruction.symbol, instruction.side):
            raise _Refused(f"ALLOC.MISMATCH Symbol(55) or Side(54) is not that of {about}")
        if parent.open or parent.children or parent.requests or not parent.cum_qty:
            raise _Refused(f"ALLOC.OPEN {about} can still be filled, or nothing of it was")
        if self._orders.was_over(parent):
            raise _Refused(f"ALLOC.SPLIT the shares of {about} were split since")
        if self._of.get(parent.order_id) not in (None, before):
            raise _Refused(f"ALLOC.TWICE {about} is allocated already")
        hedges = self._positions.accounting(order.account).mode == "hedging"
        if hedges and self._position_ids(parent) - {order.position_id or parent.order_id}:
            raise _Refused(f"ALLOC.CLOSED the fills of {about} are not in one position, or not in the one it names")
        return _Leg(parent.order_id, order, parent.cum_qty, parent.notional, parent.fees)

    def _position_ids(self, parent: ParentOrder) -> set[str]:
        """Of the positions that the order's executions are in, by those that count."""
        account, symbol = parent.order.account, parent.order.symbol
        found = set[str]()
        for child in parent.sent:
            for exec_id, (qty, _, number) in child.executions.items():
                if qty and exec_id not in (child.undone or ()):
                    found |= self._positions.position_ids(account, symbol, child.venue, f"{self._prefix}-E{number}")
        return found

    def _check_accounts(self, client: str, shares: tuple[Share, ...]) -> None:
        unknown = tuple(s for s in shares if not s.account or not self._positions.may_use(client, s.account))
        if unknown:
            raise _Refused("ALLOC.ACCOUNT AllocAccount(79) is missing, or is not this session's", unknown)
        if len({share.account for share in shares}) < len(shares) or not shares:
            raise _Refused("ALLOC.MISMATCH an AllocAccount(79) is given twice, or none is")

    # -- what is booked of it

    def _move(self, made: Allocation, now: Ns, *, sign: int) -> None:
        """The block's positions to the accounts', or with sign -1 as they were before."""
        direction = sign_of(made.instruction.side)
        places = [
            (leg.order.account, leg.order.position_id or leg.order_id, -direction * leg.qty, leg.notional, -leg.fees)
            for leg in made.legs
        ]
        places += [
            (part.share.account, made.allocation_id, direction * part.qty, part.amount, part.fees)
            for part in made.parts
            if part.qty
        ]
        for number, (account, position_id, qty, amount, fees) in enumerate(places, 1):
            exec_id = f"{made.allocation_id}-{number}"
            symbol = made.instruction.symbol
            if sign > 0:
                self._positions.transfer(
                    account, symbol, qty, amount=amount, fee=fees, exec_id=exec_id, position_id=position_id
                )
            else:
                self._positions.take_back(account, symbol, exec_id)
            given = sign * qty * direction  # more of the orders' side
            self._guard.allocated(
                made.client,
                made.legs[0].order,
                account,
                qty=given,
                amount=amount if given > 0 else -amount,
                now=now,
            )

    def _take_back(self, made: Allocation, status: str, by: str, now: Ns) -> None:
        del self.standing[made.client, made.instruction.alloc_id]
        for leg in made.legs:
            del self._of[leg.order_id]
        self._move(made, now, sign=-1)
        self._note(made, status, by)

    def _note(self, made: Allocation, status: str, by: str) -> None:
        instruction = made.instruction
        self._wire.note(
            "allocation",
            AllocationNote(
                allocation=made.allocation_id,
                client=made.client,
                alloc_id=instruction.alloc_id,
                status=status,
                by=by,
                account=made.legs[0].order.account or "",
                orders=[leg.order_id for leg in made.legs],
                symbol=instruction.symbol,
                side=instruction.side,
                qty=made.qty,
                avg_px=made.avg_px,
                booked_at=made.booked_at,
                parts=[PartNote(part.share.account, part.qty, part.amount, part.fees) for part in made.parts],
            ),
        )

    def _report(self, made: Allocation, now: Ns, *, canceled: str = "") -> None:
        """AllocationReport(AS)."""
        self._reports += 1
        instruction = made.instruction
        self._wire.answer(
            made.client,
            AllocationReport(
                report_id=f"{self._prefix}-R{self._reports}",
                alloc_id=instruction.alloc_id,
                using_preliminary=instruction.alloc_type is AllocType.PRELIMINARY,
                canceled=bool(canceled),
                orders=tuple(
                    BlockOrder(named.cl_ord_id, leg.order_id)
                    for named, leg in zip(instruction.orders, made.legs, strict=True)
                ),
                side=instruction.side,
                symbol=instruction.symbol,
                quantity=made.qty,
                avg_px=made.avg_px,
                trade_date=instruction.trade_date,
                shares=tuple(
                    Share(account=part.share.account, qty=part.qty, share_id=part.share.share_id) for part in made.parts
                ),
                at=now,
                text=canceled,
            ),
        )


def _check_price(instruction: AllocationInstruction, notional: int, qty: int) -> None:
    """AvgPx(6) has to be the exact average, rounded to as many decimals as it has; of a preliminary one it may be 0."""
    given = {instruction.avg_px, *(share.price for share in instruction.shares if share.price is not None)}
    if instruction.alloc_type is AllocType.PRELIMINARY:
        given.discard(Px(0))
    decimals = instruction.avg_px_precision
    exact = print_scaled(average_px(notional, qty))
    if not 0 <= decimals <= _DECIMALS:
        raise _Refused(f"ALLOC.PRICE AvgPxPrecision(74) is not 0 to {_DECIMALS}")
    step = 10 ** (_DECIMALS - decimals)
    if given - {average_px(notional, qty * step) * step}:
        raise _Refused(f"ALLOC.PRICE AvgPx(6) or AllocPrice(366) is not the average of the fills, {exact}")
