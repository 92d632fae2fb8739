"""What audit.db answers with. Numbers are exact decimal text, instants ISO 8601 UTC."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct


class Order(Struct, frozen=True, kw_only=True):
    """A client's order ('parent') or one of ours at a venue ('child')."""

    role: str
    order_id: str | None  # ours on a parent, the venue's on a child
    cl_ord_id: str
    parent_id: str | None
    slice: int | None
    session: str
    venue: str | None
    symbol: str | None
    side: str | None
    order_qty: str | None
    ord_type: str | None
    price: str | None
    time_in_force: str | None
    strategy: str | None
    status: str | None  # None: nobody has answered yet
    cum_qty: str | None
    leaves_qty: str | None
    avg_px: str | None
    created: str | None
    updated: str | None
    text: str | None


class Event(Struct, frozen=True, kw_only=True):
    """One step of an order's life: a request or a report."""

    seq: int  # of the record in the journal
    time: str | None
    event: str  # the message's name, or the report's ExecType(150)
    session: str
    cl_ord_id: str | None
    status: str | None
    order_qty: str | None
    price: str | None
    last_qty: str | None
    last_px: str | None
    last_mkt: str | None
    cum_qty: str | None
    leaves_qty: str | None
    text: str | None


class Execution(Struct, frozen=True, kw_only=True):
    """A trade, or its bust or correction."""

    seq: int
    time: str | None
    session: str
    cl_ord_id: str | None
    exec_id: str
    exec_type: str | None
    exec_ref_id: str | None
    last_qty: str | None
    last_px: str | None
    last_mkt: str | None
    cum_qty: str | None
    leaves_qty: str | None
    avg_px: str | None


class Choice(Struct, frozen=True, kw_only=True):
    """A release of a parent: why that much, what the venues showed, what was sent."""

    seq: int
    time: str | None
    slice: int | None
    due: str | None
    filled: str | None
    working: str | None
    release: str | None
    limit: str | None
    bid: str | None
    ask: str | None
    candidates: Any  # as the router noted them; prices, sizes and costs in 1e-8
    children: Any
    policy: str
    why: str | None  # in words; None: by the rule of price_time, or it is there to rest
    passed_over: Any  # venues that were no candidates -> why not
    through: Any  # venues where a better price was left -> that price and why, where orders are protected


class Arrival(Struct, frozen=True, kw_only=True):
    """What a parent met when it was accepted, and its window."""

    bid: str | None
    ask: str | None
    start: str | None
    end: str | None


class Alert(Struct, frozen=True, kw_only=True):
    """Something a person had to look at."""

    seq: int
    time: str | None
    code: str
    text: str
    child: str | None


class Slippage(Struct, frozen=True, kw_only=True):
    """What a parent's fills cost against the market it arrived in."""

    order_id: str
    side: str | None
    cum_qty: str
    avg_px: str
    reference: str  # of the consolidated quote at acceptance: 'mid', or on a one-sided one 'ask' (BUY) or 'bid' (SELL)
    arrival: str  # the reference's price
    slippage_bps: float  # positive: worse than the arrival price


class Story(Struct, frozen=True, kw_only=True):
    """All that is known of one order."""

    order: Order
    history: Sequence[Event]
    executions: Sequence[Execution]
    children: Sequence[Order]
    child_executions: Sequence[Execution]
    decisions: Sequence[Choice]
    slippage: Slippage | None  # None: no fill, no reference at arrival, or not a parent


class Asked(Struct, frozen=True, kw_only=True):
    """What an operator, or the driver, told the gateway."""

    seq: int
    time: str | None
    name: str
    who: str
    arguments: Any  # as they came, among them why, and the session, scope, order or client
    before: str | None  # what it changed; None: it changed nothing, so an operator's was refused
    after: str | None


class LoggedMessage(Struct, frozen=True, kw_only=True):
    seq: int
    time: str | None
    session: str | None
    direction: str
    msg_type: str | None  # None: bytes that are no message
    msg_seq_num: int | None
    poss_dup: bool
    kept: bool  # numbered while its counterparty was away; a later resend, if any, is a message of its own
    text: str  # '|' for the separator


class Allocation(Struct, frozen=True, kw_only=True):
    """What an account got of a filled block."""

    allocation: str
    client: str
    alloc_id: str
    block: str  # the account that it came from
    account: str
    orders: Sequence[str]
    symbol: str
    side: str | None
    qty: str | None
    avg_px: str | None
    amount: str | None  # exact, unlike quantity times average price
    fees: str | None
    status: str  # booked, replaced, canceled or undone
    by: str  # AllocID(70) of the instruction that replaced or canceled it
    booked: str | None
    updated: str | None


class Position(Struct, frozen=True, kw_only=True):
    """What an account holds of a symbol. Money in the account's currency, to eight decimals."""

    account: str  # '' of orders without Account(1)
    symbol: str
    position_id: str  # '' where the account nets
    venue: str  # '' for all venues together
    qty: str | None  # negative when short; None, as the rest, where it is too large for a column
    avg_px: str | None  # what it cost; None while it is flat
    realised: str | None  # before fees
    net: str | None  # what was realised, less fees
    unrealised: str | None  # at `last_px`
    fees: str | None
    last_px: str | None  # of the account's last fill in the symbol
    updated: str | None
