"""Runs a Node for real: sockets, the clock, and the journal between hearing and speaking.

All that is read in one turn of the loop makes one batch. Its outputs wait until the batch is durable: the loop itself
writes and syncs at the end of the turn where the disk is fast; where it is slow a thread does, and the loop goes on
collecting the next batch meanwhile.
"""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import Final, NoReturn

import msgspec

from gateway.fix.frame import GarbledBytes
from gateway.model import (
    Close,
    Command,
    Input,
    LinkDown,
    LinkUp,
    Node,
    Ns,
    Output,
    Send,
    Started,
    Timer,
)
from gateway.record.journal import CommitThread, Journal, JournalFailed
from gateway.record.mask import GarbledMask
from gateway.run.net.admission import Authenticate, Checks, ListenerOptions
from gateway.run.net.caller import Caller
from gateway.run.net.connection import MAX_UNSENT, SLICE, Connection, as_inputs
from gateway.run.net.credentials import Credential, Secret
from gateway.run.net.listener import Listener
from gateway.run.net.refusals import RECORDED, Refusals
from gateway.run.net.tls import TlsCall

SLOW_SYNC_NS: Final = 500_000  # a disk that takes longer to sync gets a thread
MAX_UNDURABLE: Final = 20_000  # inputs waiting for the disk before reading stops
HOLD_NS: Final = 4_000_000  # while more is waiting to be handled, commits are at least so far apart
NEXT_PORTS: Final = 100  # tried after one that is taken
LAST_TURNS: Final = 100  # milliseconds for connections that were given up to say so
LOOK_S: Final = 1.0  # between looks at who is slow, and between counts of whom was turned away

NOTHING_SPECIAL: Final = ListenerOptions()

Observer = Callable[[Input, Sequence[Output]], None]


class _Clock:
    """UTC that never goes back and does not jump: the wall clock of the start, moved on by the monotonic clock."""

    def __init__(self, not_before: Ns) -> None:
        self._offset = max(time.time_ns(), not_before + 1) - time.monotonic_ns()

    def now(self) -> Ns:
        return Ns(time.monotonic_ns() + self._offset)


class Live:
    """One Node on one journal. `last_at` and `last_link` are where an earlier run over that journal ended."""

    def __init__(
        self,
        node: Node,
        journal: Journal,
        *,
        durability: str,
        last_at: Ns = Ns(0),  # noqa: B008
        last_link: int = 0,
        observer: Observer | None = None,
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self.congested = False  # reading has stopped until the disk has caught up
        self.backlogged: set[int] = set()  # links with messages read and not yet handled
        self.troubles: dict[str, str] = {}  # counterparties we cannot reach, and why
        self.checks = Checks(self.loop)
        self._node = node
        self._journal = journal
        self._clock = _Clock(last_at)
        self._observer = observer
        self._last_link = last_link
        self._connections: dict[int, Connection] = {}
        self._listeners: list[Listener] = []
        self._callers: list[asyncio.Task[None]] = []
        self._refusals = Refusals(self.loop.time())
        self._unsent: dict[int, list[bytes | None]] = {}  # link -> data, None for Close; what waits for this batch
        self._durable: list[Callable[[], None]] = []  # what else waits for this batch
        self._in_flight: list[tuple[dict[int, list[bytes | None]], list[Callable[[], None]]]] = []
        self._committed_at = Ns(0)
        self._turn_due = False
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at: Ns | None = None
        self._stopped = False
        self._thread: CommitThread | None = None
        if durability == "disk" and journal.sync_ns > SLOW_SYNC_NS:
            self._thread = CommitThread(journal, self._written_in_thread, self._failed_in_thread)
        self._looking = self.loop.call_later(LOOK_S, self._look)

    # -- the outside

    def start(self, payload: bytes) -> None:
        """First input of this run."""
        self._input(Started(self._clock.now(), payload))

    def command(self, name: str, who: str, payload: bytes = b"{}") -> None:
        self._input(Command(self._clock.now(), name, who, payload))

    def when_durable(self, then: Callable[[], None]) -> None:
        """Call `then` once everything up to now is in the journal for good."""
        self._durable.append(then)
        self._end_turn_soon()

    async def listen(
        self,
        host: str,
        port: int,
        name: str,
        *,
        options: ListenerOptions = NOTHING_SPECIAL,
        authenticate: Authenticate | None = None,
        unwelcome: Callable[[bytes], str | None] = lambda _: None,
        or_next: bool = False,
    ) -> tuple[str, int]:
        """Accept connections; gives the address bound. Port 0 takes any free one, `or_next` the next free one.

        `authenticate` stands in for the passwords of `options`. `unwelcome` says of a stranger's first message why the
        core need not hear it, if so. Raises OSError where the port cannot be had, TlsError and ValueError where the
        options cannot be used.
        """
        listener = Listener(self, name, options, authenticate, unwelcome)
        last = min(port + NEXT_PORTS, 65535) if or_next and port else port
        while True:
            try:
                bound = await listener.open(host, port)
            except OSError:
                if port == last:
                    raise
                port += 1
                continue
            self._listeners.append(listener)
            return bound

    def call(
        self,
        host: str,
        port: int,
        name: str,
        *,
        tls: TlsCall | None = None,
        secret: Secret | None = None,
        wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        """Keep a connection to a counterparty while it is `wanted`, until the end. `secret` goes into our Logon(A).

        `troubles` has what went wrong in the last attempt.
        """
        caller = Caller(live=self, host=host, port=port, name=name, tls=tls, secret=secret, wanted=wanted)
        self._callers.append(self.loop.create_task(caller.run()))

    def reload(self) -> list[str]:
        """Read the listeners' certificates again, for connections from now on; gives what is wrong with them."""
        return [trouble for listener in self._listeners if (trouble := listener.reload()) is not None]

    def admit(self, session: str, credential: Credential | None) -> None:
        """What that session has to show from now on; None: nothing. Raises ValueError for a bad hash."""
        for listener in self._listeners:
            listener.admit(session, credential)

    async def stop(self, grace_s: float = 3.0) -> None:
        """No new risk, Logout everywhere, flush, and an end of it."""
        for listener in self._listeners:
            listener.close()
        self.command("stop", "signal")
        for caller in self._callers:
            caller.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace_s):
                while self._connections:
                    await asyncio.sleep(0.01)
        for connection in list(self._connections.values()):
            connection.transport.abort()
        for _ in range(LAST_TURNS):
            if not self._connections:
                break
            await asyncio.sleep(0.001)
        self._tell_refused()
        self._stopped = True
        self._looking.cancel()
        self.checks.close()
        if self._timer is not None:
            self._timer.cancel()
        if self._thread is not None:
            self._thread.close()
        batch = self._journal.seal()
        try:
            if batch is not None:
                self._journal.write(batch)
            self._journal.close()
        except JournalFailed as failure:
            _fail_stop(failure)

    # -- what connections say

    def link_up(self, connection: Connection, port: str) -> None:
        """From here on the core knows of it."""
        self._last_link += 1
        connection.link = self._last_link
        self._connections[connection.link] = connection
        if self.congested:
            connection.pause()
        self._input(LinkUp(self._clock.now(), connection.link, port, connection.peer))

    def link_down(self, link: int, reason: str) -> None:
        del self._connections[link]
        if not self._stopped:
            self._input(LinkDown(self._clock.now(), link, reason))

    def take(self, connection: Connection, messages: list[bytes | GarbledBytes]) -> None:
        """Messages of one connection; they came at one instant."""
        self._inputs(as_inputs(self._clock.now(), connection.link, messages, connection.garbled))

    def refuse(self, link: int, why: str) -> None:
        """Its Logon, which the core sees next, is not to be accepted."""
        self.command("refuse", "admission", msgspec.json.encode({"link": link, "why": why}))

    def lags(self, link: int, unsent: int, *, lagging: bool) -> None:
        """Much is waiting to be taken by the peer, or not any more."""
        if not self._stopped:
            payload = msgspec.json.encode({"link": link, "unsent": unsent})
            self.command("slow" if lagging else "eased", "driver", payload)

    def refused(self, cause: str, port: str, peer: str = "", first: bytes | GarbledBytes = b"") -> None:
        """A connection was turned away that the core does not know, after `first`; the core learns the counts.

        What the core would have dropped by itself it gets all the same, as long as the record has room for such.
        """
        self._refusals.add(cause, peer, first)
        if cause in RECORDED and self._refusals.room(self.loop.time()):
            self._last_link += 1
            now, link = self._clock.now(), self._last_link
            said = as_inputs(now, link, [first], GarbledMask())
            self._inputs([LinkUp(now, link, port, peer), *said, LinkDown(now, link, cause)])

    def _look(self) -> None:
        """Once a second."""
        self._looking = self.loop.call_later(LOOK_S, self._look)
        now = self.loop.time()
        for connection in list(self._connections.values()):
            why = connection.overdue(now)
            if why is not None:
                connection.drop(why)
        self._tell_refused()

    def _tell_refused(self) -> None:
        counts = self._refusals.take()
        if counts is not None:
            self.command("refused", "admission", counts)

    # -- the node, the journal, and what goes out

    def _input(self, item: Input) -> None:
        self._inputs((item,))

    def _inputs(self, items: Sequence[Input]) -> None:
        handle, record = self._node.handle, self._journal.add
        unsent, observer = self._unsent, self._observer
        for item in items:
            outputs = handle(item)
            record((item, outputs))
            for output in outputs:
                if type(output) is Send:
                    waiting = unsent.get(output.link)
                    if waiting is None:
                        unsent[output.link] = [output.data]
                    else:
                        waiting.append(output.data)
                elif type(output) is Close:
                    unsent.setdefault(output.link, []).append(None)
                    if output.link in self._connections:
                        self._connections[output.link].hear_no_more()
            if observer is not None:
                observer(item, outputs)
        self._end_turn_soon()

    def _end_turn_soon(self) -> None:
        if not self._turn_due:
            self._turn_due = True
            self.loop.call_soon(self._end_turn)

    def _end_turn(self) -> None:
        self._turn_due = False
        if self._stopped:
            return
        self._arm()
        if self._in_flight:
            # The disk is at it; what came meanwhile makes the next batch.
            if self._journal.open_inputs > MAX_UNDURABLE and not self.congested:
                self.congested = True
                for connection in self._connections.values():
                    connection.pause()
        elif not self.backlogged or self._clock.now() - self._committed_at > HOLD_NS:
            self._commit()

    def _commit(self) -> None:
        durable, self._durable = self._durable, []
        batch = self._journal.seal()
        if batch is None:
            self._release({}, durable)
            return
        waiting, self._unsent = self._unsent, {}
        if self._thread is None:
            try:
                self._journal.write(batch)
            except JournalFailed as failure:
                _fail_stop(failure)
            self._release(waiting, durable)
            self._committed_at = self._clock.now()
        else:
            self._in_flight.append((waiting, durable))
            self._thread.submit(batch, 0)

    def _written_in_thread(self, number: int) -> None:  # noqa: ARG002
        self.loop.call_soon_threadsafe(self._written)

    def _failed_in_thread(self, failure: JournalFailed) -> None:
        _fail_stop(failure)

    def _written(self) -> None:
        self._release(*self._in_flight.pop(0))
        self._committed_at = self._clock.now()
        if self._stopped:
            return
        self._commit()
        if self.congested and self._journal.open_inputs < MAX_UNDURABLE:
            self.congested = False
            for connection in self._connections.values():
                connection.resume()

    def _release(self, waiting: dict[int, list[bytes | None]], durable: list[Callable[[], None]]) -> None:
        for then in durable:
            then()
        for link, parts in waiting.items():
            connection = self._connections.get(link)
            if connection is None:
                continue
            closing = None in parts
            said: list[bytes] = [part for part in parts if part is not None] if closing else parts  # type: ignore[assignment]
            if connection.looks_at_sent:
                said = connection.before_sending(said)
            data = b"".join(said)
            if not connection.full and 0 < len(data) <= SLICE:
                connection.sent += len(data)
                connection.transport.write(data)
            elif connection.unsent > MAX_UNSENT:
                connection.drop(f"slow: more than {MAX_UNSENT} bytes unsent")
            else:
                connection.send(data)
            if closing:
                connection.close()

    # -- time

    def _arm(self) -> None:
        """Set the timer. A timer that is too early by now only looks again."""
        wake_at = self._node.wake_at()
        if wake_at is None or (self._timer_at is not None and self._timer_at <= wake_at):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = wake_at
        self._timer = self.loop.call_later(max(wake_at - self._clock.now(), 0) / 1e9, self._fire)

    def _fire(self) -> None:
        self._timer = self._timer_at = None
        wake_at = self._node.wake_at()
        if wake_at is None:
            return
        now = self._clock.now()
        if now >= wake_at:
            self._input(Timer(now))
        else:
            self._arm()


def _fail_stop(failure: JournalFailed) -> NoReturn:
    """Nobody knows what is on the disk; nothing more may be said. A restart verifies the journal and goes on."""
    sys.stderr.write(f"gateway: {failure}\n")
    sys.stderr.flush()
    os._exit(70)
