"""FIX messages out of logs as people keep them: QuickFIX's files, one message a line behind any text, or run together.

Fields are separated by SOH, by '|' or by '^A'. What is not a message is passed over; a message that a line break has
cut is put together again. Files may be gzipped. Memory is bounded by the longest line taken.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from gateway.model import Ns, parse_timestamp
from gateway.run.lines import MAX_LINE, read_lines

SOH = "\x01"
_MAX_CUT = 16  # lines that one message may stretch over

_BEGIN = re.compile(r"8=FIX(?:T)?\.[0-9]\.[0-9](?:SP[0-9])?(\x01|\||\^A)")
_MAYBE = re.compile(r"(?<![0-9])8=FIX")
_FIELD = re.compile(r"([1-9][0-9]{0,8})=(.*)", re.DOTALL)
_CLOCK = re.compile(
    r"(?P<y>[12][0-9]{3})(?P<sep>[-/]?)(?P<m>[01][0-9])(?P=sep)(?P<d>[0-3][0-9])[-T ]"
    r"(?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?"
)


@dataclass(frozen=True, slots=True)
class LogMessage:
    at: Ns | None  # by the log's own clock where it states a date, else SendingTime(52); only differences mean much
    fields: tuple[tuple[int, str], ...]  # in their order, BeginString(8) and CheckSum(10) included
    raw: str  # as on the wire, fields ended by SOH

    def get(self, tag: int) -> str:
        """The first value of `tag`, '' if there is none."""
        return next((value for number, value in self.fields if number == tag), "")


def read(path: Path) -> Iterator[LogMessage]:
    """All messages of a log in their order. Raises OSError for a file that cannot be read."""
    yield from messages(read_lines(path))


def messages(lines: Iterable[str]) -> Iterator[LogMessage]:
    """The messages in `lines`. What begins a message and does not end it waits for the lines that follow."""
    cut, waited, clock = "", 0, None
    for line in lines:
        starts = [found.start() for found in _MAYBE.finditer(line)]
        if cut and starts[:1] != [0]:
            # What stands before the first beginning on this line belongs to the message that the last line cut.
            cut, waited = cut.rstrip("\r\n") + (line[: starts[0]] if starts else line), waited + 1
            whole = _message(cut, clock)
            if whole is not None:
                yield whole
            if whole is not None or waited == _MAX_CUT or len(cut) > MAX_LINE:
                cut = ""
        if starts:
            cut, clock = "", _clock(line[: starts[0]])
        for start, end in pairwise([*starts, len(line)]):
            whole = _message(line[start:end], clock)
            if whole is not None:
                yield whole
            elif end == len(line):
                cut, waited = line[start:], 0


def _message(text: str, at: Ns | None) -> LogMessage | None:
    """The message that begins with `text`, None if it does not end there."""
    begin = _BEGIN.match(text)
    if begin is None:
        return None
    separator = begin[1]
    end = re.compile(re.escape(separator) + r"10=[0-9]{3}(?![0-9])").search(text, begin.end() - len(separator))
    if end is None:
        return None
    raw = text[: end.end()].replace(separator, SOH) + SOH
    fields: list[tuple[int, str]] = []
    for part in raw.split(SOH)[:-1]:
        found = _FIELD.fullmatch(part)
        if found is not None:
            fields.append((int(found[1]), found[2]))
        else:  # the separator within a value, as '|' is in some
            tag, value = fields[-1]
            fields[-1] = (tag, f"{value}{separator}{part}")
    message = LogMessage(at, tuple(fields), raw)
    return replace(message, at=_instant(message.get(52))) if at is None else message


def _clock(prefix: str) -> Ns | None:
    found = _CLOCK.search(prefix)
    if found is None:
        return None
    fraction = (found["fraction"] or "").ljust(9, "0")
    return _instant(f"{found['y']}{found['m']}{found['d']}-{found['time']}.{fraction}")


def _instant(text: str) -> Ns | None:
    try:
        return parse_timestamp(text)
    except ValueError:
        return None
