"""Whether both sides are alive: Heartbeats of ours, TestRequests into silence, and when silence means the end."""

from enum import Enum

from gateway.model.numbers import SECOND, Ns


class Due(Enum):
    NOTHING = "nothing"
    HEARTBEAT = "heartbeat"
    TEST = "test"  # nothing came for 1.2 intervals
    END = "end"  # nor for 2


class Pulse:
    """Of one connection. Whatever comes counts as a sign of life."""

    __slots__ = ("_name", "_tested_at", "interval_ns", "last_in", "rtt")

    def __init__(self, interval_s: int) -> None:
        self.last_in = Ns(0)  # when the counterparty said anything last
        self.rtt: Ns | None = None  # of the last TestRequest that was answered
        self.begin(interval_s, Ns(0))

    def begin(self, interval_s: int, now: Ns) -> None:
        """A connection stands; an interval of 0 means no heartbeats."""
        self.interval_ns = interval_s * SECOND
        self.last_in = now
        self._tested_at = Ns(-1)
        self._name = ""

    def tested(self, name: str, now: Ns) -> None:
        """Our TestRequest with that TestReqID(112) leaves."""
        self._name, self._tested_at = name, now

    def answered(self, name: str | None, now: Ns) -> None:
        """A Heartbeat came, in answer to that TestReqID(112)."""
        if self._tested_at >= 0 and name == self._name:
            self.rtt = Ns(now - self._tested_at)
            self._tested_at = Ns(-1)

    def wake_at(self, last_out: Ns) -> Ns | None:
        """When `due` has something to say at the earliest."""
        interval = self.interval_ns
        if interval == 0:
            return None
        silent = interval * 2 if self._awaited else interval * 6 // 5
        return Ns(min(last_out + interval, self.last_in + silent))

    def due(self, now: Ns, last_out: Ns) -> Due:
        interval = self.interval_ns
        if interval == 0:
            return Due.NOTHING
        if now >= self.last_in + interval * 2:
            return Due.END
        if now >= self.last_in + interval * 6 // 5 and not self._awaited:
            return Due.TEST
        return Due.HEARTBEAT if now >= last_out + interval else Due.NOTHING

    @property
    def _awaited(self) -> bool:
        """Whether a TestRequest is out and nothing has come since."""
        return 0 <= self._tested_at >= self.last_in
