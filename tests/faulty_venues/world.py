"""One gateway, its venues and a client as Nodes on a wire with latency, in virtual time."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from heapq import heappop, heappush
from typing import Any, Final

import msgspec

from gateway.model import (
    MILLISECOND,
    SECOND,
    Close,
    Command,
    ExecutionReport,
    Input,
    LinkDown,
    LinkUp,
    Note,
    Ns,
    Output,
    Received,
    Send,
    Settings,
    Started,
    Timer,
)
from gateway.node import Gateway
from tests.long_day import Counterparty
from tests.races.core import Core
from tests.races.watch import Watch
from tests.venues.world import Answer
from venues.exchange import Exchange
from venues.floor.party import PartyOrder
from venues.profile import VenueConfig

START: Final = Ns(1_767_607_200 * SECOND)  # 10:00 UTC
WIRE: Final = MILLISECOND  # between two ends of a connection, either way
CALL_EVERY: Final = SECOND  # the gateway calls a venue that it misses


class Overheard(Core):
    """As the races hear it, and it speaks besides."""

    _session = Gateway._session


class Venue:
    """A venue, and what it would say of the gateway's orders to a notary."""

    def __init__(self, config: VenueConfig) -> None:
        self.name = config.profile.name
        self.node = Exchange()
        self.started = msgspec.json.encode({"version": "test", "config": config})
        self.inputs: list[Input] = []
        self.outputs: list[Output] = []
        self.orders: dict[str, PartyOrder] = {}  # the gateway's, by ClOrdID(11), forgotten ones too
        self.faults: list[dict[str, Any]] = []

    def take(self, item: Input) -> Sequence[Output]:
        outputs = self.node.handle(item)
        self.inputs.append(item)
        self.outputs += outputs
        return outputs


class World:
    """`client` is logged on. What the gateway does is checked while it does it, by the Watch of the races."""

    def __init__(
        self, settings: Settings, venues: Sequence[VenueConfig], watch: Callable[[Core], Watch] = Watch
    ) -> None:
        self.now = START
        self.inputs: list[Input] = []  # of the gateway
        self.outputs: list[Sequence[Output]] = []
        self.heard: list[Answer] = []  # by the client
        self.faults: Counter[tuple[str, str]] = Counter()  # by kind, and how the child stood
        self.alerts: list[dict[str, Any]] = []
        self.lost_count: dict[str, bool] = {}  # venues whose numbers do not fit ours, until an operator has seen to it
        self.client = Counterparty("CLIENT", 0)
        self.venues = {config.profile.name: Venue(config) for config in venues}
        self.links: dict[int, str] = {}  # that stand, by the gateway's number: the venue's name, '' is the client
        self._started = msgspec.json.encode({"version": "test", "config": settings})
        self._next_link = 1
        self._flights: list[tuple[Ns, int, Callable[[], None]]] = []
        self._flight_count = 0
        self.watch = watch(Overheard(self._overhear))
        self._give(Started(self.now, self._started))
        self._watch_desk()
        for venue in self.venues.values():
            self._venue_does(venue, Started(self.now, venue.started))
        self.call()
        self.log_on()

    # -- what happens, in time

    def run(self, until: Ns) -> None:
        """Let everything happen that is due by then."""
        while True:
            wakes: list[tuple[Ns | None, int, Venue | None]] = [(self.watch.core.wake_at(), -1, None)]
            wakes += [(venue.node.wake_at(), place, venue) for place, venue in enumerate(self.venues.values())]
            if self._flights:
                wakes.append((self._flights[0][0], -2, None))
            at, place, venue = min(
                (Ns(max(at, self.now)), place, venue) for at, place, venue in wakes if at is not None
            )
            if at > until:
                self.now = until
                return
            self.now = at
            if place == -2:
                heappop(self._flights)[2]()
            elif venue is None:
                self._give(Timer(at))
            else:
                self._venue_does(venue, Timer(at))

    def at(self, at: int, act: Callable[[], None]) -> None:
        self._flight_count += 1
        heappush(self._flights, (Ns(at), self._flight_count, act))

    def say(self, msg_type: str, body: str) -> None:
        """The client speaks."""
        self._give(self.client.say(msg_type, body, self.now))

    def log_on(self) -> None:
        self.client._link = link = self._link()
        self.links[link] = ""
        self._give(LinkUp(self.now, link, "clients", "127.0.0.1:1"))
        self.say("A", "98=0\x01108=0\x01")

    def call(self) -> None:
        """The gateway calls the venues that it misses, and an operator sees to those that it cannot log on to."""
        self.at(self.now + CALL_EVERY, self.call)
        for name in self.venues:
            if name in self.links.values() or not self.watch.core.wanted(name):
                continue
            if self.lost_count.pop(name, False):
                self.command("reset", session=name)
            link = self._link()
            self.links[link] = name
            self.at(self.now + WIRE, partial(self._reach, name, LinkUp, link, "parties", "127.0.0.1:2"))
            self._give(LinkUp(self.now, link, name, "127.0.0.1:3"))

    def command(self, name: str, **given: str) -> None:
        self._give(Command(self.now, name, "ops", json.dumps({"why": "faults", **given}).encode()))
        assert self.watch.core.command_error is None, self.watch.core.command_error

    def restart(self) -> None:
        """The gateway dies, is built anew from its inputs, says the same, and goes on."""
        again = Overheard(lambda *_: None)
        for item, said in zip(self.inputs, self.outputs, strict=True):
            assert again.handle(item) == said, "replay says something else"
        again.hear = self._overhear
        self.watch.core = again
        for link, name in list(self.links.items()):
            self._drop(link, name)
        self._give(Started(self.now, self._started))
        self._watch_desk()
        self.log_on()

    # -- how it works

    def _link(self) -> int:
        self._next_link += 1
        return self._next_link - 1

    def _overhear(self, kind: str, who: str, what: Any) -> None:
        self.watch.hear(kind, who, what)

    def _watch_desk(self) -> None:
        """The Watch has to know what clients ask and what venues say, as the order core is told."""
        desk: Any = self.watch.core.orders
        execution, new_order, cancel, replace = desk.execution, desk.new_order, desk.cancel, desk.replace

        def hear_execution(venue: str, report: ExecutionReport, now: Ns) -> None:
            child = self.watch.sent.get((venue, report.cl_ord_id))
            child = child or self.watch.sent.get((venue, report.orig_cl_ord_id or ""))
            if child is not None:
                child.take(report)
            execution(venue, report, now)

        def hear_order(client: str, order: Any, now: Ns, **more: Any) -> None:
            self.watch.kinds[client, order.cl_ord_id] = ("D", order)
            new_order(client, order, now, **more)

        def hear_cancel(client: str, request: Any, now: Ns, **more: Any) -> None:
            self.watch.kinds[client, request.cl_ord_id] = ("F", None)
            self.watch.asked[client, request.cl_ord_id] += 1
            cancel(client, request, now, **more)

        def hear_replace(client: str, request: Any, now: Ns, **more: Any) -> None:
            self.watch.kinds[client, request.order.cl_ord_id] = ("G", request.order)
            self.watch.asked[client, request.order.cl_ord_id] += 1
            replace(client, request, now, **more)

        desk.execution, desk.new_order, desk.cancel, desk.replace = (
            hear_execution, hear_order, hear_cancel, hear_replace,
        )  # fmt: skip

    def _give(self, item: Input) -> None:
        """To the gateway."""
        watch = self.watch
        watch.now, watch.step = item.at, []
        said = watch.core.handle(item)
        self.inputs.append(item)
        self.outputs.append(said)
        if watch.step:
            watch.all_agrees()
        for output in said:
            if isinstance(output, Note):
                if output.kind == "alert":
                    self.alerts.append(json.loads(output.payload))
                continue
            name = self.links.get(output.link)
            if name is None:
                continue
            if isinstance(output, Send) and name:
                self._mind_numbers(name, output.data)
                self.at(self.now + WIRE, partial(self._reach, name, Received, output.link, output.data))
            elif isinstance(output, Send):
                self.heard.append(Answer(output.data))
            else:
                self._drop(output.link, name, told=False)

    def _mind_numbers(self, name: str, data: bytes) -> None:
        if b"\x0135=5\x01" in data and b"MsgSeqNum(34) too low" in data:
            self.lost_count[name] = True

    def _reach(self, name: str, kind: Any, link: int, *what: Any) -> None:
        """Something arrives at a venue."""
        venue = self.venues[name]
        self._venue_does(venue, kind(self.now, link, *what))
        floor: Any = venue.node._floor
        if kind is Received and "GATEWAY" in floor._parties:
            for order in floor._parties["GATEWAY"].orders.values():
                venue.orders.setdefault(order.request.cl_ord_id, order)

    def _venue_does(self, venue: Venue, item: Input) -> None:
        for output in venue.take(item):
            if isinstance(output, Note):
                if output.kind == "fault":
                    fault = json.loads(output.payload)
                    venue.faults.append(fault)
                    self.faults[fault["fault"], self._standing(venue.name, fault["cl_ord_id"])] += 1
            elif output.link in self.links:
                self.at(self.now + WIRE, partial(self._arrive, output))

    def _standing(self, venue: str, cl_ord_id: str) -> str:
        """How a child stands in the gateway's eyes."""
        sent = self.watch.sent
        child = sent.get((venue, cl_ord_id)) or next((one for one in sent.values() if cl_ord_id in one.cancels), None)
        if child is None:
            return ""
        if not child.live:
            return "over"
        return ("canceling" if child.cancels else "live") + (" partly filled" if child.cum else "")

    def _arrive(self, output: Send | Close) -> None:
        """Something of a venue's arrives at the gateway."""
        name = self.links.get(output.link)
        if name is None:
            return
        if isinstance(output, Send):
            self._give(Received(self.now, output.link, output.data))
        else:
            self._drop(output.link, name)
            self._give(LinkDown(self.now, output.link, "closed"))

    def _drop(self, link: int, name: str, *, told: bool = True) -> None:
        """The connection is over; the venue hears of it when what was sent to it has arrived."""
        del self.links[link]
        if name:
            self.at(self.now + WIRE, partial(self._reach, name, LinkDown, link, "closed"))
        if not told:
            self.at(self.now, lambda: self._give(LinkDown(self.now, link, "closed")))
