"""What a message has to be: the careful check, field by field, of the rules that are switched on.

Of several faults the one is named that the QuickFIX family names, whose users know its order: fields that cannot be
told apart, MsgType(35), the order of header, body and trailer, required fields, the values as they stand; then what
only the walk from field to field shows: fields of other messages, repeated ones, groups.

A rule that is off leaves the rest of the message readable. What the session itself reads is checked all the same.
"""

import re
from collections.abc import Container, Iterable, Iterator
from itertools import pairwise
from typing import Final

from gateway.fix.dictionary import Dictionary, MemberDef
from gateway.fix.faults import Fault, SessionRejectReason, name_of
from gateway.fix.structure import USER_DEFINED, Places, Plan, Walk, careful_int
from gateway.fix.types import PATTERNS, compiled, pattern_of
from gateway.model.sessions import Rules

SOH = "\x01"

BEGIN_STRING, MSG_TYPE, MSG_SEQ_NUM, POSS_DUP = 8, 35, 34, 43
# What the session reads, and as what, whatever the dictionary says of it.
SESSION_TYPES: Final = {
    7: "SEQNUM", 16: "SEQNUM", MSG_SEQ_NUM: "SEQNUM", 36: "SEQNUM", 369: "SEQNUM", 789: "SEQNUM", 108: "INT",
    POSS_DUP: "BOOLEAN", 97: "BOOLEAN", 123: "BOOLEAN", 141: "BOOLEAN", 52: "UTCTIMESTAMP", 122: "UTCTIMESTAMP",
}  # fmt: skip

_HEADER, _BODY, _TRAILER = range(3)
_BEHIND = {_BODY: "body", _TRAILER: "trailer"}
_DATA_TYPES = ("DATA", "XMLDATA")
_TRAILER_LENGTH = 7  # of the CheckSum(10) field, which no data field reaches into


class Validation:
    """The rules of a dictionary, as far as they are on. Knows nothing of the messages before."""

    def __init__(self, dictionary: Dictionary, rules: Rules, max_fields: int) -> None:
        self.dictionary = dictionary
        self.rules = rules
        self.max_fields = max_fields
        self._plans: dict[str, Plan] = {}
        self._sections = dict.fromkeys(_tags(dictionary.header), _HEADER) | dict.fromkeys(
            _tags(dictionary.trailer), _TRAILER
        )
        self._data_of = dict(_data_fields(dictionary))  # length tag -> tag of the data field behind it
        self._length_of = {data: length for length, data in self._data_of.items()}
        data = {tag for tag, field in dictionary.fields.items() if field.type in _DATA_TYPES}
        self._unlearnable = data | self._data_of.keys()
        self._matchers: dict[int, re.Pattern[str]] = {}

    def learnable(self, tags: Iterable[int]) -> bool:
        """Whether a pattern can tell the fields apart: not where the end of one depends on the length in another."""
        return self._unlearnable.isdisjoint(tags)

    def pattern(self, tag: int) -> str:
        """Of the values that the field may have."""
        if tag in SESSION_TYPES:
            return PATTERNS[SESSION_TYPES[tag]]
        rules = self.rules
        return pattern_of(self.dictionary.fields.get(tag), formats=rules.formats, enums=rules.enums)

    # -- fields

    def split(self, text: str) -> tuple[list[int], list[str], Fault | None]:
        """Tags and values in order; data fields by their length. What cannot be split further ends the list."""
        tags: list[int] = []
        values: list[str] = []
        at, end = 0, len(text)
        data, length = -1, -1  # tag and size of the data field that has to come next
        fault: Fault | None = None
        while at < end:
            equals = text.find("=", at, at + 12)
            name = text[at:equals] if equals > 0 else ""
            if not (name.isascii() and name.isdigit() and len(name) <= 9) or name[0] == "0":
                stop = text.find(SOH, at)
                fault = fault or self._no_field(text[at : stop if stop >= 0 else end], tags)
                at = stop + 1 or end
                continue
            tag = int(name)
            stop = text.find(SOH, equals + 1)
            if tag == data and length >= 0:
                there = equals + 1 + length
                if there < end - _TRAILER_LENGTH and text[there] == SOH:
                    stop = there
                elif self.rules.formats:
                    return (
                        tags,
                        values,
                        fault
                        or self._fault(SessionRejectReason.INCORRECT_FORMAT, tag, "does not end where its length says"),
                    )
            if stop < 0:
                stop = end
            tags.append(tag)
            values.append(text[equals + 1 : stop])
            at = stop + 1
            data = self._data_of.get(tag, -1)
            length = careful_int(values[-1]) if data >= 0 else -1
            if len(tags) > self.max_fields:
                many = f"more than {self.max_fields} fields in one message"
                return tags, values, Fault(reason=SessionRejectReason.OTHER, text=many)
        return tags, values, fault

    def _no_field(self, piece: str, before: list[int]) -> Fault:
        """What stands between two SOH and does not begin with a tag."""
        name, equals, _ = piece.partition("=")
        if not equals:
            return self._fault(SessionRejectReason.DELIMITER_IN_VALUE, before[-1], "is followed by what has no '='")
        number = int(name) if re.fullmatch("0|-[1-9][0-9]{0,8}", name) else None
        return Fault(reason=SessionRejectReason.INVALID_TAG, tag=number, text=f"Tag({name[:12]}) is not a tag number")

    # -- the message

    def check(self, tags: list[int], values: list[str]) -> tuple[Fault | None, Places, list[int]]:
        """Fault; where everything is, if there is none; positions of the counts that the structure depends on."""
        nowhere = Places({}, {})
        msg_type = values[2]
        if values[0] != self.dictionary.version:
            text = "BeginString(8) is of another FIX"
            return Fault(reason=SessionRejectReason.OTHER, tag=BEGIN_STRING, text=text), nowhere, []
        plan = self._plan(msg_type)
        if plan is None:
            # Before the values: of a message that we do not know, the fields may be unknown, too.
            return self._unknown_message(msg_type), nowhere, []
        fault = (
            self._check_order(tags)
            or self._missing(plan, frozenset(tags))
            or self._check_values(tags, values)
            or (None if self.learnable(tags) else self._check_data(tags))
        )
        if fault is not None:
            return fault, nowhere, []
        walk = Walk(self.dictionary, self.rules, plan, tags, values)
        # A required field may be there without a value, or in a group only.
        fault = walk.message() or self._missing(plan, walk.places.index)
        return fault, walk.places, walk.counts

    def _unknown_message(self, msg_type: str) -> Fault:
        if not msg_type and self.rules.empty:
            return self._fault(SessionRejectReason.TAG_WITHOUT_VALUE, MSG_TYPE, "has no value")
        text = f"MsgType(35) '{msg_type[:32]}' is not a message of {self.dictionary.version}"
        return Fault(reason=SessionRejectReason.INVALID_MSG_TYPE, text=text)

    def _plan(self, msg_type: str) -> Plan | None:
        plan = self._plans.get(msg_type)
        if plan is None and msg_type in self.dictionary.messages:
            definition = self.dictionary.messages[msg_type]
            members = self.dictionary.trailer | definition.members | self.dictionary.header
            order = (*self.dictionary.header, *definition.members, *self.dictionary.trailer)
            required = [tag for tag in order if members[tag].required and (self.rules.required or tag in SESSION_TYPES)]
            plan = self._plans[msg_type] = Plan(definition.name, members, required)
        return plan

    def _check_order(self, tags: list[int]) -> Fault | None:
        if not self.rules.order:
            return None
        sections = self._sections
        stage = _HEADER
        for tag in tags:
            section = sections.get(tag, _BODY)
            if section < stage:
                return self._fault(SessionRejectReason.TAG_OUT_OF_ORDER, tag, f"stands behind the {_BEHIND[stage]}")
            stage = section
        return None

    def _missing(self, plan: Plan, there: Container[int]) -> Fault | None:
        for tag in plan.required:
            if tag not in there:
                return self._fault(SessionRejectReason.REQUIRED_TAG_MISSING, tag, "is missing")
        return None

    def _check_values(self, tags: list[int], values: list[str]) -> Fault | None:
        matchers, rules = self._matchers, self.rules
        for tag, value in zip(tags, values, strict=True):
            matcher = matchers.get(tag)
            if matcher is None:
                if tag not in self.dictionary.fields:
                    if (fault := self._unknown(tag, value)) is not None:
                        return fault
                    continue
                # MsgType was looked up, and a dictionary may have messages that its enumeration does not.
                matcher = matchers[tag] = compiled("(?s:.)++" if tag == MSG_TYPE else self.pattern(tag))
            if matcher.fullmatch(value) is None and (value or rules.empty):
                return self._wrong(tag, value)
        return None

    def _unknown(self, tag: int, value: str) -> Fault | None:
        if not value and self.rules.empty:
            return self._fault(SessionRejectReason.TAG_WITHOUT_VALUE, tag, "has no value")
        if self.rules.user_defined if tag >= USER_DEFINED else self.rules.known:
            what = f"is not in the dictionary of {self.dictionary.version}"
            return self._fault(SessionRejectReason.INVALID_TAG, tag, what)
        return None

    def _wrong(self, tag: int, value: str) -> Fault:
        if not value:
            return self._fault(SessionRejectReason.TAG_WITHOUT_VALUE, tag, "has no value")
        shown = f"'{value[:32]}'"
        kind = SESSION_TYPES.get(tag) or self.dictionary.fields[tag].type
        if (self.rules.formats or tag in SESSION_TYPES) and not compiled(PATTERNS[kind]).fullmatch(value):
            return self._fault(SessionRejectReason.INCORRECT_FORMAT, tag, f"{shown} is not of type {kind}")
        return self._fault(SessionRejectReason.VALUE_INCORRECT, tag, f"{shown} is not one of its values")

    def _check_data(self, tags: list[int]) -> Fault | None:
        """A data field stands right behind its length, or nobody can say where it ends."""
        for before, tag in pairwise(tags):
            data = self._data_of.get(before, tag)  # what has to stand here,
            length = self._length_of.get(tag, before)  # and what before it
            if data != tag:
                length, absent = before, data
            elif length != before:
                absent = length
            else:
                continue
            if absent in tags:
                if self.rules.order:
                    what = f"does not stand right behind {name_of(self.dictionary, length)}"
                    return self._fault(SessionRejectReason.TAG_OUT_OF_ORDER, data, what)
            elif self.rules.required:
                pair = f"{name_of(self.dictionary, length)} and {name_of(self.dictionary, data)}"
                return self._fault(SessionRejectReason.REQUIRED_TAG_MISSING, absent, f"is missing of {pair}")
        return None

    def _fault(self, reason: SessionRejectReason, tag: int, what: str) -> Fault:
        return Fault.of(self.dictionary, reason, tag, what)


def _tags(members: dict[int, MemberDef]) -> Iterator[int]:
    """Of all members, those of groups too."""
    for member in members.values():
        yield member.number
        if member.group is not None:
            yield from _tags(member.group.members)


def _data_fields(dictionary: Dictionary) -> Iterator[tuple[int, int]]:
    """Length tag and data tag: RawDataLength(95) and RawData(96), EncodedTextLen(354) and EncodedText(355), ..."""
    numbers = dictionary.numbers
    for number, field in dictionary.fields.items():
        if field.type in _DATA_TYPES:
            for length in (f"{field.name}Length", f"{field.name}Len"):
                if length in numbers:
                    yield numbers[length], number
