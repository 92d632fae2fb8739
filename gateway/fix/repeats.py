"""Messages that differ only in how many entries their group has, learned at once.

Market data has one entry today and thirty tomorrow; a layout for each number, each with a pattern for the whole
message, would push the others out. Entries of the same fields in a row are a run. What a message of runs has before,
in and behind them is its shape, and one pattern reads all messages of a shape, whatever the lengths of the runs.
"""

import re
from collections.abc import Callable, Sequence
from itertools import chain, groupby
from typing import Any

from gateway.fix.layout import Layout, Shape
from gateway.fix.structure import MAX_ENTRIES, Places

_LAYOUTS_KEPT = 256  # lengths of runs that were met, of one shape


class Repeats:
    """All messages of one MsgType and shape."""

    def __init__(self, shape: Shape, head: Sequence[str], pattern: Callable[[int], str], *, max_fields: int) -> None:
        """`head` has the values that never differ, BeginString(8) to MsgType(35); `pattern` what others may be."""
        self.shape = shape
        self._msg_type = head[2]
        self._max_fields = max_fields
        self._layouts: dict[tuple[int, ...], Layout] = {}  # by the lengths of the runs
        self._head = head
        self._pattern = pattern
        first, following = shape.runs[0][0], shape.behind[0]
        parts = self._before(shape.before)
        for run in shape.runs:
            entry = "".join([f"{tag}={pattern(tag)}\x01" for tag in run])
            # An entry ends where the next one begins, or what is behind: so nothing is ever tried twice.
            parts.append(f"((?:{entry}(?={first}=|{following}=))++)")
        parts += [f"{tag}=({pattern(tag)})\x01" for tag in shape.behind]
        self._match = re.compile("".join([*parts, "((?!))?"])).fullmatch
        self._entries = [re.compile("".join([f"{tag}=([^\x01]*+)\x01" for tag in run])).findall for run in shape.runs]

    def _before(self, tags: Sequence[int]) -> list[str]:
        version, _, msg_type = map(re.escape, self._head)
        parts = [f"8=({version})\x019=({self._pattern(9)})\x0135=({msg_type})\x01"]
        return parts + [f"{tag}=({self._pattern(tag)})\x01" for tag in tags[3:]]

    def read(self, text: str) -> tuple[Layout, tuple[Any, ...]] | None:
        """Layout and values of a valid message of this shape, the last value None; None: it is not one."""
        found = self._match(text)
        if found is None:
            return None
        parts = found.groups()
        before = len(self.shape.before)
        behind = before + len(self.shape.runs)
        runs = [entries(part) for entries, part in zip(self._entries, parts[before:behind], strict=True)]
        lengths = tuple(map(len, runs))
        layout = self._layouts.get(lengths)
        if layout is None:
            layout = self._layout(lengths)
        if layout is None or int(parts[before - 1]) != len(layout.entries[self.shape.before[-1]]):
            return None
        entries = chain.from_iterable(chain.from_iterable(runs))
        return layout, (*parts[:before], *entries, *parts[behind:])

    def _layout(self, lengths: tuple[int, ...]) -> Layout | None:
        before, runs, behind = self.shape
        fields = len(before) + sum(map(int.__mul__, map(len, runs), lengths)) + len(behind)
        if sum(lengths) > MAX_ENTRIES or fields > self._max_fields:
            return None
        index = {tag: at for at, tag in enumerate(before)}
        entries, at = list[Places](), len(before)
        for run, length in zip(runs, lengths, strict=True):
            for _ in range(length):
                entries.append(Places({tag: at + place for place, tag in enumerate(run)}, {}))
                at += len(run)
        index.update((tag, at + place) for place, tag in enumerate(behind))
        if len(self._layouts) == _LAYOUTS_KEPT:
            self.forget()
        layout = self._layouts[lengths] = Layout(self._msg_type, Places(index, {before[-1]: entries}))
        if len(entries) == 1:
            # By far the most frequent one is read by a pattern of its own, as one that is expected.
            parts = [*self._before(before[:-1]), f"{before[-1]}=(1)\x01"]
            parts += [f"{tag}=({self._pattern(tag)})\x01" for tag in (*runs[0], *behind)]
            layout.match, layout.count = re.compile("".join([*parts, "((?!))?"])).fullmatch, fields
        return layout

    def forget(self) -> None:
        """Nothing follows its layouts any more."""
        for layout in self._layouts.values():
            layout.forget()
        self._layouts.clear()


def shape_of(layout: Layout, tags: list[int], counts: list[int]) -> Shape | None:
    """What is left of a valid message without the number of its entries. None: it has no group, or not just one."""
    if len(layout.entries) != 1 or len(counts) != 1:
        return None
    ((count_tag, entries),) = layout.entries.items()
    begin = layout.index[count_tag] + 1
    at, rows = begin, list[tuple[int, ...]]()
    for entry in entries:
        row = tuple(entry.index)
        # A single field would not come out as a row of one; of a row out of order positions would not be known.
        if entry.groups or len(row) < 2 or tuple(tags[at : at + len(row)]) != row or row[0] != tags[begin]:
            return None
        rows.append(row)
        at += len(row)
    if not rows or begin != counts[0] + 1 or len(layout.index) + at - begin != len(tags):
        return None
    return Shape(tuple(tags[:begin]), tuple(row for row, _ in groupby(rows)), tuple(tags[at:]))
