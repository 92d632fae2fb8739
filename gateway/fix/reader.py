"""Reads a framed message and validates it.

A peer sends the same sequence of tags again and again. The first message of a sequence is read with care, field by
field; what was learned is kept as a `Layout`: one regular expression for the whole message, which holds the sequence,
every field's format and every enumeration. The next message of that sequence is validated and split by one match.
What does not match is read with care again, and gets either a new layout or the precise reason for its rejection.
"""

import operator
import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any

from msgspec import Struct

from gateway.fix.dictionary import Dictionary, GroupDef, MemberDef, MessageDef
from gateway.fix.types import pattern_of

SOH = "\x01"
MAX_FIELDS = 512
MAX_ENTRIES = 64  # of one repeating group
LAYOUTS_KEPT = 16  # for each MsgType
LEARN_AFTER = 32  # sightings of a sequence: to learn one costs as much as to read it twenty times with care
MET_KEPT = 256  # sequences on the way to being learned
USER_DEFINED = 5000  # tags from here on are the parties' own

BEGIN_STRING, MSG_TYPE, MSG_SEQ_NUM, POSS_DUP = 8, 35, 34, 43


class SessionRejectReason(StrEnum):  # SessionRejectReason(373)
    INVALID_TAG = "0"
    REQUIRED_TAG_MISSING = "1"
    TAG_NOT_DEFINED_FOR_MESSAGE = "2"
    UNDEFINED_TAG = "3"
    TAG_WITHOUT_VALUE = "4"
    VALUE_INCORRECT = "5"
    INCORRECT_FORMAT = "6"
    COMP_ID_PROBLEM = "9"
    SENDING_TIME = "10"
    INVALID_MSG_TYPE = "11"
    TAG_REPEATED = "13"
    TAG_OUT_OF_ORDER = "14"
    GROUP_OUT_OF_ORDER = "15"
    INCORRECT_GROUP_COUNT = "16"
    OTHER = "99"


class Fault(Struct, frozen=True, gc=False, kw_only=True):
    """What the peer did wrong, as Reject(3) says it."""

    reason: SessionRejectReason
    text: str
    tag: int | None = None


class Selection:
    """Some tags whose values are wanted together and in this order; see `Message.pick`."""

    __slots__ = ("tags",)

    def __init__(self, *tags: int) -> None:
        self.tags = tags


_Entries = list[dict[int, int]]


class Layout:
    """A (MsgType, tag sequence) that was found valid, and where each field stands in it."""

    __slots__ = (
        "_getters", "_present", "count", "entries", "following", "index",
        "match", "msg_type", "poss_dup_at", "seq_at",
    )  # fmt: skip

    def __init__(self, msg_type: str, index: dict[int, int], entries: dict[int, _Entries]) -> None:
        self.msg_type = msg_type
        self.index = index  # tag -> position among the values; outside of groups
        self.entries = entries  # count tag -> for each entry, tag -> position
        self.count = 0  # fields, once it is learned
        self.following: Layout | None = None  # learned; of what came after it the last time: peers repeat themselves
        self.seq_at = index.get(MSG_SEQ_NUM, -1)  # the last value of a message is None
        self.poss_dup_at = index.get(POSS_DUP, -1)
        self.match: Callable[[str], re.Match[str] | None] | None = None
        self._getters: dict[Selection, Callable[[Any], Any]] = {}
        self._present: dict[Selection, list[tuple[str, int]]] = {}

    def getter(self, selection: Selection) -> Callable[[Any], Any]:
        found = self._getters.get(selection)
        if found is None:
            # The last value of a message is None (see Message): what the layout lacks is read there.
            found = operator.itemgetter(*(self.index.get(tag, -1) for tag in selection.tags))
            self._getters[selection] = found
        return found

    def present(self, selection: Selection) -> list[tuple[str, int]]:
        """The selection's tags that the layout has, as ('tag=', position)."""
        found = self._present.get(selection)
        if found is None:
            found = [(f"{tag}=", self.index[tag]) for tag in selection.tags if tag in self.index]
            self._present[selection] = found
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
        values = self.values
        return "".join([f"{tag}{values[at]}\x01" for tag, at in self.layout.present(selection)])

    def groups(self, count_tag: int) -> list[dict[int, str]]:
        """The entries of a first-level repeating group, each tag -> value (nested groups flattened to their first)."""
        values = self.values
        return [{tag: values[at] for tag, at in entry.items()} for entry in self.layout.entries.get(count_tag, ())]  # type: ignore[misc]


def _read_by(layout: Layout, found: re.Match[str], data: bytes) -> Message:
    values = found.groups()
    poss_dup = values[layout.poss_dup_at] == "Y"
    return Message(layout, values, data, layout.msg_type, int(values[layout.seq_at]), poss_dup)


def _careful_int(text: str | None) -> int:
    """A number of a message that may be wrong anywhere; -1 where it has none that can be read."""
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) <= 9 else -1


class Reader:
    """Reads for any number of sessions that share a dictionary; it learns from all of them."""

    def __init__(self, dictionary: Dictionary) -> None:
        self.dictionary = dictionary
        self._layouts: dict[str, list[Layout]] = {}
        self._met: dict[tuple[str, tuple[int, ...]], int] = {}
        self._counts = frozenset(_counts(dictionary))
        data = [number for number, field in dictionary.fields.items() if field.type == "DATA"]
        names = dictionary.numbers
        self._length_of = {}  # length tag -> data tag: RawDataLength(95) -> RawData(96), EncodedTextLen(354) -> ...
        for number in data:
            name = dictionary.fields[number].name
            for length in (f"{name}Length", f"{name}Len"):
                if length in names:
                    self._length_of[names[length]] = number
        if 89 in dictionary.fields and 93 in dictionary.fields:
            self._length_of[93] = 89  # SignatureLength, Signature
        self._patterns = {number: re.compile(pattern_of(field)) for number, field in dictionary.fields.items()}

    def read(self, data: bytes, last: Layout | None = None) -> Message:
        """`data` is one message whose frame was verified. A message that breaks a rule comes with its `fault`.

        `last` is the layout of the message before it; what followed that one the last time is tried first.
        """
        text = data.decode("latin-1")
        guess = None if last is None else last.following
        if guess is not None and guess.match is not None:
            found = guess.match(text)
            if found is not None:
                return _read_by(guess, found, data)
        begin = text.find("\x0135=", 10, 32) + 4
        known = self._layouts.get(text[begin : text.find(SOH, begin)])
        if known is not None:
            count = text.count(SOH)  # tells most layouts apart before any pattern is tried
            for layout in known:
                if layout.count == count:
                    found = layout.match(text)  # type: ignore[misc]
                    if found is not None:
                        if layout is not known[0] and layout.count == known[0].count:
                            known.remove(layout)
                            known.insert(0, layout)
                        if last is not None:
                            last.following = layout
                        return _read_by(layout, found, data)
        return self._read_with_care(text, data)

    def _read_with_care(self, text: str, data: bytes) -> Message:
        tags, values, fault = self._split(text)
        assert tags[2] == MSG_TYPE, "not a message that a Framer gave"
        msg_type = values[2]
        definition = self.dictionary.messages.get(msg_type)
        index: dict[int, int] = {}
        entries: dict[int, _Entries] = {}
        for position, tag in enumerate(tags):
            index.setdefault(tag, position)
        if values[0] != self.dictionary.version:
            fault = Fault(reason=SessionRejectReason.OTHER, tag=BEGIN_STRING, text="BeginString(8) is of another FIX")
        if fault is None and msg_type and definition is None:
            # Before the values: of a message that we do not know, the fields may be unknown, too.
            fault = Fault(
                reason=SessionRejectReason.INVALID_MSG_TYPE,
                tag=MSG_TYPE,
                text=f"MsgType(35) '{msg_type[:32]}' is not a message of {self.dictionary.version}",
            )
        if fault is None:
            fault = self._check_values(tags, values)
        if fault is None and definition is not None:
            structure = _Structure(self.dictionary, definition, tags, values)
            fault = structure.check()
            if fault is None:
                index, entries = structure.index, structure.entries
        layout = Layout(msg_type, index, entries)
        all_values = (*values, None)
        seq, poss_dup = _careful_int(all_values[layout.seq_at]), all_values[layout.poss_dup_at] == "Y"
        message = Message(layout, all_values, data, msg_type, seq, poss_dup, fault)
        if fault is None and not any(tag in self._length_of for tag in tags):
            met = (msg_type, tuple(tags))
            times = self._met.pop(met, 0) + 1
            if times == LEARN_AFTER:
                self._learn(layout, tags, values)
            else:
                if len(self._met) == MET_KEPT:
                    self._met.clear()
                self._met[met] = times
        return message

    def _learn(self, layout: Layout, tags: list[int], values: list[str]) -> None:
        """Structure that depends on a value (the count of a group) becomes a literal of the pattern."""
        parts = []
        for tag, value in zip(tags, values, strict=True):
            literal = tag in (BEGIN_STRING, MSG_TYPE) or tag in self._counts
            pattern = re.escape(value) if literal else pattern_of(self.dictionary.fields.get(tag))
            parts.append(f"{tag}=({pattern})\x01")
        layout.count = len(tags)
        # The last group never takes part: its None is what a message answers for tags it lacks.
        layout.match = re.compile("".join(parts) + "((?!))?").fullmatch
        known = self._layouts.setdefault(layout.msg_type, [])
        known.insert(0, layout)
        for forgotten in known[LAYOUTS_KEPT:]:
            forgotten.match = forgotten.following = None  # or what once followed what would be kept for ever
        del known[LAYOUTS_KEPT:]

    def _split(self, text: str) -> tuple[list[int], list[str], Fault | None]:
        """Tags and values in order; data fields by their length. What cannot be split further ends the list."""
        tags: list[int] = []
        values: list[str] = []
        at, end = 0, len(text)
        length = -1  # of the data field that has to come next; -1: none
        expected = -1
        fault: Fault | None = None
        while at < end:
            equals = text.find("=", at, at + 12)
            name = text[at:equals] if equals > 0 else text[at : at + 12]
            if equals < 0 or not (name.isascii() and name.isdigit() and len(name) <= 9) or name[0] == "0":
                fault = fault or Fault(
                    reason=SessionRejectReason.INVALID_TAG,
                    text=f"'{name.split(SOH)[0]}' is not a tag number",
                )
                at = text.find(SOH, at) + 1 or end
                length = -1
                continue
            tag = int(name)
            stop = text.find(SOH, equals + 1)
            if length >= 0 and tag == expected:
                stop = equals + 1 + length
                if stop >= end or text[stop] != SOH:
                    return tags, values, fault or self._wrong_length(tag)
            if stop < 0:
                stop = end
            tags.append(tag)
            values.append(text[equals + 1 : stop])
            at = stop + 1
            expected = self._length_of.get(tag, -1)
            length = _careful_int(values[-1]) if expected >= 0 else -1
            if len(tags) > MAX_FIELDS:
                many = Fault(reason=SessionRejectReason.OTHER, text=f"more than {MAX_FIELDS} fields in one message")
                return tags, values, many
        return tags, values, fault

    def _wrong_length(self, tag: int) -> Fault:
        return Fault(
            reason=SessionRejectReason.INCORRECT_FORMAT,
            tag=tag,
            text=f"{self._name(tag)} does not end where its length says",
        )

    def _name(self, tag: int) -> str:
        field = self.dictionary.fields.get(tag)
        return f"{field.name}({tag})" if field else f"Tag({tag})"

    def _check_values(self, tags: list[int], values: list[str]) -> Fault | None:
        for tag, value in zip(tags, values, strict=True):
            if not value:
                return Fault(
                    reason=SessionRejectReason.TAG_WITHOUT_VALUE, tag=tag, text=f"{self._name(tag)} has no value"
                )
            field = self.dictionary.fields.get(tag)
            if field is None:
                if tag < USER_DEFINED:
                    return Fault(
                        reason=SessionRejectReason.UNDEFINED_TAG,
                        tag=tag,
                        text=f"Tag({tag}) is not in the dictionary of {self.dictionary.version}",
                    )
            elif self._patterns[tag].fullmatch(value) is None:
                shown = value[:32]
                if field.values:
                    return Fault(
                        reason=SessionRejectReason.VALUE_INCORRECT,
                        tag=tag,
                        text=f"{self._name(tag)} '{shown}' is not one of its values",
                    )
                return Fault(
                    reason=SessionRejectReason.INCORRECT_FORMAT,
                    tag=tag,
                    text=f"{self._name(tag)} '{shown}' is not of type {field.type}",
                )
        return None


def _counts(dictionary: Dictionary) -> Iterator[int]:
    """The count tags of all groups, nested ones included."""

    def of(members: dict[int, MemberDef]) -> Iterator[int]:
        for member in members.values():
            if member.group is not None:
                yield member.number
                yield from of(member.group.members)

    yield from of(dictionary.header)
    for message in dictionary.messages.values():
        yield from of(message.members)


class _Structure:
    """The order and membership of fields: header, body, groups, trailer."""

    def __init__(self, dictionary: Dictionary, definition: MessageDef, tags: list[int], values: list[str]) -> None:
        self.dictionary = dictionary
        self.definition = definition
        self.tags = tags
        self.values = values
        self.index: dict[int, int] = {}
        self.entries: dict[int, _Entries] = {}
        self.at = 0

    def check(self) -> Fault | None:
        sections = (self.dictionary.header, self.definition.members, self.dictionary.trailer)
        for section in sections:
            fault = self._section(section)
            if fault is not None:
                return fault
        if self.at < len(self.tags):
            return self._misplaced(self.tags[self.at])
        for section in sections:
            for member in section.values():
                if member.required and member.number not in self.index:
                    return Fault(
                        reason=SessionRejectReason.REQUIRED_TAG_MISSING,
                        tag=member.number,
                        text=f"{self._name(member.number)} is missing",
                    )
        return None

    def _section(self, members: dict[int, MemberDef]) -> Fault | None:
        """Takes fields while they belong to the section."""
        body = members is self.definition.members
        header, trailer = self.dictionary.header, self.dictionary.trailer
        while self.at < len(self.tags):
            tag = self.tags[self.at]
            member = members.get(tag)
            if member is None and not (body and tag >= USER_DEFINED and tag not in header and tag not in trailer):
                return None
            if tag in self.index:
                return self._fault(SessionRejectReason.TAG_REPEATED, tag, "appears more than once")
            self.index[tag] = self.at
            self.at += 1
            if member is not None and member.group is not None:
                fault = self._group(member.group, self.entries.setdefault(tag, []), None)
                if fault is not None:
                    return fault
        return None

    def _group(self, group: GroupDef, found: _Entries, outer: dict[int, int] | None) -> Fault | None:
        """The entries behind a count; `outer` collects the fields of a nested group for its parent's entry."""
        count = int(self.values[self.at - 1])
        if not 0 <= count <= MAX_ENTRIES:
            return self._fault(
                SessionRejectReason.INCORRECT_GROUP_COUNT, group.count, f"is not between 0 and {MAX_ENTRIES}"
            )
        order = {number: place for place, number in enumerate(group.members)}
        for _ in range(count):
            if self.at >= len(self.tags) or self.tags[self.at] != group.delimiter:
                if self.at < len(self.tags) and self.tags[self.at] in group.members:
                    return self._fault(
                        SessionRejectReason.GROUP_OUT_OF_ORDER,
                        self.tags[self.at],
                        f"must follow {self._name(group.delimiter)}, which begins each entry",
                    )
                return self._fault(
                    SessionRejectReason.INCORRECT_GROUP_COUNT, group.count, "is not the number of entries that follow"
                )
            entry: dict[int, int] = {}
            last = -1
            while self.at < len(self.tags):
                tag = self.tags[self.at]
                member = group.members.get(tag)
                if member is None or (tag == group.delimiter and entry):
                    break
                if tag in entry:
                    return self._fault(SessionRejectReason.TAG_REPEATED, tag, "appears twice in one group entry")
                if order[tag] < last:
                    return self._fault(SessionRejectReason.GROUP_OUT_OF_ORDER, tag, "is out of order in its group")
                last = order[tag]
                entry[tag] = self.at
                self.at += 1
                if member.group is not None:
                    inner: _Entries = []
                    fault = self._group(member.group, inner, entry)
                    if fault is not None:
                        return fault
            for member in group.members.values():
                if member.required and member.number not in entry:
                    return self._fault(
                        SessionRejectReason.REQUIRED_TAG_MISSING, member.number, "is missing in a group entry"
                    )
            found.append(entry)
        if outer is not None and found:
            outer.update(found[0])
        if self.at < len(self.tags) and self.tags[self.at] == group.delimiter:
            return self._fault(
                SessionRejectReason.INCORRECT_GROUP_COUNT, group.count, "is not the number of entries that follow"
            )
        return None

    def _misplaced(self, tag: int) -> Fault:
        """A field that no section took: out of order, repeated, or not of this message."""
        if tag in self.index:
            return self._fault(SessionRejectReason.TAG_REPEATED, tag, "appears more than once")
        if tag in self.dictionary.header or tag in self.definition.members or tag in self.dictionary.trailer:
            return self._fault(SessionRejectReason.TAG_OUT_OF_ORDER, tag, "is out of its section's order")
        if tag >= USER_DEFINED:
            return self._fault(SessionRejectReason.TAG_OUT_OF_ORDER, tag, "stands outside of the body")
        return self._fault(
            SessionRejectReason.TAG_NOT_DEFINED_FOR_MESSAGE, tag, f"is not a field of {self.definition.name}"
        )

    def _fault(self, reason: SessionRejectReason, tag: int, what: str) -> Fault:
        return Fault(reason=reason, tag=tag, text=f"{self._name(tag)} {what}")

    def _name(self, tag: int) -> str:
        field = self.dictionary.fields.get(tag)
        return f"{field.name}({tag})" if field else f"Tag({tag})"
