"""A tape as it is read: rows in their order, one line in memory, and a decision on lines that are none."""

from collections.abc import Iterable, Iterator
from itertools import chain

from gateway.model import SECOND, Ns
from venues.tapes.formats import detect
from venues.tapes.rows import Row

_LATEST = Ns(253_402_300_799 * SECOND)
BAD_KEPT = 10  # complaints remembered of lines that were skipped; the others are counted


class BadRow(ValueError):
    """A line that is no row, and why."""


class Tape:
    """The rows of one tape; they can be gone through once.

    Raises BadRow, with the file and the line, for what is no row or is before the row above; with `skip_bad` that line
    is passed over and counted.
    """

    def __init__(
        self, lines: Iterable[str], *, name: str = "tape", symbol: str | None = None, skip_bad: bool = False
    ) -> None:
        """`symbol` is that of rows which name none."""
        rest = iter(lines)
        first = next(rest, "")
        self.format, self._parser, self._header = detect(name, _cells(first), symbol)
        self._lines = chain([first], rest)
        self._name = name
        self._skip_bad = skip_bad
        self.line = 0  # that the last row came from
        self.bad = 0
        self.complaints: list[str] = []

    def __iter__(self) -> Iterator[Row]:
        last = Ns(0)
        for number, line in enumerate(self._lines, 1):
            self.line = number
            cells = _cells(line)
            if cells == [""] or (number == 1 and self._header):
                continue
            try:
                rows = self._parser.rows(cells)
                if rows and not last <= rows[0].at <= _LATEST:
                    when = "before the row above" if rows[0].at < last else "beyond the year 9999"
                    raise ValueError(f"time {cells[0][:32]} is {when}")
            except ValueError as wrong:
                self._complain(f"{self._name}, line {number}: {wrong}")
                continue
            if rows:
                last = rows[0].at
                yield from rows

    def _complain(self, text: str) -> None:
        if not self._skip_bad:
            raise BadRow(text) from None
        self.bad += 1
        if len(self.complaints) < BAD_KEPT:
            self.complaints.append(text)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split(",")]
