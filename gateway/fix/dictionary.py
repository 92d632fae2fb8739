"""Which fields and messages there are: read from XML in QuickFIX's format, so that users can bring their own.

A file is believed as a whole or refused with the place and the reason; nothing in it is guessed or skipped. Document
types are refused, for they carry entities, and a few lines of those unfold to gigabytes.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from xml.parsers import expat


@dataclass(frozen=True, slots=True)
class FieldDef:
    number: int
    name: str
    type: str  # 'PRICE', 'STRING', ...: one of TYPES
    values: dict[str, str]  # wire value -> its name in capitals; empty where any value of the type will do


@dataclass(frozen=True, slots=True)
class GroupDef:
    count: int  # the NumInGroup field
    delimiter: int  # the field that begins every entry
    members: dict[int, "MemberDef"]  # in the order of the specification, as all members are


@dataclass(frozen=True, slots=True)
class MemberDef:
    number: int
    required: bool
    group: GroupDef | None = None  # of which `number` is the count


@dataclass(frozen=True, slots=True)
class MessageDef:
    """A message's body, components dissolved into it. What an optional component requires is optional here."""

    name: str
    msg_type: str
    admin: bool
    members: dict[int, MemberDef]


@dataclass(frozen=True, slots=True)
class Dictionary:
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


@dataclass(frozen=True, slots=True)
class _Element:
    file: Path
    line: int
    tag: str
    attributes: dict[str, str]
    children: list["_Element"] = field(default_factory=list)

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

    Raises DictionaryError, also when an addition contradicts what was there before.
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


@cache
def default() -> Dictionary:
    """What the gateway speaks: FIX 4.4 and the house's own fields."""
    specs = files("fixspecs")
    with as_file(specs / "FIX44.xml") as base, as_file(specs / "house.xml") as house:
        return load(base, house)


def _read(path: Path) -> _Element:
    parser = expat.ParserCreate()
    opened: list[_Element] = []
    roots: list[_Element] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        element = _Element(path, parser.CurrentLineNumber, tag, attributes)
        if not opened and tag != "fix":
            raise element.error("stands where <fix> should")
        if opened and tag not in _CHILDREN.get(opened[-1].tag, ()):
            raise element.error(f"has no place in <{opened[-1].tag}>")
        if len(opened) == _MAX_DEPTH:
            raise element.error(f"is nested deeper than {_MAX_DEPTH}")
        (opened[-1].children if opened else roots).append(element)
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
        self.header: list[_Element] = []
        self.trailer: list[_Element] = []
        self.components: dict[str, _Element] = {}
        self.messages: dict[str, list[_Element]] = {}  # by MsgType; the second and later ones add members
        self.dissolved: dict[str, list[MemberDef]] = {}  # components done; one that two groups use is done once

    def add(self, root: _Element) -> None:
        said: set[tuple[str, str]] = set()  # what this file has defined: to add is for other files
        for section in root.children:
            if section.tag == "header":
                self.header.append(section)
            elif section.tag == "trailer":
                self.trailer.append(section)
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
        label = f"{new.name}({new.number})"
        if new.type not in TYPES:
            raise element.error(f"{label} has the unknown type '{new.type}'")
        if ("field", new.name) in said:
            raise element.error(f"{label} is defined already")
        said.add(("field", new.name))
        old = self.fields.get(new.number)
        if old is None:
            if new.name in self.numbers:
                raise element.error(f"{label} is already {new.name}({self.numbers[new.name]})")
            self.fields[new.number] = new
            self.numbers[new.name] = new.number
            return
        if (old.name, old.type) != (new.name, new.type):
            raise element.error(f"{label} of type {new.type} is already {old.name}({old.number}) of type {old.type}")
        for value, name in new.values.items():
            if old.values.get(value, name) != name:
                raise element.error(f"{label} value '{value}' is already {old.values[value]}")
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
        for component in self.components.values():
            self._dissolve(component, ())  # also those that no message uses: a mistake in one is a mistake
        return Dictionary(
            version=_version(root),
            fields=self.fields,
            numbers=self.numbers,
            header=self._members(self.header),
            trailer=self._members(self.trailer),
            messages={msg_type: self._message(parts) for msg_type, parts in self.messages.items()},
        )

    def _message(self, parts: list[_Element]) -> MessageDef:
        first = parts[0]
        return MessageDef(first.get("name"), first.get("msgtype"), first.get("msgcat") == "admin", self._members(parts))

    def _members(self, parts: Iterable[_Element], path: tuple[str, ...] = ()) -> dict[int, MemberDef]:
        members: dict[int, MemberDef] = {}
        for part in parts:
            for element in part.children:
                for member in self._resolve(element, path):
                    if member.number in members:
                        raise element.error(f"{self._label(member)} is in <{part.tag}> {part.get('name')} twice")
                    members[member.number] = member
        return members

    def _resolve(self, element: _Element, path: tuple[str, ...]) -> Iterator[MemberDef]:
        """The members that one <field>, <group> or <component> stands for."""
        name, required = element.get("name"), element.choice("required", "Y", "N") == "Y"
        if element.tag != "group" and element.children:
            raise element.error(f"{name} has children, which belong where it is defined")
        if element.tag == "component":
            if name not in self.components:
                raise element.error(f"{name} is not defined in <components>")
            if name in path:
                raise element.error(f"{name} contains itself: {' > '.join((*path, name))}")
            for member in self._dissolve(self.components[name], path):
                yield member if required else replace(member, required=False)
            return
        number = self.numbers.get(name)
        if number is None:
            raise element.error(f"{name} is not defined in <fields>")
        yield MemberDef(number, required, self._group(element, number, path) if element.tag == "group" else None)

    def _dissolve(self, component: _Element, path: tuple[str, ...]) -> list[MemberDef]:
        name = component.get("name")
        if name not in self.dissolved:
            if len(path) == _MAX_DEPTH:
                raise component.error(f"{name} is nested deeper than {_MAX_DEPTH}")
            self.dissolved[name] = list(self._members([component], (*path, name)).values())
        return self.dissolved[name]

    def _group(self, element: _Element, count: int, path: tuple[str, ...]) -> GroupDef:
        definition = self.fields[count]
        if definition.type not in _COUNT_TYPES:
            raise element.error(
                f"{definition.name}({count}) has type {definition.type}, a group is counted in NUMINGROUP"
            )
        members = self._members([element], path)
        if not members:
            raise element.error(f"{definition.name}({count}) has no members")
        if count in members:
            raise element.error(f"{definition.name}({count}) contains itself")
        return GroupDef(count, next(iter(members)), members)

    def _label(self, member: MemberDef) -> str:
        return f"{self.fields[member.number].name}({member.number})"


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
