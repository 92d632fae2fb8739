"""Reads a framed message and validates it.

A peer sends the same sequence of tags again and again. The first message of a sequence is read with care, field by
field; what was learned is kept as a `Layout`: one regular expression for the whole message, which holds the sequence,
every field's format and every enumeration. The next message of that sequence is validated and split by one match.
What does not match is read with care again, and gets either a new layout or the precise reason for its rejection.
"""

import operator
import re
from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct

from gateway.fix.dictionary import Dictionary
from gateway.fix.faults import REASON_TEXT, Fault, SessionRejectReason
from gateway.fix.structure import MAX_ENTRIES, Places, careful_int
from gateway.fix.validation import BEGIN_STRING, MSG_SEQ_NUM, MSG_TYPE, POSS_DUP, SOH, Validation
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


class Selection:
    """Some tags whose values are wanted together and in this order; see `Message.pick`."""

    __slots__ = ("tags",)

    def __init__(self, *tags: int) -> None:
        self.tags = tags


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


def _matches_nothing(text: str) -> None:  # noqa: ARG001
    return


class Layout:
    """A (MsgType, tag sequence) that was found valid, and where each field stands in it."""

    __slots__ = (
        "_getters", "_printers", "_rows", "count", "entries", "following", "index",
        "match", "msg_type", "poss_dup_at", "sender_at", "sending_at", "seq_at", "target_at",
    )  # fmt: skip

    def __init__(self, msg_type: str, places: Places) -> None:
        self.msg_type = msg_type
        self.index = index = places.index  # tag -> position among the values; outside of groups
        self.entries = places.groups  # count tag -> for each entry, the same
        self.count = 0  # fields, once it is learned
        self.following: Layout | None = None  # learned; of what came after it the last time: peers repeat themselves
        self.seq_at = index.get(MSG_SEQ_NUM, -1)  # the last value of a message is None
        self.poss_dup_at = index.get(POSS_DUP, -1)
        self.sender_at, self.target_at, self.sending_at = (index.get(tag, -1) for tag in (49, 56, 52))
        self.match: Callable[[str], re.Match[str] | None] = _matches_nothing  # until it is learned
        self._getters: dict[Selection, Callable[[Any], Any]] = {}
        self._printers: dict[Selection, Callable[[Any], str] | None] = {}
        self._rows: dict[tuple[int, Selection], list[Callable[[Any], Any]]] = {}

    def getter(self, selection: Selection) -> Callable[[Any], Any]:
        found = self._getters.get(selection)
        if found is None:
            # The last value of a message is None (see Message): what the layout lacks is read there.
            found = operator.itemgetter(*(self.index.get(tag, -1) for tag in selection.tags))
            self._getters[selection] = found
        return found

    def rows(self, count_tag: int, selection: Selection) -> list[Callable[[Any], Any]]:
        """A getter for each entry of a repeating group."""
        found = self._rows.get((count_tag, selection))
        if found is None:
            entries = self.entries.get(count_tag, ())
            found = [operator.itemgetter(*(e.index.get(tag, -1) for tag in selection.tags)) for e in entries]
            self._rows[count_tag, selection] = found
        return found

    def present(self, selection: Selection) -> bool:
        """Whether it has any of the selection's fields."""
        return self.printer(selection) is not None

    def printer(self, selection: Selection) -> Callable[[Any], str] | None:
        """Writes those of the selection's fields that the layout has as 'tag=value\\x01...'; None: it has none."""
        try:
            return self._printers[selection]
        except KeyError:
            there = [(tag, self.index[tag]) for tag in selection.tags if tag in self.index]
            self._printers[selection] = found = _printer(there, often=self.count > 0) if there else None
            return found


def _printer(there: list[tuple[int, int]], *, often: bool) -> Callable[[Any], str]:
    """Writes fields given as tag and position. An f-string takes a third of the time, once it is compiled."""
    if not often:
        return lambda values: "".join([f"{tag}={values[at]}\x01" for tag, at in there])
    fields = "".join([f"{tag}={{values[{at}]}}\\x01" for tag, at in there])
    return eval(f"lambda values: f'{fields}'")  # type: ignore[no-any-return]  # it is made of numbers only


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
        self._met: dict[tuple[str, tuple[int, ...]], int] = {}

    def read(self, data: bytes, last: Layout | None = None) -> Message:
        """`data` is one message whose frame was verified. A message that breaks a rule comes with its `fault`.

        `last` is the layout of the message before it; what followed that one the last time is tried first.
        """
        text = data.decode("latin-1")
        layout = None if last is None else last.following
        if layout is None or (found := layout.match(text)) is None:
            layout, found = self._known(text)
            if layout is None or found is None:
                return self._read_with_care(text, data)
            if last is not None:
                last.following = layout
        values = found.groups()
        poss_dup = values[layout.poss_dup_at] == "Y"
        return Message(layout, values, data, layout.msg_type, int(values[layout.seq_at]), poss_dup)

    def _known(self, text: str) -> tuple[Layout, re.Match[str]] | tuple[None, None]:
        """The learned layout that the message has; the one met last is tried first."""
        begin = text.find("\x0135=", 10, 32) + 4
        known = self._layouts.get(text[begin : text.find(SOH, begin)], [])
        count = text.count(SOH)  # tells most layouts apart before any pattern is tried
        for layout in known:
            if layout.count == count and (found := layout.match(text)) is not None:
                if layout is not known[0] and layout.count == known[0].count:
                    known.remove(layout)
                    known.insert(0, layout)
                return layout, found
        return None, None

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
        met = (layout.msg_type, tuple(tags))
        times = self._met.pop(met, 0) + 1
        if times == LEARN_AFTER:
            self._learn(layout, tags, values, counts)
            return
        if len(self._met) == MET_KEPT:
            self._met.clear()
        self._met[met] = times

    def _learn(self, layout: Layout, tags: list[int], values: list[str], counts: list[int]) -> None:
        """Structure that depends on a value (the count of a group) becomes a literal of the pattern."""
        parts = []
        for at, (tag, value) in enumerate(zip(tags, values, strict=True)):
            literal = tag in (BEGIN_STRING, MSG_TYPE) or at in counts or not value
            pattern = re.escape(value) if literal else self._validation.pattern(tag)
            parts.append(f"{tag}=({pattern})\x01")
        whole = "".join(parts)
        if len(whole) > LONGEST_PATTERN:
            return
        if sum(map(len, self._layouts.values())) == LAYOUTS_IN_ALL:
            self.forget()
        layout.count = len(tags)
        # The last group never takes part: its None is what a message answers for tags it lacks.
        layout.match = re.compile(f"{whole}((?!))?").fullmatch
        known = self._layouts.setdefault(layout.msg_type, [])
        known.insert(0, layout)
        for forgotten in known[LAYOUTS_KEPT:]:
            # Or what once followed what would be kept for ever.
            forgotten.match, forgotten.following = _matches_nothing, None
        del known[LAYOUTS_KEPT:]

    def forget(self) -> None:
        """Drops all that was learned."""
        for known in self._layouts.values():
            for layout in known:
                layout.match, layout.following = _matches_nothing, None
        self._layouts.clear()
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
