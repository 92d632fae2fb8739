"""Tapes on disk: opened line by line, and kept beside a venue's journal."""

import filecmp
import shutil
from collections.abc import Callable, Iterator
from itertools import zip_longest
from pathlib import Path

from gateway.run.lines import read_lines
from venues.tapes.reading import Tape


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


def keep(path: Path, folder: Path) -> None:
    """Put a copy of a tape into `folder`, which is made for it."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in files_of(path):
        shutil.copyfile(file, folder / file.name)


def is_kept(path: Path, folder: Path) -> bool:
    """Whether `folder` holds this very tape."""
    return all(
        (folder / file.name).exists() and filecmp.cmp(file, folder / file.name, shallow=False)
        for file in files_of(path)
    )


def kept(folder: Path) -> Path | None:
    """The tape that `folder` holds."""
    files = sorted(folder.glob("*.csv*")) if folder.is_dir() else []
    return files[0] if files else None  # of two, 'message' comes before 'orderbook'


def _side_by_side(messages: Iterator[str], books: Iterator[str]) -> Iterator[str]:
    for message, book in zip_longest(messages, books, fillvalue=""):
        yield f"{message.rstrip()},{book}"
