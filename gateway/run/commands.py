"""What operators ask a running gateway, what they tell it to do, and what it answers; see gateway.run.control."""

from typing import Annotated

from msgspec import Meta, Struct

from gateway.model.health import VenueStatistics
from gateway.model.quotes import MarketStatus
from gateway.model.sessions import SessionConfig, SessionStatus
from gateway.model.settings import RiskStatus
from gateway.run.net.credentials import Credential
from venues.faults.plan import Scripted

_SeqNum = Annotated[int, Meta(ge=1, le=999_999_999)]
_Text = Annotated[str, Meta(min_length=1, max_length=500)]
_Name = Annotated[str, Meta(min_length=1, max_length=200)]
_Named = Annotated[str, Meta(max_length=200)]


class Sessions(Struct, frozen=True, tag_field="do", tag="sessions", forbid_unknown_fields=True):
    """How all sessions stand."""


class _Order(Struct, frozen=True, kw_only=True, tag_field="do", forbid_unknown_fields=True):
    session: _Name
    why: _Text


class SetSequence(_Order, frozen=True, kw_only=True, tag="set-sequence"):
    next_in: _SeqNum | None = None
    next_out: _SeqNum | None = None


class Reset(_Order, frozen=True, tag="reset"):
    """Both numbers are 1."""


class Logout(_Order, frozen=True, kw_only=True, tag="logout"):
    text: str = ""  # Text(58) of the Logout(5)


class Enable(_Order, frozen=True, tag="enable"): ...


class Disable(_Order, frozen=True, tag="disable"): ...


class AddSession(_Order, frozen=True, kw_only=True, tag="add-session"):
    config: SessionConfig
    credential: Credential | None = None  # not for the journal


class ChangeSession(_Order, frozen=True, kw_only=True, tag="change-session"):
    config: SessionConfig
    credential: Credential | None = None


class RemoveSession(_Order, frozen=True, tag="remove-session"): ...


class Risk(Struct, frozen=True, tag_field="do", tag="risk", forbid_unknown_fields=True):
    """Who is stopped, and which limits hold."""


class Market(Struct, frozen=True, kw_only=True, tag_field="do", tag="market", forbid_unknown_fields=True):
    """What venues show, and how good their market data is."""

    symbol: _Named = ""  # whose consolidated book is wanted


class Venues(Struct, frozen=True, tag_field="do", tag="venues", forbid_unknown_fields=True):
    """How well each venue has served us."""


class _RiskOrder(Struct, frozen=True, kw_only=True, tag_field="do", forbid_unknown_fields=True):
    scope: _Name  # 'firm', 'client=CLIENT'
    why: _Text


class Kill(_RiskOrder, frozen=True, kw_only=True, tag="kill"):
    """Nothing is taken or sent there any more, and what is live is canceled."""


class Reduce(_RiskOrder, frozen=True, kw_only=True, tag="reduce"):
    """Only what makes a position smaller is taken, and what is live is canceled."""


class Rearm(_RiskOrder, frozen=True, kw_only=True, tag="rearm"):
    """First step towards trading again."""


class Confirm(_RiskOrder, frozen=True, kw_only=True, tag="confirm"):
    """Second step."""


class SetLimit(_RiskOrder, frozen=True, kw_only=True, tag="set-limit"):
    limit: _Name
    value: _Named  # '' for none there


class Split(Struct, frozen=True, kw_only=True, tag_field="do", tag="split", forbid_unknown_fields=True):
    """Open good-till orders and positions of a symbol are in other shares."""

    symbol: _Name
    ratio: _Name  # '2:1'
    why: _Text


class _BreakerOrder(Struct, frozen=True, kw_only=True, tag_field="do", forbid_unknown_fields=True):
    venue: _Name
    why: _Text


class OpenBreaker(_BreakerOrder, frozen=True, kw_only=True, tag="open-breaker"):
    """A venue gets nothing until its breaker is closed."""


class CloseBreaker(_BreakerOrder, frozen=True, kw_only=True, tag="close-breaker"):
    """A venue gets orders again."""


class _HaltOrder(Struct, frozen=True, kw_only=True, tag_field="do", forbid_unknown_fields=True):
    symbol: _Name
    why: _Text


class HaltSymbol(_HaltOrder, frozen=True, kw_only=True, tag="halt-symbol"):
    """A venue takes no orders in it."""


class ResumeSymbol(_HaltOrder, frozen=True, kw_only=True, tag="resume-symbol"):
    """It trades again, after an auction."""


class InjectFault(Struct, frozen=True, kw_only=True, tag_field="do", tag="inject-fault", forbid_unknown_fields=True):
    """Something goes wrong at a venue."""

    fault: Scripted
    why: _Text


class EnterOrder(Struct, frozen=True, kw_only=True, tag_field="do", tag="enter-order", forbid_unknown_fields=True):
    """A client gives an order by telephone; numbers are text, as on the wire."""

    client: _Name  # the name of its session
    side: _Name  # BUY or SELL
    symbol: _Name
    qty: _Name
    price: _Named = ""  # '' for a market order
    time_in_force: _Name = "DAY"  # or GTC, IOC, FOK
    account: _Named = ""
    why: _Text


class _ByTelephone(Struct, frozen=True, kw_only=True, tag_field="do", forbid_unknown_fields=True):
    order: _Name  # OrderID(37)
    why: _Text


class ReplaceOrder(_ByTelephone, frozen=True, kw_only=True, tag="replace-order"):
    """A client changes its order by telephone; '' leaves what it is."""

    qty: _Named = ""
    price: _Named = ""


class CancelOrder(_ByTelephone, frozen=True, kw_only=True, tag="cancel-order"):
    """A client cancels its order by telephone."""


class PauseOrder(_ByTelephone, frozen=True, kw_only=True, tag="pause-order"):
    """Nothing more of it is sent, and what rests is called back."""


class ResumeOrder(_ByTelephone, frozen=True, kw_only=True, tag="resume-order"):
    """It goes on."""


class SettleChild(Struct, frozen=True, kw_only=True, tag_field="do", tag="settle-child", forbid_unknown_fields=True):
    """What became of a child that its venue cannot tell; numbers are text, as on the wire."""

    order: _Name  # OrderID(37)
    child: _Name  # ClOrdID(11)
    became: _Name  # canceled, or filled
    qty: _Named = ""
    price: _Named = ""
    exec_id: _Named = ""  # ExecID(17) at the venue
    why: _Text


Order = SetSequence | Reset | Logout | Enable | Disable | AddSession | ChangeSession | RemoveSession
RiskOrder = Kill | Reduce | Rearm | Confirm | SetLimit | Split | OpenBreaker | CloseBreaker
HaltOrder = HaltSymbol | ResumeSymbol
ByTelephone = EnterOrder | ReplaceOrder | CancelOrder | PauseOrder | ResumeOrder
Act = Order | RiskOrder | HaltOrder | InjectFault | ByTelephone | SettleChild
Request = Sessions | Risk | Market | Venues | Act


class Answer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    error: str | None = None  # None: it was done
    order_id: str | None = None  # of the order that was entered
    sessions: tuple[SessionStatus, ...] = ()
    risk: RiskStatus | None = None
    market: MarketStatus | None = None
    venues: tuple[VenueStatistics, ...] = ()
