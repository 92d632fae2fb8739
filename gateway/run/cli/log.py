"""`gateway log`: FIX logs."""

import dataclasses
import enum
import json
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from gateway.run.cli.arguments import Json, Sender, Target, fail, group, pairs, parsed, wire_text

app = group("FIX logs.")


class Pace(enum.StrEnum):
    ORIGINAL = "original"
    FAST = "fast"


@app.command("replay")
def log_replay(
    log: Annotated[Path, typer.Argument(help="SOH, '|' or '^A' between fields; QuickFIX's files; gzip too.")],
    *,
    to: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where the gateway is.")] = "127.0.0.1:9878",
    sender: Sender = "CLIENT",
    target: Target = "GATEWAY",
    client: Annotated[str | None, typer.Option(help="The CompID to play; default: who sent most orders.")] = None,
    pace: Annotated[Pace, typer.Option(help="With the log's gaps, or as fast as requests are answered.")] = Pace.FAST,
    symbols: Annotated[list[str], typer.Option("--map", metavar="SYMBOL=SYMBOL", help="The log's, then ours.")] = [],  # noqa: B006
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first N requests.")] = None,
    as_json: Json = False,
) -> None:
    """Play the client side of a FIX log and say which answers differ. Exit status 0: all were answered; 1: not."""
    from rich.console import Console
    from rich.progress import Progress

    from gateway.fix.dictionary import default
    from gateway.run import fixlog, show
    from gateway.run.fixlog.player import NothingToPlay, Player, prepare, summarise
    from gateway.run.sample_client import FixClient, LogonFailed
    from gateway.run.tables import address

    host, port = parsed(to, address, "--to")
    names = pairs(symbols, "--map")
    for text, what in ((sender, "--sender"), (target, "--target"), *((name, "--map") for name in names.values())):
        wire_text(text, what)
    dictionary = default()
    try:
        messages = fixlog.read(log)
        run = f"R{time.time_ns() // 1_000_000:X}-"
        plan = prepare(messages, dictionary, run=run, client=client, symbols=names, limit=limit)
    except OSError as error:
        fail(f"{log}: cannot be read: {error.strerror or error}")
    except NothingToPlay as error:
        fail(f"{log}: {error}")
    progress = Progress(console=Console(stderr=True), disable=as_json or not sys.stderr.isatty())
    with FixClient(sender, target) as session, progress:
        answered = progress.add_task("answered", total=len(plan.requests))
        try:
            session.logon(host, port)
        except LogonFailed as error:
            fail(str(error))
        player = Player(plan, session, pace=pace.value, on_progress=lambda n: progress.update(answered, completed=n))
        stopped = player.play()
    result = summarise(plan, stopped, dictionary)
    if as_json:
        typer.echo(json.dumps(dataclasses.asdict(result)))
    else:
        show.summary(result, Console())
    raise typer.Exit(0 if result.all_answered else 1)
