"""`gateway venue serve`: one simulated venue by itself, for a gateway or any other FIX client to trade on."""

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import uvloop

from gateway import __version__
from gateway.model import SECOND, Input, Note, Ns, Output, Px, print_scaled, print_timestamp
from gateway.record.reading import segment_numbers
from gateway.run import tapes
from gateway.run.control import ControlError, operators
from gateway.run.profiles import read_faults, read_profile
from gateway.run.serve import CannotStart, open_live, say, settle_memory, stop_signal
from gateway.run.trading_days import trading_days
from venues.crowd.flow import Flow
from venues.exchange import Exchange
from venues.floor.phases import TradingDay
from venues.profile import Profile, VenueConfig
from venues.tapes.reading import Tape

PORT = "parties"  # the port counterparties come in on
TAPE = "tape"  # folder in the data folder, because replay needs what was shown as much as what was heard


def serve(
    profile: str,
    *,
    port: int,
    symbols: dict[str, Px],
    seed: int = 1,
    flow: bool = True,
    tape: tapes.Kept | None = None,
    hours: bool = False,
    faults: Path | None = None,
    data: Path | None = None,
    until_eof: bool = False,
    or_next: bool = False,
) -> int:
    """Run until SIGTERM, or until stdin ends where `until_eof` says so. Gives the exit status.

    `symbols` are start prices; `tape` shows a recorded market instead of invented participants. With `hours` the venue
    keeps those of its profile. `faults`, a file, stands for those of the profile. Without `data` it forgets everything
    at its end.
    """
    try:
        chosen = read_profile(profile)
        if faults is not None:
            chosen = msgspec.structs.replace(chosen, faults=read_faults(faults))
        config = VenueConfig(
            profile=chosen,
            days=_days(chosen, tape) if hours else (),
            symbols={symbol: print_scaled(price) for symbol, price in symbols.items()},
            flow=Flow(seed=seed) if flow else None,
        )
        with ExitStack() as stack:
            folder = data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gateway-venue-")))
            if tape is not None:
                _keep(tape, folder, config)
            shown = tapes.kept(folder / TAPE)
            if shown is not None:
                config = msgspec.structs.replace(config, flow=None, tape=shown.showing)
            uvloop.run(_serve(config, kept_tape(folder, config), folder, port, until_eof=until_eof, or_next=or_next))
    except (CannotStart, ControlError, ValueError) as error:
        sys.stderr.write(f"gateway venue: {error}\n")
        return 2
    return 0


def _days(profile: Profile, tape: tapes.Kept | None) -> tuple[TradingDay, ...]:
    """Of the profile's hours. Raises CannotStart."""
    if profile.hours is None:
        raise CannotStart(f"--hours: the profile {profile.name} has none")
    if tape is not None:
        raise CannotStart("--hours: a tape has hours of its own")
    days = trading_days(profile.hours, Ns(time.time_ns()))
    if days:
        begins, ends = (datetime.fromtimestamp(at // SECOND, UTC) for at in (days[0].continuous, days[0].closing))
        say(f"{profile.name} trades continuously from {begins:%Y-%m-%d %H:%M:%S}Z to {ends:%H:%M:%S}Z")
    return days


def kept_tape(folder: Path, config: VenueConfig) -> Tape | None:
    """The tape that the venue of this data folder shows. Raises CannotStart."""
    try:
        kept = tapes.kept(folder / TAPE)
        return None if kept is None else _open(kept, config)
    except OSError as error:
        raise CannotStart(f"{folder / TAPE}: {error.strerror or error}") from None


def _keep(tape: tapes.Kept, folder: Path, config: VenueConfig) -> None:
    """Put a tape beside the journal, where it stays. A venue that has traded cannot change what it showed, or how."""
    try:
        if tapes.is_kept(tape, folder / TAPE):
            return
        with tapes.progress(tape.path, "reading the tape") as on_read:
            opened = _open(tape, config, on_read)
            for _ in opened:
                pass
        if opened.bad:
            said = "\n".join(opened.complaints)
            sys.stderr.write(f"{said}\ngateway venue: {opened.bad} lines of the tape are passed over\n")
        if segment_numbers(folder):
            raise CannotStart(f"the venue of {folder} has traded on another tape, on none, or has shown it otherwise")
        tapes.keep(tape, folder / TAPE)
    except OSError as error:
        raise CannotStart(f"{tape.path}: {error.strerror or error}") from None


def _open(tape: tapes.Kept, config: VenueConfig, on_read: Callable[[int], None] = lambda _position: None) -> Tape:
    symbol = next(iter(config.symbols), None)
    return tapes.open_tape(tape.path, symbol=symbol, skip_bad=tape.showing.skip_bad, on_read=on_read)


async def _serve(
    config: VenueConfig, tape: Tape | None, data: Path, port: int, *, until_eof: bool, or_next: bool
) -> None:
    stopped = stop_signal()
    exchange = Exchange(tape or ())
    live = open_live(exchange, data, "process", observer=told_of_faults)
    live.start(msgspec.json.encode({"node": "venue", "version": __version__, "config": config}))
    try:
        host, bound = await live.listen("127.0.0.1", port, PORT, or_next=or_next)
    except OSError as error:
        await live.stop(0)
        raise CannotStart(f"cannot listen on 127.0.0.1:{port}: {os.strerror(error.errno or 0)}") from None
    settle_memory()
    if until_eof:
        try:
            asyncio.get_running_loop().add_reader(sys.stdin.fileno(), _set_at_eof, stopped)
        except PermissionError:  # Nobody can wait for a file, or for /dev/null: nothing more will come.
            stopped.set()
    async with operators(exchange, live, data):
        say(f"{config.profile.name} listening on {host}:{bound}")
        await stopped.wait()
    await live.stop()


def told_of_faults(item: Input, outputs: Sequence[Output]) -> None:
    """Say what was made to go wrong, a line each."""
    for output in outputs:
        if isinstance(output, Note) and output.kind == "fault":
            note = json.loads(output.payload)
            amounts = [f"{name}={amount}" for name, amount in note["amounts"].items()]
            words = [note["fault"], note["counterparty"], note["symbol"], note["cl_ord_id"], *amounts, note["who"]]
            say(f"{print_timestamp(item.at)} FAULT {' '.join(filter(None, words))}")


def _set_at_eof(stopped: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), 4096):
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        stopped.set()
