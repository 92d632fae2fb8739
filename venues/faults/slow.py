"""Market data that is held up: none of it overtakes what came before it."""

from collections.abc import Callable
from functools import partial

from gateway.fix.session import Session
from gateway.model import MILLISECOND, Ns
from venues.faults.agenda import Act, Agenda
from venues.faults.kinds import Fault, FaultKind

MAX_HELD = 50_000  # messages of one session; beyond that its connection is cut


class _Hold:
    """What is held up for one session since it was first."""

    def __init__(self) -> None:
        self.until = Ns(0)
        self.delay_ns = 0  # of each message; 0: they all wait for the end
        self.last = Ns(0)  # when the last one is said
        self.held = 0
        self.is_over = False  # the session is gone


class SlowFeeds:
    def __init__(self, agenda: Agenda, give_up: Callable[[Session, Ns], None]) -> None:
        self._agenda = agenda
        self._give_up = give_up
        self._holds: dict[str, _Hold] = {}  # by session

    def is_slow(self, session: Session, now: Ns) -> bool:
        hold = self._holds.get(session.name)
        return hold is not None and now < hold.until

    def begin(self, fault: Fault, session: Session, now: Ns) -> None:
        hold = self._holds.setdefault(session.name, _Hold())
        hold.until = Ns(now + fault.for_ms * MILLISECOND)
        hold.delay_ns = fault.delay_ms * MILLISECOND if fault.kind is FaultKind.STALE else 0

    def hold(self, session: Session, say: Act, now: Ns) -> bool:
        """Whether it is said later."""
        hold = self._holds.get(session.name)
        if hold is None:
            return False
        at = now
        if now < hold.until:
            at = Ns(now + hold.delay_ns) if hold.delay_ns else hold.until
        at = hold.last = max(at, hold.last)
        if at <= now and not hold.held:
            return False
        hold.held += 1
        if hold.held == MAX_HELD:
            self._give_up(session, now)
        self._agenda.add(at, partial(self._release, hold, say))
        return True

    def leave(self, session: Session) -> None:
        hold = self._holds.pop(session.name, None)
        if hold is not None:
            hold.is_over = True

    @staticmethod
    def _release(hold: _Hold, say: Act, now: Ns) -> None:
        hold.held -= 1
        if not hold.is_over:
            say(now)
