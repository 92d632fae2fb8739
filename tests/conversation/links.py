"""What connects a script's peer with what it talks to: nothing at all, or TCP on 127.0.0.1.

Over TCP both ends run in one event loop of the test's own. Both count bytes, so that each act of a script ends when
all that it caused has arrived and been dealt with, however long that takes; nothing sleeps, and the time is the script's.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol, cast

from gateway.fix.frame import Framer, GarbledBytes
from gateway.model import Ns
from tests.conversation.wire import cut

_PATIENCE_S = 10.0  # for what takes a millisecond on a machine that has time

Frames = list[bytes | GarbledBytes]


class Link(Protocol):
    """One connection. The owner says and hangs up, the peer hears and cuts."""

    def say(self, data: bytes) -> None: ...
    def hang_up(self) -> None: ...
    def hear(self, data: bytes, now: Ns) -> None: ...
    def cut(self, now: Ns) -> None: ...
    def take(self) -> list[bytes | None]: ...  # what has reached the peer since; None: we hung up


class Owner(Protocol):
    """What is at our end of the links."""

    def up(self, link: Link, now: Ns) -> None: ...
    def heard(self, link: Link, frames: Frames, now: Ns) -> None: ...
    def down(self, link: Link, now: Ns) -> None: ...


class Net(Protocol):
    def open(self, owner: Owner, now: Ns, *, calling: bool) -> Link: ...  # calling: we do, not the peer
    def settle(self, now: Ns) -> None: ...  # until all that was said has arrived
    def close(self) -> None: ...


class Handed:
    """No network: what one end says is handed to the other."""

    def __init__(self) -> None:
        self._links: list[_HandedLink] = []

    def open(self, owner: Owner, now: Ns, *, calling: bool) -> Link:  # noqa: ARG002
        link = _HandedLink(owner)
        self._links.append(link)
        owner.up(link, now)
        self.settle(now)
        return link

    def settle(self, now: Ns) -> None:
        for link in self._links:
            if link.over:
                link.cut(now)

    def close(self) -> None: ...


class _HandedLink:
    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._framer = Framer()
        self._said: list[bytes | None] = []
        self.over = self._closed = False  # over: we have hung up

    def say(self, data: bytes) -> None:
        self._said += cut(data)[0]

    def hang_up(self) -> None:
        if not self.over:
            self.over = True
            self._said.append(None)

    def hear(self, data: bytes, now: Ns) -> None:
        if not self._closed:
            self._owner.heard(self, self._framer.feed(data), now)

    def cut(self, now: Ns) -> None:
        if not self._closed:
            self._closed = self.over = True
            self._owner.down(self, now)

    def take(self) -> list[bytes | None]:
        said, self._said = self._said, []
        return said


class Tcp:
    """A loop, a listener, and connections to it."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(self._failed)
        self._failure: BaseException | None = None
        self._changed = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._opening: _TcpLink | None = None
        self._links: list[_TcpLink] = []
        self.now = Ns(0)

    def open(self, owner: Owner, now: Ns, *, calling: bool) -> Link:
        self.now = now
        link = self._opening = _TcpLink(self, owner)
        self._links.append(link)
        self._loop.run_until_complete(self._open(link, calling=calling))
        self.settle(now)
        return link

    async def _open(self, link: "_TcpLink", *, calling: bool) -> None:
        if self._server is None:
            self._server = await self._loop.create_server(self._accepted, "127.0.0.1", 0)
        self._calling = calling
        host, port = self._server.sockets[0].getsockname()
        await self._loop.create_connection(lambda: link.host if calling else link.peer, host, port)
        await self._until(lambda: link.host.made and link.peer.made)

    def _accepted(self) -> asyncio.Protocol:
        assert self._opening is not None
        return self._opening.peer if self._calling else self._opening.host

    def settle(self, now: Ns) -> None:
        self.now = now
        self._loop.run_until_complete(self._until(lambda: all(link.settled for link in self._links)))

    def close(self) -> None:
        for link in self._links:
            link.host.transport.abort()
            link.peer.transport.abort()
        self.settle(self.now)
        if self._server is not None:
            self._server.close()
            self._loop.run_until_complete(self._server.wait_closed())
        self._loop.close()

    async def _until(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(_PATIENCE_S):
            while not done():
                self._changed.clear()
                await self._changed.wait()
                if self._failure is not None:
                    failure, self._failure = self._failure, None
                    raise failure

    def _failed(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self._failure = context.get("exception") or AssertionError(context["message"])
        self._changed.set()

    def changed(self) -> None:
        self._changed.set()


class _TcpLink:
    def __init__(self, net: Tcp, owner: Owner) -> None:
        self.net = net
        self.owner = owner
        self.host = _Host(self)
        self.peer = _Peer(self)

    def say(self, data: bytes) -> None:
        if not self.host.lost:
            self.host.write(data)

    def hang_up(self) -> None:
        self.host.transport.close()

    def hear(self, data: bytes, now: Ns) -> None:
        if not self.peer.lost:
            self.peer.write(data)
        self.net.settle(now)

    def cut(self, now: Ns) -> None:
        self.peer.transport.close()
        self.net.settle(now)

    def take(self) -> list[bytes | None]:
        heard, self.peer.heard = self.peer.heard, []
        return heard

    @property
    def settled(self) -> bool:
        host, peer = self.host, self.peer
        if host.over or peer.over:
            return host.lost and peer.lost
        return host.taken == peer.written and peer.taken == host.written


class _End(asyncio.Protocol):
    def __init__(self, link: _TcpLink) -> None:
        self.link = link
        self.written = self.taken = 0  # bytes
        self.made = self.lost = False

    @property
    def over(self) -> bool:
        return self.lost or self.transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.made = True
        self.link.net.changed()

    def data_received(self, data: bytes) -> None:
        self.taken += len(data)
        self.link.net.changed()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self.lost = True
        self.link.net.changed()

    def write(self, data: bytes) -> None:
        self.written += len(data)
        self.transport.write(data)


class _Host(_End):
    def __init__(self, link: _TcpLink) -> None:
        super().__init__(link)
        self._framer = Framer()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.link.owner.up(self.link, self.link.net.now)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self.link.owner.heard(self.link, self._framer.feed(data), self.link.net.now)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.link.owner.down(self.link, self.link.net.now)


class _Peer(_End):
    def __init__(self, link: _TcpLink) -> None:
        super().__init__(link)
        self.heard: list[bytes | None] = []
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        messages, self._rest = cut(self._rest + data)
        self.heard += messages

    def eof_received(self) -> None:
        if not self.transport.is_closing():
            self.heard.append(None)
