"""The structure of FIXatdl 1.1, as its six schemas and its text have it: a document's faults, in words.

Which elements follow which, which attributes they need and may have, what has to be unique, what has to be there when
something refers to it, and which control can show which parameter.
"""

import re
from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element, fromstring

from gateway.run.atdl import NAMESPACES, TYPES, XSI

_PREFIXES = {space: prefix for prefix, space in NAMESPACES.items()}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,255}")
_TYPE = f"{{{XSI}}}type"

# Element -> its children in this order: '?' at most one, '*' any, '+' one at least, '1' exactly one.
CHILDREN = {
    "Strategies": "Description? val:Edit* Strategy+",
    "Strategy": "Description? Regions? Markets? SecurityTypes? Parameter* val:Edit* lay:StrategyLayout? RepeatingGroup? val:StrategyEdit*",
    "Regions": "Region+",
    "Region": "Country*",
    "Markets": "Market+",
    "SecurityTypes": "SecurityType+",
    "Parameter": "Description? EnumPair*",
    "EnumPair": "Description?",
    "lay:StrategyLayout": "lay:StrategyPanel1",
    "lay:StrategyPanel": "lay:StrategyPanel* lay:Control*",
    "lay:Control": "flow:StateRule* lay:HelpText? lay:ListItem*",
    "lay:ListItem": "flow:StateRule*",
    "flow:StateRule": "Description? val:Edit1",
    "val:StrategyEdit": "Description? val:Edit1",
    "val:Edit": "Description? val:Edit*",
}
# Element -> attributes, those it needs with a '!'.
ATTRIBUTES = {
    "Strategies": "strategyIdentifierTag! versionIdentifierTag draftFlagIdentifierTag changeStrategyOnCxlRpl imageLocation tag957Support",
    "Strategy": "name! uiRep wireValue! version! fixMsgType providerID providerSubID disclosureDoc sentOrderLink imageLocation",
    "Region": "name! inclusion!",
    "Country": "CountryCode! inclusion!",
    "Market": "MICCode! inclusion!",
    "SecurityType": "name! inclusion!",
    "Parameter": "name! type! fixTag use mutableOnCxlRpl revertOnCxlRpl definedByFIX constValue",
    "EnumPair": "enumID! wireValue! index",
    "lay:StrategyPanel": "title collapsed collapsible color orientation! border",
    "lay:Control": "ID! type! parameterRef label tooltip initFixField initPolicy disableForTemplate initValue",
    "lay:ListItem": "enumID uiRep",
    "flow:StateRule": "enabled visible value",
    "val:StrategyEdit": "errorMessage!",
    "val:Edit": "field field2 value operator logicOperator id",
}
# What a Parameter of a type, or a Control, may have beside.
OF_TYPE = {
    **dict.fromkeys(("Int_t", "Float_t", "Qty_t", "Price_t", "PriceOffset_t", "Amt_t"), "minValue maxValue precision"),
    "Percentage_t": "minValue maxValue precision multiplyBy100",
    "Boolean_t": "trueWireValue falseWireValue",
    "String_t": "minLength maxLength",
    "Char_t": "",
    "UTCTimestamp_t": "minValue maxValue localMktTz",
    **dict.fromkeys(("MultipleStringValue_t", "MultipleCharValue_t"), "minLength maxLength invertOnWire"),
    "lay:Clock_t": "initValueMode localMktTz",
    "lay:TextField_t": "",
    "lay:SingleSpinner_t": "increment incrementPolicy",
    "lay:DoubleSpinner_t": "innerIncrement innerIncrementPolicy outerIncrement outerIncrementPolicy",
    "lay:CheckBox_t": "checkedEnumRef uncheckedEnumRef",
    "lay:RadioButtonList_t": "orientation",
    **dict.fromkeys(("lay:DropDownList_t", "lay:EditableDropDownList_t", "lay:MultiSelectList_t", "lay:Slider_t"), ""),
    **dict.fromkeys(("lay:Label_t", "lay:HiddenField_t"), ""),
}
WORDS = {
    "use": "required optional",
    "inclusion": "Include Exclude",
    "orientation": "HORIZONTAL VERTICAL",
    "border": "None Line",
    "operator": "EX NX EQ NE LT LE GT GE",
    "logicOperator": "AND OR XOR NOT",
    "incrementPolicy": "Tick LotSize",
    **dict.fromkeys(
        ("mutableOnCxlRpl", "revertOnCxlRpl", "tag957Support", "changeStrategyOnCxlRpl", "enabled", "visible"),
        "true false",
    ),
}
_NUMBERS = ("Int_t", "Float_t", "Qty_t", "Price_t", "PriceOffset_t", "Amt_t", "Percentage_t")
_LISTS = ("lay:DropDownList_t", "lay:MultiSelectList_t", "lay:RadioButtonList_t", "lay:Slider_t")


def faults(document: str) -> list[str]:
    root = fromstring(document)
    if _short(root.tag) != "Strategies":
        return ["the root is not Strategies"]
    found = [*_shape(root)]
    strategies = root.findall(f"{{{NAMESPACES['']}}}Strategy")
    for attribute in ("name", "wireValue"):
        found += _twice((each.get(attribute) for each in strategies), f"Strategy {attribute}")
    has_group = root.get("tag957Support") == "true"
    for strategy in strategies:
        found += [f"{strategy.get('name')}: {fault}" for fault in _strategy(strategy, has_group=has_group)]
    return found


def _short(tag: str) -> str:
    space, _, name = tag.removeprefix("{").rpartition("}")
    prefix = _PREFIXES.get(space, "?")
    return f"{prefix}:{name}" if prefix else name


def _type(element: Element) -> str:
    """Of a control with our prefix, whichever the document has."""
    kind = element.get(_TYPE, "")
    return f"lay:{kind.rpartition(':')[2]}" if _short(element.tag) == "lay:Control" else kind


def _all(element: Element, name: str) -> list[Element]:
    return [each for each in element.iter() if _short(each.tag) == name]


def _shape(element: Element) -> Iterator[str]:
    name = _short(element.tag)
    children = [_short(child.tag) for child in element]
    pattern = "".join(
        f"(?:<{each.rstrip('?*+1')}>){each[-1]}".replace(")1", ")") for each in CHILDREN.get(name, "").split()
    )
    if not re.fullmatch(pattern, "".join(f"<{child}>" for child in children)):
        yield f"{name} has the children {' '.join(children)}"
    if name == "lay:StrategyPanel" and len(set(children)) != 1:
        yield "a panel holds either panels or controls, one at least"
    kind = _type(element)
    known = f"{ATTRIBUTES.get(name, '')} {OF_TYPE.get(kind, '')}".split()
    if _TYPE in element.attrib and kind not in OF_TYPE and kind.removesuffix("_t") not in TYPES:
        yield f"{name} is of no type {kind}"
    given = {"type" if key == _TYPE else key for key in element.attrib}
    needed = {each[:-1] for each in known if each.endswith("!")}
    yield from (f"{name} has no {each}" for each in sorted(needed - given))
    yield from (f"{name} of type {kind} has {each}" for each in sorted(given - needed - set(known)))
    for key, value in element.attrib.items():
        if key in WORDS and value not in WORDS[key].split():
            yield f"{name} has {key}={value}"
        if key in ("ID", "enumID", "parameterRef") or (key == "name" and name in ("Strategy", "Parameter")):
            yield from [] if _NAME.fullmatch(value) else [f"{name} has the {key} '{value}'"]
    for child in element:
        yield from _shape(child)


def _strategy(strategy: Element, *, has_group: bool) -> Iterator[str]:
    parameters = {each.get("name", ""): each for each in _all(strategy, "Parameter")}
    controls = {each.get("ID", ""): each for each in _all(strategy, "lay:Control")}
    yield from _twice((each.get("name") for each in _all(strategy, "Parameter")), "Parameter")
    yield from _twice((each.get("ID") for each in _all(strategy, "lay:Control")), "Control ID")
    yield from _twice((each.get("parameterRef") for each in controls.values()), "parameterRef")
    yield from _twice((each.get("fixTag") for each in parameters.values()), "fixTag")
    shown = {control.get("parameterRef") for control in controls.values()}
    for name, parameter in parameters.items():
        if parameter.get("fixTag") is None and not has_group:
            yield f"{name} travels in no field"
        if parameter.get("use") == "required" and parameter.get("constValue") is None and name not in shown:
            yield f"{name} is required, and no control asks for it"
        for attribute in ("enumID", "wireValue"):
            yield from _twice((pair.get(attribute) for pair in _all(parameter, "EnumPair")), f"{name} {attribute}")
        low, high = parameter.get("minValue"), parameter.get("maxValue")
        if parameter.get(_TYPE) in _NUMBERS and low and high and float(low) > float(high):
            yield f"{name} is from {low} to {high}"
    for identity, control in controls.items():
        yield from (f"control {identity} {fault}" for fault in _control(control, parameters))
        for rule in _all(control, "flow:StateRule"):
            if not {"enabled", "visible", "value"} & rule.attrib.keys():
                yield f"a StateRule of {identity} does nothing"
            yield from _edits(rule, controls.keys(), f"a StateRule of {identity}")
    for edit in _all(strategy, "val:StrategyEdit"):
        yield from _edits(edit, parameters.keys(), f"the StrategyEdit '{edit.get('errorMessage')}'")


def _control(control: Element, parameters: dict[str, Element]) -> Iterator[str]:
    reference, kind = control.get("parameterRef"), _type(control)
    items = [item.get("enumID") for item in _all(control, "lay:ListItem")]
    if kind not in _LISTS and items:
        yield f"is a {kind} with a list"
    if kind in _LISTS and control.get("initValue") not in (None, *items):
        yield f"begins with {control.get('initValue')}, which it does not list"
    if kind == "lay:Clock_t" and control.get("initValue") and not control.get("localMktTz"):
        yield "begins at a time of no zone"
    if reference is None:
        return
    if reference not in parameters:
        yield f"shows {reference}, which there is not"
        return
    about, pairs = parameters[reference].get(_TYPE), _all(parameters[reference], "EnumPair")
    if kind in _LISTS and items != [pair.get("enumID") for pair in pairs]:
        yield f"lists {items}, and {reference} has other values"
    if kind not in _LISTS and pairs and kind != "lay:CheckBox_t":
        yield f"is a {kind}, and {reference} has a list of values"
    fitting = {
        "lay:SingleSpinner_t": _NUMBERS,
        "lay:DoubleSpinner_t": _NUMBERS,
        "lay:Clock_t": ("UTCTimestamp_t", "UTCTimeOnly_t"),
        "lay:CheckBox_t": ("Boolean_t",),
    }
    if kind in fitting and about not in fitting[kind]:
        yield f"is a {kind}, and {reference} is a {about}"


def _edits(parent: Element, known: Iterable[str], where: str) -> Iterator[str]:
    for edit in _all(parent, "val:Edit"):
        field, operator, logic = edit.get("field"), edit.get("operator"), edit.get("logicOperator")
        if (operator is None) is (logic is None):
            yield f"{where} has an Edit with an operator and a logicOperator, or neither"
        if logic is not None and (field is not None or not len(edit) or (logic == "NOT" and len(edit) != 1)):
            yield f"{where} has a {logic} that is not of Edits"
        if operator is not None:
            against = [each for each in ("field2", "value") if edit.get(each) is not None]
            if field is None or len(edit) or len(against) != (0 if operator in ("EX", "NX") else 1):
                yield f"{where} has {operator} with {field} and {against}"
        for each in (field, edit.get("field2")):
            if each is not None and each not in known and not each.startswith("FIX_"):
                yield f"{where} is about {each}, which there is not"


def _twice(values: Iterable[str | None], what: str) -> Iterator[str]:
    seen: set[str] = set()
    for value in values:
        if value is not None and value in seen:
            yield f"{what} {value} is there twice"
        seen.add(value or "")
