"""Our engine and QuickFIX trade with each other while a proxy loses messages and connections.

`python -m tests.interop --messages 10000 --seed 1` does it in both roles; it ends by itself, and by an error where the two
do not agree on a number in the end, or a message has not arrived exactly once.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeVar

import msgspec

from gateway.fix.engine import Engine
from gateway.fix.party import Application
from gateway.fix.reader import Message
from gateway.fix.session import Session
from gateway.model import Command, Ns
from gateway.model.sessions import SessionConfig
from gateway.run.net.live import Live
from gateway.run.recovery import recover
from tests.fault_proxy import Fate, FaultProxy, Judge
from tests.loopback import free_port
from tests.quickfix_peer import Pair, QuickFix, QuickFixAcceptor, QuickFixClient

OURS, THEIRS = "OURS", "QUICKFIX"
WINDOW = 200  # orders without a report; with more on their way a side waits
STALLED_S = 4.0  # without progress so long, the connection is cut once more
PATIENCE_S = 60.0  # and then it is over

_Result = TypeVar("_Result")


class Trading(Application):
    """Answers every order with a report, and remembers what it heard."""

    def __init__(self) -> None:
        self.orders: list[str] = []  # ClOrdID(11) heard
        self.reports: list[str] = []
        self.others: list[bytes] = []

    def received(self, session: Session, message: Message, now: Ns) -> None:
        number = message.get(11)
        if message.msg_type == "D" and number is not None:
            self.orders.append(number)
            fields = "".join([f"{tag}={value}\x01" for tag, value in report(number)])
            session.send("8", fields, now)
        elif message.msg_type == "8" and number is not None:
            self.reports.append(number)
        else:
            self.others.append(message.raw)


class TradingEngine(Engine):
    """An operator's word makes it send orders, for a Node has no other will of its own."""

    def __init__(self, application: Trading) -> None:
        super().__init__(application)
        self.sent = 0

    def command(self, command: Command) -> None:
        if command.name != "orders":
            super().command(command)
            return
        session = self.parties[THEIRS].session
        for _ in range(int(command.payload)):
            self.sent += 1
            fields = "".join([f"{tag}={value}\x01" for tag, value in order(f"O{self.sent}")])
            session.send("D", fields, command.at)


def order(number: str) -> list[Pair]:
    return [(11, number), (55, "ACME"), (54, "1"), (38, "100"), (40, "1"), (60, "20260105-14:30:00.000")]


def report(number: str) -> list[Pair]:
    """New."""
    same = [(11, number), (55, "ACME"), (54, "1")]
    return [(37, number), (17, number), (150, "0"), (39, "0"), *same, (151, "100"), (14, "0"), (6, "0")]


def react(message: list[Pair]) -> list[tuple[str, list[Pair]]]:
    """QuickFIX's application."""
    found = dict(message)
    return [("8", report(found[11]))] if found[35] == "D" else []


class Loop:
    """An event loop in a thread, where our engine and the proxy run while QuickFIX's threads do."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    def do(self, what: Callable[[], _Result]) -> _Result:
        async def doing() -> _Result:
            return what()

        return self.run(doing())


class Ours:
    """Our engine, live, on a journal; stopped and started again it is what the journal makes of a new one."""

    def __init__(self, loop: Loop, folder: Path, config: SessionConfig) -> None:
        self._loop = loop
        self._folder = folder
        self._config = config
        self.port = 0  # where it listens

    def start(self, call: int | None = None) -> None:
        """Listen, or call that port."""
        self.trading = Trading()
        self.engine = TradingEngine(self.trading)
        self._loop.run(self._start(call))

    async def _start(self, call: int | None) -> None:
        recovered = recover(self._folder, "process", self.engine)
        at, link = recovered.last_at, recovered.last_link
        self._live = Live(self.engine, recovered.journal, durability="process", last_at=at, last_link=link)
        self._live.start(msgspec.json.encode({"sessions": [self._config]}))
        if call is None:
            _, self.port = await self._live.listen("127.0.0.1", 0, "clients")
        else:
            self._live.call("127.0.0.1", call, THEIRS)

    def stop(self) -> None:
        self._loop.run(self._live.stop())

    def send_orders(self, count: int) -> None:
        self._loop.do(lambda: self._live.command("orders", "test", str(count).encode()))

    def command(self, name: str, **arguments: Any) -> str | None:
        """An operator's command; gives why it could not be carried out."""
        payload = msgspec.json.encode({"session": THEIRS, "why": "a test", **arguments})
        self._loop.do(lambda: self._live.command(name, "test", payload))
        return self.engine.command_error

    def numbers(self) -> tuple[int, int]:
        """MsgSeqNum(34) of our next message, and of theirs."""
        session = self.engine.parties[THEIRS].session
        return self._loop.do(lambda: (session.next_seq, session.expected_seq))

    def recovered_numbers(self) -> tuple[int, int]:
        """As a new engine has them from the journal, whose every output it gives again."""
        engine = TradingEngine(Trading())
        recover(self._folder, "process", engine).journal.close()
        session = engine.parties[THEIRS].session
        return session.next_seq, session.expected_seq

    def logged_on(self) -> bool:
        return self._loop.do(lambda: self.engine.parties[THEIRS].session.logged_on)


class Faults:
    """Loses messages and connections at places drawn by lot. What an engine asks for only once it is not left without."""

    def __init__(self, seed: int, messages: int, *, drops: int, cuts: int, ours_call: bool) -> None:
        chance = random.Random(seed)
        self._drops = sorted(chance.sample(range(messages), drops), reverse=True)
        self._cuts = sorted(chance.sample(range(messages), cuts), reverse=True)
        self._ours_call = ours_call
        self._passed = 0
        self.on = False

    def judge(self, from_caller: bool, message: bytes) -> Fate:
        if not self.on:
            return Fate.PASS
        self._passed += 1
        if self._cuts and self._passed > self._cuts[-1]:
            self._cuts.pop()
            return Fate.CUT
        if self._drops and self._passed > self._drops[-1] and _spares(message, from_caller is self._ours_call):
            self._drops.pop()
            return Fate.DROP
        return Fate.PASS


def _spares(message: bytes, from_us: bool) -> bool:
    """Whether both go on without it: QuickFIX asks once on a connection for a gap, and a Logon is not said again."""
    kind = message[message.index(b"\x0135=") + 4 :].partition(b"\x01")[0]
    if kind in (b"A", b"5"):
        return False
    return b"\x0143=Y\x01" not in message if from_us else kind != b"2"


@dataclass
class Pairing:
    """Both engines, and the proxy between them."""

    ours: Ours
    quickfix: QuickFix
    proxy: FaultProxy
    loop: Loop
    orders: list[str] = field(default_factory=list)  # ClOrdIDs of what QuickFIX's application heard
    reports: list[str] = field(default_factory=list)

    def heard(self) -> int:
        """Take what QuickFIX's application was given; gives how many messages both have heard by now."""
        for message in self.quickfix.taken():
            found = dict(message)
            assert found[35] in ("D", "8"), message
            (self.orders if found[35] == "D" else self.reports).append(found[11])
        trading = self.ours.trading
        assert not trading.others, trading.others
        return len(self.orders) + len(self.reports) + len(trading.orders) + len(trading.reports)

    def agree(self) -> bool:
        """On the number of the next message in either direction."""
        ours, theirs = self.ours.numbers(), self.quickfix.numbers()
        return self.ours.logged_on() and ours == (theirs[1], theirs[0])

    def wait(self, happened: Callable[[], bool], seconds: float = 10.0) -> None:
        end = time.monotonic() + seconds
        while not happened():
            assert time.monotonic() < end, f"we are at {self.ours.numbers()}, QuickFIX is at {self.quickfix.numbers()}"
            time.sleep(0.01)

    def cut(self) -> None:
        self.loop.do(self.proxy.cut)

    def restart(self) -> None:
        """Our engine stops, and another one finds its journal."""
        self.ours.stop()
        if self.ours.port:
            self.ours.start()
            self.proxy.to = self.ours.port
        else:
            self.ours.start(self.proxy.port)


def passing(from_caller: bool, message: bytes) -> Fate:  # noqa: ARG001
    return Fate.PASS


@contextmanager
def paired(
    folder: Path, judge: Judge = passing, *, ours_call: bool, theirs: dict[str, str] | None = None, **options: Any
) -> Iterator[Pairing]:
    """Our engine and QuickFIX, logged on through a proxy; `theirs` are QuickFIX's settings, `options` ours."""
    config = SessionConfig(sender=OURS, target=THEIRS, initiator=ours_call, **{"heartbeat_s": 1, **options})
    settings: dict[str, Any] = {"sender": THEIRS, "heartbeat_s": 1, "reaction": react, "settings": theirs or {}}
    quickfix: QuickFix
    with Loop() as loop, ExitStack() as stack:
        (folder / "theirs").mkdir(exist_ok=True)
        ours = Ours(loop, folder / "ours", config)
        proxy = FaultProxy(judge)
        loop.run(proxy.open())
        stack.callback(lambda: loop.run(proxy.close()))
        if ours_call:
            proxy.to = free_port()
            quickfix = QuickFixAcceptor(folder / "theirs", proxy.to, targets=[OURS], **settings)
            stack.enter_context(quickfix)
            ours.start(proxy.port)
            stack.callback(ours.stop)
            quickfix.wait_for_logon()
        else:
            ours.start()
            proxy.to = ours.port
            stack.callback(ours.stop)
            quickfix = QuickFixClient(folder / "theirs", proxy.port, target=OURS, **settings)
            stack.enter_context(quickfix)
        yield Pairing(ours, quickfix, proxy, loop)


@dataclass(frozen=True)
class Outcome:
    messages: int  # each heard exactly once
    drops: int
    cuts: int
    restarts: int
    seconds: float


def run(
    folder: Path, messages: int, seed: int, *, ours_call: bool, drops: int, cuts: int, restarts: int = 0
) -> Outcome:
    """So many orders and reports, half of them each way, with so many messages dropped and connections cut. Raises AssertionError."""
    begun = time.monotonic()
    faults = Faults(seed, messages, drops=drops, cuts=cuts, ours_call=ours_call)
    each = messages // 4
    with paired(folder, faults.judge, ours_call=ours_call, resend_patience_s=2) as pair:
        faults.on = True
        to_restart = [each * (turn + 1) // (restarts + 1) for turn in range(restarts)]
        ours = theirs = 0
        while ours < each or theirs < each:
            pair.heard()
            if ours < each and ours - len(pair.ours.trading.reports) < WINDOW:
                ours += 5
                pair.ours.send_orders(5)
            if theirs < each and theirs - len(pair.reports) < WINDOW:
                for _ in range(5):
                    theirs += 1
                    pair.quickfix.offer("D", order(f"Q{theirs}"))
            if to_restart and ours >= to_restart[0]:
                del to_restart[0]
                pair.restart()
            time.sleep(0.002)
        _settle(pair, 4 * each)
        faults.on = False
        trading = pair.ours.trading
        assert trading.orders == pair.reports == [f"Q{number + 1}" for number in range(each)]
        assert trading.reports == pair.orders == [f"O{number + 1}" for number in range(each)]
        cut = pair.proxy.cuts
        pair.quickfix.log_out()
    _assert_stored(pair)
    return Outcome(4 * each, drops, cut, restarts, time.monotonic() - begun)


def _settle(pair: Pairing, messages: int) -> None:
    """Wait until all is heard and both agree. QuickFIX, which asks once for a gap, may have to log on for that."""
    end = time.monotonic() + PATIENCE_S
    moved, before = time.monotonic(), 0
    while not (pair.heard() == messages and pair.agree()):
        now = time.monotonic()
        assert now < end, f"{pair.heard()} of {messages} heard; {pair.ours.numbers()}, {pair.quickfix.numbers()}"
        if pair.heard() != before:
            moved, before = now, pair.heard()
        elif now - moved > STALLED_S:
            moved = now
            pair.cut()
        time.sleep(0.02)


def _assert_stored(pair: Pairing) -> None:
    """After both have ended: QuickFIX's file and our journal, replayed, have numbers that agree."""
    session = pair.ours.engine.parties[THEIRS].session
    assert pair.quickfix.stored_numbers() == (session.expected_seq, session.next_seq)
    assert pair.ours.recovered_numbers() == (session.next_seq, session.expected_seq)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    for ours_call in (False, True):
        role = "we call" if ours_call else "QuickFIX calls"
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            cuts = arguments.messages // 300
            outcome = run(
                place, arguments.messages, arguments.seed, ours_call=ours_call, drops=3 * cuts, cuts=cuts, restarts=2
            )
        sys.stdout.write(f"{role}: {outcome}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
