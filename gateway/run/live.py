"""Runs a Node for real: sockets, the clock, and the journal between hearing and speaking.

All that is read in one turn of the loop makes one batch. Its outputs wait until the batch is durable: the loop itself
writes and syncs at the end of the turn where the disk is fast; where it is slow a thread does, and the loop goes on
collecting the next batch meanwhile.
"""

import asyncio
import contextlib
import os
import socket
import sys
import time
from collections.abc import Callable, Sequence
from typing import Final, NoReturn, cast

from gateway.fix.frame import Framer, GarbledBytes
from gateway.model import (
    Close,
    Command,
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
from gateway.record.journal import CommitThread, Journal, JournalFailed

MESSAGES_A_TURN: Final = 64  # of one connection, so that the others get their turn
BYTES_A_TURN: Final = 16 * 1024  # framed of one connection: hostile bytes cost more than messages do
SLOW_SYNC_NS: Final = 500_000  # a disk that takes longer to sync gets a thread
MAX_UNSENT: Final = 4 * 1024 * 1024  # with more bytes waiting, as after a long resend, a connection is behind
MAX_BEHIND_NS: Final = 30_000_000_000  # so long, then we take it for dead
MAX_BEHIND: Final = 64 * 1024 * 1024  # bytes; nothing is added to so many
MAX_UNDURABLE: Final = 50_000  # records waiting for the disk before reading stops
HOLD_NS: Final = 4_000_000  # while more is waiting to be handled, commits are at least so far apart
MAX_CONNECTIONS: Final = 2_000
CLOSE_TIMEOUT_S: Final = 2.0  # for a closed connection to take what was sent to it
NEXT_PORTS: Final = 100  # tried after one that is taken
RECONNECT_S: Final = (0.1, 0.2, 0.5, 1.0)  # pauses between attempts, the last one for ever

Observer = Callable[[Input, Sequence[Output]], None]


class _Clock:
    """UTC that never goes back and does not jump: the wall clock of the start, moved on by the monotonic clock."""

    def __init__(self, not_before: Ns) -> None:
        self._offset = max(time.time_ns(), not_before + 1) - time.monotonic_ns()

    def now(self) -> Ns:
        return Ns(time.monotonic_ns() + self._offset)


class _Connection(asyncio.Protocol):
    """One TCP connection: cuts what comes into messages, a bounded number of bytes and messages a turn."""

    def __init__(self, live: "Live", port: str) -> None:
        self._live = live
        self._port = port
        self._framer = Framer()
        self._unframed = b""
        self._backlog: list[bytes | GarbledBytes] = []
        self._paused = False
        self._deaf = False
        self._behind_since: Ns | None = None
        self.link = 0
        self.lost: asyncio.Future[None] = live.loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(high=MAX_UNSENT)
        endpoint = self.transport.get_extra_info("socket")
        endpoint.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer = self.transport.get_extra_info("peername") or ("?", 0)
        self.link = self._live.link_up(self, self._port, f"{peer[0]}:{peer[1]}")

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            return
        if self._backlog or self._unframed:
            self._unframed += data
            return
        if len(data) > BYTES_A_TURN:
            data, self._unframed = data[:BYTES_A_TURN], data[BYTES_A_TURN:]
        messages = self._framer.feed(data)
        if len(messages) <= MESSAGES_A_TURN and not self._unframed:
            self._live.take(self.link, messages)
        else:
            self._backlog = messages
            self._work_off()

    def _work_off(self) -> None:
        if not self._backlog:
            data, self._unframed = self._unframed[:BYTES_A_TURN], self._unframed[BYTES_A_TURN:]
            self._backlog = self._framer.feed(data)
        now, self._backlog = self._backlog[:MESSAGES_A_TURN], self._backlog[MESSAGES_A_TURN:]
        self._live.take(self.link, now)
        if self._backlog or self._unframed:
            self.pause()
            self._live.backlogged.add(self.link)
            self._live.loop.call_soon(self._work_off)
            return
        self._live.backlogged.discard(self.link)
        if self._paused and not self._live.congested:
            self.resume()

    def hear_no_more(self) -> None:
        """The node has hung up; what the peer still says is not for it."""
        self._deaf = True
        self._backlog, self._unframed = [], b""
        self._live.backlogged.discard(self.link)

    def falls_behind(self, now: Ns) -> bool:
        """Whether the peer has not taken for too long what was sent to it."""
        unsent = self.transport.get_write_buffer_size()
        self._behind_since = None if unsent <= MAX_UNSENT else self._behind_since or now
        return unsent > MAX_BEHIND or now - (self._behind_since or now) > MAX_BEHIND_NS

    def pause(self) -> None:
        if not self._paused and not self.transport.is_closing():
            self._paused = True
            self.transport.pause_reading()

    def resume(self) -> None:
        if self._paused and not self._backlog and not self._unframed:
            self._paused = False
            if not self.transport.is_closing():
                self.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self.hear_no_more()
        self._live.link_down(self.link, "closed" if exc is None else str(exc))
        if not self.lost.done():
            self.lost.set_result(None)


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
        self._node = node
        self._journal = journal
        self._clock = _Clock(last_at)
        self._observer = observer
        self._last_link = last_link
        self._connections: dict[int, _Connection] = {}
        self._servers: list[asyncio.Server] = []
        self._callers: list[asyncio.Task[None]] = []
        self._unsent: dict[int, list[bytes | None]] = {}  # link -> data, None for Close; what waits for this batch
        self._in_flight: list[dict[int, list[bytes | None]]] = []
        self._committed_at = Ns(0)
        self._turn_due = False
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at: Ns | None = None
        self._stopped = False
        self._thread: CommitThread | None = None
        if durability == "disk" and journal.sync_ns > SLOW_SYNC_NS:
            self._thread = CommitThread(journal, self._written_in_thread, self._failed_in_thread)

    # -- the outside

    def start(self, payload: bytes) -> None:
        """First input of this run."""
        self._input(Started(self._clock.now(), payload))

    def command(self, name: str, who: str, payload: bytes = b"{}") -> None:
        self._input(Command(self._clock.now(), name, who, payload))

    async def listen(self, host: str, port: int, name: str, *, or_next: bool = False) -> tuple[str, int]:
        """Accept connections; gives the address bound. Port 0 takes any free one, `or_next` the next free one.

        Raises OSError where the port cannot be had.
        """
        last = min(port + NEXT_PORTS, 65535) if or_next and port else port
        while True:
            try:
                server = await self.loop.create_server(lambda: _Connection(self, name), host, port, backlog=512)
            except OSError:
                if port == last:
                    raise
                port += 1
                continue
            self._servers.append(server)
            bound: tuple[str, int] = server.sockets[0].getsockname()[:2]
            return bound

    def call(self, host: str, port: int, name: str) -> None:
        """Keep a connection to a counterparty, until the end."""
        self._callers.append(self.loop.create_task(self._keep_calling(host, port, name)))

    async def stop(self, grace_s: float = 3.0) -> None:
        """No new risk, Logout everywhere, flush, and an end of it."""
        for server in self._servers:
            server.close()
        self.command("stop", "signal")
        for caller in self._callers:
            caller.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace_s):
                while self._connections:
                    await asyncio.sleep(0.01)
        for connection in list(self._connections.values()):
            connection.transport.abort()
        await asyncio.sleep(0)
        self._stopped = True
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

    async def _keep_calling(self, host: str, port: int, name: str) -> None:
        attempt = 0
        while True:
            try:
                _, connection = await self.loop.create_connection(lambda: _Connection(self, name), host, port)
            except OSError:
                pause = RECONNECT_S[min(attempt, len(RECONNECT_S) - 1)]
                attempt += 1
            else:
                began = self._clock.now()
                await asyncio.shield(connection.lost)
                # A counterparty that drops us at once is not called in a tight circle.
                attempt = attempt + 1 if self._clock.now() - began < 1_000_000_000 else 0
                pause = RECONNECT_S[min(attempt, len(RECONNECT_S) - 1)]
            await asyncio.sleep(pause)

    # -- what connections say

    def link_up(self, connection: _Connection, port: str, peer: str) -> int:
        self._last_link += 1
        link = self._last_link
        self._connections[link] = connection
        if len(self._connections) > MAX_CONNECTIONS:
            connection.transport.abort()
        self._input(LinkUp(self._clock.now(), link, port, peer))
        return link

    def link_down(self, link: int, reason: str) -> None:
        self._connections.pop(link, None)
        if not self._stopped:
            self._input(LinkDown(self._clock.now(), link, reason))

    def take(self, link: int, messages: list[bytes | GarbledBytes]) -> None:
        """Messages of one connection; they came at one instant."""
        now = self._clock.now()
        self._inputs(
            [
                Received(now, link, message) if type(message) is bytes else Garbled(now, link, message.data)  # type: ignore[union-attr]
                for message in messages
            ]
        )

    # -- the node, the journal, and what goes out

    def _input(self, item: Input) -> None:
        self._inputs((item,))

    def _inputs(self, items: Sequence[Input]) -> None:
        handle, journal, unsent = self._node.handle, self._journal, self._unsent
        for item in items:
            outputs = handle(item)
            journal.input(item)
            for output in outputs:
                journal.output(output, item.at)
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
            if self._observer is not None:
                self._observer(item, outputs)
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
            if self._journal.open_records > MAX_UNDURABLE and not self.congested:
                self.congested = True
                for connection in self._connections.values():
                    connection.pause()
        elif not self.backlogged or self._clock.now() - self._committed_at > HOLD_NS:
            self._commit()

    def _commit(self) -> None:
        batch = self._journal.seal()
        if batch is None:
            return
        waiting, self._unsent = self._unsent, {}
        if self._thread is None:
            try:
                self._journal.write(batch)
            except JournalFailed as failure:
                _fail_stop(failure)
            self._release(waiting)
            self._committed_at = self._clock.now()
        else:
            self._in_flight.append(waiting)
            self._thread.submit(batch, 0)

    def _written_in_thread(self, number: int) -> None:  # noqa: ARG002
        self.loop.call_soon_threadsafe(self._written)

    def _failed_in_thread(self, failure: JournalFailed) -> None:
        _fail_stop(failure)

    def _written(self) -> None:
        self._release(self._in_flight.pop(0))
        self._committed_at = self._clock.now()
        if self._stopped:
            return
        self._commit()
        if self.congested and self._journal.open_records < MAX_UNDURABLE:
            self.congested = False
            for connection in self._connections.values():
                connection.resume()

    def _release(self, waiting: dict[int, list[bytes | None]]) -> None:
        now = self._clock.now()
        for link, parts in waiting.items():
            connection = self._connections.get(link)
            if connection is None:
                continue
            transport = connection.transport
            if connection.falls_behind(now):
                transport.abort()
                continue
            data = b"".join([part for part in parts if part is not None])
            if data:
                transport.write(data)
            if parts[-1] is None:
                transport.close()
                self.loop.call_later(CLOSE_TIMEOUT_S, transport.abort)

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
