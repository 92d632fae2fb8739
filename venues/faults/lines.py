"""What faults do to connections and sessions."""

from collections.abc import Iterable

from gateway.fix.engine import Engine
from gateway.fix.party import Party
from gateway.model import MILLISECOND, Input, LinkDown, LinkUp, Ns, Output, Received, Send
from venues.faults.kinds import Fault, FaultKind

RESTARTS = (FaultKind.RESTART, FaultKind.RESTART_WITHOUT_MEMORY)
TOO_MANY = "too many messages a second"  # Text(58) of a Logout(5)


class Lines:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._dead: set[int] = set()  # links that stand and carry nothing
        self._down_until = Ns(0)
        self._shut: dict[str, Ns] = {}  # sessions that may not log on, and until when

    def strike(self, fault: Fault, names: Iterable[str], now: Ns) -> None:
        """Let it happen to these sessions; what they were to be told in this instant is lost on the way."""
        struck = [party for name in names if (party := self._engine.parties[name]).link is not None]
        until = Ns(now + fault.for_ms * MILLISECOND)
        match fault.kind:
            case FaultKind.HALF_OPEN:
                self._dead |= {party.link for party in struck if party.link is not None}
            case FaultKind.THROTTLE_LOGOUT:
                for party in struck:
                    self._engine.log_out(party, TOO_MANY, now)
                    party.enabled = False
                    self._shut[party.name] = until
            case _:
                for party in struck:
                    self.cut(party, now)
                if fault.kind in RESTARTS:
                    self._down_until = until

    def cut(self, party: Party, now: Ns) -> None:
        """The connection breaks before anything else is said."""
        if party.link is not None:
            party.session.take()
            party.session.hang_up()
            party.stirred()
            self._engine.flush(now)

    def swallows(self, item: Input) -> bool:
        """Whether it does not come in: its connection is dead, or nobody is here to take it."""
        match item:
            case LinkUp(at=at) | Received(at=at) if at < self._down_until:
                return True
            case Received(link=link):
                return link in self._dead
            case LinkDown(link=link):
                self._dead.discard(link)
        return False

    def carried(self, said: list[Output]) -> list[Output]:
        """What leaves on connections that carry something."""
        if not self._dead:
            return said
        return [output for output in said if not (isinstance(output, Send) and output.link in self._dead)]

    def act(self, now: Ns) -> None:
        """Let those log on again whose time is over."""
        for name in [name for name, until in self._shut.items() if until <= now]:
            del self._shut[name]
            self._engine.parties[name].enabled = True

    def wake_at(self) -> Ns | None:
        return min(self._shut.values(), default=None)

    def heal(self) -> None:
        """A run begins: nobody is connected, and everybody may come."""
        for name in self._shut:
            self._engine.parties[name].enabled = True
        self._shut.clear()
        self._dead.clear()
        self._down_until = Ns(0)
