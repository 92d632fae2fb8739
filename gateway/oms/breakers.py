"""Venue circuit breakers: a venue that fails again and again gets nothing for a while, and then one small order.

Closed: all goes there. Open: nothing does, each time for twice as long up to a bound. Half-open: the next child that
goes there is the probe, as small as may be, and nothing else goes there until it is answered; what the venue says of it
closes the breaker or opens it again. What rests there already stays: it is live, and the venue may fill it.
"""

from collections import deque
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct

from gateway.model import SECOND, Command, ExecType, Ns, Qty, VenueSettings, print_timestamp
from gateway.model.health import BreakerSettings
from gateway.oms.order import Child

ALARM: Final = "%"  # before the venue that a timer is set for
COMMANDS: Final = frozenset({"open-breaker", "close-breaker"})
ITSELF: Final = "gateway"
_UNDECIDED: Final = frozenset({ExecType.PENDING_NEW, ExecType.ORDER_STATUS})


class State(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Failure(StrEnum):
    REJECT = "reject"
    UNANSWERED = "unanswered order"
    DISCONNECT = "disconnect"


class BreakerNote(Struct, frozen=True, kw_only=True):
    """A venue's breaker is in another state."""

    venue: str
    before: State
    after: State
    why: str
    who: str
    until: Ns | None  # of one that is open; None: until somebody closes it


class _Arguments(Struct, frozen=True, kw_only=True):
    venue: str = ""
    why: str = ""


class _Breaker:
    __slots__ = ("alarm_at", "failures", "probe", "since", "state", "times", "why")

    def __init__(self) -> None:
        self.state = State.CLOSED
        self.since = Ns(0)
        self.why = ""
        self.failures: deque[tuple[Ns, Failure]] = deque()  # in a row, within the window
        self.times = 0  # it has opened since it was last closed for the window
        self.probe: Child | None = None
        self.alarm_at: Ns | None = None  # it is half-open then; or the probe has to be answered by then


class Breakers:
    """`note` is told of each change, `wake` sets a timer for `turn`."""

    def __init__(self, note: Callable[[str, Struct], None], wake: Callable[[Ns, str], None]) -> None:
        self.suspects: Final[dict[str, _Breaker]] = {}  # venues that failed lately; all others are closed
        self._note = note
        self._wake = wake
        self._settings = BreakerSettings()
        self._venues: frozenset[str] = frozenset()

    def configure(self, venues: Iterable[VenueSettings], settings: BreakerSettings) -> None:
        """What is open stays so over a start."""
        self._settings = settings
        self._venues = frozenset(venue.name for venue in venues)
        for venue in [venue for venue in self.suspects if venue not in self._venues]:
            del self.suspects[venue]

    # -- what may go there

    def admits(self, venue: str) -> bool:
        """Whether a child may go there now."""
        breaker = self.suspects.get(venue)
        if breaker is None or breaker.state is State.CLOSED:
            return True
        return breaker.state is State.HALF_OPEN and breaker.probe is None

    def most(self, venue: str, qty: Qty, least: Qty) -> Qty:
        """Of a child that could be cut down to `least`, what may go there."""
        breaker = self.suspects.get(venue)
        return qty if breaker is None or breaker.state is State.CLOSED else min(qty, least)

    def left(self, child: Child, now: Ns) -> None:
        """A child was sent to a suspect."""
        breaker = self.suspects.get(child.venue)
        if breaker is not None and breaker.state is State.HALF_OPEN:
            breaker.probe = child
            self._alarm(child.venue, breaker, Ns(now + self._rest(breaker)))

    def told(self, venue: str) -> str:
        """Its state and why, in words; '' of one that is closed."""
        breaker = self.suspects.get(venue)
        if breaker is None or breaker.state is State.CLOSED:
            return ""
        since = print_timestamp(breaker.since).partition("-")[2]
        probing = "" if breaker.probe is None else f", {breaker.probe.cl_ord_id} decides"
        return f"breaker {breaker.state} since {since}, {breaker.why}{probing}"

    # -- what happens

    def failed(self, venue: str, how: Failure, now: Ns, child: Child | None = None) -> None:
        breaker, settings = self.suspects.get(venue), self._settings
        if not settings.failures or venue not in self._venues:
            return
        if breaker is None:
            breaker = self.suspects[venue] = _Breaker()
        if breaker.state is State.OPEN:
            return
        if breaker.state is State.HALF_OPEN:
            if child is breaker.probe or how is Failure.DISCONNECT:
                self._open(venue, breaker, how if child is None else f"{how} of {child.cl_ord_id}", now)
            return
        window, failures = settings.window_s * SECOND, breaker.failures
        while failures and failures[0][0] + window < now:
            failures.popleft()
        failures.append((now, how))
        if len(failures) < settings.failures:
            return
        kinds = [each for _, each in failures]
        counts = [_times(kinds.count(kind), kind) for kind in dict.fromkeys(kinds)]
        if breaker.since + window < now:
            breaker.times = 0
        self._open(venue, breaker, f"{' and '.join(counts)} of {len(kinds)} in a row", now)

    def heard(self, child: Child, exec_type: ExecType, now: Ns, *, first: bool) -> None:
        """A suspect's word on a child; `first` of that child. A reject is told by `failed`."""
        breaker = self.suspects.get(child.venue)
        if breaker is None or exec_type is ExecType.REJECTED or exec_type in _UNDECIDED:
            return
        if breaker.state is State.CLOSED:
            if first or exec_type is ExecType.NEW:
                breaker.failures.clear()
        elif breaker.probe is child:
            self._close(child.venue, breaker, f"{child.cl_ord_id} was answered", ITSELF, now)

    def turn(self, alarm: str, now: Ns) -> bool:
        """The instant has come that a timer was set for; whether orders may go there that could not."""
        venue = alarm.removeprefix(ALARM)
        breaker = self.suspects.get(venue)
        if breaker is None or breaker.alarm_at is None or now < breaker.alarm_at:
            return False
        breaker.alarm_at = None
        if breaker.state is State.CLOSED:
            return True
        if breaker.state is State.HALF_OPEN:
            self.failed(venue, Failure.UNANSWERED, now, breaker.probe)
            return False
        self._change(venue, breaker, State.HALF_OPEN, breaker.why, now)
        return True

    # -- operators

    def operate(self, command: Command) -> str | None:
        """Carry out one of COMMANDS; gives why it could not be."""
        try:
            given = msgspec.json.decode(command.payload, type=_Arguments)
        except msgspec.DecodeError as wrong:
            return f"{command.name}: {wrong}"
        if not given.why.strip():
            return f"{command.name}: why is not said"
        if given.venue not in self._venues:
            return f"there is no venue {given.venue[:64]}"
        breaker = self.suspects.get(given.venue)
        if command.name == "close-breaker":
            if breaker is None or breaker.state is State.CLOSED:
                return f"the breaker of {given.venue} is closed"
            self._close(given.venue, breaker, given.why, command.who, command.at)
            breaker.times = 0
            return None
        breaker = self.suspects.setdefault(given.venue, _Breaker())
        breaker.alarm_at = breaker.probe = None
        breaker.failures.clear()
        self._change(given.venue, breaker, State.OPEN, given.why, command.at, who=command.who)
        return None

    # -- changes

    def _rest(self, breaker: _Breaker) -> int:
        settings = self._settings
        return min(settings.rest_s << min(max(breaker.times - 1, 0), 20), settings.most_s) * SECOND

    def _open(self, venue: str, breaker: _Breaker, why: str, now: Ns) -> None:
        breaker.times += 1
        breaker.probe = None
        breaker.failures.clear()
        self._alarm(venue, breaker, Ns(now + self._rest(breaker)))
        self._change(venue, breaker, State.OPEN, why, now)

    def _close(self, venue: str, breaker: _Breaker, why: str, who: str, now: Ns) -> None:
        breaker.probe = None
        breaker.failures.clear()
        self._change(venue, breaker, State.CLOSED, why, now, who=who)
        self._alarm(venue, breaker, now)  # for who waits

    def _alarm(self, venue: str, breaker: _Breaker, at: Ns) -> None:
        breaker.alarm_at = at
        self._wake(at, ALARM + venue)

    def _change(self, venue: str, breaker: _Breaker, state: State, why: str, now: Ns, *, who: str = ITSELF) -> None:
        before, breaker.state, breaker.since, breaker.why = breaker.state, state, now, why
        until = breaker.alarm_at if state is State.OPEN else None
        self._note("breaker", BreakerNote(venue=venue, before=before, after=state, why=why, who=who, until=until))


def _times(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
