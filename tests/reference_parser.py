"""FIX 4.4 by the letter, slowly: what a framed message says and every fault that it has.

The oracle of the reader, written from the standard (volume 1: field types, groups, data fields; volume 2: Reject(3))
and with nothing of the reader in it. The standard does not say which of several faults is told, so all are given,
and where a broken group leaves open which of its fields is to blame, each that may be. What the standard leaves to
the parties (digits of a number, entries of a group, fields of a message) is bounded as the house bounds it.

Where a rule is off, what it forbids is read as follows. A field without a value is as good as none. Of a field that
stands twice the first counts. A field that has no place where it stands belongs to the entry of a group that goes on
behind it, else to the message. What the session itself reads is checked whatever is off.
"""

import calendar
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

from gateway.model.sessions import Rules

SOH = 1
MAX_FIELDS = 512  # of one message
MAX_ENTRIES = 64  # of one group
USER_DEFINED = 5000  # tags from here on are the parties' own
INTEGER_DIGITS, FRACTION_DIGITS = 12, 8  # of a float and what derives from it
INT_DIGITS, COUNT_DIGITS = 18, 9

ALL_RULES = Rules()
# What the session reads: these are there where they are required, and of their type.
SESSION_TAGS = frozenset((7, 16, 34, 36, 43, 52, 97, 108, 122, 123, 141, 369, 789))

Fault = tuple[int, int | None]  # SessionRejectReason(373), RefTagID(371)
Tree = dict[int, "bytes | list[Tree]"]  # tag -> value, or the entries of the group that it counts

# -- the stream


def cut(stream: bytes, max_message: int) -> list[tuple[bytes, bool]]:
    """All of a stream in pieces, each with whether it is a message; what is neither whole nor garbled yet is left off.

    A message is BeginString(8), BodyLength(9) and MsgType(35) first, as many bytes as said, a right CheckSum(10).
    """
    pieces: list[tuple[bytes, bool]] = []
    garbled = at = 0
    while at < len(stream):
        size = _message_at(stream, at, max_message)
        if size is None:
            break
        if not size:
            following = stream.find(b"8", at + 1)
            at = following if following >= 0 else len(stream)
            continue
        if garbled < at:
            pieces.append((stream[garbled:at], False))
        pieces.append((stream[at : at + size], True))
        garbled = at = at + size
    if garbled < at:
        pieces.append((stream[garbled:at], False))
    return pieces


def _message_at(stream: bytes, at: int, max_message: int) -> int | None:
    """Length of the message that begins there; 0: none does; None: that cannot be known yet."""
    if stream[at] != ord("8"):
        return 0
    head = stream[at : at + 32]
    for most, prefix, digits in ((8, b"8=FIX", False), (7, b"9=", True), (0, b"35=", False)):
        if not head.startswith(prefix):
            return None if prefix.startswith(head) else 0
        head = head[len(prefix) :]
        if not most:
            break
        value, soh, head = head.partition(b"\x01")
        if len(value) > most or (digits and value.strip(b"0123456789")) or (soh and not value):
            return 0
        if not soh:
            return None
        length = value
    start = stream.index(b"\x0135=", at) + 1
    trailer = start + int(length)
    size = trailer + len(b"10=000\x01") - at
    if size > max_message:
        return 0
    said = stream[trailer - 1 : trailer + 7]
    if len(said) < 8:
        return None if b"\x0110=".startswith(said[:4]) else 0
    return size if said == b"\x0110=%03d\x01" % (sum(stream[at:trailer]) % 256) else 0


# -- the dictionary


@dataclass(frozen=True, slots=True)
class Member:
    tag: int
    required: bool
    group: "tuple[Member, ...]" = ()  # the members of an entry, the first of which begins it


@dataclass(slots=True)
class Book:
    """What the XML files say, components dissolved."""

    types: dict[int, str] = field(default_factory=dict)
    values: dict[int, set[bytes]] = field(default_factory=dict)
    header: list[Member] = field(default_factory=list)
    trailer: list[Member] = field(default_factory=list)
    messages: dict[bytes, list[Member]] = field(default_factory=dict)
    data_of: dict[int, int] = field(default_factory=dict)  # length tag -> tag of the data field behind it
    header_tags: set[int] = field(default_factory=set)  # of its groups too
    trailer_tags: set[int] = field(default_factory=set)


def read_book(*paths: Path) -> Book:
    """`paths` in QuickFIX's XML format; the later ones add to the first: fields, values, members of messages."""
    roots = [ET.parse(path).getroot() for path in paths]
    book = Book()
    numbers: dict[str, int] = {}
    components: dict[str, ET.Element] = {}
    for root in roots:
        for element in root.iterfind("fields/field"):
            tag = int(element.attrib["number"])
            numbers[element.attrib["name"]] = tag
            book.types[tag] = element.attrib["type"]
            found = {value.attrib["enum"].encode() for value in element.iterfind("value")}
            book.values.setdefault(tag, set()).update(found)
        components.update((element.attrib["name"], element) for element in root.iterfind("components/component"))

    def members(parent: ET.Element, binding: bool = True) -> Iterator[Member]:
        """`binding`: what is required here is required, for the component that holds it is."""
        before = 0
        for element in parent:
            required = binding and element.attrib["required"] == "Y"
            if element.tag == "component":
                yield from members(components[element.attrib["name"]], required)
                continue
            tag = numbers[element.attrib["name"]]
            yield Member(tag, required, tuple(members(element)) if element.tag == "group" else ())
            if book.types[tag] in ("DATA", "XMLDATA") and book.types.get(before) == "LENGTH":
                book.data_of[before] = tag
            before = tag

    for root in roots:
        for part, whole in (("header", book.header), ("trailer", book.trailer)):
            for section in root.iterfind(part):
                whole.extend(members(section))
        for message in root.iterfind("messages/message"):
            _add(book.messages.setdefault(message.attrib["msgtype"].encode(), []), members(message))
    book.header_tags.update(_tags(book.header))
    book.trailer_tags.update(_tags(book.trailer))
    return book


def _add(whole: list[Member], more: Iterable[Member]) -> None:
    """A group that is there already gets what the addition has in it."""
    at = {member.tag: place for place, member in enumerate(whole)}
    for member in more:
        if member.group and member.tag in at:
            group = list(whole[at[member.tag]].group)
            _add(group, member.group)
            whole[at[member.tag]] = replace(whole[at[member.tag]], group=tuple(group))
        else:
            whole.append(member)


# -- field types (volume 1, "FIX data types")


def _digits(value: bytes, least: int, most: int) -> bool:
    return least <= len(value) <= most and (not value or value.isdigit())  # of bytes, isdigit knows ASCII alone


def _int(value: bytes) -> bool:
    return _digits(value.removeprefix(b"-"), 1, INT_DIGITS)


def _count(value: bytes) -> bool:
    return _digits(value, 1, COUNT_DIGITS)


def _unsigned_float(value: bytes) -> bool:
    whole, _, fraction = value.partition(b".")
    return _digits(whole, 1, INTEGER_DIGITS) and _digits(fraction, 0, FRACTION_DIGITS)


def _float(value: bytes) -> bool:
    return _unsigned_float(value.removeprefix(b"-"))


def _letters(count: int) -> Callable[[bytes], bool]:
    return lambda value: len(value) == count and all(ord("A") <= byte <= ord("Z") for byte in value)


def _date(value: bytes) -> bool:
    if not _digits(value, 8, 8):
        return False
    year, month, day = int(value[:4]), int(value[4:6]), int(value[6:])
    return year >= 1 and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]


def _time(value: bytes) -> bool:
    clock, point, fraction = value.partition(b".")
    parts = clock.split(b":")
    if len(parts) != 3 or not all(_digits(part, 2, 2) for part in parts):
        return False
    if point and not (len(fraction) in (3, 6, 9) and _digits(fraction, 3, 9)):
        return False
    hour, minute, second = map(int, parts)
    return hour <= 23 and minute <= 59 and second <= 60  # 60: a leap second


def _timestamp(value: bytes) -> bool:
    date, _, time = value.partition(b"-")
    return _date(date) and _time(time)


def _month_year(value: bytes) -> bool:
    if len(value) == 8 and value[6:7] == b"w":
        return _date(value[:6] + b"01") and b"1" <= value[7:] <= b"5"
    return _date(value) if len(value) == 8 else len(value) == 6 and _date(value + b"01")


def _words(value: bytes) -> bool:
    return all(value.split(b" "))


def _anything(_value: bytes) -> bool:
    return True


def _zoned(value: bytes) -> bool:
    """HH:MM[:SS[.sss]] and Z, +hh[:mm] or nothing behind it."""
    found = re.fullmatch(rb"([0-9:.]*)(Z|[+-](0[0-9]|1[0-4])(:[0-5][0-9])?)?", value)
    return found is not None and _time(found[1] + b":00" if found[1].count(b":") == 1 else found[1])


def _zoned_timestamp(value: bytes) -> bool:
    date, _, time = value.partition(b"-")
    return _date(date) and _zoned(time)


def _day(value: bytes) -> bool:
    return _digits(value, 1, INT_DIGITS) and 1 <= int(value) <= 31


def _language(value: bytes) -> bool:
    return len(value) == 2 and all(ord("a") <= byte <= ord("z") for byte in value)


TYPES: dict[str, Callable[[bytes], bool]] = {
    **dict.fromkeys(("AMT", "FLOAT", "PERCENTAGE", "PRICE", "PRICEOFFSET"), _float),
    **dict.fromkeys(("LENGTH", "NUMINGROUP", "SEQNUM"), _count),
    **dict.fromkeys(("DATA", "XMLDATA", "EXCHANGE", "STRING"), _anything),
    **dict.fromkeys(("LOCALMKTDATE", "UTCDATEONLY", "UTCDATE", "DATE"), _date),
    **dict.fromkeys(("MULTIPLEVALUESTRING", "MULTIPLESTRINGVALUE"), _words),
    **dict.fromkeys(("TIME", "UTCTIMESTAMP"), _timestamp),
    "BOOLEAN": lambda value: value in (b"Y", b"N"),
    "CHAR": lambda value: len(value) == 1,
    "COUNTRY": _letters(2),
    "CURRENCY": _letters(3),
    "DAYOFMONTH": _day,
    "INT": _int,
    "LANGUAGE": _language,
    "MONTHYEAR": _month_year,
    "MULTIPLECHARVALUE": lambda value: all(len(word) == 1 for word in value.split(b" ")),
    "QTY": _unsigned_float,
    "TAGNUM": lambda value: _count(value) and value[:1] != b"0",
    "TZTIMEONLY": _zoned,
    "TZTIMESTAMP": _zoned_timestamp,
    "UTCTIMEONLY": _time,
}
_PLURAL = ("MULTIPLECHARVALUE", "MULTIPLESTRINGVALUE", "MULTIPLEVALUESTRING")

# -- a message


@dataclass(slots=True)
class Verdict:
    """`faults`: of which a reader may tell any one; none means that the message is good."""

    fields: list[tuple[int, bytes]] = field(default_factory=list)  # as they stand
    tree: Tree = field(default_factory=dict)
    faults: set[Fault] = field(default_factory=set)


def judge(data: bytes, book: Book, rules: Rules = ALL_RULES, max_fields: int = MAX_FIELDS) -> Verdict:
    """`data` is one message whose BodyLength(9) and CheckSum(10) are right and whose third field is MsgType(35)."""
    verdict = Verdict()
    whole = _split(data, book, rules, verdict)
    fields, faults = verdict.fields, verdict.faults
    if len(fields) > max_fields:
        faults.add((99, None))
        return verdict
    if fields[0] != (8, b"FIX.4.4"):
        faults.add((99, 8))
    for tag, value in fields:
        faults.update(_faults_of_value(tag, value, book, rules))
    members = book.messages.get(fields[2][1])
    if members is None:
        faults.update(((11, None), (11, 35)))
    elif whole:
        faults.update(_faults_of_data(fields, book, rules))
        _Examination(book, rules, verdict, (book.header, members, book.trailer)).run()
    return verdict


def _split(data: bytes, book: Book, rules: Rules, verdict: Verdict) -> bool:
    """Fills `verdict.fields`. False where a data field's length lies, for nobody knows what comes then."""
    at, previous = 0, (0, b"")
    while at < len(data):
        end = data.find(SOH, at)
        name, equals, value = data[at:end].partition(b"=")
        at = end + 1
        if not (equals and _digits(name, 1, 9) and name[:1] != b"0"):
            # A SOH in a value, or a tag that is none; RefTagID(371) repeats it where it is a number.
            verdict.faults.update(((0, None), (17, verdict.fields[-1][0])))
            if re.fullmatch(rb"-?[0-9]{1,9}", name):
                verdict.faults.add((0, int(name)))
            previous = (0, b"")
            continue
        tag = int(name)
        if book.data_of.get(previous[0]) == tag and _count(previous[1]):
            start = end - len(value)
            said = start + int(previous[1])
            if said < len(data) - _CHECK_SUM_SIZE and data[said] == SOH:
                value = data[start:said]
                at = said + 1
            elif rules.formats:
                verdict.faults.add((6, tag))
                return False
        previous = (tag, value)
        verdict.fields.append(previous)
    return True


_CHECK_SUM_SIZE = len(b"10=000\x01")


def _faults_of_value(tag: int, value: bytes, book: Book, rules: Rules) -> Iterator[Fault]:
    kind = book.types.get(tag)
    if kind is None and (rules.known if tag < USER_DEFINED else rules.user_defined):
        yield 0, tag
    if not value:
        if rules.empty:
            yield 4, tag
        return
    if kind is None or tag == 35:  # MsgType is looked up among the messages
        return
    formats = rules.formats or tag in SESSION_TAGS
    values = book.values[tag]
    if values and rules.enums:
        if values.issuperset(value.split(b" ") if kind in _PLURAL else [value]):
            return
        yield 5, tag
    if formats and not TYPES[kind](value):
        yield 6, tag


def _faults_of_data(fields: list[tuple[int, bytes]], book: Book, rules: Rules) -> Iterator[Fault]:
    """A data field stands right behind its length, or nobody can say where it ends."""
    tags = [tag for tag, _ in fields]
    if not {*book.data_of, *book.data_of.values()}.intersection(tags):
        return
    for at, tag in enumerate(tags):
        for length, data in book.data_of.items():
            if (tag == length and tags[at + 1 : at + 2] != [data]) or (tag == data and tags[at - 1] != length):
                missing = data if tag == length else length
                if missing not in tags and rules.required:
                    yield 1, missing
                if missing in tags and rules.order:
                    yield 14, data


@dataclass(slots=True)
class _Examination:
    book: Book
    rules: Rules
    verdict: Verdict
    sections: tuple[list[Member], list[Member], list[Member]]  # header, body, trailer
    at: int = 0  # the next field
    open: list[set[int]] = field(default_factory=list)  # members of the groups around it

    def run(self) -> None:
        """Header, body, trailer, each in any order within itself; the entries of a group right behind its count."""
        fields, tree, faults = self.verdict.fields, self.verdict.tree, self.verdict.faults
        members = {member.tag: member for section in self.sections for member in section}
        self.open.append(set(members))
        said: set[int] = set()
        while self.at < len(fields):
            tag, value = fields[self.at]
            self.at += 1
            member = members.get(tag)
            if member is None:
                self._stray(tag)
            if tag in tree and self.rules.repeated:
                faults.add((13, tag))
            if value and tag not in tree:
                said.add(tag)
            entries = self._entries(member, value) if member is not None and member.group else None
            tree.setdefault(tag, value if entries is None else entries)
        if self.rules.order:
            self._check_order()
        self._check_required(chain(*self.sections), tree if self.rules.empty else said)
        if not self.rules.empty:
            _leave_out_empty(tree)

    def _check_order(self) -> None:
        """Of every tag that a field of a later section stands before."""
        reached = 0
        for tag, _ in self.verdict.fields:
            place = 0 if tag in self.book.header_tags else 2 if tag in self.book.trailer_tags else 1
            if place < reached:
                self.verdict.faults.add((14, tag))
            reached = max(place, reached)

    def _check_required(self, members: Iterable[Member], there: Container[int]) -> None:
        for member in members:
            if member.required and member.tag not in there and (self.rules.required or member.tag in SESSION_TAGS):
                self.verdict.faults.add((1, member.tag))

    def _stray(self, tag: int) -> None:
        """A field that has no place: the message lacks it, or a group's count or order is what is wrong."""
        if not ((self.rules.user_defined if tag >= USER_DEFINED else self.rules.defined) and tag in self.book.types):
            return
        if (2, tag) in self.verdict.faults:
            return
        self.verdict.faults.add((2, tag))
        for group in _groups(chain(*self.sections)):
            if any(member.tag == tag for member in group.group):
                self.verdict.faults.update(((13, tag), (15, tag), (16, group.tag)))

    def _entries(self, count: Member, said: bytes) -> list[Tree]:
        """All entries that stand here, whatever the count says."""
        fields, faults, rules = self.verdict.fields, self.verdict.faults, self.rules
        members = {member.tag for member in count.group}
        self.open.append(members)
        entries: list[Tree] = []
        while self.at < len(fields) and fields[self.at][0] == count.group[0].tag:
            entries.append(self._entry(count))
        self.open.pop()
        wrong = bool(entries) if not said else not _count(said) or int(said) != len(entries)
        if len(entries) > MAX_ENTRIES or (wrong and rules.group_count):
            faults.add((16, count.tag))
        if wrong and not entries and rules.group_order and self.at < len(fields) and fields[self.at][0] in members:
            faults.add((15, fields[self.at][0]))
        return entries

    def _entry(self, count: Member) -> Tree:
        fields, faults, rules = self.verdict.fields, self.verdict.faults, self.rules
        places = {member.tag: place for place, member in enumerate(count.group)}
        entry: Tree = {}
        said: set[int] = set()  # of its fields, those with a value
        last = -1
        while self.at < len(fields):
            tag, value = fields[self.at]
            if (tag not in places and not self._goes_on(places)) or (entry and tag == count.group[0].tag):
                break
            self.at += 1
            if tag in entry and rules.repeated:
                faults.update(((13, tag), (16, count.tag)))
            if value and tag not in entry:
                said.add(tag)
            if tag not in places:
                self._stray(tag)
                entry.setdefault(tag, value)
                continue
            if places[tag] <= last and rules.group_order:
                faults.add((15, tag))
            last = places[tag]
            member = count.group[last]
            entries = self._entries(member, value) if member.group else None
            entry.setdefault(tag, value if entries is None else entries)
        if rules.required:
            faults.update((1, member.tag) for member in count.group if member.required and member.tag not in said)
        return entry

    def _goes_on(self, places: Container[int]) -> bool:
        """Whether the next field that has a place at all has it in this entry, or begins the next."""
        for tag, _ in self.verdict.fields[self.at :]:
            if any(tag in members for members in self.open):
                return tag in places
        return False


def _leave_out_empty(tree: Tree) -> None:
    for tag, value in list(tree.items()):
        if not value and not isinstance(value, list):
            del tree[tag]
        elif isinstance(value, list):
            for entry in value:
                _leave_out_empty(entry)


def _groups(members: Iterable[Member]) -> Iterator[Member]:
    """All groups among the members, those within them too."""
    for member in members:
        if member.group:
            yield member
            yield from _groups(member.group)


def _tags(members: Iterable[Member]) -> Iterator[int]:
    for member in members:
        yield member.tag
        yield from _tags(member.group)
