"""A FIX client in virtual time: it says what its script says, when it says so, and keeps what it is told."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from gateway.fix.engine import Engine
from gateway.fix.party import Application
from gateway.fix.reader import Message, Selection
from gateway.fix.session import Session
from gateway.model import Input, Ns, Output, SessionConfig, Timer

_REPORT = Selection(11, 37, 150, 39, 14, 6, 32, 31, 30, 58)


class Say(NamedTuple):
    at: Ns
    msg_type: str
    body: str | Callable[[], Iterable[str]]  # 'tag=value\x01...'; or who gives, when it is time, as many as are said


class Report(NamedTuple):
    """An ExecutionReport(8), in the words of the wire; '' where it has no such field."""

    at: Ns
    cl_ord_id: str
    order_id: str
    exec_type: str
    ord_status: str
    cum_qty: str
    avg_px: str
    last_qty: str
    last_px: str
    last_mkt: str
    text: str


class Client(Application):
    """The Node. It calls `target` and logs on; `script` is in order of time."""

    def __init__(self, name: str, target: str, script: Iterable[Say]) -> None:
        self.config = SessionConfig(sender=name, target=target, initiator=True)
        self.reports: list[Report] = []
        self.others: list[Message] = []  # application messages that are no reports, and Reject(3)
        self._engine = Engine(self)
        self._script = iter(script)
        self._next = next(self._script, None)

    def handle(self, item: Input) -> Sequence[Output]:
        engine, outputs = self._engine, list(self._engine.handle(item))
        if isinstance(item, Timer):
            engine.outputs = outputs
            while self._next is not None and self._next.at <= item.at:
                body = self._next.body
                for each in (body,) if isinstance(body, str) else body():
                    self.session.send(self._next.msg_type, each, item.at)
                self._next = next(self._script, None)
            engine.flush(item.at)
        return outputs

    def wake_at(self) -> Ns | None:
        at = self._engine.wake_at()
        if self._next is None:
            return at
        return self._next.at if at is None else min(at, self._next.at)

    def wanted(self) -> bool:
        return self._engine.wanted(self.config.name)

    @property
    def session(self) -> Session:
        return self._engine.parties[self.config.name].session

    def received(self, session: Session, message: Message, now: Ns) -> None:  # noqa: ARG002
        if message.msg_type == "8":
            self.reports.append(Report(now, *[value or "" for value in message.pick(_REPORT)]))
        else:
            self.others.append(message)
