"""Runs sessions with an application of one's own: configuration, journal, clock and sockets round the Engine."""

import dataclasses
import sys
from pathlib import Path

import msgspec
import uvloop

from gateway import __version__
from gateway.fix.engine import Engine
from gateway.fix.party import Application
from gateway.run.config import EngineConfig, load_engine
from gateway.run.control import ControlError, operators
from gateway.run.net.live import Live
from gateway.run.serve import (
    CannotStart,
    check_papers,
    meet,
    open_live,
    reload_on_hangup,
    say,
    settle_memory,
    stop_signal,
    told_sessions,
)
from gateway.run.tables import Address, ConfigError


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
    live, engine, bound = await start(application, config)
    reload_on_hangup(live, config.listener)
    settle_memory()
    async with operators(engine, live, config.data), told_sessions(engine, config.calls, live.troubles):
        if bound is not None:
            say(f"listening on {bound[0]}:{bound[1]}")
        await stopped.wait()
        say("stopping: Logout to all")
        await live.stop()
    say("stopped")


async def start(application: Application, config: EngineConfig) -> tuple[Live, Engine, Address | None]:
    """The sessions, recovered, and the address they listen on. Raises CannotStart."""
    check_papers(config.listener, config.calls)
    engine = Engine(application)
    live = open_live(engine, config.data, config.durability)
    live.start(
        msgspec.json.encode(
            {
                "node": "engine",
                "application": type(application).__name__,
                "version": __version__,
                "sessions": config.sessions,
            }
        )
    )
    return live, engine, await meet(live, engine, config)
