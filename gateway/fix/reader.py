"""Reads a framed message and validates it.

A peer sends the same sequence of tags again and again. The first message of a sequence is read with care, field by
field; what was learned is kept as a `Layout`: one regular expression for the whole message, which holds the sequence,
every field's format and every enumeration. The next message of that sequence is validated and split by one match. Two
layouts that differ only in how many entries their group has give way to one `Repeats`.
What does not match is read with care again, and gets either a new layout or the precise reason for its rejection.
"""

import re
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from gateway.fix.dictionary import Dictionary
from gateway.fix.faults import REASON_TEXT, Fault, SessionRejectReason
from gateway.fix.layout import Layout, Selection, Shape
from gateway.fix.repeats import Repeats, shape_of
from gateway.fix.structure import MAX_ENTRIES, Places, careful_int
from gateway.fix.validation import BEGIN_STRING, MSG_TYPE, SOH, Validation
from gateway.model.sessions import Rules

__all__ = [
    "MAX_ENTRIES", "REASON_TEXT", "Entry", "Fault", "Layout", "Message", "Reader", "Selection", "SessionRejectReason",
    "reader_for",
]  # fmt: skip

MAX_FIELDS = 512
LAYOUTS_KEPT = 16  # for each MsgType
LAYOUTS_IN_ALL = 512
LONGEST_PATTERN = 16_384  # characters; what needs more, as many timestamps do, costs too much to compile
LEARN_AFTER = 32  # sightings of a sequence: to learn one costs as much as to read it twenty times with care
MET_KEPT = 256  # sequences on the way to being learned
READERS_KEPT = 32
ALL_RULES = Rules()


class Entry(dict[int, str]):
    """An entry of a repeating group: tag -> value. The groups within it have entries of their own."""

    __slots__ = ("_groups", "_values")
    _groups: dict[int, list[Places]]
    _values: tuple[str | None, ...]

    def groups(self, count_tag: int) -> list["Entry"]:
        return _entries(self._groups.get(count_tag, ()), self._values)


def _entries(places: Sequence[Places], values: tuple[str | None, ...]) -> list[Entry]:
    found = []
    for place in places:
        entry = Entry({tag: values[at] for tag, at in place.index.items()})  # type: ignore[misc]
        entry._groups, entry._values = place.groups, values
        found.append(entry)
    return found


class Message(Struct, gc=False):
    """One received message: its layout and its values, all text."""

    layout: Layout
    values: tuple[str | None, ...]  # in the order of the wire; the last is None
    raw: bytes
    msg_type: str
    seq: int  # MsgSeqNum(34), -1 where it has none that can be read
    poss_dup: bool  # PossDupFlag(43)
    fault: Fault | None = None  # why it must be rejected; header fields can be read all the same

    def get(self, tag: int) -> str | None:
        """The value of a field outside of groups."""
        return self.values[self.layout.index.get(tag, -1)]

    def pick(self, selection: Selection) -> tuple[str | None, ...]:
        """The values of all of the selection's tags, None where absent."""
        return self.layout.getter(selection)(self.values)  # type: ignore[no-any-return]

    def wire(self, selection: Selection) -> str:
        """The selection's fields as they came: 'tag=value\\x01...'."""
        write = self.layout.printer(selection)
        return "" if write is None else write(self.values)

    def groups(self, count_tag: int) -> list[Entry]:
        """The entries of a repeating group."""
        return _entries(self.layout.entries.get(count_tag, ()), self.values)

    def rows(self, count_tag: int, selection: Selection) -> list[tuple[str | None, ...]]:
        """The selection's values in each entry of a repeating group, None where absent; quicker than `groups`."""
        values = self.values
        return [get(values) for get in self.layout.rows(count_tag, selection)]

    def entries(self, count_tag: int) -> list["Message"]:
        """The entries of a repeating group, to be read as if each were a message of its own."""
        places = self.layout.entries.get(count_tag, ())
        return [
            Message(Layout(self.msg_type, place), self.values, self.raw, self.msg_type, self.seq, self.poss_dup)
            for place in places
        ]


class Reader:
    """Reads for any number of sessions that share a dictionary and its rules; it learns from all of them."""

    def __init__(self, dictionary: Dictionary, rules: Rules = ALL_RULES, *, max_fields: int = MAX_FIELDS) -> None:
        self.dictionary = dictionary
        self.rules = rules
        self.max_fields = max_fields
        self._validation = Validation(dictionary, rules, max_fields)
        self._layouts: dict[str, list[Layout]] = {}
        self._repeats: dict[str, list[Repeats]] = {}
        self._met: dict[tuple[str, Shape | tuple[int, ...]], tuple[int, int]] = {}  # how often, fields if always alike

    def read(self, data: bytes, last: Layout | None = None) -> Message:
        """`data` is one message whose frame was verified. A message that breaks a rule comes with its `fault`.

        `last` is the layout of the message before it; what followed that one the last time is tried first.
        """
        text = data.decode("latin-1")
        layout = None if last is None else last.following
        if layout is not None and (found := layout.match(text)) is not None:
            values: tuple[Any, ...] = found.groups()
        else:
            known = self._known(text)
            if known is None:
                return self._read_with_care(text, data)
            layout, values = known
            if last is not None and layout.count:
                last.following = layout
        poss_dup = values[layout.poss_dup_at] == "Y"
        return Message(layout, values, data, layout.msg_type, int(values[layout.seq_at]), poss_dup)

    def _known(self, text: str) -> tuple[Layout, tuple[Any, ...]] | None:
        """The learned layout that the message has, and its values; what was met last is tried first."""
        begin = text.find("\x0135=", 10, 32) + 4
        msg_type = text[begin : text.find(SOH, begin)]
        known = self._layouts.get(msg_type, [])
        count = text.count(SOH)  # tells most layouts apart before any pattern is tried
        for layout in known:
            if layout.count == count and (found := layout.match(text)) is not None:
                if layout is not known[0] and layout.count == known[0].count:
                    known.remove(layout)
                    known.insert(0, layout)
                return layout, found.groups()
        of_any_length = self._repeats.get(msg_type, [])
        for repeats in of_any_length:
            if (read := repeats.read(text)) is not None:
                if repeats is not of_any_length[0]:
                    of_any_length.remove(repeats)
                    of_any_length.insert(0, repeats)
                return read
        return None

    def _read_with_care(self, text: str, data: bytes) -> Message:
        validation = self._validation
        tags, values, fault = validation.split(text)
        assert tags[2] == MSG_TYPE, "not a message that a Framer gave"
        counts: list[int] = []
        if fault is None:
            fault, places, counts = validation.check(tags, values)
        if fault is not None:
            places = Places({}, {})
            for position, (tag, value) in enumerate(zip(tags, values, strict=True)):
                if value:
                    places.index.setdefault(tag, position)
        layout = Layout(values[2], places)
        all_values = (*values, None)
        seq, poss_dup = careful_int(all_values[layout.seq_at]), all_values[layout.poss_dup_at] == "Y"
        if fault is None and seq >= 0 and validation.learnable(tags):
            self._met_again(layout, tags, values, counts)
        return Message(layout, all_values, data, values[2], seq, poss_dup, fault)

    def _met_again(self, layout: Layout, tags: list[int], values: list[str], counts: list[int]) -> None:
        layout.shape = shape_of(layout, tags, counts) if all(values) else None
        met = (layout.msg_type, layout.shape or tuple(tags))
        times, size = self._met.pop(met, (0, len(tags)))
        times, size = times + 1, size if size == len(tags) else 0
        if times == LEARN_AFTER:
            self._learn(layout, tags, values, counts, of_one_size=size > 0)
            return
        if len(self._met) == MET_KEPT:
            self._met.clear()
        self._met[met] = times, size

    def _learn(
        self, layout: Layout, tags: list[int], values: list[str], counts: list[int], *, of_one_size: bool
    ) -> None:
        """Structure that depends on a value (the count of a group) becomes a literal of the pattern."""
        if sum(map(len, self._layouts.values())) + sum(map(len, self._repeats.values())) == LAYOUTS_IN_ALL:
            self.forget()
        known, shape = self._layouts.get(layout.msg_type, []), layout.shape
        twins = [twin for twin in known if shape is not None and twin.shape == shape]
        if shape is not None and (twins or not of_one_size):
            self._learn_any_length(shape, values, twins)
            return
        parts = []
        for at, (tag, value) in enumerate(zip(tags, values, strict=True)):
            literal = tag in (BEGIN_STRING, MSG_TYPE) or at in counts or not value
            pattern = re.escape(value) if literal else self._validation.pattern(tag)
            parts.append(f"{tag}=({pattern})\x01")
        whole = "".join(parts)
        if len(whole) > LONGEST_PATTERN:
            return
        layout.count = len(tags)
        # The last group never takes part: its None is what a message answers for tags it lacks.
        layout.match = re.compile(f"{whole}((?!))?").fullmatch
        known = self._layouts.setdefault(layout.msg_type, [])
        known.insert(0, layout)
        for forgotten in known[LAYOUTS_KEPT:]:
            forgotten.forget()
        del known[LAYOUTS_KEPT:]

    def _learn_any_length(self, shape: Shape, values: list[str], twins: list[Layout]) -> None:
        """`twins` are layouts of that shape, each for one number of entries, that are needed no more."""
        for twin in twins:
            self._layouts[twin.msg_type].remove(twin)
            twin.forget()
        repeats = self._repeats.setdefault(values[2], [])
        repeats.insert(0, Repeats(shape, values[:3], self._validation.pattern, max_fields=self.max_fields))
        for forgotten in repeats[LAYOUTS_KEPT:]:
            forgotten.forget()
        del repeats[LAYOUTS_KEPT:]

    def forget(self) -> None:
        """Drops all that was learned."""
        for known in self._layouts.values():
            for layout in known:
                layout.forget()
        for of_any_length in self._repeats.values():
            for repeats in of_any_length:
                repeats.forget()
        self._layouts.clear()
        self._repeats.clear()
        self._met.clear()


_readers: list[Reader] = []


def reader_for(dictionary: Dictionary, rules: Rules = ALL_RULES, max_fields: int = MAX_FIELDS) -> Reader:
    """The reader that all sessions of these options share, with what it has learned."""
    for reader in _readers:
        if reader.dictionary is dictionary and reader.rules == rules and reader.max_fields == max_fields:
            return reader
    del _readers[: 1 - READERS_KEPT]
    _readers.append(Reader(dictionary, rules, max_fields=max_fields))
    return _readers[-1]
