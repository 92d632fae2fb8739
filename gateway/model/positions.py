"""How an account's fills become positions, and what a counterparty asks and is told about them."""

from enum import StrEnum
from typing import Literal

from msgspec import Struct

from gateway.model.numbers import Px, Qty


class PositionEffect(StrEnum):  # PositionEffect(77)
    OPEN = "O"
    CLOSE = "C"
    ROLLED = "R"
    FIFO = "F"


class PosReqResult(StrEnum):  # PosReqResult(728)
    VALID = "0"
    UNSUPPORTED = "1"
    NONE_FOUND = "2"
    NOT_AUTHORIZED = "3"


class Accounting(Struct, frozen=True, kw_only=True):
    """One account's. Netting: one position a symbol. Hedging: as many as orders opened, each with an id."""

    mode: Literal["netting", "hedging"] = "netting"
    cost: Literal["average", "fifo"] = "average"  # what a closing fill is measured against
    clients: tuple[str, ...] = ()  # whose it is, by the names or patterns of their sessions; (): everybody's


class PositionRequest(Struct, frozen=True, kw_only=True):
    """RequestForPositions(AN)."""

    pos_req_id: str
    pos_req_type: str  # PosReqType(724): '0' positions; nothing else is kept here
    account: str
    account_type: str  # AccountType(581), repeated in the answers
    business_date: str  # ClearingBusinessDate(715), repeated in the answers
    symbol: str | None = None  # None: every one the account has a position in
    subscription: str = "0"  # SubscriptionRequestType(263): '0' a snapshot
    parties: str = ""  # the wire fields of group 453, repeated in the answers


class PositionReport(Struct, frozen=True, kw_only=True):
    """What PositionReport(AP) says of one symbol; amounts in 1e-8 of the currency unit, to the nearest."""

    symbol: str
    long_qty: Qty
    short_qty: Qty
    price: Px  # what the position is valued at
    cash: int  # sold less bought, less fees
    realised: int
    unrealised: int
    fees: int


class PositionAnswer(Struct, frozen=True, kw_only=True):
    """RequestForPositionsAck(AO), or PositionReport(AP) where there is a report."""

    request: PositionRequest
    result: PosReqResult
    report_id: str  # PosMaintRptID(721)
    reports: int  # how many follow, or of how many this is one
    text: str = ""
    report: PositionReport | None = None


class Held(Struct, frozen=True, gc=False, array_like=True):
    """A position's figures."""

    qty: int  # 1e-8, negative when short
    cost: int  # 1e-16, of what is held: negative for a short position at positive prices
    realised: int  # 1e-16, before fees
    fees: int  # 1e-8 of the currency unit
