"""A FIXatdl 1.1 file of another desk, read for what travels: strategies, their parameters, the values of these.

Such a file comes from outside. It is read within bounds of size and depth, and one with a document type declaration is
refused, so that there are no entities to expand and nothing to fetch. Layout and rules are for tickets; we skip them.
"""

import itertools
from pathlib import Path
from xml.parsers import expat

from msgspec import Struct, field

from gateway.run.atdl import NAMESPACES, TYPES, XSI

MAX_FILE = 8 << 20  # bytes; a hundred strategies with their layouts take a fifth of it
_MAX_DEPTH = 64
_MAX_ELEMENTS = 100_000
_CORE = NAMESPACES[""]
_LAYOUT = NAMESPACES["lay"]
_OTHER_VERSION = "http://www.fixprotocol.org/"
_MAX_TAG = 99_999


class AtdlError(Exception):
    """The file cannot be used; the text has its name, the line where there is one, and why."""


class EnumPair(Struct, frozen=True, kw_only=True):
    wire: str
    words: tuple[str, ...]  # what else it is called: its enumID, and how a list shows it


class ForeignParameter(Struct, frozen=True, kw_only=True):
    name: str
    kind: int  # StrategyParameterType(959)
    tag: int | None  # None: it travels in StrategyParametersGrp(957)
    is_required: bool
    is_constant: bool  # it always has one value, which no person enters
    is_per_cent: bool  # 25 is 25 %
    pairs: tuple[EnumPair, ...]  # empty: it is not enumerated
    line: int


class ForeignStrategy(Struct, frozen=True, kw_only=True):
    name: str
    words: tuple[str, ...]  # what else it is called
    wire: str
    parameters: tuple[ForeignParameter, ...]
    has_group: bool  # it has parameters of legs or list entries, too
    line: int


class Document(Struct, frozen=True, kw_only=True):
    strategy_tag: int
    version_tag: int | None
    has_group_957: bool
    strategies: tuple[ForeignStrategy, ...]


class _Element(Struct):
    name: str  # 'namespace name'
    attributes: dict[str, str]
    line: int
    children: "list[_Element]" = field(default_factory=list)

    def all(self, name: str, space: str = _CORE) -> "list[_Element]":
        return [child for child in self.children if child.name == f"{space} {name}"]


class _Broken(Exception):
    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line, self.why = line, why


def load(path: Path) -> Document:
    """Raises AtdlError."""
    try:
        with path.open("rb") as opened:
            data = opened.read(MAX_FILE + 1)
    except OSError as unreadable:
        raise AtdlError(f"{path}: cannot be read: {unreadable.strerror}") from None
    if len(data) > MAX_FILE:
        raise AtdlError(f"{path.name}: is larger than {MAX_FILE} bytes")
    try:
        return _document(_tree(data))
    except _Broken as broken:
        raise AtdlError(f"{path.name}:{broken.line}: {broken.why}") from None


def _tree(data: bytes) -> _Element:
    """The elements without their text. Raises _Broken."""
    top = _Element("", {}, 0)
    path = [top]
    count = itertools.count()
    parser = expat.ParserCreate(namespace_separator=" ")

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(path) > _MAX_DEPTH:
            raise _Broken(parser.CurrentLineNumber, f"elements are nested more than {_MAX_DEPTH} deep")
        if next(count) == _MAX_ELEMENTS:
            raise _Broken(parser.CurrentLineNumber, f"has more than {_MAX_ELEMENTS} elements")
        element = _Element(name, attributes, parser.CurrentLineNumber)
        path[-1].children.append(element)
        path.append(element)

    def end(_: str) -> None:
        path.pop()

    def doctype(*_: object) -> None:
        raise _Broken(parser.CurrentLineNumber, "has a document type declaration, which FIXatdl has no use for")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(data, True)
    except expat.ExpatError as wrong:
        raise _Broken(wrong.lineno, f"is not XML: {expat.ErrorString(wrong.code)}") from None
    except (LookupError, ValueError) as wrong:  # an encoding that nobody knows, or that expat cannot read
        raise _Broken(1, f"is not XML: {wrong}") from None
    return top.children[0]


def _document(root: _Element) -> Document:
    if root.name != f"{_CORE} Strategies":
        space, _, name = root.name.rpartition(" ")
        if name == "Strategies" and space.startswith(_OTHER_VERSION):
            raise _Broken(root.line, f"is of the namespace {space}, not {_CORE}")
        raise _Broken(root.line, f"begins with <{name}>, not with <Strategies> of FIXatdl 1.1")
    tag = _tag(root, "strategyIdentifierTag")
    if tag is None:
        raise _Broken(root.line, "Strategies has no strategyIdentifierTag")
    elements = root.all("Strategy")
    if not elements:
        raise _Broken(root.line, "has no Strategy")
    strategies = tuple(map(_strategy, elements))
    lines: dict[str, int] = {}
    for each in strategies:
        if each.wire in lines:
            raise _Broken(each.line, f'wireValue "{each.wire}" is that of the Strategy in line {lines[each.wire]}, too')
        lines[each.wire] = each.line
    has_group = root.attributes.get("tag957Support") in ("true", "1")
    for strategy in strategies:
        for parameter in strategy.parameters:
            if parameter.tag is None and not has_group:
                raise _Broken(parameter.line, f"{parameter.name} has no fixTag, and tag957Support is not true")
    return Document(
        strategy_tag=tag,
        version_tag=_tag(root, "versionIdentifierTag"),
        has_group_957=has_group,
        strategies=strategies,
    )


def _strategy(element: _Element) -> ForeignStrategy:
    name, wire = _needed(element, "name"), _needed(element, "wireValue")
    shown = _shown(element)
    parameters = tuple(_parameter(each, shown) for each in element.all("Parameter"))
    lines: dict[str, int] = {}
    for each in parameters:
        if each.name in lines:
            raise _Broken(each.line, f"Parameter {each.name} is in line {lines[each.name]}, too")
        lines[each.name] = each.line
    words = tuple(word for word in (element.attributes.get("uiRep"), wire) if word)
    return ForeignStrategy(
        name=name,
        words=words,
        wire=wire,
        parameters=parameters,
        has_group=bool(element.all("RepeatingGroup")),
        line=element.line,
    )


def _parameter(element: _Element, shown: dict[tuple[str, str], str]) -> ForeignParameter:
    name = _needed(element, "name")
    kind = _needed(element, f"{XSI} type").rpartition(":")[2]
    if kind.removesuffix("_t") not in TYPES or not kind.endswith("_t"):
        raise _Broken(element.line, f"Parameter {name} has the xsi:type {kind}, which FIXatdl 1.1 has not")
    pairs = [
        EnumPair(
            wire=_needed(pair, "wireValue"),
            words=tuple(filter(None, (_needed(pair, "enumID"), shown.get((name, pair.attributes["enumID"]))))),
        )
        for pair in element.all("EnumPair")
    ]
    if kind == "Boolean_t" and not pairs:
        sides = (("Yes", "Y", "trueWireValue"), ("No", "N", "falseWireValue"))
        pairs = [EnumPair(wire=element.attributes.get(side) or usual, words=(word,)) for word, usual, side in sides]
    return ForeignParameter(
        name=name,
        kind=TYPES.index(kind.removesuffix("_t")) + 1,
        tag=_tag(element, "fixTag"),
        is_required=element.attributes.get("use") == "required",
        is_constant="constValue" in element.attributes,
        is_per_cent=element.attributes.get("multiplyBy100") in ("true", "1"),
        pairs=tuple(pairs),
        line=element.line,
    )


def _shown(strategy: _Element) -> dict[tuple[str, str], str]:
    """How lists show the values of parameters: (parameter, enumID) -> text."""
    found: dict[tuple[str, str], str] = {}
    waiting = strategy.all("StrategyLayout", _LAYOUT)
    while waiting:
        element = waiting.pop()
        waiting += element.children
        about = element.attributes.get("parameterRef")
        for item in element.all("ListItem", _LAYOUT) if about else ():
            found[about or "", item.attributes.get("enumID", "")] = item.attributes.get("uiRep", "")
    return found


def _needed(element: _Element, attribute: str) -> str:
    value = element.attributes.get(attribute)
    if not value:
        name, short = element.name.rpartition(" ")[2], attribute.rpartition(" ")[2]
        raise _Broken(element.line, f"{name} has no {short}")
    return value


def _tag(element: _Element, attribute: str) -> int | None:
    text = element.attributes.get(attribute)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) <= _MAX_TAG):
        raise _Broken(element.line, f'{attribute} "{text[:32]}" is no tag')
    return int(text)
