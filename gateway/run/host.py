"""Runs sessions with an application of one's own: configuration, journal, clock and sockets round the Engine."""

import dataclasses
import functools
import os
import sys
from pathlib import Path

import msgspec
import uvloop

from gateway import __version__
from gateway.fix.engine import Engine
from gateway.fix.party import Application
from gateway.run.config import EngineConfig, load_engine
from gateway.run.control import ControlError, operators
from gateway.run.live import Live
from gateway.run.serve import (
    CLIENTS,
    CannotStart,
    check_papers,
    open_live,
    reload_on_hangup,
    say,
    settle_memory,
    stop_signal,
    told_sessions,
)
from gateway.run.tables import Address, ConfigError
from gateway.run.tls import TlsError


def serve(application: Application, config: Path, *, port: int | None = None) -> int:
    """Run the sessions of that file until SIGTERM or Ctrl-C, on `port` if it is given; gives the exit status."""
    try:
        settled = load_engine(config)
        if port is not None and settled.listen is not None:
            settled = dataclasses.replace(settled, listen=(settled.listen[0], port))
        uvloop.run(_serve(application, settled))
    except (ConfigError, CannotStart, ControlError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


async def _serve(application: Application, config: EngineConfig) -> None:
    stopped = stop_signal()
    live, engine, _ = await start(application, config)
    reload_on_hangup(live, config.listener)
    settle_memory()
    async with operators(engine, live, config.data), told_sessions(engine, config.calls, live.troubles):
        await stopped.wait()
        say("stopping: Logout to all")
        await live.stop()
    say("stopped")


async def start(application: Application, config: EngineConfig) -> tuple[Live, Engine, Address | None]:
    """The sessions, recovered, and the address they listen on. Raises CannotStart."""
    check_papers(config.listener, config.calls)
    engine = Engine(application)
    live = open_live(engine, config.data, config.durability)
    live.start(msgspec.json.encode({"node": "engine", "version": __version__, "sessions": config.sessions}))
    for name, call in config.calls.items():
        live.call(*call.address, name, tls=call.tls, secret=call.secret, wanted=functools.partial(engine.wanted, name))
    bound = None
    if config.listen is not None:
        try:
            bound = await live.listen(*config.listen, CLIENTS, options=config.listener)
        except (OSError, TlsError, ValueError) as error:
            await live.stop(0)
            why = os.strerror(error.errno or 0) if isinstance(error, OSError) else str(error)
            raise CannotStart(f"cannot listen on {config.listen[0]}:{config.listen[1]}: {why}") from None
        say(f"listening on {bound[0]}:{bound[1]}")
    return live, engine, bound
