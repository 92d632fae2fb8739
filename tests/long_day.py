"""`python -m tests.long_day [--orders 200000] [--live 5000] [--json]`: what an order costs at the end of a long day.

One Gateway in this process, between a client and a venue that only say what they have to. Of ten orders eight are
filled at once, one in two parts, and one finds nothing and is canceled. Printed are microseconds of CPU time an order
by tenths of the day, and what stays in memory of an order that has ended, and of one that is live.
"""

import argparse
import gc
import json
import multiprocessing
import os
import sys
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec

from algos import ALGOS
from gateway.fix.frame import finish
from gateway.model import (
    MILLISECOND,
    SECOND,
    Input,
    LinkUp,
    Ns,
    Output,
    Received,
    Send,
    Started,
    Timer,
    VenueSettings,
    print_timestamp,
)
from gateway.model.sessions import SessionConfig
from gateway.node import Gateway
from tests.conftest import SETTINGS, clients

START = Ns(1_767_571_200 * SECOND)  # midnight UTC
PACE = MILLISECOND  # between two orders
IN_FLIGHT = 50
WARM_UP = 5_000  # orders before anything is measured
BESIDE = 200  # orders of a young day, ten times in each tenth
CLIENT, VENUE = 1, 2  # links
DEPTH = 100_000_000_000  # shares that the venue shows on each side; nobody buys that many


@dataclass(frozen=True)
class LongDay:
    orders: int
    us: list[float]  # CPU an order, by tenths
    young_us: list[float]  # the same of days that have only begun, measured in turns with it
    finished_bytes: float  # resident, for each order that has ended
    live_bytes: float  # allocated, for each order that is at work

    @property
    def growth(self) -> float:
        """How much more the last tenth costs than the first. Machines have good and bad minutes; both are compared."""
        return self.us[-1] / self.young_us[-1] / (self.us[0] / self.young_us[0]) - 1


class Counterparty:
    """One end of a session, which numbers what it says and nothing else."""

    def __init__(self, name: str, link: int) -> None:
        self._route = f"49={name}\x0156=GATEWAY\x01"
        self._link = link
        self._seq = 0
        self._ids = 0

    def next_id(self) -> int:
        self._ids += 1
        return self._ids

    def say(self, msg_type: str, body: str, now: Ns) -> Received:
        self._seq += 1
        stamp = print_timestamp(now)
        text = f"35={msg_type}\x01{self._route}34={self._seq}\x0152={stamp}\x01{body}"
        return Received(now, self._link, finish(text))


class Day:
    """A day as it goes on. `spent` is the CPU time that the Gateway took, in ns."""

    def __init__(self) -> None:
        self.spent = 0
        self.now = START
        self._client, self._venue = Counterparty("CLIENT", CLIENT), Counterparty("XLON", VENUE)
        self._node = Gateway(ALGOS)
        session = SessionConfig(sender="GATEWAY", target="XLON", initiator=True)
        settings = msgspec.structs.replace(
            SETTINGS, clients=clients("CLIENT"), venues=(VenueSettings(name="XLON", session=session),)
        )
        self._tell(Started(self.now, msgspec.json.encode({"version": "test", "config": settings})))
        self._tell(LinkUp(self.now, VENUE, "XLON", "127.0.0.1:2"))
        self._tell(self._venue.say("A", "98=0\x01108=0\x01", self.now))
        self._tell(LinkUp(self.now, CLIENT, "clients", "127.0.0.1:1"))
        self._tell(self._client.say("A", "98=0\x01108=0\x01", self.now))
        sides = "".join(f"269={entry}\x01270={price}\x01271={DEPTH}\x01" for entry, price in ((0, 99), (1, 101)))
        self._tell(self._venue.say("W", f"55=ACME\x01268=2\x01{sides}", self.now))

    def trade(self, orders: int) -> None:
        """So many orders begin and end, in flights."""
        for first in range(0, orders, IN_FLIGHT):
            out = [self._place(number) for number in range(first, min(first + IN_FLIGHT, orders))]
            for number, child in enumerate(filter(None, out)):
                self._report(child, "0", "0", 0)
                parts = 1 if number % 10 else 2
                for part in range(1, parts + 1):
                    self._report(child, "F", "2" if part == parts else "1", child.qty * part // parts)

    def rest(self, orders: int) -> None:
        """So many orders come to stay, each with a child on the venue's book."""
        for _ in range(orders):
            _, child = self._order("1", "101", "847=1001\x01848=NumSlices=1;Duration=86000;ChildTIF=0\x01")
            assert child is not None
            self._report(child, "0", "0", 0)

    def _place(self, number: int) -> "Child | None":
        """One order; what is out for it."""
        if number % 10:
            is_buy = number % 2
            return self._order("1" if is_buy else "2", f"{101 + number % 5 if is_buy else 99 - number % 5}")[1]
        cl_ord_id, child = self._order("1", "98")
        assert child is None
        body = f"11=C{cl_ord_id}\x0141={cl_ord_id}\x0155=ACME\x0154=1\x0160={print_timestamp(self.now)}\x01"
        self._tell(self._client.say("F", body, self.now))
        return None

    def _order(self, side: str, price: str, more: str = "") -> "tuple[str, Child | None]":
        self.now = Ns(self.now + PACE)
        cl_ord_id = f"20260105-{self._client.next_id():08}"
        body = f"11={cl_ord_id}\x011=ACC-1\x0155=ACME\x0154={side}\x0138=100\x0140=2\x0144={price}\x01"
        outputs = self._tell(self._client.say("D", f"{body}60={print_timestamp(self.now)}\x01{more}", self.now))
        sent = [output for output in outputs if isinstance(output, Send)]
        assert b"\x01150=0\x01" in sent[0].data, sent
        child = None
        if len(sent) > 1:
            name = sent[1].data.partition(b"\x0111=")[2].partition(b"\x01")[0].decode()
            child = Child(name, side, 100)
        return cl_ord_id, child

    def _report(self, child: "Child", exec_type: str, status: str, cum: int) -> None:
        last = cum - child.cum
        child.cum = cum
        body = (
            f"37=V{child.name}\x0117=X-{self._venue.next_id():09}\x01150={exec_type}\x0139={status}\x01"
            f"11={child.name}\x0155=ACME\x0154={child.side}\x0138={child.qty}\x01151={child.qty - cum}\x01"
            f"14={cum}\x016=0\x01" + (f"31=100.5\x0132={last}\x01" if last else "")
        )
        self._tell(self._venue.say("8", body, self.now))

    def _tell(self, item: Input) -> list[Output]:
        node = self._node
        wake_at = node.wake_at()
        begun = time.thread_time_ns()
        outputs = [*node.handle(Timer(self.now))] if wake_at is not None and wake_at <= self.now else []
        outputs += node.handle(item)
        self.spent += time.thread_time_ns() - begun
        return outputs


@dataclass(slots=True)
class Child:
    """An order of the gateway's at the venue."""

    name: str
    side: str
    qty: int
    cum: int = 0


def measure(*, orders: int, live: int) -> LongDay:
    """Everything at once; takes some 200 us an order."""
    gc.set_threshold(50_000, 20, 100)  # as `gateway serve` does
    day = Day()
    day.trade(WARM_UP)
    resident, us, young = _resident(), [], []
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    beside = spawn.Process(target=_be_young, args=(theirs,))
    beside.start()
    for _ in range(10):
        spent, of_the_young = day.spent, 0
        for first in range(10):
            ours.send(not first)
            of_the_young += ours.recv()
            day.trade(orders // 100)
        us.append((day.spent - spent) / (orders // 10) / 1000)
        young.append(of_the_young / (10 * BESIDE) / 1000)
    ours.send(None)
    beside.join()
    finished = (_resident() - resident) / orders
    tracemalloc.start()
    of_a_live_one = allocated(day.rest, live)
    tracemalloc.stop()
    return LongDay(orders, us, young, finished, of_a_live_one)


def allocated(trade: Callable[[int], None], orders: int) -> float:
    """Bytes an order by Python's own count, of what was allocated since tracemalloc was started."""
    gc.collect()
    before, _ = tracemalloc.get_traced_memory()
    trade(orders)
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    return (after - before) / orders


def _be_young(pipe: Connection) -> None:
    """In a process of its own: trade a few orders and say what they cost, on a new day wherever that is said."""
    gc.set_threshold(50_000, 20, 100)
    day = Day()
    while (anew := pipe.recv()) is not None:
        if anew:
            day = Day()
            day.trade(5 * BESIDE)
        spent = day.spent
        day.trade(BESIDE)
        pipe.send(day.spent - spent)


def _resident() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main(argv: list[str]) -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.long_day", description=__doc__)
    arguments.add_argument("--orders", type=int, default=200_000)
    arguments.add_argument("--live", type=int, default=5_000)
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args(argv)
    found = measure(orders=chosen.orders, live=chosen.live)
    if chosen.json:
        print(json.dumps(asdict(found) | {"growth": found.growth}))
    else:
        print(f"{found.orders:,} orders, us each by tenths of the day: {' '.join(f'{us:.1f}' for us in found.us)}")
        print(f"beside them days that have only begun: {' '.join(f'{us:.1f}' for us in found.young_us)}")
        print(f"last tenth against the first: {found.growth:+.1%}")
        print(f"bytes of an order that has ended: {found.finished_bytes:.0f}, of a live one: {found.live_bytes:.0f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
