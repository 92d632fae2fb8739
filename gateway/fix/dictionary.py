"""Which fields and messages there are: read from XML in QuickFIX's format, so that users can bring their own.

A file is believed as a whole or refused with the place and the reason; nothing in it is guessed or skipped. Document
types are refused, for they carry entities, and a few lines of those unfold to gigabytes.
"""

import re
from collections.abc import Iterable
from functools import cache
from itertools import islice
from pathlib import Path
from xml.parsers import expat

from msgspec import Struct
from msgspec.structs import replace

import fixspecs


class FieldDef(Struct, frozen=True, gc=False):
    number: int
    name: str
    type: str  # 'PRICE', 'STRING', ...: one of TYPES
    values: dict[str, str]  # wire value -> its name in capitals; empty where any value of the type will do


class GroupDef(Struct, frozen=True, gc=False):
    count: int  # the NumInGroup field
    delimiter: int  # the field that begins every entry
    members: dict[int, "MemberDef"]  # in the order of the specification, as all members are


class MemberDef(Struct, frozen=True, gc=False):
    number: int
    required: bool
    group: GroupDef | None = None  # of which `number` is the count


class MessageDef(Struct, frozen=True, gc=False):
    """A message's body, components dissolved into it. What an optional component requires is optional here."""

    name: str
    msg_type: str
    admin: bool
    members: dict[int, MemberDef]


class Dictionary(Struct, frozen=True, gc=False):
    version: str  # 'FIX.4.4', as BeginString(8) says it
    fields: dict[int, FieldDef]
    numbers: dict[str, int]  # by field name
    header: dict[int, MemberDef]
    trailer: dict[int, MemberDef]
    messages: dict[str, MessageDef]  # by MsgType(35)


class DictionaryError(Exception):
    """What is wrong in a dictionary file, and where. Line 0: the file as a whole."""

    def __init__(self, file: Path, line: int, element: str, what: str) -> None:
        super().__init__(f"{file}:{line}: <{element}> {what}" if element else f"{file}:{line}: {what}")
        self.file = file
        self.line = line
        self.element = element
        self.what = what


# fmt: off
TYPES = frozenset((
    "AMT", "BOOLEAN", "CHAR", "COUNTRY", "CURRENCY", "DATA", "DATE", "DAYOFMONTH", "EXCHANGE", "FLOAT", "INT",
    "LANGUAGE", "LENGTH", "LOCALMKTDATE", "MONTHYEAR", "MULTIPLECHARVALUE", "MULTIPLESTRINGVALUE",
    "MULTIPLEVALUESTRING", "NUMINGROUP", "PERCENTAGE", "PRICE", "PRICEOFFSET", "QTY", "SEQNUM", "STRING", "TAGNUM",
    "TIME", "TZTIMEONLY", "TZTIMESTAMP", "UTCDATE", "UTCDATEONLY", "UTCTIMEONLY", "UTCTIMESTAMP", "XMLDATA",
))
# fmt: on
_COUNT_TYPES = ("NUMINGROUP", "INT")  # FIX 4.2 had no type of its own for counts
_MAX_DEPTH = 24  # of elements in a file, and of components and groups within each other; FIX itself needs 8
_HOUSE = "FIX44+house"
_SPECS = Path(fixspecs.__file__).parent

_MEMBERS = frozenset({"field", "component", "group"})
_CHILDREN = {
    "fix": frozenset({"header", "messages", "trailer", "components", "fields"}),
    "header": _MEMBERS,
    "messages": frozenset({"message"}),
    "message": _MEMBERS,
    "trailer": _MEMBERS,
    "components": frozenset({"component"}),
    "component": _MEMBERS,
    "group": _MEMBERS,
    "fields": frozenset({"field"}),
    "field": frozenset({"value"}),
}
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


class _Element(Struct, gc=False):
    file: Path
    line: int
    tag: str
    attributes: dict[str, str]
    children: list["_Element"] = []

    def __str__(self) -> str:
        return f"<{self.tag}> {self.attributes.get('name', '')}".rstrip()

    def error(self, what: str) -> DictionaryError:
        return DictionaryError(self.file, self.line, self.tag, what)

    def get(self, name: str) -> str:
        value = self.attributes.get(name, "")
        if not value:
            raise self.error(f"has no {name}")
        return value

    def choice(self, name: str, *choices: str) -> str:
        value = self.get(name)
        if value not in choices:
            raise self.error(f"{name}='{value}' is none of {', '.join(choices)}")
        return value

    def number(self, name: str) -> int:
        value = self.get(name)
        if not _NUMBER.fullmatch(value):
            raise self.error(f"{name}='{value}' is not a positive number of at most 9 digits")
        return int(value)


def load(base: Path, *additions: Path) -> Dictionary:
    """Read `base` and what each addition adds to it: fields and values of fields, messages and members at their end.

    A group that a message of an addition names and that is there already gets what the addition lists in it. Raises
    DictionaryError, also when an addition contradicts what was there before.
    """
    root = _read(base)
    draft = _Draft()
    draft.add(root)
    for path in additions:
        more = _read(path)
        if _version(more) != _version(root):
            raise more.error(f"is of {_version(more)}, so it adds to another version than {_version(root)}")
        draft.add(more)
    return draft.finish(root)


def default() -> Dictionary:
    """What the gateway speaks: FIX 4.4 and the house's own fields."""
    return named("")


def named(name: str) -> Dictionary:
    """A session's dictionary: files joined by `+`, the first one the base, as in `FIX44+house+venues/desk.xml`.

    A file is a path that ends in `.xml`, or one of fixspecs by its name alone. The empty name is the house's. Each is
    read once in the life of a process.
    """
    return _named(name or _HOUSE)


@cache
def _named(name: str) -> Dictionary:
    return load(*(Path(part) if part.endswith(".xml") else _SPECS / f"{part}.xml" for part in name.split("+")))


def _read(path: Path) -> _Element:
    parser = expat.ParserCreate()
    opened: list[_Element] = []
    roots: list[_Element] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        element = _Element(path, parser.CurrentLineNumber, tag, attributes)
        if opened:
            parent = opened[-1]
            if tag not in _CHILDREN.get(parent.tag, ()):
                raise element.error(f"has no place in <{parent.tag}>")
            if len(opened) == _MAX_DEPTH:
                raise element.error(f"is nested deeper than {_MAX_DEPTH}")
            parent.children.append(element)
        elif tag == "fix":
            roots.append(element)
        else:
            raise element.error("stands where <fix> should")
        opened.append(element)

    def end(_tag: str) -> None:
        opened.pop()

    def doctype(*_declaration: object) -> None:
        raise DictionaryError(path, parser.CurrentLineNumber, "!DOCTYPE", "is not allowed in a dictionary")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(path.read_bytes(), True)
    except expat.ExpatError as broken:
        element = opened[-1].tag if opened else ""
        raise DictionaryError(path, broken.lineno, element, f"not XML: {expat.ErrorString(broken.code)}") from None
    except OSError as unreadable:
        raise DictionaryError(path, 0, "", f"cannot be read: {unreadable.strerror}") from None
    return roots[0]


class _Draft:
    """A dictionary in the making: what the files have said so far, names not yet resolved."""

    def __init__(self) -> None:
        self.fields: dict[int, FieldDef] = {}
        self.numbers: dict[str, int] = {}
        self.outer: dict[str, list[_Element]] = {"header": [], "trailer": []}
        self.components: dict[str, _Element] = {}
        self.messages: dict[str, list[_Element]] = {}  # by MsgType; the second and later ones add members
        self.dissolved: dict[str, dict[int, MemberDef]] = {}  # components done; one that two groups use is done once
        self.loosened: dict[str, dict[int, MemberDef]] = {}  # the same where all of it is optional
        self.plain: dict[tuple[int, bool], MemberDef] = {}  # members without a group, shared by all messages

    def add(self, root: _Element) -> None:
        said: set[tuple[str, str]] = set()  # what this file has defined: to add is for other files
        for section in root.children:
            if section.tag in self.outer:
                self.outer[section.tag].append(section)
            for element in section.children:
                if section.tag == "fields":
                    self._add_field(element, said)
                elif section.tag == "components":
                    name = element.get("name")
                    if name in self.components:
                        raise element.error(f"{name} is defined already")
                    self.components[name] = element
                elif section.tag == "messages":
                    self._add_message(element, said)

    def _add_field(self, element: _Element, said: set[tuple[str, str]]) -> None:
        new = FieldDef(element.number("number"), element.get("name"), element.get("type"), _values(element))
        if new.type not in TYPES:
            raise element.error(f"{_label(new)} has the unknown type '{new.type}'")
        if ("field", new.name) in said:
            raise element.error(f"{_label(new)} is defined already")
        said.add(("field", new.name))
        old = self.fields.get(new.number)
        if old is None:
            if new.name in self.numbers:
                raise element.error(f"{_label(new)} is already {new.name}({self.numbers[new.name]})")
            self.fields[new.number] = new
            self.numbers[new.name] = new.number
            return
        if (old.name, old.type) != (new.name, new.type):
            raise element.error(f"{_label(new)} of type {new.type} is already {_label(old)} of type {old.type}")
        for value, name in new.values.items():
            if old.values.get(value, name) != name:
                raise element.error(f"{_label(new)} value '{value}' is already {old.values[value]}")
        self.fields[new.number] = replace(old, values=old.values | new.values)

    def _add_message(self, element: _Element, said: set[tuple[str, str]]) -> None:
        name, msg_type, category = element.get("name"), element.get("msgtype"), element.choice("msgcat", "admin", "app")
        if ("message", name) in said:
            raise element.error(f"{name} is defined already")
        said.add(("message", name))
        for known, (first, *_) in self.messages.items():
            was = (first.get("name"), known, first.get("msgcat"))
            if (known == msg_type or was[0] == name) and was != (name, msg_type, category):
                raise element.error(f"{name}({msg_type}, {category}) is already {was[0]}({was[1]}, {was[2]})")
        self.messages.setdefault(msg_type, []).append(element)

    def finish(self, root: _Element) -> Dictionary:
        missing = [
            tag for tag in ("header", "messages", "trailer", "fields") if all(c.tag != tag for c in root.children)
        ]
        if missing:
            raise root.error(f"has no <{missing[0]}>")
        for name in self.components:
            self._dissolve(name, ())  # also those that no message uses: a mistake in one is a mistake
        return Dictionary(
            version=_version(root),
            fields=self.fields,
            numbers=self.numbers,
            header=self._members(self.outer["header"]),
            trailer=self._members(self.outer["trailer"]),
            messages={msg_type: self._message(parts) for msg_type, parts in self.messages.items()},
        )

    def _message(self, parts: list[_Element]) -> MessageDef:
        first = parts[0]
        return MessageDef(first.get("name"), first.get("msgtype"), first.get("msgcat") == "admin", self._members(parts))

    def _members(self, parts: Iterable[_Element], path: tuple[str, ...] = ()) -> dict[int, MemberDef]:
        """What the first part lists and the others add."""
        members: dict[int, MemberDef] = {}
        for part in parts:
            earlier = frozenset(members)  # the part may add to the groups among these
            for element in part.children:
                name, required = element.get("name"), element.choice("required", "Y", "N") == "Y"
                if element.tag != "group" and element.children:
                    raise element.error(f"{name} has children, which belong where it is defined")
                if element.tag == "component":
                    self._include(self._component(element, name, required, path), members, element, part)
                    continue
                number = self.numbers.get(name)
                if number is None:
                    raise element.error(f"{name} is not defined in <fields>")
                if element.tag == "field":
                    member = self._plain(number, required)
                else:
                    member = MemberDef(number, required, self._group(element, number, path))
                    if number in earlier and members[number].group:
                        members[number] = self._extended(members[number], member, element)
                        continue
                self._include({number: member}, members, element, part)
        return members

    def _include(
        self, found: dict[int, MemberDef], members: dict[int, MemberDef], element: _Element, part: _Element
    ) -> None:
        before = len(members)
        members.update(found)
        if len(members) != before + len(found):
            there = set(islice(members, before))
            twice = next(number for number in found if number in there)
            raise element.error(f"{_label(self.fields[twice])} is in {part} twice")

    def _plain(self, number: int, required: bool) -> MemberDef:
        key = number, required
        return self.plain.get(key) or self.plain.setdefault(key, MemberDef(number, required))

    def _component(self, element: _Element, name: str, required: bool, path: tuple[str, ...]) -> dict[int, MemberDef]:
        if name not in self.components:
            raise element.error(f"{name} is not defined in <components>")
        if name in path:
            raise element.error(f"{name} contains itself: {' > '.join((*path, name))}")
        members = self._dissolve(name, path)
        if required:
            return members
        loose = self.loosened.get(name)
        if loose is None:
            loose = self.loosened[name] = {
                number: replace(member, required=False) if member.group else self._plain(number, False)
                for number, member in members.items()
            }
        return loose

    def _dissolve(self, name: str, path: tuple[str, ...]) -> dict[int, MemberDef]:
        members = self.dissolved.get(name)
        if members is None:
            component = self.components[name]
            if len(path) == _MAX_DEPTH:
                raise component.error(f"{name} is nested deeper than {_MAX_DEPTH}")
            members = self.dissolved[name] = self._members([component], (*path, name))
        return members

    def _group(self, element: _Element, count: int, path: tuple[str, ...]) -> GroupDef:
        definition = self.fields[count]
        if definition.type not in _COUNT_TYPES:
            raise element.error(f"{_label(definition)} has type {definition.type}, a group is counted in NUMINGROUP")
        members = self._members([element], path)
        if not members:
            raise element.error(f"{_label(definition)} has no members")
        if count in members:
            raise element.error(f"{_label(definition)} contains itself")
        return GroupDef(count, next(iter(members)), members)

    def _extended(self, old: MemberDef, new: MemberDef, element: _Element) -> MemberDef:
        """A group that was there, and at its end what an addition lists in it."""
        assert old.group is not None and new.group is not None
        if old.required != new.required:
            was = "required" if old.required else "optional"
            raise element.error(f"{_label(self.fields[old.number])} is {was} where it was defined")
        members = dict(old.group.members)
        self._include(new.group.members, members, element, element)
        return replace(old, group=replace(old.group, members=members))


def _label(field: FieldDef) -> str:
    return f"{field.name}({field.number})"


def _values(element: _Element) -> dict[str, str]:
    values: dict[str, str] = {}
    for child in element.children:
        value = child.get("enum")
        if value in values:
            raise child.error(f"'{value}' is listed twice")
        values[value] = child.get("description")
    return values


def _version(root: _Element) -> str:
    minor = root.get("minor")  # may be 0, which an element's number may not
    if not (minor.isascii() and minor.isdigit()):
        raise root.error(f"minor='{minor}' is not a number")
    return f"{root.choice('type', 'FIX', 'FIXT')}.{root.number('major')}.{minor}"
