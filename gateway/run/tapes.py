"""Tapes on disk: opened line by line, and kept beside a venue's journal."""

import filecmp
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

import msgspec

from gateway.run.lines import read_lines
from venues.tapes.reading import Tape
from venues.tapes.showing import Showing

_SHOWING = "showing.json"


def open_tape(
    path: Path,
    *,
    symbol: str | None = None,
    skip_bad: bool = False,
    on_read: Callable[[int], None] = lambda _position: None,
) -> Tape:
    """The tape in a file, gzipped or not, read on as its rows are asked for.

    To a LOBSTER message file belongs the orderbook file beside it, if there is one. `symbol` is that of rows which
    name none; `on_read` is told how many bytes of the file were read. Raises OSError, then and while it is read.
    """
    lines = read_lines(path, on_read)
    files = files_of(path)
    if len(files) == 2:
        lines = _side_by_side(lines, read_lines(files[1]))
    return Tape(lines, name=path.name, symbol=symbol, skip_bad=skip_bad)


def files_of(path: Path) -> list[Path]:
    """The files that one tape consists of, the one it is called by first."""
    beside = path.with_name(path.name.replace("_message_", "_orderbook_"))
    return [path, beside] if beside != path and beside.exists() else [path]


@contextmanager
def progress(path: Path, what: str) -> Iterator[Callable[[int], None]]:
    """A bar on stderr, where that is a terminal, while a file is read; it is told how many bytes were."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task(what, total=path.stat().st_size)
        yield lambda position: bar.update(task, completed=position)


class Kept(NamedTuple):
    """A tape beside a journal, and how it is shown there."""

    path: Path
    showing: Showing


def keep(tape: Kept, folder: Path) -> None:
    """Put a copy of a tape into `folder`, which is made for it."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in files_of(tape.path):
        shutil.copyfile(file, folder / file.name)
    (folder / _SHOWING).write_bytes(msgspec.json.encode(tape.showing))


def is_kept(tape: Kept, folder: Path) -> bool:
    """Whether `folder` holds this very tape, to be shown in this very way."""
    there = kept(folder)
    return (
        there is not None
        and there.showing == tape.showing
        and all(
            (folder / file.name).exists() and filecmp.cmp(file, folder / file.name, shallow=False)
            for file in files_of(tape.path)
        )
    )


def kept(folder: Path) -> Kept | None:
    """The tape that `folder` holds."""
    try:
        showing = msgspec.json.decode((folder / _SHOWING).read_bytes(), type=Showing)
    except FileNotFoundError:
        return None
    # Of two files the one with the messages comes first; the other one holds the orderbook.
    return Kept(min(file for file in folder.iterdir() if file.name != _SHOWING), showing)


def _side_by_side(messages: Iterator[str], books: Iterator[str]) -> Iterator[str]:
    for message, book in zip_longest(messages, books, fillvalue=""):
        yield f"{message.rstrip()},{book}"
