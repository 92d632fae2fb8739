"""Nodes joined by links, in virtual time: nothing waits, and what happens is a function of nodes, links and seed.

The bytes are those of sockets, cut into messages by the same Framer. At one instant what was sent first arrives first,
timers come after what arrives, and of timers that of the station that was added first.
"""

from collections.abc import Callable, Sequence
from functools import partial
from heapq import heappop, heappush
from pathlib import Path
from typing import Final, Self

from msgspec import Struct

from gateway.fix.frame import Framer
from gateway.model import (
    SECOND,
    Close,
    Garbled,
    Input,
    LinkDown,
    LinkUp,
    Node,
    Ns,
    Output,
    Received,
    Send,
    Started,
    Timer,
)
from gateway.record.journal import Journal
from venues.crowd.chance import Chance

NEVER: Final = Ns(1 << 63)
REDIAL: Final = Ns(SECOND)  # after a connection is gone, or while it is not wanted
SAID: Final = 1_000  # messages of a station that `told` gets at once
BATCH: Final = 1_000  # inputs that are written to a journal at once

Observer = Callable[[Input, Sequence[Output]], None]


class Latency(Struct, frozen=True, kw_only=True):
    """How long a message is under way; none overtakes another of its connection and direction."""

    least_ns: int = 0
    more_ns: int = 0  # on average beyond that, exponentially distributed, from the world's seed


class Station:
    """A Node and what it takes to run it. `told` gets what it said, `observer` its inputs with their outputs."""

    __slots__ = ("ends", "inputs", "journal", "last_link", "name", "node", "observer", "place", "said", "told")

    def __init__(self, name: str, node: Node, place: int, journal: Journal | None) -> None:
        self.name: Final = name
        self.node = node
        self.place: Final = place
        self.journal: Final = journal
        self.ends: Final[dict[int, _End]] = {}  # by link
        self.last_link = 0
        self.inputs = 0
        self.said: list[bytes] = []  # since `told` got some
        self.told: Callable[[list[bytes]], None] | None = None
        self.observer: Observer | None = None


class Line:
    """Two stations of which one calls the other, again and again while that is `wanted`."""

    def __init__(self, caller: Station, callee: Station, port: str, wanted: Callable[[], bool]) -> None:
        self.caller: Final = caller
        self.callee: Final = callee
        self.port: Final = port
        self.wanted: Final = wanted
        self.ends: tuple[_End, _End] | None = None  # the caller's first; None: there is no connection


class _End:
    """One side of a connection. `way` is what comes to it."""

    __slots__ = ("arrive", "arrived", "far", "framer", "line", "link", "station", "way")

    def __init__(
        self, line: Line, station: Station, way: "_Way", arrives: Callable[["_End", bytes | None], None]
    ) -> None:
        self.arrive: Final = partial(arrives, self)
        station.last_link += 1
        self.line: Final = line
        self.station: Final = station
        self.link: Final = station.last_link
        self.framer: Final = Framer()
        self.way: Final = way
        self.arrived = 0  # when the last message did, or will
        self.far: _End | None = None
        station.ends[self.link] = self


class _Way:
    """One direction of a line."""

    __slots__ = ("chance", "least", "more")

    def __init__(self, latency: Latency, chance: Chance) -> None:
        self.least: Final = latency.least_ns
        self.more: Final = latency.more_ns
        self.chance: Final = chance


class World:
    """Stations and lines from `now` on. As a context it closes its journals."""

    def __init__(self, now: Ns, *, seed: int = 1) -> None:
        self.now = now
        self.stations: Final[dict[str, Station]] = {}
        self._seed: Final = seed
        self._turns: list[Station] = []  # by place
        self._wakes: list[Ns] = []  # by place; NEVER: that station waits for others
        self._ways: dict[Line, tuple[_Way, _Way]] = {}  # to the caller, to the callee
        self._count = 0
        # A heap, by instant and number: what is to be done with what arrives; None: the other side has closed.
        self._coming: list[tuple[Ns, int, Callable[[bytes | None], None], bytes | None]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- building it

    def add(self, name: str, node: Node, payload: bytes, *, data: Path | None = None) -> Station:
        """A node, started now with that payload. `data` is a new folder for its journal."""
        journal = None if data is None else Journal.open(data, "process")
        station = self.stations[name] = Station(name, node, len(self._turns), journal)
        self._turns.append(station)
        self._wakes.append(NEVER)
        self.give(station, Started(self.now, payload))
        return station

    def join(
        self,
        caller: str,
        callee: str,
        *,
        port: str,
        there: Latency,
        back: Latency,
        wanted: Callable[[], bool] = lambda: True,
    ) -> Line:
        """The caller calls now, on that port of the callee; it knows the line by the callee's name."""
        line = Line(self.stations[caller], self.stations[callee], port, wanted)
        key = (self._seed, caller, callee, len(self._ways))
        self._ways[line] = _Way(back, Chance(*key, "back")), _Way(there, Chance(*key, "there"))
        self._dial(line)
        return line

    def plan(self, at: Ns, act: Callable[[], None]) -> None:
        """Do that then."""
        self._count += 1
        heappush(self._coming, (at, self._count, lambda _: act(), None))

    # -- running it

    def run(self, until: Ns) -> None:
        """Let happen what happens up to that instant, itself included."""
        coming, wakes = self._coming, self._wakes
        while True:
            at = min(wakes)
            if coming and coming[0][0] <= at:
                if coming[0][0] > until:
                    break
                at, _, act, data = heappop(coming)
                self.now = max(self.now, at)
                act(data)
            elif at > until:
                break
            else:
                self.now = max(self.now, at)
                self.give(self._turns[wakes.index(at)], Timer(self.now))
        self.now = max(until, self.now)

    def give(self, station: Station, item: Input) -> None:
        """One input; what follows from it is on its way."""
        outputs = station.node.handle(item)
        station.inputs += 1
        for output in outputs:
            if type(output) is Send:
                end = station.ends.get(output.link)
                if end is not None and end.far is not None:
                    self._send(end.far, output.data)
                    station.said.append(output.data)
            elif type(output) is Close:
                self._hang_up(station.ends.get(output.link))
        wake_at = station.node.wake_at()
        self._wakes[station.place] = NEVER if wake_at is None else wake_at
        if station.observer is not None:
            station.observer(item, outputs)
        if len(station.said) >= SAID:
            self._tell(station)
        if station.journal is not None:
            station.journal.add((item, outputs))
            if station.journal.open_inputs >= BATCH:
                _write(station.journal)

    def cut(self, line: Line) -> None:
        """The connection breaks: what is under way is lost, and both ends know at once."""
        if line.ends is not None:
            caller, callee = line.ends
            self._down(callee, "the connection broke")
            self._down(caller, "the connection broke")

    def close(self) -> None:
        """Everything said is told, everything handled is in the journals."""
        for station in self._turns:
            self._tell(station)
            if station.journal is not None:
                _write(station.journal)
                station.journal.close()

    # -- inside

    def _tell(self, station: Station) -> None:
        said, station.said = station.said, []
        if station.told is not None and said:
            station.told(said)

    def _send(self, to: _End, data: bytes | None) -> None:
        way = to.way
        at = self.now + way.least
        if way.more:
            at += way.chance.wait(way.more)
        at = max(at, to.arrived)
        to.arrived = at
        self._count += 1
        arrives: Callable[[bytes | None], None] = to.arrive
        heappush(self._coming, (Ns(at), self._count, arrives, data))

    def _arrive(self, end: _End, data: bytes | None) -> None:
        station = end.station
        if data is None:
            self._down(end, "the other side has closed")
            return
        for message in end.framer.feed(data):
            if end.link not in station.ends:
                return
            if type(message) is bytes:
                self.give(station, Received(self.now, end.link, message))
            else:
                self.give(station, Garbled(self.now, end.link, message.data))  # type: ignore[union-attr]

    def _dial(self, line: Line) -> None:
        if line.ends is not None:
            return
        if not line.wanted():
            self.plan(Ns(self.now + REDIAL), lambda: self._dial(line))
            return
        to_caller, to_callee = self._ways[line]
        caller, callee = (
            _End(line, line.caller, to_caller, self._arrive),
            _End(line, line.callee, to_callee, self._arrive),
        )
        caller.far, callee.far = callee, caller
        line.ends = caller, callee
        self.give(line.callee, LinkUp(self.now, callee.link, line.port, line.caller.name))
        self.give(line.caller, LinkUp(self.now, caller.link, line.callee.name, line.callee.name))

    def _hang_up(self, end: _End | None) -> None:
        """This side says no more, and hears no more; the other one gets what was said before."""
        if end is not None and end.far is not None:
            self._send(end.far, None)
            self._down(end, "we closed it")

    def _down(self, end: _End, why: str) -> None:
        if end.station.ends.pop(end.link, None) is None:
            return
        end.far = None
        line = end.line
        self.plan(self.now, lambda: self.give(end.station, LinkDown(self.now, end.link, why)))
        if line.ends is not None and end in line.ends:
            line.ends = None
            self.plan(Ns(self.now + REDIAL), lambda: self._dial(line))


def _write(journal: Journal) -> None:
    batch = journal.seal()
    if batch is not None:
        journal.write(batch)
