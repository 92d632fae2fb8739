"""A TCP proxy that cuts a stream into FIX messages and loses some of them, or the connection with what is on its way."""

import asyncio
from collections.abc import Callable
from enum import Enum

from gateway.fix.frame import Framer


class Fate(Enum):
    PASS = "pass"
    DROP = "drop"
    CUT = "cut"  # this message and the connection


Judge = Callable[[bool, bytes], Fate]  # whether it comes from who called, and the message


class FaultProxy:
    """Takes calls on a port of its own at 127.0.0.1 and hands each on to port `to`; `judge` decides every message."""

    def __init__(self, judge: Judge) -> None:
        self.port = 0
        self.to = 0
        self.cuts = 0
        self._judge = judge
        self._server: asyncio.Server | None = None
        self._ends: set[_End] = set()

    async def open(self) -> None:
        self._server = await asyncio.get_running_loop().create_server(lambda: _End(self), "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        await asyncio.sleep(0)

    def cut(self) -> None:
        """Break what connections there are."""
        for end in list(self._ends):
            end.abort()

    def began(self, end: "_End") -> None:
        self._ends.add(end)

    def ended(self, end: "_End") -> None:
        self._ends.discard(end)

    async def call(self, caller: "_End") -> "_End":
        loop = asyncio.get_running_loop()
        _, called = await loop.create_connection(lambda: _End(self, caller), "127.0.0.1", self.to)
        return called

    def decide(self, from_caller: bool, message: bytes) -> Fate:
        return self._judge(from_caller, message)


class _End(asyncio.Protocol):
    """One of the two connections of a call: reads messages, and writes to `other` those that pass."""

    def __init__(self, proxy: FaultProxy, other: "_End | None" = None) -> None:
        self._proxy = proxy
        self._calls = other is None
        self._framer = Framer()
        self._calling: asyncio.Task[None] | None = None
        self.other = other

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._proxy.began(self)
        if self.other is None:
            transport.pause_reading()
            self._calling = asyncio.get_running_loop().create_task(self._call())

    async def _call(self) -> None:
        try:
            self.other = await self._proxy.call(self)
        except OSError:
            self.transport.abort()
            return
        if self.transport.is_closing():
            self.other.transport.abort()
        else:
            self.transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        assert self.other is not None
        for message in self._framer.feed(data):
            assert isinstance(message, bytes), f"neither side sends garbled messages: {message!r}"
            fate = self._proxy.decide(self._calls, message)
            if fate is Fate.CUT:
                self._proxy.cuts += 1
                self.abort()
                return
            if fate is Fate.PASS:
                self.other.transport.write(message)

    def abort(self) -> None:
        """What is buffered is lost, on either side."""
        self.transport.abort()
        if self.other is not None:
            self.other.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._proxy.ended(self)
        if self.other is not None and not self.other.transport.is_closing():
            self.other.transport.close()
