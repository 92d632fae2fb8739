"""The gateway whole, but for the bytes: what arrives is read already, what it says is heard before it is written."""

from collections.abc import Callable
from typing import Any, Final

from msgspec import Struct

from algos import ALGOS
from gateway.fix.dictionary import default
from gateway.fix.reader import reader_for
from gateway.model import CancelReject, DontKnowTrade, ExecutionReport, Input, Ns
from gateway.model.sessions import SessionConfig
from gateway.node import Gateway
from gateway.oms import Desk


class Heard(Struct, frozen=True, gc=False):
    """An input: a message that was read already, for one of the methods below or of the order core."""

    at: Ns
    what: str
    given: tuple[Any, ...] = ()
    poss_resend: bool = False


class _Party:
    """What stands for a session: it has its name and settings, and what it is to send is dropped."""

    def __init__(self, name: str, config: SessionConfig) -> None:
        self.name = name
        self.config = config
        self.reader = reader_for(default())

    def send(self, msg_type: str, body: str, now: Ns) -> None: ...


SPOKEN: Final = ("report", "cancel_reject", "answer", "order", "cancel", "ask_status", "dont_know", "note")


class Core(Gateway):
    """`hear(kind, who, what)` is told of each of SPOKEN; `who` is a client, a venue, or the kind of a note."""

    def __init__(self, hear: Callable[[str, str, Any], None]) -> None:
        super().__init__(ALGOS)
        self.hear = hear
        self._inputs[Heard] = self._heard
        for kind in SPOKEN:
            setattr(self, kind, self._overheard(kind, getattr(self, kind)))

    def _overheard(self, kind: str, say: Callable[..., None]) -> Callable[..., None]:
        def heard_and_said(who: str, what: object, *more: object) -> None:
            self.hear(kind, who, what)
            say(who, what, *more)

        return heard_and_said

    def _session(self, name: str) -> Any:
        return _Party(name, self._engine.parties[name].session.config)

    def _heard(self, heard: Heard) -> None:
        own = getattr(self, f"hear_{heard.what}", None)
        if own is not None:
            own(*heard.given, heard.at)
        elif heard.what in ("new_order", "cancel", "replace"):
            getattr(self.orders, heard.what)(*heard.given, heard.at, poss_resend=heard.poss_resend)
        else:
            getattr(self.orders, heard.what)(*heard.given, heard.at)

    def hear_execution(self, venue: str, report: ExecutionReport, now: Ns) -> None:
        assert self._edge is not None
        self._edge.heard(venue, report)
        self.orders.execution(venue, report, now)

    def hear_cancel_reject(self, venue: str, reject: CancelReject, now: Ns) -> None:  # noqa: ARG002
        self.orders.venue_refused_cancel(venue, reject)

    def hear_comes(self, name: str, now: Ns) -> None:
        self.logged_on(self._session(name), now)

    def hear_goes(self, name: str, politely: bool, now: Ns) -> None:
        party = self._session(name)
        self.leaving(party, now)
        self.logged_out(party, now, politely=politely)

    def hear_dont_know(self, client: str, trade: DontKnowTrade, now: Ns) -> None:  # noqa: ARG002
        self.orders.dont_know(client, trade)

    def take(self, item: Input | Heard) -> None:
        self.handle(item)  # type: ignore[arg-type]
        self.orders.parents.lately = 1  # what is over is folded away soon

    @property
    def orders(self) -> Desk:
        assert self.desk is not None
        return self.desk

    def next_timer(self) -> Ns | None:
        return self._alarms.next_at
