"""`gateway tape`: recorded markets."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.run.cli.arguments import Json, choice, fail, group, tell
from venues.tapes.kinds import Written

if TYPE_CHECKING:
    from venues.tapes.reading import Tape

app = group("Recorded markets: quotes, trades, LOBSTER, Databento MBO and MBP-10, as CSV, gzipped or not.")

File = Annotated[Path, typer.Argument(help="Of LOBSTER the message file; the orderbook file is found beside it.")]
Symbol = Annotated[str | None, typer.Option(help="Of rows that name none.")]
SkipBad = Annotated[bool, typer.Option("--skip-bad-rows", help="Pass over lines that are no rows, and count them.")]


@app.command("info")
def tape_info(file: File, *, symbol: Symbol = None, as_json: Json = False) -> None:
    """What a tape holds. Exit status 0: every line is a row; 1: not."""
    from gateway.run import tape_view
    from venues.tapes.summary import Summarizer

    with _opened(file, symbol or "-", skip_bad=True, what="reading") as tape:
        found = Summarizer()
        for row in tape:
            found.take(row)
    summary = found.summary(tape)
    tell(summary, tape_view.summary, as_json=as_json)
    raise typer.Exit(1 if summary.bad else 0)


@app.command("convert")
def tape_convert(
    file: File,
    out: Annotated[Path, typer.Argument(help="The file to write; gzipped where its name ends in .gz.")],
    *,
    to: Annotated[Written, typer.Option(help="The best quotes whenever they changed, or the trades.")] = Written.QUOTES,
    symbol: Symbol = None,
    skip_bad_rows: SkipBad = False,
) -> None:
    """Write a tape as a quote or trade tape of our own."""
    import gzip

    from venues.tapes.writing import write

    if out.exists():
        fail(f"{out}: it exists, and is not overwritten")
    part = out.with_name(f"{out.name}.part")  # What could not be read to its end is no tape.
    lines = 0
    with (
        _opened(file, symbol, skip_bad=skip_bad_rows, what="converting") as tape,
        gzip.open(part, "wt") if out.suffix == ".gz" else part.open("w") as written,
    ):
        for line in write(tape, to):
            written.write(line)
            lines += 1
    part.rename(out)
    passed_over = f", {tape.bad} lines passed over" if tape.bad else ""
    typer.echo(f"{lines - 1} {to} in {out}{passed_over}")


@app.command("outflows")
def tape_outflows(
    file: File,
    *,
    side: Annotated[str, typer.Option(help="Of the order that is to rest: BUY or SELL.")] = "BUY",
    seconds: Annotated[int, typer.Option(min=1, help="How long an interval is.")] = 60,
    venue: Annotated[str, typer.Option(help="Of rows that name none.")] = "VENUE",
    symbol: Annotated[
        str | None, typer.Option(help="The one that counts, or that of all rows; default the first.")
    ] = None,
    skip_bad_rows: SkipBad = False,
) -> None:
    """Print what trades took from the queues in each interval, a column a venue, for `gateway ck solve --outflows`."""
    import csv
    import sys

    from msgspec.structs import replace

    from gateway.model import SECOND, Ns, Side
    from gateway.run.placing import outflows
    from venues.tapes.rows import TradeRow

    def trades(rows: "Tape", one: str | None) -> Iterator[TradeRow]:
        for row in rows:
            if isinstance(row, TradeRow):
                one = one or row.symbol
                if row.symbol == one:
                    yield row if row.venue else replace(row, venue=venue)

    of = Side[choice(side, {"BUY": "", "SELL": ""}, "--side")]
    with _opened(file, symbol or "-", skip_bad=skip_bad_rows, what="reading") as tape:
        csv.writer(sys.stdout, lineterminator="\n").writerows(outflows(trades(tape, symbol), of, Ns(seconds * SECOND)))


@app.command("play")
def tape_play(
    file: File,
    *,
    speed: Annotated[float, typer.Option(min=0, help="Seconds of the tape in one of ours; 0: as fast as it can.")] = 10,
    depth: Annotated[int, typer.Option(min=1, max=50, help="Levels a side.")] = 10,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first N rows of the symbol.")] = None,
    symbol: Annotated[str | None, typer.Option(help="The one to show, default the first; or that of all rows.")] = None,
    skip_bad_rows: SkipBad = False,
) -> None:
    """Draw the book of a tape as it moved; where there is no terminal, print a line for each picture."""
    from rich.console import Console

    from gateway.run.tape_view import frames, play

    with _opened(file, symbol or "-", skip_bad=skip_bad_rows, what=None) as tape:
        try:
            play(frames(tape, symbol, speed=speed, depth=depth, most=limit), Console(), speed=speed)
        except KeyboardInterrupt:
            raise typer.Exit(130) from None


@contextmanager
def _opened(file: Path, symbol: str | None, *, skip_bad: bool, what: str | None) -> "Iterator[Tape]":
    """A tape to go through in the block, with a bar that says `what` is done."""
    from contextlib import nullcontext

    from gateway.run.tapes import open_tape, progress
    from venues.tapes.reading import BadRow

    try:
        bar = nullcontext(lambda _position: None) if what is None else progress(file, what)
        with bar as on_read:
            yield open_tape(file, symbol=symbol, skip_bad=skip_bad, on_read=on_read)
    except BadRow as wrong:
        fail(str(wrong), 1)
    except OSError as error:
        fail(f"{error.filename or file}: {error.strerror or error}")
