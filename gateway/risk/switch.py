"""The kill switch: who may not trade, or may only reduce, since when, by whom and why.

To trade again takes two steps, each naming the scope: one asks, the other confirms within five minutes.
"""

from msgspec import Struct

from gateway.model import SECOND, Ns
from gateway.model.settings import Scope, StopStatus

REDUCING, HALTED, ACTIVE = "REDUCING", "HALTED", "ACTIVE"
CONFIRM_S = 300


class Stop(Struct, frozen=True, kw_only=True):
    state: str  # REDUCING or HALTED
    who: str
    why: str
    at: Ns
    asked: Ns | None = None  # when somebody asked to trade again


class StopNote(Struct, frozen=True, kw_only=True):
    """A scope's state changed, or is asked to."""

    scope: str
    what: str  # kill, reduce, rearm, confirm
    who: str
    why: str
    before: str
    after: str


class KillSwitch:
    """Empty while everybody trades."""

    def __init__(self) -> None:
        self.stops: dict[Scope, Stop] = {}

    def state(self, scope: Scope) -> str:
        stop = self.stops.get(scope)
        return ACTIVE if stop is None else stop.state

    def stop(self, scope: Scope, state: str, *, who: str, why: str, now: Ns) -> bool:
        """False: it is in that state already, and whoever did that stays on record; a re-arm asked for is off."""
        before = self.stops.get(scope)
        if before is not None and before.state == state and before.asked is None:
            return False
        if before is not None and before.state == state:
            self.stops[scope] = Stop(state=state, who=before.who, why=before.why, at=before.at)
        else:
            self.stops[scope] = Stop(state=state, who=who, why=why, at=now)
        return True

    def ask(self, scope: Scope, now: Ns) -> str | None:
        """First step of a re-arm; gives what speaks against it."""
        stop = self.stops.get(scope)
        if stop is None:
            return f"{scope} is not stopped"
        self.stops[scope] = Stop(state=stop.state, who=stop.who, why=stop.why, at=stop.at, asked=now)
        return None

    def confirm(self, scope: Scope, now: Ns) -> str | None:
        """Second step; gives what speaks against it."""
        stop = self.stops.get(scope)
        if stop is None:
            return f"{scope} is not stopped"
        if stop.asked is None:
            return f"nobody asked for {scope} to trade again"
        if now - stop.asked > CONFIRM_S * SECOND:
            return f"it was more than {CONFIRM_S} s ago that somebody asked for {scope} to trade again"
        del self.stops[scope]
        return None

    def first(self, scopes: tuple[Scope, ...]) -> tuple[Scope, Stop] | None:
        """The hardest stop that applies to any of them."""
        found = [(scope, stop) for scope in scopes if (stop := self.stops.get(scope)) is not None]
        return min(found, key=lambda one: one[1].state != HALTED, default=None)

    def status(self) -> tuple[StopStatus, ...]:
        return tuple(
            StopStatus(
                scope=str(scope),
                state=stop.state,
                who=stop.who,
                why=stop.why,
                at=stop.at,
                rearming=stop.asked is not None,
            )
            for scope, stop in self.stops.items()
        )
