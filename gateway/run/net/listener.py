"""One port: who comes in by which rules.

The door decides by the address. Without TLS who comes is judged by what it says first, too, before there is a
transport or a task; with TLS once there is something to be heard.
"""

import asyncio
import resource
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from gateway.fix.frame import GarbledBytes
from gateway.run.net.admission import Authenticate, Door, ListenerOptions, read_logon
from gateway.run.net.connection import Accepted
from gateway.run.net.credentials import Credential, Logon, Passwords
from gateway.run.net.strangers import Strangers
from gateway.run.net.tls import ServerTls, TlsError

if TYPE_CHECKING:
    from gateway.run.net.live import Live

BACKLOG: Final = 512
HANDSHAKE_S: Final = 5.0
TLS_CLOSE_S: Final = 2.0
SPARE_DESCRIPTORS: Final = 256  # for the journal, the calls and the commands


class Listener:
    """Raises TlsError for files and ValueError for networks and hashes that cannot be used."""

    def __init__(
        self,
        live: "Live",
        name: str,
        options: ListenerOptions,
        authenticate: Authenticate | None,
        unwelcome: Callable[[bytes], str | None],
    ) -> None:
        self.name = name
        self.options = options
        self.tls = None if options.tls is None else ServerTls(options.tls)
        self.authenticate = authenticate or (Passwords(options.credentials) if options.credentials else None)
        self._live = live
        self._loop = live.loop
        self._unwelcome = unwelcome
        self._door = Door(options)
        judge = self.judge if self.tls is None else None
        self._strangers = Strangers(live, name, options, self._door, judge=judge, let_in=self._let_in)
        self._sockets: list[socket.socket] = []
        self._accepted: set[Accepted] = set()
        self._entering: set[asyncio.Task[None]] = set()
        self._unopened: set[socket.socket] = set()  # of tasks that have not begun

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
            self._strangers.listen(listening)
        bound: tuple[str, int] = self._sockets[0].getsockname()[:2]
        return bound

    def close(self) -> None:
        """Nobody else comes in, and who has said nothing yet is dropped."""
        self._strangers.close()
        for listening in self._sockets:
            listening.close()
        self._sockets.clear()
        for task in self._entering:
            task.cancel()
        for endpoint in self._unopened:
            endpoint.close()
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

    def judge(self, first: bytes | GarbledBytes, host: str, certificate: tuple[str, ...] = ()) -> str | Logon | None:
        """What becomes of a stranger that says this first: one word is why it is turned away, None lets it in.

        A Logon has to have its password checked.
        """
        if not isinstance(first, bytes):
            return "garbled"
        cause = self._unwelcome(first)
        if cause is not None:
            return cause
        tls, authenticate = self.tls, self.authenticate
        asks_certificate = tls is not None and tls.asks
        if authenticate is None and not asks_certificate:
            return None
        logon = read_logon(first, host=host, certificate=certificate)
        if logon is None:
            return "ambiguous"
        if tls is not None and asks_certificate and not tls.admits(certificate, logon.sender):
            return "certificate"
        if authenticate is None or not authenticate.asks(logon):
            return None
        return self._live.checks.unwilling(logon) or logon

    def _let_in(self, endpoint: socket.socket, host: str, peer: str, heard: bytes) -> None:
        endpoint.setblocking(False)
        connection = Accepted(self._live, self, host, peer)
        self._accepted.add(connection)
        self._unopened.add(endpoint)
        task = self._loop.create_task(self._connect(endpoint, connection, heard))
        self._entering.add(task)
        task.add_done_callback(self._entering.discard)

    async def _connect(self, endpoint: socket.socket, connection: Accepted, heard: bytes) -> None:
        """A transport for the connection, once its TLS handshake is done."""
        self._unopened.discard(endpoint)
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
        if connection.made:
            connection.begin(heard)
        else:
            endpoint.close()
            self.left(connection)
            self._live.refused("handshake", self.name, connection.peer)


def _make_room(connections: int) -> None:
    """As many file descriptors as that takes, as far as the system lets us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + SPARE_DESCRIPTORS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        ours = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (ours, hard))
