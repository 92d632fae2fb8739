"""One port: accepts connections itself, so that whom it turns away costs a system call or three and nothing else.

Before there is a transport, a task or TLS, the door decides by the address. While it turns somebody away it looks at
its queue only now and then: a flood is cheaper in bundles, and a Logon in it waits no longer than that.
"""

import asyncio
import resource
import socket
import struct
from typing import TYPE_CHECKING, Final

from gateway.run.net.admission import Authenticate, Door, ListenerOptions
from gateway.run.net.connection import Accepted
from gateway.run.net.credentials import Credential, Passwords
from gateway.run.net.tls import ServerTls, TlsError

if TYPE_CHECKING:
    from gateway.run.net.live import Live

BACKLOG: Final = 512
ACCEPTED_AT_ONCE: Final = 2
PAUSE_S: Final = 0.02  # before the next look at the queue, after somebody was turned away
NO_DESCRIPTOR_S: Final = 0.5  # the same, when the process has no file descriptor left
HANDSHAKE_S: Final = 5.0
TLS_CLOSE_S: Final = 2.0
SPARE_DESCRIPTORS: Final = 256  # for the journal, the calls and the commands

_RESET_AT_CLOSE: Final = struct.pack("ii", 1, 0)  # SO_LINGER: no TIME_WAIT is kept for a connection turned away


class Listener:
    """Raises TlsError for files and ValueError for networks and hashes that cannot be used."""

    def __init__(
        self, live: "Live", name: str, options: ListenerOptions, authenticate: Authenticate | None = None
    ) -> None:
        self.name = name
        self.options = options
        self.tls = None if options.tls is None else ServerTls(options.tls)
        self.authenticate = authenticate or (Passwords(options.credentials) if options.credentials else None)
        self._live = live
        self._loop = live.loop
        self._door = Door(options)
        self._sockets: list[socket.socket] = []
        self._accepted: set[Accepted] = set()
        self._entering: set[asyncio.Task[None]] = set()

    async def open(self, host: str, port: int) -> tuple[str, int]:
        """Listen on all addresses of `host`; gives the first one bound. Raises OSError."""
        _make_room(self.options.max_connections)
        found = await self._loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        try:
            for family, kind, protocol, _, address in dict.fromkeys(found):
                listening = socket.socket(family, kind, protocol)
                self._sockets.append(listening)
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                # Port 0 is whatever the first address was given.
                listening.bind((address[0], port or self._sockets[0].getsockname()[1], *address[2:]))
                listening.listen(BACKLOG)
                listening.setblocking(False)
        except OSError:
            self.close()
            raise
        for listening in self._sockets:
            self._loop.add_reader(listening.fileno(), self._accept, listening)
        bound: tuple[str, int] = self._sockets[0].getsockname()[:2]
        return bound

    def close(self) -> None:
        """Nobody else comes in, and who has said nothing yet is dropped."""
        for listening in self._sockets:
            self._loop.remove_reader(listening.fileno())
            listening.close()
        self._sockets.clear()
        for task in self._entering:
            task.cancel()
        for connection in list(self._accepted):
            if connection.made and not connection.link:
                connection.transport.abort()

    def reload(self) -> str | None:
        """Read certificate and key again, for connections from now on; gives what is wrong with them."""
        try:
            if self.tls is not None:
                self.tls.reload()
        except TlsError as wrong:
            return str(wrong)
        return None

    def admit(self, session: str, credential: Credential | None) -> None:
        """What that session has to show from now on; None: nothing. Whoever else authenticates is not told."""
        if self.authenticate is None:
            self.authenticate = Passwords({})
        if isinstance(self.authenticate, Passwords):
            self.authenticate.admit(session, credential)

    def logged_on(self, connection: Accepted) -> None:
        self._door.logged_on(connection.host)

    def left(self, connection: Accepted) -> None:
        self._accepted.discard(connection)
        self._door.left(connection.host, stranger=connection.stranger)

    def _accept(self, listening: socket.socket) -> None:
        now = self._loop.time()
        turned_away = False
        for _ in range(ACCEPTED_AT_ONCE):
            try:
                endpoint, address = listening.accept()
            except BlockingIOError:
                break
            except ConnectionAbortedError:
                continue
            except OSError:
                self._live.refused("no_descriptor", "")
                self._look_away(listening, NO_DESCRIPTOR_S)
                return
            cause = self._door.refusal(address[0], now)
            if cause is None:
                self._let_in(endpoint, address[0], f"{address[0]}:{address[1]}")
            else:
                endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_CLOSE)
                endpoint.close()
                self._live.refused(cause, f"{address[0]}:{address[1]}")
                turned_away = True
        if turned_away:
            self._look_away(listening, PAUSE_S)

    def _look_away(self, listening: socket.socket, seconds: float) -> None:
        self._loop.remove_reader(listening.fileno())
        self._loop.call_later(seconds, self._look_again, listening)

    def _look_again(self, listening: socket.socket) -> None:
        if listening in self._sockets:
            self._loop.add_reader(listening.fileno(), self._accept, listening)

    def _let_in(self, endpoint: socket.socket, host: str, peer: str) -> None:
        endpoint.setblocking(False)
        connection = Accepted(self._live, self, host, peer)
        self._accepted.add(connection)
        task = self._loop.create_task(self._connect(endpoint, connection))
        self._entering.add(task)
        task.add_done_callback(self._entering.discard)

    async def _connect(self, endpoint: socket.socket, connection: Accepted) -> None:
        """A transport for the connection, once its TLS handshake is done."""
        try:
            if self.tls is None:
                await self._loop.connect_accepted_socket(lambda: connection, endpoint)
            else:
                await self._loop.connect_accepted_socket(
                    lambda: connection,
                    endpoint,
                    ssl=self.tls.context,
                    ssl_handshake_timeout=HANDSHAKE_S,
                    ssl_shutdown_timeout=TLS_CLOSE_S,
                )
        except OSError:  # the handshake came to nothing, or the peer is gone
            pass
        if not connection.made:
            endpoint.close()
            self.left(connection)
            self._live.refused("handshake", connection.peer)


def _make_room(connections: int) -> None:
    """As many file descriptors as that takes, as far as the system lets us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + SPARE_DESCRIPTORS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        ours = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (ours, hard))
