"""`python -m tests.bench.crowding idle|slow|bad|neighbour`: those who take a server's time and give it nothing to do.

idle: sessions that log on and say Heartbeat. slow: sessions that ask for much and never read. bad: strangers whose
Logons are refused, so many a second, by an unknown CompID and by a wrong password in turn. They come from addresses of
127/8 of their own, so that the listener's limits for one address are those of its users. neighbour: no FIX at all, it
accepts on that port, reads once and closes. Prints `ready`, when idle and slow sessions are logged on; at SIGTERM what
became of it, as JSON.
"""

import argparse
import asyncio
import itertools
import json
import os
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Final, cast

import uvloop

from gateway.fix.frame import finish
from gateway.model import Ns, print_timestamp

PER_ADDRESS = 50  # idle sessions
ADDRESSES = 200  # of strangers
HEARTBEAT_S = 30
SLOW_ASKS = 4_000  # bytes, which a TestRequest has sent back
SLOW_EVERY_S = 0.05
SLOW_BUFFER = 4_096  # bytes that a slow one's system takes for it
BATCH_S = 0.001
BAD_S = 5.0  # a stranger that is not turned away by then goes by itself


def message(sender: str, seq: int, msg_type: str, body: str) -> bytes:
    now = print_timestamp(Ns(time.time_ns()))
    return finish(f"35={msg_type}\x0149={sender}\x0156=GATEWAY\x0134={seq}\x0152={now}\x01{body}")


def logon(sender: str, more: str = "") -> bytes:
    return message(sender, 1, "A", f"98=0\x01108={HEARTBEAT_S}\x01141=Y\x01{more}")


class Idle(asyncio.Protocol):
    def __init__(self, name: str, count: Counter[str], ready: Callable[[], None]) -> None:
        self._name = name
        self._count = count
        self._ready = ready
        self._seq = 1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(logon(self._name))
        # Not all at the same instant, as they would be that log on at once.
        asyncio.get_running_loop().call_later(HEARTBEAT_S * (hash(self._name) % 100) / 100, self._beat)

    def data_received(self, data: bytes) -> None:
        if b"\x0135=A\x01" in data:
            self._ready()
        if b"\x0135=1\x01" in data:
            asked = data[data.index(b"\x01112=") + 5 :].partition(b"\x01")[0].decode()
            self._say("0", f"112={asked}\x01")

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._count["lost"] += 1

    def _beat(self) -> None:
        if not self._transport.is_closing():
            self._say("0", "")
            asyncio.get_running_loop().call_later(HEARTBEAT_S, self._beat)

    def _say(self, msg_type: str, body: str) -> None:
        self._seq += 1
        self._transport.write(message(self._name, self._seq, msg_type, body))


async def idle(port: int, sessions: int, count: Counter[str]) -> None:
    loop = asyncio.get_running_loop()
    all_there = asyncio.Event()

    def ready() -> None:
        count["logged_on"] += 1
        if count["logged_on"] == sessions:
            all_there.set()

    for number in range(sessions):
        source = f"127.0.2.{1 + number // PER_ADDRESS}", 0
        await loop.create_connection(lambda: Idle(f"IDLE{number}", count, ready), "127.0.0.1", port, local_addr=source)  # noqa: B023
        await asyncio.sleep(0.002)
    await asyncio.wait_for(all_there.wait(), 30)


_running: list[asyncio.Task[None]] = []  # or the loop would forget them


async def slow(port: int, sessions: int, count: Counter[str]) -> None:
    ready = asyncio.Barrier(sessions + 1)
    _running.extend(asyncio.create_task(_one_slow(port, f"SLOW{n}", count, ready)) for n in range(sessions))
    await ready.wait()


async def _one_slow(port: int, name: str, count: Counter[str], ready: asyncio.Barrier) -> None:
    loop = asyncio.get_running_loop()
    for again in itertools.count():
        with socket.socket() as endpoint:
            endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SLOW_BUFFER)
            endpoint.setblocking(False)
            endpoint.bind(("127.0.3.1", 0))
            await loop.sock_connect(endpoint, ("127.0.0.1", port))
            await loop.sock_sendall(endpoint, logon(name))
            if not again:
                await loop.sock_recv(endpoint, 512)
                await ready.wait()
            try:
                for seq in itertools.count(2):
                    await loop.sock_sendall(endpoint, message(name, seq, "1", f"112={'x' * SLOW_ASKS}\x01"))
                    await asyncio.sleep(SLOW_EVERY_S)
            except OSError:
                count["dropped"] += 1
        await asyncio.sleep(1)


class Stranger(asyncio.Protocol):
    def __init__(self, number: int, count: Counter[str]) -> None:
        self._data = logon(f"NOBODY{number}") if number % 2 else logon("GUARDED", "554=wrong\x01")
        self._count = count
        self._answered = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        connected = cast(asyncio.Transport, transport)
        connected.write(self._data)
        self._giving_up = asyncio.get_running_loop().call_later(BAD_S, connected.abort)

    def data_received(self, data: bytes) -> None:
        self._answered = True
        self._count["logged_on" if b"\x0135=A\x01" in data else "answered"] += 1

    def connection_lost(self, exc: Exception | None) -> None:
        self._giving_up.cancel()
        if not self._answered:
            self._count["silence" if exc is None else "cut"] += 1


async def bad(port: int, per_s: int, count: Counter[str]) -> None:
    loop = asyncio.get_running_loop()
    begun = loop.time()
    connecting: set[asyncio.Task[None]] = set()

    def flood() -> None:
        loop.call_later(BATCH_S, flood)
        while count["tried"] < (loop.time() - begun) * per_s:
            count["tried"] += 1
            task = loop.create_task(_one_bad(port, count["tried"], count))
            connecting.add(task)
            task.add_done_callback(connecting.discard)

    flood()


async def _one_bad(port: int, number: int, count: Counter[str]) -> None:
    source = f"127.0.{4 + number % ADDRESSES // 250}.{1 + number % ADDRESSES % 250}", 0
    try:
        await asyncio.get_running_loop().create_connection(
            lambda: Stranger(number, count), "127.0.0.1", port, local_addr=source
        )
    except OSError:
        count["not_connected"] += 1


async def neighbour(port: int, backlog: int, count: Counter[str]) -> None:
    listening = socket.create_server(("127.0.0.1", port), backlog=backlog)
    threading.Thread(target=_turn_away, args=(listening, count), daemon=True).start()


def _turn_away(listening: socket.socket, count: Counter[str]) -> None:
    while True:
        with listening.accept()[0] as endpoint, suppress(OSError):
            endpoint.settimeout(BAD_S)
            count["heard"] += bool(endpoint.recv(4096))


async def serve(what: str, port: int, number: int) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    count: Counter[str] = Counter()
    begun = time.monotonic()
    await _KINDS[what](port, number, count)
    print("ready", flush=True)
    await stop.wait()
    print(json.dumps({**count, "seconds": time.monotonic() - begun}), flush=True)
    os._exit(0)  # whatever is still being connected


_KINDS: Final = {"idle": idle, "slow": slow, "bad": bad, "neighbour": neighbour}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("what", choices=list(_KINDS))
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--number", type=int, required=True, help="of sessions, of Logons a second, or the backlog")
    given = arguments.parse_args()
    uvloop.run(serve(given.what, given.port, given.number))


if __name__ == "__main__":
    main()
