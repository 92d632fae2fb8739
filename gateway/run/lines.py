"""Text files line by line, gzipped or not, whatever their length: one line is in memory at a time."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

MAX_LINE = 1 << 20  # characters; a longer line is read in parts
_REPORT_EVERY = 1 << 12  # lines


def read_lines(path: Path, on_read: Callable[[int], None] = lambda _position: None) -> Iterator[str]:
    """The lines of a file in latin-1; `on_read` is told now and then how many of its bytes were read.

    Raises OSError for a file that cannot be read, or whose compressed text is cut off or changed.
    """
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        with gzip.open(file) if zipped else file as stream:
            count = 0
            try:
                while line := stream.readline(MAX_LINE):
                    yield line.decode("latin-1")
                    count += 1
                    if count % _REPORT_EVERY == 0:
                        on_read(file.tell())
                on_read(file.tell())
            except (EOFError, zlib.error) as broken:  # what gzip says of a damaged file, beside OSError
                raise OSError(str(broken)) from None
