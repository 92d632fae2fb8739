"""`gateway serve`: journal, core, sockets, and the audit process beside them."""

import asyncio
import contextlib
import ctypes
import functools
import gc
import os
import secrets
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import msgspec
import uvloop

from gateway import __version__
from gateway.model import Node, Settings
from gateway.node import Gateway
from gateway.record.journal import JournalBusy, JournalFailed
from gateway.record.reading import JournalDamaged
from gateway.run.access_table import Call
from gateway.run.algos import AlgoError, installed
from gateway.run.config import Config, EngineConfig
from gateway.run.control import ControlError, operators
from gateway.run.net.admission import ListenerOptions
from gateway.run.net.credentials import NoSecret
from gateway.run.net.live import SLOW_SYNC_NS, Live, Observer
from gateway.run.net.tls import TlsError, client_context, expiry_warnings
from gateway.run.recovery import RecoveryFailed, recover

CLIENTS = "client connections"  # the port clients come in on; no venue can have a name with a blank
AUDIT_RESTART_S = 1.0
AUDIT_SOON_S = 1.0  # that it may take to its end before somebody is told
AUDIT_AT_MOST_S = 60.0
TELL_S = 0.1
_SECRET_BITS = 62
UNREACHABLE_S = 3.0
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of glibc's malloc.h
KEPT_BYTES = 32 * 1024 * 1024  # the most that M_MMAP_THRESHOLD takes


class CannotStart(Exception):
    """Said to the user; the exit status is 2."""


def say(text: str) -> None:
    print(text, flush=True)


def serve(config: Config) -> int:
    """Run until SIGTERM or Ctrl-C; gives the exit status."""
    try:
        uvloop.run(_serve(config))
    except (CannotStart, ControlError) as error:
        sys.stderr.write(f"gateway: {error}\n")
        return 2
    return 0


async def _serve(config: Config) -> None:
    stopped = stop_signal()
    live, gateway, bound = await start(config)
    kill_on_signal(live)
    async with (
        audit_process(config.data),
        operators(gateway, live, config.data),
        told_sessions(gateway, config.calls, live.troubles),
    ):
        say(f"listening on {bound[0]}:{bound[1]}")  # and operators are heard
        await stopped.wait()
        say("stopping: no new orders, Logout to all")
        await live.stop()
    say("stopped")


class Peopled(Protocol):
    """A Node that knows who comes and goes."""

    @property
    def changed(self) -> dict[str, bool]:
        """Sessions that came and went since somebody emptied it, by name, and whether they are here now."""


@contextlib.asynccontextmanager
async def told_sessions(node: Peopled, calls: Mapping[str, Call], troubles: Mapping[str, str]) -> AsyncIterator[None]:
    """Say who logs on and who is gone, and who of those that we call does not answer."""
    teller = asyncio.get_running_loop().create_task(_tell_sessions(node, calls, troubles))
    try:
        yield
    finally:
        teller.cancel()


async def _tell_sessions(node: Peopled, calls: Mapping[str, Call], troubles: Mapping[str, str]) -> None:
    waiting = {name: call.address for name, call in calls.items()}
    patience = time.monotonic() + UNREACHABLE_S
    while True:
        while node.changed:
            name, logged_on = node.changed.popitem()
            say(f"{name} is logged on" if logged_on else f"{name} is gone")
            if logged_on:
                waiting.pop(name, None)
        if waiting and time.monotonic() > patience:
            for name, (host, port) in waiting.items():
                why = f" ({troubles[name]})" if name in troubles else ""
                say(f"{name} does not answer at {host}:{port}{why}; it is called again and again")
            waiting.clear()
        await asyncio.sleep(TELL_S)


async def start(
    config: Config, *, observer: Observer | None = None, or_next: bool = False
) -> tuple[Live, Gateway, tuple[str, int]]:
    """The gateway, recovered and listening, with `or_next` on the next free port. Raises CannotStart."""
    try:
        gateway = Gateway(installed())
    except AlgoError as error:
        raise CannotStart(str(error)) from None
    check_papers(config.listener, config.calls)
    live = open_live(gateway, config.data, config.durability, observer)
    live.start(started_payload(config.settings, secrets.randbits(_SECRET_BITS)))
    bound = await meet(live, gateway, config, or_next=or_next)
    assert bound is not None
    reload_on_hangup(live, config.listener)
    settle_memory()
    return live, gateway, bound


class Knowing(Protocol):
    def wanted(self, name: str) -> bool:
        """Whether that counterparty is to be called now."""

    def unwelcome(self, data: bytes) -> str | None:
        """Why who begins with this message need not be let in, as one word; None: it may be somebody."""


async def meet(
    live: Live, node: Knowing, config: Config | EngineConfig, *, or_next: bool = False
) -> tuple[str, int] | None:
    """Call whom we call and listen for the others; gives the address bound. Raises CannotStart."""
    for name, call in config.calls.items():
        wanted = functools.partial(node.wanted, name)
        live.call(*call.address, name, tls=call.tls, secret=call.secret, wanted=wanted)
    if config.listen is None:
        return None
    host, port = config.listen
    try:
        bound = await live.listen(
            host, port, CLIENTS, options=config.listener, unwelcome=node.unwelcome, or_next=or_next
        )
    except (OSError, TlsError, ValueError) as error:
        await live.stop(0)
        why = os.strerror(error.errno or 0) if isinstance(error, OSError) else str(error)
        raise CannotStart(f"cannot listen on {host}:{port}: {why}") from None
    if or_next and bound != config.listen:
        say(f"port {port} is taken, the gateway is on {bound[1]}")
    return bound


def check_papers(listener: ListenerOptions, calls: Mapping[str, Call]) -> None:
    """Our certificates and passwords, before a connection needs them. Raises CannotStart."""
    ours = [] if listener.tls is None else [listener.tls.certificate]
    try:
        for call in calls.values():
            if call.secret is not None:
                call.secret.read()
            if call.tls is not None:
                client_context(call.tls)
                ours += [] if call.tls.certificate is None else [call.tls.certificate]
        for warning in expiry_warnings(dict.fromkeys(ours), datetime.now(UTC)):
            say(f"certificate {warning}")
    except (NoSecret, TlsError) as trouble:
        raise CannotStart(str(trouble)) from None


def reload_on_hangup(live: Live, listener: ListenerOptions) -> None:
    """SIGHUP has the certificates read again; without any it means what it always does."""

    def reload() -> None:
        troubles = live.reload()
        for trouble in troubles:
            say(f"{trouble}; the certificate from before stays in use")
        if not troubles:
            say("certificates read again")

    if listener.tls is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reload)


def started_payload(settings: Settings, secret: int = 0) -> bytes:
    """`secret` is for chance, so that nobody who knows an order foresees how it is worked."""
    config = msgspec.structs.replace(settings, secret=secret)
    return msgspec.json.encode({"node": "gateway", "version": __version__, "config": config})


def open_live(node: Node, data: Path, durability: Any, observer: Observer | None = None) -> Live:
    """A node on the journal of a data folder, recovered to where the journal ends. Raises CannotStart."""
    began = time.monotonic()
    try:
        recovered = recover(data, durability, node)
    except (JournalBusy, JournalDamaged, JournalFailed, RecoveryFailed) as error:
        raise CannotStart(str(error)) from None
    journal = recovered.journal
    if journal.torn is not None:
        say(f"cut: {journal.torn}")
    if recovered.records:
        say(f"recovered {recovered.records} records in {time.monotonic() - began:.2f} s")
    how = "in the loop" if journal.sync_ns <= SLOW_SYNC_NS else "in a thread"
    sync = f", a sync takes {journal.sync_ns / 1e6:.2f} ms, done {how}" if durability == "disk" else ""
    say(f"journal in {journal.folder}, durability {durability}{sync}")
    asyncio.get_running_loop().set_exception_handler(_fail_stop)
    return Live(
        node,
        journal,
        durability=durability,
        last_at=recovered.last_at,
        last_link=recovered.last_link,
        observer=observer,
    )


def _fail_stop(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:  # noqa: ARG001
    """An exception nobody expected: the state may be wrong, so nothing more is said. A restart replays the journal."""
    error = context.get("exception")
    sys.stderr.write(f"gateway: {context.get('message')}\n")
    if error is not None:
        traceback.print_exception(error)
    sys.stderr.flush()
    os._exit(70)


def kill_on_signal(live: Live) -> None:
    """SIGUSR1 stops the whole firm, for when there is no time or no terminal for `gateway kill`."""

    def kill() -> None:
        say("SIGUSR1: trading is stopped for the firm, and all orders are canceled")
        live.command("kill", "signal", b'{"scope":"firm","why":"SIGUSR1"}')

    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, kill)


def stop_signal() -> asyncio.Event:
    """Set by SIGTERM and Ctrl-C."""
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    return stopped


def settle_memory() -> None:
    """What stands after the start stays; collecting it again and again would cost milliseconds each time.

    The buffers of batches come and go with every turn: their memory is kept, not given back and faulted in again.
    """
    with contextlib.suppress(AttributeError):  # a C library without mallopt does as it likes
        c = ctypes.CDLL(None)
        c.mallopt(M_MMAP_THRESHOLD, KEPT_BYTES)
        c.mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@contextlib.asynccontextmanager
async def audit_process(data: Path) -> AsyncIterator[None]:
    """The projector beside us, started again whenever it ends."""
    keeper = asyncio.get_running_loop().create_task(_keep_auditing(data))
    try:
        yield
    finally:
        keeper.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeper


async def _keep_auditing(data: Path) -> None:
    while True:
        command = [sys.executable, "-m", "gateway.record.projector", str(data), str(os.getpid())]
        # It has to hear the end even if that comes before it is ready to: who is killed then leaves the audit behind.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGINT))
        process = subprocess.Popen(command)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        try:
            while process.poll() is None:
                await asyncio.sleep(0.2)
            say(f"the audit process ended with status {process.returncode}; starting it again")
            await asyncio.sleep(AUDIT_RESTART_S)
        finally:
            _drain(process)


def _drain(process: subprocess.Popen[bytes]) -> None:
    """Let the projector come to the journal's end, which takes it long where others need the machine."""
    process.terminate()
    for patience, news in (
        (AUDIT_SOON_S, "the audit is behind the journal and still being written"),
        (AUDIT_AT_MOST_S, "the audit is left behind the journal; the next start completes it"),
    ):
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            say(news)
        else:
            return
    process.kill()
    process.wait()
