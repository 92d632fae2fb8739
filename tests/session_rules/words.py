"""What many of these conversations say."""

from typing import Any, Protocol

from gateway.model import SessionConfig
from tests.conversation import Conversation
from tests.conversation.switchboard import Switchboard

ORDER = "NewOrderSingle  Symbol=ACME  Side=BUY  OrderQty=100  OrdType=MARKET  TransactTime=now"
REPORT = (
    "ExecutionReport  OrderID=1  ExecType=NEW  OrdStatus=NEW  Symbol=ACME  Side=BUY  LeavesQty=1  CumQty=0  AvgPx=0"
)


class Converse(Protocol):
    def __call__(self, script: str, **options: Any) -> Conversation: ...


class Connect(Protocol):
    """An engine with these sessions."""

    def __call__(self, *sessions: SessionConfig, **options: Any) -> Switchboard: ...


def client(target: str = "CLIENT", **options: Any) -> SessionConfig:
    return SessionConfig(sender="GATEWAY", target=target, **options)


def ids(talk: Conversation) -> list[str | None]:
    """ClOrdIDs(11) of what the session has let through."""
    return [message.get(11) for message in talk.delivered]
