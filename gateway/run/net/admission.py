"""Who may connect and log on: what a listener allows, and what it turns away before anything is spent on it.

`Door` decides about a connection by its address alone, before there is a transport or TLS. `read_logon` takes from a
Logon(A) what says whose it is, and refuses to guess: where a field stands twice, the core could read the other one.
`Checks` has passwords looked at in threads, because a hash that is slow to guess is slow to compute.
"""

import asyncio
import ipaddress
import os
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Protocol

from gateway.run.net.credentials import Credential, Delays, Logon
from gateway.run.net.tls import TlsFiles

MAX_IDLE_ADDRESSES: Final = 4096  # without a connection whose recent ones are remembered
CHECKED_AT_ONCE: Final = 1  # passwords; a hash takes a core and its caches
REST: Final = 4  # times as long as a wrong password took, its checker rests: guessing must not cost others their time
CHECKING_NICE: Final = 19  # the least: whoever trades goes first
MAX_UNCHECKED: Final = 16  # Logons that wait for a thread; one more is turned away


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerOptions:
    """Of one listener. Addresses are counted whole in IPv4, by their /64 in IPv6."""

    allow: tuple[str, ...] = ()  # addresses and networks ('10.1.0.0/16') that may connect; empty: all
    max_message: int = 8192  # bytes; what is longer is garbled
    believe_length: bool = False  # a wrong BodyLength(9) takes along the messages that it covers
    max_connections: int = 2000
    max_per_ip: int = 100  # open connections of one address
    new_per_s: int = 50  # new connections of one address, in the long run
    new_burst: int = 200  # and at once
    max_strangers: int = 200  # connections that have not logged on
    max_strangers_per_ip: int = 50
    tls: TlsFiles | None = None
    # Session name (CompID, or CompID/SubID/LocationID; '*' matches any text) -> what its Logon(A) must show.
    # A session that is not in it needs no password.
    credentials: Mapping[str, Credential] = field(default_factory=dict)
    slow_bytes: int = 4 * 1024 * 1024  # a peer for which more waits, and that takes nothing for a second, is dropped
    slow_s: int = 10  # so is one that takes nothing for so long of whatever waits for it


class Authenticate(Protocol):
    """Decides about Logons. `gateway.run.net.credentials.Passwords` does so by hashes from the configuration."""

    def asks(self, logon: Logon) -> bool:
        """Whether this session has to show anything; called in the loop, so at once."""
        ...

    def refusal(self, logon: Logon) -> str | None:
        """Why it is refused, for the record alone; None: it may log on. Called in a thread, and may take its time."""
        ...


# -- connections


class _Address:
    """What came from one address."""

    __slots__ = ("at", "open", "strangers", "tokens")

    def __init__(self, burst: int, now: float) -> None:
        self.open = 0
        self.strangers = 0
        self.tokens = float(burst)
        self.at = now  # when `tokens` was right


class Door:
    """Counts a listener's connections and says which one is too many. Raises ValueError for a wrong network."""

    def __init__(self, options: ListenerOptions) -> None:
        self._options = options
        self._networks = [ipaddress.ip_network(text) for text in options.allow]
        self._key = lru_cache(MAX_IDLE_ADDRESSES)(self._judge)
        self._busy: dict[str, _Address] = {}
        self._idle: OrderedDict[str, _Address] = OrderedDict()
        self._open = self._strangers = 0

    def refusal(self, host: str, now: float) -> str | None:
        """Why a new connection is refused, as one word for the record. None: it is let in and counted."""
        options, key = self._options, self._key(host)
        if not key:
            return "not_allowed"
        address = self._busy.get(key) or self._idle.get(key)
        if address is None:
            address = self._idle[key] = _Address(options.new_burst, now)
            if len(self._idle) > MAX_IDLE_ADDRESSES:
                self._idle.popitem(last=False)
        address.tokens = min(address.tokens + (now - address.at) * options.new_per_s, options.new_burst)
        address.at = now
        if address.tokens < 1:
            return "too_often"
        if address.open >= options.max_per_ip:
            return "too_many_of_one_address"
        if address.strangers >= options.max_strangers_per_ip:
            return "too_many_strangers_of_one_address"
        if self._strangers >= options.max_strangers:
            return "too_many_strangers"
        if self._open >= options.max_connections:
            return "too_many"
        address.tokens -= 1
        address.open += 1
        address.strangers += 1
        if address.open == 1:
            del self._idle[key]
            self._busy[key] = address
        self._open += 1
        self._strangers += 1
        return None

    def logged_on(self, host: str) -> None:
        """A connection that was let in is no stranger any more."""
        self._busy[self._key(host)].strangers -= 1
        self._strangers -= 1

    def left(self, host: str, *, stranger: bool) -> None:
        """A connection that was let in is gone."""
        key = self._key(host)
        address = self._busy[key]
        address.open -= 1
        self._open -= 1
        if stranger:
            address.strangers -= 1
            self._strangers -= 1
        if not address.open:
            self._idle[key] = self._busy.pop(key)
            if len(self._idle) > MAX_IDLE_ADDRESSES:
                self._idle.popitem(last=False)

    def _judge(self, host: str) -> str:
        """What `host` is counted as; '' if it may not connect."""
        address: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(host)
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if self._networks and not any(address in network for network in self._networks):
            return ""
        return str(address) if address.version == 4 else f"{int(address) >> 64:x}::/64"


# -- Logons

_FIELDS = re.compile(rb"\x01(49|50|142|56|57|143|553|554)=([^\x01]*)")


def read_logon(data: bytes, *, host: str, certificate: tuple[str, ...] = ()) -> Logon | None:
    """A framed message's claim of who it is; None if it is no Logon(A), or one of these fields is there twice."""
    if data[data.find(b"\x0135=") :][:6] != b"\x0135=A\x01":
        return None
    found = _FIELDS.findall(data)
    fields = dict(found)
    if len(fields) < len(found) or b"49" not in fields or b"56" not in fields:
        return None
    names = [fields.get(tag, b"").decode("latin-1") for tag in (b"49", b"50", b"142")]
    return Logon(
        sender=names[0],
        sender_sub=names[1],
        sender_location=names[2],
        target=fields[b"56"].decode("latin-1"),
        username=fields.get(b"553", b""),
        password=fields.get(b"554", b""),
        certificate=certificate,
        host=host,
    )


class Checks:
    """Passwords being checked: few at once, few that wait, and who was wrong has to wait ever longer."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._threads = ThreadPoolExecutor(CHECKED_AT_ONCE, "authenticate", initializer=_stand_back)
        self._unchecked = 0
        self._delays = Delays()

    def unwilling(self, logon: Logon) -> str | None:
        """Why that password is not looked at now, as one word for the record; None: `start` may be called."""
        if self._delays.waits(logon.sender, logon.host, self._loop.time()):
            return "too_soon"
        return "busy" if self._unchecked >= CHECKED_AT_ONCE + MAX_UNCHECKED else None

    def start(self, authenticate: Authenticate, logon: Logon) -> asyncio.Future[str | None]:
        """Its refusal, or None, once it is known."""
        self._unchecked += 1
        return self._loop.create_task(self._check(authenticate, logon))

    async def _check(self, authenticate: Authenticate, logon: Logon) -> str | None:
        try:
            why = await self._loop.run_in_executor(self._threads, _refusal, authenticate, logon)
        finally:
            self._unchecked -= 1
        self._delays.told(logon.sender, logon.host, self._loop.time(), wrong=why is not None)
        return why

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _refusal(authenticate: Authenticate, logon: Logon) -> str | None:
    began = time.monotonic()
    why = authenticate.refusal(logon)
    if why is not None:
        time.sleep(REST * (time.monotonic() - began))
    return why


def _stand_back() -> None:
    """The thread gives way to the one that trades; where threads have no priority of their own, all goes as ever."""
    if hasattr(os, "setpriority"):
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), CHECKING_NICE)
