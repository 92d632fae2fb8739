"""Keeps a connection to a counterparty, as long as it is wanted: dials, waits for its end, dials again.

What it takes to connect, certificates and the password, is read anew for each attempt, in a thread.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.run.net.connection import Called
from gateway.run.net.credentials import NoSecret, Secret
from gateway.run.net.tls import TlsCall, TlsError, client_context

if TYPE_CHECKING:
    from gateway.run.net.live import Live

PAUSES_S: Final = (0.1, 0.2, 0.5, 1.0)  # between attempts, the last one for ever
BRIEF_S: Final = 1.0  # a connection that lasts no longer counts as an attempt that failed
UNWANTED_S: Final = 0.2  # between looks at whether it is wanted again
DIAL_S: Final = 10.0  # an attempt may take so long, with TLS and all
HANDSHAKE_S: Final = 5.0
TLS_CLOSE_S: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    live: "Live"
    host: str
    port: int
    name: str  # what the core knows the counterparty as
    tls: TlsCall | None
    secret: Secret | None
    wanted: Callable[[], bool]

    async def run(self) -> None:
        """For ever."""
        troubles, loop = self.live.troubles, self.live.loop
        failed = 0
        while True:
            if not self.wanted():
                troubles.pop(self.name, None)
                failed = 0
                await asyncio.sleep(UNWANTED_S)
                continue
            began = loop.time()
            try:
                async with asyncio.timeout(DIAL_S):
                    connection = await self._dial()
            except (OSError, TlsError, NoSecret) as trouble:
                troubles[self.name] = str(trouble) or "no answer"
            else:
                troubles.pop(self.name, None)
                await asyncio.shield(connection.lost)
                if loop.time() - began > BRIEF_S:
                    failed = 0
            await asyncio.sleep(PAUSES_S[min(failed, len(PAUSES_S) - 1)])
            failed += 1

    async def _dial(self) -> Called:
        live, secret = self.live, self.secret
        password = None if secret is None else await live.loop.run_in_executor(None, secret.read)

        def connection() -> Called:
            return Called(live, self.name, password)

        if self.tls is None:
            _, called = await live.loop.create_connection(connection, self.host, self.port)
        else:
            context = await live.loop.run_in_executor(None, client_context, self.tls)
            _, called = await live.loop.create_connection(
                connection,
                self.host,
                self.port,
                ssl=context,
                server_hostname=self.tls.server_name or self.host,
                ssl_handshake_timeout=HANDSHAKE_S,
                ssl_shutdown_timeout=TLS_CLOSE_S,
            )
        return called
